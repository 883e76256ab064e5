//! State 5, awaiting establishment, with its three purposes: 5.0 layer 3 asked for the link, 5.1 the data link layer
//! re-establishes, 5.2 to be released at once (figures B.5 and B.9/Q.921, table D.1).
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{
    self, Busy, Establish, Expiry, Hear, LineBack, LineLost, Ready, Release, Send, SendUnit,
};
use rig::{Rig, numbered, state_5_0, state_5_1, state_5_2, when};
use tandem_isdn::q921::Establishment::{Confirmed, Reset};
use tandem_isdn::q921::LinkEvent::{Error, Established, Released};
use tandem_isdn::q921::MdlError::{D, G, L, M, N, O};
use tandem_isdn::q921::{Release as Why, SendError};

/// 5.0, 5.1 without outstanding I frames, and 5.2.
fn states() -> [fn() -> Rig; 3] {
    [state_5_0, || state_5_1(0), state_5_2]
}

#[test]
fn state_5_0_establish_request_asks_for_nothing_new() {
    let rig = when(state_5_0(), Establish, &[], &[], 5);
    when(rig, Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
}

#[test]
fn state_5_1_establish_request_becomes_layer_3s() {
    let rig = when(state_5_1(1).then(Send), Establish, &[], &[], 5);
    assert_eq!(rig.link.queued(), 0);
    when(rig, Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
}

#[test]
fn state_5_2_establish_request_takes_the_release_back() {
    let rig = when(state_5_2(), Establish, &[], &[], 5);
    when(rig, Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
}

#[test]
fn state_5_release_request_waits_for_ua_and_then_sends_disc() {
    for rig in states() {
        let rig = when(rig(), Release, &[], &[], 5);
        let rig = when(rig, Hear("00 01 73"), &["00 01 53"], &[], 6);
        assert_eq!(rig.timer_ms(), Some(1_000));
        when(rig, Hear("00 01 73"), &[], &[Released(Why::Confirmed)], 4);
    }
}

#[test]
fn state_5_data_request_is_queued_while_the_data_link_layer_re_establishes_and_refused_otherwise() {
    for rig in [state_5_0, state_5_2] {
        let mut rig = rig();
        assert_eq!(rig.link.send(rig.now, &[1]), Err(SendError::NotEstablished));
    }
    let rig = when(state_5_1(0), Send, &[], &[], 5);
    when(rig, Hear("00 01 73"), &["00 01 00 00 aa"], &[], 7);
}

#[test]
fn state_5_unit_data_is_sent() {
    states().into_iter().for_each(|rig| drop(when(rig(), SendUnit, &["00 01 03 bb"], &[], 5)));
}

#[test]
fn state_5_receiver_status_is_told_when_the_link_is_up() {
    for rig in states() {
        when(when(rig(), Busy, &[], &[], 5), Ready, &[], &[], 5);
    }
    let rig = when(state_5_0(), Busy, &[], &[], 5);
    when(rig, Hear("00 01 73"), &["02 01 05 00"], &[Established(Confirmed)], 7);
}

#[test]
fn state_5_line_lost_releases_and_confirms_a_release_that_was_asked_for() {
    for (rig, why) in
        [(state_5_0(), Why::LineLost), (state_5_1(1), Why::LineLost), (state_5_2(), Why::Confirmed)]
    {
        let rig = when(rig, LineLost, &[], &[Released(why)], 4);
        assert_eq!((rig.link.poll_timeout(), rig.link.queued()), (None, 0));
    }
}

#[test]
fn state_5_line_back_without_loss_changes_nothing() {
    states().into_iter().for_each(|rig| drop(when(rig(), LineBack, &[], &[], 5)));
}

#[test]
fn state_5_sabme_is_repeated_three_times_and_then_given_up_with_error_g() {
    for (rig, why) in
        [(state_5_0(), Why::NoAnswer), (state_5_1(1), Why::NoAnswer), (state_5_2(), Why::Confirmed)]
    {
        let mut rig = rig;
        for _ in 0..3 {
            assert_eq!(rig.timer_ms(), Some(1_000));
            rig = when(rig, Expiry, &["00 01 7f"], &[], 5);
        }
        let rig = when(rig, Expiry, &[], &[Error(G), Released(why)], 4);
        assert_eq!((rig.link.poll_timeout(), rig.link.queued()), (None, 0));
    }
}

#[test]
fn state_5_runs_no_t203() {
    for rig in states() {
        let mut rig = rig();
        rig.pass(tandem_types::Frames::from_seconds(60));
        assert_eq!(rig.says(), ["00 01 7f"], "only T200 was running");
    }
}

#[test]
fn state_5_sabme_is_answered_by_ua_and_each_end_waits_for_its_own() {
    for rig in states() {
        when(rig(), Hear("02 01 7f"), &["02 01 73"], &[], 5);
        when(rig(), Hear("02 01 6f"), &["02 01 63"], &[], 5);
    }
}

#[test]
fn state_5_disc_is_answered_by_dm() {
    for rig in states() {
        when(rig(), Hear("02 01 53"), &["02 01 1f"], &[], 5);
        when(rig(), Hear("02 01 43"), &["02 01 0f"], &[], 5);
    }
}

#[test]
fn state_5_0_ua_confirms_the_establishment_and_starts_t203() {
    let rig = when(state_5_0(), Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
    assert_eq!(rig.timer_ms(), Some(10_000));
}

#[test]
fn state_5_1_ua_is_told_only_if_messages_are_lost() {
    when(state_5_1(0), Hear("00 01 73"), &[], &[], 7);
    let rig = when(state_5_1(2).then(Send), Hear("00 01 73"), &[], &[Established(Reset)], 7);
    assert_eq!(rig.link.counters().messages.given_up, 3, "two sent, one waiting");
    assert_eq!(rig.timer_ms(), Some(10_000));
}

#[test]
fn state_5_2_ua_sends_disc() {
    when(state_5_2(), Hear("00 01 73"), &["00 01 53"], &[], 6);
}

#[test]
fn state_5_ua_with_f_0_is_error_d() {
    states().into_iter().for_each(|rig| drop(when(rig(), Hear("00 01 63"), &[], &[Error(D)], 5)));
}

#[test]
fn state_5_dm_with_f_1_releases_and_with_f_0_does_nothing() {
    for (rig, why) in
        [(state_5_0(), Why::Refused), (state_5_1(1), Why::Refused), (state_5_2(), Why::Confirmed)]
    {
        let rig = when(rig, Hear("00 01 0f"), &[], &[], 5);
        let rig = when(rig, Hear("00 01 1f"), &[], &[Released(why)], 4);
        assert_eq!((rig.link.poll_timeout(), rig.link.queued()), (None, 0));
    }
}

#[test]
fn state_5_delivers_ui_and_passes_over_xid_and_frmr() {
    for rig in states() {
        let rig = when(rig(), Hear("02 01 13 31 32"), &[], &[], 5);
        assert_eq!(rig.unit_data, [[0x31, 0x32]]);
        let rig = when(rig, Hear("02 01 bf 82 80 00 00"), &[], &[], 5);
        when(rig, Hear("00 01 97 00 00 00 00 01"), &[], &[], 5);
    }
}

#[test]
fn state_5_passes_over_numbered_frames() {
    for rig in states() {
        for octets in numbered() {
            assert_eq!(when(rig(), Hear(octets), &[], &[], 5).data.len(), 0);
        }
    }
}

#[test]
fn state_5_tells_frames_that_cannot_be_understood() {
    let long = |control: &[u8]| [&[0x02, 0x01][..], control, &[0; 261]].concat();
    for rig in states() {
        when(rig(), Hear("02 01 ef"), &[], &[Error(L)], 5);
        when(rig(), Hear("02 01 01 00 00"), &[], &[Error(M)], 5);
        when(rig(), Hear("00 01 97 00"), &[], &[Error(N)], 5);
        for octets in [long(&[0x03]), long(&[0, 0])] {
            let mut rig = rig();
            rig.hear_octets(&octets);
            rig = when(rig, Ready, &[], &[Error(O)], 5);
            drop(rig);
        }
    }
}

#[test]
fn messages_queued_while_re_establishing_follow_the_ua_in_order() {
    let stimuli: [Stimulus; 3] = [Send, Send, Send];
    let rig = stimuli.into_iter().fold(state_5_1(0), |rig, stimulus| when(rig, stimulus, &[], &[], 5));
    let frames = ["00 01 00 00 aa", "00 01 02 00 aa", "00 01 04 00 aa"];
    when(rig, Hear("00 01 73"), &frames, &[], 7);
}
