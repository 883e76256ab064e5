//! Digits of channels without calls: in operations, and kept out of recordings.
mod common;

use common::{Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_dsp::dtmf::{Detector, DtmfEvent, DtmfGenerator, DtmfSender};
use tandem_dsp::g711;
use tandem_engine::{Engine, EventKind, PartyTerms, Terms};
use tandem_types::{Bearer, Frames, Handle, Law};

/// Keys four digits in on slot 1 of span 0, a second after the beginning; all else is silent.
struct Keys(Vec<u8>);

impl Script for Keys {
    fn frame(&mut self, now: u64, span: usize, _: &Frame, send: &mut Frame, _: &mut Line) {
        *send = [Law::A.idle_octet(); 32];
        if span == 0 {
            let key = (now as usize).checked_sub(8000).and_then(|at| self.0.get(at));
            send[1] = key.copied().unwrap_or(Law::A.idle_octet());
        }
    }
}

fn digits_in(samples: impl Iterator<Item = i16>) -> String {
    let (mut detector, mut digits) = (Detector::new(), String::new());
    detector.process(&samples.collect::<Vec<_>>(), |event| {
        if let DtmfEvent::Start { digit, .. } = event {
            digits.push(digit.to_char());
        }
    });
    digits
}

/// The digits in what the second of two channels without calls heard by its recording, and whether the host was told.
fn recorded(blank: bool, join: impl Fn(&Engine, Handle, Handle)) -> (String, bool) {
    let directory = std::env::temp_dir().join(format!("tandem-no-calls-{}-{blank}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let mut sender = DtmfGenerator::new(Law::A, DtmfSender::default());
    sender.dial_str("4711").expect("digits");
    let mut samples = vec![0; 8000];
    sender.fill(&mut samples);
    let keys = Keys(samples.iter().map(|sample| g711::encode(Law::A, *sample)).collect());
    let span = |port| format!("[[span]]\nport = {port}\nsignalling = \"none\"\n");
    let config = format!(
        "[engine]\nmode = \"lockstep\"\n[recording]\nblank_digits = {blank}\ndirectory = {directory:?}\n\
         [[card]]\nmodel = \"loop\"\n{}{}",
        span(0),
        span(1)
    );
    let engine = common::open(&config, 2, 8, &Arc::new(Mutex::new(keys))).expect("a good configuration");
    let channel = |span| engine.channels(span).expect("open")[0].0;
    join(&engine, channel(0), channel(1));
    let path = std::path::Path::new("call.wav");
    let record = engine.record(channel(1), path, Terms::default()).expect("a channel");
    engine.advance(Frames(20_000));
    engine.stop(record).expect("it runs");
    engine.advance(Frames(4000));
    let mut events = std::iter::from_fn(|| engine.event_wait(Some(Frames(0))));
    let told = events.any(|event| matches!(event.kind, EventKind::Digit { .. }));
    let wav = tandem_files::wav::read(&directory.join(path), 1 << 24).expect("a recording");
    let _ = std::fs::remove_dir_all(&directory);
    (digits_in(wav.channel(1)), told)
}

#[test]
fn a_recording_has_no_digits_of_a_channel_without_calls_that_it_hears() {
    let connect = |engine: &Engine, from, to| {
        engine.connect(to, Some(from), Bearer::Speech).expect("two channels");
    };
    let share_bridge = |engine: &Engine, from, to| {
        let bridge = engine.bridge_new().expect("one is free");
        engine.bridge_join(bridge, from, PartyTerms::default()).expect("room");
        engine.bridge_join(bridge, to, PartyTerms::default()).expect("room");
    };
    for join in [&connect as &dyn Fn(&Engine, Handle, Handle), &share_bridge] {
        assert_eq!(recorded(false, join).0, "4711");
        // No operation waits for them, so the host is told of none.
        assert_eq!(recorded(true, join), (String::new(), false));
    }
}

#[test]
fn a_key_held_from_one_operation_into_the_next_on_a_channel_without_calls_counts_once() {
    let held = DtmfSender { on: Frames::from_ms(1500), ..DtmfSender::default() };
    let mut sender = DtmfGenerator::new(Law::A, held);
    sender.dial_str("47").expect("digits");
    let mut samples = vec![0; 30_000];
    sender.fill(&mut samples);
    let keys = Keys(samples.iter().map(|sample| g711::encode(Law::A, *sample)).collect());
    let config = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"loop\"\n[[span]]\nport = 0\n\
                  signalling = \"none\"\n";
    let engine = common::open(config, 1, 8, &Arc::new(Mutex::new(keys))).expect("a good configuration");
    let channel = engine.channels(0).expect("open")[0].0;
    let mut collected = String::new();
    for _ in 0..2 {
        engine.collect(channel, Terms { max_digits: 1, ..Terms::default() }).expect("a channel");
        loop {
            let event = engine.event_wait(Some(Frames::from_seconds(10))).expect("a digit");
            if let EventKind::CollectDone { digits, .. } = event.kind {
                collected += &digits;
                break;
            }
        }
        // The key stays down.
        engine.advance(Frames::from_ms(300));
    }
    assert_eq!(collected, "47");
}
