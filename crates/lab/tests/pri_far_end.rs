//! Calls of an engine on an ISDN span against a far end that says what the test says: what no engine of ours would send.
mod far_end;
use far_end::{Bench, lock, octets, setup};
use tandem_engine::{
    CallId, CallProgress, CallStage, CallState, DigitsEnd, EndReason, EngineError, EventKind, HoldChange,
    InformationKind, Party, PlaceOptions, Terms,
};
use tandem_types::Cause;

const BUSY_WITH_TONE: &str = "08 02 80 01 45 08 02 82 91 1e 02 82 88";

#[test]
fn a_busy_tone_is_heard_until_the_host_has_enough_of_it() {
    let mut bench = Bench::up();
    let call = bench.place(1);
    bench.say(&["08 02 80 01 02 18 03 a9 83 81", BUSY_WITH_TONE]);
    let busy = Cause::USER_BUSY;
    let told = |kind: &EventKind| matches!(kind, EventKind::CallDisconnected { cause, in_band: true, .. } if *cause == busy);
    assert!(bench.told.iter().any(told), "{:?}", bench.told);
    bench.engine.collect(bench.channel(1), Terms::default()).expect("something may still be heard");
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is still here");
    bench.pass_ms(50);
    assert_eq!(bench.heard(), ["0001 05", "0001 4d"]);
    bench.say(&["08 02 80 01 5a"]);
    assert_eq!(bench.cleared(), [(call, 17, true)]);
    assert!(
        bench
            .told
            .iter()
            .any(|kind| matches!(kind, EventKind::CollectDone { reason: EndReason::Hangup, .. }))
    );
}

#[test]
fn a_busy_tone_that_nobody_ends_is_ended_after_30_s() {
    let mut bench = Bench::up();
    bench.place(1);
    bench.say(&["08 02 80 01 02 18 03 a9 83 81", BUSY_WITH_TONE]);
    bench.heard();
    bench.pass_ms(29_500);
    assert_eq!(bench.heard(), Vec::<String>::new());
    bench.pass_ms(1_000);
    assert_eq!(bench.heard(), ["0001 4d"]);
}

#[test]
fn a_call_cleared_without_a_tone_is_told_twice_and_can_carry_nothing_between() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.say(&["08 02 80 01 45 08 02 82 90"]);
    assert!(matches!(bench.told[0], EventKind::CallDisconnected { in_band: false, .. }), "{:?}", bench.told);
    assert_eq!(bench.heard(), ["0001 4d"]);
    bench.say(&["08 02 80 01 5a"]);
    assert_eq!(bench.cleared(), [(call, 16, true)]);
}

#[test]
fn a_far_end_that_refuses_the_link_is_asked_once_a_second() {
    let mut bench = Bench::new("", "");
    lock(&bench.wanted).refuses = true;
    bench.pass_ms(10_500);
    let asked = lock(&bench.wanted).asked;
    assert!((9..=12).contains(&asked), "{asked}");
    lock(&bench.wanted).refuses = false;
    bench.pass_ms(3_000);
    assert!(!bench.told.iter().any(|kind| matches!(kind, EventKind::LinkChanged { up: false, .. })));
    assert!(!bench.heard().is_empty(), "the channels are restarted");
}

#[test]
fn what_layer_3_clears_by_itself_falls_silent_at_once() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.engine.collect(bench.channel(1), Terms::default()).expect("answered");
    // STATUS: the network says that the call is in state 1.
    bench.say(&["08 02 80 01 7d 08 02 82 e5 14 01 01"]);
    assert!(
        matches!(bench.told[..], [EventKind::CollectDone { reason: EndReason::Hangup, .. }]),
        "{:?}",
        bench.told
    );
    assert!(bench.engine.collect(bench.channel(1), Terms::default()).is_err());
    assert_eq!(bench.heard(), ["0001 45"]);
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(bench.cleared(), [(call, 101, false)]);
}

