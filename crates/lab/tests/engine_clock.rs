//! Clocks of a whole engine: what it follows, when it turns to another, and what it says of the lines.
use hw_sim::{BitPort, Falc4, Falc4Config, Way, WayConfig, WireConfig, WireControl, WireEnd, wire};
use std::sync::{Arc, Mutex, PoisonError};
use tandem_card::{Card, CardFactory, CardRequest, FactoryError, Falc4Driver, OpenedCard, SoftFramer};
use tandem_engine::{Config, Engine, Event, EventKind, LineError, LineOrder, Loopback, Quality};
use tandem_lab::{SilentEnds, SimFactory};
use tandem_types::{Defect, Frames};

/// An engine on one simulated card with silent far ends, and the wires between.
fn engine(text: &str) -> (Engine, Vec<WireControl>) {
    let wires = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&wires);
    let factory = SimFactory::new(Box::new(move |ends| {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = ends.wires.clone();
        Box::new(SilentEnds::new(ends.ports, ends.framing))
    }));
    let config = Config::parse(text).expect("a good configuration");
    let engine = Engine::open(config, &mut [Box::new(factory)]).expect("opens");
    let wires = wires.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (engine, wires)
}

fn events(engine: &Engine) -> Vec<Event> {
    std::iter::from_fn(|| engine.event_wait(Some(Frames(0)))).collect()
}

const TWO_SOURCES: &str = r#"
    [engine]
    mode = "lockstep"
    [clock]
    sources = [1, 0]
    wait_to_restore_seconds = 5
    [[card]]
    model = "sim-bit"
    options = { spans = 2, ppm = 50, card_ppm = -10 }
    [[span]]
    port = 0
    [[span]]
    port = 1
"#;

#[test]
fn a_lost_source_is_left_in_the_tick_of_its_alarm_and_taken_back_after_the_time_to_restore() {
    let (engine, wires) = engine(TWO_SOURCES);
    let spans: Vec<_> = engine.spans().expect("open").iter().map(|state| state.span).collect();
    engine.advance(Frames::from_seconds(4));
    // From the first loss of alignment on there is nothing to follow for a moment.
    assert_eq!(engine.clock().expect("open").source, Some(spans[1]));
    events(&engine);
    wires[1].cut(Way::BToA);
    engine.advance(Frames::from_seconds(1));
    let told = events(&engine);
    let lost = told
        .iter()
        .find(|event| matches!(event.kind, EventKind::SpanDefects { span, .. } if span == spans[1]));
    let turned =
        told.iter().find(|event| matches!(event.kind, EventKind::ClockChanged { .. })).expect("another");
    assert_eq!(turned.kind, EventKind::ClockChanged { source: Some(spans[0]) });
    assert!(turned.at.since(lost.expect("an alarm").at) <= Frames(8), "{told:?}");
    wires[1].repair(Way::BToA);
    engine.advance(Frames::from_seconds(4));
    assert_eq!(engine.clock().expect("open").source, Some(spans[0]));
    engine.advance(Frames::from_seconds(3));
    assert_eq!(engine.clock().expect("open").source, Some(spans[1]));
    let frames_missed = engine.statistics().expect("open").card_frames_missed;
    assert_eq!(frames_missed, 0, "no frame is lost by any of it");
    for span in 0..2 {
        let clock = engine.span_clock(span).expect("a span");
        assert!(clock.slips_deleted + clock.slips_repeated <= 1, "{clock:?}");
    }
}

#[test]
fn a_line_that_is_followed_slips_no_more_and_one_that_is_not_slips_as_foreseen() {
    let (engine, wires) = engine(TWO_SOURCES);
    wires[0].set_ppb(Way::BToA, Some(100_000));
    engine.advance(Frames::from_seconds(70));
    let followed = engine.span_clock(1).expect("a span");
    let drift = followed.drift.expect("known after a minute");
    assert!(drift.ppm.abs() <= drift.uncertainty_ppm && drift.slip_period.is_none(), "{drift}");
    let free = engine.span_clock(0).expect("a span");
    let drift = free.drift.expect("known");
    assert!((drift.ppm - 50.0).abs() < 1.0, "100 ppm against a clock of 50 ppm: {drift}");
    // 50 ppm are a frame in 2.5 s.
    assert!((24..=28).contains(&(free.slips_deleted - free.slips_repeated)), "{free:?}");
    assert!(followed.slips_deleted + followed.slips_repeated <= 1, "{followed:?}");
    let next = drift.next_slip.expect("one comes");
    let before = engine.span_clock(0).expect("a span").slips_deleted;
    engine.advance(Frames(next.since(engine.now()).0 + 8 * 1700));
    assert!(engine.span_clock(0).expect("a span").slips_deleted > before, "foreseen for {next}");
    assert!(drift.to_string().contains(" ppm fast"), "{drift}");
}

