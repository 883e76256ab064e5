//! Loss of signal at a 2048 kbit/s receiver (G.775): no pulses for so many pulse intervals.
//! Works on the symbols that the line decoder sees; its verdict goes to the deframer by `note_signal`.
use crate::Symbols;

/// Watches symbols for the absence of pulses.
#[derive(Clone, Debug)]
pub struct LosDetector {
    limit: u32,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Present { zeros: u32 },
    Lost { symbols: u32, pulses: u32 },
}

impl LosDetector {
    /// A detector that declares the signal lost after `zeros` intervals without a pulse. G.775 allows 10 to
    /// 255; other numbers are brought into that range.
    #[must_use]
    pub const fn new(zeros: u8) -> Self {
        let limit = if zeros < MIN_ZEROS { MIN_ZEROS } else { zeros };
        Self { limit: limit as u32, state: State::Present { zeros: 0 } }
    }

    /// Whether the signal is lost now.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost { .. })
    }

    /// Takes the next symbols. A loss is exact to the symbol; the window in which pulses must return is
    /// counted from the word after the one in which the signal was lost.
    pub fn push(&mut self, symbols: &[Symbols]) {
        for word in symbols {
            self.word(word.pulses());
        }
    }

    fn word(&mut self, pulses: u64) {
        self.state = match self.state {
            State::Present { zeros } => {
                let leading = zeros.saturating_add(pulses.leading_zeros());
                if leading >= self.limit || has_run(!pulses, self.limit) {
                    State::Lost { symbols: 0, pulses: 0 }
                } else {
                    State::Present { zeros: if pulses == 0 { leading } else { pulses.trailing_zeros() } }
                }
            }
            State::Lost { symbols, pulses: seen } => recover(pulses, symbols, seen),
        };
    }
}

impl Default for LosDetector {
    /// The longest that G.775 allows, 255 intervals.
    fn default() -> Self {
        Self::new(255)
    }
}

/// Windows of 255 symbols, one after the other; the first with enough pulses ends the loss.
fn recover(word: u64, mut symbols: u32, mut seen: u32) -> State {
    for place in 0..64 {
        symbols += 1;
        seen += (word >> (63 - place)) as u32 & 1;
        if seen >= CLEAR_PULSES {
            return State::Present { zeros: word.trailing_zeros() };
        }
        if symbols == CLEAR_WINDOW {
            (symbols, seen) = (0, 0);
        }
    }
    State::Lost { symbols, pulses: seen }
}

/// Whether `word` holds a run of at least `length` set bits.
fn has_run(word: u64, length: u32) -> bool {
    let (mut runs, mut have) = (word, 1);
    while have < length && runs != 0 {
        let step = have.min(length - have);
        runs &= runs.checked_shl(step).unwrap_or(0);
        have += step;
    }
    runs != 0
}

/// The least number of intervals G.775 allows for 2048 kbit/s.
const MIN_ZEROS: u8 = 10;
/// Pulse density at which a signal is there again: 12.5 % of 255 intervals.
const CLEAR_PULSES: u32 = 32;
const CLEAR_WINDOW: u32 = 255;

#[cfg(test)]
mod tests {
    use super::*;

    fn run(limit: u8, stream: &[(usize, bool)]) -> bool {
        let mut detector = LosDetector::new(limit);
        let (mut word, mut filled) = (0u64, 0);
        for bit in stream.iter().flat_map(|(times, pulse)| core::iter::repeat_n(*pulse, *times)) {
            word = (word << 1) | u64::from(bit);
            filled += 1;
            if filled == 64 {
                detector.push(&[Symbols { pos: word, neg: 0 }]);
                (word, filled) = (0, 0);
            }
        }
        assert_eq!(filled, 0, "whole words only");
        detector.is_lost()
    }

    #[test]
    fn signal_is_lost_at_exactly_255_intervals_without_a_pulse() {
        assert!(!run(255, &[(7, true), (254, false), (59, true)]));
        assert!(run(255, &[(7, true), (255, false), (58, true)]));
    }

    #[test]
    fn a_short_limit_is_found_inside_a_word() {
        assert!(!run(10, &[(20, true), (9, false), (35, true)]));
        assert!(run(10, &[(20, true), (10, false), (34, true)]));
    }

    #[test]
    fn thirty_two_pulses_in_a_window_end_the_loss() {
        assert!(run(255, &[(320, false), (31, true), (33, false)]));
        assert!(!run(255, &[(320, false), (32, true), (32, false)]));
    }
}
