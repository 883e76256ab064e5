//! Keeps digits out of what is recorded or heard: card numbers must not reach a recording.
//!
//! A digit is certain some 40 ms after it began, so what is blanked has to wait: a recording waits 60 ms, which nobody
//! hears, and loses nothing but the digits; a leg that is listened to waits as long as its host allows, and the
//! sooner it goes on, the more of a digit is heard (`docs/detectors.md` has the figures).
//!
//! Not here: the detector, whose events are handed over. Runs on the media thread, on octets, of one direction or of both
//! alike.

mod suspicion;

use core::ops::Range;
use tandem_types::{FrameTime, Frames, Law};

use crate::dtmf::DtmfEvent;
use crate::g711;
use suspicion::Suspicion;

/// How long what is passed on may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Latency {
    /// 60 ms: a recording. Digits are blanked from 5 ms before them to 10 ms after them.
    Recording,
    /// 40 ms: a leg that is listened to; of a digit at most its first milliseconds are heard.
    Live40,
    /// 12 ms: blanked as soon as the sound may be a digit, and so are parts of speech now and then.
    Live12,
    /// Not at all: blanked when the digit is certain.
    Live0,
}

impl Latency {
    /// How long that is.
    #[must_use]
    pub const fn frames(self) -> Frames {
        Frames::from_ms(match self {
            Self::Recording => 60,
            Self::Live40 => 40,
            Self::Live12 => 12,
            Self::Live0 => 0,
        })
    }
}

/// So many directions of a leg on their way, digits taken out.
#[derive(Clone, Debug)]
pub struct Blanker<const DIRECTIONS: usize> {
    law: Law,
    delay: u64,
    /// By time modulo their length: the octets on their way, and whether they are blanked.
    octets: [[u8; DIRECTIONS]; LENGTH],
    blank: [bool; LENGTH],
    /// The frame that is taken next.
    next: FrameTime,
    /// So many digits go on, each in a direction of its own.
    held: u32,
    /// When none does, the last is over, and frames from here on are clean.
    clean_from: FrameTime,
    suspicion: Option<Suspicion<DIRECTIONS>>,
    /// While it stands, the frames from here on are blanked by it.
    suspected_from: Option<u64>,
}

impl<const DIRECTIONS: usize> Blanker<DIRECTIONS> {
    /// Silence is on its way.
    #[must_use]
    pub fn new(law: Law, latency: Latency) -> Self {
        Self {
            law,
            delay: latency.frames().0,
            octets: [[law.idle_octet(); DIRECTIONS]; LENGTH],
            blank: [false; LENGTH],
            next: FrameTime::ZERO,
            held: 0,
            clean_from: FrameTime::ZERO,
            suspicion: (latency == Latency::Live12).then(Suspicion::new),
            suspected_from: None,
        }
    }

    /// Hears of a digit in any of them. To be called before the frames pass in which it was reported.
    pub fn on_digit(&mut self, event: &DtmfEvent) {
        match *event {
            DtmfEvent::Start { at, .. } => {
                self.held += 1;
                self.mark(at.0.saturating_sub(BEFORE)..self.next.0, true);
            }
            DtmfEvent::End { end, .. } => {
                self.held = self.held.saturating_sub(1);
                self.clean_from = self.clean_from.max(end + Frames(AFTER));
                if self.held == 0 {
                    // Behind it the next one may have begun.
                    let clean_to = self.suspected_from.unwrap_or(u64::MAX).min(self.next.0);
                    self.mark(self.clean_from.0..clean_to, false);
                }
            }
        }
    }

    /// The detector was switched off or began anew: the end of a digit that it held will not be told.
    pub fn forget_digit(&mut self) {
        self.held = self.held.saturating_sub(1);
    }

    /// Takes the frames of a piece that begins at `at`, as many of each direction, and gives those in their place that were
    /// as many frames before as the delay, blanked where a digit was. Pieces follow each other; after a gap silence is on
    /// its way.
    pub fn pass(&mut self, at: FrameTime, mut directions: [&mut [u8]; DIRECTIONS]) {
        if at != self.next {
            self.octets.fill([self.law.idle_octet(); DIRECTIONS]);
            self.next = at;
        }
        let frames = directions.iter().map(|octets| octets.len()).min().unwrap_or(0);
        for frame in 0..frames {
            let newest = directions.each_ref().map(|octets| octets[frame]);
            let suspected = self.suspects(newest);
            let now = self.next.0;
            let place = now as usize % LENGTH;
            self.octets[place] = newest;
            self.blank[place] = self.held > 0 || suspected || now < self.clean_from.0;
            let out = now.wrapping_sub(self.delay) as usize % LENGTH;
            let passed = if self.blank[out] { [self.law.idle_octet(); DIRECTIONS] } else { self.octets[out] };
            for (octets, passed) in directions.iter_mut().zip(passed) {
                octets[frame] = passed;
            }
            self.next = FrameTime(now.saturating_add(1));
        }
    }

    /// Whether any direction may have a digit in it; what is on its way is blanked when that begins.
    fn suspects(&mut self, newest: [u8; DIRECTIONS]) -> bool {
        let Some(suspicion) = &mut self.suspicion else { return false };
        let stands = suspicion.take(newest.map(|octet| g711::decode(self.law, octet)));
        if !stands {
            self.suspected_from = None;
        } else if self.suspected_from.is_none() {
            let from = self.next.0.saturating_sub(self.delay);
            self.suspected_from = Some(from);
            self.mark(from..self.next.0, true);
        }
        stands
    }

    /// Marks frames, of which those that are on their way count.
    fn mark(&mut self, frames: Range<u64>, blank: bool) {
        let oldest = self.next.0.saturating_sub(LENGTH as u64);
        for frame in frames.start.max(oldest)..frames.end {
            self.blank[frame as usize % LENGTH] = blank;
        }
    }
}

/// More than the longest delay.
const LENGTH: usize = 512;
/// 5 ms: a beginning is known to about 1 ms.
const BEFORE: u64 = 40;
/// 10 ms, for what a line makes of an end.
const AFTER: u64 = 80;
