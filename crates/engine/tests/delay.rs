//! The delay through the switch on emulated cards, line code and framers included.
use hw_sim::LinePort;
use std::sync::{Arc, Mutex};
use tandem_card::CardFactory;
use tandem_engine::{Config, Engine};
use tandem_lab::{FarEnds, SimFactory};
use tandem_rt::{Next, Step};
use tandem_types::{Bearer, FrameTime, Frames};

/// What was sent on slot 5 of port 0 and heard on slot 9 of port 1, by frame.
#[derive(Default)]
struct Seen {
    sent: Vec<u64>,
    heard: Vec<u64>,
}

struct Markers {
    ports: Vec<LinePort>,
    now: u64,
    seen: Arc<Mutex<Seen>>,
}

impl Step for Markers {
    fn step(&mut self, now: FrameTime) -> Next {
        let mut seen = self.seen.lock().expect("no panic");
        while self.now < now.0 {
            for (index, port) in self.ports.iter_mut().enumerate() {
                let mut slots = [0xd5; 32];
                // A marker each half second, at a different place within a tick each time.
                if index == 0 && self.now > 8000 && self.now.is_multiple_of(4001) {
                    slots[5] = 0x77;
                    seen.sent.push(self.now);
                }
                if port.exchange_frame(&slots).is_some_and(|heard| index == 1 && heard[9] == 0x77) {
                    seen.heard.push(self.now);
                }
            }
            self.now += 1;
        }
        Next::At(FrameTime(now.0 + 1))
    }
}

/// Frames from far end to far end, which must be the same for each marker.
fn delay(model: &str, tick: usize) -> u64 {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let shared = Arc::clone(&seen);
    let make = move |ends: FarEnds| {
        Box::new(Markers { ports: ends.ports, now: 0, seen: Arc::clone(&shared) }) as Box<dyn Step>
    };
    let factory: Box<dyn CardFactory> = Box::new(SimFactory::new(Box::new(make)));
    let span = |port| format!("[[span]]\nport = {port}\nsignalling = \"none\"\n");
    let options =
        if model == "sim-bit" { "options = { cas = false, spans = 2 }" } else { "options = { cas = false }" };
    let text = format!(
        "[engine]\nmode = \"lockstep\"\ntick_frames = {tick}\n[[card]]\nmodel = \"{model}\"\n{options}\n{}{}",
        span(0),
        span(1)
    );
    let engine = Engine::open(Config::parse(&text).expect("good"), &mut [factory]).expect("opens");
    let channel = |span: usize, slot| {
        let channels = engine.channels(span).expect("open");
        channels.iter().find(|(_, number)| *number == slot).expect("a traffic slot").0
    };
    engine.connect(channel(1, 9), Some(channel(0, 5)), Bearer::Unrestricted).expect("two channels");
    engine.advance(Frames::from_seconds(8));
    let seen = seen.lock().expect("no panic");
    let delays: Vec<u64> = seen.sent.iter().zip(&seen.heard).map(|(sent, heard)| heard - sent).collect();
    assert!(delays.len() > 10, "{delays:?}");
    assert!(delays.iter().all(|delay| *delay == delays[0]), "{delays:?}");
    delays[0]
}

#[test]
fn on_the_falc_card_each_tick_costs_exactly_twice_its_length() {
    let shortest = delay("sim-falc4", 8);
    // Two wires of 2148 symbols, alignment and elastic store on the way in, alignment on the way out.
    let outside = shortest - 2 * 8;
    assert!((17..=21).contains(&outside), "{outside} frames outside the switch");
    for tick in [40, 160] {
        assert_eq!(delay("sim-falc4", tick), outside + 2 * tick as u64, "tick {tick}");
    }
}

#[test]
fn on_the_bit_stream_port_each_tick_costs_exactly_twice_its_length() {
    let shortest = delay("sim-bit", 1);
    let outside = shortest - 2;
    assert!((2..=7).contains(&outside), "{outside} frames outside the switch");
    for tick in [2, 4] {
        assert_eq!(delay("sim-bit", tick), outside + 2 * tick as u64, "tick {tick}");
    }
}

#[test]
fn a_frame_is_a_moment_of_the_day() {
    let open = |mode: &str| {
        let config = Config::parse(&format!("[engine]\nmode = \"{mode}\"\n")).expect("good");
        Engine::open(config, &mut []).expect("opens")
    };
    let engine = open("threads");
    // Between the two readings, or what a busy machine makes of it: nobody's clock is an hour off.
    let before = tandem_rt::sys::realtime_us();
    let now = engine.statistics().expect("open").now;
    let moment = engine.local_time(now).expect("open");
    assert!(moment.utc_us.abs_diff(before) < 3_600_000_000, "{moment}");
    let later = engine.local_time(now + Frames::from_seconds(86_400)).expect("open");
    assert!((86_000..87_000).contains(&((later.utc_us - moment.utc_us) / 1_000_000)), "{later}");
    let engine = open("lockstep");
    assert_eq!(engine.local_time(FrameTime(8000)).expect("open").utc_us, 1_000_000);
}
