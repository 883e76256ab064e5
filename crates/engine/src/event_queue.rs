//! The queue of events: what must be told outlives a full one, states are replaced, information is dropped and counted.
use crate::event::{Event, EventKind};
use crossbeam::atomic::AtomicCell;
use crossbeam::queue::ArrayQueue;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tandem_rt::sys::EventFd;
use tandem_types::FrameTime;

/// The end of the queue that hosts read, from any thread.
#[derive(Debug)]
pub(crate) struct EventReader {
    queue: ArrayQueue<Event>,
    readable: EventFd,
    /// The part of the engine that has failed, until a host has been told.
    failure: AtomicCell<Option<(&'static str, FrameTime)>>,
    failed: AtomicBool,
}

impl EventReader {
    pub(crate) fn pop(&self) -> Option<Event> {
        let event = self.queue.pop().or_else(|| self.take_failure());
        if self.is_empty() {
            self.readable.clear();
            // Something may have come between the look and the clearing.
            if !self.is_empty() {
                self.readable.signal();
            }
        }
        event
    }

    /// Tells hosts that a part has failed, after all that was told before. Any thread may be the one to notice.
    pub(crate) fn fail(&self, part: &'static str, at: FrameTime) {
        // Of several, the first is told: the others may follow from it.
        if !self.failed.swap(true, Ordering::AcqRel) {
            self.failure.store(Some((part, at)));
            self.readable.signal();
        }
    }

    fn take_failure(&self) -> Option<Event> {
        let (part, at) = self.failure.take()?;
        Some(Event { seq: 0, at, kind: EventKind::EngineFailed { part: part.to_owned() } })
    }

    /// Whether a part has failed, ever.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.failure.load().is_none()
    }

    pub(crate) const fn fd(&self) -> &EventFd {
        &self.readable
    }
}

/// The end that control writes.
#[derive(Debug)]
pub(crate) struct EventWriter {
    reader: Arc<EventReader>,
    /// Events that must not be lost and found the queue full. Bounded by the operations and calls there are,
    /// because neither begins while the host is this far behind, and by the spans, whose states are replaced.
    backlog: VecDeque<Event>,
    seq: u64,
    dropped: u64,
    dropped_total: u64,
}

impl EventWriter {
    pub(crate) fn new(capacity: usize) -> std::io::Result<(Self, Arc<EventReader>)> {
        let reader = Arc::new(EventReader {
            queue: ArrayQueue::new(capacity),
            readable: EventFd::new()?,
            failure: AtomicCell::new(None),
            failed: AtomicBool::new(false),
        });
        let writer = Self {
            reader: Arc::clone(&reader),
            backlog: VecDeque::new(),
            seq: 0,
            dropped: 0,
            dropped_total: 0,
        };
        Ok((writer, reader))
    }

    /// Whether the host is so far behind that nothing new should begin.
    pub(crate) fn is_behind(&self) -> bool {
        !self.backlog.is_empty() || self.reader.queue.len() >= self.reader.queue.capacity() * 3 / 4
    }

    /// Events for information that were dropped since open.
    pub(crate) const fn total_dropped(&self) -> u64 {
        self.dropped_total
    }

    /// Tells something that the host must learn.
    pub(crate) fn tell(&mut self, at: FrameTime, kind: EventKind) {
        self.retry(at);
        self.seq += 1;
        let event = Event { seq: self.seq, at, kind };
        if self.backlog.is_empty() {
            self.push(event);
        } else {
            self.replace_state(&event.kind);
            self.backlog.push_back(event);
        }
    }

    /// Takes out of the backlog what is no longer so. The newest state always arrives.
    fn replace_state(&mut self, newer: &EventKind) {
        let Some(state) = newer.state_of() else { return };
        self.backlog.retain(|older| older.kind.state_of() != Some(state));
    }

    /// Tells something for information: dropped and counted when the host is behind.
    pub(crate) fn inform(&mut self, at: FrameTime, kind: EventKind) {
        self.retry(at);
        self.seq += 1;
        let event = Event { seq: self.seq, at, kind };
        if self.is_behind() {
            self.dropped += 1;
            self.dropped_total += 1;
        } else {
            self.push(event);
        }
    }

