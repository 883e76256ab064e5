//! Errors of CRC, alignment signals and framing bits, and when they came.
//!
//! Those right before alignment is lost belong to the loss, and are not counted as errors of bits.
use std::collections::VecDeque;

use crate::line::receiver::Receiver;

/// Errors over time.
#[derive(Debug, Default)]
pub(in crate::line) struct Errors {
    pending: VecDeque<(u64, Kind)>,
    /// Blocks with a wrong CRC.
    pub(in crate::line) crc: u64,
    /// Errored alignment signals, on T1 framing bits.
    pub(in crate::line) framing: u64,
    /// Blocks that the far end reports errored.
    pub(in crate::line) far_end: u64,
    /// Tenths of a second with errors.
    pub(in crate::line) cells: u64,
    last_cell: Option<u64>,
    second: Second,
    /// Seconds with errors or defects.
    pub(in crate::line) errored_seconds: u64,
    /// Of these, the severely errored ones (G.826: 30 % of the blocks, or a defect).
    pub(in crate::line) severe_seconds: u64,
}

/// What is errored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Crc,
    Framing,
    FarEnd,
}

/// What the second at hand has shown.
#[derive(Debug, Default)]
struct Second {
    number: u64,
    blocks_before: u64,
    crc: u64,
    framing: u64,
    defect: bool,
}

impl Errors {
    pub(in crate::line) const fn count(&self) -> u64 {
        self.crc + self.framing
    }

    pub(super) fn push(&mut self, frame: u64, kind: Kind) {
        self.pending.push_back((frame, kind));
    }

    /// The second half of a multiframe is errored: its E bits prove nothing.
    pub(super) fn distrust_e_bits(&mut self, frame: u64) {
        self.pending.retain(|(at, kind)| *kind != Kind::FarEnd || at + HALF_AND_MORE < frame);
    }

    pub(super) fn lost(&mut self) {
        self.pending.clear();
    }

    pub(super) fn settle(&mut self, now: u64, has_defect: bool, receiver: &Receiver) {
        while let Some((at, kind)) = self.pending.front().copied()
            && at + BELONGING_FRAMES <= now
        {
            self.pending.pop_front();
            self.note(at, kind);
        }
        if now / FRAMES != self.second.number {
            self.end_second(receiver.crc_blocks());
            self.second.number = now / FRAMES;
        }
        self.second.defect |= has_defect && now >= SETTLING_FRAMES;
    }

    /// The capture has ended. Whether its last errors would have lost alignment is not known.
    pub(in crate::line) fn finish(&mut self, receiver: &Receiver) {
        let undecided = receiver.frames().saturating_sub(LOSING_FRAMES);
        while let Some((at, kind)) = self.pending.pop_front() {
            if at < undecided {
                self.note(at, kind);
            }
        }
        self.end_second(receiver.crc_blocks());
    }

    fn note(&mut self, at: u64, kind: Kind) {
        match kind {
            Kind::FarEnd => {
                self.far_end += 1;
                return;
            }
            Kind::Crc => {
                self.crc += 1;
                self.second.crc += 1;
            }
            Kind::Framing => {
                self.framing += 1;
                self.second.framing += 1;
            }
        }
        let cell = at / CELL_FRAMES;
        self.cells += u64::from(self.last_cell.replace(cell) != Some(cell));
    }

    fn end_second(&mut self, blocks: u64) {
        let Second { blocks_before, crc, framing, defect, .. } = std::mem::take(&mut self.second);
        self.second.blocks_before = blocks;
        let blocks = blocks - blocks_before;
        let errored = if blocks > 0 { crc } else { framing };
        let limit = if blocks > 0 { blocks * 3 / 10 } else { SEVERE_FRAMING };
        self.errored_seconds += u64::from(crc + framing > 0 || defect);
        self.severe_seconds += u64::from(defect || (errored > 0 && errored >= limit));
    }
}

/// How many frames a cell has in which errors are looked for.
pub(in crate::line) const CELL_FRAMES: u64 = 800;
const FRAMES: u64 = 8000;
/// Errors so shortly before a loss of alignment belong to it.
const BELONGING_FRAMES: u64 = 96;
/// From the first E bit of a multiframe to the verdict on its second half.
const HALF_AND_MORE: u64 = 10;
/// Errored framing loses alignment in so many frames.
const LOSING_FRAMES: u64 = 8;
/// The first alignment takes its time.
const SETTLING_FRAMES: u64 = 200;
/// Without blocks: alignment signals in a second (M.2100).
const SEVERE_FRAMING: u64 = 28;
