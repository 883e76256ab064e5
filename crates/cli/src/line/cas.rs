//! Whether timeslot 16 of a capture really carries the multiframe of channel-associated signalling.
//!
//! Its alignment signal is four zeros, which any data imitate every few milliseconds, and the deframer is
//! right to take the first it sees. A person with a capture of a primary rate access wants no alarms about
//! signalling that is not there. So an alignment counts when its next eight signals, one in four thousand
//! million by chance, were right too.
use tandem_line::{E1Counters, LineEvent};
use tandem_types::Defect;

/// What is believed about timeslot 16.
#[derive(Debug, Default)]
pub(super) struct CasBelief {
    /// Since when all alignment signals have been right.
    good_since: Option<u64>,
    /// Whether an alignment has turned out to be none.
    was_deceived: bool,
    mfas_errors: u64,
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
            LineEvent::Defect { defect: Defect::LossOfCasMultiframe, present: true, .. } => {
                self.was_deceived |= self.good_since.take().is_some();
            }
            _ => {}
        }
    }

    /// Looks at the counters after frame `now`.
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
