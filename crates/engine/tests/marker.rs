//! A marked octet through the whole engine, over looped cards, in both runners.
mod common;

use common::{Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_types::{Bearer, Frames};

/// Sends one marked octet in slot 5 of span 0 at frame 8000 and waits for it in slot 9 of span 1.
#[derive(Default)]
struct Marker {
    sent: Option<u64>,
    heard: Vec<u64>,
}

impl Script for Marker {
    fn frame(&mut self, now: u64, span: usize, heard: &Frame, send: &mut Frame, _: &mut Line) {
        *send = [0x11; 32];
        if span == 0 && now == 8000 {
            send[5] = 0x77;
            self.sent = Some(now);
        }
        if span == 1 && heard[9] == 0x77 {
            self.heard.push(now);
        }
    }
}

fn config(mode: &str, tick: usize) -> String {
    format!(
        "[engine]\nmode = \"{mode}\"\ntick_frames = {tick}\n[[card]]\nmodel = \"loop\"\n\
         [[span]]\nport = 0\nsignalling = \"none\"\n[[span]]\nport = 1\nsignalling = \"none\"\n"
    )
}

/// Runs until the marker is through, and says how many frames it took from far end to far end.
fn crossing(mode: &str, tick: usize, granule: usize) -> u64 {
    let script = Arc::new(Mutex::new(Marker::default()));
    let engine = common::open(&config(mode, tick), 2, granule, &script).expect("a good configuration");
    let channel = |span: usize, slot: u8| {
        let channels = engine.channels(span).expect("open");
        channels.iter().find(|(_, number)| *number == slot).expect("a traffic slot").0
    };
    engine.connect(channel(1, 9), Some(channel(0, 5)), Bearer::Unrestricted).expect("two channels");
    let through = || !script.lock().expect("no panic").heard.is_empty();
    // In real time this takes a second and a little; the limit only ends a run that has failed.
    for _ in 0..2000 {
        if through() {
            break;
        }
        let _ = engine.event_wait(Some(Frames::from_ms(100)));
    }
    engine.close().expect("open until now");
    engine.check_conservation().expect("every octet accounted for");
    let script = script.lock().expect("no panic");
    assert_eq!(script.heard.len(), 1, "the marker arrives once");
    script.heard[0] - script.sent.expect("sent")
}

/// Each way over the loop costs the granule on the wire; the far card and the near card one granule each.
const fn outside(granule: u64) -> u64 {
    2 * granule
}

#[test]
fn a_marked_octet_crosses_in_exactly_two_ticks_on_cards_with_a_granule_of_a_millisecond() {
    for tick in [8, 40, 160] {
        assert_eq!(crossing("lockstep", tick, 8) - outside(8), 2 * tick as u64, "tick {tick}");
    }
}

#[test]
fn a_marked_octet_crosses_in_exactly_two_ticks_on_cards_with_a_granule_of_a_frame() {
    for tick in [1, 2, 4] {
        assert_eq!(crossing("lockstep", tick, 1) - outside(1), 2 * tick as u64, "tick {tick}");
    }
}

#[test]
fn threads_give_the_same_crossing_as_lockstep() {
    assert_eq!(crossing("threads", 8, 8), crossing("lockstep", 8, 8));
}

#[test]
fn a_tick_below_the_granule_is_refused_by_name() {
    for (tick, granule) in [(4, 8), (12, 8), (1, 8)] {
        let script = Arc::new(Mutex::new(Marker::default()));
        let Err(error) = common::open(&config("lockstep", tick), 2, granule, &script) else {
            panic!("a tick of {tick} frames was accepted");
        };
        let text = error.to_string();
        assert!(text.contains("card 0") && text.contains("multiple of 8"), "{text}");
    }
}
