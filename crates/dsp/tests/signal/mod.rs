//! Test signals: digits with every impairment a line can have. A generator of its own, so that an error in
//! the crate's tones cannot hide one in its detector.
#![allow(dead_code)] // each test binary uses a part of it

pub(crate) mod spandsp;

use std::f32::consts::TAU;

use tandem_dsp::dtmf::{Detector, DtmfEvent};
use tandem_dsp::g711;
use tandem_types::{Digit, Law};

const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// Where noise lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Band {
    /// 0 to 4 kHz.
    White,
    /// About 300 to 3400 Hz.
    Telephone,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    pub(crate) band: Band,
    /// Power below that of the pair of tones, before any band limit of the receiver.
    pub(crate) below_db: f32,
}

/// A string of digits and how it sounds.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) digits: usize,
    pub(crate) on_ms: f32,
    pub(crate) off_ms: f32,
    pub(crate) low_dbm0: f32,
    pub(crate) high_dbm0: f32,
    pub(crate) low_percent: f32,
    pub(crate) high_percent: f32,
    /// Silence in the middle of each tone.
    pub(crate) break_ms: f32,
    pub(crate) same_digit: bool,
    pub(crate) noise: Option<Noise>,
    /// Steady tones beside the digits: Hz and dBm0.
    pub(crate) others: Vec<(f32, f32)>,
    pub(crate) offset: f32,
    /// Milliseconds and dB down.
    pub(crate) echo: Option<(f32, f32)>,
    /// A second, one sample long each.
    pub(crate) impulses: f32,
    pub(crate) a_law: bool,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            digits: 160,
            on_ms: 50.0,
            off_ms: 100.0,
            low_dbm0: -10.0,
            high_dbm0: -10.0,
            low_percent: 0.0,
            high_percent: 0.0,
            break_ms: 0.0,
            same_digit: false,
            noise: None,
            others: Vec::new(),
            offset: 0.0,
            echo: None,
            impulses: 0.0,
            a_law: false,
        }
    }
}

impl Case {
    /// The samples, and the digits sent.
    pub(crate) fn signal(&self, random: &mut Random) -> (Vec<i16>, String) {
        let (mut line, sent) = self.digits(random);
        if let Some((delay_ms, down_db)) = self.echo {
            let (delay, gain) = ((delay_ms * 8.0) as usize, 10f32.powf(-down_db / 20.0));
            for n in (delay..line.len()).rev() {
                line[n] += gain * line[n - delay];
            }
        }
        for &(hz, dbm0) in &self.others {
            let (start, amplitude) = (random.unit(), if hz > 0.0 { amplitude(dbm0) } else { 0.0 });
            add_sine(&mut line, hz, amplitude, start);
        }
        if let Some(noise) = self.noise {
            let power = (amplitude(self.low_dbm0).powi(2) + amplitude(self.high_dbm0).powi(2)) / 2.0;
            let rms = (power * 10f32.powf(-noise.below_db / 10.0)).sqrt();
            for (sample, noise) in line.iter_mut().zip(unit_noise(noise.band, random)) {
                *sample += rms * noise;
            }
        }
        for sample in &mut line {
            *sample += self.offset;
            if self.impulses > 0.0 && random.unit() < self.impulses / 8000.0 {
                *sample += if random.unit() < 0.5 { -amplitude(0.0) } else { amplitude(0.0) };
            }
        }
        let companded = |x| g711::decode(Law::A, g711::encode(Law::A, x));
        let samples = line.iter().map(|&x| x.round() as i16);
        (samples.map(|x| if self.a_law { companded(x) } else { x }).collect(), sent)
    }

    fn digits(&self, random: &mut Random) -> (Vec<f32>, String) {
        let mut line = vec![0.0; 1600];
        let mut sent = String::new();
        let only = random.below(16);
        let mut last = 16;
        for _ in 0..self.digits {
            let key = if self.same_digit { only } else { random.other_key(last) };
            last = key;
            sent.push(Digit::KEYPAD[key].to_char());
            // Tones begin anywhere on the hops of a receiver, between samples too.
            let jitter = random.unit() * if self.off_ms > 60.0 { 40.0 } else { 1.0 };
            self.add_digit(&mut line, key, jitter, random);
        }
        line.resize(line.len() + 1600, 0.0);
        (line, sent)
    }

    fn add_digit(&self, line: &mut Vec<f32>, key: usize, late: f32, random: &mut Random) {
        let begin = line.len();
        let (on, off) = (self.on_ms * 8.0, self.off_ms * 8.0);
        let whole = (on + off).round() as usize + late as usize;
        line.resize(begin + whole, 0.0);
        let hole = on / 2.0 - self.break_ms * 4.0..on / 2.0 + self.break_ms * 4.0;
        let low = (LOW[key / 4] * (1.0 + self.low_percent / 100.0), amplitude(self.low_dbm0), random.unit());
        let high =
            (HIGH[key % 4] * (1.0 + self.high_percent / 100.0), amplitude(self.high_dbm0), random.unit());
        for n in 0..whole {
            let t = n as f32 - late;
            if t >= 0.0 && t < on && !hole.contains(&t) {
                line[begin + n] = sine(low, t) + sine(high, t);
            }
        }
    }
}

