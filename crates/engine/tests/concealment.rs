//! Lost frames of a span, as whoever is connected to it hears them: when they are concealed, and when they are not.
mod common;

use common::lossy::open_lossy;
use common::{Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_dsp::g711;
use tandem_engine::{Engine, Pattern};
use tandem_types::{Abcd, Bearer, Cause, Frames, Handle, Law};

/// All channels of span 0 send a tone that never sounds as silence does, and answer calls two seconds after their seizure.
/// Slot 1 of span 1 hears slot 1 of span 0.
#[derive(Default)]
struct Tone {
    seized: Option<u64>,
    heard: Vec<u8>,
}

impl Script for Tone {
    fn frame(&mut self, now: u64, span: usize, heard: &Frame, send: &mut Frame, line: &mut Line) {
        if span == 1 {
            self.heard.push(heard[1]);
            *send = [IDLE; 32];
            return;
        }
        let seized = line.heard[1] == Abcd::new(OFF_HOOK);
        self.seized = seized.then(|| self.seized.unwrap_or(now));
        let answered = self.seized.is_some_and(|since| now > since + 16_000);
        line.send[1] = Abcd::new(if answered { OFF_HOOK } else { ON_HOOK });
        let angle = now as f64 / 8.0 * std::f64::consts::TAU + 0.4;
        *send = [g711::encode(Law::A, (8000.0 * angle.sin()) as i16); 32];
    }
}

/// Two milliseconds of every forty.
fn losses(frame: u64) -> bool {
    frame % 320 < 16
}

const IDLE: u8 = 0xd5;
const ON_HOOK: u8 = 0b1101;
const OFF_HOOK: u8 = 0b0101;

struct World {
    engine: Engine,
    script: Arc<Mutex<Tone>>,
    line: Handle,
    listener: Handle,
}

impl World {
    fn new(span: &str) -> Self {
        let script = Arc::new(Mutex::new(Tone::default()));
        let config = format!(
            "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"lossy\"\n[[span]]\nport = 0\n{span}\n\
             [[span]]\nport = 1\nsignalling = \"none\"\n"
        );
        let engine = open_lossy(&config, 8, losses, &script);
        let [line, listener] = [0, 1].map(|span| engine.channels(span).expect("open")[0].0);
        Self { engine, script, line, listener }
    }

    fn connect(&self, bearer: Bearer) {
        self.engine.connect(self.listener, Some(self.line), bearer).expect("two channels");
    }

    /// How many of the frames of a second are heard as silence.
    fn silent(&self) -> usize {
        self.engine.advance(Frames(400));
        self.script.lock().expect("no panic").heard.clear();
        self.engine.advance(Frames(8000));
        let script = self.script.lock().expect("no panic");
        script.heard.iter().filter(|octet| **octet == IDLE).count()
    }
}

/// 25 losses of 16 frames.
const LOST: usize = 400;

#[test]
fn calls_over_a_line_that_loses_frames_are_concealed_unless_their_span_says_otherwise() {
    for (span, silent) in [("", 0), ("conceal = true", 0), ("conceal = false", LOST)] {
        let world = World::new(span);
        for round in 0..2 {
            world.engine.advance(Frames(8000));
            let call = world.engine.call_place(world.line, "12").expect("free");
            world.engine.advance(Frames(20_000));
            world.connect(Bearer::Speech);
            assert_eq!(world.silent(), silent, "{span}, call {round}");
            world.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is up");
            world.engine.advance(Frames(8000));
            let concealed = || world.engine.statistics().expect("open").totals.media.octets_concealed;
            let before = concealed();
            world.engine.advance(Frames(8000));
            assert_eq!(concealed(), before, "{span}: nothing without a call");
        }
    }
}

#[test]
fn channels_without_signalling_are_concealed_when_their_span_says_so() {
    for (conceal, silent) in [("", LOST), ("conceal = true", 0), ("conceal = false", LOST)] {
        let world = World::new(&format!("signalling = \"none\"\n{conceal}"));
        world.connect(Bearer::Speech);
        assert_eq!(world.silent(), silent, "{conceal}");
    }
}

#[test]
fn a_host_turns_it_on_and_off_and_what_it_did_ends_with_the_call() {
    let world = World::new("signalling = \"none\"");
    world.connect(Bearer::Speech);
    for (on, silent) in [(true, 0), (false, LOST), (true, 0)] {
        world.engine.channel_conceal(world.line, on).expect("a channel");
        assert_eq!(world.silent(), silent);
    }
    let world = World::new("");
    world.engine.channel_conceal(world.line, true).expect_err("no call");
    world.engine.advance(Frames(8000));
    for _ in 0..2 {
        let call = world.engine.call_place(world.line, "12").expect("free");
        world.engine.advance(Frames(20_000));
        world.connect(Bearer::Speech);
        assert_eq!(world.silent(), 0);
        world.engine.channel_conceal(world.line, false).expect("a call");
        assert_eq!(world.silent(), LOST);
        world.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is up");
        world.engine.advance(Frames(8000));
    }
}

#[test]
fn data_and_line_tests_are_not_touched() {
    let world = World::new("signalling = \"none\"\nconceal = true");
    world.connect(Bearer::Unrestricted);
    assert_eq!(world.silent(), LOST, "the listener hears data");
    world.connect(Bearer::Speech);
    assert_eq!(world.silent(), 0);
    world.engine.connect(world.line, Some(world.listener), Bearer::Unrestricted).expect("two channels");
    assert_eq!(world.silent(), LOST, "the channel is connected for data");
    world.engine.connect(world.line, None, Bearer::Speech).expect("a channel");
    assert_eq!(world.silent(), 0);
    let test = world.engine.line_test_start(0, 1 << 1, Pattern::Prbs15).expect("free");
    world.engine.advance(Frames(8000));
    let concealed = world.engine.statistics().expect("open").totals.media.octets_concealed;
    world.engine.advance(Frames(8000));
    let after = world.engine.statistics().expect("open").totals.media.octets_concealed;
    assert_eq!(after - concealed, 30 * LOST as u64, "all but the tested one of 31");
    world.engine.line_test_stop(test).expect("a test");
}

#[test]
fn what_is_lost_and_concealed_is_counted() {
    let world = World::new("signalling = \"none\"\nconceal = true");
    world.engine.advance(Frames(8000));
    let statistics = world.engine.statistics().expect("open");
    let media = &statistics.totals.media;
    assert_eq!((media.octets_lost, media.octets_concealed), (31 * LOST as u64, 31 * LOST as u64));
    let spans = world.engine.spans().expect("open");
    assert_eq!((spans[0].frames_lost, spans[1].frames_lost), (LOST as u64, 0));
    assert_eq!(statistics.card_frames_missed, 0);
}
