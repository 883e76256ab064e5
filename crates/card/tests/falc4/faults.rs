//! Hardware that goes away or lies.
use crate::model::received_octet;
use crate::{CAS, CCS, Media, gone, started};
use tandem_card::{Card, CardError};
use tandem_types::{Abcd, Defects, Timeslot};

#[test]
fn a_pulled_card_reports_loss_of_signal_and_is_asked_nothing_more() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    media.turn(&mut card, 8, 1);
    fake.model().pulled = true;
    fake.model().forget();
    media.turn(&mut card, 8, 2);
    assert_eq!(fake.model().reads, 3, "INTR, and VERSION twice to be sure");
    for _ in 0..100 {
        media.turn(&mut card, 8, 3);
    }
    assert_eq!(fake.model().accesses(), 3);
    for span in 0..4 {
        assert_eq!(card.status(span).defects, gone());
        assert_eq!(card.status(span).counters.crc_errors, 0);
    }
    assert_eq!(media.frames, [[0xff; 32]; 8]);
    let error = CardError::Hardware("VERSION reads all ones: no card answers");
    assert_eq!(card.start(), Err(error));
    card.stop();
}

#[test]
fn a_card_that_is_back_can_be_started_again() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    fake.model().pulled = true;
    media.turn(&mut card, 8, 1);
    fake.model().pulled = false;
    media.turn(&mut card, 8, 1);
    assert_eq!(card.status(0).defects, gone());
    assert_eq!(card.start(), Ok(()));
    media.turn(&mut card, 8, 1);
    assert_eq!(card.status(0).defects, Defects::NONE);
}

#[test]
fn one_reading_of_all_ones_is_no_pulled_card() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for octet in 1..=40 {
        fake.model().glitch = octet % 3 == 0;
        media.turn(&mut card, 8, octet);
    }
    assert_eq!(card.status(0).defects, Defects::NONE);
    assert_eq!((card.status(0).counters.frames_missed, card.status(0).counters.slips_repeated), (0, 0));
    assert_eq!(fake.model().sent[1..], (1..40).collect::<Vec<u8>>());
}

#[test]
fn a_card_that_is_pulled_within_a_service_adds_nothing_to_what_is_known() {
    let mut reads_of_a_service = 0;
    for reads in 0.. {
        let (fake, mut card) = started(CAS);
        let mut media = Media::new();
        media.turn(&mut card, 8, 1);
        fake.model().forget();
        for span in 0..4 {
            fake.model().framers[span][0x68..=0x6c].copy_from_slice(&[0x08, 0, 0x3c, 0x40, 0]);
        }
        fake.model().pulled_after = Some(reads);
        media.turn(&mut card, 8, 2);
        reads_of_a_service = fake.model().reads.max(reads_of_a_service);
        for span in 0..4 {
            let counters = card.status(span).counters;
            assert_eq!(counters, Default::default(), "pulled after {reads} reads");
            assert_eq!(card.received_bits(span), &[Abcd::new(0); 32], "pulled after {reads} reads");
        }
        fake.model().pulled = true;
        media.turn(&mut card, 8, 3);
        assert_eq!(card.status(0).defects, gone());
        if reads > reads_of_a_service {
            break;
        }
    }
    assert!(reads_of_a_service > 100, "the test reaches all of a service");
}

/// The most that a service may ask of the bus: every interrupt of every span, and one span's poll.
const MOST_ACCESSES: usize = 640;

#[test]
fn random_answers_neither_panic_nor_keep_a_service_busy() {
    let (fake, mut card) = started(CAS);
    let mut media = Media::new();
    let (mut most, mut lost) = (0, 0);
    for round in 0..100_000_u64 {
        fake.model().forget();
        fake.model().hostile = Some(round * 0x9e37_79b9 + 1);
        media.turn(&mut card, 8, round as u8);
        most = most.max(fake.model().accesses());
        let slot = Timeslot::new(round as u8 % 32).expect("a slot");
        media.ticks.run_tick(0, |tick| card.set_bits(tick, 0, slot, Abcd::new(round as u8)));
        if fake.model().accesses() == 0 {
            lost += 1;
            fake.model().hostile = None;
            assert_eq!(card.start(), Ok(()));
        }
        fake.model().sent.clear();
    }
    assert!(most <= MOST_ACCESSES, "{most} accesses in one service");
    assert!(lost > 0 && most > 300, "the test reaches both ends: {lost} losses, {most} accesses");
}

#[test]
fn a_card_that_does_not_know_its_name_adds_nothing_out_of_the_ordinary() {
    // (register of span 0, value), or a jump of rxident.
    for told in [None, Some((0x6a, 0x40)), Some((0x6b, 0x40)), Some((0x6b, 0x01)), Some((0x6c, 0x80))] {
        let (fake, mut card) = started(CCS);
        let mut media = Media::new();
        (0..3).for_each(|_| media.turn(&mut card, 8, 1));
        {
            let mut model = fake.model();
            model.words[6] = 0x1234_5678;
            model.framers[0][0x50..0x58].fill(0x55);
            match told {
                Some((register, value)) => model.framers[0][register] = value,
                None => model.rxident = (model.rxident + 50) & 0x7f,
            }
        }
        media.turn(&mut card, 8, 1);
        assert_eq!(card.status(0).counters, Default::default(), "{told:x?}");
        assert_eq!(card.transmit_counters(0), Default::default(), "{told:x?}");
        (0..16).for_each(|_| media.turn(&mut card, 8, 1));
        assert_eq!((card.status(0).defects, card.status(0).counters), (gone(), Default::default()));
    }
}

#[test]
fn bits_of_intr_that_are_always_0_are_no_news_of_buffers() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for octet in 1..=40 {
        // Half of all answers are nonsense, but the name is right.
        fake.model().odd_intr = [0, 0x8000_0000, 0x0055_0004, 0][octet % 4];
        media.turn(&mut card, 8, octet as u8);
    }
    assert_eq!((card.status(0).defects, card.status(0).counters), (Defects::NONE, Default::default()));
}

#[test]
fn a_number_of_buffers_that_was_read_wrong_once_is_not_believed() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    (0..3).for_each(|_| media.turn(&mut card, 8, 0));
    let mut wrong = 0;
    for octet in 1..=120 {
        // The bits of `rxident` one after the other, read as 1.
        let odd = 0x0001_0000 << (octet % 7);
        wrong += usize::from(fake.model().rxident << 16 & odd == 0);
        fake.model().odd_intr = odd;
        media.turn(&mut card, 8, octet);
        assert_eq!(media.frames[0][1], received_octet(8 * u64::from(octet) + 16, 1), "service {octet}");
    }
    assert!(wrong > 40, "{wrong} readings were wrong");
    assert_eq!((card.status(0).defects, card.status(0).counters), (Defects::NONE, Default::default()));
    assert_eq!(card.transmit_counters(0), Default::default());
}
