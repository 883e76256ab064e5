//! Errors on the line, counted by the card and by a listener on the wire.
mod common;
use common::{CAS, MODELS, Peer, Rig, Shared, lock};
use hw_sim::{BitPort, Ds8, Ds8Config, Falc4, Falc4Config, LinePort, Way, WireConfig, WireEnd, wire};
use std::sync::{Arc, Mutex};
use tandem_card::{Card, Ds8Driver, Falc4Driver, SoftFramer, SpanCounters};
use tandem_lab::FarEnds;
use tandem_line::{E1Config, Framing, LineCode, Symbols};
use tandem_rt::{Next, Step};
use tandem_testkit::e1_receive::{Crc, Noted, read};
use tandem_testkit::linecode::hdb3_decode;
use tandem_types::FrameTime;

/// Stands in the middle of a line, passes all symbols on, and listens to those that go to the card.
struct Tap {
    peer: Shared,
    to_far: WireEnd,
    to_card: WireEnd,
    now: u64,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    keep: bool,
    symbols: Vec<i8>,
    violations: Violations,
}

/// What is wrong with HDB3: four zeros in a row, and violations after O.161, one symbol after the other: a pulse of the polarity of the pulse before it is
/// one, unless two zeros precede it and its polarity is not that of the last such pulse.
#[derive(Default)]
struct Violations {
    pulse: i8,
    substitution: i8,
    zeros: u32,
    count: u64,
}

impl Violations {
    fn take(&mut self, symbol: i8) {
        if symbol == 0 {
            self.zeros += 1;
            // HDB3 never sends four zeros in a row.
            self.count += u64::from(self.zeros == 4);
            return;
        }
        if symbol == self.pulse {
            let substitutes = self.zeros >= 2;
            self.count += u64::from(!substitutes || symbol == self.substitution);
            if substitutes {
                self.substitution = symbol;
            }
        }
        (self.pulse, self.zeros) = (symbol, 0);
    }
}

impl Step for Tap {
    fn step(&mut self, now: FrameTime) -> Next {
        let next = self.peer.step(now);
        let heard = &mut *lock(&self.heard);
        for _ in self.now..now.0 {
            let mut words = [Symbols::default(); 4];
            self.to_card.receive(1, &mut words);
            self.to_far.send(&words);
            self.to_far.receive(1, &mut words);
            self.to_card.send(&words);
            for place in 0..256 {
                let (word, here) = (words[place / 64], (1 << 63) >> (place % 64));
                let symbol = i8::from(word.pos & here != 0) - i8::from(word.neg & here != 0);
                heard.violations.take(symbol);
                if heard.keep {
                    heard.symbols.push(symbol);
                }
            }
        }
        self.now = now.0;
        next
    }
}

/// A card with one line and a tap in it.
fn tapped(model: &str) -> (Rig, Arc<Mutex<Heard>>) {
    let (to_far, far) = wire::pair(WireConfig::with_delay(2148));
    let (near, to_card) = wire::pair(WireConfig::with_delay(2248));
    let card: Box<dyn Card> = match model {
        "sim-falc4" => {
            let chip = Falc4::new(Falc4Config::default(), [Some(near), None, None, None]);
            Box::new(Falc4Driver::new(chip).expect("the chip's VERSION"))
        }
        "sim-ds8" => {
            let mut wires = [const { None }; 8];
            wires[0] = Some(near);
            Box::new(Ds8Driver::new(Ds8::new(Ds8Config::default(), wires)).expect("the chip's TDM_VERSION"))
        }
        _ => Box::new(SoftFramer::new(BitPort::new([Some(near)]))),
    };
    let config = E1Config { crc4: tandem_line::CrcMode::On, cas: true, nfas_loss: false };
    let wires = vec![to_far.control()];
    let ports = vec![LinePort::new(far, LineCode::Hdb3, config)];
    let ends = FarEnds {
        card: String::new(),
        options: Default::default(),
        ports,
        wires,
        framing: Framing::default(),
        slot: None,
    };
    let peer = Peer::shared(ends);
    let heard = Arc::new(Mutex::new(Heard::default()));
    let tap = Tap { peer: Shared(peer.clone()), to_far, to_card, now: 0, heard: heard.clone() };
    (Rig::with(card, Box::new(tap), peer, CAS), heard)
}

