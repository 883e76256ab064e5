//! T1 and J1 through a card: the software framer at one end of a wire, a plain port at the other.
mod common;
use common::{Rig, from_far, from_near, marker};
use tandem_card::{CardFactory, Frame, LineError, LineOrder, Loopback, SpanConfig};
use tandem_lab::SimFactory;
use tandem_line::{LineCode, T1Framing};
use tandem_types::{Abcd, Defect, Defects, Timeslot};

const FRAMINGS: [(&str, T1Framing); 3] =
    [("t1-sf", T1Framing::Sf), ("t1-esf", T1Framing::Esf), ("j1-esf", T1Framing::J1Esf)];

fn rig(name: &str, framing: T1Framing, cas: bool) -> Rig {
    let cas_option = if cas { "true" } else { "false" };
    let options = [("framing", name), ("cas", cas_option)];
    Rig::new("sim-bit", &options, SpanConfig::t1(LineCode::B8zs, framing, cas))
}

/// By how many frames `heard` is behind `stream` from frame `from` on, in all 24 timeslots. With signalling the last
/// bit of every octet may be robbed.
fn lag(heard: &[Option<Frame>], stream: usize, from: usize, kept: u8) -> Option<usize> {
    (0..from).find(|lag| {
        (from..).zip(&heard[from..]).all(|(number, frame)| {
            let sent = marker(stream, (number - lag) as u64);
            frame.is_some_and(|frame| (1..=24).all(|slot| (frame[slot] ^ sent[slot]) & kept == 0))
        })
    })
}

#[test]
fn all_24_timeslots_pass_both_ways_with_a_constant_delay() {
    for (name, framing) in FRAMINGS {
        for (cas, kept) in [(false, 0xff), (true, 0xfe)] {
            let mut rig = rig(name, framing, cas);
            rig.run_ms(2000);
            assert!(rig.is_clean(), "{name}: {:?}", rig.defects());
            let received = lag(&rig.received[0], from_far(0), 12_000, kept);
            assert!(received.is_some_and(|lag| lag < 12), "{name}: {received:?}");
            let heard = lag(&rig.peer().heard[0], from_near(0), 12_000, kept);
            assert!(heard.is_some_and(|lag| lag < 12), "{name}: {heard:?}");
            let counters = rig.card.status(0).counters;
            assert_eq!((counters.slips_repeated, counters.slips_deleted), (0, 0), "{name}");
            assert_eq!(rig.card.status(0).line_bits.map(|bits| bits.div_ceil(193)), Some(16_000), "{name}");
        }
    }
}

#[test]
fn signalling_bits_of_24_channels_pass_in_all_values_both_ways() {
    for (name, framing) in FRAMINGS {
        let mut rig = rig(name, framing, true);
        rig.run_ms(500);
        for value in 0..16_u8 {
            let bits_of = |slot: Timeslot| Abcd::new((value + slot.number()) & 15);
            let slots = || (1..=24).filter_map(Timeslot::new);
            for slot in slots() {
                assert!(rig.peer().ports[0].set_abcd(slot, bits_of(slot)));
            }
            let Rig { card, media, .. } = &mut rig;
            media.run_tick(0, |tick| slots().for_each(|slot| card.set_bits(tick, 0, slot, bits_of(slot))));
            // Two superframes of 24 frames prove a change, and one is under way.
            rig.run_ms(12);
            for slot in slots() {
                let bits = bits_of(slot);
                // A superframe of 12 has A and B only, twice.
                let shown = if framing == T1Framing::Sf {
                    Abcd::new(bits.bits() >> 2 | bits.bits() & 12)
                } else {
                    bits
                };
                assert_eq!(rig.card.received_bits(0)[slot.index()], shown, "{name} slot {slot}");
                assert_eq!(rig.peer().ports[0].abcd(slot), Some(shown), "{name} slot {slot}");
            }
        }
    }
}

#[test]
fn a_cut_wire_is_loss_of_signal_here_and_the_remote_alarm_there() {
    for (name, framing) in FRAMINGS {
        let mut rig = rig(name, framing, false);
        rig.run_ms(500);
        let wire = rig.peer().wires[0].clone();
        wire.cut(hw_sim::Way::BToA);
        rig.run_ms(1200);
        let (near, far) = rig.defects()[0];
        assert!(near.contains(Defect::Los), "{name}: {near}");
        assert_eq!(far, Defects::only(Defect::Rai), "{name}");
        wire.repair(hw_sim::Way::BToA);
        rig.run_ms(2500);
        assert!(rig.is_clean(), "{name}: {:?}", rig.defects());
    }
}

#[test]
fn a_payload_loop_and_a_line_loop_give_the_far_end_back_what_it_says() {
    for (name, framing) in FRAMINGS {
        for which in [Loopback::Payload, Loopback::Line] {
            let mut rig = rig(name, framing, false);
            rig.run_ms(500);
            let Rig { card, media, .. } = &mut rig;
            media.run_tick(0, |tick| card.order(tick, 0, &LineOrder::Loop(Some(which))));
            // The far end aligns anew, and its remote alarm, in a superframe bits of traffic, lasts a second.
            rig.run_ms(2500);
            let looped = lag(&rig.peer().heard[0], from_far(0), 16_000, 0xff);
            assert!(looped.is_some(), "{name} {which:?}");
        }
    }
}

#[test]
fn each_error_put_in_is_counted_once_at_the_far_end_as_what_it_is() {
    let mut rig = rig("t1-esf", T1Framing::Esf, false);
    rig.run_ms(500);
    for (error, framing_errors, crc_errors) in
        [(LineError::Framing, 1, 0), (LineError::Crc, 0, 1), (LineError::Payload, 0, 1)]
    {
        let before = rig.peer().ports[0].counters();
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| card.order(tick, 0, &LineOrder::InsertError(error)));
        rig.run_ms(100);
        let after = rig.peer().ports[0].counters();
        let counted = (after.framing_errors - before.framing_errors, after.crc_errors - before.crc_errors);
        assert_eq!(counted, (framing_errors, crc_errors), "{error:?}");
    }
}

#[test]
fn a_card_of_e1_spans_refuses_t1_by_name() {
    let mut factory = SimFactory::silent();
    let refused = factory.open(&common::request("sim-falc4", &[("framing", "t1-esf")]));
    assert!(refused.is_err_and(|error| error.to_string().contains("E1")));
    let mut opened = factory.open(&common::request("sim-falc4", &[])).expect("a card");
    let config = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false);
    let refused = opened.card.configure(0, &config).expect_err("E1 only");
    assert!(refused.to_string().contains("E1"), "{refused}");
}
