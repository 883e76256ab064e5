//! Whole runs of the switch in virtual time, as a person starts them: content, determinism, and wrong octets
//! that must be noticed.
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory for the recordings of one test, gone afterwards.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn switch(place: &Place, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tandem-switch"))
        .arg("--recordings")
        .arg(&place.0)
        .args(arguments)
        .output()
        .expect("the switch runs")
}

fn summary(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .unwrap_or_else(|error| panic!("{error}: {last:?}\n{}", String::from_utf8_lossy(&output.stderr)))
}

fn number(summary: &Value, name: &str) -> u64 {
    summary[name].as_u64().unwrap_or_else(|| panic!("{name} is missing from {summary}"))
}

fn assert_good(summary: &Value) {
    assert_eq!(summary["problems"].as_array().map(Vec::len), Some(0), "{summary}");
    assert_eq!(summary["ok"], true);
    for nothing in ["octets_dropped", "octets_starved", "wrong_octets", "media_allocations", "slips"] {
        assert_eq!(number(summary, nothing), 0, "{nothing}");
    }
    let offered = number(summary, "calls_offered");
    assert_eq!(number(summary, "calls_answered"), offered);
    assert_eq!(number(summary, "calls_cleared"), offered);
    assert_eq!(number(summary, "recordings"), offered);
    assert_eq!(number(summary, "digits_sent"), number(summary, "digits_received"));
}

#[test]
fn two_minutes_of_four_spans_carry_every_call_and_come_out_the_same_twice() {
    let run = |name: &str| {
        let place = Place::new(name);
        let output = switch(&place, &["--lockstep", "--seconds", "120", "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
        summary(&output)
    };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| run("twice-a"));
        (run("twice-b"), first.join().expect("the other run"))
    });
    assert_good(&first);
    assert_eq!(first["hash"], second["hash"]);
    assert_eq!(first["octets_in"], second["octets_in"]);
    assert!(number(&first, "calls_offered") > 180, "{first}");
    assert!(number(&first, "verified_speech") > 150, "{first}");
    assert!(number(&first, "heard_pairs") > 100, "{first}");
    assert!(first["worst_correlation"].as_f64().is_some_and(|worst| worst > 0.99));
}

#[test]
fn another_seed_gives_another_run() {
    let hash = |seed: &str| {
        let place = Place::new(&format!("seed-{seed}"));
        let arguments = ["--lockstep", "--seconds", "5", "--spans", "1", "--seed", seed, "--json"];
        summary(&switch(&place, &arguments))["hash"].clone()
    };
    assert_ne!(hash("1"), hash("2"));
}

#[test]
fn one_wrong_symbol_on_the_wire_fails_the_run() {
    let place = Place::new("flipped");
    let arguments = ["--lockstep", "--seconds", "5", "--spans", "1", "--json", "--flip-at", "48000"];
    let output = switch(&place, &arguments);
    assert_eq!(output.status.code(), Some(1));
    let summary = summary(&output);
    assert!(number(&summary, "wrong_octets") >= 1, "{summary}");
    assert_eq!(summary["ok"], false);
}

#[test]
fn it_works_on_ticks_of_5_and_20_ms_and_with_generated_sounds() {
    for (tick, sounds) in [("40", "--plain"), ("160", "--generated")] {
        let place = Place::new(&format!("tick-{tick}"));
        let arguments = ["--lockstep", "--seconds", "20", "--spans", "2", "--tick", tick, sounds, "--json"];
        assert_good(&summary(&switch(&place, &arguments)));
    }
}

#[test]
fn control_that_comes_late_costs_no_call_no_digit_and_no_octet() {
    let calm = [("20", "2", "3"), ("100", "2", "4"), ("500", "2", "5")];
    let crowded = [("1000", "6", "117"), ("1000", "6", "121")];
    for (lateness, rate, seed) in calm.into_iter().chain(crowded) {
        let place = Place::new(&format!("late-{seed}"));
        let late = ["--lockstep", "--lateness", lateness, "--seconds", "20", "--json"];
        let arguments = [&late[..], &["--rate", rate, "--seed", seed]].concat();
        assert_good(&summary(&switch(&place, &arguments)));
    }
}

#[test]
fn eight_spans_on_two_cards_work_in_real_time() {
    let place = Place::new("real");
    let output = switch(&place, &["--seconds", "4", "--spans", "8", "--rate", "6", "--json"]);
    let summary = summary(&output);
    assert_good(&summary);
    assert!(number(&summary, "calls_offered") > 0 && number(&summary, "symbols_lost") == 0, "{summary}");
}

#[test]
fn four_hundred_and_eighty_calls_at_once_fit_into_128_mib() {
    let place = Place::new("full");
    let load = ["--spans", "16", "--rate", "60", "--seconds", "12", "--no-verify"];
    let output = switch(&place, &[&["--lockstep", "--json"], &load[..]].concat());
    let summary = summary(&output);
    assert_good(&summary);
    assert!(number(&summary, "calls_blocked") > 0, "every channel is in use");
    let most = summary["resident_mib"].as_f64().expect("a figure");
    assert!((16.0..128.0).contains(&most), "{most} MiB");
}

#[test]
fn bad_input_gets_one_line_and_status_2() {
    let place = Place::new("bad");
    let tick = switch(&place, &["--tick", "12", "--seconds", "1"]);
    let missing = switch(&place, &["--config", "no-such.toml"]);
    let spans = switch(&place, &["--spans", "0"]);
    for (output, word) in [(tick, "multiple of 8"), (missing, "no-such.toml"), (spans, "0")] {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn a_recording_directory_that_cannot_be_made_is_named() {
    let file = Place::new("not-a-directory");
    std::fs::write(&file.0, "in the way").expect("a file");
    let output = switch(&file, &["--seconds", "1"]);
    std::fs::remove_file(&file.0).expect("our own file");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not-a-directory"));
}
