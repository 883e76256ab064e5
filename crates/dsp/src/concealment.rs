//! Conceals lost samples, after G.711 Appendix I: the last period of the voice goes on, fades after the first 10 ms, and is gone
//! after 60 ms.
//!
//! The pitch is looked for in the last 48.75 ms, between 5 and 15 ms. What is put out is 3.75 ms late, so that the voice can
//! go over into its repetition before the loss. Longer losses repeat two periods and then three, because one alone sounds
//! like a buzzer. What comes after a loss is faded in over the repetition. The appendix has frames of 10 ms; here a loss begins
//! and ends with any sample, as packets have it. Whoever hears no losses hears every sample as it was. For legs over packets; no
//! allocation, for any thread.

/// Samples of 10 ms, by which the appendix counts.
pub const FRAME: usize = 80;

/// How late samples are put out.
pub const DELAY: usize = LONGEST / 4;

/// Conceals the losses of one direction of a leg.
#[derive(Clone, Debug)]
pub struct Concealer {
    heard: Heard,
    state: State,
    repetition: Repetition,
}

/// What was put out and is to be, the newest last.
#[derive(Clone, Debug)]
struct Heard {
    samples: [i16; 2 * HISTORY],
    /// Where the newest ends; never before `HISTORY`.
    end: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// All comes as it was.
    Whole,
    /// So many samples in a row are lost; beyond `SILENT` they are not counted.
    Lost(usize),
    /// What comes is faded in over `length` samples, of which `done` have come, after so many lost ones.
    FadesIn { lost: usize, done: usize, length: usize },
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
    /// How it would have gone on for a quarter of a period, as loud as it was, before it became longer.
    before: [f32; DELAY],
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
            before: [0.0; DELAY],
        };
        let heard = Heard { samples: [0; 2 * HISTORY], end: HISTORY };
        Self { heard, state: State::Whole, repetition }
    }

    /// Takes samples that have come, and puts out what is due, in their place.
    pub fn hear(&mut self, samples: &mut [i16]) {
        for piece in samples.chunks_mut(FRAME) {
            if !matches!(self.state, State::Whole) {
                piece.iter_mut().for_each(|sample| *sample = self.faded_in(*sample));
            }
            self.heard.pass(piece);
        }
    }

    /// So many samples have not come: puts out what is due in their place, and conceals them.
    pub fn lose(&mut self, samples: &mut [i16]) {
        for piece in samples.chunks_mut(FRAME) {
            piece.iter_mut().for_each(|sample| *sample = self.concealed());
            self.heard.pass(piece);
        }
    }

    /// A sample that has come after a loss.
    fn faded_in(&mut self, sample: i16) -> i16 {
        let (lost, done, length) = match self.state {
            State::Whole => return sample,
            // A quarter of a period, and 4 ms more for each further 10 ms.
            State::Lost(lost) => {
                let further = lost.saturating_sub(FRAME) * 32 / FRAME;
                (lost, 0, (self.repetition.quarter() + further).min(FRAME))
            }
            State::FadesIn { lost, done, length } => (lost, done, length),
        };
        if done == length {
            self.state = State::Whole;
            return sample;
        }
        self.state = State::FadesIn { lost, done: done + 1, length };
        let part = (done + 1) as f32 / (length + 1) as f32;
        let faded = self.repetition.next_sample() * gain(lost + done);
        whole(faded * (1.0 - part) + f32::from(sample) * part)
    }

    /// A sample in the place of one that has not come.
    fn concealed(&mut self) -> i16 {
        let lost = if let State::Lost(lost) = self.state { lost } else { 0 };
        self.state = State::Lost((lost + 1).min(SILENT));
        match lost {
            0 => {
                // The last quarter period, which is not put out yet, goes over into what is repeated.
                self.repetition.begin(self.heard.last());
                let quarter = self.repetition.quarter();
                self.heard.replace_end(&self.repetition.voice[HISTORY - quarter..]);
            }
            LONGER | LONGEST_REPETITION => self.repetition.lengthen(gain(lost)),
            SILENT.. => return 0,
            _ => {}
        }
        let faded = self.repetition.next_sample() * gain(lost);
        let (since, quarter) = (lost % FRAME, self.repetition.quarter());
        if since >= quarter || !(LONGER..LONGEST_REPETITION + FRAME).contains(&lost) {
            return whole(faded);
        }
        let part = (since + 1) as f32 / (quarter + 1) as f32;
        whole(self.repetition.before[since] * (1.0 - part) + faded * part)
    }
}

impl Heard {
    /// What was heard last, made or not.
    fn last(&self) -> &[i16; HISTORY] {
        self.samples[..self.end].last_chunk().unwrap_or(&[0; HISTORY])
    }

    /// The newest samples are these.
    fn replace_end(&mut self, voice: &[f32]) {
        let newest = &mut self.samples[self.end - voice.len()..self.end];
        newest.iter_mut().zip(voice).for_each(|(sample, voice)| *sample = whole(*voice));
    }

    /// A frame of samples at most comes in, and what is due goes out in its place.
    fn pass(&mut self, samples: &mut [i16]) {
        if self.end + samples.len() > self.samples.len() {
            self.samples.copy_within(self.end - HISTORY..self.end, 0);
            self.end = HISTORY;
        }
        self.samples[self.end..self.end + samples.len()].copy_from_slice(samples);
        self.end += samples.len();
        samples.copy_from_slice(&self.samples[self.end - samples.len() - DELAY..self.end - DELAY]);
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

    /// One period more is repeated, from the same phase on. What would have come now was to be so loud.
    fn lengthen(&mut self, gain: f32) {
        let (next, quarter) = (self.next, self.quarter());
        for place in 0..quarter {
            self.before[place] = self.next_sample() * gain;
        }
        self.next = next % self.period;
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

/// Full in the first 10 ms of a loss, and a fifth less in each 10 ms after them.
fn gain(lost: usize) -> f32 {
    let faded = lost.saturating_sub(FRAME);
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
/// After so many lost samples two periods are repeated, after so many three, and after so many there is silence.
const LONGER: usize = FRAME;
const LONGEST_REPETITION: usize = 2 * FRAME;
const SILENT: usize = 6 * FRAME;
