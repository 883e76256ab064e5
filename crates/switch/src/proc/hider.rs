//! Takes the digits out of what a slot says before anybody hears it: an agent is not to learn a card number by ear.
//!
//! Detectors hear the slot as it came, and so does a tap on it.
use crate::link::SlotId;
use crate::proc::PIECE;
use crate::proc::turn::Column;
use tandem_dsp::blanking::{Blanker, Latency};
use tandem_dsp::dtmf::DtmfEvent;
use tandem_types::{FrameTime, Law};

/// Hides the digits of one slot.
#[derive(Debug)]
pub struct HiderProc {
    pub(crate) slot: SlotId,
    blanker: Blanker<1>,
    /// The newest piece as it came.
    received: Column,
}

impl HiderProc {
    pub(crate) fn new(slot: SlotId, law: Law, latency: Latency) -> Self {
        Self { slot, blanker: Blanker::new(law, latency), received: [law.idle_octet(); PIECE] }
    }

    /// A digit was heard on the slot.
    pub(crate) fn on_digit(&mut self, event: &DtmfEvent) {
        self.blanker.on_digit(event);
    }

    /// Digits on the slot are no longer detected.
    pub(crate) fn forget_digit(&mut self) {
        self.blanker.forget_digit();
    }

    /// Takes a piece that the slot received, and leaves in its place what others hear.
    pub(crate) fn hide(&mut self, at: FrameTime, frames: usize, column: &mut Column) {
        self.received = *column;
        self.blanker.pass(at, [&mut column[..frames]]);
    }

    /// The newest piece as it came.
    pub(crate) const fn received(&self) -> &Column {
        &self.received
    }
}
