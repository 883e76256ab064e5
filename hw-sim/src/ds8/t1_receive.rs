//! A T1 or J1 received: frame alignment by `line`, and above it framing errors, robbed bits, the FDL and the
//! remote alarm.
use super::boc::{BocReceiver, LinkAlarm};
use super::counters::Counter;
use super::e1_receive::when;
use super::heard::Heard;
use super::loop_codes::LoopCode;
use super::registers::{self as reg, Registers, set, state};
use super::status::Status;
use tandem_line::t1::AisCiDetector;
use tandem_line::{FrameWords, Symbols, T1Config, T1Deframer, T1Framing};
use tandem_types::Defect;

/// Receive side of a T1.
#[derive(Clone, Debug)]
pub(super) struct T1Receive {
    framing: T1Framing,
    deframer: T1Deframer,
    /// Frames taken by deframers before this one.
    base: u64,
    /// Number in the superframe of the frame taken last.
    number: u8,
    /// The frame with the last bad framing bit.
    last_bad: Option<u64>,
    /// Where superframes began when alignment was found last, in a superframe's length of bits.
    place: Option<u64>,
    /// Bits A to D of this superframe by channel, bit n for timeslot n; `None` while it cannot be correct.
    robbed: Option<[u32; 4]>,
    /// T1RFDL.
    fdl: u8,
    pub(super) boc: BocReceiver,
    link_alarm: LinkAlarm,
    alarm: bool,
    /// Frames for which the alarm was otherwise than told.
    integrated: u16,
    pub(super) up: LoopCode,
    pub(super) down: LoopCode,
    /// Symbols since the last pulse, of which there are as many as matter.
    before: Symbols,
    zeros: u32,
    /// Frames out of alignment, for FOSCR.
    out: u8,
    ais_ci: AisCiDetector,
    /// Frames since that was told.
    since_ais_ci: u16,
}

impl T1Receive {
    pub(super) const fn new(framing: T1Framing) -> Self {
        Self {
            framing,
            deframer: T1Deframer::new(&T1Config { framing, cas: false }),
            base: 0,
            number: 0,
            last_bad: None,
            place: None,
            robbed: None,
            fdl: 0,
            boc: BocReceiver::new(0),
            link_alarm: NO_ALARM,
            alarm: false,
            integrated: 0,
            up: LoopCode::new(),
            down: LoopCode::new(),
            before: Symbols { pos: 0, neg: 0 },
            zeros: 0,
            out: 0,
            ais_ci: AisCiDetector::new(),
            since_ais_ci: 0,
        }
    }

    /// Loses the alignment.
    pub(super) const fn search(&mut self) {
        self.base += self.deframer.counters().frames;
        self.deframer = T1Deframer::new(&T1Config { framing: self.framing, cas: false });
        self.lose();
    }

    const fn lose(&mut self) {
        (self.last_bad, self.robbed, self.link_alarm) = (None, None, NO_ALARM);
    }

    pub(super) const fn is_aligned(&self) -> bool {
        self.deframer.is_aligned()
    }

    pub(super) const fn fdl(&self) -> u8 {
        self.fdl
    }

    /// RRAI.
    pub(super) const fn alarm(&self) -> bool {
        self.alarm
    }

    /// Watches the pulses for zeros and for the word of B8ZS, 000VB0VB.
    pub(super) fn watch(&mut self, symbols: &[Symbols], status: &mut Status) {
        for word in symbols {
            let (pulses, pos) = (word.pulses(), word.pos);
            let back = |now: u64, before: u64, n: u32| now >> n | before << (64 - n);
            let p = |n: u32| if n == 0 { pulses } else { back(pulses, self.before.pulses(), n) };
            let s = |n: u32| if n == 0 { pos } else { back(pos, self.before.pos, n) };
            let shape = p(0) & p(1) & !p(2) & p(3) & p(4) & !p(5) & !p(6) & !p(7);
            let polarity = (s(0) ^ s(1)) & !(s(1) ^ s(3)) & (s(3) ^ s(4));
            status.latch(2, when(shape & polarity != 0, state::B8ZS));
            let eight = (1..8).fold(!pulses, |runs, n| runs & !p(n));
            if eight != 0 {
                status.latch(2, state::EIGHT_ZEROS);
                let sixteen = eight & (eight >> 8) != 0 || self.zeros + pulses.leading_zeros() >= 16;
                status.latch(2, when(sixteen, state::SIXTEEN_ZEROS));
            }
            self.zeros = if pulses == 0 { 64 } else { pulses.trailing_zeros() };
            self.before = *word;
        }
    }

    /// Takes 193 bits.
    pub(super) fn push(&mut self, bits: &FrameWords, regs: &Registers, status: &mut Status) -> Heard {
        let mut heard = Heard::NOTHING;
        let now = self.deframer.counters().frames;
        self.deframer.push(bits, &mut heard);
        let length = self.framing.superframe();
        self.number = (self.number + 1) % length;
        if let Some(bit) = heard.found_at {
            self.found(bit, now, status);
        }
        if heard.framing_error {
            self.bad_framing_bit(&mut heard, now, regs, status);
        }
        if heard.lost {
            self.lose();
        }
        if heard.crc_error {
            status.counters.add(Counter::Path, 1);
        }
        if heard.aligned {
            self.take(&heard, regs, status);
        }
        self.count_out(heard.aligned, regs, status);
        self.look_for_ais_ci(heard.aligned, bits, status);
        self.judge_alarm(regs);
        heard
    }

