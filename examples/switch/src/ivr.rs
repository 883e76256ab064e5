//! The application on the switch: answer, record, ask for a room, join the caller there.
use crate::keeper::Keeper;
use crate::records::Records;
use crate::speech::Sounds;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tandem_engine::config::Signalling;
use tandem_engine::{CallId, EndReason, Engine, EngineError, Event, EventKind, PartyTerms, Terms};
use tandem_types::{Cause, Digit, FrameTime, Frames, Handle};

/// What the application knows of a call, also after its end.
#[derive(Clone, Debug)]
pub(crate) struct CallLog {
    pub(crate) call: CallId,
    pub(crate) channel: Handle,
    pub(crate) called: String,
    /// We have placed it.
    pub(crate) placed: bool,
    pub(crate) answered: Option<FrameTime>,
    pub(crate) cleared: Option<FrameTime>,
    /// Why it is over.
    pub(crate) cause: Option<Cause>,
    pub(crate) digits: String,
    /// The room and when the caller was joined to it.
    pub(crate) room: Option<(String, FrameTime)>,
    /// The name of the recording, once it has begun.
    pub(crate) recording_name: Option<String>,
    /// The complete recording: its file and the time of its first frame.
    pub(crate) recording: Option<(PathBuf, FrameTime)>,
    /// Of the recording: milliseconds that were lost on their way, and places where something is missing.
    pub(crate) lost_ms: u64,
    pub(crate) gaps: u64,
}

impl CallLog {
    fn new(call: CallId, channel: Handle, called: String, placed: bool) -> Self {
        Self {
            call,
            channel,
            called,
            placed,
            answered: None,
            cleared: None,
            cause: None,
            digits: String::new(),
            room: None,
            recording_name: None,
            recording: None,
            lost_ms: 0,
            gaps: 0,
        }
    }

    fn is_recorded(&self) -> bool {
        self.recording_name.is_none() || self.recording.is_some()
    }
}

/// The application.
pub(crate) struct Ivr<'a> {
    engine: &'a Engine,
    welcome: Arc<[i16]>,
    max_rooms: usize,
    /// Recordings are deleted once they are part of the hash.
    discard: bool,
    /// Calls in progress by number.
    active: BTreeMap<CallId, CallLog>,
    /// Calls that are over.
    pub(crate) ended: Vec<CallLog>,
    /// Recordings that are not complete yet.
    unfinished_recordings: usize,
    /// Which call a channel carries.
    on_channel: BTreeMap<Handle, CallId>,
    rooms: BTreeMap<String, Room>,
    /// Channels on which numbers are dialled in DTMF.
    in_band: BTreeSet<Handle>,
    /// Recordings of this run on disk.
    pub(crate) keeper: Keeper,
    /// Records of calls, if they are wanted.
    records: Option<Records>,
    /// No more calls are answered.
    closing: bool,
    /// Calls that were offered then.
    pub(crate) refused: u64,
    /// What went wrong that should not.
    pub(crate) problems: Vec<String>,
    /// Covers every event with its stamp, and every recorded octet.
    pub(crate) hash: Fnv,
}

struct Room {
    bridge: Handle,
    parties: usize,
}

