//! What a person meets first: help, versions, and being told what was wrong.
mod common;

use common::{good, refused, run_with, run_words};
use std::process::{Command, Stdio};

#[test]
fn help_and_version_are_answers() {
    let help = good("--help").text();
    for command in ["detect", "generate", "g711", "line"] {
        assert!(help.contains(&format!("  {command} ")), "{help}");
        assert!(good(&format!("{command} --help")).text().contains("Usage: tandem "));
    }
    assert_eq!(good("--version").text(), format!("tandem {}\n", env!("CARGO_PKG_VERSION")));
    assert!(good("g711 --help").text().contains("with transcode"));
    let analyze = good("line analyze --help").text();
    for promise in ["the first in the top bit", "--sent <FILE>", "--seconds <S>", "\"event\":\"finding\""] {
        assert!(analyze.contains(promise), "{analyze}");
    }
}

#[test]
fn no_arguments_bring_help_and_status_2() {
    for words in ["", "line", "generate"] {
        let ran = run_with(words, &[]);
        assert_eq!((ran.status, ran.stdout.len()), (2, 0), "{words}");
        assert!(ran.stderr.contains("Usage: tandem"), "{words}: {}", ran.stderr);
    }
}

#[test]
fn bad_arguments_get_one_line_and_status_2() {
    for words in [
        "frobnicate",
        "--frobnicate",
        "detect",
        "detect x.wav --detectors dtfm",
        "detect x.wav --country china",
        "detect x.wav --country ч",
        "detect x.wav --country xx",
        "detect x.wav --detectors tones",
        "detect x.wav --plan no-such-file",
        "detect x.wav --country cn --plan x",
        "generate sonata --out x.wav",
        "generate dtmf 123",
        "generate dtmf 12x --out x.wav",
        "generate dtmf 1 --on-ms 0 --out x.wav",
        "generate dtmf 1 --low-dbm0 loud --out x.wav",
        "generate dtmf 1 --high-dbm0 NaN --out x.wav",
        "generate dtmf 1 --encoding mp3 --out x.wav",
        "generate dtmf 1 --out no/such/directory/x.wav",
        "generate dtmf --out x.wav",
        "generate mf-r1 12A --out x.wav",
        "generate mf-r2-fwd K --out x.wav",
        "generate mf-line 7 --out x.wav",
        "generate mf-r1 1 --level 4 --out x.wav",
        "generate cid --time 13010000 --out x.wav",
        "generate cid --number 1 --single --out x.wav",
        "generate cid --messages-wait maybe --out x.wav",
        "generate cid --messages-wait no --number 1 --out x.wav",
        "generate tone --out x.wav",
        "generate line --out x.wav",
        "generate line prompt.wav --out x.wav",
        "generate line tone:busy --out x.wav",
        "generate tone busy --out x.wav",
        "generate tone v22 --out x.wav",
        "generate tone busy --country cn --freq 450 --out x.wav",
        "generate tone cng --on-ms 100 --out x.wav",
        "generate tone --freq 0 --out x.wav",
        "generate tone --freq 4000 --out x.wav",
        "generate tone --freq 450 --seconds inf --out x.wav",
        "generate tone --freq 450 --seconds 2 --repeat 2 --out x.wav",
        "generate tone --freq 450 --on-ms 600000 --off-ms 600000 --repeat 4294967295 --out x.wav",
        "g711 encode --law a",
        "g711 encode - -",
        "g711 compress --law a - -",
        "g711 encode --law b - -",
        "g711 decode --law a no-such-file -",
        "line analyze --framing e1",
        "line analyze no-such-file --framing e1",
        "line analyze / --framing e1",
        "line analyze - --framing e2",
        "line analyze - --framing e1 --code cmi",
        "line analyze - --framing e1 --seconds soon",
        "line analyze - --framing e1 --sent",
        "line generate --framing e1 --out x",
        "line generate --framing e1 --frames 1 --out x --ppm 10001",
        "line generate --framing e1 --frames 1 --out x --ppm 1.5",
        "line generate --framing e1 --frames 0 --out x",
        "line generate --framing e1 --frames -1 --out x",
        "line generate --framing e1 --frames 18446744073709551616 --out x",
        "line generate --framing e1 --frames 1 --out no/such/directory/x",
        "line generate --framing e1 --frames 1 --out x --seed 1 --slots y",
        "line generate --framing e1 --frames 1 --out x --slots no-such-file",
        "line generate --framing e1 --frames 1 --out x --slots 0=y",
        "line generate --framing e1 --frames 1 --out x --slots 32=y",
        "line generate --framing e1 --frames 1 --out x --cas 16=1001",
        "line generate --framing e1 --frames 1 --out x --cas 1=10011",
        "line generate --framing e1 --frames 1 --out x --cas 1=+101",
        "line generate --framing e1 --frames 1 --out x --cas 1",
        "line generate --framing e1 --frames 1 --out x --cas 1=0000",
        "line generate --framing e1 --frames 1 --out x --cas-rai",
    ] {
        refused(words);
    }
}

#[test]
fn a_line_stays_a_line_whatever_it_quotes() {
    for words in [["detect", "a\nb\u{1b}[2J.wav"], ["a\n\nb", "c"], ["generate", "x\ny"]] {
        let ran = run_words(&words, &[]);
        assert_eq!((ran.status, ran.stderr.lines().count()), (2, 1), "{words:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains('\u{1b}'));
    }
    let ran = run_words(&["generate", "dtmf", "", "--out", "x.wav"], &[]);
    assert_eq!((ran.status, ran.stderr.as_str()), (2, "tandem: there is nothing to send\n"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for words in [
        "line generate --framing e1 --frames 1000000 --out -",
        "generate tone --freq 450 --seconds 10000 --out -",
        "--help",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tandem"))
            .args(words.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the tool ends");
        assert_eq!(output.status.code(), Some(0), "{words}");
        assert!(output.stderr.is_empty(), "{words}");
    }
}

#[test]
fn a_full_disk_is_told_with_status_1() {
    for words in [
        "line generate --framing e1 --frames 9 --out /dev/full",
        "generate dtmf 1 --out /dev/full",
        "g711 decode --law a /proc/self/cmdline /dev/full",
    ] {
        let ran = run_with(words, &[]);
        assert_eq!((ran.status, ran.stderr.lines().count()), (1, 1), "{words}: {}", ran.stderr);
    }
}
