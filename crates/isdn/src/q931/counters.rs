//! What an interface counts. Nothing is derived: each number is counted where its case happens.
use tandem_types::Cause;

use super::{Discriminator, Message, MessageType};
use crate::tally::Tally;

/// Messages of each type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounts {
    types: Tally<128>,
    national: u64,
    maintenance: u64,
}

impl MessageCounts {
    /// How many there were of a type of call control.
    #[must_use]
    pub const fn of(&self, kind: MessageType) -> u64 {
        if kind.national { self.national } else { self.types.of((kind.value & 0x7f) as usize) }
    }

    /// Those of call control by the value of their type.
    #[must_use]
    pub const fn by_type(&self) -> &[u64; 128] {
        self.types.all()
    }

    /// Types of a national protocol (Q.931 §4.4), all together.
    #[must_use]
    pub const fn national(&self) -> u64 {
        self.national
    }

    /// Messages of the maintenance protocols: SERVICE and its acknowledgement.
    #[must_use]
    pub const fn maintenance(&self) -> u64 {
        self.maintenance
    }

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.types.total() + self.national + self.maintenance
    }

    pub(super) fn count(&mut self, message: &Message<'_>) {
        match (message.discriminator(), message.kind()) {
            (Discriminator::Maintenance | Discriminator::NationalMaintenance, _) => self.maintenance += 1,
            (Discriminator::CallControl, kind) if kind.national => self.national += 1,
            (Discriminator::CallControl, kind) => self.types.count(usize::from(kind.value & 0x7f)),
        }
    }
}

/// Calls of each cause (Q.850).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CauseCounts(Tally<128>);

impl CauseCounts {
    /// How many there were of a cause.
    #[must_use]
    pub const fn of(&self, cause: Cause) -> u64 {
        self.0.of((cause.value() & 0x7f) as usize)
    }

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.total()
    }

    /// All of them, by the value of the cause.
    #[must_use]
    pub const fn all(&self) -> &[u64; 128] {
        self.0.all()
    }

    pub(super) fn count(&mut self, cause: Cause) {
        self.0.count(usize::from(cause.value() & 0x7f));
    }
}

/// The counters of an interface since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages handed out for sending.
    pub sent: MessageCounts,
    /// Messages received that could be read as such, whatever became of them.
    pub received: MessageCounts,
    /// Calls begun by us.
    pub calls_made: u64,
    /// Calls begun by the far end that were taken. With those made, all that have been or will be released.
    pub calls_taken: u64,
    /// SETUPs of the far end that were not taken, by the cause of the answer.
    pub setups_refused: CauseCounts,
    /// Calls that are over, by what was told as their cause.
    pub released: CauseCounts,
    /// Messages that were no message of ours (Q.931 §5.8.1).
    pub discriminator: u64,
    /// Messages that ended within their header (§5.8.2).
    pub short: u64,
    /// Call references that cannot be read (§5.8.3.1).
    pub call_reference: u64,
    /// Messages of calls that are not there (§5.8.3.2).
    pub unknown_call: u64,
    /// Messages that did not fit the state (§5.8.4).
    pub unexpected: u64,
    /// Types that are not known or not implemented (§5.8.4).
    pub unrecognised: u64,
    /// Mandatory elements missing or wrong (§5.8.6).
    pub mandatory: u64,
    /// Other elements unknown or wrong (§5.8.7).
    pub optional: u64,
    /// Messages over a link that is down or not ours.
    pub wrong_link: u64,
    /// Messages longer than a frame carries.
    pub too_long: u64,
    /// Events that found no room.
    pub events_lost: u64,
    /// Messages that waited for a link when it was lost.
    pub discarded: u64,
    /// SETUPs of our own that came back.
    pub looped: u64,
}
