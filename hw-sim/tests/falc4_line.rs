//! Alarms, signalling, interrupts and counters of the card, by register numbers.
mod common;
use common::{Host, Noise, joined, pass};
use hw_sim::{LinePort, Way, WayConfig, WireConfig};
use tandem_card::Bus;
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_line::{CrcMode, E1Config, LineCode};
use tandem_types::FrameTime;

#[test]
fn a_cut_is_loss_of_signal_here_and_remote_alarm_at_the_far_end() {
    let (mut left, mut right, control) = joined(WireConfig::default(), false);
    left.read(0, 0x6a);
    control.cut(Way::AToB);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x4c) & 0xa0, 0xa0, "LOS and LFA");
    assert_eq!(left.read(0, 0x4c), 0x10, "RRA, nothing else");
    assert_eq!(left.read(0, 0x6a) & 0x03, 0x01, "remote alarm appeared");
    control.repair(Way::AToB);
    pass(&mut left, &mut right, 30);
    assert_eq!((left.read(0, 0x4c), right.read(0, 0x4c)), (0, 0));
    assert_eq!(left.read(0, 0x6a) & 0x03, 0x02, "remote alarm went away");
    assert_eq!(right.read(0, 0x6a) & 0xe4, 0xe4, "LOS, LFA, recovery of both alignments");
}

#[test]
fn a_scheduled_cut_begins_and_ends_on_its_frames() {
    let (mut left, mut right, control) = joined(WireConfig::with_delay(2048), false);
    let sent = left.now;
    control.schedule_cut(Way::AToB, FrameTime(sent + 80), FrameTime(sent + 160));
    let mut lost_at = Vec::new();
    for ms in 0..60 {
        pass(&mut left, &mut right, 1);
        if right.read(0, 0x4c) & 0x80 != 0 {
            lost_at.push(ms);
        }
    }
    assert_eq!(lost_at, (11..21).collect::<Vec<_>>(), "10 ms, 1 ms of delay later");
}

#[test]
fn an_unconnected_span_has_no_signal_and_no_alignment() {
    let mut host = Host::new([None, None, None, None]);
    host.start();
    host.bring_up(2, false);
    host.tick();
    assert_eq!(host.read(2, 0x4c) & 0xa0, 0xa0);
    for half in 0..2 {
        host.tick();
        assert_eq!(host.received(half, 2, 5), [0xff; 8], "the highway carries ones");
    }
}

#[test]
fn ones_on_the_line_are_ais_at_the_far_end() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    left.write(0, 0x1d, 0x4d);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x4c) & 0xe0, 0x60, "AIS and LFA, no LOS");
    assert_eq!(right.read(0, 0x6a) & 0x48, 0x48);
}

#[test]
fn remote_alarm_is_sent_on_command() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    left.write(0, 0x20, 0xbf);
    pass(&mut left, &mut right, 5);
    assert_eq!(right.read(0, 0x4c), 0x10);
    left.write(0, 0x20, 0x9f);
    pass(&mut left, &mut right, 5);
    assert_eq!(right.read(0, 0x4c), 0x00);
}

#[test]
fn signalling_written_to_xs_is_read_from_rs_at_the_far_end_with_an_interrupt() {
    let (mut left, mut right, _) = joined(WireConfig::default(), true);
    assert_eq!(right.read(0, 0x4d), 0);
    assert_eq!(right.read(0, 0x70), 0x0b);
    assert!((0x71..0x80).all(|reg| right.read(0, reg) == 0x99));
    for reg in 0x68..0x6d {
        right.read(0, reg);
    }
    assert_eq!(right.card.read32(4) & 1, 0, "no framer interrupt is pending");
    left.write(0, 0x75, 0x5e);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x75), 0x5e, "channel 5 and channel 20");
    assert_eq!(right.read(0, 0x74), 0x99);
    assert_eq!(right.card.read32(4) & 1, 1);
    assert!(right.card.interrupt(FrameTime(right.now)));
    assert_eq!(right.read(3, 0x6f), 0x01, "span 0, as seen from any span");
    assert_eq!(right.read(0, 0x6e) & 0x01, 0x01, "ISR0");
    assert_eq!(right.read(0, 0x68), 0x08, "CASC");
    assert_eq!(right.read(0, 0x68), 0x00, "cleared on read");
    assert_eq!((right.read(0, 0x6e), right.read(0, 0x6f)), (0, 0));
    assert!(!right.card.interrupt(FrameTime(right.now)));
}

