//! Correlation of all lanes with windowed tones, in 16-bit products and 32-bit sums, exactly.
//!
//! The window is symmetric, so its frames are folded first: halves of the sums of mirrored frames carry the
//! cosines, halves of their differences the sines, each over half as many frames. Two frames of a lane stand
//! side by side then, as the instructions that multiply and add pairs want them. The weights are such that no
//! sum can leave 32 bits.

use super::{InstructionSet, Register, WideKernel, run_wide};
use crate::lanes::LANES;
use crate::spectrum::{Integers, Weights};

/// The frames of a window, folded: sums and differences, a pair of frames in each. The lanes are in the order that
/// the instruction set likes.
struct Folded<const PAIRS: usize> {
    sums: [[i16; 2 * LANES]; PAIRS],
    differences: [[i16; 2 * LANES]; PAIRS],
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
    assert!(before.len() == 2 * PAIRS && now.len() == 2 * PAIRS);
    let mut folded = Folded { sums: [[0; 2 * LANES]; PAIRS], differences: [[0; 2 * LANES]; PAIRS] };
    run_wide(set, Correlate { before, now, folded: &mut folded, tones, spectra });
}

struct Correlate<'a, const PAIRS: usize> {
    before: &'a [[i16; LANES]],
    now: &'a [[i16; LANES]],
    folded: &'a mut Folded<PAIRS>,
    tones: &'a [Weights<PAIRS>],
    spectra: &'a mut [[Integers; 2]],
}

impl<const PAIRS: usize> WideKernel for Correlate<'_, PAIRS> {
    fn plain(self) {
        let folded = self.folded;
        for (n, (early, late)) in self.before.iter().zip(self.now.iter().rev()).enumerate() {
            let (sums, differences) = (&mut folded.sums[n / 2], &mut folded.differences[n / 2]);
            for lane in 0..LANES {
                sums[2 * lane + n % 2] = (early[lane] >> 1) + (late[lane] >> 1);
                differences[2 * lane + n % 2] = (early[lane] >> 1) - (late[lane] >> 1);
            }
        }
        for (weights, [re, im]) in self.tones.iter().zip(self.spectra) {
            *re = plain_dot(&folded.sums, &weights.cosines);
            *im = plain_dot(&folded.differences, &weights.sines);
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let folded = self.folded;
        let (mirrored, _) = self.now.as_chunks::<2>();
        let pairs = self.before.as_chunks::<2>().0.iter().zip(mirrored.iter().rev());
        for ((sums, differences), (early, late)) in
            folded.sums.iter_mut().zip(&mut folded.differences).zip(pairs)
        {
            fold::<R>(early, late, sums, differences);
        }
        let (mut tones, mut spectra) = (self.tones, self.spectra);
        // So many tones at a time that their sums stay in registers.
        if R::OCTETS == 64 {
            (tones, spectra) = dot_in_groups::<R, PAIRS, 6>(folded, tones, spectra);
            (tones, spectra) = dot_in_groups::<R, PAIRS, 2>(folded, tones, spectra);
        } else {
            (tones, spectra) = dot_in_groups::<R, PAIRS, 3>(folded, tones, spectra);
        }
        dot_in_groups::<R, PAIRS, 1>(folded, tones, spectra);
    }
}

fn plain_dot<const PAIRS: usize>(data: &[[i16; 2 * LANES]; PAIRS], weights: &[[i16; 2]; PAIRS]) -> Integers {
    let mut sums = [0; LANES];
    for (pairs, weights) in data.iter().zip(weights) {
        let [one, two] = weights.map(i32::from);
        for (sum, pair) in sums.iter_mut().zip(pairs.as_chunks::<2>().0) {
            *sum += i32::from(pair[0]) * one + i32::from(pair[1]) * two;
        }
    }
    sums
}

/// Folds two frames and the two that mirror them, of which the later comes first.
#[inline(always)]
fn fold<R: Register>(
    early: &[[i16; LANES]; 2],
    late: &[[i16; LANES]; 2],
    sums: &mut [i16; 2 * LANES],
    differences: &mut [i16; 2 * LANES],
) {
    let words = R::OCTETS / 2;
    for at in (0..LANES).step_by(words) {
        let (x, y) = (halved::<R>(&early[0], at), halved::<R>(&late[1], at));
        let (next_x, next_y) = (halved::<R>(&early[1], at), halved::<R>(&late[0], at));
        let [low, high] = x.add(y).interleave_words(next_x.add(next_y));
        low.store(&mut sums[2 * at..2 * at + words]);
        high.store(&mut sums[2 * at + words..2 * at + 2 * words]);
        let [low, high] = x.sub(y).interleave_words(next_x.sub(next_y));
        low.store(&mut differences[2 * at..2 * at + words]);
        high.store(&mut differences[2 * at + words..2 * at + 2 * words]);
    }
}

#[inline(always)]
fn halved<R: Register>(frame: &[i16; LANES], at: usize) -> R {
    R::load(&frame[at..at + R::OCTETS / 2]).shift_right_signed::<1>()
}

/// Works on the tones in groups of `TONES`; gives back those that are left.
#[inline(always)]
fn dot_in_groups<'a, R: Register, const PAIRS: usize, const TONES: usize>(
    folded: &Folded<PAIRS>,
    tones: &'a [Weights<PAIRS>],
    spectra: &'a mut [[Integers; 2]],
) -> (&'a [Weights<PAIRS>], &'a mut [[Integers; 2]]) {
    let (groups, rest) = tones.as_chunks::<TONES>();
    let (group_spectra, rest_spectra) = spectra.as_chunks_mut::<TONES>();
    for (tones, spectra) in groups.iter().zip(group_spectra) {
        dot::<R, PAIRS, TONES>(folded, tones, spectra);
    }
    (rest, rest_spectra)
}

#[inline(always)]
fn dot<R: Register, const PAIRS: usize, const TONES: usize>(
    folded: &Folded<PAIRS>,
    tones: &[Weights<PAIRS>; TONES],
    spectra: &mut [[Integers; 2]; TONES],
) {
    let words = R::OCTETS / 2;
    for at in (0..LANES).step_by(words) {
        // [tone][part][lower or upper lanes of each 128 bits]
        let mut sums = [[[R::zero(); 2]; 2]; TONES];
        for n in 0..PAIRS {
            for half in 0..2 {
                let place = 2 * at + half * words..2 * at + (half + 1) * words;
                let sum = R::load(&folded.sums[n][place.clone()]);
                let difference = R::load(&folded.differences[n][place]);
                for tone in 0..TONES {
                    let parts = &mut sums[tone];
                    parts[0][half] = parts[0][half].add_dot(sum, R::word_pairs(tones[tone].cosines[n]));
                    parts[1][half] = parts[1][half].add_dot(difference, R::word_pairs(tones[tone].sines[n]));
                }
            }
        }
        for tone in 0..TONES {
            for part in 0..2 {
                let [low, high] = R::in_order(sums[tone][part]);
                let lanes = &mut spectra[tone][part][at..at + words];
                low.store(&mut lanes[..words / 2]);
                high.store(&mut lanes[words / 2..]);
            }
        }
    }
}
