//! What the exchange leaves to chance, all of it from one seed.
use crate::rng::Rng;
use tandem_types::Frames;

/// A seeded sequence of decisions.
#[derive(Clone, Debug)]
pub(super) struct Chance(Rng);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(Rng::new(seed))
    }

    /// Above 0 and not above 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.unit()
    }

    /// A number below `count`; 0 when there is none.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.0.next().checked_rem(count as u64).unwrap_or(0) as usize
    }

    /// A whole number of milliseconds from `least` to `most`.
    pub(super) fn length(&mut self, (least, most): (Frames, Frames)) -> Frames {
        let (least, most) = (least.as_ms(), most.as_ms());
        Frames::from_ms(least + self.below(most.saturating_sub(least) as usize + 1) as u64)
    }

    /// A number from `least` to `most`.
    pub(super) fn between(&mut self, (least, most): (f32, f32)) -> f32 {
        least + (most - least) * self.unit() as f32
    }

    /// A waiting time with this mean: what lies between independent events.
    pub(super) fn exponential(&mut self, mean: f64) -> f64 {
        -self.unit().ln() * mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_have_their_mean_and_lengths_their_range() {
        let mut chance = Chance::new(3);
        let total: f64 = (0..50_000).map(|_| chance.exponential(40.0)).sum();
        assert!((1_950_000.0..2_050_000.0).contains(&total), "{total}");
        let range = (Frames::from_ms(60), Frames::from_ms(100));
        for _ in 0..1000 {
            let length = chance.length(range);
            assert!((480..=800).contains(&length.0) && length.0.is_multiple_of(8));
        }
        assert_eq!(chance.length((Frames(80), Frames(80))), Frames(80));
        assert_eq!(chance.below(0), 0);
    }
}
