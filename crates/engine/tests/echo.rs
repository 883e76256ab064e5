//! The echo of a line, as whoever is connected to it hears it.
mod common;

use common::{Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_dsp::g711;
use tandem_engine::{EchoOptions, EchoSetup, EchoTail, Engine, Pattern, PlaceOptions};
use tandem_testkit::g168::{Css, EchoPath, Talker, dbm0_of, hybrid};
use tandem_types::{Abcd, Bearer, Cause, Frames, Law};

/// On slot 1 of span 1 somebody talks, who is connected with slot 1 of span 0: a line that echoes.
struct EchoingLine {
    talker: Css,
    path: EchoPath,
    /// On span 0 calls are signalled by bits; since when the line has been seized.
    seized: Option<u64>,
    /// What the line heard, what it sent back, and what the talker heard of that.
    received: Vec<i16>,
    echoed: Vec<i16>,
    heard: Vec<i16>,
}

impl EchoingLine {
    fn new() -> Self {
        let path = EchoPath::new(&hybrid(1), 10.0, 384);
        let talker = Css::new(Talker::Single, -10.0);
        Self { talker, path, seized: None, received: Vec::new(), echoed: Vec::new(), heard: Vec::new() }
    }
}

impl EchoingLine {
    /// Answers a call two seconds after its seizure, when its number has come, and clears with it.
    fn signal(&mut self, now: u64, line: &mut Line) {
        let seized = line.heard[1] == Abcd::new(OFF_HOOK);
        self.seized = seized.then(|| self.seized.unwrap_or(now));
        let answered = self.seized.is_some_and(|since| now > since + 16_000);
        line.send[1] = Abcd::new(if answered { OFF_HOOK } else { ON_HOOK });
    }
}

const ON_HOOK: u8 = 0b1101;
const OFF_HOOK: u8 = 0b0101;

impl Script for EchoingLine {
    fn frame(&mut self, now: u64, span: usize, heard: &Frame, send: &mut Frame, line: &mut Line) {
        *send = [Law::A.idle_octet(); 32];
        if span == 0 {
            self.signal(now, line);
        }
        let sample = g711::decode(Law::A, heard[1]);
        if span == 0 {
            send[1] = g711::encode(Law::A, self.path.echo(f64::from(sample)) as i16);
            self.received.push(sample);
            self.echoed.push(g711::decode(Law::A, send[1]));
        } else {
            send[1] = g711::encode(Law::A, self.talker.next().expect("endless") as i16);
            self.heard.push(sample);
        }
    }
}

fn config(tick: usize, echo: &str) -> String {
    format!(
        "[engine]\nmode = \"lockstep\"\ntick_frames = {tick}\n[[card]]\nmodel = \"loop\"\n\
         [[span]]\nport = 0\nsignalling = \"none\"\n{echo}\n[[span]]\nport = 1\nsignalling = \"none\"\n"
    )
}

fn connected(config: &str, granule: usize, bearer: Bearer) -> (Engine, Arc<Mutex<EchoingLine>>) {
    let script = Arc::new(Mutex::new(EchoingLine::new()));
    let engine = common::open(config, 2, granule, &script).expect("a good configuration");
    let channel = |span| engine.channels(span).expect("open")[0].0;
    for (sink, source) in [(0, 1), (1, 0)] {
        engine.connect(channel(sink), Some(channel(source)), bearer).expect("two channels");
    }
    (engine, script)
}

fn level(samples: &[i16]) -> f64 {
    dbm0_of(samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64)
}

#[test]
fn with_the_residual_replaced_the_echo_is_30_db_below_what_was_said_after_half_a_second() {
    for (tick, granule) in [(8, 8), (1, 1), (12, 4), (160, 8)] {
        let (engine, line) = connected(&config(tick, "[span.echo]\ntail_ms = 64"), granule, Bearer::Speech);
        engine.advance(Frames(16_000));
        let line = line.lock().expect("no panic");
        let below = level(&line.received[4000..]) - level(&line.heard[4000..]);
        assert!(below >= 30.0, "tick {tick}: {below:.1} dB");
    }
}

#[test]
fn the_filter_alone_lowers_the_echo_by_20_db_within_a_second() {
    let echo = "[span.echo]\ntail_ms = 64\nnonlinear = false";
    let (engine, line) = connected(&config(8, echo), 8, Bearer::Speech);
    engine.advance(Frames(16_000));
    let line = line.lock().expect("no panic");
    let lower = level(&line.echoed[8000..]) - level(&line.heard[8000..]);
    assert!(lower >= 20.0, "{lower:.1} dB");
}

#[test]
fn a_host_turns_it_on_and_off() {
    let (engine, line) = connected(&config(8, ""), 8, Bearer::Speech);
    let lower = |line: &Mutex<EchoingLine>| {
        let mut line = line.lock().expect("no panic");
        let lower = level(&line.echoed[8000..]) - level(&line.heard[8000..]);
        line.echoed.clear();
        line.heard.clear();
        lower
    };
    engine.advance(Frames(16_000));
    assert!(lower(&line).abs() < 1.0);
    let channel = engine.channels(0).expect("open")[0].0;
    let options = EchoOptions { nonlinear: false, ..EchoOptions::default() };
    engine
        .channel_cancel_echo(channel, Some(EchoSetup { tail: EchoTail::Ms128, options }))
        .expect("a channel");
    engine.advance(Frames(16_000));
    assert!(lower(&line) > 20.0);
    engine.channel_cancel_echo(channel, None).expect("a channel");
    engine.advance(Frames(16_000));
    assert!(lower(&line).abs() < 1.0);
}

#[test]
fn a_call_begins_as_its_group_has_it_or_else_its_span_and_leaves_nothing_to_the_next() {
    let in_group = |echo: &str| {
        format!(
            "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"loop\"\n[[span]]\nport = 0\n\
             [span.echo]\ntail_ms = 64\nnonlinear = false\n[[span]]\nport = 1\nsignalling = \"none\"\n\
             [[group]]\nname = \"out\"\nspans = [0]\n{echo}"
        )
    };
    for (group_echo, least, most) in [
        ("", 20.0, 40.0),
        ("[group.echo]\ntail_ms = 0", -1.0, 1.0),
        ("[group.echo]\ntail_ms = 64", 40.0, 150.0),
    ] {
        let script = Arc::new(Mutex::new(EchoingLine::new()));
        let engine = common::open(&in_group(group_echo), 2, 8, &script).expect("a good configuration");
        let [line, talker] = [0, 1].map(|span| engine.channels(span).expect("open")[0].0);
        for round in 0..2 {
            engine.advance(Frames(8000));
            let call = engine.call_place_in("out", "12", &PlaceOptions::default()).expect("a free channel");
            engine.advance(Frames(20_000));
            engine.connect(line, Some(talker), Bearer::Speech).expect("two channels");
            engine.connect(talker, Some(line), Bearer::Speech).expect("two channels");
            engine.advance(Frames(200));
            let begun = script.lock().expect("no panic").heard.len();
            engine.advance(Frames(16_000));
            let line = script.lock().expect("no panic");
            let [echoed, heard] = [&line.echoed, &line.heard].map(|samples| samples.len() - 8000);
            let lower = level(&line.echoed[echoed..]) - level(&line.heard[heard..]);
            assert!((least..most).contains(&lower), "{group_echo}, call {round}: {lower:.1} dB");
            if least == 20.0 {
                // What was learnt of the line in the call before is not known in this one.
                let first = level(&line.echoed[begun..begun + 800]) - level(&line.heard[begun..begun + 800]);
                assert!(first < 10.0, "call {round}: {first:.1} dB in its first 100 ms");
            }
            drop(line);
            engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is up");
            engine.advance(Frames(8000));
        }
    }
}

#[test]
fn data_is_not_touched() {
    let (engine, line) = connected(&config(8, "[span.echo]\ntail_ms = 64"), 8, Bearer::Unrestricted);
    engine.advance(Frames(16_000));
    let line = line.lock().expect("no panic");
    let late =
        (0..200).find(|late| line.heard[*late + 1000..] == line.echoed[1000..line.echoed.len() - late]);
    assert!(late.is_some(), "what the line sent comes as it is");
    assert!(level(&line.heard[1000..]) > -30.0);
}

/// Sends back what it hears.
struct Loop;

impl Script for Loop {
    fn frame(&mut self, _: u64, _: usize, heard: &Frame, send: &mut Frame, _: &mut Line) {
        *send = *heard;
    }
}

#[test]
fn a_line_test_is_not_touched() {
    let config = config(8, "[span.echo]\ntail_ms = 64");
    let engine = common::open(&config, 2, 8, &Arc::new(Mutex::new(Loop))).expect("a good configuration");
    engine.advance(Frames(8000));
    let test = engine.line_test_start(0, 0x0000_0002, Pattern::Prbs15).expect("a free channel");
    engine.advance(Frames(8000));
    let begun = engine.line_test(test).expect("in progress");
    engine.advance(Frames(16_000));
    let state = engine.line_test_stop(test).expect("in progress");
    assert!(begun.synchronised, "{begun:?}");
    assert_eq!(state.counts.errors, begun.counts.errors, "{state:?}");
}

#[test]
fn a_tail_that_there_is_not_is_refused_by_its_field() {
    let script = Arc::new(Mutex::new(EchoingLine::new()));
    for (section, field) in [
        ("[span.echo]\ntail_ms = 17", "span[0].echo.tail_ms"),
        ("[[group]]\nname = \"g\"\nspans = [0]\n[group.echo]\ntail_ms = 48", "group[0].echo.tail_ms"),
    ] {
        let refused = common::open(&config(8, section), 2, 8, &script).err().expect("refused").to_string();
        assert!(refused.contains(field) && refused.contains("16, 32, 64 or 128"), "{refused}");
    }
}
