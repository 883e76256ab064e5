//! Calls en bloc between two interfaces, user and network, of every profile (Q.931 §5.1, §5.2).
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;

use CallNews::*;

const INCOMING: CallNews = Incoming { number: Some(DigitsEnd::SendingComplete) };

fn released(value: u8, by: ReleasedBy) -> CallNews {
    Released { cause: cause(value), by }
}

#[test]
fn a_call_of_the_user_proceeds_rings_is_answered_and_cleared_by_the_caller() {
    let mut pair = Pair::euro();
    let here = pair.setup(USER, &request(b"5551234"));
    let there = pair.call_at(NETWORK);
    pair.ends[NETWORK].proceeding(pair.now, there, &none()).expect("accepted");
    pair.ends[NETWORK].alerting(pair.now, there, &none()).expect("accepted");
    pair.ends[NETWORK].connect(pair.now, there, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.ends.each_ref().map(|end| end.call_count()), [1, 1]);
    pair.ends[USER].disconnect(pair.now, here, cause(16), &none()).expect("accepted");
    pair.run();
    assert_eq!(
        pair.types(),
        ["U 05", "N 02", "N 01", "N 07", "U 0f", "U 45", "N 4d", "U 5a"],
        "SETUP, CALL PROCEEDING, ALERTING, CONNECT, CONNECT ACKNOWLEDGE, DISCONNECT, RELEASE, RELEASE COMPLETE"
    );
    assert_eq!(pair.news(USER), [Proceeding, Alerting, Answered, released(16, ReleasedBy::Local)]);
    assert_eq!(
        pair.news(NETWORK),
        [INCOMING, Disconnected { cause: cause(16) }, released(16, ReleasedBy::Far)]
    );
    pair.assert_idle();
}

#[test]
fn a_call_of_the_network_is_answered_by_the_user_and_cleared_by_the_user() {
    let mut pair = Pair::euro();
    pair.setup(NETWORK, &request(b"77"));
    let there = pair.call_at(USER);
    pair.ends[USER].alerting(pair.now, there, &none()).expect("accepted");
    pair.ends[USER].connect(pair.now, there, &none()).expect("accepted");
    pair.run();
    pair.ends[USER].disconnect(pair.now, there, cause(16), &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["N 05", "U 01", "U 07", "N 0f", "U 45", "N 4d", "U 5a"]);
    assert_eq!(pair.news(USER), [INCOMING, AnswerAcknowledged, released(16, ReleasedBy::Local)]);
    pair.assert_idle();
}

#[test]
fn the_setup_of_a_user_has_these_octets() {
    let mut one = One::user();
    let mut request = request(b"12");
    request.calling =
        Some(PartyNumber { shown: Some((Presentation::ALLOWED, Screening::NOT_SCREENED)), ..number(b"9") });
    request.user_user = Some(UserUser { protocol: 4, information: b"hi" });
    one.interface.setup(one.now, &request).expect("accepted");
    assert_eq!(
        one.said(),
        hex("08 02 00 01 05 a1 04 03 80 90 a3 18 03 a1 83 81 6c 03 21 80 39 70 03 a1 31 32 7e 03 04 68 69")
    );
}

#[test]
fn call_references_count_up_and_begin_again_after_32767() {
    let mut one = One::user();
    for n in 1..=32_768u32 {
        one.interface.setup(one.now, &request(b"1")).expect("accepted");
        let setup = one.said();
        let reference = if n == 32_768 { 1 } else { n as u16 };
        assert_eq!(setup[2..4], reference.to_be_bytes());
        let [high, low] = (0x8000 | reference).to_be_bytes();
        one.interface.handle_message(one.now, LINK, &[8, 2, high, low, 0x5a, 8, 2, 0x80, 0x91]);
        one.events();
    }
}

#[test]
fn a_refused_call_ends_with_the_cause_of_release_complete() {
    let mut pair = Pair::euro();
    pair.setup(USER, &request(b"1"));
    let there = pair.call_at(NETWORK);
    pair.ends[NETWORK].reject(pair.now, there, cause(17), &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["U 05", "N 5a"]);
    assert_eq!(pair.news(USER), [released(17, ReleasedBy::Far)]);
    assert_eq!(pair.news(NETWORK), [INCOMING, released(17, ReleasedBy::Local)]);
    pair.assert_idle();
}

#[test]
fn every_profile_makes_calls_both_ways() {
    for profile in Profile::ALL {
        for from in [USER, NETWORK] {
            let mut pair = Pair::new(
                InterfaceConfig::t1(Side::User, profile),
                InterfaceConfig::t1(Side::Network, profile),
            );
            let calls = pair.answered(from);
            assert_eq!(pair.ends[0].call_state(calls[0]), Some(10), "{}", profile.name);
            assert_eq!(pair.ends[1].call_state(calls[1]), Some(10), "{}", profile.name);
            pair.ends[from].disconnect(pair.now, calls[from], cause(16), &none()).expect("accepted");
            pair.run();
            pair.assert_idle();
        }
    }
}

#[test]
fn in_qsig_both_ends_follow_the_procedures_of_the_user() {
    let mut pair = Pair::profile(Profile::QSIG);
    let here = pair.setup(NETWORK, &request(b"77"));
    assert_eq!(pair.ends[NETWORK].call_state(here), Some(1));
    let there = pair.call_at(USER);
    assert_eq!(pair.ends[USER].call_state(there), Some(6));
    pair.ends[USER].connect(pair.now, there, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["N 05", "U 07", "N 0f"]);
    assert_eq!(pair.ends[USER].call_state(there), Some(10));
}

