//! The line under the link is lost and comes back; queues have bounds; parameters have ranges.
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{Establish, Expiry, Hear, LineBack, LineLost, Release};
use rig::{Rig, state_4, state_6, state_7, when};
use tandem_isdn::Side;
use tandem_isdn::q921::LinkEvent::{Established, Released};
use tandem_isdn::q921::{
    DataLink, Establishment, FrameKind, LinkParameters, MdlError, ParameterError, Release as Why, SendError,
};
use tandem_types::{FrameTime, Frames};

#[test]
fn a_link_wanted_without_a_line_is_established_when_the_line_is_back() {
    let rig = state_7(1).then(LineLost);
    let rig = when(rig, Establish, &[], &[], 4);
    assert_eq!(rig.link.poll_timeout(), None);
    let rig = when(rig, LineBack, &["00 01 7f"], &[], 5);
    when(rig, Hear("00 01 73"), &[], &[Established(Establishment::Confirmed)], 7);
}

#[test]
fn a_link_not_wanted_any_more_stays_down_when_the_line_is_back() {
    let rig = state_7(1).then(LineLost).then(Establish);
    let rig = when(rig, Release, &[], &[Released(Why::Confirmed)], 4);
    when(rig, LineBack, &[], &[], 4);
}

#[test]
fn establish_asked_for_during_release_outlives_the_line() {
    let rig = state_6().then(Establish);
    let rig = when(rig, LineLost, &[], &[Released(Why::Confirmed)], 4);
    when(rig, LineBack, &["00 01 7f"], &[], 5);
}

#[test]
fn without_a_line_nothing_is_heard_said_or_told_twice() {
    let rig = state_7(0).then(LineLost);
    let rig = when(rig, LineLost, &[], &[], 4);
    let mut rig = when(rig, Hear("02 01 7f"), &[], &[], 4);
    assert_eq!(rig.link.counters().discarded.line_down, 1);
    assert_eq!(rig.link.send_unit_data(rig.now, &[1]), Err(SendError::NotEstablished));
    assert_eq!(rig.says().len(), 0);
}

#[test]
fn frames_not_fetched_when_the_line_is_lost_are_not_sent_later() {
    let mut rig = state_7(0);
    rig.hear("02 01 00 01 31");
    rig.apply(LineLost);
    rig.apply(LineBack);
    assert_eq!(rig.says().len(), 0);
}

#[test]
fn the_link_does_not_establish_itself_again_after_a_failure() {
    let rig = state_7(0).then(Hear("02 01 53"));
    assert_eq!((rig.link.state() as u8, rig.link.poll_timeout()), (4, None));
}

#[test]
fn a_silent_far_end_is_given_up_after_t203_four_enquiries_and_four_sabme() {
    let mut rig = state_7(0);
    let start = rig.now;
    while rig.link.poll_timeout().is_some() {
        rig = rig.then(Expiry);
    }
    assert_eq!(rig.now.since(start), Frames::from_seconds(10 + 4 + 4));
    assert_eq!(rig.link.counters().failures, 1);
}

// Bounds.

#[test]
fn messages_longer_than_n201_are_refused() {
    let mut rig = state_7(0);
    assert_eq!(rig.link.send(rig.now, &[0; 261]), Err(SendError::TooLong));
    assert_eq!(rig.link.send(rig.now, &[0; 260]), Ok(()));
    assert_eq!(rig.link.send_unit_data(rig.now, &[0; 261]), Err(SendError::TooLong));
    assert_eq!(rig.link.send_unit_data(rig.now, &[0; 260]), Ok(()));
}

