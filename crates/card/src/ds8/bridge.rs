//! The card's bus: the bridge's registers, and the framer chip's behind them, each port in its own window.
//!
//! In a card that is there some bits read 0 everywhere. A read with one of them set casts a doubt, which is cleared up
//! once for all that was read together ([`Bridge::is_sound`]): it costs nothing as long as all is well.
use super::regs;
use crate::{Bus, CardError, identity};
use std::num::NonZeroU32;

/// The bus, and whether what it answered is to be believed.
#[derive(Debug)]
pub(super) struct Bridge<B> {
    pub(super) bus: B,
    doubt: bool,
    gone: bool,
}

impl<B: Bus> Bridge<B> {
    pub(super) const fn new(bus: B) -> Self {
        Self { bus, doubt: false, gone: false }
    }

    /// Refuses what is not this card.
    pub(super) fn probe(&mut self) -> Result<(), CardError> {
        match self.read(regs::TDM_VERSION) {
            regs::TDM_VERSION_EIGHT_SPANS => {}
            regs::ALL_ONES => {
                return Err(CardError::Hardware("TDM_VERSION reads all ones: no card answers"));
            }
            _ => return Err(CardError::Unsupported("TDM_VERSION does not name a ds8 card of eight spans")),
        }
        let control = self.read(regs::TDM_CONTROL);
        if control == regs::ALL_ONES || control & regs::TDM_CONTROL_AUTHENTICATED == 0 {
            return Err(CardError::Hardware("TDM_CONTROL does not say AUTHENTICATED"));
        }
        (self.doubt, self.gone) = (false, false);
        Ok(())
    }

    /// The serial number of a card that answers.
    pub(super) fn serial(&mut self) -> Option<NonZeroU32> {
        identity::serial(self.read(regs::TDM_SERIAL))
    }

    /// Refuses what is not this card, though of its kind.
    pub(super) fn recognise(&mut self, wanted: Option<NonZeroU32>) -> Result<(), CardError> {
        self.probe()?;
        identity::compare(wanted, self.serial())
    }

    /// Whether all that was read since the last call can be used. What cannot is asked for again by a later service,
    /// unless the card is gone.
    pub(super) fn is_sound(&mut self) -> bool {
        if !std::mem::take(&mut self.doubt) {
            return !self.gone;
        }
        self.gone |= self.read(regs::TDM_VERSION) != regs::TDM_VERSION_EIGHT_SPANS;
        false
    }

    /// Whether the card was found not to be there.
    pub(super) const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Reads ISR; `None` if it cannot be used.
    pub(super) fn interrupts(&mut self) -> Option<u32> {
        let isr = self.read(regs::ISR);
        self.doubt |= isr & regs::ISR_UNUSED != 0;
        self.is_sound().then_some(isr)
    }

    /// Reads a register of the bridge.
    pub(super) fn read(&mut self, offset: usize) -> u32 {
        self.bus.read32(offset / WORD)
    }

    /// Writes a register of the bridge.
    pub(super) fn write(&mut self, offset: usize, value: u32) {
        self.bus.write32(offset / WORD, value);
    }

    /// Reads a register of the framer chip, given as that of span 0.
    pub(super) fn read_port(&mut self, span: usize, register: u16) -> u8 {
        let word = self.read(regs::CHIP_WINDOW + WORD * address(span, register));
        self.doubt |= word > u32::from(u8::MAX);
        word as u8
    }

    /// Reads a 16-bit counter, high octet first.
    pub(super) fn read_counter(&mut self, span: usize, high: u16) -> u64 {
        let octets = [self.read_port(span, high), self.read_port(span, high + 1)];
        u64::from(u16::from_be_bytes(octets))
    }

    /// Writes a register of the framer chip, given as that of span 0.
    pub(super) fn write_port(&mut self, span: usize, register: u16, value: u8) {
        self.write(regs::CHIP_WINDOW + WORD * address(span, register), u32::from(value));
    }

    /// Takes the bits `wanted` out of a latched register, clearing those that it found.
    pub(super) fn take_latched(&mut self, span: usize, register: u16, wanted: u8) -> u8 {
        let latched = self.read_port(span, register) & wanted;
        // A card of which there is doubt keeps its bits for the next service.
        if latched == 0 || self.doubt {
            return 0;
        }
        self.write_port(span, register, latched);
        latched
    }
}

/// The chip address of a register of `span`.
const fn address(span: usize, register: u16) -> usize {
    let step = match register {
        _ if register < regs::LIU_BLOCK.0 => regs::FRAMER_STEP,
        _ if register < regs::BERT_BLOCK.0 => regs::LIU_STEP,
        _ => regs::BERT_STEP,
    };
    register as usize + step as usize * span
}

/// Octets in a word.
const WORD: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_block_of_a_span_has_its_own_step() {
        for (span, register, expected) in [
            (0, 0x0f8, 0x0f8),
            (7, 0x0b0, 0xeb0),
            (3, 0x180, 0x780),
            (7, 0x1002, 0x10e2),
            (2, 0x110e, 0x112e),
        ] {
            assert_eq!(address(span, register), expected, "span {span} {register:#x}");
        }
    }
}