#[test]
fn names_are_read_where_the_switch_puts_them_and_in_any_script() {
    for (pri, text) in [("", "28 0c"), (", profile = \"5ess\"", "96 28 0c")] {
        let mut bench = Bench::up_with(pri, "");
        let name = "c3 84 72 7a 74 65 20 4b c3 b6 6c 6e";
        bench.say(&[&format!("{} {text} {name}", setup(1).replace("70 05", "6c 03 21 81 37 70 05"))]);
        let offered = bench.told.iter().find_map(|kind| match kind {
            EventKind::CallOffered { call, .. } => Some(*call),
            _ => None,
        });
        let parties = bench.engine.call_parties(offered.expect("a call")).expect("it is there");
        assert_eq!(parties.display, "Ärzte Köln", "{pri}");
        assert_eq!(parties.calling.map(|party| party.number), Some("7".into()));
    }
}

#[test]
fn two_calling_numbers_are_told_apart_by_who_vouches_for_them_and_withheld_each_for_itself() {
    let mut bench = Bench::up();
    // The user's own, not screened; and that of the network, which is not to be shown.
    let two = "6c 04 21 80 34 37 6c 06 21 a3 32 30 30 31 70 05";
    bench.say(&[&setup(1).replace("70 05", two)]);
    let parties = bench.engine.call_parties(CallId(1)).expect("a call");
    let told = |party: Option<Party>| party.map(|party| (party.number, party.screening, party.withheld));
    assert_eq!(told(parties.calling), Some(("47".into(), 0, false)));
    assert_eq!(told(parties.second_calling.map(|party| *party)), Some((String::new(), 3, true)));
    let mut bench = Bench::up();
    bench.say(&[&setup(1).replace("70 05", &two.replace("a3", "83"))]);
    let parties = bench.engine.call_parties(CallId(1)).expect("a call");
    assert_eq!(told(parties.second_calling.map(|party| *party)), Some(("2001".into(), 3, false)));
}

#[test]
fn withheld_numbers_are_shown_to_whom_the_configuration_says() {
    let group = |name: &str, says: &str| format!("[[group]]\nname = \"{name}\"\nspans = [0]\n{says}");
    let [yes, no] = [true, false].map(|shown| format!("show_withheld = {shown}\n"));
    let all = format!("[calls]\n{yes}");
    for (sections, shown) in [
        (String::new(), ""),
        (all.clone(), "7"),
        (all.clone() + &group("a", "") + &group("b", &no), ""),
        (group("a", &yes) + &group("b", &no), "7"),
    ] {
        let mut bench = Bench::up_with("", &sections);
        bench.say(&[&setup(1).replace("70 05", "6c 03 21 a1 37 70 05")]);
        let parties = bench.engine.call_parties(CallId(1)).expect("a call");
        assert_eq!(parties.calling.map(|party| (party.number, party.withheld)), Some((shown.into(), true)));
        let element = bench.engine.call_element(CallId(1), 5, 0, 0x6c, 0).expect("a call").expect("sent");
        assert_eq!(element.last() == Some(&b'7'), !shown.is_empty());
    }
}

#[test]
fn digits_that_the_far_end_no_longer_wants_are_told() {
    let mut bench = Bench::up();
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_with(bench.channel(1), "47", &options).expect("a free channel");
    bench.engine.call_more_digits(call, "11", true).expect("kept");
    bench.say(&["08 02 80 01 02 18 03 a9 83 81"]);
    assert_eq!(bench.stages(), [CallStage::DigitsNotWanted, CallStage::Proceeding]);
    let mut bench = Bench::up_with(", overlap = false", "");
    let refused = bench.engine.call_place_with(bench.channel(1), "47", &options);
    assert!(matches!(refused, Err(EngineError::Unsupported(_))), "{refused:?}");
    // En bloc without Sending complete is complete all the same.
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 05 80 32 30 30 31"]);
    assert!(
        matches!(&bench.told[0], EventKind::CallOffered { called, .. } if called == "2001"),
        "{:?}",
        bench.told
    );
}

#[test]
fn a_caller_who_has_gone_is_not_offered() {
    let mut bench = Bench::up();
    bench.say(&[&setup(1), "08 02 00 01 5a 08 02 82 90"]);
    let events = &bench.told;
    assert!(
        !events.iter().any(|kind| matches!(kind, EventKind::CallOffered { called, .. } if called.is_empty()))
    );
    assert_eq!(bench.engine.statistics().expect("open").totals.calls_active, 0);
}

