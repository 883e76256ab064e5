//! D channels on lines whose clocks are off: whole frames slip, and the D channel loses nothing by it.
mod common;
use common::Rig;
use tandem_card::SpanConfig;
use tandem_line::hdlc::{HdlcCounters, HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_line::{CrcMode, LineCode, T1Framing};
use tandem_types::Timeslot;

const LIMITS: HdlcLimits = HdlcLimits { shortest: 3, longest: 260 };

/// Frames without a pause, each with its number in its first octets.
fn numbered_frames(seven_bits: bool) -> Box<dyn FnMut() -> u8 + Send> {
    let (mut sender, mut number) = (HdlcSender::new(), 0_u32);
    Box::new(move || {
        let mut frame = [number as u8 | 3; 40];
        frame[..4].copy_from_slice(&number.to_be_bytes());
        let sent = if seven_bits { sender.poll_seven_bits(&frame) } else { sender.poll_octet(&frame) };
        number += u32::from(sent.frame_done);
        sent.line
    })
}

/// The numbers of the frames in these octets, and what was counted.
fn frames_in(octets: impl Iterator<Item = u8>, seven_bits: bool) -> (Vec<u32>, HdlcCounters) {
    let (mut receiver, mut buffer) = (HdlcReceiver::new(LIMITS), [0; 262]);
    let mut numbers = Vec::new();
    for octet in octets {
        let event = match seven_bits {
            true => receiver.handle_seven_bits(&mut buffer, octet),
            false => receiver.handle_octet(&mut buffer, octet),
        };
        if let Some(HdlcEvent::Frame(_)) = event {
            numbers.push(u32::from_be_bytes(buffer[..4].try_into().expect("four octets")));
        }
    }
    (numbers, *receiver.counters())
}

fn damaged(counters: &HdlcCounters) -> u64 {
    let HdlcCounters { too_long, aborts, too_short, not_aligned, bad_fcs, .. } = counters;
    too_long + aborts + too_short + not_aligned + bad_fcs
}

#[test]
fn slips_take_no_frame_of_a_d_channel() {
    let e1 = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false);
    let t1 = SpanConfig::t1(LineCode::B8zs, T1Framing::Esf, false);
    for (model, ppm, span, slot, seven_bits) in [
        ("sim-bit", "50", e1, 16, false),
        ("sim-bit", "-50", e1, 16, false),
        ("sim-falc4", "50", e1, 16, false),
        ("sim-falc4", "-50", e1, 31, false),
        ("sim-ds8", "50", e1, 1, false),
        ("sim-ds8", "-50", e1, 16, false),
        ("sim-bit", "50", t1, 24, false),
        ("sim-bit", "-50", t1, 24, true),
        ("sim-ds8", "50", t1, 24, true),
        ("sim-ds8", "-50", t1, 24, false),
    ] {
        let what = format!("{model} {ppm} ppm, slot {slot}, 56k: {seven_bits}");
        let slot = Timeslot::new(slot).expect("a timeslot");
        let framing = if span == t1 { "t1-esf" } else { "e1" };
        let options = [("ppm", ppm), ("framing", framing), ("cas", "false")];
        let mut rig = Rig::new(model, &options, span.with_signalling_slot(slot));
        rig.peer().d_channel = Some((slot, numbered_frames(seven_bits)));
        rig.run_ms(1000);
        let (settled, from) = (rig.card.status(0).counters, rig.received[0].len());
        rig.signalling.clear();
        rig.run_ms(20_000);
        let now = rig.card.status(0).counters;
        let slips = now.slips_deleted + now.slips_repeated - settled.slips_deleted - settled.slips_repeated;
        assert!((7..=9).contains(&slips), "{what}: {slips} slips");
        assert_eq!((now.crc_errors, now.fas_errors), (settled.crc_errors, settled.fas_errors), "{what}");
        assert!(rig.is_clean(), "{what}: {:?}", rig.defects());
        // What follows the host's clock has slips in it, one for each.
        let frames = rig.received[0][from..].iter().map(|frame| frame.expect("on time")[slot.index()]);
        assert!(damaged(&frames_in(frames, seven_bits).1).abs_diff(slips) <= 1, "{what}: behind the store");
        let (numbers, counters) = frames_in(rig.signalling.iter().copied(), seven_bits);
        assert_eq!(damaged(&counters), 0, "{what}: {counters:?}");
        assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{what}: a frame is missing");
        // 40 octets, check sequence and flag, some zeros between.
        assert!(numbers.len() > 2900, "{what}: {}", numbers.len());
        let bits = if ppm == "50" { 8..=9 } else { -9..=-8 };
        assert!(bits.contains(&(rig.signalling.len() as i64 - 160_000)), "{what}: {}", rig.signalling.len());
    }
}

#[test]
fn without_a_signalling_slot_a_card_hands_none_over() {
    for model in common::MODELS {
        let mut rig = Rig::new(model, &[], common::CAS);
        rig.run_ms(20);
        assert!(rig.signalling.is_empty(), "{model}");
    }
}

#[test]
fn a_lost_line_brings_ones_in_its_signalling_slot() {
    for model in common::MODELS {
        let slot = Timeslot::new(16).expect("a timeslot");
        let config = SpanConfig::e1(LineCode::Hdb3, CrcMode::On, false).with_signalling_slot(slot);
        let mut rig = Rig::new(model, &[("cas", "false")], config);
        rig.peer().d_channel = Some((slot, Box::new(|| 0x55)));
        rig.run_ms(500);
        assert!(rig.signalling.ends_with(&[0x55; 8]), "{model}");
        rig.peer().wires[0].cut_both();
        rig.run_ms(20);
        assert!(rig.signalling.ends_with(&[0xff; 40]), "{model}");
    }
}
