//! CRC-6 of an extended superframe (G.704 §2.1.3): the remainder, divided by x⁶ + x + 1, of its 4632 bits
//! times x⁶. The F bits count as 1, or in Japan as what they are.
//!
//! The polynomial divides x⁶³ + 1, so a power of x may be replaced by the one 63 lower: three words are turned
//! and added before anything is divided.

/// Divides an extended superframe, frame by frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Crc6 {
    remainder: u8,
}

impl Crc6 {
    /// The start of a superframe.
    #[must_use]
    pub const fn new() -> Self {
        Self { remainder: 0 }
    }

    /// Takes the next frame: its F bit, as it is to count, and its 24 octets.
    #[inline]
    pub const fn push(&mut self, f: bool, payload: &[u64; 3]) {
        let mut sum = fold(payload[0]);
        sum = times_x64(sum) ^ fold(payload[1]);
        sum = times_x64(sum) ^ fold(payload[2]);
        // The F bit is 192 places before the last bit, and x¹⁹² = x³.
        sum ^= (f as u64) << 3;
        // A frame is 193 bits and x¹⁹³ = x⁴, so what came before moves up four places.
        self.remainder = divide(((self.remainder as u64) << 4) ^ sum);
    }

    /// e1 to e6 of what was taken, e1 in bit 5. They are sent in the superframe that follows.
    #[must_use]
    pub const fn bits(self) -> u8 {
        divide((self.remainder as u64) << 6)
    }
}

/// 64 bits to 63, x⁶³ being 1.
#[inline]
const fn fold(word: u64) -> u64 {
    (word & LOW_63) ^ (word >> 63)
}

/// Times x⁶⁴, which is x: a rotation of 63 bits.
#[inline]
const fn times_x64(sum: u64) -> u64 {
    ((sum << 1) & LOW_63) | (sum >> 62)
}

/// 63 bits to the remainder by x⁴⁸ = x⁸ + 1, x²⁴ = x⁴ + 1, x¹² = x² + 1 and x⁶ = x + 1, each until it has
/// nothing more to do.
#[inline]
const fn divide(sum: u64) -> u8 {
    let sum = lower(sum, 48, 8);
    let sum = lower(lower(sum, 24, 4), 24, 4);
    let sum = lower(lower(sum, 12, 2), 12, 2);
    lower(lower(sum, 6, 1), 6, 1) as u8
}

/// What is at `x^from` and above, replaced by itself at `x^to` and at 1.
#[inline]
const fn lower(sum: u64, from: u32, to: u32) -> u64 {
    let high = sum >> from;
    (sum & ((1 << from) - 1)) ^ high ^ (high << to)
}

const LOW_63: u64 = (1 << 63) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_bit_leaves_the_power_of_x_of_its_place() {
        let mut power = 0b00_0011; // x⁶, for the last bit of the superframe
        for place in (0..4632).rev() {
            let mut crc = Crc6::new();
            for frame in 0..24 {
                let (mut f, mut payload) = (false, [0; 3]);
                if place / 193 == frame {
                    match place % 193 {
                        0 => f = true,
                        bit => payload[(bit - 1) / 64] = 1 << (63 - (bit - 1) % 64),
                    }
                }
                crc.push(f, &payload);
            }
            assert_eq!(crc.bits(), power, "bit {place}");
            power <<= 1;
            if power > 63 {
                power ^= 0b100_0011;
            }
        }
    }
}
