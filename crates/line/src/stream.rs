//! A stream of bits cut into words, and into frames: what lies between a framer and a line that knows no frames.
//!
//! Frames of 256 bits fill whole words, frames of 193 do not: a [`Packer`] keeps what is left of a frame for the
//! next word, and an [`Unpacker`] gathers words until a frame is full. Where an unpacker's frames begin in the
//! stream has nothing to do with where the far end's do.
use crate::FrameWords;

/// Frames to words.
#[derive(Clone, Debug)]
pub struct Packer {
    frame_bits: u32,
    /// Bits that fill no word yet, from the top.
    rest: u64,
    held: u32,
}

impl Packer {
    /// For frames of so many bits, at most 256.
    #[must_use]
    pub const fn new(frame_bits: u32) -> Self {
        Self { frame_bits, rest: 0, held: 0 }
    }

    /// Takes a frame and gives the words that are full now, four at most.
    #[inline]
    pub fn push(&mut self, frame: &FrameWords, mut word: impl FnMut(u64)) {
        let mut left = self.frame_bits;
        for bits in frame {
            let count = left.min(64);
            if count == 0 {
                break;
            }
            left -= count;
            let bits = if count == 64 { *bits } else { *bits & !(u64::MAX >> count) };
            self.rest |= bits >> self.held;
            if self.held + count >= 64 {
                word(self.rest);
                // What the word had no room for; nothing, when it was empty.
                self.rest = if self.held == 0 { 0 } else { bits << (64 - self.held) };
                self.held = self.held + count - 64;
            } else {
                self.held += count;
            }
        }
    }
}

/// Words to frames.
#[derive(Clone, Debug)]
pub struct Unpacker {
    frame_bits: u32,
    frame: FrameWords,
    filled: u32,
}

impl Unpacker {
    /// For frames of so many bits, 65 to 256.
    #[must_use]
    pub const fn new(frame_bits: u32) -> Self {
        Self { frame_bits, frame: [0; 4], filled: 0 }
    }

    /// Takes a word; a frame, when it is full with it.
    #[inline]
    pub fn push(&mut self, word: u64) -> Option<FrameWords> {
        self.push_bits(word, 64)
    }

    /// Takes the first `count` bits of a word; a frame, when it is full with them, with zeros behind its bits.
    #[inline]
    pub fn push_bits(&mut self, word: u64, count: u32) -> Option<FrameWords> {
        let bits = word & !u64::MAX.checked_shr(count).unwrap_or(0);
        let (index, place) = ((self.filled / 64) as usize & 3, self.filled % 64);
        self.frame[index] |= bits >> place;
        if place > 0 && index < 3 {
            self.frame[index + 1] |= bits << (64 - place);
        }
        self.filled += count;
        let left = self.filled.checked_sub(self.frame_bits)?;
        let mut full = self.frame;
        let last = ((self.frame_bits as usize - 1) / 64) & 3;
        full[last] &= u64::MAX << (63 - (self.frame_bits - 1) % 64);
        self.frame = [if left == 0 { 0 } else { bits << (count - left) }, 0, 0, 0];
        self.filled = left;
        Some(full)
    }

    /// What is here of the next frame, with zeros behind.
    #[must_use]
    pub const fn begun(&self) -> &FrameWords {
        &self.frame
    }

    /// Bits of the next frame that are here already.
    #[must_use]
    pub const fn filled(&self) -> u32 {
        self.filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits in order, as ones and zeros that no period of a word or a frame hides.
    fn bit(number: u64) -> bool {
        (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number >> 3).count_ones() % 2 == 1
    }

    fn word(first: u64, count: u64) -> u64 {
        (0..count).fold(0, |word, place| word | u64::from(bit(first + place)) << (63 - place))
    }

    #[test]
    fn pieces_of_any_length_become_frames_with_zeros_behind() {
        for length in [193_u64, 256] {
            let mut unpacker = Unpacker::new(length as u32);
            let (mut taken, mut frames) = (0, 0);
            for piece in 0..2000_u64 {
                let count = 1 + piece * 37 % 64;
                // Bits beyond the piece must not matter.
                let stray = u64::MAX.checked_shr(count as u32).unwrap_or(0);
                if let Some(full) = unpacker.push_bits(word(taken, count) | stray, count as u32) {
                    for place in 0..256 {
                        let there = full[place as usize / 64] << (place % 64) >> 63 == 1;
                        assert_eq!(
                            there,
                            place < length && bit(frames * length + place),
                            "{frames} bit {place}"
                        );
                    }
                    frames += 1;
                }
                taken += count;
                assert_eq!(u64::from(unpacker.filled()), taken - frames * length);
            }
            let first = unpacker.filled().min(64);
            assert_eq!(unpacker.begun()[0], word(frames * length, u64::from(first)));
            assert_eq!(frames, taken / length);
        }
    }

    #[test]
    fn frames_become_words_and_frames_again_without_a_bit_lost() {
        for length in [193_u64, 256] {
            let (mut packer, mut unpacker) = (Packer::new(length as u32), Unpacker::new(length as u32));
            let (mut words, mut frames) = (0, 0);
            for frame in 0..500 {
                let first = frame * length;
                let rest = |used: u64| (length - used).min(64);
                // What stands behind the bits of a frame must not matter.
                let stray = if length.is_multiple_of(64) { 0 } else { u64::MAX >> (length % 64) };
                let sent = [word(first, 64), word(first + 64, 64), word(first + 128, 64), {
                    word(first + 192, rest(192)) | stray
                }];
                packer.push(&sent, |packed| {
                    assert_eq!(packed, word(64 * words, 64), "word {words} of {length}");
                    words += 1;
                    if let Some(full) = unpacker.push(packed) {
                        for place in 0..length {
                            let there = full[place as usize / 64] << (place % 64) >> 63 == 1;
                            assert_eq!(there, bit(frames * length + place), "frame {frames} bit {place}");
                        }
                        frames += 1;
                    }
                });
            }
            assert_eq!(words, 500 * length / 64);
            assert_eq!(frames, words * 64 / length);
        }
    }
}
