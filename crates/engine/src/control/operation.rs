//! Operations of hosts on channels: play, collect, record; and connections. Each operation ends in exactly one event.
use crate::EngineError;
use crate::control::Control;
use crate::control::play::Play;
use crate::control::stream::Inflow;
use crate::control::trim::Trim;
use crate::control::voice::VoiceLimit;
use crate::event::{CallId, EndReason, EventKind};
use crate::recorder::{Files, RecordJob, RecordOptions, Recorded, Shortener, Subject, ToRecorder};
use crate::streams::StreamSide;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tandem_dsp::leveller::Leveller;
use tandem_dsp::progress::ToneName;
use tandem_switch::link::{Detectors, TapId};
use tandem_types::{Bearer, Cause, Digit, FrameTime, Frames, Handle, Law};

/// What ends an operation, besides the end of the call, which ends every one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Digits that end it. A collection keeps them out of its result.
    pub digits: Vec<Digit>,
    /// Whether any digit ends it; for plays: the caller barges in.
    pub any_digit: bool,
    /// Tones that end it.
    pub tones: Vec<ToneName>,
    /// How many digits complete a collection; 0 for no limit but the buffer's.
    pub max_digits: usize,
    /// How long a collection waits for its first digit; zero for ever.
    pub first_digit: Frames,
    /// How long a collection waits for each further digit; zero for ever.
    pub inter_digit: Frames,
    /// How long the operation may last; zero for ever.
    pub max_time: Frames,
    /// Whether it ends when somebody begins to talk; for plays: the caller barges in.
    pub voice: bool,
    /// So long a silence after a voice ends it, or after its beginning; zero for none.
    pub silence: Frames,
    /// So long a silence at its beginning ends it; zero for as long as any other.
    pub initial_silence: Frames,
    /// A voice that goes on for so long without a pause ends it; zero for none.
    pub max_voice: Frames,
}

impl Terms {
    /// Whether it matters who talks.
    fn heeds_voices(&self) -> bool {
        self.voice || self.silence.0 > 0 || self.initial_silence.0 > 0 || self.max_voice.0 > 0
    }

    pub(super) fn ends_with(&self, digit: Digit) -> bool {
        self.any_digit || self.digits.contains(&digit)
    }
}

/// An operation in progress.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(super) channel: usize,
    /// The channel as the host named it: it may be another's when a recording is complete.
    pub(super) named: Handle,
    pub(super) call: CallId,
    pub(super) terms: Terms,
    /// When `max_time` is over.
    until: Option<FrameTime>,
    /// When the silence, or the voice, that goes on ends it.
    pub(super) voice: VoiceLimit,
    pub(super) work: Work,
}

#[derive(Debug)]
pub(super) enum Work {
    Play(Play),
    Collect {
        digits: Vec<Digit>,
        /// When the wait for the next digit is over.
        next_digit_until: Option<FrameTime>,
    },
    Record {
        /// `None` once the tap has been stopped and the file is being finished.
        tap: Option<TapId>,
        reason: EndReason,
        runs: Runs,
        /// It is to end with its last words.
        trim: Option<Trim>,
    },
    Stream(Box<Inflow>),
}

/// How long a recording has run, without the times that it rested.
#[derive(Clone, Copy, Debug)]
pub(super) struct Runs {
    /// Up to its last rest, or its end.
    before: Frames,
    /// It runs since then.
    since: Option<FrameTime>,
}

impl Runs {
    const fn from(now: FrameTime) -> Self {
        Self { before: Frames(0), since: Some(now) }
    }

    pub(super) const fn rests(self) -> bool {
        self.since.is_none()
    }

    fn length(self, now: FrameTime) -> Frames {
        self.before + self.since.map_or(Frames(0), |since| now.since(since))
    }

    fn turn(&mut self, on: bool, now: FrameTime) {
        self.before = self.length(now);
        self.since = on.then_some(now);
    }
}

/// How far a recording has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordState {
    /// How long it has run since it was begun, without the times that it rested.
    pub recorded: Frames,
    /// It rests.
    pub paused: bool,
    /// It has ended, and its file is being completed.
    pub ending: bool,
}

impl Operation {
    /// Whether a tap is out for it.
    pub(super) const fn has_tap(&self) -> bool {
        match &self.work {
            Work::Record { tap, .. } => tap.is_some(),
            Work::Stream(stream) => stream.has_tap(),
            Work::Play(_) | Work::Collect { .. } => false,
        }
    }

