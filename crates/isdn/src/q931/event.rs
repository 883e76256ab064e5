//! What an interface tells its owner, and the queue where it waits.
use std::collections::VecDeque;
use std::sync::Arc;

use tandem_types::Cause;

use super::channels::ChannelIndex;
use super::element::{ElementId, InterfaceState};
use super::{BChannel, LinkId, Message, RawElement};

/// A call, of this interface and for ever: a number is not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// How an incoming number came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitsEnd {
    /// It came in one piece.
    EnBloc,
    /// Sending complete.
    SendingComplete,
    /// The digit that ends numbers.
    EndDigit,
    /// As many digits as a number has, or as the dial plan has for one that begins so.
    Full,
    /// No number of the dial plan begins so.
    NotInPlan,
    /// More digits than a number has; the rest is dropped.
    TooMany,
    /// No digit came within T302.
    Timer,
}

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleasedBy {
    /// A command here.
    Local,
    /// The far end.
    Far,
    /// A timer that ran out.
    Timer,
    /// A restart of its channel, by either end.
    Restart,
    /// The data link.
    Link,
    /// A fault in what the far end sent, or no room here.
    Fault,
}

/// News of a call. A call begins with an accepted `setup` or with `Incoming` and ends with exactly one
/// `Released`, its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallNews {
    /// The far end calls.
    Incoming {
        /// How its number ended; `None` while more digits may come.
        number: Option<DigitsEnd>,
    },
    /// More digits came; `called_digits` has them all.
    Digits {
        /// How the number ended; `None` while more may come.
        end: Option<DigitsEnd>,
    },
    /// Digits came after the number was complete.
    LateDigits,
    /// The far end wants more digits.
    SetupAcknowledged,
    /// Digits given before the far end's first answer were not wanted.
    DigitsUnsent,
    /// The far end has all digits.
    Proceeding,
    /// The far end is ringing.
    Alerting,
    /// Progress, as the message says.
    Progress,
    /// The far end has answered.
    Answered,
    /// Our answer has been acknowledged.
    AnswerAcknowledged,
    /// The far end has begun to clear. While in-band information is to be heard the channel stays.
    Disconnected {
        /// Why.
        cause: Cause,
    },
    /// We have begun to clear on our own: a timer ran out, or the ends do not agree on the state. `Released` follows.
    Clearing,
    /// Our call met one of the far end on its channel and gave way; `Released` follows. The owner may try another channel.
    GlareLost,
    /// The far end asks for hold: `hold_acknowledge` or `hold_reject`.
    HoldRequested,
    /// The far end has accepted our hold.
    Held,
    /// The far end has refused our hold, or not answered.
    HoldRefused,
    /// The far end asks for retrieval: `retrieve_acknowledge` or `retrieve_reject`.
    RetrieveRequested,
    /// The far end has accepted our retrieval.
    Retrieved,
    /// The far end has refused our retrieval, or not answered.
    RetrieveRefused,
    /// NOTIFY.
    Notify,
    /// INFORMATION that is no part of a number.
    Information,
    /// USER INFORMATION.
    UserInformation,
    /// CONGESTION CONTROL.
    Congestion,
    /// FACILITY.
    Facility,
    /// STATUS that changes nothing.
    Status {
        /// The far end's state.
        state: u8,
        /// Its cause.
        cause: Cause,
    },
    /// The call is over; its channel and its reference are free.
    Released {
        /// Why.
        cause: Cause,
        /// Who ended it.
        by: ReleasedBy,
    },
}

/// News of a call with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// The call.
    pub call: CallId,
    /// Its channel, as far as one is agreed.
    pub channel: Option<BChannel>,
    /// The far end sends something to be heard although the call is not answered, or no longer.
    pub in_band: bool,
    /// What happened.
    pub news: CallNews,
    /// The message that told it.
    pub octets: Option<Arc<[u8]>>,
}

impl CallEvent {
    /// The message that told it.
    #[must_use]
    pub fn message(&self) -> Option<Message<'_>> {
        self.octets.as_deref().and_then(|octets| Message::new_checked(octets).ok())
    }

    /// An element of the message that told it.
    #[must_use]
    pub fn raw(&self, codeset: u8, id: ElementId) -> Option<RawElement<'_>> {
        self.message().and_then(|message| message.raw(codeset, id))
    }
}

/// Whether calls may use a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelService {
    /// They may.
    InService,
    /// A restart is under way.
    Restarting,
    /// Taken out by an end.
    Blocked {
        /// By us.
        here: InterfaceState,
        /// By the far end.
        far: InterfaceState,
    },
    /// A restart was never answered.
    OutOfService,
}

/// News of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Of a call.
    Call(CallEvent),
    /// Of a channel: the latest, however often it changed since the last was fetched.
    Channel {
        /// The channel.
        channel: BChannel,
        /// Its service now.
        service: ChannelService,
    },
    /// The far end has answered the restart of an interface.
    InterfaceRestarted,
    /// The far end has restarted channels of ours.
    RestartedByFar,
    /// What we sent came back: the D channel is looped.
    Looped {
        /// Where.
        link: LinkId,
    },
    /// Another D channel carries the calls now.
    LinkSwitched {
        /// This.
        to: LinkId,
    },
    /// There is no D channel.
    LinksLost,
    /// There is a D channel again.
    LinksRestored,
    /// FACILITY or REGISTER that belongs to no call.
    Unassociated {
        /// The message.
        octets: Arc<[u8]>,
    },
}

/// Events not yet fetched. News of a channel takes one place however often it changes; `Released` always
/// finds room because calls are limited; the rest is limited.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
pub(super) enum Waiting {
    Event(Event),
    Channel(ChannelIndex),
}

impl EventQueue {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn push(&mut self, event: Event) {
        self.waiting.push_back(Waiting::Event(event));
    }

    pub(super) fn push_channel(&mut self, channel: ChannelIndex) {
        self.waiting.push_back(Waiting::Channel(channel));
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        self.waiting.pop_front()
    }
}
