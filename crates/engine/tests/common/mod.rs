//! A far end for engine tests: it sits behind a pair of looped cards and is scripted frame by frame.
#![allow(dead_code, unreachable_pub)] // each test file uses its part

pub mod callers;

use std::sync::{Arc, Mutex};
use tandem_card::{Card, CardFactory, CardRequest, FactoryError, Frame, LoopCard, OpenedCard};
use tandem_engine::{Config, Engine};
use tandem_rt::{MediaLoop, Next, Step};
use tandem_types::{Abcd, FrameTime, Timeslot};

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
                        let (now, sent) = (lines[span].send[slot.index()], &mut sent_bits[span][slot.index()]);
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

fn media_peek(media: &MediaLoop, granule: usize, work: impl FnOnce(&tandem_rt::MediaTick<'_>)) {
    MediaLoop::new(media.now()).run_tick(granule, work);
}

struct LoopFactory<S> {
    granule: usize,
    spans: usize,
    script: Arc<Mutex<S>>,
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
        Ok(OpenedCard { card: Box::new(near), world: Some(Box::new(world)) })
    }
}

/// Opens an engine on one loop card whose far end follows `script`.
pub fn open<S: Script + 'static>(
    config: &str,
    spans: usize,
    granule: usize,
    script: &Arc<Mutex<S>>,
) -> Result<Engine, tandem_engine::OpenError> {
    let factory = LoopFactory { granule, spans, script: Arc::clone(script) };
    Engine::open(Config::parse(config)?, &mut [Box::new(factory)])
}
