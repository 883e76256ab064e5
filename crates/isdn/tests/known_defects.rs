//! What users of libpri have met, a test each: channels that stay stuck, information that is lost, timers of a D channel
//! that is no longer in use.
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::{Profile, RestartFailure};
use tandem_isdn::q931::element::UserUser;
use tandem_isdn::q931::*;
use tandem_types::Frames;

/// Every channel of the user's takes a call of either end.
fn assert_all_carry_calls(pair: &mut Pair) {
    for number in (1..16).chain(17..32) {
        for from in [USER, NETWORK] {
            let channel = BChannel::new(0, number);
            let wish = SetupRequest { channel: ChannelWish::Exclusive(channel), ..request(b"1") };
            let call = pair.setup(from, &wish);
            let there = pair.call_at(1 - from);
            pair.ends[1 - from].connect(pair.now, there, &none()).expect("accepted");
            pair.run();
            assert_eq!(pair.ends[from].call_state(call), Some(10), "channel {number}");
            pair.ends[from].disconnect(pair.now, call, cause(16), &none()).expect("accepted");
            pair.run();
        }
    }
    pair.assert_idle();
}

#[test]
fn no_channel_stays_stuck_after_a_restart_that_was_not_answered() {
    let failures = [RestartFailure::Retry(Frames::from_seconds(300)), RestartFailure::ReturnAtOnce];
    for restart_failure in failures {
        let mut pair = Pair::profile(Profile { restart_failure, ..Profile::EURO_ISDN });
        let calls = pair.answered(USER);
        let channel = pair.ends[USER].call_channel(calls[USER]).expect("a channel");
        // RESTART, and nothing that comes back: of one channel and of the whole interface.
        pair.lose = vec![0x46, 0x4e];
        pair.ends[USER].restart(pair.now, RestartScope::Channel(channel)).expect("accepted");
        pair.ends[NETWORK].restart(pair.now, RestartScope::Interface).expect("accepted");
        pair.pass(1_000_000);
        pair.lose.clear();
        pair.pass(300_000);
        pair.events = [Vec::new(), Vec::new()];
        assert_all_carry_calls(&mut pair);
    }
}

#[test]
fn a_channel_out_of_service_for_want_of_an_answer_comes_back_by_maintenance() {
    let profile = Profile { restart_failure: RestartFailure::StayOut, ..Profile::EURO_ISDN };
    let mut pair = Pair::profile(profile);
    pair.lose = vec![0x46];
    pair.ends[USER].restart(pair.now, RestartScope::Interface).expect("accepted");
    pair.pass(1_000_000);
    pair.lose.clear();
    for number in (1..16).chain(17..32) {
        let channel = BChannel::new(0, number);
        assert_eq!(pair.ends[USER].channel_service(channel), Some(ChannelService::OutOfService));
        pair.ends[USER].unblock(pair.now, channel).expect("there is one");
    }
    pair.events = [Vec::new(), Vec::new()];
    assert_all_carry_calls(&mut pair);
}

#[test]
fn user_user_information_comes_with_the_setup_that_is_sent_again() {
    for from in [USER, NETWORK] {
        let mut pair = Pair::euro();
        pair.lose = vec![0x05];
        let user_user = Some(UserUser { protocol: 4, information: b"order 4711" });
        pair.setup(from, &SetupRequest { user_user, ..request(b"1") });
        assert_eq!(pair.news(1 - from), [], "the first is lost");
        pair.lose.clear();
        pair.pass(4_000);
        let heard = pair.events[1 - from].iter().find_map(|event| match event {
            Event::Call(event) => event.message(),
            _ => None,
        });
        let heard = heard.and_then(|message| message.find::<UserUser<'_>>());
        assert_eq!(heard.map(|user_user| user_user.information), Some(&b"order 4711"[..]));
    }
}

const BACKUP: LinkId = LinkId(1);

/// Calls of the user's in every phase in which a timer of layer 3 runs: not answered at all, taking digits, proceeding,
/// ringing, answered and not acknowledged, being cleared.
fn calls_with_timers(pair: &mut Pair) {
    for answer in [&[][..], &[0x0d], &[0x02], &[0x01]] {
        let here = pair.ends[USER].setup(pair.now, &SetupRequest { complete: false, ..request(b"1") });
        pair.lose = if answer.is_empty() { vec![0x05] } else { Vec::new() };
        pair.run();
        here.expect("accepted");
        if let [kind] = answer {
            let there = pair.call_at(NETWORK);
            let end = &mut pair.ends[NETWORK];
            let done = match kind {
                0x0d => end.setup_acknowledge(pair.now, there, &none()),
                0x02 => end.proceeding(pair.now, there, &none()),
                _ => end.alerting(pair.now, there, &none()),
            };
            done.expect("accepted");
            pair.run();
        }
    }
    pair.setup(NETWORK, &request(b"1"));
    let there = pair.call_at(USER);
    pair.lose = vec![0x07];
    pair.ends[USER].connect(pair.now, there, &none()).expect("accepted");
    pair.run();
    pair.lose.clear();
    let calls = pair.answered(USER);
    pair.lose = vec![0x45];
    pair.ends[USER].disconnect(pair.now, calls[USER], cause(16), &none()).expect("accepted");
    pair.run();
    pair.lose.clear();
}

#[test]
fn no_timer_of_the_old_d_channel_fires_after_the_backup_took_over() {
    // With SERVICE no call is asked for its state, which would bring the lost messages to light.
    let profile = Profile { overlap: true, service: Profile::NI2.service, ..Profile::EURO_ISDN };
    let links = vec![LinkConfig { id: LINK, interface: 0 }, LinkConfig { id: BACKUP, interface: 0 }];
    let config = |side| InterfaceConfig { links: links.clone(), ..InterfaceConfig::e1(side, profile) };
    let mut pair = Pair::new(config(Side::User), config(Side::Network));
    calls_with_timers(&mut pair);
    let open = pair.ends[USER].call_count();
    assert_eq!(open, 6);
    // The D channels change places several times, while every call is brought to its end.
    for n in 0..20 {
        let (down, up) = if n % 2 == 0 { (LINK, BACKUP) } else { (BACKUP, LINK) };
        pair.links(up, LinkChange::Established);
        pair.links(down, LinkChange::Released);
    }
    assert_eq!(pair.ends[USER].call_count(), open, "the switch-over ended none");
    pair.ends[USER].restart(pair.now, RestartScope::Interface).expect("accepted");
    pair.run();
    assert_eq!(pair.ends[USER].call_count(), 0);
    pair.events = [Vec::new(), Vec::new()];
    pair.trace.clear();
    // New calls take the places of the old ones, and no timer but their own touches them.
    let calls: Vec<[CallId; 2]> = (0..8).map(|_| pair.answered(USER)).collect();
    pair.pass(3_600_000);
    assert_eq!(pair.types(), Vec::<String>::new());
    assert_eq!((pair.news(USER), pair.news(NETWORK)), (vec![], vec![]));
    for call in calls {
        assert_eq!([USER, NETWORK].map(|end| pair.ends[end].call_state(call[end])), [Some(10); 2]);
    }
}
