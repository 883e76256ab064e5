//! What an exchange has to say for itself and about the switch.
use std::fmt;
use tandem_types::{FrameTime, SpanIndex, Timeslot};

/// The whole of a run, up to the moment it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExchangeReport {
    /// Frames worked.
    pub frames: u64,
    /// What was counted.
    pub totals: Totals,
    /// What the checker found.
    pub check: CheckReport,
    /// Every call, in the order in which they ended, if they are kept; those still in progress follow.
    pub calls: Vec<CallRecord>,
    /// Frames of speech that had been said before: the material was used up so often.
    pub speech_reused: u64,
}

impl ExchangeReport {
    /// Whether every octet that could be checked was explained; of an exchange without a checker, none could.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.check.unexplained == 0
    }
}

/// Counters of the traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls that arrived to be placed.
    pub offered: u64,
    /// Of these, calls that found no free circuit.
    pub blocked: u64,
    /// Calls that the switch placed.
    pub called: u64,
    /// Calls answered, by either end.
    pub answered: u64,
    /// Calls that have ended, answered or not.
    pub cleared: u64,
    /// Of these, calls that the switch ended.
    pub cleared_by_switch: u64,
    /// Calls that gave up waiting for an answer.
    pub no_answer: u64,
    /// Calls that the switch cleared before any answer, where signalling can tell.
    pub refused: u64,
    /// Double seizures.
    pub glare: u64,
    /// Circuits that the switch left off-hook for too long after a release.
    pub late_clears: u64,
    /// Digits sent, those of dialled numbers included.
    pub digits_sent: u64,
    /// Digits heard in numbers that the switch dialled.
    pub digits_heard: u64,
    /// Octets sent in traffic slots.
    pub octets_sent: u64,
    /// Octets heard in traffic slots, aligned or not.
    pub octets_heard: u64,
}

/// What the checker made of every octet heard: the classes and `pending` add up to `octets_heard`. All 0 without
/// a checker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The idle octet, where nothing was to be heard.
    pub idle: u64,
    /// Octets of a prompt.
    pub prompt: u64,
    /// Octets of a conference.
    pub mix: u64,
    /// Octets in which the switch was dialling; they are its own affair.
    pub dialling: u64,
    /// Octets of a conference before the delay between two spans was known.
    pub uncalibrated: u64,
    /// Octets passed over because of a defect.
    pub unchecked: u64,
    /// Octets that nothing explains.
    pub unexplained: u64,
    /// Octets heard so lately that they have not been judged.
    pub pending: u64,
    /// The first of the unexplained octets.
    pub details: Vec<Unexplained>,
    /// The delays found, in frames: from the span that speaks, to the span that listens.
    pub delays: Vec<(SpanIndex, SpanIndex, u32)>,
}

/// An octet that nothing explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// The call on the circuit, if there was one.
    pub call: Option<u64>,
    /// The span.
    pub span: SpanIndex,
    /// The timeslot.
    pub slot: Timeslot,
    /// When it was heard.
    pub frame: FrameTime,
    /// What was to be heard there.
    pub class: HeardClass,
    /// The octet that was to be heard; `None` where silence or another class was due.
    pub expected: Option<u8>,
    /// The octet that was heard.
    pub octet: u8,
}

impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} span {} slot {}: heard {:02x}", self.frame, self.span.0, self.slot, self.octet)?;
        match self.expected {
            Some(octet) => write!(f, ", {} would be {octet:02x}", self.class)?,
            None => write!(f, ", {} is over", self.class)?,
        }
        match self.call {
            Some(call) => write!(f, " (call {call})"),
            None => f.write_str(" (free circuit)"),
        }
    }
}

/// What a circuit may be heard to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeardClass {
    /// The idle octet.
    Idle,
    /// The prompt with this number.
    Prompt(usize),
    /// The conference of this room.
    Mix(usize),
}

impl fmt::Display for HeardClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle => f.write_str("idle"),
            Self::Prompt(number) => write!(f, "prompt {number}"),
            Self::Mix(room) => write!(f, "room {room}"),
        }
    }
}

/// Which end placed a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The exchange.
    ToSwitch,
    /// The switch.
    FromSwitch,
}

/// How a call came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has not ended.
    InProgress,
    /// It was answered and has ended.
    Completed,
    /// Its span failed while it pressed digits, and it hung up.
    Disturbed,
    /// It was not answered in time.
    NoAnswer,
    /// The switch cleared it before the answer.
    Refused,
    /// Both ends seized, and the switch did not give way.
    Glare,
    /// The exchange was told to hang up before the answer.
    Abandoned,
    /// The switch seized and dialled nothing in time.
    NoNumber,
    /// The switch gave up before the answer.
    GivenUpBySwitch,
}

/// Which end went on-hook first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearedBy {
    /// The exchange.
    Exchange,
    /// The switch.
    Switch,
}

/// A digit that a caller pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// The key.
    pub digit: char,
    /// When its tone began.
    pub at: FrameTime,
    /// How many frames it sounded.
    pub frames: u64,
}

/// A stretch of recorded speech as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpeechStretch {
    /// Which of the clips.
    pub clip: usize,
    /// Its first sample in the clip.
    pub offset: usize,
    /// When that was sent.
    pub first_frame: FrameTime,
    /// How many samples were sent, one a frame.
    pub frames: u64,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Its number, from 1, never used again.
    pub id: u64,
    /// Which end placed it.
    pub direction: Direction,
    /// The span.
    pub span: SpanIndex,
    /// The timeslot.
    pub slot: Timeslot,
    /// The number dialled, or heard.
    pub number: String,
    /// The digits pressed after the answer.
    pub digits: Vec<Pressed>,
    /// The room it asked for, once its last digit began; or was called for.
    pub room: Option<usize>,
    /// When the circuit was seized.
    pub seized: FrameTime,
    /// When the answer came, or was given.
    pub answered: Option<FrameTime>,
    /// When the first end went on-hook.
    pub cleared: Option<FrameTime>,
    /// Which end that was.
    pub cleared_by: Option<ClearedBy>,
    /// How it came out.
    pub outcome: Outcome,
    /// What was said.
    pub speech: Vec<SpeechStretch>,
}
