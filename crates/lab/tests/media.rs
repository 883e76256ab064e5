//! Octets: alignment, order, delay, and a host that comes late.
mod common;
use common::{CAS, MODELS, Peer, Rig, Shared, constant_lag, from_far, from_near, lock, marker};
use hw_sim::{Ds8, Ds8Config, Falc4, Falc4Config, LinePort, WayConfig, WireConfig, wire};
use std::sync::{Arc, Mutex};
use tandem_card::{Bus, Card, ClockSource, Ds8Driver, Falc4Driver, LineCode, SpanCounters};
use tandem_lab::FarEnds;
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};
use tandem_rt::{MediaLoop, Step};
use tandem_types::{Defect, Defects, FrameTime, Frames};

#[test]
fn both_ends_align_within_100_ms_and_see_no_defect_from_then_on() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[("spans", "3")][..usize::from(model == "sim-bit")], CAS);
        rig.run_ms(100);
        for _ in 0..1000 {
            assert!(rig.is_clean(), "{model} at {}: {:?}", rig.media.now(), rig.defects());
            rig.run_ms(1);
        }
        let losses: Vec<u64> =
            rig.peer().ports.iter().map(|port| port.counters().severe_framing_errors).collect();
        assert_eq!(losses, vec![0; rig.spans]);
    }
}

#[test]
fn octets_keep_their_order_and_a_constant_delay_both_ways() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(2000);
        for span in 0..rig.spans {
            let there = constant_lag(&rig.peer().heard[span], from_near(span), 800);
            let here = constant_lag(&rig.received[span], from_far(span), 800);
            assert!(there.is_some() && here.is_some(), "{model} span {span}: {there:?} {here:?}");
            assert_eq!(rig.card.status(span).counters.frames_missed, 0);
            assert_eq!(rig.card.status(span).counters.slips_repeated, 0);
            assert_eq!(rig.card.status(span).counters.slips_deleted, 0);
        }
    }
}

/// With a wire of n whole frames, HDB3 adds six symbols: a frame is complete n + 1 frames after it began to
/// leave, as seen by the frames of the other end. Received, the card adds one frame in its elastic store.
#[test]
fn what_is_handed_over_in_one_granule_leaves_in_the_next() {
    for (model, delay, there, here) in [
        // The granule in which it is handed over begins 8 frames after those received with it: 8 + 8.
        ("sim-falc4", "2048", 16 + 9, 9 + 1),
        ("sim-falc4", "2298", 16 + 9, 9 + 1),
        ("sim-falc4", "2304", 16 + 10, 10 + 1),
        ("sim-falc4", "20480", 16 + 81, 81 + 1),
        // Its framer has an elastic store towards the line as well.
        ("sim-ds8", "2048", 16 + 9 + 1, 9 + 1),
        ("sim-ds8", "2304", 16 + 10 + 1, 10 + 1),
        ("sim-bit", "256", 1 + 2, 2 + 1),
        ("sim-bit", "506", 1 + 2, 2 + 1),
        ("sim-bit", "512", 1 + 3, 3 + 1),
    ] {
        let mut rig = Rig::new(model, &[("delay_symbols", delay)], CAS);
        rig.run_ms(300);
        let heard = constant_lag(&rig.peer().heard[0], from_near(0), 1600);
        assert_eq!(heard, Some(there), "{model}, {delay} symbols, to the far end");
        assert_eq!(
            constant_lag(&rig.received[0], from_far(0), 1600),
            Some(here),
            "{model}, {delay}, from it"
        );
    }
}

