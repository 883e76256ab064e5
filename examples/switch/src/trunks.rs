//! The simulated trunks: cards by name, and an exchange at the far end of each.
use crate::arguments::Arguments;
use crate::speech::Sounds;
use hw_sim::exchange::DChannel;
use hw_sim::exchange::{
    CallerPlan, Exchange, ExchangeConfig, ExchangeControl, ExchangeReport, FarPort, Placement, PriPort,
    Prompt, T1Port,
};
use hw_sim::wire::{Way, WireControl};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tandem_card::{CardFactory, DahdiFactory, LocalFactory};
use tandem_e1d::E1dFactory;
use tandem_engine::config::{FramingName, SpanSection};
use tandem_engine::{Config, Engine};
use tandem_isdn::q931::InterfaceConfig;
use tandem_lab::{FarEnds, SimFactory};
use tandem_tdmop::PacketFactory;
use tandem_types::{Abcd, Defects, Frames, TelephoneChannel};

/// The far ends of all simulated cards.
pub(crate) struct Trunks {
    settings: Settings,
    /// The options of the cards say who is at their far ends: it is not the switch's own exchange.
    by_options: bool,
    /// There are T1 spans.
    t1: bool,
    far_ends: Arc<Mutex<Vec<FarEnd>>>,
}

/// The spans in use on each card with lines, in the order of its ports.
type Layout = Vec<Vec<UsedPort>>;

#[derive(Clone)]
struct UsedPort {
    port: usize,
    span: usize,
    /// The far end's D channel, where there is one.
    far_d_channel: Option<DChannel>,
}

#[derive(Clone)]
struct Settings {
    seed: u64,
    rate_per_card: f64,
    hold: Frames,
    rooms: usize,
    welcome: Arc<[i16]>,
    clips: Vec<Arc<[i16]>>,
    layout: Layout,
    flip_at: Option<u64>,
}

/// One exchange and its wires.
struct FarEnd {
    control: Arc<ExchangeControl>,
    wires: Vec<WireControl>,
    /// Over every frame that each port received.
    hashes: Vec<Arc<AtomicU64>>,
}

/// A port that keeps a hash of every frame that it receives.
struct HashingPort {
    inner: Box<dyn FarPort>,
    hash: Arc<AtomicU64>,
}

impl FarPort for HashingPort {
    fn channels(&self) -> u8 {
        self.inner.channels()
    }

    fn exchange_frame(&mut self, slots: &[u8; 32]) -> Option<[u8; 32]> {
        let heard = self.inner.exchange_frame(slots)?;
        let mut hash = self.hash.load(Ordering::Relaxed);
        for word in heard.chunks_exact(8) {
            let word = word.iter().fold(0, |word, octet| word << 8 | u64::from(*octet));
            hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        }
        self.hash.store(hash, Ordering::Relaxed);
        Some(heard)
    }

    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd) {
        self.inner.set_bits(channel, bits);
    }

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        self.inner.bits(channel)
    }

    fn place(&mut self, channel: TelephoneChannel, number: &str) -> Placement {
        self.inner.place(channel, number)
    }

    fn called_number(&self, channel: TelephoneChannel) -> Option<&str> {
        self.inner.called_number(channel)
    }

    fn has_refused(&self, channel: TelephoneChannel) -> bool {
        self.inner.has_refused(channel)
    }

    fn defects(&self) -> Defects {
        self.inner.defects()
    }
}

impl Trunks {
    pub(crate) fn new(arguments: &Arguments, config: &Config, sounds: &Sounds) -> Self {
        let layout = layout(config);
        let settings = Settings {
            seed: arguments.seed,
            rate_per_card: arguments.rate / layout.len().max(1) as f64,
            hold: Frames((arguments.hold * 8000.0) as u64),
            rooms: arguments.max_rooms(),
            welcome: Arc::clone(&sounds.welcome),
            clips: sounds.clips.clone(),
            layout,
            flip_at: arguments.flip_at,
        };
        let by_options = config.cards.iter().flat_map(|card| card.options.keys());
        let by_options = by_options.into_iter().any(|option| CALLERS.contains(&option.as_str()));
        let t1 = config.spans.iter().any(|span| span.framing != FramingName::E1);
        Self { settings, by_options, t1, far_ends: Arc::default() }
    }

