//! ISDN primary rate spans: the data link and layer 3 of each, and what they mean for calls.
//!
//! Frames come and go through the HDLC slot of the switch. A span that has failed is a line that is deactivated: calls in
//! progress live on until T309, as layer 3 says, and only a loop or AIS by order clears them at once.
use super::call::CallOnTrunk;
use super::channel::Channel;
use super::group::Over;
use super::isdn_commands::element_of;
use super::primary_rate::{DChannelLine, PrimaryRate};
use super::{CallState, Control};
use crate::event::{CallId, CallStage, EndReason, EventKind};
use crate::information::{HoldChange, InformationKind};
use tandem_isdn::q921::DataLink;
use tandem_isdn::q931::element::{BearerCapability, CalledNumber, Display, ElementId};
use tandem_isdn::q931::{
    self, CallEvent, CallNews, DigitsEnd, Extra, Message, MessageType, RawElement, ReleasedBy,
};
use tandem_types::{Bearer, Cause, Frames};

/// The host learns after this time that the link is up, although a far end does not answer the restart of its channels.
const LONGEST_RESTART: Frames = Frames::from_seconds(5);

/// Stimuli.
impl Control {
    pub(super) fn handle_isdn(&mut self) {
        for access in 0..self.isdn.len() {
            self.run_isdn(access);
        }
    }

    pub(super) fn run_isdn(&mut self, access: usize) {
        // Out of its place, so that what it tells can be acted upon. Nothing below comes back here.
        let Some(mut pri) = self.isdn.get_mut(access).and_then(Option::take) else { return };
        loop {
            pri.exchange(self.now);
            let Some(event) = pri.access.poll_event() else { break };
            self.handle_isdn_event(access, &mut pri, event);
        }
        if pri.tell_up_by.is_some_and(|limit| limit <= self.now || !pri.is_restarting()) {
            pri.tell_up_by = None;
            pri.told_up = true;
            self.tell_link(&pri, true);
            for (span, _) in pri.members.clone() {
                for index in self.channel_at[span].into_iter().flatten() {
                    self.tell_service(index as usize, &pri);
                }
            }
        }
        for at in 0..pri.d_channels.len() {
            let DChannelLine { id, span, .. } = pri.d_channels[at];
            let looped = pri.access.link(id).is_some_and(DataLink::is_looped);
            if std::mem::replace(&mut pri.d_channels[at].told_looped, looped) != looped {
                self.tell_loop(span, looped);
            }
        }
        self.isdn[access] = Some(pri);
    }

    /// The signalling of a span.
    pub(super) fn pri_of(&self, span: usize) -> Option<&PrimaryRate> {
        self.isdn[(*self.access_of.get(span)?)?].as_deref()
    }

    /// The line of a span is, or is no longer, out of use: by failure, which calls in progress outlive for a while, or by
    /// order, which they do not.
    pub(super) fn update_isdn(&mut self, span: usize) {
        let now = self.now;
        let state = &self.spans[span];
        let (failed, ordered) = (state.failure.is_declared(), state.out_of_use.any());
        let Some(access) = self.access_of[span] else { return };
        let Some(pri) = self.isdn[access].as_mut() else { return };
        if let Some(id) = pri.line(span).map(|line| line.id) {
            pri.access.handle_line(now, id, !failed && !ordered);
        }
        // Where the D channel is another span's, or is on its backup, nothing but the failure itself tells of calls that
        // nobody hears any more.
        let is_signalled = pri.interface().active_link().is_some();
        let mut ended = Vec::new();
        if ordered || failed && is_signalled {
            let calls: Vec<(q931::CallId, CallId)> =
                pri.calls.iter().map(|(call, id)| (*call, *id)).collect();
            for (call, id) in calls {
                let place = pri.interface().call_channel(call).and_then(|channel| pri.slot(channel));
                if place.is_some_and(|place| usize::from(place.span.0) == span) {
                    let (cause, none) = (Cause::DESTINATION_OUT_OF_ORDER, Extra::default());
                    let _ = pri.interface_mut().disconnect(now, call, cause, &none);
                    ended.push(id);
                }
            }
        }
        for id in ended {
            self.begin_clearing(id, Cause::DESTINATION_OUT_OF_ORDER);
            // A call that waits for a channel has none to be silenced: the one it had may be another's.
            let channel = self.calls.get(&id).map(|call| call.channel);
            if let Some(index) = channel.filter(|index| self.channels[*index].call == Some(id)) {
                self.silence(index, EndReason::Hangup);
            }
        }
        self.run_isdn(access);
    }

