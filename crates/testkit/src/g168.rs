//! Signals, lines and meters for tests of echo cancellers after G.168: composite source signal, Hoth noise, echo
//! paths, levels. Samples are of 64 bits until a line's law cuts them.
//!
//! The lengths of the composite source signals' parts, the spectrum of their noise and the number of periods in their
//! voiced part are those of Annex C; the voice itself is our own.
use crate::Rng;
use std::f64::consts::TAU;

/// The level of a full-scale sine in A-law (G.711 §4).
#[allow(clippy::approx_constant)] // 3.14 is a level here
const FULL_SCALE_DBM0: f64 = 3.14;

/// The root of the mean square of a signal of this level.
#[must_use]
pub fn rms_of(dbm0: f64) -> f64 {
    32_768.0 / 2_f64.sqrt() * 10_f64.powf((dbm0 - FULL_SCALE_DBM0) / 20.0)
}

/// The level of a mean square; −99 for none.
#[must_use]
pub fn dbm0_of(mean_square: f64) -> f64 {
    (20.0 * (mean_square.sqrt() / rms_of(0.0)).log10()).max(-99.0)
}

/// Which composite source signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Talker {
    /// The one for a talker alone: periods of 350 ms.
    Single,
    /// The one for the other talker of double talk: 400 ms.
    Double,
}

/// A composite source signal: voice, noise with the spectrum of speech, and a pause; then the same with its sign
/// turned, over and over.
#[derive(Clone, Debug)]
pub struct Css {
    period: Vec<f64>,
    next: usize,
}

impl Css {
    /// A signal whose parts that are not a pause have this level.
    #[must_use]
    pub fn new(talker: Talker, dbm0: f64) -> Self {
        let (voiced, periods, whole, seed) = match talker {
            Talker::Single => (389, 16.0, 2800, 1),
            Talker::Double => (582, 14.0, 3200, 2),
        };
        let mut rng = Rng::new(seed);
        let mut period = at_level(voice(voiced, 8000.0 * periods / voiced as f64, &mut rng), dbm0);
        period.extend(at_level(speech_noise(talker, &mut rng), dbm0));
        period.resize(whole, 0.0);
        let turned: Vec<f64> = period.iter().map(|sample| -sample).collect();
        period.extend(turned);
        Self { period, next: 0 }
    }
}

impl Iterator for Css {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let sample = self.period[self.next];
        self.next = (self.next + 1) % self.period.len();
        Some(sample)
    }
}

fn at_level(mut samples: Vec<f64>, dbm0: f64) -> Vec<f64> {
    let power = samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len() as f64;
    let gain = rms_of(dbm0) / power.sqrt();
    samples.iter_mut().for_each(|sample| *sample *= gain);
    samples
}

/// The harmonics of a pitch under three formants.
fn voice(length: usize, pitch: f64, rng: &mut Rng) -> Vec<f64> {
    let mut samples = vec![0.0; length];
    for harmonic in (1..).map(f64::from).take_while(|harmonic| harmonic * pitch < 3400.0) {
        let hz = harmonic * pitch;
        let formant = |centre: f64, width: f64| 1.0 / (1.0 + ((hz - centre) / width).powi(2));
        let part = formant(500.0, 250.0) + 0.4 * formant(1500.0, 300.0) + 0.2 * formant(2500.0, 400.0);
        let phase = TAU * unit(rng);
        for (n, sample) in samples.iter_mut().enumerate() {
            *sample += part * (TAU * hz * n as f64 / 8000.0 + phase).sin();
        }
    }
    samples
}

/// 200 ms of noise: lines 44100 / 8192 Hz apart, all as strong as the spectrum has them and with random signs, or with
/// random strength as well.
fn speech_noise(talker: Talker, rng: &mut Rng) -> Vec<f64> {
    let mut samples = vec![0.0; 1600];
    for hz in (1..).map(|line| f64::from(line) * 44_100.0 / 8192.0).take_while(|hz| *hz < 3680.0) {
        let strength = match talker {
            Talker::Single => 1.0,
            Talker::Double => gaussian(rng),
        };
        let (part, phase) = (strength * 10_f64.powf(spectrum_db(hz) / 20.0), TAU * unit(rng));
        for (n, sample) in samples.iter_mut().enumerate() {
            *sample += part * (TAU * hz * n as f64 / 8000.0 + phase).sin();
        }
    }
    samples
}

