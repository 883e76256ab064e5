//! Tests of a whole line between two engines: a pattern in place of every bit, framing too.
use hw_sim::{
    BitPort, Ds8, Ds8Config, Falc4, Falc4Config, LineRate, Way, WayConfig, WireConfig, WireControl, WireEnd,
    wire,
};
use tandem_card::{
    Card, CardFactory, CardRequest, Ds8Driver, FactoryError, Falc4Driver, OpenedCard, SoftFramer,
};
use tandem_engine::{Config, Engine, EngineError, LineOrder, Loopback, Pattern, WHOLE_LINE};
use tandem_types::{Defect, Frames, Handle};

/// What an end of the wire is on.
#[derive(Clone, Copy)]
enum On {
    Bits,
    Octal,
    Quad,
}

struct JoinedFactory {
    end: Option<WireEnd>,
    on: On,
}

impl CardFactory for JoinedFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["joined"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let end = self.end.take();
        let card: Box<dyn Card> = match self.on {
            On::Octal => {
                let mut wires = [const { None }; 8];
                wires[0] = end;
                Box::new(Ds8Driver::new(Ds8::new(Ds8Config::default(), wires)).expect("a card that answers"))
            }
            On::Quad => {
                let chip = Falc4::new(Falc4Config::default(), [end, None, None, None]);
                Box::new(Falc4Driver::new(chip).expect("a card that answers"))
            }
            On::Bits => Box::new(SoftFramer::new(BitPort::new([end]))),
        };
        Ok(OpenedCard { card, world: None })
    }
}

/// Two engines with a span each, and the wire between them.
struct Pair {
    ends: [Engine; 2],
    wire: WireControl,
}

impl Pair {
    fn new(framing: &str) -> Self {
        Self::of(framing, On::Bits)
    }

    /// The first end is on this, the second on raw bits.
    fn of(framing: &str, first: On) -> Self {
        let rate = if framing == "e1" { LineRate::E1 } else { LineRate::T1 };
        let way = WayConfig { rate, delay: 4001, ..WayConfig::default() };
        let (a, b) = wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() });
        let wire = a.control();
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"joined\"\n\
             [[span]]\nport = 0\nframing = \"{framing}\"\nsignalling = \"none\"\n"
        );
        let ends = [(a, first), (b, On::Bits)].map(|(end, on)| {
            let config = Config::parse(&text).expect("good");
            Engine::open(config, &mut [Box::new(JoinedFactory { end: Some(end), on })]).expect("opens")
        });
        let pair = Self { ends, wire };
        pair.pass_ms(2000);
        pair
    }

    fn pass_ms(&self, ms: usize) {
        for _ in 0..ms {
            for end in &self.ends {
                assert!(end.advance(Frames(8)));
            }
        }
    }

    fn start(&self, end: usize, pattern: Pattern) -> Handle {
        self.ends[end].line_test_start(0, WHOLE_LINE, pattern).expect("a free line")
    }
}

const ALL: [Pattern; 13] = [
    Pattern::Prbs9,
    Pattern::Prbs11,
    Pattern::Prbs15,
    Pattern::Prbs20,
    Pattern::Qrss,
    Pattern::Prbs23,
    Pattern::Prbs29,
    Pattern::Prbs31,
    Pattern::ONES,
    Pattern::ZEROS,
    Pattern::ALTERNATING,
    Pattern::ONE_IN_EIGHT,
    Pattern::THREE_IN_24,
];

#[test]
fn every_pattern_takes_every_bit_of_a_line_and_errors_are_counted_exactly() {
    for (framing, bits_a_second) in [("e1", 2_048_000), ("t1-esf", 1_544_000), ("t1-sf", 1_544_000)] {
        let pair = Pair::new(framing);
        for pattern in ALL {
            let tests = [0, 1].map(|end| pair.start(end, pattern));
            pair.pass_ms(150);
            let begun = [0, 1].map(|end| pair.ends[end].line_test(tests[end]).expect("in progress"));
            pair.ends[0].line_test_insert_errors(tests[0], 25).expect("in progress");
            pair.pass_ms(250);
            for end in 0..2 {
                let state = pair.ends[end].line_test_stop(tests[end]).expect("in progress");
                let what = format!("{framing} {pattern:?} end {end}: {:?} {state:?}", begun[end]);
                let wrong = state.counts.errors - begun[end].counts.errors;
                assert_eq!(wrong, if end == 0 { 0 } else { 25 }, "{what}");
                assert!(begun[end].synchronised && state.synchronised, "{what}");
                // Bits come in words of 64.
                let bits = state.counts.bits - begun[end].counts.bits;
                assert!(bits.abs_diff(bits_a_second / 4) < 64, "{what}");
                assert_eq!((begun[end].counts.errors, state.counts.losses), (0, 0), "{what}");
            }
        }
        for end in &pair.ends {
            end.check_conservation().expect("every octet accounted for");
        }
    }
}

