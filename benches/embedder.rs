//! What a host in C pays: a command, an event through one queue and through sixteen, opening an engine. Prints the median of
//! some rounds, in processor time, beside its limit; commands in mode "threads" also by the clock.
//!
//! For counting instructions, `--count QUEUES N` only sends N rounds of events through so many queues, and
//! `--count commands N` only gives N thousand commands in virtual time.
#![allow(unsafe_code)] // the C functions take pointers

use std::ffi::CString;
use tandem::engine::{tandem_engine_advance, tandem_engine_close, tandem_engine_open};
use tandem::event::tandem_event_wait;
use tandem::operation::tandem_digits_clear;
use tandem::queue::{
    tandem_channel_set_queue, tandem_pair_new, tandem_queue_new, tandem_queue_wait, tandem_timer_start,
};
use tandem::types::Event;
use tandem_benches::memory;
use tandem_rt::sys::{monotonic_ns, thread_cpu_ns};

const ROUNDS: usize = 31;
const EVENTS: usize = 1500;
const QUEUES: usize = 16;

fn open(mode: &str) -> u64 {
    let text = format!(
        "[engine]\nmode = \"{mode}\"\nevent_queue = 4096\n[[card]]\nmodel = \"local\"\noptions = {{ spans = 2 }}\n\
         [[span]]\nport = 0\nsignalling = \"none\"\n[[span]]\nport = 1\nsignalling = \"none\"\n"
    );
    let text = CString::new(text).expect("no zero octet");
    let mut engine = 0;
    // SAFETY: both pointers are valid for the call.
    assert_eq!(unsafe { tandem_engine_open(text.as_ptr(), &raw mut engine) }, 0, "it opens");
    engine
}

fn pairs(engine: u64) -> Vec<u64> {
    let pair = |_| {
        let (mut near, mut far) = (0, 0);
        // SAFETY: both pointers are valid for the call.
        assert_eq!(unsafe { tandem_pair_new(engine, &raw mut near, &raw mut far) }, 0, "there are pairs");
        near
    };
    (0..QUEUES).map(pair).collect()
}

fn event() -> Event {
    // SAFETY: all octets zero are a valid value.
    let mut event: Event = unsafe { std::mem::zeroed() };
    event.size = size_of::<Event>() as u32;
    event
}

/// Events of timers of sixteen channels, through as many queues as said: from control to the host, in nanoseconds each.
struct Timers {
    engine: u64,
    channels: Vec<u64>,
    queues: Vec<u64>,
}

impl Timers {
    fn new(queues: usize) -> Self {
        let engine = open("lockstep");
        let channels = pairs(engine);
        let make = |_| {
            let mut queue = 0;
            // SAFETY: the pointer is valid for the call.
            assert_eq!(unsafe { tandem_queue_new(engine, &raw mut queue) }, 0, "a queue");
            queue
        };
        let queues: Vec<u64> = (0..queues).map(make).collect();
        for (index, channel) in channels.iter().enumerate() {
            assert_eq!(
                tandem_channel_set_queue(engine, *channel, queues[index % queues.len()]),
                0,
                "assigned"
            );
        }
        Self { engine, channels, queues }
    }

