//! CRC-4 multiframe: its alignment (G.706 §4.2) and the monitoring of its blocks (§4.3).
use super::crc4::Crc4;
use super::{SI_BIT, Smf};
use crate::bits::FrameWords;

/// Looks for the multiframe alignment signal 001011 in bit 1 of the frames without FAS.
#[derive(Clone, Copy, Debug)]
pub(super) struct MultiframeSearch {
    /// The last bits, the newest lowest.
    bits: u8,
    /// Frames without FAS seen.
    frames: u8,
    /// At which of the eight places of a multiframe the signal was seen.
    seen: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    NotYet,
    /// This frame is frame 11 of the multiframe.
    Aligned,
    /// 8 ms have passed.
    Failed,
}

impl MultiframeSearch {
    pub(super) const EMPTY: Self = Self { bits: 0, frames: 0, seen: 0 };

    /// Takes timeslot 0 of a frame without FAS. Two signals a multiple of 2 ms apart prove the multiframe.
    pub(super) const fn take(&mut self, ts0: u8) -> Found {
        self.bits = (self.bits << 1) | (ts0 >> 7);
        self.frames += 1;
        if self.frames >= MFAS_LENGTH && self.bits & 0b11_1111 == MFAS {
            let place = 1 << (self.frames % NFAS_PER_MULTIFRAME);
            if self.seen & place != 0 {
                return Found::Aligned;
            }
            self.seen |= place;
        }
        if self.frames >= SEARCH_FRAMES { Found::Failed } else { Found::NotYet }
    }
}

/// Compares every sub-multiframe with the CRC-4 in the next.
#[derive(Clone, Debug)]
pub(super) struct CrcMonitor {
    /// Number in the multiframe of the next frame.
    next: u8,
    crc: Crc4,
    /// Whether the sub-multiframe in `crc` was taken from its start.
    complete: bool,
    /// What the C bits of this sub-multiframe should be.
    expected: Option<u8>,
    received: u8,
    blocks: u16,
    errored: u16,
}

/// What a frame of the multiframe told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Nothing,
    Good,
    Errored(Smf),
    /// As errored, and so many were that the alignment must be false.
    FalseAlignment(Smf),
    /// The far end received this one with an error.
    FarEndErrored(Smf),
}

impl CrcMonitor {
    /// A monitor whose next frame has this number in the multiframe.
    pub(super) const fn starting_at(next: u8) -> Self {
        Self { next, crc: Crc4::new(), complete: false, expected: None, received: 0, blocks: 0, errored: 0 }
    }

    /// The number of the next frame.
    pub(super) const fn next_number(&self) -> u8 {
        self.next
    }

    #[inline]
    pub(super) fn take(&mut self, frame: &FrameWords, ts0: u8) -> Block {
        let number = self.next;
        self.next = (number + 1) & 15;
        if number & 7 == 0 {
            self.expected = self.complete.then_some(self.crc.bits());
            self.crc = Crc4::new();
            self.complete = true;
            self.received = 0;
        }
        self.crc.push(frame, number & 1 == 0);
        if number & 1 == 0 {
            self.received = (self.received << 1) | (ts0 >> 7);
        }
        match number {
            6 => self.compare(Smf::II),
            14 => self.compare(Smf::I),
            13 if ts0 & SI_BIT == 0 => Block::FarEndErrored(Smf::I),
            15 if ts0 & SI_BIT == 0 => Block::FarEndErrored(Smf::II),
            _ => Block::Nothing,
        }
    }

    fn compare(&mut self, smf: Smf) -> Block {
        let Some(expected) = self.expected else { return Block::Nothing };
        let errored = expected != self.received;
        self.blocks += 1;
        self.errored += u16::from(errored);
        let false_alignment = self.errored >= FALSE_ALIGNMENT_BLOCKS;
        if self.blocks == MONITORED_BLOCKS {
            (self.blocks, self.errored) = (0, 0);
        }
        match (errored, false_alignment) {
            (false, _) => Block::Good,
            (true, false) => Block::Errored(smf),
            (true, true) => Block::FalseAlignment(smf),
        }
    }
}

/// Bit 1 of frames 1, 3, 5, 7, 9 and 11 (G.704).
const MFAS: u8 = 0b00_1011;
const MFAS_LENGTH: u8 = 6;
const NFAS_PER_MULTIFRAME: u8 = 8;
/// G.706 §4.2: the search lasts 8 ms, in which there are 32 frames without FAS.
const SEARCH_FRAMES: u8 = 32;
/// G.706 §4.3.2: 915 errored blocks out of 1000 indicate false frame alignment.
const FALSE_ALIGNMENT_BLOCKS: u16 = 915;
const MONITORED_BLOCKS: u16 = 1000;
