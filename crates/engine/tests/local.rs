//! Channels inside the engine, in pairs; queues of events, the ends of operations and timers on them.
#![allow(clippy::disallowed_methods)] // threads of hosts
use std::sync::Arc;
use std::thread;
use tandem_card::LocalFactory;
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_engine::{
    Config, Detectors, EndReason, Engine, EngineError, Event, EventKind, PartyTerms, Piece, PlayOptions,
    Role, Terms,
};
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_types::{Digit, Frames, Handle, Law};

/// An allocation or a release inside a tick aborts the test.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

const LOCAL: &str = "[[card]]\nmodel = \"local\"\n[[span]]\nport = 0\nsignalling = \"none\"\n";

fn open(text: &str) -> Engine {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let config = Config::parse(text).unwrap_or_else(|error| panic!("{error}"));
    Engine::open(config, &mut [Box::new(LocalFactory)]).expect("opens")
}

fn virtual_time() -> Engine {
    open(&format!("[engine]\nmode = \"lockstep\"\n{LOCAL}"))
}

fn pass(engine: &Engine, ms: u64) {
    assert!(engine.advance(Frames::from_ms(ms)));
}

fn keys(digits: &str, sender: DtmfSender) -> Arc<[i16]> {
    let mut generator = DtmfGenerator::new(Law::A, sender);
    let digits: Vec<Digit> = digits.chars().filter_map(Digit::from_char).collect();
    generator.dial(&digits).expect("room");
    let mut samples = vec![0; digits.len() * (sender.on + sender.off).0 as usize];
    generator.fill(&mut samples);
    samples.into()
}

fn usual(digits: &str) -> Arc<[i16]> {
    keys(digits, DtmfSender { on: Frames::from_ms(80), off: Frames::from_ms(80), ..DtmfSender::default() })
}

fn told(engine: &Engine) -> Vec<Event> {
    std::iter::from_fn(|| engine.event_wait(Some(Frames(0)))).collect()
}

