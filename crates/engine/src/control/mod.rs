//! The control plane: circuits, calls, operations, alarms and timers. Worked by one thread at a time, and
//! is where the requests of hosts are carried out.
//!
//! It sees calls and never samples; everything it wants of the media goes through `SwitchControl`.
mod alarms;
mod analysis;
mod audit;
mod bits;
mod bridge;
mod call;
mod call_information;
mod channel;
mod circuit;
mod clock;
mod day;
mod failure;
mod finished;
mod frames;
mod group;
mod isdn;
mod isdn_commands;
mod keep;
mod line;
mod line_test;
mod listening;
mod monitor;
mod operation;
mod outflow;
mod pace;
mod pair;
mod performance;
mod play;
mod primary_rate;
mod provision;
mod queue;
mod service;
mod sieve;
mod stream;
mod tapped_line;
mod timer;
mod tones;
mod trace;
mod traffic;
mod transfer;
mod trim;
mod voice;

pub use call::{CallEnd, CallInfo, CallState};
pub use clock::{ClockState, SpanClock};
pub use frames::ReceivedFrame;
pub(crate) use line::SpanPlace;
pub use line_test::WHOLE_LINE;
pub use operation::{RecordState, Terms};
pub use performance::{End, Performance};
pub use play::PlayState;
pub(crate) use queue::Awaited;
pub use service::{ChannelState, Hears};
pub use trace::TracedFrame;

use crate::clock::ClockNews;
use crate::config::{Config, Hardware, Mode, Signalling};
use crate::event::{CallId, EndReason, EventKind};
use crate::event_queue::EventWriter;
use crate::media::{CardOrder, LoopChange};
use crate::prompter::Feed;
use crate::recorder::{Recorded, ToRecorder};
use crate::seconds::{FarSecond, SpanSecond};
use crate::sound::Sound;
use crate::span_change::SpanChange;
use crate::table::Table;
use crate::{EngineError, SpanState, Totals};
use alarms::Alarms;
use audit::Stuck;
use bridge::Bridge;
use call::Call;
use channel::{Channel, Trunk};
use clock::LineClock;
use crossbeam::channel::{Receiver, Sender};
use day::DayClock;
use failure::FailureTimer;
use finished::Finished;
use frames::FrameLink;
use group::{Group, Over};
use line::OutOfUse;
use line_test::LineTest;
use operation::Operation;
use performance::SpanPerformance;
use primary_rate::PrimaryRate;
use provision::Provisioning;
use std::collections::BTreeMap;
use std::sync::Arc;
use tandem_dsp::progress::ToneSet;
use tandem_rt::sys::{LocalTime, local_time, realtime_us};
use tandem_rt::{Consumer, Next, Producer, Step};
use tandem_switch::link::{FromMedia, PlayerId, SlotId};
use tandem_switch::{SwitchControl, SwitchCounters};
use tandem_types::{Cause, Defects, FrameTime, Frames, Handle, HandleKind, SpanIndex, TickLength, Timeslot};
use tapped_line::{TappedCalls, TappedLine};
use timer::Timers;
use tones::Tones;

/// The control half of an engine.
pub(crate) struct Control {
    now: FrameTime,
    config: Config,
    link: SwitchControl,
    spans: Vec<Span>,
    /// The signalling of ISDN spans, by access.
    isdn: Vec<Option<Box<PrimaryRate>>>,
    /// The access of each span.
    access_of: Vec<Option<usize>>,
    /// Spans whose frames are the host's.
    frame_links: BTreeMap<usize, FrameLink>,
    /// Lines that are listened to, and which of them a span is of.
    taps: Vec<Option<Box<TappedLine>>>,
    tap_of: Vec<Option<usize>>,
    tapped: TappedCalls,
    channels: Vec<Channel>,
    /// Channel by span and slot.
    channel_at: Vec<[Option<u32>; Timeslot::PER_FRAME]>,
    /// The same with those that are not in use any more, whose places are used again.
    kept_at: Vec<[Option<u32>; Timeslot::PER_FRAME]>,
    /// Each in a place of its own: those of a tree are half empty.
    calls: BTreeMap<CallId, Box<Call>>,
    next_call: u64,
    finished: Finished,
    /// How long an offered call waits for the host; zero for ever.
    offer_limit: Frames,
    operations: Table<Operation>,
    line_tests: Table<LineTest>,
    /// Queues of events besides the main one.
    queues: Table<()>,
    timers: Timers,
    /// Who every player that media has plays for.
    players: BTreeMap<PlayerId, PlayerUse>,
    bridges: Table<Bridge>,
    events: EventWriter,
    prompter: Sender<Feed>,
    recorder: Sender<ToRecorder>,
    recorded: Receiver<Recorded>,
    seconds: Consumer<SpanSecond>,
    far_seconds: Consumer<FarSecond>,
    loops: Consumer<LoopChange>,
    clock_news: Consumer<ClockNews>,
    orders: Producer<CardOrder>,
    clock: ClockState,
    /// Where each span is.
    places: Vec<SpanPlace>,
    provisioning: Provisioning,
    tones: Tones,
    alarms: Alarms,
    totals: Totals,
    /// Set when the engine is being closed: until when the line signals that clear the calls are under way.
    rest_until: Option<FrameTime>,
    groups: Vec<Group>,
    /// When it is looked next whether trunks of them are free.
    groups_due: FrameTime,
    /// Calls that have lost their channel and are placed again in this step.
    again: Vec<Over>,
    /// When frames were by the clock of the day; virtual time begins with the year 1970.
    day: DayClock,
    /// When it is next looked whether everything belongs to a call that there is.
    audit_at: FrameTime,
    /// What the last audit found.
    suspected: Vec<Stuck>,
    /// Something was handed to the prompt or the recorder thread.
    helper_work: bool,
    /// How many calls something was kept of.
    keeps: u64,
    /// Channels that hear what others hear, and some that did.
    monitors: Vec<usize>,
    /// Calls to be cleared, because what a transfer had joined them with is over, and why.
    parted: Vec<(CallId, Cause)>,
}

