//! Driver of the octal descriptor-ring card (`ds8`): eight spans, each E1, T1 or J1, behind a bridge whose DMA follows a
//! ring of descriptors.
//!
//! It programs the contract of `docs/cards/ds8.md` through a [`Bus`] and shares no table with anything that emulates
//! the card. All of it runs on the media thread, once in 8 frames, and polls: each span has its turn every 8 services,
//! whether it interrupts or not. A card that is pulled reads all ones, one that hangs completes no descriptor, one that
//! is broken sets bits that are always 0 and does not know its own name: its spans then report loss of signal, and once
//! a second it is looked for. When it is back it is set up as it was, a span a service.

mod bridge;
mod link;
mod port;
mod regs;
mod ring;
mod running;
mod setup;
mod signalling;
mod status;
mod tester;

use crate::condition::Lamp;
use crate::vitality::{Gone, Moment, Vitality};
use crate::{
    Abilities, Bus, Card, CardError, CardInfo, ClockSource, Frame, LineOrder, LineTests, PortKind, Presence,
    SpanConfig, SpanStatus, add, identity, signalling_octets,
};
use bridge::Bridge;
use port::Port;
use ring::{DMA_OCTETS, GRANULE, IDLE, IDLE_OCTET, SPANS, Signalling, Unit};
use running::{CHIP, Running, choose_clock, dma_runs, start_dma};
use setup::Setup;
use tandem_line::pm::Second;
use tandem_rt::MediaTick;
use tandem_types::{Abcd, FrameTime, Frames, Timeslot};

/// An octal descriptor-ring card on its bus.
#[derive(Debug)]
pub struct Ds8Driver<B> {
    info: CardInfo,
    bridge: Bridge<B>,
    ports: [Port; SPANS],
    state: State,
    presence: Presence,
    /// What was received in this service, and what is to be sent.
    received: Unit,
    signalling: Signalling,
    sending: Unit,
    /// The span that handed its frames over last in the granule before, and in this one.
    last_sender: usize,
    sender: usize,
    /// What GPO was last given.
    lights: u32,
    clock: ClockSource,
    vitality: Vitality,
}

#[derive(Debug)]
enum State {
    Stopped,
    Running(Running),
    /// The card is back: DMA is to stop first, then its spans are set up, one a service.
    Rising(Option<usize>),
    Gone(Gone),
}

