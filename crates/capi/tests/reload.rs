//! Another configuration through the interface: spans come and go while a call goes on.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{c, ok, sized, wait_for};
use tandem_bindings::*;

/// Two cards back to back, with a span each, and what comes behind.
fn config(more: &str) -> String {
    format!(
        "[engine]\nmode = \"lockstep\"\n\
         [[card]]\nmodel = \"loop\"\noptions = {{ pair = \"r\", spans = 2 }}\n\
         [[card]]\nmodel = \"loop\"\noptions = {{ pair = \"r\", spans = 2 }}\n\
         [[span]]\nport = 0\nem = {{ digits = 4 }}\n[[span]]\ncard = 1\nport = 0\nem = {{ digits = 4 }}\n{more}"
    )
}

const TWO_MORE: &str =
    "[[span]]\nport = 1\nem = { digits = 4 }\n[[span]]\ncard = 1\nport = 1\nem = { digits = 4 }\n";

fn reload(engine: u64, text: &str, drain_ms: i64) -> Result<tandem_changes, i32> {
    let (mut changes, text) = (sized(), c(text));
    match unsafe { tandem_engine_reload(engine, text.as_ptr(), drain_ms, &mut changes) } {
        TANDEM_OK => Ok(changes),
        code => Err(code),
    }
}

fn problem() -> String {
    common::text_at(unsafe { tandem_problem() })
}

fn channel(engine: u64, span: u32) -> Result<u64, i32> {
    let mut channel = 0;
    match unsafe { tandem_channel_find(engine, span, 1, &mut channel) } {
        TANDEM_OK => Ok(channel),
        code => Err(code),
    }
}

/// Calls from one span to another, and has the call answered.
fn call(engine: u64, from: u32) -> u64 {
    let (mut call, number) = (0, c("1234"));
    let from = channel(engine, from).expect("a channel");
    ok(unsafe { tandem_call_place(engine, from, number.as_ptr(), &mut call) });
    let offered = wait_for(engine, TANDEM_EVENT_CALL_OFFERED).call;
    ok(unsafe { tandem_call_answer(engine, offered) });
    let mut answered = wait_for(engine, TANDEM_EVENT_CALL_ANSWERED);
    while answered.call != call {
        answered = wait_for(engine, TANDEM_EVENT_CALL_ANSWERED);
    }
    call
}

#[test]
fn spans_come_and_go_by_another_configuration() {
    let engine = common::open(&config(""));
    ok(unsafe { tandem_engine_advance(engine, 8 * 2000) });
    let first = call(engine, 0);
    assert_eq!(channel(engine, 2), Err(TANDEM_E_ARGUMENT));

    let told = reload(engine, &config(TWO_MORE), -1).expect("good");
    assert_eq!((told.spans_added, told.spans_changed, told.spans_removed, told.calls), (2, 0, 0, 0));
    let added = wait_for(engine, TANDEM_EVENT_SPAN_CHANGED);
    assert_eq!(added.value, TANDEM_SPAN_ADDED as i32);
    wait_for(engine, TANDEM_EVENT_SPAN_CHANGED);
    ok(unsafe { tandem_engine_advance(engine, 8 * 2000) });
    let second = call(engine, 2);
    let kept = channel(engine, 2).expect("a channel");

    // It waits for its call, for as long as it is given.
    let told = reload(engine, &config(""), 3000).expect("good");
    assert_eq!((told.spans_removed, told.calls), (2, 2));
    // That can be made shorter on the way.
    assert_eq!(reload(engine, &config(""), 1000).expect("good").calls, 2);
    let cleared = wait_for(engine, TANDEM_EVENT_CALL_CLEARED);
    assert_eq!((cleared.value, cleared.reason), (31, 0));
    let mut removed = wait_for(engine, TANDEM_EVENT_SPAN_CHANGED);
    assert_eq!(removed.value, TANDEM_SPAN_REMOVED as i32);
    removed = wait_for(engine, TANDEM_EVENT_SPAN_CHANGED);
    assert_eq!(removed.value, TANDEM_SPAN_REMOVED as i32);
    let mut state = sized();
    assert_eq!(unsafe { tandem_channel_get_state(engine, kept, &mut state) }, TANDEM_E_STALE);
    let mut info: tandem_call_info = sized();
    ok(unsafe { tandem_call_get_info(engine, second, &mut info) });
    assert_eq!(info.state, TANDEM_CALL_CLEARED);
    ok(unsafe { tandem_call_get_info(engine, first, &mut info) });
    assert_eq!(info.state, TANDEM_CALL_ANSWERED);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn what_cannot_take_effect_is_refused_with_its_field() {
    let engine = common::open(&config(""));
    for (text, word) in [
        (config("[[span]]\nport = 7\n"), "span[2].port"),
        (config("[limits]\nplayers = 3\n"), "limits"),
        (config("nonsense"), "nonsense"),
    ] {
        assert_eq!(reload(engine, &text, -1).unwrap_err(), TANDEM_E_CONFIG, "{text}");
        assert!(problem().contains(word), "{}", problem());
    }
    let (mut changes, missing) = (sized(), c("/no/such/file.toml"));
    let result = unsafe { tandem_engine_reload_file(engine, missing.as_ptr(), -1, &mut changes) };
    assert_eq!(result, TANDEM_E_FILE);
    let path = std::env::temp_dir().join(format!("tandem-reload-{}.toml", std::process::id()));
    std::fs::write(&path, config("[[group]]\nname = \"out\"\nspans = [0]\n")).expect("a file");
    let text = c(path.to_str().expect("a path"));
    ok(unsafe { tandem_engine_reload_file(engine, text.as_ptr(), -1, &mut changes) });
    let _ = std::fs::remove_file(&path);
    let mut statistics: tandem_group_statistics = sized();
    ok(unsafe { tandem_group_get_statistics(engine, c("out").as_ptr(), &mut statistics) });
    assert_eq!(statistics.channels, 30);
    ok(unsafe { tandem_engine_close(engine) });
}
