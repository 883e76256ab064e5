//! The error counters of a span: their order, high octets first.
use crate::counters::Place;

/// What is counted, in the order of the registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counter {
    /// LCVCR, violations of the line code.
    CodeViolations = 0,
    /// PCVCR, blocks with a wrong CRC; in a superframe of 12, framing bits.
    Path = 1,
    /// FOSCR, frame alignment signals or framing bits with errors.
    Framing = 2,
    /// E1EBCR, E bits that report an error.
    EBits = 3,
}

impl Place for Counter {
    fn place(self) -> usize {
        self as usize
    }
}

/// The counters of a span.
pub(super) type Counters = crate::counters::Counters<Counter>;

impl Counters {
    /// The octet at `place` behind the high octet of LCVCR.
    pub(super) fn octet(&self, place: usize) -> u8 {
        self.latched(place / 2).to_be_bytes()[place & 1]
    }
}
