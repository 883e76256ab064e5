//! Counters, signalling bits, slips, clocks and loops of the octal card, by register numbers.
mod ds8_common;
use ds8_common::*;
use hw_sim::{Ds8, Ds8Config, TimeBase, Way, WayConfig, WireConfig, wire};

/// MECU goes up: what was counted is in the registers.
fn latch(host: &mut Host) -> [u16; 4] {
    host.write(0, 0x086, 0x09);
    host.write(0, 0x086, 0x29);
    [0x050, 0x052, 0x054, 0x056].map(|offset| host.counter(0, offset))
}

#[test]
fn every_violation_is_counted_once() {
    for mode in [E1_CRC, E1_AMI, ESF, SF_AMI] {
        let (mut left, mut right, _) = joined(mode);
        let mut noise = Noise(5);
        latch(&mut right);
        for _ in 0..300 {
            noise.fill(&mut left);
            if mode.rcr1 & 0x40 == 0 {
                // AMI wants pulses.
                left.sends.iter_mut().for_each(|octet| *octet |= 0x81);
            }
            left.write(0, 0x183, mode.tcr3 | 0x02);
            left.write(0, 0x183, mode.tcr3);
            pass(&mut left, &mut right, 3);
        }
        pass(&mut left, &mut right, 5);
        right.write(0, 0x086, 0x08);
        right.write(0, 0x086, 0x28);
        let counted = right.counter(0, 0x050);
        assert_eq!(counted, 300, "{mode:?}");
        assert_eq!([0x052, 0x054].map(|offset| right.counter(0, offset)), [0; 2], "{mode:?}");
        assert_eq!(right.read(0, 0x0b0), 0);
    }
}

#[test]
fn hdb3_violations_in_substitutions_are_counted_exactly() {
    let (mut left, mut right, _) = joined(E1_CRC);
    (1..32).for_each(|slot| left.say(0, slot, 0x01));
    pass(&mut left, &mut right, 10);
    latch(&mut right);
    for _ in 0..100 {
        left.write(0, 0x183, 0x02);
        left.write(0, 0x183, 0x00);
        pass(&mut left, &mut right, 1);
    }
    pass(&mut left, &mut right, 5);
    assert_eq!(latch(&mut right), [100, 0, 0, 0]);
    assert_eq!(right.read(0, 0x093) & 2, 2, "TIMER");
}

#[test]
fn wrong_symbols_are_counted_as_what_they_spoil_and_reported_by_e_bits() {
    let (mut left, mut right, control) = joined(E1_CRC);
    latch(&mut right);
    latch(&mut left);
    // A symbol in the traffic of every tenth millisecond: a block each.
    for _ in 0..20 {
        assert!(control.flip(Way::AToB, (left.now + 16) * 256 + 1111));
        pass(&mut left, &mut right, 10);
    }
    assert_eq!(latch(&mut right)[1..3], [20, 0]);
    assert_eq!(latch(&mut left), [0, 0, 0, 20]);
    right.write(0, 0x182, 0x20); // no AEBE: E bits stay 1
    latch(&mut left);
    assert!(control.flip(Way::AToB, (left.now + 16) * 256 + 1111));
    pass(&mut left, &mut right, 10);
    assert_eq!((latch(&mut right)[1], latch(&mut left)[3]), (1, 0));
}

#[test]
fn t1_framing_bits_and_blocks_are_counted_and_superframes_out_of_frame() {
    for (mode, counted) in [(ESF, [1, 1]), (J1, [1, 1]), (SF, [1, 1])] {
        let (mut left, mut right, control) = joined(mode);
        latch(&mut right);
        right.clear(0);
        let mut framing = 0;
        // Bits 193 n + 7 are F bits on the line of B8ZS; every third frame, so ESF meets a framing bit in four.
        for number in 0..8 {
            let frame = left.now + 16 + number % 4 * 3;
            assert!(control.flip(Way::AToB, frame * 193 + 7));
            pass(&mut left, &mut right, 40);
            framing = latch(&mut right)[2];
            if framing > 0 {
                break;
            }
        }
        assert_eq!(framing, counted[1], "{mode:?}");
        assert_eq!(right.take(0, 0x091) & 0x05, 0x01, "{mode:?} FBE, no SEFE");
        right.write(0, 0x086, 0x0a); // superframes out of frame
        right.write(0, 0x086, 0x2a);
        right.write(0, 0x086, 0x0a);
        control.cut(Way::AToB);
        pass(&mut left, &mut right, 151);
        right.write(0, 0x086, 0x2a);
        let out = right.counter(0, 0x054);
        let wanted = if mode.rcr1 & 0x20 != 0 { 95..=101 } else { 47..=51 };
        assert!(wanted.contains(&out), "{mode:?} {out}");
        assert_eq!(right.take(0, 0x091) & 0x04, 0x04, "{mode:?} SEFE");
    }
}

