//! Every message type with every element of every edge length, to an interface with a call in each of four
//! states: at most one answer, and the call is there or has ended once.
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::q931::*;

/// The elements that any message may need, so that what is tried is the one that follows.
const NEEDED: &str =
    "04 03 80 90 a3 08 02 80 90 14 01 0a 18 03 a9 83 81 1c 01 91 1e 02 82 88 27 01 f9 79 01 80";

fn started(side: Side, answer: &str) -> One {
    let mut one = One::new(e1(side));
    if answer == "incoming" {
        one.hear("08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81");
    } else {
        let channel = ChannelWish::Exclusive(BChannel::new(0, 1));
        one.interface.setup(one.now, &SetupRequest { channel, ..request(b"1") }).expect("accepted");
        if !answer.is_empty() {
            one.hear(&format!("08 02 80 01 {answer}"));
        }
    }
    one.sent();
    one.events();
    one
}

fn try_all(side: Side, answer: &str) {
    let needed = hex(NEEDED);
    let flag = if answer == "incoming" { 0x00 } else { 0x80 };
    let mut one = started(side, answer);
    for kind in 0..=255u8 {
        for id in 0..=255u8 {
            for (length, there) in [(0, 0), (1, 1), (2, 2), (1, 0), (40, 3), (131, 131)] {
                if one.interface.call_count() != 1 {
                    one = started(side, answer);
                }
                let mut octets = vec![0x08, 0x02, flag, 0x01, kind];
                octets.extend(&needed);
                octets.push(id);
                if id < 0x80 {
                    octets.push(length);
                    octets.extend(std::iter::repeat_n(0x81, there));
                }
                one.interface.handle_message(one.now, LINK, &octets);
                judge(&mut one, &octets);
            }
        }
    }
}

fn judge(one: &mut One, octets: &[u8]) {
    let answers = one.sent();
    assert!(answers.len() <= 2, "{}", line(octets));
    assert!(answers.iter().all(|answer| Message::new_checked(answer).is_ok()));
    let ends = one.news().iter().filter(|news| matches!(news, CallNews::Released { .. })).count();
    let calls = one.interface.call_count();
    assert!(ends + calls == 1 || ends == 0 && calls == 2, "{}: {ends} ends, {calls} calls", line(octets));
}

#[test]
fn every_message_is_answered_at_most_twice_and_ends_a_call_at_most_once() {
    for side in [Side::User, Side::Network] {
        for answer in ["", "02", "07", "incoming"] {
            try_all(side, answer);
        }
    }
}
