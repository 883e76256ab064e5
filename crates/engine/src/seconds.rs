//! What media tells control of each span once a second, for performance monitoring.
use tandem_card::{SpanCounters, SpanStatus};
use tandem_line::clock::Quality;
use tandem_line::pm::Second;
use tandem_types::{Defect, FRAMES_PER_SECOND, FrameTime, Frames, SpanIndex};

/// A second of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpanSecond {
    pub(crate) span: SpanIndex,
    /// Its end.
    pub(crate) at: FrameTime,
    /// When what follows was read: in the granule in which the second ended, or later if control had no room.
    pub(crate) read_at: FrameTime,
    /// What has been counted since the start of the card.
    pub(crate) counters: SpanCounters,
    /// Bits of the line received since the start of the card, where it counts them.
    pub(crate) line_bits: Option<u64>,
    pub(crate) sync_quality: Option<Quality>,
    /// Loss of signal, loss of frame alignment, AIS.
    pub(crate) near: DefectSecond,
    /// The far end's remote alarm.
    pub(crate) far: DefectSecond,
}

/// A second of the far end of a span, as the far end reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FarSecond {
    pub(crate) span: SpanIndex,
    pub(crate) second: Second,
}

/// How it was with a defect in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DefectSecond {
    /// It was there at some time.
    pub(crate) seen: bool,
    /// It was there at the end.
    pub(crate) at_end: bool,
    /// For how long it had been there without a break, at most.
    pub(crate) longest: Frames,
    /// For how long it has been gone, at the end.
    pub(crate) gone_for: Frames,
}

/// Watches one span on the media thread.
#[derive(Debug, Default)]
pub(crate) struct SecondWatch {
    near: DefectWatch,
    far: DefectWatch,
    /// A second that control had no room for; the next tells of it too.
    owed: bool,
}

impl SecondWatch {
    /// Takes the state of the span after the granule of `length` that ends at `now`.
    pub(crate) fn observe(&mut self, status: &SpanStatus, now: FrameTime, length: Frames) {
        self.near.observe(status.defects.is_severe(), now, length);
        self.far.observe(status.defects.contains(Defect::Rai), now, length);
    }

    /// The second that has ended in this granule, if one has.
    pub(crate) fn second(
        &self,
        span: usize,
        status: &SpanStatus,
        now: FrameTime,
        length: Frames,
    ) -> Option<SpanSecond> {
        let ended = now.0 / FRAMES_PER_SECOND != (now.0 - length.0) / FRAMES_PER_SECOND;
        (ended || self.owed).then(|| SpanSecond {
            span: SpanIndex(span as u16),
            at: FrameTime(now.0 / FRAMES_PER_SECOND * FRAMES_PER_SECOND),
            read_at: now,
            counters: status.counters,
            line_bits: status.line_bits,
            sync_quality: status.sync_quality,
            near: self.near.second(now),
            far: self.far.second(now),
        })
    }

    /// The second was told of, or must be told of later.
    pub(crate) fn note(&mut self, told: bool) {
        self.owed = !told;
        if told {
            self.near.begin();
            self.far.begin();
        }
    }
}

#[derive(Debug, Default)]
struct DefectWatch {
    since: Option<FrameTime>,
    last: FrameTime,
    seen: bool,
    longest: Frames,
}

impl DefectWatch {
    fn observe(&mut self, present: bool, now: FrameTime, length: Frames) {
        if !present {
            self.since = None;
            return;
        }
        let since = *self.since.get_or_insert(FrameTime(now.0 - length.0));
        (self.seen, self.last) = (true, now);
        self.longest = self.longest.max(now.since(since));
    }

    fn second(&self, now: FrameTime) -> DefectSecond {
        DefectSecond {
            seen: self.seen,
            at_end: self.since.is_some(),
            longest: self.longest,
            gone_for: now.since(self.last),
        }
    }

    const fn begin(&mut self) {
        (self.seen, self.longest) = (false, Frames(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_types::Defects;

    /// Runs granules of 1 ms; `defective` says in which milliseconds the signal is lost.
    fn seconds(ms: u64, defective: impl Fn(u64) -> bool) -> Vec<SpanSecond> {
        let mut watch = SecondWatch::default();
        let mut seconds = Vec::new();
        for at in 1..=ms {
            let mut status = SpanStatus::default();
            if defective(at - 1) {
                status.defects = Defects::only(Defect::Los);
            }
            let now = FrameTime(at * 8);
            watch.observe(&status, now, Frames(8));
            if let Some(second) = watch.second(3, &status, now, Frames(8)) {
                seconds.push(second);
                watch.note(true);
            }
        }
        seconds
    }

    #[test]
    fn a_defect_that_spans_seconds_is_as_long_as_it_is() {
        let seen = seconds(5000, |ms| (500..3200).contains(&ms));
        assert_eq!(seen.len(), 5);
        let near: Vec<_> = seen
            .iter()
            .map(|second| (second.near.seen, second.near.at_end, second.near.longest.as_ms()))
            .collect();
        assert_eq!(
            near,
            [
                (true, true, 500),
                (true, true, 1500),
                (true, true, 2500),
                (true, false, 2700),
                (false, false, 0)
            ]
        );
        assert_eq!(seen[4].near.gone_for.as_ms(), 1800);
        assert_eq!((seen[1].span, seen[1].at), (SpanIndex(3), FrameTime(16_000)));
        assert!(seen.iter().all(|second| !second.far.seen));
    }

    #[test]
    fn a_second_that_could_not_be_told_is_part_of_the_next() {
        let mut watch = SecondWatch::default();
        let lost = SpanStatus { defects: Defects::only(Defect::Rai), ..SpanStatus::default() };
        watch.observe(&lost, FrameTime(8000), Frames(8));
        assert!(watch.second(0, &lost, FrameTime(8000), Frames(8)).is_some());
        watch.note(false);
        watch.observe(&SpanStatus::default(), FrameTime(8008), Frames(8));
        let later = watch.second(0, &lost, FrameTime(8008), Frames(8)).expect("owed");
        assert_eq!((later.at, later.far.seen), (FrameTime(8000), true));
    }
}
