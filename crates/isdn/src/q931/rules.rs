//! What a message must hold and may hold (Q.931 §3, Q.932 §7, EN 300 196-1 §11 for hold), as data, and what a
//! received one lacks (Q.931 §5.8.5 to §5.8.7). Which answer each fault gets is the machine's business.
mod table;

use super::element::{
    BearerCapability, CallStateInfo, CalledNumber, CalledSubaddress, CallingNumber, CallingSubaddress,
    CauseInfo, ChangeStatus, ChannelIdentification, ConnectedNumber, ConnectedSubaddress, ContentError,
    DateTime, Element, ElementId, HighLayerCompatibility, LowLayerCompatibility, NetworkFacilities,
    NotificationIndicator, ProgressIndicator, RedirectingNumber, RestartIndicator, Signal, TransitNetwork,
    UserUser,
};
use super::message::Discriminator;
use super::{Message, MessageType, RawElement};
use crate::Side;

/// Whether an element must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It may be.
    Optional,
    /// It must be.
    Mandatory,
    /// It must be in the first answer to a SETUP, and may be in later ones.
    FirstResponse,
    /// It must be when the message begins the clearing of the call.
    FirstClearing,
}

/// Who sends an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Either side.
    Either,
    /// The user only.
    User,
    /// The network only.
    Network,
}

/// An element in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The element, of codeset 0.
    pub id: ElementId,
    /// Whether it must be there.
    pub need: Need,
    /// From whom.
    pub from: From,
}

/// What a received message is seen against.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Who sent it.
    pub from: Side,
    /// It is the first answer to our SETUP, and the channel is still open.
    pub first_response: bool,
    /// Nothing has begun to clear the call.
    pub first_clearing: bool,
    /// Both sides follow the same rules, as in QSIG: what is mandatory from one is from the other.
    pub symmetric: bool,
}

/// The first few elements with a fault: the diagnostics of a cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faulty {
    ids: [u8; Self::MAX],
    len: u8,
}

impl Faulty {
    const MAX: usize = 8;

    /// One element.
    #[must_use]
    pub fn of(id: ElementId) -> Self {
        let mut new = Self::default();
        new.add(id);
        new
    }

    fn add(&mut self, id: ElementId) {
        if let Some(place) = self.ids.get_mut(usize::from(self.len)) {
            *place = id.0;
            self.len += 1;
        }
    }

    /// Their identifiers.
    #[must_use]
    pub fn ids(&self) -> &[u8] {
        &self.ids[..usize::from(self.len)]
    }

    /// There are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Mandatory elements that are not there or empty, and unknown ones that must be understood: cause 96.
    pub missing: Faulty,
    /// Mandatory elements with wrong content: cause 100.
    pub invalid_mandatory: Faulty,
    /// Unknown elements of codeset 0: cause 99.
    pub unrecognised: Faulty,
    /// Optional elements with wrong content: cause 100.
    pub invalid: Faulty,
    /// Optional elements of the users that are too long: cause 43.
    pub discarded: Faulty,
    /// Known elements that do not belong into this message. They are passed on all the same, as the note to
    /// Q.931 §5.8.7.3 permits.
    pub unexpected: Faulty,
}

/// The elements of a message by its type; `None` for a type that is not known.
#[must_use]
pub fn contents(discriminator: Discriminator, kind: MessageType) -> Option<&'static [Rule]> {
    if kind.national {
        return None;
    }
    match discriminator {
        Discriminator::CallControl => {
            let place = table::CALL_CONTROL.binary_search_by_key(&kind.value, |entry| entry.0.value);
            place.ok().map(|at| table::CALL_CONTROL[at].1)
        }
        Discriminator::Maintenance | Discriminator::NationalMaintenance => {
            let known = kind == discriminator.service() || kind == discriminator.service_acknowledge();
            known.then_some(table::MAINTENANCE)
        }
    }
}

/// Looks a message over. One of an unknown type has nothing to be found.
#[must_use]
pub fn examine(message: &Message<'_>, context: &Context) -> Findings {
    let mut findings = Findings::default();
    let Some(rules) = contents(message.discriminator(), message.kind()) else {
        return findings;
    };
    let mut present = 0u64;
    for element in message.elements().filter(|element| element.codeset == 0) {
        let rule = rules.iter().position(|rule| rule.id == element.id && rule.is_from(context));
        let empty = element.content.is_empty() && element.whole;
        // Q.931 §4.5.1: an empty element is as good as none. §5.8.5.2: only the first of several counts.
        if empty || rule.is_some_and(|at| present >> at & 1 != 0) {
            continue;
        }
        if let Some(at) = rule {
            present |= 1 << at;
        }
        findings.judge(&element, rule.map(|at| rules[at]), message, context);
    }
    for (at, rule) in rules.iter().enumerate() {
        if present >> at & 1 == 0 && rule.is_from(context) && rule.is_needed(context) {
            findings.missing.add(rule.id);
        }
    }
    findings
}

impl Rule {
    fn is_from(&self, context: &Context) -> bool {
        match self.from {
            From::Either => true,
            From::User => context.symmetric || context.from == Side::User,
            From::Network => context.symmetric || context.from == Side::Network,
        }
    }

