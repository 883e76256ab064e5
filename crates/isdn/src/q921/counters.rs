//! What a data link counts. Nothing is derived: each number is counted where its case happens.
use super::event::MdlError;
use super::frame::FrameKind;
use crate::tally::Tally;
use tandem_types::Frames;

/// Frames of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameCounts(Tally<{ FrameKind::COUNT }>);

impl FrameCounts {
    /// How many there were of a kind.
    #[must_use]
    pub const fn of(&self, kind: FrameKind) -> u64 {
        self.0.of(kind as usize)
    }

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.total()
    }

    /// All of them, in the order of [`FrameKind`].
    #[must_use]
    pub const fn all(&self) -> &[u64; FrameKind::COUNT] {
        self.0.all()
    }

    pub(crate) const fn count(&mut self, kind: FrameKind) {
        self.0.count(kind as usize);
    }
}

/// MDL-ERROR indications of each letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCounts(Tally<{ MdlError::COUNT }>);

impl ErrorCounts {
    /// How many there were of a letter.
    #[must_use]
    pub const fn of(&self, error: MdlError) -> u64 {
        self.0.of(error as usize)
    }

    /// All of them, from A on.
    #[must_use]
    pub const fn all(&self) -> &[u64; MdlError::COUNT] {
        self.0.all()
    }

    pub(crate) const fn count(&mut self, error: MdlError) {
        self.0.count(error as usize);
    }
}

/// Received frames that had no effect, by reason. Those that raise an error are counted with the errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discards {
    /// Fewer octets than a frame has (§2.9 b).
    pub short: u64,
    /// An address field of other than two octets (§2.9 e).
    pub address: u64,
    /// Addressed to another SAPI or TEI.
    pub other_link: u64,
    /// Our own frames, given back by the line.
    pub own: u64,
    /// I frames whose N(S) was not the one expected (§5.8.1).
    pub out_of_sequence: u64,
    /// I frames received while we said that we cannot receive (§5.6.6).
    pub receiver_busy: u64,
    /// Frames that mean nothing in the state of the link.
    pub state: u64,
    /// XID frames: parameters are not negotiated (§5.4).
    pub xid: u64,
    /// Frames received while the line was said to be lost.
    pub line_down: u64,
}

/// What became of the messages of DL-DATA requests. Accepted ones are acknowledged, given up or still waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounts {
    /// Accepted for sending.
    pub accepted: u64,
    /// Acknowledged by the far end.
    pub acknowledged: u64,
    /// Given up because the link was released or reset.
    pub given_up: u64,
    /// Received in sequence and delivered.
    pub delivered: u64,
}

/// The counters of a data link since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCounters {
    /// Frames sent, retransmissions included.
    pub sent: FrameCounts,
    /// Frames received that were addressed to this link and understood.
    pub received: FrameCounts,
    /// Frames received without effect.
    pub discarded: Discards,
    /// Messages.
    pub messages: MessageCounts,
    /// I frames sent again.
    pub retransmitted_frames: u64,
    /// Octets of their information fields.
    pub retransmitted_octets: u64,
    /// Times that T200 ran out.
    pub t200_expiries: u64,
    /// Errors told to management.
    pub errors: ErrorCounts,
    /// Times that the link came up.
    pub established: u64,
    /// Times that it was re-established while up, by either end.
    pub reset: u64,
    /// Times that it failed: no answer, refused, line lost.
    pub failures: u64,
    /// Times that it went down, however.
    pub outages: u64,
    /// How long it was down after it had been up; an outage counts when it is over.
    pub outage_time: Frames,
    /// Times that the far end became busy.
    pub peer_busy: u64,
    /// Short frames not sent because too many waited to be fetched; the line would have lost them as well.
    pub unsent: u64,
    /// Error events not kept because too many waited to be fetched.
    pub unreported: u64,
}
