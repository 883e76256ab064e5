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
    assert_eq!(
        pair.ends.each_mut().map(|end| end.poll_link_request()),
        [Some((LINK, LinkRequest::Establish)); 2]
    );
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
fn a_call_that_the_far_end_has_cleared_without_a_link_is_found_when_it_renews_the_link() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    let other = pair.answered(USER);
    // Only the user has noticed that the link was down, and the network had nothing under way.
    pair.ends[USER].handle_link(pair.now, LINK, LinkChange::Released);
    pair.ends[USER].disconnect(pair.now, calls[USER], cause(16), &none()).expect("accepted");
    pair.ends[USER].handle_link(pair.now, LINK, LinkChange::Established);
    pair.ends[NETWORK].handle_link(pair.now, LINK, LinkChange::Renewed);
    pair.run();
    assert_eq!(pair.types(), ["U 7d", "N 75", "N 75", "U 5a", "U 7d"]);
    assert_eq!(pair.ends[NETWORK].call_state(calls[NETWORK]), None);
    assert_eq!(pair.ends[NETWORK].call_state(other[NETWORK]), Some(10));
    let told = pair.news(NETWORK);
    assert!(told.contains(&released(81, ReleasedBy::Far)), "{told:?}");
}

#[test]
fn a_link_that_is_renewed_three_times_is_one_question() {
    let mut pair = Pair::euro();
    pair.answered(USER);
    pair.lose = vec![0x75];
    (0..3).for_each(|_| pair.ends[NETWORK].handle_link(pair.now, LINK, LinkChange::Renewed));
    pair.run();
    assert_eq!(pair.types(), ["N 75"]);
    // T322 asks again twice, and then the call is cleared with cause 41.
    pair.pass(12_000);
    assert_eq!(pair.types()[..4], ["N 75", "N 75", "N 75", "N 45"]);
    assert_eq!(pair.trace[3].1, hex("08 02 80 01 45 08 02 82 a9"));
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

/// Two T1 interfaces on a primary D channel and a backup, and a third with neither.
fn group(side: Side) -> InterfaceConfig {
    InterfaceConfig::t1_group(side, Profile::NI2, &[0, 1], &[2])
}

fn backed_up() -> Pair {
    Pair::new(group(Side::User), group(Side::Network))
}

/// Over the backup D channel.
fn hear_on_backup(one: &mut One, octets: &str) {
    one.interface.handle_message(one.now, BACKUP, &hex(octets));
}

fn requests(one: &mut One) -> Vec<(LinkId, LinkRequest)> {
    std::iter::from_fn(|| one.interface.poll_link_request()).collect()
}

fn services(one: &One) -> [Option<LinkService>; 2] {
    [LINK, BACKUP].map(|link| one.interface.link_service(link))
}

const SERVICE_BACKUP: &str = "43 02 00 00 07 01 01 c0 18 02 ec 81";
const SERVICE_BACKUP_ACKNOWLEDGE: &str = "43 02 80 00 0f 01 01 c0 18 02 ec 81";
const RELEASE_COMPLETE_OF_NO_CALL: &str = "08 02 00 07 5a 08 02 80 90";

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

#[test]
fn the_failed_d_channel_is_kept_down_until_the_far_end_answers_over_the_other() {
    let mut one = One::new(group(Side::User));
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Hold)]);
    assert_eq!(services(&one), [Some(LinkService::MaintenanceBusy), Some(LinkService::Active)]);
    assert_eq!(one.said(), hex(SERVICE_BACKUP));
    hear_on_backup(&mut one, SERVICE_BACKUP_ACKNOWLEDGE);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Establish)]);
    assert_eq!(services(&one), [Some(LinkService::OutOfService), Some(LinkService::Active)]);
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    assert_eq!(services(&one), [Some(LinkService::Standby), Some(LinkService::Active)]);
    one.pass(600_000);
    assert_eq!((requests(&mut one), one.sent()), (vec![], vec![]));
}

#[test]
fn without_an_answer_the_failed_d_channel_is_let_go_after_t321_and_carries_the_calls_when_it_is_back() {
    let mut one = One::new(group(Side::Network));
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Hold)]);
    one.pass(29_999);
    assert_eq!(requests(&mut one), []);
    one.pass(1);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Establish)]);
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    assert_eq!(requests(&mut one), [(BACKUP, LinkRequest::Hold)]);
    assert_eq!(services(&one), [Some(LinkService::Active), Some(LinkService::MaintenanceBusy)]);
}

#[test]
fn nothing_is_taken_over_a_d_channel_that_is_kept_down() {
    let mut one = One::new(group(Side::User));
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    one.hear("08 02 00 01 05 04 03 80 90 a2 18 04 e9 80 83 81");
    assert_eq!(one.interface.counters().wrong_link, 1);
    assert_eq!(one.interface.call_count(), 0);
    assert_eq!(services(&one), [Some(LinkService::MaintenanceBusy), Some(LinkService::Active)]);
}

