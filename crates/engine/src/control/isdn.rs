//! ISDN primary rate spans: the data link and layer 3 of each, and what they mean for calls.
//!
//! Frames come and go through the HDLC slot of the switch. A span that has failed is a line that is deactivated: calls in
//! progress live on until T309, as layer 3 says, and only a loop or AIS by order clears them at once.
use super::call::CallOnTrunk;
use super::isdn_commands::element_of;
use super::trace::Trace;
use super::{CallState, Control};
use crate::config::SpanSection;
use crate::event::{CallId, CallStage, EndReason, EventKind};
use crate::information::{HoldChange, InformationKind};
use crate::party::CallParties;
use std::collections::BTreeMap;
use tandem_isdn::Side;
use tandem_isdn::profile::ChannelNumbering;
use tandem_isdn::q921::{DataLink, Delivered, Establishment, LinkCounters, LinkEvent, LinkParameters};
use tandem_isdn::q931::element::{BearerCapability, Display, ElementId, Location};
use tandem_isdn::q931::{
    self, BChannel, CallEvent, CallNews, Extra, Interface, LinkChange, LinkId, ReleasedBy, RestartScope,
};
use tandem_rt::LONGEST_FRAME;
use tandem_switch::HdlcChannel;
use tandem_types::{Bearer, Cause, FrameTime, Frames, SignalledChannel};

/// The signalling of one span.
pub(super) struct PrimaryRate {
    pub(super) interface: Interface,
    link: DataLink,
    pub(super) frames: HdlcChannel,
    pub(super) trace: Trace,
    /// Calls of the engine by those of layer 3.
    pub(super) calls: BTreeMap<q931::CallId, CallId>,
    numbering: ChannelNumbering,
    /// Texts go from the network to the user (Q.931 §4.5.16), and both ways between equals.
    pub(super) may_display: bool,
    pub(super) display_codeset: u8,
    /// Numbers may come and go digit by digit.
    pub(super) overlap: bool,
    /// Where what this end says comes from.
    pub(super) location: Location,
    /// The channels are still to be restarted, when the link first comes up.
    restart: bool,
    /// The host is still to be told that the link is up, by then at the latest.
    tell_up_by: Option<FrameTime>,
    /// What we send on the link comes back.
    looped: bool,
    /// The host has been told so.
    told_looped: bool,
    /// After a release the link is not asked for before then.
    establish_after: FrameTime,
}

impl PrimaryRate {
    /// Asks for the data link from the first step on.
    pub(super) fn new(section: &SpanSection, frames: HdlcChannel) -> Result<Self, q931::ConfigError> {
        let config = section.interface();
        let (side, profile) = (config.side, config.profile);
        let mut interface = Interface::new(config)?;
        interface.establish(LINK);
        let link = DataLink::new(LinkParameters::new(side));
        Ok(Self {
            interface,
            link,
            frames,
            trace: Trace::new(side),
            calls: BTreeMap::new(),
            numbering: profile.numbering,
            may_display: side == Side::Network || profile.symmetric,
            display_codeset: profile.display_codeset,
            overlap: profile.overlap,
            location: profile.location(side),
            restart: section.pri.restart,
            tell_up_by: None,
            looped: false,
            told_looped: false,
            establish_after: FrameTime::ZERO,
        })
    }

    pub(super) const fn link_counters(&self) -> &LinkCounters {
        self.link.counters()
    }

