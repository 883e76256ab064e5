//! Hold and retrieve (Q.932 §6, EN 300 196-1 §7.2). The channel stays reserved for the held call.
use tandem_types::{Cause, FrameTime};

use super::super::call::Hold;
use super::super::calls::Slot;
use super::super::element::{ChannelIdentification, Selection};
use super::super::event::{CallId, CallNews, ReleasedBy};
use super::super::request::{CallError, Extra};
use super::super::{Message, MessageType};
use super::fault::{CHANNEL_NOT_AVAILABLE, may_be_held};
use super::{Ending, Interface, Side};

impl Interface {
    /// Asks the far end to hold a call: `Held` or `HoldRefused`.
    pub fn hold(&mut self, now: FrameTime, call: CallId, extra: &Extra<'_>) -> Result<(), CallError> {
        let slot = self.held_call(now, call, Hold::Idle)?;
        let state = self.call(slot).map(|call| call.state);
        if !state.is_some_and(may_be_held) {
            return Err(CallError::State(self.call_state(call).unwrap_or(0)));
        }
        self.draft.clear();
        self.draft_extra(extra);
        self.send(slot, MessageType::HOLD).map_err(CallError::Message)?;
        self.set_hold(slot, Hold::Requested, Some(now + self.timers.hold));
        Ok(())
    }

    /// Agrees to a hold.
    pub fn hold_acknowledge(&mut self, now: FrameTime, call: CallId) -> Result<(), CallError> {
        let slot = self.held_call(now, call, Hold::FarRequested)?;
        self.draft.clear();
        self.send_own(slot, MessageType::HOLD_ACKNOWLEDGE);
        self.set_hold(slot, Hold::FarHeld, None);
        Ok(())
    }

    /// Refuses a hold.
    pub fn hold_reject(&mut self, now: FrameTime, call: CallId, cause: Cause) -> Result<(), CallError> {
        let slot = self.held_call(now, call, Hold::FarRequested)?;
        self.draft.clear();
        self.draft_cause(cause, &[]);
        self.send_own(slot, MessageType::HOLD_REJECT);
        self.set_hold(slot, Hold::Idle, None);
        Ok(())
    }

    /// Asks the far end for a call that it holds for us: `Retrieved` or `RetrieveRefused`.
    pub fn retrieve(&mut self, now: FrameTime, call: CallId, extra: &Extra<'_>) -> Result<(), CallError> {
        let slot = self.held_call(now, call, Hold::Held)?;
        self.draft.clear();
        if let Some(index) = self.call(slot).and_then(|call| call.channel) {
            self.draft_channel(index, true);
        }
        self.draft_extra(extra);
        self.send(slot, MessageType::RETRIEVE).map_err(CallError::Message)?;
        self.set_hold(slot, Hold::RetrieveRequested, Some(now + self.timers.retrieve));
        Ok(())
    }

    /// Agrees to a retrieval, on the channel that was kept.
    pub fn retrieve_acknowledge(&mut self, now: FrameTime, call: CallId) -> Result<(), CallError> {
        let slot = self.held_call(now, call, Hold::FarRetrieveRequested)?;
        let index = self.call(slot).and_then(|call| call.channel).ok_or(CallError::NoChannel)?;
        self.draft.clear();
        self.draft_channel(index, true);
        self.send_own(slot, MessageType::RETRIEVE_ACKNOWLEDGE);
        self.set_hold(slot, Hold::Idle, None);
        Ok(())
    }

    /// Refuses a retrieval.
    pub fn retrieve_reject(&mut self, now: FrameTime, call: CallId, cause: Cause) -> Result<(), CallError> {
        let slot = self.held_call(now, call, Hold::FarRetrieveRequested)?;
        self.draft.clear();
        self.draft_cause(cause, &[]);
        self.send_own(slot, MessageType::RETRIEVE_REJECT);
        self.set_hold(slot, Hold::FarHeld, None);
        Ok(())
    }

