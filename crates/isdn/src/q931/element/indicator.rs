//! Elements of one or two octets that say one thing.
use core::fmt;

use super::{Coding, ContentError, Element, ElementId, LAST, Location, Sink, first, only};

/// What a progress indicator says (Q.931 §4.5.23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgressDescription(pub u8);

impl ProgressDescription {
    /// 1: not end to end ISDN; progress may come in-band.
    pub const NOT_ISDN: Self = Self(1);
    /// 2: the destination is not ISDN.
    pub const DESTINATION_NOT_ISDN: Self = Self(2);
    /// 3: the origin is not ISDN.
    pub const ORIGIN_NOT_ISDN: Self = Self(3);
    /// 4: the call has returned to the ISDN.
    pub const RETURNED_TO_ISDN: Self = Self(4);
    /// 5: interworking has changed the service.
    pub const SERVICE_CHANGED: Self = Self(5);
    /// 8: in-band information is now available.
    pub const IN_BAND: Self = Self(8);

    /// Whether the bearer is to be connected so that the caller hears what the network says: 8 says so, and
    /// 1 and 2 leave tones to the network beyond (Q.931 §5.4, §5.1.6).
    #[must_use]
    pub const fn is_in_band(self) -> bool {
        matches!(self, Self::NOT_ISDN | Self::DESTINATION_NOT_ISDN | Self::IN_BAND)
    }
}

/// Progress indicator (Q.931 §4.5.23).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgressIndicator {
    /// The coding standard.
    pub coding: Coding,
    /// Who says it.
    pub location: Location,
    /// What.
    pub description: ProgressDescription,
}

impl ProgressIndicator {
    /// An indicator of ITU-T coding.
    #[must_use]
    pub const fn new(location: Location, description: ProgressDescription) -> Self {
        Self { coding: Coding::ITU, location, description }
    }
}

impl Element<'_> for ProgressIndicator {
    const ID: ElementId = ElementId::PROGRESS_INDICATOR;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let (octet3, rest) = first(content)?;
        let (octet4, _) = first(rest)?;
        Ok(Self {
            coding: Coding::from_octet(octet3),
            location: Location(octet3 & 0xf),
            description: ProgressDescription(octet4 & !LAST),
        })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(LAST | self.coding.bits() | self.location.0 & 0xf);
        out.put(LAST | self.description.0);
    }
}

impl fmt::Display for ProgressIndicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.description.0, self.location)
    }
}

/// The state of a call as its entity numbers it (Q.931 §4.5.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallStateInfo {
    /// The coding standard.
    pub coding: Coding,
    /// The state, or with the global call reference that of the interface.
    pub value: u8,
}

impl CallStateInfo {
    /// A state of Q.931.
    #[must_use]
    pub const fn new(value: u8) -> Self {
        Self { coding: Coding::ITU, value: value & 0x3f }
    }
}

impl Element<'_> for CallStateInfo {
    const ID: ElementId = ElementId::CALL_STATE;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let octet = only(content)?;
        Ok(Self { coding: Coding(octet >> 6), value: octet & 0x3f })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put((self.coding.0 & 3) << 6 | self.value & 0x3f);
    }
}

/// Notification indicator (Q.931 §4.5.22): 0 user suspended, 1 user resumed, 2 bearer service change; the
/// services of Q.95x define more, such as 121 remote hold and 122 remote retrieval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotificationIndicator(pub u8);

impl fmt::Display for NotificationIndicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("user suspended"),
            1 => f.write_str("user resumed"),
            2 => f.write_str("bearer service change"),
            other => write!(f, "{other}"),
        }
    }
}

impl Element<'_> for NotificationIndicator {
    const ID: ElementId = ElementId::NOTIFICATION_INDICATOR;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        first(content).map(|(octet, _)| Self(octet & !LAST))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(LAST | self.0);
    }
}

/// Signal (Q.931 §4.5.28): the tone that a terminal is to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(pub u8);

