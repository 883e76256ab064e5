//! Channel identification (Q.931 §4.5.13).
use core::fmt;

use super::{Coding, ContentError, Element, ElementId, LAST, Sink, first, is_last};

/// The kind of interface that the channel lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterfaceType {
    /// Basic: the channel is named by the selection itself.
    Basic,
    /// Any other, such as primary rate: the channel is named in octets of its own.
    Other,
}

/// How channels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelForm {
    /// Their numbers, an octet each.
    Number,
    /// A bit for each timeslot of a 1544 kbit/s interface: three octets, channel 24 first.
    Map24,
    /// A bit for each timeslot of a 2048 kbit/s interface: four octets, channel 31 first.
    Map32,
}

/// A set of channels of one interface, numbered 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelSet {
    /// How the set is written.
    pub form: ChannelForm,
    /// The unit that is counted: 3 for B channels, 6 for H0, 8 for H11, 9 for H12.
    pub unit: u8,
    /// Bit n for channel n. In the map of 24, bits 1 to 24; in that of 32, bits 0 to 31.
    pub members: u128,
}

impl ChannelSet {
    /// The unit of B channels.
    pub const B_CHANNELS: u8 = 3;

    /// One B channel.
    #[must_use]
    pub const fn one(number: u8, form: ChannelForm) -> Self {
        Self { form, unit: Self::B_CHANNELS, members: 1 << (number & 0x7f) }
    }

    /// The channels in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u8> {
        let mut left = self.members;
        std::iter::from_fn(move || {
            let lowest = left.trailing_zeros() as u8;
            left &= left.wrapping_sub(1);
            (lowest < 128).then_some(lowest)
        })
    }

    /// The channel, when there is exactly one.
    #[must_use]
    pub const fn single(&self) -> Option<u8> {
        if self.members.count_ones() == 1 { Some(self.members.trailing_zeros() as u8) } else { None }
    }

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let (octet, rest) = first(content)?;
        let unit = octet & 0xf;
        if octet & MAP == 0 {
            return Ok(Self { form: ChannelForm::Number, unit, members: numbers(rest)? });
        }
        match *rest {
            [a, b, c] => {
                let map = u32::from_be_bytes([0, a, b, c]);
                Ok(Self { form: ChannelForm::Map24, unit, members: u128::from(map) << 1 })
            }
            [a, b, c, d] => {
                let map = u32::from_be_bytes([a, b, c, d]);
                Ok(Self { form: ChannelForm::Map32, unit, members: u128::from(map) })
            }
            [_, _, _, _, _, ..] => Err(ContentError::Long),
            _ => Err(ContentError::Short),
        }
    }

    fn emit(&self, out: &mut Sink<'_>) {
        let kind = LAST | Coding::ITU.bits() | self.unit & 0xf;
        match self.form {
            ChannelForm::Number => {
                out.put(kind);
                let highest = 127u32.wrapping_sub(self.members.leading_zeros());
                for number in self.iter() {
                    out.put(if u32::from(number) == highest { LAST | number } else { number });
                }
            }
            ChannelForm::Map24 => {
                out.put(kind | MAP);
                out.put_all(&((self.members >> 1) as u32).to_be_bytes()[1..]);
            }
            ChannelForm::Map32 => {
                out.put(kind | MAP);
                out.put_all(&(self.members as u32).to_be_bytes());
            }
        }
    }
}

/// The numbers of a list as bits. Bit 8 marks the last one; some equipment sets it in each.
fn numbers(octets: &[u8]) -> Result<u128, ContentError> {
    if octets.is_empty() {
        return Err(ContentError::Short);
    }
    Ok(octets.iter().fold(0, |members, octet| members | 1 << (octet & 0x7f)))
}

/// Which channels are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// No channel.
    None,
    /// Any channel.
    Any,
    /// B1 or B2 of a basic interface.
    Basic(u8),
    /// These.
    Channels(ChannelSet),
}

/// A channel and how firmly it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelIdentification {
    /// The interface identifier of octet 3.1, 0 to 127, where it is not that of the D channel itself.
    pub interface: Option<u8>,
    /// The kind of interface.
    pub kind: InterfaceType,
    /// Only this channel will do.
    pub exclusive: bool,
    /// The D channel is meant.
    pub d_channel: bool,
    /// The channels.
    pub selection: Selection,
}

