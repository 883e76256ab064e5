//! The receiver of one lane: what the two frequencies have of the newest samples, bits and octets of it, messages of
//! these.
//!
//! Both amplitudes are fitted at once, so that neither frequency shows in the other: halfway between those of Bell
//! 202 and V.23 until a mark has told which of them it is. Each is measured by its own peak, which is what makes twist harmless. A start
//! bit sets the time of the bits of an octet, to a fraction of a sample, and every change within it corrects it.

use tandem_types::{FrameTime, Law};

use super::{CallerIdEvent, Fault, Keying, Message};
use crate::level::dbm0_of_amplitude;
use crate::spectrum::{Complex, sine_and_cosine};

/// Listens to one lane, sample by sample.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    front: FrontEnd,
    state: State,
    /// When the last transmission ended.
    ended: u64,
}

#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)] // it lives in an array of lanes, and nothing here may allocate
enum State {
    /// Looks for a mark of some length.
    Search { seizure: Seizure, run: Run },
    /// Octets come, or the mark before them lasts.
    Octets { opening: Opening, octets: Octets, bits: Bits },
}

/// Bits that alternate.
#[derive(Clone, Copy, Debug)]
struct Seizure {
    /// How many in a row, and when the first began and the last ended.
    bits: u32,
    first: u64,
    last: u64,
    mark: bool,
}

/// A steady mark.
#[derive(Clone, Copy, Debug)]
struct Run {
    frames: u32,
    energy: f32,
    power: f32,
    turn: Complex,
    turn_most: f32,
    /// Samples without a mark: noise makes it flicker.
    flicker: u8,
}

/// What came before the octets.
#[derive(Clone, Copy, Debug)]
struct Opening {
    start: u64,
    seized: bool,
    keying: Keying,
    mark_hz: f32,
    mark: f32,
}

/// The octets of a message so far.
#[derive(Clone, Debug)]
struct Octets {
    octets: [u8; Message::MAX_OCTETS],
    count: usize,
}

/// Where in an octet the receiver is.
#[derive(Clone, Copy, Debug)]
enum Bits {
    /// Between octets, since so many frames.
    Mark { frames: u32 },
    /// In an octet: frames to the middle of the next bit, its number, and the bits before.
    Octet { wait: f32, number: u8, value: u8 },
}

impl Receiver {
    pub(super) const fn new() -> Self {
        Self { front: FrontEnd::new(), state: State::SEARCH, ended: 0 }
    }

    /// Takes the sample that ends at `now`.
    pub(super) fn take(&mut self, sample: i16, now: FrameTime) -> Option<CallerIdEvent> {
        let before = self.front.balance;
        self.front.take(f32::from(sample));
        match &mut self.state {
            State::Search { seizure, run } => {
                seizure.take(self.front.balance, now.0);
                if !run.take(&self.front) {
                    *run = Run::NONE;
                } else if run.frames >= MARK_FRAMES
                    && let Some(mark_hz) = run.mark_hz()
                {
                    let opening = Opening::of(seizure, run, mark_hz, now.0, self.ended);
                    self.front.listen_for(opening.keying, opening.seized);
                    let octets = Octets { octets: [0; Message::MAX_OCTETS], count: 0 };
                    self.state = State::Octets { opening, octets, bits: Bits::Mark { frames: 0 } };
                }
                None
            }
            State::Octets { opening, octets, bits } => {
                let outcome = match bits.take(before, &self.front) {
                    Ok(None) => {
                        let late = octets.count > 0 && bits.is_late();
                        if !late && !self.front.is_lost() {
                            return None;
                        }
                        Err(Fault::CutShort)
                    }
                    Ok(Some(octet)) => octets.push(octet)?,
                    Err(fault) => Err(fault),
                };
                let event = opening.event(now, &self.front, outcome);
                // A tone that is a mark by chance is followed by anything.
                let worth = outcome.is_ok() || opening.seized;
                self.front.weights = &BETWEEN;
                self.state = State::SEARCH;
                self.ended = now.0;
                worth.then_some(event)
            }
        }
    }
}

impl State {
    const SEARCH: Self =
        Self::Search { seizure: Seizure { bits: 0, first: 0, last: 0, mark: false }, run: Run::NONE };
}

