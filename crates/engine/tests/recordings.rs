//! Recordings of one side, in other formats, and brought to a level; and that what was recorded so can be played.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::{Path, PathBuf};
use tandem_dsp::level::Level;
use tandem_engine::config::RecordingFormat;
use tandem_engine::{EndReason, EngineError, EventKind, RecordOptions, RecordingSides, StreamOptions, Terms};
use tandem_files::Prompt;
use tandem_types::{Digit, Frames, Handle, Law};

const SECOND: u64 = 8000;
static SENT: [i16; 16_000] = [2016; 16_000];

/// A call whose far end speaks a tone of 4000 and hears 2016.
fn call(name: &str) -> (Bench, Handle) {
    let bench = Bench::new(
        name,
        vec![Caller::new(0, 1, 1000, &[(0, Act::Tone(400.0)), (120 * SECOND, Act::HangUp)])],
    );
    let (_, channel) = bench.answer_next();
    (bench, channel)
}

/// Records a second so, and reads it as a prompt is read.
fn recorded(bench: &Bench, channel: Handle, name: &str, options: RecordOptions) -> (PathBuf, Vec<i16>) {
    bench.engine.play_samples(channel, SENT.into(), Terms::default()).expect("nothing plays");
    assert!(bench.engine.advance(Frames::from_ms(200)));
    let terms = Terms { max_time: Frames::from_ms(1000), ..Terms::default() };
    bench.engine.record_with(channel, Path::new(name), options, terms).expect("a call");
    let mut done = None;
    for _ in 0..2 {
        if let EventKind::RecordDone { path, reason, recorded_ms, .. } = bench.event() {
            assert_eq!(reason, EndReason::MaxTime);
            assert!((990..=1_010).contains(&recorded_ms), "{name}: {recorded_ms}");
            done = Some(path);
        }
    }
    let path = done.expect("a recording and the end of a play");
    let prompt = Prompt::load(&path).expect("it can be played");
    (path, prompt.samples().to_vec())
}

/// The loudest in the middle.
fn loudest(samples: &[i16]) -> i16 {
    samples[2000..6000].iter().map(|sample| sample.abs()).max().expect("samples")
}

#[test]
fn one_side_or_both_mixed_are_recorded_in_any_format_and_can_be_played() {
    let (bench, channel) = call("record-formats");
    for (format, extension) in [
        (RecordingFormat::Linear16, "wav"),
        (RecordingFormat::G711, "wav"),
        (RecordingFormat::ImaAdpcm, "wav"),
        (RecordingFormat::Vox, "vox"),
        (RecordingFormat::Vox6k, "6k.vox"),
        (RecordingFormat::Gsm, "wav"),
        (RecordingFormat::Alaw, "al"),
        (RecordingFormat::Ulaw, "ul"),
        (RecordingFormat::G726Kbit16, "g726-16"),
        (RecordingFormat::G726Kbit24, "g726-24"),
        (RecordingFormat::G726Kbit32, "726"),
        (RecordingFormat::G726Kbit40, "g726-40"),
    ] {
        for (sides, wanted) in
            [(RecordingSides::Received, 4032), (RecordingSides::Sent, 2016), (RecordingSides::Mixed, 6048)]
        {
            let options = RecordOptions { sides, format: Some(format), ..RecordOptions::default() };
            let name = format!("{format:?}-{sides:?}.{extension}");
            let (path, samples) = recorded(&bench, channel, &name, options);
            let is = loudest(&samples);
            // GSM makes little of corners.
            let off = if format == RecordingFormat::Gsm { wanted / 3 } else { wanted / 8 };
            assert!((is - wanted).abs() <= off, "{name}: {is}, not {wanted}");
            let octets = std::fs::metadata(&path).expect("a file").len();
            let most = match format {
                RecordingFormat::Linear16 => 17_000,
                RecordingFormat::G711 => 9_000,
                RecordingFormat::Alaw | RecordingFormat::Ulaw => 8_080,
                RecordingFormat::Gsm => 2_300,
                RecordingFormat::ImaAdpcm | RecordingFormat::Vox => 5_500,
                RecordingFormat::Vox6k => 3_100,
                RecordingFormat::G726Kbit16 => 2_020,
                RecordingFormat::G726Kbit24 => 3_030,
                RecordingFormat::G726Kbit32 => 4_040,
                RecordingFormat::G726Kbit40 => 5_050,
            };
            assert!(octets <= most, "{name}: {octets} octets");
            let play = bench.engine.play(channel, &path, Terms::default()).expect("a prompt");
            bench.engine.stop(play).expect("it plays");
            assert!(matches!(bench.event(), EventKind::PlayDone { .. }));
        }
    }
    bench.finish();
}

