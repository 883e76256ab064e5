//! Tones that a host defines while channels listen: what is told of them, what ends by them, and that nobody is disturbed.
use std::sync::Arc;
use tandem_card::LocalFactory;
use tandem_dsp::g711;
use tandem_engine::{
    Config, Detectors, EndReason, Engine, EngineError, EventKind, Piece, PlayOptions, Sound, Terms, ToneName,
    ToneStep, ToneTemplate,
};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_types::{Frames, Handle, Law};

/// An allocation or a release inside a tick aborts the test.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

const LOCAL: &str = "[[span]]\nport = 0\nsignalling = \"none\"\n";

fn config(more: &str) -> Config {
    let text = format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"local\"\noptions = {{ spans = 2 }}\n{more}"
    );
    Config::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn open(more: &str) -> Engine {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    Engine::open(config(more), &mut [Box::new(LocalFactory)]).expect("opens")
}

fn beeps(hz: [u16; 2], on_ms: u16, off_ms: u16) -> ToneTemplate {
    ToneTemplate { steps: vec![ToneStep { hz, on_ms, off_ms }], ..ToneTemplate::default() }
}

fn pass(engine: &Engine, ms: u64) {
    assert!(engine.advance(Frames::from_ms(ms)));
}

fn play(engine: &Engine, channel: Handle, path: &str) -> Handle {
    let pieces = vec![Piece::of_path(path)];
    engine.play_list(channel, pieces, PlayOptions::default(), Terms::default()).expect("a channel")
}

/// What was told of tones on a channel: which, and how long they were when they ended.
fn tones(engine: &Engine, wanted: Handle) -> Vec<(ToneName, Option<u64>)> {
    let events = std::iter::from_fn(|| engine.event_wait(Some(Frames(0))));
    let of = |kind| match kind {
        EventKind::SoundBegan { channel, sound: Sound::Tone(tone), .. } if channel == wanted => {
            Some((tone, None))
        }
        EventKind::SoundEnded { channel, sound: Sound::Tone(tone), length_ms, .. } if channel == wanted => {
            Some((tone, Some(length_ms)))
        }
        _ => None,
    };
    events.filter_map(|event| of(event.kind)).collect()
}

/// A pair whose far channel listens to tones.
fn listener(engine: &Engine) -> (Handle, Handle) {
    let (near, far) = engine.pair_new().expect("a pair");
    engine.channel_listen(far, Detectors::TONES).expect("every span hears tones");
    (near, far)
}

fn channel_of_second_span(engine: &Engine, slot: u8) -> Handle {
    let channels = engine.channels(1).expect("an open engine");
    channels.into_iter().find(|(_, own)| *own == slot).expect("the span is there").0
}

#[test]
fn a_tone_defined_while_a_channel_listens_is_told_until_it_is_taken_away() {
    let engine = open(&format!("[tones]\ncountry = \"fr\"\n{LOCAL}"));
    let (near, far) = listener(&engine);
    let busy = || play(&engine, near, "tone:700+900 300/200 3s");
    busy();
    pass(&engine, 5000);
    assert_eq!(tones(&engine, far), [], "nobody knows it");
    let number = engine.tone_define(beeps([700, 900], 300, 200)).expect("room");
    busy();
    pass(&engine, 5000);
    let own = ToneName::User(number);
    let [(began, None), (ended, Some(ms))] = tones(&engine, far)[..] else { panic!("not told once") };
    assert_eq!([began, ended], [own; 2]);
    assert!((2_400..3_000).contains(&ms), "{ms}");
    // It ends what it is to end.
    let terms = Terms { tones: vec![own], ..Terms::default() };
    let collect = engine.collect(far, terms).expect("a channel");
    let playing = busy();
    pass(&engine, 1500);
    let done = std::iter::from_fn(|| engine.event_wait(Some(Frames(0)))).find_map(|event| match event.kind {
        EventKind::CollectDone { operation, reason, .. } => Some((operation, reason)),
        _ => None,
    });
    assert_eq!(done, Some((collect, EndReason::Tone)));
    // Taken away while it is heard, it is over there.
    engine.tone_remove(number).expect("it is there");
    pass(&engine, 500);
    assert!(matches!(tones(&engine, far)[..], [.., (tone, Some(_))] if tone == own));
    pass(&engine, 3000);
    engine.stop(playing).expect_err("over");
    busy();
    pass(&engine, 5000);
    assert_eq!(tones(&engine, far), []);
    engine.check_conservation().expect("every octet");
}