/// The digits that were heard, by channel.
fn digits_on(events: &[Event], wanted: Handle) -> String {
    let of = |event: &Event| match event.kind {
        EventKind::Digit { channel, digit, .. } if channel == wanted => Some(digit.to_char()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

fn hear_digits(engine: &Engine, channel: Handle) {
    engine.channel_listen(channel, Detectors::DIGITS).expect("a channel");
}

#[test]
fn what_is_played_on_one_channel_of_a_pair_is_received_on_the_other() {
    let engine = virtual_time();
    let (near, far) = engine.pair_new().expect("a pair");
    for (from, to, digits) in [(near, far, "159"), (far, near, "2#0")] {
        hear_digits(&engine, to);
        engine.play_samples(from, usual(digits), Terms::default()).expect("a channel");
        pass(&engine, 1000);
        assert_eq!(digits_on(&told(&engine), to), digits);
    }
    engine.check_conservation().expect("every octet");
}

#[test]
fn the_end_of_a_digit_tells_its_length_levels_and_offsets() {
    let engine = virtual_time();
    let (near, far) = engine.pair_new().expect("a pair");
    hear_digits(&engine, far);
    let sender =
        DtmfSender { on: Frames::from_ms(120), off: Frames::from_ms(80), low_dbm0: -12.0, high_dbm0: -9.0 };
    engine.play_samples(near, keys("5", sender), Terms::default()).expect("a channel");
    pass(&engine, 500);
    let ended = told(&engine).into_iter().find_map(|event| match event.kind {
        EventKind::DigitEnded { channel, digit, length_ms, tones, .. } => {
            Some((channel, digit.to_char(), length_ms, tones))
        }
        _ => None,
    });
    let (channel, digit, length_ms, tones) = ended.expect("the end of a digit");
    assert_eq!((channel, digit), (far, '5'));
    assert!((118..=122).contains(&length_ms), "{length_ms}");
    assert!((tones.low_dbm0 + 12.0).abs() < 0.5 && (tones.high_dbm0 + 9.0).abs() < 0.5, "{tones:?}");
    assert!(tones.low_offset_hz.abs() < 1.2 && tones.high_offset_hz.abs() < 1.2, "{tones:?}");
}

#[test]
fn a_bridge_hears_what_is_played_into_it_and_is_heard_by_whoever_listens_at_a_pair() {
    let engine = virtual_time();
    let bridge = engine.bridge_new().expect("a bridge");
    // Two parties, whose far ends are channels of the host; a prompt to all; and a listener.
    let pairs: Vec<(Handle, Handle)> = (0..4).map(|_| engine.pair_new().expect("a pair")).collect();
    for (index, (_, inside)) in pairs.iter().enumerate() {
        let role = if index == 3 { Role::Listen } else { Role::Full };
        engine.bridge_join(bridge, *inside, PartyTerms { role, ..PartyTerms::default() }).expect("room");
    }
    pairs.iter().for_each(|(outside, _)| hear_digits(&engine, *outside));
    engine.play_samples(pairs[2].0, usual("0"), Terms::default()).expect("a channel");
    pass(&engine, 500);
    let heard =
        |events: &[Event]| pairs.iter().map(|(outside, _)| digits_on(events, *outside)).collect::<Vec<_>>();
    assert_eq!(heard(&told(&engine)), ["0", "0", "", "0"]);
    engine.play_samples(pairs[0].0, usual("7"), Terms::default()).expect("a channel");
    pass(&engine, 500);
    assert_eq!(heard(&told(&engine)), ["", "7", "7", "7"]);
    engine.check_conservation().expect("every octet");
}

#[test]
fn one_play_is_heard_by_as_many_as_are_connected_to_it() {
    let engine = virtual_time();
    let (music, source) = engine.pair_new().expect("a pair");
    let listeners: Vec<(Handle, Handle)> = (0..10).map(|_| engine.pair_new().expect("a pair")).collect();
    for (outside, inside) in &listeners {
        engine.connect(*inside, Some(source), tandem_types::Bearer::Speech).expect("channels");
        hear_digits(&engine, *outside);
    }
    let forever = PlayOptions { rounds: None, ..PlayOptions::default() };
    let play = engine
        .play_list(music, vec![Piece::Samples(usual("3"))], forever, Terms::default())
        .expect("a channel");
    pass(&engine, 820);
    let events = told(&engine);
    for (outside, _) in &listeners {
        assert_eq!(digits_on(&events, *outside), "33333");
    }
    engine.stop(play).expect("it runs");
}

#[test]
fn pairs_are_as_many_as_spans_have_and_go_stale_when_they_are_given_back() {
    let engine = virtual_time();
    let pairs: Vec<(Handle, Handle)> = (0..15).map(|_| engine.pair_new().expect("a pair")).collect();
    assert!(matches!(engine.pair_new(), Err(EngineError::Busy(text)) if text.contains("\"local\"")));
    let (near, far) = pairs[7];
    let play = engine.play_samples(far, vec![500; 80_000].into(), Terms::default()).expect("a channel");
    engine.pair_free(near).expect("a pair");
    pass(&engine, 50);
    let over = told(&engine).into_iter().any(|event| {
        matches!(event.kind, EventKind::PlayDone { operation, reason: EndReason::Stopped, .. } if operation == play)
    });
    assert!(over);
    for handle in [near, far] {
        assert_eq!(engine.pair_free(handle), Err(EngineError::Stale));
        assert_eq!(engine.play_samples(handle, vec![0; 8].into(), Terms::default()), Err(EngineError::Stale));
    }
    let again = engine.pair_new().expect("that one");
    assert_ne!(again, (near, far));
    // One that the host has by its timeslot, and uses, is no pair to be given.
    engine.pair_free(again.0).expect("a pair");
    let channel =
        engine.channels(0).expect("open").iter().find(|(_, slot)| *slot == 15).expect("a channel").0;
    assert_eq!(engine.pair_free(channel), Err(EngineError::WrongState("the channel is of no pair")));
    engine.play_samples(channel, vec![500; 80_000].into(), Terms::default()).expect("a channel");
    assert!(matches!(engine.pair_new(), Err(EngineError::Busy(_))));
}

#[test]
fn timers_end_in_order_each_in_one_event() {
    let engine = virtual_time();
    let (near, _) = engine.pair_new().expect("a pair");
    let start = |channel, ms| engine.timer_start(channel, Frames::from_ms(ms)).expect("a timer");
    let (late, early, stopped, owned) =
        (start(None, 700), start(Some(near), 300), start(None, 500), start(Some(near), 600));
    pass(&engine, 200);
    engine.timer_stop(stopped).expect("it runs");
    assert_eq!(engine.timer_stop(stopped), Err(EngineError::Stale));
    pass(&engine, 200);
    // The channel goes, and what belongs to it.
    engine.pair_free(near).expect("a pair");
    pass(&engine, 1000);
    let ended: Vec<_> = told(&engine)
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::TimerDone { timer, reason, .. } => Some((timer, reason, event.at.0 / 8)),
            _ => None,
        })
        .collect();
    use EndReason::{Finished, Stopped};
    assert_eq!(
        ended,
        [(stopped, Stopped, 200), (early, Finished, 300), (owned, Stopped, 400), (late, Finished, 700)]
    );
    assert_eq!(
        engine.timer_start(None, Frames(0)),
        Err(EngineError::BadArgument("a timer lasts a frame at least"))
    );
}

#[test]
fn what_happens_on_a_channel_is_told_in_its_queue() {
    let engine = virtual_time();
    let (queue, (near, far)) = (engine.queue_new().expect("a queue"), engine.pair_new().expect("a pair"));
    engine.queue_assign(far, Some(queue)).expect("a channel");
    hear_digits(&engine, far);
    let play = engine.play_samples(near, usual("1"), Terms::default()).expect("a channel");
    let digit = engine.queue_wait(queue, Some(Frames::from_seconds(1))).expect("a queue").expect("a digit");
    assert!(matches!(digit.kind, EventKind::Digit { channel, .. } if channel == far));
    assert_eq!(digit.seq, 1);
    pass(&engine, 500);
    let main = told(&engine);
    assert!(
        matches!(main[..], [Event { seq: 1, kind: EventKind::PlayDone { operation, .. }, .. }] if operation == play),
        "{main:?}"
    );
    // The end of the digit waits, and is not lost with the queue.
    engine.queue_free(queue).expect("a queue");
    assert_eq!(engine.queue_wait(queue, None), Err(EngineError::Stale));
    assert_eq!(engine.queue_wait(near, None), Err(EngineError::WrongKind));
    assert!(matches!(told(&engine)[..], [Event { seq: 2, kind: EventKind::DigitEnded { .. }, .. }]));
    engine.play_samples(near, usual("2"), Terms::default()).expect("a channel");
    pass(&engine, 500);
    assert_eq!(digits_on(&told(&engine), far), "2");
    assert_eq!(engine.queue_assign(far, Some(queue)), Err(EngineError::Stale));
}

#[test]
fn the_end_of_an_operation_can_be_waited_for_and_is_told_as_well() {
    let engine = virtual_time();
    let (near, _) = engine.pair_new().expect("a pair");
    let play = engine.play_samples(near, vec![500; 1600].into(), Terms::default()).expect("a channel");
    assert_eq!(engine.operation_wait(play, Some(Frames::from_ms(100))), Ok(None));
    let over = engine.operation_wait(play, Some(Frames::from_seconds(1))).expect("a play").expect("its end");
    let is_its = |event: &Event| matches!(event.kind, EventKind::PlayDone { operation, reason: EndReason::Finished, played_ms: 200, .. } if operation == play);
    assert!(is_its(&over), "{over:?}");
    assert_eq!(told(&engine).iter().filter(|event| is_its(event)).count(), 1);
    // It is remembered.
    assert_eq!(engine.operation_wait(play, None).expect("a play").map(|event| event.kind), Some(over.kind));
    assert_eq!(engine.operation_wait(near, None), Err(EngineError::WrongKind));
}

#[test]
fn how_far_a_play_has_come_can_be_asked() {
    let engine = virtual_time();
    let (near, _) = engine.pair_new().expect("a pair");
    let twice = PlayOptions { rounds: Some(2), ..PlayOptions::default() };
    let play = engine
        .play_list(near, vec![Piece::Samples(vec![500; 8000].into())], twice, Terms::default())
        .expect("a channel");
    let ms = || {
        let state = engine.play_state(play).expect("it runs");
        (state.heard.as_ms(), state.position.as_ms(), state.length.as_ms(), state.paused)
    };
    pass(&engine, 400);
    let (heard, position, length, paused) = ms();
    assert!((396..=400).contains(&heard) && position == heard && length == 1000 && !paused, "{:?}", ms());
    engine.pause(play).expect("it runs");
    pass(&engine, 100);
    let (heard, position, ..) = ms();
    assert!(ms().3 && position == heard && heard < 420, "{:?}", ms());
    pass(&engine, 1000);
    assert_eq!(ms(), (heard, position, 1000, true));
    engine.resume(play).expect("it rests");
    pass(&engine, 1000);
    assert!((990..=1001).contains(&(ms().0 - heard)), "{:?}", ms());
    assert_eq!(ms().1, ms().0 - 1000);
}

#[test]
fn each_thread_of_a_host_has_the_events_of_its_own_channels() {
    let engine = Arc::new(open(LOCAL));
    let work = |number: u64| {
        let engine = Arc::clone(&engine);
        thread::spawn(move || {
            let (queue, (near, _)) =
                (engine.queue_new().expect("a queue"), engine.pair_new().expect("a pair"));
            engine.queue_assign(near, Some(queue)).expect("a channel");
            for _ in 0..20 {
                let samples: Arc<[i16]> = vec![100; 8 * (1 + number as usize)].into();
                let play = engine.play_samples(near, samples, Terms::default()).expect("a channel");
                let over = engine.operation_wait(play, None).expect("a play").expect("its end");
                let told = engine.queue_wait(queue, None).expect("a queue").expect("an event");
                assert_eq!(over.kind, told.kind);
                assert!(
                    matches!(told.kind, EventKind::PlayDone { operation, channel, .. } if operation == play && channel == near)
                );
            }
        })
    };
    let threads: Vec<_> = (0..8).map(work).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
    assert_eq!(engine.event_wait(Some(Frames(0))), None);
    engine.close().expect("open");
}

#[test]
fn closing_wakes_whoever_waits_in_a_queue_or_for_an_operation() {
    let engine = Arc::new(open(LOCAL));
    let (queue, (near, _)) = (engine.queue_new().expect("a queue"), engine.pair_new().expect("a pair"));
    let play = engine.play_samples(near, vec![1; 8_000_000].into(), Terms::default()).expect("a channel");
    let (first, second) = (Arc::clone(&engine), Arc::clone(&engine));
    let in_queue = thread::spawn(move || first.queue_wait(queue, None));
    let for_end = thread::spawn(move || second.operation_wait(play, None));
    engine.close().expect("open");
    assert_eq!(in_queue.join().expect("no panic"), Ok(None));
    let over = for_end.join().expect("no panic");
    let is_end = |event: &Event| matches!(event.kind, EventKind::PlayDone { reason: EndReason::Stopped, .. });
    assert!(
        matches!(&over, Ok(Some(event)) if is_end(event)) || over == Err(EngineError::Closed),
        "{over:?}"
    );
}

#[test]
fn who_begins_to_speak_in_a_bridge_that_is_watched_is_told_and_who_ceases() {
    let engine = virtual_time();
    let bridge = engine.bridge_new().expect("a bridge");
    let pairs: Vec<(Handle, Handle)> = (0..2).map(|_| engine.pair_new().expect("a pair")).collect();
    for (_, inside) in &pairs {
        engine.bridge_join(bridge, *inside, PartyTerms::default()).expect("room");
    }
    let speak = |party: usize| {
        engine.play_samples(pairs[party].0, usual("55"), Terms::default()).expect("a channel");
    };
    let talkers = || {
        pass(&engine, 1500);
        let spoke = |event: Event| match event.kind {
            EventKind::PartySpeaks { channel, speaks, bridge: of, .. } if of == bridge => {
                Some((channel, speaks))
            }
            _ => None,
        };
        told(&engine).into_iter().filter_map(spoke).collect::<Vec<_>>()
    };
    speak(0);
    assert_eq!(talkers(), []);
    engine.bridge_watch(bridge, true).expect("a bridge");
    speak(1);
    assert_eq!(talkers(), [(pairs[1].1, true), (pairs[1].1, false)]);
    speak(0);
    speak(1);
    assert_eq!(talkers().len(), 4);
    engine.bridge_watch(bridge, false).expect("a bridge");
    speak(0);
    assert_eq!(talkers(), []);
}

#[test]
fn a_pair_that_is_given_again_has_nothing_of_whoever_had_it_before() {
    let engine = virtual_time();
    let pairs: Vec<(Handle, Handle)> = (0..15).map(|_| engine.pair_new().expect("a pair")).collect();
    let ((near, far), queue) = (pairs[3], engine.queue_new().expect("a queue"));
    engine.queue_assign(far, Some(queue)).expect("a channel");
    hear_digits(&engine, far);
    engine.play_samples(near, usual("1234"), Terms::default()).expect("a channel");
    pass(&engine, 1000);
    engine.pair_free(near).expect("a pair");
    pass(&engine, 100);
    let (_, again) = engine.pair_new().expect("that one");
    assert_eq!(again.index(), far.index());
    let first = Frames::from_ms(200);
    let terms = Terms { max_digits: 4, first_digit: first, ..Terms::default() };
    told(&engine);
    engine.collect(again, terms).expect("a channel");
    pass(&engine, 500);
    let collected = told(&engine).into_iter().find_map(|event| match event.kind {
        EventKind::CollectDone { digits, reason, .. } => Some((digits, reason)),
        _ => None,
    });
    assert_eq!(collected, Some((String::new(), EndReason::DigitTimeout)), "in the main queue");
}

#[test]
fn a_queue_is_not_given_back_while_nobody_reads_the_main_one() {
    let engine = open(&format!("[engine]\nmode = \"lockstep\"\nevent_queue = 16\n{LOCAL}"));
    let queue = engine.queue_new().expect("a queue");
    for _ in 0..12 {
        engine.timer_start(None, Frames::from_ms(1)).expect("a timer");
    }
    pass(&engine, 10);
    assert!(matches!(engine.timer_start(None, Frames(8)), Err(EngineError::Busy(_))));
    assert!(matches!(engine.queue_free(queue), Err(EngineError::Busy(_))));
    assert_eq!(told(&engine).len(), 12);
    engine.queue_free(queue).expect("a queue");
}
