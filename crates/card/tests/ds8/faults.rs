//! Hardware that goes away or lies.
use crate::{CAS, CCS, ESF_CAS, Fake, Media, gone, settled, started};
use tandem_card::{Card, CardError, Ds8Driver, LineOrder, SpanConfig};
use tandem_line::bert::Pattern;
use tandem_types::{Abcd, Defects, Timeslot};

#[test]
fn a_pulled_card_reports_loss_of_signal_and_is_asked_nothing_more() {
    let (fake, mut card, mut media) = settled(CAS);
    fake.model().pulled = true;
    media.turn(&mut card, 8, 2);
    assert_eq!(fake.model().reads, 2, "ISR, and TDM_VERSION to be sure");
    (0..100).for_each(|_| media.turn(&mut card, 8, 3));
    assert_eq!(fake.accesses(), (2, 0));
    for span in 0..8 {
        assert_eq!(card.status(span).defects, gone());
    }
    assert_eq!(media.frames, [[0xff; 32]; 8]);
    let error = CardError::Hardware("TDM_VERSION reads all ones: no card answers");
    assert_eq!(card.start(), Err(error));
    card.stop();
}

#[test]
fn a_card_that_is_back_is_set_up_as_it_was_a_span_a_service() {
    let (fake, mut card, mut media) = settled(CAS);
    let slot = Timeslot::new(7).expect("a slot");
    media.ticks.run_tick(0, |tick| card.set_bits(tick, 1, slot, Abcd::new(0b0101)));
    fake.model().pulled = true;
    media.turn(&mut card, 8, 2);
    media.ticks.run_tick(0, |tick| {
        card.set_bits(tick, 2, slot, Abcd::new(0b0110));
        card.order(tick, 3, &LineOrder::SendAis(true));
    });
    fake.model().pulled = false;
    fake.model().forget();
    let mut most = 0;
    for _ in 0..1050 {
        let before = fake.model().writes;
        media.turn(&mut card, 8, 2);
        most = most.max(fake.model().writes - before);
    }
    assert!(most < 800, "{most} writes in a service");
    for span in 0..8 {
        assert_eq!(card.status(span).defects, Defects::NONE);
        assert_eq!(card.status(span).counters.frames_missed, 0, "not the host's");
    }
    assert_eq!((fake.port(1, 0x147), fake.port(2, 0x147)), (0x5d, 0x6d));
    assert_eq!(fake.port(3, 0x181) & 0x02, 0x02);
    assert_ne!(media.frames, [[0xff; 32]; 8]);
}

#[test]
fn a_card_that_completes_no_descriptor_for_10_ms_is_dead() {
    let (fake, mut card, mut media) = settled(CCS);
    fake.model().frozen = true;
    (0..9).for_each(|_| media.turn(&mut card, 8, 2));
    assert_eq!(card.status(0).defects, Defects::NONE);
    media.turn(&mut card, 8, 2);
    assert_eq!(card.status(0).defects, gone());
    assert_eq!(card.status(0).counters.frames_missed, 0);
}

#[test]
fn one_reading_of_all_ones_is_no_pulled_card() {
    let (fake, mut card, mut media) = settled(CCS);
    for octet in 1..=40 {
        fake.model().glitch = octet % 3 == 0;
        media.turn(&mut card, 8, octet);
    }
    assert_eq!(card.status(0).defects, Defects::NONE);
    assert_eq!(card.status(0).counters, Default::default());
    let sent = fake.model().sent.clone();
    assert_eq!(sent[sent.len() - 39..], (1..40).collect::<Vec<u8>>());
}

#[test]
fn a_card_that_is_pulled_within_a_service_adds_nothing_to_what_is_known() {
    let mut reads_of_a_service = 0;
    for reads in 0.. {
        let (fake, mut card, mut media) = settled(CAS);
        for span in 0..8 {
            fake.set_port(span, 0x090, 0x0c);
            fake.set_port(span, 0x093, 0x0a);
            fake.set_port(span, 0x098, 0xfe);
        }
        fake.model().pulled_after = Some(reads);
        for _ in 0..9 {
            media.turn(&mut card, 8, 2);
        }
        reads_of_a_service = fake.model().reads.max(reads_of_a_service);
        for span in 0..8 {
            assert_eq!(card.status(span).counters, Default::default(), "pulled after {reads} reads");
            assert_eq!(card.received_bits(span), &[Abcd::new(0); 32], "pulled after {reads} reads");
        }
        fake.model().pulled = true;
        media.turn(&mut card, 8, 3);
        assert_eq!(card.status(0).defects, gone());
        if reads > reads_of_a_service {
            break;
        }
    }
    assert!(reads_of_a_service > 200, "the test reaches all of a round: {reads_of_a_service}");
}

/// The budget of the page for a service, and for what comes besides: an underrun, a second's report.
const MOST_READS: usize = 96 + 4 + 1;
const MOST_WRITES: usize = 50 + 6 + 14;

