//! The level of a slot: what others hear of it, and what it hears itself.
//!
//! Detectors hear the slot as it came, and so does a tap on it; what it hears is tapped as it is sent. A slot with a connection
//! for data passes as it is, and so does what a connection for data hears.
use crate::link::{Shape, SlotId};
use crate::proc::PIECE;
use crate::proc::turn::Column;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::g711;
use tandem_dsp::leveller::Leveller;
use tandem_dsp::reminder::Reminder;
use tandem_types::Law;

/// Shapes both directions of one slot.
#[derive(Debug)]
pub struct ShaperProc {
    pub(crate) slot: SlotId,
    law: Law,
    set: InstructionSet,
    received: Option<Leveller>,
    sent: Option<Leveller>,
    reminder: Option<Reminder>,
    /// The newest piece that was received, as it came.
    raw: Column,
}

impl ShaperProc {
    pub(crate) fn new(slot: SlotId, law: Law, shape: Shape) -> Self {
        let leveller = |options: Option<_>| options.map(Leveller::new);
        Self {
            slot,
            law,
            set: InstructionSet::detect(),
            received: leveller(shape.received),
            sent: leveller(shape.sent),
            reminder: shape.reminder.map(|tone| Reminder::new(law, tone)),
            raw: [law.idle_octet(); PIECE],
        }
    }

    /// Takes a piece that the slot received, and leaves in its place what others hear.
    pub(crate) fn shape_received(&mut self, frames: usize, column: &mut Column) {
        self.raw = *column;
        if let Some(leveller) = &mut self.received {
            shape(self.set, self.law, &mut column[..frames], |linear| leveller.process(linear));
        }
    }

    /// Takes a piece that the slot is to send, and leaves in its place what it sends.
    pub(crate) fn shape_sent(&mut self, frames: usize, column: &mut Column) {
        let Self { set, law, sent, reminder, .. } = self;
        if sent.is_some() || reminder.is_some() {
            shape(*set, *law, &mut column[..frames], |linear| {
                if let Some(leveller) = sent {
                    leveller.process(linear);
                }
                if let Some(reminder) = reminder {
                    reminder.add(linear);
                }
            });
        }
    }

    /// The newest piece that was received, as it came.
    pub(crate) const fn raw(&self) -> &Column {
        &self.raw
    }
}

fn shape(set: InstructionSet, law: Law, octets: &mut [u8], change: impl FnOnce(&mut [i16])) {
    let mut linear = [0; PIECE];
    let linear = &mut linear[..octets.len()];
    g711::decode_block(set, law, octets, linear);
    change(linear);
    g711::encode_block(set, law, linear, octets);
}