    fn handle_isdn_event(&mut self, access: usize, pri: &mut PrimaryRate, event: q931::Event) {
        match event {
            q931::Event::Call(event) => {
                let id = pri.calls.get(&event.call).copied();
                self.handle_call_event(access, pri, event);
                if let Some(call) = id.and_then(|id| self.calls.get_mut(&id)) {
                    call.note_handled();
                }
            }
            q931::Event::LinksLost | q931::Event::LinksRestored => {
                let up = event == q931::Event::LinksRestored;
                let span = pri.d_channels[0].span;
                log::info!("span {span}: the D channel is {}", if up { "up" } else { "down" });
                if up && std::mem::take(&mut pri.restart) {
                    pri.restart_all(self.now);
                }
                // Calls can be made once the channels are restarted.
                pri.tell_up_by = up.then(|| self.now + LONGEST_RESTART);
                if !up && std::mem::take(&mut pri.told_up) {
                    self.tell_link(pri, false);
                }
            }
            // Told by the data link, which notices it first.
            q931::Event::Looped { .. } => {}
            q931::Event::Channel { channel, .. } => {
                let index = pri.slot(channel).and_then(|place| self.index_of(place));
                // The first restart of all channels is part of the link's coming up.
                if let Some(index) = index.filter(|_| pri.tell_up_by.is_none()) {
                    self.tell_service(index, pri);
                }
            }
            q931::Event::LinkSwitched { to } => {
                if let Some(line) = pri.d_channels.iter().find(|line| line.id == to) {
                    log::warn!("calls are signalled by the D channel of span {}", line.span);
                    let (span, primary) =
                        (self.spans[line.span].handle, self.spans[pri.d_channels[0].span].handle);
                    self.events.tell(self.now, EventKind::LinkSwitched { span, primary });
                }
            }
            q931::Event::Unassociated { octets } => self.tell_facilities(pri, &octets),
            q931::Event::InterfaceRestarted | q931::Event::RestartedByFar => {
                log::debug!("span {}: {event:?}", pri.d_channels[0].span);
            }
        }
    }

    /// What a FACILITY of no call brings.
    fn tell_facilities(&mut self, pri: &PrimaryRate, message: &[u8]) {
        let span = self.spans[pri.d_channels[0].span].handle;
        let Ok(message) = Message::new_checked(message) else { return };
        if message.kind() != MessageType::FACILITY {
            return;
        }
        for facility in elements_of(&message, 0, ElementId::FACILITY) {
            let octets = facility.content.to_vec();
            self.events.inform(self.now, EventKind::SpanFacility { span, octets });
        }
    }

    fn tell_link(&mut self, pri: &PrimaryRate, up: bool) {
        for (span, _) in &pri.members {
            let handle = self.spans[*span].handle;
            self.events.tell(self.now, EventKind::LinkChanged { span: handle, up });
        }
    }

    fn tell_loop(&mut self, span: usize, looped: bool) {
        let handle = self.spans[span].handle;
        self.events.tell(self.now, EventKind::LinkLooped { span: handle, looped });
    }

