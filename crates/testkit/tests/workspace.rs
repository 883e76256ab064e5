//! Who may use whom, and under which licences: the table of `docs/architecture.md`, compared with what cargo
//! says of the workspace.
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Each package of ours, and those of ours that it may depend on in a build (not only in tests).
const ALLOWED: &[(&str, &[&str])] = &[
    ("tandem-types", &[]),
    ("tandem-rt", &["types"]),
    ("tandem-line", &["types"]),
    ("tandem-dsp", &["types"]),
    ("tandem-cas", &["types"]),
    ("tandem-isdn", &["types"]),
    ("tandem-card", &["types", "rt", "line"]),
    ("tandem-tdmop", &["types", "rt", "line", "card"]),
    ("tandem-e1d", &["types", "rt", "line", "card"]),
    ("tandem-dahdi-server", &["types", "rt", "line", "dsp", "card"]),
    ("tandem-dahdi-shim", &["types"]),
    ("tandem-files", &["types", "rt", "dsp"]),
    ("tandem-switch", &["types", "rt", "line", "dsp"]),
    ("tandem-engine", &["types", "rt", "line", "dsp", "cas", "isdn", "card", "switch", "files"]),
    ("tandem-testkit", &["types"]),
    ("hw-sim", &["types", "rt", "line", "dsp", "isdn", "card"]),
    ("tandem-lab", &["types", "rt", "line", "isdn", "card", "hw-sim"]),
    ("tandem-capi", &["types", "rt", "card", "tdmop", "e1d", "engine", "lab", "hw-sim"]),
    ("tandem-cli", ANY),
    ("tandem-switch-example", ANY),
    ("tandem-bindings", &[]),
    ("tandem-packaging", &[]),
    ("tandem-benches", ANY),
];

const ANY: &[&str] = &["*"];

/// Licences that a permissively licensed library can be built from.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "Unlicense",
    "0BSD",
    "CC0-1.0",
    "BSL-1.0",
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn each_package_uses_only_what_the_table_allows() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: BTreeSet<&str> = packages.iter().map(|package| text(package, "name")).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    for package in packages {
        let name = text(package, "name");
        let may_use = allowed.get(name).unwrap_or_else(|| panic!("{name} is not in the table"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let used = text(dependency, "name");
            if text(dependency, "kind") == "dev" || !ours.contains(used) {
                continue;
            }
            let short = used.strip_prefix("tandem-").unwrap_or(used);
            assert!(may_use.contains(&short) || may_use.contains(&"*"), "{name} must not use {used}");
        }
    }
}

#[test]
fn every_dependency_is_permissively_licensed() {
    // What is built, without the optional dependencies that nobody turns on.
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--prefix", "none", "--format", "{p}|{l}", "--locked", "--offline"])
        .args(["--target", "x86_64-unknown-linux-gnu"])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let packages: BTreeSet<&str> = lines.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    assert!(packages.len() > 50, "{packages:?}");
    for package in packages.iter().filter(|line| !line.is_empty()) {
        let (name, licence) = package.split_once('|').expect("a name and a licence");
        assert!(acceptable(&licence.replace('/', " OR ")), "{name}: {licence:?}");
    }
}

/// Whether an SPDX expression of AND, OR and brackets can be met from the list: every AND side, any OR side.
fn acceptable(expression: &str) -> bool {
    let expression = expression.trim();
    if let Some((left, right)) = split_outside_brackets(expression, " AND ") {
        return acceptable(left) && acceptable(right);
    }
    if let Some((left, right)) = split_outside_brackets(expression, " OR ") {
        return acceptable(left) || acceptable(right);
    }
    if let Some(inner) = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return acceptable(inner);
    }
    LICENCES.contains(&expression)
}

fn split_outside_brackets<'a>(expression: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0_i32;
    for (index, symbol) in expression.char_indices() {
        match symbol {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && expression[index..].starts_with(word) => {
                return Some((&expression[..index], &expression[index + word.len()..]));
            }
            _ => {}
        }
    }
    None
}

#[test]
fn a_copyleft_licence_is_refused_unless_another_may_be_chosen() {
    assert!(!acceptable("GPL-3.0-only"));
    assert!(!acceptable("MIT AND LGPL-2.1"));
    assert!(acceptable("LGPL-2.1 OR MIT"));
    assert!(acceptable("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(!acceptable(""));
}

#[test]
fn make_fuzz_runs_every_fuzz_target() {
    let read = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name))
            .expect("a file of the tree")
    };
    let makefile = read("Makefile");
    let line = makefile.lines().find_map(|line| line.strip_prefix("FUZZ_TARGETS =")).expect("the targets");
    let mut run: Vec<&str> = line.split_whitespace().collect();
    let manifest = read("fuzz/Cargo.toml");
    let binaries = manifest.split("[[bin]]").skip(1);
    let mut there: Vec<&str> = binaries
        .filter_map(|binary| {
            binary.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        })
        .collect();
    run.sort_unstable();
    there.sort_unstable();
    assert_eq!(run, there);
}
