//! Defects, remote alarms, counters, slips and signalling bits.
use crate::{CAS, CCS, ESF, ESF_CAS, Media, settled, started};
use tandem_card::{Card, CrcMode, LineCode, LineError, LineOrder, Loopback, SpanConfig, T1Framing};
use tandem_types::{Abcd, Defect, Defects, TelephoneChannel, Timeslot};

/// A turn of every span.
fn round(card: &mut tandem_card::Ds8Driver<crate::Fake>, media: &mut Media) {
    (0..8).for_each(|_| media.turn(card, 8, 0));
}

#[test]
fn status_bits_name_their_defects() {
    for (register, value, expected) in [
        (0x0b0, 0x08, Defects::only(Defect::Rai)),
        (0x0b0, 0x02, Defects::only(Defect::Los)),
        (0x0b0, 0x01, Defects::only(Defect::Lof)),
        (0x0b0, 0x04, Defects::NONE), // ones in frames
        (0x0b2, 0x01, Defects::only(Defect::CasRai)),
        (0x062, 0x04, Defects::only(Defect::Lomf)),
        (0x062, 0x02, Defects::only(Defect::LossOfCasMultiframe)),
    ] {
        let (fake, mut card, mut media) = settled(CAS);
        fake.set_port(5, register, value);
        round(&mut card, &mut media);
        let mut shown = card.status(5).defects;
        if expected == Defects::only(Defect::Lof) {
            // The multiframes are lost with the frames.
            shown = Defects::from_bits(shown.bits() & expected.bits());
        }
        assert_eq!(shown, expected, "{register:#x} {value:#x}");
        assert_eq!(card.status(4).defects, Defects::NONE);
    }
    let (fake, mut card, mut media) = settled(ESF);
    fake.set_port(5, 0x0b0, 0x05);
    round(&mut card, &mut media);
    assert!(card.status(5).defects.contains(Defect::Ais) && card.status(5).defects.contains(Defect::Lof));
}

#[test]
fn a_loss_between_two_services_is_shown_once() {
    let (fake, mut card, mut media) = settled(CCS);
    // RLOF came and went: it is not there now.
    fake.set_port(3, 0x090, 0x11);
    media.turn(&mut card, 8, 0);
    assert!(card.status(3).defects.contains(Defect::Lof));
    assert_eq!(card.status(3).counters.severe_framing_errors, 1);
    assert_eq!(fake.port(3, 0x090), 0, "what was read is written back");
    round(&mut card, &mut media);
    assert_eq!(card.status(3).defects, Defects::NONE);
}

#[test]
fn a_change_is_seen_in_the_service_of_its_interrupt_and_without_one_within_8() {
    for span in 0..8 {
        let (fake, mut card, mut media) = settled(CCS);
        fake.set_port(span, 0x0b0, 0x03);
        fake.set_port(span, 0x090, 0x03);
        media.turn(&mut card, 8, 0);
        assert!(card.status(span).defects.contains(Defect::Los), "span {span}");
        fake.set_port(span, 0x0b0, 0x00);
        round(&mut card, &mut media);
        assert_eq!(card.status(span).defects, Defects::NONE, "span {span}");
    }
}

#[test]
fn automatic_crc4_is_given_up_after_384_ms_and_looked_for_again_with_the_next_alignment() {
    let (fake, mut card, mut media) = settled(SpanConfig::e1(LineCode::Hdb3, CrcMode::Auto, false));
    fake.set_port(2, 0x062, 0xbc);
    round(&mut card, &mut media);
    assert_eq!(card.status(2).defects, Defects::only(Defect::Lomf));
    assert_eq!((fake.port(2, 0x081), fake.port(2, 0x182)), (0x6c, 0x80));
    fake.set_port(2, 0x062, 0xc4);
    round(&mut card, &mut media);
    assert_eq!(card.status(2).defects, Defects::NONE);
    assert_eq!((fake.port(2, 0x081), fake.port(2, 0x182)), (0x64, 0x00));
    // Without alignment bit A is the driver's.
    fake.set_port(2, 0x0b0, 0x01);
    fake.set_port(2, 0x090, 0x01);
    round(&mut card, &mut media);
    assert_eq!(fake.port(2, 0x165), 0xff);
    fake.set_port(2, 0x0b0, 0x00);
    fake.set_port(2, 0x090, 0x10);
    fake.set_port(2, 0x062, 0x04);
    round(&mut card, &mut media);
    assert_eq!(fake.port(2, 0x165), 0xdf);
    assert_eq!((fake.port(2, 0x081), fake.port(2, 0x182)), (0x6c, 0x80));
}

