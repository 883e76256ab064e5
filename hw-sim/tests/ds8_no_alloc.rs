//! Nothing of the octal card that the media thread reaches allocates or releases memory.
mod ds8_common;
use ds8_common::*;
use hw_sim::{Way, wire};
use tandem_rt::MediaLoop;
use tandem_rt::sys::{GuardedAlloc, ViolationPolicy};

#[global_allocator]
static ALLOC: GuardedAlloc = GuardedAlloc;

#[test]
fn a_card_in_all_its_troubles_allocates_nothing() {
    GuardedAlloc::set_policy(ViolationPolicy::Abort);
    for mode in [E1_CAS, ESF_CAS] {
        let mut config = wire_config(mode);
        config.a_to_b.error_rate = 1e-4;
        config.a_to_b.ppb = Some(40_000);
        let (a, b) = wire::pair(config);
        let control = a.control();
        let (mut left, mut right) = (Host::with_wire(a), Host::with_wire(b));
        let mut trace = left.card.trace(10);
        let mut media = MediaLoop::default();
        for ms in 0..3000 {
            media.run_tick(8, |_| {
                match ms {
                    0 => [&mut left, &mut right].into_iter().for_each(Host::start),
                    1 => left.bring_up(0, mode),
                    2 => right.bring_up(0, mode),
                    500 => control.cut_both(),
                    600 => control.repair_both(),
                    700 => right.bring_up(0, J1),
                    800 => right.bring_up(0, mode),
                    900 => right.write(0, 0x083, 0x02),
                    1000 => right.set(0x1002, 0x09),
                    1100 => left.write(0, 0x183, 0x32),
                    1200 => left.set_bridge(0x0000, 0),
                    1300 => left.set_bridge(0x0000, 0x0800),
                    1301 => left.bring_up(0, mode),
                    1400 => left.now += 40, // an underrun
                    1500 => left.start_ring(3),
                    1600 => assert!(control.flip(Way::AToB, left.now * 256)),
                    1700 => (0..40).for_each(|octet| left.write(0, 0x1b4, octet)),
                    1800 => [0x18a, 0x08a].into_iter().for_each(|offset| left.write(0, offset, 3)),
                    _ => {}
                }
                left.tick();
                right.tick();
                for offset in [0x090, 0x091, 0x093, 0x0b0, 0x0b6, 0x098, 0x040, 0x09f, 0x19f] {
                    left.take(0, offset);
                }
                while trace.pop().is_some() {}
            });
        }
    }
}
