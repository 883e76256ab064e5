//! Queues of events, the ends of operations, timers, and channels in pairs.
use super::{Engine, FOREVER, NS_PER_FRAME, Runner, lock};
use crate::control::{Awaited, Control};
use crate::error::EngineError;
use crate::event::Event;
use crate::event_queue::{EventReader, PendingEnd};
use crate::runner::Lockstep;
use crossbeam::channel::{RecvTimeoutError, TryRecvError};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tandem_types::{Frames, Handle, HandleKind};

impl Engine {
    /// The next event of the main queue, waiting for it for at most `timeout` (`None`: as long as it takes). In Lockstep,
    /// waiting is what lets time pass, and the limit is in virtual time.
    #[must_use]
    pub fn event_wait(&self, timeout: Option<Frames>) -> Option<Event> {
        self.wait_for(&self.events, timeout)
    }

    fn wait_for(&self, reader: &EventReader, timeout: Option<Frames>) -> Option<Event> {
        match &self.runner {
            Runner::Lockstep(lockstep) => self.step_until_event(lockstep, reader, timeout),
            Runner::Threads { .. } => self.wait_for_event(reader, timeout),
        }
    }

    /// Other threads come to their turn between two steps.
    fn step_until_event(
        &self,
        lockstep: &Mutex<Lockstep>,
        reader: &EventReader,
        timeout: Option<Frames>,
    ) -> Option<Event> {
        let end = lock(lockstep).now() + timeout.unwrap_or(FOREVER);
        loop {
            let mut lockstep = lock(lockstep);
            let event = reader.pop();
            if event.is_some() || self.is_closed() || reader.is_closed() || lockstep.now() >= end {
                return event;
            }
            lockstep.advance();
        }
    }

    fn wait_for_event(&self, reader: &EventReader, timeout: Option<Frames>) -> Option<Event> {
        let limit_ns = timeout.map(|limit| limit.0.saturating_mul(NS_PER_FRAME));
        let deadline = limit_ns.map(|limit| tandem_rt::sys::monotonic_ns().saturating_add(limit));
        loop {
            if let Some(event) = reader.pop() {
                return Some(event);
            }
            let left = deadline.map(|deadline| deadline.saturating_sub(tandem_rt::sys::monotonic_ns()));
            if self.is_closed() || reader.is_closed() {
                // Looking for an event has cleared the signal that the other waiting threads need too.
                reader.fd().signal();
                return None;
            }
            if left == Some(0) {
                return None;
            }
            // A closed engine and another thread that took the event both end the wait early.
            let _ = reader.fd().wait(left);
        }
    }

    /// Makes a queue of events for the channels that are given to it, so that a thread of the host has those alone.
    pub fn queue_new(&self) -> Result<Handle, EngineError> {
        let (queue, reader) = self.ask(Control::new_queue)??;
        self.queues.write().unwrap_or_else(PoisonError::into_inner).insert(queue, reader);
        Ok(queue)
    }

    /// Takes a queue away. What waits in it, and what happens on its channels from now on, is told in the main one.
    pub fn queue_free(&self, queue: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.free_queue(queue))??;
        self.queues.write().unwrap_or_else(PoisonError::into_inner).remove(&queue);
        Ok(())
    }

    /// What happens on a channel from now on is told in this queue, or with `None` in the main one.
    pub fn queue_assign(&self, channel: Handle, queue: Option<Handle>) -> Result<(), EngineError> {
        self.ask(move |control| control.assign_queue(channel, queue))?
    }

    /// The next event of a queue, as [`Engine::event_wait`].
    pub fn queue_wait(&self, queue: Handle, timeout: Option<Frames>) -> Result<Option<Event>, EngineError> {
        let reader = self.reader(queue)?;
        match self.wait_for(&reader, timeout) {
            None if reader.is_closed() => Err(EngineError::Stale),
            told => Ok(told),
        }
    }

    /// A descriptor that is readable while events wait in a queue. It is closed with the queue.
    pub fn queue_fd(&self, queue: Handle) -> Result<RawFd, EngineError> {
        Ok(self.reader(queue)?.fd().as_fd().as_raw_fd())
    }

    fn reader(&self, queue: Handle) -> Result<Arc<EventReader>, EngineError> {
        if queue.kind() != HandleKind::Queue {
            return Err(EngineError::WrongKind);
        }
        let queues = self.queues.read().unwrap_or_else(PoisonError::into_inner);
        queues.get(&queue).cloned().ok_or(EngineError::Stale)
    }

    /// Waits until an operation has ended and gives its event, which is told in its queue as well; `None` when the time is
    /// over first. Those that ended of late are remembered.
    pub fn operation_wait(
        &self,
        operation: Handle,
        timeout: Option<Frames>,
    ) -> Result<Option<Event>, EngineError> {
        let pending = match self.ask(move |control| control.await_operation(operation))?? {
            Awaited::Over(event) => return Ok(Some(*event)),
            Awaited::Pending(pending) => pending,
        };
        match &self.runner {
            Runner::Lockstep(lockstep) => self.step_until_told(lockstep, &pending, timeout),
            Runner::Threads { .. } => {
                let limit = timeout.map(|limit| limit.0.saturating_mul(NS_PER_FRAME));
                let told = match limit {
                    Some(limit) => pending.event.recv_timeout(Duration::from_nanos(limit)),
                    None => pending.event.recv().map_err(|_| RecvTimeoutError::Disconnected),
                };
                match told {
                    Ok(event) => Ok(Some(event)),
                    Err(RecvTimeoutError::Timeout) => Ok(None),
                    // Control is gone, and all operations with it.
                    Err(RecvTimeoutError::Disconnected) => Err(EngineError::Closed),
                }
            }
        }
    }

    fn step_until_told(
        &self,
        lockstep: &Mutex<Lockstep>,
        pending: &PendingEnd,
        timeout: Option<Frames>,
    ) -> Result<Option<Event>, EngineError> {
        let end = lock(lockstep).now() + timeout.unwrap_or(FOREVER);
        loop {
            let mut lockstep = lock(lockstep);
            match pending.event.try_recv() {
                Ok(event) => return Ok(Some(event)),
                Err(TryRecvError::Disconnected) => return Err(EngineError::Closed),
                Err(TryRecvError::Empty) if self.is_closed() => return Err(EngineError::Closed),
                Err(TryRecvError::Empty) if lockstep.now() >= end => return Ok(None),
                Err(TryRecvError::Empty) => lockstep.advance(),
            }
        }
    }

    /// Starts a timer, which ends in `TimerDone`; one of a channel also with the call there.
    pub fn timer_start(&self, channel: Option<Handle>, length: Frames) -> Result<Handle, EngineError> {
        self.ask(move |control| control.start_timer(channel, length))?
    }

    /// Ends a timer before its time.
    pub fn timer_stop(&self, timer: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.stop_timer(timer))?
    }

    /// Gives a pair of channels inside the engine, each the far end of the other: what is played on one is received on the
    /// other, to be heard in a bridge or by many. They are on spans of a card of the model `local`.
    pub fn pair_new(&self) -> Result<(Handle, Handle), EngineError> {
        self.ask(Control::new_pair)?
    }

    /// Takes a pair back by either of its channels. What runs on them ends.
    pub fn pair_free(&self, channel: Handle) -> Result<(), EngineError> {
        self.ask(move |control| control.free_pair(channel))?
    }
}
