//! Everything that crosses between control and media, in both directions, in one place.
//!
//! Small messages go by value. What media has to keep goes in a box that control made, and comes back in a
//! [`Returned`] when media no longer needs it. The ring for returns has room for every box that is out.
use crate::proc::{
    AnalystProc, BridgeProc, ConcealProc, EchoProc, HiderProc, LineTestProc, PlayerProc, ShaperProc, TapProc,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_dsp::activity::ActivityOptions;
use tandem_dsp::analysis::AnalysisEvent;
use tandem_dsp::echo::EchoOptions;
use tandem_dsp::leveller::LevelOptions;
use tandem_dsp::mf::MfSignal;
use tandem_dsp::mix::Gain;
use tandem_dsp::progress::{ToneName, ToneSet};
use tandem_dsp::reminder::ReminderTone;
use tandem_rt::{Consumer, Producer};
use tandem_types::{Abcd, Bearer, Defects, Digit, FrameTime, Law, LostFrames, SpanIndex, Timeslot};

/// A timeslot of a span: one channel, both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlotId {
    /// The span.
    pub span: SpanIndex,
    /// The timeslot.
    pub slot: Timeslot,
}

/// A player in use; the number is free again when its box has come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlayerId(pub u32);

/// A tap in use; the number is free again when its box has come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TapId(pub u32);

/// A bridge in use; the number is free again when its box has come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BridgeId(pub u32);

/// A line test in use; the number is free again when its box has come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestId(pub u32);

/// A tone of a test line, at 0 dBm0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestTone {
    /// The digital milliwatt: the eight octets of 1 kHz that G.711 gives in its tables 5 and 6.
    Milliwatt,
    /// 1004 Hz, which is no part of the sampling rate.
    Tone1004,
}

/// What a transmit slot hears. The listener picks; a source may be heard by any number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// Nobody: the idle octet of the span's law.
    #[default]
    Idle,
    /// What this slot receives.
    Slot(SlotId),
    /// What this slot sends, but for what is said to it alone; it hears no other slot so itself.
    Sent {
        /// The slot.
        slot: SlotId,
        /// What it receives as well.
        with_received: bool,
    },
    /// A prompt.
    Player(PlayerId),
    /// All other parties of this bridge.
    Bridge(BridgeId),
    /// A tone of a test line.
    Tone(TestTone),
    /// The pattern of a line test.
    Test(TestId),
}

/// Who of a bridge hears one of its parties. Each party hears all those that are heard by all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// All others.
    #[default]
    All,
    /// This one alone, if it is a party too.
    One(SlotId),
    /// Nobody.
    Nobody,
}

/// How a slot takes part in a bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Who hears it.
    pub audience: Audience,
    /// By what it is multiplied before.
    pub gain: Gain,
}

impl Source {
    /// The slot that is heard, on whichever side.
    pub(crate) const fn slot(self) -> Option<SlotId> {
        match self {
            Self::Slot(slot) | Self::Sent { slot, .. } => Some(slot),
            Self::Idle | Self::Player(_) | Self::Bridge(_) | Self::Tone(_) | Self::Test(_) => None,
        }
    }
}

impl Voice {
    /// Heard by all as it is.
    pub const FULL: Self = Self { audience: Audience::All, gain: Gain::UNITY };

    /// Who hears it indeed: of one that is muted nobody does.
    pub(crate) fn heard_by(&self) -> Audience {
        if self.gain == Gain::MUTE { Audience::Nobody } else { self.audience }
    }
}

/// Detectors that listen to a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detectors(u8);

impl Detectors {
    /// None.
    pub const NONE: Self = Self(0);
    /// DTMF digits.
    pub const DIGITS: Self = Self(1);
    /// Call progress tones, special information tones, tones of fax machines and modems.
    pub const TONES: Self = Self(2);
    /// R1 register signals.
    pub const R1: Self = Self(4);
    /// R2 forward register signals.
    pub const R2_FORWARD: Self = Self(8);
    /// R2 backward register signals.
    pub const R2_BACKWARD: Self = Self(16);
    /// Line signals in the speech band.
    pub const LINE: Self = Self(32);
    /// Caller identification by FSK.
    pub const CALLER_ID: Self = Self(64);
    /// Voices.
    pub const VOICE: Self = Self(128);
    /// All.
    pub const ALL: Self = Self(255);