#[test]
fn bit_y_and_loss_of_the_cas_multiframe_show_in_frs1() {
    let (mut left, mut right, _) = joined(WireConfig::default(), true);
    left.write(0, 0x70, 0x0f);
    pass(&mut left, &mut right, 20);
    assert_eq!(right.read(0, 0x4d), 0x40);
    assert_eq!(right.read(0, 0x70), 0x0f);
    left.write(0, 0x21, 0x1c); // timeslot 16 from the highway: zeros
    pass(&mut left, &mut right, 20);
    assert_eq!(right.read(0, 0x4d), 0x08);
    assert_eq!(right.read(0, 0x7f), 0x99, "the bits stay as they were");
    assert_eq!(right.read(0, 0x6b) & 0x20, 0x20);
}

#[test]
fn masked_interrupts_neither_show_nor_pull_the_line() {
    let (mut left, mut right, control) = joined(WireConfig::default(), false);
    for reg in 0x14..0x19 {
        right.write(0, reg, 0xff);
        right.read(0, reg + 0x54);
    }
    control.cut_both();
    pass(&mut left, &mut right, 10);
    assert_eq!((right.read(0, 0x6e), right.read(0, 0x6f), right.card.read32(4) & 3), (0, 0, 0));
    assert_eq!(right.read(0, 0x6a), 0);
    right.write(0, 0x46, 0x80); // GCR.VIS
    control.repair_both();
    pass(&mut left, &mut right, 30);
    assert_eq!(right.read(0, 0x6e), 0);
    assert_eq!(right.read(0, 0x6a) & 0x80, 0x80, "alignment recovered");
}

#[test]
fn ami_and_double_frame_work_as_well() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    for host in [&mut left, &mut right] {
        for (reg, value) in [(0x1c, 0xa0), (0x1d, 0x44), (0x1e, 0x02)] {
            host.write(0, reg, value);
        }
        for half in 0..2 {
            (1..32).for_each(|slot| host.send(half, 0, slot, [0x6d; 8]));
        }
    }
    pass(&mut left, &mut right, 20);
    assert_eq!((left.read(0, 0x4c), right.read(0, 0x4c)), (0, 0));
    assert_eq!(right.received(0, 0, 4), [0x6d; 8]);
}

#[test]
fn a_bipolar_violation_is_put_into_ami_as_one() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    for host in [&mut left, &mut right] {
        host.write(0, 0x1c, 0xa0);
        host.write(0, 0x1d, 0x48);
        // Zeros in all timeslots would be loss of signal in AMI.
        for half in 0..2 {
            (1..32).for_each(|slot| host.send(half, 0, slot, [0x55; 8]));
        }
    }
    pass(&mut left, &mut right, 30);
    let before = right.counter(0, 0x52);
    for _ in 0..25 {
        left.write(0, 0x1b, 0x01);
        pass(&mut left, &mut right, 1);
    }
    pass(&mut left, &mut right, 5);
    assert_eq!(right.counter(0, 0x52), before + 25);
    assert_eq!(right.read(0, 0x4c), 0);
}

#[test]
fn without_crc4_at_the_far_end_automatic_interworking_gives_up_after_400_ms() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    left.write(0, 0x1d, 0x44);
    right.write(0, 0x1e, 0xc2);
    let mut noise = Noise(3);
    let mut given_up = None;
    for ms in 0..600 {
        let half = left.tick();
        noise.fill(&mut left, half, 0);
        right.tick();
        if given_up.is_none() && right.read(0, 0x4c) & 0x04 != 0 {
            given_up = Some(ms);
        }
    }
    assert_eq!(right.read(0, 0x4c), 0x04, "aligned, without multiframe");
    assert_eq!(right.read(0, 0x6a) & 0x10, 0x10);
    assert!(given_up.is_some_and(|ms| (399..412).contains(&ms)), "{given_up:?}");
}

#[test]
fn more_than_255_errors_in_a_second_are_counted_exactly() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    let mut noise = Noise(11);
    // Both cards count their seconds from activation, at the same frame.
    let ms_to_second = |host: &Host| ((8000 - host.now % 8000) / 8) as usize;
    let quiet = ms_to_second(&left);
    pass(&mut left, &mut right, quiet);
    for ms in 0..2000 {
        let half = left.tick();
        noise.fill(&mut left, half, 0);
        let defects = match ms {
            100..700 => 0x08,
            710..990 => 0x01,
            _ => 0x00,
        };
        if ms == 20 || ms == 22 || ms == 24 {
            left.write(0, 0x1b, 0x20);
        }
        left.write(0, 0x1b, defects);
        right.tick();
        if ms == 0 {
            right.read(0, 0x6b);
        }
        if ms == 1000 {
            assert_eq!(right.read(0, 0x6b) & 0xc0, 0xc0, "a second, and it was errored");
            assert_eq!(right.counter(0, 0x50), 3, "FEC");
            assert_eq!(right.counter(0, 0x52), 280, "CVC");
            assert_eq!(right.counter(0, 0x54), 603, "CEC1: an errored alignment signal is a CRC error too");
            assert_eq!(right.counter(0, 0x54), 603, "reading does not clear");
        }
    }
    right.tick();
    assert_eq!(left.read(0, 0x4c), 0);
    assert_eq!([0x50, 0x52, 0x54].map(|reg| right.counter(0, reg)), [0, 0, 0]);
}

