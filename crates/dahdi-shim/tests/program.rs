//! A C program that uses DAHDI in every way that programs do: `tests/program.c`.
mod common;
use common::*;
use tandem_card::{LoopCard, OpenedCard};

#[test]
fn a_program_waits_copies_and_forks_as_with_a_driver() {
    let program = Program::compile("program", None).expect("it needs no library");
    let (near, far) = LoopCard::pair(1, 8);
    let cards = [near, far].map(|card| OpenedCard { card: Box::new(card), world: None });
    let switch = Switch::start("program", cards.into());
    let output = switch.command(program.path()).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n", "{output:?}");
}