/// The digits that the detector of this crate hears.
pub(crate) fn detected(samples: &[i16]) -> String {
    let mut heard = String::new();
    let mut note = |event| {
        if let DtmfEvent::Start { digit, .. } = event {
            heard.push(digit.to_char());
        }
    };
    let mut detector = Detector::new();
    detector.process(samples, &mut note);
    detector.finish(&mut note);
    heard
}

/// A steady pair (a frequency of 0 is none).
pub(crate) fn steady((one, two): (f32, f32), dbm0: f32, seconds: f32) -> Vec<i16> {
    let mut line = vec![0.0; (seconds * 8000.0) as usize];
    for hz in [one, two] {
        add_sine(&mut line, hz, if hz > 0.0 { amplitude(dbm0) } else { 0.0 }, 0.1);
    }
    to_samples(&line)
}

/// The same, 50 ms on and 50 ms off.
pub(crate) fn keyed(pair: (f32, f32), dbm0: f32, times: usize) -> Vec<i16> {
    let mut samples = steady(pair, dbm0, times as f32 * 0.1);
    samples.chunks_mut(800).for_each(|chunk| chunk[400..].fill(0));
    samples
}

/// A sine that moves from one frequency to the other.
pub(crate) fn sweep(from_hz: f32, to_hz: f32, dbm0: f32, seconds: f32) -> Vec<i16> {
    let frames = (seconds * 8000.0) as usize;
    let mut phase = 0.0f64;
    let hz = |n| f64::from(from_hz) + f64::from(to_hz - from_hz) * n as f64 / frames as f64;
    let line: Vec<f32> = (0..frames)
        .map(|n| {
            phase += hz(n) / 8000.0;
            amplitude(dbm0) * ((phase.fract() as f32) * TAU).sin()
        })
        .collect();
    to_samples(&line)
}

/// Noise of this power.
pub(crate) fn noise(band: Band, dbm0: f32, frames: usize, random: &mut Random) -> Vec<i16> {
    let rms = amplitude(dbm0) / 2f32.sqrt();
    let line: Vec<f32> = unit_noise(band, random).take(frames).map(|x| rms * x).collect();
    to_samples(&line)
}

/// Peak value of a sine of this level, by its definition: full scale is +3.14 dBm0.
#[allow(clippy::approx_constant)] // 3.14 is a level here
pub(crate) fn amplitude(dbm0: f32) -> f32 {
    32768.0 * 10f32.powf((dbm0 - 3.14) / 20.0)
}

fn to_samples(line: &[f32]) -> Vec<i16> {
    line.iter().map(|x| x.round() as i16).collect()
}

fn sine((hz, amplitude, start): (f32, f32, f32), t: f32) -> f32 {
    amplitude * ((hz * t / 8000.0 + start) * TAU).sin()
}

fn add_sine(line: &mut [f32], hz: f32, amplitude: f32, start: f32) {
    for (n, sample) in line.iter_mut().enumerate() {
        let turns = (f64::from(hz) * n as f64 / 8000.0 + f64::from(start)).fract() as f32;
        *sample += amplitude * (turns * TAU).sin();
    }
}

/// Gaussian noise of power 1 in its band; telephone noise by a high-pass and a low-pass of order 4.
fn unit_noise(band: Band, random: &mut Random) -> impl Iterator<Item = f32> + '_ {
    // Butterworth sections of order 4 at 300 Hz (high-pass) and 3400 Hz (low-pass): gains, then a1 and a2.
    let mut sections = [
        Section::butterworth(300.0, 0.541_196_1, true),
        Section::butterworth(300.0, 1.306_563, true),
        Section::butterworth(3400.0, 0.541_196_1, false),
        Section::butterworth(3400.0, 1.306_563, false),
    ];
    std::iter::repeat_with(move || {
        let white = random.gauss();
        match band {
            Band::White => white,
            // Of white noise 0.775 of the power passes.
            Band::Telephone => sections.iter_mut().fold(white / 0.775f32.sqrt(), |x, s| s.filter(x)),
        }
    })
}

/// A second-order section.
struct Section {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl Section {
    fn butterworth(hz: f32, q: f32, high_pass: bool) -> Self {
        let w = TAU * hz / 8000.0;
        let alpha = w.sin() / (2.0 * q);
        let a0 = 1.0 + alpha;
        let (edge, sign) =
            if high_pass { ((1.0 + w.cos()) / 2.0, -2.0) } else { ((1.0 - w.cos()) / 2.0, 2.0) };
        Self {
            b: [edge / a0, sign * edge / a0, edge / a0],
            a: [-2.0 * w.cos() / a0, (1.0 - alpha) / a0],
            state: [0.0; 2],
        }
    }

    fn filter(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn bits(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }

    /// From 0 to 1, without 1.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / 16_777_216.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.bits() as usize % limit
    }

    /// A key unlike the last, so that a lost pause shows as a lost digit.
    fn other_key(&mut self, last: usize) -> usize {
        loop {
            let key = self.below(16);
            if key != last {
                return key;
            }
        }
    }

    /// Normal deviate (Box–Muller).
    pub(crate) fn gauss(&mut self) -> f32 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (self.unit() * TAU).cos()
    }
}
