//! Cards of the host, made and driven through the C interface.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::host_card::Plan;
use common::{c, channel, ok, open, problem, sized, text_of, wait_for};
use std::ptr::null_mut;
use std::sync::atomic::Ordering::Relaxed;
use tandem_bindings::*;

/// An engine in virtual time on one card of a model, with both of its spans in use.
fn text(model: &str, spans: &str) -> String {
    let span = |port: u32| format!("[[span]]\nport = {port}\n{spans}\n");
    format!("[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"{model}\"\n{}{}", span(0), span(1))
}

const BARE: &str = "signalling = \"none\"";

fn pass(engine: u64, frames: u64) {
    ok(unsafe { tandem_engine_advance(engine, frames) });
}

fn close(engine: u64) {
    ok(unsafe { tandem_engine_close(engine) });
}

/// An engine is not opened, for this reason.
#[track_caller]
fn refused(text: &str, code: tandem_result, words: &str) {
    let mut engine = 7;
    let result = unsafe { tandem_engine_open(c(text).as_ptr(), &mut engine) };
    assert_eq!((result, engine), (code, 7), "{}", problem());
    assert!(problem().contains(words), "{words}: {}", problem());
}

#[test]
fn a_call_goes_over_a_card_of_the_host_from_one_span_to_the_other() {
    let seen = Plan::good().register("call");
    let engine = open(&text("call", "em = { digits = 2 }"));
    assert_eq!(seen.lives(), [1, 1, 0, 0]);
    pass(engine, 8000);
    let mut call = 0;
    let placed = unsafe { tandem_call_place(engine, channel(engine, 0, 5), c"42".as_ptr(), &mut call) };
    ok(placed);
    let offered = wait_for(engine, TANDEM_EVENT_CALL_OFFERED);
    assert_eq!((offered.object, text_of(&offered)), (channel(engine, 1, 5), "42".into()));
    ok(unsafe { tandem_call_answer(engine, offered.call) });
    let answered: Vec<u64> = (0..2).map(|_| wait_for(engine, TANDEM_EVENT_CALL_ANSWERED).call).collect();
    assert!(answered.contains(&call) && answered.contains(&offered.call));
    ok(unsafe { tandem_call_clear(engine, call, 16) });
    let cleared = [0; 2].map(|_| wait_for(engine, TANDEM_EVENT_CALL_CLEARED));
    assert!(cleared.iter().any(|event| event.call == offered.call && event.reason == 1));
    close(engine);
    assert_eq!(seen.lives(), [1, 1, 1, 1]);
    assert_eq!(seen.out_of_order.load(Relaxed), 0);
    let setups = seen.setups.lock().expect("whole");
    let told: Vec<_> = setups.iter().map(|it| (it.size, it.framing, it.line_code, it.crc4, it.cas)).collect();
    assert_eq!(told, [(24, TANDEM_FRAMING_E1, TANDEM_LINE_CODE_HDB3, TANDEM_CRC4_ON, 1); 2]);
}

#[test]
fn frames_pass_a_card_of_the_host_untouched_and_as_t1_too() {
    let seen = Plan::good().register("octets");
    for (framing, slots) in [("e1", 0xffff_fffe_u32), ("t1-esf", 0x01ff_fffe)] {
        let engine = open(&text("octets", &format!("{BARE}\nframing = \"{framing}\"")));
        let (mut near, mut far, mut found) = (0, 0, sized::<tandem_line_test>());
        ok(unsafe { tandem_line_test_start(engine, 0, slots, TANDEM_PATTERN_PRBS15, &mut near) });
        ok(unsafe { tandem_line_test_start(engine, 1, slots, TANDEM_PATTERN_PRBS15, &mut far) });
        pass(engine, 8000);
        ok(unsafe { tandem_line_test_insert_errors(engine, near, 9) });
        pass(engine, 8000);
        ok(unsafe { tandem_line_test_stop(engine, far, &mut found) });
        assert!(found.synchronised != 0 && found.errors == 9, "{framing}: {found:?}");
        close(engine);
    }
    assert_eq!(seen.lives(), [2, 2, 2, 2]);
    let setups = seen.setups.lock().expect("whole");
    let told: Vec<_> = setups.iter().map(|it| (it.framing, it.line_code, it.crc4, it.cas)).collect();
    assert_eq!(told[0], (TANDEM_FRAMING_E1, TANDEM_LINE_CODE_HDB3, TANDEM_CRC4_ON, 0));
    assert_eq!(told[2], (TANDEM_FRAMING_T1_ESF, TANDEM_LINE_CODE_B8ZS, TANDEM_CRC4_OFF, 0));
}