/// The ends of the channels to the other threads.
pub(crate) struct Helpers {
    pub(crate) prompter: Sender<Feed>,
    pub(crate) recorder: Sender<ToRecorder>,
    pub(crate) recorded: Receiver<Recorded>,
    pub(crate) seconds: Consumer<SpanSecond>,
    pub(crate) far_seconds: Consumer<FarSecond>,
    pub(crate) loops: Consumer<LoopChange>,
    pub(crate) clock_news: Consumer<ClockNews>,
    pub(crate) orders: Producer<CardOrder>,
    pub(crate) changed: Consumer<Box<SpanChange>>,
    pub(crate) hardware: Hardware,
    pub(crate) tones: Arc<ToneSet>,
    pub(crate) places: Vec<SpanPlace>,
}

struct Span {
    handle: Handle,
    /// It is used, and media tells of it.
    in_use: bool,
    /// It is to change: nothing new begins on it.
    leaving: bool,
    /// Its card has not taken it.
    refused: bool,
    signalling: Signalling,
    defects: Defects,
    failure: FailureTimer,
    performance: SpanPerformance,
    line_clock: LineClock,
    out_of_use: OutOfUse,
}

/// Who a player plays for.
#[derive(Clone, Copy, Debug)]
enum PlayerUse {
    /// An operation of the host.
    Play(Handle),
    /// The called number of the call on this channel.
    Dial(usize),
}

impl Control {
    pub(crate) fn new(
        config: Config,
        tick: TickLength,
        link: SwitchControl,
        events: EventWriter,
        helpers: Helpers,
    ) -> Self {
        let first_generation = config.engine.first_generation;
        let mut control = Self {
            now: FrameTime::ZERO,
            link,
            spans: Vec::new(),
            isdn: Vec::new(),
            access_of: Vec::new(),
            frame_links: BTreeMap::new(),
            taps: Vec::new(),
            tap_of: Vec::new(),
            tapped: TappedCalls::default(),
            channels: Vec::new(),
            channel_at: Vec::new(),
            kept_at: Vec::new(),
            calls: BTreeMap::new(),
            next_call: 1,
            finished: Finished::new(config.engine.event_queue.min(MOST_FINISHED)),
            offer_limit: Frames::from_seconds(config.calls.offer_seconds),
            operations: Table::new(HandleKind::Operation, 1 << 16, first_generation),
            line_tests: Table::new(HandleKind::LineTest, 1 << 12, first_generation),
            queues: Table::new(HandleKind::Queue, MOST_QUEUES, first_generation),
            timers: Timers::new(first_generation),
            players: BTreeMap::new(),
            bridges: Table::new(HandleKind::Bridge, config.limits.bridges, first_generation),
            events,
            prompter: helpers.prompter,
            recorder: helpers.recorder,
            recorded: helpers.recorded,
            seconds: helpers.seconds,
            far_seconds: helpers.far_seconds,
            loops: helpers.loops,
            clock_news: helpers.clock_news,
            orders: helpers.orders,
            clock: ClockState::default(),
            places: helpers.places,
            provisioning: Provisioning::new(helpers.hardware, tick, helpers.changed),
            tones: Tones::new(helpers.tones),
            alarms: Alarms::default(),
            totals: Totals::default(),
            rest_until: None,
            groups: config.groups.iter().cloned().map(Group::new).collect(),
            groups_due: FrameTime::ZERO,
            again: Vec::new(),
            day: DayClock::new(if config.engine.mode == Mode::Threads { realtime_us() } else { 0 }),
            audit_at: FrameTime::ZERO,
            suspected: Vec::new(),
            helper_work: false,
            keeps: 0,
            monitors: Vec::new(),
            parted: Vec::new(),
            config,
        };
        control.make_spans();
        control
    }

