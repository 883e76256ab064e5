//! The error counters of a span: 16 bits each, latched once a second, stopping at 0xffff.

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

    /// A second has passed with ECM set: what was counted can be read until the next.
    pub(super) fn latch(&mut self) {
        self.latched = std::mem::take(&mut self.running);
    }

    /// Whether something was counted since the last latch.
    pub(super) fn is_errored(&self) -> bool {
        self.running != [0; 4]
    }

    /// The octet at `offset` behind FEC low. With `latched` false, the counter as it runs.
    pub(super) fn octet(&self, offset: u8, latched: bool) -> u8 {
        let counters = if latched { &self.latched } else { &self.running };
        let value = counters.get(usize::from(offset / 2)).copied().unwrap_or(0);
        value.to_le_bytes()[usize::from(offset & 1)]
    }
}
