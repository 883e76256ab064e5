//! Bit-oriented messages of T1.403: their codes as published, and the rule of seven in ten.
use tandem_line::t1::{Bom, BomCode, BomDetector, BomThreshold, LinkSender, SyncQuality, T1Framing};
use tandem_testkit::Rng;
use tandem_testkit::fdl::{Message, code_word, messages, wire};
use tandem_testkit::hdlc::FLAG;

/// What a detector makes of bits, in the model's terms.
fn detect(bits: &[bool], threshold: BomThreshold) -> Vec<Message> {
    let (mut detector, mut noted) = (BomDetector::new(threshold), Vec::new());
    for (at, bit) in bits.iter().enumerate() {
        let Some(change) = detector.handle_bit(*bit) else { continue };
        let message = |code: BomCode, there| Message { at, code: code.bits() << 1, there };
        noted.extend(change.ended.map(|code| message(code, false)));
        noted.extend(change.begun.map(|code| message(code, true)));
    }
    noted
}

fn word(bom: Bom) -> Vec<bool> {
    let word = bom.code().word();
    (0..16).map(|n| (word >> (15 - n)) & 1 == 1).collect()
}

#[test]
fn the_codes_are_those_published() {
    for (bom, written) in [
        (Bom::Rai, "00000000 11111111"),
        (Bom::RaiCi, "00111110 11111111"),
        (Bom::LoopRetention, "00101010 11111111"),
        (Bom::LineLoopUp, "00001110 11111111"),
        (Bom::LineLoopDown, "00111000 11111111"),
        (Bom::PayloadLoopUp, "00010100 11111111"),
        (Bom::PayloadLoopDown, "00110010 11111111"),
        (Bom::NetworkLoopUp, "00010010 11111111"),
        (Bom::UniversalLoopDown, "00100100 11111111"),
        (Bom::Sync(SyncQuality::Stratum1), "00000100 11111111"),
        (Bom::Sync(SyncQuality::Unknown), "00001000 11111111"),
        (Bom::Sync(SyncQuality::Stratum2), "00001100 11111111"),
        (Bom::Sync(SyncQuality::TransitNode), "01111000 11111111"),
        (Bom::Sync(SyncQuality::Stratum3E), "01111100 11111111"),
        (Bom::Sync(SyncQuality::Stratum3), "00010000 11111111"),
        (Bom::Sync(SyncQuality::SonetMinimum), "00100010 11111111"),
        (Bom::Sync(SyncQuality::Stratum4), "00101000 11111111"),
        (Bom::Sync(SyncQuality::DoNotUse), "00110000 11111111"),
        (Bom::Sync(SyncQuality::Provisionable), "01000000 11111111"),
    ] {
        assert_eq!(word(bom), code_word(written), "{bom:?}");
        assert_eq!(bom.code().meaning(), Some(bom));
        assert_eq!(BomCode::from_word(bom.code().word()), Some(bom.code()));
    }
    assert_eq!(Bom::LineLoopUp.code().to_string(), "BOM 00001110 LineLoopUp");
    assert_eq!(BomCode::new(0b10_0001).unwrap().to_string(), "BOM 01000010");
}

#[test]
fn the_loop_up_of_a_smart_jack_is_1111_1111_0100_1000_on_the_line() {
    assert_eq!(word(Bom::NetworkLoopUp), wire("1111111101001000"));
    assert_eq!(word(Bom::UniversalLoopDown), wire("1111111100100100"));
}

#[test]
fn a_flag_is_no_message() {
    assert_eq!(BomCode::new(63), None);
    assert_eq!(BomCode::from_word(0b1111_1111_0111_1110), None);
    assert_eq!(detect(&code_word("01111110 11111111").repeat(30), BomThreshold::Seven), []);
}

#[test]
fn ten_repetitions_are_a_message_at_the_seventh_and_six_are_none() {
    let line_up = code_word("00001110 11111111");
    for (times, threshold, expected) in [
        (6, BomThreshold::Seven, None),
        (7, BomThreshold::Seven, Some(7)),
        (9, BomThreshold::Seven, Some(7)),
        (10, BomThreshold::Seven, Some(7)),
        (7, BomThreshold::Eight, None),
        (9, BomThreshold::Eight, Some(8)),
        (10, BomThreshold::Eight, Some(8)),
    ] {
        let bits = [FLAG.repeat(5), line_up.repeat(times), FLAG.repeat(30)].concat();
        let begun = detect(&bits, threshold).first().copied();
        let wanted =
            expected.map(|words| Message { at: 40 + 16 * words - 1, code: 0b0000_1110, there: true });
        assert_eq!(begun, wanted, "{times} {threshold:?}");
    }
}

