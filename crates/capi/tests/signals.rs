//! Digits, register signals and tones sent through the interface, in a call between two cards: the other end hears them.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{c, ok, sized, text_of, wait_for};
use std::ptr::null;
use tandem_bindings::*;

/// Two cards back to back, with tones of France and one of the host's own.
const TWO_CARDS: &str = "[engine]\nmode = \"lockstep\"\n\
    [tones]\ncountry = \"fr\"\nplan = \"user1 700:300/400\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"s\" }\n[[card]]\nmodel = \"loop\"\noptions = { pair = \"s\" }\n\
    [[span]]\nport = 0\nem = { digits = 4 }\ndetectors = [\"tones\", \"r1\", \"r2-backward\"]\n\
    [[span]]\ncard = 1\nport = 0\nem = { digits = 4 }\ndetectors = [\"tones\", \"r1\", \"r2-backward\"]\n";

/// A call and its two ends.
struct Call {
    engine: u64,
    near: u64,
    far: u64,
}

impl Call {
    fn new() -> Self {
        let engine = common::open(TWO_CARDS);
        ok(unsafe { tandem_engine_advance(engine, 8 * 2000) });
        let near = common::channel(engine, 0, 1);
        let mut call = 0;
        ok(unsafe { tandem_call_place(engine, near, c("1234").as_ptr(), &mut call) });
        let offered = wait_for(engine, TANDEM_EVENT_CALL_OFFERED);
        ok(unsafe { tandem_call_answer(engine, offered.call) });
        while wait_for(engine, TANDEM_EVENT_CALL_ANSWERED).call != call {}
        let call = Self { engine, near, far: offered.object };
        call.pass(500);
        call
    }

    fn play(&self, path: &str) -> Result<u64, i32> {
        let (mut play, path) = (0, c(path));
        match unsafe { tandem_play(self.engine, self.near, path.as_ptr(), null(), &mut play) } {
            TANDEM_OK => Ok(play),
            code => Err(code),
        }
    }

    fn pass(&self, ms: u64) {
        ok(unsafe { tandem_engine_advance(self.engine, 8 * ms) });
    }

    /// What the far end collects of a play, until none has come for two seconds.
    fn collected(&self, path: &str) -> String {
        let terms = tandem_terms { inter_digit_ms: 2_000, first_digit_ms: 3_000, ..sized() };
        let mut collect = 0;
        ok(unsafe { tandem_collect(self.engine, self.far, &terms, &mut collect) });
        self.play(path).unwrap_or_else(|_| panic!("{path}: {}", common::problem()));
        let event = wait_for(self.engine, TANDEM_EVENT_COLLECT_DONE);
        assert_eq!((event.operation, event.reason), (collect, TANDEM_END_DIGIT_TIMEOUT as i32));
        text_of(&event)
    }

    /// The next sound that has ended at the far end, by its number, name and length.
    fn sound(&self) -> (u32, String, u64) {
        let event = wait_for(self.engine, TANDEM_EVENT_SOUND_ENDED);
        assert_eq!(event.object, self.far);
        (event.value as u32, text_of(&event), event.length_ms)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        ok(unsafe { tandem_engine_close(self.engine) });
    }
}

#[test]
fn digits_sent_in_a_call_are_collected_at_its_other_end() {
    let call = Call::new();
    assert_eq!(call.collected("dtmf:0123456789*#abcd"), "0123456789*#ABCD");
    assert_eq!(call.collected("dtmf:50/50@-25 4,711#"), "4711#");
    assert_eq!(call.collected("dtmf:400/1200 99"), "99");
}

