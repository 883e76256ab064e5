//! Tones on channels of engines: hosts are told of them, and operations end by them.
mod pair;
use pair::{NETWORK, Pair, USER};
use tandem_dsp::dtmf::{Detector, DtmfEvent, DtmfGenerator, DtmfSender};
use tandem_dsp::progress::{ToneName, TonePlan};
use tandem_engine::{
    CallId, Detectors, EndReason, Engine, EngineError, EventKind, Latency, MfSystem, Sound, Terms,
};
use tandem_types::{Bearer, Cause, Handle, Law};

const BOTH: &str = "[tones]\ncountry = \"cn\"\nplan = \"user1 1000:200/200\"\n";

/// A tone of China's plan, or one of the host's own.
fn samples(tone: ToneName, ms: usize) -> Vec<i16> {
    let plan = match tone {
        ToneName::User(_) => TonePlan::parse("user1 1000:200/200").expect("a tone"),
        _ => TonePlan::country("cn").expect("it comes with the library"),
    };
    let mut generator = plan.tone(tone).and_then(|tone| tone.generator(Law::A, -10.0)).expect("a tone");
    let mut samples = vec![0; 8 * ms];
    generator.fill(&mut samples);
    samples
}

/// A call between the ends, and its channels.
fn connected(span: &str) -> (Pair, [CallId; 2], [Handle; 2]) {
    connected_by(BOTH, span)
}

/// The same with these sections of the configuration.
fn connected_by(engine: &str, span: &str) -> (Pair, [CallId; 2], [Handle; 2]) {
    let mut pair = Pair::with_engine(engine, span, "");
    let (near, far) = pair.connect(USER, 4);
    let channels = [(USER, near), (NETWORK, far)]
        .map(|(end, call)| pair.ends[end].call_info(call).expect("answered").channel);
    (pair, [near, far], channels)
}

fn play(engine: &Engine, channel: Handle, tone: ToneName, ms: usize) {
    engine.play_samples(channel, samples(tone, ms).into(), Terms::default()).expect("nothing plays yet");
}

/// What an end was told of sounds: whether they began, or how long they were heard.
fn sounds(pair: &Pair, end: usize) -> Vec<(Sound, Option<u64>)> {
    let sound = |kind: &EventKind| match kind {
        EventKind::SoundBegan { sound, .. } => Some((*sound, None)),
        EventKind::SoundEnded { sound, length_ms, .. } => Some((*sound, Some(*length_ms))),
        _ => None,
    };
    pair.told[end].iter().filter_map(|event| sound(&event.kind)).collect()
}

