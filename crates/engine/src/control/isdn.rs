//! ISDN primary rate spans: the data link and layer 3 of each, and what they mean for calls.
//!
//! Frames come and go through the HDLC slot of the switch. A span that has failed is a line that is deactivated: calls in
//! progress live on until T309, as layer 3 says, and only a loop or AIS by order clears them at once.
use super::call::CallOnTrunk;
use super::trace::Trace;
use super::{CallState, Control};
use crate::EngineError;
use crate::config::SpanSection;
use crate::event::{CallId, CallStage, EndReason, EventKind};
use crate::party::{CallParties, PlaceOptions};
use std::collections::BTreeMap;
use tandem_isdn::Side;
use tandem_isdn::profile::ChannelNumbering;
use tandem_isdn::q921::{DataLink, Delivered, Establishment, LinkEvent, LinkParameters};
use tandem_isdn::q931::element::{BearerCapability, PartyNumber};
use tandem_isdn::q931::{
    self, BChannel, CallError, CallEvent, CallNews, ChannelWish, Extra, Interface, LinkChange, LinkId,
    ReleasedBy, SetupError, SetupRequest,
};
use tandem_rt::LONGEST_FRAME;
use tandem_switch::HdlcChannel;
use tandem_types::{Bearer, Cause, FrameTime, SignalledChannel};

/// The signalling of one span.
pub(super) struct PrimaryRate {
    interface: Interface,
    link: DataLink,
    frames: HdlcChannel,
    trace: Trace,
    /// Calls of the engine by those of layer 3.
    calls: BTreeMap<q931::CallId, CallId>,
    numbering: ChannelNumbering,
    /// Texts go from the network to the user (Q.931 §4.5.16), and both ways between equals.
    may_display: bool,
}

impl PrimaryRate {
    /// Asks for the data link from the first step on.
    pub(super) fn new(section: &SpanSection, frames: HdlcChannel) -> Result<Self, q931::ConfigError> {
        let config = section.interface();
        let (side, numbering) = (config.side, config.profile.numbering);
        let may_display = side == Side::Network || config.profile.symmetric;
        let mut interface = Interface::new(config)?;
        interface.establish(LINK);
        let link = DataLink::new(LinkParameters::new(side));
        let trace = Trace::new(side);
        Ok(Self { interface, link, frames, trace, calls: BTreeMap::new(), numbering, may_display })
    }

    pub(super) fn poll_timeout(&self) -> Option<FrameTime> {
        let (link, interface) = (self.link.poll_timeout(), self.interface.poll_timeout());
        link.into_iter().chain(interface).min()
    }

    /// Takes what has been received, lets happen what is due, and sends what there is to send.
    fn exchange(&mut self, now: FrameTime) {
        let mut frame = [0; LONGEST_FRAME];
        while let Some((at, length)) = self.frames.receive(&mut frame) {
            self.trace.note(at, false, &frame[..length]);
            if let Some(Delivered::Data(message)) = self.link.handle_frame(now, &frame[..length]) {
                self.interface.handle_message(now, LINK, message);
            }
            self.hear_link(now);
        }
        if self.link.poll_timeout().is_some_and(|due| due <= now) {
            self.link.handle_timeout(now);
        }
        if self.interface.poll_timeout().is_some_and(|due| due <= now) {
            self.interface.handle_timeout(now);
        }
        self.hear_link(now);
        self.send(now);
    }

    fn hear_link(&mut self, now: FrameTime) {
        while let Some(event) = self.link.poll_event() {
            let change = match event {
                LinkEvent::Established(Establishment::Reset) => LinkChange::ReEstablished,
                LinkEvent::Established(_) => LinkChange::Established,
                LinkEvent::Released(_) => LinkChange::Released,
                LinkEvent::LoopedBack | LinkEvent::LoopCleared => {
                    log::warn!("D channel: {event:?}");
                    continue;
                }
                LinkEvent::Error(_) | LinkEvent::PeerBusy(_) => {
                    log::debug!("D channel: {event:?}");
                    continue;
                }
            };
            self.interface.handle_link(now, LINK, change);
        }
    }

    fn send(&mut self, now: FrameTime) {
        while self.interface.poll_link_request().is_some() {
            self.link.establish(now);
        }
        while let Some((_, message)) = self.interface.poll_message() {
            // Without a link layer 3 has been told so, and a queue of 64 that is full is a link about to fail.
            if let Err(error) = self.link.send(now, message) {
                log::debug!("a message was not sent: {error:?}");
            }
        }
        while let Some(frame) = self.link.poll_transmit(now) {
            // What finds no room is sent again by the link.
            if self.frames.send(now, frame) {
                self.trace.note(now, true, frame);
            }
        }
    }

