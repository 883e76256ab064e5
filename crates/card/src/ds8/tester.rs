//! The test of a whole line, by the chip's BERT: a pattern in place of every bit, framing too.
//!
//! The chip finds and counts; it tells by latched bits that the pattern was found and that it was lost, and not how things
//! are now. What both together mean is found out by a new search.
use super::bridge::Bridge;
use super::regs;
use crate::Bus;
use tandem_line::bert::{Pattern, TesterCounts, TesterState};

/// A test of one span.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineTest {
    pattern: Pattern,
    state: TesterState,
    /// Bits still to be sent wrong.
    to_insert: u32,
}

impl LineTest {
    pub(super) const fn new(pattern: Pattern) -> Self {
        let counts =
            TesterCounts { bits: 0, errors: 0, losses: 0, deletions: 0, repetitions: 0, last_slip: 0 };
        Self { pattern, state: TesterState { synchronised: false, counts }, to_insert: 0 }
    }

    pub(super) const fn state(&self) -> TesterState {
        self.state
    }

    pub(super) const fn insert_errors(&mut self, count: u32) {
        self.to_insert = self.to_insert.saturating_add(count);
    }

    /// Has the chip send the pattern and look for it. What was counted before stays.
    pub(super) fn begin<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize) {
        self.note(false);
        let (control, bits, length) = set_up(self.pattern);
        for (register, octet) in (regs::BRP1..).zip(bits.to_le_bytes()) {
            bridge.write_port(span, register, octet);
        }
        bridge.write_port(span, regs::BC2, length);
        bridge.write_port(span, regs::RXPC, regs::XPC_WHOLE_LINE);
        bridge.write_port(span, regs::TXPC, regs::XPC_WHOLE_LINE);
        bridge.write_port(span, regs::BC1, control);
        bridge.write_port(span, regs::BC1, control | regs::BC1_LOAD);
        bridge.write_port(span, regs::BLSR, regs::BLSR_LOST);
    }

    /// The pattern is received now, or is not: there is no card, the chip has lost it, or it begins anew.
    pub(super) const fn note(&mut self, synchronised: bool) {
        if self.state.synchronised && !synchronised {
            self.state.counts.losses = self.state.counts.losses.saturating_add(1);
        }
        self.state.synchronised = synchronised;
    }

    /// The line is framed again.
    pub(super) fn end<B: Bus>(bridge: &mut Bridge<B>, span: usize) {
        bridge.write_port(span, regs::TXPC, 0);
        bridge.write_port(span, regs::RXPC, 0);
    }

    /// A span's turn: what the chip has counted is taken, and an error is put in if one waits. On a line without signal no
    /// pattern comes in, not even one of zeros.
    pub(super) fn take_turn<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize, dead: bool) {
        let (control, _, length) = set_up(self.pattern);
        let latched = bridge.take_latched(span, regs::BLSR, regs::BLSR_FOUND | regs::BLSR_LOST);
        bridge.write_port(span, regs::BC1, control | regs::BC1_LATCH);
        bridge.write_port(span, regs::BC1, control);
        let [bits, errors] = [(regs::BBC1, 4), (regs::BEC1, 3)].map(|(first, octets)| {
            (0..octets).rev().fold(0, |sum, n| sum << 8 | u64::from(bridge.read_port(span, first + n)))
        });
        if !bridge.is_sound() {
            return;
        }
        let (found, lost) = (latched & regs::BLSR_FOUND != 0, latched & regs::BLSR_LOST != 0);
        if found && lost {
            bridge.write_port(span, regs::BC1, control | regs::BC1_SEARCH);
            bridge.write_port(span, regs::BC1, control);
            bridge.write_port(span, regs::BLSR, regs::BLSR_LOST);
        }
        self.note(!lost && (found || self.state.synchronised) && !dead);
        let counts = &mut self.state.counts;
        // Bits are counted on through a loss.
        if self.state.synchronised {
            counts.bits = counts.bits.saturating_add(bits);
        }
        counts.errors = counts.errors.saturating_add(errors);
        if self.to_insert > 0 {
            self.to_insert -= 1;
            bridge.write_port(span, regs::BC2, length | regs::BC2_ERROR);
            bridge.write_port(span, regs::BC2, length);
        }
    }
}

/// BC1, BRP and BC2 for a pattern. Others than those of `LineTests::Common` never come here.
fn set_up(pattern: Pattern) -> (u8, u32, u8) {
    match pattern {
        Pattern::Prbs9 => (regs::BC1_PRBS9, 0, 0),
        Pattern::Prbs11 => (regs::BC1_PRBS11, 0, 0),
        Pattern::Prbs15 => (regs::BC1_PRBS15_INVERTED, 0, 0),
        Pattern::Fixed { bits, length } => {
            let length = u32::from(length.clamp(1, 32));
            // Short ones as often as they fit, since the chip's have 17 bits at least.
            let times = if length <= 16 { 32 / length } else { 1 };
            let one = u64::from(bits) & ((1 << length) - 1);
            let all = (0..times).fold(0, |all, _| all << length | one);
            (regs::BC1_REPEATED, all as u32, (times * length - 17) as u8)
        }
        _ => (regs::BC1_QRSS, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_pattern_is_written_as_often_as_it_fits() {
        assert_eq!(set_up(Pattern::ONES), (0x10, 0xffff_ffff, 15));
        assert_eq!(set_up(Pattern::ALTERNATING), (0x10, 0xaaaa_aaaa, 15));
        assert_eq!(set_up(Pattern::THREE_IN_24), (0x10, 0x0044_0004, 7));
        assert_eq!(set_up(Pattern::Fixed { bits: 0b101, length: 3 }), (0x10, 0x2db6_db6d, 13));
        assert_eq!(set_up(Pattern::Fixed { bits: 1, length: 17 }), (0x10, 1, 0));
    }
}
