//! Performance of spans as hosts read it.
mod common;

use common::{Line, Script};
use std::sync::{Arc, Mutex};
use tandem_card::Frame;
use tandem_engine::{End, Engine, EngineError};
use tandem_types::{Defect, Defects, Frames};

struct Silent;

impl Script for Silent {
    fn frame(&mut self, _: u64, _: usize, _: &Frame, _: &mut Frame, _: &mut Line) {}
}

/// Lost for 50 ms in second 10, for 2.7 s from second 60.5 on; from second 100 on the far end is lost to itself
/// for 12 seconds.
fn schedule(frame: u64) -> Defects {
    let ms = frame.saturating_sub(1) / 8;
    match ms {
        10_200..10_250 | 60_500..63_200 => Defects::only(Defect::Los),
        100_000..112_000 => Defects::only(Defect::Rai),
        _ => Defects::NONE,
    }
}

fn open(rules: &str) -> Engine {
    let config = format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"loop\"\n[[span]]\nport = 0\nsignalling = \"none\"\n\
         performance = \"{rules}\"\n"
    );
    common::open_faulty(&config, schedule, &Arc::new(Mutex::new(Silent))).expect("a good configuration")
}

#[test]
fn seconds_with_defects_are_counted_and_those_of_a_failure_are_unavailable() {
    for (rules, severe, unavailable) in [("rfc4805", 1, 4), ("g826", 5, 0)] {
        let engine = open(rules);
        engine.advance(Frames::from_ms(90_500));
        let near = engine.performance(0, End::Near, 0).expect("a span").expect("now");
        assert_eq!(near.seconds, 90);
        let counts = near.counts;
        assert_eq!(
            (counts.severely_errored_seconds, counts.unavailable_seconds),
            (severe, unavailable),
            "{rules}"
        );
        assert_eq!((counts.errored_seconds, counts.failures), (severe, 1), "{rules}");
        let far = engine.performance(0, End::Far, 0).expect("a span").expect("now");
        assert_eq!(far.counts, Default::default());
        engine.close().expect("open until now");
    }
}

#[test]
fn the_far_end_has_counts_of_its_own_and_quarter_hours_are_kept() {
    let engine = open("g826");
    engine.advance(Frames::from_seconds(905));
    let last = |end| engine.performance(0, end, 1).expect("a span").expect("over");
    assert_eq!((last(End::Near).seconds, last(End::Far).seconds), (900, 900));
    assert_eq!(last(End::Far).counts.unavailable_seconds, 12);
    assert_eq!(last(End::Far).counts.failures, 1);
    assert_eq!(last(End::Near).counts.unavailable_seconds, 0);
    assert_eq!(engine.performance_of_day(0, End::Far).expect("a span"), last(End::Far));
    assert_eq!(engine.performance(0, End::Near, 2), Ok(None));
    assert!(matches!(engine.performance(0, End::Near, 97), Err(EngineError::BadArgument(_))));
    assert!(matches!(engine.performance(1, End::Near, 0), Err(EngineError::BadArgument(_))));
}
