//! A host's work through the C interface: calls, operations, conferences, in virtual time.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::caller::CallerFactory;
use common::{BARE, Directory, c, channel, ok, open, problem, sized, text_of, wait, wait_for, write_wav};
use std::ptr::null;
use std::sync::Once;
use tandem_bindings::*;

/// An engine whose far end calls on slot 1 and presses these digits, a second after the answer.
fn open_with_caller(presses: &str, more: &str) -> u64 {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tandem::register_factory(Box::new(CallerFactory)));
    open(&format!(
        "[engine]\nmode = \"lockstep\"\n{more}[[card]]\nmodel = \"caller\"\n\
         options = {{ presses = \"{presses}\" }}\n[[span]]\nport = 0\nem = {{ digits = 4 }}\n"
    ))
}

/// Waits for the call and answers it; gives its number and channel.
fn answer(engine: u64) -> (u64, u64) {
    let offered = wait_for(engine, TANDEM_EVENT_CALL_OFFERED);
    assert_eq!(text_of(&offered), "1234");
    ok(unsafe { tandem_call_answer(engine, offered.call) });
    let answered = wait_for(engine, TANDEM_EVENT_CALL_ANSWERED);
    assert_eq!((answered.call, answered.object), (offered.call, offered.object));
    (offered.call, offered.object)
}

fn party(engine: u64, channel: u64) -> tandem_bridge_party {
    let mut party = sized::<tandem_bridge_party>();
    ok(unsafe { tandem_bridge_get_party(engine, channel, &mut party) });
    party
}

fn info(engine: u64, call: u64) -> Result<tandem_call_info, i32> {
    let mut info = sized::<tandem_call_info>();
    match unsafe { tandem_call_get_info(engine, call, &mut info) } {
        TANDEM_OK => Ok(info),
        code => Err(code),
    }
}

