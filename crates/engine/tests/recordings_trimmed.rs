//! Recordings that end with their last words.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::{Path, PathBuf};
use tandem_dsp::g711;
use tandem_engine::config::RecordingFormat;
use tandem_engine::{EndReason, EngineError, EventKind, RecordOptions, RecordingSides, Terms};
use tandem_files::Prompt;
use tandem_types::{Digit, Frames, Law};

const SECOND: u64 = 8000;

const TRIMMED: RecordOptions = RecordOptions {
    sides: RecordingSides::Received,
    format: None,
    target_dbm0: None,
    gains_db: [0.0; 2],
    longest_silence: None,
    append: false,
    segment: None,
    trim: true,
    before: Frames(0),
};

/// Two recordings of a caller from the answer to their end for this reason: one that is trimmed and one that is not.
fn record_both(name: &str, plan: &[(u64, Act)], terms: &Terms, why: EndReason) -> [Vec<u8>; 2] {
    let bench = Bench::new(name, vec![Caller::new(0, 1, 1000, plan)]);
    let (_, channel) = bench.answer_next();
    // Behind the last digit of the called number.
    assert!(bench.engine.advance(Frames(800)));
    let record = |name, options| {
        bench.engine.record_with(channel, Path::new(name), options, terms.clone()).expect("a call")
    };
    let trimmed = record("trimmed.wav", TRIMMED);
    record("whole.wav", RecordOptions { trim: false, ..TRIMMED });
    let mut files = [PathBuf::new(), PathBuf::new()];
    let mut lengths = [0; 2];
    for _ in 0..2 {
        let (operation, reason, path, recorded_ms) = loop {
            match bench.event() {
                EventKind::RecordDone { operation, reason, path, recorded_ms, .. } => {
                    break (operation, reason, path, recorded_ms);
                }
                EventKind::CallCleared { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(reason, why, "{name}");
        let place = usize::from(operation != trimmed);
        (files[place], lengths[place]) = (path, recorded_ms);
    }
    let octets = files.map(|path| std::fs::read(path).expect("a recording")[512..].to_vec());
    assert_eq!(octets.each_ref().map(|octets| octets.len() as u64 / 8), lengths, "{name}");
    assert!(octets[1].starts_with(&octets[0]), "{name}");
    bench.finish();
    octets
}

/// Where the last sound ends.
fn end_of_sound(octets: &[u8]) -> usize {
    octets.iter().rposition(|octet| *octet != 0xd5).map_or(0, |last| last + 1)
}

fn hash() -> Terms {
    Terms { digits: Digit::from_char('#').into_iter().collect(), ..Terms::default() }
}

#[test]
fn of_one_that_ends_by_silence_or_hang_up_the_silence_goes_but_for_200_ms() {
    let silence = Terms { silence: Frames::from_ms(1_500), ..Terms::default() };
    let plan = [(2_400, Act::Talk(2_000)), (60 * SECOND, Act::HangUp)];
    let by_silence = record_both("trim-silence", &plan, &silence, EndReason::Silence);
    let plan = [(2_400, Act::Talk(2_000)), (4 * SECOND, Act::HangUp)];
    let by_hangup = record_both("trim-hangup", &plan, &Terms::default(), EndReason::Hangup);
    for [trimmed, whole] in [by_silence, by_hangup] {
        let sound = end_of_sound(&whole);
        assert!(whole.len() > sound + 10_000, "{sound} of {}", whole.len());
        assert!((sound + 1_000..sound + 1_760).contains(&trimmed.len()), "{sound} and {}", trimmed.len());
    }
}

#[test]
fn of_one_that_ends_by_a_digit_its_tone_goes_and_the_silence_before_it() {
    // 1000 ms are 8000 frames: the digit follows the words at once.
    let plan = [(2_400, Act::Talk(1_000)), (2_401, Act::Press("#")), (60 * SECOND, Act::HangUp)];
    let [trimmed, whole] = record_both("trim-digit", &plan, &hash(), EndReason::Digit);
    let is_loud = |octet: &u8| g711::decode(Law::A, *octet).abs() > 100;
    let began = whole.iter().position(is_loud).expect("words");
    let digit = began + 8_000;
    assert!((digit..digit + 480).contains(&whole.len()), "{began} of {}", whole.len());
    assert!((digit - 240..digit).contains(&trimmed.len()), "{digit}: {}", trimmed.len());

    let plan = [(2_400, Act::Talk(1_000)), (4 * SECOND, Act::Press("#")), (60 * SECOND, Act::HangUp)];
    let [trimmed, whole] = record_both("trim-digit-later", &plan, &hash(), EndReason::Digit);
    assert!(whole.len() > digit + 10_000);
    assert!((digit + 800..digit + 1_760).contains(&trimmed.len()), "{digit}: {}", trimmed.len());
}

#[test]
fn of_one_in_which_nothing_was_said_nothing_is_left() {
    let plan = [(2 * SECOND, Act::Press("#")), (60 * SECOND, Act::HangUp)];
    let [trimmed, whole] = record_both("trim-nothing", &plan, &hash(), EndReason::Digit);
    assert_eq!(trimmed.len(), 0);
    assert!(whole.len() > 14_000);
    let ahead = [(60 * SECOND, Act::HangUp)];
    let silence = Terms { initial_silence: Frames::from_ms(900), ..Terms::default() };
    let [trimmed, whole] = record_both("trim-silent", &ahead, &silence, EndReason::Silence);
    assert_eq!((trimmed.len(), whole.len() / 800), (0, 9));
}

#[test]
fn of_what_was_before_nothing_is_cut() {
    // Nobody speaks at all; or words end 150 ms, or 600, before the recording is asked for.
    for (name, plan, ahead) in [
        ("trim-before", [(4 * SECOND, Act::HangUp)].as_slice(), 16_000),
        ("trim-before-late", &[(2_400, Act::Talk(1_000)), (4 * SECOND, Act::HangUp)], 11_600),
        ("trim-before-words", &[(2_400, Act::Talk(1_000)), (4 * SECOND, Act::HangUp)], 15_200),
    ] {
        let bench = Bench::with_recording(name, "pre_roll_ms = 1000", vec![Caller::new(0, 1, 1000, plan)]);
        let (_, channel) = bench.answer_next();
        assert!(bench.engine.advance(Frames(ahead)));
        let asked = bench.engine.now().0;
        let options = RecordOptions { before: Frames(8_000), ..TRIMMED };
        let begun = bench.engine.record_with(channel, Path::new("a.wav"), options, Terms::default());
        begun.expect("a call");
        let EventKind::CallCleared { .. } = bench.event() else { panic!("no end of the call") };
        let EventKind::RecordDone { reason, start, recorded_ms, .. } = bench.event() else {
            panic!("no end")
        };
        assert_eq!(reason, EndReason::Hangup);
        assert_eq!((start.0, recorded_ms), (asked - 8_000, 1_000), "{name}");
        bench.finish();
    }
}

#[test]
fn one_that_ends_otherwise_is_left_as_it_is() {
    let plan = [(2_400, Act::Talk(500)), (60 * SECOND, Act::HangUp)];
    let limit = Terms { max_time: Frames::from_ms(3_000), ..Terms::default() };
    let [trimmed, whole] = record_both("trim-time", &plan, &limit, EndReason::MaxTime);
    assert_eq!((trimmed.len(), whole.len()), (24_000, 24_000));
}

#[test]
fn what_was_there_before_and_what_rested_count_for_nothing() {
    let plan = [(800, Act::Talk(1_000)), (2 * SECOND, Act::Talk(1_000)), (8 * SECOND, Act::HangUp)];
    let bench = Bench::new("trim-rest", vec![Caller::new(0, 1, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    let record = |options| {
        bench.engine.record_with(channel, Path::new("a.wav"), options, Terms::default()).expect("a call")
    };
    let rests = record(TRIMMED);
    // In the middle of the second words, for half a second.
    assert!(bench.engine.advance(Frames(18_400)));
    bench.engine.pause(rests).expect("it runs");
    assert!(bench.engine.advance(Frames(4_000)));
    bench.engine.resume(rests).expect("it rests");
    let EventKind::CallCleared { .. } = bench.event() else { panic!("no end of the call") };
    let EventKind::RecordDone { reason, recorded_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!(reason, EndReason::Hangup);
    // Words until 3000 ms, 500 of them rested, and 200 ms.
    assert!((2_600..2_740).contains(&recorded_ms), "{recorded_ms}");
    bench.finish();

    let ahead = [(SECOND, Act::Press("#")), (60 * SECOND, Act::HangUp)];
    let bench = Bench::new("trim-append", vec![Caller::new(0, 1, 1000, &ahead)]);
    let (_, channel) = bench.answer_next();
    let first = bench
        .engine
        .record_with(channel, Path::new("a.wav"), RecordOptions { trim: false, ..TRIMMED }, Terms::default())
        .expect("a call");
    assert!(bench.engine.advance(Frames(2_408)));
    bench.engine.stop(first).expect("it runs");
    assert!(matches!(bench.event(), EventKind::RecordDone { recorded_ms: 301, .. }));
    bench
        .engine
        .record_with(channel, Path::new("a.wav"), RecordOptions { append: true, ..TRIMMED }, hash())
        .expect("a call");
    let EventKind::RecordDone { from_ms, recorded_ms, path, .. } = bench.event() else { panic!("no end") };
    assert_eq!((from_ms, recorded_ms), (301, 0));
    assert_eq!(std::fs::metadata(path).expect("a file").len(), 512 + 2_408);
    bench.finish();
}

#[test]
fn files_of_every_format_are_cut() {
    for (format, name) in [
        (RecordingFormat::Linear16, "a.wav"),
        (RecordingFormat::ImaAdpcm, "b.wav"),
        (RecordingFormat::Vox, "a.vox"),
        (RecordingFormat::Vox6k, "a.6k.vox"),
        (RecordingFormat::Gsm, "c.wav"),
        (RecordingFormat::Alaw, "a.al"),
        (RecordingFormat::Ulaw, "a.ul"),
        (RecordingFormat::G726Kbit24, "a.g726-24"),
        (RecordingFormat::G726Kbit32, "a.726"),
    ] {
        let plan = [(800, Act::Talk(1_000)), (5 * SECOND, Act::Press("#")), (60 * SECOND, Act::HangUp)];
        let bench = Bench::new("trim-formats", vec![Caller::new(0, 1, 1000, &plan)]);
        let (_, channel) = bench.answer_next();
        let options = RecordOptions { format: Some(format), ..TRIMMED };
        bench.engine.record_with(channel, Path::new(name), options, hash()).expect("a call");
        let EventKind::RecordDone { path, recorded_ms, .. } = bench.event() else { panic!("no end") };
        assert!((1_150..1_330).contains(&recorded_ms), "{format:?}: {recorded_ms}");
        let frames = Prompt::load(&path).expect("it can be played").samples().len() as u64;
        assert_eq!(frames / 8, recorded_ms, "{format:?}");
        let octets = std::fs::metadata(&path).expect("a file").len();
        let most = match format {
            RecordingFormat::Linear16 => 22_000,
            RecordingFormat::Alaw | RecordingFormat::Ulaw => 10_700,
            _ => 6_000,
        };
        assert!(octets < most, "{format:?}: {octets}");
        bench.finish();
    }
}

#[test]
fn a_recording_of_what_the_far_end_hears_is_not_trimmed() {
    let bench = Bench::new("trim-refused", vec![Caller::new(0, 1, 1000, &[(60 * SECOND, Act::HangUp)])]);
    let (_, channel) = bench.answer_next();
    for sides in [RecordingSides::Apart, RecordingSides::Sent, RecordingSides::Mixed] {
        let options = RecordOptions { sides, ..TRIMMED };
        let refused = bench.engine.record_with(channel, Path::new("a.wav"), options, Terms::default());
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
        assert!(!bench.directory.join("a.wav").exists());
    }
    bench.finish();
}
