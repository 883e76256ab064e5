//! T1 and J1 through a card: the software framer or a framer chip at one end of a wire, a plain port at the other.
mod common;
use common::{Rig, from_far, from_near, marker};
use tandem_card::{
    CardFactory, Frame, LineError, LineOrder, LoopCommand, LoopObedience, Loopback, SpanConfig,
};
use tandem_lab::SimFactory;
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;
use tandem_line::t1::{
    Bom, BomCode, LoopCode, LoopCodeGenerator, Prm, PrmCounts, PrmReporter, PrmSource, SyncQuality, T1Loop,
};
use tandem_line::{LineCode, T1Framing};
use tandem_types::{Abcd, Defect, Defects, Timeslot};

const FRAMINGS: [(&str, T1Framing); 4] = [
    ("t1-sf", T1Framing::Sf),
    ("t1-esf", T1Framing::Esf),
    ("j1-esf", T1Framing::J1Esf),
    ("j1-sf", T1Framing::J1Sf),
];

/// The models that have T1 spans.
const CARDS: [&str; 2] = ["sim-bit", "sim-ds8"];

fn rig(model: &str, name: &str, framing: T1Framing, cas: bool) -> Rig {
    let cas_option = if cas { "true" } else { "false" };
    let options = [("framing", name), ("cas", cas_option)];
    Rig::new(model, &options, SpanConfig::t1(LineCode::B8zs, framing, cas))
}

fn everything() -> impl Iterator<Item = (&'static str, &'static str, T1Framing)> {
    CARDS.into_iter().flat_map(|model| FRAMINGS.map(|(name, framing)| (model, name, framing)))
}

fn order_near(rig: &mut Rig, order: LineOrder) {
    let Rig { card, media, .. } = rig;
    media.run_tick(0, |tick| card.order(tick, 0, &order));
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
    for (model, name, framing) in everything() {
        for (cas, kept) in [(false, 0xff), (true, 0xfe)] {
            let mut rig = rig(model, name, framing, cas);
            rig.run_ms(2000);
            assert!(rig.is_clean(), "{model} {name}: {:?}", rig.defects());
            // A granule of one frame, or of eight.
            let most = if model == "sim-bit" { 12 } else { 36 };
            let received = lag(&rig.received[0], from_far(0), 12_000, kept);
            assert!(received.is_some_and(|lag| lag < most), "{model} {name}: {received:?}");
            let heard = lag(&rig.peer().heard[0], from_near(0), 12_000, kept);
            assert!(heard.is_some_and(|lag| lag < most), "{model} {name}: {heard:?}");
            let counters = rig.card.status(0).counters;
            assert_eq!((counters.slips_repeated, counters.slips_deleted), (0, 0), "{model} {name}");
            // A framer chip does not count its bits.
            let line_bits = rig.card.status(0).line_bits.map(|bits| bits.div_ceil(193));
            assert_eq!(line_bits, (model == "sim-bit").then_some(16_000), "{model} {name}");
        }
    }
}

#[test]
fn signalling_bits_of_24_channels_pass_in_all_values_both_ways() {
    for (model, name, framing) in everything() {
        let mut rig = rig(model, name, framing, true);
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
                let shown = if !framing.is_extended() {
                    Abcd::new(bits.bits() >> 2 | bits.bits() & 12)
                } else {
                    bits
                };
                assert_eq!(rig.card.received_bits(0)[slot.index()], shown, "{model} {name} slot {slot}");
                assert_eq!(rig.peer().ports[0].abcd(slot), Some(shown), "{model} {name} slot {slot}");
            }
        }
    }
}

#[test]
fn a_cut_wire_is_loss_of_signal_here_and_the_remote_alarm_there() {
    for (model, name, framing) in everything() {
        let mut rig = rig(model, name, framing, false);
        rig.run_ms(500);
        let wire = rig.peer().wires[0].clone();
        wire.cut(hw_sim::Way::BToA);
        rig.run_ms(1200);
        let (near, far) = rig.defects()[0];
        assert!(near.contains(Defect::Los), "{model} {name}: {near}");
        assert_eq!(far, Defects::only(Defect::Rai), "{model} {name}");
        wire.repair(hw_sim::Way::BToA);
        rig.run_ms(2500);
        assert!(rig.is_clean(), "{model} {name}: {:?}", rig.defects());
    }
}

