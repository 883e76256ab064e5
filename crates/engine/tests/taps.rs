//! Calls of others on a line that is listened to.
mod common;

use common::tapped::*;
use std::path::Path;
use std::sync::Arc;
use tandem_card::LineOrder;
use tandem_engine::Side::{Network, User};
use tandem_engine::*;
use tandem_types::{Bearer, Frames, Handle};

#[test]
fn a_call_of_others_is_told_and_recorded_with_each_end_on_its_side() {
    let bench = Bench::new("taps-call", "");
    bench.says(User, SETUP);
    let begun = bench.told().remove(0);
    assert_eq!((begun.state, begun.caller, begun.from_network), (TapState::SetUp, User, None));
    assert_eq!(
        (&begun.parties.called.number[..], &begun.parties.calling.as_ref().expect("a number").number[..]),
        ("4711", "2001")
    );
    bench.says(Network, PROCEEDING);
    bench.says(Network, ALERTING);
    bench.says(Network, CONNECT);
    let told = bench.told();
    let states: Vec<_> = told.iter().map(|info| info.state).collect();
    assert_eq!(states, [TapState::Proceeding, TapState::Alerting, TapState::Answered]);
    let channels = (bench.channel(0, 7), bench.channel(1, 7));
    assert!(
        told.iter().all(|info| (info.from_network, info.from_user) == (Some(channels.0), Some(channels.1)))
    );
    let record =
        bench.engine.record(channels.0, Path::new("call.wav"), Terms::default()).expect("a recording");
    bench.engine.advance(Frames::from_seconds(2));
    bench.says(User, DISCONNECT);
    bench.engine.advance(Frames::from_ms(300));
    let events = bench.events();
    let ended = events.iter().find_map(|kind| match kind {
        EventKind::TapCall { info } => Some(info),
        _ => None,
    });
    let ended = ended.expect("the end is told");
    assert_eq!((ended.call, ended.state), (begun.call, TapState::Ended));
    assert_eq!(ended.ended.map(|end| end.1), Some(TapEnd::Cleared(User)));
    assert_eq!(ended.cause.map(|cause| cause.value()), Some(16));
    let done = events.iter().find_map(|kind| match kind {
        EventKind::RecordDone { operation, call, reason, path, start, gap_ms, .. } => {
            Some((*operation, *call, *reason, path.clone(), *start, *gap_ms))
        }
        _ => None,
    });
    let (operation, call, reason, path, start, gap_ms) = done.expect("the recording is complete");
    assert_eq!((operation, call, reason, gap_ms), (record, begun.call, EndReason::Hangup, 0));
    let file = std::fs::read(path).expect("a file");
    assert!(String::from_utf8_lossy(&file[..512]).contains(&format!("call {}", call.0)));
    let frames: Vec<[u8; 2]> = file[512..].chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
    assert!(frames.len() > 16_000, "{} frames", frames.len());
    // The wire and the card's buffer are two granules.
    let ends = bench.ends.lock().expect("no panic");
    let said = &ends.said;
    let first =
        (start.0 as usize - 40..=start.0 as usize).find(|at| said[0][*at] == frames[0][0]).expect("said");
    for (n, frame) in frames.iter().enumerate() {
        assert_eq!(*frame, [said[0][first + n], said[1][first + n]], "frame {n}");
    }
    assert_ne!(said[0][first..first + 100], said[1][first..first + 100]);
    drop(ends);
    assert_eq!(bench.engine.tap_call_info(begun.call).map(|info| info.state), Ok(TapState::Ended));
    assert_eq!(bench.engine.call_parties(begun.call).map(|parties| parties.called.number), Ok("4711".into()));
    bench.finish();
}

