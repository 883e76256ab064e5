//! Lines through the C interface: clocks, loops, errors, alarms, line tests and test tones, in virtual time.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::caller::CallerFactory;
use common::{channel, ok, open, problem, sized, text_at, wait, wait_for};
use tandem_bindings::*;

/// An engine on one simulated card without signalling.
fn on_card(card: &str) -> u64 {
    open(&format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\n{card}\n[[span]]\nport = 0\nsignalling = \"none\"\n"
    ))
}

/// A card of raw bits without signalling at its far ends.
fn on_bits(options: &str) -> u64 {
    on_card(&format!("model = \"sim-bit\"\noptions = {{ cas = false{options} }}"))
}

fn pass(engine: u64, seconds: u64) {
    ok(unsafe { tandem_engine_advance(engine, 8000 * seconds) });
}

fn span(engine: u64, index: u32) -> tandem_span_info {
    let mut info = sized();
    ok(unsafe { tandem_span_get_info(engine, index, &mut info) });
    info
}

fn close(engine: u64) {
    ok(unsafe { tandem_engine_close(engine) });
}

fn found(engine: u64, test: u64) -> tandem_line_test {
    let mut found = sized();
    ok(unsafe { tandem_line_test_get(engine, test, &mut found) });
    found
}

#[test]
fn a_line_test_of_every_pattern_on_every_kind_of_slots_finds_every_error_and_its_handle_goes_with_it() {
    let e1 = on_bits("");
    let t1 = open(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-bit\"\noptions = { cas = false, framing = \"t1-esf\" }\n\
         [[span]]\nport = 0\nsignalling = \"none\"\nframing = \"t1-esf\"\n",
    );
    let sets = [
        (e1, 0x0000_0002, 64_000),
        (e1, 0x8001_0008, 3 * 64_000),
        (e1, 0x0000_fffe, 15 * 64_000),
        (e1, 0xffff_fffe, 31 * 64_000),
        (e1, TANDEM_WHOLE_LINE, 2_048_000),
        (t1, 0x0100_0000, 64_000),
        (t1, 0x01ff_fffe, 24 * 64_000),
        (t1, TANDEM_WHOLE_LINE, 1_544_000),
    ];
    for (engine, timeslots, bits_a_second) in sets {
        // The line is looped to itself, so that what is sent comes back.
        ok(unsafe { tandem_span_loop(engine, 0, TANDEM_LOOP_LOCAL) });
        pass(engine, 1);
        for pattern in TANDEM_PATTERN_PRBS9..=TANDEM_PATTERN_PRBS31 {
            let mut test = 0;
            ok(unsafe { tandem_line_test_start(engine, 0, timeslots, pattern, &mut test) });
            pass(engine, 1);
            let what = format!("slots {timeslots:#x} pattern {pattern}");
            let begun = found(engine, test);
            assert!(begun.synchronised != 0, "{what}");
            ok(unsafe { tandem_line_test_insert_errors(engine, test, 25) });
            pass(engine, 1);
            let mut ended = sized::<tandem_line_test>();
            ok(unsafe { tandem_line_test_stop(engine, test, &mut ended) });
            assert_eq!(ended.errors - begun.errors, 25, "{what}");
            // Bits of a whole line come in words of 64.
            let bits = ended.bits - begun.bits;
            assert!(
                bits.abs_diff(bits_a_second) < 64 && (timeslots & 1 == 1 || bits == bits_a_second),
                "{what}: {bits}"
            );
            assert_eq!(
                (ended.losses - begun.losses, ended.deletions, ended.repetitions),
                (0, 0, 0),
                "{what}"
            );
            assert_eq!(unsafe { tandem_line_test_get(engine, test, &mut ended) }, TANDEM_E_STALE);
            assert_eq!(unsafe { tandem_line_test_insert_errors(engine, test, 1) }, TANDEM_E_STALE);
        }
        ok(unsafe { tandem_span_loop(engine, 0, TANDEM_LOOP_NONE) });
        pass(engine, 1);
    }
    close(e1);
    close(t1);
}

#[test]
fn a_channel_is_in_one_test_at_a_time_and_hears_no_tone_meanwhile() {
    let engine = on_bits("");
    let (mut first, mut second) = (0, 7);
    ok(unsafe { tandem_line_test_start(engine, 0, 0b0110, TANDEM_PATTERN_PRBS11, &mut first) });
    let again = unsafe { tandem_line_test_start(engine, 0, 0b1100, TANDEM_PATTERN_PRBS11, &mut second) };
    assert_eq!((again, second), (TANDEM_E_STATE, 7));
    assert!(problem().contains("in use"), "{}", problem());
    let tested = channel(engine, 0, 1);
    assert_eq!(unsafe { tandem_test_tone(engine, tested, TANDEM_TONE_MILLIWATT) }, TANDEM_E_STATE);
    let mut found = sized();
    ok(unsafe { tandem_line_test_stop(engine, first, &mut found) });
    assert_eq!((found.synchronised, found.bits), (0, 0), "time has not passed");
    for tone in [TANDEM_TONE_MILLIWATT, TANDEM_TONE_1004, TANDEM_TONE_NONE] {
        ok(unsafe { tandem_test_tone(engine, tested, tone) });
    }
    close(engine);
}