    fn channel(&self, slot: u8) -> Option<BChannel> {
        (0..128).map(|number| BChannel::new(0, number)).find(|channel| self.slot(*channel) == Some(slot))
    }

    fn slot(&self, channel: BChannel) -> Option<u8> {
        self.numbering.timeslot(SignalledChannel(channel.number.0)).map(|slot| slot.number())
    }
}

/// There is one D channel to a span.
const LINK: LinkId = LinkId(0);

/// Stimuli.
impl Control {
    pub(super) fn handle_isdn(&mut self) {
        for span in 0..self.isdn.len() {
            self.run_isdn(span);
        }
    }

    pub(super) fn run_isdn(&mut self, span: usize) {
        // Out of its place, so that what it tells can be acted upon. Nothing below comes back here.
        let Some(mut pri) = self.isdn.get_mut(span).and_then(Option::take) else { return };
        loop {
            pri.exchange(self.now);
            let Some(event) = pri.interface.poll_event() else { break };
            self.handle_isdn_event(span, &mut pri, event);
        }
        self.isdn[span] = Some(pri);
    }

    /// The line of a span is, or is no longer, out of use: by failure, which calls in progress outlive for a while, or by
    /// order, which they do not.
    pub(super) fn update_isdn(&mut self, span: usize) {
        let now = self.now;
        let state = &self.spans[span];
        let (failed, ordered) = (state.failure.is_declared(), state.out_of_use.any());
        let Some(pri) = self.isdn.get_mut(span).and_then(Option::as_mut) else { return };
        if failed || ordered {
            pri.link.deactivated(now);
        } else {
            pri.link.activated(now);
        }
        let calls: Vec<q931::CallId> = pri.calls.keys().copied().filter(|_| ordered).collect();
        for call in calls {
            let _ = pri.interface.disconnect(now, call, Cause::DESTINATION_OUT_OF_ORDER, &Extra::default());
        }
        self.run_isdn(span);
    }

    fn handle_isdn_event(&mut self, span: usize, pri: &mut PrimaryRate, event: q931::Event) {
        match event {
            q931::Event::Call(event) => self.handle_call_event(span, pri, event),
            q931::Event::LinksLost | q931::Event::LinksRestored => {
                let up = event == q931::Event::LinksRestored;
                log::info!("span {span}: the D channel is {}", if up { "up" } else { "down" });
                let handle = self.spans[span].handle;
                self.events.tell(self.now, EventKind::LinkChanged { span: handle, up });
            }
            q931::Event::Looped { .. } => log::warn!("span {span}: the D channel is looped to itself"),
            q931::Event::Channel { channel, service } => {
                log::info!("span {span}, channel {}: {service:?}", channel.number.0);
            }
            q931::Event::InterfaceRestarted
            | q931::Event::RestartedByFar
            | q931::Event::LinkSwitched { .. }
            | q931::Event::Unassociated { .. } => log::debug!("span {span}: {event:?}"),
        }
    }

    fn handle_call_event(&mut self, span: usize, pri: &mut PrimaryRate, event: CallEvent) {
        if let CallNews::Incoming { number } = event.news {
            return self.incoming(span, pri, &event, number.is_some());
        }
        let Some(id) = pri.calls.get(&event.call).copied() else { return };
        let Some(index) = self.calls.get(&id).map(|call| call.channel) else { return };
        match event.news {
            CallNews::Digits { end: Some(_) } => self.offer_digits(index, pri, event.call),
            CallNews::SetupAcknowledged => self.tell_stage(index, CallStage::MoreDigitsWanted, event.in_band),
            CallNews::Proceeding => self.tell_stage(index, CallStage::Proceeding, event.in_band),
            CallNews::Alerting => self.tell_stage(index, CallStage::Alerting, event.in_band),
            CallNews::Progress => self.tell_stage(index, CallStage::Progress, event.in_band),
            CallNews::Answered | CallNews::AnswerAcknowledged => self.answered(index),
            CallNews::Disconnected { .. } => self.silence(index, EndReason::Hangup),
            CallNews::Released { cause, by } => {
                pri.calls.remove(&event.call);
                self.cleared(index, cause, by == ReleasedBy::Far);
            }
            // Q.850 cause 69: hold belongs to hosts, which have no command for it yet.
            CallNews::HoldRequested => {
                let _ = pri.interface.hold_reject(self.now, event.call, NOT_IMPLEMENTED);
            }
            CallNews::RetrieveRequested => {
                let _ = pri.interface.retrieve_reject(self.now, event.call, NOT_IMPLEMENTED);
            }
            _ => log::debug!("span {span}: {:?}", event.news),
        }
    }

