//! Identifiers of information elements (Q.931 table 4-3, Q.932, Q.951, Q.952).
use core::fmt;

/// The identifier of an element within its codeset. For an element of one octet it is what distinguishes
/// it: the whole octet of type 2 (1010 xxxx), the upper four bits of type 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ElementId(pub u8);

impl ElementId {
    /// Segmented message.
    pub const SEGMENTED_MESSAGE: Self = Self(0x00);
    /// Change status, in messages of maintenance only.
    pub const CHANGE_STATUS: Self = Self(0x01);
    /// Bearer capability.
    pub const BEARER_CAPABILITY: Self = Self(0x04);
    /// Cause.
    pub const CAUSE: Self = Self(0x08);
    /// Call identity.
    pub const CALL_IDENTITY: Self = Self(0x10);
    /// Call state.
    pub const CALL_STATE: Self = Self(0x14);
    /// Channel identification.
    pub const CHANNEL_IDENTIFICATION: Self = Self(0x18);
    /// Facility (Q.932).
    pub const FACILITY: Self = Self(0x1c);
    /// Progress indicator.
    pub const PROGRESS_INDICATOR: Self = Self(0x1e);
    /// Network-specific facilities.
    pub const NETWORK_FACILITIES: Self = Self(0x20);
    /// Notification indicator.
    pub const NOTIFICATION_INDICATOR: Self = Self(0x27);
    /// Display.
    pub const DISPLAY: Self = Self(0x28);
    /// Date and time.
    pub const DATE_TIME: Self = Self(0x29);
    /// Keypad facility.
    pub const KEYPAD: Self = Self(0x2c);
    /// Signal.
    pub const SIGNAL: Self = Self(0x34);
    /// Reverse charging indication.
    pub const REVERSE_CHARGING: Self = Self(0x4a);
    /// Connected number (Q.951).
    pub const CONNECTED_NUMBER: Self = Self(0x4c);
    /// Connected subaddress (Q.951).
    pub const CONNECTED_SUBADDRESS: Self = Self(0x4d);
    /// Calling party number.
    pub const CALLING_NUMBER: Self = Self(0x6c);
    /// Calling party subaddress.
    pub const CALLING_SUBADDRESS: Self = Self(0x6d);
    /// Called party number.
    pub const CALLED_NUMBER: Self = Self(0x70);
    /// Called party subaddress.
    pub const CALLED_SUBADDRESS: Self = Self(0x71);
    /// Original called number, of North American switches.
    pub const ORIGINAL_CALLED_NUMBER: Self = Self(0x73);
    /// Redirecting number (Q.952).
    pub const REDIRECTING_NUMBER: Self = Self(0x74);
    /// Where a call was diverted to (Q.952).
    pub const REDIRECTION_NUMBER: Self = Self(0x76);
    /// Transit network selection.
    pub const TRANSIT_NETWORK: Self = Self(0x78);
    /// Restart indicator.
    pub const RESTART_INDICATOR: Self = Self(0x79);
    /// Low layer compatibility.
    pub const LOW_LAYER_COMPATIBILITY: Self = Self(0x7c);
    /// High layer compatibility.
    pub const HIGH_LAYER_COMPATIBILITY: Self = Self(0x7d);
    /// User-user.
    pub const USER_USER: Self = Self(0x7e);
    /// Shift, of one octet.
    pub const SHIFT: Self = Self(0x90);
    /// More data, of one octet.
    pub const MORE_DATA: Self = Self(0xa0);
    /// Sending complete, of one octet.
    pub const SENDING_COMPLETE: Self = Self(0xa1);
    /// Congestion level, of one octet.
    pub const CONGESTION_LEVEL: Self = Self(0xb0);
    /// Repeat indicator, of one octet.
    pub const REPEAT_INDICATOR: Self = Self(0xd0);

    /// The identifier in an element's first octet.
    #[must_use]
    pub const fn of_octet(octet: u8) -> Self {
        match octet {
            0x00..=0x7f | 0xa0..=0xaf => Self(octet),
            _ => Self(octet & 0xf0),
        }
    }

    /// Whether the element is one octet long (Q.931 §4.5.1).
    #[must_use]
    pub const fn is_single_octet(self) -> bool {
        self.0 & 0x80 != 0
    }

    /// Whether a receiver that does not know the element must not act on the message (Q.931 table 4-3,
    /// note 5: identifiers 0000 xxxx).
    #[must_use]
    pub const fn needs_comprehension(self) -> bool {
        self.0 & 0xf0 == 0
    }

    /// The name in codeset 0.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES.binary_search_by_key(&self, |entry| entry.0).ok().map(|at| NAMES[at].1)
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "element {:02x}", self.0),
        }
    }
}

const NAMES: &[(ElementId, &str)] = &[
    (ElementId::SEGMENTED_MESSAGE, "Segmented message"),
    (ElementId::CHANGE_STATUS, "Change status"),
    (ElementId::BEARER_CAPABILITY, "Bearer capability"),
    (ElementId::CAUSE, "Cause"),
    (ElementId::CALL_IDENTITY, "Call identity"),
    (ElementId::CALL_STATE, "Call state"),
    (ElementId::CHANNEL_IDENTIFICATION, "Channel identification"),
    (ElementId::FACILITY, "Facility"),
    (ElementId::PROGRESS_INDICATOR, "Progress indicator"),
    (ElementId::NETWORK_FACILITIES, "Network-specific facilities"),
    (ElementId::NOTIFICATION_INDICATOR, "Notification indicator"),
    (ElementId::DISPLAY, "Display"),
    (ElementId::DATE_TIME, "Date/time"),
    (ElementId::KEYPAD, "Keypad facility"),
    (ElementId::SIGNAL, "Signal"),
    (ElementId(0x40), "Information rate"),
    (ElementId(0x42), "End-to-end transit delay"),
    (ElementId(0x43), "Transit delay selection and indication"),
    (ElementId(0x44), "Packet layer binary parameters"),
    (ElementId(0x45), "Packet layer window size"),
    (ElementId(0x46), "Packet size"),
    (ElementId(0x47), "Closed user group"),
    (ElementId::REVERSE_CHARGING, "Reverse charging indication"),
    (ElementId::CONNECTED_NUMBER, "Connected number"),
    (ElementId::CONNECTED_SUBADDRESS, "Connected subaddress"),
    (ElementId::CALLING_NUMBER, "Calling party number"),
    (ElementId::CALLING_SUBADDRESS, "Calling party subaddress"),
    (ElementId::CALLED_NUMBER, "Called party number"),
    (ElementId::CALLED_SUBADDRESS, "Called party subaddress"),
    (ElementId::ORIGINAL_CALLED_NUMBER, "Original called number"),
    (ElementId::REDIRECTING_NUMBER, "Redirecting number"),
    (ElementId::REDIRECTION_NUMBER, "Redirection number"),
    (ElementId::TRANSIT_NETWORK, "Transit network selection"),
    (ElementId::RESTART_INDICATOR, "Restart indicator"),
    (ElementId::LOW_LAYER_COMPATIBILITY, "Low layer compatibility"),
    (ElementId::HIGH_LAYER_COMPATIBILITY, "High layer compatibility"),
    (ElementId::USER_USER, "User-user"),
    (ElementId(0x7f), "Escape for extension"),
    (ElementId::SHIFT, "Shift"),
    (ElementId::MORE_DATA, "More data"),
    (ElementId::SENDING_COMPLETE, "Sending complete"),
    (ElementId::CONGESTION_LEVEL, "Congestion level"),
    (ElementId::REPEAT_INDICATOR, "Repeat indicator"),
];
