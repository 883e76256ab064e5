//! What `tandem line analyze` finds out about the other end, about clocks, and about loops.
mod common;

use common::{file, good, good_with, packed, refused, sent};
use serde_json::Value;
use tandem_testkit::e1::Sender;
use tandem_testkit::fdl::{Second, code_word, report};
use tandem_testkit::hdlc::{FLAG, between_flags};
use tandem_testkit::t1::{Framing, Sender as T1Sender};
use tandem_testkit::{Rng, bits_of, linecode};

fn findings(options: &str, capture: &[u8]) -> Vec<Value> {
    let lines = good_with(&format!("line analyze - --json --framing {options}"), capture).lines();
    let values = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    values.filter(|value| value["event"] == "finding").collect()
}

fn kinds(options: &str, capture: &[u8]) -> Vec<String> {
    findings(options, capture).iter().map(|finding| finding["kind"].as_str().expect("text").into()).collect()
}

fn finding(options: &str, capture: &[u8]) -> Value {
    let mut found = findings(options, capture);
    assert_eq!(found.len(), 1, "{options}: {found:?}");
    found.remove(0)
}

fn made(options: &str) -> Vec<u8> {
    good(&format!("line generate --out - {options}")).stdout
}

/// Frames with a data link that says these bits again and again, the channels at random.
fn saying(link: Vec<bool>, frames: usize) -> Vec<u8> {
    let (mut sender, mut rng) = (T1Sender::new(Framing::Extended, false), Rng::new(3));
    sender.say(link);
    packed(&(0..frames).flat_map(|_| sender.frame(&rng.frame())).collect::<Vec<_>>())
}

#[test]
fn remote_alarms_of_all_framings_have_their_share_of_the_time() {
    for framing in ["e1", "e1-crc4", "t1-sf", "t1-esf", "j1-esf"] {
        let clean = made(&format!("--frames 9600 --framing {framing}"));
        let alarm = made(&format!("--frames 9600 --rai --framing {framing}"));
        // The CRC of the first block behind the seam is wrong.
        let found = findings(framing, &[clean, alarm].concat());
        let found = found.iter().find(|found| found["kind"] == "remote-alarm").expect("an alarm");
        let share = found["share"].as_f64().expect("a share");
        assert!((0.45..0.51).contains(&share), "{framing}: {share}");
    }
}

#[test]
fn e_bits_say_that_the_far_end_has_errors_or_no_multiframe() {
    let (mut sender, mut rng) = (Sender::new(true, false), Rng::new(7));
    let mut bits = sent(&mut sender, &mut rng, 1600);
    sender.e = [false, true];
    bits.extend(sent(&mut sender, &mut rng, 48));
    sender.e = [true, true];
    bits.extend(sent(&mut sender, &mut rng, 1600));
    let found = finding("e1-crc4", &packed(&bits));
    assert_eq!((&found["kind"], &found["e_bits"]), (&"far-end-errors".into(), &3.into()));
    sender.e = [false, false];
    let blind = packed(&sent(&mut sender, &mut rng, 1600));
    assert_eq!(kinds("e1-crc4", &blind), ["far-end-no-crc4"]);
}

#[test]
fn timeslot_16_says_what_is_wrong_with_signalling() {
    let (mut sender, mut rng) = (Sender::new(false, true), Rng::new(8));
    sender.y = true;
    let alarm = packed(&sent(&mut sender, &mut rng, 1600));
    assert_eq!(kinds("e1", &alarm), ["cas-remote-alarm"]);
    let data = packed(&sent(&mut Sender::new(false, false), &mut rng, 1600));
    assert_eq!(kinds("e1 --cas", &data), ["no-cas"]);
    assert_eq!(kinds("e1", &data), [] as [&str; 0]);
    sender.y = false;
    let mut bits = sent(&mut sender, &mut rng, 1600);
    let mut ones = Sender::new(false, false);
    bits.extend((0..1600).flat_map(|_| {
        let mut frame = rng.frame();
        frame[16] = 0xff;
        ones.frame(&frame)
    }));
    assert_eq!(kinds("e1", &packed(&bits)), ["ts16-ais"]);
    bits.truncate(1600 * 256);
    bits.extend(bits_of(&data));
    assert_eq!(kinds("e1", &packed(&bits)), ["cas-lost"]);
}

