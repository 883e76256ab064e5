//! Calls against libpri, which plays the other side, over a data link of ours, on a virtual clock.
#[path = "common/joint.rs"]
mod joint;
#[path = "common/libpri.rs"]
mod libpri;
mod q931_support;

use joint::{Joint, SWITCHES};
use libpri::Plays;
use q931_support::{cause, none, number, request, speech};
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::element::UserUser;
use tandem_isdn::q931::*;

use CallNews::*;

fn each(commands: &[&str], mut test: impl FnMut(&mut Joint, &Profile)) {
    for plays in [Plays::Network, Plays::User] {
        for (switch, profile) in SWITCHES {
            let Some(mut joint) = Joint::start(plays, switch, profile, commands) else { return };
            test(&mut joint, &profile);
            let complaints = [true, false].map(|theirs| joint.count(theirs, MessageType::STATUS));
            assert_eq!(complaints, [0, 0], "{}", joint.trace());
        }
    }
}

#[test]
fn a_call_to_libpri_is_answered_and_cleared_by_us() {
    each(&[], |joint, profile| {
        let user_user = UserUser { protocol: 4, information: b"hello" };
        let request = SetupRequest {
            channel: ChannelWish::Exclusive(BChannel::new(0, 1)),
            calling: Some(number(b"5551")),
            user_user: Some(user_user),
            display: Some(b"Ann"),
            ..request(b"5552")
        };
        let call = joint.access.interface_mut().setup(joint.now, &request).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_RING");
        joint.order(&format!("proceeding {theirs} 1 0"));
        joint.order(&format!("alerting {theirs} 1 0"));
        joint.order(&format!("answer {theirs} 1"));
        assert_eq!(joint.news(), [Proceeding, Alerting, Answered], "{}", profile.name);
        joint.pass(60_000);
        joint.access.interface_mut().disconnect(joint.now, call, cause(16), &none()).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_HANGUP");
        joint.order(&format!("hangup {theirs} 16"));
        joint.pass(10_000);
        assert_eq!(joint.news(), [Released { cause: cause(16), by: ReleasedBy::Local }], "{}", profile.name);
        joint.assert_over();
    });
}

#[test]
fn a_call_of_libpri_is_answered_and_cleared_by_libpri() {
    each(&[], |joint, profile| {
        joint.order("call 3 1 1 5552 5551");
        let call = joint.call();
        assert_eq!(
            joint.access.interface().call_channel(call),
            Some(BChannel::new(0, 3)),
            "{}",
            profile.name
        );
        assert_eq!(joint.access.interface().called_digits(call), Some(&b"5552"[..]));
        joint.access.interface_mut().proceeding(joint.now, call, &none()).expect("accepted");
        joint.access.interface_mut().alerting(joint.now, call, &none()).expect("accepted");
        joint.access.interface_mut().connect(joint.now, call, &none()).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_ANSWER");
        joint.pass(60_000);
        joint.news();
        joint.order(&format!("hangup {theirs} 16"));
        joint.pass(10_000);
        assert_eq!(
            joint.news(),
            [Disconnected { cause: cause(16) }, Released { cause: cause(16), by: ReleasedBy::Far }]
        );
        joint.assert_over();
    });
}

#[test]
fn a_channel_is_restarted_by_either_end() {
    each(&[], |joint, _| {
        let channel = BChannel::new(0, 2);
        joint.access.interface_mut().restart(joint.now, RestartScope::Channel(channel)).expect("accepted");
        joint.run();
        assert_eq!(
            joint.access.interface().channel_service(channel),
            Some(ChannelService::InService),
            "{}",
            joint.trace()
        );
        joint.order("reset 2");
        assert!(joint.events.contains(&Event::RestartedByFar), "{}", joint.trace());
        assert!(joint.peer_events.iter().any(|event| event.starts_with("PRI_EVENT_RESTART_ACK")));
    });
}

#[test]
fn digits_go_one_by_one_both_ways() {
    for plays in [Plays::Network, Plays::User] {
        for (switch, profile) in [(5, Profile::EURO_ISDN), (10, Profile::QSIG)] {
            let Some(mut joint) = Joint::start(plays, switch, profile, &["overlap 1"]) else { return };
            let channel = ChannelWish::Exclusive(BChannel::new(0, 1));
            let open = SetupRequest { channel, complete: false, ..SetupRequest::new(speech(), number(b"5")) };
            let call = joint.access.interface_mut().setup(joint.now, &open).expect("accepted");
            joint.run();
            let theirs = joint.peer_call("PRI_EVENT_RING");
            joint.order(&format!("more {theirs} 1"));
            for digit in b"123" {
                joint.pass(1);
                joint
                    .access
                    .interface_mut()
                    .more_digits(joint.now, call, &[*digit], false)
                    .expect("accepted");
            }
            joint.run();
            let digits = joint.peer_events.iter().filter(|event| event.contains("INFO_RECEIVED")).count();
            assert_eq!(digits, 3, "{:?}", joint.peer_events);
            joint.order(&format!("hangup {theirs} 28"));
            joint.pass(10_000);
            joint.assert_over();

            joint.news();
            joint.order("call 3 1 0 5");
            let call = joint.call();
            joint.access.interface_mut().setup_acknowledge(joint.now, call, &none()).expect("accepted");
            joint.run();
            let theirs = joint.peer_call("placed");
            for digit in ["1", "2", "3"] {
                joint.pass(1);
                joint.order(&format!("digit {theirs} {digit}"));
            }
            assert_eq!(joint.access.interface().called_digits(call), Some(&b"5123"[..]));
            joint.access.interface_mut().disconnect(joint.now, call, cause(1), &none()).expect("accepted");
            joint.pass(5_000);
            joint.order(&format!("hangup {theirs} 1"));
            joint.pass(60_000);
            joint.assert_over();
        }
    }
}

