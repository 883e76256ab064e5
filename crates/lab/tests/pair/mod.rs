//! Two engines joined by a primary rate interface.
#![allow(dead_code)] // each test takes what it needs
use hw_sim::{BitPort, LineRate, TimeBase, WayConfig, WireConfig, WireControl, WireEnd, wire};
use std::sync::Arc;
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard, SoftFramer};
use tandem_engine::{CallId, CallStage, Config, Engine, Event, EventKind};
use tandem_types::{Frames, Handle};

struct JoinedFactory(Vec<WireEnd>);

impl CardFactory for JoinedFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["joined"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let port = BitPort::new(std::mem::take(&mut self.0).into_iter().map(Some));
        Ok(OpenedCard { card: Box::new(SoftFramer::new(port)), world: None })
    }
}

/// The user, the network, and the wires between them.
pub(crate) struct Pair {
    pub(crate) ends: [Engine; 2],
    /// By span.
    pub(crate) wires: Vec<WireControl>,
    pub(crate) told: [Vec<Event>; 2],
    /// The clock of the end that is stepped now, and the offset of that of the network in parts per million.
    time: TimeBase,
    network_ppm: i64,
    /// Parts of a frame that the network's clock is ahead, in millionths.
    ahead: i64,
}

pub(crate) const USER: usize = 0;
pub(crate) const NETWORK: usize = 1;

impl Pair {
    /// `span` is what the sections of both ends have, `pri` what theirs of ISDN have besides the side.
    pub(crate) fn new(span: &str, pri: &str) -> Self {
        Self::apart(span, pri, 0)
    }

    /// The same with clocks that differ: each end sends by its own.
    pub(crate) fn apart(span: &str, pri: &str, network_ppm: i64) -> Self {
        Self::made("", &[(span, pri)], network_ppm)
    }

    /// The same with the D channel up, and more said of the engines.
    pub(crate) fn with_engine(engine: &str, span: &str, pri: &str) -> Self {
        let mut pair = Self::made(engine, &[(span, pri)], 0);
        pair.pass_ms(3000);
        pair
    }

    /// Joined by several spans, of which these are said.
    pub(crate) fn group(spans: &[(&str, &str)]) -> Self {
        let mut pair = Self::made("", spans, 0);
        pair.pass_ms(3000);
        pair
    }

    fn made(engine: &str, spans: &[(&str, &str)], network_ppm: i64) -> Self {
        let rate = if spans[0].0.contains("t1") { LineRate::T1 } else { LineRate::E1 };
        let way = WayConfig { rate, delay: 4000, ..WayConfig::default() };
        let time = TimeBase::default();
        let way_at = |ppm: i64| WayConfig { ppb: Some(1000 * ppm), ..way };
        let (a_to_b, b_to_a) = (way_at(0), way_at(network_ppm));
        let wire = |_| wire::pair(WireConfig { time_base: time.clone(), a_to_b, b_to_a });
        let (a, b): (Vec<WireEnd>, Vec<WireEnd>) = (0..spans.len()).map(wire).unzip();
        let wires = a.iter().map(WireEnd::control).collect();
        let factories = [a, b].map(|ends| Box::new(JoinedFactory(ends)) as Box<dyn CardFactory>);
        let ends = Self::engines(engine, "model = \"joined\"", spans, factories);
        Self { ends, wires, told: [Vec::new(), Vec::new()], time, network_ppm, ahead: 0 }
    }

    /// Joined by what these factories make of `card`, with the D channel up.
    pub(crate) fn over(card: &str, span: &str, factories: [Box<dyn CardFactory>; 2]) -> Self {
        Self::over_pri(card, span, "", factories)
    }

    /// The same with more said of ISDN.
    pub(crate) fn over_pri(card: &str, span: &str, pri: &str, factories: [Box<dyn CardFactory>; 2]) -> Self {
        let ends = Self::engines("", card, &[(span, pri)], factories);
        let told = [Vec::new(), Vec::new()];
        let mut pair =
            Self { ends, wires: Vec::new(), told, time: TimeBase::default(), network_ppm: 0, ahead: 0 };
        pair.pass_ms(3000);
        pair
    }

    fn engines(
        engine: &str,
        card: &str,
        spans: &[(&str, &str)],
        factories: [Box<dyn CardFactory>; 2],
    ) -> [Engine; 2] {
        let mut ends = [USER, NETWORK].into_iter();
        factories.map(|factory| {
            let text = Self::text(ends.next().expect("two ends"), engine, card, spans);
            let config = Config::parse(&text).expect("good");
            Engine::open(config, &mut [factory]).expect("opens")
        })
    }

    /// The configuration of an end of one joined by wires.
    pub(crate) fn config(end: usize, spans: &[(&str, &str)], more: &str) -> Config {
        let text = Self::text(end, "", "model = \"joined\"", spans);
        Config::parse(&format!("{text}{more}")).unwrap_or_else(|error| panic!("{error}"))
    }

