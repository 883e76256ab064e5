//! Three T1 that share a D channel, with a backup for it, between two engines: calls on all of them, D channels and spans lost.
mod pair;
use hw_sim::Way;
use pair::{NETWORK, Pair, USER};
use tandem_engine::{CallId, CallState, Config, EventKind, PlaceOptions};
use tandem_isdn::q921::FrameKind;
use tandem_types::{Cause, Handle};

const T1: &str = "framing = \"t1-esf\"";
/// The D channel on span 0, its backup on span 1; all 24 channels of span 2 carry calls.
const SPANS: [(&str, &str); 3] = [
    (T1, ", profile = \"ni2\", t309_seconds = 30"),
    (T1, ", shares = 0, backup = true"),
    (T1, ", shares = 0, interface = 7"),
];

fn group() -> Pair {
    let pair = Pair::group(&SPANS);
    for end in [USER, NETWORK] {
        let up = pair.told[end]
            .iter()
            .filter(|event| matches!(event.kind, EventKind::LinkChanged { up: true, .. }));
        assert_eq!(up.count(), 3, "each of the spans can carry calls");
    }
    pair
}

/// Calls from each end on each span, all answered: the two numbers of each, and its channel at the placing end.
fn calls(pair: &mut Pair) -> Vec<(usize, CallId, CallId)> {
    let mut calls = Vec::new();
    for (span, slot) in [(0, 1), (0, 23), (1, 1), (1, 22), (2, 1), (2, 24)] {
        for (from, slot) in [(USER, slot), (NETWORK, if slot == 1 { 2 } else { slot - 1 })] {
            let (near, far) = (pair.channel_of(from, span, slot), pair.channel_of(1 - from, span, slot));
            let placed = pair.ends[from].call_place(near, "4711").expect("a free channel");
            pair.pass_ms(300);
            let (offered, channel, _) = pair.offered(1 - from);
            assert_eq!(channel, far, "span {span}, slot {slot}");
            pair.ends[1 - from].call_answer(offered).expect("offered");
            pair.pass_ms(300);
            assert!(pair.is_answered(from, placed) && pair.is_answered(1 - from, offered));
            calls.push((from, placed, offered));
        }
    }
    calls
}

fn sent_on(pair: &Pair, end: usize, span: usize) -> u64 {
    pair.ends[end].d_channel(span).expect("a D channel").link.sent.of(FrameKind::I)
}

#[test]
fn calls_go_over_all_spans_by_one_d_channel() {
    let mut pair = group();
    let calls = calls(&mut pair);
    assert!(sent_on(&pair, USER, 0) > 12 && sent_on(&pair, USER, 1) == 0);
    assert!(pair.ends[USER].d_channel(2).is_err(), "it has none");
    assert_eq!(
        pair.ends[USER].spans().expect("open").iter().map(|span| span.channels).sum::<usize>(),
        23 + 23 + 24
    );
    for (from, placed, _) in calls {
        pair.ends[from].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
    }
    pair.pass_ms(500);
    for end in [USER, NETWORK] {
        assert_eq!(pair.cleared(end).len(), 12);
        assert!(pair.cleared(end).iter().all(|(cause, _)| *cause == 16));
    }
}

#[test]
fn when_the_span_of_the_d_channel_fails_its_own_calls_end_and_the_others_live_on_over_the_backup() {
    let mut pair = group();
    let calls = calls(&mut pair);
    pair.wires[0].cut_both();
    pair.pass_ms(20_000);
    for end in [USER, NETWORK] {
        assert_eq!(pair.cleared(end).len(), 4, "end {end}: those of the span that has failed");
        assert!(
            !pair.heard(end, |kind| matches!(kind, EventKind::LinkChanged { up: false, .. })),
            "end {end}"
        );
        let state = pair.ends[end].channel_state(pair.channel_of(end, 0, 5)).expect("open");
        assert!(state.span_is_down);
        assert!(pair.ends[end].call_place(pair.channel_of(end, 0, 5), "1").is_err(), "nobody would hear it");
    }
    // The eight others are still calls at both ends, and can be cleared; new ones can be made.
    let place = |pair: &mut Pair, from: usize, channel: Handle| {
        let placed = pair.ends[from].call_place(channel, "12").expect("the D channel is up");
        pair.pass_ms(400);
        let (offered, ..) = pair.offered(1 - from);
        pair.ends[1 - from].call_answer(offered).expect("offered");
        pair.pass_ms(400);
        assert!(pair.is_answered(from, placed));
    };
    let fresh = pair.channel_of(USER, 2, 10);
    place(&mut pair, USER, fresh);
    let fresh = pair.channel_of(NETWORK, 1, 10);
    place(&mut pair, NETWORK, fresh);
    assert!(sent_on(&pair, USER, 1) > 0, "over the backup");
    pair.told = [Vec::new(), Vec::new()];
    for (from, placed, _) in &calls[4..] {
        pair.ends[*from].call_clear(*placed, Cause::NORMAL_CLEARING).expect("a call");
    }
    pair.pass_ms(500);
    for end in [USER, NETWORK] {
        assert!(pair.cleared(end).iter().all(|(cause, _)| *cause == 16), "end {end}");
        assert_eq!(pair.cleared(end).len(), 8, "end {end}");
    }
    // The first is mended: it can carry calls again, whichever D channel is in use.
    pair.wires[0].repair_both();
    pair.pass_ms(20_000);
    let mended = pair.channel_of(USER, 0, 5);
    place(&mut pair, USER, mended);
}

