//! G.711: companding to A-law and µ-law, expanding, and the direct conversion between the two.
//!
//! Linear samples fill 16 bits: A-law uses the 13 upper bits, µ-law the 14 upper bits. Single values are looked up in
//! tables made at compile time from the formulas of the recommendation; blocks are worked in registers where there are
//! instructions for it, with the same result. Data calls, signalling channels and calls between equal laws must not
//! come here: their octets pass as they are.

use tandem_types::Law;

use crate::arch::{InstructionSet, Register, WideKernel, run_wide};

/// The octet for a linear sample.
///
/// Negative samples are companded by their one's complement, as the reference code of G.191 does: the
/// decision values of the negative half are those of the positive half, mirrored about -1/2.
#[inline]
#[must_use]
pub fn encode(law: Law, sample: i16) -> u8 {
    let bits = sample as u16;
    match law {
        Law::A => A_ENCODE[usize::from(bits >> 4)],
        Law::Mu => MU_ENCODE[usize::from(bits >> 2)],
    }
}

/// The linear sample for an octet: at most ±32256 in A-law, ±32124 in µ-law.
#[inline]
#[must_use]
pub fn decode(law: Law, octet: u8) -> i16 {
    decode_table(law)[usize::from(octet)]
}

/// The octet of law `to` for an octet of law `from`, by the conversion tables 3 and 4 of G.711.
///
/// That is not the same as expanding and companding again: the tables are made so that a second conversion
/// undoes the first wherever it can. Sixteen octets of either law still change on their way there and back.
#[inline]
#[must_use]
pub fn transcode(from: Law, to: Law, octet: u8) -> u8 {
    match (from, to) {
        (Law::A, Law::Mu) => A_TO_MU[usize::from(octet)],
        (Law::Mu, Law::A) => MU_TO_A[usize::from(octet)],
        (Law::A, Law::A) | (Law::Mu, Law::Mu) => octet,
    }
}

/// Compands a block; works on as many samples as both slices have.
pub fn encode_block(set: InstructionSet, law: Law, samples: &[i16], octets: &mut [u8]) {
    let count = samples.len().min(octets.len());
    run_wide(set, Encode { law, samples: &samples[..count], octets: &mut octets[..count] });
}

/// Expands a block; works on as many octets as both slices have.
pub fn decode_block(set: InstructionSet, law: Law, octets: &[u8], samples: &mut [i16]) {
    let count = samples.len().min(octets.len());
    run_wide(set, Decode { law, octets: &octets[..count], samples: &mut samples[..count] });
}

/// Converts a block between the laws; works on as many octets as both slices have.
pub fn transcode_block(set: InstructionSet, from: Law, to: Law, input: &[u8], output: &mut [u8]) {
    let count = input.len().min(output.len());
    let (input, output) = (&input[..count], &mut output[..count]);
    if from == to {
        output.copy_from_slice(input);
    } else {
        run_wide(set, Transcode { from, to, input, output });
    }
}

/// Zero-code suppression of G.711's µ-law: the octet of eight zeros, which is the largest negative value, becomes
/// 00000010, decoder output value number 125, for T1 lines in AMI. Not for data.
pub fn suppress_zero_codes(octets: &mut [u8]) {
    for octet in octets {
        *octet |= u8::from(*octet == 0) << 1;
    }
}

struct Encode<'a> {
    law: Law,
    samples: &'a [i16],
    octets: &'a mut [u8],
}

impl WideKernel for Encode<'_> {
    fn plain(self) {
        for (octet, &sample) in self.octets.iter_mut().zip(self.samples) {
            *octet = encode(self.law, sample);
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        convert(&Encoder::<R>::new(self.law), self.samples, self.octets);
    }
}

struct Decode<'a> {
    law: Law,
    octets: &'a [u8],
    samples: &'a mut [i16],
}

impl WideKernel for Decode<'_> {
    fn plain(self) {
        for (sample, &octet) in self.samples.iter_mut().zip(self.octets) {
            *sample = decode(self.law, octet);
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        convert(&Decoder::<R>::new(self.law), self.octets, self.samples);
    }
}

struct Transcode<'a> {
    from: Law,
    to: Law,
    input: &'a [u8],
    output: &'a mut [u8],
}

impl WideKernel for Transcode<'_> {
    fn plain(self) {
        for (out, &octet) in self.output.iter_mut().zip(self.input) {
            *out = transcode(self.from, self.to, octet);
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        convert(&Transcoder::<R>::new(self.from), self.input, self.output);
    }
}

/// What makes of as many values as a register has octets as many others. A trait and no closure, which would not be
/// compiled for the set.
trait Converter<I, O> {
    const AT_ONCE: usize;

