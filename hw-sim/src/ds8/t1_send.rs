//! A T1 or J1 made: F bits, CRC-6, robbed bits, the FDL and the remote alarm, the in-band loop code.
use super::hdlc_send::HdlcSend;
use super::registers::{self as reg, Registers, set, state};
use tandem_line::FrameWords;
use tandem_line::t1::Crc6;

/// Transmit side of a T1.
#[derive(Clone, Debug)]
pub(super) struct T1Send {
    /// Number in the superframe of the next frame.
    next: u8,
    crc: Crc6,
    /// e1 to e6 of the superframe before, e1 in bit 5.
    crc_bits: u8,
    /// TS1 to TS12 as they are being sent.
    signalling: [u8; 12],
    /// Bits of the FDL sent of what is sent over and over.
    place: u8,
    /// Words of the remote alarm sent, for the signature of a customer installation.
    words: u16,
    was: Link,
    /// Place in the in-band code.
    code_place: u8,
}

/// What the FDL carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Alarm,
    Boc,
    Hdlc,
    Register,
}

impl T1Send {
    pub(super) const fn new() -> Self {
        Self {
            next: 0,
            crc: Crc6::new(),
            crc_bits: 0,
            signalling: [0; 12],
            place: 0,
            words: 0,
            was: Link::Register,
            code_place: 0,
        }
    }

    /// The octets of the in-band code, as they stand in a frame whose F bit lies on the code.
    pub(super) fn loop_code(&mut self, regs: &Registers, slots: &mut [u8; 32]) {
        let (octets, length) = (regs.pair(reg::T1TCD1), [5, 6, 7, 16][usize::from(regs.get(reg::TCR4) & 3)]);
        let mut bit = || {
            let place = self.code_place % length;
            self.code_place = (place + 1) % length;
            u8::from(octets >> (15 - place) & 1 != 0)
        };
        bit();
        for octet in &mut slots[1..25] {
            *octet = (0..8).fold(0, |octet, _| octet << 1 | bit());
        }
    }

    /// The next frame, its timeslots filled but for robbed bits. Gives bits of TLS1 and TLS2 too.
    pub(super) fn frame(
        &mut self,
        regs: &Registers,
        hdlc: &mut HdlcSend,
        slots: &mut [u8; 32],
    ) -> (FrameWords, [u8; 2]) {
        let superframe = if regs.has(reg::TCR3, set::TFM) { 12 } else { 24 };
        let number = self.next % superframe;
        self.next = (number + 1) % superframe;
        let mut told = [0; 2];
        if number == 0 {
            self.signalling = regs.row(reg::TS1);
            told[0] = state::TMF;
        }
        if number % 6 == 5 && regs.has(reg::TCR1, set::TSSE) {
            self.rob(number, regs.timeslots(reg::SSIE1), slots);
        }
        let alarm = regs.has(reg::TCR1, set::TRAI);
        let j1_alarm = regs.has(reg::TCR2, set::TD4RM);
        let f = if superframe == 12 {
            if alarm && !j1_alarm {
                slots[1..25].iter_mut().for_each(|octet| *octet &= !0x40);
            }
            sf_bit(number, regs.get(reg::T1TFDL)) || (number == 11 && alarm && j1_alarm)
        } else if number & 1 == 0 {
            self.link_bit(regs, hdlc, alarm, j1_alarm, &mut told[1])
        } else if number & 3 == 1 {
            self.crc_bits >> (5 - number / 4) & 1 != 0
        } else {
            ESF_BITS >> (5 - number / 4) & 1 != 0
        };
        let payload = payload_of(slots);
        self.crc.push(f || !regs.has(reg::TCR1, set::TJC), &payload);
        if self.next == 0 {
            self.crc_bits = std::mem::take(&mut self.crc).bits();
        }
        let [a, b, c] = payload;
        ([u64::from(f) << 63 | a >> 1, a << 63 | b >> 1, b << 63 | c >> 1, c << 63], told)
    }

    fn rob(&self, number: u8, channels: u32, slots: &mut [u8; 32]) {
        let which = number / 6;
        for slot in (1..25).filter(|slot| channels >> slot & 1 != 0) {
            let abcd = if slot <= 12 { self.signalling[slot - 1] >> 4 } else { self.signalling[slot - 13] };
            slots[slot] = slots[slot] & !1 | abcd >> (3 - which) & 1;
        }
    }

    fn link_bit(
        &mut self,
        regs: &Registers,
        hdlc: &mut HdlcSend,
        alarm: bool,
        j1: bool,
        told: &mut u8,
    ) -> bool {
        let thc2 = regs.get(reg::THC2);
        let is = match () {
            () if alarm => Link::Alarm,
            () if thc2 & set::SBOC != 0 => Link::Boc,
            () if regs.has(reg::TCR2, set::TFDLS) => Link::Hdlc,
            () => Link::Register,
        };
        if is != self.was {
            (self.was, self.place, self.words) = (is, 0, 0);
            if regs.has(reg::THC1, set::THMS) {
                hdlc.restart();
            }
        }
        let place = self.place;
        self.place = (place + 1) & 15;
        let signature = regs.has(reg::TCR4, set::TRAIM) && self.words >= RAI_CI_ALARM;
        if self.place == 0 {
            self.words = (self.words + 1) % RAI_CI_CYCLE;
        }
        match is {
            Link::Alarm if signature && !j1 => place < 8 || RAI_CI << 1 >> (place - 8) & 1 != 0,
            Link::Alarm => j1 || place < 8,
            Link::Boc => place < 8 || (regs.get(reg::T1TBOC) & 0x3f) << 1 >> (place - 8) & 1 != 0,
            Link::Hdlc if thc2 & set::THCEN != 0 && regs.has(reg::THC1, set::THMS) => {
                let (bit, bits) = hdlc.poll(regs.get(reg::THC1));
                *told |= bits;
                bit
            }
            Link::Hdlc => 0x7e >> (place & 7) & 1 != 0,
            Link::Register => regs.get(reg::T1TFDL) >> (place & 7) & 1 != 0,
        }
    }
}

/// Superframe of 12: 101010 in the frames counted even, the Fs pattern as T1TFDL has it in the others.
const fn sf_bit(number: u8, tfdl: u8) -> bool {
    if number & 1 == 0 { number & 2 == 0 } else { tfdl >> (number / 2) & 1 != 0 }
}

/// Timeslots 1 to 24, eight a word.
fn payload_of(slots: &[u8; 32]) -> [u64; 3] {
    let (eights, _) = slots[1..].as_chunks::<8>();
    std::array::from_fn(|n| u64::from_be_bytes(eights[n]))
}

/// RAI-CI in words of the FDL: 0.99 s of the alarm and 90 ms of the message 00111110 in 1.08 s.
const RAI_CI_CYCLE: u16 = 270;
const RAI_CI_ALARM: u16 = 248;
/// The six bits of that message, the first to be sent lowest.
const RAI_CI: u8 = 0x1f;
/// Framing bits of an extended superframe (G.704 §2.1.3).
const ESF_BITS: u8 = 0b00_1011;