#[test]
fn a_tone_is_told_by_its_name_and_register_signals_by_theirs() {
    let call = Call::new();
    let detectors = TANDEM_DETECT_TONES | TANDEM_DETECT_R1 | TANDEM_DETECT_R2_BACKWARD;
    ok(unsafe { tandem_channel_listen(call.engine, call.far, detectors) });
    for (path, sound, name) in [
        ("tone:fr busy 4s", TANDEM_SOUND_BUSY, "busy"),
        ("tone:busy 4s", TANDEM_SOUND_BUSY, "busy"),
        ("tone:user1@-20 4s", TANDEM_SOUND_USER + 1, "user1"),
        ("tone:sit", TANDEM_SOUND_SIT, "sit"),
        ("tone:1100 500/3000 12s", TANDEM_SOUND_CNG, "cng"),
    ] {
        call.play(path).unwrap_or_else(|_| panic!("{path}: {}", common::problem()));
        let (heard, text, _) = call.sound();
        assert_eq!((heard, text.as_str()), (sound, name), "{path}");
        call.pass(3_000); // until the play is over too
    }
    for (path, sound, names, ms) in [
        ("mf:r1 KP 12 ST''", TANDEM_SOUND_R1, &["KP", "1", "2", "ST''"][..], 68),
        ("mf:r2-backward 90/60 1A5", 0, &[], 0),
        ("mf:r2-backward 90/60 15", TANDEM_SOUND_R2_BACKWARD, &["1", "5"], 90),
    ] {
        let played = call.play(path);
        assert_eq!(played.is_err(), names.is_empty(), "{path}");
        for name in names {
            let (heard, text, length) = call.sound();
            assert_eq!((heard, text.as_str()), (sound, *name), "{path}");
            let wanted = if *name == "KP" { 100 } else { ms };
            assert!(length.abs_diff(wanted) <= 4, "{path} {name}: {length} ms");
        }
        call.pass(1_000);
    }
}

#[test]
fn a_list_has_signals_among_samples_in_rounds() {
    let call = Call::new();
    let (digits, tone) = (c("dtmf:70/70 12"), c("tone:440@-20 200/100"));
    let beep = [1008_i16; 80];
    let piece = |path: &std::ffi::CString| tandem_piece {
        path: path.as_ptr(),
        samples: null(),
        count: 0,
        offset: 0,
        length: 0,
        format: 0,
        reserved: 0,
    };
    let pieces = [
        piece(&digits),
        tandem_piece {
            path: null(),
            samples: beep.as_ptr(),
            count: 80,
            offset: 0,
            length: 0,
            format: 0,
            reserved: 0,
        },
        piece(&tone),
    ];
    let options = tandem_play_options { rounds: 3, gain: -30, ..sized() };
    let terms = tandem_terms { max_digits: 6, ..sized() };
    let (mut collect, mut play) = (0, 0);
    ok(unsafe { tandem_collect(call.engine, call.far, &terms, &mut collect) });
    let pieces = pieces.as_ptr();
    ok(unsafe { tandem_play_list(call.engine, call.near, pieces, 3, &options, null(), &mut play) });
    assert_eq!(text_of(&wait_for(call.engine, TANDEM_EVENT_COLLECT_DONE)), "121212");
    let done = wait_for(call.engine, TANDEM_EVENT_PLAY_DONE);
    assert_eq!((done.operation, done.length_ms), (play, 3 * (280 + 10 + 300)));
}

#[test]
fn the_tones_of_the_configuration_stay_when_its_prompts_change() {
    let call = Call::new();
    let (mut changes, text) = (sized(), c(&format!("{TWO_CARDS}[prompts]\ndirectory = \"elsewhere\"\n")));
    ok(unsafe { tandem_engine_reload(call.engine, text.as_ptr(), 0, &mut changes) });
    let play = call.play("tone:user1").expect("it is in the configuration");
    let event = wait_for(call.engine, TANDEM_EVENT_PLAY_DONE);
    assert_eq!((event.operation, event.length_ms), (play, 700));
}

#[test]
fn a_path_that_is_no_signal_is_refused_in_words() {
    let call = Call::new();
    for (path, word) in [
        ("dtmf:12x", "dtmf:12x: no key is marked 'x'"),
        ("mf:r1 A", "no signal 'A'"),
        ("tone:fr bizzy", "no tone \"bizzy\"; there are dial"),
        ("tone:440@3 100", "\"3\" is no level"),
    ] {
        assert_eq!(call.play(path), Err(TANDEM_E_FILE), "{path}");
        assert!(common::problem().contains(word), "{path}: {}", common::problem());
    }
}