#[test]
fn a_host_that_takes_its_time_is_covered_by_an_alert_and_told_so_only_once() {
    let mut bench = Bench::up();
    let call = bench.offered();
    assert_eq!(bench.heard(), ["8001 02"]);
    bench.pass_ms(3_500);
    assert_eq!(bench.heard(), Vec::<String>::new());
    bench.pass_ms(1_000);
    assert_eq!(bench.heard(), ["8001 01"]);
    bench.engine.call_answer(call).expect("offered");
    bench.pass_ms(5_000);
    assert_eq!(bench.heard()[0], "8001 07");
}

#[test]
fn an_answer_within_the_limit_stands_although_it_is_acknowledged_after_it() {
    let mut bench = Bench::up_with("", "[calls]\noffer_seconds = 1");
    let call = bench.offered();
    bench.pass_ms(800);
    bench.engine.call_answer(call).expect("offered");
    bench.pass_ms(1_500);
    bench.say(&["08 02 00 01 0f"]);
    assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::CallAnswered { .. })), "{:?}", bench.told);
    assert_eq!(bench.cleared(), []);
}

#[test]
fn numbers_and_texts_that_cannot_be_sent_are_refused() {
    let bench = Bench::up();
    let long = "1".repeat(33);
    for number in ["a b", "1\n", "€", &long] {
        let refused = bench.engine.call_place(bench.channel(1), number);
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{number:?}: {refused:?}");
    }
    let options = PlaceOptions { display: "x".repeat(80), ..PlaceOptions::default() };
    let refused = bench.engine.call_place_with(bench.channel(1), "1", &options);
    assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
}

#[test]
fn the_reason_of_a_redirection_is_sent_with_the_redirecting_number_alone() {
    let mut bench = Bench::up();
    let party = Party { number: "9".into(), reason: 1, ..Party::default() };
    let options =
        PlaceOptions { calling: Some(party.clone()), redirecting: Some(party), ..PlaceOptions::default() };
    bench.engine.call_place_with(bench.channel(1), "1", &options).expect("a free channel");
    bench.pass_ms(100);
    let setup = bench.heard_whole().remove(0);
    let has = |element: &[u8]| setup.windows(element.len()).any(|at| at == element);
    assert!(has(&octets("6c 03 00 80 39")) && has(&octets("74 04 00 00 81 39")), "{setup:02x?}");
}

#[test]
fn what_ends_tell_each_other_during_a_call_goes_both_ways() {
    let mut bench = Bench::up();
    let call = bench.answered();
    for (kind, said) in [
        (InformationKind::Notification, &b"\x00"[..]),
        (InformationKind::Keypad, b"*21#"),
        (InformationKind::UserUser, b"\x00hello"),
        (InformationKind::Facility, b"\x91\xa1\x03\x02\x01\x01"),
    ] {
        bench.engine.call_send(call, kind, said).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
    }
    bench.pass_ms(200);
    let heard: Vec<Vec<u8>> = bench.heard_whole().into_iter().map(|message| message[4..].to_vec()).collect();
    let expected =
        ["6e 27 01 80", "7b 2c 04 2a 32 31 23", "20 7e 06 00 68 65 6c 6c 6f", "62 1c 06 91 a1 03 02 01 01"];
    assert_eq!(heard, expected.map(octets));
    // Only the network shows texts.
    let refused = bench.engine.call_send(call, InformationKind::Display, b"x");
    assert!(matches!(refused, Err(EngineError::Unsupported(_))), "{refused:?}");
    bench.say(&[
        "08 02 80 01 6e 27 01 f9",
        "08 02 80 01 7b 28 02 68 69",
        "08 02 80 01 20 7e 03 04 41 42",
        "08 02 80 01 62 1c 02 91 a1",
    ]);
    let expected = [
        (InformationKind::Notification, vec![0x79]),
        (InformationKind::Display, b"hi".to_vec()),
        (InformationKind::UserUser, b"\x04AB".to_vec()),
        (InformationKind::Facility, vec![0x91, 0xa1]),
    ];
    assert_eq!(bench.information(), expected);
    for (kind, wrong) in [
        (InformationKind::Notification, &b"ab"[..]),
        (InformationKind::Keypad, b" "),
        (InformationKind::UserUser, &[0; 130]),
    ] {
        assert!(
            matches!(bench.engine.call_send(call, kind, wrong), Err(EngineError::BadArgument(_))),
            "{kind:?}"
        );
    }
}

