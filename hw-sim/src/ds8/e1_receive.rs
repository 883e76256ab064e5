//! An E1 received: frame alignment by `line`, and above it what the chip does with timeslots 0 and 16.
use super::cas::Cas;
use super::counters::Counter;
use super::heard::Heard;
use super::multiframe::Multiframe;
use super::registers::{self as reg, Registers, set, state};
use super::status::Status;
use tandem_line::{CrcMode, E1Config, E1Deframer, FrameWords, Smf, frame_from_words};
use tandem_types::Defect;

/// Receive side of an E1.
#[derive(Clone, Debug)]
pub(super) struct E1Receive {
    deframer: E1Deframer,
    nfas_loss: bool,
    next_has_fas: bool,
    multiframe: Multiframe,
    cas: Cas,
    /// Frames since alignment, modulo 16: 2 ms of whatever has no multiframe.
    place: u8,
    /// E1RAF and E1RNAF.
    align_frames: [u8; 2],
    /// Sa4 to Sa8 of this multiframe and of the last.
    sa: [u8; 5],
    last_sa: [u8; 5],
    /// Zeros of timeslot 16 in these 2 ms.
    zeros: u32,
    /// Frames without the CRC-4 multiframe, for bit A.
    without: u16,
}

impl E1Receive {
    pub(super) const fn new(nfas_loss: bool) -> Self {
        Self {
            deframer: E1Deframer::new(&E1Config { crc4: CrcMode::Off, cas: false, nfas_loss }),
            nfas_loss,
            next_has_fas: true,
            multiframe: Multiframe::new(),
            cas: Cas::new(),
            place: 0,
            align_frames: [0; 2],
            sa: [0; 5],
            last_sa: [0; 5],
            zeros: 0,
            without: 0,
        }
    }

    /// Loses what it has found. What the registers of timeslot 0 say stays.
    pub(super) const fn search(&mut self) {
        let (align_frames, last_sa) = (self.align_frames, self.last_sa);
        *self = Self { align_frames, last_sa, ..Self::new(self.nfas_loss) };
    }

    pub(super) const fn is_aligned(&self) -> bool {
        self.deframer.is_aligned()
    }

    pub(super) const fn has_multiframe(&self) -> bool {
        self.multiframe.is_found()
    }

    /// No CRC-4 multiframe within 128 ms of alignment.
    pub(super) const fn misses_multiframe(&self) -> bool {
        self.without >= PATIENCE_FRAMES
    }

    /// E1RAF and E1RNAF, by index.
    pub(super) fn align_frame(&self, index: usize) -> u8 {
        self.align_frames[index & 1]
    }

    /// E1RSa4 to E1RSa8, by index.
    pub(super) fn sa(&self, index: usize) -> u8 {
        self.last_sa.get(index).copied().unwrap_or(0)
    }

    /// The remote alarm, and that of the CAS multiframe.
    pub(super) const fn alarms(&self) -> (bool, bool) {
        (self.deframer.defects().contains(Defect::Rai), self.cas.alarm())
    }

    /// E1RRTS7.
    pub(super) fn searches(&self, regs: &Registers) -> u8 {
        let wants_crc = regs.has(reg::RCR1, set::RCRC4);
        let crc = wants_crc && !self.multiframe.is_found();
        let cas = !regs.has(reg::RCR1, set::RSIGM) && !self.cas.is_found();
        let failed = if wants_crc { self.multiframe.failed_searches() } else { 0 };
        // The second lowest bit of the counter has no place.
        (failed >> 2 & 0x0f) << 4
            | (failed & 1) << 3
            | when(crc, state::CRC4SA)
            | when(cas, state::CASSA)
            | when(!self.is_aligned(), state::FASSA)
    }

    /// Takes 256 bits. Gives what was heard, and a block that was errored.
    pub(super) fn push(
        &mut self,
        bits: &FrameWords,
        regs: &Registers,
        status: &mut Status,
    ) -> (Heard, Option<Smf>) {
        let mut heard = Heard::NOTHING;
        self.deframer.push(&frame_from_words(bits), &mut heard);
        if heard.found_at.is_some() {
            (self.next_has_fas, self.place, self.zeros, self.without) = (true, 0, 0, 0);
            (self.multiframe, self.cas) = (Multiframe::new(), Cas::new());
        }
        if heard.framing_error {
            status.counters.add(Counter::Framing, 1);
        }
        if heard.lost {
            status.latch(2, state::FASRC);
            (self.multiframe, self.cas, self.without) = (Multiframe::new(), Cas::new(), 0);
        }
        let mut errored = None;
        if heard.aligned {
            errored = self.take(&mut heard, regs, status);
        }
        (heard, errored)
    }

    fn take(&mut self, heard: &mut Heard, regs: &Registers, status: &mut Status) -> Option<Smf> {
        let (ts0, has_fas) = (heard.frame[0], self.next_has_fas);
        self.next_has_fas = !has_fas;
        self.align_frames[usize::from(!has_fas)] = ts0;
        if has_fas {
            status.latch(2, state::RAF);
        }
        let told = if regs.has(reg::RCR1, set::RCRC4) {
            self.multiframe.take(&heard.frame, has_fas)
        } else {
            self.multiframe = Multiframe::new();
            super::multiframe::Told::default()
        };
        let missed = regs.has(reg::RCR1, set::RCRC4) && !self.multiframe.is_found();
        self.without = if missed { self.without.saturating_add(1) } else { 0 };
        if told.errored.is_some() {
            status.counters.add(Counter::Path, 1);
        }
        if told.far_end {
            status.counters.add(Counter::EBits, 1);
        }
        self.take_sa(ts0, has_fas, status);
        self.take_timeslot_16(heard.frame[16], regs, status);
        self.place = (self.place + 1) & 15;
        if told.is_false {
            status.latch(2, state::CRCRC);
            self.search();
            (heard.aligned, heard.lost) = (false, true);
        }
        told.errored
    }

    fn take_sa(&mut self, ts0: u8, has_fas: bool, status: &mut Status) {
        // Free-running, an alignment frame is an even one.
        let number = self.multiframe.number().unwrap_or(self.place);
        if number == 0 {
            self.last_sa = self.sa;
            status.latch(2, state::RCMF);
        }
        if !has_fas {
            let here = 1 << (number / 2);
            for (place, octet) in self.sa.iter_mut().enumerate() {
                *octet = *octet & !here | when(ts0 & 0x10 >> place != 0, here);
            }
        }
    }

    fn take_timeslot_16(&mut self, octet: u8, regs: &Registers, status: &mut Status) {
        self.zeros += octet.count_zeros();
        if self.place == 15 {
            let zeros = std::mem::take(&mut self.zeros);
            status.latch(2, when(zeros < 3, state::RSA1) | when(zeros == 128, state::RSA0));
        }
        if regs.has(reg::RCR1, set::RSIGM) {
            self.cas = Cas::new();
            return;
        }
        let told = self.cas.take(octet);
        status.latch(4, when(told.began, state::RMF));
        status.latch(2, when(told.lost, state::CASRC));
        if let Some(octets) = told.released {
            status.signalled(&octets, 16, regs.long(reg::RSCSE1));
        }
    }
}

/// `bits` when the condition holds.
pub(super) const fn when(holds: bool, bits: u8) -> u8 {
    if holds { bits } else { 0 }
}

/// 128 ms.
const PATIENCE_FRAMES: u16 = 1024;
