//! Callers by option: an engine that only names them is called, and wrong options are explained.
use tandem_card::{CardFactory, CardRequest, FactoryError};
use tandem_engine::{Config, Engine, EventKind};
use tandem_lab::SimFactory;
use tandem_types::{Cause, Frames};

#[test]
fn a_card_with_callers_calls_and_presses_its_digits() {
    let text = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-falc4\"\n\
                options = { calls_per_second = 2, hold_seconds = 4, max_calls = 3, digits = \"1#\" }\n\
                [[span]]\nport = 0\nem = { digits = 4 }\n[[span]]\nport = 1\nem = { digits = 4 }\n\
                [[span]]\nport = 2\nem = { digits = 4 }\n[[span]]\nport = 3\nem = { digits = 4 }\n";
    let factory: Box<dyn CardFactory> = Box::new(SimFactory::by_options());
    let engine = Engine::open(Config::parse(text).expect("good"), &mut [factory]).expect("opens");
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
fn callers_options_that_make_no_sense_are_named() {
    for (name, value) in [
        ("calls_per_second", "many"),
        ("calls_per_second", "0"),
        ("number", "12x"),
        ("digits", ""),
        ("hold_seconds", "-1"),
        ("max_calls", "0"),
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
}