#[test]
fn what_comes_with_a_call_and_its_answer_is_told_and_any_element_can_be_had() {
    let mut bench = Bench::up();
    bench.say(&[&format!("{} 7d 02 91 81 7e 03 04 41 42", setup(1))]);
    assert_eq!(bench.information(), [(InformationKind::UserUser, b"\x04AB".to_vec())]);
    assert_eq!(bench.engine.call_element(CallId(1), 5, 0, 0x7d, 0).expect("a call"), Some(vec![0x91, 0x81]));
    assert_eq!(bench.engine.call_element(CallId(1), 5, 0, 0x7c, 0).expect("a call"), None);
    bench.told.clear();
    let placed = bench.place(2);
    bench.say(&["08 02 80 01 02 18 03 a9 83 82", "08 02 80 01 07 4c 03 21 80 35 7e 02 00 5a"]);
    assert_eq!(bench.information(), [(InformationKind::UserUser, b"\x00Z".to_vec())]);
    let connected = bench.engine.call_parties(placed).expect("a call").connected.expect("a number");
    assert_eq!(connected.number, "5");
}

#[test]
fn who_has_answered_is_known_however_much_is_said_afterwards() {
    let mut bench = Bench::up();
    let placed = bench.place(2);
    let much = "7e 7f".to_owned() + &" 41".repeat(127);
    bench.say(&[&format!("08 02 80 01 02 18 03 a9 83 82 {much}"), "08 02 80 01 07 4c 03 21 80 35"]);
    for kind in
        ["62 1c 01 91", "7b 2c 01 35", "6e 27 01 fa", "20", "7d 08 02 82 9e 14 01 0a", "45 08 02 82 90"]
    {
        bench.say(&[&format!("08 02 80 01 {kind} {much}")]);
    }
    let known = |message| bench.engine.call_element(placed, message, 0, 0x7e, 0).expect("a call").is_some();
    assert!(!known(0x02) && known(0x45), "there is no room for all");
    let connected = bench.engine.call_parties(placed).expect("a call").connected.expect("a number");
    assert_eq!(connected.number, "5");
}

#[test]
fn calls_are_held_and_retrieved_by_either_end() {
    let mut bench = Bench::up();
    let call = bench.answered();
    let held = |bench: &Bench| {
        let progress = bench.engine.call_info(call).expect("a call").progress;
        (progress.held, progress.held_for_far_end)
    };
    assert!(bench.engine.call_retrieve(call).is_err(), "it is not held");
    bench.engine.call_hold(call).expect("answered");
    assert_eq!(held(&bench), (false, false), "asked for");
    bench.say(&["08 02 80 01 28"]);
    assert_eq!(held(&bench), (true, false));
    bench.engine.call_retrieve(call).expect("held");
    bench.say(&["08 02 80 01 37 08 02 82 a9"]);
    assert_eq!(held(&bench), (true, false), "refused");
    bench.engine.call_retrieve(call).expect("held still");
    bench.say(&["08 02 80 01 33 18 03 a9 83 81"]);
    assert_eq!(held(&bench), (false, false));
    bench.say(&["08 02 80 01 24"]);
    assert_eq!(held(&bench), (false, true));
    bench.say(&["08 02 80 01 31 18 03 a9 83 81"]);
    assert_eq!(held(&bench), (false, false));
    let told = [
        HoldChange::Held,
        HoldChange::RetrieveRefused,
        HoldChange::Retrieved,
        HoldChange::HeldForFarEnd,
        HoldChange::RetrievedByFarEnd,
    ];
    assert_eq!(bench.holds(), told);
    assert_eq!(bench.heard(), ["0001 24", "0001 31", "0001 31", "0001 28", "0001 33"]);
    assert_eq!(bench.cleared(), []);
}

