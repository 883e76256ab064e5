//! RESTART (Q.931 §5.5) and the other messages of the global call reference (§5.8.3.2 f).
use tandem_types::{Cause, FrameTime, Frames};

use super::super::call::Ending;
use super::super::channels::{ChannelIndex, Restart};
use super::super::element::{
    CallStateInfo, ChannelIdentification, ElementId, InterfaceState, RestartClass, RestartIndicator,
    Selection,
};
use super::super::event::{ChannelService, Event, ReleasedBy};
use super::super::request::{ChannelError, RestartScope};
use super::super::rules::{Context, Faulty, contents, examine};
use super::super::schedule::Owner;
use super::super::{BChannel, CallReference, Discriminator, Message, MessageType};
use super::Interface;
use super::fault::{INVALID_CONTENTS, INVALID_REFERENCE, MANDATORY_MISSING, NO_SUCH_CHANNEL};

impl Interface {
    /// Returns channels to idle at both ends. Calls on them are cleared. Its end is told by the channel's
    /// service, or by `InterfaceRestarted`.
    pub fn restart(&mut self, now: FrameTime, scope: RestartScope) -> Result<(), ChannelError> {
        self.run_timers(now);
        if !self.config.profile.restart {
            return Err(ChannelError::NotInProfile);
        }
        if self.active.is_none() {
            return Err(ChannelError::LinkDown);
        }
        match scope {
            RestartScope::Channel(id) => {
                let index = self.channels.find(id).ok_or(ChannelError::NoSuchChannel)?;
                if matches!(self.channels.get(index).restart, Restart::Sent { .. }) {
                    return Err(ChannelError::UnderWay);
                }
                self.end_call_on(index);
                self.begin_restart(now, index);
            }
            RestartScope::Interface => {
                if self.restart != Restart::None {
                    return Err(ChannelError::UnderWay);
                }
                self.begin_interface_restart(now);
            }
        }
        self.tidy();
        Ok(())
    }

    /// §5.5.1: RESTART for a channel, T316.
    pub(super) fn begin_restart(&mut self, now: FrameTime, index: ChannelIndex) {
        self.send_restart(Some(index));
        self.set_restart(index, Restart::Sent { times: 1, until: now + self.timers.t316 });
    }

    /// The link is back: what was lost with it of the restarts of channels is said again, without waiting for timers.
    pub(super) fn restart_again(&mut self, now: FrameTime) {
        let unanswered =
            |restart| matches!(restart, Restart::Sent { .. } | Restart::Failed { retry: Some(_) });
        let channels = self.channels.iter().filter(|(_, channel)| unanswered(channel.restart));
        let indices: Vec<ChannelIndex> = channels.map(|(index, _)| index).collect();
        for index in indices {
            self.begin_restart(now, index);
        }
    }

    /// The link was reset, and what was on its way is lost, the RESTARTs of channels too: those without an answer are said again a
    /// second later, which is no attempt of N316. A far end that answers them by resets alone hears one a second.
    pub(super) fn restart_after_reset(&mut self, now: FrameTime) {
        let again = now + AFTER_RESET;
        let sent = self.channels.iter().filter_map(|(index, channel)| match channel.restart {
            Restart::Sent { times, until } if until > again => Some((index, times)),
            _ => None,
        });
        let sent: Vec<(ChannelIndex, u8)> = sent.collect();
        for (index, times) in sent {
            self.set_restart(index, Restart::Sent { times: times.saturating_sub(1), until: again });
        }
    }

    fn begin_interface_restart(&mut self, now: FrameTime) {
        let all: Vec<ChannelIndex> = self.channels.iter().map(|(index, _)| index).collect();
        for index in all {
            self.end_call_on(index);
        }
        self.send_restart(None);
        self.restart = Restart::Sent { times: 1, until: now + self.timers.t316 };
        self.schedule.push(now + self.timers.t316, Owner::Interface);
    }

    fn send_restart(&mut self, channel: Option<ChannelIndex>) {
        self.draft.clear();
        match channel {
            Some(index) => {
                self.draft_channel(index, true);
                self.draft.put(&RestartIndicator(RestartClass::Channels));
            }
            None if self.is_group => self.draft.put(&RestartIndicator(RestartClass::AllInterfaces)),
            None => self.draft.put(&RestartIndicator(RestartClass::Interface)),
        }
        self.send_global(MessageType::RESTART, false);
    }

    /// `flag` 0 in what begins a procedure, 1 in its answer (§4.3, §5.5 note 2).
    fn send_global(&mut self, kind: MessageType, flag: bool) {
        let reference = CallReference::Global { flag };
        let sent = self.send_with(Discriminator::CallControl, reference, kind);
        debug_assert_eq!(sent, Ok(()));
    }

