//! Callers and called parties: an engine that only names them is called and is answered, wrong options are
//! explained; and with an exchange that checks, every octet of such calls is the right one.
use hw_sim::exchange::{
    CalledParty, ClearedBy, Direction, Exchange, ExchangeConfig, ExchangeControl, ExchangeReport, FarPort,
    Outcome, Prompt,
};
use std::sync::{Arc, Mutex};
use tandem_card::{CardFactory, CardRequest, FactoryError};
use tandem_engine::{CallId, Config, EndReason, Engine, EngineError, EventKind, PartyTerms, Terms};
use tandem_lab::{FarEnds, SimFactory};
use tandem_types::{Bearer, Cause, Frames, Handle};

/// An engine in virtual time with four spans of a card with these options.
fn engine_with(options: &str, factory: SimFactory) -> Engine {
    let mut text = format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-falc4\"\noptions = {{ {options} }}\n"
    );
    for port in 0..4 {
        text += &format!("[[span]]\nport = {port}\nem = {{ digits = 4 }}\n");
    }
    let factory: Box<dyn CardFactory> = Box::new(factory);
    Engine::open(Config::parse(&text).expect("good"), &mut [factory]).expect("opens")
}

/// The next event that `wanted` takes, within half a minute.
#[track_caller]
fn wait_for<T>(engine: &Engine, wanted: impl Fn(EventKind) -> Option<T>) -> T {
    let limit = engine.now() + Frames::from_seconds(30);
    while engine.now() < limit {
        if let Some(found) =
            engine.event_wait(Some(Frames::from_seconds(1))).and_then(|event| wanted(event.kind))
        {
            return found;
        }
    }
    panic!("it did not come")
}

#[track_caller]
fn wait_for_answer(engine: &Engine, placed: CallId) {
    wait_for(engine, |kind| match kind {
        EventKind::CallAnswered { call, .. } if call == placed => Some(()),
        EventKind::CallCleared { call, cause, .. } if call == placed => panic!("cleared: {cause}"),
        _ => None,
    });
}

/// How the call ended: why, and whether by the far end.
#[track_caller]
fn wait_for_end(engine: &Engine, placed: CallId) -> (Cause, bool) {
    wait_for(engine, |kind| match kind {
        EventKind::CallCleared { call, cause, by_far_end, .. } if call == placed => Some((cause, by_far_end)),
        EventKind::CallAnswered { call, .. } if call == placed => panic!("answered"),
        _ => None,
    })
}

/// Places a call once the circuit is free, which it must be within two seconds.
#[track_caller]
fn place(engine: &Engine, channel: Handle, number: &str) -> CallId {
    for _ in 0..200 {
        match engine.call_place(channel, number) {
            Err(EngineError::WrongState(_)) => assert!(engine.advance(Frames::from_ms(10))),
            placed => return placed.expect("a circuit that is free"),
        }
    }
    panic!("the circuit is still in use")
}

fn channel(engine: &Engine, span: usize, index: usize) -> Handle {
    engine.channels(span).expect("a span")[index].0
}

#[test]
fn a_card_with_callers_calls_and_presses_its_digits() {
    let options = "calls_per_second = 2, hold_seconds = 4, max_calls = 3, digits = \"1#\"";
    let engine = engine_with(options, SimFactory::by_options());
    let (mut digits, mut cleared) = (String::new(), 0);
    while cleared < 3 {
        let event = engine.event_wait(Some(Frames::from_seconds(30))).expect("three calls come and go");
        match event.kind {
            EventKind::CallOffered { call, called, .. } => {
                assert_eq!(called, "2001");
                engine.call_answer(call).expect("offered");
            }
            EventKind::Digit { digit, .. } => digits.push(digit.to_char()),
            EventKind::CallCleared { cause, by_far_end, .. } => {
                assert_eq!((cause, by_far_end), (Cause::NORMAL_CLEARING, true));
                cleared += 1;
            }
            _ => {}
        }
    }
    assert_eq!(cleared, 3);
    let mut pressed: Vec<char> = digits.chars().collect();
    pressed.sort_unstable();
    assert_eq!(pressed, ['#', '#', '#', '1', '1', '1']);
}

#[test]
fn a_number_that_a_card_answers_is_answered_and_its_party_hangs_up() {
    let engine = engine_with("answers = \"4711, 4712\", hold_seconds = 3", SimFactory::by_options());
    let line = channel(&engine, 1, 7);
    for number in ["4711", "4712", "4711"] {
        let call = place(&engine, line, number);
        wait_for_answer(&engine, call);
        let answered = engine.now();
        assert_eq!(wait_for_end(&engine, call), (Cause::NORMAL_CLEARING, true));
        assert!((2900..3300).contains(&(engine.now() - answered).as_ms()));
    }
}

