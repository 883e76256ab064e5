//! Hold and retrieve, notification, information, user-user information, status, and what is passed through.
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;

use CallNews::*;

fn released(value: u8, by: ReleasedBy) -> CallNews {
    Released { cause: cause(value), by }
}

#[test]
fn a_call_is_held_and_retrieved() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[USER].hold(pair.now, calls[USER], &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.news(NETWORK), [HoldRequested]);
    pair.ends[NETWORK].hold_acknowledge(pair.now, calls[NETWORK]).expect("accepted");
    pair.run();
    assert_eq!(pair.news(USER), [Held]);
    pair.ends[USER].retrieve(pair.now, calls[USER], &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.news(NETWORK), [RetrieveRequested]);
    pair.ends[NETWORK].retrieve_acknowledge(pair.now, calls[NETWORK]).expect("accepted");
    pair.run();
    assert_eq!(pair.news(USER), [Retrieved]);
    assert_eq!(pair.types(), ["U 24", "N 28", "U 31", "N 33"]);
    assert_eq!(pair.trace[3].1, hex("08 02 80 01 33 18 03 a9 83 81"));
    pair.pass(600_000);
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(10));
}

#[test]
fn hold_and_retrieval_are_refused_with_a_cause() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[NETWORK].hold(pair.now, calls[NETWORK], &none()).expect("accepted");
    pair.run();
    pair.ends[USER].hold_reject(pair.now, calls[USER], cause(29)).expect("accepted");
    pair.run();
    assert_eq!(pair.trace[1].1, hex("08 02 00 01 30 08 02 80 9d"));
    assert_eq!(pair.news(NETWORK), [HoldRefused]);
    pair.ends[NETWORK].hold(pair.now, calls[NETWORK], &none()).expect("accepted");
    pair.run();
    pair.ends[USER].hold_acknowledge(pair.now, calls[USER]).expect("accepted");
    pair.run();
    pair.ends[NETWORK].retrieve(pair.now, calls[NETWORK], &none()).expect("accepted");
    pair.run();
    pair.ends[USER].retrieve_reject(pair.now, calls[USER], cause(34)).expect("accepted");
    pair.run();
    assert_eq!(pair.news(NETWORK), [Held, RetrieveRefused]);
    assert_eq!(pair.news(USER), [HoldRequested, HoldRequested, RetrieveRequested]);
}

#[test]
fn two_holds_that_cross_leave_that_of_the_network() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[USER].hold(pair.now, calls[USER], &none()).expect("accepted");
    pair.ends[NETWORK].hold(pair.now, calls[NETWORK], &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.news(USER), [HoldRefused, HoldRequested]);
    assert_eq!(pair.news(NETWORK), []);
    pair.ends[USER].hold_acknowledge(pair.now, calls[USER]).expect("accepted");
    pair.run();
    assert_eq!(pair.news(NETWORK), [Held]);
}

#[test]
fn a_held_call_may_come_back_on_another_channel() {
    let mut one = One::user();
    let call = one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.hear("08 02 80 01 07 18 03 a9 83 81");
    one.interface.hold(one.now, call, &none()).expect("accepted");
    one.hear("08 02 80 01 28");
    one.interface.retrieve(one.now, call, &none()).expect("accepted");
    one.hear("08 02 80 01 33 18 03 a9 83 85");
    assert_eq!(one.interface.call_channel(call), Some(BChannel::new(0, 5)));
    assert_eq!(one.interface.channel_call(BChannel::new(0, 1)), None);
}

#[test]
fn hold_fits_its_state_and_its_switch() {
    let mut pair = Pair::profile(Profile::QSIG);
    let calls = pair.answered(USER);
    let now = pair.now;
    assert_eq!(pair.ends[USER].hold(now, calls[USER], &none()), Err(CallError::NotInProfile));
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    let user = &mut pair.ends[USER];
    assert_eq!(user.retrieve(now, calls[USER], &none()), Err(CallError::State(10)));
    assert_eq!(user.hold_acknowledge(now, calls[USER]), Err(CallError::State(10)));
    let calling = user.setup(now, &request(b"1")).expect("accepted");
    assert_eq!(user.hold(now, calling, &none()), Err(CallError::State(1)));
}

#[test]
fn a_held_call_is_cleared_like_any_other() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[USER].hold(pair.now, calls[USER], &none()).expect("accepted");
    pair.run();
    pair.ends[NETWORK].hold_acknowledge(pair.now, calls[NETWORK]).expect("accepted");
    pair.ends[NETWORK].disconnect(pair.now, calls[NETWORK], cause(16), &none()).expect("accepted");
    pair.run();
    pair.assert_idle();
}

