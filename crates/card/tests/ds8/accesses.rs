//! How often the driver goes to the bus: the figures that `docs/cards/ds8.md` gives.
use crate::{CAS, CCS, ESF, ESF_CAS, Media, settled, started};
use tandem_card::{Card, LineOrder, LoopCommand, Loopback, SpanConfig};
use tandem_line::bert::Pattern;
use tandem_types::{Abcd, Timeslot};

/// Reads and writes of what `act` does.
fn count(fake: &crate::Fake, act: impl FnOnce()) -> (usize, usize) {
    fake.model().forget();
    act();
    fake.accesses()
}

/// The most of eight services in peace.
fn in_peace(config: SpanConfig) -> (usize, usize) {
    let (fake, mut card, mut media) = settled(config);
    // The remote alarm of the beginning, and reports of seconds before.
    (0..1100).for_each(|_| media.turn(&mut card, 8, 0));
    let counts = (0..8).map(|_| count(&fake, || media.turn(&mut card, 8, 0)));
    counts.fold((0, 0), |most, counted| (most.0.max(counted.0), most.1.max(counted.1)))
}

/// The most of services in which everything is pending on all spans, by what the page says can be.
fn at_most(config: SpanConfig) -> (usize, usize) {
    // While alignment is lost no signalling bits are read, and more is answered.
    let [kept, lost] =
        [(0xf8, 0x08), (0xff, 0x01)].map(|(latched, alarm)| at_most_with(config, latched, alarm));
    (kept.0.max(lost.0), kept.1.max(lost.1))
}

fn at_most_with(config: SpanConfig, latched: u8, alarm: u8) -> (usize, usize) {
    let (fake, mut card, mut media) = settled(config);
    let mut most = (0, 0);
    for service in 0..64_u8 {
        for span in 0..8 {
            let mut model = fake.model();
            for (register, value) in [
                (0x090, latched),
                (0x091, 0x7f),
                (0x092, 0x33),
                (0x093, 0xff),
                (0x094, 0x2c),
                (0x096, 0x03),
                (0x190, 0xe4),
                (0x063, 0x3e),
            ] {
                model.set_port(span, register, value);
            }
            for register in 0x098..=0x09b {
                model.set_port(span, register, 0xff);
            }
            // The alarms change each time.
            model.set_port(span, 0x0b0, alarm * (service & 1));
            model.set_port(span, 0x0b4, 0x10);
        }
        fake.model().fifo.resize(40, 0x38);
        let counted = count(&fake, || media.turn(&mut card, 8, 0));
        most = (most.0.max(counted.0), most.1.max(counted.1));
    }
    most
}

#[test]
fn the_accesses_of_a_service_are_those_of_the_page_and_within_its_budget() {
    for (config, peace, most) in [
        (CCS, (8, 1), (55, 28)),
        (CAS, (8, 1), (74, 36)),
        // With the report of a second, of at most 14 writes.
        (ESF, (6, 1), (75, 56)),
        (ESF_CAS, (6, 1), (90, 59)),
    ] {
        assert_eq!(in_peace(config), peace, "{config:?}");
        assert_eq!(at_most(config), most, "{config:?}");
        assert!(most.0 <= 97 && most.1 <= 50 + 14, "the budget of the page");
    }
}

#[test]
fn what_comes_besides_costs_what_the_page_says() {
    let (fake, mut card, mut media) = settled(CAS);
    let slot = Timeslot::new(3).expect("a slot");
    let bits = count(&fake, || {
        media.ticks.run_tick(0, |tick| card.set_bits(tick, 1, slot, Abcd::new(0b0101)));
    });
    assert_eq!(bits, (0, 1));
    let order = count(&fake, || {
        media.ticks.run_tick(0, |tick| card.order(tick, 1, &LineOrder::Loop(Some(Loopback::Line))));
    });
    assert_eq!(order, (0, 1));
    let test = count(&fake, || {
        media.ticks.run_tick(0, |tick| card.order(tick, 1, &LineOrder::TestLine(Some(Pattern::Prbs15))));
    });
    assert_eq!(test, (0, 10));
    let turns = (0..8).map(|_| count(&fake, || media.turn(&mut card, 8, 0)));
    let most = turns.fold((0, 0), |most, turn| (most.0.max(turn.0), most.1.max(turn.1)));
    assert_eq!(most, (8 + 8, 1 + 3), "the turn of span 1 besides a service in peace");
    media.ticks.run_tick(0, |tick| card.order(tick, 1, &LineOrder::TestLine(None)));
    let underrun = count(&fake, || media.turn(&mut card, 16, 0));
    assert_eq!((underrun.0 <= 7 + 4, underrun.1 - 1), (true, 3), "besides a service in peace");
    for (config, expected) in [(CAS, (17, 4858)), (ESF_CAS, (17, 5002))] {
        let (fake, _card) = started(config);
        assert_eq!(fake.accesses(), expected, "bringing the card up");
    }
    let (fake, mut card) = started(ESF);
    let media = &mut Media::new();
    let order = count(&fake, || {
        let command = LineOrder::CommandLoop(LoopCommand::LineUp);
        media.ticks.run_tick(0, |tick| card.order(tick, 1, &command));
    });
    assert_eq!(order, (0, 2));
}

/// `cargo test --release -p tandem-card --test ds8 -- --ignored --nocapture`: CPU time. The model's own share, shown for
/// comparison, is that of a service of a card that was stopped.
#[test]
#[ignore = "measures"]
fn how_long_a_service_takes() {
    use tandem_rt::sys::thread_cpu_ns;
    for config in [CAS, ESF_CAS] {
        let (fake, mut card, mut media) = settled(config);
        let rounds = 100_000;
        let mut run = |card: &mut tandem_card::Ds8Driver<crate::Fake>| {
            let mut spent = 0;
            for _ in 0..rounds {
                fake.model().forget();
                fake.model().sent.clear();
                let before = thread_cpu_ns();
                media.turn(card, 8, 0);
                spent += thread_cpu_ns() - before;
            }
            spent as f64 / f64::from(rounds) / 1000.0
        };
        let running = run(&mut card);
        fake.model().frozen = true;
        card.stop();
        let stopped = run(&mut card);
        println!(
            "{config:?}: {running:.2} µs a millisecond of eight spans; the model without DMA {stopped:.2} µs"
        );
    }
}