/// From the far end to the card, in the wire between the far end and the tap.
const TO_CARD: Way = Way::BToA;
const TO_FAR: Way = Way::AToB;

#[test]
fn every_kind_of_error_is_counted_as_a_listener_on_the_wire_counts_it() {
    for model in MODELS {
        let (mut rig, heard) = tapped(model);
        lock(&heard).keep = true;
        rig.run_ms(200);
        let wire = rig.peer().wires[0].clone();
        wire.set_error_rate(TO_CARD, 2e-4);
        rig.run_ms(2500);
        wire.set_error_rate(TO_CARD, 0.0);
        rig.run_ms(2100); // the counters of the last errored second are latched
        let counters = rig.card.status(0).counters;
        let heard = lock(&heard);
        let noted = read(&hdb3_decode(&heard.symbols), Crc::On, true);
        let count = |kind: fn(&Noted) -> bool| noted.iter().filter(|noted| kind(noted)).count() as u64;
        let expected = SpanCounters {
            fas_errors: count(|noted| matches!(noted, Noted::FasError { .. })),
            crc_errors: count(|noted| matches!(noted, Noted::CrcError { .. })),
            e_bits: count(|noted| matches!(noted, Noted::FarEndCrcError { .. })),
            line_code_violations: heard.violations.count,
            ..SpanCounters::default()
        };
        assert_eq!(counters, expected, "{model}");
        assert_eq!(count(|noted| matches!(noted, Noted::Lost { .. })), 0);
        assert!(counters.fas_errors > 5 && counters.crc_errors > 500, "{model}: {counters:?}");
        assert!(counters.line_code_violations > 500 && counters.e_bits > 0, "{model}: {counters:?}");
        assert!(rig.is_clean());
    }
}

#[test]
fn totals_beyond_16_bits_are_exact() {
    for model in MODELS {
        let (mut rig, heard) = tapped(model);
        rig.run_ms(3000);
        let wire = rig.peer().wires[0].clone();
        let before = (rig.card.status(0).counters, rig.peer().ports[0].counters().e_bits);
        wire.set_error_rate(TO_CARD, 1e-3);
        rig.run_ms(36_000);
        wire.set_error_rate(TO_CARD, 0.0);
        rig.run_ms(2100);
        let counters = rig.card.status(0).counters;
        assert_eq!(counters.line_code_violations, lock(&heard).violations.count, "{model}");
        assert!(counters.line_code_violations > 65_536, "{model}: {counters:?}");
        let reported = rig.peer().ports[0].counters().e_bits - before.1;
        assert_eq!(
            counters.crc_errors - before.0.crc_errors,
            reported,
            "{model}: each block is told by E bits"
        );
        assert!(reported > 25_000 && rig.is_clean(), "{model}: {reported}");
    }
}

#[test]
fn blocks_that_the_far_end_finds_errored_are_counted_from_its_e_bits() {
    for model in MODELS {
        let (mut rig, _) = tapped(model);
        rig.run_ms(3000);
        let before = rig.card.status(0).counters;
        let wire = rig.peer().wires[0].clone();
        wire.set_error_rate(TO_FAR, 3e-4);
        rig.run_ms(3000);
        wire.set_error_rate(TO_FAR, 0.0);
        rig.run_ms(2100);
        let errored = rig.peer().ports[0].counters().crc_errors;
        let counters = rig.card.status(0).counters;
        assert!(errored > 900, "{model}: {errored}");
        assert_eq!(counters, SpanCounters { e_bits: before.e_bits + errored, ..before }, "{model}");
    }
}

#[test]
fn the_same_seed_gives_the_same_errors() {
    for model in MODELS {
        let run = |seed| {
            let options = [("error_rate", "0.0003"), ("seed", seed)];
            let mut rig = Rig::new(model, &options, CAS);
            rig.run_ms(1500);
            let wires = rig.peer().wires.clone();
            let errors: Vec<_> = wires.iter().map(|wire| wire.counters(TO_CARD)).collect();
            assert!(
                errors.iter().all(|way| way.errors > 500 && way.starved + way.overrun == 0),
                "{errors:?}"
            );
            (errors, rig.card.status(0).counters, rig.received[0].clone())
        };
        assert!(run("1") == run("1"), "{model}");
        assert!(run("1").2 != run("99").2, "{model}");
    }
}
