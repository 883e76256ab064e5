//! Figures, in CPU time of the thread: `cargo test --release --test speed -- --ignored --nocapture`.
mod common;
use common::{Host, Noise, pass};
use hw_sim::{LinePort, WireConfig, wire};
use tandem_line::{CrcMode, Decoder, E1Config, Encoder, LineCode, Symbols};
use tandem_rt::sys::thread_cpu_ns;

#[test]
#[ignore = "measures"]
fn encode_wire_and_decode_a_symbol() {
    let (mut near, mut far) = wire::pair(WireConfig::with_delay(2093));
    let (mut encoder, mut decoder) = (Encoder::new(LineCode::Hdb3), Decoder::new(LineCode::Hdb3));
    let mut noise = Noise(1);
    let mut bits: [u64; 32] = std::array::from_fn(|_| noise.next());
    let rounds = 50_000;
    let start = thread_cpu_ns();
    for _ in 0..rounds {
        let mut symbols = [Symbols::default(); 32];
        encoder.encode(&bits, &mut symbols);
        near.send(&symbols);
        far.receive(8, &mut symbols);
        decoder.decode(&symbols, &mut bits);
        bits[0] ^= 0x1234_5678_9abc_def0;
    }
    let ns = (thread_cpu_ns() - start) as f64 / (rounds as f64 * 2048.0);
    let mut symbols = [Symbols::default(); 32];
    let start = thread_cpu_ns();
    for _ in 0..rounds {
        near.send(&symbols);
        far.receive(8, &mut symbols);
    }
    let wire = (thread_cpu_ns() - start) as f64 / (rounds as f64 * 2048.0);
    println!("encode + wire + decode: {ns:.3} ns a symbol; the wire alone: {wire:.3} ns");
}

#[test]
#[ignore = "measures"]
fn a_millisecond_of_a_card_with_four_spans() {
    let pairs: [_; 4] = std::array::from_fn(|_| wire::pair(WireConfig::default()));
    let (ends, others): (Vec<_>, Vec<_>) = pairs.into_iter().map(|(a, b)| (Some(a), Some(b))).unzip();
    let [mut left, mut right] = [ends, others].map(|wires| Host::new(wires.try_into().expect("four wires")));
    for host in [&mut left, &mut right] {
        host.start();
        (0..4).for_each(|span| host.bring_up(span, true));
        let mut noise = Noise(3);
        for half in 0..2 {
            (0..4).for_each(|span| noise.fill(host, half, span));
        }
    }
    pass(&mut left, &mut right, 1000);
    assert!((0..4).all(|span| left.read(span, 0x4c) == 0 && right.read(span, 0x4c) == 0));
    let rounds = 10_000;
    let start = thread_cpu_ns();
    pass(&mut left, &mut right, rounds);
    let us = (thread_cpu_ns() - start) as f64 / (2.0 * rounds as f64 * 1000.0);
    println!("one card, four spans with CRC-4 and CAS: {us:.2} us a ms");
    let mut idle = Host::new([None, None, None, None]);
    idle.start();
    (0..4).for_each(|span| idle.bring_up(span, true));
    let start = thread_cpu_ns();
    for _ in 0..rounds {
        idle.tick();
    }
    let us = (thread_cpu_ns() - start) as f64 / (rounds as f64 * 1000.0);
    println!("one card, four spans without signal: {us:.2} us a ms");
}

#[test]
#[ignore = "measures"]
fn a_frame_of_a_plain_port() {
    let config = E1Config { crc4: CrcMode::On, cas: true, ..E1Config::default() };
    let (a, b) = wire::pair(WireConfig::default());
    let [mut left, mut right] = [a, b].map(|end| LinePort::new(end, LineCode::Hdb3, config));
    let mut noise = Noise(4);
    let frames: Vec<[u8; 32]> = (0..64).map(|_| std::array::from_fn(|_| noise.next() as u8)).collect();
    let rounds = 80_000;
    let start = thread_cpu_ns();
    for round in 0..rounds {
        left.exchange_frame(&frames[round % 64]);
        right.exchange_frame(&frames[(round + 7) % 64]);
    }
    let ns = (thread_cpu_ns() - start) as f64 / (2.0 * rounds as f64);
    println!("one plain port: {ns:.0} ns a frame, {:.2} us a ms", ns * 8.0 / 1000.0);
}
