//! Correlation of all lanes with windowed tones, in 16-bit products and 32-bit sums, exactly.
//!
//! The window is symmetric, so its frames are folded first: halves of the sums of mirrored frames carry the
//! cosines, halves of their differences the sines, each over half as many frames. Two frames of a lane stand
//! side by side then, as the instructions that multiply and add pairs want them. The weights are such that no
//! sum can leave 32 bits.

use super::{InstructionSet, Set};
use crate::lanes::LANES;
use crate::spectrum::{Integers, Weights};

/// The frames of a window, folded: sums and differences, a pair of frames in each. Only the kernels of one
/// instruction set know the order of the lanes in it.
struct Folded<const PAIRS: usize> {
    sums: [[i16; 2 * LANES]; PAIRS],
    differences: [[i16; 2 * LANES]; PAIRS],
}

impl<const PAIRS: usize> Folded<PAIRS> {
    const ZERO: Self = Self { sums: [[0; 2 * LANES]; PAIRS], differences: [[0; 2 * LANES]; PAIRS] };
}

/// The spectra of a window whose earlier half is `before` and whose later half is `now`: for each tone real and
/// imaginary part of all lanes. `PAIRS` is a quarter of the frames of the window.
#[inline]
pub(crate) fn correlate<const PAIRS: usize>(
    set: InstructionSet,
    [before, now]: [&[[i16; LANES]]; 2],
    tones: &[Weights<PAIRS>],
    spectra: &mut [[Integers; 2]],
) {
    let mut scratch = Folded::ZERO;
    let folded = &mut scratch;
    assert!(before.len() == 2 * PAIRS && now.len() == 2 * PAIRS);
    match set.set() {
        Set::Baseline => portable::correlate(before, now, folded, tones, spectra),
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => unsafe { avx2::correlate(before, now, folded, tones, spectra) },
        // SAFETY: the machine has the set, by its type's promise.
        #[cfg(all(target_arch = "x86_64", avx512))]
        Set::Avx512 => unsafe { avx512::correlate(before, now, folded, tones, spectra) },
    }
}

mod portable {
    use super::{Folded, Integers, LANES, Weights};

    pub(super) fn correlate<const PAIRS: usize>(
        before: &[[i16; LANES]],
        now: &[[i16; LANES]],
        folded: &mut Folded<PAIRS>,
        tones: &[Weights<PAIRS>],
        spectra: &mut [[Integers; 2]],
    ) {
        let mirrored = before.iter().zip(now.iter().rev());
        for (n, (early, late)) in mirrored.enumerate() {
            let (sums, differences) = (&mut folded.sums[n / 2], &mut folded.differences[n / 2]);
            for lane in 0..LANES {
                sums[2 * lane + n % 2] = (early[lane] >> 1) + (late[lane] >> 1);
                differences[2 * lane + n % 2] = (early[lane] >> 1) - (late[lane] >> 1);
            }
        }
        for (weights, [re, im]) in tones.iter().zip(spectra) {
            *re = dot(&folded.sums, &weights.cosines);
            *im = dot(&folded.differences, &weights.sines);
        }
    }

    fn dot<const PAIRS: usize>(data: &[[i16; 2 * LANES]; PAIRS], weights: &[[i16; 2]; PAIRS]) -> Integers {
        let mut sums = [0; LANES];
        for (pairs, weights) in data.iter().zip(weights) {
            let [one, two] = weights.map(i32::from);
            for (sum, pair) in sums.iter_mut().zip(pairs.as_chunks::<2>().0) {
                *sum += i32::from(pair[0]) * one + i32::from(pair[1]) * two;
            }
        }
        sums
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Folded, Integers, LANES, Weights};
    use core::arch::x86_64::*;

    /// Tones at a time, so that their sums stay in registers.
    const AT_ONCE: usize = 3;

    #[target_feature(enable = "avx2")]
    pub(super) fn correlate<const PAIRS: usize>(
        before: &[[i16; LANES]],
        now: &[[i16; LANES]],
        folded: &mut Folded<PAIRS>,
        tones: &[Weights<PAIRS>],
        spectra: &mut [[Integers; 2]],
    ) {
        let (mirrored, _) = now.as_chunks::<2>();
        for (n, (early, late)) in before.as_chunks::<2>().0.iter().zip(mirrored.iter().rev()).enumerate() {
            for half in 0..2 {
                fold(early, late, half, &mut folded.sums[n], &mut folded.differences[n]);
            }
        }
        let (groups, rest) = tones.as_chunks::<AT_ONCE>();
        let (group_spectra, rest_spectra) = spectra.as_chunks_mut::<AT_ONCE>();
        for (tones, spectra) in groups.iter().zip(group_spectra) {
            dot(folded, tones, spectra);
        }
        for (tone, spectrum) in rest.iter().zip(rest_spectra) {
            dot(folded, core::array::from_ref(tone), core::array::from_mut(spectrum));
        }
    }

