//! Receive side of a span: symbols in; frames of the receive highway, status, counters and messages out.
use super::bert::Bert;
use super::counters::Counter;
use super::e1_receive::{E1Receive, when};
use super::hdlc_receive::HdlcReceive;
use super::heard::{Ais, Heard};
use super::los::{Criteria, LossOfSignal};
use super::registers::{self as reg, Registers, set, state};
use super::status::Status;
use super::t1_receive::T1Receive;
use crate::signalling_slot::SignallingSlot;
use crate::wire::most_words;
use tandem_line::{Decoder, ElasticStore, LineCode, Slip, Smf, Symbols, T1Framing, Unpacker};

/// What the registers say that cannot change while alignment stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    E1 { nfas_loss: bool },
    T1(T1Framing),
}

// Every span has one, in place.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
enum Deframing {
    E1(E1Receive),
    T1(T1Receive),
}

/// Receive side of one span.
#[derive(Debug)]
pub(super) struct Receiver {
    mode: Mode,
    code: LineCode,
    decoder: Decoder,
    unpacker: Unpacker,
    deframing: Deframing,
    los: LossOfSignal,
    ais: Ais,
    store: ElasticStore,
    /// RRTS1 and RRTS3.
    now: u8,
    codes: u8,
    pub(super) status: Status,
    pub(super) hdlc: HdlcReceive,
    pub(super) signalling: SignallingSlot,
    /// Alignment was lost while the search was forbidden.
    halted: bool,
    /// Frames of this second and of this period of the counters.
    second: u32,
    period: u32,
    /// The last frame of the highway as it came from the store.
    frame: [u8; 32],
}

impl Receiver {
    pub(super) fn new() -> Self {
        let mode = Mode::T1(T1Framing::Esf);
        Self {
            mode,
            code: LineCode::Ami,
            decoder: Decoder::new(LineCode::Ami),
            unpacker: Unpacker::new(193),
            deframing: mode.search(),
            los: LossOfSignal::new(),
            ais: Ais::new(),
            store: ElasticStore::new(),
            now: state::RLOF,
            codes: 0,
            status: Status::new(),
            hdlc: HdlcReceive::new(),
            signalling: SignallingSlot::default(),
            halted: false,
            second: 0,
            period: 0,
            frame: IDLE,
        }
    }

    /// As before INIT_DONE: nothing is searched, and nothing but RLOF is told. What is latched and counted stays.
    pub(super) fn rest(&mut self, regs: &Registers) {
        let (status, hdlc) = (self.status.clone(), self.hdlc.clone());
        *self = Self { status, hdlc, ..Self::new() };
        self.configure(regs);
    }

    /// RRTS1 and RRTS3.
    pub(super) const fn now(&self) -> u8 {
        self.now
    }

    pub(super) const fn codes(&self) -> u8 {
        self.codes
    }

    pub(super) const fn is_lost(&self) -> bool {
        self.now & state::RLOS != 0
    }

    /// The last frame of the highway.
    pub(super) const fn frame(&self) -> &[u8; 32] {
        &self.frame
    }

    pub(super) const fn as_e1(&self) -> Option<&E1Receive> {
        match &self.deframing {
            Deframing::E1(e1) => Some(e1),
            Deframing::T1(_) => None,
        }
    }

    pub(super) const fn as_t1(&self) -> Option<&T1Receive> {
        match &self.deframing {
            Deframing::E1(_) => None,
            Deframing::T1(t1) => Some(t1),
        }
    }

    pub(super) const fn as_t1_mut(&mut self) -> Option<&mut T1Receive> {
        match &mut self.deframing {
            Deframing::E1(_) => None,
            Deframing::T1(t1) => Some(t1),
        }
    }

    /// Takes over what was written. What stays as it is keeps its state.
    pub(super) fn configure(&mut self, regs: &Registers) {
        let (mode, code) = (Mode::of(regs), regs.line_code(reg::RMMR));
        if code != self.code {
            (self.code, self.decoder) = (code, Decoder::new(code));
        }
        if mode != self.mode {
            if mode.bits() != self.mode.bits() {
                self.unpacker = Unpacker::new(mode.bits());
            }
            (self.mode, self.deframing) = (mode, mode.search());
            self.halted = false;
        }
        self.halted &= regs.has(reg::RCR1, set::SYNCE);
        if let Deframing::T1(t1) = &mut self.deframing {
            let lengths = regs.get(reg::RCR2);
            t1.up.set(regs.pair(reg::T1RUPCD1), lengths >> 3);
            t1.down.set(regs.pair(reg::T1RDNCD1), lengths);
        }
    }

    /// RESYNC: a search begins.
    pub(super) fn resync(&mut self, regs: &Registers) {
        self.deframing.search();
        self.halted = false;
        self.tell(regs);
    }

