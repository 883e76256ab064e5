//! The exchange at the far end of the trunks: places calls into the switch under test, answers those that it
//! places, and checks every octet it hears.
//!
//! It speaks E&M immediate start from raw bits and milliseconds, and ISDN at a [`PriPort`]; but for the two layers of
//! that it shares no machine and no table with the engine. It opens no file: speech and prompts are handed to it. One
//! exchange works all its ports, one frame at a time, on whatever thread steps it; it is a measuring instrument and may
//! allocate. What the checker holds the switch to is written at [`CheckConfig`] and [`CheckReport`].
mod alaw;
mod call;
mod chance;
mod checker;
mod circuit;
mod config;
mod control;
mod port;
mod pri_port;
mod report;
mod speech;
mod t1_port;
mod trace;
mod voice;

pub use config::{CalledParty, CallerPlan, CheckConfig, ExchangeConfig, LineConfig, Prompt};
pub use control::{ExchangeControl, LiveCounters};
pub use port::{FarPort, Placement};
pub use pri_port::{DChannel, PriPort};
pub use report::{
    CallRecord, CheckReport, ClearedBy, Direction, ExchangeReport, HeardClass, Outcome, Pressed,
    SpeechStretch, Totals, Unexplained,
};
pub use t1_port::T1Port;

use chance::Chance;
use checker::{Checker, LAG};
use circuit::{Line, Office};
use speech::SpeechBank;
use std::fmt;
use std::sync::Arc;
use tandem_rt::{Next, Step};
use tandem_types::{Defect, Defects, FrameTime, Frames, TelephoneChannel, Timeslot};
use trace::{Circuit, Row, Trace};
use voice::BLOCK;

/// An exchange.
pub struct Exchange {
    config: ExchangeConfig,
    control: Arc<ExchangeControl>,
    spans: Vec<Span>,
    trace: Trace,
    checker: Option<Checker>,
    chance: Chance,
    bank: SpeechBank,
    totals: Totals,
    records: Vec<CallRecord>,
    last_call: u64,
    /// Frames worked; also the time of the next one.
    worked: FrameTime,
    /// When the next call arrives, in frames.
    next_arrival: f64,
    /// Which circuit is asked first for the next call.
    turn: usize,
}

/// One port and the lines on it.
struct Span {
    port: Box<dyn FarPort>,
    /// By telephone channel, from 1.
    lines: Vec<Line>,
    /// What is sent in this millisecond.
    block: [Row; BLOCK],
    /// Whether the last frame was received without any defect.
    sound: bool,
}

impl Exchange {
    /// The most ports that one exchange works.
    pub const MOST_PORTS: usize = 32;

    /// An exchange at these ports; those beyond [`Self::MOST_PORTS`] are left alone.
    #[must_use]
    pub fn new(config: ExchangeConfig, ports: Vec<Box<dyn FarPort>>) -> Self {
        let spans: Vec<Span> = (0..)
            .zip(ports)
            .take(Self::MOST_PORTS)
            .map(|(index, port)| Span::new(index, port, &config))
            .collect();
        let rooms = config.called.iter().filter_map(|party| party.room).map(|room| room + 1).max();
        let rooms = rooms.unwrap_or(0).max(config.plan.rooms.len());
        let mut chance = Chance::new(config.seed);
        // Before that no circuit is free.
        let opening = config.line.guard.0 as f64;
        let next_arrival = next_arrival(opening, &config, &mut chance);
        Self {
            control: Arc::default(),
            trace: if config.check.is_some() { Trace::new(spans.len()) } else { Trace::short(spans.len()) },
            checker: config.check.map(|check| Checker::new(check, &config.prompts, rooms, spans.len())),
            bank: SpeechBank::new(&config.speech, config.keep_records),
            totals: Totals::default(),
            records: Vec::new(),
            last_call: 0,
            worked: FrameTime::ZERO,
            turn: 0,
            next_arrival,
            chance,
            spans,
            config,
        }
    }

    /// A handle for commands and counters.
    #[must_use]
    pub fn control(&self) -> Arc<ExchangeControl> {
        Arc::clone(&self.control)
    }

