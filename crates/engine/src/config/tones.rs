//! `[tones]`: what call progress tones sound like, and what of them and of other signals is listened for.
use super::ConfigError;
use serde::Deserialize;
use tandem_dsp::progress::{TonePlan, ToneSet, TooManyTones};
use tandem_switch::link::Detectors;

/// `[tones]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TonesSection {
    /// The country whose tones are listened for, by its two letters; without, only special information tones and those of
    /// fax machines and modems are.
    pub country: Option<String>,
    /// Tones of the host's own, a line each, as in the plans of countries; they come after the country's.
    pub plan: String,
}

impl TonesSection {
    /// The tones of the country and of the host.
    pub(crate) fn tones(&self) -> Result<TonePlan, ConfigError> {
        let wrong = |field: &str, problem: String| ConfigError { field: format!("tones.{field}"), problem };
        let mut plan = match &self.country {
            None => TonePlan::empty(),
            Some(code) => TonePlan::country(code).ok_or_else(|| {
                let known: Vec<&str> = TonePlan::countries().map(|(code, _)| code).collect();
                wrong("country", format!("there is no plan of '{code}'; known are {}", known.join(", ")))
            })?,
        };
        let own = TonePlan::parse(&self.plan).map_err(|error| wrong("plan", error.to_string()))?;
        for tone in own.tones() {
            let most = TonePlan::MAX_TONES;
            plan.add(*tone)
                .map_err(|_| wrong("plan", format!("with those of the country more than {most} tones")))?;
        }
        Ok(plan)
    }

    /// The tones to listen for.
    pub(crate) fn set(&self) -> Result<ToneSet, ConfigError> {
        let wrong =
            |error: TooManyTones| ConfigError { field: "tones.plan".to_owned(), problem: error.to_string() };
        ToneSet::new(&self.tones()?).map_err(wrong)
    }
}

/// Detectors by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum DetectorName {
    Tones,
    R1,
    R2Forward,
    R2Backward,
    Line,
    CallerId,
}

impl DetectorName {
    /// The detector of the switch.
    pub(crate) const fn detector(self) -> Detectors {
        match self {
            Self::Tones => Detectors::TONES,
            Self::R1 => Detectors::R1,
            Self::R2Forward => Detectors::R2_FORWARD,
            Self::R2Backward => Detectors::R2_BACKWARD,
            Self::Line => Detectors::LINE,
            Self::CallerId => Detectors::CALLER_ID,
        }
    }
}
