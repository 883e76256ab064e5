//! What a noise is like: the mean of what several 10 ms had in level and spectrum.

use super::{Description, MOST_COEFFICIENTS};
use crate::level::FULL_SCALE;
use crate::spectrum::sine_and_cosine;

/// Listens to the noise of one channel, and describes it. It is to hear noise only: a voice in it would count as noise.
#[derive(Clone, Debug)]
pub struct Analyser {
    /// The hop before, and the one that goes on.
    samples: [i16; 2 * HOP],
    fresh: usize,
    hops: u32,
    /// The autocorrelation of a window, on average.
    correlation: [f32; LAGS],
}

impl Default for Analyser {
    fn default() -> Self {
        Self::new()
    }
}

impl Analyser {
    /// One that has heard nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { samples: [0; 2 * HOP], fresh: 0, hops: 0, correlation: [0.0; LAGS] }
    }

    /// Takes samples. Every 10 ms the last 20 count, as one of 16 in the mean.
    pub fn hear(&mut self, samples: &[i16]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.len().min(HOP - self.fresh));
            let at = HOP + self.fresh;
            self.samples[at..at + part.len()].copy_from_slice(part);
            self.fresh += part.len();
            rest = after;
            if self.fresh == HOP {
                self.end_hop();
            }
        }
    }

    /// Whether enough was heard to describe it: 50 ms.
    #[must_use]
    pub const fn knows(&self) -> bool {
        self.hops >= FEWEST_HOPS
    }

    /// What was heard of late, with so many coefficients; nothing until enough was heard.
    #[must_use]
    pub fn describe(&self, coefficients: usize) -> Option<Description> {
        if !self.knows() {
            return None;
        }
        let power = self.correlation[0];
        let below_overload = -10.0 * libm::log10f((power / (FULL_SCALE * FULL_SCALE)).max(1e-13));
        let mut reflections = [0.0; MOST_COEFFICIENTS];
        let reflections = &mut reflections[..coefficients.min(MOST_COEFFICIENTS)];
        if power > LEAST_POWER {
            reflect(&self.correlation, reflections);
        }
        Some(Description::new(below_overload, reflections))
    }

    fn end_hop(&mut self) {
        // Where nothing came before there is no window yet.
        if self.hops > 0 {
            let own = autocorrelation(&self.samples);
            let part = 1.0 / self.hops.min(MEAN_OF) as f32;
            for (mean, own) in self.correlation.iter_mut().zip(own) {
                *mean += (own - *mean) * part;
            }
        }
        self.hops = (self.hops + 1).min(MEAN_OF + 1);
        self.samples.copy_within(HOP.., 0);
        self.fresh = 0;
    }
}

/// Of windowed samples without their mean: at lag 0 their mean square.
fn autocorrelation(samples: &[i16; 2 * HOP]) -> [f32; LAGS] {
    let mean = samples.iter().map(|sample| i32::from(*sample)).sum::<i32>() as f32 / (2 * HOP) as f32;
    let mut windowed = [0.0; 2 * HOP];
    for n in 0..2 * HOP {
        windowed[n] = (f32::from(samples[n]) - mean) * WINDOW[n];
    }
    core::array::from_fn(|lag| {
        let products = windowed[lag..].iter().zip(&windowed).map(|(one, before)| one * before);
        products.sum::<f32>() / WINDOW_POWER
    })
}

/// The coefficients of the lattice that whitens what has this autocorrelation: the recursion of Levinson and Durbin.
fn reflect(correlation: &[f32; LAGS], reflections: &mut [f32]) {
    let mut predictor = [0.0; LAGS];
    predictor[0] = 1.0;
    // Noise 40 dB down keeps what has lines of no width in hand.
    let mut error = correlation[0] * 1.0001;
    for stage in 1..=reflections.len() {
        let product: f32 = (0..stage).map(|n| predictor[n] * correlation[stage - n]).sum();
        let reflection = (-product / error).clamp(-MOST_REFLECTION, MOST_REFLECTION);
        reflections[stage - 1] = reflection;
        let before = predictor;
        for n in 1..=stage {
            predictor[n] = before[n] + reflection * before[stage - n];
        }
        error *= 1.0 - reflection * reflection;
    }
}

/// 10 ms.
const HOP: usize = 80;
const LAGS: usize = MOST_COEFFICIENTS + 1;
const FEWEST_HOPS: u32 = 5;
/// 160 ms.
const MEAN_OF: u32 = 16;
/// Below it there is nothing but the steps of the coder.
const LEAST_POWER: f32 = 1.0;
const MOST_REFLECTION: f32 = 0.999;
/// Of von Hann.
const WINDOW: [f32; 2 * HOP] = {
    let mut window = [0.0; 2 * HOP];
    let mut n = 0;
    while n < 2 * HOP {
        let (sine, _) = sine_and_cosine((n as f64 + 0.5) / (4 * HOP) as f64);
        window[n] = (sine * sine) as f32;
        n += 1;
    }
    window
};
/// The sum of the squares of the window: three eighths of its samples.
const WINDOW_POWER: f32 = (2 * HOP) as f32 * 3.0 / 8.0;
