//! Recordings that have what was said before they were asked for.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use tandem_engine::{EngineError, EventKind, RecordOptions, RecordingSides, Terms};
use tandem_types::{Frames, Handle};

const SECOND: u64 = 8000;

/// A caller whose octets are the same nowhere within ten seconds.
fn hummer(seize_at: u64, stay: u64) -> Caller {
    Caller::new(0, 1, seize_at, &[(0, Act::Tone(401.3)), (stay, Act::HangUp)])
}

fn from_before(ms: u64) -> RecordOptions {
    let before = Frames::from_ms(ms);
    RecordOptions { sides: RecordingSides::Received, before, ..RecordOptions::default() }
}

fn begin(bench: &Bench, channel: Handle, name: &str, before_ms: u64) -> Handle {
    let begun = bench.engine.record_with(channel, Path::new(name), from_before(before_ms), Terms::default());
    begun.expect("a call")
}

/// What a recording has that ends now, and the frame with which it begins.
fn end(bench: &Bench, record: Handle) -> (Vec<u8>, u64) {
    bench.engine.stop(record).expect("it runs");
    let EventKind::RecordDone { operation, path, start, recorded_ms, gap_ms, .. } = bench.event() else {
        panic!("no end")
    };
    let octets = std::fs::read(path).expect("a recording")[512..].to_vec();
    assert_eq!((operation, gap_ms, recorded_ms), (record, 0, octets.len() as u64 / 8));
    (octets, start.0)
}

/// Where in what the caller has said these octets are.
fn find(bench: &Bench, caller: usize, octets: &[u8]) -> usize {
    let callers = bench.callers();
    let place = callers.0[caller].sent.windows(octets.len()).position(|window| window == octets);
    place.expect("it was said, and nothing between is missing")
}

#[test]
fn what_was_said_before_a_recording_is_in_it_to_the_frame() {
    for (name, section) in [("before", ""), ("before-blanked", "blank_digits = true")] {
        let bench = Bench::with_recording(
            name,
            &format!("pre_roll_ms = 3000\n{section}"),
            vec![hummer(1000, 60 * SECOND)],
        );
        let (_, channel) = bench.answer_next();
        for (before_ms, after) in [(1_000, 4_000), (3_000, 1_608), (5, 8), (2_000, 0), (0, 800)] {
            assert!(bench.engine.advance(Frames(40_000)));
            let asked = bench.engine.now().0;
            let record = begin(&bench, channel, &format!("{before_ms}.wav"), before_ms);
            assert!(bench.engine.advance(Frames(after)));
            let (octets, start) = end(&bench, record);
            assert_eq!(octets.len() as u64, before_ms * 8 + after, "{before_ms}");
            assert_eq!(start, asked - before_ms * 8);
            if octets.len() > 100 {
                find(&bench, 0, &octets);
            }
        }
        bench.finish();
    }
}

#[test]
fn of_a_younger_call_it_is_what_there_was() {
    // The second call is on the channel of the first, which has said much.
    let callers = vec![hummer(1000, 5 * SECOND), hummer(70_000, 60 * SECOND)];
    let bench = Bench::with_recording("before-young", "pre_roll_ms = 10000", callers);
    bench.answer_next();
    assert!(matches!(bench.event(), EventKind::CallCleared { .. }));
    let EventKind::CallOffered { call, channel, .. } = bench.event() else { panic!("no offer") };
    let offered = bench.engine.now().0;
    bench.engine.call_answer(call).expect("offered");
    assert!(matches!(bench.event(), EventKind::CallAnswered { .. }));
    assert!(bench.engine.advance(Frames(4_000)));
    let record = begin(&bench, channel, "all.wav", 10_000);
    let asked = bench.engine.now().0;
    let (octets, start) = end(&bench, record);
    assert!((offered - 80..=offered).contains(&start), "{start} and {offered}");
    assert_eq!(octets.len() as u64, asked - start);
    find(&bench, 1, &octets);
    bench.finish();
}