#[test]
fn the_user_follows_any_message_and_the_network_waits_for_service() {
    let mut user = One::new(group(Side::User));
    hear_on_backup(&mut user, RELEASE_COMPLETE_OF_NO_CALL);
    assert_eq!(user.interface.active_link(), Some(BACKUP));
    assert_eq!(requests(&mut user), [(LINK, LinkRequest::Hold)]);
    assert_eq!(user.sent(), Vec::<Vec<u8>>::new(), "the end that follows announces nothing");
    user.interface.handle_link(user.now, LINK, LinkChange::Released);
    assert_eq!(requests(&mut user), [(LINK, LinkRequest::Establish)]);

    let mut network = One::new(group(Side::Network));
    hear_on_backup(&mut network, RELEASE_COMPLETE_OF_NO_CALL);
    assert_eq!(network.interface.active_link(), Some(LINK));
    hear_on_backup(&mut network, SERVICE_BACKUP);
    assert_eq!(network.interface.active_link(), Some(BACKUP));
    assert_eq!(requests(&mut network), [(LINK, LinkRequest::Hold)]);
    assert_eq!(network.said(), hex(SERVICE_BACKUP_ACKNOWLEDGE));
}

#[test]
fn when_the_second_d_channel_is_lost_as_well_both_are_asked_for() {
    let mut one = One::new(group(Side::User));
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.interface.handle_link(one.now, BACKUP, LinkChange::Released);
    let establish = LinkRequest::Establish;
    assert_eq!(requests(&mut one), [(LINK, establish), (BACKUP, establish)]);
    assert_eq!(services(&one), [Some(LinkService::OutOfService); 2]);
    assert!(one.events().contains(&Event::LinksLost));
    one.interface.handle_link(one.now, BACKUP, LinkChange::Established);
    assert_eq!(services(&one), [Some(LinkService::OutOfService), Some(LinkService::Active)]);
    one.pass(600_000);
    assert_eq!(requests(&mut one), []);
}

#[test]
fn without_service_the_far_end_is_asked_for_an_active_call() {
    let config = |side| InterfaceConfig {
        profile: Profile { service: None, link_recovery: LinkRecovery::Report, ..Profile::NI2 },
        ..group(side)
    };
    let mut pair = Pair::new(config(Side::User), config(Side::Network));
    pair.ends[USER].handle_link(pair.now, LINK, LinkChange::Released);
    pair.run();
    assert_eq!(pair.types(), Vec::<String>::new(), "there is no call to ask for");
    let hold_and_establish = [LinkRequest::Hold, LinkRequest::Establish].map(|request| Some((LINK, request)));
    assert_eq!(pair.ends[USER].poll_link_request(), hold_and_establish[1], "nor any reason to wait");
    let mut pair = Pair::new(config(Side::User), config(Side::Network));
    pair.answered(USER);
    pair.answered(USER);
    pair.links(LINK, LinkChange::Released);
    assert_eq!(&pair.types()[..2], ["U 75", "N 75"]);
    assert_eq!(pair.ends.each_ref().map(Interface::active_link), [Some(BACKUP); 2]);
    pair.pass(100_000);
    let requests = pair.ends.each_mut().map(Interface::poll_link_request);
    assert_eq!(requests, [Some((LINK, LinkRequest::Establish)); 2]);
}

#[test]
fn what_the_failed_d_channel_has_not_delivered_goes_over_the_other_in_its_order() {
    let mut one = One::new(group(Side::User));
    for _ in 0..3 {
        one.interface.setup(one.now, &request(b"1")).expect("accepted");
    }
    let setups = one.sent();
    one.interface.setup(one.now, &request(b"2")).expect("accepted");
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    for octets in setups.iter().rev() {
        one.interface.take_back(one.now, LINK, octets, true);
    }
    let sent: Vec<(LinkId, Vec<u8>)> =
        std::iter::from_fn(|| one.interface.poll_message().map(|(link, octets)| (link, octets.to_vec())))
            .collect();
    assert!(sent.iter().all(|(link, _)| *link == BACKUP));
    assert_eq!(
        sent[..3].iter().map(|(_, octets)| octets).collect::<Vec<_>>(),
        setups.iter().collect::<Vec<_>>()
    );
    let kinds: Vec<u8> = sent[3..].iter().map(|(_, octets)| kind(octets)).collect();
    assert_eq!(kinds, [0x05, 0x07], "then what waited, then SERVICE");
}