    /// Whether all of these are among them.
    #[must_use]
    pub const fn contains(self, these: Self) -> bool {
        self.0 & these.0 == these.0
    }

    /// These as well.
    #[must_use]
    pub const fn with(self, these: Self) -> Self {
        Self(self.0 | these.0)
    }
}

/// One change to the routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// From now on `sink` hears `source`, for a call with this bearer.
    Listen {
        /// The transmit slot.
        sink: SlotId,
        /// What it hears.
        source: Source,
        /// Decides what may be done to the octets.
        bearer: Bearer,
    },
    /// A slot becomes a party of a bridge and of no other, or is one in another way from now on.
    Enter {
        /// The slot.
        slot: SlotId,
        /// The bridge.
        bridge: BridgeId,
        /// Who hears what it receives.
        voice: Voice,
    },
    /// A slot is no party of the bridge any more.
    Leave {
        /// The slot.
        slot: SlotId,
        /// The bridge.
        bridge: BridgeId,
    },
    /// What the line carries on `slot` is coded by this law, whatever that of its span: it is converted on its way in and out.
    /// Not for data.
    Code {
        /// The slot.
        slot: SlotId,
        /// The law.
        law: Law,
    },
    /// What `slot` receives is heard by these detectors, and no others. Those that the span was not made with are passed
    /// over.
    Detect {
        /// The receive slot.
        slot: SlotId,
        /// The detectors.
        detectors: Detectors,
    },
}

/// Changes that take effect together, on one frame.
#[derive(Debug)]
pub struct Batch {
    pub(crate) changes: Vec<Change>,
}

/// One step of a line signal: these bits, for at least so many frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineStep {
    /// The bits to send.
    pub bits: Abcd,
    /// The least number of frames before a later step may follow.
    pub frames: u32,
}

/// A line signal of up to eight steps. The last step is held until another signal follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineScript {
    steps: [LineStep; 8],
    length: u8,
}

impl LineScript {
    /// A script of these steps; `None` when there are more than eight.
    #[must_use]
    pub fn new(steps: &[LineStep]) -> Option<Self> {
        let mut script = Self { length: steps.len().try_into().ok()?, ..Self::default() };
        script.steps.get_mut(..steps.len())?.copy_from_slice(steps);
        Some(script)
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[LineStep] {
        &self.steps[..usize::from(self.length)]
    }
}

/// How the echo of a slot is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoSetup {
    /// How late the last of the echo comes.
    pub tail: EchoTail,
    /// What is done besides cancelling.
    pub options: EchoOptions,
}

/// Lengths of echo cancellers: of the echo path, its delay included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EchoTail {
    /// 16 ms, 128 taps.
    Ms16,
    /// 32 ms, 256 taps.
    Ms32,
    /// 64 ms, 512 taps.
    Ms64,
    /// 128 ms, 1024 taps.
    Ms128,
}

/// What of the listener ends a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BargeIn {
    /// The slot on which the listener is heard.
    pub slot: SlotId,
    /// A digit does.
    pub digit: bool,
    /// A voice does.
    pub voice: bool,
}

/// The levels of a slot, and what is put on top of what it hears; `None` for as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shape {
    /// Of what others hear of it.
    pub received: Option<LevelOptions>,
    /// Of what it hears.
    pub sent: Option<LevelOptions>,
    /// A tone that it hears again and again on top of it.
    pub reminder: Option<ReminderTone>,
}

/// What the two tones of a digit were like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DigitTones {
    /// Level of the low-group tone.
    pub low_dbm0: f32,
    /// Level of the high-group tone.
    pub high_dbm0: f32,
    /// By how much the low-group tone was off its frequency.
    pub low_offset_hz: f32,
    /// The same of the high-group tone.
    pub high_offset_hz: f32,
}

