//! Two engines joined by a T1: calls with robbed-bit signalling, loops that one commands and the other closes, and
//! performance that each hears of from the other.
use hw_sim::{BitPort, LineRate, Way, WayConfig, WireConfig, WireControl, WireEnd, wire};
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard, SoftFramer};
use tandem_engine::{
    Config, EndReason, Engine, Event, EventKind, LineError, LineOrder, LoopCode, LoopCommand, LoopObedience,
    Loopback, Pattern, Terms,
};
use tandem_types::{Cause, Defect, Digit, Frames};

struct JoinedFactory(Option<WireEnd>);

impl CardFactory for JoinedFactory {
    fn models(&self) -> Vec<&'static str> {
        vec!["joined"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        Ok(OpenedCard { card: Box::new(SoftFramer::new(BitPort::new([self.0.take()]))), world: None })
    }
}

/// Two engines and the wire between them.
struct Pair {
    ends: [Engine; 2],
    wire: WireControl,
    told: [Vec<Event>; 2],
}

impl Pair {
    fn new(span: &str) -> Self {
        let way = WayConfig { rate: LineRate::T1, delay: 4000, ..WayConfig::default() };
        let (a, b) = wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() });
        let wire = a.control();
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n[clock]\nmessage_bit = 4\nquality = \"prc\"\n\
             [[card]]\nmodel = \"joined\"\n[[span]]\nport = 0\n{span}\n"
        );
        let ends = [a, b].map(|end| {
            let config = Config::parse(&text).expect("good");
            Engine::open(config, &mut [Box::new(JoinedFactory(Some(end)))]).expect("opens")
        });
        let mut pair = Self { ends, wire, told: [Vec::new(), Vec::new()] };
        pair.pass_ms(4000);
        for end in &pair.ends {
            assert!(end.spans().expect("open")[0].defects.is_empty());
        }
        pair
    }

    fn pass_ms(&mut self, ms: usize) {
        for _ in 0..ms {
            for (end, told) in self.ends.iter().zip(&mut self.told) {
                assert!(end.advance(Frames(8)));
                told.extend(std::iter::from_fn(|| end.event_wait(Some(Frames(0)))));
            }
        }
    }

    /// The newest event of a kind.
    fn last(&self, end: usize, wanted: impl Fn(&EventKind) -> bool) -> Option<&EventKind> {
        self.told[end].iter().rev().map(|event| &event.kind).find(|kind| wanted(kind))
    }
}

#[test]
fn a_call_is_dialled_answered_spoken_and_cleared_over_robbed_bits() {
    for framing in ["t1-sf", "t1-esf", "j1-esf", "j1-sf"] {
        let mut pair = Pair::new(&format!("framing = \"{framing}\"\nem = {{ digits = 4 }}"));
        let channels = pair.ends[0].channels(0).expect("open");
        assert_eq!(channels.len(), 24);
        let call = pair.ends[0].call_place(channels[23].0, "4711").expect("a free channel");
        pair.pass_ms(4000);
        let Some(EventKind::CallOffered { call: offered, channel, called }) =
            pair.last(1, |kind| matches!(kind, EventKind::CallOffered { .. })).cloned()
        else {
            panic!("{framing}: nothing was offered: {:?}", pair.told)
        };
        assert_eq!(called, "4711", "{framing}");
        assert_eq!(channel, pair.ends[1].channels(0).expect("open")[23].0, "the same timeslot");
        pair.ends[1].call_answer(offered).expect("offered");
        pair.pass_ms(500);
        assert!(pair.last(0, |kind| matches!(kind, EventKind::CallAnswered { .. })).is_some(), "{framing}");
        let terms = Terms { max_digits: 3, ..Terms::default() };
        pair.ends[1].collect(channel, terms).expect("answered");
        let keys: Vec<i16> = "159".chars().flat_map(tone_and_pause).collect();
        pair.ends[0].play_samples(channels[23].0, keys.into(), Terms::default()).expect("answered");
        pair.pass_ms(2000);
        let collected = pair.last(1, |kind| matches!(kind, EventKind::CollectDone { .. }));
        let Some(EventKind::CollectDone { digits, reason, .. }) = collected else { panic!("{framing}") };
        assert_eq!((digits.as_str(), *reason), ("159", EndReason::MaxDigits), "{framing}");
        pair.ends[0].call_clear(call, Cause::NORMAL_CLEARING).expect("a call");
        pair.pass_ms(2000);
        for end in 0..2 {
            assert!(
                pair.last(end, |kind| matches!(kind, EventKind::CallCleared { .. })).is_some(),
                "{framing}"
            );
            pair.ends[end].check_conservation().expect("every octet");
        }
    }
}

