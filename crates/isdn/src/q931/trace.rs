//! Messages as a telephony engineer wants to read them: `{message}` in a line, `{message:#}` with an
//! indented line for each element.
use core::fmt;

use super::element::{
    BearerCapability, CallStateInfo, CalledNumber, CallingNumber, CauseInfo, ChangeStatus,
    ChannelIdentification, ConnectedNumber, Display, Element, ElementId, Keypad, NotificationIndicator,
    OriginalCalledNumber, PartyNumber, ProgressIndicator, RedirectingNumber, RestartIndicator, UserUser,
};
use super::message::Discriminator;
use super::{Message, RawElement};

impl Message<'_> {
    fn kind_name(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.discriminator(), self.kind()) {
            (Discriminator::CallControl, kind) => write!(f, "{kind}"),
            (protocol, kind) if kind == protocol.service() => f.write_str("SERVICE"),
            (protocol, kind) if kind == protocol.service_acknowledge() => f.write_str("SERVICE ACKNOWLEDGE"),
            (_, kind) => write!(f, "maintenance {:02x}", kind.value),
        }
    }
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind_name(f)?;
        write!(f, " {}", self.reference())?;
        for element in self.elements() {
            f.write_str(if f.alternate() { "\n    " } else { "; " })?;
            write!(f, "{element}")?;
        }
        Ok(())
    }
}

impl fmt::Display for RawElement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.codeset != 0 {
            write!(f, "codeset {} element {:02x}", self.codeset, self.id.0)?;
        } else {
            write!(f, "{}", self.id)?;
        }
        if !self.whole {
            return f.write_str(": cut off");
        }
        if self.codeset != 0 || !self.write_meaning(f)? {
            self.write_octets(f)?;
        }
        Ok(())
    }
}

impl<'a> RawElement<'a> {
    /// Writes the meaning; false when the octets say more.
    fn write_meaning(&self, f: &mut fmt::Formatter<'_>) -> Result<bool, fmt::Error> {
        match self.id {
            ElementId::BEARER_CAPABILITY => self.write_as::<BearerCapability>(f),
            ElementId::CAUSE => self.write_as::<CauseInfo<'a>>(f),
            ElementId::CHANNEL_IDENTIFICATION => self.write_as::<ChannelIdentification>(f),
            ElementId::PROGRESS_INDICATOR => self.write_as::<ProgressIndicator>(f),
            ElementId::NOTIFICATION_INDICATOR => self.write_as::<NotificationIndicator>(f),
            ElementId::RESTART_INDICATOR => self.write_as::<RestartIndicator>(f),
            ElementId::CHANGE_STATUS => self.write_as::<ChangeStatus>(f),
            ElementId::USER_USER => self.write_as::<UserUser<'a>>(f),
            ElementId::CALL_STATE => self.write_text(f, self.parse().map(|state: CallStateInfo| state.value)),
            ElementId::CALLED_NUMBER => self.write_number(f, self.parse().map(|CalledNumber(number)| number)),
            ElementId::CALLING_NUMBER => {
                self.write_number(f, self.parse().map(|CallingNumber(number)| number))
            }
            ElementId::CONNECTED_NUMBER => {
                self.write_number(f, self.parse().map(|ConnectedNumber(number)| number))
            }
            ElementId::REDIRECTING_NUMBER => {
                self.write_number(f, self.parse().map(|RedirectingNumber(number)| number))
            }
            ElementId::ORIGINAL_CALLED_NUMBER => {
                self.write_number(f, self.parse().map(|OriginalCalledNumber(number)| number))
            }
            ElementId::DISPLAY => self.write_ascii(f, self.parse().map(|display: Display<'a>| display.0)),
            ElementId::KEYPAD => self.write_ascii(f, self.parse().map(|keypad: Keypad<'a>| keypad.0)),
            ElementId::SENDING_COMPLETE | ElementId::MORE_DATA => Ok(true),
            _ => Ok(false),
        }
    }

    fn write_as<E: Element<'a> + fmt::Display>(
        &self,
        f: &mut fmt::Formatter<'_>,
    ) -> Result<bool, fmt::Error> {
        self.write_text(f, self.parse::<E>())
    }

    fn write_number(
        &self,
        f: &mut fmt::Formatter<'_>,
        number: Result<PartyNumber<'a>, super::element::ContentError>,
    ) -> Result<bool, fmt::Error> {
        self.write_text(f, number)
    }

    fn write_ascii(
        &self,
        f: &mut fmt::Formatter<'_>,
        text: Result<&[u8], super::element::ContentError>,
    ) -> Result<bool, fmt::Error> {
        match text {
            Ok(text) => write!(f, ": '{}'", text.escape_ascii()).map(|()| true),
            Err(_) => Ok(false),
        }
    }

    fn write_text<T: fmt::Display>(
        &self,
        f: &mut fmt::Formatter<'_>,
        meaning: Result<T, super::element::ContentError>,
    ) -> Result<bool, fmt::Error> {
        match meaning {
            Ok(meaning) => write!(f, ": {meaning}").map(|()| true),
            Err(_) => Ok(false),
        }
    }

    fn write_octets(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(":")?;
        self.content.iter().try_for_each(|octet| write!(f, " {octet:02x}"))
    }
}
