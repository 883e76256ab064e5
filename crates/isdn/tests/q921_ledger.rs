//! The ledger `docs/conformance/q921.md` is complete and names tests that there are.
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const STATES: [&str; 7] = ["4", "5.0", "5.1", "5.2", "6", "7", "8"];

const EVENTS: [&str; 49] = [
    "DL-ESTABLISH request",
    "DL-RELEASE request",
    "DL-DATA request",
    "DL-UNIT DATA request",
    "set own receiver busy",
    "clear own receiver busy",
    "PH-DEACTIVATE indication",
    "PH-ACTIVATE indication",
    "T200 expiry, RC<N200",
    "T200 expiry, RC=N200",
    "T203 expiry",
    "SABME P=1",
    "SABME P=0",
    "DISC P=1",
    "DISC P=0",
    "UA F=1",
    "UA F=0",
    "DM F=1",
    "DM F=0",
    "UI",
    "XID",
    "FRMR",
    "I, N(S)=V(R), P=0",
    "I, N(S)=V(R), P=1",
    "I, N(S)≠V(R), P=0",
    "I, N(S)≠V(R), P=1",
    "I, N(R) wrong",
    "RR command P=0",
    "RR command P=1",
    "RR response F=0",
    "RR response F=1",
    "RR, N(R) wrong",
    "REJ command P=0",
    "REJ command P=1",
    "REJ response F=0",
    "REJ response F=1",
    "REJ, N(R) wrong",
    "RNR command P=0",
    "RNR command P=1",
    "RNR response F=0",
    "RNR response F=1",
    "RNR, N(R) wrong",
    "undefined control field",
    "information field not permitted",
    "FRMR of wrong size",
    "I or UI longer than N201",
    "invalid frame",
    "frame to another SAPI or TEI",
    "own frame given back",
];

/// A row: what it is about, the result, and the name of the test or nothing.
struct Row {
    about: (String, String),
    result: String,
    test: String,
}

fn ledger() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/conformance/q921.md");
    std::fs::read_to_string(path).expect("the ledger")
}

fn rows(ledger: &str) -> Vec<Row> {
    let cells = ledger.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix("|"));
    let cells = cells.map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    cells
        .filter(|cells| cells[0] != "---" && cells.last().is_some_and(|last| last != "Test"))
        .map(|cells| {
            let [first, second, _, result, test] = <[String; 5]>::try_from(cells).expect("five columns");
            Row { about: (first, second), result, test: test.trim_matches('`').to_owned() }
        })
        .collect()
}

/// The names of all tests in this folder.
fn tests() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let files = std::fs::read_dir(folder).expect("the tests").map(|entry| entry.expect("a file").path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let texts = sources.map(|path| std::fs::read_to_string(path).expect("a source"));
    texts
        .flat_map(|text| {
            let after =
                text.split("#[test]\nfn ").skip(1).map(|rest| rest.split('(').next().map(str::to_owned));
            after.flatten().collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_state_has_a_row_for_every_event() {
    let rows = rows(&ledger());
    let mut found: BTreeMap<(String, String), usize> = BTreeMap::new();
    rows.iter().for_each(|row| *found.entry(row.about.clone()).or_default() += 1);
    for state in STATES {
        for event in EVENTS {
            let about = (state.to_owned(), event.to_owned());
            assert_eq!(found.get(&about), Some(&1), "{about:?}");
        }
    }
}

#[test]
fn every_row_that_passes_names_a_test_and_every_other_its_reason() {
    let tests = tests();
    for row in rows(&ledger()) {
        match row.result.as_str() {
            "pass" => assert!(tests.contains(&row.test), "{:?} names {}", row.about, row.test),
            result => {
                let reason =
                    result.strip_prefix("not yet: ").or(result.strip_prefix("not applicable, because "));
                assert!(reason.is_some_and(|reason| reason.len() > 10), "{:?}: {result}", row.about);
                assert_eq!(row.test, "");
            }
        }
    }
}

#[test]
fn the_sums_are_right_and_nine_rows_of_ten_pass() {
    let ledger = ledger();
    let rows = rows(&ledger);
    let count = |start: &str| rows.iter().filter(|row| row.result.starts_with(start)).count();
    let (pass, not_yet, not_applicable) = (count("pass"), count("not yet"), count("not applicable"));
    let sums =
        format!("Rows: {}. Pass: {pass}. Not yet: {not_yet}. Not applicable: {not_applicable}.", rows.len());
    assert!(ledger.contains(&sums), "{sums}");
    assert!(pass * 10 >= rows.len() * 9);
}
