//! Groups of trunks: a free channel is looked for when a call is placed, and another one when two calls have met.
use super::call::Call;
use super::traffic::Traffic;
use super::{CallState, Control};
use crate::EngineError;
use crate::config::{EchoSection, GroupSection, Hunt};
use crate::event::CallId;
use crate::party::{NumberType, PackedElements, PlaceOptions};
use tandem_types::Cause;

/// The trunks of a group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) section: GroupSection,
    /// Where the next round begins, among all channels.
    next: usize,
    pub(super) traffic: Traffic,
}

/// Where a call may be tried again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Among {
    /// On the trunks of a group.
    Group(usize),
    /// On the channels that are signalled together with those of a span.
    Access(usize),
}

/// A call that may be tried again.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) among: Among,
    number: String,
    /// Without the elements, which follow.
    options: PlaceOptions,
    elements: PackedElements,
    /// Channels that it has been on.
    tried: Vec<usize>,
}

impl Attempt {
    /// A call on a channel for which the far end may take another one.
    pub(super) fn on_access(span: usize, channel: usize, number: &str, options: &PlaceOptions) -> Self {
        let (number, options) = (number.to_owned(), options.clone());
        Self { tried: vec![channel], ..Self::new(Among::Access(span), number, options) }
    }

    fn new(among: Among, number: String, mut options: PlaceOptions) -> Self {
        let elements = PackedElements::of(&std::mem::take(&mut options.elements));
        Self { among, number, options, elements, tried: Vec::new() }
    }

    /// What it was placed with.
    fn options(&self) -> PlaceOptions {
        PlaceOptions { elements: self.elements.unpack(), ..self.options.clone() }
    }
}

impl Group {
    pub(super) fn new(section: GroupSection) -> Self {
        Self { section, next: 0, traffic: Traffic::default() }
    }

    /// The same group by another section.
    pub(super) fn with(self, section: GroupSection) -> Self {
        Self { section, ..self }
    }

    /// The number as it goes out.
    fn number(&self, dialled: &str, more_follow: bool) -> Result<String, EngineError> {
        self.check_digits(dialled.len(), more_follow)?;
        Ok(format!("{}{dialled}", self.section.prefix))
    }

    /// Whether numbers have so many digits without the prefix.
    fn check_digits(&self, digits: usize, more_follow: bool) -> Result<(), EngineError> {
        let GroupSection { min_digits, max_digits, .. } = self.section;
        let fits = digits <= usize::from(max_digits) && (more_follow || digits >= usize::from(min_digits));
        match fits {
            true => Ok(()),
            false => Err(EngineError::BadArgument("the number is shorter or longer than those of the group")),
        }
    }
}

impl Control {
    /// How the echo of a call is cancelled by the group that it was placed in, if that says it.
    pub(super) fn echo_of_group(&self, call: &Call) -> Option<EchoSection> {
        self.groups[call.group?].section.echo
    }

    /// Calls a number on a free channel of a group.
    pub(crate) fn place_in(
        &mut self,
        group: &str,
        number: &str,
        options: &PlaceOptions,
    ) -> Result<CallId, EngineError> {
        let found = self.groups.iter().position(|known| known.section.name == group);
        let group = found.ok_or(EngineError::BadArgument("there is no such group"))?;
        let number = self.groups[group].number(number, options.more_digits_follow)?;
        let section = &self.groups[group].section;
        let called_type = match options.called_type {
            NumberType::Unknown => section.called_type.into(),
            said => said,
        };
        for span in section.spans.clone() {
            self.catch_up(span);
        }
        let options = PlaceOptions { called_type, ..options.clone() };
        let (id, mut call) = self.call_to_place(&number, &options)?;
        call.group = Some(group);
        call.attempt = Some(Box::new(Attempt::new(Among::Group(group), number, options)));
        let placed = self.place_on_any(id, &call);
        let traffic = &mut self.groups[group].traffic;
        match placed {
            Ok(()) => traffic.note_placed(),
            Err(EngineError::Busy(_)) => traffic.note_refused(),
            Err(_) => {}
        }
        placed?;
        self.totals.calls_placed += 1;
        Ok(id)
    }

    /// Places a call on a channel on which it may be tried and has not been.
    fn place_on_any(&mut self, id: CallId, call: &Call) -> Result<(), EngineError> {
        let mut refusal = EngineError::Busy("no channel of the group is free");
        let Some(attempt) = call.attempt.as_deref() else { return Err(refusal) };
        let (Attempt { among, number, tried, .. }, options) = (attempt, &attempt.options());
        for index in self.candidates(*among).into_iter().filter(|index| !tried.contains(index)) {
            match self.place_at(index, id, call, number, options) {
                Ok(()) => {
                    if let Among::Group(group) = *among {
                        self.groups[group].next = index + 1;
                    }
                    let placed = self.calls.get_mut(&id);
                    if let Some(attempt) = placed.and_then(|call| call.attempt.as_mut()) {
                        attempt.tried.push(index);
                    }
                    return Ok(());
                }
                // Blocked, resting, or on a span that is down; another may not be.
                Err(EngineError::WrongState(_)) => {}
                Err(other @ (EngineError::Busy(_) | EngineError::Unsupported(_))) => refusal = other,
                Err(other) => return Err(other),
            }
        }
        Err(refusal)
    }

