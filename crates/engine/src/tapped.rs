//! Calls of others, as a host sees them that listens to their line.
use crate::event::CallId;
use crate::party::CallParties;
use tandem_isdn::Side;
use tandem_isdn::tap::{TapEnd, TapState};
use tandem_types::{Cause, FrameTime, Handle};

/// What is known of a call on a line that is listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapCallInfo {
    /// Its number: one of those that calls have.
    pub call: CallId,
    /// How far it is.
    pub state: TapState,
    /// Which end called.
    pub caller: Side,
    /// Its SETUP was heard. Without, it was there before, and its parties are not known.
    pub whole: bool,
    /// The span that hears the network.
    pub span: Handle,
    /// The channel that hears what the network says, as soon as it is certain. A recording of it has both directions.
    pub from_network: Option<Handle>,
    /// The channel that hears what the user says.
    pub from_user: Option<Handle>,
    /// Who has to do with it, as its SETUP says, the called number with the digits that came one by one.
    pub parties: CallParties,
    /// When it was first heard of.
    pub began: FrameTime,
    /// When it was answered.
    pub answered: Option<FrameTime>,
    /// When and how it ended.
    pub ended: Option<(FrameTime, TapEnd)>,
    /// Why, as far as that was said.
    pub cause: Option<Cause>,
}
