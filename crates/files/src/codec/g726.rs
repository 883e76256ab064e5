//! G.726: adaptive differential PCM of 16, 24, 32 and 40 kbit/s, in the numbers that the recommendation gives, so that
//! coder and decoder agree bit for bit with any other.
//!
//! The names of blocks and signals are those of clause 4 of G.726. Codes are packed as RFC 3551 and 3802 have it: the
//! first of an octet in its lowest bits.

/// How many bits a code has: 8,000 codes a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum G726Rate {
    /// Two bits, 16 kbit/s.
    Kbit16,
    /// Three bits, 24 kbit/s.
    Kbit24,
    /// Four bits, 32 kbit/s, what G.721 was.
    Kbit32,
    /// Five bits, 40 kbit/s.
    Kbit40,
}

impl G726Rate {
    /// Bits of a code, and octets of eight codes.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::Kbit16 => 2,
            Self::Kbit24 => 3,
            Self::Kbit32 => 4,
            Self::Kbit40 => 5,
        }
    }

    const fn tables(self) -> &'static Tables {
        match self {
            Self::Kbit16 => &KBIT_16,
            Self::Kbit24 => &KBIT_24,
            Self::Kbit32 => &KBIT_32,
            Self::Kbit40 => &KBIT_40,
        }
    }
}

/// Codes that fill octets at any rate.
pub(crate) const UNIT_SAMPLES: usize = 8;

/// Eight codes of so many bits, the first lowest, as so many octets.
pub(crate) fn pack(bits: usize, codes: [u8; UNIT_SAMPLES]) -> impl Iterator<Item = u8> {
    let word = codes.iter().rev().fold(0_u64, |word, code| word << bits | u64::from(*code));
    word.to_le_bytes().into_iter().take(bits)
}

/// The codes in octets; what is no whole code at the end is dropped.
pub(crate) fn unpack(bits: usize, octets: &[u8]) -> impl Iterator<Item = u8> {
    let mask = (1 << bits) - 1;
    octets.chunks(bits).flat_map(move |unit| {
        let word = unit.iter().rev().fold(0_u64, |word, octet| word << 8 | u64::from(*octet));
        (0..unit.len() * 8 / bits).map(move |n| (word >> (n * bits)) as u8 & mask)
    })
}

/// What a rate has of its own, each by the magnitude of a code.
struct Tables {
    /// Where the magnitudes of the normalised logarithm begin, but for the first (DLN).
    decisions: &'static [i32],
    /// What a magnitude stands for (DQLN).
    outputs: &'static [i32],
    /// By how much the fast scale factor changes (W(I)).
    factors: &'static [i32],
    /// How fast the speed does (F(I)).
    speeds: &'static [i32],
}

/// A number as the predictor multiplies it: a sign, an exponent, and six bits from the highest that is set.
#[derive(Clone, Copy, Debug)]
struct Float {
    negative: bool,
    exponent: u32,
    mantissa: i32,
}

impl Float {
    const ZERO: Self = Self { negative: false, exponent: 0, mantissa: 32 };

    /// FLOATA and FLOATB.
    const fn new(negative: bool, magnitude: i32) -> Self {
        let exponent = i32::BITS - magnitude.leading_zeros();
        let mantissa = if magnitude == 0 { 32 } else { (magnitude << 6) >> exponent };
        Self { negative, exponent, mantissa }
    }

    /// FMULT: a coefficient times this.
    const fn times(self, coefficient: i32) -> i32 {
        let coefficient = coefficient >> 2;
        let by = Self::new(coefficient < 0, coefficient.abs() & 0x1fff);
        let exponent = self.exponent + by.exponent;
        let mantissa = (self.mantissa * by.mantissa + 48) >> 4;
        let magnitude = if exponent <= 26 {
            (mantissa << 7) >> (26 - exponent)
        } else {
            (mantissa << 7 << (exponent - 26)) & 0x7fff
        };
        if self.negative == by.negative { magnitude } else { -magnitude }
    }
}

