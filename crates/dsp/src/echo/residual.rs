//! What is left of the echo, and what replaces it: noise as loud as the line's, and of as much low frequency.

use super::block::{Values, power, recurring};
use super::control::Floor;
use super::history::PRE_EMPHASIS;
use crate::arch::BLOCK;

#[derive(Clone, Debug)]
pub(super) struct Residual {
    /// The part of the samples that passes; the rest is noise.
    open: f32,
    floor: Floor,
    noise: Noise,
}

impl Residual {
    pub(super) fn new() -> Self {
        Self { open: 1.0, floor: Floor::default(), noise: Noise::new() }
    }

    /// The line sent this besides the echo. The floor may rise while there is none.
    #[inline(always)]
    pub(super) fn note_line(&mut self, left: &Values, rises: bool) {
        self.floor.follow(power(left), rises);
    }

    /// The power of the line's noise with the low frequencies weakened is so much.
    pub(super) fn shape_noise(&mut self, weakened: f32) {
        self.noise.shape(self.floor.power, weakened);
    }

    /// Puts out what is left, or noise: so many samples of a block as there are places.
    #[inline(always)]
    pub(super) fn pass(&mut self, left: &Values, suppress: bool, comfort_noise: bool, send: &mut [i16]) {
        let mut passed = *left;
        if suppress || self.open < 1.0 {
            let step = if suppress { -CLOSING } else { OPENING };
            let open: Values = core::array::from_fn(|n| (self.open + step * (n + 1) as f32).clamp(0.0, 1.0));
            self.open = open[send.len() - 1];
            passed = core::array::from_fn(|n| left[n] * open[n]);
            if comfort_noise && self.noise.fresh > 0.0 {
                let noise = self.noise.next(send.len());
                passed = core::array::from_fn(|n| passed[n] + noise[n] * (1.0 - open[n]));
            }
        }
        send.copy_from_slice(&passed.map(rounded)[..send.len()]);
    }
}

/// The nearest sample.
#[inline(always)]
fn rounded(value: f32) -> i16 {
    // Above 2²³ floats are whole numbers.
    const WHOLE: f32 = 12_582_912.0;
    ((value.clamp(-32768.0, 32767.0) + WHOLE).to_bits() as i32 - WHOLE.to_bits() as i32) as i16
}

/// Noise of the first order: each sample is so much of the one before, and new.
#[derive(Clone, Debug)]
struct Noise {
    random: u32,
    last: f32,
    memory: f32,
    fresh: f32,
}

impl Noise {
    fn new() -> Self {
        Self { random: 1, last: 0.0, memory: 0.0, fresh: 0.0 }
    }

    /// To have this power, and this one where 3/4 of the sample before is subtracted.
    fn shape(&mut self, power: f32, weakened: f32) {
        if power <= 0.0 {
            (self.memory, self.fresh) = (0.0, 0.0);
            return;
        }
        let likeness = (1.0 + PRE_EMPHASIS * PRE_EMPHASIS - weakened / power) / (2.0 * PRE_EMPHASIS);
        self.memory = likeness.clamp(-0.95, 0.95);
        // The random numbers have a power of a third.
        self.fresh = libm::sqrtf(3.0 * power * (1.0 - self.memory * self.memory));
    }

    /// A block, of which so many samples are taken.
    #[inline(always)]
    fn next(&mut self, count: usize) -> Values {
        let random: [u32; BLOCK] =
            core::array::from_fn(|n| self.random.wrapping_mul(STEPS[n].0).wrapping_add(STEPS[n].1));
        self.random = random[count - 1];
        let fresh = random.map(|random| (random as i32 >> 8) as f32 * (self.fresh / 8_388_608.0));
        let noise = recurring(&fresh, self.memory, self.last);
        self.last = noise[count - 1];
        noise
    }
}

/// Factors and sums that lead from a random number to each of the next eight.
const STEPS: [(u32, u32); BLOCK] = {
    let mut steps = [(1_664_525_u32, 1_013_904_223_u32); BLOCK];
    let mut n = 1;
    while n < BLOCK {
        let (factor, sum) = steps[n - 1];
        steps[n] = (steps[0].0.wrapping_mul(factor), steps[0].0.wrapping_mul(sum).wrapping_add(steps[0].1));
        n += 1;
    }
    steps
};

/// Within 2 ms.
const CLOSING: f32 = 1.0 / 16.0;
/// Within 1 ms, so that no beginning of a word is lost.
const OPENING: f32 = 1.0 / 8.0;
