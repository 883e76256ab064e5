//! What a message must hold and may hold (Q.931 §3, Q.932 §7, EN 300 196-1 §11 for hold), as data, and what a
//! received one lacks (Q.931 §5.8.5 to §5.8.7). Which answer each fault gets is the machine's business.
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
            let place = CALL_CONTROL.binary_search_by_key(&kind.value, |entry| entry.0.value);
            place.ok().map(|at| CALL_CONTROL[at].1)
        }
        Discriminator::Maintenance | Discriminator::NationalMaintenance => {
            let known = kind == discriminator.service() || kind == discriminator.service_acknowledge();
            known.then_some(MAINTENANCE)
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

const fn rule(id: ElementId, need: Need, from: From) -> Rule {
    Rule { id, need, from }
}

const fn may(id: ElementId) -> Rule {
    rule(id, Need::Optional, From::Either)
}

const fn must(id: ElementId) -> Rule {
    rule(id, Need::Mandatory, From::Either)
}

const fn network_may(id: ElementId) -> Rule {
    rule(id, Need::Optional, From::Network)
}

const fn user_may(id: ElementId) -> Rule {
    rule(id, Need::Optional, From::User)
}

const CHANNEL_IN_FIRST_RESPONSE: Rule =
    rule(ElementId::CHANNEL_IDENTIFICATION, Need::FirstResponse, From::Network);
const CHANNEL_OF_USER: Rule = user_may(ElementId::CHANNEL_IDENTIFICATION);
const CAUSE_IN_FIRST_CLEARING: Rule = rule(ElementId::CAUSE, Need::FirstClearing, From::Either);
const BEARER: Rule = may(ElementId::BEARER_CAPABILITY);
const PROGRESS: Rule = may(ElementId::PROGRESS_INDICATOR);
const DISPLAY: Rule = network_may(ElementId::DISPLAY);
const SIGNAL: Rule = network_may(ElementId::SIGNAL);
const HIGH_LAYER: Rule = may(ElementId::HIGH_LAYER_COMPATIBILITY);
const LOW_LAYER: Rule = may(ElementId::LOW_LAYER_COMPATIBILITY);
const FACILITY: Rule = may(ElementId::FACILITY);
const USER_USER: Rule = may(ElementId::USER_USER);
const NOTIFICATION: Rule = may(ElementId::NOTIFICATION_INDICATOR);

/// Q.931 §3.1.2, §3.1.1: what CALL PROCEEDING and ALERTING share.
const EARLY: &[Rule] = &[
    BEARER,
    CHANNEL_IN_FIRST_RESPONSE,
    CHANNEL_OF_USER,
    FACILITY,
    PROGRESS,
    NOTIFICATION,
    DISPLAY,
    SIGNAL,
    may(ElementId::REDIRECTING_NUMBER),
    HIGH_LAYER,
    USER_USER,
];

/// Q.931 §3.1.9, §3.1.10.
const RELEASING: &[Rule] = &[CAUSE_IN_FIRST_CLEARING, FACILITY, DISPLAY, SIGNAL, USER_USER];

const DISPLAY_ONLY: &[Rule] = &[DISPLAY];
const REJECTING: &[Rule] = &[must(ElementId::CAUSE), DISPLAY];

/// Q.931 §3.4.1, §3.4.2.
const RESTARTING: &[Rule] =
    &[may(ElementId::CHANNEL_IDENTIFICATION), DISPLAY, must(ElementId::RESTART_INDICATOR)];

/// In the order of the message types.
const CALL_CONTROL: &[(MessageType, &[Rule])] = &[
    (MessageType::ALERTING, EARLY),
    (MessageType::CALL_PROCEEDING, EARLY),
    // §3.1.8
    (
        MessageType::PROGRESS,
        &[
            BEARER,
            may(ElementId::CAUSE),
            may(ElementId::CHANNEL_IDENTIFICATION),
            FACILITY,
            must(ElementId::PROGRESS_INDICATOR),
            NOTIFICATION,
            DISPLAY,
            SIGNAL,
            HIGH_LAYER,
            USER_USER,
        ],
    ),
    // §3.1.14
    (
        MessageType::SETUP,
        &[
            may(ElementId::SENDING_COMPLETE),
            may(ElementId::REPEAT_INDICATOR),
            must(ElementId::BEARER_CAPABILITY),
            rule(ElementId::CHANNEL_IDENTIFICATION, Need::Mandatory, From::Network),
            CHANNEL_OF_USER,
            FACILITY,
            PROGRESS,
            may(ElementId::NETWORK_FACILITIES),
            NOTIFICATION,
            DISPLAY,
            network_may(ElementId::DATE_TIME),
            may(ElementId::KEYPAD),
            SIGNAL,
            may(ElementId::REVERSE_CHARGING),
            may(ElementId::CALLING_NUMBER),
            may(ElementId::CALLING_SUBADDRESS),
            may(ElementId::CALLED_NUMBER),
            may(ElementId::CALLED_SUBADDRESS),
            may(ElementId::ORIGINAL_CALLED_NUMBER),
            may(ElementId::REDIRECTING_NUMBER),
            user_may(ElementId::TRANSIT_NETWORK),
            LOW_LAYER,
            HIGH_LAYER,
            USER_USER,
        ],
    ),
    // §3.1.3
    (
        MessageType::CONNECT,
        &[
            BEARER,
            CHANNEL_IN_FIRST_RESPONSE,
            CHANNEL_OF_USER,
            FACILITY,
            PROGRESS,
            NOTIFICATION,
            DISPLAY,
            network_may(ElementId::DATE_TIME),
            SIGNAL,
            may(ElementId::CONNECTED_NUMBER),
            may(ElementId::CONNECTED_SUBADDRESS),
            LOW_LAYER,
            HIGH_LAYER,
            USER_USER,
        ],
    ),
    // §3.1.15
    (
        MessageType::SETUP_ACKNOWLEDGE,
        &[CHANNEL_IN_FIRST_RESPONSE, CHANNEL_OF_USER, PROGRESS, DISPLAY, SIGNAL],
    ),
    // §3.1.4
    (MessageType::CONNECT_ACKNOWLEDGE, &[may(ElementId::CHANNEL_IDENTIFICATION), FACILITY, DISPLAY, SIGNAL]),
    // §3.3.7
    (MessageType::USER_INFORMATION, &[may(ElementId::MORE_DATA), must(ElementId::USER_USER)]),
    (MessageType::SUSPEND_REJECT, REJECTING),
    (MessageType::RESUME_REJECT, REJECTING),
    (MessageType::HOLD, &[DISPLAY, FACILITY]),
    (MessageType::SUSPEND, &[may(ElementId::CALL_IDENTITY)]),
    (MessageType::RESUME, &[may(ElementId::CALL_IDENTITY)]),
    (MessageType::HOLD_ACKNOWLEDGE, &[DISPLAY, FACILITY]),
    (MessageType::SUSPEND_ACKNOWLEDGE, DISPLAY_ONLY),
    (MessageType::RESUME_ACKNOWLEDGE, &[must(ElementId::CHANNEL_IDENTIFICATION), DISPLAY]),
    (MessageType::HOLD_REJECT, REJECTING),
    (MessageType::RETRIEVE, &[may(ElementId::CHANNEL_IDENTIFICATION), FACILITY, DISPLAY]),
    (MessageType::RETRIEVE_ACKNOWLEDGE, &[must(ElementId::CHANNEL_IDENTIFICATION), FACILITY, DISPLAY]),
    (MessageType::RETRIEVE_REJECT, REJECTING),
    // §3.1.5
    (
        MessageType::DISCONNECT,
        &[must(ElementId::CAUSE), FACILITY, PROGRESS, NOTIFICATION, DISPLAY, SIGNAL, USER_USER],
    ),
    (MessageType::RESTART, RESTARTING),
    (MessageType::RELEASE, RELEASING),
    (MessageType::RESTART_ACKNOWLEDGE, RESTARTING),
    (MessageType::RELEASE_COMPLETE, RELEASING),
    (MessageType::SEGMENT, &[must(ElementId::SEGMENTED_MESSAGE)]),
    (
        MessageType::FACILITY,
        &[
            must(ElementId::FACILITY),
            NOTIFICATION,
            DISPLAY,
            may(ElementId::CALLING_NUMBER),
            may(ElementId::CALLED_NUMBER),
        ],
    ),
    (
        MessageType::REGISTER,
        &[
            must(ElementId::FACILITY),
            DISPLAY,
            may(ElementId::CALLING_NUMBER),
            may(ElementId::CALLED_NUMBER),
            may(ElementId::CALLING_SUBADDRESS),
            may(ElementId::CALLED_SUBADDRESS),
        ],
    ),
    // §3.1.7
    (
        MessageType::NOTIFY,
        &[
            BEARER,
            must(ElementId::NOTIFICATION_INDICATOR),
            DISPLAY,
            may(ElementId::REDIRECTING_NUMBER),
            HIGH_LAYER,
        ],
    ),
    (MessageType::STATUS_ENQUIRY, DISPLAY_ONLY),
    // §3.3.2
    (MessageType::CONGESTION_CONTROL, &[must(ElementId::CONGESTION_LEVEL), must(ElementId::CAUSE), DISPLAY]),
    // §3.1.6
    (
        MessageType::INFORMATION,
        &[
            may(ElementId::SENDING_COMPLETE),
            may(ElementId::CAUSE),
            DISPLAY,
            may(ElementId::KEYPAD),
            SIGNAL,
            may(ElementId::CALLED_NUMBER),
        ],
    ),
    // §3.1.16
    (MessageType::STATUS, &[must(ElementId::CAUSE), must(ElementId::CALL_STATE), DISPLAY]),
];

/// SERVICE and SERVICE ACKNOWLEDGE, as the switches of North America use them.
const MAINTENANCE: &[Rule] =
    &[must(ElementId::CHANGE_STATUS), must(ElementId::CHANNEL_IDENTIFICATION), DISPLAY];
