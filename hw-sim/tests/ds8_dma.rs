//! The ring of the octal card: ownership, turns, lateness, and what a pulled card reads.
mod ds8_common;
use ds8_common::*;
use hw_sim::slot::{Slot, SlotControl, SlotState};
use hw_sim::{Ds8, Ds8Config, LinePort, wire};
use tandem_card::Bus;
use tandem_line::{CrcMode, E1Config, Framing, LineCode, T1Config, T1Framing};
use tandem_types::FrameTime;

fn lonely() -> Host {
    Host::new([const { None }; 8])
}

#[test]
fn descriptors_come_back_in_turn_with_the_time_of_their_unit() {
    let mut host = lonely();
    host.length = 4;
    host.now = 40;
    host.card.interrupt(FrameTime(40));
    host.start();
    assert_eq!(host.bridge(0x2004), 0x2c, "DMA runs at once");
    host.card.interrupt(FrameTime(48));
    assert_eq!(host.bridge(0x0300), 0, "the first unit begins at the first boundary");
    assert_eq!(host.descriptor(0)[3], 0x8000_0002);
    for (number, units) in [(0, 6), (1, 7), (2, 8), (3, 9), (0, 10)] {
        host.card.interrupt(FrameTime(8 * (units + 1)));
        assert_eq!(host.bridge(0x0300), 0x02, "{units}");
        host.set_bridge(0x030c, 0x02);
        let last = u32::from(number == 3);
        assert_eq!(
            host.descriptor(number),
            [units as u32, tx_buf(number) as u32, rx_buf(number) as u32, 2 | last]
        );
        assert_eq!(host.service(), 1);
        assert_eq!(host.next, (number + 1) % 4);
    }
    assert_eq!(host.bridge(0x2008), 11);
}

#[test]
fn retries_are_cleared_and_other_bits_stay_and_int_decides_the_interrupt() {
    let mut host = lonely();
    host.start();
    host.card.dma_write(12, &0x8765_ff3c_u32.to_be_bytes());
    host.card.interrupt(FrameTime(16));
    assert_eq!(host.descriptor(0)[3], 0x0765_003c);
    assert_eq!(host.bridge(0x0300), 0, "no INT");
    host.card.interrupt(FrameTime(24));
    assert_eq!(host.bridge(0x0300), 2 | 1, "the second has it; the first was not given back");
}

#[test]
fn without_end_of_ring_the_128th_is_the_last() {
    let mut host = lonely();
    host.length = 128;
    host.start();
    let control = host.descriptor(127)[3];
    assert_eq!(control & 1, 1);
    host.card.dma_write(127 * 16 + 12, &(control & !1).to_be_bytes());
    for _ in 0..300 {
        host.tick();
    }
    assert_eq!(host.bridge(0x0300) & 1, 0);
    assert_eq!(host.bridge(0x2004), 0x2c);
    assert_eq!(host.card.dma_size(), 542_720);
}

#[test]
fn the_buffer_is_fetched_whole_when_its_unit_begins() {
    let (mut left, mut right, _) = joined(E1_CRC);
    left.say(0, 9, 0x11);
    pass(&mut left, &mut right, 10);
    // The descriptor that the card works on now: what is written into it leaves in no unit.
    let working = (left.next) % 2;
    left.card.dma_write(tx_buf(working), &[0x22; 2048]);
    for _ in 0..6 {
        left.now += 8;
        left.card.interrupt(FrameTime(left.now));
        left.service();
        right.tick();
        assert!(right.hears(0, 9).iter().all(|octet| *octet == 0x11));
    }
}

#[test]
fn a_late_host_underruns_and_learns_by_status_how_many_units_were_lost() {
    let (mut left, mut right, _) = joined(E1_CRC);
    left.set_bridge(0x2004, 0);
    pass(&mut left, &mut right, 1);
    left.start_ring(3);
    for slot in 1..32 {
        left.say(0, slot, 0x66);
    }
    pass(&mut left, &mut right, 20);
    let last_taken =
        |host: &mut Host| (0..3).map(|n| host.descriptor(n)[0]).filter(|status| *status >> 16 == 0).max();
    // Late by less than 8 (L - 1) frames: nothing is lost, and all are found complete.
    left.now += 16;
    left.card.interrupt(FrameTime(left.now));
    (0..2).for_each(|_| right.tick());
    assert_eq!(left.bridge(0x0300) & 1, 0);
    assert_eq!(left.service(), 2);
    let units = left.bridge(0x2008);
    left.now += 24;
    left.card.interrupt(FrameTime(left.now));
    (0..3).for_each(|_| right.tick());
    assert_eq!((left.bridge(0x0300) & 1, left.bridge(0x2004)), (1, 0x20), "underrun: nothing runs");
    assert_eq!(last_taken(&mut left), Some(units + 2), "those that completed keep their frames");
    assert_eq!(left.service(), 3);
    pass(&mut left, &mut right, 5);
    assert_eq!(right.hears(0, 9), [0xff; 8]);
    assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0, 0), "framing goes on");
    left.start_ring(4);
    let began = left.bridge(0x2008);
    left.now += 16;
    left.card.interrupt(FrameTime(left.now));
    assert_eq!(left.descriptor(0)[0], began + 1);
    (0..2).for_each(|_| right.tick());
    left.service();
    pass(&mut left, &mut right, 8);
    assert_eq!(right.hears(0, 9), [0x66; 8], "the ring runs again");
}

