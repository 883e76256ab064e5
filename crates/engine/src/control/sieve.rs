//! What a host that sends a channel on over packets is to send: voices, and what the noise is like in between.
use crate::streams::{Portion, Sent};
use std::collections::VecDeque;
use tandem_dsp::activity::ActivityOptions;
use tandem_dsp::comfort::{FRAME, Sending, SilenceSuppressor, SuppressorOptions};
use tandem_types::{FrameTime, Frames};

/// Samples of one channel on their way through a suppressor, 10 ms at a time.
#[derive(Debug)]
pub(super) struct Sieve {
    suppressor: SilenceSuppressor,
    /// Frames that it puts out before the first.
    early: usize,
    /// What fills no frame yet.
    samples: [i16; FRAME],
    filled: Heard,
    /// The frames that the suppressor keeps, the oldest first.
    kept: VecDeque<Heard>,
    /// What is decided upon and was not taken yet, of which there is as much as a chunk or the end brings.
    decided: VecDeque<Decided>,
    ended: bool,
}

/// A frame's beginning, and how many of its samples were heard: what a gap or the end leaves of it is filled up with silence.
#[derive(Clone, Copy, Debug)]
struct Heard {
    start: FrameTime,
    samples: usize,
}

#[derive(Debug)]
struct Decided {
    heard: Heard,
    sending: Sending,
    samples: [i16; FRAME],
}

impl Sieve {
    pub(super) fn new(voice: ActivityOptions) -> Self {
        let suppressor = SilenceSuppressor::new(SuppressorOptions { voice, ..SuppressorOptions::default() });
        Self {
            early: suppressor.delay().0 as usize / FRAME,
            suppressor,
            samples: [0; FRAME],
            filled: Heard { start: FrameTime::ZERO, samples: 0 },
            kept: VecDeque::new(),
            decided: VecDeque::new(),
            ended: false,
        }
    }

    /// Samples that it takes to fill a frame.
    pub(super) const fn wants(&self) -> usize {
        FRAME - self.filled.samples
    }

    /// Takes as many samples as it wants, or fewer, that were heard from `start` on.
    pub(super) fn hear(&mut self, start: FrameTime, samples: &[i16]) {
        let filled = self.filled;
        if filled.samples > 0 && filled.start + Frames(filled.samples as u64) != start {
            self.pass_frame();
        }
        if self.filled.samples == 0 {
            self.filled.start = start;
        }
        let at = self.filled.samples;
        self.samples[at..at + samples.len()].copy_from_slice(samples);
        self.filled.samples += samples.len();
        if self.wants() == 0 {
            self.pass_frame();
        }
    }

    /// What was heard is all: what the suppressor keeps is decided upon too. Returns whether there is any.
    pub(super) fn end(&mut self) -> bool {
        if std::mem::replace(&mut self.ended, true) {
            return false;
        }
        if self.filled.samples > 0 {
            self.pass_frame();
        }
        while !self.kept.is_empty() {
            self.pass([0; FRAME]);
        }
        self.ready() > 0
    }

    /// Adds the next frame to a portion, if there is one and it goes on in it.
    pub(super) fn add_to(&mut self, portion: &mut Option<Portion>) -> Added {
        let Some(next) = self.decided.pop_front() else { return Added::NothingThere };
        match portion {
            None => *portion = Some(next.begin()),
            Some(portion) if next.goes_on(portion) => next.append(portion),
            Some(_) => {
                self.decided.push_front(next);
                return Added::AnotherPortion;
            }
        }
        Added::Frame
    }

    /// Samples that were heard and are decided upon, but not taken.
    pub(super) fn ready(&self) -> usize {
        self.decided.iter().map(|decided| decided.heard.samples).sum()
    }

    /// All samples that were heard, but not taken.
    pub(super) fn left(&self) -> usize {
        self.filled.samples + self.kept.iter().map(|heard| heard.samples).sum::<usize>() + self.ready()
    }

    fn pass_frame(&mut self) {
        let frame = std::mem::replace(&mut self.samples, [0; FRAME]);
        self.kept.push_back(self.filled);
        self.filled.samples = 0;
        self.pass(frame);
    }

    /// Gives a frame to the suppressor, and takes the one that is due.
    fn pass(&mut self, mut samples: [i16; FRAME]) {
        let sending = self.suppressor.process(&mut samples);
        if self.early > 0 {
            self.early -= 1;
        } else if let Some(heard) = self.kept.pop_front() {
            self.decided.push_back(Decided { heard, sending, samples });
        }
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// It is in the portion.
    Frame,
    /// It begins another portion.
    AnotherPortion,
    /// There was none.
    NothingThere,
}

impl Decided {
    fn begin(self) -> Portion {
        let sent = match self.sending {
            Sending::Voice => Sent::Voice(self.samples.to_vec()),
            Sending::Noise(noise) => Sent::Noise(noise),
            Sending::Nothing => Sent::Nothing,
        };
        Portion { start: self.heard.start, length: Frames(FRAME as u64), sent }
    }

    fn goes_on(&self, portion: &Portion) -> bool {
        let kind = match portion.sent {
            Sent::Voice(_) => self.sending == Sending::Voice,
            Sent::Nothing => self.sending == Sending::Nothing,
            Sent::Noise(_) => false,
        };
        kind && portion.start + portion.length == self.heard.start
    }

    fn append(self, portion: &mut Portion) {
        portion.length = Frames(portion.length.0 + FRAME as u64);
        if let Sent::Voice(voice) = &mut portion.sent {
            voice.extend_from_slice(&self.samples);
        }
    }
}