/// A key as two tones, robust enough for a line that robs bits.
fn tone_and_pause(key: char) -> Vec<i16> {
    let digit = Digit::from_char(key).expect("a key");
    let (low, high) = match digit.to_string().as_str() {
        "1" => (697.0, 1209.0),
        "5" => (770.0, 1336.0),
        _ => (852.0, 1477.0),
    };
    let sample = |n: usize| {
        let turn = |hertz: f64| (std::f64::consts::TAU * hertz * n as f64 / 8000.0).sin();
        if n < 800 { (6000.0 * (turn(low) + turn(high))) as i16 } else { 0 }
    };
    (0..1600).map(sample).collect()
}

#[test]
fn loops_commanded_by_message_and_by_code_are_closed_at_the_far_end_and_opened_again() {
    let mut pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"");
    let pattern = Pattern::Qrss;
    for (up, down, which) in [
        (LoopCommand::LineUp, LoopCommand::LineDown, Loopback::Line),
        (LoopCommand::PayloadUp, LoopCommand::PayloadDown, Loopback::Payload),
        (LoopCommand::LineUp, LoopCommand::AllDown, Loopback::Line),
    ] {
        pair.ends[0].line_order(0, LineOrder::CommandLoop(up)).expect("a card that can");
        pair.pass_ms(4000);
        let looped = pair.last(1, |kind| matches!(kind, EventKind::SpanLooped { .. })).cloned();
        let Some(EventKind::SpanLooped { looped, by_far_end: true, .. }) = looped else {
            panic!("{looped:?}")
        };
        assert_eq!(looped, Some(which));
        // The command again comes back from the loop, and is not taken for one of the far end's.
        pair.ends[0].line_order(0, LineOrder::CommandLoop(up)).expect("a card that can");
        pair.pass_ms(1500);
        assert!(!pair.ends[0].spans().expect("open")[0].looped, "{which:?}");
        let test = pair.ends[0].line_test_start(0, 0x01ff_fffe, pattern).expect("free");
        pair.pass_ms(1000);
        let state = pair.ends[0].line_test_stop(test).expect("in progress");
        assert!(state.synchronised && state.counts.errors == 0, "{which:?}: {state:?}");
        pair.ends[0].line_order(0, LineOrder::CommandLoop(down)).expect("a card that can");
        pair.pass_ms(4000);
        assert!(!pair.ends[1].spans().expect("open")[0].looped, "{which:?}");
    }
    // The same by the in-band code, in place of traffic.
    pair.ends[0].line_order(0, LineOrder::SendLoopCode(Some(LoopCode::LINE_UP))).expect("a card that can");
    // The code comes back for longer than it takes to be believed.
    pair.pass_ms(12_500);
    assert!(!pair.ends[0].spans().expect("open")[0].looped);
    pair.ends[0].line_order(0, LineOrder::SendLoopCode(None)).expect("a card that can");
    pair.pass_ms(1100);
    assert!(pair.ends[1].spans().expect("open")[0].looped);
    assert!(!pair.ends[0].spans().expect("open")[0].looped);
    pair.ends[0].line_order(0, LineOrder::SendLoopCode(Some(LoopCode::LINE_DOWN))).expect("a card that can");
    pair.pass_ms(6500);
    pair.ends[0].line_order(0, LineOrder::SendLoopCode(None)).expect("a card that can");
    pair.pass_ms(1100);
    assert!(!pair.ends[1].spans().expect("open")[0].looped);
}

