//! Callers and called parties at the far ends of a card, as its options ask for them: for hosts that want to be
//! called, and to call, without bringing an exchange of their own.
use crate::far_end::FarEnds;
use hw_sim::LinePort;
use hw_sim::exchange::{
    CalledParty, CallerPlan, DChannel, Exchange, ExchangeConfig, FarPort, LineConfig, PriPort, T1Port,
};
use std::sync::Arc;
use tandem_card::FactoryError;
use tandem_card::options::{Options, wrong};
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::InterfaceConfig;
use tandem_rt::{Next, Step};
use tandem_types::{Abcd, Digit, FrameTime, Frames, Timeslot};

/// The options that callers and called parties have.
pub(crate) const CALLER_OPTIONS: [&str; 9] = [
    "calls_per_second",
    "answers",
    "hold_seconds",
    "signalling",
    "side",
    "profile",
    "max_calls",
    "number",
    "digits",
];
/// Of these, the first that makes no sense without callers.
const FOR_CALLERS_ONLY: usize = 6;

/// An exchange that is still to be put at its ports.
#[derive(Debug)]
pub(crate) struct Callers {
    exchange: ExchangeConfig,
    /// Its end of each D channel, where calls are signalled in one.
    isdn: Option<(Side, Option<Profile>)>,
}

impl Callers {
    /// What the options ask for; nobody calls without `calls_per_second`, and nobody answers without `answers`.
    pub(crate) fn new(options: Options<'_>) -> Result<Option<Self>, FactoryError> {
        let calls = options.text("calls_per_second").is_some();
        let answers = options.text("answers").is_some();
        let only_for_callers = &CALLER_OPTIONS[if answers { FOR_CALLERS_ONLY } else { 2 }..];
        if !calls && let Some(name) = only_for_callers.iter().find(|name| options.text(name).is_some()) {
            return Err(wrong(name, "there are no callers without calls_per_second"));
        }
        if !calls && !answers {
            return Ok(None);
        }
        let rate = if calls { options.number("calls_per_second", 1.0, 0.001..=100.0)? } else { 0.0 };
        let seconds: f64 = options.number("hold_seconds", 20.0, 1.0..=3600.0)?;
        let hold = Frames((seconds * 8000.0) as u64);
        let max_calls = match options.text("max_calls") {
            Some(_) => Some(options.number("max_calls", 1, 1..=u64::MAX)?),
            None => None,
        };
        let digits = keys(options, "digits")?;
        let exchange = ExchangeConfig {
            seed: options.number("seed", 0, 0..=u64::MAX)?,
            calls_per_second: rate,
            mean_hold: hold,
            min_hold: hold.min(ExchangeConfig::default().min_hold),
            max_calls,
            numbers: vec![keys(options, "number")?.unwrap_or_else(|| "2001".into())],
            plan: CallerPlan { rooms: digits.into_iter().collect(), ..CallerPlan::default() },
            called: called_parties(options, options.text("hold_seconds").map(|_| hold))?,
            line: LineConfig { answer_after: RING, ..LineConfig::default() },
            speech: vec![hum()],
            // Nobody asks for a report.
            check: None,
            keep_records: false,
            ..ExchangeConfig::default()
        };
        Ok(Some(Self { exchange, isdn: isdn(options)? }))
    }

    /// Puts the callers at the far ends of a card.
    pub(crate) fn at(self, ends: FarEnds) -> Box<dyn Step> {
        let Self { exchange: mut config, isdn } = self;
        let t1 = ends.framing.is_t1();
        if t1 {
            // E&M in robbed bits: A and B alike.
            (config.line.idle, config.line.seized) = (0b0000, 0b1111);
        }
        let hooks = (Abcd::new(config.line.idle), Abcd::new(config.line.seized));
        let tapped = ends.options.get("tapped").is_some_and(|value| value == "true");
        if let (true, Some((side, profile))) = (tapped, isdn) {
            return Box::new(LineOfTwo::new(&config, ends.ports, hooks, |of| {
                d_channel(if of == 0 { side } else { side.other() }, profile, t1)
            }));
        }
        let ports = ends.ports.into_iter().map(|port| match (isdn, t1) {
            (Some((side, profile)), _) => {
                let far = PriPort::new(port, d_channel(side, profile, t1), hooks.0, hooks.1);
                Box::new(far.expect("a whole span is an interface")) as Box<dyn FarPort>
            }
            (None, true) => Box::new(T1Port::new(port)),
            (None, false) => Box::new(port),
        });
        Box::new(Exchange::new(config, ports.collect()))
    }
}

