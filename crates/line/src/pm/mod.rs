//! Performance monitoring of one end of a span: what each second was, whether the path was available in it, and
//! counts by quarter of an hour (G.826; RFC 4805 for DS1 and E1).
//!
//! A [`Monitor`] takes a [`Second`] once a second. Whether a second was available time is known only up to ten
//! seconds later; until then it is counted as what it seems to be, and the counts are put right, those of the
//! quarter hour before too, when it turns out otherwise. The near end is fed from the receiver, the far end from
//! what it reports (E bits, remote alarms); each has a monitor of its own. Nothing here allocates.
mod availability;
mod history;
mod rules;

use availability::Availability;
use history::{DegradedMinutes, History};
use rules::Verdict;

pub use history::{Counts, INTERVALS, SECONDS_PER_INTERVAL};
pub use rules::{PathFormat, RuleSet};

/// What happened in one second at one end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Second {
    /// Errored CRC blocks: sub-multiframes of an E1, extended superframes of a T1.
    pub crc_errors: u64,
    /// Errored alignment signals or framing bits.
    pub framing_errors: u64,
    /// Line code violations, excess zeros included.
    pub code_violations: u64,
    /// Controlled slips.
    pub slips: u64,
    /// Framing was severely errored (T1.231), be alignment lost or not.
    pub severe_framing: bool,
    /// Loss of signal, loss of frame alignment or AIS (far end: its remote alarm) at any time in the second.
    pub defect: bool,
    /// Such a defect at the end of the second.
    pub defect_at_end: bool,
    /// A failure that is declared at the end of the second.
    pub failure: bool,
}

/// The monitor of one end of a span.
#[derive(Clone, Debug)]
pub struct Monitor {
    rules: RuleSet,
    format: PathFormat,
    availability: Availability,
    history: History,
    minutes: DegradedMinutes,
    failed: bool,
}

impl Monitor {
    /// A monitor whose first quarter hour has gone by for `elapsed` seconds already: so can quarter hours be
    /// those of the clock.
    #[must_use]
    pub const fn new(rules: RuleSet, format: PathFormat, elapsed: u16) -> Self {
        Self {
            rules,
            format,
            availability: Availability::new(),
            history: History::new(elapsed),
            minutes: DegradedMinutes::new(),
            failed: false,
        }
    }

    /// Takes the second that has just gone by.
    pub fn handle_second(&mut self, second: &Second) {
        self.handle(second, true);
    }

    /// Takes a second of which nothing is known: time passes, and it ends a row of severely errored seconds, but it does
    /// not count as monitored.
    pub fn handle_unknown_second(&mut self) {
        self.handle(&Second { failure: self.failed, ..Second::default() }, false);
    }

    fn handle(&mut self, second: &Second, monitored: bool) {
        let verdict = Verdict::new(self.rules, self.format, second);
        if second.failure && !self.failed {
            self.history.now().failures = self.history.now().failures.saturating_add(1);
        }
        self.failed = second.failure;
        let interval = self.history.interval_number();
        let Self { availability, history, minutes, format, rules, .. } = self;
        availability.handle(*rules, verdict, second, interval, |decided| {
            let ends_degraded = minutes.handle(*format, &decided);
            if let Some(counts) = history.by_number(decided.interval) {
                counts.add(&decided, ends_degraded);
            }
        });
        self.history.next_second(monitored);
    }

    /// Whether the path is available now, as far as can be told.
    #[must_use]
    pub const fn is_available(&self) -> bool {
        self.availability.is_available()
    }

    /// The counts of the quarter hour in progress and the seconds of it that were monitored.
    #[must_use]
    pub fn current(&self) -> (Counts, u16) {
        let counts = self.with_pending(self.history.current(), self.history.interval_number());
        (counts, self.history.monitored())
    }

    /// The counts of a quarter hour that is over, 1 for the last, and the seconds of it that were monitored;
    /// `None` beyond [`INTERVALS`], or beyond the beginning.
    #[must_use]
    pub fn interval(&self, ago: usize) -> Option<(Counts, u16)> {
        let (counts, monitored) = self.history.interval(ago)?;
        let number = self.history.interval_number().checked_sub(ago as u64)?;
        Some((self.with_pending(counts, number), monitored))
    }

    /// The sum of the quarter hours that are over, 24 hours at most, and the seconds that were monitored.
    #[must_use]
    pub fn day(&self) -> (Counts, u32) {
        let intervals = (1..=INTERVALS).map_while(|ago| self.interval(ago));
        intervals.fold((Counts::default(), 0), |(sum, seconds), (counts, monitored)| {
            (sum.plus(&counts), seconds + u32::from(monitored))
        })
    }

    /// Adds what is not decided yet, as what it seems to be.
    fn with_pending(&self, counts: &Counts, interval: u64) -> Counts {
        let (mut sum, mut minutes) = (*counts, self.minutes);
        for pending in self.availability.pending() {
            let ends_degraded = minutes.handle(self.format, &pending);
            if pending.interval == interval {
                sum.add(&pending, ends_degraded);
            }
        }
        sum
    }
}
