//! The ledger of docs/conformance/q931.md, read and tried cell by cell.
mod q931_support;
#[path = "q931_support/states.rs"]
mod states;

use q931_support::*;
use states::{ONE, SETUP, hear, order, outgoing, state};
use tandem_isdn::Side;
use tandem_isdn::q931::element::*;
use tandem_isdn::q931::*;

const LEDGER: &str = include_str!("../../../docs/conformance/q931.md");
const TIMER_LINES: usize = 19;
const HOLD_CELLS: usize = 14 * 7;

/// The cells of every line; none for a line that is not of a table.
fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    LEDGER.lines().map(|line| match line.strip_prefix('|').and_then(|line| line.strip_suffix('|')) {
        Some(line) => line.split('|').map(str::trim).collect(),
        None => Vec::new(),
    })
}

/// (column such as "U3", line such as "ALERTING (01)", outcome) of every cell of the tables by state.
fn cells() -> Vec<(&'static str, &'static str, &'static str)> {
    let mut columns: Vec<&str> = Vec::new();
    let mut cells = Vec::new();
    for line in lines() {
        match line.get(1..3) {
            None => columns.clear(),
            Some(["U0", "U1"] | ["N0", "N1"]) => columns = line[1..].to_vec(),
            _ if line.len() == columns.len() + 1 && !line[0].starts_with("---") => {
                cells.extend(columns.iter().zip(&line[1..]).map(|(column, cell)| (*column, line[0], *cell)));
            }
            _ => {}
        }
    }
    cells
}

/// A message with all that it must hold, from the type on.
fn body(name: &str, state: u8) -> String {
    match name {
        "SETUP" => SETUP.into(),
        "PROGRESS" => "03 1e 02 82 88".into(),
        "USER INFORMATION" => "20 7e 02 00 01".into(),
        "SUSPEND REJECT" | "RESUME REJECT" | "HOLD REJECT" | "RETRIEVE REJECT" | "DISCONNECT" => {
            format!("{} 08 02 80 90", octet(name))
        }
        "RESUME ACKNOWLEDGE" | "RETRIEVE ACKNOWLEDGE" => format!("{} 18 03 a9 83 81", octet(name)),
        "RESTART" | "RESTART ACKNOWLEDGE" => format!("{} 79 01 80", octet(name)),
        "RELEASE" | "RELEASE COMPLETE" => format!("{} 08 02 80 90", octet(name)),
        "SEGMENT" => "60 00 02 80 05".into(),
        "FACILITY" | "REGISTER" => format!("{} 1c 03 91 a1 00", octet(name)),
        "NOTIFY" => "6e 27 01 f9".into(),
        "CONGESTION CONTROL" => "79 bf 08 02 80 90".into(),
        "INFORMATION" => "7b 2c 01 32".into(),
        "STATUS, compatible" => format!("7d 08 02 80 9e 14 01 {state:02x}"),
        "STATUS, null" => "7d 08 02 80 9e 14 01 00".into(),
        "STATUS, other" => "7d 08 02 80 9e 14 01 11".into(),
        _ => octet(name).into(),
    }
}

/// The type in a line such as "ALERTING (01)".
fn octet(name: &str) -> &'static str {
    let line = cells().into_iter().map(|cell| cell.1).find(|line| line.starts_with(&format!("{name} (")));
    let line = line.unwrap_or_else(|| panic!("a line for {name}"));
    &line[line.len() - 3..line.len() - 1]
}

/// Lets the event of a line happen; true unless it is a command that is refused.
fn happen(one: &mut One, call: CallId, ours: bool, number: u8, line: &str) -> bool {
    let now = one.now;
    match line {
        "link lost" => one.interface.handle_link(now, LINK, LinkChange::Released),
        "link reset" => one.interface.handle_link(now, LINK, LinkChange::ReEstablished),
        "link lost and restored" => {
            one.interface.handle_link(now, LINK, LinkChange::Released);
            one.interface.handle_link(now, LINK, LinkChange::Established);
        }
        "restart by us" => one.interface.restart(now, RestartScope::Channel(ONE)).expect("accepted"),
        "restart by the far end" => drop(one.hear("08 02 00 00 46 18 03 a9 83 81 79 01 80")),
        _ => match line.split_once(" (") {
            Some((name, _)) => hear(one, ours, &body(name, number)),
            None => return order(one, call, line),
        },
    }
    true
}

