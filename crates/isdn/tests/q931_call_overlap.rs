//! Numbers digit by digit, sent and received (Q.931 §5.1.3, §5.2.4).
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::*;
use tandem_types::FrameTime;
use tandem_types::NumberPattern;

use CallNews::*;

fn open<'a>(digits: &'a [u8]) -> SetupRequest<'a> {
    SetupRequest { complete: false, ..request(digits) }
}

/// The user has dialled "0" and the network asks for more.
fn dialling() -> (Pair, CallId, CallId) {
    let mut pair = Pair::euro();
    let here = pair.setup(USER, &open(b"0"));
    let there = pair.call_at(NETWORK);
    assert_eq!(pair.news(NETWORK), [Incoming { number: None }]);
    pair.ends[NETWORK].setup_acknowledge(pair.now, there, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.news(USER), [SetupAcknowledged]);
    (pair, here, there)
}

fn dial(pair: &mut Pair, call: CallId, digits: &[u8], complete: bool) {
    pair.ends[USER].more_digits(pair.now, call, digits, complete).expect("accepted");
    pair.run();
}

#[test]
fn digits_1_ms_apart_all_arrive_and_sending_complete_ends_the_number() {
    let (mut pair, here, there) = dialling();
    for digit in b"5551234" {
        dial(&mut pair, here, &[*digit], false);
        pair.pass(1);
    }
    dial(&mut pair, here, b"", true);
    assert_eq!(pair.ends[NETWORK].called_digits(there), Some(&b"05551234"[..]));
    let news = pair.news(NETWORK);
    assert_eq!(news[..7], [Digits { end: None }; 7]);
    assert_eq!(news[7..], [Digits { end: Some(DigitsEnd::SendingComplete) }]);
}

#[test]
fn digits_11_s_apart_all_arrive_and_the_timer_of_12_s_ends_the_number() {
    let (mut pair, here, there) = dialling();
    for digit in b"12" {
        pair.pass(11_000);
        dial(&mut pair, here, &[*digit], false);
    }
    pair.pass(11_999);
    assert_eq!(pair.news(NETWORK), [Digits { end: None }; 2]);
    pair.pass(1);
    assert_eq!(pair.news(NETWORK), [Digits { end: Some(DigitsEnd::Timer) }]);
    assert_eq!(pair.ends[NETWORK].called_digits(there), Some(&b"012"[..]));
    assert_eq!(pair.ends[NETWORK].call_state(there), Some(2));
}

#[test]
fn digits_14_s_apart_are_within_the_15_s_of_the_user_side() {
    let mut one = One::user();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 02 81 30");
    let call = one.call();
    one.interface.setup_acknowledge(one.now, call, &none()).expect("accepted");
    assert_eq!(one.said(), hex("08 02 80 01 0d 18 03 a9 83 81"));
    for _ in 0..3 {
        one.pass(14_000);
        one.hear("08 02 00 01 7b 70 02 81 31");
    }
    assert_eq!(one.news(), [Digits { end: None }; 3]);
    assert_eq!(one.interface.called_digits(call), Some(&b"0111"[..]));
    one.pass(15_000);
    assert_eq!(one.news(), [Digits { end: Some(DigitsEnd::Timer) }]);
}

#[test]
fn digits_given_before_setup_acknowledge_wait_for_it() {
    let mut pair = Pair::euro();
    let here = pair.setup(USER, &open(b""));
    let there = pair.call_at(NETWORK);
    dial(&mut pair, here, b"12", false);
    dial(&mut pair, here, b"3", true);
    assert_eq!(pair.types(), ["U 05"]);
    pair.ends[NETWORK].setup_acknowledge(pair.now, there, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["U 05", "N 0d", "U 7b"]);
    assert_eq!(pair.trace[2].1, hex("08 02 00 01 7b a1 70 04 a1 31 32 33"));
    assert_eq!(pair.ends[NETWORK].called_digits(there), Some(&b"123"[..]));
}