#[test]
fn a_t1_without_a_signal_sends_the_remote_alarm_and_a_second_longer() {
    let (fake, mut card) = started(ESF);
    let mut media = Media::new();
    let sends = |fake: &crate::Fake| fake.port(1, 0x181) & 1 != 0;
    (0..1010).for_each(|_| media.turn(&mut card, 8, 0));
    assert!(!sends(&fake));
    fake.set_port(1, 0x0b0, 0x03);
    fake.set_port(1, 0x090, 0x03);
    media.turn(&mut card, 8, 0);
    assert!(sends(&fake));
    fake.set_port(1, 0x0b0, 0);
    (0..999).for_each(|_| media.turn(&mut card, 8, 0));
    assert!(sends(&fake));
    (0..20).for_each(|_| media.turn(&mut card, 8, 0));
    assert!(!sends(&fake));
}

#[test]
fn the_remote_alarm_of_a_t1_makes_way_for_the_report_of_each_second_once_it_has_lasted_for_one() {
    let (fake, mut card) = started(ESF);
    let mut media = Media::new();
    (0..1010).for_each(|_| media.turn(&mut card, 8, 0));
    fake.set_port(1, 0x0b0, 0x03);
    fake.set_port(1, 0x090, 0x03);
    // By the millisecond whether the alarm is sent.
    let sends: Vec<bool> = (0..4500)
        .map(|ms| {
            // The timer of the chip, half a second behind the loss.
            if ms % 1000 == 500 {
                fake.set_port(1, 0x093, 0x02);
            }
            media.turn(&mut card, 8, 0);
            fake.port(1, 0x181) & 1 != 0
        })
        .collect();
    assert!(sends[..1000].iter().all(|sends| *sends), "not before it has lasted for a second");
    let pauses: Vec<usize> = sends.chunk_by(|a, b| a == b).filter(|run| !run[0]).map(<[bool]>::len).collect();
    // A report of 13 octets with its flags is some 30 ms of 4 kbit/s, and T1.403 lets an alarm rest for 100.
    assert_eq!(pauses.len(), 3, "{pauses:?}");
    assert!(pauses.iter().all(|ms| (50..=62).contains(ms)), "{pauses:?}");
}

#[test]
fn lights_show_the_spans() {
    let (fake, mut card, mut media) = settled(CCS);
    fake.set_port(1, 0x0b0, 0x02);
    fake.set_port(2, 0x0b0, 0x08);
    round(&mut card, &mut media);
    // Two bits a span, green below red: span 1 red, span 2 both.
    assert_eq!(fake.bridge(0x0000), 0x5579_0800);
}

#[test]
fn a_thousand_errors_a_second_count_a_thousand_high_octet_first() {
    let (fake, mut card, mut media) = settled(CCS);
    for second in 1..=3 {
        for (register, count) in [(0x050, 0xffff), (0x052, 1000), (0x054, 0x0102), (0x056, 300_u16)] {
            let [high, low] = count.to_be_bytes();
            fake.set_port(6, register, high);
            fake.set_port(6, register + 1, low);
        }
        fake.set_port(6, 0x093, 0x02);
        round(&mut card, &mut media);
        round(&mut card, &mut media);
        let counters = card.status(6).counters;
        assert_eq!(counters.line_code_violations, 65535 * second);
        assert_eq!(counters.crc_errors, 1000 * second);
        assert_eq!(counters.fas_errors, 0x0102 * second);
        assert_eq!(counters.e_bits, 300 * second);
    }
    assert_eq!(card.status(5).counters, Default::default());
}

