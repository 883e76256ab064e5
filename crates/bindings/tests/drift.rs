//! What is committed is what the headers say. Needs libclang, hence the feature.
#![cfg(feature = "generate")]

use std::process::Command;

#[test]
fn what_is_committed_is_what_the_headers_say() {
    let check = Command::new(env!("CARGO_BIN_EXE_generate-bindings")).arg("--check").output();
    let check = check.expect("the generator runs");
    print!("{}", String::from_utf8_lossy(&check.stdout));
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
