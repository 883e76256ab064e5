//! Voice activity: whether somebody talks on a channel, since when, and how loud.
//!
//! Every 10 ms the power of a channel, without its mean, is held against a threshold and against the noise of the line.
//! The noise is the least that 30 ms had within the last second and a half; what has kept its level for 300 ms is
//! noise too, however loud: hum, a tone, a fan. Speech never keeps it that long. A second talker who is no louder than
//! the noise is not heard, and music counts as speech as long as its level moves.
//!
//! Where a caller cuts time into blocks changes nothing. Runs on the media thread; a channel takes some 150 octets. A
//! bank listens to the lanes of a span and tells of each what a detector by itself would.

use tandem_types::{FrameTime, Frames, Law};

mod bank;
mod noise;
mod talk;

pub use bank::ActivityBank;
pub(crate) use bank::Judges;
pub(crate) use noise::Noise;

use crate::level::dbm0_of_power;
use crate::sums::{HOP, Loudness, Sums};
use talk::{Limits, Talk};

/// When a channel counts as active. Times are taken in whole hops of 10 ms, rounded up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivityOptions {
    /// What is no louder is never speech, in dBm0.
    pub threshold_dbm0: f32,
    /// Speech has to last so long before it is told.
    pub onset: Frames,
    /// Speech goes on over pauses that are shorter.
    pub hangover: Frames,
}

impl Default for ActivityOptions {
    /// −40 dBm0, 40 ms and 200 ms.
    fn default() -> Self {
        Self { threshold_dbm0: -40.0, onset: Frames::from_ms(40), hangover: Frames::from_ms(200) }
    }
}

/// What a detector reports. Levels take +3.14 dBm0 as full scale, whatever the law of the channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActivityEvent {
    /// Somebody talks.
    Start {
        /// When the hop began in which it was first heard.
        at: FrameTime,
        /// When it had lasted long enough.
        reported: FrameTime,
    },
    /// The speech reported last has ended, and the hangover has passed.
    End {
        /// When it began.
        start: FrameTime,
        /// When the last hop ended in which it was heard.
        end: FrameTime,
        /// Its level: the mean power of the hops in which it was heard.
        dbm0: f32,
    },
}

/// A detector for one channel.
#[derive(Clone, Debug)]
pub struct ActivityDetector {
    next: FrameTime,
    sums: Sums,
    judge: Judge,
}

impl ActivityDetector {
    /// A detector that has heard nothing.
    #[must_use]
    pub fn new(options: ActivityOptions) -> Self {
        Self { next: FrameTime::ZERO, sums: Sums::default(), judge: Judge::new(options) }
    }

    /// Takes other options; what was told goes on under them.
    pub fn set_options(&mut self, options: ActivityOptions) {
        self.judge.limits = Limits::of(options);
    }

    /// Takes the samples from `first` on and reports what they bring. A gap counts as silence; if time runs backward the
    /// detector begins anew, and what was told is forgotten without an end.
    pub fn process(&mut self, samples: &[i16], first: FrameTime, mut on_event: impl FnMut(ActivityEvent)) {
        if first != self.next {
            self.meet_gap(first);
        }
        let mut rest = samples;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(self.sums.takes(rest.len()));
            self.next += Frames(part.len() as u64);
            rest = after;
            if let Some(hop) = self.sums.add(part)
                && let Some(event) = self.judge.hop(&hop, self.next)
            {
                on_event(event);
            }
        }
    }

    /// Ends speech that was told, for instance because nobody listens any more.
    pub fn finish(&mut self) -> Option<ActivityEvent> {
        self.judge.talk.finish()
    }

    /// Whether speech was told and has not ended.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.judge.is_active()
    }

    /// The noise of the line as far as it is known, [`SILENCE_DBM0`](crate::level::SILENCE_DBM0) at first.
    #[must_use]
    pub fn noise_dbm0(&self) -> f32 {
        dbm0_of_power(Law::A, self.judge.noise.power())
    }

    fn meet_gap(&mut self, first: FrameTime) {
        self.sums = Sums::default();
        if first < self.next {
            (self.judge.talk, self.judge.noise) = (Talk::None, Noise::<f32>::NEW);
        } else {
            self.judge.talk.meet_gap();
        }
        self.next = first;
    }
}

impl Default for ActivityDetector {
    fn default() -> Self {
        Self::new(ActivityOptions::default())
    }
}

/// What decides, hop by hop.
#[derive(Clone, Debug)]
pub(crate) struct Judge {
    limits: Limits,
    noise: Noise<f32>,
    talk: Talk,
}

impl Judge {
    pub(crate) fn new(options: ActivityOptions) -> Self {
        Self { limits: Limits::of(options), noise: Noise::<f32>::NEW, talk: Talk::None }
    }

    /// Judges the hop that ends now.
    #[inline]
    pub(crate) fn hop(&mut self, hop: &Loudness, now: FrameTime) -> Option<ActivityEvent> {
        let power = hop.voice;
        self.noise.take(power);
        let heard = power > self.limits.threshold && power > MARGIN * self.noise.power();
        self.talk.hop(heard.then_some(power), now, &self.limits)
    }

    /// Whether speech was told and has not ended.
    pub(crate) const fn is_active(&self) -> bool {
        self.talk.is_told()
    }
}

/// Speech is 6 dB above the least of the noise; hops of noise are up to 3 dB above it.
pub(crate) const MARGIN: f32 = 4.0;
