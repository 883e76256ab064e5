//! What channels carry while they are measured: speech-like sound, dialled digits and short pauses.
//!
//! Silence would flatter the detectors, which stop working on it, and endless digits would do the opposite.
use std::f64::consts::TAU;
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_dsp::g711;
use tandem_types::{Law, MAX_TICK_FRAMES, Timeslot};

/// One frame of a span.
pub type Frame = [u8; Timeslot::PER_FRAME];

/// Frames after which the signal of a span repeats: one second.
pub const PERIOD: usize = 8000;

/// A second of a span's octets, the longest tick of its beginning repeated behind it. Each timeslot carries
/// the same second, begun at another place.
#[must_use]
pub fn span_octets(law: Law) -> Vec<Frame> {
    let second = channel_samples(law);
    (0..PERIOD + MAX_TICK_FRAMES)
        .map(|frame| {
            std::array::from_fn(|slot| g711::encode(law, second[(frame + slot * SLOT_SHIFT) % PERIOD]))
        })
        .collect()
}

/// One second of a channel: two digits of 70 ms with their pauses, and 720 ms of sound like speech.
#[must_use]
pub fn channel_samples(law: Law) -> Vec<i16> {
    let mut samples = vec![0; PERIOD];
    let (digits, speech) = samples.split_at_mut(DIGITS_FRAMES);
    let mut dialler = DtmfGenerator::new(law, DtmfSender::default());
    dialler.dial_str("5D").expect("two keys");
    dialler.fill(digits);
    let mut noise = Noise(1);
    digits.iter_mut().for_each(|sample| *sample = sample.saturating_add(noise.next(60)));
    for (n, sample) in speech.iter_mut().enumerate() {
        *sample = speech_at(n).saturating_add(noise.next(200));
    }
    samples
}

/// The same samples in all lanes of a span, each begun at another place.
#[must_use]
pub fn lanes(channel: &[i16]) -> Vec<[i16; Timeslot::PER_FRAME]> {
    (0..channel.len())
        .map(|frame| std::array::from_fn(|lane| channel[(frame + lane * SLOT_SHIFT) % channel.len()]))
        .collect()
}

/// The echo that a line gives of a second of a channel, over and over: 14 dB down, from 5 to 14 ms.
#[must_use]
pub fn echo_of(law: Law, channel: &[i16]) -> Vec<i16> {
    const TAPS: [(usize, i32); 5] = [(40, 32), (44, -25), (51, 12), (70, -7), (112, 3)];
    let at = |place: usize| i32::from(channel[place % channel.len()]);
    let echo =
        |n: usize| TAPS.map(|(delay, tap)| tap * at(n + channel.len() - delay)).iter().sum::<i32>() / 256;
    (0..channel.len()).map(|n| g711::decode(law, g711::encode(law, echo(n) as i16))).collect()
}

/// The harmonics of a voice under two formants and the envelope of its syllables, near -17 dBm0.
fn speech_at(n: usize) -> i16 {
    let time = n as f64 / 8000.0;
    let pitch = 130.0 + 25.0 * (TAU * 2.3 * time).sin();
    let envelope = (0.5 - 0.5 * (TAU * 4.0 * time).cos()).sqrt();
    let sum: f64 = (1..=24)
        .map(|harmonic| {
            let hz = pitch * f64::from(harmonic);
            let formants =
                1.0 / (1.0 + ((hz - 600.0) / 250.0).powi(2)) + 0.5 / (1.0 + ((hz - 1700.0) / 300.0).powi(2));
            formants * (TAU * hz * time).sin()
        })
        .sum();
    (3000.0 * envelope * sum).clamp(-32000.0, 32000.0) as i16
}

/// The same noise every time.
struct Noise(u32);

impl Noise {
    /// A value within ± `peak`.
    fn next(&mut self, peak: i32) -> i16 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 16) as i32 * (2 * peak + 1) / 65_536 - peak) as i16
    }
}

const DIGITS_FRAMES: usize = 4 * 70 * 8;
/// By how many frames each timeslot is ahead of the one before.
const SLOT_SHIFT: usize = 247;