    fn is_needed(&self, context: &Context) -> bool {
        match self.need {
            Need::Optional => false,
            Need::Mandatory => true,
            Need::FirstResponse => context.first_response,
            Need::FirstClearing => context.first_clearing,
        }
    }
}

impl Findings {
    fn judge(
        &mut self,
        element: &RawElement<'_>,
        rule: Option<Rule>,
        message: &Message<'_>,
        context: &Context,
    ) {
        let id = element.id;
        let known = id.name().is_some()
            && (id != ElementId::CHANGE_STATUS || message.discriminator() != Discriminator::CallControl);
        match (known, rule) {
            // Q.931 §5.8.7.1: as if a mandatory element were missing.
            (false, _) if id.needs_comprehension() => self.missing.add(id),
            (false, _) => self.unrecognised.add(id),
            (true, rule) => {
                if rule.is_none() {
                    self.unexpected.add(id);
                }
                let needed = rule.is_some_and(|rule| rule.is_needed(context));
                match check(element) {
                    Ok(()) => {}
                    Err(_) if needed => self.invalid_mandatory.add(id),
                    // Q.931 §5.8.7.2: access information that is too long has a cause of its own.
                    Err(ContentError::Long) if is_access_information(id) => self.discarded.add(id),
                    Err(_) => self.invalid.add(id),
                }
            }
        }
    }
}

/// Elements that go from user to user.
const fn is_access_information(id: ElementId) -> bool {
    matches!(
        id,
        ElementId::USER_USER
            | ElementId::CALLED_SUBADDRESS
            | ElementId::CALLING_SUBADDRESS
            | ElementId::CONNECTED_SUBADDRESS
            | ElementId::LOW_LAYER_COMPATIBILITY
            | ElementId::HIGH_LAYER_COMPATIBILITY
    )
}

fn check(element: &RawElement<'_>) -> Result<(), ContentError> {
    if !element.whole {
        return Err(ContentError::Short);
    }
    if element.content.len() > longest(element.id) {
        return Err(ContentError::Long);
    }
    match element.id {
        ElementId::BEARER_CAPABILITY => sound::<BearerCapability>(element),
        ElementId::CAUSE => sound::<CauseInfo<'_>>(element),
        ElementId::CALL_STATE => sound::<CallStateInfo>(element),
        ElementId::CHANNEL_IDENTIFICATION => sound::<ChannelIdentification>(element),
        ElementId::PROGRESS_INDICATOR => sound::<ProgressIndicator>(element),
        ElementId::NETWORK_FACILITIES => sound::<NetworkFacilities<'_>>(element),
        ElementId::NOTIFICATION_INDICATOR => sound::<NotificationIndicator>(element),
        ElementId::DATE_TIME => sound::<DateTime>(element),
        ElementId::SIGNAL => sound::<Signal>(element),
        ElementId::CONNECTED_NUMBER => sound::<ConnectedNumber<'_>>(element),
        ElementId::CONNECTED_SUBADDRESS => sound::<ConnectedSubaddress<'_>>(element),
        ElementId::CALLING_NUMBER => sound::<CallingNumber<'_>>(element),
        ElementId::CALLING_SUBADDRESS => sound::<CallingSubaddress<'_>>(element),
        ElementId::CALLED_NUMBER => sound::<CalledNumber<'_>>(element),
        ElementId::CALLED_SUBADDRESS => sound::<CalledSubaddress<'_>>(element),
        ElementId::REDIRECTING_NUMBER => sound::<RedirectingNumber<'_>>(element),
        ElementId::TRANSIT_NETWORK => sound::<TransitNetwork<'_>>(element),
        ElementId::RESTART_INDICATOR => sound::<RestartIndicator>(element),
        ElementId::LOW_LAYER_COMPATIBILITY => sound::<LowLayerCompatibility>(element),
        ElementId::HIGH_LAYER_COMPATIBILITY => sound::<HighLayerCompatibility>(element),
        ElementId::USER_USER => sound::<UserUser<'_>>(element),
        ElementId::CHANGE_STATUS => sound::<ChangeStatus>(element),
        _ => Ok(()),
    }
}

fn sound<'a, E: Element<'a>>(element: &RawElement<'a>) -> Result<(), ContentError> {
    element.parse::<E>().map(drop)
}

/// The longest content, where Q.931 §3.1 and §4.5 set a limit that does not depend on the network.
const fn longest(id: ElementId) -> usize {
    match id {
        ElementId::BEARER_CAPABILITY => 11,
        ElementId::CAUSE => 30,
        ElementId::CALL_STATE | ElementId::RESTART_INDICATOR | ElementId::SIGNAL => 1,
        ElementId::PROGRESS_INDICATOR => 2,
        ElementId::DISPLAY => 80,
        ElementId::DATE_TIME => 6,
        ElementId::KEYPAD => 32,
        ElementId::CALLED_SUBADDRESS | ElementId::CALLING_SUBADDRESS | ElementId::CONNECTED_SUBADDRESS => 21,
        ElementId::LOW_LAYER_COMPATIBILITY => 16,
        ElementId::HIGH_LAYER_COMPATIBILITY => 3,
        ElementId::USER_USER => 129,
        _ => 255,
    }
}
