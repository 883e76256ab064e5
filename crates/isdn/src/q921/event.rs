//! What a data link tells its owner, and the queue where it waits.
use core::fmt;

/// An error told to management: MDL-ERROR indication, with the letters of Table II.1/Q.921.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MdlError {
    /// Unsolicited supervisory response with F=1.
    A,
    /// Unsolicited DM with F=1.
    B,
    /// Unsolicited UA with F=1.
    C,
    /// Unsolicited UA with F=0.
    D,
    /// DM with F=0: the far end is not in multiple frame operation.
    E,
    /// SABME: the far end has re-established.
    F,
    /// N200 SABME without answer.
    G,
    /// N200 DISC without answer.
    H,
    /// N200 enquiries without answer.
    I,
    /// N(R) error.
    J,
    /// FRMR received.
    K,
    /// Undefined frame received.
    L,
    /// Information field where none is permitted.
    M,
    /// Frame of wrong size.
    N,
    /// Information field longer than N201.
    O,
}

impl MdlError {
    /// How many letters there are.
    pub const COUNT: usize = 15;
}

impl fmt::Display for MdlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// How a link came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Establishment {
    /// As asked for: DL-ESTABLISH confirm.
    Confirmed,
    /// By the far end: DL-ESTABLISH indication.
    ByFarEnd,
    /// It was up and has been re-established by either end, and messages that were not acknowledged are given
    /// up: DL-ESTABLISH indication.
    Reset,
}

/// How a link went down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// As asked for: DL-RELEASE confirm.
    Confirmed,
    /// By the far end (DISC): DL-RELEASE indication.
    ByFarEnd,
    /// The far end refused (DM): DL-RELEASE indication.
    Refused,
    /// The far end did not answer N200 + 1 SABME: DL-RELEASE indication.
    NoAnswer,
    /// The physical layer was deactivated: DL-RELEASE indication.
    LineLost,
}

/// News of a data link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// Messages can be sent.
    Established(Establishment),
    /// Messages can no longer be sent. It stays so until somebody establishes the link: after an indication that
    /// is the task of layer 3 (Q.931 §5.8.9).
    Released(Release),
    /// For management.
    Error(MdlError),
    /// Our own frames come back: the line is looped, or the far end plays the same side as we do.
    LoopedBack,
    /// The far end is heard again.
    LoopCleared,
    /// The far end can receive no I frames, or can again.
    PeerBusy(bool),
}

impl LinkEvent {
    /// Events of one subject describe a condition, of which only the newest counts. Errors are each their own.
    const fn subject(self) -> Option<u8> {
        match self {
            Self::Established(_) | Self::Released(_) => Some(0),
            Self::LoopedBack | Self::LoopCleared => Some(1),
            Self::PeerBusy(_) => Some(2),
            Self::Error(_) => None,
        }
    }
}

/// Events not yet fetched. Past half of its room, errors are refused and a condition replaces its forerunner, so
/// the queue cannot overflow and the newest condition is always told.
#[derive(Clone, Debug)]
pub(crate) struct EventQueue {
    events: [Option<LinkEvent>; Self::CAPACITY],
    /// Events in `events`, packed at its start.
    len: usize,
}

impl EventQueue {
    /// The limit, and one event of each subject.
    const CAPACITY: usize = Self::LIMIT + 3;
    const LIMIT: usize = 8;

    pub(crate) const fn new() -> Self {
        Self { events: [None; Self::CAPACITY], len: 0 }
    }

    /// Whether the event, or a newer one in its place, will be told.
    pub(crate) fn push(&mut self, event: LinkEvent) -> bool {
        if self.len >= Self::LIMIT {
            let Some(subject) = event.subject() else { return false };
            self.remove(subject);
        }
        if let Some(place) = self.events.get_mut(self.len) {
            *place = Some(event);
            self.len += 1;
        }
        true
    }

    pub(crate) fn pop(&mut self) -> Option<LinkEvent> {
        let first = self.events[0]?;
        self.events.copy_within(1.., 0);
        self.len -= 1;
        self.events[self.len] = None;
        Some(first)
    }

    fn remove(&mut self, subject: u8) {
        let mut kept = Self::new();
        for event in self.events.into_iter().flatten().filter(|event| event.subject() != Some(subject)) {
            kept.events[kept.len] = Some(event);
            kept.len += 1;
        }
        *self = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_nobody_reads_keeps_the_newest_of_each_condition() {
        let mut queue = EventQueue::new();
        for _ in 0..1000 {
            queue.push(LinkEvent::Error(MdlError::F));
            queue.push(LinkEvent::Established(Establishment::Reset));
            queue.push(LinkEvent::PeerBusy(true));
            queue.push(LinkEvent::LoopedBack);
            queue.push(LinkEvent::PeerBusy(false));
            queue.push(LinkEvent::Released(Release::NoAnswer));
        }
        let mut told = Vec::new();
        while let Some(event) = queue.pop() {
            told.push(event);
        }
        assert!(told.len() <= 11);
        let last_of = |subject| told.iter().rfind(|event| event.subject() == Some(subject)).copied();
        assert_eq!(last_of(0), Some(LinkEvent::Released(Release::NoAnswer)));
        assert_eq!(last_of(1), Some(LinkEvent::LoopedBack));
        assert_eq!(last_of(2), Some(LinkEvent::PeerBusy(false)));
    }
}
