//! The slot that a card sits in: the card is pulled and put back, stops, or answers nonsense, and its interrupt line
//! is not what it should be. All on command, from any thread, at the next access.
use crate::rng::Rng;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicU8, AtomicU32};
use tandem_card::Bus;
use tandem_types::FrameTime;

/// A card that can lose its power.
pub trait PowerCycle {
    /// Power has come back at `now`: nothing is left of what the host wrote.
    fn power_cycle(&mut self, now: FrameTime);

    /// It is another card from now on, with this serial number.
    fn set_serial(&mut self, serial: u32);
}

/// What is the matter with a card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum SlotState {
    /// Nothing.
    #[default]
    Working = 0,
    /// It is not there: reads give ones, writes go nowhere.
    Pulled = 1,
    /// It answers, but its time stands still: no frame is moved any more.
    Frozen = 2,
    /// Reads give anything at all, of registers and of DMA memory.
    Garbled = 3,
}

/// What the interrupt line does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum InterruptLine {
    /// What the card says.
    #[default]
    Working = 0,
    /// No interrupt ever arrives.
    Lost = 1,
    /// Always asserted, as by another card that shares the line.
    Stuck = 2,
    /// What the card said when it was asked the time before.
    Late = 3,
    /// What the card says, and asserted now and then when it does not: by another card that shares the line, or by
    /// nobody.
    Spurious = 4,
}

/// A handle to a slot, for those who pull its card.
#[derive(Clone, Debug, Default)]
pub struct SlotControl(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: AtomicU8,
    line: AtomicU8,
    /// Serial number of the card that is put in next, if it is not the one that was pulled; 0 if it is.
    next: AtomicU32,
}

impl SlotControl {
    /// From now on this is the matter. A card that was pulled comes back without anything it was told.
    pub fn set(&self, state: SlotState) {
        self.0.state.store(state as u8, Relaxed);
    }

    /// The card that is put in next is another one, with this serial number.
    pub fn exchange(&self, serial: u32) {
        self.0.next.store(serial, Relaxed);
    }

    /// From now on the interrupt line does this.
    pub fn set_line(&self, line: InterruptLine) {
        self.0.line.store(line as u8, Relaxed);
    }
}

/// A card in its slot.
#[derive(Debug)]
pub struct Slot<B> {
    card: B,
    control: SlotControl,
    was_pulled: bool,
    nonsense: Rng,
    now: FrameTime,
    /// What the card said of its interrupt line last.
    asserted: bool,
}

impl<B: Bus + PowerCycle> Slot<B> {
    /// Puts a card into a slot.
    #[must_use]
    pub fn new(card: B, control: SlotControl) -> Self {
        Self {
            card,
            control,
            was_pulled: false,
            nonsense: Rng::new(0x51ab),
            now: FrameTime::ZERO,
            asserted: false,
        }
    }

    fn state(&mut self) -> SlotState {
        let state = match self.control.0.state.load(Relaxed) {
            1 => SlotState::Pulled,
            2 => SlotState::Frozen,
            3 => SlotState::Garbled,
            _ => SlotState::Working,
        };
        let pulled = state == SlotState::Pulled;
        if std::mem::replace(&mut self.was_pulled, pulled) && !pulled {
            self.card.power_cycle(self.now);
            match self.control.0.next.swap(0, Relaxed) {
                0 => {}
                serial => self.card.set_serial(serial),
            }
        }
        state
    }
}

impl<B: Bus + PowerCycle> Bus for Slot<B> {
    fn read32(&mut self, word: usize) -> u32 {
        match self.state() {
            SlotState::Working | SlotState::Frozen => self.card.read32(word),
            SlotState::Pulled => u32::MAX,
            SlotState::Garbled => self.nonsense.next() as u32,
        }
    }

    fn write32(&mut self, word: usize, value: u32) {
        if self.state() != SlotState::Pulled {
            self.card.write32(word, value);
        }
    }

    fn dma_size(&self) -> usize {
        self.card.dma_size()
    }

    /// The memory is the host's: it stays when the card goes. One that answers nonsense spoils what it holds.
    fn dma_read(&mut self, offset: usize, into: &mut [u8]) {
        match self.state() {
            SlotState::Garbled => into.fill_with(|| self.nonsense.next() as u8),
            SlotState::Working | SlotState::Pulled | SlotState::Frozen => self.card.dma_read(offset, into),
        }
    }

    fn dma_write(&mut self, offset: usize, from: &[u8]) {
        self.card.dma_write(offset, from);
    }

    fn interrupt(&mut self, now: FrameTime) -> bool {
        self.now = now;
        let asserted = match self.state() {
            SlotState::Working | SlotState::Garbled => self.card.interrupt(now),
            SlotState::Pulled | SlotState::Frozen => false,
        };
        let before = std::mem::replace(&mut self.asserted, asserted);
        match self.control.0.line.load(Relaxed) {
            1 => false,
            2 => true,
            3 => before,
            4 => asserted || self.nonsense.next() & 3 == 0,
            _ => asserted,
        }
    }

    fn runs_by_itself(&self) -> bool {
        self.card.runs_by_itself()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts its line in every third frame.
    struct Blinking;

    impl PowerCycle for Blinking {
        fn power_cycle(&mut self, _: FrameTime) {}

        fn set_serial(&mut self, _: u32) {}
    }

    impl Bus for Blinking {
        fn read32(&mut self, _: usize) -> u32 {
            0
        }

        fn write32(&mut self, _: usize, _: u32) {}

        fn dma_size(&self) -> usize {
            0
        }

        fn dma_read(&mut self, _: usize, _: &mut [u8]) {}

        fn dma_write(&mut self, _: usize, _: &[u8]) {}

        fn interrupt(&mut self, now: FrameTime) -> bool {
            now.0.is_multiple_of(3)
        }
    }

    #[test]
    fn an_interrupt_line_is_late_or_asserted_by_others_as_it_is_told() {
        let asserted = |line| {
            let control = SlotControl::default();
            let mut slot = Slot::new(Blinking, control.clone());
            control.set_line(line);
            (0..300).map(|frame| slot.interrupt(FrameTime(frame))).collect::<Vec<bool>>()
        };
        let own = asserted(InterruptLine::Working);
        assert_eq!(own.iter().filter(|asserted| **asserted).count(), 100);
        assert_eq!(asserted(InterruptLine::Late)[1..], own[..299]);
        let spurious = asserted(InterruptLine::Spurious);
        assert!(own.iter().zip(&spurious).all(|(own, line)| line | !own), "none is lost");
        let more = spurious.iter().filter(|asserted| **asserted).count() - 100;
        assert!((25..=80).contains(&more), "{more} of 200");
        assert!(asserted(InterruptLine::Stuck).into_iter().all(|asserted| asserted));
        assert!(!asserted(InterruptLine::Lost).contains(&true));
    }
}
