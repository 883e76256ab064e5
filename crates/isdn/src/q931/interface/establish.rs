//! What messages do to a call that is being made (Q.931 §5.1, §5.2): one function a message, one arm a state.
use tandem_types::{Cause, FrameTime};

use super::super::call::{Digits, State, Timer};
use super::super::calls::Slot;
use super::super::element::{
    CauseInfo, ChannelIdentification, ElementId, ProgressDescription, ProgressIndicator,
};
use super::super::event::CallNews;
use super::super::{Message, MessageType};
use super::Interface;

impl Interface {
    /// Acts on a message that its state takes and that has what it needs.
    pub(super) fn act(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        self.note_progress(slot, message);
        match message.kind() {
            MessageType::SETUP_ACKNOWLEDGE => self.on_setup_acknowledge(now, slot, message),
            MessageType::CALL_PROCEEDING => self.on_call_proceeding(now, slot, message),
            MessageType::ALERTING => self.on_alerting(now, slot, message),
            MessageType::PROGRESS => self.on_progress(now, slot, message),
            MessageType::CONNECT => self.on_connect(now, slot, message),
            MessageType::CONNECT_ACKNOWLEDGE => self.on_connect_acknowledge(slot, message),
            MessageType::INFORMATION => self.on_information(now, slot, message),
            MessageType::DISCONNECT => self.on_disconnect(now, slot, message),
            MessageType::RELEASE => self.on_release(slot, message),
            MessageType::RELEASE_COMPLETE => self.on_release_complete(slot, message),
            MessageType::STATUS => self.on_status(now, slot, message),
            MessageType::STATUS_ENQUIRY => self.send_status(slot, super::fault::STATUS_RESPONSE, &[]),
            MessageType::NOTIFY => self.tell(slot, CallNews::Notify, Some(message)),
            MessageType::FACILITY => self.tell(slot, CallNews::Facility, Some(message)),
            MessageType::USER_INFORMATION => self.tell(slot, CallNews::UserInformation, Some(message)),
            MessageType::CONGESTION_CONTROL => self.tell(slot, CallNews::Congestion, Some(message)),
            MessageType::HOLD => self.on_hold(slot, message),
            MessageType::HOLD_ACKNOWLEDGE => self.on_hold_acknowledge(slot, message),
            MessageType::HOLD_REJECT => self.on_hold_reject(slot, message),
            MessageType::RETRIEVE => self.on_retrieve(slot, message),
            MessageType::RETRIEVE_ACKNOWLEDGE => self.on_retrieve_acknowledge(now, slot, message),
            MessageType::RETRIEVE_REJECT => self.on_retrieve_reject(slot, message),
            _ => {} // no state takes another
        }
    }

    /// §5.1.6, §5.4: progress indicators say whether the bearer carries something to be heard.
    pub(super) fn note_progress(&mut self, slot: Slot, message: &Message<'_>) {
        let Some(call) = self.calls.get_mut(slot) else { return };
        let wanted = (0, ElementId::PROGRESS_INDICATOR);
        for element in message.elements().filter(|element| (element.codeset, element.id) == wanted) {
            match element.parse().map(|indicator: ProgressIndicator| indicator.description) {
                Ok(ProgressDescription::RETURNED_TO_ISDN) => call.in_band = false,
                Ok(description) if description.is_in_band() => call.in_band = true,
                _ => {}
            }
        }
    }

    /// §5.1.3: the far end wants more digits.
    fn on_setup_acknowledge(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        if !self.settle_channel(now, slot, message) {
            return;
        }
        self.enter(slot, State::Dialling);
        self.start(now, slot, Timer::T304, self.timers.t304);
        self.tell(slot, CallNews::SetupAcknowledged, Some(message));
        self.send_waiting_digits(now, slot);
    }

