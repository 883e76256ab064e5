//! In-band loop codes, received: a pattern of 1 to 7 or 16 bits, over and over, wherever it begins.
//!
//! A bit is bad that differs from the one a pattern's length before it: one wrong bit makes two. A millisecond
//! belongs to the code if in at least three of its frames one of two places shows the pattern in some turn; all bits of another are
//! bad. The code is found after 48 ms with two bad bits in a hundred or less, and gone after 48 ms in each of which
//! one in ten was bad.

/// Looks for one code.
#[derive(Clone, Debug)]
pub(super) struct LoopCode {
    /// The code as it is on the line, its last bit lowest, and its length.
    pattern: u16,
    length: u8,
    /// The last bits received.
    before: u64,
    /// Of this millisecond: frames, bad bits, frames that showed the pattern in some turn.
    frames: u8,
    bad: u32,
    turned: u32,
    /// Bad bits of the last 48 ms, and their sum.
    past: [u16; MEMORY],
    next: u8,
    filled: u8,
    sum: u32,
    absent: u8,
    found: bool,
}

impl LoopCode {
    pub(super) const fn new() -> Self {
        Self {
            pattern: 0,
            length: 1,
            before: 0,
            frames: 0,
            bad: 0,
            turned: 0,
            past: [0; MEMORY],
            next: 0,
            filled: 0,
            sum: 0,
            absent: 0,
            found: false,
        }
    }

    pub(super) const fn is_there(&self) -> bool {
        self.found
    }

    /// The code looked for: its octets, first bit highest, and the number of its length. Another one begins anew.
    pub(super) const fn set(&mut self, octets: u16, number: u8) {
        let length = if number & 7 == 7 { 16 } else { (number & 7) + 1 };
        let pattern = octets >> (16 - length);
        if pattern != self.pattern || length != self.length {
            *self = Self::new();
            (self.pattern, self.length) = (pattern, length);
        }
    }

    /// Takes the next 193 bits.
    pub(super) fn take(&mut self, bits: &[u64; 4]) {
        let (mut before, length) = (self.before, u32::from(self.length));
        let [a, b, c, last] = *bits;
        for word in [a, b, c] {
            let ago = word >> length | before << (64 - length);
            self.bad += (word ^ ago).count_ones();
            before = word;
        }
        self.bad += u32::from((last >> 63) != (before >> (length - 1) & 1));
        self.before = before << 1 | last >> 63;
        // Where an F bit falls is not known, but not into both.
        self.turned += u32::from(self.is_turned(self.before) || self.is_turned(b));
        self.frames += 1;
        if self.frames == FRAMES {
            self.frames = 0;
            self.judge();
        }
    }

    fn is_turned(&self, stream: u64) -> bool {
        let length = u32::from(self.length);
        let mask = u16::MAX >> (16 - length);
        let mut turn = self.pattern;
        (0..length).any(|_| {
            turn = (turn << 1 | turn >> (length - 1)) & mask;
            stream as u16 & mask == turn
        })
    }

    fn judge(&mut self) {
        let bad = if self.turned < LEAST_TURNED { ALL_BITS } else { self.bad };
        (self.bad, self.turned) = (0, 0);
        let oldest = std::mem::replace(&mut self.past[usize::from(self.next)], bad as u16);
        self.next = (self.next + 1) % MEMORY as u8;
        self.filled = (self.filled + 1).min(MEMORY as u8);
        self.sum = self.sum + bad - u32::from(oldest);
        if usize::from(self.filled) == MEMORY && self.sum <= MOST_BAD {
            self.found = true;
        }
        self.absent = if bad > ABSENT_BAD { (self.absent + 1).min(MEMORY as u8) } else { 0 };
        if usize::from(self.absent) == MEMORY {
            self.found = false;
        }
    }
}

const FRAMES: u8 = 8;
const ALL_BITS: u32 = 8 * 193;
/// 48 ms.
const MEMORY: usize = 48;
/// Two in a hundred of 48 ms of bits.
const MOST_BAD: u32 = 48 * ALL_BITS / 50;
/// Of the frames of a millisecond.
const LEAST_TURNED: u32 = 3;
/// One in ten of the bits of a millisecond.
const ABSENT_BAD: u32 = ALL_BITS / 10;