    /// Takes symbols from the line; `errored` hears of every block with a wrong CRC-4.
    pub(super) fn take_symbols(
        &mut self,
        symbols: &[Symbols],
        regs: &Registers,
        bert: &mut Bert,
        errored: impl FnMut(Smf),
    ) {
        let criteria = match &mut self.deframing {
            Deframing::E1(_) if regs.has(reg::RCR2, set::RLOSA) => &Criteria::E1_LONG,
            Deframing::E1(_) => &Criteria::E1,
            Deframing::T1(t1) => {
                t1.watch(symbols, &mut self.status);
                &Criteria::T1
            }
        };
        self.los.push(criteria, symbols);
        let mut words = [0; most_words(2)];
        let words = &mut words[..symbols.len().min(most_words(2))];
        let report = self.decoder.decode(symbols, words);
        let zeros = if regs.has(reg::ERCNT, set::LCVCRF) { report.excess_zeros } else { 0 };
        self.status.counters.add(Counter::CodeViolations, report.line_code_violations.saturating_add(zeros));
        self.take_words(words, regs, bert, errored);
    }

    /// Takes bits from the framer loop, which has no line.
    pub(super) fn take_bits(
        &mut self,
        words: &[u64],
        regs: &Registers,
        bert: &mut Bert,
        errored: impl FnMut(Smf),
    ) {
        self.los = LossOfSignal::new();
        self.take_words(words, regs, bert, errored);
    }

    fn take_words(&mut self, words: &[u64], regs: &Registers, bert: &mut Bert, mut errored: impl FnMut(Smf)) {
        for word in words {
            if let Some(bits) = self.unpacker.push(*word)
                && let Some(smf) = self.take_frame(&bits, regs, bert)
            {
                errored(smf);
            }
        }
    }

    fn take_frame(&mut self, bits: &[u64; 4], regs: &Registers, bert: &mut Bert) -> Option<Smf> {
        self.ais.take(bits, regs.is_e1());
        let (heard, errored) = if self.halted {
            (Heard::NOTHING, None)
        } else {
            match &mut self.deframing {
                Deframing::E1(e1) => e1.push(bits, regs, &mut self.status),
                Deframing::T1(t1) => (t1.push(bits, regs, &mut self.status), None),
            }
        };
        self.halted |= heard.lost && regs.has(reg::RCR1, set::SYNCE);
        if let Deframing::T1(t1) = &mut self.deframing
            && !self.los.is_lost()
        {
            t1.up.take(bits);
            t1.down.take(bits);
        }
        self.test(bits, &heard, regs, bert);
        self.messages(&heard, regs);
        self.tell(regs);
        let usable = heard.aligned && !self.los.is_lost();
        let frame = if usable { &heard.frame } else { &IDLE };
        self.signalling.take(frame);
        let slip = self.store.write(frame);
        self.note_slip(slip);
        if !self.is_lost() {
            self.count_time(1, regs);
        }
        errored
    }

    /// The bits of the BERT, before the store.
    fn test(&self, bits: &[u64; 4], heard: &Heard, regs: &Registers, bert: &mut Bert) {
        if !regs.has(reg::RXPC, set::BERT_ON) {
            return;
        }
        if regs.has(reg::RXPC, set::BERT_UNFRAMED) {
            let bit = |place: u32| bits[place as usize / 64] >> (63 - place % 64) & 1 != 0;
            return (0..self.mode.bits()).for_each(|place| bert.take(bit(place)));
        }
        if !heard.aligned {
            return;
        }
        let (slots, left_out) = (regs.timeslots(reg::RBPCS1), regs.get(reg::RBPBS));
        for (slot, octet) in heard.frame.iter().enumerate() {
            for place in (0..8).rev() {
                if slots >> slot & 1 != 0 && left_out >> place & 1 == 0 {
                    bert.take(octet >> place & 1 != 0);
                }
            }
        }
    }

    fn messages(&mut self, heard: &Heard, regs: &Registers) {
        let rhc = regs.get(reg::RHC);
        if !heard.aligned {
            return self.hdlc.restart();
        }
        if rhc & set::RHMS != 0 {
            if let Some(bit) = heard.data_link {
                let told = self.hdlc.take(rhc, bit);
                self.status.latch(5, told);
            }
            return;
        }
        let slot = usize::from(rhc & set::RHCS);
        if slot > 0 && (regs.is_e1() || slot <= 24) {
            for place in (0..8).rev() {
                let told = self.hdlc.take(rhc, heard.frame[slot] >> place & 1 != 0);
                self.status.latch(5, told);
            }
        }
    }