    /// Moves on what waits, and reports what was dropped once there is room.
    pub(crate) fn retry(&mut self, at: FrameTime) {
        while let Some(event) = self.backlog.pop_front() {
            if let Err(event) = self.reader.queue.push(event) {
                self.backlog.push_front(event);
                break;
            }
            self.reader.readable.signal();
        }
        if self.dropped > 0 && !self.is_behind() {
            let kind = EventKind::Overflow { dropped: std::mem::take(&mut self.dropped) };
            self.seq += 1;
            self.push(Event { seq: self.seq, at, kind });
        }
    }

    fn push(&mut self, event: Event) {
        match self.reader.queue.push(event) {
            Ok(()) => self.reader.readable.signal(),
            // Control moves it on at its next step.
            Err(event) => self.backlog.push_back(event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_types::{Defects, Handle};

    fn cleared(call: u64) -> EventKind {
        EventKind::SpanRestored { span: Handle::new(tandem_types::HandleKind::Span, call as u32, 1) }
    }

    #[test]
    fn what_must_be_told_outlives_a_full_queue() {
        let (mut writer, reader) = EventWriter::new(4).expect("an eventfd");
        for call in 0..10 {
            writer.tell(FrameTime(call), cleared(call));
        }
        let mut seen = Vec::new();
        for _ in 0..10 {
            seen.push(reader.pop().map(|event| event.seq));
            writer.retry(FrameTime(99));
        }
        assert_eq!(seen, (1..=10).map(Some).collect::<Vec<_>>());
        assert_eq!(reader.pop(), None);
        assert!(!reader.fd().wait(Some(0)));
    }

    #[test]
    fn of_the_states_of_a_span_that_wait_only_the_newest_is_told() {
        let (mut writer, reader) = EventWriter::new(2).expect("an eventfd");
        let span = |number| Handle::new(tandem_types::HandleKind::Span, number, 1);
        writer.tell(FrameTime(0), cleared(7));
        writer.tell(FrameTime(0), cleared(8));
        for at in 1..1000 {
            let defects = if at % 2 == 0 { Defects::NONE } else { Defects::only(tandem_types::Defect::Los) };
            writer.tell(FrameTime(at), EventKind::SpanDefects { span: span(0), defects });
            let state = EventKind::SpanFailed { span: span(0), defects };
            writer.tell(
                FrameTime(at),
                if at % 2 == 0 { EventKind::SpanRestored { span: span(0) } } else { state },
            );
            writer.tell(FrameTime(at), EventKind::SpanRestored { span: span(1) });
        }
        assert_eq!(writer.backlog.len(), 3);
        let told: Vec<_> = std::iter::from_fn(|| {
            writer.retry(FrameTime(1000));
            reader.pop().map(|event| (event.at.0, event.kind))
        })
        .skip(2)
        .collect();
        let failed = Defects::only(tandem_types::Defect::Los);
        assert_eq!(
            told,
            [
                (999, EventKind::SpanDefects { span: span(0), defects: failed }),
                (999, EventKind::SpanFailed { span: span(0), defects: failed }),
                (999, EventKind::SpanRestored { span: span(1) }),
            ]
        );
    }

    #[test]
    fn a_failure_is_told_once_after_all_else() {
        let (mut writer, reader) = EventWriter::new(4).expect("an eventfd");
        writer.tell(FrameTime(1), cleared(1));
        reader.fail("media", FrameTime(2));
        assert_eq!(reader.pop().map(|event| event.seq), Some(1));
        assert!(reader.fd().wait(Some(0)), "the failure is still to be read");
        let failure = reader.pop().expect("a failure");
        assert_eq!(failure.kind, EventKind::EngineFailed { part: "media".into() });
        assert_eq!(reader.pop(), None);
        assert!(!reader.fd().wait(Some(0)));
    }

    #[test]
    fn dropped_information_is_counted_and_reported_once() {
        let (mut writer, reader) = EventWriter::new(4).expect("an eventfd");
        for call in 0..9 {
            writer.inform(FrameTime(0), cleared(call));
        }
        let kept = std::iter::from_fn(|| reader.pop()).count();
        writer.retry(FrameTime(5));
        let report = reader.pop().expect("a report");
        assert_eq!((kept, report.kind), (3, EventKind::Overflow { dropped: 6 }));
        assert_eq!(reader.pop(), None);
    }
}
