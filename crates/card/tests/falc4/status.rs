//! Defects, remote alarm, counters, slips and signalling bits.
use crate::{CAS, CCS, Fake, Media, started};
use tandem_card::{Card, Falc4Driver, LineOrder, SpanConfig};
use tandem_line::bert::{Pattern, TesterState};
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_line::{CrcMode, LineCode};
use tandem_types::{Abcd, Defect, Defects, TelephoneChannel, Timeslot};

#[test]
fn status_bits_name_their_defects() {
    for (frs0, frs1, expected) in [
        (0x80, 0x00, Defect::Los),
        (0x40, 0x00, Defect::Ais),
        (0x20, 0x00, Defect::Lof),
        (0x10, 0x00, Defect::Rai),
        (0x00, 0x40, Defect::CasRai),
        (0x00, 0x10, Defect::CasAis),
        (0x00, 0x08, Defect::LossOfCasMultiframe),
    ] {
        let (fake, mut card) = started(CAS);
        (fake.model().framers[1][0x4c], fake.model().framers[1][0x4d]) = (frs0, frs1);
        Media::new().turn(&mut card, 8, 0);
        assert_eq!(card.status(1).defects, Defects::only(expected));
        assert_eq!(card.status(0).defects, Defects::NONE);
    }
}

#[test]
fn a_missing_crc4_multiframe_is_a_defect_only_where_it_is_expected() {
    for (crc4, frs0, lost) in [
        (CrcMode::Off, 0x06, false),
        (CrcMode::On, 0x02, true),
        (CrcMode::On, 0x04, true),
        (CrcMode::Auto, 0x02, true),
        (CrcMode::Auto, 0x06, false),
        (CrcMode::Auto, 0x00, false),
    ] {
        let (fake, mut card) = started(SpanConfig::e1(LineCode::Hdb3, crc4, false));
        fake.model().framers[0][0x4c] = frs0;
        Media::new().turn(&mut card, 8, 0);
        assert_eq!(card.status(0).defects.contains(Defect::Lomf), lost, "{crc4:?} {frs0:#x}");
    }
}

#[test]
fn a_change_of_status_is_seen_in_the_service_after_its_interrupt() {
    for isr2 in [0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01] {
        let (fake, mut card) = started(CCS);
        let mut media = Media::new();
        media.turn(&mut card, 8, 0);
        fake.model().framers[3][0x4c] = 0x10;
        fake.model().framers[3][0x6a] = isr2;
        media.turn(&mut card, 8, 0);
        // What came for a moment is shown besides.
        let shown = match isr2 {
            0x40 => 1 << Defect::Lof as u8 | 1 << Defect::Rai as u8,
            0x08 => 1 << Defect::Ais as u8 | 1 << Defect::Rai as u8,
            0x04 => 1 << Defect::Los as u8 | 1 << Defect::Rai as u8,
            _ => 1 << Defect::Rai as u8,
        };
        assert_eq!(card.status(3).defects, Defects::from_bits(shown), "ISR2 {isr2:#x}");
        assert_eq!(fake.model().framers[3][0x6a], 0, "the latched bit was read");
    }
}

#[test]
fn a_loss_between_two_services_is_counted_and_shown_for_one() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    media.turn(&mut card, 8, 0);
    for losses in 1..=200 {
        // Lost and found again: FRS0 says that all is well.
        fake.model().framers[3][0x6a] = 0xc0;
        media.turn(&mut card, 8, 0);
        assert_eq!(card.status(3).defects, Defects::only(Defect::Lof));
        assert_eq!(card.status(3).counters.severe_framing_errors, losses);
        media.turn(&mut card, 8, 0);
        assert_eq!(card.status(3).defects, Defects::NONE);
    }
    assert_eq!(card.status(2).counters, Default::default());
    for (register, value, defect) in [
        (0x6a, 0x04, Defect::Los),
        (0x6a, 0x08, Defect::Ais),
        (0x6a, 0x01, Defect::Rai),
        (0x6b, 0x20, Defect::LossOfCasMultiframe),
    ] {
        fake.model().framers[3][register] = value;
        media.turn(&mut card, 8, 0);
        assert_eq!(card.status(3).defects, Defects::only(defect));
        media.turn(&mut card, 8, 0);
        assert_eq!(card.status(3).defects, Defects::NONE);
    }
    assert_eq!(card.status(3).counters.severe_framing_errors, 200, "of these none lost alignment");
}