#[test]
fn a_number_that_a_card_does_not_answer_rings_until_the_host_gives_up() {
    let engine = engine_with("answers = 4711", SimFactory::by_options());
    let line = channel(&engine, 0, 0);
    let call = place(&engine, line, "4799");
    assert!(engine.advance(Frames::from_seconds(20)));
    engine.call_clear(call, Cause::NO_ANSWER).expect("it rings");
    assert_eq!(wait_for_end(&engine, call), (Cause::NO_ANSWER, false));
    let call = place(&engine, line, "4711");
    wait_for_answer(&engine, call);
    engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is answered");
    assert_eq!(wait_for_end(&engine, call), (Cause::NORMAL_CLEARING, false));
}

/// An engine whose far end checks every octet.
struct Checked {
    engine: Engine,
    control: Arc<ExchangeControl>,
}

impl Checked {
    /// Two parties who are to be in one room, and one who hears a prompt and hangs up after five seconds.
    fn new(prompt: &Arc<[i16]>) -> Self {
        let party = |number: &str, room, hold| CalledParty { number: number.into(), room, hold };
        let config = ExchangeConfig {
            calls_per_second: 0.0,
            called: vec![
                party("1001", Some(0), None),
                party("1002", Some(0), None),
                party("1003", None, Some(Frames::from_seconds(5))),
            ],
            prompts: vec![Prompt::new(Arc::clone(prompt))],
            speech: (1..4).map(noise).collect(),
            ..ExchangeConfig::default()
        };
        let control = Arc::new(Mutex::new(None));
        let made = Arc::clone(&control);
        let make = move |ends: FarEnds| {
            let ports = ends.ports.into_iter().map(|port| Box::new(port) as Box<dyn FarPort>);
            let exchange = Exchange::new(config.clone(), ports.collect());
            *made.lock().expect("one thread") = Some(exchange.control());
            Box::new(exchange) as Box<dyn tandem_rt::Step>
        };
        let engine = engine_with("", SimFactory::new(Box::new(make)));
        let control = control.lock().expect("one thread").take().expect("a card was opened");
        Self { engine, control }
    }

    /// What the exchange found, when all has long been quiet.
    fn report(&self) -> ExchangeReport {
        self.engine.advance(Frames::from_seconds(3));
        self.control.ask_report();
        self.engine.advance(Frames::from_ms(10));
        let report = self.control.take_report().expect("a step has passed");
        assert!(report.passed(), "{:?}", report.check.details);
        assert_eq!(report.totals.late_clears, 0);
        // Until the delay between the two spans is known.
        assert!(report.check.uncalibrated < 20, "{:?}", report.check);
        report
    }
}

/// Noise of a middling level.
fn noise(seed: u64) -> Arc<[i16]> {
    let mut chance = tandem_testkit::Rng::new(seed);
    (0..80_000).map(|_| chance.below(6000) as i16 - 3000).collect()
}

