//! In-band loop codes (T1.403, TR 62411): a pattern of 3 to 8 bits that fills the span for five seconds.
//!
//! The pattern may run on under the F bits, stand between them, or fill the span without any framing; the
//! detector looks at the bits of the line and copes with all three. The rule: every bit of the line ends a window
//! as long as the pattern, which is good if it is the pattern turned by any number of places. 80 frames (10 ms,
//! 15440 windows) are good if 1930 windows or fewer (1/8) are not. 499 good in a row are the code: five seconds
//! of it hold as many wherever they begin. With a pattern of 8 bits F bits spoil 1 window in 24 and one error in
//! a thousand as many as 1 in 125. The first 80 frames that are not good end it.
use super::T1_FRAME_BITS;
use crate::bits::{FIRST, FrameWords};

/// A pattern, written as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopCode {
    /// The last bit sent is in bit 0.
    pattern: u8,
    length: u8,
}

impl LoopCode {
    /// Line loop up of a CSU: 00001.
    pub const LINE_UP: Self = Self { pattern: 0b0_0001, length: 5 };
    /// Line loop down of a CSU: 001.
    pub const LINE_DOWN: Self = Self { pattern: 0b001, length: 3 };
    /// Loop up of a network interface unit (smart jack): 11000.
    pub const NETWORK_UP: Self = Self { pattern: 0b1_1000, length: 5 };
    /// Loop down of a network interface unit: 11100.
    pub const NETWORK_DOWN: Self = Self { pattern: 0b1_1100, length: 5 };

    /// The lowest `length` bits of `pattern`, the first to be sent uppermost; `None` if `length` is not 3 to 8.
    #[must_use]
    pub const fn new(pattern: u8, length: u8) -> Option<Self> {
        if length < SHORTEST || length > LONGEST {
            return None;
        }
        Some(Self { pattern: pattern & (u8::MAX >> (8 - length)), length })
    }

    /// Bits in the pattern.
    #[must_use]
    pub const fn length(self) -> u8 {
        self.length
    }

    /// Whether the bit at a place, counted from the first sent, is set.
    const fn bit(self, place: u8) -> bool {
        (self.pattern >> (self.length - 1 - place % self.length)) & 1 != 0
    }
}

/// How a code meets the F bits of the frames that it is sent in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoopCodeFraming {
    /// F bits take the places of bits of the code.
    #[default]
    Overwritten,
    /// The code goes on where it was before the F bit.
    BetweenFBits,
}

/// Sends a code.
#[derive(Clone, Debug)]
pub struct LoopCodeGenerator {
    code: LoopCode,
    place: u8,
}

impl LoopCodeGenerator {
    /// Begins with the first bit of the code.
    #[must_use]
    pub const fn new(code: LoopCode) -> Self {
        Self { code, place: 0 }
    }

    /// Fills timeslots 1 to 24 of the next frame; a framer adds the F bit.
    pub fn fill(&mut self, slots: &mut [u8; 32], framing: LoopCodeFraming) {
        if framing == LoopCodeFraming::Overwritten {
            self.bit();
        }
        for slot in &mut slots[1..25] {
            *slot = (0..8).fold(0, |octet, _| (octet << 1) | u8::from(self.bit()));
        }
    }

    /// The next 193 bits without framing.
    pub fn unframed(&mut self) -> FrameWords {
        let mut words = [0; 4];
        for at in 0..T1_FRAME_BITS as usize {
            words[at / 64] |= u64::from(self.bit()) << (63 - at % 64);
        }
        words
    }

    const fn bit(&mut self) -> bool {
        let bit = self.code.bit(self.place);
        self.place = (self.place + 1) % self.code.length;
        bit
    }
}

/// Looks for one code in the bits of the line.
#[derive(Clone, Debug)]
pub struct LoopCodeDetector {
    code: LoopCode,
    /// The 64 bits before the next.
    before: u64,
    /// Of the period that is being received.
    frames: u16,
    bad_windows: u16,
    good_periods: u16,
}

impl LoopCodeDetector {
    /// A detector that has received nothing.
    #[must_use]
    pub const fn new(code: LoopCode) -> Self {
        Self { code, before: 0, frames: 0, bad_windows: 0, good_periods: 0 }
    }

    /// Takes the next 193 bits, wherever frames begin. Tells when the code has come to be there and when it is
    /// there no longer.
    pub fn handle_frame(&mut self, bits: &FrameWords) -> Option<bool> {
        let [a, b, c, last] = *bits;
        // A period that is bad already need not be looked at to its end.
        if self.bad_windows <= BAD_WINDOWS {
            for (before, word) in [(self.before, a), (a, b), (b, c)] {
                self.bad_windows += self.bad(before, word).count_ones() as u16;
            }
            self.bad_windows += u16::from(self.bad(c, last) & FIRST != 0);
        }
        self.before = (c << 1) | (last >> 63);
        self.frames += 1;
        if self.frames < PERIOD_FRAMES {
            return None;
        }
        let was_present = self.is_present();
        let is_good = self.bad_windows <= BAD_WINDOWS;
        self.good_periods = if is_good { (self.good_periods + 1).min(GOOD_PERIODS) } else { 0 };
        (self.frames, self.bad_windows) = (0, 0);
        (self.is_present() != was_present).then_some(self.is_present())
    }

    /// Whether the code is there.
    #[must_use]
    pub const fn is_present(&self) -> bool {
        self.good_periods == GOOD_PERIODS
    }

    /// The places of `word` where no window ends that is the pattern in any turn.
    #[inline]
    fn bad(&self, before: u64, word: u64) -> u64 {
        let LoopCode { pattern, length } = self.code;
        // The stream as it was so many bits ago, at the same places.
        let ago: [u64; LONGEST as usize] = core::array::from_fn(|bits| match bits {
            0 => word,
            _ => (word >> bits) | (before << (64 - bits)),
        });
        let (mut good, mut turned) = (0, u64::from(pattern));
        for _ in 0..length {
            let mut window = u64::MAX;
            for (back, stream) in ago.iter().take(usize::from(length)).enumerate() {
                // Where a zero is wanted the stream is inverted.
                window &= stream ^ ((turned >> back) & 1).wrapping_sub(1);
            }
            good |= window;
            turned = (turned << 1 | turned >> (length - 1)) & ((1 << length) - 1);
        }
        !good
    }
}

const SHORTEST: u8 = 3;
const LONGEST: u8 = 8;
const PERIOD_FRAMES: u16 = 80;
const BAD_WINDOWS: u16 = 1930;
const GOOD_PERIODS: u16 = 499;
