//! Calls from seizure to recording, over looped cards, in virtual time.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use std::sync::Arc;
use tandem_dsp::g711;
use tandem_engine::{CallId, EndReason, EngineError, EventKind, PartyTerms, Terms};
use tandem_files::wav;
use tandem_types::{Bearer, Cause, Digit, Frames, Handle, Law};

fn seconds(seconds: u64) -> u64 {
    seconds * 8000
}

#[test]
fn a_call_is_recorded_octet_for_octet_from_answer_to_clearing() {
    let plan = [(seconds(1), Act::Tone(440.0)), (seconds(3), Act::HangUp)];
    let bench = Bench::new("recorded", vec![Caller::new(0, 1, 1000, &plan)]);
    let (call, channel) = bench.answer_next();
    let operation = bench.engine.record(channel, Path::new("call.wav"), Terms::default()).expect("answered");
    let prompt: Arc<[i16]> = (0..4000).map(|n| (n * 7 % 2000) as i16 - 1000).collect();
    let play = bench.engine.play_samples(channel, Arc::clone(&prompt), Terms::default()).expect("answered");
    let EventKind::PlayDone { operation: ended, reason, played_ms, .. } = bench.event() else {
        panic!("no end of play")
    };
    assert_eq!((ended, reason, played_ms), (play, EndReason::Finished, 500));
    let EventKind::CallCleared { cause, by_far_end, .. } = bench.event() else { panic!("not cleared") };
    assert_eq!((cause, by_far_end), (Cause::NORMAL_CLEARING, true));
    let EventKind::RecordDone { operation: ended, call: of, reason, path, recorded_ms, gap_ms, .. } =
        bench.event()
    else {
        panic!("no recording")
    };
    assert_eq!((ended, of, reason, gap_ms), (operation, call, EndReason::Hangup, 0));
    assert!((2_900..3_500).contains(&recorded_ms), "{recorded_ms}");

    let recording = wav::read(&path, 1 << 20).expect("a WAV file");
    assert_eq!((recording.rate(), recording.channels()), (8000, 2));
    let (said, heard): (Vec<i16>, Vec<i16>) =
        (recording.channel(0).collect(), recording.channel(1).collect());
    let callers = bench.callers();
    let sent: Vec<i16> = callers.0[0].sent.iter().map(|octet| g711::decode(Law::A, *octet)).collect();
    let start = callers.0[0].answered_at.expect("answered") - callers.0[0].seize_at;
    assert!(contains(&sent[start as usize..], &said[400..said.len() - 4000]), "what the caller said");
    let played: Vec<i16> = prompt.iter().map(|s| g711::decode(Law::A, g711::encode(Law::A, *s))).collect();
    assert!(contains(&heard, &played), "what the caller heard");
    drop(callers);
    bench.finish();
}

