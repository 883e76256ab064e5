//! Streams between the host and a channel: nothing is lost on the way while the host keeps up, and it is told when it does not.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use tandem_dsp::g711;
use tandem_engine::{EndReason, EngineError, EventKind, Seek, StreamOptions, StreamSide, Terms};
use tandem_types::{FrameTime, Frames, Handle, Law};

const SECOND: u64 = 8000;

fn bench(name: &str, plan: &[(u64, Act)]) -> Bench {
    Bench::new(name, vec![Caller::new(0, 1, 1000, plan)])
}

const fn ms(ms: u64) -> Frames {
    Frames::from_ms(ms)
}

fn linear(octets: &[u8]) -> Vec<i16> {
    octets.iter().map(|octet| g711::decode(Law::A, *octet)).collect()
}

/// Samples as A-law carries them, none of them silence.
fn speech(samples: usize) -> Vec<i16> {
    (0..samples).map(|n| g711::decode(Law::A, g711::encode(Law::A, 300 + (n * 37 % 6000) as i16))).collect()
}

fn ready(bench: &Bench) -> (Handle, u64) {
    match bench.event() {
        EventKind::StreamReady { operation, ready_ms, .. } => (operation, ready_ms),
        other => panic!("{other:?} in place of a stream that is ready"),
    }
}

