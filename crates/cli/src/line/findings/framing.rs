//! Another framing than the one asked for, and a CRC that the ends do not agree on.
use tandem_line::{CrcMode, LineCode, T1Framing};

use super::{Case, Finding, count, percent};
use crate::line::Framing;
use crate::line::trial::Trial;

/// A mismatch of CRC.
pub(super) struct CrcMismatch {
    pub(super) finding: Finding,
    /// Whether the errors counted come from it.
    pub(super) hides_errors: bool,
}

impl CrcMismatch {
    const fn harmless(finding: Finding) -> Self {
        Self { finding, hides_errors: false }
    }

    const fn hiding_errors(finding: Finding) -> Self {
        Self { finding, hides_errors: true }
    }
}

impl Case<'_> {
    /// What fits when the framing asked for does not.
    pub(super) fn wrong_framing(&self, code_fits: bool) -> Option<Finding> {
        let lit = self.frames.saturating_sub(self.evidence.dark_frames());
        if lit < LEAST_FRAMES {
            return (self.evidence.dark_frames() == 0).then(|| self.too_short());
        }
        let octets = match self.unaligned.octets() {
            [] => self.first.octets(),
            octets => octets,
        };
        let code = self.fitting_code();
        if let Some(trial) = Trial::best(code, octets) {
            let code_alone = !code_fits && same_frames(self.framing, trial.framing);
            return (!code_alone).then(|| self.other_framing(&trial));
        }
        if !code_fits {
            return None;
        }
        let packed = code.is_none().then_some(octets);
        Some(packed.and_then(|octets| self.turned_bits(octets)).unwrap_or_else(|| self.no_framing()))
    }

    fn too_short(&self) -> Finding {
        let text = format!(
            "The capture of {} is too short to tell anything; a tenth of a second is enough.",
            count(self.frames, "frame", "frames")
        );
        Finding::note(TOO_SHORT, text).with("frames", self.frames)
    }

    fn other_framing(&self, trial: &Trial) -> Finding {
        let (asked, fits) = (asked_name(self.framing), trial.name());
        if same_frames(self.framing, trial.framing) {
            let steady = self.share(self.evidence.alignment.steady_frames());
            let text = format!(
                "The framing is right, but the line is aligned for only {}: it is too disturbed, or switched \
                 again and again.",
                percent(steady)
            );
            return Finding::fault("alignment-lost", text).with("aligned", steady);
        }
        let same_rate = matches!((self.framing, trial.framing), (Framing::T1(_), Framing::T1(_)));
        let advice = match same_rate {
            true => "Set this end to the same framing",
            false => "The far end, or the card, is set to the other rate: set both alike",
        };
        let text = format!(
            "This is {}, not {}: read as {fits} the line is aligned. {advice}, and analyse with --framing \
             {fits}.",
            description(fits),
            description(asked)
        );
        Finding::fault("wrong-framing", text).with("asked", asked).with("fits", fits)
    }

    /// Bits that a device has inverted, or octets that it gives with the last bit first.
    fn turned_bits(&self, octets: &[u8]) -> Option<Finding> {
        let inverted: Vec<u8> = octets.iter().map(|octet| !octet).collect();
        if let Some(trial) = Trial::best(None, &inverted) {
            let fits = trial.name();
            let text = format!(
                "All bits are inverted: with ones for zeros this is {}. Turn the inversion off at one of the \
                 ends or in what made the capture.",
                description(fits)
            );
            return Some(Finding::fault("bits-inverted", text).with("fits", fits));
        }
        let reversed: Vec<u8> = octets.iter().map(|octet| octet.reverse_bits()).collect();
        let fits = Trial::best(None, &reversed)?.name();
        let text = format!(
            "The octets of the capture are the wrong way round: with their bits reversed this is {}. Reverse \
             them; the first bit on the line belongs in the top bit of an octet.",
            description(fits)
        );
        Some(Finding::fault("bit-order", text).with("fits", fits))
    }

    fn no_framing(&self) -> Finding {
        let text = "No framing fits, neither of E1 nor of T1 or J1: this is a line without framing, an octet \
                    format other than the one described in --help, or noise.";
        Finding::fault("no-framing", text).with("asked", asked_name(self.framing))
    }

    /// Whether the ends agree on the CRC.
    pub(super) fn crc_mismatch(&self) -> Option<CrcMismatch> {
        match self.framing {
            Framing::E1(CrcMode::Off) => self.unasked_crc4().map(CrcMismatch::harmless),
            Framing::E1(_) => self.missing_crc4().map(CrcMismatch::harmless),
            Framing::T1(T1Framing::Sf | T1Framing::J1Sf) => None,
            Framing::T1(framing) => self.wrong_crc6(framing).map(CrcMismatch::hiding_errors),
        }
    }

    fn missing_crc4(&self) -> Option<Finding> {
        let steady = self.evidence.alignment.steady_frames();
        if self.evidence.crc4_seen || steady < CRC4_FRAMES {
            return None;
        }
        let text = "The far end sends no CRC-4: set crc4 = \"auto\" or \"off\" at this end, or turn CRC-4 on \
                    at the far end. Errors are seen in the alignment signals only.";
        Some(Finding::fault("crc4-mismatch", text).with("asked", "e1-crc4").with("sent", "e1"))
    }

    fn unasked_crc4(&self) -> Option<Finding> {
        let trial = self.tried(Framing::E1(CrcMode::Auto))?;
        let text = "The far end sends CRC-4, which was not asked for: set crc4 = \"auto\" or \"on\" at this \
                    end, and analyse with --framing e1-crc4; the far end raises an alarm if it needs ours.";
        trial
            .crc_fits()
            .then(|| Finding::fault("crc4-mismatch", text).with("asked", "e1").with("sent", "e1-crc4"))
    }

    fn wrong_crc6(&self, framing: T1Framing) -> Option<Finding> {
        let (blocks, errors) = (self.receiver.crc_blocks(), self.receiver.crc_errors());
        // One in 64 is right by chance.
        if blocks < LEAST_BLOCKS || errors * 10 < blocks * 9 {
            return None;
        }
        let other = if framing == T1Framing::Esf { T1Framing::J1Esf } else { T1Framing::Esf };
        let fits = self.tried(Framing::T1(other)).is_some_and(|trial| trial.crc_fits());
        let text = match (fits, framing) {
            (true, T1Framing::Esf) => {
                "The CRC-6 is wrong in every block, and right when it is computed over the F bits as well: \
                 this is J1, or a T1 end that computes CRC-6 over the F bits. Analyse with --framing j1-esf."
            }
            (true, _) => {
                "The CRC-6 is wrong in every block, and right when the F bits count as ones: this is T1 ESF, \
                 or a J1 end that leaves the F bits out. Analyse with --framing t1-esf."
            }
            (false, _) => {
                "The CRC-6 is wrong in every block, as T1 and as J1 compute it, while the framing is right: \
                 the far end computes none, or a device on the way changes the payload and leaves the CRC."
            }
        };
        let kind = if fits { "crc6-mismatch" } else { "crc6-wrong" };
        let finding = Finding::fault(kind, text).with("blocks", blocks).with("errored", errors);
        Some(if fits { finding.with("fits", asked_name(Framing::T1(other))) } else { finding })
    }

    fn tried(&self, framing: Framing) -> Option<Trial> {
        let code: Option<LineCode> = self.fitting_code();
        Trial::of(framing, code, self.first.octets()).ok()
    }
}