#[test]
fn any_three_of_ten_repetitions_may_fail_and_four_may_not() {
    let good = code_word("00111000 11111111");
    for failed in 0..1024_u32 {
        let mut bits = FLAG.repeat(4);
        for n in 0..10 {
            let mut word = good.clone();
            word[(n * 5) % 16] ^= (failed >> n) & 1 == 1;
            bits.extend(word);
        }
        bits.extend(FLAG.repeat(4));
        let is_there = detect(&bits, BomThreshold::Seven).iter().any(|m| m.there && m.code == 0b0011_1000);
        assert_eq!(is_there, failed.count_ones() <= 3, "{failed:010b}");
    }
}

#[test]
fn a_message_goes_when_seven_periods_of_ten_are_without_it() {
    let bits = [code_word("00001110 11111111").repeat(10), FLAG.repeat(40)].concat();
    let noted = detect(&bits, BomThreshold::Seven);
    assert_eq!(noted[1], Message { at: 160 + 7 * 16 - 1, code: 0b0000_1110, there: false });
    assert_eq!(noted.len(), 2);
}

#[test]
fn another_message_takes_the_place_of_the_first_in_any_phase() {
    for shift in 0..16 {
        let up = code_word("00010100 11111111").repeat(10);
        let down = code_word("00110010 11111111").repeat(10);
        let bits = [up, vec![false; shift], down].concat();
        let at = 160 + shift + 7 * 16 - 1;
        let noted = detect(&bits, BomThreshold::Seven);
        let begun = Message { at, code: 0b0011_0010, there: true };
        assert_eq!(*noted.last().unwrap(), begun, "{shift}");
        assert_eq!(noted.len(), 3, "{shift}");
    }
}

#[test]
fn messages_are_found_as_the_model_finds_them() {
    let mut rng = Rng::new(1);
    let mut begun = 0;
    for round in 0..60 {
        let mut bits = Vec::new();
        for _ in 0..rng.below(12) + 1 {
            let code = BomCode::new(rng.below(63) as u8).unwrap();
            let written = format!("{:08b} 11111111", code.bits() << 1);
            match rng.below(4) {
                0 => bits.extend((0..rng.below(300)).map(|_| rng.once_in(2))),
                1 => bits.extend(FLAG.repeat(rng.below(30) as usize)),
                _ => bits.extend(code_word(&written).repeat(rng.below(16) as usize)),
            }
        }
        bits.iter_mut().for_each(|bit| *bit ^= rng.once_in(100));
        for (threshold, enough) in [(BomThreshold::Seven, 7), (BomThreshold::Eight, 8)] {
            let noted = detect(&bits, threshold);
            assert_eq!(noted, messages(&bits, enough), "round {round}");
            begun += noted.iter().filter(|message| message.there).count();
        }
    }
    assert!(begun > 100, "{begun}");
}

#[test]
fn random_bits_are_no_message_however_long() {
    // 4 kbit/s for 24 hours are 345.6 million bits; ten million of them here, and all in a soak.
    let bits = if std::env::var_os("TANDEM_SOAK").is_some() { 345_600_000 } else { 10_000_000 };
    let (mut rng, mut detector) = (Rng::new(7), BomDetector::new(BomThreshold::Seven));
    for _ in 0..bits / 64 {
        let word = rng.word();
        for n in 0..64 {
            assert_eq!(detector.handle_bit((word >> n) & 1 == 1), None);
        }
    }
}

#[test]
fn a_sender_says_a_message_as_often_as_it_was_told() {
    let mut sender = LinkSender::new();
    let poll = |sender: &mut LinkSender, bits| -> Vec<bool> {
        (0..bits).map(|_| sender.poll_bit(T1Framing::Esf, false)).collect()
    };
    sender.send_bom(Bom::LineLoopUp.code(), Some(10));
    assert!(sender.is_sending_bom());
    let bits = poll(&mut sender, 168);
    assert_eq!(bits, [code_word("00001110 11111111").repeat(10), FLAG.to_vec()].concat());
    assert!(!sender.is_sending_bom());
    sender.send_bom(Bom::Sync(SyncQuality::Stratum3).code(), None);
    assert_eq!(poll(&mut sender, 1600), code_word("00010000 11111111").repeat(100));
    sender.stop_bom();
    assert_eq!(poll(&mut sender, 16), FLAG.repeat(2));
}
