//! The elements of each message (Q.931 §3, Q.932 §7, EN 300 196-1 §11). A clause stands beside each table; an
//! element that only one side sends says so.
use super::super::MessageType;
use super::super::element::ElementId;
use super::{From, Need, Rule};

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
pub(super) const CALL_CONTROL: &[(MessageType, &[Rule])] = &[
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
pub(super) const MAINTENANCE: &[Rule] =
    &[must(ElementId::CHANGE_STATUS), must(ElementId::CHANNEL_IDENTIFICATION), DISPLAY];
