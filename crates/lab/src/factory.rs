//! The factory of simulated cards.
use crate::callers::{CALLER_OPTIONS, Callers};
use crate::far_end::{FarEnds, SilentEnds};
use hw_sim::{
    BitPort, Bursts, Ds8, Ds8Config, Falc4, Falc4Config, LinePort, LineRate, Slot, SlotControl, TimeBase,
    WayConfig, WireConfig, WireControl, WireEnd, wire,
};
use std::collections::BTreeMap;
use std::fmt;
use tandem_card::options::{Options, wrong};
use tandem_card::{
    CardFactory, CardRequest, Ds8Driver, FactoryError, Falc4Driver, LoopCard, OpenedCard, SoftFramer,
};
use tandem_line::{CrcMode, E1Config, Framing, LineCode, T1Config, T1Framing};
use tandem_rt::Step;
use tandem_types::{FRAMES_PER_MS, FrameTime, Frames, MAX_TICK_FRAMES};

/// Makes simulated cards:
///
/// | model | what it is | options |
/// | --- | --- | --- |
/// | `sim-falc4` | the `falc4` driver over an emulated card of four spans | those of the line, `patience_ms` (10), `serial` |
/// | `sim-ds8` | the `ds8` driver over an emulated card of eight spans, E1 or T1 | those of the line, `patience_ms` (10), `serial` |
/// | `sim-bit` | the software framer over a device of raw bits, one frame a granule | those of the line, `spans` (1) |
/// | `loop` | one of two cards back to back, without lines | `pair`, `spans` (1), `granule` (8) |
///
/// Options of the line: `delay_symbols` of every wire (2148, at least 2048 for `sim-falc4` and `sim-ds8`; 356, at least
/// 256 for `sim-bit`); `error_rate` (0) of the symbols in each direction, from `seed` (0); with `burst_every_ms`, bursts of
/// `burst_ms` (10) with a `burst_error_rate` (0.1); `crossed_pairs` of spans 0 and 1 (`false`); `ppm` by which the clocks of
/// the far ends are fast (their own; simulated time if it is not given); and how the far ends are set up, which must
/// match the spans: `framing` (`e1`; but for `sim-falc4` also `t1-sf`, `t1-esf`, `j1-esf`, `j1-sf`), `line_code` (`hdb3`, on T1
/// `b8zs`; `ami`), `crc4` (`on`, `off`, `auto`), `cas` (`true`, `false`), the first of each being the default.
/// With `tapped` (`false`) the far ends of spans 0 and 1 are those of one line, and the card only hears them: span 0 what the first
/// sends, span 1 what the second sends. `card_ppm` (0) is the offset of the card's oscillator; after `patience_ms` in which the card moves no frame it is
/// taken for dead. `serial` is its serial number, the number of its place among the cards of the engine if none is given.
///
/// The first `loop` card with a name for its `pair` waits for the second, which must ask for the same spans
/// and granule; the two are then joined and the name is free again.
pub struct SimFactory {
    far_end: FarEnd,
    allowed: Vec<String>,
    waiting: BTreeMap<String, Waiting>,
    /// Cards asked for so far.
    places: u32,
    /// All cards of a factory run by one clock, as if the timing cable joined them.
    time_base: TimeBase,
}

type MakeFarEnd = Box<dyn FnMut(FarEnds) -> Box<dyn Step> + Send>;

/// What lives at the far ends of cards with lines.
enum FarEnd {
    /// What the caller of [`SimFactory::new`] puts there.
    Made(MakeFarEnd),
    /// Callers, if the options of the card ask for them; idle frames if not.
    ByOptions,
}

/// A loop card whose peer has been made and not yet asked for.
struct Waiting {
    spans: usize,
    granule: usize,
    peer: LoopCard,
}

impl SimFactory {
    /// A factory that asks `make_far_end` for what lives at the far ends of each card with lines. What it
    /// gives is stepped by the media runner, up to the end of a granule before the card is served in it.
    #[must_use]
    pub fn new(make_far_end: MakeFarEnd) -> Self {
        Self::with(FarEnd::Made(make_far_end))
    }

