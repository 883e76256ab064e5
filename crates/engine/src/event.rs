//! What the engine tells its host, and the queue in which it waits.
use crate::alarms::{Alarm, AlarmKind};
use crate::information::{ChannelService, HoldChange, InformationKind, SpanNews};
use crate::sound::Sound;
use crate::tapped::TapCallInfo;
use std::path::PathBuf;
use tandem_card::Loopback;
use tandem_dsp::analysis::{Interim, Verdict};
use tandem_switch::link::DigitTones;
use tandem_types::{Abcd, Cause, Defects, Digit, FrameTime, Frames, Handle};

/// The number of a call. It counts up from 1 and is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u64);

impl CallId {
    /// No call: what operations on channels without signalling report.
    pub const NONE: Self = Self(0);
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Counts the events of an engine from 1. A jump tells how many were dropped, or replaced by a newer state.
    /// 0 for `EngineFailed`, which comes from outside the count.
    pub seq: u64,
    /// When it happened.
    pub at: FrameTime,
    /// What happened.
    pub kind: EventKind,
}

/// Why an operation ended. Exactly one of these ends each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// It did all that was asked: the prompt was played to its end.
    Finished,
    /// A terminating digit was pressed.
    Digit,
    /// As many digits as asked for were collected.
    MaxDigits,
    /// No digit came in time.
    DigitTimeout,
    /// The longest time was reached.
    MaxTime,
    /// One of the tones that end it was heard.
    Tone,
    /// Somebody began to talk.
    Voice,
    /// Nobody had talked for so long.
    Silence,
    /// Somebody had talked for so long.
    MaxVoice,
    /// The call ended.
    Hangup,
    /// The host stopped it.
    Stopped,
    /// A file or a resource failed.
    Failed,
}

/// What is known of a call that is analysed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CallNews {
    /// It goes on.
    Goes(Interim),
    /// What it has come to. There is one verdict at most.
    Verdict(Verdict),
    /// The beep of an answering machine has ended: what is said now is recorded.
    Beep {
        /// How long it was.
        length: Frames,
        /// Its frequency.
        hz: f32,
    },
}