    /// Folds two frames and the two that mirror them, of which the later comes first; sixteen lanes.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn fold(
        early: &[[i16; LANES]; 2],
        late: &[[i16; LANES]; 2],
        half: usize,
        sums: &mut [i16; 2 * LANES],
        differences: &mut [i16; 2 * LANES],
    ) {
        let halved = |frame: &[i16; LANES]| _mm256_srai_epi16::<1>(load(&frame.as_chunks::<16>().0[half]));
        let (x, y) = (halved(&early[0]), halved(&late[1]));
        let (next_x, next_y) = (halved(&early[1]), halved(&late[0]));
        let (sum, next_sum) = (_mm256_add_epi16(x, y), _mm256_add_epi16(next_x, next_y));
        let (difference, next_difference) = (_mm256_sub_epi16(x, y), _mm256_sub_epi16(next_x, next_y));
        let sums = &mut sums.as_chunks_mut::<16>().0[2 * half..2 * half + 2];
        store(&mut sums[0], _mm256_unpacklo_epi16(sum, next_sum));
        store(&mut sums[1], _mm256_unpackhi_epi16(sum, next_sum));
        let differences = &mut differences.as_chunks_mut::<16>().0[2 * half..2 * half + 2];
        store(&mut differences[0], _mm256_unpacklo_epi16(difference, next_difference));
        store(&mut differences[1], _mm256_unpackhi_epi16(difference, next_difference));
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn dot<const PAIRS: usize, const TONES: usize>(
        folded: &Folded<PAIRS>,
        tones: &[Weights<PAIRS>; TONES],
        spectra: &mut [[Integers; 2]; TONES],
    ) {
        for half in 0..2 {
            // [part][lower or upper lanes of each 128 bits]
            let mut sums = [[[_mm256_setzero_si256(); 2]; 2]; TONES];
            for n in 0..PAIRS {
                let data = [&folded.sums[n], &folded.differences[n]].map(|pairs| {
                    let lanes = &pairs.as_chunks::<16>().0[2 * half..2 * half + 2];
                    [load(&lanes[0]), load(&lanes[1])]
                });
                for (sums, tone) in sums.iter_mut().zip(tones) {
                    let weights = [broadcast(tone.cosines[n]), broadcast(tone.sines[n])];
                    for part in 0..2 {
                        for quarter in 0..2 {
                            let products = _mm256_madd_epi16(data[part][quarter], weights[part]);
                            sums[part][quarter] = _mm256_add_epi32(sums[part][quarter], products);
                        }
                    }
                }
            }
            for (spectrum, sums) in spectra.iter_mut().zip(sums) {
                for (part, [lower, upper]) in spectrum.iter_mut().zip(sums) {
                    let lanes = &mut part.as_chunks_mut::<8>().0[2 * half..2 * half + 2];
                    store_sums(&mut lanes[0], _mm256_permute2x128_si256::<0x20>(lower, upper));
                    store_sums(&mut lanes[1], _mm256_permute2x128_si256::<0x31>(lower, upper));
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn broadcast([one, two]: [i16; 2]) -> __m256i {
        _mm256_set1_epi32(i32::from(one) & 0xffff | i32::from(two) << 16)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(values: &[i16; 16]) -> __m256i {
        // SAFETY: sixteen values are 256 bits; alignment is not demanded.
        unsafe { _mm256_loadu_si256(values.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(values: &mut [i16; 16], vector: __m256i) {
        // SAFETY: sixteen values are 256 bits; alignment is not demanded.
        unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), vector) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store_sums(values: &mut [i32; 8], vector: __m256i) {
        // SAFETY: eight values are 256 bits; alignment is not demanded.
        unsafe { _mm256_storeu_si256(values.as_mut_ptr().cast(), vector) }
    }
}

#[cfg(all(target_arch = "x86_64", avx512))]
#[allow(clippy::incompatible_msrv)] // compiled only where the compiler has them
mod avx512 {
    use super::{Folded, Integers, LANES, Weights};
    use core::arch::x86_64::*;

    /// Tones at a time, so that their sums stay in registers.
    const AT_ONCE: usize = 6;

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2")]
    pub(super) fn correlate<const PAIRS: usize>(
        before: &[[i16; LANES]],
        now: &[[i16; LANES]],
        folded: &mut Folded<PAIRS>,
        tones: &[Weights<PAIRS>],
        spectra: &mut [[Integers; 2]],
    ) {
        let (mirrored, _) = now.as_chunks::<2>();
        for (n, (early, late)) in before.as_chunks::<2>().0.iter().zip(mirrored.iter().rev()).enumerate() {
            fold(early, late, &mut folded.sums[n], &mut folded.differences[n]);
        }
        let (groups, rest) = tones.as_chunks::<AT_ONCE>();
        let (group_spectra, rest_spectra) = spectra.as_chunks_mut::<AT_ONCE>();
        for (tones, spectra) in groups.iter().zip(group_spectra) {
            dot(folded, tones, spectra);
        }
        let (pairs, rest) = rest.as_chunks::<2>();
        let (pair_spectra, rest_spectra) = rest_spectra.as_chunks_mut::<2>();
        for (tones, spectra) in pairs.iter().zip(pair_spectra) {
            dot(folded, tones, spectra);
        }
        for (tone, spectrum) in rest.iter().zip(rest_spectra) {
            dot(folded, core::array::from_ref(tone), core::array::from_mut(spectrum));
        }
    }

    /// Folds two frames and the two that mirror them, of which the later comes first.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2")]
    fn fold(
        early: &[[i16; LANES]; 2],
        late: &[[i16; LANES]; 2],
        sums: &mut [i16; 2 * LANES],
        differences: &mut [i16; 2 * LANES],
    ) {
        let halved = |frame: &[i16; LANES]| _mm512_srai_epi16::<1>(load(frame));
        let (x, y) = (halved(&early[0]), halved(&late[1]));
        let (next_x, next_y) = (halved(&early[1]), halved(&late[0]));
        let (sum, next_sum) = (_mm512_add_epi16(x, y), _mm512_add_epi16(next_x, next_y));
        let (difference, next_difference) = (_mm512_sub_epi16(x, y), _mm512_sub_epi16(next_x, next_y));
        let sums = sums.as_chunks_mut::<LANES>().0;
        store(&mut sums[0], _mm512_unpacklo_epi16(sum, next_sum));
        store(&mut sums[1], _mm512_unpackhi_epi16(sum, next_sum));
        let differences = differences.as_chunks_mut::<LANES>().0;
        store(&mut differences[0], _mm512_unpacklo_epi16(difference, next_difference));
        store(&mut differences[1], _mm512_unpackhi_epi16(difference, next_difference));
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,avx2")]
    fn dot<const PAIRS: usize, const TONES: usize>(
        folded: &Folded<PAIRS>,
        tones: &[Weights<PAIRS>; TONES],
        spectra: &mut [[Integers; 2]; TONES],
    ) {
        // [part][lower or upper lanes of each 128 bits]
        let mut sums = [[[_mm512_setzero_si512(); 2]; 2]; TONES];
        for n in 0..PAIRS {
            let data = [&folded.sums[n], &folded.differences[n]].map(|pairs| {
                let lanes = pairs.as_chunks::<LANES>().0;
                [load(&lanes[0]), load(&lanes[1])]
            });
            for (sums, tone) in sums.iter_mut().zip(tones) {
                let weights = [broadcast(tone.cosines[n]), broadcast(tone.sines[n])];
                for part in 0..2 {
                    for half in 0..2 {
                        sums[part][half] =
                            _mm512_dpwssd_epi32(sums[part][half], data[part][half], weights[part]);
                    }
                }
            }
        }
        let first = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
        let second = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
        for (spectrum, sums) in spectra.iter_mut().zip(sums) {
            for (part, [lower, upper]) in spectrum.iter_mut().zip(sums) {
                let lanes = part.as_chunks_mut::<16>().0;
                store_sums(&mut lanes[0], _mm512_permutex2var_epi64(lower, first, upper));
                store_sums(&mut lanes[1], _mm512_permutex2var_epi64(lower, second, upper));
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn broadcast([one, two]: [i16; 2]) -> __m512i {
        _mm512_set1_epi32(i32::from(one) & 0xffff | i32::from(two) << 16)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn load(values: &[i16; LANES]) -> __m512i {
        // SAFETY: 32 values are 512 bits; alignment is not demanded.
        unsafe { _mm512_loadu_epi16(values.as_ptr()) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn store(values: &mut [i16; LANES], vector: __m512i) {
        // SAFETY: 32 values are 512 bits; alignment is not demanded.
        unsafe { _mm512_storeu_epi16(values.as_mut_ptr(), vector) }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store_sums(values: &mut [i32; 16], vector: __m512i) {
        // SAFETY: sixteen values are 512 bits; alignment is not demanded.
        unsafe { _mm512_storeu_epi32(values.as_mut_ptr(), vector) }
    }
}
