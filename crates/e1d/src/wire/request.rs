//! What clients ask.
use super::event::{sa_bits_of, sa_octet};
use super::{Command, NOWHERE, Place, Refusal};

/// A request. An interface, a line or a timeslot that is not named (`None`) stands for all that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // interface, line and slot are numbers of such
pub enum Request {
    /// Which interfaces there are.
    Interfaces { interface: Option<u8> },
    /// Which lines there are.
    Lines { interface: u8, line: Option<u8> },
    /// How timeslots are used.
    Slots { interface: u8, line: u8, slot: Option<Slot> },
    /// Uses a line in this mode.
    SetLineMode { interface: u8, line: u8, mode: LineMode },
    /// Opens a timeslot.
    OpenSlot { interface: u8, line: u8, slot: Slot, config: SlotConfig },
    /// Sends these national bits, Sa4 in bit 4 to Sa8 in bit 0.
    SetSaBits { interface: u8, line: u8, bits: u8 },
}

/// A part of a line that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The timeslot of this number, or of none that there is: up to 253.
    Number(u8),
    /// Timeslots 1 to 31 as one.
    Superchannel,
}

/// How a line is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineMode {
    /// Not at all.
    Off,
    /// Each timeslot by itself.
    Channelized,
    /// Timeslots 1 to 31 as one.
    Superchannel,
    /// Carried on over the Internet; no client has it.
    OverIp,
    /// A mode that is not known here.
    Other(u8),
}

/// How a timeslot is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotMode {
    /// Not at all.
    Off,
    /// Octets as they are, over a stream.
    Raw,
    /// HDLC frames without their check sequence, a message each.
    Hdlc,
    /// A mode that is not known here.
    Other(u8),
}

/// How a timeslot is to be opened, or is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotConfig {
    /// The mode.
    pub mode: SlotMode,
    /// Whoever has it open is to lose it.
    pub force: bool,
    /// Octets that are handed over at a time.
    pub read_octets: u16,
}

impl Request {
    pub(super) fn parse(command: Command, place: Place, payload: &[u8]) -> Result<Self, Refusal> {
        let [interface, line, slot] = place.map(|number| Some(number).filter(|number| *number != NOWHERE));
        let named = |place: Option<u8>| place.ok_or(Refusal::Place);
        let none = |place: Option<u8>| if place.is_none() { Ok(()) } else { Err(Refusal::Place) };
        let request = match command {
            Command::Interfaces => {
                none(line)?;
                none(slot)?;
                Self::Interfaces { interface }
            }
            Command::Lines => {
                none(slot)?;
                Self::Lines { interface: named(interface)?, line }
            }
            Command::Slots => {
                let (interface, line) = (named(interface)?, named(line)?);
                Self::Slots { interface, line, slot: slot.map(Slot::of) }
            }
            Command::SetLineMode => {
                none(slot)?;
                let (interface, line) = (named(interface)?, named(line)?);
                let [mode] = *of_length(payload)?;
                return Ok(Self::SetLineMode { interface, line, mode: LineMode::of(mode) });
            }
            Command::OpenSlot => {
                let (interface, line, slot) = (named(interface)?, named(line)?, Slot::of(named(slot)?));
                let config = SlotConfig::of(*of_length(payload)?);
                return Ok(Self::OpenSlot { interface, line, slot, config });
            }
            Command::SetSaBits => {
                none(slot)?;
                let (interface, line) = (named(interface)?, named(line)?);
                let [octet] = *of_length(payload)?;
                return Ok(Self::SetSaBits { interface, line, bits: sa_bits_of(octet) });
            }
        };
        if payload.is_empty() { Ok(request) } else { Err(Refusal::Payload) }
    }

    /// What it asks.
    #[must_use]
    pub const fn command(&self) -> Command {
        match self {
            Self::Interfaces { .. } => Command::Interfaces,
            Self::Lines { .. } => Command::Lines,
            Self::Slots { .. } => Command::Slots,
            Self::SetLineMode { .. } => Command::SetLineMode,
            Self::OpenSlot { .. } => Command::OpenSlot,
            Self::SetSaBits { .. } => Command::SetSaBits,
        }
    }

    /// Where it is addressed to, and what follows the header, so long.
    pub(super) fn to_octets(self) -> (Place, [u8; SlotConfig::OCTETS], usize) {
        let or_all = |place: Option<u8>| place.unwrap_or(NOWHERE);
        let none = [0; SlotConfig::OCTETS];
        match self {
            Self::Interfaces { interface } => ([or_all(interface), NOWHERE, NOWHERE], none, 0),
            Self::Lines { interface, line } => ([interface, or_all(line), NOWHERE], none, 0),
            Self::Slots { interface, line, slot: None } => ([interface, line, NOWHERE], none, 0),
            Self::Slots { interface, line, slot: Some(slot) } => ([interface, line, slot.number()], none, 0),
            Self::SetLineMode { interface, line, mode } => {
                ([interface, line, NOWHERE], [mode.number(), 0, 0, 0], 1)
            }
            Self::OpenSlot { interface, line, slot, config } => {
                ([interface, line, slot.number()], config.to_octets(), SlotConfig::OCTETS)
            }
            Self::SetSaBits { interface, line, bits } => {
                ([interface, line, NOWHERE], [sa_octet(bits), 0, 0, 0], 1)
            }
        }
    }
}

fn of_length<const N: usize>(payload: &[u8]) -> Result<&[u8; N], Refusal> {
    payload.try_into().map_err(|_| Refusal::Payload)
}

impl Slot {
    /// That of this number.
    #[must_use]
    pub const fn of(number: u8) -> Self {
        match number {
            SUPERCHANNEL => Self::Superchannel,
            number => Self::Number(number),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Number(number) => number,
            Self::Superchannel => SUPERCHANNEL,
        }
    }
}

impl LineMode {
    /// The mode of this number.
    #[must_use]
    pub const fn of(number: u8) -> Self {
        match number {
            0x00 => Self::Off,
            0x20 => Self::Channelized,
            0x21 => Self::Superchannel,
            0x22 => Self::OverIp,
            other => Self::Other(other),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Off => 0x00,
            Self::Channelized => 0x20,
            Self::Superchannel => 0x21,
            Self::OverIp => 0x22,
            Self::Other(number) => number,
        }
    }
}

impl SlotMode {
    /// The mode of this number.
    #[must_use]
    pub const fn of(number: u8) -> Self {
        match number {
            0x00 => Self::Off,
            0x10 => Self::Raw,
            0x11 => Self::Hdlc,
            other => Self::Other(other),
        }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Off => 0x00,
            Self::Raw => 0x10,
            Self::Hdlc => 0x11,
            Self::Other(number) => number,
        }
    }
}

impl SlotConfig {
    /// Octets of one.
    pub const OCTETS: usize = 4;

    pub(super) const fn of(octets: [u8; Self::OCTETS]) -> Self {
        let [mode, flags, low, high] = octets;
        let read_octets = u16::from_le_bytes([low, high]);
        Self { mode: SlotMode::of(mode), force: flags & FORCE != 0, read_octets }
    }

    pub(super) const fn to_octets(self) -> [u8; Self::OCTETS] {
        let [low, high] = self.read_octets.to_le_bytes();
        [self.mode.number(), if self.force { FORCE } else { 0 }, low, high]
    }
}

const SUPERCHANNEL: u8 = 0xfe;
/// The flag of an open that takes the timeslot away from who has it.
const FORCE: u8 = 0x80;