#[test]
fn e_bits_report_every_errored_block_to_the_far_end() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    let quiet = ((8000 - left.now % 8000) / 8) as usize;
    pass(&mut left, &mut right, quiet);
    for ms in 0..1000 {
        left.write(0, 0x1b, if (100..500).contains(&ms) { 0x08 } else { 0 });
        pass(&mut left, &mut right, 1);
    }
    assert_eq!(right.counter(0, 0x54), 400);
    assert_eq!(left.counter(0, 0x56), 400, "EBC");
    right.write(0, 0x21, 0x10); // no AXS: the E bits are XS13 and XS15, here 0
    pass(&mut left, &mut right, 2000);
    assert_eq!(left.counter(0, 0x56), 1000);
}

#[test]
fn a_counter_stops_at_its_highest_value() {
    let noisy = WayConfig { delay: 2048, error_rate: 0.25, seed: 4, ..WayConfig::default() };
    let wire = WireConfig { a_to_b: noisy, ..WireConfig::default() };
    let (mut left, mut right, _) = joined(wire, false);
    let mut noise = Noise(9);
    for _ in 0..2000 {
        let half = left.tick();
        noise.fill(&mut left, half, 0);
        right.tick();
    }
    assert_eq!(right.counter(0, 0x52), 0xffff);
}

#[test]
fn without_ecm_the_counters_are_seen_running() {
    let (mut left, mut right, control) = joined(WireConfig::default(), false);
    right.write(0, 0x1d, 0x48);
    let before = right.counter(0, 0x54);
    assert!(control.flip(Way::AToB, (left.now + 16) * 256 + 100));
    pass(&mut left, &mut right, 10);
    assert_eq!(right.counter(0, 0x54), before + 1, "one wrong symbol, one errored block");
}

#[test]
fn one_flipped_symbol_spoils_one_octet_or_its_neighbour() {
    let (mut left, mut right, control) = joined(WireConfig::with_delay(2048), false);
    for half in 0..2 {
        (1..32).for_each(|slot| left.send(half, 0, slot, [0xff; 8]));
    }
    pass(&mut left, &mut right, 10);
    // The encoder is three symbols late: symbol 256 n + 83 is bit 80 of frame n, the first of octet 10.
    assert!(control.flip(Way::AToB, (left.now + 8) * 256 + 83));
    let mut wrong = Vec::new();
    for _ in 0..10 {
        left.tick();
        let half = right.tick();
        for slot in 1..32 {
            let octets = right.received(half, 0, slot);
            wrong.extend(octets.iter().filter(|octet| **octet != 0xff).map(|octet| (slot, *octet)));
        }
    }
    assert_eq!(wrong, [(10, 0x7f)]);
    assert_eq!(control.counters(Way::AToB).errors, 1);
}

#[test]
fn the_octets_of_the_signalling_slot_are_kept_apart_as_the_line_brings_them() {
    for (ppb, more) in [(100_000, 0..=1), (-100_000, -1..=0)] {
        let mut wire = WireConfig::default();
        wire.b_to_a.ppb = Some(ppb);
        let (near, far) = hw_sim::wire::pair(wire);
        let mut host = Host::with_wire(near);
        host.start();
        host.bring_up(0, false);
        // The signalling area is at 3 × 2048; timeslot 7 of span 0, none of the others.
        for (word, value) in [(13, 6144), (14, 7)] {
            host.card.write32(word, value);
            assert_eq!(host.card.read32(word), value);
        }
        let framing = E1Config { crc4: CrcMode::On, ..E1Config::default() };
        let mut far = LinePort::new(far, LineCode::Hdb3, framing);
        let (mut sent, mut kept, mut highway) = (0_u8, Vec::new(), Vec::new());
        for ms in 0..10_000 {
            for _ in 0..8 {
                for _ in 0..far.frames_due() {
                    let mut frame = [0xff; 32];
                    frame[7] = sent;
                    far.send(&frame);
                    sent = sent.wrapping_add(1);
                }
                far.receive();
            }
            let half = host.tick();
            let mut octets = [0; 16];
            host.card.dma_read(6144 + 64 * half, &mut octets);
            let count = usize::from(octets[0]);
            assert!(count <= 9, "{count} in a buffer");
            if ms >= 1000 {
                kept.extend_from_slice(&octets[1..=count]);
                highway.extend_from_slice(&host.received(half, 0, 7));
            }
            host.card.dma_read(6144 + 64 * half + 16, &mut octets);
            assert_eq!(octets, [0; 16], "span 1 has none");
        }
        let gaps = |octets: &[u8]| octets.windows(2).filter(|two| two[1] != two[0].wrapping_add(1)).count();
        assert_eq!(gaps(&kept), 0, "{ppb}");
        let slips = gaps(&highway) as i64;
        assert!((6..=8).contains(&slips), "{ppb}: {slips}");
        let difference = kept.len() as i64 - highway.len() as i64 - slips * ppb.signum();
        assert!(more.contains(&difference) || difference == 0, "{ppb}: {difference}");
    }
}

