//! TDMoE: the packets of DAHDI's dynamic Ethernet spans, a millisecond each, behind the Ethertype 0xd00d.
//!
//! Two octets of subaddress; samples a channel (8); flags; a 16-bit counter; a 16-bit number of channels; if the flags say
//! so, the signalling bits, four channels in each 16-bit word, the first channel in the lowest four bits; then eight octets
//! of each channel, channel after channel.
use super::{LONGEST, Packet, Refusal, put, take};

/// How the packets of a span are made as TDMoE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tdmoe {
    subaddress: u16,
    channels: usize,
}

impl Tdmoe {
    /// The Ethertype.
    pub const ETHERTYPE: u16 = 0xd00d;
    /// Octets of each channel in a packet: a millisecond.
    pub const SAMPLES: usize = 8;

    /// Packets of so many channels to a subaddress; `None` if there are no channels or more than 31.
    #[must_use]
    pub const fn new(subaddress: u16, channels: usize) -> Option<Self> {
        if channels == 0 || channels > 31 { None } else { Some(Self { subaddress, channels }) }
    }

    /// The subaddress, which tells the spans between two machines apart.
    #[must_use]
    pub const fn subaddress(&self) -> u16 {
        self.subaddress
    }

    /// Channels in a packet.
    #[must_use]
    pub const fn channels(&self) -> usize {
        self.channels
    }

    /// Octets of channels in a packet.
    #[must_use]
    pub const fn data_octets(&self) -> usize {
        Self::SAMPLES * self.channels
    }

    /// Octets of signalling in a packet.
    #[must_use]
    pub const fn signalling_octets(&self) -> usize {
        2 * self.channels.div_ceil(4)
    }

    /// Reads a packet: what lies in an Ethernet frame behind its type. The shortest frame may have padding.
    pub fn parse<'a>(&self, octets: &'a [u8]) -> Result<Packet<'a>, Refusal> {
        let ([s0, s1, samples, flags, c0, c1, n0, n1], rest) = take(octets).ok_or(Refusal::Short)?;
        if usize::from(samples) != Self::SAMPLES {
            return Err(Refusal::Samples);
        }
        if usize::from(u16::from_be_bytes([n0, n1])) != self.channels {
            return Err(Refusal::Channels);
        }
        let bits = if flags & SIGNALLING == 0 { 0 } else { self.signalling_octets() };
        let (signalling, rest) = rest.split_at_checked(bits).ok_or(Refusal::Payload)?;
        let (data, behind) = rest.split_at_checked(self.data_octets()).ok_or(Refusal::Payload)?;
        if !behind.is_empty() && octets.len() != SHORTEST_FRAME {
            return Err(Refusal::Payload);
        }
        Ok(Packet {
            sequence: u16::from_be_bytes([c0, c1]),
            conditions: super::Conditions { remote_defect: flags & YELLOW != 0, ..Default::default() },
            timestamp: 0,
            source: Some(u16::from_be_bytes([s0, s1]).into()),
            data,
            signalling,
        })
    }

    /// Writes a packet; see [`super::Format::emit`]. There is one alarm, the yellow one, for all that is wrong here; data
    /// cannot be left out, signalling can.
    pub fn emit(&self, packet: &Packet<'_>, out: &mut [u8]) -> Option<usize> {
        let signals = !packet.signalling.is_empty();
        if packet.data.len() != self.data_octets()
            || signals && packet.signalling.len() != self.signalling_octets()
        {
            return None;
        }
        let conditions = packet.conditions;
        let alarm = conditions.local_fault || conditions.remote_loss || conditions.remote_defect;
        let flags = if alarm { YELLOW } else { 0 } | if signals { SIGNALLING } else { 0 };
        let mut at = 0;
        put(out, &mut at, &self.subaddress.to_be_bytes())?;
        put(out, &mut at, &[Self::SAMPLES as u8, flags])?;
        put(out, &mut at, &packet.sequence.to_be_bytes())?;
        put(out, &mut at, &(self.channels as u16).to_be_bytes())?;
        put(out, &mut at, packet.signalling)?;
        put(out, &mut at, packet.data)?;
        Some(at)
    }
}

const YELLOW: u8 = 1 << 0;
const SIGNALLING: u8 = 1 << 1;
/// What an Ethernet frame carries at least; a shorter packet is filled up.
const SHORTEST_FRAME: usize = 46;
const _: () = assert!(8 + 16 + 31 * Tdmoe::SAMPLES <= LONGEST);
