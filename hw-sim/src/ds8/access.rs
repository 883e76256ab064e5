//! What reading and writing the framer registers of a span does.
use super::port::{Port, RUNS};
use super::receiver::Receiver;
use super::registers::{self as reg, set};
use super::transmitter::Transmitter;

impl Port {
    /// The host reads a framer register.
    pub(super) fn read(&mut self, offset: usize) -> u8 {
        if self.is_in_reset() {
            return 0;
        }
        let receiver = &mut self.receiver;
        match offset {
            reg::RS1..=reg::RS16 => receiver.status.signalling.octet(offset - reg::RS1),
            reg::LCVCR1..=reg::E1EBCR2 => receiver.status.counters.octet(offset - reg::LCVCR1),
            reg::E1RRTS7..=reg::E1RSA8 => self.read_mode(offset),
            reg::RLS1..=reg::RLS7 => receiver.status.latched(offset - reg::RLS1 + 1),
            reg::RSS1..=reg::RSS4 => receiver.status.signalling.changed(offset - reg::RSS1),
            reg::RIIR => self.receive_information(),
            reg::RRTS1 => receiver.now(),
            reg::RRTS3 => receiver.codes(),
            reg::RRTS5 => receiver.hdlc.now(),
            reg::RHPBA => receiver.hdlc.available(),
            // Takes the octet out.
            reg::RHF => receiver.hdlc.pop(),
            reg::TLS1 | reg::TLS2 => self.transmitter.latched(offset - reg::TLS1),
            reg::TIIR => self.transmitter.information(&self.regs),
            reg::TFBA => self.transmitter.hdlc.free(),
            _ if reg::is_kept(offset) => self.regs.get(offset),
            _ => 0,
        }
    }

    /// The registers that are the mode's.
    fn read_mode(&self, offset: usize) -> u8 {
        let receiver = &self.receiver;
        match (offset, receiver.as_e1(), receiver.as_t1()) {
            (reg::E1RRTS7, Some(e1), _) if self.receives() => e1.searches(&self.regs),
            (reg::E1RAF | reg::E1RNAF, Some(e1), _) => e1.align_frame(offset - reg::E1RAF),
            (reg::E1RSA4..=reg::E1RSA8, Some(e1), _) => e1.sa(offset - reg::E1RSA4),
            (reg::E1RRTS7, _, Some(t1)) => t1.fdl(),
            (reg::T1RBOC, _, Some(t1)) => t1.boc.told(),
            _ => 0,
        }
    }

    /// The host writes a framer register.
    pub(super) fn write(&mut self, offset: usize, value: u8) {
        if self.is_in_reset() {
            return;
        }
        let side = if offset < 0x100 { reg::RMMR } else { reg::TMMR };
        if self.regs.has(side, set::SFTRST) && offset != side {
            return;
        }
        match offset {
            reg::RLS1..=reg::RLS7 => self.receiver.status.clear(offset - reg::RLS1 + 1, value),
            reg::RSS1..=reg::RSS4 => self.receiver.status.signalling.clear(offset - reg::RSS1, value),
            reg::TLS1 | reg::TLS2 => self.transmitter.clear(offset - reg::TLS1, value),
            reg::THF => self.send_octet(value),
            _ if reg::is_kept(offset) => {
                let rose = value & !self.regs.get(offset);
                self.regs.set(offset, value);
                self.act(offset, value, rose);
            }
            _ => {}
        }
    }

    /// What a register does beyond keeping its value; `rose` are the bits that went from 0 to 1.
    fn act(&mut self, offset: usize, value: u8, rose: u8) {
        match offset {
            reg::RMMR | reg::TMMR => self.set_mode(offset, value),
            reg::RCR1 if rose & set::RESYNC != 0 && self.receives() => self.receiver.resync(&self.regs),
            reg::ERCNT if rose & set::MECU != 0 && value & (set::EAMS | set::MCUS) == set::EAMS => {
                self.receiver.latch_counters();
            }
            reg::RHC if rose & set::RHR != 0 => self.receiver.hdlc = super::hdlc_receive::HdlcReceive::new(),
            reg::T1RBOCC if value & set::RBR != 0 => {
                self.regs.set(reg::T1RBOCC, value & !set::RBR);
                if let Some(t1) = self.receiver.as_t1_mut() {
                    t1.boc = super::boc::BocReceiver::new(value);
                }
            }
            reg::TCR3 if rose & set::IBPV != 0 => self.transmitter.violate(),
            reg::THC1 if rose & set::THR != 0 => self.transmitter.hdlc.reset(),
            _ => {}
        }
        self.receiver.configure(&self.regs);
        self.transmitter.configure(&self.regs);
    }

    fn set_mode(&mut self, offset: usize, value: u8) {
        let transmit = offset == reg::TMMR;
        if value & set::SFTRST != 0 {
            self.regs.reset_side(transmit);
            self.regs.set(offset, value);
            match transmit {
                true => self.transmitter = Transmitter::new(),
                false => self.receiver = Receiver::new(),
            }
        } else if !transmit && value & RUNS != RUNS {
            self.receiver.rest(&self.regs);
        }
    }

    /// THF: TEOM marks this octet as the last of its message, and clears itself.
    fn send_octet(&mut self, value: u8) {
        let thc1 = self.regs.get(reg::THC1);
        self.transmitter.hdlc.push(value, thc1 & set::TEOM != 0);
        self.regs.set(reg::THC1, thc1 & !set::TEOM);
    }

    /// GCLE latches the counters of those that want it so.
    pub(super) fn latch_together(&mut self) {
        if self.regs.get(reg::ERCNT) & (set::EAMS | set::MCUS) == set::EAMS | set::MCUS {
            self.receiver.latch_counters();
        }
    }

    /// A second of span 0 has passed, for those that count by it.
    pub(super) fn second_of_span_0(&mut self) {
        if self.receives() && self.regs.has(reg::ERCNT, set::SECOND_OF_SPAN_0) {
            self.receiver.second_passed(&self.regs);
        }
    }
}