    fn convert(&self, input: &[I], output: &mut [O]);
}

/// Converts by whole registers. The last one overlaps the one before, or is not full if it is alone.
#[inline(always)]
fn convert<C: Converter<I, O>, I: Copy + Default, O: Copy + Default>(
    converter: &C,
    input: &[I],
    output: &mut [O],
) {
    if input.len() < C::AT_ONCE {
        let (mut padded, mut result) = ([I::default(); MOST_OCTETS], [O::default(); MOST_OCTETS]);
        padded[..input.len()].copy_from_slice(input);
        converter.convert(&padded[..C::AT_ONCE], &mut result[..C::AT_ONCE]);
        output.copy_from_slice(&result[..input.len()]);
        return;
    }
    for (input, output) in input.chunks_exact(C::AT_ONCE).zip(output.chunks_exact_mut(C::AT_ONCE)) {
        converter.convert(input, output);
    }
    if !input.len().is_multiple_of(C::AT_ONCE) {
        let last = input.len() - C::AT_ONCE;
        converter.convert(&input[last..], &mut output[last..]);
    }
}

/// Octets of the widest register.
const MOST_OCTETS: usize = 64;

/// Companding in registers. With µ-law's offset the segment of a magnitude is the place of its highest bit in both
/// laws, and a factor by segment brings the bits of its code to one place.
struct Encoder<R> {
    offset: R,
    factors: [R; 2],
    segments: [R; 2],
    inversion: R,
}

impl<R: Register> Encoder<R> {
    #[inline(always)]
    fn new(law: Law) -> Self {
        let (offset, factors, segments) = match law {
            Law::A => (0, &A_FACTORS, &A_SEGMENTS),
            Law::Mu => (MU_BIAS << 2, &MU_FACTORS, &MU_SEGMENTS),
        };
        Self {
            offset: R::words(offset),
            factors: [R::table(&factors[0]), R::table(&factors[1])],
            segments: [R::table(&segments[0]), R::table(&segments[1])],
            inversion: R::octets(if matches!(law, Law::A) { A_INVERSION | POSITIVE } else { MU_INVERSION }),
        }
    }

    /// The magnitude by one's complement, with µ-law's offset, cut to 15 bits.
    #[inline(always)]
    fn biased(&self, samples: R) -> R {
        samples.xor(samples.shift_right_signed::<15>()).add_saturating(self.offset)
    }
}

impl<R: Register> Converter<i16, u8> for Encoder<R> {
    const AT_ONCE: usize = R::OCTETS;

    #[inline(always)]
    fn convert(&self, samples: &[i16], octets: &mut [u8]) {
        let (first, second) = samples.split_at(R::OCTETS / 2);
        let (first, second) = (R::load(first), R::load(second));
        let (one, two) = (self.biased(first), self.biased(second));
        let heads = one.shift_right::<7>().pack_unsigned(two.shift_right::<7>());
        let nibble = R::octets(0x0f);
        let (high, low) = (heads.shift_right::<4>().and(nibble), heads.and(nibble));
        let factors = high.look_up(self.factors[1]).min_unsigned_octets(low.look_up(self.factors[0]));
        let segments = high.look_up(self.segments[1]).max_signed_octets(low.look_up(self.segments[0]));
        let [one_by, two_by] = factors.interleave_octets(R::zero());
        let (one, two) = (one.multiply(one_by).shift_right::<10>(), two.multiply(two_by).shift_right::<10>());
        let code = one.pack_unsigned(two).add_octets(segments);
        let negative = first.pack_signed(second).and(R::octets(POSITIVE));
        code.xor(self.inversion).xor(negative).gathered().store(octets);
    }
}

/// Expanding in registers: the odd multiple of half a step within the segment, times the size of the segment, less
/// µ-law's offset.
struct Decoder<R> {
    law: Law,
    inversion: R,
    bases: R,
    sizes: R,
    offset: R,
}

impl<R: Register> Decoder<R> {
    #[inline(always)]
    fn new(law: Law) -> Self {
        let (inversion, bases, sizes, offset) = match law {
            Law::A => (A_INVERSION | POSITIVE, &A_BASES, &A_SIZES, 0),
            Law::Mu => (MU_INVERSION, &MU_BASES, &MU_SIZES, MU_BIAS as u8),
        };
        Self {
            law,
            inversion: R::octets(inversion),
            bases: R::table(bases),
            sizes: R::table(sizes),
            offset: R::octets(offset),
        }
    }

    #[inline(always)]
    fn scale(&self, values: R) -> R {
        match self.law {
            Law::A => values.shift_left::<3>(),
            Law::Mu => values.shift_left::<2>(),
        }
    }
}

