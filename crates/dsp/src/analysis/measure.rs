//! What is measured of 10 ms: power, how far it is a single tone, and of which frequency.
//!
//! Of a sine x the sum of the neighbours of a sample is the sample times 2 cos ω, whatever its phase and however short the
//! piece. How far the two lie off one line is the noise beside it: the smaller eigenvalue of their powers and product,
//! which noise does not draw to either side (total least squares). No window is needed, and powers add up over hops.

use core::f32::consts::{SQRT_2, TAU};

/// 10 ms.
pub(super) const HOP: usize = 80;
/// The samples before a hop that its sums need.
pub(super) const BEFORE: usize = 2;

/// What a hop measures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hop {
    /// The mean square without the mean.
    pub(super) power: f32,
    pub(super) line: Line,
}

impl Hop {
    /// Of a hop and the two samples before it. All is taken of sixteenths, whose squares fit into 32 bits.
    pub(super) fn of(samples: &[i16; HOP + BEFORE]) -> Self {
        let (mut sum, mut own, mut across, mut beside) = (0i32, 0i32, 0i32, 0i32);
        for n in 0..HOP {
            let [one, middle, two] = [samples[n] >> 4, samples[n + 1] >> 4, samples[n + 2] >> 4];
            let neighbours = i32::from(one.wrapping_add(two));
            let middle = i32::from(middle);
            sum = sum.wrapping_add(middle);
            own = own.wrapping_add(middle.wrapping_mul(middle));
            across = across.wrapping_add(middle.wrapping_mul(neighbours));
            beside = beside.wrapping_add(neighbours.wrapping_mul(neighbours));
        }
        let [sum, own, across, beside] = [sum, own, across, beside].map(|sum| sum as f32);
        let mean = sum * (1.0 / HOP as f32);
        Self {
            power: 256.0 * (own * (1.0 / HOP as f32) - mean * mean).max(0.0),
            line: Line { own, across: across / SQRT_2, beside: beside / 2.0 },
        }
    }
}

/// Samples against the sums of their neighbours, these over the root of two, so that white noise is as strong in both.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Line {
    own: f32,
    across: f32,
    beside: f32,
}

impl Line {
    pub(super) fn add(&mut self, other: &Self) {
        self.own += other.own;
        self.across += other.across;
        self.beside += other.beside;
    }

    /// Power beside a single tone over all power: 0 for a tone, 1 for white noise.
    pub(super) fn noise(&self) -> f32 {
        if self.own > 0.0 {
            ((self.own + self.beside - self.spread()) * 0.5).max(0.0) / self.own
        } else {
            1.0
        }
    }

    /// The frequency, if it is a tone.
    pub(super) fn hz(&self) -> f32 {
        let (difference, spread) = (self.beside - self.own, self.spread());
        let slope = if difference > 0.0 {
            if self.across == 0.0 { 0.0 } else { (difference + spread) / (2.0 * self.across) }
        } else if spread > difference {
            2.0 * self.across / (spread - difference)
        } else {
            0.0
        };
        libm::acosf((slope / SQRT_2).clamp(-1.0, 1.0)) * (8000.0 / TAU)
    }

    /// The product with the next sample over the power: the cosine of a middle frequency.
    pub(super) fn colour(&self) -> f32 {
        if self.own > 0.0 { (self.across / (SQRT_2 * self.own)).clamp(-1.0, 1.0) } else { 0.0 }
    }

    fn spread(&self) -> f32 {
        let difference = self.beside - self.own;
        libm::sqrtf(difference * difference + 4.0 * self.across * self.across)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Oscillator;

    fn measured(hz: f32, peak: f32) -> Hop {
        let mut samples = [0; HOP + BEFORE];
        Oscillator::new(hz, peak).with_phase(0.2).fill(&mut samples);
        Hop::of(&samples)
    }

    #[test]
    fn a_tone_of_any_frequency_has_nothing_beside_it_and_its_frequency_is_known() {
        for hz in (70..=3800).step_by(10) {
            let hop = measured(hz as f32, 10_000.0);
            assert!(hop.line.noise() < 0.002, "{hz} Hz: {}", hop.line.noise());
            assert!((hop.line.hz() - hz as f32).abs() < 4.0, "{hz} Hz: {}", hop.line.hz());
        }
        let hop = measured(1000.0, 10_000.0);
        assert!((hop.power / 50_000_000.0 - 1.0).abs() < 0.01, "{}", hop.power);
    }

    #[test]
    fn nothing_overflows_and_nothing_is_no_tone() {
        let square: [i16; HOP + BEFORE] =
            core::array::from_fn(|n| if n % 2 == 0 { i16::MIN } else { i16::MAX });
        let hop = Hop::of(&square);
        assert!((hop.power / 1_073_741_824.0 - 1.0).abs() < 0.01, "{}", hop.power);
        assert!((hop.line.hz() - 4000.0).abs() < 1.0);
        let constant = Hop::of(&[i16::MIN; HOP + BEFORE]);
        assert!(constant.power < 100.0, "{}", constant.power);
        assert!(constant.line.hz() < 1.0);
        let nothing = Hop::of(&[0; HOP + BEFORE]);
        assert_eq!((nothing.power, nothing.line.noise()), (0.0, 1.0));
        assert!(nothing.line.hz().is_finite());
    }
}