#[test]
fn digits_that_may_have_arrived_are_not_sent_twice() {
    for may_have_arrived in [false, true] {
        let profile = Profile { overlap: true, ..Profile::NI2 };
        let mut one = One::new(InterfaceConfig { profile, ..group(Side::User) });
        let call = one
            .interface
            .setup(one.now, &SetupRequest { complete: false, ..request(b"") })
            .expect("accepted");
        one.hear("08 02 80 01 0d 18 04 e9 80 83 81");
        one.sent();
        one.interface.more_digits(one.now, call, b"7", false).expect("accepted");
        let information = one.said();
        one.interface.handle_link(one.now, LINK, LinkChange::Released);
        one.sent();
        one.news();
        one.interface.take_back(one.now, LINK, &information, may_have_arrived);
        let sent = one.said();
        if may_have_arrived {
            assert_eq!(kind(&sent), 0x45);
            assert_eq!(one.interface.counters().discarded, 1);
        } else {
            assert_eq!(sent, information);
        }
        assert_eq!(one.interface.call_state(call), Some(if may_have_arrived { 11 } else { 2 }));
    }
}

#[test]
fn what_comes_back_when_no_d_channel_is_left_is_discarded() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    let setup = one.said();
    one.interface.take_back(one.now, LINK, &setup, true);
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.interface.take_back(one.now, LINK, &setup, true);
    assert_eq!(one.interface.counters().discarded, 2);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_group_names_the_interface_of_every_channel_and_restarts_all_interfaces() {
    let mut one = One::new(group(Side::User));
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    let setup = one.said();
    assert!(setup.windows(6).any(|octets| octets == hex("18 04 e9 80 83 81")), "{}", line(&setup));
    one.interface.restart(one.now, RestartScope::Interface).expect("accepted");
    assert_eq!(one.said(), hex("08 02 00 00 46 79 01 87"));
}

#[test]
fn a_channel_without_an_interface_lies_on_that_of_the_d_channel_that_names_it() {
    let mut one = One::new(group(Side::User));
    one.hear("08 02 00 01 05 04 03 80 90 a2 18 03 a9 83 85 70 02 80 31");
    hear_on_backup(&mut one, "08 02 00 02 05 04 03 80 90 a2 18 03 a9 83 86 70 02 80 31");
    let channels: Vec<Option<BChannel>> = one
        .events()
        .into_iter()
        .filter_map(|event| if let Event::Call(event) = event { Some(event.channel) } else { None })
        .collect();
    assert_eq!(channels, [Some(BChannel::new(0, 5)), Some(BChannel::new(1, 6))]);
}

#[test]
fn a_d_channel_that_is_out_of_service_is_held_whoever_asks_until_it_is_put_back() {
    let mut one = One::new(InterfaceConfig::e1(Side::User, Profile::EURO_ISDN));
    one.interface.set_link_service(one.now, LINK, false);
    assert_eq!(one.events(), [Event::LinksLost]);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Hold)]);
    // Its link says so, and the far end would have it again.
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    one.interface.establish(LINK);
    one.interface.set_link_service(one.now, LINK, false);
    one.pass(600_000);
    assert_eq!((requests(&mut one), one.events()), (vec![], vec![]));
    assert_eq!(one.interface.link_service(LINK), Some(LinkService::MaintenanceBusy));
    one.interface.set_link_service(one.now, LINK, true);
    one.interface.set_link_service(one.now, LINK, true);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Establish)]);
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    assert_eq!(one.events(), [Event::LinksRestored]);
}

#[test]
fn that_it_is_to_be_held_is_asked_for_although_it_has_just_failed_by_itself() {
    let mut one = One::new(InterfaceConfig::e1(Side::User, Profile::EURO_ISDN));
    one.interface.set_link_service(one.now, LINK, false);
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Hold)]);
}

#[test]
fn when_it_is_taken_out_of_service_its_backup_takes_over_and_it_takes_over_from_none() {
    let mut one = One::new(group(Side::User));
    one.interface.set_link_service(one.now, LINK, false);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Hold)]);
    assert_eq!(services(&one), [Some(LinkService::MaintenanceBusy), Some(LinkService::Active)]);
    assert_eq!(one.said(), hex(SERVICE_BACKUP));
    hear_on_backup(&mut one, SERVICE_BACKUP_ACKNOWLEDGE);
    assert_eq!(requests(&mut one), [], "the far end works, and it is out of service still");
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    one.interface.handle_link(one.now, BACKUP, LinkChange::Released);
    assert!(one.events().contains(&Event::LinksLost));
    assert_eq!(requests(&mut one), [(BACKUP, LinkRequest::Establish)]);
    one.interface.handle_link(one.now, BACKUP, LinkChange::Established);
    // Put back, it stands by.
    one.interface.set_link_service(one.now, LINK, true);
    assert_eq!(requests(&mut one), [(LINK, LinkRequest::Establish)]);
    one.interface.handle_link(one.now, LINK, LinkChange::Established);
    assert_eq!(services(&one), [Some(LinkService::Standby), Some(LinkService::Active)]);
}

#[test]
fn a_backup_out_of_service_changes_nothing_for_calls_and_is_not_gone_over_to() {
    let mut one = One::new(group(Side::User));
    one.interface.set_link_service(one.now, BACKUP, false);
    assert_eq!(one.events(), []);
    assert_eq!(services(&one), [Some(LinkService::Active), Some(LinkService::MaintenanceBusy)]);
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    assert_eq!(one.events(), [Event::LinksLost]);
}
