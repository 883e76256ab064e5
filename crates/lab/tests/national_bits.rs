//! The national bits Sa4 to Sa8 of E1 spans, through cards and through an engine.
mod common;
use common::Rig;
use tandem_card::{CrcMode, LineCode, LineOrder, Loopback, SpanConfig};
use tandem_engine::{Config, Engine, EngineError};
use tandem_lab::SimFactory;
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_types::Frames;

const CARDS: [&str; 3] = ["sim-bit", "sim-falc4", "sim-ds8"];
const PLAIN: SpanConfig = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false);

fn rig(model: &str) -> Rig {
    let mut rig = Rig::new(model, &[("cas", "false")], PLAIN);
    rig.run_ms(500);
    assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
    rig
}

fn order(rig: &mut Rig, order: LineOrder) {
    let Rig { card, media, .. } = rig;
    media.run_tick(0, |tick| card.order(tick, 0, &order));
}

/// What the far end of the first span hears.
fn heard_by_far_end(rig: &mut Rig) -> Option<u8> {
    rig.peer().ports[0].terminal_mut().as_e1_mut().expect("an E1").sa_bits()
}

#[test]
fn they_pass_both_ways_through_every_card_in_every_value() {
    for model in CARDS {
        let mut rig = rig(model);
        assert_eq!(
            (rig.card.status(0).sa_bits, heard_by_far_end(&mut rig)),
            (Some(31), Some(31)),
            "{model}: idle"
        );
        for bits in 0..32 {
            order(&mut rig, LineOrder::SendSaBits(bits));
            rig.peer().ports[0].terminal_mut().as_e1_mut().expect("an E1").set_sa_bits(31 - bits);
            rig.run_ms(100);
            assert_eq!(rig.card.status(0).sa_bits, Some(31 - bits), "{model}");
            assert_eq!(heard_by_far_end(&mut rig), Some(bits), "{model}");
        }
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
    }
}

#[test]
fn they_are_not_known_while_the_line_is_cut_and_are_sent_on_after_it() {
    for model in CARDS {
        let mut rig = rig(model);
        order(&mut rig, LineOrder::SendSaBits(0b01010));
        order(&mut rig, LineOrder::SendRai(true));
        order(&mut rig, LineOrder::SendRai(false));
        rig.peer().wires[0].cut_both();
        rig.run_ms(100);
        assert_eq!(rig.card.status(0).sa_bits, None, "{model}");
        rig.peer().wires[0].repair_both();
        rig.run_ms(1000);
        assert_eq!(rig.card.status(0).sa_bits, Some(31), "{model}");
        assert_eq!(heard_by_far_end(&mut rig), Some(0b01010), "{model}");
    }
}

#[test]
fn a_bit_with_synchronisation_messages_keeps_them_and_the_others_are_sent() {
    for model in CARDS {
        let mut rig = rig(model);
        let bit = SaBit::new(5).expect("a bit");
        order(&mut rig, LineOrder::SyncMessage(Some((bit, Quality::SupplyA))));
        order(&mut rig, LineOrder::SendSaBits(0b00001));
        rig.peer().ports[0]
            .terminal_mut()
            .as_e1_mut()
            .expect("an E1")
            .set_sync_message(Some((bit, Quality::Primary)));
        rig.run_ms(200);
        let far = rig.peer().ports[0].terminal_mut().as_e1_mut().expect("an E1").sync_quality();
        assert_eq!(far, Some(Quality::SupplyA), "{model}");
        assert_eq!(rig.card.status(0).sync_quality, Some(Quality::Primary), "{model}");
        assert_eq!(heard_by_far_end(&mut rig).map(|bits| bits & 0b10111), Some(0b00001), "{model}");
    }
}

#[test]
fn an_engine_sends_and_hears_them_on_e1_only() {
    for (model, framing) in [("sim-falc4", "e1"), ("sim-ds8", "e1"), ("sim-ds8", "t1-esf")] {
        let text = format!(
            "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"{model}\"\n\
             options = {{ framing = \"{framing}\", cas = false }}\n\
             [[span]]\nport = 2\nframing = \"{framing}\"\nsignalling = \"none\"\n"
        );
        let config = Config::parse(&text).expect("good");
        let engine = Engine::open(config, &mut [Box::new(SimFactory::silent())]).expect("opens");
        assert_eq!(engine.sa_bits(0), Ok(None), "nothing was received yet");
        engine.advance(Frames::from_seconds(1));
        let sent = engine.line_order(0, LineOrder::SendSaBits(0b10010));
        if framing != "e1" {
            assert!(matches!(sent, Err(EngineError::Unsupported(_))), "{sent:?}");
            assert_eq!(engine.sa_bits(0), Ok(None));
            continue;
        }
        sent.expect("an E1");
        assert_eq!(engine.sa_bits(0), Ok(Some(31)), "{model}: the far end's are idle");
        engine.line_order(0, LineOrder::Loop(Some(Loopback::Local))).expect("it can");
        engine.advance(Frames::from_seconds(1));
        assert_eq!(engine.sa_bits(0), Ok(Some(0b10010)), "{model}: its own come back");
        assert!(engine.sa_bits(1).is_err());
    }
}
