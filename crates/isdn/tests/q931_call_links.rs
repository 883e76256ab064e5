//! Data links lost, reset and backed up (Q.931 §5.8.8, §5.8.9, annex F).
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::{LinkRecovery, Profile};
use tandem_isdn::q931::*;

use CallNews::*;

fn released(value: u8, by: ReleasedBy) -> CallNews {
    Released { cause: cause(value), by }
}

fn with(recovery: LinkRecovery) -> Pair {
    Pair::profile(Profile { link_recovery: recovery, ..Profile::EURO_ISDN })
}

#[test]
fn an_active_call_outlives_a_short_loss_and_the_ends_report_their_states() {
    let mut pair = with(LinkRecovery::Report);
    let calls = pair.answered(USER);
    pair.links(LINK, LinkChange::Released);
    pair.pass(89_999);
    assert_eq!(pair.ends.each_mut().map(|end| end.poll_link_request()), [Some((LINK, Establish)); 2]);
    pair.links(LINK, LinkChange::Established);
    assert_eq!(pair.types(), ["U 7d", "N 7d"]);
    assert_eq!(pair.trace[0].1, hex("08 02 00 01 7d 08 02 80 9f 14 01 0a"));
    pair.pass(600_000);
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(10));
    assert_eq!(pair.news(USER), [Status { state: 10, cause: cause(31) }]);
}

#[test]
fn or_they_enquire() {
    let mut pair = with(LinkRecovery::Enquire);
    let calls = pair.answered(USER);
    pair.links(LINK, LinkChange::Released);
    pair.pass(1_000);
    pair.links(LINK, LinkChange::Established);
    assert_eq!(pair.types(), ["U 75", "N 75", "N 7d", "U 7d"]);
    assert_eq!(pair.ends[NETWORK].call_state(calls[NETWORK]), Some(10));
}

#[test]
fn after_t309_the_call_ends_with_27() {
    let mut pair = Pair::euro();
    pair.answered(USER);
    pair.links(LINK, LinkChange::Released);
    pair.pass(89_999);
    assert_eq!(pair.news(USER), []);
    pair.pass(1);
    assert_eq!(pair.news(USER), [released(27, ReleasedBy::Link)]);
    assert_eq!(pair.news(NETWORK), [released(27, ReleasedBy::Link)]);
    pair.assert_idle();
}

#[test]
fn a_second_loss_does_not_start_t309_again() {
    let mut one = One::user();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81");
    let call = one.call();
    one.interface.connect(one.now, call, &none()).expect("accepted");
    one.hear("08 02 00 01 0f");
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.pass(60_000);
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.events();
    one.pass(30_000);
    assert_eq!(one.news(), [released(27, ReleasedBy::Link)]);
}

#[test]
fn without_t309_the_calls_end_at_once() {
    let mut timers = Profile::EURO_ISDN.user_timers;
    timers.t309 = None;
    let user = InterfaceConfig { timers: Some(timers), ..e1(Side::User) };
    let mut pair = Pair::new(user, e1(Side::Network));
    pair.answered(USER);
    pair.links(LINK, LinkChange::Released);
    assert_eq!(pair.news(USER), [released(27, ReleasedBy::Link)]);
    assert_eq!(pair.news(NETWORK), []);
    pair.links(LINK, LinkChange::Established);
    assert_eq!(pair.types(), ["N 7d", "U 5a"], "the network reports a call that the user no longer has");
    assert_eq!(pair.news(NETWORK), [released(101, ReleasedBy::Far)]);
    pair.assert_idle();
}

#[test]
fn calls_that_are_not_active_end_with_41_when_the_link_is_lost() {
    let mut pair = Pair::euro();
    pair.setup(USER, &request(b"1"));
    pair.news(NETWORK);
    pair.links(LINK, LinkChange::Released);
    assert_eq!(pair.news(USER), [released(41, ReleasedBy::Link)]);
    assert_eq!(pair.news(NETWORK), [released(41, ReleasedBy::Link)]);
    pair.assert_idle();
}

#[test]
fn a_call_that_was_being_cleared_keeps_its_cause() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.lose = vec![0x45];
    pair.ends[USER].disconnect(pair.now, calls[USER], cause(16), &none()).expect("accepted");
    pair.links(LINK, LinkChange::Released);
    assert_eq!(pair.news(USER), [released(16, ReleasedBy::Local)]);
}

#[test]
fn without_a_link_calls_are_refused_and_clearing_is_done_at_once() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.links(LINK, LinkChange::Released);
    let now = pair.now;
    let user = &mut pair.ends[USER];
    assert_eq!(user.setup(now, &request(b"1")), Err(SetupError::LinkDown));
    assert_eq!(user.notify(now, calls[USER], &[]), Err(CallError::LinkDown));
    assert_eq!(user.restart(now, RestartScope::Interface), Err(ChannelError::LinkDown));
    user.disconnect(now, calls[USER], cause(16), &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.news(USER), [released(16, ReleasedBy::Local)]);
    pair.links(LINK, LinkChange::Established);
    assert_eq!(pair.types(), ["N 7d", "U 5a"]);
    pair.assert_idle();
}

