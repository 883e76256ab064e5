//! The bridge of the card: its registers and, through them, the indirect bus to the four framers.
use super::regs::{
    ALL_ONES, INTR, INTR_UNUSED, LADDR, LADDR_READ, LADDR_SELECT, LADDR_SPAN_SHIFT, LADDR_WRITE, LDATA,
    SERIAL, VERSION, VERSION_FAMILY_MASK, VERSION_QUAD_GEN2,
};
use crate::{Bus, CardError, identity};
use std::num::NonZeroU32;

/// The card's bus with the access sequences of its bridge.
#[derive(Debug)]
pub(super) struct Bridge<B> {
    pub(super) bus: B,
}

impl<B: Bus> Bridge<B> {
    /// Refuses what is not the quad-span second generation.
    pub(super) fn probe(&mut self) -> Result<(), CardError> {
        match self.bus.read32(VERSION) {
            VERSION_QUAD_GEN2 => Ok(()),
            ALL_ONES => Err(CardError::Hardware("VERSION reads all ones: no card answers")),
            other if (other ^ VERSION_QUAD_GEN2) & VERSION_FAMILY_MASK == 0 => {
                Err(CardError::Unsupported("a falc4 relative of another generation or number of spans"))
            }
            _ => Err(CardError::Unsupported("VERSION does not name a falc4 card")),
        }
    }

    /// The serial number of a card that answers.
    pub(super) fn serial(&mut self) -> Option<NonZeroU32> {
        identity::serial(self.bus.read32(SERIAL))
    }

    /// Refuses what is not this card.
    pub(super) fn recognise(&mut self, wanted: Option<NonZeroU32>) -> Result<(), CardError> {
        self.probe()?;
        identity::compare(wanted, self.serial())
    }

    /// Whether the card is there and to be believed: what is out of the ordinary counts only then. One wrong answer is a
    /// fault of the bus, and asked again.
    pub(super) fn knows_its_name(&mut self) -> bool {
        self.probe().is_ok() || self.probe().is_ok()
    }

    /// Reads INTR; `None` if it has bits set that are always 0.
    pub(super) fn interrupts(&mut self) -> Option<u32> {
        let interrupts = self.bus.read32(INTR);
        (interrupts & INTR_UNUSED == 0).then_some(interrupts)
    }

    /// Reads a framer register, with its side effects.
    pub(super) fn read(&mut self, span: usize, register: u8) -> u8 {
        let address = address(span, register);
        self.bus.write32(LADDR, address);
        self.bus.write32(LADDR, address | LADDR_SELECT | LADDR_READ);
        let value = self.bus.read32(LDATA);
        self.bus.write32(LADDR, address);
        value as u8 // the upper 24 bits carry nothing
    }

    /// Reads a 16-bit counter, whose high octet follows the low one.
    pub(super) fn read_counter(&mut self, span: usize, low: u8) -> u64 {
        let octets = [self.read(span, low), self.read(span, low + 1)];
        u64::from(u16::from_le_bytes(octets))
    }

    /// Writes a framer register.
    pub(super) fn write(&mut self, span: usize, register: u8, value: u8) {
        let address = address(span, register);
        self.bus.write32(LADDR, address);
        self.bus.write32(LDATA, u32::from(value));
        self.bus.write32(LADDR, address | LADDR_SELECT);
        self.bus.write32(LADDR, address | LADDR_SELECT | LADDR_WRITE);
        self.bus.write32(LADDR, address);
    }
}

const fn address(span: usize, register: u8) -> u32 {
    (span as u32) << LADDR_SPAN_SHIFT | register as u32
}
