//! Signals of one or two tones between exchanges: R1 and R2 registers, and line signals in the speech band.
//!
//! Not here: what the signals mean, and when they may come. A compelled procedure needs their beginnings and
//! ends as soon as they are certain, and gets them within 30 ms.

mod bank;
mod generator;
mod lane;
mod system;

pub use bank::{MfBank, MfDetector};
pub use generator::{MfGenerator, MfSender};
pub use system::{MfSignal, MfSystem};

use tandem_types::FrameTime;

/// What a detector reports. Levels take +3.14 dBm0 as full scale, whatever the law of the channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MfEvent {
    /// A signal is being sent: it has lasted long enough, and it is one.
    Start {
        /// The lane it was heard in.
        lane: usize,
        /// The signal.
        signal: MfSignal,
        /// When it began, within 2 ms on a clean line, of one in 100 within 3.
        at: FrameTime,
        /// When it was certain: 21 to 32 ms later.
        reported: FrameTime,
    },
    /// The signal reported last on this lane has ended.
    End {
        /// The lane it was heard in.
        lane: usize,
        /// The signal.
        signal: MfSignal,
        /// When it began.
        start: FrameTime,
        /// When it ended, as exact.
        end: FrameTime,
        /// Level of each tone, the lower one first; of a single tone, twice the same.
        dbm0: [f32; 2],
        /// By how much each tone was off its nominal frequency, within about 3 Hz.
        offset_hz: [f32; 2],
    },
}

impl MfEvent {
    /// The lane it was heard in.
    #[must_use]
    pub const fn lane(&self) -> usize {
        match *self {
            Self::Start { lane, .. } | Self::End { lane, .. } => lane,
        }
    }
}
