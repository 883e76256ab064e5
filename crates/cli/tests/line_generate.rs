//! `tandem line generate` against the sender and the line coder of the reference model, and back through
//! `tandem line analyze`.
mod common;

use common::{file, good, good_with, packed, read, refused, symbols};
use tandem_testkit::e1::Sender;
use tandem_testkit::{bits_of, linecode};

/// What an idle A-law channel sends.
const IDLE: u8 = 0xd5;

#[test]
fn every_framing_and_code_goes_there_and_back() {
    for framing in ["e1", "e1-crc4"] {
        for code in ["none", "ami", "hdb3"] {
            let name = format!("back-{framing}-{code}");
            good(&format!(
                "line generate --framing {framing} --code {code} --frames 8000 --seed 3 --out {name}"
            ));
            assert_eq!(read(&name).len(), 8000 * if code == "none" { 32 } else { 256 });
            assert_eq!(
                good(&format!("line analyze {name} --framing {framing} --code {code} --json")).lines(),
                [
                    r#"{"event":"aligned","frame":2,"bit_offset":0}"#,
                    r#"{"event":"summary","frames":8000,"fas_errors":0,"crc_errors":0,"e_bits":0,"lcv":0}"#,
                ]
            );
        }
    }
}

#[test]
fn framing_and_signalling_are_those_of_the_model() {
    for crc4 in [false, true] {
        let framing = if crc4 { "e1-crc4" } else { "e1" };
        let mut sender = Sender::new(crc4, true);
        sender.abcd[1] = [true, false, false, true];
        sender.abcd[30] = [false; 4];
        (sender.a, sender.y) = (true, true);
        let voice: Vec<u8> = (0..100).map(|n| n * 2 + 1).collect();
        file("voice.al", &voice);
        good(&format!(
            "line generate --framing {framing} --frames 120 --slots voice.al 31=voice.al \
             --cas 1=1001 31=0000 --rai --cas-rai --out model.e1"
        ));
        let bits: Vec<bool> = (0..120)
            .flat_map(|n| {
                let mut slots = [IDLE; 32];
                let octet = voice.get(n).copied().unwrap_or(IDLE);
                (slots[1], slots[31]) = (octet, octet);
                sender.frame(&slots)
            })
            .collect();
        assert!(read("model.e1") == packed(&bits), "{framing}");
    }
}

#[test]
fn line_codes_are_those_of_the_model() {
    // Timeslots of zeros ask for substitutions everywhere, at the very end too.
    let zeros = vec![0; 50];
    file("zeros.al", &zeros);
    let slots = (1..32).map(|slot| format!("{slot}=zeros.al")).collect::<Vec<_>>().join(" ");
    for frames in [1, 2, 50] {
        let make = |code: &str| {
            let name = format!("coded-{code}-{frames}");
            good(&format!(
                "line generate --framing e1 --frames {frames} --slots {slots} --code {code} --out {name}"
            ));
            read(&name)
        };
        let bits = bits_of(&make("none"));
        assert_eq!(bits.len(), frames * 256);
        assert!(make("hdb3") == symbols(&linecode::hdb3(&bits)), "{frames}");
        assert!(make("ami") == symbols(&linecode::ami(&bits)), "{frames}");
    }
}

#[test]
fn a_seed_gives_the_same_capture_again_and_another_gives_another() {
    let make =
        |seed: u64| good(&format!("line generate --framing e1 --frames 50 --seed {seed} --out -")).stdout;
    assert!(make(7) == make(7));
    assert!(make(7) != make(8));
    assert_eq!(make(7).len(), 1600);
}

#[test]
fn files_go_to_the_next_timeslot_and_past_the_signalling() {
    for (slot, name) in [(14, "s14"), (15, "s15"), (17, "s17")] {
        file(name, &[slot; 4]);
    }
    good("line generate --framing e1 --frames 4 --cas --slots 14=s14 s15 s17 --out placed.e1");
    for frame in read("placed.e1").chunks_exact(32) {
        assert_eq!((frame[13], frame[14], frame[15], frame[17], frame[18]), (IDLE, 14, 15, 17, IDLE));
    }
    good("line generate --framing e1 --frames 4 --slots 14=s14 s15 s17 --out placed.e1");
    assert_eq!(read("placed.e1")[16], 17);
    for slots in ["14=s14 14=s15", "31=s14 s15", "16=s14 --cas"] {
        refused(&format!("line generate --framing e1 --frames 4 --slots {slots} --out refused.e1"));
    }
    let piped = good_with("line generate --framing e1 --frames 2 --slots - - --out -", &[7; 2]).stdout;
    assert_eq!((piped[1], piped[33], piped[2]), (7, 7, IDLE));
    refused("line generate --framing e1 --frames 4 --slots s14 --out s14");
    assert_eq!(read("s14"), [14; 4]);
}

#[test]
fn alarms_asked_for_are_seen_by_analyze() {
    good("line generate --framing e1 --frames 100 --ais --out ais.e1");
    assert_eq!(read("ais.e1"), [0xff; 3200]);
    good("line generate --framing e1 --frames 400 --cas 5=0101 --rai --out rai.e1");
    let lines = good("line analyze rai.e1 --framing e1 --json").lines();
    assert_eq!(lines[1], r#"{"event":"alarm","alarm":"rai","state":"on","frame":7}"#);
    assert!(lines[2].contains(r#""kind":"remote-alarm""#), "{}", lines[2]);
    assert!(lines[3].contains(r#""4":"1101","5":"0101","6":"1101""#), "{}", lines[3]);
}

#[test]
fn a_reader_with_another_clock_repeats_frames_or_leaves_them_out() {
    let make = |ppm: &str| good(&format!("line generate --framing e1 --frames 1000 --out - {ppm}")).stdout;
    let even = make("");
    let (repeated, left_out) = (make("--ppm 2500"), make("--ppm -2500"));
    assert_eq!((repeated.len(), left_out.len()), (32_000, 32_000));
    let frame = |capture: &[u8], n: usize| capture[n * 32..(n + 1) * 32].to_vec();
    // A slip every 400 frames.
    for (n, behind, ahead) in [(0, 0, 0), (398, 398, 398), (399, 398, 400), (400, 399, 401), (799, 797, 801)]
    {
        assert!(frame(&repeated, n) == frame(&even, behind), "{n}");
        assert!(frame(&left_out, n) == frame(&even, ahead), "{n}");
    }
}
