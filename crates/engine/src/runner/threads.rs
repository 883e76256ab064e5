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
use crossbeam::channel::{Receiver, Sender, bounded, unbounded};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::JoinHandle;
use tandem_rt::sys::{EventFd, monotonic_ns, request_realtime, sleep_until_ns, without_signals};
use tandem_rt::{Next, Step};
use tandem_switch::{Pending, SwitchCounters, SwitchTotals};
use tandem_types::{FrameTime, Frames};

/// A request of a host for the control thread.
type Request = Box<dyn FnOnce(&mut Control) + Send>;

/// The running threads.
pub(crate) struct Threads {
    signals: Arc<Signals>,
    media: Option<JoinHandle<Option<MediaWorld>>>,
    others: Vec<JoinHandle<Option<()>>>,
    counters: Arc<SwitchCounters>,
    final_totals: Option<(SwitchTotals, Pending)>,
}

/// Where control is worked: by its own thread, or by a host's while nobody else does.
struct Desk {
    /// `None` once control has ended.
    seat: Mutex<Option<Control>>,
    shared: Arc<MediaShared>,
    signals: Arc<Signals>,
    events: Arc<EventReader>,
}

impl Desk {
    /// Steps control before a request and behind it, which may have set timers and begun recordings and prompts. `None` once
    /// control has ended: by a panic now, whoever's thread this is.
    fn work<R>(&self, seat: &mut Option<Control>, request: impl FnOnce(&mut Control) -> R) -> Option<R> {
        let control = seat.as_mut()?;
        let stepped = || {
            let now = self.shared.now();
            control.step(now);
            (request(control), control.step(now), control.take_helper_work())
        };
        // What control owned is dropped behind a panic, and what it shared is atomics and queues.
        let Ok((answer, next, helper_work)) = catch_unwind(AssertUnwindSafe(stepped)) else {
            *seat = None;
            panicked("control", &self.events, &self.shared);
            return None;
        };
        let due = match next {
            Next::At(due) => due.0,
            Next::WhenWoken | Next::Finished => u64::MAX,
        };
        self.signals.control_due.store(due, Ordering::Release);
        if helper_work {
            self.signals.prompter.signal();
            self.signals.recorder.signal();
        }
        Some(answer)
    }
}

/// The way of hosts to control. Usable from any thread.
pub(crate) struct Requester {
    desk: Arc<Desk>,
    requests: Sender<Request>,
}

impl Requester {
    /// Carries a request out in this thread, or, while another works control, has the control thread do so and waits for its
    /// answer: to wake a thread and to wait for it takes longer than most requests.
    pub(crate) fn ask<R: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Control) -> R + Send + 'static,
    ) -> Result<R, EngineError> {
        match self.desk.seat.try_lock() {
            Ok(mut seat) => self.desk.work(&mut seat, request).ok_or(EngineError::Closed),
            // No panic leaves a seat poisoned: each is caught.
            Err(TryLockError::Poisoned(_)) => Err(EngineError::Closed),
            Err(TryLockError::WouldBlock) => self.have_it_done(request),
        }
    }

    fn have_it_done<R: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Control) -> R + Send + 'static,
    ) -> Result<R, EngineError> {
        let (answer, answers) = bounded(1);
        let work: Request = Box::new(move |control| {
            // A host thread that is gone needs no answer.
            let _ = answer.send(request(control));
        });
        self.requests.send(work).map_err(|_| EngineError::Closed)?;
        self.desk.signals.control.signal();
        // When control ends, what it did not carry out is dropped, and the answer with it.
        answers.recv().map_err(|_| EngineError::Closed)
    }

    /// Steps of the media thread that began late.
    pub(crate) fn late_ticks(&self) -> u64 {
        self.desk.signals.late_ticks.load(Ordering::Relaxed)
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
    ) -> io::Result<(Self, Requester)> {
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
            media: None,
            others: Vec::new(),
            counters,
            final_totals: None,
        };
        let clock = Clock { start_ns: monotonic_ns() };

        let desk = Arc::new(Desk {
            seat: Mutex::new(Some(control)),
            shared: Arc::clone(&shared),
            signals: Arc::clone(&signals),
            events: Arc::clone(events),
        });
        let requester = Requester { desk: Arc::clone(&desk), requests };
        let guard = |part| Guard { part, events: Arc::clone(events), shared: Arc::clone(&shared) };
        threads.spawn(guard("control"), move || run_control(&desk, &incoming))?;
        let all = Arc::clone(&signals);
        threads.spawn(guard("prompts"), move || run_helper(prompter, |s| &s.prompter, clock, &all))?;
        let all = Arc::clone(&signals);
        threads.spawn(guard("record"), move || run_helper(recorder, |s| &s.recorder, clock, &all))?;
        let all = Arc::clone(&signals);
        let pace = Arc::clone(&shared);
        let work = move || run_media(media, &pace, clock, realtime_priority, &all);
        threads.media = Some(guard("media").spawn(work)?);
        Ok((threads, requester))
    }

    fn spawn(&mut self, guard: Guard, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.others.push(guard.spawn(work)?);
        Ok(())
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
                panicked(self.part, &self.events, &self.shared);
            }
            result
        };
        let thread = std::thread::Builder::new().name(format!("tandem-{}", self.part));
        without_signals(|| thread.spawn(guarded))
    }
}

fn panicked(part: &'static str, events: &EventReader, shared: &MediaShared) {
    log::error!("the thread {part} has panicked; the engine must be closed");
    events.fail(part, shared.now());
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

/// Works control as its own thread: when media wakes it, because there is news or a timer is due, and for hosts that found it at
/// work. When it ends so does control, and with it the taps.
fn run_control(desk: &Desk, requests: &Receiver<Request>) {
    let signals = &*desk.signals;
    loop {
        let stopping = signals.stop.load(Ordering::Acquire);
        let refused = signals.realtime_refused.swap(0, Ordering::AcqRel);
        if refused != 0 {
            let error = io::Error::from_raw_os_error(refused);
            log::warn!("no real-time priority for the media thread: {error}");
        }
        let mut seat = desk.seat.lock().unwrap_or_else(PoisonError::into_inner);
        let worked = desk.work(&mut seat, |control| requests.try_iter().for_each(|request| request(control)));
        if stopping || worked.is_none() {
            *seat = None;
            return;
        }
        drop(seat);
        // Media has the clock: it wakes control when a timer is due.
        let _ = signals.control.wait(None);
        signals.control.clear();
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
