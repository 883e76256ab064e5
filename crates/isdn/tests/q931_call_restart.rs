//! RESTART and SERVICE (Q.931 §5.5; maintenance of North American switches).
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::{Profile, RestartFailure};
use tandem_isdn::q931::element::InterfaceState;
use tandem_isdn::q931::*;

use CallNews::*;

const ONE: BChannel = BChannel::new(0, 1);

fn released(value: u8, by: ReleasedBy) -> CallNews {
    Released { cause: cause(value), by }
}

fn service(service: ChannelService) -> Event {
    Event::Channel { channel: ONE, service }
}

fn with(failure: RestartFailure) -> One {
    let profile = Profile { restart_failure: failure, ..Profile::EURO_ISDN };
    One::new(InterfaceConfig::e1(Side::User, profile))
}

/// Channel 1 is out of service after two RESTARTs of 120 s that nobody answered.
fn failed(failure: RestartFailure) -> One {
    let mut one = with(failure);
    one.interface.restart(one.now, RestartScope::Channel(ONE)).expect("accepted");
    one.pass(239_999);
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::Restarting));
    one.pass(1);
    one
}

#[test]
fn a_channel_is_restarted_and_answered() {
    let mut one = One::user();
    one.interface.restart(one.now, RestartScope::Channel(ONE)).expect("accepted");
    assert_eq!(one.said(), hex("08 02 00 00 46 18 03 a9 83 81 79 01 80"));
    assert_eq!(one.events(), [service(ChannelService::Restarting)]);
    assert_eq!(one.interface.restart(one.now, RestartScope::Channel(ONE)), Err(ChannelError::UnderWay));
    one.hear("08 02 80 00 4e 18 03 a9 83 81 79 01 80");
    assert_eq!(one.events(), [service(ChannelService::InService)]);
    one.pass(600_000);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn an_unanswered_restart_is_sent_twice_and_then_the_channel_is_out_of_service() {
    let mut one = failed(RestartFailure::StayOut);
    assert_eq!(one.sent().len(), 2);
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::OutOfService));
    assert_eq!(one.events(), [service(ChannelService::OutOfService)]);
    let wish = SetupRequest { channel: ChannelWish::Exclusive(ONE), ..request(b"1") };
    assert_eq!(one.interface.setup(one.now, &wish), Err(SetupError::ChannelBusy));
    one.pass(10_000_000);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn maintenance_brings_the_channel_back() {
    let mut one = failed(RestartFailure::StayOut);
    one.events();
    one.interface.unblock(one.now, ONE).expect("accepted");
    assert_eq!(one.events(), [service(ChannelService::InService)]);
    let wish = SetupRequest { channel: ChannelWish::Exclusive(ONE), ..request(b"1") };
    assert!(one.interface.setup(one.now, &wish).is_ok());
}

#[test]
fn our_timer_tries_the_restart_again() {
    let mut one = failed(RestartFailure::Retry(tandem_types::Frames::from_seconds(60)));
    one.sent();
    one.pass(60_000);
    assert_eq!(kind(&one.said()), 0x46);
    one.hear("08 02 80 00 4e 18 03 a9 83 81 79 01 80");
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::InService));
    assert_eq!(one.interface.poll_timeout(), None);
}

