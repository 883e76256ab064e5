//! What the owner asks of a call. A command is refused at once, with nothing changed, or done.
use tandem_types::{Cause, FrameTime};

use super::super::call::{Digits, Ending, State, Timer};
use super::super::calls::Slot;
use super::super::element::{CongestionLevel, ProgressDescription};
use super::super::event::{CallId, ReleasedBy};
use super::super::request::{CallError, Extra};
use super::super::{CallReference, Discriminator, MessageType, RawElement};
use super::Interface;

impl Interface {
    /// More digits of the called number (§5.1.3). Before the far end's first answer they wait for it.
    pub fn more_digits(
        &mut self,
        now: FrameTime,
        call: CallId,
        digits: &[u8],
        complete: bool,
    ) -> Result<(), CallError> {
        let slot = self.command(now, call)?;
        let digits = Digits::of(digits).ok_or(CallError::TooManyDigits)?;
        if self.call(slot).is_some_and(|call| call.complete) {
            return Err(CallError::NumberComplete);
        }
        match self.call(slot).map(|call| call.state) {
            // Unless the far end asks for more all the same.
            Some(State::Calling) if self.call(slot).is_some_and(|call| call.whole) => {
                return Err(CallError::NumberComplete);
            }
            Some(State::Calling) => self.keep_digits(slot, &digits, complete)?,
            Some(State::Dialling) => self.send_digits(now, slot, &digits, complete),
            Some(State::Proceeding | State::Ringing | State::Completing) => {
                return Err(CallError::NumberComplete);
            }
            _ => return Err(self.wrong_state(slot)),
        }
        self.tidy();
        Ok(())
    }

    fn keep_digits(&mut self, slot: Slot, digits: &Digits, complete: bool) -> Result<(), CallError> {
        let call = self.calls.get_mut(slot).ok_or(CallError::UnknownCall)?;
        let mut kept = call.digits;
        if !digits.as_slice().iter().all(|digit| kept.push(*digit)) {
            return Err(CallError::TooManyDigits);
        }
        call.digits = kept;
        call.complete |= complete;
        Ok(())
    }

    /// Asks for more digits (§5.1.3, §5.2.4): SETUP ACKNOWLEDGE, T302.
    pub fn setup_acknowledge(
        &mut self,
        now: FrameTime,
        call: CallId,
        extra: &Extra<'_>,
    ) -> Result<(), CallError> {
        let slot = self.command(now, call)?;
        if !self.config.profile.overlap {
            return Err(CallError::NotInProfile);
        }
        self.respond(slot, MessageType::SETUP_ACKNOWLEDGE, State::Collecting, extra)?;
        self.start(now, slot, Timer::T302, self.timers.t302);
        self.tidy();
        Ok(())
    }

    /// All digits are here (§5.1.5.1, §5.2.5.1).
    pub fn proceeding(&mut self, now: FrameTime, call: CallId, extra: &Extra<'_>) -> Result<(), CallError> {
        let slot = self.command(now, call)?;
        self.respond(slot, MessageType::CALL_PROCEEDING, State::Accepted, extra)?;
        self.tidy();
        Ok(())
    }

    /// The called user is being alerted (§5.1.7, §5.2.5.1).
    pub fn alerting(&mut self, now: FrameTime, call: CallId, extra: &Extra<'_>) -> Result<(), CallError> {
        let slot = self.command(now, call)?;
        self.respond(slot, MessageType::ALERTING, State::Alerted, extra)?;
        self.tidy();
        Ok(())
    }

    /// The called user has answered (§5.1.8, §5.2.7). The network is active at once, the user when it is
    /// acknowledged.
    pub fn connect(&mut self, now: FrameTime, call: CallId, extra: &Extra<'_>) -> Result<(), CallError> {
        let slot = self.command(now, call)?;
        let state = if self.as_user() { State::Answering } else { State::Active };
        self.respond(slot, MessageType::CONNECT, state, extra)?;
        self.answered(slot);
        if state == State::Answering {
            self.start(now, slot, Timer::T313, self.timers.t313);
        }
        self.tidy();
        Ok(())
    }

