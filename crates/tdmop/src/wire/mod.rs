//! The packets of SAToP, CESoPSN and TDMoE: octets to meaning and back. No input or output, no allocation, no panic on any
//! octets; what cannot be a packet of the format that is configured is refused by reason.
//!
//! Sizes are configured, never learnt: a packet holds as many octets of the span as both ends have agreed, or none.

mod cesopsn;
mod control_word;
mod pseudowire;
mod refusal;
mod rtp;
mod satop;
mod tdmoe;

pub use cesopsn::Cesopsn;
pub use control_word::ControlWord;
pub use refusal::{Refusal, Refusals};
pub use rtp::{Rtp, RtpHeader};
pub use satop::Satop;
pub use tdmoe::Tdmoe;

/// The longest packet of any format: what Ethernet carries behind the headers of IPv4 and UDP.
pub const LONGEST: usize = 1472;

/// What a packet says, whatever its format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Counts packets, and begins anew after 65535.
    pub sequence: u16,
    /// What is wrong at the end that sent it.
    pub conditions: Conditions,
    /// The time at its sender in the units of [`Rtp`], where there is an RTP header; 0 without one.
    pub timestamp: u32,
    /// Who sent it, where the format says so: the SSRC of the RTP header, the subaddress of TDMoE.
    pub source: Option<u32>,
    /// The octets of the span in the order of the format, or none.
    pub data: &'a [u8],
    /// The signalling bits in the form of the format, or none.
    pub signalling: &'a [u8],
}

/// What is wrong at the end that sent a packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The data mean nothing, because the sender's own line has failed (bit L).
    pub local_fault: bool,
    /// The sender gets no packets from us (bit R).
    pub remote_loss: bool,
    /// The far end of the sender's line reports a remote alarm (bits M of CESoPSN); the yellow alarm of TDMoE.
    pub remote_defect: bool,
}

/// How the packets of a span are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The bits of a span, framing and all.
    Satop(Satop),
    /// Chosen timeslots.
    Cesopsn(Cesopsn),
    /// The channels of a DAHDI dynamic span.
    Tdmoe(Tdmoe),
}

impl Format {
    /// Reads a packet.
    pub fn parse<'a>(&self, octets: &'a [u8]) -> Result<Packet<'a>, Refusal> {
        match self {
            Self::Satop(format) => format.parse(octets),
            Self::Cesopsn(format) => format.parse(octets),
            Self::Tdmoe(format) => format.parse(octets),
        }
    }

    /// Writes a packet to the front of `out` and says how long it is; `None` when there is no room, or `data` or
    /// `signalling` are not as long as configured.
    pub fn emit(&self, packet: &Packet<'_>, out: &mut [u8]) -> Option<usize> {
        match self {
            Self::Satop(format) => format.emit(packet, out),
            Self::Cesopsn(format) => format.emit(packet, out),
            Self::Tdmoe(format) => format.emit(packet, out),
        }
    }

    /// Octets of the span in a packet.
    #[must_use]
    pub const fn data_octets(&self) -> usize {
        match self {
            Self::Satop(format) => format.data_octets(),
            Self::Cesopsn(format) => format.data_octets(),
            Self::Tdmoe(format) => format.data_octets(),
        }
    }

    /// Octets of signalling in a packet.
    #[must_use]
    pub const fn signalling_octets(&self) -> usize {
        match self {
            Self::Satop(_) => 0,
            Self::Cesopsn(format) => format.signalling_octets(),
            Self::Tdmoe(format) => format.signalling_octets(),
        }
    }
}

/// Takes the first `N` octets off.
fn take<const N: usize>(octets: &[u8]) -> Option<([u8; N], &[u8])> {
    octets.split_first_chunk().map(|(first, rest)| (*first, rest))
}

/// Appends to `out` from `at` on and moves `at` behind it.
fn put(out: &mut [u8], at: &mut usize, octets: &[u8]) -> Option<()> {
    let end = at.checked_add(octets.len())?;
    out.get_mut(*at..end)?.copy_from_slice(octets);
    *at = end;
    Some(())
}
