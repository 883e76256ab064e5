//! What an interface counts.
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::*;

#[test]
fn messages_are_counted_by_type_both_ways_and_calls_by_cause() {
    let mut pair = Pair::euro();
    for (from, value) in [(USER, 16), (NETWORK, 16), (NETWORK, 31)] {
        let calls = pair.answered(from);
        pair.ends[from].disconnect(pair.now, calls[from], cause(value), &none()).expect("accepted");
        pair.run();
    }
    let [user, network] = pair.ends.each_ref().map(|end| *end.counters());
    let types =
        [MessageType::SETUP, MessageType::CONNECT, MessageType::DISCONNECT, MessageType::RELEASE_COMPLETE];
    assert_eq!(types.map(|kind| user.sent.of(kind)), [1, 2, 1, 1]);
    assert_eq!(types.map(|kind| user.received.of(kind)), [2, 1, 2, 2]);
    assert_eq!((user.sent, user.received), (network.received, network.sent));
    assert_eq!(user.sent.total() + user.received.total(), 18);
    assert_eq!((user.calls_made, user.calls_taken), (1, 2));
    assert_eq!((user.released.of(cause(16)), user.released.of(cause(31)), user.released.total()), (2, 1, 3));
    assert_eq!(user.released, network.released);
}

#[test]
fn maintenance_and_national_types_are_counted_apart() {
    let mut one = One::new(InterfaceConfig::t1(Side::User, Profile::NI2));
    one.interface.block(one.now, BChannel::new(0, 1)).expect("accepted");
    one.sent();
    one.hear("43 02 80 00 0f 01 01 c2 18 03 a9 83 81");
    one.hear("08 02 00 01 00 5a");
    let counters = one.interface.counters();
    assert_eq!((counters.sent.maintenance(), counters.received.maintenance()), (1, 1));
    assert_eq!((counters.received.national(), counters.received.total()), (1, 2));
    assert_eq!((counters.received.of(MessageType::CONNECT_ACKNOWLEDGE), counters.unknown_call), (0, 1));
}

#[test]
fn refused_setups_are_counted_by_cause_and_are_no_calls() {
    let mut one = One::network();
    one.hear("08 02 00 01 05 18 03 a9 83 81");
    one.hear("08 02 00 02 05 04 03 80 90 a3 18 03 a9 83 90");
    let counters = one.interface.counters();
    assert_eq!((counters.setups_refused.of(cause(96)), counters.setups_refused.total()), (1, 2));
    assert_eq!((counters.calls_taken, counters.mandatory), (0, 1));
}

#[test]
fn what_waits_for_a_link_that_is_lost_is_counted() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.interface.handle_link(one.now, LINK, LinkChange::Released);
    assert_eq!(one.interface.counters().discarded, 1);
    assert_eq!(one.interface.counters().sent.total(), 0);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}
