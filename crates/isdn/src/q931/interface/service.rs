//! Channels taken out of service and brought back, with SERVICE messages where the switch has them.
use tandem_types::FrameTime;

use super::super::channels::{Channel, ChannelIndex, Restart};
use super::super::element::{ChangeStatus, ChannelIdentification, ElementId, InterfaceState, Selection};
use super::super::request::ChannelError;
use super::super::rules::examine;
use super::super::{BChannel, CallReference, Discriminator, LinkId, Message};
use super::Interface;

impl Interface {
    /// Puts a channel into or out of service at this end, and tells the far end where the switch has SERVICE.
    /// A call on it goes on. In service also means that a restart that failed is forgiven.
    pub fn service(
        &mut self,
        now: FrameTime,
        channel: BChannel,
        state: InterfaceState,
    ) -> Result<(), ChannelError> {
        self.run_timers(now);
        let index = self.channels.find(channel).ok_or(ChannelError::NoSuchChannel)?;
        let before = self.channels.get(index).service();
        self.channels.change(index, |channel| channel.here = state);
        if state == InterfaceState::InService {
            self.pardon(index);
        }
        if self.channels.get(index).service() != before {
            self.tell_channel(index);
        }
        if let Some(protocol) = self.config.profile.service {
            self.send_service(protocol, index, state);
        }
        self.tidy();
        Ok(())
    }

    /// Keeps a channel from all calls, or no longer, with no word to the far end: for a while, as for a test. A call on
    /// it goes on.
    pub fn reserve(&mut self, channel: BChannel, reserved: bool) -> Result<(), ChannelError> {
        let index = self.channels.find(channel).ok_or(ChannelError::NoSuchChannel)?;
        self.channels.change(index, |channel| channel.reserved = reserved);
        Ok(())
    }

    /// `service` out of service.
    pub fn block(&mut self, now: FrameTime, channel: BChannel) -> Result<(), ChannelError> {
        self.service(now, channel, InterfaceState::OutOfService)
    }

    /// `service` in service.
    pub fn unblock(&mut self, now: FrameTime, channel: BChannel) -> Result<(), ChannelError> {
        self.service(now, channel, InterfaceState::InService)
    }

    /// The link is back: the far end is told of channels that are not in service, which it may not have heard or not kept,
    /// and of those that were given back while nobody could tell it.
    pub(super) fn service_again(&mut self) {
        self.say_service(|channel| channel.service_unanswered || channel.here != InterfaceState::InService);
    }

    /// The link was reset: what it may have lost is said again.
    pub(super) fn service_after_reset(&mut self) {
        self.say_service(|channel| channel.service_unanswered);
    }

    /// The far end has restarted a channel for us, by which it may hold it to be in service: if it is not, it is told so.
    pub(super) fn service_after_restart(&mut self, index: ChannelIndex) {
        let Some(protocol) = self.config.profile.service else { return };
        let state = self.channels.get(index).here;
        if state != InterfaceState::InService {
            self.send_service(protocol, index, state);
        }
    }

    fn say_service(&mut self, wanted: impl Fn(&Channel) -> bool) {
        let Some(protocol) = self.config.profile.service else { return };
        let channels = self.channels.iter().filter(|(_, channel)| wanted(channel));
        let states: Vec<(ChannelIndex, InterfaceState)> =
            channels.map(|(index, channel)| (index, channel.here)).collect();
        for (index, state) in states {
            self.send_service(protocol, index, state);
        }
    }

    fn send_service(&mut self, protocol: Discriminator, index: ChannelIndex, state: InterfaceState) {
        self.channels.change(index, |channel| channel.service_unanswered = true);
        self.draft.clear();
        self.draft.put(&ChangeStatus { of_channel: true, state });
        self.draft_channel(index, true);
        let sent = self.send_with(protocol, CallReference::Global { flag: false }, protocol.service());
        debug_assert_eq!(sent, Ok(()));
    }

