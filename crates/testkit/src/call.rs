//! What is heard on an outgoing call, made anew from a seed: tones of countries, special information tones, fax
//! machines and modems, voices, music in place of ring-back, rooms and lines.
//!
//! Tones are those of E.180 and T.30 as this file has them, not as a plan of the library says. Voices are syllables of our
//! own with the rhythm of speech; they say nothing. Samples are of 64 bits until a line's law cuts them, at 8 kHz.
mod music;
mod voice;

pub use music::{Style, music};
pub use voice::{Voice, greeting_of_a_machine, greeting_of_a_person};

use crate::Rng;
use crate::g168::{Noise, rms_of};
use std::f64::consts::TAU;

/// A step of a tone: up to two frequencies, ms of sound, ms of silence.
pub type Step = ([f64; 2], usize, usize);

/// The tones of a country's network that tell what becomes of a call; a step that sounds for 0 ms sounds on.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// ISO 3166.
    pub country: &'static str,
    /// Dial tone.
    pub dial: &'static [Step],
    /// Ring-back tone.
    pub ringing: &'static [Step],
    /// Busy tone.
    pub busy: &'static [Step],
    /// Congestion tone, where it is another.
    pub congestion: &'static [Step],
    /// Number unobtainable, where there is such a tone.
    pub vacant: &'static [Step],
}

/// Networks of which the tones are known.
pub const NETWORKS: [Network; 7] = [
    Network {
        country: "de",
        dial: &[([425.0, 0.0], 0, 0)],
        ringing: &[([425.0, 0.0], 1000, 4000)],
        busy: &[([425.0, 0.0], 480, 480)],
        congestion: &[([425.0, 0.0], 240, 240)],
        vacant: &[],
    },
    Network {
        country: "us",
        dial: &[([350.0, 440.0], 0, 0)],
        ringing: &[([440.0, 480.0], 2000, 4000)],
        busy: &[([480.0, 620.0], 500, 500)],
        congestion: &[([480.0, 620.0], 250, 250)],
        vacant: &[],
    },
    Network {
        country: "gb",
        dial: &[([350.0, 440.0], 0, 0)],
        ringing: &[([400.0, 450.0], 400, 200), ([400.0, 450.0], 400, 2000)],
        busy: &[([400.0, 0.0], 375, 375)],
        congestion: &[([400.0, 0.0], 400, 350), ([400.0, 0.0], 225, 525)],
        vacant: &[],
    },
    Network {
        country: "cn",
        dial: &[([450.0, 0.0], 0, 0)],
        ringing: &[([450.0, 0.0], 1000, 4000)],
        busy: &[([450.0, 0.0], 350, 350)],
        congestion: &[([450.0, 0.0], 700, 700)],
        vacant: &[
            ([450.0, 0.0], 100, 100),
            ([450.0, 0.0], 100, 100),
            ([450.0, 0.0], 100, 100),
            ([450.0, 0.0], 400, 400),
        ],
    },
    Network {
        country: "fr",
        dial: &[([440.0, 0.0], 0, 0)],
        ringing: &[([440.0, 0.0], 1500, 3500)],
        busy: &[([440.0, 0.0], 500, 500)],
        congestion: &[([440.0, 0.0], 250, 250)],
        vacant: &[],
    },
    Network {
        country: "jp",
        dial: &[([400.0, 0.0], 0, 0)],
        ringing: &[([400.0, 415.0], 1000, 2000)],
        busy: &[([400.0, 0.0], 500, 500)],
        congestion: &[],
        vacant: &[],
    },
    Network {
        country: "ru",
        dial: &[([425.0, 0.0], 0, 0)],
        ringing: &[([425.0, 0.0], 1000, 4000)],
        busy: &[([425.0, 0.0], 350, 350)],
        congestion: &[([425.0, 0.0], 175, 175)],
        vacant: &[],
    },
];

/// So many ms of a tone, over and over, each frequency of this level.
#[must_use]
pub fn tone(steps: &[Step], ms: usize, dbm0: f64) -> Vec<f64> {
    let peak = rms_of(dbm0) * 2_f64.sqrt();
    let mut samples = Vec::with_capacity(8 * ms);
    for &(hz, on, off) in steps.iter().cycle() {
        let on = if on == 0 { ms } else { on };
        samples.extend((0..8 * on).map(|n| {
            hz.iter()
                .filter(|hz| **hz > 0.0)
                .map(|hz| peak * (TAU * hz * n as f64 / 8000.0).sin())
                .sum::<f64>()
        }));
        samples.extend(silence(off));
        if samples.len() >= 8 * ms {
            break;
        }
    }
    samples.truncate(8 * ms);
    samples
}

/// A special information tone: three tones of these frequencies and ms (E.180, and what North American exchanges make of it).
#[must_use]
pub fn special_information(segments: [(f64, usize); 3], dbm0: f64) -> Vec<f64> {
    let steps = segments.map(|(hz, ms)| ([hz, 0.0], ms, 0));
    tone(&steps, segments.iter().map(|(_, ms)| ms).sum(), dbm0)
}

