//! `tandem detect`, and `tandem generate` through it; the signals of other makes are sines made here.
mod common;

use common::{file, good, read, refused, wav};
use serde_json::Value;
use std::f64::consts::TAU;
use tandem_dsp::g711;
use tandem_types::Law;

/// Peaks of 3000 and 4000 for a digit: -17.63 and -15.13 dBm0, twist 2.5 dB.
fn dtmf_sample(digit: char, seconds: f64) -> f64 {
    let key = "123A456B789C*0#D".find(digit).expect("a key");
    let low = [697.0, 770.0, 852.0, 941.0][key / 4];
    let high = [1209.0, 1336.0, 1477.0, 1633.0][key % 4];
    3000.0 * (TAU * low * seconds).sin() + 4000.0 * (TAU * high * seconds).sin()
}

/// Digits of 60 ms with pauses of 60 ms, the first after `lead` ms.
fn dialled(digits: &str, rate: u32, lead_ms: f64) -> Vec<i16> {
    let digits: Vec<char> = digits.chars().collect();
    let length = (lead_ms + 120.0 * digits.len() as f64 + 100.0) / 1000.0 * f64::from(rate);
    (0..length as usize)
        .map(|n| {
            let seconds = n as f64 / f64::from(rate);
            let ms = seconds * 1000.0 - lead_ms;
            let sounding = ms >= 0.0 && ms % 120.0 < 60.0;
            match digits.get((ms.max(0.0) / 120.0) as usize) {
                Some(digit) if sounding => dtmf_sample(*digit, seconds) as i16,
                _ => 0,
            }
        })
        .collect()
}