    /// Alignment: `bit` is the first of a superframe, `now` the number of the push.
    fn found(&mut self, bit: u64, now: u64, status: &mut Status) {
        let length = u64::from(self.framing.superframe());
        let (first, phase) = (bit / 193, bit % 193);
        // The frame that ended within this push began in the push before, but for phase 0.
        let frames = (now + length).saturating_sub(first + u64::from(phase != 0));
        self.number = (frames % length) as u8;
        let place = (self.base * 193 + bit) % (length * 193);
        if self.place.replace(place).is_some_and(|before| before != place) {
            status.latch(2, state::COFA);
        }
        self.robbed = None;
    }

    fn bad_framing_bit(&mut self, heard: &mut Heard, now: u64, regs: &Registers, status: &mut Status) {
        let extended = self.framing.is_extended();
        status.latch(2, state::FBE);
        status.counters.add(Counter::Framing, u32::from(!regs.has(reg::ERCNT, set::MOSCRF)));
        let is_terminal = self.number & 1 == 0;
        if !extended && (is_terminal || regs.has(reg::ERCNT, set::FSBE)) {
            status.counters.add(Counter::Path, 1);
        }
        let every = if extended { 4 } else { 1 };
        let apart = self.last_bad.replace(now).map_or(u64::MAX, |last| (now - last) / every);
        status.latch(2, when(apart < 6, state::SEFE));
        let limit = match regs.get(reg::T1RCR2) & set::OOF {
            0x00 => 4,
            0x04 => 5,
            _ => 6,
        };
        if apart < limit && !heard.lost {
            self.search();
            (heard.aligned, heard.lost) = (false, true);
        }
        self.robbed = None;
    }

    fn take(&mut self, heard: &Heard, regs: &Registers, status: &mut Status) {
        if self.number == 0 {
            status.latch(4, state::RMF);
            self.robbed = (!heard.framing_error).then_some([0; 4]);
        }
        if let Some(bit) = heard.data_link {
            self.fdl = self.fdl >> 1 | u8::from(bit) << 7;
            let pattern = if regs.has(reg::T1RCR2, set::RRAIS) { 0xffff } else { 0xff00 };
            self.link_alarm.take(bit, pattern);
            let told = self.boc.take(bit);
            status.latch(7, told);
        }
        if self.number % 6 == 5 {
            self.rob(&heard.frame, regs, status);
        }
    }

    fn rob(&mut self, frame: &[u8; 32], regs: &Registers, status: &mut Status) {
        let Some(planes) = &mut self.robbed else { return };
        let bits = (1..25).fold(0, |bits, slot| bits | u32::from(frame[slot] & 1) << slot);
        planes[usize::from(self.number / 6) & 3] = bits;
        if self.number + 1 < self.framing.superframe() {
            return;
        }
        if !self.framing.is_extended() {
            (planes[2], planes[3]) = (planes[0], planes[1]);
        }
        let abcd = |slot: usize| planes.iter().fold(0, |all, plane| all << 1 | (plane >> slot & 1) as u8);
        let octets = std::array::from_fn(|n| if n < 12 { abcd(n + 1) << 4 | abcd(n + 13) } else { 0 });
        status.signalled(&octets, 12, regs.long(reg::RSCSE1));
    }

    /// AIS-CI is told each time that its cycle has passed.
    fn look_for_ais_ci(&mut self, aligned: bool, bits: &FrameWords, status: &mut Status) {
        let change = if aligned { self.ais_ci.restart() } else { self.ais_ci.handle_frame(bits) };
        self.since_ais_ci = self.since_ais_ci.saturating_add(1);
        let again = self.ais_ci.is_present() && self.since_ais_ci >= AIS_CI_CYCLE;
        if change == Some(true) || again {
            self.since_ais_ci = 0;
            status.latch(7, state::RAIS_CI);
        }
    }

    /// Superframes out of alignment.
    fn count_out(&mut self, aligned: bool, regs: &Registers, status: &mut Status) {
        self.out = if aligned { 0 } else { self.out + 1 };
        if self.out >= self.framing.superframe() {
            self.out = 0;
            status.counters.add(Counter::Framing, u32::from(regs.has(reg::ERCNT, set::MOSCRF)));
        }
    }

    fn judge_alarm(&mut self, regs: &Registers) {
        let raw = match self.framing {
            T1Framing::Sf | T1Framing::J1Sf => self.deframer.defects().contains(Defect::Rai),
            T1Framing::Esf | T1Framing::J1Esf => self.link_alarm.is_on(),
        };
        self.integrated = if raw == self.alarm { 0 } else { self.integrated + 1 };
        if self.integrated >= INTEGRATION_FRAMES || !regs.has(reg::T1RCR2, set::RAIIE) {
            (self.alarm, self.integrated) = (raw, 0);
        }
    }
}

const NO_ALARM: LinkAlarm = LinkAlarm::new();
/// 1.26 s.
const AIS_CI_CYCLE: u16 = 10_080;
/// 200 ms.
const INTEGRATION_FRAMES: u16 = 1600;