/// What coder and decoder know of the past.
#[derive(Clone, Debug)]
pub(crate) struct G726 {
    rate: G726Rate,
    /// The scale factor, fast (YU) and slow (YL), and the speed between both (AP) with what it is made of (DMS, DML).
    fast: i32,
    slow: i32,
    speed: i32,
    short_term: i32,
    long_term: i32,
    /// Coefficients of the predictor: of two samples before (A) and six differences (B).
    poles: [i32; 2],
    zeros: [i32; 6],
    /// These samples (SR) and differences (DQ), the newest first.
    samples: [Float; 2],
    differences: [Float; 6],
    /// Whether the two partial signals before were negative (PK).
    were_negative: [bool; 2],
    /// A tone, as of a modem, is told from speech (TD).
    tone: bool,
}

/// What the predictor expects of the next sample.
struct Estimate {
    /// By the differences alone (SEZ), and by both (SE).
    zeros: i32,
    whole: i32,
    /// The scale factor (Y).
    scale: i32,
}

impl G726 {
    pub(crate) const fn new(rate: G726Rate) -> Self {
        Self {
            rate,
            fast: 544,
            slow: 34_816,
            speed: 0,
            short_term: 0,
            long_term: 0,
            poles: [0; 2],
            zeros: [0; 6],
            samples: [Float::ZERO; 2],
            differences: [Float::ZERO; 6],
            were_negative: [false; 2],
            tone: false,
        }
    }

    /// The code of a sample, of which the upper 14 bits count.
    pub(crate) fn encode(&mut self, sample: i16) -> u8 {
        let estimate = self.estimate();
        let code = self.quantise(i32::from(sample >> 2) - estimate.whole, estimate.scale);
        self.take(code, &estimate);
        code
    }

    /// The sample of a code, in steps of four.
    pub(crate) fn decode(&mut self, code: u8) -> i16 {
        let estimate = self.estimate();
        (self.take(code, &estimate) << 2).clamp(i16::MIN.into(), i16::MAX.into()) as i16
    }

    /// FMULT, ACCUM, LIMA and MIX.
    fn estimate(&self) -> Estimate {
        let by = |coefficients: &[i32], past: &[Float]| -> i32 {
            coefficients.iter().zip(past).map(|(coefficient, before)| before.times(*coefficient)).sum()
        };
        // Sums are of 16 bits.
        let zeros = by(&self.zeros, &self.differences) as i16;
        let whole = (i32::from(zeros) + by(&self.poles, &self.samples)) as i16;
        let between = (self.speed >> 2).min(64);
        let apart = self.fast - (self.slow >> 6);
        let scale = (self.slow >> 6) + apart * between / 64;
        Estimate { zeros: i32::from(zeros >> 1), whole: i32::from(whole >> 1), scale }
    }

    /// LOG, SUBTB and QUAN.
    fn quantise(&self, difference: i32, scale: i32) -> u8 {
        let magnitude = difference.abs() & 0x7fff;
        let exponent = magnitude.max(1).ilog2();
        let logarithm = ((exponent as i32) << 7) + (((magnitude << 7) >> exponent) & 0x7f);
        let normal = logarithm - (scale >> 2);
        let tables = self.rate.tables();
        let at = tables.decisions.iter().filter(|decision| normal >= **decision).count() as u8;
        let ones = (1 << self.rate.bits()) - 1;
        // But for two bits, a code of zeros alone is never sent.
        let positive = difference >= 0 && (at > 0 || self.rate == G726Rate::Kbit16);
        if positive { at } else { ones - at }
    }

    /// Adapts to a code, as coder and decoder do alike, and tells the sample (SR).
    fn take(&mut self, code: u8, estimate: &Estimate) -> i32 {
        let tables = self.rate.tables();
        let half = tables.outputs.len();
        let negative = usize::from(code) >= half;
        let magnitude_code =
            (if negative { 2 * half - 1 - usize::from(code) } else { usize::from(code) }).min(half - 1);
        let magnitude = antilog(tables.outputs[magnitude_code] + (estimate.scale >> 2));
        let difference = if negative { -magnitude } else { magnitude };
        let sample = i32::from((estimate.whole + difference) as i16);
        let modem = self.tone && self.is_step(magnitude);

        self.adapt_scale(estimate.scale, tables.factors[magnitude_code]);
        let partial = i32::from((estimate.zeros + difference) as i16);
        if modem {
            (self.poles, self.zeros, self.tone) = ([0; 2], [0; 6], false);
        } else {
            self.adapt_poles(partial);
            self.adapt_zeros(negative, magnitude);
            self.tone = self.poles[1] < -11_776;
        }
        self.adapt_speed(tables.speeds[magnitude_code], estimate.scale, modem);

        self.differences.rotate_right(1);
        self.differences[0] = Float::new(negative, magnitude);
        self.samples = [Float::new(sample < 0, sample.abs() & 0x7fff), self.samples[0]];
        self.were_negative = [partial < 0, self.were_negative[0]];
        sample
    }

