//! A far end for engine tests: it sits behind a pair of looped cards and is scripted frame by frame.
#![allow(dead_code, unreachable_pub)] // each test file uses its part

pub mod bench;
pub mod callers;
pub mod lossy;
pub mod tapped;

use std::sync::{Arc, Mutex};
use tandem_card::{
    Card, CardError, CardFactory, CardInfo, CardRequest, FactoryError, Frame, LoopCard, OpenedCard,
    SpanConfig, SpanStatus,
};
use tandem_engine::{Config, Engine};
use tandem_rt::{MediaLoop, MediaTick, Next, Step};
use tandem_types::{Abcd, Defects, FrameTime, Timeslot};

/// What a scripted far end does and hears, one frame at a time.
pub trait Script: Send {
    /// Frame `now` of span `span`: `heard` was received; fill what is sent and the bits to send.
    fn frame(&mut self, now: u64, span: usize, heard: &Frame, send: &mut Frame, line: &mut Line);
}

/// The signalling bits of one span, as the far end sees them.
pub struct Line {
    pub heard: [Abcd; 32],
    pub send: [Abcd; 32],
}

struct FarEnd<S> {
    card: LoopCard,
    media: MediaLoop,
    granule: usize,
    lines: Vec<Line>,
    sent_bits: Vec<[Abcd; 32]>,
    script: Arc<Mutex<S>>,
}

impl<S: Script> Step for FarEnd<S> {
    fn step(&mut self, now: FrameTime) -> Next {
        let Self { card, media, granule, lines, sent_bits, script } = self;
        let mut script = script.lock().expect("no panic in a script");
        while media.now() < now {
            // This is a simulated world: it runs beside the media section, not in it.
            let start = media.now();
            let mut heard = vec![[0; 32]; *granule];
            let mut send = vec![[0; 32]; *granule];
            for span in 0..lines.len() {
                media_peek(media, *granule, |tick| {
                    if span == 0 {
                        card.service(tick);
                    }
                    card.receive(tick, span, &mut heard);
                    lines[span].heard = *card.received_bits(span);
                });
                for (index, (heard, send)) in heard.iter().zip(&mut send).enumerate() {
                    script.frame(start.0 + index as u64, span, heard, send, &mut lines[span]);
                }
                media_peek(media, *granule, |tick| {
                    card.transmit(tick, span, &send);
                    for slot in (0..32).filter_map(Timeslot::new) {
                        let (now, sent) =
                            (lines[span].send[slot.index()], &mut sent_bits[span][slot.index()]);
                        if now != *sent {
                            *sent = now;
                            card.set_bits(tick, span, slot, now);
                        }
                    }
                });
            }
            *media = MediaLoop::new(FrameTime(start.0 + *granule as u64));
        }
        Next::At(FrameTime(now.0 + *granule as u64))
    }
}

fn media_peek(media: &MediaLoop, granule: usize, work: impl FnOnce(&MediaTick<'_>)) {
    MediaLoop::new(media.now()).run_tick(granule, work);
}

/// When span 0 is defective: the answer for a frame.
pub type Schedule = fn(u64) -> Defects;

/// What is wrong with a looped card.
#[derive(Clone, Copy)]
pub struct Faults {
    /// When its first span is defective. While it is, what is received is noise.
    pub schedule: Schedule,
    /// A span that it does not change.
    pub refuses: Option<usize>,
}

struct FaultyCard {
    inner: LoopCard,
    faults: Faults,
    status: SpanStatus,
}

impl Card for FaultyCard {
    fn info(&self) -> &CardInfo {
        self.inner.info()
    }
    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.inner.configure(span, config)
    }
    fn change(&mut self, tick: &MediaTick<'_>, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        match self.faults.refuses == Some(span) {
            true => Err(CardError::Unsupported("what is asked of it")),
            false => self.inner.change(tick, span, config),
        }
    }
    fn start(&mut self) -> Result<(), CardError> {
        self.inner.start()
    }
    fn stop(&mut self) {
        self.inner.stop();
    }
    fn service(&mut self, tick: &MediaTick<'_>) {
        let defects = (self.faults.schedule)(tick.end().0);
        // Received bits are frozen while the span is defective, as a framer does it.
        if defects.is_empty() {
            self.inner.service(tick);
        }
        self.status.defects = defects;
    }
    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        self.inner.receive(tick, span, frames);
        if span == 0 && !self.status.defects.is_empty() {
            frames.fill([0x2a; 32]);
        }
    }
    fn transmit(&mut self, tick: &MediaTick<'_>, span: usize, frames: &[Frame]) {
        self.inner.transmit(tick, span, frames);
    }
    fn received_bits(&self, span: usize) -> &[Abcd; 32] {
        self.inner.received_bits(span)
    }
    fn set_bits(&mut self, tick: &MediaTick<'_>, span: usize, slot: Timeslot, bits: Abcd) {
        self.inner.set_bits(tick, span, slot, bits);
    }
    fn status(&self, span: usize) -> &SpanStatus {
        if span == 0 { &self.status } else { self.inner.status(span) }
    }
}

struct LoopFactory<S> {
    granule: usize,
    spans: usize,
    script: Arc<Mutex<S>>,
    faults: Option<Faults>,
}

impl<S: Script + 'static> CardFactory for LoopFactory<S> {
    fn models(&self) -> Vec<&'static str> {
        vec!["loop"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let (near, far) = LoopCard::pair(self.spans, self.granule);
        let line = || Line { heard: [Abcd::default(); 32], send: [Abcd::new(0b1101); 32] };
        let world = FarEnd {
            card: far,
            media: MediaLoop::default(),
            granule: self.granule,
            lines: (0..self.spans).map(|_| line()).collect(),
            sent_bits: vec![[Abcd::default(); 32]; self.spans],
            script: Arc::clone(&self.script),
        };
        let card: Box<dyn Card> = match self.faults {
            Some(faults) => Box::new(FaultyCard { inner: near, faults, status: SpanStatus::default() }),
            None => Box::new(near),
        };
        Ok(OpenedCard { card, world: Some(Box::new(world)) })
    }
}

/// Opens an engine on one loop card whose far end follows `script`.
pub fn open<S: Script + 'static>(
    config: &str,
    spans: usize,
    granule: usize,
    script: &Arc<Mutex<S>>,
) -> Result<Engine, tandem_engine::OpenError> {
    let factory = LoopFactory { granule, spans, script: Arc::clone(script), faults: None };
    Engine::open(Config::parse(config)?, &mut [Box::new(factory)])
}

/// The same with one span that is defective by a schedule.
pub fn open_faulty<S: Script + 'static>(
    config: &str,
    schedule: Schedule,
    script: &Arc<Mutex<S>>,
) -> Result<Engine, tandem_engine::OpenError> {
    open_with_faults(config, 1, Faults { schedule, refuses: None }, script)
}

/// The same with so many spans, and with other faults.
pub fn open_with_faults<S: Script + 'static>(
    config: &str,
    spans: usize,
    faults: Faults,
    script: &Arc<Mutex<S>>,
) -> Result<Engine, tandem_engine::OpenError> {
    let script = Arc::clone(script);
    let factory = LoopFactory { granule: 8, spans, script, faults: Some(faults) };
    Engine::open(Config::parse(config)?, &mut [Box::new(factory)])
}
