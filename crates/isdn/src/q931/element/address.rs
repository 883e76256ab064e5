//! Numbers and subaddresses (Q.931 §4.5.8 to §4.5.11, Q.951, Q.952).
use core::fmt;

use super::{ContentError, Element, ElementId, LAST, Sink, first, is_last};

/// Type of number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberKind(pub u8);

impl NumberKind {
    /// Unknown.
    pub const UNKNOWN: Self = Self(0);
    /// International.
    pub const INTERNATIONAL: Self = Self(1);
    /// National.
    pub const NATIONAL: Self = Self(2);
    /// Network specific.
    pub const NETWORK: Self = Self(3);
    /// Subscriber.
    pub const SUBSCRIBER: Self = Self(4);
    /// Abbreviated.
    pub const ABBREVIATED: Self = Self(6);
}

/// Numbering plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NumberingPlan(pub u8);

impl NumberingPlan {
    /// Unknown.
    pub const UNKNOWN: Self = Self(0);
    /// Telephony, E.164.
    pub const E164: Self = Self(1);
    /// Data, X.121.
    pub const X121: Self = Self(3);
    /// Telex, F.69.
    pub const TELEX: Self = Self(4);
    /// National standard.
    pub const NATIONAL: Self = Self(8);
    /// Private.
    pub const PRIVATE: Self = Self(9);
}

/// Whether a number may be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presentation(pub u8);

impl Presentation {
    /// Allowed.
    pub const ALLOWED: Self = Self(0);
    /// Restricted.
    pub const RESTRICTED: Self = Self(1);
    /// The number is not available because of interworking.
    pub const NOT_AVAILABLE: Self = Self(2);
}

/// Who provided a number and whether it was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screening(pub u8);

impl Screening {
    /// By the user, not screened.
    pub const NOT_SCREENED: Self = Self(0);
    /// By the user, verified and passed.
    pub const PASSED: Self = Self(1);
    /// By the user, verified and failed.
    pub const FAILED: Self = Self(2);
    /// By the network.
    pub const NETWORK: Self = Self(3);
}

/// Why a call was redirected (Q.952).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RedirectionReason(pub u8);

impl RedirectionReason {
    /// Unknown.
    pub const UNKNOWN: Self = Self(0);
    /// The called user was busy.
    pub const BUSY: Self = Self(1);
    /// The called user did not reply.
    pub const NO_REPLY: Self = Self(2);
    /// Deflection by the called user.
    pub const DEFLECTION: Self = Self(4);
    /// The called terminal was out of order.
    pub const OUT_OF_ORDER: Self = Self(9);
    /// Forwarding by the called terminal.
    pub const BY_TERMINAL: Self = Self(10);
    /// Unconditional.
    pub const UNCONDITIONAL: Self = Self(15);
}

/// The number of a party. Octet 3b is there only if octet 3a is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartyNumber<'a> {
    /// Type of number.
    pub kind: NumberKind,
    /// Numbering plan.
    pub plan: NumberingPlan,
    /// Octet 3a.
    pub shown: Option<(Presentation, Screening)>,
    /// Octet 3b, which a redirecting number has.
    pub reason: Option<RedirectionReason>,
    /// The digits as IA5 characters: not only 0 to 9.
    pub digits: &'a [u8],
}

impl<'a> PartyNumber<'a> {
    /// Digits of which nothing more is known.
    #[must_use]
    pub fn unknown(digits: &'a [u8]) -> Self {
        Self { digits, ..Self::default() }
    }

    /// The digits as text; `None` when an octet is no character.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        core::str::from_utf8(self.digits).ok()
    }

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        let (octet3, mut rest) = first(content)?;
        let mut number = Self {
            kind: NumberKind(octet3 >> 4 & 7),
            plan: NumberingPlan(octet3 & 0xf),
            shown: None,
            reason: None,
            digits: &[],
        };
        if !is_last(octet3) {
            let (octet, after) = first(rest)?;
            number.shown = Some((Presentation(octet >> 5 & 3), Screening(octet & 3)));
            rest = after;
            if !is_last(octet) {
                let (octet, after) = first(rest)?;
                number.reason = Some(RedirectionReason(octet & 0xf));
                rest = super::skip_group(octet, after)?;
            }
        }
        if rest.iter().any(|digit| digit & 0x80 != 0) {
            return Err(ContentError::Value);
        }
        number.digits = rest;
        Ok(number)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        let octet3 = (self.kind.0 & 7) << 4 | self.plan.0 & 0xf;
        // Octet 3b follows octet 3a, which says "allowed, not screened" where nothing is said of it.
        let shown = self.shown.or(self.reason.map(|_| (Presentation::ALLOWED, Screening::NOT_SCREENED)));
        let octet_3a = shown.map(|(presentation, screening)| (presentation.0 & 3) << 5 | screening.0 & 3);
        match (octet_3a, self.reason) {
            (None, _) => out.put(LAST | octet3),
            (Some(octet_3a), None) => out.put_all(&[octet3, LAST | octet_3a]),
            (Some(octet_3a), Some(reason)) => out.put_all(&[octet3, octet_3a, LAST | reason.0 & 0xf]),
        }
        out.put_all(self.digits);
    }
}

