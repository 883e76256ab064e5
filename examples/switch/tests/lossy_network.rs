//! Two standalone switches in two network namespaces, over a network that loses packets and mixes their order: the one places
//! calls, the other answers them, and both record. No call is lost, and every gap is in the recordings, the records of calls
//! and the summaries of both.
//!
//! What loses packets is a relay between the two, by a seed: not every kernel has netem.
#![allow(clippy::disallowed_methods)] // The relay is a thread in real time.
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::read_link;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tandem_files::wav::parse_marks;

/// One after another: each takes its time of a machine that has other work.
#[test]
fn calls_over_a_network_that_loses_packets_stay_up_and_their_gaps_are_marked() {
    in_a_namespace("calls_over_a_network_that_loses_packets_stay_up_and_their_gaps_are_marked", || {
        calls_over("cesopsn", Signalling::Bits, 50_000);
        calls_over("satop", Signalling::Bits, 1_000);
        calls_over("satop", Signalling::Bits, 50_000);
    });
}

#[test]
fn isdn_calls_over_a_network_that_loses_every_twentieth_packet_stay_up() {
    in_a_namespace("isdn_calls_over_a_network_that_loses_every_twentieth_packet_stay_up", || {
        calls_over("cesopsn", Signalling::Isdn, 50_000);
        calls_over("satop", Signalling::Isdn, 50_000);
    });
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signalling {
    /// E&M.
    Bits,
    /// A D channel.
    Isdn,
}

/// Runs this test once more, in namespaces of its own; skips it where that is not allowed.
fn in_a_namespace(name: &str, test: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return test();
    }
    let own = |arguments: &[&str]| Command::new("unshare").arg("-rn").args(arguments).output();
    let tools = "ip link add name near type veth peer name far && command -v nsenter";
    if !own(&["sh", "-c", tools]).is_ok_and(|output| output.status.success()) {
        println!("skipped: no network namespaces of one's own (unshare -rn, ip, nsenter)");
        return;
    }
    let this = std::env::current_exe().expect("this program");
    let mut again = Command::new("unshare");
    let status = again.arg("-rn").arg(this).args(["--exact", name, "--nocapture"]).env(INSIDE, "1").status();
    assert!(status.expect("unshare runs").success(), "see above");
}

/// Ten calls for six seconds, each recorded at both ends, over a network that loses so many packets in a million.
fn calls_over(model: &str, signalling: Signalling, lost_ppm: u64) {
    let what = format!("{model}, {signalling:?}, {lost_ppm} ppm");
    let place =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lossy-{model}-{signalling:?}-{lost_ppm}"));
    let _ = std::fs::remove_dir_all(&place);
    let (near_place, far_place) = (place.join("near"), place.join("far"));
    let network = Network::new();
    let relay = Relay::new(lost_ppm);
    let far = config(model, signalling, "network", [FAR, RELAY_TO_FAR], &far_place);
    let near = config(model, signalling, "user", [NEAR, RELAY_TO_NEAR], &near_place);
    let program = env!("CARGO_BIN_EXE_tandem-switch");
    let answering = Switch::start(network.inside(program), &far_place, &far, &[]);
    let calls = CALLS.to_string();
    let more = [
        "--place",
        &calls,
        "--number",
        "1234",
        "--group",
        "out",
        "--rate",
        "20",
        "--hold",
        "6",
        "--seconds",
        "60",
    ];
    let placing = Switch::start(Command::new(program), &near_place, &near, &more);
    // It ends by itself when its calls are over.
    let near = placing.end(&near_place);
    let far = answering.stop(&far_place);
    let (relayed, lost) = relay.stop();

    println!(
        "{what}: {lost} of {relayed} packets lost; {} and {} ms of recordings",
        near.lost_ms(),
        far.lost_ms()
    );
    assert!(lost > relayed * lost_ppm / 2_000_000, "{lost} of {relayed}");
    for (end, wanted) in
        [(&near, [CALLS, CALLS, CALLS, 0, CALLS, CALLS]), (&far, [0, 0, 0, CALLS, CALLS, CALLS])]
    {
        let fields = ["placed", "connected", "completed", "offered", "answered", "cleared"];
        let told = fields.map(|field| end.number(&format!("calls_{field}")));
        assert_eq!(told, wanted, "{what}: {fields:?} {}", end.summary);
        assert_eq!((end.number("recordings"), end.records.len() as u64), (CALLS, CALLS), "{what}");
        end.check_recordings(&what);
        // Every channel of a span loses the same frames, and none more than its receiver has counted.
        same_where_all_are(&end.recordings);
        let most = end.recordings.iter().map(Recording::lost).max();
        assert!(most <= Some(end.number("frames_lost")), "{what}: {most:?} {}", end.summary);
        let (marked, all) = end.frames();
        // Of what was on its way while they were made the relay has lost its share; what came too late comes to that.
        assert!(lost_ppm < 10_000 || marked > all / 40, "{what}: {marked} of {all} frames");
    }
    let _ = std::fs::remove_dir_all(&place);
}

