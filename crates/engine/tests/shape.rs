//! Levels of a channel: what others hear of it, what it hears, and what stays as it came.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use tandem_dsp::g711;
use tandem_engine::{EngineError, EventKind, LevelOptions, ReminderTone, Shape, Terms};
use tandem_files::wav;
use tandem_types::{Bearer, Frames, Handle, Law};

const SECOND: u64 = 8000;

/// Two callers who speak a tone of 4000 each, and are connected both ways.
fn connected(name: &str, bearer: Bearer) -> (Bench, [Handle; 2]) {
    let plan = [(0, Act::Tone(400.0)), (60 * SECOND, Act::HangUp)];
    let callers = vec![Caller::new(0, 1, 1000, &plan), Caller::new(0, 2, SECOND, &plan)];
    let bench = Bench::new(name, callers);
    let (_, one) = bench.answer_next();
    let (_, two) = bench.answer_next();
    bench.engine.connect(one, Some(two), bearer).expect("answered");
    bench.engine.connect(two, Some(one), bearer).expect("answered");
    (bench, [one, two])
}

/// The loudest that a caller heard in the last 50 ms.
fn loudest(bench: &Bench, caller: usize) -> i16 {
    assert!(bench.engine.advance(Frames::from_ms(200)));
    loudest_now(bench, caller)
}

fn loudest_now(bench: &Bench, caller: usize) -> i16 {
    let callers = bench.callers();
    let heard = &callers.0[caller].heard;
    let last = heard[heard.len() - 400..].iter();
    last.map(|octet| g711::decode(Law::A, *octet).abs()).max().expect("frames")
}

fn gain(gain_db: f32) -> Option<LevelOptions> {
    Some(LevelOptions { gain_db, target_dbm0: None, gate_dbm0: None })
}

#[test]
fn each_direction_of_a_channel_has_a_level_of_its_own_and_recordings_have_what_came() {
    let (bench, [one, _]) = connected("shape", Bearer::Speech);
    assert_eq!([loudest(&bench, 0), loudest(&bench, 1)], [4032; 2]);
    bench
        .engine
        .channel_shape(one, Some(Shape { received: gain(-12.04), sent: gain(6.02), reminder: None }))
        .expect("a call");
    let near = |is: i16, wanted: i16| assert!((is - wanted).abs() <= wanted / 16, "{is}, not {wanted}");
    near(loudest(&bench, 0), 8064);
    near(loudest(&bench, 1), 1008);
    let record = bench.engine.record(one, Path::new("shape.wav"), Terms::default()).expect("a call");
    assert!(bench.engine.advance(Frames::from_ms(500)));
    bench.engine.stop(record).expect("it runs");
    let EventKind::RecordDone { path, .. } = bench.event() else { panic!("no recording") };
    let recording = wav::read(&path, 1 << 20).expect("a WAV file");
    let loudest_of = |side| recording.channel(side).map(i16::abs).max().expect("frames");
    near(loudest_of(0), 4032);
    near(loudest_of(1), 8064);
    bench.engine.channel_shape(one, None).expect("a call");
    assert_eq!([loudest(&bench, 0), loudest(&bench, 1)], [4032; 2]);
    bench.finish();
}

#[test]
fn data_is_not_touched_and_levels_that_make_no_sense_are_refused() {
    let (bench, [one, two]) = connected("shape-data", Bearer::Unrestricted);
    let shape = Some(Shape { received: gain(-20.0), sent: gain(-20.0), reminder: None });
    for channel in [one, two] {
        bench.engine.channel_shape(channel, shape).expect("a call");
    }
    assert_eq!([loudest(&bench, 0), loudest(&bench, 1)], [4032; 2]);
    let wrong = Some(Shape { received: gain(18.5), sent: None, reminder: None });
    assert!(matches!(bench.engine.channel_shape(one, wrong), Err(EngineError::BadArgument(_))));
    let nowhere = bench.engine.channel_shape(Handle::new(tandem_types::HandleKind::Channel, 9, 1), shape);
    assert!(matches!(nowhere, Err(EngineError::WrongState(_))), "no call there: {nowhere:?}");
    bench.finish();
}

#[test]
fn the_next_call_on_a_channel_is_as_loud_as_it_comes() {
    let plan = [(0, Act::Tone(400.0)), (2 * SECOND, Act::HangUp)];
    let again = [(0, Act::Tone(400.0)), (60 * SECOND, Act::HangUp)];
    let callers = vec![
        Caller::new(0, 1, 1000, &plan),
        Caller::new(0, 1, 6 * SECOND, &again),
        Caller::new(0, 2, SECOND, &again),
    ];
    let bench = Bench::new("shape-next", callers);
    let (first, second) = (bench.answer_next().1, bench.answer_next().1);
    let (one, two) = if first.index() < second.index() { (first, second) } else { (second, first) };
    bench
        .engine
        .channel_shape(one, Some(Shape { received: gain(-40.0), sent: None, reminder: None }))
        .expect("a call");
    assert!(matches!(bench.event(), EventKind::CallCleared { .. }));
    let (_, next) = bench.answer_next();
    assert_eq!(next, one);
    bench.engine.connect(two, Some(next), Bearer::Speech).expect("answered");
    assert_eq!(loudest(&bench, 2), 4032);
    bench.finish();
}

#[test]
fn a_reminder_is_heard_by_its_end_alone_and_is_in_its_recording() {
    let (bench, [one, _]) = connected("shape-reminder", Bearer::Speech);
    let ms = Frames::from_ms;
    let tone = ReminderTone { hz: 1400.0, dbm0: -10.0, on: ms(300), each: ms(1000) };
    let shape = |reminder| Some(Shape { received: None, sent: None, reminder: Some(reminder) });
    for wrong in [ReminderTone { hz: 100.0, ..tone }, ReminderTone { each: ms(100), ..tone }] {
        let refused = bench.engine.channel_shape(one, shape(wrong));
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    let record = bench.engine.record(one, Path::new("reminder.wav"), Terms::default()).expect("a call");
    bench.engine.channel_shape(one, shape(tone)).expect("a call");
    // The two tones together are louder than either, in the first 300 ms of each second: of the looks at the ends of 200 ms,
    // one in five.
    let louder: Vec<(bool, bool)> =
        (0..10).map(|_| (loudest(&bench, 0) > 5000, loudest_now(&bench, 1) > 5000)).collect();
    let heard: Vec<bool> = louder.iter().map(|(one, _)| *one).collect();
    assert_eq!(heard, [[true, false, false, false, false]; 2].concat());
    assert!(louder.iter().all(|(_, other)| !other), "nobody else hears it");
    bench.engine.stop(record).expect("it runs");
    let EventKind::RecordDone { path, .. } = bench.event() else { panic!("no recording") };
    let recording = wav::read(&path, 1 << 20).expect("a WAV file");
    let peak = |side| recording.channel(side).map(i16::abs).max().expect("frames");
    assert!(peak(1) > 8000 && peak(0) < 4200, "{} and {}", peak(1), peak(0));
    bench.finish();
}
