//! The framer chip: eight spans, the registers that they share, and the clocks.
use super::port::Port;
use super::ring::{SPANS, Unit};
use crate::clock::TimeBase;
use crate::signalling_slot;
use crate::wire::WireEnd;

/// Eight spans.
#[derive(Debug)]
pub(super) struct Chip {
    ports: Box<[Port; SPANS]>,
    /// GTCR1 to GLIMR, those that are RW.
    global: [u8; 16],
    time_base: TimeBase,
    /// The offset of the oscillator, and of the clock that simulated time was last given.
    oscillator: i64,
    system: i64,
}

impl Chip {
    pub(super) fn new(wires: [Option<WireEnd>; SPANS], time_base: TimeBase, oscillator: i64) -> Self {
        time_base.set_ppb(oscillator);
        let ports = Box::new(wires.map(Port::new));
        Self { ports, global: [0; 16], time_base, oscillator, system: oscillator }
    }

    /// Everything as after power-on.
    pub(super) fn reset(&mut self) {
        self.global = [0; 16];
        self.ports.iter_mut().for_each(Port::reset);
    }

    /// The host reads a chip address.
    pub(super) fn read(&mut self, address: usize) -> u8 {
        match Place::of(address) {
            Place::Global(offset) => self.read_global(offset),
            Place::Framer(span, offset) => self.port(span).map_or(0, |port| port.read(offset)),
            Place::Line(span, offset) => self.port(span).map_or(0, |port| port.liu.read(offset)),
            Place::Bert(span, offset) => self.port(span).map_or(0, |port| port.bert.read(offset)),
            Place::Nothing => 0,
        }
    }

    /// The host writes a chip address.
    pub(super) fn write(&mut self, address: usize, value: u8) {
        let place = Place::of(address);
        let (Place::Framer(span, _) | Place::Line(span, _) | Place::Bert(span, _)) = place else {
            if let Place::Global(offset) = place {
                self.write_global(offset, value);
            }
            return;
        };
        let all = self.global[GTCR1] & BWE != 0;
        let written = self.ports.iter_mut().enumerate().filter(|(number, _)| all || *number == span);
        for (_, port) in written {
            match place {
                Place::Framer(_, offset) => port.write(offset, value),
                Place::Line(_, offset) => port.liu.write(offset, value),
                Place::Bert(_, offset) if !port.is_in_reset() => port.bert.write(offset, value),
                Place::Bert(..) | Place::Global(_) | Place::Nothing => {}
            }
        }
    }

    /// INTB.
    pub(super) fn asserts(&self) -> bool {
        let [framers, tests, lines] = [GFISR, GBISR, GLISR].map(|status| self.information(status));
        let masked = framers & self.global[GFIMR] | tests & self.global[GBIMR] | lines & self.global[GLIMR];
        masked != 0 && self.global[GTCR1] & GIPI == 0
    }

    /// The system clock, as an offset: the oscillator, or a span's receive clock while it has signal.
    pub(super) fn set_system_clock(&mut self, recovered: bool) {
        let gtccr = self.global[GTCCR];
        let span = usize::from(gtccr >> 4);
        let reference = self.ports.get(span).filter(|_| recovered);
        let reference = reference.filter(|port| port.regs.is_e1() != (gtccr & BFREQSEL != 0));
        let ppb = reference.and_then(Port::received_ppb).unwrap_or(self.oscillator);
        if ppb != self.system {
            self.system = ppb;
            self.time_base.set_ppb(ppb);
        }
    }

    /// Eight frames pass in reset.
    pub(super) fn idle(&mut self) {
        self.ports.iter_mut().for_each(Port::idle);
    }

    /// What the signalling slot of a span brought in the last step, if it has one.
    pub(super) fn signalling(&self, span: usize) -> Option<&[u8; signalling_slot::OCTETS]> {
        self.ports.get(span)?.receiver.signalling.kept()
    }

