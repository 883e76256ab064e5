//! Cards on the media thread: sixteen E1 spans framed in software, line code apart, the driver of a quad card
//! against what a card's bus answered when it was recorded, and the DAHDI back end without what its system calls cost. One
//! element is a millisecond, of one span or of the card.
mod cpu_time;
use cpu_time::{CpuTime, criterion};
use criterion::{Criterion, Throughput};
use hw_sim::{Falc4, Falc4Config, WireConfig, wire};
use std::ffi::CStr;
use std::hint::black_box;
use tandem_card::dahdi::abi::{REQUEST_GET_PARAMS, REQUEST_SPANSTAT};
use tandem_card::dahdi::{DahdiCard, DahdiOptions, DahdiSys};
use tandem_card::{
    Abilities, Bus, Card, CardError, CardInfo, ClockSource, CrcMode, Falc4Driver, Frame, LineCode, LineIo,
    LineSignal, PortKind, SoftFramer, SpanConfig,
};
use tandem_rt::sys::Errno;
use tandem_rt::{MediaLoop, MediaTick};
use tandem_types::FrameTime;

const SPANS: usize = 16;
const GRANULE: usize = 8;
const CONFIG: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, true);

/// Spans whose bits come back to them.
struct Loops {
    info: CardInfo,
    words: [[u64; 4 * GRANULE]; SPANS],
}

impl Loops {
    fn new() -> Self {
        let (spans, abilities) = (vec![PortKind::E1; SPANS], Abilities::default());
        let info = CardInfo { model: "loops", serial: None, spans, granule: GRANULE, abilities };
        Self { info, words: [[u64::MAX; 4 * GRANULE]; SPANS] }
    }
}

impl LineIo for Loops {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn configure(&mut self, _: usize, _: &SpanConfig) -> Result<(), CardError> {
        Ok(())
    }

    fn start(&mut self) -> Result<(), CardError> {
        Ok(())
    }

    fn stop(&mut self) {}

    fn service(&mut self, _: &MediaTick<'_>) {}

    fn receive(&mut self, _: &MediaTick<'_>, span: usize, words: &mut [u64]) -> (usize, LineSignal) {
        words[..4 * GRANULE].copy_from_slice(&self.words[span]);
        (4 * GRANULE, LineSignal::default())
    }

    fn transmit(&mut self, _: &MediaTick<'_>, span: usize, words: &[u64]) {
        self.words[span].copy_from_slice(words);
    }

    fn set_clock(&mut self, _: ClockSource) {}
}

/// A card's bus, which is recorded for a round and answers the same for ever after.
struct Recorder {
    card: Falc4,
    services: usize,
    answers: Vec<u32>,
    next: usize,
    memory: Vec<u8>,
}

/// The buffers of the card are numbered by this many.
const ROUND: usize = 128;
/// Services until the spans are aligned.
const SETTLING: usize = 8 * ROUND;

impl Recorder {
    fn new() -> Self {
        let [(east, west), (north, south)] = [(); 2].map(|()| wire::pair(WireConfig::default()));
        let card = Falc4::new(Falc4Config::default(), [east, west, north, south].map(Some));
        let memory = vec![0xff; card.dma_size()];
        Self { card, services: 0, answers: Vec::new(), next: 0, memory }
    }

    fn plays(&self) -> bool {
        self.services > SETTLING + ROUND
    }
}

impl Bus for Recorder {
    fn read32(&mut self, word: usize) -> u32 {
        if self.plays() {
            let answer = self.answers[self.next];
            self.next = (self.next + 1) % self.answers.len();
            return answer;
        }
        let answer = self.card.read32(word);
        if self.services > SETTLING {
            self.answers.push(answer);
        }
        answer
    }

    fn write32(&mut self, word: usize, value: u32) {
        if !self.plays() {
            self.card.write32(word, value);
        }
    }

    fn dma_size(&self) -> usize {
        self.memory.len()
    }

