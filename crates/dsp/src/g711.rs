//! G.711: companding to A-law and µ-law, expanding, and the direct conversion between the two.
//!
//! Linear samples fill 16 bits: A-law uses the 13 upper bits, µ-law the 14 upper bits. Every function is a
//! look-up in a table made at compile time from the formulas of the recommendation. Data calls, signalling
//! channels and calls between equal laws must not come here: their octets pass as they are.

use tandem_types::Law;

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
pub fn encode_block(law: Law, samples: &[i16], octets: &mut [u8]) {
    match law {
        Law::A => {
            for (octet, &sample) in octets.iter_mut().zip(samples) {
                *octet = A_ENCODE[usize::from(sample as u16 >> 4)];
            }
        }
        Law::Mu => {
            for (octet, &sample) in octets.iter_mut().zip(samples) {
                *octet = MU_ENCODE[usize::from(sample as u16 >> 2)];
            }
        }
    }
}

/// Expands a block; works on as many octets as both slices have.
pub fn decode_block(law: Law, octets: &[u8], samples: &mut [i16]) {
    let table = decode_table(law);
    for (sample, &octet) in samples.iter_mut().zip(octets) {
        *sample = table[usize::from(octet)];
    }
}

/// Converts a block between the laws; works on as many octets as both slices have.
pub fn transcode_block(from: Law, to: Law, input: &[u8], output: &mut [u8]) {
    for (out, &octet) in output.iter_mut().zip(input) {
        *out = transcode(from, to, octet);
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
