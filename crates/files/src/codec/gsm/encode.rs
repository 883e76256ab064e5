//! The coder (§5.2): what is left of speech behind two predictions, one of the mouth and one of the voice, in pulses.
use super::arithmetic::{correlation, cut, fraction, headroom, headroom_of, largest_size, rounded};
use super::synthesis::{Excitation, HISTORY, LOWEST_CODES, Mouth, OFFSETS, PART_SAMPLES, SHORTEST_LAG};
use super::{FRAME_SAMPLES, Frame, Part};

/// What the coder remembers from frame to frame.
#[derive(Clone, Debug)]
pub(crate) struct Coder {
    emphasis: Emphasis,
    mouth: Mouth,
    lattice: [i16; 8],
    excitation: Excitation,
}

impl Default for Coder {
    fn default() -> Self {
        Self {
            emphasis: Emphasis::default(),
            mouth: Mouth::default(),
            lattice: [0; 8],
            excitation: Excitation::new(),
        }
    }
}

impl Coder {
    /// The frame of 160 samples, of which the upper 13 bits count.
    pub(crate) fn encode(&mut self, samples: &[i16; FRAME_SAMPLES]) -> Frame {
        let mut samples = samples.map(|sample| self.emphasis.pass(sample));
        let reflections = reflections(&autocorrelation(&mut samples));
        let ratios = std::array::from_fn(|n| coded_ratio(n, reflections[n]));
        self.whiten(&ratios, &mut samples);
        let mut parts = [Part::default(); 4];
        for (part, residual) in parts.iter_mut().zip(samples.as_chunks::<PART_SAMPLES>().0) {
            *part = self.part(residual);
            self.excitation.extend(part);
        }
        Frame { ratios, parts }
    }

    /// Goes on behind a frame and the samples that a decoder made of it. The excitation is then the decoder's to the bit; of
    /// the samples that were coded those heard are the best that is known.
    pub(crate) fn follow(&mut self, frame: &Frame, heard: &[i16; FRAME_SAMPLES]) {
        let mut samples = heard.map(|sample| self.emphasis.pass(sample));
        self.whiten(&frame.ratios, &mut samples);
        frame.parts.iter().for_each(|part| _ = self.excitation.extend(part));
    }

    /// §5.2.10: what the mouth does not explain.
    fn whiten(&mut self, ratios: &[u8; 8], samples: &mut [i16; FRAME_SAMPLES]) {
        let mut rest = &mut samples[..];
        for (length, reflections) in self.mouth.move_to(ratios) {
            let (now, later) = rest.split_at_mut(length);
            now.iter_mut().for_each(|sample| *sample = self.predict(&reflections, *sample));
            rest = later;
        }
    }

    fn predict(&mut self, reflections: &[i16; 8], sample: i16) -> i16 {
        let (mut forward, mut backward) = (sample, sample);
        for (reflection, kept) in reflections.iter().zip(&mut self.lattice) {
            let next = kept.saturating_add(rounded(*reflection, forward));
            forward = forward.saturating_add(rounded(*reflection, *kept));
            *kept = std::mem::replace(&mut backward, next);
        }
        forward
    }

    /// The parameters of 40 samples of what is left.
    fn part(&self, residual: &[i16; PART_SAMPLES]) -> Part {
        let (lag, gain) = repetition(residual, self.excitation.past());
        let repeated = self.excitation.repeated(lag, gain);
        let rest = weighted(&std::array::from_fn(|n| residual[n].saturating_sub(repeated[n])));
        let (grid, pulses) = on_grid(&rest);
        let mut part = Part { lag, gain, grid, largest: coded_size(largest_size(&pulses)), pulses: [0; 13] };
        part.pulses = coded_pulses(&pulses, part.scale());
        part
    }
}

/// What comes before all else: half the level without a constant part, with more treble.
#[derive(Clone, Copy, Debug, Default)]
struct Emphasis {
    before: i16,
    /// In 2⁻¹⁵ of a step.
    level: i32,
    last: i16,
}

impl Emphasis {
    /// §5.2.1 to §5.2.3.
    fn pass(&mut self, sample: i16) -> i16 {
        let sample = sample >> 3 << 2;
        let change = i32::from(sample) - i32::from(self.before);
        self.before = sample;
        let (high, low) = (self.level >> 15, self.level & 0x7fff);
        let kept = (high * i32::from(POLE)).saturating_add(i32::from(rounded(low as i16, POLE)));
        self.level = kept.saturating_add(change << 15);
        let steady = (self.level.saturating_add(16_384) >> 15).min(32_767) as i16;
        let emphasised = steady.saturating_add(rounded(self.last, -28_180));
        self.last = steady;
        emphasised
    }
}

/// §5.2.4. Loud samples are scaled down for it, and lose what is lost by that.
fn autocorrelation(samples: &mut [i16; FRAME_SAMPLES]) -> [i32; 9] {
    let shift = headroom_of(samples).map_or(0, |headroom| 4_u32.saturating_sub(headroom));
    if shift > 0 {
        samples.iter_mut().for_each(|sample| *sample = rounded(*sample, 16_384 >> (shift - 1)));
    }
    let correlations = std::array::from_fn(|lag| correlation(&samples[lag..], &samples[..]));
    // The largest that was rounded up turns over here, as in 16 bits it does.
    samples.iter_mut().for_each(|sample| *sample <<= shift);
    correlations
}

