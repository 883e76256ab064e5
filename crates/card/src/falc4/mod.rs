//! Driver of the quad-span FALC card (`falc4`): four E1 spans behind a bridge with bus-master DMA.
//!
//! It programs the contract of `docs/hardware.md` through a [`Bus`] and shares no table with anything that
//! emulates the card. All of it runs on the media thread, once in 8 frames, and polls: the interrupt line is
//! asked only so that the card can catch up, since INTR tells more and is never lost. A card that is pulled
//! reads all ones; its spans then report loss of signal and nothing more is asked of it until the next start.

mod bridge;
mod buffers;
mod regs;
mod span;

pub use span::TransmitCounters;

use crate::{Bus, Card, CardError, CardInfo, Frame, PortKind, SpanConfig, SpanStatus};
use bridge::Bridge;
use buffers::{Buffers, DMA_OCTETS, GRANULE, HALF_OCTETS, IDLE_OCTET, RX_AREA, SPAN_OCTETS, TX_AREA, Turn};
use span::Span;
use tandem_rt::MediaTick;
use tandem_types::{Abcd, Timeslot};

/// A quad-span FALC card on its bus.
#[derive(Debug)]
pub struct Falc4Driver<B> {
    info: CardInfo,
    bridge: Bridge<B>,
    spans: [Span; SPANS],
    state: State,
    /// The receive half of the last turn that brought one; given again when the host comes early.
    received: [u8; HALF_OCTETS],
    /// What LEDS was last given.
    leds: u32,
}

#[derive(Debug)]
enum State {
    Stopped,
    Running(Running),
    /// The card answered no more.
    Gone,
}

/// What the driver knows while the card moves frames.
#[derive(Debug)]
struct Running {
    buffers: Buffers,
    turn: Turn,
    /// [`FIRST_SERVICE`], then services modulo [`POLL_ROUND`]; picks the span whose status is polled.
    services: usize,
}

impl<B: Bus> Falc4Driver<B> {
    /// Takes the card on `bus`, if it is one. Nothing is written to it.
    pub fn new(bus: B) -> Result<Self, CardError> {
        let mut bridge = Bridge { bus };
        bridge.probe()?;
        if bridge.bus.dma_size() < DMA_OCTETS {
            return Err(CardError::Hardware("the DMA memory is smaller than the card's two areas"));
        }
        let info = CardInfo { model: MODEL, spans: vec![PortKind::E1; SPANS], granule: GRANULE };
        Ok(Self {
            info,
            bridge,
            spans: std::array::from_fn(Span::new),
            state: State::Stopped,
            received: [IDLE_OCTET; HALF_OCTETS],
            leds: 0,
        })
    }

    /// What happened to the frames that `span` sent.
    #[must_use]
    pub fn transmit_counters(&self, span: usize) -> TransmitCounters {
        self.spans.get(span).map_or_else(TransmitCounters::default, |span| span.transmit)
    }

    /// Wakes the framers, sets them up span by span, and starts DMA last, into memory that is idle.
    fn bring_up(&mut self) -> Result<(), CardError> {
        self.bridge.bus.write32(regs::DMACTRL, 0);
        self.bridge.bus.write32(regs::INTR, 0);
        self.set_leds(regs::LEDS_ACTIVATE);
        for span in &mut self.spans {
            span.start(&mut self.bridge)?;
        }
        for offset in (0..DMA_OCTETS).step_by(SPAN_OCTETS) {
            self.bridge.bus.dma_write(offset, &[IDLE_OCTET; SPAN_OCTETS]);
        }
        self.bridge.bus.write32(regs::RDADDR, RX_AREA as u32);
        self.bridge.bus.write32(regs::WRADDR, TX_AREA as u32);
        self.bridge.bus.write32(regs::DMACTRL, regs::DMACTRL_RUN);
        Ok(())
    }

    fn shut_down(&mut self) {
        self.bridge.bus.write32(regs::DMACTRL, 0);
        self.bridge.bus.write32(regs::INTR, 0);
        for span in &mut self.spans {
            span.stop(&mut self.bridge);
        }
        self.set_leds(0);
    }

    fn attend_framers(&mut self) {
        let spans = self.bridge.read(0, regs::CIS);
        // More spans than there are: a card that was pulled just now.
        if spans >> SPANS != 0 && !self.bridge.answers() {
            return self.lose_card();
        }
        for (number, span) in self.spans.iter_mut().enumerate() {
            if spans & (1 << number) != 0 {
                span.handle_interrupts(&mut self.bridge);
            }
        }
    }

    /// Polls the status of one span in every fourth service, so of each once in 16 ms; of all in the first.
    fn poll_status(&mut self, service: usize) {
        for (number, span) in self.spans.iter_mut().enumerate() {
            if service == FIRST_SERVICE || service == POLL_SPACING * number {
                span.doubt_bits();
                span.refresh(&mut self.bridge);
            }
        }
    }

