//! Traffic of the groups of trunks: how many calls were placed, refused for want of a trunk and answered, how long people
//! talked, and when no trunk was free.
use super::call::Call;
use super::{CallState, Control};
use crate::EngineError;
use crate::event::{CallId, EventKind};
use crate::statistics::GroupState;
use tandem_types::{FrameTime, Frames};

/// What a group has counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    counted: GroupState,
    /// One has been free: before its links are up, a group is not busy.
    was_free: bool,
    /// Since when no trunk is free.
    busy_since: Option<FrameTime>,
}

impl Traffic {
    pub(super) const fn note_placed(&mut self) {
        self.counted.placed += 1;
    }

    /// No trunk is free.
    pub(super) const fn is_busy(&self) -> bool {
        self.busy_since.is_some()
    }

    pub(super) const fn note_refused(&mut self) {
        self.counted.refused += 1;
    }
}

/// How the trunks of a group stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Trunks {
    channels: usize,
    calls: usize,
    free: usize,
}

impl Control {
    /// How a group stands, and what it has counted since open.
    pub(crate) fn group_state(&mut self, name: &str) -> Result<GroupState, EngineError> {
        let found = self.groups.iter().position(|known| known.section.name == name);
        let group = found.ok_or(EngineError::BadArgument("there is no such group"))?;
        self.look_at_group(group);
        let trunks = self.trunks_of(group);
        let traffic = &self.groups[group].traffic;
        let busy = traffic.busy_since.map_or(Frames(0), |since| self.now - since);
        Ok(GroupState {
            channels: trunks.channels,
            calls: trunks.calls,
            free: trunks.free,
            all_busy_frames: Frames(traffic.counted.all_busy_frames.0 + busy.0),
            ..traffic.counted
        })
    }

    /// The group of a call: that which it was placed in, or the first that its trunk belongs to.
    fn group_of(&self, call: &Call) -> Option<usize> {
        let span = usize::from(self.channels[call.channel].slot.span.0);
        call.group.or_else(|| self.groups.iter().position(|group| group.section.spans.contains(&span)))
    }

    /// A call has been placed on a channel, offered or answered.
    pub(super) fn note_traffic(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let Some(group) = self.group_of(call) else { return };
        let counted = &mut self.groups[group].traffic.counted;
        match (call.state, call.incoming) {
            (CallState::Placed, _) => counted.placed += 1,
            (CallState::Offered, _) => counted.offered += 1,
            (CallState::Answered, true) => counted.offered_answered += 1,
            (CallState::Answered, false) => counted.placed_answered += 1,
            _ => {}
        }
    }

    /// A call is over.
    pub(super) fn note_talk(&mut self, call: &Call) {
        let talked = call.answered.map_or(Frames(0), |answered| self.now - answered);
        if let Some(group) = self.group_of(call) {
            self.groups[group].traffic.counted.talk.0 += talked.0;
        }
    }

    fn trunks_of(&self, group: usize) -> Trunks {
        let slots = self.groups[group].section.spans.iter().filter_map(|span| self.channel_at.get(*span));
        let mut trunks = Trunks::default();
        for index in slots.flatten().flatten() {
            let channel = &self.channels[*index as usize];
            trunks.channels += 1;
            trunks.calls += usize::from(channel.call.is_some());
            trunks.free += usize::from(channel.call.is_none() && self.takes_calls(*index as usize));
        }
        trunks
    }

    /// Looks each 20 ms whether a trunk of each group is free, and tells where that has changed.
    pub(super) fn look_at_groups(&mut self) {
        if self.now < self.groups_due || self.groups.is_empty() {
            return;
        }
        self.groups_due = self.now + LOOK_EACH;
        (0..self.groups.len()).for_each(|group| self.look_at_group(group));
    }

    fn look_at_group(&mut self, group: usize) {
        let all_busy = self.trunks_of(group).free == 0;
        let (now, traffic) = (self.now, &mut self.groups[group].traffic);
        traffic.was_free |= !all_busy;
        match (traffic.busy_since, all_busy) {
            (None, true) if traffic.was_free => {
                traffic.busy_since = Some(now);
                traffic.counted.all_busy_count += 1;
            }
            (Some(since), false) => {
                traffic.busy_since = None;
                traffic.counted.all_busy_frames.0 += (now - since).0;
            }
            _ => return,
        }
        let name = self.groups[group].section.name.clone();
        self.events.tell(now, EventKind::GroupBusy { group, name, all_busy });
    }
}

const LOOK_EACH: Frames = Frames::from_ms(20);