#[test]
fn counters_are_latched_by_the_second_by_blocks_by_span_0_and_together() {
    let mut host = Host::new([const { None }; 8]);
    host.start();
    for (span, ercnt) in [(0, 0x00), (1, 0x10), (2, 0x80), (3, 0x48), (4, 0x08)] {
        host.bring_up(span, if span == 4 { ESF } else { E1 });
        host.write(span, 0x086, ercnt);
        host.write(span, 0x090, 0xff);
    }
    let (mut seconds, mut timers) = ([0; 5], [0; 5]);
    for _ in 0..3100 {
        host.tick();
        for span in 0..5 {
            let bits = host.take(span, 0x093);
            seconds[span] += u32::from(bits >> 2 & 1);
            timers[span] += u32::from(bits >> 1 & 1);
        }
    }
    assert!([0, 4].iter().all(|span| host.read(*span, 0x190) & 0xe0 == 0), "nothing slips without a wire");
    assert_eq!(seconds, [3; 5]);
    assert_eq!(timers, [3, 49, 3, 0, 0], "a second, 500 frames, by span 0, by hand, by hand");
    host.set(0x0f0, 0x02);
    host.write(4, 0x086, 0x28);
    let timers = [3, 4].map(|span| host.take(span, 0x093) >> 1 & 1);
    assert_eq!(timers, [1, 1]);
    host.set(0x0f0, 0x00);
    host.write(3, 0x086, 0x68);
    assert_eq!(host.take(3, 0x093) & 2, 0, "MECU does nothing where GCLE does it");
}

#[test]
fn a_counter_stops_at_its_highest_value_and_stands_still_out_of_frame() {
    let noisy = WayConfig { error_rate: 0.2, seed: 4, ..WayConfig::default() };
    let (mut left, mut right, _) = joined_by(E1_CRC, WireConfig { a_to_b: noisy, ..WireConfig::default() });
    latch(&mut right);
    pass(&mut left, &mut right, 2000);
    let counted = latch(&mut right);
    assert_eq!(counted[0], 0xffff);
    assert!(counted[1] < 200, "{counted:?}");
    let again = latch(&mut right);
    assert_eq!(again[0], 0, "the latch clears what runs");
}

#[test]
fn thirty_e1_channels_signal_both_ways_and_tell_their_changes() {
    let (mut left, mut right, _) = joined(E1_CAS);
    right.write(0, 0x0a9, 0x00);
    (0x0a8..0x0ac).zip([0xfe, 0xff, 0xfe, 0xff]).for_each(|(offset, value)| right.write(0, offset, value));
    for code in 1..16_u8 {
        for n in 1..16 {
            let (high, low) = ((code + n - 1) % 15 + 1, (code + n) % 16);
            left.write(0, 0x140 + usize::from(n), high << 4 | low);
        }
        pass(&mut left, &mut right, 8);
        for n in 1..16 {
            let (high, low) = ((code + n - 1) % 15 + 1, (code + n) % 16);
            assert_eq!(right.read(0, 0x040 + usize::from(n)), high << 4 | low, "{code} {n}");
        }
        assert_eq!(right.take(0, 0x093) & 0x09, 0x09, "RSCOS, RMF");
        let changed = [0x098, 0x099, 0x09a, 0x09b].map(|offset| right.take(0, offset));
        assert!(code == 1 || changed == [0xfe, 0xff, 0xfe, 0xff], "{changed:x?}");
    }
    let octet = right.read(0, 0x045);
    left.write(0, 0x145, octet ^ 0x11); // telephone channels 5 and 20
    pass(&mut left, &mut right, 8);
    let changed = [0x098, 0x099, 0x09a, 0x09b].map(|offset| right.read(0, offset));
    assert_eq!(changed, [0x20, 0x00, 0x20, 0x00], "numbers 6 and 22");
    left.write(0, 0x140, 0x0f);
    right.clear(0);
    pass(&mut left, &mut right, 8);
    assert_eq!(
        (right.read(0, 0x09a), right.read(0, 0x093) & 8),
        (0x01, 0),
        "bit y is number 17, not watched"
    );
    assert_eq!(left.read(0, 0x190) & 4, 4, "TMF");
}

