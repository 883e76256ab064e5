//! The test of a whole line: a pattern in place of every bit, framing too.
use tandem_line::FrameWords;
use tandem_line::bert::{Generator, Pattern, Tester, TesterState};

/// Both ends of a test.
#[derive(Debug)]
pub(super) struct LineTest {
    generator: Generator,
    tester: Tester,
    /// Bits still to be sent wrong.
    to_insert: u32,
}

impl LineTest {
    pub(super) const fn new(pattern: Pattern) -> Self {
        Self { generator: Generator::new(pattern), tester: Tester::new(pattern), to_insert: 0 }
    }

    pub(super) const fn state(&self) -> TesterState {
        self.tester.state()
    }

    pub(super) const fn insert_errors(&mut self, count: u32) {
        self.to_insert = self.to_insert.saturating_add(count);
    }

    /// Looks at the bits that came.
    pub(super) fn take(&mut self, words: &[u64], dead: bool) {
        if dead {
            return self.tester.handle_dead_line();
        }
        for word in words {
            self.tester.handle_bits(*word, u64::BITS);
        }
    }

    /// The next bits, as many as a frame has; the first of them is sent wrong while errors are to be put in.
    pub(super) fn make(&mut self, bits: u32) -> FrameWords {
        let mut left = bits;
        let mut words = FrameWords::default().map(|_| {
            let count = left.min(u64::BITS);
            left -= count;
            if count == 0 { 0 } else { self.generator.next_bits(count) << (u64::BITS - count) }
        });
        if self.to_insert > 0 {
            self.to_insert -= 1;
            words[0] ^= 1 << 63;
        }
        words
    }
}