impl Seizure {
    /// Counts the bits that last about as long as they should.
    fn take(&mut self, balance: f32, now: u64) {
        if self.mark && balance > -CERTAIN || !self.mark && balance < CERTAIN {
            return;
        }
        self.mark = !self.mark;
        let since = now.saturating_sub(self.last);
        if !BIT_FRAMES_ABOUT.contains(&since) {
            if since < LONGEST_SEIZURE_GAP && self.bits >= SEIZURE_BITS {
                return; // the mark after it has begun, and noise made it flicker
            }
            *self = Self { bits: 0, first: now.saturating_sub(LEAD_IN), last: now, mark: self.mark };
            return;
        }
        self.bits = self.bits.saturating_add(1);
        self.last = now;
    }

    /// Whether it was long enough, its bits as long as they should be, and not long ago. The beat of two tones
    /// alternates too.
    fn is_before(&self, now: u64) -> bool {
        let frames = self.last.saturating_sub(self.first.saturating_add(LEAD_IN)) as f32;
        let expected = self.bits as f32 * BIT_FRAMES;
        self.bits >= SEIZURE_BITS
            && (frames - expected).abs() < BIT_RATE_OFF * expected
            && now.saturating_sub(self.last) < LONGEST_SEIZURE_GAP
    }
}

impl Run {
    const NONE: Self = Self {
        frames: 0,
        energy: 0.0,
        power: 0.0,
        turn: Complex { re: 0.0, im: 0.0 },
        turn_most: 0.0,
        flicker: 0,
    };

    /// Adds a sample; `false` if the mark is over.
    fn take(&mut self, front: &FrontEnd) -> bool {
        let mark = front.mark >= FLOOR && front.mark >= front.space;
        self.flicker = if mark { 0 } else { self.flicker + 1 };
        if self.flicker > MOST_FLICKER || self.frames == 0 && !mark || self.frames >= LONGEST_RUN {
            return false;
        }
        self.frames += 1;
        self.energy += front.energy;
        self.power += 0.5 * front.mark * front.mark;
        self.turn.re += front.turn.re;
        self.turn.im += front.turn.im;
        self.turn_most += libm::sqrtf(front.turn.power());
        true
    }

    /// The frequency, if all this was one steady tone near a mark.
    fn mark_hz(&self) -> Option<f32> {
        let steady = libm::sqrtf(self.turn.power()) >= STEADY * self.turn_most;
        let pure = self.power >= PURITY * self.energy;
        let hz = libm::atan2f(self.turn.im, self.turn.re) * (8000.0 / core::f32::consts::TAU);
        (steady && pure && MARK_HZ.contains(&hz)).then_some(hz)
    }
}

impl Opening {
    /// What a seizure, if there was one, and a mark tell.
    fn of(seizure: &Seizure, run: &Run, mark_hz: f32, now: u64, ended: u64) -> Self {
        let seized = seizure.is_before(now);
        let start = if seized { seizure.first } else { now.saturating_sub(u64::from(run.frames)) };
        Self {
            start: start.max(ended),
            seized,
            keying: keying_of(mark_hz),
            mark_hz,
            mark: libm::sqrtf(2.0 * run.power / run.frames as f32),
        }
    }

    fn event(&self, now: FrameTime, front: &FrontEnd, message: Result<Message, Fault>) -> CallerIdEvent {
        let dbm0 = |hz: f32, peak: f32| dbm0_of_amplitude(Law::A, peak / difference_gain(hz));
        CallerIdEvent {
            lane: 0,
            start: FrameTime(self.start),
            end: now,
            keying: self.keying,
            dbm0: [dbm0(self.mark_hz, self.mark), dbm0(self.keying.space_hz(), front.peaks[1])],
            mark_hz: self.mark_hz,
            message,
        }
    }
}

impl Octets {
    /// Adds an octet; gives the message when it was the last.
    fn push(&mut self, octet: u8) -> Option<Result<Message, Fault>> {
        *self.octets.get_mut(self.count)? = octet;
        self.count += 1;
        let whole = usize::from(self.octets[1]) + 3;
        (self.count > 2 && self.count == whole)
            .then(|| Message::parse(&self.octets[..whole]).map_err(Fault::Message))
    }
}

