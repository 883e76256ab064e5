//! Signalling bits, alarms, and a far end without CRC-4.
mod common;
use common::{CAS, MODELS, Rig, constant_lag, from_far, from_near};
use hw_sim::Way;
use tandem_card::SpanConfig;
use tandem_line::{CrcMode, LineCode};
use tandem_types::{Abcd, Defect, TelephoneChannel};

#[test]
fn signalling_bits_of_all_thirty_channels_pass_both_ways_in_every_code() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(100);
        let channels: Vec<TelephoneChannel> = TelephoneChannel::all().collect();
        for round in 0..16_u8 {
            // 0000 is for channels 16 to 30 only: it would imitate the alignment signal in the high nibble.
            let code = |channel: TelephoneChannel, turn: u8| {
                let code = Abcd::new(channel.number().wrapping_mul(turn).wrapping_add(round));
                if code == Abcd::new(0) && channel.number() <= 15 { Abcd::new(0b1001) } else { code }
            };
            for span in 0..rig.spans {
                for channel in &channels {
                    let bits = code(*channel, 7);
                    assert!(rig.peer().ports[span].set_abcd(channel.timeslot(), bits));
                }
                let card = &mut rig.card;
                rig.media.run_tick(0, |tick| {
                    for channel in &channels {
                        card.set_bits(tick, span, channel.timeslot(), code(*channel, 3));
                    }
                });
            }
            // At most one multiframe until they leave, one to pass, one to prove it, and the wire. The driver of the
            // ds8 reads the bits of one span a service, so those of the last one 8 ms later.
            rig.run_ms(if model == "sim-ds8" { 17 } else { 9 });
            for span in 0..rig.spans {
                for channel in &channels {
                    let slot = channel.timeslot();
                    let here = rig.card.received_bits(span)[slot.index()];
                    let there = rig.peer().ports[span].abcd(slot);
                    let what = format!("{model} span {span} channel {} round {round}", channel.number());
                    assert_eq!(here, code(*channel, 7), "{what}, here");
                    assert_eq!(there, Some(code(*channel, 3)), "{what}, there");
                }
            }
        }
        assert!(rig.is_clean());
    }
}

#[test]
fn a_card_that_was_told_nothing_sends_blocked_channels() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(100);
        for channel in TelephoneChannel::all() {
            assert_eq!(rig.peer().ports[0].abcd(channel.timeslot()), Some(Abcd::new(0b1101)), "{model}");
        }
    }
}

#[test]
fn a_cut_wire_is_loss_of_signal_here_and_remote_alarm_there_until_it_is_mended() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(100);
        let wire = rig.peer().wires[0].clone();
        let others_are_clean =
            |rig: &Rig| rig.defects()[1..].iter().all(|(near, far)| near.is_empty() && far.is_empty());
        wire.cut(Way::BToA);
        rig.run_ms(20);
        let (near, far) = rig.defects()[0];
        assert!(near.contains(Defect::Los) && near.contains(Defect::Lof), "{model}: {near}");
        assert!(far.contains(Defect::Rai) && far.contains(Defect::CasRai), "{model}: {far}");
        assert!(!far.is_severe() && others_are_clean(&rig));
        assert_eq!(rig.received[0].last(), Some(&Some([0xff; 32])), "{model}: ones while nothing comes");
        wire.repair(Way::BToA);
        rig.run_ms(100);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());

        wire.cut(Way::AToB);
        rig.run_ms(20);
        let (near, far) = rig.defects()[0];
        assert!(far.contains(Defect::Los) && far.contains(Defect::Lof), "{model}: {far}");
        assert!(near.contains(Defect::Rai) && near.contains(Defect::CasRai), "{model}: {near}");
        assert!(!near.is_severe() && others_are_clean(&rig));
        wire.repair(Way::AToB);
        rig.run_ms(100);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());

        wire.cut_both();
        rig.run_ms(3000);
        let (near, far) = rig.defects()[0];
        assert!(near.contains(Defect::Los) && far.contains(Defect::Los), "{model}: {near}, {far}");
        wire.repair_both();
        rig.run_ms(100);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        let from = rig.received[0].len();
        rig.run_ms(300);
        assert!(constant_lag(&rig.received[0], from_far(0), from).is_some(), "{model}: octets again");
        assert!(constant_lag(&rig.peer().heard[0], from_near(0), from).is_some(), "{model}");
    }
}

