//! The queues of events: what must be told outlives a full one, states are replaced, information is dropped and counted.
//!
//! There is one for all, and hosts may have others for the channels that they say, so that each of their threads has its own.
use crate::EngineError;
use crate::event::{Event, EventKind};
use crossbeam::channel::{Receiver, Sender, bounded};
use crossbeam::queue::ArrayQueue;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use tandem_rt::sys::EventFd;
use tandem_types::{FrameTime, Handle};

/// The end of a queue that hosts read, from any thread.
#[derive(Debug)]
pub(crate) struct EventReader {
    queue: ArrayQueue<Event>,
    readable: EventFd,
    failure: Arc<Failure>,
    /// Its readers have been told of the failure.
    failure_told: AtomicBool,
    /// Nothing will come any more.
    closed: AtomicBool,
}

/// The part of the engine that has failed, and who is to be told.
#[derive(Debug, Default)]
struct Failure {
    part: OnceLock<(&'static str, FrameTime)>,
    readers: Mutex<Vec<Weak<EventReader>>>,
}

impl EventReader {
    fn new(capacity: usize, failure: &Arc<Failure>) -> std::io::Result<Arc<Self>> {
        let reader = Arc::new(Self {
            queue: ArrayQueue::new(capacity),
            readable: EventFd::new()?,
            failure: Arc::clone(failure),
            failure_told: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        });
        let mut readers = failure.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.retain(|reader| reader.strong_count() > 0);
        readers.push(Arc::downgrade(&reader));
        drop(readers);
        Ok(reader)
    }

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
        let _ = self.failure.part.set((part, at));
        self.wake_all();
    }

    /// Wakes whoever waits for an event of any queue.
    pub(crate) fn wake_all(&self) {
        let readers = self.failure.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.iter().filter_map(Weak::upgrade).for_each(|reader| reader.readable.signal());
    }

    fn take_failure(&self) -> Option<Event> {
        let (part, at) = *self.failure.part.get()?;
        let told = self.failure_told.swap(true, Ordering::AcqRel);
        (!told).then(|| Event { seq: 0, at, kind: EventKind::EngineFailed { part: part.to_owned() } })
    }

    /// Whether a part has failed, ever.
    pub(crate) fn has_failed(&self) -> bool {
        self.failure.part.get().is_some()
    }

    /// Whether nothing will come any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.readable.signal();
    }

    fn is_empty(&self) -> bool {
        let failure_to_tell = self.has_failed() && !self.failure_told.load(Ordering::Acquire);
        self.queue.is_empty() && !failure_to_tell && !self.is_closed()
    }

    pub(crate) const fn fd(&self) -> &EventFd {
        &self.readable
    }
}

/// The end that control writes: all queues, and what waits for the end of operations.
#[derive(Debug)]
pub(crate) struct EventWriter {
    capacity: usize,
    /// That of all events which belong to no other.
    main: QueueWriter,
    others: BTreeMap<Handle, QueueWriter>,
    /// By channel index, the queue that its events go to; the main one if not said.
    of_channel: BTreeMap<u32, Handle>,
    ended: Ended,
    /// Events of queues that are gone which were dropped.
    dropped_before: u64,
}

impl EventWriter {
    pub(crate) fn new(capacity: usize) -> std::io::Result<(Self, Arc<EventReader>)> {
        let reader = EventReader::new(capacity, &Arc::default())?;
        let writer = Self {
            capacity,
            main: QueueWriter::new(Arc::clone(&reader)),
            others: BTreeMap::new(),
            of_channel: BTreeMap::new(),
            ended: Ended::default(),
            dropped_before: 0,
        };
        Ok((writer, reader))
    }

    /// Adds a queue.
    pub(crate) fn add(&mut self, queue: Handle) -> std::io::Result<Arc<EventReader>> {
        let reader = EventReader::new(self.capacity, &self.main.reader.failure)?;
        self.others.insert(queue, QueueWriter::new(Arc::clone(&reader)));
        Ok(reader)
    }

    /// Takes a queue away. What waits in it, and what is told of its channels from now on, goes to the main one.
    pub(crate) fn remove(&mut self, queue: Handle, at: FrameTime) {
        let Some(mut gone) = self.others.remove(&queue) else { return };
        self.of_channel.retain(|_, of| *of != queue);
        while let Some(event) = gone.reader.queue.pop().or_else(|| gone.backlog.pop_front()) {
            self.main.tell_at(event.at, event.kind, at);
        }
        self.dropped_before += gone.dropped_total;
        self.main.dropped += gone.dropped;
        gone.reader.close();
    }

    /// What is told of a channel from now on goes to this queue, or to the main one.
    pub(crate) fn assign(&mut self, channel: Handle, queue: Option<Handle>) {
        match queue {
            Some(queue) => self.of_channel.insert(channel.index(), queue),
            None => self.of_channel.remove(&channel.index()),
        };
    }

