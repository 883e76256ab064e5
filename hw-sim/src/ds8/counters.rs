//! The error counters of a span: 16 bits each, moved to the registers by a latch, stopping at 0xffff.

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

/// The counters of a span.
#[derive(Clone, Debug)]
pub(super) struct Counters {
    running: [u16; 4],
    latched: [u16; 4],
}

impl Counters {
    pub(super) const fn new() -> Self {
        Self { running: [0; 4], latched: [0; 4] }
    }

    pub(super) fn add(&mut self, counter: Counter, events: u32) {
        let running = &mut self.running[counter as usize];
        *running = running.saturating_add(u16::try_from(events).unwrap_or(u16::MAX));
    }

    /// What was counted can be read until the next latch.
    pub(super) fn latch(&mut self) {
        self.latched = std::mem::take(&mut self.running);
    }

    /// The octet at `place` behind the high octet of LCVCR.
    pub(super) fn octet(&self, place: usize) -> u8 {
        self.latched.get(place / 2).map_or(0, |value| value.to_be_bytes()[place & 1])
    }
}
