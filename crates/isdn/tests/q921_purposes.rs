//! Test purposes of published suites, each by its number: those of the layer 2 framework suites for basic access and for
//! V5 that use the numbering of the ETSI suites for LAPD.
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::{Establish, Expiry, Hear, Send};
use rig::{state_4, state_5_0, state_7, when};
use tandem_isdn::q921::Establishment::{ByFarEnd, Confirmed};
use tandem_isdn::q921::LinkEvent::{Error, Established};
use tandem_isdn::q921::MdlError::F;

/// TC11S__01: a received SABME is answered with UA, and the link is established.
#[test]
fn tc11s_01_sabme_is_answered_with_ua() {
    when(state_4(), Hear("02 01 7f"), &["02 01 73"], &[Established(ByFarEnd)], 7);
}

/// TC15S__02: a frame that is too short is discarded; I frames are exchanged afterwards.
#[test]
fn tc15s_02_too_short_frame_is_discarded() {
    let rig = when(state_7(0), Hear("02 01"), &[], &[], 7);
    let rig = when(rig, Hear("02 01 00 00 31"), &["02 01 01 02"], &[], 7);
    when(rig, Send, &["00 01 00 02 aa"], &[], 7);
}

/// TC21S__01: an RR command with P=1 is answered with an RR response.
#[test]
fn tc21s_01_rr_command_is_answered_with_rr_response() {
    when(state_7(0), Hear("02 01 01 01"), &["02 01 01 01"], &[], 7);
}

/// TC22S__01: after a REJ response the I frame with N(S)=N(R) is sent again.
#[test]
fn tc22s_01_rej_response_has_the_i_frame_sent_again() {
    when(state_7(1), Hear("00 01 09 00"), &["00 01 00 00 aa"], &[], 7);
}

/// TC23S5001: in state 5, SABME with P=1 is answered with UA with F=1.
#[test]
fn tc23s5001_sabme_in_state_5_is_answered_with_ua() {
    let rig = when(state_5_0(), Hear("02 01 7f"), &["02 01 73"], &[], 5);
    when(rig, Hear("00 01 73"), &[], &[Established(Confirmed)], 7);
}

/// TC23S7001: in state 7, an RR command with P=1 is answered with an RR response with F=1, and the state stays.
#[test]
fn tc23s7001_rr_command_in_state_7_is_answered_with_f_1() {
    when(state_7(1), Hear("02 01 01 01"), &["02 01 01 01"], &[], 7);
}

/// TC23S7102: an I frame with P=1 is answered with an RR response with F=1.
#[test]
fn tc23s7102_i_frame_with_p_1_is_answered_with_f_1() {
    when(state_7(0), Hear("02 01 00 01 31"), &["02 01 01 03"], &[], 7);
}

/// TC23S8002: in state 8, an RR response with F=1 leads to state 7.
#[test]
fn tc23s8002_rr_response_with_f_1_ends_recovery() {
    let rig = when(state_7(1), Expiry, &["00 01 01 01"], &[], 8);
    when(rig, Hear("00 01 01 03"), &[], &[], 7);
}

/// TC24S7001: in state 7, SABME with P=1 is answered with UA with F=1.
#[test]
fn tc24s7001_sabme_in_state_7_is_answered_with_ua() {
    when(state_7(0), Hear("02 01 7f"), &["02 01 73"], &[Error(F)], 7);
}

/// TC26S5001: on expiry of T200, SABME with P=1 is repeated.
#[test]
fn tc26s5001_sabme_is_repeated_on_expiry_of_t200() {
    let rig = when(state_4(), Establish, &["00 01 7f"], &[], 5);
    when(rig, Expiry, &["00 01 7f"], &[], 5);
}