    /// A factory whose cards say by their options who lives at their far ends: callers, if `calls_per_second`
    /// is given; parties who can be called, if `answers` is; otherwise nobody.
    ///
    /// The callers' options are `calls_per_second`, `hold_seconds` (20), `max_calls` (no limit), `number` (2001),
    /// `digits` (what each presses once it is answered; nothing), and `seed` (0), which the wires use as well. With
    /// `signalling` `pri` (and `cas` `false`) they call in a D channel, the far end being the `side` `network` or `user` of
    /// an interface of the `profile` that is named (`euroisdn`, on T1 `ni2`).
    ///
    /// `answers` is the number, or the numbers with commas between, that is answered when the switch calls it,
    /// 1.5 s after it is complete, which takes a second without a digit. On a `tapped` line by ISDN the callers are at the first end,
    /// on the `side` that is said, and those who answer at the second. A called party speaks, and hangs up
    /// after `hold_seconds` if that is given. Every other number is never answered.
    #[must_use]
    pub fn by_options() -> Self {
        Self::with(FarEnd::ByOptions).allow(CALLER_OPTIONS)
    }

    fn with(far_end: FarEnd) -> Self {
        let (allowed, waiting) = (Vec::new(), BTreeMap::new());
        Self { far_end, allowed, waiting, places: 0, time_base: TimeBase::default() }
    }

    /// A factory of cards whose far ends send idle frames.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(Box::new(|ends| Box::new(SilentEnds::new(ends.ports, ends.framing))))
    }

    /// Lets cards with lines have these options too. Their values are for the far end to judge.
    #[must_use]
    pub fn allow<'a>(mut self, options: impl IntoIterator<Item = &'a str>) -> Self {
        self.allowed.extend(options.into_iter().map(str::to_owned));
        self
    }

    fn open_falc4(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let options = Options::new(request, &slot_options(), &self.allowed)?;
        let mut lines = Lines::new(options, 4, GRANULE_DELAY, GRANULE_LEAST_DELAY, &self.time_base)?;
        if let Framing::T1(_) = lines.framing {
            return Err(wrong("framing", "the spans of a falc4 card are E1"));
        }
        let mut wires = std::mem::take(&mut lines.near).into_iter();
        let config = Falc4Config {
            start: FrameTime::ZERO,
            time_base: self.time_base.clone(),
            oscillator_ppb: parts_per_billion(options, "card_ppm")?.unwrap_or(0),
            serial: options.number("serial", self.places, 1..=MOST_SERIAL)?,
        };
        let chip = Falc4::new(config, [(); 4].map(|()| wires.next()));
        let slot = SlotControl::default();
        let card = Falc4Driver::new(Slot::new(chip, slot.clone()))?.with_patience(patience(options)?);
        let ends = FarEnds { slot: Some(slot), ..far_ends(request, lines) };
        let world = self.far_end.make(options, ends)?;
        Ok(OpenedCard { card: Box::new(card), world: Some(world) })
    }

    fn open_ds8(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let options = Options::new(request, &slot_options(), &self.allowed)?;
        let mut lines = Lines::new(options, 8, GRANULE_DELAY, GRANULE_LEAST_DELAY, &self.time_base)?;
        let mut wires = std::mem::take(&mut lines.near).into_iter();
        let config = Ds8Config {
            start: FrameTime::ZERO,
            time_base: self.time_base.clone(),
            oscillator_ppb: parts_per_billion(options, "card_ppm")?.unwrap_or(0),
            serial: options.number("serial", self.places, 1..=MOST_SERIAL)?,
        };
        let chip = Ds8::new(config, [(); 8].map(|()| wires.next()));
        let slot = SlotControl::default();
        let card = Ds8Driver::new(Slot::new(chip, slot.clone()))?.with_patience(patience(options)?);
        let ends = FarEnds { slot: Some(slot), ..far_ends(request, lines) };
        let world = self.far_end.make(options, ends)?;
        Ok(OpenedCard { card: Box::new(card), world: Some(world) })
    }

    fn open_bit(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let known: Vec<&str> = LINE_OPTIONS.into_iter().chain(["spans"]).collect();
        let options = Options::new(request, &known, &self.allowed)?;
        let spans = options.number("spans", 1, 1..=MOST_SPANS)?;
        let mut lines = Lines::new(options, spans, BIT_DELAY, BIT_LEAST_DELAY, &self.time_base)?;
        let ppb = parts_per_billion(options, "card_ppm")?.unwrap_or(0);
        let port = BitPort::new(std::mem::take(&mut lines.near).into_iter().map(Some));
        let card = SoftFramer::new(port.with_oscillator(self.time_base.clone(), ppb));
        let world = self.far_end.make(options, far_ends(request, lines))?;
        Ok(OpenedCard { card: Box::new(card), world: Some(world) })
    }

    fn open_loop(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let options = Options::new(request, &["pair", "spans", "granule"], &[])?;
        let Some(pair) = options.text("pair").filter(|pair| !pair.is_empty()) else {
            return Err(wrong("pair", "a loop card needs a name that its peer has as well"));
        };
        let spans = options.number("spans", 1, 1..=MOST_SPANS)?;
        let granule = options.number("granule", LOOP_GRANULE, 1..=MAX_TICK_FRAMES)?;
        let card = match self.waiting.remove(pair) {
            Some(first) if (first.spans, first.granule) == (spans, granule) => first.peer,
            Some(first) => {
                let asked = format!("{} spans and granule {}", first.spans, first.granule);
                self.waiting.insert(pair.to_owned(), first);
                return Err(wrong(
                    "pair",
                    format!("the other card of pair '{pair}' has {asked}; so must this"),
                ));
            }
            None => {
                let (card, peer) = LoopCard::pair(spans, granule);
                self.waiting.insert(pair.to_owned(), Waiting { spans, granule, peer });
                card
            }
        };
        Ok(OpenedCard { card: Box::new(card), world: None })
    }
}

