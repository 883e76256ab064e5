//! Line signals of the exchange, bit by bit, against a far end that only does what the test says.
use hw_sim::exchange::{
    CalledParty, CallerPlan, ClearedBy, Direction, Exchange, ExchangeConfig, FarPort, Outcome,
};
use hw_sim::{LinePort, WireConfig, wire};
use std::sync::{Arc, Mutex};
use tandem_dsp::dtmf::{DtmfGenerator, DtmfSender};
use tandem_dsp::g711;
use tandem_line::{CrcMode, E1Config, LineCode};
use tandem_rt::{Next, Step};
use tandem_types::{Abcd, Defects, FrameTime, Frames, Law, TelephoneChannel};

const ON_HOOK: u8 = 0b1101;
const OFF_HOOK: u8 = 0b0101;

/// The far end of one span: what the test sets on channel 1, and what the exchange did there.
struct Puppet {
    frame: u64,
    bits: u8,
    voice: DtmfGenerator,
    /// Bits of the exchange, and the frame from which it sent them.
    seen: Vec<(u64, u8)>,
    sounding: Vec<u64>,
}

struct PuppetPort(Arc<Mutex<Puppet>>);

impl FarPort for PuppetPort {
    fn exchange_frame(&mut self, slots: &[u8; 32]) -> Option<[u8; 32]> {
        let mut puppet = self.0.lock().expect("one thread");
        if slots[1] != 0xd5 {
            let frame = puppet.frame;
            puppet.sounding.push(frame);
        }
        puppet.frame += 1;
        let mut heard = [0xd5; 32];
        let mut sample = [0];
        puppet.voice.fill(&mut sample);
        heard[1] = g711::encode(Law::A, sample[0]);
        Some(heard)
    }

    fn set_bits(&mut self, channel: TelephoneChannel, bits: Abcd) {
        let mut puppet = self.0.lock().expect("one thread");
        let frame = puppet.frame;
        if channel.number() == 1 {
            puppet.seen.push((frame, bits.bits()));
        }
    }

    fn bits(&self, channel: TelephoneChannel) -> Option<Abcd> {
        let bits = self.0.lock().expect("one thread").bits;
        // All other channels are blocked.
        Some(Abcd::new(if channel.number() == 1 { bits } else { 0b1111 }))
    }

    fn defects(&self) -> Defects {
        Defects::NONE
    }
}

struct Bench {
    exchange: Exchange,
    puppet: Arc<Mutex<Puppet>>,
    now: u64,
}

impl Bench {
    fn new(config: ExchangeConfig) -> Self {
        let puppet = Arc::new(Mutex::new(Puppet {
            frame: 0,
            bits: ON_HOOK,
            voice: DtmfGenerator::new(Law::A, DtmfSender::default()),
            seen: Vec::new(),
            sounding: Vec::new(),
        }));
        let exchange = Exchange::new(config, vec![Box::new(PuppetPort(Arc::clone(&puppet)))]);
        Self { exchange, puppet, now: 0 }
    }

    fn one_call() -> Self {
        Self::new(ExchangeConfig { calls_per_second: 2.0, max_calls: Some(1), ..ExchangeConfig::default() })
    }

    fn run_ms(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now += 8;
            assert_eq!(self.exchange.step(FrameTime(self.now)), Next::At(FrameTime(self.now + 8)));
        }
    }

    fn set(&self, bits: u8) {
        self.puppet.lock().expect("one thread").bits = bits;
    }

    /// Steps until the exchange sends these bits, and says when that was.
    fn until(&mut self, bits: u8) -> u64 {
        for _ in 0..20_000 {
            if let Some((frame, seen)) = self.puppet.lock().expect("one thread").seen.last()
                && *seen == bits
            {
                return *frame;
            }
            self.run_ms(1);
        }
        panic!("the exchange never sent {bits:04b}");
    }

    fn outcome(&self) -> (Outcome, Option<ClearedBy>) {
        let report = self.exchange.report();
        (report.calls[0].outcome, report.calls[0].cleared_by)
    }

    fn first_sound(&self) -> u64 {
        self.puppet.lock().expect("one thread").sounding[0]
    }
}

