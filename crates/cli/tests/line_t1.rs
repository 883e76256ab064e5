//! `tandem line` on T1 and J1: captures made, and judged, by the reference model; and those that it makes.
mod common;

use common::{file, good, good_with, packed, read as read_file, refused, run_with, symbols};
use serde_json::Value;
use tandem_testkit::t1::{Framing, Sender};
use tandem_testkit::t1_receive::{Noted, read};
use tandem_testkit::{Rng, bits_of, linecode};

const FRAMINGS: [(&str, Framing); 4] = [
    ("t1-sf", Framing::Superframe),
    ("t1-esf", Framing::Extended),
    ("j1-esf", Framing::Japanese),
    ("j1-sf", Framing::JapaneseSuperframe),
];

fn analyze(options: &str, capture: &[u8]) -> Vec<String> {
    good_with(&format!("line analyze - --json --framing {options}"), capture).lines()
}

fn summary(lines: &[String]) -> Value {
    serde_json::from_str(lines.last().expect("a summary")).expect("JSON")
}

fn sent(sender: &mut Sender, rng: &mut Rng, frames: usize) -> Vec<bool> {
    (0..frames).flat_map(|_| sender.frame(&rng.frame())).collect()
}

fn capture(framing: Framing, seed: u64, frames: usize) -> Vec<bool> {
    sent(&mut Sender::new(framing, false), &mut Rng::new(seed), frames)
}