    fn handle_call_event(&mut self, access: usize, pri: &mut PrimaryRate, event: CallEvent) {
        if let CallNews::Incoming { number } = event.news {
            return self.incoming(access, pri, &event, number);
        }
        let Some(id) = pri.calls.get(&event.call).copied() else { return };
        self.follow_channel(pri, id, &event);
        let Some(index) = self.calls.get(&id).map(|call| call.channel) else {
            // The audit ended it here; layer 3 ends it now.
            if matches!(event.news, CallNews::Released { .. }) {
                pri.calls.remove(&event.call);
            }
            return;
        };
        let lost = match event.news {
            CallNews::Disconnected { cause } => !event.in_band && self.loses_channel(id, cause),
            CallNews::Released { cause, .. } => self.loses_channel(id, cause),
            _ => false,
        };
        // An attempt that is made again is no news for the host.
        if !lost && let (Some(call), Some(octets)) = (self.calls.get_mut(&id), &event.octets) {
            call.note_message(octets);
        }
        if self.channels[index].call != Some(id) {
            return self.without_channel(pri, id, &event, lost);
        }
        if !lost {
            self.tell_information(index, &event, pri.display_codeset);
        }
        match event.news {
            CallNews::Digits { end: Some(end) } => self.offer_digits(index, pri, event.call, end),
            CallNews::LateDigits => self.tell_late_digits(index, &event),
            CallNews::SetupAcknowledged => self.reached(index, CallStage::MoreDigitsWanted, event.in_band),
            CallNews::Proceeding => self.reached(index, CallStage::Proceeding, event.in_band),
            CallNews::Alerting => self.reached(index, CallStage::Alerting, event.in_band),
            CallNews::Progress => self.reached(index, CallStage::Progress, event.in_band),
            CallNews::Answered | CallNews::AnswerAcknowledged => self.answered(index),
            CallNews::DigitsUnsent => self.tell_stage(index, CallStage::DigitsNotWanted, event.in_band),
            CallNews::Disconnected { .. } if lost => self.mark_lost(id),
            CallNews::Disconnected { cause } => {
                if event.in_band && self.calls.get(&id).is_some_and(|call| call.state == CallState::Dialling)
                {
                    // Nobody is there who could hear it.
                    let none = Extra::default();
                    let _ = pri.interface_mut().release(self.now, event.call, cause, &none);
                }
                self.disconnected(index, cause, event.in_band);
            }
            CallNews::Clearing => {
                self.begin_clearing(id, Cause::TEMPORARY_FAILURE);
                self.silence(index, EndReason::Hangup);
            }
            CallNews::Released { cause, by } => {
                pri.calls.remove(&event.call);
                let by_far_end = match by {
                    ReleasedBy::Far => true,
                    // It was ours where we wait for the answer.
                    ReleasedBy::Restart => {
                        let channel = pri.channel(self.channels[index].slot);
                        let service = channel.and_then(|channel| pri.interface().channel_service(channel));
                        service != Some(q931::ChannelService::Restarting)
                    }
                    _ => false,
                };
                self.cleared(index, cause, by_far_end);
            }
            CallNews::HoldRequested => {
                if pri.interface_mut().hold_acknowledge(self.now, event.call).is_ok() {
                    self.tell_hold(index, HoldChange::HeldForFarEnd);
                }
            }
            CallNews::RetrieveRequested => {
                if pri.interface_mut().retrieve_acknowledge(self.now, event.call).is_ok() {
                    self.tell_hold(index, HoldChange::RetrievedByFarEnd);
                }
            }
            CallNews::Held => self.tell_hold(index, HoldChange::Held),
            CallNews::HoldRefused => self.tell_hold(index, HoldChange::HoldRefused),
            CallNews::Retrieved => self.tell_hold(index, HoldChange::Retrieved),
            CallNews::RetrieveRefused => self.tell_hold(index, HoldChange::RetrieveRefused),
            _ => log::debug!("span {}: {:?}", pri.d_channels[0].span, event.news),
        }
    }

