//! What a card is ordered to do with the lines of an E1, as far as it can: loops, alarms, errors, messages of the clock.
mod common;
use common::{CAS, MODELS, Rig, constant_lag, from_far, from_near};
use tandem_card::{LineError, LineOrder, Loopback, SpanConfig};
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_line::{CrcMode, LineCode};
use tandem_types::{Defect, Defects};

const CCS: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false);

fn order(rig: &mut Rig, order: &LineOrder) {
    let Rig { card, media, .. } = rig;
    assert!(card.info().abilities.allow(order), "{order:?}");
    media.run_tick(0, |tick| card.order(tick, 0, order));
}

#[test]
fn each_loop_gives_back_what_it_says_to_whom_it_says_until_it_is_opened() {
    for model in MODELS {
        for which in [Loopback::Local, Loopback::Line, Loopback::Payload] {
            let mut rig = Rig::new(model, &[("cas", "false")], CCS);
            rig.run_ms(200);
            order(&mut rig, &LineOrder::Loop(Some(which)));
            rig.run_ms(1000);
            assert_eq!(rig.card.status(0).looped, Some(which), "{model}");
            let lag = match which {
                Loopback::Local => constant_lag(&rig.received[0], from_near(0), 4000),
                _ => constant_lag(&rig.peer().heard[0], from_far(0), 4000),
            };
            assert!(lag.is_some(), "{model} {which:?}");
            order(&mut rig, &LineOrder::Loop(None));
            rig.run_ms(1000);
            assert_eq!(rig.card.status(0).looped, None, "{model}");
            assert!(rig.is_clean(), "{model} {which:?}: {:?}", rig.defects());
        }
    }
}

#[test]
fn alarms_are_sent_by_order_and_no_longer() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(200);
        order(&mut rig, &LineOrder::SendRai(true));
        rig.run_ms(50);
        assert_eq!(rig.defects()[0].1, Defects::only(Defect::Rai), "{model}");
        order(&mut rig, &LineOrder::SendRai(false));
        order(&mut rig, &LineOrder::SendAis(true));
        rig.run_ms(50);
        assert!(rig.defects()[0].1.contains(Defect::Ais), "{model}");
        order(&mut rig, &LineOrder::SendAis(false));
        rig.run_ms(200);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
    }
}

#[test]
fn a_violation_put_into_the_line_is_counted_there_once() {
    for model in ["sim-falc4", "sim-ds8"] {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(200);
        let before = rig.peer().ports[0].counters().line_code_violations;
        for sent in 1..=3 {
            order(&mut rig, &LineOrder::InsertError(LineError::Code));
            rig.run_ms(50);
            assert_eq!(rig.peer().ports[0].counters().line_code_violations - before, sent, "{model}");
        }
        assert!(rig.is_clean(), "{model}");
    }
}

#[test]
fn the_quality_of_the_clock_is_told_both_ways_in_an_sa_bit() {
    for model in ["sim-bit", "sim-ds8"] {
        for number in 4..=8 {
            let bit = SaBit::new(number).expect("a bit");
            let mut rig = Rig::new(model, &[], CAS);
            rig.run_ms(200);
            order(&mut rig, &LineOrder::SyncMessage(Some((bit, Quality::SupplyB))));
            let e1 = |rig: &Rig, say: Option<(SaBit, Quality)>| {
                let mut peer = rig.peer();
                let terminal = peer.ports[0].terminal_mut().as_e1_mut().expect("an E1");
                if say.is_some() {
                    terminal.set_sync_message(say);
                }
                terminal.sync_quality()
            };
            e1(&rig, Some((bit, Quality::Equipment)));
            rig.run_ms(50);
            assert_eq!(e1(&rig, None), Some(Quality::SupplyB), "{model} Sa{number}");
            assert_eq!(rig.card.status(0).sync_quality, Some(Quality::Equipment), "{model} Sa{number}");
            order(&mut rig, &LineOrder::SyncMessage(None));
            assert!(rig.is_clean(), "{model}");
        }
    }
}
