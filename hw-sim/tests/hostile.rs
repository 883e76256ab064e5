//! Accesses that no driver makes.
mod common;
use common::Noise;
use hw_sim::{Falc4, Falc4Config, WireConfig, wire};
use tandem_card::Bus;
use tandem_types::FrameTime;

#[test]
fn a_million_random_accesses_do_no_harm() {
    let (a, b) = wire::pair(WireConfig::default());
    let mut card = Falc4::new(Falc4Config::default(), [Some(a), None, Some(b), None]);
    let mut noise = Noise(1);
    let mut now = 0;
    let mut octets = [0; 64];
    for _ in 0..1_000_000 {
        let (what, value) = (noise.next(), noise.next());
        match what % 64 {
            0..30 => card.write32((value >> 32) as usize % 14, value as u32),
            30..40 => card.write32(10, 0x400 | value as u32 & 0x183ff),
            40..55 => drop(card.read32((value >> 32) as usize % 14)),
            55 => card.dma_write(value as usize % 9000, &octets),
            56 => card.dma_read(value as usize % 9000, &mut octets),
            57 => card.dma_read(value as usize, &mut octets),
            58 => drop(card.read32(value as usize)),
            59 => card.write32(3, 0xc000_0000),
            60 => card.write32(7, 0x1000),
            _ => {
                now += value % 12;
                card.interrupt(FrameTime(now));
            }
        }
    }
    assert_eq!(card.read32(6), 0xd00d_0117);
}

#[test]
fn time_may_stand_still_run_back_or_jump() {
    let mut card =
        Falc4::new(Falc4Config { start: FrameTime(800), ..Falc4Config::default() }, [None, None, None, None]);
    card.write32(7, 0x1000);
    card.write32(3, 0xc000_0000);
    assert!(!card.interrupt(FrameTime(0)));
    assert!(!card.interrupt(FrameTime(807)));
    assert!(card.interrupt(FrameTime(808)));
    assert!(card.interrupt(FrameTime(808)));
    assert!(card.interrupt(FrameTime(u64::MAX)));
    card.write32(4, 0);
    assert!(!card.interrupt(FrameTime(u64::MAX)));
}