#[test]
fn a_caller_is_recorded_greeted_barges_in_and_joins_a_conference() {
    let directory = Directory::new("visit");
    let prompt = directory.file("welcome.wav");
    write_wav(&prompt, &[1000; 40_000]);
    let folder = directory.0.display();
    let engine = open_with_caller(
        "12#",
        &format!("[recording]\ndirectory = \"{folder}\"\n[prompts]\ndirectory = \"{folder}\"\n"),
    );
    let (call, channel) = answer(engine);
    let known = info(engine, call).expect("a call");
    assert_eq!((known.state, known.channel, known.user), (TANDEM_CALL_ANSWERED, channel, 0));
    ok(unsafe { tandem_call_set_user(engine, call, 0x1234_5678_9abc_def0) });
    assert_eq!(info(engine, call).map(|info| info.user), Ok(0x1234_5678_9abc_def0));

    let (mut record, mut play, mut collect, mut bridge) = (0, 0, 0, 0);
    ok(unsafe { tandem_record(engine, channel, c("visit.wav").as_ptr(), null(), &mut record) });
    let mut barge_in = sized::<tandem_terms>();
    barge_in.any_digit = 1;
    ok(unsafe { tandem_play(engine, channel, c("welcome.wav").as_ptr(), &barge_in, &mut play) });
    let digit = wait_for(engine, TANDEM_EVENT_DIGIT);
    assert_eq!((text_of(&digit), digit.call, digit.object), ("1".into(), call, channel));
    let played = wait_for(engine, TANDEM_EVENT_PLAY_DONE);
    assert_eq!((played.operation, played.call, played.reason), (play, call, TANDEM_END_DIGIT as i32));
    assert!((1000..1200).contains(&played.length_ms), "{}", played.length_ms);

    let mut terms = sized::<tandem_terms>();
    (terms.digits[0], terms.max_digits, terms.first_digit_ms) = (b'#' as _, 4, 5000);
    ok(unsafe { tandem_collect(engine, channel, &terms, &mut collect) });
    let collected = wait_for(engine, TANDEM_EVENT_COLLECT_DONE);
    assert_eq!((collected.operation, collected.reason), (collect, TANDEM_END_DIGIT as i32));
    assert_eq!(text_of(&collected), "12");

    ok(unsafe { tandem_bridge_new(engine, &mut bridge) });
    ok(unsafe { tandem_bridge_join(engine, bridge, channel) });
    assert_eq!(unsafe { tandem_bridge_join(engine, bridge, channel) }, TANDEM_E_STATE);
    let mut terms = sized::<tandem_bridge_terms>();
    (terms.role, terms.gain) = (TANDEM_ROLE_LISTEN, -35);
    assert_eq!(unsafe { tandem_bridge_join_with(engine, bridge, channel, &terms) }, TANDEM_E_STATE);
    ok(unsafe { tandem_bridge_set_terms(engine, channel, &terms) });
    let seat = party(engine, channel);
    assert_eq!((seat.bridge, seat.role, seat.gain), (bridge, TANDEM_ROLE_LISTEN, -35));
    assert_eq!((seat.pupil, seat.muted, seat.level), (0, 0, -990), "not measured yet");
    for (role, pupil, gain, code) in [
        (TANDEM_ROLE_COACH, channel, 0, TANDEM_E_STATE),
        (TANDEM_ROLE_COACH + 1, 0, 0, TANDEM_E_ARGUMENT),
        (TANDEM_ROLE_COACH, bridge, 0, TANDEM_E_KIND),
        (TANDEM_ROLE_FULL, 0, 181, TANDEM_E_ARGUMENT),
    ] {
        (terms.role, terms.pupil, terms.gain) = (role, pupil, gain);
        assert_eq!(unsafe { tandem_bridge_set_terms(engine, channel, &terms) }, code, "{}", problem());
    }
    assert_eq!(unsafe { tandem_bridge_limit_talkers(engine, bridge, 17) }, TANDEM_E_ARGUMENT);
    ok(unsafe { tandem_bridge_limit_talkers(engine, bridge, 1) });
    ok(unsafe { tandem_call_set_interaction(engine, call, 77) });
    ok(unsafe { tandem_bridge_leave(engine, channel) });
    assert_eq!(unsafe { tandem_bridge_leave(engine, channel) }, TANDEM_E_STATE);
    (terms.role, terms.pupil, terms.gain, terms.muted) = (TANDEM_ROLE_TALK, 0, 180, 1);
    ok(unsafe { tandem_bridge_join_with(engine, bridge, channel, &terms) });
    let seat = party(engine, channel);
    assert_eq!((seat.role, seat.gain, seat.muted), (TANDEM_ROLE_TALK, 180, 1));

    ok(unsafe { tandem_call_clear(engine, call, 16) });
    let cleared = wait_for(engine, TANDEM_EVENT_CALL_CLEARED);
    assert_eq!((cleared.call, cleared.value, cleared.reason), (call, 16, 0));
    let recorded = wait_for(engine, TANDEM_EVENT_RECORD_DONE);
    assert_eq!((recorded.operation, recorded.reason), (record, TANDEM_END_HANGUP as i32));
    assert_eq!(text_of(&recorded), directory.file("visit.wav"));
    assert!(recorded.length_ms > 1000 && recorded.gap_ms == 0);
    let over = info(engine, call).expect("known for a while");
    assert_eq!((over.state, over.channel, over.user), (TANDEM_CALL_CLEARED, channel, 0x1234_5678_9abc_def0));
    assert_eq!((over.incoming, over.cause, over.cleared_by_far_end), (1, 16, 0));
    assert!(0 < over.began && over.began < over.answered && over.answered < over.ended, "{over:?}");
    assert_eq!(over.ended, cleared.frame);
    let mut parties = sized::<tandem_call_parties>();
    ok(unsafe { tandem_call_get_parties(engine, call, &mut parties) });
    let called: Vec<u8> = parties.called.number.iter().map(|octet| *octet as u8).take(5).collect();
    assert_eq!(called, b"1234\0");
    assert_eq!(unsafe { tandem_call_set_user(engine, call, 1) }, TANDEM_E_NO_CALL);
    assert_eq!(info(engine, call + 1).err(), Some(TANDEM_E_NO_CALL));
    let mut moment = sized::<tandem_time>();
    ok(unsafe { tandem_get_time(engine, over.ended, &mut moment) });
    assert_eq!(moment.utc_us, over.ended * 125, "virtual time begins with 1970");
    let file = std::fs::read(directory.file("visit.wav")).expect("a file");
    let label = format!("call {call}, interaction 77\0");
    assert!(file[..504].windows(label.len()).any(|part| part == label.as_bytes()), "{label}");
    ok(unsafe { tandem_bridge_free(engine, bridge) });
    assert_eq!(unsafe { tandem_bridge_free(engine, bridge) }, TANDEM_E_STALE);

    let mut counted = sized::<tandem_statistics>();
    ok(unsafe { tandem_get_statistics(engine, &mut counted) });
    assert_eq!((counted.calls_offered, counted.calls_answered, counted.calls_cleared), (1, 1, 1));
    assert_eq!((counted.digits_received, counted.recordings, counted.calls_active), (3, 1, 0));
    assert_eq!(counted.recorded_ms, recorded.length_ms);
    assert!(counted.frames > 8000 && counted.ticks == counted.frames / 8);
    assert_eq!(counted.octets_in, counted.frames * 30);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn a_call_that_is_placed_is_answered_and_cleared_by_the_far_end() {
    let engine = open_with_caller("", "");
    let channel = channel(engine, 0, 31);
    // A circuit rests before it is free for its first call.
    ok(unsafe { tandem_engine_advance(engine, 8000) });
    let mut call = 0;
    ok(unsafe { tandem_call_place(engine, channel, c("4711").as_ptr(), &mut call) });
    assert_eq!(info(engine, call).map(|info| info.state), Ok(TANDEM_CALL_PLACED));
    let mut second = 0;
    let again = unsafe { tandem_call_place(engine, channel, c("1").as_ptr(), &mut second) };
    assert_eq!((again, second), (TANDEM_E_STATE, 0));
    assert_eq!(wait_for(engine, TANDEM_EVENT_CALL_ANSWERED).call, call);
    let cleared = wait_for(engine, TANDEM_EVENT_CALL_CLEARED);
    assert_eq!((cleared.call, cleared.reason, cleared.value), (call, 1, 16));
    let wrong = unsafe { tandem_call_place(engine, channel, c("call me").as_ptr(), &mut second) };
    assert_eq!((wrong, second), (TANDEM_E_ARGUMENT, 0));
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn what_is_not_possible_before_the_answer_is_refused_with_the_reason() {
    let engine = open_with_caller("", "");
    let offered = wait_for(engine, TANDEM_EVENT_CALL_OFFERED);
    // A caller who has not been answered yet may be played to. One whom we are still dialling may not.
    let other = channel(engine, 0, 31);
    ok(unsafe { tandem_engine_advance(engine, 8000) });
    let (mut call, mut operation) = (0, 7);
    ok(unsafe { tandem_call_place(engine, other, c"42".as_ptr(), &mut call) });
    for _ in 0..2 {
        let result = unsafe { tandem_collect(engine, other, null(), &mut operation) };
        assert_eq!((result, operation), (TANDEM_E_STATE, 7));
        assert!(problem().contains("heard or said"), "{}", problem());
    }
    ok(unsafe { tandem_collect(engine, offered.object, null(), &mut operation) });
    ok(unsafe { tandem_call_clear(engine, offered.call, 17) });
    let ended = wait_for(engine, TANDEM_EVENT_COLLECT_DONE);
    assert_eq!((ended.operation, ended.reason), (operation, TANDEM_END_HANGUP as i32));
    let cleared = wait_for(engine, TANDEM_EVENT_CALL_CLEARED);
    assert_eq!((cleared.call, cleared.value), (offered.call, 17));
    assert_eq!(unsafe { tandem_call_answer(engine, offered.call) }, TANDEM_E_NO_CALL);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn closing_clears_calls_and_completes_recordings() {
    let directory = Directory::new("closing");
    let path = directory.file("to-the-end.wav");
    let engine = open_with_caller("", "");
    let (_, channel) = answer(engine);
    let mut operation = 0;
    ok(unsafe { tandem_record(engine, channel, c(&path).as_ptr(), null(), &mut operation) });
    ok(unsafe { tandem_engine_advance(engine, 8000) });
    ok(unsafe { tandem_engine_close(engine) });
    let wav = std::fs::read(&path).expect("a recording");
    let said = u32::from_le_bytes(wav[4..8].try_into().expect("four octets"));
    assert_eq!(said as usize + 8, wav.len(), "the file's header says its length");
    assert!(wav.len() > 8000 * 4);
}

#[test]
fn a_wrong_configuration_is_refused_with_the_field() {
    let cases = [
        ("[engine]\ntick_frames = 161", TANDEM_E_CONFIG, "engine.tick_frames"),
        ("[engine]\nmode = \"fast\"", TANDEM_E_CONFIG, "fast"),
        ("nonsense", TANDEM_E_CONFIG, "line 1"),
        ("[[span]]\nport = 0", TANDEM_E_CONFIG, "span[0].card"),
        ("[[card]]\nmodel = \"x9\"", TANDEM_E_CONFIG, "no card model 'x9'"),
        ("[[card]]\nmodel = \"satop\"", TANDEM_E_CONFIG, "option 'local': is required"),
        ("[[card]]\nmodel = \"sim-falc4\"\noptions = { delay = 1 }", TANDEM_E_CONFIG, "delay"),
        ("[engine]\ntick_frames = 3\n[[card]]\nmodel = \"sim-falc4\"", TANDEM_E_CONFIG, "multiple of 8"),
        ("[[card]]\nmodel = \"sim-falc4\"\n[[span]]\nport = 4", TANDEM_E_CARD, "card 0"),
        ("[[card]]\nmodel = \"x\\u0000y\"", TANDEM_E_CONFIG, "x y"),
    ];
    for (text, code, words) in cases {
        let mut engine = 7;
        let result = unsafe { tandem_engine_open(c(text).as_ptr(), &mut engine) };
        assert_eq!((result, engine), (code, 7), "{text}: {}", problem());
        assert!(problem().contains(words), "{text}: {}", problem());
    }
}

#[test]
fn a_configuration_is_read_from_a_file() {
    let directory = Directory::new("open-file");
    let path = directory.file("engine.toml");
    std::fs::write(&path, BARE).expect("written");
    let mut engine = 0;
    ok(unsafe { tandem_engine_open_file(c(&path).as_ptr(), &mut engine) });
    ok(unsafe { tandem_engine_close(engine) });

    let mut none = 7;
    std::fs::write(&path, [0xff; 8]).expect("written");
    let not_text = unsafe { tandem_engine_open_file(c(&path).as_ptr(), &mut none) };
    assert_eq!((not_text, none), (TANDEM_E_FILE, 7), "{}", problem());
    std::fs::write(&path, vec![b'\n'; (1 << 20) + 1]).expect("written");
    let endless = unsafe { tandem_engine_open_file(c(&path).as_ptr(), &mut none) };
    assert_eq!((endless, none), (TANDEM_E_FILE, 7));
    assert!(problem().contains("longer than 1048576"), "{}", problem());
    let missing = c(&directory.file("missing.toml"));
    assert_eq!(unsafe { tandem_engine_open_file(missing.as_ptr(), &mut none) }, TANDEM_E_FILE);
    assert!(problem().contains("missing.toml: "), "{}", problem());
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_reason() {
    let directory = Directory::new("files");
    let engine = open(BARE);
    let channel = channel(engine, 0, 1);
    let mut operation = 7;
    let missing = c(&directory.file("missing.wav"));
    let play = unsafe { tandem_play(engine, channel, missing.as_ptr(), null(), &mut operation) };
    assert_eq!((play, operation), (TANDEM_E_FILE, 7));
    assert!(problem().contains("missing.wav: "), "{}", problem());
    let text = directory.file("text.wav");
    std::fs::write(&text, "no sound").expect("written");
    let play = unsafe { tandem_play(engine, channel, c(&text).as_ptr(), null(), &mut operation) };
    assert_eq!((play, operation), (TANDEM_E_FILE, 7));
    let record = unsafe { tandem_record(engine, channel, c(&text).as_ptr(), null(), &mut operation) };
    assert_eq!((record, operation), (TANDEM_E_FILE, 7), "what exists is not overwritten");
    let nowhere = c(&directory.file("nowhere/a.wav"));
    let record = unsafe { tandem_record(engine, channel, nowhere.as_ptr(), null(), &mut operation) };
    assert_eq!((record, operation), (TANDEM_E_FILE, 7));
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn samples_from_memory_are_copied_and_played_to_their_end() {
    let engine = open(BARE);
    let (from, to) = (channel(engine, 0, 1), channel(engine, 1, 31));
    let mut operation = 0;
    let mut samples = vec![500_i16; 1600];
    ok(unsafe { tandem_play_samples(engine, from, samples.as_ptr(), 1600, null(), &mut operation) });
    samples.fill(0);
    drop(samples);
    let busy = unsafe { tandem_play_samples(engine, from, [0].as_ptr(), 1, null(), &mut operation) };
    assert_eq!(busy, TANDEM_E_STATE);
    let done = wait_for(engine, TANDEM_EVENT_PLAY_DONE);
    assert_eq!((done.operation, done.reason, done.length_ms), (operation, TANDEM_END_FINISHED as i32, 200));
    assert_eq!((done.call, done.object), (0, from), "a channel without signalling has no call");
    ok(unsafe { tandem_connect(engine, to, from, TANDEM_BEARER_UNRESTRICTED) });
    ok(unsafe { tandem_connect(engine, to, 0, TANDEM_BEARER_SPEECH) });
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn virtual_time_passes_exactly_as_told() {
    let engine = open(BARE);
    let frames = |engine| {
        let mut counted = sized::<tandem_statistics>();
        ok(unsafe { tandem_get_statistics(engine, &mut counted) });
        counted.frames
    };
    ok(unsafe { tandem_engine_advance(engine, 0) });
    assert_eq!(frames(engine), 0);
    ok(unsafe { tandem_engine_advance(engine, 20_000) });
    assert_eq!(frames(engine), 20_000);
    assert_eq!(wait(engine, 1500).err(), Some(TANDEM_E_TIMEOUT));
    assert_eq!(frames(engine), 32_000);
    assert_eq!(wait(engine, 0).err(), Some(TANDEM_E_TIMEOUT));
    assert_eq!(frames(engine), 32_000);
    ok(unsafe { tandem_engine_close(engine) });

    let threads = open(&BARE.replace("lockstep", "threads"));
    assert_eq!(unsafe { tandem_engine_advance(threads, 8) }, TANDEM_E_STATE);
    assert!(problem().contains("threads"), "{}", problem());
    ok(unsafe { tandem_engine_close(threads) });
}

#[test]
fn spans_and_their_channels_are_told() {
    let engine = open_with_caller("", "");
    wait_for(engine, TANDEM_EVENT_CALL_OFFERED);
    let mut span = sized::<tandem_span_info>();
    ok(unsafe { tandem_span_get_info(engine, 0, &mut span) });
    assert_eq!((span.channels, span.calls, span.failed, span.defects), (30, 1, 0, 0));
    assert_eq!((span.span, span.looped), (2 << 56 | 1, 0));
    ok(unsafe { tandem_engine_advance(engine, 5 * 8000) });
    let mut performance = sized::<tandem_performance>();
    for end in [TANDEM_PERFORMANCE_NEAR, TANDEM_PERFORMANCE_FAR] {
        ok(unsafe { tandem_span_get_performance(engine, 0, end, 0, &mut performance) });
        assert!((5..10).contains(&performance.seconds), "{}", performance.seconds);
        assert_eq!((performance.errored_seconds, performance.unavailable_seconds), (0, 0));
        let old = unsafe { tandem_span_get_performance(engine, 0, end, 1, &mut performance) };
        assert_eq!(old, TANDEM_E_STATE);
        ok(unsafe { tandem_span_get_performance(engine, 0, end, TANDEM_PERFORMANCE_DAY, &mut performance) });
        assert_eq!(performance.seconds, 0);
    }
    let mut none = 7;
    assert_eq!(unsafe { tandem_channel_find(engine, 0, 16, &mut none) }, TANDEM_E_ARGUMENT);
    assert!(problem().contains("carries no traffic"), "{}", problem());
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn a_panic_behind_the_interface_becomes_a_code_and_the_process_goes_on() {
    let engine = open_with_caller("", "");
    let mut none = 7;
    let text = c("[[card]]\nmodel = \"panic\"\n");
    for _ in 0..2 {
        assert_eq!(unsafe { tandem_engine_open(text.as_ptr(), &mut none) }, TANDEM_E_INTERNAL);
        assert_eq!(none, 7);
        assert!(problem().contains("this model panics"), "{}", problem());
    }
    wait_for(engine, TANDEM_EVENT_CALL_OFFERED);
    ok(unsafe { tandem_engine_close(engine) });
}