    fn make_spans(&mut self) {
        let all: Vec<usize> = (0..self.config.spans.len()).collect();
        for span in &all {
            self.add_span(*span);
            self.make_channels(*span);
        }
        self.make_accesses(&all);
        self.make_frame_links(&all);
        self.make_taps(&all);
        for index in 0..self.channels.len() {
            self.run_circuit(index);
            self.update_routes(index);
        }
    }

    /// A span behind the last, without channels.
    fn add_span(&mut self, number: usize) {
        let span = self.new_span(number, self.config.engine.first_generation);
        self.spans.push(span);
        self.access_of.push(None);
        self.tap_of.push(None);
        self.channel_at.push([None; Timeslot::PER_FRAME]);
        self.kept_at.push([None; Timeslot::PER_FRAME]);
    }

    fn new_span(&self, number: usize, generation: u32) -> Span {
        let section = &self.config.spans[number];
        Span {
            handle: Handle::new(HandleKind::Span, number as u32, generation),
            in_use: section.in_use,
            leaving: false,
            refused: false,
            signalling: section.signalling,
            defects: Defects::NONE,
            failure: FailureTimer::default(),
            performance: SpanPerformance::new(section),
            line_clock: LineClock::new(section.span_config().framing.bits()),
            out_of_use: OutOfUse::default(),
        }
    }

    /// The channels of a span, in the places of any that it had before.
    fn make_channels(&mut self, number: usize) {
        let section = &self.config.spans[number];
        let (span, law) = (SpanIndex(number as u16), section.law());
        for slot in (0..32).filter_map(Timeslot::new) {
            if section.traffic() & (1 << slot.number()) == 0 {
                continue;
            }
            let trunk = match section.signalling {
                Signalling::Em => Trunk::em(section.em_profile(), self.now),
                Signalling::Pri => Trunk::Isdn,
                Signalling::None | Signalling::Cas | Signalling::Hdlc | Signalling::Tap => Trunk::None,
            };
            let place = &mut self.kept_at[number][slot.index()];
            let index = *place.get_or_insert(self.channels.len() as u32);
            self.channel_at[number][slot.index()] = Some(index);
            let before = self.channels.get(index as usize).map(|known| known.handle.generation());
            let generation = before.map_or(self.config.engine.first_generation, |before| before + 1);
            let handle = Handle::new(HandleKind::Channel, index, generation);
            self.events.assign(handle, None);
            let slot = SlotId { span, slot };
            let other_way = self.other_way(slot);
            let mut channel = Channel::new(handle, slot, law, trunk);
            channel.other_way = other_way;
            if !channel.is_trunk() {
                // A configuration with mistakes has been refused.
                channel.echo = section.echo().unwrap_or(None);
                channel.conceal = section.conceal == Some(true);
            }
            match self.channels.get_mut(index as usize) {
                Some(known) => *known = channel,
                None => self.channels.push(channel),
            }
        }
    }

    /// The signalling of these spans, of which each that shares a D channel is with the others.
    fn make_accesses(&mut self, spans: &[usize]) {
        for plan in self.config.access_plans() {
            if !spans.contains(&plan.d_channels[0]) {
                continue;
            }
            let index = SpanIndex(plan.d_channels[0] as u16);
            let free = self.isdn.iter().position(Option::is_none).unwrap_or(self.isdn.len());
            plan.members.iter().for_each(|(span, _)| self.access_of[*span] = Some(free));
            let lines =
                plan.d_channels.iter().filter_map(|span| self.link.take_hdlc(SpanIndex(*span as u16)));
            let lines = lines.collect();
            let lossy = plan.d_channels.iter().any(|span| self.loses_frames(*span));
            let primary = &self.config.spans[plan.d_channels[0]];
            let link = primary.pri.link(primary.pri.side.into(), lossy);
            let made = PrimaryRate::new(plan.clone(), &self.config.spans, lines, link);
            // The configuration has been checked.
            let made = made.inspect_err(|error| log::error!("span {}: {error:?}", index.0)).ok();
            self.isdn.resize_with(self.isdn.len().max(free + 1), || None);
            self.isdn[free] = made.map(Box::new);
        }
    }

