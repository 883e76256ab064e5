//! One span: its registers, both directions, the BERT, the line interface and the wire behind it.
use super::bert::Bert;
use super::e1_send::Consequence;
use super::liu::LineInterface;
use super::receiver::{IDLE, Receiver};
use super::registers::{self as reg, Registers, set, state};
use super::ring::{FRAMES, Piece};
use super::transmitter::{Surroundings, Transmitter};
use crate::clock::{LineRate, Pace};
use crate::wire::{WireControl, WireEnd, most_words};
use tandem_line::{Encoder, LineCode, Symbols};

/// One span.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) regs: Registers,
    pub(super) receiver: Receiver,
    pub(super) transmitter: Transmitter,
    pub(super) bert: Bert,
    pub(super) liu: LineInterface,
    line: Line,
    /// GFSRR.
    in_reset: bool,
    /// Ones in place of what the transmitter makes.
    ones: Encoder,
}

/// The wire, or what stands for it.
#[derive(Debug)]
struct Line {
    wire: Option<(WireEnd, WireControl)>,
    /// The paces of a span without a wire, for E1 and T1: what it hears, and what it sends.
    hears: [Pace; 2],
    sends: [Pace; 2],
    /// Words due on the line, less those sent.
    owed: i64,
    /// The clock that the wire was told to send by; none for the system clock.
    clock: Option<i64>,
}

/// Words of the line in a step.
type Words = [Symbols; MOST];
const MOST: usize = most_words(FRAMES);
const SILENCE: Words = [Symbols { pos: 0, neg: 0 }; MOST];

impl Port {
    pub(super) fn new(wire: Option<WireEnd>) -> Self {
        Self {
            regs: Registers::new(),
            receiver: Receiver::new(),
            transmitter: Transmitter::new(),
            bert: Bert::new(),
            liu: LineInterface::new(wire.is_some()),
            line: Line::new(wire),
            in_reset: false,
            ones: Encoder::new(LineCode::Ami),
        }
    }

    /// GFSRR: framer and BERT are held in reset.
    pub(super) fn set_reset(&mut self, on: bool) {
        if on {
            self.regs = Registers::new();
            (self.receiver, self.transmitter, self.bert) = (Receiver::new(), Transmitter::new(), Bert::new());
        }
        self.in_reset = on;
    }

    /// Everything as after power-on; the clock of the wire is the system's again.
    pub(super) fn reset(&mut self) {
        self.set_reset(true);
        self.in_reset = false;
        self.liu.set_reset(true);
        self.liu.set_reset(false);
        self.line.send_by(None);
    }

    /// RIIR or TIIR is not 0.
    pub(super) fn asserts(&self) -> bool {
        self.receive_information() != 0 || self.transmitter.information(&self.regs) != 0
    }

    /// RIIR.
    pub(super) fn receive_information(&self) -> u8 {
        self.receiver.status.information(self.regs.row(reg::RIM1), self.regs.is_e1())
    }

    /// The clock received, unless there is no signal.
    pub(super) fn received_ppb(&self) -> Option<i64> {
        let (wire, _) = self.line.wire.as_ref()?;
        (self.receives() && !self.receiver.is_lost()).then(|| wire.received_ppb())
    }

    pub(super) const fn is_in_reset(&self) -> bool {
        self.in_reset
    }

    pub(super) fn receives(&self) -> bool {
        self.regs.get(reg::RMMR) & RUNS == RUNS
    }

    /// Eight frames pass without the chip: nothing is sent, and what comes is not heard.
    pub(super) fn idle(&mut self) {
        let _ = self.line.listen(true);
        let due = self.line.due(true);
        self.line.speak(&SILENCE[..due]);
    }

    /// Eight frames pass: `sent` leaves from the transmit highway, `received` arrives on the receive highway.
    /// `oscillator` is the offset of the master clock.
    pub(super) fn step(&mut self, sent: &Piece, received: &mut Piece, oscillator: i64) {
        let e1 = self.regs.is_e1();
        self.follow_clock(oscillator);
        let agrees = e1 != self.liu.is_t1();
        let (mut heard, count) = self.line.listen(e1);
        if !agrees || !self.liu.listens() {
            heard = SILENCE;
        }
        let due = self.line.due(self.regs.has(reg::TMMR, set::E1));
        let mut own = SILENCE;
        for (number, (sent, received)) in sent.iter().zip(received).enumerate() {
            let mut words = [0; most_words(2)];
            let from = number * due / FRAMES;
            let made = (number + 1) * due / FRAMES - from;
            let words = &mut words[..made];
            self.transmitter.write(sent, &self.regs);
            self.make(words, &mut own[from..from + made]);
            let place = (number * count).div_ceil(FRAMES)..((number + 1) * count).div_ceil(FRAMES);
            let symbols = if self.liu.is_looped() { &own[from..from + made] } else { &heard[place] };
            self.liu.hear(symbols);
            *received = self.take(words, symbols);
        }
        self.send(agrees, &own[..due], &heard[..count]);
    }

