//! An E1 made: timeslot 0 with CRC-4, E and Sa bits, timeslot 16 from the TS registers.
use super::registers::{self as reg, Registers, set, state};
use tandem_line::e1::Crc4;
use tandem_line::{FrameWords, Smf, frame_to_words};

/// Transmit side of an E1.
#[derive(Clone, Debug)]
pub(super) struct E1Send {
    /// Number in the multiframe of the next frame; both multiframes run together.
    next: u8,
    crc: Crc4,
    /// C1 to C4 of the block before, C1 in bit 3.
    c_bits: u8,
    /// Errored blocks still to be reported, by E1 and by E2.
    to_report: [u8; 2],
    /// TS1 to TS16, E1TNAF and E1TSa4 to E1TSa8 as they are being sent.
    signalling: [u8; 16],
    non_align: u8,
    sa: [u8; 5],
}

/// What the receive side has the transmit side say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Consequence {
    pub(super) alarm: bool,
    /// The CRC-4 multiframe is received.
    pub(super) has_multiframe: bool,
}

impl E1Send {
    pub(super) const fn new() -> Self {
        Self {
            next: 0,
            crc: Crc4::new(),
            c_bits: 0,
            to_report: [0; 2],
            signalling: [0; 16],
            non_align: 0,
            sa: [0; 5],
        }
    }

    /// A block was received with an error: an E bit will say so.
    pub(super) fn report(&mut self, smf: Smf) {
        let waiting = &mut self.to_report[smf as usize & 1];
        *waiting = (*waiting + 1).min(MOST_WAITING);
    }

    /// The next frame, its timeslots filled but for 0 and 16. Gives bits of TLS1 too.
    pub(super) fn frame(
        &mut self,
        regs: &Registers,
        receive: Consequence,
        slots: &mut [u8; 32],
    ) -> (FrameWords, u8) {
        let (number, tcr1) = (self.next, regs.get(reg::TCR1));
        self.next = (number + 1) & 15;
        let mut told = 0;
        if number == 0 {
            self.signalling = regs.row(reg::TS1);
            self.sa = regs.row(reg::E1TSA4);
            told = state::TMF;
        }
        if tcr1 & set::T16S != 0 {
            slots[16] = self.signalling[usize::from(number & 15)];
        }
        if tcr1 & set::TTPT == 0 {
            slots[0] = if number & 1 == 0 {
                self.align_frame(number, regs, slots[0])
            } else {
                self.non_align_frame(number, regs, receive, slots[0])
            };
        }
        let words = frame_to_words(slots);
        self.crc.push(&words, number & 1 == 0);
        if number & 7 == 7 {
            self.c_bits = std::mem::take(&mut self.crc).bits();
        }
        (words, told)
    }

    fn align_frame(&mut self, number: u8, regs: &Registers, highway: u8) -> u8 {
        self.non_align = regs.get(reg::E1TNAF);
        let octet = regs.get(reg::E1TAF);
        let c_bit = self.c_bits >> (3 - number / 2 % 4) & 1 != 0;
        self.with_si(octet, regs, highway, c_bit)
    }

    fn non_align_frame(&mut self, number: u8, regs: &Registers, receive: Consequence, highway: u8) -> u8 {
        let mut octet = self.non_align;
        if receive.alarm && regs.has(reg::TCR2, set::ARA) {
            octet |= 0x20;
        }
        let from_registers = regs.get(reg::E1TSACR) & 0x1f;
        for (place, bits) in self.sa.iter().enumerate() {
            let here = 0x10 >> place;
            if from_registers & here != 0 {
                octet = octet & !here | if bits >> (number / 2) & 1 != 0 { here } else { 0 };
            }
        }
        let is_own = regs.has(reg::TCR2, set::AEBE);
        let bit = match number {
            13 | 15 if !is_own => true,
            13 | 15 if !receive.has_multiframe => {
                self.to_report = [0; 2];
                false
            }
            13 => take_one(&mut self.to_report[0]),
            15 => take_one(&mut self.to_report[1]),
            _ => matches!(number, 5 | 9 | 11),
        };
        self.with_si(octet, regs, highway, bit)
    }

    /// Bit 1 of timeslot 0: of the CRC-4 multiframe, of the registers, or of the highway.
    fn with_si(&self, octet: u8, regs: &Registers, highway: u8, multiframe: bool) -> u8 {
        let tcr1 = regs.get(reg::TCR1);
        let si = if tcr1 & set::TCRC4 != 0 {
            u8::from(multiframe) << 7
        } else if tcr1 & set::TSIS != 0 {
            octet & 0x80
        } else {
            highway & 0x80
        };
        octet & 0x7f | si
    }
}

/// False when a report waits: an E bit of 0 tells an error.
const fn take_one(waiting: &mut u8) -> bool {
    let is_good = *waiting == 0;
    *waiting = waiting.saturating_sub(1);
    is_good
}

/// Reports that may wait when the far end's clock is the faster one.
const MOST_WAITING: u8 = 2;
