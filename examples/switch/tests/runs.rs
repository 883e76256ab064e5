//! Whole runs of the switch in virtual time, as a person starts them: content, determinism, and wrong octets
//! that must be noticed.
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tandem_isdn::capture::CaptureReader;
use tandem_isdn::ladder::Rung;
use tandem_isdn::q931::MessageType;
use tandem_rt::sys::{MessageSocket, Waitable, monotonic_ns, sleep_until_ns, wait_for_any};

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

fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem-switch"));
    command.arg("--recordings").arg(&place.0).args(arguments);
    command
}

fn switch(place: &Place, arguments: &[&str]) -> Output {
    command(place, arguments).output().expect("the switch runs")
}

/// Starts the switch and interrupts it, as Ctrl-C does, after a while.
fn interrupted(place: &Place, arguments: &[&str], after: Duration) -> Output {
    let mut command = command(place, arguments);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the switch runs");
    let pause = Command::new("sleep").arg(after.as_secs_f64().to_string()).status();
    assert!(pause.expect("sleep runs").success());
    let kill = Command::new("kill").args(["-INT", &run.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    run.wait_with_output().expect("the switch ends")
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
fn em_carries_every_call_as_isdn_does() {
    let place = Place::new("em");
    let output = switch(&place, &["--lockstep", "--seconds", "40", "--signalling", "em", "--json"]);
    let summary = summary(&output);
    assert_good(&summary);
    let calls = number(&summary, "calls_offered");
    assert!(calls > 60, "{summary}");
    // Four digits of a called number each, and those of the rooms.
    assert!(number(&summary, "digits_received") > 8 * calls, "{summary}");
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
fn t1_spans_carry_calls_as_well_and_an_e1_may_stand_beside_them() {
    let place = Place::new("t1");
    std::fs::create_dir_all(&place.0).expect("a directory");
    let config = place.0.join("t1.toml");
    std::fs::write(&config, T1_CONFIG).expect("a file");
    let config = config.to_str().expect("a path in UTF-8");
    let output = switch(&place, &["--config", config, "--seconds", "44", "--rate", "6", "--json"]);
    let summary = summary(&output);
    assert_good(&summary);
    assert!(number(&summary, "calls_offered") > 150, "{summary}");
    // Signalling robs bits of what is said on a T1.
    assert_eq!(number(&summary, "verified_speech"), 0);
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
    let isdn = calm.into_iter().chain(crowded).map(|it| (it, "pri"));
    for ((lateness, rate, seed), signalling) in isdn.chain(crowded.map(|it| (it, "em"))) {
        let place = Place::new(&format!("late-{seed}-{signalling}"));
        let late = ["--lockstep", "--lateness", lateness, "--seconds", "20", "--json"];
        let load = ["--rate", rate, "--seed", seed, "--signalling", signalling];
        assert_good(&summary(&switch(&place, &[&late[..], &load].concat())));
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
fn messages_are_shown_and_kept_and_each_call_has_a_record() {
    let place = Place::new("trace");
    let captures = place.0.join("captures");
    std::fs::create_dir_all(&place.0).expect("a directory");
    let records = place.0.join("records.jsonl");
    let arguments = [
        "--lockstep",
        "--seconds",
        "15",
        "--rate",
        "3",
        "--hold",
        "4",
        "--spans",
        "2",
        "--generated",
        "--trace",
        "--json",
        "--capture",
        captures.to_str().expect("UTF-8"),
        "--records",
        records.to_str().expect("UTF-8"),
    ];
    let output = switch(&place, &arguments);
    let summary = summary(&output);
    assert_good(&summary);
    let shown = String::from_utf8_lossy(&output.stderr);
    let offered = number(&summary, "calls_offered");
    let setups = shown.lines().filter(|line| line.contains("user <--- net  SETUP")).count();
    assert_eq!(setups as u64, offered, "{shown}");
    assert!(
        shown.lines().any(|line| line.starts_with("          ") && line.contains("Called party")),
        "{shown}"
    );
    let mut captured = 0;
    for span in 0..2 {
        let file = std::fs::read(captures.join(format!("span-{span}.pcap"))).expect("a capture");
        for seen in CaptureReader::new(&file).expect("a capture") {
            let message = Rung::new(&seen.expect("whole")).message;
            captured += u64::from(message.is_some_and(|message| message.kind() == MessageType::SETUP));
        }
    }
    assert_eq!(captured, offered);
    let text = std::fs::read_to_string(&records).expect("records");
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records.len() as u64, offered);
    for record in &records {
        assert_eq!(
            (record["direction"].as_str(), record["cause"].as_u64()),
            (Some("in"), Some(16)),
            "{record}"
        );
        assert!(record["talked_s"].as_f64().is_some_and(|seconds| seconds > 0.5), "{record}");
        let recording = record["recording"].as_str().expect("a name");
        assert_eq!(recording, format!("call-{:06}.wav", record["call"].as_u64().expect("a number")));
        assert!(
            record["answered"].as_str() > record["began"].as_str()
                && record["ended"].as_str() > record["answered"].as_str()
        );
    }
    // Where no messages are sent there are none to show, and that is said.
    let none = switch(&place, &["--lockstep", "--seconds", "1", "--signalling", "em", "--trace"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no D channel"));
}

#[test]
fn an_interrupted_run_loses_no_digit_and_is_compared_like_any_other() {
    for round in 0..2 {
        let place = Place::new(&format!("interrupted-{round}"));
        let arguments = ["--rate", "2", "--spans", "1", "--seed", &round.to_string(), "--json"];
        let output = interrupted(&place, &arguments, Duration::from_millis(5700 + 130 * round));
        let summary = summary(&output);
        assert_good(&summary);
        assert_eq!((output.status.code(), &summary["verified"]), (Some(0), &Value::Bool(true)));
        assert!(number(&summary, "calls_offered") > 5, "{summary}");
    }
}

#[test]
fn recordings_that_are_not_compared_are_said_not_to_be() {
    let arguments = ["--lockstep", "--seconds", "5", "--spans", "1", "--no-verify"];
    let place = Place::new("not-compared");
    let text = String::from_utf8(switch(&place, &arguments).stdout).expect("text");
    assert!(text.contains("not compared: --no-verify"), "{text}");
    let summary = summary(&switch(&place, &[&arguments[..], &["--json"]].concat()));
    assert_eq!(summary["verified"], false);
    assert_good(&summary);
}

#[test]
fn nobody_who_reads_along_is_needed() {
    let place = Place::new("unread");
    let mut command = command(&place, &["--lockstep", "--seconds", "5", "--spans", "1", "--plain"]);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the switch runs");
    drop(run.stdout.take());
    let output = run.wait_with_output().expect("the switch ends");
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{problem}");
    assert!(problem.starts_with("tandem-switch: the summary cannot be written"), "{problem}");
    assert_eq!(problem.lines().count(), 1);
    // The run went on to its end.
    let recorded = std::fs::read_dir(place.0.join("run-000001")).expect("a run").count();
    assert!(recorded > 3, "{recorded}");
}

#[test]
fn a_summary_that_finds_no_room_is_an_error() {
    let place = Place::new("no-room");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let mut command = command(&place, &["--lockstep", "--seconds", "1", "--spans", "1", "--json"]);
    let output = command.stdout(full).output().expect("the switch runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the summary cannot be written"));
}

#[test]
fn more_spans_than_the_usual_limits_are_for_carry_every_call() {
    let place = Place::new("twenty");
    let load = ["--spans", "20", "--rate", "40", "--seconds", "12", "--no-verify"];
    assert_good(&summary(&switch(&place, &[&["--lockstep", "--json"], &load[..]].concat())));
}

#[test]
fn a_full_span_of_every_card_is_compared_with_all_others() {
    let place = Place::new("cards");
    let load = ["--spans", "12", "--rate", "8", "--seconds", "20", "--generated"];
    let summary = summary(&switch(&place, &[&["--lockstep", "--json"], &load[..]].concat()));
    assert_good(&summary);
    // Of all calls: those of one card alone would be a third.
    let (calls, pairs) = (number(&summary, "verified_calls"), number(&summary, "verified_pairs"));
    assert!(pairs > calls * calls / 3, "{calls} calls, {pairs} pairs");
}

#[test]
fn cards_with_callers_of_their_own_are_served_and_not_compared() {
    let place = Place::new("own-callers");
    std::fs::create_dir_all(&place.0).expect("a directory");
    let file = place.0.join("my.toml");
    let card = "model = \"sim-falc4\"\noptions = { calls_per_second = 1, hold_seconds = 3 }";
    let config = format!("[[card]]\n{card}\n[[span]]\nport = 2\nem = {{ digits = 4 }}\n");
    std::fs::write(&file, config).expect("a file");
    let file = file.to_str().expect("a name");
    let summary = summary(&switch(&place, &["--config", file, "--lockstep", "--seconds", "20", "--json"]));
    assert_eq!(
        (&summary["ok"], &summary["verified"]),
        (&Value::Bool(true), &Value::Bool(false)),
        "{summary}"
    );
    assert!(summary["not_verified"].as_str().is_some_and(|why| why.contains("far end")), "{summary}");
    assert!(number(&summary, "calls_answered") > 8, "{summary}");
}

#[test]
fn ports_and_spans_of_a_file_need_not_be_in_order() {
    let place = Place::new("out-of-order");
    std::fs::create_dir_all(&place.0).expect("a directory");
    let file = place.0.join("my.toml");
    let card = "[[card]]\nmodel = \"sim-falc4\"\n";
    let spans = [(1, 3), (0, 2), (1, 0)];
    let spans = spans.map(|(card, port)| format!("[[span]]\ncard = {card}\nport = {port}\n")).concat();
    let spans = spans.replace("port", "em = { digits = 4 }\nport");
    std::fs::write(&file, [card, card, &spans].concat()).expect("a file");
    let file = file.to_str().expect("a name");
    let summary = summary(&switch(&place, &["--config", file, "--lockstep", "--seconds", "20", "--json"]));
    assert_good(&summary);
    assert!(number(&summary, "verified_speech") > 10, "{summary}");
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
    let config = std::env::temp_dir().join(format!("tandem-switch-gsm-{}.toml", std::process::id()));
    std::fs::write(&config, "[recording]\nformat = \"gsm\"\n").expect("written");
    let format = switch(&place, &["--config", &config.to_string_lossy()]);
    std::fs::remove_file(&config).expect("our own");
    for (output, word) in
        [(tick, "multiple of 8"), (missing, "no-such.toml"), (spans, "0"), (format, "recording.format")]
    {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(word), "{text}");
    }
    let left = std::fs::read_dir(&place.0).map_or(0, Iterator::count);
    assert_eq!(left, 0, "no run has begun");
}

#[test]
fn old_runs_make_room_when_the_engine_has_opened_and_not_before() {
    let place = Place::new("old");
    let old = place.0.join("run-000007");
    std::fs::create_dir_all(&old).expect("a directory");
    std::fs::write(old.join(".tandem-run"), "").expect("a marker");
    let big = std::fs::File::create(old.join("call-000001.wav")).expect("a file");
    big.set_len((1 << 30) + 1).expect("a hole");
    assert_eq!(switch(&place, &["--tick", "12"]).status.code(), Some(2));
    assert!(old.exists());
    let good = switch(&place, &["--lockstep", "--seconds", "1", "--spans", "1", "--json"]);
    assert_eq!(good.status.code(), Some(0));
    assert!(!old.exists());
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

#[test]
fn primary_rate_t1s_carry_calls() {
    let place = Place::new("t1-pri");
    std::fs::create_dir_all(&place.0).expect("a directory");
    let config = place.0.join("t1.toml");
    let span = "framing = \"t1-esf\"\nsignalling = \"pri\"\n";
    let text = format!(
        "[engine]\nmode = \"lockstep\"\n\
         [[card]]\nmodel = \"sim-ds8\"\noptions = {{ framing = \"t1-esf\", cas = false }}\n\
         [[span]]\nport = 0\n{span}pri = {{ profile = \"5ess\" }}\n\
         [[span]]\nport = 5\n{span}pri = {{ side = \"network\", d_channel_56k = true }}\n"
    );
    std::fs::write(&config, text).expect("a file");
    let config = config.to_str().expect("a path in UTF-8");
    let output = switch(&place, &["--config", config, "--seconds", "34", "--rate", "4", "--json"]);
    let summary = summary(&output);
    assert_good(&summary);
    assert!(number(&summary, "calls_offered") > 80, "{summary}");
}

/// Two T1s whose channels are fewer than those of an E1, and an E1 after them.
const T1_CONFIG: &str = r#"
[engine]
mode = "lockstep"

[[card]]
model = "sim-bit"
options = { framing = "t1-esf", spans = 2 }

[[card]]
model = "sim-bit"
options = { spans = 1 }

[[span]]
port = 0
framing = "t1-esf"
em = { digits = 4 }

[[span]]
port = 1
framing = "t1-esf"
em = { digits = 4 }

[[span]]
card = 1
port = 0
em = { digits = 4 }
"#;

#[test]
fn spans_are_given_to_dahdi_programs_in_place_of_calls() {
    let place = Place::new("dahdi");
    let socket = std::env::temp_dir().join(format!("tandem-switch-{}.sock", std::process::id()));
    let socket = socket.to_str().expect("a plain name");
    let joined = concat!(env!("CARGO_MANIFEST_DIR"), "/dahdi-spans.toml");
    for (more, spans) in [(&[][..], 4), (&["--config", joined][..], 2)] {
        let arguments = [&["--dahdi-socket", socket, "--seconds", "1", "--json"], more].concat();
        let output = switch(&place, &arguments);
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("{spans} spans for DAHDI programs at {socket}")), "{said}");
        let summary = summary(&output);
        assert_eq!((number(&summary, "requests"), number(&summary, "malformed")), (0, 0));
        assert!(!Path::new(socket).exists(), "nothing is left behind");
    }
}

#[test]
fn spans_are_given_to_programs_of_osmo_e1d_in_place_of_calls() {
    let place = Place::new("e1d");
    let socket = std::env::temp_dir().join(format!("tandem-switch-{}.ctl", std::process::id()));
    let socket = socket.to_str().expect("a plain name");
    let joined = concat!(env!("CARGO_MANIFEST_DIR"), "/e1d-spans.toml");
    for (more, lines, interfaces) in
        [(&[][..], 4, &[0, 4][..]), (&["--config", joined][..], 2, &[0, 1, 1, 1])]
    {
        let arguments = [&["--e1d-socket", socket, "--seconds", "2", "--json"], more].concat();
        let run = command(&place, &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let run = run.expect("the switch runs");
        let (client, mut answer) = (connected(Path::new(socket)), [0; 64]);
        client.send(&[0xe1, 1, 8, 0, 0, 255, 255, 255], None).expect("room");
        // Alarms of lines that are not yet there may be told first.
        let answered = std::iter::from_fn(|| {
            wait_for_any(&[client.number()], 10_000_000_000, &mut Vec::new());
            client.receive(&mut answer).ok().map(|count| answer[..count].to_vec())
        });
        let answered = answered.into_iter().find(|octets| octets[4] == 0x80).expect("an answer");
        assert_eq!(answered[8..], *interfaces);
        let output = run.wait_with_output().expect("the switch ends");
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("{lines} lines for programs of osmo-e1d at {socket}")), "{said}");
        let summary = summary(&output);
        assert_eq!((number(&summary, "requests"), number(&summary, "failures")), (1, 0));
        assert!(!Path::new(socket).exists(), "nothing is left behind");
    }
}

/// A connection to who will listen there.
fn connected(path: &Path) -> MessageSocket {
    for _ in 0..1000 {
        if let Ok(socket) = MessageSocket::connect(path) {
            return socket;
        }
        sleep_until_ns(monotonic_ns() + 10_000_000);
    }
    panic!("nobody listens at {}", path.display());
}

#[test]
fn a_daemon_of_e1d_that_is_not_there_is_an_alarm_and_the_switch_runs() {
    let place = Place::new("no-daemon");
    let config = place.0.with_extension("toml");
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/e1d.toml")).expect("it is there");
    std::fs::write(&config, text.replace("/tmp/osmo-e1d.ctl", "/nowhere/osmo-e1d.ctl")).expect("written");
    let config = config.to_str().expect("a plain name");
    let output = switch(&place, &["--config", config, "--seconds", "1", "--plain"]);
    std::fs::remove_file(config).expect("written above");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("card 0 does not answer as it should"), "{said}");
}

#[test]
fn a_driver_that_is_not_there_is_said_in_a_line() {
    if Path::new("/dev/dahdi/ctl").exists() {
        println!("skipped: there is a DAHDI driver");
        return;
    }
    let place = Place::new("no-driver");
    let output = switch(&place, &["--config", concat!(env!("CARGO_MANIFEST_DIR"), "/dahdi.toml")]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("open of /dev/dahdi/ctl failed with code 2"), "{said}");
}

/// What is answered at an address to a request.
fn asked(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn figures_are_told_over_http_while_the_switch_runs() {
    let place = Place::new("metrics");
    let arguments = ["--plain", "--generated", "--spans", "2", "--no-verify", "--metrics", "127.0.0.1:0"];
    let mut run = command(&place, &arguments).stdout(Stdio::piped()).spawn().expect("the switch runs");
    let mut lines = BufReader::new(run.stdout.take().expect("piped")).lines();
    let address = lines.by_ref().find_map(|line| {
        let line = line.expect("text");
        Some(line.split_once("metrics: http://")?.1.strip_suffix("/metrics")?.to_owned())
    });
    let address = address.expect("it says where");
    let answer = asked(&address, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
    for wanted in [
        "tandem_span_channels{span=\"1\"} 30",
        "# TYPE tandem_calls_offered_total counter",
        "tandem_late_ticks_total ",
    ] {
        assert!(body.contains(wanted), "{wanted} in {body}");
    }
    for line in body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        assert!(name.starts_with("tandem_") && value.parse::<u64>().is_ok(), "{line}");
        let family = name.split('{').next().expect("a name");
        assert_eq!(body.matches(&format!("# TYPE {family} ")).count(), 1, "{family}");
    }
    assert!(asked(&address, "GET /else HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    // One who asks for nothing, or for too much, is nobody's loss.
    let silent = TcpStream::connect(&address).expect("it listens");
    let mut flood = TcpStream::connect(&address).expect("it listens");
    let _ = flood.write_all(&[b'x'; 20_000]);
    assert!(asked(&address, "GET / HTTP/1.0\r\n\r\n").contains(" 200 OK"));
    drop(silent);
    // The address is taken.
    let second = switch(&Place::new("metrics-2"), &["--generated", "--metrics", &address]);
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("--metrics 127.0.0.1:"));
    let kill = Command::new("kill").args(["-INT", &run.id().to_string()]).status();
    assert!(kill.expect("kill runs").success());
    lines.for_each(drop);
    assert!(run.wait().expect("the switch ends").success());
}

#[test]
fn the_configuration_file_is_read_again_on_sighup() {
    let place = Place::new("hangup");
    std::fs::create_dir_all(&place.0).expect("a directory");
    let path = place.0.join("switch.toml");
    let one = "[[card]]\nmodel = \"sim-bit\"\noptions = { spans = 2, calls_per_second = 2, digits = 4 }\n\
               [[span]]\nport = 0\nem = { digits = 4 }\n";
    std::fs::write(&path, one).expect("a file");
    let arguments = ["--plain", "--generated", "--no-verify", "--config", path.to_str().expect("a path")];
    let mut run = command(&place, &arguments).stdout(Stdio::piped()).spawn().expect("the switch runs");
    let mut lines = BufReader::new(run.stdout.take().expect("piped")).lines();
    let signal = |name: &str| {
        let kill = Command::new("kill").args([name, &run.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
    };
    let mut wait_for = |word: &str| {
        let found = lines.by_ref().map(|line| line.expect("text")).find(|line| line.contains(word));
        found.unwrap_or_else(|| panic!("the switch ended without {word:?}"))
    };
    wait_for("recordings:");
    std::fs::write(&path, format!("{one}[[span]]\nport = 1\nem = {{ digits = 4 }}\n")).expect("a file");
    signal("-HUP");
    assert!(wait_for("another configuration").contains("1 spans come, 0 change, 0 go"));
    wait_for("span 1: in use from now on");
    std::fs::write(&path, "[[span]]\nport = 0\n").expect("a file");
    signal("-HUP");
    assert!(wait_for("stays as it is").contains("span[0].card"));
    signal("-INT");
    lines.for_each(drop);
    assert!(run.wait().expect("the switch ends").success());
}

#[test]
fn calls_for_which_no_trunk_is_ever_free_are_not_placed_and_the_run_says_so() {
    let place = Place::new("nobody-there");
    std::fs::create_dir_all(&place.0).expect("a directory");
    let config = place.0.join("switch.toml");
    // Nobody sends packets to this port.
    let text = "[[card]]\nmodel = \"satop\"\noptions = { local = \"127.0.0.1:23917\", peer = \"127.0.0.1:23918\" }\n\
                [[span]]\nport = 0\n[[group]]\nname = \"out\"\nspans = [0]\n";
    std::fs::write(&config, text).expect("written");
    let config = config.to_str().expect("UTF-8");
    let run = |more: &[&str]| {
        let usual =
            ["--config", config, "--lockstep", "--json", "--generated", "--number", "1", "--seconds", "8"];
        switch(&place, &[&usual, more].concat())
    };
    let output = run(&["--place", "3"]);
    let told = summary(&output);
    assert_eq!((number(&told, "calls_placed"), output.status.code()), (0, Some(1)), "{told}");
    assert_eq!(told["problems"][0], "3 calls were not placed for want of a free trunk");
    let output = run(&["--place", "3", "--group", "in"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("--group in: the configuration has no such [[group]]"), "{told}");
}