#[test]
fn libpri_takes_channels_out_of_service_and_brings_them_back() {
    for plays in [Plays::Network, Plays::User] {
        for (switch, profile) in SWITCHES.into_iter().filter(|(_, profile)| profile.service.is_some()) {
            let Some(mut joint) = Joint::start(plays, switch, profile, &["enable-service"]) else { return };
            let channel = BChannel::new(0, 2);
            joint.order("service 2 2");
            let blocked = joint.access.interface().channel_service(channel);
            assert!(matches!(blocked, Some(ChannelService::Blocked { .. })), "{}", profile.name);
            assert_eq!(
                joint.messages.iter().find(|(_, theirs, _)| *theirs).map(|(_, _, octets)| octets[0]),
                profile.service.map(Discriminator::octet),
                "{}",
                profile.name
            );
            joint.order("service 2 0");
            assert_eq!(joint.access.interface().channel_service(channel), Some(ChannelService::InService));
            joint.access.interface_mut().block(joint.now, channel).expect("accepted");
            joint.run();
            let told = "PRI_EVENT_SERVICE call=0 channel=2 status=2";
            assert!(joint.peer_events.iter().any(|event| event == told), "{:?}", joint.peer_events);
        }
    }
}

#[test]
fn a_call_is_held_and_retrieved_on_either_side() {
    for plays in [Plays::Network, Plays::User] {
        let Some(mut joint) = Joint::start(plays, 5, Profile::EURO_ISDN, &["enable-hold"]) else { return };
        let request =
            SetupRequest { channel: ChannelWish::Exclusive(BChannel::new(0, 1)), ..request(b"5552") };
        let call = joint.access.interface_mut().setup(joint.now, &request).expect("accepted");
        joint.run();
        let theirs = joint.peer_call("PRI_EVENT_RING");
        joint.order(&format!("answer {theirs} 1"));
        joint.news();
        joint.access.interface_mut().hold(joint.now, call, &none()).expect("accepted");
        joint.run();
        joint.order(&format!("hold-ack {theirs}"));
        joint.access.interface_mut().retrieve(joint.now, call, &none()).expect("accepted");
        joint.run();
        joint.order(&format!("retrieve-ack {theirs} 1"));
        assert_eq!(joint.news(), [Held, Retrieved], "{}", joint.trace());
        joint.order(&format!("hold {theirs}"));
        assert_eq!(joint.news(), [HoldRequested], "{}", joint.trace());
        joint.access.interface_mut().hold_acknowledge(joint.now, call).expect("accepted");
        joint.run();
        joint.order(&format!("retrieve {theirs} 1"));
        assert_eq!(joint.news(), [RetrieveRequested], "{}", joint.trace());
        joint.access.interface_mut().retrieve_acknowledge(joint.now, call).expect("accepted");
        joint.run();
        assert_eq!(joint.access.interface().call_state(call), Some(10));
    }
}

#[test]
fn user_information_arrives_at_libpri_and_from_it() {
    let Some(mut joint) = Joint::start(Plays::Network, 5, Profile::EURO_ISDN, &[]) else { return };
    let user_user = Some(UserUser { protocol: 4, information: b"hello" });
    joint
        .access
        .interface_mut()
        .setup(joint.now, &SetupRequest { user_user, ..request(b"5552") })
        .expect("accepted");
    joint.run();
    let ring = joint.peer_events.iter().find(|event| event.starts_with("PRI_EVENT_RING"));
    assert!(ring.is_some_and(|event| event.contains("hello")), "{:?}", joint.peer_events);
    joint.events.clear();
    joint.order("call 3 1 1 5552 5551 bonjour");
    let Some(Event::Call(event)) = joint.events.first() else { panic!("a call") };
    let information = event.message().and_then(|message| message.find::<UserUser<'_>>());
    assert_eq!(information.map(|user_user| user_user.information), Some(&b"bonjour"[..]));
}