#[test]
fn random_answers_neither_panic_nor_keep_a_service_busy() {
    for (seed, config) in (1..).zip([CAS, CCS, ESF_CAS, SpanConfig::default()]) {
        let (fake, mut card) = started(config);
        let mut media = Media::new();
        let (mut most, mut lost) = ((0, 0), 0);
        for round in 0..20_000_u64 {
            fake.model().forget();
            fake.model().hostile = Some((round * 4 + seed) * 0x9e37_79b9 + 1);
            media.turn(&mut card, 8, round as u8);
            let accesses = fake.accesses();
            most = (most.0.max(accesses.0), most.1.max(accesses.1));
            let slot = Timeslot::new(round as u8 % 32).expect("a slot");
            media.ticks.run_tick(0, |tick| card.set_bits(tick, 0, slot, Abcd::new(round as u8)));
            while card.poll_far_second(0).is_some() {}
            if accesses == (0, 0) {
                lost += 1;
                fake.model().hostile = None;
                assert_eq!(card.start(), Ok(()));
            }
            fake.model().sent.clear();
        }
        assert!(most.0 <= MOST_READS && most.1 <= MOST_WRITES, "{most:?} accesses in one service");
        assert!(most.0 > 40, "{config:?}: the test reaches both ends: {lost} losses, {most:?} accesses");
    }
}

#[test]
fn a_corrupt_word_of_dma_memory_is_no_missed_time() {
    // The status of the descriptor that is complete, or the control of the one that is not: of the two of a ring.
    for (is_complete, word, octets) in [
        (true, 0, [0x55; 4]),
        (true, 0, [0xff; 4]),
        (true, 0, [0; 4]),
        (false, 12, [0; 4]),
        (false, 12, [0x7f; 4]),
    ] {
        let (fake, mut card, mut media) = settled(CCS);
        media.ticks.run_tick(8, |tick| {
            // Between a unit and the service that takes it.
            tandem_card::Bus::interrupt(&mut fake.clone(), tick.end());
            let mut model = fake.model();
            let place = [0, 16].into_iter().find(|place| (model.dma[place + 12] < 0x80) == is_complete);
            let place = place.expect("one of each") + word;
            model.dma[place..place + 4].copy_from_slice(&octets);
            drop(model);
            card.service(tick);
            (0..8).for_each(|span| card.transmit(tick, span, &[[1; 32]; 8]));
        });
        (0..100).for_each(|_| media.turn(&mut card, 8, 1));
        // Of a status nothing; of a descriptor that was taken from the card what a ring loses until it turns again.
        let missed = card.status(0).counters.frames_missed;
        let most = if is_complete { 0 } else { 8 * 14 };
        assert!(missed <= most, "{octets:x?} in word {word}: {missed}");
        assert_eq!(card.status(0).defects, Defects::NONE);
        // What is truly missed counts as before.
        let before = card.status(0).counters.frames_missed;
        media.turn(&mut card, 8 * 51, 1);
        (0..20).for_each(|_| media.turn(&mut card, 8, 1));
        let missed = card.status(0).counters.frames_missed - before;
        assert!((400..=8 * 52).contains(&missed), "{missed}");
    }
}

#[test]
fn a_test_of_a_whole_line_outlives_its_card_and_says_when_the_pattern_was_not_there() {
    let (fake, mut card, mut media) = settled(CCS);
    media.ticks.run_tick(0, |tick| card.order(tick, 2, &LineOrder::TestLine(Some(Pattern::Prbs15))));
    let programmed = [0x18a, 0x08a, 0x1105].map(|register| fake.port(2, register));
    assert_eq!(programmed, [0x03, 0x03, 0xe8], "every bit, the inverted pattern, loaded");
    let found = |card: &Ds8Driver<Fake>| {
        let test = card.status(2).line_test.expect("it goes on");
        (test.synchronised, test.counts.bits, test.counts.errors, test.counts.losses)
    };
    let mut turn = |card: &mut Ds8Driver<Fake>, latched: u8, bits: u8| {
        for (register, value) in [(0x110e, latched), (0x1107, bits), (0x1108, 1), (0x110b, 3)] {
            fake.set_port(2, register, value);
        }
        // Span 2 has its turn in each eight services, and what it latched is taken with it.
        (0..8).for_each(|_| media.turn(card, 8, 2));
        found(card)
    };
    assert_eq!(turn(&mut card, 0x01, 10), (true, 266, 3, 0), "BSYNC");
    assert_eq!(turn(&mut card, 0x00, 10), (true, 532, 6, 0));
    assert_eq!(turn(&mut card, 0x02, 10), (false, 532, 9, 1), "BRLOS: bits of that turn are not counted");
    fake.model().forget();
    assert_eq!(turn(&mut card, 0x03, 10), (false, 532, 12, 1), "both: nobody knows");
    let searches = fake.model().written.iter().filter(|(_, value)| *value == 0x69).count();
    assert_eq!(searches, 1, "RESYNC");
    assert_eq!(turn(&mut card, 0x01, 10), (true, 798, 15, 1));
    fake.model().pulled = true;
    (0..200).for_each(|_| media.turn(&mut card, 8, 2));
    assert_eq!(found(&card), (false, 798, 15, 2));
    fake.model().pulled = false;
    (0..1200).for_each(|_| media.turn(&mut card, 8, 2));
    assert_eq!([0x18a, 0x08a, 0x1105].map(|register| fake.port(2, register) & 0x7f), [0x03, 0x03, 0x68]);
    media.ticks.run_tick(0, |tick| card.order(tick, 2, &LineOrder::TestLine(None)));
    assert_eq!([0x18a, 0x08a].map(|register| fake.port(2, register)), [0, 0]);
    assert_eq!(card.status(2).line_test, None);
}
