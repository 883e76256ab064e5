//! The factory: models, options, pairs, silent ends.
mod common;
use common::{CAS, request};
use tandem_card::{CardFactory, FactoryError};
use tandem_lab::SimFactory;
use tandem_rt::MediaLoop;
use tandem_types::{Abcd, Timeslot};

fn problem(model: &str, options: &[(&str, &str)]) -> (String, String) {
    match SimFactory::silent().open(&request(model, options)).err() {
        Some(FactoryError::Option { name, problem }) => (name, problem),
        other => panic!("{model} {options:?}: {other:?}"),
    }
}

#[test]
fn four_models_are_made_and_no_others() {
    let mut factory = SimFactory::silent();
    assert_eq!(factory.models(), ["sim-falc4", "sim-ds8", "sim-bit", "loop"]);
    for (model, options, spans, granule) in [
        ("sim-falc4", &[][..], 4, 8),
        ("sim-ds8", &[], 8, 8),
        ("sim-ds8", &[("framing", "j1-esf"), ("cas", "false")], 8, 8),
        ("sim-bit", &[], 1, 1),
        ("sim-bit", &[("spans", "6"), ("cas", "false")], 6, 1),
        ("loop", &[("pair", "a")], 1, 8),
        ("loop", &[("pair", "b"), ("spans", "2"), ("granule", "20")], 2, 20),
    ] {
        let opened = factory.open(&request(model, options)).expect("a card");
        assert_eq!((opened.card.info().spans.len(), opened.card.info().granule), (spans, granule), "{model}");
        assert_eq!(opened.world.is_some(), model != "loop");
    }
    assert_eq!(factory.open(&request("falc4", &[])).err(), Some(FactoryError::UnknownModel));
}

#[test]
fn a_wrong_option_is_refused_by_name_with_what_would_be_right() {
    for (model, name, value, expected) in [
        (
            "sim-falc4",
            "delay",
            "1",
            "a card of model 'sim-falc4' has no such option; it has tapped, delay_symbols, error_rate, burst_every_ms, burst_ms, burst_error_rate, crossed_pairs, seed, ppm, card_ppm, framing, line_code, crc4, cas, patience_ms, serial",
        ),
        (
            "sim-falc4",
            "spans",
            "2",
            "a card of model 'sim-falc4' has no such option; it has tapped, delay_symbols, error_rate, burst_every_ms, burst_ms, burst_error_rate, crossed_pairs, seed, ppm, card_ppm, framing, line_code, crc4, cas, patience_ms, serial",
        ),
        ("sim-falc4", "delay_symbols", "2047", "'2047' is not a number from 2048 to 2048000"),
        ("sim-falc4", "patience_ms", "1", "'1' is not a number from 2 to 1000"),
        ("sim-ds8", "patience_ms", "1001", "'1001' is not a number from 2 to 1000"),
        ("sim-ds8", "serial", "0", "'0' is not a number from 1 to 4294967294"),
        ("sim-bit", "delay_symbols", "255", "'255' is not a number from 256 to 2048000"),
        ("sim-bit", "delay_symbols", "-1", "'-1' is not a number from 256 to 2048000"),
        ("sim-bit", "spans", "0", "'0' is not a number from 1 to 64"),
        ("sim-bit", "error_rate", "NaN", "'NaN' is not a number from 0 to 1"),
        ("sim-bit", "error_rate", "1.01", "'1.01' is not a number from 0 to 1"),
        ("sim-bit", "crossed_pairs", "true", "a card with one span has no other pair to cross"),
        ("sim-bit", "burst_ms", "0", "'0' is not a number from 1 to 3600000"),
        ("sim-bit", "seed", "x", "'x' is not a number from 0 to 18446744073709551615"),
        ("sim-bit", "line_code", "HDB3", "'HDB3' is not one of hdb3, ami"),
        ("sim-bit", "framing", "t1", "'t1' is not one of e1, t1-sf, t1-esf, j1-esf, j1-sf"),
        ("sim-bit", "ppm", "1001", "'1001' is not a number from -1000 to 1000"),
        ("sim-bit", "crc4", "true", "'true' is not one of on, off, auto"),
        ("sim-bit", "cas", "on", "'on' is not one of true, false"),
        ("loop", "pair", "", "a loop card needs a name that its peer has as well"),
        ("loop", "cas", "true", "a card of model 'loop' has no such option; it has pair, spans, granule"),
    ] {
        let found = problem(model, &[(name, value)]);
        assert_eq!(found, (name.to_owned(), expected.to_owned()), "{model}");
    }
    assert_eq!(problem("loop", &[]).0, "pair");
    assert_eq!(
        problem("loop", &[("pair", "x"), ("granule", "161")]).1,
        "'161' is not a number from 1 to 160"
    );
}

