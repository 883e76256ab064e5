//! A C program that uses DAHDI in every way that programs do: `tests/program.c`.
mod common;
use common::*;
use std::process::Command;
use tandem_card::{LoopCard, OpenedCard};

#[test]
fn a_program_waits_copies_and_forks_as_with_a_driver() {
    let program = std::env::temp_dir().join(format!("tandem-program-{}", std::process::id()));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/program.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o"]).arg(&program);
    let compiled = compiler.output().expect("a C compiler runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let (near, far) = LoopCard::pair(1, 8);
    let cards = [near, far].map(|card| OpenedCard { card: Box::new(card), world: None });
    let switch = Switch::start("program", cards.into());
    let output = switch.command(program.to_str().expect("a plain name")).output().expect("it runs");
    let _ = std::fs::remove_file(&program);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n", "{output:?}");
}