#[test]
fn one_descriptor_always_underruns() {
    let mut host = lonely();
    host.length = 1;
    host.start();
    (0..3).for_each(|_| host.tick());
    assert_eq!(host.bridge(0x0300) & 1, 1);
}

#[test]
fn dma_stops_at_the_boundary_when_it_is_told_to() {
    let mut host = lonely();
    host.length = 4;
    host.start();
    (0..5).for_each(|_| host.tick());
    host.set_bridge(0x030c, 0xffff_ffff);
    host.set_bridge(0x2004, 0);
    assert_eq!(host.bridge(0x2004), 0x28, "still running");
    host.set_bridge(0x2004, 0x02);
    assert_eq!(host.bridge(0x2004), 0x28, "the clock cannot be changed meanwhile");
    host.now += 8;
    host.card.interrupt(FrameTime(host.now));
    assert_eq!((host.bridge(0x2004), host.bridge(0x0300)), (0x20, 0x22), "completed, then stopped");
    host.set_bridge(0x2004, 0x02);
    assert_eq!(host.bridge(0x2004), 0x22);
    host.set_bridge(0x030c, 0x20);
    assert_eq!(host.bridge(0x0300), 0x02);
    host.set_bridge(0x2004, 0x04);
    host.set_bridge(0x2004, 0x00);
    let before = host.descriptor(0);
    host.now += 8;
    host.card.interrupt(FrameTime(host.now));
    assert_eq!((host.bridge(0x2004), host.bridge(0x0300)), (0x20, 0x22), "stopped before it began");
    assert_eq!(host.descriptor(0), before);
}

#[test]
fn the_line_follows_conditions_enables_and_the_master_bits() {
    let mut host = lonely();
    host.length = 4;
    host.start();
    host.card.interrupt(FrameTime(16));
    assert_eq!(host.bridge(0x0300), 2);
    for (enabled, master, asserted) in
        [(0, 3, false), (2, 1, false), (2, 2, false), (1, 3, false), (2, 3, true)]
    {
        host.set_bridge(0x0308, enabled);
        host.set_bridge(0x031c, master);
        assert_eq!(host.card.interrupt(FrameTime(16)), asserted);
    }
    host.set_bridge(0x030c, 2);
    assert!(!host.card.interrupt(FrameTime(16)));
}

#[test]
fn the_framers_condition_follows_intb() {
    let mut host = lonely();
    host.length = 4;
    host.start();
    host.bring_up(2, E1_CRC);
    host.write(2, 0x0a0, 0xff);
    host.set(0x0f0, 0x01);
    (0..4).for_each(|_| host.tick());
    assert_eq!(host.read(2, 0x09f), 0x01, "RIIR: RLS1");
    assert_eq!((host.get(0x0f9), host.bridge(0x0300) & 8), (0x04, 0), "masked in the chip");
    host.set(0x0fc, 0x04);
    assert_eq!(host.bridge(0x0300) & 8, 0, "inhibited");
    host.set(0x0f0, 0x00);
    assert_eq!(host.bridge(0x0300) & 8, 8);
    host.set_bridge(0x030c, 8);
    assert_eq!(host.bridge(0x0300) & 8, 8, "again at once");
    assert_eq!(host.take(2, 0x090), 0x02, "RLOSD");
    assert_eq!((host.bridge(0x0300) & 8, host.get(0x0f9), host.read(2, 0x09f)), (0, 0, 0));
    assert_eq!(host.read(2, 0x0b0), 0x03, "the condition lasts");
    (0..4).for_each(|_| host.tick());
    assert_eq!(host.read(2, 0x090), 0, "and its edge does not come back");
    host.set(0x1044, 0x01);
    host.set(0x0fe, 0x04);
    assert_eq!((host.get(0x0fb), host.bridge(0x0300) & 8), (0x04, 8), "LOSS of the line interface");
    host.set(0x1045, 0xff);
    assert_eq!((host.get(0x0fb), host.bridge(0x0300) & 8), (0, 0));
}

#[test]
fn dma_loopback_gives_back_what_was_sent() {
    let mut host = lonely();
    host.length = 3;
    for span in 0..8 {
        host.say_frames(span, 5, std::array::from_fn(|frame| 16 * span as u8 + frame as u8));
    }
    host.start();
    host.set_bridge(0x2004, 0x14);
    (0..4).for_each(|_| host.tick());
    for span in 0..8 {
        assert_eq!(host.hears(span, 5), std::array::from_fn(|frame| 16 * span as u8 + frame as u8));
    }
}

