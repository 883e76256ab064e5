//! E1, the 2048 kbit/s span: framing (G.704), alignment and CRC-4 (G.706), channel-associated signalling,
//! defects (G.775) and what a terminal does about them (G.732).
//!
//! [`E1Framer`] and [`E1Deframer`] are one direction each; [`E1Terminal`] joins them into the end of a span.

mod alarms;
mod cas;
mod counters;
mod crc4;
mod deframer;
mod framer;
mod multiframe;
mod national;
mod parallel;
mod search;
mod sync_message;
mod terminal;
mod window;

pub use counters::E1Counters;
pub use crc4::Crc4;
pub use deframer::E1Deframer;
pub use framer::{E1Framer, ForbiddenAbcd};
pub use national::NationalBits;
pub use sync_message::SaBit;
pub use terminal::E1Terminal;

/// How a span is framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct E1Config {
    /// Whether there is a CRC-4 multiframe in bit 1 of timeslot 0.
    pub crc4: CrcMode,
    /// Whether timeslot 16 carries the multiframe of channel-associated signalling.
    pub cas: bool,
    /// Whether three consecutive errors in bit 2 of the frames without alignment signal lose alignment as
    /// well (G.706 §4.1.1 leaves it open).
    pub nfas_loss: bool,
}

/// Use of CRC-4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrcMode {
    /// Not sent, not looked for.
    Off,
    /// Sent and demanded: alignment without a CRC-4 multiframe is held to be an imitation.
    On,
    /// Sent, and used if the far end sends it too (G.706 Annex B).
    #[default]
    Auto,
}

/// A half of the CRC-4 multiframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Smf {
    /// Frames 0 to 7; reported by E1, in frame 13.
    I,
    /// Frames 8 to 15; reported by E2, in frame 15.
    II,
}

/// Bits 2–8 of timeslot 0 in frames with the alignment signal (G.704 §2.3.2).
const FAS: u8 = 0b001_1011;
/// Bit 2 of timeslot 0, which is 1 in the frames without it.
const NFAS_BIT: u8 = 0b0100_0000;
/// Bit A of those frames: remote alarm indication.
const A_BIT: u8 = 0b0010_0000;
/// Bit 1 of timeslot 0.
const SI_BIT: u8 = 0b1000_0000;
/// Sa4 to Sa8.
const SA_BITS: u8 = 0b0001_1111;
/// The timeslot of channel-associated signalling.
const SIGNALLING_SLOT: usize = 16;
/// Bit y of timeslot 16 in frame 0 (G.704 §5.1.3.2): remote alarm of the signalling multiframe.
const Y_BIT: u8 = 0b0000_0100;
/// G.706 §4.1.1: three consecutive incorrect frame alignment signals lose alignment.
const BAD_FAS_LIMIT: u8 = 3;

/// Whether bits 2–8 of timeslot 0 are the frame alignment signal.
const fn is_fas(ts0: u8) -> bool {
    ts0 & !SI_BIT == FAS
}
