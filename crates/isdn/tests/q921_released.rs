//! States 4 and 6: the link is down or going down (figures B.4, B.6 and B.9/Q.921).
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{Busy, Establish, Expiry, Hear, LineBack, LineLost, Ready, Release, Send, SendUnit};
use rig::{Rig, numbered, state_4, state_6, when};
use tandem_isdn::q921::Establishment::{ByFarEnd, Confirmed};
use tandem_isdn::q921::LinkEvent::{Error, Established, Released};
use tandem_isdn::q921::MdlError::{C, D, H, L, M, N, O};
use tandem_isdn::q921::{Release as Why, SendError};

// State 4, TEI assigned.

#[test]
fn state_4_establish_request_sends_sabme_and_starts_t200() {
    let rig = when(state_4(), Establish, &["00 01 7f"], &[], 5);
    assert_eq!(rig.timer_ms(), Some(1_000));
}

#[test]
fn state_4_release_request_is_confirmed_at_once() {
    when(state_4(), Release, &[], &[Released(Why::Confirmed)], 4);
}

#[test]
fn state_4_data_request_is_refused_and_unit_data_is_sent() {
    let mut rig = when(state_4(), Send, &[], &[], 4);
    assert_eq!(rig.link.send(rig.now, &[1]), Err(SendError::NotEstablished));
    when(rig, SendUnit, &["00 01 03 bb"], &[], 4);
}

#[test]
fn state_4_receiver_status_says_nothing_but_is_remembered() {
    let rig = when(state_4(), Busy, &[], &[], 4);
    when(rig, Hear("02 01 7f"), &["02 01 73", "02 01 05 00"], &[Established(ByFarEnd)], 7);
    when(when(state_4(), Busy, &[], &[], 4), Ready, &[], &[], 4);
}

#[test]
fn state_4_line_lost_discards_unit_data_and_line_back_changes_nothing() {
    let mut rig = state_4();
    rig.apply(SendUnit);
    let rig = when(rig, LineLost, &[], &[], 4);
    when(rig, LineBack, &[], &[], 4);
}

#[test]
fn state_4_runs_no_timer() {
    assert_eq!(state_4().link.poll_timeout(), None);
    let mut rig = state_4();
    rig.link.handle_timeout(tandem_types::FrameTime(u64::MAX));
    assert_eq!((rig.says().len(), rig.tells().len()), (0, 0));
}

#[test]
fn state_4_sabme_is_answered_by_ua_and_establishes() {
    let rig = when(state_4(), Hear("02 01 7f"), &["02 01 73"], &[Established(ByFarEnd)], 7);
    assert_eq!(rig.timer_ms(), Some(10_000));
    when(state_4(), Hear("02 01 6f"), &["02 01 63"], &[Established(ByFarEnd)], 7);
}

#[test]
fn state_4_disc_is_answered_by_dm() {
    when(state_4(), Hear("02 01 53"), &["02 01 1f"], &[], 4);
    when(state_4(), Hear("02 01 43"), &["02 01 0f"], &[], 4);
}

#[test]
fn state_4_ua_is_error_c_or_d() {
    when(state_4(), Hear("00 01 73"), &[], &[Error(C)], 4);
    when(state_4(), Hear("00 01 63"), &[], &[Error(D)], 4);
}

#[test]
fn state_4_dm_with_f_0_asks_for_establishment_and_with_f_1_for_nothing() {
    when(state_4(), Hear("00 01 0f"), &["00 01 7f"], &[], 5);
    when(state_4(), Hear("00 01 1f"), &[], &[], 4);
}

// State 6, awaiting release.

