//! The line interface of a span: its registers, loss of signal, loops and what drives the line.
use super::los::{Criteria, LossOfSignal};
use tandem_line::Symbols;

/// One line interface.
#[derive(Clone, Debug)]
pub(super) struct LineInterface {
    /// 0x0 to 0x7; those that are not RW stay 0, but LLSR.
    registers: [u8; 8],
    los: LossOfSignal,
    has_wire: bool,
    in_reset: bool,
}

impl LineInterface {
    pub(super) const fn new(has_wire: bool) -> Self {
        Self { registers: [0; 8], los: LossOfSignal::new(), has_wire, in_reset: false }
    }

    /// GLSRR: while in reset the registers have their reset values.
    pub(super) const fn set_reset(&mut self, on: bool) {
        if on {
            *self = Self::new(self.has_wire);
        }
        self.in_reset = on;
    }

    pub(super) fn read(&self, offset: usize) -> u8 {
        let lost = self.los.is_lost();
        match offset {
            LRSR => u8::from(lost) | u8::from(!self.has_wire) << 1,
            LRSL => {
                if lost {
                    0xf0
                } else {
                    0x00
                }
            }
            _ => self.registers.get(offset).copied().unwrap_or(0),
        }
    }

    pub(super) const fn write(&mut self, offset: usize, value: u8) {
        match offset {
            _ if self.in_reset => {}
            LLSR => self.registers[LLSR] &= !value,
            LTRCR | LTITSR | LMCR | LSIMR | LRISMR => self.registers[offset] = value,
            _ => {}
        }
    }

    /// LLSR has a bit that LSIMR lets through.
    pub(super) const fn asserts(&self) -> bool {
        self.registers[LLSR] & self.registers[LSIMR] != 0
    }

    pub(super) const fn is_t1(&self) -> bool {
        self.registers[LTRCR] & T1J1E1S != 0
    }

    /// Symbols come to the receiver.
    pub(super) fn hear(&mut self, symbols: &[Symbols]) {
        let criteria = match self.registers[LTRCR] & (T1J1E1S | LSC) {
            0 => &Criteria::LINE_E1,
            LSC => &Criteria::E1_LONG,
            _ => &Criteria::LINE_T1,
        };
        let before = self.los.is_lost();
        self.los.push(criteria, symbols);
        match (before, self.los.is_lost()) {
            (false, true) => self.registers[LLSR] |= LOSD,
            (true, false) => self.registers[LLSR] |= LOSC,
            _ => {}
        }
    }

    /// The receiver hears what the transmitter makes.
    pub(super) const fn is_looped(&self) -> bool {
        self.registers[LMCR] & (LLB | ALB) != 0
    }

    /// The line gets back what it sent.
    pub(super) const fn returns(&self) -> bool {
        self.registers[LMCR] & RLB != 0
    }

    /// The receiver has power.
    pub(super) const fn listens(&self) -> bool {
        self.registers[LMCR] & RPDE == 0
    }

    /// Pulses are sent.
    pub(super) const fn speaks(&self) -> bool {
        self.registers[LMCR] & (TE | TPDE) == TE
    }

    /// The line sends ones.
    pub(super) const fn sends_ones(&self) -> bool {
        self.registers[LMCR] & TAIS != 0 || (self.registers[LMCR] & ATAIS != 0 && self.los.is_lost())
    }
}

// The registers, from 0x1000 for span 0: RW but for LRSR and LRSL, RO, and LLSR, W1C.
const LTRCR: usize = 0;
const LTITSR: usize = 1;
const LMCR: usize = 2;
const LRSR: usize = 3;
const LSIMR: usize = 4;
const LLSR: usize = 5;
const LRSL: usize = 6;
const LRISMR: usize = 7;

/// LTRCR.
const T1J1E1S: u8 = 0x02;
const LSC: u8 = 0x01;
/// LMCR.
const TAIS: u8 = 0x80;
const ATAIS: u8 = 0x40;
const LLB: u8 = 0x20;
const ALB: u8 = 0x10;
const RLB: u8 = 0x08;
const TPDE: u8 = 0x04;
const RPDE: u8 = 0x02;
const TE: u8 = 0x01;
/// LLSR.
const LOSC: u8 = 0x10;
const LOSD: u8 = 0x01;