#[test]
fn without_any_source_the_oscillator_of_the_card_goes_on_and_the_host_is_told() {
    let (engine, wires) = engine(TWO_SOURCES);
    engine.advance(Frames::from_seconds(2));
    events(&engine);
    wires.iter().for_each(|wire| wire.cut(Way::BToA));
    engine.advance(Frames::from_seconds(1));
    let told = events(&engine);
    assert!(told.iter().any(|event| event.kind == EventKind::ClockChanged { source: None }), "{told:?}");
    assert_eq!(engine.clock().expect("open").source, None);
    assert_eq!(engine.span_clock(0).expect("a span").drift, None, "there is no line");
}

/// A card with a span on a wire that leads to another engine: raw bits, or the first span of a framer card.
struct JoinedFactory(Option<WireEnd>);

impl CardFactory for JoinedFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["bits", "falc4"]
    }

    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let wire = self.0.take();
        let card: Box<dyn Card> = if request.model == "falc4" {
            let chip = Falc4::new(Falc4Config::default(), [wire, None, None, None]);
            Box::new(Falc4Driver::new(chip).expect("a card"))
        } else {
            Box::new(SoftFramer::new(BitPort::new([wire])))
        };
        Ok(OpenedCard { card, world: None })
    }
}

/// Two engines joined by a wire, each on a card of this model, following these sources.
fn joined(model: &str, sources: [&str; 2]) -> [Engine; 2] {
    let way = WayConfig { delay: 4000, ..WayConfig::default() };
    let (a, b) = wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() });
    let mut ends = [a, b].into_iter();
    sources.map(|sources| {
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n[clock]\nsources = {sources}\nmessage_bit = 4\nquality = \"ssu-b\"\n\
             wait_to_restore_seconds = 10\n[[card]]\nmodel = \"{model}\"\n[[span]]\nport = 0\nsignalling = \"none\"\n"
        );
        let config = Config::parse(&text).expect("good");
        Engine::open(config, &mut [Box::new(JoinedFactory(ends.next()))]).expect("opens")
    })
}

fn pass(engines: &[Engine; 2], seconds: usize) {
    for _ in 0..1000 * seconds {
        engines.iter().for_each(|engine| assert!(engine.advance(Frames(8))));
    }
}

#[test]
fn two_engines_told_to_follow_each_other_are_named_as_a_timing_loop_within_a_minute() {
    for model in ["bits", "falc4"] {
        let engines = joined(model, ["[0]", "[0]"]);
        pass(&engines, 60);
        for engine in &engines {
            let told = events(engine);
            let is_turn = |event: &&Event| matches!(event.kind, EventKind::ClockChanged { .. });
            let is_loop = |event: &&Event| matches!(event.kind, EventKind::TimingLoop { .. });
            let (turns, loops) = (told.iter().filter(is_turn).count(), told.iter().filter(is_loop));
            let loops: Vec<_> = loops.collect();
            // The time to restore is ten seconds, and they do not turn to each other more often.
            assert!((1..=6).contains(&loops.len()), "{model}: {told:?}");
            assert!(loops[0].at.0 < 5 * 8000, "{model}: {told:?}");
            assert!(turns <= 2 * loops.len() + 1, "{model}: {told:?}");
        }
    }
}

#[test]
fn a_far_end_that_leaves_the_bits_of_messages_as_ones_is_neither_followed_nor_called_a_loop() {
    let text = TWO_SOURCES.replace("[clock]", "[clock]\n    message_bit = 4");
    let (engine, _) = engine(&text);
    engine.advance(Frames::from_seconds(20));
    assert_eq!(engine.span_clock(0).expect("a span").quality, Some(Quality::DoNotUse));
    assert_eq!(engine.clock().expect("open").source, None);
    let told = events(&engine);
    let clocks = |event: &Event| {
        matches!(event.kind, EventKind::TimingLoop { .. } | EventKind::ClockChanged { source: Some(_) })
    };
    assert!(!told.iter().any(clocks), "{told:?}");
}

#[test]
fn a_slave_tells_its_master_not_to_follow_it_and_hears_how_good_the_master_is() {
    for model in ["bits", "falc4"] {
        let engines = joined(model, ["[]", "[0]"]);
        pass(&engines, 5);
        assert_eq!(engines[0].span_clock(0).expect("a span").quality, Some(Quality::DoNotUse), "{model}");
        assert_eq!(engines[1].span_clock(0).expect("a span").quality, Some(Quality::SupplyB), "{model}");
        assert!(engines[1].clock().expect("open").source.is_some());
        for engine in &engines {
            assert!(events(engine).iter().all(|event| !matches!(event.kind, EventKind::TimingLoop { .. })));
        }
    }
}