#[test]
fn digits_given_before_an_answer_that_wants_none_are_told_as_unsent() {
    type Answer = fn(&mut Interface, FrameTime, CallId, &Extra<'_>) -> Result<(), CallError>;
    let answers: [(Answer, CallNews); 3] = [
        (Interface::proceeding, Proceeding),
        (Interface::alerting, Alerting),
        (Interface::connect, Answered),
    ];
    for (answer, news) in answers {
        let mut pair = Pair::euro();
        let here = pair.setup(USER, &open(b"1"));
        let there = pair.call_at(NETWORK);
        dial(&mut pair, here, b"2", false);
        answer(&mut pair.ends[NETWORK], pair.now, there, &none()).expect("accepted");
        pair.run();
        assert_eq!(pair.news(USER), [DigitsUnsent, news]);
        assert!(pair.ends[USER].more_digits(pair.now, here, b"3", false).is_err());
    }
}

#[test]
fn digits_that_cross_alerting_are_told_as_late() {
    let (mut pair, here, there) = dialling();
    pair.held = true;
    pair.ends[NETWORK].alerting(pair.now, there, &none()).expect("accepted");
    dial(&mut pair, here, b"9", false);
    pair.held = false;
    pair.run();
    assert_eq!(pair.news(NETWORK), [LateDigits]);
    assert_eq!(pair.news(USER), [Alerting]);
    assert_eq!(pair.ends[NETWORK].called_digits(there), Some(&b"0"[..]));
    assert_eq!(pair.ends[USER].call_state(here), Some(4));
}

#[test]
fn digits_before_our_setup_acknowledge_count() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
    let call = one.call();
    one.hear("08 02 00 01 7b 70 02 81 35");
    assert_eq!(one.news(), [Digits { end: None }]);
    assert_eq!(one.interface.called_digits(call), Some(&b"5"[..]));
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_hash_ends_the_number_and_is_no_part_of_it() {
    let (mut pair, here, there) = dialling();
    dial(&mut pair, here, b"12#", false);
    assert_eq!(pair.news(NETWORK), [Digits { end: Some(DigitsEnd::EndDigit) }]);
    assert_eq!(pair.ends[NETWORK].called_digits(there), Some(&b"012"[..]));
    dial(&mut pair, here, b"4", false);
    assert_eq!(pair.news(NETWORK), [LateDigits]);
}

#[test]
fn a_hash_at_the_beginning_is_dialled() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 70 04 81 23 33 31");
    let call = one.call();
    assert_eq!(one.interface.called_digits(call), Some(&b"#31"[..]));
}

#[test]
fn the_number_is_full_with_as_many_digits_as_it_has_and_with_more_too_many() {
    let overlap = Overlap { min_digits: 2, max_digits: 4, end_digit: None, plan: [].into() };
    for (digits, end, kept) in [
        (&b"123"[..], Some(DigitsEnd::Full), &b"0123"[..]),
        (b"12", None, b"012"),
        (b"12345", Some(DigitsEnd::TooMany), b"0123"),
    ] {
        let network = InterfaceConfig { overlap: overlap.clone(), ..e1(Side::Network) };
        let mut pair = Pair::new(e1(Side::User), network);
        let here = pair.setup(USER, &open(b"0"));
        let there = pair.call_at(NETWORK);
        pair.ends[NETWORK].setup_acknowledge(pair.now, there, &none()).expect("accepted");
        pair.run();
        pair.news(NETWORK);
        dial(&mut pair, here, digits, false);
        assert_eq!(pair.news(NETWORK), [Digits { end }]);
        assert_eq!(pair.ends[NETWORK].called_digits(there), Some(kept));
    }
}

fn with_plan(patterns: &[&str]) -> InterfaceConfig {
    let patterns = patterns.iter().map(|text| NumberPattern::parse(text).expect("a pattern"));
    let overlap = Overlap { plan: patterns.collect(), min_digits: 1, max_digits: 32, end_digit: Some(b'#') };
    InterfaceConfig { overlap, ..e1(Side::Network) }
}

#[test]
fn by_a_dial_plan_a_number_is_complete_with_the_digit_with_which_no_longer_one_begins() {
    for (first, more, end, kept) in [
        (&b"4"[..], &b"711"[..], Some(DigitsEnd::Full), &b"4711"[..]),
        (b"4", b"71", None, b"471"),
        (b"4", b"7115", Some(DigitsEnd::TooMany), b"4711"),
        (b"4", b"71#", Some(DigitsEnd::EndDigit), b"471"),
        (b"5", b"", Some(DigitsEnd::NotInPlan), b"5"),
        (b"1", b"23", Some(DigitsEnd::NotInPlan), b"12"),
        (b"0", b"0441", None, b"00441"),
        (b"95588", b"", None, b"95588"),
    ] {
        let plan = with_plan(&["110", "4XXX", "00.", "95588", "9558800"]);
        let mut pair = Pair::new(e1(Side::User), plan);
        let here = pair.setup(USER, &open(first));
        let there = pair.call_at(NETWORK);
        if !more.is_empty() {
            pair.ends[NETWORK].setup_acknowledge(pair.now, there, &none()).expect("accepted");
            pair.run();
            pair.news(NETWORK);
            dial(&mut pair, here, more, false);
            assert_eq!(pair.news(NETWORK), [Digits { end }], "{kept:?}");
        } else {
            assert_eq!(pair.news(NETWORK), [Incoming { number: end }], "{kept:?}");
        }
        assert_eq!(pair.ends[NETWORK].called_digits(there), Some(kept));
    }
}

