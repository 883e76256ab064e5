//! What a link remembers from one stimulus to the next.
use tandem_types::FrameTime;

/// Where a link is, with the numbers of §B.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum LinkState {
    /// State 4: not established.
    TeiAssigned = 4,
    /// State 5: SABME sent.
    AwaitingEstablishment = 5,
    /// State 6: DISC sent.
    AwaitingRelease = 6,
    /// State 7: established.
    MultipleFrameEstablished = 7,
    /// State 8: established, and an enquiry sent.
    TimerRecovery = 8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    TeiAssigned,
    AwaitingEstablishment {
        purpose: Purpose,
        /// Retransmissions so far.
        rc: u8,
    },
    AwaitingRelease {
        rc: u8,
        /// Layer 3 wants the link again when it is released.
        then_establish: bool,
    },
    MultipleFrameEstablished,
    TimerRecovery {
        /// Enquiries without answer.
        rc: u8,
    },
}

impl State {
    pub(super) const fn public(self) -> LinkState {
        match self {
            Self::TeiAssigned => LinkState::TeiAssigned,
            Self::AwaitingEstablishment { .. } => LinkState::AwaitingEstablishment,
            Self::AwaitingRelease { .. } => LinkState::AwaitingRelease,
            Self::MultipleFrameEstablished => LinkState::MultipleFrameEstablished,
            Self::TimerRecovery { .. } => LinkState::TimerRecovery,
        }
    }
}

/// Whether layer 3 may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Availability {
    NotYetUp,
    Up,
    DownSince(FrameTime),
}

/// Why a link is being established: states 5.0, 5.1 and 5.2 of §D.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Layer 3 asked for it.
    Establish,
    /// The data link layer itself re-establishes.
    Reestablish,
    /// To be released at once: layer 3 has changed its mind.
    Release,
}

/// The physical layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Active,
    Inactive {
        /// Layer 3 wants the link when the line is back.
        then_establish: bool,
    },
}

/// Messages that were given up and not yet taken back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Undelivered {
    pub(super) count: usize,
    /// How many of them had been sent: the oldest.
    pub(super) sent: usize,
}

/// Sequence numbers (§3.5.2), modulo 128.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    /// V(S), the number of the next I frame to be sent.
    pub(super) vs: u8,
    /// V(A), the oldest unacknowledged one.
    pub(super) va: u8,
    /// V(R), the number of the next I frame to be received.
    pub(super) vr: u8,
    /// How many of the messages from V(A) on have ever been sent. V(S) may have gone back since.
    pub(super) sent: u8,
}

impl Window {
    /// The I frames sent and not acknowledged.
    pub(super) const fn outstanding(self) -> u8 {
        self.vs.wrapping_sub(self.va) & SEQUENCE
    }

    /// V(A) <= N(R) <= V(S) (§3.5.2.5), with the V(S) from before it went back for a retransmission: a far end that
    /// answers late may acknowledge what is about to be sent again.
    pub(super) const fn is_valid(self, nr: u8) -> bool {
        nr.wrapping_sub(self.va) & SEQUENCE <= self.sent
    }
}

/// The exception conditions of Annex B, each set and cleared by name in its figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Conditions {
    pub(super) peer_receiver_busy: bool,
    pub(super) own_receiver_busy: bool,
    pub(super) reject_exception: bool,
    pub(super) acknowledge_pending: bool,
}

/// Sequence numbers are modulo 128.
pub(super) const SEQUENCE: u8 = 127;