#[test]
fn a_host_that_listens_is_told_of_tones_until_the_call_is_over() {
    let (mut pair, [near, _], [here, there]) = connected("");
    play(&pair.ends[NETWORK], there, ToneName::Busy, 1500);
    pair.pass_ms(2500);
    assert_eq!(sounds(&pair, USER), [], "nobody listens yet");
    pair.ends[USER].channel_listen(here, Detectors::TONES).expect("a call");
    for tone in [ToneName::Busy, ToneName::User(1)] {
        pair.told[USER].clear();
        play(&pair.ends[NETWORK], there, tone, 2450);
        pair.pass_ms(4000);
        let told = sounds(&pair, USER);
        let [(began, None), (ended, Some(ms))] = told[..] else { panic!("{told:?}") };
        assert_eq!([began, ended], [Sound::Tone(tone); 2]);
        assert!((1900..=2500).contains(&ms), "{tone:?}: {ms}");
    }
    pair.ends[USER].channel_listen(here, Detectors::NONE).expect("a call");
    pair.told[USER].clear();
    play(&pair.ends[NETWORK], there, ToneName::Busy, 1500);
    pair.pass_ms(2500);
    assert_eq!(sounds(&pair, USER), [], "nobody listens any more");
    // What was asked for in one call is not told in the next on its channel.
    pair.ends[USER].channel_listen(here, Detectors::TONES).expect("a call");
    pair.ends[USER].call_clear(near, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(300);
    let refused = pair.ends[USER].channel_listen(here, Detectors::TONES);
    assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
    pair.connect(USER, 4);
    play(&pair.ends[NETWORK], there, ToneName::Busy, 1500);
    pair.pass_ms(2500);
    assert_eq!(sounds(&pair, USER), []);
}

#[test]
fn a_tone_ends_the_operations_that_name_it_and_no_others() {
    let (mut pair, _, [here, there]) = connected("");
    let terms = |tones: &[ToneName]| Terms { tones: tones.to_vec(), ..Terms::default() };
    let wanted = pair.ends[USER].collect(here, terms(&[ToneName::Ringing, ToneName::Busy])).expect("a call");
    let silence = vec![0; 8 * 60_000];
    pair.ends[USER].play_samples(here, silence.into(), terms(&[ToneName::Dial])).expect("a call");
    play(&pair.ends[NETWORK], there, ToneName::Busy, 5000);
    pair.pass_ms(4000);
    let ended = |kind: &EventKind| match kind {
        EventKind::CollectDone { operation, reason, .. } | EventKind::PlayDone { operation, reason, .. } => {
            Some((*operation, *reason))
        }
        _ => None,
    };
    let done: Vec<_> = pair.told[USER].iter().filter_map(|event| ended(&event.kind)).collect();
    assert_eq!(done, [(wanted, EndReason::Tone)]);
    // The host has not asked to be told of it otherwise.
    assert_eq!(sounds(&pair, USER), []);
}

#[test]
fn detectors_that_a_span_has_not_are_refused() {
    let (pair, _, [here, _]) = connected("detectors = [\"r2-forward\"]");
    let engine = &pair.ends[USER];
    engine.channel_listen(here, Detectors::R2_FORWARD).expect("by its configuration");
    for other in [Detectors::TONES, Detectors::R1, Detectors::CALLER_ID] {
        assert!(matches!(engine.channel_listen(here, other), Err(EngineError::Unsupported(_))));
    }
    let terms = Terms { tones: vec![ToneName::Busy], ..Terms::default() };
    assert!(matches!(engine.collect(here, terms), Err(EngineError::Unsupported(_))));
    engine.collect(here, Terms::default()).expect("nothing was begun");
}

#[test]
fn register_signals_are_told_by_their_system_and_name() {
    let (mut pair, _, [here, there]) = connected("detectors = [\"tones\", \"r2-forward\", \"caller-id\"]");
    pair.ends[USER].channel_listen(here, Detectors::R2_FORWARD).expect("by its configuration");
    let mut sender = tandem_dsp::mf::MfGenerator::new(
        Law::A,
        MfSystem::R2Forward,
        tandem_dsp::mf::MfSender::of(MfSystem::R2Forward),
    );
    sender.dial_str("7").expect("a signal");
    let mut samples = vec![0; 8000];
    sender.fill(&mut samples);
    pair.ends[NETWORK].play_samples(there, samples.into(), Terms::default()).expect("a call");
    pair.pass_ms(1500);
    let expected = MfSystem::R2Forward.signal_of('7').map(Sound::Signal).expect("a signal");
    let told = sounds(&pair, USER);
    let [(began, None), (ended, Some(_))] = told[..] else { panic!("{told:?}") };
    assert_eq!(([began, ended], began.name()), ([expected; 2], "7"));
}

#[test]
fn what_a_caller_keys_in_reaches_no_recording_and_yet_the_host() {
    let directory = std::env::temp_dir().join(format!("tandem-sounds-{}", std::process::id()));
    for blank in [true, false] {
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).expect("a directory");
        let section = format!("[recording]\nblank_digits = {blank}\ndirectory = {directory:?}\n");
        let (mut pair, _, [here, there]) = connected_by(&section, "");
        let terms = Terms { max_digits: 4, ..Terms::default() };
        pair.ends[USER].collect(here, terms).expect("a call");
        let path = std::path::Path::new("call.wav");
        let record = pair.ends[USER].record(here, path, Terms::default()).expect("a call");
        let samples = digits_4711();
        pair.ends[NETWORK].play_samples(there, samples.into(), Terms::default()).expect("a call");
        pair.pass_ms(2000);
        pair.ends[USER].stop(record).expect("it runs");
        pair.pass_ms(500);
        assert!(
            pair.heard(
                USER,
                |kind| matches!(kind, EventKind::CollectDone { digits, .. } if digits == "4711")
            )
        );
        let recorded_ms = pair.told[USER].iter().find_map(|event| match event.kind {
            EventKind::RecordDone { recorded_ms, gap_ms: 0, .. } => Some(recorded_ms),
            _ => None,
        });
        assert!(recorded_ms.is_some_and(|ms| (1990..=2010).contains(&ms)), "{recorded_ms:?}");
        let wav = tandem_files::wav::read(&directory.join(path), 1 << 24).expect("a recording");
        let digits = digits_in(wav.channel(0));
        assert_eq!(digits, if blank { "" } else { "4711" });
    }
    let _ = std::fs::remove_dir_all(&directory);
}