/// How far a call that was placed has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStage {
    /// The far end wants more digits of the number.
    MoreDigitsWanted,
    /// Digits that were given have not been sent: the number was complete without them.
    DigitsNotWanted,
    /// The far end has the whole number and is on its way.
    Proceeding,
    /// The called party is being alerted.
    Alerting,
    /// Something else is told of its way, as that there is a tone or a voice to be heard.
    Progress,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum EventKind {
    /// A call has come in with its whole called number. Answer or clear it.
    CallOffered {
        /// The call.
        call: CallId,
        /// Where it is.
        channel: Handle,
        /// The called number.
        called: String,
    },
    /// A call that was placed has come a step further. Told where signalling tells it; `Progress` is for information.
    CallProgress {
        /// The call.
        call: CallId,
        /// Where it is.
        channel: Handle,
        /// How far.
        stage: CallStage,
        /// The far end sends something to be heard, such as a tone.
        in_band: bool,
    },
    /// The call is through.
    CallAnswered {
        /// The call.
        call: CallId,
        /// Where it is.
        channel: Handle,
    },
    /// The far end has cleared a call that signalling ends in two steps; `CallCleared` follows when its circuit is free.
    /// Where something is still to be heard, such as a busy tone, the call stays for it until the host clears it, 30 s at
    /// most; otherwise nothing can be done with it any more.
    CallDisconnected {
        /// The call.
        call: CallId,
        /// Where it is.
        channel: Handle,
        /// Why.
        cause: Cause,
        /// The far end sends something to be heard.
        in_band: bool,
    },
    /// A call is held, or is no longer.
    CallHold {
        /// The call.
        call: CallId,
        /// Where it is; the channel stays its own.
        channel: Handle,
        /// What has happened.
        change: HoldChange,
    },
    /// What has become of a transfer: one for each that was accepted.
    CallTransferred {
        /// The call that was transferred.
        call: CallId,
        /// Where it is, or was.
        channel: Handle,
        /// To which call.
        to: CallId,
        /// `Finished`: they are joined. `Failed`: the other ended before it was answered, and the call is the host's again.
        /// `Hangup`: the call itself did, and the other is cleared. `Stopped`: the host has given it up.
        reason: EndReason,
        /// Why the one ended that did.
        cause: Option<Cause>,
    },
    /// The far end tells something during a call. For information.
    CallInformation {
        /// The call.
        call: CallId,
        /// Where it is.
        channel: Handle,
        /// What it is.
        kind: InformationKind,
        /// As it came.
        octets: Vec<u8>,
    },
    /// The far end of a span sends a facility that belongs to no call. For information.
    SpanFacility {
        /// The span, of several that share a D channel the first.
        span: Handle,
        /// As it came (Q.932 §8.2.3).
        octets: Vec<u8>,
    },
    /// The call is over and its circuit free.
    CallCleared {
        /// The call.
        call: CallId,
        /// Where it was.
        channel: Handle,
        /// Why.
        cause: Cause,
        /// Whether the far end cleared it.
        by_far_end: bool,
    },
    /// A key was pressed. For information: an operation that collects digits reports them at its end.
    Digit {
        /// The call.
        call: CallId,
        /// Where it was heard.
        channel: Handle,
        /// Which key.
        digit: Digit,
    },
    /// A key that was pressed has been released, where the host listens for that. For information.
    DigitEnded {
        /// The call.
        call: CallId,
        /// Where it was heard.
        channel: Handle,
        /// Which key.
        digit: Digit,
        /// How long it was held.
        length_ms: u64,
        /// What its tones were like.
        tones: DigitTones,
    },
    /// A tone or signal is heard that the host listens for. For information.
    SoundBegan {
        /// The call.
        call: CallId,
        /// Where it is heard.
        channel: Handle,
        /// What.
        sound: Sound,
    },
    /// It is heard no more. For information.
    SoundEnded {
        /// The call.
        call: CallId,
        /// Where it was heard.
        channel: Handle,
        /// What.
        sound: Sound,
        /// How long it was heard.
        length_ms: u64,
    },
    /// A caller identification was heard that the host listens for. For information.
    CallerId {
        /// The call.
        call: CallId,
        /// Where it was heard.
        channel: Handle,
        /// The message: type, length, what it says, checksum.
        octets: Vec<u8>,
    },
    /// A play has ended.
    PlayDone {
        /// The operation.
        operation: Handle,
        /// The channel it was on.
        channel: Handle,
        /// The call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// How many milliseconds were heard.
        played_ms: u64,
        /// Where it was in its round.
        position_ms: u64,
    },
    /// A collection of digits has ended.
    CollectDone {
        /// The operation.
        operation: Handle,
        /// The channel it was on.
        channel: Handle,
        /// The call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// The digits, without a terminating one.
        digits: String,
    },
    /// One of the files that a recording fills one after another is full and complete on disk; the next has been begun.
    RecordSegment {
        /// The operation, which goes on.
        operation: Handle,
        /// The channel it is on.
        channel: Handle,
        /// The call.
        call: CallId,
        /// The number of the file, which its name has too, from 1.
        number: u32,
        /// The file.
        path: PathBuf,
        /// The time of its first frame.
        start: FrameTime,
        /// How many milliseconds it holds, gaps included.
        recorded_ms: u64,
        /// How many milliseconds of them are gaps, filled with silence because the disk was slow.
        gap_ms: u64,
        /// How many milliseconds of them were lost before they came here, concealed or not.
        lost_ms: u64,
        /// In how many places some are missing for either reason; a WAV file says where.
        gaps: u64,
    },
    /// A recording is complete on disk, as far as the disk took it: its file, or the last of them.
    RecordDone {
        /// The operation.
        operation: Handle,
        /// The channel it was on.
        channel: Handle,
        /// The call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// The file.
        path: PathBuf,
        /// The time of its first frame.
        start: FrameTime,
        /// Where in the file it begins, in milliseconds: behind what was there before.
        from_ms: u64,
        /// How many milliseconds it holds, gaps included.
        recorded_ms: u64,
        /// How many milliseconds of them are gaps, filled with silence because the disk was slow.
        gap_ms: u64,
        /// How many milliseconds of them were lost before they came here, concealed or not.
        lost_ms: u64,
        /// In how many places some are missing for either reason; a WAV file says where.
        gaps: u64,
        /// What failed, when the reason is `Failed`.
        problem: String,
    },
    /// Something is known of what a call has come to, from what is heard of it.
    CallAnalysed {
        /// The call.
        call: CallId,
        /// The channel it is on.
        channel: Handle,
        /// What.
        news: CallNews,
    },
    /// The host can write more to a stream that it plays, or read from one.
    StreamReady {
        /// The operation.
        operation: Handle,
        /// The channel it is on.
        channel: Handle,
        /// The call.
        call: CallId,
        /// About how many milliseconds.
        ready_ms: u64,
    },
    /// A stream to the host has ended, and there is nothing more to read.
    StreamDone {
        /// The operation.
        operation: Handle,
        /// The channel it was on.
        channel: Handle,
        /// The call.
        call: CallId,
        /// Why.
        reason: EndReason,
        /// How many milliseconds the host has read.
        given_ms: u64,
        /// How many milliseconds before the last it read were lost, because it was late.
        lost_ms: u64,
    },
    /// A party of a bridge that is watched begins to speak, or ceases. For information.
    PartySpeaks {
        /// The call.
        call: CallId,
        /// The party.
        channel: Handle,
        /// The bridge.
        bridge: Handle,
        /// Whether it speaks.
        speaks: bool,
    },
    /// The first moderator has come into a bridge that is moderated, or the last has left.
    BridgeModerated {
        /// The bridge.
        bridge: Handle,
        /// A moderator is in it, and it is heard.
        on: bool,
    },
    /// A call of others, on a line that is listened to, begins, has come further, has another channel, or is over.
    TapCall {
        /// As it stands now.
        info: Box<TapCallInfo>,
    },
    /// The signalling bits of a channel whose bits are the host's have changed, or are first received.
    BitsReceived {
        /// The channel.
        channel: Handle,
        /// The bits.
        bits: Abcd,
    },
    /// A timer has ended.
    TimerDone {
        /// The timer.
        timer: Handle,
        /// The channel whose call it belongs to.
        channel: Option<Handle>,
        /// The call.
        call: CallId,
        /// Why: `Finished` when its time was over.
        reason: EndReason,
    },
    /// The defects of a span changed.
    SpanDefects {
        /// The span.
        span: Handle,
        /// The defects now.
        defects: Defects,
    },
    /// A span has failed: a defect outlasted its integration time. Its circuits are blocked.
    SpanFailed {
        /// The span.
        span: Handle,
        /// The defects.
        defects: Defects,
    },
    /// A failed span has been free of defects long enough. Its circuits are in use again.
    SpanRestored {
        /// The span.
        span: Handle,
    },
    /// A channel takes calls, or does not any more, for another reason than the state of its span.
    ChannelServiceChanged {
        /// The channel.
        channel: Handle,
        /// How it stands now.
        service: ChannelService,
    },
    /// Of several spans that share a D channel another one signals for all from now on.
    LinkSwitched {
        /// The span whose D channel does.
        span: Handle,
        /// The span of the primary D channel.
        primary: Handle,
    },
    /// The D channel of a span is looped to itself: what we send comes back, and nobody else is there; or it is no longer.
    LinkLooped {
        /// The span.
        span: Handle,
        /// Whether it is.
        looped: bool,
    },
    /// The signalling link of a span is up, and calls can be made; or it is down.
    LinkChanged {
        /// The span.
        span: Handle,
        /// Whether it is up.
        up: bool,
    },
    /// Something has gone wrong that is an alarm, or is well again.
    AlarmChanged {
        /// The alarm.
        alarm: Box<Alarm>,
        /// It is there; otherwise it is over.
        active: bool,
    },
    /// By another configuration a span has come, is another or is gone. What named it and its channels before is stale.
    SpanChanged {
        /// The span as it is named now.
        span: Handle,
        /// What has become of it.
        news: SpanNews,
    },
    /// No trunk of a group is free any more, or one is again.
    GroupBusy {
        /// Its place in the configuration, from 0.
        group: usize,
        /// Its name.
        name: String,
        /// Whether none is free.
        all_busy: bool,
    },
    /// From now on the clock of this span is followed; with `None` the cards run by their own oscillator, because no
    /// span can be followed.
    ClockChanged {
        /// The span.
        source: Option<Handle>,
    },
    /// The far end of the span whose clock was followed says that it follows ours: neither end has a clock. Its
    /// clock is not followed as long as it says so.
    TimingLoop {
        /// The span.
        span: Handle,
    },
    /// A loop is closed on a span, or none is any more. Its circuits are blocked meanwhile.
    SpanLooped {
        /// The span.
        span: Handle,
        /// The loop.
        looped: Option<Loopback>,
        /// The far end commanded it (T1), and not the host.
        by_far_end: bool,
    },
    /// Frames wait to be read, on a span whose frames are the host's. Told again each second until all have been.
    FramesReceived {
        /// The span.
        span: Handle,
        /// Its number.
        number: usize,
    },
    /// There is room for frames again that found none.
    FramesSendable {
        /// The span.
        span: Handle,
        /// Its number.
        number: usize,
    },
    /// A part of the engine has ended by a defect of its own. Nothing more can be expected of the engine but to
    /// be closed.
    EngineFailed {
        /// The part: `media`, `control`, `prompts` or `record`.
        part: String,
    },
    /// So many events for information were dropped, because the host did not fetch them.
    Overflow {
        /// How many.
        dropped: u64,
    },
}