    fn text(end: usize, engine: &str, card: &str, spans: &[(&str, &str)]) -> String {
        let all: Vec<usize> = (0..spans.len()).collect();
        let side = ["user", "network"][end];
        let mut text = format!("[engine]\nmode = \"lockstep\"\n{engine}\n[[card]]\n{card}\n");
        for (port, (span, pri)) in spans.iter().enumerate() {
            let section = format!("[[span]]\nport = {port}\nsignalling = \"pri\"\n{span}\n");
            text += &format!("{section}pri = {{ side = \"{side}\"{pri} }}\n");
        }
        text + &format!("[[group]]\nname = \"all\"\nspans = {all:?}\n")
    }

    /// The same with the D channel up.
    pub(crate) fn up(span: &str, pri: &str) -> Self {
        let mut pair = Self::new(span, pri);
        pair.pass_ms(3000);
        for end in 0..2 {
            assert!(
                pair.heard(end, |kind| matches!(kind, EventKind::LinkChanged { up: true, .. })),
                "end {end}"
            );
        }
        pair
    }

    pub(crate) fn pass_ms(&mut self, ms: usize) {
        for _ in 0..ms {
            self.ahead += 8 * self.network_ppm;
            let more = self.ahead / 1_000_000;
            self.ahead -= more * 1_000_000;
            let passed = [(0, 8), (self.network_ppm, (8 + more) as u64)];
            for ((end, told), (ppm, frames)) in self.ends.iter().zip(&mut self.told).zip(passed) {
                self.time.set_ppb(1000 * ppm);
                assert!(end.advance(Frames(frames)));
                told.extend(std::iter::from_fn(|| end.event_wait(Some(Frames(0)))));
            }
        }
    }

    pub(crate) fn heard(&self, end: usize, wanted: impl Fn(&EventKind) -> bool) -> bool {
        self.told[end].iter().any(|event| wanted(&event.kind))
    }

    pub(crate) fn channel(&self, end: usize, slot: u8) -> Handle {
        self.channel_of(end, 0, slot)
    }

    pub(crate) fn channel_of(&self, end: usize, span: usize, slot: u8) -> Handle {
        let channels = self.ends[end].channels(span).expect("open");
        channels.into_iter().find(|(_, number)| *number == slot).expect("a channel").0
    }

    /// The call that was offered last, where, and its number.
    pub(crate) fn offered(&self, end: usize) -> (CallId, Handle, String) {
        let mut offers = self.told[end].iter().rev().filter_map(|event| match &event.kind {
            EventKind::CallOffered { call, channel, called } => Some((*call, *channel, called.clone())),
            _ => None,
        });
        offers.next().unwrap_or_else(|| panic!("nothing was offered: {:?}", self.told))
    }

    pub(crate) fn stages(&self, end: usize) -> Vec<CallStage> {
        let stage = |event: &Event| match event.kind {
            EventKind::CallProgress { stage, .. } => Some(stage),
            _ => None,
        };
        self.told[end].iter().filter_map(stage).collect()
    }

    /// Causes of the calls that are over, and whether the far end ended them.
    pub(crate) fn cleared(&self, end: usize) -> Vec<(u8, bool)> {
        let cleared = |event: &Event| match event.kind {
            EventKind::CallCleared { cause, by_far_end, .. } => Some((cause.value(), by_far_end)),
            _ => None,
        };
        self.told[end].iter().filter_map(cleared).collect()
    }

    pub(crate) fn is_answered(&self, end: usize, call: CallId) -> bool {
        self.heard(
            end,
            |kind| matches!(kind, EventKind::CallAnswered { call: answered, .. } if *answered == call),
        )
    }

    /// A call from `from` that the other end answers; the two numbers of it.
    pub(crate) fn connect(&mut self, from: usize, slot: u8) -> (CallId, CallId) {
        let placed = self.ends[from].call_place(self.channel(from, slot), "4711").expect("a free channel");
        self.pass_ms(300);
        let (offered, ..) = self.offered(1 - from);
        self.ends[1 - from].call_answer(offered).expect("offered");
        self.pass_ms(300);
        assert!(self.is_answered(from, placed) && self.is_answered(1 - from, offered));
        (placed, offered)
    }
}

/// Keys pressed: samples of 100 ms each with as much silence between.
pub(crate) fn keys(digits: &str) -> Arc<[i16]> {
    let tone = |key: char| match key {
        '2' => (697.0, 1336.0),
        '5' => (770.0, 1336.0),
        '8' => (852.0, 1336.0),
        _ => (941.0, 1336.0),
    };
    let sample = |(low, high): (f64, f64), n: usize| {
        let turn = |hertz: f64| (std::f64::consts::TAU * hertz * n as f64 / 8000.0).sin();
        if n < 800 { (6000.0 * (turn(low) + turn(high))) as i16 } else { 0 }
    };
    digits.chars().flat_map(|key| (0..1600).map(move |n| sample(tone(key), n))).collect()
}
