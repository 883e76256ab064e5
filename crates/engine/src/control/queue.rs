//! Queues of events for some channels, and the ends of operations for those who wait for one.
use super::Control;
use crate::EngineError;
use crate::event::Event;
use crate::event_queue::{EventReader, PendingEnd, no_queue};
use std::sync::Arc;
use tandem_types::Handle;

/// The end of an operation that is waited for.
pub(crate) enum Awaited {
    /// It has ended so.
    Over(Box<Event>),
    /// Here it will be told.
    Pending(PendingEnd),
}

impl Control {
    /// Makes a queue, which no channel has yet.
    pub(crate) fn new_queue(&mut self) -> Result<(Handle, Arc<EventReader>), EngineError> {
        let queue = self.queues.insert(()).ok_or(EngineError::Busy("all queues are in use"))?;
        match self.events.add(queue) {
            Ok(reader) => Ok((queue, reader)),
            Err(error) => {
                self.queues.remove(queue)?;
                Err(no_queue(&error))
            }
        }
    }

    /// Takes a queue away. What waits in it goes to the main one.
    pub(crate) fn free_queue(&mut self, queue: Handle) -> Result<(), EngineError> {
        self.queues.get(queue)?;
        if self.events.is_behind(None) {
            return Err(EngineError::Busy(
                "the host is behind with the main queue, where the events would go",
            ));
        }
        self.queues.remove(queue)?;
        self.events.remove(queue, self.now);
        Ok(())
    }

    /// What happens on a channel from now on is told in this queue, or in the main one.
    pub(crate) fn assign_queue(&mut self, channel: Handle, queue: Option<Handle>) -> Result<(), EngineError> {
        self.channel_index(channel)?;
        queue.map_or(Ok(()), |queue| self.queues.get(queue).map(|_| ()))?;
        self.events.assign(channel, queue);
        Ok(())
    }

    /// How an operation has ended, or where that will be told.
    pub(crate) fn await_operation(&mut self, operation: Handle) -> Result<Awaited, EngineError> {
        if let Some(event) = self.events.end_of(operation) {
            return Ok(Awaited::Over(Box::new(event.clone())));
        }
        self.operations.get(operation)?;
        Ok(Awaited::Pending(self.events.await_end(operation)))
    }
}
