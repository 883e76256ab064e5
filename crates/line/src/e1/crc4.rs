//! CRC-4 of a sub-multiframe (G.704): the remainder, divided by x⁴ + x + 1, of its 2048 bits times x⁴.
//!
//! The polynomial divides x¹⁵ + 1: a power of x may be replaced by one that is lower by a multiple of 15, x¹²⁸ by x⁸.
//! Halves of frames are added up in 128 bits, and only the sum of a sub-multiframe is divided.
use crate::bits::{FIRST, FrameWords};

/// Divides a sub-multiframe, frame by frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crc4 {
    /// What was taken, modulo x¹²⁰ + 1, in 128 bits.
    sum: u128,
}

impl Crc4 {
    /// The start of a sub-multiframe.
    #[must_use]
    pub const fn new() -> Self {
        Self { sum: 0 }
    }

    /// Takes the next frame; `has_c_bit` says that its first bit is a C bit, which counts as 0.
    #[inline]
    pub const fn push(&mut self, frame: &FrameWords, has_c_bit: bool) {
        let c_bit = if has_c_bit { FIRST } else { 0 };
        let first = times_x128(self.sum) ^ half(frame[0] & !c_bit, frame[1]);
        self.sum = times_x128(first) ^ half(frame[2], frame[3]);
    }

    /// C1 to C4 of what was taken, C1 in bit 3. They are sent in the sub-multiframe that follows.
    #[must_use]
    pub const fn bits(self) -> u8 {
        let remainder = remainder(self.sum);
        times_x(remainder) ^ remainder // times x⁴, which is x + 1
    }
}

#[inline]
const fn half(first: u64, second: u64) -> u128 {
    (first as u128) << 64 | second as u128
}

/// Times x¹²⁸, which is x⁸; the octet that this moves out comes back at x¹²⁸, which is x⁸ too.
#[inline]
const fn times_x128(sum: u128) -> u128 {
    sum << 8 ^ (sum >> 120) << 8
}

/// By x⁶⁰ = 1 to 60 bits, to 30, to 15, and by x⁸ = x² + 1 and x⁴ = x + 1 to the remainder.
#[inline]
const fn remainder(sum: u128) -> u8 {
    let sixty = (sum ^ (sum >> 60) ^ (sum >> 120)) as u64 & LOW_60;
    let half = (sixty ^ (sixty >> 30)) & 0x3fff_ffff;
    let fifteen = (half ^ (half >> 15)) & 0x7fff;
    let high = fifteen >> 8;
    let nine = (fifteen & 0xff) ^ high ^ (high << 2);
    let high = nine >> 4;
    let six = (nine & 0xf) ^ high ^ (high << 1);
    let high = six >> 4;
    ((six & 0xf) ^ high ^ (high << 1)) as u8
}

#[inline]
const fn times_x(remainder: u8) -> u8 {
    ((remainder << 1) & 0xf) ^ ((remainder >> 3) * 0b0011)
}

const LOW_60: u64 = (1 << 60) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_bit_leaves_the_power_of_x_of_its_place() {
        let mut power = 0b0011; // x⁴, for the last bit of the sub-multiframe
        for place in (0..2048).rev() {
            let mut crc = Crc4::new();
            for frame in 0..8 {
                let mut words = [0u64; 4];
                if place / 256 == frame {
                    words[place % 256 / 64] = 1 << (63 - place % 64);
                }
                crc.push(&words, false);
            }
            assert_eq!(crc.bits(), power, "bit {place}");
            power <<= 1;
            if power > 15 {
                power ^= 0b1_0011;
            }
        }
    }

    #[test]
    fn a_c_bit_counts_as_zero() {
        let frame = [0x9b5f_0000_1234_5678, 1, 2, 3];
        let without = [0x1b5f_0000_1234_5678, 1, 2, 3];
        let (mut first, mut second) = (Crc4::new(), Crc4::new());
        first.push(&frame, true);
        second.push(&without, false);
        assert_eq!(first.bits(), second.bits());
    }
}