fn config(
    model: &str,
    signalling: Signalling,
    side: &str,
    [local, peer]: [&str; 2],
    recordings: &Path,
) -> String {
    std::fs::create_dir_all(recordings).expect("a directory");
    let (bits, signalled) = match signalling {
        Signalling::Bits if model == "cesopsn" => {
            (", cas = true", "em = { inter_digit_ms = 1500 }".to_owned())
        }
        Signalling::Bits => ("", "em = { inter_digit_ms = 1500 }".to_owned()),
        Signalling::Isdn => ("", format!("signalling = \"pri\"\npri = {{ side = \"{side}\" }}")),
    };
    format!(
        "[recording]\ndirectory = {recordings:?}\nformat = \"g711\"\n[[card]]\nmodel = \"{model}\"\n\
         options = {{ local = \"{local}\", peer = \"{peer}\", jitter_ms = 16{bits} }}\n\
         [[span]]\nport = 0\n{signalled}\n[[group]]\nname = \"out\"\nspans = [0]\n"
    )
}

/// What a switch has left.
struct End {
    summary: Value,
    records: Vec<Value>,
    recordings: Vec<Recording>,
}

impl End {
    fn of(place: &Path, printed: &[u8]) -> Self {
        let printed = String::from_utf8_lossy(printed);
        let summary = serde_json::from_str(printed.lines().last().unwrap_or_default());
        let summary = summary.unwrap_or_else(|error| panic!("{error}: {printed}"));
        let records = std::fs::read_to_string(place.join("records.jsonl")).expect("records");
        let records: Vec<Value> =
            records.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let recordings = records.iter().map(|record| {
            let name = record["recording"].as_str().expect("a recording");
            Recording::read(&place.join(name), record["recording_frame"].as_u64().expect("a frame"))
        });
        let recordings = recordings.collect();
        Self { summary, records, recordings }
    }

    fn number(&self, field: &str) -> u64 {
        self.summary[field].as_u64().unwrap_or_else(|| panic!("{field}: {}", self.summary))
    }

    fn lost_ms(&self) -> u64 {
        self.number("recordings_lost_ms")
    }

    /// Records and summary tell of the marks that the files have.
    fn check_recordings(&self, what: &str) {
        for (record, recording) in self.records.iter().zip(&self.recordings) {
            assert_eq!(record["cause"], 16, "{what}: {record}");
            let (lost_ms, gaps) = (recording.lost() / 8, recording.places as u64);
            assert_eq!(
                (record["lost_ms"].as_u64(), record["gaps"].as_u64()),
                (Some(lost_ms), Some(gaps)),
                "{what}"
            );
        }
        let sum = |field: &str| self.records.iter().filter_map(|record| record[field].as_u64()).sum::<u64>();
        assert_eq!((self.lost_ms(), self.number("recordings_gaps")), (sum("lost_ms"), sum("gaps")), "{what}");
    }

    /// Those of all recordings that are lost, and all.
    fn frames(&self) -> (u64, u64) {
        let lost = self.recordings.iter().map(Recording::lost).sum();
        (lost, self.recordings.iter().map(|recording| recording.lost.len() as u64).sum())
    }
}

/// What a recording says of itself.
struct Recording {
    /// Whether frames are lost, by time.
    lost: BTreeMap<u64, bool>,
    places: usize,
}

impl Recording {
    fn read(path: &Path, start: u64) -> Self {
        let file = std::fs::read(path).expect("a recording");
        let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four")) as usize;
        let data = word(508);
        let marks = parse_marks(&file[512 + data + data % 2..]).expect("ours");
        let mut lost: BTreeMap<u64, bool> = (start..start + data as u64 / 2).map(|at| (at, false)).collect();
        for frame in marks.iter().flat_map(|mark| mark.at..mark.at + mark.frames) {
            assert_eq!(lost.insert(start + frame, true), Some(false));
        }
        Self { lost, places: marks.len() }
    }

    fn lost(&self) -> u64 {
        self.lost.values().filter(|lost| **lost).count() as u64
    }
}

fn same_where_all_are(recordings: &[Recording]) {
    let first = &recordings[0].lost;
    let everywhere = |at: &&u64| recordings.iter().all(|recording| recording.lost.contains_key(at));
    // What concealment has in its delay when it begins with a call came before it: 30 frames of silence are put out for that, and
    // nothing of them is lost.
    let common: Vec<&u64> = first.keys().filter(everywhere).skip(30).collect();
    // Calls whose beginning was lost begin some seconds after the others.
    assert!(common.len() > 8_000, "{} frames", common.len());
    for (number, recording) in recordings.iter().enumerate() {
        let other: Vec<&u64> = common.iter().copied().filter(|at| recording.lost[at] != first[at]).collect();
        assert_eq!(other, [&0; 0], "in recording {number}, from {} on", common[0]);
    }
}

/// Two namespaces with a cable between them: the one we are in, and another.
struct Network {
    other: Child,
}

