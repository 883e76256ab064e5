//! The data link of a T1, in-band loop codes, and the Sa bits of an E1.
use crate::{CCS, ESF, settled};
use tandem_card::{Card, LineOrder, LoopCommand, LoopObedience, Loopback};
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_line::t1::LoopCode;

/// Writes to one register of span 0, in order.
fn written(fake: &crate::Fake, register: usize) -> Vec<u32> {
    let model = fake.model();
    model.written.iter().filter(|(at, _)| *at == 0x10000 + 4 * register).map(|(_, value)| *value).collect()
}

#[test]
fn each_second_a_report_goes_into_the_fifo_with_its_end_marked() {
    let (fake, mut card, mut media) = settled(ESF);
    (0..1010).for_each(|_| media.turn(&mut card, 8, 0));
    fake.model().forget();
    // 7 errored blocks, 2 violations.
    fake.set_port(0, 0x053, 7);
    fake.set_port(0, 0x051, 2);
    fake.set_port(0, 0x093, 0x02);
    (0..8).for_each(|_| media.turn(&mut card, 8, 0));
    // T1.403 §9.4.2: SAPI 14, TEI 0, UI; the last second has G3 and LV and number 0, those before it nothing.
    let report = [0x38, 0x01, 0x03, 0xc0, 0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x01];
    assert_eq!(written(&fake, 0x1b4), report);
    let order: Vec<usize> =
        fake.model().written.iter().map(|(at, _)| (at.saturating_sub(0x10000)) / 4).collect();
    let end = order.iter().position(|at| *at == 0x110).expect("TEOM");
    assert_eq!(order[end - 1..end + 2], [0x1b4, 0x110, 0x1b4], "before the last octet");
    assert_eq!(written(&fake, 0x110), [0x14]);
    // A report that is still there makes room.
    fake.set_port(0, 0x1b3, 53);
    fake.set_port(0, 0x093, 0x02);
    fake.model().forget();
    (0..8).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(written(&fake, 0x110), [0x30, 0x10, 0x14]);
}

#[test]
fn the_report_of_the_far_end_is_taken_out_in_some_turns_and_told_once() {
    let (fake, mut card, mut media) = settled(ESF);
    for state in [0x10, 0x20, 0x30, 0x40] {
        // G3 and number 0.
        let report = [0x38, 0x01, 0x03, 0x80, 0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x01];
        fake.model().fifo.extend(report);
        fake.set_port(0, 0x0b4, state);
        fake.set_port(0, 0x094, 0x08);
        (0..32).for_each(|_| media.turn(&mut card, 8, 0));
        assert_eq!(fake.model().fifo.len(), 0);
        let told = card.poll_far_second(0).map(|second| second.crc_errors);
        // Only a message that ended well is one.
        assert_eq!(told, (state == 0x10).then_some(6), "PS {:#x}", state >> 4);
    }
    fake.model().fifo.extend([0x55; 40]);
    fake.set_port(0, 0x0b4, 0x10);
    fake.set_port(0, 0x094, 0x08);
    (0..80).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!((fake.fifo_length(), card.poll_far_second(0)), (0, None), "no report");
}

#[test]
fn a_command_is_sent_for_44_ms_and_obeyed_when_it_comes() {
    let (fake, mut card, mut media) = settled(ESF);
    let order = LineOrder::CommandLoop(LoopCommand::PayloadDown);
    media.ticks.run_tick(0, |tick| card.order(tick, 0, &order));
    assert_eq!((written(&fake, 0x163), written(&fake, 0x113)), (vec![0x19], vec![0x60]));
    (0..43).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(fake.port(0, 0x113), 0x60);
    (0..9).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(fake.port(0, 0x113), 0x20);
    // For a second what comes may be the command itself, sent back.
    fake.set_port(0, 0x063, 0x07);
    fake.set_port(0, 0x096, 0x01);
    (0..960).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(card.status(0).looped, None);
    for (code, looped, lmcr, rcr3) in [
        (0x07, Some(Loopback::Line), 0x09, 0),
        (0x1c, None, 1, 0),
        (0x0a, Some(Loopback::Payload), 1, 2),
        (0x12, None, 1, 0),
    ] {
        fake.set_port(0, 0x063, code);
        fake.set_port(0, 0x096, 0x01);
        (0..9).for_each(|_| media.turn(&mut card, 8, 0));
        assert_eq!(card.status(0).looped, looped, "{code:#x}");
        assert_eq!((fake.port(0, 0x1002), fake.port(0, 0x083)), (lmcr, rcr3));
    }
}