    /// The channels without a call on which one may be tried, in the order of the hunt.
    fn candidates(&self, among: Among) -> Vec<usize> {
        match among {
            Among::Group(group) => self.candidates_of(&self.groups[group]),
            Among::Access(span) => {
                let members = self.pri_of(span).map(|pri| &pri.members[..]).unwrap_or_default();
                self.free_channels(members.iter().map(|(span, _)| *span))
            }
        }
    }

    fn free_channels(&self, spans: impl Iterator<Item = usize>) -> Vec<usize> {
        let slots = spans.filter_map(|span| self.channel_at.get(span)).flatten();
        let channels = slots.flatten().map(|index| *index as usize);
        channels.filter(|index| self.channels[*index].call.is_none()).collect()
    }

    fn candidates_of(&self, Group { section, next, .. }: &Group) -> Vec<usize> {
        let mut free = self.free_channels(section.spans.iter().copied());
        match section.hunt {
            Hunt::Ascending => {}
            Hunt::Descending => free.reverse(),
            Hunt::RoundRobin => {
                free.sort_unstable();
                let after = free.partition_point(|index| index < next);
                free.rotate_left(after);
            }
            Hunt::LeastUsed => free.sort_by_key(|index| self.channels[*index].calls_had),
        }
        free
    }

    /// Whether a call that is cleared for this cause has but lost its channel, and is to be tried on another: nothing has
    /// been told of it yet.
    pub(super) fn loses_channel(&self, id: CallId, cause: Cause) -> bool {
        let Some(call) = self.calls.get(&id) else { return false };
        let lost = call.state == CallState::Placed && LOST_CHANNEL.contains(&cause.value());
        let attempts = |attempt: &Attempt| match attempt.among {
            Among::Group(group) => usize::from(self.groups[group].section.attempts),
            Among::Access(_) => ATTEMPTS,
        };
        lost && call.attempt.as_ref().is_some_and(|attempt| attempt.tried.len() < attempts(attempt))
    }

    /// Places again the calls that have lost their channels, or tells how the last attempt has ended.
    pub(super) fn try_again(&mut self) {
        for Over { id, cause, by_far_end } in std::mem::take(&mut self.again) {
            let Some(known) = self.calls.remove(&id) else { continue };
            if self.place_on_any(id, &known).is_err() {
                self.finish_call(id, known, cause, by_far_end);
            }
        }
    }

    /// Ends a call that waits to be tried again.
    pub(super) fn give_up(&mut self, id: CallId, cause: Cause) -> bool {
        let waiting = self.again.len();
        self.again.retain(|lost| lost.id != id);
        let waits = self.again.len() < waiting;
        if waits && let Some(known) = self.calls.remove(&id) {
            self.finish_call(id, known, cause, false);
        }
        waits
    }

    /// More digits of the number of a call of a group go with it to another channel.
    pub(super) fn note_more_digits(&mut self, id: CallId, digits: &str, complete: bool) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.called.push_str(digits);
        if let Some(attempt) = &mut call.attempt {
            attempt.number.push_str(digits);
            attempt.options.more_digits_follow &= !complete;
        }
    }

    /// Whether more digits may follow, and a number with them is one of the group that the call was placed in, if it was.
    pub(super) fn check_more_digits(
        &self,
        id: CallId,
        digits: &str,
        complete: bool,
    ) -> Result<(), EngineError> {
        let call = self.call(id)?;
        let is_whole = |attempt: &Attempt| !attempt.options.more_digits_follow;
        if call.lost && call.attempt.as_deref().is_some_and(is_whole) {
            return Err(EngineError::WrongState("the call takes no more digits"));
        }
        let Some(group) = call.group.map(|group| &self.groups[group]) else { return Ok(()) };
        let prefix = group.section.prefix.len();
        group.check_digits((call.called.len() + digits.len()).saturating_sub(prefix), !complete)
    }
}

/// How a call has ended, or has lost its channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Over {
    pub(super) id: CallId,
    pub(super) cause: Cause,
    pub(super) by_far_end: bool,
}

/// On how many channels a call outside groups is tried that loses them to calls of the far end, as in a group by default.
const ATTEMPTS: usize = 3;
/// Q.850: no circuit or channel available; requested circuit or channel not available.
const LOST_CHANNEL: [u8; 2] = [34, 44];