impl Network {
    fn new() -> Self {
        let other = Command::new("unshare").args(["-n", "sleep", "600"]).spawn().expect("unshare runs");
        let network = Self { other };
        let of = |process: &str| read_link(format!("/proc/{process}/ns/net")).expect("a namespace");
        while of(&network.other.id().to_string()) == of("self") {
            std::thread::sleep(Duration::from_millis(10));
        }
        let id = network.other.id().to_string();
        run(Command::new("ip")
            .args(["link", "add", "name", "near", "type", "veth", "peer", "name", "far", "netns", &id]));
        for (link, address) in [("near", "10.77.0.1/30"), ("far", "10.77.0.2/30")] {
            let ip = || if link == "near" { Command::new("ip") } else { network.inside("ip") };
            run(ip().args(["address", "add", address, "dev", link]));
            run(ip().args(["link", "set", link, "up"]));
            run(ip().args(["link", "set", "lo", "up"]));
        }
        network
    }

    /// A program in the other namespace.
    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-n", "-t", &self.other.id().to_string(), program]);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.other.kill();
        let _ = self.other.wait();
        let _ = Command::new("ip").args(["link", "delete", "near"]).stderr(Stdio::null()).status();
    }
}

fn run(command: &mut Command) {
    assert!(command.status().is_ok_and(|status| status.success()), "{command:?}");
}

/// A standalone switch.
struct Switch(Option<Child>);

impl Switch {
    fn start(mut command: Command, place: &Path, config: &str, more: &[&str]) -> Self {
        let path = place.join("switch.toml");
        std::fs::write(&path, config).expect("written");
        command.arg("--config").arg(path).args([
            "--json",
            "--generated",
            "--no-verify",
            "--plain",
            "--records",
        ]);
        command.arg(place.join("records.jsonl")).args(more);
        Self(Some(command.stdout(Stdio::piped()).spawn().expect("the switch runs")))
    }

    /// Ends it as Ctrl-C does.
    fn stop(self, place: &Path) -> End {
        let switch = self.0.as_ref().expect("it runs");
        // nsenter has become the switch.
        run(Command::new("kill").args(["-INT", &switch.id().to_string()]));
        self.end(place)
    }

    fn end(mut self, place: &Path) -> End {
        let output = self.0.take().expect("it runs").wait_with_output().expect("the switch ends");
        End::of(place, &output.stdout)
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        if let Some(mut switch) = self.0.take() {
            let _ = switch.kill();
            let _ = switch.wait();
        }
    }
}

/// Passes packets on both ways, loses some, and lets one in twenty be overtaken.
struct Relay {
    ends: Arc<AtomicBool>,
    relayed: Arc<[AtomicU64; 2]>,
    threads: Vec<JoinHandle<()>>,
}

impl Relay {
    fn new(lost_ppm: u64) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let relayed = Arc::new([const { AtomicU64::new(0) }; 2]);
        let near = UdpSocket::bind(RELAY_TO_NEAR).expect("a socket");
        let far = UdpSocket::bind(RELAY_TO_FAR).expect("a socket");
        let ways = [(&near, &far, FAR, 1), (&far, &near, NEAR, 2)].map(|(from, to, peer, seed)| {
            let (from, to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
            from.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket");
            let (ends, relayed) = (Arc::clone(&ends), Arc::clone(&relayed));
            std::thread::spawn(move || relay(&from, &to, peer, (lost_ppm, seed), &ends, &relayed))
        });
        Self { ends, relayed, threads: ways.into() }
    }

    /// Packets that came to it, and of these those that it has lost.
    fn stop(self) -> (u64, u64) {
        self.ends.store(true, Ordering::Relaxed);
        self.threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        let [relayed, lost] = self.relayed.each_ref().map(|count| count.load(Ordering::Relaxed));
        (relayed, lost)
    }
}

fn relay(
    from: &UdpSocket,
    to: &UdpSocket,
    peer: &str,
    (lost_ppm, seed): (u64, u64),
    ends: &AtomicBool,
    [relayed, lost]: &[AtomicU64; 2],
) {
    let mut rng = tandem_testkit::Rng::new(seed);
    let (mut octets, mut overtaken) = ([0; 2048], None::<Vec<u8>>);
    while !ends.load(Ordering::Relaxed) {
        let Ok(length) = from.recv(&mut octets) else { continue };
        relayed.fetch_add(1, Ordering::Relaxed);
        if rng.below(1_000_000) < lost_ppm {
            lost.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let before = overtaken.take();
        if before.is_none() && rng.once_in(20) {
            overtaken = Some(octets[..length].to_vec());
            continue;
        }
        // Nobody may be there yet.
        let _ = to.send_to(&octets[..length], peer);
        before.map(|octets| to.send_to(&octets, peer));
    }
}

const INSIDE: &str = "TANDEM_TEST_IN_A_NAMESPACE";
const NEAR: &str = "10.77.0.1:2142";
const RELAY_TO_NEAR: &str = "10.77.0.1:3000";
const RELAY_TO_FAR: &str = "10.77.0.1:3001";
const FAR: &str = "10.77.0.2:2143";
const CALLS: u64 = 10;
