//! Another configuration takes effect while calls run.
mod pair;
use pair::{NETWORK, Pair, USER, keys};
use std::path::Path;
use tandem_engine::{
    CallId, ChannelService, Config, Engine, EngineError, EventKind, PlaceOptions, Provisioned, SpanNews,
    Terms,
};
use tandem_lab::SimFactory;
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_types::{Cause, Frames, Handle};

/// An allocation or a release inside a tick aborts the test.
#[global_allocator]
static ALLOCATOR: GuardedAlloc = GuardedAlloc;

fn group(spans: &[(&str, &str)]) -> Pair {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    Pair::group(spans)
}

const UNUSED: (&str, &str) = ("in_use = false", "");
const PLAIN: (&str, &str) = ("", "");
const OTHER: (&str, &str) = ("", ", t309_seconds = 20");

/// What has become of spans at an end.
fn news(pair: &Pair, end: usize) -> Vec<SpanNews> {
    let of = |kind: &EventKind| match kind {
        EventKind::SpanChanged { news, .. } => Some(news.clone()),
        _ => None,
    };
    pair.told[end].iter().filter_map(|event| of(&event.kind)).collect()
}

fn reload(
    pair: &Pair,
    end: usize,
    spans: &[(&str, &str)],
    drain: Option<Frames>,
) -> Result<Provisioned, EngineError> {
    pair.ends[end].reload(Pair::config(end, spans, ""), drain)
}

fn forget(pair: &mut Pair) {
    pair.told.iter_mut().for_each(Vec::clear);
}

/// A call from the user on a span, answered by the network.
fn connect(pair: &mut Pair, span: usize, slot: u8) -> (CallId, CallId) {
    let channel = pair.channel_of(USER, span, slot);
    let placed = pair.ends[USER].call_place(channel, "4711").expect("a free channel");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(NETWORK);
    pair.ends[NETWORK].call_answer(offered).expect("offered");
    pair.pass_ms(300);
    assert!(pair.is_answered(USER, placed) && pair.is_answered(NETWORK, offered));
    (placed, offered)
}

/// Whether the network hears the keys that the user plays on a span.
fn is_heard(pair: &mut Pair, span: usize, slot: u8) -> bool {
    forget(pair);
    let channel = pair.channel_of(USER, span, slot);
    pair.ends[USER].play_samples(channel, keys("258"), Terms::default()).expect("a call");
    pair.pass_ms(1000);
    let digits = pair.told[NETWORK].iter().filter_map(|event| match event.kind {
        EventKind::Digit { digit, .. } => Some(digit.to_char()),
        _ => None,
    });
    digits.collect::<String>() == "258"
}

fn check_sums(pair: &Pair) {
    for end in &pair.ends {
        end.check_conservation().expect("every octet is accounted for");
    }
}

#[test]
fn a_span_is_added_while_another_carries_a_call() {
    let mut pair = group(&[PLAIN, UNUSED]);
    let (first, _) = pair.connect(USER, 3);
    assert_eq!(pair.ends[USER].channels(1).expect("open"), []);
    forget(&mut pair);
    for end in [USER, NETWORK] {
        let told = reload(&pair, end, &[PLAIN, PLAIN], None).expect("good");
        assert_eq!(told, Provisioned { spans_added: 1, ..Provisioned::default() });
    }
    pair.pass_ms(4000);
    for end in [USER, NETWORK] {
        assert_eq!(news(&pair, end), [SpanNews::Added]);
        let up = |kind: &EventKind| matches!(kind, EventKind::LinkChanged { up: true, .. });
        assert!(pair.heard(end, up), "{:?}", pair.told[end]);
    }
    connect(&mut pair, 1, 7);
    assert!(is_heard(&mut pair, 1, 7));
    assert!(is_heard(&mut pair, 0, 3));
    pair.ends[USER].call_info(first).expect("in progress");
    assert_eq!(pair.ends[USER].group_state("all").expect("the group").channels, 60);
    check_sums(&pair);
}