impl<R: Register> Converter<u8, i16> for Decoder<R> {
    const AT_ONCE: usize = R::OCTETS;

    #[inline(always)]
    fn convert(&self, octets: &[u8], samples: &mut [i16]) {
        let bits = R::load(octets).xor(self.inversion).spread();
        let segment = bits.shift_right::<4>().and(R::octets(7));
        let within = bits.and(R::octets(0x0f));
        let steps = within.add_octets(within).add_octets(segment.look_up(self.bases));
        let minus_one = R::octets(0xff).negate_octets(bits);
        let [sizes, more_sizes] = segment.look_up(self.sizes).interleave_octets(self.offset);
        let [steps, more_steps] = steps.negate_octets(bits).interleave_octets(minus_one);
        let (first, second) = samples.split_at_mut(R::OCTETS / 2);
        self.scale(sizes.dot_octets(steps)).store(first);
        self.scale(more_sizes.dot_octets(more_steps)).store(second);
    }
}

/// Conversion between the laws in registers: sixteen octets of the table at a time, in a chain, each as what it adds
/// to those below.
struct Transcoder<R> {
    steps: [R; 8],
}

impl<R: Register> Transcoder<R> {
    #[inline(always)]
    fn new(from: Law) -> Self {
        let octets = match from {
            Law::A => &A_TO_MU_STEPS,
            Law::Mu => &MU_TO_A_STEPS,
        };
        let mut steps = [R::zero(); 8];
        for (step, octets) in steps.iter_mut().zip(octets) {
            *step = R::table(octets);
        }
        Self { steps }
    }
}

impl<R: Register> Converter<u8, u8> for Transcoder<R> {
    const AT_ONCE: usize = R::OCTETS;

    #[inline(always)]
    fn convert(&self, input: &[u8], output: &mut [u8]) {
        let octets = R::load(input);
        let mut converted = octets.and(R::octets(POSITIVE));
        let mut index = octets.xor(converted);
        for step in &self.steps {
            converted = converted.xor(index.look_up(*step));
            index = index.sub_octets(R::octets(16));
        }
        converted.store(output);
    }
}

const fn decode_table(law: Law) -> &'static [i16; 256] {
    match law {
        Law::A => &A_DECODE,
        Law::Mu => &MU_DECODE,
    }
}

/// G.711 §3.2: on the line the even bits of A-law are inverted, and all bits of µ-law.
const A_INVERSION: u8 = 0x55;
const MU_INVERSION: u8 = 0xff;
/// The polarity bit, set for positive values before inversion in A-law and after it in µ-law.
const POSITIVE: u8 = 0x80;
/// µ-law segments begin at 33 · 2ⁿ: the offset makes them powers of two (G.711 table 2).
const MU_BIAS: i16 = 33;
/// The virtual decision value that ends µ-law's eighth segment, less one (G.711 table 2b), with the bias.
const MU_CLIP: i16 = 8191;

static A_ENCODE: [u8; 4096] = {
    let mut table = [0; 4096];
    let mut bits: u16 = 0;
    while bits < 4096 {
        table[bits as usize] = a_octet((bits << 4) as i16);
        bits += 1;
    }
    table
};

static MU_ENCODE: [u8; 16384] = {
    let mut table = [0; 16384];
    let mut bits: u16 = 0;
    while bits < 16384 {
        table[bits as usize] = mu_octet((bits << 2) as i16);
        bits += 1;
    }
    table
};

static A_DECODE: [i16; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = a_sample(octet as u8);
        octet += 1;
    }
    table
};

static MU_DECODE: [i16; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = mu_sample(octet as u8);
        octet += 1;
    }
    table
};

static A_TO_MU: [u8; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let bits = octet as u8 ^ A_INVERSION;
        table[octet] = (a_value_to_mu(bits & 0x7f) | (bits & POSITIVE)) ^ 0x7f;
        octet += 1;
    }
    table
};

static MU_TO_A: [u8; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let bits = octet as u8 ^ 0x7f;
        table[octet] = (mu_value_to_a(bits & 0x7f) | (bits & POSITIVE)) ^ A_INVERSION;
        octet += 1;
    }
    table
};

/// What a biased magnitude is multiplied with, by its bits 7 to 10 and 11 to 14, of which the higher count unless they
/// are 0: the highest bit comes to bit 14. A-law's first segment is as wide as its second.
const A_FACTORS: [[u8; 16]; 2] =
    [[64, 64, 64, 64, 32, 32, 32, 32, 16, 16, 16, 16, 16, 16, 16, 16], HIGH_FACTORS];
const MU_FACTORS: [[u8; 16]; 2] =
    [[128, 128, 64, 64, 32, 32, 32, 32, 16, 16, 16, 16, 16, 16, 16, 16], HIGH_FACTORS];
