//! Driver of the quad-span FALC card (`falc4`): four E1 spans behind a bridge with bus-master DMA.
//!
//! It programs the contract of `docs/cards/falc4.md` through a [`Bus`] and shares no table with anything that
//! emulates the card. All of it runs on the media thread, once in 8 frames, and polls: the interrupt line is
//! asked only so that the card can catch up, since INTR tells more and is never lost. A card that is pulled
//! reads all ones, one that hangs moves no frame, one that is broken does not know its own name: its spans then
//! report loss of signal, and once a second it is looked for. When it is back it is set up as it was.

mod bridge;
mod buffers;
mod regs;
mod span;
mod tester;

pub use span::TransmitCounters;

use crate::condition::Lamp;
use crate::vitality::{Gone, Moment, Vitality};
use crate::{
    Abilities, Bus, Card, CardError, CardInfo, ClockSource, Frame, LineOrder, LineTests, PortKind, Presence,
    SpanConfig, SpanStatus, add, identity, signalling_octets,
};
use bridge::Bridge;
use buffers::{
    Buffers, DMA_OCTETS, GRANULE, HALF_OCTETS, IDLE_OCTET, RX_AREA, SIGNALLING_AREA, SPAN_OCTETS,
    SignallingHalf, TX_AREA, Turn,
};
use span::{Setup, Span};
use tandem_rt::MediaTick;
use tandem_types::{Abcd, Frames, Timeslot};

/// A quad-span FALC card on its bus.
#[derive(Debug)]
pub struct Falc4Driver<B> {
    info: CardInfo,
    bridge: Bridge<B>,
    spans: [Span; SPANS],
    state: State,
    presence: Presence,
    /// The receive half of the last turn that brought one, given again when the host comes early; idle when it is late.
    received: [u8; HALF_OCTETS],
    /// What signalling slots brought in this turn.
    signalling: SignallingHalf,
    /// What LEDS was last given.
    leds: u32,
    clock: ClockSource,
    vitality: Vitality,
}