/// The segments of special information tones: of no class, intercept, vacant, reorder, no circuit.
pub const SPECIAL_INFORMATION: [[(f64, usize); 3]; 5] = [
    [(950.0, 330), (1400.0, 330), (1800.0, 330)],
    [(913.8, 274), (1370.6, 274), (1776.7, 380)],
    [(985.2, 380), (1370.6, 274), (1776.7, 380)],
    [(913.8, 274), (1428.5, 380), (1776.7, 380)],
    [(985.2, 380), (1428.5, 380), (1776.7, 380)],
];

/// A fax machine that answers (T.30): CED of 2100 Hz, 75 ms of silence, a second of flags of V.21's channel 2 at 300 bit/s, and as
/// long a frame.
#[must_use]
pub fn fax_answer(dbm0: f64, rng: &mut Rng) -> Vec<f64> {
    let mut samples = tone(&[([2100.0, 0.0], 0, 0)], 3000, dbm0);
    samples.extend(silence(75));
    let peak = rms_of(dbm0) * 2_f64.sqrt();
    let mut phase = 0.0;
    for bit in 0..600 {
        // 01111110: ones are the lower frequency.
        let one = if bit < 300 { (1..7).contains(&(bit % 8)) } else { rng.once_in(2) };
        let hz = if one { 1650.0 } else { 1850.0 };
        for _ in bit * 8000 / 300..(bit + 1) * 8000 / 300 {
            phase += hz / 8000.0;
            samples.push(peak * (TAU * phase).sin());
        }
    }
    samples
}

/// The answer tone of a modem: 2100 Hz for so many ms, with its phase reversed every 450 ms (V.25) and an envelope of 15 Hz
/// (V.8), or without.
#[must_use]
pub fn modem_answer(reversals: bool, envelope: bool, ms: usize, dbm0: f64) -> Vec<f64> {
    let peak = rms_of(dbm0) * 2_f64.sqrt();
    (0..8 * ms)
        .map(|n| {
            let t = n as f64 / 8000.0;
            let sign = if reversals && n / 3600 % 2 == 1 { -1.0 } else { 1.0 };
            let depth = if envelope { 0.2 } else { 0.0 };
            sign * peak * (1.0 + depth * (TAU * 15.0 * t).sin()) * (TAU * 2100.0 * t).sin()
        })
        .collect()
}

/// So many ms of nothing.
pub fn silence(ms: usize) -> impl Iterator<Item = f64> {
    std::iter::repeat_n(0.0, 8 * ms)
}

/// Brings the parts of a signal that are not silence to a level.
#[must_use]
pub fn at_level(mut samples: Vec<f64>, dbm0: f64) -> Vec<f64> {
    let powers: Vec<f64> =
        samples.chunks(160).map(|part| part.iter().map(|x| x * x).sum::<f64>() / part.len() as f64).collect();
    let most = powers.iter().fold(0.0, |most: f64, power| most.max(*power));
    let loud: Vec<&f64> = powers.iter().filter(|power| **power > 0.003 * most).collect();
    let gain = rms_of(dbm0) / (loud.iter().copied().sum::<f64>() / loud.len().max(1) as f64).sqrt().max(1e-9);
    samples.iter_mut().for_each(|x| *x *= gain);
    samples
}

/// What a microphone of a room hears: the sound itself, and 80 reflections that come thicker and fainter, 60 dB down after
/// so many ms; of the first of them it is `direct_db` louder.
#[must_use]
pub fn in_room(samples: &[f64], reverberation_ms: f64, direct_db: f64, rng: &mut Rng) -> Vec<f64> {
    let mut heard = samples.to_vec();
    heard.extend(silence(reverberation_ms as usize / 2));
    for _ in 0..80 {
        let ms = 3.0 + reverberation_ms / 2.0 * unit(rng).sqrt();
        let (delay, sign) = ((8.0 * ms) as usize, if rng.once_in(2) { 1.0 } else { -1.0 });
        let gain = sign * 10_f64.powf(-(direct_db + 60.0 * ms / reverberation_ms) / 20.0) * 0.4;
        for (heard, sample) in heard[delay..].iter_mut().zip(samples) {
            *heard += gain * sample;
        }
    }
    heard
}

/// Adds noise like that of a room, of this level.
pub fn add_noise(samples: &mut [f64], dbm0: f64, rng: &mut Rng) {
    for (sample, noise) in samples.iter_mut().zip(Noise::hoth(rng.word(), dbm0)) {
        *sample += noise;
    }
}

/// The nearest 16-bit values.
#[must_use]
pub fn to_samples(line: &[f64]) -> Vec<i16> {
    line.iter().map(|x| x.round().clamp(-32768.0, 32767.0) as i16).collect()
}

/// From 0 to 1, without 1.
pub fn unit(rng: &mut Rng) -> f64 {
    (rng.word() >> 11) as f64 / (1u64 << 53) as f64
}

/// Between two numbers.
pub fn between(rng: &mut Rng, least: f64, most: f64) -> f64 {
    least + (most - least) * unit(rng)
}