#[test]
fn notify_information_facility_and_user_information_are_passed_with_their_elements() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    let (now, call) = (pair.now, calls[USER]);
    let user = &mut pair.ends[USER];
    user.notify(now, call, &[RawElement::new(ElementId::NOTIFICATION_INDICATOR, &[0xf9])]).expect("accepted");
    user.information(now, call, &[RawElement::new(ElementId::KEYPAD, b"*1")]).expect("accepted");
    user.facility(now, call, &[RawElement::new(ElementId::FACILITY, &[0x91, 1, 2])]).expect("accepted");
    user.user_information(now, call, &[RawElement::new(ElementId::USER_USER, &[0, 9])]).expect("accepted");
    user.congestion(now, call, false).expect("accepted");
    pair.run();
    let events = std::mem::take(&mut pair.events[NETWORK]);
    let news: Vec<CallNews> = events.iter().cloned().filter_map(call_news).collect();
    assert_eq!(news, [Notify, Information, CallNews::Facility, UserInformation, Congestion]);
    let content = |at: usize, id| match &events[at] {
        Event::Call(event) => event.raw(0, id).map(|element| element.content.to_vec()),
        _ => None,
    };
    assert_eq!(content(0, ElementId::NOTIFICATION_INDICATOR), Some(vec![0xf9]));
    assert_eq!(content(1, ElementId::KEYPAD), Some(b"*1".to_vec()));
    assert_eq!(content(2, ElementId::FACILITY), Some(vec![0x91, 1, 2]));
    assert_eq!(content(3, ElementId::USER_USER), Some(vec![0, 9]));
    assert_eq!(content(4, ElementId::CONGESTION_LEVEL), Some(vec![0xbf]));
}

#[test]
fn the_connected_number_and_name_come_with_the_answer() {
    let mut pair = Pair::euro();
    pair.setup(USER, &request(b"1"));
    let there = pair.call_at(NETWORK);
    let extra = Extra { connected: Some(number(b"42")), display: Some(b"Front desk"), ..none() };
    pair.ends[NETWORK].connect(pair.now, there, &extra).expect("accepted");
    pair.run();
    let Some(Event::Call(event)) = pair.events[USER].last() else { panic!("the answer") };
    let message = event.message().expect("its message");
    assert_eq!(message.find::<ConnectedNumber<'_>>(), Some(ConnectedNumber(number(b"42"))));
    assert_eq!(message.find::<Display<'_>>().map(|display| display.text()), Some(&b"Front desk"[..]));
}

#[test]
fn a_facility_or_register_without_a_call_is_passed_on() {
    let mut one = One::user();
    one.hear("08 00 62 1c 03 91 a1 00");
    one.hear("08 02 00 07 64 1c 03 91 a1 00");
    let events = one.events();
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| matches!(event, Event::Unassociated { .. })));
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_status_enquiry_is_answered_with_30_and_the_state() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
    one.hear("08 02 00 01 75");
    assert_eq!(one.said(), hex("08 02 80 01 7d 08 02 82 9e 14 01 01"));
}

#[test]
fn a_status_of_the_null_state_ends_the_call_with_41() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[USER].handle_message(pair.now, LINK, &hex("08 02 80 01 7d 08 02 82 e5 14 01 00"));
    pair.run();
    assert_eq!(pair.news(USER), [released(41, ReleasedBy::Far)]);
    assert_eq!(pair.types(), Vec::<String>::new());
    assert_eq!(pair.ends[USER].call_state(calls[USER]), None);
}

#[test]
fn a_status_of_another_state_clears_the_call_with_101() {
    let mut pair = Pair::euro();
    pair.answered(USER);
    pair.ends[USER].handle_message(pair.now, LINK, &hex("08 02 80 01 7d 08 02 82 9e 14 01 0c"));
    pair.run();
    assert_eq!(pair.trace[0].1, hex("08 02 00 01 45 08 02 80 e5"));
    assert_eq!(pair.news(USER), [Clearing, released(101, ReleasedBy::Fault)]);
}

