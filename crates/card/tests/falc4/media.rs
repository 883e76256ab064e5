//! The double buffer: order of octets, who is late, who is early.
use crate::model::received_octet;
use crate::{CCS, Media, started};
use tandem_card::{Bus, Card, SpanCounters};
use tandem_types::Timeslot;

#[test]
fn octets_of_a_timeslot_lie_together_in_memory_and_side_by_side_in_frames() {
    let (_fake, mut card) = started(CCS);
    let mut media = Media::new();
    for granule in 0..5 {
        media.turn(&mut card, 8, 0);
        let mut frames = [[[0; 32]; 8]; 4];
        media.ticks.run_tick(0, |tick| {
            for (span, frames) in frames.iter_mut().enumerate() {
                card.receive(tick, span, frames);
            }
        });
        for (span, frames) in frames.iter().enumerate() {
            for (frame, octets) in (8 * granule..).zip(frames) {
                for (slot, octet) in (32 * span..).zip(octets) {
                    assert_eq!(*octet, received_octet(frame, slot), "span {span} frame {frame}");
                }
            }
        }
    }
}

#[test]
fn what_is_handed_over_is_drained_from_the_next_swap_on() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    for octet in 1..=6 {
        media.turn(&mut card, 8, octet);
    }
    // The first half drained is idle: nothing was handed over before it.
    assert_eq!(fake.model().sent, [0xff, 1, 2, 3, 4, 5]);
}

#[test]
fn each_span_has_its_own_part_of_the_transmit_half() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    media.ticks.run_tick(8, |tick| {
        card.service(tick);
        for span in 0..4_u8 {
            let mut frames = [[0xff; 32]; 8];
            frames[7][31] = 0x40 | span;
            card.transmit(tick, usize::from(span), &frames);
        }
    });
    let model = fake.model();
    for span in 0..4 {
        let place = 2048 + 8 * (32 * span + 31) + 7; // rxident is 1: half 0
        assert_eq!(model.dma[place], 0x40 | span as u8);
        assert_eq!(model.dma[place - 1], 0xff);
    }
}

#[test]
fn missed_buffers_are_counted_once_and_nothing_gets_out_of_order() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    let mut end = 0_u64;
    let mut missed = 0;
    let lateness = [8, 8, 16, 8, 24, 24, 8, 32, 1016, 8, 1024, 8, 1032, 8, 2400, 8];
    for (octet, frames) in (1..).zip(lateness) {
        media.turn(&mut card, frames, octet);
        end += frames as u64;
        missed += frames as u64 - 8;
        assert_eq!(card.status(0).counters.frames_missed, missed, "late by {frames}");
        assert_eq!(media.frames[0][1], received_octet(end - 8, 1), "the newest buffer is read");
    }
    let counters = card.status(3).counters;
    assert_eq!((counters.frames_missed, counters.slips_repeated), (missed, 0), "all spans alike");
    let sent = fake.model().sent.clone();
    let mut first_times = Vec::new();
    for octet in sent {
        if octet != 0xff && !first_times.contains(&octet) {
            first_times.push(octet);
        }
    }
    assert_eq!(first_times, (1..=15).collect::<Vec<u8>>(), "granules are sent in order, stale ones again");
}

/// A million services with `TANDEM_SOAK`, a part of them without; up to 20 ms late each, and one in ten without the
/// interrupt that should have called it.
#[test]
fn of_a_million_services_late_by_chance_each_missed_millisecond_is_counted_once() {
    let services = if std::env::var_os("TANDEM_SOAK").is_some() { 1_000_000 } else { 30_000 };
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    let (mut end, mut missed, mut chance) = (8_u64, 0, 0x2545_f491_4f6c_dd1d_u64);
    media.turn(&mut card, 8, 0);
    for service in 0..services {
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let late = if chance.is_multiple_of(3) { 0 } else { chance >> 32 & 0xff } % 21;
        fake.model().interrupt_line_works = !chance.is_multiple_of(10);
        // The model remembers all that it was told; nobody looks here.
        fake.model().forget();
        fake.model().sent.clear();
        media.turn(&mut card, 8 + 8 * late as usize, service as u8);
        (end, missed) = (end + 8 + 8 * late, missed + 8 * late);
        assert_eq!(card.status(0).counters.frames_missed, missed, "service {service}, late by {late} ms");
        assert_eq!(media.frames[7][1], received_octet(end - 1, 1), "the newest buffer is read");
    }
    assert_eq!(card.status(3).counters.slips_repeated, 0);
}

#[test]
fn an_early_host_gets_the_last_buffer_again_and_its_frames_are_dropped() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    media.turn(&mut card, 4, 1); // the card has nothing yet
    media.turn(&mut card, 4, 2);
    let first = media.frames;
    media.turn(&mut card, 4, 3);
    assert_eq!(media.frames, first);
    media.turn(&mut card, 4, 4);
    media.turn(&mut card, 8, 5);
    assert_eq!(fake.model().sent, [0xff, 2, 4]);
    assert_eq!(card.status(0).counters.slips_repeated, 8);
    assert_eq!(card.transmit_counters(0).frames_dropped, 8);
    assert_eq!(card.status(0).counters.frames_missed, 0);
}