#[test]
fn state_6_establish_request_waits_for_the_release() {
    let rig = when(state_6(), Establish, &[], &[], 6);
    let rig = when(rig, Hear("00 01 73"), &["00 01 7f"], &[Released(Why::Confirmed)], 5);
    when(rig, Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
}

#[test]
fn state_6_release_request_takes_the_establish_request_back() {
    let rig = when(state_6().then(Establish), Release, &[], &[], 6);
    when(rig, Hear("00 01 73"), &[], &[Released(Why::Confirmed)], 4);
    when(state_6(), Release, &[], &[], 6);
}

#[test]
fn state_6_data_request_is_refused_and_unit_data_is_sent() {
    let mut rig = state_6();
    assert_eq!(rig.link.send(rig.now, &[1]), Err(SendError::NotEstablished));
    when(rig, SendUnit, &["00 01 03 bb"], &[], 6);
}

#[test]
fn state_6_receiver_status_says_nothing() {
    when(when(state_6(), Busy, &[], &[], 6), Ready, &[], &[], 6);
}

#[test]
fn state_6_line_lost_confirms_the_release() {
    let rig = when(state_6(), LineLost, &[], &[Released(Why::Confirmed)], 4);
    assert_eq!(rig.link.poll_timeout(), None);
    when(rig, LineBack, &[], &[], 4);
}

#[test]
fn state_6_line_back_without_loss_changes_nothing() {
    when(state_6(), LineBack, &[], &[], 6);
}

#[test]
fn state_6_disc_is_repeated_three_times_and_then_given_up_with_error_h() {
    let mut rig = state_6();
    for _ in 0..3 {
        assert_eq!(rig.timer_ms(), Some(1_000));
        rig = when(rig, Expiry, &["00 01 53"], &[], 6);
    }
    let rig = when(rig, Expiry, &[], &[Error(H), Released(Why::Confirmed)], 4);
    assert_eq!(rig.link.poll_timeout(), None);
}

#[test]
fn state_6_runs_no_t203() {
    let mut rig = state_6();
    rig.pass(tandem_types::Frames::from_ms(999));
    assert_eq!(rig.says().len(), 0);
    rig.pass(tandem_types::Frames::from_seconds(60));
    assert_eq!(rig.says(), ["00 01 53"], "only T200 was running");
}

#[test]
fn state_6_sabme_is_answered_by_dm() {
    when(state_6(), Hear("02 01 7f"), &["02 01 1f"], &[], 6);
    when(state_6(), Hear("02 01 6f"), &["02 01 0f"], &[], 6);
}

#[test]
fn state_6_disc_is_answered_by_ua() {
    when(state_6(), Hear("02 01 53"), &["02 01 73"], &[], 6);
    when(state_6(), Hear("02 01 43"), &["02 01 63"], &[], 6);
}

#[test]
fn state_6_ua_with_f_1_releases_and_with_f_0_is_error_d() {
    let rig = when(state_6(), Hear("00 01 73"), &[], &[Released(Why::Confirmed)], 4);
    assert_eq!(rig.link.poll_timeout(), None);
    when(state_6(), Hear("00 01 63"), &[], &[Error(D)], 6);
}

#[test]
fn state_6_dm_with_f_1_releases_and_with_f_0_does_nothing() {
    when(state_6(), Hear("00 01 1f"), &[], &[Released(Why::Confirmed)], 4);
    when(state_6(), Hear("00 01 0f"), &[], &[], 6);
}

// Both.

fn states() -> [(fn() -> Rig, u8); 2] {
    [(state_4, 4), (state_6, 6)]
}

#[test]
fn states_4_and_6_deliver_ui_and_pass_over_xid_and_frmr() {
    for (rig, state) in states() {
        let rig = when(rig(), Hear("02 01 03 31 32"), &[], &[], state);
        assert_eq!(rig.unit_data, [[0x31, 0x32]]);
        let rig = when(rig, Hear("02 01 bf 82 80 00 00"), &[], &[], state);
        let rig = when(rig, Hear("00 01 97 00 00 00 00 01"), &[], &[], state);
        let discarded = rig.link.counters().discarded;
        assert_eq!((discarded.xid, discarded.state), (1, 1));
    }
}

#[test]
fn states_4_and_6_pass_over_numbered_frames() {
    for (rig, state) in states() {
        for octets in numbered() {
            let rig = when(rig(), Hear(octets), &[], &[], state);
            assert_eq!(rig.data.len(), 0);
            assert_eq!(rig.link.counters().discarded.state, 1);
        }
    }
}

#[test]
fn states_4_and_6_tell_frames_that_cannot_be_understood() {
    for (rig, state) in states() {
        when(rig(), Hear("02 01 ef"), &[], &[Error(L)], state);
        when(rig(), Hear("02 01 7f 00"), &[], &[Error(M)], state);
        when(rig(), Hear("00 01 97 00"), &[], &[Error(N)], state);
        let mut long = rig();
        long.hear_octets(&[&[0x02, 0x01, 0x03][..], &[0; 261]].concat());
        assert_eq!((long.says().len(), long.tells()), (0, vec![Error(O)]));
        long.hear_octets(&[&[0x02, 0x01, 0x00, 0x00][..], &[0; 261]].concat());
        assert_eq!((long.says().len(), long.tells()), (0, vec![Error(O)]));
    }
}