#[test]
fn a_status_of_a_call_that_is_not_there_is_answered_unless_it_is_null() {
    let mut one = One::user();
    one.hear("08 02 00 09 7d 08 02 82 9e 14 01 0a");
    assert_eq!(one.said(), hex("08 02 80 09 5a 08 02 80 e5"));
    one.hear("08 02 00 09 7d 08 02 82 9e 14 01 00");
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn messages_of_a_call_that_is_not_there_are_answered_as_the_clause_says() {
    let mut one = One::user();
    for kind in ["01", "02", "03", "07", "0d", "0f", "45", "4d", "62", "6e", "75", "7b", "24", "11"] {
        one.hear(&format!("08 02 00 09 {kind}"));
        assert_eq!(one.said(), hex("08 02 80 09 5a 08 02 80 d1"), "{kind}");
        one.hear(&format!("08 02 80 09 {kind}"));
        assert_eq!(one.said(), hex("08 02 00 09 5a 08 02 80 d1"), "{kind}");
    }
    one.hear("08 02 00 09 5a").hear("08 02 80 09 05 04 03 80 90 a3 18 01 a3");
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new(), "RELEASE COMPLETE, and a SETUP with flag 1");
    assert_eq!(one.interface.call_count(), 0);
}

#[test]
fn a_setup_without_a_mandatory_element_is_refused_with_96_and_with_a_wrong_one_with_100() {
    let mut one = One::user();
    one.hear("08 02 00 01 05 18 03 a9 83 81");
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 03 80 e0 04"));
    one.hear("08 02 00 01 05 04 03 80 90 a3");
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 03 80 e0 18"));
    one.hear("08 02 00 01 05 04 01 80 18 03 a9 83 81");
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 03 80 e4 04"));
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 0d 01 00");
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 03 80 e0 0d"));
}

#[test]
fn an_unknown_element_is_passed_over_and_told_with_99() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81 55 01 00 56 01 00");
    assert_eq!(one.said(), hex("08 02 80 01 7d 08 04 82 e3 55 56 14 01 01"));
    assert_eq!(one.interface.call_count(), 1);
}

#[test]
fn a_wrong_element_is_passed_over_and_told_with_100_and_too_much_user_information_with_43() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81 6c 02 21 81 1e 01 82");
    assert_eq!(one.said(), hex("08 02 80 01 7d 08 03 82 e4 1e 14 01 01"));
    let long = "00 ".repeat(130);
    one.hear(&format!("08 02 00 01 7b 7e 82 {long}"));
    assert_eq!(one.said(), hex("08 02 80 01 7d 08 03 82 ab 7e 14 01 01"));
}

#[test]
fn an_unknown_element_in_a_disconnect_is_told_by_the_release() {
    let mut pair = Pair::euro();
    pair.answered(USER);
    pair.ends[USER].handle_message(pair.now, LINK, &hex("08 02 80 01 45 08 02 82 90 55 01 00"));
    pair.run();
    assert_eq!(pair.trace[0].1, hex("08 02 00 01 4d 08 03 80 e3 55"));
}

#[test]
fn an_unknown_element_in_a_release_is_told_by_the_release_complete() {
    let mut pair = Pair::euro();
    pair.answered(USER);
    pair.ends[USER].handle_message(pair.now, LINK, &hex("08 02 80 01 4d 08 02 82 90 55 01 00"));
    pair.run();
    assert_eq!(pair.trace[0].1, hex("08 02 00 01 5a 08 03 80 e3 55"));
}

#[test]
fn a_switch_may_not_tell_of_such_elements() {
    let profile = Profile { reports_element_errors: false, ..Profile::EURO_ISDN };
    let mut one = One::new(InterfaceConfig::e1(Side::Network, profile));
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81 55 01 00");
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    assert_eq!(one.interface.counters().optional, 1);
}

#[test]
fn a_type_that_is_not_known_is_answered_with_97_and_a_general_switch_says_98() {
    use tandem_isdn::profile::MessageErrorCause;
    for (error, unknown, unexpected) in
        [(MessageErrorCause::Distinguished, 0xe1, 0xe5), (MessageErrorCause::General, 0xe2, 0xe2)]
    {
        let profile = Profile { message_error: error, ..Profile::EURO_ISDN };
        let mut one = One::new(InterfaceConfig::e1(Side::Network, profile));
        one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
        one.hear("08 02 00 01 7f");
        let mut expected = hex("08 02 80 01 7d 08 03 82 00 7f 14 01 01");
        expected[8] = unknown;
        assert_eq!(one.said(), expected);
        one.hear("08 02 00 01 07");
        let mut expected = hex("08 02 80 01 7d 08 03 82 00 07 14 01 01");
        expected[8] = unexpected;
        assert_eq!(one.said(), expected);
    }
}

#[test]
fn segmented_and_rearranging_messages_are_answered_with_97() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
    for kind in [0x60, 0x25, 0x26] {
        one.hear(&format!("08 02 00 01 {kind:02x} 00 02 80 05"));
        let said = one.said();
        assert_eq!((said[4], said[8], said[9]), (0x7d, 0xe1, kind));
    }
}