#[test]
fn a_late_host_counts_what_it_missed_once_and_order_is_never_wrong() {
    // The wire is long enough to feed both ends while the other is not stepped.
    let mut rig = Rig::new("sim-falc4", &[("delay_symbols", "14413")], CAS);
    rig.run_ms(200);
    let mut missed = 0;
    for late in [1, 2, 5, 1, 1, 5] {
        rig.turn(1 + late);
        missed += 8 * late as u64;
        for span in 0..4 {
            let counted = SpanCounters { frames_missed: missed, ..rig.card.status(span).counters };
            assert_eq!(rig.card.status(span).counters, counted, "late by {late}");
            assert_eq!((counted.slips_repeated, counted.slips_deleted, counted.fas_errors), (0, 0, 0));
        }
        rig.run_ms(50);
        assert!(rig.is_clean(), "nothing was lost on the line");
    }
    rig.run_ms(200);
    assert_eq!(rig.card.status(0).counters.frames_missed, missed);
    for span in 0..4 {
        let numbers = numbers_of(&rig.received[span], from_far(span));
        assert!(numbers.is_sorted_by(|a, b| a < b), "received in order");
        let frames = rig.media.now().0 - 1600;
        assert_eq!(numbers.len() as u64, frames - missed, "and none but the missed ones are missing");
        // What the host did not refill is drained again: old granules, between new ones in their order.
        let numbers = numbers_of(&rig.peer().heard[span], from_near(span));
        let (mut newest, mut stale) = (0, 0);
        for number in numbers {
            stale += u64::from(number <= newest);
            newest = newest.max(number);
        }
        assert_eq!(stale, missed, "as many frames are sent again as were not handed over");
    }
}

/// A ring of descriptors stops where it comes to one that the host has not returned. The host finds that out, makes the
/// ring a unit longer and starts it anew; from then on it may be late by a unit more without any loss.
#[test]
fn a_late_host_of_a_ring_of_descriptors_misses_each_unit_once_and_next_time_none() {
    let mut rig = Rig::new("sim-ds8", &[("delay_symbols", "14413")], CAS);
    rig.run_ms(200);
    let mut missed = 0;
    // Of two descriptors both are complete when the host is late by a unit: one is taken, one is dropped, and a unit goes
    // by until the ring turns again. Longer rings last longer.
    for (late, lost) in [(1, 2), (1, 0), (2, 3), (1, 0), (2, 0), (5, 6), (3, 0)] {
        rig.turn(1 + late);
        // A backlog is kept for 8 services and then thrown away: what was late is lost for good, if it was not before.
        rig.run_ms(50);
        missed += 8 * if lost == 0 { late as u64 } else { lost };
        for span in 0..8 {
            let counters = rig.card.status(span).counters;
            assert_eq!(counters.frames_missed, missed, "late by {late}, span {span}");
            assert_eq!((counters.slips_repeated, counters.slips_deleted, counters.fas_errors), (0, 0, 0));
        }
        assert!(rig.is_clean(), "nothing was lost on the line");
    }
    for span in 0..8 {
        let frames = &rig.received[span];
        // While the ring is started anew a service finds nothing and gives ones.
        let there: Vec<Option<[u8; 32]>> =
            frames.iter().map(|frame| frame.filter(|frame| *frame != [0xff; 32])).collect();
        let numbers = numbers_of(&there, from_far(span));
        assert!(numbers.is_sorted_by(|a, b| a < b), "received in order");
        // Of the first frames ever missed some were never received, others are gaps in what was.
        let gaps: u64 = numbers.windows(2).map(|pair| pair[1] - pair[0] - 1).sum();
        assert_eq!(gaps, missed, "what is missing is what was counted");
    }
}

/// Which frames of a stream these are, from 200 ms on.
fn numbers_of(heard: &[Option<[u8; 32]>], stream: usize) -> Vec<u64> {
    let mut numbers = Vec::new();
    for (at, frame) in heard.iter().enumerate().skip(1600) {
        if let Some(frame) = frame {
            let found =
                (at as u64 - 200..at as u64).find(|number| marker(stream, *number)[1..16] == frame[1..16]);
            numbers.push(found.expect("a frame that was sent"));
        }
    }
    numbers
}

#[test]
fn with_crossed_pairs_a_span_hears_the_far_end_of_another_and_alarms_go_astray() {
    for model in ["sim-falc4", "sim-ds8"] {
        let mut rig = Rig::new(model, &[("crossed_pairs", "true")], CAS);
        rig.run_ms(700);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        let crossed = [1, 0, 2];
        for (span, from) in crossed.into_iter().enumerate() {
            assert!(constant_lag(&rig.received[span], from_far(from), 4000).is_some(), "{model} span {span}");
            assert!(
                constant_lag(&rig.peer().heard[span], from_near(span), 4000).is_some(),
                "{model} span {span}"
            );
        }
        // Far end 0 falls silent: span 1 hears that, and tells far end 1, which has nothing to do with it.
        let wire = rig.peer().wires[0].clone();
        wire.cut(hw_sim::Way::BToA);
        rig.run_ms(200);
        let defects = rig.defects();
        assert!(defects[1].0.contains(Defect::Los) && defects[0].0.is_empty(), "{model}: {defects:?}");
        assert!(defects[1].1.contains(Defect::Rai) && defects[0].1.is_empty(), "{model}: {defects:?}");
    }
}