#[test]
fn twenty_four_t1_channels_signal_both_ways() {
    for (mode, sf) in [(ESF_CAS, false), (SF_CAS, true)] {
        let (mut left, mut right, _) = joined(mode);
        (0x0a8..0x0ab).for_each(|offset| right.write(0, offset, 0xff));
        for code in 0..16_u8 {
            for n in 0..12 {
                left.write(0, 0x140 + usize::from(n), (((code + n) % 16) << 4) | ((code + n + 5) % 16));
            }
            pass(&mut left, &mut right, 10);
            let as_read = |bits: u8| if sf { bits & 0xc | bits >> 2 } else { bits };
            for n in 0..12 {
                let wanted = (as_read((code + n) % 16) << 4) | as_read((code + n + 5) % 16);
                assert_eq!(right.read(0, 0x040 + usize::from(n)), wanted, "{mode:?} {code} {n}");
            }
        }
        right.clear(0);
        let octet = left.read(0, 0x140);
        left.write(0, 0x140, octet ^ 0x44);
        pass(&mut left, &mut right, 10);
        assert_eq!([0x098, 0x099].map(|offset| right.read(0, offset)), [0x01, 0x10], "channels 1 and 13");
        assert_eq!(right.read(0, 0x093) & 0x09, 0x09);
        left.write(0, 0x118, 0xfe); // channel 1 is not robbed
        left.say(0, 1, 0xff);
        pass(&mut left, &mut right, 20);
        assert_eq!(right.read(0, 0x040) >> 4, 0x0f);
        assert_eq!(right.hears(0, 1), [0xff; 8]);
    }
}

#[test]
fn signalling_stays_while_its_multiframe_is_lost() {
    let (mut left, mut right, control) = joined(E1_CAS);
    left.write(0, 0x142, 0x5a);
    pass(&mut left, &mut right, 10);
    right.clear(0);
    control.cut(Way::AToB);
    pass(&mut left, &mut right, 20);
    control.repair(Way::AToB);
    left.write(0, 0x181, 0x05);
    pass(&mut left, &mut right, 30);
    assert_eq!((right.read(0, 0x042), right.read(0, 0x098), right.read(0, 0x093) & 8), (0x5a, 0, 0));
}

#[test]
fn sa_bits_go_frame_by_frame_and_multiframe_by_multiframe() {
    let (mut left, mut right, _) = joined(E1_CRC);
    left.write(0, 0x165, 0x4a);
    pass(&mut left, &mut right, 10);
    assert_eq!((right.read(0, 0x065) & 0x7f, right.read(0, 0x064) & 0x7f), (0x4a, 0x1b));
    assert_eq!(
        [0x069, 0x06a, 0x06b, 0x06c, 0x06d].map(|offset| right.read(0, offset)),
        [0, 0xff, 0, 0xff, 0]
    );
    for (number, octet) in [0x01, 0x80, 0x3c, 0x5e, 0x96].into_iter().enumerate() {
        left.write(0, 0x169 + number, octet);
    }
    left.write(0, 0x114, 0x1f);
    pass(&mut left, &mut right, 10);
    let received = [0x069, 0x06a, 0x06b, 0x06c, 0x06d].map(|offset| right.read(0, offset));
    assert_eq!(received, [0x01, 0x80, 0x3c, 0x5e, 0x96]);
    assert_eq!(right.take(0, 0x091) & 0x03, 0x03, "RCMF, RAF");
    left.write(0, 0x165, 0x60);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x0b0), 0x08, "bit A");
    left.write(0, 0x164, 0x1a);
    pass(&mut left, &mut right, 10);
    assert_eq!((right.read(0, 0x0b0), right.read(0, 0x091) & 0x10), (0x01, 0x10), "no frame is sent");
}

