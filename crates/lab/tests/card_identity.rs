//! Cards as an engine knows them: by place, by serial number, and whether they are there.
use hw_sim::{SlotControl, SlotState};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use tandem_engine::{CardState, Config, Engine, OpenError, Presence};
use tandem_lab::{SilentEnds, SimFactory};
use tandem_types::Frames;

fn config(cards: &str) -> Config {
    let text = format!("[engine]\nmode = \"lockstep\"\n{cards}\n[[span]]\nport = 0\n");
    Config::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn open(cards: &str) -> Result<Engine, OpenError> {
    Engine::open(config(cards), &mut [Box::new(SimFactory::silent())])
}

#[test]
fn cards_are_told_by_name_model_and_serial_number_which_is_their_place_if_none_is_given() {
    let engine = open(
        "[[card]]\nmodel = \"sim-falc4\"\n[[card]]\nmodel = \"sim-ds8\"\nname = \"east\"\n\
         [[card]]\nmodel = \"sim-falc4\"\nserial = 90001\noptions = { serial = 90001 }\n\
         [[card]]\nmodel = \"sim-bit\"",
    )
    .expect("opens");
    let cards = engine.cards().expect("open");
    let told: Vec<(&str, &str, Option<u32>, usize)> = cards
        .iter()
        .map(|card| (card.name.as_str(), card.model.as_str(), card.serial.map(NonZeroU32::get), card.ports))
        .collect();
    assert_eq!(
        told,
        [
            ("card 0", "sim-falc4", Some(1), 4),
            ("east", "sim-ds8", Some(2), 8),
            ("card 2", "sim-falc4", Some(90_001), 4),
            ("card 3", "sim-bit", None, 1),
        ]
    );
    assert_eq!(cards[1].to_string(), "east, serial number 2: in its place");
    assert!(cards.iter().all(|card| card.presence == Presence::There));
}

#[test]
fn a_card_with_another_serial_number_than_the_configuration_names_is_refused() {
    for (model, found) in
        [("sim-ds8", "one with serial number 8, not 7"), ("sim-bit", "one without a serial number, not 7")]
    {
        let options = if model == "sim-ds8" { "options = { serial = 8 }" } else { "" };
        let refused = open(&format!("[[card]]\nmodel = \"{model}\"\nname = \"east\"\nserial = 7\n{options}"));
        let error = refused.err().expect("another card").to_string();
        assert!(error.starts_with("east: another card is in its place") && error.contains(found), "{error}");
    }
}

#[test]
fn an_engine_tells_a_card_that_is_away_and_one_that_is_another() {
    let place = Arc::new(Mutex::new(None::<SlotControl>));
    let kept = Arc::clone(&place);
    let factory = SimFactory::new(Box::new(move |ends| {
        kept.lock().expect("no panic").clone_from(&ends.slot);
        Box::new(SilentEnds::new(ends.ports, ends.framing))
    }));
    let engine =
        Engine::open(config("[[card]]\nmodel = \"sim-falc4\""), &mut [Box::new(factory)]).expect("opens");
    let slot = place.lock().expect("no panic").clone().expect("a slot");
    let card = |engine: &Engine| -> CardState {
        engine.advance(Frames::from_seconds(2));
        engine.cards().expect("open").remove(0)
    };
    assert_eq!(card(&engine).presence, Presence::There);
    slot.set(SlotState::Pulled);
    assert_eq!(card(&engine).to_string(), "card 0, serial number 1: away, and looked for");
    slot.exchange(2);
    slot.set(SlotState::Working);
    let text =
        "card 0, serial number 1: away; in its place is a card with serial number 2, which is not used";
    assert_eq!(card(&engine).to_string(), text);
    slot.set(SlotState::Pulled);
    assert_eq!(card(&engine).presence, Presence::Away);
    slot.exchange(1);
    slot.set(SlotState::Working);
    assert_eq!(card(&engine).presence, Presence::There);
}
