//! `tandem detect` with every detector, what it takes for files, and `tandem generate` through it.
mod common;

use common::{file, good, refused, run_with, run_words, wav};
use serde_json::Value;
use std::path::PathBuf;

fn events(words: &str) -> Vec<Value> {
    good(&format!("detect {words} --json"))
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

fn texts(events: &[Value], key: &str) -> Vec<String> {
    events.iter().map(|event| event[key].as_str().unwrap_or_else(|| panic!("{event}")).into()).collect()
}

fn number(event: &Value, key: &str) -> f64 {
    event[key].as_f64().unwrap_or_else(|| panic!("{key} of {event}"))
}

#[test]
fn register_and_line_signals_are_heard_as_they_were_sent() {
    let r2 = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"];
    let r1 = ["KP", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "ST'''", "ST'", "ST''", "ST"];
    for (name, system, sent, expected, dbm0) in [
        ("mf-r1", "r1", "K1234567890ZXYS", &r1[..], -7.0),
        ("mf-r2-fwd", "r2-fwd", "1234567890BCDEF", &r2, -11.5),
        ("mf-r2-bwd", "r2-bwd", "1234567890BCDEF", &r2, -11.5),
        (
            "mf-line",
            "line",
            "123456",
            &["2280", "2400", "2600", "2400+2600", "2280+2400", "2280+2600"],
            -12.0,
        ),
    ] {
        good(&format!("generate {name} {sent} --out {name}.wav --encoding alaw"));
        let heard = events(&format!("{name}.wav --detectors {name}"));
        assert_eq!(texts(&heard, "signal"), expected, "{name}");
        for event in &heard {
            assert_eq!((&event["event"], &event["system"]), (&"mf".into(), &system.into()), "{event}");
            assert!((number(event, "low_dbm0") - dbm0).abs() < 0.7, "{event}");
            assert!((number(event, "high_dbm0") - dbm0).abs() < 0.7, "{event}");
            assert!(number(event, "low_offset_hz").abs() < 3.0, "{event}");
        }
    }
    // Q.320: KP sounds for 100 ms, the others and the pauses for 68.
    let heard = events("mf-r1.wav --detectors mf-r1");
    for (event, (start, end)) in heard.iter().zip([(0.0, 100.0), (168.0, 236.0), (304.0, 372.0)]) {
        assert!((number(event, "start_ms") - start).abs() < 4.0, "{event}");
        assert!((number(event, "end_ms") - end).abs() < 4.0, "{event}");
    }
}

#[test]
fn more_register_signals_than_a_sender_can_queue_fit_in_a_file() {
    good(&format!("generate mf-r2-fwd {} --on-ms 50 --off-ms 40 --out many-mf.wav", "15".repeat(60)));
    let heard = texts(&events("many-mf.wav --detectors mf-r2-fwd"), "signal");
    assert_eq!(heard, ["1", "5"].repeat(60));
}

#[test]
fn tones_of_a_country_are_heard_by_their_names() {
    for (country, names) in [
        ("cn", &["dial", "ringback", "busy", "congestion"][..]),
        ("us", &["dial", "ringback", "busy", "congestion"]),
        ("gb", &["dial", "ringback", "busy", "congestion"]),
    ] {
        for name in names {
            let path = format!("{country}-{name}.wav");
            good(&format!("generate tone {name} --country {country} --level -15 --seconds 15 --out {path}"));
            let heard = events(&format!("{path} --detectors tones --country {country}"));
            assert_eq!(texts(&heard, "tone"), [*name], "{country}");
            assert_eq!(heard[0]["event"], "tone");
            assert!(number(&heard[0], "end_ms") > 8000.0, "{}", heard[0]);
            assert!(number(&heard[0], "offset_hz").abs() < 3.0, "{}", heard[0]);
        }
    }
    // Two frequencies of -15 dBm0 each have -12 together.
    let dial = &events("us-dial.wav --country US")[0];
    assert!((number(dial, "dbm0") + 12.0).abs() < 0.7, "{dial}");
}

#[test]
fn a_plan_of_ones_own_is_sent_and_heard() {
    file("own.txt", b"# ours\nuser1 600+1000:200/300\nbusy 777:250/250\n");
    for name in ["user1", "busy"] {
        good(&format!("generate tone {name} --plan own.txt --out own-{name}.wav"));
        assert_eq!(texts(&events(&format!("own-{name}.wav --plan own.txt")), "tone"), [name]);
    }
    file("wrong.txt", b"busy 425:500/500\n\nbeep 425\n");
    let line = refused("detect own-busy.wav --plan wrong.txt");
    assert!(line.starts_with("tandem: wrong.txt: line 3: "), "{line}");
    let line = refused("generate tone user2 --plan own.txt --out x.wav");
    assert!(line.contains("user1, busy, sit, "), "{line}");
}

#[test]
fn what_a_host_plays_by_a_line_is_made_by_the_same_line() {
    good("generate line dtmf:12#,9 --out line-dtmf.wav");
    let heard = events("line-dtmf.wav");
    assert_eq!(texts(&heard, "digit"), ["1", "2", "#", "9"]);
    assert!((number(&heard[3], "start_ms") - 1600.0).abs() < 5.0, "{}", heard[3]);
    file("of-lines.txt", b"user1 600+1000:200/300\n");
    for (line, tone) in [("tone:us busy 4s", "busy"), ("tone:user1 4s", "user1")] {
        let words = ["generate", "line", line, "--plan", "of-lines.txt", "--out", "line-tone.wav"];
        assert_eq!(run_words(&words, &[]).status, 0, "{line}");
        let plan = if tone == "user1" { "--plan of-lines.txt" } else { "--country us" };
        assert_eq!(texts(&events(&format!("line-tone.wav {plan}")), "tone"), [tone]);
    }
    let told = refused("generate line dtmf:12x --out x.wav");
    assert!(told.starts_with("tandem: dtmf:12x: no key is marked 'x'"), "{told}");
}

#[test]
fn a_plan_without_an_end_is_refused() {
    good("generate dtmf 1 --out digit.wav");
    for words in ["detect digit.wav --plan /dev/zero", "generate tone user1 --plan /dev/zero --out no.wav"] {
        assert!(refused(words).contains("too long for a tone plan"));
    }
}

#[test]
fn fax_and_special_information_tones_have_events_of_their_own() {
    let sounds = [("cng", 8), ("ans", 4), ("ans-pr", 4), ("ansam", 4), ("ansam-pr", 4), ("v21", 2)];
    for (name, seconds) in sounds {
        good(&format!("generate tone {name} --seconds {seconds} --out {name}.wav"));
        let heard = events(&format!("{name}.wav"));
        assert!(heard.iter().all(|event| event["event"] == "fax"), "{name}: {heard:?}");
        // Any answer tone is a plain one until the first reversal.
        assert_eq!(texts(&heard, "tone").last().map(String::as_str), Some(name), "{heard:?}");
        assert!(heard.len() == 1 || name.ends_with("-pr") && heard.len() <= 3, "{heard:?}");
        assert_eq!(events(&format!("{name}.wav --detectors sit,dtmf")).len(), 0);
    }
    for class in ["intercept", "vacant", "reorder", "no-circuit"] {
        good(&format!("generate tone sit-{class} --seconds 2 --out sit-{class}.wav"));
        let heard = events(&format!("sit-{class}.wav"));
        assert_eq!(texts(&heard, "event"), ["sit"], "{class}");
        assert_eq!(texts(&heard, "class"), [class]);
    }
    good("generate tone sit --seconds 2 --out sit.wav");
    assert_eq!(texts(&events("sit.wav"), "class"), ["general"]);
    assert_eq!(events("sit.wav --detectors fax").len(), 0);
}

#[test]
fn caller_identification_is_read_as_it_was_sent() {
    good("generate cid --number 8005551212 --name JOHN_DOE --time 03240902 --out cid.wav --encoding ulaw");
    let [event] = &events("cid.wav")[..] else { panic!("one event") };
    let expected = [
        ("event", "cid"),
        ("keying", "bell-202"),
        ("message", "call-setup"),
        ("time", "03-24 09:02"),
        ("number", "8005551212"),
        ("name", "JOHN_DOE"),
        ("octets", "802001083033323430393032020a3830303535353132313207084a4f484e5f444f4545"),
    ];
    for (key, value) in expected {
        assert_eq!(event[key], value, "{event}");
    }
    assert_eq!((event.get("fault"), event.get("number_absent")), (None, None));
    // 300 bits of seizure, 180 of mark and 35 octets of 10 after half a second.
    assert!((number(event, "start_ms") - 500.0).abs() < 5.0, "{event}");
    assert!((number(event, "end_ms") - 500.0 - 830.0 / 1.2).abs() < 3.0, "{event}");
    assert!((number(event, "mark_dbm0") + 13.5).abs() < 1.0, "{event}");
    let line = good("detect cid.wav").text();
    assert!(
        line.contains("caller ID bell-202 call-setup, time 03-24 09:02, number 8005551212, name J"),
        "{line}"
    );

    good("generate cid --number private --time 09301224 --single --modem v23 --off-hook --out cid.wav");
    let event = &events("cid.wav --detectors cid")[0];
    assert_eq!((&event["keying"], &event["message"]), (&"v23".into(), &"number-delivery".into()));
    assert_eq!((&event["number_absent"], event.get("number")), (&"private".into(), None));
    assert_eq!(event["octets"], "0409303933303132323450".to_owned() + "0e");

    good("generate cid --messages-wait yes --out cid.wav");
    assert_eq!(events("cid.wav")[0]["messages_wait"], true);
    assert_eq!(events("cid.wav --detectors dtmf,fax,sit").len(), 0);
    // The last third is lost.
    let whole = common::read("cid.wav");
    file("cid-cut.wav", &whole[..44 + 2 * (4000 + 3300)]);
    assert_eq!(events("cid-cut.wav")[0]["fault"], "cut short");
}

#[test]
fn all_detectors_listen_to_one_pass_and_tell_in_order_of_time() {
    good("generate dtmf 159 --out pass-dtmf.wav");
    good("generate mf-r2-bwd 159 --out pass-mf.wav");
    good("generate tone busy --country cn --seconds 3 --out pass-busy.wav");
    let parts = ["pass-dtmf.wav", "pass-mf.wav", "pass-busy.wav"];
    let samples: Vec<u8> = parts.iter().flat_map(|part| common::read(part)[44..].to_vec()).collect();
    file("pass.wav", &wav(1, 2, 1, 8000, &samples));
    let heard = events("pass.wav --detectors voice,tones,dtmf,mf-r2-bwd,fax,sit --country cn");
    let starts: Vec<f64> = heard.iter().map(|event| number(event, "start_ms")).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    let count = |name: &str| heard.iter().filter(|event| event["event"] == name).count();
    assert_eq!((count("dtmf"), count("mf"), count("tone")), (3, 3, 1), "{heard:?}");
    // Pauses of 70 and 150 ms do not part voice, pauses of 350 ms do.
    assert_eq!(count("voice"), 5, "{heard:?}");
    let voice = heard.iter().find(|event| event["event"] == "voice").expect("voice");
    assert!((number(voice, "start_ms")).abs() <= 10.0, "{voice}");
    assert_eq!(events("pass.wav --detectors dtmf").len(), 3);
}

#[test]
fn more_channels_than_a_span_has_are_all_listened_to() {
    good("generate dtmf 7 --out lone.wav");
    let lone = common::read("lone.wav")[44..].to_vec();
    let data: Vec<u8> = lone.chunks_exact(2).flat_map(|sample| sample.repeat(40)).collect();
    file("forty.wav", &wav(1, 2, 40, 8000, &data));
    let mut channels: Vec<u64> =
        events("forty.wav").iter().map(|event| event["channel"].as_u64().expect("a number")).collect();
    channels.sort_unstable();
    assert_eq!(channels, (1..=40).collect::<Vec<_>>());
}

#[test]
fn a_directory_stands_for_the_wav_files_in_it() {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tree");
    std::fs::create_dir_all(root.join("deep/er")).expect("made");
    std::fs::create_dir_all(root.join("bare")).expect("made");
    for (name, digit) in [("b.wav", '2'), ("deep/er/c.WAV", '3'), ("a.wav", '1')] {
        good(&format!("generate dtmf {digit} --out tree/{name}"));
    }
    file("tree/notes.txt", b"no recording");
    let _ = std::fs::remove_file(root.join("socket.wav"));
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket.wav")).expect("made");
    let heard = events("tree");
    assert_eq!(texts(&heard, "file"), ["tree/a.wav", "tree/b.wav", "tree/deep/er/c.WAV"]);
    assert_eq!(texts(&heard, "digit"), ["1", "2", "3"]);
    let line = refused("detect tree/bare");
    assert!(line.contains("no file whose name ends in .wav"), "{line}");
}

#[test]
fn who_asks_for_a_tone_of_no_country_is_told_to_name_one() {
    let line = refused("generate tone busy --out busy.wav");
    assert!(line.contains("there is no tone busy") && line.contains("--country"), "{line}");
    let line = refused("generate tone busier --country us --out busy.wav");
    assert!(line.contains("there is no tone busier") && !line.contains("--country"), "{line}");
}

#[test]
fn a_file_that_cannot_be_used_does_not_hide_the_others() {
    good("generate dtmf 4 --out sound.wav");
    file("unsound.wav", b"RIFF");
    let ran = run_with("detect unsound.wav sound.wav gone.wav sound.wav --json", &[]);
    assert_eq!((ran.status, ran.lines().len(), ran.stderr.lines().count()), (2, 2, 2), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("tandem: unsound.wav: "), "{}", ran.stderr);
}

#[test]
fn files_of_one_sample_and_files_cut_short_are_listened_to() {
    file("one.wav", &wav(1, 2, 1, 8000, &[0x12, 0x34]));
    file("one16.wav", &wav(1, 2, 1, 16_000, &[0x12, 0x34]));
    let all = "dtmf,mf-r1,mf-r2-fwd,mf-r2-bwd,mf-line,tones,fax,sit,cid,voice";
    assert_eq!(good(&format!("detect one.wav one16.wav --detectors {all} --country us")).text(), "");
    good("generate dtmf 55 --out whole.wav");
    let whole = common::read("whole.wav");
    // The header tells of more than there is; the second digit breaks off after 20 of its 70 ms.
    file("cut.wav", &whole[..44 + 2 * 8 * 160 + 1]);
    assert_eq!(texts(&events("cut.wav"), "digit"), ["5"]);
}
