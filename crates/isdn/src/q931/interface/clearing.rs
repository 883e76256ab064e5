//! The end of calls (Q.931 §5.3).
use tandem_types::{Cause, FrameTime};

use super::super::call::{Ending, State, Timer};
use super::super::calls::Slot;
use super::super::channels::{ChannelIndex, Restart};
use super::super::element::{ProgressDescription, ProgressIndicator};
use super::super::event::{CallNews, ReleasedBy};
use super::super::request::Extra;
use super::super::{Message, MessageType, WriteError};
use super::Interface;
use super::fault::CHANNEL_NOT_AVAILABLE;
use crate::Side;

impl Interface {
    /// §5.3.3, §5.3.4; a collision of two DISCONNECTs is §5.3.5.
    pub(super) fn on_disconnect(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        let cause = Self::cause_in(message).unwrap_or(Cause::NORMAL_UNSPECIFIED);
        // Only the network keeps a call for what is to be heard.
        let as_user = self.as_user();
        let Some(call) = self.calls.get_mut(slot) else { return };
        if call.state == State::Disconnecting {
            self.send_release(now, slot, None);
            return;
        }
        call.stop_all();
        call.ending = Some(Ending::new(cause, ReleasedBy::Far));
        call.in_band = as_user && says_in_band(message);
        let waits = call.in_band || !self.config.releases_at_once;
        self.enter(slot, State::Disconnected);
        self.tell(slot, CallNews::Disconnected { cause }, Some(message));
        if !waits {
            self.send_release(now, slot, None);
        }
    }

    /// §5.3.3, §5.3.4, and unexpected in any state §5.8.4. Two RELEASEs that cross need no answer (§5.3.5).
    pub(super) fn on_release(&mut self, slot: Slot, message: &Message<'_>) {
        let Some(call) = self.call(slot) else { return };
        let collision = call.state == State::Releasing;
        if !collision {
            self.draft.clear();
            self.draft_clearing_cause(slot, None);
            self.send_own(slot, MessageType::RELEASE_COMPLETE);
        }
        self.end_by_far(slot, message);
    }

    /// §5.3; without a cause it counts as 31 (§5.8.6.1).
    pub(super) fn on_release_complete(&mut self, slot: Slot, message: &Message<'_>) {
        self.end_by_far(slot, message);
    }

    fn end_by_far(&mut self, slot: Slot, message: &Message<'_>) {
        let Some(call) = self.call(slot) else { return };
        let cause = Self::cause_in(message).unwrap_or(Cause::NORMAL_UNSPECIFIED);
        let lost = call.glare
            && call.state == State::Calling
            && (cause == CHANNEL_NOT_AVAILABLE || cause == Cause::NO_CIRCUIT);
        if lost {
            self.tell(slot, CallNews::GlareLost, Some(message));
        }
        self.release_call(slot, Ending::new(cause, ReleasedBy::Far), Some(message));
    }

    /// Clears a call in the way that its state asks for, for a reason of ours.
    pub(super) fn begin_clearing(&mut self, now: FrameTime, slot: Slot, ending: Ending) {
        let was_clearing = self.call(slot).is_some_and(|call| call.state.is_clearing());
        let cleared = self.clear_with(now, slot, ending, &Extra::default(), false);
        debug_assert_eq!(cleared, Ok(()));
        if !was_clearing && self.call(slot).is_some_and(|call| call.state.is_clearing()) {
            self.tell(slot, CallNews::Clearing, None);
        }
    }

    /// The same with more elements. Nothing has changed when the message cannot be written.
    pub(super) fn clear_with(
        &mut self,
        now: FrameTime,
        slot: Slot,
        ending: Ending,
        extra: &Extra<'_>,
        in_band: bool,
    ) -> Result<(), WriteError> {
        let Some(state) = self.call(slot).map(|call| call.state) else { return Ok(()) };
        if self.active.is_none() {
            self.release_call(slot, ending, None);
            return Ok(());
        }
        self.draft.clear();
        self.draft_clearing_cause(slot, Some(ending.cause));
        self.draft_extra(extra);
        match state {
            // §5.3.2 a: nothing has been answered yet.
            State::Offered => {
                self.send(slot, MessageType::RELEASE_COMPLETE)?;
                self.release_call(slot, ending, None);
            }
            State::Disconnected => {
                self.send(slot, MessageType::RELEASE)?;
                self.await_release_complete(now, slot);
            }
            State::Disconnecting | State::Releasing => {}
            _ => {
                self.send(slot, MessageType::DISCONNECT)?;
                self.await_release(now, slot, ending, in_band);
            }
        }
        Ok(())
    }