#[test]
fn when_a_span_without_d_channel_fails_only_its_calls_end() {
    let mut pair = group();
    calls(&mut pair);
    pair.wires[2].cut_both();
    pair.pass_ms(10_000);
    for end in [USER, NETWORK] {
        assert_eq!(pair.cleared(end).len(), 4, "end {end}");
        assert!(pair.cleared(end).iter().all(|(cause, _)| *cause == 27), "{:?}", pair.cleared(end));
        assert!(pair.ends[end].call_place(pair.channel_of(end, 2, 5), "1").is_err());
    }
    pair.wires[2].repair_both();
    pair.pass_ms(15_000);
    pair.ends[USER].call_place(pair.channel_of(USER, 2, 5), "1").expect("it carries calls again");
}

#[test]
fn without_the_backup_too_calls_live_until_t309() {
    let mut pair = group();
    calls(&mut pair);
    pair.wires[0].cut_both();
    pair.wires[1].cut_both();
    pair.pass_ms(20_000);
    assert!(pair.heard(USER, |kind| matches!(kind, EventKind::LinkChanged { up: false, .. })));
    let before = pair.cleared(USER).len();
    assert!(before <= 8, "{before}");
    pair.pass_ms(20_000);
    assert_eq!((pair.cleared(USER).len(), pair.cleared(NETWORK).len()), (12, 12), "T309 of 30 s");
}

#[test]
fn what_does_not_belong_together_is_named() {
    let with = |spans: &[&str]| {
        let mut text = "[[card]]\nmodel = \"joined\"\n".to_owned();
        for (port, section) in spans.iter().enumerate() {
            text += &format!("[[span]]\nport = {port}\n{section}\n");
        }
        Config::parse(&text).and_then(|config| config.check()).expect_err("wrong").field
    };
    let t1 = |pri: &str| format!("framing = \"t1-esf\"\nsignalling = \"pri\"\npri = {{ {pri} }}");
    let whole = t1("");
    for (sharing, field) in [
        (t1("shares = 1"), "span[1].pri.shares"),
        (t1("shares = 9"), "span[1].pri.shares"),
        (t1("backup = true"), "span[1].pri.backup"),
        (t1("shares = 0, interface = 0"), "span[1].pri.interface"),
        (t1("shares = 0, interface = 128"), "span[1].pri.interface"),
        ("signalling = \"pri\"\npri = { shares = 0 }".to_owned(), "span[1].pri.shares"),
    ] {
        assert_eq!(with(&[&whole, &sharing]), field, "{sharing}");
    }
    assert_eq!(with(&[&whole, &t1("shares = 0"), &t1("shares = 1")]), "span[2].pri.shares");
    let backup = t1("shares = 0, backup = true");
    assert_eq!(with(&[&whole, &backup, &backup]), "span[0].pri.backup");
}

