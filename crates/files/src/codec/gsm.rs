//! The decoder of GSM full rate speech: EN 300 961 (GSM 06.10), to the bit by the fixed-point rules of its §5.
//!
//! A frame of 260 bits is 160 samples. There is no homing and no substitution of lost frames: those belong to
//! a radio path. Encoding is not here.

/// Octets of a frame in a file named `.gsm` and in RTP (RFC 3551 §4.5.8).
pub(crate) const FRAME_OCTETS: usize = 33;
/// Octets of two frames in a WAV file (format 0x31).
pub(crate) const PAIR_OCTETS: usize = 65;
/// Samples of a frame.
pub(crate) const FRAME_SAMPLES: usize = 160;

/// The parameters of a frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    /// Coded logarithmic area ratios.
    ratios: [u8; 8],
    parts: [Part; 4],
}

/// The parameters of a quarter of a frame, 40 samples.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// How many samples back the voice repeats (Nc).
    lag: u8,
    /// How much of it (bc).
    gain: u8,
    /// Where the first pulse is (Mc).
    grid: u8,
    /// The size of the largest pulse (xmaxc).
    largest: u8,
    pulses: [u8; 13],
}

impl Frame {
    /// A frame of 33 octets, the highest bit first; `None` if they do not begin with the bits 1101.
    pub(crate) fn from_octets(octets: &[u8; FRAME_OCTETS]) -> Option<Self> {
        let mut at = 4;
        let high_first = |width: usize| {
            let value =
                (at..at + width).fold(0, |value, bit| value << 1 | octets[bit / 8] >> (7 - bit % 8) & 1);
            at += width;
            value
        };
        (octets[0] >> 4 == SIGNATURE).then(|| Self::read(high_first))
    }

    /// Two frames of 65 octets, the lowest bit first.
    pub(crate) fn pair_from_octets(octets: &[u8; PAIR_OCTETS]) -> [Self; 2] {
        let mut at = 0;
        let mut low_first = |width: usize| {
            let bits = (at..at + width).rev();
            at += width;
            bits.fold(0, |value, bit| value << 1 | octets[bit / 8] >> (bit % 8) & 1)
        };
        [Self::read(&mut low_first), Self::read(&mut low_first)]
    }

    /// In the order of §1.7, table 1.1.
    fn read(mut bits: impl FnMut(usize) -> u8) -> Self {
        let ratios = RATIO_BITS.map(&mut bits);
        let parts = [(); 4].map(|()| Part {
            lag: bits(7),
            gain: bits(2),
            grid: bits(2),
            largest: bits(6),
            pulses: [(); 13].map(|()| bits(3)),
        });
        Self { ratios, parts }
    }
}

/// What the decoder remembers from frame to frame.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    /// The last 120 samples of the excitation, and room for the next 40.
    excitation: [i16; HISTORY + PART_SAMPLES],
    lag: u8,
    ratios: [i16; 8],
    lattice: [i16; 9],
    last: i16,
}

impl Decoder {
    pub(crate) const fn new() -> Self {
        Self { excitation: [0; HISTORY + PART_SAMPLES], lag: 40, ratios: [0; 8], lattice: [0; 9], last: 0 }
    }

    /// The samples of a frame.
    pub(crate) fn decode(&mut self, frame: &Frame) -> [i16; FRAME_SAMPLES] {
        let mut samples = [0; FRAME_SAMPLES];
        for (part, place) in frame.parts.iter().zip(samples.as_chunks_mut::<PART_SAMPLES>().0) {
            *place = self.excite(part);
        }
        self.shape(&frame.ratios, &mut samples);
        samples.iter_mut().for_each(|sample| *sample = self.deemphasise(*sample));
        samples
    }

    /// §3.2.1 and §3.2.2: pulses on their grid, and what the lag brings back of the past.
    fn excite(&mut self, part: &Part) -> [i16; PART_SAMPLES] {
        if (40..=120).contains(&part.lag) {
            self.lag = part.lag;
        }
        let gain = GAINS[usize::from(part.gain)];
        let pulses = part.residual();
        self.excitation.copy_within(PART_SAMPLES.., 0);
        for (n, pulse) in pulses.iter().enumerate() {
            let at = HISTORY + n;
            let before = self.excitation[at - usize::from(self.lag)];
            self.excitation[at] = pulse.saturating_add(rounded(gain, before));
        }
        std::array::from_fn(|n| self.excitation[HISTORY + n])
    }

