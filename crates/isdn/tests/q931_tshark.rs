//! Calls with everything that they may carry, of every profile, as a foreign dissector reads them: no frame malformed,
//! and each field what it was meant to be. Needs `tshark`; without it a test says so in one line and passes.
#[path = "common/ends.rs"]
mod ends;
#[path = "common/pcap.rs"]
mod pcap;
mod q931_support;

use ends::Ends;
use pcap::dissect;
use q931_support::rng::Rng;
use q931_support::{NETWORK, USER, cause, none, number, request};
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;

/// The name under which a test knows a field, and the dissector's.
const FIELDS: [(&str, &str); 22] = [
    ("type", "q931.message_type"),
    ("maintenance", "q931.maintenance_message_type"),
    ("ref", "q931.call_ref"),
    ("back", "q931.call_ref_flag"),
    ("cause", "q931.cause_value"),
    ("state", "q931.call_state"),
    ("diagnostic", "q931.cause_call.message_type"),
    ("channel", "q931.channel.number"),
    ("interface", "q931.channel.interface_id"),
    ("called", "q931.called_party_number.digits"),
    ("calling", "q931.calling_party_number.digits"),
    ("connected", "q931.connected_number.digits"),
    ("redirecting", "q931.redirecting_number.digits"),
    ("presentation", "q931.presentation_ind"),
    ("reason", "q931.extension.reason"),
    ("display", "q931.display_information"),
    ("keypad", "q931.keypad_facility"),
    ("progress", "q931.progress_indicator.description"),
    ("user-user", "q931.user.string"),
    ("restart", "q931.restart_indicator"),
    ("congestion", "q931.congestion_level"),
    ("complete", "q931.sending_complete"),
];

/// The messages among the frames, a line each: who says it and the fields that are there. Nothing may be malformed.
fn messages(ends: &Ends) -> Option<Vec<String>> {
    let mut arguments = vec!["-T", "fields", "-E", "separator=|", "-E", "occurrence=f"];
    for (_, field) in FIELDS {
        arguments.extend(["-e", field]);
    }
    arguments.extend(["-e", "lapd.direction", "-e", "_ws.malformed", "-e", "_ws.expert.message"]);
    let lines = dissect(&ends.seen, &arguments)?;
    assert_eq!(lines.len(), ends.seen.len());
    let mut told = Vec::new();
    for (line, (_, _, frame)) in lines.iter().zip(&ends.seen) {
        let values: Vec<&str> = line.split('|').collect();
        let (fields, rest) = values.split_at(FIELDS.len());
        assert_eq!(rest[1..], ["", ""], "{frame:02x?}: {line}");
        let named = FIELDS.iter().zip(fields).filter(|(_, value)| !value.is_empty());
        let text: Vec<String> = named.map(|((name, _), value)| format!("{name}={}", plain(value))).collect();
        if !text.is_empty() {
            told.push(format!("{} {}", if rest[0] == "1" { "network" } else { "user" }, text.join(" ")));
        }
    }
    Some(told)
}

/// Numbers as decimals, whatever the dissector prefers.
fn plain(value: &str) -> String {
    let hex = value.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    hex.map_or_else(|| value.to_owned(), |number| number.to_string())
}

fn text<'a>(id: ElementId, content: &'a [u8]) -> [RawElement<'a>; 1] {
    [RawElement::new(id, content)]
}

fn progress(description: u8) -> Option<ProgressIndicator> {
    Some(ProgressIndicator::new(Location::USER, ProgressDescription(description)))
}

fn ends_of(profile: Profile) -> Ends {
    Ends::new(|side| InterfaceConfig { releases_at_once: false, ..InterfaceConfig::t1(side, profile) })
}

