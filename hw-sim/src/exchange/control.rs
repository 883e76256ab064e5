//! The handle to a running exchange: commands, live counters, and the report when it is asked for.
use super::report::ExchangeReport;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, PoisonError};

/// Commands to an exchange and its counters, for any thread. Commands take effect at its next step.
#[derive(Debug, Default)]
pub struct ExchangeControl {
    stopped: AtomicBool,
    hang_up: AtomicBool,
    report_wanted: AtomicBool,
    report: Mutex<Option<ExchangeReport>>,
    live: Live,
}

/// One atomic for each live counter. Written by the exchange once a step.
#[derive(Debug, Default)]
struct Live {
    frames: AtomicU64,
    active: AtomicU64,
    offered: AtomicU64,
    blocked: AtomicU64,
    answered: AtomicU64,
    cleared: AtomicU64,
    explained: AtomicU64,
    unchecked: AtomicU64,
    unexplained: AtomicU64,
}

/// The live counters at one moment, each as of the last step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveCounters {
    /// Frames worked.
    pub frames: u64,
    /// Circuits that are not free.
    pub active: u64,
    /// Calls that arrived to be placed.
    pub offered: u64,
    /// Calls that found no free circuit.
    pub blocked: u64,
    /// Calls answered.
    pub answered: u64,
    /// Calls that have ended.
    pub cleared: u64,
    /// Octets explained.
    pub explained: u64,
    /// Octets passed over.
    pub unchecked: u64,
    /// Octets that nothing explains.
    pub unexplained: u64,
}

impl ExchangeControl {
    /// No more calls are placed. Those in progress go on.
    pub fn stop_offering(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// All callers hang up within two seconds; those who are sending digits send them first, and those who have
    /// dialled wait for the answer a little longer.
    pub fn hang_up_all(&self) {
        self.hang_up.store(true, Relaxed);
    }

    /// Asks for a report; the exchange writes it at the end of its next step.
    pub fn ask_report(&self) {
        self.report_wanted.store(true, Release); // pairs with the Acquire in report_wanted
    }

    /// Takes the report, once it has been written.
    #[must_use]
    pub fn take_report(&self) -> Option<ExchangeReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The counters now.
    #[must_use]
    pub fn live(&self) -> LiveCounters {
        let live = &self.live;
        LiveCounters {
            frames: live.frames.load(Relaxed),
            active: live.active.load(Relaxed),
            offered: live.offered.load(Relaxed),
            blocked: live.blocked.load(Relaxed),
            answered: live.answered.load(Relaxed),
            cleared: live.cleared.load(Relaxed),
            explained: live.explained.load(Relaxed),
            unchecked: live.unchecked.load(Relaxed),
            unexplained: live.unexplained.load(Relaxed),
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    pub(super) fn hang_up_wanted(&self) -> bool {
        self.hang_up.load(Relaxed) && self.hang_up.swap(false, Relaxed)
    }

    pub(super) fn report_wanted(&self) -> bool {
        self.report_wanted.load(Relaxed) && self.report_wanted.swap(false, Acquire)
    }

    pub(super) fn put_report(&self, report: ExchangeReport) {
        *self.report.lock().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    pub(super) fn publish(&self, now: &LiveCounters) {
        let live = &self.live;
        live.frames.store(now.frames, Relaxed);
        live.active.store(now.active, Relaxed);
        live.offered.store(now.offered, Relaxed);
        live.blocked.store(now.blocked, Relaxed);
        live.answered.store(now.answered, Relaxed);
        live.cleared.store(now.cleared, Relaxed);
        live.explained.store(now.explained, Relaxed);
        live.unchecked.store(now.unchecked, Relaxed);
        live.unexplained.store(now.unexplained, Relaxed);
    }
}
