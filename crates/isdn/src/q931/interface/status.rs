//! STATUS and STATUS ENQUIRY (Q.931 §5.8.10, §5.8.11).
use tandem_types::{Cause, FrameTime};

use super::super::call::{Ending, State};
use super::super::calls::Slot;
use super::super::element::{CallStateInfo, CauseInfo};
use super::super::event::{CallNews, ReleasedBy};
use super::super::{Message, MessageType};
use super::Interface;
use super::fault::{STATUS_RESPONSE, WRONG_STATE};

impl Interface {
    /// §5.8.11.
    pub(super) fn on_status(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        let Some(theirs) = message.find::<CallStateInfo>().map(|state| state.value) else { return };
        let cause = message.find::<CauseInfo<'_>>().map_or(STATUS_RESPONSE, |cause| cause.cause());
        let Some(call) = self.calls.get_mut(slot) else { return };
        let (state, ours) = (call.state, call.ours);
        // §5.8.10: the enquiry is answered, whatever the answer. Any STATUS that tells the state will do.
        call.t322 = None;
        call.enquiries = 0;
        if theirs == 0 {
            // c: the far end has no such call.
            let ending = Ending::new(Cause::TEMPORARY_FAILURE, ReleasedBy::Far);
            self.release_call(slot, ending, Some(message));
        } else if state == State::Releasing {
            // b: no action.
        } else if self.is_compatible(state, ours, theirs) {
            self.tell(slot, CallNews::Status { state: theirs, cause }, Some(message));
        } else {
            self.clear_mismatch(now, slot);
        }
    }

    /// A call that the two ends see differently is cleared with cause 101.
    fn clear_mismatch(&mut self, now: FrameTime, slot: Slot) {
        match self.call(slot).map(|call| call.state) {
            Some(State::Offered | State::Disconnecting) => {
                if let Some(call) = self.calls.get_mut(slot) {
                    call.ending.get_or_insert(MISMATCH);
                }
                self.send_release(now, slot, Some(WRONG_STATE));
            }
            _ => self.begin_clearing(now, slot, MISMATCH),
        }
    }

    /// Whether a far end in state `theirs` can be on its way to ours. Messages come in order, so what it had
    /// sent before its STATUS has been seen; only what we sent may still be under way.
    fn is_compatible(&self, state: State, ours: bool, theirs: u8) -> bool {
        let other_side = |state: State| state.number(self.far_is_user());
        let allowed: &[State] = match state {
            State::Calling => &[State::Offered],
            State::Dialling => &[State::Collecting],
            State::Proceeding => &[State::Accepted],
            State::Ringing => &[State::Alerted],
            State::Completing => &[State::Answering],
            State::Offered => &[State::Calling],
            State::Collecting => &[State::Calling, State::Dialling],
            State::Accepted => &[State::Calling, State::Dialling, State::Proceeding],
            State::Alerted => &[State::Calling, State::Dialling, State::Proceeding, State::Ringing],
            State::Answering => {
                &[State::Calling, State::Dialling, State::Proceeding, State::Ringing, State::Completing]
            }
            // Our CONNECT ACKNOWLEDGE, or our CONNECT, may still be under way.
            State::Active if ours => &[State::Active, State::Answering],
            State::Active => &[
                State::Active,
                State::Calling,
                State::Dialling,
                State::Proceeding,
                State::Ringing,
                State::Completing,
            ],
            // Our DISCONNECT may still be under way.
            State::Disconnecting => return theirs != 19,
            State::Disconnected => &[State::Disconnecting],
            State::Releasing => return true,
        };
        allowed.iter().any(|state| other_side(*state) == theirs)
    }

    const fn far_is_user(&self) -> bool {
        self.config.profile.symmetric || !self.as_user()
    }

    /// §5.8.10: asks for the far end's state; T322 waits for it.
    pub(super) fn enquire(&mut self, now: FrameTime, slot: Slot) {
        self.draft.clear();
        self.send_own(slot, MessageType::STATUS_ENQUIRY);
        let until = now + self.timers.t322;
        if let Some(call) = self.calls.get_mut(slot) {
            call.t322 = Some(until);
        }
        self.wake_for(slot);
    }

    /// §5.8.10: asked again, and in the end the call is cleared with cause 41.
    pub(super) fn on_t322(&mut self, now: FrameTime, slot: Slot) {
        let Some(call) = self.calls.get_mut(slot) else { return };
        if call.state.is_clearing() {
            return;
        }
        if call.enquiries < self.config.profile.n322 {
            call.enquiries += 1;
            self.enquire(now, slot);
        } else {
            self.begin_clearing(now, slot, Ending::new(Cause::TEMPORARY_FAILURE, ReleasedBy::Timer));
        }
    }
}

/// §5.8.11 a.
const MISMATCH: Ending = Ending::new(WRONG_STATE, ReleasedBy::Fault);