#[test]
fn options_of_the_far_end_reach_it_when_they_are_allowed() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let silent = |ends: tandem_lab::FarEnds| tandem_lab::SilentEnds::new(ends.ports, ends.framing);
    let mut factory = SimFactory::new(Box::new(move |ends| {
        sender.send((ends.card.clone(), ends.options.clone(), ends.ports.len())).expect("the test listens");
        Box::new(silent(ends))
    }))
    .allow(["numbers"]);
    let wanted = request("sim-falc4", &[("numbers", "100-199"), ("seed", "7")]);
    factory.open(&wanted).expect("a card");
    assert_eq!(receiver.recv(), Ok(("under test".to_owned(), wanted.options, 4)));
    assert!(factory.open(&request("sim-falc4", &[("number", "1")])).is_err());
    assert!(factory.open(&request("loop", &[("pair", "a"), ("numbers", "1")])).is_err());
}

#[test]
fn two_loop_cards_of_a_name_are_joined_and_the_next_two_are_another_pair() {
    let mut factory = SimFactory::silent();
    let mut open = |pair| factory.open(&request("loop", &[("pair", pair)])).expect("a card").card;
    let mut cards = [open("x"), open("y"), open("x"), open("x"), open("y"), open("x")];
    let mut media = MediaLoop::default();
    let slot = Timeslot::new(3).expect("a slot");
    media.run_tick(8, |tick| {
        for (number, card) in cards.iter_mut().enumerate() {
            card.set_bits(tick, 0, slot, Abcd::new(number as u8 + 1));
        }
        cards.iter_mut().for_each(|card| card.service(tick));
    });
    let heard = cards.each_ref().map(|card| card.received_bits(0)[3].bits() - 1);
    assert_eq!(heard, [2, 4, 0, 5, 1, 3]);
}

#[test]
fn the_second_card_of_a_pair_must_be_like_the_first() {
    let mut factory = SimFactory::silent();
    factory.open(&request("loop", &[("pair", "x"), ("spans", "2")])).expect("a card");
    let refused = factory.open(&request("loop", &[("pair", "x")])).err();
    let problem = "the other card of pair 'x' has 2 spans and granule 8; so must this".to_owned();
    assert_eq!(refused, Some(FactoryError::Option { name: "pair".to_owned(), problem }));
    assert!(
        factory.open(&request("loop", &[("pair", "x"), ("spans", "2")])).is_ok(),
        "the first still waits"
    );
}

#[test]
fn silent_ends_send_silence_and_blocked_channels() {
    for model in common::MODELS {
        let mut opened = SimFactory::silent().open(&request(model, &[])).expect("a card");
        let world = opened.world.as_mut().expect("a world");
        let card = &mut opened.card;
        card.configure(0, &CAS).expect("a span");
        card.start().expect("the card starts");
        let granule = card.info().granule;
        let mut media = MediaLoop::default();
        let mut frames = [[0; 32]; 8];
        for _ in 0..1600 / granule {
            world.step(tandem_types::FrameTime(media.now().0 + granule as u64));
            media.run_tick(granule, |tick| {
                card.service(tick);
                card.receive(tick, 0, &mut frames[..granule]);
                card.transmit(tick, 0, &[[0xd5; 32]; 8][..granule]);
            });
        }
        assert!(card.status(0).defects.is_empty(), "{model}: {:?}", card.status(0).defects);
        assert_eq!((frames[0][1], frames[0][31]), (0xd5, 0xd5));
        for channel in tandem_types::TelephoneChannel::all() {
            assert_eq!(card.received_bits(0)[channel.timeslot().index()], Abcd::new(0b1101), "{model}");
        }
    }
}