#[test]
fn when_digits_cease_a_number_of_the_plan_is_one_and_the_beginning_of_numbers_is_none() {
    for (digits, expected) in [(&b"95588"[..], Digits { end: Some(DigitsEnd::Timer) }), (b"955880", Clearing)]
    {
        let mut pair = Pair::new(e1(Side::User), with_plan(&["95588", "9558800"]));
        pair.setup(USER, &open(digits));
        let there = pair.call_at(NETWORK);
        pair.ends[NETWORK].setup_acknowledge(pair.now, there, &none()).expect("accepted");
        pair.run();
        pair.news(NETWORK);
        pair.pass(12_000);
        let news = pair.news(NETWORK);
        assert_eq!(news[0], expected, "{digits:?}");
        assert_eq!(news.len() > 1, expected == Clearing);
        let ended = Released { cause: cause(28), by: ReleasedBy::Timer };
        assert!(expected != Clearing || news[1] == ended, "{news:?}");
    }
}

#[test]
fn no_digit_at_all_ends_the_call_with_28() {
    let mut pair = Pair::euro();
    pair.setup(USER, &open(b""));
    let there = pair.call_at(NETWORK);
    pair.news(NETWORK);
    pair.ends[NETWORK].setup_acknowledge(pair.now, there, &none()).expect("accepted");
    pair.pass(12_000);
    assert_eq!(pair.types()[2..], ["N 45", "U 4d", "N 5a"]);
    assert_eq!(pair.news(NETWORK), [Clearing, Released { cause: cause(28), by: ReleasedBy::Timer }]);
    pair.assert_idle();
}

#[test]
fn a_switch_without_overlap_takes_every_number_as_complete() {
    let mut one = One::new(InterfaceConfig::t1(Side::Network, Profile::NI2));
    one.hear("08 02 00 01 05 04 03 80 90 a2 18 03 a9 83 81 70 03 81 31 32");
    let events = one.events();
    let call = events.iter().find_map(call_of).expect("a call");
    let news: Vec<CallNews> = events.into_iter().filter_map(call_news).collect();
    assert_eq!(news, [Incoming { number: Some(DigitsEnd::EnBloc) }]);
    let refused = one.interface.setup_acknowledge(one.now, call, &none());
    assert_eq!(refused, Err(CallError::NotInProfile));
}

#[test]
fn the_keypad_dials_as_well() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 2c 02 31 32");
    let call = one.call();
    one.interface.setup_acknowledge(one.now, call, &none()).expect("accepted");
    one.hear("08 02 00 01 7b 2c 01 33");
    assert_eq!(one.interface.called_digits(call), Some(&b"123"[..]));
}

#[test]
fn more_than_32_digits_are_not_kept_for_the_far_end() {
    let mut pair = Pair::euro();
    let here = pair.setup(USER, &open(b""));
    dial(&mut pair, here, &[b'1'; 30], false);
    let refused = pair.ends[USER].more_digits(pair.now, here, b"123", false);
    assert_eq!(refused, Err(CallError::TooManyDigits));
}

#[test]
fn each_digit_sent_starts_t304_again() {
    let (mut pair, here, there) = dialling();
    for _ in 0..4 {
        pair.pass(11_000);
        dial(&mut pair, here, b"1", false);
    }
    assert_eq!(pair.ends[USER].call_state(here), Some(2));
    assert_eq!(pair.ends[NETWORK].call_state(there), Some(2));
}

#[test]
fn a_number_that_was_said_to_be_complete_takes_no_more_digits_whatever_the_far_end_has_said() {
    let (mut asked, here, _) = dialling();
    let mut unasked = Pair::euro();
    let also_here = unasked.setup(USER, &open(b"0"));
    for (pair, call) in [(&mut asked, here), (&mut unasked, also_here)] {
        dial(pair, call, b"3", true);
        assert_eq!(pair.ends[USER].more_digits(pair.now, call, b"4", false), Err(CallError::NumberComplete));
    }
}
