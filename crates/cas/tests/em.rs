//! E&M immediate start between two ends, told as calls.
mod pair;

use pair::Pair;
use tandem_cas::{
    BlockedBy, Circuit, CircuitEvent, EmProfile, GlareRule, Number, Output, Script, SeizeError, Side,
};
use tandem_types::{Abcd, Cause, Digit, FrameTime, Frames};

use CircuitEvent::{
    Answered, Blocked, Cleared, DigitsSent, Glare, Idle, Lockout, Offered, Seized, Unblocked,
};

fn number(text: &str) -> Number {
    Number::parse(text).unwrap_or(Number::EMPTY)
}

fn cause(value: u8) -> Cause {
    Cause::new(value).unwrap_or(Cause::NORMAL_UNSPECIFIED)
}

fn four_digits() -> EmProfile {
    EmProfile { min_digits: 4, max_digits: 4, ..EmProfile::E1 }
}

/// A calls B with 2345 and B has been offered the call.
fn offered(profile: EmProfile, delay: u64) -> Pair {
    let mut pair = Pair::idle([profile, profile.other_end()], delay);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("2345")), Ok(()));
    pair.run_ms(1_000);
    assert_eq!(pair.ends[1].news(), [Seized, Offered { number: number("2345") }]);
    pair
}

fn answered(profile: EmProfile, delay: u64) -> Pair {
    let mut pair = offered(profile, delay);
    let now = pair.time();
    assert_eq!(pair.ends[1].circuit.answer(now), Ok(()));
    pair.run_ms(200);
    assert_eq!(pair.ends[0].news(), [DigitsSent, Answered]);
    pair
}

#[test]
fn a_free_circuit_sends_1101_and_a_seized_one_0101() {
    let mut pair = Pair::idle([four_digits(), four_digits().other_end()], 16);
    assert_eq!(pair.ends[0].sending, Abcd::new(0b1101));
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("1")), Ok(()));
    pair.run_ms(1);
    assert_eq!(pair.ends[0].sending, Abcd::new(0b0101));
    assert_eq!(pair.ends[1].sending, Abcd::new(0b1101));
}

#[test]
fn a_call_is_seized_offered_answered_and_cleared_by_the_caller() {
    let mut pair = answered(four_digits(), 16);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.clear(now, Cause::NORMAL_CLEARING), Ok(()));
    pair.run_ms(3_000);
    let cleared = |by| Cleared { cause: cause(16), by };
    assert_eq!(pair.ends[0].news(), [DigitsSent, Answered, cleared(Side::Local), Idle]);
    assert_eq!(
        pair.ends[1].news(),
        [Seized, Offered { number: number("2345") }, Answered, cleared(Side::Far), Idle]
    );
}

#[test]
fn a_call_is_cleared_by_the_called_end_after_300_ms_on_hook() {
    let mut pair = answered(four_digits(), 16);
    let cleared_at = pair.now;
    assert_eq!(pair.ends[1].circuit.clear(FrameTime(cleared_at), Cause::NORMAL_CLEARING), Ok(()));
    pair.run_ms(3_000);
    let seen = pair.ends[0].events.iter().find(|(_, event)| matches!(event, Cleared { .. }));
    assert_eq!(seen.map(|(at, _)| at - cleared_at), Some(16 + 2_400));
    assert!(pair.ends.iter().all(|end| end.circuit.is_idle()));
}

#[test]
fn a_hit_of_49_ms_is_no_seizure() {
    let mut pair = Pair::idle([four_digits(), four_digits()], 0);
    let start = pair.now;
    pair.ends[1].circuit.handle_bits(FrameTime(start), Abcd::new(0b0101));
    pair.run_ms(49);
    let end = pair.time();
    pair.ends[1].circuit.handle_bits(end, Abcd::new(0b1101));
    pair.run_ms(500);
    assert_eq!(pair.ends[1].news(), []);
}

#[test]
fn an_on_hook_of_299_ms_does_not_disconnect() {
    let mut pair = answered(four_digits(), 0);
    let at = pair.time();
    pair.ends[0].circuit.handle_bits(at, Abcd::new(0b1101));
    pair.run_ms(299);
    let at = pair.time();
    pair.ends[0].circuit.handle_bits(at, Abcd::new(0b0101));
    pair.run_ms(1_000);
    assert_eq!(pair.ends[0].news(), [DigitsSent, Answered]);
}

#[test]
fn a_code_without_meaning_is_passed_over() {
    let mut pair = answered(four_digits(), 0);
    let at = pair.time();
    pair.ends[0].circuit.handle_bits(at, Abcd::new(0b0000));
    pair.run_ms(10_000);
    assert_eq!(pair.ends[0].news(), [DigitsSent, Answered]);
}

