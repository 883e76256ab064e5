//! Clocks: frames repeated or left out before the capture, and the rate of the line.
use super::{Case, Finding, count, rounded};
use crate::line::Framing;
use crate::line::evidence::Slips;

/// How long a capture took, as given.
#[derive(Clone, Debug)]
pub(in crate::line) struct Duration {
    seconds: f64,
    /// Half of the last digit given.
    uncertainty: f64,
}

impl Duration {
    /// Reads seconds, such as `60.25`.
    pub(in crate::line) fn parse(text: &str) -> Result<Self, String> {
        let is_plain = text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.');
        let seconds = text.parse().ok().filter(|seconds: &f64| is_plain && *seconds > 0.0 && *seconds < 1e9);
        let seconds = seconds.ok_or("give the seconds that the capture took, such as 60.250")?;
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        Ok(Self { seconds, uncertainty: 0.5 * 0.1f64.powi(decimals.min(15) as i32) })
    }
}

impl Case<'_> {
    /// Frames that an elastic store before the capture repeated or left out.
    pub(super) fn slips(&self) -> Option<Finding> {
        let slips = self.evidence.alignment.slips();
        if slips.count() == 0 {
            return None;
        }
        let what = what_slipped(slips);
        let Some(interval) = slips.regular_interval() else {
            let when = match slips.count() {
                1 | 2 => "too few to tell whether at regular intervals",
                _ => {
                    "at irregular intervals, so it is not a steady offset of two clocks: a clock that was \
                      switched or wanders, or a store that was emptied"
                }
            };
            let text = format!("An elastic store before the capture {what}, {when}.");
            return Some(with_counts(Finding::fault("slips", text), slips).with("regular", false));
        };
        let ppm = rounded(1e6 / interval, 1);
        let said = if ppm < 10.0 { format!("{ppm}") } else { format!("{ppm:.0}") };
        let relation = match (slips.repeated, slips.left_out) {
            (0, 0) => format!("differs from that of the line by about {said} ppm"),
            (0, _) => format!("is about {said} ppm slower than the line"),
            _ => format!("is about {said} ppm faster than the line"),
        };
        let text = format!(
            "An elastic store before the capture {what}, every {:.3} s: the clock behind it {relation}. Let \
             one end take its clock from the other, or both from one source.",
            interval / 8000.0
        );
        let signed = if slips.left_out > 0 { -ppm } else { ppm };
        let finding = with_counts(Finding::fault("slips", text), slips).with("regular", true);
        Some(finding.with("interval_seconds", rounded(interval / 8000.0, 4)).with("ppm", signed))
    }

    /// The rate of the line by the clock of who took the time.
    pub(super) fn rate(&self) -> Option<Finding> {
        let Duration { seconds, uncertainty } = self.duration?;
        let (nominal, limit) = match self.framing {
            Framing::E1(_) => (2_048_000.0, E1_PPM),
            Framing::T1(_) => (1_544_000.0, T1_PPM),
        };
        let ppm = (self.bits as f64 / seconds / nominal - 1.0) * 1e6;
        // Packed bits come by the octet.
        let grain = if self.code.is_some() { 1.0 } else { 8.0 };
        let uncertainty = uncertainty / seconds * 1e6 + grain / self.bits.max(1) as f64 * 1e6;
        let (said, uncertain) = (rounded(ppm, 1), rounded(uncertainty, 2));
        if uncertainty > TOO_COARSE_PPM && said.abs() <= uncertainty {
            let text = "The time given is too coarse to tell the rate of the line: give it with more digits, such as \
                        60.250, or take a longer capture.";
            let finding = Finding::note("rate", text).with("ppm", said);
            return Some(finding.with("uncertainty_ppm", uncertain));
        }
        let rate = match (said.abs() <= uncertainty, said > 0.0) {
            (true, _) => "runs at its nominal rate".to_owned(),
            (false, true) => format!("is {said} ppm fast"),
            (false, false) => format!("is {} ppm slow", -said),
        };
        let is_beyond = said.abs() - uncertainty > limit;
        let text = format!(
            "By the time given the line {rate}, with an uncertainty of {uncertain} ppm{}",
            match is_beyond {
                true => format!(
                    ": more than the {limit} ppm allowed. Bits are missing or were added in the capture, the \
                     time given is wrong, or the far end's clock is broken."
                ),
                false => "; that of the clock which took the time comes on top.".into(),
            }
        );
        let finding = if is_beyond { Finding::fault("rate", text) } else { Finding::note("rate", text) };
        Some(finding.with("ppm", said).with("uncertainty_ppm", uncertain))
    }
}

fn what_slipped(slips: &Slips) -> String {
    let frames = |number| count(number, "frame", "frames");
    let mut said = Vec::new();
    if slips.repeated > 0 {
        said.push(format!("repeated {}", frames(slips.repeated)));
    }
    if slips.left_out > 0 {
        said.push(format!("left out {}", frames(slips.left_out)));
    }
    if slips.unknown > 0 {
        said.push(format!("repeated or left out {}", frames(slips.unknown)));
    }
    said.join(" and ")
}

fn with_counts(finding: Finding, slips: &Slips) -> Finding {
    finding.with("repeated", slips.repeated).with("left_out", slips.left_out).with("unknown", slips.unknown)
}

/// G.703 for 2048 kbit/s, T1.403 for 1544 kbit/s.
const E1_PPM: f64 = 50.0;
const T1_PPM: f64 = 32.0;
/// No line is off by so much, so to be right within it says nothing.
const TOO_COARSE_PPM: f64 = 1000.0;
