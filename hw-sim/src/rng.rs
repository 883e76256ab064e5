//! The generator of the simulator's chances: SplitMix64, small enough to have one for every component.

/// A seeded sequence of 64-bit numbers.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number above 0 and not above 1.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// How many trials pass before one succeeds, each with probability `rate`. Never, when the rate is 0.
    pub(crate) fn gap(&mut self, rate: f64) -> u64 {
        if rate.is_nan() || rate <= 0.0 {
            return u64::MAX;
        }
        if rate >= 1.0 {
            return 0;
        }
        // The conversion saturates, so a very rare event simply does not happen.
        (self.unit().ln() / (-rate).ln_1p()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_have_the_mean_of_their_rate() {
        let mut rng = Rng::new(7);
        let total: u64 = (0..100_000).map(|_| rng.gap(0.01) + 1).sum();
        assert!((9_900_000..10_100_000).contains(&total), "{total}");
        assert_eq!(rng.gap(0.0), u64::MAX);
        assert_eq!(rng.gap(f64::NAN), u64::MAX);
        assert_eq!(rng.gap(2.0), 0);
    }
}