/// A state that a newer one replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateOf {
    Defects(Handle),
    Failure(Handle),
    Clock,
    TimingLoop(Handle),
    Looped(Handle),
    Link(Handle),
    LinkLoop(Handle),
    LinkInUse(Handle),
    Service(Handle),
    HoldByFar(CallId),
    TapCall(CallId),
    Stream(Handle),
    Group(usize),
    Bits(Handle),
    Frames(Handle),
    FrameRoom(Handle),
    Moderated(Handle),
    Segment(Handle),
    Alarm(AlarmKind, Option<Handle>, Option<usize>),
}

impl EventKind {
    /// The channel that it is about.
    pub(crate) const fn channel(&self) -> Option<Handle> {
        match self {
            Self::CallOffered { channel, .. }
            | Self::CallProgress { channel, .. }
            | Self::CallAnswered { channel, .. }
            | Self::CallDisconnected { channel, .. }
            | Self::CallHold { channel, .. }
            | Self::CallTransferred { channel, .. }
            | Self::CallInformation { channel, .. }
            | Self::CallCleared { channel, .. }
            | Self::Digit { channel, .. }
            | Self::DigitEnded { channel, .. }
            | Self::SoundBegan { channel, .. }
            | Self::SoundEnded { channel, .. }
            | Self::CallerId { channel, .. }
            | Self::PlayDone { channel, .. }
            | Self::CollectDone { channel, .. }
            | Self::RecordSegment { channel, .. }
            | Self::RecordDone { channel, .. }
            | Self::CallAnalysed { channel, .. }
            | Self::StreamReady { channel, .. }
            | Self::StreamDone { channel, .. }
            | Self::PartySpeaks { channel, .. }
            | Self::BitsReceived { channel, .. }
            | Self::ChannelServiceChanged { channel, .. } => Some(*channel),
            Self::TimerDone { channel, .. } => *channel,
            Self::TapCall { info } => info.from_network,
            Self::SpanFacility { .. }
            | Self::SpanDefects { .. }
            | Self::SpanFailed { .. }
            | Self::SpanRestored { .. }
            | Self::SpanChanged { .. }
            | Self::FramesReceived { .. }
            | Self::FramesSendable { .. }
            | Self::LinkSwitched { .. }
            | Self::LinkLooped { .. }
            | Self::LinkChanged { .. }
            | Self::GroupBusy { .. }
            | Self::BridgeModerated { .. }
            | Self::AlarmChanged { .. }
            | Self::ClockChanged { .. }
            | Self::TimingLoop { .. }
            | Self::SpanLooped { .. }
            | Self::EngineFailed { .. }
            | Self::Overflow { .. } => None,
        }
    }

