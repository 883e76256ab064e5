//! The octal card from reset to traffic, by register numbers.
mod ds8_common;
use ds8_common::*;
use hw_sim::{ChipWrite, LinePort, wire};
use tandem_line::{CrcMode, E1Config, Framing, LineCode, T1Config, T1Framing};

#[test]
fn the_bridge_shows_its_version_and_keeps_its_words() {
    let mut host = Host::new([const { None }; 8]);
    assert_eq!(host.bridge(0x2024), 0x0001_0008);
    assert_eq!(host.bridge(0x2004), 0x20, "authenticated, and nothing runs");
    assert_eq!(host.bridge(0x0004), 0xffff_ffff);
    host.set_bridge(0x0000, 0xffff_ffff);
    assert_eq!(host.bridge(0x0000), 0, "GPO_TRI keeps writes out");
    host.set_bridge(0x0004, 0);
    host.set_bridge(0x0000, 0x0003_0800);
    assert_eq!((host.bridge(0x0000), host.card.led(0), host.card.led(1)), (0x0003_0800, 3, 0));
    for (offset, value) in [(0x0308, 0x2b), (0x031c, 3), (0x2000, 0x1230), (0x2010, 0x800), (0x2018, 0x10)] {
        host.set_bridge(offset, value);
        assert_eq!(host.bridge(offset), value, "{offset:#x}");
    }
    for offset in [0x0008, 0x0304, 0x200c, 0x8000, 0x18000, 0xffff_fffc] {
        host.set_bridge(offset, 0xffff_ffff);
        assert_eq!(host.bridge(offset), 0, "{offset:#x}");
    }
}

#[test]
fn the_chip_stays_in_reset_until_it_is_let_out() {
    let mut host = Host::new([const { None }; 8]);
    host.set(0x081, 0x6c);
    assert_eq!((host.get(0x0f8), host.get(0x081)), (0, 0));
    host.set_bridge(0x0004, 0);
    host.set_bridge(0x0000, 0x0800);
    assert_eq!((host.get(0x0f8), host.get(0x081)), (0x58, 0));
    assert_eq!((host.get(0x164), host.get(0x165), host.get(0x0b0)), (0x1b, 0x40, 0x01));
    host.set(0x281, 0x6c);
    assert_eq!((host.get(0x081), host.get(0x281)), (0, 0x6c));
    host.set_bridge(0x0000, 0);
    assert_eq!(host.get(0x281), 0);
    host.set_bridge(0x0000, 0x0800);
    assert_eq!(host.get(0x281), 0);
}

#[test]
fn resets_by_level_hold_the_registers_of_their_part() {
    let mut host = Host::new([const { None }; 8]);
    host.start();
    for address in [0x281, 0x381, 0x1022, 0x1115] {
        host.set(address, 0x05);
        assert_eq!(host.get(address), 0x05);
    }
    host.set(0x280, 0x02);
    host.set(0x281, 0x05);
    assert_eq!((host.get(0x281), host.get(0x381)), (0, 0x05), "SFTRST of the receive side");
    host.set(0x280, 0x00);
    host.set(0x281, 0x05);
    assert_eq!(host.get(0x281), 0x05);
    host.set(0x0f6, 0x02);
    host.set(0x381, 0x05);
    assert_eq!([0x281, 0x381, 0x1022, 0x1115].map(|address| host.get(address)), [0, 0, 0x05, 0]);
    host.set(0x0f5, 0x02);
    assert_eq!(host.get(0x1022), 0);
    host.set(0x0f5, 0);
    host.set(0x0f6, 0);
    assert_eq!((host.get(0x365), host.get(0x380)), (0x40, 0));
}

#[test]
fn a_bulk_write_reaches_all_spans_and_a_trace_tells_it_once() {
    let mut host = Host::new([const { None }; 8]);
    host.start();
    let mut trace = host.card.trace(2);
    host.set(0x0f0, 0x04);
    host.set(0x620 + 0x61, 0x68);
    host.set(0x1042, 0x10);
    assert!((0..8).all(|span| host.read(span, 0x081) == 0x68 && host.get(0x1002 + 0x20 * span) == 0x10));
    assert_eq!(trace.pop(), Some(ChipWrite { address: 0x0f0, value: 0x04 }));
    assert_eq!(trace.pop(), Some(ChipWrite { address: 0x681, value: 0x68 }));
    assert_eq!(trace.pop(), None, "there was room for two");
}

