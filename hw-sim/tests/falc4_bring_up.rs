//! The card from reset to traffic, by register numbers.
mod common;
use common::{Host, Noise, joined, pass};
use hw_sim::{FramerWrite, WayConfig, WireConfig};
use tandem_card::Bus;
use tandem_types::FrameTime;

#[test]
fn the_bridge_shows_its_version_and_keeps_its_words() {
    let mut host = Host::new([None, None, None, None]);
    assert_eq!(host.card.read32(6), 0xd00d_0117);
    host.card.write32(6, 0);
    assert_eq!(host.card.read32(6), 0xd00d_0117);
    for (word, value) in [(0, 0x800), (1, 0x1234_5678), (2, 7), (7, 0x0fff)] {
        host.card.write32(word, value);
        assert_eq!(host.card.read32(word), value, "word {word}");
    }
    for word in [5, 8, 9, 12, 1000, usize::MAX] {
        host.card.write32(word, 0);
        assert_eq!(host.card.read32(word), 0xffff_ffff, "word {word}");
    }
    assert_eq!(host.card.dma_size(), 8192);
}

#[test]
fn framers_stay_in_reset_until_the_card_is_activated() {
    let mut host = Host::new([None, None, None, None]);
    host.write(0, 0x1c, 0xf0);
    assert_eq!(host.read(0, 0x1c), 0);
    host.card.write32(7, 0x1000);
    assert_eq!(host.read(0, 0x1c), 0, "what was written in reset is lost");
    host.write(0, 0x1c, 0xf0);
    assert_eq!((host.read(0, 0x1c), host.read(1, 0x1c)), (0xf0, 0));
    assert_eq!(host.read(0, 0x14), 0xff, "interrupts are masked after reset");
    host.card.write32(7, 0);
    host.card.write32(7, 0x1000);
    assert_eq!(host.read(0, 0x1c), 0);
}

#[test]
fn the_framer_is_read_when_the_strobe_rises_and_only_then() {
    let mut host = Host::new([None, None, None, None]);
    host.start();
    host.write(0, 0x16, 0x00);
    host.write(0, 0x37, 0x80);
    host.tick();
    let isr2 = 0x6a;
    host.card.write32(10, isr2 | 0x8000);
    assert_eq!(host.card.read32(11) & 0x04, 0, "without chip select nothing is read");
    host.card.write32(10, isr2 | 0x400);
    host.card.write32(10, isr2 | 0x400 | 0x8000);
    assert_eq!(host.card.read32(11), 0x04, "loss of signal");
    assert_eq!(host.card.read32(11), 0x04, "LDATA keeps it");
    host.card.write32(10, isr2 | 0x400 | 0x8000);
    assert_eq!(host.card.read32(11), 0x04, "the strobe did not fall");
    host.card.write32(10, isr2);
    host.card.write32(10, isr2 | 0x400 | 0x8000);
    assert_eq!(host.card.read32(11), 0x00, "cleared by the first reading");
}

#[test]
fn two_cards_on_a_wire_align_and_carry_octets_with_constant_delay() {
    // Two milliseconds until the half has been drained, the wire, a frame until the next is complete (HDB3
    // alone is six symbols late), a frame in the elastic store.
    for (delay, frames) in [(2048, 26), (2049, 26), (2111, 26), (2500, 27), (5003, 37)] {
        let (mut left, mut right, _) = joined(WireConfig::with_delay(delay), false);
        assert_eq!((left.read(0, 0x4c), right.read(0, 0x4c)), (0, 0), "delay {delay}");
        let (mut written, mut heard) = (Vec::new(), Vec::new());
        for ms in 0..60_u8 {
            let octets = std::array::from_fn(|frame| (ms % 30) * 8 + frame as u8);
            let half = left.tick();
            left.send(half, 0, 7, octets);
            written.extend(octets);
            let half = right.tick();
            heard.extend(right.received(half, 0, 7));
        }
        let lag = (1..100).find(|lag| heard[200] == written[200 - lag]).expect("it arrives");
        assert_eq!(heard[160..], written[160 - lag..480 - lag], "delay {delay}");
        assert_eq!(lag, frames, "delay {delay}");
    }
}

#[test]
fn an_octet_of_the_transmit_half_stays_in_its_timeslot_and_span() {
    let (a0, b0) = hw_sim::wire::pair(WireConfig::with_delay(2100));
    let (a3, b3) = hw_sim::wire::pair(WireConfig::with_delay(3001));
    let mut left = Host::new([Some(a0), None, None, Some(a3)]);
    let mut right = Host::new([Some(b0), None, None, Some(b3)]);
    for host in [&mut left, &mut right] {
        host.start();
        host.bring_up(0, false);
        host.bring_up(3, false);
    }
    pass(&mut left, &mut right, 50);
    for half in 0..2 {
        left.send(half, 3, 31, [0x5a; 8]);
        left.send(half, 0, 1, [0xa5; 8]);
    }
    pass(&mut left, &mut right, 10);
    for half in 0..2 {
        assert_eq!(right.received(half, 3, 31), [0x5a; 8]);
        assert_eq!(right.received(half, 0, 1), [0xa5; 8]);
        assert_eq!(right.received(half, 0, 31), [0; 8]);
        assert_eq!(right.received(half, 3, 1), [0; 8]);
    }
}