    /// §3.2.3: the filter of the mouth. Its ratios move from those of the last frame to these (§3.1.9).
    fn shape(&mut self, coded: &[u8; 8], samples: &mut [i16; FRAME_SAMPLES]) {
        let new: [i16; 8] = std::array::from_fn(|n| ratio(n, coded[n]));
        let old = std::mem::replace(&mut self.ratios, new);
        let mixed = |weigh: fn(i16, i16) -> i16| std::array::from_fn(|n| reflection(weigh(old[n], new[n])));
        let stretches: [(usize, [i16; 8]); 4] = [
            (13, mixed(leaning)),
            (14, mixed(|old, new| (old >> 1).saturating_add(new >> 1))),
            (13, mixed(|old, new| leaning(new, old))),
            (120, mixed(|_, new| new)),
        ];
        let mut rest = &mut samples[..];
        for (length, reflections) in stretches {
            let (now, later) = rest.split_at_mut(length);
            now.iter_mut().for_each(|sample| *sample = self.filter(&reflections, *sample));
            rest = later;
        }
    }

    fn filter(&mut self, reflections: &[i16; 8], sample: i16) -> i16 {
        let mut forward = sample;
        for n in (0..8).rev() {
            forward = forward.saturating_sub(rounded(reflections[n], self.lattice[n]));
            self.lattice[n + 1] = self.lattice[n].saturating_add(rounded(reflections[n], forward));
        }
        self.lattice[0] = forward;
        forward
    }

    /// §3.2.4: the treble that the coder added goes, the level doubles, three bits are cut.
    fn deemphasise(&mut self, sample: i16) -> i16 {
        self.last = sample.saturating_add(rounded(self.last, 28_180));
        self.last.saturating_add(self.last) & !7
    }
}

impl Part {
    /// §3.1.21 and §3.1.22: thirteen pulses, every third of 40 samples.
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

    /// §3.1.21: exponent and mantissa of the largest pulse.
    fn scale(&self) -> (i16, usize) {
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

/// Three quarters of one ratio and a quarter of another.
fn leaning(near: i16, far: i16) -> i16 {
    (near >> 2).saturating_add(far >> 2).saturating_add(near >> 1)
}

/// §3.1.8: a logarithmic area ratio from its code.
fn ratio(n: usize, code: u8) -> i16 {
    let level = (i16::from(code) + LOWEST_CODES[n]) << 10;
    let scaled = rounded(INVERSE_SLOPES[n], level.saturating_sub(OFFSETS[n] << 1));
    scaled.saturating_add(scaled)
}

/// §3.1.10: a reflection coefficient from a logarithmic area ratio.
fn reflection(ratio: i16) -> i16 {
    let size = ratio.saturating_abs();
    let bent = match size {
        ..11_059 => size << 1,
        11_059..20_070 => size + 11_059,
        _ => (size >> 2).saturating_add(26_112),
    };
    if ratio < 0 { -bent } else { bent }
}

/// mult_r of §5.1.
fn rounded(one: i16, other: i16) -> i16 {
    let product = (i32::from(one) * i32::from(other) + 16_384) >> 15;
    product.min(32_767) as i16
}

const PART_SAMPLES: usize = 40;
const HISTORY: usize = 120;
/// The first half octet of each frame.
const SIGNATURE: u8 = 0xd;

const RATIO_BITS: [usize; 8] = [6, 6, 5, 5, 4, 4, 3, 3];
/// The tables of §5.4: B and MIC,
const OFFSETS: [i16; 8] = [0, 0, 2_048, -2_560, 94, -1_792, -341, -1_144];
const LOWEST_CODES: [i16; 8] = [-32, -32, -16, -16, -8, -8, -4, -4];
/// 1/A,
const INVERSE_SLOPES: [i16; 8] = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708];
/// QLB,
const GAINS: [i16; 4] = [3_277, 11_469, 21_299, 32_767];
/// FAC.
const FACTORS: [i16; 8] = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];