#[test]
fn slips_are_counted_with_direction_and_offset() {
    for framing in ["e1", "e1-crc4", "t1-sf", "t1-esf", "j1-esf"] {
        for (ppm, direction) in [(500, "repeated"), (-500, "left_out"), (125, "repeated")] {
            let capture = made(&format!("--frames 40001 --ppm {ppm} --framing {framing}"));
            let found = finding(framing, &capture);
            assert_eq!(
                (&found["kind"], &found["regular"]),
                (&"slips".into(), &true.into()),
                "{framing} {ppm}"
            );
            let wanted = 40_001 * i64::from(i32::abs(ppm)) / 1_000_000;
            // One at the very end is not yet seen to be one.
            assert!(
                found[direction].as_i64().is_some_and(|n| n == wanted || n == wanted - 1),
                "{framing}: {found}"
            );
            let said = found["ppm"].as_f64().expect("ppm");
            assert!(
                (said - f64::from(ppm)).abs() < f64::from(i32::abs(ppm)) / 100.0,
                "{framing} {ppm}: {said}"
            );
        }
    }
}

#[test]
fn on_an_idle_line_only_the_multiframe_tells_the_direction() {
    file("idle-slips", &[]);
    let slips = |framing| {
        finding(framing, &made(&format!("--frames 40001 --ppm 500 --slots idle-slips --framing {framing}")))
    };
    assert!(slips("e1")["unknown"].as_i64() > Some(15));
    assert!(slips("e1-crc4")["repeated"].as_i64() > Some(15));
    assert!(slips("t1-esf")["repeated"].as_i64() > Some(15));
}

#[test]
fn slips_at_odd_times_are_irregular_and_two_are_too_few() {
    let bits = bits_of(&made("--frames 30000 --framing e1-crc4"));
    let without = |frames: &[usize]| {
        let mut bits = bits.clone();
        frames.iter().rev().for_each(|frame| drop(bits.drain(frame * 256..(frame + 1) * 256)));
        finding("e1-crc4", &packed(&bits))
    };
    let irregular = without(&[2000, 5000, 21_000, 22_000]);
    assert_eq!((&irregular["left_out"], &irregular["regular"]), (&4.into(), &false.into()));
    assert!(irregular["text"].as_str().expect("text").contains("at irregular intervals"));
    assert!(without(&[2000, 9000])["text"].as_str().expect("text").contains("too few"));
}

#[test]
fn the_time_that_a_capture_took_gives_the_rate_of_the_line() {
    let capture = made("--frames 80000 --framing e1");
    let rate = |seconds: &str| finding(&format!("e1 --seconds {seconds}"), &capture);
    // 10 s at the nominal rate.
    let fast = rate("9.99970");
    assert_eq!(
        (&fast["kind"], &fast["severity"], &fast["ppm"]),
        (&"rate".into(), &"note".into(), &30.0.into())
    );
    assert!(fast["uncertainty_ppm"].as_f64().is_some_and(|ppm| (0.5..1.0).contains(&ppm)), "{fast}");
    assert!(rate("10.0000")["text"].as_str().expect("text").contains("runs at its nominal rate"));
    assert_eq!(rate("10.00100")["severity"], "fault");
    let coarse = rate("10");
    let text = coarse["text"].as_str().expect("text");
    assert!(text.starts_with("The time given is too coarse"), "{text}");
    for seconds in ["0", "-1", "x", "inf", "NaN", "1e3", "", "10000000000"] {
        let said = refused(&format!("line analyze - --framing e1 --seconds={seconds}"));
        assert!(said.contains("such as 60.250"), "{said}");
    }
}

#[test]
fn a_loop_commanded_by_the_data_link_is_told() {
    let up = code_word("00001110 11111111");
    let found = finding("t1-esf", &saying(up.clone(), 4800));
    assert_eq!((&found["kind"], &found["loop"]), (&"loop-commanded".into(), &"line".into()));
    assert_eq!((&found["severity"], &found["released"]), (&"fault".into(), &false.into()));
    let down = code_word("00111000 11111111");
    let link = [up.repeat(12), down.repeat(200)].concat();
    let found = finding("t1-esf", &saying(link, 4800));
    assert_eq!((&found["severity"], &found["released"]), (&"note".into(), &true.into()));
}

