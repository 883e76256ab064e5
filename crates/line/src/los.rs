//! Loss of signal at a 2048 or 1544 kbit/s receiver (G.775, T1.231): no pulses for so many pulse intervals.
//! Works on the symbols that the line decoder sees; its verdict goes to the deframer by `note_signal`.
use crate::Symbols;

/// Watches symbols for the absence of pulses.
#[derive(Clone, Debug)]
pub struct LosDetector {
    limit: u32,
    clear: Clear,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Present { zeros: u32 },
    Lost { symbols: u32, pulses: u32, gap: u32 },
}

/// What a signal must show to be there again.
#[derive(Clone, Copy, Debug)]
struct Clear {
    /// So many pulses in a window of so many symbols.
    pulses: u32,
    window: u32,
    /// The window begins with a pulse, and again after so many symbols without one.
    gap: Option<u32>,
}

impl LosDetector {
    /// A detector for 2048 kbit/s that declares the signal lost after `zeros` intervals without a pulse.
    /// G.775 allows 10 to 255; other numbers are brought into that range.
    #[must_use]
    pub const fn new(zeros: u8) -> Self {
        let limit = if zeros < MIN_ZEROS { MIN_ZEROS } else { zeros };
        let clear = Clear { pulses: CLEAR_PULSES, window: CLEAR_WINDOW, gap: None };
        Self { limit: limit as u32, clear, state: State::Present { zeros: 0 } }
    }

    /// A detector for 1544 kbit/s: lost after 175 intervals without a pulse, there again with one pulse in
    /// eight over as many, the first of which is a pulse, and no 100 in a row without one.
    #[must_use]
    pub const fn for_t1() -> Self {
        let clear = Clear { pulses: T1_CLEAR_PULSES, window: T1_ZEROS, gap: Some(T1_GAP) };
        Self { limit: T1_ZEROS, clear, state: State::Present { zeros: 0 } }
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
                    State::Lost { symbols: 0, pulses: 0, gap: 0 }
                } else {
                    State::Present { zeros: if pulses == 0 { leading } else { pulses.trailing_zeros() } }
                }
            }
            State::Lost { symbols, pulses: seen, gap } => self.clear.recover(pulses, symbols, seen, gap),
        };
    }
}

impl Default for LosDetector {
    /// The longest that G.775 allows at 2048 kbit/s, 255 intervals.
    fn default() -> Self {
        Self::new(255)
    }
}

impl Clear {
    /// Windows of symbols, one after the other; the first with enough pulses ends the loss.
    fn recover(&self, word: u64, mut symbols: u32, mut seen: u32, mut gap: u32) -> State {
        for place in 0..64 {
            let pulse = (word >> (63 - place)) & 1 != 0;
            gap = if pulse { 0 } else { gap + 1 };
            if self.gap.is_some_and(|most| gap >= most || (symbols == 0 && !pulse)) {
                (symbols, seen, gap) = (0, 0, 0);
                continue;
            }
            symbols += 1;
            seen += u32::from(pulse);
            if seen >= self.pulses {
                return State::Present { zeros: word.trailing_zeros() };
            }
            if symbols == self.window {
                (symbols, seen) = (0, 0);
            }
        }
        // Only its bound matters, and only where there is one.
        State::Lost { symbols, pulses: seen, gap: gap.min(self.window) }
    }
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
/// The middle of the 100 to 250 intervals of T1.231, for the loss and for its end.
const T1_ZEROS: u32 = 175;
/// 12.5 % of them.
const T1_CLEAR_PULSES: u32 = 22;
/// So many intervals without a pulse do not belong to a signal that is there again.
const T1_GAP: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn run(limit: u8, stream: &[(usize, bool)]) -> bool {
        watch(LosDetector::new(limit), stream)
    }

    fn watch(mut detector: LosDetector, stream: &[(usize, bool)]) -> bool {
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
    fn a_limit_below_10_is_10() {
        assert!(!run(3, &[(20, true), (9, false), (35, true)]));
        assert!(run(3, &[(20, true), (10, false), (34, true)]));
    }

    #[test]
    fn the_last_of_the_pulses_must_come_within_255_intervals() {
        assert!(!run(255, &[(256, false), (31, true), (223, false), (1, true), (1, false)]));
        assert!(run(255, &[(256, false), (31, true), (224, false), (1, true)]));
    }

    #[test]
    fn thirty_two_pulses_in_a_window_end_the_loss() {
        assert!(run(255, &[(320, false), (31, true), (33, false)]));
        assert!(!run(255, &[(320, false), (32, true), (32, false)]));
    }

    #[test]
    fn a_t1_signal_is_lost_at_175_intervals_without_a_pulse() {
        let lost = |stream: &[(usize, bool)]| watch(LosDetector::for_t1(), stream);
        assert!(!lost(&[(7, true), (174, false), (11, true)]));
        assert!(lost(&[(7, true), (175, false), (10, true)]));
    }

    #[test]
    fn a_t1_signal_is_back_with_22_pulses_in_175_places_that_begin_with_one() {
        let lost = |stream: &[(usize, bool)]| watch(LosDetector::for_t1(), stream);
        assert!(lost(&[(256, false), (21, true), (43, false)]));
        assert!(!lost(&[(256, false), (42, false), (22, true)]));
        // The window of 175 begins with the pulse, so the last two are outside it.
        assert!(lost(&[
            (256, false),
            (20, true),
            (90, false),
            (1, true),
            (64, false),
            (1, true),
            (16, false)
        ]));
        assert!(!lost(&[
            (256, false),
            (20, true),
            (90, false),
            (1, true),
            (63, false),
            (1, true),
            (17, false)
        ]));
        // A hundred places without a pulse begin it again.
        assert!(lost(&[(256, false), (20, true), (100, false), (2, true), (6, false)]));
        assert!(!lost(&[(256, false), (20, true), (99, false), (2, true), (7, false)]));
    }
}
