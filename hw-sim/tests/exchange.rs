//! The exchange against a small switch that does all right: every octet is explained.
mod exchange_fake;

use exchange_fake::{FakeConfig, Fault, as_prompts, bench, mixed, prompts, run, speech};
use hw_sim::exchange::{
    CallerPlan, CheckConfig, CheckReport, ClearedBy, Direction, ExchangeConfig, ExchangeReport, Outcome,
    Pressed,
};
use std::sync::Arc;
use tandem_types::{FrameTime, Frames};

fn config(calls_per_second: f64, rooms: usize) -> ExchangeConfig {
    ExchangeConfig {
        seed: 42,
        calls_per_second,
        mean_hold: Frames::from_seconds(15),
        plan: CallerPlan {
            rooms: (0..rooms).map(|room| format!("{}#", 100 + room)).collect(),
            ..CallerPlan::default()
        },
        prompts: as_prompts(&prompts()),
        speech: (1..9).map(|seed| speech(seed, 400_000)).collect(),
        ..ExchangeConfig::default()
    }
}

fn fake(wires: &[(usize, usize)]) -> FakeConfig {
    FakeConfig {
        wires: wires.to_vec(),
        prompts: prompts(),
        fault: Fault::None,
        from: 0,
        clears_every: 5,
        sharded: false,
        batch: 1,
    }
}

fn assert_clean(report: &ExchangeReport) {
    let check = &report.check;
    let details: Vec<String> = check.details.iter().map(ToString::to_string).collect();
    assert!(report.passed(), "{} unexplained:\n{}", check.unexplained, details.join("\n"));
    let judged = check.idle + check.prompt + check.mix + check.dialling + check.uncalibrated;
    assert_eq!(judged + check.unchecked + check.pending, report.totals.octets_heard);
}

#[test]
fn minutes_of_calls_are_explained_to_the_last_octet() {
    let (mut exchange, _) = bench(config(2.0, 6), fake(&[(5, 9), (12, 3)]));
    run(&mut exchange, 0, 180 * 8000);
    let control = exchange.control();
    control.stop_offering();
    run(&mut exchange, 180 * 8000, 190 * 8000);
    control.hang_up_all();
    run(&mut exchange, 190 * 8000, 200 * 8000);
    assert!(exchange.is_quiet());
    let report = exchange.report();
    assert_clean(&report);
    let totals = report.totals;
    assert!(totals.offered > 300 && totals.blocked == 0, "{totals:?}");
    assert_eq!(totals.offered, totals.cleared);
    assert_eq!(totals.answered, totals.offered);
    assert!(totals.cleared_by_switch > 30, "{totals:?}");
    assert!(report.check.mix > 10_000_000 && report.check.prompt > 1_000_000);
    assert!(report.check.uncalibrated < 4000);
    let delays: Vec<u32> = report.check.delays.iter().map(|(_, _, delay)| *delay).collect();
    assert_eq!(delays, [5 + 9 - 1, 12 + 9 - 1, 5 + 3 - 1, 12 + 3 - 1].map(|d| d as u32 + 1));
}

#[test]
fn a_switch_in_two_parts_has_its_own_delay_for_each_pair_of_spans() {
    let setup = FakeConfig { sharded: true, ..fake(&[(5, 9), (7, 3), (30, 40)]) };
    let (mut exchange, _) = bench(config(3.0, 5), setup);
    run(&mut exchange, 0, 100 * 8000);
    assert_clean(&exchange.report());
    assert_eq!(exchange.report().check.delays.len(), 9);
}

#[test]
fn many_seeds_many_rooms_and_unlike_wires() {
    let wires = [(5, 9), (12, 3), (400, 7), (31, 700)];
    for seed in 0..8 {
        let rooms = [1, 2, 3, 5, 8, 13, 21, 34][seed % 8];
        let setup = ExchangeConfig { seed: seed as u64, ..config(1.0 + (seed % 8) as f64, rooms) };
        let spans = 1 + seed % 4;
        let switch = FakeConfig { sharded: seed % 2 == 1, ..fake(&wires[..spans]) };
        let (mut exchange, _) = bench(setup, switch);
        run(&mut exchange, 0, 40 * 8000);
        let report = exchange.report();
        assert_clean(&report);
        let limit = report.check.mix / 100;
        assert!(report.check.uncalibrated <= limit, "seed {seed}: {:?}", report.check);
    }
}