    fn queue_of(&mut self, channel: Option<Handle>) -> &mut QueueWriter {
        let queue = channel.and_then(|channel| self.of_channel.get(&channel.index()));
        match queue.and_then(|queue| self.others.get_mut(queue)) {
            Some(writer) => writer,
            None => &mut self.main,
        }
    }

    /// Whether who reads of a channel is so far behind that nothing new should begin there; of none: who reads the main queue.
    pub(crate) fn is_behind(&self, channel: Option<Handle>) -> bool {
        let queue = channel.and_then(|channel| self.of_channel.get(&channel.index()));
        queue.and_then(|queue| self.others.get(queue)).unwrap_or(&self.main).is_behind()
    }

    /// The same of any queue.
    pub(crate) fn is_any_behind(&self) -> bool {
        self.main.is_behind() || self.others.values().any(QueueWriter::is_behind)
    }

    /// Events for information that were dropped since open.
    pub(crate) fn total_dropped(&self) -> u64 {
        let others = self.others.values().map(|queue| queue.dropped_total);
        self.dropped_before + self.main.dropped_total + others.sum::<u64>()
    }

    /// The number of the last event of the main queue.
    pub(crate) const fn last_seq(&self) -> u64 {
        self.main.seq
    }

    /// Tells something that the host must learn.
    pub(crate) fn tell(&mut self, at: FrameTime, kind: EventKind) {
        if let Some(operation) = kind.operation_over() {
            self.ended.note(operation, &Event { seq: 0, at, kind: kind.clone() });
        }
        self.queue_of(kind.channel()).tell(at, kind);
    }

    /// Tells something for information: dropped and counted when the host is behind.
    pub(crate) fn inform(&mut self, at: FrameTime, kind: EventKind) {
        self.queue_of(kind.channel()).inform(at, kind);
    }

    /// Moves on what waits, and reports what was dropped once there is room.
    pub(crate) fn retry(&mut self, at: FrameTime) {
        self.main.retry(at);
        self.others.values_mut().for_each(|queue| queue.retry(at));
    }

    /// The event that ended an operation, if that is not long ago.
    pub(crate) fn end_of(&self, operation: Handle) -> Option<&Event> {
        self.ended.events.get(&operation)
    }

    /// Where the event comes that ends an operation.
    pub(crate) fn await_end(&mut self, operation: Handle) -> PendingEnd {
        let ((told, event), waits) = (bounded(1), Arc::new(()));
        let waiting = self.ended.waiting.entry(operation).or_default();
        waiting.retain(|(waits, _)| waits.strong_count() > 0);
        waiting.push((Arc::downgrade(&waits), told));
        PendingEnd { event, _waits: waits }
    }
}

/// Where the end of an operation will be told to one who waits.
#[derive(Debug)]
pub(crate) struct PendingEnd {
    pub(crate) event: Receiver<Event>,
    /// Whoever has given up waiting is not told.
    _waits: Arc<()>,
}

/// How operations have ended of late, and who waits for it.
#[derive(Debug, Default)]
struct Ended {
    events: BTreeMap<Handle, Event>,
    order: VecDeque<Handle>,
    waiting: BTreeMap<Handle, Vec<Waiting>>,
}

/// Whether somebody still waits, and how he is told.
type Waiting = (Weak<()>, Sender<Event>);

impl Ended {
    fn note(&mut self, operation: Handle, event: &Event) {
        for (_, waiting) in self.waiting.remove(&operation).unwrap_or_default() {
            // Whoever has given up waiting needs it no more.
            let _ = waiting.try_send(event.clone());
        }
        if self.order.len() == MOST_ENDED
            && let Some(oldest) = self.order.pop_front()
        {
            self.events.remove(&oldest);
        }
        self.order.push_back(operation);
        self.events.insert(operation, event.clone());
    }
}

/// The end of one queue that control writes.
#[derive(Debug)]
struct QueueWriter {
    reader: Arc<EventReader>,
    /// Events that must not be lost and found the queue full. Bounded by the operations and calls there are,
    /// because neither begins while the host is this far behind, and by the spans, whose states are replaced, as the files of
    /// a recording are by the newest.
    backlog: VecDeque<Event>,
    seq: u64,
    dropped: u64,
    dropped_total: u64,
}

impl QueueWriter {
    const fn new(reader: Arc<EventReader>) -> Self {
        Self { reader, backlog: VecDeque::new(), seq: 0, dropped: 0, dropped_total: 0 }
    }

    fn is_behind(&self) -> bool {
        !self.backlog.is_empty() || self.reader.queue.len() >= self.reader.queue.capacity() * 3 / 4
    }

    fn tell(&mut self, at: FrameTime, kind: EventKind) {
        self.tell_at(at, kind, at);
    }

