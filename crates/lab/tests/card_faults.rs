//! A card that is pulled, hangs, answers nonsense or has trouble with its interrupt line, and one beside it.
mod common;
use common::{CAS, Rig, constant_lag, from_far, from_near};
use hw_sim::{InterruptLine, SlotState};
use std::num::NonZeroU32;
use tandem_card::{ClockSource, CrcMode, LineCode, LineOrder, Presence, SpanConfig};
use tandem_types::{Abcd, Defect, Timeslot};

/// The models that sit in a slot.
const CARDS: [&str; 2] = ["sim-falc4", "sim-ds8"];

/// Frames without CRC-4, which find alignment again in a millisecond.
const NO_CRC4: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::Off, true);

fn rig(model: &str) -> Rig {
    let mut rig = Rig::new(model, &[], CAS);
    rig.run_ms(500);
    assert!(rig.is_clean());
    rig
}

#[test]
fn a_card_that_is_pulled_is_lost_signal_at_once_and_the_same_card_when_it_is_back() {
    for model in CARDS {
        let mut rig = rig(model);
        let slot = Timeslot::new(5).expect("a slot");
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| card.set_bits(tick, 1, slot, Abcd::new(0b0101)));
        rig.run_ms(50);
        let counters = rig.card.status(0).counters;
        rig.peer().slot.as_ref().expect("a slot").set(SlotState::Pulled);
        rig.run_ms(10);
        for (near, _) in rig.defects() {
            assert!(near.contains(Defect::Los) && near.contains(Defect::Card), "{near}");
        }
        // What is ordered meanwhile is done when the card is back.
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| card.set_bits(tick, 2, slot, Abcd::new(0b0101)));
        rig.run_ms(3000);
        assert!(rig.peer().ports[0].defects().contains(Defect::Los), "a card without power sends nothing");
        rig.peer().slot.as_ref().expect("a slot").set(SlotState::Working);
        rig.run_ms(2500);
        assert!(rig.is_clean(), "{:?}", rig.defects());
        for span in [1, 2] {
            assert_eq!(rig.peer().ports[span].abcd(slot), Some(Abcd::new(0b0101)), "span {span}");
        }
        let after = rig.card.status(0).counters;
        assert!(after.crc_errors >= counters.crc_errors && after.frames_missed >= counters.frames_missed);
        let from = rig.received[3].len() - 4000;
        assert!(constant_lag(&rig.received[3], from_far(3), from).is_some(), "frames pass as before");
        assert!(constant_lag(&rig.peer().heard[3], from_near(3), from).is_some(), "both ways");
    }
}

#[test]
fn another_card_in_the_place_of_one_that_was_pulled_is_left_alone_until_the_right_one_is_back() {
    for model in CARDS {
        let mut rig = Rig::new(model, &[("serial", "4711")], CAS);
        assert_eq!(rig.card.info().serial, NonZeroU32::new(4711));
        rig.run_ms(500);
        assert!(rig.is_clean());
        assert_eq!(rig.card.presence(), Presence::There);
        let slot = rig.peer().slot.clone().expect("a slot");
        slot.set(SlotState::Pulled);
        rig.run_ms(10);
        assert_eq!(rig.card.presence(), Presence::Away);
        slot.exchange(4712);
        slot.set(SlotState::Working);
        rig.run_ms(5000);
        assert_eq!(rig.card.presence(), Presence::Another { serial: NonZeroU32::new(4712) });
        assert!(
            rig.card.status(0).defects.contains(Defect::Card),
            "it is not taken for the one that was here"
        );
        assert!(rig.peer().ports[0].defects().contains(Defect::Los), "and left as it is");
        let error = rig.card.start().expect_err("another card").to_string();
        assert!(error.contains("4712") && error.contains("4711"), "{error}");
        slot.set(SlotState::Pulled);
        rig.run_ms(2000);
        assert_eq!(rig.card.presence(), Presence::Away);
        slot.exchange(4711);
        slot.set(SlotState::Working);
        rig.run_ms(2500);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        assert_eq!(rig.card.presence(), Presence::There);
    }
}

#[test]
fn a_card_that_moves_no_frame_for_10_ms_is_dead_and_one_whose_host_is_late_is_not() {
    for model in CARDS {
        let mut rig = rig(model);
        // 100 ms late, then on time again: the card has moved frames meanwhile.
        rig.turn(100);
        rig.run_ms(50);
        assert!(!rig.card.status(0).defects.contains(Defect::Los));
        let missed = rig.card.status(0).counters.frames_missed;
        // A ring stops when the host is late; one more unit goes by until it turns again.
        assert_eq!(missed, if model == "sim-ds8" { 100 * 8 } else { 99 * 8 }, "ours");
        rig.peer().slot.as_ref().expect("a slot").set(SlotState::Frozen);
        rig.run_ms(9);
        assert!(!rig.card.status(0).defects.contains(Defect::Los), "9 ms are not enough");
        rig.run_ms(2);
        assert!(rig.card.status(0).defects.contains(Defect::Los));
        assert!(rig.card.status(0).defects.contains(Defect::Card));
        assert_eq!(rig.card.status(0).counters.frames_missed, missed, "not ours");
        rig.peer().slot.as_ref().expect("a slot").set(SlotState::Working);
        rig.run_ms(2500);
        assert!(rig.is_clean(), "{:?}", rig.defects());
    }
}

