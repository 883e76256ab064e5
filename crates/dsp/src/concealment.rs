//! Conceals lost frames of 10 ms, after G.711 Appendix I: the last period of the voice goes on, fades from the second frame
//! on, and is gone after the sixth.
//!
//! The pitch is looked for in the last 48.75 ms, between 5 and 15 ms. What is put out is 3.75 ms late, so that the voice can
//! go over into its repetition before the loss. Longer losses repeat two periods and then three, because one alone sounds
//! like a buzzer. The frame after a loss is faded in over the repetition. Whoever hears no losses hears every sample as it
//! was. For legs over packets; no allocation, for any thread.

/// Samples of a frame.
pub const FRAME: usize = 80;

/// How late samples are put out.
pub const DELAY: usize = LONGEST / 4;

/// Conceals the losses of one direction of a leg.
#[derive(Clone, Debug)]
pub struct Concealer {
    history: [i16; HISTORY],
    /// Frames lost in a row, and how they are concealed.
    lost: usize,
    repetition: Repetition,
}

/// The end of what was heard before a loss, over and over.
#[derive(Clone, Debug)]
struct Repetition {
    /// Only the last `period × periods` are repeated.
    voice: [f32; HISTORY],
    /// The last quarter of a period as it was heard.
    last_quarter: [f32; DELAY],
    period: usize,
    periods: usize,
    /// The next sample, counted from where the repetition begins.
    next: usize,
}

impl Default for Concealer {
    fn default() -> Self {
        Self::new()
    }
}

impl Concealer {
    /// A concealer that has heard silence.
    #[must_use]
    pub const fn new() -> Self {
        let repetition = Repetition {
            voice: [0.0; HISTORY],
            last_quarter: [0.0; DELAY],
            period: SHORTEST,
            periods: 1,
            next: 0,
        };
        Self { history: [0; HISTORY], lost: 0, repetition }
    }

    /// Takes a frame that has come, and puts out what is due, in its place.
    pub fn hear(&mut self, frame: &mut [i16; FRAME]) {
        if self.lost > 0 {
            // A quarter of a period, and 4 ms more for each further frame.
            let length = (self.repetition.quarter() + 32 * (self.lost - 1)).min(FRAME);
            let faded = self.faded();
            for (n, sample) in frame[..length].iter_mut().enumerate() {
                let part = (n + 1) as f32 / (length + 1) as f32;
                *sample = whole(faded[n] * (1.0 - part) + f32::from(*sample) * part);
            }
            self.lost = 0;
        }
        self.put_out(frame);
    }

    /// A frame has not come: puts out what is due, and conceals it.
    pub fn lose(&mut self, frame: &mut [i16; FRAME]) {
        match self.lost {
            0 => {
                self.repetition.begin(&self.history);
                // The last quarter period, which is not put out yet, goes over into what is repeated.
                let quarter = self.repetition.quarter();
                let end = HISTORY - quarter..;
                for (sample, voice) in self.history[end.clone()].iter_mut().zip(&self.repetition.voice[end]) {
                    *sample = whole(*voice);
                }
                *frame = self.faded().map(whole);
            }
            1 | 2 => {
                let mut before = [0.0; DELAY];
                let quarter = self.repetition.quarter();
                let mut old = self.repetition.clone();
                before[..quarter].iter_mut().for_each(|sample| *sample = old.next_sample());
                self.repetition.lengthen();
                let gain = gain(self.lost, 0);
                let faded = self.faded();
                for (n, sample) in frame.iter_mut().enumerate() {
                    let part = ((n + 1) as f32 / (quarter + 1) as f32).min(1.0);
                    let before = before.get(n).map_or(0.0, |sample| sample * gain);
                    *sample = whole(before * (1.0 - part) + faded[n] * part);
                }
            }
            3..SILENT => *frame = self.faded().map(whole),
            _ => *frame = [0; FRAME],
        }
        self.lost = (self.lost + 1).min(SILENT);
        self.put_out(frame);
    }

