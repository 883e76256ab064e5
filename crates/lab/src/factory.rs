//! The factory of simulated cards.
use crate::callers::{CALLER_OPTIONS, Callers};
use crate::far_end::{FarEnds, SilentEnds};
use crate::options::{Options, wrong};
use hw_sim::{BitPort, Falc4, Falc4Config, LinePort, WayConfig, WireConfig, WireControl, WireEnd, wire};
use std::collections::BTreeMap;
use std::fmt;
use tandem_card::{CardFactory, CardRequest, FactoryError, Falc4Driver, LoopCard, OpenedCard, SoftFramer};
use tandem_line::{CrcMode, E1Config, LineCode};
use tandem_rt::Step;
use tandem_types::{FrameTime, MAX_TICK_FRAMES};

/// Makes simulated cards:
///
/// | model | what it is | options |
/// | --- | --- | --- |
/// | `sim-falc4` | the `falc4` driver over an emulated card of four spans | those of the line |
/// | `sim-bit` | the software framer over a device of raw bits, one frame a granule | those of the line, `spans` (1) |
/// | `loop` | one of two cards back to back, without lines | `pair`, `spans` (1), `granule` (8) |
///
/// Options of the line: `delay_symbols` of every wire (2148, at least 2048 for `sim-falc4`; 356, at least 256
/// for `sim-bit`); `error_rate` (0) of the symbols in each direction, from `seed` (0); and how the far ends are
/// set up, which must match the spans: `line_code` (`hdb3`, `ami`), `crc4` (`on`, `off`, `auto`), `cas` (`true`,
/// `false`), the first of each being the default.
///
/// The first `loop` card with a name for its `pair` waits for the second, which must ask for the same spans
/// and granule; the two are then joined and the name is free again.
pub struct SimFactory {
    far_end: FarEnd,
    allowed: Vec<String>,
    waiting: BTreeMap<String, Waiting>,
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
        Self { far_end: FarEnd::Made(make_far_end), allowed: Vec::new(), waiting: BTreeMap::new() }
    }

    /// A factory whose cards say by their options who lives at their far ends: callers, if `calls_per_second`
    /// is given; parties who can be called, if `answers` is; otherwise nobody.
    ///
    /// The callers' options are `calls_per_second`, `hold_seconds` (20), `max_calls` (no limit), `number` (2001),
    /// `digits` (what each presses once it is answered; nothing), and `seed` (0), which the wires use as well.
    ///
    /// `answers` is the number, or the numbers with commas between, that is answered when the switch calls it,
    /// 1.5 s after it is complete, which takes a second without a digit. A called party speaks, and hangs up
    /// after `hold_seconds` if that is given. Every other number is never answered.
    #[must_use]
    pub fn by_options() -> Self {
        let factory = Self { far_end: FarEnd::ByOptions, allowed: Vec::new(), waiting: BTreeMap::new() };
        factory.allow(CALLER_OPTIONS)
    }

    /// A factory of cards whose far ends send idle frames.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(Box::new(|ends| Box::new(SilentEnds::new(ends.ports))))
    }

    /// Lets cards with lines have these options too. Their values are for the far end to judge.
    #[must_use]
    pub fn allow<'a>(mut self, options: impl IntoIterator<Item = &'a str>) -> Self {
        self.allowed.extend(options.into_iter().map(str::to_owned));
        self
    }

    fn open_falc4(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let options = Options::new(request, &LINE_OPTIONS, &self.allowed)?;
        let lines = Lines::new(options, 4, FALC4_DELAY, FALC4_LEAST_DELAY)?;
        let mut wires = lines.near.into_iter();
        let chip = Falc4::new(Falc4Config { start: FrameTime::ZERO }, [(); 4].map(|()| wires.next()));
        let card = Falc4Driver::new(chip)?;
        let world = self.far_end.make(options, far_ends(request, lines.far, lines.controls))?;
        Ok(OpenedCard { card: Box::new(card), world: Some(world) })
    }

    fn open_bit(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let known: Vec<&str> = LINE_OPTIONS.into_iter().chain(["spans"]).collect();
        let options = Options::new(request, &known, &self.allowed)?;
        let spans = options.number("spans", 1, 1..=MOST_SPANS)?;
        let lines = Lines::new(options, spans, BIT_DELAY, BIT_LEAST_DELAY)?;
        let card = SoftFramer::new(BitPort::new(lines.near.into_iter().map(Some)));
        let world = self.far_end.make(options, far_ends(request, lines.far, lines.controls))?;
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
                None => Box::new(SilentEnds::new(ends.ports)),
            }),
        }
    }
}

impl CardFactory for SimFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["sim-falc4", "sim-bit", "loop"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        match request.model.as_str() {
            "sim-falc4" => self.open_falc4(request),
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
}

impl Lines {
    fn new(options: Options<'_>, spans: usize, delay: u32, least: u32) -> Result<Self, FactoryError> {
        let delay = options.number("delay_symbols", delay, least..=MOST_DELAY)?;
        let error_rate = options.number("error_rate", 0.0, 0.0..=1.0)?;
        let seed = options.number("seed", 0, 0..=u64::MAX)?;
        let code = options.choice(
            "line_code",
            LineCode::Hdb3,
            &[("hdb3", LineCode::Hdb3), ("ami", LineCode::Ami)],
        )?;
        let crc4 = options.choice(
            "crc4",
            CrcMode::On,
            &[("on", CrcMode::On), ("off", CrcMode::Off), ("auto", CrcMode::Auto)],
        )?;
        let cas = options.choice("cas", true, &[("true", true), ("false", false)])?;
        let framing = E1Config { crc4, cas, nfas_loss: false };
        let mut lines = Self { near: Vec::new(), far: Vec::new(), controls: Vec::new() };
        for span in 0..spans as u64 {
            // Every direction has errors of its own.
            let way =
                |number: u64| WayConfig { delay, error_rate, seed: seed.wrapping_add(2 * span + number) };
            let (near, far) = wire::pair(WireConfig { a_to_b: way(0), b_to_a: way(1) });
            lines.controls.push(near.control());
            lines.near.push(near);
            lines.far.push(LinePort::new(far, code, framing));
        }
        Ok(lines)
    }
}

fn far_ends(request: &CardRequest, ports: Vec<LinePort>, wires: Vec<WireControl>) -> FarEnds {
    FarEnds { card: request.name.clone(), options: request.options.clone(), ports, wires }
}

const LINE_OPTIONS: [&str; 6] = ["delay_symbols", "error_rate", "seed", "line_code", "crc4", "cas"];
/// Eight frames, which the emulated card moves at a time, and no whole number of frames.
const FALC4_DELAY: u32 = 2148;
const FALC4_LEAST_DELAY: u32 = 2048;
/// One frame and no whole number of frames.
const BIT_DELAY: u32 = 356;
const BIT_LEAST_DELAY: u32 = 256;
/// One second.
const MOST_DELAY: u32 = 2_048_000;
const MOST_SPANS: usize = 64;
const LOOP_GRANULE: usize = 8;