    pub(super) fn begin_clearing(&mut self, id: CallId, cause: Cause) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.begin_clearing();
        }
        self.part(id, cause);
    }

    /// News of a call that waits for the far end to give it a channel, and still has none.
    fn without_channel(&mut self, pri: &mut PrimaryRate, id: CallId, event: &CallEvent, lost: bool) {
        match event.news {
            CallNews::Clearing => self.begin_clearing(id, Cause::TEMPORARY_FAILURE),
            // Without a channel there is nothing to hear.
            CallNews::Disconnected { cause } => {
                if lost {
                    self.mark_lost(id);
                } else {
                    self.begin_clearing(id, cause);
                }
                let _ = pri.interface_mut().release(self.now, event.call, cause, &Extra::default());
            }
            CallNews::Released { cause, by } => {
                pri.calls.remove(&event.call);
                self.over(Over { id, cause, by_far_end: by == ReleasedBy::Far }, lost);
            }
            _ => log::debug!("span {}: {:?}", pri.d_channels[0].span, event.news),
        }
    }

    /// Its channel is lost, and it will be tried again when the far end has released it.
    fn mark_lost(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.lost = true;
        }
    }

    fn mark_told(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.cannot_be_tried_again();
        }
    }

    /// The far end has chosen another channel: for a call of ours that preferred one, with its first answer, or when a held
    /// call comes back. What the host did on the old one ends.
    fn follow_channel(&mut self, pri: &mut PrimaryRate, id: CallId, event: &CallEvent) {
        let place = event.channel.and_then(|channel| pri.slot(channel));
        let Some(new) = place.and_then(|place| self.index_of(place)) else { return };
        let Some(call) = self.calls.get(&id) else { return };
        let (old, media_open, bearer) = (call.channel, call.media_open, call.bearer);
        if self.channels[new].call == Some(id) {
            return;
        }
        if self.channels[new].call.is_some() || self.is_out(new) {
            // Layer 3 knows of no call there, and not of every failure.
            let _ = pri.interface_mut().disconnect(
                self.now,
                event.call,
                CHANNEL_NOT_AVAILABLE,
                &Extra::default(),
            );
            return;
        }
        let Channel { echo, conceal, .. } = self.channels[old];
        self.leave_channel(id, old);
        let channel = &mut self.channels[new];
        (channel.call, channel.hears, channel.bearer) = (Some(id), None, bearer);
        (channel.echo, channel.conceal) = (echo, conceal);
        channel.typed.clear();
        if let Some(call) = self.calls.get_mut(&id) {
            (call.channel, call.media_open) = (new, media_open);
        }
        if media_open {
            self.keep_what_is_said(new);
        }
        self.update_routes(new);
        self.begin_analysis(new);
        self.join_on_new_channel(id);
    }

    /// A call goes on without its channel.
    pub(super) fn leave_channel(&mut self, id: CallId, index: usize) {
        if self.channels[index].call == Some(id) {
            self.silence(index, EndReason::Stopped);
            self.channels[index].call = None;
            self.update_routes(index);
        }
    }

    fn tell_hold(&mut self, index: usize, change: HoldChange) {
        let Some(call) = self.channels[index].call else { return };
        self.mark_told(call);
        if let Some(call) = self.calls.get_mut(&call) {
            call.held &= !matches!(change, HoldChange::HoldRefused | HoldChange::Retrieved);
            call.progress.note_hold(change);
        }
        let channel = &self.channels[index];
        self.events.tell(self.now, EventKind::CallHold { call, channel: channel.handle, change });
    }

    /// Tells what a message brings for the host besides its meaning.
    fn tell_information(&mut self, index: usize, event: &CallEvent, display_codeset: u8) {
        let (Some(call), Some(message)) = (self.channels[index].call, event.message()) else { return };
        let Some(known) = self.calls.get(&call) else { return };
        // The host knows nothing of a call that is not offered yet.
        if known.state == CallState::Dialling {
            return;
        }
        for kind in TOLD {
            let codeset = if kind == InformationKind::Display { display_codeset } else { 0 };
            for element in elements_of(&message, codeset, element_of(kind)) {
                let octets = match kind {
                    InformationKind::Notification => {
                        element.content.iter().take(1).map(|octet| octet & 0x7f).collect()
                    }
                    InformationKind::Display => Display(element.content).text().to_vec(),
                    _ => element.content.to_vec(),
                };
                self.inform_of(index, kind, octets);
            }
        }
    }

    fn incoming(
        &mut self,
        access: usize,
        pri: &mut PrimaryRate,
        event: &CallEvent,
        number: Option<DigitsEnd>,
    ) {
        let now = self.now;
        let refuse = |pri: &mut PrimaryRate, cause| {
            // What is being cleared already needs no refusal.
            let _ = pri.interface_mut().disconnect(now, event.call, cause, &Extra::default());
        };
        let place = event.channel.and_then(|channel| pri.slot(channel));
        let Some(index) = place.and_then(|place| self.index_of(place)) else {
            return refuse(pri, Cause::NO_CIRCUIT);
        };
        self.totals.calls_seized += 1;
        self.give_way(index, pri);
        let channel = &self.channels[index];
        if self.events.is_behind(Some(channel.handle)) || self.rest_until.is_some() {
            self.totals.calls_refused += 1;
            return refuse(pri, Cause::CONGESTION);
        }
        // With the D channel on another span the line of this one may have failed.
        if channel.call.is_some() || channel.tested.is_some() || self.is_out(index) {
            self.totals.calls_refused += 1;
            return refuse(pri, CHANNEL_NOT_AVAILABLE);
        }
        let setup = event.message();
        let asked = setup.as_ref().and_then(|setup| setup.find::<BearerCapability>());
        let Some(bearer) = asked.map_or(Some(Bearer::Speech), |asked| asked.bearer()) else {
            self.totals.calls_refused += 1;
            return refuse(pri, BEARER_NOT_IMPLEMENTED);
        };
        let id = self.new_call(index);
        self.channels[index].bearer = bearer;
        if let Some(call) = self.calls.get_mut(&id) {
            call.trunk = CallOnTrunk::Isdn { access, call: event.call };
            call.bearer = bearer;
            call.law = asked.and_then(|asked| asked.law());
            if let Some(octets) = &event.octets {
                call.note_message(octets);
            }
        }
        self.update_law(index);
        pri.calls.insert(event.call, id);
        if let Some(end) = number {
            self.offer_digits(index, pri, event.call, end);
        } else {
            let _ = pri.interface_mut().setup_acknowledge(self.now, event.call, &Extra::default());
        }
    }

    /// What has come with the SETUP of a call that is offered; a text is among the parties.
    fn tell_of_setup(&mut self, index: usize, pri: &PrimaryRate, call: q931::CallId) {
        let setup = pri.interface().setup_octets(call).and_then(|setup| Message::new_checked(setup).ok());
        let Some(setup) = setup else { return };
        for kind in [InformationKind::UserUser, InformationKind::Facility] {
            for element in elements_of(&setup, 0, element_of(kind)) {
                self.inform_of(index, kind, element.content.to_vec());
            }
        }
    }

    fn inform_of(&mut self, index: usize, kind: InformationKind, octets: Vec<u8>) {
        let Channel { call, handle, .. } = self.channels[index];
        let Some(call) = call else { return };
        self.mark_told(call);
        self.events.inform(self.now, EventKind::CallInformation { call, channel: handle, kind, octets });
    }

    /// Digits that came when the called number was complete without them.
    fn tell_late_digits(&mut self, index: usize, event: &CallEvent) {
        let number = event.message().and_then(|message| {
            let digits = message.find::<CalledNumber<'_>>().map(|number| number.0.digits.to_vec());
            digits.or_else(|| Some(message.raw(0, ElementId::KEYPAD)?.content.to_vec()))
        });
        if let Some(digits) = number {
            self.inform_of(index, InformationKind::LateDigits, digits);
        }
    }

    /// Its span carries no calls.
    fn is_out(&self, index: usize) -> bool {
        let span = &self.spans[usize::from(self.channels[index].slot.span.0)];
        span.failure.is_declared() || span.out_of_use.any()
    }

    /// A call of ours on a channel that the network has taken for one of its own (Q.931 §5.7) waits for another if it may
    /// have any. Otherwise it ends: the far end refuses it as well, but only later.
    fn give_way(&mut self, index: usize, pri: &mut PrimaryRate) {
        let Some(id) = self.channels[index].call else { return };
        let call = self.calls.get(&id);
        let Some(CallOnTrunk::Isdn { call, .. }) = call.map(|call| call.trunk) else { return };
        let (own, state) = (pri.interface().call_channel(call), pri.interface().call_state(call));
        if own.is_some() && own == pri.channel(self.channels[index].slot) {
            return;
        }
        // It is on another already, or over, and its own news will tell so.
        if own.is_some() || state.is_none() || pri.interface().may_take_any_channel(call) {
            self.leave_channel(id, index);
        } else {
            pri.calls.remove(&call);
            let _ = pri.interface_mut().disconnect(self.now, call, CHANNEL_NOT_AVAILABLE, &Extra::default());
            self.cleared(index, CHANNEL_NOT_AVAILABLE, true);
        }
    }

    /// The called number is complete. The far end is told so at once, since the host may take its time.
    fn offer_digits(&mut self, index: usize, pri: &mut PrimaryRate, call: q931::CallId, end: DigitsEnd) {
        // A caller who has gone meanwhile is not offered.
        let Some(digits) = pri.interface().called_digits(call) else { return };
        let called = String::from_utf8_lossy(digits).into_owned();
        // A caller may say that a number is complete which is none; one that comes in one piece is taken as it is.
        if end != DigitsEnd::EnBloc && pri.interface().is_number_too_short(call) {
            let (cause, none) = (Cause::ADDRESS_INCOMPLETE, Extra::default());
            let _ = pri.interface_mut().disconnect(self.now, call, cause, &none);
            return;
        }
        if pri.interface_mut().proceeding(self.now, call, &Extra::default()).is_ok() {
            if let Some(call) = self.channels[index].call.and_then(|id| self.calls.get_mut(&id)) {
                call.number_end = Some(end);
            }
            self.offer(index, called);
            self.tell_of_setup(index, pri, call);
        }
    }

    /// The far end has cleared. What it still lets be heard goes on, for a while; otherwise the rest is layer 3's.
    fn disconnected(&mut self, index: usize, cause: Cause, in_band: bool) {
        if in_band {
            self.open_media(index);
        } else {
            self.silence(index, EndReason::Hangup);
        }
        let channel = &self.channels[index];
        let Some(id) = channel.call else { return };
        self.mark_told(id);
        let channel = &self.channels[index];
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.state != CallState::Dialling) else {
            return;
        };
        call.progress.in_band |= in_band;
        if in_band {
            call.tone_begins(self.now);
        } else {
            call.begin_clearing();
        }
        let kind = EventKind::CallDisconnected { call: id, channel: channel.handle, cause, in_band };
        self.events.tell(self.now, kind);
        self.part(id, cause);
    }

    /// The far end has given a call of ours its channel.
    fn reached(&mut self, index: usize, stage: CallStage, in_band: bool) {
        self.open_media(index);
        self.tell_stage(index, stage, in_band);
    }

    fn tell_stage(&mut self, index: usize, stage: CallStage, in_band: bool) {
        let Some(call) = self.channels[index].call else { return };
        self.mark_told(call);
        if let Some(call) = self.calls.get_mut(&call) {
            call.progress.note_stage(stage, in_band);
        }
        let channel = &self.channels[index];
        let kind = EventKind::CallProgress { call, channel: channel.handle, stage, in_band };
        // The others come once in a call; of progress there may be any number.
        if stage == CallStage::Progress {
            self.events.inform(self.now, kind);
        } else {
            self.events.tell(self.now, kind);
        }
    }
}

/// All elements of a kind: some may be repeated.
pub(super) fn elements_of<'a>(
    message: &Message<'a>,
    codeset: u8,
    id: ElementId,
) -> impl Iterator<Item = RawElement<'a>> + use<'a> {
    message.elements().filter(move |element| element.codeset == codeset && element.id == id)
}

/// Q.850 cause 44, requested circuit or channel not available.
const CHANNEL_NOT_AVAILABLE: Cause = Cause::new(44).expect("a cause");
/// Q.850 cause 65, bearer capability not implemented.
const BEARER_NOT_IMPLEMENTED: Cause = Cause::new(65).expect("a cause");
/// What is told besides progress.
const TOLD: [InformationKind; 5] = [
    InformationKind::Notification,
    InformationKind::Keypad,
    InformationKind::UserUser,
    InformationKind::Facility,
    InformationKind::Display,
];