#[test]
fn a_defect_that_was_shown_and_went_is_not_shown_again() {
    for (frs0, isr2) in [(0x80, 0x04), (0x40, 0x08)] {
        let (fake, mut card) = started(CCS);
        let mut media = Media::new();
        fake.model().framers[0][0x4c] = frs0;
        media.turn(&mut card, 8, 0);
        assert!(card.status(0).defects.is_severe());
        (fake.model().framers[0][0x4c], fake.model().framers[0][0x6a]) = (0, isr2);
        media.turn(&mut card, 8, 0);
        assert_eq!(card.status(0).defects, Defects::NONE);
    }
}

#[test]
fn a_change_in_timeslot_16_is_seen_in_the_service_after_its_interrupt() {
    for isr3 in [0x20, 0x10, 0x08] {
        let (fake, mut card) = started(CAS);
        let mut media = Media::new();
        media.turn(&mut card, 8, 0);
        fake.model().framers[3][0x4d] = 0x08;
        fake.model().framers[3][0x6b] = isr3;
        media.turn(&mut card, 8, 0);
        assert_eq!(card.status(3).defects, Defects::only(Defect::LossOfCasMultiframe), "ISR3 {isr3:#x}");
    }
}

#[test]
fn a_change_without_interrupt_is_seen_within_16_ms() {
    for span in 0..4 {
        for phase in 1..17 {
            let (fake, mut card) = started(CCS);
            let mut media = Media::new();
            for _ in 0..phase {
                media.turn(&mut card, 8, 0);
            }
            fake.model().framers[span][0x4c] = 0x80;
            for _ in 0..16 {
                media.turn(&mut card, 8, 0);
            }
            assert_eq!(card.status(span).defects, Defects::only(Defect::Los), "span {span} phase {phase}");
        }
    }
}

#[test]
fn bit_a_is_left_to_the_framer() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for frs0 in [0x00, 0x80, 0x20, 0x40, 0x10, 0x02] {
        (fake.model().framers[2][0x4c], fake.model().framers[2][0x6a]) = (frs0, 0xff);
        media.turn(&mut card, 8, 0);
        assert_eq!(fake.model().framers[2][0x20], 0x9f, "FRS0 {frs0:#x}");
        assert_eq!(fake.model().framers[2][0x1e] & 0x02, 0x02);
    }
}

#[test]
fn lamps_show_the_spans() {
    let (fake, mut card) = started(CCS);
    for (span, frs0) in [(1, 0x80), (2, 0x10), (3, 0x00)] {
        fake.model().framers[span][0x4c] = frs0;
    }
    Media::new().turn(&mut card, 8, 0);
    assert_eq!(fake.model().words[7], 0x1000 | 2 << 6 | 3 << 4 | 1 << 2 | 2);
}

#[test]
fn a_thousand_errors_a_second_count_a_thousand() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for second in 1..=3 {
        let counts = [(0x50, 0x0102), (0x52, 0xffff), (0x54, 1000), (0x56, 300_u16)];
        for (register, count) in counts {
            fake.model().framers[0][register..register + 2].copy_from_slice(&count.to_le_bytes());
        }
        fake.model().framers[0][0x6b] = 0x40;
        media.turn(&mut card, 8, 0);
        media.turn(&mut card, 8, 0);
        let counters = card.status(0).counters;
        assert_eq!(counters.crc_errors, 1000 * second);
        assert_eq!(counters.fas_errors, 0x0102 * second);
        assert_eq!(counters.line_code_violations, 65535 * second);
        assert_eq!(counters.e_bits, 300 * second);
    }
    assert_eq!(card.status(1).counters.crc_errors, 0);
}

#[test]
fn slips_are_counted_by_sign_and_side() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for (isr3, isr4) in [(0x02, 0), (0x02, 0), (0x01, 0), (0, 0x80), (0, 0x40)] {
        (fake.model().framers[1][0x6b], fake.model().framers[1][0x6c]) = (isr3, isr4);
        media.turn(&mut card, 8, 0);
    }
    let counters = card.status(1).counters;
    assert_eq!((counters.slips_deleted, counters.slips_repeated), (2, 1));
    assert_eq!(card.transmit_counters(1).slips, 2);
}

#[test]
fn received_bits_of_all_thirty_channels_come_to_their_timeslots() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    media.turn(&mut card, 8, 0);
    for n in 1..16_u8 {
        fake.model().rs[2][usize::from(n)] = n << 4 | (n ^ 0x0f);
    }
    fake.model().framers[2][0x68] = 0x08;
    media.turn(&mut card, 8, 0);
    let bits = card.received_bits(2);
    for n in 1..16_u8 {
        assert_eq!(bits[usize::from(n)], Abcd::new(n), "channel {n}");
        assert_eq!(bits[usize::from(n) + 16], Abcd::new(n ^ 0x0f), "channel {}", n + 15);
    }
    assert_eq!((bits[0], bits[16]), (Abcd::new(0), Abcd::new(0)));
    assert_eq!(card.received_bits(1), &[Abcd::new(0); 32]);
}

