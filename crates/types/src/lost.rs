//! Which frames of a granule or a tick did not come.
use crate::MAX_TICK_FRAMES;

/// Frames that were lost on their way here, counted from the first frame of a granule or a tick: others stand in their place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LostFrames([u64; WORDS]);

impl LostFrames {
    /// All came.
    pub const NONE: Self = Self([0; WORDS]);

    /// A frame was lost. There are none from [`MAX_TICK_FRAMES`] on.
    pub const fn set(&mut self, frame: usize) {
        if frame < MAX_TICK_FRAMES {
            self.0[frame / 64] |= 1 << (frame % 64);
        }
    }

    /// Whether a frame was lost.
    #[must_use]
    pub const fn contains(&self, frame: usize) -> bool {
        frame < MAX_TICK_FRAMES && self.0[frame / 64] >> (frame % 64) & 1 == 1
    }

    /// Whether all came.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        let [a, b, c] = self.0;
        a | b | c == 0
    }

    /// How many were lost.
    #[must_use]
    pub const fn count(&self) -> usize {
        let [a, b, c] = self.0;
        (a.count_ones() + b.count_ones() + c.count_ones()) as usize
    }

    /// These as well, which begin at frame `first` of those here.
    pub fn add_at(&mut self, first: usize, these: &Self) {
        for frame in these.frames() {
            self.set(first + frame);
        }
    }

    /// The eight frames from `first` on, the first in bit 0.
    #[must_use]
    pub const fn eight_from(&self, first: usize) -> u8 {
        let (word, place) = (first / 64, first % 64);
        if word >= WORDS {
            return 0;
        }
        let next = if word + 1 < WORDS { self.0[word + 1] } else { 0 };
        (self.0[word] >> place) as u8 | ((next << 1) << (63 - place)) as u8
    }

    /// The lost frames in order.
    pub fn frames(&self) -> impl Iterator<Item = usize> + use<> {
        let mut words = self.0;
        core::iter::from_fn(move || {
            let word = words.iter().position(|word| *word != 0)?;
            let place = words[word].trailing_zeros() as usize;
            words[word] &= words[word] - 1;
            Some(64 * word + place)
        })
    }
}

impl FromIterator<usize> for LostFrames {
    fn from_iter<I: IntoIterator<Item = usize>>(frames: I) -> Self {
        let mut lost = Self::NONE;
        frames.into_iter().for_each(|frame| lost.set(frame));
        lost
    }
}

const WORDS: usize = MAX_TICK_FRAMES.div_ceil(64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_as_they_were_set_and_none_beyond_the_longest_tick() {
        let lost: LostFrames = [159, 0, 63, 64, 127, 128, 64, 160, 1000].into_iter().collect();
        assert!(lost.frames().eq([0, 63, 64, 127, 128, 159]));
        assert_eq!((lost.count(), lost.is_empty(), LostFrames::NONE.is_empty()), (6, false, true));
        assert!(
            lost.contains(159) && !lost.contains(158) && !lost.contains(160) && !lost.contains(usize::MAX)
        );
    }

    #[test]
    fn eight_frames_are_cut_out_wherever_they_begin() {
        let lost: LostFrames = [0, 5, 62, 65, 66, 127, 128, 155].into_iter().collect();
        for first in 0..200 {
            let expected = (0..8).fold(0, |bits, n| bits | u8::from(lost.contains(first + n)) << n);
            assert_eq!(lost.eight_from(first), expected, "{first}");
        }
    }

    #[test]
    fn those_of_a_granule_go_to_their_place_in_the_tick() {
        let mut tick: LostFrames = [1].into_iter().collect();
        tick.add_at(152, &[0, 7, 8].into_iter().collect());
        assert!(tick.frames().eq([1, 152, 159]));
    }
}