    /// Why nobody knows what callers said, if so.
    pub(crate) fn why_not_compared(&self) -> Option<String> {
        if self.by_options {
            return Some("the far end is not the switch's exchange but what the card options say".into());
        }
        self.t1.then(|| "on a T1 signalling robs bits of what is said".into())
    }

    /// The clips of a card's callers.
    pub(crate) fn clips_of(&self, card: usize) -> Vec<Arc<[i16]>> {
        self.settings.clips_of(card)
    }

    /// The span at a port of a card's exchange, counted from 0.
    pub(crate) fn span(&self, card: usize, port: usize) -> Option<usize> {
        Some(self.settings.layout.get(card)?.get(port)?.span)
    }

    /// The factories that open the cards.
    pub(crate) fn factories(&mut self) -> Vec<Box<dyn CardFactory>> {
        let simulated = if self.by_options { SimFactory::by_options() } else { self.with_exchange() };
        vec![
            Box::new(PacketFactory::new()),
            Box::new(DahdiFactory),
            Box::new(E1dFactory),
            Box::new(LocalFactory),
            Box::new(simulated),
        ]
    }

    /// A factory of simulated cards with the switch's exchange at the far ends.
    fn with_exchange(&self) -> SimFactory {
        let (settings, far_ends) = (self.settings.clone(), Arc::clone(&self.far_ends));
        let make = move |ends: FarEnds| {
            let mut all = lock(&far_ends);
            let card = all.len();
            let (t1, mut config) = (ends.framing.is_t1(), settings.exchange(card));
            if t1 {
                // Signalling robs bits: no octet is as it was said, and E&M is in A and B alike.
                config.check = None;
                (config.line.idle, config.line.seized) = (0b0000, 0b1111);
            }
            // Ports that no span uses have nobody at either end.
            let used = |port: usize| settings.layout[card].iter().any(|used| used.port == port);
            let hashes: Vec<Arc<AtomicU64>> = settings.layout[card].iter().map(|_| Arc::default()).collect();
            let wires = in_use(ends.wires, used);
            let hooks = (Abcd::new(config.line.idle), Abcd::new(config.line.seized));
            let users = settings.layout[card].iter().zip(&hashes);
            let ports = in_use(ends.ports, used).into_iter().zip(users).map(|(port, (used, hash))| {
                let inner: Box<dyn FarPort> = match &used.far_d_channel {
                    Some(d_channel) => {
                        let far = PriPort::new(port, d_channel.clone(), hooks.0, hooks.1);
                        Box::new(far.expect("the engine has checked the interface"))
                    }
                    None if t1 => Box::new(T1Port::new(port)),
                    None => Box::new(port),
                };
                Box::new(HashingPort { inner, hash: Arc::clone(hash) }) as Box<dyn FarPort>
            });
            let exchange = Exchange::new(config, ports.collect());
            if let (Some(frame), Some(wire)) = (settings.flip_at, wires.first()) {
                // A fresh wire waits for no other symbol.
                let _ = wire.flip(Way::AToB, frame * 256);
            }
            all.push(FarEnd { control: exchange.control(), wires, hashes });
            Box::new(exchange) as Box<dyn tandem_rt::Step>
        };
        SimFactory::new(Box::new(make))
    }

    /// No more calls are placed.
    pub(crate) fn stop_offering(&self) {
        lock(&self.far_ends).iter().for_each(|end| end.control.stop_offering());
    }

    /// All callers hang up.
    pub(crate) fn hang_up_all(&self) {
        lock(&self.far_ends).iter().for_each(|end| end.control.hang_up_all());
    }

    /// Whether all circuits are free, seen from the far end.
    pub(crate) fn is_idle(&self) -> bool {
        lock(&self.far_ends).iter().all(|end| end.control.live().active == 0)
    }

    /// Calls that found no circuit, and octets that nothing explains, so far.
    pub(crate) fn live(&self) -> (u64, u64) {
        let ends = lock(&self.far_ends);
        let live = || ends.iter().map(|end| end.control.live());
        (live().map(|live| live.blocked).sum(), live().map(|live| live.unexplained).sum())
    }

    /// Symbols that the wires lost because one end was not served.
    pub(crate) fn wire_losses(&self) -> u64 {
        let lost = |wire: &WireControl, way| {
            let counters = wire.counters(way);
            counters.overrun + counters.starved
        };
        let ends = lock(&self.far_ends);
        let wires = ends.iter().flat_map(|end| &end.wires);
        wires.map(|wire| lost(wire, Way::AToB) + lost(wire, Way::BToA)).sum()
    }