#[test]
fn a_card_is_told_by_its_serial_number_which_the_configuration_may_ask_for() {
    let _seen = Plan { spoil: |card| card.serial = 77, ..Plan::good() }.register("numbered");
    let with = |serial| {
        text("numbered", BARE).replace("model =", &format!("serial = {serial}\nname = \"west\"\nmodel ="))
    };
    refused(
        &with(78),
        TANDEM_E_CARD,
        "west: another card is in its place: one with serial number 77, not 78",
    );
    let engine = open(&with(77));
    let mut info = sized::<tandem_card_info>();
    ok(unsafe { tandem_card_get_info(engine, 0, &mut info) });
    assert_eq!((info.serial, info.other_serial, info.ports), (77, 0, 2));
    assert_eq!(info.presence, TANDEM_PRESENCE_THERE);
    let told = |text: &[_]| common::text_at(text.as_ptr());
    assert_eq!((told(&info.name), told(&info.model)), ("west".into(), "numbered".into()));
    assert_eq!(told(&info.text), "west, serial number 77: in its place");
    close(engine);
}

#[test]
fn national_bits_go_to_the_card_and_come_from_it_once_it_knows_them() {
    let status = |status: &mut tandem_card_status, service: u32| {
        status.sa_bits = if service < 2000 { 0 } else { 32 + 0b10110 };
    };
    let seen = Plan { status, ..Plan::good() }.register("national");
    let engine = open(&text("national", BARE));
    let mut bits = 99;
    pass(engine, 800);
    assert_eq!(unsafe { tandem_span_get_sa_bits(engine, 0, &mut bits) }, TANDEM_E_STATE);
    pass(engine, 20 * 8000);
    ok(unsafe { tandem_span_get_sa_bits(engine, 0, &mut bits) });
    assert_eq!(bits, 0b10110);
    ok(unsafe { tandem_span_send_sa_bits(engine, 1, 0b01001) });
    assert_eq!(unsafe { tandem_span_send_sa_bits(engine, 1, 32) }, TANDEM_E_ARGUMENT);
    assert_eq!(unsafe { tandem_span_get_sa_bits(engine, 2, &mut bits) }, TANDEM_E_ARGUMENT);
    pass(engine, 800);
    assert_eq!(*seen.orders.lock().expect("whole"), [(1, TANDEM_ORDER_SA_BITS, 0b01001)]);
    close(engine);
}

#[test]
fn in_real_time_a_card_is_served_by_the_media_thread_and_released_before_closing_returns() {
    let seen = Plan::good().register("threads");
    let engine = open(&text("threads", BARE).replace("lockstep", "threads"));
    // While another thread waits for events, which keeps the engine in use.
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut event = sized();
            loop {
                match unsafe { tandem_event_wait(engine, -1, &mut event) } {
                    TANDEM_OK => {}
                    code => return code,
                }
            }
        });
        while seen.services.load(Relaxed) < 100 {
            std::thread::yield_now();
        }
        close(engine);
        assert_eq!(seen.lives(), [1, 1, 1, 1]);
        assert_eq!(waiting.join().expect("no panic"), TANDEM_E_CLOSED);
    });
}

#[test]
fn a_bad_card_is_refused_by_what_is_wrong_with_it_and_released_once() {
    type Spoil = fn(&mut tandem_card);
    let bad: [(Spoil, &str); 18] = [
        (|card| card.size = 0, "size"),
        (|card| card.size = 135, "size"),
        (|card| card.size = u32::MAX, "size"),
        (|card| card.spans = 0, "spans"),
        (|card| card.spans = 65, "spans"),
        (|card| card.spans = u32::MAX, "spans"),
        (|card| card.granule = 0, "granule"),
        (|card| card.granule = 161, "granule"),
        (|card| card.configure = None, "configure is NULL"),
        (|card| card.start = None, "start is NULL"),
        (|card| card.stop = None, "stop is NULL"),
        (|card| card.service = None, "service is NULL"),
        (|card| card.get_status = None, "get_status is NULL"),
        (|card| card.receive = None, "receive is NULL"),
        (|card| card.transmit = None, "transmit is NULL"),
        (|card| card.ports = 3, "ports"),
        (|card| card.abilities = 1 << 14, "abilities"),
        (|card| card.order = None, "order is NULL"),
    ];
    for (spoil, words) in bad {
        let seen = Plan { spoil, ..Plan::good() }.register("bad");
        refused(&text("bad", BARE), TANDEM_E_CARD, words);
        assert_eq!(seen.lives(), [1, 0, 0, 1], "{words}");
    }
    let seen = Plan { spoil: |card| card.release = None, ..Plan::good() }.register("bad");
    refused(&text("bad", BARE), TANDEM_E_CARD, "release is NULL");
    assert_eq!(seen.lives(), [1, 0, 0, 0]);
}

