//! Prompts of any rate and number of channels.
use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use tandem_files::{Prompt, PromptError};

/// A file with a sine of `hertz` at half of full scale in each channel.
fn tone(name: &str, rate: u32, channels: u16, hertz: f64, frames: u32) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let Ok(mut writer) = hound::WavWriter::create(&path, spec) else { panic!("no file {path:?}") };
    for n in 0..frames {
        let sample = (TAU * hertz * f64::from(n) / f64::from(rate)).sin() * 16_384.0;
        for _ in 0..channels {
            assert!(writer.write_sample(sample as i16).is_ok());
        }
    }
    assert!(writer.finalize().is_ok());
    path
}

fn load(path: &Path) -> Prompt {
    match Prompt::load(path) {
        Ok(prompt) => prompt,
        Err(error) => panic!("{error}"),
    }
}

fn rms(samples: &[i16]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (power / samples.len() as f64).sqrt()
}

#[test]
fn an_8_khz_prompt_is_taken_sample_by_sample() {
    let prompt = load(&tone("8k.wav", 8_000, 1, 1_000.0, 800));
    assert_eq!(prompt.samples().len(), 800);
    assert_eq!(prompt.samples()[..4], [0, 11_585, 16_384, 11_585]);
}

#[test]
fn a_tone_keeps_length_level_and_place_at_every_usual_rate() {
    for rate in [6_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 44_101] {
        let prompt = load(&tone(&format!("tone-{rate}.wav"), rate, 1, 440.0, rate));
        let samples = prompt.samples();
        assert!(samples.len().abs_diff(8_000) <= 1, "{rate}: {}", samples.len());
        let (amplitude, delay, rest_db) = fit(&samples[1_000..7_000], 440.0, 1_000);
        assert!((20.0 * (amplitude / 16_384.0).log10()).abs() < 0.05, "{rate}: {amplitude}");
        assert!(delay.abs() < 1.0, "{rate}: {delay} samples late");
        assert!(rest_db < -60.0, "{rate}: everything else is {rest_db} dB");
    }
}

/// The sine of `hertz` in these samples, which begin with number `first`: amplitude, delay in samples, and
/// the level of what is left without it.
fn fit(samples: &[i16], hertz: f64, first: u32) -> (f64, f64, f64) {
    let step = TAU * hertz / 8_000.0;
    let numbered = || samples.iter().map(|s| f64::from(*s)).zip((first..).map(|n| f64::from(n) * step));
    let scale = 2.0 / samples.len() as f64;
    let in_phase: f64 = numbered().map(|(sample, angle)| sample * angle.sin()).sum::<f64>() * scale;
    let quadrature: f64 = numbered().map(|(sample, angle)| sample * angle.cos()).sum::<f64>() * scale;
    let rest: f64 =
        numbered().map(|(s, a)| (s - in_phase * a.sin() - quadrature * a.cos()).powi(2)).sum::<f64>() * scale;
    let amplitude = in_phase.hypot(quadrature);
    (amplitude, -quadrature.atan2(in_phase) / step, 10.0 * (rest / amplitude.powi(2)).log10())
}

#[test]
fn what_is_above_4_khz_is_not_folded_down() {
    let prompt = load(&tone("high.wav", 48_000, 1, 6_000.0, 48_000));
    assert!(rms(&prompt.samples()[500..7_500]) < 10.0);
}

#[test]
fn channels_are_averaged() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stereo.wav");
    let mut octets = b"RIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
    octets.extend(8_000_u32.to_le_bytes());
    octets.extend(32_000_u32.to_le_bytes());
    octets.extend(b"\x04\0\x10\0data\x08\0\0\0");
    octets.extend([1_000_i16, 3_000, -32_768, -32_768].iter().flat_map(|s| s.to_le_bytes()));
    assert!(std::fs::write(&path, octets).is_ok());
    assert_eq!(load(&path).samples(), [2_000, -32_768]);
}

#[test]
fn an_impossible_rate_is_refused_by_its_number() {
    let refused = Prompt::load(&tone("slow.wav", 3_999, 1, 100.0, 100));
    assert!(matches!(refused, Err(PromptError::Rate(3_999))));
    assert!(matches!(Prompt::load(Path::new("/no/such/file.wav")), Err(PromptError::Read(_))));
}

#[test]
fn an_empty_file_is_an_empty_prompt() {
    assert_eq!(load(&tone("none.wav", 16_000, 1, 1.0, 0)).samples(), []);
}