#[test]
fn what_a_host_gives_is_heard_without_a_gap_and_it_is_told_when_there_is_room() {
    let bench = bench("stream-out", &[(60 * SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let speech = speech(20_123);
    let play = bench.engine.play_stream(channel, ms(500), Terms::default()).expect("answered");
    let mut given = 0;
    let mut writes = 0;
    while given < speech.len() {
        let taken = bench.engine.stream_write(play, speech[given..].to_vec()).expect("it plays");
        assert!(taken <= 4_000 + 160, "no more than the buffer, and a block that is begun: {taken}");
        given += taken;
        writes += 1;
        if given < speech.len() {
            let (operation, room) = ready(&bench);
            assert_eq!(operation, play);
            assert!((250..=280).contains(&room), "half of it, as soon as it is free: {room}");
        }
    }
    assert!((7..=10).contains(&writes), "{writes}");
    bench.engine.stream_end(play).expect("it plays");
    let more = bench.engine.stream_write(play, vec![1]);
    assert!(matches!(more, Err(EngineError::WrongState(_))), "{more:?}");
    let EventKind::PlayDone { operation, reason, played_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((operation, reason, played_ms), (play, EndReason::Finished, 20_123 / 8));
    assert!(bench.engine.advance(ms(10)));
    let heard = linear(&bench.callers().0[0].heard);
    let begin = heard.iter().position(|sample| *sample > 8).expect("something is heard");
    assert!(heard[begin..begin + speech.len()] == speech);
    bench.finish();
}

#[test]
fn a_late_host_is_silence_and_what_ends_a_play_ends_a_stream() {
    let bench = bench("stream-out-late", &[(3 * SECOND, Act::Press("5")), (60 * SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let speech = speech(1_000);
    let any = Terms { any_digit: true, ..Terms::default() };
    let play = bench.engine.play_stream(channel, ms(100), any).expect("answered");
    for part in [&speech[..100], &speech[100..400], &speech[400..]] {
        assert_eq!(bench.engine.stream_write(play, part.to_vec()), Ok(part.len()));
        assert!(bench.engine.advance(ms(500)));
    }
    for refused in [bench.engine.pause(play), bench.engine.seek_play(play, Seek::By(1))] {
        assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
    }
    let EventKind::PlayDone { operation, reason, played_ms, .. } = bench.event() else { panic!("no end") };
    // What fills no block waits for more: 1000 samples are six blocks and 40.
    assert_eq!((operation, reason, played_ms), (play, EndReason::Digit, 960 / 8));
    let heard = linear(&bench.callers().0[0].heard);
    let sounds: Vec<i16> = heard.into_iter().filter(|sample| *sample > 8).collect();
    assert!(sounds == speech[..960]);
    assert_eq!(bench.engine.stream_write(play, vec![1]), Err(EngineError::Stale));
    // One that is given nothing but its end.
    let empty = bench.engine.play_stream(channel, ms(60_000), Terms::default()).expect("answered");
    bench.engine.stream_end(empty).expect("it plays");
    let EventKind::PlayDone { operation, reason, played_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((operation, reason, played_ms), (empty, EndReason::Finished, 0));
    for buffer in [ms(99), ms(60_001), Frames(u64::MAX)] {
        let refused = bench.engine.play_stream(channel, buffer, Terms::default());
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    bench.finish();
}

#[test]
fn a_host_that_keeps_up_is_given_every_frame_of_both_sides_to_the_last() {
    let plan = [(SECOND, Act::Tone(440.0)), (4 * SECOND, Act::HangUp)];
    let bench = bench("stream-in", &plan);
    let (_, channel) = bench.answer_next();
    bench.engine.play_samples(channel, speech(24_000).into(), Terms::default()).expect("answered");
    let options = StreamOptions { side: StreamSide::Both, ..StreamOptions::default() };
    let stream = bench.engine.stream(channel, options, Terms::default()).expect("answered");
    bench.engine.record(channel, Path::new("same.wav"), Terms::default()).expect("answered");
    let (mut samples, mut next) = (Vec::new(), None::<FrameTime>);
    let (mut done, mut recorded) = (None, false);
    while done.is_none() || !recorded {
        match bench.event() {
            EventKind::StreamReady { operation, ready_ms, .. } => {
                assert_eq!(operation, stream);
                assert!((1..=140).contains(&ready_ms), "{ready_ms}");
                // With the last of it read, the stream is over.
                while let Ok(chunk) = bench.engine.stream_read(stream, 333) {
                    let frames = chunk.samples.len() as u64 / 2;
                    if frames == 0 {
                        break;
                    }
                    assert!(next.is_none_or(|next| chunk.start == next), "no gap");
                    next = Some(chunk.start + Frames(frames));
                    samples.extend(chunk.samples);
                    if next.is_some_and(|next| bench.engine.now().since(next) < ms(10)) {
                        break;
                    }
                }
            }
            EventKind::StreamDone { operation, reason, given_ms, lost_ms, .. } => {
                assert_eq!(operation, stream);
                done = Some((reason, given_ms, lost_ms));
            }
            EventKind::RecordDone { .. } => recorded = true,
            EventKind::PlayDone { .. } | EventKind::CallCleared { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(done, Some((EndReason::Hangup, samples.len() as u64 / 16, 0)));
    assert_eq!(bench.engine.stream_read(stream, 1), Err(EngineError::Stale));
    let recording = tandem_files::wav::read(&bench.directory.join("same.wav"), 1 << 20).expect("a WAV file");
    let sides: [Vec<i16>; 2] = [0, 1].map(|side| samples.iter().skip(side).step_by(2).copied().collect());
    for (number, side) in sides.iter().enumerate() {
        let recorded: Vec<i16> = recording.channel(number).collect();
        assert!(recorded.len().abs_diff(side.len()) < 8, "{} and {}", recorded.len(), side.len());
        let common = recorded.len().min(side.len());
        assert!(recorded[..common] == side[..common], "side {number} is what the recording has");
    }
    bench.finish();
}

#[test]
fn what_a_late_host_loses_is_a_jump_in_time_and_counted() {
    let bench = bench("stream-in-late", &[(0, Act::Tone(440.0)), (60 * SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let options = StreamOptions { buffer: ms(200), ..StreamOptions::default() };
    let stream = bench.engine.stream(channel, options, Terms::default()).expect("answered");
    let begun = bench.engine.now();
    assert!(bench.engine.advance(ms(2_000)));
    let first = bench.engine.stream_read(stream, 80_000).expect("it is there");
    // 200 ms, what a voice might take to be told, and the block that is being read.
    let kept = first.samples.len() as u64 / 8;
    assert!((400..=480).contains(&kept), "{kept} ms");
    assert!(first.start - begun <= ms(10));
    assert!(bench.engine.advance(ms(300)));
    let second = bench.engine.stream_read(stream, 80_000).expect("it is there");
    let gap = (second.start - first.start).as_ms() - kept;
    assert!((1_500..=1_600).contains(&gap), "{gap} ms");
    bench.engine.stop(stream).expect("it is there");
    let done = loop {
        let event = bench.event();
        if let EventKind::StreamDone { reason, given_ms, lost_ms, .. } = event {
            break (reason, given_ms, lost_ms);
        }
        assert!(matches!(event, EventKind::StreamReady { .. }), "{event:?}");
    };
    assert_eq!(done, (EndReason::Stopped, kept + second.samples.len() as u64 / 8, gap));
    bench.finish();
}

#[test]
fn a_stream_that_waits_for_a_voice_begins_before_it_and_ends_after_it() {
    let bench = bench("stream-voice", &[(2 * SECOND, Act::Talk(1_000)), (60 * SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let options = StreamOptions { before_voice: Some(ms(300)), ..StreamOptions::default() };
    let terms = Terms { silence: ms(700), initial_silence: ms(10_000), ..Terms::default() };
    let stream = bench.engine.stream(channel, options, terms).expect("answered");
    let answered = bench.engine.now();
    assert!(bench.engine.advance(ms(1_900)));
    assert_eq!(bench.engine.stream_read(stream, 8_000).map(|chunk| chunk.samples), Ok(vec![]));
    let (operation, _) = ready(&bench);
    assert_eq!(operation, stream);
    assert!((2_030..2_120).contains(&(bench.engine.now() - answered).as_ms()), "once somebody talks");
    let mut samples = Vec::new();
    let mut start = None;
    let done = loop {
        let chunk = bench.engine.stream_read(stream, 8_000);
        let Ok(chunk) = chunk else { break bench.event() };
        if !chunk.samples.is_empty() {
            start.get_or_insert(chunk.start);
        }
        samples.extend(chunk.samples);
        match bench.event() {
            EventKind::StreamReady { .. } => {}
            other => break other,
        }
    };
    let EventKind::StreamDone { reason, lost_ms, .. } = done else { panic!("{done:?}") };
    assert_eq!((reason, lost_ms), (EndReason::Silence, 0));
    let before = (start.expect("a beginning") - answered).as_ms();
    assert!((1_690..1_730).contains(&before), "300 ms before the voice: {before}");
    let voice = samples.iter().position(|sample| sample.abs() > 1_000).expect("a voice") as u64 / 8;
    assert!((290..340).contains(&voice), "{voice} ms of what was before it");
    let length = samples.len() as u64 / 8;
    assert!((1_950..2_080).contains(&length), "300 before, 1000 of it, 700 after: {length}");
    bench.finish();
}

#[test]
fn a_host_that_does_not_read_what_is_left_is_not_waited_for() {
    let bench = bench("stream-left", &[(SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let stream = bench.engine.stream(channel, StreamOptions::default(), Terms::default()).expect("answered");
    let end = loop {
        match bench.event() {
            EventKind::CallCleared { .. } => break bench.engine.now(),
            EventKind::StreamReady { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    let done = loop {
        match bench.event() {
            EventKind::StreamDone { operation, reason, given_ms, lost_ms, .. } => {
                break (operation, reason, given_ms, lost_ms);
            }
            EventKind::StreamReady { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    let (operation, reason, given, lost) = done;
    assert_eq!((operation, reason, given), (stream, EndReason::Hangup, 0));
    assert!((1_000..1_500).contains(&lost), "all of it was lost: {lost}");
    assert!((4_990..5_050).contains(&(bench.engine.now() - end).as_ms()));
    bench.finish();
}

#[test]
fn streams_are_refused_what_makes_no_sense() {
    let bench = bench("stream-refused", &[(60 * SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let usual = StreamOptions::default();
    for options in [
        StreamOptions { each: ms(19), ..usual },
        StreamOptions { each: ms(1001), ..usual },
        StreamOptions { buffer: ms(99), ..usual },
        StreamOptions { buffer: ms(60_001), ..usual },
        StreamOptions { before_voice: Some(ms(10_001)), ..usual },
    ] {
        let refused = bench.engine.stream(channel, options, Terms::default());
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    let collect = bench.engine.collect(channel, Terms::default()).expect("answered");
    let wrong =
        [bench.engine.stream_read(collect, 1).map(|_| 0), bench.engine.stream_write(collect, vec![1])];
    assert!(wrong.iter().all(|wrong| matches!(wrong, Err(EngineError::WrongState(_)))), "{wrong:?}");
    // Closing with a stream that nobody reads takes no five seconds.
    bench.engine.stream(channel, usual, Terms::default()).expect("answered");
    assert!(bench.engine.advance(ms(500)));
    let before = bench.engine.now();
    bench.engine.close().expect("open");
    assert!((bench.engine.now() - before).as_ms() < 2_000);
}

#[test]
fn what_is_lost_behind_the_last_that_was_read_is_counted_too() {
    let bench = bench("stream-tail", &[(0, Act::Tone(440.0)), (6 * SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let options = StreamOptions { buffer: ms(500), ..StreamOptions::default() };
    let stream = bench.engine.stream(channel, options, Terms::default()).expect("answered");
    while !matches!(bench.event(), EventKind::CallCleared { .. }) {}
    assert!(bench.engine.advance(ms(100)));
    let mut given = 0;
    while let Ok(chunk) = bench.engine.stream_read(stream, 80_000) {
        given += chunk.samples.len() as u64 / 8;
    }
    let done = loop {
        if let EventKind::StreamDone { given_ms, lost_ms, .. } = bench.event() {
            break (given_ms, lost_ms);
        }
    };
    assert_eq!(done.0, given);
    assert!((6_000..6_600).contains(&(done.0 + done.1)) && done.1 > 4_500, "{done:?}");
    bench.finish();
}

#[test]
fn closing_waits_for_nobody_to_read_the_rest_of_a_stream() {
    let bench = bench("stream-close", &[(SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    bench.engine.stream(channel, StreamOptions::default(), Terms::default()).expect("answered");
    while !matches!(bench.event(), EventKind::CallCleared { .. }) {}
    let before = bench.engine.now();
    bench.engine.close().expect("open");
    assert!((bench.engine.now() - before).as_ms() < 1_000);
    let told = std::iter::from_fn(|| bench.engine.event_wait(Some(Frames(0))));
    assert_eq!(told.filter(|event| matches!(event.kind, EventKind::StreamDone { .. })).count(), 1);
}