    /// Tells the far end which D channel carries the calls now, where the switch has SERVICE.
    pub(super) fn announce_d_channel(&mut self) -> bool {
        let Some(protocol) = self.config.profile.service else { return false };
        let Some(at) = self.active else { return false };
        let interface = self.links[at].interface;
        self.draft.clear();
        self.draft.put(&ChangeStatus { of_channel: true, state: InterfaceState::InService });
        self.draft.put(&ChannelIdentification::d_channel(Some(interface)));
        let sent = self.send_with(protocol, CallReference::Global { flag: false }, protocol.service());
        debug_assert_eq!(sent, Ok(()));
        sent.is_ok()
    }

    /// SERVICE is answered with what it said.
    pub(super) fn on_maintenance_message(&mut self, link: LinkId, message: &Message<'_>) {
        let flag = match message.reference() {
            CallReference::Dummy => false,
            CallReference::Global { flag } | CallReference::Call { flag, .. } => flag,
        };
        let (protocol, kind) = (message.discriminator(), message.kind());
        if self.config.profile.service.is_none() {
            self.counters.discriminator += 1;
        } else if kind == protocol.service() {
            self.on_service(link, message, flag);
        } else if kind == protocol.service_acknowledge() {
            self.on_service_acknowledge(message);
        } else {
            self.counters.unrecognised += 1;
        }
    }

    /// A state is ours to set, and changes by no answer: it only need not be said again.
    fn on_service_acknowledge(&mut self, message: &Message<'_>) {
        let state = message.find::<ChangeStatus>().map(|status| status.state);
        let Some(named) = message.find::<ChannelIdentification>() else { return };
        let interface = named.interface.unwrap_or(self.implicit_interface);
        let Selection::Channels(set) = named.selection else { return };
        let found = |number: u8| self.channels.find(BChannel::new(interface, number));
        let indices: Vec<ChannelIndex> = set.iter().filter_map(found).collect();
        for index in indices {
            self.channels.change(index, |channel| channel.service_unanswered &= Some(channel.here) != state);
        }
    }

    fn on_service(&mut self, link: LinkId, message: &Message<'_>, flag: bool) {
        let findings = examine(message, &self.context_of_setup());
        if !findings.missing.is_empty() || !findings.invalid_mandatory.is_empty() {
            self.counters.mandatory += 1;
            return;
        }
        let status = message.find::<ChangeStatus>();
        let named = message.find::<ChannelIdentification>();
        let (Some(status), Some(named)) = (status, named) else { return };
        let interface = named.interface.unwrap_or(self.implicit_interface);
        if named.d_channel && status.state == InterfaceState::InService {
            self.on_d_channel_service(link, interface);
        }
        if let Selection::Channels(set) = named.selection {
            for number in set.iter() {
                if let Some(index) = self.channels.find(BChannel::new(interface, number)) {
                    self.set_far_state(index, status.state);
                }
            }
        }
        self.acknowledge_service(message, &status, flag);
    }

    /// The far end has changed a channel's service; in service also ends an unanswered restart of ours.
    fn set_far_state(&mut self, index: ChannelIndex, state: InterfaceState) {
        let before = self.channels.get(index).service();
        self.channels.change(index, |channel| {
            channel.far = state;
            if state == InterfaceState::InService && matches!(channel.restart, Restart::Failed { .. }) {
                channel.restart = Restart::None;
            }
        });
        if self.channels.get(index).service() != before {
            self.tell_channel(index);
        }
    }

    fn acknowledge_service(&mut self, message: &Message<'_>, status: &ChangeStatus, flag: bool) {
        self.draft.clear();
        self.draft.put(status);
        if let Some(element) = message.raw(0, ElementId::CHANNEL_IDENTIFICATION) {
            self.draft.put_raw(&element);
        }
        let reference = CallReference::Global { flag: !flag };
        let protocol = message.discriminator();
        let sent = self.send_with(protocol, reference, protocol.service_acknowledge());
        debug_assert_eq!(sent, Ok(()));
    }
}
