//! Channels taken out of use and brought back by the host, and how each stands.
use super::channel::Channel;
use super::primary_rate::PrimaryRate;
use super::provision::LEAVING;
use super::{Control, Trunk};
use crate::EngineError;
use crate::event::{CallId, EventKind};
use crate::information::ChannelService;
use tandem_isdn::q931::element::InterfaceState;
use tandem_isdn::q931::{self, ChannelError, RestartScope};
use tandem_types::{Cause, Handle};

/// A channel as it stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelState {
    /// Whether it takes calls, the state of its span apart.
    pub service: ChannelService,
    /// Its span carries no calls now: it has failed, is looped or has no D channel.
    pub span_is_down: bool,
    /// A line test has it.
    pub tested: bool,
    /// The call on it.
    pub call: Option<CallId>,
    /// What its far end hears.
    pub hears: Hears,
    /// Digits pressed and not collected.
    pub digits_waiting: usize,
}

/// What the far end of a channel hears from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hears {
    /// Silence.
    Nothing,
    /// A play; no operation where the engine plays for itself, as the digits of a number.
    Play(Option<Handle>),
    /// The others in a bridge.
    Bridge(Handle),
    /// Another channel.
    Channel(Handle),
    /// A tone, until it is told otherwise.
    Tone,
    /// The pattern of a line test.
    Test,
}

