//! Frames as octets (Q.921 §2 and §3).
#[path = "common/rig.rs"]
mod rig;

use rig::Stimulus::Hear;
use rig::{hex, octets_of, state_7, when};
use tandem_isdn::Side::{self, Network, User};
use tandem_isdn::q921::Control::{self, Disc, Dm, Frmr, I, Rej, Rnr, Rr, Sabme, Ua, Ui, Xid};
use tandem_isdn::q921::{Frame, FrameKind, Invalid, Rejection, Repr};

fn repr(command: bool, control: Control, information: &[u8]) -> Repr<'_> {
    Repr { sapi: 0, tei: 0, command, control, information }
}

fn emitted(repr: &Repr<'_>, sender: Side) -> String {
    let mut octets = [0; 300];
    let length = repr.emit(sender, &mut octets).expect("it fits");
    assert_eq!(length, repr.buffer_len());
    hex(&octets[..length])
}

#[test]
fn control_fields_are_those_of_table_5() {
    let frmr = [0, 0, 0, 0, 1];
    for (repr, octets) in [
        (repr(true, I { ns: 5, nr: 9, p: true }, &[0xab]), "02 01 0a 13 ab"),
        (repr(true, Rr { nr: 127, pf: false }, &[]), "02 01 01 fe"),
        (repr(false, Rr { nr: 127, pf: true }, &[]), "00 01 01 ff"),
        (repr(true, Rnr { nr: 1, pf: true }, &[]), "02 01 05 03"),
        (repr(false, Rej { nr: 64, pf: false }, &[]), "00 01 09 80"),
        (repr(true, Sabme { p: true }, &[]), "02 01 7f"),
        (repr(true, Sabme { p: false }, &[]), "02 01 6f"),
        (repr(false, Dm { f: true }, &[]), "00 01 1f"),
        (repr(false, Dm { f: false }, &[]), "00 01 0f"),
        (repr(true, Ui { p: false }, &[1, 2]), "02 01 03 01 02"),
        (repr(true, Ui { p: true }, &[1, 2]), "02 01 13 01 02"),
        (repr(true, Disc { p: true }, &[]), "02 01 53"),
        (repr(true, Disc { p: false }, &[]), "02 01 43"),
        (repr(false, Ua { f: true }, &[]), "00 01 73"),
        (repr(false, Ua { f: false }, &[]), "00 01 63"),
        (repr(false, Frmr { f: true }, &frmr), "00 01 97 00 00 00 00 01"),
        (repr(false, Frmr { f: false }, &frmr), "00 01 87 00 00 00 00 01"),
        (repr(true, Xid { pf: true }, &[]), "02 01 bf"),
        (repr(false, Xid { pf: false }, &[]), "00 01 af"),
    ] {
        assert_eq!(emitted(&repr, Network), octets);
        let octets = octets_of(octets);
        let frame = Frame::new_checked(&octets).expect("a valid frame");
        assert_eq!(Repr::parse(&frame, Network), Ok(repr));
    }
}

#[test]
fn command_response_bit_depends_on_the_side_that_sends() {
    assert_eq!(emitted(&repr(true, Sabme { p: true }, &[]), Network), "02 01 7f");
    assert_eq!(emitted(&repr(true, Sabme { p: true }, &[]), User), "00 01 7f");
    assert_eq!(emitted(&repr(false, Ua { f: true }, &[]), Network), "00 01 73");
    assert_eq!(emitted(&repr(false, Ua { f: true }, &[]), User), "02 01 73");
}

#[test]
fn address_holds_any_sapi_and_tei() {
    for (sapi, tei, octets) in [(0, 0, "02 01 01 00"), (16, 64, "42 81 01 00"), (63, 127, "fe ff 01 00")] {
        let repr = Repr { sapi, tei, ..repr(true, Rr { nr: 0, pf: false }, &[]) };
        assert_eq!(emitted(&repr, Network), octets);
        let octets = octets_of(octets);
        let frame = Frame::new_checked(&octets).expect("a valid frame");
        assert_eq!((frame.sapi(), frame.tei()), (sapi, tei));
    }
}

#[test]
fn every_frame_that_can_be_read_is_written_as_it_was() {
    let mut read = 0;
    for octets in all_short_frames() {
        let Ok(frame) = Frame::new_checked(&octets) else { continue };
        for sender in [User, Network] {
            let Ok(repr) = Repr::parse(&frame, sender) else { continue };
            assert_eq!(emitted(&repr, sender), hex(&octets));
            read += 1;
        }
    }
    // Two C/R bits, two senders; I with and without information, S without, U as far as each may have any.
    assert_eq!(read, 2 * 2 * (128 * 256 * 2 + 3 * 256 + 4 * 2 + 2 * 2 * 3 + 2));
}

/// All control fields, C/R bits and lengths of information from nothing to five octets where they matter.
fn all_short_frames() -> impl Iterator<Item = Vec<u8>> {
    (0_u32..2 * 256 * 256 * 4).map(|n| {
        let (cr, first, second, length) = (n & 1, n >> 1 & 255, n >> 9 & 255, n >> 17 & 3);
        let mut octets = vec![(cr << 1) as u8, 0x01, first as u8];
        match (first & 3, length) {
            (3, 0) if second == 0 => {}
            (3, 1) if second == 0 => octets.push(0x80),
            (3, 2) if second == 0 => octets.extend([0; 5]),
            (3, _) => octets.clear(),
            (_, 0) => octets.push(second as u8),
            (_, 1) => octets.extend([second as u8, 0x80]),
            _ => octets.clear(),
        }
        octets
    })
}

