//! CRC-4 of a sub-multiframe (G.704): the remainder, divided by x⁴ + x + 1, of its 2048 bits times x⁴.
//!
//! The polynomial divides x¹⁵ + 1, and so x⁶⁰ + 1: a power of x may be replaced by the one 60 lower. A frame is folded to
//! 60 bits, in which a shift is a rotation, and only the sum of a sub-multiframe is divided.
use crate::bits::{FIRST, FrameWords};

/// Divides a sub-multiframe, frame by frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crc4 {
    /// What was taken, modulo x⁶⁰ + 1.
    sum: u64,
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
        // x¹⁹², x¹²⁸ and x⁶⁴ are x¹², x⁸ and x⁴; and x²⁵⁶, by which what came before moves up, is x¹⁶.
        let first = frame[0] & !c_bit;
        let low = first << 12 ^ frame[1] << 8 ^ frame[2] << 4 ^ frame[3];
        let high = first >> 52 ^ frame[1] >> 56 ^ frame[2] >> 60;
        self.sum = times_x16(self.sum) ^ (low & LOW_60) ^ low >> 60 ^ high << 4;
    }

    /// C1 to C4 of what was taken, C1 in bit 3. They are sent in the sub-multiframe that follows.
    #[must_use]
    pub const fn bits(self) -> u8 {
        let remainder = remainder(self.sum);
        times_x(remainder) ^ remainder // times x⁴, which is x + 1
    }
}

/// Times x¹⁶: a rotation of 60 bits.
#[inline]
const fn times_x16(sum: u64) -> u64 {
    ((sum << 16) & LOW_60) | (sum >> 44)
}

/// 60 bits to 30, 15, and by x⁸ = x² + 1 and x⁴ = x + 1 to the remainder.
#[inline]
const fn remainder(sum: u64) -> u8 {
    let half = (sum ^ (sum >> 30)) & 0x3fff_ffff;
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
