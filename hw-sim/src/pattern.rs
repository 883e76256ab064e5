//! The test patterns of framer chips: made bit by bit, and followed in what is received.
//!
//! A chip finds a pattern by 32 bits and loses it at 6 bad bits of 64, which is neither rule of `line`'s tester;
//! that the sequences are the same as `line` makes is a test below.

/// A pattern as the registers choose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// A shift register of `stages`, with `tap` fed back beside the last stage; `dense` has a one in place of a
    /// zero that 14 zeros follow.
    Shift { stages: u32, tap: u32, dense: bool },
    /// So many bits, the highest of them first.
    Repeated { bits: u32, length: u32 },
    /// A pattern that is not made here.
    None,
}

impl Pattern {
    /// BC1.PS in the lowest bits, BRP, and BC2 with the length.
    pub(crate) const fn of(select: u8, bits: u32, bc2: u8) -> Self {
        match select & 7 {
            0 => Self::Shift { stages: 7, tap: 1, dense: false },
            1 => Self::Shift { stages: 11, tap: 9, dense: false },
            2 => Self::Shift { stages: 15, tap: 14, dense: false },
            3 => Self::Shift { stages: 20, tap: 17, dense: true },
            4 => Self::Repeated { bits, length: (bc2 & 15) as u32 + 17 },
            7 => Self::Shift { stages: 9, tap: 5, dense: false },
            _ => Self::None,
        }
    }
}

/// Makes the bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sequence {
    pattern: Pattern,
    /// Of a shift register: its last bits, the newest lowest, [`AHEAD`] bits ahead. Else the place of the next bit.
    state: u64,
}

impl Sequence {
    /// From the beginning, which is a register of ones.
    pub(crate) const fn new(pattern: Pattern) -> Self {
        match pattern {
            Pattern::Shift { stages, .. } => Self::behind(pattern, (1 << stages) - 1),
            _ => Self { pattern, state: 0 },
        }
    }

    /// What follows these bits, the newest lowest; of a pattern that is repeated, from this place.
    const fn behind(pattern: Pattern, state: u64) -> Self {
        let mut sequence = Self { pattern, state };
        let mut ahead = 0;
        while ahead < AHEAD && matches!(pattern, Pattern::Shift { .. }) {
            sequence.shift();
            ahead += 1;
        }
        sequence
    }

    const fn shift(&mut self) {
        if let Pattern::Shift { stages, tap, .. } = self.pattern {
            self.state = self.state << 1 | fed_back(self.state, stages, tap) as u64;
        }
    }

    pub(crate) const fn next_bit(&mut self) -> bool {
        match self.pattern {
            Pattern::Shift { dense, .. } => {
                self.shift();
                let zeros_follow = self.state & ((1 << AHEAD) - 1) == 0;
                self.state >> AHEAD & 1 != 0 || (dense && zeros_follow)
            }
            Pattern::Repeated { bits, length } => {
                let bit = bits >> (length - 1 - self.state as u32) & 1 != 0;
                self.state = (self.state + 1) % length as u64;
                bit
            }
            Pattern::None => true,
        }
    }
}

/// Finds a pattern and compares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Follower {
    pattern: Pattern,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The last bits, the newest lowest, or the place in a repeated pattern; how many there were; how many in a
    /// row were as foretold.
    Search { before: u64, taken: u32, agreed: u32 },
    /// What comes next, and which of the last 64 bits were wrong.
    Found { next: Sequence, wrong: u64 },
}

/// What a bit told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) found: bool,
    /// The bit is wrong, in synchronism.
    pub(crate) wrong: bool,
    /// It was one wrong bit too many.
    pub(crate) lost: bool,
}

impl Follower {
    pub(crate) const fn new(pattern: Pattern) -> Self {
        Self { pattern, state: State::Search { before: 0, taken: 0, agreed: 0 } }
    }