#[test]
fn how_long_a_card_may_move_no_frame_is_an_option() {
    for model in CARDS {
        for (patience, ms) in [("2", 2), ("50", 50), ("1000", 1000)] {
            let mut rig = Rig::new(model, &[("patience_ms", patience)], CAS);
            rig.run_ms(500);
            rig.peer().slot.as_ref().expect("a slot").set(SlotState::Frozen);
            rig.run_ms(ms - 1);
            assert!(!rig.card.status(0).defects.contains(Defect::Card), "{model}: {ms} ms are not over");
            rig.run_ms(1);
            assert!(rig.card.status(0).defects.contains(Defect::Card), "{model}: {ms} ms");
        }
    }
}

#[test]
fn what_a_card_that_answers_nonsense_says_is_not_counted() {
    for model in CARDS {
        let mut rig = rig(model);
        let slot = rig.peer().slot.clone().expect("a slot");
        for round in 0..5 {
            let before: Vec<_> = (0..rig.spans).map(|span| rig.card.status(span).counters).collect();
            slot.set(SlotState::Garbled);
            rig.run_ms(30);
            for (span, before) in before.iter().enumerate() {
                let status = rig.card.status(span);
                assert_eq!(status.counters, *before, "{model} round {round} span {span}");
                assert!(status.defects.contains(Defect::Card), "{model} round {round} span {span}");
            }
            slot.set(SlotState::Working);
            rig.run_ms(2500);
            assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        }
    }
}

/// Three bad alignment signals in a row lose alignment (G.706 §4.1.1), and the next good ones find it again.
#[test]
fn each_short_loss_of_alignment_is_counted_and_shown() {
    for model in CARDS {
        let mut rig = Rig::new(model, &[("crc4", "off")], NO_CRC4);
        rig.run_ms(500);
        let wire = rig.peer().wires[0].clone();
        let (mut shown, mut before) = (0, 0);
        for loss in 0..50 {
            // For a millisecond symbols are what they will.
            wire.set_error_rate(hw_sim::Way::BToA, 0.5);
            rig.run_ms(1);
            wire.set_error_rate(hw_sim::Way::BToA, 0.0);
            let mut seen = false;
            for _ in 0..60 {
                rig.run_ms(1);
                seen |= rig.card.status(0).defects.contains(Defect::Lof);
            }
            let counted = rig.card.status(0).counters.severe_framing_errors;
            assert_eq!(seen, counted > before, "{model}, {loss}: {before} {counted}");
            before = counted;
            shown += usize::from(seen);
            assert!(rig.is_clean(), "{model}, {loss}: {:?}", rig.defects());
        }
        assert!(shown > 25, "{model}: {shown} of 50");
    }
}

#[test]
fn a_card_that_answers_nonsense_is_dead_within_20_ms_and_harms_nobody() {
    for model in CARDS {
        let mut rig = rig(model);
        rig.peer().slot.as_ref().expect("a slot").set(SlotState::Garbled);
        rig.run_ms(20);
        assert!(rig.card.status(0).defects.contains(Defect::Los));
        rig.run_ms(5000);
        rig.peer().slot.as_ref().expect("a slot").set(SlotState::Working);
        rig.run_ms(2500);
        assert!(rig.is_clean(), "{:?}", rig.defects());
    }
}

#[test]
fn lost_late_spurious_and_stuck_interrupts_change_nothing() {
    for model in CARDS {
        for line in [InterruptLine::Lost, InterruptLine::Late, InterruptLine::Spurious, InterruptLine::Stuck]
        {
            let mut rig = rig(model);
            rig.peer().slot.as_ref().expect("a slot").set_line(line);
            let from = rig.received[0].len();
            rig.run_ms(2000);
            assert!(rig.is_clean());
            assert!(constant_lag(&rig.received[0], from_far(0), from).is_some());
            let wire = rig.peer().wires[0].clone();
            wire.cut(hw_sim::Way::BToA);
            // Status is polled each 16 ms, whether an interrupt tells of a change or not.
            rig.run_ms(25);
            assert!(rig.card.status(0).defects.contains(Defect::Los), "{line:?}");
        }
    }
}

#[test]
fn a_card_that_comes_back_has_its_loops_its_alarms_and_its_clock_again() {
    for model in CARDS {
        let mut rig = Rig::new(model, &[("ppm", "40")], CAS);
        rig.run_ms(500);
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| {
            card.set_clock(tick, ClockSource::Span(1));
            card.order(tick, 0, &LineOrder::SendRai(true));
            card.order(tick, 2, &LineOrder::SendAis(true));
        });
        let slot = rig.peer().slot.clone().expect("a slot");
        slot.set(SlotState::Pulled);
        rig.run_ms(500);
        slot.set(SlotState::Working);
        rig.run_ms(3000);
        let far: Vec<_> = rig.defects().iter().map(|(_, far)| *far).collect();
        assert!(far[0].contains(Defect::Rai) && far[2].contains(Defect::Ais), "{far:?}");
        assert!(far[1].is_empty() && far[3].is_empty(), "{far:?}");
        let before = rig.card.status(1).counters;
        rig.run_ms(20_000);
        let after = rig.card.status(1).counters;
        assert_eq!(before.slips_deleted + before.slips_repeated, after.slips_deleted + after.slips_repeated);
    }
}