fn spectrum_db(hz: f64) -> f64 {
    const CORNERS: [(f64, f64); 10] = [
        (50.0, -25.8),
        (100.0, -12.8),
        (200.0, 17.4),
        (215.0, 17.8),
        (500.0, 12.2),
        (1000.0, 7.2),
        (2850.0, 0.0),
        (3600.0, -2.0),
        (3660.0, -20.0),
        (3680.0, -30.0),
    ];
    let part = CORNERS.windows(2).find(|part| (part[0].0..part[1].0).contains(&hz));
    part.map_or(-60.0, |part| {
        let [(from, from_db), (to, to_db)] = [part[0], part[1]];
        from_db + (hz - from) / (to - from) * (to_db - from_db)
    })
}

fn unit(rng: &mut Rng) -> f64 {
    (rng.word() >> 11) as f64 / (1u64 << 53) as f64
}

fn gaussian(rng: &mut Rng) -> f64 {
    (0..12).map(|_| unit(rng)).sum::<f64>() - 6.0
}

/// Noise: white, or weaker the higher the frequency, like that of rooms (Hoth), by a filter of the first order.
#[derive(Clone, Debug)]
pub struct Noise {
    rng: Rng,
    memory: f64,
    last: f64,
    rms: f64,
}

impl Noise {
    /// White noise of this level.
    #[must_use]
    pub fn white(seed: u64, dbm0: f64) -> Self {
        Self { rng: Rng::new(seed), memory: 0.0, last: 0.0, rms: rms_of(dbm0) }
    }

    /// Like a room's.
    #[must_use]
    pub fn hoth(seed: u64, dbm0: f64) -> Self {
        Self { memory: 0.625, ..Self::white(seed, dbm0) }
    }
}

impl Iterator for Noise {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let fresh = (1.0 - self.memory * self.memory).sqrt() * gaussian(&mut self.rng);
        self.last = self.memory * self.last + fresh;
        Some(self.last * self.rms)
    }
}

/// A tone of this frequency and level.
pub fn tone(hz: f64, dbm0: f64) -> impl Iterator<Item = f64> + Clone {
    let peak = rms_of(dbm0) * 2_f64.sqrt();
    (0..).map(move |n| peak * (TAU * hz * f64::from(n % 8000) / 8000.0).sin())
}

/// A line that echoes.
#[derive(Clone, Debug)]
pub struct EchoPath {
    response: Vec<f64>,
    delay: usize,
    heard: Vec<f64>,
    next: usize,
}

impl EchoPath {
    /// A path with this response to an impulse, made to have the loss (of all its energy) and so much delay before it.
    #[must_use]
    pub fn new(response: &[f64], loss_db: f64, delay: usize) -> Self {
        let energy: f64 = response.iter().map(|tap| tap * tap).sum();
        let gain = 10_f64.powf(-loss_db / 20.0) / energy.sqrt();
        let mut taps = vec![0.0; delay];
        taps.extend(response.iter().map(|tap| tap * gain));
        Self { heard: vec![0.0; taps.len()], response: taps, delay, next: 0 }
    }

    /// No echo at all.
    #[must_use]
    pub fn open() -> Self {
        Self { response: vec![0.0], delay: 0, heard: vec![0.0], next: 0 }
    }

    /// Another path takes its place, in the middle of what is heard.
    pub fn change(&mut self, other: &Self) {
        let mut changed = other.clone();
        let (length, places) = (self.heard.len(), changed.heard.len());
        for back in 1..=length.min(places) {
            changed.heard[places - back] = self.heard[(self.next + length - back) % length];
        }
        *self = changed;
    }

    /// The echo at the moment at which the line hears this.
    pub fn echo(&mut self, sample: f64) -> f64 {
        let length = self.heard.len();
        self.heard[self.next] = sample;
        self.next = (self.next + 1) % length;
        let (later, earlier) = self.heard.split_at(self.next);
        let newest_first = later.iter().rev().chain(earlier.iter().rev());
        self.response.iter().zip(newest_first).skip(self.delay).map(|(tap, heard)| tap * heard).sum()
    }
}

