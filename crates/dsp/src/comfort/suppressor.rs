//! What a leg over packets sends of a channel: voice while somebody talks, and little else.

use tandem_types::{FrameTime, Frames};

use super::{Analyser, Description};
use crate::activity::{ActivityDetector, ActivityOptions};

/// Samples that are decided upon at a time: 10 ms.
pub const FRAME: usize = 80;

/// How silence is told and described.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuppressorOptions {
    /// When somebody talks. What is sent comes late by the onset, at most 100 ms, so that a voice is sent from its beginning on.
    pub voice: ActivityOptions,
    /// Reflection coefficients in a description.
    pub coefficients: usize,
}

impl Default for SuppressorOptions {
    /// Voices as [`ActivityOptions`] has them, and ten coefficients.
    fn default() -> Self {
        Self { voice: ActivityOptions::default(), coefficients: 10 }
    }
}

/// What is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// The frame.
    Voice,
    /// A description of the noise, and then nothing until there is something new.
    Noise(Description),
    /// Nothing.
    Nothing,
}

/// Decides for one channel.
#[derive(Clone, Debug)]
pub struct SilenceSuppressor {
    coefficients: usize,
    detector: ActivityDetector,
    analyser: Analyser,
    now: FrameTime,
    /// The frames that are not decided upon yet, so many of them, the oldest first.
    waiting: [[i16; FRAME]; MOST_WAITING],
    late: usize,
    /// Frames until the first that it has heard is due.
    until_first: usize,
    /// What was told last in this silence, and how many frames ago.
    told: Option<Description>,
    told_ago: u32,
}

impl SilenceSuppressor {
    /// One that has heard nothing; it sends voice until it knows the noise.
    #[must_use]
    pub fn new(options: SuppressorOptions) -> Self {
        let most = Frames((MOST_WAITING * FRAME) as u64);
        let onset = options.voice.onset.clamp(Frames(1), most);
        let late = onset.0.div_ceil(FRAME as u64) as usize;
        Self {
            coefficients: options.coefficients,
            detector: ActivityDetector::new(ActivityOptions { onset, ..options.voice }),
            analyser: Analyser::new(),
            now: FrameTime::ZERO,
            waiting: [[0; FRAME]; MOST_WAITING],
            late,
            until_first: late,
            told: None,
            told_ago: 0,
        }
    }

    /// How late frames are put out.
    #[must_use]
    pub const fn delay(&self) -> Frames {
        Frames((self.late * FRAME) as u64)
    }

    /// Takes a frame, puts the one that is due in its place, and says what is to be sent: nothing until the first is due.
    pub fn process(&mut self, frame: &mut [i16; FRAME]) -> Sending {
        self.detector.process(frame, self.now, |_| {});
        self.now += Frames(FRAME as u64);
        let waiting = &mut self.waiting[..self.late];
        core::mem::swap(frame, &mut waiting[0]);
        waiting.rotate_left(1);
        if self.until_first > 0 {
            self.until_first -= 1;
            return Sending::Nothing;
        }
        if self.detector.is_active() {
            self.told = None;
            return Sending::Voice;
        }
        self.analyser.hear(frame);
        let Some(noise) = self.analyser.describe(self.coefficients) else {
            return Sending::Voice;
        };
        self.told_ago += 1;
        let due = self
            .told
            .is_none_or(|told| self.told_ago >= SOONEST && noise.differs(&told) || self.told_ago >= LATEST);
        if !due {
            return Sending::Nothing;
        }
        (self.told, self.told_ago) = (Some(noise), 0);
        Sending::Noise(noise)
    }
}

/// 100 ms.
const MOST_WAITING: usize = 10;
/// Another description comes after 100 ms, if it says something else, or after a second: the one before may be lost.
const SOONEST: u32 = 10;
const LATEST: u32 = 100;
