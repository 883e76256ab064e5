//! The last four pushes of a bit stream, so that frames can be cut out at any bit.
use crate::bits::FrameWords;

/// Words of the window: four pushes of four words. Counted from the oldest, the last push is at [`NOW`].
const WORDS: usize = 16;
/// Index of the first word of the last push.
pub(super) const NOW: usize = 12;

/// Part of a bit stream, addressed by the position of bits since its start.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The bit at a position of the stream lies at that position modulo the bits of the window.
    words: [u64; WORDS],
    /// Pushes taken.
    pushes: u64,
}

impl Window {
    pub(super) const fn new() -> Self {
        Self { words: [0; WORDS], pushes: 0 }
    }

    #[inline]
    pub(super) fn push(&mut self, frame: &FrameWords) {
        let oldest = self.oldest();
        for (n, word) in frame.iter().enumerate() {
            self.words[(oldest + n) % WORDS] = *word;
        }
        self.pushes += 1;
    }

    /// The position behind the last bit taken.
    #[inline]
    pub(super) const fn end(&self) -> u64 {
        self.pushes * 256
    }

    /// The position of the first bit of the last push.
    #[inline]
    pub(super) const fn now(&self) -> u64 {
        self.end().saturating_sub(256)
    }

    /// The 256 bits from `position`, which lies at most a frame and its tail before the end.
    #[inline]
    pub(super) fn frame_at(&self, position: u64) -> FrameWords {
        let first = (position / 64) as usize;
        let shift = (position % 64) as u32;
        if shift == 0 {
            return core::array::from_fn(|n| self.words[(first + n) % WORDS]);
        }
        core::array::from_fn(|n| {
            let (word, next) = (self.words[(first + n) % WORDS], self.words[(first + n + 1) % WORDS]);
            (word << shift) | (next >> (64 - shift))
        })
    }

    /// The eight bits from `position`.
    #[inline]
    pub(super) fn octet_at(&self, position: u64) -> u8 {
        let first = (position / 64) as usize;
        let shift = (position % 64) as u32;
        let (word, next) = (self.words[first % WORDS], self.words[(first + 1) % WORDS]);
        (((word << shift) | ((next >> 1) >> (63 - shift))) >> 56) as u8
    }

    /// The 64 bits that end `back` places before the last bit of word `index`, counted from the oldest.
    #[inline]
    pub(super) fn delayed(&self, index: usize, back: u32) -> u64 {
        debug_assert!(back < 64);
        let before = if index == 0 { 0 } else { self.word(index - 1) };
        (self.word(index) >> back) | ((before << 1) << (63 - back))
    }

    #[inline]
    fn word(&self, index: usize) -> u64 {
        self.words[(self.oldest() + index) % WORDS]
    }

    /// Where the oldest word is.
    #[inline]
    const fn oldest(&self) -> usize {
        (self.pushes * 4) as usize % WORDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_cut_out_at_any_bit() {
        let mut window = Window::new();
        for push in 0..6u64 {
            window.push(&core::array::from_fn(|n| 0x0101_0101_0101_0101 * (push * 4 + n as u64)));
        }
        assert_eq!(window.frame_at(5 * 256)[0], 0x1414_1414_1414_1414);
        assert_eq!(window.frame_at(5 * 256 - 8)[0], 0x1314_1414_1414_1414);
        assert_eq!(window.frame_at(5 * 256 - 4)[0], 0x3141_4141_4141_4141);
        assert_eq!(window.frame_at(5 * 256 - 255)[3] & 1, 0);
        assert_eq!(window.octet_at(5 * 256 - 4), 0x31);
        assert_eq!(window.delayed(NOW, 4), 0x3141_4141_4141_4141);
        assert_eq!(window.delayed(NOW, 0), 0x1414_1414_1414_1414);
    }
}