    pub(crate) fn deadline(&self) -> Option<FrameTime> {
        let next_digit = match &self.work {
            Work::Collect { next_digit_until, .. } => *next_digit_until,
            Work::Record { tap: None, .. } => return None,
            Work::Play(play) if play.is_ending() => return None,
            Work::Stream(stream) if stream.is_ending() => return None,
            Work::Play(_) | Work::Record { .. } | Work::Stream(_) => None,
        };
        super::earliest([self.until, next_digit, self.voice.until()])
    }

    /// Why it is over when its deadline has come.
    fn why_due(&self, now: FrameTime) -> EndReason {
        if self.until.is_some_and(|until| until <= now) {
            return EndReason::MaxTime;
        }
        match self.voice {
            VoiceLimit::Silence(Some(until)) if until <= now => EndReason::Silence,
            VoiceLimit::Voice(Some(until)) if until <= now => EndReason::MaxVoice,
            _ => EndReason::DigitTimeout,
        }
    }
}

pub(super) fn deadline(now: FrameTime, length: Frames) -> Option<FrameTime> {
    (length.0 > 0).then(|| FrameTime(now.0.saturating_add(length.0)))
}

impl Control {
    /// The channel and the call on it, when operations are allowed there. A channel without signalling has
    /// no calls, and is the host's at any time; one of a tap may have a call of others.
    pub(super) fn open_channel(&self, channel: Handle) -> Result<(usize, CallId), EngineError> {
        let index = self.channel_index(channel)?;
        if !self.channels[index].is_trunk() {
            return Ok((index, self.channels[index].call_heard()));
        }
        let call =
            self.channels[index].call.ok_or(EngineError::WrongState("there is no call on the channel"))?;
        let known = self.calls.get(&call).ok_or(EngineError::NoSuchCall)?;
        match known.media_open {
            true => Ok((index, call)),
            false => Err(EngineError::WrongState("nothing can be heard or said on the channel yet")),
        }
    }

    pub(super) fn begin(
        &mut self,
        channel: usize,
        call: CallId,
        terms: Terms,
        work: Work,
    ) -> Result<Handle, EngineError> {
        // Nothing new: closing waits for what runs.
        if self.rest_until.is_some() {
            return Err(EngineError::Closed);
        }
        if self.events.is_behind(Some(self.channels[channel].handle)) {
            return Err(EngineError::Busy("the host is behind with its events"));
        }
        self.check_stays(channel)?;
        if !terms.tones.is_empty() {
            self.check_detectors(channel, Detectors::TONES)?;
        }
        let until = deadline(self.now, terms.max_time);
        let voice = self.voice_limit(channel, &terms);
        let named = self.channels[channel].handle;
        let operation = Operation { channel, named, call, terms, until, voice, work };
        self.operations.insert(operation).ok_or(EngineError::Busy("all operations are in use"))
    }

    /// Collects digits pressed on a channel, those pressed ahead first.
    pub(crate) fn collect(&mut self, channel: Handle, terms: Terms) -> Result<Handle, EngineError> {
        let (index, call) = self.channel_to_take(channel)?;
        if self.channels[index].collect.is_some() {
            return Err(EngineError::WrongState("digits are already being collected on the channel"));
        }
        let next_digit_until = deadline(self.now, terms.first_digit);
        let work = Work::Collect { digits: Vec::new(), next_digit_until };
        let handle = self.begin(index, call, terms, work)?;
        self.channels[index].collect = Some(handle);
        self.update_routes(index);
        self.collect_typed(index);
        self.end_by_voice_that_goes_on(index, handle);
        Ok(handle)
    }

    /// Forgets the digits pressed on a channel and not collected.
    /// Digits pressed and not collected, the first first.
    pub(crate) fn digits_waiting(&self, channel: Handle) -> Result<String, EngineError> {
        let channel = &self.channels[self.channel_index(channel)?];
        Ok(channel.typed.iter().map(|digit| digit.to_char()).collect())
    }

