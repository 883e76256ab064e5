//! The tests that `docs/testing.md` names for each group of what a line must do exist.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of all tests below a folder that `make test` runs.
fn tests(folder: &Path, into: &mut BTreeSet<String>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder can be read").path()) {
        if path.is_dir() {
            tests(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.extend(tests_in(&fs::read_to_string(&path).expect("a source file can be read")));
        }
    }
}

/// Functions that bear `#[test]` and are not ignored.
fn tests_in(code: &str) -> Vec<String> {
    let (mut found, mut is_test, mut is_ignored) = (Vec::new(), false, false);
    for line in code.lines().map(str::trim_start) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]");
            is_ignored |= line.starts_with("#[ignore");
            continue;
        }
        if let Some(rest) = line.strip_prefix("fn ").filter(|_| is_test && !is_ignored) {
            found.extend(rest.split('(').next().map(str::to_owned));
        }
        if !line.starts_with("//") {
            (is_test, is_ignored) = (false, false);
        }
    }
    found
}

#[test]
fn a_test_is_what_bears_the_mark_and_is_not_ignored() {
    let code =
        "#[test]\n/// Why.\nfn one() {\n}\nfn two() {}\n#[test]\n#[ignore = \"long\"]\nfn three() {}\n";
    assert_eq!(tests_in(code), ["one"]);
}

#[test]
fn every_test_that_a_group_names_exists() {
    let page = fs::read_to_string(root().join("docs/testing.md")).expect("the page");
    let table = page.split("## The line side, group by group").nth(1).expect("the section");
    let table = table.split("\n## ").next().expect("its text");
    let mut known = BTreeSet::new();
    for folder in ["crates", "hw-sim"] {
        tests(&root().join(folder), &mut known);
    }
    let mut groups = 0;
    for row in table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| group") && !line.starts_with("| ---"))
    {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let names: Vec<&str> = cells[2].split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "group {} names no test", cells[0]);
        for name in names {
            assert!(known.contains(name), "group{}: there is no test {name} that is run", cells[0]);
        }
        groups += 1;
    }
    assert_eq!(groups, 12, "A to L");
}
