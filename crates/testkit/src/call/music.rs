//! Music as networks play it in place of ring-back: chords, a melody, a bass, drums.
use super::{between, unit};
use crate::Rng;
use std::f64::consts::TAU;

/// What plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Chords and a melody that die away, with pedal.
    Piano,
    /// Chords that swell, and a melody over them.
    Strings,
    /// Chords, bass and drums.
    Band,
    /// A melody alone, note upon note.
    Flute,
    /// A music box.
    Box,
}

impl Style {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Piano, Self::Strings, Self::Band, Self::Flute, Self::Box];
}

/// How a note sounds: how fast it comes and dies away, in seconds, and its harmonics.
struct Timbre {
    attack: f64,
    decay: f64,
    harmonics: &'static [f64],
    vibrato: f64,
}

/// So many ms of music, of no particular level.
#[must_use]
pub fn music(style: Style, ms: usize, rng: &mut Rng) -> Vec<f64> {
    let mut samples = vec![0.0; 8 * ms];
    let beat = (8000.0 * 60.0 / between(rng, 70.0, 150.0)) as usize;
    let key = between(rng, 180.0, 300.0);
    let progression = PROGRESSIONS[rng.below(PROGRESSIONS.len() as u64) as usize];
    for bar in 0.. {
        let at = bar * 4 * beat;
        if at >= samples.len() {
            break;
        }
        let root = progression[bar % 4];
        play_bar(style, &mut samples, at, beat, key, root, rng);
    }
    samples
}

fn play_bar(style: Style, samples: &mut [f64], at: usize, beat: usize, key: f64, root: i32, rng: &mut Rng) {
    let hz = |step: i32| key * 2_f64.powf(f64::from(step) / 12.0);
    let melody = |rng: &mut Rng| root + CHORD[rng.below(3) as usize] + [0, 0, 2, 12][rng.below(4) as usize];
    match style {
        Style::Piano => {
            for (n, step) in CHORD.iter().chain(&[12, 7, 4, 0, -5]).enumerate() {
                note(samples, at + n * beat / 2, 3 * beat, hz(root + step), 0.25, &PIANO);
            }
            for n in 0..4 {
                note(samples, at + n * beat, 2 * beat, hz(melody(rng) + 12), 0.4, &PIANO);
            }
        }
        Style::Strings => {
            for step in CHORD {
                note(samples, at, 4 * beat + beat / 4, hz(root + step), 0.3, &STRINGS);
            }
            for n in 0..2 {
                note(samples, at + n * 2 * beat, 2 * beat, hz(melody(rng) + 12), 0.3, &STRINGS);
            }
        }
        Style::Band => {
            for n in 0..8 {
                note(samples, at + n * beat / 2, beat / 2, hz(root - 12), 0.5, &BASS);
                drum(samples, at + n * beat / 2, 400, if n % 4 == 2 { 0.5 } else { 0.15 }, rng);
            }
            for n in 0..4 {
                CHORD
                    .iter()
                    .for_each(|step| note(samples, at + n * beat, beat, hz(root + step), 0.2, &PIANO));
                note(samples, at + n * beat, beat, hz(melody(rng) + 12), 0.4, &STRINGS);
            }
        }
        Style::Flute => {
            for n in 0..8 {
                note(samples, at + n * beat / 2, beat / 2 + 300, hz(melody(rng) + 12), 0.6, &FLUTE);
            }
        }
        Style::Box => {
            for n in 0..8 {
                note(samples, at + n * beat / 2, 2 * beat, hz(melody(rng) + 24), 0.5, &BOX);
            }
        }
    }
}

fn note(samples: &mut [f64], at: usize, length: usize, hz: f64, loud: f64, timbre: &Timbre) {
    let end = (at + length).min(samples.len());
    let mut phase = 0.0;
    for (n, sample) in samples[at.min(end)..end].iter_mut().enumerate() {
        let (t, left) = (n as f64 / 8000.0, (length - n) as f64 / 8000.0);
        phase += hz * (1.0 + timbre.vibrato * (TAU * 5.5 * t).sin()) / 8000.0;
        let envelope = (t / timbre.attack).min(1.0) * (-t / timbre.decay).exp() * (left / 0.03).min(1.0);
        let harmonics = timbre.harmonics.iter().enumerate().filter(|(k, _)| hz * (k + 1) as f64 <= 3800.0);
        let sum: f64 = harmonics.map(|(k, gain)| gain * (TAU * phase * (k + 1) as f64).sin()).sum();
        *sample += loud * envelope * sum;
    }
}

fn drum(samples: &mut [f64], at: usize, length: usize, loud: f64, rng: &mut Rng) {
    let end = (at + length).min(samples.len());
    for (n, sample) in samples[at.min(end)..end].iter_mut().enumerate() {
        *sample += loud * (unit(rng) - 0.5) * (-5.0 * n as f64 / length as f64).exp();
    }
}

/// Roots of chords in semitones.
const PROGRESSIONS: [[i32; 4]; 4] = [[0, 5, 7, 0], [0, -3, 5, 7], [-3, 5, 0, 7], [0, 4, 5, 2]];
const CHORD: [i32; 3] = [0, 4, 7];
const PIANO: Timbre =
    Timbre { attack: 0.005, decay: 0.7, harmonics: &[1.0, 0.6, 0.35, 0.2, 0.1], vibrato: 0.0 };
const STRINGS: Timbre =
    Timbre { attack: 0.15, decay: 30.0, harmonics: &[1.0, 0.7, 0.5, 0.4, 0.25, 0.2, 0.1], vibrato: 0.004 };
const BASS: Timbre = Timbre { attack: 0.01, decay: 0.5, harmonics: &[1.0, 0.8, 0.5, 0.3], vibrato: 0.0 };
const FLUTE: Timbre = Timbre { attack: 0.05, decay: 30.0, harmonics: &[1.0, 0.25, 0.08], vibrato: 0.006 };
const BOX: Timbre = Timbre { attack: 0.002, decay: 0.5, harmonics: &[1.0, 0.1, 0.3], vibrato: 0.0 };