#[test]
fn the_other_receiver_gives_the_same_recording_with_its_sides_exchanged_and_each_direction_can_be_had_alone()
{
    let bench = Bench::new("taps-sides", "");
    bench.says(Network, SETUP_BY_NETWORK);
    let begun = bench.told().remove(0);
    assert_eq!(
        (begun.caller, begun.from_user),
        (Network, Some(bench.channel(1, 7))),
        "the network lets no choice"
    );
    let record = |channel: Handle, name: &str, sides| {
        let options = RecordOptions { sides, ..RecordOptions::default() };
        bench.engine.record_with(channel, Path::new(name), options, Terms::default()).expect("a recording");
    };
    let (network, user) = (bench.channel(0, 7), bench.channel(1, 7));
    record(network, "network.wav", RecordingSides::Apart);
    record(user, "user.wav", RecordingSides::Apart);
    record(user, "user-alone.wav", RecordingSides::Received);
    bench.engine.advance(Frames::from_seconds(1));
    bench.says(User, "08 02 80 01 5a 08 02 80 91");
    bench.engine.advance(Frames::from_ms(300));
    let octets = |name: &str| std::fs::read(bench.directory.join(name)).expect("a file").split_off(512);
    let (first, second) = (octets("network.wav"), octets("user.wav"));
    assert!(first.len() > 16_000);
    assert!(first.chunks(2).zip(second.chunks(2)).all(|(one, other)| one == [other[1], other[0]]));
    let alone = octets("user-alone.wav");
    assert!(second.chunks(2).zip(&alone).all(|(both, alone)| both[0] == *alone));
    bench.finish();
}

#[test]
fn a_recording_that_was_begun_before_a_call_goes_on_behind_it() {
    let bench = Bench::new("taps-all-day", "");
    let record =
        bench.engine.record(bench.channel(0, 7), Path::new("day.wav"), Terms::default()).expect("begun");
    bench.says(Network, SETUP_BY_NETWORK);
    bench.says(User, "08 02 80 01 5a 08 02 80 91");
    bench.engine.advance(Frames::from_ms(300));
    assert!(bench.events().iter().all(|kind| !matches!(kind, EventKind::RecordDone { .. })));
    bench.engine.stop(record).expect("it runs");
    bench.engine.advance(Frames::from_ms(300));
    let call = bench.events().into_iter().find_map(|kind| match kind {
        EventKind::RecordDone { call, .. } => Some(call),
        _ => None,
    });
    assert_eq!(call, Some(CallId::NONE));
    bench.finish();
}

#[test]
fn a_setup_for_a_channel_that_has_a_call_takes_nothing_from_it() {
    let bench = Bench::new("taps-glare", "");
    let channel = bench.channel(0, 7);
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let call = bench.told()[0].call;
    bench.record(channel, "before.wav").expect("during the call");
    bench.says(Network, SETUP_BY_NETWORK);
    bench.record(bench.channel(1, 7), "meanwhile.wav").expect("during the call");
    bench.says(User, REJECTED_BY_USER);
    bench.record(channel, "after.wav").expect("during the call");
    assert_eq!(bench.recorded(), []);
    bench.says(User, DISCONNECT);
    assert_eq!(bench.recorded(), [(call, EndReason::Hangup); 3]);
    bench.finish();
}

#[test]
fn a_call_has_the_channel_that_it_asked_for_as_soon_as_the_one_there_is_over() {
    let bench = Bench::new("taps-next", "");
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    bench.says(Network, SETUP_BY_NETWORK);
    let next = bench.told().last().expect("the second").call;
    bench.says(User, DISCONNECT);
    bench.record(bench.channel(0, 7), "next.wav").expect("during the second");
    assert_eq!(bench.recorded(), []);
    bench.says(User, REJECTED_BY_USER);
    assert_eq!(bench.recorded(), [(next, EndReason::Hangup)]);
    bench.finish();
}

#[test]
fn whoever_is_late_for_a_call_takes_nothing_of_the_next_one() {
    let bench = Bench::new("taps-late", "");
    let channel = bench.channel(0, 7);
    bench.says(Network, SETUP_BY_NETWORK);
    bench.says(User, REJECTED_BY_USER);
    let is_late = |error: EngineError| assert!(matches!(error, EngineError::WrongState(_)), "{error}");
    is_late(bench.record(channel, "late.wav").expect_err("a recording"));
    assert!(!bench.directory.join("late.wav").exists());
    is_late(bench.engine.stream(channel, StreamOptions::default(), Terms::default()).expect_err("a stream"));
    is_late(bench.engine.collect(channel, Terms::default()).expect_err("digits"));
    let bridge = bench.engine.bridge_new().expect("a bridge");
    let talks = PartyTerms { role: Role::Talk, ..PartyTerms::default() };
    bench.engine.bridge_join(bridge, channel, talks).expect("what is heard there has no name");
    bench.says(Network, SETUP_BY_NETWORK);
    bench.record(channel, "in-time.wav").expect("during a call");
    bench.finish();
}

