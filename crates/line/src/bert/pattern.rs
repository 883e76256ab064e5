//! What is sent.

/// A test pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// 2⁹ − 1, x⁹ + x⁵ + 1 (O.153).
    Prbs9,
    /// 2¹¹ − 1, x¹¹ + x⁹ + 1 (O.152).
    Prbs11,
    /// 2¹⁵ − 1, x¹⁵ + x¹⁴ + 1, inverted (O.151).
    Prbs15,
    /// 2²⁰ − 1, x²⁰ + x³ + 1 (O.153).
    Prbs20,
    /// Quasi-random signal: 2²⁰ − 1, x²⁰ + x¹⁷ + 1, with a one in place of a zero that 14 zeros follow (O.151).
    Qrss,
    /// 2²³ − 1, x²³ + x¹⁸ + 1, inverted (O.151).
    Prbs23,
    /// 2²⁹ − 1, x²⁹ + x²⁷ + 1, inverted (O.150).
    Prbs29,
    /// 2³¹ − 1, x³¹ + x²⁸ + 1, inverted (O.150).
    Prbs31,
    /// The lowest `length` bits of `bits`, the highest of them first, again and again.
    Fixed {
        /// The bits.
        bits: u32,
        /// How many, 1 to 32; others are taken for the nearest of these.
        length: u8,
    },
}

impl Pattern {
    /// Ones.
    pub const ONES: Self = Self::Fixed { bits: 1, length: 1 };
    /// Zeros.
    pub const ZEROS: Self = Self::Fixed { bits: 0, length: 1 };
    /// Ones and zeros in turn.
    pub const ALTERNATING: Self = Self::Fixed { bits: 0b10, length: 2 };
    /// A one in eight bits.
    pub const ONE_IN_EIGHT: Self = Self::Fixed { bits: 0b0100_0000, length: 8 };
    /// Three ones in 24 bits.
    pub const THREE_IN_24: Self = Self::Fixed { bits: 0x44_0004, length: 24 };

    /// The stages of the shift register and the one beside the last that is fed back; `None` for a fixed pattern.
    pub(super) const fn stages(self) -> Option<(u32, u32)> {
        match self {
            Self::Prbs9 => Some((9, 5)),
            Self::Prbs11 => Some((11, 9)),
            Self::Prbs15 => Some((15, 14)),
            Self::Prbs20 => Some((20, 3)),
            Self::Qrss => Some((20, 17)),
            Self::Prbs23 => Some((23, 18)),
            Self::Prbs29 => Some((29, 27)),
            Self::Prbs31 => Some((31, 28)),
            Self::Fixed { .. } => None,
        }
    }

    pub(super) const fn is_inverted(self) -> bool {
        matches!(self, Self::Prbs15 | Self::Prbs23 | Self::Prbs29 | Self::Prbs31)
    }

    /// How many bits a fixed pattern has.
    pub(super) const fn fixed_length(length: u8) -> u32 {
        match length {
            0 => 1,
            1..=32 => length as u32,
            33.. => 32,
        }
    }
}

/// Makes the bits of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator {
    pattern: Pattern,
    /// Of a sequence: its last bits, the newest lowest, [`AHEAD`] bits ahead of what is sent. Of a fixed
    /// pattern: the place of the next bit.
    state: u64,
}

/// The zero suppression of the quasi-random signal looks so far ahead.
const AHEAD: u32 = 14;

impl Generator {
    /// The pattern from its beginning: for a sequence, from a register of ones.
    #[must_use]
    pub const fn new(pattern: Pattern) -> Self {
        match pattern.stages() {
            Some((stages, _)) => Self::after(pattern, (1 << stages) - 1),
            None => Self { pattern, state: 0 },
        }
    }

    /// A sequence that goes on after these bits, the newest lowest, as many as it has stages.
    pub(super) const fn after(pattern: Pattern, register: u64) -> Self {
        let mut generator = Self { pattern, state: register };
        let mut ahead = 0;
        while ahead < AHEAD {
            generator.shift();
            ahead += 1;
        }
        generator
    }

    /// The next bit.
    pub const fn next_bit(&mut self) -> bool {
        let Pattern::Fixed { bits, length } = self.pattern else {
            self.shift();
            let bit = self.state >> AHEAD & 1;
            let zeros_follow = self.state & ((1 << AHEAD) - 1) == 0;
            let forced = matches!(self.pattern, Pattern::Qrss) && zeros_follow;
            return (bit == 1 || forced) != self.pattern.is_inverted();
        };
        let length = Pattern::fixed_length(length);
        let bit = bits >> (length - 1 - self.state as u32) & 1;
        self.state = (self.state + 1) % length as u64;
        bit == 1
    }

    /// The next `count` bits, at most 64, the first highest.
    pub const fn next_bits(&mut self, count: u32) -> u64 {
        let mut bits = 0;
        let mut taken = 0;
        while taken < count && taken < 64 {
            bits = bits << 1 | self.next_bit() as u64;
            taken += 1;
        }
        bits
    }

    const fn shift(&mut self) {
        if let Some((stages, tap)) = self.pattern.stages() {
            let fed_back = (self.state >> (stages - 1) ^ self.state >> (tap - 1)) & 1;
            self.state = self.state << 1 | fed_back;
        }
    }

    /// Whether the next bits of both are the same for ever.
    pub(super) const fn is_like(&self, other: &Self) -> bool {
        let mask = match self.pattern.stages() {
            Some((stages, _)) => (1 << stages) - 1,
            None => u64::MAX,
        };
        self.state & mask == other.state & mask
    }
}
