//! `[[group]]`: trunks that outgoing calls may take, and what is done to their numbers.
use super::EchoSection;
use crate::party::NumberType;
use serde::Deserialize;

/// `[[group]]`
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSection {
    /// Its name, by which calls are placed in it.
    pub name: String,
    /// Its spans, counted from 0.
    pub spans: Vec<usize>,
    /// Which free channel is taken.
    #[serde(default)]
    pub hunt: Hunt,
    /// On how many channels a call is tried that loses them to calls of the far end.
    #[serde(default = "three")]
    pub attempts: u8,
    /// Digits that are put before every number.
    #[serde(default)]
    pub prefix: String,
    /// What kind of numbers these are, unless a call says something else.
    #[serde(default)]
    pub called_type: NumberTypeName,
    /// Digits that a number has at least, without the prefix.
    #[serde(default)]
    pub min_digits: u8,
    /// Digits that it has at most.
    #[serde(default = "thirty_two")]
    pub max_digits: u8,
    /// Whether hosts are shown numbers that are not to be shown to anybody, of calls on its spans; as `[calls]` says, unless something
    /// is said. Of several groups of a span the first that says something holds.
    #[serde(default)]
    pub show_withheld: Option<bool>,
    /// Cancelling of the echo of calls placed in it; as on their span, unless something is said.
    #[serde(default)]
    pub echo: Option<EchoSection>,
}

const fn three() -> u8 {
    3
}

const fn thirty_two() -> u8 {
    32
}

/// Orders in which free channels are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hunt {
    /// The first of the first span.
    #[default]
    Ascending,
    /// The last of the last span.
    Descending,
    /// The one after that of the last call.
    RoundRobin,
    /// The one that has had the fewest calls.
    LeastUsed,
}

/// Kinds of numbers by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum NumberTypeName {
    #[default]
    Unknown,
    International,
    National,
    Subscriber,
    Private,
}

impl From<NumberTypeName> for NumberType {
    fn from(name: NumberTypeName) -> Self {
        match name {
            NumberTypeName::Unknown => Self::Unknown,
            NumberTypeName::International => Self::International,
            NumberTypeName::National => Self::National,
            NumberTypeName::Subscriber => Self::Subscriber,
            NumberTypeName::Private => Self::Private,
        }
    }
}

impl GroupSection {
    /// What is wrong with it where there are so many spans: the field, and what would be right.
    pub(super) fn check(&self, spans: usize) -> Result<(), (&'static str, String)> {
        let known = self.spans.iter().all(|span| *span < spans);
        for (good, field, problem) in [
            (is_name(&self.name), "name", "must not be empty, nor have control characters".to_owned()),
            (
                !self.spans.is_empty() && known,
                "spans",
                format!("names spans; there are {spans}, counted from 0"),
            ),
            (are_different(&self.spans), "spans", "names a span twice".to_owned()),
            ((1..=10).contains(&self.attempts), "attempts", "must be 1 to 10".to_owned()),
            (
                (1..=32).contains(&self.max_digits) && self.min_digits <= self.max_digits,
                "max_digits",
                "must be 1 to 32, and no less than min_digits".to_owned(),
            ),
            (
                self.prefix.len() <= 16 && self.prefix.bytes().all(|octet| b"0123456789*#+".contains(&octet)),
                "prefix",
                "must be 16 at most of 0 to 9, *, # and +".to_owned(),
            ),
            (
                self.prefix.len() + usize::from(self.min_digits) <= 32,
                "min_digits",
                "must be 32 at most, with the prefix".to_owned(),
            ),
        ] {
            if !good {
                return Err((field, problem));
            }
        }
        let echo = self.echo.map(|echo| echo.setup()).transpose();
        echo.map(|_| ()).map_err(|problem| ("echo.tail_ms", problem.to_owned()))
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(char::is_control)
}

fn are_different(spans: &[usize]) -> bool {
    spans.iter().enumerate().all(|(at, span)| !spans[..at].contains(span))
}
