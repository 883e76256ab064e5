//! Defects and failures: only a failure touches calls.
mod common;

use common::callers::{Act, Caller, Callers};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tandem_engine::{End, EndReason, Engine, EventKind, Terms};
use tandem_types::{Cause, Defect, Defects, Frames};

fn config(directory: &Path) -> String {
    format!(
        "[engine]\nmode = \"lockstep\"\n[recording]\ndirectory = {directory:?}\n[[card]]\nmodel = \"loop\"\n\
         [[span]]\nport = 0\nem = {{ digits = 4 }}\n"
    )
}

fn second(frame: u64) -> f64 {
    frame as f64 / 8000.0
}

fn los(present: bool) -> Defects {
    if present { Defects::only(Defect::Los) } else { Defects::NONE }
}

/// Answers what is offered, and gives the next event that is neither offer nor information. Alarms and their severities have
/// tests of their own.
fn next(engine: &Engine, within: Frames) -> Option<(f64, EventKind)> {
    let deadline = engine.now() + within;
    loop {
        let event = engine.event_wait(Some(deadline.since(engine.now())))?;
        match event.kind {
            EventKind::CallOffered { call, .. } => engine.call_answer(call).expect("offered"),
            EventKind::Digit { .. } | EventKind::SpanDefects { .. } | EventKind::AlarmChanged { .. } => {}
            kind => return Some((second(event.at.0), kind)),
        }
    }
}

fn long_call(at: u64) -> Caller {
    Caller::new(0, 3, at, &[(0, Act::Tone(600.0))])
}

#[test]
fn a_defect_shorter_than_the_failure_time_drops_no_call() {
    let callers = Arc::new(Mutex::new(Callers(vec![long_call(1000)])));
    let schedule = |frame| los((5.0..7.4).contains(&second(frame)));
    let engine = common::open_faulty(&config(Path::new("")), schedule, &callers).expect("a good one");
    assert!(matches!(next(&engine, Frames::from_seconds(5)), Some((_, EventKind::CallAnswered { .. }))));
    assert_eq!(next(&engine, Frames::from_seconds(20)), None);
    assert_eq!(engine.statistics().expect("open").totals.span_failures, 0);
    assert!(engine.statistics().expect("open").totals.media.octets_muted > 0);
    assert!(!callers.lock().expect("no panic").0[0].is_done());
}

#[test]
fn a_failure_clears_calls_with_cause_27_keeps_the_recording_and_ends_ten_seconds_after_repair() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("failure");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    // The first caller is up when the span fails; it hangs up during the failure. The second calls while
    // the span is blocked, the third when it is in use again.
    let mut first = long_call(1000);
    first.plan.push_back((8 * 8000, Act::HangUp));
    let second_caller = Caller::new(0, 4, 12 * 8000, &[(3 * 8000, Act::HangUp)]);
    let third = Caller::new(0, 5, 22 * 8000, &[]);
    let callers = Arc::new(Mutex::new(Callers(vec![first, second_caller, third])));
    let schedule = |frame| los((5.0..10.0).contains(&second(frame)));
    let engine = common::open_faulty(&config(&directory), schedule, &callers).expect("a good one");

    let Some((_, EventKind::CallAnswered { channel, .. })) = next(&engine, Frames::from_seconds(5)) else {
        panic!("not answered")
    };
    engine.record(channel, Path::new("kept.wav"), Terms::default()).expect("answered");
    let Some((at, EventKind::SpanFailed { defects, .. })) = next(&engine, Frames::from_seconds(9)) else {
        panic!("no failure")
    };
    assert!((7.5..7.6).contains(&at), "{at}");
    assert!(defects.contains(Defect::Los));
    let Some((_, EventKind::CallCleared { cause, by_far_end, .. })) = next(&engine, Frames(8000)) else {
        panic!("not cleared")
    };
    assert_eq!((cause, by_far_end), (Cause::DESTINATION_OUT_OF_ORDER, false));
    let Some((_, EventKind::RecordDone { reason, recorded_ms, path, .. })) = next(&engine, Frames(8000))
    else {
        panic!("no recording")
    };
    assert_eq!(reason, EndReason::Hangup);
    assert!(recorded_ms > 6_000 && path.exists(), "{recorded_ms} ms");

    let blocked = engine.spans().expect("open")[0];
    assert!(blocked.failed);
    let Some((at, EventKind::SpanRestored { .. })) = next(&engine, Frames::from_seconds(20)) else {
        panic!("not restored")
    };
    assert!((20.0..20.1).contains(&at), "{at}");
    let Some((at, EventKind::CallAnswered { .. })) = next(&engine, Frames::from_seconds(9)) else {
        panic!("no calls after the repair")
    };
    assert!(at > 22.0, "{at}");
    assert!(callers.lock().expect("no panic").0[1].answered_at.is_none(), "blocked circuits take no calls");
    engine.close().expect("open until now");
    std::fs::remove_dir_all(&directory).expect("our own directory");
}

#[test]
fn a_break_of_50_ms_each_second_counts_defects_and_drops_nothing() {
    let callers = Arc::new(Mutex::new(Callers(vec![long_call(1000)])));
    let schedule = |frame: u64| los(frame % 8000 < 400);
    let engine = common::open_faulty(&config(Path::new("")), schedule, &callers).expect("a good one");
    assert!(matches!(next(&engine, Frames::from_seconds(9)), Some((_, EventKind::CallAnswered { .. }))));
    // An hour in the long run, a minute here.
    let seconds = if std::env::var_os("TANDEM_SOAK").is_some() { 3600 } else { 60 };
    assert_eq!(next(&engine, Frames::from_seconds(seconds)), None);
    let statistics = engine.statistics().expect("open");
    assert_eq!((statistics.totals.span_failures, statistics.totals.calls_cleared), (0, 0));
    assert!(statistics.totals.media.octets_muted >= (seconds - 2) * 400 * 30);
    // Each second is counted, though none is a failure: ten in a row and what follows are unavailable time (G.826).
    let near = engine.performance(0, End::Near, 0).expect("a span").expect("the quarter hour in progress");
    let passed = (engine.now().0 / 8000) % 900;
    assert!(near.counts.unavailable_seconds + 15 >= passed, "{near:?} after {passed} s");
    assert_eq!(near.counts.failures, 0);
}
