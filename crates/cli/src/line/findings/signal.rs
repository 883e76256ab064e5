//! Nothing but silence, ones or zeros; and the line code.
use tandem_line::LineCode;
use tandem_types::Defect;

use super::{Case, Finding, count, percent, significant};
use crate::line::trial::{Trial, violations};
use crate::line::{Framing, NEGATIVE, POSITIVE};

impl Case<'_> {
    /// What there is instead of a signal.
    pub(super) fn signal(&self) -> Vec<Finding> {
        [self.no_signal(), self.all_ones(), self.all_zeros()].into_iter().flatten().collect()
    }

    fn no_signal(&self) -> Option<Finding> {
        let frames = self.evidence.time(Defect::Los);
        let share = self.share(frames);
        let text = format!(
            "There are no pulses on the line for {}: the far end is off or not connected, the cable is cut, or \
             the receive pair is on the wrong pins. Check the plug and the far end's transmitter.",
            percent(share)
        );
        (frames > 0).then(|| Finding::fault("no-signal", text).with("share", share).with("frames", frames))
    }

    fn all_ones(&self) -> Option<Finding> {
        let frames = self.evidence.time(Defect::Ais);
        if frames == 0 {
            return None;
        }
        let share = self.share(frames);
        let is_ci = self.evidence.link.ais_ci;
        let cause = match is_ci {
            true => {
                "with the signature of a customer installation (AIS-CI): the fault is on the customer's side \
                 of the network interface"
            }
            false => {
                "so a device on the way lives and has lost its own input, or has been told to send ones: look \
                 for the fault behind it"
            }
        };
        let text = format!("The line carries unframed ones (AIS) for {}, {cause}.", percent(share));
        let kind = if is_ci { "ais-ci" } else { "ais" };
        Some(Finding::fault(kind, text).with("share", share).with("frames", frames))
    }

    /// With a line code they are no signal.
    fn all_zeros(&self) -> Option<Finding> {
        let frames = self.evidence.zero_frames();
        if frames == 0 || self.code.is_some() {
            return None;
        }
        let share = self.share(frames);
        let text = format!(
            "There are only zeros for {}. No framed line has them; probably the receiver had no signal. A \
             capture of symbols (--code) would tell.",
            percent(share)
        );
        Some(Finding::fault("all-zeros", text).with("share", share).with("frames", frames))
    }

    /// Another line code, when it fits and the one asked for does not.
    pub(super) fn line_code(&self) -> Option<Finding> {
        let asked = self.code?;
        let OtherCode { code: fitting, wrong, left } = self.other_code(asked)?;
        let (name, asked_name) = (name(fitting), name(asked));
        let why = match (asked, fitting) {
            (_, LineCode::Ami) => "runs of zeros stand on it that this code replaces".to_owned(),
            (LineCode::Ami, _) => format!("its {wrong} violations are the substitutions of {name}"),
            _ => format!("its violations are not those of {asked_name} but the substitutions of {name}"),
        };
        let advice = match (self.framing, fitting) {
            (Framing::E1(_), LineCode::B8zs) => "B8ZS belongs to T1: analyse it as one".to_owned(),
            (Framing::T1(_), LineCode::Hdb3) => "HDB3 belongs to E1: analyse it as one".to_owned(),
            _ => format!("Set both ends to {name}, and analyse with --code {}", option(fitting)),
        };
        let text = format!(
            "The line code is {name}, not {asked_name}: {why}, and read as {name} there are {} in the first \
             seconds. {advice}; what else there is to find shows then.",
            count(left, "violation", "violations")
        );
        let finding = Finding::fault("line-code", text)
            .with("asked", option(asked))
            .with("fits", option(fitting))
            .with("violations", wrong)
            .with("violations_then", left);
        Some(finding)
    }

    /// Symbols, one an octet, that were taken for packed bits.
    pub(super) fn symbols_for_bits(&self) -> Option<Finding> {
        let octets = self.first.octets();
        let often = |symbol| octets.iter().filter(|octet| **octet == symbol).count() > octets.len() / PULSES;
        let are_symbols = octets.iter().all(|octet| *octet <= NEGATIVE) && often(POSITIVE) && often(NEGATIVE);
        if self.code.is_some() || !are_symbols {
            return None;
        }
        let code = CODES.into_iter().min_by_key(|code| violations(*code, octets))?;
        let framing = Trial::best(Some(code), octets).map(|trial| trial.name());
        let also = framing.map_or_else(String::new, |framing| format!(" --framing {framing}"));
        let text = format!(
            "The capture holds symbols, one an octet, and was read as packed bits. They look like {}: analyse with \
             --code {}{also}.",
            name(code),
            option(code)
        );
        Some(Finding::fault("symbols", text).with("fits", option(code)))
    }

    /// The code that the first seconds are in, as far as they tell.
    pub(super) fn fitting_code(&self) -> Option<LineCode> {
        let asked = self.code?;
        Some(self.other_code(asked).map_or(asked, |other| other.code))
    }

    /// The codes, tried on the same symbols.
    fn other_code(&self, asked: LineCode) -> Option<OtherCode> {
        let octets = self.first.octets();
        let wrong = violations(asked, octets);
        let others = CODES.into_iter().filter(|code| *code != asked);
        let tried = others.map(|code| OtherCode { code, wrong, left: violations(code, octets) });
        tried.min_by_key(|other| other.left).filter(|other| other.is_proved(octets.len()))
    }

    /// Violations of the right code.
    pub(super) fn code_violations(&self) -> Option<Finding> {
        let found = self.evidence.code_violations;
        if found == 0 || self.code.is_none() {
            return None;
        }
        let rate = significant(found as f64 / self.bits.max(1) as f64);
        let text = format!(
            "There {} of the line code, {rate:.1e} a symbol: pulses are added, lost or turned round on this \
             section of the line itself. Look at cable, plugs and levels.",
            match found {
                1 => "is 1 violation".into(),
                _ => format!("are {found} violations"),
            }
        );
        Some(Finding::fault("line-code-violations", text).with("violations", found).with("rate", rate))
    }
}

