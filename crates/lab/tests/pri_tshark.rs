//! What two engines send each other on a D channel, with every kind of switch, as Wireshark's dissector reads it: all of it,
//! and nothing malformed.
mod pair;
use pair::{NETWORK, Pair, USER};
use std::path::Path;
use std::process::Command;
use tandem_engine::{AnswerOptions, CallId, Element, InformationKind, Party, PlaceOptions, Subaddress};
use tandem_types::{Bearer, Cause, Law};

/// A call with all that can go with one, both ways, and what is told during it.
fn full_call(pair: &mut Pair, from: usize, bearer: Bearer, law: Law) {
    let party = |number: &str| {
        Some(Party {
            number: number.into(),
            withheld: number.len() == 3,
            subaddress: Some(Box::new(Subaddress { kind: 2, odd: false, octets: vec![1, 2, 3] })),
            ..Party::default()
        })
    };
    let options = PlaceOptions {
        calling: party("5550100"),
        redirecting: Some(Party { number: "123".into(), withheld: true, ..Party::default() }),
        original_called: Some(Party { number: "456".into(), ..Party::default() }),
        display: "A caller".into(),
        user_user: vec![4, 0x41, 0x42],
        elements: vec![Element { codeset: 0, id: 0x7d, content: vec![0x91, 0x81] }],
        bearer,
        law: Some(law),
        ..PlaceOptions::default()
    };
    let channel = pair.channel(from, 5);
    let placed = pair.ends[from].call_place_with(channel, "4711", &options).expect("a free channel");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(1 - from);
    let there = 1 - from;
    // What a switch does not know is refused, and nothing is sent.
    let _ = pair.ends[there].call_alert(offered);
    pair.pass_ms(50);
    let answer =
        AnswerOptions { connected: party("999"), display: "Somebody".into(), user_user: vec![4, 0x43] };
    pair.ends[there].call_answer_with(offered, &answer).expect("offered");
    pair.pass_ms(300);
    for (end, call) in [(from, placed), (there, offered)] {
        for (kind, octets) in [
            (InformationKind::Notification, &[0][..]),
            (InformationKind::Keypad, b"12#"),
            (InformationKind::Display, b"hello"),
            (InformationKind::UserUser, &[4, 0x44]),
            // A reject: one that every service has.
            (InformationKind::Facility, &[0x91, 0xa4, 0x06, 0x02, 0x01, 0x01, 0x80, 0x01, 0x00]),
        ] {
            let _ = pair.ends[end].call_send(call, kind, octets);
            pair.pass_ms(30);
        }
        hold_and_retrieve(pair, end, call);
    }
    pair.ends[from].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(500);
}

fn hold_and_retrieve(pair: &mut Pair, end: usize, call: CallId) {
    let _ = pair.ends[end].call_hold(call);
    pair.pass_ms(100);
    let _ = pair.ends[end].call_retrieve(call);
    pair.pass_ms(100);
}

/// A number that comes digit by digit.
fn overlap_call(pair: &mut Pair) {
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let channel = pair.channel(USER, 6);
    let Ok(call) = pair.ends[USER].call_place_with(channel, "", &options) else { return };
    for (digit, last) in [("4", false), ("7", false), ("11", true)] {
        pair.pass_ms(100);
        pair.ends[USER].call_more_digits(call, digit, last).expect("overlap");
    }
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(NETWORK);
    pair.ends[NETWORK].call_clear(offered, Cause::new(17).expect("user busy")).expect("offered");
    pair.pass_ms(500);
}

#[test]
fn nothing_that_two_engines_say_to_each_other_is_malformed_whatever_the_switch() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed");
        return;
    }
    for (span, profile) in [
        ("", "euroisdn"),
        ("", "china"),
        ("", "qsig"),
        ("framing = \"t1-esf\"", "ni2"),
        ("framing = \"t1-esf\"", "5ess"),
        ("framing = \"t1-esf\"", "4ess"),
        ("framing = \"t1-esf\"", "dms100"),
    ] {
        let mut pair = Pair::up(span, &format!(", profile = \"{profile}\""));
        for (from, bearer, law) in [
            (USER, Bearer::Speech, Law::A),
            (NETWORK, Bearer::Audio31, Law::Mu),
            (USER, Bearer::Unrestricted, Law::A),
        ] {
            full_call(&mut pair, from, bearer, law);
        }
        overlap_call(&mut pair);
        let channel = pair.channel(USER, 7);
        for in_service in [false, true] {
            pair.ends[USER].channel_set_service(channel, in_service).expect("a channel");
            pair.pass_ms(200);
        }
        let _ = pair.ends[NETWORK].channel_reset(pair.channel(NETWORK, 8));
        pair.pass_ms(500);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("said-{profile}.pcap"));
        pair.ends[USER].write_trace(0, &path).expect("a span of ISDN");
        let kept = pair.ends[USER].read_trace(0, 0).expect("a span of ISDN").len();
        let mut tshark = Command::new("tshark");
        tshark.arg("-n").arg("-r").arg(&path).args(["-T", "fields", "-E", "separator=|"]);
        for field in FIELDS {
            tshark.args(["-e", field]);
        }
        let output = tshark.output().expect("tshark runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = String::from_utf8_lossy(&output.stdout).into_owned();
        let frames: Vec<Vec<&str>> = read.lines().map(|line| line.split('|').collect()).collect();
        let wrong: Vec<_> =
            frames.iter().filter(|frame| !frame[1].is_empty() || frame[2].contains(ERROR)).collect();
        assert_eq!(wrong, Vec::<&Vec<&str>>::new(), "{profile}");
        assert!(frames.iter().all(|frame| frame[0] == "0"), "{profile}: each is a frame of LAPD");
        assert_eq!(frames.len(), kept, "{profile}");
        for (field, value) in [
            ("q931.message_type", "0x05"),
            ("q931.message_type", "0x62"),
            ("q931.message_type", "0x6e"),
            ("q931.information_transfer_capability", "0x00"),
            ("q931.information_transfer_capability", "0x08"),
            ("q931.information_transfer_capability", "0x10"),
            ("q931.uil1", "0x02"),
            ("q931.uil1", "0x03"),
            ("q931.calling_party_number.digits", "5550100"),
            ("q931.called_party_number.digits", "4711"),
            ("q931.redirecting_number.digits", "123"),
            ("q931.connected_number.digits", "999"),
            ("q931.party_subaddr", "010203"),
        ] {
            let column = FIELDS.iter().position(|known| *known == field).expect("one of them");
            let is_there = frames.iter().any(|frame| frame[column].split(',').any(|found| found == value));
            assert!(is_there, "{profile}: no {field} is {value}");
        }
    }
}

/// What is read of each frame: its SAPI, what is malformed, what else is wrong; and what it says.
const FIELDS: [&str; 11] = [
    "lapd.sapi",
    "_ws.malformed",
    "_ws.expert.severity",
    "q931.message_type",
    "q931.information_transfer_capability",
    "q931.uil1",
    "q931.calling_party_number.digits",
    "q931.called_party_number.digits",
    "q931.redirecting_number.digits",
    "q931.connected_number.digits",
    "q931.party_subaddr",
];
/// The severity of errors.
const ERROR: &str = "8388608";