impl fmt::Display for PartyNumber<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.digits.escape_ascii())?;
        match self.kind {
            NumberKind::UNKNOWN => f.write_str(" unknown")?,
            NumberKind::INTERNATIONAL => f.write_str(" international")?,
            NumberKind::NATIONAL => f.write_str(" national")?,
            NumberKind::NETWORK => f.write_str(" network specific")?,
            NumberKind::SUBSCRIBER => f.write_str(" subscriber")?,
            NumberKind::ABBREVIATED => f.write_str(" abbreviated")?,
            NumberKind(other) => write!(f, " type {other}")?,
        }
        match self.plan {
            NumberingPlan::UNKNOWN => {}
            NumberingPlan::E164 => f.write_str(" E.164")?,
            NumberingPlan::PRIVATE => f.write_str(" private")?,
            NumberingPlan(other) => write!(f, " plan {other}")?,
        }
        match self.shown {
            Some((Presentation::ALLOWED, screening)) => write!(f, ", allowed, screening {}", screening.0)?,
            Some((Presentation::RESTRICTED, screening)) => {
                write!(f, ", restricted, screening {}", screening.0)?;
            }
            Some((presentation, screening)) => {
                write!(f, ", presentation {}, screening {}", presentation.0, screening.0)?;
            }
            None => {}
        }
        match self.reason {
            Some(reason) => write!(f, ", reason {}", reason.0),
            None => Ok(()),
        }
    }
}

/// Called party number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalledNumber<'a>(pub PartyNumber<'a>);

/// Calling party number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallingNumber<'a>(pub PartyNumber<'a>);

/// Connected number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectedNumber<'a>(pub PartyNumber<'a>);

/// Redirecting number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedirectingNumber<'a>(pub PartyNumber<'a>);

/// Original called number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OriginalCalledNumber<'a>(pub PartyNumber<'a>);

impl<'a> Element<'a> for CalledNumber<'a> {
    const ID: ElementId = ElementId::CALLED_NUMBER;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        PartyNumber::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

impl<'a> Element<'a> for CallingNumber<'a> {
    const ID: ElementId = ElementId::CALLING_NUMBER;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        PartyNumber::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

impl<'a> Element<'a> for ConnectedNumber<'a> {
    const ID: ElementId = ElementId::CONNECTED_NUMBER;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        PartyNumber::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

impl<'a> Element<'a> for RedirectingNumber<'a> {
    const ID: ElementId = ElementId::REDIRECTING_NUMBER;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        PartyNumber::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

impl<'a> Element<'a> for OriginalCalledNumber<'a> {
    const ID: ElementId = ElementId::ORIGINAL_CALLED_NUMBER;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        PartyNumber::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

/// A subaddress, up to 20 octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subaddress<'a> {
    /// 0 for an NSAP of X.213, 2 for one of the user's own.
    pub kind: u8,
    /// An odd number of digits in a BCD subaddress.
    pub odd: bool,
    /// The subaddress.
    pub octets: &'a [u8],
}

impl<'a> Subaddress<'a> {
    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        let (octet3, octets) = first(content)?;
        if !is_last(octet3) {
            return Err(ContentError::Value);
        }
        Ok(Self { kind: octet3 >> 4 & 7, odd: octet3 & 8 != 0, octets })
    }

    fn emit(&self, out: &mut Sink<'_>) {
        out.put(LAST | (self.kind & 7) << 4 | u8::from(self.odd) << 3);
        out.put_all(self.octets);
    }
}

/// Called party subaddress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalledSubaddress<'a>(pub Subaddress<'a>);

/// Calling party subaddress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallingSubaddress<'a>(pub Subaddress<'a>);

/// Connected subaddress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectedSubaddress<'a>(pub Subaddress<'a>);

impl<'a> Element<'a> for CalledSubaddress<'a> {
    const ID: ElementId = ElementId::CALLED_SUBADDRESS;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        Subaddress::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

impl<'a> Element<'a> for CallingSubaddress<'a> {
    const ID: ElementId = ElementId::CALLING_SUBADDRESS;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        Subaddress::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}

impl<'a> Element<'a> for ConnectedSubaddress<'a> {
    const ID: ElementId = ElementId::CONNECTED_SUBADDRESS;

    fn parse(content: &'a [u8]) -> Result<Self, ContentError> {
        Subaddress::parse(content).map(Self)
    }

    fn emit(&self, out: &mut Sink<'_>) {
        self.0.emit(out);
    }
}
