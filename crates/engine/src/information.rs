//! What ends tell each other during a call besides its progress.
use crate::EngineError;
use crate::event::CallStage;
use crate::party::{check_display, check_number, check_user_user};
use std::fmt;

/// What kind of information it is. Where signalling has no such thing it is neither sent nor received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InformationKind {
    /// A notification, one octet: the description of Q.931 §4.5.22, such as 0 user suspended, 1 user resumed.
    Notification,
    /// What a user has keyed, IA5 (Q.931 §4.5.18).
    Keypad,
    /// From user to user: the protocol discriminator and the user's octets (Q.931 §4.5.30).
    UserUser,
    /// A facility, its octets as they are (Q.932 §8.2.3).
    Facility,
    /// A text to be shown.
    Display,
    /// Digits of the called number that came when it was complete without them. Not sent.
    LateDigits,
}

impl InformationKind {
    /// What could not be sent as it is.
    pub(crate) fn check(self, octets: &[u8]) -> Result<(), EngineError> {
        let text = || std::str::from_utf8(octets).map_err(|_| EngineError::BadArgument("it is not UTF-8"));
        if octets.is_empty() {
            return Err(EngineError::BadArgument("there is nothing to send"));
        }
        match self {
            Self::Notification if octets.len() == 1 && octets[0] < 0x80 => Ok(()),
            Self::Notification => Err(EngineError::BadArgument("a notification is one octet, 0 to 127")),
            Self::Keypad => check_number(text()?),
            Self::UserUser => check_user_user(octets),
            Self::Facility if octets.len() < 256 => Ok(()),
            Self::Facility => Err(EngineError::BadArgument("a facility has at most 255 octets")),
            Self::Display => check_display(text()?),
            Self::LateDigits => Err(EngineError::BadArgument("digits are sent as more digits of the number")),
        }
    }
}

/// Whether a channel takes calls, and what keeps it from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelService {
    /// It takes calls.
    InService,
    /// The host has blocked it.
    Blocked,
    /// The far end has blocked it.
    BlockedByFarEnd,
    /// It is being reset, and the far end has not answered yet.
    Resetting,
    /// The far end has not answered its reset.
    OutOfService,
}

/// What another configuration means for the spans, each of which tells by `SpanChanged` when it is so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Provisioned {
    /// Spans that come.
    pub spans_added: usize,
    /// Spans that are set up anew: what names their channels is stale then.
    pub spans_changed: usize,
    /// Spans that are used no longer.
    pub spans_removed: usize,
    /// Calls on those that are waited for.
    pub calls: usize,
}

/// What has become of a span by another configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpanNews {
    /// It is used from now on.
    Added,
    /// It is as the configuration has it from now on.
    Changed,
    /// It is used no longer.
    Removed,
    /// Its card has not taken it, and it is not used; why.
    Refused(String),
}

impl fmt::Display for SpanNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("in use from now on"),
            Self::Changed => f.write_str("set up anew"),
            Self::Removed => f.write_str("not used any more"),
            Self::Refused(problem) => write!(f, "not in use: {problem}"),
        }
    }
}

/// What has become of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldChange {
    /// The far end holds the call for us, as we asked.
    Held,
    /// The far end has refused to.
    HoldRefused,
    /// The call that was held for us is back.
    Retrieved,
    /// The far end has refused to give it back yet.
    RetrieveRefused,
    /// We hold the call for the far end, which has asked for it.
    HeldForFarEnd,
    /// The far end has it back.
    RetrievedByFarEnd,
}

/// What has happened to a call besides its state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallProgress {
    /// The far end has the whole number of a call that was placed, and is on its way.
    pub proceeding: bool,
    /// The called party is being alerted.
    pub alerting: bool,
    /// A tone or a voice of the network, or of the host, may be heard before the answer or after the end.
    pub in_band: bool,
    /// The far end holds it for us.
    pub held: bool,
    /// We hold it for the far end.
    pub held_for_far_end: bool,
}

impl CallProgress {
    pub(crate) const fn note_hold(&mut self, change: HoldChange) {
        match change {
            HoldChange::Held => self.held = true,
            HoldChange::Retrieved => self.held = false,
            HoldChange::HeldForFarEnd => self.held_for_far_end = true,
            HoldChange::RetrievedByFarEnd => self.held_for_far_end = false,
            HoldChange::HoldRefused | HoldChange::RetrieveRefused => {}
        }
    }

    pub(crate) const fn note_stage(&mut self, stage: CallStage, in_band: bool) {
        match stage {
            CallStage::Proceeding => self.proceeding = true,
            CallStage::Alerting => self.alerting = true,
            CallStage::MoreDigitsWanted | CallStage::DigitsNotWanted | CallStage::Progress => {}
        }
        self.in_band |= in_band;
    }
}
