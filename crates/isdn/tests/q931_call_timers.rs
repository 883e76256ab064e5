//! Every timer of Q.931 §9, at its last millisecond and at its end.
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::{Profile, RestartFailure};
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;

use CallNews::*;

fn released(value: u8, by: ReleasedBy) -> CallNews {
    Released { cause: cause(value), by }
}

/// Nothing is said until so many milliseconds have passed; then this message.
fn falls_due(one: &mut One, ms: u64, message: &str) {
    one.sent();
    one.pass(ms - 1);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new(), "before {ms} ms");
    one.pass(1);
    assert_eq!(one.said(), hex(message));
}

fn calling(side: Side) -> (One, CallId) {
    let mut one = One::new(e1(side));
    let call = one.interface.setup(one.now, &request(b"1")).expect("accepted");
    (one, call)
}

#[test]
fn t303_of_the_user_repeats_the_setup_after_4_s_and_gives_up_after_8() {
    let mut one = One::user();
    let user_user = UserUser { protocol: 0, information: &[1, 2, 3] };
    let request = SetupRequest { user_user: Some(user_user), ..request(b"1") };
    one.interface.setup(one.now, &request).expect("accepted");
    let setup = one.said();
    one.pass(3_999);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    one.pass(1);
    let again = one.said();
    assert_eq!(again, setup, "octet for octet, user information included");
    assert!(again.windows(6).any(|octets| octets == [0x7e, 4, 0, 1, 2, 3]));
    falls_due(&mut one, 4_000, "08 02 00 01 5a 08 02 80 e6");
    assert_eq!(one.news(), [released(102, ReleasedBy::Timer)]);
    assert_eq!(one.interface.poll_timeout(), None);
}

#[test]
fn t303_of_the_network_ends_with_no_user_responding() {
    let (mut one, _) = calling(Side::Network);
    one.pass(4_000);
    assert_eq!(one.sent().len(), 2);
    falls_due(&mut one, 4_000, "08 02 00 01 5a 08 02 82 e6");
    assert_eq!(one.news(), [released(18, ReleasedBy::Timer)]);
}

#[test]
fn an_answer_to_the_second_setup_is_an_answer() {
    let (mut one, call) = calling(Side::User);
    one.pass(5_000);
    one.hear("08 02 80 01 02 18 03 a9 83 81");
    one.pass(4_000);
    assert_eq!(one.interface.call_state(call), Some(3));
}

#[test]
fn t304_of_the_user_clears_30_s_after_the_last_digit() {
    let (mut one, call) = calling(Side::User);
    one.hear("08 02 80 01 0d 18 03 a9 83 81");
    one.pass(29_000);
    one.interface.more_digits(one.now, call, b"1", false).expect("accepted");
    falls_due(&mut one, 30_000, "08 02 00 01 45 08 02 80 e6");
    one.hear("08 02 80 01 4d");
    assert_eq!(one.news().last(), Some(&released(102, ReleasedBy::Timer)));
}

#[test]
fn t304_of_the_network_clears_after_20_s() {
    let (mut one, _) = calling(Side::Network);
    one.hear("08 02 80 01 0d");
    falls_due(&mut one, 20_000, "08 02 00 01 45 08 02 82 e6");
}

#[test]
fn a_call_that_is_set_up_is_never_without_a_timer_whatever_the_switch() {
    for (profile, side) in Profile::ALL.into_iter().flat_map(|it| [(it, Side::User), (it, Side::Network)]) {
        for answer in ["0d", "02", "01", "0d 02", "0d 01", "02 01"] {
            let mut one = One::new(InterfaceConfig::t1(side, profile));
            let call = one.interface.setup(one.now, &request(b"1")).expect("accepted");
            for kind in answer.split(' ') {
                one.hear(&format!("08 02 80 01 {kind} 18 03 a9 83 81"));
            }
            assert!(one.interface.poll_timeout().is_some(), "{} {side:?}: {answer}", profile.name);
            one.pass(240_000);
            assert_eq!(one.interface.call_state(call), None, "{} {side:?}: {answer}", profile.name);
        }
    }
}

