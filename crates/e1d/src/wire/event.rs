//! What the daemon tells of a line.
use super::Refusal;

/// What has happened on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The signal is lost, or is back.
    Los(bool),
    /// An alarm indication signal is received, or no longer.
    Ais(bool),
    /// The far end's remote alarm is received, or no longer.
    Rai(bool),
    /// Frame alignment is lost, or found again.
    Lof(bool),
    /// Other national bits are received: Sa4 in bit 4 to Sa8 in bit 0.
    SaBits(u8),
    /// A kind of event that is not known here, 0x48 to 0x7e, whatever it says.
    Unknown(u8),
}

impl Event {
    pub(super) fn parse(kind: u8, payload: &[u8]) -> Result<Self, Refusal> {
        if kind == SA_BITS {
            let [octet] = payload else { return Err(Refusal::Payload) };
            return Ok(Self::SaBits(sa_bits_of(*octet)));
        }
        let event = match (kind & !1, kind & 1 == 0) {
            (LOS, on) => Self::Los(on),
            (AIS, on) => Self::Ais(on),
            (RAI, on) => Self::Rai(on),
            (LOF, on) => Self::Lof(on),
            _ => return Ok(Self::Unknown(kind)),
        };
        if payload.is_empty() { Ok(event) } else { Err(Refusal::Payload) }
    }

    /// Its kind, and what follows the header.
    pub(super) fn to_octets(self) -> (u8, Option<u8>) {
        let alarm = |kind: u8, on: bool| (kind | u8::from(!on), None);
        match self {
            Self::Los(on) => alarm(LOS, on),
            Self::Ais(on) => alarm(AIS, on),
            Self::Rai(on) => alarm(RAI, on),
            Self::Lof(on) => alarm(LOF, on),
            Self::SaBits(bits) => (SA_BITS, Some(sa_octet(bits))),
            Self::Unknown(kind) => (kind, None),
        }
    }
}

/// The octet of national bits: Sa8 and Sa7 in bits 7 and 6, Sa5 and Sa4 in bits 5 and 4, Sa6 in bit 0.
pub(super) const fn sa_octet(bits: u8) -> u8 {
    (bits & 1) << 7 | (bits & 2) << 5 | (bits & 4) >> 2 | (bits & 8) << 2 | (bits & 16)
}

/// The bits of such an octet, Sa4 in bit 4 to Sa8 in bit 0; its other bits say nothing.
pub(super) const fn sa_bits_of(octet: u8) -> u8 {
    octet >> 7 | (octet >> 5 & 2) | (octet & 1) << 2 | (octet >> 2 & 8) | (octet & 16)
}

/// Begins; one more ends.
const LOS: u8 = 0x40;
const AIS: u8 = 0x42;
const RAI: u8 = 0x44;
const LOF: u8 = 0x46;
const SA_BITS: u8 = 0x7f;