impl Bits {
    /// Takes a sample; gives the octet that it ends.
    fn take(&mut self, before: f32, front: &FrontEnd) -> Result<Option<u8>, Fault> {
        let balance = front.balance;
        match self {
            Self::Mark { frames } => {
                *frames = frames.saturating_add(1);
                if before >= 0.0 && balance < 0.0 {
                    let since_crossing = balance / (balance - before);
                    *self = Self::Octet { wait: 0.5 * BIT_FRAMES - since_crossing, number: 0, value: 0 };
                }
                Ok(None)
            }
            Self::Octet { wait, number, value } => {
                *wait -= 1.0;
                if (before < 0.0) != (balance < 0.0) {
                    if *number == 0 {
                        *self = Self::Mark { frames: 0 }; // noise, no start bit
                        return Ok(None);
                    }
                    // Half a bit before the middle of the next one, if the time of the bits is right.
                    let early = 0.5 * BIT_FRAMES - *wait - balance / (balance - before);
                    *wait += FOLLOW * early;
                }
                if *wait > 0.0 {
                    return Ok(None);
                }
                let mark = balance - *wait * (before - balance) >= 0.0;
                *wait += BIT_FRAMES;
                *number += 1;
                match (*number, mark) {
                    (1, true) => *self = Self::Mark { frames: 0 },
                    (2..=9, _) => *value |= u8::from(mark) << (*number - 2),
                    (10, true) => {
                        let octet = *value;
                        *self = Self::Mark { frames: 0 };
                        return Ok(Some(octet));
                    }
                    (10, false) => return Err(Fault::CutShort),
                    _ => {}
                }
                Ok(None)
            }
        }
    }

    const fn is_late(&self) -> bool {
        matches!(self, Self::Mark { frames } if *frames > LONGEST_STUFFING)
    }
}

/// What both frequencies have of the newest samples.
#[derive(Clone, Debug)]
struct FrontEnd {
    weights: &'static Weights,
    /// The two samples before, and the newest differences over two samples: no direct current, and little hum.
    samples: [f32; 2],
    differences: [f32; WINDOW],
    phasor: Complex,
    /// How far the phase of the mark frequency has turned since the sample before, times its power.
    turn: Complex,
    mark: f32,
    space: f32,
    energy: f32,
    /// The sizes that mark and space have when they are sent.
    peaks: [f32; 2],
    /// 1 for a mark, −1 for a space, and what is between when one turns into the other.
    balance: f32,
    faint: u32,
}

impl FrontEnd {
    const fn new() -> Self {
        let none = Complex { re: 0.0, im: 0.0 };
        Self {
            weights: &BETWEEN,
            samples: [0.0; 2],
            differences: [0.0; WINDOW],
            phasor: none,
            turn: none,
            mark: 0.0,
            space: 0.0,
            energy: 0.0,
            peaks: [FLOOR; 2],
            balance: 0.0,
            faint: 0,
        }
    }

    fn take(&mut self, sample: f32) {
        self.differences.copy_within(1.., 0);
        self.differences[WINDOW - 1] = sample - self.samples[0];
        self.samples = [self.samples[1], sample];
        let mut fitted = [0.0; 4];
        let mut energy = 0.0;
        for (x, weights) in self.differences.iter().zip(self.weights) {
            energy += x * x;
            for (sum, weight) in fitted.iter_mut().zip(weights) {
                *sum += x * weight;
            }
        }
        let [re, im, space_re, space_im] = fitted;
        let phasor = Complex { re, im };
        self.turn = phasor.times_conjugate(self.phasor);
        self.phasor = phasor;
        self.mark = libm::sqrtf(phasor.power());
        self.space = libm::sqrtf(space_re * space_re + space_im * space_im);
        self.energy = energy / WINDOW as f32;
        let [mark_peak, space_peak] = &mut self.peaks;
        if self.mark * *space_peak > self.space * *mark_peak {
            *mark_peak = self.mark.max(*mark_peak * PEAK_DECAY).max(*space_peak * LEAST_MARK).max(FLOOR);
        } else {
            *space_peak = self.space.max(*space_peak * PEAK_DECAY).max(*mark_peak * LEAST_SPACE).max(FLOOR);
        }
        let (mark, space) = (self.mark / self.peaks[0], self.space / self.peaks[1]);
        self.balance = mark - space;
        self.faint = if mark.max(space) < FAINT { self.faint.saturating_add(1) } else { 0 };
    }

    /// Fits the frequencies of this keying from now on. Where no channel seizure has told how strong a space is, it
    /// is about as strong as the mark.
    const fn listen_for(&mut self, keying: Keying, seized: bool) {
        self.weights = if matches!(keying, Keying::V23) { &V23 } else { &BELL_202 };
        if !seized {
            self.peaks[1] = self.peaks[1].max(0.8 * self.peaks[0]);
        }
    }

    /// Whether neither frequency is there any more.
    const fn is_lost(&self) -> bool {
        self.faint >= FAINT_FRAMES
    }
}

