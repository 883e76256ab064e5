//! Figures, in CPU time of the thread: `cargo test --release --test exchange_speed -- --ignored --nocapture`.
mod exchange_fake;

use exchange_fake::{FakeConfig, Fault, as_prompts, bench, prompts, run, speech};
use hw_sim::exchange::{CallerPlan, Exchange, ExchangeConfig, FarPort};
use std::sync::Arc;
use tandem_rt::sys::thread_cpu_ns;
use tandem_types::{Abcd, Defects, Frames, TelephoneChannel};

const SECONDS: u64 = 40;

/// A port that passes everything on and keeps it, and a port that gives it back.
struct Recorder {
    port: Box<dyn FarPort>,
    tape: Arc<std::sync::Mutex<Tape>>,
}

#[derive(Default)]
struct Tape {
    frames: Vec<[u8; 32]>,
    /// The bits of all channels, each millisecond.
    bits: Vec<[Abcd; 31]>,
}

struct Player {
    tape: Arc<Tape>,
    frame: usize,
}

impl FarPort for Recorder {
    fn exchange_frame(&mut self, slots: &[u8; 32]) -> Option<[u8; 32]> {
        let heard = self.port.exchange_frame(slots);
        let mut tape = self.tape.lock().expect("one thread");
        if tape.frames.len().is_multiple_of(8) {
            let mut bits = [Abcd::default(); 31];
            for channel in TelephoneChannel::all() {
                bits[usize::from(channel.number())] = self.port.bits(channel).expect("bits");
            }
            tape.bits.push(bits);
        }
        tape.frames.push(heard.expect("aligned"));
        heard
    }

    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd) {
        self.port.set_bits(channel, bits);
    }

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        let tape = self.tape.lock().expect("one thread");
        // What the player will be able to give.
        Some(tape.bits.last().map_or(Abcd::new(0b1101), |bits| bits[usize::from(channel.number())]))
    }

    fn defects(&self) -> Defects {
        Defects::NONE
    }
}

impl FarPort for Player {
    fn exchange_frame(&mut self, _: &[u8; 32]) -> Option<[u8; 32]> {
        self.frame += 1;
        Some(self.tape.frames[self.frame - 1])
    }

    fn set_bits(&mut self, _: TelephoneChannel, _: Abcd) {}

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        let place = self.frame.checked_sub(1)? / 8;
        Some(self.tape.bits[place][usize::from(channel.number())])
    }

    fn defects(&self) -> Defects {
        Defects::NONE
    }
}

fn measure(ports: usize, rooms: usize) {
    let config = ExchangeConfig {
        calls_per_second: 6.0 * ports as f64,
        mean_hold: Frames::from_seconds(60),
        plan: CallerPlan {
            rooms: (0..rooms).map(|room| format!("{}#", 100 + room)).collect(),
            ..CallerPlan::default()
        },
        prompts: as_prompts(&prompts()),
        speech: (1..9).map(|seed| speech(seed, 400_000)).collect(),
        ..ExchangeConfig::default()
    };
    let fake = FakeConfig {
        wires: (0..ports).map(|port| (5 + port, 9)).collect(),
        prompts: prompts(),
        fault: Fault::None,
        from: 0,
        clears_every: 0,
        sharded: false,
        batch: 1,
    };
    let tapes: Vec<_> = (0..ports).map(|_| Arc::default()).collect();
    let wrap = |(port, tape): (Box<dyn FarPort>, &Arc<_>)| {
        Box::new(Recorder { port, tape: Arc::clone(tape) }) as Box<dyn FarPort>
    };
    let ports_of = |switch| exchange_fake::ports(&switch, ports).into_iter().zip(&tapes).map(wrap).collect();
    let (switch_exchange, switch) = bench(config.clone(), fake);
    drop(switch_exchange);
    let mut recorded = Exchange::new(config.clone(), ports_of(switch));
    run(&mut recorded, 0, SECONDS * 8000);
    let report = recorded.report();
    assert!(report.passed(), "{:?}", report.check.details.first());
    drop(recorded);
    let players = tapes.into_iter().map(|tape| {
        let tape = Arc::try_unwrap(tape).ok().expect("one owner").into_inner().expect("no panic");
        Box::new(Player { tape: Arc::new(tape), frame: 0 }) as Box<dyn FarPort>
    });
    let mut exchange = Exchange::new(config, players.collect());
    run(&mut exchange, 0, SECONDS * 8000 / 2);
    let start = thread_cpu_ns();
    run(&mut exchange, SECONDS * 8000 / 2, SECONDS * 8000);
    let per_second = (thread_cpu_ns() - start) as f64 / 1e6 / (SECONDS / 2) as f64;
    assert_eq!(exchange.report(), report);
    let active = exchange.control().live().active;
    println!(
        "{ports} ports, {rooms} rooms, {active} calls: {per_second:.1} ms of CPU a second; uncalibrated {}, mix {}",
        report.check.uncalibrated, report.check.mix
    );
}

#[test]
#[ignore = "measures"]
fn a_second_of_a_full_exchange() {
    measure(1, 1);
    measure(1, 10);
    measure(4, 40);
    measure(4, 4);
    measure(4, 1);
    measure(16, 40);
    measure(16, 150);
}
