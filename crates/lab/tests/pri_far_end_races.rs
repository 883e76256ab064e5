//! What crosses on an ISDN span, or comes at a bad moment, from a far end that says what the test says.
mod far_end;
use far_end::{Bench, lock, octets, setup};
use tandem_engine::{CallId, CallState, Element, EngineError, EventKind, InformationKind, PlaceOptions};
use tandem_types::{Cause, Frames};

const GROUP: &str = "[[group]]\nname = \"out\"\nspans = [0]\nmax_digits = 6\n";
const BUSY_WITH_TONE: &str = "08 02 80 01 45 08 02 82 91 1e 02 82 88";

/// A call of ours that may be on any channel, whose channel 1 a call of the far end has taken meanwhile.
fn waiting(bench: &mut Bench) -> CallId {
    let options = PlaceOptions { channel_may_change: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_with(bench.channel(1), "4711", &options).expect("a free channel");
    bench.say(&[&setup(1)]);
    bench.heard();
    call
}

/// An incoming call on channel 1 of which two digits have come.
const BEGUN: &str = "08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 03 80 32 30";

#[test]
fn a_caller_who_clears_while_dialling_leaves_nothing_behind_even_with_a_tone() {
    let mut bench = Bench::up();
    bench.say(&[BEGUN]);
    assert_eq!(bench.heard(), ["8001 0d"]);
    bench.say(&["08 02 00 01 45 08 02 82 90 1e 02 82 88"]);
    assert_eq!(bench.heard(), ["8001 4d"]);
    bench.say(&["08 02 00 01 5a"]);
    assert_eq!(bench.engine.statistics().expect("open").totals.calls_active, 0);
    assert_eq!(bench.told, [], "the host has never heard of it");
    bench.engine.call_place(bench.channel(1), "1").expect("free again");
}

#[test]
fn a_call_without_a_channel_ends_with_the_far_ends_disconnect_whatever_is_to_be_heard() {
    let mut bench = Bench::up();
    let call = waiting(&mut bench);
    bench.say(&[BUSY_WITH_TONE]);
    assert_eq!(bench.heard(), ["0001 4d"]);
    assert_eq!(bench.engine.call_info(call).expect("known").state, CallState::Clearing);
    bench.say(&["08 02 80 01 5a"]);
    assert_eq!(bench.cleared(), [(call, 17, true)]);
}

#[test]
fn a_call_that_has_lost_its_channel_is_cleared_by_the_host_and_tried_no_more() {
    let mut bench = Bench::up_with("", GROUP);
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    bench.pass_ms(100);
    bench.say(&["08 02 80 01 45 08 02 82 ac"]);
    assert_eq!(bench.heard(), ["0001 05", "0001 4d"]);
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("in any state");
    assert_eq!(bench.engine.call_info(call).expect("a call").state, CallState::Clearing);
    bench.say(&["08 02 80 01 5a"]);
    assert_eq!(bench.heard(), Vec::<String>::new(), "no other SETUP");
    assert_eq!(bench.cleared().len(), 1);
}

#[test]
fn digits_for_a_call_that_has_lost_its_channel_go_with_it_to_the_next() {
    let mut bench = Bench::up_with("", GROUP);
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_in("out", "12", &options).expect("free channels");
    bench.pass_ms(100);
    bench.say(&["08 02 80 01 45 08 02 82 ac"]);
    bench.heard();
    bench.engine.call_more_digits(call, "34", true).expect("it goes on");
    bench.say(&["08 02 80 01 5a"]);
    let setup = bench.heard_whole().pop().expect("the next SETUP");
    assert!(
        setup.ends_with(&octets("a1 70 05 80 31 32 33 34"))
            || contains(&setup, &octets("70 05 80 31 32 33 34"))
    );
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_call_that_is_given_a_channel_that_it_may_not_have_is_being_cleared() {
    let mut bench = Bench::up();
    let call = bench.place(1);
    bench.say(&["08 02 80 01 02 18 03 a9 83 85"]);
    assert_eq!(bench.engine.call_info(call).expect("a call").state, CallState::Clearing);
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("in any state");
    bench.say(&["08 02 80 01 5a"]);
    assert_eq!(bench.cleared().len(), 1);
}

#[test]
fn the_networks_call_is_offered_although_ours_has_moved_in_the_same_breath() {
    for ms in [0, 7, 20, 39] {
        let mut bench = Bench::up_with("", "lateness_ms = 40\n");
        let options = PlaceOptions { channel_may_change: true, ..PlaceOptions::default() };
        let wanted = bench.channel(1);
        let call = bench.engine.call_place_with(wanted, "4711", &options).expect("a free channel");
        assert!(bench.engine.advance(Frames::from_ms(ms)));
        bench.say(&[&setup(1), "08 02 80 01 02 18 03 a9 83 85"]);
        let offered = bench.told.iter().find_map(|kind| match kind {
            EventKind::CallOffered { call, channel, .. } => Some((*call, *channel)),
            _ => None,
        });
        let (theirs, channel) = offered.expect("the network's call");
        assert_eq!(
            (channel, bench.engine.call_info(call).expect("ours").channel),
            (wanted, bench.channel(5))
        );
        assert_eq!(bench.engine.channel_state(wanted).expect("a channel").call, Some(theirs));
    }
}

#[test]
fn no_call_begins_on_a_blocked_channel_by_way_of_glare() {
    let mut bench = Bench::up();
    bench.engine.call_place(bench.channel(1), "12").expect("free");
    bench.engine.channel_set_service(bench.channel(1), false).expect("when its call is over");
    bench.pass_ms(50);
    bench.say(&[&setup(1)]);
    assert!(!bench.told.iter().any(|kind| matches!(kind, EventKind::CallOffered { .. })), "{:?}", bench.told);
    assert!(bench.heard().contains(&"8001 5a".to_owned()));
}

#[test]
fn a_far_end_that_holds_and_retrieves_for_ever_does_not_grow_the_queue() {
    let mut bench = Bench::up_with("", "event_queue = 64\n");
    bench.answered();
    for _ in 0..100 {
        for message in ["08 02 80 01 24", "08 02 80 01 31"].repeat(3) {
            lock(&bench.wanted).to_say.push_back(octets(message));
        }
        assert!(bench.engine.advance(Frames::from_ms(200)));
    }
    bench.pass_ms(2000);
    let holds = bench.told.iter().filter(|kind| matches!(kind, EventKind::CallHold { .. })).count();
    assert!((1..=65).contains(&holds), "{holds}");
}

#[test]
fn digits_that_cease_end_the_number_with_every_kind_of_switch() {
    for profile in ["5ess", "4ess", "ni2", "dms100"] {
        let mut bench = Bench::up_with(&format!(", profile = \"{profile}\", overlap = true"), "");
        bench.say(&[BEGUN]);
        bench.pass_ms(20_000);
        let offered = bench.told.iter().filter(|kind| matches!(kind, EventKind::CallOffered { .. })).count();
        assert_eq!(offered, 1, "{profile}");
    }
}

#[test]
fn a_number_that_is_said_to_be_complete_and_is_none_ends_its_call_with_28() {
    let with = |pri: &str, elements: &str| {
        let mut bench = Bench::up_with(pri, "");
        bench.say(&[&format!("08 02 00 01 05 {elements}")]);
        bench
    };
    let begun = "04 03 80 90 a3 18 03 a9 83 81";
    for (pri, elements) in [
        (", dial_plan = [\"4711\"]", format!("a1 {begun} 70 03 80 34 37")),
        (", dial_plan = [\"4711\"]", format!("{begun} 70 04 80 34 37 23")),
        (", min_digits = 4", format!("{begun} 70 04 80 34 37 23")),
    ] {
        let mut bench = with(pri, &elements);
        assert_eq!(bench.told, [], "{pri} {elements}");
        let refusal = bench.heard_whole().pop().expect("an answer");
        assert!(contains(&refusal, &[0x80 | 28]), "{refusal:02x?}");
    }
    // A plan may have the digit that ends numbers otherwise.
    let bench = with(", dial_plan = [\"*21#\"]", &format!("{begun} 70 05 80 2a 32 31 23"));
    assert_eq!(bench.engine.call_parties(CallId(1)).expect("a call").called.number, "*21#");
}

#[test]
fn elements_that_no_message_holds_are_told_and_the_call_goes_on() {
    let mut bench = Bench::up();
    let call = bench.answered();
    let longer = Element { codeset: 0, id: 0x7e, content: vec![4; 130] };
    let none = bench.engine.call_set_elements(call, &[longer.clone(), longer]);
    assert!(matches!(none, Err(EngineError::BadArgument(_))), "longer than any message: {none:?}");
    let long = Element { codeset: 0, id: 0x7e, content: vec![4; 125] };
    bench.engine.call_set_elements(call, &[long.clone(), long]).expect("each is one");
    let refused = bench.engine.call_clear(call, Cause::NORMAL_CLEARING);
    assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    assert_eq!(bench.engine.call_info(call).expect("a call").state, CallState::Answered);
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("they are forgotten");
}

#[test]
fn elements_for_an_alert_that_was_sent_for_the_host_go_with_nothing_else() {
    let mut bench = Bench::up();
    let call = bench.offered();
    bench.pass_ms(4500);
    let element = Element { codeset: 6, id: 0x55, content: vec![1, 2, 3] };
    bench.engine.call_set_elements(call, &[element]).expect("a call");
    bench.engine.call_alert(call).expect("offered");
    bench.heard_whole();
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("a call");
    bench.pass_ms(100);
    assert!(!contains(&bench.heard_whole().concat(), &[0x55, 3, 1, 2, 3]));
}

#[test]
fn a_call_without_a_channel_may_be_told_of_its_progress() {
    let mut bench = Bench::up();
    let call = waiting(&mut bench);
    bench.say(&["08 02 80 01 03 1e 02 82 88"]);
    assert_eq!(bench.heard(), Vec::<String>::new());
    assert!(bench.engine.call_element(call, 3, 0, 0x1e, 0).expect("a call").is_some());
    bench.say(&["08 02 80 01 02 18 03 a9 83 85", "08 02 80 01 07"]);
    assert_eq!(bench.engine.call_info(call).expect("a call").state, CallState::Answered);
}

#[test]
fn nothing_of_a_withheld_caller_is_shown_by_elements_either() {
    let mut bench = Bench::up();
    bench.say(&[&setup(1).replace("70 05", "6c 04 21 21 37 38 6d 03 80 50 41 70 05")]);
    assert_eq!(bench.engine.call_element(CallId(1), 5, 0, 0x6c, 0), Ok(Some(vec![0x21, 0x21])));
    assert_eq!(bench.engine.call_element(CallId(1), 5, 0, 0x6d, 0), Ok(Some(vec![])));
    assert_eq!(bench.engine.call_element(CallId(1), 5, 0, 0x6c, 1), Ok(None), "there is one only");
    bench.say(&[&setup(2)
        .replace("08 02 00 01", "08 02 00 02")
        .replace("70 05", "6c 03 21 80 37 6c 04 21 a1 37 38 6d 03 80 50 41 70 05")]);
    let calling = |which| bench.engine.call_element(CallId(2), 5, 0, 0x6c, which);
    assert_eq!([calling(0), calling(1)], [Ok(Some(vec![0x21, 0x80, 0x37])), Ok(Some(vec![0x21, 0xa1]))]);
    assert_eq!(
        bench.engine.call_element(CallId(2), 5, 0, 0x6d, 0),
        Ok(Some(vec![])),
        "whose it is is not told"
    );
    assert!(bench.information().iter().all(|(kind, _)| *kind != InformationKind::LateDigits));
}