#[test]
fn when_the_link_is_back_the_restart_is_tried_again_at_once() {
    let lose = |one: &mut One| {
        one.interface.handle_link(one.now, LINK, LinkChange::Released);
        one.interface.handle_link(one.now, LINK, LinkChange::Established);
    };
    // One that is under way, one that was never answered, and one of a channel that stays out for good.
    let mut one = with(RestartFailure::Retry(tandem_types::Frames::from_seconds(60)));
    one.interface.restart(one.now, RestartScope::Channel(ONE)).expect("accepted");
    one.sent();
    lose(&mut one);
    assert_eq!(kind(&one.said()), 0x46);
    let mut one = failed(RestartFailure::Retry(tandem_types::Frames::from_seconds(60)));
    one.sent();
    lose(&mut one);
    assert_eq!(kind(&one.said()), 0x46);
    one.hear("08 02 80 00 4e 18 03 a9 83 81 79 01 80");
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::InService));
    let mut one = failed(RestartFailure::StayOut);
    one.sent();
    lose(&mut one);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn what_a_reset_of_the_link_has_lost_of_a_restart_is_said_again_and_is_no_attempt() {
    let mut one = One::user();
    one.interface.restart(one.now, RestartScope::Channel(ONE)).expect("accepted");
    let first = one.said();
    // Three in a row, as of a far end that misses two answers.
    for _ in 0..3 {
        one.pass(300);
        one.interface.handle_link(one.now, LINK, LinkChange::ReEstablished);
        assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    }
    one.pass(399);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    one.pass(1);
    assert_eq!(one.sent(), std::slice::from_ref(&first));
    // Resets without end: one a second.
    for _ in 0..30 {
        one.pass(100);
        one.interface.handle_link(one.now, LINK, LinkChange::ReEstablished);
    }
    assert_eq!(one.sent().len(), 2);
    one.pass(1_000);
    assert_eq!(one.sent().len(), 1);
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::Restarting));
    // T316 has run from then on for 900 ms, and N316 attempts are still two.
    one.pass(119_099);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    one.pass(1);
    assert_eq!(one.sent(), [first]);
    one.hear("08 02 80 00 4e 18 03 a9 83 81 79 01 80");
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::InService));
    one.interface.handle_link(one.now, LINK, LinkChange::ReEstablished);
    one.pass(600_000);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_restart_of_the_far_end_brings_the_channel_back() {
    let mut one = failed(RestartFailure::StayOut);
    one.sent();
    one.hear("08 02 00 00 46 18 03 a9 83 81 79 01 80");
    assert_eq!(one.said(), hex("08 02 80 00 4e 18 03 a9 83 81 79 01 80"));
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::InService));
}

#[test]
fn service_of_the_far_end_brings_the_channel_back() {
    let profile = Profile { restart_failure: RestartFailure::StayOut, ..Profile::NI2 };
    let mut one = One::new(InterfaceConfig::t1(Side::User, profile));
    one.interface.restart(one.now, RestartScope::Channel(ONE)).expect("accepted");
    one.pass(240_000);
    one.sent();
    one.hear("43 02 00 00 07 01 01 c0 18 03 a9 83 81");
    assert_eq!(one.said(), hex("43 02 80 00 0f 01 01 c0 18 03 a9 83 81"));
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::InService));
}

#[test]
fn the_profile_may_take_the_channel_back_at_once() {
    let mut one = failed(RestartFailure::ReturnAtOnce);
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::InService));
    assert_eq!(one.events(), [service(ChannelService::InService)], "the latest only");
}

#[test]
fn a_restart_ends_the_call_on_the_channel() {
    let mut pair = Pair::euro();
    pair.answered(USER);
    pair.ends[USER].restart(pair.now, RestartScope::Channel(ONE)).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["U 46", "N 4e"]);
    assert_eq!(pair.news(USER), [released(41, ReleasedBy::Restart)]);
    assert_eq!(pair.news(NETWORK), [released(41, ReleasedBy::Restart)]);
    pair.assert_idle();
}

#[test]
fn a_restart_leaves_the_calls_on_other_channels() {
    let mut pair = Pair::euro();
    let calls = pair.answered(USER);
    pair.ends[USER].restart(pair.now, RestartScope::Channel(BChannel::new(0, 2))).expect("accepted");
    pair.run();
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(10));
    assert_eq!(pair.ends[NETWORK].call_state(calls[NETWORK]), Some(10));
}

