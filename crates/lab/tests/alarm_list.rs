//! Alarms: what is wrong, how badly, told when it comes and goes, and listed while it lasts.
mod pair;
use hw_sim::Way;
use pair::{NETWORK, Pair, USER};
use tandem_engine::config::Signalling;
use tandem_engine::{Alarm, AlarmKind, EventKind, LineOrder, PlaceOptions, Severity};
use tandem_types::Cause;

/// What was told of alarms since the last look: what, how badly, and whether it came.
fn told(pair: &mut Pair, end: usize) -> Vec<(AlarmKind, Severity, bool)> {
    let events = std::mem::take(&mut pair.told[end]);
    let of = |kind: &EventKind| match kind {
        EventKind::AlarmChanged { alarm, active } => Some((alarm.kind, alarm.severity, *active)),
        _ => None,
    };
    events.iter().filter_map(|event| of(&event.kind)).collect()
}

fn alarms(pair: &Pair, end: usize) -> Vec<Alarm> {
    pair.ends[end].alarms_after(0, 100).expect("open")
}

const UP: (&str, &str) = ("", "");

#[test]
fn a_span_that_fails_is_an_alarm_at_one_end_and_a_remote_alarm_at_the_other() {
    let mut pair = Pair::group(&[UP]);
    pair.pass_ms(12_000);
    for end in [USER, NETWORK] {
        assert_eq!((told(&mut pair, end), alarms(&pair, end)), (vec![], vec![]));
    }
    pair.wires[0].cut(Way::BToA);
    pair.pass_ms(8_000);
    assert_eq!(told(&mut pair, USER), [(AlarmKind::Span, Severity::Critical, true)]);
    assert_eq!(told(&mut pair, NETWORK), [(AlarmKind::Remote, Severity::Major, true)]);
    let listed = alarms(&pair, USER);
    let span = pair.ends[USER].spans().expect("open")[0].span;
    assert_eq!(
        (listed.len(), listed[0].number, listed[0].object, listed[0].place),
        (1, 1, Some(span), Some(0))
    );
    assert!(
        listed[0].text.contains("span 0 has failed") && listed[0].text.contains("los"),
        "{}",
        listed[0].text
    );
    // Declared after two seconds and a half, and not before the cut.
    let since = listed[0].since.0 / 8;
    assert!((17_400..17_800).contains(&since), "{since}");
    assert_eq!(pair.ends[USER].alarms_after(1, 100).expect("open"), []);
    pair.wires[0].repair(Way::BToA);
    pair.pass_ms(30_000);
    assert_eq!(told(&mut pair, USER), [(AlarmKind::Span, Severity::Critical, false)]);
    assert_eq!(told(&mut pair, NETWORK), [(AlarmKind::Remote, Severity::Major, false)]);
    assert_eq!((alarms(&pair, USER), alarms(&pair, NETWORK)), (vec![], vec![]));
}

#[test]
fn severities_are_the_configurations_and_what_is_none_is_not_told() {
    let mut pair = Pair::group(&[UP]);
    pair.pass_ms(12_000);
    let alarms_of = |more: &str| Pair::config(USER, &[UP], &format!("[alarms]\n{more}"));
    pair.ends[USER].reload(alarms_of("span = \"minor\"\nmaintenance = \"none\""), None).expect("good");
    told(&mut pair, USER);
    pair.ends[USER].line_order(0, LineOrder::SendAis(true)).expect("it can");
    pair.pass_ms(5_000);
    assert_eq!(told(&mut pair, USER), []);
    pair.ends[USER].reload(alarms_of("maintenance = \"minor\""), None).expect("good");
    pair.pass_ms(500);
    assert_eq!(told(&mut pair, USER), [(AlarmKind::Maintenance, Severity::Minor, true)]);
    pair.ends[USER].reload(alarms_of("maintenance = \"none\""), None).expect("good");
    pair.pass_ms(500);
    assert_eq!(told(&mut pair, USER), [(AlarmKind::Maintenance, Severity::Minor, false)]);
}

#[test]
fn a_link_without_an_answer_is_an_alarm_of_its_own_while_its_line_is_sound() {
    let mut pair = Pair::group(&[UP]);
    pair.pass_ms(12_000);
    // Nobody is at the other end of the D channel any more.
    let mut other = Pair::config(NETWORK, &[UP], "");
    other.spans[0].signalling = Signalling::None;
    pair.ends[NETWORK].reload(other, None).expect("good");
    told(&mut pair, USER);
    pair.pass_ms(30_000);
    assert!(
        told(&mut pair, USER).contains(&(AlarmKind::Link, Severity::Major, true)),
        "{:?}",
        alarms(&pair, USER)
    );
    assert!(alarms(&pair, USER)[0].text.contains("signalling link of span 0"));
}

#[test]
fn a_group_without_a_free_trunk_is_a_warning() {
    let mut pair = Pair::group(&[UP]);
    pair.pass_ms(12_000);
    told(&mut pair, USER);
    for _ in 0..30 {
        pair.ends[USER].call_place_in("all", "4711", &PlaceOptions::default()).expect("a trunk");
    }
    pair.pass_ms(500);
    assert_eq!(told(&mut pair, USER), [(AlarmKind::Group, Severity::Warning, true)]);
    let (call, ..) = pair.offered(NETWORK);
    pair.ends[NETWORK].call_clear(call, Cause::USER_BUSY).expect("a call");
    pair.pass_ms(500);
    assert_eq!(told(&mut pair, USER), [(AlarmKind::Group, Severity::Warning, false)]);
}

#[test]
fn an_alarm_of_a_group_keeps_its_group_when_groups_change_places() {
    let mut pair = Pair::group(&[UP]);
    pair.pass_ms(12_000);
    for _ in 0..30 {
        pair.ends[USER].call_place_in("all", "4711", &PlaceOptions::default()).expect("a trunk");
    }
    pair.pass_ms(500);
    told(&mut pair, USER);
    let mut config = Pair::config(USER, &[UP], "[[group]]\nname = \"none\"\nspans = [0]\n");
    config.groups.reverse();
    pair.ends[USER].reload(config.clone(), None).expect("good");
    pair.pass_ms(500);
    let all =
        alarms(&pair, USER).into_iter().find(|alarm| alarm.text.contains("group all")).expect("it goes on");
    assert_eq!((all.number, all.place), (1, Some(1)));
    assert!(!told(&mut pair, USER).contains(&(AlarmKind::Group, Severity::Warning, false)));
    config.groups.clear();
    pair.ends[USER].reload(config, None).expect("good");
    pair.pass_ms(500);
    assert_eq!(alarms(&pair, USER), []);
}