#[test]
fn a_rejected_caller_hears_nothing_on_the_line_and_clears_itself() {
    let mut pair = offered(four_digits(), 16);
    let now = pair.time();
    assert_eq!(pair.ends[1].circuit.reject(now, Cause::USER_BUSY), Ok(()));
    pair.run_ms(2_000);
    assert_eq!(pair.ends[0].news(), [DigitsSent]);
    assert_eq!(pair.ends[1].news().last(), Some(&Cleared { cause: cause(17), by: Side::Local }));
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.clear(now, Cause::USER_BUSY), Ok(()));
    pair.run_ms(3_000);
    assert!(pair.ends.iter().all(|end| end.news().last() == Some(&Idle)));
}

#[test]
fn no_digit_within_ten_seconds_clears_with_cause_28() {
    let mut pair = Pair::idle([four_digits(), four_digits()], 8);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, Number::EMPTY), Ok(()));
    pair.run_ms(10_040);
    assert_eq!(pair.ends[1].news(), [Seized]);
    pair.run_ms(20);
    assert_eq!(pair.ends[1].news(), [Seized, Cleared { cause: cause(28), by: Side::Local }]);
    pair.run_ms(30_000);
    assert_eq!(pair.ends[1].news().last(), Some(&Lockout), "the caller stays off-hook");
}

#[test]
fn the_inter_digit_time_ends_a_number_of_open_length() {
    let open = EmProfile { min_digits: 2, ..EmProfile::E1 };
    let mut pair = Pair::idle([open, open], 8);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("117")), Ok(()));
    pair.run_ms(4_000);
    assert_eq!(pair.ends[1].news(), [Seized]);
    pair.run_ms(1_000);
    assert_eq!(pair.ends[1].news(), [Seized, Offered { number: number("117") }]);
}

#[test]
fn an_incomplete_number_clears_with_cause_28() {
    let mut pair = Pair::idle([four_digits(), four_digits()], 8);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("234")), Ok(()));
    pair.run_ms(5_000);
    assert_eq!(pair.ends[1].news(), [Seized, Cleared { cause: cause(28), by: Side::Local }]);
}

#[test]
fn the_end_of_number_digit_offers_at_once() {
    let open = EmProfile { end_of_number: Digit::from_char('#'), ..EmProfile::E1 };
    let mut pair = Pair::idle([open, open], 8);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("12#")), Ok(()));
    pair.run_ms(600);
    assert_eq!(pair.ends[1].news(), [Seized, Offered { number: number("12") }]);
}

#[test]
fn a_trunk_without_digits_offers_at_the_seizure() {
    let ring_down = EmProfile { min_digits: 0, max_digits: 0, ..EmProfile::E1 };
    let mut pair = Pair::idle([ring_down, ring_down], 8);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, Number::EMPTY), Ok(()));
    pair.run_ms(200);
    assert_eq!(pair.ends[1].news(), [Seized, Offered { number: Number::EMPTY }]);
    assert_eq!(pair.ends[0].news(), [DigitsSent]);
}

#[test]
fn at_glare_the_yielding_end_takes_the_holding_ends_call() {
    for apart in [0, 8, 60, 119] {
        let yields = four_digits();
        let mut pair = Pair::idle([yields, yields.other_end()], 120);
        let now = pair.time();
        assert_eq!(pair.ends[0].circuit.seize(now, number("1111")), Ok(()));
        pair.run_frames(apart);
        let now = pair.time();
        assert_eq!(pair.ends[1].circuit.seize(now, number("2222")), Ok(()));
        pair.run_ms(1_500);
        assert_eq!(
            pair.ends[0].news(),
            [Glare, Cleared { cause: cause(44), by: Side::Far }, Seized, Offered { number: number("2222") }]
        );
        assert_eq!(pair.ends[1].news(), [Glare, DigitsSent]);
        let now = pair.time();
        assert_eq!(pair.ends[0].circuit.answer(now), Ok(()));
        pair.run_ms(200);
        assert_eq!(pair.ends[1].news(), [Glare, DigitsSent, Answered]);
    }
}

#[test]
fn digits_wait_for_an_off_hook_that_may_be_a_double_seizure() {
    let yields = four_digits();
    // The far off-hook comes after 112 ms, is recognised after 162, and digits were due after 150.
    let mut pair = Pair::idle([yields, yields.other_end()], 600);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("1111")), Ok(()));
    pair.run_frames(300);
    let now = pair.time();
    assert_eq!(pair.ends[1].circuit.seize(now, number("2222")), Ok(()));
    pair.run_ms(1_500);
    assert_eq!(pair.ends[0].news()[..3], [Glare, Cleared { cause: cause(44), by: Side::Far }, Seized]);
}

