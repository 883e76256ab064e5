//! The modulator: a sine whose frequency is that of the bit, its phase without a break.

use tandem_types::Law;

use super::Keying;
use crate::level::amplitude_for_dbm0;
use crate::tone::{Oscillator, round};

/// Turns bits into samples. What it produces does not depend on how the caller cuts time into blocks.
#[derive(Clone, Debug)]
pub struct Modulator {
    tone: Oscillator,
    /// Phase steps of a space and of a mark.
    steps: [u32; 2],
    bit_rate: u32,
    /// The bit being sent, and how much of it: bits times 8000.
    bit: Option<bool>,
    sent: u32,
}

impl Modulator {
    /// A modulator with nothing to send.
    #[must_use]
    pub fn new(law: Law, keying: Keying, dbm0: f32) -> Self {
        let steps = [keying.space_hz(), keying.mark_hz()].map(Oscillator::step_of);
        let tone = Oscillator::new(keying.mark_hz(), amplitude_for_dbm0(law, dbm0));
        Self { tone, steps, bit_rate: keying.bit_rate(), bit: None, sent: 0 }
    }

    /// Fills a block with the bits that `next` gives, and with silence when it gives none; `true` once there is
    /// none. A bit that ends within a sample shares it with the next one.
    pub fn fill(&mut self, block: &mut [i16], mut next: impl FnMut() -> Option<bool>) -> bool {
        for sample in block {
            if self.bit.is_none() {
                self.bit = next();
                self.sent = 0;
            }
            let Some(bit) = self.bit else {
                *sample = 0;
                continue;
            };
            *sample = round(self.tone.sample());
            let step = self.steps[usize::from(bit)];
            self.sent += self.bit_rate;
            if self.sent < FRAMES_A_SECOND {
                self.tone.turn(step);
                continue;
            }
            self.sent -= FRAMES_A_SECOND;
            self.bit = next();
            let after = self.bit.map_or(step, |bit| self.steps[usize::from(bit)]);
            let late = f64::from(self.sent) / f64::from(self.bit_rate);
            self.tone.turn((f64::from(step) + late * (f64::from(after) - f64::from(step))) as u32);
        }
        self.bit.is_none()
    }
}

const FRAMES_A_SECOND: u32 = 8000;
