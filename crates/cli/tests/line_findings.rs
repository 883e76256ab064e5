//! What `tandem line analyze` finds wrong with a line: captures of the reference senders, of `tandem line
//! generate`, and spoilt ones. Clocks, the far end's messages and loops are in `line_findings_ends.rs`.
mod common;

use common::{good, good_with, packed, sent, symbols};
use serde_json::Value;
use tandem_testkit::e1::Sender;
use tandem_testkit::t1::{Framing, Sender as T1Sender};
use tandem_testkit::{Rng, linecode};

const FRAMINGS: [&str; 5] = ["e1", "e1-crc4", "t1-sf", "t1-esf", "j1-esf"];

/// The findings of a capture.
fn findings(options: &str, capture: &[u8]) -> Vec<Value> {
    let lines = good_with(&format!("line analyze - --json --framing {options}"), capture).lines();
    let values = lines.iter().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    values.filter(|value| value["event"] == "finding").collect()
}

/// Their kinds.
fn kinds(options: &str, capture: &[u8]) -> Vec<String> {
    findings(options, capture).iter().map(|finding| finding["kind"].as_str().expect("text").into()).collect()
}

/// The only finding.
fn finding(options: &str, capture: &[u8]) -> Value {
    let mut found = findings(options, capture);
    assert_eq!(found.len(), 1, "{options}: {found:?}");
    found.remove(0)
}

fn made(options: &str) -> Vec<u8> {
    good(&format!("line generate --out - {options}")).stdout
}

fn e1(crc4: bool, frames: usize) -> Vec<bool> {
    sent(&mut Sender::new(crc4, false), &mut Rng::new(1), frames)
}

fn t1(framing: Framing, frames: usize) -> Vec<bool> {
    let (mut sender, mut rng) = (T1Sender::new(framing, false), Rng::new(2));
    (0..frames).flat_map(|_| sender.frame(&rng.frame())).collect()
}

#[test]
fn with_a_clean_line_of_any_framing_and_code_nothing_is_wrong() {
    for framing in FRAMINGS {
        let own = if framing.starts_with('e') { "hdb3" } else { "b8zs" };
        for code in ["none", "ami", own] {
            let options = format!("{framing} --code {code}");
            let capture = made(&format!("--frames 8003 --framing {options}"));
            assert_eq!(findings(&options, &capture), [] as [Value; 0], "{options}");
            let text = good_with(&format!("line analyze - --framing {options}"), &capture).text();
            let said = "\n\nNothing is wrong with this line, as far as the capture tells.\n";
            assert!(text.ends_with(said), "{text}");
        }
        let signalling = made(&format!("--frames 8003 --cas --framing {framing}"));
        assert_eq!(findings(&format!("{framing} --cas"), &signalling), [] as [Value; 0], "{framing}");
    }
}

#[test]
fn idle_lines_and_lines_that_begin_or_end_anywhere_are_clean_too() {
    common::file("idle", &[]);
    for framing in FRAMINGS {
        let capture = made(&format!("--frames 4000 --slots idle --framing {framing}"));
        assert_eq!(kinds(framing, &capture[77..70_003]), [] as [&str; 0], "{framing}");
    }
}

#[test]
fn a_line_without_pulses_has_no_signal() {
    let coded = |bits: &[bool]| symbols(&linecode::hdb3(bits));
    let capture = [coded(&e1(false, 400)), vec![0; 400 * 256], coded(&e1(false, 400))].concat();
    let found = finding("e1 --code hdb3", &capture);
    assert_eq!((found["kind"].as_str(), found["severity"].as_str()), (Some("no-signal"), Some("fault")));
    assert_eq!((&found["frames"], &found["share"]), (&400.into(), &0.3333.into()));
    for framing in ["e1 --code ami", "t1-esf --code b8zs"] {
        assert_eq!(kinds(framing, &vec![0; 200_000]), ["no-signal"], "{framing}");
    }
}

#[test]
fn a_signal_that_comes_and_goes_is_no_other_line_code() {
    let mut line = linecode::hdb3(&e1(false, 8000));
    for start in (200_000..1_900_000).step_by(100_000) {
        line[start..start + 3000].fill(0);
    }
    let found = kinds("e1 --code hdb3", &symbols(&line));
    assert_eq!(found.first().map(String::as_str), Some("no-signal"), "{found:?}");
    assert!(!found.contains(&"line-code".into()), "{found:?}");
}

#[test]
fn zeros_and_ones_alone_are_told_as_such() {
    for framing in FRAMINGS {
        let ones = finding(framing, &made(&format!("--frames 1000 --ais --framing {framing}")));
        assert_eq!(ones["kind"], "ais", "{framing}");
        assert!(ones["share"].as_f64() > Some(0.95));
        let zeros = finding(framing, &[0; 50_000]);
        assert_eq!((&zeros["kind"], &zeros["share"]), (&"all-zeros".into(), &1.0.into()), "{framing}");
    }
}