#[test]
fn what_is_said_while_a_recording_rests_is_kept_for_no_other() {
    let bench = Bench::with_recording("before-rest", "pre_roll_ms = 2000", vec![hummer(1000, 60 * SECOND)]);
    let (_, channel) = bench.answer_next();
    assert!(bench.engine.advance(Frames(16_000)));
    let first = begin(&bench, channel, "first.wav", 0);
    assert!(bench.engine.advance(Frames(800)));
    let paused = bench.engine.now();
    bench.engine.pause(first).expect("it runs");
    assert!(bench.engine.advance(Frames(4_000)));
    // One that begins while the other rests has what was before the rest, and then what it hears itself.
    let second = begin(&bench, channel, "second.wav", 2_000);
    assert!(bench.engine.advance(Frames(1_600)));
    let (octets, _) = end(&bench, second);
    let (before, after) = octets.split_at(octets.len() - 1_600);
    assert!((12_000..=12_800).contains(&before.len()), "{}", before.len());
    let rest = find(&bench, 0, before) + before.len();
    let own = find(&bench, 0, after);
    assert!((4_000 - 80..=4_000 + 880).contains(&(own - rest)), "{}", own - rest);
    let rested = bench.engine.now() - paused;
    bench.engine.resume(first).expect("it rests");
    assert!(bench.engine.advance(Frames(2_400)));
    let third = begin(&bench, channel, "third.wav", 2_000);
    let (octets, _) = end(&bench, third);
    let (before, after) = octets.split_at(octets.len() - 2_400);
    let (rest, own) = (find(&bench, 0, before) + before.len(), find(&bench, 0, after));
    assert_eq!((own - rest) as u64, rested.0, "the whole rest, and no more");
    bench.engine.stop(first).expect("it runs");
    assert!(matches!(bench.event(), EventKind::RecordDone { .. }));
    bench.finish();
}

#[test]
fn a_recording_that_rests_and_ends_does_not_stop_what_is_kept() {
    let bench = Bench::with_recording("before-ends", "pre_roll_ms = 1000", vec![hummer(1000, 60 * SECOND)]);
    let (_, channel) = bench.answer_next();
    let first = begin(&bench, channel, "first.wav", 0);
    bench.engine.pause(first).expect("it runs");
    assert!(bench.engine.advance(Frames(8_000)));
    end(&bench, first);
    assert!(bench.engine.advance(Frames(9_600)));
    let second = begin(&bench, channel, "second.wav", 1_000);
    assert_eq!(end(&bench, second).0.len(), 8_000);
    bench.finish();
}

#[test]
fn one_that_rests_from_its_beginning_has_what_was_before_and_no_more() {
    for (rest, section) in [(4_000, ""), (40_000, ""), (40_000, "blank_digits = true")] {
        let bench = Bench::with_recording(
            "before-at-once",
            &format!("pre_roll_ms = 1000\n{section}"),
            vec![hummer(1000, 60 * SECOND)],
        );
        let (_, channel) = bench.answer_next();
        assert!(bench.engine.advance(Frames(16_000)));
        let asked = bench.engine.now().0;
        let record = begin(&bench, channel, "rest.wav", 1_000);
        bench.engine.pause(record).expect("it runs");
        assert!(bench.engine.advance(Frames(rest)));
        bench.engine.resume(record).expect("it rests");
        assert!(bench.engine.advance(Frames(800)));
        let (octets, start) = end(&bench, record);
        assert_eq!(start, asked - 8_000, "{rest} {section}");
        let (before, after) = octets.split_at(octets.len() - 800);
        assert!((7_840..=8_000).contains(&before.len()), "{}", before.len());
        let (gone, own) = (find(&bench, 0, before) + before.len(), find(&bench, 0, after));
        assert!((own - gone) as u64 >= rest, "{}", own - gone);
        bench.finish();
    }
}