#[test]
fn a_tone_that_goes_on_is_not_disturbed_by_others_that_come_and_go() {
    let engine = open(&format!("[tones]\ncountry = \"fr\"\n{LOCAL}"));
    let (near, far) = listener(&engine);
    play(&engine, near, "tone:fr dial 12s");
    for round in 0..10 {
        pass(&engine, 1000);
        let number = engine.tone_define(beeps([600 + 40 * round, 0], 200, 300)).expect("room");
        pass(&engine, 50);
        if round % 2 == 0 {
            engine.tone_remove(number).expect("it is there");
        }
    }
    pass(&engine, 4000);
    let told = tones(&engine, far);
    let [(ToneName::Dial, None), (ToneName::Dial, Some(ms))] = told[..] else { panic!("{told:?}") };
    assert!((11_900..12_100).contains(&ms), "{ms}");
}

#[test]
fn numbers_are_given_in_turn_and_there_are_eight_with_those_of_the_plan() {
    let engine = open(&format!("[tones]\nplan = \"user2 1000:200/200\"\n{LOCAL}"));
    let hz = [700, 760, 820, 880, 1160, 1220, 1280];
    let given: Vec<u8> =
        hz.iter().map(|hz| engine.tone_define(beeps([*hz, 0], 300, 200)).expect("room")).collect();
    assert_eq!(given, [1, 3, 4, 5, 6, 7, 8]);
    let more = engine.tone_define(beeps([640, 0], 300, 200));
    assert!(matches!(more, Err(EngineError::Busy(words)) if words.contains("eight")), "{more:?}");
    for number in [0, 2, 9] {
        let refused = engine.tone_remove(number);
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{number}: {refused:?}");
    }
    for number in [6, 3] {
        engine.tone_remove(number).expect("it is there");
        assert!(engine.tone_remove(number).is_err(), "once");
    }
    let again: Vec<u8> =
        [640, 580].iter().map(|hz| engine.tone_define(beeps([*hz, 0], 300, 200)).expect("room")).collect();
    assert_eq!(again, [6, 3]);
}

#[test]
fn what_is_no_tone_or_like_another_is_refused_and_changes_nothing() {
    let engine = open(&format!("[tones]\ncountry = \"fr\"\n{LOCAL}"));
    let steps = |steps: &[ToneStep]| ToneTemplate { steps: steps.to_vec(), ..ToneTemplate::default() };
    let good = ToneStep { hz: [700, 0], on_ms: 300, off_ms: 200 };
    for (wrong, word) in [
        (steps(&[]), "steps"),
        (steps(&[good; 9]), "steps"),
        (steps(&[ToneStep { hz: [249, 0], ..good }]), "250"),
        (steps(&[ToneStep { hz: [700, 3401], ..good }]), "3400"),
        (steps(&[ToneStep { on_ms: 39, ..good }]), "40 ms"),
        (steps(&[good, ToneStep { on_ms: 0, ..good }]), "alone for ever"),
        (ToneTemplate { deviation_hz: 21, ..steps(&[good]) }, "20 Hz"),
        (ToneTemplate { periods: 5, ..steps(&[good]) }, "4 periods"),
        (beeps([440, 0], 0, 0), "told from another"),
        (beeps([440, 0], 510, 495), "told from another"),
    ] {
        let refused = engine.tone_define(wrong.clone());
        assert!(
            matches!(refused, Err(EngineError::BadArgument(words)) if words.contains(word)),
            "{wrong:?}: {refused:?}"
        );
    }
    // So many frequencies at once can be listened for.
    let pairs = (0..8).map(|n| engine.tone_define(beeps([500 + 61 * n, 2500 + 61 * n], 300, 200)));
    let given: Vec<_> = pairs.collect();
    let first_refused = given.iter().position(Result::is_err).expect("not sixteen more frequencies");
    assert!(first_refused >= 3, "{given:?}");
    assert!(matches!(given[first_refused], Err(EngineError::Busy(words)) if words.contains("frequencies")));
    // And all that were there are heard.
    let (near, far) = listener(&engine);
    for (path, tone) in [("tone:fr busy 4s", ToneName::Busy), ("tone:561+2561 300/200 3s", ToneName::User(2))]
    {
        play(&engine, near, path);
        pass(&engine, 6000);
        assert!(
            matches!(tones(&engine, far)[..], [(one, None), (other, Some(_))] if (one, other) == (tone, tone))
        );
    }
}