#[test]
fn the_signature_of_a_customer_installation_in_ones_is_seen() {
    // T1.403: in 1.26 s 0.15 s with zeros at bits 3088, 3474 and 5790 of every 6176.
    let mut bits = vec![true; 193 * 8 * 1110];
    bits.extend((0..193 * 1200).map(|n| ![3088, 3474, 5790].contains(&(n % 6176))));
    assert_eq!(kinds("t1-esf", &packed(&bits)), ["ais-ci"]);
}

#[test]
fn every_framing_is_recognised_when_another_was_asked_for() {
    for framing in FRAMINGS {
        let capture = made(&format!("--frames 8000 --seed 5 --framing {framing}"));
        for asked in FRAMINGS.into_iter().filter(|asked| *asked != framing) {
            let found = finding(asked, &capture);
            let kind = match (asked, framing) {
                ("e1" | "e1-crc4", "e1" | "e1-crc4") => "crc4-mismatch",
                ("t1-esf" | "j1-esf", "t1-esf" | "j1-esf") => "crc6-mismatch",
                _ => "wrong-framing",
            };
            assert_eq!(found["kind"], kind, "{framing} read as {asked}: {found}");
            if kind == "wrong-framing" {
                assert_eq!((&found["fits"], &found["asked"]), (&framing.into(), &asked.into()));
            }
        }
    }
}

#[test]
fn rate_and_code_of_the_other_continent_are_recognised_in_symbols() {
    let capture = symbols(&linecode::b8zs(&t1(Framing::Extended, 4000)));
    let found = findings("e1 --code hdb3", &capture);
    let said: Vec<_> = found.iter().map(|finding| (&finding["kind"], &finding["fits"])).collect();
    assert_eq!(
        said,
        [(&"line-code".into(), &"b8zs".into()), (&"wrong-framing".into(), &"t1-esf".into())],
        "{found:?}"
    );
}

#[test]
fn framing_that_comes_late_is_tried_where_it_is() {
    let capture = [vec![0xff; 300_000], made("--frames 4000 --framing t1-sf")].concat();
    assert_eq!(kinds("e1", &capture), ["ais", "wrong-framing"]);
}

#[test]
fn inverted_and_reversed_bits_are_recognised() {
    let capture = made("--frames 4000 --framing e1-crc4");
    let inverted: Vec<u8> = capture.iter().map(|octet| !octet).collect();
    let reversed: Vec<u8> = capture.iter().map(|octet| octet.reverse_bits()).collect();
    for (kind, capture) in [("bits-inverted", inverted), ("bit-order", reversed)] {
        let found = finding("e1", &capture);
        assert_eq!((&found["kind"], &found["fits"]), (&kind.into(), &"e1-crc4".into()));
    }
}

#[test]
fn noise_fits_nothing_and_three_frames_tell_nothing() {
    let mut rng = Rng::new(9);
    let noise: Vec<u8> = (0..200_000).map(|_| (rng.word() >> 56) as u8).collect();
    for framing in FRAMINGS {
        assert_eq!(kinds(framing, &noise), ["no-framing"], "{framing}");
        let short = finding(framing, &noise[..96]);
        assert_eq!((&short["kind"], &short["severity"]), (&"too-short".into(), &"note".into()));
    }
    let text = good_with("line analyze - --framing e1", &[]).text();
    assert!(text.ends_with(
        "\nThe capture of 0 frames is too short to tell anything; a tenth of a second is enough.\n"
    ));
    assert!(!text.contains("Nothing is wrong"));
}

#[test]
fn a_crc6_that_is_wrong_by_either_rule_is_told() {
    let mut bits = t1(Framing::Extended, 4800);
    for block in 0..200 {
        bits[(block * 24 + 7) * 193 + 50] ^= true;
    }
    assert_eq!(kinds("t1-esf", &packed(&bits)), ["crc6-wrong"]);
}

#[test]
fn a_wrong_line_code_is_found_by_trying_the_others() {
    let e1 = e1(true, 2000);
    let t1 = t1(Framing::Extended, 2000);
    for (framing, asked, fits, line) in [
        ("e1-crc4", "ami", "hdb3", linecode::hdb3(&e1)),
        ("e1-crc4", "hdb3", "ami", linecode::ami(&e1)),
        ("t1-esf", "ami", "b8zs", linecode::b8zs(&t1)),
        ("t1-esf", "b8zs", "ami", linecode::ami(&t1)),
    ] {
        let found = findings(&format!("{framing} --code {asked}"), &symbols(&line));
        let first = found.first().unwrap_or_else(|| panic!("{asked} {fits}"));
        assert_eq!((&first["kind"], &first["fits"]), (&"line-code".into(), &fits.into()), "{found:?}");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(kinds(&format!("{framing} --code {fits}"), &symbols(&line)), [] as [&str; 0]);
    }
}

