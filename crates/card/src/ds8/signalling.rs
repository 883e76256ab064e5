//! Signalling bits of a span: timeslot 16 of an E1, robbed bits of a T1.
use super::bridge::Bridge;
use super::regs;
use super::setup::Setup;
use crate::Bus;
use tandem_types::{Abcd, Timeslot};

/// The bits sent and received, and what of the latter may be old.
#[derive(Debug)]
pub(super) struct Signalling {
    pub(super) received: [Abcd; Timeslot::PER_FRAME],
    /// What TS1 to TS16 are to hold.
    sending: [u8; REGISTERS],
    /// RSS names channels whose bits are new.
    changed: bool,
    /// Any bits may be new.
    doubtful: bool,
}

impl Signalling {
    pub(super) const fn new(is_t1: bool) -> Self {
        let mut sending = [if is_t1 { 0 } else { regs::TS_BLOCKED }; REGISTERS];
        if !is_t1 {
            sending[0] = regs::TS1_IDLE;
        }
        Self { received: [Abcd::new(0); Timeslot::PER_FRAME], sending, changed: false, doubtful: true }
    }

    /// Writes all bits to be sent.
    pub(super) fn set_up<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize, setup: &Setup) {
        self.doubtful = true;
        if setup.cas() {
            let registers = if setup.is_t1() { T1_REGISTERS } else { REGISTERS };
            for (register, value) in (regs::TS1..).zip(&self.sending[..registers]) {
                bridge.write_port(span, register, *value);
            }
        }
    }

    /// The card says that bits have changed.
    pub(super) const fn note_change(&mut self) {
        self.changed = true;
    }

    /// The bits may have changed without a word.
    pub(super) const fn doubt(&mut self) {
        self.doubtful = true;
    }

    /// Whether there may be bits to take.
    pub(super) const fn is_pending(&self) -> bool {
        self.changed || self.doubtful
    }

    /// Sends `bits` for `slot`. Two channels share a register, whose other half is kept. On E1 0000 on channels 1 to 15
    /// would imitate the multiframe alignment signal (G.704 §5.1.3.2); the last bits stay instead.
    pub(super) fn set<B: Bus>(
        &mut self,
        bridge: Option<&mut Bridge<B>>,
        span: usize,
        setup: &Setup,
        slot: Timeslot,
        bits: Abcd,
    ) {
        let Some((index, shift)) = place(setup.is_t1(), slot.index()) else {
            return; // no signalling bits
        };
        if !setup.is_t1() && shift == HIGH_NIBBLE && bits == Abcd::new(0) {
            return;
        }
        let value = self.sending[index] & !(0x0f << shift) | bits.bits() << shift;
        self.write(bridge, span, setup, index, value);
    }

    /// G.732: bit y is sent while the signalling received cannot be used. The framer does not do it, unlike bit A.
    pub(super) fn send_remote_alarm<B: Bus>(
        &mut self,
        bridge: &mut Bridge<B>,
        span: usize,
        setup: &Setup,
        on: bool,
    ) {
        let value = regs::TS1_IDLE | if on { regs::TS1_REMOTE_ALARM } else { 0 };
        if value != self.sending[0] {
            self.write(Some(bridge), span, setup, 0, value);
        }
    }

    fn write<B: Bus>(
        &mut self,
        bridge: Option<&mut Bridge<B>>,
        span: usize,
        setup: &Setup,
        index: usize,
        value: u8,
    ) {
        self.sending[index] = value;
        if let Some(bridge) = bridge.filter(|_| setup.cas()) {
            bridge.write_port(span, regs::TS1 + index as u16, value);
        }
    }

    /// Takes the bits that RSS names, or all when in doubt. RSS is cleared first, so that what changes meanwhile is told
    /// again.
    pub(super) fn take<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize, is_t1: bool) {
        let mut named = [0; 4];
        let registers = if is_t1 { 3 } else { 4 };
        for (named, register) in named[..registers].iter_mut().zip(regs::RSS1..) {
            *named = bridge.take_latched(span, register, 0xff);
        }
        // On E1 the lowest bit stands for timeslot 0, on T1 for channel 1, which is in timeslot 1.
        let slots = u64::from(u32::from_le_bytes(named)) << u32::from(is_t1);
        let wanted = if self.doubtful { u64::MAX } else { slots };
        let mut known = [None; REGISTERS];
        let mut bits = self.received;
        for (slot, bits) in bits.iter_mut().enumerate() {
            if let Some((index, shift)) = place(is_t1, slot)
                && wanted & (1 << slot) != 0
            {
                let value =
                    *known[index].get_or_insert_with(|| bridge.read_port(span, regs::RS1 + index as u16));
                *bits = Abcd::new(value >> shift);
            }
        }
        if bridge.is_sound() {
            (self.received, self.changed, self.doubtful) = (bits, false, false);
        } else {
            self.doubtful = true;
        }
    }
}

/// Where the bits of a timeslot are: the index of the register and the position in it.
const fn place(is_t1: bool, slot: usize) -> Option<(usize, u8)> {
    match (is_t1, slot) {
        (false, 1..=15) => Some((slot, HIGH_NIBBLE)),
        (false, 17..=31) => Some((slot - 16, 0)),
        (true, 1..=12) => Some((slot - 1, HIGH_NIBBLE)),
        (true, 13..=24) => Some((slot - 13, 0)),
        _ => None,
    }
}

const REGISTERS: usize = 16;
const T1_REGISTERS: usize = 12;
const HIGH_NIBBLE: u8 = 4;