#[test]
fn the_remote_alarm_of_a_customer_installation_is_known_by_its_signature() {
    for (model, name, framing) in everything().filter(|(_, _, framing)| *framing == T1Framing::Esf) {
        let mut rig = rig(model, name, framing, false);
        rig.run_ms(500);
        rig.peer().ports[0].terminal_mut().as_t1_mut().expect("a T1").set_rai_ci(true);
        rig.run_ms(3000);
        for _ in 0..1200 {
            rig.run_ms(1);
            let near = rig.defects()[0].0;
            assert!(near.contains(Defect::Rai) && near.contains(Defect::RaiCi), "{model} {name}: {near}");
        }
        rig.peer().ports[0].terminal_mut().as_t1_mut().expect("a T1").set_rai_ci(false);
        rig.run_ms(3500);
        assert!(rig.is_clean(), "{model} {name}: {:?}", rig.defects());
    }
}

#[test]
fn alarms_of_a_customer_installation_are_sent_and_heard_with_their_signatures() {
    type Order = fn(bool) -> LineOrder;
    let alarms: [(Order, Defect, Defect); 2] = [
        (LineOrder::SendRaiCi, Defect::Rai, Defect::RaiCi),
        (LineOrder::SendAisCi, Defect::Ais, Defect::AisCi),
    ];
    for model in CARDS {
        let mut rig = rig(model, "t1-esf", T1Framing::Esf, false);
        rig.run_ms(500);
        for (order, plain, customer) in alarms {
            order_near(&mut rig, order(true));
            rig.run_ms(3500);
            for _ in 0..1300 {
                rig.run_ms(1);
                let far = rig.defects()[0].1;
                assert!(far.contains(plain) && far.contains(customer), "{model}: {far}");
            }
            order_near(&mut rig, order(false));
            rig.run_ms(5000);
            assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        }
        rig.peer().ports[0].terminal_mut().as_t1_mut().expect("a T1").set_ais_ci(true);
        rig.run_ms(3500);
        for _ in 0..2600 {
            rig.run_ms(1);
            let near = rig.defects()[0].0;
            assert!(near.contains(Defect::Ais) && near.contains(Defect::AisCi), "{model}: {near}");
        }
        rig.peer().ports[0].terminal_mut().as_t1_mut().expect("a T1").set_ais_ci(false);
        rig.run_ms(5000);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        order_near(&mut rig, LineOrder::SendAis(true));
        rig.peer().ports[0].terminal_mut().set_ais(true);
        rig.run_ms(3500);
        let (near, far) = rig.defects()[0];
        for side in [near, far] {
            assert!(side.contains(Defect::Ais) && !side.contains(Defect::AisCi), "{model}: {side}");
        }
    }
}

#[test]
fn a_payload_loop_and_a_line_loop_give_the_far_end_back_what_it_says() {
    for (model, name, framing) in everything() {
        for which in [Loopback::Payload, Loopback::Line] {
            let mut rig = rig(model, name, framing, false);
            rig.run_ms(500);
            let Rig { card, media, .. } = &mut rig;
            media.run_tick(0, |tick| card.order(tick, 0, &LineOrder::Loop(Some(which))));
            // The far end aligns anew, and its remote alarm, in a superframe bits of traffic, lasts a second.
            rig.run_ms(2500);
            let looped = lag(&rig.peer().heard[0], from_far(0), 16_000, 0xff);
            assert!(looped.is_some(), "{model} {name} {which:?}");
        }
    }
}

