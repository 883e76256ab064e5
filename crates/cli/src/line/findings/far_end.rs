//! What the far end says of us, and what it commands.
use tandem_line::t1::{Bom, BomCode, InBandCode, SyncQuality, T1Loop};
use tandem_types::Defect;

use super::{Case, Finding, count, percent, rounded, seconds};
use crate::line::Framing;

impl Case<'_> {
    /// The far end cannot receive us.
    pub(super) fn remote_alarm(&self) -> Option<Finding> {
        let frames = self.evidence.time(Defect::Rai);
        if frames == 0 {
            return None;
        }
        let share = self.share(frames);
        let who = match self.evidence.link.rai_ci {
            true => ", with the signature of a customer installation (RAI-CI)",
            false => "",
        };
        let text = format!(
            "The far end cannot receive us: it sends the remote alarm for {}{who}. Look at our transmit side: \
             pair, plug, framing set at the far end, and whether we send at all.",
            percent(share)
        );
        Some(Finding::fault("remote-alarm", text).with("share", share).with("frames", frames))
    }

    /// What E bits say.
    pub(super) fn far_end_errors(&self) -> Option<Finding> {
        let (reported, blocks) = (self.evidence.errors.far_end, self.receiver.crc_blocks());
        if reported == 0 || blocks == 0 {
            return None;
        }
        if reported * 20 >= blocks * 19 && blocks >= LEAST_BLOCKS {
            let text = "All E bits are 0: the far end does not see our CRC-4 multiframe. Send CRC-4 from this \
                        end (crc4 = \"auto\" or \"on\"); if we do send it, what we send arrives broken, or \
                        the far end never sets these bits.";
            let finding = Finding::fault("far-end-no-crc4", text);
            return Some(finding.with("e_bits", reported).with("blocks", blocks));
        }
        let rate = rounded(reported as f64 / blocks as f64, 6);
        let text = format!(
            "The far end receives us with errors: its E bits report {} of {blocks}. Look at our transmit \
             side and the way there.",
            count(reported, "errored block", "errored blocks")
        );
        let finding = Finding::fault("far-end-errors", text);
        Some(finding.with("e_bits", reported).with("blocks", blocks).with("rate", rate))
    }

    /// Timeslot 16 of an E1.
    pub(super) fn signalling(&self) -> Option<Finding> {
        if !matches!(self.framing, Framing::E1(_)) || !(self.cas_expected || self.cas_found) {
            return None;
        }
        let time = |defect| self.evidence.time(defect);
        let (ais, lost, rai) =
            (time(Defect::CasAis), time(Defect::LossOfCasMultiframe), time(Defect::CasRai));
        let (kind, frames, text) = if ais > 0 {
            let text = "Timeslot 16 carries ones only: what multiplexes the signalling has lost its input.";
            ("ts16-ais", ais, text)
        } else if lost > 0 && !self.cas_found {
            let text = "No signalling multiframe is sent in timeslot 16: CCS or clear channel? Ask what the \
                        far end does with timeslot 16, or leave --cas out.";
            ("no-cas", lost, text)
        } else if lost > 0 {
            let text = "The signalling multiframe of timeslot 16 was there and went: the far end has stopped \
                        its signalling, or timeslot 16 is disturbed.";
            ("cas-lost", lost, text)
        } else if rai > 0 {
            let text = "The far end cannot receive our signalling multiframe (bit y): send CAS in timeslot 16, \
                        or look why it does not arrive.";
            ("cas-remote-alarm", rai, text)
        } else {
            return None;
        };
        let share = self.share(frames);
        Some(Finding::fault(kind, text).with("share", share).with("frames", frames))
    }

    /// Data link, in-band codes, loops of a T1.
    pub(super) fn link(&self) -> Vec<Finding> {
        let link = &self.evidence.link;
        let mut found: Vec<Finding> = self.commanded_loop().into_iter().collect();
        found.extend(link.in_band.iter().map(|(code, at)| in_band(*code, *at)));
        found.extend(self.far_end_report());
        found.extend(link.sync_messages().map(|(code, at)| message(code, at)));
        found
    }

    fn commanded_loop(&self) -> Option<Finding> {
        let link = &self.evidence.link;
        let (which, at) = link.commanded?;
        let (name, what) = match which {
            T1Loop::Line => ("line", "a line loop: all that it sends is to come back"),
            T1Loop::Payload => ("payload", "a payload loop: its timeslots are to come back"),
            T1Loop::Network => ("network", "the loop of the network interface"),
        };
        let end = match link.released {
            true => "It has taken the loop down again.",
            false => {
                "The command to take it down is not in the capture: while the loop is up no call can be made."
            }
        };
        let text = format!("The far end commands {what} ({:.3} s). {end}", seconds(at));
        let finding = if link.released {
            Finding::note("loop-commanded", text)
        } else {
            Finding::fault("loop-commanded", text)
        };
        Some(finding.with("loop", name).with("frame", at).with("released", link.released))
    }

    fn far_end_report(&self) -> Option<Finding> {
        let reports = &self.evidence.link.reports;
        if reports.seconds == 0 {
            return None;
        }
        let reported = count(reports.seconds, "second", "seconds");
        let finding = if reports.errored == 0 {
            let text =
                format!("The far end receives us without errors, by its performance reports of {reported}.");
            Finding::note("far-end-report", text)
        } else {
            let text = format!(
                "The far end receives us with errors: of {reported} in its performance reports {} errored, {} \
                 of them severely, {} with slips, at least {} in all. Look at our transmit side, and for \
                 slips at our clock.",
                match reports.errored {
                    1 => "1 is".into(),
                    more => format!("{more} are"),
                },
                reports.severe,
                reports.slipped,
                count(reports.crc_errors, "errored block", "errored blocks"),
            );
            Finding::fault("far-end-report", text)
        };
        let finding = finding
            .with("seconds", reports.seconds)
            .with("errored_seconds", reports.errored)
            .with("severely_errored_seconds", reports.severe)
            .with("slip_seconds", reports.slipped);
        Some(finding)
    }
}

