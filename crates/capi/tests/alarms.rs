//! Alarms through the interface.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{ok, sized, wait_for};
use tandem_bindings::*;

const TWO_SPANS: &str = "[engine]\nmode = \"lockstep\"\n[alarms]\nmaintenance = \"minor\"\n\
    [[card]]\nmodel = \"sim-bit\"\noptions = { spans = 2 }\n[[span]]\nport = 0\n[[span]]\nport = 1\n";

fn alarm(engine: u64, after: u64) -> Result<tandem_alarm, i32> {
    let mut alarm: tandem_alarm = sized();
    match unsafe { tandem_alarm_get(engine, after, &mut alarm) } {
        TANDEM_OK => Ok(alarm),
        code => Err(code),
    }
}

#[test]
fn alarms_are_told_and_listed_while_they_last() {
    let engine = common::open(TWO_SPANS);
    ok(unsafe { tandem_engine_advance(engine, 8 * 3000) });
    assert_eq!(alarm(engine, 0).unwrap_err(), TANDEM_E_STATE);
    for span in [1, 0] {
        ok(unsafe { tandem_span_send_alarm(engine, span, TANDEM_SEND_AIS, 1) });
        let told = wait_for(engine, TANDEM_EVENT_ALARM);
        assert_eq!(
            (told.value, told.reason),
            (TANDEM_SEVERITY_MINOR as i32, TANDEM_ALARM_MAINTENANCE as i32)
        );
        assert!(common::text_of(&told).contains(&format!("span {span}")), "{}", common::text_of(&told));
    }
    let first = alarm(engine, 0).expect("an alarm");
    let (kind, severity) = (TANDEM_ALARM_MAINTENANCE, TANDEM_SEVERITY_MINOR);
    assert_eq!((first.number, first.kind, first.severity, first.place), (1, kind, severity, 1));
    assert!((24_000..26_000).contains(&first.since), "{}", first.since);
    let mut info: tandem_span_info = sized();
    ok(unsafe { tandem_span_get_info(engine, 1, &mut info) });
    assert_eq!(first.object, info.span);
    let second = alarm(engine, first.number).expect("another");
    assert_eq!((second.number, second.place), (2, 0));
    assert_eq!(alarm(engine, second.number).unwrap_err(), TANDEM_E_STATE);
    ok(unsafe { tandem_span_send_alarm(engine, 1, TANDEM_SEND_AIS, 0) });
    let over = wait_for(engine, TANDEM_EVENT_ALARM);
    assert_eq!((over.value, over.object), (TANDEM_SEVERITY_CLEARED as i32, first.object));
    assert_eq!(alarm(engine, 0).expect("that of span 0").number, 2);
    ok(unsafe { tandem_engine_close(engine) });
}
