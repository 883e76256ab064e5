//! G.726: each rate by sums of what libspandsp makes of the same, and libspandsp itself where it is installed.
#[path = "../../dsp/tests/signal/spandsp.rs"]
#[allow(dead_code)]
mod spandsp;

use std::path::{Path, PathBuf};

use tandem_files::wav::{RecordingEncoding, RecordingFormat, RecordingSides, RecordingWriter, SyncPolicy};
use tandem_files::{G726Rate, Prompt, RawEncoding, RawFormat};
use tandem_testkit::Rng;

const RATES: [G726Rate; 4] = [G726Rate::Kbit16, G726Rate::Kbit24, G726Rate::Kbit32, G726Rate::Kbit40];
const LENGTH: usize = 16_000;

fn writer(path: &Path, rate: G726Rate) -> RecordingWriter {
    let format = RecordingFormat { encoding: RecordingEncoding::G726(rate), sides: RecordingSides::Received };
    RecordingWriter::resume(path, format, SyncPolicy::None).expect("a file")
}

fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// What is in a file of these samples.
fn recorded(name: &str, rate: G726Rate, samples: &[i16]) -> Vec<u8> {
    let path = fresh(name);
    let mut writer = writer(&path, rate);
    samples.chunks(160).for_each(|block| {
        writer.append(&block.iter().map(|sample| [*sample, 0]).collect::<Vec<_>>());
    });
    assert!(writer.finish().error.is_none());
    std::fs::read(path).expect("the file")
}

fn decoded(rate: G726Rate, octets: &[u8]) -> Vec<i16> {
    let format = RawFormat { encoding: RawEncoding::G726(rate), rate: 8_000 };
    let samples = format.decode(octets).expect("any octets are samples");
    assert_eq!(samples.len(), format.samples_in(octets.len()));
    samples
}

fn crc_32(octets: impl IntoIterator<Item = u8>) -> u32 {
    let step = |crc: u32| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 };
    !octets.into_iter().fold(!0, |crc, octet| (0..8).fold(crc ^ u32::from(octet), |crc, _| step(crc)))
}

fn wave(n: usize, hertz: f64, level: f64) -> i16 {
    (level * (n as f64 / 8_000.0 * std::f64::consts::TAU * hertz).sin()) as i16
}

/// Of whole numbers alone, so that they are the same on any machine.
fn whole_numbers() -> Vec<(String, Vec<i16>)> {
    let mut random = Rng::new(726);
    let square =
        |n: usize, half: usize, level: i16| if (n / half).is_multiple_of(2) { level } else { -level };
    let mut all = vec![
        ("silence".to_owned(), vec![0; LENGTH]),
        (
            "edges".to_owned(),
            (0..LENGTH).map(|n| if n / 97 % 2 == 0 { i16::MAX } else { i16::MIN }).collect(),
        ),
        ("clicks".to_owned(), (0..LENGTH).map(|n| if n % 1_117 == 0 { i16::MIN } else { 0 }).collect()),
        // A modem's two tones, whose change is what clears the predictor.
        (
            "keying".to_owned(),
            (0..LENGTH).map(|n| square(n, if n / 80 % 2 == 0 { 2 } else { 4 }, 9_000)).collect(),
        ),
    ];
    for bits in [1, 4, 7, 10, 13, 16] {
        let noise = (0..LENGTH).map(|_| (random.word() as i16) >> (16 - bits)).collect();
        all.push((format!("noise-{bits}"), noise));
    }
    let bursts = (0..LENGTH).map(|n| (random.word() as i16) >> (n / 160 * 7 % 16)).collect();
    all.push(("bursts".to_owned(), bursts));
    all
}

fn anything() -> Vec<(String, Vec<i16>)> {
    let mut all = whole_numbers();
    for (hertz, level) in
        [(20.0, 32_767.0), (697.0, 12_000.0), (1_004.0, 32_767.0), (2_100.0, 8_000.0), (3_900.0, 32_767.0)]
    {
        all.push((format!("{hertz}"), (0..LENGTH).map(|n| wave(n, hertz, level)).collect()));
    }
    let keyed =
        (0..LENGTH).map(|n| wave(n, if n / 27 % 3 == 0 { 1_650.0 } else { 1_850.0 }, 9_000.0)).collect();
    all.push(("fsk".to_owned(), keyed));
    let stepped =
        (0..LENGTH).map(|n| wave(n, 2_100.0, if n / 2_000 % 2 == 0 { 20.0 } else { 30_000.0 })).collect();
    all.push(("steps".to_owned(), stepped));
    all
}

#[test]
fn any_samples_are_coded_to_the_bit_as_libspandsp_does() {
    for rate in RATES {
        for (name, samples) in anything() {
            let receiver = format!("g726-encode-{}", rate.bits() * 8);
            let Some(theirs) = spandsp::run(&receiver, &spandsp::octets(&samples)) else { return };
            let ours = recorded(&format!("ours-{name}-{}.g726", rate.bits()), rate, &samples);
            let wrong = ours.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs);
            assert_eq!((wrong, ours.len()), (None, theirs.len()), "{rate:?} {name}");
        }
    }
}

