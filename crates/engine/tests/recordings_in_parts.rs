//! Recordings at the end of others, and in files one after another.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::{Path, PathBuf};
use tandem_engine::config::RecordingFormat;
use tandem_engine::{EndReason, EngineError, EventKind, RecordOptions, RecordingSides, Terms};
use tandem_types::{FrameTime, Frames, Handle, Law};

const SECOND: u64 = 8000;

/// A caller whose octets are the same nowhere within ten seconds.
fn hummer() -> Caller {
    Caller::new(0, 1, 1000, &[(0, Act::Tone(401.3)), (60 * SECOND, Act::HangUp)])
}

const RECEIVED: RecordOptions = RecordOptions {
    sides: RecordingSides::Received,
    format: None,
    target_dbm0: None,
    gains_db: [0.0; 2],
    longest_silence: None,
    append: false,
    segment: None,
    trim: false,
    before: Frames(0),
};

fn octets(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a recording")[512..].to_vec()
}

/// Records for so many frames and stops; gives where in the file that began and how long it is, in milliseconds, and when.
fn record(
    bench: &Bench,
    channel: Handle,
    name: &str,
    options: RecordOptions,
    frames: u64,
) -> (u64, u64, u64) {
    let record =
        bench.engine.record_with(channel, Path::new(name), options, Terms::default()).expect("a call");
    assert!(bench.engine.advance(Frames(frames)));
    bench.engine.stop(record).expect("it runs");
    let EventKind::RecordDone { reason, start, from_ms, recorded_ms, gap_ms, .. } = bench.event() else {
        panic!("no end")
    };
    assert_eq!((reason, gap_ms), (EndReason::Stopped, 0));
    (from_ms, recorded_ms, start.0)
}

#[test]
fn a_recording_goes_on_at_the_end_of_its_file_or_of_none() {
    let bench = Bench::new("append", vec![hummer()]);
    let (_, channel) = bench.answer_next();
    let append = RecordOptions { append: true, ..RECEIVED };
    let (from, length, start) = record(&bench, channel, "a.wav", append, 4_000);
    assert_eq!((from, length), (0, 500));
    assert!(bench.engine.advance(Frames(1_600)));
    let (from, length, later) = record(&bench, channel, "a.wav", append, 2_400);
    assert_eq!((from, length), (500, 300));
    let recorded = octets(&bench.directory.join("a.wav"));
    assert_eq!(recorded.len(), 6_400);
    let said = bench.callers().0[0].sent.clone();
    let first = said.windows(4_000).position(|window| *window == recorded[..4_000]).expect("it was said");
    let second = first + (later - start) as usize;
    assert!(second >= first + 5_600 && said[second..].starts_with(&recorded[4_000..]));

    let vox = RecordOptions { format: Some(RecordingFormat::Vox), ..append };
    let (from, length, _) = record(&bench, channel, "a.vox", vox, 800);
    assert_eq!((from, length), (0, 100));
    let (from, length, _) = record(&bench, channel, "a.vox", vox, 1_600);
    assert_eq!((from, length), (100, 200));
    assert_eq!(std::fs::metadata(bench.directory.join("a.vox")).expect("a file").len(), 1_200);

    // Of G.711 without a header the octets are those of the trunk, or in µ-law what these are.
    for (format, name) in [(RecordingFormat::Alaw, "a.al"), (RecordingFormat::Ulaw, "a.ul")] {
        let bare = RecordOptions { format: Some(format), ..append };
        assert_eq!(record(&bench, channel, name, bare, 2_400).0, 0);
        assert_eq!(record(&bench, channel, name, bare, 1_600).0, 300);
        let recorded = std::fs::read(bench.directory.join(name)).expect("a file");
        assert_eq!(recorded.len(), 4_000);
        let said = bench.callers().0[0].sent.clone();
        let said: Vec<u8> = match format {
            RecordingFormat::Alaw => said,
            _ => said.iter().map(|o| tandem_dsp::g711::transcode(Law::A, Law::Mu, *o)).collect(),
        };
        assert!(said.windows(2_400).any(|window| *window == recorded[..2_400]), "{name}");
        assert!(said.windows(1_600).any(|window| *window == recorded[2_400..]), "{name}");
    }
    let gsm = RecordOptions { format: Some(RecordingFormat::Gsm), ..append };
    assert_eq!(record(&bench, channel, "gsm.wav", gsm, 2_400).1, 300);
    assert_eq!(record(&bench, channel, "gsm.wav", gsm, 1_600).0, 300);
    let wav = tandem_files::wav::read(&bench.directory.join("gsm.wav"), 1 << 20).expect("a recording");
    assert_eq!((wav.encoding(), wav.frames()), (tandem_files::wav::Encoding::Gsm, 4_000));
    bench.finish();
}