#[test]
fn a_call_seizes_waits_dials_and_gives_up_after_ten_seconds() {
    let mut bench = Bench::one_call();
    bench.run_ms(50);
    let seized = bench.until(OFF_HOOK);
    let released = bench.until(ON_HOOK);
    let dialled = bench.first_sound();
    // A sine begins with a sample or two of silence.
    assert!((1600..1610).contains(&(dialled - seized)), "{seized} {dialled}");
    let last_digit_over = seized + 1600 + 3 * (560 + 560);
    assert!((80_000..80_020).contains(&(released - last_digit_over)), "{released} {last_digit_over}");
    assert_eq!(bench.outcome(), (Outcome::NoAnswer, Some(ClearedBy::Exchange)));
    bench.run_ms(1100);
    assert!(bench.exchange.is_quiet());
    assert_eq!(bench.exchange.report().totals.digits_sent, 3);
}

#[test]
fn an_answer_counts_once_it_has_lasted_and_other_codes_count_for_nothing() {
    let mut bench = Bench::one_call();
    bench.until(OFF_HOOK);
    bench.run_ms(1000);
    for bits in [OFF_HOOK, 0b1111, ON_HOOK, 0b1001] {
        bench.set(bits);
        bench.run_ms(15);
    }
    bench.set(ON_HOOK);
    bench.run_ms(100);
    assert_eq!(bench.exchange.report().totals.answered, 0);
    bench.set(OFF_HOOK);
    bench.run_ms(30);
    assert_eq!(bench.exchange.report().totals.answered, 1);
    bench.set(0b1111);
    bench.run_ms(1000);
    assert_eq!(bench.outcome().0, Outcome::InProgress);
    bench.set(ON_HOOK);
    bench.run_ms(1);
    let cleared = bench.now;
    assert!((150..180).contains(&(bench.until(ON_HOOK) - cleared)));
    assert_eq!(bench.outcome(), (Outcome::Completed, Some(ClearedBy::Switch)));
}

#[test]
fn a_double_seizure_is_held_until_the_far_end_gives_way() {
    let mut bench = Bench::one_call();
    bench.until(OFF_HOOK);
    bench.set(OFF_HOOK);
    bench.run_ms(1000);
    assert!(bench.puppet.lock().expect("one thread").sounding.is_empty());
    bench.set(ON_HOOK);
    bench.run_ms(700);
    assert_eq!(bench.exchange.report().totals.digits_sent, 3);
    bench.set(OFF_HOOK);
    bench.run_ms(100);
    assert_eq!(bench.exchange.report().totals.answered, 1);
    assert_eq!(bench.exchange.report().totals.glare, 1);
}

#[test]
fn a_double_seizure_that_nobody_yields_ends_the_call() {
    let mut bench = Bench::one_call();
    bench.until(OFF_HOOK);
    bench.set(OFF_HOOK);
    bench.run_ms(4100);
    assert_eq!(bench.outcome(), (Outcome::Glare, Some(ClearedBy::Exchange)));
    assert!(!bench.exchange.is_quiet());
    bench.run_ms(5100);
    assert_eq!(bench.exchange.report().totals.late_clears, 1);
    bench.set(ON_HOOK);
    bench.run_ms(1100);
    assert!(bench.exchange.is_quiet());
}

#[test]
fn callers_hang_up_when_they_are_told_to() {
    // Before the first digit, and after the last: then the answer may come yet.
    for (told_after, hung_up_within) in [(20, 0..=2), (700, 2990..=3010)] {
        let mut bench = Bench::one_call();
        bench.until(OFF_HOOK);
        bench.run_ms(told_after);
        bench.exchange.control().hang_up_all();
        let told = bench.now;
        let after = Frames(bench.until(ON_HOOK) - told).as_ms();
        assert!(hung_up_within.contains(&after), "{after} ms");
        bench.run_ms(1);
        assert_eq!(bench.outcome(), (Outcome::Abandoned, Some(ClearedBy::Exchange)));
    }
}

