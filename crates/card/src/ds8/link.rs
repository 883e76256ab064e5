//! What the end of a T1 does besides framing: each second reported in the data link (PRM), the reports of the far end,
//! bit-oriented messages both ways, and the loops that the far end commands by them or by in-band codes.
//!
//! The chip's HDLC controller makes and takes frames, 4 kbit/s; a report lies complete in its FIFO before it is read, a
//! few octets each turn. Not here: putting a loop up (`port.rs`).
use super::bridge::Bridge;
use super::regs;
use super::setup::InBand;
use crate::Bus;
use crate::far_end::{FarEnd, quality_message};
use tandem_line::clock::Quality;
use tandem_line::pm::Second;
use tandem_line::t1::{
    BomCode, InBandCode, LoopCode, LoopControl, LoopHearing, Prm, PrmCounts, PrmReporter, PrmSource,
    PrmTracker, T1Loop,
};
use tandem_types::{FrameTime, Frames};

/// The duties of one T1 span.
#[derive(Debug)]
pub(super) struct Link {
    reporter: PrmReporter,
    tracker: PrmTracker,
    far_end: FarEnd,
    loops: LoopControl,
    /// The loop codes, up and down.
    codes: [Code; 2],
    /// The message that is being taken out of the FIFO.
    message: [u8; LONGEST],
    length: usize,
    /// Messages wait in the FIFO.
    draining: bool,
    /// A bit-oriented message came and was not looked at.
    message_came: bool,
    /// Until when a bit-oriented message is sent.
    sending_until: Option<FrameTime>,
}

/// An in-band code that may be received.
#[derive(Clone, Copy, Debug, Default)]
struct Code {
    since: Option<FrameTime>,
    obeyed: bool,
}

impl Link {
    pub(super) fn new() -> Self {
        Self {
            reporter: PrmReporter::new(PrmSource::Customer),
            tracker: PrmTracker::new(),
            far_end: FarEnd::default(),
            loops: LoopControl::new(),
            codes: [Code::default(); 2],
            message: [0; LONGEST],
            length: 0,
            draining: false,
            message_came: false,
            sending_until: None,
        }
    }

    /// The chip was set up anew: what it was doing is forgotten, what was told is not.
    pub(super) fn restart(&mut self) {
        (self.draining, self.message_came, self.length) = (true, false, 0);
        (self.sending_until, self.codes) = (None, [Code::default(); 2]);
    }

    /// The loop that the far end commands.
    pub(super) const fn commanded(&self) -> Option<T1Loop> {
        self.loops.commanded()
    }

    /// What becomes of its commands.
    pub(super) const fn set_loop_hearing(&mut self, hearing: LoopHearing) {
        self.loops.set_hearing(hearing);
    }

    /// Lets time pass for what the far end told of its clock.
    pub(super) fn pass(&mut self, time: Frames, lost: bool) {
        self.far_end.pass(time, lost);
    }

    pub(super) const fn quality(&self) -> Option<Quality> {
        self.far_end.quality()
    }

    pub(super) const fn hears_rai_ci(&self) -> bool {
        self.far_end.sends_rai_ci()
    }

    pub(super) const fn take_second(&mut self) -> Option<Second> {
        self.far_end.take_second()
    }

    /// What RLS5 and RLS7 told.
    pub(super) const fn note_latched(&mut self, rls5: u8, rls7: u8) {
        self.draining |= rls5 & regs::RLS5_END != 0;
        self.message_came |= rls7 & regs::RLS7_MESSAGE != 0;
    }

    /// A loop code went, even if it is back by now: its five seconds begin anew.
    pub(super) fn note_codes_that_went(&mut self, went: u8) {
        for (code, bit) in self.codes.iter_mut().zip(regs::RRTS3_LOOP_CODES) {
            if went & bit != 0 {
                *code = Code::default();
            }
        }
    }

    /// The loop codes that are there now. One that has lasted is obeyed once.
    pub(super) fn hear_codes(&mut self, now: FrameTime, present: u8) {
        let meanings = [InBandCode::LineUp, InBandCode::LineDown];
        for ((code, bit), meaning) in self.codes.iter_mut().zip(regs::RRTS3_LOOP_CODES).zip(meanings) {
            if present & bit == 0 {
                *code = Code::default();
            } else if now.since(*code.since.get_or_insert(now)) >= CODE_LASTS && !code.obeyed {
                code.obeyed = true;
                self.loops.handle_in_band(meaning);
            }
        }
    }

    /// A span's turn at the data link.
    pub(super) fn take_turn<B: Bus>(
        &mut self,
        bridge: &mut Bridge<B>,
        span: usize,
        now: FrameTime,
        remote_alarm: bool,
    ) {
        if self.sending_until.is_some_and(|until| until <= now) {
            self.sending_until = None;
            bridge.write_port(span, regs::THC2, regs::THC2_ON);
        }
        if self.message_came {
            let code = bridge.read_port(span, regs::T1RBOC);
            if bridge.is_sound() {
                self.message_came = false;
                self.hear(code);
            }
        }
        if self.draining {
            self.drain(bridge, span, now, remote_alarm);
        }
    }

