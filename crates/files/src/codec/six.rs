//! From 8,000 to 6,000 samples a second, as voice cards of Dialogic recorded by default.
//!
//! A low-pass filter of 144 places at 24 kHz, of which every third falls on a sample and every fourth is wanted: up to
//! 2.5 kHz as it was, from 3.3 kHz on, which would come back below 2.7, less by 55 dB. It is 3 ms late.
use std::f64::consts::PI;

/// Samples that one is made of.
const TAPS: usize = 48;
const PLACES: usize = 3 * TAPS;

/// What makes three samples of four.
#[derive(Debug)]
pub(crate) struct ToSix {
    filter: [[f32; TAPS]; 3],
    /// The last that came; the newest are at the end.
    heard: [f32; TAPS + 4],
}

impl ToSix {
    pub(crate) fn new() -> Self {
        let filter = std::array::from_fn(|phase| std::array::from_fn(|tap| place(phase + 3 * tap) as f32));
        Self { filter, heard: [0.0; TAPS + 4] }
    }

    pub(crate) fn process(&mut self, samples: [i16; 4]) -> [i16; 3] {
        self.heard.copy_within(4.., 0);
        self.heard[TAPS..].copy_from_slice(&samples.map(f32::from));
        // The first is where a sample is, the others a third and two thirds behind one.
        std::array::from_fn(|phase| {
            let newest_first = self.heard[..=TAPS + phase].iter().rev();
            let sum: f32 =
                newest_first.zip(&self.filter[phase]).map(|(sample, weight)| sample * weight).sum();
            sum.round() as i16
        })
    }
}

/// A place of the filter: a sinc of 2.9 kHz under a window of Kaiser's.
fn place(n: usize) -> f64 {
    let middle = (PLACES - 1) as f64 / 2.0;
    let (at, width) = (n as f64 - middle, 2.0 * 2_900.0 / 24_000.0);
    let sinc = (PI * width * at).sin() / (PI * at);
    let along = at / (middle + 0.5);
    3.0 * sinc * bessel(BETA * (1.0 - along * along).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 1..40 {
        term *= (x / (2.0 * f64::from(n))).powi(2);
        sum += term;
    }
    sum
}

const BETA: f64 = 5.5;

#[cfg(test)]
mod tests {
    use super::*;

    /// By how many dB a tone of this frequency is less, and the samples that come of it.
    fn loss(hz: f64) -> f64 {
        let mut six = ToSix::new();
        let tone: Vec<i16> =
            (0..16_000).map(|n| (10_000.0 * (PI * hz * f64::from(n) / 4_000.0).sin()) as i16).collect();
        let heard: Vec<i16> = tone.as_chunks().0.iter().flat_map(|four| six.process(*four)).collect();
        assert_eq!(heard.len(), 12_000);
        let power = |samples: &[i16]| {
            samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64
        };
        10.0 * (power(&tone[1_000..]) / power(&heard[1_000..])).log10()
    }

    #[test]
    fn speech_is_as_it_was_and_what_would_come_back_as_another_tone_is_gone() {
        for hz in [100.0, 300.0, 1_004.0, 2_000.0, 2_500.0] {
            assert!(loss(hz).abs() < 0.1, "{hz} Hz: {} dB", loss(hz));
        }
        assert!((3.0..9.0).contains(&loss(2_900.0)), "{} dB", loss(2_900.0));
        for hz in [3_300.0, 3_400.0, 3_700.0, 3_950.0] {
            assert!(loss(hz) > 55.0, "{hz} Hz: {} dB", loss(hz));
        }
    }

    #[test]
    fn a_step_comes_after_3_ms() {
        let mut six = ToSix::new();
        let heard: Vec<i16> = (0..30).flat_map(|_| six.process([8_000; 4])).collect();
        let half = heard.iter().position(|sample| *sample > 4_000).expect("it comes");
        // Sample 18 of 6 kHz is 3 ms.
        assert!((17..=19).contains(&half), "{half}");
        assert!(heard[60..].iter().all(|sample| (7_990..=8_010).contains(sample)));
    }

    #[test]
    fn the_loudest_is_held_at_full_scale() {
        let mut six = ToSix::new();
        let loud = [[i16::MAX; 4], [i16::MIN; 4]].into_iter().cycle().take(400);
        let heard: Vec<i16> = loud.flat_map(|four| six.process(four)).collect();
        assert!(heard.contains(&i16::MAX) && heard.contains(&i16::MIN));
    }
}