#[test]
fn two_holding_ends_give_up_after_four_seconds() {
    let holds = EmProfile { glare: GlareRule::Hold, ..four_digits() };
    let mut pair = Pair::idle([holds, holds], 40);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("1111")), Ok(()));
    assert_eq!(pair.ends[1].circuit.seize(now, number("2222")), Ok(()));
    pair.run_ms(7_000);
    for end in &pair.ends {
        assert_eq!(end.news(), [Glare, Cleared { cause: cause(44), by: Side::Local }, Idle]);
    }
}

#[test]
fn two_yielding_ends_both_fall_idle() {
    let mut pair = Pair::idle([four_digits(), four_digits()], 40);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("1111")), Ok(()));
    assert_eq!(pair.ends[1].circuit.seize(now, number("2222")), Ok(()));
    pair.run_ms(7_000);
    for end in &pair.ends {
        assert_eq!(end.news()[..2], [Glare, Cleared { cause: cause(44), by: Side::Far }]);
        assert_eq!(end.news().last(), Some(&Idle));
    }
}

#[test]
fn an_answer_that_crosses_the_release_is_no_seizure() {
    let mut pair = offered(four_digits(), 160);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.clear(now, Cause::NO_ANSWER), Ok(()));
    assert_eq!(pair.ends[1].circuit.answer(now), Ok(()));
    pair.run_ms(5_000);
    assert_eq!(pair.ends[0].news(), [DigitsSent, Cleared { cause: cause(19), by: Side::Local }, Idle]);
    assert_eq!(pair.ends[1].news()[3..], [Cleared { cause: cause(16), by: Side::Far }, Idle]);
}

#[test]
fn a_circuit_is_not_seized_within_500_ms_of_its_release() {
    let mut pair = answered(four_digits(), 0);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.clear(now, Cause::NORMAL_CLEARING), Ok(()));
    pair.run_ms(800);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("1")), Err(SeizeError::NotFreeYet));
    pair.run_ms(100);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.seize(now, number("1")), Ok(()));
}

#[test]
fn a_line_failure_clears_with_cause_27_and_repair_brings_idle_back() {
    let mut pair = answered(four_digits(), 16);
    let now = pair.time();
    pair.cut = true;
    for end in &mut pair.ends {
        end.events.clear();
        end.circuit.handle_failure(now);
        end.circuit.handle_failure(now);
    }
    pair.run_ms(1_000);
    let now = pair.time();
    pair.cut = false;
    for end in &mut pair.ends {
        assert_eq!(end.circuit.seize(now, number("1")), Err(SeizeError::Blocked));
        end.circuit.handle_repair(now);
        end.circuit.handle_bits(now, Abcd::new(0b1101));
    }
    pair.run_ms(1_000);
    for end in &pair.ends {
        assert_eq!(
            end.news(),
            [
                Cleared { cause: cause(27), by: Side::Local },
                Blocked { by: BlockedBy::Line },
                Unblocked { by: BlockedBy::Line },
                Idle
            ]
        );
    }
}

#[test]
fn what_a_failed_line_sends_is_no_seizure_after_repair() {
    let mut pair = Pair::idle([four_digits(), four_digits()], 0);
    let now = pair.time();
    let circuit = &mut pair.ends[0].circuit;
    circuit.handle_failure(now);
    circuit.handle_bits(now + Frames(8), Abcd::new(0b0101));
    circuit.handle_repair(now + Frames(8_000));
    circuit.handle_bits(now + Frames(8_800), Abcd::new(0b1101));
    pair.run_ms(4_000);
    assert_eq!(pair.ends[0].news(), [Idle], "a block that ended unseen is no news");
}

#[test]
fn a_blocked_circuit_sends_1111_and_the_far_end_does_not_seize_it() {
    let mut pair = Pair::idle([four_digits(), four_digits().other_end()], 16);
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.block(now), Ok(()));
    pair.run_ms(4_000);
    assert_eq!(pair.ends[0].sending, Abcd::new(0b1111));
    assert_eq!(pair.ends[0].news(), [Blocked { by: BlockedBy::Local }]);
    assert_eq!(pair.ends[1].news(), [Blocked { by: BlockedBy::Far }]);
    let now = pair.time();
    assert_eq!(pair.ends[1].circuit.seize(now, number("1")), Err(SeizeError::Blocked));
    assert_eq!(pair.ends[0].circuit.unblock(now), Ok(()));
    pair.run_ms(2_000);
    assert_eq!(pair.ends[0].news()[1..], [Unblocked { by: BlockedBy::Local }, Idle]);
    assert_eq!(pair.ends[1].news()[1..], [Unblocked { by: BlockedBy::Far }, Idle]);
}