#[test]
fn any_codes_are_decoded_as_libspandsp_does() {
    let mut random = Rng::new(4);
    let any: Vec<u8> = (0..LENGTH).map(|_| random.word() as u8).collect();
    for rate in RATES {
        let coded = anything().into_iter().map(|(name, samples)| {
            let octets = recorded(&format!("again-{name}-{}.g726", rate.bits()), rate, &samples);
            (name, octets)
        });
        for (name, octets) in coded.chain([("codes".to_owned(), any.clone())]) {
            let octets = &octets[..octets.len() / 20 * 20];
            let receiver = format!("g726-decode-{}", rate.bits() * 8);
            let Some(theirs) = spandsp::run(&receiver, octets) else { return };
            let theirs = theirs.as_chunks().0.iter().map(|octets| i16::from_le_bytes(*octets));
            let ours = decoded(rate, octets);
            assert_eq!(ours.len(), theirs.len(), "{rate:?} {name}");
            // What is louder than 14 bits is held by one and turned over by the other.
            let wrong = ours
                .iter()
                .zip(theirs)
                .position(|(ours, theirs)| *ours != theirs && !matches!(*ours, i16::MIN | i16::MAX));
            assert_eq!(wrong, None, "{rate:?} {name}");
        }
    }
}

/// The sums are of what libspandsp makes too, as the tests above show; but for samples beyond full scale, which are held here.
#[test]
fn samples_of_whole_numbers_have_these_codes_and_codes_these_samples() {
    let mut random = Rng::new(4);
    let any: Vec<u8> = (0..LENGTH).map(|_| random.word() as u8).collect();
    for (rate, coded, samples) in [
        (G726Rate::Kbit16, 675541993, 2587493684),
        (G726Rate::Kbit24, 543544838, 1155926989),
        (G726Rate::Kbit32, 1462402920, 2922689633),
        (G726Rate::Kbit40, 2182978954, 74401692),
    ] {
        let octets = whole_numbers().into_iter().flat_map(|(name, samples)| {
            recorded(&format!("sum-{name}-{}.g726", rate.bits()), rate, &samples)
        });
        let of_samples = decoded(rate, &any).into_iter().flat_map(i16::to_le_bytes);
        assert_eq!((crc_32(octets), crc_32(of_samples)), (coded, samples), "{rate:?}");
    }
}

#[test]
fn each_rate_is_heard_again_and_a_recording_goes_on() {
    let speech: Vec<i16> = (0..40_000)
        .map(|n| {
            let swell = f64::from(wave(n, 1.3, 1.0e4)).abs();
            wave(n, 210.0, swell) / 2 + wave(n, 567.0, swell) / 2
        })
        .collect();
    let frames: Vec<_> = speech.iter().map(|sample| [*sample, 0]).collect();
    for (rate, ending, floor) in [
        (G726Rate::Kbit16, "g726-16", 10.0),
        (G726Rate::Kbit24, "g726-24", 16.0),
        (G726Rate::Kbit32, "g726-32", 22.0),
        (G726Rate::Kbit32, "726", 22.0),
        (G726Rate::Kbit40, "g726-40", 28.0),
    ] {
        let path = fresh(&format!("mail.{ending}"));
        let mut first = writer(&path, rate);
        first.append(&frames[..20_003]);
        assert_eq!(first.finish().frames, 20_003);
        let mut second = writer(&path, rate);
        // Nothing tells that what fills the last eight is none.
        assert_eq!(second.frames(), 20_008);
        second.append(&frames[20_008..]);
        assert!(second.finish().error.is_none());
        assert_eq!(std::fs::metadata(&path).expect("a file").len(), 5_000 * rate.bits() as u64);
        let prompt = Prompt::load(&path).expect("a prompt");
        assert_eq!(prompt.samples().len(), 40_000);
        let (mut power, mut rest) = (0.0, 0.0);
        for (wanted, heard) in speech.iter().zip(prompt.samples()) {
            power += f64::from(*wanted).powi(2);
            rest += (f64::from(*wanted) - f64::from(*heard)).powi(2);
        }
        let snr = 10.0 * f64::log10(power / rest);
        assert!(snr > floor, "{ending}: {snr} dB");
    }
}

#[test]
fn what_is_no_whole_code_at_the_end_is_dropped() {
    let octets = [0x5a, 0xc3, 0x96, 0x0f, 0x71, 0xe2, 0x1b];
    for (rate, samples) in [
        (G726Rate::Kbit16, [4, 8, 12, 16, 20, 24, 28]),
        (G726Rate::Kbit24, [2, 5, 8, 10, 13, 16, 18]),
        (G726Rate::Kbit32, [2, 4, 6, 8, 10, 12, 14]),
        (G726Rate::Kbit40, [1, 3, 4, 6, 8, 9, 11]),
    ] {
        let whole = decoded(rate, &octets);
        for (length, samples) in (1..).zip(samples) {
            assert_eq!(decoded(rate, &octets[..length]), whole[..samples], "{rate:?} {length}");
        }
        let format = RawFormat { encoding: RawEncoding::G726(rate), rate: 8_000 };
        let bits = if rate.bits() % 2 == 0 { 1 } else { rate.bits() };
        assert!((0..20).all(|octets| format.is_whole(octets) == (octets % bits == 0)), "{rate:?}");
        assert_eq!(format.samples_in(usize::MAX), usize::MAX);
    }
}