    /// A second has passed with these counts: the far end gets its report, and the quality of the clock. A report that
    /// could not leave in its second makes room for the new one, which repeats it.
    pub(super) fn end_second<B: Bus>(
        &mut self,
        bridge: &mut Bridge<B>,
        span: usize,
        now: FrameTime,
        counts: &PrmCounts,
        quality: Option<Quality>,
    ) {
        let report = self.reporter.handle_second(counts).emit();
        let room = bridge.read_port(span, regs::TFBA);
        if !bridge.is_sound() {
            return;
        }
        if room != regs::TFBA_EMPTY {
            bridge.write_port(span, regs::THC1, regs::THC1_LINK | regs::THC1_RESET);
            bridge.write_port(span, regs::THC1, regs::THC1_LINK);
        }
        let (last, octets) = (report[report.len() - 1], &report[..report.len() - 1]);
        for octet in octets {
            bridge.write_port(span, regs::THF, *octet);
        }
        bridge.write_port(span, regs::THC1, regs::THC1_LINK | regs::THC1_END);
        bridge.write_port(span, regs::THF, last);
        if let Some(quality) = quality
            && self.sending_until.is_none()
        {
            self.send(bridge, span, now, quality_message(quality).code());
        }
    }

    /// Sends a bit-oriented message as often as it must be sent.
    pub(super) fn send<B: Bus>(
        &mut self,
        bridge: &mut Bridge<B>,
        span: usize,
        now: FrameTime,
        code: BomCode,
    ) {
        self.sending_until = Some(now + MESSAGE_LASTS);
        bridge.write_port(span, regs::T1TBOC, code.bits());
        bridge.write_port(span, regs::THC2, regs::THC2_ON | regs::THC2_BOC);
    }

    fn hear(&mut self, code: u8) {
        let Some(code) = BomCode::new(code) else { return };
        self.far_end.hear_message(code);
        if let Some(message) = code.meaning() {
            self.loops.handle_bom(message);
        }
    }

    /// Takes some octets out of the FIFO; at the end of a message reads how it ended.
    fn drain<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize, now: FrameTime, remote_alarm: bool) {
        let available = bridge.read_port(span, regs::RHPBA);
        let count = usize::from(available & !regs::RHPBA_GOES_ON);
        let taken = count.min(OCTETS_A_TURN);
        let mut octets = [0; OCTETS_A_TURN];
        for octet in &mut octets[..taken] {
            *octet = bridge.read_port(span, regs::RHF);
        }
        let ends = taken == count && taken > 0 && available & regs::RHPBA_GOES_ON == 0;
        let state = if ends { bridge.read_port(span, regs::RRTS5) } else { 0 };
        if !bridge.is_sound() {
            // What was taken out is lost; the rest is no message.
            self.length = LONGEST;
            return;
        }
        for octet in &octets[..taken] {
            if let Some(place) = self.message.get_mut(self.length) {
                *place = *octet;
                self.length += 1;
            }
        }
        self.draining = taken > 0;
        if !ends {
            return;
        }
        let length = std::mem::take(&mut self.length);
        if state & regs::RRTS5_STATE_MASK == regs::RRTS5_GOOD
            && let Ok(report) = Prm::parse(&self.message[..length])
        {
            let told = self.tracker.handle_prm(now, &report);
            self.far_end.hear_report(&told, remote_alarm);
        }
    }
}

/// A code as the chip sends it: of 5 to 8 bits, so that a short one is written twice.
pub(super) fn in_band(code: LoopCode) -> Option<InBand> {
    let bits = (0..=u8::MAX).find(|bits| LoopCode::new(*bits, code.length()) == Some(code))?;
    let (bits, length) = match code.length() {
        3 => (bits << 3 | bits, 6),
        4 => (bits << 4 | bits, 8),
        length => (bits, length),
    };
    let length_code = match length {
        5 => 0,
        6 => 1,
        7 => 2,
        _ => 3,
    };
    Some(InBand { octet: bits << (8 - length), length: length_code })
}

/// One more than a report has, so that longer messages are none.
const LONGEST: usize = tandem_line::t1::PRM_OCTETS + 1;
/// As many octets come in a turn of 8 ms at 4 kbit/s.
const OCTETS_A_TURN: usize = 5;
/// T1.403: a command is repeated ten times at least, 4 ms each; one more, since the first may be cut.
const MESSAGE_LASTS: Frames = Frames::from_ms(44);
/// A code must last five seconds; the chip needs some of that to find it, and is asked only now and then.
const CODE_LASTS: Frames = Frames::from_ms(4900);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_band_codes_are_sent_in_five_to_eight_bits() {
        for (code, octet, length) in [
            (LoopCode::LINE_UP, 0b0000_1000, 0),
            (LoopCode::LINE_DOWN, 0b0010_0100, 1),
            (LoopCode::NETWORK_UP, 0b1100_0000, 0),
        ] {
            let sent = in_band(code).expect("a code that can be sent");
            assert_eq!((sent.octet, sent.length), (octet, length));
        }
    }
}
