//! Several threads in one engine: waiting, closing, and the descriptor for event loops.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
#![allow(clippy::disallowed_methods)] // the tests of real time run in real time
mod common;

use common::{BARE, channel, ok, open, problem, sized, wait};
use std::ptr::null;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tandem_bindings::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// Threads that wait without limit on an engine, and what each gets in the end.
fn waiting(engine: u64, count: usize) -> mpsc::Receiver<(i32, String)> {
    let (done, results) = mpsc::channel();
    for _ in 0..count {
        let done = done.clone();
        thread::spawn(move || {
            let code = loop {
                match wait(engine, -1) {
                    Ok(_) => {}
                    Err(code) => break code,
                }
            };
            done.send((code, problem())).expect("the test waits");
        });
    }
    thread::sleep(Duration::from_millis(100));
    results
}

#[test]
fn threads_that_wait_return_when_another_closes_the_engine() {
    for mode in ["threads", "lockstep"] {
        let engine = open(&BARE.replace("lockstep", mode));
        let results = waiting(engine, 4);
        ok(unsafe { tandem_engine_close(engine) });
        for _ in 0..4 {
            let (code, problem) = results.recv_timeout(PATIENCE).expect("it returns");
            assert_eq!((code, problem.as_str()), (TANDEM_E_CLOSED, "the engine has been closed"), "{mode}");
        }
        assert_eq!(wait(engine, 0).err(), Some(TANDEM_E_STALE));
    }
}

#[test]
fn a_thread_that_lets_time_pass_returns_when_another_closes_the_engine() {
    let engine = open(BARE);
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(unsafe { tandem_engine_advance(engine, u64::MAX) }));
    thread::sleep(Duration::from_millis(50));
    ok(unsafe { tandem_engine_close(engine) });
    assert_eq!(result.recv_timeout(PATIENCE), Ok(TANDEM_E_CLOSED));
}

#[test]
fn of_many_that_close_an_engine_one_does() {
    for mode in ["threads", "lockstep"] {
        let engine = open(&BARE.replace("lockstep", mode));
        let closers: Vec<_> =
            (0..4).map(|_| thread::spawn(move || unsafe { tandem_engine_close(engine) })).collect();
        let mut codes: Vec<i32> = closers.into_iter().map(|one| one.join().expect("no panic")).collect();
        codes.sort_unstable();
        assert_eq!(codes.pop(), Some(TANDEM_OK));
        let refused = [TANDEM_E_CLOSED, TANDEM_E_STALE];
        assert!(codes.iter().all(|code| refused.contains(code)), "{codes:?}");
    }
}

#[test]
fn requests_of_many_threads_are_all_carried_out() {
    let engine = open(&BARE.replace("lockstep", "threads"));
    let count: u32 = thread::scope(|scope| {
        let work = |span: u32| {
            let mut ended = 0;
            for slot in (1..=15).chain(17..=31) {
                let (channel, mut operation) = (channel(engine, span, slot), 0);
                ok(unsafe { tandem_collect(engine, channel, null(), &mut operation) });
                ok(unsafe { tandem_operation_stop(engine, operation) });
                ended += 1;
            }
            ended
        };
        let threads = [0, 1].map(|span| scope.spawn(move || work(span)));
        threads.map(|thread| thread.join().expect("no panic")).iter().sum()
    });
    let mut seen = Vec::new();
    for _ in 0..count {
        let event = wait(engine, 10_000).expect("an event for each operation");
        assert_eq!((event.type_, event.reason), (TANDEM_EVENT_COLLECT_DONE, TANDEM_END_STOPPED as i32));
        seen.push(event.operation);
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 60);
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn the_descriptor_is_readable_while_events_wait() {
    let engine = open(&BARE.replace("lockstep", "threads"));
    let mut fd = -1;
    ok(unsafe { tandem_event_fd(engine, &mut fd) });
    let readable = |timeout_ms| {
        let mut poll = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        unsafe { libc::poll(&mut poll, 1, timeout_ms) == 1 }
    };
    assert!(!readable(0));
    let mut operation = 0;
    ok(unsafe { tandem_collect(engine, channel(engine, 0, 1), null(), &mut operation) });
    ok(unsafe { tandem_operation_stop(engine, operation) });
    assert!(readable(10_000));
    assert_eq!(wait(engine, 0).map(|event| event.operation), Ok(operation));
    assert_eq!(wait(engine, 0).err(), Some(TANDEM_E_TIMEOUT));
    assert!(!readable(0));
    ok(unsafe { tandem_engine_close(engine) });
}

#[test]
fn a_wait_in_real_time_ends_when_its_time_is_over() {
    let engine = open(&BARE.replace("lockstep", "threads"));
    let mut before = sized::<tandem_statistics>();
    ok(unsafe { tandem_get_statistics(engine, &mut before) });
    assert_eq!(wait(engine, 200).err(), Some(TANDEM_E_TIMEOUT));
    let mut after = sized::<tandem_statistics>();
    ok(unsafe { tandem_get_statistics(engine, &mut after) });
    let passed = after.frames - before.frames;
    assert!((800..80_000).contains(&passed), "{passed} frames for 200 ms");
    ok(unsafe { tandem_engine_close(engine) });
}
