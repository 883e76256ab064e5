//! Tone generators: a sine, a pair of sines or a few more, and tones with a cadence.
//!
//! A generator is sample-exact: what it produces does not depend on how the caller cuts time into blocks.
//! Phases are 32-bit accumulators into a sine table with linear interpolation: spurious lines lie more than
//! 100 dB down, and the frequency is exact to 2 µHz.

use tandem_types::{Frames, Law};

use crate::level::amplitude_for_dbm0;

/// A sine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oscillator {
    phase: u32,
    step: u32,
    amplitude: f32,
}

impl Oscillator {
    /// A sine that starts at phase zero. Frequencies that 8 kHz cannot carry, 0 among them, are silent.
    #[must_use]
    pub fn new(hz: f32, amplitude: f32) -> Self {
        let audible = hz > 0.0 && hz < 4000.0 && amplitude.is_finite();
        Self { phase: 0, step: Self::step_of(hz), amplitude: if audible { amplitude } else { 0.0 } }
    }

    /// By how much the phase turns in a frame, in units of 2⁻³² turns.
    pub(crate) fn step_of(hz: f32) -> u32 {
        (f64::from(hz) * (4_294_967_296.0 / 8000.0) + 0.5) as u32
    }

    /// The sample of this moment, not rounded.
    #[inline]
    pub(crate) fn sample(&self) -> f32 {
        self.amplitude * sine(self.phase)
    }

    /// Goes on by a step.
    #[inline]
    pub(crate) const fn turn(&mut self, step: u32) {
        self.phase = self.phase.wrapping_add(step);
    }

    /// A silent one.
    pub const SILENT: Self = Self { phase: 0, step: 0, amplitude: 0.0 };

    /// The same with another starting phase, in turns.
    #[must_use]
    pub fn with_phase(self, turns: f32) -> Self {
        let fraction = f64::from(turns - libm::floorf(turns));
        Self { phase: (fraction * 4_294_967_296.0) as u32, ..self }
    }

    /// The same so many frames later.
    #[must_use]
    pub const fn after(self, frames: u64) -> Self {
        // Turns are counted modulo 2³², so the upper half of the count says nothing.
        Self { phase: self.phase.wrapping_add(self.step.wrapping_mul(frames as u32)), ..self }
    }

    /// The next sample, not rounded.
    #[inline]
    pub fn next_sample(&mut self) -> f32 {
        let sample = self.sample();
        self.turn(self.step);
        sample
    }

    /// Fills a block.
    pub fn fill(&mut self, block: &mut [i16]) {
        for sample in block {
            *sample = round(self.next_sample());
        }
    }
}

/// Two sines at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualTone {
    /// The first sine.
    pub first: Oscillator,
    /// The second sine.
    pub second: Oscillator,
}

impl DualTone {
    /// Silence.
    pub const SILENT: Self = Self { first: Oscillator::SILENT, second: Oscillator::SILENT };

    /// Two sines of these frequencies and peak values.
    #[must_use]
    pub fn new(first: (f32, f32), second: (f32, f32)) -> Self {
        Self { first: Oscillator::new(first.0, first.1), second: Oscillator::new(second.0, second.1) }
    }

    /// The next sample of the sum, not rounded.
    #[inline]
    pub fn next_sample(&mut self) -> f32 {
        self.first.next_sample() + self.second.next_sample()
    }

    /// Fills a block; a sum beyond the range is cut.
    pub fn fill(&mut self, block: &mut [i16]) {
        for sample in block {
            *sample = round(self.next_sample());
        }
    }
}

/// Up to [`Self::MAX_SINES`] sines at once, to be had from any frame on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chord {
    sines: [Oscillator; Self::MAX_SINES],
    count: usize,
}

impl Chord {
    /// The most sines.
    pub const MAX_SINES: usize = 4;

    /// Sines of these frequencies and peak values; `None` for too many.
    #[must_use]
    pub fn new(sines: &[(f32, f32)]) -> Option<Self> {
        let mut own = [Oscillator::SILENT; Self::MAX_SINES];
        for (slot, (hz, amplitude)) in own.get_mut(..sines.len())?.iter_mut().zip(sines) {
            *slot = Oscillator::new(*hz, *amplitude);
        }
        Some(Self { sines: own, count: sines.len() })
    }

    /// Fills a block with what sounds so many frames after the beginning; a sum beyond the range is cut.
    pub fn fill_from(&self, frame: u64, block: &mut [i16]) {
        let mut sines = self.sines.map(|sine| sine.after(frame));
        for sample in block {
            *sample = round(sines[..self.count].iter_mut().map(Oscillator::next_sample).sum());
        }
    }
}

/// One part of a cadence: a tone and the pause after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneStep {
    /// First frequency; 0 for none.
    pub first_hz: f32,
    /// Second frequency; 0 for none.
    pub second_hz: f32,
    /// Level of each frequency.
    pub dbm0: f32,
    /// How long the tone sounds.
    pub on: Frames,
    /// How long silence follows.
    pub off: Frames,
}

