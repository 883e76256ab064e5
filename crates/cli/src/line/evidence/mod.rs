//! What speaks for or against a line, gathered while the capture is read: times of defects, alignment and how
//! it moved, errors and when they came, what the far end says. Its size does not grow with the capture.
mod alignment;
mod errors;
mod link;

use tandem_line::t1::MaintenanceEvent;
use tandem_line::{CodeReport, DeframerSink, FrameWords, LineEvent, Smf};
use tandem_types::{Defect, Defects};

use super::Framing;
use super::receiver::Receiver;
use super::report::Report;

use errors::Kind;

pub(super) use alignment::{Alignment, Slips};
pub(super) use errors::{CELL_FRAMES, Errors};
pub(super) use link::Link;

/// All that is gathered.
pub(super) struct Evidence {
    now: u64,
    /// Frames, by defect, in which it was there.
    times: [u64; Defect::ALL.len()],
    /// Zeros in a row, in frames.
    zero_run: u64,
    zero_frames: u64,
    dark_frames: u64,
    /// Line code violations while there was a signal.
    pub(super) code_violations: u64,
    /// Whether a CRC-4 multiframe has been found.
    pub(super) crc4_seen: bool,
    pub(super) alignment: Alignment,
    pub(super) errors: Errors,
    pub(super) link: Link,
}

impl Evidence {
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            now: 0,
            times: [0; Defect::ALL.len()],
            zero_run: 0,
            zero_frames: 0,
            dark_frames: 0,
            code_violations: 0,
            crc4_seen: false,
            alignment: Alignment::new(framing),
            errors: Errors::default(),
            link: Link::default(),
        }
    }

    /// What the line decoder found. Where pulses are missing their polarity says nothing.
    pub(super) const fn note_line(&mut self, report: &CodeReport, signal_lost: bool) {
        if !signal_lost {
            self.code_violations += report.line_code_violations as u64;
        }
    }

    /// The next push is this one.
    pub(super) const fn begin(&mut self, now: u64) {
        self.now = now;
    }

    /// The push is done.
    pub(super) fn settle(&mut self, bits: &FrameWords, receiver: &Receiver) {
        let defects = receiver.defects();
        for defect in defects.iter() {
            // The signalling multiframe goes with every loss of alignment, and comes back a little after it.
            let follows = defect == Defect::LossOfCasMultiframe && !self.alignment.is_steady();
            self.times[defect as usize] += u64::from(!follows);
        }
        self.take_zeros(bits);
        let dark = self.is_dark(defects);
        self.dark_frames += u64::from(dark);
        self.alignment.settle(self.now, receiver.is_aligned(), dark);
        let is_errored = dark || !receiver.is_aligned();
        self.errors.settle(self.now, is_errored, receiver);
    }

    /// How many frames have shown a defect.
    pub(super) const fn time(&self, defect: Defect) -> u64 {
        self.times[defect as usize]
    }

    /// Frames of nothing but zeros, where there were several together.
    pub(super) const fn zero_frames(&self) -> u64 {
        self.zero_frames
    }

    /// Frames in which no line could be aligned: no signal, ones or zeros only.
    pub(super) const fn dark_frames(&self) -> u64 {
        self.dark_frames
    }

    fn take_zeros(&mut self, bits: &FrameWords) {
        if *bits != [0; 4] {
            self.zero_run = 0;
            return;
        }
        self.zero_run += 1;
        self.zero_frames += match self.zero_run {
            ..ZERO_FRAMES => 0,
            ZERO_FRAMES => ZERO_FRAMES,
            _ => 1,
        };
    }

    const fn is_dark(&self, defects: Defects) -> bool {
        defects.contains(Defect::Los) || defects.contains(Defect::Ais) || self.zero_run >= ZERO_FRAMES
    }
}

impl DeframerSink for Evidence {
    fn frame(&mut self, octets: &[u8; 32], _: bool) {
        self.alignment.frame(self.now, octets);
    }

    fn event(&mut self, event: LineEvent) {
        match event {
            LineEvent::Aligned { bit_offset, .. } => self.alignment.aligned(bit_offset),
            LineEvent::MultiframeAligned { frame } => {
                self.crc4_seen = true;
                self.alignment.multiframe(frame);
            }
            LineEvent::Lost { frame } => {
                self.alignment.lost(frame);
                self.errors.lost();
            }
            LineEvent::CrcError { frame, smf } => {
                self.errors.push(frame, Kind::Crc);
                if smf == Some(Smf::II) {
                    self.errors.distrust_e_bits(frame);
                }
            }
            LineEvent::FasError { frame } => self.errors.push(frame, Kind::Framing),
            LineEvent::FarEndCrcError { frame, .. } => self.errors.push(frame, Kind::FarEnd),
            _ => {} // defects are taken from the receiver
        }
    }

    fn maintenance(&mut self, event: MaintenanceEvent<'_>) {
        self.link.note(self.now, event);
    }
}

/// A report and the evidence, fed by one receiver.
pub(super) struct Both<'a> {
    pub(super) report: &'a mut Report,
    pub(super) evidence: &'a mut Evidence,
}

impl DeframerSink for Both<'_> {
    fn frame(&mut self, octets: &[u8; 32], aligned: bool) {
        self.evidence.frame(octets, aligned);
    }

    fn event(&mut self, event: LineEvent) {
        self.report.event(event);
        self.evidence.event(event);
    }

    fn maintenance(&mut self, event: MaintenanceEvent<'_>) {
        self.evidence.maintenance(event);
    }
}

/// A framed line never has so many frames of zeros in a row.
const ZERO_FRAMES: u64 = 4;
