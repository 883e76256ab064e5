//! The committed bindings are those of the header. Needs libclang, hence the feature.
#![cfg(feature = "generate")]

use std::process::Command;

#[test]
fn the_committed_bindings_are_those_of_the_header() {
    let check = Command::new(env!("CARGO_BIN_EXE_generate-bindings")).arg("--check").output();
    let check = check.expect("the generator runs");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