    fn dma_read(&mut self, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.memory[offset..offset + into.len()]);
    }

    fn dma_write(&mut self, offset: usize, from: &[u8]) {
        self.memory[offset..offset + from.len()].copy_from_slice(from);
        if !self.plays() {
            self.card.dma_write(offset, from);
        }
    }

    fn interrupt(&mut self, now: FrameTime) -> bool {
        self.services += 1;
        self.plays() || self.card.interrupt(now)
    }
}

/// A started card with the media thread that serves it.
struct Running<C> {
    card: C,
    media: MediaLoop,
    frames: [Frame; GRANULE],
}

impl<C: Card> Running<C> {
    /// Starts it, and lets it run until its spans are aligned.
    fn new(mut card: C) -> Self {
        for span in 0..card.info().spans.len() {
            card.configure(span, &CONFIG).expect("an E1");
        }
        card.start().expect("a card that answers");
        let mut running =
            Self { card, media: MediaLoop::new(FrameTime::ZERO), frames: [[0x55; 32]; GRANULE] };
        (0..SETTLING + 2 * ROUND).for_each(|_| running.turn());
        running.check();
        running
    }

    fn turn(&mut self) {
        let Self { card, media, frames } = self;
        media.run_tick(GRANULE, |tick| {
            card.service(tick);
            for span in 0..card.info().spans.len() {
                card.receive(tick, span, frames);
                card.transmit(tick, span, frames);
            }
        });
        black_box(&self.frames);
    }

    /// What was measured is a card whose spans work.
    fn check(&self) {
        for span in 0..self.card.info().spans.len() {
            let status = self.card.status(span);
            assert!(
                status.defects.is_empty(),
                "{}, span {span}: {:?}",
                self.card.info().model,
                status.defects
            );
        }
    }
}

/// A DAHDI driver that answers at once: a block in every other millisecond, room for every other, nothing to tell.
#[derive(Default)]
struct Prompt {
    calls: usize,
}

impl DahdiSys for Prompt {
    type Device = ();

    fn open(&mut self, _: &CStr) -> Result<(), Errno> {
        Ok(())
    }

    fn control(&mut self, (): &(), request: u32, data: &mut [u8]) -> Result<i32, Errno> {
        match request {
            REQUEST_SPANSTAT => data[308..310].copy_from_slice(b"E1"),
            REQUEST_GET_PARAMS => {
                data[4..8].copy_from_slice(&1_i32.to_ne_bytes());
                data[8..12].copy_from_slice(&1_i32.to_ne_bytes());
            }
            _ => {}
        }
        Ok(0)
    }

    fn read(&mut self, (): &(), into: &mut [u8]) -> Result<usize, Errno> {
        self.calls += 1;
        into.fill(self.calls as u8);
        Ok(into.len())
    }

    fn write(&mut self, (): &(), from: &[u8]) -> Result<usize, Errno> {
        black_box(from);
        Ok(from.len())
    }

    fn close(&mut self, (): ()) {}
}

fn bench<C: Card>(criterion: &mut Criterion<CpuTime>, name: &str, elements: usize, card: C) {
    let mut running = Running::new(card);
    let mut group = criterion.benchmark_group("card");
    group.throughput(Throughput::Elements(elements as u64));
    group.bench_function(name, |bencher| bencher.iter(|| running.turn()));
    running.check();
}

fn main() {
    let mut criterion = criterion().configure_from_args();
    bench(&mut criterion, "sixteen E1 framed in software", SPANS, SoftFramer::new(Loops::new()));
    let driver = Falc4Driver::new(Recorder::new()).expect("a card");
    bench(&mut criterion, "falc4 driver, recorded bus", 1, driver);
    let dahdi = DahdiCard::new(Prompt::default(), DahdiOptions::default()).expect("a span");
    bench(&mut criterion, "dahdi, 30 signalled channels, no system calls", 1, dahdi);
    criterion.final_summary();
}
