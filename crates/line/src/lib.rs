//! Bits to meaning on a trunk span: line codes, E1, T1 and J1 framing, CRC, CAS bits, slips and alarms.
//!
//! Nothing here allocates, reads a clock or panics on any input, so all of it may be called from the media
//! thread. Words of bits are 64 wide, the first bit on the line in the most significant place; an E1 frame is
//! 256 bits or 32 octets, the same way round, and a T1 frame 193 bits. The standards are G.703 (line codes),
//! G.704 and G.706 (framing), G.732 (what equipment does about alarms) and G.775 (loss of signal and AIS); for
//! T1 also T1.403 and T1.231, for J1 JT-G.704 and JT-G.706.
#![no_std]
#![forbid(unsafe_code)]

pub mod bert;
mod bits;
pub mod clock;
pub mod e1;
mod event;
pub mod hdlc;
pub mod linecode;
pub mod los;
pub mod pm;
pub mod slip;
mod stream;
pub mod t1;
mod terminal;

pub use bits::{FRAME_BITS, FRAME_OCTETS, FrameWords, frame_from_words, frame_to_words};
pub use e1::{CrcMode, E1Config, E1Counters, E1Deframer, E1Framer, E1Terminal, ForbiddenAbcd, Smf};
pub use event::{DeframerSink, LineEvent};
pub use linecode::{CodeReport, Decoder, Encoder, LineCode, Symbols};
pub use los::LosDetector;
pub use slip::{ElasticStore, Slip};
pub use stream::{Packer, Unpacker};
pub use t1::{T1Config, T1Counters, T1Deframer, T1Framer, T1Framing, T1Terminal};
pub use terminal::{FrameError, Framing, LineCounters, Terminal};