/// The framing as the option is written.
pub(super) const fn asked_name(framing: Framing) -> &'static str {
    match framing {
        Framing::E1(CrcMode::Off) => "e1",
        Framing::E1(_) => "e1-crc4",
        Framing::T1(T1Framing::Sf) => "t1-sf",
        Framing::T1(T1Framing::Esf) => "t1-esf",
        Framing::T1(T1Framing::J1Esf) => "j1-esf",
        Framing::T1(T1Framing::J1Sf) => "j1-sf",
    }
}

/// Whether frames are aligned alike; CRC-4 is another matter.
fn same_frames(one: Framing, other: Framing) -> bool {
    one == other || matches!((one, other), (Framing::E1(_), Framing::E1(_)))
}

fn description(name: &str) -> &'static str {
    match name {
        "e1" => "an E1 without CRC-4",
        "e1-crc4" => "an E1 with CRC-4",
        "t1-sf" => "a T1 with superframe",
        "t1-esf" => "a T1 with extended superframe",
        _ => "a J1 with extended superframe",
    }
}

/// The kind of finding that says that nothing can be found.
pub(super) const TOO_SHORT: &str = "too-short";
/// 25 ms.
const LEAST_FRAMES: u64 = 200;
/// 100 ms; a CRC-4 multiframe is found in 8 ms, an imitated frame alignment behind it in some more.
const CRC4_FRAMES: u64 = 800;
const LEAST_BLOCKS: u64 = 20;
