//! What a circuit tells its owner, and the queue where it waits.
use tandem_types::Cause;

use crate::Number;

/// An end of the circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This end.
    Local,
    /// The other end.
    Far,
}

/// What keeps a circuit out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockedBy {
    /// A command here.
    Local,
    /// The far end's blocked code.
    Far,
    /// A failure of the span.
    Line,
}

/// News of a circuit. A call begins with an accepted `seize` or with `Seized`, and ends with exactly one
/// `Cleared`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CircuitEvent {
    /// The far end has seized; an incoming call begins.
    Seized,
    /// The number of the incoming call is complete: answer or reject it.
    Offered {
        /// The called number.
        number: Number,
    },
    /// The number of the outgoing call has been sent.
    DigitsSent,
    /// The call is answered, by the far end if it is outgoing, by us if it is incoming.
    Answered,
    /// Both ends have seized.
    Glare,
    /// The call is over.
    Cleared {
        /// Why.
        cause: Cause,
        /// Which end ended it.
        by: Side,
    },
    /// The circuit can be seized.
    Idle,
    /// The far end stays off-hook although its call is over.
    Lockout,
    /// The circuit is out of use.
    Blocked {
        /// What began to keep it out of use.
        by: BlockedBy,
    },
    /// One thing less keeps the circuit out of use.
    Unblocked {
        /// What no longer does.
        by: BlockedBy,
    },
}

/// Events not yet fetched. A call is begun only when the events of a whole call fit, and what describes a
/// condition replaces its forerunner, so the queue cannot overflow however long nobody looks.
#[derive(Clone, Debug)]
pub(crate) struct EventQueue {
    events: [Option<CircuitEvent>; Self::CAPACITY],
    /// Events in `events`, packed at its start.
    len: usize,
}

impl EventQueue {
    /// Five waiting, one more by a block command, four of the call then begun, and one of each of the four
    /// conditions (idle, locked out, blocked by far end, by line) make fourteen.
    const CAPACITY: usize = 16;
    /// With more waiting, no call is begun.
    const CALL_LIMIT: usize = 4;
    /// With more waiting, no block command is taken.
    const BLOCK_LIMIT: usize = 5;

    pub(crate) const fn new() -> Self {
        Self { events: [None; Self::CAPACITY], len: 0 }
    }

    pub(crate) const fn has_room_for_call(&self) -> bool {
        self.len <= Self::CALL_LIMIT
    }

    pub(crate) const fn has_room_for_block(&self) -> bool {
        self.len <= Self::BLOCK_LIMIT
    }

    pub(crate) fn push(&mut self, event: CircuitEvent) {
        if self.cancel_opposite(event) {
            return;
        }
        if matches!(event, CircuitEvent::Idle | CircuitEvent::Lockout) {
            self.remove(|waiting| waiting == event);
        }
        if let Some(place) = self.events.get_mut(self.len) {
            *place = Some(event);
            self.len += 1;
        }
    }

    pub(crate) fn pop(&mut self) -> Option<CircuitEvent> {
        let first = self.events[0]?;
        self.events.copy_within(1.., 0);
        self.len -= 1;
        self.events[self.len] = None;
        Some(first)
    }

    /// A block by far end or line and its end, both unseen, are no news. Those by command are answers to
    /// commands and stay.
    fn cancel_opposite(&mut self, event: CircuitEvent) -> bool {
        let opposite = match event {
            CircuitEvent::Blocked { by: BlockedBy::Local }
            | CircuitEvent::Unblocked { by: BlockedBy::Local } => {
                return false;
            }
            CircuitEvent::Blocked { by } => CircuitEvent::Unblocked { by },
            CircuitEvent::Unblocked { by } => CircuitEvent::Blocked { by },
            _ => return false,
        };
        self.remove(|waiting| waiting == opposite)
    }

    fn remove(&mut self, unwanted: impl Fn(CircuitEvent) -> bool) -> bool {
        let before = self.len;
        let mut kept = [None; Self::CAPACITY];
        let mut len = 0;
        for event in self.events.into_iter().flatten().filter(|event| !unwanted(*event)) {
            kept[len] = Some(event);
            len += 1;
        }
        self.events = kept;
        self.len = len;
        len < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_ended_unseen_is_no_news() {
        let mut queue = EventQueue::new();
        queue.push(CircuitEvent::Seized);
        queue.push(CircuitEvent::Blocked { by: BlockedBy::Line });
        queue.push(CircuitEvent::Unblocked { by: BlockedBy::Line });
        assert_eq!(queue.pop(), Some(CircuitEvent::Seized));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn only_the_latest_idle_is_kept() {
        let mut queue = EventQueue::new();
        queue.push(CircuitEvent::Idle);
        queue.push(CircuitEvent::Seized);
        queue.push(CircuitEvent::Idle);
        assert_eq!(queue.pop(), Some(CircuitEvent::Seized));
        assert_eq!(queue.pop(), Some(CircuitEvent::Idle));
        assert_eq!(queue.pop(), None);
    }
}
