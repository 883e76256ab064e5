//! Correlation of all lanes with windowed tones, in 16-bit products and 32-bit sums, exactly.
//!
//! The window is symmetric, so its frames are folded first: halves of the sums of mirrored frames carry the
//! cosines, halves of their differences the sines, each over half as many frames. Two frames of a lane stand
//! side by side then, as the instructions that multiply and add pairs want them. The weights are such that no
//! sum can leave 32 bits.

use core::mem::MaybeUninit;
use core::ptr;

use super::register::Storable;
use super::{InstructionSet, Register, WideKernel, run_wide};
use crate::lanes::LANES;
use crate::spectrum::{Integers, Weights};

/// Room for the frames of a window, folded; `PAIRS` is a quarter of them. To clear it first would cost a good part of
/// the work. Of registers that lie across two lines of the cache each would count twice.
#[repr(C, align(64))]
pub(crate) struct FoldedSpace<const PAIRS: usize> {
    sums: [[MaybeUninit<i16>; 2 * LANES]; PAIRS],
    differences: [[MaybeUninit<i16>; 2 * LANES]; PAIRS],
}

/// Room for real and imaginary part of a tone in all lanes.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
pub(crate) struct SpectrumSpace([[MaybeUninit<i32>; LANES]; 2]);

impl SpectrumSpace {
    pub(crate) const FREE: Self = Self([[MaybeUninit::uninit(); LANES]; 2]);
}

/// The frames of a window, folded: sums and differences, a pair of frames in each. The lanes are in the order that
/// the instruction set likes.
pub(crate) struct Folded<'a, const PAIRS: usize> {
    set: InstructionSet,
    sums: &'a [[i16; 2 * LANES]; PAIRS],
    differences: &'a [[i16; 2 * LANES]; PAIRS],
}

impl<const PAIRS: usize> FoldedSpace<PAIRS> {
    pub(crate) const fn new() -> Self {
        let free = [[MaybeUninit::uninit(); 2 * LANES]; PAIRS];
        Self { sums: free, differences: free }
    }

    /// Folds a window of an earlier and a later half.
    #[inline]
    pub(crate) fn fold(
        &mut self,
        set: InstructionSet,
        [before, now]: [&[[i16; LANES]]; 2],
    ) -> Folded<'_, PAIRS> {
        assert!(before.len() == 2 * PAIRS && now.len() == 2 * PAIRS);
        run_wide(set, Fold { before, now, space: self });
        // SAFETY: the kernel has written every pair of both, of which the window has as many, by the assertion.
        let [sums, differences] =
            [&self.sums, &self.differences].map(|part| unsafe { &*ptr::from_ref(part).cast() });
        Folded { set, sums, differences }
    }
}

impl<const PAIRS: usize> Folded<'_, PAIRS> {
    /// For each tone real and imaginary part of all lanes; there must be as much room.
    #[inline]
    pub(crate) fn spectra<'a>(
        &self,
        tones: &[Weights<PAIRS>],
        space: &'a mut [SpectrumSpace],
    ) -> &'a [[Integers; 2]] {
        assert!(tones.len() == space.len());
        run_wide(self.set, Correlate { folded: self, tones, space });
        // SAFETY: the kernel has written both parts for every tone, of which there are as many, by the assertion; space
        // for them is of their form.
        unsafe { &*(ptr::from_ref(space) as *const [[Integers; 2]]) }
    }

    /// The sums of the squares of all lanes under a window.
    #[inline]
    pub(crate) fn energies(&self, window: &[[i16; 2]; PAIRS]) -> Integers {
        let mut energies = [0; LANES];
        run_wide(self.set, Energies { folded: self, window, energies: &mut energies });
        energies
    }
}

struct Fold<'a, const PAIRS: usize> {
    before: &'a [[i16; LANES]],
    now: &'a [[i16; LANES]],
    space: &'a mut FoldedSpace<PAIRS>,
}

impl<const PAIRS: usize> WideKernel for Fold<'_, PAIRS> {
    fn plain(self) {
        for (n, (early, late)) in self.before.iter().zip(self.now.iter().rev()).enumerate() {
            let (sums, differences) = (&mut self.space.sums[n / 2], &mut self.space.differences[n / 2]);
            for lane in 0..LANES {
                sums[2 * lane + n % 2].write((early[lane] >> 1) + (late[lane] >> 1));
                differences[2 * lane + n % 2].write((early[lane] >> 1) - (late[lane] >> 1));
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let (mirrored, _) = self.now.as_chunks::<2>();
        let pairs = self.before.as_chunks::<2>().0.iter().zip(mirrored.iter().rev());
        let space = self.space.sums.iter_mut().zip(&mut self.space.differences);
        for ((sums, differences), (early, late)) in space.zip(pairs) {
            fold::<R>(early, late, sums, differences);
        }
    }
}

struct Correlate<'a, const PAIRS: usize> {
    folded: &'a Folded<'a, PAIRS>,
    tones: &'a [Weights<PAIRS>],
    space: &'a mut [SpectrumSpace],
}