#[test]
fn t310_of_the_user_clears_after_30_s_and_of_the_network_after_10() {
    let (mut one, _) = calling(Side::User);
    one.hear("08 02 80 01 02 18 03 a9 83 81");
    falls_due(&mut one, 30_000, "08 02 00 01 45 08 02 80 e6");
    let (mut one, _) = calling(Side::Network);
    one.hear("08 02 80 01 02");
    falls_due(&mut one, 10_000, "08 02 00 01 45 08 02 82 e6");
}

#[test]
fn progress_stops_t310() {
    let (mut one, call) = calling(Side::User);
    one.hear("08 02 80 01 02 18 03 a9 83 81").hear("08 02 80 01 03 1e 02 82 88");
    one.pass(600_000);
    assert_eq!(one.interface.call_state(call), Some(3));
}

#[test]
fn progress_before_any_answer_leaves_t303_running() {
    let (mut one, _) = calling(Side::User);
    one.hear("08 02 80 01 03 1e 02 82 88 18 03 a9 83 81");
    one.sent();
    one.pass(4_000);
    assert_eq!(kind(&one.said()), 0x05);
}

#[test]
fn t301_clears_after_three_minutes_of_ringing_and_tells_no_answer() {
    let (mut one, _) = calling(Side::User);
    one.hear("08 02 80 01 01 18 03 a9 83 81");
    falls_due(&mut one, 180_000, "08 02 00 01 45 08 02 80 e6");
    one.hear("08 02 80 01 4d");
    assert_eq!(one.news(), [Alerting, Clearing, released(19, ReleasedBy::Timer)]);
}

#[test]
fn t305_sends_release_after_30_s_with_the_cause_of_the_disconnect() {
    let (mut one, call) = calling(Side::User);
    one.hear("08 02 80 01 02 18 03 a9 83 81");
    one.interface.disconnect(one.now, call, cause(17), &none()).expect("accepted");
    falls_due(&mut one, 30_000, "08 02 00 01 4d 08 02 80 91");
}

#[test]
fn t308_repeats_release_after_4_s_and_then_restarts_the_channel() {
    let (mut one, _) = calling(Side::User);
    one.hear("08 02 80 01 02 18 03 a9 83 81").hear("08 02 80 01 45 08 02 82 90");
    one.events();
    falls_due(&mut one, 4_000, "08 02 00 01 4d 08 02 80 90");
    falls_due(&mut one, 4_000, "08 02 00 00 46 18 03 a9 83 81 79 01 80");
    let events = one.events();
    let channel = BChannel::new(0, 1);
    assert_eq!(
        events.iter().cloned().filter_map(call_news).collect::<Vec<_>>(),
        [released(16, ReleasedBy::Far)]
    );
    assert!(events.contains(&Event::Channel { channel, service: ChannelService::Restarting }));
    one.hear("08 02 80 00 4e 18 03 a9 83 81 79 01 80");
    assert_eq!(one.events(), [Event::Channel { channel, service: ChannelService::InService }]);
    assert_eq!(one.interface.poll_timeout(), None);
}

#[test]
fn without_restart_after_t308_the_channel_is_out_of_service() {
    let profile = Profile {
        restarts_after_release_failure: false,
        restart_failure: RestartFailure::StayOut,
        ..Profile::EURO_ISDN
    };
    let mut one = One::new(InterfaceConfig::e1(Side::User, profile));
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.hear("08 02 80 01 02 18 03 a9 83 81").hear("08 02 80 01 45 08 02 82 90");
    one.pass(8_000);
    assert_eq!(one.interface.channel_service(BChannel::new(0, 1)), Some(ChannelService::OutOfService));
}

#[test]
fn t313_clears_4_s_after_a_connect_that_nobody_acknowledges() {
    let mut one = One::user();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81");
    let call = one.call();
    one.interface.connect(one.now, call, &none()).expect("accepted");
    falls_due(&mut one, 4_000, "08 02 80 01 45 08 02 80 e6");
}