#[test]
fn a_card_without_bits_carries_no_signalling_but_all_else() {
    type Spoil = fn(&mut tandem_card);
    let bad: [(Spoil, &str); 2] = [
        (|card| card.get_bits = None, "get_bits is NULL"),
        (|card| card.set_bits = None, "set_bits is NULL"),
    ];
    for (spoil, words) in bad {
        let seen = Plan { spoil, ..Plan::good() }.register("no-bits");
        refused(&text("no-bits", "em = { digits = 2 }"), TANDEM_E_CARD, words);
        assert_eq!(seen.lives(), [1, 0, 1, 1], "{words}");
        close(open(&text("no-bits", BARE)));
        assert_eq!(seen.lives(), [2, 1, 2, 2], "{words}");
    }
}

#[test]
fn an_opening_that_fails_at_any_later_step_stops_and_releases_the_card_once() {
    let seen = Plan { results: [-11, 0, 0], ..Plan::good() }.register("fails");
    refused(&text("fails", BARE), TANDEM_E_CARD, "the function that makes it failed with code -11");
    assert_eq!(seen.lives(), [0; 4]);
    let seen = Plan { results: [0, -16, 0], ..Plan::good() }.register("fails");
    refused(&text("fails", BARE), TANDEM_E_CARD, "configure failed with code -16");
    assert_eq!(seen.lives(), [1, 0, 1, 1]);
    let seen = Plan { results: [0, 0, 5], ..Plan::good() }.register("fails");
    refused(&text("fails", BARE), TANDEM_E_CARD, "start failed with code 5");
    assert_eq!(seen.lives(), [1, 1, 1, 1]);
    let seen = Plan::good().register("fails");
    refused(&text("fails", BARE).replace("port = 1", "port = 2"), TANDEM_E_CARD, "no span 2");
    assert_eq!(seen.lives(), [1, 0, 1, 1]);
    let seen = Plan { spoil: |card| card.ports = TANDEM_PORT_T1, ..Plan::good() }.register("fails");
    refused(&text("fails", BARE), TANDEM_E_CARD, "port of that kind");
    assert_eq!(seen.lives(), [1, 0, 1, 1]);
    let seen = Plan::good().register("fails");
    // Another card cannot be opened, after this one has been started.
    refused(&(text("fails", BARE) + "[[card]]\nmodel = \"nobody's\"\n"), TANDEM_E_CONFIG, "nobody's");
    assert_eq!(seen.lives(), [1; 4]);
    let seen = Plan { spoil: |card| card.granule = 3, ..Plan::good() }.register("fails");
    refused(&text("fails", BARE), TANDEM_E_CONFIG, "multiple of 3");
    assert_eq!(seen.lives(), [1, 0, 1, 1]);
}

#[test]
fn a_function_of_a_card_that_calls_back_gets_state_and_the_host_goes_on() {
    let call_back = || {
        let mut out = 7;
        let results = unsafe {
            [
                tandem_engine_open(c"".as_ptr(), &mut out),
                tandem_card_register(c"x".as_ptr(), None, null_mut()),
                tandem_log_set(None, null_mut(), 0),
                tandem_engine_close(0),
                tandem_event_wait(1 << 56 | 1, 0, null_mut()),
            ]
        };
        assert!(problem().contains("called back"), "{}", problem());
        assert!(unsafe { tandem_abi_version() } > 0 && !unsafe { tandem_version() }.is_null());
        assert!(results == [TANDEM_E_STATE; 5] && out == 7, "{results:?}");
        TANDEM_E_STATE
    };
    let seen = Plan { call_back, ..Plan::good() }.register("inside");
    for mode in ["lockstep", "threads"] {
        let engine = open(&text("inside", BARE).replace("lockstep", mode));
        assert_eq!(seen.called_back.swap(0, Relaxed), TANDEM_E_STATE, "while it is opened");
        let before = seen.services.load(Relaxed);
        while seen.services.load(Relaxed) < before + 10 {
            let _ = common::wait(engine, 10);
        }
        assert_eq!(seen.called_back.swap(0, Relaxed), TANDEM_E_STATE, "on the media thread");
        close(engine);
        assert_eq!(seen.called_back.swap(0, Relaxed), TANDEM_E_STATE, "while it is released");
    }
    assert_eq!(seen.lives(), [2; 4]);
}

