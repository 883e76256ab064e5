//! Adaptive differential PCM, four bits a sample: that of Oki and Dialogic in 12 bits, and that of IMA in 16.
//!
//! Both follow one rule and differ in their steps and in the range of what they tell: Dialogic, "Dialogic ADPCM
//! Algorithm" (00-1366-001, 1988), and IMA, "Recommended Practices for Enhancing Digital Audio Compatibility" (1992).

/// The steps of one kind, the range of its estimate, and where a difference is cut to a whole number.
struct Kind {
    steps: &'static [i16],
    lowest: i32,
    highest: i32,
    cut: Cut,
}

/// A difference is an eighth of the step, and a quarter, a half and the whole of it by three bits.
enum Cut {
    /// Each of these is cut, as both documents have it.
    Parts,
    /// Their sum is cut, as some programs have it that write such files.
    Sum,
}

/// What coder and decoder know of the past: the last estimate and the place in the table of steps.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    estimate: i32,
    index: usize,
}

impl State {
    /// The estimate after one code: the sign, then three bits of the difference.
    fn decode(&mut self, kind: &Kind, code: u8) -> i32 {
        let step = i32::from(kind.steps[self.index]);
        let part = |bit: u8, shift: u32| if code & bit == 0 { 0 } else { step >> shift };
        let difference = match kind.cut {
            Cut::Parts => part(4, 0) + part(2, 1) + part(1, 2) + (step >> 3),
            Cut::Sum => (step * (2 * i32::from(code & 7) + 1)) >> 3,
        };
        let change = if code & 8 == 0 { difference } else { -difference };
        self.estimate = (self.estimate + change).clamp(kind.lowest, kind.highest);
        let index = self.index as i32 + INDEX_CHANGES[usize::from(code & 7)];
        self.index = index.clamp(0, kind.steps.len() as i32 - 1) as usize;
        self.estimate
    }

    /// The code whose estimate comes nearest from below.
    fn encode(&mut self, kind: &Kind, sample: i32) -> u8 {
        let mut step = i32::from(kind.steps[self.index]);
        let difference = sample - self.estimate;
        let mut rest = difference.abs();
        let mut code = if difference < 0 { 8 } else { 0 };
        for bit in [4, 2, 1] {
            if rest >= step {
                code |= bit;
                rest -= step;
            }
            step >>= 1;
        }
        self.decode(kind, code);
        code
    }
}

/// The samples of the ADPCM of Oki's chips and Dialogic's cards, in 16 bits, the upper half of each octet first.
/// It begins at zero with the smallest step.
///
/// A decoder that cuts differences elsewhere than the coder did goes astray by little each time and is never
/// called back. So that is taken under which the signal stays nearer to zero; where there is little between the
/// two, that of Dialogic's note.
pub(crate) fn decode_oki(octets: &[u8]) -> Vec<i16> {
    let by_sums = wander(&OKI_BY_SUMS, octets) < wander(&OKI, octets) / 2.0;
    let kind = if by_sums { &OKI_BY_SUMS } else { &OKI };
    estimates(kind, octets).map(|estimate| (estimate << 4) as i16).collect()
}

/// A coder of the same, whose differences are cut as Dialogic's note has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct OkiCoder(State);

impl OkiCoder {
    /// The code of one sample, of which the upper 12 bits count.
    pub(crate) fn encode(&mut self, sample: i16) -> u8 {
        self.0.encode(&OKI, i32::from(sample >> 4))
    }

    /// Goes on behind these octets, as a decoder of them does.
    pub(crate) fn follow(&mut self, octets: &[u8]) {
        for code in octets.iter().flat_map(|octet| [octet >> 4, octet & 15]) {
            self.0.decode(&OKI, code);
        }
    }
}

fn estimates(kind: &Kind, octets: &[u8]) -> impl Iterator<Item = i32> {
    let mut state = State::default();
    let codes = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    codes.map(move |code| state.decode(kind, code))
}

/// The power of what is below 2 Hz.
fn wander(kind: &Kind, octets: &[u8]) -> f64 {
    let mut mean = 0.0;
    let slow = estimates(kind, octets).map(|estimate| {
        mean += (f64::from(estimate) - mean) / 1_024.0;
        mean * mean
    });
    slow.sum()
}