    /// The operation that it ends.
    pub(crate) const fn operation_over(&self) -> Option<Handle> {
        match self {
            Self::PlayDone { operation, .. }
            | Self::CollectDone { operation, .. }
            | Self::RecordDone { operation, .. }
            | Self::StreamDone { operation, .. } => Some(*operation),
            _ => None,
        }
    }

    /// Whose state this tells, if a newer state takes its place.
    pub(crate) const fn state_of(&self) -> Option<StateOf> {
        match self {
            Self::SpanDefects { span, .. } => Some(StateOf::Defects(*span)),
            Self::GroupBusy { group, .. } => Some(StateOf::Group(*group)),
            Self::FramesReceived { span, .. } => Some(StateOf::Frames(*span)),
            Self::FramesSendable { span, .. } => Some(StateOf::FrameRoom(*span)),
            Self::BitsReceived { channel, .. } => Some(StateOf::Bits(*channel)),
            Self::RecordSegment { operation, .. } => Some(StateOf::Segment(*operation)),
            Self::BridgeModerated { bridge, .. } => Some(StateOf::Moderated(*bridge)),
            Self::AlarmChanged { alarm, .. } => Some(StateOf::Alarm(alarm.kind, alarm.object, alarm.place)),
            Self::StreamReady { operation, .. } => Some(StateOf::Stream(*operation)),
            Self::SpanFailed { span, .. } | Self::SpanRestored { span } => Some(StateOf::Failure(*span)),
            Self::ClockChanged { .. } => Some(StateOf::Clock),
            Self::TimingLoop { span } => Some(StateOf::TimingLoop(*span)),
            Self::SpanLooped { span, .. } => Some(StateOf::Looped(*span)),
            Self::LinkChanged { span, .. } => Some(StateOf::Link(*span)),
            Self::LinkSwitched { primary, .. } => Some(StateOf::LinkInUse(*primary)),
            Self::LinkLooped { span, .. } => Some(StateOf::LinkLoop(*span)),
            Self::CallHold {
                call,
                change: HoldChange::HeldForFarEnd | HoldChange::RetrievedByFarEnd,
                ..
            } => Some(StateOf::HoldByFar(*call)),
            Self::ChannelServiceChanged { channel, .. } => Some(StateOf::Service(*channel)),
            Self::TapCall { info } => Some(StateOf::TapCall(info.call)),
            _ => None,
        }
    }
}