#[test]
fn ones_from_the_far_end_are_ais_and_answered_by_remote_alarm() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        rig.run_ms(100);
        rig.peer().ports[0].set_ais(true);
        rig.run_ms(20);
        let (near, far) = rig.defects()[0];
        assert!(near.contains(Defect::Ais) && !near.contains(Defect::Los), "{model}: {near}");
        assert!(far.contains(Defect::Rai), "{model}: {far}");
        rig.peer().ports[0].set_ais(false);
        rig.run_ms(100);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
    }
}

#[test]
fn signalling_bits_that_change_during_a_loss_are_there_after_it_and_not_before() {
    for model in MODELS {
        let mut rig = Rig::new(model, &[], CAS);
        let channel = TelephoneChannel::new(20).expect("a channel");
        let slot = channel.timeslot();
        rig.run_ms(100);
        rig.peer().wires[0].cut_both();
        rig.run_ms(50);
        assert!(rig.peer().ports[0].set_abcd(channel.timeslot(), Abcd::new(0b0101)));
        rig.run_ms(50);
        assert_eq!(rig.card.received_bits(0)[slot.index()], Abcd::new(0b1101), "{model}");
        rig.peer().wires[0].repair_both();
        rig.run_ms(100);
        assert_eq!(rig.card.received_bits(0)[slot.index()], Abcd::new(0b0101), "{model}");
    }
}

#[test]
fn automatic_crc4_does_without_it_after_400_ms_when_the_far_end_has_none() {
    for model in MODELS {
        let config = SpanConfig::e1(LineCode::Hdb3, CrcMode::Auto, true);
        let mut rig = Rig::new(model, &[("crc4", "off")], config);
        rig.run_ms(300);
        let (near, far) = rig.defects()[0];
        assert!(near.contains(Defect::Lomf) && !near.is_severe() && far.is_empty(), "{model}: {near}, {far}");
        rig.run_ms(200);
        for _ in 0..1000 {
            assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
            rig.run_ms(1);
        }
        assert!(constant_lag(&rig.received[0], from_far(0), 4000).is_some(), "{model}");
        assert_eq!(rig.card.status(0).counters.crc_errors, 0, "{model}");
        assert_eq!(rig.card.status(0).counters.e_bits, 0, "{model}: a Si bit is no E bit");
    }
}

#[test]
fn automatic_crc4_uses_it_when_the_far_end_has_it() {
    for model in MODELS {
        let mut rig =
            Rig::new(model, &[("crc4", "auto")], SpanConfig::e1(LineCode::Hdb3, CrcMode::Auto, true));
        rig.run_ms(100);
        assert!(rig.is_clean(), "{model}: {:?}", rig.defects());
        rig.run_ms(500);
        let blocks = rig.peer().ports[0].counters().crc_blocks;
        assert!(blocks > 500, "{model}: a block a ms, {blocks} compared");
    }
}

#[test]
fn every_line_code_and_framing_of_the_configuration_suits_a_far_end_with_the_same() {
    for model in MODELS {
        for (line_code, code) in [(LineCode::Hdb3, "hdb3"), (LineCode::Ami, "ami")] {
            for (crc4, crc) in [(CrcMode::On, "on"), (CrcMode::Off, "off")] {
                for (cas, signalling) in [(true, "true"), (false, "false")] {
                    let options = [("line_code", code), ("crc4", crc), ("cas", signalling)];
                    let mut rig = Rig::new(model, &options, SpanConfig::e1(line_code, crc4, cas));
                    rig.run_ms(300);
                    assert!(rig.is_clean(), "{model} {options:?}: {:?}", rig.defects());
                    assert!(
                        constant_lag(&rig.received[0], from_far(0), 1600).is_some(),
                        "{model} {options:?}"
                    );
                    assert!(constant_lag(&rig.peer().heard[0], from_near(0), 1600).is_some(), "{model}");
                }
            }
        }
    }
}
