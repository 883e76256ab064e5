//! What an owner asks of an interface, and why it may be refused.
use super::BChannel;
use super::element::{
    BearerCapability, HighLayerCompatibility, LowLayerCompatibility, PartyNumber, ProgressIndicator, UserUser,
};
use super::{RawElement, WriteError};

/// The channel of a call to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelWish {
    /// A free one, which the far end may change.
    Any,
    /// This one, which the far end may change.
    Preferred(BChannel),
    /// Only this one.
    Exclusive(BChannel),
    /// None: signalling without a bearer.
    NoChannel,
}

/// A call to be made.
#[derive(Clone, Copy, Debug)]
pub struct SetupRequest<'a> {
    /// Its channel.
    pub channel: ChannelWish,
    /// Its bearer.
    pub bearer: BearerCapability,
    /// Whom to call; digits may follow.
    pub called: Option<PartyNumber<'a>>,
    /// Who calls.
    pub calling: Option<PartyNumber<'a>>,
    /// Who passed the call on.
    pub redirecting: Option<PartyNumber<'a>>,
    /// A text, such as the name of who calls.
    pub display: Option<&'a [u8]>,
    /// Octets for the called user.
    pub user_user: Option<UserUser<'a>>,
    /// The call comes from elsewhere than an ISDN, or with tones.
    pub progress: Option<ProgressIndicator>,
    /// Low layer compatibility.
    pub low_layer: Option<LowLayerCompatibility>,
    /// High layer compatibility.
    pub high_layer: Option<HighLayerCompatibility>,
    /// The number has all its digits.
    pub complete: bool,
    /// Any other elements.
    pub elements: &'a [RawElement<'a>],
}

impl<'a> SetupRequest<'a> {
    /// A call to a complete number on any channel.
    #[must_use]
    pub const fn new(bearer: BearerCapability, called: PartyNumber<'a>) -> Self {
        Self {
            channel: ChannelWish::Any,
            bearer,
            called: Some(called),
            calling: None,
            redirecting: None,
            display: None,
            user_user: None,
            progress: None,
            low_layer: None,
            high_layer: None,
            complete: true,
            elements: &[],
        }
    }
}

/// What a message may carry beside what it must.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra<'a> {
    /// Progress.
    pub progress: Option<ProgressIndicator>,
    /// A text.
    pub display: Option<&'a [u8]>,
    /// Who has answered.
    pub connected: Option<PartyNumber<'a>>,
    /// Octets for the other user.
    pub user_user: Option<UserUser<'a>>,
    /// Any other elements.
    pub elements: &'a [RawElement<'a>],
}

/// Why a call cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// There is no data link.
    LinkDown,
    /// As many calls as there may be, or too many events that nobody fetches.
    Busy,
    /// No channel is free.
    NoChannelFree,
    /// The interface has no such channel.
    NoSuchChannel,
    /// The channel has a call or is out of use.
    ChannelBusy,
    /// The message cannot be written.
    Message(WriteError),
}

/// Why a command about a call is refused. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallError {
    /// No such call, or no more.
    UnknownCall,
    /// Not in this state of the call (Q.931 §2.1.1, §2.1.2).
    State(u8),
    /// The call has no channel.
    NoChannel,
    /// There is no data link.
    LinkDown,
    /// The far end has said that the number is complete.
    NumberComplete,
    /// More digits than are kept until the far end asks for them.
    TooManyDigits,
    /// The switch has no such message.
    NotInProfile,
    /// The message cannot be written.
    Message(WriteError),
}

/// Why a command about channels is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelError {
    /// The interface has no such channel.
    NoSuchChannel,
    /// There is no data link.
    LinkDown,
    /// The switch has no such message.
    NotInProfile,
    /// The same is under way.
    UnderWay,
}

/// What is to be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartScope {
    /// One channel.
    Channel(BChannel),
    /// All channels of an interface, or of all of them.
    Interface,
}
