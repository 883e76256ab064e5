//! SETUP in to SETUP out through the switch: the processor time of an engine whose host answers each offered call by
//! placing another on a second primary rate interface. Prints the median and the 99th percentile.
//!
//! The engine works in virtual time with ticks of 1 ms, between two engines that play the exchanges at its sides. What is
//! measured is the tick in which the call is offered, the host's taking the event and placing the call, and the tick that
//! sends the SETUP on; "without idle ticks" is that less the median of ticks in which nothing happens, which is what
//! media and control of the two spans take anyway. With `--count N` it passes so many calls and prints nothing, for
//! counting instructions in `call_through`.
use hw_sim::{BitPort, LineRate, WayConfig, WireConfig, WireEnd, wire};
use std::hint::black_box;
use tandem_card::{CardFactory, CardRequest, FactoryError, OpenedCard, SoftFramer};
use tandem_engine::{CallId, Config, Engine, EventKind};
use tandem_rt::sys::thread_cpu_ns;
use tandem_types::{Frames, Handle};

const CALLS: usize = 2_000;
const TICK: Frames = Frames(8);
/// Long enough for any of the exchanges here, in ticks.
const PATIENCE: usize = 1_000;

struct Joined(Vec<Option<WireEnd>>);

impl CardFactory for Joined {
    fn models(&self) -> Vec<&'static str> {
        vec!["joined"]
    }

    fn open(&mut self, _: &CardRequest) -> Result<OpenedCard, FactoryError> {
        let ends = std::mem::take(&mut self.0);
        Ok(OpenedCard { card: Box::new(SoftFramer::new(BitPort::new(ends))), world: None })
    }
}

/// An engine with a primary rate interface on each of these wires, of these sides.
fn engine(spans: Vec<(WireEnd, &str)>) -> Engine {
    let mut text = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"joined\"\n".to_owned();
    let mut ends = Vec::new();
    for (port, (end, side)) in spans.into_iter().enumerate() {
        text += &format!("[[span]]\nport = {port}\nsignalling = \"pri\"\npri = {{ side = \"{side}\" }}\n");
        ends.push(Some(end));
    }
    let config = Config::parse(&text).expect("a sound configuration");
    Engine::open(config, &mut [Box::new(Joined(ends))]).expect("opens")
}

fn joined() -> (WireEnd, WireEnd) {
    let way = WayConfig { rate: LineRate::E1, delay: 4_000, ..WayConfig::default() };
    wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() })
}

/// The exchange that calls, the switch between, the exchange that is called.
struct Row {
    caller: Engine,
    switch: Engine,
    called: Engine,
    /// Channels of the caller's span and of the switch's second.
    channels: [Vec<Handle>; 2],
}

impl Row {
    fn up() -> Self {
        let ((a, b), (c, d)) = (joined(), joined());
        let caller = engine(vec![(a, "network")]);
        let switch = engine(vec![(b, "user"), (c, "network")]);
        let called = engine(vec![(d, "user")]);
        let mut row = Self { caller, switch, called, channels: [Vec::new(), Vec::new()] };
        (0..3_000).for_each(|_| row.tick());
        let of = |engine: &Engine, span| -> Vec<Handle> {
            engine.channels(span).expect("open").into_iter().map(|(channel, _)| channel).collect()
        };
        row.channels = [of(&row.caller, 0), of(&row.switch, 1)];
        row.forget();
        row
    }

    fn tick(&mut self) {
        [&self.caller, &self.switch, &self.called].iter().for_each(|engine| assert!(engine.advance(TICK)));
    }

    fn forget(&self) {
        for engine in [&self.caller, &self.switch, &self.called] {
            while engine.event_wait(Some(Frames(0))).is_some() {}
        }
    }

    /// The exchanges' part of a tick, before and after the switch's.
    fn others(&self) {
        assert!(self.called.advance(TICK) && self.caller.advance(TICK));
    }

    /// One call through the switch: nanoseconds from SETUP to SETUP, and of each tick before, when nothing happened.
    fn pass(&mut self, number: usize, idle: &mut Vec<u64>) -> u64 {
        let channel = |of: usize| self.channels[of][number % 30];
        let (from, to) = (channel(0), channel(1));
        let placed = self.caller.call_place(from, "5551234").expect("a free channel");
        for _ in 0..PATIENCE {
            self.others();
            let (spent, offered) = call_through(&self.switch, to);
            match offered {
                None => idle.push(spent),
                Some((incoming, outgoing)) => {
                    // For the second tick of the switch.
                    self.others();
                    self.clear(placed, incoming, outgoing);
                    return spent;
                }
            }
        }
        panic!("the call is never offered");
    }

    /// Lets the SETUP arrive, and clears all that there is.
    fn clear(&mut self, placed: CallId, incoming: CallId, outgoing: CallId) {
        let arrived = (0..PATIENCE).any(|_| {
            self.tick();
            let told = self.called.event_wait(Some(Frames(0)));
            told.is_some_and(|event| matches!(event.kind, EventKind::CallOffered { .. }))
        });
        assert!(arrived, "the SETUP goes on to the exchange that is called");
        let cause = tandem_types::Cause::NORMAL_CLEARING;
        self.caller.call_clear(placed, cause).expect("it is there");
        self.switch.call_clear(outgoing, cause).expect("it is there");
        let _ = self.switch.call_clear(incoming, cause);
        (0..400).for_each(|_| self.tick());
        self.forget();
    }
}

/// A tick of the switch and what its host does: an offered call is placed on again, and sent on in the next tick.
#[inline(never)]
fn call_through(switch: &Engine, to: Handle) -> (u64, Option<(CallId, CallId)>) {
    let begun = thread_cpu_ns();
    assert!(switch.advance(TICK));
    let mut offered = None;
    while let Some(event) = switch.event_wait(Some(Frames(0))) {
        if let EventKind::CallOffered { call, called, .. } = &event.kind {
            let outgoing = switch.call_place(to, called).expect("a free channel");
            assert!(switch.advance(TICK));
            offered = Some((*call, outgoing));
        }
    }
    (thread_cpu_ns() - begun, black_box(offered))
}

fn percentile(sorted: &[u64], percent: usize) -> f64 {
    sorted[(sorted.len() - 1) * percent / 100] as f64 / 1e3
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.iter().position(|argument| argument == "--count");
    let calls = count.and_then(|at| arguments.get(at + 1)?.parse().ok()).unwrap_or(CALLS);
    let (mut row, mut idle) = (Row::up(), Vec::new());
    let mut spent: Vec<u64> = (0..calls).map(|number| row.pass(number, &mut idle)).collect();
    if count.is_some() {
        return;
    }
    spent.sort_unstable();
    idle.sort_unstable();
    let two_ticks = 2.0 * percentile(&idle, 50);
    println!("SETUP in to SETUP out through the switch, {calls} calls, µs of processor time");
    println!("{:<42}{:>8}{:>8}", "", "p50", "p99");
    let row = |name: &str, less: f64| {
        let [p50, p99] = [50, 99].map(|percent| percentile(&spent, percent) - less);
        println!("{name:<42}{p50:>8.1}{p99:>8.1}");
    };
    row("with two ticks of two spans", 0.0);
    row("without idle ticks", two_ticks);
    println!(
        "{:<42}{:>8.1}{:>8.1}",
        "an idle tick of two spans",
        percentile(&idle, 50),
        percentile(&idle, 99)
    );
}