/// Compares what the tool says of a capture with the model.
fn assert_as_model(name: &str, framing: Framing, bits: &[bool]) -> Vec<String> {
    let lines = analyze(name, &packed(bits));
    let notes = read(&bits[..bits.len() / 8 * 8], framing, false);
    let line = |note: &Noted| match note {
        Noted::Aligned { at, first } => {
            Some(format!(r#"{{"event":"aligned","frame":{},"bit_offset":{first}}}"#, at / 193))
        }
        Noted::Lost { at } => Some(format!(r#"{{"event":"lost","frame":{}}}"#, at / 193)),
        Noted::Rai { at, on } => Some(format!(
            r#"{{"event":"alarm","alarm":"rai","state":"{}","frame":{}}}"#,
            if *on { "on" } else { "off" },
            at / 193
        )),
        _ => None,
    };
    let told = |line: &&String| {
        ["\"event\":\"aligned\"", "\"event\":\"lost\"", "\"rai\""].iter().any(|word| line.contains(word))
    };
    let said: Vec<String> = lines.iter().filter(told).cloned().collect();
    assert_eq!(said, notes.iter().filter_map(line).collect::<Vec<_>>(), "{name}");
    let count = |wanted: fn(&Noted) -> bool| notes.iter().filter(|note| wanted(note)).count();
    let summary = summary(&lines);
    assert_eq!(summary["framing_errors"], count(|note| matches!(note, Noted::FramingError { .. })), "{name}");
    assert_eq!(summary["crc_errors"], count(|note| matches!(note, Noted::CrcError { .. })), "{name}");
    assert_eq!(summary["frames"], bits.len() / 8 * 8 / 193);
    lines
}

#[test]
fn lines_are_those_of_the_design() {
    for (name, framing) in FRAMINGS {
        let bits = capture(framing, 1, 8024);
        let superframe = framing.frames() * 193;
        let found = 4 * framing.frames() - 1;
        assert_eq!(
            analyze(name, &packed(&bits[superframe - 101..][..8000 * 193])),
            [
                format!(r#"{{"event":"aligned","frame":{found},"bit_offset":101}}"#),
                r#"{"event":"summary","frames":8000,"framing_errors":0,"crc_errors":0,"lcv":0}"#.into(),
            ],
            "{name}"
        );
    }
}

#[test]
fn a_capture_may_begin_and_end_anywhere() {
    for (name, framing) in FRAMINGS {
        let bits = capture(framing, 2, 300);
        for dropped in [0, 1, 101, 192, 193, 2315, 4000] {
            let lines = assert_as_model(name, framing, &bits[dropped..]);
            assert_eq!(lines.len(), 2, "{lines:?}");
        }
        for length in [0, 8, 192, 200, 9256, 9264, 9272, 18_520, 18_528, 18_536, 23_160, 27_000, 27_024] {
            assert_as_model(name, framing, &bits[40..40 + length]);
        }
    }
}

#[test]
fn noise_cuts_and_alarms_are_judged_as_the_model_judges_them() {
    let mut rng = Rng::new(5);
    for round in 0..18 {
        let (name, framing) = FRAMINGS[round % 3];
        let mut sender = Sender::new(framing, false);
        let mut bits = sent(&mut sender, &mut rng, 800);
        sender.rai = true;
        bits.extend(sent(&mut sender, &mut rng, 800));
        sender.rai = false;
        bits.extend(sent(&mut sender, &mut rng, 800));
        for _ in 0..rng.below(3000) {
            let at = rng.below(bits.len() as u64) as usize;
            bits[at] = !bits[at];
        }
        let (from, count) = (rng.below(200_000) as usize, rng.below(3000) as usize);
        bits.drain(from..from + count);
        assert_as_model(name, framing, &bits);
    }
}

#[test]
fn ones_and_nothing_else_are_ais() {
    for (name, _) in FRAMINGS {
        let mut lines = analyze(name, &[0xff; 193 * 50]);
        assert!(lines.remove(2).contains(r#""kind":"ais""#));
        assert_eq!(
            lines,
            [
                r#"{"event":"alarm","alarm":"ais","state":"on","frame":23}"#,
                r#"{"event":"alarm","alarm":"lof","state":"on","frame":200}"#,
                r#"{"event":"summary","frames":400,"framing_errors":0,"crc_errors":0,"lcv":0}"#,
            ]
        );
    }
}

#[test]
fn flipped_bits_are_counted_as_crc_and_framing_errors() {
    for (name, framing) in FRAMINGS {
        let mut bits = capture(framing, 6, 2400);
        for superframe in [30, 31, 57, 80] {
            // A bit of timeslot 9 in the fourth frame, and the framing bit of the eighth.
            bits[(superframe * 24 + 3) * 193 + 75] ^= true;
            bits[(superframe * 24 + 7) * 193] ^= true;
        }
        let lines = assert_as_model(name, framing, &bits);
        let crc_errors = if framing.is_short() { 0 } else { 4 };
        let wanted = format!(
            r#"{{"event":"summary","frames":2400,"framing_errors":4,"crc_errors":{crc_errors},"lcv":0}}"#
        );
        assert_eq!(lines.last(), Some(&wanted));
    }
}

#[test]
fn a_line_of_japan_read_as_t1_is_full_of_crc_errors() {
    let bits = capture(Framing::Japanese, 7, 4800);
    let errors = summary(&analyze("t1-esf", &packed(&bits)))["crc_errors"].as_u64();
    assert!(errors > Some(180), "{errors:?}");
    assert_eq!(summary(&analyze("j1-esf", &packed(&bits)))["crc_errors"], 0);
}

#[test]
fn signalling_bits_are_in_the_summary_by_timeslot() {
    for (name, framing) in FRAMINGS {
        let (mut sender, mut rng) = (Sender::new(framing, true), Rng::new(11));
        let count = if framing.is_short() { 2 } else { 4 };
        let mut slots = Vec::new();
        for channel in 1..25 {
            sender.abcd[channel] = std::array::from_fn(|_| rng.once_in(2));
            let bits = sender.abcd[channel].iter().take(count);
            let text: String = bits.map(|bit| if *bit { '1' } else { '0' }).collect();
            slots.push((channel.to_string(), Value::from(text)));
        }
        let capture = packed(&sent(&mut sender, &mut rng, 400));
        for options in ["", " --cas"] {
            let lines = analyze(&format!("{name}{options}"), &capture);
            assert_eq!(
                summary(&lines)["cas"],
                Value::Object(slots.iter().cloned().collect()),
                "{name}{options}"
            );
            assert_eq!(lines.len(), 2);
            let (first, text) = (&slots[0], slots[0].1.as_str().expect("text"));
            assert!(
                lines[1].contains(&format!(r#""lcv":0,"cas":{{"{}":"{text}","2":"#, first.0)),
                "{}",
                lines[1]
            );
        }
    }
}

#[test]
fn speech_is_not_taken_for_signalling() {
    for (name, framing) in FRAMINGS {
        let capture = packed(&capture(framing, 12, 24_000));
        let lines = analyze(name, &capture);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(!lines[1].contains("cas"));
        // Who says that there is signalling is told what it is.
        assert!(analyze(&format!("{name} --cas"), &capture)[1].contains("cas"));
    }
}

#[test]
fn line_codes_are_decoded_first() {
    for (name, framing) in FRAMINGS {
        let bits = capture(framing, 14, 600);
        let bits = &bits[411..bits.len() - 3];
        let plain = analyze(name, &packed(&bits[..bits.len() / 8 * 8]));
        for (code, line) in [("ami", linecode::ami(bits)), ("b8zs", linecode::b8zs(bits))] {
            assert_eq!(analyze(&format!("{name} --code {code}"), &symbols(&line)), plain, "{name} {code}");
        }
    }
}

#[test]
fn a_pulse_of_the_wrong_polarity_is_a_line_code_violation() {
    let bits = capture(Framing::Extended, 15, 200);
    for (code, mut line) in [("ami", linecode::ami(&bits)), ("b8zs", linecode::b8zs(&bits))] {
        assert_eq!(summary(&analyze(&format!("t1-esf --code {code}"), &symbols(&line)))["lcv"], 0);
        for n in [100, 20_000, 38_000] {
            let alone = |at: &usize| bits[at - 9..at + 9].iter().filter(|bit| **bit).count() > 8 && bits[*at];
            let pulse = (n..).find(alone).expect("a pulse among pulses");
            line[pulse] = -line[pulse];
        }
        assert_eq!(summary(&analyze(&format!("t1-esf --code {code}"), &symbols(&line)))["lcv"], 6, "{code}");
    }
}

#[test]
fn a_line_without_pulses_has_lost_its_signal() {
    let (before, after) = (capture(Framing::Superframe, 16, 192), capture(Framing::Superframe, 17, 192));
    for (code, coder) in [("ami", linecode::ami as fn(&[bool]) -> Vec<i8>), ("b8zs", linecode::b8zs)] {
        let line = [coder(&before), vec![0; 193 * 64], coder(&after)].concat();
        let lines = analyze(&format!("t1-sf --code {code}"), &symbols(&line));
        let los: Vec<&str> = lines.iter().filter(|l| l.contains("los\"")).map(String::as_str).collect();
        // 175 symbols after the last pulse, and 175 or fewer after the first.
        let wanted = [
            r#"{"event":"alarm","alarm":"los","state":"on","frame":192}"#,
            r#"{"event":"alarm","alarm":"los","state":"off","frame":256}"#,
        ];
        assert_eq!(los, wanted, "{code}");
    }
}

#[test]
fn framing_and_signalling_that_it_makes_are_those_of_the_model() {
    for (name, framing) in FRAMINGS {
        let mut sender = Sender::new(framing, true);
        sender.abcd[1] = [true, false, false, true];
        sender.abcd[24] = [true; 4];
        sender.rai = true;
        let voice: Vec<u8> = (0..100).map(|n| n * 2 + 1).collect();
        let slots = format!("voice-{name}.ul");
        file(&slots, &voice);
        let cas = if framing.is_short() { "1=10 24=11" } else { "1=1001 24=1111" };
        let out = format!("model-{name}");
        good(&format!(
            "line generate --framing {name} --frames 121 --slots {slots} 24={slots} --cas {cas} --rai --out {out}"
        ));
        let mut bits: Vec<bool> = (0..121)
            .flat_map(|n| {
                let mut slots = [0xff; 32];
                let octet = voice.get(n).copied().unwrap_or(0xff);
                (slots[1], slots[24]) = (octet, octet);
                sender.frame(&slots)
            })
            .collect();
        // 121 frames end in the middle of an octet, which is filled with zeros.
        bits.resize(bits.len().next_multiple_of(8), false);
        assert!(read_file(&out) == packed(&bits), "{name}");
    }
}

#[test]
fn line_codes_that_it_makes_are_those_of_the_model() {
    let name = "zeros-t1.ul";
    file(name, &[0; 50]);
    let slots = (1..25).map(|slot| format!("{slot}={name}")).collect::<Vec<_>>().join(" ");
    for frames in [1, 2, 3, 50, 64] {
        let make = |code: &str| {
            let out = format!("coded-t1-{code}-{frames}");
            good(&format!(
                "line generate --framing t1-esf --frames {frames} --slots {slots} --code {code} --out {out}"
            ));
            read_file(&out)
        };
        let bits = &bits_of(&make("none"))[..frames * 193];
        assert!(make("b8zs") == symbols(&linecode::b8zs(bits)), "{frames}");
        assert!(make("ami") == symbols(&linecode::ami(bits)), "{frames}");
    }
}

#[test]
fn every_framing_and_code_goes_there_and_back() {
    for (name, framing) in FRAMINGS {
        for code in ["none", "ami", "b8zs"] {
            let out = format!("back-{name}-{code}");
            good(&format!("line generate --framing {name} --code {code} --frames 8000 --seed 3 --out {out}"));
            assert_eq!(read_file(&out).len(), 8000 * 193 / if code == "none" { 8 } else { 1 });
            let found = 4 * framing.frames() - 1;
            assert_eq!(
                good(&format!("line analyze {out} --framing {name} --code {code} --json")).lines(),
                [
                    format!(r#"{{"event":"aligned","frame":{found},"bit_offset":0}}"#),
                    r#"{"event":"summary","frames":8000,"framing_errors":0,"crc_errors":0,"lcv":0}"#.into(),
                ]
            );
        }
    }
}

#[test]
fn alarms_asked_for_are_seen_by_analyze() {
    for (name, _) in FRAMINGS {
        let out = format!("alarm-{name}");
        good(&format!("line generate --framing {name} --frames 1600 --rai --cas --out {out}"));
        let lines = good(&format!("line analyze {out} --framing {name} --json")).lines();
        assert!(lines.iter().any(|line| line.contains(r#""alarm":"rai","state":"on""#)), "{lines:?}");
        assert!(lines.last().is_some_and(|line| line.contains(r#""cas":{"1":"0"#)), "{lines:?}");
        good(&format!("line generate --framing {name} --frames 400 --ais --out {out}"));
        assert_eq!(read_file(&out), [0xff; 193 * 50]);
    }
}

#[test]
fn people_are_told_the_same_in_words() {
    for (name, framing) in FRAMINGS {
        let mut sender = Sender::new(framing, true);
        sender.abcd = [[true, false, false, true]; 25];
        let mut bits = sent(&mut sender, &mut Rng::new(19), 2400);
        bits[1200 * 193 + 75] ^= true;
        let lines = good_with(&format!("line analyze - --framing {name}"), &packed(&bits)).lines();
        let wanted = match framing {
            Framing::Superframe | Framing::JapaneseSuperframe => [
                "frame 47 (0.006 s): aligned, with the first frame at bit 0",
                "2400 frames (0.300 s): 0 framing bit errors, 0 of 0 CRC-6 blocks errored, 0 line code violations",
                "signalling bits ab by timeslot: 1=10 2=10 ",
            ],
            _ => [
                "frame 95 (0.012 s): aligned, with the first frame at bit 0",
                "2400 frames (0.300 s): 0 framing bit errors, 1 of 95 CRC-6 blocks errored, 0 line code violations",
                "signalling bits abcd by timeslot: 1=1001 2=1001 ",
            ],
        };
        // Behind them what was found: an errored block, or nothing.
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert!(lines.iter().zip(wanted).all(|(line, wanted)| line.starts_with(wanted)), "{lines:?}");
    }
}

#[test]
fn what_t1_does_not_have_is_refused_and_what_e1_does_not_have_too() {
    for (words, why) in [
        ("line analyze - --framing t1-sf --code hdb3", "no line code hdb3"),
        ("line analyze - --framing j1-esf --code hdb3", "no line code hdb3"),
        ("line analyze - --framing e1 --code b8zs", "no line code b8zs"),
        ("line generate --framing t1-esf --code hdb3 --frames 1 --out x", "no line code hdb3"),
        ("line generate --framing e1-crc4 --code b8zs --frames 1 --out x", "no line code b8zs"),
        ("line generate --framing t1-esf --frames 1 --out x --cas --cas-rai", "no remote alarm"),
        ("line generate --framing t1-esf --frames 1 --out x --cas 25=0000", "1 to 24"),
        ("line generate --framing t1-esf --frames 1 --out x --cas 0=0000", "1 to 24"),
        ("line generate --framing t1-esf --frames 1 --out x --cas 3=00", "four of 0 and 1"),
        ("line generate --framing t1-sf --frames 1 --out x --cas 3=0000", "two of 0 and 1"),
        ("line generate --framing t1-sf --frames 1 --out x --slots 25=voice-t1-sf.ul", "after 24"),
        ("line analyze - --framing t1", "t1-sf, t1-esf, j1-esf"),
    ] {
        let line = refused(words);
        assert!(line.contains(why), "{words}: {line}");
    }
}

#[test]
fn random_octets_as_captures_never_bring_it_down() {
    let mut rng = Rng::new(3);
    for round in 0..60 {
        let mut data: Vec<u8> = (0..rng.below(20_000)).map(|_| (rng.word() >> 56) as u8).collect();
        let code = ["none", "ami", "b8zs"][round % 3];
        if round % 3 > 0 && round % 7 > 0 {
            data.iter_mut().for_each(|octet| *octet %= 3);
        }
        let framing = ["t1-sf", "t1-esf", "j1-esf --cas"][rng.below(3) as usize];
        let ran = run_with(&format!("line analyze - --framing {framing} --code {code} --json"), &data);
        let complaints = ran.stderr.lines().count();
        assert!(matches!((ran.status, complaints), (0, 0) | (2, 1)), "{framing} {code}: {}", ran.stderr);
    }
}