#[test]
fn one_large_room_with_much_coming_and_going() {
    let (mut exchange, _) = bench(config(2.0, 1), fake(&[(5, 9)]));
    run(&mut exchange, 0, 100 * 8000);
    assert_clean(&exchange.report());
}

#[test]
fn a_switch_that_acts_late_and_on_many_callers_at_once() {
    for (seed, rooms, batch) in [(1, 2, 4000), (2, 4, 8000), (3, 3, 800), (4, 6, 8000)] {
        let setup = ExchangeConfig { seed, ..config(2.0, rooms) };
        let (mut exchange, _) = bench(setup, FakeConfig { batch, ..fake(&[(5, 9), (12, 3), (7, 7)]) });
        run(&mut exchange, 0, 40 * 8000);
        exchange.control().stop_offering();
        exchange.control().hang_up_all();
        run(&mut exchange, 40 * 8000, 46 * 8000);
        assert_clean(&exchange.report());
        assert!(exchange.is_quiet());
    }
}

#[test]
fn a_call_is_recorded_as_it_went() {
    let setup = ExchangeConfig { max_calls: Some(1), ..config(5.0, 3) };
    let (mut exchange, _) = bench(setup, FakeConfig { clears_every: 0, ..fake(&[(5, 9)]) });
    run(&mut exchange, 0, 100 * 8000);
    let report = exchange.report();
    assert_clean(&report);
    let [call] = &report.calls[..] else { panic!("one call: {report:?}") };
    assert_eq!((call.id, call.direction, call.outcome), (1, Direction::ToSwitch, Outcome::Completed));
    assert_eq!((call.number.as_str(), call.slot.number(), call.span.0), ("100", 1, 0));
    assert_eq!(call.cleared_by, Some(ClearedBy::Exchange));
    let pressed: String = call.digits.iter().map(|pressed| pressed.digit).collect();
    assert_eq!(pressed, format!("{}#", 100 + call.room.expect("a room")));
    for Pressed { frames, .. } in &call.digits {
        assert!((480..=800).contains(frames));
    }
    let times: Vec<FrameTime> = call.digits.iter().map(|pressed| pressed.at).collect();
    assert!(times.windows(2).all(|pair| (960..=1760).contains(&(pair[1] - pair[0]).0)), "{times:?}");
    let (answered, cleared) = (call.answered.expect("answered"), call.cleared.expect("cleared"));
    assert!(cleared - answered >= Frames::from_seconds(4));
    let said: u64 = call.speech.iter().map(|stretch| stretch.frames).sum();
    let last = call.speech.first().expect("speech").first_frame;
    assert_eq!(last + Frames(said), cleared);
    assert_eq!((report.totals.digits_sent, report.totals.answered), (7, 1));
}

#[test]
fn no_two_callers_begin_at_the_same_word_however_little_there_is_to_say() {
    let setup = ExchangeConfig { speech: vec![speech(1, 9001), speech(2, 16_000)], ..config(3.0, 6) };
    let (mut exchange, _) = bench(setup, fake(&[(5, 9), (12, 3)]));
    run(&mut exchange, 0, 60 * 8000);
    let report = exchange.report();
    assert!(report.speech_reused > 100 * 25_001, "{}", report.speech_reused);
    let stretches = report.calls.iter().flat_map(|call| &call.speech);
    let begun: Vec<_> = stretches.map(|stretch| (stretch.clip, stretch.offset)).collect();
    let distinct: std::collections::BTreeSet<_> = begun.iter().collect();
    assert!(begun.len() > 100 && distinct.len() == begun.len());
}

#[test]
fn equal_seeds_place_equal_calls() {
    let go = |seed| {
        let setup = ExchangeConfig { seed, ..config(2.0, 3) };
        let (mut exchange, _) = bench(setup, fake(&[(5, 9), (12, 3)]));
        run(&mut exchange, 0, 30 * 8000);
        exchange.report()
    };
    assert_eq!(go(5), go(5));
    assert_ne!(go(5).calls, go(6).calls);
}