/// A coder or decoder of the ADPCM of IMA.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ima(State);

impl Ima {
    /// A decoder that goes on from this sample with this step; an index beyond the table is its last.
    pub(crate) fn resume(sample: i16, index: u8) -> Self {
        Self(State { estimate: i32::from(sample), index: usize::from(index).min(IMA.steps.len() - 1) })
    }

    /// Goes on from this sample with the step there is, and tells its index.
    pub(crate) fn restart(&mut self, sample: i16) -> u8 {
        self.0.estimate = i32::from(sample);
        self.0.index as u8
    }

    pub(crate) fn decode(&mut self, code: u8) -> i16 {
        self.0.decode(&IMA, code) as i16
    }

    pub(crate) fn encode(&mut self, sample: i16) -> u8 {
        self.0.encode(&IMA, i32::from(sample))
    }
}

const OKI: Kind = Kind { steps: &OKI_STEPS, lowest: -2048, highest: 2047, cut: Cut::Parts };
const OKI_BY_SUMS: Kind = Kind { cut: Cut::Sum, ..OKI };
const IMA: Kind = Kind { steps: &IMA_STEPS, lowest: -32_768, highest: 32_767, cut: Cut::Parts };

/// By the lower three bits of a code.
const INDEX_CHANGES: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];

/// Dialogic's table 2.
const OKI_STEPS: [i16; 49] = [
    16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107, 118, 130, 143, 157,
    173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963, 1060,
    1166, 1282, 1411, 1552,
];

const IMA_STEPS: [i16; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88,
    97, 107, 118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658,
    724, 796, 876, 963, 1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660,
    4026, 4428, 4871, 5358, 5894, 6484, 7132, 7845, 8630, 9493, 10_442, 11_487, 12_635, 13_899, 15_289,
    16_818, 18_500, 20_350, 22_385, 24_623, 27_086, 29_794, 32_767,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_codes_move_the_estimate_by_eighths_of_the_first_step() {
        // The step is 16: an eighth and the parts that the bits ask for.
        for kind in [&OKI, &OKI_BY_SUMS] {
            let after = |code| State::default().decode(kind, code);
            assert_eq!([0, 1, 2, 4, 7].map(after), [2, 6, 10, 18, 30]);
            assert_eq!([8, 9, 10, 12, 15].map(after), [-2, -6, -10, -18, -30]);
        }
    }

    #[test]
    fn each_part_of_a_step_is_cut_to_a_whole_number_or_their_sum() {
        // 18 with the first step; then a quarter and an eighth of 19, which are 4.75 and 2.375.
        let after = |kind| estimates(kind, &[0x41]).last();
        assert_eq!(after(&OKI), Some(18 + 4 + 2));
        assert_eq!(after(&OKI_BY_SUMS), Some(18 + 7));
    }

    #[test]
    fn the_estimate_stops_at_12_bits() {
        assert_eq!(estimates(&OKI, &[0x77; 20]).last(), Some(2047));
        assert_eq!(estimates(&OKI, &[0xff; 20]).last(), Some(-2048));
    }

    #[test]
    fn forty_eight_codes_of_plus_and_minus_zero_bring_back_the_smallest_step() {
        let mut state = State::default();
        (0..20).for_each(|_| _ = state.decode(&OKI, 7));
        let before = state.estimate;
        for code in [0, 8].repeat(24) {
            state.decode(&OKI, code);
        }
        assert_eq!(state.index, 0);
        assert!((state.estimate - before).abs() < 200, "{before} became {}", state.estimate);
    }

    #[test]
    fn each_step_is_a_tenth_more_than_the_one_before() {
        for (steps, first) in [(&OKI_STEPS[..], 0), (&IMA_STEPS[..], 8)] {
            for pair in steps[first..].windows(2) {
                let ratio = f64::from(pair[1]) / f64::from(pair[0]);
                assert!((1.05..1.15).contains(&ratio), "{pair:?}");
            }
        }
        assert_eq!(IMA_STEPS[8..57], OKI_STEPS);
    }

    #[test]
    fn the_upper_half_of_an_octet_comes_first() {
        assert_eq!(decode_oki(&[0x7f]), [30 * 16, (30 - 63) * 16]);
    }
}