#[test]
fn bursts_of_errors_are_errored_seconds_in_between_which_the_line_is_clean() {
    let bursts = [("burst_every_ms", "1000"), ("burst_ms", "5"), ("burst_error_rate", "0.02")];
    let mut rig = Rig::new("sim-ds8", &bursts, CAS);
    let errors = |rig: &Rig| rig.card.status(0).counters.line_code_violations;
    let mut clean = 0;
    for _ in 0..40 {
        let before = errors(&rig);
        rig.run_ms(1000);
        clean += usize::from(errors(&rig) == before);
    }
    // A second is without a burst in one of three cases.
    assert!((6..28).contains(&clean) && errors(&rig) > 1000, "{clean} {}", errors(&rig));
}

#[test]
fn another_clock_source_costs_no_frame() {
    for model in ["sim-falc4", "sim-ds8", "sim-bit"] {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(500);
        for source in [ClockSource::Span(1), ClockSource::Span(2), ClockSource::Internal] {
            let Rig { card, media, .. } = &mut rig;
            media.run_tick(0, |tick| card.set_clock(tick, source));
            rig.run_ms(50);
            for span in 0..rig.spans {
                let SpanCounters { frames_missed, slips_repeated, .. } = rig.card.status(span).counters;
                assert_eq!((frames_missed, slips_repeated), (0, 0), "{model} {source:?}");
            }
            assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        }
    }
}

/// A card that runs by itself, as hardware does: a service does not move it on, time does.
struct ByItself(Arc<Mutex<Box<dyn Bus>>>);

impl Bus for ByItself {
    fn read32(&mut self, word: usize) -> u32 {
        lock(&self.0).read32(word)
    }

    fn write32(&mut self, word: usize, value: u32) {
        lock(&self.0).write32(word, value);
    }

    fn dma_size(&self) -> usize {
        lock(&self.0).dma_size()
    }

    fn dma_read(&mut self, offset: usize, into: &mut [u8]) {
        lock(&self.0).dma_read(offset, into);
    }

    fn dma_write(&mut self, offset: usize, from: &[u8]) {
        lock(&self.0).dma_write(offset, from);
    }

    fn interrupt(&mut self, _: FrameTime) -> bool {
        true
    }
}

/// A host of such a card.
struct Host {
    card: Box<dyn Card>,
    hardware: Arc<Mutex<Box<dyn Bus>>>,
    far_ends: Shared,
    media: MediaLoop,
    spans: usize,
    /// Up to where the hardware has gone.
    time: u64,
    /// What span 0 received in the last service, and in all since it was settled.
    frames: [[u8; 32]; 8],
    received: u64,
}