#[test]
fn units_count_through_reset_and_stop() {
    let mut host = lonely();
    host.card.interrupt(FrameTime(80));
    assert_eq!(host.bridge(0x2008), 10);
    host.set_bridge(0x0004, 0);
    host.set_bridge(0x0000, 0x0800);
    host.card.interrupt(FrameTime(160));
    host.set_bridge(0x0000, 0);
    host.card.interrupt(FrameTime(167));
    assert_eq!(host.bridge(0x2008), 20);
    host.card.interrupt(FrameTime(8_000_000));
    assert_eq!(host.bridge(0x2008), 1_000_000, "however long the host stayed away");
}

#[test]
fn a_pulled_card_reads_ones_and_comes_back_as_new_but_its_memory_stays() {
    let control = SlotControl::default();
    let card = Ds8::new(Ds8Config::default(), [const { None }; 8]);
    let mut host = Host::of(Slot::new(card, control.clone()));
    host.start();
    host.bring_up(1, E1_CRC);
    (0..5).for_each(|_| host.tick());
    let before = host.descriptor(1);
    control.set(SlotState::Pulled);
    for offset in [0x0000, 0x0300, 0x2004, 0x2008, 0x2024, 0x10000, 0x10200, 0x18000] {
        assert_eq!(host.bridge(offset), 0xffff_ffff);
    }
    host.set_bridge(0x2004, 0);
    assert!(!host.card.interrupt(FrameTime(10_000)));
    assert_eq!(host.descriptor(1), before);
    control.set(SlotState::Working);
    assert_eq!((host.bridge(0x2004), host.bridge(0x0004)), (0x20, 0xffff_ffff));
    assert_eq!((host.bridge(0x0000), host.get(0x280)), (0, 0));
    assert_eq!(host.descriptor(1), before);
}

#[test]
fn the_octets_of_signalling_slots_lie_in_the_area_of_their_descriptor_as_the_line_brings_them() {
    let e1 =
        (E1_CRC, Framing::E1(E1Config { crc4: CrcMode::On, ..E1Config::default() }), LineCode::Hdb3, 16_u8);
    let t1 = (ESF, Framing::T1(T1Config { framing: T1Framing::Esf, cas: false }), LineCode::B8zs, 24);
    for ((mode, framing, code, slot), ppb) in [(e1, 100_000), (e1, -100_000), (t1, 60_000), (t1, -60_000)] {
        let mut config = wire_config(mode);
        config.b_to_a.ppb = Some(ppb);
        let (near, far) = wire::pair(config);
        let mut wires = [const { None }; 8];
        wires[5] = Some(near);
        let mut host = Host::new(wires);
        host.start();
        host.bring_up(5, mode);
        // The area lies behind the buffers of the ring; span 5 is in the second octet of its word.
        let area = 128 * (16 + 4096);
        host.set_bridge(0x2010, area as u32);
        host.set_bridge(0x2014, 0);
        host.set_bridge(0x2018, u32::from(slot) << 8);
        let mut far = LinePort::new(far, code, framing);
        let (mut sent, mut kept, mut highway) = (0_u8, Vec::new(), Vec::new());
        for ms in 0..10_000 {
            for _ in 0..8 {
                for _ in 0..far.frames_due() {
                    let mut frame = [0xff; 32];
                    frame[usize::from(slot)] = sent;
                    far.send(&frame);
                    sent = sent.wrapping_add(1);
                }
                far.receive();
            }
            let taken = host.next;
            host.now += 8;
            host.card.interrupt(FrameTime(host.now));
            let mut octets = [0; 128];
            host.card.dma_read(area + 128 * taken, &mut octets);
            if host.service() == 1 && ms >= 1000 {
                let count = usize::from(octets[80]);
                assert!(count <= 9, "{count} in a unit");
                kept.extend_from_slice(&octets[81..81 + count]);
                highway.extend_from_slice(&host.hears(5, slot.into()));
            }
            assert_eq!((&octets[..80], &octets[96..]), (&[0; 80][..], &[0; 32][..]), "the others have none");
        }
        let gaps = |octets: &[u8]| octets.windows(2).filter(|two| two[1] != two[0].wrapping_add(1)).count();
        assert_eq!(gaps(&kept), 0, "{mode:?} {ppb}");
        let slips = gaps(&highway) as i64;
        assert!((slips - 9 * ppb.abs() / 125_000).abs() <= 1, "{mode:?} {ppb}: {slips}");
        let difference = kept.len() as i64 - highway.len() as i64 - slips * ppb.signum();
        assert!(difference.abs() <= 1, "{mode:?} {ppb}: {difference}");
    }
}
