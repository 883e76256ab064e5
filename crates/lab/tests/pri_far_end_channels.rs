//! Channels of an ISDN span, lost, blocked, reset and chosen by a far end that says what the test says.
mod far_end;
use far_end::{Bench, lock, octets, setup};
use tandem_engine::{
    CallId, CallStage, CallState, ChannelService, EndReason, EngineError, EventKind, PartyTerms, Pattern,
    PlaceOptions, RecordOptions, RecordingSides, Terms,
};
use tandem_types::{Bearer, Cause, Frames};

/// A call of ours that may be on any channel, whose channel 1 a call of the far end has taken meanwhile.
fn waiting(bench: &mut Bench) -> CallId {
    let options = PlaceOptions { channel_may_change: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_with(bench.channel(1), "4711", &options).expect("a free channel");
    bench.say(&[&setup(1)]);
    assert_eq!(bench.cleared(), []);
    let theirs = bench.engine.channel_state(bench.channel(1)).expect("a channel").call;
    assert!(theirs.is_some_and(|theirs| theirs != call));
    call
}

#[test]
fn a_call_that_waits_for_a_channel_goes_on_upon_the_one_that_it_is_given() {
    let mut bench = Bench::up();
    let call = waiting(&mut bench);
    bench.say(&["08 02 80 01 02 18 03 a9 83 85", "08 02 80 01 07"]);
    let info = bench.engine.call_info(call).expect("a call");
    assert_eq!((info.state, info.channel), (CallState::Answered, bench.channel(5)));
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("answered");
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(bench.cleared(), [(call, 16, false)]);
    // The one that came stays.
    assert!(bench.engine.channel_state(bench.channel(1)).expect("a channel").call.is_some());
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

#[test]
fn a_call_that_waits_for_a_channel_may_be_given_its_own_again() {
    let mut bench = Bench::up();
    let call = waiting(&mut bench);
    bench.say(&["08 02 00 01 5a 08 02 82 90"]);
    assert_eq!(bench.engine.channel_state(bench.channel(1)).expect("a channel").call, None);
    bench.say(&["08 02 80 01 02 18 03 a9 83 81", "08 02 80 01 07"]);
    assert_eq!(bench.engine.channel_state(bench.channel(1)).expect("a channel").call, Some(call));
    assert_eq!(bench.engine.call_info(call).expect("a call").state, CallState::Answered);
}

#[test]
fn a_call_that_waits_for_a_channel_is_cleared_without_touching_the_one_that_took_it() {
    let mut bench = Bench::up();
    let call = waiting(&mut bench);
    bench.heard();
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("placed");
    bench.pass_ms(100);
    assert_eq!(bench.engine.call_info(call).expect("known").state, CallState::Clearing);
    assert_eq!(bench.heard(), ["0001 45"]);
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(bench.cleared(), [(call, 16, false)]);
    let theirs = bench.engine.channel_state(bench.channel(1)).expect("a channel").call.expect("there");
    assert_eq!(bench.engine.call_info(theirs).expect("a call").state, CallState::Offered);
    bench.engine.call_answer(theirs).expect("offered");
}

#[test]
fn a_call_that_waits_for_a_channel_and_is_refused_one_is_tried_on_another_or_ends() {
    let mut bench = Bench::up();
    let call = waiting(&mut bench);
    bench.heard();
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    // SETUP again, of the same call of the host.
    assert_eq!(bench.heard(), ["0002 05"]);
    bench.say(&["08 02 80 02 5a 08 02 82 91"]);
    assert_eq!(bench.cleared(), [(call, 17, true)]);
    let mut bench = Bench::up();
    let call = waiting(&mut bench);
    bench.say(&["08 02 80 01 5a 08 02 82 81"]);
    assert_eq!(bench.cleared(), [(call, 1, true)]);
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

#[test]
fn a_call_that_has_lost_its_channel_is_not_connected_by_a_lax_network() {
    let mut bench = Bench::up();
    let call = bench.engine.call_place(bench.channel(1), "4711").expect("a free channel");
    // Theirs has left before ours has come.
    bench.say(&[&setup(1)]);
    assert_eq!(bench.cleared(), [(call, 44, true)]);
    bench.say(&["08 02 80 01 02 18 03 a9 83 85", "08 02 80 01 07"]);
    let heard = bench.heard();
    assert!(heard.contains(&"0001 45".into()) && !heard.contains(&"0001 0f".into()), "{heard:?}");
    // The network's call has the channel, and goes on.
    assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::CallOffered { .. })), "{:?}", bench.told);
}