#[test]
fn clocks_apart_slip_with_their_sign() {
    for (mode, ppb, bit) in
        [(E1_CRC, 50_000, 0x80), (E1_CRC, -50_000, 0x40), (ESF, 100_000, 0x80), (ESF, -100_000, 0x40)]
    {
        let mut config = wire_config(mode);
        config.a_to_b.ppb = Some(ppb);
        let (mut left, mut right, _) = joined_by(mode, config);
        let (mut slips, mut own) = (0, 0);
        for _ in 0..20_000 {
            pass(&mut left, &mut right, 1);
            let bits = right.take(0, 0x093) & 0xe0;
            assert!(bits == 0 || bits == bit | 0x20, "{bits:#x}");
            slips += u32::from(bits != 0);
            let bits = left.take(0, 0x190) & 0xe0;
            let opposite = if bit == 0x80 { 0x40 } else { 0x80 };
            assert!(bits == 0 || bits == opposite | 0x20, "the transmit store of the faster line runs empty");
            own += u32::from(bits != 0);
        }
        // Every 125 / p seconds, and 20 of them.
        let wanted = (20 * i64::abs(ppb) / 125_000) as u32;
        assert!(
            slips.abs_diff(wanted) <= 1 && own.abs_diff(wanted) <= 1,
            "{mode:?} {ppb}: {slips} {own} {wanted}"
        );
        assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0, 0));
    }
}

#[test]
fn a_loop_timed_line_slips_nowhere_and_a_master_timed_one_by_the_oscillator() {
    let base = TimeBase::default();
    let mut config = WireConfig { time_base: base.clone(), ..wire_config(E1_CRC) };
    config.b_to_a.ppb = Some(30_000);
    let (mut left, mut right, control) = joined_by(E1_CRC, config);
    left.write(0, 0x183, 0x30);
    pass(&mut left, &mut right, 100);
    left.clear(0);
    right.clear(0);
    pass(&mut left, &mut right, 12_000);
    assert!(left.read(0, 0x093) & 0x40 == 0 && left.read(0, 0x093) & 0x80 != 0, "the far end is faster");
    assert_eq!(left.read(0, 0x190) & 0xe0, 0x60, "and so is what is sent to it");
    assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0, 0));
    left.write(0, 0x183, 0x00);
    pass(&mut left, &mut right, 100);
    left.clear(0);
    right.clear(0);
    pass(&mut left, &mut right, 10_000);
    assert_eq!((left.read(0, 0x190) & 0xe0, right.read(0, 0x093) & 0xe0), (0, 0));
    assert_eq!(control.counters(Way::AToB).overrun, 0);
}

#[test]
fn the_system_clock_follows_a_span_and_falls_back_to_the_oscillator() {
    let base = TimeBase::default();
    let way = WayConfig { ppb: Some(-20_000), ..WayConfig::default() };
    let (a, b) = wire::pair(WireConfig { time_base: base.clone(), b_to_a: way, ..WireConfig::default() });
    let control = a.control();
    let mut wires = [const { None }; 8];
    wires[3] = Some(a);
    let config = Ds8Config { time_base: base.clone(), oscillator_ppb: 7_000, ..Ds8Config::default() };
    let mut left = Host::of(Ds8::new(config, wires));
    let mut far = Host::with_wire(b);
    assert_eq!(base.ppb(), 7_000);
    for (host, span) in [(&mut left, 3), (&mut far, 0)] {
        host.start();
        host.bring_up(span, E1_CRC);
    }
    pass(&mut left, &mut far, 50);
    left.set(0x0f3, 0x30);
    left.set_bridge(0x2004, 0x06);
    pass(&mut left, &mut far, 5);
    assert_eq!(base.ppb(), 7_000, "DMA runs: the change is lost");
    left.set_bridge(0x2004, 0x00);
    pass(&mut left, &mut far, 2);
    left.set_bridge(0x2004, 0x02);
    pass(&mut left, &mut far, 5);
    assert_eq!(base.ppb(), -20_000);
    left.set_bridge(0x2004, 0x06);
    pass(&mut left, &mut far, 5);
    left.set(0x0f3, 0x80);
    pass(&mut left, &mut far, 5);
    assert_eq!(base.ppb(), 7_000, "the master clock, and DMA runs");
    left.set(0x0f3, 0x30);
    pass(&mut left, &mut far, 5);
    assert_eq!(base.ppb(), -20_000, "the reference may be changed while it does");
    control.cut(Way::BToA);
    pass(&mut left, &mut far, 5);
    assert_eq!(base.ppb(), 7_000, "no signal");
    control.repair(Way::BToA);
    pass(&mut left, &mut far, 20);
    assert_eq!(base.ppb(), -20_000, "it returns by itself");
    left.set(0x0f3, 0x38);
    pass(&mut left, &mut far, 2);
    assert_eq!(base.ppb(), 7_000, "an E1 is no reference of 1.544 MHz");
    left.set(0x0f3, 0x34);
    pass(&mut left, &mut far, 5);
    assert_eq!(far.read(0, 0x0b0) & 2, 2, "a wrong master clock stops all spans");
}

