//! The test of a whole line (LCR1): 2¹⁵ − 1 in place of every bit, and looked for in every bit that comes.
use crate::pattern::{Follower, Pattern, Sequence};
use tandem_line::FrameWords;

/// Both directions of a span.
#[derive(Debug)]
pub(super) struct LineTest {
    sequence: Sequence,
    follower: Follower,
    found: bool,
}

impl LineTest {
    pub(super) const fn new() -> Self {
        Self { sequence: Sequence::new(PATTERN), follower: Follower::new(PATTERN), found: false }
    }

    /// Whether the pattern is received now.
    pub(super) const fn is_found(&self) -> bool {
        self.found
    }

    /// The bits of the next frame, the first of them wrong if an error is put in.
    pub(super) fn frame(&mut self, error: bool) -> FrameWords {
        let mut words = FrameWords::default();
        for word in &mut words {
            *word = (0..64).fold(0, |word, _| word << 1 | u64::from(!self.sequence.next_bit()));
        }
        words[0] ^= u64::from(error) << 63;
        words
    }

    /// Takes received bits, and says how many of them were wrong.
    pub(super) fn take(&mut self, words: &[u64]) -> u32 {
        let mut wrong = 0;
        for word in words {
            for place in (0..64).rev() {
                let told = self.follower.take(word >> place & 1 == 0);
                self.found = (self.found || told.found) && !told.lost;
                wrong += u32::from(told.wrong);
                if told.lost {
                    self.follower = Follower::new(PATTERN);
                }
            }
        }
        wrong
    }
}

/// O.151 has it inverted.
const PATTERN: Pattern = Pattern::Shift { stages: 15, tap: 14, dense: false };
