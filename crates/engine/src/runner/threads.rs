//! Real time: a thread for the media, one for control, one each for prompts and recordings.
//!
//! This is the one place that reads a clock, sleeps and makes threads. Frames are paced by the monotonic
//! clock. A late media thread works what it missed at once, up to 200 ms of it, and says that it was late; a stop
//! that is longer than that is a pause of the engine's time, because the threads that feed prompts and empty taps
//! could not keep up with the frames of a whole stop at once.
use crate::EngineError;
use crate::control::Control;
use crate::event_queue::EventReader;
use crate::media::{MediaShared, MediaWorld};
use crate::runner::Components;
use crossbeam::channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use tandem_rt::sys::{EventFd, monotonic_ns, request_realtime, sleep_until_ns, without_signals};
use tandem_rt::{Next, Step};
use tandem_switch::{Pending, SwitchCounters, SwitchTotals};
use tandem_types::{FrameTime, Frames};

/// A request of a host, carried out on the control thread.
type Request = Box<dyn FnOnce(&mut Control) + Send>;

/// The running threads.
pub(crate) struct Threads {
    signals: Arc<Signals>,
    requests: Sender<Request>,
    media: Option<JoinHandle<Option<MediaWorld>>>,
    others: Vec<JoinHandle<Option<()>>>,
    counters: Arc<SwitchCounters>,
    final_totals: Option<(SwitchTotals, Pending)>,
}

/// The way of hosts to the control thread. Usable from any thread, without a lock.
pub(crate) struct Requester {
    requests: Sender<Request>,
    signals: Arc<Signals>,
}

impl Requester {
    /// Has a request carried out on the control thread, and waits for its answer.
    pub(crate) fn ask<R: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Control) -> R + Send + 'static,
    ) -> Result<R, EngineError> {
        let (answer, answers) = bounded(1);
        let work: Request = Box::new(move |control| {
            // A host thread that is gone needs no answer.
            let _ = answer.send(request(control));
        });
        self.requests.send(work).map_err(|_| EngineError::Closed)?;
        self.signals.control.signal();
        // When control ends, what it did not carry out is dropped, and the answer with it.
        answers.recv().map_err(|_| EngineError::Closed)
    }

    /// Steps of the media thread that began late.
    pub(crate) fn late_ticks(&self) -> u64 {
        self.signals.late_ticks.load(Ordering::Relaxed)
    }
}

struct Signals {
    stop: AtomicBool,
    control: EventFd,
    prompter: EventFd,
    recorder: EventFd,
    /// When control wants its next step, in frames.
    control_due: AtomicU64,
    late_ticks: AtomicU64,
    /// The system's error number, if it refused real-time priority; control logs it.
    realtime_refused: AtomicI32,
}

impl Threads {
    pub(crate) fn start(
        parts: Components,
        events: &Arc<EventReader>,
        realtime_priority: u8,
    ) -> io::Result<Self> {
        let signals = Arc::new(Signals {
            stop: AtomicBool::new(false),
            control: EventFd::new()?,
            prompter: EventFd::new()?,
            recorder: EventFd::new()?,
            control_due: AtomicU64::new(0),
            late_ticks: AtomicU64::new(0),
            realtime_refused: AtomicI32::new(0),
        });
        let Components { media, control, prompter, recorder } = parts;
        let shared = media.shared();
        let (requests, incoming) = unbounded();
        let counters = Arc::clone(control.counters());
        let mut threads = Self {
            signals: Arc::clone(&signals),
            requests,
            media: None,
            others: Vec::new(),
            counters,
            final_totals: None,
        };
        let clock = Clock { start_ns: monotonic_ns() };

        let guard = |part| Guard { part, events: Arc::clone(events), shared: Arc::clone(&shared) };
        let all = Arc::clone(&signals);
        let pace = Arc::clone(&shared);
        threads.spawn(guard("control"), move || run_control(control, &incoming, &pace, &all))?;
        let all = Arc::clone(&signals);
        threads.spawn(guard("prompts"), move || run_helper(prompter, |s| &s.prompter, clock, &all))?;
        let all = Arc::clone(&signals);
        threads.spawn(guard("record"), move || run_helper(recorder, |s| &s.recorder, clock, &all))?;
        let all = Arc::clone(&signals);
        let pace = Arc::clone(&shared);
        let work = move || run_media(media, &pace, clock, realtime_priority, &all);
        threads.media = Some(guard("media").spawn(work)?);
        Ok(threads)
    }

    fn spawn(&mut self, guard: Guard, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.others.push(guard.spawn(work)?);
        Ok(())
    }

    /// What hosts use to have requests carried out.
    pub(crate) fn requester(&self) -> Requester {
        Requester { requests: self.requests.clone(), signals: Arc::clone(&self.signals) }
    }

    /// The switch's counters and the octets on their way when media stopped; `None` before.
    pub(crate) const fn final_totals(&self) -> Option<(SwitchTotals, Pending)> {
        self.final_totals
    }

