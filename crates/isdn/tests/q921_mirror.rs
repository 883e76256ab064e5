//! A D channel that gives our own frames back, wholly or from some moment on.
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{Establish, Hear, Send};
use rig::{Rig, octets_of, state_4, state_5_0, state_5_1, state_5_2, state_6, state_7, state_8, when};
use tandem_isdn::q921::LinkEvent::{Error, Established, LoopCleared, LoopedBack, Released};
use tandem_isdn::q921::MdlError::{G, I};
use tandem_isdn::q921::{Establishment, LinkEvent, Release as Why};

/// Gives every frame back until no frame and no timer is left, or `seconds` have passed.
fn reflect(rig: &mut Rig, seconds: u64) -> (Vec<LinkEvent>, usize) {
    let end = rig.now.0 + seconds * 8_000;
    let (mut told, mut frames) = (Vec::new(), 0);
    loop {
        let said = rig.says();
        frames += said.len();
        told.extend(rig.tells());
        // The line takes a while.
        rig.now.0 += 80;
        said.iter().for_each(|octets| rig.hear(octets));
        told.extend(rig.tells());
        let due = rig.link.poll_timeout();
        if rig.now.0 > end || (said.is_empty() && due.is_none()) {
            return (told, frames);
        }
        if said.is_empty() {
            rig.now = rig.now.max(due.expect("seen above"));
            rig.link.handle_timeout(rig.now);
        }
    }
}

#[test]
fn own_sabme_tells_of_the_loop_once_and_is_no_glare() {
    let mut rig = state_4();
    rig.apply(Establish);
    let (told, frames) = reflect(&mut rig, 60);
    assert_eq!(told, [LoopedBack, Error(G), Released(Why::NoAnswer)]);
    assert_eq!(frames, 4);
    assert_eq!(rig.link.counters().discarded.own, 4);
    rig.apply(Establish);
    let (told, _) = reflect(&mut rig, 60);
    assert_eq!(told, [Error(G), Released(Why::NoAnswer)], "it is still the same loop");
}

#[test]
fn own_frames_have_no_effect_in_any_state() {
    let own = ["00 01 7f", "00 01 53", "00 01 00 00 31", "00 01 03 31", "02 01 73", "02 01 1f"];
    for octets in own {
        for rig in [state_4(), state_5_0(), state_5_1(1), state_5_2(), state_6(), state_7(1), state_8(1)] {
            let state = rig.link.state() as u8;
            let rig = when(rig, Hear(octets), &[], &[LoopedBack], state);
            let rig = when(rig, Hear(octets), &[], &[], state);
            assert!(rig.link.is_looped());
            assert_eq!((rig.data.len(), rig.unit_data.len()), (0, 0));
        }
    }
}

#[test]
fn the_far_ends_frames_end_the_loop() {
    let rig = when(state_5_0(), Hear("00 01 7f"), &[], &[LoopedBack], 5);
    let confirmed = Established(Establishment::Confirmed);
    let rig = when(rig, Hear("00 01 73"), &[], &[LoopCleared, confirmed], 7);
    assert!(!rig.link.is_looped());
    when(rig, Hear("00 01 7f"), &[], &[LoopedBack], 7);
}

#[test]
fn supervisory_frames_do_not_end_a_loop_and_have_no_effect_during_it() {
    let rig = when(state_8(1), Hear("00 01 00 00 31"), &[], &[LoopedBack], 8);
    let rig = when(rig, Hear("00 01 01 03"), &[], &[], 8);
    when(rig, Hear("02 01 01 03"), &[], &[], 8);
}

#[test]
fn a_loop_put_on_an_idle_link_is_found_with_the_next_message() {
    let mut rig = state_7(0).then(Hear("02 01 00 00 31"));
    rig.apply(Send);
    let (told, _) = reflect(&mut rig, 120);
    assert_eq!(told, [LoopedBack, Error(I), Error(G), Released(Why::NoAnswer)]);
}

#[test]
fn an_answer_that_goes_round_as_an_enquiry_does_not_go_round_for_ever() {
    let mut rig = state_7(0);
    rig.hear_octets(&octets_of("02 01 01 01"));
    let (told, frames) = reflect(&mut rig, 120);
    assert_eq!(told, [LoopedBack, Error(I), Error(G), Released(Why::NoAnswer)]);
    assert!(frames < 100, "{frames} frames");
}

#[test]
fn a_far_end_that_enquires_once_a_second_is_no_loop() {
    let mut rig = state_7(0);
    for _ in 0..1_000 {
        rig.now.0 += 8_000;
        rig = when(rig, Hear("02 01 01 01"), &["02 01 01 01"], &[], 7);
    }
}