#[test]
fn a_caller_told_to_hang_up_sends_the_digits_it_has_begun() {
    let plan = CallerPlan { rooms: vec!["12#".into()], patient: 0.0, ..CallerPlan::default() };
    let config =
        ExchangeConfig { calls_per_second: 2.0, max_calls: Some(1), plan, ..ExchangeConfig::default() };
    for told_at_digit in 1..=6 {
        let mut bench = Bench::new(config.clone());
        while bench.exchange.report().totals.digits_sent < told_at_digit {
            if bench.exchange.report().totals.digits_sent == 3 {
                bench.set(OFF_HOOK);
            }
            bench.run_ms(1);
        }
        bench.exchange.control().hang_up_all();
        bench.run_ms(700);
        bench.set(OFF_HOOK);
        bench.run_ms(3000);
        let report = bench.exchange.report();
        let call = &report.calls[0];
        assert_eq!((call.outcome, call.cleared_by), (Outcome::Completed, Some(ClearedBy::Exchange)));
        let pressed: String = call.digits.iter().map(|pressed| pressed.digit).collect();
        assert_eq!(pressed, if told_at_digit > 3 { "12#" } else { "" });
        assert_eq!(report.totals.digits_sent, if told_at_digit > 3 { 6 } else { 3 });
    }
}

#[test]
fn a_circuit_that_is_not_on_hook_is_not_seized() {
    let mut bench = Bench::new(ExchangeConfig { calls_per_second: 50.0, ..ExchangeConfig::default() });
    bench.set(0b1111);
    bench.run_ms(3000);
    let totals = bench.exchange.report().totals;
    assert!(totals.offered > 20 && totals.offered == totals.blocked);
}

#[test]
fn a_called_party_hears_the_number_and_answers() {
    let party = CalledParty { number: "4711".into(), room: Some(0), hold: None };
    let plan = CallerPlan { rooms: vec!["1#".into()], ..CallerPlan::default() };
    let config =
        ExchangeConfig { calls_per_second: 0.0, called: vec![party], plan, ..ExchangeConfig::default() };
    let mut bench = Bench::new(config);
    bench.run_ms(100);
    bench.set(OFF_HOOK);
    bench.run_ms(200);
    bench.puppet.lock().expect("one thread").voice.dial_str("4711").expect("digits");
    let dialled = bench.now + (3 * 140 + 70) * 8;
    let answered = bench.until(OFF_HOOK);
    let after = Frames(answered - dialled).as_ms();
    assert!((1290..1350).contains(&after), "{after} ms");
    bench.run_ms(3000);
    bench.set(ON_HOOK);
    bench.until(ON_HOOK);
    bench.run_ms(2000);
    let report = bench.exchange.report();
    let call = &report.calls[0];
    assert_eq!((call.direction, call.number.as_str()), (Direction::FromSwitch, "4711"));
    assert_eq!((call.outcome, call.room), (Outcome::Completed, Some(0)));
    assert!(report.passed() && report.check.dialling > 8 * 1500, "{:?}", report.check);
    assert_eq!((report.totals.called, report.totals.digits_heard), (1, 4));
}

#[test]
fn a_number_that_nobody_has_rings_until_the_switch_gives_up() {
    let party = CalledParty { number: "4711".into(), room: None, hold: None };
    let config = ExchangeConfig { calls_per_second: 0.0, called: vec![party], ..ExchangeConfig::default() };
    let mut bench = Bench::new(config);
    bench.set(OFF_HOOK);
    bench.run_ms(200);
    bench.puppet.lock().expect("one thread").voice.dial_str("4712").expect("digits");
    bench.run_ms(30_000);
    assert!(bench.puppet.lock().expect("one thread").seen.iter().all(|(_, bits)| *bits == ON_HOOK));
    bench.set(ON_HOOK);
    bench.run_ms(2000);
    assert_eq!(bench.outcome(), (Outcome::GivenUpBySwitch, Some(ClearedBy::Switch)));
    assert!(bench.exchange.is_quiet() && bench.exchange.report().passed());
}