#[test]
fn a_span_that_changes_waits_for_its_calls_and_takes_no_new_ones() {
    let mut pair = group(&[PLAIN, PLAIN]);
    let (placed, _) = connect(&mut pair, 1, 5);
    let (old_channel, old_span) =
        (pair.channel_of(USER, 1, 5), pair.ends[USER].spans().expect("open")[1].span);
    let free = pair.channel_of(USER, 1, 6);
    forget(&mut pair);
    let told = reload(&pair, USER, &[PLAIN, OTHER], None).expect("good");
    assert_eq!(told, Provisioned { spans_changed: 1, calls: 1, ..Provisioned::default() });
    pair.pass_ms(60_000);
    assert_eq!(news(&pair, USER), []);
    assert!(is_heard(&mut pair, 1, 5), "it goes on");
    let refused = pair.ends[USER].call_place(free, "4711");
    assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
    let unblocked = pair.ends[USER].channel_set_service(free, true);
    assert!(matches!(unblocked, Err(EngineError::WrongState(_))), "{unblocked:?}");
    // What waits can be taken back, and be asked for again.
    let told = reload(&pair, USER, &[PLAIN, PLAIN], None).expect("good");
    assert_eq!(told, Provisioned::default());
    let another = pair.ends[USER].call_place(free, "4711").expect("a free channel");
    pair.pass_ms(300);
    pair.ends[USER].call_clear(another, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(1000);
    assert_eq!(reload(&pair, USER, &[PLAIN, OTHER], None).expect("good").calls, 1);
    pair.pass_ms(1000);
    assert_eq!(news(&pair, USER), []);

    pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(10_000);
    assert_eq!(news(&pair, USER), [SpanNews::Changed]);
    assert_eq!(pair.ends[USER].channel_state(old_channel), Err(EngineError::Stale));
    assert_ne!(pair.ends[USER].spans().expect("open")[1].span, old_span);
    connect(&mut pair, 1, 5);
    assert!(is_heard(&mut pair, 1, 5));
    check_sums(&pair);
}

#[test]
fn a_recording_of_a_span_that_changes_is_told_under_the_channel_that_it_was_on() {
    let mut pair = group(&[PLAIN, PLAIN]);
    let (placed, _) = connect(&mut pair, 1, 5);
    let channel = pair.channel_of(USER, 1, 5);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("provision-record.wav");
    let _ = std::fs::remove_file(&path);
    pair.ends[USER].record(channel, &path, Terms::default()).expect("a call");
    reload(&pair, USER, &[PLAIN, OTHER], None).expect("good");
    pair.pass_ms(500);
    forget(&mut pair);
    pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(5_000);
    let place = |wanted: fn(&EventKind) -> bool| pair.told[USER].iter().position(|event| wanted(&event.kind));
    let recorded = place(|kind| matches!(kind, EventKind::RecordDone { .. })).expect("its end");
    let changed = place(|kind| matches!(kind, EventKind::SpanChanged { .. })).expect("the change");
    assert!(recorded < changed);
    assert!(
        matches!(pair.told[USER][recorded].kind, EventKind::RecordDone { channel: of, .. } if of == channel)
    );
    let _ = std::fs::remove_file(&path);
}

#[test]
fn a_channel_that_the_host_has_blocked_stays_so_when_its_span_changes() {
    let mut pair = group(&[PLAIN, PLAIN]);
    let blocked = pair.channel_of(USER, 1, 5);
    pair.ends[USER].channel_set_service(blocked, false).expect("a channel");
    reload(&pair, USER, &[PLAIN, OTHER], None).expect("good");
    pair.pass_ms(10_000);
    assert_eq!(news(&pair, USER), [SpanNews::Changed]);
    let service = |slot| {
        let channel = pair.channel_of(USER, 1, slot);
        pair.ends[USER].channel_state(channel).expect("a channel").service
    };
    assert_eq!([5, 6].map(service), [ChannelService::Blocked, ChannelService::InService]);
}

#[test]
fn calls_that_outlast_the_time_they_are_given_are_cleared() {
    let mut pair = group(&[PLAIN, PLAIN]);
    connect(&mut pair, 0, 3);
    connect(&mut pair, 1, 5);
    forget(&mut pair);
    reload(&pair, USER, &[PLAIN, OTHER], Some(Frames::from_seconds(30))).expect("good");
    pair.pass_ms(29_900);
    assert_eq!(pair.cleared(USER), []);
    pair.pass_ms(2_000);
    assert_eq!(pair.cleared(USER), [(31, false)]);
    assert_eq!(news(&pair, USER), [SpanNews::Changed]);
    assert!(is_heard(&mut pair, 0, 3), "that of the other span goes on");
    pair.pass_ms(5_000);
    connect(&mut pair, 1, 5);
    check_sums(&pair);
}

#[test]
fn a_span_that_is_taken_away_tells_its_far_end_and_can_come_back() {
    let mut pair = group(&[PLAIN, PLAIN]);
    let (call, _) = pair.connect(USER, 3);
    for left_out in [vec![PLAIN], vec![PLAIN, UNUSED]] {
        forget(&mut pair);
        let told = reload(&pair, USER, &left_out, None).expect("good");
        assert_eq!(told, Provisioned { spans_removed: 1, ..Provisioned::default() });
        pair.pass_ms(4000);
        assert_eq!(news(&pair, USER), [SpanNews::Removed]);
        assert_eq!(pair.ends[USER].channels(1).expect("open"), []);
        // No frames come any more.
        let alarm = |kind: &EventKind| matches!(kind, EventKind::SpanFailed { .. });
        assert!(pair.heard(NETWORK, alarm), "{:?}", pair.told[NETWORK]);
        assert_eq!(pair.ends[USER].group_state("all").expect("the group").channels, 30);
        let placed = pair.ends[USER].call_place_in("all", "4711", &PlaceOptions::default()).expect("a trunk");
        pair.pass_ms(300);
        pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
        pair.pass_ms(300);
        check_sums(&pair);

        reload(&pair, USER, &[PLAIN, PLAIN], None).expect("good");
        pair.pass_ms(20_000);
        connect(&mut pair, 1, 9);
        assert!(is_heard(&mut pair, 1, 9));
        let calls = pair.ends[USER].group_state("all").expect("the group").calls;
        assert_eq!(calls, 2);
        let placed = pair.ends[USER].channel_state(pair.channel_of(USER, 1, 9)).expect("a channel").call;
        pair.ends[USER].call_clear(placed.expect("a call"), Cause::NORMAL_CLEARING).expect("a call");
        pair.pass_ms(1000);
    }
    assert!(is_heard(&mut pair, 0, 3));
    pair.ends[USER].call_info(call).expect("in progress");
    check_sums(&pair);
}

#[test]
fn spans_that_share_a_d_channel_change_together_when_both_are_free() {
    let shares = |extra: &'static str| [("", extra), ("", ", shares = 0")];
    let mut pair = group(&shares(""));
    let (placed, _) = connect(&mut pair, 1, 16);
    forget(&mut pair);
    let told = reload(&pair, USER, &shares(", t309_seconds = 20"), None).expect("good");
    assert_eq!((told.spans_changed, told.calls), (2, 1));
    pair.pass_ms(5_000);
    assert_eq!(news(&pair, USER), []);
    pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(10_000);
    assert_eq!(news(&pair, USER), [SpanNews::Changed, SpanNews::Changed]);
    connect(&mut pair, 1, 16);
    assert!(is_heard(&mut pair, 1, 16));
    // And apart again.
    reload(&pair, USER, &[PLAIN, PLAIN], Some(Frames(0))).expect("good");
    reload(&pair, NETWORK, &[PLAIN, PLAIN], Some(Frames(0))).expect("good");
    pair.pass_ms(20_000);
    connect(&mut pair, 1, 15);
    assert!(is_heard(&mut pair, 1, 15));
    check_sums(&pair);
}

#[test]
fn what_cannot_be_changed_is_refused_and_changes_nothing() {
    let mut pair = group(&[PLAIN, PLAIN]);
    pair.connect(USER, 3);
    forget(&mut pair);
    let before = pair.ends[USER].config();
    let mut other = Config::clone(&before);
    other.limits.players += 1;
    other.groups.clear();
    let refused = pair.ends[USER].reload(other, None);
    assert!(matches!(&refused, Err(EngineError::Config(error)) if error.field == "limits"), "{refused:?}");
    let mut moved = Config::clone(&before);
    moved.spans.remove(0);
    moved.groups[0].spans = vec![0];
    let refused = pair.ends[USER].reload(moved, None);
    assert!(
        matches!(&refused, Err(EngineError::Config(error)) if error.field == "span[0].port"),
        "{refused:?}"
    );
    let mut bad = Config::clone(&before);
    bad.spans[1].pri.max_digits = 0;
    let refused = pair.ends[USER].reload(bad, None);
    assert!(
        matches!(&refused, Err(EngineError::Config(error)) if error.field == "span[1].pri.max_digits"),
        "{refused:?}"
    );
    pair.pass_ms(1000);
    assert_eq!(pair.ends[USER].config(), before);
    assert_eq!(pair.ends[USER].group_state("all").expect("the group").channels, 60);
    assert!(is_heard(&mut pair, 0, 3));
    assert_eq!(news(&pair, USER), []);
}

#[test]
fn groups_keep_what_they_have_counted_when_others_come_and_go() {
    let mut pair = group(&[PLAIN, PLAIN]);
    let placed = pair.ends[USER].call_place_in("all", "4711", &PlaceOptions::default()).expect("a trunk");
    pair.pass_ms(300);
    let (offered, ..) = pair.offered(NETWORK);
    pair.ends[NETWORK].call_answer(offered).expect("offered");
    pair.pass_ms(300);
    let mut config =
        Pair::config(USER, &[PLAIN, PLAIN], "[[group]]\nname = \"new\"\nspans = [1]\nprefix = \"9\"\n");
    config.groups.reverse();
    let told = pair.ends[USER].reload(config.clone(), None).expect("good");
    assert_eq!(told, Provisioned::default());
    pair.pass_ms(2000);
    pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
    pair.pass_ms(300);
    let all = pair.ends[USER].group_state("all").expect("the group");
    assert_eq!((all.placed, all.placed_answered), (1, 1));
    assert!((2000..2800).contains(&all.talk.as_ms()), "{}", all.talk.as_ms());
    assert_eq!(pair.ends[USER].group_state("new").expect("the group").placed, 0);
    pair.ends[USER].call_place_in("new", "4711", &PlaceOptions::default()).expect("a trunk");
    pair.pass_ms(300);
    assert_eq!(pair.offered(NETWORK).2, "94711");
    // A call of a group that is gone goes on, and ends, without one.
    config.groups.clear();
    pair.ends[USER].reload(config, None).expect("good");
    assert!(pair.ends[USER].group_state("new").is_err());
    pair.ends[NETWORK].call_clear(pair.offered(NETWORK).0, Cause::USER_BUSY).expect("a call");
    pair.pass_ms(300);
    assert_eq!(pair.cleared(USER).last(), Some(&(17, true)));
}

/// An engine whose simulated far ends call on every port of a card, of which the first is used.
fn with_callers(model: &str, spans: &str) -> Engine {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let config = callers(model, spans);
    Engine::open(config, &mut [Box::new(SimFactory::by_options())]).expect("opens")
}

fn callers(model: &str, spans: &str) -> Config {
    let ports = if model == "sim-bit" { ", spans = 2" } else { "" };
    let text = format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"{model}\"\n\
         options = {{ calls_per_second = 4, hold_seconds = 5, digits = 4{ports} }}\n{spans}"
    );
    Config::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// Answers what is offered for so long, and gives the channels.
fn answer_for(engine: &Engine, seconds: u64) -> Vec<Handle> {
    let end = engine.now() + Frames::from_seconds(seconds);
    let mut channels = Vec::new();
    while engine.now() < end {
        let Some(event) = engine.event_wait(Some(Frames::from_ms(100))) else { continue };
        if let EventKind::CallOffered { call, channel, .. } = event.kind {
            channels.push(channel);
            // The caller may have gone.
            let _ = engine.call_answer(call);
        }
    }
    channels
}

#[test]
fn on_every_card_a_line_comes_up_that_is_added_and_its_callers_are_answered() {
    const ONE: &str = "[[span]]\nport = 0\nem = { digits = 4 }\n";
    let two = format!("{ONE}[[span]]\nport = 1\nem = {{ digits = 4 }}\n");
    for model in ["sim-falc4", "sim-ds8", "sim-bit"] {
        let engine = with_callers(model, ONE);
        let first = answer_for(&engine, 20);
        let on = |calls: &[Handle], span: usize| {
            let channels = engine.channels(span).expect("open");
            calls.iter().filter(|call| channels.iter().any(|(channel, _)| channel == *call)).count()
        };
        assert!(on(&first, 0) > 10 && on(&first, 0) == first.len(), "{model}: {}", first.len());
        assert_eq!(engine.reload(callers(model, &two), None).expect("good").spans_added, 1, "{model}");
        let later = answer_for(&engine, 60);
        assert!(on(&later, 1) > 10, "{model}: {} of {}", on(&later, 1), later.len());
        assert!(on(&later, 0) > 10, "{model}: {} of {}", on(&later, 0), later.len());
        let before = engine.statistics().expect("open").slips;
        // The line is set up anew; the other is not disturbed.
        let other = two.replace("port = 1\n", "port = 1\ncrc4 = \"auto\"\n");
        assert_eq!(engine.reload(callers(model, &other), Some(Frames(0))).expect("good").spans_changed, 1);
        let last = answer_for(&engine, 30);
        assert!(on(&last, 0) > 10 && on(&last, 1) > 5, "{model}: {}", last.len());
        assert_eq!(engine.statistics().expect("open").slips, before, "{model}");
        engine.check_conservation().unwrap_or_else(|sum| panic!("{model}: {sum}"));
    }
}
