//! Caller identification and other display services as frequency-shift keying: sent, and heard on the lanes of a
//! span.
//!
//! Bell 202 and V.23 differ in their frequencies only, 1200 bit/s both, and one receiver takes either. A transmission
//! is a channel seizure of 300 alternating bits (none where the called party has answered), a mark, and a message in
//! octets of ten bits, ended by a checksum. Which message comes when, and what alerts the receiver, is the business
//! of line signalling.

mod bank;
mod message;
mod modulator;
mod receiver;
mod sender;

pub use bank::{CallerIdBank, CallerIdDetector};
pub use message::{
    Absence, DateTime, Identity, Message, MessageError, MessageKind, Parameter, ParameterKind,
};
pub use modulator::Modulator;
pub use sender::{CallerIdGenerator, CallerIdSender};

use tandem_types::FrameTime;

/// Frequencies and speed of a modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keying {
    /// 1200 Hz is 1, 2200 Hz is 0, 1200 bit/s.
    Bell202,
    /// 1300 Hz is 1, 2100 Hz is 0, 1200 bit/s (V.23, mode 2).
    V23,
    /// 1650 Hz is 1, 1850 Hz is 0, 300 bit/s (V.21, channel 2): for sending only.
    V21Channel2,
}

impl Keying {
    /// The frequency of a 1.
    #[must_use]
    pub const fn mark_hz(self) -> f32 {
        match self {
            Self::Bell202 => 1200.0,
            Self::V23 => 1300.0,
            Self::V21Channel2 => 1650.0,
        }
    }

    /// The frequency of a 0.
    #[must_use]
    pub const fn space_hz(self) -> f32 {
        match self {
            Self::Bell202 => 2200.0,
            Self::V23 => 2100.0,
            Self::V21Channel2 => 1850.0,
        }
    }

    /// Bits a second.
    #[must_use]
    pub const fn bit_rate(self) -> u32 {
        match self {
            Self::Bell202 | Self::V23 => 1200,
            Self::V21Channel2 => 300,
        }
    }
}

/// A transmission that has ended. Levels take +3.14 dBm0 as full scale, whatever the law of the channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CallerIdEvent {
    /// The lane it was heard in.
    pub lane: usize,
    /// When the channel seizure or, without one, the mark began, within some 10 ms.
    pub start: FrameTime,
    /// When its last bit ended, within a bit.
    pub end: FrameTime,
    /// The keying, as its mark tells.
    pub keying: Keying,
    /// Level of the mark and of the space frequency, within some 1 dB.
    pub dbm0: [f32; 2],
    /// The frequency of the mark, within some 3 Hz.
    pub mark_hz: f32,
    /// The message, or why there is none. Faults are told where a channel seizure shows that a message was meant.
    pub message: Result<Message, Fault>,
}

/// Why a transmission brought no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It broke off, or an octet had no stop bit.
    CutShort,
    /// All of it came, and it is no message.
    Message(MessageError),
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::CutShort => write!(f, "cut short"),
            Self::Message(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Fault {}