    fn held_call(&mut self, now: FrameTime, call: CallId, hold: Hold) -> Result<Slot, CallError> {
        let slot = self.command(now, call)?;
        if !self.config.profile.hold {
            return Err(CallError::NotInProfile);
        }
        let fits = self.call(slot).is_some_and(|call| call.hold == hold && !call.state.is_clearing());
        if !fits {
            return Err(CallError::State(self.call_state(call).unwrap_or(0)));
        }
        Ok(slot)
    }

    fn set_hold(&mut self, slot: Slot, hold: Hold, until: Option<FrameTime>) {
        if let Some(call) = self.calls.get_mut(slot) {
            call.hold = hold;
            call.hold_timer = until;
        }
        self.wake_for(slot);
    }

    /// Both ends have asked for hold: the network's request is the one that counts (EN 300 196-1 §7.2.5).
    pub(super) fn on_hold(&mut self, slot: Slot, message: &Message<'_>) {
        let crossing = self.call(slot).is_some_and(|call| call.hold == Hold::Requested);
        if crossing && self.config.side == Side::Network {
            return;
        }
        if crossing {
            self.tell(slot, CallNews::HoldRefused, None);
        }
        self.set_hold(slot, Hold::FarRequested, None);
        self.tell(slot, CallNews::HoldRequested, Some(message));
    }

    pub(super) fn on_hold_acknowledge(&mut self, slot: Slot, message: &Message<'_>) {
        self.set_hold(slot, Hold::Held, None);
        self.tell(slot, CallNews::Held, Some(message));
    }

    pub(super) fn on_hold_reject(&mut self, slot: Slot, message: &Message<'_>) {
        self.set_hold(slot, Hold::Idle, None);
        self.tell(slot, CallNews::HoldRefused, Some(message));
    }

    pub(super) fn on_retrieve(&mut self, slot: Slot, message: &Message<'_>) {
        self.set_hold(slot, Hold::FarRetrieveRequested, None);
        self.tell(slot, CallNews::RetrieveRequested, Some(message));
    }

    /// The call may come back on another channel. On one that it cannot have, or that is none, it is cleared: the ends would
    /// not hear each other.
    pub(super) fn on_retrieve_acknowledge(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        let named = message.find::<ChannelIdentification>();
        let named = named.filter(|named| matches!(named.selection, Selection::Channels(_)));
        let old = self.call(slot).and_then(|call| call.channel);
        if let Some(named) = named {
            let index = self.channels.named(&named, self.implicit_interface);
            let free = index.filter(|index| Some(*index) == old || self.channels.get(*index).is_free());
            let Some(index) = free else {
                self.begin_clearing(now, slot, Ending::new(CHANNEL_NOT_AVAILABLE, ReleasedBy::Fault));
                return;
            };
            if Some(index) != old {
                if let Some(old) = old {
                    self.channels.change(old, |channel| channel.call = None);
                }
                self.occupy(slot, index);
            }
        }
        self.set_hold(slot, Hold::Idle, None);
        self.tell(slot, CallNews::Retrieved, Some(message));
    }

    pub(super) fn on_retrieve_reject(&mut self, slot: Slot, message: &Message<'_>) {
        self.set_hold(slot, Hold::Held, None);
        self.tell(slot, CallNews::RetrieveRefused, Some(message));
    }

    /// T-HOLD or T-RETRIEVE: no answer is a refusal.
    pub(super) fn on_hold_timer(&mut self, slot: Slot) {
        match self.call(slot).map(|call| call.hold) {
            Some(Hold::Requested) => {
                self.set_hold(slot, Hold::Idle, None);
                self.tell(slot, CallNews::HoldRefused, None);
            }
            Some(Hold::RetrieveRequested) => {
                self.set_hold(slot, Hold::Held, None);
                self.tell(slot, CallNews::RetrieveRefused, None);
            }
            _ => {}
        }
    }
}