    pub(super) fn poll_timeout(&self) -> Option<FrameTime> {
        let again = Some(self.establish_after).filter(|_| self.establish_after > FrameTime::ZERO);
        let layers = [self.link.poll_timeout(), self.interface.poll_timeout(), again, self.tell_up_by];
        layers.into_iter().flatten().min()
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
                LinkEvent::Released(_) => {
                    self.establish_after = now + ESTABLISH_AGAIN;
                    LinkChange::Released
                }
                LinkEvent::LoopedBack | LinkEvent::LoopCleared => {
                    self.looped = event == LinkEvent::LoopedBack;
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
        if now >= self.establish_after {
            self.establish_after = FrameTime::ZERO;
            while self.interface.poll_link_request().is_some() {
                self.link.establish(now);
            }
        }
        // What finds no room waits in layer 3.
        while self.link.has_room()
            && let Some((_, message)) = self.interface.poll_message()
        {
            // Without a link layer 3 has been told so.
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

    /// What the far end keeps of calls that we know nothing of is over (Q.931 §5.5).
    fn restart_all(&mut self, now: FrameTime) {
        for slot in 0..32 {
            if let Some(channel) = self.channel(slot) {
                // Not every switch has RESTART.
                let _ = self.interface.restart(now, RestartScope::Channel(channel));
            }
        }
    }

    fn is_restarting(&self) -> bool {
        let channels = (0..32).filter_map(|slot| self.interface.channel_service(self.channel(slot)?));
        channels.into_iter().any(|service| service == q931::ChannelService::Restarting)
    }

    /// Keeps a slot from all calls, or no longer.
    pub(super) fn reserve(&mut self, slot: u8, reserved: bool) {
        if let Some(channel) = self.channel(slot) {
            // It is a channel of the interface.
            let _ = self.interface.reserve(channel, reserved);
        }
    }

    pub(super) fn channel(&self, slot: u8) -> Option<BChannel> {
        (0..128).map(|number| BChannel::new(0, number)).find(|channel| self.slot(*channel) == Some(slot))
    }

    pub(super) fn slot(&self, channel: BChannel) -> Option<u8> {
        self.numbering.timeslot(SignalledChannel(channel.number.0)).map(|slot| slot.number())
    }
}

/// There is one D channel to a span.
const LINK: LinkId = LinkId(0);
/// The host learns after this time that the link is up, although a far end does not answer the restart of its channels.
const LONGEST_RESTART: Frames = Frames::from_seconds(5);
/// A far end that refuses the link is not asked again at once.
const ESTABLISH_AGAIN: Frames = Frames::from_seconds(1);

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
        if pri.tell_up_by.is_some_and(|limit| limit <= self.now || !pri.is_restarting()) {
            pri.tell_up_by = None;
            self.tell_link(span, true);
            for index in self.channel_at[span].into_iter().flatten() {
                self.tell_service(index as usize, &pri);
            }
        }
        if std::mem::replace(&mut pri.told_looped, pri.looped) != pri.looped {
            self.tell_loop(span, pri.looped);
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
                if up && std::mem::take(&mut pri.restart) {
                    pri.restart_all(self.now);
                }
                // Calls can be made once the channels are restarted.
                pri.tell_up_by = up.then(|| self.now + LONGEST_RESTART);
                if !up {
                    self.tell_link(span, false);
                }
            }
            q931::Event::Looped { .. } => self.tell_loop(span, true),
            q931::Event::Channel { channel, .. } => {
                let index = pri.slot(channel).and_then(|slot| self.channel_at[span][usize::from(slot)]);
                // The first restart of all channels is part of the link's coming up.
                if let Some(index) = index.filter(|_| pri.tell_up_by.is_none()) {
                    self.tell_service(index as usize, pri);
                }
            }
            q931::Event::InterfaceRestarted
            | q931::Event::RestartedByFar
            | q931::Event::LinkSwitched { .. }
            | q931::Event::Unassociated { .. } => log::debug!("span {span}: {event:?}"),
        }
    }

    fn tell_link(&mut self, span: usize, up: bool) {
        let handle = self.spans[span].handle;
        self.events.tell(self.now, EventKind::LinkChanged { span: handle, up });
    }

    fn tell_loop(&mut self, span: usize, looped: bool) {
        let handle = self.spans[span].handle;
        self.events.tell(self.now, EventKind::LinkLooped { span: handle, looped });
    }

    fn handle_call_event(&mut self, span: usize, pri: &mut PrimaryRate, event: CallEvent) {
        if let CallNews::Incoming { number } = event.news {
            return self.incoming(span, pri, &event, number.is_some());
        }
        let Some(id) = pri.calls.get(&event.call).copied() else { return };
        let Some(index) = self.calls.get(&id).map(|call| call.channel) else { return };
        self.tell_information(index, &event, pri.display_codeset);
        match event.news {
            CallNews::Digits { end: Some(_) } => self.offer_digits(index, pri, event.call),
            CallNews::SetupAcknowledged => self.tell_stage(index, CallStage::MoreDigitsWanted, event.in_band),
            CallNews::Proceeding => self.reached(index, CallStage::Proceeding, event.in_band),
            CallNews::Alerting => self.reached(index, CallStage::Alerting, event.in_band),
            CallNews::Progress => self.reached(index, CallStage::Progress, event.in_band),
            CallNews::Answered | CallNews::AnswerAcknowledged => self.answered(index),
            CallNews::DigitsUnsent => self.tell_stage(index, CallStage::DigitsNotWanted, event.in_band),
            CallNews::Disconnected { cause } => self.disconnected(index, cause, event.in_band),
            CallNews::Clearing => self.silence(index, EndReason::Hangup),
            CallNews::Released { cause, by } => {
                pri.calls.remove(&event.call);
                self.cleared(index, cause, matches!(by, ReleasedBy::Far | ReleasedBy::Restart));
            }
            CallNews::HoldRequested => {
                if pri.interface.hold_acknowledge(self.now, event.call).is_ok() {
                    self.tell_hold(index, HoldChange::HeldForFarEnd);
                }
            }
            CallNews::RetrieveRequested => {
                if pri.interface.retrieve_acknowledge(self.now, event.call).is_ok() {
                    self.tell_hold(index, HoldChange::RetrievedByFarEnd);
                }
            }
            CallNews::Held => self.tell_hold(index, HoldChange::Held),
            CallNews::HoldRefused => self.tell_hold(index, HoldChange::HoldRefused),
            CallNews::Retrieved => self.tell_hold(index, HoldChange::Retrieved),
            CallNews::RetrieveRefused => self.tell_hold(index, HoldChange::RetrieveRefused),
            _ => log::debug!("span {span}: {:?}", event.news),
        }
    }

