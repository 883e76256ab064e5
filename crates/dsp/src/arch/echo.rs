//! The two loops of an echo canceller: what its filters make of the history, and how one of them learns.
//!
//! Eight samples are worked at a time, and all sums are of integers, so that their order is free. The weights that
//! learn have 29 places behind the point; what is filtered with are their upper halves, with 13. They lie apart by
//! even and odd places, because one 32-bit sum of two products of words serves each: of the words at and behind an even
//! place, or at and behind an odd one.

use super::register::Register;
use super::{InstructionSet, WideKernel, run_wide};

/// Samples that are worked at a time.
pub(crate) const BLOCK: usize = 8;

/// What the filters make of a block, with 13 places behind the point.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Echoes {
    /// The filter that counts.
    pub(crate) foreground: [i32; BLOCK],
    /// The filter that learns.
    pub(crate) background: [i32; BLOCK],
}

/// Filters the history of a block: weight n meets the samples from the nth on. There are seven more of these than
/// weights. The filter that learns may be left out, with no weights.
#[inline(always)]
pub(crate) fn convolve(
    set: InstructionSet,
    history: &[i16],
    foreground: &[i16],
    [even, odd]: [&[i32]; 2],
) -> Echoes {
    let mut echoes = Echoes::default();
    run_wide(set, Convolve { history, foreground, even, odd, echoes: &mut echoes });
    echoes
}

/// The products of each block and of what is up to seven places before each of its samples, added up: the even
/// distances first. A block stands behind another one, and before 23 words that do not matter.
#[inline(always)]
pub(crate) fn correlate(set: InstructionSet, blocks: [&[i16; ROUND_BLOCK]; 2]) -> [[i32; BLOCK]; 2] {
    let mut sums = [[0; BLOCK]; 2];
    run_wide(set, Correlate { blocks, sums: &mut sums });
    sums
}

/// A block, the one before it and 24 words behind.
pub(crate) const ROUND_BLOCK: usize = 5 * BLOCK;

/// How far apart the samples are whose products stand at each place of what [`correlate`] gives.
pub(crate) const LAGS: [usize; BLOCK] = [0, 2, 4, 6, 1, 3, 5, 7];

/// Adds to each weight the products of the errors and the samples that it met, shifted to the right.
#[inline(always)]
pub(crate) fn adapt(
    set: InstructionSet,
    history: &[i16],
    [even, odd]: [&mut [i32]; 2],
    errors: &[i16; BLOCK],
    shift: u32,
) {
    run_wide(set, Adapt { history, even, odd, errors, shift });
}

struct Convolve<'a> {
    history: &'a [i16],
    foreground: &'a [i16],
    even: &'a [i32],
    odd: &'a [i32],
    echoes: &'a mut Echoes,
}

impl WideKernel for Convolve<'_> {
    fn plain(self) {
        let add = |sums: &mut [i32; BLOCK], at: usize, [first, second]: [i32; 2]| {
            let history: &[i16; BLOCK + 1] = self.history[2 * at..].first_chunk().expect("as long as that");
            for n in 0..BLOCK {
                let products = first * i32::from(history[n]) + second * i32::from(history[n + 1]);
                sums[n] = sums[n].wrapping_add(products);
            }
        };
        for (at, pair) in self.foreground.as_chunks::<2>().0.iter().enumerate() {
            add(&mut self.echoes.foreground, at, pair.map(i32::from));
        }
        for (at, (even, odd)) in self.even.iter().zip(self.odd).enumerate() {
            add(&mut self.echoes.background, at, [even >> 16, odd >> 16]);
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let (words, integers) = (R::OCTETS / 2, R::OCTETS / 4);
        let foreground = self.foreground.chunks_exact(words).map(R::load);
        let background = self.even.chunks_exact(integers).zip(self.odd.chunks_exact(integers));
        let background = background.map(|(even, odd)| R::load::<i32>(even).pair_upper_words(R::load(odd)));
        let history = (0..).map(|at| &self.history[at * words..at * words + words + BLOCK - 1]);
        let (mut first, mut second) = ([R::zero(); BLOCK], [R::zero(); BLOCK]);
        if R::OCTETS == 64 && !self.even.is_empty() {
            // Sixteen sums stay in registers, and what is loaded is used twice.
            for ((foreground, background), history) in foreground.zip(background).zip(history) {
                for n in 0..BLOCK {
                    let samples = R::load(&history[n..n + words]);
                    first[n] = first[n].add_dot(samples, foreground);
                    second[n] = second[n].add_dot(samples, background);
                }
            }
        } else {
            add_dots(&mut first, foreground, history.clone());
            add_dots(&mut second, background, history);
        }
        self.echoes.foreground = R::totals(first);
        self.echoes.background = R::totals(second);
    }
}

