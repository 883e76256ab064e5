//! The CRC-4 multiframe received (G.704, G.706 §4.2 and §4.3): its search, its blocks, and the E bits.
//!
//! The search never touches the frame alignment: it goes on, 8 ms after 8 ms, as long as it finds nothing.
use tandem_line::e1::Crc4;
use tandem_line::{Smf, frame_to_words};

/// The receiver of the multiframe within one frame alignment.
#[derive(Clone, Debug)]
pub(super) struct Multiframe {
    state: State,
    /// Searches of 8 ms that failed: six bits, stopping at their end.
    failed: u8,
}

#[derive(Clone, Debug)]
enum State {
    Search {
        /// Bit 1 of the last frames without alignment signal, the newest lowest; how many there were; and at
        /// which of the eight places of a multiframe the signal was seen.
        bits: u8,
        frames: u8,
        seen: u8,
    },
    Found(Monitor),
}

#[derive(Clone, Debug)]
struct Monitor {
    /// Number in the multiframe of the next frame.
    next: u8,
    crc: Crc4,
    /// Whether the block in `crc` was taken from its start.
    complete: bool,
    expected: Option<u8>,
    received: u8,
    blocks: u16,
    errored: u16,
}

/// What a frame told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// This block was errored.
    pub(super) errored: Option<Smf>,
    /// So many were that the frame alignment must be false.
    pub(super) is_false: bool,
    /// The far end received a block with an error.
    pub(super) far_end: bool,
}

impl Multiframe {
    pub(super) const fn new() -> Self {
        Self { state: State::Search { bits: 0, frames: 0, seen: 0 }, failed: 0 }
    }

    pub(super) const fn is_found(&self) -> bool {
        matches!(self.state, State::Found(_))
    }

    pub(super) const fn failed_searches(&self) -> u8 {
        self.failed
    }

    /// Number in the multiframe of the frame that was taken last.
    pub(super) const fn number(&self) -> Option<u8> {
        match &self.state {
            State::Search { .. } => None,
            State::Found(monitor) => Some((monitor.next + 15) & 15),
        }
    }

    pub(super) fn take(&mut self, frame: &[u8; 32], has_fas: bool) -> Told {
        match &mut self.state {
            State::Found(monitor) => return monitor.take(frame),
            State::Search { .. } if has_fas => {}
            State::Search { bits, frames, seen } => {
                *bits = *bits << 1 | frame[0] >> 7;
                *frames += 1;
                let here = 1 << (*frames % 8);
                let is_signal = *frames >= 6 && *bits & 0x3f == 0b00_1011;
                if is_signal && *seen & here != 0 {
                    *self = Self { state: State::Found(Monitor::behind_frame_11()), failed: 0 };
                } else if *frames == SEARCH_FRAMES {
                    *self = Self { failed: (self.failed + 1).min(63), ..Self::new() };
                } else if is_signal {
                    *seen |= here;
                }
            }
        }
        Told::default()
    }
}

impl Monitor {
    const fn behind_frame_11() -> Self {
        Self {
            next: 12,
            crc: Crc4::new(),
            complete: false,
            expected: None,
            received: 0,
            blocks: 0,
            errored: 0,
        }
    }

    fn take(&mut self, frame: &[u8; 32]) -> Told {
        let number = self.next;
        self.next = (number + 1) & 15;
        if number & 7 == 0 {
            self.expected = self.complete.then_some(self.crc.bits());
            (self.crc, self.complete, self.received) = (Crc4::new(), true, 0);
        }
        let (has_c_bit, si) = (number & 1 == 0, frame[0] >> 7);
        self.crc.push(&frame_to_words(frame), has_c_bit);
        if has_c_bit {
            self.received = self.received << 1 | si;
        }
        match number {
            6 => self.compare(Smf::II),
            14 => self.compare(Smf::I),
            13 | 15 => Told { far_end: si == 0, ..Told::default() },
            _ => Told::default(),
        }
    }

    fn compare(&mut self, smf: Smf) -> Told {
        let Some(expected) = self.expected else { return Told::default() };
        let is_errored = expected != self.received;
        self.blocks += 1;
        self.errored += u16::from(is_errored);
        let is_false = self.errored >= FALSE_BLOCKS;
        if self.blocks == JUDGED_BLOCKS {
            (self.blocks, self.errored) = (0, 0);
        }
        Told { errored: is_errored.then_some(smf), is_false, far_end: false }
    }
}

/// 8 ms have 32 frames without alignment signal.
const SEARCH_FRAMES: u8 = 32;
/// G.706 §4.3.2: 915 errored blocks of 1000.
const FALSE_BLOCKS: u16 = 915;
const JUDGED_BLOCKS: u16 = 1000;