    /// A hash over everything that the switch has sent on all spans.
    pub(crate) fn sent_hash(&self) -> u64 {
        let ends = lock(&self.far_ends);
        let hashes = ends.iter().flat_map(|end| &end.hashes).map(|hash| hash.load(Ordering::Relaxed));
        hashes.fold(0, |all: u64, hash| all.rotate_left(7) ^ hash)
    }

    /// What each exchange has done and heard, if it says so. Time must still pass for it to be written.
    pub(crate) fn reports(&self, engine: &Engine) -> Vec<Option<ExchangeReport>> {
        let ends = lock(&self.far_ends);
        ends.iter().for_each(|end| end.control.ask_report());
        let fetch = |end: &FarEnd| {
            (0..REPORT_POLLS).find_map(|_| {
                let _ = engine.event_wait(Some(Frames::from_ms(20)));
                end.control.take_report()
            })
        };
        ends.iter().map(fetch).collect()
    }
}

impl Settings {
    fn exchange(&self, card: usize) -> ExchangeConfig {
        // Callers of one card meet in rooms of their own: the exchange can then explain all that they hear.
        let rooms = (0..self.rooms).map(|room| format!("1{card:02}{room:02}#")).collect();
        ExchangeConfig {
            seed: self.seed.wrapping_add(card as u64 * 7919),
            calls_per_second: self.rate_per_card,
            mean_hold: self.hold.max(LEAST_HOLD),
            // Nobody hangs up before the room is chosen.
            min_hold: LEAST_HOLD,
            numbers: vec!["2001".into(), "2002".into(), "2777".into()],
            plan: CallerPlan { rooms, patience: PATIENCE, ..CallerPlan::default() },
            prompts: vec![Prompt { most_plays: 1, ..Prompt::new(Arc::clone(&self.welcome)) }],
            speech: self.clips_of(card),
            ..ExchangeConfig::default()
        }
    }

    /// Each card's callers have clips of their own. When all have been said, the exchange begins them again
    /// elsewhere: no two stretches of a run begin at the same place of the same clip.
    fn clips_of(&self, card: usize) -> Vec<Arc<[i16]>> {
        self.clips.iter().skip(card).step_by(self.layout.len().max(1)).cloned().collect()
    }
}

/// The simulated cards that have lines, in the order in which they are opened.
fn layout(config: &Config) -> Layout {
    let with_lines = config.cards.iter().enumerate().filter(|(_, card)| card.model.starts_with("sim-"));
    let ports_of = |card: usize| {
        let spans = config.spans.iter().enumerate().filter(|(_, span)| span.card == card);
        let mut ports: Vec<UsedPort> = spans
            .map(|(span, at)| UsedPort { port: at.port, span, far_d_channel: far_d_channel(at) })
            .collect();
        ports.sort_by_key(|used| used.port);
        ports
    };
    with_lines.map(|(card, _)| ports_of(card)).collect()
}

/// The far end of a span whose calls are signalled in a D channel.
fn far_d_channel(span: &SpanSection) -> Option<DChannel> {
    let (ours, hdlc) = (span.interface(), span.hdlc_slot()?);
    let interface = InterfaceConfig { side: ours.side.other(), timers: None, ..ours };
    Some(DChannel { interface, slot: hdlc.slot, seven_bits: hdlc.seven_bits })
}

fn in_use<T>(all: Vec<T>, used: impl Fn(usize) -> bool) -> Vec<T> {
    all.into_iter().enumerate().filter(|(port, _)| used(*port)).map(|(_, item)| item).collect()
}

fn lock(ends: &Mutex<Vec<FarEnd>>) -> MutexGuard<'_, Vec<FarEnd>> {
    ends.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Options by which a card asks for callers or called parties of its own.
const CALLERS: [&str; 2] = ["calls_per_second", "answers"];
/// How long a caller waits for the end of the prompt.
const PATIENCE: Frames = Frames::from_seconds(7);
/// Longer than it takes to wait for the prompt and to press the digits of a room.
const LEAST_HOLD: Frames = Frames::from_seconds(10);
/// Twenty milliseconds each.
const REPORT_POLLS: usize = 500;