#[test]
fn a_called_party_that_stays_for_a_while_hangs_up_then() {
    let party = CalledParty { number: "4".into(), room: None, hold: Some(Frames::from_seconds(3)) };
    let config = ExchangeConfig { calls_per_second: 0.0, called: vec![party], ..ExchangeConfig::default() };
    let mut bench = Bench::new(config);
    bench.set(OFF_HOOK);
    bench.run_ms(200);
    bench.puppet.lock().expect("one thread").voice.dial_str("4").expect("digits");
    let answered = bench.until(OFF_HOOK);
    let hung_up = bench.until(ON_HOOK);
    assert!((2990..=3010).contains(&Frames(hung_up - answered).as_ms()));
    bench.set(ON_HOOK);
    bench.run_ms(2000);
    assert_eq!(bench.outcome(), (Outcome::Completed, Some(ClearedBy::Exchange)));
}

#[test]
fn a_seizure_without_a_number_is_not_answered() {
    let mut bench = Bench::new(ExchangeConfig { calls_per_second: 0.0, ..ExchangeConfig::default() });
    bench.set(OFF_HOOK);
    bench.run_ms(10_100);
    assert_eq!(bench.outcome(), (Outcome::NoNumber, Some(ClearedBy::Exchange)));
    bench.set(ON_HOOK);
    bench.run_ms(2000);
    assert!(bench.exchange.is_quiet());
    assert!(bench.puppet.lock().expect("one thread").seen.iter().all(|(_, bits)| *bits == ON_HOOK));
}

#[test]
fn over_a_wire_to_a_plain_port_all_works_the_same() {
    let cas = E1Config { crc4: CrcMode::On, cas: true, nfas_loss: false };
    let (a, b) = wire::pair(WireConfig::with_delay(2345));
    let far = LinePort::new(a, LineCode::Hdb3, cas);
    let mut near = LinePort::new(b, LineCode::Hdb3, cas);
    let config = ExchangeConfig { calls_per_second: 5.0, ..ExchangeConfig::default() };
    let mut exchange = Exchange::new(config, vec![Box::new(far)]);
    let bits = |near: &mut LinePort, slot, bits| {
        assert!(near.set_abcd(slot, Abcd::new(bits)));
    };
    TelephoneChannel::all().for_each(|channel| bits(&mut near, channel.timeslot(), ON_HOOK));
    let mut off_hook_since = [None; 32];
    for frame in 0..8000 * 20 {
        near.exchange_frame(&[0xd5; 32]);
        for (slot, seen) in near.changes().collect::<Vec<_>>() {
            off_hook_since[slot.index()] = (seen.bits() == OFF_HOOK).then_some(frame);
            if seen.bits() == ON_HOOK {
                bits(&mut near, slot, ON_HOOK);
            }
        }
        for channel in TelephoneChannel::all() {
            let slot = channel.timeslot();
            if off_hook_since[slot.index()] == Some(frame.max(8000) - 8000) {
                bits(&mut near, slot, OFF_HOOK);
            }
        }
        exchange.step(FrameTime(frame + 1));
    }
    let report = exchange.report();
    assert!(report.passed(), "{:?}", report.check.details);
    assert!(report.totals.answered > 30 && report.totals.glare == 0, "{:?}", report.totals);
    assert!(report.calls.iter().any(|call| call.outcome == Outcome::Completed));
    assert!(report.check.idle > 17 * 8000 * 30 && report.check.unchecked > 0, "{:?}", report.check);
}