#[test]
fn a_called_party_hears_the_prompt_octet_for_octet() {
    let prompt: Arc<[i16]> = noise(9)[..16_000].into();
    let checked = Checked::new(&prompt);
    let engine = &checked.engine;
    let line = channel(engine, 2, 20);
    let call = place(engine, line, "1003");
    wait_for_answer(engine, call);
    engine.play_samples(line, Arc::clone(&prompt), Terms::default()).expect("plays");
    let reason = wait_for(engine, |kind| match kind {
        EventKind::PlayDone { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(reason, EndReason::Finished);
    assert_eq!(wait_for_end(engine, call), (Cause::NORMAL_CLEARING, true));
    let report = checked.report();
    let heard = &report.calls[0];
    assert_eq!((heard.direction, heard.number.as_str()), (Direction::FromSwitch, "1003"));
    assert_eq!((heard.outcome, heard.cleared_by), (Outcome::Completed, Some(ClearedBy::Exchange)));
    assert!((15_990..=16_000).contains(&report.check.prompt), "{:?}", report.check);
}

#[test]
fn two_called_parties_joined_both_ways_or_by_a_bridge_hear_each_other_octet_for_octet() {
    for by_bridge in [false, true] {
        let checked = Checked::new(&noise(9));
        let engine = &checked.engine;
        let lines = [channel(engine, 0, 3), channel(engine, 3, 29)];
        let calls = [place(engine, lines[0], "1001"), place(engine, lines[1], "1002")];
        // They are answered on the same frame, in no certain order.
        wait_for(engine, |kind| matches!(kind, EventKind::CallAnswered { .. }).then_some(()));
        wait_for(engine, |kind| matches!(kind, EventKind::CallAnswered { .. }).then_some(()));
        if by_bridge {
            let bridge = engine.bridge_new().expect("a bridge");
            lines
                .iter()
                .for_each(|line| engine.bridge_join(bridge, *line, PartyTerms::default()).expect("joins"));
        } else {
            engine.connect(lines[0], Some(lines[1]), Bearer::Speech).expect("one way");
            engine.connect(lines[1], Some(lines[0]), Bearer::Speech).expect("the other way");
        }
        assert!(engine.advance(Frames::from_seconds(6)));
        for call in calls {
            engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is up");
        }
        for call in calls {
            assert_eq!(wait_for_end(engine, call), (Cause::NORMAL_CLEARING, false));
        }
        let report = checked.report();
        assert!(report.calls.iter().all(|call| call.cleared_by == Some(ClearedBy::Switch)));
        assert!(report.check.mix > 90_000, "{:?}", report.check);
    }
}

#[test]
fn callers_options_that_make_no_sense_are_named() {
    for (name, value) in [
        ("calls_per_second", "many"),
        ("calls_per_second", "0"),
        ("number", "12x"),
        ("answers", "12,x"),
        ("answers", "12,"),
        ("digits", ""),
        ("hold_seconds", "-1"),
        ("max_calls", "0"),
        ("signalling", "r2"),
        ("signalling", "pri"), // with signalling bits in timeslot 16
        ("profile", "1tr6"),
        ("side", "left"),
    ] {
        let mut request = CardRequest { model: "sim-falc4".into(), ..CardRequest::default() };
        request.options.insert("calls_per_second".into(), "1".into());
        request.options.insert(name.into(), value.into());
        let Err(FactoryError::Option { name: named, .. }) = SimFactory::by_options().open(&request) else {
            panic!("{name} = {value} was taken")
        };
        assert_eq!(named, name);
    }
    let mut request = CardRequest { model: "sim-bit".into(), ..CardRequest::default() };
    request.options.insert("digits".into(), "1".into());
    assert!(SimFactory::by_options().open(&request).is_err(), "digits without callers");
    request.options.insert("answers".into(), "1".into());
    assert!(SimFactory::by_options().open(&request).is_err(), "digits without callers, but somebody called");
}

/// An engine with one span of a card on raw bits, whose far end calls four times, the first maybe during the remote alarm
/// of the start and so in vain, and answers 4711.
fn isdn_engine(framing: &str, far_side: &str, profile: &str) -> Engine {
    let side = if far_side == "network" { "user" } else { "network" };
    let far_end =
        "calls_per_second = 2, hold_seconds = 4, max_calls = 4, answers = 4711, signalling = \"pri\"";
    let text = format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-bit\"\n\
         options = {{ {far_end}, cas = false, framing = \"{framing}\", side = \"{far_side}\", profile = \"{profile}\" }}\n\
         [[span]]\nport = 0\nframing = \"{framing}\"\nsignalling = \"pri\"\n\
         pri = {{ side = \"{side}\", profile = \"{profile}\" }}\n"
    );
    let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    Engine::open(config, &mut [Box::new(SimFactory::by_options())]).expect("opens")
}

#[test]
fn far_ends_of_either_side_and_of_every_switch_call_and_are_called_by_isdn() {
    for (framing, profiles) in
        [("e1", &["euroisdn", "china", "qsig"][..]), ("t1-esf", &["ni2", "5ess", "4ess", "dms100"])]
    {
        for (profile, far_side) in profiles.iter().flat_map(|it| [(it, "network"), (it, "user")]) {
            let engine = isdn_engine(framing, far_side, profile);
            for _ in 0..3 {
                let (call, called) = wait_for(&engine, |kind| match kind {
                    EventKind::CallOffered { call, called, .. } => Some((call, called)),
                    _ => None,
                });
                assert_eq!(called, "2001", "{framing} {profile} {far_side}");
                engine.call_answer(call).expect("offered");
            }
            for _ in 0..3 {
                let ended = wait_for(&engine, |kind| match kind {
                    EventKind::CallCleared { cause, by_far_end, .. } => Some((cause, by_far_end)),
                    _ => None,
                });
                assert_eq!(ended, (Cause::NORMAL_CLEARING, true), "{framing} {profile} {far_side}");
            }
            let call = place(&engine, channel(&engine, 0, 22), "4711");
            wait_for_answer(&engine, call);
            engine.call_clear(call, Cause::USER_BUSY).expect("it is answered");
            assert_eq!(
                wait_for_end(&engine, call),
                (Cause::USER_BUSY, false),
                "{framing} {profile} {far_side}"
            );
        }
    }
}

#[test]
fn an_isdn_call_that_the_host_refuses_ends_at_once_and_the_next_one_is_as_good() {
    let engine = isdn_engine("e1", "network", "euroisdn");
    for refused in [true, false, true] {
        let call = wait_for(&engine, |kind| match kind {
            EventKind::CallOffered { call, .. } => Some(call),
            _ => None,
        });
        if refused {
            let before = engine.now();
            engine.call_clear(call, Cause::USER_BUSY).expect("offered");
            assert_eq!(wait_for_end(&engine, call), (Cause::USER_BUSY, false));
            assert!(engine.now() - before < Frames::from_ms(200));
        } else {
            engine.call_answer(call).expect("offered");
            wait_for_answer(&engine, call);
        }
    }
}
