//! Calls that must be recorded: none is answered without a recording, and none goes on when its recording fails.
//!
//! Alone in its file: it lets no file of the process grow beyond a limit.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use tandem_engine::{EndReason, EngineError, EventKind, Terms};
use tandem_types::Cause;

const SECOND: u64 = 8000;

/// Files may have so many octets; what is written beyond fails, as on a full disk.
fn limit_files(octets: u64) {
    let limit = libc::rlimit { rlim_cur: octets, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: both only change what this process may do, by valid arguments.
    let done = unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit)
    };
    assert_eq!(done, 0);
}

#[test]
fn a_call_is_answered_with_a_recording_alone_and_ends_with_it() {
    limit_files(40_000);
    let caller = Caller::new(0, 1, 1000, &[(60 * SECOND, Act::HangUp)]);
    let bench = Bench::with_recording("required", "required = true", vec![caller]);
    let EventKind::CallOffered { call, channel, .. } = bench.event() else { panic!("no offer") };
    let refused = bench.engine.call_answer(call);
    assert!(
        matches!(refused, Err(EngineError::WrongState(why)) if why.contains("recording.required")),
        "{refused:?}"
    );
    let nowhere = bench.engine.record(channel, Path::new("no/such/directory/x.wav"), Terms::default());
    assert!(matches!(nowhere, Err(EngineError::File { .. })));
    // Not even the header, which is one sector, has room.
    limit_files(500);
    let full = bench.engine.record(channel, Path::new("full.wav"), Terms::default());
    assert!(matches!(full, Err(EngineError::File { .. })), "{full:?}");
    assert!(!bench.directory.join("full.wav").exists(), "its name is free again");
    limit_files(40_000);
    assert!(bench.engine.call_answer(call).is_err(), "still none");
    let first = bench.engine.record(channel, Path::new("stopped.wav"), Terms::default()).expect("offered");
    bench.engine.stop(first).expect("it runs");
    assert!(bench.engine.call_answer(call).is_err(), "one that ends is none");
    assert!(matches!(bench.event(), EventKind::RecordDone { reason: EndReason::Stopped, .. }));
    let record = bench.engine.record(channel, Path::new("full.wav"), Terms::default()).expect("offered");
    bench.engine.pause(record).expect("it runs");
    bench.engine.call_answer(call).expect("it is recorded, though the recording rests");
    bench.engine.resume(record).expect("it rests");
    assert!(matches!(bench.event(), EventKind::CallAnswered { .. }));
    // 16000 octets a second: the file is full within three seconds.
    let EventKind::RecordDone { operation, reason, recorded_ms, problem, .. } = bench.event() else {
        panic!("no end")
    };
    assert_eq!((operation, reason), (record, EndReason::Failed));
    assert!((1_000..3_500).contains(&recorded_ms), "{recorded_ms}");
    assert!(!problem.is_empty());
    let EventKind::CallCleared { cause, by_far_end, .. } = bench.event() else { panic!("not cleared") };
    assert_eq!((cause, by_far_end), (Cause::TEMPORARY_FAILURE, false));
    bench.finish();
}