#[test]
fn something_may_be_heard_before_the_answer_in_both_directions() {
    let mut bench = Bench::up();
    let call = bench.offered();
    let channel = bench.channel(1);
    assert_eq!(bench.engine.call_info(call).expect("a call").progress, CallProgress::default());
    bench.engine.call_progress(call).expect("offered");
    let in_band = CallProgress { in_band: true, ..CallProgress::default() };
    assert_eq!(bench.engine.call_info(call).expect("a call").progress, in_band);
    bench.engine.play_samples(channel, vec![0; 80].into(), Terms::default()).expect("it may be heard");
    bench.pass_ms(200);
    let heard = bench.heard_whole();
    assert_eq!(heard[1][4..], octets("03 1e 02 80 88"), "PROGRESS: in-band information, from the user");
    assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::PlayDone { .. })));
    let outgoing = bench.channel(2);
    bench.engine.call_place(outgoing, "1").expect("a free channel");
    assert!(bench.engine.collect(outgoing, Terms::default()).is_err(), "the channel is not ours yet");
    bench.say(&["08 02 80 01 02 18 03 a9 83 82"]);
    bench.engine.collect(outgoing, Terms::default()).expect("the far end has given us the channel");
}

#[test]
fn octets_of_the_hosts_own_and_an_interaction_travel_with_the_call() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.engine.call_set_data(call, &[7; 4096]).expect("room");
    assert!(matches!(bench.engine.call_set_data(call, &[7; 4097]), Err(EngineError::BadArgument(_))));
    assert_eq!(bench.engine.call_data(call).expect("a call"), [7; 4096]);
    assert_eq!(bench.engine.call_info(call).expect("a call").interaction, call.0);
    bench.engine.call_set_interaction(call, 99).expect("a call");
    let info = bench.engine.call_info(call).expect("a call");
    assert_eq!(info.interaction, 99);
    assert!(info.answered.is_some_and(|at| at > info.began));
}

#[test]
fn nothing_is_told_of_a_call_before_its_offer_and_then_what_its_setup_brought() {
    let mut bench = Bench::up();
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 03 80 32 30 7e 03 04 41 42"]);
    bench.say(&["08 02 00 01 62 1c 02 91 a1", "08 02 00 01 6e 27 01 f9"]);
    assert_eq!(bench.told, []);
    bench.say(&["08 02 00 01 7b a1 70 03 80 30 31"]);
    assert_eq!(bench.information(), [(InformationKind::UserUser, vec![4, 0x41, 0x42])]);
    assert!(
        matches!(&bench.told[0], EventKind::CallOffered { called, .. } if called == "2001"),
        "{:?}",
        bench.told
    );
    let mut bench = Bench::up();
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 03 80 32 30"]);
    bench.say(&["08 02 00 01 45 08 02 80 90 7e 03 04 41 42", "08 02 00 01 5a"]);
    assert_eq!(bench.told, [], "a caller who gives up while dialling");
}

#[test]
fn what_is_withheld_of_a_party_is_in_no_element_of_it_either() {
    let subaddress = [0x80, 0x50, 0x41];
    // Numbers and subaddresses, withheld and not, and what is shown of them; all in one SETUP, or in a CONNECT.
    let in_setup = [(0x6c, "21 a1 37"), (0x6d, "80 50 41"), (0x73, "21 21 82 38"), (0x74, "21 21 82 39")];
    let in_connect = [(0x4c, "21 a1 36"), (0x4d, "80 50 41")];
    let elements = |of: &[(u8, &str)], presentation: &str| -> String {
        let element = |(id, content): &(u8, &str)| {
            let content = content
                .replace(" a1", &format!(" {presentation}"))
                .replace("21 21 82", &format!("21 {} 82", if presentation == "81" { "01" } else { "21" }));
            format!("{id:02x} {:02x} {content}", content.split(' ').count())
        };
        of.iter().map(element).collect::<Vec<_>>().join(" ")
    };
    for (privileged, presentation) in [(false, "a1"), (true, "a1"), (false, "81")] {
        let hidden = !privileged && presentation == "a1";
        let mut bench = Bench::up_with("", &format!("[calls]\nshow_withheld = {privileged}"));
        bench.say(&[&setup(1).replace("70 05", &format!("{} 70 05", elements(&in_setup, presentation)))]);
        let call = bench.engine.call_place(bench.channel(2), "1").expect("a free channel");
        bench.say(&["08 02 80 01 02 18 03 a9 83 82"]);
        // Elements come in the order of their numbers.
        bench.say(&[&format!("08 02 80 01 07 {}", elements(&in_connect, presentation))]);
        for (call, message, of) in [(CallId(1), 5, &in_setup[..]), (call, 7, &in_connect)] {
            for (id, content) in of {
                let element =
                    bench.engine.call_element(call, message, 0, *id, 0).expect("a call").expect("sent");
                let digits = element.iter().filter(|octet| (0x36..=0x39).contains(*octet)).count();
                let is_subaddress = content.starts_with("80 50");
                assert_eq!(element == subaddress, is_subaddress && !hidden, "{id:02x}: {element:02x?}");
                assert_eq!(digits, usize::from(!is_subaddress && !hidden), "{id:02x}: {element:02x?}");
            }
        }
        let parties = bench.engine.call_parties(CallId(1)).expect("a call");
        for party in [parties.calling, parties.original_called, parties.redirecting] {
            let party = party.expect("told");
            assert_eq!(
                (party.withheld, party.number.is_empty()),
                (presentation == "a1", hidden),
                "{party:?}"
            );
        }
        let connected = bench.engine.call_parties(call).expect("a call").connected.expect("told");
        assert_eq!((connected.number.is_empty(), connected.subaddress.is_none()), (hidden, hidden));
    }
}