#[test]
fn a_loop_code_must_last_five_seconds_without_a_break() {
    let (fake, mut card, mut media) = settled(ESF);
    fake.set_port(0, 0x0b2, 0x01);
    // 4.9 s of what the chip has found, looked at every 8 ms.
    (0..4888).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(card.status(0).looped, None);
    // It went and came between two services.
    fake.set_port(0, 0x092, 0x11);
    (0..4888).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(card.status(0).looped, None);
    (0..32).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(card.status(0).looped, Some(Loopback::Line));
    media.ticks.run_tick(0, |tick| card.order(tick, 0, &LineOrder::ObeyLoops(LoopObedience::Nobody)));
    assert_eq!((card.status(0).looped, fake.port(0, 0x1002)), (None, 0x01));
}

#[test]
fn a_loop_code_is_there_before_it_is_sent() {
    let (fake, mut card, mut media) = settled(ESF);
    let order = LineOrder::SendLoopCode(Some(LoopCode::LINE_DOWN));
    media.ticks.run_tick(0, |tick| card.order(tick, 0, &order));
    let model = fake.model();
    let all: Vec<_> = model.written.iter().map(|(at, value)| ((at - 0x10000) / 4, *value)).collect();
    // 001 twice, six bits.
    assert_eq!(all, [(0x1ac, 0x24), (0x1ad, 0x24), (0x186, 0x01), (0x183, 0x01)]);
}

#[test]
fn synchronisation_messages_of_an_e1_are_in_their_sa_bit_both_ways() {
    let (fake, mut card, mut media) = settled(CCS);
    let bit = SaBit::new(5).expect("a bit");
    let order = LineOrder::SyncMessage(Some((bit, Quality::Equipment)));
    media.ticks.run_tick(0, |tick| card.order(tick, 0, &order));
    // 1011, the first in frame 1, which is the lowest bit: 1101, twice.
    assert_eq!((written(&fake, 0x16a), written(&fake, 0x114)), (vec![0xdd], vec![0x08]));
    // 0010 comes in frames 1 to 7 and 9 to 15.
    fake.set_port(0, 0x06a, 0x44);
    (0..8).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(card.status(0).sync_quality, None, "once is not enough");
    (0..8).for_each(|_| media.turn(&mut card, 8, 0));
    assert_eq!(card.status(0).sync_quality, Some(Quality::Primary));
    media.ticks.run_tick(0, |tick| card.order(tick, 0, &LineOrder::SyncMessage(None)));
    assert_eq!((fake.port(0, 0x114), card.status(0).sync_quality), (0, None));
}

#[test]
fn the_quality_of_a_line_that_was_lost_must_be_told_anew() {
    let (fake, mut card, mut media) = settled(CCS);
    let order = LineOrder::SyncMessage(SaBit::new(5).map(|bit| (bit, Quality::Equipment)));
    media.ticks.run_tick(0, |tick| card.order(tick, 0, &order));
    fake.set_port(0, 0x06a, 0x44);
    let told = |card: &mut tandem_card::Ds8Driver<crate::Fake>, media: &mut crate::Media| {
        (0..8).for_each(|_| media.turn(card, 8, 0));
        assert_eq!(card.status(0).sync_quality, None, "once is not enough");
        (0..8).for_each(|_| media.turn(card, 8, 0));
        assert_eq!(card.status(0).sync_quality, Some(Quality::Primary));
    };
    told(&mut card, &mut media);
    // LOS; LOF; AIS, which is ones without frames; LOF for a moment.
    for (now, latched) in [(0x02, 0x02), (0x01, 0x01), (0x05, 0x05), (0x00, 0x11)] {
        fake.set_port(0, 0x0b0, now);
        fake.set_port(0, 0x090, latched);
        media.turn(&mut card, 8, 0);
        assert_eq!(card.status(0).sync_quality, None, "{now:#x} {latched:#x}");
        (0..15).for_each(|_| media.turn(&mut card, 8, 0));
        fake.set_port(0, 0x0b0, 0);
        fake.set_port(0, 0x090, 0);
        (0..16).for_each(|_| media.turn(&mut card, 8, 0));
        assert_eq!(card.status(0).sync_quality, Some(Quality::Primary), "and is, when the line is back");
    }
    fake.model().pulled = true;
    media.turn(&mut card, 8, 0);
    assert_eq!(card.status(0).sync_quality, None);
}