    pub(crate) const fn take(&mut self, bit: bool) -> Told {
        match self.state {
            State::Found { mut next, wrong } => {
                let is_wrong = next.next_bit() != bit;
                let wrong = wrong << 1 | is_wrong as u64;
                self.state = State::Found { next, wrong };
                let lost = is_wrong && wrong.count_ones() >= TOO_MANY;
                Told { found: false, wrong: is_wrong, lost }
            }
            State::Search { before, taken, agreed } => {
                let (as_foretold, now) = self.foretell(before, taken, bit);
                let agreed = if as_foretold { agreed + 1 } else { 0 };
                let found = agreed >= ENOUGH;
                self.state = if found {
                    State::Found { next: Sequence::behind(self.pattern, now), wrong: 0 }
                } else {
                    State::Search { before: now, taken: taken.saturating_add(1), agreed }
                };
                Told { found, wrong: false, lost: false }
            }
        }
    }

    /// Whether the bit is the one that those before it foretell, and what is known behind it.
    const fn foretell(&self, before: u64, taken: u32, bit: bool) -> (bool, u64) {
        match self.pattern {
            Pattern::Shift { stages, tap, .. } => {
                // A register of zeros foretells zeros for ever, and is no part of the sequence.
                let known = taken >= stages && before & ((1 << stages) - 1) != 0;
                (known && fed_back(before, stages, tap) == bit, before << 1 | bit as u64)
            }
            // A place that does not fit is tried again with the next bit, and so all places in turn.
            Pattern::Repeated { bits, length } => {
                match (bits >> (length - 1 - before as u32) & 1 != 0) == bit {
                    true => (true, (before + 1) % length as u64),
                    false => (false, before),
                }
            }
            Pattern::None => (false, 0),
        }
    }
}

const fn fed_back(state: u64, stages: u32, tap: u32) -> bool {
    (state >> (stages - 1) ^ state >> (tap - 1)) & 1 != 0
}

/// The suppression of zeros looks so far ahead.
const AHEAD: u32 = 14;
const ENOUGH: u32 = 32;
const TOO_MANY: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_line::bert::{Generator, Pattern as Known};

    #[test]
    fn sequences_are_those_of_the_recommendations() {
        for (select, known, inverted) in [
            (1, Known::Prbs11, false),
            (2, Known::Prbs15, true),
            (3, Known::Qrss, false),
            (7, Known::Prbs9, false),
            (4, Known::Fixed { bits: 0x44_0004, length: 24 }, false),
        ] {
            let mut made = Sequence::new(Pattern::of(select, 0x44_0004, 7));
            let mut line = Generator::new(known);
            for place in 0..2_000_000 {
                assert_eq!(made.next_bit() ^ inverted, line.next_bit(), "{known:?} {place}");
            }
        }
    }

    #[test]
    fn a_register_of_seven_stages_repeats_after_127_bits() {
        let mut made = Sequence::new(Pattern::of(0, 0, 0));
        let bits: Vec<bool> = (0..254).map(|_| made.next_bit()).collect();
        assert_eq!(bits[..127], bits[127..]);
        assert_eq!(bits[..127].iter().filter(|bit| **bit).count(), 64);
    }

    #[test]
    fn every_pattern_is_found_wherever_it_begins_and_lost_at_six_of_64() {
        for select in [0, 1, 2, 3, 4, 7] {
            for skipped in 0..200 {
                let pattern = Pattern::of(select, 0x0180_2345, 15);
                let (mut made, mut follower) = (Sequence::new(pattern), Follower::new(pattern));
                for _ in 0..skipped {
                    made.next_bit();
                }
                let found = (0..3000).find(|_| follower.take(made.next_bit()).found);
                assert!(found.is_some(), "{select} {skipped}");
                assert!((0..500).all(|_| follower.take(made.next_bit()) == Told::default()));
                let told: Vec<Told> = (0..6).map(|_| follower.take(!made.next_bit())).collect();
                assert_eq!(
                    told.iter().map(|told| told.lost).collect::<Vec<_>>(),
                    [false, false, false, false, false, true]
                );
            }
        }
    }
}
