//! Transfer: two calls become one conversation that lasts until one of them ends.
use super::{CallState, Control};
use crate::EngineError;
use crate::event::{CallId, EndReason, EventKind};
use std::sync::atomic::Ordering;
use tandem_types::{Bearer, Cause};

/// What ties a call to another. Both calls have one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tie {
    other: CallId,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// It is joined with the other as soon as that is answered.
    Waits,
    /// It has not been answered yet, and the other waits for it.
    AwaitedBy,
    /// They hear each other.
    Joined,
}

impl Control {
    /// Transfers a call to another: at once, or as soon as that is answered.
    pub(crate) fn transfer(&mut self, id: CallId, to: CallId) -> Result<(), EngineError> {
        let (call, target) = (self.call(id)?, self.call(to)?);
        if id == to {
            return Err(EngineError::BadArgument("a call cannot be transferred to itself"));
        }
        if call.state != CallState::Answered {
            return Err(EngineError::WrongState("the call has not been answered"));
        }
        let joined = match target.state {
            CallState::Answered => true,
            CallState::Placed => false,
            _ => return Err(EngineError::WrongState("the other call is neither answered nor placed")),
        };
        if call.held || target.held {
            return Err(EngineError::WrongState("one of the calls is held, and must be retrieved first"));
        }
        if call.tie.is_some() || target.tie.is_some() {
            return Err(EngineError::WrongState("a transfer has one of the calls already"));
        }
        if call.bearer.is_data() != target.bearer.is_data() {
            return Err(EngineError::WrongState("one call carries data, the other does not"));
        }
        if self.events.is_behind(Some(self.channels[call.channel].handle)) {
            return Err(EngineError::Busy("the host is behind with its events"));
        }
        if joined {
            self.join(id, to);
        } else {
            self.tie(id, to, Part::Waits);
            self.tie(to, id, Part::AwaitedBy);
        }
        Ok(())
    }

    /// Gives both calls of a transfer back to the host.
    pub(crate) fn end_transfer(&mut self, id: CallId) -> Result<(), EngineError> {
        let Tie { other, part } =
            self.call(id)?.tie.ok_or(EngineError::WrongState("no transfer has the call"))?;
        self.untie(id);
        self.untie(other);
        let (first, second) = (self.channel_of_call(id), self.channel_of_call(other));
        match part {
            Part::Waits => self.tell_transferred(id, first, other, EndReason::Stopped, None),
            Part::AwaitedBy => self.tell_transferred(other, second, id, EndReason::Stopped, None),
            Part::Joined => {
                self.unhear(first, second);
                self.unhear(second, first);
            }
        }
        Ok(())
    }

    /// A call has been answered: whoever waits for it is joined with it.
    pub(super) fn join_who_waits_for(&mut self, id: CallId) {
        if let Some(Tie { other, part: Part::AwaitedBy }) = self.calls.get(&id).and_then(|call| call.tie) {
            self.join(other, id);
        }
    }

    /// A joined call has come to another channel.
    pub(super) fn join_on_new_channel(&mut self, id: CallId) {
        if let Some(Tie { other, part: Part::Joined }) = self.calls.get(&id).and_then(|call| call.tie) {
            self.hear_each_other(id, other);
        }
    }

    /// A call ends, for this cause: so does what it was joined with, and what was placed for it.
    pub(super) fn part(&mut self, id: CallId, cause: Cause) {
        if let Some(call) = self.calls.get_mut(&id)
            && let Some(tie) = call.tie.take()
        {
            let channel = call.channel;
            self.end_tie(id, channel, tie, cause);
        }
    }

    /// The same of a call with this tie that was on a channel and is known no more.
    pub(super) fn end_tie(&mut self, id: CallId, channel: usize, tie: Tie, cause: Cause) {
        let Tie { other, part } = tie;
        let Some(partner) = self.calls.get_mut(&other) else { return };
        partner.tie = None;
        let its_channel = partner.channel;
        match part {
            Part::Joined => self.parted.push((other, cause)),
            Part::Waits => {
                self.tell_transferred(id, channel, other, EndReason::Hangup, Some(cause));
                self.parted.push((other, cause));
            }
            Part::AwaitedBy => {
                self.tell_transferred(other, its_channel, id, EndReason::Failed, Some(cause));
            }
        }
    }

    /// Clears the calls whose partners are gone. Not while signalling is being looked at.
    pub(super) fn clear_parted(&mut self) {
        for (id, cause) in std::mem::take(&mut self.parted) {
            // One that cannot be cleared is being cleared already.
            let _ = self.clear(id, cause);
        }
    }

    fn join(&mut self, id: CallId, to: CallId) {
        for call in [id, to] {
            let index = self.channel_of_call(call);
            if let Some(play) = self.channels[index].play {
                self.end_operation(index, play, EndReason::Stopped);
            }
            self.stop_playing(index);
            self.leave_any_bridge(index);
        }
        let interaction = self.calls.get(&id).map(|call| call.interaction.load(Ordering::Relaxed));
        if let (Some(interaction), Some(target)) = (interaction, self.calls.get(&to)) {
            target.interaction.store(interaction, Ordering::Relaxed);
        }
        self.tie(id, to, Part::Joined);
        self.tie(to, id, Part::Joined);
        self.hear_each_other(id, to);
        self.tell_transferred(id, self.channel_of_call(id), to, EndReason::Finished, None);
    }

    fn hear_each_other(&mut self, id: CallId, other: CallId) {
        let (first, second) = (self.channel_of_call(id), self.channel_of_call(other));
        // Data and the tones of modems stay as they are.
        let bearers = [id, other].map(|call| self.calls[&call].bearer);
        let bearer = bearers.into_iter().find(|bearer| *bearer != Bearer::Speech).unwrap_or_default();
        self.hear(first, Some(second), bearer);
        self.hear(second, Some(first), bearer);
    }

    /// A channel hears another no more, if it still does.
    fn unhear(&mut self, index: usize, other: usize) {
        if self.channels[index].hears == Some(self.channels[other].slot) {
            self.hear(index, None, Bearer::Speech);
        }
    }

    fn tie(&mut self, id: CallId, other: CallId, part: Part) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.tie = Some(Tie { other, part });
        }
    }

    fn untie(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.tie = None;
        }
    }

    /// Of a call that has not ended.
    fn channel_of_call(&self, id: CallId) -> usize {
        self.calls[&id].channel
    }

    fn tell_transferred(
        &mut self,
        call: CallId,
        index: usize,
        to: CallId,
        reason: EndReason,
        cause: Option<Cause>,
    ) {
        let channel = self.channels[index].handle;
        let kind = EventKind::CallTransferred { call, channel, to, reason, cause };
        self.events.tell(self.now, kind);
    }
}
