//! Who calls whom: numbers with what is known of them, and what else comes with a call or is sent with one.
use tandem_isdn::q931::Message;
use tandem_isdn::q931::element::{
    CallingNumber, Display, NumberKind, NumberingPlan, PartyNumber, Presentation, RedirectingNumber,
    RedirectionReason, Screening,
};
use tandem_types::Bearer;

/// What kind of number it is (Q.931 §4.5.8, §4.5.10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberType {
    /// As dialled: nothing is said of it.
    #[default]
    Unknown,
    /// International, E.164.
    International,
    /// National, E.164.
    National,
    /// Of the subscriber, E.164.
    Subscriber,
    /// Of a private plan.
    Private,
    /// Anything else: type of number in bits 6 to 4, numbering plan in bits 3 to 0.
    Other(u8),
}

impl NumberType {
    pub(crate) const fn kind(self) -> NumberKind {
        match self {
            Self::Unknown | Self::Private => NumberKind::UNKNOWN,
            Self::International => NumberKind::INTERNATIONAL,
            Self::National => NumberKind::NATIONAL,
            Self::Subscriber => NumberKind::SUBSCRIBER,
            Self::Other(octet) => NumberKind(octet >> 4 & 7),
        }
    }

    pub(crate) const fn plan(self) -> NumberingPlan {
        match self {
            Self::Unknown => NumberingPlan::UNKNOWN,
            Self::International | Self::National | Self::Subscriber => NumberingPlan::E164,
            Self::Private => NumberingPlan::PRIVATE,
            Self::Other(octet) => NumberingPlan(octet & 15),
        }
    }

    fn of(number: &PartyNumber<'_>) -> Self {
        match (number.kind, number.plan) {
            (NumberKind::UNKNOWN, NumberingPlan::UNKNOWN) => Self::Unknown,
            (NumberKind::INTERNATIONAL, NumberingPlan::E164) => Self::International,
            (NumberKind::NATIONAL, NumberingPlan::E164) => Self::National,
            (NumberKind::SUBSCRIBER, NumberingPlan::E164) => Self::Subscriber,
            (NumberKind::UNKNOWN, NumberingPlan::PRIVATE) => Self::Private,
            (kind, plan) => Self::Other((kind.0 & 7) << 4 | plan.0 & 15),
        }
    }
}

/// A party other than the called one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Its number; IA5 characters, empty if it is not told.
    pub number: String,
    /// What kind of number.
    pub number_type: NumberType,
    /// Its number is not to be shown to anybody (presentation restricted).
    pub withheld: bool,
    /// The network vouches for the number: it is the network's own, or was checked by it.
    pub verified: bool,
    /// Of a redirecting party: why the call was passed on, as Q.931 has it (1 busy, 2 no reply, 15 unconditional…).
    pub reason: u8,
}

impl Party {
    fn of(number: &PartyNumber<'_>) -> Self {
        let (presentation, screening) =
            number.shown.unwrap_or((Presentation::ALLOWED, Screening::NOT_SCREENED));
        Self {
            number: String::from_utf8_lossy(number.digits).into_owned(),
            number_type: NumberType::of(number),
            withheld: presentation == Presentation::RESTRICTED,
            verified: matches!(screening, Screening::PASSED | Screening::NETWORK),
            reason: number.reason.map_or(0, |reason| reason.0),
        }
    }

    /// As it is sent: our own numbers are screened by nobody yet.
    pub(crate) fn number(&self) -> PartyNumber<'_> {
        let presentation = if self.withheld { Presentation::RESTRICTED } else { Presentation::ALLOWED };
        PartyNumber {
            kind: self.number_type.kind(),
            plan: self.number_type.plan(),
            shown: Some((presentation, Screening::NOT_SCREENED)),
            reason: (self.reason != 0).then_some(RedirectionReason(self.reason)),
            digits: self.number.as_bytes(),
        }
    }
}

/// What an incoming call says of who is behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallParties {
    /// Who calls.
    pub calling: Option<Party>,
    /// Who has passed the call on.
    pub redirecting: Option<Party>,
    /// A text to be shown, such as the name of who calls.
    pub display: String,
}

impl CallParties {
    pub(crate) fn of_setup(setup: &Message<'_>) -> Self {
        Self {
            calling: setup.find::<CallingNumber<'_>>().map(|number| Party::of(&number.0)),
            redirecting: setup.find::<RedirectingNumber<'_>>().map(|number| Party::of(&number.0)),
            display: setup
                .find::<Display<'_>>()
                .map_or_else(String::new, |display| String::from_utf8_lossy(display.text()).into_owned()),
        }
    }
}

/// What goes with a call that is placed, where its signalling can carry it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceOptions {
    /// What kind of number is called.
    pub called_type: NumberType,
    /// Who calls.
    pub calling: Option<Party>,
    /// Who has passed the call on.
    pub redirecting: Option<Party>,
    /// A text to be shown.
    pub display: String,
    /// What the call carries.
    pub bearer: Bearer,
    /// The number is not complete: more digits follow with `call_more_digits` (overlap sending).
    pub more_digits_follow: bool,
}