    /// Changes where a channel's restart stands, wakes for it and tells it.
    pub(super) fn set_restart(&mut self, index: ChannelIndex, restart: Restart) {
        let before = self.channels.get(index).service();
        self.channels.change(index, |channel| channel.restart = restart);
        if let Some(at) = self.channels.get(index).wakes_at() {
            self.schedule.push(at, Owner::Channel(index));
        }
        if self.channels.get(index).service() != before {
            self.tell_channel(index);
        }
    }

    /// T316 (§5.5.1): again up to N316 times, then the channel is out of service. Or the time to try again
    /// has come.
    pub(super) fn wake_channel(&mut self, index: ChannelIndex, at: FrameTime) {
        let restart = self.channels.get(index).restart;
        if self.channels.get(index).wakes_at() != Some(at) {
            return;
        }
        match restart {
            Restart::None => {}
            Restart::Sent { times, .. } if times < self.config.profile.n316 => {
                self.send_restart(Some(index));
                self.set_restart(index, Restart::Sent { times: times + 1, until: at + self.timers.t316 });
            }
            Restart::Sent { .. } => self.fail_channel(at, index),
            Restart::Failed { .. } => self.begin_restart(at, index),
        }
    }

    /// The same for the whole interface.
    pub(super) fn wake_interface(&mut self, at: FrameTime) {
        let Restart::Sent { times, until } = self.restart else { return };
        if until != at {
            return;
        }
        if times < self.config.profile.n316 {
            self.send_restart(None);
            let until = at + self.timers.t316;
            self.restart = Restart::Sent { times: times + 1, until };
            self.schedule.push(until, Owner::Interface);
            return;
        }
        self.restart = Restart::None;
        let idle: Vec<ChannelIndex> = self.idle_channels();
        idle.into_iter().for_each(|index| self.fail_channel(at, index));
    }

    fn idle_channels(&self) -> Vec<ChannelIndex> {
        let idle = self.channels.iter().filter(|(_, channel)| channel.call.is_none());
        idle.map(|(index, _)| index).collect()
    }

    pub(super) fn on_global_message(&mut self, message: &Message<'_>, flag: bool) {
        if contents(Discriminator::CallControl, message.kind()).is_none() {
            self.counters.unrecognised += 1;
        }
        match (message.kind(), flag) {
            (MessageType::RESTART, false) => self.on_restart(message),
            (MessageType::RESTART_ACKNOWLEDGE, true) => self.on_restart_acknowledge(message),
            (MessageType::STATUS, _) => {} // what it says of a restart, T316 finds out
            // A restart of ours that comes back, or an answer to none.
            (MessageType::RESTART | MessageType::RESTART_ACKNOWLEDGE, _) => self.counters.unexpected += 1,
            _ => {
                self.counters.unexpected += 1;
                self.send_global_status(INVALID_REFERENCE, &[], !flag);
            }
        }
    }

    /// STATUS with the state of the global call reference (§4.5.7): 0 idle, 61 restart request.
    fn send_global_status(&mut self, cause: Cause, diagnostics: &[u8], flag: bool) {
        let waits = self.restart != Restart::None
            || self.channels.iter().any(|(_, channel)| matches!(channel.restart, Restart::Sent { .. }));
        self.draft.clear();
        self.draft_cause(cause, diagnostics);
        self.draft.put(&CallStateInfo::new(if waits { 61 } else { 0 }));
        self.send_global(MessageType::STATUS, flag);
    }

    /// §5.5.2. Clearing here takes no time, so T317 need not run.
    fn on_restart(&mut self, message: &Message<'_>) {
        match self.channels_to_restart(message) {
            Ok(channels) => {
                channels.into_iter().for_each(|index| self.restarted_by_far(index));
                self.acknowledge_restart(message);
                self.tell_interface(Event::RestartedByFar);
            }
            Err(fault) => self.send_global_status(fault.0, fault.1.ids(), true),
        }
    }

    /// The channels that a RESTART means, or what is wrong with it (§5.8.6).
    fn channels_to_restart(&mut self, message: &Message<'_>) -> Result<Vec<ChannelIndex>, (Cause, Faulty)> {
        let findings = examine(message, &self.context_of_restart());
        let faults = [(MANDATORY_MISSING, findings.missing), (INVALID_CONTENTS, findings.invalid_mandatory)];
        if let Some(fault) = faults.into_iter().find(|(_, faulty)| !faulty.is_empty()) {
            self.counters.mandatory += 1;
            return Err(fault);
        }
        let class = message.find::<RestartIndicator>().map(|indicator| indicator.0);
        let named = message.find::<ChannelIdentification>();
        let channels = match (class, named) {
            (Some(RestartClass::Channels), Some(named)) => self.named_channels(&named),
            (Some(RestartClass::Channels), None) => {
                self.counters.mandatory += 1;
                return Err((MANDATORY_MISSING, Faulty::of(ElementId::CHANNEL_IDENTIFICATION)));
            }
            (Some(RestartClass::Interface), named) => {
                let interface = named.and_then(|named| named.interface).unwrap_or(self.implicit_interface);
                self.channels_of(|id| id.interface == interface)
            }
            (_, _) => self.channels_of(|_| true),
        };
        match channels.is_empty() {
            false => Ok(channels),
            true => Err((NO_SUCH_CHANNEL, Faulty::of(ElementId::CHANNEL_IDENTIFICATION))),
        }
    }