#[test]
fn buffers_flow_without_a_single_interrupt() {
    let (fake, mut card) = started(CCS);
    fake.model().interrupt_line_works = false;
    let mut media = Media::new();
    for octet in 1..=6 {
        media.turn(&mut card, 8, octet);
    }
    assert_eq!(fake.model().sent, [0xff, 1, 2, 3, 4, 5]);
    assert_eq!(card.status(0).counters.frames_missed, 0);
}

#[test]
fn a_complete_buffer_is_acknowledged_and_the_line_released() {
    let (mut fake, mut card) = started(CCS);
    let mut media = Media::new();
    media.ticks.run_tick(8, |tick| assert!(fake.interrupt(tick.end())));
    media.ticks.run_tick(0, |tick| card.service(tick));
    assert!(!fake.interrupt(media.ticks.now()));
}

#[test]
fn a_media_thread_that_begins_late_has_missed_nothing() {
    let (_fake, mut card) = started(CCS);
    let mut media = Media::new();
    media.turn(&mut card, 80, 1);
    assert_eq!(card.status(0).counters.frames_missed, 0);
    assert_eq!(media.frames[0][1], received_octet(72, 1));
}

/// What the card has moved at the first late tick it cannot move at those that follow, nor take for itself.
#[test]
fn a_stall_is_so_many_missed_frames_and_nothing_else_and_over_at_once() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    media.turn(&mut card, 8, 1);
    let mut missed = 0;
    let apart = [1, 5, 9, 12, 20, 50, 128, 129, 150, 200, 300].map(|ms| (ms, 3));
    let in_a_row = [12, 5, 200, 9, 150, 1, 50, 20].map(|ms| (ms, 0));
    for (ms, on_time) in apart.into_iter().chain(in_a_row) {
        media.stall(&fake, &mut card, ms);
        missed += 8 * (ms - 1);
        for _ in 0..on_time {
            let from = media.ticks.now().0;
            media.turn(&mut card, 8, 1);
            assert_eq!(media.frames[0][1], received_octet(from, 1), "after {ms} ms");
        }
        for span in 0..4 {
            let expected = SpanCounters { frames_missed: missed, ..Default::default() };
            assert_eq!(card.status(span).counters, expected, "after {ms} ms");
        }
    }
    assert_eq!(card.transmit_counters(0), Default::default());
}

/// A host that was away for very long makes up for nothing: its own time stood still.
#[test]
fn a_stall_in_which_our_clock_stood_still_is_counted_once() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    media.turn(&mut card, 8, 1);
    fake.model().ahead = 4000;
    media.turn_behind(&mut card, 8, 4000, 1);
    (0..100).for_each(|_| media.turn(&mut card, 8, 1));
    let expected = SpanCounters { frames_missed: 4000, ..Default::default() };
    assert_eq!((card.status(0).counters, card.status(0).defects.is_empty()), (expected, true));
}

#[test]
fn a_granule_between_two_uneven_services_is_no_slip() {
    let (fake, mut card) = started(CCS);
    let mut media = Media::new();
    // The card is ahead by 5 frames of its granule: the next one is complete 3 frames after ours.
    fake.model().ahead = 5;
    media.turn(&mut card, 8, 1);
    for _ in 0..50 {
        for behind in [0, 7, 0, 0, 4, 2] {
            fake.model().ahead = 5 + behind;
            media.turn_behind(&mut card, 8, behind, 1);
        }
    }
    let counters = card.status(0).counters;
    assert_eq!(counters, SpanCounters { frames_missed: counters.frames_missed, ..Default::default() });
}

#[test]
fn octets_of_the_signalling_slot_are_taken_from_the_half_that_the_card_has_left_and_only_once() {
    let fake = crate::model::Fake::new();
    let mut card = tandem_card::Falc4Driver::new(fake.clone()).expect("the model's VERSION");
    let slot = Timeslot::new(16).expect("a timeslot");
    card.configure(1, &CCS.with_signalling_slot(slot)).expect("a span");
    card.start().expect("a card that answers");
    assert_eq!(fake.model().words[13..15], [4096, 0x1000]);
    let mut media = Media::new();
    // Span 1 of either half: 9 octets and 7, and a count that is none.
    for (half, count) in [(0, 9_u8), (1, 7), (0, 200)] {
        let place = 4096 + 64 * half + 16;
        let octets = [&[count][..], &[0x20 + half as u8; 15]].concat();
        fake.model().dma[place..place + 16].copy_from_slice(&octets);
        media.turn(&mut card, 8, 0);
        let mut octets = [0; 15];
        media.ticks.run_tick(0, |tick| {
            assert_eq!(card.receive_signalling(tick, 0, &mut octets), None, "it has no such slot");
            assert_eq!(card.receive_signalling(tick, 1, &mut octets), Some(usize::from(count.min(15))));
        });
        assert_eq!(
            octets[..usize::from(count.min(15))],
            [0x20 + half as u8; 15][..usize::from(count.min(15))]
        );
    }
    // The host is early: nothing has come.
    media.turn(&mut card, 0, 0);
    media.ticks.run_tick(0, |tick| assert_eq!(card.receive_signalling(tick, 1, &mut [0; 15]), Some(0)));
    assert_eq!(card.status(1).counters.slips_repeated, 8);
}
