//! How often the driver goes to the bus: the figures that `docs/cards/falc4.md` gives.
use crate::{CAS, CCS, Fake, Media, started};
use tandem_card::{Card, Falc4Driver, LineOrder, Loopback};
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_types::{Abcd, Timeslot};

/// Reads and writes of what `act` does.
fn count(fake: &Fake, act: impl FnOnce()) -> (usize, usize) {
    fake.model().forget();
    act();
    let model = fake.model();
    (model.reads, model.writes)
}

#[test]
fn the_accesses_of_a_service_are_those_of_the_page() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    // The first service polls all spans.
    (0..3).for_each(|_| media.turn(&mut card, 8, 0));
    let (mut quiet, mut most_quiet) = ((0, 0), (0, 0));
    for service in 0..16 {
        let counted = count(&fake, || media.turn(&mut card, 8, 0));
        most_quiet = most_quiet.max(counted);
        if service % 4 == 2 {
            quiet = counted;
        }
    }
    assert_eq!(quiet, (1, 1), "in peace");
    assert_eq!(most_quiet, (20, 55), "with the status of a span");
    // Everything pending at once, on all spans: signalling, status, the second with its counters.
    let mut most = (0, 0);
    for service in 0..32 {
        for span in 0..4 {
            let mut model = fake.model();
            for register in 0x68..=0x6c_usize {
                model.framers[span][register] = 0x7f;
            }
            model.rs[span].iter_mut().for_each(|rs| *rs = 0x55 ^ service as u8);
        }
        let (reads, writes) = count(&fake, || media.turn(&mut card, 8, 0));
        most = (most.0.max(reads), most.1.max(writes));
    }
    assert_eq!(most, (153, 430), "at most");
}

#[test]
fn an_order_and_a_change_of_signalling_bits_cost_what_the_page_says() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    (0..3).for_each(|_| media.turn(&mut card, 8, 0));
    let slot = Timeslot::new(3).expect("a slot");
    let bits = count(&fake, || {
        media.ticks.run_tick(0, |tick| card.set_bits(tick, 1, slot, Abcd::new(0b0101)));
    });
    assert_eq!(bits, (0, 5));
    let order = count(&fake, || {
        media.ticks.run_tick(0, |tick| card.order(tick, 1, &LineOrder::Loop(Some(Loopback::Line))));
    });
    assert_eq!(order, (0, 25));
    let up = count(&fake, || card.start().expect("a card that answers"));
    assert_eq!(up, (26, 840));
}

#[test]
fn messages_of_the_clock_cost_what_the_page_says() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    let mut polls =
        |card: &mut Falc4Driver<Fake>| count(&fake, || (0..16).for_each(|_| media.turn(card, 8, 0)));
    polls(&mut card);
    let (reads, writes) = polls(&mut card);
    let order = LineOrder::SyncMessage(Some((SaBit::new(4).expect("4 to 8"), Quality::SupplyA)));
    let ordered = count(&fake, || {
        tandem_rt::MediaLoop::default().run_tick(0, |tick| card.order(tick, 1, &order));
    });
    assert_eq!(ordered, (0, 50));
    assert_eq!(polls(&mut card), (reads + 1, writes + 3), "once in 16 ms");
}

/// `cargo test --release -p tandem-card --test falc4 -- --ignored --nocapture`: CPU time, the model's own included.
#[test]
#[ignore = "measures"]
fn how_long_a_service_takes() {
    use tandem_rt::sys::thread_cpu_ns;
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    let rounds = 200_000;
    let mut run = |busy: bool| {
        let mut spent = 0;
        for _ in 0..rounds {
            fake.model().forget();
            fake.model().sent.clear();
            if busy {
                for span in 0..4 {
                    fake.model().framers[span][0x68..=0x6c].fill(0x7f);
                }
            }
            let before = thread_cpu_ns();
            media.turn(&mut card, 8, 0);
            spent += thread_cpu_ns() - before;
        }
        spent as f64 / f64::from(rounds) / 1000.0
    };
    println!(
        "in peace {:.2} µs, with every interrupt pending {:.2} µs a millisecond of four spans",
        run(false),
        run(true)
    );
}
