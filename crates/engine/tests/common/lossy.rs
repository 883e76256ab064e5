//! A looped card that loses frames on their way to it.
use super::{FarEnd, Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::{
    Card, CardError, CardFactory, CardInfo, CardRequest, FactoryError, Frame, LoopCard, OpenedCard,
    SpanConfig, SpanStatus,
};
use tandem_engine::{Config, Engine};
use tandem_rt::{MediaLoop, MediaTick};
use tandem_types::{Abcd, LostFrames, Timeslot};

/// Which frames span 0 loses.
pub type Losses = fn(u64) -> bool;

struct LossyCard {
    inner: LoopCard,
    info: CardInfo,
    losses: Losses,
    lost: LostFrames,
    status: SpanStatus,
}

impl Card for LossyCard {
    fn info(&self) -> &CardInfo {
        &self.info
    }
    fn configure(&mut self, span: usize, config: &SpanConfig) -> Result<(), CardError> {
        self.inner.configure(span, config)
    }
    fn start(&mut self) -> Result<(), CardError> {
        self.inner.start()
    }
    fn stop(&mut self) {
        self.inner.stop();
    }
    fn service(&mut self, tick: &MediaTick<'_>) {
        self.inner.service(tick);
    }
    fn receive(&mut self, tick: &MediaTick<'_>, span: usize, frames: &mut [Frame]) {
        self.inner.receive(tick, span, frames);
        if span == 0 {
            let is_lost = |frame: &usize| (self.losses)(tick.start().0 + *frame as u64);
            self.lost = (0..frames.len()).filter(is_lost).collect();
            self.lost.frames().for_each(|frame| frames[frame] = [IDLE; 32]);
            self.status.counters.frames_lost += self.lost.count() as u64;
        }
    }
    fn lost_frames(&self, span: usize) -> LostFrames {
        if span == 0 { self.lost } else { LostFrames::NONE }
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

struct LossyFactory<S> {
    granule: usize,
    losses: Losses,
    script: Arc<Mutex<S>>,
}

impl<S: Script + 'static> CardFactory for LossyFactory<S> {
    fn models(&self) -> Vec<&'static str> {
        vec!["lossy"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let (inner, far) = LoopCard::pair(2, self.granule);
        let mut info = inner.info().clone();
        info.abilities.loses_frames = true;
        let line = || Line { heard: [Abcd::default(); 32], send: [Abcd::new(0b1101); 32] };
        let world = FarEnd {
            card: far,
            media: MediaLoop::default(),
            granule: self.granule,
            lines: (0..2).map(|_| line()).collect(),
            sent_bits: vec![[Abcd::default(); 32]; 2],
            script: Arc::clone(&self.script),
        };
        let (lost, status) = (LostFrames::NONE, SpanStatus::default());
        let card = Box::new(LossyCard { inner, info, losses: self.losses, lost, status });
        Ok(OpenedCard { card, world: Some(Box::new(world)) })
    }
}

/// Opens an engine on a card (`model = "lossy"`) of two spans whose first loses these frames.
pub fn open_lossy<S: Script + 'static>(
    config: &str,
    granule: usize,
    losses: Losses,
    script: &Arc<Mutex<S>>,
) -> Engine {
    let factory = LossyFactory { granule, losses, script: Arc::clone(script) };
    let config = Config::parse(config).expect("a good configuration");
    Engine::open(config, &mut [Box::new(factory)]).expect("an engine")
}

const IDLE: u8 = 0xd5;
