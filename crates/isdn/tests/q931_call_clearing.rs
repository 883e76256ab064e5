//! The end of calls: every sequence of Q.931 §5.3.
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::{Profile, Timers};
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;
use tandem_types::Frames;

use CallNews::*;

fn released(value: u8, by: ReleasedBy) -> CallNews {
    Released { cause: cause(value), by }
}

fn disconnect(pair: &mut Pair, end: usize, call: CallId) {
    pair.ends[end].disconnect(pair.now, call, cause(16), &none()).expect("accepted");
}

fn in_band() -> Extra<'static> {
    let indicator = ProgressIndicator::new(Location::PUBLIC_LOCAL, ProgressDescription::IN_BAND);
    Extra { progress: Some(indicator), ..none() }
}

#[test]
fn the_network_clears_an_active_call() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    disconnect(&mut pair, NETWORK, calls[NETWORK]);
    pair.run();
    assert_eq!(pair.types(), ["N 45", "U 4d", "N 5a"]);
    assert_eq!(pair.news(USER), [Disconnected { cause: cause(16) }, released(16, ReleasedBy::Far)]);
    assert_eq!(pair.news(NETWORK), [released(16, ReleasedBy::Local)]);
    pair.assert_idle();
}

#[test]
fn two_disconnects_that_cross_lead_to_two_releases_that_cross() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    disconnect(&mut pair, USER, calls[USER]);
    disconnect(&mut pair, NETWORK, calls[NETWORK]);
    pair.run();
    assert_eq!(pair.types(), ["U 45", "N 45", "N 4d", "U 4d"]);
    assert_eq!(pair.news(USER), [released(16, ReleasedBy::Local)]);
    assert_eq!(pair.news(NETWORK), [released(16, ReleasedBy::Local)]);
    pair.assert_idle();
}

#[test]
fn an_owner_that_wants_to_releases_itself() {
    let user = InterfaceConfig { releases_at_once: false, ..e1(Side::User) };
    let mut pair = Pair::new(user, e1(Side::Network));
    let calls = pair.answered(USER);
    disconnect(&mut pair, NETWORK, calls[NETWORK]);
    pair.run();
    assert_eq!(pair.types(), ["N 45"]);
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(12));
    pair.ends[USER].release(pair.now, calls[USER], cause(16), &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["N 45", "U 4d", "N 5a"]);
    pair.assert_idle();
}

#[test]
fn a_disconnect_with_in_band_information_keeps_the_channel_until_the_user_releases() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[NETWORK].disconnect(pair.now, calls[NETWORK], cause(17), &in_band()).expect("accepted");
    pair.run();
    let Some(Event::Call(last)) = pair.events[USER].last() else { panic!("news") };
    assert_eq!((last.news, last.in_band), (Disconnected { cause: cause(17) }, true));
    assert_eq!(pair.ends[USER].call_channel(calls[USER]), Some(BChannel::new(0, 1)));
    pair.pass(10_000);
    assert_eq!(pair.types(), ["N 45"]);
    pair.ends[USER].release(pair.now, calls[USER], cause(16), &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["N 45", "U 4d", "N 5a"]);
    pair.assert_idle();
}

#[test]
fn t306_ends_the_in_band_information_after_its_time_and_not_t305() {
    let timers = Timers { t306: Frames::from_seconds(20), ..Profile::EURO_ISDN.network_timers };
    let network = InterfaceConfig { timers: Some(timers), ..e1(Side::Network) };
    let mut pair = Pair::new(e1(Side::User), network);
    let calls = pair.answered(USER);
    pair.ends[NETWORK].disconnect(pair.now, calls[NETWORK], cause(17), &in_band()).expect("accepted");
    pair.pass(19_999);
    assert_eq!(pair.types(), ["N 45"]);
    pair.pass(1);
    assert_eq!(pair.types(), ["N 45", "N 4d", "U 5a"]);
    assert_eq!(pair.news(USER), [Disconnected { cause: cause(17) }, released(17, ReleasedBy::Far)]);
    pair.assert_idle();
}

#[test]
fn an_unexpected_release_is_completed() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    let [high, low] = [pair.ends[USER].setup_octets(calls[USER]).expect("there")[2] | 0x80, 1];
    pair.ends[USER].handle_message(pair.now, LINK, &[8, 2, high, low, 0x4d, 8, 2, 0x82, 0xa6]);
    let said = pair.ends[USER].poll_message().map(|(_, octets)| octets.to_vec());
    assert_eq!(said, Some(hex("08 02 00 01 5a")));
    pair.run();
    assert_eq!(pair.news(USER), [released(38, ReleasedBy::Far)]);
}

