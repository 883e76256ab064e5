//! Figures of the octal card, in CPU time of the thread: `cargo test --release --test ds8_speed -- --ignored
//! --nocapture`.
mod ds8_common;
use ds8_common::*;
use hw_sim::wire;
use tandem_card::Bus;
use tandem_rt::sys::thread_cpu_ns;
use tandem_types::FrameTime;

#[test]
#[ignore = "measures"]
fn a_millisecond_of_a_card_with_eight_spans() {
    for (name, mode) in
        [("E1 with CRC-4", E1_CRC), ("E1 with CRC-4 and CAS", E1_CAS), ("T1 ESF", ESF), ("T1 SF", SF)]
    {
        let pairs: [_; 8] = std::array::from_fn(|_| wire::pair(wire_config(mode)));
        let (ends, others): (Vec<_>, Vec<_>) = pairs.into_iter().map(|(a, b)| (Some(a), Some(b))).unzip();
        let [mut left, mut right] =
            [ends, others].map(|wires| Host::new(wires.try_into().expect("eight wires")));
        let mut noise = Noise(3);
        for host in [&mut left, &mut right] {
            noise.fill(host);
            host.start();
            (0..8).for_each(|span| host.bring_up(span, mode));
        }
        pass(&mut left, &mut right, 1000);
        assert!((0..8).all(|span| left.read(span, 0x0b0) == 0 && right.read(span, 0x0b0) == 0));
        let mut spent = 0;
        for _ in 0..5000 {
            for host in [&mut left, &mut right] {
                host.now += 8;
                let start = thread_cpu_ns();
                host.card.interrupt(FrameTime(host.now));
                spent += thread_cpu_ns() - start;
                host.service();
            }
        }
        println!("one card, eight spans of {name}: {:.2} us a ms", spent as f64 / 10_000.0 / 1000.0);
    }
    let mut idle = Host::new([const { None }; 8]);
    idle.start();
    (0..8).for_each(|span| idle.bring_up(span, E1_CRC));
    let start = thread_cpu_ns();
    (0..5000).for_each(|_| idle.tick());
    println!(
        "one card, eight spans without signal: {:.2} us a ms",
        (thread_cpu_ns() - start) as f64 / 5_000_000.0
    );
}
