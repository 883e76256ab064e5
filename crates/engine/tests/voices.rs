//! What voices end: prompts, recordings and collections; and what hosts are told of them.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use std::sync::Arc;
use tandem_engine::{ActivityOptions, Detectors, EndReason, EngineError, EventKind, Sound, Terms};
use tandem_types::Frames;

const SECOND: u64 = 8000;

fn bench(name: &str, plan: &[(u64, Act)]) -> Bench {
    Bench::new(name, vec![Caller::new(0, 1, 1000, plan)])
}

fn long() -> Arc<[i16]> {
    vec![1000; 160_000].into()
}

const fn ms(ms: u64) -> Frames {
    Frames::from_ms(ms)
}

#[test]
fn a_caller_who_talks_into_a_prompt_ends_it_where_that_is_allowed() {
    let plan = [(SECOND, Act::Talk(700)), (5 * SECOND, Act::Talk(900)), (9 * SECOND, Act::HangUp)];
    let bench = bench("voice-barge", &plan);
    let (_, channel) = bench.answer_next();
    let voice = Terms { voice: true, ..Terms::default() };
    let play = bench.engine.play_samples(channel, long(), voice.clone()).expect("answered");
    let EventKind::PlayDone { operation, reason, played_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((operation, reason), (play, EndReason::Voice));
    // A second until the caller talks, some 40 ms until it is certain to be a voice, and 40 in which it might be a key.
    assert!((1_070..1_130).contains(&played_ms), "{played_ms}");

    // A voice that goes on ends the next before it is heard, whether it was listened to meanwhile or is now.
    bench.engine.channel_listen(channel, Detectors::VOICE).expect("answered");
    for most in [100, 0, 0] {
        bench.engine.play_samples(channel, long(), voice.clone()).expect("answered");
        let EventKind::PlayDone { reason, played_ms, .. } = bench.event_but_sounds() else {
            panic!("no end")
        };
        assert_eq!(reason, EndReason::Voice);
        assert!(played_ms <= most, "{played_ms}");
    }
    bench.engine.channel_listen(channel, Detectors::NONE).expect("answered");
    assert!(bench.engine.advance(ms(1_500)));

    // One that rests is ended too; one without the term is not, though another operation heeds voices.
    let rests = bench.engine.play_samples(channel, long(), voice.clone()).expect("answered");
    assert!(bench.engine.advance(ms(500)));
    bench.engine.pause(rests).expect("it plays");
    let collect = bench.engine.collect(channel, voice).expect("answered");
    let mut ended = [bench.event(), bench.event()].map(|kind| match kind {
        EventKind::PlayDone { operation, reason, .. } | EventKind::CollectDone { operation, reason, .. } => {
            (operation, reason)
        }
        other => panic!("{other:?}"),
    });
    ended.sort_by_key(|(operation, _)| *operation != rests);
    assert_eq!(ended, [(rests, EndReason::Voice), (collect, EndReason::Voice)]);
    let digits_only = Terms { any_digit: true, ..Terms::default() };
    let play = bench.engine.play_samples(channel, long(), digits_only).expect("answered");
    assert!(matches!(bench.event(), EventKind::CallCleared { .. }));
    let EventKind::PlayDone { operation, reason, .. } = bench.event() else { panic!("no end") };
    assert_eq!((operation, reason), (play, EndReason::Hangup), "the caller talks on in vain");
    bench.finish();
}

#[test]
fn a_recording_ends_after_so_much_silence_behind_the_last_voice() {
    let plan = [(SECOND, Act::Talk(1000)), (3 * SECOND, Act::Talk(500)), (30 * SECOND, Act::HangUp)];
    let bench = bench("voice-silence", &plan);
    let (_, channel) = bench.answer_next();
    let terms = Terms { silence: ms(2000), initial_silence: ms(5000), ..Terms::default() };
    let record = |name, terms: &Terms| {
        bench.engine.record(channel, Path::new(name), terms.clone()).expect("answered");
        let EventKind::RecordDone { reason, recorded_ms, .. } = bench.event() else { panic!("no end") };
        (reason, recorded_ms)
    };
    // 3.5 s until the last word, and two of silence; the silence between the words is shorter.
    let (reason, recorded) = record("message.wav", &terms);
    assert_eq!(reason, EndReason::Silence);
    assert!((5_400..5_600).contains(&recorded), "{recorded}");
    // Nobody says anything.
    let (reason, recorded) = record("nothing.wav", &terms);
    assert_eq!(reason, EndReason::Silence);
    assert!((4_990..5_030).contains(&recorded), "{recorded}");
    let (reason, recorded) = record("shorter.wav", &Terms { initial_silence: Frames(0), ..terms });
    assert_eq!(reason, EndReason::Silence);
    assert!((1_990..2_030).contains(&recorded), "{recorded}");
    bench.finish();
}

#[test]
fn a_voice_without_a_pause_ends_what_limits_it() {
    let bench = bench("voice-long", &[(SECOND, Act::Talk(9000)), (30 * SECOND, Act::HangUp)]);
    let (_, channel) = bench.answer_next();
    let terms = Terms { max_voice: ms(3000), ..Terms::default() };
    let begun = bench.engine.now();
    let collect = bench.engine.collect(channel, terms.clone()).expect("answered");
    let EventKind::CollectDone { operation, reason, .. } = bench.event() else { panic!("no end") };
    let passed = (bench.engine.now() - begun).as_ms();
    assert_eq!((operation, reason), (collect, EndReason::MaxVoice));
    assert!((3_990..4_020).contains(&passed), "{passed}");
    // Begun in the middle of a voice, while another operation listens: the limit counts from there.
    let listening = bench.engine.collect(channel, Terms { max_voice: ms(30_000), ..Terms::default() });
    listening.expect("answered");
    assert!(bench.engine.advance(ms(300)));
    let begun = bench.engine.now();
    bench.engine.record(channel, Path::new("talk.wav"), terms).expect("answered");
    let EventKind::RecordDone { reason, .. } = bench.event() else { panic!("no end") };
    assert_eq!(reason, EndReason::MaxVoice);
    let passed = (bench.engine.now() - begun).as_ms();
    assert!((2_990..3_250).contains(&passed), "{passed}");
    bench.finish();
}

#[test]
fn a_host_that_listens_is_told_of_voices_as_loud_as_it_says() {
    let plan = [
        (SECOND, Act::Talk(600)),
        (3 * SECOND, Act::Talk(600)),
        (5 * SECOND, Act::Talk(600)),
        (8 * SECOND, Act::HangUp),
    ];
    let bench = bench("voice-told", &plan);
    let (_, channel) = bench.answer_next();
    bench.engine.channel_listen(channel, Detectors::VOICE).expect("answered");
    let told = |kind| match kind {
        EventKind::SoundBegan { sound: Sound::Voice, channel: on, .. } => (on, None),
        EventKind::SoundEnded { sound: Sound::Voice, channel: on, length_ms, .. } => (on, Some(length_ms)),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(bench.event()), (channel, None));
    let (on, length) = told(bench.event());
    assert_eq!(on, channel);
    assert!((560..=620).contains(&length.expect("an end")), "{length:?}");
    // Louder ones only: the second is not heard.
    let options = ActivityOptions { threshold_dbm0: -5.0, ..ActivityOptions::default() };
    bench.engine.channel_attend(channel, options).expect("answered");
    for (threshold_dbm0, onset) in [(1.0, 0), (-61.0, 0), (f32::NAN, 0), (-40.0, 10_001)] {
        let refused = ActivityOptions { threshold_dbm0, onset: ms(onset), ..ActivityOptions::default() };
        let refused = bench.engine.channel_attend(channel, refused);
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    assert!(bench.engine.advance(ms(3000)));
    assert_eq!(bench.engine.event_wait(Some(Frames(0))), None);
    bench.engine.channel_attend(channel, ActivityOptions::default()).expect("answered");
    assert_eq!(told(bench.event()), (channel, None));
    bench.finish();
}

#[test]
fn a_key_is_a_digit_and_no_voice_and_a_voice_after_it_is_one() {
    let keys: Vec<(u64, Act)> = (1..=8)
        .map(|n| (n * SECOND, Act::Press(["1", "5", "9", "#"][n as usize % 4])))
        .chain([
            (9 * SECOND, Act::Press("0")),
            (9 * SECOND + 400, Act::Talk(600)),
            (30 * SECOND, Act::HangUp),
        ])
        .collect();
    let bench = bench("voice-keys", &keys);
    let (_, channel) = bench.answer_next();
    bench.engine.channel_listen(channel, Detectors::VOICE).expect("answered");
    let terms = Terms { any_digit: true, voice: true, ..Terms::default() };
    for n in 1..=8 {
        bench.engine.play_samples(channel, long(), terms.clone()).expect("answered");
        let EventKind::PlayDone { reason, .. } = bench.event() else { panic!("a sound or no end") };
        assert_eq!(reason, EndReason::Digit, "key {n}");
        bench.engine.clear_digits(channel).expect("answered");
    }
    assert!(bench.engine.advance(ms(1_500)));
    let EventKind::SoundBegan { sound: Sound::Voice, .. } = bench.event() else { panic!("no voice") };
    bench.finish();
}

#[test]
fn whatever_crosses_nobody_is_taken_to_talk_for_ever_nor_the_next_caller_for_the_last() {
    // The host stops what heeds voices at every moment around that at which one is told.
    for stopped_after in (1_000..1_180).step_by(10) {
        let plan = [(SECOND, Act::Talk(400)), (3 * SECOND, Act::HangUp)];
        let callers = vec![
            Caller::new(0, 1, 1000, &plan),
            Caller::new(0, 1, 6 * SECOND, &[(20 * SECOND, Act::HangUp)]),
        ];
        let bench = Bench::new("voice-crossing", callers);
        let (_, channel) = bench.answer_next();
        let voice = Terms { voice: true, ..Terms::default() };
        let heeds = Terms { silence: ms(60_000), ..Terms::default() };
        let collect = bench.engine.collect(channel, heeds).expect("answered");
        assert!(bench.engine.advance(ms(stopped_after)));
        bench.engine.stop(collect).expect("it waits");
        let EventKind::CollectDone { .. } = bench.event() else { panic!("no end") };
        assert!(bench.engine.advance(ms(1_000)));
        let play = bench.engine.play_samples(channel, long(), voice.clone()).expect("answered");
        assert!(bench.engine.advance(ms(300)));
        assert_eq!(bench.engine.event_wait(Some(Frames(0))), None, "{stopped_after} ms: it plays");
        // Louder voices only: for this call.
        let deaf = ActivityOptions { threshold_dbm0: 0.0, ..ActivityOptions::default() };
        bench.engine.channel_attend(channel, deaf).expect("answered");
        let EventKind::CallCleared { .. } = bench.event() else { panic!("not cleared") };
        let EventKind::PlayDone { operation, reason, .. } = bench.event() else { panic!("no end") };
        assert_eq!((operation, reason), (play, EndReason::Hangup));
        let (_, channel) = bench.answer_next();
        bench.engine.play_samples(channel, long(), voice).expect("answered");
        assert!(bench.engine.advance(ms(500)));
        assert_eq!(bench.engine.event_wait(Some(Frames(0))), None, "{stopped_after} ms: nobody talks");
        bench.finish();
    }
}

#[test]
fn how_loud_a_voice_must_be_is_of_one_call_alone() {
    let callers = vec![
        Caller::new(0, 1, 1000, &[(SECOND, Act::HangUp)]),
        Caller::new(0, 1, 6 * SECOND, &[(SECOND, Act::Talk(900)), (9 * SECOND, Act::HangUp)]),
    ];
    let bench = Bench::new("voice-next", callers);
    let (_, channel) = bench.answer_next();
    let deaf = ActivityOptions { threshold_dbm0: 0.0, ..ActivityOptions::default() };
    bench.engine.channel_attend(channel, deaf).expect("answered");
    let EventKind::CallCleared { .. } = bench.event() else { panic!("not cleared") };
    let (_, channel) = bench.answer_next();
    bench.engine.collect(channel, Terms { voice: true, ..Terms::default() }).expect("answered");
    let EventKind::CollectDone { reason, .. } = bench.event() else { panic!("no end") };
    assert_eq!(reason, EndReason::Voice);
    bench.finish();
}
