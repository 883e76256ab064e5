//! Pseudo-random sequences as a foreign library makes them. Needs `libosmocore-dev` and a C compiler, for a program of
//! its own that prints bits; without them the tests say so in one line and pass.
use std::process::Command;
use std::sync::OnceLock;
use tandem_line::bert::{Generator, Pattern, Tester};

const PROGRAM: &str = r#"
#include <stdio.h>
#include <osmocom/core/bits.h>
#include <osmocom/core/prbs.h>
static void print(const struct osmo_prbs *prbs, unsigned int bits)
{
    struct osmo_prbs_state state;
    osmo_prbs_state_init(&state, prbs);
    while (bits--)
        putchar(osmo_prbs_get_ubit(&state) ? '1' : '0');
    putchar('\n');
}
int main(void)
{
    print(&osmo_prbs9, 100000);
    print(&osmo_prbs11, 100000);
    print(&osmo_prbs15, 100000);
    return 0;
}
"#;

/// The sequences of 2^9 - 1, 2^11 - 1 and 2^15 - 1, as bits; nothing if they cannot be had.
fn foreign_sequences() -> Option<&'static [Vec<bool>]> {
    static SEQUENCES: OnceLock<Option<Vec<Vec<bool>>>> = OnceLock::new();
    SEQUENCES.get_or_init(made).as_deref()
}

fn made() -> Option<Vec<Vec<bool>>> {
    let found = Command::new("pkg-config").args(["--cflags", "--libs", "libosmocore"]).output().ok();
    let Some(flags) = found.filter(|output| output.status.success()) else {
        println!("skipped: libosmocore-dev is not installed");
        return None;
    };
    let flags = String::from_utf8(flags.stdout).expect("flags are text");
    let base = std::env::temp_dir().join(format!("tandem-prbs-{}", std::process::id()));
    let (source, program) = (base.with_extension("c"), base.with_extension("bin"));
    std::fs::write(&source, PROGRAM).expect("a source file is written");
    let mut compiler = Command::new("cc");
    compiler.arg(&source).arg("-o").arg(&program).args(flags.split_whitespace());
    let compiled = compiler.output().expect("a C compiler runs");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let output = Command::new(&program).output().expect("the program runs");
    let _ = (std::fs::remove_file(&source), std::fs::remove_file(&program));
    let text = String::from_utf8(output.stdout).expect("digits");
    Some(text.lines().map(|line| line.bytes().map(|digit| digit == b'1').collect()).collect())
}

#[test]
fn a_tester_follows_the_foreign_sequences_without_an_error() {
    let Some(sequences) = foreign_sequences() else { return };
    // O.151 has the sequence of 15 stages inverted; the library makes it as the register does.
    for (pattern, bits, inverted) in [
        (Pattern::Prbs9, &sequences[0], false),
        (Pattern::Prbs11, &sequences[1], false),
        (Pattern::Prbs15, &sequences[2], true),
    ] {
        let mut tester = Tester::new(pattern);
        for bit in bits {
            tester.handle_bit(*bit != inverted);
        }
        let counts = tester.counts();
        assert!(tester.is_synchronised(), "{pattern:?}");
        assert_eq!((counts.errors, counts.losses), (0, 0), "{pattern:?}");
        assert!(counts.bits > 99_900, "{pattern:?}: found within 100 bits");
    }
}

#[test]
fn a_period_of_ours_is_a_period_of_theirs() {
    let Some(sequences) = foreign_sequences() else { return };
    for (pattern, stages, bits, inverted) in [
        (Pattern::Prbs9, 9, &sequences[0], false),
        (Pattern::Prbs11, 11, &sequences[1], false),
        (Pattern::Prbs15, 15, &sequences[2], true),
    ] {
        let period = (1 << stages) - 1;
        let mut generator = Generator::new(pattern);
        let ours: Vec<bool> = (0..2 * period).map(|_| generator.next_bit() != inverted).collect();
        let theirs = &bits[..period];
        let start = (0..period).find(|start| ours[*start..*start + period] == *theirs);
        assert!(start.is_some(), "{pattern:?}: no turn of ours is theirs");
    }
}