    /// A frame of the system clock: the receive highway.
    pub(super) fn read(&mut self, regs: &Registers) -> [u8; 32] {
        if self.is_lost() != self.los.is_lost() {
            self.tell(regs);
        }
        if self.is_lost() {
            self.count_time(1, regs);
        }
        let (frame, slip) = self.store.read();
        self.frame = *frame;
        self.note_slip(slip);
        let mut highway = self.frame;
        if !regs.has(reg::RESCR, set::STORE) || self.now & (state::RLOF | state::RLOS) != 0 {
            return IDLE;
        }
        let (codes, first): (u32, usize) = (regs.timeslots(reg::RCICE1), usize::from(!regs.is_e1()));
        if codes != 0 {
            let idle: [u8; 32] = regs.row(reg::RIDR1);
            for (slot, octet) in highway.iter_mut().enumerate().filter(|(slot, _)| codes >> slot & 1 != 0) {
                *octet = idle[(slot + 32 - first) & 31];
            }
        }
        highway
    }

    fn note_slip(&mut self, slip: Option<Slip>) {
        match slip {
            Some(Slip::Deleted) => self.status.latch(4, state::RESF | state::RSLIP),
            Some(Slip::Repeated) => self.status.latch(4, state::RESEM | state::RSLIP),
            None => {}
        }
    }

    /// RRTS1 and RRTS3, and the edges that they show.
    fn tell(&mut self, regs: &Registers) {
        let (aligned, alarm, distant) = match &self.deframing {
            Deframing::E1(e1) => {
                let (alarm, distant) = e1.alarms();
                (e1.is_aligned(), alarm, distant && !regs.has(reg::RCR1, set::RSIGM))
            }
            Deframing::T1(t1) => (t1.is_aligned(), t1.alarm(), false),
        };
        let now = when(alarm, state::RRAI)
            | when(self.ais.is_there(), state::RAIS)
            | when(self.los.is_lost(), state::RLOS)
            | when(!aligned || self.halted, state::RLOF);
        let codes = match &self.deframing {
            Deframing::E1(_) => when(distant, state::RDMA),
            Deframing::T1(t1) => when(t1.down.is_there(), state::LDN) | when(t1.up.is_there(), state::LUP),
        };
        self.status.latch_edges(1, std::mem::replace(&mut self.now, now), now);
        self.status.latch_edges(3, std::mem::replace(&mut self.codes, codes), codes);
    }

    /// Frames of the clock that counts seconds.
    fn count_time(&mut self, frames: u32, regs: &Registers) {
        self.second += frames;
        self.period += frames;
        let ercnt = regs.get(reg::ERCNT);
        let short = if regs.is_e1() { 500 } else { 333 };
        if ercnt & (set::EAMS | set::ECUS) == set::ECUS && self.period >= short {
            self.latch_counters();
        }
        if self.second >= 8000 {
            self.second = 0;
            if ercnt & set::SECOND_OF_SPAN_0 == 0 {
                self.second_passed(regs);
            }
        }
    }

    /// A second of this span, or of span 0 if the registers want that one.
    pub(super) fn second_passed(&mut self, regs: &Registers) {
        self.status.latch(4, state::SECOND);
        if regs.get(reg::ERCNT) & (set::EAMS | set::ECUS) == 0 {
            self.latch_counters();
        }
    }

    /// Frames of the second that goes on.
    pub(super) const fn second(&self) -> u32 {
        self.second
    }

    pub(super) fn latch_counters(&mut self) {
        self.period = 0;
        self.status.counters.latch();
        self.status.latch(4, state::TIMER);
    }
}

impl Mode {
    fn of(regs: &Registers) -> Self {
        let rcr1 = regs.get(reg::RCR1);
        match (regs.is_e1(), rcr1 & set::RFM != 0) {
            (true, _) => Self::E1 { nfas_loss: rcr1 & set::FRC != 0 },
            (false, true) if regs.has(reg::T1RCR2, set::RRAIS) => Self::T1(T1Framing::J1Sf),
            (false, true) => Self::T1(T1Framing::Sf),
            (false, false) if rcr1 & set::RJC != 0 => Self::T1(T1Framing::J1Esf),
            (false, false) => Self::T1(T1Framing::Esf),
        }
    }

    const fn bits(self) -> u32 {
        match self {
            Self::E1 { .. } => 256,
            Self::T1(_) => 193,
        }
    }

    const fn search(self) -> Deframing {
        match self {
            Self::E1 { nfas_loss } => Deframing::E1(E1Receive::new(nfas_loss)),
            Self::T1(framing) => Deframing::T1(T1Receive::new(framing)),
        }
    }
}

impl Deframing {
    const fn search(&mut self) {
        match self {
            Self::E1(e1) => e1.search(),
            Self::T1(t1) => t1.search(),
        }
    }
}

/// A frame of the highway with nothing on it.
pub(super) const IDLE: [u8; 32] = [0xff; 32];
