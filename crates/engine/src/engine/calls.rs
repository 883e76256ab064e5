//! What hosts do with calls.
use super::Engine;
use crate::control::CallInfo;
use crate::error::EngineError;
use crate::event::CallId;
use crate::information::InformationKind;
use crate::party::{AnswerOptions, CallParties, Element, PlaceOptions};
use crate::tapped::TapCallInfo;
use tandem_dsp::analysis::AnalysisOptions;
use tandem_types::{Cause, Handle};

impl Engine {
    /// Answers an offered call. `CallAnswered` follows.
    pub fn call_answer(&self, call: CallId) -> Result<(), EngineError> {
        self.call_answer_with(call, &AnswerOptions::default())
    }

    /// The same with what is to go with the answer, as far as signalling can carry it.
    pub fn call_answer_with(&self, call: CallId, options: &AnswerOptions) -> Result<(), EngineError> {
        let options = options.clone();
        self.ask(move |control| control.answer(call, &options))?
    }

    /// Tells the caller of an offered call that somebody is being alerted, where signalling can tell it: ALERTING of an
    /// ISDN span.
    pub fn call_alert(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.alert(call))?
    }

    /// Tells the caller of an offered call that something is to be heard before the answer, where signalling can tell it:
    /// PROGRESS of an ISDN span. Prompts and connections are possible from the offer on; whether the caller hears them
    /// before the answer is the network's to decide, by this.
    pub fn call_progress(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.progress(call))?
    }

    /// Finds out from what is heard of a call what it comes to: a person, a machine, a tone, and so on. From now on, or, where
    /// nothing can be heard of the far end yet, from when something can: so to be asked right behind the placing of the
    /// call. `CallAnalysed` tells. The span must have the detector of tones by its configuration.
    pub fn call_analyse(&self, call: CallId, options: AnalysisOptions) -> Result<(), EngineError> {
        self.ask(move |control| control.analyse(call, options))?
    }

    /// Asks the far end to hold a call for us. `CallHold` tells what it says; the channel stays the call's.
    pub fn call_hold(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.hold(call, true))?
    }

    /// Asks for a held call back. `CallHold` tells what the far end says.
    pub fn call_retrieve(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.hold(call, false))?
    }

    /// Transfers an answered call to another: they hear each other, and when one is over, the other is cleared for the same
    /// cause. Where the other has not been answered yet, that waits, and what is heard meanwhile stays as it is. Plays and
    /// places in bridges of both end when they are joined; the other becomes a leg of the interaction of the first. Told by
    /// one `CallTransferred`.
    pub fn call_transfer(&self, call: CallId, to: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.transfer(call, to))?
    }

    /// Gives both calls of a transfer back to the host: one that waits is given up, and calls that were joined hear each
    /// other no more and end each by itself.
    pub fn call_end_transfer(&self, call: CallId) -> Result<(), EngineError> {
        self.ask(move |control| control.end_transfer(call))?
    }

    /// Tells the far end of a call something besides its progress, where signalling can carry it.
    pub fn call_send(&self, call: CallId, kind: InformationKind, octets: &[u8]) -> Result<(), EngineError> {
        let octets = octets.to_owned();
        self.ask(move |control| control.send_information(call, kind, &octets))?
    }

    /// An element of the last message of a type, the one that began the call (SETUP of an ISDN span, 5) or one that the far
    /// end has sent since, as it was; `None` where there is none. `message` is the type by its octet in Q.931 §4.4, and
    /// `which` of several alike is asked for, from 0 on. Known of calls that are over too.
    pub fn call_element(
        &self,
        call: CallId,
        message: u8,
        codeset: u8,
        id: u8,
        which: usize,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        self.ask(move |control| control.call_element(call, message, codeset, id, which))?
    }

    /// Gives elements to the next message that a command about the call sends (alert, progress, answer, hold, send, clear),
    /// in place of any given before. They are forgotten with that command.
    pub fn call_set_elements(&self, call: CallId, elements: &[Element]) -> Result<(), EngineError> {
        let elements = elements.to_vec();
        self.ask(move |control| control.set_elements(call, elements))?
    }

    /// Keeps octets of the host's own with a call, 4096 at most.
    pub fn call_set_data(&self, call: CallId, data: &[u8]) -> Result<(), EngineError> {
        let data = data.to_owned();
        self.ask(move |control| control.set_data(call, data))?
    }

    /// The octets that the host keeps with a call.
    pub fn call_data(&self, call: CallId) -> Result<Vec<u8>, EngineError> {
        self.ask(move |control| control.data(call))?
    }

    /// Makes a call a leg of an interaction, which is known by this number.
    pub fn call_set_interaction(&self, call: CallId, interaction: u64) -> Result<(), EngineError> {
        self.ask(move |control| control.set_interaction(call, interaction))?
    }

    /// Clears a call in any state. `CallCleared` follows; no other call is touched.
    pub fn call_clear(&self, call: CallId, cause: Cause) -> Result<(), EngineError> {
        self.ask(move |control| control.clear(call, cause))?
    }

    /// Calls `number` on a free channel. `CallAnswered` or `CallCleared` follows.
    pub fn call_place(&self, channel: Handle, number: &str) -> Result<CallId, EngineError> {
        self.call_place_with(channel, number, &PlaceOptions::default())
    }

    /// The same with what is to go with the call, as far as its signalling can carry it.
    pub fn call_place_with(
        &self,
        channel: Handle,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let (number, options) = (number.to_owned(), options.clone());
        self.ask(move |control| control.place(channel, &number, &options))?
    }

    /// Calls `number` on a free channel of a group of trunks of the configuration. Where the call meets one of the far end on
    /// its channel it is tried on another, by the same number of a call.
    pub fn call_place_in(
        &self,
        group: &str,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let (group, number, options) = (group.to_owned(), number.to_owned(), options.clone());
        self.ask(move |control| control.place_in(&group, &number, &options))?
    }

    /// Sends more digits of the called number of a call that was placed with `more_digits_follow`; `complete` says that
    /// these are the last. Digits sent before the far end wants them wait for it.
    pub fn call_more_digits(&self, call: CallId, digits: &str, complete: bool) -> Result<(), EngineError> {
        let digits = digits.to_owned();
        self.ask(move |control| control.more_digits(call, &digits, complete))?
    }

    /// What is known of a call of others, on a line that is listened to; also for a while after its end.
    pub fn tap_call_info(&self, call: CallId) -> Result<TapCallInfo, EngineError> {
        self.ask(move |control| control.tap_call_info(call))?
    }

    /// Who is behind a call, as far as its signalling tells it. Numbers whose presentation is restricted are empty, unless
    /// the configuration says otherwise.
    pub fn call_parties(&self, call: CallId) -> Result<CallParties, EngineError> {
        self.ask(move |control| control.call_parties(call))?
    }

    /// The calls in progress with a number above this, at most so many, and the number of the last event of the main queue that
    /// was told before: with the events behind it a host knows all calls again.
    pub fn calls_after(&self, after: CallId, most: usize) -> Result<(Vec<CallId>, u64), EngineError> {
        self.ask(move |control| control.calls_after(after, most))
    }

    /// What is known of a call.
    pub fn call_info(&self, call: CallId) -> Result<CallInfo, EngineError> {
        self.ask(move |control| control.call_info(call))?
    }

    /// Keeps a number of the host's own with a call.
    pub fn call_set_user(&self, call: CallId, user: u64) -> Result<(), EngineError> {
        self.ask(move |control| control.set_user(call, user))?
    }
}
