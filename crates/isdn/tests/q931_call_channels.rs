//! The channel of a call: negotiation, glare, a looped D channel (Q.931 §5.1.2, §5.2.3, §5.7).
mod q931_support;

use q931_support::*;
use tandem_isdn::Side;
use tandem_isdn::profile::{ChannelNumbering, Profile};
use tandem_isdn::q931::element::ChannelForm;
use tandem_isdn::q931::*;
use tandem_types::SignalledChannel;

use CallNews::*;

fn released(value: u8, by: ReleasedBy) -> CallNews {
    Released { cause: cause(value), by }
}

fn channel(number: u8) -> BChannel {
    BChannel::new(0, number)
}

fn wish(channel: ChannelWish) -> SetupRequest<'static> {
    SetupRequest { channel, ..request(b"1") }
}

/// A SETUP with this Channel identification.
fn setup(reference: u8, element: &str) -> String {
    format!("08 02 00 0{reference} 05 04 03 80 90 a3 {element}")
}

#[test]
fn the_user_takes_channels_from_below_and_the_network_from_above() {
    let mut pair = Pair::euro();
    pair.setup(USER, &request(b"1"));
    pair.setup(NETWORK, &request(b"1"));
    pair.setup(USER, &request(b"1"));
    let said: Vec<Vec<u8>> = pair.trace.iter().map(|(_, octets)| octets[10..16].to_vec()).collect();
    assert_eq!(said[0][1..], hex("18 03 a1 83 81"));
    assert_eq!(said[1][1..], hex("18 03 a1 83 9f"));
    assert_eq!(said[2][1..], hex("18 03 a1 83 82"));
}

#[test]
fn a_preferred_channel_is_a1_and_an_exclusive_one_a9() {
    let mut one = One::user();
    one.interface.setup(one.now, &wish(ChannelWish::Preferred(channel(5)))).expect("accepted");
    one.interface.setup(one.now, &wish(ChannelWish::Exclusive(channel(6)))).expect("accepted");
    one.interface.setup(one.now, &wish(ChannelWish::NoChannel)).expect("accepted");
    let said = one.sent();
    assert_eq!(said[0][11..16], hex("18 03 a1 83 85"));
    assert_eq!(said[1][11..16], hex("18 03 a9 83 86"));
    assert_eq!(said[2][11..14], hex("18 01 ac"));
}

#[test]
fn a_channel_that_cannot_be_had_is_refused_by_reason() {
    let mut one = One::user();
    one.interface.setup(one.now, &wish(ChannelWish::Exclusive(channel(5)))).expect("accepted");
    let mut ask = |channel| one.interface.setup(one.now, &wish(channel)).err();
    assert_eq!(ask(ChannelWish::Exclusive(channel(5))), Some(SetupError::ChannelBusy));
    assert_eq!(ask(ChannelWish::Preferred(channel(5))), Some(SetupError::ChannelBusy));
    assert_eq!(ask(ChannelWish::Exclusive(channel(16))), Some(SetupError::NoSuchChannel));
    for _ in 0..29 {
        assert_eq!(ask(ChannelWish::Any), None);
    }
    assert_eq!(ask(ChannelWish::Any), Some(SetupError::NoChannelFree));
}

#[test]
fn the_first_answer_names_the_channel_exclusively_and_later_ones_do_not() {
    let mut one = One::network();
    one.hear(&setup(1, "18 03 a1 83 87"));
    let call = one.call();
    one.interface.proceeding(one.now, call, &none()).expect("accepted");
    one.interface.alerting(one.now, call, &none()).expect("accepted");
    assert_eq!(one.sent(), [hex("08 02 80 01 02 18 03 a9 83 87"), hex("08 02 80 01 01")]);
}

#[test]
fn an_exclusive_channel_in_use_is_refused_with_44() {
    let mut one = One::network();
    one.hear(&setup(1, "18 03 a9 83 87")).hear(&setup(2, "18 03 a9 83 87"));
    assert_eq!(one.said(), hex("08 02 80 02 5a 08 02 82 ac"));
}

#[test]
fn instead_of_a_preferred_channel_in_use_another_is_given() {
    let mut one = One::network();
    one.hear(&setup(1, "18 03 a1 83 87")).hear(&setup(2, "18 03 a1 83 87"));
    one.events().remove(0);
    assert_eq!(one.interface.call_count(), 2);
    assert!(one.interface.channel_call(channel(31)).is_some());
}

#[test]
fn a_channel_that_does_not_exist_is_refused_with_82() {
    let mut one = One::network();
    one.hear(&setup(1, "18 03 a9 83 90"));
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 03 82 d2 18"));
}

#[test]
fn no_channel_and_no_free_channel_are_refused_with_34() {
    let mut one = One::user();
    one.hear(&setup(1, "18 01 a0"));
    assert_eq!(one.said(), hex("08 02 80 01 5a 08 02 80 a2"));
    let config = InterfaceConfig { channels: vec![channel(1)], ..e1(Side::User) };
    let mut one = One::new(config);
    one.hear(&setup(1, "18 01 a3"));
    one.hear(&setup(2, "18 01 a3"));
    assert_eq!(one.said(), hex("08 02 80 02 5a 08 02 80 a2"));
}