#[test]
fn the_sides_of_a_recording_are_brought_to_one_level_and_what_is_heard_is_not() {
    let plan: Vec<(u64, Act)> =
        (0..20).map(|n| (n * 5600, Act::Talk(500))).chain([(200_000, Act::HangUp)]).collect();
    let bench = Bench::new("record-level", vec![Caller::new(0, 1, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    let record = |name, target_dbm0| {
        let options =
            RecordOptions { sides: RecordingSides::Received, target_dbm0, ..RecordOptions::default() };
        bench.engine.record_with(channel, Path::new(name), options, Terms::default()).expect("a call")
    };
    let handles = [record("as-it-is.wav", None), record("levelled.wav", Some(-26.0))];
    assert!(bench.engine.advance(Frames::from_ms(12_000)));
    handles.into_iter().for_each(|handle| bench.engine.stop(handle).expect("it runs"));
    let mut levels = Vec::new();
    for _ in 0..2 {
        let EventKind::RecordDone { path, .. } = bench.event() else { panic!("no recording") };
        let samples = Prompt::load(&path).expect("a recording").samples().to_vec();
        levels.push(Level::of(&samples[64_000..]).dbm0(Law::A));
    }
    let [plain, levelled] = levels[..] else { panic!("two recordings") };
    assert!(plain > -20.0, "{plain}");
    assert!(plain - levelled > 6.0 && (-31.0..-25.0).contains(&levelled), "{plain} and {levelled}");
    bench.finish();
}

#[test]
fn recordings_that_cannot_be_are_refused_and_leave_no_file() {
    let (bench, channel) = call("record-refused");
    for options in [
        RecordOptions { format: Some(RecordingFormat::Vox), ..RecordOptions::default() },
        RecordOptions { format: Some(RecordingFormat::Gsm), ..RecordOptions::default() },
        RecordOptions { format: Some(RecordingFormat::Alaw), ..RecordOptions::default() },
        RecordOptions { format: Some(RecordingFormat::Ulaw), append: true, ..RecordOptions::default() },
        RecordOptions { target_dbm0: Some(-5.0), ..RecordOptions::default() },
        RecordOptions { target_dbm0: Some(f32::NAN), ..RecordOptions::default() },
        RecordOptions { gains_db: [0.0, 18.1], ..RecordOptions::default() },
    ] {
        let refused = bench.engine.record_with(channel, Path::new("none.vox"), options, Terms::default());
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
        assert!(!bench.directory.join("none.vox").exists());
    }
    bench.finish();
}

#[test]
fn a_digit_ends_recordings_and_streams_that_it_is_to_end() {
    let plan = [(SECOND, Act::Press("5")), (3 * SECOND, Act::Press("#")), (9 * SECOND, Act::HangUp)];
    let bench = Bench::new("record-digit", vec![Caller::new(0, 1, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    let hash = Terms { digits: Digit::from_char('#').into_iter().collect(), ..Terms::default() };
    let any = Terms { any_digit: true, ..Terms::default() };
    let record =
        |name, terms: &Terms| bench.engine.record(channel, Path::new(name), terms.clone()).expect("a call");
    let (by_any, by_hash) = (record("any.wav", &any), record("hash.wav", &hash));
    let done = |bench: &Bench| match bench.event() {
        EventKind::RecordDone { operation, reason, recorded_ms, .. } => (operation, reason, recorded_ms),
        other => panic!("{other:?}"),
    };
    let (operation, reason, recorded) = done(&bench);
    assert_eq!((operation, reason), (by_any, EndReason::Digit));
    assert!((1_000..1_150).contains(&recorded), "{recorded}");
    let stream = bench.engine.stream(channel, StreamOptions::default(), hash).expect("a call");
    let (operation, reason, recorded) = loop {
        match bench.event() {
            EventKind::StreamReady { .. } => {}
            EventKind::RecordDone { operation, reason, recorded_ms, .. } => {
                break (operation, reason, recorded_ms);
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((operation, reason), (by_hash, EndReason::Digit));
    assert!((3_000..3_200).contains(&recorded), "{recorded}");
    while bench.engine.stream_read(stream, 80_000).is_ok() {
        assert!(bench.engine.advance(Frames::from_ms(20)));
    }
    let ended =
        std::iter::from_fn(|| bench.engine.event_wait(Some(Frames(0)))).find_map(|event| match event.kind {
            EventKind::StreamDone { reason, .. } => Some(reason),
            _ => None,
        });
    assert_eq!(ended, Some(EndReason::Digit));
    // What was pressed and not collected ends the next at once, as it does a play.
    record("ahead.wav", &any);
    let (_, reason, recorded) = done(&bench);
    assert_eq!(reason, EndReason::Digit);
    assert!(recorded <= 20, "{recorded}");
    bench.engine.clear_digits(channel).expect("a call");
    record("on.wav", &any);
    assert!(matches!(bench.event(), EventKind::CallCleared { .. }));
    assert_eq!(done(&bench).1, EndReason::Hangup);
    bench.finish();
}