    fn show_status(&mut self) {
        let mut leds = regs::LEDS_ACTIVATE;
        for (number, span) in self.spans.iter().enumerate() {
            leds |= colour(&span.status) << (2 * number);
        }
        if leds != self.leds {
            self.set_leds(leds);
        }
    }

    fn set_leds(&mut self, leds: u32) {
        self.leds = leds;
        self.bridge.bus.write32(regs::LEDS, leds);
    }

    fn lose_card(&mut self) {
        self.state = State::Gone;
        for span in &mut self.spans {
            span.lose_signal();
        }
    }

    fn find_span(&mut self, span: usize) -> Result<&mut Span, CardError> {
        self.spans.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans: SPANS })
    }
}

impl<B: Bus> Card for Falc4Driver<B> {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.find_span(span)?.config = *config;
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.bridge.probe()?;
        if let Err(error) = self.bring_up() {
            self.shut_down();
            self.state = State::Stopped;
            return Err(error);
        }
        self.received = [IDLE_OCTET; HALF_OCTETS];
        self.state = State::Running(Running::new());
        Ok(())
    }

    fn stop(&mut self) {
        self.shut_down();
        self.state = State::Stopped;
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        let _ = self.bridge.bus.interrupt(tick.end());
        let State::Running(running) = &mut self.state else {
            return;
        };
        let Some(interrupts) = self.bridge.interrupts() else {
            return self.lose_card();
        };
        if interrupts & regs::INTR_DMA != 0 {
            self.bridge.bus.write32(regs::INTR, 0);
        }
        running.take_turn(tick, interrupts);
        if let Turn::Fresh { .. } = running.turn {
            self.bridge.bus.dma_read(running.buffers.rx_offset(), &mut self.received);
        }
        count_turn(running.turn, &mut self.spans);
        let service = running.services;
        running.services = (service + 1) % POLL_ROUND;
        if interrupts & regs::INTR_FRAMER != 0 {
            self.attend_framers();
        }
        if matches!(self.state, State::Running(_)) {
            self.poll_status(service);
            self.show_status();
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        frames.fill([IDLE_OCTET; Timeslot::PER_FRAME]);
        if let State::Running(_) = self.state
            && let Some(slots) = self.received.as_chunks().0.get(span)
        {
            buffers::to_frames(slots, frames);
        }
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        let (State::Running(running), Some(counters)) = (&self.state, self.spans.get_mut(span)) else {
            return;
        };
        match running.turn {
            Turn::Fresh { .. } => {
                let mut slots = [0; SPAN_OCTETS];
                buffers::from_frames(frames, &mut slots);
                self.bridge.bus.dma_write(running.buffers.tx_offset(span), &slots);
            }
            // The half still waits for the card, which may turn to it at any moment.
            Turn::Early => span::add(&mut counters.transmit.frames_dropped, frames.len() as u64),
            Turn::Waiting => {}
        }
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.spans[span].received
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        if let State::Running(_) = self.state
            && let Some(span) = self.spans.get_mut(span)
        {
            span.set_bits(&mut self.bridge, slot, bits);
        }
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.spans[span].status
    }
}

impl Running {
    const fn new() -> Self {
        Self { buffers: Buffers::new(), turn: Turn::Waiting, services: FIRST_SERVICE }
    }

    /// Finds out which half is the host's.
    fn take_turn(&mut self, tick: &MediaTick<'_>, interrupts: u32) {
        let rxident = (interrupts >> regs::INTR_RXIDENT_SHIFT) as u8 & 0x7f;
        self.turn = self.buffers.advance(rxident, interrupts & regs::INTR_DMA != 0, tick.end());
    }
}

/// The bridge turns the halves for all spans together, so each has missed or repeated the same.
fn count_turn(turn: Turn, spans: &mut [Span; SPANS]) {
    for span in spans {
        let counters = &mut span.status.counters;
        match turn {
            Turn::Fresh { missed } => {
                span::add(&mut counters.frames_missed, missed.saturating_mul(GRANULE as u64));
            }
            Turn::Early => span::add(&mut counters.slips_repeated, GRANULE as u64),
            Turn::Waiting => {}
        }
    }
}

/// Red without a usable signal, yellow when the far end has none or signalling is at fault, green otherwise.
const fn colour(status: &SpanStatus) -> u32 {
    if status.defects.is_severe() {
        LED_RED
    } else if status.defects.is_empty() {
        LED_GREEN
    } else {
        LED_YELLOW
    }
}

const MODEL: &str = "falc4";
const SPANS: usize = 4;
/// Services between two polls of status.
const POLL_SPACING: usize = 4;
/// Services in which every span is polled: 16 ms.
const POLL_ROUND: usize = POLL_SPACING * SPANS;
/// Out of the range of a round, so that it comes once.
const FIRST_SERVICE: usize = POLL_ROUND;
const LED_RED: u32 = 1;
const LED_GREEN: u32 = 2;
const LED_YELLOW: u32 = 3;
