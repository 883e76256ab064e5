//! A frame of 193 bits: cut out of a stream at any bit, and as a row of octets.
use crate::bits::{FIRST, FrameWords};

/// Bits in a T1 frame.
pub const T1_FRAME_BITS: u64 = 193;
/// Timeslots of a T1 frame, numbered from 1.
pub const T1_TIMESLOTS: u8 = 24;
/// What the octets of a row hold that are no timeslots.
pub const T1_PADDING: u8 = 0xff;

/// An F bit and 24 octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) f: bool,
    /// Timeslots 1 to 24, eight a word.
    pub(super) payload: [u64; 3],
}

impl Frame {
    /// The timeslots of a row.
    #[inline]
    pub(super) fn payload_of(row: &[u8; 32]) -> [u64; 3] {
        let (slots, _) = row[1..].as_chunks::<8>();
        core::array::from_fn(|n| slots.get(n).map_or(0, |eight| u64::from_be_bytes(*eight)))
    }

    /// The frame as a row.
    #[inline]
    pub(super) fn row(&self) -> [u8; 32] {
        let mut row = [T1_PADDING; 32];
        for (eight, word) in row[1..].as_chunks_mut::<8>().0.iter_mut().zip(&self.payload) {
            *eight = word.to_be_bytes();
        }
        row
    }

    /// The frame as it is on the line.
    #[inline]
    pub(super) const fn words(&self) -> FrameWords {
        let [a, b, c] = self.payload;
        let f = if self.f { FIRST } else { 0 };
        [f | (a >> 1), (a << 63) | (b >> 1), (b << 63) | (c >> 1), c << 63]
    }
}

/// The last bits of all timeslots, bit n for timeslot n.
#[inline]
pub(super) fn last_bits(payload: &[u64; 3]) -> u32 {
    let eight = |word: u64| {
        // The last bits of the octets, brought together in the top octet, the first of them lowest.
        ((word & LAST_BITS).wrapping_mul(0x8040_2010_0804_0201) >> 56) as u32
    };
    let [a, b, c] = *payload;
    (eight(a) << 1) | (eight(b) << 9) | (eight(c) << 17)
}

/// The last bits of the octets of a word of timeslots, the first of which is `first`, from bit n for timeslot n.
#[inline]
pub(super) fn spread_bits(bits: u32, first: u32) -> u64 {
    (0..8).fold(0, |word, n| (word << 8) | u64::from((bits >> (first + n)) & 1))
}

/// Where the last bits of the octets of a word are.
pub(super) const LAST_BITS: u64 = 0x0101_0101_0101_0101;

/// The last two pushes of 193 bits.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// 386 bits, the older ones first.
    words: [u64; 7],
}

impl History {
    pub(super) const fn new() -> Self {
        Self { words: [0; 7] }
    }

    #[inline]
    pub(super) fn push(&mut self, now: &FrameWords) {
        // What was behind place 193 comes to the front: three words and a bit further.
        let old: [u64; 4] = core::array::from_fn(|n| self.cut(193 + 64 * n));
        let [a, b, c, d] = *now;
        let old_last = old[3] & FIRST;
        self.words = [
            old[0],
            old[1],
            old[2],
            old_last | (a >> 1),
            (a << 63) | (b >> 1),
            (b << 63) | (c >> 1),
            (c << 63) | (d >> 1), // what is behind the 193rd bit is never cut out
        ];
    }

    /// The frame that ended within the last push, frames beginning at place `phase` of a push.
    #[inline]
    pub(super) fn frame_at(&self, phase: u8) -> Frame {
        let start = if phase == 0 { 193 } else { usize::from(phase) };
        let f = self.cut(start) & FIRST != 0;
        Frame { f, payload: core::array::from_fn(|n| self.cut(start + 1 + 64 * n)) }
    }

    /// 64 bits from a place on; zeros behind the last.
    #[inline]
    fn cut(&self, place: usize) -> u64 {
        let (word, shift) = (place / 64, (place % 64) as u32);
        let at = |index: usize| self.words.get(index).copied().unwrap_or(0);
        (at(word) << shift) | ((at(word + 1) >> 1) >> (63 - shift))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_goes_onto_the_line_and_back_at_every_place() {
        let row: [u8; 32] =
            core::array::from_fn(|n| if (1..25).contains(&n) { n as u8 * 7 } else { T1_PADDING });
        let frame = Frame { f: true, payload: Frame::payload_of(&row) };
        assert_eq!(frame.row(), row);
        let words = frame.words();
        assert_eq!((words[0] >> 55, words[3]), (0b1_0000_0111, 0));
        let bit = |at: usize| (words[at / 64] >> (63 - at % 64)) & 1;
        for phase in 0..193 {
            let mut history = History::new();
            for push in 0..3 {
                let mut now = [0; 4];
                for at in 0..193 {
                    now[at / 64] |= bit((push * 193 + at + 193 - phase) % 193) << (63 - at % 64);
                }
                history.push(&now);
            }
            let cut = history.frame_at(phase as u8);
            assert_eq!((cut.f, cut.row()), (true, row), "{phase}");
        }
    }

    #[test]
    fn last_bits_are_those_of_the_timeslots() {
        for slot in 1..25 {
            let mut row = [0; 32];
            row[slot] = 1;
            let payload = Frame::payload_of(&row);
            assert_eq!(last_bits(&payload), 1 << slot);
            let words: [u64; 3] = core::array::from_fn(|n| spread_bits(1 << slot, 1 + 8 * n as u32));
            assert_eq!(words, payload);
        }
    }
}
