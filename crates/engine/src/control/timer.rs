//! Timers of hosts: each ends in one event, when its time is over, when it is stopped, or with the call it belongs to.
use super::Control;
use super::operation::deadline;
use crate::EngineError;
use crate::event::{CallId, EndReason, EventKind};
use crate::table::Table;
use std::collections::BTreeSet;
use tandem_types::{FrameTime, Frames, Handle, HandleKind};

/// All timers, by handle and in the order in which they are due.
#[derive(Debug)]
pub(super) struct Timers {
    table: Table<Timer>,
    order: BTreeSet<(FrameTime, Handle)>,
}

/// A timer that runs.
#[derive(Debug)]
struct Timer {
    /// The channel to whose call it belongs.
    channel: Option<usize>,
    call: CallId,
    due: FrameTime,
}

impl Timers {
    pub(super) const fn new(first_generation: u32) -> Self {
        Self { table: Table::new(HandleKind::Timer, 1 << 16, first_generation), order: BTreeSet::new() }
    }

    /// When the next is due.
    pub(super) fn poll_timeout(&self) -> Option<FrameTime> {
        self.order.first().map(|(due, _)| *due)
    }

    fn insert(&mut self, timer: Timer) -> Option<Handle> {
        let due = timer.due;
        let handle = self.table.insert(timer)?;
        self.order.insert((due, handle));
        Some(handle)
    }

    fn remove(&mut self, handle: Handle) -> Option<Timer> {
        let timer = self.table.remove(handle).ok()?;
        self.order.remove(&(timer.due, handle));
        Some(timer)
    }

    /// In the order in which they are due.
    fn find(&self, wanted: impl Fn(&Timer) -> bool) -> Vec<Handle> {
        let is_wanted = |handle: &Handle| self.table.get(*handle).is_ok_and(&wanted);
        self.order.iter().map(|(_, handle)| *handle).filter(is_wanted).collect()
    }
}

impl Control {
    /// Starts a timer. One that belongs to a channel ends with the call there.
    pub(crate) fn start_timer(
        &mut self,
        channel: Option<Handle>,
        length: Frames,
    ) -> Result<Handle, EngineError> {
        if self.rest_until.is_some() {
            return Err(EngineError::Closed);
        }
        let due =
            deadline(self.now, length).ok_or(EngineError::BadArgument("a timer lasts a frame at least"))?;
        let index = channel.map(|channel| self.channel_index(channel)).transpose()?;
        let call = index.map_or(CallId::NONE, |index| self.channels[index].call_heard());
        if index.is_some_and(|index| self.channels[index].is_trunk()) && call == CallId::NONE {
            return Err(EngineError::WrongState("there is no call on the channel"));
        }
        if self.events.is_behind(channel) {
            return Err(EngineError::Busy("the host is behind with its events"));
        }
        let timer = Timer { channel: index, call, due };
        self.timers.insert(timer).ok_or(EngineError::Busy("all timers are in use"))
    }

    /// Ends a timer before its time.
    pub(crate) fn stop_timer(&mut self, timer: Handle) -> Result<(), EngineError> {
        self.timers.table.get(timer)?;
        self.end_timer(timer, EndReason::Stopped);
        Ok(())
    }

    pub(super) fn handle_timers(&mut self) {
        while let Some((due, timer)) = self.timers.order.first().copied()
            && due <= self.now
        {
            self.end_timer(timer, EndReason::Finished);
        }
    }

    /// Ends the timers of a channel, because its call is over.
    pub(super) fn end_timers_of(&mut self, index: usize, reason: EndReason) {
        let ended = self.timers.find(|timer| timer.channel == Some(index));
        ended.into_iter().for_each(|timer| self.end_timer(timer, reason));
    }

    /// Ends the timers of a channel that belong to a call of others, which is heard there no more.
    pub(super) fn end_timers_of_tapped(&mut self, index: usize, call: CallId) {
        let ended = self.timers.find(|timer| timer.channel == Some(index) && timer.call == call);
        ended.into_iter().for_each(|timer| self.end_timer(timer, EndReason::Hangup));
    }

    /// Ends all timers, because the engine is being closed.
    pub(super) fn end_all_timers(&mut self) {
        let ended = self.timers.find(|_| true);
        ended.into_iter().for_each(|timer| self.end_timer(timer, EndReason::Stopped));
    }

    fn end_timer(&mut self, handle: Handle, reason: EndReason) {
        let Some(Timer { channel, call, due }) = self.timers.remove(handle) else { return };
        let channel = channel.map(|index| self.channels[index].handle);
        let at = due.min(self.now);
        self.events.tell(at, EventKind::TimerDone { timer: handle, channel, call, reason });
    }
}