#[test]
fn the_owner_of_a_network_may_acknowledge_the_answer_itself() {
    let network = InterfaceConfig { acknowledges_at_once: false, ..e1(Side::Network) };
    let mut pair = Pair::new(e1(Side::User), network);
    let here = pair.setup(NETWORK, &request(b"77"));
    let there = pair.call_at(USER);
    pair.ends[USER].connect(pair.now, there, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.ends[NETWORK].call_state(here), Some(8));
    assert_eq!(pair.ends[USER].call_state(there), Some(8));
    pair.ends[NETWORK].connect_acknowledge(pair.now, here, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.ends[NETWORK].call_state(here), Some(10));
    assert_eq!(pair.ends[USER].call_state(there), Some(10));
}

#[test]
fn progress_says_whether_something_is_to_be_heard() {
    for (description, heard) in [(1, true), (2, true), (3, false), (4, false), (8, true)] {
        let mut pair = Pair::euro();
        pair.setup(USER, &request(b"1"));
        let there = pair.call_at(NETWORK);
        pair.ends[NETWORK].proceeding(pair.now, there, &none()).expect("accepted");
        let indicator = ProgressIndicator::new(Location::PUBLIC_LOCAL, ProgressDescription(description));
        let extra = Extra { progress: Some(indicator), ..none() };
        pair.ends[NETWORK].progress(pair.now, there, &extra).expect("accepted");
        pair.run();
        let Some(Event::Call(last)) = pair.events[USER].last() else { panic!("news of the call") };
        assert_eq!((last.news, last.in_band), (Progress, heard), "progress {description}");
        let seen = last.message().and_then(|message| message.find::<ProgressIndicator>());
        assert_eq!(seen, Some(indicator));
    }
}

#[test]
fn progress_4_takes_the_in_band_information_back() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.hear("08 02 80 01 02 18 03 a9 83 81 1e 02 82 88").hear("08 02 80 01 03 1e 02 82 84");
    let in_band: Vec<bool> =
        one.events().iter().map(|event| matches!(event, Event::Call(call) if call.in_band)).collect();
    assert_eq!(in_band, [true, false]);
}

#[test]
fn a_display_is_in_the_codeset_and_form_of_the_switch() {
    let cases = [
        (Profile::EURO_ISDN, "28 02 48 69"),
        (Profile::NI2, "28 03 b1 48 69"),
        (Profile::ESS5, "96 28 02 48 69"),
    ];
    for (profile, expected) in cases {
        let mut one = One::new(InterfaceConfig::e1(Side::User, profile));
        let request = SetupRequest { display: Some(b"Hi"), ..request(b"1") };
        one.interface.setup(one.now, &request).expect("accepted");
        let (said, expected) = (one.said(), hex(expected));
        let there = said.windows(expected.len()).any(|window| window == expected);
        assert!(there, "{}: {}", profile.name, line(&said));
    }
}

#[test]
fn every_element_of_a_setup_is_at_hand_raw() {
    let mut one = One::network();
    one.hear("08 02 00 05 05 04 03 80 90 a3 1c 03 91 a1 00 70 02 81 31 96 07 01 55 9d 33 02 66 77");
    let Some(Event::Call(event)) = one.events().pop() else { panic!("a call") };
    assert_eq!(event.raw(0, ElementId(0x1c)).map(|element| element.content), Some(&[0x91, 0xa1, 0x00][..]));
    assert_eq!(event.raw(6, ElementId(0x07)).map(|element| element.content), Some(&[0x55][..]));
    assert_eq!(event.raw(5, ElementId(0x33)).map(|element| element.content), Some(&[0x66, 0x77][..]));
    assert_eq!(one.interface.setup_octets(event.call).map(|octets| octets.len()), Some(28));
}

#[test]
fn a_call_more_than_there_may_be_is_refused_with_42() {
    let mut one = One::new(InterfaceConfig { max_calls: 1, ..e1(Side::Network) });
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
    one.hear("08 02 00 02 05 04 03 80 90 a3 18 03 a1 83 82");
    assert_eq!(one.said(), hex("08 02 80 02 5a 08 02 82 aa"));
    assert_eq!(one.interface.setup(one.now, &request(b"1")), Err(SetupError::Busy));
    assert_eq!(one.interface.counters().setups_refused.of(cause(42)), 1);
}

#[test]
fn no_call_is_begun_while_nobody_fetches_events() {
    let mut one = One::new(InterfaceConfig { max_events: 10, ..e1(Side::Network) });
    for n in 1..6 {
        one.hear(&format!("08 02 00 0{n} 05 04 03 80 90 a3 18 03 a1 83 8{n}"));
    }
    let refused = one.sent().iter().filter(|message| kind(message) == 0x5a).count();
    assert_eq!(refused, 2);
    assert_eq!(one.events().len(), 3);
}

#[test]
fn a_call_whose_news_finds_no_room_is_cleared_with_42() {
    let mut one = One::new(InterfaceConfig { max_events: 10, ..e1(Side::Network) });
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
    for _ in 0..9 {
        one.hear("08 02 00 01 7b 2c 01 31");
    }
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    one.hear("08 02 00 01 7b 2c 01 31");
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 02 82 aa"));
    assert_eq!(one.news().last(), Some(&released(42, ReleasedBy::Fault)));
}

#[test]
fn a_message_that_does_not_fit_is_refused_and_changes_nothing() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    let big = [7; 255];
    let elements = [RawElement::new(ElementId(0x1c), &big), RawElement::new(ElementId(0x28), &big)];
    let refused = pair.ends[USER].facility(pair.now, calls[USER], &elements);
    assert_eq!(refused, Err(CallError::Message(WriteError::TooLong)));
    pair.run();
    assert!(pair.trace.is_empty());
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(10));
}
