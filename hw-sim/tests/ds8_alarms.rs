//! Alarms of the octal card, now and latched, by register numbers.
mod ds8_common;
use ds8_common::*;
use hw_sim::Way;

#[test]
fn a_cut_is_loss_here_and_remote_alarm_there_and_both_edges_are_latched() {
    for mode in [E1_CRC, SF, ESF] {
        let (mut left, mut right, control) = joined(mode);
        control.cut(Way::AToB);
        pass(&mut left, &mut right, 20);
        assert_eq!(right.read(0, 0x0b0), 0x03, "{mode:?} RLOS and RLOF");
        assert_eq!(right.take(0, 0x090), 0x03, "{mode:?} both came");
        assert_eq!((right.get(0x1003), right.take(0, 0xe05)), (0x01, 0), "{mode:?}");
        assert_eq!((right.get(0x1005), right.get(0x1006)), (0x01, 0xf0));
        right.set(0x1005, 0x01);
        assert_eq!(right.hears(0, 3), [0xff; 8]);
        if mode.e1 {
            assert_eq!(left.read(0, 0x0b0), 0x08, "RRAI by itself");
        } else {
            right.write(0, 0x181, mode.tcr1 | 0x01);
            pass(&mut left, &mut right, 200);
            assert_eq!(left.read(0, 0x0b0), 0x08, "{mode:?} RRAI by command");
            right.write(0, 0x181, mode.tcr1);
        }
        assert_eq!(left.take(0, 0x090), 0x08, "{mode:?}");
        control.repair(Way::AToB);
        pass(&mut left, &mut right, 200);
        assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0, 0), "{mode:?}");
        assert_eq!(left.read(0, 0x090), 0x80, "{mode:?} RRAI went");
        assert_eq!(right.read(0, 0x090), 0x30, "{mode:?} RLOS and RLOF went");
        assert_eq!((right.get(0x1003), right.get(0x1005), right.get(0x1006)), (0x00, 0x10, 0x00));
        right.write(0, 0x090, 0x10);
        assert_eq!(right.read(0, 0x090), 0x20, "a written 1 clears that bit alone");
    }
}

#[test]
fn loss_of_signal_takes_as_many_zeros_as_the_register_says() {
    for (rcr2, first) in [(0x00, 1), (0x01, 2)] {
        let (mut left, mut right, control) = joined(E1_CRC);
        right.write(0, 0x082, rcr2);
        control.cut(Way::AToB);
        let lost = (0..5).find(|_| {
            pass(&mut left, &mut right, 1);
            right.read(0, 0x0b0) & 2 != 0
        });
        assert_eq!(lost, Some(first), "a millisecond of the wire, and 255 or 2048 bits");
    }
}

#[test]
fn ones_on_the_line_are_ais() {
    for mode in [E1_CRC, ESF, SF] {
        for address in [0x181, 0x1002] {
            let (mut left, mut right, _) = joined(mode);
            let (on, off) = if address == 0x181 { (mode.tcr1 | 0x02, mode.tcr1) } else { (0x81, 0x01) };
            left.set(address, on);
            pass(&mut left, &mut right, 20);
            assert_eq!(right.read(0, 0x0b0), 0x05, "{mode:?} RAIS and RLOF");
            assert_eq!(right.take(0, 0x090), 0x05);
            left.set(address, off);
            pass(&mut left, &mut right, 60);
            assert_eq!((right.read(0, 0x0b0), right.take(0, 0x090)), (0, 0x50), "{mode:?}");
        }
    }
}

#[test]
fn ones_are_sent_by_itself_while_there_is_no_signal() {
    let (mut left, mut right, control) = joined(E1_CRC);
    right.set(0x1002, 0x41);
    control.cut(Way::AToB);
    pass(&mut left, &mut right, 20);
    assert_eq!(left.read(0, 0x0b0), 0x05);
    control.repair(Way::AToB);
    pass(&mut left, &mut right, 20);
    assert_eq!(left.read(0, 0x0b0), 0x00);
}

