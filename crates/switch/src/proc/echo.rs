//! Takes the echo of what a slot sends out of what it receives, before anybody hears it, detectors and taps too.
//!
//! A slot with a connection for data passes as it is, and so does what a connection for data hears.
use crate::link::{EchoSetup, EchoTail, SlotId};
use crate::proc::PIECE;
use crate::proc::turn::Column;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::echo::EchoCanceller;
use tandem_dsp::g711;
use tandem_types::Law;

/// Cancels the echo of one slot.
#[derive(Debug)]
pub struct EchoProc {
    pub(crate) slot: SlotId,
    law: Law,
    set: InstructionSet,
    canceller: Canceller,
    /// What was sent in the last frames: as many as a piece has, whatever the pieces.
    sent: [i16; PIECE],
    /// The newest piece as it came, and what was left of it.
    received: Column,
    left: [i16; PIECE],
}

#[derive(Debug)]
enum Canceller {
    Ms16(Box<EchoCanceller<128>>),
    Ms32(Box<EchoCanceller<256>>),
    Ms64(Box<EchoCanceller<512>>),
    Ms128(Box<EchoCanceller<1024>>),
}

impl Canceller {
    fn new(set: InstructionSet, EchoSetup { tail, options }: EchoSetup) -> Self {
        match tail {
            EchoTail::Ms16 => Self::Ms16(Box::new(EchoCanceller::new(set, options))),
            EchoTail::Ms32 => Self::Ms32(Box::new(EchoCanceller::new(set, options))),
            EchoTail::Ms64 => Self::Ms64(Box::new(EchoCanceller::new(set, options))),
            EchoTail::Ms128 => Self::Ms128(Box::new(EchoCanceller::new(set, options))),
        }
    }

    fn process(&mut self, receive: &[i16], send: &mut [i16]) {
        match self {
            Self::Ms16(canceller) => canceller.process(receive, send),
            Self::Ms32(canceller) => canceller.process(receive, send),
            Self::Ms64(canceller) => canceller.process(receive, send),
            Self::Ms128(canceller) => canceller.process(receive, send),
        }
    }
}

impl EchoProc {
    pub(crate) fn new(slot: SlotId, law: Law, setup: EchoSetup) -> Self {
        let set = InstructionSet::detect();
        Self {
            slot,
            law,
            set,
            canceller: Canceller::new(set, setup),
            sent: [0; PIECE],
            received: [law.idle_octet(); PIECE],
            left: [0; PIECE],
        }
    }

    /// Takes a piece that the slot received, and leaves in its place what is no echo.
    pub(crate) fn cancel(&mut self, frames: usize, column: &mut Column) {
        self.received = *column;
        g711::decode_block(self.set, self.law, column, &mut self.left);
        self.canceller.process(&self.sent[..frames], &mut self.left[..frames]);
        g711::encode_block(self.set, self.law, &self.left, column);
    }

    /// The slot sends this in the piece.
    pub(crate) fn note_sent(&mut self, frames: usize, column: &Column) {
        self.sent.rotate_left(frames);
        g711::decode_block(self.set, self.law, &column[..frames], &mut self.sent[PIECE - frames..]);
    }

    /// The newest piece as it came.
    pub(crate) const fn received(&self) -> &Column {
        &self.received
    }

    /// What was left of it.
    pub(crate) const fn left(&self) -> &[i16; PIECE] {
        &self.left
    }
}