fn in_band(code: InBandCode, at: u64) -> Finding {
    let (name, what) = match code {
        InBandCode::LineUp => ("line-up", "00001, line loop up"),
        InBandCode::LineDown => ("line-down", "001, line loop down"),
        InBandCode::NetworkUp => ("network-up", "11000, network interface loop up"),
        InBandCode::NetworkDown => ("network-down", "11100, network interface loop down"),
    };
    let text = format!(
        "An in-band loop code fills the line ({:.3} s): {what}. Somebody tests this line; its channels carry \
         no calls meanwhile.",
        seconds(at)
    );
    Finding::fault("loop-code", text).with("code", name).with("frame", at)
}

/// A message that is neither an alarm nor about a loop.
fn message(code: BomCode, at: u64) -> Finding {
    let Some(Bom::Sync(quality)) = code.meaning() else {
        let text = format!("The far end sends a bit-oriented message that is not known here: {code}.");
        return Finding::note("message", text).with("code", code.bits()).with("frame", at);
    };
    let name = clock_name(quality);
    let finding = if quality == SyncQuality::DoNotUse {
        let text = "The far end says that its clock is not to be used (DUS): do not take the clock from this \
                    line. It says so as well when it takes the clock from us.";
        Finding::note("far-end-clock", text)
    } else {
        Finding::note("far-end-clock", format!("The far end says that its clock is {name}."))
    };
    finding.with("clock", name).with("frame", at)
}

const fn clock_name(quality: SyncQuality) -> &'static str {
    match quality {
        SyncQuality::Stratum1 => "stratum 1 traceable",
        SyncQuality::Unknown => "synchronised, of unknown traceability",
        SyncQuality::Stratum2 => "stratum 2",
        SyncQuality::TransitNode => "a transit node clock",
        SyncQuality::Stratum3E => "stratum 3E",
        SyncQuality::Stratum3 => "stratum 3",
        SyncQuality::SonetMinimum => "a SONET minimum clock",
        SyncQuality::Stratum4 => "stratum 4",
        SyncQuality::DoNotUse => "not to be used",
        SyncQuality::Provisionable => "what the operator makes of it",
    }
}

const LEAST_BLOCKS: u64 = 20;