#[test]
fn one_that_begins_as_another_goes_on_and_rests_again_in_the_same_moment_waits_for_nothing() {
    for section in ["", "blank_digits = true"] {
        let bench = Bench::with_recording(
            "before-again",
            &format!("pre_roll_ms = 2000\n{section}"),
            vec![hummer(1000, 60 * SECOND)],
        );
        let (_, channel) = bench.answer_next();
        assert!(bench.engine.advance(Frames(16_000)));
        let first = begin(&bench, channel, "first.wav", 0);
        assert!(bench.engine.advance(Frames(800)));
        bench.engine.pause(first).expect("it runs");
        assert!(bench.engine.advance(Frames(1_600)));
        let asked = bench.engine.now().0;
        bench.engine.resume(first).expect("it rests");
        let second = begin(&bench, channel, "second.wav", 1_000);
        bench.engine.pause(first).expect("it runs");
        assert!(bench.engine.advance(Frames(5 * SECOND)));
        let (octets, start) = end(&bench, second);
        assert_eq!((octets.len(), start), (6_400 + 40_000, asked - 8_000), "{section}");
        let (before, after) = octets.split_at(6_400);
        let (gone, own) = (find(&bench, 0, before) + before.len(), find(&bench, 0, after));
        assert_eq!(own - gone, 1_600, "what rested, and no more");
        bench.engine.stop(first).expect("it rests");
        assert!(matches!(bench.event(), EventKind::RecordDone { .. }));
        bench.finish();
    }
}

#[test]
fn more_than_is_kept_is_refused_and_what_is_kept_takes_nobodys_place() {
    let bench = Bench::with_recording(
        "before-refused",
        "pre_roll_ms = 1000\n[limits]\nrecordings = 1\n",
        vec![hummer(1000, 60 * SECOND)],
    );
    let (_, channel) = bench.answer_next();
    let refused = bench.engine.record_with(channel, Path::new("a.wav"), from_before(1_001), Terms::default());
    assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    assert!(!bench.directory.join("a.wav").exists());
    let record = begin(&bench, channel, "a.wav", 1_000);
    let second = bench.engine.record_with(channel, Path::new("b.wav"), from_before(0), Terms::default());
    assert!(matches!(second, Err(EngineError::Busy(_))), "{second:?}");
    end(&bench, record);
    let again = begin(&bench, channel, "b.wav", 1_000);
    end(&bench, again);
    bench.finish();
}

#[test]
fn each_file_of_one_that_begins_before_it_was_asked_for_says_when_its_first_word_was() {
    let section = "pre_roll_ms = 2000";
    let bench = Bench::with_recording("before-labels", section, vec![hummer(1000, 60 * SECOND)]);
    let (call, channel) = bench.answer_next();
    assert!(bench.engine.advance(Frames(20_000)));
    let options = RecordOptions { segment: Some(Frames::from_seconds(3)), ..from_before(2_000) };
    let record = bench.engine.record_with(channel, Path::new("a.wav"), options, Terms::default());
    assert!(bench.engine.advance(Frames(4 * SECOND)));
    bench.engine.stop(record.expect("a call")).expect("it runs");
    let mut files = Vec::new();
    loop {
        let (path, start, last) = match bench.event() {
            EventKind::RecordSegment { path, start, .. } => (path, start, false),
            EventKind::RecordDone { path, start, .. } => (path, start, true),
            _ => continue,
        };
        let header = std::fs::read(path).expect("a recording")[..512].to_vec();
        files.push((start.0, String::from_utf8_lossy(&header).into_owned()));
        if last {
            break;
        }
    }
    let starts: Vec<u64> = files.iter().map(|(start, _)| *start).collect();
    assert_eq!(starts, [starts[0], starts[0] + 24_000]);
    for (start, header) in files {
        let began = bench.engine.local_time(tandem_types::FrameTime(start)).expect("open").to_string();
        assert!(header.contains(&began) && header.contains(&format!("call {}", call.0)), "{began}: {header}");
    }
    bench.finish();
}