#[test]
fn a_call_that_changes_its_channel_again_and_again_fills_no_memory_and_its_last_state_is_told() {
    let bench = Bench::new("taps-retrieved", "");
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    for n in 0..151 {
        bench.says(Network, &format!("08 02 80 01 33 18 03 a9 83 {:02x}", 0x87 + n % 2));
    }
    bench.says(Network, "08 02 80 01 33 18 03 a9 83 89");
    let mut told = bench.told();
    // What waits comes where there is room.
    bench.engine.advance(Frames::from_ms(10));
    told.extend(bench.told());
    assert!(told.len() <= 65, "{} for 64 places and one that waits", told.len());
    assert_eq!(told.last().map(|info| info.from_user), Some(Some(bench.channel(1, 9))));
    bench.says(User, DISCONNECT);
    assert_eq!(bench.states(), [TapState::Ended]);
    bench.finish();
}

#[test]
fn a_number_that_is_withheld_is_not_told_with_the_event_either() {
    let bench = Bench::new("taps-withheld", "");
    bench.says(User, &SETUP.replacen("01 81 32", "01 a1 32", 1));
    let told = bench.told().remove(0);
    let calling = told.parties.calling.as_ref().expect("a number that is withheld");
    assert_eq!((calling.withheld, &calling.number[..]), (true, ""));
    assert_eq!(told.parties.called.number, "4711");
    assert_eq!(bench.engine.tap_call_info(told.call), Ok(told));
    bench.finish();
}

#[test]
fn nothing_can_be_sent_on_a_tap_by_whatever_function() {
    let bench = Bench::new("taps-mute", "");
    bench.says(User, SETUP);
    bench.says(Network, CONNECT);
    let (engine, channel) = (&bench.engine, bench.channel(0, 7));
    let call = bench.told()[0].call;
    let is_refused = |error: EngineError| assert!(matches!(error, EngineError::Unsupported(_)), "{error}");
    let samples = Piece::Samples(Arc::new([1000; 800]));
    is_refused(
        engine
            .play_list(channel, vec![samples], PlayOptions::default(), Terms::default())
            .expect_err("a play"),
    );
    is_refused(engine.connect(channel, Some(bench.channel(1, 7)), Bearer::Speech).expect_err("a connection"));
    is_refused(
        engine
            .monitor(channel, bench.channel(1, 7), StreamSide::Both)
            .expect_err("one that hears with another"),
    );
    is_refused(engine.call_place(channel, "1").expect_err("a call"));
    is_refused(engine.line_order(0, LineOrder::SendAis(true)).expect_err("an alarm"));
    is_refused(engine.line_test_start(0, 1 << 7, Pattern::Prbs15).expect_err("a test"));
    is_refused(engine.test_tone(channel, Some(TestTone::Milliwatt)).expect_err("a tone"));
    let bridge = engine.bridge_new().expect("a bridge");
    is_refused(engine.bridge_join(bridge, channel, PartyTerms::default()).expect_err("a party that hears"));
    engine
        .bridge_join(bridge, channel, PartyTerms { role: Role::Talk, ..PartyTerms::default() })
        .expect("one that is heard");
    assert_eq!(engine.call_clear(call, tandem_types::Cause::NORMAL_CLEARING), Err(EngineError::NoSuchCall));
    assert_eq!(engine.call_answer(call), Err(EngineError::NoSuchCall));
    engine.advance(Frames::from_seconds(1));
    bench.finish();
}