/// What happened, written as a cell.
fn outcome(one: &mut One, call: CallId, before: u8, accepted: bool) -> String {
    let sent = one.sent();
    let ends = one.news().iter().filter(|news| matches!(news, CallNews::Released { .. })).count();
    let over = one.interface.call_count() == 0;
    assert_eq!(ends, usize::from(over && before != 0), "one end of a call, when it is over");
    let call = if before == 0 { one.interface.channel_call(ONE) } else { Some(call) };
    let state = call.and_then(|call| one.interface.call_state(call)).unwrap_or(0);
    let state = if state == before && before != 0 { "=".to_owned() } else { state.to_string() };
    match sent.as_slice() {
        [] if !accepted => "x".to_owned(),
        [] => state,
        [only] if kind(only) == 0x7d => {
            let message = Message::new_checked(only).expect("a message");
            let cause = message.find::<CauseInfo<'_>>().expect("a cause").value;
            let told = message.find::<CallStateInfo>().expect("a state").value;
            assert_eq!((state.as_str(), told), ("=", before), "STATUS tells the state");
            format!("?{cause}")
        }
        [only] => format!("{state} {:02x}", kind(only)),
        more => format!("{state} and {} messages", more.len()),
    }
}

#[test]
fn every_cell_of_the_tables_holds() {
    let mut wrong = Vec::new();
    let cells = cells();
    for (column, line, expected) in &cells {
        let number: u8 = column[1..].parse().expect("a number");
        let (mut one, call, ours) = state(column);
        let accepted = happen(&mut one, call, ours, number, line);
        let seen = outcome(&mut one, call, number, accepted);
        let expected = if *expected == "=" && number == 0 { "0" } else { expected };
        if seen != *expected {
            wrong.push(format!("{column}, {line}: expected {expected}, saw {seen}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cells.len(), wrong.join("\n"));
    println!("{} cells pass", cells.len());
}

#[test]
fn every_timer_runs_out_as_the_table_says() {
    let mut timed: Vec<&str> = Vec::new();
    for line in lines().filter(|line| line.len() == 4 && line[2].parse::<u64>().is_ok()) {
        let [column, timer, ms, expected] = line[..] else { unreachable!("four cells") };
        let number: u8 = column[1..].parse().expect("a number");
        let (mut one, call, _) = state(column);
        one.pass(ms.parse::<u64>().expect("a number") - 1);
        one.sent();
        one.events();
        one.pass(1);
        let seen = outcome(&mut one, call, number, true);
        let state = seen.strip_prefix('=').map(|rest| format!("{number}{rest}")).unwrap_or(seen.clone());
        assert!(seen == expected || state == expected, "{column} {timer}: expected {expected}, saw {seen}");
        timed.push(column);
    }
    assert_eq!(timed.len(), TIMER_LINES);
    for (column, line, _) in cells() {
        if line.starts_with("ALERTING") && !timed.contains(&column) {
            let (one, ..) = state(column);
            assert_eq!(one.interface.poll_timeout(), None, "{column} runs no timer");
        }
    }
}

#[test]
fn every_state_has_every_message_type_every_command_and_every_change_of_a_link() {
    let cells = cells();
    for side in ["U", "N"] {
        for state in [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 19, 25] {
            let column = format!("{side}{state}");
            let here: Vec<&str> = cells.iter().filter(|cell| cell.0 == column).map(|cell| cell.1).collect();
            for kind in 0..=0x7fu8 {
                let known = rules::contents(Discriminator::CallControl, MessageType::new(kind)).is_some();
                let there = here.iter().filter(|line| line.ends_with(&format!("({kind:02x})"))).count();
                assert!(!known || there > 0, "{column} has no line for type {kind:02x}");
            }
            assert_eq!(here.len(), 58, "{column}");
        }
    }
    assert_eq!(cells.len(), 1_624);
}

#[test]
fn every_report_of_a_state_is_compatible_or_not_as_the_table_says() {
    let mut tried = 0;
    let is_state = |cell: &str| cell.len() <= 3 && cell.starts_with(['U', 'N']);
    for line in lines().filter(|line| line.len() == 2 && is_state(line[0]) && !is_not_passed(line[1])) {
        let [column, theirs] = line[..] else { unreachable!("two cells") };
        for report in 1..64u8 {
            let agrees = match theirs {
                "all" => true,
                "all but 19" => report != 19,
                list => list.split(' ').any(|state| state == report.to_string()),
            };
            let (mut one, call, ours) = state(column);
            let before = one.interface.call_state(call);
            hear(&mut one, ours, &format!("7d 08 02 80 9e 14 01 {report:02x}"));
            let kept = one.interface.call_state(call) == before && one.sent().is_empty();
            assert_eq!(kept, agrees, "{column} is told {report}");
            tried += 1;
        }
    }
    assert_eq!(tried, 26 * 63);
}

/// An active call of the user, or to it, in an auxiliary state of hold.
fn held(side: Side, aux: &str) -> (One, CallId) {
    let (mut one, call) = outgoing(side, &["07"]);
    if side == Side::Network {
        assert!(order(&mut one, call, "connect acknowledge"));
    }
    let steps: &[&str] = match aux {
        "I" => &[],
        "R" => &["hold"],
        "H" => &["hold", "28"],
        "Q" => &["hold", "28", "retrieve"],
        "r" => &["24"],
        "h" => &["24", "hold acknowledge"],
        _ => &["24", "hold acknowledge", "31"],
    };
    for step in steps {
        hold_step(&mut one, call, step);
    }
    one.sent();
    one.events();
    (one, call)
}

/// A command about hold, or a message by its type; false when the command is refused.
fn hold_step(one: &mut One, call: CallId, step: &str) -> bool {
    let (now, interface) = (one.now, &mut one.interface);
    match step {
        "hold" => interface.hold(now, call, &none()).is_ok(),
        "hold acknowledge" => interface.hold_acknowledge(now, call).is_ok(),
        "hold reject" => interface.hold_reject(now, call, cause(29)).is_ok(),
        "retrieve" => interface.retrieve(now, call, &none()).is_ok(),
        "retrieve acknowledge" => interface.retrieve_acknowledge(now, call).is_ok(),
        "retrieve reject" => interface.retrieve_reject(now, call, cause(29)).is_ok(),
        "4 s" => {
            one.pass(4_000);
            true
        }
        "30" | "37" => {
            hear(one, true, &format!("{step} 08 02 80 9d"));
            true
        }
        "33" => {
            hear(one, true, "33 18 03 a9 83 81");
            true
        }
        octet => {
            hear(one, true, octet);
            true
        }
    }
}

/// The auxiliary state, found by what it alone accepts.
fn aux_state(mut one: One, call: CallId) -> &'static str {
    let probes = [("I", "hold"), ("H", "retrieve"), ("r", "hold reject"), ("q", "retrieve reject")];
    for (aux, probe) in probes {
        if hold_step(&mut one, call, probe) {
            return aux;
        }
    }
    for (aux, probe) in [("R", "28"), ("Q", "33"), ("h", "31")] {
        one.sent();
        hold_step(&mut one, call, probe);
        if one.sent().is_empty() {
            return aux;
        }
    }
    "none"
}

#[test]
fn every_cell_of_the_hold_table_holds() {
    let mut tried = 0;
    for line in lines().filter(|line| line.len() == 8 && !line[0].starts_with("---") && line[0] != "event") {
        let side = if line[0].ends_with("network") { Side::Network } else { Side::User };
        let step = line[0].split_once(" (").map_or(line[0], |(_, rest)| &rest[..2]);
        for (aux, expected) in ["I", "R", "H", "Q", "r", "h", "q"].into_iter().zip(&line[1..]) {
            let (mut one, call) = held(side, aux);
            let accepted = hold_step(&mut one, call, step);
            let sent = one.sent();
            let seen = match sent.as_slice() {
                [] if !accepted => "x".to_owned(),
                [] => aux_state(one, call).to_owned(),
                [status] if kind(status) == 0x7d => "?101".to_owned(),
                [only] => format!("{} {:02x}", aux_state(one, call), kind(only)),
                _ => "several messages".to_owned(),
            };
            assert_eq!(seen, *expected, "hold {aux}, {}", line[0]);
            tried += 1;
        }
    }
    assert_eq!(tried, HOLD_CELLS);
}

#[test]
fn every_test_that_the_ledger_names_exists() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/");
    let mut named = 0;
    for name in LEDGER.split('`').filter(|text| text.contains("::")) {
        let (file, test) = name.split_once("::").expect("a file and a test");
        let source = std::fs::read_to_string(format!("{folder}{file}.rs")).expect("the file of a test");
        assert!(source.contains(&format!("#[test]\nfn {test}()")), "{name}");
        named += 1;
    }
    assert!(named > 60);
}

fn is_not_passed(cell: &str) -> bool {
    cell.starts_with("not applicable") || cell.starts_with("not yet")
}

#[test]
fn nine_tenths_of_the_rows_pass_and_the_others_say_why_not() {
    let verdicts: Vec<&str> =
        lines().flatten().filter(|cell| *cell == "pass" || is_not_passed(cell)).collect();
    let tables = cells().len() + TIMER_LINES + HOLD_CELLS;
    let passed = verdicts.iter().filter(|verdict| **verdict == "pass").count() + tables;
    let total = verdicts.len() + tables;
    assert!(passed * 10 >= total * 9, "{passed} of {total}");
    for verdict in verdicts.iter().filter(|verdict| **verdict != "pass") {
        assert!(verdict.contains(':'), "a reason: {verdict}");
    }
    println!("{passed} of {total} pass");
}
