//! T1 and J1, the 1544 kbit/s span: framing (G.704, T1.403), alignment and CRC-6 (G.706), robbed-bit signalling,
//! defects (T1.231) and what a terminal does about them.
//!
//! A frame on the line is an F bit and 24 octets, 193 bits; here it is the first 193 places of four words
//! ([`FrameWords`](crate::FrameWords)), and what stands behind them is not looked at. To its owner a frame is
//! a row of 32 octets like that of an E1: timeslot n is octet n, 1 to 24, and the others are padding.
//! [`T1Framer`] and [`T1Deframer`] are one direction each; [`T1Terminal`] joins them into the end of a span.
//! `link/` has the messages of the data link, `loop_codes.rs` and `ais_ci.rs` what else an end tells the other.

mod ais_ci;
mod alarms;
mod bom;
mod counters;
mod crc6;
mod deframer;
mod frame;
mod framer;
mod link;
mod loop_codes;
mod loops;
mod maintenance;
mod monitor;
mod prm;
mod search;
mod signalling;
mod terminal;

pub use ais_ci::{AisCiDetector, AisCiGenerator};
pub use bom::{Bom, BomChange, BomCode, BomDetector, BomThreshold, SyncQuality};
pub use counters::T1Counters;
pub use crc6::Crc6;
pub use deframer::T1Deframer;
pub use frame::{T1_FRAME_BITS, T1_PADDING, T1_TIMESLOTS};
pub use framer::T1Framer;
pub use link::{LINK_FRAME_OCTETS, LinkEvent, LinkReceiver, LinkSender, SendFrameError};
pub use loop_codes::{LoopCode, LoopCodeDetector, LoopCodeFraming, LoopCodeGenerator};
pub use loops::{InBandCode, LoopControl, LoopHearing, T1Loop};
pub use maintenance::MaintenanceEvent;
pub use prm::{
    CrcErrors, FarEndSeconds, PRM_OCTETS, Prm, PrmCounts, PrmError, PrmReporter, PrmSecond, PrmSource,
    PrmTracker,
};
pub use terminal::T1Terminal;

/// How a span is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct T1Config {
    /// What the F bits mean.
    pub framing: T1Framing,
    /// Whether the channels give their last bit in every sixth frame to signalling (robbed-bit signalling).
    pub cas: bool,
}

/// The meaning of the F bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum T1Framing {
    /// Superframe of 12 frames (SF, D4): all F bits are framing bits. Signalling bits A and B; the remote
    /// alarm is bit 2 of all channels at 0.
    Sf,
    /// Extended superframe of 24 frames (ESF): every fourth F bit is a framing bit, and there are a CRC-6 and
    /// a data link, which carries the remote alarm. Signalling bits A, B, C and D.
    #[default]
    Esf,
    /// The same as Japan has it (J1): the CRC-6 covers the F bits too, and the remote alarm is ones.
    J1Esf,
    /// The superframe of 12 as Japan has it (J1): the F bit of frame 12 is the remote alarm, and no framing bit.
    J1Sf,
}

/// What the F bit of a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FBit {
    /// Frame alignment, with this value.
    Framing(bool),
    DataLink,
    Crc,
    /// The remote alarm.
    Alarm,
}

impl T1Framing {
    /// Frames in a superframe.
    #[must_use]
    pub const fn superframe(self) -> u8 {
        match self {
            Self::Sf | Self::J1Sf => 12,
            Self::Esf | Self::J1Esf => 24,
        }
    }

    /// Whether there are a CRC-6 and a data link.
    #[must_use]
    pub const fn is_extended(self) -> bool {
        matches!(self, Self::Esf | Self::J1Esf)
    }

    /// What the F bit of a frame is for, the frames of a superframe counted from 0.
    const fn f_bit(self, number: u8) -> FBit {
        match self {
            Self::J1Sf if number % 12 == 11 => FBit::Alarm,
            Self::Sf | Self::J1Sf => FBit::Framing((SF_BITS >> (11 - number % 12)) & 1 != 0),
            _ if number & 1 == 0 => FBit::DataLink,
            _ if number & 3 == 1 => FBit::Crc,
            _ => FBit::Framing((ESF_BITS >> (5 - number % 24 / 4)) & 1 != 0),
        }
    }

    /// Which signalling bit, A being 0, a frame carries.
    const fn signalling_bit(self, number: u8) -> Option<usize> {
        let length = self.superframe();
        match number % length {
            5 => Some(0),
            11 => Some(1),
            17 => Some(2),
            23 => Some(3),
            _ => None,
        }
    }

    /// The number of the frame `back` frames before another; `back` is at most 2.
    const fn before(self, number: u8, back: u8) -> u8 {
        (number + self.superframe() - back) % self.superframe()
    }

    const fn after(self, number: u8) -> u8 {
        (number + 1) % self.superframe()
    }
}

/// F bits of a superframe (G.704 §3.1, T1.403): terminal framing 101010 in the odd frames, signalling framing
/// 001110 in the even ones.
const SF_BITS: u16 = 0b1000_1101_1100;
/// Framing bits of an extended superframe, frames 4, 8, 12, 16, 20 and 24 (G.704 §2.1.3).
const ESF_BITS: u8 = 0b00_1011;
