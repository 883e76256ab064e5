//! What a circuit sends in its timeslot: nothing, digits, or speech.
use super::alaw;
use super::chance::Chance;
use super::config::CallerPlan;
use super::report::{Pressed, SpeechStretch};
use super::speech::{Speaker, SpeechBank};
use std::collections::VecDeque;
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_types::{Digit, FrameTime, Frames, Law};

/// Octets are made a millisecond at a time.
pub(super) const BLOCK: usize = 8;

/// A key to press.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    digit: Digit,
    sender: DtmfSender,
}

/// The keys of a string pressed by a person: each as long, as loud and as far from the next as chance has it.
pub(super) fn pressed_keys(digits: &str, plan: &CallerPlan, chance: &mut Chance) -> VecDeque<Key> {
    let mut press = |digit| {
        let sender = DtmfSender {
            low_dbm0: chance.between(plan.level_dbm0),
            high_dbm0: 0.0,
            on: chance.length(plan.tone),
            off: chance.length(plan.gap),
        };
        // A telephone's two tones are near each other in level.
        let (least, most) = plan.level_dbm0;
        let high_dbm0 =
            (sender.low_dbm0 + chance.between((-2.0, 2.0))).clamp(least.min(most), most.max(least));
        Key { digit, sender: DtmfSender { high_dbm0, ..sender } }
    };
    digits.chars().filter_map(Digit::from_char).map(&mut press).collect()
}

/// The keys of a number dialled by a machine.
pub(super) fn dialled_keys(number: &str, (on, off): (Frames, Frames)) -> VecDeque<Key> {
    let sender = DtmfSender { on, off, ..DtmfSender::default() };
    number.chars().filter_map(Digit::from_char).map(|digit| Key { digit, sender }).collect()
}

/// What a circuit sends now.
#[derive(Debug)]
pub(super) enum Voice {
    /// The idle octet.
    Silent,
    /// Digits, one after the other.
    Keys { waiting: VecDeque<Key>, tone: Option<Box<DtmfGenerator>> },
    /// Recorded speech.
    Speech(Speaker),
}

impl Voice {
    pub(super) const fn press(waiting: VecDeque<Key>) -> Self {
        Self::Keys { waiting, tone: None }
    }

    /// Makes the next octets. Says which key went down with the first of them, if one did.
    pub(super) fn fill(
        &mut self,
        now: FrameTime,
        block: &mut [u8; BLOCK],
        bank: &mut SpeechBank,
        said: &mut Vec<SpeechStretch>,
    ) -> Option<Pressed> {
        match self {
            Self::Silent => {
                *block = [alaw::IDLE; BLOCK];
                None
            }
            Self::Speech(speaker) => {
                speaker.fill(now, block, bank, said);
                None
            }
            Self::Keys { waiting, tone } => fill_keys(waiting, tone, now, block),
        }
    }

    /// Whether the digits have all been sent, the last pause included.
    pub(super) fn is_finished(&self) -> bool {
        match self {
            Self::Silent => true,
            Self::Keys { waiting, tone } => waiting.is_empty() && tone.is_none(),
            Self::Speech(_) => false,
        }
    }

    /// Whether the last of the digits has begun.
    pub(super) fn is_at_last_key(&self) -> bool {
        !matches!(self, Self::Keys { waiting, .. } if !waiting.is_empty())
    }

    pub(super) const fn is_silent(&self) -> bool {
        matches!(self, Self::Silent)
    }
}

fn fill_keys(
    waiting: &mut VecDeque<Key>,
    tone: &mut Option<Box<DtmfGenerator>>,
    now: FrameTime,
    block: &mut [u8; BLOCK],
) -> Option<Pressed> {
    *block = [alaw::IDLE; BLOCK];
    let mut pressed = None;
    if tone.is_none() {
        let key = waiting.pop_front()?;
        let mut generator = DtmfGenerator::new(Law::A, key.sender);
        let _ = generator.dial(&[key.digit]); // one digit always fits
        *tone = Some(Box::new(generator));
        pressed = Some(Pressed { digit: key.digit.to_char(), at: now, frames: key.sender.on.0 });
    }
    if let Some(generator) = tone {
        let mut samples = [0; BLOCK];
        let finished = generator.fill(&mut samples);
        *block = samples.map(alaw::encode);
        if finished {
            *tone = None;
        }
    }
    pressed
}