impl FarEnd {
    fn make(&mut self, options: Options<'_>, ends: FarEnds) -> Result<Box<dyn Step>, FactoryError> {
        match self {
            Self::Made(make) => Ok(make(ends)),
            Self::ByOptions => Ok(match Callers::new(options)? {
                Some(callers) => callers.at(ends),
                None => Box::new(SilentEnds::new(ends.ports, ends.framing)),
            }),
        }
    }
}

impl CardFactory for SimFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["sim-falc4", "sim-ds8", "sim-bit", "loop"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        self.places += 1;
        match request.model.as_str() {
            "sim-falc4" => self.open_falc4(request),
            "sim-ds8" => self.open_ds8(request),
            "sim-bit" => self.open_bit(request),
            "loop" => self.open_loop(request),
            _ => Err(FactoryError::UnknownModel),
        }
    }
}

impl fmt::Debug for SimFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting: Vec<&String> = self.waiting.keys().collect();
        f.debug_struct("SimFactory").field("allowed", &self.allowed).field("waiting", &waiting).finish()
    }
}

/// The lines of a card, span by span.
struct Lines {
    near: Vec<WireEnd>,
    far: Vec<LinePort>,
    controls: Vec<WireControl>,
    framing: Framing,
}

impl Lines {
    fn new(
        options: Options<'_>,
        spans: usize,
        delay: u32,
        least: u32,
        time_base: &TimeBase,
    ) -> Result<Self, FactoryError> {
        let delay = options.number("delay_symbols", delay, least..=MOST_DELAY)?;
        let error_rate = options.number("error_rate", 0.0, 0.0..=1.0)?;
        let bursts = bursts(options)?;
        let seed = options.number("seed", 0, 0..=u64::MAX)?;
        let ppb = parts_per_billion(options, "ppm")?;
        let framing = framing(options)?;
        let (rate, usual) = match framing {
            Framing::E1(_) => (LineRate::E1, ("hdb3", LineCode::Hdb3)),
            Framing::T1(_) => (LineRate::T1, ("b8zs", LineCode::B8zs)),
        };
        let code = options.choice("line_code", usual.1, &[usual, ("ami", LineCode::Ami)])?;
        let mut lines = Self { near: Vec::new(), far: Vec::new(), controls: Vec::new(), framing };
        for span in 0..spans as u64 {
            // Every direction has errors of its own.
            let way = |number: u64| WayConfig {
                rate,
                delay,
                error_rate,
                bursts: bursts(rate),
                seed: seed.wrapping_add(2 * span + number),
                ..WayConfig::default()
            };
            let (near, far) = wire::pair(WireConfig {
                time_base: time_base.clone(),
                a_to_b: way(0),
                b_to_a: WayConfig { ppb, ..way(1) },
            });
            lines.controls.push(near.control());
            lines.near.push(near);
            lines.far.push(LinePort::new(far, code, framing));
        }
        if options.choice("tapped", false, &[("false", false), ("true", true)])? {
            lines.tap(code, |number| {
                let way = WayConfig { rate, delay, seed: seed.wrapping_add(number), ..WayConfig::default() };
                WireConfig { time_base: time_base.clone(), a_to_b: way, b_to_a: WayConfig { ppb, ..way } }
            })?;
        }
        if options.choice("crossed_pairs", false, &[("false", false), ("true", true)])? {
            let [first, second, ..] = &mut lines.near[..] else {
                return Err(wrong("crossed_pairs", "a card with one span has no other pair to cross"));
            };
            first.cross_pairs(second);
        }
        Ok(lines)
    }
}

