//! What hosts ask of calls on ISDN spans.
use super::Control;
use super::call::{Call, CallOnTrunk};
use super::primary_rate::{DChannelLine, PrimaryRate};
use super::trace::TracedFrame;
use crate::EngineError;
use crate::event::{CallId, EndReason};
use crate::information::InformationKind;
use crate::party::{AnswerOptions, Element, PlaceOptions};
use crate::statistics::DChannel;
use tandem_isdn::q931::element::{
    BearerCapability, ElementId, PartyNumber, ProgressDescription, ProgressIndicator, UserUser,
};
use tandem_isdn::q931::{
    self, CallError, ChannelWish, Extra, LinkService, RawElement, SetupError, SetupRequest,
};
use tandem_types::Cause;

impl Control {
    fn pri(&mut self, access: usize) -> Result<&mut PrimaryRate, EngineError> {
        let pri = self.isdn.get_mut(access).and_then(Option::as_mut);
        pri.map(|pri| &mut **pri).ok_or(EngineError::NoSuchCall)
    }

    fn line(&self, span: usize) -> Result<(&PrimaryRate, &DChannelLine), EngineError> {
        if span >= self.spans.len() {
            return Err(EngineError::BadArgument("there is no such span"));
        }
        let found = self.pri_of(span).and_then(|pri| Some((pri, pri.line(span)?)));
        found.ok_or(EngineError::Unsupported("the span has no D channel"))
    }

    /// The frames of a D channel after the one of this number that are kept, as many as `room` octets hold as a capture.
    pub(crate) fn trace(&self, span: usize, last: u64, room: usize) -> Result<Vec<TracedFrame>, EngineError> {
        let trace = match self.tapped_line(span) {
            Some((line, _)) => &line.trace,
            None => &self.line(span)?.1.trace,
        };
        Ok(trace.after(last, room, |at| self.day.at_us(at)))
    }

    /// Sends a facility that belongs to no call over the D channel that signals for a span.
    pub(crate) fn send_facility(&mut self, span: usize, octets: &[u8]) -> Result<(), EngineError> {
        if span >= self.spans.len() {
            return Err(EngineError::BadArgument("there is no such span"));
        }
        let access = self.access_of[span].ok_or(EngineError::Unsupported("the span has no D channel"))?;
        InformationKind::Facility.check(octets)?;
        let (now, facility) = (self.now, [RawElement::new(ElementId::FACILITY, octets)]);
        let sent = self.pri(access)?.interface_mut().facility_without_call(now, &facility);
        sent.map_err(|_| EngineError::WrongState("the D channel of the span is down"))?;
        self.run_isdn(access);
        Ok(())
    }

    /// What the D channel of a span has counted.
    pub(crate) fn d_channel(&self, span: usize) -> Result<DChannel, EngineError> {
        if let Some((line, frames)) = self.tapped_line(span) {
            let (heard, frames_dropped) = frames.counters();
            return Ok(DChannel { up: line.is_up(), heard, frames_dropped, ..DChannel::default() });
        }
        let (pri, line) = self.line(span)?;
        let (heard, frames_dropped) = line.frames.counters();
        let up = matches!(pri.link_service(line), Some(LinkService::Active | LinkService::Standby));
        let link = pri.link_counters(line).copied().unwrap_or_default();
        Ok(DChannel { up, heard, frames_dropped, link, calls: *pri.interface().counters() })
    }

    /// Takes the D channel of a span out of service, or puts it back.
    pub(crate) fn set_d_channel_service(&mut self, span: usize, in_service: bool) -> Result<(), EngineError> {
        if self.tapped_line(span).is_some() {
            return Err(EngineError::Unsupported("the span is listened to only"));
        }
        let id = self.line(span)?.1.id;
        let now = self.now;
        let access = self.access_of[span].ok_or(EngineError::Unsupported("the span has no D channel"))?;
        self.pri(access)?.interface_mut().set_link_service(now, id, in_service);
        log::info!(
            "span {span}: the D channel is {} service by order",
            if in_service { "in" } else { "out of" }
        );
        self.run_isdn(access);
        Ok(())
    }

