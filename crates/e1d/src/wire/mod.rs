//! The messages on the control socket of osmo-e1d: a header of eight octets, least significant octet first, and what belongs
//! to its kind. A message is a packet of a `SOCK_SEQPACKET` socket, so that none is half a one.
//!
//! [`Message::parse`] and [`Message::emit`] are inverse; whatever cannot be a message is refused with a reason. Nothing
//! allocates.
mod event;
mod information;
mod request;

pub use event::Event;
pub use information::{InterfaceInfo, LineInfo, SlotInfo};
pub use request::{LineMode, Request, Slot, SlotConfig, SlotMode};

use std::fmt;

/// The longest message that either end sends.
pub const LONGEST: usize = 4096;
/// Octets of a header.
pub const HEADER: usize = 8;
/// The longest HDLC frame that a timeslot carries, without its check sequence.
pub const LONGEST_FRAME: usize = 264;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// A client asks.
    Request(Request),
    /// The daemon tells every client what it was not asked.
    Event {
        /// The interface.
        interface: u8,
        /// Its line.
        line: u8,
        /// What has happened there.
        event: Event,
    },
    /// The daemon answers: to which command, and with what. Interface, line and timeslot of the header say nothing here; the
    /// daemon has zeros there.
    Answer {
        /// The command that is answered.
        command: Command,
        /// What is answered: infos one after the other, none where nothing was found.
        payload: &'a [u8],
    },
    /// The daemon could not do what was asked.
    Failure {
        /// The number of the error, 1 to 64.
        errno: u8,
    },
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Command {
    /// Which interfaces there are: an [`InterfaceInfo`] of each.
    Interfaces = 0,
    /// Which lines an interface has: a [`LineInfo`] of each.
    Lines = 1,
    /// How timeslots are used: a [`SlotInfo`] of each.
    Slots = 2,
    /// How a line is to be used; answered by a [`LineInfo`].
    SetLineMode = 3,
    /// A timeslot is to be opened; answered by a [`SlotInfo`] and a descriptor.
    OpenSlot = 4,
    /// The national bits that a line is to send; answered by nothing.
    SetSaBits = 5,
}

impl Command {
    /// The command with this number.
    #[must_use]
    pub const fn of(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Interfaces,
            1 => Self::Lines,
            2 => Self::Slots,
            3 => Self::SetLineMode,
            4 => Self::OpenSlot,
            5 => Self::SetSaBits,
            _ => return None,
        })
    }
}

/// Why octets are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Shorter than a header.
    Short,
    /// It does not begin as every message does, or is of another version of the protocol.
    Magic,
    /// The length that it states is not its length.
    Length,
    /// A kind that there is not.
    Kind,
    /// An interface, line or timeslot is lacking, or is named where it means nothing.
    Place,
    /// What follows the header is not as long as the kind has it.
    Payload,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "short",
            Self::Magic => "magic",
            Self::Length => "length",
            Self::Kind => "kind",
            Self::Place => "place",
            Self::Payload => "payload",
        })
    }
}

impl std::error::Error for Refusal {}

/// Where a message is addressed to; 255 is nowhere.
pub(crate) type Place = [u8; 3];

impl<'a> Message<'a> {
    /// Reads a message, all of it.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Refusal> {
        let (header, payload) = octets.split_first_chunk::<HEADER>().ok_or(Refusal::Short)?;
        let [magic_low, magic_high, length_low, length_high, kind, place @ ..] = *header;
        if u16::from_le_bytes([magic_low, magic_high]) != MAGIC {
            return Err(Refusal::Magic);
        }
        if usize::from(u16::from_le_bytes([length_low, length_high])) != octets.len()
            || octets.len() > LONGEST
        {
            return Err(Refusal::Length);
        }
        let command = || Command::of(kind & !CLASS).ok_or(Refusal::Kind);
        match kind & CLASS {
            REQUEST => Request::parse(command()?, place, payload).map(Self::Request),
            EVENT => {
                let [interface, line, _] = place;
                Ok(Self::Event { interface, line, event: Event::parse(kind, payload)? })
            }
            ANSWER => Ok(Self::Answer { command: command()?, payload }),
            _ if payload.is_empty() => Ok(Self::Failure { errno: errno_of(kind) }),
            _ => Err(Refusal::Payload),
        }
    }

    /// Writes a message; how long it is, `None` if there is no room or it would be too long.
    #[must_use]
    pub fn emit(&self, into: &mut [u8]) -> Option<usize> {
        match self {
            Self::Request(request) => {
                let (place, payload, length) = request.to_octets();
                emit(request.command() as u8, place, &payload[..length], into)
            }
            Self::Event { interface, line, event } => {
                let (kind, octet) = event.to_octets();
                emit(kind, [*interface, *line, 0], octet.as_slice(), into)
            }
            Self::Answer { command, payload } => emit(ANSWER | *command as u8, [0; 3], payload, into),
            Self::Failure { errno } => emit(FAILURE | errno.wrapping_neg() & !CLASS, [0; 3], &[], into),
        }
    }
}

/// A failure has the low six bits of the negative number of the error.
const fn errno_of(kind: u8) -> u8 {
    match kind.wrapping_neg() & !CLASS {
        0 => 64,
        errno => errno,
    }
}

fn emit(kind: u8, place: Place, payload: &[u8], into: &mut [u8]) -> Option<usize> {
    let length = HEADER + payload.len();
    if length > LONGEST {
        return None;
    }
    let (header, rest) = into.get_mut(..length)?.split_first_chunk_mut::<HEADER>()?;
    let ([magic_low, magic_high], [length_low, length_high]) =
        (MAGIC.to_le_bytes(), (length as u16).to_le_bytes());
    let [interface, line, slot] = place;
    *header = [magic_low, magic_high, length_low, length_high, kind, interface, line, slot];
    rest.copy_from_slice(payload);
    Some(length)
}

/// The upper octet is the version of the protocol.
const MAGIC: u16 = 0x01e1;
/// No interface, line or timeslot.
pub(crate) const NOWHERE: u8 = 0xff;
/// What a kind says of itself in its upper two bits.
const CLASS: u8 = 0xc0;
const REQUEST: u8 = 0x00;
const EVENT: u8 = 0x40;
const ANSWER: u8 = 0x80;
const FAILURE: u8 = 0xc0;
