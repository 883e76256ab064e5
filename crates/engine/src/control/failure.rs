//! From defects to failures: a defect is reported at once, a failure is declared after its integration time,
//! and only a failure touches calls (T1.231 §6.2 times, used for E1 too).
use crate::config::Signalling;
use crate::control::Control;
use crate::event::EventKind;
use tandem_types::{Defect, Defects, FrameTime, Frames, SpanIndex};

/// How long a severe defect must last to be a failure.
pub(super) const DECLARE: Frames = Frames::from_ms(2_500);
/// How long a failed span must be free of severe defects to be in use again.
pub(super) const CLEAR: Frames = Frames::from_seconds(10);

/// Integrates the severe defects of one span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FailureTimer {
    /// No severe defect, no failure.
    #[default]
    Clear,
    /// A severe defect since this moment.
    Defective(FrameTime),
    /// Failed, and still defective.
    Failed,
    /// Failed, and free of severe defects since this moment.
    Healing(FrameTime),
}

impl FailureTimer {
    fn note(&mut self, severe: bool, at: FrameTime) {
        *self = match (*self, severe) {
            (Self::Clear, true) => Self::Defective(at),
            (Self::Defective(_), false) => Self::Clear,
            (Self::Failed, false) => Self::Healing(at),
            (Self::Healing(_), true) => Self::Failed,
            (unchanged, _) => unchanged,
        };
    }

    pub(crate) fn deadline(&self) -> Option<FrameTime> {
        match self {
            Self::Defective(since) => Some(*since + DECLARE),
            Self::Healing(since) => Some(*since + CLEAR),
            Self::Clear | Self::Failed => None,
        }
    }

    pub(crate) const fn is_declared(&self) -> bool {
        matches!(self, Self::Failed | Self::Healing(_))
    }

    /// What becomes due at `now`: `Some(true)` a failure, `Some(false)` its end.
    fn expire(&mut self, now: FrameTime) -> Option<bool> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return None;
        }
        let failed = matches!(self, Self::Defective(_));
        *self = if failed { Self::Failed } else { Self::Clear };
        Some(failed)
    }
}

impl Control {
    pub(super) fn handle_defects(&mut self, span: SpanIndex, defects: Defects, at: FrameTime) {
        let number = usize::from(span.0);
        if !self.spans.get(number).is_some_and(|span| span.in_use) {
            return;
        }
        // What had become due before this news is so, even if control is late to look.
        self.expire(number, at);
        let state = &mut self.spans[number];
        state.defects = defects;
        state.failure.note(stops_calls(defects, state.signalling), at);
        let kind = self.event_kind_for_defects(number);
        self.events.tell(at, kind);
    }

    pub(super) fn handle_alarm_timers(&mut self) {
        for number in 0..self.spans.len() {
            self.expire(number, self.now);
        }
    }

    fn expire(&mut self, number: usize, at: FrameTime) {
        match self.spans[number].failure.expire(at) {
            Some(true) => self.declare_failure(number, at),
            Some(false) => self.clear_failure(number, at),
            None => {}
        }
    }

    fn declare_failure(&mut self, number: usize, at: FrameTime) {
        let Self { spans, events, .. } = self;
        let span = &spans[number];
        log::warn!("span {number} has failed: {}", span.defects);
        events.tell(at, EventKind::SpanFailed { span: span.handle, defects: span.defects });
        self.totals.span_failures += 1;
        self.update_service_of(number);
    }

    fn clear_failure(&mut self, number: usize, at: FrameTime) {
        log::info!("span {number} is in use again");
        self.events.tell(at, EventKind::SpanRestored { span: self.spans[number].handle });
        self.update_service_of(number);
    }

    /// Blocks the circuits of a span, or gives them back, as its state now says.
    pub(super) fn update_service_of(&mut self, span: usize) {
        for index in self.channel_at[span].into_iter().flatten() {
            self.update_service(index as usize);
        }
        self.update_isdn(span);
        self.update_tap(span);
    }
}

/// Whether calls cannot go on for long with these defects: nothing can be heard, the frames cannot be trusted because
/// their CRC-4 multiframe is not found, or, where calls are signalled in timeslot 16, nothing can be signalled.
const fn stops_calls(defects: Defects, signalling: Signalling) -> bool {
    let unsignalled = defects.contains(Defect::LossOfCasMultiframe) || defects.contains(Defect::CasAis);
    let untrusted = defects.contains(Defect::Lomf);
    defects.is_severe()
        || untrusted
        || (matches!(signalling, Signalling::Em | Signalling::Cas) && unsignalled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_ms(ms: u64) -> FrameTime {
        FrameTime(ms * 8)
    }

    #[test]
    fn a_defect_of_2500_ms_is_a_failure_and_a_shorter_one_is_not() {
        let mut timer = FailureTimer::default();
        timer.note(true, at_ms(1000));
        assert_eq!(timer.expire(at_ms(3499)), None);
        timer.note(false, at_ms(3499));
        assert_eq!(timer.expire(at_ms(9000)), None);
        timer.note(true, at_ms(10_000));
        assert_eq!(timer.expire(at_ms(12_500)), Some(true));
        assert!(timer.is_declared());
    }

    #[test]
    fn fifty_ms_each_second_never_add_up_to_a_failure() {
        let mut timer = FailureTimer::default();
        for second in 0..3600 {
            timer.note(true, at_ms(second * 1000));
            assert_eq!(timer.expire(at_ms(second * 1000 + 50)), None);
            timer.note(false, at_ms(second * 1000 + 50));
        }
        assert_eq!(timer, FailureTimer::Clear);
    }

    #[test]
    fn a_failure_ends_ten_seconds_after_the_last_defect() {
        let mut timer = FailureTimer::Failed;
        timer.note(false, at_ms(0));
        assert_eq!(timer.expire(at_ms(9_000)), None);
        timer.note(true, at_ms(9_000));
        timer.note(false, at_ms(9_100));
        assert_eq!(timer.expire(at_ms(19_099)), None);
        assert_eq!(timer.expire(at_ms(19_100)), Some(false));
        assert!(!timer.is_declared());
    }
}