    /// Begins a call on a channel of an ISDN span.
    pub(super) fn place_isdn(
        &mut self,
        index: usize,
        id: CallId,
        call: &Call,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<(), EngineError> {
        let slot = self.channels[index].slot;
        let (span, now) = (usize::from(slot.span.0), self.now);
        let law = options.law.unwrap_or(self.channels[index].law);
        let state = &self.spans[span];
        if state.failure.is_declared() || state.out_of_use.any() || self.channels[index].tested.is_some() {
            return Err(EngineError::WrongState("the channel is blocked"));
        }
        let in_use = EngineError::WrongState("the channel is in use, blocked or not yet free");
        let access = self.access_of[span].ok_or(in_use.clone())?;
        let pri = self.isdn[access].as_mut().ok_or(in_use.clone())?;
        if options.more_digits_follow && !pri.overlap {
            return Err(EngineError::Unsupported("numbers go to this switch in one piece"));
        }
        let channel = pri.channel(slot).ok_or(in_use)?;
        let bearer = BearerCapability::circuit(options.bearer, law);
        let called = PartyNumber {
            kind: options.called_type.kind(),
            plan: options.called_type.plan(),
            ..PartyNumber::unknown(number.as_bytes())
        };
        let all_elements = options.all_elements();
        let elements = raws(&all_elements);
        let request = SetupRequest {
            channel: if options.channel_may_change {
                ChannelWish::Preferred(channel)
            } else {
                ChannelWish::Exclusive(channel)
            },
            calling: options.calling.as_ref().map(|party| party.number()),
            redirecting: options.redirecting.as_ref().map(|party| party.redirecting_number()),
            complete: !options.more_digits_follow,
            display: Some(options.display.as_bytes()).filter(|text| pri.may_display && !text.is_empty()),
            user_user: user_user(&options.user_user),
            elements: &elements,
            ..SetupRequest::new(bearer, called)
        };
        let placed = pri.interface_mut().setup(now, &request).map_err(setup_problem)?;
        pri.calls.insert(placed, id);
        let setup = pri.interface().setup_octets(placed).cloned();
        // What comes meanwhile is heard when the caller knows of the call.
        pri.send(now);
        let mut call = call.placed_on(index, CallOnTrunk::Isdn { access, call: placed }, options.bearer);
        call.parties = None;
        if let Some(setup) = &setup {
            call.note_message(setup);
        }
        self.enter_call(id, call);
        self.update_law(index);
        Ok(())
    }

    pub(super) fn answer_isdn(
        &mut self,
        index: usize,
        access: usize,
        call: q931::CallId,
        options: &AnswerOptions,
        elements: &[Element],
    ) -> Result<(), EngineError> {
        let now = self.now;
        let all_elements: Vec<Element> = elements.iter().cloned().chain(options.subaddress()).collect();
        let pri = self.pri(access)?;
        let extra = Extra {
            elements: &raws(&all_elements),
            connected: options.connected.as_ref().map(|party| party.number()),
            display: Some(options.display.as_bytes()).filter(|text| pri.may_display && !text.is_empty()),
            user_user: user_user(&options.user_user),
            progress: None,
        };
        pri.interface_mut()
            .connect(now, call, &extra)
            .map_err(|error| problem(error, "the call is not waiting to be answered"))?;
        // The network needs no acknowledgement.
        let is_active = pri.interface().call_state(call) == Some(ACTIVE);
        if let Some(call) = self.channels[index].call.and_then(|id| self.calls.get_mut(&id)) {
            call.answer_is_sent();
        }
        if is_active {
            self.answered(index);
        }
        self.run_isdn(access);
        Ok(())
    }

    pub(super) fn more_digits_isdn(
        &mut self,
        access: usize,
        call: q931::CallId,
        digits: &str,
        complete: bool,
    ) -> Result<(), EngineError> {
        let now = self.now;
        let pri = self.pri(access)?;
        pri.interface_mut().more_digits(now, call, digits.as_bytes(), complete).map_err(
            |error| match error {
                CallError::TooManyDigits => EngineError::BadArgument("more digits than a number has"),
                _ => EngineError::WrongState("the call takes no more digits"),
            },
        )?;
        Ok(())
    }

    pub(super) fn alert_isdn(
        &mut self,
        access: usize,
        call: q931::CallId,
        elements: &[Element],
    ) -> Result<(), EngineError> {
        let now = self.now;
        let extra = Extra { elements: &raws(elements), ..Extra::default() };
        let alerted = self.pri(access)?.interface_mut().alerting(now, call, &extra);
        alerted.map_err(|error| problem(error, "the call is not waiting to be answered"))?;
        self.run_isdn(access);
        Ok(())
    }

    /// Tells the caller that something is to be heard already.
    pub(super) fn progress_isdn(
        &mut self,
        access: usize,
        call: q931::CallId,
        elements: &[Element],
    ) -> Result<(), EngineError> {
        let now = self.now;
        let pri = self.pri(access)?;
        let in_band = ProgressIndicator::new(pri.location, ProgressDescription::IN_BAND);
        let extra = Extra { progress: Some(in_band), elements: &raws(elements), ..Extra::default() };
        let told = pri.interface_mut().progress(now, call, &extra);
        told.map_err(|error| problem(error, "the call is not waiting to be answered"))?;
        self.run_isdn(access);
        Ok(())
    }

    pub(super) fn hold_isdn(
        &mut self,
        access: usize,
        call: q931::CallId,
        hold: bool,
        elements: &[Element],
    ) -> Result<(), EngineError> {
        let now = self.now;
        let interface = self.pri(access)?.interface_mut();
        let extra = Extra { elements: &raws(elements), ..Extra::default() };
        let asked =
            if hold { interface.hold(now, call, &extra) } else { interface.retrieve(now, call, &extra) };
        asked.map_err(|error| match error {
            CallError::NotInProfile => EngineError::Unsupported("this switch has no hold"),
            other if hold => problem(other, "the call cannot be held now"),
            other => problem(other, "the call is not held"),
        })?;
        self.run_isdn(access);
        Ok(())
    }

    pub(super) fn send_isdn(
        &mut self,
        access: usize,
        call: q931::CallId,
        kind: InformationKind,
        octets: &[u8],
        others: &[Element],
    ) -> Result<(), EngineError> {
        let now = self.now;
        let pri = self.pri(access)?;
        let codeset = if kind == InformationKind::Display { pri.display_codeset } else { 0 };
        let notification = [octets.first().map_or(0, |octet| octet | 0x80)];
        let content = if kind == InformationKind::Notification { &notification } else { octets };
        let element = RawElement { codeset, ..RawElement::new(element_of(kind), content) };
        let elements: Vec<RawElement<'_>> = std::iter::once(element).chain(others.iter().map(raw)).collect();
        let may_display = pri.may_display;
        let interface = pri.interface_mut();
        let sent = match kind {
            InformationKind::Display if !may_display => {
                return Err(EngineError::Unsupported("texts go from the network to the user"));
            }
            InformationKind::Notification => interface.notify(now, call, &elements),
            InformationKind::Keypad | InformationKind::Display => interface.information(now, call, &elements),
            InformationKind::UserUser => interface.user_information(now, call, &elements),
            InformationKind::Facility => interface.facility(now, call, &elements),
            InformationKind::LateDigits => {
                return Err(EngineError::BadArgument("digits are sent as more digits of the number"));
            }
        };
        sent.map_err(|error| problem(error, "the call is not in a state in which that can be sent"))?;
        self.run_isdn(access);
        Ok(())
    }

    pub(super) fn clear_isdn(
        &mut self,
        id: CallId,
        access: usize,
        call: q931::CallId,
        cause: Cause,
        elements: &[Element],
    ) -> Result<(), EngineError> {
        let now = self.now;
        let extra = Extra { elements: &raws(elements), ..Extra::default() };
        let interface = self.pri(access)?.interface_mut();
        let mut cleared = interface.disconnect(now, call, cause, &extra);
        if matches!(cleared, Err(CallError::State(_))) {
            // The far end has begun to clear it, and it is kept for what is to be heard.
            cleared = interface.release(now, call, cause, &extra);
        }
        if let Err(CallError::Message(_)) = cleared {
            return Err(TOO_LONG);
        }
        // What layer 3 refuses otherwise it is clearing already, or has cleared: its news is on the way. It is not tried again.
        self.begin_clearing(id, cause);
        // One that waits for a channel has none.
        let index = self.calls.get(&id).map(|call| call.channel);
        if let Some(index) = index.filter(|index| self.channels[*index].call == Some(id)) {
            self.silence(index, EndReason::Hangup);
        }
        self.run_isdn(access);
        Ok(())
    }
}

fn raws(elements: &[Element]) -> Vec<RawElement<'_>> {
    elements.iter().map(raw).collect()
}

fn raw(element: &Element) -> RawElement<'_> {
    RawElement { codeset: element.codeset, ..RawElement::new(ElementId(element.id), &element.content) }
}

fn user_user(octets: &[u8]) -> Option<UserUser<'_>> {
    let (protocol, information) = octets.split_first()?;
    Some(UserUser { protocol: *protocol, information })
}

pub(super) const fn element_of(kind: InformationKind) -> ElementId {
    match kind {
        InformationKind::Notification => ElementId::NOTIFICATION_INDICATOR,
        InformationKind::Keypad => ElementId::KEYPAD,
        InformationKind::UserUser => ElementId::USER_USER,
        InformationKind::Facility => ElementId::FACILITY,
        InformationKind::Display => ElementId::DISPLAY,
        InformationKind::LateDigits => ElementId::CALLED_NUMBER,
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

/// A command about a call that is refused because of its state, or because what goes with it is too long.
fn problem(error: CallError, state: &'static str) -> EngineError {
    match error {
        CallError::Message(_) => TOO_LONG,
        _ => EngineError::WrongState(state),
    }
}

const TOO_LONG: EngineError = EngineError::BadArgument("the message would be too long with these elements");
/// State U10 and N10 (Q.931 §2.1).
const ACTIVE: u8 = 10;