#[test]
fn received_bits_stay_while_the_multiframe_is_lost_and_are_read_when_it_is_back() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    media.turn(&mut card, 8, 0);
    fake.model().rs[0][5] = 0x99;
    (fake.model().framers[0][0x4d], fake.model().framers[0][0x68]) = (0x08, 0x08);
    for _ in 0..40 {
        media.turn(&mut card, 8, 0);
        assert_eq!(card.received_bits(0)[5], Abcd::new(0));
    }
    assert_eq!(fake.model().framers[0][0x70], 0x0f, "bit y is sent");
    fake.model().framers[0][0x4d] = 0;
    for _ in 0..16 {
        media.turn(&mut card, 8, 0);
    }
    assert_eq!(card.received_bits(0)[5], Abcd::new(9));
    assert_eq!(fake.model().framers[0][0x70], 0x0b);
}

#[test]
fn sent_bits_of_all_thirty_channels_share_their_registers() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    let bits_of = |channel: TelephoneChannel| Abcd::new(channel.number() % 15 + 1);
    media.ticks.run_tick(8, |tick| {
        for channel in TelephoneChannel::all() {
            card.set_bits(tick, 3, channel.timeslot(), bits_of(channel));
        }
        for number in [0, 16] {
            card.set_bits(tick, 3, Timeslot::new(number).expect("a slot"), Abcd::new(5));
        }
    });
    // Channels n and n + 15 are given the same bits by the rule above.
    for n in 1..16_usize {
        let bits = (n % 15 + 1) as u8;
        assert_eq!(fake.model().framers[3][0x70 + n], bits << 4 | bits, "XS{}", n + 1);
    }
    assert_eq!(fake.model().framers[3][0x70], 0x0b);
    assert_eq!(fake.model().framers[2][0x71], 0xdd, "other spans are left alone");
}

#[test]
fn one_channel_leaves_the_other_half_of_its_register_alone() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    let slots = [3, 19].map(|number| Timeslot::new(number).expect("a slot"));
    media.ticks.run_tick(8, |tick| card.set_bits(tick, 0, slots[0], Abcd::new(0b1001)));
    assert_eq!(fake.model().framers[0][0x73], 0x9d);
    media.ticks.run_tick(8, |tick| card.set_bits(tick, 0, slots[1], Abcd::new(0)));
    assert_eq!(fake.model().framers[0][0x73], 0x90);
    media.ticks.run_tick(8, |tick| card.set_bits(tick, 0, slots[0], Abcd::new(0)));
    assert_eq!(fake.model().framers[0][0x73], 0x90, "0000 on channel 3 would imitate the alignment signal");
}

#[test]
fn a_message_of_the_clock_is_sent_from_xsa_with_ensa_and_the_other_sa_bits_beside_it() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    media.turn(&mut card, 8, 0);
    let mut order = |order: LineOrder| media.ticks.run_tick(0, |tick| card.order(tick, 1, &order));
    let bit = SaBit::new(6).expect("4 to 8");
    order(LineOrder::SendSaBits(0b11001));
    // 1011, the first bit for frame 1, which is the lowest of the register.
    order(LineOrder::SyncMessage(Some((bit, Quality::Equipment))));
    assert_eq!(fake.model().framers[1][0x2c..=0x30], [0xff, 0xff, 0xdd, 0x00, 0xff]);
    assert_eq!(fake.model().framers[1][0x1d], 0x6c, "ENSA");
    order(LineOrder::SyncMessage(Some((bit, Quality::SupplyB))));
    assert_eq!(fake.model().framers[1][0x2e], 0x11, "1000");
    order(LineOrder::SendAis(true));
    assert_eq!(fake.model().framers[1][0x1d], 0x6d);
    order(LineOrder::SendAis(false));
    order(LineOrder::SyncMessage(None));
    assert_eq!([0x1d, 0x20].map(|register| fake.model().framers[1][register]), [0x4c, 0x99]);
    assert_eq!(fake.model().framers[0][0x1d], 0x4c, "the other spans are as they were");
}

