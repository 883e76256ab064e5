//! CESoPSN (RFC 5086): chosen timeslots of whole frames, and with trunk-specific signalling the bits of a multiframe behind
//! them.
//!
//! Basic: the octets of all chosen timeslots frame by frame, in the order of the timeslots. Trunk-specific: a whole multiframe
//! of them, then four bits a timeslot, the first in the upper half of the first octet; an odd number leaves four zeros at
//! the end. Fragments of a multiframe and packets that carry signalling alone are not taken.
use super::{LONGEST, Packet, Refusal, Rtp, RtpHeader, pseudowire};

/// How the packets of a span are made as CESoPSN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cesopsn {
    timeslots: usize,
    frames: usize,
    signalling: bool,
    rtp: Option<Rtp>,
}

impl Cesopsn {
    /// Packets with so many frames of so many timeslots; `None` if there are none of either, or too many.
    #[must_use]
    pub const fn basic(timeslots: usize, frames: usize, rtp: Option<Rtp>) -> Option<Self> {
        Self::new(timeslots, frames, false, rtp)
    }

    /// Packets with an E1 multiframe (16 frames) or a T1 extended superframe (24) and its signalling bits. Of two T1
    /// superframes the bits are A1, B1, A2, B2.
    #[must_use]
    pub const fn trunk(timeslots: usize, frames: usize, rtp: Option<Rtp>) -> Option<Self> {
        if frames != E1_MULTIFRAME && frames != T1_MULTIFRAME {
            return None;
        }
        Self::new(timeslots, frames, true, rtp)
    }

    const fn new(timeslots: usize, frames: usize, signalling: bool, rtp: Option<Rtp>) -> Option<Self> {
        if timeslots == 0 || timeslots > 31 || frames == 0 || frames > LONGEST {
            return None;
        }
        let format = Self { timeslots, frames, signalling, rtp };
        let headers = RtpHeader::OCTETS + pseudowire::WORD_OCTETS;
        if headers + format.data_octets() + format.signalling_octets() > LONGEST {
            return None;
        }
        Some(format)
    }

    /// Timeslots in a packet.
    #[must_use]
    pub const fn timeslots(&self) -> usize {
        self.timeslots
    }

    /// Frames in a packet.
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.frames
    }

    /// Octets of timeslots in a packet.
    #[must_use]
    pub const fn data_octets(&self) -> usize {
        self.timeslots * self.frames
    }

    /// Octets of signalling in a packet.
    #[must_use]
    pub const fn signalling_octets(&self) -> usize {
        if self.signalling { self.timeslots.div_ceil(2) } else { 0 }
    }

    /// Reads a packet.
    pub fn parse<'a>(&self, octets: &'a [u8]) -> Result<Packet<'a>, Refusal> {
        let parts = pseudowire::parse(octets, self.rtp)?;
        let remote_defect = match (parts.word.local_fault, parts.word.modifier) {
            (false, SIGNALLING) => return Err(Refusal::SignallingOnly),
            (false | true, NORMAL) => false,
            (false, REMOTE_DEFECT) => true,
            _ => return Err(Refusal::Modifier),
        };
        if parts.word.fragment != 0 {
            return Err(Refusal::Fragment);
        }
        let (data, signalling) = if parts.payload.is_empty() && parts.word.local_fault {
            (parts.payload, parts.payload)
        } else if parts.payload.len() == self.data_octets() + self.signalling_octets() {
            parts.payload.split_at(self.data_octets())
        } else {
            return Err(Refusal::Payload);
        };
        let mut packet = pseudowire::packet(&parts, data, signalling);
        packet.conditions.remote_defect = remote_defect;
        Ok(packet)
    }

    /// Writes a packet; see [`super::Format::emit`]. A fault of our own line goes before a remote defect, which has no
    /// place beside it.
    pub fn emit(&self, packet: &Packet<'_>, out: &mut [u8]) -> Option<usize> {
        let all =
            packet.data.len() == self.data_octets() && packet.signalling.len() == self.signalling_octets();
        let left_out = packet.data.is_empty() && packet.signalling.is_empty();
        if !(all || left_out && packet.conditions.local_fault) {
            return None;
        }
        let modifier = match packet.conditions {
            super::Conditions { local_fault: false, remote_defect: true, .. } => REMOTE_DEFECT,
            _ => NORMAL,
        };
        pseudowire::emit(packet, modifier, self.rtp, out)
    }
}

/// RFC 5086 §4.3: what M means.
const NORMAL: u8 = 0b00;
const REMOTE_DEFECT: u8 = 0b10;
const SIGNALLING: u8 = 0b11;
const E1_MULTIFRAME: usize = 16;
const T1_MULTIFRAME: usize = 24;