    fn incoming(&mut self, span: usize, pri: &mut PrimaryRate, event: &CallEvent, is_complete: bool) {
        let now = self.now;
        let refuse = |pri: &mut PrimaryRate, cause| {
            // What is being cleared already needs no refusal.
            let _ = pri.interface.disconnect(now, event.call, cause, &Extra::default());
        };
        let slot = event.channel.and_then(|channel| pri.slot(channel));
        let index = slot.and_then(|slot| self.channel_at[span].get(usize::from(slot)).copied().flatten());
        let Some(index) = index.map(|index| index as usize) else {
            return refuse(pri, Cause::NO_CIRCUIT);
        };
        self.totals.calls_seized += 1;
        self.give_way(index, pri);
        let channel = &self.channels[index];
        if self.events.is_behind() || self.rest_until.is_some() {
            self.totals.calls_refused += 1;
            return refuse(pri, Cause::CONGESTION);
        }
        if channel.call.is_some() || channel.tested.is_some() {
            self.totals.calls_refused += 1;
            return refuse(pri, CHANNEL_NOT_AVAILABLE);
        }
        let id = self.new_call(index, CallState::Dialling);
        let setup = event.message();
        if let Some(call) = self.calls.get_mut(&id) {
            call.trunk = CallOnTrunk::Isdn { span, call: event.call };
            call.parties = setup.as_ref().map(|setup| Box::new(CallParties::of_setup(setup)));
        }
        let bearer =
            setup.and_then(|setup| setup.find::<BearerCapability>()).and_then(|found| found.bearer());
        self.channels[index].bearer = bearer.unwrap_or(Bearer::Speech);
        pri.calls.insert(event.call, id);
        if is_complete {
            self.offer_digits(index, pri, event.call);
        } else {
            let _ = pri.interface.setup_acknowledge(self.now, event.call, &Extra::default());
        }
    }

    /// Ends a call of ours on a channel that the network has taken for one of its own (Q.931 §5.7). The far end refuses it
    /// as well, but only later.
    fn give_way(&mut self, index: usize, pri: &mut PrimaryRate) {
        let call = self.channels[index].call.and_then(|id| self.calls.get(&id));
        let Some(CallOnTrunk::Isdn { call, .. }) = call.map(|call| call.trunk) else { return };
        if pri.interface.call_channel(call).is_none() {
            pri.calls.remove(&call);
            self.cleared(index, CHANNEL_NOT_AVAILABLE, true);
        }
    }

    /// The called number is complete. The far end is told so at once, since the host may take its time.
    fn offer_digits(&mut self, index: usize, pri: &mut PrimaryRate, call: q931::CallId) {
        let digits = pri.interface.called_digits(call).unwrap_or(&[]);
        let called = String::from_utf8_lossy(digits).into_owned();
        let _ = pri.interface.proceeding(self.now, call, &Extra::default());
        self.offer(index, called);
    }

    fn tell_stage(&mut self, index: usize, stage: CallStage, in_band: bool) {
        let channel = &self.channels[index];
        let Some(call) = channel.call else { return };
        let kind = EventKind::CallProgress { call, channel: channel.handle, stage, in_band };
        // The others come once in a call; of progress there may be any number.
        if stage == CallStage::Progress {
            self.events.inform(self.now, kind);
        } else {
            self.events.tell(self.now, kind);
        }
    }
}

/// Commands.
impl Control {
    /// The last frames of a D channel as a capture.
    pub(crate) fn trace(&self, span: usize, opened_us: u64) -> Result<Vec<u8>, EngineError> {
        let pri = self.isdn.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
        let pri = pri.as_ref().ok_or(EngineError::Unsupported("the span has no D channel"))?;
        Ok(pri.trace.capture(opened_us))
    }