/// Responses of our own: hybrids that ring at a few frequencies, `n` from 0 to 3, up to 12 ms long.
#[must_use]
pub fn hybrid(n: usize) -> Vec<f64> {
    // Frequency, decay in samples, strength.
    const RINGS: [&[(f64, f64, f64)]; 4] = [
        &[(2200.0, 5.0, 1.0), (600.0, 14.0, 0.3)],
        &[(1500.0, 12.0, 1.0), (2900.0, 8.0, 0.7), (350.0, 20.0, 0.2)],
        &[(1000.0, 16.0, 0.8), (1900.0, 18.0, 0.8), (3100.0, 10.0, 0.5)],
        &[(700.0, 7.0, 1.0), (2500.0, 6.0, -0.9)],
    ];
    (0..96)
        .map(|k| {
            let rise = (f64::from(k) / 3.0).min(1.0);
            let ring = |(hz, decay, part): &(f64, f64, f64)| {
                part * (-f64::from(k) / decay).exp() * (TAU * hz * f64::from(k) / 8000.0).cos()
            };
            rise * RINGS[n].iter().map(ring).sum::<f64>()
        })
        .collect()
}

/// The responses m1 to m8 of Annex D (§D.2 to §D.9), as the header of libspandsp-dev has them; none where it is not
/// installed.
#[must_use]
pub fn annex_d() -> Vec<Vec<f64>> {
    let Ok(text) = std::fs::read_to_string("/usr/include/spandsp/g168models.h") else { return Vec::new() };
    let model = |section: usize| {
        let name = format!("line_model_d{section}_coeffs[]");
        let (_, rest) = text.split_once(&name)?;
        let (numbers, _) = rest.split_once('{')?.1.split_once('}')?;
        let numbers = numbers.split(',').map(str::trim).filter(|number| !number.is_empty());
        numbers.map(|number| number.parse().ok()).collect::<Option<Vec<f64>>>()
    };
    (2..=9).filter_map(model).collect()
}

/// The level of a signal over 35 ms, and the highest since it was last asked for.
#[derive(Clone, Debug)]
pub struct Meter {
    squares: Vec<f64>,
    next: usize,
    sum: f64,
    highest: f64,
}

impl Default for Meter {
    fn default() -> Self {
        Self { squares: vec![0.0; 280], next: 0, sum: 0.0, highest: 0.0 }
    }
}

impl Meter {
    /// Measures a sample.
    pub fn take(&mut self, sample: f64) {
        let square = sample * sample;
        self.sum = (self.sum + square - std::mem::replace(&mut self.squares[self.next], square)).max(0.0);
        self.next = (self.next + 1) % self.squares.len();
        self.highest = self.highest.max(self.sum);
    }

    /// The level now.
    #[must_use]
    pub fn dbm0(&self) -> f64 {
        dbm0_of(self.sum / self.squares.len() as f64)
    }

    /// The highest level, which is forgotten.
    pub fn highest(&mut self) -> f64 {
        dbm0_of(std::mem::replace(&mut self.highest, self.sum) / self.squares.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_composite_source_signal_has_its_level_outside_its_pause_and_turns_its_sign() {
        for (talker, period, pause) in [(Talker::Single, 2800, 811), (Talker::Double, 3200, 1018)] {
            let samples: Vec<f64> = Css::new(talker, -10.0).take(2 * period).collect();
            let loud = &samples[..period - pause];
            let power = loud.iter().map(|sample| sample * sample).sum::<f64>() / loud.len() as f64;
            assert!((dbm0_of(power) + 10.0).abs() < 0.01, "{talker:?}: {}", dbm0_of(power));
            assert!(samples[period - pause..period].iter().all(|sample| *sample == 0.0));
            assert!((0..period).all(|n| samples[n] == -samples[period + n]));
        }
    }

    #[test]
    fn an_echo_path_has_its_loss_and_delay() {
        let mut path = EchoPath::new(&hybrid(1), 10.0, 384);
        let response: Vec<f64> = (0..600).map(|n| path.echo(if n == 0 { 1.0 } else { 0.0 })).collect();
        let energy: f64 = response.iter().map(|tap| tap * tap).sum();
        assert!((10.0 * energy.log10() + 10.0).abs() < 0.01);
        assert!(response[..384].iter().all(|tap| *tap == 0.0));
    }

    #[test]
    fn a_changed_path_goes_on_with_what_was_heard() {
        let mut path = EchoPath::new(&[1.0], 0.0, 3);
        (1..=5).for_each(|n| _ = path.echo(f64::from(n)));
        path.change(&EchoPath::new(&[1.0], 0.0, 2));
        assert_eq!([6.0, 7.0].map(|sample| path.echo(sample)), [4.0, 5.0]);
    }

    #[test]
    fn a_meter_shows_the_level_of_a_tone() {
        let mut meter = Meter::default();
        tone(1000.0, -20.0).take(400).for_each(|sample| meter.take(sample));
        assert!((meter.dbm0() + 20.0).abs() < 0.05, "{}", meter.dbm0());
    }
}
