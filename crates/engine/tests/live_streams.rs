//! Streams of hosts whose clock is not that of the line, such as gateways to packets: what they give is held at its depth.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::f64::consts::TAU;
use tandem_dsp::g711;
use tandem_engine::{EndReason, EngineError, EventKind, PlayState, PlayStreamOptions, Terms};
use tandem_types::{Frames, Handle, Law};

const SECOND: u64 = 8000;

fn bench(name: &str) -> Bench {
    Bench::new(name, vec![Caller::new(0, 1, 1000, &[(1000 * SECOND, Act::HangUp)])])
}

const fn ms(ms: u64) -> Frames {
    Frames::from_ms(ms)
}

/// 20 ms of a tone of 1 kHz as the host counts: every packet is the same.
fn packet() -> Vec<i16> {
    (0..160).map(|n| (8000.0 * (TAU * f64::from(n) / 8.0).sin()).round() as i16).collect()
}

/// What came of a host that wrote packets of 20 ms for some time.
struct Outcome {
    state: PlayState,
    refused: usize,
    /// Octets of silence in place of what was not there, once it had begun.
    starved: u64,
    /// The least and the most that waited after the first minute, on average before and after a packet, in ms.
    waited: (f64, f64),
}

/// Lets a host write whose clock is so many parts per million faster.
fn write(bench: &Bench, play: Handle, ppm: f64, seconds: u64) -> Outcome {
    let engine = &bench.engine;
    let begun = engine.now();
    let (mut refused, mut at_first, mut waited) = (0, 0, (f64::MAX, 0.0_f64));
    for n in 0.. {
        let due = Frames((f64::from(n) * 160.0 / (1.0 + ppm * 1e-6)) as u64);
        if due.0 >= seconds * SECOND {
            let starved = engine.statistics().expect("open").totals.media.octets_starved - at_first;
            return Outcome { state: engine.play_state(play).expect("it plays"), refused, starved, waited };
        }
        if begun + due > engine.now() {
            assert!(engine.advance((begun + due).since(engine.now())));
        }
        let before = engine.play_state(play).expect("it plays").waiting;
        refused += 160 - engine.stream_write(play, packet()).expect("it plays");
        let after = engine.play_state(play).expect("it plays").waiting;
        if due.0 < SECOND {
            at_first = engine.statistics().expect("open").totals.media.octets_starved;
        }
        if due.0 > 60 * SECOND {
            let mean = (before.0 + after.0) as f64 / 16.0;
            waited = (waited.0.min(mean), waited.1.max(mean));
        }
    }
    unreachable!()
}

/// The frequency in Hz of what a caller heard, a tone of nearly 1 kHz.
fn pitch(octets: &[u8]) -> f64 {
    let angle = |octets: &[u8]| {
        let (re, im) = octets.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, octet)| {
            let (sin, cos) = (TAU * n as f64 / 8.0).sin_cos();
            let sample = f64::from(g711::decode(Law::A, *octet));
            (re + sample * cos, im - sample * sin)
        });
        im.atan2(re)
    };
    let (one, other) = octets.split_at(octets.len() / 2);
    let off = (angle(other) - angle(one) + TAU / 2.0).rem_euclid(TAU) - TAU / 2.0;
    1000.0 + off / TAU * 8000.0 / one.len() as f64
}

#[test]
fn a_gateway_whose_clock_is_off_neither_runs_dry_nor_overflows_in_ten_minutes() {
    for ppm in [100.0, -100.0, 500.0] {
        let bench = bench("live");
        let (_, channel) = bench.answer_next();
        let options = PlayStreamOptions { buffer: ms(200), live: Some(ms(60)) };
        let play = bench.engine.play_stream_with(channel, options, Terms::default()).expect("answered");
        let outcome = write(&bench, play, ppm, 600);
        assert_eq!((outcome.refused, outcome.state.dried, outcome.starved), (0, 0, 0), "{ppm} ppm");
        let (least, most) = outcome.waited;
        assert!(least > 50.0 && most < 70.0, "{ppm} ppm: {least} to {most} ms");
        assert!((f64::from(outcome.state.faster) - ppm).abs() < 5.0, "{ppm} ppm: {}", outcome.state.faster);
        bench.engine.stream_end(play).expect("it plays");
        let EventKind::PlayDone { reason, played_ms, .. } = bench.event() else { panic!("no end") };
        assert_eq!(reason, EndReason::Finished);
        assert!((599_900..600_100).contains(&played_ms), "{played_ms}");
        let heard = std::mem::take(&mut bench.callers().0[0].heard);
        let heard = &heard[heard.len() - 120 * 8000..][..110 * 8000];
        for part in heard.chunks_exact(8000) {
            let off = (pitch(part) / 1000.0 - 1.0) * 1e6;
            // Packets come on whole milliseconds, of which each makes some 60 parts per million of pace.
            assert!((off - ppm).abs() < 40.0, "{ppm} ppm: {off}");
        }
        bench.finish();
    }
}

#[test]
fn what_is_not_live_runs_dry_or_overflows_by_such_a_clock() {
    for (ppm, fast) in [(500.0, true), (-500.0, false)] {
        let bench = bench("not-live");
        let (_, channel) = bench.answer_next();
        let play = bench.engine.play_stream(channel, ms(100), Terms::default()).expect("answered");
        // Of 500 parts per million come 120 ms in four minutes.
        let Outcome { refused, starved, state, .. } = write(&bench, play, ppm, 240);
        assert_eq!((refused > 100, starved > 400), (fast, !fast), "{refused} refused, {starved} starved");
        assert_eq!((state.dried, state.faster), (0, 0));
        bench.engine.close().expect("open");
    }
}

#[test]
fn a_live_stream_that_ran_dry_begins_anew_at_its_depth() {
    let bench = bench("live-dry");
    let (_, channel) = bench.answer_next();
    let options = PlayStreamOptions { buffer: ms(400), live: Some(ms(100)) };
    let play = bench.engine.play_stream_with(channel, options, Terms::default()).expect("answered");
    write(&bench, play, 0.0, 2);
    assert!(bench.engine.advance(ms(1000)));
    let before = bench.engine.play_state(play).expect("it plays");
    assert!(before.waiting < ms(20), "{:?}", before.waiting);
    let heard = before.heard;
    for n in 0..6 {
        assert_eq!(bench.engine.stream_write(play, packet()), Ok(160));
        let state = bench.engine.play_state(play).expect("it plays");
        assert_eq!(state.dried, 1);
        assert_eq!(state.heard > heard, n > 3, "packet {n}");
        assert!(bench.engine.advance(ms(20)));
    }
    assert!(bench.engine.play_state(play).expect("it plays").heard > heard);
    bench.engine.stop(play).expect("it plays");
    bench.finish();
}

#[test]
fn a_live_stream_is_refused_a_depth_that_its_buffer_does_not_hold() {
    let bench = bench("live-refused");
    let (_, channel) = bench.answer_next();
    for (buffer, live) in
        [(200, 0), (200, 39), (200, 101), (100, 500), (60_000, 30_001), (99, 40), (60_001, 40)]
    {
        let options = PlayStreamOptions { buffer: ms(buffer), live: Some(ms(live)) };
        let refused = bench.engine.play_stream_with(channel, options, Terms::default());
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{buffer} and {live}: {refused:?}");
    }
    let options = PlayStreamOptions { buffer: ms(60_000), live: Some(ms(30_000)) };
    bench.engine.play_stream_with(channel, options, Terms::default()).expect("just so");
    bench.finish();
}