fn octets(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn events(words: &str) -> Vec<Value> {
    good(words).lines().iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn digits(events: &[Value]) -> String {
    events.iter().map(|event| event["digit"].as_str().expect("a digit")).collect()
}

fn number(event: &Value, key: &str) -> f64 {
    event[key].as_f64().expect("a number")
}

/// Digits of these lengths, one after another from `first` on, within 5 ms.
fn assert_times(events: &[Value], first: f64, on: f64, off: f64) {
    for (n, event) in events.iter().enumerate() {
        let start = first + n as f64 * (on + off);
        assert!((number(event, "start_ms") - start).abs() <= 5.0, "{event}");
        assert!((number(event, "end_ms") - start - on).abs() <= 5.0, "{event}");
    }
}

#[test]
fn files_without_a_header_are_listened_to_by_their_names() {
    let samples = dialled("159", 8_000, 100.0);
    file("bare.sln", &octets(&samples));
    let law: Vec<u8> = samples.iter().map(|sample| g711::encode(Law::A, *sample)).collect();
    file("bare.al", &law);
    file("bare.16k.pcm", &octets(&dialled("159", 16_000, 100.0)));
    for name in ["bare.sln", "bare.al", "bare.16k.pcm"] {
        let heard = events(&format!("detect {name} --detectors dtmf --json"));
        assert_eq!(digits(&heard), "159", "{name}");
        assert_times(&heard, 100.0, 60.0, 60.0);
    }
    file("bare.mp3", &law);
    assert!(refused("detect bare.mp3").starts_with("tandem: bare.mp3: this is no WAV file, and its name"));
    file("bare.gsm", &[0; 66]);
    assert!(refused("detect bare.gsm").starts_with("tandem: bare.gsm: frame 0 is no GSM frame"));
}

#[test]
fn a_line_of_json_has_the_fields_of_the_design_in_their_order() {
    good("generate dtmf 5 --out shape.wav");
    let line = good("detect shape.wav --json").text();
    let event: Value = serde_json::from_str(&line).expect("JSON");
    let n = |key: &str| format!("{:.1}", number(&event, key));
    assert_eq!(
        line,
        format!(
            "{{\"file\":\"shape.wav\",\"event\":\"dtmf\",\"digit\":\"5\",\"start_ms\":{},\"end_ms\":{},\
             \"low_dbm0\":{},\"high_dbm0\":{},\"twist_db\":{},\
             \"low_offset_hz\":{},\"high_offset_hz\":{}}}\n",
            n("start_ms"),
            n("end_ms"),
            n("low_dbm0"),
            n("high_dbm0"),
            n("twist_db"),
            n("low_offset_hz"),
            n("high_offset_hz")
        )
    );
}

#[test]
fn what_generate_dials_detect_hears() {
    for encoding in ["linear16", "alaw", "ulaw"] {
        let name = format!("dialled-{encoding}.wav");
        good(&format!(
            "generate dtmf 0123456789ABCD*#abcd --out {name} --encoding {encoding} --on-ms 50 --off-ms 45 \
             --low-dbm0 -14 --high-dbm0 -12"
        ));
        let heard = events(&format!("detect {name} --json --detectors dtmf --country cn"));
        assert_eq!(digits(&heard), "0123456789ABCD*#ABCD", "{encoding}");
        assert_times(&heard, 0.0, 50.0, 45.0);
        for event in &heard {
            assert!((number(event, "low_dbm0") + 14.0).abs() < 0.7, "{event}");
            assert!((number(event, "high_dbm0") + 12.0).abs() < 0.7, "{event}");
            assert!((number(event, "twist_db") - 2.0).abs() < 0.5, "{event}");
            assert!(number(event, "low_offset_hz").abs() <= 1.2, "{event}");
            assert!(number(event, "high_offset_hz").abs() <= 1.2, "{event}");
        }
    }
}

#[test]
fn more_digits_than_a_sender_can_queue_fit_in_a_file() {
    let number = "0123456789".repeat(15);
    good(&format!("generate dtmf {number} --out long.wav --off-ms 50"));
    assert_eq!(read("long.wav").len(), 44 + 2 * 150 * 120 * 8);
    assert_eq!(digits(&events("detect long.wav --json")), number);
}

#[test]
fn digits_of_any_make_are_heard_at_any_rate() {
    for rate in [8000, 11_025, 16_000, 44_100, 48_000] {
        let name = format!("rate-{rate}.wav");
        file(&name, &wav(1, 2, 1, rate, &octets(&dialled("19*D60", rate, 83.0))));
        let heard = events(&format!("detect {name} --json"));
        assert_eq!(digits(&heard), "19*D60", "{rate}");
        assert_times(&heard, 83.0, 60.0, 60.0);
        for event in &heard {
            assert!((number(event, "low_dbm0") + 17.63).abs() < 0.7, "{event}");
            assert!((number(event, "high_dbm0") + 15.13).abs() < 0.7, "{event}");
            assert_eq!(event.get("channel"), None);
        }
    }
}

#[test]
fn companded_files_are_heard_too() {
    for (tag, law) in [(6, Law::A), (7, Law::Mu)] {
        let data: Vec<u8> = dialled("2580", 8000, 10.0).iter().map(|s| g711::encode(law, *s)).collect();
        let name = format!("companded-{tag}.wav");
        file(&name, &wav(tag, 1, 1, 8000, &data));
        assert_eq!(digits(&events(&format!("detect {name} --json"))), "2580");
    }
}

#[test]
fn channels_are_heard_one_by_one_and_told_in_order_of_time() {
    for rate in [8000, 16_000] {
        let (one, two) = (dialled("147", rate, 0.0), dialled("369", rate, 60.0));
        let both: Vec<i16> = one.iter().zip(&two).flat_map(|(one, two)| [*one, *two]).collect();
        let name = format!("stereo-{rate}.wav");
        file(&name, &wav(1, 2, 2, rate, &octets(&both)));
        let heard = events(&format!("detect {name} --json"));
        assert_eq!(digits(&heard), "134679", "{rate}");
        for (n, event) in heard.iter().enumerate() {
            assert_eq!(event["channel"], n % 2 + 1, "{event}");
        }
    }
    let line = good("detect stereo-8000.wav --json").lines().remove(0);
    assert!(
        line.starts_with(r#"{"file":"stereo-8000.wav","channel":1,"event":"dtmf","digit":"1","#),
        "{line}"
    );
}

#[test]
fn several_files_are_told_one_after_another_for_people() {
    good("generate dtmf 1 --out first.wav");
    good("generate dtmf 2 --out second.wav --off-ms 0");
    good("generate tone --freq 450 --out silent.wav");
    let lines = good("detect first.wav silent.wav second.wav").lines();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("first.wav: ") && lines[0].contains("DTMF 1 (low -9."), "{}", lines[0]);
    assert!(lines[1].starts_with("second.wav: ") && lines[1].contains("DTMF 2"), "{}", lines[1]);
}

#[test]
fn tones_have_frequency_level_and_cadence() {
    good("generate tone --freq 450 --level -10 --on-ms 350 --off-ms 350 --repeat 3 --out busy.wav");
    let data = read("busy.wav");
    assert_eq!(&data[..44], &wav(1, 2, 1, 8000, &data[44..])[..44]);
    let samples: Vec<i16> =
        data[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    assert_eq!(samples.len(), 3 * 5600);
    for cycle in samples.chunks_exact(5600) {
        // 350 ms hold 157.5 periods of 450 Hz; the peak of -10 dBm0 is 13.14 dB below full scale.
        for (n, sample) in cycle[..2800].iter().enumerate() {
            let wanted = 32_768.0 * 10f64.powf(-13.14 / 20.0) * (TAU * 450.0 * n as f64 / 8000.0).sin();
            assert!((f64::from(*sample) - wanted).abs() <= 2.0, "{n}: {sample} {wanted}");
        }
        assert!(cycle[2800..].iter().all(|sample| *sample == 0));
    }
    good("generate tone --freq 350 --freq2 440 --seconds 1.5 --encoding ulaw --out dial.wav");
    let data = read("dial.wav");
    assert_eq!(
        (data.len(), &data[20..24], &data[38..42]),
        (58 + 12_000, &[7, 0, 1, 0][..], b"fact".as_slice())
    );
    assert!(data[58..].chunks(400).all(|block| block.iter().any(|octet| *octet & 0x7f < 0x40)));
}

#[test]
fn files_that_are_no_recordings_are_refused_with_their_names() {
    file("text.wav", b"this is not a recording");
    file("empty.wav", b"");
    file("slow.wav", &wav(1, 2, 1, 300, &[0; 64]));
    file("many.wav", &wav(1, 2, 65, 8000, &[0; 1300]));
    file("adpcm.wav", &wav(17, 1, 1, 8000, &[0; 64]));
    for name in ["text.wav", "empty.wav", "slow.wav", "many.wav", "adpcm.wav", "absent.wav"] {
        let line = refused(&format!("detect {name}"));
        assert!(line.starts_with(&format!("tandem: {name}: ")), "{line}");
    }
    file("nothing.wav", &wav(1, 2, 1, 8000, &[]));
    file("nothing16.wav", &wav(1, 2, 2, 16_000, &[]));
    assert_eq!(good("detect nothing.wav nothing16.wav").text(), "");
}