impl<B: Bus> Ds8Driver<B> {
    /// Takes the card on `bus`, if it is one. Nothing is written to it.
    pub fn new(bus: B) -> Result<Self, CardError> {
        let mut bridge = Bridge::new(bus);
        bridge.probe()?;
        if bridge.bus.dma_size() < DMA_OCTETS {
            return Err(CardError::Hardware("the DMA memory is smaller than the longest ring"));
        }
        let spans = vec![PortKind::E1OrT1; SPANS];
        let serial = bridge.serial();
        let info = CardInfo { model: MODEL, serial, spans, granule: GRANULE, abilities: ABILITIES };
        let setup = Setup::new(&SpanConfig::default())?;
        Ok(Self {
            info,
            bridge,
            ports: std::array::from_fn(|number| Port::new(number, setup)),
            state: State::Stopped,
            presence: Presence::There,
            received: IDLE,
            signalling: NO_SIGNALLING,
            sending: IDLE,
            last_sender: SPANS - 1,
            sender: SPANS - 1,
            lights: 0,
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

    /// Controlled slips of `span` between the transmit highway and the line, of either sign.
    #[must_use]
    pub fn transmit_slips(&self, span: usize) -> u64 {
        self.ports.get(span).map_or(0, |port| port.transmit_slips)
    }

    /// Sets everything up in one go.
    fn bring_up(&mut self) -> Result<(), CardError> {
        self.stop_dma();
        self.reset_chip()?;
        for port in &mut self.ports {
            port.set_up(&mut self.bridge, FrameTime::ZERO)?;
        }
        self.let_run();
        Ok(())
    }

    /// Stops DMA and waits for it as long as a unit lasts, on a card that answers at the speed of a bus; whether it has.
    fn stop_dma(&mut self) -> bool {
        self.bridge.write(regs::TDM_CONTROL, 0);
        (0..LONGEST_WAIT).any(|_| !dma_runs(&mut self.bridge))
    }

    /// Resets the framer chip and asks it for its name.
    fn reset_chip(&mut self) -> Result<(), CardError> {
        let bridge = &mut self.bridge;
        bridge.write(regs::IER, 0);
        bridge.write(regs::MER, 0);
        bridge.write(regs::IAR, regs::ALL_ONES);
        bridge.write(regs::GPO_TRI, 0);
        bridge.write(regs::GPO, 0);
        self.lights = regs::GPO_FRAMER_RUN;
        bridge.write(regs::GPO, self.lights);
        let name = bridge.read_port(CHIP, regs::IDR);
        if name & regs::IDR_DEVICE_MASK != regs::IDR_DEVICE || !bridge.is_sound() {
            return Err(CardError::Hardware("IDR does not name the framer chip of a ds8 card"));
        }
        bridge.write_port(CHIP, regs::GTCR1, regs::GTCR1_NO_INTERRUPT);
        bridge.write_port(CHIP, regs::GTCCR, regs::GTCCR_MASTER);
        for value in [0xff, 0] {
            bridge.write_port(CHIP, regs::GLSRR, value);
            bridge.write_port(CHIP, regs::GFSRR, value);
        }
        Ok(())
    }

    /// Lets the chip interrupt, and frames flow.
    fn let_run(&mut self) {
        for (mask, value) in [(regs::GFIMR, 0xff), (regs::GBIMR, 0), (regs::GLIMR, 0), (regs::GTCR1, 0)] {
            self.bridge.write_port(CHIP, mask, value);
        }
        self.name_signalling_slots();
        let mut running = Running::new();
        (self.received, self.signalling, self.sending) = (IDLE, NO_SIGNALLING, IDLE);
        running.stopping = dma_runs(&mut self.bridge);
        choose_clock(&mut self.bridge, self.clock, &self.ports);
        self.bridge.write(regs::IER, INTERRUPTS);
        self.bridge.write(regs::MER, regs::MER_ON);
        if !running.stopping {
            start_dma(&mut self.bridge, &mut running.ring);
        }
        self.vitality.restart();
        self.presence = Presence::There;
        self.state = State::Running(running);
    }

    fn name_signalling_slots(&mut self) {
        let slots =
            self.ports.each_ref().map(|port| port.setup.signalling_slot().map_or(0, Timeslot::number));
        self.bridge.write(regs::TDM_SIGADDR, ring::SIGNALLING as u32);
        let registers = [regs::TDM_SIGSLOT1, regs::TDM_SIGSLOT2];
        for (register, slots) in registers.into_iter().zip(slots.as_chunks().0) {
            self.bridge.write(register, u32::from_le_bytes(*slots));
        }
    }

    fn shut_down(&mut self) {
        self.stop_dma();
        self.bridge.write(regs::IER, 0);
        self.bridge.write(regs::MER, 0);
        self.bridge.write_port(CHIP, regs::GFIMR, 0);
        for port in &mut self.ports {
            port.stop(&mut self.bridge);
        }
        self.lights = regs::GPO_FRAMER_RUN;
        self.bridge.write(regs::GPO, self.lights);
    }

    fn lose_card(&mut self, now: Moment) {
        self.state = State::Gone(Gone::at(now));
        self.presence = Presence::Away;
        self.ports.iter_mut().for_each(Port::lose_card);
    }

    /// Begins to set a card up that is back.
    fn look_for_card(&mut self, now: Moment) {
        if let Err(error) = self.bridge.recognise(self.info.serial) {
            self.lose_card(now);
            self.presence = identity::presence(&error);
            return;
        }
        self.presence = Presence::Away;
        self.bridge.write(regs::TDM_CONTROL, 0);
        self.vitality.restart();
        self.state = State::Rising(None);
    }

    /// One step of that.
    fn rise(&mut self, step: Option<usize>, now: Moment) {
        let done = match step {
            None if dma_runs(&mut self.bridge) => {
                if self.vitality.stands_still(now) {
                    self.lose_card(now);
                }
                return;
            }
            None => self.reset_chip(),
            Some(span) => match self.ports.get_mut(span) {
                Some(port) => port.set_up(&mut self.bridge, now.due),
                None => return self.let_run(),
            },
        };
        match done {
            Ok(()) => self.state = State::Rising(Some(step.map_or(0, |step| step + 1))),
            Err(_) => self.lose_card(now),
        }
    }

    /// A service of a card that moves frames.
    fn run(&mut self, now: Moment) {
        let State::Running(running) = &mut self.state else { return };
        let bridge = &mut self.bridge;
        // Fewer spans were served than in the granule before.
        running.ring.give_back(&mut bridge.bus, &self.sending);
        self.last_sender = self.sender;
        // What could not be read for once is asked for in the next service; the ring is in memory.
        let interrupts = bridge.interrupts().unwrap_or(0);
        if bridge.is_gone() {
            return self.lose_card(now);
        }
        if interrupts != 0 {
            bridge.write(regs::IAR, interrupts);
        }
        self.signalling = NO_SIGNALLING;
        match running.ring.take(&mut bridge.bus, &mut self.received, &mut self.signalling, now) {
            Some(missed) => {
                self.vitality.note_move(now);
                count_missed(&mut self.ports, missed.saturating_mul(GRANULE as u64));
            }
            None => self.received.fill(IDLE_OCTET),
        }
        if self.vitality.stands_still(now) {
            return self.lose_card(now);
        }
        running.keep_ring_turning(bridge, interrupts);
        running.attend(bridge, &mut self.ports, interrupts, now.due);
        running.take_turns(bridge, &mut self.ports, now.due);
        if bridge.is_gone() {
            return self.lose_card(now);
        }
        self.show_lights();
    }

    fn show_lights(&mut self) {
        let mut lights = regs::GPO_FRAMER_RUN;
        for (span, port) in self.ports.iter().enumerate() {
            let colour = match Lamp::of(port.status.defects) {
                Lamp::Red => LED_RED,
                Lamp::Green => LED_GREEN,
                Lamp::Yellow => LED_GREEN | LED_RED,
            };
            lights |= colour << (regs::GPO_LEDS_SHIFT + 2 * span);
        }
        if lights != self.lights {
            self.lights = lights;
            self.bridge.write(regs::GPO, lights);
        }
    }

    /// The bridge, unless orders must wait for the card to be back.
    const fn present<'a>(state: &State, bridge: &'a mut Bridge<B>) -> Option<&'a mut Bridge<B>> {
        if matches!(state, State::Running(_)) { Some(bridge) } else { None }
    }
}

impl<B: Bus> Card for Ds8Driver<B> {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        let port = self.ports.get_mut(span).ok_or(CardError::NoSuchSpan { span, spans: SPANS })?;
        port.configure(config)
    }

