//! A link that layer 3 keeps down (maintenance busy, Q.931 §F.2.2), and messages that are taken back from one that is lost.
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{Establish, Hear, LineBack, LineLost, Send};
use rig::{Rig, state_4, state_5_0, state_5_1, state_6, state_7, when};
use tandem_isdn::q921::Establishment::ByFarEnd;
use tandem_isdn::q921::LinkEvent::{Established, Released};
use tandem_isdn::q921::Release as Why;

fn held(mut rig: Rig) -> Rig {
    rig.link.hold(rig.now);
    rig
}

/// What can be taken back: the octet, and whether it had been sent.
fn taken_back(rig: &mut Rig) -> Vec<(u8, bool)> {
    let mut all = Vec::new();
    while let Some(back) = rig.link.take_back() {
        all.push((back.octets[0], back.may_have_arrived));
    }
    all
}

/// In state 7, with messages 1 to 9, of which seven were sent and two acknowledged.
fn with_messages() -> Rig {
    let mut rig = state_7(0);
    (1..=9).for_each(|n| rig.link.send(rig.now, &[n]).expect("there is room"));
    assert_eq!(rig.says().len(), 7);
    rig.hear("00 01 01 04");
    rig
}

#[test]
fn a_held_link_refuses_the_far_end_until_it_is_to_be_established() {
    let rig = when(held(state_4()), Hear("02 01 7f"), &["02 01 1f"], &[], 4);
    let rig = when(rig, Hear("02 01 6f"), &["02 01 0f"], &[], 4);
    let rig = when(rig, Hear("00 01 0f"), &[], &[], 4);
    let rig = when(rig, Establish, &["00 01 7f"], &[], 5);
    let rig = when(rig, Hear("00 01 1f"), &[], &[Released(Why::Refused)], 4);
    when(rig, Hear("02 01 7f"), &["02 01 73"], &[Established(ByFarEnd)], 7);
}

#[test]
fn a_link_that_is_up_or_coming_up_is_released_when_it_is_to_be_held() {
    let rig = when(
        held(state_7(0)).then(Hear("02 01 01 01")),
        Hear("00 01 73"),
        &[],
        &[Released(Why::Confirmed)],
        4,
    );
    when(rig, Hear("02 01 7f"), &["02 01 1f"], &[], 4);
    let mut rig = held(state_7(0));
    assert_eq!(rig.says(), ["00 01 53"]);
    for state in [state_5_0(), state_5_1(1)] {
        let rig = when(held(state), Hear("00 01 73"), &["00 01 53"], &[], 6);
        when(rig, Hear("02 01 7f"), &["02 01 1f"], &[], 6);
    }
    when(held(state_6().then(Establish)), Hear("00 01 73"), &[], &[Released(Why::Confirmed)], 4);
}

#[test]
fn a_held_link_stays_down_when_its_line_is_back() {
    let rig = held(state_7(0).then(LineLost).then(Establish));
    let rig = when(rig, LineBack, &[], &[], 4);
    when(rig, Hear("02 01 7f"), &["02 01 1f"], &[], 4);
}

#[test]
fn messages_that_a_lost_link_has_not_delivered_are_taken_back_the_newest_first() {
    let all = [(9, false), (8, false), (7, true), (6, true), (5, true), (4, true), (3, true)];
    for lost in [|rig: Rig| rig.then(LineLost), |rig: Rig| rig.then(Hear("02 01 53")), held] {
        let mut rig = lost(with_messages());
        assert_eq!(rig.link.queued(), 0);
        assert_eq!(rig.link.counters().messages.given_up, 7);
        assert_eq!(taken_back(&mut rig), all);
        assert_eq!(taken_back(&mut rig), []);
    }
    // A link that tried to come up again and failed has kept them.
    let mut rig = with_messages().then(Hear("00 01 0f"));
    assert_eq!(taken_back(&mut rig), []);
    rig.link.send(rig.now, &[10]).expect("still accepted");
    rig = rig.then(Hear("00 01 1f"));
    assert_eq!(taken_back(&mut rig), [&[(10, false)][..], &all].concat());
}

#[test]
fn once_the_link_is_established_again_there_is_nothing_to_take_back() {
    for back in [Hear("02 01 7f"), Establish] {
        let rig = with_messages().then(Hear("02 01 53")).then(back);
        let mut rig = if matches!(back, Establish) { rig.then(Hear("00 01 73")) } else { rig };
        assert_eq!(taken_back(&mut rig), []);
        when(rig, Send, &["00 01 00 00 aa"], &[], 7);
    }
}
