//! Cause (Q.850 §2.1, which Q.931 §4.5.12 refers to).
use core::fmt;

use tandem_types::Cause;

use super::{Coding, ContentError, Element, ElementId, LAST, Sink, first, is_last};

/// Where a cause or a progress indicator comes from (Q.850 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location(pub u8);

impl Location {
    /// User.
    pub const USER: Self = Self(0);
    /// Private network serving the local user.
    pub const PRIVATE_LOCAL: Self = Self(1);
    /// Public network serving the local user.
    pub const PUBLIC_LOCAL: Self = Self(2);
    /// Transit network.
    pub const TRANSIT: Self = Self(3);
    /// Public network serving the remote user.
    pub const PUBLIC_REMOTE: Self = Self(4);
    /// Private network serving the remote user.
    pub const PRIVATE_REMOTE: Self = Self(5);
    /// International network.
    pub const INTERNATIONAL: Self = Self(7);
    /// Network beyond the point of interworking.
    pub const BEYOND_INTERWORKING: Self = Self(10);
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::USER => f.write_str("user"),
            Self::PRIVATE_LOCAL => f.write_str("local private network"),
            Self::PUBLIC_LOCAL => f.write_str("local public network"),
            Self::TRANSIT => f.write_str("transit network"),
            Self::PUBLIC_REMOTE => f.write_str("remote public network"),
            Self::PRIVATE_REMOTE => f.write_str("remote private network"),
            Self::INTERNATIONAL => f.write_str("international network"),
            Self::BEYOND_INTERWORKING => f.write_str("beyond interworking"),
            Self(other) => write!(f, "location {other}"),
        }
    }
}

/// A cause with all that is said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseInfo<'a> {
    /// The coding standard.
    pub coding: Coding,
    /// Who generated it.
    pub location: Location,
    /// Octet 3a: the recommendation that the value belongs to, if it is not Q.931.
    pub recommendation: Option<u8>,
    /// The value, 0 to 127.
    pub value: u8,
    /// Octets that explain it, by the value.
    pub diagnostics: &'a [u8],
}

impl<'a> CauseInfo<'a> {
    /// A cause of Q.850 without diagnostics.
    #[must_use]
    pub const fn new(cause: Cause, location: Location) -> Self {
        Self { coding: Coding::ITU, location, recommendation: None, value: cause.value(), diagnostics: &[] }
    }

    /// The same with diagnostics.
    #[must_use]
    pub const fn with_diagnostics(mut self, diagnostics: &'a [u8]) -> Self {
        self.diagnostics = diagnostics;
        self
    }

    /// The cause; 31 for the value 0, which Q.850 does not define.
    #[must_use]
    pub fn cause(&self) -> Cause {
        Cause::new(self.value).unwrap_or(Cause::NORMAL_UNSPECIFIED)
    }
}

impl<'a> Element<'a> for CauseInfo<'a> {
    const ID: ElementId = ElementId::CAUSE;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        let (octet3, mut rest) = first(content)?;
        let mut recommendation = None;
        if !is_last(octet3) {
            let (octet, after) = first(rest)?;
            recommendation = Some(octet & !LAST);
            rest = super::skip_group(octet, after)?;
        }
        let (value, diagnostics) = first(rest)?;
        Ok(Self {
            coding: Coding::from_octet(octet3),
            location: Location(octet3 & 0xf),
            recommendation,
            value: value & !LAST,
            diagnostics,
        })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        let octet3 = self.coding.bits() | self.location.0 & 0xf;
        match self.recommendation {
            None => out.put(LAST | octet3),
            Some(recommendation) => {
                out.put(octet3);
                out.put(LAST | recommendation);
            }
        }
        out.put(LAST | self.value);
        out.put_all(self.diagnostics);
    }
}

impl fmt::Display for CauseInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.cause(), self.location)?;
        if !self.diagnostics.is_empty() {
            f.write_str(", diagnostics")?;
        }
        self.diagnostics.iter().try_for_each(|octet| write!(f, " {octet:02x}"))
    }
}
