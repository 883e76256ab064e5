//! Every message type with every element, of every edge length too, to an interface with a call in each state: at most
//! two answers, and the call is there or has ended once.
mod q931_support;
#[path = "q931_support/states.rs"]
mod states;

use q931_support::*;
use states::state;
use tandem_isdn::q931::*;

/// The elements that any message may need, so that what is tried is the one that follows; or that takes the place of its like.
const NEEDED: [&str; 8] = [
    "04 03 80 90 a3",
    "08 02 80 90",
    "14 01 0a",
    "18 03 a9 83 81",
    "1c 01 91",
    "1e 02 82 88",
    "27 01 f9",
    "79 01 80",
];

/// The states of a user's call, then of the network's.
const STATES: [&str; 27] = [
    "U1", "U2", "U3", "U4", "U6", "U7", "U8", "U9", "U10", "U11", "U12", "U19", "U25", "N1", "N2", "N3",
    "N4", "N6", "N7", "N8", "N9", "N10", "N11", "N12", "N19", "N25", "U0",
];

/// Lengths of an element: what it says, and the octets that there are.
const EDGES: [(u8, usize); 7] = [(0, 0), (1, 1), (2, 2), (1, 0), (40, 3), (131, 131), (255, 215)];

/// A call in a state.
fn started(column: &str) -> (One, bool) {
    let (mut one, _, ours) = state(column);
    one.sent();
    one.events();
    (one, ours)
}

/// Every type with every element of these lengths, to a call in a state.
fn try_all(column: &str, lengths: &[(u8, usize)]) {
    let needed = NEEDED.map(hex);
    let (mut one, mut ours) = started(column);
    let calls = one.interface.call_count();
    for kind in 0..=255u8 {
        for id in 0..=255u8 {
            for (length, there) in lengths {
                if one.interface.call_count() != calls {
                    (one, ours) = started(column);
                }
                let mut octets = vec![0x08, 0x02, if ours { 0x80 } else { 0x00 }, 0x01, kind];
                let mut tried = vec![id];
                if id < 0x80 {
                    tried.push(*length);
                    tried.extend(std::iter::repeat_n(0x81, *there));
                }
                let is_needed = needed.iter().any(|element| element[0] == id);
                octets.extend(
                    needed.iter().flat_map(|element| if element[0] == id { &tried } else { element }),
                );
                octets.extend(tried.iter().filter(|_| !is_needed));
                one.interface.handle_message(one.now, LINK, &octets);
                judge(&mut one, calls, &octets);
            }
        }
    }
}

fn judge(one: &mut One, before: usize, octets: &[u8]) {
    let answers = one.sent();
    assert!(answers.len() <= 2, "{}", line(octets));
    assert!(answers.iter().all(|answer| Message::new_checked(answer).is_ok()));
    let ends = one.news().iter().filter(|news| matches!(news, CallNews::Released { .. })).count();
    let calls = one.interface.call_count();
    let begun = calls + ends - before;
    assert!(ends <= 1 && begun <= 1, "{}: {ends} ends, {calls} calls", line(octets));
}

#[test]
fn every_type_with_every_element_is_answered_at_most_twice_in_every_state() {
    for column in STATES {
        try_all(column, &EDGES[1..2]);
    }
}

#[test]
fn every_type_with_every_element_of_every_edge_length_ends_a_call_at_most_once() {
    for column in ["U1", "U10", "N1", "N10"] {
        try_all(column, &EDGES);
    }
}
