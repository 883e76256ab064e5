//! A call between the two ends of a tapped interface, as far as it has been heard.
use crate::Side;
use crate::q931::element::{CalledNumber, CallingNumber, ChannelIdentification, Keypad};
use crate::q931::{Message, MessageType};
use std::sync::Arc;
use tandem_types::{Cause, FrameTime, SignalledChannel};

/// How far a call has come. It goes forward only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TapState {
    /// It was there before its messages could be heard; how far it is, nobody has said.
    Unknown,
    /// SETUP.
    SetUp,
    /// The called side has the whole number.
    Proceeding,
    /// The called party is being alerted.
    Alerting,
    /// CONNECT.
    Answered,
    /// DISCONNECT, RELEASE or RELEASE COMPLETE, or given up.
    Ended,
}

/// How a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TapEnd {
    /// This end cleared it.
    Cleared(Side),
    /// Its channel was restarted by this end.
    Restarted(Side),
    /// Its end was not heard: its channel or its reference is another's, or nothing was heard of it for too long.
    Lost,
}

/// Digits of a number, as far as there is room.
pub type Number = Vec<u8>;

/// A tapped call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TappedCall {
    /// Counts the calls of a tap from 1.
    pub number: u64,
    /// The end that called.
    pub caller: Side,
    /// How far it is.
    pub state: TapState,
    /// Its SETUP, if that was heard.
    pub setup: Option<Arc<[u8]>>,
    /// The called number, with the digits that came one by one.
    pub called: Number,
    /// The calling number.
    pub calling: Number,
    /// Its channel, as soon as it is certain: by the first answer, or by a SETUP that allows no other.
    pub channel: Option<SignalledChannel>,
    /// Messages of it that were heard.
    pub messages: u64,
    /// When it was first heard of.
    pub began: FrameTime,
    /// When CONNECT was heard.
    pub answered: Option<FrameTime>,
    /// When and how it ended.
    pub ended: Option<(FrameTime, TapEnd)>,
    /// Why, as far as that was said.
    pub cause: Option<Cause>,
    /// What SETUP would have if it may.
    pub(super) preferred: Option<SignalledChannel>,
    /// The called side has answered at all: the channel is settled.
    pub(super) settled: bool,
    /// When the last message of it was heard.
    pub(super) heard: FrameTime,
    /// Nothing more can come of it but what crosses its end, until then.
    pub(super) forget_at: FrameTime,
}

impl TappedCall {
    pub(super) fn new(number: u64, caller: Side, now: FrameTime) -> Self {
        Self {
            number,
            caller,
            state: TapState::Unknown,
            setup: None,
            called: Number::new(),
            calling: Number::new(),
            channel: None,
            messages: 0,
            began: now,
            answered: None,
            ended: None,
            cause: None,
            preferred: None,
            settled: false,
            heard: now,
            forget_at: now,
        }
    }

    /// Whether its channel is its own: the called side has answered, or it was there before the tap. Until then a SETUP for a
    /// channel may be refused because another call has it.
    #[must_use]
    pub const fn has_channel(&self) -> bool {
        self.channel.is_some() && (self.settled || self.setup.is_none())
    }

    /// What its SETUP says.
    pub(super) fn take_setup(&mut self, setup: &Message<'_>) {
        self.setup = Some(setup.octets().into());
        self.state = TapState::SetUp;
        self.add_digits(setup);
        if let Some(CallingNumber(number)) = setup.find() {
            self.calling = number.digits.iter().copied().take(MOST_DIGITS).collect();
        }
        if let Some((channel, exclusive)) = channel_in(setup) {
            self.preferred = Some(channel);
            self.channel = exclusive.then_some(channel);
        }
    }

    /// Adds the digits that a message brings.
    pub(super) fn add_digits(&mut self, message: &Message<'_>) {
        let digits = message.find::<CalledNumber<'_>>().map(|number| number.0.digits);
        let digits = digits.filter(|digits| !digits.is_empty());
        let digits = digits.or_else(|| message.find::<Keypad<'_>>().map(|keypad| keypad.0)).unwrap_or(&[]);
        let room = MOST_DIGITS - self.called.len().min(MOST_DIGITS);
        self.called.extend(digits.iter().take(room));
    }

    /// The called side's answer settles the channel; one that brings back a held call may change it. Whether the channel is
    /// another now.
    pub(super) fn settle_channel(&mut self, message: &Message<'_>, by_caller: bool) -> bool {
        let said = channel_in(message).map(|(channel, _)| channel);
        let before = self.channel;
        if message.kind() == MessageType::RETRIEVE_ACKNOWLEDGE {
            self.channel = said.or(self.channel);
        } else if !by_caller && !self.settled && is_answer(message.kind()) {
            self.settled = true;
            self.channel = said.or(self.channel).or(self.preferred);
        } else if self.channel.is_none() {
            // Of a call that was there before the tap anything that names its channel is welcome.
            self.channel = said.filter(|_| self.setup.is_none());
        }
        self.channel != before
    }
}

/// The one B channel of the interface itself that a message names, and whether no other will do.
fn channel_in(message: &Message<'_>) -> Option<(SignalledChannel, bool)> {
    let id: ChannelIdentification = message.find()?;
    let number = id.single().filter(|_| id.interface.is_none() && !id.d_channel)?;
    Some((SignalledChannel(number.into()), id.exclusive))
}

/// What answers a SETUP and takes the call further.
fn is_answer(kind: MessageType) -> bool {
    [
        MessageType::SETUP_ACKNOWLEDGE,
        MessageType::CALL_PROCEEDING,
        MessageType::PROGRESS,
        MessageType::ALERTING,
        MessageType::CONNECT,
    ]
    .contains(&kind)
}

/// Longer than any number that is dialled.
const MOST_DIGITS: usize = 64;