#[test]
fn each_error_put_in_is_counted_once_at_the_far_end_as_what_it_is() {
    let mut rig = rig("sim-bit", "t1-esf", T1Framing::Esf, false);
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
fn each_second_is_reported_to_the_far_end_and_heard_from_it() {
    for (model, name, framing) in everything().filter(|(_, _, framing)| framing.is_extended()) {
        let mut rig = rig(model, name, framing, false);
        rig.run_ms(3000);
        while rig.card.poll_far_second(0).is_some() {}
        let wire = rig.peer().wires[0].clone();
        let good = rig.peer().ports[0]
            .terminal_mut()
            .as_t1_mut()
            .expect("a T1")
            .received_data_link()
            .counters()
            .frames;
        wire.set_error_rate(hw_sim::Way::AToB, 3e-5);
        let (mut seconds, mut errors) = (0, 0);
        for _ in 0..10 {
            // The far end tells each second what it received, as this card does.
            let report = PrmCounts { crc_errors: 7, ..PrmCounts::default() };
            let mut peer = rig.peer();
            let terminal = peer.ports[0].terminal_mut().as_t1_mut().expect("a T1");
            terminal.data_link().send_prm(&far_reporter(seconds, &report));
            drop(peer);
            rig.run_ms(1000);
            while let Some(second) = rig.card.poll_far_second(0) {
                seconds += 1;
                errors += second.crc_errors;
            }
        }
        assert_eq!((seconds, errors), (10, 60), "{model} {name}: told as 6 to 10 each");
        let after = rig.peer().ports[0]
            .terminal_mut()
            .as_t1_mut()
            .expect("a T1")
            .received_data_link()
            .counters()
            .frames;
        assert!((7..=11).contains(&(after - good)), "{model} {name}: {}", after - good);
    }
}

#[test]
fn reports_go_on_while_the_remote_alarm_is_sent_and_it_stays_believed() {
    for model in CARDS {
        let options = [("framing", "t1-esf"), ("cas", "false")];
        let mut rig = Rig::new(model, &options, SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false));
        rig.run_ms(2500);
        let heard = |rig: &Rig| {
            let mut peer = rig.peer();
            let t1 = peer.ports[0].terminal_mut().as_t1_mut().expect("a T1");
            t1.received_data_link().counters().frames
        };
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| card.order(tick, 0, &LineOrder::SendRai(true)));
        rig.run_ms(500);
        assert!(rig.peer().ports[0].defects().contains(Defect::Rai), "{model}");
        let before = heard(&rig);
        for ms in 0..10_000 {
            rig.run_ms(1);
            assert!(rig.peer().ports[0].defects().contains(Defect::Rai), "{model} after {ms} ms");
        }
        let reports = heard(&rig) - before;
        assert!((9..=10).contains(&reports), "{model}: {reports} reports in ten seconds");
    }
}

/// The report of a far end whose second with this number had these counts, as those before it.
fn far_reporter(second: u64, counts: &PrmCounts) -> Prm {
    let mut reporter = PrmReporter::new(PrmSource::Carrier);
    let mut report = reporter.handle_second(counts);
    for _ in 0..second {
        report = reporter.handle_second(counts);
    }
    report
}