#[test]
fn j1_has_its_own_remote_alarm() {
    for (mode, t1rcr2, tcr2) in [(J1, 0x01, 0x84), (J1_SF, 0x01, 0x04)] {
        let (mut left, mut right, _) = joined(mode);
        left.write(0, 0x014, t1rcr2);
        right.write(0, 0x182, tcr2);
        right.write(0, 0x181, mode.tcr1 | 0x01);
        pass(&mut left, &mut right, 200);
        assert_eq!((left.read(0, 0x0b0), left.read(0, 0x090)), (0x08, 0x08), "{mode:?}");
        right.write(0, 0x181, mode.tcr1);
        pass(&mut left, &mut right, 200);
        assert_eq!((left.read(0, 0x0b0), left.read(0, 0x090)), (0x00, 0x88), "{mode:?}");
    }
}

#[test]
fn a_remote_alarm_may_be_made_to_last_200_ms() {
    let (mut left, mut right, _) = joined(SF);
    left.write(0, 0x014, 0x02);
    right.write(0, 0x181, 0x05);
    pass(&mut left, &mut right, 190);
    assert_eq!(left.read(0, 0x0b0), 0x00);
    pass(&mut left, &mut right, 20);
    assert_eq!(left.read(0, 0x0b0), 0x08);
    right.write(0, 0x181, 0x04);
    pass(&mut left, &mut right, 190);
    assert_eq!(left.read(0, 0x0b0), 0x08);
    pass(&mut left, &mut right, 20);
    assert_eq!(left.read(0, 0x0b0), 0x00);
}

#[test]
fn a_far_end_without_crc4_is_searched_for_ever_and_alignment_stays() {
    let (mut left, mut right, _) = joined(E1_CRC);
    right.write(0, 0x182, 0x80); // no ARA
    assert_eq!(right.read(0, 0x062), 0x00);
    left.write(0, 0x181, 0x14);
    left.write(0, 0x180, 0x01);
    pass(&mut left, &mut right, 10);
    left.write(0, 0x180, 0xc1);
    pass(&mut left, &mut right, 6);
    right.clear(0);
    let reached = (0..500).find(|_| {
        pass(&mut left, &mut right, 1);
        assert_eq!(right.read(0, 0x0b0), 0x00);
        right.read(0, 0x062) >= 0xc0
    });
    assert!(reached.is_some_and(|ms| (370..386).contains(&ms)), "{reached:?}");
    assert_eq!(right.read(0, 0x062) & 7, 0x04, "CRC4SA");
    right.write(0, 0x081, 0x64);
    assert_eq!(right.read(0, 0x062), 0x00);
    pass(&mut left, &mut right, 10);
    assert_eq!((right.read(0, 0x090), right.read(0, 0x0b0)), (0, 0), "alignment never moved");
    right.write(0, 0x081, 0x6c);
    left.write(0, 0x181, 0x05);
    pass(&mut left, &mut right, 20);
    assert_eq!((right.read(0, 0x062), right.read(0, 0x090)), (0, 0), "found, without a new alignment");
}

#[test]
fn bit_a_tells_a_multiframe_that_is_not_found_after_128_ms() {
    let (mut left, mut right, _) = joined(E1_CRC);
    left.write(0, 0x181, 0x14);
    pass(&mut left, &mut right, 20);
    left.write(0, 0x180, 0x01);
    pass(&mut left, &mut right, 10);
    left.write(0, 0x180, 0xc1);
    pass(&mut left, &mut right, 20);
    assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0x00, 0x00));
    pass(&mut left, &mut right, 130);
    assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0x08, 0x00));
}