#[test]
fn a_model_that_is_taken_away_is_asked_no_more() {
    let seen = Plan::good().register("taken");
    close(open(&text("taken", BARE)));
    let take_away = || unsafe { tandem_card_register(c"taken".as_ptr(), None, null_mut()) };
    ok(take_away());
    refused(&text("taken", BARE), TANDEM_E_CONFIG, "taken");
    assert_eq!(take_away(), TANDEM_E_ARGUMENT);
    assert_eq!(seen.lives(), [1; 4]);
}

#[test]
fn what_a_card_says_is_not_believed_beyond_what_can_be() {
    let status = |status: &mut tandem_card_status, service: u32| {
        // Before the first second all is well; then nothing is.
        if service < 1000 {
            return;
        }
        let wild = if service.is_multiple_of(2) { u64::MAX } else { u64::from(service) };
        *status = tandem_card_status {
            size: u32::from(service.is_multiple_of(2)) * 7,
            defects: 0xffff_f800 | TANDEM_DEFECT_RAI,
            framing_errors: wild,
            crc_errors: wild,
            e_bits: wild,
            line_code_violations: wild,
            slips_repeated: wild,
            slips_deleted: wild,
            frames_missed: wild,
            line_bits: wild,
            quality: wild as u32 | 8,
            looped: wild as u32 | 8,
            looped_by_far_end: 1,
            sa_bits: wild as u32,
        };
    };
    let seen = Plan { status, ..Plan::good() }.register("wild");
    let engine = open(&text("wild", BARE));
    pass(engine, 20 * 8000);
    let (mut info, mut counted) = (sized::<tandem_span_info>(), sized::<tandem_statistics>());
    ok(unsafe { tandem_span_get_info(engine, 0, &mut info) });
    assert_eq!(info.defects, TANDEM_DEFECT_RAI, "and no bit without a meaning");
    ok(unsafe { tandem_get_statistics(engine, &mut counted) });
    assert!(counted.slips >= 1 << 60 && counted.slips < 1 << 63, "{}", counted.slips);
    let mut clock = sized::<tandem_span_clock>();
    ok(unsafe { tandem_span_get_clock(engine, 0, &mut clock) });
    assert!(clock.ppm.is_finite() && clock.uncertainty_ppm.is_finite());
    let mut performance = sized::<tandem_performance>();
    ok(unsafe { tandem_span_get_performance(engine, 0, TANDEM_PERFORMANCE_NEAR, 0, &mut performance) });
    close(engine);
    assert_eq!(seen.lives(), [1; 4]);
}

#[test]
fn a_later_registration_replaces_an_earlier_one_and_a_built_in_model_for_engines_to_come() {
    let first = Plan::good().register("replaced");
    let one = open(&text("replaced", BARE));
    let second = Plan::good().register("replaced");
    let other = open(&text("replaced", BARE));
    pass(one, 80);
    close(one);
    close(other);
    assert_eq!((first.lives(), second.lives()), ([1; 4], [1; 4]));
    let built_in = Plan::good().register("sim-falc4");
    close(open(&text("sim-falc4", BARE)));
    assert_eq!(built_in.lives(), [1; 4]);
}

#[test]
fn name_and_options_come_as_the_configuration_has_them() {
    let seen = Plan::good().register("options");
    let with = |options: &str| {
        let card = format!("model = \"options\"\nname = \"Östen\"\noptions = {{ {options} }}");
        text("options", BARE).replace("model = \"options\"", &card)
    };
    for options in ["", "b = 7, a = \"x=y\", c = true"] {
        close(open(&with(options)));
    }
    let asked = seen.asked.lock().expect("whole");
    let name = || "Östen".to_owned();
    assert_eq!(*asked, [(name(), String::new()), (name(), "a=x=y\nb=7\nc=true\n".into())]);
    for options in ["a = \"b\\nc\"", "\"a=b\" = 1", "\"a\\nb\" = 1", "a = \"\\u0000\""] {
        refused(&with(options), TANDEM_E_CONFIG, "of one line");
    }
    drop(asked);
    assert_eq!(seen.lives(), [2; 4]);
}