    fn context_of_restart(&self) -> Context {
        Context { first_clearing: false, ..self.context_of_setup() }
    }

    /// The channels that an element names, those that there are.
    fn named_channels(&self, named: &ChannelIdentification) -> Vec<ChannelIndex> {
        let interface = named.interface.unwrap_or(self.implicit_interface);
        let find = |number: u8| self.channels.find(BChannel::new(interface, number));
        match named.selection {
            Selection::Channels(set) => set.iter().filter_map(find).collect(),
            Selection::Basic(number) => find(number).into_iter().collect(),
            Selection::Any | Selection::None => Vec::new(),
        }
    }

    fn channels_of(&self, wanted: impl Fn(BChannel) -> bool) -> Vec<ChannelIndex> {
        self.channels.iter().filter(|(_, channel)| wanted(channel.id)).map(|(index, _)| index).collect()
    }

    /// The far end has set a channel to idle: its call goes, and what kept the channel out as well, unless
    /// it is kept out by us or our own restart of it is not yet answered (§5.5 note 2).
    fn restarted_by_far(&mut self, index: ChannelIndex) {
        self.end_call_on(index);
        let before = self.channels.get(index).service();
        self.channels.change(index, |channel| {
            channel.far = InterfaceState::InService;
            if matches!(channel.restart, Restart::Failed { .. }) {
                channel.restart = Restart::None;
            }
        });
        if self.channels.get(index).service() != before {
            self.tell_channel(index);
        }
    }

    /// The answer names what the RESTART named.
    fn acknowledge_restart(&mut self, message: &Message<'_>) {
        self.draft.clear();
        if let Some(element) = message.raw(0, ElementId::CHANNEL_IDENTIFICATION) {
            self.draft.put_raw(&element);
        }
        if let Some(indicator) = message.find::<RestartIndicator>() {
            self.draft.put(&indicator);
        }
        self.send_global(MessageType::RESTART_ACKNOWLEDGE, true);
    }

    /// §5.5.1: the channels of the answer are idle.
    fn on_restart_acknowledge(&mut self, message: &Message<'_>) {
        let class = message.find::<RestartIndicator>().map(|indicator| indicator.0);
        let named = message.find::<ChannelIdentification>();
        match (class, named) {
            (Some(RestartClass::Channels), Some(named)) => {
                let channels = self.named_channels(&named);
                channels.into_iter().for_each(|index| self.restart_answered(index));
            }
            (Some(RestartClass::Interface | RestartClass::AllInterfaces), _) => {
                if !matches!(self.restart, Restart::None) {
                    self.restart = Restart::None;
                    let all = self.channels_of(|_| true);
                    all.into_iter().for_each(|index| self.restart_answered(index));
                    self.tell_interface(Event::InterfaceRestarted);
                }
            }
            _ => self.counters.mandatory += 1,
        }
    }

    fn restart_answered(&mut self, index: ChannelIndex) {
        if self.channels.get(index).restart != Restart::None {
            self.set_restart(index, Restart::None);
            self.service_after_restart(index);
        }
    }

    fn end_call_on(&mut self, index: ChannelIndex) {
        if let Some(slot) = self.channels.get(index).call {
            self.release_call(slot, Ending::new(Cause::TEMPORARY_FAILURE, ReleasedBy::Restart), None);
        }
    }

    /// Maintenance says that a channel that is out of service is good.
    pub(super) fn pardon(&mut self, index: ChannelIndex) {
        if self.channels.get(index).service() == ChannelService::OutOfService {
            self.set_restart(index, Restart::None);
        }
    }
}

/// As long as layer 2 waits for an answer (T200): whoever resets the link for want of one has done so by then.
const AFTER_RESET: Frames = Frames::from_seconds(1);

/// When the restart of an interface wants to be woken.
pub(super) const fn wakes_at(restart: &Restart) -> Option<FrameTime> {
    match restart {
        Restart::Sent { until, .. } => Some(*until),
        _ => None,
    }
}