#[test]
fn a_channel_under_test_is_passed_over_when_the_far_end_leaves_the_choice() {
    let mut bench = Bench::up();
    let test = bench.engine.line_test_start(0, 1 << 1, Pattern::Prbs15).expect("a free channel");
    // Channel 1 preferred, then any.
    bench.say(&["08 02 00 01 05 a1 04 03 80 90 a3 18 03 a1 83 81 70 03 80 32 30"]);
    bench.say(&["08 02 00 02 05 a1 04 03 80 90 a3 18 03 a1 83 83 70 03 80 32 30"]);
    let offered: Vec<u32> = bench
        .told
        .iter()
        .filter_map(|kind| match kind {
            EventKind::CallOffered { channel, .. } => Some(channel.index()),
            _ => None,
        })
        .collect();
    assert_eq!(offered.len(), 2, "{:?}", bench.told);
    assert!(!offered.contains(&bench.channel(1).index()));
    bench.engine.line_test_stop(test).expect("it runs");
    bench.place(1);
}

#[test]
fn a_restart_by_the_far_end_ends_the_call_by_the_far_end() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.say(&["08 02 00 00 46 18 03 a9 83 81 79 01 80"]);
    assert_eq!(bench.cleared(), [(call, 41, true)]);
    assert_eq!(bench.heard(), ["8000 4e"]);
}

#[test]
fn a_channel_is_blocked_after_its_call_reset_and_out_of_service_without_an_answer() {
    let mut bench = Bench::up();
    bench.answered();
    let channel = bench.channel(1);
    bench.engine.channel_set_service(channel, false).expect("a trunk");
    assert_eq!(bench.cleared(), [], "the call goes on");
    assert_eq!(bench.engine.channel_state(channel).expect("open").call, Some(CallId(1)));
    bench.engine.call_clear(CallId(1), Cause::NORMAL_CLEARING).expect("a call");
    bench.say(&["08 02 80 01 4d"]);
    assert!(bench.engine.call_place(channel, "1").is_err(), "it is blocked");
    bench.say(&[&setup(1)]);
    assert!(!bench.told.iter().any(|kind| matches!(kind, EventKind::CallOffered { .. })));
    bench.engine.channel_set_service(channel, true).expect("a trunk");
    bench.engine.channel_reset(channel).expect("the link is up");
    bench.pass_ms(50);
    assert!(bench.heard().contains(&"0000 46".into()));
    bench.say(&["08 02 80 00 4e 18 03 a9 83 81 79 01 80"]);
    use ChannelService::*;
    assert_eq!(bench.services(), [Blocked, InService, Resetting, InService]);
    // T316 runs out twice, 2 minutes each.
    bench.engine.channel_reset(channel).expect("the link is up");
    bench.pass_ms(241_000);
    assert_eq!(bench.services()[4..], [Resetting, OutOfService]);
    assert_eq!(bench.engine.channel_state(channel).expect("open").service, OutOfService);
    bench.engine.channel_set_service(channel, true).expect("a trunk");
    bench.engine.channel_set_service(channel, false).expect("a trunk");
    bench.engine.channel_set_service(channel, true).expect("maintenance says that it is good");
    bench.place(1);
}

