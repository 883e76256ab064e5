//! Elastic store between two clocks (G.703, G.822): frames come in by the clock of the line and go out by
//! the local one. When the clocks have drifted apart by a frame, one whole frame is deleted or repeated.
//!
//! The store has two frames, so after a slip the clocks may wander back by a whole frame before the next:
//! that is its hysteresis. Writes and reads must come in the order in which the clocks tick, one frame each;
//! an owner that works in blocks interleaves them. Signalling is taken out before the store, so a slip never
//! touches it.

/// A controlled slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The line is slower than we are: its last frame was read twice.
    Repeated,
    /// The line is faster than we are: the frame was not stored.
    Deleted,
}

/// Two frames between a writer and a reader with different clocks.
#[derive(Clone, Debug)]
pub struct ElasticStore {
    frames: [[u8; 32]; 2],
    /// Which of them did not come.
    lost: [bool; 2],
    /// The frame read last, to be repeated, and whether it did not come.
    last: [u8; 32],
    last_is_lost: bool,
    /// Index of the oldest frame not yet read.
    oldest: usize,
    /// Frames not yet read, 0 to 2.
    fill: usize,
    repeated: u64,
    deleted: u64,
}

impl ElasticStore {
    /// A store half full, with one frame of ones.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frames: [[0xff; 32]; 2],
            lost: [false; 2],
            last: [0xff; 32],
            last_is_lost: false,
            oldest: 0,
            fill: 1,
            repeated: 0,
            deleted: 0,
        }
    }

    /// A store with nothing in it, for a line that brings each frame before it is read.
    #[must_use]
    pub const fn empty() -> Self {
        let mut store = Self::new();
        store.fill = 0;
        store
    }

    /// Takes a frame from the line.
    pub const fn write(&mut self, frame: &[u8; 32]) -> Option<Slip> {
        self.write_marked(frame, false)
    }

    /// Takes a frame, or what stands in the place of one that did not come.
    pub const fn write_marked(&mut self, frame: &[u8; 32], lost: bool) -> Option<Slip> {
        if self.fill == 2 {
            self.deleted = self.deleted.saturating_add(1);
            return Some(Slip::Deleted);
        }
        let place = (self.oldest + self.fill) & 1;
        (self.frames[place], self.lost[place]) = (*frame, lost);
        self.fill += 1;
        None
    }

    /// Gives the frame for the next local frame time.
    pub const fn read(&mut self) -> (&[u8; 32], Option<Slip>) {
        if self.fill == 0 {
            self.repeated = self.repeated.saturating_add(1);
            return (&self.last, Some(Slip::Repeated));
        }
        self.last = self.frames[self.oldest & 1];
        self.last_is_lost = self.lost[self.oldest & 1];
        self.oldest ^= 1;
        self.fill -= 1;
        (&self.last, None)
    }

    /// Whether the frame read last did not come: one that is read twice did so neither time.
    #[must_use]
    pub const fn last_is_lost(&self) -> bool {
        self.last_is_lost
    }

    /// Frames in the store, 0 to 2.
    #[must_use]
    pub const fn fill(&self) -> usize {
        self.fill
    }

    /// How many frames were read twice.
    #[must_use]
    pub const fn repeated(&self) -> u64 {
        self.repeated
    }

    /// How many frames were deleted.
    #[must_use]
    pub const fn deleted(&self) -> u64 {
        self.deleted
    }

    /// Slips with their sign: positive when the line is the faster one.
    #[must_use]
    pub const fn balance(&self) -> i64 {
        self.deleted.wrapping_sub(self.repeated) as i64
    }
}

impl Default for ElasticStore {
    fn default() -> Self {
        Self::new()
    }
}
