//! What a storm on a primary rate interface leaves behind. Before anybody cleans up, when the storm is over and all timers
//! have run out, both ends hold the same of every channel: idle, busy with the same call, or blocked by the same end.
mod pair;
mod storm;
use pair::{NETWORK, USER};
use std::path::Path;
use std::process::Command;
use storm::{STEP_MS, Storm};
use tandem_engine::{CallState, ChannelService, ChannelState, Hears};
use tandem_isdn::profile::Profile;
use tandem_isdn::q931::MessageType;

/// Longer than anything that a call may wait for without its host: the link (13 s), T301 (180 s), T305 (30 s), T308 twice. T316
/// (120 s) is not waited for: where the link is up, a RESTART has its answer.
const ALL_TIMERS: usize = 240;

/// An end calls 17 times a second, so that calls meet on channels all the time.
const MANY: u64 = 3;
/// Once a second.
const FEW: u64 = 50;

/// What an end holds of a channel.
#[derive(Debug, PartialEq, Eq)]
struct Belief {
    service: ChannelService,
    /// The calling number of the call on it, and where that stands.
    call: Option<(String, CallState)>,
}

fn belief(storm: &Storm, end: usize, slot: u8) -> Belief {
    let engine = &storm.pair.ends[end];
    let state = engine.channel_state(storm.pair.channel(end, slot)).expect("open");
    assert!(!state.span_is_down && !state.tested, "{}, slot {slot}", storm.profile.name);
    let call = state.call.map(|call| {
        let stands = engine.call_info(call).expect("known").state;
        (storm.books[end].keys[&call].clone(), stands)
    });
    Belief { service: state.service, call }
}

/// How a channel must stand at an end for what the hosts of both have done. Only SERVICE tells the far end that a channel is
/// blocked. Q.931 has no message for it, nor have EN 300 403-1 and ECMA-143: there the far end holds it for good, and learns
/// otherwise by cause 44 when it calls.
fn service_due(storm: &Storm, end: usize, slot: u8) -> ChannelService {
    let is_blocked = |end: usize| storm.books[end].blocked.get(&slot).is_some_and(|blocked| *blocked);
    match (is_blocked(end), is_blocked(1 - end) && storm.profile.service.is_some()) {
        (true, _) => ChannelService::Blocked,
        (false, true) => ChannelService::BlockedByFarEnd,
        (false, false) => ChannelService::InService,
    }
}

/// The ends agree about every channel; how many have calls.
fn agree(storm: &Storm, when: &str) -> usize {
    let name = storm.profile.name;
    let mut differences = Vec::new();
    let mut busy = 0;
    for slot in storm.slots() {
        let [user, network] = [USER, NETWORK].map(|end| belief(storm, end, slot));
        let is_due = |end: usize, belief: &Belief| belief.service == service_due(storm, end, slot);
        // No call waits for anything any more: it is through at both ends, or is at none.
        let is_through =
            |belief: &Belief| belief.call.as_ref().is_none_or(|call| call.1 == CallState::Answered);
        let same = user.call == network.call && is_through(&user);
        if !same || !is_due(USER, &user) || !is_due(NETWORK, &network) {
            differences.push(format!("slot {slot}: the user {user:?}, the network {network:?}"));
        }
        busy += usize::from(user.call.is_some());
    }
    assert!(differences.is_empty(), "{name}, {when}:\n{}", differences.join("\n"));
    for end in [USER, NETWORK] {
        let totals = storm.pair.ends[end].statistics().expect("open").totals;
        assert_eq!(totals.circuits_freed, 0, "{name}, {when}, end {end}: the audit found something");
        assert_eq!(totals.calls_active as usize, busy, "{name}, {when}, end {end}: calls without a channel");
        let calls = storm.pair.ends[end].d_channel(0).expect("a D channel").calls;
        let of_layer_3 = calls.calls_made + calls.calls_taken - calls.released.total();
        assert_eq!(of_layer_3 as usize, busy, "{name}, {when}, end {end}: calls of layer 3");
    }
    busy
}

