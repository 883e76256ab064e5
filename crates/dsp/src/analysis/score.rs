//! Person or machine, by the greeting's length and the silence after it.
//!
//! Whoever goes on speaking for longer than people do is a machine; who was silent for long enough after a greeting waits
//! for an answer. After a longer greeting a longer silence is wanted: machines pause between sentences. How many phrases
//! there were was tried as well, and helped nothing.

use tandem_types::Frames;

use super::cadence::Greeting;
use super::verdict::{Class, Reasons};

/// The score of an operating point, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Score {
    /// A longer greeting is a machine's.
    machine: f32,
    /// So much silence, and so much more for each second of the greeting, is a person's.
    silence: f32,
    silence_a_second: f32,
}

/// What the score says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judgement {
    pub(super) class: Class,
    pub(super) confidence: u8,
    pub(super) reasons: Reasons,
}

impl Score {
    pub(super) fn new(operating_point: u8) -> Self {
        let point = f32::from(operating_point.min(15));
        Self {
            machine: 0.9 + 0.2 * point,
            silence: 1.0 - 0.035 * point,
            silence_a_second: 0.6 - 0.03 * point,
        }
    }

    pub(super) fn judge(&self, greeting: &Greeting) -> Option<Judgement> {
        let length = seconds(greeting.length);
        let phrases = if greeting.phrases > 1 { Reasons::PHRASES } else { Reasons::NONE };
        if length > self.machine {
            let reasons = Reasons::LONG_GREETING | phrases;
            return Some(Judgement {
                class: Class::Machine,
                confidence: machine_confidence(length),
                reasons,
            });
        }
        (seconds(greeting.silence) >= self.silence + self.silence_a_second * length).then(|| Judgement {
            class: Class::Human,
            confidence: human_confidence(length),
            reasons: Reasons::SHORT_GREETING | Reasons::SILENCE_AFTER | phrases,
        })
    }
}

/// How often it was right in the half by which it was tuned: 71 % after a second, 95 % after three and more.
fn machine_confidence(length: f32) -> u8 {
    (62.0 + 10.5 * length).min(95.0) as u8
}

/// Short messages of machines, without a beep behind them, are as long as greetings of a second.
fn human_confidence(length: f32) -> u8 {
    if (0.7..1.3).contains(&length) { 82 } else { 95 }
}

fn seconds(frames: Frames) -> f32 {
    frames.0 as f32 * (1.0 / 8000.0)
}