/// What the difference over two samples makes of a frequency.
fn difference_gain(hz: f32) -> f32 {
    2.0 * libm::sinf(core::f32::consts::TAU * hz / 8000.0)
}

/// A bit of 1200 bit/s.
const BIT_FRAMES: f32 = 8000.0 / 1200.0;
const BIT_FRAMES_ABOUT: core::ops::RangeInclusive<u64> = 4..=10;
/// By how much of what a change within an octet is off the time of the bits is corrected.
const FOLLOW: f32 = 0.25;
/// About a bit: a longer window would mix bits, a shorter one lets more noise in.
const WINDOW: usize = 7;
/// Bits of a channel seizure, of 300, that are enough to know it.
const SEIZURE_BITS: u32 = 100;
const BIT_RATE_OFF: f32 = 0.025;
/// The balance that a bit of it reaches; less is a flicker between bits.
const CERTAIN: f32 = 0.15;
/// From its last bit to the end of a mark of [`MARK_FRAMES`] unbroken by noise, of the 1200 that it lasts.
const LONGEST_SEIZURE_GAP: u64 = 1200;
/// The first bit and the window, which are over when the first change is seen.
const LEAD_IN: u64 = 10;
/// 30 bits of mark, of 55 at least.
const MARK_FRAMES: u32 = 200;
/// 20 bits between octets, of 10 at most, and as much again.
const LONGEST_STUFFING: u32 = 200;
/// Less than half a bit.
const MOST_FLICKER: u8 = 3;
const MARK_HZ: core::ops::RangeInclusive<f32> = 1150.0..=1350.0;
/// What has not been a mark for so long is looked at anew.
const LONGEST_RUN: u32 = 1600;
const STEADY: f32 = 0.9;
/// Share of the mark in all power.
const PURITY: f32 = 0.6;
/// Peak value of −42 dBm0, after the difference.
const FLOOR: f32 = 300.0;
/// A peak that is too high is forgotten within some octets.
const PEAK_DECAY: f32 = 0.98;
/// Mark up to 12 dB above the space, and space up to 8 dB above the mark.
const LEAST_SPACE: f32 = 0.25;
const LEAST_MARK: f32 = 0.4;
/// When both are so small for a bit there is no signal.
const FAINT: f32 = 0.25;
const FAINT_FRAMES: u32 = 8;

/// Which modem has a mark of about this frequency.
fn keying_of(mark_hz: f32) -> Keying {
    let between = (Keying::Bell202.mark_hz() + Keying::V23.mark_hz()) / 2.0;
    if mark_hz < between { Keying::Bell202 } else { Keying::V23 }
}

/// What each sample of a window has of the amplitudes of cosine and negative sine of the mark and of the space
/// frequency.
type Weights = [[f32; 4]; WINDOW];

static BELL_202: Weights = weights([1200.0, 2200.0]);
static V23: Weights = weights([1300.0, 2100.0]);
static BETWEEN: Weights = weights([1250.0, 2150.0]);

/// The least squares fit of all four, whose equations fall into two pairs because the window is symmetric.
const fn weights(hz: [f64; 2]) -> Weights {
    let mut waves = [[0.0; WINDOW]; 4];
    let mut n = 0;
    while n < WINDOW {
        let mut tone = 0;
        while tone < 2 {
            let turns = hz[tone] * (n as f64 - (WINDOW as f64 - 1.0) / 2.0) / 8000.0;
            let (sine, cosine) = sine_and_cosine(1.0 + turns);
            waves[2 * tone][n] = cosine;
            waves[2 * tone + 1][n] = -sine;
            tone += 1;
        }
        n += 1;
    }
    let mut weights = [[0.0; 4]; WINDOW];
    let mut part = 0;
    while part < 2 {
        let (mut aa, mut ab, mut bb) = (0.0, 0.0, 0.0);
        n = 0;
        while n < WINDOW {
            let (a, b) = (waves[part][n], waves[part + 2][n]);
            aa += a * a;
            ab += a * b;
            bb += b * b;
            n += 1;
        }
        let determinant = aa * bb - ab * ab;
        n = 0;
        while n < WINDOW {
            let (a, b) = (waves[part][n], waves[part + 2][n]);
            weights[n][part] = ((bb * a - ab * b) / determinant) as f32;
            weights[n][part + 2] = ((aa * b - ab * a) / determinant) as f32;
            n += 1;
        }
        part += 1;
    }
    weights
}
