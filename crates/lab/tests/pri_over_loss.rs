//! A primary rate interface over a network that loses every twentieth packet and mixes their order: what becomes of calls.
mod network;
mod pair;
use network::over_packets;
use pair::{NETWORK, Pair, USER};
use std::collections::BTreeMap;
use tandem_engine::{CallId, EventKind};
use tandem_types::Cause;

const SATOP: &str = "model = \"satop\"\noptions = { local = \"192.0.2.1:2142\", peer = \"192.0.2.2:2142\" }";
const CESOPSN: &str =
    "model = \"cesopsn\"\noptions = { local = \"192.0.2.1:2142\", peer = \"192.0.2.2:2142\" }";

#[test]
fn with_every_twentieth_packet_lost_all_calls_are_answered_stay_up_and_end_as_they_should() {
    for (card, seed) in [(SATOP, 1), (SATOP, 2), (CESOPSN, 1), (CESOPSN, 2)] {
        let mut pair = Pair::over_pri(card, "", "", over_packets(LOST_PPM, seed));
        // The restarts of all channels are lost now and then as well.
        pair.pass_ms(10_000);
        let resets =
            |pair: &Pair| [USER, NETWORK].map(|end| pair.ends[end].d_channel(0).expect("ISDN").link.reset);
        // An answer to the first SABME that is lost is a reset for the other end.
        let before = resets(&pair);
        for from in [USER, NETWORK, USER, NETWORK] {
            let calls = Calls::attempt(&mut pair, from, CALLS);
            assert_eq!((calls.answered, calls.over.len()), (CALLS, 0), "{card} {seed}: {:?}", calls.over);
            pair.told = [Vec::new(), Vec::new()];
            for call in calls.placed {
                pair.ends[from].call_clear(call, Cause::NORMAL_CLEARING).expect("it is up");
            }
            pair.pass_ms(10_000);
            let ended = |end: usize| (pair.cleared(end), pair.ends[end].spans().expect("open")[0].calls);
            assert_eq!(ended(from), (vec![(16, false); CALLS], 0), "{card} {seed}");
            assert_eq!(ended(1 - from), (vec![(16, true); CALLS], 0), "{card} {seed}");
        }
        assert_eq!(resets(&pair), before, "{card} {seed}: the link was given up");
        for end in &pair.ends {
            end.check_conservation().expect("every octet");
        }
    }
}

#[test]
fn calls_that_do_not_come_through_have_a_cause_and_leave_nothing_at_either_end() {
    // A T200 of a second is too long for what is lost here.
    let mut failed = BTreeMap::<u8, usize>::new();
    for seed in 1..=4 {
        let mut pair = Pair::over_pri(SATOP, "", ", t200_ms = 1000", over_packets(LOST_PPM, seed));
        pair.pass_ms(60_000);
        for from in [USER, NETWORK] {
            let calls = Calls::attempt(&mut pair, from, ALL);
            assert_eq!(calls.placed.len(), ALL);
            for cause in calls.over.values() {
                *failed.entry(*cause).or_default() += 1;
            }
            for call in calls.placed.iter().filter(|call| !calls.over.contains_key(call)) {
                pair.ends[from].call_clear(*call, Cause::NORMAL_CLEARING).expect("it is up");
            }
            // T305 is the longest of those that wait.
            pair.pass_ms(60_000);
            for end in &pair.ends {
                assert_eq!(end.statistics().expect("open").totals.calls_active, 0, "{seed}");
                assert_eq!(end.spans().expect("open")[0].calls, 0, "{seed}");
            }
            let offered = pair.told[1 - from].iter();
            let offered = offered.filter(|event| matches!(event.kind, EventKind::CallOffered { .. })).count();
            assert_eq!((pair.cleared(from).len(), pair.cleared(1 - from).len()), (ALL, offered), "{seed}");
            pair.told = [Vec::new(), Vec::new()];
        }
        // Every circuit takes another call, from either end.
        for from in [USER, NETWORK] {
            assert_eq!(Calls::attempt(&mut pair, from, ALL).placed.len(), ALL, "{seed}");
            let (up, _) = pair.ends[from].calls_after(CallId(0), ALL).expect("open");
            for call in up {
                // Some may be ending already.
                let _ = pair.ends[from].call_clear(call, Cause::NORMAL_CLEARING);
            }
            pair.pass_ms(60_000);
        }
    }
    println!("causes and calls: {failed:?}");
    assert!(!failed.is_empty(), "nothing failed");
    // No user responding, temporary failure, recovery on timer expiry; and, after a reset that has lost a message, a state of the far
    // end that does not fit (§5.8.11).
    assert!(failed.keys().all(|cause| [18, 41, 101, 102].contains(cause)), "{failed:?}");
}

/// Calls of one end that the other answers as soon as they are offered.
struct Calls {
    placed: Vec<CallId>,
    answered: usize,
    /// Those that are over although nobody wanted that, with their causes.
    over: BTreeMap<CallId, u8>,
}

impl Calls {
    /// Places so many at once, and tells what has become of them after 20 s.
    fn attempt(pair: &mut Pair, from: usize, count: usize) -> Self {
        let slots = (1..=31).filter(|slot| *slot != 16).take(count);
        let placed = slots.map(|slot| {
            let channel = pair.channel(from, slot);
            pair.ends[from].call_place(channel, "4711").expect("a free channel")
        });
        let mut calls = Self { placed: placed.collect(), answered: 0, over: BTreeMap::new() };
        let mut seen = [pair.told[USER].len(), pair.told[NETWORK].len()];
        for _ in 0..20_000 {
            pair.pass_ms(1);
            for end in [USER, NETWORK] {
                for at in seen[end]..pair.told[end].len() {
                    calls.note(pair, end, end == from, at);
                }
                seen[end] = pair.told[end].len();
            }
        }
        calls
    }

    fn note(&mut self, pair: &Pair, end: usize, is_caller: bool, at: usize) {
        match &pair.told[end][at].kind {
            EventKind::CallOffered { call, .. } => pair.ends[end].call_answer(*call).expect("offered"),
            EventKind::CallAnswered { .. } if is_caller => self.answered += 1,
            EventKind::CallCleared { call, cause, .. } if is_caller => {
                self.over.insert(*call, cause.value());
            }
            _ => {}
        }
    }
}

/// One packet in twenty.
const LOST_PPM: u32 = 50_000;
const CALLS: usize = 10;
/// The channels of an E1.
const ALL: usize = 30;
