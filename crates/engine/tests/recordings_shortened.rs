//! Recordings without long silence.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::{Path, PathBuf};
use tandem_engine::{EngineError, EventKind, RecordOptions, RecordingSides, Terms};
use tandem_types::Frames;

const SECOND: u64 = 8000;
const SILENCE: u8 = 0xd5;

fn shortened(sides: RecordingSides, ms: u64) -> RecordOptions {
    RecordOptions { sides, longest_silence: Some(Frames::from_ms(ms)), ..RecordOptions::default() }
}

/// Somebody who talks for a second, and five seconds later for another.
fn caller() -> Caller {
    let plan = [(SECOND, Act::Talk(1_000)), (7 * SECOND, Act::Talk(1_000)), (60 * SECOND, Act::HangUp)];
    Caller::new(0, 1, 1000, &plan)
}

/// The octets of each of these recordings of twelve seconds, and how many were missing.
fn record(bench: &Bench, options: &[RecordOptions]) -> Vec<Vec<u8>> {
    let (_, channel) = bench.answer_next();
    let record = |n: usize| {
        let path = PathBuf::from(format!("{n}.wav"));
        bench.engine.record_with(channel, &path, options[n], Terms::default()).expect("a call")
    };
    let records: Vec<_> = (0..options.len()).map(record).collect();
    assert!(bench.engine.advance(Frames::from_ms(12_000)));
    records.iter().for_each(|record| bench.engine.stop(*record).expect("it runs"));
    let mut files = vec![Vec::new(); records.len()];
    for _ in &records {
        let EventKind::RecordDone { operation, path, recorded_ms, gap_ms, .. } = bench.event() else {
            panic!("no recording")
        };
        assert_eq!(gap_ms, 0, "what is left out is not missing");
        let place = records.iter().position(|record| *record == operation).expect("one of ours");
        files[place] = std::fs::read(path).expect("a recording")[512..].to_vec();
        let channels = options[place].sides.channels() as u64;
        assert_eq!(files[place].len() as u64 / 8 / channels, recorded_ms);
    }
    files
}

/// From the first sound to the last: how long silence is between, at most.
fn longest_silence(octets: &[u8]) -> usize {
    let sound = |octet: &u8| *octet != SILENCE;
    let (first, last) = (octets.iter().position(sound), octets.iter().rposition(sound));
    let voices = &octets[first.expect("a voice")..=last.expect("a voice")];
    voices.split(sound).map(<[u8]>::len).max().expect("one at least")
}

#[test]
fn a_long_silence_is_as_long_as_it_is_to_be_and_no_voice_is_cut() {
    let bench = Bench::new("shortened", vec![caller()]);
    let received = RecordingSides::Received;
    let whole = RecordOptions { sides: received, ..RecordOptions::default() };
    let files = record(&bench, &[whole, shortened(received, 1_000), shortened(received, 500)]);
    assert!((36_000..44_000).contains(&longest_silence(&files[0])), "{}", longest_silence(&files[0]));
    for (octets, ms) in [(&files[1], 1_000_usize), (&files[2], 500)] {
        let silence = longest_silence(octets);
        assert!(silence.abs_diff(ms * 8) <= 320, "{silence} of {ms} ms");
        // At the end are the beginning of a silence and 200 ms.
        let sound = |octets: &[u8]| octets.iter().copied().filter(|o| *o != SILENCE).collect::<Vec<u8>>();
        assert!(sound(octets) == sound(&files[0]), "{ms} ms");
        let end = octets.len() - 1 - octets.iter().rposition(|o| *o != SILENCE).expect("a voice");
        assert!(end.abs_diff(ms * 8) <= 320, "{end} of {ms} ms");
    }
    bench.finish();
}

#[test]
fn who_talks_on_either_side_that_is_recorded_is_in_it() {
    let bench = Bench::new("shortened-sides", vec![caller()]);
    let options = [RecordingSides::Sent, RecordingSides::Apart, RecordingSides::Mixed];
    let files = record(&bench, &options.map(|sides| shortened(sides, 500)));
    // Nothing is sent: what is received counts for nothing there.
    assert!(files[0].iter().all(|octet| *octet == SILENCE));
    assert!(files[0].len().abs_diff(4_000) <= 320, "{}", files[0].len());
    let received: Vec<u8> = files[1].iter().copied().step_by(2).collect();
    assert_eq!(received.len(), files[2].len(), "mixed");
    assert!(longest_silence(&received).abs_diff(4_000) <= 320);
    bench.finish();
}

#[test]
fn silence_that_is_left_out_fills_no_segment() {
    let bench = Bench::new("shortened-segments", vec![caller()]);
    let (_, channel) = bench.answer_next();
    let options =
        RecordOptions { segment: Some(Frames::from_seconds(2)), ..shortened(RecordingSides::Received, 500) };
    let record = bench.engine.record_with(channel, Path::new("s.wav"), options, Terms::default());
    assert!(bench.engine.advance(Frames::from_ms(12_000)));
    bench.engine.stop(record.expect("a call")).expect("it runs");
    // Half a second, a second, half a second, a second, half a second.
    let EventKind::RecordSegment { recorded_ms, .. } = bench.event() else { panic!("a file is full") };
    assert_eq!(recorded_ms, 2_000);
    let EventKind::RecordDone { recorded_ms, gap_ms: 0, .. } = bench.event() else { panic!("the last") };
    assert!((1_000..1_800).contains(&recorded_ms), "{recorded_ms}");
    bench.finish();
}

#[test]
fn a_silence_that_cannot_be_is_refused() {
    let bench = Bench::new("shortened-refused", vec![caller()]);
    let (_, channel) = bench.answer_next();
    for ms in [0, 499, 60_001, u64::MAX / 8] {
        let options = shortened(RecordingSides::Received, ms);
        let refused = bench.engine.record_with(channel, Path::new("r.wav"), options, Terms::default());
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
        assert!(!bench.directory.join("r.wav").exists());
    }
    bench.finish();
}
