//! What a run comes to: one table for people, one line for programs.
use crate::ivr::{CallLog, Ivr};
use crate::trunks::Trunks;
use crate::verify::Verified;
use hw_sim::exchange::ExchangeReport;
use serde::Serialize;
use std::hash::Hasher as _;
use std::io::Write as _;
use tandem_engine::Statistics;
use tandem_rt::sys::GuardedAlloc;
use tandem_types::{Cause, Frames};

/// The summary, in the order in which it is printed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    seconds: f64,
    calls_offered: u64,
    calls_placed: u64,
    /// Of those placed: answered, and then cleared as calls are (cause 16).
    calls_connected: u64,
    calls_completed: u64,
    calls_blocked: u64,
    calls_answered: u64,
    calls_cleared: u64,
    digits_sent: u64,
    digits_received: u64,
    recordings: u64,
    recorded_seconds: f64,
    /// Of the recordings: what was lost on its way, and in how many places something is missing.
    recordings_lost_ms: u64,
    recordings_gaps: u64,
    ticks: u64,
    late_ticks: u64,
    octets_in: u64,
    octets_out: u64,
    octets_dropped: u64,
    octets_dropped_tap_full: u64,
    octets_dropped_disk: u64,
    octets_dropped_card_late: u64,
    octets_recorded: u64,
    octets_written: u64,
    octets_starved: u64,
    octets_muted: u64,
    slips: u64,
    /// Of all spans, on their way here.
    frames_lost: u64,
    symbols_lost: u64,
    events_dropped: u64,
    wrong_octets: u64,
    checked_octets: u64,
    unchecked_octets: u64,
    media_allocations: u64,
    /// Whether recordings were compared with what was said; if not, why.
    verified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_verified: Option<String>,
    deleted_recordings: u64,
    verified_calls: u64,
    verified_speech: u64,
    verified_pairs: u64,
    heard_pairs: u64,
    worst_correlation: f64,
    resident_mib: f64,
    hash: String,
    ok: bool,
    problems: Vec<String>,
}

impl Summary {
    pub(crate) fn new(
        (statistics, frames_lost): (&Statistics, u64),
        ivr: &Ivr<'_>,
        trunks: &Trunks,
        reports: &[Option<ExchangeReport>],
        verified: &Verified,
        conservation: Result<(), String>,
        peak_resident: u64,
    ) -> Self {
        let totals = &statistics.totals;
        let sum = |of: fn(&ExchangeReport) -> u64| reports.iter().flatten().map(of).sum::<u64>();
        let allocations = GuardedAlloc::report();
        // The exchange counts the digits of called numbers too.
        let card_late = statistics.card_frames_missed * 30;
        let placed = || ivr.calls().filter(|log| log.placed);
        let mut hash = ivr.hash;
        hash.write_u64(trunks.sent_hash());
        let mut summary = Self {
            seconds: Frames(statistics.now.0).as_seconds(),
            calls_offered: totals.calls_offered,
            calls_placed: placed().count() as u64,
            calls_connected: placed().filter(|log| log.answered.is_some()).count() as u64,
            calls_completed: placed().filter(|log| is_completed(log)).count() as u64,
            calls_blocked: sum(|report| report.totals.blocked),
            calls_answered: totals.calls_answered,
            calls_cleared: ivr.ended.len() as u64,
            digits_sent: sum(|report| report.totals.digits_sent),
            digits_received: totals.digits_received + ivr.dialled_digits(),
            recordings: totals.recordings,
            recorded_seconds: Frames(totals.recorded_frames).as_seconds(),
            recordings_lost_ms: ivr.calls().map(|log| log.lost_ms).sum(),
            recordings_gaps: ivr.calls().map(|log| log.gaps).sum(),
            ticks: totals.media.ticks,
            late_ticks: statistics.late_ticks,
            octets_in: totals.media.octets_in,
            octets_out: totals.media.octets_out,
            octets_dropped: totals.media.octets_tap_dropped + 2 * totals.recording_lost_frames + card_late,
            octets_dropped_tap_full: totals.media.octets_tap_dropped,
            octets_dropped_disk: 2 * totals.recording_lost_frames,
            octets_dropped_card_late: card_late,
            octets_recorded: totals.media.octets_recorded,
            octets_written: 2
                * (totals.recorded_frames - totals.recording_gap_frames + totals.recording_lost_frames),
            octets_starved: totals.media.octets_starved,
            octets_muted: totals.media.octets_muted,
            slips: statistics.slips,
            frames_lost,
            symbols_lost: trunks.wire_losses(),
            events_dropped: totals.events_dropped,
            wrong_octets: sum(|report| report.check.unexplained),
            checked_octets: sum(|report| report.check.idle + report.check.prompt + report.check.mix),
            unchecked_octets: sum(|report| report.check.unchecked),
            media_allocations: allocations.media_allocations + allocations.media_releases,
            verified: verified.not_compared.is_none(),
            not_verified: verified.not_compared.clone(),
            deleted_recordings: verified.deleted,
            verified_calls: verified.calls,
            verified_speech: verified.own_speech,
            verified_pairs: verified.pairs,
            heard_pairs: verified.heard_pairs,
            worst_correlation: verified.worst_correlation,
            resident_mib: peak_resident as f64 / f64::from(1 << 20),
            hash: format!("{:016x}", hash.finish()),
            ok: false,
            problems: Vec::new(),
        };
        summary.problems = summary.find_problems(ivr, verified, conservation, reports);
        summary.ok = summary.problems.is_empty();
        summary
    }