    fn tell_hold(&mut self, index: usize, change: HoldChange) {
        let channel = &self.channels[index];
        let Some(call) = channel.call else { return };
        self.events.tell(self.now, EventKind::CallHold { call, channel: channel.handle, change });
    }

    /// Tells what a message brings for the host besides its meaning.
    fn tell_information(&mut self, index: usize, event: &CallEvent, display_codeset: u8) {
        let channel = &self.channels[index];
        let (Some(call), Some(message)) = (channel.call, event.message()) else { return };
        if let CallNews::Answered = event.news
            && let Some(known) = self.calls.get_mut(&call)
        {
            known.parties.note_connected(&message);
        }
        for kind in TOLD {
            let codeset = if kind == InformationKind::Display { display_codeset } else { 0 };
            let Some(element) = message.raw(codeset, element_of(kind)) else { continue };
            let octets = match kind {
                InformationKind::Notification => {
                    element.content.iter().take(1).map(|octet| octet & 0x7f).collect()
                }
                InformationKind::Display => Display(element.content).text().to_vec(),
                _ => element.content.to_vec(),
            };
            let kind = EventKind::CallInformation { call, channel: channel.handle, kind, octets };
            self.events.inform(self.now, kind);
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
        let bearer = setup.as_ref().and_then(|setup| setup.find::<BearerCapability>()?.bearer());
        let bearer = bearer.unwrap_or(Bearer::Speech);
        self.channels[index].bearer = bearer;
        if let Some(call) = self.calls.get_mut(&id) {
            call.trunk = CallOnTrunk::Isdn { span, call: event.call };
            call.bearer = bearer;
            if let Some(setup) = &setup {
                *call.parties = CallParties::of_setup(setup, pri.display_codeset);
            }
        }
        pri.calls.insert(event.call, id);
        if is_complete {
            self.offer_digits(index, pri, event.call);
            self.tell_user_user(index, event);
        } else {
            let _ = pri.interface.setup_acknowledge(self.now, event.call, &Extra::default());
        }
    }

    /// What the caller has sent for the called user; a text is among the parties.
    fn tell_user_user(&mut self, index: usize, event: &CallEvent) {
        let channel = &self.channels[index];
        let Some(element) = event.raw(0, ElementId::USER_USER) else { return };
        let Some(call) =
            channel.call.filter(|id| self.calls.get(id).is_some_and(|call| call.state == CallState::Offered))
        else {
            return;
        };
        let (kind, octets) = (InformationKind::UserUser, element.content.to_vec());
        self.events
            .inform(self.now, EventKind::CallInformation { call, channel: channel.handle, kind, octets });
    }

    /// Ends a call of ours on a channel that the network has taken for one of its own (Q.931 §5.7). The far end refuses it
    /// as well, but only later.
    fn give_way(&mut self, index: usize, pri: &mut PrimaryRate) {
        let call = self.channels[index].call.and_then(|id| self.calls.get(&id));
        let Some(CallOnTrunk::Isdn { call, .. }) = call.map(|call| call.trunk) else { return };
        if pri.interface.call_channel(call).is_none() {
            pri.calls.remove(&call);
            let _ = pri.interface.disconnect(self.now, call, CHANNEL_NOT_AVAILABLE, &Extra::default());
            self.cleared(index, CHANNEL_NOT_AVAILABLE, true);
        }
    }

    /// The called number is complete. The far end is told so at once, since the host may take its time.
    fn offer_digits(&mut self, index: usize, pri: &mut PrimaryRate, call: q931::CallId) {
        // A caller who has gone meanwhile is not offered.
        let Some(digits) = pri.interface.called_digits(call) else { return };
        let called = String::from_utf8_lossy(digits).into_owned();
        if pri.interface.proceeding(self.now, call, &Extra::default()).is_ok() {
            self.offer(index, called);
        }
    }

    /// The far end has cleared. What it still lets be heard goes on, for a while; otherwise the rest is layer 3's.
    fn disconnected(&mut self, index: usize, cause: Cause, in_band: bool) {
        if !in_band {
            self.silence(index, EndReason::Hangup);
        }
        let channel = &self.channels[index];
        let Some(id) = channel.call else { return };
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.state != CallState::Dialling) else {
            return;
        };
        if in_band {
            call.tone_begins(self.now);
        }
        let kind = EventKind::CallDisconnected { call: id, channel: channel.handle, cause, in_band };
        self.events.tell(self.now, kind);
    }

    /// The far end has given a call of ours its channel.
    fn reached(&mut self, index: usize, stage: CallStage, in_band: bool) {
        self.open_media(index);
        self.tell_stage(index, stage, in_band);
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

/// Q.850 cause 44, requested circuit or channel not available.
const CHANNEL_NOT_AVAILABLE: Cause = Cause::new(44).expect("a cause");
/// What is told besides progress.
const TOLD: [InformationKind; 5] = [
    InformationKind::Notification,
    InformationKind::Keypad,
    InformationKind::UserUser,
    InformationKind::Facility,
    InformationKind::Display,
];
