//! How much memory an engine of 16 spans takes: opened, with a call on every channel, with each recorded.
//!
//! Counts what [`GuardedAlloc`] counts, so the program or test that calls this must have installed it.
use crate::signal::{self, Frame};
use std::fmt;
use std::path::Path;
use tandem_card::{Card, CardFactory, CardRequest, FactoryError, LoopCard, OpenedCard};
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_dsp::g711;
use tandem_engine::{Config, Engine, EngineError, EventKind, OpenError, Terms};
use tandem_rt::sys::GuardedAlloc;
use tandem_rt::{MediaLoop, Next, Step};
use tandem_types::{Abcd, FrameTime, Frames, Handle, Law, Timeslot};

/// Octets in use at each stage, beyond what was in use before the engine was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Channels of the engine, and calls and recordings in the stages with them.
    pub channels: usize,
    /// Opened and idle.
    pub opened: u64,
    /// The same with ISDN on every span: data links, layer 3 and the last frames of each.
    pub opened_isdn: u64,
    /// With an answered call on every channel.
    pub in_calls: u64,
    /// With both directions of every call being recorded for two seconds.
    pub recording: u64,
    /// The most there ever was.
    pub peak: u64,
}

impl Figures {
    /// The figures as one JSON object.
    #[must_use]
    pub fn json(&self) -> String {
        format!(
            "{{\"channels\":{},\"opened_bytes\":{},\"opened_isdn_bytes\":{},\"in_calls_bytes\":{},\"recording_bytes\":{},\"peak_bytes\":{}}}",
            self.channels, self.opened, self.opened_isdn, self.in_calls, self.recording, self.peak
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "MiB in use with {} channels", self.channels)?;
        let stages = [
            ("opened", self.opened),
            ("with ISDN", self.opened_isdn),
            ("a call on each", self.in_calls),
            ("each recorded", self.recording),
            ("peak", self.peak),
        ];
        for (stage, octets) in stages {
            writeln!(f, "{stage:<16}{:>8.1}", octets as f64 / f64::from(1 << 20))?;
        }
        Ok(())
    }
}

/// Why there are no figures.
#[derive(Debug)]
pub enum MeasureError {
    /// The program has not installed [`GuardedAlloc`].
    NoAllocator,
    /// The engine does not open.
    Open(OpenError),
    /// The engine refused something.
    Engine(EngineError),
    /// A call did not come about; how many did.
    Calls(usize),
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAllocator => f.write_str("GuardedAlloc is not this program's allocator"),
            Self::Open(error) => error.fmt(f),
            Self::Engine(error) => error.fmt(f),
            Self::Calls(answered) => write!(f, "only {answered} calls were answered"),
        }
    }
}

impl std::error::Error for MeasureError {}

impl From<EngineError> for MeasureError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// Measures in virtual time. Recordings are written to `directory`, which must exist.
pub fn measure(directory: &Path) -> Result<Figures, MeasureError> {
    let before = GuardedAlloc::report().in_use;
    if before == 0 {
        return Err(MeasureError::NoAllocator);
    }
    let in_use = || GuardedAlloc::report().in_use.saturating_sub(before);
    let isdn = open_with(SPANS, "signalling = \"pri\"")?;
    let opened_isdn = in_use();
    isdn.close()?;
    drop(isdn);
    let before = GuardedAlloc::report().in_use;
    let in_use = || GuardedAlloc::report().in_use.saturating_sub(before);
    let engine = open(SPANS)?;
    let opened = in_use();
    let calls = answer_calls(&engine)?;
    let in_calls = in_use();
    for (number, channel) in calls.iter().enumerate() {
        engine.record(*channel, &directory.join(format!("{number}.wav")), Terms::default())?;
    }
    engine.advance(Frames::from_seconds(2));
    let recording = in_use();
    let peak = GuardedAlloc::report().peak.saturating_sub(before);
    engine.close()?;
    Ok(Figures { channels: calls.len(), opened, opened_isdn, in_calls, recording, peak })
}