/// A tone with a cadence of up to [`Self::MAX_STEPS`] steps, such as the call progress tones of E.180.
///
/// A step without a pause runs into the next; where that has the same frequencies the phase goes on, so one
/// step without a pause, repeated, is a continuous tone.
#[derive(Clone, Debug)]
pub struct ToneGenerator {
    steps: [Step; Self::MAX_STEPS],
    count: usize,
    repeat: bool,
    current: usize,
    position: u64,
    tone: DualTone,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    tone: DualTone,
    on: u64,
    off: u64,
}

impl ToneGenerator {
    /// The longest cadence.
    pub const MAX_STEPS: usize = 16;

    /// A generator at the beginning of its cadence; `None` if there are too many steps, or if all of them
    /// together take no time.
    #[must_use]
    pub fn new(law: Law, steps: &[ToneStep], repeat: bool) -> Option<Self> {
        let mut own = [Step { tone: DualTone::SILENT, on: 0, off: 0 }; Self::MAX_STEPS];
        for (slot, step) in own.get_mut(..steps.len())?.iter_mut().zip(steps) {
            let amplitude = amplitude_for_dbm0(law, step.dbm0);
            let tone = DualTone::new((step.first_hz, amplitude), (step.second_hz, amplitude));
            *slot = Step { tone, on: step.on.0, off: step.off.0 };
        }
        let lasts = own.iter().any(|step| step.on > 0 || step.off > 0);
        lasts.then_some(Self {
            tone: own[0].tone,
            steps: own,
            count: steps.len(),
            repeat,
            current: 0,
            position: 0,
        })
    }

    /// Fills a block, with silence after the end; `true` once the cadence has ended.
    pub fn fill(&mut self, block: &mut [i16]) -> bool {
        let mut rest = block;
        while !rest.is_empty() {
            let Some((sounding, length)) = self.stretch() else {
                rest.fill(0);
                break;
            };
            let length = length.min(rest.len() as u64);
            let (now, later) = rest.split_at_mut(length as usize);
            if sounding {
                self.tone.fill(now);
            } else {
                now.fill(0);
            }
            self.position += length;
            rest = later;
        }
        self.stretch().is_none()
    }

    /// Whether tone or silence comes next and for how many frames; `None` at the end.
    fn stretch(&mut self) -> Option<(bool, u64)> {
        loop {
            let step = self.steps[..self.count].get(self.current)?;
            if self.position < step.on {
                return Some((true, step.on - self.position));
            }
            let end = step.on.saturating_add(step.off);
            if self.position < end {
                return Some((false, end - self.position));
            }
            self.begin_next_step();
        }
    }

    fn begin_next_step(&mut self) {
        let ended = self.steps[self.current];
        self.current += 1;
        if self.current == self.count && self.repeat {
            self.current = 0;
        }
        self.position = 0;
        if let Some(next) = self.steps[..self.count].get(self.current)
            && (ended.off > 0 || next.tone != ended.tone)
        {
            self.tone = next.tone;
        }
    }
}

/// The nearest 16-bit value.
#[inline]
pub(crate) fn round(sample: f32) -> i16 {
    let half = if sample < 0.0 { -0.5 } else { 0.5 };
    (sample + half) as i16
}

#[inline]
fn sine(phase: u32) -> f32 {
    let index = (phase >> FRACTION_BITS) as usize;
    let fraction = (phase & ((1 << FRACTION_BITS) - 1)) as f32 * (1.0 / (1 << FRACTION_BITS) as f32);
    let here = SINE[index];
    here + fraction * (SINE[index + 1] - here)
}

const TABLE_BITS: u32 = 10;
const FRACTION_BITS: u32 = 32 - TABLE_BITS;

static SINE: [f32; (1 << TABLE_BITS) + 1] = {
    let mut table = [0.0; (1 << TABLE_BITS) + 1];
    let mut n = 0;
    while n < table.len() {
        table[n] = sine_of_turns(n as f64 / (1 << TABLE_BITS) as f64) as f32;
        n += 1;
    }
    table
};

/// sin(2πt) for t in 0..=1, by the series about the nearest half turn, for tables made at compile time.
pub(crate) const fn sine_of_turns(turns: f64) -> f64 {
    let (x, sign) = if turns < 0.25 {
        (turns, 1.0)
    } else if turns < 0.75 {
        (turns - 0.5, -1.0)
    } else {
        (turns - 1.0, 1.0)
    };
    let angle = 2.0 * core::f64::consts::PI * x;
    let mut term = angle;
    let mut sum = angle;
    let mut n = 1.0;
    while n < 24.0 {
        term *= -angle * angle / ((n + 1.0) * (n + 2.0));
        sum += term;
        n += 2.0;
    }
    sign * sum
}
