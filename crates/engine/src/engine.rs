//! The engine as hosts hold it.
mod assembly;
mod bridges;
mod calls;
mod lines;
mod plays;
mod queues;

use crate::config::{Config, Mode};
use crate::control::{Control, RecordState, Terms};
use crate::error::{EngineError, OpenError};
use crate::event_queue::EventReader;
use crate::information::Provisioned;
use crate::media::MediaShared;
use crate::prompts::PromptStore;
use crate::recorder::{Files, RecordOptions, levellers};
use crate::runner::{Lockstep, Requester, Threads};
use crate::statistics::{CardState, GroupState, Statistics};
use crate::streams::StreamSide;
use assembly::{Assembly, assemble};
use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tandem_card::CardFactory;
use tandem_rt::sys::LocalTime;
use tandem_types::{Bearer, FrameTime, Frames, Handle};

/// An open engine. Any method may be called from any thread.
pub struct Engine {
    runner: Runner,
    events: Arc<EventReader>,
    /// Those besides the main one.
    queues: RwLock<BTreeMap<Handle, Arc<EventReader>>>,
    media: Arc<MediaShared>,
    /// As they were when they were opened.
    cards: Vec<CardState>,
    settings: RwLock<Settings>,
    closed: AtomicBool,
}

/// What another configuration replaces.
struct Settings {
    config: Arc<Config>,
    prompts: Arc<PromptStore>,
}

enum Runner {
    Lockstep(Box<Mutex<Lockstep>>),
    Threads { threads: Box<Mutex<Threads>>, requester: Requester },
}

impl Engine {
    /// Opens the cards that the configuration names, with the help of these factories, and starts.
    pub fn open(config: Config, factories: &mut [Box<dyn CardFactory>]) -> Result<Self, OpenError> {
        config.check()?;
        let prompts = PromptStore::new(&config.prompts, config.tones.tones()?);
        let Assembly { components, events, cards } = assemble(&config, factories)?;
        let media = components.media.shared();
        let runner = match config.engine.mode {
            Mode::Lockstep => {
                let most_late = Frames::from_ms(config.engine.lateness_ms);
                Runner::Lockstep(Box::new(Mutex::new(Lockstep::new(components, most_late))))
            }
            Mode::Threads => {
                let (threads, requester) =
                    Threads::start(components, &events, config.engine.realtime_priority)?;
                Runner::Threads { threads: Box::new(Mutex::new(threads)), requester }
            }
        };
        let settings = RwLock::new(Settings { config: Arc::new(config), prompts: Arc::new(prompts) });
        let closed = AtomicBool::new(false);
        let queues = RwLock::default();
        Ok(Self { runner, events, queues, media, cards, settings, closed })
    }