#[test]
fn a_line_under_test_is_out_of_use_and_comes_back_after_it() {
    let pair = Pair::new("e1");
    let [near, far] = &pair.ends;
    let test = pair.start(0, Pattern::Prbs15);
    pair.pass_ms(100);
    let channel = near.channels(0).expect("open")[7].0;
    let state = near.channel_state(channel).expect("a channel");
    assert!(state.tested && state.span_is_down, "{state:?}");
    assert!(near.line_test_start(0, 0b0010, Pattern::Prbs9).is_err(), "its slots are in use");
    assert!(near.line_test_start(0, WHOLE_LINE, Pattern::Prbs9).is_err(), "it is in use");
    assert!(far.spans().expect("open")[0].defects.contains(Defect::Lof), "no frames come");
    near.line_test_stop(test).expect("in progress");
    assert!(near.line_test(test).is_err(), "it is over");
    pair.pass_ms(1000);
    for end in &pair.ends {
        assert!(end.spans().expect("open")[0].defects.is_empty(), "it is framed again");
    }
    let state = near.channel_state(channel).expect("a channel");
    assert!(!state.tested && !state.span_is_down, "{state:?}");
    assert!(near.line_test_start(0, 0b0010, Pattern::Prbs9).is_ok());
}

#[test]
fn a_test_of_a_whole_line_comes_back_from_a_line_loop_and_begins_from_nothing_each_time() {
    let pair = Pair::new("t1-esf");
    let [near, far] = &pair.ends;
    far.line_order(0, LineOrder::Loop(Some(Loopback::Line))).expect("a card that can");
    let test = pair.start(0, Pattern::Qrss);
    pair.pass_ms(1000);
    near.line_test_insert_errors(test, 7).expect("in progress");
    pair.pass_ms(1000);
    let state = near.line_test_stop(test).expect("in progress");
    assert_eq!((state.synchronised, state.counts.errors), (true, 7), "{state:?}");
    // Begun before the card has heard that the first is over.
    let again = pair.start(0, Pattern::Prbs23);
    assert_eq!(near.line_test(again).expect("in progress"), Default::default());
    pair.pass_ms(1000);
    let state = near.line_test_stop(again).expect("in progress");
    assert_eq!((state.synchronised, state.counts.errors, state.counts.losses), (true, 0, 0), "{state:?}");
    pair.wire.set_error_rate(Way::AToB, 1e-5);
    let worse = pair.start(0, Pattern::Prbs23);
    pair.pass_ms(5000);
    pair.wire.set_error_rate(Way::AToB, 0.0);
    pair.pass_ms(100);
    let (state, symbols) =
        (near.line_test_stop(worse).expect("in progress"), pair.wire.counters(Way::AToB).errors);
    // A wrong symbol spoils one bit, or the substitution or two that it is taken for.
    assert!((50..110).contains(&symbols), "{symbols}");
    assert!((symbols..=3 * symbols).contains(&state.counts.errors), "{symbols}: {state:?}");
    pair.wire.cut_both();
    let dead = pair.start(0, Pattern::Prbs15);
    pair.pass_ms(1000);
    assert!(!near.line_test_stop(dead).expect("in progress").synchronised);
}

#[test]
fn a_card_that_cannot_make_a_pattern_says_so_and_an_order_is_no_test() {
    let text = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-falc4\"\noptions = { cas = false }\n\
                [[span]]\nport = 0\nsignalling = \"none\"\n";
    let factory = tandem_lab::SimFactory::by_options();
    let engine = Engine::open(Config::parse(text).expect("good"), &mut [Box::new(factory)]).expect("opens");
    engine.advance(Frames::from_ms(100));
    let refused = engine.line_test_start(0, WHOLE_LINE, Pattern::Prbs9);
    assert!(matches!(refused, Err(EngineError::Unsupported(_))), "{refused:?}");
    let free = engine.line_test_start(0, 0b0010, Pattern::Prbs15);
    assert!(free.is_ok(), "nothing is left of what was refused: {free:?}");
    let order = engine.line_order(0, LineOrder::TestLine(None));
    assert!(matches!(order, Err(EngineError::BadArgument(_))), "{order:?}");
}