#[test]
fn loops_return_what_they_should() {
    for mode in [E1_CRC, ESF] {
        let (mut left, mut right, _) = joined(mode);
        left.say(0, 9, 0x11);
        right.say(0, 9, 0x23);
        let heard = |left: &mut Host, right: &mut Host, text: &str| {
            pass(left, right, 80);
            assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0, 0), "{mode:?} {text}");
            (left.hears(0, 9)[0], right.hears(0, 9)[0])
        };
        assert_eq!(heard(&mut left, &mut right, "none"), (0x23, 0x11));
        right.write(0, 0x083, 0x02);
        assert_eq!(heard(&mut left, &mut right, "PLB"), (0x11, 0x11));
        right.write(0, 0x083, 0x00);
        right.set(0x1002, 0x09);
        assert_eq!(heard(&mut left, &mut right, "RLB"), (0x11, 0x11));
        right.set(0x1002, 0x29);
        assert_eq!(heard(&mut left, &mut right, "dual"), (0x11, 0x23));
        right.set(0x1002, 0x21);
        assert_eq!(heard(&mut left, &mut right, "LLB"), (0x23, 0x23));
        right.set(0x1002, 0x11);
        assert_eq!(heard(&mut left, &mut right, "ALB"), (0x23, 0x23));
        right.set(0x1002, 0x01);
        assert_eq!(heard(&mut left, &mut right, "none"), (0x23, 0x11));
        right.write(0, 0x083, 0x01);
        pass(&mut left, &mut right, 60);
        assert_eq!((right.read(0, 0x0b0), right.hears(0, 9)[0]), (0, 0x23), "{mode:?} FLB");
        let far = if mode.e1 { 0x00 } else { 0x05 };
        assert_eq!(left.read(0, 0x0b0), far, "{mode:?} the line is the framer's, or ones in T1");
    }
}

#[test]
fn idle_codes_stores_and_power_do_what_they_say() {
    for (mode, first) in [(E1_CRC, 0), (ESF, 1)] {
        let (mut left, mut right, _) = joined(mode);
        (1..25).for_each(|slot| left.say(0, slot, 0x77));
        left.write(0, 0x120 + 9 - first, 0x5d);
        left.write(0, 0x150 + (9 - first) / 8, 1 << ((9 - first) % 8));
        right.write(0, 0x020 + 11 - first, 0xd5);
        right.write(0, 0x0d0 + (11 - first) / 8, 1 << ((11 - first) % 8));
        pass(&mut left, &mut right, 10);
        assert_eq!([9, 10, 11].map(|slot| right.hears(0, slot)[0]), [0x5d, 0x77, 0xd5], "{mode:?}");
        right.write(0, 0x085, 0);
        left.write(0, 0x185, 0);
        pass(&mut left, &mut right, 10);
        assert_eq!(right.hears(0, 11), [0xff; 8]);
        right.write(0, 0x085, 1);
        pass(&mut left, &mut right, 10);
        assert_eq!([9, 10, 11].map(|slot| right.hears(0, slot)[0]), [0x5d, 0xff, 0xd5]);
        for lmcr in [0x05, 0x00] {
            left.set(0x1002, lmcr);
            pass(&mut left, &mut right, 10);
            assert_eq!(right.read(0, 0x0b0), 0x03, "no pulses are sent");
        }
        left.set(0x1002, 0x01);
        right.set(0x1002, 0x03);
        pass(&mut left, &mut right, 10);
        assert_eq!(right.read(0, 0x0b0), 0x03, "the receiver has no power");
        assert_eq!((right.get(0x1003), right.get(0x1023)), (0x01, 0x03), "span 1 has no wire");
    }
}

#[test]
fn equal_clocks_never_slip_whatever_the_delay() {
    for (mode, delay) in [(E1_CRC, 2049), (E1_CRC, 5003), (ESF, 1544), (ESF, 2049), (SF, 3001)] {
        let mut config = wire_config(mode);
        (config.a_to_b.delay, config.b_to_a.delay) = (delay, delay + 77);
        let (mut left, mut right, control) = joined_by(mode, config);
        pass(&mut left, &mut right, 5000);
        for host in [&mut left, &mut right] {
            let slips = (host.read(0, 0x093) | host.read(0, 0x190)) & 0xe0;
            assert_eq!((slips, host.read(0, 0x090), host.read(0, 0x0b0)), (0, 0, 0), "{mode:?} {delay}");
        }
        assert_eq!(control.counters(Way::AToB).starved + control.counters(Way::BToA).starved, 0);
    }
}