#[test]
fn what_cannot_be_gone_on_with_is_refused_and_stays() {
    let bench = Bench::with_recording("append-refused", "[limits]\nrecordings = 1\n", vec![hummer()]);
    let (_, channel) = bench.answer_next();
    record(&bench, channel, "a.wav", RECEIVED, 4_000);
    let path = bench.directory.join("a.wav");
    let before = std::fs::read(&path).expect("a recording");
    let try_it = |options| bench.engine.record_with(channel, Path::new("a.wav"), options, Terms::default());
    let append = RecordOptions { append: true, ..RECEIVED };
    for options in [
        RECEIVED,
        RecordOptions { sides: RecordingSides::Apart, ..append },
        RecordOptions { format: Some(RecordingFormat::Linear16), ..append },
        RecordOptions { format: Some(RecordingFormat::Vox), ..append },
        RecordOptions { format: Some(RecordingFormat::Gsm), ..append },
        RecordOptions { format: Some(RecordingFormat::Alaw), ..append },
    ] {
        let refused = try_it(options);
        assert!(matches!(refused, Err(EngineError::File { .. })), "{options:?}: {refused:?}");
    }
    let both = try_it(RecordOptions { segment: Some(Frames(8_000)), ..append });
    assert!(matches!(both, Err(EngineError::BadArgument(_))), "{both:?}");
    let other = bench.engine.record(channel, Path::new("other.wav"), Terms::default()).expect("a call");
    assert!(matches!(try_it(append), Err(EngineError::Busy(_))), "there is one tap");
    assert!(!bench.directory.join("a-0001.wav").exists());
    assert!(std::fs::read(&path).expect("it is there still") == before);
    bench.engine.stop(other).expect("it runs");
    assert!(matches!(bench.event(), EventKind::RecordDone { .. }));
    bench.finish();
}

#[test]
fn one_file_has_one_recording_at_a_time() {
    let bench = Bench::new("append-twice", vec![hummer()]);
    let (_, channel) = bench.answer_next();
    let append = RecordOptions { append: true, ..RECEIVED };
    let try_it = || bench.engine.record_with(channel, Path::new("a.wav"), append, Terms::default());
    let first = try_it().expect("a call");
    let Err(EngineError::File { problem, .. }) = try_it() else { panic!("two in one file") };
    assert!(problem.contains("another recording"), "{problem}");
    bench.engine.stop(first).expect("it runs");
    assert!(matches!(bench.event(), EventKind::RecordDone { .. }));
    assert!(try_it().is_ok());
    bench.finish();
}

/// A file of a recording: its number, 0 for the last; where it is, when it began and how long it is.
type Segment = (u32, PathBuf, FrameTime, u64);

