//! The quad-span FALC card at register level: a PCI bridge with bus-master DMA before four E1 framers.
//!
//! Built from the register contract in `docs/cards/falc4.md` and the framer's data sheet; it knows no driver.
//! The card catches up with time when it is asked for its interrupt line, in whole milliseconds: both
//! highways of all spans, DMA, status, counters. Everything behind [`Bus`] allocates nothing and survives
//! any access.
mod bridge;
mod counters;
mod dma;
mod interrupts;
mod line_test;
mod los;
mod receiver;
mod registers;
mod span;
mod transmitter;

use crate::clock::TimeBase;
use crate::slot::PowerCycle;
use crate::wire::WireEnd;
use bridge::Strobe;
use dma::{FRAMES, Memory, Piece};
use span::Span;
use tandem_card::Bus;
use tandem_rt::{Consumer, Producer, ring};
use tandem_types::{FrameTime, Frames};

/// How a card is made.
#[derive(Clone, Debug, Default)]
pub struct Falc4Config {
    /// The time at which the card begins to exist: its clock is there from then on.
    pub start: FrameTime,
    /// Simulated time is the clock of this card, or of the line that it follows.
    pub time_base: TimeBase,
    /// By how much its oscillator is off, in parts per billion.
    pub oscillator_ppb: i64,
    /// Its serial number; 0 is none.
    pub serial: u32,
}

/// One write to a framer register, as the trace tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FramerWrite {
    /// Span, from 0.
    pub span: u8,
    /// Offset of the register.
    pub register: u8,
    /// What was written.
    pub value: u8,
}

/// An emulated card of four E1 spans.
#[derive(Debug)]
pub struct Falc4 {
    spans: [Span; 4],
    memory: Memory,
    /// The words of the bridge that only keep what is written, by word.
    kept: [u32; 15],
    /// Up to where the card has caught up.
    time: FrameTime,
    /// Buffers completed since the DMA was started. The parity names the half the card works on.
    completed: u32,
    buffer_pending: bool,
    trace: Option<Producer<FramerWrite>>,
    serial: u32,
    time_base: TimeBase,
    oscillator_ppb: i64,
}

impl Falc4 {
    /// A card whose spans hang on these wires; a span without a wire hears no pulses.
    #[must_use]
    pub fn new(config: Falc4Config, wires: [Option<WireEnd>; 4]) -> Self {
        config.time_base.set_ppb(config.oscillator_ppb);
        Self {
            time_base: config.time_base,
            oscillator_ppb: config.oscillator_ppb,
            spans: wires.map(Span::new),
            memory: Memory::new(),
            kept: [0; 15],
            time: config.start,
            completed: 0,
            buffer_pending: false,
            trace: None,
            serial: config.serial,
        }
    }

    /// From now on every write to a framer register is told in the ring that this returns, as long as it has
    /// room: `capacity` writes until the first is taken out. What comes too late is not told.
    pub fn trace(&mut self, capacity: usize) -> Consumer<FramerWrite> {
        let (producer, consumer) = ring(capacity);
        self.trace = Some(producer);
        consumer
    }

    /// The colour of a span's light: 0 off, 1 red, 2 green, 3 yellow.
    #[must_use]
    pub fn led(&self, span: usize) -> u8 {
        if span < self.spans.len() { (self.kept[bridge::LEDS] >> (2 * span)) as u8 & 3 } else { 0 }
    }

    fn active(&self) -> bool {
        self.kept[bridge::LEDS] & bridge::LEDS_ACTIVATE != 0
    }

    fn runs(&self) -> bool {
        self.kept[bridge::DMACTRL] & bridge::DMACTRL_RUN == bridge::DMACTRL_RUN
    }

    /// CIS: bit n when span n has an unmasked interrupt.
    fn channels(&self) -> u8 {
        let pending = self.spans.iter().map(|span| span.interrupts() != 0);
        pending.enumerate().fold(0, |bits, (span, pending)| bits | (u8::from(pending) << span))
    }

    fn interrupt_status(&self) -> u32 {
        let framer = if self.channels() != 0 { bridge::INTR_FRAMER } else { 0 };
        let buffer = if self.buffer_pending { bridge::INTR_DMA } else { 0 };
        let ident = (self.completed & bridge::INTR_IDENT_MASK) << bridge::INTR_IDENT_SHIFT;
        framer | buffer | ident
    }

    fn set_leds(&mut self, value: u32) {
        let was_active = self.active();
        self.kept[bridge::LEDS] = value;
        if was_active && !self.active() {
            self.spans.iter_mut().for_each(Span::reset);
        }
    }

    fn set_dma_control(&mut self, value: u32) {
        let ran = self.runs();
        self.kept[bridge::DMACTRL] = value;
        if self.runs() != ran {
            self.completed = 0;
            self.buffer_pending = false;
        }
    }

    fn set_framer_address(&mut self, value: u32) {
        let before = std::mem::replace(&mut self.kept[bridge::LADDR], value);
        match bridge::strobe(before, value) {
            Strobe::Nothing => {}
            Strobe::Read { span, offset } => self.kept[bridge::LDATA] = self.read_framer(span, offset).into(),
            Strobe::Write { span, offset } => self.write_framer(span, offset),
        }
    }