    /// The live counters of the switch.
    pub(crate) const fn counters(&self) -> &Arc<SwitchCounters> {
        self.link.counters()
    }

    /// What the control plane has counted.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            calls_active: self.calls.len() as u64,
            events_dropped: self.events.total_dropped(),
            media: self.link.counters().totals(),
            ..self.totals
        }
    }

    /// When a frame was by the clock of the day.
    pub(crate) fn local_time(&self, at: FrameTime) -> LocalTime {
        local_time(self.day.at_us(at))
    }

    /// Compares the engine's time with the clock of the day.
    fn compare_clocks(&mut self) {
        if self.config.engine.mode == Mode::Threads {
            self.day.compare(self.now, realtime_us());
        }
    }

    /// The channels of a span and their timeslots; none for a span that does not exist.
    pub(crate) fn channels_of(&self, span: usize) -> Vec<(Handle, u8)> {
        let slots = self.channel_at.get(span).into_iter().flatten().flatten();
        let channels = slots.map(|index| &self.channels[*index as usize]);
        channels.map(|channel| (channel.handle, channel.slot.slot.number())).collect()
    }

    /// The spans as they stand.
    pub(crate) fn span_states(&self) -> Vec<SpanState> {
        let state = |(number, span): (usize, &Span)| {
            let channels = self.channel_at[number].iter().flatten();
            let busy = channels.clone().filter(|index| self.channels[**index as usize].call.is_some());
            SpanState {
                span: span.handle,
                defects: span.defects,
                failed: span.failure.is_declared(),
                looped: span.out_of_use.looped || span.out_of_use.looped_by_far_end,
                calls: busy.count(),
                channels: channels.count(),
                frames_lost: 0,
            }
        };
        self.spans.iter().enumerate().map(state).collect()
    }

    /// Clears all calls and ends all operations.
    pub(crate) fn shut_down(&mut self) {
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        let rest = if calls.is_empty() { Frames(0) } else { LAST_SIGNALS };
        self.rest_until = Some(self.now + rest);
        for call in calls {
            // A call that cannot be cleared is being cleared already.
            let _ = self.clear(call, Cause::NORMAL_UNSPECIFIED);
        }
        for index in 0..self.channels.len() {
            self.end_operations(index, EndReason::Stopped);
        }
        self.finish_unread_streams();
        self.end_all_timers();
    }

    /// Whether no operation is in progress, a recording being finished included, and the far ends have been
    /// told that their calls are over.
    pub(crate) fn is_settled(&self) -> bool {
        !self.link.is_waiting()
            && self.operations.is_empty()
            && self.rest_until.is_none_or(|until| self.now >= until)
    }

    /// Whether recordings have been finished that control has not looked at.
    pub(crate) fn has_recorded(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// Whether there is new work for the prompt or the recorder thread since the last call.
    pub(crate) fn take_helper_work(&mut self) -> bool {
        std::mem::take(&mut self.helper_work)
    }

    fn channel_index(&self, handle: Handle) -> Result<usize, EngineError> {
        if handle.kind() != HandleKind::Channel {
            return Err(EngineError::WrongKind);
        }
        let index = handle.index() as usize;
        match self.channels.get(index) {
            Some(channel) if channel.handle == handle && channel.in_use => Ok(index),
            _ => Err(EngineError::Stale),
        }
    }

    fn index_of(&self, slot: SlotId) -> Option<usize> {
        self.channel_at.get(usize::from(slot.span.0))?[slot.slot.index()].map(|index| index as usize)
    }

    /// A request of a host comes now: what it sets a time for is counted from here, not from the last step.
    pub(crate) fn set_now(&mut self, now: FrameTime) {
        self.now = now;
    }

    fn handle_media(&mut self, message: FromMedia) {
        match message {
            FromMedia::LineSignal { slot, bits, at } => {
                if let Some(index) = self.index_of(slot) {
                    self.note_bits(index, bits, at);
                    if let Some(circuit) = self.channels[index].circuit() {
                        circuit.handle_bits(at, bits);
                    }
                    self.run_circuit(index);
                }
            }
            FromMedia::DigitStart { slot, digit, at } => {
                if let Some(index) = self.index_of(slot) {
                    self.handle_digit(index, digit, at);
                }
            }
            FromMedia::DigitEnd { slot, digit, start, end, tones } => {
                self.handle_digit_end(slot, digit, (start, end), tones);
            }
            FromMedia::ToneStart { slot, tone, at } => self.handle_sound(slot, Sound::Tone(tone), at),
            FromMedia::ToneEnd { slot, tone, start, end } => {
                self.handle_sound_end(slot, Sound::Tone(tone), start, end);
            }
            FromMedia::SignalStart { slot, signal, at } => {
                self.handle_sound(slot, Sound::Signal(signal), at);
            }
            FromMedia::SignalEnd { slot, signal, start, end } => {
                self.handle_sound_end(slot, Sound::Signal(signal), start, end);
            }
            FromMedia::Analysis { slot, event } => self.handle_analysis(slot, event),
            FromMedia::VoiceStart { slot, start, at } => self.handle_voice(slot, start, at),
            FromMedia::VoiceEnd { slot, start, end } => self.handle_voice_end(slot, start, end),
            FromMedia::Defects { span, defects, at } => self.handle_defects(span, defects, at),
            FromMedia::PlayerEnded { player, reason, played, .. } => {
                self.handle_player_end(player, reason, played);
            }
        }
    }
}

