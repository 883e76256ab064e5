//! A line of others that is listened to, through the interface.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{Directory, c, ok, sized, text_of, wait_for};
use tandem_bindings::*;

fn tapped(engine: u64, call: u64) -> tandem_tap_call {
    let mut tapped = sized();
    ok(unsafe { tandem_tap_get_call(engine, call, &mut tapped) });
    tapped
}

#[test]
fn a_call_of_others_is_told_as_it_goes_on_and_recorded_to_its_end() {
    let place = Directory::new("taps");
    let line = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/c/tap.toml"));
    let engine =
        common::open(&format!("{}\n[recording]\ndirectory = {:?}\n", line.expect("a file"), place.0));
    let next = |state: u32| {
        let event = wait_for(engine, TANDEM_EVENT_TAP_CALL);
        assert_eq!(event.value as u32, state);
        (event, tapped(engine, event.call))
    };
    let (set_up, call) = next(TANDEM_TAP_SET_UP);
    assert_eq!((call.call, call.state, text_of(&set_up).as_str()), (set_up.call, TANDEM_TAP_SET_UP, "2001"));
    assert_eq!((call.by_network, call.whole, call.answered, call.end), (1, 1, 0, TANDEM_TAP_END_NONE));
    let answered = loop {
        let event = wait_for(engine, TANDEM_EVENT_TAP_CALL);
        if event.value as u32 == TANDEM_TAP_ANSWERED {
            break event;
        }
    };
    let call = tapped(engine, set_up.call);
    assert_eq!((answered.call, answered.object), (set_up.call, call.from_network));
    assert!(call.began < call.answered && call.from_network != call.from_user, "{call:?}");
    let mut operation = 0;
    let channel = call.from_network;
    ok(unsafe { tandem_record(engine, channel, c("call.wav").as_ptr(), std::ptr::null(), &mut operation) });
    let done = wait_for(engine, TANDEM_EVENT_RECORD_DONE);
    assert_eq!((done.operation, done.reason as u32), (operation, TANDEM_END_HANGUP));
    let call = tapped(engine, set_up.call);
    assert_eq!((call.state, call.cause), (TANDEM_TAP_ENDED, 16));
    assert!(call.ended > call.answered && call.end != TANDEM_TAP_END_NONE, "{call:?}");
    let mut none = sized::<tandem_tap_call>();
    assert_eq!(unsafe { tandem_tap_get_call(engine, 1 << 40, &mut none) }, TANDEM_E_NO_CALL);
    ok(unsafe { tandem_engine_close(engine) });
}