/// §5.2.5: Schur's recursion.
fn reflections(correlations: &[i32; 9]) -> [i16; 8] {
    let mut reflections = [0; 8];
    if correlations[0] == 0 {
        return reflections;
    }
    let shift = headroom(correlations[0]);
    let mut forward = correlations.map(|correlation| (correlation << shift >> 16) as i16);
    let mut backward = forward;
    for (n, reflection) in reflections.iter_mut().enumerate() {
        let size = forward[1].saturating_abs();
        if forward[0] < size {
            break;
        }
        let found = fraction(size, forward[0]);
        *reflection = if forward[1] > 0 { -found } else { found };
        forward[0] = forward[0].saturating_add(rounded(forward[1], *reflection));
        for m in 1..8 - n {
            let next = forward[m + 1];
            forward[m] = next.saturating_add(rounded(backward[m], *reflection));
            backward[m] = backward[m].saturating_add(rounded(next, *reflection));
        }
    }
    reflections
}

/// §5.2.6 and §5.2.7: the code of the logarithmic area ratio of a reflection coefficient.
fn coded_ratio(n: usize, reflection: i16) -> u8 {
    let size = reflection.saturating_abs();
    let bent = match size {
        ..22_118 => size >> 1,
        22_118..31_130 => size - 11_059,
        _ => (size - 26_112) << 2,
    };
    let ratio = if reflection < 0 { -bent } else { bent };
    let level = cut(SLOPES[n], ratio).saturating_add(OFFSETS[n]).saturating_add(256) >> 9;
    let lowest = LOWEST_CODES[n];
    (level.clamp(lowest, -lowest - 1) - lowest) as u8
}

/// §5.2.11: how far back what is left is most like the excitation, and how much like it.
fn repetition(residual: &[i16; PART_SAMPLES], past: &[i16]) -> (u8, u8) {
    let shift = 6 - headroom_of(residual).unwrap_or(0).min(6);
    let scaled = residual.map(|sample| sample >> shift);
    let at = |lag: u8| &past[HISTORY - usize::from(lag)..][..PART_SAMPLES];
    let (mut best, mut likeness) = (SHORTEST_LAG, 0);
    for lag in SHORTEST_LAG..=HISTORY as u8 {
        let now = correlation(&scaled, at(lag));
        if now > likeness {
            (best, likeness) = (lag, now);
        }
    }
    let mut eighths = [0; PART_SAMPLES];
    eighths.iter_mut().zip(at(best)).for_each(|(eighth, sample)| *eighth = sample >> 3);
    (best, coded_gain(likeness >> (6 - shift), correlation(&eighths, &eighths)))
}

fn coded_gain(likeness: i32, power: i32) -> u8 {
    if likeness <= 0 {
        return 0;
    }
    if likeness >= power {
        return 3;
    }
    let shift = headroom(power);
    let [likeness, power] = [likeness, power].map(|number| (number << shift >> 16) as i16);
    GAIN_LEVELS.iter().take_while(|level| likeness > cut(power, **level)).count() as u8
}

/// §5.2.13: a low pass, so that every third sample tells of the others.
fn weighted(residual: &[i16; PART_SAMPLES]) -> [i16; PART_SAMPLES] {
    const BEFORE: usize = WEIGHTS.len() / 2;
    let mut padded = [0; PART_SAMPLES + 2 * BEFORE];
    padded[BEFORE..][..PART_SAMPLES].copy_from_slice(residual);
    std::array::from_fn(|n| {
        let sum = correlation(&padded[n..], &WEIGHTS).saturating_add(8_192);
        (sum >> 14).clamp(-32_768, 32_767) as i16
    })
}

/// §5.2.14: of the four rows of every third sample the loudest.
fn on_grid(rest: &[i16; PART_SAMPLES]) -> (u8, [i16; 13]) {
    let row = |grid: usize| std::array::from_fn(|n| rest[grid + 3 * n]);
    let mut loudest = (0, row(0));
    let mut most = 0;
    for grid in 0..4 {
        let pulses = row(grid);
        let quarters = pulses.map(|pulse| pulse >> 2);
        let power = correlation(&quarters, &quarters);
        if power > most {
            (loudest, most) = ((grid as u8, pulses), power);
        }
    }
    loudest
}

/// §5.2.15: the size of the largest pulse, exponent and mantissa of three bits each.
fn coded_size(largest: i16) -> u8 {
    let exponent = 16 - (largest >> 9).leading_zeros();
    ((largest >> (exponent + 5)) + (exponent << 3) as i16) as u8
}

/// §5.2.15: pulses as parts of the largest.
fn coded_pulses(pulses: &[i16; 13], (exponent, mantissa): (i16, usize)) -> [u8; 13] {
    pulses.map(|pulse| {
        let level = cut(pulse << (6 - exponent), INVERSE_FACTORS[mantissa]) >> 12;
        (level + 4) as u8 & 7
    })
}

/// What is kept of a constant part each sample: 0.999.
const POLE: i16 = 32_735;

/// The tables of §5.4: A,
const SLOPES: [i16; 8] = [20_480, 20_480, 20_480, 20_480, 13_964, 15_360, 8_534, 9_036];
/// DLB, but for its last,
const GAIN_LEVELS: [i16; 3] = [6_554, 16_384, 26_214];
/// H,
const WEIGHTS: [i16; 11] = [-134, -374, 0, 2_054, 5_741, 8_192, 5_741, 2_054, 0, -374, -134];
/// NRFAC.
const INVERSE_FACTORS: [i16; 8] = [29_128, 26_215, 23_832, 21_846, 20_165, 18_725, 17_476, 16_384];
