//! Interrupt status and masks of one framer.

/// ISR0 to ISR4 and their masks.
#[derive(Clone, Debug)]
pub(super) struct Interrupts {
    status: [u8; 5],
    masks: [u8; 5],
    /// GCR.VIS: what is masked shows in the status all the same.
    masked_visible: bool,
}

impl Interrupts {
    /// After reset: nothing pending, everything masked.
    pub(super) const fn new() -> Self {
        Self { status: [0; 5], masks: [0xff; 5], masked_visible: false }
    }

    pub(super) fn raise(&mut self, number: usize, bits: u8) {
        if let (Some(status), Some(mask)) = (self.status.get_mut(number), self.masks.get(number)) {
            *status |= if self.masked_visible { bits } else { bits & !mask };
        }
    }

    /// The host reads ISRn, which clears it.
    pub(super) fn read(&mut self, number: usize) -> u8 {
        self.status.get_mut(number).map_or(0, std::mem::take)
    }

    pub(super) fn mask(&self, number: usize) -> u8 {
        self.masks.get(number).copied().unwrap_or(0)
    }

    pub(super) fn set_mask(&mut self, number: usize, mask: u8) {
        if let Some(place) = self.masks.get_mut(number) {
            *place = mask;
        }
    }

    pub(super) const fn set_masked_visible(&mut self, on: bool) {
        self.masked_visible = on;
    }

    /// Bit n for an unmasked bit in ISRn.
    pub(super) fn global(&self) -> u8 {
        let pending = self.status.iter().zip(&self.masks).map(|(status, mask)| status & !mask != 0);
        pending.enumerate().fold(0, |bits, (number, pending)| bits | (u8::from(pending) << number))
    }
}