impl ChannelIdentification {
    /// One B channel of a primary rate interface.
    #[must_use]
    pub const fn b_channel(interface: Option<u8>, number: u8, exclusive: bool, form: ChannelForm) -> Self {
        let selection = Selection::Channels(ChannelSet::one(number, form));
        Self { interface, kind: InterfaceType::Other, exclusive, d_channel: false, selection }
    }

    /// Any channel of a primary rate interface.
    #[must_use]
    pub const fn any() -> Self {
        Self {
            interface: None,
            kind: InterfaceType::Other,
            exclusive: false,
            d_channel: false,
            selection: Selection::Any,
        }
    }

    /// The D channel of an interface.
    #[must_use]
    pub const fn d_channel(interface: Option<u8>) -> Self {
        Self {
            interface,
            kind: InterfaceType::Other,
            exclusive: true,
            d_channel: true,
            selection: Selection::None,
        }
    }

    /// The one channel that is meant, if it is one.
    #[must_use]
    pub const fn single(&self) -> Option<u8> {
        match self.selection {
            Selection::Channels(set) => set.single(),
            Selection::Basic(number) => Some(number),
            Selection::None | Selection::Any => None,
        }
    }

    fn selection(&self) -> u8 {
        match self.selection {
            Selection::None => 0,
            Selection::Any => 3,
            Selection::Basic(number) => number & 3,
            Selection::Channels(_) => 1,
        }
    }
}

impl Element<'_> for ChannelIdentification {
    const ID: ElementId = ElementId::CHANNEL_IDENTIFICATION;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let (octet3, mut rest) = first(content)?;
        let mut interface = None;
        if octet3 & EXPLICIT_INTERFACE != 0 {
            let (octet, after) = first(rest)?;
            if !is_last(octet) {
                return Err(ContentError::Value);
            }
            interface = Some(octet & !LAST);
            rest = after;
        }
        let kind = if octet3 & OTHER_INTERFACE == 0 { InterfaceType::Basic } else { InterfaceType::Other };
        let selection = match (octet3 & 3, kind) {
            (0, _) => Selection::None,
            (3, _) => Selection::Any,
            (number, InterfaceType::Basic) => Selection::Basic(number),
            (1, InterfaceType::Other) => Selection::Channels(ChannelSet::parse(rest)?),
            (_, InterfaceType::Other) => return Err(ContentError::Value),
        };
        Ok(Self {
            interface,
            kind,
            exclusive: octet3 & EXCLUSIVE != 0,
            d_channel: octet3 & D_CHANNEL != 0,
            selection,
        })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.put(
            LAST | flag(self.interface.is_some(), EXPLICIT_INTERFACE)
                | flag(self.kind == InterfaceType::Other, OTHER_INTERFACE)
                | flag(self.exclusive, EXCLUSIVE)
                | flag(self.d_channel, D_CHANNEL)
                | self.selection(),
        );
        if let Some(interface) = self.interface {
            out.put(LAST | interface);
        }
        if let Selection::Channels(set) = self.selection {
            set.emit(out);
        }
    }
}

impl fmt::Display for ChannelIdentification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(interface) = self.interface {
            write!(f, "interface {interface}, ")?;
        }
        if self.d_channel {
            f.write_str("D channel, ")?;
        }
        match self.selection {
            Selection::None => f.write_str("no channel")?,
            Selection::Any => f.write_str("any channel")?,
            Selection::Basic(number) => write!(f, "B{number}")?,
            Selection::Channels(set) => {
                f.write_str("channel")?;
                set.iter().try_for_each(|number| write!(f, " {number}"))?;
            }
        }
        f.write_str(if self.exclusive { ", exclusive" } else { ", preferred" })
    }
}

const EXPLICIT_INTERFACE: u8 = 0x40;
const OTHER_INTERFACE: u8 = 0x20;
const EXCLUSIVE: u8 = 0x08;
const D_CHANNEL: u8 = 0x04;
/// Octet 3.2: a map follows, not numbers.
const MAP: u8 = 0x10;
