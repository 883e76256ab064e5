//! Recordings that rest: what is said meanwhile is not in the file, to the frame, and counts as no gap.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use tandem_engine::{EndReason, EngineError, EventKind, Terms};
use tandem_types::{Frames, Handle};

const SECOND: u64 = 8000;

/// A caller whose octets are the same nowhere within ten seconds.
fn hummer() -> Caller {
    Caller::new(0, 1, 1000, &[(0, Act::Tone(401.3)), (60 * SECOND, Act::HangUp)])
}

/// What the far end said of a recording of both sides.
fn received(path: &Path) -> Vec<u8> {
    let file = std::fs::read(path).expect("a recording");
    file[512..].chunks(2).map(|frame| frame[0]).collect()
}

/// Where in `all` the octets are, from a place on.
fn find(all: &[u8], octets: &[u8], from: usize) -> usize {
    let place = all[from..].windows(octets.len()).position(|window| window == octets);
    from + place.expect("it was said")
}

/// Records for so many frames in turn, resting first where `rests` says so, and stops.
fn record_by_turns(bench: &Bench, channel: Handle, turns: &[u64]) -> Vec<u8> {
    let record = bench.engine.record(channel, Path::new("turns.wav"), Terms::default()).expect("a call");
    for (turn, frames) in turns.iter().enumerate() {
        assert!(bench.engine.advance(Frames(*frames)));
        if turn % 2 == 0 { bench.engine.pause(record) } else { bench.engine.resume(record) }
            .expect("it runs");
    }
    bench.engine.stop(record).expect("it runs");
    let EventKind::RecordDone { operation, reason, path, recorded_ms, gap_ms, .. } = bench.event() else {
        panic!("no end")
    };
    assert_eq!((operation, reason, gap_ms), (record, EndReason::Stopped, 0));
    let octets = received(&path);
    assert_eq!(recorded_ms, octets.len() as u64 / 8);
    octets
}

#[test]
fn what_is_said_while_a_recording_rests_is_not_in_it_and_nothing_else_is_missing() {
    // The last four turns are shorter than what waits where digits are blanked.
    let turns: [u64; 8] = [8_000, 4_000, 2_408, 80, 160, 16, 240, 8];
    for (name, section) in [("rest", ""), ("rest-blanked", "blank_digits = true")] {
        let bench = Bench::with_recording(name, section, vec![hummer()]);
        let (_, channel) = bench.answer_next();
        assert!(bench.engine.advance(Frames(2_000)));
        let octets = record_by_turns(&bench, channel, &turns);
        assert_eq!(octets.len(), 8_000 + 2_408 + 160 + 240, "{name}");
        let said = bench.callers().0[0].sent.clone();
        let first = find(&said, &octets[..8_000], 0);
        let mut expected = Vec::new();
        let mut at = first;
        for (turn, frames) in turns.iter().enumerate() {
            let end = at + *frames as usize;
            if turn % 2 == 0 {
                expected.extend_from_slice(&said[at..end]);
            }
            at = end;
        }
        assert!(octets == expected, "{name}");
        bench.finish();
    }
}

#[test]
fn one_that_rests_ends_like_any_other() {
    let bench = Bench::new("rest-ends", vec![hummer()]);
    let (call, channel) = bench.answer_next();
    let limited = Terms { max_time: Frames::from_ms(1_000), ..Terms::default() };
    let record = bench.engine.record(channel, Path::new("limited.wav"), limited).expect("a call");
    assert!(bench.engine.advance(Frames::from_ms(100)));
    bench.engine.pause(record).expect("it runs");
    bench.engine.pause(record).expect("it rests");
    let EventKind::RecordDone { reason, recorded_ms, gap_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((reason, recorded_ms, gap_ms), (EndReason::MaxTime, 100, 0));
    assert_eq!(bench.engine.resume(record), Err(EngineError::Stale));

    let record = bench.engine.record(channel, Path::new("nothing.wav"), Terms::default()).expect("a call");
    bench.engine.pause(record).expect("it runs");
    assert!(bench.engine.advance(Frames::from_ms(500)));
    bench.engine.stop(record).expect("it rests");
    let over = bench.engine.resume(record);
    assert!(matches!(over, Err(EngineError::WrongState(_))), "{over:?}");
    let EventKind::RecordDone { path, recorded_ms, gap_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((received(&path).len(), recorded_ms, gap_ms), (0, 0, 0));

    bench.engine.record(channel, Path::new("hangup.wav"), Terms::default()).expect("a call");
    bench.engine.call_clear(call, tandem_types::Cause::NORMAL_CLEARING).expect("answered");
    let ends = |bench: &Bench| loop {
        if let EventKind::RecordDone { reason, .. } = bench.event() {
            return reason;
        }
    };
    assert_eq!(ends(&bench), EndReason::Hangup);
    bench.finish();
}