#[test]
fn a_call_with_all_that_it_may_carry_is_read_as_it_was_meant() {
    let mut ends = ends_of(Profile::EURO_ISDN);
    let calling =
        PartyNumber { shown: Some((Presentation::RESTRICTED, Screening::NOT_SCREENED)), ..number(b"5551") };
    let wish = SetupRequest {
        channel: ChannelWish::Exclusive(BChannel::new(0, 3)),
        calling: Some(calling),
        redirecting: Some(PartyNumber { reason: Some(RedirectionReason(15)), ..number(b"5550") }),
        display: Some(b"Ann"),
        user_user: Some(UserUser { protocol: 4, information: b"hello" }),
        progress: progress(3),
        ..request(b"5552")
    };
    let here = ends.at(USER, |user, now| user.setup(now, &wish)).expect("accepted");
    let there = ends.call_at(NETWORK);
    let in_band = Extra { progress: progress(8), ..none() };
    let connected = Extra { connected: Some(number(b"5553")), display: Some(b"Bob"), ..none() };
    ends.at(NETWORK, |network, now| {
        network.proceeding(now, there, &none()).expect("accepted");
        network.progress(now, there, &in_band).expect("accepted");
        network.alerting(now, there, &in_band).expect("accepted");
        network.connect(now, there, &connected).expect("accepted");
    });
    ends.at(USER, |user, now| {
        user.notify(now, here, &text(ElementId::NOTIFICATION_INDICATOR, &[0xf9])).expect("accepted");
        user.information(now, here, &text(ElementId::KEYPAD, b"*21")).expect("accepted");
        user.user_information(now, here, &text(ElementId::USER_USER, b"\x04more")).expect("accepted");
        user.congestion(now, here, false).expect("accepted");
        user.hold(now, here, &none()).expect("accepted");
    });
    ends.at(NETWORK, |network, now| network.hold_acknowledge(now, there)).expect("asked");
    ends.at(USER, |user, now| user.retrieve(now, here, &none())).expect("held");
    ends.at(NETWORK, |network, now| network.retrieve_reject(now, there, cause(44))).expect("asked");
    ends.at(USER, |user, now| user.retrieve(now, here, &none())).expect("held");
    ends.at(NETWORK, |network, now| network.retrieve_acknowledge(now, there)).expect("asked");
    ends.at(NETWORK, |network, now| network.hold(now, there, &none())).expect("accepted");
    ends.at(USER, |user, now| user.hold_reject(now, here, cause(29))).expect("asked");
    ends.at(USER, |user, now| user.status_enquiry(now, here)).expect("accepted");
    ends.at(USER, |user, now| user.disconnect(now, here, cause(16), &none())).expect("accepted");
    ends.at(NETWORK, |network, now| network.release(now, there, cause(16), &none())).expect("cleared");
    let Some(told) = messages(&ends) else { return };
    let expected = "\
        user type=5 ref=0001 back=0 channel=3 called=5552 calling=5551 redirecting=5550 presentation=1 reason=15 \
            display=Ann progress=3 user-user=hello complete=1\n\
        network type=2 ref=0001 back=1 channel=3\n\
        network type=3 ref=0001 back=1 progress=8\n\
        network type=1 ref=0001 back=1 progress=8\n\
        network type=7 ref=0001 back=1 connected=5553 display=Bob\n\
        user type=15 ref=0001 back=0\n\
        user type=110 ref=0001 back=0\n\
        user type=123 ref=0001 back=0 keypad=*21\n\
        user type=32 ref=0001 back=0 user-user=more\n\
        user type=121 ref=0001 back=0 cause=31 congestion=15\n\
        user type=36 ref=0001 back=0\n\
        network type=40 ref=0001 back=1\n\
        user type=49 ref=0001 back=0 channel=3\n\
        network type=55 ref=0001 back=1 cause=44\n\
        user type=49 ref=0001 back=0 channel=3\n\
        network type=51 ref=0001 back=1 channel=3\n\
        network type=36 ref=0001 back=1\n\
        user type=48 ref=0001 back=0 cause=29\n\
        user type=117 ref=0001 back=0\n\
        network type=125 ref=0001 back=1 cause=30 state=10\n\
        user type=69 ref=0001 back=0 cause=16\n\
        network type=77 ref=0001 back=1 cause=16\n\
        user type=90 ref=0001 back=0";
    assert_eq!(told.join("\n"), expected);
}

