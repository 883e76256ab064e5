//! An interface with a call in any state of Q.931 §2.1, reached in the ordinary way.
#![allow(dead_code)] // each test file uses its part

use crate::q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;

pub(crate) const ONE: BChannel = BChannel::new(0, 1);
/// A SETUP from its type on.
pub(crate) const SETUP: &str = "05 04 03 80 90 a3 18 03 a9 83 81 70 02 81 31";

fn config(side: Side) -> InterfaceConfig {
    InterfaceConfig { releases_at_once: false, acknowledges_at_once: false, ..e1(side) }
}

/// Messages in the call with reference 1: of the far end if it is the caller, else with the flag set.
pub(crate) fn hear(one: &mut One, ours: bool, body: &str) {
    let flag = if ours { "80" } else { "00" };
    one.hear(&format!("08 02 {flag} 01 {body}"));
}

pub(crate) fn outgoing(side: Side, messages: &[&str]) -> (One, CallId) {
    let mut one = One::new(config(side));
    let request = SetupRequest { channel: ChannelWish::Exclusive(ONE), ..request(b"1") };
    let call = one.interface.setup(one.now, &request).expect("accepted");
    for message in messages {
        hear(&mut one, true, message);
    }
    (one, call)
}

fn incoming(side: Side, commands: &[&str]) -> (One, CallId) {
    let mut one = One::new(config(side));
    hear(&mut one, false, SETUP);
    let call = one.call();
    for command in commands {
        assert!(order(&mut one, call, command), "{command}");
    }
    (one, call)
}

/// An interface with a call in a state, and whether the call is ours.
pub(crate) fn state(column: &str) -> (One, CallId, bool) {
    let user = column.starts_with('U');
    let side = if user { Side::User } else { Side::Network };
    let number: u8 = column[1..].parse().expect("a number");
    let proceeding: &[&str] = &["02"];
    let ours = |messages| {
        let (one, call) = outgoing(side, messages);
        (one, call, true)
    };
    let theirs = |commands| {
        let (one, call) = incoming(side, commands);
        (one, call, false)
    };
    let (mut one, call, is_ours) = match (number, user) {
        (0, _) => (One::new(config(side)), CallId(0), false),
        (1, true) | (6, false) => ours(&[]),
        (2, true) | (25, false) => ours(&["0d"]),
        (3, true) | (9, false) => ours(proceeding),
        (4, true) | (7, false) => ours(&["01"]),
        (8, false) => ours(&["07"]),
        (10, true) => ours(&["07"]),
        (6, true) | (1, false) => theirs(&[]),
        (25, true) | (2, false) => theirs(&["setup acknowledge"]),
        (9, true) | (3, false) => theirs(&["proceeding"]),
        (7, true) | (4, false) => theirs(&["alerting"]),
        (8, true) | (10, false) => theirs(&["connect"]),
        (11, true) | (12, false) => {
            let (mut one, call) = outgoing(side, proceeding);
            assert!(order(&mut one, call, "disconnect"));
            (one, call, true)
        }
        (12, true) | (11, false) => ours(&["02", "45 08 02 80 90"]),
        (19, _) => {
            let (mut one, call) = outgoing(side, &["02", "45 08 02 80 90"]);
            assert!(order(&mut one, call, "release"));
            (one, call, true)
        }
        _ => panic!("no such state: {column}"),
    };
    one.sent();
    one.events();
    assert_eq!(one.interface.call_state(call).unwrap_or(0), number, "{column} is reached");
    (one, call, is_ours)
}

/// Gives a command; true when it is accepted.
pub(crate) fn order(one: &mut One, call: CallId, command: &str) -> bool {
    let (now, interface) = (one.now, &mut one.interface);
    let extra = none();
    let in_band = ProgressIndicator::new(Location::USER, ProgressDescription::NOT_ISDN);
    let elements = |id, content| [RawElement::new(id, content)];
    match command {
        "more digits" => interface.more_digits(now, call, b"2", false),
        "setup acknowledge" => interface.setup_acknowledge(now, call, &extra),
        "proceeding" => interface.proceeding(now, call, &extra),
        "alerting" => interface.alerting(now, call, &extra),
        "progress" => interface.progress(now, call, &Extra { progress: Some(in_band), ..extra }),
        "connect" => interface.connect(now, call, &extra),
        "connect acknowledge" => interface.connect_acknowledge(now, call, &extra),
        "disconnect" => interface.disconnect(now, call, cause(16), &extra),
        "release" => interface.release(now, call, cause(16), &extra),
        "reject" => interface.reject(now, call, cause(21), &extra),
        "hold" => interface.hold(now, call, &extra),
        "notify" => interface.notify(now, call, &elements(ElementId(0x27), &[0xf9])),
        "information" => interface.information(now, call, &elements(ElementId(0x2c), b"1")),
        "user information" => interface.user_information(now, call, &elements(ElementId(0x7e), &[0, 1])),
        "facility" => interface.facility(now, call, &elements(ElementId(0x1c), &[0x91])),
        "congestion" => interface.congestion(now, call, false),
        "status enquiry" => interface.status_enquiry(now, call),
        _ => panic!("no such command: {command}"),
    }
    .is_ok()
}