impl Lines {
    /// Makes a line between the far ends of spans 0 and 1, each of which the card only hears.
    fn tap(&mut self, code: LineCode, wire: impl Fn(u64) -> WireConfig) -> Result<(), FactoryError> {
        let [near_first, near_second, ..] = &mut self.near[..] else {
            return Err(wrong("tapped", "a card with one span has no receiver for the other direction"));
        };
        let (mut first, mut second) =
            wire::pair(WireConfig { b_to_a: wire(0).b_to_a, a_to_b: wire(0).b_to_a, ..wire(0) });
        *near_first = first.tapped(&wire(1));
        *near_second = second.tapped(&wire(2));
        (self.controls[0], self.controls[1]) = (near_first.control(), near_second.control());
        self.far[0] = LinePort::new(first, code, self.framing);
        self.far[1] = LinePort::new(second, code, self.framing);
        Ok(())
    }
}

/// Bursts of errors, for lines of a rate.
fn bursts(options: Options<'_>) -> Result<impl Fn(LineRate) -> Option<Bursts>, FactoryError> {
    let apart = options.number("burst_every_ms", 0, 0..=MOST_BURST_MS)?;
    let length = options.number("burst_ms", 10, 1..=MOST_BURST_MS)?;
    let error_rate = options.number("burst_error_rate", 0.1, 0.0..=1.0)?;
    Ok(move |rate: LineRate| {
        let symbols = |ms: u64| ms * FRAMES_PER_MS * u64::from(rate.frame_symbols());
        (apart > 0).then(|| Bursts { apart: symbols(apart), length: symbols(length), error_rate })
    })
}

/// How the far ends frame.
fn framing(options: Options<'_>) -> Result<Framing, FactoryError> {
    let names = [
        ("e1", None),
        ("t1-sf", Some(T1Framing::Sf)),
        ("t1-esf", Some(T1Framing::Esf)),
        ("j1-esf", Some(T1Framing::J1Esf)),
        ("j1-sf", Some(T1Framing::J1Sf)),
    ];
    let t1 = options.choice("framing", None, &names)?;
    let cas = options.choice("cas", true, &[("true", true), ("false", false)])?;
    if let Some(framing) = t1 {
        if options.text("crc4").is_some() {
            return Err(wrong("crc4", "is for E1 only"));
        }
        return Ok(Framing::T1(T1Config { framing, cas }));
    }
    let modes = [("on", CrcMode::On), ("off", CrcMode::Off), ("auto", CrcMode::Auto)];
    let crc4 = options.choice("crc4", CrcMode::On, &modes)?;
    Ok(Framing::E1(E1Config { crc4, cas, nfas_loss: false }))
}

/// An offset in parts per million, a thousand at most.
fn parts_per_billion(options: Options<'_>, name: &str) -> Result<Option<i64>, FactoryError> {
    if options.text(name).is_none() {
        return Ok(None);
    }
    Ok(Some((options.number(name, 0.0, -1000.0..=1000.0)? * 1000.0_f64).round() as i64))
}

/// Options of a card in a slot.
fn slot_options() -> Vec<&'static str> {
    LINE_OPTIONS.into_iter().chain(["patience_ms", "serial"]).collect()
}

/// How long a card may move no frame before it is taken for dead.
fn patience(options: Options<'_>) -> Result<Frames, FactoryError> {
    Ok(Frames::from_ms(options.number("patience_ms", 10, 2..=1000)?))
}

fn far_ends(request: &CardRequest, lines: Lines) -> FarEnds {
    let Lines { far: ports, controls: wires, framing, .. } = lines;
    FarEnds {
        card: request.name.clone(),
        options: request.options.clone(),
        ports,
        wires,
        framing,
        slot: None,
    }
}

const LINE_OPTIONS: [&str; 14] = [
    "tapped",
    "delay_symbols",
    "error_rate",
    "burst_every_ms",
    "burst_ms",
    "burst_error_rate",
    "crossed_pairs",
    "seed",
    "ppm",
    "card_ppm",
    "framing",
    "line_code",
    "crc4",
    "cas",
];
/// An hour.
const MOST_BURST_MS: u64 = 3_600_000;
/// Eight frames, which the emulated cards move at a time, and no whole number of frames.
const GRANULE_DELAY: u32 = 2148;
const GRANULE_LEAST_DELAY: u32 = 2048;
/// One frame and no whole number of frames.
const BIT_DELAY: u32 = 356;
const BIT_LEAST_DELAY: u32 = 256;
/// One second.
const MOST_DELAY: u32 = 2_048_000;
const MOST_SPANS: usize = 64;
/// All ones are what nothing answers.
const MOST_SERIAL: u32 = u32::MAX - 1;
const LOOP_GRANULE: usize = 8;
