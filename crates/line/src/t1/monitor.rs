//! Judges of an alignment that is there: its framing bits and its CRC-6.
use super::crc6::Crc6;
use super::frame::Frame;
use super::{FBit, T1Framing};

/// Framing bits: their errors, when they lose alignment, and when they are severe.
#[derive(Clone, Debug)]
pub(super) struct FramingMonitor {
    /// The last four framing bits, a 1 for each errored one, the newest in bit 0.
    recent: u8,
    /// Errors in the window of severely errored framing.
    in_window: u8,
    is_severe: bool,
}

/// What a frame told of framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FramingVerdict {
    pub(super) is_error: bool,
    pub(super) is_lost: bool,
}

impl FramingVerdict {
    pub(super) const GOOD: Self = Self { is_error: false, is_lost: false };
}

impl FramingMonitor {
    pub(super) const fn new() -> Self {
        Self { recent: 0, in_window: 0, is_severe: false }
    }

    /// Whether framing is severely errored: from the second error in a window to the end of a window with
    /// fewer.
    pub(super) const fn is_severe(&self) -> bool {
        self.is_severe
    }

    #[inline]
    pub(super) const fn take(&mut self, framing: T1Framing, number: u8, f: bool) -> FramingVerdict {
        self.begin_frame(framing, number);
        let mut verdict = FramingVerdict::GOOD;
        if let FBit::Framing(wanted) = framing.f_bit(number) {
            verdict.is_error = f != wanted;
            self.recent = ((self.recent << 1) | verdict.is_error as u8) & WATCHED_BITS;
            verdict.is_lost = self.recent.count_ones() >= LOSING_ERRORS;
            // Terminal framing alone counts in a superframe: its frames are the even ones, counted from 0.
            let counts = framing.is_extended() || number & 1 == 0;
            self.in_window += (verdict.is_error && counts) as u8;
            self.is_severe |= self.in_window >= SEVERE_ERRORS;
        }
        self.end_frame(framing, number);
        verdict
    }

    /// A frame whose framing bit was not received.
    pub(super) const fn skip(&mut self, framing: T1Framing, number: u8) {
        self.begin_frame(framing, number);
        self.end_frame(framing, number);
    }

    const fn begin_frame(&mut self, framing: T1Framing, number: u8) {
        if number.is_multiple_of(severe_window(framing)) {
            self.in_window = 0;
        }
    }

    const fn end_frame(&mut self, framing: T1Framing, number: u8) {
        let window = severe_window(framing);
        if number % window == window - 1 {
            self.is_severe = self.in_window >= SEVERE_ERRORS;
        }
    }
}

/// Frames in which errors together are severe.
const fn severe_window(framing: T1Framing) -> u8 {
    match framing {
        T1Framing::Sf | T1Framing::J1Sf => SF_SEVERE_FRAMES,
        T1Framing::Esf | T1Framing::J1Esf => ESF_SEVERE_FRAMES,
    }
}

/// Compares every extended superframe with the CRC-6 in the next.
#[derive(Clone, Debug)]
pub(super) struct CrcMonitor {
    covers_f_bits: bool,
    crc: Crc6,
    /// Whether the superframe in `crc` was taken from its start.
    complete: bool,
    /// What the CRC bits of this superframe should be.
    expected: Option<u8>,
    received: u8,
    blocks: u16,
    errored: u16,
}

/// What a frame told of the CRC-6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Nothing,
    Good,
    Errored,
    /// As errored, and so many were that the alignment must be false.
    FalseAlignment,
}

impl CrcMonitor {
    pub(super) const fn new(framing: T1Framing) -> Self {
        Self {
            covers_f_bits: matches!(framing, T1Framing::J1Esf),
            crc: Crc6::new(),
            complete: false,
            expected: None,
            received: 0,
            blocks: 0,
            errored: 0,
        }
    }

    #[inline]
    pub(super) fn take(&mut self, number: u8, frame: &Frame) -> Block {
        if number == 0 {
            self.expected = self.complete.then_some(self.crc.bits());
            self.crc = Crc6::new();
            self.complete = true;
            self.received = 0;
        }
        self.crc.push(frame.f || !self.covers_f_bits, &frame.payload);
        if number & 3 == 1 {
            self.received = (self.received << 1) | u8::from(frame.f);
        }
        if number == LAST_CRC_FRAME { self.compare() } else { Block::Nothing }
    }

    fn compare(&mut self) -> Block {
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
            (true, false) => Block::Errored,
            (true, true) => Block::FalseAlignment,
        }
    }
}

/// Frame 22, counted from 0: it carries e6.
const LAST_CRC_FRAME: u8 = 21;
/// G.706 §2.1.1: two errors in four consecutive framing bits lose alignment.
const LOSING_ERRORS: u32 = 2;
const WATCHED_BITS: u8 = 0b1111;
/// T1.231: two errors are severe, in 0.75 ms of terminal framing or in 3 ms of extended superframes.
const SEVERE_ERRORS: u8 = 2;
const SF_SEVERE_FRAMES: u8 = 6;
const ESF_SEVERE_FRAMES: u8 = 24;
/// G.706 §2.2.2: 320 errored blocks of the 333 of a second indicate false frame alignment.
const FALSE_ALIGNMENT_BLOCKS: u16 = 320;
const MONITORED_BLOCKS: u16 = 333;