#[test]
fn a_reset_clears_calls_that_exchange_digits_and_no_others() {
    let mut pair = Pair::euro();
    let active = pair.answered(USER);
    let ringing = pair.setup(USER, &request(b"1"));
    let there = pair.call_at(NETWORK);
    pair.ends[NETWORK].alerting(pair.now, there, &none()).expect("accepted");
    pair.run();
    let dialling = pair.setup(USER, &SetupRequest { complete: false, ..request(b"") });
    let there = pair.call_at(NETWORK);
    pair.ends[NETWORK].setup_acknowledge(pair.now, there, &none()).expect("accepted");
    pair.run();
    pair.links(LINK, LinkChange::ReEstablished);
    let states = [active[USER], ringing, dialling].map(|call| pair.ends[USER].call_state(call));
    assert_eq!(states, [Some(10), Some(4), None]);
    assert!(pair.news(USER).contains(&released(41, ReleasedBy::Link)));
}

#[test]
fn the_loss_and_the_return_are_told() {
    let mut one = One::user();
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    assert_eq!(one.events(), [Event::LinksLost, Event::LinksRestored]);
}

#[test]
fn messages_over_a_link_that_is_down_or_not_ours_are_counted() {
    let mut one = One::user();
    one.interface.handle_message(one.now, LinkId(9), &hex("08 02 00 01 05 04 03 80 90 a3 18 01 a3"));
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 01 a3");
    assert_eq!(one.interface.counters().wrong_link, 2);
    assert_eq!(one.interface.call_count(), 0);
}

const BACKUP: LinkId = LinkId(1);

/// Two T1 interfaces on a primary D channel and a backup.
fn backed_up() -> Pair {
    let channels = [0, 1].iter().flat_map(|interface| (1..24).map(|n| BChannel::new(*interface, n)));
    let channels: Vec<BChannel> = channels.collect();
    let links = vec![LinkConfig { id: LINK, interface: 0 }, LinkConfig { id: BACKUP, interface: 1 }];
    let config = |side| InterfaceConfig {
        channels: channels.clone(),
        links: links.clone(),
        ..InterfaceConfig::t1(side, Profile::NI2)
    };
    Pair::new(config(Side::User), config(Side::Network))
}

#[test]
fn when_the_primary_link_is_lost_the_backup_takes_over_and_no_call_is_lost() {
    let mut pair = backed_up();
    let active = pair.answered(USER);
    let ringing = pair.setup(NETWORK, &request(b"1"));
    let there = pair.call_at(USER);
    pair.ends[USER].alerting(pair.now, there, &none()).expect("accepted");
    pair.run();
    pair.links(LINK, LinkChange::Released);
    assert_eq!(pair.ends.each_ref().map(Interface::active_link), [Some(BACKUP); 2]);
    pair.ends[USER].connect(pair.now, there, &none()).expect("accepted");
    pair.run();
    pair.pass(600_000);
    assert_eq!(pair.ends[NETWORK].call_state(ringing), Some(10));
    assert_eq!(pair.ends[USER].call_state(active[USER]), Some(10));
    assert!(!pair.news(USER).iter().any(|news| matches!(news, Released { .. })));
}

#[test]
fn the_switch_over_is_told_and_the_new_d_channel_announced() {
    let mut pair = backed_up();
    pair.links(LINK, LinkChange::Released);
    assert!(pair.events[USER].contains(&Event::LinkSwitched { to: BACKUP }));
    assert_eq!(pair.trace[0].1, hex("43 02 00 00 07 01 01 c0 18 02 ec 81"));
}

#[test]
fn the_end_that_hears_the_backup_follows() {
    let mut pair = backed_up();
    pair.ends[USER].handle_link(pair.now, LINK, LinkChange::Released);
    pair.run();
    assert_eq!(pair.ends[NETWORK].active_link(), Some(BACKUP));
}

#[test]
fn a_message_that_waited_for_the_lost_link_goes_over_the_other() {
    let mut pair = backed_up();
    pair.ends[USER].setup(pair.now, &request(b"1")).expect("accepted");
    pair.ends[USER].handle_link(pair.now, LINK, LinkChange::Released);
    let first = pair.ends[USER].poll_message().map(|(link, octets)| (link, kind(octets)));
    assert_eq!(first, Some((BACKUP, 0x05)));
}

#[test]
fn timers_run_on_through_a_switch_over_and_fire_once() {
    let mut pair = backed_up();
    pair.lose = vec![0x05];
    pair.ends[USER].setup(pair.now, &request(b"1")).expect("accepted");
    pair.pass(3_000);
    pair.links(LINK, LinkChange::Released);
    pair.links(LINK, LinkChange::Established);
    pair.links(BACKUP, LinkChange::Released);
    pair.trace.clear();
    pair.pass(999);
    assert_eq!(pair.types(), Vec::<String>::new());
    pair.pass(1);
    assert_eq!(pair.types(), ["U 05"]);
    pair.pass(4_000);
    assert_eq!(pair.types(), ["U 05", "U 5a"]);
    assert_eq!(pair.news(USER), [released(102, ReleasedBy::Timer)]);
    pair.pass(600_000);
    assert_eq!(pair.types().len(), 2);
}

#[test]
fn when_both_links_are_lost_t309_runs() {
    let mut pair = backed_up();
    let calls = pair.answered(USER);
    pair.links(LINK, LinkChange::Released);
    pair.links(BACKUP, LinkChange::Released);
    pair.pass(89_999);
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(10));
    pair.links(BACKUP, LinkChange::Established);
    pair.pass(600_000);
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(10));
    assert_eq!(pair.ends[NETWORK].call_state(calls[NETWORK]), Some(10));
}
