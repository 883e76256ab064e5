//! The exchange against a small switch that does one thing wrong: each is found, and one octet is enough.
mod exchange_fake;

use exchange_fake::{Edge, FakeConfig, Fault, as_prompts, bench, prompts, run, speech};
use hw_sim::exchange::{CallerPlan, CheckConfig, ExchangeConfig, ExchangeReport, HeardClass};
use std::collections::BTreeMap;
use tandem_types::{FrameTime, Frames};

const FROM: u64 = 30 * 8000;

/// The report, the flips, and for some faults at what edge each was.
type Run = (ExchangeReport, Vec<(u64, usize, usize)>, Vec<Edge>);

fn report_of(fault: Fault) -> ExchangeReport {
    run_with(fault, 9, 30).0
}

/// Runs without the fault first, then for some seconds with it.
fn run_with(fault: Fault, seed: u64, seconds: u64) -> Run {
    run_from(FROM, fault, seed, seconds)
}

fn run_from(from: u64, fault: Fault, seed: u64, seconds: u64) -> Run {
    let config = ExchangeConfig {
        seed,
        calls_per_second: 1.5,
        mean_hold: Frames::from_seconds(18),
        plan: CallerPlan {
            rooms: vec!["201#".into(), "202#".into(), "203#".into()],
            ..CallerPlan::default()
        },
        prompts: as_prompts(&prompts()),
        check: Some(CheckConfig { details: 10_000, ..CheckConfig::default() }),
        speech: (1..9).map(|seed| speech(seed, 300_000)).collect(),
        ..ExchangeConfig::default()
    };
    let fake = FakeConfig {
        wires: vec![(5, 9), (12, 3)],
        prompts: prompts(),
        fault,
        from,
        clears_every: 5,
        sharded: false,
        batch: 1,
    };
    let (mut exchange, switch) = bench(config, fake);
    run(&mut exchange, 0, from);
    assert!(exchange.report().passed(), "{:?}", exchange.report().check);
    run(&mut exchange, from, from + seconds * 8000);
    let switch = switch.lock().expect("one thread");
    let struck = switch.struck;
    assert_eq!(struck > 0, !matches!(fault, Fault::None | Fault::LateLeave), "the fault did not strike");
    (exchange.report(), switch.flips.clone(), switch.edges.clone())
}

/// Exactly one octet is unexplained, and it is described.
fn assert_one_octet(fault: Fault, class: impl Fn(HeardClass) -> bool) {
    let check = report_of(fault).check;
    assert_eq!((check.unexplained, check.details.len()), (1, 1), "{check:?}");
    let found = check.details[0];
    assert!(class(found.class), "{found}");
    assert_eq!(found.expected, Some(found.octet ^ 1));
    assert!(found.frame >= FrameTime(FROM));
    println!("{found}");
}

#[track_caller]
fn assert_found(fault: Fault, at_least: u64) {
    let check = report_of(fault).check;
    let unexplained = check.unexplained;
    assert!(
        unexplained >= at_least,
        "{fault:?}: {unexplained} unexplained, {} uncalibrated",
        check.uncalibrated
    );
    println!("{fault:?}: {unexplained} unexplained; {}", check.details[0]);
}

#[test]
fn without_a_fault_nothing_is_found() {
    assert!(report_of(Fault::None).passed());
}

#[test]
fn one_wrong_octet_on_a_free_circuit() {
    assert_one_octet(Fault::FlipIdle, |class| class == HeardClass::Idle);
}

#[test]
fn one_wrong_octet_of_a_prompt() {
    assert_one_octet(Fault::FlipPrompt, |class| class == HeardClass::Prompt(0));
}

#[test]
fn one_wrong_octet_of_a_conference() {
    assert_one_octet(Fault::FlipMix, |class| matches!(class, HeardClass::Mix(_)));
}

/// The flips that could be judged and were not noticed within `last` frames.
fn missed(report: &ExchangeReport, flips: &[(u64, usize, usize)], last: u64) -> Vec<usize> {
    let backs = [9, 3]; // frames that the wires of the two spans take to the exchange
    let near = |(at, span, slot): (u64, usize, usize)| {
        let heard = at + backs[span];
        report.check.details.iter().any(|found| {
            (heard..=heard + last).contains(&found.frame.0)
                && usize::from(found.span.0) == span
                && found.slot.index() == slot
        })
    };
    let judged = |flip: &(u64, usize, usize)| flip.0 + 2800 < report.frames;
    (0..flips.len()).filter(|index| judged(&flips[*index]) && !near(flips[*index])).collect()
}

#[test]
fn every_single_wrong_octet_anywhere_at_any_time() {
    for seed in 1..4 {
        let (report, flips, _) = run_with(Fault::FlipAnywhere, seed, 90);
        let late = missed(&report, &flips, 0).len();
        println!("{late} of {} not at once; {} unexplained", flips.len(), report.check.unexplained);
        assert!(flips.len() > 230 && missed(&report, &flips, 800).is_empty());
        assert!(late * 100 <= flips.len() * 2);
    }
}

#[test]
fn wrong_octets_are_noticed_before_all_delays_are_known_too() {
    for seed in 1..4 {
        let (report, flips, _) = run_from(6000, Fault::FlipAnywhere, seed, 40);
        let missed = missed(&report, &flips, 800);
        assert!(flips.len() > 100 && missed.is_empty(), "seed {seed}: {missed:?}");
        assert!(report.check.uncalibrated < 100, "{:?}", report.check);
    }
}

#[test]
fn one_wrong_octet_at_the_beginning_and_the_end_of_all_that_is_heard() {
    let mut struck = BTreeMap::new();
    for seed in 1..4 {
        let (report, flips, edges) = run_with(Fault::FlipAtEdges, seed, 60);
        let missed: Vec<Edge> = missed(&report, &flips, 800).into_iter().map(|index| edges[index]).collect();
        assert!(missed.is_empty(), "seed {seed}: {missed:?}");
        for edge in edges {
            *struck.entry(edge).or_insert(0) += 1;
        }
    }
    println!("{struck:?}");
    assert_eq!(struck.len(), 11, "{struck:?}");
}

#[test]
fn a_party_that_hears_itself() {
    assert_found(Fault::SelfInMix, 100);
}

#[test]
fn a_member_missing_for_ten_milliseconds() {
    assert_found(Fault::MemberMissing, 20);
}

#[test]
fn a_delay_that_changes_by_one_frame() {
    assert_found(Fault::Jitter, 100);
}

#[test]
fn a_digit_that_does_not_stop_the_prompt() {
    assert_found(Fault::DeafToBargeIn, 1000);
}

#[test]
fn a_digit_that_does_not_bring_its_caller_into_the_room() {
    assert_found(Fault::DeafToRoomDigit, 1000);
}

#[test]
fn a_prompt_that_begins_again() {
    assert_found(Fault::PromptRestarted, 10);
}

#[test]
fn a_prompt_cut_off_for_no_reason() {
    assert_found(Fault::CutPromptForNoReason, 10);
}

#[test]
fn two_callers_who_hear_each_others_conference() {
    assert_found(Fault::Crossed, 500);
}

#[test]
fn sound_on_a_circuit_that_the_switch_has_cleared() {
    assert_found(Fault::SoundAfterClear, 100);
}

#[test]
fn callers_left_in_the_room_long_after_they_hung_up() {
    assert_found(Fault::LateLeave, 1000);
}