/// Two exchanges on one line: the callers at its first end, those who answer at its second.
struct LineOfTwo([Exchange; 2]);

impl LineOfTwo {
    fn new(
        config: &ExchangeConfig,
        ports: Vec<LinePort>,
        (idle, seized): (Abcd, Abcd),
        d_channel: impl Fn(usize) -> DChannel,
    ) -> Self {
        let mut ports = ports.into_iter();
        Self([0, 1].map(|of| {
            let port = PriPort::new(ports.next().expect("two spans"), d_channel(of), idle, seized);
            let port = Box::new(port.expect("a whole span is an interface")) as Box<dyn FarPort>;
            let only_answers = ExchangeConfig { calls_per_second: 0.0, ..config.clone() };
            Exchange::new(if of == 0 { config.clone() } else { only_answers }, vec![port])
        }))
    }
}

impl Step for LineOfTwo {
    fn step(&mut self, now: FrameTime) -> Next {
        self.0.iter_mut().map(|exchange| exchange.step(now)).last().unwrap_or(Next::WhenWoken)
    }
}

/// The far end's side and switch, if calls are signalled in a D channel.
fn isdn(options: Options<'_>) -> Result<Option<(Side, Option<Profile>)>, FactoryError> {
    let pri = options.choice("signalling", false, &[("em", false), ("pri", true)])?;
    let side = options.choice("side", Side::Network, &[("network", Side::Network), ("user", Side::User)])?;
    let profiles = Profile::ALL.map(|profile| (profile.name, Some(profile)));
    let profile = options.choice("profile", None, &profiles)?;
    if pri && options.choice("cas", true, &[("true", true), ("false", false)])? {
        return Err(wrong("signalling", "pri has no signalling bits: the option cas must be false"));
    }
    Ok(pri.then_some((side, profile)))
}

/// The interface of a whole span.
fn d_channel(side: Side, profile: Option<Profile>, t1: bool) -> DChannel {
    let (interface, slot) = match t1 {
        true => (InterfaceConfig::t1(side, profile.unwrap_or(Profile::NI2)), 24),
        false => (InterfaceConfig::e1(side, profile.unwrap_or(Profile::EURO_ISDN)), 16),
    };
    let slot = Timeslot::new(slot).expect("below 32");
    DChannel { interface, slot, seven_bits: false }
}

/// Those whose numbers `answers` lists, with commas between.
fn called_parties(options: Options<'_>, hold: Option<Frames>) -> Result<Vec<CalledParty>, FactoryError> {
    let numbers = options.text("answers").map_or_else(Vec::new, |text| text.split(',').collect());
    let party = |number: &str| Ok(CalledParty { number: row("answers", number.trim())?, room: None, hold });
    numbers.into_iter().map(party).collect()
}

/// An option that is a row of DTMF digits.
fn keys(options: Options<'_>, name: &str) -> Result<Option<String>, FactoryError> {
    options.text(name).map(|text| row(name, text)).transpose()
}

fn row(name: &str, text: &str) -> Result<String, FactoryError> {
    if text.is_empty() || text.chars().any(|key| Digit::from_char(key).is_none()) {
        return Err(wrong(name, format!("'{text}' is not a row of DTMF digits (0-9, A-D, *, #)")));
    }
    Ok(text.to_owned())
}

/// What callers say: ten seconds of a wavering hum.
fn hum() -> Arc<[i16]> {
    (0..80_000_u32)
        .map(|n| {
            let at = f64::from(n) / 8000.0 * std::f64::consts::TAU;
            (3000.0 * (180.0 * at + 3.0 * (2.0 * at).sin()).sin() * (0.7 * at).cos()) as i16
        })
        .collect()
}

/// How long a called party's telephone rings.
const RING: Frames = Frames::from_ms(1500);
