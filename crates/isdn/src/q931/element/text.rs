//! Elements that carry text or octets through.
use core::fmt;

use super::{ContentError, Element, ElementId, Sink, first};

/// Display (Q.931 §4.5.16). In codeset 0 of EuroISDN plain IA5; North American switches put octets with bit
/// 8 set in front of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Display<'a>(pub &'a [u8]);

impl<'a> Display<'a> {
    /// The text without the octets in front of it by which North American switches tell its kind. No character of
    /// UTF-8 begins with one of these.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        let start = self.0.iter().position(|octet| octet & 0xc0 != 0x80).unwrap_or(self.0.len());
        &self.0[start..]
    }
}

/// Keypad facility (Q.931 §4.5.18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keypad<'a>(pub &'a [u8]);

/// Call identity (Q.931 §4.5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallIdentity<'a>(pub &'a [u8]);

/// Facility (Q.932 §8.2.3), as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility<'a>(pub &'a [u8]);

impl<'a> Element<'a> for Display<'a> {
    const ID: ElementId = ElementId::DISPLAY;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        Ok(Self(content))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put_all(self.0);
    }
}

impl<'a> Element<'a> for Keypad<'a> {
    const ID: ElementId = ElementId::KEYPAD;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        Ok(Self(content))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put_all(self.0);
    }
}

impl<'a> Element<'a> for CallIdentity<'a> {
    const ID: ElementId = ElementId::CALL_IDENTITY;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        Ok(Self(content))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put_all(self.0);
    }
}

impl<'a> Element<'a> for Facility<'a> {
    const ID: ElementId = ElementId::FACILITY;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        Ok(Self(content))
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put_all(self.0);
    }
}

/// User-user (Q.931 §4.5.30).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserUser<'a> {
    /// 0 user specific, 4 IA5, and so on.
    pub protocol: u8,
    /// The user's octets.
    pub information: &'a [u8],
}

impl<'a> Element<'a> for UserUser<'a> {
    const ID: ElementId = ElementId::USER_USER;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        let (protocol, information) = first(content)?;
        Ok(Self { protocol, information })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(self.protocol);
        out.put_all(self.information);
    }
}

impl fmt::Display for UserUser<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            4 => write!(f, "IA5 '{}'", self.information.escape_ascii()),
            other => write!(f, "protocol {other}, '{}'", self.information.escape_ascii()),
        }
    }
}

/// Date and time of day (Q.931 §4.5.15), as the network knows them: without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// The last two digits.
    pub year: u8,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23, with the date alone not there.
    pub hour: Option<u8>,
    /// 0 to 59; only with the hour.
    pub minute: Option<u8>,
    /// 0 to 59; only with the minute.
    pub second: Option<u8>,
}

impl Element<'_> for DateTime {
    const ID: ElementId = ElementId::DATE_TIME;

    fn parse(content: &[u8]) -> Result<Self, ContentError> {
        let [year, month, day, rest @ ..] = content else {
            return Err(ContentError::Short);
        };
        if rest.len() > 3 {
            return Err(ContentError::Long);
        }
        Ok(Self {
            year: *year,
            month: *month,
            day: *day,
            hour: rest.first().copied(),
            minute: rest.get(1).copied(),
            second: rest.get(2).copied(),
        })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put_all(&[self.year, self.month, self.day]);
        let time = [self.hour, self.minute, self.second];
        time.iter().map_while(|part| *part).for_each(|part| out.put(part));
    }
}
