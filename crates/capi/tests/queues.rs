//! Queues of events, the ends of operations, timers, channels in pairs and the list of calls through the interface.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{c, ok, sized, text_of, wait_for};
use std::ptr::null;
use tandem_bindings::*;

const LOCAL: &str = "[engine]\nmode = \"lockstep\"\n\
    [[card]]\nmodel = \"local\"\n[[span]]\nport = 0\nsignalling = \"none\"\n";

fn pair(engine: u64) -> (u64, u64) {
    let (mut near, mut far) = (0, 0);
    ok(unsafe { tandem_pair_new(engine, &mut near, &mut far) });
    (near, far)
}

fn play(engine: u64, channel: u64, path: &str) -> u64 {
    let (mut operation, path) = (0, c(path));
    ok(unsafe { tandem_play(engine, channel, path.as_ptr(), null(), &mut operation) });
    operation
}

fn wait_in(engine: u64, queue: u64, timeout_ms: i64) -> Result<tandem_event, i32> {
    let mut event: tandem_event = sized();
    match unsafe { tandem_queue_wait(engine, queue, timeout_ms, &mut event) } {
        TANDEM_OK => Ok(event),
        code => Err(code),
    }
}

fn pass(engine: u64, ms: u64) {
    ok(unsafe { tandem_engine_advance(engine, 8 * ms) });
}

