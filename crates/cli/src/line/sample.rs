//! The first few seconds of a capture, kept for a second look.

/// Octets of a capture, in a row.
pub(super) struct Sample {
    /// Octets before it in the capture.
    start: u64,
    octets: Vec<u8>,
    limit: usize,
}

impl Sample {
    /// An empty sample of at most so many octets.
    pub(super) const fn new(limit: usize) -> Self {
        Self { start: 0, octets: Vec::new(), limit }
    }

    /// The sample is what follows, from so many octets on.
    pub(super) fn restart(&mut self, start: u64) {
        if !self.is_full() {
            self.octets.clear();
            self.start = start;
        }
    }

    /// Takes what comes next, as far as there is room. A beginning of one octet again and again tells nothing
    /// and is passed over.
    pub(super) fn offer(&mut self, octets: &[u8]) {
        if self.octets.is_empty() && is_constant(octets) {
            self.start += octets.len() as u64;
            return;
        }
        let room = self.limit - self.octets.len();
        self.octets.extend_from_slice(&octets[..room.min(octets.len())]);
    }

    pub(super) const fn start(&self) -> u64 {
        self.start
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn is_full(&self) -> bool {
        self.octets.len() == self.limit
    }
}

/// Whether these many octets are all the same.
pub(super) fn is_constant(octets: &[u8]) -> bool {
    octets.len() >= CONSTANT_OCTETS && octets.iter().all(|octet| *octet == octets[0])
}

/// A pipe may give a few octets at a time, which may be the same by chance.
const CONSTANT_OCTETS: usize = 4096;
