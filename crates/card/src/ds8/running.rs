//! What the driver does in each service of a card that moves frames: the ring kept turning, spans attended to in their
//! turns.
use super::bridge::Bridge;
use super::port::Port;
use super::regs;
use super::ring::{self, Ring, SPANS};
use crate::{Bus, ClockSource};
use tandem_types::FrameTime;

/// What the driver knows while the card moves frames.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) ring: Ring,
    /// DMA was told to stop before the card was set up, and will be started when it has.
    pub(super) stopping: bool,
    /// Whose turn it is.
    turn: usize,
    /// Who took signalling bits last.
    bits_turn: usize,
    /// All spans are looked at in the first service.
    is_first: bool,
}

impl Running {
    pub(super) const fn new() -> Self {
        Self { ring: Ring::new(), stopping: false, turn: 0, bits_turn: 0, is_first: true }
    }

    /// Starts the ring anew when the host was too late for it, and when DMA has stopped by order.
    pub(super) fn keep_ring_turning<B: Bus>(&mut self, bridge: &mut Bridge<B>, interrupts: u32) {
        let underrun = interrupts & regs::ISR_DESC_UNDERRUN != 0;
        if underrun {
            self.ring.grow();
        }
        if underrun || self.stopping && !dma_runs(bridge) {
            start_dma(bridge, &mut self.ring);
            self.stopping = false;
        }
    }

    /// Attends to the spans that interrupt, to the one whose turn it is, and in the first service to all.
    pub(super) fn attend<B: Bus>(
        &mut self,
        bridge: &mut Bridge<B>,
        ports: &mut [Port; SPANS],
        interrupts: u32,
        now: FrameTime,
    ) {
        let mut pending = 1 << self.turn;
        if std::mem::take(&mut self.is_first) {
            pending = ALL_SPANS;
        } else if interrupts & regs::ISR_FRAMER != 0 {
            let named = bridge.read_port(CHIP, regs::GFISR);
            pending |= if bridge.is_sound() { named } else { 0 };
        }
        for (number, port) in ports.iter_mut().enumerate() {
            if pending & 1 << number != 0 && !bridge.is_gone() {
                port.attend(bridge, now);
            }
        }
    }

    /// One span has its turn, and one takes its signalling bits: of those that may have new ones the one that has waited
    /// longest.
    pub(super) fn take_turns<B: Bus>(
        &mut self,
        bridge: &mut Bridge<B>,
        ports: &mut [Port; SPANS],
        now: FrameTime,
    ) {
        if bridge.is_gone() {
            return;
        }
        ports[self.turn % SPANS].take_turn(bridge, now);
        self.turn = (self.turn + 1) % SPANS;
        for step in 1..=SPANS {
            let number = (self.bits_turn + step) % SPANS;
            if bridge.is_gone() || ports[number].take_bits(bridge) {
                self.bits_turn = number;
                return;
            }
        }
    }
}

/// Whether DMA moves frames, or will.
pub(super) fn dma_runs<B: Bus>(bridge: &mut Bridge<B>) -> bool {
    bridge.read(regs::TDM_CONTROL) & regs::TDM_CONTROL_DMA_RUNNING != 0
}

/// Starts DMA on a new ring. The system clock is always the chip's backplane clock, whose reference can be changed
/// while DMA runs; RECOVER_CLOCK counts only while it does not.
pub(super) fn start_dma<B: Bus>(bridge: &mut Bridge<B>, ring: &mut Ring) {
    ring.set_up(&mut bridge.bus);
    bridge.write(regs::TDM_DRING, ring::DESCRIPTORS as u32);
    bridge.write(regs::TDM_CONTROL, regs::TDM_CONTROL_RECOVER_CLOCK);
    bridge.write(regs::TDM_CONTROL, regs::TDM_CONTROL_RECOVER_CLOCK | regs::TDM_CONTROL_ENABLE_DMA);
}

/// Chooses the reference of the backplane clock.
pub(super) fn choose_clock<B: Bus>(bridge: &mut Bridge<B>, source: ClockSource, ports: &[Port; SPANS]) {
    let reference = match source {
        ClockSource::Span(span) if span < SPANS => {
            let rate = if ports[span].setup.is_t1() { regs::GTCCR_T1 } else { 0 };
            (span as u8) << regs::GTCCR_REFERENCE_SHIFT | rate
        }
        // The chip's input for another card is on this card its oscillator.
        _ => regs::GTCCR_MASTER,
    };
    bridge.write_port(CHIP, regs::GTCCR, reference);
}

/// Registers that the chip has once are among those of this span.
pub(super) const CHIP: usize = 0;
const ALL_SPANS: u8 = 0xff;