#[test]
fn the_whole_interface_is_restarted_and_answered() {
    let mut pair = Pair::euro();
    for _ in 0..5 {
        pair.answered(USER);
    }
    pair.ends[NETWORK].restart(pair.now, RestartScope::Interface).expect("accepted");
    pair.run();
    assert_eq!(pair.trace[0].1, hex("08 02 00 00 46 79 01 86"));
    assert_eq!(pair.trace[1].1, hex("08 02 80 00 4e 79 01 86"));
    assert!(pair.events[NETWORK].contains(&Event::InterfaceRestarted));
    assert!(pair.events[USER].contains(&Event::RestartedByFar));
    assert_eq!(pair.news(USER), [released(41, ReleasedBy::Restart); 5]);
    pair.assert_idle();
}

#[test]
fn an_interface_whose_restart_is_never_answered_is_out_of_service() {
    let mut one = with(RestartFailure::StayOut);
    one.interface.restart(one.now, RestartScope::Interface).expect("accepted");
    assert_eq!(one.interface.restart(one.now, RestartScope::Interface), Err(ChannelError::UnderWay));
    one.pass(240_000);
    assert_eq!(one.sent().len(), 2);
    let out = one.events().len();
    assert_eq!(out, 30, "each channel is told");
    assert_eq!(one.interface.setup(one.now, &request(b"1")), Err(SetupError::NoChannelFree));
}

#[test]
fn two_restarts_that_cross_are_both_answered() {
    let mut pair = Pair::euro();
    pair.ends[USER].restart(pair.now, RestartScope::Channel(ONE)).expect("accepted");
    pair.ends[NETWORK].restart(pair.now, RestartScope::Channel(ONE)).expect("accepted");
    pair.run();
    assert_eq!(pair.types(), ["U 46", "N 46", "N 4e", "U 4e"]);
    pair.assert_idle();
}

#[test]
fn while_it_is_restarted_a_channel_takes_no_calls() {
    let mut one = One::network();
    one.interface.restart(one.now, RestartScope::Channel(ONE)).expect("accepted");
    one.sent();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81");
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 02 82 ac"));
}

#[test]
fn several_channels_are_restarted_by_one_message() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81");
    one.hear("08 02 00 02 05 04 03 80 90 a3 18 03 a9 83 83");
    one.hear("08 02 00 03 05 04 03 80 90 a3 18 03 a9 83 84");
    one.events();
    one.hear("08 02 00 00 46 18 04 a9 83 01 83 79 01 80");
    assert_eq!(one.said(), hex("08 02 80 00 4e 18 04 a9 83 01 83 79 01 80"));
    assert_eq!(one.news(), [released(41, ReleasedBy::Restart); 2]);
    assert_eq!(one.interface.call_count(), 1);
}

#[test]
fn a_restart_that_lacks_something_is_answered_by_status_with_96() {
    let mut one = One::user();
    one.hear("08 02 00 00 46 18 03 a9 83 81");
    assert_eq!(one.said(), hex("08 02 80 00 7d 08 03 80 e0 79 14 01 00"));
    one.hear("08 02 00 00 46 79 01 80");
    assert_eq!(one.said(), hex("08 02 80 00 7d 08 03 80 e0 18 14 01 00"));
    one.hear("08 02 00 00 46 79 01 83");
    assert_eq!(one.said(), hex("08 02 80 00 7d 08 03 80 e4 79 14 01 00"));
}

#[test]
fn a_restart_of_a_channel_that_is_not_there_is_answered_by_status_with_82() {
    let mut one = One::user();
    one.hear("08 02 00 00 46 18 03 a9 83 90 79 01 80");
    assert_eq!(one.said(), hex("08 02 80 00 7d 08 03 80 d2 18 14 01 00"));
}

