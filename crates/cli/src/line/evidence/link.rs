//! What the far end of a T1 tells and commands.
use std::collections::BTreeMap;

use tandem_line::t1::{
    Bom, BomCode, CrcErrors, FarEndSeconds, InBandCode, LinkEvent, MaintenanceEvent, PrmSecond, T1Loop,
};

/// What was heard of the far end.
#[derive(Debug, Default)]
pub(in crate::line) struct Link {
    /// Messages and the frame in which each was there first; there are 63.
    pub(in crate::line) messages: BTreeMap<BomCode, u64>,
    /// In-band codes and when each was there first; there are 4.
    pub(in crate::line) in_band: Vec<(InBandCode, u64)>,
    /// The last loop that was commanded, and when.
    pub(in crate::line) commanded: Option<(T1Loop, u64)>,
    /// Whether the last command was to take it down.
    pub(in crate::line) released: bool,
    pub(in crate::line) ais_ci: bool,
    pub(in crate::line) rai_ci: bool,
    pub(in crate::line) reports: Reports,
}

/// What performance reports say of the seconds at the far end.
#[derive(Debug, Default)]
pub(in crate::line) struct Reports {
    pub(in crate::line) seconds: u64,
    pub(in crate::line) errored: u64,
    pub(in crate::line) severe: u64,
    pub(in crate::line) slipped: u64,
    /// Errored blocks at least.
    pub(in crate::line) crc_errors: u64,
}

impl Link {
    pub(super) fn note(&mut self, now: u64, event: MaintenanceEvent<'_>) {
        match event {
            MaintenanceEvent::Link(LinkEvent::BomBegun(code)) => {
                self.messages.entry(code).or_insert(now);
            }
            MaintenanceEvent::Link(LinkEvent::RaiCi(true)) => self.rai_ci = true,
            MaintenanceEvent::Link(LinkEvent::Prm(_, seconds)) => self.reports.note(&seconds),
            MaintenanceEvent::InBand { code, present: true } => self.note_in_band(code, now),
            MaintenanceEvent::AisCi(true) => self.ais_ci = true,
            MaintenanceEvent::Loop(Some(which)) => {
                (self.commanded, self.released) = (Some((which, now)), false);
            }
            MaintenanceEvent::Loop(None) => self.released = true,
            _ => {} // the end of what was noted when it began
        }
    }

    /// Messages that are neither alarms nor told as loops.
    pub(in crate::line) fn sync_messages(&self) -> impl Iterator<Item = (BomCode, u64)> {
        let is_sync = |code: &BomCode| matches!(code.meaning(), Some(Bom::Sync(_)) | None);
        self.messages.iter().map(|(code, at)| (*code, *at)).filter(move |(code, _)| is_sync(code))
    }

    fn note_in_band(&mut self, code: InBandCode, now: u64) {
        if self.in_band.iter().all(|(seen, _)| *seen != code) {
            self.in_band.push((code, now));
        }
    }
}

impl Reports {
    fn note(&mut self, seconds: &FarEndSeconds) {
        for second in seconds.new_seconds() {
            self.seconds += 1;
            self.errored += u64::from(is_errored(second));
            self.severe += u64::from(second.severe_framing || second.crc == CrcErrors::From320);
            self.slipped += u64::from(second.slip);
            self.crc_errors += second.crc.at_least();
        }
    }
}

fn is_errored(second: &PrmSecond) -> bool {
    second.crc != CrcErrors::None || second.severe_framing || second.framing_error || second.slip
}
