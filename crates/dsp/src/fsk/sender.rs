//! The sender of messages.

use tandem_types::{Frames, Law};

use super::{Keying, Message, Modulator};

/// How a sender sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallerIdSender {
    /// The modem.
    pub keying: Keying,
    /// Level in dBm0.
    pub dbm0: f32,
    /// Whether a channel seizure and a long mark come first, as between rings; otherwise a short mark, as in a
    /// conversation.
    pub seizes: bool,
    /// Bits of mark between octets, 0 to 10.
    pub stuffing: u8,
}

impl CallerIdSender {
    /// Between rings, at −13.5 dBm0.
    #[must_use]
    pub const fn new(keying: Keying) -> Self {
        Self { keying, dbm0: -13.5, seizes: true, stuffing: 0 }
    }

    /// How long a message takes.
    #[must_use]
    pub fn duration(&self, message: &Message) -> Frames {
        let bits = self.lead() + message.octets().len() as u64 * self.octet_bits() + u64::from(TAIL_BITS);
        Frames((bits * 8000).div_ceil(u64::from(self.keying.bit_rate())))
    }

    const fn lead(&self) -> u64 {
        if self.seizes { (SEIZURE_BITS + MARK_BITS) as u64 } else { SHORT_MARK_BITS as u64 }
    }

    const fn octet_bits(&self) -> u64 {
        let stuffing = if self.stuffing > MOST_STUFFING { MOST_STUFFING } else { self.stuffing };
        (OCTET_BITS + stuffing as u32) as u64
    }

    /// A bit of a transmission; `None` after the last.
    fn bit(&self, message: &Message, number: u64) -> Option<bool> {
        let Some(place) = number.checked_sub(self.lead()) else {
            return Some(!self.seizes || number >= u64::from(SEIZURE_BITS) || number % 2 == 1);
        };
        let (octet, bit) = (place / self.octet_bits(), place % self.octet_bits());
        match (message.octets().get(octet as usize), bit) {
            (Some(_), 0) => Some(false),
            (Some(octet), 1..=8) => Some(octet >> (bit - 1) & 1 == 1),
            (Some(_), _) => Some(true),
            (None, _) => {
                let after = place - message.octets().len() as u64 * self.octet_bits();
                (after < u64::from(TAIL_BITS)).then_some(true)
            }
        }
    }
}

/// Sends one message. What it produces does not depend on how the caller cuts time into blocks.
#[derive(Clone, Debug)]
pub struct CallerIdGenerator {
    sender: CallerIdSender,
    message: Message,
    modulator: Modulator,
    sent: u64,
}

impl CallerIdGenerator {
    /// At the beginning of the transmission.
    #[must_use]
    pub fn new(law: Law, sender: CallerIdSender, message: Message) -> Self {
        Self { sender, message, modulator: Modulator::new(law, sender.keying, sender.dbm0), sent: 0 }
    }

    /// Fills a block, with silence after the end; `true` once all has been sent.
    pub fn fill(&mut self, block: &mut [i16]) -> bool {
        let Self { sender, message, modulator, sent } = self;
        modulator.fill(block, || {
            let bit = sender.bit(message, *sent)?;
            *sent += 1;
            Some(bit)
        })
    }
}

/// Alternating, the first a 0.
const SEIZURE_BITS: u32 = 300;
const MARK_BITS: u32 = 180;
const SHORT_MARK_BITS: u32 = 80;
const OCTET_BITS: u32 = 10;
const MOST_STUFFING: u8 = 10;
/// Bits of mark that keep the last stop bit from the silence after it.
const TAIL_BITS: u32 = 4;