#[test]
fn a_loop_is_told_and_takes_the_span_out_of_use_until_it_is_opened() {
    let engine = open(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-bit\"\n[[span]]\nport = 0\nem = { digits = 4 }\n",
    );
    pass(engine, 3);
    let circuit = channel(engine, 0, 1);
    let mut call = 0;
    for which in [TANDEM_LOOP_LINE, TANDEM_LOOP_PAYLOAD] {
        ok(unsafe { tandem_span_loop(engine, 0, which) });
        let told = wait_for(engine, TANDEM_EVENT_SPAN_LOOPED);
        assert_eq!((told.object, told.value, told.reason), (span(engine, 0).span, which as i32, 0));
        assert!(span(engine, 0).looped != 0);
        let placed = unsafe { tandem_call_place(engine, circuit, c"12".as_ptr(), &mut call) };
        assert_eq!(placed, TANDEM_E_STATE, "its circuits are blocked");
    }
    ok(unsafe { tandem_span_loop(engine, 0, TANDEM_LOOP_NONE) });
    assert_eq!(wait_for(engine, TANDEM_EVENT_SPAN_LOOPED).value, 0);
    pass(engine, 2);
    assert_eq!(span(engine, 0).looped, 0);
    ok(unsafe { tandem_call_place(engine, circuit, c"12".as_ptr(), &mut call) });
    close(engine);
}

#[test]
fn errors_put_into_the_line_are_counted_at_its_other_end() {
    // On the emulated card what is sent comes back by a local loop, errors and all.
    let engine = on_card("model = \"sim-falc4\"\noptions = { cas = false }");
    ok(unsafe { tandem_span_loop(engine, 0, TANDEM_LOOP_LOCAL) });
    pass(engine, 5);
    let counted = |engine| {
        let mut performance = sized::<tandem_performance>();
        ok(unsafe { tandem_span_get_performance(engine, 0, TANDEM_PERFORMANCE_NEAR, 0, &mut performance) });
        (performance.errored_seconds, performance.path_coding_violations)
    };
    let before = counted(engine);
    ok(unsafe { tandem_span_insert_error(engine, 0, TANDEM_LINE_ERROR_CRC) });
    pass(engine, 2);
    let after = counted(engine);
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1));
    close(engine);
}

#[test]
fn what_a_card_cannot_do_is_unsupported_and_said_so() {
    let engine = on_card("model = \"loop\"\noptions = { pair = \"unsupported\" }");
    for result in [
        unsafe { tandem_span_loop(engine, 0, TANDEM_LOOP_LINE) },
        unsafe { tandem_span_insert_error(engine, 0, TANDEM_LINE_ERROR_CODE) },
        unsafe { tandem_span_send_alarm(engine, 0, TANDEM_SEND_RAI, 1) },
    ] {
        assert_eq!(result, TANDEM_E_UNSUPPORTED);
        assert!(problem().contains("cannot"), "{}", problem());
    }
    assert_eq!(
        text_at(unsafe { tandem_strerror(-16) }),
        "the card or the signalling that it would take cannot do it"
    );
    close(engine);
}

#[test]
fn the_far_end_of_a_t1_is_told_of_its_loops_and_an_e1_has_none_to_tell() {
    let t1 = open(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-bit\"\n\
         options = { framing = \"t1-esf\", cas = false }\n\
         [[span]]\nport = 0\nframing = \"t1-esf\"\nsignalling = \"none\"\n",
    );
    pass(t1, 2);
    ok(unsafe { tandem_span_command_loop(t1, 0, TANDEM_COMMAND_LINE_UP) });
    ok(unsafe { tandem_span_send_loop_code(t1, 0, TANDEM_LOOP_CODE_LINE_UP) });
    ok(unsafe { tandem_span_send_loop_code(t1, 0, TANDEM_LOOP_CODE_NONE) });
    ok(unsafe { tandem_span_obey_loops(t1, 0, 0) });
    for wrong in [0, 7] {
        assert_eq!(unsafe { tandem_span_command_loop(t1, 0, wrong) }, TANDEM_E_ARGUMENT);
    }
    assert_eq!(unsafe { tandem_span_send_loop_code(t1, 0, 5) }, TANDEM_E_ARGUMENT);
    assert_eq!(unsafe { tandem_span_obey_loops(t1, 9, 0) }, TANDEM_E_ARGUMENT);
    close(t1);
    let e1 = on_card("model = \"sim-falc4\"");
    assert_eq!(unsafe { tandem_span_command_loop(e1, 0, TANDEM_COMMAND_LINE_UP) }, TANDEM_E_UNSUPPORTED);
    close(e1);
}