/// An engine in virtual time on a loop card, whose far end calls on every channel after half a second.
pub fn open(spans: usize) -> Result<Engine, MeasureError> {
    open_with(spans, "em = { digits = 2 }")
}

fn open_with(spans: usize, signalling: &str) -> Result<Engine, MeasureError> {
    let span = |port| format!("[[span]]\nport = {port}\n{signalling}\n");
    let document = format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"loop\"\n{}",
        (0..spans).map(span).collect::<String>()
    );
    let config = Config::parse(&document).map_err(|error| MeasureError::Open(error.into()))?;
    Engine::open(config, &mut [Box::new(LoopFactory { spans })]).map_err(MeasureError::Open)
}

fn answer_calls(engine: &Engine) -> Result<Vec<Handle>, MeasureError> {
    let mut answered = Vec::new();
    while let Some(event) = engine.event_wait(Some(Frames::from_seconds(5))) {
        match event.kind {
            EventKind::CallOffered { call, .. } => engine.call_answer(call)?,
            EventKind::CallAnswered { channel, .. } => answered.push(channel),
            _ => {}
        }
        if answered.len() == SPANS * 30 {
            return Ok(answered);
        }
    }
    Err(MeasureError::Calls(answered.len()))
}

struct LoopFactory {
    spans: usize,
}

impl CardFactory for LoopFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["loop"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let (near, far) = LoopCard::pair(self.spans, GRANULE);
        let world = FarEnd { card: far, spans: self.spans, media: MediaLoop::default(), octets: dialling() };
        Ok(OpenedCard { card: Box::new(near), world: Some(Box::new(world)) })
    }
}

/// A far end that goes off-hook on all channels, dials, and speaks.
struct FarEnd {
    card: LoopCard,
    spans: usize,
    media: MediaLoop,
    octets: Vec<u8>,
}

impl Step for FarEnd {
    fn step(&mut self, now: FrameTime) -> Next {
        let Self { card, spans, media, octets } = self;
        while media.now() < now {
            media.run_tick(GRANULE, |tick| {
                let bits = (tick.start() == FrameTime::ZERO)
                    .then_some(ON_HOOK)
                    .or((tick.start() == SEIZE_AT).then_some(OFF_HOOK));
                let frames: [Frame; GRANULE] = std::array::from_fn(|frame| {
                    let at = tick.start().0 as usize + frame;
                    [octets[at % octets.len()]; Timeslot::PER_FRAME]
                });
                card.service(tick);
                for span in 0..*spans {
                    card.receive(tick, span, &mut [[0; Timeslot::PER_FRAME]; GRANULE]);
                    card.transmit(tick, span, &frames);
                    for slot in (0..32).filter_map(Timeslot::new) {
                        bits.iter().for_each(|bits| card.set_bits(tick, span, slot, *bits));
                    }
                }
            });
        }
        Next::At(media.now() + Frames(GRANULE as u64))
    }
}

/// Silence until some time after the seizure, two digits, and two seconds of speech.
fn dialling() -> Vec<u8> {
    let mut samples = vec![0; 8000 + 4 * 560];
    let mut dialler = DtmfGenerator::new(Law::A, DtmfSender::default());
    dialler.dial_str("42").expect("two keys");
    dialler.fill(&mut samples[8000..]);
    let second = signal::channel_samples(Law::A);
    // Without its digits: these callers only speak.
    samples.extend(second[3000..].iter().cycle().take(16_000));
    samples.into_iter().map(|sample| g711::encode(Law::A, sample)).collect()
}

const SPANS: usize = 16;
const GRANULE: usize = 8;
const ON_HOOK: Abcd = Abcd::new(0b1101);
const OFF_HOOK: Abcd = Abcd::new(0b0101);
const SEIZE_AT: FrameTime = FrameTime(6400);
