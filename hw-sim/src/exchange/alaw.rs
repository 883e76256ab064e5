//! A-law as G.711 table 1 defines it, worked out here once more: the exchange shares no table with what it
//! tests.

/// The octet of an idle channel: the smallest positive value.
pub(super) const IDLE: u8 = 0xd5;

/// The octet for a 16-bit linear sample.
pub(super) fn encode(sample: i16) -> u8 {
    ENCODE[usize::from((sample as u16) >> 4)]
}

/// The 16-bit linear sample for an octet.
pub(super) fn decode(octet: u8) -> i16 {
    DECODE[usize::from(octet)]
}

/// The octet for the sum of a conference, which is cut to 16 bits once.
pub(super) fn encode_sum(sum: i32) -> u8 {
    encode(sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
}

/// Upper ends of the eight segments, in steps of the 13-bit scale's magnitude (G.711 table 1a, column 2).
const SEGMENT_ENDS: [i32; 8] = [32, 64, 128, 256, 512, 1024, 2048, 4096];

static ENCODE: [u8; 4096] = {
    let mut table = [0; 4096];
    let mut bits = 0;
    while bits < 4096 {
        // 12 bits remain of the sample; its last place counts two steps of the magnitude scale.
        let sample = ((bits as u16) << 4) as i16 as i32;
        table[bits] = octet_for(sample);
        bits += 1;
    }
    table
};

static DECODE: [i16; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        table[octet] = sample_for(octet as u8);
        octet += 1;
    }
    table
};

const fn octet_for(sample: i32) -> u8 {
    let positive = sample >= 0;
    let magnitude = if positive { sample >> 3 } else { (-sample - 1) >> 3 };
    let mut segment = 0;
    while magnitude >= SEGMENT_ENDS[segment] {
        segment += 1;
    }
    // The first two segments have the same step, 2; each further one twice that of the last.
    let step = if segment == 0 { 1 } else { segment };
    let interval = ((magnitude >> step) & 0x0f) as u8;
    let sign = if positive { 0x80 } else { 0 };
    (sign | (segment as u8) << 4 | interval) ^ 0x55
}

const fn sample_for(octet: u8) -> i16 {
    let bits = octet ^ 0x55;
    let segment = ((bits >> 4) & 7) as usize;
    let (start, step) = if segment == 0 { (0, 2) } else { (SEGMENT_ENDS[segment - 1], 1 << segment) };
    let middle = start + (bits & 0x0f) as i32 * step + step / 2;
    let sample = (middle * 8) as i16;
    if bits & 0x80 != 0 { sample } else { -sample }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_dsp::g711;
    use tandem_types::Law;

    #[test]
    fn two_workings_of_the_same_table_agree() {
        for sample in i16::MIN..=i16::MAX {
            assert_eq!(encode(sample), g711::encode(Law::A, sample), "{sample}");
        }
        for octet in 0..=255 {
            assert_eq!(decode(octet), g711::decode(Law::A, octet), "{octet:#x}");
            assert_eq!(encode(decode(octet)), octet);
        }
        assert_eq!((encode(0), decode(IDLE), encode_sum(40_000)), (IDLE, 8, 0xaa));
    }
}
