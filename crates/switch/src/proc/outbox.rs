//! The way out of the media thread: a ring to control, and a short queue for what must not be coalesced.
use crate::link::FromMedia;
use std::collections::VecDeque;
use tandem_rt::{Producer, PushError};

/// Messages that may wait here when the ring is full.
const QUEUE: usize = 1024;

#[derive(Debug)]
pub(crate) struct Outbox {
    ring: Producer<FromMedia>,
    /// Never grows past its capacity.
    waiting: VecDeque<FromMedia>,
    sent: bool,
}

impl Outbox {
    pub(crate) fn new(ring: Producer<FromMedia>) -> Self {
        Self { ring, waiting: VecDeque::with_capacity(QUEUE), sent: false }
    }

    /// Sends now, or says that there is no room: the caller tries again with its newest state.
    pub(crate) fn offer(&mut self, message: FromMedia) -> bool {
        // What waits goes first, so that a slot's digits and signals keep their order.
        self.flush();
        let taken = self.waiting.is_empty() && self.ring.push(message).is_ok();
        self.sent |= taken;
        taken
    }

    /// Sends now or later; `false` when even the queue is full and the message is lost.
    pub(crate) fn insist(&mut self, message: FromMedia) -> bool {
        if self.offer(message) {
            return true;
        }
        let room = self.waiting.len() < QUEUE;
        if room {
            self.waiting.push_back(message);
        }
        room
    }

    /// Whether anything was sent since the last call: then control is to be woken.
    pub(crate) fn take_sent(&mut self) -> bool {
        self.flush();
        std::mem::take(&mut self.sent)
    }

    fn flush(&mut self) {
        while let Some(message) = self.waiting.pop_front() {
            match self.ring.push(message) {
                Ok(()) => self.sent = true,
                Err(PushError::Full(message)) => {
                    self.waiting.push_front(message);
                    return;
                }
            }
        }
    }
}
