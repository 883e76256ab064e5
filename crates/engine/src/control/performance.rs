//! Performance of spans: what media saw of each in a second becomes seconds of the near and of the far end.
use crate::EngineError;
use crate::config::{PerformanceRules, SpanSection};
use crate::control::Control;
use crate::control::failure::{CLEAR, DECLARE};
use crate::seconds::{DefectSecond, FarSecond, SpanSecond};
use tandem_card::SpanCounters;
use tandem_line::pm::{Counts, INTERVALS, Monitor, PathFormat, RuleSet, Second};
use tandem_types::{FRAMES_PER_SECOND, FrameTime};

/// Whose reception is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What we receive.
    Near,
    /// What the far end receives, as it reports it: E bits and the remote alarm.
    Far,
}

/// The performance of one end of a span in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Performance {
    /// The counts.
    pub counts: Counts,
    /// The seconds in which it was monitored.
    pub seconds: u32,
}

/// Both ends of a span.
pub(super) struct SpanPerformance {
    near: MonitoredEnd,
    far: MonitoredEnd,
    /// When the last second ended, and what had been counted by then.
    last: FrameTime,
    /// None of a span that has come later, before its first second, which is told only in part.
    counted: Option<SpanCounters>,
    /// The far end reports its seconds (T1 extended superframe), and tells no errors by E bits.
    far_reports: bool,
    /// Of its seconds, those that it has not reported yet. A second of its own is taken for each of ours.
    due: u64,
    /// Seconds of the far end taken from its remote alarm, of which it may report yet.
    told_by_alarm: u64,
}

struct MonitoredEnd {
    monitor: Box<Monitor>,
    failed: bool,
}

impl MonitoredEnd {
    fn new(rules: RuleSet, format: PathFormat) -> Self {
        Self { monitor: Box::new(Monitor::new(rules, format, 0)), failed: false }
    }

    /// Takes a second with these errors.
    fn take(&mut self, defect: DefectSecond, errors: Second) {
        self.failed = defect.longest >= DECLARE || (self.failed && defect.gone_for < CLEAR);
        let (seen, at_end) = (defect.seen, defect.at_end);
        self.monitor.handle_second(&Second {
            defect: seen,
            defect_at_end: at_end,
            failure: self.failed,
            ..errors
        });
    }

    fn performance(&self, ago: usize) -> Option<Performance> {
        let (counts, seconds) = if ago == 0 { self.monitor.current() } else { self.monitor.interval(ago)? };
        Some(Performance { counts, seconds: u32::from(seconds) })
    }
}

impl SpanPerformance {
    pub(super) fn new(section: &SpanSection) -> Self {
        let rules = match section.performance {
            PerformanceRules::G826 => RuleSet::G826,
            PerformanceRules::Rfc4805 => RuleSet::Rfc4805,
        };
        let format = section.path_format();
        Self {
            near: MonitoredEnd::new(rules, format),
            far: MonitoredEnd::new(rules, format),
            last: FrameTime::ZERO,
            counted: Some(SpanCounters::default()),
            far_reports: format == PathFormat::T1Esf,
            due: 1,
            told_by_alarm: 0,
        }
    }

    /// Of a span that has come while the engine ran: it is monitored from its first whole second on.
    pub(super) fn of_latecomer(section: &SpanSection) -> Self {
        Self { counted: None, ..Self::new(section) }
    }

    fn handle(&mut self, second: &SpanSecond) {
        let Some(before) = self.counted.replace(second.counters) else {
            self.last = second.at;
            return;
        };
        // What media could not tell of earlier seconds is in this one.
        let seconds = second.at.since(self.last).0 / FRAMES_PER_SECOND;
        for _ in 1..seconds {
            self.near.take(DefectSecond::default(), Second::default());
            self.pass_far();
        }
        let (now, before) = (&second.counters, &before);
        let since = |of: fn(&SpanCounters) -> u64| of(now).saturating_sub(of(before));
        let near = Second {
            crc_errors: since(|counters| counters.crc_errors),
            framing_errors: since(|counters| counters.fas_errors),
            code_violations: since(|counters| counters.line_code_violations),
            slips: since(|counters| counters.slips_repeated) + since(|counters| counters.slips_deleted),
            severe_framing: since(|counters| counters.severe_framing_errors) > 0,
            ..Second::default()
        };
        let far = Second { crc_errors: since(|counters| counters.e_bits), ..Second::default() };
        self.near.take(second.near, near);
        if !self.far_reports {
            self.far.take(second.far, far);
        } else if second.far.seen {
            // Of what it sends the remote alarm in, its reports tell no more, if it sends any.
            self.far.take(second.far, Second::default());
            self.told_by_alarm = (self.told_by_alarm + 1).min(MOST_TOLD_LATER);
        } else {
            self.pass_far();
        }
        self.last = second.at;
    }

    /// A second of ours has gone by of which nothing was seen of the far end.
    fn pass_far(&mut self) {
        if !self.far_reports {
            self.far.take(DefectSecond::default(), Second::default());
        } else if self.due > MOST_TOLD_LATER {
            self.far.monitor.handle_unknown_second();
        } else {
            self.due += 1;
        }
    }

    /// Takes a second that the far end reports. Those that come with a remote alarm are told by it, and so are the first ones
    /// after it; more than time has passed are nothing to go by.
    fn handle_far(&mut self, second: Second) {
        if !self.far_reports {
            return;
        }
        if second.defect || self.told_by_alarm > 0 {
            self.told_by_alarm = self.told_by_alarm.saturating_sub(1);
            return;
        }
        let Some(due) = self.due.checked_sub(1) else { return };
        self.due = due;
        let clear = DefectSecond { gone_for: CLEAR, ..DefectSecond::default() };
        self.far.take(clear, second);
    }
}

