//! The weights of the two filters, and the scale on which one learns.

use super::block::Values;
use crate::arch::BLOCK;

/// The first weight meets the oldest sample.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Weights<const TAPS: usize> {
    /// With 29 places behind the point: those of even places, then those of odd ones.
    learning: [i32; TAPS],
    /// With 13.
    pub(super) foreground: [i16; TAPS],
}

impl<const TAPS: usize> Weights<TAPS> {
    pub(super) const fn new() -> Self {
        Self { learning: [0; TAPS], foreground: [0; TAPS] }
    }

    /// Both filters of these weights, unless they can be of no line.
    pub(super) fn of(weights: impl Iterator<Item = i16>) -> Option<Self> {
        let mut all = Self::new();
        let mut magnitude = 0;
        for (place, weight) in all.foreground.iter_mut().zip(weights) {
            *place = weight;
            magnitude += i32::from(weight).abs();
        }
        all.demote();
        (magnitude <= MOST_MAGNITUDE).then_some(all)
    }

    /// Of even places, and of odd ones.
    pub(super) fn background(&self) -> [&[i32]; 2] {
        let (even, odd) = self.learning.split_at(TAPS / 2);
        [even, odd]
    }

    pub(super) fn background_mut(&mut self) -> [&mut [i32]; 2] {
        let (even, odd) = self.learning.split_at_mut(TAPS / 2);
        [even, odd]
    }

    /// Whether what is learnt can be of a line.
    pub(super) fn learning_is_possible(&self) -> bool {
        let magnitudes = self.learning.iter().map(|weight| (weight >> 16).abs());
        magnitudes.sum::<i32>() <= MOST_MAGNITUDE
    }

    /// What was learnt counts.
    pub(super) fn promote(&mut self) {
        let (even, odd) = self.learning.split_at(TAPS / 2);
        for (pair, (even, odd)) in self.foreground.as_chunks_mut::<2>().0.iter_mut().zip(even.iter().zip(odd))
        {
            *pair = [(even >> 16) as i16, (odd >> 16) as i16];
        }
    }

    /// What was learnt is forgotten for what counts.
    pub(super) fn demote(&mut self) {
        let (even, odd) = self.learning.split_at_mut(TAPS / 2);
        for (pair, (even, odd)) in self.foreground.as_chunks::<2>().0.iter().zip(even.iter_mut().zip(odd)) {
            [*even, *odd] = pair.map(|weight| i32::from(weight) << 16);
        }
    }

    /// Everything that was learnt is forgotten.
    pub(super) fn forget_background(&mut self) {
        self.learning = [0; TAPS];
    }
}

/// The magnitudes of the weights of no line add up to 16 (12 dB of gain in a single tap, and then four of them). Beyond
/// 18.2, sums of 14336 times each might not fit into 32 bits.
pub(super) const MOST_MAGNITUDE: i32 = 16 << 13;

/// Errors times `step` as integers, and by how much their products with the history, in quarters of samples, are to be
/// shifted to the right for weights with 29 places behind the point. Nothing where there is nothing to learn.
#[inline(always)]
pub(super) fn scaled(errors: &Values, step: f32) -> Option<([i16; BLOCK], u32)> {
    let step = step * (536_870_912.0 / 4.0);
    let scaled = errors.map(|error| error * step);
    let largest = |values: Values, n: usize| values[n].abs().max(values[n + 4].abs());
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| largest(scaled, n));
    let peak = a.max(b).max(c.max(d));
    // The largest has 13 bits, so that eight products of 14336 fit into 32.
    let exponent = (peak.to_bits() >> 23) as i32 - 127;
    let shift = (12 - exponent).clamp(1, 30);
    let unit = f32::from_bits(((127 + shift) as u32) << 23);
    let words = scaled.map(|error| (error * unit).clamp(-8191.0, 8191.0) as i16);
    (words != [0; BLOCK]).then_some((words, shift as u32))
}
