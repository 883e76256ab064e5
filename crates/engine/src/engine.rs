//! The engine as hosts hold it.
use crate::clock::{ClockKeeper, ClockSetup, Port};
use crate::config::{Config, Mode};
use crate::control::{
    CallInfo, ChannelState, ClockState, Control, End, Helpers, LineTestState, Performance, SpanClock,
    SpanPlace, Terms, TracedFrame,
};
use crate::error::{EngineError, OpenError};
use crate::event::{CallId, Event, EventReader, EventWriter};
use crate::information::InformationKind;
use crate::media::{CardSlot, MediaLinks, MediaShared, MediaWorld};
use crate::party::{AnswerOptions, CallParties, Element, PlaceOptions};
use crate::prompter::Prompter;
use crate::prompts::PromptStore;
use crate::recorder::{Recorder, encoding, sync_policy};
use crate::runner::{Components, Lockstep, Requester, Threads};
use crate::statistics::{CardState, DChannel, SpanState, Statistics};
use crossbeam::channel::unbounded;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use tandem_card::{Abilities, CardError, CardFactory, LineOrder, OpenedCard, Presence};
use tandem_files::wav::RecordingWriter;
use tandem_isdn::capture;
use tandem_line::bert::Pattern;
use tandem_line::e1::SaBit;
use tandem_rt::sys::LocalTime;
use tandem_rt::{Step, ring};
use tandem_switch::link::TestTone;
use tandem_switch::{SpanSetup, SwitchLimits, new_switch};
use tandem_types::{Bearer, Cause, FrameTime, Frames, Handle, Law};

/// An open engine. Any method may be called from any thread.
pub struct Engine {
    runner: Runner,
    events: Arc<EventReader>,
    prompts: PromptStore,
    media: Arc<MediaShared>,
    /// As they were when they were opened.
    cards: Vec<CardState>,
    config: Config,
    closed: AtomicBool,
}

enum Runner {
    Lockstep(Box<Mutex<Lockstep>>),
    Threads { threads: Box<Mutex<Threads>>, requester: Requester },
}

/// What is assembled before a runner is chosen.
struct Assembly {
    components: Components,
    events: Arc<EventReader>,
    cards: Vec<CardState>,
}

impl Engine {
    /// Opens the cards that the configuration names, with the help of these factories, and starts.
    pub fn open(config: Config, factories: &mut [Box<dyn CardFactory>]) -> Result<Self, OpenError> {
        config.check()?;
        let Assembly { components, events, cards } = assemble(&config, factories)?;
        let media = components.media.shared();
        let runner = match config.engine.mode {
            Mode::Lockstep => {
                let most_late = Frames::from_ms(config.engine.lateness_ms);
                Runner::Lockstep(Box::new(Mutex::new(Lockstep::new(components, most_late))))
            }
            Mode::Threads => {
                let threads = Threads::start(components, &events, config.engine.realtime_priority)?;
                let requester = threads.requester();
                Runner::Threads { threads: Box::new(Mutex::new(threads)), requester }
            }
        };
        let prompts = PromptStore::new(config.prompts.directory.clone());
        let closed = AtomicBool::new(false);
        Ok(Self { runner, events, prompts, media, cards, config, closed })
    }

    /// The configuration that the engine was opened with.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The time up to which frames have been worked.
    #[must_use]
    pub fn now(&self) -> FrameTime {
        self.media.now()
    }

    /// Answers an offered call. `CallAnswered` follows.
    pub fn call_answer(&self, call: CallId) -> Result<(), EngineError> {
        self.call_answer_with(call, &AnswerOptions::default())
    }

    /// The same with what is to go with the answer, as far as signalling can carry it.
    pub fn call_answer_with(&self, call: CallId, options: &AnswerOptions) -> Result<(), EngineError> {
        let options = options.clone();
        self.ask(move |control| control.answer(call, &options))?
    }

