//! Several threads in one engine: waiting, closing, and the descriptor for event loops.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
#![allow(clippy::disallowed_methods)] // the tests of real time run in real time
mod common;

use common::{BARE, channel, ok, open, problem, sized, wait};
use std::ptr::null;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
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

/// What the process does on each signal, and which the calling thread has blocked.
fn signal_settings() -> Vec<(usize, i32, u64)> {
    let settings = |number: i32| unsafe {
        let mut set: libc::sigaction = std::mem::zeroed();
        (libc::sigaction(number, null(), &raw mut set) == 0).then_some((set.sa_sigaction, set.sa_flags))
    };
    let numbers = || (1..65).filter_map(|number| Some((number, settings(number)?)));
    let blocked = mask("/proc/thread-self", "SigBlk:");
    numbers().map(|(number, (handler, flags))| (handler, flags, blocked >> (number - 1) & 1)).collect()
}

/// One of the sets of signals of a thread, bit n-1 for signal n.
fn mask(thread: &str, set: &str) -> u64 {
    let status = std::fs::read_to_string(format!("{thread}/status")).expect("a thread of ours");
    let line = status.lines().find_map(|line| line.strip_prefix(set)).expect("a set");
    u64::from_str_radix(line.trim(), 16).expect("hexadecimal")
}

/// The threads of engines in this process: media, control, prompts and record of each.
fn threads_of_engines() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("procfs");
    let paths = tasks.map(|entry| entry.expect("a thread").path().display().to_string());
    let named = |path: &String| {
        std::fs::read_to_string(format!("{path}/comm")).is_ok_and(|name| name.starts_with("tandem-"))
    };
    paths.filter(named).collect()
}

static ON_A_THREAD_OF_THE_ENGINE: AtomicU32 = AtomicU32::new(0);
static HANDLED: AtomicU32 = AtomicU32::new(0);

extern "C" fn handler(_signal: i32) {
    let mut name = [0_u8; 16];
    unsafe { libc::prctl(libc::PR_GET_NAME, name.as_mut_ptr()) };
    ON_A_THREAD_OF_THE_ENGINE.fetch_add(u32::from(name.starts_with(b"tandem-")), Relaxed);
    HANDLED.fetch_add(1, Relaxed);
}

#[test]
fn the_handlers_of_the_host_are_left_alone_and_run_on_its_own_threads() {
    let signals = [libc::SIGUSR1, libc::SIGUSR2, libc::SIGALRM, libc::SIGCHLD, libc::SIGPIPE, libc::SIGHUP];
    for signal in signals {
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) }, 0);
    }
    let before = signal_settings();
    let engine = open(&BARE.replace("lockstep", "threads"));
    assert_eq!(signal_settings(), before, "opened");
    // Each gives itself its name.
    let threads = loop {
        let threads = threads_of_engines();
        if threads.len() >= 4 {
            break threads;
        }
        thread::yield_now();
    };
    for thread in &threads {
        for signal in signals {
            assert_ne!(mask(thread, "SigBlk:") >> (signal - 1) & 1, 0, "{thread} takes {signal}");
        }
    }
    let mut timer = 0;
    for _ in 0..20 {
        for signal in signals {
            assert_eq!(unsafe { libc::kill(libc::getpid(), signal) }, 0);
        }
        ok(unsafe { tandem_timer_start(engine, 0, 1, &raw mut timer) });
        wait(engine, -1).expect("the timer's");
    }
    ok(unsafe { tandem_engine_close(engine) });
    assert_eq!(signal_settings(), before, "closed");
    assert!(HANDLED.load(Relaxed) >= 20);
    assert_eq!(ON_A_THREAD_OF_THE_ENGINE.load(Relaxed), 0);
}