#[test]
fn a_late_host_sees_by_rxident_how_many_buffers_it_missed() {
    let mut host = Host::new([None, None, None, None]);
    host.start();
    assert!(host.card.interrupt(FrameTime(8)));
    assert_eq!(host.card.read32(4), 0x0001_0002);
    host.card.write32(4, 0);
    assert_eq!(host.card.read32(4), 0x0001_0000);
    assert!(!host.card.interrupt(FrameTime(15)), "seven frames are no buffer");
    assert!(host.card.interrupt(FrameTime(32)));
    assert_eq!(host.card.read32(4), 0x0004_0002, "two were missed");
    host.now = 32;
    for _ in 4..128 {
        host.tick();
    }
    assert_eq!(host.card.read32(4) >> 16, 0, "modulo 128");
    host.card.write32(3, 0);
    assert!(!host.card.interrupt(FrameTime(host.now + 80)), "a stopped DMA completes nothing");
}

#[test]
fn both_ends_late_by_two_swaps_lose_nothing_on_a_long_wire() {
    let (mut left, mut right, control) = joined(WireConfig::with_delay(4 * 2048 + 77), false);
    for _ in 0..10 {
        for host in [&mut left, &mut right] {
            host.now += 16;
            host.tick();
        }
    }
    assert_eq!((left.read(0, 0x4c), right.read(0, 0x4c)), (0, 0));
    assert_eq!(left.read(0, 0x6a) & 0x40, 0, "alignment was never lost");
    assert_eq!(control.counters(hw_sim::Way::AToB), hw_sim::WireCounters::default());
    assert_eq!(control.counters(hw_sim::Way::BToA), hw_sim::WireCounters::default());
}

#[test]
fn local_remote_and_payload_loops_return_what_they_should() {
    let (mut left, mut right, _) = joined(WireConfig::default(), false);
    for half in 0..2 {
        left.send(half, 0, 9, [0x11; 8]);
        right.send(half, 0, 9, [0x22; 8]);
    }
    let heard = |left: &mut Host, right: &mut Host| {
        pass(left, right, 60);
        assert_eq!((left.read(0, 0x4c), right.read(0, 0x4c)), (0, 0));
        left.received(0, 0, 9)
    };
    assert_eq!(heard(&mut left, &mut right), [0x22; 8]);
    right.write(0, 0x1e, 0x86); // payload loop
    assert_eq!(heard(&mut left, &mut right), [0x11; 8]);
    right.write(0, 0x1e, 0x82);
    right.write(0, 0x37, 0x82); // remote loop
    assert_eq!(heard(&mut left, &mut right), [0x11; 8]);
    right.write(0, 0x37, 0x80);
    assert_eq!(heard(&mut left, &mut right), [0x22; 8]);
    left.write(0, 0x36, 0x02); // local loop
    assert_eq!(heard(&mut left, &mut right), [0x11; 8]);
}

#[test]
fn the_trace_tells_every_framer_write_in_order() {
    let mut host = Host::new([None, None, None, None]);
    let mut trace = host.card.trace(2);
    host.start();
    host.write(2, 0x1c, 0xf0);
    host.write(3, 0x1d, 0x4c);
    host.write(0, 0x1e, 0x82);
    assert_eq!(trace.pop(), Some(FramerWrite { span: 2, register: 0x1c, value: 0xf0 }));
    assert_eq!(trace.pop(), Some(FramerWrite { span: 3, register: 0x1d, value: 0x4c }));
    assert_eq!(trace.pop(), None, "there was room for two");
}

#[test]
fn the_same_seed_gives_the_same_octets() {
    let run = |seed| {
        let way = WayConfig { delay: 2222, error_rate: 1e-4, seed, ..WayConfig::default() };
        let (mut left, mut right, _) =
            joined(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() }, true);
        let (mut noise, mut heard) = (Noise(5), Vec::new());
        for _ in 0..200 {
            let half = left.tick();
            noise.fill(&mut left, half, 0);
            let half = right.tick();
            for slot in 0..32 {
                heard.extend(right.received(half, 0, slot));
            }
            heard.extend([0x4c, 0x4d, 0x6a, 0x6b].map(|reg| right.read(0, reg)));
        }
        heard
    };
    assert!(run(1) == run(1));
    assert!(run(1) != run(2));
}
