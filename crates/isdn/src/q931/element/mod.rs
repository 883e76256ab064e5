//! The information elements of Q.931 §4.5, one type each: `parse` reads the content (what follows the length
//! octet) and `emit` writes it back. Nothing here allocates; digits and texts are borrowed from the message.
//!
//! A field whose values the recommendation lists but others may extend is a newtype over its bits with named
//! constants, so a value from a later edition or another country passes through unchanged.
mod address;
mod bearer;
mod cause;
mod channel;
mod compatibility;
mod id;
mod indicator;
mod network;
mod sink;
mod text;

pub use address::{
    CalledNumber, CalledSubaddress, CallingNumber, CallingSubaddress, ConnectedNumber, ConnectedSubaddress,
    NumberKind, NumberingPlan, OriginalCalledNumber, PartyNumber, Presentation, RedirectingNumber,
    RedirectionReason, Screening, Subaddress,
};
pub use bearer::{
    BearerCapability, Layer1, Layer1Protocol, Parameters, Rate, TransferCapability, TransferMode,
};
pub use cause::{CauseInfo, Location};
pub use channel::{ChannelForm, ChannelIdentification, ChannelSet, InterfaceType, Selection};
pub use compatibility::{HighLayerCompatibility, LowLayerCompatibility};
pub use id::ElementId;
pub use indicator::{
    CallStateInfo, ChangeStatus, CongestionLevel, InterfaceState, NotificationIndicator, ProgressDescription,
    ProgressIndicator, RepeatIndicator, RestartClass, RestartIndicator, ReverseCharging, SendingComplete,
    Signal,
};
pub use network::{NetworkFacilities, NetworkId, TransitNetwork};
pub use sink::Sink;
pub use text::{CallIdentity, DateTime, Display, Facility, Keypad, UserUser};

/// An information element with a meaning.
pub trait Element<'a>: Sized {
    /// Its identifier in codeset 0.
    const ID: ElementId;

    /// The element with this content.
    fn parse(content: &'a [u8]) -> Result<Self, ContentError>;

    /// Writes the content.
    fn emit(&self, out: &mut Sink<'_>);
}

/// What is wrong with the content of an element (Q.931 §5.8.6.2, §5.8.7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentError {
    /// It ends before its last field.
    Short,
    /// Octets follow its last field.
    Long,
    /// A field has a value that the recommendation does not define and that cannot be passed over.
    Value,
}

/// The standard by which an element is coded, bits 7 and 6 of its octet 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coding(pub u8);

impl Coding {
    /// ITU-T.
    pub const ITU: Self = Self(0);
    /// ISO/IEC; in QSIG the standard of private networks.
    pub const ISO: Self = Self(1);
    /// National.
    pub const NATIONAL: Self = Self(2);
    /// Of the network on the interface.
    pub const NETWORK: Self = Self(3);

    const fn from_octet(octet: u8) -> Self {
        Self(octet >> 5 & 3)
    }

    const fn bits(self) -> u8 {
        (self.0 & 3) << 5
    }
}

/// Bit 8 of an octet: set in the last octet of a group (Q.931 §4.5.1).
const LAST: u8 = 0x80;

const fn is_last(octet: u8) -> bool {
    octet & LAST != 0
}

/// The first octet and what follows.
fn first(content: &[u8]) -> Result<(u8, &[u8]), ContentError> {
    content.split_first().map(|(first, rest)| (*first, rest)).ok_or(ContentError::Short)
}

/// The rest of a group of octets joined by their extension bits, when its first octet was `octet`.
fn skip_group(octet: u8, rest: &[u8]) -> Result<&[u8], ContentError> {
    if is_last(octet) {
        return Ok(rest);
    }
    let end = rest.iter().position(|octet| is_last(*octet)).ok_or(ContentError::Short)?;
    Ok(&rest[end + 1..])
}

/// The only octet of a content of one.
fn only(content: &[u8]) -> Result<u8, ContentError> {
    match content {
        [octet] => Ok(*octet),
        [] => Err(ContentError::Short),
        _ => Err(ContentError::Long),
    }
}