impl<'a> Ivr<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        sounds: &Sounds,
        max_rooms: usize,
        discard: bool,
        keeper: Keeper,
        records: Option<Records>,
    ) -> Self {
        Self {
            engine,
            in_band: in_band(engine).collect(),
            welcome: Arc::clone(&sounds.welcome),
            max_rooms,
            discard,
            active: BTreeMap::new(),
            ended: Vec::new(),
            unfinished_recordings: 0,
            on_channel: BTreeMap::new(),
            rooms: BTreeMap::new(),
            keeper,
            records,
            closing: false,
            refused: 0,
            problems: Vec::new(),
            hash: Fnv::default(),
        }
    }

    /// Whether no call and no recording is in progress.
    pub(crate) fn is_idle(&self) -> bool {
        self.active.is_empty() && self.unfinished_recordings == 0
    }

    /// Rooms that somebody is in, with their parties.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = (&str, usize)> {
        self.rooms.iter().map(|(name, room)| (name.as_str(), room.parties))
    }

    /// All calls, ended ones first.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &CallLog> {
        self.ended.iter().chain(self.active.values())
    }

    /// Digits of called numbers that came in band.
    pub(crate) fn dialled_digits(&self) -> u64 {
        let dialled = self.calls().filter(|log| !log.placed && self.in_band.contains(&log.channel));
        dialled.map(|log| log.called.len() as u64).sum()
    }

    /// Clears all calls, and from now on every call that is offered: for callers who cannot be told to stop.
    pub(crate) fn clear_all(&mut self) {
        self.closing = true;
        let active: Vec<CallId> = self.active.keys().copied().collect();
        for call in active {
            let cleared = self.engine.call_clear(call, Cause::NORMAL_CLEARING);
            self.check(cleared, "clear");
        }
    }

    /// Acts on an event.
    pub(crate) fn handle(&mut self, event: Event) {
        self.note_in_hash(&event);
        let at = event.at;
        match event.kind {
            EventKind::CallOffered { call, channel, called } => self.offered(call, channel, called),
            EventKind::CallAnswered { call, channel } => self.answered(call, channel, at),
            EventKind::CallCleared { call, channel, cause, .. } => self.cleared(call, channel, cause, at),
            EventKind::Digit { call, digit, .. } => {
                if let Some(log) = self.active.get_mut(&call) {
                    log.digits.push(digit.to_char());
                }
            }
            EventKind::PlayDone { call, reason, .. } => self.prompt_ended(call, reason),
            EventKind::CollectDone { call, reason, digits, .. } => self.chosen(call, reason, &digits, at),
            EventKind::RecordDone { call, reason, path, start, gap_ms, lost_ms, gaps, problem, .. } => {
                self.unfinished_recordings -= 1;
                if reason == EndReason::Failed || gap_ms > 0 {
                    self.problems.push(format!("{}: {gap_ms} ms lost; {problem}", path.display()));
                }
                self.recorded(call, path, start, (lost_ms, gaps));
            }
            EventKind::EngineFailed { part } => {
                self.problems.push(format!("the engine's {part} thread failed"));
            }
            EventKind::Overflow { dropped } => {
                self.problems.push(format!("{dropped} events were dropped"));
            }
            EventKind::SpanChanged { .. } => self.in_band.extend(in_band(self.engine)),
            EventKind::RecordSegment { .. }
            | EventKind::SpanDefects { .. }
            | EventKind::SpanFailed { .. }
            | EventKind::SpanRestored { .. }
            | EventKind::ClockChanged { .. }
            | EventKind::TimingLoop { .. }
            | EventKind::SpanLooped { .. }
            | EventKind::CallProgress { .. }
            | EventKind::CallDisconnected { .. }
            | EventKind::CallHold { .. }
            | EventKind::CallTransferred { .. }
            | EventKind::CallInformation { .. }
            | EventKind::SpanFacility { .. }
            | EventKind::SoundBegan { .. }
            | EventKind::SoundEnded { .. }
            | EventKind::CallerId { .. }
            | EventKind::CallAnalysed { .. }
            | EventKind::GroupBusy { .. }
            | EventKind::DigitEnded { .. }
            | EventKind::AlarmChanged { .. }
            | EventKind::BitsReceived { .. }
            | EventKind::FramesReceived { .. }
            | EventKind::FramesSendable { .. }
            | EventKind::PartySpeaks { .. }
            | EventKind::TapCall { .. }
            | EventKind::BridgeModerated { .. }
            | EventKind::TimerDone { .. }
            | EventKind::StreamReady { .. }
            | EventKind::StreamDone { .. }
            | EventKind::ChannelServiceChanged { .. }
            | EventKind::LinkLooped { .. }
            | EventKind::LinkSwitched { .. }
            | EventKind::LinkChanged { .. } => {}
        }
    }

    fn offered(&mut self, call: CallId, channel: Handle, called: String) {
        let log = CallLog::new(call, channel, called, false);
        self.active.insert(call, log);
        self.on_channel.insert(channel, call);
        if self.closing {
            self.refused += 1;
            let cleared = self.engine.call_clear(call, Cause::CONGESTION);
            self.check(cleared, "clear");
            return;
        }
        let answered = self.engine.call_answer(call);
        self.check(answered, "answer");
    }

    /// A call is on its way out.
    pub(crate) fn placed(&mut self, call: CallId, number: &str) {
        match self.engine.call_info(call) {
            Ok(info) => {
                self.active.insert(call, CallLog::new(call, info.channel, number.to_owned(), true));
                self.on_channel.insert(info.channel, call);
            }
            Err(error) => self.problems.push(format!("call {}: {error}", call.0)),
        }
    }

    fn answered(&mut self, call: CallId, channel: Handle, at: FrameTime) {
        if let Some(log) = self.active.get_mut(&call) {
            // The far end may have taken another channel than it was placed on.
            (log.answered, log.channel) = (Some(at), channel);
        }
        let name = format!("call-{:06}.wav", call.0);
        let recording = self.engine.record(channel, Path::new(&name), Terms::default());
        if self.check(recording, "record") {
            self.unfinished_recordings += 1;
            if let Some(log) = self.active.get_mut(&call) {
                log.recording_name = Some(name);
            }
        }
        let barge_in = Terms { any_digit: true, ..Terms::default() };
        let welcome = self.engine.play_samples(channel, Arc::clone(&self.welcome), barge_in);
        self.check(welcome, "play");
    }

    fn prompt_ended(&mut self, call: CallId, reason: EndReason) {
        let Some(log) = self.active.get(&call) else { return };
        // Whoever was called is not asked for a room.
        if log.placed || matches!(reason, EndReason::Hangup) {
            return;
        }
        let terms = Terms {
            digits: Digit::from_char('#').into_iter().collect(),
            max_digits: 8,
            first_digit: Frames::from_seconds(20),
            inter_digit: Frames::from_seconds(5),
            ..Terms::default()
        };
        let collecting = self.engine.collect(log.channel, terms);
        self.check(collecting, "collect");
    }

    fn chosen(&mut self, call: CallId, reason: EndReason, digits: &str, at: FrameTime) {
        let Some(log) = self.active.get(&call) else { return };
        let channel = log.channel;
        match reason {
            EndReason::Digit if !digits.is_empty() => self.join(call, channel, digits, at),
            EndReason::Hangup => {}
            _ => {
                let cleared = self.engine.call_clear(call, Cause::NORMAL_CLEARING);
                self.check(cleared, "clear");
            }
        }
    }

    fn join(&mut self, call: CallId, channel: Handle, name: &str, at: FrameTime) {
        let Some(bridge) = self.bridge_of(name) else { return };
        let joined = self.engine.bridge_join(bridge, channel, PartyTerms::default());
        if self.check(joined, "join")
            && let (Some(room), Some(log)) = (self.rooms.get_mut(name), self.active.get_mut(&call))
        {
            room.parties += 1;
            log.room = Some((name.to_owned(), at));
        }
    }

    /// The bridge of a room, made when the first caller comes.
    fn bridge_of(&mut self, name: &str) -> Option<Handle> {
        if let Some(room) = self.rooms.get(name) {
            return Some(room.bridge);
        }
        if self.rooms.len() >= self.max_rooms * 16 {
            self.problems.push(format!("no bridge left for room {name}"));
            return None;
        }
        match self.engine.bridge_new() {
            Ok(bridge) => {
                self.rooms.insert(name.to_owned(), Room { bridge, parties: 0 });
                Some(bridge)
            }
            Err(error) => {
                self.problems.push(format!("bridge: {error}"));
                None
            }
        }
    }

    fn cleared(&mut self, call: CallId, channel: Handle, cause: Cause, at: FrameTime) {
        self.on_channel.remove(&channel);
        let Some(mut log) = self.active.remove(&call) else { return };
        (log.cleared, log.cause) = (Some(at), Some(cause));
        if let Some((name, _)) = &log.room {
            self.leave(&name.clone());
        }
        let recorded = self.records.as_mut().map_or(Ok(()), |records| records.add(self.engine, &log));
        self.problems.extend(recorded.err());
        if log.is_recorded() {
            self.keep_record(&log);
        }
        self.ended.push(log);
    }

    /// The record of a call that is over is kept when its recording is complete.
    fn keep_record(&mut self, log: &CallLog) {
        let kept = self.records.as_mut().map_or(Ok(()), |records| records.keep(log));
        self.problems.extend(kept.err());
    }

    /// The same with those whose recordings will never be.
    pub(crate) fn keep_records(&mut self) {
        let kept = self.records.as_mut().map_or(Ok(()), |records| records.keep_all(&self.ended));
        self.problems.extend(kept.err());
    }

    /// The last to leave takes the bridge down.
    fn leave(&mut self, name: &str) {
        let Some(room) = self.rooms.get_mut(name) else { return };
        room.parties -= 1;
        if room.parties == 0 {
            let bridge = room.bridge;
            self.rooms.remove(name);
            let freed = self.engine.bridge_free(bridge);
            self.check(freed, "free bridge");
        }
    }

    fn recorded(&mut self, call: CallId, path: PathBuf, start: FrameTime, (lost_ms, gaps): (u64, u64)) {
        match std::fs::read(&path) {
            Ok(octets) => {
                self.hash.write(&octets);
                if !self.discard {
                    self.keeper.keep(call, &path, octets.len() as u64);
                }
            }
            Err(error) => self.problems.push(format!("{}: {error}", path.display())),
        }
        if self.discard {
            // What is left over is deleted with the oldest runs.
            let _ = std::fs::remove_file(&path);
        }
        let log = self.active.get_mut(&call).or_else(|| self.ended.iter_mut().rfind(|log| log.call == call));
        if let Some(log) = log {
            log.recording = Some((path, start));
            (log.lost_ms, log.gaps) = (lost_ms, gaps);
        }
        if let Some(log) = self.ended.iter().rfind(|log| log.call == call).cloned() {
            self.keep_record(&log);
        }
    }

    fn note_in_hash(&mut self, event: &Event) {
        // Where the recordings lie is not part of what happened.
        let kind = match &event.kind {
            EventKind::RecordDone { path, .. } => {
                let mut kind = event.kind.clone();
                if let EventKind::RecordDone { path: shown, .. } = &mut kind {
                    *shown = path.file_name().unwrap_or_default().into();
                }
                kind
            }
            other => other.clone(),
        };
        self.hash.write(format!("{} {} {kind:?}", event.seq, event.at.0).as_bytes());
    }

    /// Notes a refusal. A call may end while the application acts on it: that is no problem.
    fn check<T>(&mut self, result: Result<T, EngineError>, what: &str) -> bool {
        match result {
            Ok(_) => true,
            Err(EngineError::NoSuchCall | EngineError::WrongState(_) | EngineError::Closed) => false,
            Err(error) => {
                self.problems.push(format!("{what}: {error}"));
                false
            }
        }
    }
}

/// The FNV-1a hash: small, and the same everywhere.
#[derive(Clone, Copy)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = (self.0 ^ u64::from(*octet)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The channels on which called numbers come as digits in the speech band.
fn in_band(engine: &Engine) -> impl Iterator<Item = Handle> + use<> {
    let spans = engine.config();
    let spans = (0..spans.spans.len()).filter(|span| spans.spans[*span].signalling == Signalling::Em);
    let channels: Vec<_> = spans.filter_map(|span| engine.channels(span).ok()).flatten().collect();
    channels.into_iter().map(|(channel, _)| channel)
}
