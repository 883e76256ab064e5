//! `tandem trace` as a user runs it.
use std::path::PathBuf;
use std::process::{Command, Output};
use tandem_isdn::Side;
use tandem_isdn::capture::{Captured, append, file_header};

fn tandem(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tandem")).args(arguments).output().expect("runs")
}

/// A capture in a file of its own.
struct Capture(PathBuf);

impl Capture {
    fn new(name: &str, octets: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("tandem-cli-{}-{name}.pcap", std::process::id()));
        std::fs::write(&path, octets).expect("written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// SABME, UA, a SETUP to 4711 on channel 9 and its acknowledgement, as the user sees them.
fn a_setup() -> Vec<u8> {
    let setup: &[u8] = &[
        0x00, 0x01, 0x00, 0x00, 0x08, 0x02, 0x00, 0x01, 0x05, 0x04, 0x03, 0x80, 0x90, 0xa3, 0x18, 0x03, 0xa9,
        0x83, 0x89, 0x70, 0x05, 0x80, b'4', b'7', b'1', b'1',
    ];
    let frames: [(bool, u64, &[u8]); 4] = [
        (true, 0, &[0x00, 0x01, 0x7f]),
        (false, 1250, &[0x00, 0x01, 0x73]),
        (true, 2_001_500, setup),
        (false, 2_003_000, &[0x00, 0x01, 0x01, 0x02]),
    ];
    let mut octets = file_header();
    for (sent, at_us, frame) in frames {
        append(&mut octets, &Captured { at_us: 1_000_000 + at_us, our_side: Side::User, sent, frame });
    }
    octets
}

#[test]
fn a_capture_is_told_message_by_message_with_who_sent_it_and_when() {
    let capture = Capture::new("setup", &a_setup());
    let output = tandem(&["trace", capture.path()]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("0.000000 s  user ---> net  LAPD SAPI=0 TEI=0 C SABME P=1"), "{text}");
    assert!(lines[1].contains("0.001250 s  user <--- net  LAPD SAPI=0 TEI=0 R UA F=1"), "{text}");
    assert!(lines[2].contains("2.001500 s  user ---> net  SETUP"), "{text}");
    assert!(text.contains("4711") && lines[3].starts_with("          "), "{text}");
    assert!(!text.contains("RR"), "acknowledgements are left out: {text}");
    let clock = tandem(&["trace", "--clock", "--brief", capture.path()]);
    let first = String::from_utf8(clock.stdout).expect("UTF-8");
    assert!(first.starts_with("1970-01-01T") || first.starts_with("1969-12-31T"), "{first}");
    assert!(first.contains(":01.000"), "{first}");
    let all = tandem(&["trace", "--all", "--brief", capture.path()]);
    let all = String::from_utf8(all.stdout).expect("UTF-8");
    assert_eq!(all.lines().count(), 4, "{all}");
    assert!(all.contains("RR"), "{all}");
}

#[test]
fn calls_are_picked_by_their_reference_and_json_has_an_object_a_line() {
    let capture = Capture::new("json", &a_setup());
    let output = tandem(&["trace", "--call", "1", "--json", capture.path()]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert_eq!((lines[0]["from"].as_str(), lines[0]["at_s"].as_f64()), (Some("user"), Some(2.0015)));
    assert!(lines[0]["message"].as_str().is_some_and(|message| message.contains("SETUP")), "{text}");
    let nothing = tandem(&["trace", "--call", "2", capture.path()]);
    assert!(nothing.status.success() && nothing.stdout.is_empty());
}

#[test]
fn a_reference_that_both_sides_have_chosen_is_told_apart_by_who_did() {
    // The RELEASE COMPLETE of each side's call 1, by the other.
    let of_users: &[u8] = &[0x02, 0x01, 0x00, 0x00, 0x08, 0x02, 0x80, 0x01, 0x5a];
    let of_network: &[u8] = &[0x00, 0x01, 0x00, 0x00, 0x08, 0x02, 0x80, 0x01, 0x5a];
    let mut octets = file_header();
    for (sent, frame) in [(false, of_users), (true, of_network)] {
        append(&mut octets, &Captured { at_us: 0, our_side: Side::User, sent, frame });
    }
    let capture = Capture::new("sides", &octets);
    for (call, arrows) in
        [("1", &["<---", "--->"][..]), ("user:1", &["<---"]), ("net:1", &["--->"]), ("net:2", &[])]
    {
        let output = tandem(&["trace", "--brief", "--call", call, capture.path()]);
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let said: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().nth(3)).collect();
        assert_eq!(said, arrows, "{call}: {text}");
    }
    let wrong = tandem(&["trace", "--call", "far:1", capture.path()]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("'user' or 'net'"));
}

#[test]
fn what_is_no_capture_gets_one_line_and_status_2() {
    let cut = a_setup();
    for (name, octets, word) in [
        ("text", b"hello, this is no capture at all".to_vec(), "not a pcap file"),
        ("empty", Vec::new(), "not a pcap file"),
        ("cut", cut[..cut.len() - 1].to_vec(), "cut off"),
    ] {
        let capture = Capture::new(name, &octets);
        let output = tandem(&["trace", capture.path()]);
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(problem.lines().count() == 1 && problem.contains(word), "{name}: {problem}");
    }
    assert_eq!(tandem(&["trace", "/nowhere.pcap"]).status.code(), Some(2));
}