    /// TRANS: a difference so large that a tone of a modem has changed.
    fn is_step(&self, magnitude: i32) -> bool {
        let (whole, part) = (self.slow >> 15, (self.slow >> 10) & 31);
        let threshold = if whole > 9 { 31 << 10 } else { (32 + part) << whole };
        magnitude > (threshold + (threshold >> 1)) >> 1
    }

    /// FILTD, LIMB and FILTE.
    fn adapt_scale(&mut self, scale: i32, factor: i32) {
        self.fast = (scale + (((factor << 5) - scale) >> 5)).clamp(544, 5_120);
        self.slow += self.fast + ((-self.slow) >> 6);
    }

    /// FILTA, FILTB, SUBTC and FILTC, or TRIGA.
    fn adapt_speed(&mut self, fast: i32, scale: i32, modem: bool) {
        self.short_term += ((fast << 9) - self.short_term) >> 5;
        self.long_term += ((fast << 11) - self.long_term) >> 7;
        let apart = ((self.short_term << 2) - self.long_term).abs();
        let changes = scale < 1_536 || apart >= self.long_term >> 3 || self.tone;
        self.speed += (((i32::from(changes)) << 9) - self.speed) >> 4;
        if modem {
            self.speed = 256;
        }
    }

    /// UPA2 and LIMC, UPA1 and LIMD.
    fn adapt_poles(&mut self, partial: i32) {
        let alike = self.were_negative.map(|was| was == (partial < 0));
        let [first, second] = self.poles;
        let (mut gain_of_first, mut gain_of_second) = (0, 0);
        if partial != 0 {
            gain_of_first = if alike[0] { 192 } else { -192 };
            let limited = first.clamp(-8_191, 8_191) << 2;
            let by_first = if alike[0] { -limited } else { limited };
            gain_of_second = (by_first + if alike[1] { 16_384 } else { -16_384 }) >> 7;
        }
        let second = (second + gain_of_second - (second >> 7)).clamp(-12_288, 12_288);
        let most = 15_360 - second;
        self.poles = [(first + gain_of_first - (first >> 8)).clamp(-most, most), second];
    }

    /// XOR and UPB.
    fn adapt_zeros(&mut self, negative: bool, magnitude: i32) {
        let leak = if self.rate == G726Rate::Kbit40 { 9 } else { 8 };
        for (zero, before) in self.zeros.iter_mut().zip(&self.differences) {
            let gain = if before.negative == negative { 128 } else { -128 };
            *zero += if magnitude == 0 { 0 } else { gain } - (*zero >> leak);
        }
    }
}

/// ANTILOG.
const fn antilog(logarithm: i32) -> i32 {
    if logarithm < 0 {
        return 0;
    }
    let (exponent, mantissa) = ((logarithm >> 7) & 15, (logarithm & 127) + 128);
    (mantissa << 7) >> (14 - if exponent > 14 { 14 } else { exponent })
}

const KBIT_16: Tables =
    Tables { decisions: &[261], outputs: &[116, 365], factors: &[-22, 439], speeds: &[0, 7] };

const KBIT_24: Tables = Tables {
    decisions: &[8, 218, 331],
    outputs: &[-2_048, 135, 273, 373],
    factors: &[-4, 30, 137, 582],
    speeds: &[0, 1, 2, 7],
};

const KBIT_32: Tables = Tables {
    decisions: &[-124, 80, 178, 246, 300, 349, 400],
    outputs: &[-2_048, 4, 135, 213, 273, 323, 373, 425],
    factors: &[-12, 18, 41, 64, 112, 198, 355, 1_122],
    speeds: &[0, 0, 0, 1, 1, 1, 3, 7],
};

const KBIT_40: Tables = Tables {
    decisions: &[-122, -16, 68, 139, 198, 250, 298, 339, 378, 413, 445, 475, 502, 528, 553],
    outputs: &[-2_048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566],
    factors: &[14, 14, 24, 39, 40, 41, 58, 100, 141, 179, 219, 280, 358, 440, 529, 696],
    speeds: &[0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6],
};
