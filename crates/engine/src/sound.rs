//! What may be heard on a channel besides digits.
use crate::EngineError;
use tandem_dsp::mf::{MfSignal, MfSystem};
use tandem_dsp::progress::{PlanTone, Step, ToneName};
use tandem_switch::link::Detectors;

/// A tone, a signal between exchanges, or a voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Call progress, special information, fax machine or modem.
    Tone(ToneName),
    /// A register or line signal.
    Signal(MfSignal),
    /// A voice.
    Voice,
}

impl Sound {
    /// How tools and events write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tone(tone) => tone.as_str(),
            Self::Signal(signal) => signal.name(),
            Self::Voice => "voice",
        }
    }

    /// Which detector hears it.
    #[must_use]
    pub const fn detector(self) -> Detectors {
        match self {
            Self::Tone(_) => Detectors::TONES,
            Self::Voice => Detectors::VOICE,
            Self::Signal(signal) => match signal.system() {
                MfSystem::R1 => Detectors::R1,
                MfSystem::R2Forward => Detectors::R2_FORWARD,
                MfSystem::R2Backward => Detectors::R2_BACKWARD,
                MfSystem::Line => Detectors::LINE,
            },
        }
    }
}

/// What a tone that a host defines sounds like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToneTemplate {
    /// Its cadence, 1 to 8 steps, which comes again and again.
    pub steps: Vec<Step>,
    /// How far the first frequency may be off, 1 to 20 Hz; 0 for 15.
    pub deviation_hz: u16,
    /// Periods of the cadence before it is told, 1 to 4; 0 for as many as it takes to be certain.
    pub periods: u8,
}

impl ToneTemplate {
    /// The tone by this name.
    pub(crate) fn tone(&self, name: ToneName) -> Result<PlanTone, EngineError> {
        let mut tone = PlanTone::new(name, &self.steps, true).ok_or(EngineError::BadArgument(
            "a tone has 1 to 8 steps: one frequency of 250 to 3400 Hz or two, the lower first, for 40 ms at least, or alone for ever",
        ))?;
        if self.deviation_hz > 20 || self.periods > 4 {
            return Err(EngineError::BadArgument(
                "a tone may be off by 20 Hz at most, and is told after 4 periods at most",
            ));
        }
        if self.deviation_hz > 0 {
            tone.deviation_hz = self.deviation_hz;
        }
        tone.periods = self.periods;
        Ok(tone)
    }
}