    /// Tells `now` of something that was at another time.
    fn tell_at(&mut self, at: FrameTime, kind: EventKind, now: FrameTime) {
        self.retry(now);
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

    fn inform(&mut self, at: FrameTime, kind: EventKind) {
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

    fn retry(&mut self, at: FrameTime) {
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

/// A queue could not be made.
pub(crate) fn no_queue(error: &std::io::Error) -> EngineError {
    log::error!("no queue of events can be made: {error}");
    EngineError::Busy("the system has no descriptor for another queue")
}

/// Operations whose ends are kept for whoever comes to wait for them late.
const MOST_ENDED: usize = 4096;

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
        assert_eq!(writer.main.backlog.len(), 3);
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

    fn on(channel: u32, call: u64) -> EventKind {
        let channel = Handle::new(tandem_types::HandleKind::Channel, channel, 1);
        EventKind::CallAnswered { call: crate::CallId(call), channel }
    }

    fn queue(number: u32) -> Handle {
        Handle::new(tandem_types::HandleKind::Queue, number, 1)
    }

    fn calls(reader: &EventReader) -> Vec<(u64, u64)> {
        let told = std::iter::from_fn(|| reader.pop());
        told.filter_map(|event| match event.kind {
            EventKind::CallAnswered { call, .. } => Some((event.seq, call.0)),
            _ => None,
        })
        .collect()
    }

    #[test]
    fn what_is_told_of_a_channel_goes_to_its_queue_and_all_else_to_the_main_one() {
        let (mut writer, main) = EventWriter::new(16).expect("an eventfd");
        let own = writer.add(queue(0)).expect("an eventfd");
        let channel = Handle::new(tandem_types::HandleKind::Channel, 5, 1);
        writer.assign(channel, Some(queue(0)));
        for call in 1..=3 {
            writer.tell(FrameTime(call), on(5, call));
            writer.tell(FrameTime(call), on(6, 10 + call));
        }
        assert!(own.fd().wait(Some(0)) && main.fd().wait(Some(0)));
        assert_eq!(calls(&own), [(1, 1), (2, 2), (3, 3)]);
        assert_eq!(calls(&main), [(1, 11), (2, 12), (3, 13)]);
        writer.assign(channel, None);
        writer.tell(FrameTime(9), on(5, 4));
        assert_eq!((calls(&own), calls(&main)), (vec![], vec![(4, 4)]));
    }

    #[test]
    fn a_queue_that_nobody_reads_is_behind_alone() {
        let (mut writer, main) = EventWriter::new(16).expect("an eventfd");
        writer.add(queue(0)).expect("an eventfd");
        let channel = Handle::new(tandem_types::HandleKind::Channel, 5, 1);
        writer.assign(channel, Some(queue(0)));
        for call in 0..100 {
            writer.tell(FrameTime(call), on(5, call));
        }
        assert!(writer.is_behind(Some(channel)));
        assert!(!writer.is_behind(None));
        writer.tell(FrameTime(200), on(1, 200));
        assert_eq!(calls(&main), [(1, 200)]);
        // What waits in a queue that goes is not lost.
        writer.remove(queue(0), FrameTime(300));
        let mut told = Vec::new();
        for _ in 0..20 {
            told.extend(calls(&main));
            writer.retry(FrameTime(301));
        }
        assert_eq!(told.iter().map(|(_, call)| *call).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
        assert!(!writer.is_behind(Some(channel)));
    }

    #[test]
    fn every_queue_is_told_of_a_failure_and_of_its_own_end() {
        let (mut writer, main) = EventWriter::new(4).expect("an eventfd");
        let own = writer.add(queue(0)).expect("an eventfd");
        main.fail("control", FrameTime(2));
        assert!(own.fd().wait(Some(0)));
        for reader in [&own, &main] {
            let failure = reader.pop().expect("a failure");
            assert_eq!(failure.kind, EventKind::EngineFailed { part: "control".into() });
            assert_eq!(reader.pop(), None);
        }
        writer.remove(queue(0), FrameTime(3));
        assert!(own.is_closed() && own.fd().wait(Some(0)) && !main.is_closed());
    }

    #[test]
    fn the_end_of_an_operation_reaches_whoever_waits_early_or_late() {
        let (mut writer, main) = EventWriter::new(16).expect("an eventfd");
        let operation = Handle::new(tandem_types::HandleKind::Operation, 7, 1);
        let waiting = writer.await_end(operation);
        let channel = Handle::new(tandem_types::HandleKind::Channel, 5, 1);
        let (call, reason) = (crate::CallId::NONE, crate::EndReason::Finished);
        let kind = EventKind::PlayDone { operation, call, channel, reason, played_ms: 5, position_ms: 5 };
        writer.tell(FrameTime(80), kind.clone());
        assert_eq!(waiting.event.try_recv().map(|event| event.kind), Ok(kind.clone()));
        assert_eq!(writer.end_of(operation).map(|event| event.at), Some(FrameTime(80)));
        assert_eq!(main.pop().map(|event| event.kind), Some(kind));
    }
}
