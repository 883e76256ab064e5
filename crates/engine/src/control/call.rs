//! Calls: what a circuit's events mean, and what hosts may do with a call.
use super::channel::Trunk;
use super::group::{Attempt, Over};
use super::transfer::Tie;
use crate::EngineError;
use crate::control::Control;
use crate::event::{CallId, EndReason, EventKind};
use crate::information::CallProgress;
use crate::party::{AnswerOptions, CallParties, Element, PackedElements, PlaceOptions, check_number};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tandem_dsp::activity::ActivityOptions;
use tandem_dsp::analysis::AnalysisOptions;
use tandem_isdn::q931::element::CauseInfo;
use tandem_isdn::q931::{self, DigitsEnd, Message, MessageType};
use tandem_switch::link::Detectors;
use tandem_types::{Bearer, Cause, Digit, FrameTime, Frames, Handle, Law};

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// The far end is still dialling.
    Dialling,
    /// Offered to the host, which has neither answered nor cleared it.
    Offered,
    /// We have called, and the far end has not answered yet.
    Placed,
    /// Through in both directions.
    Answered,
    /// Being cleared, by whichever end: nothing more can be done with it.
    Clearing,
    /// Over. What is known of it is kept for a while.
    Cleared,
}

/// What is known of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallInfo {
    /// Where it stands.
    pub state: CallState,
    /// What has happened besides.
    pub progress: CallProgress,
    /// Where it is, or was.
    pub channel: Handle,
    /// The far end has called.
    pub incoming: bool,
    /// The number that the host keeps with it.
    pub user: u64,
    /// What links the legs of one interaction: the number of its first call, unless the host has set another.
    pub interaction: u64,
    /// How its called number has come to its end, where signalling tells it.
    pub number_end: Option<DigitsEnd>,
    /// What it carries.
    pub bearer: Bearer,
    /// How its voice is coded.
    pub law: Law,
    /// When it was seized or placed.
    pub began: FrameTime,
    /// When it was answered.
    pub answered: Option<FrameTime>,
    /// Its end.
    pub ended: Option<CallEnd>,
}

/// How a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallEnd {
    /// When.
    pub at: FrameTime,
    /// Why.
    pub cause: Cause,
    /// The far end has cleared it.
    pub by_far_end: bool,
    /// Where the cause comes from, as Q.850 has it (0 a user, 1 to 5 networks, 10 beyond interworking), if the far end has
    /// told it.
    pub location: Option<u8>,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) channel: usize,
    pub(crate) trunk: CallOnTrunk,
    pub(crate) state: CallState,
    pub(crate) bearer: Bearer,
    /// By what its voice is coded, where that has been said.
    pub(crate) law: Option<Law>,
    /// Until when the host may take its time with an offered call.
    offered_until: Option<FrameTime>,
    /// When the far end of an offered call is told that somebody is being alerted, unless the host has said so before.
    alert_at: Option<FrameTime>,
    /// Until when a call that the far end has cleared is kept for what is still to be heard.
    tone_until: Option<FrameTime>,
    /// What is sent and received belongs to the host: after the answer, and before it where signalling says so.
    pub(crate) media_open: bool,
    /// Something may be heard of its far end.
    pub(super) is_heard: bool,
    /// How it is to be found out what it comes to.
    pub(super) analysis: Option<Box<AnalysisOptions>>,
    /// Its channel is lost, and it is to be tried on another.
    pub(super) lost: bool,
    /// The engine has alerted the caller because the host has said nothing.
    alerted_for_host: bool,
    /// A number of the host's own.
    pub(crate) user: u64,
    /// Octets of the host's own.
    pub(super) data: Vec<u8>,
    /// The last message of each type: the one that began it, and what the far end has sent since. Who has to do with the call is
    /// read from them when somebody asks.
    pub(super) messages: Vec<(MessageType, Arc<[u8]>)>,
    /// Elements for the next message that a command sends.
    pub(super) elements: PackedElements,
    /// What links the legs of one interaction: the number of its first call, unless the host has said another.
    pub(crate) interaction: Arc<AtomicU64>,
    pub(super) began: FrameTime,
    pub(super) answered: Option<FrameTime>,
    pub(super) ended: Option<CallEnd>,
    pub(super) incoming: bool,
    pub(super) number_end: Option<DigitsEnd>,
    /// The group that it was placed in.
    pub(super) group: Option<usize>,
    /// It may be tried on another channel, as long as nothing has been told of it.
    pub(super) attempt: Option<Box<Attempt>>,
    /// We have asked its far end to hold it, and it is not back.
    pub(super) held: bool,
    pub(super) progress: CallProgress,
    /// By a transfer, to another call.
    pub(super) tie: Option<Tie>,
    /// The number called, with all digits that have come or gone since.
    pub(super) called: String,
    /// Who has to do with it, where signalling has no messages that tell it.
    pub(super) parties: Option<Box<CallParties>>,
}