const HIGH_FACTORS: [u8; 16] = [255, 8, 4, 4, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1];
/// By the same bits, what leads to the code: sixteen times the segment less one, for the highest bit counts 16 too.
const A_SEGMENTS: [[u8; 16]; 2] =
    [[0, 0, 0, 0, 16, 16, 16, 16, 32, 32, 32, 32, 32, 32, 32, 32], HIGH_SEGMENTS];
const MU_SEGMENTS: [[u8; 16]; 2] =
    [[0xf0, 0xf0, 0, 0, 16, 16, 16, 16, 32, 32, 32, 32, 32, 32, 32, 32], HIGH_SEGMENTS];
const HIGH_SEGMENTS: [u8; 16] = [0x80, 48, 64, 64, 80, 80, 80, 80, 96, 96, 96, 96, 96, 96, 96, 96];
/// By segment: the first value in half steps, and how many of the smallest steps one is.
const A_BASES: [u8; 16] = [1, 33, 33, 33, 33, 33, 33, 33, 0, 0, 0, 0, 0, 0, 0, 0];
const A_SIZES: [u8; 16] = [1, 1, 2, 4, 8, 16, 32, 64, 0, 0, 0, 0, 0, 0, 0, 0];
const MU_BASES: [u8; 16] = [33; 16];
const MU_SIZES: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/// The conversion of octets without polarity, sixteen at a time, each as what it differs in from those sixteen below.
static A_TO_MU_STEPS: [[u8; 16]; 8] = steps(&A_TO_MU);
static MU_TO_A_STEPS: [[u8; 16]; 8] = steps(&MU_TO_A);

const fn steps(table: &[u8; 256]) -> [[u8; 16]; 8] {
    let mut steps = [[0; 16]; 8];
    let mut octet = 0;
    while octet < 128 {
        let below = if octet < 16 { 0 } else { table[octet - 16] };
        steps[octet / 16][octet % 16] = table[octet] ^ below;
        octet += 1;
    }
    steps
}

const fn magnitude(sample: i16) -> i16 {
    if sample < 0 { !sample } else { sample }
}

const fn polarity(sample: i16) -> u8 {
    if sample < 0 { 0 } else { POSITIVE }
}

const fn a_octet(sample: i16) -> u8 {
    let value = (magnitude(sample) >> 4) as u16;
    let segment = 12u32.saturating_sub(value.leading_zeros()) as u16;
    let code = if segment == 0 { value } else { (segment << 4) | ((value >> (segment - 1)) & 0x0f) };
    (code as u8 | polarity(sample)) ^ A_INVERSION
}

const fn a_sample(octet: u8) -> i16 {
    let bits = octet ^ A_INVERSION;
    let segment = (bits >> 4) & 7;
    let step = ((bits & 0x0f) as i16) * 16 + 8;
    let value = if segment == 0 { step } else { (step + 256) << (segment - 1) };
    if bits & POSITIVE != 0 { value } else { -value }
}

const fn mu_octet(sample: i16) -> u8 {
    let biased = (magnitude(sample) >> 2) + MU_BIAS;
    let value = if biased > MU_CLIP { MU_CLIP } else { biased } as u16;
    let segment = 10 - value.leading_zeros() as u16;
    let code = (segment << 4) | ((value >> (segment + 1)) & 0x0f);
    (code as u8 ^ 0x7f) & 0x7f | polarity(sample)
}

const fn mu_sample(octet: u8) -> i16 {
    let bits = octet ^ MU_INVERSION;
    let segment = (bits >> 4) & 7;
    let step = ((bits & 0x0f) as i16) * 2 + MU_BIAS;
    let value = ((step << segment) - MU_BIAS) << 2;
    if bits & POSITIVE != 0 { -value } else { value }
}

/// G.711 table 4: µ-law decoder output value number, from 0, for an A-law one.
const fn a_value_to_mu(value: u8) -> u8 {
    match value {
        0..8 => 2 * value + 1,
        8..24 => value + 8,
        24..32 => 32 + (value - 24) / 2,
        32..44 => value + 4,
        44..48 => 48 + (value - 44) / 2,
        48..62 => value + 2,
        62..64 => 64,
        64..80 => value + 1,
        _ => value,
    }
}

/// G.711 table 3: A-law decoder output value number, from 0, for a µ-law one.
const fn mu_value_to_a(value: u8) -> u8 {
    match value {
        0..16 => value / 2,
        16..32 => value - 8,
        32..36 => 24 + 2 * (value - 32),
        36..48 => value - 4,
        48 => 45,
        49 => 47,
        50..64 => value - 2,
        64..81 => value - 1,
        _ => value,
    }
}