#[test]
fn any_other_message_of_the_global_reference_is_answered_by_status_with_81() {
    let mut one = One::user();
    one.hear("08 02 00 00 05 04 03 80 90 a3");
    assert_eq!(one.said(), hex("08 02 80 00 7d 08 02 80 d1 14 01 00"));
    one.interface.restart(one.now, RestartScope::Channel(ONE)).expect("accepted");
    one.sent();
    one.hear("08 02 00 00 4d");
    assert_eq!(one.said(), hex("08 02 80 00 7d 08 02 80 d1 14 01 3d"), "state 61, restart request");
    one.hear("08 02 80 00 7d 08 02 80 d1 14 01 00");
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_channel_that_we_block_makes_no_calls_and_its_call_goes_on() {
    let mut pair = Pair::profile(Profile::NI2);
    let calls = pair.answered(USER);
    pair.ends[USER].block(pair.now, ONE).expect("accepted");
    pair.run();
    assert_eq!(pair.trace[0].1, hex("43 02 00 00 07 01 01 c2 18 03 a9 83 81"));
    assert_eq!(pair.trace[1].1, hex("43 02 80 00 0f 01 01 c2 18 03 a9 83 81"));
    assert_eq!(pair.ends[USER].call_state(calls[USER]), Some(10));
    let (here, far) = (InterfaceState::InService, InterfaceState::OutOfService);
    let seen = pair.ends[NETWORK].channel_service(ONE);
    assert_eq!(seen, Some(ChannelService::Blocked { here, far }));
    pair.ends[USER].disconnect(pair.now, calls[USER], cause(16), &none()).expect("accepted");
    pair.run();
    let wish = SetupRequest { channel: ChannelWish::Exclusive(ONE), ..request(b"1") };
    assert_eq!(pair.ends[NETWORK].setup(pair.now, &wish), Err(SetupError::ChannelBusy));
    assert_eq!(pair.ends[USER].setup(pair.now, &wish), Err(SetupError::ChannelBusy));
    pair.ends[USER].unblock(pair.now, ONE).expect("accepted");
    pair.run();
    assert!(pair.ends[NETWORK].setup(pair.now, &wish).is_ok());
}

#[test]
fn a_channel_that_we_block_stays_blocked_at_both_ends_when_we_restart_it() {
    let mut pair = Pair::profile(Profile::NI2);
    pair.ends[USER].block(pair.now, ONE).expect("accepted");
    pair.run();
    pair.trace.clear();
    pair.ends[USER].restart(pair.now, RestartScope::Channel(ONE)).expect("accepted");
    pair.run();
    // The RESTART says to the far end that the channel is good: SERVICE says that it is not.
    assert_eq!(pair.types(), ["U 46", "N 4e", "U 07", "N 0f"]);
    assert_eq!(pair.trace[2].1, hex("43 02 00 00 07 01 01 c2 18 03 a9 83 81"));
    let (here, far) = (InterfaceState::InService, InterfaceState::OutOfService);
    let service = ChannelService::Blocked { here, far };
    assert_eq!(pair.ends[NETWORK].channel_service(ONE), Some(service));
    // And when the far end restarts it, nobody takes it for good either.
    pair.ends[NETWORK].restart(pair.now, RestartScope::Channel(ONE)).expect("accepted");
    pair.run();
    assert_eq!(pair.ends[NETWORK].channel_service(ONE), Some(service));
}

#[test]
fn what_was_given_back_without_a_link_is_told_when_the_link_is_back() {
    let mut pair = Pair::profile(Profile::NI2);
    pair.ends[USER].block(pair.now, ONE).expect("accepted");
    pair.run();
    let link = LinkId(0);
    pair.links(link, LinkChange::Released);
    pair.ends[USER].unblock(pair.now, ONE).expect("accepted");
    pair.trace.clear();
    pair.links(link, LinkChange::Established);
    assert_eq!(pair.types(), ["U 07", "N 0f"]);
    assert_eq!(pair.trace[0].1, hex("43 02 00 00 07 01 01 c0 18 03 a9 83 81"));
    pair.assert_idle();
}

#[test]
fn what_a_reset_of_the_link_has_lost_of_service_is_said_again_until_it_is_acknowledged() {
    let mut one = One::new(InterfaceConfig::t1(Side::User, Profile::ESS5));
    one.interface.block(one.now, ONE).expect("accepted");
    let first = one.said();
    assert_eq!(first, hex("03 02 00 00 0f 01 01 c2 18 03 a9 83 81"));
    let reset = |one: &mut One| one.interface.handle_link(one.now, LinkId(0), LinkChange::ReEstablished);
    reset(&mut one);
    assert_eq!(one.said(), first);
    // The acknowledgement of what was said before of another state is none of this.
    one.hear("03 02 80 00 07 01 01 c0 18 03 a9 83 81");
    reset(&mut one);
    assert_eq!(one.said(), first);
    one.hear("03 02 80 00 07 01 01 c2 18 03 a9 83 81");
    reset(&mut one);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_channel_in_maintenance_makes_no_calls_and_takes_them() {
    let mut one = One::network();
    one.interface.service(one.now, ONE, InterfaceState::Maintenance).expect("accepted");
    let wish = SetupRequest { channel: ChannelWish::Exclusive(ONE), ..request(b"1") };
    assert_eq!(one.interface.setup(one.now, &wish), Err(SetupError::ChannelBusy));
    one.sent();
    one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81");
    assert_eq!(one.interface.call_count(), 1);
}

#[test]
fn a_switch_without_service_messages_blocks_in_silence_and_hears_none() {
    let mut one = One::user();
    one.interface.block(one.now, ONE).expect("accepted");
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    one.hear("43 02 00 00 07 01 01 c2 18 03 a9 83 82");
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    assert_eq!(one.interface.counters().discriminator, 1);
    assert_eq!(one.interface.block(one.now, BChannel::new(0, 16)), Err(ChannelError::NoSuchChannel));
}

#[test]
fn an_interface_that_failed_and_came_back_carries_calls_again() {
    let mut pair = Pair::profile(Profile {
        restart_failure: RestartFailure::Retry(tandem_types::Frames::from_seconds(30)),
        ..Profile::EURO_ISDN
    });
    pair.lose = vec![0x46];
    for number in 1..16 {
        let scope = RestartScope::Channel(BChannel::new(0, number));
        pair.ends[USER].restart(pair.now, scope).expect("accepted");
    }
    pair.pass(241_000);
    pair.lose.clear();
    pair.pass(30_000);
    pair.assert_idle();
    pair.answered(USER);
}

#[test]
fn a_restart_of_the_far_end_ends_its_own_block() {
    let mut one = One::new(InterfaceConfig::t1(Side::User, Profile::DMS100));
    one.hear("03 02 00 00 0f 01 01 c2 18 03 a9 83 81");
    assert!(matches!(one.interface.channel_service(ONE), Some(ChannelService::Blocked { .. })));
    one.hear("08 02 00 00 46 18 03 a9 83 81 79 01 80");
    assert_eq!(one.interface.channel_service(ONE), Some(ChannelService::InService));
}

#[test]
fn a_restart_of_one_interface_of_several_ends_no_call_on_the_others() {
    let group = |side| InterfaceConfig::t1_group(side, Profile::NI2, &[0, 1], &[2]);
    let mut pair = Pair::new(group(Side::User), group(Side::Network));
    let calls = [0, 1, 2].map(|interface| {
        let channel = ChannelWish::Exclusive(BChannel::new(interface, 3));
        let here = pair.setup(USER, &SetupRequest { channel, ..request(b"1") });
        let there = pair.call_at(NETWORK);
        pair.ends[NETWORK].connect(pair.now, there, &none()).expect("offered");
        pair.run();
        here
    });
    // An interface named by its identifier; then the one that the message came on.
    for (message, left) in [
        ("08 02 00 00 46 18 02 e8 82 79 01 86", [Some(10), Some(10), None]),
        ("08 02 00 00 46 79 01 86", [None, Some(10), None]),
    ] {
        pair.ends[USER].handle_message(pair.now, LINK, &hex(message));
        assert_eq!(calls.map(|call| pair.ends[USER].call_state(call)), left, "{message}");
    }
}
