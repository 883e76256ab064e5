//! The channel of a call (Q.931 §5.1.2, §5.2.3).
use tandem_types::{Cause, FrameTime};

use super::super::call::{Ending, State};
use super::super::calls::Slot;
use super::super::channels::ChannelIndex;
use super::super::element::{ChannelIdentification, Selection};
use super::super::event::{CallNews, ReleasedBy};
use super::super::request::{ChannelWish, SetupError};
use super::super::{BChannel, Message};
use super::Interface;
use super::fault::{CHANNEL_NOT_AVAILABLE, CHANNEL_UNACCEPTABLE, NO_SUCH_CHANNEL};
use crate::Side;

/// The channel of an incoming call.
pub(super) enum Offer {
    /// This.
    Take(ChannelIndex),
    /// It has none.
    Bearerless,
    /// It cannot have one.
    Refuse(Cause),
}

impl Interface {
    /// The channel of a call to be made, and whether only that will do.
    pub(super) fn wished_channel(
        &self,
        wish: ChannelWish,
    ) -> Result<Option<(ChannelIndex, bool)>, SetupError> {
        let exact = |channel: BChannel, exclusive: bool| {
            let index = self.channels.find(channel).ok_or(SetupError::NoSuchChannel)?;
            match self.channels.get(index).is_free() {
                true => Ok(Some((index, exclusive || !self.config.profile.negotiates_channel))),
                false => Err(SetupError::ChannelBusy),
            }
        };
        match wish {
            ChannelWish::NoChannel => Ok(None),
            ChannelWish::Preferred(channel) => exact(channel, false),
            ChannelWish::Exclusive(channel) => exact(channel, true),
            ChannelWish::Any => {
                let index = self.channels.hunt(self.config.hunt).ok_or(SetupError::NoChannelFree)?;
                Ok(Some((index, !self.config.profile.negotiates_channel)))
            }
        }
    }

    pub(super) fn occupy(&mut self, slot: Slot, index: ChannelIndex) {
        self.channels.change(index, |channel| channel.call = Some(slot));
        if let Some(call) = self.calls.get_mut(slot) {
            call.channel = Some(index);
        }
    }

    fn vacate(&mut self, slot: Slot) {
        if let Some(index) = self.calls.get_mut(slot).and_then(|call| call.channel.take()) {
            self.channels.change(index, |channel| channel.call = None);
        }
    }

    /// The channel in the first answer to our SETUP. False when it will not do: the call is then being
    /// cleared with cause 6 (§5.2.3.1 c; the user may refuse likewise).
    pub(super) fn settle_channel(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) -> bool {
        let Some(call) = self.calls.get(slot) else { return false };
        if call.settled || call.bearerless {
            return true;
        }
        let named = message.find::<ChannelIdentification>();
        let index = named.and_then(|element| self.channels.named(&element, self.implicit_interface));
        let asked = call.channel;
        let acceptable = match (named.is_some(), index) {
            (false, _) => asked.is_some(),
            (true, None) => false,
            (true, Some(index)) if Some(index) == asked => true,
            (true, Some(index)) => !call.exclusive && self.channels.get(index).is_free(),
        };
        if !acceptable {
            self.enter_settled(slot);
            self.refuse_channel(now, slot);
            return false;
        }
        if let Some(index) = index.filter(|index| Some(*index) != asked) {
            self.vacate(slot);
            self.occupy(slot, index);
        }
        self.enter_settled(slot);
        true
    }

    pub(super) fn enter_settled(&mut self, slot: Slot) {
        if let Some(call) = self.calls.get_mut(slot) {
            call.settled = true;
        }
    }

    fn refuse_channel(&mut self, now: FrameTime, slot: Slot) {
        self.draft.clear();
        self.draft_cause(CHANNEL_UNACCEPTABLE, &[]);
        if let Some(call) = self.calls.get_mut(slot) {
            call.ending = Some(Ending::new(CHANNEL_UNACCEPTABLE, ReleasedBy::Fault));
        }
        self.send_release(now, slot, Some(CHANNEL_UNACCEPTABLE));
        self.tell(slot, CallNews::Clearing, None);
    }

    /// The channel of an incoming call (§5.1.2 for the network, §5.2.3 for the user).
    pub(super) fn offered_channel(&mut self, message: &Message<'_>) -> Offer {
        let Some(wish) = message.find::<ChannelIdentification>() else {
            return self.any_channel();
        };
        match wish.selection {
            Selection::None if wish.d_channel => Offer::Bearerless,
            // §5.2.3.2: call waiting, with no channel. There is none to give.
            Selection::None => Offer::Refuse(Cause::NO_CIRCUIT),
            Selection::Any => self.any_channel(),
            Selection::Basic(_) | Selection::Channels(_) => self.named_channel(&wish),
        }
    }

    fn any_channel(&self) -> Offer {
        match self.channels.hunt(self.config.hunt) {
            Some(index) => Offer::Take(index),
            None => Offer::Refuse(Cause::NO_CIRCUIT),
        }
    }

    fn named_channel(&mut self, wish: &ChannelIdentification) -> Offer {
        let Some(index) = self.channels.named(wish, self.implicit_interface) else {
            return Offer::Refuse(NO_SUCH_CHANNEL);
        };
        let channel = self.channels.get(index);
        if channel.call.is_none() && channel.takes_calls() {
            return Offer::Take(index);
        }
        if channel.takes_calls() && self.gives_way(index) {
            return Offer::Take(index);
        }
        match (wish.exclusive, self.any_channel()) {
            (true, _) => Offer::Refuse(CHANNEL_NOT_AVAILABLE),
            (false, other) => other,
        }
    }

    /// Two SETUPs have met on a channel: the network's call has it (§5.7). The user's call goes on without
    /// one until the network answers it.
    fn gives_way(&mut self, index: ChannelIndex) -> bool {
        let Some(slot) = self.channels.get(index).call else { return false };
        let meets = self.call(slot).is_some_and(|call| call.state == State::Calling && !call.settled);
        if !meets || self.config.side == Side::Network {
            return false;
        }
        self.vacate(slot);
        if let Some(call) = self.calls.get_mut(slot) {
            call.glare = true;
        }
        true
    }

    /// Ends a call that came back to us: the D channel is looped.
    pub(super) fn end_looped(&mut self, slot: Slot) {
        self.release_call(slot, Ending::new(Cause::NETWORK_OUT_OF_ORDER, ReleasedBy::Link), None);
    }
}