#[test]
fn a_far_end_that_acknowledges_nothing_fills_the_queue_and_no_more() {
    for length in [0, 1, 100, 260] {
        let mut rig = state_7(0);
        let message = vec![0x5a; length];
        let taken = (0..1_000).take_while(|_| rig.link.send(rig.now, &message).is_ok()).count();
        assert_eq!(taken, (16_384 / (length + 4)).min(128), "{length}");
        assert_eq!(rig.link.send(rig.now, &message), Err(SendError::Full));
        assert_eq!(rig.says().len(), 7);
        // The first is acknowledged, and there is room again.
        rig.hear("00 01 01 02");
        assert_eq!(rig.link.send(rig.now, &message), Ok(()));
    }
}

#[test]
fn unit_data_that_nobody_fetches_fills_its_queue_and_no_more() {
    let mut rig = state_4();
    let taken = (0..1_000).take_while(|_| rig.link.send_unit_data(rig.now, &[0x5a; 260]).is_ok()).count();
    assert_eq!(taken, 4);
    assert_eq!(rig.says().len(), 4);
}

#[test]
fn answers_that_nobody_fetches_fill_their_queue_and_no_more() {
    let mut rig = state_4();
    (0..1_000).for_each(|_| rig.hear("02 01 53"));
    assert_eq!((rig.says().len(), rig.link.counters().unsent), (16, 984));
    (0..1_000).for_each(|_| rig.hear("00 01 73"));
    assert_eq!((rig.tells().len(), rig.link.counters().unreported), (8, 992));
    assert_eq!(rig.link.counters().errors.of(MdlError::C), 1_000);
}

#[test]
fn parameters_have_the_ranges_of_the_recommendation() {
    let parameters = LinkParameters::new(Side::User);
    assert_eq!(parameters.with_address(64, 0), Err(ParameterError::Address));
    assert_eq!(parameters.with_address(0, 127), Err(ParameterError::Address));
    assert_eq!(parameters.with_window(0), Err(ParameterError::Window));
    assert_eq!(parameters.with_window(128), Err(ParameterError::Window));
    assert_eq!(parameters.with_attempts(0), Err(ParameterError::Attempts));
    assert_eq!(parameters.with_information(0), Err(ParameterError::Information));
    assert_eq!(parameters.with_information(4_097), Err(ParameterError::Information));
    assert_eq!(parameters.with_timers(Frames(0), Frames(1)), Err(ParameterError::Timer));
    assert_eq!(parameters.with_timers(Frames(1), Frames(0)), Err(ParameterError::Timer));
}

#[test]
fn other_parameters_are_obeyed() {
    let parameters = LinkParameters::new(Side::Network)
        .with_address(16, 5)
        .and_then(|parameters| parameters.with_window(127))
        .and_then(|parameters| parameters.with_attempts(1))
        .and_then(|parameters| parameters.with_information(4_096))
        .and_then(|parameters| parameters.with_timers(Frames::from_ms(300), Frames::from_seconds(5)))
        .expect("all within range");
    let rig = when(Rig::new(parameters), Establish, &["42 0b 7f"], &[], 5);
    assert_eq!(rig.timer_ms(), Some(300));
    let rig = when(rig, Expiry, &["42 0b 7f"], &[], 5);
    let mut rig = rig.then(Hear("42 0b 73"));
    assert_eq!(rig.timer_ms(), Some(5_000));
    let message = [0x77; 4_096];
    (0..127).for_each(|_| assert_eq!(rig.link.send(rig.now, &message), Ok(())));
    assert_eq!(rig.says().len(), 127);
    assert_eq!(rig.link.outstanding(), 127);
    rig.hear("42 0b 01 fe");
    assert_eq!((rig.link.outstanding(), rig.link.queued()), (0, 0));
}

#[test]
fn time_that_stands_still_or_ends_does_no_harm() {
    let mut link = DataLink::new(LinkParameters::new(Side::User));
    link.establish(FrameTime(u64::MAX));
    for _ in 0..10 {
        link.handle_timeout(FrameTime(u64::MAX));
        while link.poll_transmit(FrameTime(u64::MAX)).is_some() {}
    }
    assert_eq!(link.counters().sent.of(FrameKind::Sabme), 4);
}
