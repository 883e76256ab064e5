//! State 8, timer recovery (figures B.8 and B.9/Q.921).
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{Busy, Establish, Expiry, Hear, LineBack, LineLost, Ready, Release, Send, SendUnit};
use rig::{Rig, state_7, state_8, when};
use tandem_isdn::q921::Establishment::{Confirmed, Reset};
use tandem_isdn::q921::LinkEvent::{Error, Established, PeerBusy, Released};
use tandem_isdn::q921::MdlError::{B, C, D, E, F, I, J, K, L, M, N, O};
use tandem_isdn::q921::Release as Why;
use tandem_types::Frames;

// Requests.

#[test]
fn state_8_establish_request_gives_up_what_waits_and_re_establishes() {
    let rig = when(state_8(2), Establish, &["00 01 7f"], &[], 5);
    assert_eq!((rig.link.queued(), rig.timer_ms()), (0, Some(1_000)));
    when(rig, Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
}

#[test]
fn state_8_release_request_gives_up_what_waits_and_sends_disc() {
    let rig = when(state_8(2), Release, &["00 01 53"], &[], 6);
    assert_eq!((rig.link.queued(), rig.timer_ms()), (0, Some(1_000)));
}

#[test]
fn state_8_data_request_waits_for_the_end_of_recovery() {
    let rig = when(state_8(0), Send, &[], &[], 8);
    when(rig, Hear("00 01 01 01"), &["00 01 00 00 aa"], &[], 7);
}

#[test]
fn state_8_unit_data_is_sent() {
    when(state_8(1), SendUnit, &["00 01 03 bb"], &[], 8);
}

#[test]
fn state_8_receiver_busy_sends_rnr_and_ready_sends_rr() {
    let rig = when(state_8(1), Busy, &["02 01 05 00"], &[], 8);
    let rig = when(rig, Busy, &[], &[], 8);
    let rig = when(rig, Ready, &["02 01 01 00"], &[], 8);
    when(rig, Ready, &[], &[], 8);
}

#[test]
fn state_8_busy_receiver_keeps_nothing_and_answers_a_poll_with_rnr() {
    let rig = when(state_8(1).then(Busy), Hear("02 01 00 00 31"), &[], &[], 8);
    let rig = when(rig, Hear("02 01 00 01 31"), &["02 01 05 01"], &[], 8);
    assert_eq!(rig.data.len(), 0);
    let rig = when(rig, Hear("02 01 01 01"), &["02 01 05 01"], &[], 8);
    when(rig, Expiry, &["00 01 05 01"], &[], 8);
}

#[test]
fn state_8_line_lost_releases() {
    let rig = when(state_8(2), LineLost, &[], &[Released(Why::LineLost)], 4);
    assert_eq!((rig.link.queued(), rig.link.poll_timeout()), (0, None));
    when(state_8(0), LineBack, &[], &[], 8);
}

// Timers.

#[test]
fn state_8_enquiry_is_sent_three_times_after_t200_and_then_the_link_re_established_with_error_i() {
    let rig = when(state_7(1), Expiry, &["00 01 01 01"], &[], 8);
    let rig = when(rig, Expiry, &["00 01 01 01"], &[], 8);
    let rig = when(rig, Expiry, &["00 01 01 01"], &[], 8);
    let rig = when(rig, Expiry, &["00 01 7f"], &[Error(I)], 5);
    when(rig, Hear("00 01 73"), &[], &[Established(Reset)], 7);
}

#[test]
fn state_8_enquiry_is_sent_once_and_three_times_more_after_t203() {
    let mut rig = when(state_7(0), Expiry, &["00 01 01 01"], &[], 8);
    for _ in 0..3 {
        rig = when(rig, Expiry, &["00 01 01 01"], &[], 8);
    }
    let rig = when(rig, Expiry, &["00 01 7f"], &[Error(I)], 5);
    when(rig, Hear("00 01 73"), &[], &[], 7);
}

#[test]
fn state_8_runs_no_t203() {
    let mut rig = state_8(0);
    rig.pass(Frames::from_seconds(60));
    assert_eq!(rig.says(), ["00 01 01 01"], "only T200 was running");
}

// Unnumbered frames.

#[test]
fn state_8_sabme_is_error_f_and_ends_recovery() {
    let rig = when(state_8(0), Hear("02 01 7f"), &["02 01 73"], &[Error(F)], 7);
    assert_eq!(rig.timer_ms(), Some(10_000));
    when(state_8(1), Hear("02 01 6f"), &["02 01 63"], &[Error(F), Established(Reset)], 7);
}

#[test]
fn state_8_disc_is_answered_by_ua_and_releases() {
    let rig = when(state_8(1), Hear("02 01 53"), &["02 01 73"], &[Released(Why::ByFarEnd)], 4);
    assert_eq!((rig.link.queued(), rig.link.poll_timeout()), (0, None));
    when(state_8(1), Hear("02 01 43"), &["02 01 63"], &[Released(Why::ByFarEnd)], 4);
}

#[test]
fn state_8_ua_is_error_c_or_d() {
    when(state_8(1), Hear("00 01 73"), &[], &[Error(C)], 8);
    when(state_8(1), Hear("00 01 63"), &[], &[Error(D)], 8);
}

#[test]
fn state_8_dm_is_error_b_or_e_and_re_establishes() {
    when(state_8(0), Hear("00 01 1f"), &["00 01 7f"], &[Error(B)], 5);
    when(state_8(0), Hear("00 01 0f"), &["00 01 7f"], &[Error(E)], 5);
}

#[test]
fn state_8_frmr_is_error_k_and_re_establishes() {
    when(state_8(1), Hear("00 01 97 00 00 00 00 01"), &["00 01 7f"], &[Error(K)], 5);
}

#[test]
fn state_8_delivers_ui_and_passes_over_xid() {
    let rig = when(state_8(1), Hear("02 01 03 31 32"), &[], &[], 8);
    assert_eq!(rig.unit_data, [[0x31, 0x32]]);
    when(rig, Hear("02 01 bf 82 80 00 00"), &[], &[], 8);
}

// I frames.

#[test]
fn state_8_i_frame_in_sequence_is_delivered_and_acknowledged_by_rr() {
    let rig = when(state_8(1).then(Send), Hear("02 01 00 00 31"), &["02 01 01 02"], &[], 8);
    assert_eq!(rig.data, [[0x31]]);
    let rig = when(state_8(1), Hear("02 01 00 01 31"), &["02 01 01 03"], &[], 8);
    assert_eq!(rig.data, [[0x31]]);
}

#[test]
fn state_8_gap_is_answered_by_one_rej() {
    let rig = when(state_8(1), Hear("02 01 04 00 33"), &["02 01 09 00"], &[], 8);
    let rig = when(rig, Hear("02 01 06 00 34"), &[], &[], 8);
    when(rig, Hear("02 01 06 01 34"), &["02 01 01 01"], &[], 8);
    when(state_8(1), Hear("02 01 04 01 33"), &["02 01 09 01"], &[], 8);
}

#[test]
fn state_8_n_r_of_an_i_frame_acknowledges_but_does_not_end_recovery() {
    let mut rig = state_8(2);
    rig.pass(Frames::from_ms(400));
    let rig = when(rig, Hear("02 01 00 04 31"), &["02 01 01 02"], &[], 8);
    assert_eq!((rig.link.queued(), rig.timer_ms()), (0, Some(600)));
}

#[test]
fn state_8_i_frame_with_a_wrong_n_r_is_delivered_and_is_error_j() {
    let rig = when(state_8(1), Hear("02 01 00 04 31"), &["00 01 7f"], &[Error(J)], 5);
    assert_eq!(rig.data, [[0x31]]);
}

// Supervisory frames.

/// Three I frames are outstanding; a supervisory frame acknowledges the first.
fn acknowledged(
    octets: &'static str,
    says: &[&str],
    told: &[tandem_isdn::q921::LinkEvent],
    state: u8,
) -> Rig {
    let mut rig = state_8(3);
    rig.pass(Frames::from_ms(400));
    let rig = when(rig, Hear(octets), says, told, state);
    assert_eq!(rig.link.queued(), 2);
    rig
}

#[test]
fn state_8_answer_to_the_enquiry_ends_recovery_and_sends_the_rest_again() {
    for octets in ["00 01 01 03", "00 01 09 03"] {
        let rig = acknowledged(octets, &["00 01 02 00 aa", "00 01 04 00 aa"], &[], 7);
        assert_eq!(rig.timer_ms(), Some(1_000));
    }
    let rig = when(state_8(0), Hear("00 01 01 01"), &[], &[], 7);
    assert_eq!(rig.timer_ms(), Some(10_000));
}

#[test]
fn state_8_supervisory_frames_that_are_no_answer_acknowledge_and_stay() {
    for octets in ["02 01 01 02", "00 01 01 02", "02 01 09 02", "00 01 09 02"] {
        let rig = acknowledged(octets, &[], &[], 8);
        assert_eq!(rig.timer_ms(), Some(600), "T200 is left alone");
    }
    for octets in ["02 01 05 02", "00 01 05 02"] {
        let rig = acknowledged(octets, &[], &[PeerBusy(true)], 8);
        assert_eq!(rig.timer_ms(), Some(600));
    }
}

#[test]
fn state_8_supervisory_command_with_p_1_is_answered_with_f_1() {
    for octets in ["02 01 01 03", "02 01 09 03"] {
        acknowledged(octets, &["02 01 01 01"], &[], 8);
    }
    acknowledged("02 01 05 03", &["02 01 01 01"], &[PeerBusy(true)], 8);
}

#[test]
fn state_8_rnr_answer_to_the_enquiry_ends_recovery_and_holds_i_frames_back() {
    let rig = acknowledged("00 01 05 03", &[], &[PeerBusy(true)], 7);
    assert_eq!(rig.timer_ms(), Some(1_000));
    let rig = when(rig, Expiry, &["00 01 01 01"], &[], 8);
    let again = ["00 01 02 00 aa", "00 01 04 00 aa"];
    when(rig, Hear("00 01 01 03"), &again, &[PeerBusy(false)], 7);
}

#[test]
fn state_8_far_end_that_stays_busy_is_asked_every_t200_for_ever() {
    let mut rig = state_8(1);
    for _ in 0..50 {
        rig = rig.then(Hear("00 01 05 01"));
        rig = when(rig, Expiry, &["00 01 01 01"], &[], 8);
    }
}

#[test]
fn state_8_late_acknowledgement_of_what_was_to_be_sent_again_is_no_error() {
    let rig = when(state_8(3), Hear("00 01 05 01"), &[], &[PeerBusy(true)], 7);
    assert_eq!((rig.link.outstanding(), rig.link.queued()), (0, 3));
    when(rig, Hear("00 01 01 04"), &["00 01 04 00 aa"], &[PeerBusy(false)], 7);
}

#[test]
fn state_8_supervisory_frame_with_a_wrong_n_r_is_error_j() {
    for octets in ["02 01 01 04", "00 01 01 fe", "00 01 01 05", "02 01 09 04", "00 01 09 05"] {
        when(state_8(1), Hear(octets), &["00 01 7f"], &[Error(J)], 5);
    }
    let told = [PeerBusy(true), Error(J), PeerBusy(false)];
    when(state_8(1), Hear("00 01 05 05"), &["00 01 7f"], &told, 5);
    when(state_8(1), Hear("02 01 05 04"), &["00 01 7f"], &told, 5);
}

// Frames that cannot be understood.

#[test]
fn state_8_frames_that_cannot_be_understood_are_told_and_re_establish() {
    when(state_8(0), Hear("02 01 ef"), &["00 01 7f"], &[Error(L)], 5);
    when(state_8(0), Hear("02 01 7f 00"), &["00 01 7f"], &[Error(M)], 5);
    when(state_8(0), Hear("00 01 97 00"), &["00 01 7f"], &[Error(N)], 5);
    for control in [&[0x00, 0x00][..], &[0x03]] {
        let mut rig = state_8(0);
        rig.hear_octets(&[&[0x02, 0x01][..], control, &[0x55; 261]].concat());
        when(rig, Ready, &["00 01 7f"], &[Error(O)], 5);
    }
}