    /// Tells the caller of an offered call that somebody is being alerted, where signalling can tell it: ALERTING of an
    /// ISDN span.
    pub fn call_alert(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.alert(call))?
    }

    /// Tells the caller of an offered call that something is to be heard before the answer, where signalling can tell it:
    /// PROGRESS of an ISDN span. Prompts and connections are possible from the offer on; whether the caller hears them
    /// before the answer is the network's to decide, by this.
    pub fn call_progress(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.progress(call))?
    }

    /// Asks the far end to hold a call for us. `CallHold` tells what it says; the channel stays the call's.
    pub fn call_hold(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.hold(call, true))?
    }

    /// Asks for a held call back. `CallHold` tells what the far end says.
    pub fn call_retrieve(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.hold(call, false))?
    }

    /// Tells the far end of a call something besides its progress, where signalling can carry it.
    pub fn call_send(&self, call: CallId, kind: InformationKind, octets: &[u8]) -> Result<(), EngineError> {
        let octets = octets.to_owned();
        self.ask(move |control| control.send_information(call, kind, &octets))?
    }

    /// An element of the last message of a type, the one that began the call (SETUP of an ISDN span, 5) or one that the far
    /// end has sent since, as it was; `None` where there is none. `message` is the type by its octet in Q.931 §4.4. Known
    /// of calls that are over too.
    pub fn call_element(
        &self,
        call: CallId,
        message: u8,
        codeset: u8,
        id: u8,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        self.ask(move |control| control.call_element(call, message, codeset, id))?
    }

    /// Gives elements to the next message that a command about the call sends (alert, progress, answer, hold, send, clear),
    /// in place of any given before. They are forgotten with that command.
    pub fn call_set_elements(&self, call: CallId, elements: &[Element]) -> Result<(), EngineError> {
        let elements = elements.to_vec();
        self.ask(move |control| control.set_elements(call, elements))?
    }

    /// Keeps octets of the host's own with a call, 4096 at most.
    pub fn call_set_data(&self, call: CallId, data: &[u8]) -> Result<(), EngineError> {
        let data = data.to_owned();
        self.ask(move |control| control.set_data(call, data))?
    }

    /// The octets that the host keeps with a call.
    pub fn call_data(&self, call: CallId) -> Result<Vec<u8>, EngineError> {
        self.ask(move |control| control.data(call))?
    }

    /// Makes a call a leg of an interaction, which is known by this number.
    pub fn call_set_interaction(&self, call: CallId, interaction: u64) -> Result<(), EngineError> {
        self.ask(move |control| control.set_interaction(call, interaction))?
    }

    /// Blocks a channel, or gives it back. No new call begins on a blocked one; one in progress goes on. The far end is
    /// told where signalling can tell it. `ChannelServiceChanged` follows.
    pub fn channel_set_service(&self, channel: Handle, in_service: bool) -> Result<(), EngineError> {
        self.ask(move |control| control.set_channel_service(channel, in_service))?
    }

    /// Brings a channel to idle at both ends, whatever its state, and clears a call on it: RESTART of an ISDN span.
    pub fn channel_reset(&self, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.reset_channel(channel))?
    }

    /// How a channel stands.
    pub fn channel_state(&self, channel: Handle) -> Result<ChannelState, EngineError> {
        self.ask(move |control| control.channel_state(channel))?
    }

    /// Clears a call in any state. `CallCleared` follows; no other call is touched.
    pub fn call_clear(&self, call: CallId, cause: Cause) -> Result<(), EngineError> {
        self.ask(move |control| control.clear(call, cause))?
    }

    /// Calls `number` on a free channel. `CallAnswered` or `CallCleared` follows.
    pub fn call_place(&self, channel: Handle, number: &str) -> Result<CallId, EngineError> {
        self.call_place_with(channel, number, &PlaceOptions::default())
    }

    /// The same with what is to go with the call, as far as its signalling can carry it.
    pub fn call_place_with(
        &self,
        channel: Handle,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let (number, options) = (number.to_owned(), options.clone());
        self.ask(move |control| control.place(channel, &number, &options))?
    }

    /// Calls `number` on a free channel of a group of trunks of the configuration. Where the call meets one of the far end on
    /// its channel it is tried on another, by the same number of a call.
    pub fn call_place_in(
        &self,
        group: &str,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let (group, number, options) = (group.to_owned(), number.to_owned(), options.clone());
        self.ask(move |control| control.place_in(&group, &number, &options))?
    }

    /// Sends more digits of the called number of a call that was placed with `more_digits_follow`; `complete` says that
    /// these are the last. Digits sent before the far end wants them wait for it.
    pub fn call_more_digits(&self, call: CallId, digits: &str, complete: bool) -> Result<(), EngineError> {
        let digits = digits.to_owned();
        self.ask(move |control| control.more_digits(call, &digits, complete))?
    }

    /// Who is behind a call, as far as its signalling tells it. Numbers whose presentation is restricted are empty, unless
    /// the configuration says otherwise.
    pub fn call_parties(&self, call: CallId) -> Result<CallParties, EngineError> {
        self.ask(move |control| control.call_parties(call))?
    }

    /// What is known of a call.
    pub fn call_info(&self, call: CallId) -> Result<CallInfo, EngineError> {
        self.ask(move |control| control.call_info(call))?
    }

    /// Keeps a number of the host's own with a call.
    pub fn call_set_user(&self, call: CallId, user: u64) -> Result<(), EngineError> {
        self.ask(move |control| control.set_user(call, user))?
    }

    /// Writes the last frames of the D channel of an ISDN span, both ways, to a file that Wireshark and `tandem trace`
    /// read (pcap). In this thread. In virtual time it begins in 1970.
    pub fn write_trace(&self, span: usize, path: &Path) -> Result<(), EngineError> {
        let frames = self.ask(move |control| control.trace(span, 0, usize::MAX))??;
        let mut file = capture::file_header();
        frames.iter().for_each(|frame| capture::append(&mut file, &frame.captured()));
        std::fs::write(path, file)
            .map_err(|error| EngineError::File { path: path.to_owned(), problem: error.to_string() })
    }

    /// The frames of the D channel of a span after the one with number `last` that are kept still, the oldest first: who
    /// asks each second misses none. 0 asks for all.
    pub fn read_trace(&self, span: usize, last: u64) -> Result<Vec<TracedFrame>, EngineError> {
        self.ask(move |control| control.trace(span, last, usize::MAX))?
    }

    /// The same as a piece of a capture of at most `room` octets, which begins with the header of the file if `last` is 0;
    /// and the number of the last frame in it, for the next time.
    pub fn read_capture(&self, span: usize, last: u64, room: usize) -> Result<(Vec<u8>, u64), EngineError> {
        let mut octets = if last == 0 { capture::file_header() } else { Vec::new() };
        let left = room.checked_sub(octets.len());
        let left = left.ok_or(EngineError::BadArgument("there is no room for the header of a capture"))?;
        let frames = self.ask(move |control| control.trace(span, last, left))??;
        frames.iter().for_each(|frame| capture::append(&mut octets, &frame.captured()));
        // Without a frame the header is asked for again.
        let newest = frames.last().map_or(last, |frame| frame.number);
        Ok((if newest == 0 { Vec::new() } else { octets }, newest))
    }

    /// Plays a prompt file. Reads the file in this thread, unless it was read before. `PlayDone` follows.
    pub fn play(&self, channel: Handle, path: &Path, terms: Terms) -> Result<Handle, EngineError> {
        self.check_open()?;
        let samples = self.prompts.get(path)?;
        self.play_samples(channel, samples, terms)
    }

    /// Plays 8 kHz linear samples from memory. `PlayDone` follows.
    pub fn play_samples(
        &self,
        channel: Handle,
        samples: Arc<[i16]>,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        self.ask(move |control| control.play(channel, samples, terms))?
    }

    /// Collects digits, those pressed ahead first. `CollectDone` follows.
    pub fn collect(&self, channel: Handle, terms: Terms) -> Result<Handle, EngineError> {
        self.ask(move |control| control.collect(channel, terms))?
    }

    /// Forgets the digits pressed on a channel and not collected, so that they end no play and are in no
    /// collection.
    pub fn clear_digits(&self, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.clear_digits(channel))?
    }

    /// Records both directions of a channel into a new two-channel WAV file: received left, sent right.
    /// Creates the file in this thread. `RecordDone` follows once the file is complete.
    pub fn record(&self, channel: Handle, path: &Path, terms: Terms) -> Result<Handle, EngineError> {
        let law = self.ask(move |control| control.law_for_recording(channel))??;
        let (path, writer) = self.create_recording(path, law)?;
        let begun = self.ask(move |control| control.record(channel, writer, terms)).and_then(|begun| begun);
        if begun.is_err() {
            // Nothing was recorded: the empty file goes.
            let _ = std::fs::remove_file(&path);
        }
        begun
    }

    fn create_recording(&self, path: &Path, law: Law) -> Result<(PathBuf, RecordingWriter), EngineError> {
        let section = &self.config.recording;
        let path = section.directory.join(path);
        match RecordingWriter::create(&path, encoding(section.format, law), sync_policy(section.sync)) {
            Ok(writer) => Ok((path, writer)),
            Err(error) => Err(EngineError::File { path, problem: error.to_string() }),
        }
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

    /// Makes a conference bridge.
    pub fn bridge_new(&self) -> Result<Handle, EngineError> {
        self.ask(Control::new_bridge)?
    }

    /// Takes a bridge down. Its parties keep their calls and hear silence.
    pub fn bridge_free(&self, bridge: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.free_bridge(bridge))?
    }

    /// Lets a channel talk and listen in a bridge; it leaves any other.
    pub fn bridge_join(&self, bridge: Handle, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.join_bridge(bridge, channel))?
    }

    /// Takes a channel out of its bridge.
    pub fn bridge_leave(&self, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.leave_bridge(channel))?
    }

    /// The channels of a span, in the order of their timeslots, each with its timeslot.
    pub fn channels(&self, span: usize) -> Result<Vec<(Handle, u8)>, EngineError> {
        self.ask(move |control| control.channels_of(span))
    }

    /// Sends a facility of Q.932 that belongs to no call over the D channel that signals for a span.
    pub fn send_facility(&self, span: usize, octets: &[u8]) -> Result<(), EngineError> {
        let octets = octets.to_owned();
        self.ask(move |control| control.send_facility(span, &octets))?
    }

    /// What has come on the D channel of an ISDN span.
    pub fn d_channel(&self, span: usize) -> Result<DChannel, EngineError> {
        self.ask(move |control| control.d_channel(span))?
    }

    /// The cards, in the order of the configuration, and whether they are in their places.
    pub fn cards(&self) -> Result<Vec<CardState>, EngineError> {
        self.check_open()?;
        let now = |(index, card): (usize, &CardState)| CardState {
            presence: self.media.presence(index),
            ..card.clone()
        };
        Ok(self.cards.iter().enumerate().map(now).collect())
    }

    /// The spans and their state.
    pub fn spans(&self) -> Result<Vec<SpanState>, EngineError> {
        self.ask(|control| control.span_states())
    }

    /// The performance of an end of a span, counted from 0, in the quarter hour in progress (`ago` 0) or in one
    /// that is over (1 for the last, up to 96); `None` if the engine is not that old. Quarter hours begin when
    /// the engine is opened.
    pub fn performance(&self, span: usize, end: End, ago: usize) -> Result<Option<Performance>, EngineError> {
        self.ask(move |control| control.performance(span, end, ago))?
    }

    /// The performance of an end of a span over all quarter hours that are over, 24 hours at most.
    pub fn performance_of_day(&self, span: usize, end: End) -> Result<Performance, EngineError> {
        self.ask(move |control| control.performance_of_day(span, end))?
    }

    /// When a frame was, or will be, by the clock of the day, to some 20 milliseconds: the engine's time is its cards', and is
    /// compared with the clock of the day each ten seconds. Virtual time begins with the year 1970.
    pub fn local_time(&self, at: FrameTime) -> Result<LocalTime, EngineError> {
        self.ask(move |control| control.local_time(at))
    }

    /// Where the engine's clock comes from.
    pub fn clock(&self) -> Result<ClockState, EngineError> {
        self.ask(|control| control.clock())
    }

    /// The clock of the line of a span, counted from 0.
    pub fn span_clock(&self, span: usize) -> Result<SpanClock, EngineError> {
        self.ask(move |control| control.span_clock(span))?
    }

    /// The national bits Sa4 to Sa8 that an E1 span, counted from 0, receives: Sa4 in bit 4 to Sa8 in bit 0, each as it
    /// was three times in a row; `None` while they are not known. [`LineOrder::SendSaBits`] sends some.
    pub fn sa_bits(&self, span: usize) -> Result<Option<u8>, EngineError> {
        self.check_open()?;
        if span >= self.config.spans.len() {
            return Err(EngineError::BadArgument("there is no span of that number"));
        }
        Ok(self.media.sa_bits(span))
    }

    /// Gives an order for the line of a span, counted from 0: a loop, a test error, an alarm. A span that is looped
    /// or sends AIS is out of use meanwhile: its calls are cleared with cause 27 and its circuits blocked.
    pub fn line_order(&self, span: usize, order: LineOrder) -> Result<(), EngineError> {
        self.ask(move |control| control.line_order(span, order))?
    }

    /// Sends a test pattern in these timeslots of a span, counted from 0 (bit n for timeslot n; they are one channel
    /// of N × 64 kbit/s), and looks for it in what they receive. Their channels must be free; they are blocked until
    /// the test is stopped.
    pub fn line_test_start(&self, span: usize, slots: u32, pattern: Pattern) -> Result<Handle, EngineError> {
        self.ask(move |control| control.start_line_test(span, slots, pattern))?
    }

    /// What a line test has found so far.
    pub fn line_test(&self, test: Handle) -> Result<LineTestState, EngineError> {
        self.ask(move |control| control.line_test(test))?
    }

    /// Sends so many bits of a line test wrong, at most one in each octet.
    pub fn line_test_insert_errors(&self, test: Handle, count: u32) -> Result<(), EngineError> {
        self.ask(move |control| control.insert_test_errors(test, count))?
    }

    /// Ends a line test, and gives what it found in all.
    pub fn line_test_stop(&self, test: Handle) -> Result<LineTestState, EngineError> {
        self.ask(move |control| control.stop_line_test(test))?
    }

    /// Lets the far end of a channel hear the tone of a test line whenever no prompt plays to it and it is in no
    /// bridge, or no longer. Ends with the call.
    pub fn test_tone(&self, channel: Handle, tone: Option<TestTone>) -> Result<(), EngineError> {
        self.ask(move |control| control.test_tone(channel, tone))?
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

    /// The next event, waiting for it for at most `timeout` (`None`: as long as it takes). In Lockstep,
    /// waiting is what lets time pass, and the limit is in virtual time.
    #[must_use]
    pub fn event_wait(&self, timeout: Option<Frames>) -> Option<Event> {
        match &self.runner {
            Runner::Lockstep(lockstep) => self.step_until_event(lockstep, timeout),
            Runner::Threads { .. } => self.wait_for_event(timeout),
        }
    }

    /// Other threads come to their turn between two steps.
    fn step_until_event(&self, lockstep: &Mutex<Lockstep>, timeout: Option<Frames>) -> Option<Event> {
        let end = lock(lockstep).now() + timeout.unwrap_or(FOREVER);
        loop {
            let mut lockstep = lock(lockstep);
            let event = self.events.pop();
            if event.is_some() || self.is_closed() || lockstep.now() >= end {
                return event;
            }
            lockstep.advance();
        }
    }

    fn wait_for_event(&self, timeout: Option<Frames>) -> Option<Event> {
        let limit_ns = timeout.map(|limit| limit.0.saturating_mul(NS_PER_FRAME));
        let deadline = limit_ns.map(|limit| tandem_rt::sys::monotonic_ns().saturating_add(limit));
        loop {
            if let Some(event) = self.events.pop() {
                return Some(event);
            }
            let left = deadline.map(|deadline| deadline.saturating_sub(tandem_rt::sys::monotonic_ns()));
            if self.is_closed() {
                // Looking for an event has cleared the signal that the other waiting threads need too.
                self.events.fd().signal();
                return None;
            }
            if left == Some(0) {
                return None;
            }
            // A closed engine and another thread that took the event both end the wait early.
            let _ = self.events.fd().wait(left);
        }
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
        self.events.fd().signal();
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
    fn ask<R: Send + 'static>(
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
                let answer = request(&mut lockstep.parts.control);
                lockstep.wake();
                Ok(answer)
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
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn assemble(config: &Config, factories: &mut [Box<dyn CardFactory>]) -> Result<Assembly, OpenError> {
    let setups: Vec<SpanSetup> = config
        .spans
        .iter()
        .map(|span| SpanSetup {
            law: span.law(),
            traffic: span.traffic(),
            idle_bits: span.em_profile().idle,
            hdlc: span.hdlc_slot(),
        })
        .collect();
    let limits = SwitchLimits {
        players: config.limits.players,
        taps: config.limits.recordings,
        bridges: config.limits.bridges,
        bridge_parties: config.limits.bridge_parties,
        tap_frames: (config.recording.buffer_seconds * 8000.0) as usize,
    };
    let (link, switch) = new_switch(&setups, &limits);
    let (cards, worlds) = open_cards(config, factories)?;
    let states = card_states(config, &cards);
    // Control empties these within 100 ms.
    let (tell_seconds, seconds) = ring(2 * config.spans.len());
    let (tell_far_seconds, far_seconds) = ring(8 * config.spans.len());
    let (tell_loops, loops) = ring(2 * config.spans.len());
    let (tell_clock, clock_news) = ring(16);
    let (give_orders, orders) = ring(16 + 4 * config.spans.len());
    let places = config.spans.iter().map(|span| SpanPlace {
        card: span.card,
        port: span.port,
        abilities: cards[span.card].card().info().abilities,
        framing: span.span_config().framing,
    });
    let places: Vec<SpanPlace> = places.collect();
    let clock = ClockKeeper::new(clock_setup(config, &places), tell_clock);
    let links =
        MediaLinks { loops: tell_loops, seconds: tell_seconds, far_seconds: tell_far_seconds, clock, orders };
    let media = MediaWorld::new(config.tick()?, worlds, cards, switch, links);
    let (writer, events) = EventWriter::new(config.engine.event_queue)?;
    let (to_prompter, feeds) = unbounded();
    let (to_recorder, jobs) = unbounded();
    let (done, recorded) = unbounded();
    let helpers = Helpers {
        prompter: to_prompter,
        recorder: to_recorder,
        recorded,
        seconds,
        far_seconds,
        loops,
        clock_news,
        orders: give_orders,
        places,
    };
    let control = Control::new(config.clone(), link, writer, helpers);
    let (prompter, recorder) = (Prompter::new(feeds), Recorder::new(jobs, done));
    Ok(Assembly { components: Components { media, control, prompter, recorder }, events, cards: states })
}

fn card_states(config: &Config, cards: &[CardSlot]) -> Vec<CardState> {
    let state = |(index, slot): (usize, &CardSlot)| {
        let section = &config.cards[index];
        let (name, info) = (section.request(index).name, slot.card().info());
        let (serial, ports) = (info.serial, info.spans.len());
        CardState { name, model: section.model.clone(), serial, ports, presence: Presence::There }
    };
    cards.iter().enumerate().map(state).collect()
}

/// Only what the cards can do is asked of them.
fn clock_setup(config: &Config, places: &[SpanPlace]) -> ClockSetup {
    let section = &config.clock;
    let port = |span: usize| Port { card: places[span].card, port: places[span].port, span };
    let can = |able: fn(&Abilities) -> bool| move |span: &usize| able(&places[*span].abilities);
    let tells = |span: &usize| section.message_bit != 0 && places[*span].abilities.sync_messages;
    if let Some(silent) = section.sources.iter().find(|span| !tells(span)) {
        log::info!(
            "clock source {silent} carries no synchronisation messages: a timing loop over it cannot be named"
        );
    }
    ClockSetup {
        sources: section.sources.iter().copied().filter(can(|card| card.clocks)).map(port).collect(),
        spans: (0..places.len()).filter(can(|card| card.sync_messages)).map(port).collect(),
        wait_to_restore: Frames::from_seconds(section.wait_to_restore_seconds),
        messages: SaBit::new(section.message_bit).map(|bit| (bit, section.quality.into())),
    }
}

type CardsAndWorlds = (Vec<CardSlot>, Vec<Box<dyn Step>>);

fn open_cards(config: &Config, factories: &mut [Box<dyn CardFactory>]) -> Result<CardsAndWorlds, OpenError> {
    let tick = config.tick()?;
    let (mut cards, mut worlds) = (Vec::new(), Vec::new());
    for (index, section) in config.cards.iter().enumerate() {
        let request = section.request(index);
        let name = request.name.clone();
        let factory = factories.iter_mut().find(|factory| factory.models().contains(&section.model.as_str()));
        let Some(factory) = factory else {
            let known = factories.iter().flat_map(|factory| factory.models()).collect();
            return Err(OpenError::UnknownModel { card: name, model: section.model.clone(), known });
        };
        let OpenedCard { mut card, world } =
            factory.open(&request).map_err(|error| OpenError::Factory { card: name.clone(), error })?;
        let card_error = |error| OpenError::Card { card: name.clone(), error };
        let found = card.info().serial;
        if section.serial.is_some() && section.serial != found {
            return Err(card_error(CardError::Another { wanted: section.serial, found }));
        }
        let mut ports = Vec::new();
        for (number, span) in config.spans.iter().enumerate().filter(|(_, span)| span.card == index) {
            let setup = span.span_config();
            if card.info().spans.get(span.port).is_some_and(|kind| !kind.carries(setup.framing)) {
                return Err(card_error(CardError::Unsupported("such a framing on a port of that kind")));
            }
            card.configure(span.port, &setup).map_err(card_error)?;
            ports.push((span.port, number, span.law(), setup.signalling_slot));
        }
        let mut slot = CardSlot::new(card, &name, tick, &ports)?;
        slot.start().map_err(card_error)?;
        cards.push(slot);
        worlds.extend(world);
    }
    check_granules(config, &cards)?;
    Ok((cards, worlds))
}

/// Every card is served when its own granule is over, in steps of the smallest: they must fit into each other.
fn check_granules(config: &Config, cards: &[CardSlot]) -> Result<(), OpenError> {
    let Some(step) = cards.iter().map(CardSlot::granule).min() else { return Ok(()) };
    match cards.iter().position(|card| !card.granule().is_multiple_of(step)) {
        None => Ok(()),
        Some(index) => Err(OpenError::Granules {
            card: config.cards[index].request(index).name,
            granule: cards[index].granule(),
            step,
        }),
    }
}

const NS_PER_FRAME: u64 = 125_000;
/// How long closing waits for recordings to be finished.
const LONGEST_CLOSING: Frames = Frames::from_seconds(5);
/// What "as long as it takes" means in virtual time: a day.
const FOREVER: Frames = Frames::from_seconds(86_400);
