//! Calls between two network namespaces, over a network that loses packets and mixes their order: a standalone switch in the one
//! answers and records, a host in the other calls it and records too. No call is lost, and every gap is in the recordings.
//!
//! What loses packets is a relay between the two, by a seed: not every kernel has netem. Calls are signalled by bits, which come
//! again with each packet or multiframe; with an ISDN D channel some calls were lost at 5 %.
#![allow(clippy::disallowed_methods)] // The relay is a thread in real time.
use std::collections::BTreeMap;
use std::fs::read_link;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tandem_engine::{CallId, Config, Engine, EventKind, Terms};
use tandem_files::wav::parse_marks;
use tandem_tdmop::PacketFactory;
use tandem_types::{Cause, Frames, Handle};

/// One after another: each takes its time of a machine that has other work.
#[test]
fn calls_over_a_network_that_loses_packets_stay_up_and_their_gaps_are_marked() {
    in_a_namespace("calls_over_a_network_that_loses_packets_stay_up_and_their_gaps_are_marked", || {
        calls_over("cesopsn", 50_000);
        calls_over("satop", 1_000);
        calls_over("satop", 50_000);
    });
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
fn calls_over(model: &str, lost_ppm: u64) {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lossy-{model}-{lost_ppm}"));
    let _ = std::fs::remove_dir_all(&place);
    let (near_place, far_place) = (place.join("near"), place.join("far"));
    for place in [&near_place, &far_place] {
        std::fs::create_dir_all(place).expect("a directory");
    }
    let network = Network::new();
    let relay = Relay::new(lost_ppm);
    let mut switch = Switch::start(&network, &place, &config(model, [FAR, RELAY_TO_FAR], &far_place));
    let near = config(model, [NEAR, RELAY_TO_NEAR], &near_place);
    let near = Config::parse(&near).expect("a good configuration");
    let engine = Engine::open(near, &mut [Box::new(PacketFactory::new())]).expect("an engine");
    let mut host = Host { engine, calls: BTreeMap::new(), done: Vec::new() };
    host.rest(3_000);
    for (channel, _) in host.engine.channels(0).expect("open").into_iter().take(CALLS) {
        let call = host.engine.call_place(channel, "1234").expect("a free channel");
        host.calls.insert(call, channel);
    }
    let mut answered = 0;
    host.until("all answers", |kind| {
        answered += usize::from(matches!(kind, EventKind::CallAnswered { .. }));
        answered == CALLS
    });
    let before = host.frames_lost();
    for (call, channel) in &host.calls {
        let name = format!("{}.wav", call.0);
        host.engine.record(*channel, Path::new(&name), Terms::default()).expect("a call");
    }
    host.rest(200);
    let begun = host.frames_lost();
    host.rest(6_000);
    let ending = host.frames_lost();
    assert_eq!(host.engine.statistics().expect("open").totals.calls_active, CALLS as u64, "no call is lost");
    host.calls
        .keys()
        .for_each(|call| host.engine.call_clear(*call, Cause::NORMAL_CLEARING).expect("it is up"));
    let calls = std::mem::take(&mut host.calls);
    let mut cleared = 0;
    host.until("all ends", |kind| {
        cleared += usize::from(matches!(kind, EventKind::CallCleared { .. }));
        cleared == CALLS
    });
    host.until_recorded();
    let after = host.frames_lost();
    // The last messages may be said once more.
    host.rest(3_000);
    let (relayed, lost) = relay.stop();
    let summary = switch.stop();

    println!(
        "{model}, {lost_ppm} ppm: {lost} of {relayed} packets lost; {} frames lost here",
        after - before
    );
    assert!(lost > relayed * lost_ppm / 2_000_000, "{lost} of {relayed}");
    for field in ["calls_offered", "calls_answered", "calls_cleared", "recordings"] {
        assert!(summary.contains(&format!("\"{field}\":{CALLS}")), "{field}: {summary}");
    }
    // Of a recording the marks are those that the event tells of, and as many as the receiver has counted meanwhile: between
    // what it had when all ran, and what it had around them, but for what was on its way.
    let here = host.done.iter().map(|done| Recording::read(&done.path, done.start));
    let here: Vec<Recording> = here.collect();
    assert_eq!((here.len(), calls.len()), (CALLS, CALLS));
    for (recording, done) in here.iter().zip(&host.done) {
        assert_eq!((recording.lost() / 8, recording.places as u64), (done.lost_ms, done.gaps));
        let (least, most) = ((ending - begun).saturating_sub(ON_THEIR_WAY), after - before);
        let lost = recording.lost();
        assert!((least..=most).contains(&lost), "{lost}, and {least} to {most} were lost");
    }
    // Every channel of a span loses the same frames.
    same_where_all_are(&here);
    let there = std::fs::read_dir(&far_place).expect("a directory");
    let there: Vec<Recording> =
        there.map(|entry| Recording::read(&entry.expect("a file").path(), 0)).collect();
    assert_eq!(there.len(), CALLS);
    let heard_less = there.iter().filter(|recording| recording.lost() > 0).count();
    assert!(lost_ppm < 10_000 || heard_less == CALLS, "{heard_less} recordings of the switch tell of gaps");
    let _ = std::fs::remove_dir_all(&place);
}

fn config(model: &str, [local, peer]: [&str; 2], recordings: &Path) -> String {
    let bits = if model == "cesopsn" { ", cas = true" } else { "" };
    format!(
        "[recording]\ndirectory = {recordings:?}\nformat = \"g711\"\n[[card]]\nmodel = \"{model}\"\n\
         options = {{ local = \"{local}\", peer = \"{peer}\", jitter_ms = 16{bits} }}\n\
         [[span]]\nport = 0\nem = {{ inter_digit_ms = 1500 }}\n"
    )
}

/// The host that calls.
struct Host {
    engine: Engine,
    calls: BTreeMap<CallId, Handle>,
    done: Vec<Done>,
}

struct Done {
    path: PathBuf,
    start: u64,
    lost_ms: u64,
    gaps: u64,
}

impl Host {
    /// Takes events until one is that. No call may be over by itself.
    fn until(&mut self, what: &str, mut is_it: impl FnMut(&EventKind) -> bool) {
        loop {
            let event = self.engine.event_wait(Some(Frames::from_seconds(60)));
            let kind = event.unwrap_or_else(|| panic!("{what} within a minute")).kind;
            if let EventKind::CallCleared { call, .. } = &kind {
                assert!(!self.calls.contains_key(call), "{kind:?}");
            }
            if let EventKind::RecordDone { path, start, lost_ms, gaps, problem, .. } = &kind {
                assert_eq!(problem, "");
                let (path, start) = (path.clone(), start.0);
                self.done.push(Done { path, start, lost_ms: *lost_ms, gaps: *gaps });
            }
            if is_it(&kind) {
                return;
            }
        }
    }

    fn until_recorded(&mut self) {
        while self.done.len() < CALLS {
            self.until("a recording", |kind| matches!(kind, EventKind::RecordDone { .. }));
        }
    }

    /// So many milliseconds in which no call is lost.
    fn rest(&mut self, ms: u64) {
        let timer = self.engine.timer_start(None, Frames::from_ms(ms)).expect("a timer");
        self.until(
            "the timer",
            |kind| matches!(kind, EventKind::TimerDone { timer: done, .. } if *done == timer),
        );
    }

    fn frames_lost(&self) -> u64 {
        self.engine.spans().expect("open")[0].frames_lost
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
    let common: Vec<&u64> = first.keys().filter(everywhere).collect();
    assert!(common.len() > 40_000, "{} frames", common.len());
    for recording in recordings {
        assert!(common.iter().all(|at| recording.lost[at] == first[at]));
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

/// The standalone switch in the other namespace.
struct Switch(Option<Child>);

impl Switch {
    fn start(network: &Network, place: &Path, config: &str) -> Self {
        let path = place.join("far.toml");
        std::fs::write(&path, config).expect("written");
        let mut command = network.inside(env!("CARGO_BIN_EXE_tandem-switch"));
        command.arg("--config").arg(path).args(["--json", "--generated", "--no-verify"]);
        Self(Some(command.stdout(Stdio::piped()).spawn().expect("the switch runs")))
    }

    /// Ends it as Ctrl-C does, and gives its summary.
    fn stop(&mut self) -> String {
        let switch = self.0.take().expect("it runs");
        // nsenter has become the switch.
        run(Command::new("kill").args(["-INT", &switch.id().to_string()]));
        let output = switch.wait_with_output().expect("the switch ends");
        String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().replace(": ", ":")
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
const CALLS: usize = 10;
/// Frames between a receiver that has counted them and a recording: 50 ms.
const ON_THEIR_WAY: u64 = 400;
