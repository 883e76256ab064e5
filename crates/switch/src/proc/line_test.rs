//! A test pattern on timeslots of a span: what is sent is made here, what is received is compared.
//!
//! The slots of a test are one channel of N × 64 kbit/s: the pattern runs through them in the order of the frame.
//! Sending and receiving are apart, since the pattern may come back from a loop or from another tester. A card that tests
//! a line as a whole does all of that itself; of such a test only the figures pass here.
use crate::link::TestId;
use crate::proc::PIECE;
use crate::proc::span::slots_in;
use crate::proc::turn::Columns;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use tandem_line::bert::{Generator, Pattern, Tester, TesterCounts, TesterState};
use tandem_types::{SpanIndex, Timeslot};

/// A test on the media thread.
#[derive(Debug)]
pub struct LineTestProc {
    pub(crate) id: TestId,
    pub(crate) span: SpanIndex,
    /// The timeslots, bit n for timeslot n; none while the card tests the line as a whole.
    pub(crate) slots: u32,
    generator: Generator,
    tester: Tester,
    /// What is sent in the piece under work, by slot.
    pub(crate) columns: Columns,
    shared: Arc<LineTestShared>,
}

/// What a test tells, and the errors it is to put in.
#[derive(Debug, Default)]
pub struct LineTestShared {
    synchronised: AtomicBool,
    bits: AtomicU64,
    errors: AtomicU64,
    losses: AtomicU64,
    deletions: AtomicU64,
    repetitions: AtomicU64,
    last_slip: AtomicI64,
    /// Bits still to be sent wrong.
    to_insert: AtomicU32,
}

impl LineTestShared {
    /// Whether the pattern is being received, and what has been counted. The figures are those of one piece or of
    /// two that follow each other.
    #[must_use]
    pub fn read(&self) -> TesterState {
        let counts = TesterCounts {
            bits: self.bits.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            losses: self.losses.load(Ordering::Relaxed),
            deletions: self.deletions.load(Ordering::Relaxed),
            repetitions: self.repetitions.load(Ordering::Relaxed),
            last_slip: self.last_slip.load(Ordering::Relaxed),
        };
        TesterState { synchronised: self.synchronised.load(Ordering::Relaxed), counts }
    }

    /// Sends so many more bits wrong, at most one in each octet.
    pub fn insert_errors(&self, count: u32) {
        let _ = self.to_insert.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| {
            Some(waiting.saturating_add(count))
        });
    }

    fn publish(&self, TesterState { synchronised, counts }: TesterState) {
        self.synchronised.store(synchronised, Ordering::Relaxed);
        self.bits.store(counts.bits, Ordering::Relaxed);
        self.errors.store(counts.errors, Ordering::Relaxed);
        self.losses.store(counts.losses, Ordering::Relaxed);
        self.deletions.store(counts.deletions, Ordering::Relaxed);
        self.repetitions.store(counts.repetitions, Ordering::Relaxed);
        self.last_slip.store(counts.last_slip, Ordering::Relaxed);
    }

    /// Whether the next octet is to be sent with an error.
    fn takes_error(&self) -> bool {
        // Hosts add while media takes, so it is counted down in one step.
        let take = |waiting: u32| waiting.checked_sub(1);
        self.to_insert.load(Ordering::Relaxed) > 0
            && self.to_insert.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

impl LineTestProc {
    pub(crate) fn new(id: TestId, span: SpanIndex, slots: u32, pattern: Pattern) -> Self {
        Self {
            id,
            span,
            slots,
            generator: Generator::new(pattern),
            tester: Tester::new(pattern),
            columns: [[0xff; PIECE]; Timeslot::PER_FRAME],
            shared: Arc::default(),
        }
    }

    pub(crate) fn shared(&self) -> Arc<LineTestShared> {
        Arc::clone(&self.shared)
    }

    /// Compares what was received in a piece of so many frames, and makes what is sent in it. `None` is received while
    /// the span can carry nothing.
    pub(crate) fn advance(&mut self, frames: usize, received: Option<&Columns>) {
        if self.is_of_whole_line() {
            return;
        }
        let Self { tester, generator, columns, shared, slots, .. } = self;
        let in_order = (0..frames).flat_map(|frame| slots_in(*slots).map(move |slot| (slot, frame)));
        if received.is_none() {
            tester.handle_dead_line();
        }
        for (slot, frame) in in_order {
            if let Some(received) = received {
                tester.handle_bits(received[slot][frame].into(), 8);
            }
            let wrong = u8::from(shared.takes_error());
            columns[slot][frame] = generator.next_bits(8) as u8 ^ wrong;
        }
        self.shared.publish(self.tester.state());
    }

    pub(crate) const fn is_of_whole_line(&self) -> bool {
        self.slots == 0
    }

    /// Takes what the card has found that tests the line as a whole.
    pub(crate) fn note(&self, found: TesterState) {
        self.shared.publish(found);
    }
}
