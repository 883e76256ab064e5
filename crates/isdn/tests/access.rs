//! Layer 3 and its data link as one.
mod q931_support;

use q931_support::{LINK, hex, request};
use tandem_isdn::Side;
use tandem_isdn::access::Access;
use tandem_isdn::profile::Profile;
use tandem_isdn::q921::LinkParameters;
use tandem_isdn::q931::*;
use tandem_types::{FrameTime, Frames};

const START: FrameTime = FrameTime(8_000);

fn access(side: Side, channels: u8) -> Access {
    let channels = (0..channels).map(|n| BChannel::new(n / 100, n % 100 + 1)).collect();
    let config = InterfaceConfig { channels, ..InterfaceConfig::e1(side, Profile::EURO_ISDN) };
    Access::new(InterfaceConfig { max_calls: 400, ..config }, LinkParameters::new(side)).expect("sound")
}

fn said(access: &mut Access, now: FrameTime) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some(frame) = access.poll_transmit(now, LINK) {
        frames.push(frame.to_vec());
    }
    frames
}

#[test]
fn a_link_that_was_refused_is_asked_for_again_after_a_second() {
    let mut user = access(Side::User, 30);
    assert_eq!(said(&mut user, START), [hex("00 01 7f")]);
    user.handle_frame(START, LINK, &hex("00 01 1f"));
    assert_eq!(said(&mut user, START), Vec::<Vec<u8>>::new());
    let again = START + Frames::from_seconds(1);
    assert_eq!(user.poll_timeout(), Some(again));
    user.handle_timeout(FrameTime(again.0 - 1));
    assert_eq!(said(&mut user, FrameTime(again.0 - 1)), Vec::<Vec<u8>>::new());
    user.handle_timeout(again);
    assert_eq!(said(&mut user, again), [hex("00 01 7f")]);
}

#[test]
fn messages_that_find_no_room_in_the_link_wait_and_arrive() {
    let [mut user, mut network] = [Side::User, Side::Network].map(|side| access(side, 250));
    let carry = |user: &mut Access, network: &mut Access| {
        loop {
            let (ours, theirs) = (said(user, START), said(network, START));
            if ours.is_empty() && theirs.is_empty() {
                return;
            }
            ours.iter().for_each(|frame| network.handle_frame(START, LINK, frame));
            theirs.iter().for_each(|frame| user.handle_frame(START, LINK, frame));
        }
    };
    carry(&mut user, &mut network);
    for _ in 0..250 {
        user.interface_mut().setup(START, &request(b"1")).expect("a free channel");
    }
    assert_eq!(said(&mut user, START).len(), 7, "a window, which is lost");
    assert_eq!(user.link(LINK).map(|link| link.queued()), Some(128));
    let later = START + Frames::from_seconds(1);
    user.handle_timeout(later);
    carry(&mut user, &mut network);
    assert_eq!(network.interface().call_count(), 250);
    let is_incoming =
        |event: &Event| matches!(event, Event::Call(CallEvent { news: CallNews::Incoming { .. }, .. }));
    let events: Vec<Event> = std::iter::from_fn(|| network.poll_event()).collect();
    assert_eq!(events.iter().filter(|event| is_incoming(event)).count(), 250);
}

#[test]
fn the_line_takes_the_link_with_it_and_brings_it_back() {
    let mut user = access(Side::User, 30);
    said(&mut user, START);
    user.handle_frame(START, LINK, &hex("00 01 73"));
    assert_eq!(user.interface().active_link(), Some(LINK));
    user.handle_line(START, LINK, false);
    assert_eq!(user.interface().active_link(), None);
    let later = START + Frames::from_seconds(5);
    user.handle_timeout(later);
    assert_eq!(said(&mut user, later), Vec::<Vec<u8>>::new());
    user.handle_line(later, LINK, true);
    assert_eq!(said(&mut user, later), [hex("00 01 7f")]);
}

#[test]
fn a_d_channel_that_is_not_there_says_and_hears_nothing() {
    let mut user = access(Side::User, 30);
    let other = LinkId(7);
    user.handle_frame(START, other, &hex("02 01 7f"));
    user.handle_line(START, other, false);
    assert!(user.link(other).is_none());
    assert_eq!(user.poll_transmit(START, other), None);
    assert_eq!(said(&mut user, START), [hex("00 01 7f")]);
}

/// The far end has lost the link and sets it up anew, while nothing was on its way to it: Q.921 tells layer 3 of no reset.
#[test]
fn a_far_end_that_renews_the_link_is_asked_for_the_state_of_calls() {
    let (mut user, mut network) = (access(Side::User, 30), access(Side::Network, 30));
    let mut now = START;
    let run = |user: &mut Access, network: &mut Access, now: FrameTime| loop {
        let (up, down) = (said(user, now), said(network, now));
        up.iter().for_each(|frame| network.handle_frame(now, LINK, frame));
        down.iter().for_each(|frame| user.handle_frame(now, LINK, frame));
        if up.is_empty() && down.is_empty() {
            break;
        }
    };
    run(&mut user, &mut network, now);
    let call = user.interface_mut().setup(now, &request(b"5551234")).expect("accepted");
    run(&mut user, &mut network, now);
    let there = network.interface().calls().next().expect("offered");
    network.interface_mut().connect(now, there, &Extra::default()).expect("offered");
    run(&mut user, &mut network, now);
    // The line of the user alone is gone for a while, and the call is cleared there meanwhile.
    user.handle_line(now, LINK, false);
    let cause = tandem_types::Cause::NORMAL_CLEARING;
    user.interface_mut().disconnect(now, call, cause, &Extra::default()).expect("cleared at once");
    now += Frames::from_seconds(2);
    user.handle_line(now, LINK, true);
    user.handle_timeout(now);
    assert_eq!(network.interface().call_count(), 1);
    run(&mut user, &mut network, now);
    assert_eq!((user.interface().call_count(), network.interface().call_count()), (0, 0));
}
