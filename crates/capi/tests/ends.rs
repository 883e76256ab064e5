//! Every operation and timer ends in exactly one event, whatever threads do at once in real time.
#![allow(clippy::undocumented_unsafe_blocks)] // calls into the library, with what the line shows
mod common;

use common::{BARE, Directory, c, channel, ok, open, sized, wait};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use tandem_bindings::*;
use tandem_testkit::Rng;

const HOSTS: u64 = 4;
const CHANNELS: u32 = 3;
const STEPS: usize = 250;

/// What hosts share: channels, and every operation and timer that was begun.
struct Shared {
    engine: u64,
    channels: Vec<u64>,
    begun: Mutex<Vec<u64>>,
    directory: Directory,
}

impl Shared {
    /// Begins something, or ends something that anybody has begun. What is refused (BUSY, STATE) or over (STALE) is part of it.
    fn step(&self, rng: &mut Rng, name: &str) {
        let channel = self.channels[rng.below(u64::from(CHANNELS)) as usize];
        let terms = tandem_terms {
            max_time_ms: [0, 5, 60][rng.below(3) as usize],
            first_digit_ms: 20,
            any_digit: rng.below(2) as u32,
            ..sized()
        };
        let tone = c(["tone:440 20", "dtmf:40/40 1", "tone:440 5s"][rng.below(3) as usize]);
        let (options, file) =
            (sized::<tandem_stream_options>(), c(&self.directory.file(&format!("{name}.wav"))));
        let mut begun = 0;
        let result = unsafe {
            match rng.below(9) {
                0 | 1 => tandem_play(self.engine, channel, tone.as_ptr(), &terms, &mut begun),
                2 => tandem_collect(self.engine, channel, &terms, &mut begun),
                3 => tandem_record(self.engine, channel, file.as_ptr(), &terms, &mut begun),
                4 => tandem_stream(self.engine, channel, &options, &terms, &mut begun),
                5 => tandem_timer_start(self.engine, 0, 1 + rng.below(40), &mut begun),
                6 => tandem_play_stream(self.engine, channel, 100, &terms, &mut begun),
                which => {
                    let all = self.begun.lock().expect("no host fails").clone();
                    if all.is_empty() {
                        return;
                    }
                    // Mostly of those that are likely to run.
                    let newest = all.len() - 1 - rng.below(all.len().min(12) as u64) as usize;
                    if which == 7 {
                        tandem_operation_stop(self.engine, all[newest])
                    } else {
                        tandem_timer_stop(self.engine, all[newest])
                    }
                }
            }
        };
        let refusals = [TANDEM_E_BUSY, TANDEM_E_STATE, TANDEM_E_STALE, TANDEM_E_KIND, TANDEM_E_CLOSED];
        assert!(result == TANDEM_OK || refusals.contains(&result), "{result}: {}", common::problem());
        if begun != 0 {
            self.begun.lock().expect("no host fails").push(begun);
        }
    }

    /// All hosts at once, each with its seed.
    fn run_hosts(&self, seed: u64) {
        thread::scope(|scope| {
            for host in 0..HOSTS {
                // Control may work on the threads of hosts, which may have small stacks.
                let small = thread::Builder::new().stack_size(128 << 10);
                let host = small.spawn_scoped(scope, move || {
                    let mut rng = Rng::new(seed * HOSTS + host);
                    (0..STEPS).for_each(|step| self.step(&mut rng, &format!("{seed}-{host}-{step}")));
                });
                host.expect("a thread");
            }
        });
    }
}

/// What an event ends, if it ends something.
fn ended(event: &tandem_event) -> Option<u64> {
    match event.type_ {
        TANDEM_EVENT_PLAY_DONE
        | TANDEM_EVENT_COLLECT_DONE
        | TANDEM_EVENT_RECORD_DONE
        | TANDEM_EVENT_STREAM_DONE
        | TANDEM_EVENT_TIMER => Some(event.operation),
        _ => None,
    }
}

fn shared(name: &str) -> Shared {
    let engine = open(&BARE.replace("lockstep", "threads"));
    let channels = (1..=CHANNELS).map(|timeslot| channel(engine, 0, timeslot)).collect();
    Shared { engine, channels, begun: Mutex::new(Vec::new()), directory: Directory::new(name) }
}

#[test]
fn each_has_one_end_while_threads_begin_and_stop_them_at_random() {
    let shared = shared("ends");
    let mut ends: BTreeMap<u64, usize> = BTreeMap::new();
    for seed in 1..=4 {
        thread::scope(|scope| {
            let hosts = scope.spawn(|| shared.run_hosts(seed));
            // A reader beside them, until they are done and nothing comes any more.
            loop {
                match wait(shared.engine, 100) {
                    Ok(event) => *ended(&event).map_or(&mut 0, |ended| ends.entry(ended).or_default()) += 1,
                    Err(TANDEM_E_TIMEOUT) if hosts.is_finished() => break,
                    Err(code) => assert_eq!(code, TANDEM_E_TIMEOUT),
                }
            }
        });
    }
    let begun = shared.begun.lock().expect("no host has failed").clone();
    for one in &begun {
        // What has ended meanwhile is stale, and a timer is of another kind.
        let stopped = unsafe { tandem_operation_stop(shared.engine, *one) };
        assert!([TANDEM_OK, TANDEM_E_STALE, TANDEM_E_STATE, TANDEM_E_KIND].contains(&stopped), "{stopped}");
    }
    while ends.len() < begun.len() {
        let event = wait(shared.engine, 20_000).expect("what was stopped ends");
        *ended(&event).map_or(&mut 0, |ended| ends.entry(ended).or_default()) += 1;
    }
    while let Ok(event) = wait(shared.engine, 200) {
        *ended(&event).map_or(&mut 0, |ended| ends.entry(ended).or_default()) += 1;
    }
    assert!(begun.len() > 500, "much was begun: {}", begun.len());
    assert_eq!(ends.keys().copied().collect::<Vec<_>>(), {
        let mut begun = begun;
        begun.sort_unstable();
        begun
    });
    let wrong: Vec<_> = ends.iter().filter(|(_, times)| **times != 1).collect();
    assert!(wrong.is_empty(), "ended more than once: {wrong:?}");
    ok(unsafe { tandem_engine_close(shared.engine) });
}

#[test]
fn none_ends_twice_when_the_engine_is_closed_under_them() {
    for seed in 1..=6 {
        let shared = shared("ends-close");
        let mut ends: BTreeMap<u64, usize> = BTreeMap::new();
        thread::scope(|scope| {
            let hosts = scope.spawn(|| shared.run_hosts(seed));
            let engine = shared.engine;
            let mut closer = None;
            let code = loop {
                match wait(engine, 30_000) {
                    Ok(event) => *ended(&event).map_or(&mut 0, |ended| ends.entry(ended).or_default()) += 1,
                    Err(code) => break code,
                }
                if closer.is_none() && ends.len() > 20 * seed as usize {
                    closer = Some(scope.spawn(move || ok(unsafe { tandem_engine_close(engine) })));
                }
            };
            assert!([TANDEM_E_CLOSED, TANDEM_E_STALE].contains(&code), "{code}");
            hosts.join().expect("hosts are refused, and go on");
        });
        assert_eq!(wait(shared.engine, 0).err(), Some(TANDEM_E_STALE), "nothing comes after the close");
        let begun = shared.begun.lock().expect("no host has failed");
        let wrong: Vec<_> = ends.iter().filter(|(one, times)| **times != 1 || !begun.contains(one)).collect();
        assert!(wrong.is_empty(), "nobody's, or ended more than once: {wrong:?}");
    }
}