fn tone(hz: [u32; 2], on_ms: u32, off_ms: u32) -> tandem_tone {
    let mut tone = tandem_tone { step_count: 1, ..sized() };
    tone.steps[0] = tandem_tone_step { hz, on_ms, off_ms };
    tone
}

#[test]
fn a_host_defines_a_tone_during_a_call_and_takes_it_away() {
    let call = Call::new();
    ok(unsafe { tandem_channel_listen(call.engine, call.far, TANDEM_DETECT_TONES) });
    let mut sound = 0;
    // user1 is in the configuration. The order of two frequencies is of no matter.
    ok(unsafe { tandem_tone_define(call.engine, &tone([900, 700], 300, 200), &mut sound) });
    assert_eq!(sound, TANDEM_SOUND_USER + 2);
    call.play("tone:700+900@-15 300/200 3s").expect("a tone");
    let (heard, name, ms) = call.sound();
    assert_eq!((heard, name.as_str()), (sound, "user2"));
    assert!((2_400..3_000).contains(&ms), "{ms}");
    call.pass(2_000);
    let terms = tandem_terms { tones: 1 << sound, ..sized() };
    let mut collect = 0;
    ok(unsafe { tandem_collect(call.engine, call.far, &terms, &mut collect) });
    call.play("tone:700+900@-15 300/200 3s").expect("a tone");
    let done = wait_for(call.engine, TANDEM_EVENT_COLLECT_DONE);
    assert_eq!((done.operation, done.reason), (collect, TANDEM_END_TONE as i32));
    call.pass(5_000);
    ok(unsafe { tandem_tone_remove(call.engine, sound) });
    for other in [sound, 0, TANDEM_SOUND_BUSY, TANDEM_SOUND_USER + 1, TANDEM_SOUND_VOICE, u32::MAX] {
        assert_eq!(unsafe { tandem_tone_remove(call.engine, other) }, TANDEM_E_ARGUMENT, "{other}");
    }
    ok(unsafe { tandem_collect(call.engine, call.far, &terms, &mut collect) });
    call.play("tone:700+900@-15 300/200 3s").expect("a tone");
    call.pass(5_000);
    ok(unsafe { tandem_operation_stop(call.engine, collect) });
    let done = wait_for(call.engine, TANDEM_EVENT_COLLECT_DONE);
    assert_eq!((done.operation, done.reason), (collect, TANDEM_END_STOPPED as i32));
}

#[test]
fn a_definition_that_is_no_tone_is_refused_in_words() {
    let call = Call::new();
    let good = tone([700, 0], 300, 200);
    let mut steps = good;
    steps.step_count = 9;
    for (wrong, word) in [
        (steps, "1 to 8, not 9"),
        (tandem_tone { step_count: 0, ..good }, "1 to 8, not 0"),
        (tone([70_000, 0], 300, 200), "250 to 3400"),
        (tone([700, 0], 300, 60_001), "not 60001 ms"),
        (tone([700, 0], 39, 200), "40 ms"),
        (tandem_tone { deviation_hz: 65_537, ..good }, "20 Hz"),
        (tandem_tone { periods: 257, ..good }, "4 periods"),
        (tone([700, 0], 310, 390), "told from another"),
    ] {
        let mut sound = 99;
        assert_eq!(
            unsafe { tandem_tone_define(call.engine, &wrong, &mut sound) },
            TANDEM_E_ARGUMENT,
            "{word}"
        );
        assert!(common::problem().contains(word), "{word}: {}", common::problem());
        assert_eq!(sound, 99);
    }
    for number in 2..=8 {
        let mut sound = 0;
        ok(unsafe { tandem_tone_define(call.engine, &tone([480 + 70 * number, 0], 300, 200), &mut sound) });
        assert_eq!(sound, TANDEM_SOUND_USER + number);
    }
    let mut sound = 0;
    assert_eq!(
        unsafe { tandem_tone_define(call.engine, &tone([1250, 0], 300, 200), &mut sound) },
        TANDEM_E_BUSY
    );
}
