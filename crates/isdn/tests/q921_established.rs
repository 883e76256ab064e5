//! State 7, multiple frame established (figures B.7 and B.9/Q.921).
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{Busy, Establish, Expiry, Hear, LineBack, LineLost, Ready, Release, Send, SendUnit};
use rig::{Rig, state_7, when};
use tandem_isdn::q921::Establishment::{Confirmed, Reset};
use tandem_isdn::q921::LinkEvent::{Error, Established, PeerBusy, Released};
use tandem_isdn::q921::MdlError::{A, B, C, D, E, F, J, K, L, M, N, O};
use tandem_isdn::q921::Release as Why;
use tandem_types::Frames;

/// So many frames of the far end have been received and acknowledged.
fn received(count: usize) -> Rig {
    let frames = ["02 01 00 00 31", "02 01 02 00 32", "02 01 04 00 33"];
    frames.into_iter().take(count).fold(state_7(0), |rig, frame| rig.then(Hear(frame)))
}

// Requests.

#[test]
fn state_7_establish_request_gives_up_what_waits_and_re_establishes() {
    let rig = when(state_7(2).then(Send), Establish, &["00 01 7f"], &[], 5);
    assert_eq!((rig.link.queued(), rig.timer_ms()), (0, Some(1_000)));
    when(rig, Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
}

#[test]
fn state_7_release_request_gives_up_what_waits_and_sends_disc() {
    let rig = when(state_7(2), Release, &["00 01 53"], &[], 6);
    assert_eq!((rig.link.queued(), rig.timer_ms()), (0, Some(1_000)));
}

#[test]
fn state_7_data_request_is_sent_with_t200_in_place_of_t203() {
    let rig = when(state_7(0), Send, &["00 01 00 00 aa"], &[], 7);
    assert_eq!(rig.timer_ms(), Some(1_000));
    when(rig, Send, &["00 01 02 00 aa"], &[], 7);
}

#[test]
fn state_7_second_i_frame_does_not_start_t200_again() {
    let mut rig = state_7(1);
    rig.pass(Frames::from_ms(400));
    let rig = when(rig, Send, &["00 01 02 00 aa"], &[], 7);
    assert_eq!(rig.timer_ms(), Some(600));
}

#[test]
fn state_7_eighth_i_frame_waits_until_the_window_opens() {
    let rig = when(state_7(7), Send, &[], &[], 7);
    when(rig, Hear("00 01 01 02"), &["00 01 0e 00 aa"], &[], 7);
}

#[test]
fn state_7_unit_data_is_sent() {
    when(state_7(7), SendUnit, &["00 01 03 bb"], &[], 7);
}

#[test]
fn state_7_receiver_busy_sends_rnr_and_ready_sends_rr() {
    let rig = when(received(1), Busy, &["02 01 05 02"], &[], 7);
    let rig = when(rig, Busy, &[], &[], 7);
    let rig = when(rig, Ready, &["02 01 01 02"], &[], 7);
    when(rig, Ready, &[], &[], 7);
}

#[test]
fn state_7_busy_receiver_keeps_nothing_and_answers_a_poll_with_rnr() {
    let rig = when(state_7(0).then(Busy), Hear("02 01 00 00 31"), &[], &[], 7);
    let rig = when(rig, Hear("02 01 00 01 31"), &["02 01 05 01"], &[], 7);
    assert_eq!((rig.data.len(), rig.link.counters().discarded.receiver_busy), (0, 2));
    let mut rig = when(rig, Ready, &["02 01 01 00"], &[], 7);
    rig.hear("02 01 00 00 31");
    assert_eq!(rig.data, [[0x31]]);
}

#[test]
fn state_7_busy_receiver_takes_acknowledgements_of_i_frames() {
    let rig = when(state_7(1).then(Busy), Hear("02 01 00 02 31"), &[], &[], 7);
    assert_eq!(rig.link.queued(), 0);
}

#[test]
fn state_7_line_lost_releases() {
    let rig = when(state_7(2), LineLost, &[], &[Released(Why::LineLost)], 4);
    assert_eq!((rig.link.queued(), rig.link.poll_timeout()), (0, None));
    when(state_7(0), LineBack, &[], &[], 7);
}

// Timers.

#[test]
fn state_7_t200_expiry_enquires_and_enters_recovery() {
    let rig = when(state_7(1), Expiry, &["00 01 01 01"], &[], 8);
    assert_eq!(rig.timer_ms(), Some(1_000));
    when(state_7(1).then(Busy), Expiry, &["00 01 05 01"], &[], 8);
}

#[test]
fn state_7_t203_expiry_enquires_and_enters_recovery() {
    let rig = state_7(0);
    assert_eq!(rig.timer_ms(), Some(10_000));
    let rig = when(rig, Expiry, &["00 01 01 01"], &[], 8);
    assert_eq!(rig.timer_ms(), Some(1_000));
}

#[test]
fn state_7_every_frame_that_acknowledges_all_starts_t203_again() {
    for octets in ["02 01 00 00 31", "02 01 01 00", "00 01 01 00", "02 01 09 00"] {
        let mut rig = state_7(0);
        rig.pass(Frames::from_seconds(7));
        rig.hear(octets);
        assert_eq!(rig.timer_ms(), Some(10_000), "{octets}");
    }
}

// Unnumbered frames.

#[test]
fn state_7_sabme_is_error_f_and_told_to_layer_3_only_if_messages_are_lost() {
    when(received(2), Hear("02 01 7f"), &["02 01 73"], &[Error(F)], 7);
    let rig =
        when(state_7(2).then(Send), Hear("02 01 6f"), &["02 01 63"], &[Error(F), Established(Reset)], 7);
    assert_eq!((rig.link.counters().messages.given_up, rig.timer_ms()), (3, Some(10_000)));
}

#[test]
fn state_7_sabme_sets_the_sequence_numbers_to_0() {
    let mut rig = received(2).then(Hear("02 01 7f"));
    rig.hear("02 01 00 00 41");
    assert_eq!(rig.data, [[0x41]]);
    when(rig, Send, &["00 01 00 02 aa"], &[], 7);
}

#[test]
fn state_7_sabme_leaves_a_busy_receiver_busy() {
    when(state_7(0).then(Busy), Hear("02 01 7f"), &["02 01 73", "02 01 05 00"], &[Error(F)], 7);
}

#[test]
fn state_7_disc_is_answered_by_ua_and_releases() {
    let rig = when(state_7(2), Hear("02 01 53"), &["02 01 73"], &[Released(Why::ByFarEnd)], 4);
    assert_eq!((rig.link.queued(), rig.link.poll_timeout()), (0, None));
    when(state_7(0), Hear("02 01 43"), &["02 01 63"], &[Released(Why::ByFarEnd)], 4);
}

#[test]
fn state_7_ua_is_error_c_or_d() {
    when(state_7(0), Hear("00 01 73"), &[], &[Error(C)], 7);
    when(state_7(0), Hear("00 01 63"), &[], &[Error(D)], 7);
}

#[test]
fn state_7_dm_with_f_1_is_error_b_and_with_f_0_error_e_and_re_establishes() {
    when(state_7(0), Hear("00 01 1f"), &[], &[Error(B)], 7);
    when(state_7(0), Hear("00 01 0f"), &["00 01 7f"], &[Error(E)], 5);
}

#[test]
fn state_7_frmr_is_error_k_and_re_establishes() {
    for octets in ["00 01 97 00 00 00 00 01", "00 01 87 00 00 00 00 01"] {
        when(state_7(0), Hear(octets), &["00 01 7f"], &[Error(K)], 5);
    }
}

#[test]
fn state_7_delivers_ui_and_passes_over_xid() {
    let rig = when(state_7(0), Hear("02 01 03 31 32"), &[], &[], 7);
    assert_eq!(rig.unit_data, [[0x31, 0x32]]);
    let rig = when(rig, Hear("02 01 bf 82 80 00 00"), &[], &[], 7);
    when(rig, Hear("00 01 bf"), &[], &[], 7);
}

// I frames.

#[test]
fn state_7_i_frame_in_sequence_is_delivered_and_acknowledged() {
    let rig = when(state_7(0), Hear("02 01 00 00 31 32 33"), &["02 01 01 02"], &[], 7);
    assert_eq!(rig.data, [[0x31, 0x32, 0x33]]);
}

#[test]
fn state_7_acknowledgement_rides_on_an_i_frame_that_waits() {
    let mut rig = state_7(0);
    rig.hear("02 01 00 00 31");
    when(rig, Send, &["00 01 00 02 aa"], &[], 7);
}

#[test]
fn state_7_one_rr_acknowledges_all_that_came_meanwhile() {
    let mut rig = state_7(0);
    rig.hear("02 01 00 00 31");
    rig.hear("02 01 02 00 32");
    rig.hear("02 01 04 00 33");
    assert_eq!(rig.says(), ["02 01 01 06"]);
    assert_eq!(rig.data, [[0x31], [0x32], [0x33]]);
}

#[test]
fn state_7_i_frame_with_p_1_is_answered_with_f_1() {
    let rig = when(state_7(0), Hear("02 01 00 01 31"), &["02 01 01 03"], &[], 7);
    assert_eq!(rig.data, [[0x31]]);
}

#[test]
fn state_7_gap_is_answered_by_one_rej() {
    let rig = when(received(1), Hear("02 01 04 00 33"), &["02 01 09 02"], &[], 7);
    let rig = when(rig, Hear("02 01 06 00 34"), &[], &[], 7);
    let rig = when(rig, Hear("02 01 08 01 35"), &["02 01 01 03"], &[], 7);
    assert_eq!((rig.data.len(), rig.link.counters().discarded.out_of_sequence), (0, 3));
    let rig = when(rig, Hear("02 01 02 00 32"), &["02 01 01 04"], &[], 7);
    assert_eq!(rig.data, [[0x32]]);
    when(rig, Hear("02 01 06 00 34"), &["02 01 09 04"], &[], 7);
}

#[test]
fn state_7_gap_with_p_1_is_answered_by_rej_with_f_1() {
    when(state_7(0), Hear("02 01 02 01 32"), &["02 01 09 01"], &[], 7);
}

#[test]
fn state_7_frame_received_twice_is_delivered_once() {
    let rig = when(received(1), Hear("02 01 00 00 31"), &["02 01 09 02"], &[], 7);
    assert_eq!(rig.data.len(), 0);
}

#[test]
fn state_7_n_r_of_an_out_of_sequence_i_frame_counts() {
    let rig = when(state_7(2), Hear("02 01 02 02 32"), &["02 01 09 00"], &[], 7);
    assert_eq!(rig.link.queued(), 1);
}

#[test]
fn state_7_i_frame_acknowledging_all_stops_t200_some_restarts_it_and_none_leaves_it() {
    for (octets, expected) in [("02 01 00 04 31", 10_000), ("02 01 00 02 31", 1_000), ("02 01 00 00 31", 600)]
    {
        let mut rig = state_7(2);
        rig.pass(Frames::from_ms(400));
        rig.hear(octets);
        assert_eq!(rig.timer_ms(), Some(expected), "{octets}");
    }
}

#[test]
fn state_7_i_frame_with_a_wrong_n_r_is_delivered_and_is_error_j() {
    let rig = when(state_7(1), Hear("02 01 00 04 31"), &["00 01 7f"], &[Error(J)], 5);
    assert_eq!(rig.data, [[0x31]]);
}

#[test]
fn state_7_sequence_numbers_begin_again_after_127() {
    let mut rig = state_7(0);
    for number in 0_u8..=255 {
        let (ns, nr) = (number % 128 * 2, (number.wrapping_add(1) % 128) * 2);
        rig.hear_octets(&[0x02, 0x01, ns, ns, number]);
        rig = when(rig, Send, &[&format!("00 01 {ns:02x} {nr:02x} aa")], &[], 7);
    }
    assert_eq!(rig.data.len(), 256);
}

// Supervisory frames.

#[test]
fn state_7_rr_acknowledging_all_stops_t200_some_restarts_it_and_none_leaves_it() {
    for (octets, expected) in [("02 01 01 04", 10_000), ("00 01 01 02", 1_000), ("02 01 01 00", 600)] {
        let mut rig = state_7(2);
        rig.pass(Frames::from_ms(400));
        rig.hear(octets);
        assert_eq!(rig.timer_ms(), Some(expected), "{octets}");
    }
}

#[test]
fn state_7_supervisory_command_with_p_1_is_answered_by_rr_with_f_1() {
    for octets in ["02 01 01 01", "02 01 09 01"] {
        when(received(0), Hear(octets), &["02 01 01 01"], &[], 7);
    }
    when(received(2), Hear("02 01 05 01"), &["02 01 01 05"], &[PeerBusy(true)], 7);
    when(received(1).then(Busy), Hear("02 01 01 01"), &["02 01 05 03"], &[], 7);
}

#[test]
fn state_7_supervisory_command_with_p_0_is_not_answered() {
    when(state_7(0), Hear("02 01 01 00"), &[], &[], 7);
    when(state_7(0), Hear("02 01 09 00"), &[], &[], 7);
    when(state_7(0), Hear("02 01 05 00"), &[], &[PeerBusy(true)], 7);
}

#[test]
fn state_7_supervisory_response_with_f_1_is_error_a() {
    when(state_7(0), Hear("00 01 01 01"), &[], &[Error(A)], 7);
    when(state_7(0), Hear("00 01 09 01"), &[], &[Error(A)], 7);
    when(state_7(0), Hear("00 01 05 01"), &[], &[PeerBusy(true), Error(A)], 7);
}

#[test]
fn state_7_rej_sends_everything_from_n_r_on_again_unchanged() {
    for octets in ["02 01 09 02", "00 01 09 02"] {
        let again = ["00 01 02 00 aa", "00 01 04 00 aa"];
        let rig = when(state_7(3), Hear(octets), &again, &[], 7);
        let counters = rig.link.counters();
        assert_eq!((counters.retransmitted_frames, counters.retransmitted_octets), (2, 2));
        assert_eq!(rig.timer_ms(), Some(1_000));
    }
    when(state_7(1), Hear("02 01 09 01"), &["02 01 01 01", "00 01 00 00 aa"], &[], 7);
}

#[test]
fn state_7_rnr_holds_i_frames_back_until_rr_or_rej() {
    for octets in ["02 01 05 00", "00 01 05 00"] {
        let rig = when(state_7(0), Hear(octets), &[], &[PeerBusy(true)], 7);
        assert_eq!(rig.timer_ms(), Some(1_000), "T200 in place of T203");
        let rig = when(rig, Send, &[], &[], 7);
        when(rig, Hear("00 01 01 00"), &["00 01 00 00 aa"], &[PeerBusy(false)], 7);
    }
    let rig = state_7(1).then(Hear("02 01 05 00"));
    when(rig, Hear("00 01 09 00"), &["00 01 00 00 aa"], &[PeerBusy(false)], 7);
}

#[test]
fn state_7_rnr_acknowledges() {
    let rig = when(state_7(2), Hear("02 01 05 04"), &[], &[PeerBusy(true)], 7);
    assert_eq!(rig.link.queued(), 0);
}

#[test]
fn state_7_i_frame_of_a_busy_far_end_acknowledges_and_leaves_t200() {
    let mut rig = state_7(1).then(Hear("02 01 05 00"));
    rig.pass(Frames::from_ms(400));
    rig.hear("02 01 00 02 31");
    assert_eq!((rig.link.queued(), rig.timer_ms()), (0, Some(600)));
}

#[test]
fn state_7_supervisory_frame_with_a_wrong_n_r_is_error_j() {
    for octets in ["02 01 01 04", "00 01 01 fe", "02 01 09 04", "00 01 09 fe"] {
        when(state_7(1), Hear(octets), &["00 01 7f"], &[Error(J)], 5);
    }
    let told = [PeerBusy(true), Error(J), PeerBusy(false)];
    when(state_7(1), Hear("02 01 05 04"), &["00 01 7f"], &told, 5);
}

#[test]
fn state_7_answer_to_a_poll_precedes_re_establishment() {
    when(state_7(0), Hear("02 01 01 03"), &["02 01 01 01", "00 01 7f"], &[Error(J)], 5);
}

// Frames that cannot be understood.

#[test]
fn state_7_undefined_control_field_is_error_l_and_re_establishes() {
    for octets in ["02 01 ef", "02 01 0d 00", "02 01 11 00", "00 01 8b"] {
        when(state_7(0), Hear(octets), &["00 01 7f"], &[Error(L)], 5);
    }
}

#[test]
fn state_7_information_that_is_not_permitted_is_error_m_and_re_establishes() {
    for octets in
        ["02 01 7f 00", "02 01 53 00", "00 01 73 00", "00 01 1f 00", "02 01 01 00 00", "00 01 09 00 00"]
    {
        when(state_7(0), Hear(octets), &["00 01 7f"], &[Error(M)], 5);
    }
}

#[test]
fn state_7_frmr_of_wrong_size_is_error_n_and_re_establishes() {
    for octets in ["00 01 97", "00 01 97 00 00 00 00", "00 01 97 00 00 00 00 01 00"] {
        when(state_7(0), Hear(octets), &["00 01 7f"], &[Error(N)], 5);
    }
}

#[test]
fn state_7_information_longer_than_n201_is_error_o_and_re_establishes() {
    for control in [&[0x00, 0x00][..], &[0x03]] {
        let mut rig = state_7(0);
        rig.hear_octets(&[&[0x02, 0x01][..], control, &[0x55; 260]].concat());
        assert_eq!((rig.data.len() + rig.unit_data.len(), rig.tells().len()), (1, 0));
        let mut rig = state_7(0);
        rig.hear_octets(&[&[0x02, 0x01][..], control, &[0x55; 261]].concat());
        assert_eq!(rig.data.len() + rig.unit_data.len(), 0);
        when(rig, Ready, &["00 01 7f"], &[Error(O)], 5);
    }
}