#[test]
fn pulses_turned_round_are_violations_of_the_right_code() {
    let mut line = linecode::hdb3(&e1(true, 2000));
    for n in (1000..400_000).step_by(40_000) {
        let pulse = (n..).find(|at| line[*at] != 0).expect("a pulse");
        line[pulse] = -line[pulse];
    }
    let found = kinds("e1-crc4 --code hdb3", &symbols(&line));
    assert!(found.contains(&"line-code-violations".into()), "{found:?}");
    assert!(!found.contains(&"line-code".into()), "{found:?}");
}

#[test]
fn errors_are_scattered_or_in_bursts() {
    let clean = e1(true, 40_000);
    let mut rng = Rng::new(4);
    let mut scattered = clean.clone();
    for _ in 0..100 {
        scattered[rng.below(10_000_000) as usize] ^= true;
    }
    let found = finding("e1-crc4", &packed(&scattered));
    assert_eq!((&found["kind"], &found["pattern"]), (&"bit-errors".into(), &"scattered".into()));
    let rate = found["crc_bit_error_rate"].as_f64().expect("a rate");
    assert!((8e-6..1.2e-5).contains(&rate), "{rate}");
    assert_eq!(found["severely_errored_seconds"], 0);
    let mut bursts = clean;
    for start in [3_000_000, 7_000_000] {
        (0..60).for_each(|n| bursts[start + n * 1500 + 700] ^= true);
    }
    let found = finding("e1-crc4", &packed(&bursts));
    assert_eq!((&found["pattern"], &found["errored_seconds"]), (&"bursts".into(), &2.into()), "{found}");
}

#[test]
fn lost_alignment_says_whether_it_came_back_elsewhere() {
    let mut bits = e1(false, 6000);
    bits.drain(2000 * 256 + 20..2000 * 256 + 97);
    let found = finding("e1", &packed(&bits));
    assert_eq!(
        (&found["kind"], &found["losses"], &found["moves"]),
        (&"alignment-lost".into(), &1.into(), &1.into())
    );
    // A burst that leaves the frames where they are.
    let mut bits = e1(false, 6000);
    let mut rng = Rng::new(6);
    bits[3000 * 256..3010 * 256].iter_mut().for_each(|bit| *bit = rng.once_in(2));
    let found = finding("e1", &packed(&bits));
    assert_eq!((&found["losses"], &found["moves"]), (&1.into(), &0.into()), "{found}");
}

#[test]
fn findings_read_as_sentences() {
    let text = |options: &str, capture: &[u8]| {
        good_with(&format!("line analyze - --framing {options}"), capture).text()
    };
    let behind = |text: String| text.split_once("\n\n").map(|(_, said)| said.to_owned()).unwrap_or_default();
    assert_eq!(
        behind(text("e1", &made("--frames 4000 --framing t1-esf"))),
        "This is a T1 with extended superframe, not an E1 without CRC-4: read as t1-esf the line is aligned. The far \
         end, or the card, is set to the other rate: set both alike, and analyse with --framing t1-esf.\n"
    );
    assert_eq!(
        behind(text("e1-crc4", &made("--frames 4000 --framing e1 --rai"))),
        "The far end sends no CRC-4: set crc4 = \"auto\" or \"off\" at this end, or turn CRC-4 on at the far end. \
         Errors are seen in the alignment signals only.\n\n\
         The far end cannot receive us: it sends the remote alarm for practically all of the time. Look at our transmit side: \
         pair, plug, framing set at the far end, and whether we send at all.\n"
    );
    assert_eq!(
        behind(text("t1-esf", &made("--frames 40000 --framing t1-esf --ppm -250"))),
        "An elastic store before the capture left out 9 frames, every 0.500 s: the clock behind it is about 250 ppm \
         slower than the line. Let one end take its clock from the other, or both from one source.\n"
    );
}

#[test]
fn symbols_that_are_read_as_packed_bits_are_told_as_such_with_their_code() {
    for (options, code, framing) in [
        ("--framing e1-crc4 --code hdb3", "hdb3", "e1-crc4"),
        ("--framing e1 --code ami", "ami", "e1"),
        ("--framing t1-esf --code b8zs", "b8zs", "t1-esf"),
    ] {
        let capture = made(&format!("--frames 4000 {options}"));
        for asked in ["e1", "t1-sf"] {
            let found = finding(asked, &capture);
            assert_eq!(
                (found["kind"].as_str(), found["fits"].as_str()),
                (Some("symbols"), Some(code)),
                "{found}"
            );
            let text = found["text"].as_str().expect("text");
            assert!(text.ends_with(&format!("analyse with --code {code} --framing {framing}.")), "{text}");
        }
    }
}
