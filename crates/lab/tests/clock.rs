//! Clocks that differ: whole frames slip, in the right direction and as many as the offset says.
mod common;
use common::{CAS, Peer, Rig, Shared, from_far, marker};
use hw_sim::{BitPort, Ds8, Ds8Config, Falc4, Falc4Config, LinePort, WayConfig, WireConfig, wire};
use tandem_card::{Card, ClockSource, Ds8Driver, Falc4Driver, Frame, SoftFramer, SpanConfig};
use tandem_lab::FarEnds;
use tandem_line::{CrcMode, E1Config, Framing, LineCode, T1Framing};
use tandem_types::{Abcd, TelephoneChannel};

/// Slips in what a span received since frame `from`: +1 for a frame deleted, -1 for one repeated. Everything else must
/// be what the far end sent, frame by frame, in timeslots 3 to 7, which hold one counter.
fn slips_in(received: &[Option<Frame>], from: usize) -> Vec<i64> {
    let is = |frame: &Frame, number: i64| {
        u64::try_from(number).is_ok_and(|number| frame[3..8] == marker(from_far(0), number)[3..8])
    };
    let frame = |at: usize| received[at].expect("the host was on time");
    let first =
        (0..=from as i64 + 40).rev().find(|number| is(&frame(from), *number)).expect("a frame that was sent");
    let mut expected = first;
    let mut slips = Vec::new();
    for at in from..received.len() {
        let slip = [0, 1, -1].into_iter().find(|slip| is(&frame(at), expected + slip));
        let slip = slip.unwrap_or_else(|| panic!("frame {at} is none of those around {expected}"));
        expected += slip + 1;
        if slip != 0 {
            slips.push(slip);
        }
    }
    slips
}

#[test]
fn slips_are_as_many_as_the_offset_says_and_take_all_slots_of_a_frame() {
    // (model, ppm of the far end, seconds, slips with their sign)
    for (model, ppm, seconds, expected) in [
        ("sim-bit", "100", 30, 24),
        ("sim-bit", "-100", 30, -24),
        ("sim-bit", "50", 30, 12),
        ("sim-falc4", "100", 30, 24),
        ("sim-falc4", "-100", 30, -24),
        ("sim-ds8", "100", 30, 24),
        ("sim-ds8", "-100", 30, -24),
    ] {
        let mut rig = Rig::new(model, &[("ppm", ppm)], CAS);
        // Bits that tell every channel from those beside it: a multiframe taken one frame off would show.
        let bits_of = |channel: TelephoneChannel| Abcd::new(channel.number() % 15 + 1);
        for channel in TelephoneChannel::all() {
            assert!(rig.peer().ports[0].set_abcd(channel.timeslot(), bits_of(channel)));
        }
        rig.run_ms(1000);
        let settled = rig.card.status(0).counters;
        let far_settled = rig.peer().ports[0].counters();
        let from = rig.received[0].len();
        for ms in 0..1000 * seconds {
            rig.run_ms(1);
            let (bits, defects) = (rig.card.received_bits(0), rig.card.status(0).defects);
            assert!(defects.is_empty(), "{model} {ppm} ppm: {defects} after {ms} ms");
            for channel in TelephoneChannel::all() {
                let there = bits[channel.timeslot().index()];
                assert_eq!(there, bits_of(channel), "{model} {ppm} ppm channel {channel:?} after {ms} ms");
            }
        }
        let slips = slips_in(&rig.received[0], from);
        let sum: i64 = slips.iter().sum();
        assert!((sum - expected).abs() <= 1, "{model} {ppm} ppm: {sum}");
        assert_eq!(sum.unsigned_abs() as usize, slips.len(), "{model} {ppm} ppm: all in one direction");
        let counters = rig.card.status(0).counters;
        // A FALC tells a slip by an interrupt, and one may be under way.
        let counted = (counters.slips_deleted - settled.slips_deleted) as i64
            - (counters.slips_repeated - settled.slips_repeated) as i64;
        assert!((counted - sum).abs() <= 1, "{model} {ppm} ppm: {counted} counted of {sum}");
        // Framing, CRC and signalling are taken out before the store.
        assert_eq!(counters.crc_errors, settled.crc_errors, "{model} {ppm} ppm");
        assert_eq!(counters.fas_errors, settled.fas_errors, "{model} {ppm} ppm");
        assert!(rig.is_clean(), "{model} {ppm} ppm: {:?}", rig.defects());
        assert_eq!(rig.peer().ports[0].counters().e_bits, far_settled.e_bits);
    }
}