    /// In reset the framers drive nothing onto their bus.
    fn read_framer(&mut self, span: usize, offset: u8) -> u8 {
        let (active, channels) = (self.active(), self.channels());
        match self.spans.get_mut(span) {
            Some(span) if active => span.read(offset, channels),
            _ => 0,
        }
    }

    /// In reset the framers take nothing in. The trace tells it all the same.
    fn write_framer(&mut self, span: usize, offset: u8) {
        let value = self.kept[bridge::LDATA] as u8;
        if let Some(trace) = &mut self.trace {
            let _ = trace.push(FramerWrite { span: span as u8, register: offset, value });
        }
        let active = self.active();
        if let Some(span) = self.spans.get_mut(span).filter(|_| active) {
            span.write(offset, value);
        }
    }

    fn catch_up(&mut self, now: FrameTime) {
        let due = now.since(self.time).0 / FRAMES as u64;
        for _ in 0..due.min(MOST_PIECES) {
            self.step();
        }
        self.time += Frames(due * FRAMES as u64);
    }

    /// Follows a line, with its clock as it is now, or runs by the oscillator. Of a line that is lost, the last clock
    /// is held.
    fn keep_time(&self) {
        if self.kept[bridge::DMACTRL] & bridge::DMACTRL_RCLK == 0 {
            return self.time_base.set_ppb(self.oscillator_ppb);
        }
        let source = usize::from(self.spans[0].written(registers::CMR1) >> 6);
        if let Some(ppb) = self.spans[source].received_ppb() {
            self.time_base.set_ppb(ppb);
        }
    }

    /// Eight frames of all spans.
    fn step(&mut self) {
        if self.runs() {
            self.keep_time();
        }
        if !self.active() {
            self.spans.iter_mut().for_each(Span::idle);
        } else if self.runs() {
            self.step_with_dma();
        } else {
            self.spans.iter_mut().for_each(|span| span.step(&IDLE, &mut IDLE.clone(), 0));
        }
        if self.runs() {
            self.completed = self.completed.wrapping_add(1);
            self.buffer_pending = true;
        }
    }

    fn step_with_dma(&mut self) {
        let half = self.completed as usize & 1;
        let [to_host, from_host] = [self.kept[bridge::RDADDR], self.kept[bridge::WRADDR]];
        let slots = self.kept[bridge::SIGSLOT].to_le_bytes();
        for (number, span) in self.spans.iter_mut().enumerate() {
            let (mut sent, mut received) = (IDLE, IDLE);
            self.memory.fetch(from_host, half, number, &mut sent);
            span.step(&sent, &mut received, slots[number]);
            self.memory.store(to_host, half, number, &received);
            if let Some(octets) = span.signalling().kept() {
                self.memory.store_signalling(self.kept[bridge::SIGADDR], half, number, octets);
            }
        }
    }
}

impl PowerCycle for Falc4 {
    fn power_cycle(&mut self, now: FrameTime) {
        self.spans.iter_mut().for_each(Span::reset);
        self.kept = [0; 15];
        (self.completed, self.buffer_pending, self.time) = (0, false, now);
    }

    fn set_serial(&mut self, serial: u32) {
        self.serial = serial;
    }
}

impl Bus for Falc4 {
    fn read32(&mut self, word: usize) -> u32 {
        match word {
            bridge::INTR => self.interrupt_status(),
            bridge::VERSION => bridge::VERSION_VALUE,
            bridge::SERIAL => self.serial,
            bridge::RDADDR
            | bridge::WRADDR
            | bridge::COUNT
            | bridge::DMACTRL
            | bridge::LEDS
            | bridge::LADDR
            | bridge::LDATA
            | bridge::SIGADDR
            | bridge::SIGSLOT => self.kept[word],
            _ => bridge::UNUSED,
        }
    }

    fn write32(&mut self, word: usize, value: u32) {
        match word {
            // Acknowledges the completed buffer. A framer interrupt stays until its ISR is read.
            bridge::INTR => self.buffer_pending = false,
            bridge::DMACTRL => self.set_dma_control(value),
            bridge::LEDS => self.set_leds(value),
            bridge::LADDR => self.set_framer_address(value),
            bridge::LDATA => self.kept[word] = value & 0xff,
            bridge::RDADDR | bridge::WRADDR | bridge::COUNT | bridge::SIGADDR | bridge::SIGSLOT => {
                self.kept[word] = value;
            }
            _ => {}
        }
    }

    fn dma_size(&self) -> usize {
        dma::SIZE
    }

    fn dma_read(&mut self, offset: usize, into: &mut [u8]) {
        self.memory.read(offset, into);
    }

    fn dma_write(&mut self, offset: usize, from: &[u8]) {
        self.memory.write(offset, from);
    }

    fn interrupt(&mut self, now: FrameTime) -> bool {
        self.catch_up(now);
        self.interrupt_status() & (bridge::INTR_FRAMER | bridge::INTR_DMA) != 0
    }

    fn runs_by_itself(&self) -> bool {
        false
    }
}

/// The highway of a card that is not told what to send.
const IDLE: Piece = [[0xff; 32]; FRAMES];

/// How many milliseconds are caught up at a time. Whoever stays away for longer than a second finds that
/// the rest has passed without the card.
const MOST_PIECES: u64 = 1000;
