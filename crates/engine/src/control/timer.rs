//! Timers of hosts: each ends in one event, when its time is over, when it is stopped, or with the call it belongs to.
use super::Control;
use super::operation::deadline;
use crate::EngineError;
use crate::event::{CallId, EndReason, EventKind};
use tandem_types::{FrameTime, Frames, Handle};

/// A timer that runs.
#[derive(Debug)]
pub(super) struct Timer {
    /// The channel to whose call it belongs.
    channel: Option<usize>,
    call: CallId,
    due: FrameTime,
}

impl Timer {
    pub(super) const fn due(&self) -> FrameTime {
        self.due
    }
}

impl Control {
    /// Starts a timer. One that belongs to a channel ends with the call there.
    pub(crate) fn start_timer(
        &mut self,
        channel: Option<Handle>,
        length: Frames,
    ) -> Result<Handle, EngineError> {
        let due =
            deadline(self.now, length).ok_or(EngineError::BadArgument("a timer lasts a frame at least"))?;
        let index = channel.map(|channel| self.channel_index(channel)).transpose()?;
        let call = index.and_then(|index| self.channels[index].call);
        if index.is_some_and(|index| self.channels[index].is_trunk()) && call.is_none() {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        if self.events.is_behind(channel) {
            return Err(EngineError::Busy("the host is behind with its events"));
        }
        let timer = Timer { channel: index, call: call.unwrap_or(CallId::NONE), due };
        self.timers.insert(timer).ok_or(EngineError::Busy("all timers are in use"))
    }

    /// Ends a timer before its time.
    pub(crate) fn stop_timer(&mut self, timer: Handle) -> Result<(), EngineError> {
        self.timers.get(timer)?;
        self.end_timer(timer, EndReason::Stopped);
        Ok(())
    }

    pub(super) fn handle_timers(&mut self) {
        let now = self.now;
        self.end_timers(|timer| timer.due <= now, EndReason::Finished);
    }

    /// Ends the timers of a channel, because its call is over.
    pub(super) fn end_timers_of(&mut self, index: usize, reason: EndReason) {
        self.end_timers(|timer| timer.channel == Some(index), reason);
    }

    /// Ends all timers, because the engine is being closed.
    pub(super) fn end_all_timers(&mut self) {
        self.end_timers(|_| true, EndReason::Stopped);
    }

    /// In the order in which they are due.
    fn end_timers(&mut self, ends: impl Fn(&Timer) -> bool, reason: EndReason) {
        let ended = self.timers.iter().filter(|(_, timer)| ends(timer));
        let mut ended: Vec<(FrameTime, Handle)> = ended.map(|(handle, timer)| (timer.due, handle)).collect();
        ended.sort_unstable();
        ended.into_iter().for_each(|(_, handle)| self.end_timer(handle, reason));
    }

    fn end_timer(&mut self, handle: Handle, reason: EndReason) {
        let Ok(Timer { channel, call, due }) = self.timers.remove(handle) else { return };
        let channel = channel.map(|index| self.channels[index].handle);
        let at = due.min(self.now);
        self.events.tell(at, EventKind::TimerDone { timer: handle, channel, call, reason });
    }
}