/// What a call is to the signalling of its channel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CallOnTrunk {
    /// The one that the circuit of the channel has.
    Circuit,
    /// One of an ISDN access.
    Isdn { access: usize, call: q931::CallId },
}

impl Call {
    pub(crate) fn deadline(&self) -> Option<FrameTime> {
        super::earliest([self.offered_until, self.alert_at, self.tone_until])
    }

    fn new(id: CallId, now: FrameTime, channel: usize, state: CallState) -> Self {
        Self {
            channel,
            trunk: CallOnTrunk::Circuit,
            state,
            bearer: Bearer::Speech,
            law: None,
            offered_until: None,
            alert_at: None,
            tone_until: None,
            media_open: false,
            is_heard: false,
            analysis: None,
            group: None,
            lost: false,
            alerted_for_host: false,
            user: 0,
            data: Vec::new(),
            messages: Vec::new(),
            elements: PackedElements::default(),
            interaction: Arc::new(AtomicU64::new(id.0)),
            began: now,
            answered: None,
            ended: None,
            incoming: state == CallState::Dialling,
            number_end: None,
            attempt: None,
            held: false,
            progress: CallProgress::default(),
            tie: None,
            called: String::new(),
            parties: None,
        }
    }

    /// The same call as it begins on a channel.
    pub(super) fn placed_on(&self, channel: usize, trunk: CallOnTrunk, bearer: Bearer) -> Self {
        let (media_open, is_heard, lost, tone_until, messages) = (false, false, false, None, Vec::new());
        Self { channel, trunk, bearer, media_open, is_heard, lost, tone_until, messages, ..self.clone() }
    }

    /// Keeps a message, in place of the last of its type.
    pub(super) fn note_message(&mut self, octets: &Arc<[u8]>) {
        let Ok(message) = Message::new_checked(octets) else { return };
        let kind = message.kind();
        self.messages.retain(|(known, _)| *known != kind);
        self.messages.push((kind, octets.clone()));
        self.keep_messages(MOST_KEPT);
    }

    /// An event has been told as far as it is to be. A call that may still be tried again keeps what it was placed with, and less
    /// of messages of which nothing was told.
    pub(super) fn note_handled(&mut self) {
        if self.attempt.is_some() {
            self.keep_messages(MOST_KEPT_UNTOLD);
        }
    }

    /// The first of all stays, and the CONNECT; the oldest of the others go.
    fn keep_messages(&mut self, most: usize) {
        while self.messages.iter().map(|(_, octets)| octets.len()).sum::<usize>() > most {
            let may_go = |at: &usize| self.messages[*at].0 != MessageType::CONNECT;
            let Some(oldest) = (1..self.messages.len()).find(may_go) else { break };
            self.messages.remove(oldest);
        }
        self.messages.shrink_to_fit();
    }

    /// Who has to do with it, as its messages tell it. `display_codeset` is where switches of this kind have texts.
    pub(super) fn parties_told(&self, display_codeset: u8) -> CallParties {
        let last = |wanted: MessageType| {
            let (_, octets) = self.messages.iter().find(|(kind, _)| *kind == wanted)?;
            Message::new_checked(octets).ok()
        };
        let setup = last(MessageType::SETUP);
        let mut parties =
            setup.map(|setup| CallParties::of_setup(&setup, display_codeset)).unwrap_or_default();
        if let Some(connect) = last(MessageType::CONNECT) {
            parties.note_connected(&connect);
        }
        parties
    }