fn next_segment(bench: &Bench) -> Segment {
    match bench.event() {
        EventKind::RecordSegment { number, path, start, recorded_ms, gap_ms: 0, .. } => {
            (number, path, start, recorded_ms)
        }
        EventKind::RecordDone { path, start, recorded_ms, gap_ms: 0, from_ms: 0, .. } => {
            (0, path, start, recorded_ms)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_frame_is_lost_between_the_files_of_a_recording() {
    for (format, blank) in [
        (RecordingFormat::G711, ""),
        (RecordingFormat::G711, "blank_digits = true"),
        (RecordingFormat::Linear16, ""),
        (RecordingFormat::ImaAdpcm, ""),
        (RecordingFormat::Gsm, ""),
    ] {
        let bench = Bench::with_recording("segments", blank, vec![hummer()]);
        let (_, channel) = bench.answer_next();
        // Behind the last digit of the called number.
        assert!(bench.engine.advance(Frames(800)));
        // Somebody has taken the second name.
        std::fs::write(bench.directory.join("call-0002.wav"), "x").expect("a directory of ours");
        let segment = Some(Frames(8_000));
        let options = RecordOptions { segment, format: Some(format), ..RECEIVED };
        let record = bench
            .engine
            .record_with(channel, Path::new("call.wav"), options, Terms::default())
            .expect("a call");
        assert!(bench.engine.advance(Frames(12_000)));
        bench.engine.pause(record).expect("it runs");
        assert!(bench.engine.advance(Frames(8_000)));
        bench.engine.resume(record).expect("it runs");
        assert!(bench.engine.advance(Frames(8_080)));
        bench.engine.stop(record).expect("it runs");
        let segments = [next_segment(&bench), next_segment(&bench), next_segment(&bench)];
        let began = segments[0].2;
        for (segment, wanted) in segments.iter().zip([
            (1, "call-0001.wav", 0, 1_000),
            (3, "call-0003.wav", 8_000, 1_000),
            (0, "call-0004.wav", 24_000, 510),
        ]) {
            let (number, name, start, length) = wanted;
            let wanted = (number, bench.directory.join(name), began + Frames(start), length);
            assert_eq!(*segment, wanted, "{format:?}");
        }
        let all: Vec<i16> = segments
            .iter()
            .flat_map(|segment| {
                tandem_files::wav::read(&segment.1, 1 << 20).expect("a recording").samples().to_vec()
            })
            .collect();
        let said = bench.callers().0[0].sent.clone();
        let linear = |octets: &[u8]| -> Vec<i16> {
            octets.iter().map(|o| tandem_dsp::g711::decode(Law::A, *o)).collect()
        };
        let said = linear(&said);
        let off = |at: usize, all: &[i16]| -> i64 {
            said[at..].iter().zip(all).map(|(a, b)| i64::from((i32::from(*a) - i32::from(*b)).abs())).sum()
        };
        assert_eq!(all.len(), 20_080);
        let first = (0..16_000).min_by_key(|at| off(*at, &all[..1_000])).expect("a place");
        // ADPCM is off by little, GSM by more.
        let most = match format {
            RecordingFormat::ImaAdpcm => 100,
            RecordingFormat::Gsm => 1_000,
            _ => 0,
        };
        assert!(
            off(first, &all[..12_000]) <= most * 12_000,
            "{format:?}: {}",
            off(first, &all[..12_000]) / 12_000
        );
        assert!(off(first + 20_000, &all[12_000..]) <= most * 8_080, "{format:?}");
        bench.finish();
    }
}

#[test]
fn a_recording_whose_next_file_cannot_be_begun_fails_and_keeps_what_it_has() {
    let bench = Bench::new("segments-fail", vec![hummer()]);
    let (_, channel) = bench.answer_next();
    let (here, gone) = (bench.directory.join("here"), bench.directory.join("gone"));
    std::fs::create_dir(&here).expect("a directory of ours");
    let options = RecordOptions { segment: Some(Frames(8_000)), ..RECEIVED };
    bench.engine.record_with(channel, Path::new("here/call.wav"), options, Terms::default()).expect("a call");
    assert!(bench.engine.advance(Frames(4_000)));
    std::fs::rename(&here, &gone).expect("a directory of ours");
    let EventKind::RecordDone { reason, path, recorded_ms, problem, .. } = bench.event() else {
        panic!("no end")
    };
    assert_eq!((reason, path, recorded_ms), (EndReason::Failed, here.join("call-0001.wav"), 1_000));
    assert!(problem.starts_with("after it the recording cannot be begun"), "{problem}");
    assert_eq!(octets(&gone.join("call-0001.wav")).len(), 8_000);
    let lost = bench.engine.statistics().expect("open").totals.recording_lost_frames;
    assert!((1..2_000).contains(&lost), "{lost}");
    bench.finish();
}

#[test]
fn a_segment_is_whole_seconds() {
    let bench = Bench::new("segments-refused", vec![hummer()]);
    let (_, channel) = bench.answer_next();
    for segment in [0, 7_999, 8_001, 86_401 * SECOND] {
        let options = RecordOptions { segment: Some(Frames(segment)), ..RECEIVED };
        let refused = bench.engine.record_with(channel, Path::new("a.wav"), options, Terms::default());
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{segment}: {refused:?}");
        assert!(!bench.directory.join("a-0001.wav").exists());
    }
    bench.finish();
}