#[test]
fn clock_messages_are_notes() {
    let found = finding("t1-esf", &saying(code_word("00001100 11111111"), 4800));
    assert_eq!((&found["kind"], &found["clock"]), (&"far-end-clock".into(), &"stratum 2".into()));
    let capture = saying(code_word("00110000 11111111"), 4800);
    let text = good_with("line analyze - --framing t1-esf", &capture).text();
    assert!(text.contains("Nothing is wrong") && text.contains("not to be used (DUS)"), "{text}");
}

#[test]
fn messages_that_nobody_knows_are_noted_as_they_are_written() {
    let found = finding("t1-esf", &saying(code_word("01010110 11111111"), 4800));
    assert_eq!((&found["kind"], &found["severity"]), (&"message".into(), &"note".into()));
    assert!(found["text"].as_str().expect("text").ends_with("BOM 01010110."), "{found}");
}

#[test]
fn a_remote_alarm_of_the_customers_side_says_so() {
    let link =
        [code_word("00000000 11111111").repeat(248), code_word("00111110 11111111").repeat(22)].concat();
    let found = finding("t1-esf", &saying(link, 20_000));
    assert_eq!(found["kind"], "remote-alarm");
    assert!(found["text"].as_str().expect("text").contains("(RAI-CI)"), "{found}");
}

#[test]
fn performance_reports_tell_what_the_far_end_receives() {
    let link = |seconds: [Second; 4]| {
        let mut bits = [FLAG.repeat(20), between_flags(&report(false, seconds))].concat();
        // A report a second, flags between.
        while bits.len() < 4000 - 8 {
            bits.extend(FLAG);
        }
        bits.resize(4000, false);
        bits
    };
    let good = finding("t1-esf", &saying(link([Second::default(); 4]), 7500));
    assert_eq!((&good["kind"], &good["severity"]), (&"far-end-report".into(), &"note".into()), "{good}");
    let bad = Second { crc: 400, slips: 1, ..Second::default() };
    let found = finding("t1-esf", &saying(link([bad, Second::default(), bad, bad]), 7500));
    assert_eq!((&found["severity"], &found["errored_seconds"]), (&"fault".into(), &1.into()), "{found}");
    assert_eq!((&found["severely_errored_seconds"], &found["slip_seconds"]), (&1.into(), &1.into()));
}

#[test]
fn an_in_band_loop_code_is_seen_and_commands_a_loop() {
    let mut sender = T1Sender::new(Framing::Superframe, false);
    let code = [false, false, false, false, true];
    let mut at = 0;
    let bits: Vec<bool> = (0..48_000)
        .flat_map(|_| {
            let mut slots = [0; 32];
            slots[1..25].iter_mut().for_each(|slot| {
                *slot = (0..8).fold(0, |octet, n| (octet << 1) | u8::from(code[(at + n) % 5]));
                at += 8;
            });
            sender.frame(&slots)
        })
        .collect();
    let found = findings("t1-sf", &packed(&bits));
    let said: Vec<_> = found.iter().map(|finding| (&finding["kind"], &finding["code"])).collect();
    assert_eq!(said, [(&"loop-commanded".into(), &Value::Null), (&"loop-code".into(), &"line-up".into())]);
}

/// A capture of what is sent, and one of what arrives `bits` later.
fn looped(framing: &str, bits: usize) -> Vec<u8> {
    let sent = made(&format!("--frames 8000 --seed 11 --framing {framing}"));
    let name = format!("sent-{framing}");
    file(&name, &sent);
    let mut line = bits_of(&made(&format!("--frames 20 --seed 12 --framing {framing}")));
    line.truncate(bits);
    line.extend(bits_of(&sent));
    packed(&line)
}

#[test]
fn a_line_that_is_looped_to_itself_is_recognised_by_what_was_sent() {
    for framing in ["e1", "e1-crc4", "t1-sf", "t1-esf", "j1-esf"] {
        for delay in [0, 1, 700, 3000] {
            let capture = looped(framing, delay);
            let found = finding(&format!("{framing} --sent sent-{framing}"), &capture);
            assert_eq!((&found["kind"], &found["bits"]), (&"line-loop".into(), &delay.into()), "{framing}");
        }
    }
}

