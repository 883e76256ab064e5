//! Calls to be made.
use std::sync::Arc;

use tandem_types::FrameTime;

use super::super::call::Timer;
use super::super::calls::Slot;
use super::super::channels::ChannelIndex;
use super::super::element::{
    CalledNumber, CallingNumber, ChannelIdentification, RedirectingNumber, SendingComplete,
};
use super::super::event::CallId;
use super::super::request::{ChannelWish, SetupError, SetupRequest};
use super::super::{CallReference, Discriminator, MAX_MESSAGE, MessageType};
use super::Interface;

impl Interface {
    /// Makes a call. Its news begin with the far end's first answer and end with `Released`.
    pub fn setup(&mut self, now: FrameTime, request: &SetupRequest<'_>) -> Result<CallId, SetupError> {
        self.run_timers(now);
        let made = self.make_call(now, request);
        self.tidy();
        made
    }

    fn make_call(&mut self, now: FrameTime, request: &SetupRequest<'_>) -> Result<CallId, SetupError> {
        if self.active.is_none() {
            return Err(SetupError::LinkDown);
        }
        if self.calls.is_full() || !self.has_room_for_call() {
            return Err(SetupError::Busy);
        }
        let channel = self.wished_channel(request.channel)?;
        let reference = self.calls.free_reference().ok_or(SetupError::Busy)?;
        let octets = self.setup_message(reference, channel, request)?;
        let slot = self.calls.begin(true, reference, octets).ok_or(SetupError::Busy)?;
        self.counters.calls_made += 1;
        self.note_channel(slot, channel, request.channel);
        if let Some(call) = self.calls.get_mut(slot) {
            call.whole = request.complete;
        }
        self.send_setup(now, slot);
        self.call(slot).map(|call| call.id).ok_or(SetupError::Busy)
    }

    /// SETUP goes out, T303 runs.
    fn send_setup(&mut self, now: FrameTime, slot: Slot) {
        if let Some(setup) = self.call(slot).map(|call| call.setup.clone()) {
            self.post(&setup);
        }
        self.start(now, slot, Timer::T303, self.timers.t303);
    }

    fn note_channel(&mut self, slot: Slot, channel: Option<(ChannelIndex, bool)>, wish: ChannelWish) {
        if let Some((index, exclusive)) = channel {
            self.occupy(slot, index);
            if let Some(call) = self.calls.get_mut(slot) {
                call.exclusive = exclusive;
            }
        }
        if let Some(call) = self.calls.get_mut(slot) {
            call.bearerless = wish == ChannelWish::NoChannel;
        }
    }

    /// The SETUP, which is kept for its second sending.
    fn setup_message(
        &mut self,
        reference: u16,
        channel: Option<(ChannelIndex, bool)>,
        request: &SetupRequest<'_>,
    ) -> Result<Arc<[u8]>, SetupError> {
        self.draft.clear();
        if request.complete && self.config.profile.sends_sending_complete {
            self.draft.put(&SendingComplete);
        }
        self.draft.put(&request.bearer);
        match channel {
            Some((index, exclusive)) => self.draft_channel(index, exclusive),
            None => self.draft.put(&ChannelIdentification::d_channel(None)),
        }
        self.draft_parties(request);
        self.draft_elements(request.elements);
        let mut buffer = [0; MAX_MESSAGE];
        let reference = CallReference::Call { value: reference, flag: false };
        let len = self
            .write(&mut buffer, Discriminator::CallControl, reference, MessageType::SETUP)
            .map_err(SetupError::Message)?;
        Ok(Arc::from(&buffer[..len]))
    }

    fn draft_parties(&mut self, request: &SetupRequest<'_>) {
        if let Some(progress) = &request.progress {
            self.draft.put(progress);
        }
        if let Some(text) = request.display {
            self.draft_display(text);
        }
        if let Some(number) = request.calling {
            self.draft.put(&CallingNumber(number));
        }
        if let Some(number) = request.called {
            self.draft.put(&CalledNumber(number));
        }
        if let Some(number) = request.redirecting {
            self.draft.put(&RedirectingNumber(number));
        }
        if let Some(low_layer) = &request.low_layer {
            self.draft.put(low_layer);
        }
        if let Some(high_layer) = &request.high_layer {
            self.draft.put(high_layer);
        }
        if let Some(user_user) = &request.user_user {
            self.draft.put(user_user);
        }
    }
}