#[test]
fn clearing_while_the_number_is_sent_stops_it() {
    let mut pair = Pair::idle([four_digits(), four_digits()], 0);
    let circuit = &mut pair.ends[0].circuit;
    let start = FrameTime(pair.now);
    assert_eq!(circuit.seize(start, number("2345")), Ok(()));
    circuit.handle_timeout(start + Frames(1_200));
    assert!(matches!(circuit.poll_transmit(), Some(Output::Line(_))));
    assert_eq!(circuit.poll_transmit(), Some(Output::SendDigits(number("2345"))));
    assert_eq!(circuit.clear(start + Frames(2_000), Cause::NORMAL_CLEARING), Ok(()));
    assert_eq!(circuit.poll_transmit(), Some(Output::Line(Script::hold(Abcd::new(0b1101), Frames(3_200)))));
    assert_eq!(circuit.poll_transmit(), Some(Output::StopDigits));
    assert_eq!(circuit.poll_transmit(), None);
}

#[test]
fn calls_are_refused_before_events_would_be_lost() {
    let mut circuit = Circuit::new(four_digits(), FrameTime::ZERO);
    circuit.handle_bits(FrameTime::ZERO, Abcd::new(0b1101));
    let mut now = FrameTime(80_000);
    let mut accepted = 0;
    let mut refused = 0;
    for _ in 0..20 {
        match circuit.seize(now, number("1")) {
            Ok(()) => accepted += 1,
            Err(error) => {
                assert_eq!(error, SeizeError::EventsWaiting);
                refused += 1;
            }
        }
        circuit.handle_digits_sent(now + Frames(2_000));
        circuit.handle_bits(now + Frames(2_000), Abcd::new(0b0101));
        circuit.handle_bits(now + Frames(4_000), Abcd::new(0b1101));
        now += Frames(80_000);
    }
    assert!(accepted >= 1 && refused >= 1);
    let mut cleared = 0;
    while let Some(event) = circuit.poll_event() {
        cleared += u32::from(matches!(event, Cleared { .. }));
    }
    assert_eq!(cleared, accepted);
}

#[test]
fn blocking_does_not_touch_the_call_in_progress() {
    let mut pair = answered(four_digits(), 16);
    let now = pair.time();
    assert_eq!(pair.ends[1].circuit.block(now), Ok(()));
    pair.run_ms(5_000);
    assert!(pair.ends[0].circuit.has_call() && pair.ends[1].circuit.has_call());
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.clear(now, Cause::NORMAL_CLEARING), Ok(()));
    pair.run_ms(6_000);
    assert_eq!(pair.ends[1].sending, Abcd::new(0b1111));
    assert_eq!(pair.ends[0].news().last(), Some(&Blocked { by: BlockedBy::Far }));
}

#[test]
fn a_circuit_that_starts_in_the_middle_of_a_far_call_waits() {
    let mut circuit = Circuit::new(EmProfile::E1, FrameTime::ZERO);
    circuit.handle_bits(FrameTime(8), Abcd::new(0b0101));
    circuit.handle_timeout(FrameTime(80_000));
    assert_eq!(circuit.poll_event(), None);
    circuit.handle_bits(FrameTime(80_000), Abcd::new(0b1101));
    circuit.handle_timeout(FrameTime(80_000 + 400 + 4_000));
    assert_eq!(circuit.poll_event(), Some(Idle));
}

#[test]
fn dahdis_codes_make_the_same_call() {
    let mut pair = answered(EmProfile { min_digits: 4, max_digits: 4, ..EmProfile::E1_DAHDI }, 16);
    assert_eq!(pair.ends[0].sending, Abcd::new(0b1101));
    let now = pair.time();
    assert_eq!(pair.ends[0].circuit.clear(now, Cause::NORMAL_CLEARING), Ok(()));
    pair.run_ms(2_000);
    assert_eq!(pair.ends[0].sending, Abcd::new(0b0001));
    assert!(pair.ends.iter().all(|end| end.circuit.is_idle()));
}

#[test]
fn thirty_calls_one_after_the_other_leave_the_circuit_as_it_was() {
    let mut pair = Pair::idle([four_digits(), four_digits().other_end()], 24);
    for turn in 0..30 {
        let (caller, called) = (turn % 2, 1 - turn % 2);
        let now = pair.time();
        assert_eq!(pair.ends[caller].circuit.seize(now, number("2345")), Ok(()));
        pair.run_ms(1_000);
        let now = pair.time();
        assert_eq!(pair.ends[called].circuit.answer(now), Ok(()));
        pair.run_ms(500);
        let now = pair.time();
        let first = if turn % 3 == 0 { caller } else { called };
        assert_eq!(pair.ends[first].circuit.clear(now, Cause::NORMAL_CLEARING), Ok(()));
        pair.run_ms(1_500);
    }
    for end in &pair.ends {
        let cleared = end.news().iter().filter(|event| matches!(event, Cleared { .. })).count();
        assert_eq!(cleared, 30);
    }
}