#[test]
fn what_the_far_end_tells_of_its_clock_is_believed_when_two_multiframes_say_it_twice_and_ends_with_the_multiframe()
 {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    let mut after_16_ms = |card: &mut Falc4Driver<Fake>| {
        (0..16).for_each(|_| media.turn(card, 8, 0));
        card.status(2).sync_quality
    };
    fake.model().framers[2][0x5f] = 0x44;
    assert_eq!(after_16_ms(&mut card), None, "nobody listens");
    let order = LineOrder::SyncMessage(Some((SaBit::new(7).expect("4 to 8"), Quality::Unknown)));
    tandem_rt::MediaLoop::default().run_tick(0, |tick| card.order(tick, 2, &order));
    assert_eq!(after_16_ms(&mut card), None);
    assert_eq!(after_16_ms(&mut card), Some(Quality::Primary), "0010");
    // A message in one half alone is none, and a reserved one says nothing.
    fake.model().framers[2][0x5f] = 0x4f;
    assert_eq!([0; 4].map(|_| after_16_ms(&mut card)), [Some(Quality::Primary); 4]);
    fake.model().framers[2][0x5f] = 0xff;
    assert_eq!([0; 2].map(|_| after_16_ms(&mut card))[1], Some(Quality::DoNotUse));
    for frs0 in [0x20, 0x02, 0x04] {
        fake.model().framers[2][0x4c] = frs0;
        assert_eq!(after_16_ms(&mut card), None, "FRS0 {frs0:#x}");
        fake.model().framers[2][0x4c] = 0;
        assert_eq!([0; 2].map(|_| after_16_ms(&mut card)), [None, Some(Quality::DoNotUse)]);
    }
    fake.model().pulled = true;
    assert_eq!(after_16_ms(&mut card), None, "a pulled card reads ones too");
}

#[test]
fn a_test_of_the_whole_line_is_lcr1_rsp_and_cec2() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    let order = |card: &mut Falc4Driver<Fake>, order: LineOrder| {
        tandem_rt::MediaLoop::default().run_tick(0, |tick| card.order(tick, 3, &order));
    };
    let mut after_16_ms = |card: &mut Falc4Driver<Fake>| {
        (0..16).for_each(|_| media.turn(card, 8, 0));
        card.status(3).line_test
    };
    assert_eq!(after_16_ms(&mut card), None);
    order(&mut card, LineOrder::TestLine(Some(Pattern::Prbs15)));
    assert_eq!(fake.model().framers[3][0x3b], 0xc0);
    assert_eq!(card.status(3).line_test, Some(TesterState::default()));
    assert_eq!(after_16_ms(&mut card), Some(TesterState::default()), "not found yet");
    fake.model().framers[3][0x4f] = 0x08;
    let found = after_16_ms(&mut card).expect("a test");
    assert_eq!((found.synchronised, found.counts.bits), (true, 0));
    assert_eq!(after_16_ms(&mut card).expect("a test").counts.bits, 16 * 2048);
    order(&mut card, LineOrder::InsertTestErrors(3));
    fake.model().forget();
    after_16_ms(&mut card);
    let inserted = fake.model().written.iter().filter(|write| **write == (3, 0x1b, 0x02)).count();
    assert_eq!(inserted, 3);
    // 700 wrong bits in a second; a second of a span that is not tested is not asked for them.
    for span in [2, 3] {
        fake.model().framers[span][0x58..0x5a].copy_from_slice(&700_u16.to_le_bytes());
        fake.model().framers[span][0x6b] = 0x40;
    }
    let counted = after_16_ms(&mut card).expect("a test").counts;
    assert_eq!((counted.errors, counted.losses), (700, 0));
    fake.model().framers[3][0x4c] = 0x80;
    let dead = after_16_ms(&mut card).expect("a test");
    assert_eq!((dead.synchronised, dead.counts.losses, dead.counts.bits), (false, 1, counted.bits));
    fake.model().framers[3][0x4c] = 0;
    assert!(after_16_ms(&mut card).expect("a test").synchronised);
    // A test that follows begins from nothing, and the framer's search too.
    order(&mut card, LineOrder::TestLine(Some(Pattern::Prbs15)));
    assert_eq!(card.status(3).line_test, Some(TesterState::default()));
    let writes: Vec<_> = fake.model().written.iter().filter(|write| write.1 == 0x3b).copied().collect();
    assert_eq!(writes, [(3, 0x3b, 0x00), (3, 0x3b, 0xc0)]);
    fake.model().pulled = true;
    assert!(!after_16_ms(&mut card).expect("a test").synchronised);
    fake.model().pulled = false;
    fake.model().framers[3][0x3b] = 0;
    (0..70).for_each(|_| _ = after_16_ms(&mut card));
    assert_eq!(fake.model().framers[3][0x3b], 0xc0, "a card that is back tests on");
    order(&mut card, LineOrder::TestLine(None));
    assert_eq!(fake.model().framers[3][0x3b], 0x00);
    assert_eq!(after_16_ms(&mut card), None);
}
