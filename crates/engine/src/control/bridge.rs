//! Conference bridges: who takes part in which, and who hears whom.
use super::Control;
use crate::EngineError;
use crate::bridge::{PartyState, PartyTerms, Role};
use crate::event::EventKind;
use std::sync::Arc;
use tandem_dsp::level::{SILENCE_DBM0, dbm0_of_power};
use tandem_dsp::mix::Gain;
use tandem_switch::PartyMeters;
use tandem_switch::link::{Audience, BridgeId, Change, Voice};
use tandem_types::{FrameTime, Frames, Handle};

/// A conference bridge and who is in it.
pub(crate) struct Bridge {
    id: BridgeId,
    parties: usize,
    meters: Arc<PartyMeters>,
    /// When it is looked next who speaks, where the host wants to know.
    watched: Option<FrameTime>,
    /// It is heard only while a moderator is in it.
    moderated: bool,
    has_moderator: bool,
}

/// A channel's place in a bridge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat {
    bridge: Handle,
    terms: PartyTerms,
    /// The host has been told that it speaks.
    told_speaking: bool,
}

impl Seat {
    pub(super) const fn bridge(&self) -> Handle {
        self.bridge
    }

    pub(super) const fn role(&self) -> Role {
        self.terms.role
    }
}

impl Control {
    /// Has the host told who begins to speak in a bridge and who ceases, or no longer.
    pub(crate) fn watch_bridge(&mut self, bridge: Handle, on: bool) -> Result<(), EngineError> {
        let now = self.now;
        self.bridges.get_mut(bridge)?.watched = on.then_some(now);
        Ok(())
    }

    /// Has a bridge heard only while a moderator is in it, or always.
    pub(crate) fn moderate_bridge(&mut self, bridge: Handle, on: bool) -> Result<(), EngineError> {
        self.bridges.get_mut(bridge)?.moderated = on;
        self.update_parties(bridge);
        Ok(())
    }

    /// Whether a moderator is in a bridge may have changed.
    fn look_for_moderator(&mut self, handle: Handle) {
        let moderates = |seat: Seat| seat.bridge == handle && seat.terms.moderator;
        let has_one = self.channels.iter().any(|channel| channel.seat.is_some_and(moderates));
        let Ok(bridge) = self.bridges.get_mut(handle) else { return };
        if std::mem::replace(&mut bridge.has_moderator, has_one) != has_one && bridge.moderated {
            self.events.tell(self.now, EventKind::BridgeModerated { bridge: handle, on: has_one });
            self.update_parties(handle);
        }
    }

    fn update_parties(&mut self, bridge: Handle) {
        for index in 0..self.channels.len() {
            if self.is_party(index, bridge) {
                self.update_routes(index);
            }
        }
    }

    /// Looks each 100 ms who speaks in the bridges that are watched.
    pub(super) fn look_at_talkers(&mut self) {
        let now = self.now;
        let is_due = |bridge: &Bridge| bridge.watched.is_some_and(|due| due <= now);
        let due: Vec<Handle> =
            self.bridges.iter().filter(|(_, bridge)| is_due(bridge)).map(|(handle, _)| handle).collect();
        for handle in due {
            let Ok(bridge) = self.bridges.get_mut(handle) else { continue };
            bridge.watched = Some(now + LOOK_EACH);
            let meters = Arc::clone(&bridge.meters);
            for channel in &mut self.channels {
                let Some(seat) = channel.seat.as_mut().filter(|seat| seat.bridge == handle) else { continue };
                let speaks = meters.of(channel.slot).is_some_and(|level| level.speaks);
                if std::mem::replace(&mut seat.told_speaking, speaks) != speaks {
                    let call = channel.call_heard();
                    let kind =
                        EventKind::PartySpeaks { call, channel: channel.handle, bridge: handle, speaks };
                    self.events.inform(now, kind);
                }
            }
        }
    }

