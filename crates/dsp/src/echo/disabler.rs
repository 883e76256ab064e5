//! The tone of 2100 Hz that turns a canceller off: modems and fax terminals send it (ANS), with its phase reversed
//! every 450 ms where no echo canceller is wanted.
//!
//! Either direction may carry it. It is measured against all else in stretches of 10 ms: 21 periods, so that the phase
//! of the tone stays what it is from one to the next, or goes on by as much each time if its frequency is a little off.

use core::f32::consts::{PI, TAU};

use super::Disabled;
use super::block::Samples;
use crate::arch::BLOCK;

#[derive(Clone, Debug, Default)]
pub(super) struct Disabler {
    directions: [Direction; 2],
    /// Samples of the stretch so far.
    samples: usize,
    disabled: Disabled,
    /// Stretches since either direction was last as loud as to hold what is disabled.
    quiet: u32,
}

impl Disabler {
    pub(super) const fn disabled(&self) -> Disabled {
        self.disabled
    }

    /// Hears both directions: so many samples, of a block.
    #[inline(always)]
    pub(super) fn listen(&mut self, directions: [&Samples; 2], count: usize) {
        for (direction, samples) in self.directions.iter_mut().zip(directions) {
            direction.add(samples, count, self.samples);
        }
        self.samples += count;
        if self.samples >= STRETCH {
            self.samples = 0;
            self.end_stretch();
        }
    }

    fn end_stretch(&mut self) {
        let [receive, send] = self.directions.each_mut().map(Direction::end_stretch);
        let (heard, loud) = (receive.0.max(send.0), receive.1 || send.1);
        self.disabled = self.disabled.max(heard);
        self.quiet = if loud { 0 } else { self.quiet.saturating_add(1) };
        if self.quiet >= RELEASED_AFTER {
            self.disabled = Disabled::Nothing;
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Direction {
    /// Eighths of samples: their energy, and their products with cosine and sine, by their places in blocks.
    energy: [i32; BLOCK],
    cosine: [i32; BLOCK],
    sine: [i32; BLOCK],
    /// Stretches that the tone has lasted, and since it was last heard.
    lasted: u32,
    since: u32,
    /// Its phase then, and by how much it goes on each time.
    phase: f32,
    drift: f32,
}

impl Direction {
    /// Adds so many samples from a place of the stretch on.
    #[inline(always)]
    fn add(&mut self, samples: &Samples, count: usize, place: usize) {
        let mut eighths = samples.map(|sample| i32::from(sample >> 3));
        eighths[count..].fill(0);
        let [cosine, sine] =
            TONE.each_ref().map(|tone| tone[place..].first_chunk::<BLOCK>().expect("a block more"));
        for n in 0..BLOCK {
            self.energy[n] += eighths[n] * eighths[n];
            self.cosine[n] += eighths[n] * i32::from(cosine[n]);
            self.sine[n] += eighths[n] * i32::from(sine[n]);
        }
    }

    /// What is to be disabled by what the stretch had, and whether it was loud.
    fn end_stretch(&mut self) -> (Disabled, bool) {
        let [energy, real, imaginary] = [&mut self.energy, &mut self.cosine, &mut self.sine]
            .map(|sums| core::mem::take(sums).iter().sum::<i32>() as f32);
        let [real, imaginary] = [real, imaginary].map(|sum| sum * (1.0 / 1024.0));
        let of_tone = (real * real + imaginary * imaginary) * (2.0 / STRETCH as f32);
        let heard = if energy >= TONE_ENERGY && of_tone > PURITY * energy {
            self.follow(libm::atan2f(-imaginary, real))
        } else {
            self.since += 1;
            if self.since > MOST_BROKEN {
                self.lasted = 0;
            }
            Disabled::Nothing
        };
        (heard, energy >= HOLDING_ENERGY)
    }

    /// The tone was heard with this phase.
    fn follow(&mut self, phase: f32) -> Disabled {
        let stretches = core::mem::replace(&mut self.since, 0) + 1;
        let went_on = turned(phase - core::mem::replace(&mut self.phase, phase));
        let off = turned(went_on - self.drift * stretches as f32);
        let long = self.lasted >= LASTS_AT_LEAST;
        if self.lasted == 0 {
            (self.lasted, self.drift) = (1, 0.0);
        } else if self.lasted == 1 && stretches == 1 && went_on.abs() < MOST_DRIFT {
            (self.lasted, self.drift) = (2, went_on);
        } else if off.abs() < STEADY {
            self.lasted += stretches;
            self.drift += 0.25 * off / stretches as f32;
        } else if off.abs() > REVERSED && long {
            return Disabled::Canceller;
        } else {
            self.lasted = 1;
        }
        if long { Disabled::Nonlinear } else { Disabled::Nothing }
    }
}

/// An angle within half a turn.
fn turned(angle: f32) -> f32 {
    angle - TAU * libm::roundf(angle / TAU)
}

/// 10 ms.
const STRETCH: usize = 80;

/// Cosine and sine of 2100 Hz times 1024, and of a block more.
const TONE: [[i16; STRETCH + BLOCK]; 2] = {
    let mut tone = [[0; STRETCH + BLOCK]; 2];
    let mut n = 0;
    while n < STRETCH + BLOCK {
        (tone[0][n], tone[1][n]) = (sine(21 * n + 20), sine(21 * n));
        n += 1;
    }
    tone
};

/// The sine of eightieths of a turn, times 1024.
const fn sine(eightieths: usize) -> i16 {
    const QUARTER: [i16; 21] = [
        0, 80, 160, 239, 316, 392, 465, 535, 602, 665, 724, 779, 828, 873, 912, 946, 974, 996, 1011, 1021,
        1024,
    ];
    match eightieths % 80 {
        n @ 0..=20 => QUARTER[n],
        n @ 21..=40 => QUARTER[40 - n],
        n @ 41..=60 => -QUARTER[n - 40],
        n => -QUARTER[80 - n],
    }
}

/// Of the stretch's power, so much is the tone's: 21 Hz off it is 86 %.
const PURITY: f32 = 0.7;
/// Of −33 dBm0, in eighths of samples.
const TONE_ENERGY: f32 = 80.0 * 130_000.0 / 64.0;
/// Of −36 dBm0.
const HOLDING_ENERGY: f32 = 80.0 * 65_000.0 / 64.0;
/// 300 ms.
const LASTS_AT_LEAST: u32 = 30;
/// 250 ms.
const RELEASED_AFTER: u32 = 25;
/// A reversal spoils one stretch, or the ends of two.
const MOST_BROKEN: u32 = 2;
/// Of 25 Hz.
const MOST_DRIFT: f32 = TAU * 0.25;
const STEADY: f32 = 0.2 * PI;
/// 126 degrees.
const REVERSED: f32 = 0.7 * PI;