#[test]
fn a_span_that_fails_is_passed_over_and_checked_again_afterwards() {
    for seed in 0..4 {
        let (mut exchange, switch) =
            bench(ExchangeConfig { seed, ..config(2.0, 4) }, fake(&[(5, 9), (12, 3)]));
        let begin = 320_000 + seed * 1808;
        run(&mut exchange, 0, begin);
        let before = exchange.report();
        assert_clean(&before);
        assert_eq!(before.check.unchecked, 0);
        switch.lock().expect("one thread").spans[1].cut = true;
        run(&mut exchange, begin, begin + 8000);
        switch.lock().expect("one thread").spans[1].cut = false;
        run(&mut exchange, begin + 8000, 640_000);
        let after = exchange.report();
        assert_clean(&after);
        assert!(after.check.unchecked > 30 * 8000 && after.check.unchecked < 60 * 4 * 8000);
        assert_eq!(after.check.delays.len(), 4);
        assert!(after.check.mix > before.check.mix + 1_000_000);
    }
}

#[test]
fn checking_begins_again_anywhere_in_a_prompt_that_often_sounds_alike() {
    // Long stretches of nothing but the two smallest values, as in recordings of a quiet room.
    let quiet: Arc<[i16]> = (0..40_000_u64)
        .map(|n| match n / 500 % 8 {
            7 => (mixed(n) % 4000) as i16 - 2000,
            _ => -i16::from(mixed(n / 4).is_multiple_of(8)),
        })
        .collect();
    let setup = ExchangeConfig { prompts: as_prompts(std::slice::from_ref(&quiet)), ..config(3.0, 4) };
    let (mut exchange, switch) =
        bench(setup, FakeConfig { prompts: vec![quiet], ..fake(&[(5, 9), (12, 3)]) });
    for round in 0..12 {
        let (begin, cut) = (round * 40_000, round * 40_000 + 24_000 + round * 808);
        run(&mut exchange, begin, cut);
        switch.lock().expect("one thread").spans[1].cut = true;
        run(&mut exchange, cut, cut + 800);
        switch.lock().expect("one thread").spans[1].cut = false;
        run(&mut exchange, cut + 800, begin + 40_000);
    }
    let report = exchange.report();
    assert_clean(&report);
    assert!(report.check.unchecked > 12 * 30 * 8000);
}

#[test]
fn without_a_free_circuit_calls_are_blocked() {
    let (mut exchange, _) = bench(config(20.0, 8), fake(&[(5, 9)]));
    run(&mut exchange, 0, 20 * 8000);
    let report = exchange.report();
    assert_clean(&report);
    assert!(report.totals.blocked > 100, "{:?}", report.totals);
    let live = exchange.control().live();
    assert_eq!((live.blocked, live.frames), (report.totals.blocked, 160_000));
    assert!(live.active > 25 && live.unexplained == 0);
}

#[test]
fn without_a_checker_the_calls_are_the_same_and_nothing_is_judged() {
    let go = |check: Option<CheckConfig>| {
        let (mut exchange, _) = bench(ExchangeConfig { check, ..config(2.0, 3) }, fake(&[(5, 9), (12, 3)]));
        run(&mut exchange, 0, 30 * 8000);
        exchange.report()
    };
    let (checked, unchecked) = (go(Some(CheckConfig::default())), go(None));
    assert_eq!(unchecked.check, CheckReport::default());
    assert_eq!((unchecked.calls, unchecked.totals), (checked.calls, checked.totals));
}

#[test]
fn without_records_only_calls_in_progress_are_listed() {
    let (mut exchange, _) = bench(ExchangeConfig { keep_records: false, ..config(2.0, 3) }, fake(&[(5, 9)]));
    run(&mut exchange, 0, 30 * 8000);
    let report = exchange.report();
    assert!(report.totals.cleared > 5 && !report.calls.is_empty());
    assert!(report.calls.iter().all(|call| call.outcome == Outcome::InProgress));
}

#[test]
fn a_report_is_written_when_it_is_asked_for() {
    let (mut exchange, _) = bench(config(2.0, 3), fake(&[(5, 9)]));
    let control = exchange.control();
    run(&mut exchange, 0, 8000);
    assert_eq!(control.take_report(), None);
    control.ask_report();
    run(&mut exchange, 8000, 8008);
    assert_eq!(control.take_report(), Some(exchange.report()));
    assert_eq!(control.take_report(), None);
}
