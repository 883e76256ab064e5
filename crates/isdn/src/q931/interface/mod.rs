//! Layer 3 of one D channel, or of a primary and a backup D channel that control several interfaces.
//!
//! Stimuli are methods: `handle_*` for links, messages and time, verbs for what the owner wants; `poll_*`
//! gives messages, requests to links, events and the next wake-up. Each stimulus first lets everything
//! happen that was due by then. A file a subject: `establish` and `clearing` have what messages do to a
//! call, `incoming` the SETUP, `fault` Q.931 §5.8, `command` and `setup` the owner's side.
mod clearing;
mod command;
mod digits;
mod establish;
mod fault;
mod hold;
mod incoming;
mod links;
mod negotiation;
mod restart;
mod send;
mod service;
mod setup;
mod status;
mod timeout;

use std::sync::Arc;

use tandem_types::{Cause, FrameTime, Frames};

use super::call::{Call, Ending, State, Timer};
use super::calls::{Calls, Slot};
use super::channels::{ChannelIndex, Channels, Restart};
use super::config::{ConfigError, InterfaceConfig};
use super::counters::Counters;
use super::event::{CallEvent, CallId, CallNews, ChannelService, Event, EventQueue, ReleasedBy, Waiting};
use super::outbox::Outbox;
use super::schedule::{Owner, Schedule};
use super::writer::Draft;
use super::{BChannel, CallReference, Discriminator, LinkId, Message, MessageError};
use crate::Side;
use crate::profile::Timers;

use links::{Link, Switching};
pub use links::{LinkChange, LinkRequest, LinkService};

/// All calls, channels and timers of an interface.
#[derive(Debug)]
pub struct Interface {
    config: InterfaceConfig,
    timers: Timers,
    links: Vec<Link>,
    /// The link that carries the calls, by its place in `links`.
    active: Option<usize>,
    /// The interface of the D channel that the message in hand came over: what a Channel identification without an
    /// interface means.
    implicit_interface: u8,
    /// The D channels control several interfaces, which are always named.
    is_group: bool,
    switching: Switching,
    calls: Calls,
    channels: Channels,
    /// The restart of the whole interface.
    restart: Restart,
    schedule: Schedule,
    outbox: Outbox,
    events: EventQueue,
    draft: Draft,
    counters: Counters,
    /// The link on which a loop has been told.
    looped: Option<LinkId>,
}

impl Interface {
    /// An interface whose links are down. It asks for them to be established.
    pub fn new(config: InterfaceConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let links = config.links.iter();
        Ok(Self {
            timers: config.timers(),
            links: links.map(Link::new).collect(),
            active: None,
            implicit_interface: config.links.first().map_or(0, |link| link.interface),
            is_group: config.channels.windows(2).any(|pair| pair[0].interface != pair[1].interface),
            switching: Switching::Settled,
            calls: Calls::new(config.max_calls, config.profile.call_reference_length),
            channels: Channels::new(&config.channels),
            restart: Restart::None,
            schedule: Schedule::default(),
            outbox: Outbox::new(config.max_messages),
            events: EventQueue::default(),
            draft: Draft::default(),
            counters: Counters::default(),
            looped: None,
            config,
        })
    }

    /// The next message to send, and over which link.
    pub fn poll_message(&mut self) -> Option<(LinkId, &[u8])> {
        let (link, octets) = self.outbox.pop()?;
        if let Ok(message) = Message::new_checked(octets) {
            self.counters.sent.count(&message);
        }
        Some((link, octets))
    }

    /// The next link of which something is wanted. Where there are several links they are served before messages are
    /// fetched: what a link that is released or held has not delivered is given back first (`take_back`), so that
    /// everything goes over the new one in its order (`access::Access` does so).
    pub fn poll_link_request(&mut self) -> Option<(LinkId, LinkRequest)> {
        self.links.iter_mut().find_map(|link| Some((link.id, link.request.take()?)))
    }

    /// The next news.
    pub fn poll_event(&mut self) -> Option<Event> {
        match self.events.pop()? {
            Waiting::Event(event) => Some(event),
            Waiting::Channel(index) => {
                let service = self.channels.get(index).service();
                self.channels.change(index, |channel| channel.news = false);
                Some(Event::Channel { channel: self.channels.get(index).id, service })
            }
        }
    }