#[test]
fn a_loop_takes_a_span_out_of_use_and_gives_it_back() {
    let (engine, _) = engine(TWO_SOURCES);
    engine.advance(Frames::from_seconds(4));
    let channels = engine.channels(0).expect("open");
    let place = |engine: &Engine| engine.call_place(channels[0].0, "12");
    engine.line_order(0, LineOrder::Loop(Some(Loopback::Line))).expect("a card that can");
    engine.advance(Frames::from_seconds(1));
    assert!(engine.spans().expect("open")[0].looped);
    assert!(place(&engine).is_err(), "its circuits are blocked");
    assert!(engine.call_place(engine.channels(1).expect("open")[0].0, "12").is_ok());
    engine.line_order(0, LineOrder::Loop(None)).expect("a card that can");
    engine.advance(Frames::from_seconds(2));
    assert!(!engine.spans().expect("open")[0].looped);
    assert!(place(&engine).is_ok());
}

#[test]
fn a_loop_of_a_few_milliseconds_is_told_when_it_is_closed_and_when_it_is_opened() {
    let (engine, _) = engine(TWO_SOURCES);
    engine.advance(Frames::from_ms(4500));
    engine.line_order(0, LineOrder::Loop(Some(Loopback::Local))).expect("a card that can");
    engine.advance(Frames::from_ms(3));
    engine.line_order(0, LineOrder::Loop(None)).expect("a card that can");
    engine.advance(Frames::from_seconds(2));
    let told = events(&engine);
    let loops = told.iter().filter_map(|event| match event.kind {
        EventKind::SpanLooped { looped, by_far_end, .. } => Some((event.at.0, looped, by_far_end)),
        _ => None,
    });
    // Each with the frame that follows the order: so fine is this card.
    let local = Some(Loopback::Local);
    assert_eq!(loops.collect::<Vec<_>>(), [(36_001, local, false), (36_025, None, false)]);
}

#[test]
fn orders_that_the_card_cannot_do_and_spans_that_there_are_not_are_refused() {
    let (engine, wires) = engine(TWO_SOURCES);
    assert!(engine.line_order(0, LineOrder::InsertError(LineError::Code)).is_err());
    assert!(engine.line_order(2, LineOrder::Loop(None)).is_err());
    assert!(engine.span_clock(2).is_err());
    engine.advance(Frames::from_seconds(2));
    events(&engine);
    engine.line_order(0, LineOrder::SendAis(true)).expect("a card that can");
    engine.advance(Frames::from_seconds(1));
    // The far end answers AIS with its remote alarm.
    assert!(engine.spans().expect("open")[0].defects.contains(Defect::Rai));
    assert_eq!(wires[0].counters(Way::AToB).errors, 0);
}

#[test]
fn a_source_in_a_local_loop_brings_our_own_clock_and_is_left_until_the_loop_is_opened() {
    let (engine, _) = engine(TWO_SOURCES);
    let spans: Vec<_> = engine.spans().expect("open").iter().map(|state| state.span).collect();
    let source = || engine.clock().expect("open").source;
    engine.advance(Frames::from_seconds(4));
    assert_eq!(source(), Some(spans[1]));
    engine.line_order(1, LineOrder::Loop(Some(Loopback::Local))).expect("a card that can");
    engine.advance(Frames::from_ms(10));
    assert_eq!(source(), Some(spans[0]));
    engine.line_order(1, LineOrder::Loop(None)).expect("a card that can");
    engine.advance(Frames::from_seconds(4));
    assert_eq!(source(), Some(spans[0]), "the time to restore has not gone by");
    engine.advance(Frames::from_seconds(4));
    assert_eq!(source(), Some(spans[1]));
}

#[test]
fn a_far_end_without_the_crc4_that_is_demanded_is_a_failure_after_2500_ms() {
    let text = r#"
        [engine]
        mode = "lockstep"
        [[card]]
        model = "sim-bit"
        options = { crc4 = "off", cas = false }
        [[span]]
        port = 0
        signalling = "none"
    "#;
    let (engine, _) = engine(text);
    engine.advance(Frames::from_seconds(20));
    let told = events(&engine);
    let failed = |event: &&Event| matches!(event.kind, EventKind::SpanFailed { .. });
    let failures: Vec<_> = told.iter().filter(failed).map(|event| event.at.as_ms()).collect();
    assert!(matches!(failures[..], [2500.0..2700.0]), "{failures:?}");
    assert!(!told.iter().any(|event| matches!(event.kind, EventKind::SpanRestored { .. })));
}
