//! `[span.echo]`, `[group.echo]`: cancelling the echo of calls.
use serde::Deserialize;
use tandem_dsp::echo::EchoOptions;
use tandem_switch::link::{EchoSetup, EchoTail};

/// `[span.echo]`, `[group.echo]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EchoSection {
    /// How late the last of the echo comes, in milliseconds: 16, 32, 64 or 128; 0 cancels none.
    pub tail_ms: u8,
    /// What is left of the echo is taken out while the near end is silent.
    pub nonlinear: bool,
    /// Noise like that of the line takes its place.
    pub comfort_noise: bool,
    /// A tone of 2100 Hz, of a modem or a fax machine, turns the canceller off.
    pub tone_disabler: bool,
}

impl Default for EchoSection {
    fn default() -> Self {
        Self { tail_ms: 64, nonlinear: true, comfort_noise: true, tone_disabler: true }
    }
}

impl EchoSection {
    /// What it says to the switch, or what is wrong with it.
    pub(crate) fn setup(&self) -> Result<Option<EchoSetup>, &'static str> {
        let tail = match self.tail_ms {
            0 => return Ok(None),
            16 => EchoTail::Ms16,
            32 => EchoTail::Ms32,
            64 => EchoTail::Ms64,
            128 => EchoTail::Ms128,
            _ => return Err("must be 0, 16, 32, 64 or 128"),
        };
        let options = EchoOptions {
            nonlinear: self.nonlinear,
            comfort_noise: self.comfort_noise,
            tone_disabler: self.tone_disabler,
            learning: true,
        };
        Ok(Some(EchoSetup { tail, options }))
    }
}
