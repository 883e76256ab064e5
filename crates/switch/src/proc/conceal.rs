//! Conceals what a slot did not receive (G.711 Appendix I), before anybody hears it: the first stage of what is received.
//!
//! What it receives is 3.75 ms later for that. A slot with a connection for data passes as it is, and so does what a connection
//! for data hears.
use crate::link::SlotId;
use crate::proc::PIECE;
use crate::proc::turn::Column;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::concealment::{Concealer, DELAY};
use tandem_dsp::g711;
use tandem_types::Law;

/// Conceals the losses of one slot.
#[derive(Debug)]
pub struct ConcealProc {
    pub(crate) slot: SlotId,
    law: Law,
    set: InstructionSet,
    concealer: Concealer,
    /// The frames that came last: whether they were lost, the newest in bit 0.
    lost: u64,
    /// The newest piece as it came, and what was put out for it.
    received: Column,
    linear: [i16; PIECE],
    /// Which frames of that were lost, the first in bit 0.
    put_out_lost: u8,
}

impl ConcealProc {
    pub(crate) fn new(slot: SlotId, law: Law) -> Self {
        Self {
            slot,
            law,
            set: InstructionSet::detect(),
            concealer: Concealer::new(),
            lost: 0,
            received: [law.idle_octet(); PIECE],
            linear: [0; PIECE],
            put_out_lost: 0,
        }
    }

    /// Takes a piece that the slot received, of which these frames were lost, the first in bit 0, and leaves in its place what
    /// is due.
    pub(crate) fn conceal(&mut self, frames: usize, lost: u8, column: &mut Column) {
        self.received = *column;
        g711::decode_block(self.set, self.law, column, &mut self.linear);
        let is_lost = |frame: usize| lost >> frame & 1 == 1;
        let mut start = 0;
        while start < frames {
            let end = (start..frames).find(|frame| is_lost(*frame) != is_lost(start)).unwrap_or(frames);
            let run = &mut self.linear[start..end];
            if is_lost(start) {
                self.concealer.lose(run);
            } else {
                self.concealer.hear(run);
            }
            start = end;
        }
        g711::encode_block(self.set, self.law, &self.linear, column);
        self.put_out_lost = 0;
        for frame in 0..frames {
            self.lost = self.lost << 1 | u64::from(is_lost(frame));
            self.put_out_lost |= ((self.lost >> DELAY & 1) as u8) << frame;
        }
    }

    /// The newest piece as it came.
    pub(crate) const fn received(&self) -> &Column {
        &self.received
    }

    /// What was put out for it.
    pub(crate) const fn put_out(&self) -> &[i16; PIECE] {
        &self.linear
    }

    /// Which frames of that were lost, the first in bit 0.
    pub(crate) const fn put_out_lost(&self) -> u8 {
        self.put_out_lost
    }
}

const _: () = assert!(DELAY < u64::BITS as usize && PIECE == u8::BITS as usize);
