//! Voices: syllables of harmonics under formants, with consonants between, in the rhythm of speech.
use super::{between, silence, unit};
use crate::Rng;
use std::f64::consts::TAU;

/// A talker.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    pitch_hz: f64,
    /// Formants are so much higher than a man's.
    size: f64,
    /// Syllables are so much longer than a fifth of a second.
    pace: f64,
}

impl Voice {
    /// Any man, woman or child.
    #[must_use]
    pub fn any(rng: &mut Rng) -> Self {
        let high = unit(rng);
        Self {
            pitch_hz: 90.0 + 150.0 * high + between(rng, -10.0, 20.0),
            size: 0.95 + 0.25 * high,
            pace: between(rng, 0.8, 1.25),
        }
    }

    /// So many syllables in a row, with a melody that falls, or rises at the end.
    #[must_use]
    pub fn phrase(&self, syllables: usize, rises: bool, rng: &mut Rng) -> Vec<f64> {
        let mut samples = Vec::new();
        let mut phase = 0.0;
        for n in 0..syllables {
            let place = n as f64 / syllables.max(2) as f64;
            let melody = 1.15 - 0.3 * place + if rises && n + 1 == syllables { 0.3 } else { 0.0 };
            self.consonant(&mut samples, rng);
            self.vowel(&mut samples, &mut phase, melody * between(rng, 0.94, 1.06), rng);
        }
        samples
    }

    /// A hiss, a stop or a nasal.
    fn consonant(&self, samples: &mut Vec<f64>, rng: &mut Rng) {
        let ms = (between(rng, 25.0, 80.0) * self.pace) as usize;
        match rng.below(3) {
            0 => {
                let mut last = 0.0;
                samples.extend((0..8 * ms).map(|n| {
                    let fresh = unit(rng) - 0.5;
                    let hiss = fresh - 0.8 * std::mem::replace(&mut last, fresh);
                    0.35 * hiss * (0.5 - 0.5 * (TAU * n as f64 / (8 * ms) as f64).cos())
                }));
            }
            1 => samples.extend(silence(ms)),
            _ => {
                let hz = self.pitch_hz;
                samples.extend((0..8 * ms).map(|n| {
                    let t = TAU * hz * n as f64 / 8000.0;
                    0.12 * (t.sin() + 0.5 * (2.0 * t).sin() + 0.1 * (3.0 * t).sin())
                }));
            }
        }
    }

    fn vowel(&self, samples: &mut Vec<f64>, phase: &mut f64, melody: f64, rng: &mut Rng) {
        let length = (8.0 * between(rng, 80.0, 190.0) * self.pace) as usize;
        let [from, to] = [FORMANTS[rng.below(5) as usize], FORMANTS[rng.below(5) as usize]];
        let (hz, loud) = (self.pitch_hz * melody, between(rng, 0.5, 1.0));
        let harmonics = (3600.0 / hz) as usize;
        let mut gains = vec![0.0; harmonics];
        for n in 0..length {
            let place = n as f64 / length as f64;
            if n % 40 == 0 {
                for (k, gain) in gains.iter_mut().enumerate() {
                    *gain = self.gain((k + 1) as f64 * hz, from, to, place) / (k + 1) as f64;
                }
            }
            // A voice is never quite steady.
            *phase += hz * (1.0 + 0.01 * (TAU * 5.0 * n as f64 / 8000.0).sin() - 0.06 * place) / 8000.0;
            let envelope = (place * 8.0).min(1.0) * ((1.0 - place) * 4.0).min(1.0);
            let voice: f64 =
                gains.iter().enumerate().map(|(k, gain)| gain * (TAU * *phase * (k + 1) as f64).sin()).sum();
            samples.push(loud * envelope * voice);
        }
    }

    /// How loud a frequency is under formants on their way from one vowel to another.
    fn gain(&self, hz: f64, from: [f64; 3], to: [f64; 3], place: f64) -> f64 {
        let near = |formant: usize, width: f64| {
            let middle = self.size * (from[formant] + (to[formant] - from[formant]) * place);
            1.0 / (1.0 + ((hz - middle) / width).powi(2))
        };
        let telephone = if hz < 250.0 { 0.3 } else { 1.0 };
        telephone * (near(0, 90.0) + 0.7 * near(1, 110.0) + 0.4 * near(2, 150.0) + 0.03)
    }
}

/// What somebody says who takes up the receiver: after some silence a word, or up to so many syllables in one or two pieces.
#[must_use]
pub fn greeting_of_a_person(rng: &mut Rng) -> Vec<f64> {
    let voice = Voice::any(rng);
    let mut samples: Vec<f64> = silence(between(rng, 150.0, 1100.0) as usize).collect();
    let syllables = [1, 2, 2, 2, 3, 4, 5, 6][rng.below(8) as usize];
    samples.extend(voice.phrase(syllables, rng.once_in(2), rng));
    if rng.once_in(4) {
        samples.extend(silence(between(rng, 100.0, 350.0) as usize));
        samples.extend(voice.phrase(1 + rng.below(3) as usize, true, rng));
    }
    samples
}

/// What a machine plays: phrase after phrase.
#[must_use]
pub fn greeting_of_a_machine(rng: &mut Rng) -> Vec<f64> {
    let voice = Voice::any(rng);
    let mut samples: Vec<f64> = silence(between(rng, 100.0, 1500.0) as usize).collect();
    for _ in 0..3 + rng.below(4) {
        samples.extend(voice.phrase(6 + rng.below(10) as usize, false, rng));
        samples.extend(silence(between(rng, 150.0, 700.0) as usize));
    }
    samples
}

/// Formants of a, e, i, o, u.
const FORMANTS: [[f64; 3]; 5] = [
    [730.0, 1090.0, 2440.0],
    [530.0, 1840.0, 2480.0],
    [270.0, 2290.0, 3010.0],
    [570.0, 840.0, 2410.0],
    [300.0, 870.0, 2240.0],
];
