//! What went to the line, with its low frequencies weakened: long enough for the filters, and its correlations.

use super::block::Samples;
use crate::arch::{BLOCK, InstructionSet, LAGS, ROUND_BLOCK, correlate};

/// The weight of the sample before, which is subtracted.
pub(super) const PRE_EMPHASIS: f32 = 0.75;

/// Places of a history for so many taps: what the filters meet lies in one piece, and moves to the front now and then.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct History<const TAPS: usize> {
    words: [[i16; TAPS]; 2],
    /// Where the block under work begins.
    block: usize,
    last: i16,
    /// Sums of the products of samples so far apart as [`LAGS`] has it, over all that the filters meet in a block: whole
    /// numbers of at most 38 bits.
    correlations: [f64; BLOCK],
}

impl<const TAPS: usize> History<TAPS> {
    pub(super) const fn new() -> Self {
        Self { words: [[0; TAPS]; 2], block: Self::KEPT, last: 0, correlations: [0.0; BLOCK] }
    }

    /// Takes samples of a block from one of its places on: so many of these.
    #[inline(always)]
    pub(super) fn push(&mut self, from: usize, samples: &Samples, count: usize) {
        let words = self.words.as_flattened_mut();
        if from == 0 {
            self.block += BLOCK;
            if self.block + NOT_MET > words.len() {
                words.copy_within(self.block - Self::KEPT..self.block, 0);
                self.block = Self::KEPT;
            }
        }
        let samples = samples.map(i32::from);
        let before = behind(&samples, i32::from(self.last));
        self.last = samples[count - 1] as i16;
        let first = self.block + from;
        // A quarter of the sample less 3/4 of the one before, rounded: at most 14336.
        let weakened = core::array::from_fn(|n| ((4 * samples[n] - 3 * before[n] + 8) >> 4) as i16);
        *words[first..].first_chunk_mut::<BLOCK>().expect("there is room") = weakened;
    }

    /// What the filters meet from a place of the block on: the first weight the oldest.
    #[inline(always)]
    pub(super) fn met(&self, from: usize) -> &[i16] {
        let first = self.block + from + 1 - TAPS;
        &self.words.as_flattened()[first..first + TAPS + BLOCK - 1]
    }

    /// Takes a whole block into the correlations. Gives its energy.
    #[inline(always)]
    pub(super) fn correlate(&mut self, set: InstructionSet) -> f32 {
        let words = self.words.as_flattened();
        let round =
            |block: usize| words[block - BLOCK..].first_chunk::<ROUND_BLOCK>().expect("there is room");
        let [came, went] = correlate(set, [round(self.block), round(self.block - BLOCK - TAPS)]);
        for n in 0..BLOCK {
            self.correlations[n] += f64::from(came[n]) - f64::from(went[n]);
        }
        came[0] as f32
    }

    /// What the power of samples the filters meet would be if they were all alike those of a block: the most that a
    /// step of learning may amplify an error.
    #[inline(always)]
    pub(super) fn bound(&self) -> f32 {
        let parts: [f64; BLOCK] = core::array::from_fn(|n| self.correlations[n].abs() * SHARES[n]);
        let four: [f64; 4] = core::array::from_fn(|n| parts[n] + parts[n + 4]);
        ((four[0] + four[2]) + (four[1] + four[3])) as f32 + QUIET * TAPS as f32
    }

    /// Before the block under work: what the filters meet, and a block and its past that leave the correlations.
    const KEPT: usize = TAPS + 2 * BLOCK;
}

/// The values that stand one place before these.
#[inline(always)]
pub(super) fn behind<T: Copy>(values: &[T; BLOCK], last: T) -> [T; BLOCK] {
    let [a, b, c, d, e, f, g, _] = *values;
    [last, a, b, c, d, e, f, g]
}

/// From the block under work on: that itself, and what is read with it and does not matter.
const NOT_MET: usize = ROUND_BLOCK - BLOCK;

/// The part of a correlation in the bound: of 64 pairs of a block's samples, 16 are one apart if there are 8 of none.
const SHARES: [f64; BLOCK] = {
    let mut shares = [1.0; BLOCK];
    let mut n = 1;
    while n < BLOCK {
        shares[n] = (BLOCK - LAGS[n]) as f64 / 4.0;
        n += 1;
    }
    shares
};

/// Power a tap, in quarters of samples, below which learning slows down.
const QUIET: f32 = 12.0;
