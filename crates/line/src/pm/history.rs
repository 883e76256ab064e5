//! Counts by quarter of an hour, for a day.
use super::availability::Decided;
use super::rules::PathFormat;

/// Quarter hours that are kept.
pub const INTERVALS: usize = 96;
/// Seconds of a quarter hour.
pub const SECONDS_PER_INTERVAL: u16 = 900;

/// The counts of some time at one end. They stop at their highest value instead of wrapping. All but the
/// unavailable seconds and the failures are counted in available time only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errored seconds (ES).
    pub errored_seconds: u64,
    /// Severely errored seconds (SES).
    pub severely_errored_seconds: u64,
    /// Severely errored framing seconds (SEFS).
    pub severely_errored_framing_seconds: u64,
    /// Bursty errored seconds (BES); extended superframe only.
    pub bursty_errored_seconds: u64,
    /// Unavailable seconds (UAS).
    pub unavailable_seconds: u64,
    /// Line errored seconds (LES).
    pub line_errored_seconds: u64,
    /// Controlled slip seconds (CSS).
    pub controlled_slip_seconds: u64,
    /// Degraded minutes (DM).
    pub degraded_minutes: u64,
    /// Path coding violations (PCV); by G.826, errored blocks.
    pub path_coding_violations: u64,
    /// Line coding violations (LCV).
    pub line_coding_violations: u64,
    /// Errored blocks outside severely errored seconds (BBE).
    pub background_block_errors: u64,
    /// Failures declared.
    pub failures: u64,
}

impl Counts {
    pub(super) const NONE: Self = Self {
        errored_seconds: 0,
        severely_errored_seconds: 0,
        severely_errored_framing_seconds: 0,
        bursty_errored_seconds: 0,
        unavailable_seconds: 0,
        line_errored_seconds: 0,
        controlled_slip_seconds: 0,
        degraded_minutes: 0,
        path_coding_violations: 0,
        line_coding_violations: 0,
        background_block_errors: 0,
        failures: 0,
    };

    /// Adds a second, and the degraded minute that it completes.
    pub(super) fn add(&mut self, second: &Decided, ends_degraded_minute: bool) {
        let verdict = &second.verdict;
        let one_if = |condition: bool| u64::from(condition);
        if !second.available {
            *self = self.plus(&Self { unavailable_seconds: 1, ..Self::NONE });
            return;
        }
        *self = self.plus(&Self {
            errored_seconds: one_if(verdict.errored),
            severely_errored_seconds: one_if(verdict.severe),
            severely_errored_framing_seconds: one_if(verdict.severe_framing),
            bursty_errored_seconds: one_if(verdict.bursty),
            line_errored_seconds: one_if(verdict.line_errored),
            controlled_slip_seconds: one_if(verdict.slipped),
            degraded_minutes: one_if(ends_degraded_minute),
            path_coding_violations: verdict.path_violations,
            line_coding_violations: verdict.line_violations,
            background_block_errors: if verdict.severe { 0 } else { verdict.path_violations },
            ..Self::NONE
        });
    }

    /// The sum of two, without wrapping.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            errored_seconds: self.errored_seconds.saturating_add(other.errored_seconds),
            severely_errored_seconds: self
                .severely_errored_seconds
                .saturating_add(other.severely_errored_seconds),
            severely_errored_framing_seconds: self
                .severely_errored_framing_seconds
                .saturating_add(other.severely_errored_framing_seconds),
            bursty_errored_seconds: self.bursty_errored_seconds.saturating_add(other.bursty_errored_seconds),
            unavailable_seconds: self.unavailable_seconds.saturating_add(other.unavailable_seconds),
            line_errored_seconds: self.line_errored_seconds.saturating_add(other.line_errored_seconds),
            controlled_slip_seconds: self
                .controlled_slip_seconds
                .saturating_add(other.controlled_slip_seconds),
            degraded_minutes: self.degraded_minutes.saturating_add(other.degraded_minutes),
            path_coding_violations: self.path_coding_violations.saturating_add(other.path_coding_violations),
            line_coding_violations: self.line_coding_violations.saturating_add(other.line_coding_violations),
            background_block_errors: self
                .background_block_errors
                .saturating_add(other.background_block_errors),
            failures: self.failures.saturating_add(other.failures),
        }
    }
}

/// Quarter hours, the one in progress apart.
#[derive(Clone, Debug)]
pub(super) struct History {
    now: Counts,
    /// Seconds of the quarter hour in progress that have gone by, and of those, that were monitored.
    elapsed: u16,
    monitored: u16,
    /// Quarter hours since the beginning.
    number: u64,
    /// By number, modulo their count.
    over: [(Counts, u16); INTERVALS],
}

impl History {
    pub(super) const fn new(elapsed: u16) -> Self {
        let elapsed = elapsed % SECONDS_PER_INTERVAL;
        Self { now: Counts::NONE, elapsed, monitored: 0, number: 0, over: [(Counts::NONE, 0); INTERVALS] }
    }

    pub(super) const fn now(&mut self) -> &mut Counts {
        &mut self.now
    }

    pub(super) const fn current(&self) -> &Counts {
        &self.now
    }

    pub(super) const fn monitored(&self) -> u16 {
        self.monitored
    }

    pub(super) const fn interval_number(&self) -> u64 {
        self.number
    }

    /// A quarter hour that is over, 1 for the last.
    pub(super) fn interval(&self, ago: usize) -> Option<(&Counts, u16)> {
        let known = (1..=INTERVALS).contains(&ago) && ago as u64 <= self.number;
        let (counts, monitored) = &self.over[self.number.wrapping_sub(ago as u64) as usize % INTERVALS];
        known.then_some((counts, *monitored))
    }

    /// The counts of a quarter hour, if they are still kept.
    pub(super) fn by_number(&mut self, number: u64) -> Option<&mut Counts> {
        match self.number.checked_sub(number)? {
            0 => Some(&mut self.now),
            ago if ago <= INTERVALS as u64 => Some(&mut self.over[number as usize % INTERVALS].0),
            _ => None,
        }
    }

    /// A second has gone by.
    pub(super) const fn next_second(&mut self, monitored: bool) {
        self.elapsed += 1;
        self.monitored += monitored as u16;
        if self.elapsed == SECONDS_PER_INTERVAL {
            self.over[self.number as usize % INTERVALS] = (self.now, self.monitored);
            self.number += 1;
            (self.now, self.elapsed, self.monitored) = (Counts::NONE, 0, 0);
        }
    }
}

/// Minutes of available seconds that are not severely errored; one whose error rate exceeds 10⁻⁶ is degraded
/// (RFC 4805).
#[derive(Clone, Copy, Debug)]
pub(super) struct DegradedMinutes {
    seconds: u8,
    violations: u64,
}

impl DegradedMinutes {
    pub(super) const fn new() -> Self {
        Self { seconds: 0, violations: 0 }
    }

    /// Whether a degraded minute is complete with this second.
    pub(super) const fn handle(&mut self, format: PathFormat, second: &Decided) -> bool {
        if !second.available || second.verdict.severe {
            return false;
        }
        self.seconds += 1;
        self.violations = self.violations.saturating_add(second.verdict.path_violations);
        if self.seconds < 60 {
            return false;
        }
        let degraded = self.violations.saturating_mul(1_000_000) > 60 * format.bit_rate();
        (self.seconds, self.violations) = (0, 0);
        degraded
    }
}