#[test]
fn what_is_no_message_is_ignored_and_counted() {
    let mut one = One::user();
    for octets in ["", "08", "08 02", "08 02 00", "08 02 00 01", "09 02 00 01 05"] {
        one.hear(octets);
    }
    one.hear("08 12 00 01 05").hear("08 04 00 00 00 01 05");
    one.interface.handle_message(one.now, LINK, &[8; 300]);
    let counters = *one.interface.counters();
    assert_eq!(
        (counters.short, counters.discriminator, counters.call_reference, counters.too_long),
        (5, 1, 2, 1)
    );
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_call_reference_of_one_octet_is_understood() {
    let mut one = One::network();
    one.hear("08 01 05 05 04 03 80 90 a3 18 03 a1 83 81");
    let call = one.call();
    one.interface.alerting(one.now, call, &none()).expect("accepted");
    assert_eq!(one.said()[..4], hex("08 02 80 05"));
}

#[test]
fn messages_that_nobody_fetches_are_dropped_and_counted() {
    let mut one = One::new(InterfaceConfig { max_messages: 2, ..e1(Side::User) });
    for _ in 0..3 {
        one.hear("08 02 00 09 01");
    }
    assert_eq!(one.sent().len(), 2);
    assert_eq!(one.interface.messages_lost(), 1);
}

#[test]
fn only_the_network_keeps_a_call_for_a_tone_after_its_disconnect() {
    // EN 300 403-1 §5.3.3: the network answers the user's DISCONNECT with RELEASE, whatever the user may want to say.
    let in_band = ProgressIndicator::new(Location::USER, ProgressDescription::IN_BAND);
    let tone = Extra { progress: Some(in_band), ..Extra::default() };
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[NETWORK].disconnect(pair.now, calls[NETWORK], cause(17), &tone).expect("it is up");
    pair.run();
    assert_eq!(pair.types(), ["N 45"]);
    pair.ends[USER].release(pair.now, calls[USER], cause(16), &none()).expect("it is being cleared");
    pair.run();
    pair.assert_idle();

    let calls = pair.answered(USER);
    pair.ends[USER].disconnect(pair.now, calls[USER], cause(17), &tone).expect("it is up");
    pair.run();
    assert_eq!(pair.types(), ["U 45", "N 4d", "U 5a"]);
    pair.assert_idle();
}

#[test]
fn a_channel_that_is_reserved_takes_no_call_of_either_end() {
    let mut pair = Pair::euro();
    let first = BChannel::new(0, 1);
    let only = SetupRequest { channel: ChannelWish::Exclusive(first), ..request(b"1") };
    pair.ends[USER].reserve(first, true).expect("a channel");
    pair.setup(NETWORK, &only);
    assert_eq!(pair.types(), ["N 05", "U 5a"]);
    assert_eq!(pair.news(NETWORK), [released(44, ReleasedBy::Far)]);
    assert_eq!(pair.ends[USER].setup(pair.now, &only), Err(SetupError::ChannelBusy));
    // One that asks for any gets another.
    pair.setup(NETWORK, &SetupRequest { channel: ChannelWish::Preferred(first), ..request(b"1") });
    let there = pair.call_at(USER);
    assert_ne!(pair.ends[USER].call_channel(there), Some(first));
    pair.ends[USER].reserve(first, false).expect("a channel");
    assert!(pair.ends[USER].setup(pair.now, &only).is_ok());
}

#[test]
fn once_a_call_is_being_cleared_no_hold_or_retrieval_of_it_is_answered_or_obeyed() {
    let ask_to_hold = |pair: &mut Pair, call| pair.ends[USER].hold(pair.now, call, &none()).expect("active");
    let ask_back = |pair: &mut Pair, calls: [CallId; 2]| {
        pair.ends[USER].hold(pair.now, calls[USER], &none()).expect("active");
        pair.run();
        pair.ends[NETWORK].hold_acknowledge(pair.now, calls[NETWORK]).expect("asked");
        pair.run();
        pair.ends[USER].retrieve(pair.now, calls[USER], &none()).expect("held");
    };
    let hold_for_far = |pair: &mut Pair, calls: [CallId; 2]| {
        pair.ends[NETWORK].hold(pair.now, calls[NETWORK], &none()).expect("active");
        pair.run();
        pair.ends[USER].hold_acknowledge(pair.now, calls[USER]).expect("asked");
    };
    // HOLD ACKNOWLEDGE, HOLD REJECT, RETRIEVE ACKNOWLEDGE on another channel, RETRIEVE REJECT, RETRIEVE.
    for (kind, sub_state) in [(0x28, 0), (0x30, 0), (0x33, 1), (0x37, 1), (0x31, 2)] {
        let mut pair = Pair::euro();
        let calls = pair.answered(USER);
        match sub_state {
            0 => ask_to_hold(&mut pair, calls[USER]),
            1 => ask_back(&mut pair, calls),
            _ => hold_for_far(&mut pair, calls),
        }
        pair.ends[USER].disconnect(pair.now, calls[USER], cause(16), &none()).expect("active");
        pair.news(USER);
        let channel = pair.ends[USER].call_channel(calls[USER]);
        let rest = match kind {
            0x30 | 0x37 => "08 02 80 9d",
            0x33 => "18 03 a9 83 85",
            _ => "",
        };
        let now = pair.now;
        while pair.ends[USER].poll_message().is_some() {}
        let message = hex(format!("08 02 80 01 {kind:02x} {rest}").trim());
        pair.ends[USER].handle_message(now, LINK, &message);
        let (_, answer) = pair.ends[USER].poll_message().expect("an answer");
        assert_eq!(answer, hex(&format!("08 02 00 01 7d 08 03 80 e5 {kind:02x} 14 01 0b")), "{kind:#x}");
        assert_eq!(pair.news(USER), [], "{kind:#x}");
        assert_eq!(pair.ends[USER].call_channel(calls[USER]), channel, "{kind:#x}");
    }
}

/// The auxiliary states of EN 300 196-1 §7.2, as the user's end of an active call has them.
#[derive(Clone, Copy, Debug)]
enum Auxiliary {
    Idle,
    HoldRequest,
    HeldForUs,
    RetrieveRequest,
    HoldIndication,
    HeldForFarEnd,
    RetrieveIndication,
}

fn brought_to(state: Auxiliary) -> Pair {
    let mut pair = Pair::euro();
    let [user, network] = pair.answered(USER);
    let now = pair.now;
    let (by_far_end, steps) = match state {
        Auxiliary::Idle => (false, 0),
        Auxiliary::HoldRequest => (false, 1),
        Auxiliary::HeldForUs => (false, 2),
        Auxiliary::RetrieveRequest => (false, 3),
        Auxiliary::HoldIndication => (true, 1),
        Auxiliary::HeldForFarEnd => (true, 2),
        Auxiliary::RetrieveIndication => (true, 3),
    };
    let ends = [(USER, user), (NETWORK, network)];
    let [(near, call), (far, their_call)] = if by_far_end { [ends[1], ends[0]] } else { ends };
    for step in 0..steps {
        match step {
            0 => pair.ends[near].hold(now, call, &none()).expect("active"),
            1 => pair.ends[far].hold_acknowledge(now, their_call).expect("asked"),
            _ => pair.ends[near].retrieve(now, call, &none()).expect("held"),
        }
        // The far end has heard the last request of ours, and has not answered.
        pair.run();
    }
    pair.news(USER);
    pair
}

#[test]
fn each_message_of_hold_in_each_auxiliary_state_has_its_outcome() {
    use Auxiliary::*;
    // HOLD, ACKNOWLEDGE and REJECT; RETRIEVE, ACKNOWLEDGE and REJECT. None: STATUS with cause 101, and nothing else.
    let none: &[CallNews] = &[];
    for (state, outcomes) in [
        (Idle, [&[HoldRequested][..], none, none, none, none, none]),
        (HoldRequest, [&[HoldRefused, HoldRequested], &[Held], &[HoldRefused], none, none, none]),
        (HeldForUs, [none; 6]),
        (RetrieveRequest, [none, none, none, none, &[Retrieved], &[RetrieveRefused]]),
        (HoldIndication, [none; 6]),
        (HeldForFarEnd, [none, none, none, &[RetrieveRequested], none, none]),
        (RetrieveIndication, [none; 6]),
    ] {
        let messages = ["24", "28", "30 08 02 80 9d", "31", "33 18 03 a9 83 81", "37 08 02 80 9d"];
        for (message, told) in messages.into_iter().zip(outcomes) {
            let mut pair = brought_to(state);
            let user = &mut pair.ends[USER];
            user.handle_message(pair.now, LINK, &hex(&format!("08 02 80 01 {message}")));
            let said = user.poll_message().map(|(_, octets)| octets.to_vec());
            let status = hex(&format!("08 02 00 01 7d 08 03 80 e5 {} 14 01 0a", &message[..2]));
            assert_eq!(said, told.is_empty().then_some(status), "{state:?}, {message}");
            pair.run();
            assert_eq!(pair.news(USER), told, "{state:?}, {message}");
        }
    }
}