#[test]
fn two_cards_align_in_every_mode_and_carry_octets() {
    for mode in [E1, E1_CRC, E1_CAS, E1_AMI, SF, ESF, J1, SF_AMI, ESF_CAS, SF_CAS] {
        let (mut left, mut right, control) = joined(mode);
        let mut noise = Noise(1);
        for _ in 0..300 {
            noise.fill(&mut left);
            (1..25).for_each(|slot| left.say(0, slot, 0x40 + slot as u8 * 2 + 1));
            left.say(0, 3, 0x5b);
            left.tick();
            right.tick();
        }
        let clear = if mode.e1 { 32 } else { 25 };
        for slot in (1..clear).filter(|slot| *slot != 16) {
            if slot < 25 && slot != 3 && mode.tcr1 & 0x10 == 0 {
                assert_eq!(right.hears(0, slot), [0x41 + slot as u8 * 2; 8], "{mode:?} {slot}");
            }
        }
        assert_eq!([0x0b0, 0x0b2].map(|offset| left.read(0, offset)), [0; 2], "{mode:?}");
        assert_eq!([0x0b0, 0x0b2].map(|offset| right.read(0, offset)), [0; 2], "{mode:?}");
        assert_eq!(right.read(0, 0x090), 0, "{mode:?} nothing came or went");
        assert_eq!(right.read(0, 0x093) & 0xe0, 0, "{mode:?} no slip");
        assert_eq!(right.hears(0, 0) == [0xff; 8], !mode.e1, "{mode:?}");
        assert!(mode.e1 || right.hears(0, 25) == [0xff; 8], "{mode:?}");
        right.write(0, 0x086, 0x08);
        right.write(0, 0x086, 0x28);
        let counted = [0x050, 0x052, 0x054, 0x056].map(|offset| right.counter(0, offset));
        right.write(0, 0x086, 0x08);
        right.write(0, 0x086, 0x28);
        pass(&mut left, &mut right, 500);
        right.write(0, 0x086, 0x08);
        right.write(0, 0x086, 0x28);
        assert_eq!(
            [0x050, 0x052, 0x054, 0x056].map(|offset| right.counter(0, offset)),
            [0; 4],
            "{mode:?} {counted:?}"
        );
        assert_eq!(control.counters(hw_sim::Way::AToB), hw_sim::WireCounters::default());
    }
}

#[test]
fn a_plain_terminal_at_the_far_end_aligns_in_every_mode() {
    let e1 = |crc4, cas| Framing::E1(E1Config { crc4, cas, nfas_loss: false });
    let t1 = |framing, cas| Framing::T1(T1Config { framing, cas });
    for (mode, framing, code) in [
        (E1, e1(CrcMode::Off, false), LineCode::Hdb3),
        (E1_CRC, e1(CrcMode::On, false), LineCode::Hdb3),
        (E1_CAS, e1(CrcMode::Auto, true), LineCode::Hdb3),
        (E1_AMI, e1(CrcMode::On, false), LineCode::Ami),
        (SF, t1(T1Framing::Sf, false), LineCode::B8zs),
        (SF_AMI, t1(T1Framing::Sf, false), LineCode::Ami),
        (SF_CAS, t1(T1Framing::Sf, true), LineCode::B8zs),
        (ESF, t1(T1Framing::Esf, false), LineCode::B8zs),
        (ESF_CAS, t1(T1Framing::Esf, true), LineCode::B8zs),
        (J1, t1(T1Framing::J1Esf, false), LineCode::B8zs),
        (J1_SF, t1(T1Framing::J1Sf, false), LineCode::B8zs),
    ] {
        let (a, b) = wire::pair(wire_config(mode));
        let (mut host, mut port) = (Host::with_wire(a), LinePort::new(b, code, framing));
        host.start();
        host.bring_up(0, mode);
        let mut noise = Noise(7);
        let mut heard = [0; 32];
        for _ in 0..2500 {
            noise.fill(&mut host);
            host.say(0, 7, 0xa7);
            host.tick();
            for _ in 0..8 {
                let mut slots: [u8; 32] = std::array::from_fn(|_| noise.next() as u8 | 1);
                slots[9] = 0x3d;
                heard = port.exchange_frame(&slots).copied().unwrap_or([0; 32]);
            }
        }
        assert_eq!(host.read(0, 0x0b0), 0, "{mode:?}");
        assert!(port.defects().is_empty(), "{mode:?} {:?}", port.defects());
        assert_eq!(heard[7] & !1, 0xa6, "{mode:?}");
        assert!(host.hears(0, 9).iter().all(|octet| octet | 1 == 0x3d), "{mode:?} {:x?}", host.hears(0, 9));
        let counted = port.counters();
        assert!(counted.crc_errors + counted.framing_errors < 10, "{mode:?} {counted:?}");
    }
}

#[test]
fn before_init_done_nothing_is_searched_latched_or_heard() {
    let (mut left, mut right, _) = joined(E1_CRC);
    right.write(0, 0x080, 0x81);
    pass(&mut left, &mut right, 30);
    assert_eq!((right.read(0, 0x0b0), right.read(0, 0x062)), (0x01, 0x00));
    assert_eq!([0x090, 0x091, 0x093].map(|offset| right.read(0, offset)), [0; 3]);
    assert_eq!(right.hears(0, 5), [0xff; 8]);
    left.write(0, 0x180, 0x01); // framer off: ones
    pass(&mut left, &mut right, 10);
    right.write(0, 0x080, 0xc1);
    pass(&mut left, &mut right, 30);
    assert_eq!(right.read(0, 0x0b0), 0x05, "ones");
    left.write(0, 0x180, 0xc1);
    pass(&mut left, &mut right, 30);
    assert_eq!(right.read(0, 0x0b0), 0x00);
    assert_eq!(right.read(0, 0x090), 0x44 | 0x10, "ones came and went; alignment was found");
}

#[test]
fn a_line_interface_of_another_rate_is_silent_and_deaf() {
    let (mut left, mut right, _) = joined(E1_CRC);
    left.set(0x1000, 0x02);
    pass(&mut left, &mut right, 10);
    assert_eq!((left.read(0, 0x0b0) & 3, right.read(0, 0x0b0) & 3), (3, 3));
    left.set(0x1000, 0x00);
    pass(&mut left, &mut right, 30);
    assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0, 0));
}