#[test]
fn a_call_without_a_bearer_has_no_channel() {
    let mut pair = Pair::euro();
    let here = pair.setup(USER, &wish(ChannelWish::NoChannel));
    let there = pair.call_at(NETWORK);
    pair.ends[NETWORK].connect(pair.now, there, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.ends[USER].call_state(here), Some(10));
    assert_eq!(pair.ends[USER].call_channel(here), None);
    assert_eq!(pair.ends[NETWORK].call_channel(there), None);
}

#[test]
fn the_far_end_may_answer_with_another_channel() {
    let mut one = One::user();
    let call = one.interface.setup(one.now, &wish(ChannelWish::Preferred(channel(1)))).expect("accepted");
    one.hear("08 02 80 01 02 18 03 a9 83 94");
    assert_eq!(one.interface.call_channel(call), Some(channel(20)));
    assert_eq!(one.interface.channel_call(channel(1)), None);
    assert_eq!(one.interface.channel_call(channel(20)), Some(call));
}

#[test]
fn another_channel_than_the_exclusive_one_is_unacceptable() {
    let mut one = One::user();
    one.interface.setup(one.now, &wish(ChannelWish::Exclusive(channel(1)))).expect("accepted");
    one.sent();
    one.hear("08 02 80 01 02 18 03 a9 83 94");
    assert_eq!(one.said(), hex("08 02 00 01 4d 08 02 80 86"));
    one.hear("08 02 80 01 5a");
    assert_eq!(one.news(), [Clearing, released(6, ReleasedBy::Fault)]);
    assert_eq!(one.interface.channel_call(channel(1)), None);
}

#[test]
fn a_channel_in_use_in_the_answer_is_unacceptable() {
    let mut one = One::user();
    one.interface.setup(one.now, &wish(ChannelWish::Exclusive(channel(20)))).expect("accepted");
    one.interface.setup(one.now, &wish(ChannelWish::Preferred(channel(1)))).expect("accepted");
    one.sent();
    one.hear("08 02 80 02 02 18 03 a9 83 94");
    assert_eq!(one.said(), hex("08 02 00 02 4d 08 02 80 86"));
}

#[test]
fn an_answer_without_a_channel_keeps_the_exclusive_one() {
    let mut one = One::user();
    let call = one.interface.setup(one.now, &wish(ChannelWish::Exclusive(channel(3)))).expect("accepted");
    one.sent();
    one.hear("08 02 80 01 02");
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    assert_eq!(one.interface.call_channel(call), Some(channel(3)));
    assert_eq!(one.interface.call_state(call), Some(3));
}

#[test]
fn an_answer_of_the_network_that_leaves_the_channel_open_lacks_a_mandatory_element() {
    let mut one = One::user();
    let call = one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.sent();
    one.hear("08 02 80 01 02");
    assert_eq!(one.said(), hex("08 02 00 01 7d 08 03 80 e0 18 14 01 01"));
    assert_eq!(one.interface.call_state(call), Some(1));
}

#[test]
fn in_glare_the_network_has_the_channel_and_the_user_is_told_to_try_another() {
    let mut pair = Pair::euro();
    pair.held = true;
    pair.setup(USER, &wish(ChannelWish::Exclusive(channel(9))));
    pair.setup(NETWORK, &SetupRequest { channel: ChannelWish::Exclusive(channel(9)), ..request(b"77") });
    pair.held = false;
    pair.run();
    assert_eq!(pair.types(), ["U 05", "N 05", "N 5a"]);
    assert_eq!(
        pair.news(USER),
        [Incoming { number: Some(DigitsEnd::SendingComplete) }, GlareLost, released(44, ReleasedBy::Far)]
    );
    assert_eq!(pair.news(NETWORK), []);
    assert_eq!(pair.ends[USER].call_count(), 1);
    assert!(pair.ends[USER].channel_call(channel(9)).is_some());
}

#[test]
fn in_glare_a_preferring_user_gets_another_channel() {
    let mut pair = Pair::euro();
    pair.held = true;
    let here = pair.setup(USER, &wish(ChannelWish::Preferred(channel(9))));
    pair.setup(NETWORK, &SetupRequest { channel: ChannelWish::Preferred(channel(9)), ..request(b"77") });
    pair.held = false;
    pair.run();
    let there = pair.call_at(NETWORK);
    pair.ends[NETWORK].proceeding(pair.now, there, &none()).expect("accepted");
    pair.run();
    assert_eq!(pair.ends[USER].call_channel(here), Some(channel(31)));
    assert_eq!(pair.ends[NETWORK].call_channel(there), Some(channel(31)));
    assert!(!pair.news(USER).contains(&GlareLost));
}

