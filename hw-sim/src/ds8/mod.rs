//! The octal descriptor-ring card at register level: a bridge with ring DMA before a chip of eight E1/T1/J1 spans.
//!
//! Built from the register contract in `docs/cards/ds8.md`; it knows no driver. The card catches up with time when
//! it is asked for its interrupt line, in units of eight frames: both highways of all spans, the ring, status,
//! counters. Everything behind [`Bus`] allocates nothing and survives any access and any content of its memory.
mod access;
mod bert;
mod boc;
mod bridge;
mod cas;
mod chip;
mod counters;
mod e1_receive;
mod e1_send;
mod hdlc_receive;
mod hdlc_send;
mod heard;
mod liu;
mod loop_codes;
mod los;
mod multiframe;
mod port;
mod receiver;
mod registers;
mod ring;
mod status;
mod t1_receive;
mod t1_send;
mod transmitter;
mod violation;

use crate::clock::TimeBase;
use crate::slot::PowerCycle;
use crate::wire::WireEnd;
use bridge::Bridge;
use chip::Chip;
use ring::{FRAMES, Memory, Ring, SPANS, Unit};
use tandem_card::Bus;
use tandem_rt::{Consumer, Producer};
use tandem_types::{FrameTime, Frames};

/// How a card is made.
#[derive(Clone, Debug, Default)]
pub struct Ds8Config {
    /// The time at which the card begins to exist: its clock is there from then on.
    pub start: FrameTime,
    /// Simulated time is the system clock of this card: that of its oscillator, or of the line that it follows.
    pub time_base: TimeBase,
    /// By how much its oscillator is off, in parts per billion.
    pub oscillator_ppb: i64,
    /// Its serial number; 0 is none.
    pub serial: u32,
}

/// One write to the framer chip, as the trace tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipWrite {
    /// Chip address.
    pub address: u16,
    /// What was written.
    pub value: u8,
}

/// An emulated card of eight spans.
#[derive(Debug)]
pub struct Ds8 {
    chip: Chip,
    bridge: Bridge,
    memory: Memory,
    ring: Ring,
    /// What is being sent and received in this unit.
    sent: Box<Unit>,
    received: Box<Unit>,
    /// Up to where the card has caught up.
    time: FrameTime,
    /// TDM_UNITS.
    units: u32,
    trace: Option<Producer<ChipWrite>>,
    serial: u32,
}

impl Ds8 {
    /// A card whose spans hang on these wires; a span without a wire hears no pulses.
    #[must_use]
    pub fn new(config: Ds8Config, wires: [Option<WireEnd>; 8]) -> Self {
        Self {
            chip: Chip::new(wires, config.time_base, config.oscillator_ppb),
            bridge: Bridge::new(),
            memory: Memory::new(),
            ring: Ring::default(),
            sent: Box::new(SILENT),
            received: Box::new(SILENT),
            time: config.start,
            units: 0,
            trace: None,
            serial: config.serial,
        }
    }

    /// From now on every write to the framer chip is told in the ring that this returns, as long as it has room:
    /// `capacity` writes until the first is taken out. What comes too late is not told.
    pub fn trace(&mut self, capacity: usize) -> Consumer<ChipWrite> {
        let (producer, consumer) = tandem_rt::ring(capacity);
        self.trace = Some(producer);
        consumer
    }

    /// The lights of a span: 0 off, 1 green, 2 red, 3 yellow.
    #[must_use]
    pub const fn led(&self, span: usize) -> u8 {
        if span < SPANS { (self.bridge.gpo >> (16 + 2 * span)) as u8 & 3 } else { 0 }
    }

    const fn chip_runs(&self) -> bool {
        self.bridge.gpo & bridge::FRAMER_RUN != 0
    }

    /// ISR.
    fn conditions(&self) -> u32 {
        let framer = self.chip_runs() && self.chip.asserts();
        self.bridge.raised | if framer { bridge::FRAMER } else { 0 }
    }

    fn set_outputs(&mut self, value: u32) {
        let (ran, tri) = (self.chip_runs(), self.bridge.gpo_tri);
        self.bridge.gpo = self.bridge.gpo & tri | value & !tri;
        if ran && !self.chip_runs() {
            self.chip.reset();
        }
    }

    fn set_control(&mut self, value: u32) {
        if self.bridge.set_control(value) {
            self.ring = Ring::at(self.bridge.dring);
        }
    }

    /// In reset the chip takes nothing in. The trace tells it all the same.
    fn write_chip(&mut self, address: usize, value: u32) {
        let value = value as u8;
        if let Some(trace) = &mut self.trace {
            let _ = trace.push(ChipWrite { address: address as u16, value });
        }
        if self.chip_runs() {
            self.chip.write(address, value);
        }
    }