/// The tones that spans listen for, one set for each span that there may come to be; on its way back, those before.
#[derive(Debug)]
pub struct TonesHeard {
    pub(crate) sets: Vec<Arc<ToneSet>>,
}

/// Control to media.
#[derive(Debug)]
pub enum ToMedia {
    /// Changes the routes at the start of the next tick.
    Apply(Box<Batch>),
    /// Starts a player; its ring is already filled.
    StartPlayer(Box<PlayerProc>),
    /// Ends a player early; it answers with [`FromMedia::PlayerEnded`] if it had not ended yet.
    StopPlayer(PlayerId),
    /// Takes a player out; routes to it turn to idle and the box comes back.
    RemovePlayer(PlayerId),
    /// Starts a tap.
    StartTap(Box<TapProc>),
    /// Flushes a tap and takes it out; the box comes back.
    StopTap(TapId),
    /// Lets a tap keep nothing of what passes, or all again.
    RestTap {
        /// The tap.
        id: TapId,
        /// Whether it rests.
        on: bool,
    },
    /// Conceals what a slot did not receive; a box that did it before comes back.
    Conceal(Box<ConcealProc>),
    /// Conceals it no longer; the box comes back.
    PassGaps(SlotId),
    /// Cancels the echo of a slot; a box that did it before comes back.
    CancelEcho(Box<EchoProc>),
    /// Cancels it no longer; the box comes back.
    PassEcho(SlotId),
    /// Shapes the levels of a slot; a box that did it before comes back.
    Shape(Box<ShaperProc>),
    /// Shapes them no longer; the box comes back.
    LeaveUnshaped(SlotId),
    /// Finds out what the call on a slot has come to; a box that did it before comes back.
    Analyse(Box<AnalystProc>),
    /// The call that is analysed was answered.
    AnalysedAnswered(SlotId),
    /// It is analysed no longer; the box comes back.
    EndAnalysis(SlotId),
    /// Hides the digits that a slot receives from whoever hears it, in place of one that does so already.
    HideDigits(Box<HiderProc>),
    /// Hides them no longer; the box comes back.
    ShowDigits(SlotId),
    /// Adds an empty bridge.
    NewBridge(Box<BridgeProc>),
    /// Takes a bridge out; routes to it turn to idle and the box comes back.
    RemoveBridge(BridgeId),
    /// Lets only so many parties of a bridge be heard, the loudest, or all.
    LimitTalkers {
        /// The bridge.
        bridge: BridgeId,
        /// How many.
        most: Option<u8>,
    },
    /// Takes other limits for what counts as a voice on a slot.
    Attend {
        /// The slot.
        slot: SlotId,
        /// The limits.
        options: ActivityOptions,
    },
    /// Has the detectors of tones of all spans listen for others.
    ListenFor(Box<TonesHeard>),
    /// Starts a line test; routes to it follow.
    StartTest(Box<LineTestProc>),
    /// Takes a line test out; routes to it turn to idle and the box comes back.
    RemoveTest(TestId),
    /// All before this has been carried out when [`SwitchProc::mark`](crate::SwitchProc::mark) has come to this number.
    Mark(u64),
    /// Sends a line signal after those already under way on this slot.
    Signal {
        /// The slot whose signalling bits are sent.
        slot: SlotId,
        /// The signal.
        script: LineScript,
    },
}