impl Host {
    fn of(model: &str) -> Self {
        GuardedAlloc::set_policy(ViolationPolicy::Abort);
        let spans = if model == "sim-falc4" { 4 } else { 8 };
        let way = WayConfig { delay: 2148, ..WayConfig::default() };
        let (near, far): (Vec<_>, Vec<_>) = (0..spans)
            .map(|_| wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() }))
            .unzip();
        let (framing, wires) = (CAS.framing, near.iter().map(|end| end.control()).collect());
        let ports = far.into_iter().map(|end| LinePort::new(end, LineCode::Hdb3, framing)).collect();
        let mut near = near.into_iter();
        let hardware: Box<dyn Bus> = if model == "sim-falc4" {
            Box::new(Falc4::new(Falc4Config::default(), [(); 4].map(|()| near.next())))
        } else {
            Box::new(Ds8::new(Ds8Config::default(), [(); 8].map(|()| near.next())))
        };
        let hardware = Arc::new(Mutex::new(hardware));
        let bus = ByItself(Arc::clone(&hardware));
        let mut card: Box<dyn Card> = if model == "sim-falc4" {
            Box::new(Falc4Driver::new(bus).expect("a card"))
        } else {
            Box::new(Ds8Driver::new(bus).expect("a card"))
        };
        (0..spans).for_each(|span| card.configure(span, &CAS).expect("a span"));
        card.start().expect("the card starts");
        let (card_name, options) = (model.to_owned(), Default::default());
        let ends = FarEnds { card: card_name, options, ports, wires, framing, slot: None };
        Self {
            card,
            hardware,
            far_ends: Shared(Peer::shared(ends)),
            media: MediaLoop::default(),
            spans,
            time: 0,
            frames: [[0; 32]; 8],
            received: 0,
        }
    }

    /// A service so many frames after it was due.
    fn turn(&mut self, behind: u64) {
        let now = self.media.now().0 + 8 + behind;
        while self.time + 8 <= now {
            self.time += 8;
            self.far_ends.step(FrameTime(self.time));
            lock(&self.hardware).interrupt(FrameTime(self.time));
        }
        let Self { card, media, frames, spans, .. } = self;
        media.run_tick_behind(8, Frames(behind), |tick| {
            card.service(tick);
            card.receive(tick, 0, frames);
            for span in 0..*spans {
                card.transmit(tick, span, &[[0x2a; 32]; 8]);
            }
        });
        self.received += 8 * u64::from(self.frames != [[0xff; 32]; 8]);
    }

    /// Nothing was done for so long; now it is made up for at once.
    fn stall(&mut self, ms: u64) {
        for later in (0..ms).rev() {
            self.turn(8 * later);
            self.expect_peace();
        }
    }

    fn expect_peace(&self) {
        for (span, port) in lock(&self.far_ends.0).ports.iter().enumerate() {
            let SpanCounters { slips_repeated, slips_deleted, severe_framing_errors, .. } =
                self.card.status(span).counters;
            assert_eq!((slips_repeated, slips_deleted, severe_framing_errors), (0, 0, 0));
            assert_eq!((self.card.status(span).defects, port.defects()), (Defects::NONE, Defects::NONE));
        }
    }

    fn missed(&self) -> u64 {
        self.card.status(self.spans - 1).counters.frames_missed
    }

    /// By how many frames what was received last is behind what span 0 was sent.
    fn lag(&self) -> Option<u64> {
        let first = self.time - 8;
        let is_sent = |lag: u64| marker(from_far(0), first - lag)[1..16] == self.frames[0][1..16];
        (0..100).find(|lag| is_sent(*lag))
    }
}

#[test]
fn a_stall_of_the_host_of_a_card_that_runs_by_itself_is_missed_frames_and_nothing_else() {
    for model in ["sim-falc4", "sim-ds8"] {
        let mut host = Host::of(model);
        (0..600).for_each(|_| host.turn(0));
        host.expect_peace();
        let (lag, began) = (host.lag(), host.time);
        assert!(lag.is_some());
        host.received = 0;
        let apart = [1, 5, 9, 12, 20, 50, 150, 200].map(|ms| (ms, 20));
        let in_a_row = [12, 5, 200, 9, 150, 1, 50, 20].map(|ms| (ms, 0));
        let at_the_end = [(1, 20)];
        let (mut least, mut most) = (0, 0);
        for (ms, on_time) in apart.into_iter().chain(in_a_row).chain(at_the_end) {
            host.stall(ms);
            // What the double buffer loses is known at once. A ring may last through a stall; if not, it is set up anew
            // in one unit more.
            least += if model == "sim-falc4" { 8 * (ms - 1) } else { 0 };
            most += if ms > 1 { 8 * ms } else { 0 };
            for service in 0..on_time {
                host.turn(0);
                host.expect_peace();
                let back_to_normal = host.lag() == lag;
                assert!(back_to_normal || model == "sim-ds8" && service == 0, "{model} {ms} {service}");
            }
            assert!(host.missed() >= least && host.missed() <= most, "{model} {ms}: {}", host.missed());
            assert!(model == "sim-ds8" || host.missed() == least, "{model} {ms}: {}", host.missed());
        }
        assert_eq!(host.received + host.missed(), host.time - began, "{model}: each frame once");
    }
}
