//! The ring of descriptors: order of octets, who is late, what is missed.
use crate::model::received_octet;
use crate::{CCS, Media, settled, started};
use tandem_card::{Bus, Card, SpanCounters};

#[test]
fn spans_lie_beside_one_another_in_memory_and_frames_one_after_the_other() {
    let (_fake, mut card, mut media) = settled(CCS);
    let end = media.ticks.now().0;
    media.turn(&mut card, 8, 0);
    let mut frames = [[[0; 32]; 8]; 8];
    media.ticks.run_tick(0, |tick| {
        for (span, frames) in frames.iter_mut().enumerate() {
            card.receive(tick, span, frames);
        }
    });
    for (span, frames) in frames.iter().enumerate() {
        for (frame, octets) in (end..).zip(frames) {
            for (slot, octet) in octets.iter().enumerate() {
                assert_eq!(
                    *octet,
                    received_octet(frame, slot, span),
                    "span {span} frame {frame} slot {slot}"
                );
            }
        }
    }
}

#[test]
fn each_span_has_its_own_octet_in_what_is_sent_and_the_descriptor_is_given_back_last() {
    let (fake, mut card, mut media) = settled(CCS);
    media.ticks.run_tick(8, |tick| {
        card.service(tick);
        for span in 0..8_u8 {
            let taken = |model: &crate::model::Model| {
                [0, 16]
                    .map(|place| model.dma[place + 12])
                    .into_iter()
                    .filter(|octet| octet & 0x80 == 0)
                    .count()
            };
            assert_eq!(taken(&fake.model()), 1, "before span {span}");
            let mut frames = [[0xff; 32]; 8];
            frames[7][31] = 0x40 | span;
            card.transmit(tick, usize::from(span), &frames);
        }
    });
    let model = fake.model();
    for place in [0, 16] {
        assert_eq!(model.dma[place + 12] & 0x80, 0x80, "the card's again");
    }
    // The buffers of descriptor 0 begin at 4096, those of descriptor 1 at 8192; the card sends from one of them now.
    let place = [4096, 8192].into_iter().find(|place| model.dma[place + 7 * 256 + 31 * 8] == 0x40);
    let place = place.expect("sent in one of two buffers");
    for span in 0..8 {
        assert_eq!(model.dma[place + 7 * 256 + 31 * 8 + span], 0x40 | span as u8);
        assert_eq!(model.dma[place + 6 * 256 + 31 * 8 + span], 0xff);
    }
}