impl<const PAIRS: usize> WideKernel for Correlate<'_, PAIRS> {
    fn plain(self) {
        for (weights, SpectrumSpace([re, im])) in self.tones.iter().zip(self.space) {
            *re = plain_dot(self.folded.sums, &weights.cosines).map(MaybeUninit::new);
            *im = plain_dot(self.folded.differences, &weights.sines).map(MaybeUninit::new);
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let (mut tones, mut space) = (self.tones, self.space);
        // So many tones at a time that their sums stay in registers.
        if R::OCTETS == 64 {
            (tones, space) = dot_in_groups::<R, PAIRS, 6>(self.folded, tones, space);
            (tones, space) = dot_in_groups::<R, PAIRS, 2>(self.folded, tones, space);
        } else {
            (tones, space) = dot_in_groups::<R, PAIRS, 2>(self.folded, tones, space);
        }
        dot_in_groups::<R, PAIRS, 1>(self.folded, tones, space);
    }
}

struct Energies<'a, const PAIRS: usize> {
    folded: &'a Folded<'a, PAIRS>,
    window: &'a [[i16; 2]; PAIRS],
    energies: &'a mut Integers,
}

impl<const PAIRS: usize> WideKernel for Energies<'_, PAIRS> {
    fn plain(self) {
        for part in [self.folded.sums, self.folded.differences] {
            for (pairs, weights) in part.iter().zip(self.window) {
                for (energy, pair) in self.energies.iter_mut().zip(pairs.as_chunks::<2>().0) {
                    for (value, weight) in pair.iter().zip(weights) {
                        let weighted = (i32::from(*value) * i32::from(*weight) + (1 << 14)) >> 15;
                        *energy += weighted * weighted;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let words = R::OCTETS / 2;
        for at in (0..LANES).step_by(words) {
            // [lower or upper lanes of each 128 bits]
            let (mut of_sums, mut of_differences) = ([R::zero(); 2], [R::zero(); 2]);
            for n in 0..PAIRS {
                let weights = R::word_pairs(self.window[n]);
                for half in 0..2 {
                    let place = 2 * at + half * words..2 * at + (half + 1) * words;
                    let sum = R::load(&self.folded.sums[n][place.clone()]).multiply_fraction(weights);
                    let difference = R::load(&self.folded.differences[n][place]).multiply_fraction(weights);
                    of_sums[half] = of_sums[half].add_dot(sum, sum);
                    of_differences[half] = of_differences[half].add_dot(difference, difference);
                }
            }
            let energies = &mut self.energies[at..at + words];
            let both = [of_sums[0].add_sums(of_differences[0]), of_sums[1].add_sums(of_differences[1])];
            store_in_order(both, energies);
        }
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
    sums: &mut [MaybeUninit<i16>; 2 * LANES],
    differences: &mut [MaybeUninit<i16>; 2 * LANES],
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
    folded: &Folded<'_, PAIRS>,
    tones: &'a [Weights<PAIRS>],
    space: &'a mut [SpectrumSpace],
) -> (&'a [Weights<PAIRS>], &'a mut [SpectrumSpace]) {
    let (groups, rest) = tones.as_chunks::<TONES>();
    let (group_space, rest_space) = space.as_chunks_mut::<TONES>();
    for (tones, space) in groups.iter().zip(group_space) {
        dot::<R, PAIRS, TONES>(folded, tones, space);
    }
    (rest, rest_space)
}

#[inline(always)]
fn dot<R: Register, const PAIRS: usize, const TONES: usize>(
    folded: &Folded<'_, PAIRS>,
    tones: &[Weights<PAIRS>; TONES],
    space: &mut [SpectrumSpace; TONES],
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
                store_in_order(sums[tone][part], &mut space[tone].0[part][at..at + words]);
            }
        }
    }
}

/// Stores sums of the lower and of the upper lanes of each 128 bits.
#[inline(always)]
fn store_in_order<R: Register, T: Storable>(sums: [R; 2], lanes: &mut [T]) {
    let [low, high] = R::in_order(sums);
    let (first, second) = lanes.split_at_mut(R::OCTETS / 4);
    low.store(first);
    high.store(second);
}