#[test]
fn digits_one_by_one_and_refusals_are_read_as_they_were_meant() {
    let mut ends = ends_of(Profile::EURO_ISDN);
    let channel = ChannelWish::Exclusive(BChannel::new(0, 1));
    let open = SetupRequest { channel, complete: false, ..request(b"5") };
    let here = ends.at(NETWORK, |network, now| network.setup(now, &open)).expect("accepted");
    let there = ends.call_at(USER);
    ends.at(USER, |user, now| user.setup_acknowledge(now, there, &none())).expect("open");
    ends.at(NETWORK, |network, now| network.more_digits(now, here, b"52", false)).expect("wanted");
    ends.at(NETWORK, |network, now| network.more_digits(now, here, b"1", true)).expect("wanted");
    ends.at(USER, |user, now| user.disconnect(now, there, cause(17), &none())).expect("accepted");
    ends.at(NETWORK, |network, now| network.release(now, here, cause(17), &none())).expect("cleared");
    let wish = SetupRequest { channel: ChannelWish::Exclusive(BChannel::new(0, 2)), ..request(b"9") };
    ends.at(USER, |user, now| user.setup(now, &wish)).expect("accepted");
    let there = ends.call_at(NETWORK);
    ends.at(NETWORK, |network, now| network.reject(now, there, cause(1), &none())).expect("accepted");
    // A type that is not known, for a call that is not there and for one that is; an element that is missing.
    ends.say(USER, &[8, 2, 0, 9, 0x11]);
    ends.at(USER, |user, now| user.setup(now, &wish)).expect("accepted");
    ends.say(USER, &[8, 2, 0, 2, 0x11]);
    ends.say(USER, &[8, 2, 0, 8, 0x05]);
    let Some(told) = messages(&ends) else { return };
    let expected = "\
        network type=5 ref=0001 back=0 channel=1 called=5\n\
        user type=13 ref=0001 back=1 channel=1\n\
        network type=123 ref=0001 back=0 called=52\n\
        network type=123 ref=0001 back=0 called=1 complete=1\n\
        user type=69 ref=0001 back=1 cause=17\n\
        network type=77 ref=0001 back=0 cause=17\n\
        user type=90 ref=0001 back=1\n\
        user type=5 ref=0001 back=0 channel=2 called=9 complete=1\n\
        network type=90 ref=0001 back=1 cause=1\n\
        user type=17 ref=0009 back=0\n\
        network type=90 ref=0009 back=1 cause=81\n\
        user type=5 ref=0002 back=0 channel=2 called=9 complete=1\n\
        user type=17 ref=0002 back=0\n\
        network type=125 ref=0002 back=1 cause=97 state=1 diagnostic=17\n\
        user type=5 ref=0008 back=0\n\
        network type=90 ref=0008 back=1 cause=96";
    assert_eq!(told.join("\n"), expected);
}

#[test]
fn a_call_and_a_restart_of_every_profile_are_read_as_they_were_meant() {
    for profile in Profile::ALL {
        let mut ends = ends_of(profile);
        let channel = BChannel::new(0, 5);
        let wish = SetupRequest {
            channel: ChannelWish::Exclusive(channel),
            calling: Some(number(b"5551")),
            ..request(b"5552")
        };
        let here = ends.at(USER, |user, now| user.setup(now, &wish)).expect("accepted");
        let there = ends.call_at(NETWORK);
        ends.at(NETWORK, |network, now| network.connect(now, there, &none())).expect("accepted");
        ends.at(NETWORK, |network, now| network.disconnect(now, there, cause(16), &none()))
            .expect("accepted");
        ends.at(USER, |user, now| user.release(now, here, cause(16), &none())).expect("cleared");
        ends.at(USER, |user, now| user.restart(now, RestartScope::Channel(channel))).expect("accepted");
        ends.at(NETWORK, |network, now| network.restart(now, RestartScope::Interface)).expect("accepted");
        ends.at(USER, |user, now| user.block(now, channel)).expect("there is one");
        let Some(told) = messages(&ends) else { return };
        let complete = if profile.sends_sending_complete { " complete=1" } else { "" };
        let mut expected = vec![
            format!("user type=5 ref=0001 back=0 channel=5 called=5552 calling=5551{complete}"),
            "network type=7 ref=0001 back=1 channel=5".to_owned(),
            "user type=15 ref=0001 back=0".to_owned(),
            "network type=69 ref=0001 back=1 cause=16".to_owned(),
            "user type=77 ref=0001 back=0 cause=16".to_owned(),
            "network type=90 ref=0001 back=1".to_owned(),
            "user type=70 ref=0000 back=0 channel=5 restart=0".to_owned(),
            "network type=78 ref=0000 back=1 channel=5 restart=0".to_owned(),
            "network type=70 ref=0000 back=0 restart=6".to_owned(),
            "user type=78 ref=0000 back=1 restart=6".to_owned(),
        ];
        // The two protocols of SERVICE have its two types the other way round.
        let service = match profile.service {
            None => &[][..],
            Some(Discriminator::Maintenance) => {
                &["user maintenance=15 ref=0000 back=0", "network maintenance=7 ref=0000 back=1"]
            }
            Some(_) => &["user type=7 ref=0000 back=0", "network type=15 ref=0000 back=1"],
        };
        expected.extend(service.iter().map(|line| format!("{line} channel=5")));
        assert_eq!(told, expected, "{}", profile.name);
    }
}