#[test]
fn loops_are_commanded_by_messages_both_ways() {
    for (model, name, framing) in everything().filter(|(_, _, framing)| framing.is_extended()) {
        let mut rig = rig(model, name, framing, false);
        rig.run_ms(3000);
        for (up, down, bom_up, bom_down, here, there) in [
            (
                LoopCommand::LineUp,
                LoopCommand::LineDown,
                Bom::LineLoopUp,
                Bom::LineLoopDown,
                Loopback::Line,
                T1Loop::Line,
            ),
            (
                LoopCommand::PayloadUp,
                LoopCommand::AllDown,
                Bom::PayloadLoopUp,
                Bom::UniversalLoopDown,
                Loopback::Payload,
                T1Loop::Payload,
            ),
        ] {
            for (command, message, loop_there, loop_here) in
                [(up, bom_up, Some(there), Some(here)), (down, bom_down, None, None)]
            {
                let Rig { card, media, .. } = &mut rig;
                media.run_tick(0, |tick| card.order(tick, 0, &LineOrder::CommandLoop(command)));
                rig.run_ms(100);
                let commanded =
                    rig.peer().ports[0].terminal_mut().as_t1_mut().expect("a T1").commanded_loop();
                assert_eq!(commanded, loop_there, "{model} {name} {command:?}");
                // The far end commands nothing while its own loop is up.
                if loop_there.is_some() {
                    continue;
                }
                // For a second after our own command we hear none.
                rig.run_ms(1000);
                for (message, loop_here) in [(bom_up, Some(here)), (message, loop_here)] {
                    let mut peer = rig.peer();
                    let terminal = peer.ports[0].terminal_mut().as_t1_mut().expect("a T1");
                    terminal.data_link().send_bom(message.code(), Some(10));
                    drop(peer);
                    // The far end aligns anew, and while it sends the remote alarm it commands nothing.
                    rig.run_ms(2500);
                    assert_eq!(rig.card.status(0).looped, loop_here, "{model} {name} {message:?}");
                }
            }
        }
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| card.order(tick, 0, &LineOrder::ObeyLoops(LoopObedience::Nobody)));
        let mut peer = rig.peer();
        let terminal = peer.ports[0].terminal_mut().as_t1_mut().expect("a T1");
        terminal.data_link().send_bom(Bom::LineLoopUp.code(), Some(10));
        drop(peer);
        rig.run_ms(100);
        assert_eq!(rig.card.status(0).looped, None, "{model} {name}: not obeyed");
    }
}

#[test]
fn an_in_band_code_of_five_seconds_puts_a_loop_up_and_one_of_three_does_not() {
    for (model, name, framing) in everything() {
        let mut rig = rig(model, name, framing, false);
        rig.run_ms(3000);
        for (code, ms, looped) in [
            (LoopCode::LINE_UP, 3000, None),
            (LoopCode::LINE_UP, 5200, Some(Loopback::Line)),
            (LoopCode::LINE_DOWN, 3000, Some(Loopback::Line)),
            (LoopCode::LINE_DOWN, 5200, None),
        ] {
            rig.peer().in_band = Some(LoopCodeGenerator::new(code));
            rig.run_ms(ms);
            rig.peer().in_band = None;
            rig.run_ms(200);
            assert_eq!(rig.card.status(0).looped, looped, "{model} {name} {code:?} for {ms} ms");
        }
        let Rig { card, media, .. } = &mut rig;
        let order = LineOrder::SendLoopCode(Some(LoopCode::LINE_UP));
        media.run_tick(0, |tick| card.order(tick, 0, &order));
        rig.run_ms(5200);
        let commanded = rig.peer().ports[0].terminal_mut().as_t1_mut().expect("a T1").commanded_loop();
        assert_eq!(commanded, Some(T1Loop::Line), "{model} {name}");
    }
}

#[test]
fn the_quality_of_the_clock_is_told_both_ways() {
    for (model, name, framing) in everything().filter(|(_, _, framing)| framing.is_extended()) {
        let mut rig = rig(model, name, framing, false);
        rig.run_ms(3000);
        let bit = SaBit::new(4).expect("a bit");
        let order = LineOrder::SyncMessage(Some((bit, Quality::SupplyB)));
        let Rig { card, media, .. } = &mut rig;
        media.run_tick(0, |tick| card.order(tick, 0, &order));
        let mut peer = rig.peer();
        let terminal = peer.ports[0].terminal_mut().as_t1_mut().expect("a T1");
        terminal.data_link().send_bom(Bom::Sync(SyncQuality::Stratum1).code(), Some(10));
        drop(peer);
        let mut told = None;
        for _ in 0..1200 {
            rig.run_ms(1);
            let mut peer = rig.peer();
            let link = peer.ports[0].terminal_mut().as_t1_mut().expect("a T1").received_data_link();
            told = told.or(link.bom());
        }
        assert_eq!(told.and_then(BomCode::meaning), Some(Bom::Sync(SyncQuality::Stratum3)), "{model} {name}");
        assert_eq!(rig.card.status(0).sync_quality, Some(Quality::Primary), "{model} {name}");
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