#[test]
fn an_unexpected_release_complete_frees_the_call() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.hear("08 02 80 01 02 18 03 a9 83 81").hear("08 02 80 01 5a 08 02 82 a2");
    assert_eq!(one.sent().len(), 1);
    assert_eq!(one.news(), [Proceeding, released(34, ReleasedBy::Far)]);
    assert_eq!(one.interface.call_count(), 0);
}

#[test]
fn release_complete_without_a_cause_is_31() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.hear("08 02 80 01 5a");
    assert_eq!(one.news(), [released(31, ReleasedBy::Far)]);
}

#[test]
fn disconnect_without_a_cause_is_31_and_the_release_tells_96() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
    let call = one.call();
    one.interface.connect(one.now, call, &none()).expect("accepted");
    one.sent();
    one.hear("08 02 00 01 45");
    assert_eq!(one.said(), hex("08 02 80 01 4d 08 03 82 e0 08"));
    assert_eq!(one.news(), [Disconnected { cause: cause(31) }]);
}

#[test]
fn disconnect_with_a_wrong_cause_is_31_and_the_release_tells_100() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a1 83 81");
    one.hear("08 02 00 01 45 08 01 80");
    assert_eq!(one.said(), hex("08 02 80 01 4d 08 03 82 e4 08"));
}

#[test]
fn a_call_that_is_offered_is_refused_and_one_that_is_answered_disconnected() {
    for (answers, message) in [(0, 0x5a), (1, 0x45), (2, 0x45), (3, 0x45), (4, 0x45)] {
        let mut one = One::user();
        one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81");
        let call = one.call();
        match answers {
            1 => one.interface.setup_acknowledge(one.now, call, &none()),
            2 => one.interface.proceeding(one.now, call, &none()),
            3 => one.interface.alerting(one.now, call, &none()),
            4 => one.interface.connect(one.now, call, &none()),
            _ => Ok(()),
        }
        .expect("accepted");
        one.sent();
        one.interface.disconnect(one.now, call, cause(21), &none()).expect("accepted");
        let said = one.said();
        assert_eq!((kind(&said), said[said.len() - 2..].to_vec()), (message, vec![0x80, 0x95]));
    }
}

#[test]
fn a_caller_may_clear_in_every_state() {
    for messages in 0..4 {
        let mut one = One::user();
        let call = one.interface.setup(one.now, &request(b"1")).expect("accepted");
        let answers = ["0d 18 03 a9 83 81", "02", "01"];
        for answer in &answers[..messages] {
            one.hear(&format!("08 02 80 01 {answer}"));
        }
        one.sent();
        one.interface.disconnect(one.now, call, cause(16), &none()).expect("accepted");
        assert_eq!(one.said(), hex("08 02 00 01 45 08 02 80 90"));
        one.hear("08 02 80 01 4d");
        assert_eq!(one.said(), hex("08 02 00 01 5a"));
        assert_eq!(one.news().last(), Some(&released(16, ReleasedBy::Local)));
    }
}

#[test]
fn a_command_to_a_call_that_is_over_is_refused() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    disconnect(&mut pair, USER, calls[USER]);
    pair.run();
    let again = pair.ends[USER].disconnect(pair.now, calls[USER], cause(16), &none());
    assert_eq!(again, Err(CallError::UnknownCall));
}

#[test]
fn a_command_that_does_not_fit_names_the_state() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    let now = pair.now;
    let user = &mut pair.ends[USER];
    assert_eq!(user.alerting(now, calls[USER], &none()), Err(CallError::State(10)));
    assert_eq!(user.release(now, calls[USER], cause(16), &none()), Err(CallError::State(10)));
    assert_eq!(user.reject(now, calls[USER], cause(16), &none()), Err(CallError::State(10)));
    assert_eq!(user.more_digits(now, calls[USER], b"1", false), Err(CallError::State(10)));
    user.disconnect(now, calls[USER], cause(16), &none()).expect("accepted");
    assert_eq!(user.disconnect(now, calls[USER], cause(16), &none()), Err(CallError::State(11)));
}

#[test]
fn a_release_that_begins_the_clearing_without_a_cause_is_completed_with_96() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.hear("08 02 80 01 02 18 03 a9 83 81");
    one.sent();
    one.hear("08 02 80 01 4d");
    assert_eq!(one.said(), hex("08 02 00 01 5a 08 03 80 e0 08"));
    assert_eq!(one.news(), [Proceeding, released(31, ReleasedBy::Far)]);
}
