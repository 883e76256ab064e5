//! What an analyser tells: classes, reasons, events.

use core::fmt;
use core::ops::{BitOr, BitOrAssign};

use tandem_types::{FrameTime, Frames};

use crate::progress::ToneName;

/// What a call has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Dial tone: the network takes digits, and has not placed the call.
    DialTone,
    /// The called party is busy.
    Busy,
    /// The network is.
    Congestion,
    /// The number is not in use.
    Vacant,
    /// A special information tone of no class (E.180).
    Special,
    /// Special information tone: the call was intercepted.
    SpecialIntercept,
    /// Special information tone: the number is vacant.
    SpecialVacant,
    /// Special information tone: reorder.
    SpecialReorder,
    /// Special information tone: no circuit.
    SpecialNoCircuit,
    /// A fax machine.
    Fax,
    /// A modem, or a fax machine that answers like one (V.8).
    Modem,
    /// A person.
    Human,
    /// An answering machine, or a recorded announcement after the answer.
    Machine,
    /// Music: before the answer in place of ring-back, until the time was over.
    Music,
    /// Speech before the answer.
    Announcement,
    /// Answered, and nobody speaks.
    Silence,
    /// Not answered.
    NoAnswer,
    /// There was something, and not enough of anything.
    Unknown,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::DialTone,
        Self::Busy,
        Self::Congestion,
        Self::Vacant,
        Self::Special,
        Self::SpecialIntercept,
        Self::SpecialVacant,
        Self::SpecialReorder,
        Self::SpecialNoCircuit,
        Self::Fax,
        Self::Modem,
        Self::Human,
        Self::Machine,
        Self::Music,
        Self::Announcement,
        Self::Silence,
        Self::NoAnswer,
        Self::Unknown,
    ];

    /// How tools write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DialTone => "dial-tone",
            Self::Busy => "busy",
            Self::Congestion => "congestion",
            Self::Vacant => "vacant",
            Self::Special => "sit",
            Self::SpecialIntercept => "sit-intercept",
            Self::SpecialVacant => "sit-vacant",
            Self::SpecialReorder => "sit-reorder",
            Self::SpecialNoCircuit => "sit-no-circuit",
            Self::Fax => "fax",
            Self::Modem => "modem",
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Music => "music",
            Self::Announcement => "announcement",
            Self::Silence => "silence",
            Self::NoAnswer => "no-answer",
            Self::Unknown => "unknown",
        }
    }

    /// What a tone says of a call, if it says it by itself.
    pub(super) const fn of_tone(name: ToneName) -> Option<Self> {
        Some(match name {
            ToneName::SpecialDial => Self::DialTone,
            ToneName::Busy => Self::Busy,
            ToneName::Congestion => Self::Congestion,
            ToneName::Vacant => Self::Vacant,
            ToneName::Sit => Self::Special,
            ToneName::SitIntercept => Self::SpecialIntercept,
            ToneName::SitVacant => Self::SpecialVacant,
            ToneName::SitReorder => Self::SpecialReorder,
            ToneName::SitNoCircuit => Self::SpecialNoCircuit,
            ToneName::Cng | ToneName::V21 => Self::Fax,
            ToneName::AnsPr | ToneName::AnsAm | ToneName::AnsAmPr => Self::Modem,
            ToneName::Dial
            | ToneName::Ringing
            | ToneName::Waiting
            | ToneName::Confirmation
            | ToneName::Howler
            | ToneName::User(_)
            | ToneName::Ans => return None,
        })
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why: a set of reasons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reasons(pub u16);

impl Reasons {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// A tone says so.
    pub const TONE: Self = Self(1);
    /// The signalling told of an answer before.
    pub const ANSWERED: Self = Self(1 << 1);
    /// It was heard before the answer.
    pub const EARLY_MEDIA: Self = Self(1 << 2);
    /// Sound whose level and colour change as those of speech do.
    pub const SPEECH: Self = Self(1 << 3);
    /// Sound that lasts without pauses and changes little.
    pub const MUSIC: Self = Self(1 << 4);
    /// The greeting was short.
    pub const SHORT_GREETING: Self = Self(1 << 5);
    /// The greeting was long, or is.
    pub const LONG_GREETING: Self = Self(1 << 6);
    /// There was silence after the greeting: somebody waits.
    pub const SILENCE_AFTER: Self = Self(1 << 7);
    /// The greeting had several phrases.
    pub const PHRASES: Self = Self(1 << 8);
    /// A beep ended what was said, or came instead of it.
    pub const BEEP: Self = Self(1 << 9);
    /// Nobody spoke.
    pub const NO_SPEECH: Self = Self(1 << 10);
    /// Ring-back tone was heard before.
    pub const RINGING: Self = Self(1 << 11);
    /// The time was over.
    pub const TIME_OUT: Self = Self(1 << 12);

    /// Whether all of some reasons are among them.
    #[must_use]
    pub const fn contains(self, some: Self) -> bool {
        self.0 & some.0 == some.0
    }
}

impl BitOr for Reasons {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Reasons {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The verdict on a call. There is at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What the call has come to.
    pub class: Class,
    /// How sure that is, from 0 to 100. Figures of people and machines are those of `docs/call-progress.md`, where others
    /// may be met elsewhere.
    pub confidence: u8,
    /// Why.
    pub reasons: Reasons,
    /// When that began which it was judged by: the tone, the greeting, the answer after which there was silence.
    pub start: FrameTime,
    /// When it was certain.
    pub decided: FrameTime,
    /// How long the greeting was, or has been until now; 0 without one.
    pub greeting: Frames,
}

/// What is told on the way to a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interim {
    /// Ring-back tone.
    Ringing,
    /// Music in place of it.
    Music,
}

/// What an analyser has found out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AnalysisEvent {
    /// The call goes on. Each is told but once.
    Interim {
        /// What it is.
        what: Interim,
        /// When it began.
        at: FrameTime,
        /// When it was certain.
        reported: FrameTime,
    },
    /// The verdict.
    Verdict(Verdict),
    /// A machine has beeped, and records what it hears now. It may beep again. Levels take +3.14 dBm0 as full scale.
    Beep {
        /// When the beep began, within 10 ms.
        start: FrameTime,
        /// When it ended, within 10 ms.
        end: FrameTime,
        /// When it was certain.
        reported: FrameTime,
        /// Its frequency.
        hz: f32,
        /// Its level.
        dbm0: f32,
    },
}