fn contains(whole: &[i16], part: &[i16]) -> bool {
    whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_digit_stops_the_prompt_and_is_collected() {
    let plan = [(seconds(1), Act::Press("57#")), (seconds(4), Act::HangUp)];
    let bench = Bench::new("barge", vec![Caller::new(0, 17, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    let any = Terms { any_digit: true, ..Terms::default() };
    let long: Arc<[i16]> = vec![1000; 80_000].into();
    let play = bench.engine.play_samples(channel, long, any).expect("answered");
    let EventKind::PlayDone { operation, reason, played_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((operation, reason), (play, EndReason::Digit));
    // A second until the key is pressed, some 45 ms until it is recognised.
    assert!((1_000..1_070).contains(&played_ms), "{played_ms}");
    let hash = Terms { digits: Digit::from_char('#').into_iter().collect(), ..Terms::default() };
    let collect = bench.engine.collect(channel, hash).expect("answered");
    let EventKind::CollectDone { operation, reason, digits, .. } = bench.event() else { panic!("no end") };
    assert_eq!((operation, reason, digits.as_str()), (collect, EndReason::Digit, "57"));
    let heard = bench.callers().0[0].heard.clone();
    let loud = heard.iter().filter(|octet| g711::decode(Law::A, **octet) > 900).count() as u64;
    assert_eq!(loud / 8, played_ms, "the prompt stops on the frame that is reported");
    bench.finish();
}

#[test]
fn digits_pressed_ahead_are_kept_for_the_collection() {
    let plan = [(100, Act::Press("12")), (seconds(5), Act::HangUp)];
    let bench = Bench::new("ahead", vec![Caller::new(0, 2, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    bench.engine.advance(Frames::from_ms(500));
    let two = Terms { max_digits: 2, ..Terms::default() };
    bench.engine.collect(channel, two).expect("answered");
    let EventKind::CollectDone { reason, digits, .. } = bench.event() else { panic!("no end") };
    assert_eq!((reason, digits.as_str()), (EndReason::MaxDigits, "12"));
    // Nobody presses anything more: the next collection times out.
    let wait = Terms { first_digit: Frames::from_ms(700), ..Terms::default() };
    bench.engine.collect(channel, wait).expect("answered");
    let EventKind::CollectDone { reason, digits, .. } = bench.event() else { panic!("no end") };
    assert_eq!((reason, digits.as_str()), (EndReason::DigitTimeout, ""));
    bench.finish();
}

#[test]
fn digits_that_are_cleared_end_no_prompt_and_are_not_collected() {
    let plan = [(100, Act::Press("12")), (seconds(5), Act::HangUp)];
    let bench = Bench::new("cleared-digits", vec![Caller::new(0, 2, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    bench.engine.advance(Frames::from_ms(500));
    let any = Terms { any_digit: true, ..Terms::default() };
    let samples: Arc<[i16]> = vec![1000; 800].into();
    bench.engine.play_samples(channel, Arc::clone(&samples), any.clone()).expect("answered");
    let EventKind::PlayDone { reason, .. } = bench.event() else { panic!("no end") };
    assert_eq!(reason, EndReason::Digit, "typed ahead");
    bench.engine.clear_digits(channel).expect("a channel");
    bench.engine.play_samples(channel, samples, any).expect("answered");
    let EventKind::PlayDone { reason, .. } = bench.event() else { panic!("no end") };
    assert_eq!(reason, EndReason::Finished);
    let wait = Terms { first_digit: Frames::from_ms(300), ..Terms::default() };
    bench.engine.collect(channel, wait).expect("answered");
    let EventKind::CollectDone { digits, .. } = bench.event() else { panic!("no end") };
    assert_eq!(digits, "");
    let bridge = bench.engine.bridge_new().expect("there are bridges");
    assert_eq!(bench.engine.clear_digits(bridge), Err(EngineError::WrongKind));
    bench.finish();
}

#[test]
fn a_call_that_the_host_leaves_unanswered_is_cleared_after_three_minutes() {
    let bench = Bench::new("unanswered", vec![Caller::new(0, 2, 1000, &[])]);
    let EventKind::CallOffered { call, .. } = bench.event() else { panic!("no offer") };
    let offered = bench.engine.now();
    let event = bench.engine.event_wait(Some(Frames::from_seconds(300))).expect("an event");
    let EventKind::CallCleared { call: cleared, cause, by_far_end, .. } = event.kind else {
        panic!("{event:?}")
    };
    assert_eq!((cleared, cause, by_far_end), (call, Cause::NO_ANSWER, false));
    assert_eq!(event.at.since(offered).0 / 8000, 180);
    bench.finish();
}

#[test]
fn in_a_bridge_each_party_hears_all_others_and_nobody_else() {
    let tones = [500.0, 700.0, 900.0, 1100.0];
    let callers = tones
        .iter()
        .enumerate()
        .map(|(n, hz)| Caller::new(0, n + 1, 1000, &[(0, Act::Tone(*hz)), (seconds(3), Act::HangUp)]))
        .collect();
    let bench = Bench::new("bridge", callers);
    let mut channels = Vec::new();
    while channels.len() < 4 {
        match bench.event() {
            EventKind::CallOffered { call, .. } => bench.engine.call_answer(call).expect("offered"),
            EventKind::CallAnswered { channel, .. } => channels.push(channel),
            other => panic!("{other:?}"),
        }
    }
    channels.sort_unstable();
    let bridge = bench.engine.bridge_new().expect("there are bridges");
    for channel in &channels[..3] {
        bench.engine.bridge_join(bridge, *channel, PartyTerms::default()).expect("answered");
    }
    bench.engine.advance(Frames::from_seconds(1));
    let begin = bench.callers().0[0].heard.len();
    bench.engine.advance(Frames::from_ms(500));
    for (listener, caller) in bench.callers().0.iter().enumerate() {
        let heard = &caller.heard[begin..begin + 4000];
        for (talker, hz) in tones.iter().enumerate() {
            let level = level_of(heard, *hz);
            let together = listener < 3 && talker < 3 && listener != talker;
            let cell = format!("listener {listener}, talker {talker}: {level}");
            assert!(if together { (3_900.0..4_100.0).contains(&level) } else { level < 30.0 }, "{cell}");
        }
    }
    bench.engine.bridge_free(bridge).expect("it is there");
    assert_eq!(bench.engine.bridge_free(bridge), Err(EngineError::Stale));
    bench.finish();
}

/// Amplitude of one frequency in A-law octets.
fn level_of(octets: &[u8], hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, octet) in octets.iter().enumerate() {
        let phase = n as f64 * hz / 8000.0 * std::f64::consts::TAU;
        let sample = f64::from(g711::decode(Law::A, *octet));
        re += sample * phase.cos();
        im += sample * phase.sin();
    }
    2.0 * re.hypot(im) / octets.len() as f64
}

#[test]
fn what_the_state_does_not_allow_is_refused_and_changes_nothing() {
    let bench = Bench::new("refused", vec![Caller::new(0, 1, 1000, &[(seconds(8), Act::HangUp)])]);
    let engine = &bench.engine;
    let free = engine.channels(0).expect("open")[7].0;
    let wrong_state = |result: Result<Handle, EngineError>| matches!(result, Err(EngineError::WrongState(_)));
    assert!(wrong_state(engine.collect(free, Terms::default())));
    assert!(wrong_state(engine.record(free, Path::new("x.wav"), Terms::default())));
    assert_eq!(engine.call_answer(CallId(77)), Err(EngineError::NoSuchCall));
    let (call, channel) = bench.answer_next();
    assert!(matches!(engine.call_answer(call), Err(EngineError::WrongState(_))));
    let missing = engine.play(channel, Path::new("no-such.wav"), Terms::default());
    assert!(matches!(missing, Err(EngineError::File { .. })), "{missing:?}");
    let nowhere = engine.record(channel, Path::new("no/such/directory/x.wav"), Terms::default());
    assert!(matches!(nowhere, Err(EngineError::File { .. })), "{nowhere:?}");
    let operation = engine.collect(channel, Terms::default()).expect("answered");
    assert!(wrong_state(engine.collect(channel, Terms::default())));
    engine.stop(operation).expect("in progress");
    let EventKind::CollectDone { reason, .. } = bench.event() else { panic!("no end") };
    assert_eq!(reason, EndReason::Stopped);
    assert_eq!(engine.stop(operation), Err(EngineError::Stale));
    assert_eq!(engine.bridge_leave(operation), Err(EngineError::WrongKind));
    engine.call_clear(call, Cause::USER_BUSY).expect("there");
    let EventKind::CallCleared { cause, by_far_end, .. } = bench.event() else { panic!("not cleared") };
    assert_eq!((cause, by_far_end), (Cause::USER_BUSY, false));
    assert_eq!(engine.call_clear(call, Cause::USER_BUSY), Err(EngineError::NoSuchCall));
    engine.advance(Frames::from_seconds(2));
    assert!(bench.callers().0[0].is_done(), "the caller sees the release");
    bench.finish();
}

#[test]
fn a_play_that_is_stopped_tells_how_much_was_heard_and_leaves_the_channel_to_the_next() {
    let bench = Bench::new("stopped", vec![Caller::new(0, 1, 1000, &[(seconds(8), Act::HangUp)])]);
    let (_, channel) = bench.answer_next();
    let long: Arc<[i16]> = vec![1000; 80_000].into();
    let first = bench.engine.play_samples(channel, Arc::clone(&long), Terms::default()).expect("answered");
    bench.engine.advance(Frames::from_ms(500));
    bench.engine.stop(first).expect("playing");
    let second = bench.engine.play_samples(channel, long, Terms::default()).expect("free again");
    bench.engine.stop(first).expect("its end is not told yet");
    let EventKind::PlayDone { operation, channel: on, reason, played_ms, .. } = bench.event() else {
        panic!("no end")
    };
    assert_eq!((operation, on, reason), (first, channel, EndReason::Stopped));
    assert!((499..=502).contains(&played_ms), "{played_ms}");
    bench.engine.advance(Frames::from_ms(300));
    bench.engine.stop(second).expect("still playing");
    let EventKind::PlayDone { operation, played_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!(operation, second);
    assert!((299..=303).contains(&played_ms), "{played_ms}");
    bench.finish();
}

#[test]
fn a_terminating_digit_pressed_ahead_ends_a_play_wherever_it_stands() {
    let plan = [(100, Act::Press("1#")), (seconds(5), Act::HangUp)];
    let bench = Bench::new("ahead-hash", vec![Caller::new(0, 2, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    bench.engine.advance(Frames::from_ms(500));
    let hash = Terms { digits: Digit::from_char('#').into_iter().collect(), ..Terms::default() };
    bench.engine.play_samples(channel, vec![1000; 8000].into(), hash).expect("answered");
    let EventKind::PlayDone { reason, played_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((reason, played_ms), (EndReason::Digit, 0));
    bench.finish();
}

#[test]
fn a_connection_ends_with_the_call_that_is_heard() {
    // Slot 2 is used twice: by a caller who is listened to, and by another who must not be overheard.
    let listener = Caller::new(0, 1, 1000, &[(seconds(9), Act::HangUp)]);
    let heard = Caller::new(0, 2, 1000, &[(0, Act::Tone(700.0)), (seconds(2), Act::HangUp)]);
    let other = Caller::new(0, 2, seconds(5), &[(0, Act::Tone(900.0)), (seconds(3), Act::HangUp)]);
    let bench = Bench::new("connected", vec![listener, heard, other]);
    let mut channels = Vec::new();
    while channels.len() < 2 {
        match bench.event() {
            EventKind::CallOffered { call, .. } => bench.engine.call_answer(call).expect("offered"),
            EventKind::CallAnswered { channel, .. } => channels.push(channel),
            other => panic!("{other:?}"),
        }
    }
    channels.sort_unstable();
    bench.engine.connect(channels[0], Some(channels[1]), Bearer::Speech).expect("two channels");
    let level_now = |hz| {
        let begin = bench.callers().0[0].heard.len();
        bench.engine.advance(Frames::from_ms(500));
        level_of(&bench.callers().0[0].heard[begin..begin + 4000], hz)
    };
    bench.engine.advance(Frames::from_ms(200));
    assert!(level_now(700.0) > 3_900.0);
    while !matches!(bench.event(), EventKind::CallCleared { .. }) {}
    let EventKind::CallOffered { call, .. } = bench.event() else { panic!("no second caller") };
    bench.engine.call_answer(call).expect("offered");
    bench.engine.advance(Frames::from_ms(500));
    assert!(level_now(900.0) < 30.0, "the second caller is overheard");
    bench.finish();
}

#[test]
fn an_outgoing_call_is_dialled_and_answered() {
    // The far end here only calls; a call to it stays unanswered and is cleared by us.
    let bench = Bench::new("outgoing", vec![]);
    bench.engine.advance(Frames::from_seconds(2));
    let channel = bench.engine.channels(0).expect("open")[4].0;
    let call = bench.engine.call_place(channel, "5678").expect("free");
    bench.engine.advance(Frames::from_seconds(3));
    bench.engine.call_clear(call, Cause::NO_ANSWER).expect("ringing");
    let EventKind::CallCleared { call: cleared, cause, .. } = bench.event() else { panic!("not cleared") };
    assert_eq!((cleared, cause), (call, Cause::NO_ANSWER));
    bench.finish();
}