    /// §5.1.5.1: the far end has all it needs.
    fn on_call_proceeding(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        if !self.settle_channel(now, slot, message) {
            return;
        }
        self.drop_waiting_digits(slot);
        self.enter(slot, State::Proceeding);
        self.start(now, slot, Timer::T310, self.timers.t310);
        self.tell(slot, CallNews::Proceeding, Some(message));
    }

    /// §5.1.7.
    fn on_alerting(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        if !self.settle_channel(now, slot, message) {
            return;
        }
        self.drop_waiting_digits(slot);
        self.enter(slot, State::Ringing);
        self.start(now, slot, Timer::T301, self.timers.t301);
        self.tell(slot, CallNews::Alerting, Some(message));
    }

    /// §5.1.6: no supervision but T301 goes on. T303 does too: the SETUP has no other answer yet.
    fn on_progress(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        // A call that lost its channel to one of the network may be told of its progress before it is given another.
        let waits = self.call(slot).is_some_and(|call| call.glare && call.channel.is_none());
        let names_one = message.find::<ChannelIdentification>().is_some();
        if (names_one || !waits) && !self.settle_channel(now, slot, message) {
            return;
        }
        if let Some(call) = self.calls.get_mut(slot) {
            call.timer.take_if(|(timer, _)| matches!(timer, Timer::T310 | Timer::T304));
        }
        self.tell(slot, CallNews::Progress, Some(message));
    }

    /// §5.1.8 for the user, §5.2.8 for the network.
    fn on_connect(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        if !self.settle_channel(now, slot, message) {
            return;
        }
        self.drop_waiting_digits(slot);
        if self.as_user() || self.config.acknowledges_at_once {
            self.draft.clear();
            self.send_own(slot, MessageType::CONNECT_ACKNOWLEDGE);
            self.enter(slot, State::Active);
        } else {
            self.enter(slot, State::Completing);
        }
        self.answered(slot);
        self.tell(slot, CallNews::Answered, Some(message));
    }

    /// In an answered call everything is to be heard, and nothing is in-band information any more.
    pub(super) fn answered(&mut self, slot: Slot) {
        if let Some(call) = self.calls.get_mut(slot) {
            call.in_band = false;
        }
    }

    /// §5.2.8: the call is ours.
    fn on_connect_acknowledge(&mut self, slot: Slot, message: &Message<'_>) {
        let Some(State::Answering) = self.call(slot).map(|call| call.state) else { return };
        self.enter(slot, State::Active);
        self.tell(slot, CallNews::AnswerAcknowledged, Some(message));
    }

    /// Digits while they are collected, and otherwise whatever it may be.
    fn on_information(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        match self.call(slot).map(|call| call.state) {
            Some(State::Offered | State::Collecting) => self.on_digits(now, slot, message),
            Some(state) if state.is_incoming_setup() && self.holds_digits(message) => {
                self.tell(slot, CallNews::LateDigits, Some(message));
            }
            Some(_) => self.tell(slot, CallNews::Information, Some(message)),
            None => {}
        }
    }

    /// §5.1.3: digits that came from the owner before the far end asked for them.
    fn send_waiting_digits(&mut self, now: FrameTime, slot: Slot) {
        let Some(call) = self.calls.get_mut(slot) else { return };
        let (digits, complete) = (std::mem::take(&mut call.digits), std::mem::take(&mut call.complete));
        if !digits.as_slice().is_empty() || complete {
            self.send_digits(now, slot, &digits, complete);
        }
    }

    fn drop_waiting_digits(&mut self, slot: Slot) {
        let Some(call) = self.calls.get_mut(slot) else { return };
        let digits: Digits = std::mem::take(&mut call.digits);
        call.complete = false;
        if !digits.as_slice().is_empty() {
            self.tell(slot, CallNews::DigitsUnsent, None);
        }
    }

    /// The cause that a message tells, or 31 (§5.8.6).
    pub(super) fn cause_in(message: &Message<'_>) -> Option<Cause> {
        message.find::<CauseInfo<'_>>().map(|cause| cause.cause())
    }
}