impl Control {
    /// Takes what media has told of seconds that are over.
    pub(super) fn handle_seconds(&mut self) {
        while let Some(FarSecond { span, second }) = self.far_seconds.pop() {
            if let Some(span) = self.spans.get_mut(usize::from(span.0)).filter(|span| span.in_use) {
                span.performance.handle_far(second);
            }
        }
        while let Some(second) = self.seconds.pop() {
            if let Some(span) = self.spans.get_mut(usize::from(second.span.0)).filter(|span| span.in_use) {
                span.performance.handle(&second);
                span.line_clock.handle_second(&second);
            }
        }
    }

    /// The performance of an end of a span in the quarter hour in progress (0) or one that is over (1 for the
    /// last); `None` before the engine was opened.
    pub(crate) fn performance(
        &self,
        span: usize,
        end: End,
        ago: usize,
    ) -> Result<Option<Performance>, EngineError> {
        let span = self.spans.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
        if ago > INTERVALS {
            return Err(EngineError::BadArgument("quarter hours are kept for a day: 0 to 96"));
        }
        let end = match end {
            End::Near => &span.performance.near,
            End::Far => &span.performance.far,
        };
        Ok(end.performance(ago))
    }

    /// The performance of an end of a span over the quarter hours that are over, a day at most.
    pub(crate) fn performance_of_day(&self, span: usize, end: End) -> Result<Performance, EngineError> {
        let span = self.spans.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
        let end = match end {
            End::Near => &span.performance.near,
            End::Far => &span.performance.far,
        };
        let (counts, seconds) = end.monitor.day();
        Ok(Performance { counts, seconds })
    }
}

/// A report tells the last four seconds.
const MOST_TOLD_LATER: u64 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_card::SpanStatus;
    use tandem_types::{Frames, SpanIndex};

    struct Rig {
        performance: SpanPerformance,
        second: u64,
        counters: SpanCounters,
    }

    impl Rig {
        fn new() -> Self {
            let text = "[[card]]
model = \"x\"
[[span]]
port = 0
framing = \"t1-esf\"
signalling = \"none\"
";
            let config = crate::Config::parse(text).expect("good");
            Self {
                performance: SpanPerformance::new(&config.spans[0]),
                second: 0,
                counters: SpanCounters::default(),
            }
        }

        /// A second of ours, with the far end's remote alarm or without.
        fn pass(&mut self, remote_alarm: bool) {
            self.second += 1;
            let at = FrameTime(self.second * FRAMES_PER_SECOND);
            let SpanStatus { line_bits, sync_quality, .. } = SpanStatus::default();
            let counters = self.counters;
            let far = match remote_alarm {
                true => DefectSecond { seen: true, at_end: false, longest: Frames(800), gone_for: Frames(0) },
                false => DefectSecond { gone_for: Frames(1 << 40), ..DefectSecond::default() },
            };
            let near = DefectSecond::default();
            let span = SpanIndex(0);
            self.performance.handle(&SpanSecond {
                span,
                at,
                read_at: at,
                counters,
                line_bits,
                sync_quality,
                near,
                far,
            });
        }

        fn far(&self) -> Performance {
            self.performance.far.performance(0).expect("the quarter hour in progress")
        }
    }

    #[test]
    fn severe_framing_is_a_severely_errored_framing_second_even_if_alignment_is_kept() {
        let mut rig = Rig::new();
        rig.counters.severe_framing_errors = 3;
        rig.pass(false);
        rig.pass(false);
        let near = rig.performance.near.performance(0).expect("the quarter hour in progress").counts;
        assert_eq!((near.severely_errored_seconds, near.severely_errored_framing_seconds), (1, 1));
    }

    #[test]
    fn severe_framing_that_the_far_end_reports_is_a_severely_errored_second() {
        let mut rig = Rig::new();
        rig.performance.handle_far(Second { severe_framing: true, ..Second::default() });
        let far = rig.far();
        assert_eq!((far.counts.severely_errored_seconds, far.counts.errored_seconds, far.seconds), (1, 1, 1));
        assert_eq!(far.counts.severely_errored_framing_seconds, 1);
    }

    #[test]
    fn alarms_of_a_far_end_that_reports_nothing_are_as_far_apart_as_they_were() {
        let mut rig = Rig::new();
        for second in 0..400 {
            rig.pass(second % 40 == 39);
        }
        let far = rig.far();
        assert_eq!((far.counts.severely_errored_seconds, far.counts.unavailable_seconds), (10, 0));
        assert_eq!(far.seconds, 10, "nothing is known of the others");
        // And ten in a row are ten in a row.
        rig.pass(false);
        (0..10).for_each(|_| rig.pass(true));
        assert_eq!(rig.far().counts.unavailable_seconds, 10);
    }

    #[test]
    fn a_far_end_that_reports_more_seconds_than_there_were_is_believed_as_many_as_there_were() {
        let mut rig = Rig::new();
        for _ in 0..100 {
            rig.pass(false);
            (0..30).for_each(|_| rig.performance.handle_far(Second { crc_errors: 1, ..Second::default() }));
        }
        assert_eq!((rig.far().seconds, rig.far().counts.errored_seconds), (101, 101));
    }

    #[test]
    fn reports_that_come_late_fill_the_seconds_that_are_due() {
        let mut rig = Rig::new();
        for _ in 0..20 {
            (0..3).for_each(|_| rig.pass(false));
            (0..3).for_each(|_| rig.performance.handle_far(Second::default()));
        }
        assert_eq!(rig.far().seconds, 60);
    }
}
