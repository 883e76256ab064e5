//! Traffic of groups of trunks through the interface: calls from one card to another behind it.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{c, ok, sized, wait_for};
use std::ptr::null;
use tandem_bindings::*;

/// Two cards back to back; calls go out by one group and come in by the other.
const TWO_GROUPS: &str = "[engine]\nmode = \"lockstep\"\n\
    [[card]]\nmodel = \"loop\"\noptions = { pair = \"g\" }\n[[card]]\nmodel = \"loop\"\noptions = { pair = \"g\" }\n\
    [[span]]\nport = 0\nem = { digits = 4 }\n[[span]]\ncard = 1\nport = 0\nem = { digits = 4 }\n\
    [[group]]\nname = \"out\"\nspans = [0]\n[[group]]\nname = \"in\"\nspans = [1]\n";

fn statistics(engine: u64, group: &str) -> tandem_group_statistics {
    let mut statistics = sized();
    ok(unsafe { tandem_group_get_statistics(engine, c(group).as_ptr(), &mut statistics) });
    statistics
}

fn place(engine: u64) -> Result<u64, i32> {
    let (mut call, out, number) = (0, c("out"), c("1234"));
    match unsafe { tandem_call_place_in(engine, out.as_ptr(), number.as_ptr(), null(), &mut call) } {
        TANDEM_OK => Ok(call),
        code => Err(code),
    }
}

#[test]
fn calls_placed_refused_offered_and_answered_are_counted_and_the_last_trunk_is_told() {
    let engine = common::open(TWO_GROUPS);
    ok(unsafe { tandem_engine_advance(engine, 8 * 2000) });
    let before = statistics(engine, "out");
    assert_eq!((before.channels, before.calls, before.free, before.placed), (30, 0, 30, 0));
    for _ in 0..30 {
        place(engine).expect("a free trunk");
    }
    let busy = wait_for(engine, TANDEM_EVENT_GROUP_BUSY);
    assert_eq!((busy.value, busy.reason, common::text_of(&busy).as_str()), (1, 0, "out"));
    assert_eq!(place(engine), Err(TANDEM_E_BUSY));
    let offered: Vec<u64> = (0..30).map(|_| wait_for(engine, TANDEM_EVENT_CALL_OFFERED).call).collect();
    ok(unsafe { tandem_call_answer(engine, offered[0]) });
    ok(unsafe { tandem_engine_advance(engine, 8 * 3000) });
    let out = statistics(engine, "out");
    assert_eq!((out.calls, out.free, out.placed, out.refused), (30, 0, 30, 1));
    assert_eq!((out.placed_answered, out.offered, out.all_busy_count, out.talk_ms), (1, 0, 1, 0));
    assert!(out.all_busy_ms > 3_000, "{}", out.all_busy_ms);
    let coming = statistics(engine, "in");
    assert_eq!((coming.offered, coming.offered_answered, coming.placed), (30, 1, 0));
    ok(unsafe { tandem_call_clear(engine, offered[0], 16) });
    // Each of the two groups has a free trunk again.
    let mut told =
        [(); 2].map(|()| wait_for(engine, TANDEM_EVENT_GROUP_BUSY)).map(|event| (event.reason, event.value));
    told.sort_unstable();
    assert_eq!(told, [(0, 0), (1, 0)]);
    let out = statistics(engine, "out");
    assert!((2_900..3_400).contains(&out.talk_ms), "{}", out.talk_ms);
    ok(unsafe { tandem_engine_close(engine) });
}