#[test]
fn a_host_that_is_behind_is_told_of_no_more_calls_but_of_the_end_of_those_it_knows() {
    let bench = Bench::new("taps-behind", "");
    // 48 of 64 events make a host that is behind; no call that it cannot be told of begins.
    for reference in 1..=60 {
        bench.says(User, &SETUP.replacen("00 01", &format!("00 {reference:02x}"), 1));
        // A call that is not told is counted once, whatever comes of it.
        if reference > 50 {
            bench.says(Network, &format!("08 02 80 {reference:02x} 01"));
        }
        bench.says(Network, &format!("08 02 80 {reference:02x} 5a 08 02 82 91"));
    }
    let totals = bench.engine.statistics().expect("open").totals;
    assert_eq!(totals.tapped_calls + totals.tapped_calls_untold, 60);
    assert!((20..30).contains(&totals.tapped_calls), "{}", totals.tapped_calls);
    let told = bench.states();
    assert_eq!(told.iter().filter(|state| **state == TapState::Ended).count() as u64, totals.tapped_calls);
    assert_eq!(told.len() as u64, 2 * totals.tapped_calls);
    bench.says(User, SETUP);
    assert_eq!(bench.states(), [TapState::SetUp]);
    bench.finish();
}

#[test]
fn the_d_channel_is_traced_as_at_the_user_and_counted_by_receiver() {
    let bench = Bench::new("taps-trace", "");
    bench.says(User, SETUP);
    bench.says(Network, PROCEEDING);
    let trace = bench.engine.read_trace(1, 0).expect("a D channel");
    let seen: Vec<(bool, u8)> = trace.iter().map(|frame| (frame.sent, frame.octets[8])).collect();
    assert_eq!(seen, [(true, 0x05), (false, 0x02)], "as at the user");
    let d_channel = bench.engine.d_channel(0).expect("a D channel");
    assert_eq!((d_channel.up, d_channel.heard.frames), (true, 1));
    bench.finish();
}

#[test]
fn what_makes_no_sense_of_a_tap_is_refused_and_named() {
    let refused = |spans: &str, field: &str, word: &str| {
        let error = Config::parse(&format!("[[card]]\nmodel = \"x\"\n{spans}")).expect_err(spans);
        assert!(error.field == field && error.problem.contains(word), "{error}");
    };
    let tap = |port: usize, rest: &str| format!("[[span]]\nport = {port}\nsignalling = \"tap\"\n{rest}\n");
    refused(&tap(0, "tap = { side = \"network\" }"), "span[0].tap.with", "two directions");
    refused(&tap(0, "tap = { with = 0 }"), "span[0].tap.with", "another span");
    refused(&tap(0, "tap = { with = 5 }"), "span[0].tap.with", "names this one");
    let network = tap(0, "tap = { side = \"network\", with = 1 }");
    refused(&format!("{network}[[span]]\nport = 1\n"), "span[0].tap.with", "signalling = \"tap\"");
    refused(
        &format!("{network}{}", tap(1, "tap = { side = \"network\", with = 0 }")),
        "span[0].tap.side",
        "one the user",
    );
    let user = |more: &str| tap(1, &format!("tap = {{ side = \"user\", with = 0 }}\n{more}"));
    refused(&format!("{network}{}", user("framing = \"t1-esf\"")), "span[0].tap.with", "E1 or T1");
    refused(&format!("{network}{}", user("law = \"mu\"")), "span[0].tap.with", "law");
    refused(&format!("{network}{}", user("pri = { d_channel = 15 }")), "span[0].tap.with", "D channel");
    refused(&format!("{network}{}", user("echo = { tail_ms = 32 }")), "span[1].echo", "sends nothing");
    let group = "[[group]]\nname = \"out\"\nspans = [1]\n";
    refused(&format!("{network}{}{group}", user("")), "group[0].spans", "only listens");
    let good = Config::parse(&format!("[[card]]\nmodel = \"x\"\n{network}{}", user(""))).expect("good");
    assert_eq!((good.spans[0].traffic(), good.spans[1].traffic()), (0xfffe_fffe, 0xfffe_fffe));
    let local = format!("[[card]]\nmodel = \"local\"\n{network}{}", user(""));
    let error = Config::parse(&local).expect_err("no lines");
    assert_eq!(error.field, "span[0].signalling");
}