    /// Whether all circuits are free.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.spans.iter().flat_map(|span| &span.lines).all(Line::is_at_rest)
    }

    /// The whole of the run until now.
    #[must_use]
    pub fn report(&self) -> ExchangeReport {
        let checker = self.checker.as_ref();
        let in_progress = self.spans.iter().flat_map(|span| &span.lines).filter_map(Line::record);
        ExchangeReport {
            frames: self.worked.0,
            totals: self.totals,
            check: checker.map(|checker| checker.report(self.totals.octets_heard)).unwrap_or_default(),
            calls: self.records.iter().chain(in_progress).cloned().collect(),
            speech_reused: self.bank.reused,
        }
    }

    fn work_frame(&mut self) {
        let frame = self.worked.0;
        let place = (frame % BLOCK as u64) as usize;
        if place == 0 {
            self.work_millisecond();
        }
        for (index, span) in self.spans.iter_mut().enumerate() {
            let sent = span.block[place];
            let heard = span.port.exchange_frame(&sent);
            let defects = span.port.defects();
            span.sound = heard.is_some() && defects.is_empty();
            if let Some(checker) = &mut self.checker
                && (heard.is_none() || stops_traffic(defects))
            {
                checker.note_trouble(index, frame);
            }
            self.trace.record(index, frame, &sent, &heard.unwrap_or(SILENCE));
        }
        let octets = self.spans.iter().map(|span| span.lines.len() as u64).sum::<u64>();
        self.totals.octets_sent += octets;
        self.totals.octets_heard += octets;
        if let (Some(checker), Some(settled)) = (&mut self.checker, frame.checked_sub(LAG)) {
            checker.check(&self.trace, settled);
        }
        self.worked += Frames(1);
    }

    fn work_millisecond(&mut self) {
        let hang_up = self.control.hang_up_wanted();
        for index in 0..self.spans.len() {
            self.work_span(index, hang_up);
        }
        while !self.is_stopped() && self.next_arrival <= self.worked.0 as f64 {
            self.next_arrival = next_arrival(self.next_arrival, &self.config, &mut self.chance);
            self.offer_call();
        }
    }

    fn work_span(&mut self, index: usize, hang_up: bool) {
        let (span, mut office) = self.span_and_office(index);
        span.block = [SILENCE; BLOCK];
        for (channel, line) in TelephoneChannel::all().zip(&mut span.lines) {
            let before = line.bits();
            if hang_up {
                line.hang_up(&mut office);
            }
            if line.is_collecting()
                && let Some(number) = span.port.called_number(channel)
            {
                line.take_number(number.to_owned(), &mut office);
            }
            if line.is_waiting() && span.port.has_refused(channel) {
                line.be_refused(&mut office);
            }
            let bits = if span.sound { span.port.bits(channel) } else { None };
            line.step(bits, &mut office);
            if line.bits() != before {
                span.port.set_bits(channel, line.bits());
            }
            let mut block = [alaw::IDLE; BLOCK];
            if line.speak(&mut block, &mut office) {
                for (row, octet) in span.block.iter_mut().zip(block) {
                    row[channel.timeslot().index()] = octet;
                }
            }
        }
    }

    fn offer_call(&mut self) {
        self.totals.offered += 1;
        let Some((index, channel)) = self.find_circuit() else {
            self.totals.blocked += 1;
            return;
        };
        let numbers = &self.config.numbers;
        let number = numbers.get(self.chance.below(numbers.len())).cloned().unwrap_or_default();
        let (span, mut office) = self.span_and_office(index);
        let placement = span.port.place(channel, &number);
        if placement == Placement::Refused {
            office.totals.blocked += 1;
            return;
        }
        let line = &mut span.lines[usize::from(channel.number()) - 1];
        line.seize(number, placement == Placement::Signalled, &mut office);
        span.port.set_bits(channel, line.bits());
    }

    /// The next free circuit: one span after the other, then the next channel of each.
    fn find_circuit(&mut self) -> Option<(usize, TelephoneChannel)> {
        let spans = self.spans.len();
        let circuits = spans * CHANNELS;
        for turn in self.turn..self.turn + circuits {
            let (index, channel) = (turn % spans, turn / spans % CHANNELS);
            let span = &self.spans[index];
            let free = |line: &Line| line.is_free(self.worked, &self.config);
            if span.sound && span.lines.get(channel).is_some_and(free) {
                self.turn = (turn + 1) % circuits;
                return Some((index, TelephoneChannel::new(channel as u8 + 1)?));
            }
        }
        None
    }

    fn is_stopped(&self) -> bool {
        self.control.is_stopped() || self.config.max_calls.is_some_and(|most| self.totals.offered >= most)
    }

    fn span_and_office(&mut self, index: usize) -> (&mut Span, Office<'_>) {
        let office = Office {
            now: self.worked,
            sound: self.spans[index].sound,
            config: &self.config,
            chance: &mut self.chance,
            bank: &mut self.bank,
            totals: &mut self.totals,
            checker: self.checker.as_mut(),
            trace: &self.trace,
            records: &mut self.records,
            last_call: &mut self.last_call,
        };
        (&mut self.spans[index], office)
    }

    fn publish(&self) {
        let counts = self.checker.as_ref().map(Checker::counts);
        let (explained, unchecked, unexplained) = counts.unwrap_or_default();
        let lines = self.spans.iter().flat_map(|span| &span.lines);
        self.control.publish(&LiveCounters {
            frames: self.worked.0,
            active: lines.filter(|line| !line.is_at_rest()).count() as u64,
            offered: self.totals.offered,
            blocked: self.totals.blocked,
            answered: self.totals.answered,
            cleared: self.totals.cleared,
            explained,
            unchecked,
            unexplained,
        });
        if self.control.report_wanted() {
            self.control.put_report(self.report());
        }
    }
}

impl Step for Exchange {
    fn step(&mut self, now: FrameTime) -> Next {
        while self.worked < now {
            self.work_frame();
        }
        self.publish();
        Next::At(now + Frames(BLOCK as u64))
    }
}

impl Span {
    fn new(index: usize, mut port: Box<dyn FarPort>, config: &ExchangeConfig) -> Self {
        let channels = usize::from(port.channels());
        let line = |channel: TelephoneChannel| {
            port.set_bits(channel, config.line.idle_bits());
            Line::new(Circuit::new(index, channel.timeslot().index()), config)
        };
        let lines = TelephoneChannel::all().take(channels).map(line).collect();
        Self { port, lines, block: [SILENCE; BLOCK], sound: false }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exchange({} ports, {}, {:?})", self.spans.len(), self.worked, self.totals)
    }
}

/// When the call after one at `before` arrives; never, without a rate.
fn next_arrival(before: f64, config: &ExchangeConfig, chance: &mut Chance) -> f64 {
    if config.calls_per_second > 0.0 {
        before + chance.exponential(tandem_types::FRAMES_PER_SECOND as f64 / config.calls_per_second)
    } else {
        f64::INFINITY
    }
}

/// Whether octets may be wrong in either direction: our own receiver is not aligned, or the far end says that
/// its receiver is not.
const fn stops_traffic(defects: Defects) -> bool {
    defects.is_severe() || defects.contains(Defect::Rai)
}

const SILENCE: Row = [alaw::IDLE; Timeslot::PER_FRAME];
/// The most that a port has.
const CHANNELS: usize = 30;