impl ToMedia {
    /// Whether it brings a box, which comes back.
    pub(crate) const fn is_boxed(&self) -> bool {
        match self {
            Self::Apply(_)
            | Self::StartPlayer(_)
            | Self::StartTap(_)
            | Self::HideDigits(_)
            | Self::Shape(_)
            | Self::Analyse(_)
            | Self::Conceal(_)
            | Self::CancelEcho(_)
            | Self::NewBridge(_)
            | Self::ListenFor(_)
            | Self::StartTest(_) => true,
            Self::StopPlayer(_) | Self::RemovePlayer(_) | Self::StopTap(_) => false,
            Self::ShowDigits(_)
            | Self::LeaveUnshaped(_)
            | Self::PassEcho(_)
            | Self::PassGaps(_)
            | Self::RemoveBridge(_)
            | Self::RemoveTest(_)
            | Self::RestTap { .. } => false,
            Self::AnalysedAnswered(_) | Self::EndAnalysis(_) => false,
            Self::LimitTalkers { .. } | Self::Attend { .. } | Self::Signal { .. } | Self::Mark(_) => false,
        }
    }
}

/// Why a player ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayerEnd {
    /// The prompt was played to its end.
    Finished,
    /// The listener pressed a digit.
    Digit,
    /// The listener spoke.
    Voice,
    /// Control stopped it.
    Stopped,
}

/// Media to control. State (bits, defects) is coalesced when control falls behind: the newest value always
/// arrives. The end of a player waits until there is room. What detectors hear waits in a queue of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FromMedia {
    /// The signalling bits received on a slot changed.
    LineSignal {
        /// The slot.
        slot: SlotId,
        /// The bits now.
        bits: Abcd,
        /// The frame from which they were seen.
        at: FrameTime,
    },
    /// A digit was recognised; the key may still be down.
    DigitStart {
        /// Where it was heard.
        slot: SlotId,
        /// Which.
        digit: Digit,
        /// When it was recognised.
        at: FrameTime,
    },
    /// The key was released.
    DigitEnd {
        /// Where it was heard.
        slot: SlotId,
        /// Which.
        digit: Digit,
        /// When the tone began.
        start: FrameTime,
        /// When it ended.
        end: FrameTime,
        /// What its tones were like.
        tones: DigitTones,
    },
    /// A tone is being sent: as much of its cadence has come as tells it from all others.
    ToneStart {
        /// Where it was heard.
        slot: SlotId,
        /// Which.
        tone: ToneName,
        /// When it was certain.
        at: FrameTime,
    },
    /// The tone has ended.
    ToneEnd {
        /// Where it was heard.
        slot: SlotId,
        /// Which.
        tone: ToneName,
        /// When it began.
        start: FrameTime,
        /// When it ended.
        end: FrameTime,
    },
    /// A register or line signal is being sent.
    SignalStart {
        /// Where it was heard.
        slot: SlotId,
        /// Which.
        signal: MfSignal,
        /// When it was certain.
        at: FrameTime,
    },
    /// The register or line signal has ended.
    SignalEnd {
        /// Where it was heard.
        slot: SlotId,
        /// Which.
        signal: MfSignal,
        /// When it began.
        start: FrameTime,
        /// When it ended.
        end: FrameTime,
    },
    /// Something is known of the call that is analysed on a slot.
    Analysis {
        /// The slot.
        slot: SlotId,
        /// What.
        event: AnalysisEvent,
    },
    /// Somebody talks.
    VoiceStart {
        /// Where.
        slot: SlotId,
        /// Since when.
        start: FrameTime,
        /// When it was certain.
        at: FrameTime,
    },
    /// Whoever talked has been silent for a while.
    VoiceEnd {
        /// Where.
        slot: SlotId,
        /// When the voice began.
        start: FrameTime,
        /// When it was last heard.
        end: FrameTime,
    },
    /// The set of defects of a span changed.
    Defects {
        /// The span.
        span: SpanIndex,
        /// The defects now.
        defects: Defects,
        /// The frame from which they were seen.
        at: FrameTime,
    },
    /// A player ended. It plays silence until it is removed.
    PlayerEnded {
        /// Which.
        player: PlayerId,
        /// Why.
        reason: PlayerEnd,
        /// How many frames of the prompt were played.
        played: u64,
        /// When.
        at: FrameTime,
    },
}

