//! Nothing that the media thread reaches allocates or releases memory.
mod common;
use common::Host;
use hw_sim::{BitPort, LinePort, Way, WayConfig, WireConfig, wire};
use tandem_card::LineIo;
use tandem_line::{E1Config, LineCode};
use tandem_rt::MediaLoop;
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};

#[global_allocator]
static ALLOC: GuardedAlloc = GuardedAlloc;

#[test]
fn a_card_in_all_its_troubles_allocates_nothing() {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let noisy = WayConfig { delay: 2049, error_rate: 1e-3, seed: 1, ..WayConfig::default() };
    let (a, b) = wire::pair(WireConfig { a_to_b: noisy, ..WireConfig::default() });
    let control = a.control();
    let (mut left, mut right) = (Host::with_wire(a), Host::with_wire(b));
    let mut trace = left.card.trace(10);
    let mut media = MediaLoop::default();
    for ms in 0..3000 {
        media.run_tick(8, |_| {
            match ms {
                0 => [&mut left, &mut right].into_iter().for_each(Host::start),
                1 => left.bring_up(0, true),
                2 => right.bring_up(0, true),
                500 => control.cut_both(),
                600 => control.repair_both(),
                700 => left.write(0, 0x1c, 0xa0),
                800 => left.write(0, 0x21, 0x1c),
                1500 => left.write(0, 0x1b, 0xff),
                1600 => assert!(control.flip(Way::AToB, left.now * 256)),
                _ => {}
            }
            left.tick();
            right.tick();
            for reg in [0x4c, 0x4d, 0x68, 0x6a, 0x6b, 0x6f, 0x70] {
                left.read(0, reg);
            }
            while trace.pop().is_some() {}
        });
    }
}

#[test]
fn ports_allocate_nothing() {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    let (a, b) = wire::pair(WireConfig::with_delay(256));
    let mut bits = BitPort::new([Some(a)]);
    bits.start().expect("starts");
    let mut peer = LinePort::new(b, LineCode::Hdb3, E1Config { cas: true, ..E1Config::default() });
    let mut media = MediaLoop::default();
    for _ in 0..4000 {
        media.run_tick(1, |tick| {
            let mut words = [0; 6];
            bits.service(tick);
            let (count, _) = bits.receive(tick, 0, &mut words);
            bits.transmit(tick, 0, &words[..count]);
            peer.exchange_frame(&[0x3c; 32]);
            peer.changes().for_each(drop);
        });
    }
}