#[test]
fn a_network_interface_unit_closes_its_own_loop_and_no_loop_of_a_customer() {
    let mut pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"");
    let looped = |pair: &Pair| pair.ends[1].spans().expect("open")[0].looped;
    let command = |pair: &mut Pair, what| {
        pair.ends[0].line_order(0, LineOrder::CommandLoop(what)).expect("a card that can");
        pair.pass_ms(3000);
    };
    command(&mut pair, LoopCommand::NetworkUp);
    assert!(!looped(&pair), "a customer has no such loop");
    command(&mut pair, LoopCommand::AllDown);
    let obey = LineOrder::ObeyLoops(LoopObedience::NetworkInterface);
    pair.ends[1].line_order(0, obey).expect("a card that can");
    command(&mut pair, LoopCommand::LineUp);
    assert!(!looped(&pair), "the command is for the customer behind it");
    command(&mut pair, LoopCommand::NetworkUp);
    assert!(looped(&pair));
    command(&mut pair, LoopCommand::AllDown);
    assert!(!looped(&pair));
    // The smart jack's codes, 11000 and 11100.
    for (code, closed) in [(LoopCode::NETWORK_UP, true), (LoopCode::NETWORK_DOWN, false)] {
        pair.ends[0].line_order(0, LineOrder::SendLoopCode(Some(code))).expect("a card that can");
        pair.pass_ms(6000);
        pair.ends[0].line_order(0, LineOrder::SendLoopCode(None)).expect("a card that can");
        pair.pass_ms(1000);
        assert_eq!(looped(&pair), closed, "{code:?}");
    }
}

#[test]
fn alarms_of_a_customer_installation_are_told_apart_at_the_far_end() {
    let mut pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"");
    let defects = |pair: &Pair| pair.ends[1].spans().expect("open")[0].defects;
    for (order, plain, customer) in [
        (LineOrder::SendRaiCi as fn(bool) -> LineOrder, Defect::Rai, Defect::RaiCi),
        (LineOrder::SendAisCi as fn(bool) -> LineOrder, Defect::Ais, Defect::AisCi),
    ] {
        pair.ends[0].line_order(0, order(true)).expect("a card that can");
        pair.pass_ms(4000);
        assert!(defects(&pair).contains(plain) && defects(&pair).contains(customer), "{}", defects(&pair));
        pair.ends[0].line_order(0, order(false)).expect("a card that can");
        pair.pass_ms(6000);
        assert!(defects(&pair).is_empty(), "{}", defects(&pair));
    }
    // The same alarms without the signature.
    for (order, plain) in [(LineOrder::SendRai(true), Defect::Rai), (LineOrder::SendAis(true), Defect::Ais)] {
        pair.ends[0].line_order(0, order).expect("a card that can");
        pair.pass_ms(4000);
        assert!(defects(&pair).contains(plain), "{}", defects(&pair));
        assert!(!defects(&pair).contains(Defect::RaiCi) && !defects(&pair).contains(Defect::AisCi));
    }
    let superframe = Pair::new("framing = \"t1-sf\"\nsignalling = \"none\"");
    assert!(superframe.ends[0].line_order(0, LineOrder::SendRaiCi(true)).is_err());
}

#[test]
fn an_end_that_does_not_obey_closes_no_loop() {
    let mut pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"");
    pair.ends[1].line_order(0, LineOrder::ObeyLoops(LoopObedience::Nobody)).expect("a card that can");
    pair.pass_ms(10);
    pair.ends[0].line_order(0, LineOrder::CommandLoop(LoopCommand::LineUp)).expect("a card that can");
    pair.pass_ms(3000);
    assert!(!pair.ends[1].spans().expect("open")[0].looped);
}

#[test]
fn each_end_hears_of_the_errors_of_the_other_by_its_reports() {
    use tandem_engine::End;
    let mut pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"\nperformance = \"rfc4805\"");
    pair.pass_ms(15_000);
    let of = |pair: &Pair, end: usize, whose| {
        pair.ends[end].performance(0, whose, 0).expect("a span").expect("now").counts
    };
    // Until both were aligned there was something to count.
    let before = (of(&pair, 1, End::Near), of(&pair, 0, End::Far), of(&pair, 0, End::Near));
    for _ in 0..4 {
        pair.ends[0].line_order(0, LineOrder::InsertError(LineError::Crc)).expect("a card that can");
        pair.pass_ms(2000);
    }
    // The last report is under way, and what is available is decided ten seconds later.
    pair.pass_ms(15_000);
    let (near, far) = (of(&pair, 1, End::Near), of(&pair, 0, End::Far));
    assert_eq!(near.errored_seconds - before.0.errored_seconds, 4, "{near:?}");
    assert_eq!(far.errored_seconds - before.1.errored_seconds, 4, "{far:?}");
    assert_eq!(far.path_coding_violations - before.1.path_coding_violations, 4);
    assert_eq!(of(&pair, 0, End::Near), before.2);
}