    /// The cause that the far end has given for clearing, with all that it says of it.
    fn cause_told(&self) -> Option<CauseInfo<'_>> {
        let clearing = [MessageType::DISCONNECT, MessageType::RELEASE, MessageType::RELEASE_COMPLETE];
        clearing.iter().find_map(|wanted| {
            let (_, octets) = self.messages.iter().find(|(kind, _)| kind == wanted)?;
            Message::new_checked(octets).ok()?.find::<CauseInfo<'_>>()
        })
    }

    /// It is being cleared. The host has been told of it, or will be at its end.
    pub(super) fn begin_clearing(&mut self) {
        if self.state != CallState::Dialling {
            self.state = CallState::Clearing;
        }
        self.answer_is_sent();
        self.tone_until = None;
    }

    /// Something has been told of it.
    pub(super) fn cannot_be_tried_again(&mut self) {
        self.attempt = None;
    }

    /// The host has answered; the far end need only acknowledge it.
    pub(super) const fn answer_is_sent(&mut self) {
        (self.offered_until, self.alert_at) = (None, None);
    }

    /// The far end has cleared and lets something be heard.
    pub(super) fn tone_begins(&mut self, now: FrameTime) {
        self.answer_is_sent();
        self.tone_until = Some(now + LONGEST_TONE);
    }
}

impl Control {
    pub(super) fn call(&self, id: CallId) -> Result<&Call, EngineError> {
        self.calls.get(&id).map(|call| &**call).ok_or(EngineError::NoSuchCall)
    }

    /// A call that there is or was.
    pub(super) fn known_call(&self, id: CallId) -> Result<&Call, EngineError> {
        let current = self.calls.get(&id).map(|call| &**call);
        current.or_else(|| self.finished.get(id)).ok_or(EngineError::NoSuchCall)
    }

    /// A call is over: its owner is told, and may ask what became of it for a while.
    pub(super) fn finish_call(&mut self, id: CallId, mut call: Box<Call>, cause: Cause, by_far_end: bool) {
        self.totals.calls_cleared += 1;
        let channel = self.channels[call.channel].handle;
        call.state = CallState::Cleared;
        let location = call.cause_told().map(|told| told.location.0);
        call.ended = Some(CallEnd { at: self.now, cause, by_far_end, location });
        call.cannot_be_tried_again();
        if let Some(tie) = call.tie.take() {
            self.end_tie(id, call.channel, tie, cause);
        }
        self.note_talk(&call);
        self.finished.keep(id, call);
        self.events.tell(self.now, EventKind::CallCleared { call: id, channel, cause, by_far_end });
    }

    /// Answers an offered call.
    pub(crate) fn answer(&mut self, id: CallId, options: &AnswerOptions) -> Result<(), EngineError> {
        let Call { channel, trunk, .. } = *self.call(id)?;
        options.check()?;
        if self.config.recording.required && !self.is_recorded(channel) {
            return Err(EngineError::WrongState(
                "no recording of the call runs, and recording.required is set",
            ));
        }
        if let CallOnTrunk::Isdn { access, call } = trunk {
            let elements = self.take_elements(id);
            return self.answer_isdn(channel, access, call, options, &elements);
        }
        let now = self.now;
        let circuit = self.channels[channel].circuit().ok_or(EngineError::NoSuchCall)?;
        circuit.answer(now).map_err(|_| EngineError::WrongState("the call is not waiting to be answered"))?;
        self.run_circuit(channel);
        Ok(())
    }

    /// Tells the caller of an offered call that somebody is being alerted, where signalling can tell it.
    pub(crate) fn alert(&mut self, id: CallId) -> Result<(), EngineError> {
        let call = self.calls.get_mut(&id).ok_or(EngineError::NoSuchCall)?;
        let elements = std::mem::take(&mut call.elements).unpack();
        if std::mem::take(&mut call.alerted_for_host) && call.state == CallState::Offered {
            return Ok(());
        }
        self.send_alert(id, &elements)
    }

    fn send_alert(&mut self, id: CallId, elements: &[Element]) -> Result<(), EngineError> {
        let call = self.call(id)?;
        match call.trunk {
            CallOnTrunk::Isdn { access, call } => {
                self.alert_isdn(access, call, elements)?;
                if let Some(call) = self.calls.get_mut(&id) {
                    call.alert_at = None;
                    call.progress.alerting = true;
                }
                Ok(())
            }
            CallOnTrunk::Circuit if call.state == CallState::Offered => Ok(()),
            CallOnTrunk::Circuit => Err(EngineError::WrongState("the call is not waiting to be answered")),
        }
    }

