//! Answer tones of modems and fax machines, sent: 2100 Hz, with reversals of phase against echo cancellers (V.25), with
//! an envelope by which a newer modem is known (V.8), with both, or plain.

use tandem_types::Law;

use crate::level::amplitude_for_dbm0;
use crate::tone::{Oscillator, round};

/// An answer tone without end. What it produces does not depend on how the caller cuts time into blocks.
#[derive(Clone, Debug)]
pub struct AnswerTone {
    tone: Oscillator,
    envelope: Oscillator,
    reverses: bool,
    /// Frames since the phase was reversed, and the sign that it has now.
    frames: u32,
    sign: f32,
}

impl AnswerTone {
    /// A tone of this level with or without reversals (/ANS) and an envelope (ANSam).
    #[must_use]
    pub fn new(law: Law, dbm0: f32, reverses: bool, modulated: bool) -> Self {
        let depth = if modulated { ENVELOPE_DEPTH } else { 0.0 };
        Self {
            tone: Oscillator::new(2100.0, amplitude_for_dbm0(law, dbm0)),
            envelope: Oscillator::new(15.0, depth),
            reverses,
            frames: 0,
            sign: 1.0,
        }
    }

    /// Fills a block.
    pub fn fill(&mut self, block: &mut [i16]) {
        for sample in block {
            if self.reverses && self.frames == REVERSAL_FRAMES {
                self.frames = 0;
                self.sign = -self.sign;
            }
            self.frames = (self.frames + 1).min(REVERSAL_FRAMES);
            *sample = round(self.sign * (1.0 + self.envelope.next_sample()) * self.tone.next_sample());
        }
    }
}

/// 450 ms.
const REVERSAL_FRAMES: u32 = 3600;
const ENVELOPE_DEPTH: f32 = 0.2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phase_is_reversed_every_450_ms_and_the_envelope_goes_from_0_8_to_1_2() {
        let fill = |reverses, modulated| {
            let mut block = [0; 8000];
            AnswerTone::new(Law::A, -10.0, reverses, modulated).fill(&mut block);
            block
        };
        let (plain, reversed, modulated) = (fill(false, false), fill(true, false), fill(false, true));
        for n in 0..8000 {
            let sign = if (3600..7200).contains(&n) { -1 } else { 1 };
            assert!((reversed[n] - sign * plain[n]).abs() <= 1, "{n}");
        }
        let peak = |block: &[i16]| block.iter().map(|x| f32::from(x.abs())).fold(0.0, f32::max);
        let size = peak(&plain);
        // A quarter and three quarters of a period of 15 Hz.
        assert!((peak(&modulated[113..153]) / size - 1.2).abs() < 0.01);
        assert!((peak(&modulated[380..420]) / size - 0.8).abs() < 0.01);
    }
}
