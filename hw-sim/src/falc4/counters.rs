//! The error counters of a span: their order, low octets first.
use crate::counters::Place;

/// What is counted, in the order of the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    /// FEC, frame alignment signals with errors.
    Framing = 0,
    /// CVC, violations of the line code.
    CodeViolations = 1,
    /// CEC1, sub-multiframes with a wrong CRC-4.
    Crc = 2,
    /// EBC, E bits that report an error.
    EBits = 3,
    /// CEC2, with a test pattern its wrong bits.
    Pattern = 4,
}

impl Place for Counter {
    fn place(self) -> usize {
        self as usize
    }
}

/// The counters of a span; with ECM set a second is their latch.
pub(super) type Counters = crate::counters::Counters<Counter>;

impl Counters {
    /// The octet at `offset` behind FEC low. With `latched` false, the counter as it runs.
    pub(super) fn octet(&self, offset: u8, latched: bool) -> u8 {
        let place = usize::from(offset / 2);
        let value = if latched { self.latched(place) } else { self.running(place) };
        value.to_le_bytes()[usize::from(offset & 1)]
    }
}