    /// The words that the transmitter makes of a frame of the highway, and their symbols.
    fn make(&mut self, words: &mut [u64], symbols: &mut [Symbols]) {
        let e1 = self.receiver.as_e1();
        let now = self.receiver.now();
        let misses = e1.is_some_and(|e1| e1.misses_multiframe());
        let receive = Consequence {
            alarm: misses || now & (state::RLOS | state::RLOF | state::RAIS) != 0,
            has_multiframe: e1.is_some_and(|e1| e1.has_multiframe()),
        };
        let (regs, received) = (&self.regs, self.receiver.frame());
        let mut around = Surroundings { regs, bert: &mut self.bert, receive, received };
        self.transmitter.words(words, &mut around);
        self.transmitter.encode(words, symbols);
    }

    /// A frame's time of receiving, from the transmitter or from the line.
    fn take(&mut self, words: &[u64], symbols: &[Symbols]) -> [u8; 32] {
        if !self.receives() {
            return IDLE;
        }
        let (regs, transmitter) = (&self.regs, &mut self.transmitter);
        let errored = |smf| transmitter.report(smf);
        if regs.has(reg::RCR3, set::FLB) {
            self.receiver.take_bits(words, regs, &mut self.bert, errored);
        } else {
            self.receiver.take_symbols(symbols, regs, &mut self.bert, errored);
        }
        self.receiver.read(regs)
    }

    fn send(&mut self, agrees: bool, own: &[Symbols], heard: &[Symbols]) {
        let framer_loop = self.regs.has(reg::RCR3, set::FLB) && !self.regs.has(reg::TMMR, set::E1);
        if !agrees || !self.liu.speaks() {
            self.line.speak(&SILENCE[..own.len()]);
        } else if self.liu.returns() {
            self.line.speak(heard);
        } else if self.liu.sends_ones() || framer_loop {
            let mut ones = SILENCE;
            let ones = &mut ones[..own.len()];
            self.ones.encode(&[u64::MAX; MOST], ones);
            self.line.speak(ones);
        } else {
            self.line.speak(own);
        }
    }

    /// What the line is sent by: TCSS, or the line itself in the remote loop. The sending end of a wire has its
    /// clock, so the wire is told; one that was made with a clock of its own keeps it until then.
    fn follow_clock(&mut self, oscillator: i64) {
        let own = || self.received_ppb().unwrap_or(oscillator);
        let clock = match self.regs.get(reg::TCR3) & set::TCSS {
            _ if self.liu.returns() => Some(own()),
            0x20 => Some(oscillator),
            0x30 => Some(own()),
            _ => None,
        };
        self.line.send_by(clock);
    }
}

impl Line {
    fn new(wire: Option<WireEnd>) -> Self {
        let wire = wire.map(|wire| {
            let control = wire.control();
            (wire, control)
        });
        let hears = [LineRate::E1, LineRate::T1].map(|rate| Pace::new(rate, None));
        Self { wire, sends: hears.clone(), hears, owed: 0, clock: None }
    }

    /// What came in eight frames, and how many words that is.
    fn listen(&mut self, e1: bool) -> (Words, usize) {
        let mut heard = SILENCE;
        let count = match &mut self.wire {
            Some((wire, _)) => wire.receive(FRAMES, &mut heard),
            None => self.hears[usize::from(!e1)].advance(FRAMES, 0).min(MOST),
        };
        (heard, count)
    }

    /// How many words are to be sent in eight frames.
    fn due(&mut self, e1: bool) -> usize {
        let due = match &mut self.wire {
            Some((wire, _)) => wire.due(FRAMES),
            None => self.sends[usize::from(!e1)].advance(FRAMES, 0),
        };
        self.owed = self.owed.saturating_add(due as i64);
        self.owed.clamp(0, MOST as i64) as usize
    }

    fn speak(&mut self, symbols: &[Symbols]) {
        self.owed -= symbols.len() as i64;
        if let Some((wire, _)) = &mut self.wire {
            wire.send(symbols);
        }
    }

    fn send_by(&mut self, clock: Option<i64>) {
        if let Some((wire, control)) = &self.wire
            && clock != self.clock
        {
            control.set_ppb(wire.sends(), clock);
        }
        self.clock = clock;
    }
}

/// RMMR, TMMR: framer on, and its set-up complete.
pub(super) const RUNS: u8 = set::FRM_EN | set::INIT_DONE;
