//! Performance of spans: what media saw of each in a second becomes seconds of the near and of the far end.
use crate::EngineError;
use crate::config::{PerformanceRules, SpanSection};
use crate::control::Control;
use crate::control::alarm::{CLEAR, DECLARE};
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
    counted: SpanCounters,
    /// The far end reports its seconds (T1 extended superframe), and tells no errors by E bits.
    far_reports: bool,
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
            counted: SpanCounters::default(),
            far_reports: format == PathFormat::T1Esf,
            told_by_alarm: 0,
        }
    }

    fn handle(&mut self, second: &SpanSecond) {
        // What media could not tell of earlier seconds is in this one.
        let seconds = second.at.since(self.last).0 / FRAMES_PER_SECOND;
        for _ in 1..seconds {
            self.near.take(DefectSecond::default(), Second::default());
            self.far.take(DefectSecond::default(), Second::default());
        }
        let (now, before) = (&second.counters, &self.counted);
        let since = |of: fn(&SpanCounters) -> u64| of(now).saturating_sub(of(before));
        let near = Second {
            crc_errors: since(|counters| counters.crc_errors),
            framing_errors: since(|counters| counters.fas_errors),
            code_violations: since(|counters| counters.line_code_violations),
            slips: since(|counters| counters.slips_repeated) + since(|counters| counters.slips_deleted),
            ..Second::default()
        };
        let far = Second { crc_errors: since(|counters| counters.e_bits), ..Second::default() };
        self.near.take(second.near, near);
        // A far end that reports its seconds is silent while it sends the remote alarm.
        if !self.far_reports {
            self.far.take(second.far, far);
        } else if second.far.seen {
            self.far.take(second.far, Second::default());
            self.told_by_alarm = (self.told_by_alarm + 1).min(MOST_TOLD_LATER);
        }
        (self.last, self.counted) = (second.at, second.counters);
    }
}

impl SpanPerformance {
    /// Takes a second that the far end reports. The first after a remote alarm are those that were told by it.
    fn handle_far(&mut self, second: Second) {
        if !self.far_reports {
            return;
        }
        if self.told_by_alarm > 0 {
            self.told_by_alarm -= 1;
            return;
        }
        self.far.take(DefectSecond { gone_for: CLEAR, ..DefectSecond::default() }, second);
    }
}

impl Control {
    /// Takes what media has told of seconds that are over.
    pub(super) fn handle_seconds(&mut self) {
        while let Some(FarSecond { span, second }) = self.far_seconds.pop() {
            if let Some(span) = self.spans.get_mut(usize::from(span.0)) {
                span.performance.handle_far(second);
            }
        }
        while let Some(second) = self.seconds.pop() {
            if let Some(span) = self.spans.get_mut(usize::from(second.span.0)) {
                span.performance.handle(&second);
                span.line_clock.handle_second(&second);
                self.note_loop(usize::from(second.span.0), second.looped, second.at);
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
