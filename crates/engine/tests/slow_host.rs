//! A host that does not fetch its events: nothing it must learn is lost, nothing grows, and new calls are
//! refused.
mod common;

use common::callers::{Caller, Callers};
use std::sync::{Arc, Mutex};
use tandem_engine::EventKind;
use tandem_types::{Cause, Frames};

#[test]
fn a_host_that_stops_reading_is_refused_new_calls_and_loses_no_state() {
    let slots = (1..=30_usize).map(|channel| if channel < 16 { channel } else { channel + 1 });
    let caller = |slot: usize| {
        let mut caller = Caller::new(0, slot, 1000 + 4000 * slot as u64, &[]);
        caller.patience = Some(10 * 8000);
        caller
    };
    let callers = Arc::new(Mutex::new(Callers(slots.map(caller).collect())));
    let config = "[engine]\nmode = \"lockstep\"\nevent_queue = 16\n[[card]]\nmodel = \"loop\"\n\
                  [[span]]\nport = 0\nem = { digits = 4 }\n";
    let engine = common::open(config, 1, 8, &callers).expect("a good one");
    engine.advance(Frames::from_seconds(40));

    let statistics = engine.statistics().expect("open").totals;
    let (mut offered, mut cleared, mut congestion) = (Vec::new(), Vec::new(), 0);
    while let Some(event) = engine.event_wait(Some(Frames::from_ms(1))) {
        match event.kind {
            EventKind::CallOffered { call, .. } => offered.push(call),
            EventKind::CallCleared { call, cause, .. } => {
                cleared.push(call);
                congestion += u64::from(cause == Cause::CONGESTION);
            }
            _ => {}
        }
    }
    assert_eq!(offered.len() as u64, statistics.calls_offered);
    let mut expected = offered.clone();
    expected.sort_unstable();
    cleared.sort_unstable();
    assert_eq!(cleared, expected, "each call that was offered is told to be cleared, and no other");
    assert!(offered.len() >= 12, "the queue is used before calls are refused: {}", offered.len());
    assert_eq!(congestion, 0);
    assert!(statistics.calls_refused > 0 && statistics.calls_active == 0);
    assert_eq!(statistics.calls_seized, statistics.calls_offered + statistics.calls_refused);
}
