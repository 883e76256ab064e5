//! What a deframer tells its owner: frames of octets, and the events of the line.
use tandem_types::{Abcd, Defect, Timeslot};

use crate::Smf;
use crate::t1::MaintenanceEvent;

/// Takes what a deframer finds. Both are called from within the deframer's `push`, on its thread.
pub trait DeframerSink {
    /// One frame. Called exactly once in every push, after the events of that push, so that a store behind
    /// it that runs from the same clock never slips. When `aligned` is false the content is not to be
    /// trusted: the span is searching, or this frame is the one at which alignment was found to be lost.
    fn frame(&mut self, octets: &[u8; 32], aligned: bool);

    /// Something changed or was counted.
    fn event(&mut self, event: LineEvent);

    /// A bit of the data link of a T1 extended superframe, one every other frame while aligned.
    fn data_link(&mut self, bit: bool) {
        let _ = bit;
    }

    /// What the far end of a T1 tells or commands. Only of a terminal; a deframer knows nothing of it.
    fn maintenance(&mut self, event: MaintenanceEvent<'_>) {
        let _ = event;
    }
}

/// An event of the line. `frame` counts pushes of 256 bits (T1: 193) since the start of the input, from 0: it
/// is the push within which the last bit that decided the event arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEvent {
    /// Basic frame alignment was found; when it was there already, it has moved: the first was an imitation.
    Aligned {
        /// When.
        frame: u64,
        /// Where: the position in the whole input, from 0, of the first bit of the first of the two frames
        /// whose alignment signals proved the alignment; on T1 of the first superframe since the search for
        /// it began.
        bit_offset: u64,
    },
    /// Basic frame alignment was lost; the search has begun again.
    Lost {
        /// When.
        frame: u64,
    },
    /// CRC-4 multiframe alignment was found.
    MultiframeAligned {
        /// When.
        frame: u64,
    },
    /// The far end sends no CRC-4 (G.706 Annex B): the span works on without it until the next re-alignment.
    NonCrcInterworking {
        /// When.
        frame: u64,
    },
    /// A defect appeared or went away.
    Defect {
        /// Which.
        defect: Defect,
        /// Whether it is there now.
        present: bool,
        /// When.
        frame: u64,
    },
    /// The multiframe of channel-associated signalling was found. Not on T1, whose superframe carries it.
    CasAligned {
        /// When.
        frame: u64,
    },
    /// The signalling bits of a channel are other than before, or known for the first time.
    CasChange {
        /// The timeslot of the channel, 1–15 or 17–31; on T1 1–24.
        timeslot: Timeslot,
        /// Its bits now. In T1 superframes of 12 frames A and B come twice.
        abcd: Abcd,
        /// When the multiframe that carried them was proved by the alignment signal of the next; on T1 when
        /// the second superframe that carried them was complete.
        frame: u64,
    },
    /// A sub-multiframe was received whose CRC-4 is wrong, or a T1 extended superframe whose CRC-6 is.
    CrcError {
        /// Which half of the multiframe it was; `None` for a superframe, which has no halves.
        smf: Option<Smf>,
        /// When.
        frame: u64,
    },
    /// The far end reports by an E bit that it received an errored sub-multiframe.
    FarEndCrcError {
        /// Which half of the multiframe it was.
        smf: Smf,
        /// When.
        frame: u64,
    },
    /// A frame alignment signal, on T1 a framing bit, was received with an error while aligned.
    FasError {
        /// When.
        frame: u64,
    },
}