#[test]
fn a_host_that_alerts_after_the_engine_has_done_so_is_not_refused() {
    let mut bench = Bench::up();
    let call = bench.offered();
    bench.pass_ms(4500);
    bench.engine.call_alert(call).expect("offered");
    assert!(bench.engine.call_alert(call).is_err(), "but once only");
    assert_eq!(bench.heard().iter().filter(|heard| heard.ends_with(" 01")).count(), 1);
}

#[test]
fn each_way_in_which_a_number_ends_has_a_name() {
    let begun = "08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 03 80 32 30";
    let more = |digits: &str| format!("08 02 00 01 7b 70 {:02x} 80 {digits}", digits.split(' ').count() + 1);
    let complete = "08 02 00 01 7b a1 70 02 80 31".to_owned();
    for (messages, wait_ms, called, end) in [
        (vec![setup(1)], 0, "2001", DigitsEnd::SendingComplete),
        (vec![begun.to_owned(), complete], 0, "201", DigitsEnd::SendingComplete),
        (vec![begun.to_owned(), more("31 23")], 0, "201", DigitsEnd::EndDigit),
        (vec![begun.to_owned(), more("31 32")], 0, "2012", DigitsEnd::Full),
        (vec![begun.to_owned(), more("31 32 33")], 0, "2012", DigitsEnd::TooMany),
        (vec![begun.to_owned(), more("31")], 16_000, "201", DigitsEnd::Timer),
    ] {
        let mut bench = Bench::up_with(", max_digits = 4", "");
        messages.iter().for_each(|message| bench.say(&[message]));
        bench.pass_ms(wait_ms);
        let info = bench.engine.call_info(CallId(1)).expect("a call");
        assert_eq!((info.number_end, info.state), (Some(end), CallState::Offered), "{messages:?}");
        assert_eq!(bench.engine.call_parties(CallId(1)).expect("a call").called.number, called, "{end:?}");
        bench.say(&[&more("39")]);
        assert_eq!(bench.information(), [(InformationKind::LateDigits, b"9".to_vec())], "{end:?}");
    }
    let plan = ", dial_plan = [\"201\", \"4XX\"]";
    for (digits, called, end) in [
        ("31", "201", DigitsEnd::Full),
        ("31 31", "201", DigitsEnd::TooMany),
        ("39 31", "209", DigitsEnd::NotInPlan),
    ] {
        let mut bench = Bench::up_with(plan, "");
        bench.say(&[begun]);
        bench.say(&[&more(digits)]);
        let info = bench.engine.call_info(CallId(1)).expect("a call");
        assert_eq!((info.number_end, info.state), (Some(end), CallState::Offered), "{digits}");
        assert_eq!(bench.engine.call_parties(CallId(1)).expect("a call").called.number, called, "{end:?}");
    }
    // None at all: the caller is told why, and the host has never heard of it.
    let mut bench = Bench::up();
    bench.say(&["08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81"]);
    bench.pass_ms(20_000);
    assert_eq!((bench.heard(), bench.told), (vec!["8001 0d".into(), "8001 45".into()], vec![]));
}
