//! The arithmetic of the front end, eight lanes at a time: correlation, long window, high-pass filter.
//!
//! Each kernel is one function without branches over the lanes, with a fixed order of summation, so that its
//! variants for instruction sets give the same bits; it is compiled into each of them (`arch`). No state but the
//! filter's.

#![allow(clippy::needless_range_loop)] // loops over lanes read best, and vectorise best, by their index

use super::{HIGH_HZ, LOW_HZ};
use crate::spectrum::sine_and_cosine;

/// Lanes worked at once.
pub(super) const WIDTH: usize = 8;
/// Frames in a hop: 5 ms.
pub(super) const HOP: usize = 40;
/// The frequencies of both groups.
pub(super) const TONES: usize = 8;

/// A value for each lane.
pub(super) type Lanes = [f32; WIDTH];

/// A complex number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Complex {
    pub(super) re: f32,
    pub(super) im: f32,
}

impl Complex {
    pub(super) fn power(self) -> f32 {
        self.re * self.re + self.im * self.im
    }
}

/// Correlations with the eight frequencies, low group first. A sine of peak A gives magnitude A.
#[derive(Clone, Debug)]
pub(super) struct Spectrum {
    pub(super) re: [Lanes; TONES],
    pub(super) im: [Lanes; TONES],
}

impl Spectrum {
    pub(super) const ZERO: Self = Self { re: [[0.0; WIDTH]; TONES], im: [[0.0; WIDTH]; TONES] };

    #[inline(always)]
    pub(super) fn scale(&mut self, factor: &Lanes) {
        self.re.iter_mut().chain(&mut self.im).for_each(|tone| scale(tone, factor));
    }

    pub(super) fn line(&self, tone: usize, lane: usize) -> Complex {
        Complex { re: self.re[tone][lane], im: self.im[tone][lane] }
    }

    #[inline(always)]
    pub(super) fn powers(&self, powers: &mut [Lanes; TONES]) {
        let parts = self.re.as_flattened().iter().zip(self.im.as_flattened());
        for (power, (re, im)) in powers.as_flattened_mut().iter_mut().zip(parts) {
            *power = re * re + im * im;
        }
    }
}

#[inline(always)]
pub(super) fn scale(lanes: &mut Lanes, factor: &Lanes) {
    for lane in 0..WIDTH {
        lanes[lane] *= factor[lane];
    }
}

/// Kernel: the short spectra of 80 frames. The window is symmetric, so frames are folded first.
#[inline(always)]
pub(super) fn correlate(before: &[Lanes; HOP], reversed: &[Lanes; HOP]) -> Spectrum {
    let mut sums = [[0.0; WIDTH]; HOP];
    let mut differences = [[0.0; WIDTH]; HOP];
    let folded = sums.as_flattened_mut().iter_mut().zip(differences.as_flattened_mut());
    let halves = before.as_flattened().iter().zip(reversed.as_flattened());
    for ((sum, difference), (early, late)) in folded.zip(halves) {
        *sum = early + late;
        *difference = early - late;
    }
    let mut spectrum = Spectrum::ZERO;
    for pair in 0..TONES / 2 {
        let (one, two) = (2 * pair, 2 * pair + 1);
        let (mut re1, mut im1) = ([0.0; WIDTH], [0.0; WIDTH]);
        let (mut re2, mut im2) = ([0.0; WIDTH], [0.0; WIDTH]);
        for n in 0..HOP {
            let weights = &WEIGHTS[pair][n];
            for lane in 0..WIDTH {
                re1[lane] += sums[n][lane] * weights[0];
                im1[lane] += differences[n][lane] * weights[1];
                re2[lane] += sums[n][lane] * weights[2];
                im2[lane] += differences[n][lane] * weights[3];
            }
        }
        (spectrum.re[one], spectrum.im[one]) = (re1, im1);
        (spectrum.re[two], spectrum.im[two]) = (re2, im2);
    }
    spectrum
}

/// Kernel: long spectra from three short ones: 1/4, 1/2, 1/4, each turned to the middle one's centre.
#[inline(always)]
pub(super) fn long_window([new, middle, old]: [&Spectrum; 3], long: &mut Spectrum) {
    let cos = HOP_COSINE.as_flattened();
    let sin = HOP_SINE.as_flattened();
    let [new_re, middle_re, old_re] = [&new.re, &middle.re, &old.re].map(|part| part.as_flattened());
    let [new_im, middle_im, old_im] = [&new.im, &middle.im, &old.im].map(|part| part.as_flattened());
    let (re, im) = (long.re.as_flattened_mut(), long.im.as_flattened_mut());
    for n in 0..TONES * WIDTH {
        let turned_re = cos[n] * (new_re[n] + old_re[n]) + sin[n] * (new_im[n] - old_im[n]);
        let turned_im = cos[n] * (new_im[n] + old_im[n]) + sin[n] * (old_re[n] - new_re[n]);
        re[n] = 0.5 * middle_re[n] + 0.25 * turned_re;
        im[n] = 0.5 * middle_im[n] + 0.25 * turned_im;
    }
}

