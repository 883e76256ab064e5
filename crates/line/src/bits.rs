//! Octets of a frame as words of bits, and the few tricks that several modules share.

/// Octets in an E1 frame.
pub const FRAME_OCTETS: usize = 32;
/// Bits in an E1 frame.
pub const FRAME_BITS: u64 = 256;

/// The 256 bits of an E1 frame, or in the first places the 193 of a T1 frame; the first bit on the line is in
/// the top bit of the first word.
pub type FrameWords = [u64; 4];

/// The first bit of a word.
pub(crate) const FIRST: u64 = 1 << 63;

/// The octets of a frame as words.
#[inline]
#[must_use]
pub fn frame_to_words(octets: &[u8; FRAME_OCTETS]) -> FrameWords {
    let (words, _) = octets.as_chunks::<8>();
    core::array::from_fn(|index| words.get(index).map_or(0, |word| u64::from_be_bytes(*word)))
}

/// The words of a frame as octets.
#[inline]
#[must_use]
pub fn frame_from_words(words: &FrameWords) -> [u8; FRAME_OCTETS] {
    let mut octets = [0; FRAME_OCTETS];
    for (place, word) in octets.as_chunks_mut::<8>().0.iter_mut().zip(words) {
        *place = word.to_be_bytes();
    }
    octets
}

/// At every place the parity of the bits from the first up to and including that place.
#[inline]
pub(crate) const fn running_parity(word: u64) -> u64 {
    let pairs = word ^ (word >> 1);
    let fours = pairs ^ (pairs >> 2);
    let octets = fours ^ (fours >> 4);
    let halves = octets ^ (octets >> 8);
    let quarters = halves ^ (halves >> 16);
    quarters ^ (quarters >> 32)
}

/// All places set to the last bit of `word`.
#[inline]
pub(crate) const fn spread_last(word: u64) -> u64 {
    (word & 1).wrapping_neg()
}

/// All places set to the bit at `place`, counted from the first; `place` is below 64.
#[inline]
pub(crate) const fn spread(word: u64, place: u32) -> u64 {
    ((word.wrapping_shl(place) as i64) >> 63) as u64
}

/// Adds one, without wrapping.
pub(crate) const fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octet_is_the_top_of_the_first_word() {
        let octets: [u8; 32] = core::array::from_fn(|n| n as u8);
        let words = frame_to_words(&octets);
        assert_eq!(words[0], 0x0001_0203_0405_0607);
        assert_eq!(words[3], 0x1819_1a1b_1c1d_1e1f);
        assert_eq!(frame_from_words(&words), octets);
    }

    #[test]
    fn running_parity_counts_from_the_first_bit() {
        assert_eq!(running_parity(0b1001 << 60), 0b1110 << 60);
        assert_eq!(running_parity(1), 1);
        assert_eq!(running_parity(FIRST), u64::MAX);
    }
}