#[test]
fn too_few_octets_are_no_frame() {
    for octets in ["", "02", "02 01", "02 01 00", "02 01 01", "02 01 05", "02 01 09"] {
        assert_eq!(Frame::new_checked(&octets_of(octets)), Err(Invalid::Short), "{octets}");
    }
}

#[test]
fn an_address_of_one_octet_or_three_is_no_frame() {
    for octets in ["03", "03 7f", "03 01 7f", "02 00 7f", "02 02 01 7f"] {
        assert_eq!(Frame::new_checked(&octets_of(octets)), Err(Invalid::Address), "{octets}");
    }
}

#[test]
fn undefined_control_fields_are_told_from_wrong_lengths() {
    for (octets, rejection) in [
        ("02 01 ef", Rejection::Undefined),
        ("02 01 ff 00", Rejection::Undefined),
        ("02 01 0d 00", Rejection::Undefined),
        ("02 01 f1 00", Rejection::Undefined),
        ("02 01 2f", Rejection::Undefined),
        ("02 01 7f 00", Rejection::InformationNotPermitted),
        ("02 01 01 00 00", Rejection::InformationNotPermitted),
        ("00 01 97", Rejection::WrongSize),
        ("00 01 97 00 00 00 00 01 00", Rejection::WrongSize),
    ] {
        let octets = octets_of(octets);
        let frame = Frame::new_checked(&octets).expect("a valid frame");
        assert_eq!(Repr::parse(&frame, Network), Err(rejection));
    }
}

#[test]
fn a_frame_that_does_not_fit_is_not_written() {
    let repr = repr(true, Ui { p: false }, &[1, 2, 3]);
    assert_eq!(repr.emit(User, &mut [0; 5]), None);
    assert_eq!(repr.emit(User, &mut [0; 6]), Some(6));
}

#[test]
fn frames_print_like_a_line_of_a_trace() {
    for (octets, line) in [
        ("02 01 7f", "LAPD SAPI=0 TEI=0 C SABME P=1"),
        ("00 01 73", "LAPD SAPI=0 TEI=0 R UA F=1"),
        ("02 01 0a 13 ab", "LAPD SAPI=0 TEI=0 C I P=1 N(S)=5 N(R)=9 (1 octets)"),
        ("00 01 05 03", "LAPD SAPI=0 TEI=0 R RNR F=1 N(R)=1"),
        ("fe ff 03 0f 00", "LAPD SAPI=63 TEI=127 C UI P=0 (2 octets)"),
    ] {
        let octets = octets_of(octets);
        let frame = Frame::new_checked(&octets).expect("a valid frame");
        assert_eq!(Repr::parse(&frame, Network).map(|repr| repr.to_string()), Ok(line.to_owned()));
    }
}

// What a link does with what is no frame of its own.

#[test]
fn invalid_frames_are_discarded_without_notice_in_any_state() {
    for rig in [rig::state_4(), rig::state_5_0(), rig::state_5_1(1), rig::state_5_2(), rig::state_6()]
        .into_iter()
        .chain([state_7(1), rig::state_8(1)])
    {
        let state = rig.link.state() as u8;
        let short = ["", "02", "02 01", "02 01 00", "02 01 01"];
        let rig = short.into_iter().fold(rig, |rig, octets| when(rig, Hear(octets), &[], &[], state));
        let bad = ["03", "03 01 7f", "02 00 7f"];
        let rig = bad.into_iter().fold(rig, |rig, octets| when(rig, Hear(octets), &[], &[], state));
        let discarded = rig.link.counters().discarded;
        assert_eq!((discarded.short, discarded.address), (5, 3));
    }
}

#[test]
fn frames_to_another_sapi_or_tei_are_left_alone_in_any_state() {
    for rig in [rig::state_4(), rig::state_5_0(), rig::state_5_1(1), rig::state_5_2(), rig::state_6()]
        .into_iter()
        .chain([state_7(1), rig::state_8(1)])
    {
        let state = rig.link.state() as u8;
        let others = ["fe ff 03 0f 12 34 01 ff", "02 03 7f", "42 01 53", "02 ff 03 08"];
        let rig = others.into_iter().fold(rig, |rig, octets| when(rig, Hear(octets), &[], &[], state));
        assert_eq!(rig.link.counters().discarded.other_link, 4);
        assert_eq!(rig.unit_data.len(), 0);
    }
}

#[test]
fn frames_are_counted_by_kind_in_both_directions() {
    let mut rig = state_7(2).then(Hear("02 01 00 02 31")).then(Hear("00 01 09 02"));
    rig.apply(rig::Stimulus::SendUnit);
    let counters = *rig.settle().link.counters();
    let sent =
        [FrameKind::Sabme, FrameKind::I, FrameKind::Rr, FrameKind::Ui].map(|kind| counters.sent.of(kind));
    assert_eq!((sent, counters.sent.total()), ([1, 3, 1, 1], 6));
    let received = [FrameKind::Ua, FrameKind::I, FrameKind::Rej].map(|kind| counters.received.of(kind));
    assert_eq!((received, counters.received.total()), ([1, 1, 1], 3));
    assert_eq!((counters.established, counters.retransmitted_frames), (1, 1));
}