    fn change(&mut self, tick: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.configure(span, config)?;
        if let Some(bridge) = Self::present(&self.state, &mut self.bridge) {
            self.ports[span].set_up(bridge, tick.end())?;
            self.name_signalling_slots();
        }
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        self.bridge.recognise(self.info.serial)?;
        self.ports.iter_mut().for_each(Port::forget);
        self.clock = ClockSource::Internal;
        if let Err(error) = self.bring_up() {
            self.shut_down();
            self.state = State::Stopped;
            return Err(error);
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.shut_down();
        self.state = State::Stopped;
    }

    fn service(&mut self, tick: &MediaTick<'_>) {
        let _ = self.bridge.bus.interrupt(tick.end());
        let now = self.vitality.begin_service(&self.bridge.bus, tick, GRANULE);
        self.ports.iter_mut().for_each(Port::begin_service);
        match self.state {
            State::Running(_) => self.run(now),
            State::Rising(step) => self.rise(step, now),
            State::Gone(gone) if gone.is_due(now) => self.look_for_card(now),
            State::Gone(_) | State::Stopped => {}
        }
    }

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        frames.fill([IDLE_OCTET; Timeslot::PER_FRAME]);
        if let State::Running(_) = self.state
            && span < SPANS
        {
            ring::to_frames(&self.received, span, frames);
        }
    }