#[test]
fn clocks_and_loops_reach_the_card_that_can_and_are_refused_for_one_that_cannot() {
    let seen = Plan::good().register("able");
    let second = "[[card]]\nmodel = \"able\"\n[[span]]\ncard = 1\nport = 0\nsignalling = \"none\"\n";
    let engine = open(&(text("able", BARE) + second + "[clock]\nsources = [1]\n"));
    pass(engine, 800);
    assert_eq!(*seen.clocks.lock().expect("whole"), [1, -2]);
    ok(unsafe { tandem_span_loop(engine, 1, TANDEM_LOOP_PAYLOAD) });
    let told = wait_for(engine, TANDEM_EVENT_SPAN_LOOPED);
    assert_eq!((told.value, told.reason), (TANDEM_LOOP_PAYLOAD as i32, 0));
    ok(unsafe { tandem_span_loop(engine, 1, TANDEM_LOOP_NONE) });
    assert_eq!(wait_for(engine, TANDEM_EVENT_SPAN_LOOPED).value, 0);
    assert_eq!(
        *seen.orders.lock().expect("whole"),
        [(1, TANDEM_ORDER_LOOP, TANDEM_LOOP_PAYLOAD), (1, TANDEM_ORDER_LOOP, TANDEM_LOOP_NONE)]
    );
    close(engine);

    let spoil = |card: &mut tandem_card| {
        (card.set_clock, card.order, card.abilities) = (None, None, 0);
    };
    let seen = Plan { spoil, ..Plan::good() }.register("unable");
    let engine = open(&(text("unable", BARE) + "[clock]\nsources = [0]\n"));
    pass(engine, 800);
    assert_eq!(unsafe { tandem_span_loop(engine, 0, TANDEM_LOOP_LINE) }, TANDEM_E_UNSUPPORTED);
    assert!(seen.clocks.lock().expect("whole").is_empty());
    close(engine);
}