/// Elliptic high-pass of order 4: edge 640 Hz, ripple 0.4 dB, stop band 22 dB down (350 and 440 Hz: 27 and
/// 22 dB). Two sections in transposed direct form II; the zeros lie on the unit circle.
#[derive(Clone, Debug)]
pub(super) struct HighPass {
    pub(super) state: [Lanes; 4],
}

impl HighPass {
    /// Kernel: sums of squares of the newest hop, filtered and as it is.
    #[inline(always)]
    pub(super) fn energies(&mut self, reversed: &[Lanes; HOP]) -> (Lanes, Lanes) {
        let (mut high, mut raw) = ([0.0; WIDTH], [0.0; WIDTH]);
        let [mut s1, mut s2, mut s3, mut s4] = self.state;
        for frame in reversed.iter().rev() {
            for lane in 0..WIDTH {
                let x = frame[lane];
                let y = x + s1[lane];
                s1[lane] = B1 * x - A1 * y + s2[lane];
                s2[lane] = x - A2 * y;
                let z = y + s3[lane];
                s3[lane] = D1 * y - C1 * z + s4[lane];
                s4[lane] = y - C2 * z;
                high[lane] += z * z;
                raw[lane] += x * x;
            }
        }
        self.state = [s1, s2, s3, s4];
        high.iter_mut().for_each(|sum| *sum *= FILTER_GAIN * FILTER_GAIN);
        (high, raw)
    }
}

/// Power gain of the high-pass at the eight frequencies.
pub(super) const HIGH_PASS_GAIN: [f32; TONES] =
    [0.96733, 0.91289, 0.92667, 0.95814, 0.99981, 0.99748, 0.98911, 0.97778];

const FILTER_GAIN: f32 = 0.614_504_6;
const B1: f32 = -1.955_374_4;
const A1: f32 = -1.217_393_8;
const A2: f32 = 0.475_436_25;
const D1: f32 = -1.833_002_4;
const C1: f32 = -1.699_683_9;
const C2: f32 = 0.923_104_45;

const fn nominal_hz(tone: usize) -> f64 {
    if tone < 4 { LOW_HZ[tone] as f64 } else { HIGH_HZ[tone - 4] as f64 }
}

/// Cosine and sine of the angle by which each nominal frequency turns in a hop, in every lane.
pub(super) static HOP_COSINE: [Lanes; TONES] = {
    let mut cosines = [[0.0; WIDTH]; TONES];
    let mut tone = 0;
    while tone < TONES {
        cosines[tone] = [sine_and_cosine(nominal_hz(tone) * HOP as f64 / 8000.0).1 as f32; WIDTH];
        tone += 1;
    }
    cosines
};
pub(super) static HOP_SINE: [Lanes; TONES] = {
    let mut sines = [[0.0; WIDTH]; TONES];
    let mut tone = 0;
    while tone < TONES {
        sines[tone] = [sine_and_cosine(nominal_hz(tone) * HOP as f64 / 8000.0).0 as f32; WIDTH];
        tone += 1;
    }
    sines
};

/// Windowed cosine and sine of two frequencies for each folded frame, in the order the kernel reads them.
static WEIGHTS: [[[f32; 4]; HOP]; TONES / 2] = {
    let mut weights = [[[0.0; 4]; HOP]; TONES / 2];
    let mut tone = 0;
    while tone < TONES {
        let mut n = 0;
        while n < HOP {
            let (_, cos) = sine_and_cosine((n as f64 + 0.5) / (2 * HOP) as f64);
            let hann = (0.5 - 0.5 * cos) * 2.0 / HOP as f64;
            let to_centre = (HOP as f64 - 0.5 - n as f64) / 8000.0;
            let (sin, cos) = sine_and_cosine(nominal_hz(tone) * to_centre);
            weights[tone / 2][n][2 * (tone % 2)] = (hann * cos) as f32;
            weights[tone / 2][n][2 * (tone % 2) + 1] = (hann * sin) as f32;
            n += 1;
        }
        tone += 1;
    }
    weights
};