#[test]
fn alarms_that_are_sent_are_answered_by_the_far_end_until_they_end() {
    let engine = on_bits("");
    pass(engine, 2);
    assert_eq!(span(engine, 0).defects, 0);
    ok(unsafe { tandem_span_send_alarm(engine, 0, TANDEM_SEND_AIS, 1) });
    pass(engine, 1);
    assert_eq!(span(engine, 0).defects, TANDEM_DEFECT_RAI, "the far end sees AIS");
    ok(unsafe { tandem_span_send_alarm(engine, 0, TANDEM_SEND_AIS, 0) });
    pass(engine, 1);
    assert_eq!(span(engine, 0).defects, 0);
    ok(unsafe { tandem_span_send_alarm(engine, 0, TANDEM_SEND_RAI, 1) });
    pass(engine, 1);
    assert_eq!((span(engine, 0).defects, span(engine, 0).looped), (0, 0), "RAI is no reason to stop");
    close(engine);
}

fn span_clock(engine: u64, index: u32) -> tandem_span_clock {
    let mut clock = sized();
    ok(unsafe { tandem_span_get_clock(engine, index, &mut clock) });
    clock
}

fn clock(engine: u64) -> tandem_clock {
    let mut clock = sized();
    ok(unsafe { tandem_clock_get(engine, &mut clock) });
    clock
}

#[test]
fn a_line_that_is_followed_does_not_drift_and_another_by_as_much_as_it_is_off() {
    let engine = open(
        "[engine]\nmode = \"lockstep\"\n[clock]\nsources = [0]\n\
         [[card]]\nmodel = \"sim-bit\"\noptions = { ppm = 50, card_ppm = -10, cas = false }\n\
         [[card]]\nmodel = \"sim-bit\"\noptions = { ppm = 90, cas = false }\n\
         [[span]]\nport = 0\nsignalling = \"none\"\n[[span]]\ncard = 1\nport = 0\nsignalling = \"none\"\n",
    );
    let unknown = span_clock(engine, 1);
    assert_eq!((unknown.known, unknown.ppm, unknown.next_slip), (0, 0.0, 0));
    assert!(text_at(unknown.text.as_ptr()).contains("not known"));
    assert_eq!(clock(engine).source, 0);
    let changed = wait_for(engine, TANDEM_EVENT_CLOCK_CHANGED);
    assert_eq!(changed.object, span(engine, 0).span);
    pass(engine, 70);
    let now = clock(engine);
    assert_eq!(now.source, changed.object);
    assert!(now.changes >= 1 && now.since >= changed.frame, "{now:?}");
    let followed = span_clock(engine, 0);
    assert!(followed.known != 0 && followed.ppm.abs() <= followed.uncertainty_ppm, "{followed:?}");
    assert_eq!((followed.slip_period, followed.next_slip), (0, 0));
    assert!(text_at(followed.text.as_ptr()).contains("no slip is foreseen"));
    let free = span_clock(engine, 1);
    assert!((free.ppm - 40.0).abs() < 1.0, "90 ppm against a clock of 50 ppm: {free:?}");
    // 40 ppm are a frame in 3.1 s.
    assert!((24_000..26_000).contains(&free.slip_period), "{free:?}");
    assert!((20..=24).contains(&(free.slips_deleted - free.slips_repeated)), "{free:?}");
    assert!(free.next_slip > 70 * 8000 && free.quality == TANDEM_QUALITY_NOT_TOLD, "{free:?}");
    assert!(text_at(free.text.as_ptr()).contains(" ppm fast"), "{}", text_at(free.text.as_ptr()));
    close(engine);
}

#[test]
fn a_call_hears_a_tone_and_a_circuit_without_one_does_not() {
    tandem::register_factory(Box::new(CallerFactory));
    let engine = open(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"caller\"\n[[span]]\nport = 0\nem = { digits = 4 }\n",
    );
    let free = channel(engine, 0, 7);
    assert_eq!(unsafe { tandem_test_tone(engine, free, TANDEM_TONE_1004) }, TANDEM_E_STATE);
    assert!(problem().contains("no call"), "{}", problem());
    let offered = wait_for(engine, TANDEM_EVENT_CALL_OFFERED);
    ok(unsafe { tandem_call_answer(engine, offered.call) });
    ok(unsafe { tandem_test_tone(engine, offered.object, TANDEM_TONE_1004) });
    assert!(wait(engine, 500).is_ok());
    close(engine);
}