/// A second and a half with four digits in it.
fn digits_4711() -> Vec<i16> {
    let mut sender = DtmfGenerator::new(Law::A, DtmfSender::default());
    sender.dial_str("4711").expect("digits");
    let mut samples = vec![0; 12_000];
    sender.fill(&mut samples);
    samples
}

fn digits_in(samples: impl Iterator<Item = i16>) -> String {
    let (mut detector, mut digits) = (Detector::new(), String::new());
    detector.process(&samples.collect::<Vec<_>>(), |event| {
        if let DtmfEvent::Start { digit, .. } = event {
            digits.push(digit.to_char());
        }
    });
    digits
}

#[test]
fn an_agent_does_not_hear_the_digits_of_a_caller_which_the_host_is_told() {
    let directory = std::env::temp_dir().join(format!("tandem-hidden-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    let section = format!("[recording]\ndirectory = {directory:?}\n");
    let (mut pair, [caller, _], [here, there]) = connected_by(&section, "");
    let (agent, _) = pair.connect(USER, 5);
    let desk = pair.ends[USER].call_info(agent).expect("answered").channel;
    pair.ends[USER].connect(desk, Some(here), Bearer::Speech).expect("two calls");
    let heard = |pair: &mut Pair, number: u32| {
        let path = std::path::PathBuf::from(format!("{number}.wav"));
        let record = pair.ends[USER].record(desk, &path, Terms::default()).expect("a call");
        pair.ends[NETWORK].play_samples(there, digits_4711().into(), Terms::default()).expect("a call");
        pair.told[USER].clear();
        pair.pass_ms(2000);
        pair.ends[USER].stop(record).expect("it runs");
        pair.pass_ms(500);
        let is_digit = |event: &&tandem_engine::Event| matches!(event.kind, EventKind::Digit { .. });
        assert_eq!(pair.told[USER].iter().filter(is_digit).count(), 4, "the host is told");
        let wav = tandem_files::wav::read(&directory.join(path), 1 << 24).expect("a recording");
        digits_in(wav.channel(1))
    };
    assert_eq!(heard(&mut pair, 0), "4711");
    pair.ends[USER].channel_hide_digits(here, Some(Latency::Live40)).expect("a call");
    assert_eq!(heard(&mut pair, 1), "");
    pair.ends[USER].channel_hide_digits(here, None).expect("a call");
    assert_eq!(heard(&mut pair, 2), "4711");
    // It ends with the call: the next on the channel is heard.
    pair.ends[USER].channel_hide_digits(here, Some(Latency::Live12)).expect("a call");
    pair.ends[USER].call_clear(caller, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(300);
    let refused = pair.ends[USER].channel_hide_digits(here, None);
    assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
    let (caller, far) = pair.connect(USER, 4);
    let channel = |pair: &Pair, end: usize, call| pair.ends[end].call_info(call).expect("answered").channel;
    assert_eq!((channel(&pair, USER, caller), channel(&pair, NETWORK, far)), (here, there));
    pair.ends[USER].connect(desk, Some(here), Bearer::Speech).expect("two calls");
    assert_eq!(heard(&mut pair, 3), "4711");
    let _ = std::fs::remove_dir_all(&directory);
}