#[test]
fn two_equal_ends_resolve_glare_by_their_sides() {
    let mut pair = Pair::profile(Profile::QSIG);
    pair.held = true;
    pair.setup(USER, &wish(ChannelWish::Exclusive(channel(9))));
    pair.setup(NETWORK, &SetupRequest { channel: ChannelWish::Exclusive(channel(9)), ..request(b"77") });
    pair.held = false;
    pair.run();
    assert!(pair.news(USER).contains(&GlareLost));
    assert_eq!(pair.news(NETWORK), []);
}

#[test]
fn a_setup_that_comes_back_is_a_loop_and_no_glare() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    let setup = one.said();
    one.interface.handle_message(one.now, LINK, &setup);
    let events = one.events();
    assert_eq!(events[0], Event::Looped { link: LINK });
    assert_eq!(
        events.into_iter().filter_map(call_news).collect::<Vec<_>>(),
        [released(38, ReleasedBy::Link)]
    );
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
    assert_eq!(one.interface.counters().looped, 1);
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    let setup = one.said();
    one.interface.handle_message(one.now, LINK, &setup);
    assert!(!one.events().contains(&Event::Looped { link: LINK }), "told once");
}

#[test]
fn a_setup_of_the_far_end_with_the_value_of_our_reference_is_a_call() {
    let mut one = One::user();
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    one.hear(&setup(1, "18 03 a9 83 94"));
    assert_eq!(one.interface.call_count(), 2);
}

#[test]
fn a_setup_sent_again_is_ignored() {
    let mut one = One::network();
    one.hear(&setup(1, "18 03 a1 83 87")).hear(&setup(1, "18 03 a1 83 87"));
    assert_eq!(one.events().len(), 1);
    assert_eq!(one.sent(), Vec::<Vec<u8>>::new());
}

#[test]
fn a_switch_that_does_not_negotiate_has_exclusive_channels_only() {
    let mut one = One::new(InterfaceConfig::t1(Side::User, Profile::NI2));
    one.interface.setup(one.now, &request(b"1")).expect("accepted");
    assert_eq!(one.said()[10..15], hex("18 03 a9 83 81"));
}

#[test]
fn a_switch_that_writes_maps_is_written_maps() {
    let profile = Profile { channel_form: ChannelForm::Map32, ..Profile::EURO_ISDN };
    let mut pair = Pair::profile(profile);
    let here = pair.setup(USER, &wish(ChannelWish::Exclusive(channel(31))));
    assert_eq!(pair.trace[0].1[11..19], hex("18 06 a9 93 80 00 00 00"));
    let there = pair.call_at(NETWORK);
    assert_eq!(pair.ends[NETWORK].call_channel(there), Some(channel(31)));
    assert_eq!(pair.ends[USER].call_channel(here), Some(channel(31)));
}

#[test]
fn channels_of_several_interfaces_are_told_apart_by_their_identifier() {
    let channels = [0, 1].iter().flat_map(|interface| (1..24).map(|n| BChannel::new(*interface, n)));
    let channels: Vec<BChannel> = channels.collect();
    let config =
        |side| InterfaceConfig { channels: channels.clone(), ..InterfaceConfig::t1(side, Profile::NI2) };
    let mut pair = Pair::new(config(Side::User), config(Side::Network));
    pair.setup(USER, &wish(ChannelWish::Exclusive(BChannel::new(1, 4))));
    assert_eq!(pair.trace[0].1[10..16], hex("18 04 e9 81 83 84"));
    let there = pair.call_at(NETWORK);
    assert_eq!(pair.ends[NETWORK].call_channel(there), Some(BChannel::new(1, 4)));
}

#[test]
fn channel_numbers_map_to_timeslots_by_the_profile() {
    let slot = |numbering: ChannelNumbering, number| {
        numbering.timeslot(SignalledChannel(number)).map(|slot| slot.number())
    };
    assert_eq!(slot(ChannelNumbering::Timeslot, 17), Some(17));
    assert_eq!(slot(ChannelNumbering::Consecutive, 15), Some(15));
    assert_eq!(slot(ChannelNumbering::Consecutive, 16), Some(17));
    assert_eq!(slot(ChannelNumbering::Consecutive, 30), Some(31));
    assert_eq!(slot(ChannelNumbering::Consecutive, 31), None);
    assert_eq!(slot(ChannelNumbering::Timeslot, 300), None);
}

#[test]
fn a_configuration_that_cannot_be_is_refused_by_reason() {
    let refused = |change: &dyn Fn(&mut InterfaceConfig)| {
        let mut config = e1(Side::User);
        change(&mut config);
        Interface::new(config).err()
    };
    assert_eq!(refused(&|c| c.channels.push(channel(1))), Some(ConfigError::ChannelTwice));
    assert_eq!(refused(&|c| c.channels.push(BChannel::new(200, 1))), Some(ConfigError::ChannelNumber));
    assert_eq!(refused(&|c| c.links.clear()), Some(ConfigError::Links));
    assert_eq!(refused(&|c| c.profile.call_reference_length = 3), Some(ConfigError::CallReferenceLength));
}
