//! A card of the factory, a peer at its far ends, and a media thread that steps them as the engine does.
#![allow(dead_code, unreachable_pub, reason = "every test file is a crate that uses a part of it")]
use hw_sim::{LinePort, SlotControl, WireControl};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tandem_card::{Card, CardFactory, CardRequest, Frame, SpanConfig, most_signalling_octets};
use tandem_lab::{FarEnds, SimFactory};
use tandem_line::t1::{LoopCodeFraming, LoopCodeGenerator};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_rt::{MediaLoop, Next, Step};
use tandem_types::{Defects, FrameTime, Timeslot};

/// Every test runs with it armed: what allocates or releases in a tick aborts.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

/// The card models with lines.
pub const MODELS: [&str; 3] = ["sim-falc4", "sim-bit", "sim-ds8"];

/// What both directions carry in a frame: octets that look like traffic, told apart by span and direction.
pub fn marker(stream: usize, frame: u64) -> Frame {
    std::array::from_fn(|slot| {
        let mixed = (frame << 9 | (stream as u64) << 5 | slot as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as u8
    })
}

/// The streams of `marker` that lead from the far end of a span, and to it.
pub const fn from_far(span: usize) -> usize {
    2 * span
}
pub const fn from_near(span: usize) -> usize {
    2 * span + 1
}

/// What lives at the far ends.
pub struct Peer {
    pub ports: Vec<LinePort>,
    pub wires: Vec<WireControl>,
    pub slot: Option<SlotControl>,
    /// By span, what each frame of time brought.
    pub heard: Vec<Vec<Option<Frame>>>,
    /// What span 0 sends in place of traffic.
    pub in_band: Option<LoopCodeGenerator>,
    /// What span 0 sends in this timeslot, octet by octet.
    pub d_channel: Option<(Timeslot, Box<dyn FnMut() -> u8 + Send>)>,
    /// By span, frames sent by the clock of its far end.
    sent: Vec<u64>,
    now: u64,
}

/// The peer as the world that the media thread steps.
pub struct Shared(pub Arc<Mutex<Peer>>);

impl Peer {
    pub fn shared(ends: FarEnds) -> Arc<Mutex<Self>> {
        let (heard, sent) = (vec![Vec::new(); ends.ports.len()], vec![0; ends.ports.len()]);
        Arc::new(Mutex::new(Self {
            ports: ends.ports,
            wires: ends.wires,
            slot: ends.slot,
            heard,
            in_band: None,
            d_channel: None,
            sent,
            now: 0,
        }))
    }
}

impl Step for Shared {
    fn step(&mut self, now: FrameTime) -> Next {
        let Peer { ports, heard, in_band, d_channel, sent, now: done, .. } = &mut *lock(&self.0);
        for _ in *done..now.0 {
            for (span, ((port, heard), sent)) in ports.iter_mut().zip(&mut *heard).zip(&mut *sent).enumerate()
            {
                for _ in 0..port.frames_due() {
                    let mut frame = marker(from_far(span), *sent);
                    if let Some(code) = in_band.as_mut().filter(|_| span == 0) {
                        code.fill(&mut frame, LoopCodeFraming::default());
                    }
                    if let Some((slot, octet)) = d_channel.as_mut().filter(|_| span == 0) {
                        frame[slot.index()] = octet();
                    }
                    port.send(&frame);
                    *sent += 1;
                }
                heard.push(port.receive().copied());
            }
        }
        *done = now.0;
        Next::At(FrameTime(now.0 + 1))
    }
}

pub fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A started card with its peer.
pub struct Rig {
    pub card: Box<dyn Card>,
    pub media: MediaLoop,
    pub spans: usize,
    pub granule: usize,
    /// By span, what each frame of time brought; nothing where the host came too late.
    pub received: Vec<Vec<Option<Frame>>>,
    /// What the signalling slot of span 0 brought, where the card tells it.
    pub signalling: Vec<u8>,
    peer: Arc<Mutex<Peer>>,
    world: Box<dyn Step>,
    buffer: Vec<Vec<Frame>>,
    sending: Vec<Vec<Frame>>,
}

impl Rig {
    /// A card with these options, its spans set up alike.
    pub fn new(model: &str, options: &[(&str, &str)], config: SpanConfig) -> Self {
        let place = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&place);
        let mut factory = SimFactory::new(Box::new(move |ends| {
            let peer = Peer::shared(ends);
            *lock(&seen) = Some(Arc::clone(&peer));
            Box::new(Shared(peer))
        }));
        let opened = factory.open(&request(model, options)).expect("a card");
        let peer = lock(&place).take().expect("a far end was asked for");
        Self::with(opened.card, opened.world.expect("a world"), peer, config)
    }

    /// Any card, the world that is stepped with it, and the peer in that world.
    pub fn with(
        mut card: Box<dyn Card>,
        world: Box<dyn Step>,
        peer: Arc<Mutex<Peer>>,
        config: SpanConfig,
    ) -> Self {
        GuardedAlloc::set_policy(ViolationPolicy::Abort);
        let (spans, granule) = (card.info().spans.len(), card.info().granule);
        for span in 0..spans {
            card.configure(span, &config).expect("a span");
        }
        card.start().expect("the card starts");
        let buffer = vec![vec![[0; 32]; granule]; spans];
        Self {
            card,
            media: MediaLoop::default(),
            spans,
            granule,
            received: vec![Vec::new(); spans],
            signalling: Vec::new(),
            peer,
            world,
            sending: buffer.clone(),
            buffer,
        }
    }

    /// The peer, between two granules.
    pub fn peer(&self) -> MutexGuard<'_, Peer> {
        lock(&self.peer)
    }

    /// One service after so many granules: 1 is on time.
    pub fn turn(&mut self, granules: usize) {
        let frames = granules * self.granule;
        let end = self.media.now().0 + frames as u64;
        self.world.step(FrameTime(end));
        let first = end - self.granule as u64;
        for (span, frames) in self.sending.iter_mut().enumerate() {
            for (number, frame) in (first..).zip(frames) {
                *frame = marker(from_near(span), number);
            }
        }
        let Self { card, buffer, sending, .. } = self;
        let (mut octets, mut count) = ([0; most_signalling_octets(8)], 0);
        self.media.run_tick(frames, |tick| {
            card.service(tick);
            for (span, frames) in buffer.iter_mut().enumerate() {
                card.receive(tick, span, frames);
            }
            count = card.receive_signalling(tick, 0, &mut octets).unwrap_or(0);
            for (span, frames) in sending.iter().enumerate() {
                card.transmit(tick, span, frames);
            }
        });
        self.signalling.extend_from_slice(&octets[..count]);
        for (received, frames) in self.received.iter_mut().zip(&self.buffer) {
            received.resize(first as usize, None);
            received.extend(frames.iter().copied().map(Some));
        }
    }

    /// So many milliseconds of turns on time.
    pub fn run_ms(&mut self, ms: usize) {
        (0..8 * ms / self.granule).for_each(|_| self.turn(1));
    }

    /// The defects of all spans with a far end, and those seen by the far ends.
    pub fn defects(&self) -> Vec<(Defects, Defects)> {
        let peer = self.peer();
        (0..peer.ports.len())
            .map(|span| (self.card.status(span).defects, peer.ports[span].defects()))
            .collect()
    }

    pub fn is_clean(&self) -> bool {
        self.defects().iter().all(|(near, far)| near.is_empty() && far.is_empty())
    }
}

/// By how many frames `heard` is behind `stream`, when it is by the same number from frame `from` to its end.
/// Timeslots 0 and 16 are the framers'.
pub fn constant_lag(heard: &[Option<Frame>], stream: usize, from: usize) -> Option<usize> {
    (0..from).find(|lag| {
        (from..).zip(&heard[from..]).all(|(number, frame)| {
            frame.is_some_and(|frame| {
                let sent = marker(stream, (number - lag) as u64);
                frame[1..16] == sent[1..16] && frame[17..] == sent[17..]
            })
        })
    })
}

pub fn request(model: &str, options: &[(&str, &str)]) -> CardRequest {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    CardRequest { model: model.to_owned(), name: "under test".to_owned(), options: options.collect() }
}

/// HDB3, CRC-4 demanded, signalling in timeslot 16: what the factory's far ends do by default.
pub const CAS: SpanConfig = SpanConfig::e1(tandem_line::LineCode::Hdb3, tandem_line::CrcMode::On, true);
