//! The tests that `docs/testing.md` names for each group of what a line must do exist.
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text of all Rust files below a folder.
fn sources(folder: &Path, into: &mut String) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder can be read").path()) {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push_str(&fs::read_to_string(&path).expect("a source file can be read"));
        }
    }
}

#[test]
fn every_test_that_a_group_names_exists() {
    let page = fs::read_to_string(root().join("docs/testing.md")).expect("the page");
    let table = page.split("## The line side, group by group").nth(1).expect("the section");
    let table = table.split("\n## ").next().expect("its text");
    let mut code = String::new();
    for folder in ["crates", "hw-sim"] {
        sources(&root().join(folder), &mut code);
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
            assert!(code.contains(&format!("fn {name}()")), "group{}: there is no test {name}", cells[0]);
        }
        groups += 1;
    }
    assert_eq!(groups, 12, "A to L");
}