#[test]
fn a_superframe_has_no_crc_to_be_wrong() {
    let (fake, mut card, mut media) = settled(SpanConfig::t1(LineCode::B8zs, T1Framing::Sf, false));
    for (register, low) in [(0x052, 9), (0x054, 5), (0x056, 7)] {
        fake.set_port(6, register + 1, low);
    }
    fake.set_port(6, 0x093, 0x02);
    fake.set_port(6, 0x091, 0x04);
    round(&mut card, &mut media);
    let counters = card.status(6).counters;
    assert_eq!((counters.crc_errors, counters.fas_errors, counters.e_bits), (0, 5, 0));
    assert_eq!(counters.severe_framing_errors, 1);
}

#[test]
fn slips_are_counted_by_sign_and_side() {
    let (fake, mut card, mut media) = settled(CCS);
    for (rls4, tls1) in [(0xa0, 0), (0xa0, 0), (0x60, 0), (0, 0xa4), (0, 0x60), (0xe0, 0)] {
        fake.set_port(1, 0x093, rls4);
        fake.set_port(1, 0x190, tls1);
        round(&mut card, &mut media);
        assert_eq!(fake.port(1, 0x093), 0);
    }
    let counters = card.status(1).counters;
    assert_eq!((counters.slips_deleted, counters.slips_repeated), (3, 2));
    assert_eq!(card.transmit_slips(1), 2);
}

#[test]
fn received_bits_of_all_channels_come_to_their_timeslots() {
    let (fake, mut card, mut media) = settled(CAS);
    for n in 1..16_u8 {
        fake.set_port(2, 0x040 + usize::from(n), n << 4 | (n ^ 0x0f));
    }
    // Number k + 1 is timeslot k: 1 to 15 and 17 to 31.
    for (register, named) in [(0x098, 0xfe), (0x099, 0xff), (0x09a, 0xfe), (0x09b, 0xff)] {
        fake.set_port(2, register, named);
    }
    fake.set_port(2, 0x093, 0x08);
    media.turn(&mut card, 8, 0);
    let bits = card.received_bits(2);
    for n in 1..16_u8 {
        assert_eq!(bits[usize::from(n)], Abcd::new(n), "channel {n}");
        assert_eq!(bits[usize::from(n) + 16], Abcd::new(n ^ 0x0f), "channel {}", n + 15);
    }
    assert_eq!((bits[0], bits[16]), (Abcd::new(0), Abcd::new(0)));

    let (fake, mut card, mut media) = settled(ESF_CAS);
    for n in 1..13_u8 {
        fake.set_port(2, 0x03f + usize::from(n), n << 4 | (n ^ 0x0f));
    }
    // Number n is channel n: of these only 3 and 13 are new.
    fake.set_port(2, 0x098, 0x04);
    fake.set_port(2, 0x099, 0x10);
    fake.set_port(2, 0x093, 0x08);
    media.turn(&mut card, 8, 0);
    let mut expected = [Abcd::new(0); 32];
    (expected[3], expected[13]) = (Abcd::new(3), Abcd::new(1 ^ 0x0f));
    assert_eq!(card.received_bits(2), &expected);
}

#[test]
fn received_bits_stay_while_the_multiframe_is_lost_and_are_read_when_it_is_back() {
    let (fake, mut card, mut media) = settled(CAS);
    fake.set_port(0, 0x045, 0x99);
    fake.set_port(0, 0x062, 0x02);
    round(&mut card, &mut media);
    fake.set_port(0, 0x098, 0x20);
    fake.set_port(0, 0x093, 0x08);
    round(&mut card, &mut media);
    assert_eq!(card.received_bits(0)[5], Abcd::new(0));
    assert_eq!(fake.port(0, 0x140), 0x0f, "bit y is sent");
    fake.set_port(0, 0x062, 0);
    round(&mut card, &mut media);
    round(&mut card, &mut media);
    assert_eq!(card.received_bits(0)[5], Abcd::new(9));
    assert_eq!(fake.port(0, 0x140), 0x0b);
}