#[test]
fn a_t1_slips_by_its_own_clock_too() {
    let config = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false);
    for (model, ppm, expected) in
        [("sim-bit", "32", 7), ("sim-bit", "-32", -7), ("sim-ds8", "32", 7), ("sim-ds8", "-32", -7)]
    {
        let options = [("ppm", ppm), ("framing", "t1-esf"), ("cas", "false")];
        let mut rig = Rig::new(model, &options, config);
        rig.run_ms(1000);
        let from = rig.received[0].len();
        rig.run_ms(30_000);
        let sum: i64 = slips_in(&rig.received[0], from).iter().sum();
        assert!((sum - expected).abs() <= 1, "{model} {ppm} ppm: {sum}");
        assert!(rig.is_clean());
    }
}

#[test]
fn a_card_that_follows_the_line_does_not_slip_and_knows_what_its_bits_say() {
    let cards = ["sim-bit", "sim-falc4", "sim-ds8"];
    for (model, ppm) in cards.into_iter().flat_map(|model| [(model, "100"), (model, "-100")]) {
        let mut rig = Rig::new(model, &[("ppm", ppm), ("card_ppm", "-4.6")], CAS);
        rig.run_ms(1000);
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| card.set_clock(tick, ClockSource::Span(0)));
        rig.run_ms(10);
        let (slips, bits, from) = (
            rig.card.status(0).counters.slips_deleted + rig.card.status(0).counters.slips_repeated,
            rig.card.status(0).line_bits,
            rig.received[0].len(),
        );
        rig.run_ms(30_000);
        assert_eq!(slips_in(&rig.received[0], from), [0_i64; 0], "{model} {ppm} ppm");
        let counters = rig.card.status(0).counters;
        assert_eq!(counters.slips_deleted + counters.slips_repeated, slips);
        let passed = rig.card.status(0).line_bits.zip(bits).map(|(now, before)| now - before);
        // A framer chip does not count its bits.
        if model == "sim-bit" {
            assert!(passed.is_some_and(|bits| bits.abs_diff(30 * 2_048_000) <= 64), "{passed:?}");
        } else {
            assert_eq!(passed, None, "{model}");
        }
    }
}

#[test]
fn wander_of_18_microseconds_and_jitter_cause_no_slip_and_no_error() {
    for (model, ms) in [("sim-bit", 100_000), ("sim-falc4", 20_000), ("sim-ds8", 20_000)] {
        for (peak_to_peak, hertz) in [(36.9, 0.01), (36.9, 0.3), (1.5, 100.0), (0.2, 18_000.0)] {
            let swings = hw_sim::Wander { peak_to_peak, hertz };
            let mut rig = wandering(model, swings);
            // What came at the beginning is counted a second or two later by a chip.
            rig.run_ms(3000);
            assert!(rig.card.status(0).defects.is_empty(), "{model}");
            let (from, settled) = (rig.received[0].len(), rig.card.status(0).counters);
            rig.run_ms(ms);
            assert_eq!(slips_in(&rig.received[0], from).len(), 0, "{model} {swings:?}");
            assert_eq!(rig.card.status(0).counters, settled, "{model} {swings:?}");
        }
    }
}

/// A card whose first span has a far end with a clock that swings, and whose other spans have no wire.
fn wandering(model: &str, swings: hw_sim::Wander) -> Rig {
    let way = WayConfig { delay: if model == "sim-bit" { 356 } else { 2148 }, ..WayConfig::default() };
    let b_to_a = WayConfig { ppb: Some(0), wander: Some(swings), ..way };
    let (near, far) = wire::pair(WireConfig { a_to_b: way, b_to_a, ..WireConfig::default() });
    let wires = vec![near.control()];
    let card: Box<dyn Card> = match model {
        "sim-falc4" => {
            let chip = Falc4::new(Falc4Config::default(), [Some(near), None, None, None]);
            Box::new(Falc4Driver::new(chip).expect("a card"))
        }
        "sim-ds8" => {
            let mut near = Some(near);
            let chip = Ds8::new(Ds8Config::default(), [(); 8].map(|()| near.take()));
            Box::new(Ds8Driver::new(chip).expect("a card"))
        }
        _ => Box::new(SoftFramer::new(BitPort::new([Some(near)]))),
    };
    let framing = E1Config { crc4: CrcMode::On, cas: true, nfas_loss: false };
    let ports = vec![LinePort::new(far, LineCode::Hdb3, framing)];
    let ends = FarEnds {
        card: String::new(),
        options: Default::default(),
        ports,
        wires,
        framing: Framing::default(),
        slot: None,
    };
    let peer = Peer::shared(ends);
    Rig::with(card, Box::new(Shared(peer.clone())), peer, CAS)
}
