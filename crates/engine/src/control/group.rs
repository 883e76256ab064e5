//! Groups of trunks: a free channel is looked for when a call is placed, and another one when two calls have met.
use super::call::Call;
use super::{CallState, Control};
use crate::EngineError;
use crate::config::{GroupSection, Hunt};
use crate::event::CallId;
use crate::party::{NumberType, PlaceOptions};
use tandem_types::{Cause, Handle};

/// The trunks of a group.
#[derive(Debug)]
pub(super) struct Group {
    section: GroupSection,
    /// Where the next round begins, among all channels.
    next: usize,
}

/// A call that may be tried again.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    group: usize,
    number: String,
    options: PlaceOptions,
    /// Channels that it has been on.
    tried: Vec<usize>,
}

impl Group {
    pub(super) const fn new(section: GroupSection) -> Self {
        Self { section, next: 0 }
    }

    /// The number as it goes out.
    fn number(&self, dialled: &str, more_follow: bool) -> Result<String, EngineError> {
        let GroupSection { min_digits, max_digits, ref prefix, .. } = self.section;
        let fits = dialled.len() <= usize::from(max_digits)
            && (more_follow || dialled.len() >= usize::from(min_digits));
        match fits {
            true => Ok(format!("{prefix}{dialled}")),
            false => Err(EngineError::BadArgument("the number is shorter or longer than those of the group")),
        }
    }
}

impl Control {
    /// Calls a number on a free channel of a group.
    pub(crate) fn place_in(
        &mut self,
        group: &str,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let found = self.groups.iter().position(|known| known.section.name == group);
        let group = found.ok_or(EngineError::BadArgument("there is no such group"))?;
        let section = &self.groups[group].section;
        let number = self.groups[group].number(number, options.more_digits_follow)?;
        let called_type = match options.called_type {
            NumberType::Unknown => section.called_type.into(),
            said => said,
        };
        let options = PlaceOptions { called_type, ..options.clone() };
        let id = self.place_on_any(group, &number, &options, &[])?;
        if let Some(call) = self.calls.get_mut(&id) {
            let tried = vec![call.channel];
            call.attempt = Some(Box::new(Attempt { group, number, options, tried }));
        }
        Ok(id)
    }

    fn place_on_any(
        &mut self,
        group: usize,
        number: &str,
        options: &PlaceOptions,
        tried: &[usize],
    ) -> Result<CallId, EngineError> {
        let candidates = self.candidates(group).into_iter().filter(|index| !tried.contains(index));
        for index in candidates {
            let handle: Handle = self.channels[index].handle;
            match self.place(handle, number, options) {
                Ok(id) => {
                    self.groups[group].next = index + 1;
                    self.channels[index].calls_placed += 1;
                    return Ok(id);
                }
                // Blocked, resting, or on a span that is down.
                Err(EngineError::WrongState(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Err(EngineError::Busy("no channel of the group is free"))
    }

    /// The channels of a group without a call, in the order of its hunt.
    fn candidates(&self, group: usize) -> Vec<usize> {
        let Group { section, next } = &self.groups[group];
        let slots = section.spans.iter().filter_map(|span| self.channel_at.get(*span)).flatten();
        let channels = slots.flatten().map(|index| *index as usize);
        let mut free: Vec<usize> = channels.filter(|index| self.channels[*index].call.is_none()).collect();
        match section.hunt {
            Hunt::Ascending => {}
            Hunt::Descending => free.reverse(),
            Hunt::RoundRobin => {
                free.sort_unstable();
                let after = free.partition_point(|index| index < next);
                free.rotate_left(after);
            }
            Hunt::LeastUsed => free.sort_by_key(|index| self.channels[*index].calls_placed),
        }
        free
    }

    /// Whether a call that is cleared for this cause has but lost its channel, and is to be tried on another.
    pub(super) fn loses_channel(&self, id: CallId, cause: Cause) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let lost =
            call.state == CallState::Placed && !call.media_open && LOST_CHANNEL.contains(&cause.value());
        let attempts = |attempt: &Attempt| usize::from(self.groups[attempt.group].section.attempts);
        lost && call.attempt.as_ref().is_some_and(|attempt| attempt.tried.len() < attempts(attempt))
    }

    /// Places again the calls that have lost their channels.
    pub(super) fn try_again(&mut self) {
        for id in std::mem::take(&mut self.again) {
            let Some(known) = self.calls.remove(&id) else { continue };
            let placed = known.attempt.as_deref().cloned().and_then(|attempt| {
                let Attempt { group, number, options, tried } = attempt;
                self.place_on_any(group, &number, &options, &tried).ok()
            });
            match placed {
                Some(new) => self.rename(new, id, known),
                None => self.finish_call(id, known, Cause::NO_CIRCUIT, false),
            }
        }
    }

    /// The call `new` is the call `id` again, whose owner knows nothing of this.
    fn rename(&mut self, new: CallId, id: CallId, mut known: Call) {
        let Some(fresh) = self.calls.remove(&new) else { return };
        let Call { channel, trunk, bearer, .. } = fresh;
        self.channels[channel].call = Some(id);
        if let Some(attempt) = &mut known.attempt {
            attempt.tried.push(channel);
        }
        for pri in self.isdn.iter_mut().flatten() {
            pri.calls.values_mut().filter(|known| **known == new).for_each(|known| *known = id);
        }
        self.calls.insert(id, known.moved(channel, trunk, bearer));
    }

    /// Ends a call that waits to be tried again.
    pub(super) fn give_up(&mut self, id: CallId) -> bool {
        let waits = self.again.contains(&id);
        if waits {
            self.again.retain(|waiting| *waiting != id);
            if let Some(known) = self.calls.remove(&id) {
                self.finish_call(id, known, Cause::NO_CIRCUIT, false);
            }
        }
        waits
    }
}

/// Q.850: no circuit or channel available; requested circuit or channel not available.
const LOST_CHANNEL: [u8; 2] = [34, 44];
