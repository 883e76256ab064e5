//! What is wrong with a line, told from the evidence: the most probable cause first, and what to do about it.
//!
//! A finding says what the capture proves; where it is a guess, its text says so. What follows from a cause that
//! has been found is left out.
mod clock;
mod compare;
mod errors;
mod far_end;
mod framing;
mod signal;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use tandem_line::LineCode;
use tandem_types::FRAMES_PER_SECOND;

use super::Framing;
use super::evidence::Evidence;
use super::receiver::Receiver;
use super::sample::Sample;

pub(super) use clock::Duration;
pub(super) use compare::Sent;

/// Something found.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    event: &'static str,
    kind: &'static str,
    severity: Severity,
    text: String,
    #[serde(flatten)]
    figures: BTreeMap<&'static str, Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// Something is wrong.
    Fault,
    /// Worth knowing.
    Note,
}

impl Finding {
    fn fault(kind: &'static str, text: impl Into<String>) -> Self {
        let (event, severity) = ("finding", Severity::Fault);
        Self { event, kind, severity, text: text.into(), figures: BTreeMap::new() }
    }

    fn note(kind: &'static str, text: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::fault(kind, text) }
    }

    fn with(mut self, name: &'static str, figure: impl Into<Value>) -> Self {
        self.figures.insert(name, figure.into());
        self
    }

    /// What to tell a person.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the capture says nothing, neither good nor bad.
    pub(super) fn is_inconclusive(&self) -> bool {
        self.kind == framing::TOO_SHORT
    }

    /// Whether something is wrong.
    pub(super) fn is_fault(&self) -> bool {
        self.severity == Severity::Fault
    }
}

/// A capture that has been read, and what it was taken for.
pub(super) struct Case<'a> {
    pub(super) framing: Framing,
    pub(super) code: Option<LineCode>,
    /// Whole frames.
    pub(super) frames: u64,
    /// Bits or symbols, those behind the last whole frame too.
    pub(super) bits: u64,
    pub(super) cas_expected: bool,
    pub(super) cas_found: bool,
    pub(super) evidence: &'a Evidence,
    pub(super) receiver: &'a Receiver,
    /// The first seconds.
    pub(super) first: &'a Sample,
    /// The first seconds without alignment.
    pub(super) unaligned: &'a Sample,
    pub(super) duration: Option<&'a Duration>,
    pub(super) sent: &'a [Sent],
}

impl Case<'_> {
    /// All findings. Bits that were read in the wrong line code say nothing more.
    pub(super) fn findings(&self) -> Vec<Finding> {
        if let Some(found) = self.symbols_for_bits() {
            return vec![found];
        }
        let mut found = self.signal();
        let code = self.line_code();
        let code_fits = code.is_none();
        found.extend(code);
        if !self.is_aligned() {
            found.extend(self.wrong_framing(code_fits));
        } else if code_fits {
            found.extend(self.aligned());
        }
        if code_fits {
            found.extend(self.link());
        }
        found.extend(self.rate());
        found.extend(self.sent.iter().enumerate().filter_map(|(index, sent)| self.compare(index, sent)));
        found
    }

    /// What is wrong with a line that is aligned.
    fn aligned(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let cause = self.crc_mismatch();
        let explained = cause.as_ref().is_some_and(|cause| cause.hides_errors);
        found.extend(cause.map(|cause| cause.finding));
        found.extend(self.slips());
        if !explained {
            found.extend(self.losses());
            found.extend(self.bit_errors());
            found.extend(self.code_violations());
        }
        found.extend(self.remote_alarm());
        found.extend(self.far_end_errors());
        found.extend(self.signalling());
        found
    }

    /// Whether the line is aligned for most of the time in which it could be.
    fn is_aligned(&self) -> bool {
        let steady = self.evidence.alignment.steady_frames();
        steady > 0 && steady * 2 >= self.frames.saturating_sub(self.evidence.dark_frames())
    }

    /// A part of the frames.
    fn share(&self, frames: u64) -> f64 {
        rounded(frames.min(self.frames) as f64 / self.frames.max(1) as f64, 4)
    }
}

/// For people: how much of the time.
fn percent(share: f64) -> String {
    match share * 100.0 {
        all if all >= 99.5 => "practically all of the time".into(),
        much if much >= 10.0 => format!("{much:.0} % of the time"),
        little if little >= 0.1 => format!("{little:.1} % of the time"),
        _ => "less than 0.1 % of the time".into(),
    }
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}

/// Two digits.
fn significant(rate: f64) -> f64 {
    if rate > 0.0 { rounded(rate, 1 - rate.log10().floor() as i32) } else { 0.0 }
}

/// When a frame was.
fn seconds(frame: u64) -> f64 {
    rounded(frame as f64 / FRAMES_PER_SECOND as f64, 3)
}

/// A count with its noun.
fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}