/// A code that was not asked for.
struct OtherCode {
    code: LineCode,
    /// Violations of the code asked for.
    wrong: u64,
    /// Violations of this one.
    left: u64,
}

impl OtherCode {
    /// Whether it fits and the other does not. Of AMI the proof are runs of zeros, and a few of those are a signal
    /// that comes and goes.
    const fn is_proved(&self, symbols: usize) -> bool {
        let least = match self.code {
            LineCode::Ami => LEAST_VIOLATIONS + symbols as u64 / SYMBOLS_PER_RUN,
            LineCode::Hdb3 | LineCode::B8zs => LEAST_VIOLATIONS,
        };
        self.wrong >= least && self.left * FAR_FEWER <= self.wrong
    }
}

const fn name(code: LineCode) -> &'static str {
    match code {
        LineCode::Ami => "AMI",
        LineCode::Hdb3 => "HDB3",
        LineCode::B8zs => "B8ZS",
    }
}

/// As the option is written.
const fn option(code: LineCode) -> &'static str {
    match code {
        LineCode::Ami => "ami",
        LineCode::Hdb3 => "hdb3",
        LineCode::B8zs => "b8zs",
    }
}

/// Of symbols at least one in so many is a pulse of either polarity.
const PULSES: usize = 100;
const CODES: [LineCode; 3] = [LineCode::Ami, LineCode::Hdb3, LineCode::B8zs];
/// Fewer may be errors.
const LEAST_VIOLATIONS: u64 = 8;
/// Random octets have many more runs of zeros.
const SYMBOLS_PER_RUN: u64 = 5000;
/// A code fits when it leaves a twentieth of the violations.
const FAR_FEWER: u64 = 20;
