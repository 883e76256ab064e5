//! Levels: dBm0 and back, power and peak of a block.
//!
//! The reference is G.711 §4 with its tables 5 and 6: the sine that just fills the coder's range has
//! +3.14 dBm0 in A-law and +3.17 dBm0 in µ-law.

use tandem_types::Law;

/// Peak value of the sine that fills the linear range.
pub const FULL_SCALE: f32 = 32768.0;

/// The level of a full-scale sine in dBm0 (G.711 §4).
#[must_use]
#[allow(clippy::approx_constant)] // 3.14 is a level here
pub const fn full_scale_dbm0(law: Law) -> f32 {
    match law {
        Law::A => 3.14,
        Law::Mu => 3.17,
    }
}

/// The peak value of a sine of this level. Levels that make no sense give 0 or at most full scale × 10.
#[must_use]
pub fn amplitude_for_dbm0(law: Law, dbm0: f32) -> f32 {
    let below_full_scale = dbm0 - full_scale_dbm0(law);
    if below_full_scale.is_nan() {
        return 0.0;
    }
    FULL_SCALE * libm::powf(10.0, below_full_scale.min(20.0) / 20.0)
}

/// The level of a signal with this mean square, or [`SILENCE_DBM0`] if there is none.
#[must_use]
pub fn dbm0_of_power(law: Law, mean_square: f32) -> f32 {
    let full_scale_power = FULL_SCALE * FULL_SCALE / 2.0;
    if mean_square > 0.0 {
        let level = 10.0 * libm::log10f(mean_square / full_scale_power) + full_scale_dbm0(law);
        level.max(SILENCE_DBM0)
    } else {
        SILENCE_DBM0
    }
}

/// The level of a sine of this peak value.
#[must_use]
pub fn dbm0_of_amplitude(law: Law, amplitude: f32) -> f32 {
    dbm0_of_power(law, amplitude * amplitude / 2.0)
}

/// What is reported for silence: below the smallest step of either law.
pub const SILENCE_DBM0: f32 = -99.0;

/// Power and peak of a block of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    /// Mean of the squares of the samples, 0 for an empty block.
    pub mean_square: f32,
    /// The largest magnitude.
    pub peak: u16,
}

impl Level {
    /// Measures a block.
    #[must_use]
    pub fn of(samples: &[i16]) -> Self {
        let mut sum = 0u64;
        let mut peak = 0;
        for &sample in samples {
            let magnitude = sample.unsigned_abs();
            sum += u64::from(magnitude) * u64::from(magnitude);
            peak = peak.max(magnitude);
        }
        let mean_square = if samples.is_empty() { 0.0 } else { (sum as f64 / samples.len() as f64) as f32 };
        Self { mean_square, peak }
    }

    /// Root of the mean square.
    #[must_use]
    pub fn rms(&self) -> f32 {
        libm::sqrtf(self.mean_square)
    }

    /// The level in dBm0.
    #[must_use]
    pub fn dbm0(&self, law: Law) -> f32 {
        dbm0_of_power(law, self.mean_square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::Oscillator;

    #[test]
    #[allow(clippy::approx_constant)]
    fn full_scale_sine_is_3_14_dbm0_in_a_law_and_3_17_in_mu_law() {
        let mut block = [0; 8000];
        Oscillator::new(1020.0, 32767.0).fill(&mut block);
        let level = Level::of(&block);
        assert!((level.dbm0(Law::A) - 3.14).abs() < 0.01, "{}", level.dbm0(Law::A));
        assert!((level.dbm0(Law::Mu) - 3.17).abs() < 0.01, "{}", level.dbm0(Law::Mu));
        assert!((level.rms() - 23170.0).abs() < 2.0, "{}", level.rms());
        assert_eq!(level.peak, 32767);
    }

    #[test]
    fn amplitude_and_level_are_inverse() {
        for law in [Law::A, Law::Mu] {
            for dbm0 in [-60.0, -42.0, -10.0, 0.0, 3.0] {
                let back = dbm0_of_amplitude(law, amplitude_for_dbm0(law, dbm0));
                assert!((back - dbm0).abs() < 1e-3, "{dbm0} became {back}");
            }
        }
    }

    #[test]
    fn silence_and_nonsense_have_levels_too() {
        assert_eq!(Level::of(&[]).dbm0(Law::A), -99.0);
        assert_eq!(Level::of(&[0; 8]).dbm0(Law::Mu), -99.0);
        assert_eq!(Level::of(&[i16::MIN; 4]), Level { mean_square: 1_073_741_824.0, peak: 32768 });
        assert_eq!(amplitude_for_dbm0(Law::A, f32::NAN), 0.0);
        assert!(amplitude_for_dbm0(Law::A, f32::INFINITY).is_finite());
        assert_eq!(amplitude_for_dbm0(Law::A, f32::NEG_INFINITY), 0.0);
    }
}
