//! Call progress: the tones that networks, fax machines and modems send, by country, sent and detected.
//!
//! A [`TonePlan`] says what sounds how; from it comes a [`ToneGenerator`](crate::tone::ToneGenerator) for each tone,
//! and a [`ToneSet`], which [`ToneBank`]s listen for. Special information tones, fax and modem tones are the same
//! everywhere and belong to every set.
//!
//! Taken are frequencies within 15 Hz, from −35 dBm0 each, with the times of a cadence within 12 % or 25 ms, whichever
//! is more, noise 15 dB down. A tone that sounds without a break is told after 0.6 s, or when no cadence of the set
//! has so long a sound; a fast cadence and a lone beep of less than 150 ms after two periods, one of less than 80 ms
//! after three, a slow or intricate cadence after one. Two tones of a set that have the same sound and times cannot
//! be told from each other; then none is told. Sounds of less than 80 ms are not told from others within 100 Hz,
//! and up to one in four cadences of them is missed, by where the windows fall.
//!
//! The plans and their sources are in `tones/plans.txt`. The special information tones and the figures of answer
//! tones are confirmed by documents that quote E.180, Bellcore's practice and V.8 (`docs/standards.md`); E.180 and
//! T.30 let 950, 1400, 1800 Hz be off by 50 Hz and 1100 Hz by 38 Hz, of which 15 Hz are taken here.

mod bank;
mod cadence;
mod lane;
mod plan;
mod set;

pub use bank::{ToneBank, ToneDetector};
pub use plan::{PlanError, PlanFault, PlanTone, Step, ToneName, TonePlan};
pub use set::{ToneSet, TooManyTones, universal_tones};

use tandem_types::FrameTime;

/// What a detector reports. Levels take +3.14 dBm0 as full scale, whatever the law of the channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ToneEvent {
    /// A tone is being sent: as much of its cadence has come as tells it from all others.
    Start {
        /// The lane it was heard in.
        lane: usize,
        /// The tone.
        tone: ToneName,
        /// When the part of it began that it was told by.
        at: FrameTime,
        /// When it was certain.
        reported: FrameTime,
    },
    /// The tone reported last on this lane has ended, or its cadence has changed.
    End {
        /// The lane it was heard in.
        lane: usize,
        /// The tone.
        tone: ToneName,
        /// When it began.
        start: FrameTime,
        /// When its last sound ended.
        end: FrameTime,
        /// Level of the tone, both frequencies together.
        dbm0: f32,
        /// By how much the first frequency was off. Not known of special information tones without a class and of CNG,
        /// which may be off by more than can be measured.
        offset_hz: Option<f32>,
    },
}

impl ToneEvent {
    /// The lane it was heard in.
    #[must_use]
    pub const fn lane(&self) -> usize {
        match *self {
            Self::Start { lane, .. } | Self::End { lane, .. } => lane,
        }
    }
}