/// One order to one end, of any kind and with any luck.
fn anything(ends: &mut Ends, rng: &mut Rng, calls: &mut Vec<[CallId; 2]>) {
    let end = rng.below(2) as usize;
    let Some(call) = calls.get(rng.below(calls.len().max(1) as u64) as usize).map(|pair| pair[end]) else {
        let here = ends.at(end, |interface, now| interface.setup(now, &request(b"5552")));
        if let Ok(here) = here {
            let there = ends.call_at(1 - end);
            calls.push(if end == USER { [here, there] } else { [there, here] });
        }
        return;
    };
    let in_band = Extra { progress: progress(8), ..none() };
    let content = rng.octets(20);
    let value = cause(rng.bits(6) + 1);
    ends.at(end, |interface, now| match rng.below(18) {
        0 => drop(interface.setup_acknowledge(now, call, &in_band)),
        1 => drop(interface.proceeding(now, call, &none())),
        2 => drop(interface.alerting(now, call, &in_band)),
        3 => drop(interface.connect(now, call, &none())),
        4 => drop(interface.disconnect(now, call, value, &in_band)),
        5 => drop(interface.release(now, call, value, &none())),
        6 => drop(interface.hold(now, call, &none())),
        7 => drop(interface.hold_acknowledge(now, call)),
        8 => drop(interface.retrieve(now, call, &none())),
        9 => drop(interface.retrieve_acknowledge(now, call)),
        10 => drop(interface.status_enquiry(now, call)),
        11 => drop(interface.more_digits(now, call, b"1#", false)),
        12 => drop(interface.notify(now, call, &text(ElementId::NOTIFICATION_INDICATOR, &[0x80]))),
        13 => drop(interface.user_information(now, call, &text(ElementId::USER_USER, &content))),
        14 => drop(interface.restart(now, RestartScope::Channel(BChannel::new(0, rng.bits(4))))),
        15 => drop(interface.block(now, BChannel::new(0, rng.bits(4)))),
        16 => drop(interface.congestion(now, call, rng.flip())),
        _ => drop(interface.information(now, call, &text(ElementId::KEYPAD, b"#31#"))),
    });
    if rng.once_in(20) {
        ends.pass(rng.below(40_000));
        calls.clear();
    }
}

#[test]
fn nothing_that_two_ends_say_in_a_storm_is_malformed() {
    for (seed, profile) in (1..).zip(Profile::ALL) {
        let mut rng = Rng::new(seed);
        let mut ends = ends_of(profile);
        let mut calls = Vec::new();
        (0..2_000).for_each(|_| anything(&mut ends, &mut rng, &mut calls));
        let Some(told) = messages(&ends) else { return };
        let types = told.iter().filter_map(|line| line.split("type=").nth(1)?.split(' ').next());
        let types: std::collections::BTreeSet<&str> = types.collect();
        assert!(types.len() >= 16, "{}: {types:?}", profile.name);
    }
}