    /// The configuration that holds now.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner).config)
    }

    fn prompts(&self) -> Arc<PromptStore> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner).prompts)
    }

    /// Has another configuration take effect while calls run: spans, groups, tones, and what holds for calls, recordings and
    /// prompts. It is compared with the one that holds and refused as a whole if anything in it cannot be changed. Spans that
    /// change take no new calls at once, and change when they have none any more; after `drain` those that are left are
    /// cleared (`None`: they are waited for). Each tells by `SpanChanged`.
    pub fn reload(&self, config: Config, drain: Option<Frames>) -> Result<Provisioned, EngineError> {
        config.check()?;
        let (for_control, tones) = (config.clone(), config.tones.tones()?);
        // Under the lock, so that of two at once the one that control took last is the one that holds.
        let mut held = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        let provisioned = self.ask(move |control| control.provision(for_control, drain))??;
        if held.config.prompts != config.prompts || held.config.tones != config.tones {
            held.prompts = Arc::new(PromptStore::new(&config.prompts, tones));
        }
        held.config = Arc::new(config);
        Ok(provisioned)
    }

    /// The time up to which frames have been worked.
    #[must_use]
    pub fn now(&self) -> FrameTime {
        self.media.now()
    }

    /// Collects digits, those pressed ahead first. `CollectDone` follows.
    pub fn collect(&self, channel: Handle, terms: Terms) -> Result<Handle, EngineError> {
        self.ask(move |control| control.collect(channel, terms))?
    }

    /// The digits pressed on a channel and not collected, the first first. They stay.
    pub fn digits_waiting(&self, channel: Handle) -> Result<String, EngineError> {
        self.ask(move |control| control.digits_waiting(channel))?
    }

    /// Forgets the digits pressed on a channel and not collected, so that they end no play and are in no
    /// collection.
    pub fn clear_digits(&self, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.clear_digits(channel))?
    }

    /// Records both directions of a channel into a new two-channel WAV file: received left, sent right.
    /// Creates the file in this thread. `RecordDone` follows once the file is complete.
    pub fn record(&self, channel: Handle, path: &Path, terms: Terms) -> Result<Handle, EngineError> {
        self.record_with(channel, path, RecordOptions::default(), terms)
    }

    /// The same into a file of another kind, onto the end of one, or into several: `RecordSegment` tells of each that is full.
    pub fn record_with(
        &self,
        channel: Handle,
        path: &Path,
        options: RecordOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        let levellers = levellers(&options)?;
        let law = self.ask(move |control| control.law_for_recording(channel))??;
        let files = Files::begin(path, &options, &self.config().recording, law)?;
        let made = files.made.clone();
        let begun = self.ask(move |control| control.record(channel, files, levellers, options, terms));
        let begun = begun.and_then(|begun| begun);
        if let (Err(_), Some(path)) = (&begun, made) {
            // Nothing was recorded: the empty file goes.
            let _ = std::fs::remove_file(path);
        }
        begun
    }

    /// How far a recording has come.
    pub fn record_state(&self, record: Handle) -> Result<RecordState, EngineError> {
        self.ask(move |control| control.record_state(record))?
    }

    /// Lets a play or a recording rest. Of a play the far end hears what it would hear without it; what passes from the next
    /// tick on is not in a recording, and counts as no gap of it. What ends them still does, and time that limits them goes on.
    pub fn pause(&self, operation: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.pause(operation, true))?
    }

    /// Lets what rests go on: a play from the very sample where it was, a recording with what passes from the next tick on.
    pub fn resume(&self, operation: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.pause(operation, false))?
    }

    /// Ends an operation early. Its event follows, with the reason `Stopped`.
    pub fn stop(&self, operation: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.stop(operation))?
    }

    /// Lets the far end of `sink` hear what `source` receives, or nothing, whenever no prompt plays to it
    /// and it is in no bridge. Data bearers pass octets untouched. Ends with the call on `sink`.
    pub fn connect(&self, sink: Handle, source: Option<Handle>, bearer: Bearer) -> Result<(), EngineError> {
        self.ask(move |control| control.connect(sink, source, bearer))?
    }

    /// Lets the far end of `sink` hear what passes on `source`: what its far end says, what that hears (prompts, its partner, its
    /// bridge, but not who coaches it), or both, whenever no prompt plays to it and it is in no bridge. Ends with the call on
    /// either of them.
    pub fn monitor(&self, sink: Handle, source: Handle, side: StreamSide) -> Result<(), EngineError> {
        self.ask(move |control| control.monitor(sink, source, side))?
    }

    /// When a frame was, or will be, by the clock of the day, to some 20 milliseconds: the engine's time is its cards', and is
    /// compared with the clock of the day each ten seconds. Virtual time begins with the year 1970.
    pub fn local_time(&self, at: FrameTime) -> Result<LocalTime, EngineError> {
        self.ask(move |control| control.local_time(at))
    }

    /// All counters.
    pub fn statistics(&self) -> Result<Statistics, EngineError> {
        let totals = self.ask(|control| control.totals())?;
        let late_ticks = match &self.runner {
            Runner::Lockstep(_) => 0,
            Runner::Threads { requester, .. } => requester.late_ticks(),
        };
        Ok(Statistics {
            now: self.media.now(),
            totals,
            late_ticks,
            card_frames_missed: self.media.frames_missed(),
            slips: self.media.slips(),
        })
    }

    /// How a group of trunks stands, and what it has counted. `GroupBusy` tells when its last free channel is taken.
    pub fn group_state(&self, name: &str) -> Result<GroupState, EngineError> {
        let name = name.to_owned();
        self.ask(move |control| control.group_state(&name))?
    }

    /// A descriptor that is readable while events wait. It belongs to the engine. In Lockstep it never
    /// becomes readable by itself, because time stands still.
    #[must_use]
    pub fn event_fd(&self) -> BorrowedFd<'_> {
        self.events.fd().as_fd()
    }

    /// Lets virtual time pass; `false` when the engine runs in real time.
    pub fn advance(&self, length: Frames) -> bool {
        let Runner::Lockstep(lockstep) = &self.runner else { return false };
        let end = lock(lockstep).now() + length;
        loop {
            let mut lockstep = lock(lockstep);
            if lockstep.now() >= end || self.is_closed() {
                return true;
            }
            lockstep.advance();
        }
    }

    /// Checks that every octet that passed the switch is accounted for. Time must not pass meanwhile, so
    /// this is for Lockstep and for an engine that has been closed.
    pub fn check_conservation(&self) -> Result<(), String> {
        match &self.runner {
            Runner::Lockstep(lockstep) => {
                let lockstep = lock(lockstep);
                let pending = lockstep.parts.media.pending();
                lockstep.parts.control.totals().media.check(&pending)
            }
            Runner::Threads { threads, .. } => match lock(threads).final_totals() {
                Some((totals, pending)) => totals.check(&pending),
                None => Err("the engine still runs, or its media thread has panicked".into()),
            },
        }
    }

    /// Ends all operations, clears all calls, finishes recordings, and stops. Their events can still be
    /// fetched; everything else answers `Closed` from now on.
    pub fn close(&self) -> Result<(), EngineError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(EngineError::Closed);
        }
        match self.ask(Control::shut_down) {
            // A control thread that has panicked has nothing left to shut down.
            Err(_) if self.events.has_failed() => {}
            told => told?,
        }
        let again = match &self.runner {
            Runner::Lockstep(lockstep) => {
                let mut lockstep = lock(lockstep);
                let end = lockstep.now() + LONGEST_CLOSING;
                while lockstep.now() < end && !lockstep.parts.control.is_settled() {
                    lockstep.advance();
                }
                lockstep.parts.media.stop();
                // Before the lock is given back: nobody is to step cards that have been stopped.
                self.closed.swap(true, Ordering::AcqRel)
            }
            Runner::Threads { threads, .. } => {
                if !self.events.has_failed() {
                    self.wait_until_settled();
                }
                lock(threads).stop();
                self.closed.swap(true, Ordering::AcqRel)
            }
        };
        self.events.wake_all();
        if again { Err(EngineError::Closed) } else { Ok(()) }
    }

    fn wait_until_settled(&self) {
        let pause_ns = 5_000_000;
        let limit = LONGEST_CLOSING.0 * NS_PER_FRAME / pause_ns;
        for _ in 0..limit {
            if self.ask(|control| control.is_settled()).unwrap_or(true) {
                return;
            }
            tandem_rt::sys::sleep_until_ns(tandem_rt::sys::monotonic_ns() + pause_ns);
        }
        log::warn!("recordings are still being written after closing took its time");
    }

    /// Whether the engine has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn check_open(&self) -> Result<(), EngineError> {
        if self.is_closed() { Err(EngineError::Closed) } else { Ok(()) }
    }

    /// Has a request carried out by control, and waits for its answer.
    pub(crate) fn ask<R: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Control) -> R + Send + 'static,
    ) -> Result<R, EngineError> {
        self.check_open()?;
        if self.events.has_failed() {
            // What is left to do is to close it; requests would only pile up.
            return Err(EngineError::Closed);
        }
        match &self.runner {
            Runner::Lockstep(lockstep) => {
                let mut lockstep = lock(lockstep);
                Ok(lockstep.ask(request))
            }
            Runner::Threads { requester, .. } => requester.ask(request),
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

/// A panic elsewhere while holding the lock leaves state that each request checks anew.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const NS_PER_FRAME: u64 = 125_000;
/// How long closing waits for recordings to be finished.
const LONGEST_CLOSING: Frames = Frames::from_seconds(5);
/// What "as long as it takes" means in virtual time: a day.
const FOREVER: Frames = Frames::from_seconds(86_400);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventKind, StreamOptions};
    use tandem_card::LocalFactory;

    /// An engine with channels in pairs inside it.
    fn local(mode: &str) -> Engine {
        let text = format!(
            "[engine]\nmode = \"{mode}\"\n[[card]]\nmodel = \"local\"\n[[span]]\nport = 0\nsignalling = \"none\"\n"
        );
        let config = Config::parse(&text).expect("a configuration");
        Engine::open(config, &mut [Box::new(LocalFactory)]).expect("opens")
    }

    #[test]
    fn a_panic_of_control_in_a_hosts_thread_fails_the_engine_and_the_host_goes_on() {
        let engine = local("threads");
        // Whoever finds control at work has it done elsewhere: both ways end alike.
        let refused = engine.ask(|_| -> u32 { panic!("a fault of control") });
        assert_eq!(refused, Err(EngineError::Closed));
        assert_eq!(engine.pair_new(), Err(EngineError::Closed));
        let event = engine.event_wait(Some(Frames::from_seconds(20))).expect("it is told");
        assert!(matches!(event.kind, EventKind::EngineFailed { .. }), "{event:?}");
        assert_eq!(engine.close(), Ok(()));
    }

    #[test]
    fn nothing_begins_on_a_channel_while_the_engine_closes() {
        let engine = local("lockstep");
        let (near, far) = engine.pair_new().expect("a pair");
        let running = engine.collect(near, Terms::default()).expect("a channel of the host's");
        engine.ask(Control::shut_down).expect("it answers");
        let samples: Arc<[i16]> = [0; 8000].into();
        for refused in [
            engine.collect(far, Terms::default()),
            engine.play_samples(far, samples, Terms::default()),
            engine.stream(far, StreamOptions::default(), Terms::default()),
            engine.timer_start(Some(far), Frames(8)),
        ] {
            assert_eq!(refused, Err(EngineError::Closed));
        }
        assert_eq!(engine.ask(|control| control.is_settled()), Ok(true), "closing waits for nothing");
        let event = engine.event_wait(Some(Frames(0))).expect("the end of what ran");
        assert!(matches!(event.kind, EventKind::CollectDone { operation, .. } if operation == running));
        assert_eq!(engine.close(), Ok(()));
    }
}