    /// Acknowledges an answer on the network side, where that is not done at once.
    pub fn connect_acknowledge(
        &mut self,
        now: FrameTime,
        call: CallId,
        extra: &Extra<'_>,
    ) -> Result<(), CallError> {
        let slot = self.in_state(now, call, |state| state == State::Completing)?;
        self.message(slot, MessageType::CONNECT_ACKNOWLEDGE, extra)?;
        self.enter(slot, State::Active);
        Ok(())
    }

    /// One of the answers to a SETUP, each of which leads on from those before it.
    fn respond(
        &mut self,
        slot: Slot,
        kind: MessageType,
        next: State,
        extra: &Extra<'_>,
    ) -> Result<(), CallError> {
        let state = self.call(slot).map_or(State::Releasing, |call| call.state);
        if !leads_to(state, next) {
            return Err(self.wrong_state(slot));
        }
        self.draft.clear();
        self.draft_extra(extra);
        self.draft_channel_of_first_response(slot);
        self.send(slot, kind).map_err(CallError::Message)?;
        self.enter_settled(slot);
        self.enter(slot, next);
        Ok(())
    }

    /// Progress of an incoming call (§5.1.6, §5.2.6): the indicator is in `extra`.
    pub fn progress(&mut self, now: FrameTime, call: CallId, extra: &Extra<'_>) -> Result<(), CallError> {
        let slot = self.in_state(now, call, |state| {
            matches!(state, State::Collecting | State::Accepted | State::Alerted)
        })?;
        self.message(slot, MessageType::PROGRESS, extra)
    }

    /// Begins to clear a call (§5.3.3, §5.3.4). With progress 8 in `extra` the network keeps the channel for
    /// a tone until T306.
    pub fn disconnect(
        &mut self,
        now: FrameTime,
        call: CallId,
        cause: Cause,
        extra: &Extra<'_>,
    ) -> Result<(), CallError> {
        let in_band =
            extra.progress.is_some_and(|progress| progress.description == ProgressDescription::IN_BAND);
        self.clear(now, call, cause, extra, in_band, |state| !state.is_clearing())
    }

    /// Ends a call that the far end has begun to clear.
    pub fn release(
        &mut self,
        now: FrameTime,
        call: CallId,
        cause: Cause,
        extra: &Extra<'_>,
    ) -> Result<(), CallError> {
        self.clear(now, call, cause, extra, false, |state| state == State::Disconnected)
    }

    /// Refuses a call that has had no answer yet (§5.3.2 a).
    pub fn reject(
        &mut self,
        now: FrameTime,
        call: CallId,
        cause: Cause,
        extra: &Extra<'_>,
    ) -> Result<(), CallError> {
        self.clear(now, call, cause, extra, false, |state| state == State::Offered)
    }

    /// Clearing needs no link: without one the call is over at once.
    fn clear(
        &mut self,
        now: FrameTime,
        call: CallId,
        cause: Cause,
        extra: &Extra<'_>,
        in_band: bool,
        fits: impl Fn(State) -> bool,
    ) -> Result<(), CallError> {
        self.run_timers(now);
        let slot = self.calls.slot_of(call).ok_or(CallError::UnknownCall)?;
        if !self.call(slot).is_some_and(|call| fits(call.state)) {
            return Err(self.wrong_state(slot));
        }
        let ending = Ending::new(cause, ReleasedBy::Local);
        self.clear_with(now, slot, ending, extra, in_band).map_err(CallError::Message)?;
        self.tidy();
        Ok(())
    }