#[test]
fn sa_bits_are_sent_from_xsa_and_read_from_rsa_bit_for_bit_and_frame_1_is_the_lowest() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    let octets = [0x01, 0x80, 0x2d, 0xf0, 0x55];
    for (register, octet) in (0x2c..).zip(octets) {
        left.write(0, register, octet);
        assert_eq!(left.read(0, register), octet);
    }
    pass(&mut left, &mut right, 10);
    assert_eq!([0x5c, 0x5d, 0x5e, 0x5f, 0x60].map(|register| right.read(0, register)), [0xff; 5], "XSW");
    left.write(0, 0x1d, 0x6c); // FMR1.ENSA
    pass(&mut left, &mut right, 10);
    assert_eq!([0x5c, 0x5d, 0x5e, 0x5f, 0x60].map(|register| right.read(0, register)), octets);
    left.write(0, 0x1d, 0x4c);
    left.write(0, 0x20, 0x8a); // XSW: Sa5 and Sa7
    pass(&mut left, &mut right, 10);
    let sent = [0x5c, 0x5d, 0x5e, 0x5f, 0x60].map(|register| right.read(0, register));
    assert_eq!(sent, [0x00, 0xff, 0x00, 0xff, 0x00]);
    // The far end as the recommendation has it: 1000 is 1 in frames 1 and 9.
    let (near, far) = hw_sim::wire::pair(WireConfig::default());
    let mut host = Host::with_wire(near);
    host.start();
    host.bring_up(0, false);
    let mut far = LinePort::new(far, LineCode::Hdb3, E1Config { crc4: CrcMode::On, ..E1Config::default() });
    let bit = SaBit::new(5).expect("4 to 8");
    far.terminal_mut().as_e1_mut().expect("an E1").set_sync_message(Some((bit, Quality::SupplyB)));
    host.write(0, 0x2d, 0x44); // 0010
    host.write(0, 0x1d, 0x6c);
    for _ in 0..100 {
        for _ in 0..8 {
            (0..far.frames_due()).for_each(|_| far.send(&[0xff; 32]));
            far.receive();
        }
        host.tick();
    }
    assert_eq!(host.read(0, 0x5d), 0x11);
    let told = far.terminal_mut().as_e1_mut().expect("an E1").sync_quality();
    assert_eq!(told, Some(Quality::Primary));
}

#[test]
fn a_test_pattern_takes_every_bit_and_its_wrong_bits_are_counted_in_cec2() {
    let (mut left, mut right, control) = joined(WireConfig::default(), false);
    let quiet = ((8000 - left.now % 8000) / 8) as usize;
    pass(&mut left, &mut right, quiet);
    left.write(0, 0x1b, 0x02); // no test: nothing to spoil
    right.write(0, 0x3b, 0x80);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x4f), 0, "frames are no pattern");
    left.write(0, 0x3b, 0x40);
    pass(&mut left, &mut right, 20);
    assert_eq!(right.read(0, 0x4f) & 0x08, 0x08);
    assert_eq!(right.read(0, 0x4c) & 0x20, 0x20, "no frames come");
    assert_eq!(left.read(0, 0x4c) & 0x20, 0, "the other way they do");
    for _ in 0..300 {
        left.write(0, 0x1b, 0x02);
        pass(&mut left, &mut right, 1);
    }
    pass(&mut left, &mut right, 1000 - 330);
    assert_eq!((right.counter(0, 0x58), left.counter(0, 0x58)), (300, 0));
    control.cut(Way::AToB);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x4f), 0);
    control.repair(Way::AToB);
    pass(&mut left, &mut right, 20);
    assert_eq!(right.read(0, 0x4f), 0x08);
    left.write(0, 0x3b, 0x00);
    right.write(0, 0x3b, 0x00);
    pass(&mut left, &mut right, 50);
    assert_eq!((right.read(0, 0x4f), right.counter(0, 0x58), right.read(0, 0x4c)), (0, 0, 0));
}