/// Boxes that media no longer needs, to be dropped by control.
#[derive(Debug)]
pub enum Returned {
    /// A batch that has taken effect.
    Batch(Box<Batch>),
    /// A player taken out.
    Player(Box<PlayerProc>),
    /// A tap taken out and flushed.
    Tap(Box<TapProc>),
    /// What hid digits and does so no longer.
    Hider(Box<HiderProc>),
    /// What analysed a call.
    Analyst(Box<AnalystProc>),
    /// What shaped the levels of a slot.
    Shaper(Box<ShaperProc>),
    /// What concealed losses of a slot.
    Concealer(Box<ConcealProc>),
    /// What cancelled the echo of a slot.
    Echo(Box<EchoProc>),
    /// A bridge taken out.
    Bridge(Box<BridgeProc>),
    /// Tones that are listened for no longer.
    Tones(Box<TonesHeard>),
    /// A line test taken out.
    Test(Box<LineTestProc>),
}

/// Frames in a prompt block and in a tap block: 20 ms.
pub const BLOCK_FRAMES: usize = 160;

/// Up to 20 ms of a prompt. A block that is not full ends the prompt.
#[derive(Clone, Copy, Debug)]
pub struct PromptBlock {
    /// Linear samples, of which the first `length` count.
    pub samples: [i16; BLOCK_FRAMES],
    /// How many.
    pub length: u16,
}

/// Up to 20 ms of both directions of a slot, as octets on the highway.
#[derive(Clone, Copy, Debug)]
pub struct TapBlock {
    /// The time of the first frame. A jump from the end of the block before is a gap, but for what `rested`.
    pub start: FrameTime,
    /// Frames between the block before and this one that came while the tap rested; of a rest of days as many as there is
    /// room for.
    pub rested: u32,
    /// How many frames count.
    pub length: u16,
    /// What the slot received.
    pub rx: [u8; BLOCK_FRAMES],
    /// What the slot sent.
    pub tx: [u8; BLOCK_FRAMES],
    /// Frames of what it received that were lost on their way here, concealed or not.
    pub rx_lost: LostFrames,
    /// The same of what it sent, as far as it is what another slot received, and that is heard at once.
    pub tx_lost: LostFrames,
}

/// The end of a tap from which a recorder reads.
#[derive(Debug)]
pub struct TapReader {
    blocks: Consumer<TapBlock>,
    lost: Arc<AtomicU64>,
}

/// The end of a tap into which media writes.
#[derive(Debug)]
pub(crate) struct TapWriter {
    blocks: Producer<TapBlock>,
    /// Frames dropped since the last block that went in.
    lost: Arc<AtomicU64>,
}

/// The two ends of a tap with room for so many blocks.
pub(crate) fn tap(blocks: usize) -> (TapWriter, TapReader) {
    let (writer, reader) = tandem_rt::ring(blocks);
    let lost = Arc::new(AtomicU64::new(0));
    (TapWriter { blocks: writer, lost: Arc::clone(&lost) }, TapReader { blocks: reader, lost })
}

impl TapReader {
    /// The oldest block.
    pub fn pop(&mut self) -> Option<TapBlock> {
        self.blocks.pop()
    }

    /// How many blocks wait.
    #[must_use]
    pub fn blocks_waiting(&self) -> usize {
        self.blocks.len()
    }

    /// Whether the tap has ended: what is in the ring now is all that will come.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.blocks.is_abandoned()
    }

    /// Frames that were dropped after the last block: of a tap that has ended, those missing at its end.
    #[must_use]
    pub fn lost_at_end(&self) -> u64 {
        self.lost.load(Ordering::Acquire)
    }
}

impl TapWriter {
    /// Puts a block in; `false` when it was dropped because the ring is full.
    pub(crate) fn push(&mut self, block: TapBlock) -> bool {
        let pushed = self.blocks.push(block).is_ok();
        let lost = self.lost.load(Ordering::Relaxed);
        if !pushed {
            self.lost.store(lost + u64::from(block.length), Ordering::Release);
        } else if lost > 0 {
            // The reader sees these as a jump in the stamps.
            self.lost.store(0, Ordering::Release);
        }
        pushed
    }
}