    fn find_problems(
        &self,
        ivr: &Ivr<'_>,
        verified: &Verified,
        conservation: Result<(), String>,
        reports: &[Option<ExchangeReport>],
    ) -> Vec<String> {
        let mut problems = ivr.problems.clone();
        problems.extend(conservation.err());
        problems.extend(verified.problems.iter().take(MOST_SHOWN).cloned());
        let mut must = |good: bool, what: String| {
            if !good {
                problems.push(what);
            }
        };
        let (offered, answered, cleared) = (self.calls_offered, self.calls_answered, self.calls_cleared);
        let (placed, connected, completed) = (self.calls_placed, self.calls_connected, self.calls_completed);
        must(
            offered + connected == answered + ivr.refused && offered + placed == cleared,
            format!("{offered} calls offered, {placed} placed, {answered} answered, {cleared} cleared"),
        );
        must(
            placed == completed,
            format!("{placed} calls placed, {connected} of them answered, {completed} ended as they should"),
        );
        must(ivr.is_idle(), "calls or recordings were still in progress at the end".into());
        must(self.recordings == answered, format!("{answered} calls answered, {} recorded", self.recordings));
        if !reports.is_empty() && reports.iter().all(Option::is_some) {
            let (sent, received) = (self.digits_sent, self.digits_received);
            must(sent == received, format!("{sent} digits sent, {received} received"));
        }
        let (written, tapped) = (self.octets_written, self.octets_recorded);
        must(written == tapped, format!("{tapped} octets went to the recorder, {written} were written"));
        must(self.octets_dropped == 0, format!("{} octets dropped", self.octets_dropped));
        must(self.octets_starved == 0, format!("{} octets of prompts came late", self.octets_starved));
        must(self.wrong_octets == 0, format!("{} wrong octets on the wire", self.wrong_octets));
        must(self.slips == 0, format!("{} slips", self.slips));
        must(self.symbols_lost == 0, format!("{} symbols lost on the wires", self.symbols_lost));
        must(
            self.media_allocations == 0,
            format!("{} allocations on the media thread", self.media_allocations),
        );
        for (card, report) in reports.iter().enumerate() {
            let Some(report) = report else {
                problems.push(format!("the exchange of card {card} has given no report"));
                continue;
            };
            problems.extend(report.check.details.iter().take(3).map(|detail| format!("{detail:?}")));
        }
        problems
    }

    pub(crate) const fn is_good(&self) -> bool {
        self.ok
    }

    /// Prints the summary for programs or for people.
    pub(crate) fn print(&self, json: bool) -> Result<(), String> {
        let text = if json { self.for_programs() } else { Ok(self.for_people()) };
        let written = text.and_then(|text| {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()
        });
        written.map_err(|error| format!("the summary cannot be written: {error}"))
    }

    fn for_programs(&self) -> std::io::Result<String> {
        Ok(serde_json::to_string(self)? + "\n")
    }

    fn for_people(&self) -> String {
        let mut lines = vec![
            String::new(),
            format!(
                "calls       {} offered, {} answered, {} cleared, {} blocked for want of a circuit",
                self.calls_offered, self.calls_answered, self.calls_cleared, self.calls_blocked
            ),
            format!("digits      {} sent, {} received", self.digits_sent, self.digits_received),
            format!(
                "recordings  {} ({:.0} s of two channels), {} ms lost on their way, {} gaps",
                self.recordings, self.recorded_seconds, self.recordings_lost_ms, self.recordings_gaps
            ),
            format!(
                "octets      {} in, {} out, {} dropped",
                self.octets_in, self.octets_out, self.octets_dropped
            ),
            format!("on the wire {} octets checked, {} wrong", self.checked_octets, self.wrong_octets),
            format!("ticks       {} in {:.1} s, {} late", self.ticks, self.seconds, self.late_ticks),
            format!("content     {}", self.content()),
        ];
        if self.calls_placed > 0 {
            let placed = format!(
                "placed      {}, {} answered, {} ended as they should",
                self.calls_placed, self.calls_connected, self.calls_completed
            );
            lines.insert(2, placed);
        }
        lines.extend(self.problems.iter().map(|problem| format!("PROBLEM     {problem}")));
        lines.push(if self.ok { "all as it should be" } else { "not as it should be" }.into());
        lines.join("\n") + "\n"
    }

    fn content(&self) -> String {
        if let Some(why) = &self.not_verified {
            return format!("not compared: {why}");
        }
        let mut text = format!(
            "{} calls compared, {} found in their own recording, {} heard by others as they should be",
            self.verified_calls, self.verified_speech, self.heard_pairs
        );
        if self.deleted_recordings > 0 {
            text += &format!("; {} recordings were deleted to make room", self.deleted_recordings);
        }
        text
    }
}

fn is_completed(log: &CallLog) -> bool {
    log.answered.is_some() && log.cause == Some(Cause::NORMAL_CLEARING)
}

const MOST_SHOWN: usize = 10;