#[test]
fn what_is_handed_over_leaves_a_unit_later() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for octet in 1..=8 {
        media.turn(&mut card, 8, octet);
    }
    // The ring begins idle at 8; the first descriptor is back at 16.
    assert_eq!(fake.model().sent, [0xff, 0xff, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_late_host_stops_the_ring_which_is_set_up_a_unit_longer_and_counts_what_was_missed_once() {
    let (fake, mut card, mut media) = settled(CCS);
    assert_eq!(fake.model().dma[12..16], [0x80, 0, 0, 2]);
    // Late by a unit: the descriptor being moved was the last one.
    media.turn(&mut card, 16, 1);
    let model = fake.model();
    for (descriptor, end) in [(0, 2), (1, 2), (2, 3)] {
        let place = 16 * descriptor;
        assert_eq!(model.dma[place..place + 4], [0xde, 0xad, 0xbe, 0x00]);
        assert_eq!(model.dma[place + 12..place + 16], [0x80, 0, 0, end], "descriptor {descriptor}");
    }
    drop(model);
    assert_eq!(card.status(0).counters.frames_missed, 0, "not known yet");
    media.turn(&mut card, 8, 1);
    assert_eq!(media.frames, [[0xff; 32]; 8], "a service that finds nothing");
    media.turn(&mut card, 8, 1);
    for span in 0..8 {
        assert_eq!(
            card.status(span).counters.frames_missed,
            16,
            "the other descriptor, and the unit of the restart"
        );
    }
    for late in [8, 8] {
        media.turn(&mut card, 8 + late, 1);
        (0..20).for_each(|_| media.turn(&mut card, 8, 1));
    }
    assert_eq!(card.status(7).counters.frames_missed, 32, "a backlog is thrown away after 8 services");
    assert_eq!(fake.bridge(0x2004), 0x2e, "and nothing else has happened");
    let end = media.ticks.now().0;
    media.turn(&mut card, 8, 1);
    assert_eq!(media.frames[0][1], received_octet(end, 1, 0), "the newest unit is read");
}

#[test]
fn a_backlog_is_taken_in_order_within_8_services() {
    let (_fake, mut card, mut media) = settled(CCS);
    media.turn(&mut card, 16, 1);
    (0..20).for_each(|_| media.turn(&mut card, 8, 1));
    let missed = card.status(0).counters.frames_missed;
    let mut next = media.ticks.now().0;
    media.turn(&mut card, 16, 1);
    for service in 0..8 {
        assert_eq!(media.frames[0][1], received_octet(next, 1, 0), "service {service}");
        assert_eq!(card.status(0).counters.frames_missed, missed);
        next += 8;
        media.turn(&mut card, 8, 1);
    }
    assert_eq!(media.frames[0][1], received_octet(next + 8, 1, 0), "one unit was thrown away");
    assert_eq!(card.status(0).counters.frames_missed, missed + 8);
}

/// A million services with `TANDEM_SOAK`, a part of them without; up to 20 ms late each.
#[test]
fn of_a_million_services_late_by_chance_each_unit_is_received_or_counted() {
    let services = if std::env::var_os("TANDEM_SOAK").is_some() { 1_000_000 } else { 10_000 };
    let (fake, mut card, mut media) = settled(CCS);
    let (mut received, mut chance) = (0, 0x2545_f491_4f6c_dd1d_u64);
    let began = media.ticks.now().0;
    for service in 0..services {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let late = if !chance.is_multiple_of(5) { 0 } else { chance >> 32 & 0xff } % 21;
        fake.model().forget();
        fake.model().sent.clear();
        media.turn(&mut card, 8 + 8 * late as usize, service as u8);
        received += 8 * u64::from(media.frames != [[0xff; 32]; 8]);
    }
    // What is under way at the end comes in time.
    for _ in 0..20 {
        media.turn(&mut card, 8, 0);
        received += 8 * u64::from(media.frames != [[0xff; 32]; 8]);
    }
    let passed = media.ticks.now().0 - began;
    assert_eq!(received + card.status(0).counters.frames_missed, passed);
    assert_eq!(card.status(3).counters.slips_repeated, 0);
}

#[test]
fn a_host_that_serves_fewer_spans_has_its_frames_sent_all_the_same() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for octet in 1..=40 {
        media.ticks.run_tick(8, |tick| {
            card.service(tick);
            card.transmit(tick, 0, &[[octet; 32]; 8]);
        });
    }
    assert_eq!(fake.model().sent[30..], [30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
    assert_eq!(card.status(0).counters.frames_missed, 0);
}

#[test]
fn an_early_host_gets_ones_and_nothing_is_counted() {
    let (_fake, mut card, mut media) = settled(CCS);
    media.turn(&mut card, 4, 1);
    assert_eq!(media.frames, [[0xff; 32]; 8]);
    media.turn(&mut card, 4, 1);
    assert_ne!(media.frames, [[0xff; 32]; 8]);
    assert_eq!(card.status(0).counters, Default::default());
}

#[test]
fn interrupts_are_acknowledged_and_the_line_released() {
    let (mut fake, mut card, mut media) = settled(CCS);
    media.ticks.run_tick(8, |tick| assert!(fake.interrupt(tick.end())));
    media.ticks.run_tick(0, |tick| card.service(tick));
    assert!(!fake.interrupt(media.ticks.now()));
}

/// Frames received and missed are all frames, and of a stall hardly more is missed than it lasted.
#[test]
fn a_stall_is_missed_frames_and_nothing_else_and_over_at_once() {
    let stalls: Vec<(u64, u64)> = [1, 5, 9, 12, 20, 50, 128, 129, 150, 200, 300]
        .map(|ms| (ms, 20))
        .into_iter()
        .chain([12, 5, 200, 9, 150, 1, 50, 20].map(|ms| (ms, 0)))
        .collect();
    let (fake, mut card, mut media) = settled(CCS);
    let (began, mut received, mut most) = (media.ticks.now().0, 0, 0);
    for (ms, on_time) in stalls {
        for later in (0..ms).rev() {
            fake.model().ahead = 8 * later;
            media.turn_behind(&mut card, 8, 8 * later, 1);
            received += 8 * u64::from(media.frames != [[0xff; 32]; 8]);
            assert_eq!(card.status(0).defects, tandem_types::Defects::NONE, "{ms} ms");
        }
        for service in 0..on_time {
            media.turn(&mut card, 8, 1);
            let came = media.frames != [[0xff; 32]; 8];
            received += 8 * u64::from(came);
            assert!(came || service == 0, "after {ms} ms one service is without frames: {service}");
        }
        // What was lost, and the unit in which the ring is set up.
        most += if ms > 1 { 8 * ms } else { 0 };
        let counters = card.status(7).counters;
        assert_eq!(counters, SpanCounters { frames_missed: counters.frames_missed, ..Default::default() });
        assert!(counters.frames_missed <= most, "{ms} ms: {counters:?}, {most}");
    }
    for _ in 0..20 {
        media.turn(&mut card, 8, 1);
        received += 8 * u64::from(media.frames != [[0xff; 32]; 8]);
    }
    let passed = media.ticks.now().0 - began;
    assert_eq!(received + card.status(0).counters.frames_missed, passed);
}

#[test]
fn a_stall_that_a_long_ring_lasts_through_loses_nothing() {
    let (fake, mut card, mut media) = settled(CCS);
    // Each underrun makes the ring a unit longer, up to 12.
    for _ in 0..12 {
        media.stall(&fake, &mut card, 20);
        (0..20).for_each(|_| media.turn(&mut card, 8, 1));
    }
    let missed = card.status(0).counters.frames_missed;
    for ms in [2, 8, 9, 10, 11] {
        let mut next = media.ticks.now().0;
        for later in (0..ms).rev() {
            fake.model().ahead = 8 * later;
            media.turn_behind(&mut card, 8, 8 * later, 1);
            assert_eq!(media.frames[0][1], received_octet(next, 1, 0), "{ms} ms, {later} ms before its end");
            next += 8;
        }
        (0..20).for_each(|_| media.turn(&mut card, 8, 1));
        assert_eq!(card.status(0).counters.frames_missed, missed, "{ms} ms");
    }
}

#[test]
fn a_stall_in_which_our_clock_stood_still_is_counted_once() {
    let (fake, mut card, mut media) = settled(CCS);
    fake.model().ahead = 4000;
    media.turn_behind(&mut card, 8, 4000, 1);
    (0..600).for_each(|_| media.turn(&mut card, 8, 1));
    let missed = card.status(0).counters.frames_missed;
    assert!((4000..=4008).contains(&missed), "{missed}");
    assert!(card.status(0).defects.is_empty());
}

#[test]
fn octets_of_signalling_slots_are_taken_with_their_descriptor() {
    let fake = crate::model::Fake::new();
    let mut card = tandem_card::Ds8Driver::new(fake.clone()).expect("the model's TDM_VERSION");
    for (span, slot) in [(2, 24), (7, 16)] {
        let slot = tandem_types::Timeslot::new(slot).expect("a timeslot");
        card.configure(span, &crate::ESF.with_signalling_slot(slot)).expect("a span");
    }
    card.start().expect("a card that answers");
    assert_eq!([0x2010, 0x2014, 0x2018].map(|word| fake.bridge(word)), [2048, 0x0018_0000, 0x1000_0000]);
    let mut media = Media::new();
    // Two descriptors take turns.
    media.turn(&mut card, 8, 0);
    for (descriptor, count) in [(0, 9_u8), (1, 7), (0, 8)] {
        let place = 2048 + 128 * descriptor + 16 * 7;
        fake.model().dma[place..place + 16].fill(0x30 + descriptor as u8);
        fake.model().dma[place] = count;
        media.turn(&mut card, 8, 0);
        let mut octets = [0; 15];
        media.ticks.run_tick(0, |tick| {
            assert_eq!(card.receive_signalling(tick, 0, &mut octets), None, "it has no such slot");
            assert_eq!(card.receive_signalling(tick, 2, &mut octets), Some(0));
            assert_eq!(card.receive_signalling(tick, 7, &mut octets), Some(usize::from(count)));
        });
        assert_eq!(octets[..usize::from(count)], [0x30 + descriptor as u8; 15][..usize::from(count)]);
    }
}