    pub(crate) fn clear_digits(&mut self, channel: Handle) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        self.channels[index].typed.clear();
        Ok(())
    }

    /// Moves typed digits into the collection, or ends a play that one of them ends.
    pub(super) fn collect_typed(&mut self, index: usize) {
        self.end_play_by_digit(index);
        self.end_records_by_digit(index);
        while let Some(handle) = self.channels[index].collect {
            if self.channels[index].typed.is_empty() {
                return;
            }
            let digit = self.channels[index].typed.remove(0);
            if let Some(reason) = self.collect_digit(handle, digit) {
                self.finish_collect(index, handle, reason);
            }
        }
    }

    /// Ends the recordings of a channel, and the streams from it, that a digit ends which was pressed and not collected yet.
    pub(super) fn end_records_by_digit(&mut self, index: usize) {
        let channel = &self.channels[index];
        let ends = |handle: &Handle| {
            let operation = self.operations.get(*handle);
            operation
                .is_ok_and(|operation| channel.typed.iter().any(|digit| operation.terms.ends_with(*digit)))
        };
        let ended: Vec<Handle> = channel.records.iter().copied().filter(ends).collect();
        for handle in ended {
            self.end_operation(index, handle, EndReason::Digit);
        }
    }

    fn collect_digit(&mut self, handle: Handle, digit: Digit) -> Option<EndReason> {
        let now = self.now;
        let operation = self.operations.get_mut(handle).ok()?;
        let Work::Collect { digits, next_digit_until } = &mut operation.work else { return None };
        if operation.terms.ends_with(digit) {
            return Some(EndReason::Digit);
        }
        digits.push(digit);
        *next_digit_until = deadline(now, operation.terms.inter_digit);
        let full = digits.len() == operation.terms.max_digits || digits.len() == MOST_DIGITS;
        full.then_some(EndReason::MaxDigits)
    }

    fn finish_collect(&mut self, index: usize, handle: Handle, reason: EndReason) {
        self.channels[index].collect = None;
        let Ok(operation) = self.operations.remove(handle) else { return };
        self.update_routes(index);
        let Work::Collect { digits, .. } = operation.work else { return };
        let digits = digits.iter().map(|digit| digit.to_char()).collect();
        let (channel, call) = (operation.named, operation.call);
        let kind = EventKind::CollectDone { operation: handle, channel, call, reason, digits };
        self.events.tell(self.now, kind);
    }

    /// The law of a channel on which a recording may begin.
    pub(crate) fn law_for_recording(&self, channel: Handle) -> Result<Law, EngineError> {
        let (index, _) = self.channel_to_take(channel)?;
        Ok(self.channels[index].law)
    }

    /// Begins a recording of both directions of a channel.
    pub(crate) fn record(
        &mut self,
        channel: Handle,
        files: Files,
        levellers: Option<Box<[Leveller; 2]>>,
        options: RecordOptions,
        terms: Terms,
    ) -> Result<Handle, EngineError> {
        let (index, call) = self.channel_to_take(channel)?;
        let law = self.channels[index].law;
        let before = self.what_was_before(index, options.before)?;
        let trim = options.trim.then(|| Trim::new(self.now, self.channels[index].talking));
        let cut = trim.as_ref().map(Trim::cut);
        let work = Work::Record { tap: None, reason: EndReason::Stopped, runs: Runs::from(self.now), trim };
        let handle = self.begin(index, call, terms, work)?;
        let (id, reader) = match self.start_tap_of_host(index, self.tap_buffer()) {
            Ok(tap) => tap,
            Err(error) => {
                self.operations.remove(handle)?;
                return Err(error);
            }
        };
        if let Work::Record { tap, .. } = &mut self.operations.get_mut(handle)?.work {
            *tap = Some(id);
        }
        // A recorder that is gone has been closed with the engine.
        let tapped = (call != CallId::NONE).then(|| (call, Arc::new(AtomicU64::new(call.0))));
        let call = self.calls.get(&call).map(|known| (call, Arc::clone(&known.interaction))).or(tapped);
        let subject = Subject { asked: (self.now, self.day.at_us(self.now)), call };
        let shortener = options.longest_silence.map(|longest| Shortener::new(longest, options.sides, law));
        let shortener = shortener.map(Box::new);
        let Files { writer, segments, .. } = files;
        let job = RecordJob {
            operation: handle,
            tap: reader,
            before,
            writer,
            sides: options.sides,
            segments,
            cut,
            law,
            levellers,
            shortener,
            subject,
        };
        let _ = self.recorder.send(ToRecorder::Record(Box::new(job)));
        self.helper_work = true;
        self.channels[index].records.push(handle);
        self.update_routes(index);
        self.totals.recordings += 1;
        self.end_records_by_digit(index);
        self.end_by_voice_that_goes_on(index, handle);
        Ok(handle)
    }

    fn stop_recording(&mut self, index: usize, handle: Handle, why: EndReason) {
        self.channels[index].records.retain(|record| *record != handle);
        let Ok(operation) = self.operations.get_mut(handle) else { return };
        let Work::Record { tap, reason, runs, trim } = &mut operation.work else { return };
        *reason = why;
        if !runs.rests() {
            runs.turn(false, self.now);
        }
        let (tap, trim) = (tap.take(), trim.take());
        trim.iter().for_each(|trim| self.trim_recording(index, trim, why));
        tap.into_iter().for_each(|tap| self.link.stop_tap(tap));
        self.rest_keep(index);
        self.update_routes(index);
    }

    /// Lets a recording rest: what passes from the next tick on is not in it, until it goes on.
    fn rest_recording(&mut self, handle: Handle, on: bool) -> Result<(), EngineError> {
        let operation = self.operations.get_mut(handle)?;
        let (index, work) = (operation.channel, &mut operation.work);
        let Work::Record { tap: Some(id), runs, .. } = work else {
            return Err(EngineError::WrongState("the recording is over"));
        };
        runs.turn(!on, self.now);
        self.link.rest_tap(*id, on);
        self.rest_keep(index);
        Ok(())
    }

    /// How far a recording has come.
    pub(crate) fn record_state(&self, record: Handle) -> Result<RecordState, EngineError> {
        match &self.operations.get(record)?.work {
            Work::Record { tap, runs, .. } => Ok(RecordState {
                recorded: runs.length(self.now),
                paused: tap.is_some() && runs.rests(),
                ending: tap.is_none(),
            }),
            _ => Err(EngineError::WrongState("the operation records nothing")),
        }
    }

    /// A recording is over, or one of its files is full.
    pub(super) fn handle_recorded(&mut self, recorded: Recorded) {
        self.totals.recorded_frames += recorded.frames;
        self.totals.recording_gap_frames += recorded.gap_frames;
        self.totals.recording_lost_frames += recorded.lost_frames;
        if let Some(problem) = &recorded.problem {
            log::error!("{}: {problem}", recorded.path.display());
        }
        match recorded.segment {
            Some(number) => self.tell_segment(recorded, number),
            None => self.finish_recording(recorded),
        }
    }

    fn tell_segment(&mut self, recorded: Recorded, number: u32) {
        let Ok(operation) = self.operations.get(recorded.operation) else { return };
        let kind = EventKind::RecordSegment {
            operation: recorded.operation,
            channel: operation.named,
            call: operation.call,
            number,
            path: recorded.path,
            start: recorded.start.unwrap_or(self.now),
            recorded_ms: Frames(recorded.frames).as_ms(),
            gap_ms: Frames(recorded.gap_frames).as_ms(),
            lost_ms: Frames(recorded.marked_frames).as_ms(),
            gaps: recorded.missing,
        };
        self.events.tell(self.now, kind);
    }

    fn finish_recording(&mut self, recorded: Recorded) {
        let Ok(operation) = self.operations.remove(recorded.operation) else { return };
        let Work::Record { reason, tap, .. } = operation.work else { return };
        self.channels[operation.channel].records.retain(|record| *record != recorded.operation);
        // One that cannot be written has ended before anybody stopped it.
        tap.into_iter().for_each(|tap| self.link.stop_tap(tap));
        self.rest_keep(operation.channel);
        self.update_routes(operation.channel);
        let failed = recorded.problem.is_some();
        let kind = EventKind::RecordDone {
            operation: recorded.operation,
            channel: operation.named,
            call: operation.call,
            reason: if failed { EndReason::Failed } else { reason },
            path: recorded.path,
            start: recorded.start.unwrap_or(self.now),
            from_ms: Frames(recorded.from).as_ms(),
            recorded_ms: Frames(recorded.frames).as_ms(),
            gap_ms: Frames(recorded.gap_frames).as_ms(),
            lost_ms: Frames(recorded.marked_frames).as_ms(),
            gaps: recorded.missing,
            problem: recorded.problem.unwrap_or_default(),
        };
        self.events.tell(self.now, kind);
        if failed && self.config.recording.required && !self.is_recorded(operation.channel) {
            log::error!("call {}: it cannot be recorded any more, and is cleared", operation.call.0);
            // One that is over needs no clearing.
            let _ = self.clear(operation.call, Cause::TEMPORARY_FAILURE);
        }
    }

    /// Whether a recording of a channel runs.
    pub(super) fn is_recorded(&self, index: usize) -> bool {
        self.channels[index].records.iter().any(|handle| {
            let operation = self.operations.get(*handle);
            operation.is_ok_and(|operation| matches!(operation.work, Work::Record { tap: Some(_), .. }))
        })
    }

    /// Lets a play or a recording rest where it is, or go on. What ends it still does.
    pub(crate) fn pause(&mut self, operation: Handle, on: bool) -> Result<(), EngineError> {
        match &self.operations.get(operation)?.work {
            Work::Play(_) => self.pause_play(operation, on),
            Work::Record { .. } => self.rest_recording(operation, on),
            Work::Collect { .. } | Work::Stream(_) => {
                Err(EngineError::WrongState("plays and recordings rest, and nothing else"))
            }
        }
    }

    /// Ends an operation early. Its event follows, with the reason `Stopped`.
    pub(crate) fn stop(&mut self, operation: Handle) -> Result<(), EngineError> {
        let known = self.operations.get(operation)?;
        self.end_operation(known.channel, operation, EndReason::Stopped);
        Ok(())
    }

    pub(super) fn end_operation(&mut self, index: usize, handle: Handle, reason: EndReason) {
        let Ok(operation) = self.operations.get(handle) else { return };
        match &operation.work {
            Work::Play(_) => self.end_play(index, handle, reason),
            Work::Collect { .. } => self.finish_collect(index, handle, reason),
            Work::Record { .. } => self.stop_recording(index, handle, reason),
            Work::Stream(_) => self.end_inflow(index, handle, reason),
        }
    }

    /// Ends all operations on a channel, because its call is over.
    pub(super) fn end_operations(&mut self, index: usize, reason: EndReason) {
        self.end_operations_by(index, |_| true, reason);
        self.stop_playing(index);
    }

    /// Ends the operations on a channel with such terms.
    pub(super) fn end_operations_by(
        &mut self,
        index: usize,
        ends: impl Fn(&Terms) -> bool,
        reason: EndReason,
    ) {
        let ended: Vec<Handle> =
            self.running(index).filter(|(_, terms)| ends(terms)).map(|it| it.0).collect();
        for handle in ended {
            self.end_operation(index, handle, reason);
        }
    }

    /// What operations on a channel wait for besides digits.
    pub(super) fn waits_for(&self, index: usize) -> Detectors {
        self.running(index).fold(Detectors::NONE, |all, (handle, terms)| {
            let tones = if terms.tones.is_empty() { Detectors::NONE } else { Detectors::TONES };
            let heeds_voices =
                terms.heeds_voices() || self.begins_by_voice(handle) || self.is_trimmed(handle);
            all.with(tones).with(if heeds_voices { Detectors::VOICE } else { Detectors::NONE })
        })
    }

    pub(super) fn running(&self, index: usize) -> impl Iterator<Item = (Handle, &Terms)> {
        let channel = &self.channels[index];
        let running = channel.play.into_iter().chain(channel.collect).chain(channel.records.iter().copied());
        running.filter_map(|handle| Some((handle, &self.operations.get(handle).ok()?.terms)))
    }

    pub(super) fn handle_operation_timers(&mut self) {
        let now = self.now;
        let due: Vec<(Handle, usize, EndReason)> = self
            .operations
            .iter()
            .filter(|(_, operation)| operation.deadline().is_some_and(|deadline| deadline <= now))
            .map(|(handle, operation)| (handle, operation.channel, operation.why_due(now)))
            .collect();
        for (handle, channel, reason) in due {
            self.end_operation(channel, handle, reason);
        }
    }

    /// Lets the far end of a channel hear what another channel receives, or nothing.
    pub(crate) fn connect(
        &mut self,
        sink: Handle,
        source: Option<Handle>,
        bearer: Bearer,
    ) -> Result<(), EngineError> {
        let (index, _) = self.open_channel(sink)?;
        self.check_may_send(index)?;
        let source = source.map(|source| self.open_channel(source).map(|(index, _)| index)).transpose()?;
        // Data of a call stays untouched, whatever the host says.
        let bearers = [Some(index), source].into_iter().flatten().filter_map(|index| self.call_bearer(index));
        let bearer = bearers.into_iter().find(|bearer| bearer.is_data()).unwrap_or(bearer);
        let listens_with = |source: usize| self.monitored(source) == Some(index);
        if source.is_some_and(listens_with) {
            return Err(EngineError::WrongState(
                "the source hears what the sink hears, and would hear itself",
            ));
        }
        self.hear(index, source, bearer);
        Ok(())
    }

    /// A channel hears another, or nothing, as soon as nothing else is to be heard on it.
    pub(super) fn hear(&mut self, index: usize, source: Option<usize>, bearer: Bearer) {
        let before = self.channels[index].hears.and_then(|slot| self.index_of(slot));
        self.channels[index].hears = source.map(|source| self.channels[source].slot);
        self.channels[index].side = StreamSide::Received;
        self.channels[index].bearer = bearer;
        self.update_routes(index);
        // What carries data is not converted.
        [before, source].into_iter().flatten().for_each(|source| self.update_law(source));
        self.end_monitors_that_lead_back();
    }

    pub(super) fn call_bearer(&self, index: usize) -> Option<Bearer> {
        Some(self.calls.get(&self.channels[index].call?)?.bearer)
    }
}

/// A collection without a limit of its own ends with this many digits.
const MOST_DIGITS: usize = 64;