#[test]
fn t302_of_the_network_ends_digits_after_12_s() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81 70 02 81 31");
    let call = one.call();
    one.interface.setup_acknowledge(one.now, call, &none()).expect("accepted");
    one.pass(11_999);
    assert_eq!(one.news(), []);
    one.pass(1);
    assert_eq!(one.news(), [Digits { end: Some(DigitsEnd::Timer) }]);
}

#[test]
fn t322_asks_again_twice_and_then_clears_with_41() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.lose = vec![0x7d];
    pair.ends[USER].status_enquiry(pair.now, calls[USER]).expect("accepted");
    pair.pass(11_999);
    assert_eq!(pair.types(), ["U 75", "N 7d", "U 75", "N 7d", "U 75", "N 7d"]);
    pair.pass(1);
    assert_eq!(pair.types()[6..], ["U 45", "N 4d", "U 5a"]);
    assert_eq!(pair.news(USER), [Clearing, released(41, ReleasedBy::Timer)]);
}

#[test]
fn a_status_stops_t322() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[USER].status_enquiry(pair.now, calls[USER]).expect("accepted");
    pair.pass(60_000);
    assert_eq!(pair.types(), ["U 75", "N 7d"]);
    assert_eq!(pair.news(USER), [Status { state: 10, cause: cause(30) }]);
}

#[test]
fn an_answer_to_an_enquiry_gives_the_next_all_its_attempts() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.lose = vec![0x7d];
    pair.ends[USER].status_enquiry(pair.now, calls[USER]).expect("accepted");
    pair.pass(5_000);
    pair.lose.clear();
    pair.pass(10_000);
    assert_eq!(pair.types(), ["U 75", "N 7d", "U 75", "N 7d", "U 75", "N 7d"]);
    pair.trace.clear();
    pair.lose = vec![0x7d];
    pair.ends[USER].status_enquiry(pair.now, calls[USER]).expect("accepted");
    pair.pass(11_999);
    assert_eq!(pair.types(), ["U 75", "N 7d", "U 75", "N 7d", "U 75", "N 7d"]);
}

#[test]
fn t_hold_and_t_retrieve_run_for_4_s_and_count_as_refusals() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.lose = vec![0x24];
    pair.ends[USER].hold(pair.now, calls[USER], &none()).expect("accepted");
    pair.pass(3_999);
    assert_eq!(pair.news(USER), []);
    pair.pass(1);
    assert_eq!(pair.news(USER), [HoldRefused]);
    pair.lose = vec![0x31];
    pair.ends[USER].hold(pair.now, calls[USER], &none()).expect("accepted");
    pair.run();
    pair.ends[NETWORK].hold_acknowledge(pair.now, calls[NETWORK]).expect("accepted");
    pair.run();
    pair.ends[USER].retrieve(pair.now, calls[USER], &none()).expect("accepted");
    pair.pass(4_000);
    assert_eq!(pair.news(USER), [Held, RetrieveRefused]);
}

#[test]
fn an_idle_interface_waits_for_nothing() {
    let mut pair = Pair::euro();
    for _ in 0..50 {
        let calls = pair.answered(USER);
        pair.ends[USER].disconnect(pair.now, calls[USER], cause(16), &none()).expect("accepted");
        pair.run();
    }
    assert_eq!(pair.ends.each_ref().map(Interface::poll_timeout), [None, None]);
}

#[test]
fn a_timer_that_is_due_happens_before_a_message_that_comes_later() {
    let (mut one, _) = calling(Side::User);
    one.sent();
    one.now.0 += 8 * 9_000;
    one.hear("08 02 80 01 02 18 03 a9 83 81");
    let kinds: Vec<u8> = one.sent().iter().map(|message| kind(message)).collect();
    assert_eq!(kinds, [0x05, 0x5a, 0x5a], "SETUP again, RELEASE COMPLETE, and no such call");
    assert_eq!(one.news(), [released(102, ReleasedBy::Timer)]);
}