impl Step for Control {
    fn step(&mut self, now: FrameTime) -> Next {
        self.now = now;
        while let Some(message) = self.link.poll() {
            self.handle_media(message);
        }
        while let Some((slot, event)) = self.link.poll_caller_id() {
            self.handle_caller_id(slot, &event);
        }
        while let Ok(recorded) = self.recorded.try_recv() {
            self.handle_recorded(recorded);
        }
        self.handle_clock_news();
        self.handle_seconds();
        self.handle_loops();
        self.handle_isdn();
        self.handle_frames();
        self.handle_taps();
        self.handle_alarm_timers();
        self.handle_circuit_timers();
        self.handle_call_timers();
        self.handle_operation_timers();
        self.handle_timers();
        self.handle_streams();
        self.try_again();
        self.clear_parted();
        self.look_at_groups();
        self.handle_provisioning();
        self.look_at_alarms();
        self.look_at_talkers();
        self.audit();
        self.events.retry(now);
        Next::At(self.next_timer())
    }
}

/// The first of the times there are. One that is not there is told by a number before any are compared: compilers compare what
/// lies in its place and cast that away, which valgrind takes for a decision by it.
fn earliest<const N: usize>(times: [Option<FrameTime>; N]) -> Option<FrameTime> {
    let numbers = times.map(|time| time.map_or(u64::MAX, |time| time.0));
    numbers.into_iter().min().filter(|first| *first != u64::MAX).map(FrameTime)
}

impl Control {
    fn next_timer(&self) -> FrameTime {
        let circuits = self.channels.iter().filter_map(|channel| channel.poll_timeout());
        let operation_due =
            |operation: &Operation| operation.deadline().into_iter().chain(operation.look()).min();
        let operations = self.operations.iter().filter_map(|(_, operation)| operation_due(operation));
        let alarms = self.spans.iter().filter_map(|span| span.failure.deadline());
        let calls = self.calls.values().filter_map(|call| call.deadline());
        let isdn = self.isdn.iter().flatten().filter_map(|pri| pri.poll_timeout());
        let frames = self.frame_links.values().filter_map(|link| link.poll_timeout(self.now));
        let taps = self.taps.iter().flatten().filter_map(|line| line.poll_timeout());
        let idle = self.now + if self.link.is_waiting() { SHORTEST_REST } else { LONGEST_REST };
        let provisioning = self.provisioning.poll_timeout(self.now);
        let due = circuits.chain(operations).chain(calls).chain(alarms).chain(isdn).chain(provisioning);
        let due = due.chain(self.timers.poll_timeout()).chain(frames).chain(taps);
        due.fold(idle, FrameTime::min).max(self.now)
    }

    fn event_kind_for_defects(&self, span: usize) -> EventKind {
        EventKind::SpanDefects { span: self.spans[span].handle, defects: self.spans[span].defects }
    }
}

/// Control looks around at least this often, for what needs no event to be due.
const LONGEST_REST: Frames = Frames::from_ms(100);
/// Control comes back soon when media had no room for all it was told.
const SHORTEST_REST: Frames = Frames::from_ms(1);
/// Queues of events, besides the main one: each has a descriptor.
const MOST_QUEUES: usize = 256;
/// Calls that are known after their end, at most: each may keep four kibibytes of the host's.
const MOST_FINISHED: usize = 4096;
/// A look at all calls and channels, and at the clock.
const AUDIT_EACH: Frames = Frames::from_seconds(10);
/// On closing: long enough for an on-hook to be sent and believed.
const LAST_SIGNALS: Frames = Frames::from_ms(500);