#[inline(always)]
fn add_dots<'a, R: Register>(
    sums: &mut [R; BLOCK],
    weights: impl Iterator<Item = R>,
    history: impl Iterator<Item = &'a [i16]>,
) {
    for (weights, history) in weights.zip(history) {
        for (n, sum) in sums.iter_mut().enumerate() {
            *sum = sum.add_dot(R::load(&history[n..n + R::OCTETS / 2]), weights);
        }
    }
}

struct Correlate<'a> {
    blocks: [&'a [i16; ROUND_BLOCK]; 2],
    sums: &'a mut [[i32; BLOCK]; 2],
}

impl WideKernel for Correlate<'_> {
    fn plain(self) {
        for (words, sums) in self.blocks.into_iter().zip(self.sums) {
            *sums = LAGS
                .map(|lag| (BLOCK..2 * BLOCK).map(|n| i32::from(words[n]) * i32::from(words[n - lag])).sum());
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let words = R::OCTETS / 2;
        for (block, sums) in self.blocks.into_iter().zip(self.sums) {
            // By pairs of samples, from the farthest even and the farthest odd place on.
            let (mut even, mut odd) = (R::zero(), R::zero());
            for n in (BLOCK..2 * BLOCK).step_by(2) {
                let pair = R::word_pairs([block[n], block[n + 1]]);
                even = even.add_dot(R::load(&block[n - 6..n - 6 + words]), pair);
                odd = odd.add_dot(R::load(&block[n - 7..n - 7 + words]), pair);
            }
            let mut stored = [[0; 16]; 2];
            even.store(&mut stored[0][..words / 2]);
            odd.store(&mut stored[1][..words / 2]);
            let [[d, c, b, a, ..], [h, g, f, e, ..]] = stored;
            *sums = [a, b, c, d, e, f, g, h];
        }
    }
}

struct Adapt<'a> {
    history: &'a [i16],
    even: &'a mut [i32],
    odd: &'a mut [i32],
    errors: &'a [i16; BLOCK],
    shift: u32,
}

impl WideKernel for Adapt<'_> {
    fn plain(self) {
        let start = half_of(self.shift);
        for (at, (even, odd)) in self.even.iter_mut().zip(self.odd).enumerate() {
            let history: &[i16; BLOCK + 1] = self.history[2 * at..].first_chunk().expect("as long as that");
            for (place, weight) in [even, odd].into_iter().enumerate() {
                let products = self.errors.iter().zip(&history[place..]);
                let sum: i32 = products.map(|(error, sample)| i32::from(*error) * i32::from(*sample)).sum();
                *weight = weight.wrapping_add((start + sum) >> self.shift);
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let (words, integers) = (R::OCTETS / 2, R::OCTETS / 4);
        let start = R::integers(half_of(self.shift));
        let errors = [0, 2, 4, 6].map(|n| R::word_pairs([self.errors[n], self.errors[n + 1]]));
        let weights = self.even.chunks_exact_mut(integers).zip(self.odd.chunks_exact_mut(integers));
        for (at, (even, odd)) in weights.enumerate() {
            let history = &self.history[at * words..at * words + words + BLOCK - 1];
            for (place, weights) in [even, odd].into_iter().enumerate() {
                let mut sum = start;
                for (n, errors) in errors.into_iter().enumerate() {
                    let from = place + 2 * n;
                    sum = sum.add_dot(R::load(&history[from..from + words]), errors);
                }
                R::load(weights).add_sums(sum.shift_sums(self.shift)).store(weights);
            }
        }
    }
}

/// What rounds a shift to the right.
#[inline(always)]
fn half_of(shift: u32) -> i32 {
    1 << shift >> 1
}