#[test]
fn the_octal_card_tests_a_whole_line_with_the_patterns_of_its_chip() {
    for (framing, bits_a_second) in [("e1", 2_048_000), ("t1-esf", 1_544_000), ("t1-sf", 1_544_000)] {
        let pair = Pair::of(framing, On::Octal);
        let [octal, soft] = &pair.ends;
        for pattern in ALL {
            let Ok(test) = octal.line_test_start(0, WHOLE_LINE, pattern) else {
                let not_made = [Pattern::Prbs20, Pattern::Prbs23, Pattern::Prbs29, Pattern::Prbs31];
                assert!(not_made.contains(&pattern), "{pattern:?} is one of the chip");
                continue;
            };
            let tests = [test, pair.start(1, pattern)];
            pair.pass_ms(300);
            let begun = [0, 1].map(|end| pair.ends[end].line_test(tests[end]).expect("in progress"));
            octal.line_test_insert_errors(tests[0], 9).expect("in progress");
            soft.line_test_insert_errors(tests[1], 25).expect("in progress");
            pair.pass_ms(400);
            for end in 0..2 {
                let state = pair.ends[end].line_test_stop(tests[end]).expect("in progress");
                let what = format!("{framing} {pattern:?} end {end}: {:?} {state:?}", begun[end]);
                assert!(begun[end].synchronised && state.synchronised, "{what}");
                assert_eq!(state.counts.errors - begun[end].counts.errors, [25, 9][end], "{what}");
                assert_eq!(state.counts.losses, 0, "{what}");
                // The chip is asked every 8 ms.
                let (bits, turn) = (state.counts.bits - begun[end].counts.bits, bits_a_second / 125);
                assert!(bits.abs_diff(bits_a_second * 2 / 5) <= turn, "{what}");
            }
        }
        let test = octal.line_test_start(0, WHOLE_LINE, Pattern::ZEROS).expect("a free line");
        pair.wire.cut_both();
        pair.pass_ms(100);
        assert!(!octal.line_test_stop(test).expect("in progress").synchronised, "zeros of a dead line");
        pair.wire.repair_both();
        pair.pass_ms(3000);
        assert!(octal.spans().expect("open")[0].defects.is_empty(), "{framing}: framed again");
    }
}

#[test]
fn a_pattern_lost_and_found_again_on_the_octal_card_is_one_loss() {
    let pair = Pair::of("e1", On::Octal);
    let tests = [0, 1].map(|end| pair.start(end, Pattern::Prbs15));
    pair.pass_ms(500);
    for times in 1..=3 {
        pair.wire.cut(Way::BToA);
        pair.pass_ms(50);
        let state = pair.ends[0].line_test(tests[0]).expect("in progress");
        assert_eq!((state.synchronised, state.counts.losses), (false, times), "{state:?}");
        pair.wire.repair(Way::BToA);
        pair.pass_ms(200);
        let state = pair.ends[0].line_test(tests[0]).expect("in progress");
        assert_eq!((state.synchronised, state.counts.losses), (true, times), "{state:?}");
    }
}

#[test]
fn the_quad_card_tests_a_whole_line_with_the_pattern_of_its_chip() {
    let pair = Pair::of("e1", On::Quad);
    let [quad, soft] = &pair.ends;
    for pattern in ALL.into_iter().filter(|pattern| *pattern != Pattern::Prbs15) {
        let refused = quad.line_test_start(0, WHOLE_LINE, pattern);
        assert!(matches!(refused, Err(EngineError::Unsupported(_))), "{pattern:?}: {refused:?}");
    }
    for _ in 0..2 {
        let tests = [0, 1].map(|end| pair.start(end, Pattern::Prbs15));
        pair.pass_ms(300);
        let begun = [0, 1].map(|end| pair.ends[end].line_test(tests[end]).expect("in progress"));
        quad.line_test_insert_errors(tests[0], 9).expect("in progress");
        soft.line_test_insert_errors(tests[1], 25).expect("in progress");
        // The chip tells wrong bits when a second is over.
        pair.pass_ms(1200);
        for end in 0..2 {
            let state = pair.ends[end].line_test_stop(tests[end]).expect("in progress");
            let what = format!("end {end}: {:?} {state:?}", begun[end]);
            assert!(begun[end].synchronised && state.synchronised, "{what}");
            assert_eq!(state.counts.errors - begun[end].counts.errors, [25, 9][end], "{what}");
            assert_eq!(state.counts.losses, 0, "{what}");
            // The chip is asked every 16 ms.
            let bits = state.counts.bits - begun[end].counts.bits;
            assert!(bits.abs_diff(2_457_600) <= 16 * 2048, "{what}");
        }
        pair.pass_ms(1500);
        for end in &pair.ends {
            assert!(end.spans().expect("open")[0].defects.is_empty(), "framed again");
        }
    }
}