#[test]
fn digits_sent_on_one_channel_of_a_pair_are_told_of_the_other_in_its_queue() {
    let engine = common::open(LOCAL);
    let ((near, far), mut queue, mut fd) = (pair(engine), 0, -1);
    ok(unsafe { tandem_queue_new(engine, &mut queue) });
    ok(unsafe { tandem_queue_fd(engine, queue, &mut fd) });
    assert!(fd >= 0);
    ok(unsafe { tandem_channel_set_queue(engine, far, queue) });
    ok(unsafe { tandem_channel_listen(engine, far, TANDEM_DETECT_DIGITS) });
    let operation = play(engine, near, "dtmf:90/60@-10 5");
    let digit = wait_in(engine, queue, 1000).expect("a digit");
    assert_eq!(
        (digit.type_, digit.object, digit.seq, text_of(&digit).as_str()),
        (TANDEM_EVENT_DIGIT, far, 1, "5")
    );
    let ended = wait_in(engine, queue, 1000).expect("its end");
    assert_eq!((ended.type_, ended.object, ended.seq), (TANDEM_EVENT_DIGIT_ENDED, far, 2));
    assert!((88..=92).contains(&ended.length_ms), "{}", ended.length_ms);
    assert!(
        (-105..=-95).contains(&ended.value) && (-105..=-70).contains(&ended.reason),
        "{} {}",
        ended.value,
        ended.reason
    );
    assert!(text_of(&ended).starts_with("5 "), "{}", text_of(&ended));
    assert_eq!(wait_for(engine, TANDEM_EVENT_PLAY_DONE).operation, operation);
    assert_eq!(wait_in(engine, queue, 100).unwrap_err(), TANDEM_E_TIMEOUT);
    // In the main one again.
    ok(unsafe { tandem_channel_set_queue(engine, far, 0) });
    play(engine, near, "dtmf:7");
    assert_eq!(text_of(&wait_for(engine, TANDEM_EVENT_DIGIT)), "7");
    ok(unsafe { tandem_queue_free(engine, queue) });
    assert_eq!(wait_in(engine, queue, 0).unwrap_err(), TANDEM_E_STALE);
    ok(unsafe { tandem_pair_free(engine, far) });
    assert_eq!(unsafe { tandem_pair_free(engine, near) }, TANDEM_E_STALE);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn a_host_does_one_thing_after_another() {
    let engine = common::open(LOCAL);
    let (near, _) = pair(engine);
    let operation = play(engine, near, "tone:425 300");
    let mut event: tandem_event = sized();
    assert_eq!(unsafe { tandem_operation_wait(engine, operation, 100, &mut event) }, TANDEM_E_TIMEOUT);
    let mut state: tandem_play_state = sized();
    ok(unsafe { tandem_play_get_state(engine, operation, &mut state) });
    assert!(
        (90..=100).contains(&state.heard_ms) && state.position_ms == state.heard_ms,
        "{}",
        state.heard_ms
    );
    assert_eq!((state.length_ms, state.paused), (300, 0));
    ok(unsafe { tandem_operation_pause(engine, operation, 1) });
    pass(engine, 20);
    ok(unsafe { tandem_play_get_state(engine, operation, &mut state) });
    assert_eq!(state.paused, 1);
    ok(unsafe { tandem_operation_pause(engine, operation, 0) });
    for _ in 0..2 {
        ok(unsafe { tandem_operation_wait(engine, operation, -1, &mut event) });
        assert_eq!((event.type_, event.operation, event.length_ms), (TANDEM_EVENT_PLAY_DONE, operation, 300));
        assert_eq!((event.reason, event.seq), (TANDEM_END_FINISHED as i32, 0));
    }
    assert_eq!(unsafe { tandem_play_get_state(engine, operation, &mut state) }, TANDEM_E_STALE);
    assert_eq!(wait_for(engine, TANDEM_EVENT_PLAY_DONE).seq, 1);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn timers_tell_when_their_time_is_over() {
    let engine = common::open(LOCAL);
    let ((near, _), mut first, mut second, mut frame) = (pair(engine), 0, 0, 0);
    ok(unsafe { tandem_timer_start(engine, 0, 250, &mut first) });
    ok(unsafe { tandem_timer_start(engine, near, 100, &mut second) });
    let over = wait_for(engine, TANDEM_EVENT_TIMER);
    assert_eq!(
        (over.operation, over.object, over.reason, over.frame),
        (second, near, TANDEM_END_FINISHED as i32, 800)
    );
    ok(unsafe { tandem_get_frame(engine, &mut frame) });
    assert_eq!(frame, 800);
    ok(unsafe { tandem_timer_stop(engine, first) });
    let over = wait_for(engine, TANDEM_EVENT_TIMER);
    assert_eq!((over.operation, over.object, over.reason), (first, 0, TANDEM_END_STOPPED as i32));
    assert_eq!(unsafe { tandem_timer_stop(engine, first) }, TANDEM_E_STALE);
    assert_eq!(unsafe { tandem_timer_start(engine, 0, 0, &mut first) }, TANDEM_E_ARGUMENT);
    ok(unsafe { tandem_engine_close(engine) });
    assert_eq!(unsafe { tandem_get_frame(engine, &mut frame) }, TANDEM_E_STALE);
}

#[test]
fn a_host_that_has_lost_events_knows_all_calls_again() {
    let engine = common::open(
        "[engine]\nmode = \"lockstep\"\n\
         [[card]]\nmodel = \"loop\"\noptions = { pair = \"q\" }\n[[card]]\nmodel = \"loop\"\noptions = { pair = \"q\" }\n\
         [[span]]\nport = 0\nem = { digits = 4 }\n[[span]]\ncard = 1\nport = 0\nem = { digits = 4 }\n",
    );
    pass(engine, 2000);
    let mut placed = Vec::new();
    for slot in 1..=3 {
        let (mut channel, mut call, number) = (0, 0, c("1234"));
        ok(unsafe { tandem_channel_find(engine, 0, slot, &mut channel) });
        ok(unsafe { tandem_call_place(engine, channel, number.as_ptr(), &mut call) });
        placed.push(call);
    }
    pass(engine, 3000);
    let list = |after: u64, room: usize| {
        let (mut calls, mut count, mut seq) = ([0; 16], 0, 0);
        let place: *mut u64 = calls.as_mut_ptr();
        ok(unsafe { tandem_call_list(engine, after, place, room as u32, &mut count, &mut seq) });
        (calls[..count as usize].to_vec(), seq)
    };
    let (all, seq) = list(0, 16);
    assert_eq!(all.len(), 6, "each is a call of both ends");
    assert!(placed.iter().all(|call| all.contains(call)) && all.is_sorted());
    assert_eq!(list(0, 4).0, all[..4]);
    assert_eq!(list(all[3], 16).0, all[4..]);
    assert_eq!(list(all[5], 16).0, []);
    // The events that wait are older, and the next is the one behind.
    let (mut event, mut last): (tandem_event, u64) = (sized(), 0);
    while unsafe { tandem_event_wait(engine, 0, &mut event) } == TANDEM_OK {
        last = event.seq;
    }
    assert_eq!(last, seq);
    ok(unsafe { tandem_call_clear(engine, all[0], 16) });
    assert_eq!(wait_for(engine, TANDEM_EVENT_CALL_CLEARED).seq, seq + 1);
    pass(engine, 1000);
    assert_eq!(list(0, 16).0.len(), 4);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn a_bridge_that_is_moderated_tells_when_a_moderator_comes_and_goes() {
    let engine = common::open(LOCAL);
    let (mut bridge, (near, far)) = (0, pair(engine));
    ok(unsafe { tandem_bridge_new(engine, &mut bridge) });
    ok(unsafe { tandem_bridge_moderate(engine, bridge, 1) });
    ok(unsafe { tandem_bridge_join(engine, bridge, near) });
    let terms = tandem_bridge_terms { moderator: 1, ..sized() };
    ok(unsafe { tandem_bridge_join_with(engine, bridge, far, &terms) });
    let mut party = sized::<tandem_bridge_party>();
    ok(unsafe { tandem_bridge_get_party(engine, far, &mut party) });
    assert_eq!(party.moderator, 1);
    ok(unsafe { tandem_bridge_get_party(engine, near, &mut party) });
    assert_eq!(party.moderator, 0);
    let told = || {
        let event = wait_for(engine, TANDEM_EVENT_BRIDGE_MODERATED);
        (event.object, event.value)
    };
    assert_eq!(told(), (bridge, 1));
    ok(unsafe { tandem_bridge_leave(engine, far) });
    assert_eq!(told(), (bridge, 0));
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn talkers_of_a_bridge_that_is_watched_are_told() {
    let engine = common::open(LOCAL);
    let (mut bridge, (near, far)) = (0, pair(engine));
    ok(unsafe { tandem_bridge_new(engine, &mut bridge) });
    ok(unsafe { tandem_bridge_join(engine, bridge, far) });
    ok(unsafe { tandem_bridge_watch(engine, bridge, 1) });
    play(engine, near, "tone:425 500");
    for speaks in [1, 0] {
        let told = wait_for(engine, TANDEM_EVENT_TALKER);
        assert_eq!((told.object, told.operation, told.value), (far, bridge, speaks));
    }
    ok(unsafe { tandem_engine_close(engine) });
}