    /// Makes a conference bridge.
    pub(crate) fn new_bridge(&mut self) -> Result<Handle, EngineError> {
        const ALL_IN_USE: EngineError = EngineError::Busy("all bridges are in use");
        if self.bridges.is_full() {
            return Err(ALL_IN_USE);
        }
        let (id, meters) = self.link.new_bridge().map_err(|_| ALL_IN_USE)?;
        let bridge = Bridge { id, parties: 0, meters, watched: None, moderated: false, has_moderator: false };
        self.bridges.insert(bridge).ok_or(ALL_IN_USE)
    }

    /// Takes a bridge down; its parties hear silence and keep their calls.
    pub(crate) fn free_bridge(&mut self, bridge: Handle) -> Result<(), EngineError> {
        self.bridges.get_mut(bridge)?.moderated = false;
        for index in 0..self.channels.len() {
            if self.is_party(index, bridge) {
                self.leave_any_bridge(index);
            }
        }
        let id = self.bridges.remove(bridge)?.id;
        self.link.remove_bridge(id);
        Ok(())
    }

    /// Lets only so many parties of a bridge be heard, those that were loudest of late, or all.
    pub(crate) fn limit_talkers(&mut self, bridge: Handle, most: Option<u8>) -> Result<(), EngineError> {
        let id = self.bridges.get(bridge)?.id;
        self.link.limit_talkers(id, most);
        Ok(())
    }

    /// Makes a channel a party of a bridge; it leaves any other.
    pub(crate) fn join_bridge(
        &mut self,
        bridge: Handle,
        channel: Handle,
        terms: PartyTerms,
    ) -> Result<(), EngineError> {
        let (index, _) = self.open_channel(channel)?;
        let parties = self.bridges.get(bridge)?.parties;
        if self.is_party(index, bridge) {
            return Err(EngineError::WrongState("the channel is in the bridge already"));
        }
        if parties >= self.config.limits.bridge_parties {
            return Err(EngineError::Busy("the bridge has all the parties it may have"));
        }
        let voice = self.voice(index, bridge, terms)?;
        // On one frame: whoever enters a bridge leaves another.
        let left = self.channels[index].seat.map(|seat| seat.bridge);
        let changes = self.forget_bridge(index);
        self.bridges.get_mut(bridge)?.parties += 1;
        self.take_seat(index, Seat { bridge, terms, told_speaking: false }, voice, changes);
        left.into_iter().for_each(|left| self.look_for_moderator(left));
        Ok(())
    }

