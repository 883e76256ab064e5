//! The shared library exports what the header declares, and nothing else; that with versions of its symbols is a test of
//! `crates/packaging`.
mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// The libraries lie beside the tests.
fn library(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    test.parent().expect("a directory").join(name)
}

fn defined(arguments: &[&str], name: &str) -> BTreeSet<String> {
    let output = Command::new("nm").args(arguments).arg(library(name)).output().expect("nm runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    // "address kind name"; version nodes and section symbols have no name of ours.
    listing.lines().filter_map(|line| line.split_whitespace().nth(2)).map(str::to_owned).collect()
}

fn declared() -> BTreeSet<String> {
    common::header::prototypes().into_iter().map(|prototype| prototype.name).collect()
}

#[test]
fn the_shared_library_exports_the_prototypes_of_the_header_and_nothing_else() {
    assert_eq!(defined(&["-D", "--defined-only"], "libtandem.so"), declared());
}

#[test]
fn the_static_library_defines_the_prototypes_of_the_header() {
    let all = defined(&["--defined-only", "--extern-only", "--quiet"], "libtandem.a");
    let ours: BTreeSet<String> = all.into_iter().filter(|name| name.starts_with("tandem_")).collect();
    assert_eq!(ours, declared());
}