    /// Tells the caller of an offered call that something is to be heard before the answer, where signalling can tell it.
    pub(crate) fn progress(&mut self, id: CallId) -> Result<(), EngineError> {
        let Call { trunk, state, .. } = *self.call(id)?;
        match trunk {
            CallOnTrunk::Isdn { access, call } => {
                let elements = self.take_elements(id);
                self.progress_isdn(access, call, &elements)?;
                if let Some(call) = self.calls.get_mut(&id) {
                    call.progress.in_band = true;
                }
                Ok(())
            }
            CallOnTrunk::Circuit if state == CallState::Offered => Ok(()),
            CallOnTrunk::Circuit => Err(EngineError::WrongState("the call is not waiting to be answered")),
        }
    }

    /// Asks the far end to hold a call for us, or to give it back.
    pub(crate) fn hold(&mut self, id: CallId, hold: bool) -> Result<(), EngineError> {
        match self.call(id)?.trunk {
            CallOnTrunk::Isdn { access, call } => {
                let elements = self.take_elements(id);
                self.hold_isdn(access, call, hold, &elements)?;
                if let Some(call) = self.calls.get_mut(&id) {
                    call.held |= hold;
                }
                Ok(())
            }
            CallOnTrunk::Circuit => Err(EngineError::Unsupported("the signalling of this call has no hold")),
        }
    }

    /// Sends more digits of the number of a call that was placed with a part of it.
    pub(crate) fn more_digits(
        &mut self,
        id: CallId,
        digits: &str,
        complete: bool,
    ) -> Result<(), EngineError> {
        let trunk = self.call(id)?.trunk;
        check_number(digits)?;
        self.check_more_digits(id, digits, complete)?;
        if self.call(id)?.lost {
            self.note_more_digits(id, digits, complete);
            return Ok(());
        }
        match trunk {
            CallOnTrunk::Isdn { access, call } => {
                self.more_digits_isdn(access, call, digits, complete)?;
                self.note_more_digits(id, digits, complete);
                self.run_isdn(access);
                Ok(())
            }
            CallOnTrunk::Circuit => {
                Err(EngineError::Unsupported("the signalling of this call sends whole numbers only"))
            }
        }
    }

    /// Clears a call, whatever its state, and what a transfer has joined with it.
    pub(crate) fn clear(&mut self, id: CallId, cause: Cause) -> Result<(), EngineError> {
        self.clear_one(id, cause)?;
        self.part(id, cause);
        self.clear_parted();
        Ok(())
    }

    fn clear_one(&mut self, id: CallId, cause: Cause) -> Result<(), EngineError> {
        if self.give_up(id, cause) {
            return Ok(());
        }
        let Call { channel, trunk, state, .. } = *self.call(id)?;
        if state == CallState::Clearing {
            return Ok(());
        }
        if let CallOnTrunk::Isdn { access, call } = trunk {
            let elements = self.take_elements(id);
            return self.clear_isdn(id, access, call, cause, &elements);
        }
        let now = self.now;
        let circuit = self.channels[channel].circuit().ok_or(EngineError::NoSuchCall)?;
        circuit.clear(now, cause).map_err(|_| EngineError::NoSuchCall)?;
        self.run_circuit(channel);
        Ok(())
    }

    /// Calls a number on a channel that is free.
    pub(crate) fn place(
        &mut self,
        channel: Handle,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let index = self.channel_index(channel)?;
        self.check_may_send(index)?;
        self.catch_up(usize::from(self.channels[index].slot.span.0));
        let (id, mut call) = self.call_to_place(number, options)?;
        if options.channel_may_change {
            let span = usize::from(self.channels[index].slot.span.0);
            call.attempt = Some(Box::new(Attempt::on_access(span, index, number, options)));
        }
        self.place_at(index, id, &call, number, options)?;
        self.totals.calls_placed += 1;
        self.note_traffic(id);
        Ok(id)
    }

    /// What has come on the D channel of a span is heard before a channel is taken, as a call of the far end that is already
    /// there.
    pub(super) fn catch_up(&mut self, span: usize) {
        if let Some(access) = self.access_of[span] {
            self.run_isdn(access);
        }
    }