#[test]
fn the_far_end_may_choose_another_channel_where_it_is_told_so() {
    let mut bench = Bench::up();
    let [first, third] = [1, 3].map(|slot| bench.channel(slot));
    let options =
        PlaceOptions { channel_may_change: true, bearer: Bearer::Unrestricted, ..PlaceOptions::default() };
    let call = bench.engine.call_place_with(first, "12", &options).expect("a free channel");
    bench.pass_ms(100);
    let setup = bench.heard_whole().remove(0);
    assert!(setup.windows(5).any(|at| at == octets("18 03 a1 83 81")), "preferred: {setup:02x?}");
    bench.say(&["08 02 80 01 02 18 03 a9 83 83"]);
    let at = bench.told.iter().find_map(|kind| match kind {
        EventKind::CallProgress { stage: CallStage::Proceeding, channel, .. } => Some(*channel),
        _ => None,
    });
    assert_eq!((at, bench.engine.call_info(call).expect("a call").channel), (Some(third), third));
    assert!(bench.engine.call_place(third, "1").is_err(), "it is in use");
    bench.say(&["08 02 80 01 07"]);
    bench.engine.collect(third, Terms::default()).expect("answered there");
    assert!(bench.engine.collect(first, Terms::default()).is_err(), "there is no call there");
    // The first is free for another call, to which the far end gives the channel of the one in progress: it cannot.
    bench.engine.call_place_with(first, "12", &options).expect("free again");
    bench.pass_ms(100);
    bench.heard();
    bench.say(&["08 02 80 02 02 18 03 a9 83 83"]);
    assert_eq!(bench.engine.call_info(call).expect("the first").channel, third);
    assert!(!bench.heard().is_empty(), "it is told so");
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("answered");
    bench.say(&["08 02 80 01 4d"]);
    assert!(bench.cleared().contains(&(call, 16, false)));
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

#[test]
fn a_call_in_a_group_goes_on_to_another_channel_when_it_has_lost_one() {
    let group =
        "[[group]]\nname = \"out\"\nspans = [0]\nhunt = \"descending\"\nprefix = \"0\"\nmax_digits = 4";
    let mut bench = Bench::up_with("", group);
    let wrong = bench.engine.call_place_in("out", "12345", &PlaceOptions::default());
    assert!(matches!(wrong, Err(EngineError::BadArgument(_))), "{wrong:?}");
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    bench.pass_ms(100);
    let first = bench.heard_whole().remove(0);
    assert!(first.ends_with(&octets("70 04 80 30 31 32")), "{first:02x?}");
    assert!(first.windows(5).any(|at| at == octets("18 03 a9 83 9f")), "{first:02x?}");
    // Requested channel not available; then no channel at all.
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    let second = bench.heard_whole().remove(0);
    assert!(second.windows(5).any(|at| at == octets("18 03 a9 83 9e")), "{second:02x?}");
    assert_eq!(bench.engine.call_info(call).expect("the same call").channel, bench.channel(30));
    bench.say(&["08 02 80 02 02 18 03 a9 83 9e", "08 02 80 02 07"]);
    assert!(
        bench.told.iter().any(|kind| matches!(kind, EventKind::CallAnswered { call: it, .. } if *it == call))
    );
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("answered");
    bench.say(&["08 02 80 02 4d"]);
    assert_eq!(bench.cleared(), [(call, 16, false)]);
    // A third loss is the last.
    bench.told.clear();
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    for reference in ["03", "04", "05"] {
        bench.say(&[&format!("08 02 80 {reference} 5a 08 02 82 ac")]);
    }
    assert_eq!(bench.cleared(), [(call, 44, true)]);
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

#[test]
fn calls_of_a_group_hunt_in_the_order_that_it_says() {
    for (hunt, expected) in [
        ("ascending", [1, 1, 1]),
        ("descending", [31, 31, 31]),
        ("round-robin", [1, 2, 3]),
        ("least-used", [3, 4, 5]),
    ] {
        let group = format!("[[group]]\nname = \"out\"\nspans = [0]\nhunt = \"{hunt}\"");
        let mut bench = Bench::up_with("", &group);
        // Channels 1 and 2 have had a call: one placed on it, and one of the far end, which gives up.
        bench.engine.call_place(bench.channel(1), "1").expect("a free channel");
        bench.say(&["08 02 80 01 5a 08 02 82 91", &setup(2), "08 02 00 01 5a 08 02 80 90"]);
        let mut taken = Vec::new();
        for reference in ["02", "03", "04"] {
            let call =
                bench.engine.call_place_in("out", "1", &PlaceOptions::default()).expect("free channels");
            let channel = bench.engine.call_info(call).expect("placed").channel;
            taken.extend((1..32).find(|slot| *slot != 16 && bench.channel(*slot) == channel));
            bench.say(&[&format!("08 02 80 {reference} 5a 08 02 82 91")]);
        }
        assert_eq!(taken, expected, "{hunt}");
    }
}

#[test]
fn what_a_circuit_of_64_kbit_cannot_carry_is_refused() {
    let [speech, data] = ["04 03 80 90 a3", "04 02 88 90"];
    for (bearer, refused) in [
        (speech, false),
        (data, false),
        ("04 02 89 90", false),    // restricted digital
        ("04 03 90 90 a3", false), // 3.1 kHz audio
        ("04 02 98 90", true),     // video
        ("04 02 88 93", true),     // 384 kbit/s
        ("04 03 88 98 82", true),  // multirate
        ("04 02 88 c0", true),     // packet mode
        ("04 02 85 90", true),     // a transfer capability that nobody has
    ] {
        let mut bench = Bench::up();
        let told = bench.told.len();
        bench.say(&[&setup(1).replace(speech, bearer)]);
        let heard = bench.heard_whole();
        let cause_65 = heard.iter().any(|message| message[4] == 0x5a && message.ends_with(&[0xc1]));
        assert_eq!((cause_65, bench.told.len() == told), (refused, refused), "{bearer}: {heard:02x?}");
    }
}

#[test]
fn digits_go_with_a_call_to_another_channel_and_the_last_end_is_told() {
    let mut bench = Bench::up_with("", GROUP);
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_in("out", "12", &options).expect("free channels");
    bench.engine.call_more_digits(call, "34", true).expect("kept");
    bench.pass_ms(100);
    bench.heard();
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    let second = bench.heard_whole().remove(0);
    assert!(second.ends_with(&octets("70 05 80 31 32 33 34")), "{second:02x?}");
    assert!(second.contains(&0xa1), "sending is complete");
    assert_eq!(bench.engine.call_parties(call).expect("a call").called.number, "1234");
    let too_long = bench.engine.call_place_in("out", "1", &options).expect("free channels");
    assert!(bench.engine.call_more_digits(too_long, "2345678", false).is_err(), "six digits at most");
    // All others are blocked: the end of the only attempt is the end of the call.
    let mut bench = Bench::up_with("", GROUP);
    for slot in (2..=15).chain(17..=31) {
        bench.engine.channel_set_service(bench.channel(slot), false).expect("in service");
    }
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("channel 1");
    bench.pass_ms(100);
    bench.say(&["08 02 80 01 5a 08 02 82 ac"]);
    assert_eq!(bench.cleared(), [(call, 44, true)]);
    assert_eq!(bench.engine.statistics().expect("open").totals.calls_placed, 1);
}

#[test]
fn a_call_of_which_something_was_told_and_one_that_the_host_clears_are_not_tried_again() {
    let mut bench = Bench::up_with("", GROUP);
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    bench.pass_ms(100);
    bench.heard();
    bench.engine.call_clear(call, Cause::NO_CIRCUIT).expect("a call");
    assert_eq!(bench.engine.call_info(call).map(|info| info.state), Ok(CallState::Clearing));
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("it is being cleared already");
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(
        (bench.heard(), bench.cleared()),
        (vec!["0001 45".into(), "0001 5a".into()], vec![(call, 34, false)])
    );
    bench.told.clear();
    // The far end has asked for more digits, and then has an announcement, and no circuit.
    let options = PlaceOptions { more_digits_follow: true, ..PlaceOptions::default() };
    let call = bench.engine.call_place_in("out", "12", &options).expect("free channels");
    bench.pass_ms(100);
    bench.say(&["08 02 80 02 0d 18 03 a9 83 81 1e 02 82 88"]);
    bench.engine.collect(bench.channel(1), Terms::default()).expect("there is a tone to be heard");
    bench.say(&["08 02 80 02 45 08 02 82 a2 1e 02 82 88"]);
    bench.say(&["08 02 80 02 4d 08 02 82 a2"]);
    assert_eq!(bench.cleared(), [(call, 34, true)]);
    assert_eq!(bench.heard(), ["0002 05", "0002 5a"]);
    // One that is to be heard is told, whatever might be tried.
    bench.told.clear();
    let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
    bench.say(&["08 02 80 03 45 08 02 82 ac 1e 02 82 88"]);
    assert!(
        bench
            .told
            .iter()
            .any(|kind| matches!(kind, EventKind::CallDisconnected { call: it, .. } if *it == call))
    );
    bench.say(&["08 02 80 03 4d 08 02 82 ac"]);
    assert_eq!(
        (bench.heard(), bench.cleared()),
        (vec!["0003 05".into(), "0003 5a".into()], vec![(call, 44, true)])
    );
    // A call that is refused with an announcement at once is heard too.
    let call = bench.place(2);
    bench.say(&["08 02 80 04 45 08 02 82 91 1e 02 82 88"]);
    bench.engine.collect(bench.channel(2), Terms::default()).expect("there is a tone to be heard");
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("kept for the tone");
}

#[test]
fn a_held_call_may_come_back_on_another_channel_and_takes_nothing_of_the_old_one_with_it() {
    let mut bench = Bench::up();
    let call = bench.answered();
    let [first, second] = [1, 2].map(|slot| bench.channel(slot));
    bench.engine.collect(first, Terms::default()).expect("answered");
    let bridge = bench.engine.bridge_new().expect("a bridge");
    bench.engine.bridge_join(bridge, first, PartyTerms::default()).expect("answered");
    bench.engine.call_hold(call).expect("answered");
    bench.say(&["08 02 80 01 28"]);
    bench.engine.call_retrieve(call).expect("held");
    bench.say(&["08 02 80 01 33 18 03 a9 83 82"]);
    let stopped =
        |kind: &EventKind| matches!(kind, EventKind::CollectDone { reason: EndReason::Stopped, .. });
    assert_eq!(bench.told.iter().filter(|kind| stopped(kind)).count(), 1);
    assert_eq!(bench.engine.call_info(call).expect("answered").channel, second);
    bench.engine.bridge_join(bridge, second, PartyTerms::default()).expect("there now");
    // A stranger on the first channel has nothing to do with the conference.
    bench.say(&[&setup(1)]);
    bench.engine.bridge_join(bridge, first, PartyTerms::default()).expect("in no bridge yet");
    bench.engine.collect(first, Terms::default()).expect("nothing is collected there yet");
    // On a channel that is in use it cannot come back: it is cleared, and the ends agree.
    bench.engine.call_hold(call).expect("answered");
    bench.say(&["08 02 80 01 28"]);
    bench.engine.call_retrieve(call).expect("held");
    bench.heard();
    bench.say(&["08 02 80 01 33 18 03 a9 83 81"]);
    assert_eq!(bench.heard(), ["0001 31", "0001 45"]);
    bench.say(&["08 02 80 01 4d"]);
    assert_eq!(bench.cleared(), [(call, 44, false)]);
    assert_eq!(bench.engine.statistics().expect("open").totals.circuits_freed, 0);
}

/// Two calls of ours, on channels 1 and 2, that hear each other.
fn joined(bench: &mut Bench) -> (CallId, CallId) {
    let call = bench.answered();
    let other = bench.place(2);
    bench.say(&["08 02 80 02 02 18 03 a9 83 82", "08 02 80 02 07"]);
    bench.engine.call_transfer(call, other).expect("both are answered");
    bench.heard();
    (call, other)
}

#[test]
fn a_call_that_is_joined_is_cleared_at_once_with_the_other_whatever_the_far_end_says_to_that() {
    let mut bench = Bench::up();
    let (call, _) = joined(&mut bench);
    bench.engine.call_clear(call, Cause::NORMAL_CLEARING).expect("answered");
    bench.pass_ms(100);
    assert_eq!(bench.heard(), ["0001 45", "0002 45"]);
    let mut bench = Bench::up();
    joined(&mut bench);
    bench.say(&["08 02 80 02 45 08 02 80 90"]);
    assert_eq!(bench.heard(), ["0002 4d", "0001 45"]);
}

#[test]
fn calls_that_are_joined_hear_each_other_again_when_one_comes_back_on_another_channel() {
    let mut bench = Bench::up();
    let (call, other) = joined(&mut bench);
    lock(&bench.wanted).says = std::array::from_fn(|slot| Some(0x80 | slot as u8));
    let hears = |bench: &mut Bench| {
        bench.pass_ms(50);
        let heard = lock(&bench.wanted).hears;
        [heard[1], heard[2], heard[3]]
    };
    assert_eq!(hears(&mut bench), [0x82, 0x81, 0xd5]);
    bench.engine.call_hold(call).expect("answered");
    bench.say(&["08 02 80 01 28"]);
    bench.engine.call_retrieve(call).expect("held");
    bench.say(&["08 02 80 01 33 18 03 a9 83 83"]);
    assert_eq!(hears(&mut bench), [0xd5, 0x83, 0x82]);
    bench.say(&["08 02 80 01 45 08 02 80 90", "08 02 80 01 5a"]);
    bench.say(&["08 02 80 02 4d"]);
    let mut ended: Vec<_> = bench.cleared().iter().map(|(call, cause, _)| (*call, *cause)).collect();
    ended.sort_unstable();
    assert_eq!(ended, [(call, 16), (other, 16)]);
}

#[test]
fn what_is_said_on_the_channel_to_which_a_call_comes_back_is_kept_for_recordings() {
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("kept-where-it-came-back");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    let recording = format!("[recording]\ndirectory = {directory:?}\nformat = \"g711\"\npre_roll_ms = 1000");
    let mut bench = Bench::up_with("", &recording);
    let call = bench.answered();
    lock(&bench.wanted).says = std::array::from_fn(|slot| Some(0x80 | slot as u8));
    bench.engine.call_hold(call).expect("answered");
    bench.say(&["08 02 80 01 28"]);
    bench.engine.call_retrieve(call).expect("held");
    bench.say(&["08 02 80 01 33 18 03 a9 83 82"]);
    bench.pass_ms(1_000);
    let (sides, before) = (RecordingSides::Received, Frames::from_ms(1_000));
    let options = RecordOptions { sides, before, ..RecordOptions::default() };
    let path = std::path::Path::new("kept.wav");
    let record =
        bench.engine.record_with(bench.channel(2), path, options, Terms::default()).expect("it is there");
    bench.pass_ms(100);
    bench.engine.stop(record).expect("it runs");
    bench.pass_ms(500);
    let octets = std::fs::read(directory.join(path)).expect("a recording").split_off(512);
    assert_eq!(octets, [0x82; 8_800]);
    std::fs::remove_dir_all(directory).expect("our own directory");
}

#[test]
fn a_reset_of_ours_is_no_clearing_by_the_far_end() {
    let mut bench = Bench::up();
    let call = bench.answered();
    bench.engine.channel_reset(bench.channel(1)).expect("answered");
    bench.say(&["08 02 80 00 4e 18 03 a9 83 81 79 01 80"]);
    assert_eq!(bench.cleared(), [(call, 41, false)]);
}

#[test]
fn the_far_end_is_told_of_blocked_channels_when_the_link_is_back() {
    let mut bench = Bench::up_with(", profile = \"5ess\"", "");
    lock(&bench.wanted).refuses = true;
    lock(&bench.wanted).releases = true;
    bench.pass_ms(500);
    bench.engine.channel_set_service(bench.channel(1), false).expect("in service");
    bench.pass_ms(500);
    lock(&bench.wanted).refuses = false;
    bench.heard();
    bench.pass_ms(5000);
    assert_eq!(bench.heard_whole(), [octets("03 02 00 00 0f 01 01 c2 18 03 a9 83 81")]);
    // A link that falls before its channels are restarted was never told to be up.
    let mut bench = Bench::new("", "");
    bench.pass_ms(1000);
    lock(&bench.wanted).releases = true;
    lock(&bench.wanted).refuses = true;
    bench.pass_ms(500);
    assert!(!bench.told.iter().any(|kind| matches!(kind, EventKind::LinkChanged { .. })), "{:?}", bench.told);
}

#[test]
fn what_comes_on_the_wire_while_a_call_is_placed_is_heard_first() {
    for ms in 0..50 {
        let mut bench = Bench::up_with("", &format!("lateness_ms = 40\n{GROUP}"));
        lock(&bench.wanted).to_say.push_back(octets(&setup(1)));
        assert!(bench.engine.advance(Frames::from_ms(ms)));
        let call = bench.engine.call_place_in("out", "12", &PlaceOptions::default()).expect("free channels");
        assert_eq!(bench.engine.call_parties(call).expect("known at once").called.number, "12");
        bench.pass_ms(300);
        assert_eq!(bench.cleared(), [], "{ms} ms: the far end's call and ours are on two channels");
        assert_eq!(bench.engine.call_info(call).map(|info| info.state), Ok(CallState::Placed));
        assert!(bench.told.iter().any(|kind| matches!(kind, EventKind::CallOffered { .. })), "{ms} ms");
    }
}

const GROUP: &str = "[[group]]\nname = \"out\"\nspans = [0]\nmax_digits = 6\n";

#[test]
fn what_becomes_of_a_channel_whose_restart_is_not_answered_the_configuration_says() {
    use ChannelService::*;
    for (said, services, restarts) in [
        ("", &[Resetting, OutOfService, Resetting][..], 3),
        (", unanswered_restart = \"stay-out\"", &[Resetting, OutOfService], 2),
        (", unanswered_restart = \"in-service\"", &[Resetting, InService], 2),
    ] {
        let mut bench = Bench::up_with(said, "");
        bench.engine.channel_reset(bench.channel(1)).expect("the link is up");
        // T316 twice, and five minutes.
        bench.pass_ms(241_000);
        bench.pass_ms(300_000);
        assert_eq!(bench.services(), services, "{said}");
        assert_eq!(bench.heard(), vec!["0000 46"; restarts], "{said}");
    }
}