#[test]
fn another_configuration_has_other_tones_and_keeps_those_of_the_host() {
    let engine = open(&format!("[tones]\ncountry = \"fr\"\n{LOCAL}"));
    let (near, far) = listener(&engine);
    let number = engine.tone_define(beeps([700, 0], 300, 200)).expect("room");
    let cn = format!("[tones]\ncountry = \"cn\"\nplan = \"user5 1000:200/200\"\n{LOCAL}");
    engine.reload(config(&cn), None).expect("nothing against it");
    // 450 Hz, 350 ms each way, is busy in China, and in France nothing.
    for (path, tone) in [
        ("tone:450 350/350 4s", ToneName::Busy),
        ("tone:busy 4s", ToneName::Busy),
        ("tone:700 300/200 3s", ToneName::User(number)),
        ("tone:1000 200/200 3s", ToneName::User(5)),
    ] {
        play(&engine, near, path);
        pass(&engine, 6000);
        let told = tones(&engine, far);
        assert!(
            matches!(told[..], [(one, None), (other, Some(_))] if (one, other) == (tone, tone)),
            "{path}: {told:?}"
        );
    }
    let refused =
        engine.reload(config(&format!("[tones]\nplan = \"user{number} 1500:200/200\"\n{LOCAL}")), None);
    let Err(EngineError::Config(error)) = refused else { panic!("{refused:?}") };
    assert!(error.field == "tones.plan" && error.problem.contains("the host has given"), "{error}");
    // Nothing has changed by that, and a span that comes later hears them too.
    let more = format!("{cn}[[span]]\nport = 1\nsignalling = \"none\"\n");
    engine.reload(config(&more), None).expect("nothing against it");
    pass(&engine, 500);
    let channel = |slot| channel_of_second_span(&engine, slot);
    let (near, far) = (channel(1), channel(2));
    engine.channel_listen(far, Detectors::TONES).expect("by its configuration");
    let path = "tone:700 300/200 3s";
    play(&engine, near, path);
    pass(&engine, 6000);
    let told = tones(&engine, far);
    assert!(matches!(told[..], [(one, None), _] if one == ToneName::User(number)), "{told:?}");
}

#[test]
fn a_tone_of_another_configuration_that_is_like_one_of_the_hosts_is_refused() {
    let engine = open(LOCAL);
    let (near, far) = listener(&engine);
    let number = engine.tone_define(beeps([700, 900], 300, 200)).expect("room");
    let twin = config(&format!("[tones]\nplan = \"user2 700+900:300/200\"\n{LOCAL}"));
    let refused = engine.reload(twin, None).expect_err("neither would be told");
    assert!(refused.to_string().contains("could not be told from one of the host's"), "{refused}");
    play(&engine, near, "tone:700+900 300/200 3s");
    pass(&engine, 5000);
    assert!(matches!(tones(&engine, far)[..], [(ToneName::User(own), None), _] if own == number));
}

#[test]
fn tones_that_are_defined_faster_than_media_looks_count_as_the_last_says() {
    let engine = open(LOCAL);
    let (near, far) = listener(&engine);
    for _ in 0..100 {
        let number = engine.tone_define(beeps([500, 600], 300, 200)).expect("room");
        engine.tone_remove(number).expect("it is there");
    }
    let number = engine.tone_define(beeps([700, 900], 300, 200)).expect("room");
    play(&engine, near, "tone:500+600 300/200 3s");
    pass(&engine, 5000);
    assert_eq!(tones(&engine, far), [], "it was taken away");
    play(&engine, near, "tone:700+900 300/200 3s");
    pass(&engine, 5000);
    assert!(matches!(tones(&engine, far)[..], [(ToneName::User(own), None), _] if own == number));
}

#[test]
fn a_span_that_comes_while_a_tone_is_defined_has_it() {
    let engine = open(LOCAL);
    engine
        .reload(config(&format!("{LOCAL}[[span]]\nport = 1\nsignalling = \"none\"\n")), None)
        .expect("room");
    // The span has been made, and is not in its place yet.
    let number = engine.tone_define(beeps([700, 0], 300, 200)).expect("room");
    pass(&engine, 500);
    let channel = |slot| channel_of_second_span(&engine, slot);
    engine.channel_listen(channel(2), Detectors::TONES).expect("by its configuration");
    let mut turn = 0.0_f32;
    let samples = (0..24_000).map(|n: u32| {
        turn += std::f32::consts::TAU * 700.0 / 8000.0;
        if n % 4000 < 2400 {
            g711::decode(Law::A, g711::encode(Law::A, (turn.sin() * 8000.0) as i16))
        } else {
            0
        }
    });
    engine.play_samples(channel(1), samples.collect::<Arc<[i16]>>(), Terms::default()).expect("a channel");
    pass(&engine, 5000);
    assert!(tones(&engine, channel(2)).contains(&(ToneName::User(number), None)));
}
