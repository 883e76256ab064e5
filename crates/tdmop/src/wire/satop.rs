//! SAToP (RFC 4553): a fixed number of octets of a bit stream in each packet, whatever frames it may have.
use super::{LONGEST, Packet, Refusal, Rtp, RtpHeader, pseudowire};

/// How the packets of a span are made as SAToP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Satop {
    octets: usize,
    rtp: Option<Rtp>,
}

impl Satop {
    /// Octets of an E1 in a packet unless agreed otherwise (RFC 4553 §5.1): a millisecond.
    pub const E1_OCTETS: usize = 256;
    /// Octets of a T1 in a packet unless agreed otherwise (RFC 4553 §5.1): a little less than a millisecond.
    pub const T1_OCTETS: usize = 192;

    /// Packets with so many octets of the span; `None` if that is none, or too many for a packet.
    #[must_use]
    pub const fn new(octets: usize, rtp: Option<Rtp>) -> Option<Self> {
        if octets == 0 || octets > LONGEST - RtpHeader::OCTETS - pseudowire::WORD_OCTETS {
            return None;
        }
        Some(Self { octets, rtp })
    }

    /// Octets of the span in a packet.
    #[must_use]
    pub const fn data_octets(&self) -> usize {
        self.octets
    }

    /// Reads a packet. The reserved bits and the fragmentation bits are not looked at. A packet whose data mean nothing may
    /// come without any.
    pub fn parse<'a>(&self, octets: &'a [u8]) -> Result<Packet<'a>, Refusal> {
        let parts = pseudowire::parse(octets, self.rtp)?;
        let left_out = parts.payload.is_empty() && parts.word.local_fault;
        if parts.payload.len() != self.octets && !left_out {
            return Err(Refusal::Payload);
        }
        Ok(pseudowire::packet(&parts, parts.payload, &[]))
    }

    /// Writes a packet; see [`super::Format::emit`].
    pub fn emit(&self, packet: &Packet<'_>, out: &mut [u8]) -> Option<usize> {
        let left_out = packet.data.is_empty() && packet.conditions.local_fault;
        if (packet.data.len() != self.octets && !left_out) || !packet.signalling.is_empty() {
            return None;
        }
        pseudowire::emit(packet, 0, self.rtp, out)
    }
}