    /// NOTIFY; the indicator is among the elements (§5.9).
    pub fn notify(
        &mut self,
        now: FrameTime,
        call: CallId,
        elements: &[RawElement<'_>],
    ) -> Result<(), CallError> {
        let slot = self.in_state(now, call, |state| state != State::Releasing && state != State::Offered)?;
        self.message(slot, MessageType::NOTIFY, &Extra { elements, ..Extra::default() })
    }

    /// INFORMATION: keypad, display and what else may be said during a call.
    pub fn information(
        &mut self,
        now: FrameTime,
        call: CallId,
        elements: &[RawElement<'_>],
    ) -> Result<(), CallError> {
        let slot = self.in_state(now, call, |state| {
            !matches!(state, State::Calling | State::Offered | State::Releasing)
        })?;
        self.message(slot, MessageType::INFORMATION, &Extra { elements, ..Extra::default() })
    }

    /// USER INFORMATION (Q.957): the User-user element is among the elements.
    pub fn user_information(
        &mut self,
        now: FrameTime,
        call: CallId,
        elements: &[RawElement<'_>],
    ) -> Result<(), CallError> {
        let slot = self
            .in_state(now, call, |state| matches!(state, State::Active | State::Ringing | State::Alerted))?;
        self.message(slot, MessageType::USER_INFORMATION, &Extra { elements, ..Extra::default() })
    }

    /// CONGESTION CONTROL of user information (Q.957).
    pub fn congestion(&mut self, now: FrameTime, call: CallId, ready: bool) -> Result<(), CallError> {
        let slot = self.in_state(now, call, |state| state == State::Active)?;
        self.draft.clear();
        self.draft.put(&CongestionLevel(if ready { 0 } else { 15 }));
        self.draft_cause(Cause::NORMAL_UNSPECIFIED, &[]);
        self.send(slot, MessageType::CONGESTION_CONTROL).map_err(CallError::Message)
    }

    /// FACILITY; the Facility element is among the elements.
    pub fn facility(
        &mut self,
        now: FrameTime,
        call: CallId,
        elements: &[RawElement<'_>],
    ) -> Result<(), CallError> {
        let slot = self.in_state(now, call, |state| state != State::Releasing)?;
        self.message(slot, MessageType::FACILITY, &Extra { elements, ..Extra::default() })
    }

    /// FACILITY that belongs to no call, with the dummy call reference (Q.932); the Facility element is among the
    /// elements.
    pub fn facility_without_call(
        &mut self,
        now: FrameTime,
        elements: &[RawElement<'_>],
    ) -> Result<(), CallError> {
        self.run_timers(now);
        if self.active.is_none() {
            return Err(CallError::LinkDown);
        }
        self.draft.clear();
        self.draft_elements(elements);
        self.send_with(Discriminator::CallControl, CallReference::Dummy, MessageType::FACILITY)
            .map_err(CallError::Message)
    }

    /// Asks the far end for its state of a call (§5.8.10).
    pub fn status_enquiry(&mut self, now: FrameTime, call: CallId) -> Result<(), CallError> {
        let slot = self.in_state(now, call, |state| state != State::Releasing)?;
        if self.call(slot).is_some_and(|call| call.t322.is_none()) {
            self.enquire(now, slot);
        }
        self.tidy();
        Ok(())
    }

    fn message(&mut self, slot: Slot, kind: MessageType, extra: &Extra<'_>) -> Result<(), CallError> {
        self.draft.clear();
        self.draft_extra(extra);
        self.send(slot, kind).map_err(CallError::Message)
    }

    /// The call of a command that needs a link.
    pub(super) fn command(&mut self, now: FrameTime, call: CallId) -> Result<Slot, CallError> {
        self.run_timers(now);
        let slot = self.calls.slot_of(call).ok_or(CallError::UnknownCall)?;
        if self.active.is_none() {
            return Err(CallError::LinkDown);
        }
        Ok(slot)
    }

    fn in_state(
        &mut self,
        now: FrameTime,
        call: CallId,
        fits: impl Fn(State) -> bool,
    ) -> Result<Slot, CallError> {
        let slot = self.command(now, call)?;
        match self.call(slot).is_some_and(|call| fits(call.state)) {
            true => Ok(slot),
            false => Err(self.wrong_state(slot)),
        }
    }

    fn wrong_state(&self, slot: Slot) -> CallError {
        CallError::State(self.call(slot).map_or(0, |call| self.state_number(call.state)))
    }
}

/// The order of the answers to a SETUP.
const fn leads_to(state: State, next: State) -> bool {
    match next {
        State::Collecting => matches!(state, State::Offered),
        State::Accepted => matches!(state, State::Offered | State::Collecting),
        State::Alerted => matches!(state, State::Offered | State::Collecting | State::Accepted),
        State::Answering | State::Active => {
            matches!(state, State::Offered | State::Collecting | State::Accepted | State::Alerted)
        }
        _ => false,
    }
}
