//! What coder and decoder make of a frame alike: the filter that its ratios are, and the excitation that its parts are.
use super::arithmetic::rounded;
use super::{FRAME_SAMPLES, Part};

pub(super) const PART_SAMPLES: usize = 40;
/// The longest lag.
pub(super) const HISTORY: usize = 120;
/// The shortest.
pub(super) const SHORTEST_LAG: u8 = 40;

/// The excitation of the last 120 samples, and room for the next 40.
#[derive(Clone, Debug)]
pub(super) struct Excitation {
    samples: [i16; HISTORY + PART_SAMPLES],
    /// The last that could be.
    lag: u8,
}

impl Excitation {
    pub(super) const fn new() -> Self {
        Self { samples: [0; HISTORY + PART_SAMPLES], lag: SHORTEST_LAG }
    }

    /// The last 120 samples.
    pub(super) fn past(&self) -> &[i16] {
        &self.samples[PART_SAMPLES..]
    }

    /// Goes on by a part: pulses on their grid, and what the lag brings back of the past (§5.2.18, §5.3.2).
    pub(super) fn extend(&mut self, part: &Part) -> [i16; PART_SAMPLES] {
        if (SHORTEST_LAG..=HISTORY as u8).contains(&part.lag) {
            self.lag = part.lag;
        }
        let before = self.repeated(self.lag, part.gain);
        let pulses = part.residual();
        self.samples.copy_within(PART_SAMPLES.., 0);
        let new = std::array::from_fn(|n| pulses[n].saturating_add(before[n]));
        self.samples[HISTORY..].copy_from_slice(&new);
        new
    }

    /// What a lag that can be brings back with a gain (§5.2.12).
    pub(super) fn repeated(&self, lag: u8, gain: u8) -> [i16; PART_SAMPLES] {
        let (past, gain) = (self.past(), GAINS[usize::from(gain)]);
        std::array::from_fn(|n| rounded(gain, past[HISTORY + n - usize::from(lag)]))
    }
}

impl Part {
    /// §5.2.16 and §5.2.17: thirteen pulses, every third of 40 samples.
    fn residual(&self) -> [i16; PART_SAMPLES] {
        let (exponent, mantissa) = self.scale();
        let factor = FACTORS[mantissa];
        let shift = 6 - exponent;
        let half = if shift == 0 { 0 } else { 1 << (shift - 1) };
        let mut residual = [0; PART_SAMPLES];
        let places = residual.iter_mut().skip(usize::from(self.grid)).step_by(3);
        for (place, pulse) in places.zip(self.pulses) {
            let level = (i16::from(pulse) * 2 - 7) << 12;
            *place = rounded(factor, level).saturating_add(half) >> shift;
        }
        residual
    }

    /// §5.2.15: exponent and mantissa of the largest pulse.
    pub(super) fn scale(&self) -> (i16, usize) {
        let largest = i16::from(self.largest);
        let mut exponent = if largest > 15 { (largest >> 3) - 1 } else { 0 };
        let mut mantissa = largest - (exponent << 3);
        if mantissa == 0 {
            return (-4, 7);
        }
        while mantissa <= 7 {
            mantissa = mantissa << 1 | 1;
            exponent -= 1;
        }
        (exponent, mantissa as usize - 8)
    }
}

/// The ratios of the last frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Mouth([i16; 8]);

impl Mouth {
    /// The reflection coefficients of each stretch of a frame: its ratios move from those of the last to these (§5.2.9).
    pub(super) fn move_to(&mut self, coded: &[u8; 8]) -> [(usize, [i16; 8]); 4] {
        let new: [i16; 8] = std::array::from_fn(|n| ratio(n, coded[n]));
        let old = std::mem::replace(&mut self.0, new);
        let mixed = |weigh: fn(i16, i16) -> i16| std::array::from_fn(|n| reflection(weigh(old[n], new[n])));
        [
            (13, mixed(leaning)),
            (14, mixed(|old, new| (old >> 1).saturating_add(new >> 1))),
            (13, mixed(|old, new| leaning(new, old))),
            (FRAME_SAMPLES - 40, mixed(|_, new| new)),
        ]
    }
}

/// Three quarters of one ratio and a quarter of another.
fn leaning(near: i16, far: i16) -> i16 {
    (near >> 2).saturating_add(far >> 2).saturating_add(near >> 1)
}

/// §5.2.8: a logarithmic area ratio from its code.
fn ratio(n: usize, code: u8) -> i16 {
    let level = (i16::from(code) + LOWEST_CODES[n]) << 10;
    let scaled = rounded(INVERSE_SLOPES[n], level.saturating_sub(OFFSETS[n] << 1));
    scaled.saturating_add(scaled)
}

/// §5.2.9.2: a reflection coefficient from a logarithmic area ratio.
fn reflection(ratio: i16) -> i16 {
    let size = ratio.saturating_abs();
    let bent = match size {
        ..11_059 => size << 1,
        11_059..20_070 => size + 11_059,
        _ => (size >> 2).saturating_add(26_112),
    };
    if ratio < 0 { -bent } else { bent }
}

/// The tables of §5.4: B and MIC,
pub(super) const OFFSETS: [i16; 8] = [0, 0, 2_048, -2_560, 94, -1_792, -341, -1_144];
pub(super) const LOWEST_CODES: [i16; 8] = [-32, -32, -16, -16, -8, -8, -4, -4];
/// 1/A,
const INVERSE_SLOPES: [i16; 8] = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708];
/// QLB,
const GAINS: [i16; 4] = [3_277, 11_469, 21_299, 32_767];
/// FAC.
const FACTORS: [i16; 8] = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];