#[test]
fn sent_bits_share_their_registers() {
    let (fake, mut card, mut media) = settled(CAS);
    let bits_of = |channel: TelephoneChannel| Abcd::new(channel.number() % 15 + 1);
    media.ticks.run_tick(8, |tick| {
        for channel in TelephoneChannel::all() {
            card.set_bits(tick, 3, channel.timeslot(), bits_of(channel));
        }
        for number in [0, 16] {
            card.set_bits(tick, 3, Timeslot::new(number).expect("a slot"), Abcd::new(5));
        }
    });
    for n in 1..16_usize {
        let bits = (n % 15 + 1) as u8;
        assert_eq!(fake.port(3, 0x140 + n), bits << 4 | bits, "TS{}", n + 1);
    }
    assert_eq!((fake.port(3, 0x140), fake.port(2, 0x141)), (0x0b, 0xdd));
    let slot = Timeslot::new(3).expect("a slot");
    media.ticks.run_tick(0, |tick| card.set_bits(tick, 3, slot, Abcd::new(0)));
    assert_eq!(fake.port(3, 0x143), 0x44, "0000 on channel 3 would imitate the alignment signal");

    let (fake, mut card, mut media) = settled(ESF_CAS);
    for (slot, bits) in [(3, 0b1001), (15, 0b0110), (24, 0b1111), (0, 1), (25, 1)] {
        let slot = Timeslot::new(slot).expect("a slot");
        media.ticks.run_tick(0, |tick| card.set_bits(tick, 3, slot, Abcd::new(bits)));
    }
    assert_eq!([0x142, 0x14b, 0x140].map(|ts| fake.port(3, ts)), [0x96, 0x0f, 0x00]);
}

#[test]
fn orders_change_their_bit_and_no_other() {
    let (fake, mut card, mut media) = settled(CCS);
    let mut order = |order| {
        fake.model().forget();
        media.ticks.run_tick(0, |tick| card.order(tick, 4, &order));
        let address = |offset: usize| (offset - 0x10000) / 4;
        fake.model().written.iter().map(|(offset, value)| (address(*offset), *value)).collect::<Vec<_>>()
    };
    assert_eq!(order(LineOrder::Loop(Some(Loopback::Local))), [(0x1082, 0x21)]);
    assert_eq!(order(LineOrder::Loop(Some(Loopback::Line))), [(0x1082, 0x09)]);
    assert_eq!(order(LineOrder::Loop(Some(Loopback::Payload))), [(0x883, 0x02), (0x1082, 0x01)]);
    assert_eq!(order(LineOrder::Loop(None)), [(0x883, 0x00)]);
    assert_eq!(order(LineOrder::SendAis(true)), [(0x981, 0x07)]);
    assert_eq!(order(LineOrder::SendAis(false)), [(0x981, 0x05)]);
    assert_eq!(order(LineOrder::SendRai(true)), [(0x965, 0xff)]);
    assert_eq!(order(LineOrder::SendRai(false)), [(0x965, 0xdf)]);
    assert_eq!(order(LineOrder::InsertError(LineError::Code)), [(0x983, 0x02), (0x983, 0x00)]);
    assert_eq!(order(LineOrder::InsertError(LineError::Crc)), []);
}

#[test]
fn ais_of_a_customer_installation_is_believed_for_two_cycles_of_1260_ms() {
    let (fake, mut card, mut media) = settled(ESF);
    fake.set_port(0, 0x0b0, 0x05);
    fake.set_port(0, 0x090, 0x05);
    fake.set_port(0, 0x096, 0x10);
    let mut after_ms = |ms: usize| {
        (0..ms).for_each(|_| media.turn(&mut card, 8, 0));
        let defects = card.status(0).defects;
        assert!(defects.contains(Defect::Ais), "{defects}");
        defects.contains(Defect::AisCi)
    };
    assert!(after_ms(8), "told by RLS7");
    // Looked at every 8 ms.
    assert!(after_ms(2496));
    assert!(!after_ms(32));
}