    fn catch_up(&mut self, now: FrameTime) {
        let due = now.since(self.time).0 / FRAMES as u64;
        let stepped = due.min(MOST_UNITS);
        for _ in 0..stepped {
            self.step();
        }
        self.units = self.units.wrapping_add((due - stepped) as u32);
        self.time += Frames(due * FRAMES as u64);
    }

    /// A unit passes, and the boundary behind it.
    fn step(&mut self) {
        *self.received = SILENT;
        self.chip.set_system_clock(self.bridge.controls(bridge::RECOVER_CLOCK) && self.chip_runs());
        if self.chip_runs() {
            self.chip.step(&self.sent, &mut self.received, |span| self.bridge.signalling_slot(span));
        } else {
            self.chip.idle();
        }
        let began = self.units;
        self.units = began.wrapping_add(1);
        if self.bridge.controls(bridge::DMA_RUNNING) {
            self.boundary(began);
        }
    }

    fn boundary(&mut self, began: u32) {
        if self.chip_runs() {
            let area = self.bridge.signalling_area as usize;
            self.ring.store_signalling(&mut self.memory, area, |span| self.chip.signalling(span));
        }
        let received = if self.bridge.controls(bridge::DMA_LOOPBACK) { &self.sent } else { &self.received };
        if self.ring.complete(&mut self.memory, received, began) {
            self.bridge.raised |= bridge::DESC_COMPLETE;
        }
        *self.sent = SILENT;
        if !self.bridge.controls(bridge::ENABLE_DMA) {
            self.bridge.stop(bridge::DMA_STOPPED);
        } else if !self.ring.take(&self.memory, &mut self.sent) {
            self.bridge.stop(bridge::DESC_UNDERRUN);
        }
    }
}

impl PowerCycle for Ds8 {
    fn power_cycle(&mut self, now: FrameTime) {
        self.chip.reset();
        (self.bridge, self.ring) = (Bridge::new(), Ring::default());
        *self.sent = SILENT;
        (self.units, self.time) = (0, now);
    }

    fn set_serial(&mut self, serial: u32) {
        self.serial = serial;
    }
}

impl Bus for Ds8 {
    fn read32(&mut self, word: usize) -> u32 {
        match word {
            bridge::GPO => self.bridge.gpo,
            bridge::GPO_TRI => self.bridge.gpo_tri,
            bridge::ISR => self.conditions(),
            bridge::IER => self.bridge.enabled,
            bridge::MER => self.bridge.master,
            bridge::TDM_DRING => self.bridge.dring,
            bridge::TDM_CONTROL => self.bridge.control,
            bridge::TDM_UNITS => self.units,
            bridge::TDM_SIGADDR => self.bridge.signalling_area,
            bridge::TDM_SIGSLOT1 | bridge::TDM_SIGSLOT2 => {
                self.bridge.signalling_slots[word - bridge::TDM_SIGSLOT1]
            }
            bridge::TDM_VERSION => bridge::VERSION,
            bridge::TDM_SERIAL => self.serial,
            bridge::CHIP_WINDOW..bridge::CHIP_END if self.chip_runs() => {
                self.chip.read(word - bridge::CHIP_WINDOW).into()
            }
            _ => 0,
        }
    }

    fn write32(&mut self, word: usize, value: u32) {
        match word {
            bridge::GPO => self.set_outputs(value),
            bridge::GPO_TRI => self.bridge.gpo_tri = value,
            bridge::IER => self.bridge.enabled = value,
            bridge::IAR => self.bridge.raised &= !value,
            bridge::MER => self.bridge.master = value,
            bridge::TDM_DRING => self.bridge.dring = value,
            bridge::TDM_CONTROL => self.set_control(value),
            bridge::TDM_SIGADDR => self.bridge.signalling_area = value,
            bridge::TDM_SIGSLOT1 | bridge::TDM_SIGSLOT2 => {
                self.bridge.signalling_slots[word - bridge::TDM_SIGSLOT1] = value;
            }
            bridge::CHIP_WINDOW..bridge::CHIP_END => self.write_chip(word - bridge::CHIP_WINDOW, value),
            _ => {}
        }
    }

    fn dma_size(&self) -> usize {
        ring::SIZE
    }

    fn dma_read(&mut self, offset: usize, into: &mut [u8]) {
        self.memory.read(offset, into);
    }

    fn dma_write(&mut self, offset: usize, from: &[u8]) {
        self.memory.write(offset, from);
    }

    fn interrupt(&mut self, now: FrameTime) -> bool {
        self.catch_up(now);
        self.bridge.master & 3 == 3 && self.conditions() & self.bridge.enabled != 0
    }

    fn runs_by_itself(&self) -> bool {
        false
    }
}

/// Highways that are not told what to carry.
const SILENT: Unit = [[[0xff; 32]; FRAMES]; SPANS];

/// How many units are caught up at a time. Whoever stays away for longer than a second finds that the rest has
/// passed without the card.
const MOST_UNITS: u64 = 1000;