impl Element<'_> for Signal {
    const ID: ElementId = ElementId::SIGNAL;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        only(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(self.0);
    }
}

/// Reverse charging indication (Q.955): 1 for reverse charging, 2 for the whole call on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReverseCharging(pub u8);

impl Element<'_> for ReverseCharging {
    const ID: ElementId = ElementId::REVERSE_CHARGING;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        only(content).map(|octet| Self(octet & !LAST))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(LAST | self.0);
    }
}

/// What is restarted (Q.931 §4.5.25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartClass {
    /// The channels that a Channel identification names.
    Channels,
    /// One interface.
    Interface,
    /// All interfaces that the D channel controls.
    AllInterfaces,
}

/// Restart indicator (Q.931 §4.5.25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartIndicator(pub RestartClass);

impl Element<'_> for RestartIndicator {
    const ID: ElementId = ElementId::RESTART_INDICATOR;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        match only(content)? & 7 {
            0 => Ok(Self(RestartClass::Channels)),
            6 => Ok(Self(RestartClass::Interface)),
            7 => Ok(Self(RestartClass::AllInterfaces)),
            _ => Err(ContentError::Value),
        }
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(match self.0 {
            RestartClass::Channels => LAST,
            RestartClass::Interface => LAST | 6,
            RestartClass::AllInterfaces => LAST | 7,
        });
    }
}

impl fmt::Display for RestartIndicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            RestartClass::Channels => "channels named here",
            RestartClass::Interface => "one interface",
            RestartClass::AllInterfaces => "all interfaces",
        })
    }
}

/// What a channel or interface is fit for, as the SERVICE message says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterfaceState {
    /// In service.
    InService,
    /// In maintenance: no new calls.
    Maintenance,
    /// Out of service.
    OutOfService,
}

/// Change status, of the SERVICE messages of North American switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeStatus {
    /// The change is of a channel, not of the interface.
    pub of_channel: bool,
    /// The new state.
    pub state: InterfaceState,
}

impl Element<'_> for ChangeStatus {
    const ID: ElementId = ElementId::CHANGE_STATUS;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let octet = only(content)?;
        let state = match octet & 7 {
            0 => InterfaceState::InService,
            1 => InterfaceState::Maintenance,
            2 => InterfaceState::OutOfService,
            _ => return Err(ContentError::Value),
        };
        Ok(Self { of_channel: octet & 0x40 != 0, state })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        let state = match self.state {
            InterfaceState::InService => 0,
            InterfaceState::Maintenance => 1,
            InterfaceState::OutOfService => 2,
        };
        out.put(LAST | u8::from(self.of_channel) << 6 | state);
    }
}

impl fmt::Display for ChangeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.of_channel { "channel" } else { "interface" };
        let state = match self.state {
            InterfaceState::InService => "in service",
            InterfaceState::Maintenance => "in maintenance",
            InterfaceState::OutOfService => "out of service",
        };
        write!(f, "{what} {state}")
    }
}

/// Sending complete (Q.931 §4.5.27): the number has all its digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendingComplete;

impl Element<'_> for SendingComplete {
    const ID: ElementId = ElementId::SENDING_COMPLETE;

    fn parse(_: &[u8]) -> Result<Self, ContentError> {
        Ok(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(Self::ID.0);
    }
}

/// Repeat indicator (Q.931 §4.5.24): how the elements that follow are to be read, 2 for a list by priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepeatIndicator(pub u8);

impl Element<'_> for RepeatIndicator {
    const ID: ElementId = ElementId::REPEAT_INDICATOR;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        only(content).map(|octet| Self(octet & 0xf))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(Self::ID.0 | self.0 & 0xf);
    }
}

/// Congestion level (Q.931 §4.5.14): 0 receiver ready, 15 receiver not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CongestionLevel(pub u8);

impl Element<'_> for CongestionLevel {
    const ID: ElementId = ElementId::CONGESTION_LEVEL;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        only(content).map(|octet| Self(octet & 0xf))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(Self::ID.0 | self.0 & 0xf);
    }
}