    /// Eight frames pass. What the timeslot that `signalling` gives for a span brings is kept apart.
    pub(super) fn step(&mut self, sent: &Unit, received: &mut Unit, signalling: impl Fn(usize) -> u8) {
        for (number, port) in self.ports.iter_mut().enumerate() {
            port.receiver.signalling.begin(signalling(number));
        }
        if self.global[GTCCR] & FREQSEL != 0 {
            return self.idle();
        }
        let before = self.ports[0].receiver.second();
        for ((port, sent), received) in self.ports.iter_mut().zip(sent).zip(received) {
            port.step(sent, received, self.oscillator);
        }
        if self.ports[0].receives() && self.ports[0].receiver.second() < before {
            self.ports.iter_mut().for_each(Port::second_of_span_0);
        }
    }

    fn port(&mut self, span: usize) -> Option<&mut Port> {
        self.ports.get_mut(span)
    }

    fn read_global(&self, offset: usize) -> u8 {
        match offset {
            IDR => 0x58,
            GFISR..=GLISR => self.information(offset),
            GTCR1 | GTCCR | GLSRR | GFSRR | GFIMR..=GLIMR => self.global[offset & 15],
            _ => 0,
        }
    }

    fn write_global(&mut self, offset: usize, value: u8) {
        if !matches!(offset, GTCR1 | GTCCR | GLSRR | GFSRR | GFIMR..=GLIMR) {
            return;
        }
        let rose = value & !std::mem::replace(&mut self.global[offset & 15], value);
        let bit = |number: usize| value >> number & 1 != 0;
        match offset {
            GTCR1 if rose & GCLE != 0 => self.ports.iter_mut().for_each(Port::latch_together),
            GLSRR => {
                self.ports.iter_mut().enumerate().for_each(|(number, port)| port.liu.set_reset(bit(number)));
            }
            GFSRR => {
                self.ports.iter_mut().enumerate().for_each(|(number, port)| port.set_reset(bit(number)));
            }
            _ => {}
        }
    }

    /// GFISR, GBISR, GLISR: bit n when that part of span n asserts.
    fn information(&self, status: usize) -> u8 {
        let asserts = |port: &Port| match status {
            GFISR => port.asserts(),
            GBISR => port.bert.asserts(),
            _ => port.liu.asserts(),
        };
        self.ports.iter().enumerate().fold(0, |all, (number, port)| all | u8::from(asserts(port)) << number)
    }
}

/// What a chip address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Global(usize),
    Framer(usize, usize),
    Line(usize, usize),
    Bert(usize, usize),
    Nothing,
}

impl Place {
    const fn of(address: usize) -> Self {
        match address {
            0x0f0..=0x0ff => Self::Global(address & 15),
            0x0000..=0x0fff => Self::Framer(address / 0x200, address % 0x200),
            0x1000..=0x10ff => Self::Line(address / 0x20 % 8, address % 0x20),
            0x1100..=0x117f => Self::Bert(address / 0x10 % 8, address % 0x10),
            _ => Self::Nothing,
        }
    }
}

// The global registers, from 0x0f0: RW, but for IDR and the three of status, RO.
const GTCR1: usize = 0x0;
const GTCCR: usize = 0x3;
const GLSRR: usize = 0x5;
const GFSRR: usize = 0x6;
const IDR: usize = 0x8;
const GFISR: usize = 0x9;
const GBISR: usize = 0xa;
const GLISR: usize = 0xb;
const GFIMR: usize = 0xc;
const GBIMR: usize = 0xd;
const GLIMR: usize = 0xe;

/// GTCR1.
const GIPI: u8 = 0x01;
const GCLE: u8 = 0x02;
const BWE: u8 = 0x04;
/// GTCCR: the reference is 1.544 MHz; the master clock is, which this card's is not.
const BFREQSEL: u8 = 0x08;
const FREQSEL: u8 = 0x04;
