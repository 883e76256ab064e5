//! Whether a capture really carries channel-associated signalling.
//!
//! In timeslot 16 of an E1 it has a multiframe. Its alignment signal is four zeros, which any data imitate
//! every few milliseconds, and the deframer is right to take the first it sees. A person with a capture of a
//! primary rate access wants no alarms about signalling that is not there. So an alignment counts when its
//! next eight signals, one in four thousand million by chance, were right too.
//!
//! The robbed bits of a T1 have nothing of their own to be known by, but they stay as they are: when signalling
//! is there, nearly all channels are believed in the second superframe. By chance no such number is believed
//! at once. An idle line without signalling shows the same.
use tandem_line::{E1Counters, LineEvent};
use tandem_types::Defect;

/// What is believed about signalling.
#[derive(Debug, Default)]
pub(super) struct CasBelief {
    /// Since when all alignment signals have been right.
    good_since: Option<u64>,
    /// Whether an alignment has turned out to be none.
    was_deceived: bool,
    mfas_errors: u64,
    /// The frame of the last change, and the channels that changed in it.
    together: (u64, u32),
    found: bool,
}

impl CasBelief {
    /// Whether the multiframe is there, or was.
    pub(super) const fn is_found(&self) -> bool {
        self.found
    }

    /// Takes an event of the deframer.
    pub(super) fn note(&mut self, event: &LineEvent) {
        match event {
            LineEvent::CasAligned { frame } => self.good_since = Some(*frame),
            LineEvent::CasChange { frame, .. } => {
                let (last, count) = self.together;
                self.together = (*frame, if last == *frame { count + 1 } else { 1 });
            }
            LineEvent::Defect { defect: Defect::LossOfCasMultiframe, present: true, .. } => {
                self.was_deceived |= self.good_since.take().is_some();
            }
            _ => {}
        }
    }

    /// After frame `now` of a T1: whether nearly all channels were believed in it.
    pub(super) fn settle_robbed(&mut self, now: u64) {
        self.found |= self.together.0 == now && self.together.1 >= ROBBED_TOGETHER;
    }

    /// Looks at the counters of an E1 after frame `now`.
    pub(super) fn settle(&mut self, now: u64, counters: &E1Counters) {
        if counters.cas_mfas_errors > self.mfas_errors {
            self.mfas_errors = counters.cas_mfas_errors;
            self.good_since = self.good_since.map(|_| now);
        }
        self.found |= self.good_since.is_some_and(|since| now.saturating_sub(since) >= PROVING_FRAMES);
    }

    /// At the end of a short capture, an alignment that nothing speaks against will do.
    pub(super) const fn finish(&mut self) {
        self.found |= self.good_since.is_some() && !self.was_deceived;
    }
}

/// Eight multiframes of 16 frames.
const PROVING_FRAMES: u64 = 8 * 16;
/// Of the 24 channels of a T1; a few may have been hit by errors.
const ROBBED_TOGETHER: u32 = 20;