#[test]
fn a_far_end_without_signal_is_unavailable_by_its_remote_alarm_and_counted_once() {
    use tandem_engine::End;
    let mut pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"");
    pair.wire.cut(Way::AToB);
    pair.pass_ms(20_000);
    assert!(pair.ends[0].spans().expect("open")[0].defects.contains(Defect::Rai));
    pair.wire.repair(Way::AToB);
    pair.pass_ms(30_000);
    let far = pair.ends[0].performance(0, End::Far, 0).expect("a span").expect("now");
    let near = pair.ends[1].performance(0, End::Near, 0).expect("a span").expect("now");
    assert!(near.counts.unavailable_seconds.abs_diff(20) <= 1, "{near:?}");
    assert!(far.counts.unavailable_seconds.abs_diff(near.counts.unavailable_seconds) <= 2, "{far:?}");
    assert!(far.seconds.abs_diff(near.seconds) <= 2, "{} {}", far.seconds, near.seconds);
}

#[test]
fn the_quality_of_the_clock_is_told_by_messages_of_the_data_link() {
    let pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"");
    for end in &pair.ends {
        let quality = end.span_clock(0).expect("a span").quality;
        assert_eq!(quality, Some(tandem_engine::Quality::Primary));
    }
}

#[test]
fn callers_at_the_far_ends_of_a_t1_call_are_answered_and_press_their_digits() {
    for framing in ["t1-sf", "t1-esf"] {
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-bit\"\noptions = {{ framing = \"{framing}\", \
             calls_per_second = 2, number = \"4711\", digits = \"159#\", hold_seconds = 8, max_calls = 20 }}\n\
             [[span]]\nport = 0\nframing = \"{framing}\"\nem = {{ digits = 4 }}\n"
        );
        let config = Config::parse(&text).expect("good");
        let engine =
            Engine::open(config, &mut [Box::new(tandem_lab::SimFactory::by_options())]).expect("opens");
        let (mut offered, mut collected, mut cleared) = (0, 0, 0);
        while engine.now().0 < 60 * 8000 {
            match engine.event_wait(Some(Frames::from_ms(20))).map(|event| event.kind) {
                Some(EventKind::CallOffered { call, called, .. }) => {
                    assert_eq!(called, "4711", "{framing}");
                    offered += 1;
                    engine.call_answer(call).expect("offered");
                }
                Some(EventKind::CallAnswered { channel, .. }) => {
                    let terms =
                        Terms { digits: Digit::from_char('#').into_iter().collect(), ..Terms::default() };
                    engine.collect(channel, terms).expect("answered");
                }
                Some(EventKind::CollectDone { digits, reason: EndReason::Digit, .. }) => {
                    assert_eq!(digits, "159", "{framing}");
                    collected += 1;
                }
                Some(EventKind::CallCleared { by_far_end, .. }) => cleared += u64::from(by_far_end),
                _ => {}
            }
        }
        // Those who called before the span was aligned found no circuit, and half of the callers wait for the end of
        // a prompt that never comes.
        assert!((15..=20).contains(&offered) && cleared == offered, "{framing}: {offered} {cleared}");
        assert!(collected >= 5, "{framing}: {collected}");
        engine.check_conservation().expect("every octet");
    }
}

#[test]
fn a_test_comes_in_when_both_ends_send_its_pattern_and_not_when_the_far_end_sends_another() {
    let mut pair = Pair::new("framing = \"t1-esf\"\nsignalling = \"none\"");
    for (patterns, comes_in) in
        [([Pattern::Prbs15, Pattern::Prbs23], false), ([Pattern::Prbs15, Pattern::Prbs15], true)]
    {
        let tests: Vec<_> = (0..2)
            .map(|end| pair.ends[end].line_test_start(0, 0x01ff_fffe, patterns[end]).expect("free"))
            .collect();
        pair.pass_ms(2000);
        for (end, test) in tests.into_iter().enumerate() {
            let state = pair.ends[end].line_test_stop(test).expect("in progress");
            assert_eq!((state.synchronised, state.counts.errors), (comes_in, 0), "end {end}: {state:?}");
        }
    }
}
