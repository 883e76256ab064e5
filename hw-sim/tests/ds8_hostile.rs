//! Accesses to the octal card that no driver makes, and memory that no driver writes.
mod ds8_common;
use ds8_common::*;
use hw_sim::slot::PowerCycle;
use hw_sim::{Ds8, Ds8Config, LineRate, WayConfig, WireConfig, wire};
use tandem_card::Bus;
use tandem_types::FrameTime;

fn wires(seed: u64) -> [Option<hw_sim::WireEnd>; 8] {
    let mut ends = [const { None }; 8];
    for number in 0..3 {
        let rate = if number == 1 { LineRate::T1 } else { LineRate::E1 };
        let way = WayConfig { rate, seed: seed + number, error_rate: 1e-3, ..WayConfig::default() };
        let (a, b) = wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() });
        ends[2 * number as usize] = Some(a);
        ends[2 * number as usize + 1] = Some(b);
    }
    ends
}

/// One access out of many, some of which a driver makes too, so that the card also runs.
fn disturb(card: &mut Ds8, noise: &mut Noise, now: &mut u64, seen: &mut u64) {
    let (what, value) = (noise.next() % 100, noise.next());
    let word = match (value >> 60) & 7 {
        0 => (value >> 32) as usize % 0x1000,
        1 => (value >> 32) as usize,
        2 => [0, 1, 0xc0, 0xc2, 0xc3, 0xc7, 0x800, 0x801][(value >> 40) as usize & 7],
        3 => 0x4000 + 0x80 + 0x200 * ((value >> 32) as usize & 15) / 2,
        _ => 0x4000 + (value >> 32) as usize % 0x1200,
    };
    let mut octets = [0; 64];
    match what {
        0..50 => card.write32(word, value as u32),
        50..75 => *seen ^= u64::from(card.read32(word)).rotate_left(what as u32),
        75..78 => card.write32(0x801, value as u32 & 0x36 | 4),
        78..80 => [(1, 0), (0, 0x800)].into_iter().for_each(|(word, value)| card.write32(word, value)),
        80..83 => {
            let span = (value & 7) as usize;
            for (address, octet) in [(0x080, 0xc0), (0x180, 0xc0), (0x085, 1), (0x185, 1)] {
                card.write32(0x4000 + 0x200 * span + address, octet | (value >> 8) as u32 & 1);
            }
            card.write32(0x5002 + 0x20 * span, 1);
        }
        83..86 => card.dma_write((value as usize) % 600_000, &noise.next().to_be_bytes()),
        86..89 => {
            let place = 16 * (value as usize % 128);
            let wild = if value & 0x100 == 0 { 0x7_ffff } else { u32::MAX };
            let words =
                [0, noise.next() as u32 & wild, noise.next() as u32 & wild, noise.next() as u32 | 1 << 31];
            for (number, word) in words.iter().enumerate() {
                card.dma_write(place + 4 * number, &word.to_be_bytes());
            }
        }
        89 => card.dma_read(value as usize % 600_000, &mut octets),
        90 => card.dma_read(value as usize, &mut octets),
        91 => card.dma_write(value as usize, &octets),
        _ => {
            *now += value % 20;
            *seen = seen.rotate_left(1) ^ u64::from(card.interrupt(FrameTime(*now)));
        }
    }
}

#[test]
fn half_a_million_random_accesses_do_no_harm_and_are_the_same_for_the_same_seed() {
    let run = |seed| {
        let mut card = Ds8::new(Ds8Config::default(), wires(seed));
        let (mut noise, mut now, mut seen) = (Noise(seed), 0, 0);
        for number in 0..250_000 {
            disturb(&mut card, &mut noise, &mut now, &mut seen);
            if number % 50_000 == 49_999 {
                card.power_cycle(FrameTime(now));
            }
        }
        assert_eq!(card.read32(0x2024 / 4), 0x0001_0008);
        seen
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn every_register_of_a_running_card_takes_every_value() {
    let (mut left, mut right, _) = joined(E1_CAS);
    let mut noise = Noise(3);
    for address in (0..0x1200).filter(|address| !(0x0f0..0x100).contains(address)) {
        for value in [0xff, 0x55, noise.next() as u8, 0x00] {
            left.set(address, value);
            left.get(address);
        }
        if address % 8 == 0 {
            pass(&mut left, &mut right, 1);
        }
    }
    for mode in [J1, E1_CRC] {
        left.bring_up(0, mode);
        pass(&mut left, &mut right, 30);
    }
    right.bring_up(0, E1_CRC);
    pass(&mut left, &mut right, 50);
    assert_eq!((left.read(0, 0x0b0), right.read(0, 0x0b0)), (0, 0), "set up anew it works as ever");
}

#[test]
fn descriptors_that_lead_out_of_the_memory_are_an_underrun() {
    let end = 542_720_u32;
    for (word, value) in [(1, end - 2047), (2, end - 2044), (1, u32::MAX), (2, 0x8000_0000)] {
        let mut host = Host::new([const { None }; 8]);
        host.start();
        host.card.dma_write(4 * word, &value.to_be_bytes());
        host.card.interrupt(FrameTime(8));
        assert_eq!(host.bridge(0x0300) & 1, u32::from(value != end - 2047 || word != 1), "{word} {value:#x}");
    }
    for (place, under) in [(end - 16, false), (end, true), (0xffff_fff0, true)] {
        let mut host = Host::new([const { None }; 8]);
        host.start();
        host.set_bridge(0x2004, 0);
        host.card.interrupt(FrameTime(8));
        host.set_bridge(0x030c, 0xff);
        for (word, value) in [0, 0x1000, 0x2000, 0x8000_0002_u32].iter().enumerate() {
            host.card.dma_write(place as usize + 4 * word, &value.to_be_bytes());
        }
        host.set_bridge(0x2000, place);
        host.set_bridge(0x2004, 4);
        host.card.interrupt(FrameTime(16));
        assert_eq!(host.bridge(0x0300), u32::from(under), "{place:#x}");
    }
}

#[test]
fn buffers_may_lie_on_descriptors() {
    let mut host = Host::new([const { None }; 8]);
    host.start();
    for number in 0..2 {
        for (word, value) in [0, 0, 0, 0x8000_0002_u32].iter().enumerate() {
            host.card.dma_write(16 * number + 4 * word, &value.to_be_bytes());
        }
    }
    host.card.interrupt(FrameTime(16));
    assert_eq!(
        host.descriptor(0),
        [1, 0xffff_ffff, 0xffff_ffff, 2],
        "what was received, and then its own words"
    );
    host.card.interrupt(FrameTime(800));
    assert_eq!(host.bridge(0x0300) & 1, 1);
}

#[test]
fn time_may_stand_still_run_back_or_jump() {
    let mut card = Ds8::new(Ds8Config { start: FrameTime(800), ..Ds8Config::default() }, [const { None }; 8]);
    card.interrupt(FrameTime(0));
    card.interrupt(FrameTime(807));
    assert_eq!(card.read32(0x2008 / 4), 0);
    card.interrupt(FrameTime(808));
    card.interrupt(FrameTime(808));
    assert_eq!(card.read32(0x2008 / 4), 1);
    card.interrupt(FrameTime(u64::MAX));
    card.interrupt(FrameTime(u64::MAX));
}