#[test]
fn distant_multiframe_alarm_and_timeslot_16() {
    let (mut left, mut right, _) = joined(E1_CAS);
    left.write(0, 0x140, 0x0f);
    pass(&mut left, &mut right, 10);
    assert_eq!((right.read(0, 0x0b2), right.take(0, 0x092), right.read(0, 0x040)), (0x01, 0x01, 0x0f));
    left.write(0, 0x140, 0x0b);
    pass(&mut left, &mut right, 10);
    assert_eq!((right.read(0, 0x0b2), right.take(0, 0x092), right.read(0, 0x040)), (0x00, 0x10, 0x0b));
    assert_eq!(right.take(0, 0x091) & 0x2c, 0);
    left.write(0, 0x181, 0x05); // timeslot 16 from the highway: ones
    pass(&mut left, &mut right, 20);
    assert_eq!(right.read(0, 0x062), 0x02, "CASSA");
    assert_eq!(right.take(0, 0x091) & 0x2c, 0x28, "two bad words, and ones");
    pass(&mut left, &mut right, 6);
    assert_eq!(right.take(0, 0x091) & 0x2c, 0x08, "ones again");
    left.say(0, 16, 0x00);
    pass(&mut left, &mut right, 10);
    right.write(0, 0x091, 0xff);
    pass(&mut left, &mut right, 6);
    assert_eq!(right.take(0, 0x091) & 0x2c, 0x04, "zeros");
    left.write(0, 0x181, 0x45);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x062), 0x00);
}

#[test]
fn a_forbidden_search_waits_for_resync() {
    for mode in [E1_CRC, ESF] {
        let (mut left, mut right, control) = joined(mode);
        right.write(0, 0x081, mode.rcr1 | 0x02);
        control.cut(Way::AToB);
        pass(&mut left, &mut right, 60);
        control.repair(Way::AToB);
        pass(&mut left, &mut right, 60);
        assert_eq!(right.read(0, 0x0b0), 0x01, "{mode:?} signal is there, alignment is not");
        right.write(0, 0x081, mode.rcr1 | 0x03);
        pass(&mut left, &mut right, 60);
        assert_eq!(right.read(0, 0x0b0), 0x00, "{mode:?}");
        right.clear(0);
        right.write(0, 0x081, mode.rcr1);
        right.write(0, 0x081, mode.rcr1 | 0x01);
        assert_eq!(right.read(0, 0x0b0), 0x01, "{mode:?} at once");
        pass(&mut left, &mut right, 60);
        assert_eq!((right.read(0, 0x0b0), right.read(0, 0x090)), (0x00, 0x11), "{mode:?}");
    }
}

#[test]
fn a_t1_tells_zeros_substitutions_and_a_new_place() {
    let (mut left, mut right, control) = joined(ESF);
    (1..25).for_each(|slot| left.say(0, slot, 0xff));
    pass(&mut left, &mut right, 10);
    right.clear(0);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.read(0, 0x091), 0, "ones and nothing else");
    left.say(0, 4, 0x00);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.take(0, 0x091), 0x02, "eight zeros are substituted");
    left.write(0, 0x181, 0x00); // AMI
    pass(&mut left, &mut right, 10);
    assert_eq!(right.take(0, 0x091) & 0x18, 0x10, "eight zeros");
    left.say(0, 5, 0x00);
    pass(&mut left, &mut right, 10);
    assert_eq!(right.take(0, 0x091) & 0x18, 0x18, "sixteen");
    control.cut(Way::AToB);
    pass(&mut left, &mut right, 10);
    left.write(0, 0x180, 0x02);
    left.write(0, 0x180, 0x80);
    left.write(0, 0x181, 0x04);
    left.write(0, 0x182, 0x80);
    left.write(0, 0x185, 0x01);
    left.write(0, 0x180, 0xc0);
    control.repair(Way::AToB);
    pass(&mut left, &mut right, 60);
    assert_eq!((right.read(0, 0x0b0), right.take(0, 0x091) & 0x20), (0, 0x20), "COFA");
}

#[test]
fn alignment_is_false_when_915_blocks_of_1000_are_bad() {
    let (mut left, mut right, control) = joined(E1_CRC);
    // The first thousand blocks began well.
    let lost = (0..2000).find(|_| {
        assert!(control.flip(Way::AToB, left.now * 256 + 1111));
        pass(&mut left, &mut right, 1);
        right.read(0, 0x091) & 0x40 != 0
    });
    assert!(lost.is_some_and(|ms| (1770..1800).contains(&ms)), "{lost:?}");
    assert_eq!(right.read(0, 0x090) & 0x01, 0x01, "RLOFD");
    assert_eq!(right.read(0, 0x091) & 0x10, 0, "but no three bad FAS");
    pass(&mut left, &mut right, 20);
    assert_eq!(right.read(0, 0x0b0), 0x00);
}