#[test]
fn a_payload_loop_is_recognised_in_frames_of_its_own() {
    for framing in ["e1-crc4", "t1-sf", "t1-esf"] {
        let frame = if framing.starts_with('e') { 256 } else { 193 };
        let slots = |name: &str, skip: usize| {
            let mut rng = Rng::new(21);
            let octets: Vec<u8> = (0..6000).map(|_| (rng.word() >> 56) as u8).collect();
            file(name, &octets[skip..]);
        };
        slots("looped-near", 5);
        slots("looped-far", 0);
        let make = |slot: &str| made(&format!("--frames 5900 --framing {framing} --slots 1={slot} 7={slot}"));
        file("payload-sent", &make("looped-near"));
        let found = finding(&format!("{framing} --sent payload-sent"), &make("looped-far"));
        assert_eq!(
            (&found["kind"], &found["bits"]),
            (&"payload-loop".into(), &(5 * frame).into()),
            "{framing}"
        );
        // Seen from the other side, this end is the loop.
        file("payload-sent", &make("looped-far"));
        let found = finding(&format!("{framing} --sent payload-sent"), &make("looped-near"));
        assert_eq!(found["kind"], "loop-here", "{framing}");
    }
}

#[test]
fn what_another_span_sends_comes_by_a_crossed_pair() {
    let own = made("--frames 8000 --seed 31 --framing e1-crc4");
    file("span-1", &own);
    file("span-2", &made("--frames 8000 --seed 32 --framing e1-crc4"));
    let far = made("--frames 8000 --seed 33 --framing e1-crc4");
    let options = "e1-crc4 --sent span-1 --sent span-2";
    assert_eq!(findings(options, &far), [] as [Value; 0]);
    let found = finding(options, &common::read("span-2"));
    assert_eq!((&found["kind"], &found["sent"]), (&"crossed-pair".into(), &"span-2".into()));
    assert_eq!(finding(options, &own)["kind"], "line-loop");
}

#[test]
fn loops_are_found_in_symbols_and_behind_silence_too() {
    let mut bits = vec![];
    bits.extend(sent(&mut Sender::new(true, false), &mut Rng::new(41), 6000));
    let coded = |bits: &[bool]| common::symbols(&linecode::hdb3(bits));
    let silence = vec![0; 1 << 17];
    file("coded-sent", &[silence.clone(), coded(&bits)].concat());
    let mut later = vec![0; 400];
    later.extend(coded(&bits));
    let found = findings("e1-crc4 --code hdb3 --sent coded-sent", &[silence, later].concat());
    let loops: Vec<_> = found.iter().filter(|found| found["kind"] == "line-loop").collect();
    assert!(matches!(loops.as_slice(), [found] if found["bits"] == 400), "{found:?}");
}

#[test]
fn an_idle_line_is_not_taken_for_a_loop() {
    file("idle-sent-slots", &[]);
    let idle = made("--frames 8000 --slots idle-sent-slots --framing e1");
    file("idle-sent", &idle);
    let found = finding("e1 --sent idle-sent", &idle);
    assert_eq!((&found["kind"], &found["severity"]), (&"sent-not-compared".into(), &"note".into()));
    file("other-sent", &made("--frames 8000 --framing t1-sf"));
    assert_eq!(finding("e1 --sent other-sent", &idle)["kind"], "sent-not-compared");
}

#[test]
fn files_that_cannot_be_compared_are_refused_in_one_line() {
    refused("line analyze - --framing e1 --sent no-such-file");
    refused("line analyze - --framing e1 --sent -");
    file("no-symbols", &[9; 100]);
    file(
        "symbols",
        &common::symbols(&linecode::ami(&sent(&mut Sender::new(false, false), &mut Rng::new(1), 50))),
    );
    let line = refused("line analyze symbols --framing e1 --code ami --sent no-symbols");
    assert!(line.contains("no-symbols: octet 0 is 9"), "{line}");
}

#[test]
fn hostile_captures_and_comparisons_never_bring_it_down() {
    let mut rng = Rng::new(51);
    for round in 0..60 {
        let mut octets = |limit| (0..rng.below(limit)).map(|_| (rng.word() >> 56) as u8).collect::<Vec<u8>>();
        let (sent, mut capture) = (octets(40_000), octets(40_000));
        file("hostile-sent", &sent);
        if round % 3 == 0 {
            capture.extend(made(&format!("--frames 500 --seed {round} --framing e1-crc4")));
        }
        let framing = ["e1", "e1-crc4 --cas", "t1-sf", "t1-esf", "j1-esf"][round % 5];
        findings(&format!("{framing} --sent hostile-sent --seconds 0.001"), &capture);
        findings(&format!("{framing} --sent hostile-sent"), &[0x55; 9000]);
    }
}