/// What has been blocked is given back, one end after the other, and all calls are cleared by the user.
fn clean_up(storm: &mut Storm) {
    for (end, when) in [(USER, "the user has given back"), (NETWORK, "the network has given back")] {
        storm.unblock(end);
        storm.rest(1);
        agree(storm, when);
    }
    storm.clear_all(USER);
    storm.rest(2);
    assert_eq!(agree(storm, "the user has cleared"), 0);
    let idle = ChannelState {
        service: ChannelService::InService,
        span_is_down: false,
        tested: false,
        call: None,
        hears: Hears::Nothing,
        digits_waiting: 0,
    };
    for (end, books) in storm.books.iter().enumerate() {
        for slot in storm.slots() {
            let state = storm.pair.ends[end].channel_state(storm.pair.channel(end, slot)).expect("open");
            assert_eq!(state, idle, "end {end}, slot {slot}");
        }
        let wrong: Vec<_> = books.ends.iter().filter(|(_, ends)| **ends != 1).collect();
        assert!(wrong.is_empty(), "end {end}: calls that have not ended once: {wrong:?}");
        assert!(books.answered > 30, "there was a storm: {} calls answered", books.answered);
    }
}

/// Storms of a kind of switch with wires that are cut, and how many calls and blocked channels were compared.
fn after_storms(profile: Profile) {
    let soak = std::env::var_os("TANDEM_SOAK").is_some();
    let (seeds, seconds) = if soak { (1..=20, 1800) } else { (1..=4, 90) };
    let (mut busy, mut blocked) = (0, 0);
    for seed in seeds {
        let mut storm = Storm::of(profile, seed);
        let rarely = if seed % 2 == 0 { FEW } else { MANY };
        storm.rage(seconds * 1000 / STEP_MS, true, rarely);
        storm.rest(ALL_TIMERS);
        busy += agree(&storm, &format!("seed {seed}, the storm is over"));
        blocked +=
            storm.books.iter().flat_map(|books| books.blocked.values()).filter(|blocked| **blocked).count();
        clean_up(&mut storm);
    }
    println!("{}: {busy} calls and {blocked} blocked channels were compared", profile.name);
    assert!(busy > 0 && blocked > 0, "{busy} calls, {blocked} blocked channels");
}

#[test]
fn after_a_storm_both_ends_of_euroisdn_agree_about_every_channel() {
    after_storms(Profile::EURO_ISDN);
}

#[test]
fn after_a_storm_both_ends_of_qsig_agree_about_every_channel() {
    after_storms(Profile::QSIG);
}

#[test]
fn after_a_storm_both_ends_of_ni2_agree_about_every_channel() {
    after_storms(Profile::NI2);
}

#[test]
fn after_a_storm_both_ends_of_5ess_agree_about_every_channel() {
    after_storms(Profile::ESS5);
}

/// On a wire that is whole nothing has to be said twice and no timer runs out: each SETUP is one call, and each RESTART one that a
/// host has asked for.
#[test]
fn a_storm_on_a_whole_wire_needs_no_timer_to_end_in_agreement() {
    for profile in [Profile::EURO_ISDN, Profile::NI2, Profile::ESS5] {
        let mut storm = Storm::of(profile, 7);
        let channels = storm.slots().len() as u64;
        storm.rage(60_000 / STEP_MS, false, MANY);
        storm.rest(ALL_TIMERS);
        agree(&storm, "a storm on a whole wire is over");
        for (engine, books) in storm.pair.ends.iter().zip(&storm.books) {
            let calls = engine.d_channel(0).expect("a D channel").calls;
            assert_eq!(calls.sent.of(MessageType::SETUP), calls.calls_made, "{}", profile.name);
            let restarts = channels + books.resets;
            assert_eq!(calls.sent.of(MessageType::RESTART), restarts, "{}", profile.name);
        }
        clean_up(&mut storm);
    }
}

#[test]
fn a_foreign_dissector_finds_nothing_malformed_in_a_storm() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is not installed");
        return;
    }
    for profile in [Profile::EURO_ISDN, Profile::NI2, Profile::ESS5] {
        let mut storm = Storm::of(profile, 3);
        storm.rage(20_000 / STEP_MS, true, MANY);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("storm-{}.pcap", profile.name));
        storm.pair.ends[USER].write_trace(0, &path).expect("a span of ISDN");
        let fields = ["-e", "lapd.sapi", "-e", "_ws.malformed", "-e", "_ws.expert.severity"];
        let mut tshark = Command::new("tshark");
        tshark.arg("-n").arg("-r").arg(&path).args(["-T", "fields", "-E", "separator=|"]).args(fields);
        let output = tshark.output().expect("tshark runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = String::from_utf8_lossy(&output.stdout).into_owned();
        // A frame of SAPI 0 with neither a malformed part nor an error.
        let is_good = |line: &&str| line.starts_with("0||") && !line.contains("8388608");
        let wrong: Vec<&str> = read.lines().filter(|line| !is_good(line)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", profile.name);
        assert!(read.lines().count() > 500, "{}: {} frames", profile.name, read.lines().count());
    }
}