impl Control {
    /// Blocks a channel, or gives it back: no new call begins on a blocked one, and one in progress goes on. The far end
    /// is told where signalling can tell it.
    pub(crate) fn set_channel_service(
        &mut self,
        channel: Handle,
        in_service: bool,
    ) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        if !self.channels[index].is_trunk() {
            return Err(EngineError::Unsupported("there are no calls on this channel"));
        }
        let span = usize::from(self.channels[index].slot.span.0);
        if in_service && self.spans[span].leaving {
            return Err(LEAVING);
        }
        self.block_channel(index, !in_service)
    }

    /// The same for whatever reason.
    pub(super) fn block_channel(&mut self, index: usize, block: bool) -> Result<(), EngineError> {
        let in_service = !block;
        let span = usize::from(self.channels[index].slot.span.0);
        let is_out = self.service_of(index, self.pri_of(span)) == ChannelService::OutOfService;
        if self.channels[index].blocked != in_service && !(in_service && is_out) {
            return Ok(());
        }
        let now = self.now;
        if let Some(circuit) = self.channels[index].circuit() {
            let changed = match in_service {
                true => circuit.unblock(now).is_ok(),
                false => circuit.block(now).is_ok(),
            };
            if !changed {
                return Err(EngineError::Busy("too much has just happened on this channel"));
            }
        }
        self.channels[index].blocked = !in_service;
        self.run_circuit(index);
        self.with_isdn(index, |pri, channel| match in_service {
            true => pri.interface_mut().unblock(now, channel),
            false => pri.interface_mut().block(now, channel),
        })?;
        self.note_service(index);
        Ok(())
    }

    /// Brings a channel to idle at both ends, whatever its state: a call on it is cleared.
    pub(crate) fn reset_channel(&mut self, channel: Handle) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        self.reset(index)
    }

    /// The same of every channel of a span that is not being reset already.
    pub(crate) fn reset_span(&mut self, span: usize) -> Result<(), EngineError> {
        let places = self.channel_at.get(span).ok_or(EngineError::BadArgument("there is no such span"))?;
        let channels: Vec<usize> = places.iter().flatten().map(|index| *index as usize).collect();
        let mut trunks = channels.into_iter().filter(|index| self.channels[*index].is_trunk()).peekable();
        if trunks.peek().is_none() {
            return Err(EngineError::Unsupported("there are no calls on this span"));
        }
        let trunks: Vec<usize> = trunks.collect();
        for index in trunks {
            if self.service_of(index, self.pri_of(span)) != ChannelService::Resetting {
                self.reset(index)?;
            }
        }
        Ok(())
    }

    fn reset(&mut self, index: usize) -> Result<(), EngineError> {
        let now = self.now;
        match self.channels[index].trunk {
            Trunk::None => Err(EngineError::Unsupported("there are no calls on this channel")),
            Trunk::Isdn => self.with_isdn(index, |pri, channel| {
                pri.interface_mut().restart(now, RestartScope::Channel(channel))
            }),
            Trunk::Em(_) => {
                if let Some(circuit) = self.channels[index].circuit() {
                    // A circuit that was not cleared has no call.
                    let _ = circuit.clear(now, Cause::TEMPORARY_FAILURE);
                    circuit.handle_failure(now);
                }
                self.run_circuit(index);
                self.update_service(index);
                Ok(())
            }
        }
    }

    /// How a channel stands.
    pub(crate) fn channel_state(&self, channel: Handle) -> Result<ChannelState, EngineError> {
        let index = self.channel_index(channel)?;
        let channel = &self.channels[index];
        let span = usize::from(channel.slot.span.0);
        let state = &self.spans[span];
        let pri = self.pri_of(span);
        let unsignalled = pri.is_some_and(|pri| pri.interface().active_link().is_none());
        Ok(ChannelState {
            service: self.service_of(index, pri),
            span_is_down: state.failure.is_declared() || state.out_of_use.any() || unsignalled,
            tested: channel.tested.is_some(),
            call: channel.call,
            hears: self.hears(index),
            digits_waiting: channel.typed.len(),
        })
    }

    /// What [`Self::route_changes`] has media send.
    fn hears(&self, index: usize) -> Hears {
        let channel = &self.channels[index];
        let bridge = channel.seat.filter(|_| self.bridge_heard(index).is_some());
        match channel {
            Channel { other_way: Some(_), .. } => Hears::Nothing,
            Channel { tested: Some(_), .. } => Hears::Test,
            Channel { player: Some(_), play, .. } => Hears::Play(*play),
            _ if bridge.is_some() => bridge.map_or(Hears::Nothing, |seat| Hears::Bridge(seat.bridge())),
            Channel { tone: Some(_), .. } => Hears::Tone,
            Channel { hears, .. } => {
                let heard = hears.and_then(|slot| self.index_of(slot));
                heard.map_or(Hears::Nothing, |heard| Hears::Channel(self.channels[heard].handle))
            }
        }
    }

    /// Whether a call could begin on a channel that has none.
    pub(super) fn takes_calls(&self, index: usize) -> bool {
        let channel = &self.channels[index];
        self.channel_state(channel.handle).is_ok_and(|state| {
            state.service == ChannelService::InService && !state.span_is_down && !state.tested
        })
    }

    fn with_isdn(
        &mut self,
        index: usize,
        act: impl FnOnce(&mut PrimaryRate, q931::BChannel) -> Result<(), ChannelError>,
    ) -> Result<(), EngineError> {
        let slot = self.channels[index].slot;
        let Some(access) = self.access_of[usize::from(slot.span.0)] else { return Ok(()) };
        let Some(pri) = self.isdn[access].as_mut() else { return Ok(()) };
        let Some(channel) = pri.channel(slot) else { return Ok(()) };
        act(pri, channel).map_err(|error| match error {
            ChannelError::LinkDown => EngineError::WrongState("the D channel of the span is down"),
            ChannelError::NotInProfile => EngineError::Unsupported("this switch has no restart of channels"),
            ChannelError::UnderWay => EngineError::WrongState("the channel is being reset"),
            ChannelError::NoSuchChannel => EngineError::Unsupported("there are no calls on this channel"),
        })?;
        self.run_isdn(access);
        Ok(())
    }

    /// Tells the service of a channel of an ISDN span, if it has changed.
    pub(super) fn tell_service(&mut self, index: usize, pri: &PrimaryRate) {
        let service = self.service_of(index, Some(pri));
        self.tell_if_new(index, service);
    }

    /// The same of a channel of any span.
    pub(super) fn note_service(&mut self, index: usize) {
        let span = usize::from(self.channels[index].slot.span.0);
        let service = self.service_of(index, self.pri_of(span));
        self.tell_if_new(index, service);
    }

    fn tell_if_new(&mut self, index: usize, service: ChannelService) {
        let channel = &mut self.channels[index];
        if std::mem::replace(&mut channel.told_service, service) != service {
            let kind = EventKind::ChannelServiceChanged { channel: channel.handle, service };
            self.events.tell(self.now, kind);
        }
    }

    fn service_of(&self, index: usize, pri: Option<&PrimaryRate>) -> ChannelService {
        let channel = &self.channels[index];
        let of_layer_3 = pri.and_then(|pri| pri.interface().channel_service(pri.channel(channel.slot)?));
        match of_layer_3 {
            Some(q931::ChannelService::Restarting) => ChannelService::Resetting,
            Some(q931::ChannelService::OutOfService) => ChannelService::OutOfService,
            _ if channel.blocked => ChannelService::Blocked,
            Some(q931::ChannelService::Blocked { far, .. }) if far != InterfaceState::InService => {
                ChannelService::BlockedByFarEnd
            }
            _ if channel.far_blocked => ChannelService::BlockedByFarEnd,
            _ => ChannelService::InService,
        }
    }
}
