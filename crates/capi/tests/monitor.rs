//! A supervisor without a bridge, through the interface.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{c, ok, problem, text_of, wait};
use std::ptr::null;
use tandem_bindings::*;

const LOCAL: &str = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"local\"\n\
    [[span]]\nport = 0\nsignalling = \"none\"\n";

/// The near and the far channel of a new pair; digits are told of the near one.
fn pair(engine: u64) -> (u64, u64) {
    let (mut near, mut far) = (0, 0);
    ok(unsafe { tandem_pair_new(engine, &mut near, &mut far) });
    ok(unsafe { tandem_channel_listen(engine, near, TANDEM_DETECT_DIGITS) });
    (near, far)
}

/// The digits told of a channel when these have been played on others.
fn heard(engine: u64, listener: u64, played: &[(u64, &str)]) -> String {
    for (channel, path) in played {
        let mut operation = 0;
        ok(unsafe { tandem_play(engine, *channel, c(path).as_ptr(), null(), &mut operation) });
        ok(unsafe { tandem_engine_advance(engine, 8 * 500) });
    }
    let mut digits = String::new();
    while let Ok(event) = wait(engine, 0) {
        if (event.type_, event.object) == (TANDEM_EVENT_DIGIT, listener) {
            digits += &text_of(&event);
        }
    }
    digits
}

#[test]
fn a_supervisor_hears_what_a_caller_says_and_hears() {
    let engine = common::open(LOCAL);
    let (phone, caller) = pair(engine);
    let (supervisor_phone, supervisor) = pair(engine);
    for (side, digits) in [
        (TANDEM_SIDE_RECEIVED, "1"),
        (TANDEM_SIDE_SENT, "2"),
        (TANDEM_SIDE_BOTH, "12"),
        (TANDEM_SIDE_SENT, "2"),
    ] {
        ok(unsafe { tandem_monitor(engine, supervisor, caller, side) });
        assert_eq!(
            heard(engine, supervisor_phone, &[(phone, "dtmf:1"), (caller, "dtmf:2")]),
            digits,
            "{side}"
        );
    }
    ok(unsafe { tandem_connect(engine, supervisor, 0, TANDEM_BEARER_SPEECH) });
    assert_eq!(heard(engine, supervisor_phone, &[(phone, "dtmf:1"), (caller, "dtmf:2")]), "");
    assert_eq!(unsafe { tandem_monitor(engine, supervisor, caller, 3) }, TANDEM_E_ARGUMENT);
    assert!(problem().contains("side 3"), "{}", problem());
    ok(unsafe { tandem_connect(engine, caller, supervisor, TANDEM_BEARER_SPEECH) });
    assert_eq!(unsafe { tandem_monitor(engine, supervisor, caller, TANDEM_SIDE_SENT) }, TANDEM_E_STATE);
    assert!(problem().contains("hear itself"), "{}", problem());
    ok(unsafe { tandem_engine_close(engine) });
}