#[test]
fn a_call_for_a_channel_of_a_span_that_only_its_called_end_has_lost_goes_to_another() {
    // A kind of switch that lets the called end choose.
    let mut pair = Pair::group(&[
        (T1, ", profile = \"euroisdn\""),
        (T1, ", shares = 0, backup = true"),
        (T1, ", shares = 0"),
    ]);
    // The network receives nothing on span 2; the user is told by the remote alarm, which ends no calls.
    pair.wires[2].cut(Way::AToB);
    pair.pass_ms(5000);
    let wanted = pair.channel_of(USER, 2, 5);
    let options = PlaceOptions { channel_may_change: true, ..PlaceOptions::default() };
    let call = pair.ends[USER].call_place_with(wanted, "4711", &options).expect("the user may try");
    pair.pass_ms(400);
    let (offered, channel, _) = pair.offered(NETWORK);
    let lost: Vec<Handle> = (1..=24).map(|slot| pair.channel_of(NETWORK, 2, slot)).collect();
    assert!(!lost.contains(&channel), "on a span that the network hears");
    pair.ends[NETWORK].call_answer(offered).expect("offered");
    pair.pass_ms(400);
    assert!(pair.is_answered(USER, call));
    assert_ne!(pair.ends[USER].call_info(call).expect("answered").channel, wanted);
    // Without the choice it is refused.
    let call = pair.ends[USER].call_place(wanted, "4711").expect("the user may try");
    pair.pass_ms(400);
    assert_eq!(pair.cleared(USER), [(44, true)], "{call:?}");
}

#[test]
fn a_d_channel_taken_out_of_service_gives_its_calls_to_the_backup_and_stands_by_when_it_is_back() {
    let mut pair = group();
    let calls = calls(&mut pair);
    let user = &pair.ends[USER];
    assert!(user.d_channel_set_service(2, false).is_err(), "it has none");
    assert!(user.d_channel_set_service(3, false).is_err(), "there is no such span");
    user.d_channel_set_service(0, false).expect("a D channel");
    pair.pass_ms(60_000);
    for end in [USER, NETWORK] {
        assert!(pair.heard(end, |kind| matches!(kind, EventKind::LinkSwitched { .. })), "end {end}");
        assert!(!pair.heard(end, |kind| matches!(kind, EventKind::LinkChanged { up: false, .. })));
        assert!(!pair.ends[end].d_channel(0).expect("a D channel").up, "the far end is refused");
    }
    assert_eq!((pair.cleared(USER), pair.cleared(NETWORK)), (vec![], vec![]), "{calls:?}");
    pair.ends[USER].d_channel_set_service(0, true).expect("a D channel");
    pair.pass_ms(3_000);
    assert!([USER, NETWORK].iter().all(|end| pair.ends[*end].d_channel(0).expect("a D channel").up));
    pair.ends[USER].d_channel_set_service(1, false).expect("a D channel");
    pair.pass_ms(3_000);
    let placed = pair.ends[USER].call_place(pair.channel_of(USER, 2, 9), "4711").expect("over the first");
    pair.pass_ms(300);
    let (offered, _, _) = pair.offered(NETWORK);
    pair.ends[NETWORK].call_answer(offered).expect("offered");
    pair.pass_ms(300);
    assert!(pair.is_answered(USER, placed) && pair.is_answered(NETWORK, offered));
}

#[test]
fn without_a_backup_a_d_channel_out_of_service_ends_calls_that_are_not_answered_at_once_and_others_by_t309() {
    let mut pair = Pair::up("", ", t309_seconds = 30");
    let (answered, _) = pair.connect(USER, 4);
    let is_up =
        |pair: &Pair| pair.ends[USER].call_info(answered).expect("known").state == CallState::Answered;
    let placed = pair.ends[USER].call_place(pair.channel(USER, 5), "4711").expect("free");
    pair.pass_ms(100);
    pair.ends[USER].d_channel_set_service(0, false).expect("a D channel");
    pair.pass_ms(500);
    assert!(pair.heard(USER, |kind| matches!(kind, EventKind::LinkChanged { up: false, .. })));
    assert!(pair.heard(NETWORK, |kind| matches!(kind, EventKind::LinkChanged { up: false, .. })));
    assert!(pair.heard(
        USER,
        |kind| matches!(kind, EventKind::CallCleared { call, cause, .. } if *call == placed && cause.value() == 41)
    ));
    pair.pass_ms(25_000);
    assert!(is_up(&pair), "for T309");
    pair.ends[USER].d_channel_set_service(0, true).expect("a D channel");
    pair.pass_ms(40_000);
    assert!(is_up(&pair), "it was back in time");
    pair.ends[USER].d_channel_set_service(0, false).expect("a D channel");
    pair.pass_ms(31_000);
    assert!(!is_up(&pair) && pair.cleared(USER).contains(&(27, false)));
    assert!(pair.ends[USER].call_place(pair.channel(USER, 6), "4711").is_err(), "out of service");
}