    /// When `handle_timeout` is wanted next.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<FrameTime> {
        self.schedule.peek().map(|(at, _)| at)
    }

    /// What has been counted since the interface was made.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Messages that were dropped because nobody fetched them.
    #[must_use]
    pub const fn messages_lost(&self) -> u64 {
        self.outbox.lost()
    }

    /// Calls that have not had their `Released`.
    #[must_use]
    pub fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// Those calls.
    pub fn calls(&self) -> impl Iterator<Item = CallId> {
        self.calls.slots().filter_map(|slot| self.calls.get(slot)).map(|call| call.id)
    }

    /// The state of a call by its number in Q.931 §2.1.1 or §2.1.2.
    #[must_use]
    pub fn call_state(&self, call: CallId) -> Option<u8> {
        let slot = self.calls.slot_of(call)?;
        self.calls.get(slot).map(|call| self.state_number(call.state))
    }

    /// The channel of a call.
    #[must_use]
    pub fn call_channel(&self, call: CallId) -> Option<BChannel> {
        let call = self.calls.get(self.calls.slot_of(call)?)?;
        call.channel.map(|index| self.channels.get(index).id)
    }

    /// The SETUP of a call, as it was sent or received.
    #[must_use]
    pub fn setup_octets(&self, call: CallId) -> Option<&Arc<[u8]>> {
        self.calls.get(self.calls.slot_of(call)?).map(|call| &call.setup)
    }

    /// The called number of an incoming call, as far as it has come.
    #[must_use]
    pub fn called_digits(&self, call: CallId) -> Option<&[u8]> {
        let call = self.calls.get(self.calls.slot_of(call)?)?;
        (!call.ours).then(|| call.digits.as_slice())
    }

    /// Whether calls may use a channel; `None` for a channel that is not there.
    #[must_use]
    pub fn channel_service(&self, channel: BChannel) -> Option<ChannelService> {
        self.channels.find(channel).map(|index| self.channels.get(index).service())
    }

    /// The call on a channel.
    #[must_use]
    pub fn channel_call(&self, channel: BChannel) -> Option<CallId> {
        let slot = self.channels.get(self.channels.find(channel)?).call?;
        self.calls.get(slot).map(|call| call.id)
    }

    /// The called number of an incoming call has digits, and by the configuration fewer than any number has.
    #[must_use]
    pub fn is_number_too_short(&self, call: CallId) -> bool {
        let digits = self.called_digits(call).unwrap_or(&[]);
        !digits.is_empty() && self.config.overlap.is_too_short(digits)
    }

    /// The channel of a call is not agreed yet, and the far end may give it any.
    #[must_use]
    pub fn may_take_any_channel(&self, call: CallId) -> bool {
        let call = self.calls.slot_of(call).and_then(|slot| self.calls.get(slot));
        call.is_some_and(|call| !call.exclusive && !call.settled && !call.bearerless)
    }

    /// The link that carries the calls.
    #[must_use]
    pub fn active_link(&self) -> Option<LinkId> {
        self.active.map(|at| self.links[at].id)
    }

    /// A message came over a link.
    pub fn handle_message(&mut self, now: FrameTime, link: LinkId, octets: &[u8]) {
        self.run_timers(now);
        self.receive(now, link, octets);
        self.tidy();
    }

    /// Lets everything happen that is due.
    pub fn handle_timeout(&mut self, now: FrameTime) {
        self.run_timers(now);
        self.tidy();
    }

    fn receive(&mut self, now: FrameTime, link: LinkId, octets: &[u8]) {
        if !self.accepts_from(link) {
            self.counters.wrong_link += 1;
            return;
        }
        if octets.len() > super::MAX_MESSAGE {
            self.counters.too_long += 1;
            return;
        }
        match Message::new_checked(octets) {
            Ok(message) => {
                self.counters.received.count(&message);
                self.dispatch(now, link, &message);
            }
            Err(MessageError::Discriminator(_)) => self.counters.discriminator += 1,
            Err(MessageError::Short) => self.counters.short += 1,
            Err(MessageError::CallReferenceFormat(_) | MessageError::CallReferenceLength(_)) => {
                self.counters.call_reference += 1;
            }
        }
    }

    fn dispatch(&mut self, now: FrameTime, link: LinkId, message: &Message<'_>) {
        match (message.discriminator(), message.reference()) {
            (Discriminator::CallControl, CallReference::Dummy) => self.on_unassociated(message),
            (Discriminator::CallControl, CallReference::Global { flag }) => {
                self.on_global_message(message, flag);
            }
            (Discriminator::CallControl, CallReference::Call { value, flag }) => {
                self.on_call_message(now, link, message, value, flag);
            }
            (_, _) => self.on_maintenance_message(link, message),
        }
    }

    /// FACILITY without a call is for the services of the owner; anything else is ignored.
    fn on_unassociated(&mut self, message: &Message<'_>) {
        if self.events.len() >= self.config.max_events {
            self.counters.events_lost += 1;
            return;
        }
        self.events.push(Event::Unassociated { octets: Arc::from(message.octets()) });
    }

    fn on_call_message(
        &mut self,
        now: FrameTime,
        link: LinkId,
        message: &Message<'_>,
        value: u16,
        flag: bool,
    ) {
        if message.kind() == super::MessageType::SETUP {
            self.on_setup(link, message, value, flag);
            return;
        }
        // The flag is 1 in what goes to the side that chose the reference.
        match self.calls.find(flag, value) {
            Some(slot) => self.on_message_of_call(now, slot, message),
            None => self.on_message_of_unknown_call(message, value, flag),
        }
    }

    fn on_message_of_call(&mut self, now: FrameTime, slot: Slot, message: &Message<'_>) {
        let id = self.calls.get(slot).map(|call| call.id);
        if let Some(findings) = self.admit(slot, message) {
            self.act(now, slot, message);
            self.report_optional_faults(slot, id, message, &findings);
        }
        self.clear_if_untold(now, slot, id);
    }

    /// A call of whose news one found no room is of no use to its owner.
    fn clear_if_untold(&mut self, now: FrameTime, slot: Slot, id: Option<CallId>) {
        let untold = self.calls.get(slot).is_some_and(|call| call.untold && Some(call.id) == id);
        if untold && self.calls.get(slot).is_some_and(|call| !call.state.is_clearing()) {
            self.begin_clearing(now, slot, Ending::new(Cause::CONGESTION, ReleasedBy::Fault));
        }
    }

    /// Tells news of a call; `Released` always finds room.
    fn tell(&mut self, slot: Slot, news: CallNews, message: Option<&Message<'_>>) {
        let has_room = self.events.len() < self.config.max_events;
        let Some(call) = self.calls.get_mut(slot) else { return };
        if !has_room {
            call.untold = true;
            self.counters.events_lost += 1;
            return;
        }
        let octets = message.map(|message| Arc::from(message.octets()));
        let event = CallEvent {
            call: call.id,
            channel: call.channel.map(|index| self.channels.get(index).id),
            in_band: call.in_band,
            news,
            octets,
        };
        self.events.push(Event::Call(event));
    }

    /// Tells that a channel's service has changed, once until it is fetched.
    fn tell_channel(&mut self, index: ChannelIndex) {
        if !self.channels.change(index, |channel| std::mem::replace(&mut channel.news, true)) {
            self.events.push_channel(index);
        }
    }

    fn tell_interface(&mut self, event: Event) {
        if self.events.len() < self.config.max_events {
            self.events.push(event);
        } else {
            self.counters.events_lost += 1;
        }
    }

    /// Frees a call's channel and reference and tells its end: what began its clearing, or else `ending`.
    fn release_call(&mut self, slot: Slot, ending: Ending, message: Option<&Message<'_>>) {
        let Some(call) = self.calls.end(slot) else { return };
        let Ending { cause, by } = call.ending.unwrap_or(ending);
        self.counters.released.count(cause);
        let channel = call.channel.map(|index| {
            self.channels.change(index, |channel| channel.call = None);
            self.channels.get(index).id
        });
        self.events.push(Event::Call(CallEvent {
            call: call.id,
            channel,
            in_band: false,
            news: CallNews::Released { cause, by },
            octets: message.map(|message| Arc::from(message.octets())),
        }));
    }

    /// Whether a side of ours follows the user's procedures.
    const fn as_user(&self) -> bool {
        self.config.profile.symmetric || matches!(self.config.side, Side::User)
    }

    const fn far_side(&self) -> Side {
        match self.config.side {
            Side::User => Side::Network,
            Side::Network => Side::User,
        }
    }

    const fn state_number(&self, state: State) -> u8 {
        state.number(self.as_user())
    }

    fn enter(&mut self, slot: Slot, state: State) {
        if let Some(call) = self.calls.get_mut(slot) {
            call.state = state;
            call.timer = None;
            call.repeats = 0;
        }
    }

    fn start(&mut self, now: FrameTime, slot: Slot, timer: Timer, length: Frames) {
        if let Some(call) = self.calls.get_mut(slot) {
            call.timer = Some((timer, now + length));
        }
        self.wake_for(slot);
    }

    /// Makes sure that the schedule wakes for a call in time.
    fn wake_for(&mut self, slot: Slot) {
        let Some(call) = self.calls.get_mut(slot) else { return };
        let Some(at) = call.earliest() else { return };
        if call.wakes_at.is_none_or(|wakes| at < wakes) {
            call.wakes_at = Some(at);
            let owner = Owner::Call(call.id);
            self.schedule.push(at, owner);
        }
    }

    fn call(&self, slot: Slot) -> Option<&Call> {
        self.calls.get(slot)
    }
}