    /// The next frame of the repetition, as loud as the loss has lasted.
    fn faded(&mut self) -> [f32; FRAME] {
        let lost = self.lost;
        core::array::from_fn(|n| self.repetition.next_sample() * gain(lost, n))
    }

    /// A frame ends the history, and what is due comes out of it.
    fn put_out(&mut self, frame: &mut [i16; FRAME]) {
        self.history.copy_within(FRAME.., 0);
        self.history[HISTORY - FRAME..].copy_from_slice(frame);
        frame.copy_from_slice(&self.history[HISTORY - FRAME - DELAY..HISTORY - DELAY]);
    }
}

impl Repetition {
    const fn quarter(&self) -> usize {
        self.period / 4
    }

    fn begin(&mut self, history: &[i16; HISTORY]) {
        self.voice = history.map(f32::from);
        (self.period, self.periods, self.next) = (period_of(&self.voice), 1, 0);
        let quarter = self.quarter();
        self.last_quarter[..quarter].copy_from_slice(&self.voice[HISTORY - quarter..]);
        self.close();
    }

    /// One period more is repeated, from the same phase on.
    fn lengthen(&mut self) {
        self.next %= self.period;
        self.periods += 1;
        self.close();
    }

    /// The end goes over into the samples before the beginning, so that the beginning follows it.
    fn close(&mut self) {
        let quarter = self.quarter();
        let before = HISTORY - self.period * self.periods - quarter;
        for n in 0..quarter {
            let part = (n + 1) as f32 / (quarter + 1) as f32;
            self.voice[HISTORY - quarter + n] =
                self.last_quarter[n] * (1.0 - part) + self.voice[before + n] * part;
        }
    }

    fn next_sample(&mut self) -> f32 {
        let length = self.period * self.periods;
        let sample = self.voice[HISTORY - length + self.next];
        self.next = (self.next + 1) % length;
        sample
    }
}

/// The distance at which the last 20 ms are most like what was before them: on every other sample first, and then around the
/// best of these.
fn period_of(voice: &[f32; HISTORY]) -> usize {
    let likeness = |distance: usize, step: usize| {
        let (mut product, mut energy) = (0.0, 0.0);
        for n in (HISTORY - WINDOW..HISTORY).step_by(step) {
            let before = voice[n - distance];
            product += voice[n] * before;
            energy += before * before;
        }
        product / libm::sqrtf(energy.max(LEAST_ENERGY))
    };
    let best = |distances: core::ops::RangeInclusive<usize>, step: usize| {
        let mut best = (*distances.start(), f32::MIN);
        for distance in distances.step_by(step) {
            let likeness = likeness(distance, step);
            if likeness > best.1 {
                best = (distance, likeness);
            }
        }
        best.0
    };
    let near = best(SHORTEST..=LONGEST, 2);
    best(near.saturating_sub(1).max(SHORTEST)..=(near + 1).min(LONGEST), 1)
}

/// Full in the first lost frame, and a fifth less in each further one.
fn gain(lost: usize, sample: usize) -> f32 {
    let faded = (lost.max(1) - 1) * FRAME + if lost > 0 { sample } else { 0 };
    (1.0 - 0.2 * faded as f32 / FRAME as f32).max(0.0)
}

fn whole(value: f32) -> i16 {
    value as i16
}

/// 5 and 15 ms.
const SHORTEST: usize = 40;
const LONGEST: usize = 120;
/// 48.75 ms: three of the longest periods, and a quarter.
const HISTORY: usize = 3 * LONGEST + DELAY;
/// 20 ms.
const WINDOW: usize = 160;
/// Below it all distances are alike.
const LEAST_ENERGY: f32 = 250.0 * WINDOW as f32;
/// After so many lost frames there is silence.
const SILENT: usize = 6;
