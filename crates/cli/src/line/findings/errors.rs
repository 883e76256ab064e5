//! Errors of bits, and losses of alignment that nothing else explains.
use tandem_line::T1Framing;

use super::{Case, Finding, count, significant};
use crate::line::Framing;
use crate::line::evidence::{CELL_FRAMES, Errors};

impl Case<'_> {
    /// Losses of alignment.
    pub(super) fn losses(&self) -> Option<Finding> {
        let alignment = &self.evidence.alignment;
        let (losses, moves) = (alignment.losses(), alignment.moves());
        if losses == 0 {
            return None;
        }
        let place = match (moves, losses - moves) {
            (0, _) => "it came back in the same place, so bursts of errors did it".to_owned(),
            (_, 0) => {
                "it came back in another place, so bits were lost or added, or another source was switched in"
                    .to_owned()
            }
            (moves, same) => format!(
                "it came back in another place {} (bits lost or added, or another source switched in) and in \
                 the same place {} (bursts of errors)",
                count(moves, "time", "times"),
                count(same, "time", "times")
            ),
        };
        let text = format!(
            "Frame alignment was lost {}, with a signal there; {place}.",
            count(losses, "time", "times")
        );
        Some(Finding::fault("alignment-lost", text).with("losses", losses).with("moves", moves))
    }

    /// Errors while aligned.
    pub(super) fn bit_errors(&self) -> Option<Finding> {
        let errors = &self.evidence.errors;
        if errors.count() == 0 {
            return None;
        }
        let (pattern, crc, framing) =
            (self.pattern(errors), self.crc_rate(errors), self.framing_rate(errors));
        let said: Vec<&str> = crc.iter().chain([&framing]).map(|rate| rate.said.as_str()).collect();
        let text = format!(
            "Bits arrive with errors, {}: {}. {} {} errored, {} of them severely. {}",
            pattern.said(),
            said.join(", "),
            count(errors.errored_seconds, "second", "seconds"),
            if errors.errored_seconds == 1 { "is" } else { "are" },
            errors.severe_seconds,
            pattern.advice(),
        );
        let finding = Finding::fault("bit-errors", text)
            .with("pattern", pattern.name())
            .with("errored_seconds", errors.errored_seconds)
            .with("severely_errored_seconds", errors.severe_seconds)
            .with("crc_errors", errors.crc)
            .with("framing_errors", errors.framing)
            .with("framing_bit_error_rate", framing.by_bit);
        Some(match crc {
            Some(crc) => finding.with("crc_bit_error_rate", crc.by_bit),
            None => finding,
        })
    }

    /// Errored blocks say how many bits are errored, as long as most blocks are good.
    fn crc_rate(&self, errors: &Errors) -> Option<Rate> {
        let blocks = self.receiver.crc_blocks();
        let bits = match self.framing {
            Framing::E1(_) => 8.0 * 256.0,
            Framing::T1(_) => 24.0 * 193.0,
        };
        let errored = (errors.crc as f64 / blocks.max(1) as f64).min(MOST_BLOCKS);
        let rate = -(1.0 - errored).ln() / bits;
        (blocks > 0).then(|| Rate::new(format!("{} of {blocks} CRC blocks", errors.crc), rate))
    }

    fn framing_rate(&self, errors: &Errors) -> Rate {
        let frames = self.evidence.alignment.steady_frames();
        let (bits, one, many) = match self.framing {
            Framing::E1(_) => (frames / 2 * 7, "alignment signal", "alignment signals"),
            Framing::T1(T1Framing::Sf) => (frames, "framing bit", "framing bits"),
            Framing::T1(T1Framing::J1Sf) => (frames / 12 * 11, "framing bit", "framing bits"),
            Framing::T1(_) => (frames / 4, "framing bit", "framing bits"),
        };
        Rate::new(count(errors.framing, one, many), errors.framing as f64 / bits.max(1) as f64)
    }

    /// Errors that have nothing to do with each other fall into as many tenths of a second as chance has it.
    fn pattern(&self, errors: &Errors) -> Pattern {
        let cells = (self.frames as f64 / CELL_FRAMES as f64).max(1.0);
        let expected = cells * (1.0 - (-(errors.count() as f64) / cells).exp());
        match errors.count() {
            ..FEW => Pattern::Few,
            _ if (errors.cells as f64) < expected / 2.0 => Pattern::Bursts,
            _ => Pattern::Scattered,
        }
    }
}

#[derive(Clone, Copy)]
enum Pattern {
    Few,
    Scattered,
    Bursts,
}

impl Pattern {
    const fn name(self) -> &'static str {
        match self {
            Self::Few => "few",
            Self::Scattered => "scattered",
            Self::Bursts => "bursts",
        }
    }

    const fn said(self) -> &'static str {
        match self {
            Self::Few => "a few",
            Self::Scattered => "scattered over time",
            Self::Bursts => "in bursts",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Few => "So few may be nothing; a longer capture tells.",
            Self::Scattered => "Look for a weak or noisy section: level, cable length, crosstalk.",
            Self::Bursts => "Look for what comes and goes: a loose plug, switching, lightning, clocks.",
        }
    }
}

/// Errors as counted, and as a rate of bits.
struct Rate {
    said: String,
    by_bit: f64,
}

impl Rate {
    fn new(counted: String, rate: f64) -> Self {
        let by_bit = significant(rate);
        let said = match by_bit > 0.0 {
            true => format!("{counted} ({rate:.1e} of the bits)"),
            false => counted,
        };
        Self { said, by_bit }
    }
}

const FEW: u64 = 8;
/// Beyond, blocks tell nothing more.
const MOST_BLOCKS: f64 = 0.99;
