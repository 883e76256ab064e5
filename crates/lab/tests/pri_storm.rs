//! A storm on a primary rate interface: calls from both ends that meet on the same channels, lost wires, channels blocked
//! and reset at random. When it is over, both ends agree about every channel, and every call has ended once.
mod pair;
use pair::{NETWORK, Pair, USER};
use std::collections::BTreeMap;
use tandem_engine::{CallId, CallState, ChannelService, ChannelState, EventKind, PlaceOptions};
use tandem_types::Cause;

/// What has been told of each call of an end: how often it has ended, and in which step it is to be cleared.
#[derive(Default)]
struct Books {
    ends: BTreeMap<CallId, u32>,
    to_clear: BTreeMap<CallId, usize>,
    answered: u64,
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

impl Books {
    fn read(&mut self, pair: &mut Pair, end: usize, step: usize, chance: &mut Chance) {
        for event in std::mem::take(&mut pair.told[end]) {
            match event.kind {
                EventKind::CallOffered { call, called, .. } => {
                    assert!(["47", "4711"].contains(&called.as_str()), "{called}");
                    assert_eq!(self.ends.insert(call, 0), None, "offered twice");
                    self.to_clear.insert(call, step + 5 + chance.below(400) as usize);
                    // Some are refused, some alerted for long, most answered; what has gone meanwhile is refused by the engine.
                    let _ = match chance.below(8) {
                        0 => pair.ends[end].call_clear(call, Cause::USER_BUSY),
                        1 => pair.ends[end].call_alert(call),
                        2 => pair.ends[end].call_progress(call),
                        _ => pair.ends[end].call_answer(call),
                    };
                }
                EventKind::CallAnswered { call, .. } => {
                    self.answered += 1;
                    if chance.once_in(4) {
                        // Refused where the far end clears at the same time.
                        let _ = pair.ends[end].call_hold(call);
                    }
                }
                EventKind::CallCleared { call, .. } => {
                    *self.ends.get_mut(&call).expect("a call that began") += 1;
                    self.to_clear.remove(&call);
                }
                _ => {}
            }
        }
    }

    fn place(&mut self, pair: &Pair, end: usize, step: usize, chance: &mut Chance) {
        let options = PlaceOptions {
            more_digits_follow: chance.once_in(5),
            channel_may_change: chance.once_in(2),
            ..PlaceOptions::default()
        };
        // Refused when the link is down or all channels are taken.
        let Ok(call) = pair.ends[end].call_place_in("all", "47", &options) else { return };
        assert_eq!(self.ends.insert(call, 0), None, "a number used twice");
        self.to_clear.insert(call, step + 5 + chance.below(400) as usize);
        if options.more_digits_follow {
            pair.ends[end].call_more_digits(call, "11", chance.once_in(2)).expect("a call");
        }
    }

    fn clear_those_due(&mut self, pair: &Pair, end: usize, step: usize) {
        let due: Vec<CallId> =
            self.to_clear.iter().filter(|(_, when)| **when <= step).map(|(call, _)| *call).collect();
        for call in due {
            self.to_clear.remove(&call);
            // In any state; of one that is over the event may not have been read yet.
            if pair.ends[end].call_clear(call, Cause::NORMAL_CLEARING).is_err() {
                assert_eq!(pair.ends[end].call_info(call).expect("known").state, CallState::Cleared);
            }
        }
    }
}

const STEP_MS: usize = 20;

#[test]
fn after_a_storm_both_ends_agree_about_every_channel() {
    let soak = std::env::var_os("TANDEM_SOAK").is_some();
    let (seeds, seconds) = if soak { (1..=20, 1800) } else { (1..=2, 90) };
    for seed in seeds {
        storm(seed, seconds * 1000 / STEP_MS);
    }
}

fn storm(seed: u64, steps: usize) {
    let mut pair = Pair::up("", ", t309_seconds = 20");
    let (mut chance, mut books) = (Chance(seed), [Books::default(), Books::default()]);
    let mut mended_at = 0;
    for step in 0..steps {
        for end in [USER, NETWORK] {
            books[end].read(&mut pair, end, step, &mut chance);
            books[end].clear_those_due(&pair, end, step);
            if chance.once_in(3) {
                books[end].place(&pair, end, step, &mut chance);
            }
            let slot = 1 + chance.below(15) as u8;
            let channel = pair.channel(end, slot);
            // Resets are refused while the link is down and while one is under way.
            if chance.once_in(200) {
                let _ = pair.ends[end].channel_reset(channel);
            }
            if chance.once_in(100) {
                let _ = pair.ends[end].channel_set_service(channel, chance.once_in(2));
            }
        }
        if chance.once_in(1000) {
            pair.wires[0].cut_both();
            mended_at = step + chance.below(500) as usize;
        }
        if step == mended_at {
            pair.wires[0].repair_both();
        }
        pair.pass_ms(STEP_MS);
    }
    quiet(&mut pair, &mut books, &mut chance);
    compare(&pair, &books, seed);
}

/// The wire is whole, all channels are given back, and what is left of calls is cleared.
fn quiet(pair: &mut Pair, books: &mut [Books; 2], chance: &mut Chance) {
    pair.wires[0].repair_both();
    pair.pass_ms(40_000);
    for end in [USER, NETWORK] {
        for slot in (1..=31).filter(|slot| *slot != 16) {
            let channel = pair.channel(end, slot);
            pair.ends[end].channel_set_service(channel, true).expect("the link is up");
        }
    }
    // Calls that have been offered meanwhile are cleared in the second round.
    for _ in 0..2 {
        for (end, of_end) in books.iter_mut().enumerate() {
            of_end.read(pair, end, 0, chance);
            of_end.clear_those_due(pair, end, usize::MAX);
        }
        pair.pass_ms(35_000);
    }
    for (end, of_end) in books.iter_mut().enumerate() {
        of_end.read(pair, end, 0, chance);
    }
}

fn compare(pair: &Pair, books: &[Books; 2], seed: u64) {
    let idle =
        ChannelState { service: ChannelService::InService, span_is_down: false, tested: false, call: None };
    for (end, books) in books.iter().enumerate() {
        let engine = &pair.ends[end];
        for slot in (1..=31).filter(|slot| *slot != 16) {
            let state = engine.channel_state(pair.channel(end, slot)).expect("open");
            assert_eq!(state, idle, "seed {seed}, end {end}, slot {slot}");
        }
        let wrong: Vec<_> = books.ends.iter().filter(|(_, ends)| **ends != 1).collect();
        assert!(wrong.is_empty(), "seed {seed}, end {end}: calls that have not ended once: {wrong:?}");
        let totals = engine.statistics().expect("open").totals;
        assert_eq!((totals.calls_active, totals.circuits_freed), (0, 0), "seed {seed}, end {end}");
        let calls = engine.d_channel(0).expect("a D channel").calls;
        assert_eq!(calls.calls_made + calls.calls_taken, calls.released.total(), "seed {seed}, end {end}");
        assert!(books.answered > 50, "there was a storm: {} calls answered", books.answered);
    }
}