    /// Calls a number on a channel of an ISDN span.
    pub(super) fn place_isdn(
        &mut self,
        index: usize,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let slot = self.channels[index].slot;
        let (span, now, law) = (usize::from(slot.span.0), self.now, self.channels[index].law);
        let state = &self.spans[span];
        if state.failure.is_declared() || state.out_of_use.any() || self.channels[index].tested.is_some() {
            return Err(EngineError::WrongState("the channel is blocked"));
        }
        let in_use = EngineError::WrongState("the channel is in use, blocked or not yet free");
        let pri = self.isdn.get_mut(span).and_then(Option::as_mut).ok_or(in_use.clone())?;
        let channel = pri.channel(slot.slot.number()).ok_or(in_use)?;
        let bearer = BearerCapability::circuit(options.bearer, law);
        let called = PartyNumber {
            kind: options.called_type.kind(),
            plan: options.called_type.plan(),
            ..PartyNumber::unknown(number.as_bytes())
        };
        let request = SetupRequest {
            channel: ChannelWish::Exclusive(channel),
            calling: options.calling.as_ref().map(|party| party.number()),
            redirecting: options.redirecting.as_ref().map(|party| party.number()),
            complete: !options.more_digits_follow,
            display: Some(options.display.as_bytes()).filter(|text| pri.may_display && !text.is_empty()),
            ..SetupRequest::new(bearer, called)
        };
        let call = pri.interface.setup(now, &request).map_err(setup_problem)?;
        let id = self.new_call(index, CallState::Placed);
        self.channels[index].bearer = options.bearer;
        if let Some(known) = self.calls.get_mut(&id) {
            known.trunk = CallOnTrunk::Isdn { span, call };
        }
        if let Some(pri) = self.isdn[span].as_mut() {
            pri.calls.insert(call, id);
        }
        self.run_isdn(span);
        Ok(id)
    }

    pub(super) fn answer_isdn(
        &mut self,
        index: usize,
        span: usize,
        call: q931::CallId,
    ) -> Result<(), EngineError> {
        let now = self.now;
        let pri = self.isdn.get_mut(span).and_then(Option::as_mut).ok_or(EngineError::NoSuchCall)?;
        pri.interface
            .connect(now, call, &Extra::default())
            .map_err(|_| EngineError::WrongState("the call is not waiting to be answered"))?;
        // The network needs no acknowledgement.
        if pri.interface.call_state(call) == Some(ACTIVE) {
            self.answered(index);
        }
        self.run_isdn(span);
        Ok(())
    }

    pub(super) fn more_digits_isdn(
        &mut self,
        span: usize,
        call: q931::CallId,
        digits: &str,
        complete: bool,
    ) -> Result<(), EngineError> {
        let now = self.now;
        let pri = self.isdn.get_mut(span).and_then(Option::as_mut).ok_or(EngineError::NoSuchCall)?;
        pri.interface.more_digits(now, call, digits.as_bytes(), complete).map_err(|error| match error {
            CallError::TooManyDigits => EngineError::BadArgument("more digits than a number has"),
            _ => EngineError::WrongState("the call takes no more digits"),
        })?;
        self.run_isdn(span);
        Ok(())
    }

    pub(super) fn alert_isdn(&mut self, span: usize, call: q931::CallId) -> Result<(), EngineError> {
        let now = self.now;
        let pri = self.isdn.get_mut(span).and_then(Option::as_mut).ok_or(EngineError::NoSuchCall)?;
        pri.interface
            .alerting(now, call, &Extra::default())
            .map_err(|_| EngineError::WrongState("the call is not waiting to be answered"))?;
        self.run_isdn(span);
        Ok(())
    }

    pub(super) fn clear_isdn(
        &mut self,
        index: usize,
        span: usize,
        call: q931::CallId,
        cause: Cause,
    ) -> Result<(), EngineError> {
        let now = self.now;
        let pri = self.isdn.get_mut(span).and_then(Option::as_mut).ok_or(EngineError::NoSuchCall)?;
        pri.interface.disconnect(now, call, cause, &Extra::default()).map_err(|_| EngineError::NoSuchCall)?;
        self.silence(index, EndReason::Hangup);
        self.run_isdn(span);
        Ok(())
    }
}

fn setup_problem(error: SetupError) -> EngineError {
    match error {
        SetupError::LinkDown => EngineError::WrongState("the D channel of the span is down"),
        SetupError::Busy => EngineError::Busy("the span has as many calls as it may"),
        SetupError::NoChannelFree | SetupError::NoSuchChannel | SetupError::ChannelBusy => {
            EngineError::WrongState("the channel is in use, blocked or not yet free")
        }
        SetupError::Message(_) => EngineError::BadArgument("the number or what goes with it is too long"),
    }
}

/// State U10 and N10 (Q.931 §2.1).
const ACTIVE: u8 = 10;
/// Q.850 cause 44, requested circuit or channel not available, and 69, requested facility not implemented.
const CHANNEL_NOT_AVAILABLE: Cause = Cause::new(44).expect("a cause");
const NOT_IMPLEMENTED: Cause = Cause::new(69).expect("a cause");