    /// §5.3.3, §5.3.4: the channel is disconnected, unless a tone is to be heard until T306.
    fn await_release(&mut self, now: FrameTime, slot: Slot, ending: Ending, in_band: bool) {
        if let Some(call) = self.calls.get_mut(slot) {
            call.stop_all();
            call.ending = Some(ending);
            call.in_band = false;
        }
        self.enter(slot, State::Disconnecting);
        match in_band && self.config.side == Side::Network {
            true => self.start(now, slot, Timer::T306, self.timers.t306),
            false => self.start(now, slot, Timer::T305, self.timers.t305),
        }
    }

    /// RELEASE, with T308.
    pub(super) fn send_release(&mut self, now: FrameTime, slot: Slot, cause: Option<Cause>) {
        if self.active.is_none() {
            let cause = cause.unwrap_or(Cause::NORMAL_UNSPECIFIED);
            self.release_call(slot, Ending::new(cause, ReleasedBy::Link), None);
            return;
        }
        self.draft.clear();
        self.draft_clearing_cause(slot, cause);
        self.send_own(slot, MessageType::RELEASE);
        self.await_release_complete(now, slot);
    }

    fn await_release_complete(&mut self, now: FrameTime, slot: Slot) {
        if let Some(call) = self.calls.get_mut(slot) {
            call.stop_all();
            call.in_band = false;
        }
        self.enter(slot, State::Releasing);
        self.start(now, slot, Timer::T308, self.timers.t308);
    }

    /// T305 or T306: the far end does not release (§5.3.3, §5.3.4.2).
    pub(super) fn on_no_release(&mut self, now: FrameTime, slot: Slot) {
        let cause = self.call(slot).and_then(|call| call.ending).map(|ending| ending.cause);
        self.send_release(now, slot, cause);
    }

    /// T308: RELEASE once more, and then no more. The channel goes into maintenance, and is restarted if the
    /// switch has it so (§5.3.3, §5.3.4.3, §5.5).
    pub(super) fn on_t308(&mut self, now: FrameTime, slot: Slot) {
        let Some(call) = self.calls.get_mut(slot) else { return };
        let channel = call.channel;
        let cause = call.ending.map_or(Cause::NORMAL_UNSPECIFIED, |ending| ending.cause);
        if call.repeats == 0 {
            self.draft.clear();
            self.draft_cause(cause, &[]);
            self.send_own(slot, MessageType::RELEASE);
            self.start(now, slot, Timer::T308, self.timers.t308);
            if let Some(call) = self.calls.get_mut(slot) {
                call.repeats = 1;
            }
            return;
        }
        self.release_call(slot, Ending::new(Cause::RECOVERY_ON_TIMER, ReleasedBy::Timer), None);
        if let Some(index) = channel {
            self.doubt_channel(now, index);
        }
    }

    /// A channel whose state at the far end is not known.
    fn doubt_channel(&mut self, now: FrameTime, index: ChannelIndex) {
        let profile = &self.config.profile;
        if profile.restart && profile.restarts_after_release_failure && self.active.is_some() {
            self.begin_restart(now, index);
        } else {
            self.fail_channel(now, index);
        }
    }

    /// Takes a channel out of service, as the profile has it.
    pub(super) fn fail_channel(&mut self, now: FrameTime, index: ChannelIndex) {
        use crate::profile::RestartFailure;
        let restart = match self.config.profile.restart_failure {
            RestartFailure::StayOut => Restart::Failed { retry: None },
            RestartFailure::Retry(length) => Restart::Failed { retry: Some(now + length) },
            RestartFailure::ReturnAtOnce => Restart::None,
        };
        self.set_restart(index, restart);
    }
}

/// A DISCONNECT with progress 8: a tone or announcement is to be heard (§5.4).
fn says_in_band(message: &Message<'_>) -> bool {
    let indicator = message.find::<ProgressIndicator>();
    indicator.is_some_and(|indicator| indicator.description == ProgressDescription::IN_BAND)
}