    /// A call of the host, and its number, that is on no channel yet.
    pub(super) fn call_to_place(
        &mut self,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<(CallId, Call), EngineError> {
        options.check()?;
        check_number(number)?;
        if self.rest_until.is_some() {
            return Err(EngineError::Closed);
        }
        let id = CallId(self.next_call);
        self.next_call += 1;
        let (parties, called) = (Some(Box::new(CallParties::of_placed(number, options))), number.to_owned());
        Ok((id, Call { parties, called, law: options.law, ..Call::new(id, self.now, 0, CallState::Placed) }))
    }

    /// Begins a call on a channel. Nothing is known there of a call that is refused.
    pub(super) fn place_at(
        &mut self,
        index: usize,
        id: CallId,
        call: &Call,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<(), EngineError> {
        if self.events.is_behind(Some(self.channels[index].handle)) {
            return Err(EngineError::Busy("the host is behind with its events"));
        }
        match self.channels[index].trunk {
            Trunk::Isdn => self.place_isdn(index, id, call, number, options),
            Trunk::Em(_) => self.place_em(index, id, call, number, options),
            Trunk::None => Err(EngineError::WrongState("the channel has no signalling to call with")),
        }
    }

    /// A call of the far end begins on a channel.
    pub(super) fn new_call(&mut self, channel: usize) -> CallId {
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.enter_call(id, Call::new(id, self.now, channel, CallState::Dialling));
        id
    }

    pub(super) fn enter_call(&mut self, id: CallId, call: Call) {
        let echo = self.configured_echo(call.channel, &call);
        let conceal = self.conceals_calls(call.channel);
        let channel = &mut self.channels[call.channel];
        channel.call = Some(id);
        channel.calls_had += 1;
        channel.typed.clear();
        (channel.hears, channel.bearer) = (None, call.bearer);
        (channel.echo, channel.conceal) = (echo, conceal);
        self.calls.insert(id, Box::new(call));
    }

    pub(super) fn handle_call_timers(&mut self) {
        let now = self.now;
        let overdue = |call: &Call| call.deadline().is_some_and(|deadline| deadline <= now);
        let due: Vec<CallId> =
            self.calls.iter().filter(|(_, call)| overdue(call)).map(|(id, _)| *id).collect();
        for id in due {
            self.handle_call_timer(id);
        }
    }

    fn handle_call_timer(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else { return };
        let is_due = |at: &mut Option<FrameTime>| at.take_if(|at| *at <= now).is_some();
        let (alert, tone, offer) =
            (is_due(&mut call.alert_at), is_due(&mut call.tone_until), is_due(&mut call.offered_until));
        if alert && self.send_alert(id, &[]).is_ok() {
            // Only an offered call has this timer, and one that is being cleared needs no alert.
            if let Some(call) = self.calls.get_mut(&id) {
                call.alerted_for_host = true;
            }
        }
        // A call that cannot be cleared is being cleared already.
        if tone {
            let _ = self.clear(id, Cause::NORMAL_CLEARING);
        }
        // One that the host leaves unanswered is not its caller's to wait for without end.
        if offer {
            log::warn!("call {} was offered and neither answered nor cleared in time", id.0);
            let _ = self.clear(id, Cause::NO_ANSWER);
        }
    }

    /// The circuit is ours from end to end: what comes is for the host to hear, and something may be sent.
    pub(super) fn open_media(&mut self, index: usize) {
        if let Some(call) = self.channels[index].call.and_then(|id| self.calls.get_mut(&id)) {
            call.media_open = true;
        }
        self.keep_what_is_said(index);
        self.far_end_is_heard(index);
    }

    pub(super) fn offer(&mut self, index: usize, called: String) {
        let channel = &self.channels[index];
        let Some(id) = channel.call else { return };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.state = CallState::Offered;
        call.called.clone_from(&called);
        call.media_open = true;
        call.offered_until = super::operation::deadline(self.now, self.offer_limit);
        call.alert_at = matches!(call.trunk, CallOnTrunk::Isdn { .. }).then(|| self.now + ALERT_AFTER);
        self.totals.calls_offered += 1;
        let kind = EventKind::CallOffered { call: id, channel: channel.handle, called };
        self.events.tell(self.now, kind);
        self.keep_what_is_said(index);
        self.note_traffic(id);
    }

    pub(super) fn answered(&mut self, index: usize) {
        let channel = &self.channels[index];
        let Some(id) = channel.call else { return };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.state = CallState::Answered;
        call.media_open = true;
        call.answered = Some(self.now);
        call.answer_is_sent();
        call.cannot_be_tried_again();
        self.totals.calls_answered += 1;
        self.events.tell(self.now, EventKind::CallAnswered { call: id, channel: channel.handle });
        self.keep_what_is_said(index);
        self.update_routes(index);
        self.analysed_answered(index);
        self.note_traffic(id);
        self.join_who_waits_for(id);
    }

    /// Ends all that a call has to do with media; its far end hears and is heard no more.
    pub(super) fn silence(&mut self, index: usize, reason: EndReason) {
        self.end_operations(index, reason);
        self.forget_what_was_said(index);
        self.end_timers_of(index, reason);
        self.leave_any_bridge(index);
        self.disconnect_listeners(index);
        let conceal = self.conceals_idle(index);
        let channel = &mut self.channels[index];
        (channel.hears, channel.tone, channel.listening) = (None, None, Detectors::NONE);
        (channel.echo, channel.shape, channel.talking) = (None, None, false);
        channel.conceal = conceal;
        self.set_hidden(index, None);
        self.set_attention(index, ActivityOptions::default());
        self.end_analysis(index);
        let channel = &self.channels[index];
        if let Some(call) = channel.call.and_then(|id| self.calls.get_mut(&id)) {
            call.media_open = false;
        }
        self.update_routes(index);
    }

    pub(super) fn cleared(&mut self, index: usize, cause: Cause, by_far_end: bool) {
        let lost_channel = self.channels[index].call.is_some_and(|id| self.loses_channel(id, cause));
        self.silence(index, EndReason::Hangup);
        let channel = &mut self.channels[index];
        let Some(id) = channel.call.take() else { return };
        self.over(Over { id, cause, by_far_end }, lost_channel);
        self.update_routes(index);
    }

    /// A call is over, or is to be tried again where it has but lost its channel.
    pub(super) fn over(&mut self, over: Over, lost_channel: bool) {
        let Over { id, cause, by_far_end } = over;
        if lost_channel {
            return self.again.push(over);
        }
        // A call that was never offered is the engine's own affair.
        if let Some(call) = self.calls.remove(&id)
            && call.state != CallState::Dialling
        {
            self.finish_call(id, call, cause, by_far_end);
        }
    }

    pub(super) fn handle_digit(&mut self, index: usize, digit: Digit, at: FrameTime) {
        if let Some(circuit) = self.channels[index].circuit() {
            // What was due before the digit has happened before it, even if control is late to look.
            circuit.handle_timeout(at);
            self.run_circuit(index);
        }
        if self.channels[index].dialling {
            if let Some(circuit) = self.channels[index].circuit() {
                circuit.handle_digit(at, digit);
            }
            return self.run_circuit(index);
        }
        let call = self.channels[index].call.and_then(|id| self.calls.get(&id));
        if self.channels[index].is_trunk() && call.is_none_or(|call| call.state == CallState::Dialling) {
            return;
        }
        if !self.channels[index].wants_digits() {
            return;
        }
        self.totals.digits_received += 1;
        let channel = &mut self.channels[index];
        channel.pressed = Some(at);
        if !channel.type_ahead(digit) {
            self.totals.digits_dropped += 1;
        }
        let call = channel.call_heard();
        let kind = EventKind::Digit { call, channel: channel.handle, digit };
        self.events.inform(at, kind);
        self.collect_typed(index);
    }
}

/// A network that hears nothing more of a call gives it up after T310, 10 s and more (Q.931 table 9-1).
const ALERT_AFTER: Frames = Frames::from_seconds(4);
/// Octets of messages that are kept with a call: three of the longest, so that the newest is always among them.
const MOST_KEPT: usize = 780;
/// The same while nothing has been told of it and it may be tried again.
const MOST_KEPT_UNTOLD: usize = 300;
/// As long as a network keeps a tone (T306).
const LONGEST_TONE: Frames = Frames::from_seconds(30);