    fn receive_signalling(&mut self, _: &MediaTick<'_>, span: usize, octets: &mut [u8]) -> Option<usize> {
        self.ports.get(span)?.setup.signalling_slot()?;
        let there = matches!(self.state, State::Running(_));
        Some(if there { signalling_octets::take(&self.signalling[span], octets) } else { 0 })
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        let State::Running(running) = &mut self.state else { return };
        if span >= SPANS {
            return;
        }
        self.sender = span;
        if running.ring.owes() {
            ring::from_frames(frames, span, &mut self.sending);
            // All spans of a granule leave together, when the one that was last in the granule before has come.
            if span == self.last_sender {
                running.ring.give_back(&mut self.bridge.bus, &self.sending);
            }
        }
    }

    fn received_bits(&self, span: usize) -> &[Abcd; Timeslot::PER_FRAME] {
        &self.ports[span].signalling.received
    }

    fn set_bits(&mut self, _: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        let bridge = Self::present(&self.state, &mut self.bridge);
        if let Some(port) = self.ports.get_mut(span) {
            port.set_bits(bridge, slot, bits);
        }
    }

    fn set_clock(&mut self, _: &MediaTick<'_>, source: ClockSource) {
        let is_another = std::mem::replace(&mut self.clock, source) != source;
        if is_another && let Some(bridge) = Self::present(&self.state, &mut self.bridge) {
            choose_clock(bridge, source, &self.ports);
        }
    }

    fn order(&mut self, tick: &MediaTick<'_>, span: usize, order: &LineOrder) {
        let bridge = Self::present(&self.state, &mut self.bridge);
        if let Some(port) = self.ports.get_mut(span) {
            port.order(bridge, tick.end(), order);
        }
    }

    fn poll_far_second(&mut self, span: usize) -> Option<Second> {
        self.ports.get_mut(span)?.take_far_second()
    }

    fn presence(&self) -> Presence {
        self.presence
    }

    fn status(&self, span: usize) -> &SpanStatus {
        &self.ports[span].status
    }
}

/// A descriptor carries all spans, so each has missed the same.
fn count_missed(ports: &mut [Port; SPANS], frames: u64) {
    for port in ports {
        add(&mut port.status.counters.frames_missed, frames);
    }
}

/// Of errors the chip puts only bipolar violations into what it sends.
const ABILITIES: Abilities = Abilities {
    clocks: true,
    loops: [true; 3],
    errors: [true, false, false, false],
    alarms: true,
    customer_alarms: true,
    sa_bits: true,
    sync_messages: true,
    loop_commands: true,
    network_loops: false,
    line_tests: LineTests::Common,
    changes: true,
    loses_frames: false,
};
const NO_SIGNALLING: Signalling = [[0; 16]; SPANS];
const MODEL: &str = "ds8";
const INTERRUPTS: u32 = regs::ISR_DESC_UNDERRUN | regs::ISR_DESC_COMPLETE | regs::ISR_FRAMER;
/// Reads of TDM_CONTROL for which the end of a unit is waited for.
const LONGEST_WAIT: usize = 2000;
const LED_GREEN: u32 = 1;
const LED_RED: u32 = 2;
