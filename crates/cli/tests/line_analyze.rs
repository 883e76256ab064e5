//! `tandem line analyze` on captures made, and judged, by the reference model.
mod common;

use common::{good_with, packed, refused_with, sent, symbols};
use serde_json::Value;
use tandem_testkit::e1::Sender;
use tandem_testkit::e1_receive::{Crc, Noted, read};
use tandem_testkit::{Rng, linecode};

fn analyze(options: &str, capture: &[u8]) -> Vec<String> {
    good_with(&format!("line analyze - --json --framing {options}"), capture).lines()
}

fn summary(lines: &[String]) -> Value {
    serde_json::from_str(lines.last().expect("a summary")).expect("JSON")
}

fn capture(crc4: bool, cas: bool, seed: u64, frames: usize) -> Vec<bool> {
    sent(&mut Sender::new(crc4, cas), &mut Rng::new(seed), frames)
}

/// The lines on alignment that the model expects, and its counts of errors.
fn model(bits: &[bool], crc: Crc) -> (Vec<String>, [usize; 3]) {
    let notes = read(bits, crc, true);
    let line = |note: &Noted| match note {
        Noted::Aligned { at, first } => {
            Some(format!(r#"{{"event":"aligned","frame":{},"bit_offset":{first}}}"#, at / 256))
        }
        Noted::Lost { at } => Some(format!(r#"{{"event":"lost","frame":{}}}"#, at / 256)),
        _ => None,
    };
    let count = |wanted: fn(&Noted) -> bool| notes.iter().filter(|note| wanted(note)).count();
    let counts = [
        count(|note| matches!(note, Noted::FasError { .. })),
        count(|note| matches!(note, Noted::CrcError { .. })),
        count(|note| matches!(note, Noted::FarEndCrcError { .. })),
    ];
    (notes.iter().filter_map(line).collect(), counts)
}

/// Compares what the tool says of a capture with the model.
fn assert_as_model(framing: &str, bits: &[bool]) -> Vec<String> {
    let lines = analyze(framing, &packed(bits));
    let (wanted, counts) = model(bits, if framing == "e1" { Crc::Off } else { Crc::Auto });
    let told = |line: &&String| {
        ["\"event\":\"aligned\"", "\"event\":\"lost\""].iter().any(|word| line.contains(word))
    };
    let said: Vec<String> = lines.iter().filter(told).cloned().collect();
    assert_eq!(said, wanted);
    let summary = summary(&lines);
    for (key, wanted) in ["fas_errors", "crc_errors", "e_bits"].into_iter().zip(counts) {
        assert_eq!(summary[key], wanted, "{key}");
    }
    assert_eq!(summary["frames"], bits.len() / 256);
    lines
}

#[test]
fn lines_are_those_of_the_design() {
    let bits = capture(false, false, 1, 8002);
    assert_eq!(
        analyze("e1", &packed(&bits[411..411 + 8000 * 256 + 5])),
        [
            r#"{"event":"aligned","frame":2,"bit_offset":101}"#,
            r#"{"event":"summary","frames":8000,"fas_errors":0,"crc_errors":0,"e_bits":0,"lcv":0}"#,
        ]
    );
}

#[test]
fn a_capture_may_begin_anywhere() {
    for (framing, crc4) in [("e1", false), ("e1-crc4", true)] {
        let bits = capture(crc4, false, 2, 300);
        for dropped in [0, 1, 101, 255, 256, 300] {
            let lines = assert_as_model(framing, &bits[dropped..]);
            let first_fas = dropped.next_multiple_of(512) - dropped;
            assert!(lines[0].ends_with(&format!("\"bit_offset\":{first_fas}}}")), "{dropped}: {}", lines[0]);
            assert_eq!(lines.len(), 2, "{lines:?}");
        }
    }
}

#[test]
fn a_capture_may_end_anywhere() {
    let bits = capture(true, true, 3, 70);
    for length in [0, 8, 248, 256, 600, 616, 624, 640, 768, 16_000, 16_056, 16_200, 17_000] {
        assert_as_model("e1-crc4", &bits[40..40 + length]);
    }
}

#[test]
fn a_cut_loses_alignment_and_the_search_finds_it_again() {
    for (framing, crc4) in [("e1", false), ("e1-crc4", true)] {
        let mut bits = capture(crc4, true, 4, 3000);
        bits.drain(900 * 256 + 20..900 * 256 + 97);
        let lines = assert_as_model(framing, &bits);
        let order: Vec<bool> = lines
            .iter()
            .filter(|l| !l.contains("\"alarm\"") && !l.contains("\"finding\""))
            .map(|l| l.contains("lost"))
            .collect();
        assert_eq!(order, [false, true, false, false], "{lines:?}");
        let state = |state: &str| lines.iter().filter(|l| l.contains("lof") && l.contains(state)).count();
        assert_eq!(
            (state("\"lof\",\"state\":\"on\""), state("\"lof\",\"state\":\"off\"")),
            (1, 1),
            "{lines:?}"
        );
        // The signalling multiframe had been seen before, so its loss is told too.
        assert!(lines.iter().any(|line| line.contains(r#""alarm":"cas-lof","state":"on""#)), "{lines:?}");
    }
}

#[test]
fn noise_is_judged_as_the_model_judges_it() {
    let mut rng = Rng::new(5);
    for round in 0..12 {
        let crc4 = round % 2 == 0;
        let mut bits = capture(crc4, round % 3 == 0, 100 + round, 1200);
        for _ in 0..rng.below(3000) {
            let at = rng.below(bits.len() as u64) as usize;
            bits[at] = !bits[at];
        }
        let (from, count) = (rng.below(200_000) as usize, rng.below(3000) as usize);
        bits.drain(from..from + count);
        bits.truncate(bits.len() / 8 * 8);
        assert_as_model(if crc4 { "e1-crc4" } else { "e1" }, &bits);
    }
}

#[test]
fn flipped_bits_are_counted_as_crc_errors() {
    let mut bits = capture(true, false, 6, 1600);
    for block in [30, 31, 57, 90, 133] {
        // A bit of timeslot 9 in the fourth frame of the sub-multiframe.
        bits[(block * 8 + 3) * 256 + 75] ^= true;
    }
    let lines = assert_as_model("e1-crc4", &bits);
    assert_eq!(
        lines.last().map(String::as_str),
        Some(r#"{"event":"summary","frames":1600,"fas_errors":0,"crc_errors":5,"e_bits":0,"lcv":0}"#)
    );
}

#[test]
fn errors_that_the_far_end_reports_are_counted_as_e_bits() {
    let (mut sender, mut rng) = (Sender::new(true, false), Rng::new(7));
    let mut bits = sent(&mut sender, &mut rng, 160);
    sender.e = [false, true];
    bits.extend(sent(&mut sender, &mut rng, 48));
    sender.e = [true, true];
    bits.extend(sent(&mut sender, &mut rng, 48));
    assert_eq!(summary(&assert_as_model("e1-crc4", &bits))["e_bits"], 3);
}

#[test]
fn ones_and_nothing_else_are_ais() {
    let mut ones = analyze("e1", &[0xff; 3200]);
    assert!(ones.remove(2).contains(r#""kind":"ais""#));
    assert_eq!(
        ones,
        [
            r#"{"event":"alarm","alarm":"ais","state":"on","frame":3}"#,
            r#"{"event":"alarm","alarm":"lof","state":"on","frame":8}"#,
            r#"{"event":"summary","frames":100,"fas_errors":0,"crc_errors":0,"e_bits":0,"lcv":0}"#,
        ]
    );
    let mut bits = capture(false, false, 8, 100);
    bits.extend([true; 100 * 256]);
    bits.extend(capture(false, false, 9, 100));
    let lines = assert_as_model("e1", &bits);
    let alarms: Vec<&str> = lines.iter().filter_map(|line| line.split("\"frame\"").next()).collect();
    assert_eq!(
        alarms[..7],
        [
            r#"{"event":"aligned","#,
            r#"{"event":"alarm","alarm":"ais","state":"on","#,
            r#"{"event":"lost","#,
            r#"{"event":"alarm","alarm":"lof","state":"on","#,
            r#"{"event":"aligned","#,
            r#"{"event":"alarm","alarm":"lof","state":"off","#,
            r#"{"event":"alarm","alarm":"ais","state":"off","#,
        ]
    );
}

#[test]
fn remote_alarms_are_told() {
    let (mut sender, mut rng) = (Sender::new(false, true), Rng::new(10));
    let mut bits = sent(&mut sender, &mut rng, 320);
    (sender.a, sender.y) = (true, true);
    bits.extend(sent(&mut sender, &mut rng, 320));
    (sender.a, sender.y) = (false, false);
    bits.extend(sent(&mut sender, &mut rng, 320));
    let lines = analyze("e1", &packed(&bits));
    // Bit A: three frames without alignment signal. Bit y: two multiframes.
    assert_eq!(
        lines[1..5],
        [
            r#"{"event":"alarm","alarm":"rai","state":"on","frame":325}"#,
            r#"{"event":"alarm","alarm":"cas-rai","state":"on","frame":336}"#,
            r#"{"event":"alarm","alarm":"rai","state":"off","frame":645}"#,
            r#"{"event":"alarm","alarm":"cas-rai","state":"off","frame":656}"#,
        ]
    );
}

#[test]
fn signalling_bits_are_in_the_summary_by_timeslot() {
    let (mut sender, mut rng) = (Sender::new(false, true), Rng::new(11));
    for channel in 1..31 {
        let bits = 1 + rng.below(15);
        sender.abcd[channel] = std::array::from_fn(|n| (bits >> (3 - n)) & 1 == 1);
    }
    let slots: Vec<String> = (1..31)
        .map(|channel| {
            let slot = if channel < 16 { channel } else { channel + 1 };
            let abcd: String = sender.abcd[channel].iter().map(|bit| if *bit { '1' } else { '0' }).collect();
            format!("\"{slot}\":\"{abcd}\"")
        })
        .collect();
    // Long enough to be sure, and so short that nothing speaks against it.
    for frames in [400, 40] {
        let lines = analyze("e1", &packed(&sent(&mut sender.clone(), &mut rng, frames)));
        let wanted = format!("\"lcv\":0,\"cas\":{{{}}}}}", slots.join(","));
        assert!(lines[1].ends_with(&wanted), "{}", lines[1]);
        assert_eq!(lines.len(), 2);
    }
}

#[test]
fn data_in_timeslot_16_are_not_taken_for_signalling() {
    let capture = packed(&capture(true, false, 12, 40_000));
    let lines = analyze("e1-crc4", &capture);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(!lines[1].contains("cas"));
    // Who expects signalling is told that it is not there.
    let lines = analyze("e1-crc4 --cas", &capture);
    assert!(lines.iter().any(|line| line.contains(r#""alarm":"cas-lof","state":"on""#)));
}

#[test]
fn crc4_that_is_not_there_is_one_alarm_and_no_flood() {
    let lines = analyze("e1-crc4", &packed(&capture(false, false, 13, 8000)));
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[2].contains(r#""kind":"crc4-mismatch""#), "{}", lines[2]);
    assert!(lines[1].starts_with(r#"{"event":"alarm","alarm":"lomf","state":"on","frame":"#));
}

#[test]
fn line_codes_are_decoded_first() {
    for (framing, crc4) in [("e1", false), ("e1-crc4", true)] {
        let bits = capture(crc4, true, 14, 600);
        let bits = &bits[411..bits.len() - 3];
        let plain = analyze(framing, &packed(bits));
        for (code, line) in [("ami", linecode::ami(bits)), ("hdb3", linecode::hdb3(bits))] {
            let coded = analyze(&format!("{framing} --code {code}"), &symbols(&line));
            assert_eq!(coded, plain, "{framing} {code}");
            assert!(coded[0].ends_with("\"bit_offset\":101}"), "{}", coded[0]);
        }
    }
}

#[test]
fn a_pulse_of_the_wrong_polarity_is_a_line_code_violation() {
    let bits = capture(false, false, 15, 200);
    let mut line = linecode::ami(&bits);
    for n in [100, 20_000, 40_000] {
        let pulse = (n..).find(|at| line[*at] != 0).expect("a pulse");
        line[pulse] = -line[pulse];
    }
    // A single pulse turned round violates with the one before and with the one after it.
    assert_eq!(summary(&analyze("e1 --code ami", &symbols(&line)))["lcv"], 6);
}

#[test]
fn a_line_without_pulses_has_lost_its_signal() {
    let (before, after) = (capture(false, false, 16, 100), capture(false, false, 17, 100));
    for (code, coder) in [("ami", linecode::ami as fn(&[bool]) -> Vec<i8>), ("hdb3", linecode::hdb3)] {
        let line = [coder(&before), vec![0; 100 * 256], coder(&after)].concat();
        let lines = analyze(&format!("e1 --code {code}"), &symbols(&line));
        let los: Vec<&str> = lines.iter().filter(|l| l.contains("los\"")).map(String::as_str).collect();
        let wanted = [
            r#"{"event":"alarm","alarm":"los","state":"on","frame":100}"#,
            r#"{"event":"alarm","alarm":"los","state":"off","frame":200}"#,
        ];
        assert_eq!(los, wanted, "{code}");
    }
}

#[test]
fn an_octet_that_is_no_symbol_is_refused_with_its_place() {
    let mut line = symbols(&linecode::ami(&capture(false, false, 18, 10)));
    line[1234] = 3;
    let text = refused_with("line analyze - --framing e1 --code ami", &line);
    assert_eq!(
        text,
        "tandem: standard input: octet 1234 is 3; with a line code an octet is a symbol: 0, 1 or 2"
    );
}

#[test]
fn people_are_told_the_same_in_words() {
    let mut bits = capture(true, true, 19, 8000);
    bits[5000 * 256 + 75] ^= true;
    let lines = good_with("line analyze - --framing e1-crc4", &packed(&bits[411..])).lines();
    assert_eq!(lines[0], "frame 2 (0.000 s): aligned, with the first frame at bit 101");
    assert!(lines[1].ends_with("CRC-4 multiframe aligned"), "{}", lines[1]);
    assert!(lines[2].starts_with("7998 frames (1.000 s): 0 FAS errors, 1 of 99"), "{}", lines[2]);
    assert!(lines[3].starts_with("signalling bits abcd by timeslot: 1=1101 2=1101 "), "{}", lines[3]);
}