    /// Processor time of control and of the host for a round of events.
    fn round(&self) -> (u64, u64) {
        for index in 0..EVENTS {
            let mut timer = 0;
            let channel = self.channels[index % self.channels.len()];
            // SAFETY: the pointer is valid for the call.
            assert_eq!(unsafe { tandem_timer_start(self.engine, channel, 2, &raw mut timer) }, 0, "started");
        }
        let begun = thread_cpu_ns();
        assert_eq!(tandem_engine_advance(self.engine, 24), 0, "time passes");
        let told = thread_cpu_ns();
        assert_eq!(tandem_engine_advance(self.engine, 24), 0, "time passes");
        let idle = thread_cpu_ns();
        let (mut event, mut fetched) = (event(), 0);
        for queue in &self.queues {
            // SAFETY: the pointer is valid for the call.
            while unsafe { tandem_queue_wait(self.engine, *queue, 0, &raw mut event) } == 0 {
                fetched += 1;
            }
        }
        assert_eq!(fetched, EVENTS, "each timer has its event");
        let done = thread_cpu_ns();
        ((told - begun).saturating_sub(idle - told), done - idle)
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        tandem_engine_close(self.engine);
    }
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

fn events(queues: usize) -> (u64, u64) {
    let timers = Timers::new(queues);
    let rounds: Vec<(u64, u64)> = (0..ROUNDS).map(|_| timers.round()).collect();
    let each = |of: fn(&(u64, u64)) -> u64| median(rounds.iter().map(of).collect()) / EVENTS as u64;
    (each(|round| round.0), each(|round| round.1))
}

/// So many thousand commands, and nothing else.
fn commands(thousands: usize) {
    let engine = open("lockstep");
    let channel = pairs(engine)[0];
    for _ in 0..thousands * 1000 {
        assert_eq!(tandem_digits_clear(engine, channel), 0, "a channel");
    }
    tandem_engine_close(engine);
}

/// A command in real time: of the host's thread, and by the clock.
fn command(mode: &str) -> (u64, u64) {
    let engine = open(mode);
    let channel = pairs(engine)[0];
    let (mut cpu, mut clock) = (Vec::new(), Vec::new());
    for _ in 0..2000 {
        let (cpu_before, clock_before) = (thread_cpu_ns(), monotonic_ns());
        assert_eq!(tandem_digits_clear(engine, channel), 0, "a channel");
        cpu.push(thread_cpu_ns() - cpu_before);
        clock.push(monotonic_ns() - clock_before);
    }
    tandem_engine_close(engine);
    (median(cpu), median(clock))
}

fn opening() -> u64 {
    let time = |_| {
        let begun = monotonic_ns();
        let engine = memory::open(64).expect("an engine with 64 spans");
        let opened = monotonic_ns() - begun;
        engine.close().expect("open");
        opened
    };
    median((0..5).map(time).collect())
}

/// Waits for an event that comes from another thread: processor time of the host's.
fn waiting() -> u64 {
    let engine = open("threads");
    let mut event = event();
    let wait = |_| {
        let mut timer = 0;
        // SAFETY: the pointers are valid for the calls.
        unsafe {
            assert_eq!(tandem_timer_start(engine, 0, 5, &raw mut timer), 0, "started");
            let begun = thread_cpu_ns();
            assert_eq!(tandem_event_wait(engine, -1, &raw mut event), 0, "it ends");
            thread_cpu_ns() - begun
        }
    };
    let waited = median((0..200).map(wait).collect());
    tandem_engine_close(engine);
    waited
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [count, queues, rounds] = &arguments[..]
        && count == "--count"
    {
        if queues == "commands" {
            commands(rounds.parse().expect("thousands of commands"));
            return;
        }
        let timers = Timers::new(queues.parse().expect("a number of queues"));
        let rounds: usize = rounds.parse().expect("a number of rounds");
        (0..rounds).for_each(|_| {
            timers.round();
        });
        return;
    }
    println!("{:<62}{:>12}{:>12}", "", "measured", "limit");
    let row = |what: &str, ns: u64, limit: &str| println!("{what:<62}{ns:>9} ns{limit:>12}");
    let (cpu, _) = command("lockstep");
    row("a command, carried out by the calling thread", cpu, "2000 ns");
    let (cpu, clock) = command("threads");
    row("a command in mode threads, processor time of the host", cpu, "2000 ns");
    row("the same by the clock", clock, "2000 ns");
    let (one_told, one) = events(1);
    let (many_told, many) = events(QUEUES);
    row("an event through one queue, control's part", one_told, "");
    row("an event through one queue, the host's part", one, "");
    row("both: a million a second take no more than", one_told + one, "1000 ns");
    row("an event through sixteen queues, both parts", many_told + many, "+5 %");
    row("waiting for an event in mode threads, processor time", waiting(), "20000 ns");
    row("opening an engine with 64 spans, by the clock", opening(), "200 ms");
}
