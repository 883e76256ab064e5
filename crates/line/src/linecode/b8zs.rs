//! B8ZS (G.703 Annex A): eight zeros are sent as 000VB0VB, V with the polarity of the pulse before it and B
//! with the other.
//!
//! The four pulses leave the polarity as it was, so marks alternate as if the zeros had been sent; and the
//! row of pulses and gaps cannot overlap itself, so a decoder finds all substitutions of a word at once.
use super::Symbols;
use crate::bits::{running_parity, spread_last};

/// Bits of delay: the last of eight zeros must be seen before the first is sent.
pub(super) const DELAY: u32 = 7;

/// Sending side.
#[derive(Clone, Debug)]
pub(super) struct Substitution {
    /// The last seven bits taken, not yet sent, in the low bits.
    held: u64,
    /// Parity of all marks sent, in every place.
    marks: u64,
    /// Pulses of a substitution that began in the last word and ends in the next.
    open_pulses: u64,
    /// Which of its pulses have the polarity opposite to the last mark.
    open_turned: u64,
    /// Places at the head of the next word that belong to that substitution.
    open_places: u32,
}

impl Substitution {
    pub(super) const fn new() -> Self {
        Self { held: 0, marks: 0, open_pulses: 0, open_turned: 0, open_places: DELAY }
    }

    #[inline]
    pub(super) const fn encode(&mut self, bits: u64) -> Symbols {
        let line = (self.held << (64 - DELAY)) | (bits >> DELAY);
        let seen = ((self.held as u128) << (128 - DELAY)) | ((bits as u128) << (64 - DELAY));
        let zeros = !seen & (u128::MAX << (64 - DELAY));
        let pairs = zeros & (zeros << 1);
        let fours = pairs & (pairs << 2);
        let mut runs = ((fours & (fours << 4)) >> 64) as u64 & (u64::MAX >> self.open_places);
        let marks = running_parity(line) ^ self.marks;
        let (mut pulses, mut turned) = (line | self.open_pulses, self.open_turned);
        self.held = bits & ((1 << DELAY) - 1);
        (self.open_pulses, self.open_turned, self.open_places) = (0, 0, 0);
        while runs != 0 {
            let start = runs.leading_zeros();
            let (code, turn) = (PULSES >> start, TURNED >> start);
            pulses |= (code >> 64) as u64;
            turned |= (turn >> 64) as u64;
            runs &= (u64::MAX >> start) >> 8;
            if start > 56 {
                (self.open_pulses, self.open_turned) = (code as u64, turn as u64);
                self.open_places = start - 56;
            }
        }
        self.marks = spread_last(marks);
        let polarity = marks ^ turned;
        Symbols { pos: pulses & polarity, neg: pulses & !polarity }
    }
}

/// Receiving side.
#[derive(Clone, Debug)]
pub(super) struct Recognition {
    /// Where pulses, and pulses of repeated polarity, were in the word before.
    pulses: u64,
    violations: u64,
    /// Where the first pulse of all was in the word before.
    first: u64,
}

impl Recognition {
    pub(super) const fn new() -> Self {
        Self { pulses: 0, violations: 0, first: 0 }
    }

    /// Takes a word of pulses, says which of its own or of the last seven places are ones, and how many of
    /// them are violations that belong to no substitution.
    #[inline]
    pub(super) const fn decode(&mut self, pulses: u64, violations: u64, first: u64) -> (u64, u32) {
        let p = both(self.pulses, pulses);
        let v = both(self.violations, violations);
        let may_be_v = v | both(self.first, first);
        let bs = p & !v;
        // 000VB0VB, from its last symbol back to its first.
        let ends = bs & ((p & v) >> 1) & !(p >> 2) & (bs >> 3) & ((p & may_be_v) >> 4);
        let ends = ends & !(p >> 5) & !(p >> 6) & !(p >> 7);
        let substituted = ends | (ends << 1) | (ends << 3) | (ends << 4);
        (self.pulses, self.violations, self.first) = (pulses, violations, first);
        let bits = ((p & !substituted) >> DELAY) as u64;
        let stray = ((v & !substituted) >> DELAY) as u64;
        (bits, stray.count_ones())
    }
}

#[inline]
const fn both(before: u64, now: u64) -> u128 {
    ((before as u128) << 64) | now as u128
}

/// 000VB0VB at the head of a word and the one after it: where its pulses are.
const PULSES: u128 = 0b0001_1011 << 120;
/// And which of them have the polarity opposite to the pulse before: the first B and the second V.
const TURNED: u128 = 0b0000_1010 << 120;