#[test]
fn three_bad_bits_2_lose_alignment_only_if_wanted() {
    for (rcr1, lost) in [(0x64, true), (0x60, false)] {
        let (mut left, mut right, _) = joined(E1);
        right.write(0, 0x081, rcr1);
        pass(&mut left, &mut right, 20);
        right.clear(0);
        left.write(0, 0x165, 0x9f);
        pass(&mut left, &mut right, 10);
        assert_eq!(right.read(0, 0x0b0) & 1 != 0, lost, "{rcr1:#x}");
        assert_eq!(right.read(0, 0x091) & 0x10 != 0, lost, "FASRC");
    }
}

#[test]
fn a_t1_is_out_of_frame_at_two_bad_framing_bits_of_four_five_or_six() {
    for (t1rcr2, apart, lost) in [
        (0x00, 12, true),
        (0x00, 16, false),
        (0x04, 16, true),
        (0x04, 20, false),
        (0x08, 20, true),
        (0x0c, 20, true),
        (0x0c, 24, false),
    ] {
        let mut seen = false;
        for first in 0..4 {
            let (mut left, mut right, control) = joined(ESF);
            right.write(0, 0x014, t1rcr2);
            let frame = left.now + 16 + first;
            assert!(control.flip(Way::AToB, frame * 193 + 7));
            pass(&mut left, &mut right, 4);
            if right.take(0, 0x091) & 0x01 == 0 {
                continue; // no framing bit
            }
            // The same place of a superframe later.
            let frame = frame + 48;
            pass(&mut left, &mut right, 1);
            for at in [frame, frame + apart] {
                while left.now + 8 < at {
                    pass(&mut left, &mut right, 1);
                }
                assert!(control.flip(Way::AToB, at * 193 + 7));
            }
            pass(&mut left, &mut right, 8);
            seen = true;
            assert_eq!(right.read(0, 0x090) & 1 != 0, lost, "{t1rcr2:#x} {apart}");
            assert_eq!(right.read(0, 0x091) & 0x05, if apart < 24 { 0x05 } else { 0x01 }, "{apart}");
        }
        assert!(seen);
    }
}

#[test]
fn alarms_of_a_customer_installation_have_their_signatures_and_ones_go_before_a_test() {
    let (mut left, mut right, _) = joined(ESF);
    right.write(0, 0x096, 0xff);
    // RAI: no message is told. With TRAIM it is, as 00111110.
    left.write(0, 0x181, 0x05);
    pass(&mut left, &mut right, 1500);
    assert_eq!(right.take(0, 0x096), 0);
    left.write(0, 0x186, 0x08);
    pass(&mut left, &mut right, 1500);
    assert_eq!((right.take(0, 0x096) & 1, right.read(0, 0x063)), (1, 0x1f));
    pass(&mut left, &mut right, 1100);
    assert_eq!(right.take(0, 0x096) & 1, 1, "in each cycle");
    // AIS, and with TAISM that of a customer installation, told in each cycle.
    left.write(0, 0x181, 0x06);
    left.write(0, 0x186, 0x00);
    pass(&mut left, &mut right, 3000);
    right.write(0, 0x096, 0xff);
    assert_eq!(right.read(0, 0x0b0) & 0x04, 0x04, "AIS");
    pass(&mut left, &mut right, 3000);
    assert_eq!(right.take(0, 0x096), 0);
    left.write(0, 0x186, 0x04);
    // An unframed test makes no difference.
    left.write(0, 0x18a, 0x03);
    pass(&mut left, &mut right, 1300);
    for _ in 0..2 {
        assert_eq!((right.take(0, 0x096), right.read(0, 0x0b0) & 0x04), (0x10, 0x04));
        pass(&mut left, &mut right, 1300);
    }
    left.write(0, 0x181, 0x04);
    pass(&mut left, &mut right, 3000);
    right.write(0, 0x096, 0xff);
    pass(&mut left, &mut right, 3000);
    assert_eq!((right.take(0, 0x096), right.read(0, 0x0b0) & 0x04), (0, 0));
}