    /// Stops all threads: media first, then control, which ends the taps, then the writers, which write out
    /// what is left.
    pub(crate) fn stop(&mut self) {
        self.signals.stop.store(true, Ordering::Release);
        if let Some(media) = self.media.take()
            && let Ok(Some(mut world)) = media.join()
        {
            world.stop();
            self.final_totals = Some((self.counters.totals(), world.pending()));
        }
        for event in [&self.signals.control, &self.signals.prompter, &self.signals.recorder] {
            event.signal();
        }
        for thread in self.others.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a thread of the engine runs under: hosts learn when it ends by a panic.
struct Guard {
    part: &'static str,
    events: Arc<EventReader>,
    shared: Arc<MediaShared>,
}

impl Guard {
    /// Starts the thread. It gives `None` when it has panicked; what it worked on is gone then.
    fn spawn<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<JoinHandle<Option<T>>> {
        let guarded = move || {
            // What the work owned is dropped by the panic, and what it shared is atomics and queues.
            let result = catch_unwind(AssertUnwindSafe(work)).ok();
            if result.is_none() {
                log::error!("the thread {} has panicked; the engine must be closed", self.part);
                self.events.fail(self.part, self.shared.now());
            }
            result
        };
        let thread = std::thread::Builder::new().name(format!("tandem-{}", self.part));
        without_signals(|| thread.spawn(guarded))
    }
}

/// Frame time by the monotonic clock.
#[derive(Clone, Copy)]
struct Clock {
    start_ns: u64,
}

impl Clock {
    fn now(self) -> FrameTime {
        FrameTime((monotonic_ns() - self.start_ns) / NS_PER_FRAME)
    }

    /// Frames stand still for so long.
    const fn pause(&mut self, length: Frames) {
        self.start_ns = self.start_ns.saturating_add(length.0.saturating_mul(NS_PER_FRAME));
    }

    const fn ns_at(self, time: FrameTime) -> u64 {
        self.start_ns.saturating_add(time.0.saturating_mul(NS_PER_FRAME))
    }
}

fn run_media(
    mut world: MediaWorld,
    shared: &MediaShared,
    mut clock: Clock,
    realtime_priority: u8,
    signals: &Signals,
) -> MediaWorld {
    if realtime_priority > 0
        && let Err(error) = request_realtime(realtime_priority)
    {
        signals.realtime_refused.store(error.raw_os_error().unwrap_or(-1), Ordering::Release);
    }
    let granule = world.granule();
    let mut end = FrameTime::ZERO + granule;
    while !signals.stop.load(Ordering::Acquire) {
        sleep_until_ns(clock.ns_at(end));
        let late = clock.now().since(end);
        if late >= granule {
            signals.late_ticks.fetch_add(1, Ordering::Relaxed);
        }
        if late > MOST_CAUGHT_UP {
            clock.pause(late);
        }
        world.step_late(end, late);
        let due = end.0 >= signals.control_due.load(Ordering::Acquire);
        if shared.take_news() || due {
            signals.control.signal();
        }
        end += granule;
    }
    world
}

fn run_control(mut control: Control, requests: &Receiver<Request>, shared: &MediaShared, signals: &Signals) {
    loop {
        let now = shared.now();
        let stopping = signals.stop.load(Ordering::Acquire);
        let refused = signals.realtime_refused.swap(0, Ordering::AcqRel);
        if refused != 0 {
            let error = io::Error::from_raw_os_error(refused);
            log::warn!("no real-time priority for the media thread: {error}");
        }
        control.step(now);
        let more = serve(&mut control, requests);
        // Requests may have set timers and begun recordings and prompts.
        let due = match control.step(now) {
            Next::At(due) => due.0,
            Next::WhenWoken | Next::Finished => u64::MAX,
        };
        signals.control_due.store(due, Ordering::Release);
        if control.take_helper_work() {
            signals.prompter.signal();
            signals.recorder.signal();
        }
        if stopping || !more {
            return;
        }
        // Media has the clock: it wakes control when a timer is due.
        let _ = signals.control.wait(None);
        signals.control.clear();
    }
}

fn serve(control: &mut Control, requests: &Receiver<Request>) -> bool {
    loop {
        match requests.try_recv() {
            Ok(request) => request(control),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => return false,
        }
    }
}

fn run_helper(mut part: impl Step, event: impl Fn(&Signals) -> &EventFd, clock: Clock, signals: &Signals) {
    loop {
        let stopping = signals.stop.load(Ordering::Acquire);
        let now = clock.now();
        let timeout = match part.step(now) {
            Next::At(due) => Some(clock.ns_at(due).saturating_sub(monotonic_ns())),
            Next::WhenWoken => None,
            Next::Finished => return,
        };
        if stopping {
            return;
        }
        if event(signals).wait(timeout) {
            event(signals).clear();
        }
    }
}

const NS_PER_FRAME: u64 = 125_000;
/// The frames that a late media thread works at once: a fraction of what prompts and taps have in store.
const MOST_CAUGHT_UP: Frames = Frames::from_ms(200);