#[derive(Debug)]
enum State {
    Stopped,
    Running(Running),
    Gone(Gone),
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
        let spans = vec![PortKind::E1; SPANS];
        let serial = bridge.serial();
        let info = CardInfo { model: MODEL, serial, spans, granule: GRANULE, abilities: ABILITIES };
        Ok(Self {
            info,
            bridge,
            spans: std::array::from_fn(Span::new),
            state: State::Stopped,
            presence: Presence::There,
            received: [IDLE_OCTET; HALF_OCTETS],
            signalling: NO_SIGNALLING,
            leds: 0,
            clock: ClockSource::Internal,
            vitality: Vitality::new(),
        })
    }

    /// The same with another time for which the card may move no frame before it is taken for dead (10 ms).
    #[must_use]
    pub const fn with_patience(mut self, patience: Frames) -> Self {
        self.vitality.set_patience(patience);
        self
    }

    /// What happened to the frames that `span` sent.
    #[must_use]
    pub fn transmit_counters(&self, span: usize) -> TransmitCounters {
        self.spans.get(span).map_or_else(TransmitCounters::default, |span| span.transmit)
    }

    /// Wakes the framers, sets them up span by span, and starts DMA last, into memory that is idle. A card that is
    /// back is set up as it was.
    fn bring_up(&mut self) -> Result<(), CardError> {
        self.bridge.bus.write32(regs::DMACTRL, 0);
        self.bridge.bus.write32(regs::INTR, 0);
        self.set_leds(regs::LEDS_ACTIVATE);
        for span in &mut self.spans {
            span.set_up(&mut self.bridge)?;
        }
        for offset in (0..SIGNALLING_AREA).step_by(SPAN_OCTETS) {
            self.bridge.bus.dma_write(offset, &[IDLE_OCTET; SPAN_OCTETS]);
        }
        self.bridge.bus.write32(regs::RDADDR, RX_AREA as u32);
        self.bridge.bus.write32(regs::WRADDR, TX_AREA as u32);
        self.bridge.bus.write32(regs::SIGADDR, SIGNALLING_AREA as u32);
        self.name_signalling_slots();
        self.apply_clock();
        Ok(())
    }

    fn name_signalling_slots(&mut self) {
        let slots =
            self.spans.each_ref().map(|span| span.config.signalling_slot().map_or(0, Timeslot::number));
        self.bridge.bus.write32(regs::SIGSLOT, u32::from_le_bytes(slots));
    }

    /// Runs the DMA by the clock that is wanted.
    fn apply_clock(&mut self) {
        let control = match self.clock {
            ClockSource::Span(span) => {
                self.bridge.write(0, regs::CMR1, (span as u8 & 3) << regs::CMR1_SPAN_SHIFT);
                regs::DMACTRL_RUN | regs::DMACTRL_RCLK
            }
            ClockSource::Internal | ClockSource::OtherCard => regs::DMACTRL_RUN,
        };
        self.bridge.bus.write32(regs::DMACTRL, control);
    }

    fn shut_down(&mut self) {
        self.bridge.bus.write32(regs::DMACTRL, 0);
        self.bridge.bus.write32(regs::INTR, 0);
        for span in &mut self.spans {
            span.stop(&mut self.bridge);
        }
        self.set_leds(0);
    }

    /// A service of a card that moves frames.
    fn run(&mut self, now: Moment) {
        let State::Running(running) = &mut self.state else { return };
        let interrupts = match self.bridge.interrupts() {
            None if !self.bridge.knows_its_name() => return self.lose_card(now),
            // What could not be read for once is asked again.
            None => self.bridge.interrupts(),
            sound => sound,
        };
        let before = running.buffers;
        running.take_turn(interrupts, now);
        let mut interrupts = interrupts.unwrap_or(0);
        if let Turn::Fresh { missed: 1.. } | Turn::Early = running.turn {
            if !self.bridge.knows_its_name() {
                return self.lose_card(now);
            }
            // A number that is not the next one is asked for again before anything is counted by it.
            if let Some(again) = self.bridge.interrupts() {
                running.buffers = before;
                running.take_turn(Some(again), now);
                interrupts |= again;
            }
        }
        if interrupts & regs::INTR_DMA != 0 {
            self.bridge.bus.write32(regs::INTR, 0);
        }
        if let Turn::Fresh { .. } = running.turn {
            self.vitality.note_move(now);
        }
        self.receive_turn();
        if self.vitality.stands_still(now) {
            return self.lose_card(now);
        }
        self.attend(interrupts, now);
    }

    /// Takes the receive half, and counts what was missed.
    fn receive_turn(&mut self) {
        let State::Running(Running { buffers, turn, .. }) = &self.state else { return };
        self.signalling = NO_SIGNALLING;
        match turn {
            Turn::Fresh { .. } => {
                self.bridge.bus.dma_read(buffers.rx_offset(), &mut self.received);
                self.bridge.bus.dma_read(buffers.signalling_offset(), self.signalling.as_flattened_mut());
            }
            Turn::Nothing => self.received.fill(IDLE_OCTET),
            Turn::Early => {}
        }
        count_turn(*turn, &mut self.spans);
    }

    /// Attends to the spans: those that interrupt, and those whose turn it is.
    fn attend(&mut self, interrupts: u32, now: Moment) {
        let State::Running(running) = &mut self.state else { return };
        let (service, turn) = (running.services, running.turn);
        running.services = (service + 1) % POLL_ROUND;
        if service == NAME_CHECK && !self.bridge.knows_its_name() {
            return self.lose_card(now);
        }
        if interrupts & regs::INTR_FRAMER != 0 {
            let spans = self.bridge.read(0, regs::CIS);
            // More spans than there are: a card that was pulled just now.
            if spans >> SPANS != 0 && !self.bridge.knows_its_name() {
                return self.lose_card(now);
            }
            self.attend_framers(spans);
        }
        if let Turn::Fresh { missed } = turn {
            let frames = Frames(missed.saturating_add(1).saturating_mul(GRANULE as u64));
            self.spans.iter_mut().for_each(|span| span.pass_test(&mut self.bridge, frames));
        }
        self.poll_status(service);
        self.show_status();
    }

    fn attend_framers(&mut self, spans: u8) {
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
                span.listen_for_message(&mut self.bridge);
                span.look_at_test(&mut self.bridge);
            }
        }
    }

    fn show_status(&mut self) {
        let mut leds = regs::LEDS_ACTIVATE;
        for (number, span) in self.spans.iter().enumerate() {
            let colour = match Lamp::of(span.status.defects) {
                Lamp::Red => LED_RED,
                Lamp::Green => LED_GREEN,
                Lamp::Yellow => LED_YELLOW,
            };
            leds |= colour << (2 * number);
        }
        if leds != self.leds {
            self.set_leds(leds);
        }
    }

    fn set_leds(&mut self, leds: u32) {
        self.leds = leds;
        self.bridge.bus.write32(regs::LEDS, leds);
    }

    fn lose_card(&mut self, now: Moment) {
        self.state = State::Gone(Gone::at(now));
        self.presence = Presence::Away;
        self.spans.iter_mut().for_each(Span::lose_card);
    }

    /// Sets a card up that is back.
    fn look_for_card(&mut self, now: Moment) {
        let risen = self.bridge.recognise(self.info.serial).and_then(|()| self.bring_up());
        match risen {
            Ok(()) => self.begin(),
            Err(error) => {
                self.presence = identity::presence(&error);
                self.state = State::Gone(Gone::at(now));
            }
        }
    }

    /// The card moves frames from now on.
    fn begin(&mut self) {
        self.received = [IDLE_OCTET; HALF_OCTETS];
        self.signalling = NO_SIGNALLING;
        self.vitality.restart();
        self.presence = Presence::There;
        self.state = State::Running(Running::new());
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
        self.find_span(span)?.config = Setup::new(config)?;
        Ok(())
    }

    fn change(&mut self, _: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.configure(span, config)?;
        self.spans[span].forget();
        if let State::Running(_) = self.state {
            self.spans[span].set_up(&mut self.bridge)?;
            self.name_signalling_slots();
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.bridge.recognise(self.info.serial)?;
        self.spans.iter_mut().for_each(Span::forget);
        self.clock = ClockSource::Internal;
        if let Err(error) = self.bring_up() {
            self.shut_down();
            self.state = State::Stopped;
            return Err(error);
        }
        self.begin();
        Ok(())
    }

    fn stop(&mut self) {
        self.shut_down();
        self.state = State::Stopped;
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        let _ = self.bridge.bus.interrupt(tick.end());
        let now = self.vitality.begin_service(&self.bridge.bus, tick, GRANULE);
        self.spans.iter_mut().for_each(Span::begin_service);
        match self.state {
            State::Running(_) => self.run(now),
            State::Gone(gone) if gone.is_due(now) => self.look_for_card(now),
            State::Gone(_) | State::Stopped => {}
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

    fn receive_signalling(&mut self, _: &MediaTick<'_>, span: usize, octets: &mut [u8]) -> Option<usize> {
        self.spans.get(span)?.config.signalling_slot()?;
        let there = matches!(self.state, State::Running(_));
        Some(if there { signalling_octets::take(&self.signalling[span], octets) } else { 0 })
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
            Turn::Early => add(&mut counters.transmit.frames_dropped, frames.len() as u64),
            Turn::Nothing => {}
        }
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.spans[span].received
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        // A card that is away gets them when it is back.
        let bridge = matches!(self.state, State::Running(_)).then_some(&mut self.bridge);
        if let Some(span) = self.spans.get_mut(span) {
            span.set_bits(bridge, slot, bits);
        }
    }

    fn set_clock(&mut self, _: &MediaTick<'_>, source: ClockSource) {
        self.clock = source;
        if let State::Running(_) = self.state {
            self.apply_clock();
        }
    }

    fn order(&mut self, _: &MediaTick<'_>, span: usize, order: &LineOrder) {
        let bridge = matches!(self.state, State::Running(_)).then_some(&mut self.bridge);
        if let Some(span) = self.spans.get_mut(span) {
            span.order(bridge, order);
        }
    }

    fn presence(&self) -> Presence {
        self.presence
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.spans[span].status
    }
}

impl Running {
    const fn new() -> Self {
        Self { buffers: Buffers::new(), turn: Turn::Nothing, services: FIRST_SERVICE }
    }

    /// Finds out which half is the host's, of what INTR tells, if it could be read.
    fn take_turn(&mut self, interrupts: Option<u32>, now: Moment) {
        self.turn = interrupts.map_or(Turn::Nothing, |interrupts| {
            let rxident = (interrupts >> regs::INTR_RXIDENT_SHIFT) as u8 & 0x7f;
            self.buffers.advance(rxident, interrupts & regs::INTR_DMA != 0, now)
        });
    }
}

/// The bridge turns the halves for all spans together, so each has missed or repeated the same.
fn count_turn(turn: Turn, spans: &mut [Span; SPANS]) {
    for span in spans {
        let counters = &mut span.status.counters;
        match turn {
            Turn::Fresh { missed } => {
                add(&mut counters.frames_missed, missed.saturating_mul(GRANULE as u64));
            }
            Turn::Early => add(&mut counters.slips_repeated, GRANULE as u64),
            Turn::Nothing => {}
        }
    }
}

/// The framers put no errors into traffic, and make one pattern only.
const ABILITIES: Abilities = Abilities {
    clocks: true,
    loops: [true; 3],
    errors: [true, true, true, false],
    alarms: true,
    customer_alarms: false,
    sa_bits: true,
    sync_messages: true,
    loop_commands: false,
    network_loops: false,
    line_tests: LineTests::Prbs15,
    changes: true,
    loses_frames: false,
};
const NO_SIGNALLING: SignallingHalf = [[0; 16]; SPANS];
const MODEL: &str = "falc4";
const SPANS: usize = 4;
/// Services between two polls of status.
const POLL_SPACING: usize = 4;
/// Services in which every span is polled: 16 ms.
const POLL_ROUND: usize = POLL_SPACING * SPANS;
/// Out of the range of a round, so that it comes once.
const FIRST_SERVICE: usize = POLL_ROUND;
/// In which service of a round the card is asked for its name.
const NAME_CHECK: usize = 2;
const LED_RED: u32 = 1;
const LED_GREEN: u32 = 2;
const LED_YELLOW: u32 = 3;
