//! What hosts see when a part of the engine fails, and when several of them use one engine in virtual time.
mod common;

use common::{Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_engine::{Engine, EventKind};
use tandem_types::Frames;

/// A far end on the media thread that has a defect.
struct Panics {
    at: u64,
}

impl Script for Panics {
    fn frame(&mut self, now: u64, _: usize, _: &Frame, _: &mut Frame, _: &mut Line) {
        assert!(now < self.at, "the defect of this test");
    }
}

fn open(mode: &str, panic_at: u64) -> Engine {
    let config = format!("[engine]\nmode = \"{mode}\"\n[[card]]\nmodel = \"loop\"\n[[span]]\nport = 0\n");
    common::open(&config, 1, 8, &Arc::new(Mutex::new(Panics { at: panic_at }))).expect("a good configuration")
}

#[test]
fn hosts_are_told_when_the_media_thread_has_panicked_and_can_close() {
    let engine = open("threads", 80);
    let failure = loop {
        let event = engine.event_wait(None).expect("open");
        if let EventKind::EngineFailed { part } = event.kind {
            break part;
        }
    };
    assert_eq!(failure, "media");
    engine.close().expect("open until now");
    let problem = engine.check_conservation().expect_err("nobody can tell");
    assert!(problem.contains("panicked"), "{problem}");
}

#[test]
fn a_thread_that_lets_virtual_time_pass_keeps_no_other_from_the_engine() {
    let engine = open("lockstep", u64::MAX);
    let month = Frames::from_seconds(30 * 86_400);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| engine.event_wait(Some(month)));
        while engine.now().0 < 8000 {
            std::thread::yield_now();
        }
        engine.statistics().expect("open");
        engine.close().expect("open until now");
        assert_eq!(waiting.join().expect("no panic"), None);
    });
    assert!(engine.now().0 < month.0);
}