    /// Changes how a channel takes part in its bridge.
    pub(crate) fn set_party_terms(&mut self, channel: Handle, terms: PartyTerms) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        let seat = self.channels[index].seat.ok_or(IN_NONE)?;
        let voice = self.voice(index, seat.bridge, terms)?;
        self.take_seat(index, Seat { terms, ..seat }, voice, Vec::new());
        Ok(())
    }

    fn take_seat(&mut self, index: usize, seat: Seat, voice: Voice, mut changes: Vec<Change>) {
        let Ok(bridge) = self.bridges.get(seat.bridge).map(|bridge| bridge.id) else { return };
        self.channels[index].seat = Some(seat);
        changes.extend(self.route_changes(index));
        changes.push(Change::Enter { slot: self.channels[index].slot, bridge, voice });
        self.link.apply(changes);
        self.look_for_moderator(seat.bridge);
        self.end_monitors_that_lead_back();
    }

    /// Takes a channel out of its bridge.
    pub(crate) fn leave_bridge(&mut self, channel: Handle) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        if self.channels[index].seat.is_none() {
            return Err(IN_NONE);
        }
        self.leave_any_bridge(index);
        Ok(())
    }

    /// The channels in a bridge.
    pub(crate) fn parties(&self, bridge: Handle) -> Result<Vec<Handle>, EngineError> {
        self.bridges.get(bridge)?;
        let parties = (0..self.channels.len()).filter(|index| self.is_party(*index, bridge));
        Ok(parties.map(|index| self.channels[index].handle).collect())
    }

    /// How a channel takes part in its bridge, and what is heard of it there.
    pub(crate) fn party_state(&self, channel: Handle) -> Result<PartyState, EngineError> {
        let channel = &self.channels[self.channel_index(channel)?];
        let Seat { bridge, terms, .. } = channel.seat.ok_or(IN_NONE)?;
        let level = self.bridges.get(bridge)?.meters.of(channel.slot);
        Ok(PartyState {
            bridge,
            terms,
            level_dbm0: level.map_or(SILENCE_DBM0, |level| dbm0_of_power(channel.law, level.mean_square)),
            speaks: level.is_some_and(|level| level.speaks),
            is_heard: level.is_some_and(|level| level.is_heard),
        })
    }

    /// The bridge that a channel is to hear.
    pub(super) fn bridge_heard(&self, index: usize) -> Option<BridgeId> {
        let Seat { bridge, terms, .. } = self.channels[index].seat?;
        let &Bridge { id, moderated, has_moderator, .. } = self.bridges.get(bridge).ok()?;
        (terms.role != Role::Talk && (has_moderator || !moderated)).then_some(id)
    }

    pub(super) fn leave_any_bridge(&mut self, index: usize) {
        let Some(left) = self.channels[index].seat.map(|seat| seat.bridge) else { return };
        let mut changes = self.forget_bridge(index);
        changes.extend(self.route_changes(index));
        self.link.apply(changes);
        self.look_for_moderator(left);
    }

    /// What media is to do so that a channel is no party of its bridge any more. Who coached it has no pupil from now on: it
    /// must not be heard by the next call on the channel.
    fn forget_bridge(&mut self, index: usize) -> Vec<Change> {
        let Some(seat) = self.channels[index].seat.take() else { return Vec::new() };
        let Ok(bridge) = self.bridges.get_mut(seat.bridge) else { return Vec::new() };
        bridge.parties -= 1;
        let (id, pupil) = (bridge.id, self.channels[index].handle);
        let mut changes = vec![Change::Leave { slot: self.channels[index].slot, bridge: id }];
        for coach in 0..self.channels.len() {
            let channel = &mut self.channels[coach];
            if let Some(Seat { bridge, terms, .. }) = &mut channel.seat
                && *bridge == seat.bridge
                && terms.role == Role::Coach(Some(pupil))
            {
                terms.role = Role::Coach(None);
                let voice = Voice { audience: Audience::Nobody, gain: Gain::MUTE };
                changes.push(Change::Enter { slot: channel.slot, bridge: id, voice });
            }
        }
        changes
    }

    fn is_party(&self, index: usize, bridge: Handle) -> bool {
        self.channels[index].seat.is_some_and(|seat| seat.bridge == bridge)
    }

    /// What media is to make of the terms of a party.
    fn voice(&self, index: usize, bridge: Handle, terms: PartyTerms) -> Result<Voice, EngineError> {
        if terms.role != Role::Talk {
            self.check_may_send(index)?;
        }
        let gain = Gain::from_db(terms.gain_db)
            .map_err(|_| EngineError::BadArgument("the gain must be a number of dB, at most 18"))?;
        let audience = match terms.role {
            Role::Full | Role::Talk => Audience::All,
            Role::Listen | Role::Coach(None) => Audience::Nobody,
            Role::Coach(Some(pupil)) => {
                let pupil = self.channel_index(pupil)?;
                if pupil == index || !self.is_party(pupil, bridge) {
                    return Err(EngineError::WrongState("the pupil is no other party of the bridge"));
                }
                Audience::One(self.channels[pupil].slot)
            }
        };
        Ok(Voice { audience, gain: if terms.muted { Gain::MUTE } else { gain } })
    }
}

const LOOK_EACH: Frames = Frames::from_ms(100);
const IN_NONE: EngineError = EngineError::WrongState("the channel is in no bridge");
