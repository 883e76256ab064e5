//! What may be heard on a channel besides digits.
use tandem_dsp::mf::{MfSignal, MfSystem};
use tandem_dsp::progress::ToneName;
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