#[test]
fn every_order_reaches_a_card_that_can_do_it_and_no_other() {
    let t1 = format!("{BARE}\nframing = \"t1-esf\"");
    let clock = "[clock]\nmessage_bit = 5\nquality = \"prc\"\n";
    let every = |engine: u64| unsafe {
        [
            tandem_span_loop(engine, 1, TANDEM_LOOP_LOCAL),
            tandem_span_loop(engine, 1, TANDEM_LOOP_LINE),
            tandem_span_loop(engine, 1, TANDEM_LOOP_PAYLOAD),
            tandem_span_insert_error(engine, 1, TANDEM_LINE_ERROR_CODE),
            tandem_span_insert_error(engine, 1, TANDEM_LINE_ERROR_FRAMING),
            tandem_span_insert_error(engine, 1, TANDEM_LINE_ERROR_CRC),
            tandem_span_insert_error(engine, 1, TANDEM_LINE_ERROR_PAYLOAD),
            tandem_span_send_alarm(engine, 1, TANDEM_SEND_RAI, 1),
            tandem_span_send_alarm(engine, 1, TANDEM_SEND_AIS, 0),
            tandem_span_send_alarm(engine, 1, TANDEM_SEND_RAI_CI, 1),
            tandem_span_send_alarm(engine, 1, TANDEM_SEND_AIS_CI, 0),
            tandem_span_command_loop(engine, 1, TANDEM_COMMAND_NETWORK_UP),
            tandem_span_send_loop_code(engine, 1, TANDEM_LOOP_CODE_NETWORK_DOWN),
            tandem_span_obey_loops(engine, 1, TANDEM_OBEY_NOTHING),
            tandem_span_obey_loops(engine, 1, TANDEM_OBEY_NETWORK),
        ]
    };
    // The ability, which of these it is for, and what the card hears of them.
    type Heard = (u32, &'static [usize], &'static [(u32, u32)]);
    let heard: [Heard; 12] = [
        (TANDEM_CARD_LOOP_LOCAL, &[0], &[(1, 1)]),
        (TANDEM_CARD_LOOP_LINE, &[1], &[(1, 2)]),
        (TANDEM_CARD_LOOP_PAYLOAD, &[2], &[(1, 3)]),
        (TANDEM_CARD_ERROR_CODE, &[3], &[(2, 0)]),
        (TANDEM_CARD_ERROR_FRAMING, &[4], &[(2, 1)]),
        (TANDEM_CARD_ERROR_CRC, &[5], &[(2, 2)]),
        (TANDEM_CARD_ERROR_PAYLOAD, &[6], &[(2, 3)]),
        (TANDEM_CARD_ALARMS, &[7, 8], &[(3, 0), (4, 1)]),
        (TANDEM_CARD_CUSTOMER_ALARMS, &[9, 10], &[(3, 2), (4, 3)]),
        // A primary reference clock, at once; in bits 8 to 15 the Sa bit of an E1.
        (TANDEM_CARD_SYNC_MESSAGES, &[], &[(5, 5 << 8 | 1)]),
        (TANDEM_CARD_LOOP_COMMANDS, &[11, 12, 13], &[(6, 5), (7, 4), (8, 0)]),
        (TANDEM_CARD_NETWORK_LOOPS, &[14], &[(8, 2)]),
    ];
    for (bit, (ability, which, expected)) in heard.into_iter().enumerate() {
        assert_eq!(ability, 1 << bit);
        let model = format!("order-{bit}");
        ABILITIES.store(ability, Relaxed);
        let spoil = |card: &mut tandem_card| card.abilities = ABILITIES.load(Relaxed);
        let seen = Plan { spoil, ..Plan::good() }.register(&model);
        let engine = open(&(text(&model, &t1) + clock));
        pass(engine, 80);
        for (number, result) in every(engine).into_iter().enumerate() {
            let expected = if which.contains(&number) { TANDEM_OK } else { TANDEM_E_UNSUPPORTED };
            assert_eq!(result, expected, "ability {ability}, order {number}");
        }
        pass(engine, 80);
        let orders = seen.orders.lock().expect("whole").clone();
        let of_span_1 = orders.iter().filter(|order| order.0 == 1).map(|order| (order.1, order.2));
        assert_eq!(of_span_1.collect::<Vec<_>>(), expected, "ability {ability}");
        close(engine);
    }
}

/// Of the cards of the test above, which runs alone with it.
static ABILITIES: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

#[test]
fn the_quality_and_the_loops_of_the_far_end_are_those_that_the_card_tells() {
    let status = |status: &mut tandem_card_status, service: u32| {
        status.quality = TANDEM_QUALITY_SUPPLY_B;
        if (100..200).contains(&service) {
            (status.looped, status.looped_by_far_end) = (TANDEM_LOOP_LINE, 1);
        }
    };
    let _seen = Plan { status, ..Plan::good() }.register("tells");
    let engine = open(&text("tells", BARE));
    let closed = wait_for(engine, TANDEM_EVENT_SPAN_LOOPED);
    assert_eq!((closed.value, closed.reason, closed.frame), (TANDEM_LOOP_LINE as i32, 1, 800));
    loop {
        let opened = wait_for(engine, TANDEM_EVENT_SPAN_LOOPED);
        if opened.object == closed.object {
            assert_eq!((opened.value, opened.reason, opened.frame), (0, 0, 1600));
            break;
        }
    }
    pass(engine, 16_000);
    let mut clock = sized::<tandem_span_clock>();
    ok(unsafe { tandem_span_get_clock(engine, 1, &mut clock) });
    assert_eq!(clock.quality, TANDEM_QUALITY_SUPPLY_B);
    close(engine);
}

#[test]
fn seconds_of_the_far_end_that_a_card_tells_are_monitored() {
    let _seen = Plan::good().register("far");
    let engine = open(&text("far", &format!("{BARE}\nframing = \"t1-esf\"")));
    pass(engine, 41 * 8000);
    let mut performance = sized::<tandem_performance>();
    ok(unsafe { tandem_span_get_performance(engine, 0, TANDEM_PERFORMANCE_FAR, 0, &mut performance) });
    assert_eq!((performance.errored_seconds, performance.path_coding_violations), (20, 140));
    let mut silent = sized::<tandem_performance>();
    ok(unsafe { tandem_span_get_performance(engine, 1, TANDEM_PERFORMANCE_FAR, 0, &mut silent) });
    assert_eq!((silent.errored_seconds, silent.path_coding_violations), (0, 0));
    close(engine);
}
