//! Comfort noise: the octets of RFC 3389, noise that sounds like what was described, and what of a call is sent at all.

mod signal;

use signal::{Band, Random, amplitude, noise};
use std::f64::consts::TAU;
use tandem_dsp::comfort::*;
use tandem_types::Frames;

/// How far below the square wave of full scale, in dB.
fn below_overload(samples: &[i16]) -> f32 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (-10.0 * (sum / samples.len() as f64 / 32_768f64.powi(2)).log10()) as f32
}

/// Noise with a slope: each sample is part of the one before.
fn sloped(part: f32, dbm0: f32, frames: usize, random: &mut Random) -> Vec<i16> {
    let size = amplitude(dbm0) / 2f32.sqrt() * (1.0 - part * part).sqrt();
    let mut last = 0.0;
    let mut next = || {
        last = part * last + size * random.gauss();
        last.round() as i16
    };
    (0..frames).map(|_| next()).collect()
}

/// The power of each 500 Hz, in dB: from spectra of 32 ms.
fn bands(samples: &[i16]) -> [f32; 8] {
    let mut powers = [0.0; 8];
    for window in samples.chunks_exact(256) {
        for bin in 1..128 {
            let (mut re, mut im) = (0.0, 0.0);
            for (n, sample) in window.iter().enumerate() {
                let weight = 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / 256.0).cos();
                let angle = TAU * (bin * n) as f64 / 256.0;
                re += weight * f64::from(*sample) * angle.cos();
                im += weight * f64::from(*sample) * angle.sin();
            }
            powers[bin / 16] += re * re + im * im;
        }
    }
    powers.map(|power| (10.0 * power.log10()) as f32)
}

fn described(samples: &[i16], coefficients: usize) -> Description {
    let mut analyser = Analyser::new();
    analyser.hear(samples);
    analyser.describe(coefficients).expect("enough was heard")
}

fn made(description: &Description, frames: usize) -> Vec<i16> {
    let mut generator = NoiseGenerator::new(7);
    generator.begin(description, 0);
    let mut samples = vec![0; frames];
    generator.fill(&mut samples);
    samples
}

#[test]
fn a_payload_is_a_level_and_an_octet_for_each_coefficient() {
    let noise = Description::parse(&[56, 0, 127, 254, 1]).expect("a payload");
    assert_eq!(noise.below_overload_db(), 56);
    let reflections: Vec<f32> = noise.reflections().collect();
    let expected = [-0.999_938_96, 0.0, 0.999_938_96, -0.992_065_4];
    assert!(reflections.iter().zip(expected).all(|(own, right)| (own - right).abs() < 1e-6));
    assert_eq!(reflections.len(), 4);
    assert_eq!(noise.octets(), [56, 0, 127, 254, 1]);
    // The level alone is enough; its highest bit does not count.
    let level = Description::parse(&[0x80 | 70]).expect("a payload");
    assert_eq!((level.below_overload_db(), level.octets()), (70, &[70][..]));
    assert_eq!(Description::parse(&[]), Err(PayloadError::Empty));
    // The reserved index, and what is behind it, are left out; so is what is behind the twelfth.
    assert_eq!(Description::parse(&[40, 9, 255, 9]).expect("a payload").octets(), [40, 9]);
    assert_eq!(Description::parse(&[40; 1400]).expect("a payload").octets(), [40; 13]);
}

#[test]
fn what_is_described_is_written_in_the_nearest_octets() {
    let octets = |level: f32, reflections: &[f32]| Description::new(level, reflections).octets().to_vec();
    assert_eq!(octets(56.4, &[]), [56]);
    assert_eq!(octets(56.6, &[0.0, 0.5, -0.5]), [57, 127, 191, 63]);
    assert_eq!(octets(-3.0, &[1.0, -1.0, 7.0, -7.0]), [0, 254, 0, 254, 0]);
    assert_eq!(octets(400.0, &[f32::NAN; 20]), [127; 13]);
    assert_eq!(octets(f32::NAN, &[]), [127]);
    // What is read and written again is the same, for every octet there is.
    for index in 0..=254 {
        let noise = Description::parse(&[index & 127, index]).expect("a payload");
        let again: Vec<f32> = noise.reflections().collect();
        assert_eq!(Description::new(f32::from(noise.below_overload_db()), &again), noise);
    }
}

#[test]
fn the_level_of_a_noise_is_described_within_a_db_below_overload() {
    let mut random = Random::new(1);
    // A sine of full scale has +3.14 dBm0 and is 3 dB below overload, so that 0 dBov are 6.15 dBm0.
    for dbm0 in [-70.0, -60.0, -50.5, -40.0, -30.2, -15.0] {
        let level = described(&noise(Band::White, dbm0, 4000, &mut random), 0).below_overload_db();
        assert!((f32::from(level) - (6.15 - dbm0)).abs() < 1.0, "{dbm0} dBm0: {level}");
    }
    assert_eq!(described(&[0; 800], 10).octets(), [&[127][..], &[127; 10]].concat());
    // Direct current, as idle octets of A-law have it, is no noise.
    assert_eq!(described(&[8; 800], 0).octets(), [127]);
    let full: Vec<i16> = (0..800).map(|n| if n % 2 == 0 { 32_767 } else { -32_768 }).collect();
    assert_eq!(described(&full, 0).octets(), [0]);
}

#[test]
fn white_noise_has_no_reflections_and_a_slope_has_a_first_one() {
    let mut random = Random::new(2);
    let reflections = |samples: &[i16]| described(samples, 6).reflections().collect::<Vec<_>>();
    let white = reflections(&noise(Band::White, -45.0, 4000, &mut random));
    assert!(white.iter().all(|reflection| reflection.abs() < 0.12), "{white:?}");
    for part in [0.9, 0.6, -0.7] {
        let own = reflections(&sloped(part, -45.0, 4000, &mut random));
        assert!((own[0] + part).abs() < 0.08, "{part}: {own:?}");
        assert!(own[1..].iter().all(|reflection| reflection.abs() < 0.15), "{part}: {own:?}");
    }
}

#[test]
fn noise_that_is_made_has_the_level_and_the_spectrum_of_what_was_heard() {
    let mut random = Random::new(3);
    for (name, heard) in [
        ("white", noise(Band::White, -40.0, 16_000, &mut random)),
        ("telephone", noise(Band::Telephone, -45.0, 16_000, &mut random)),
        ("deep", sloped(0.9, -42.0, 16_000, &mut random)),
        ("high", sloped(-0.8, -35.0, 16_000, &mut random)),
    ] {
        let noise = made(&described(&heard, 10), 16_000);
        let (before, after) = (below_overload(&heard), below_overload(&noise));
        assert!((before - after).abs() < 1.0, "{name}: {before} and {after}");
        let (before, after) = (bands(&heard), bands(&noise));
        let loudest = before.iter().fold(f32::MIN, |most, band| most.max(*band));
        for (n, (before, after)) in before.iter().zip(after).enumerate() {
            // What nobody hears beside the rest need not be right.
            let near = (before - after).abs() < 2.5 || (*before).max(after) < loudest - 20.0;
            assert!(near, "{name}, from {} Hz on: {before} and {after}", n * 500);
        }
    }
}

#[test]
fn a_level_without_a_spectrum_is_white_and_of_that_level() {
    for level in [20_u8, 45, 60, 75] {
        let noise = made(&Description::parse(&[level]).expect("a payload"), 16_000);
        assert!((below_overload(&noise) - f32::from(level)).abs() < 0.3, "{level}");
        let bands = bands(&noise);
        let mean = bands.iter().sum::<f32>() / 8.0;
        assert!(bands.iter().all(|band| (band - mean).abs() < 1.0), "{level}: {bands:?}");
    }
    assert!(made(&Description::parse(&[127]).expect("a payload"), 800).iter().all(|sample| *sample == 0));
}

#[test]
fn noise_changes_within_20_ms_and_without_a_step() {
    let loud = Description::parse(&[40, 20]).expect("a payload");
    let soft = Description::parse(&[60, 200, 127, 150]).expect("a payload");
    let steepest = |samples: &[i16]| {
        samples.windows(2).map(|two| i32::from(two[0]).abs_diff(i32::from(two[1]))).max().expect("samples")
    };
    let most = steepest(&made(&loud, 8000)).max(steepest(&made(&soft, 8000)));
    for (from, to) in [(&loud, &soft), (&soft, &loud)] {
        let mut generator = NoiseGenerator::new(1);
        generator.begin(from, 0);
        let mut samples = vec![0; 16_000];
        let (before, after) = samples.split_at_mut(8000);
        generator.fill(before);
        generator.change(to);
        generator.fill(after);
        assert!(
            steepest(&samples[7900..8300]) <= most * 6 / 5,
            "{} and {most}",
            steepest(&samples[7900..8300])
        );
        let settled = below_overload(&samples[8160..]);
        assert!((settled - f32::from(to.below_overload_db())).abs() < 1.0, "{settled}");
        // Half way it is neither.
        let between = below_overload(&samples[8040..8120]);
        assert!((42.0..58.0).contains(&between), "{between}");
    }
}

#[test]
fn between_voice_and_noise_there_is_no_click() {
    let noise = Description::parse(&[65]).expect("a payload");
    let mut generator = NoiseGenerator::new(1);
    // A voice that breaks off at 12000.
    generator.begin(&noise, 12_000);
    let mut samples = [0; 160];
    generator.fill(&mut samples);
    assert!((11_500..12_100).contains(&samples[0]), "{}", samples[0]);
    assert!(samples.windows(2).all(|two| i32::from(two[0]).abs_diff(i32::from(two[1])) < 500));
    assert!(samples[32..].iter().all(|sample| sample.unsigned_abs() < 100));
    // One that begins there.
    let mut voice = [12_000; 160];
    generator.end(&mut voice);
    assert!(voice[0] < 500 && voice[32..] == [12_000; 128]);
    assert!(voice.windows(2).all(|two| i32::from(two[0]).abs_diff(i32::from(two[1])) < 500));
}

#[test]
fn where_time_is_cut_changes_nothing() {
    let mut random = Random::new(4);
    let heard = sloped(0.7, -45.0, 8000, &mut random);
    let whole = described(&heard, 10);
    let soft = Description::parse(&[70]).expect("a payload");
    let run = |cut: usize| {
        let mut analyser = Analyser::new();
        heard.chunks(cut).for_each(|part| analyser.hear(part));
        assert_eq!(analyser.describe(10), Some(whole), "{cut}");
        let mut generator = NoiseGenerator::new(5);
        generator.begin(&whole, 99);
        let mut samples = [0; 4000];
        samples[..2003].chunks_mut(cut).for_each(|part| generator.fill(part));
        generator.change(&soft);
        samples[2003..].chunks_mut(cut).for_each(|part| generator.fill(part));
        samples
    };
    let expected = run(4000);
    for cut in [1, 7, 8, 80, 81, 160] {
        assert!(run(cut) == expected, "{cut}");
    }
}

#[test]
fn any_description_makes_noise_that_is_bounded_and_goes_on() {
    let mut random = Random::new(6);
    for _ in 0..200 {
        let payload: Vec<u8> = (0..1 + random.below(14)).map(|_| random.bits() as u8).collect();
        let noise = Description::parse(&payload).expect("a payload");
        let samples = made(&noise, 8000);
        let level = below_overload(&samples);
        // Long ringing near the edge makes a second's level differ from that of ever; what is too soft rounds to nothing.
        let told = f32::from(noise.below_overload_db());
        assert!(told > 80.0 || level > told - 6.0, "{payload:?}: {level}");
        assert!(told > 80.0 || samples[4000..].iter().any(|sample| *sample != 0), "{payload:?}");
    }
}

/// Words of 700 ms with pauses of 1.3 s, in soft noise: a call in which one listens more than talks.
fn call(seconds: usize, random: &mut Random) -> Vec<i16> {
    let mut samples = sloped(0.8, -55.0, seconds * 8000, random);
    for word in samples.chunks_mut(16_000) {
        for (n, sample) in word.iter_mut().take(5600).enumerate() {
            let syllable = 0.55 - 0.45 * (TAU * n as f64 / 1400.0).cos();
            let voice: f64 = (1..12).map(|k| (TAU * f64::from(k * 140) * n as f64 / 8000.0).sin()).sum();
            *sample = sample.saturating_add((1200.0 * syllable * voice) as i16);
        }
    }
    samples
}

#[test]
fn a_voice_is_sent_from_its_beginning_on_and_of_pauses_little() {
    let samples = call(20, &mut Random::new(8));
    let mut suppressor = SilenceSuppressor::new(SuppressorOptions::default());
    assert_eq!(suppressor.delay(), Frames::from_ms(40));
    let (mut sent, mut put_out) = (Vec::new(), Vec::new());
    for frame in samples.as_chunks::<FRAME>().0 {
        let mut frame = *frame;
        sent.push(suppressor.process(&mut frame));
        put_out.extend(frame);
    }
    // All comes 40 ms late and as it was.
    assert_eq!(put_out[320..], samples[..samples.len() - 320]);
    for second in (2..20).step_by(2) {
        let first = second * 100 + 4;
        let word = &sent[first..first + 70];
        assert!(word.iter().all(|sending| *sending == Sending::Voice), "the word at {second} s");
        // The hangover is over after 20 frames more.
        let pause = &sent[first + 92..first + 196];
        assert!(!pause.contains(&Sending::Voice), "the pause at {second} s");
        let told: Vec<_> = pause.iter().filter(|sending| matches!(sending, Sending::Noise(_))).collect();
        assert!((1..=6).contains(&told.len()), "{} descriptions", told.len());
        for sending in told {
            let Sending::Noise(noise) = sending else { unreachable!() };
            let level = f32::from(noise.below_overload_db());
            assert!((level - 61.15).abs() < 2.5, "{level}");
            let first = noise.reflections().next().expect("ten coefficients");
            assert!((first + 0.8).abs() < 0.15, "{first}");
        }
    }
}

#[test]
fn the_first_description_is_of_what_was_heard_and_of_nothing_before_it() {
    let samples = noise(Band::White, -50.0, 1600, &mut Random::new(10));
    let mut suppressor = SilenceSuppressor::new(SuppressorOptions::default());
    let sent: Vec<Sending> =
        samples.as_chunks::<FRAME>().0.iter().map(|frame| suppressor.process(&mut frame.clone())).collect();
    // For 40 ms nothing is due, and after 50 of what was heard the noise is known.
    assert_eq!(sent[..8], [[Sending::Nothing; 4], [Sending::Voice; 4]].concat());
    let Sending::Noise(noise) = sent[8] else { panic!("{:?}", sent[8]) };
    assert!((f32::from(noise.below_overload_db()) - 56.15).abs() < 2.0, "{}", noise.below_overload_db());
}

#[test]
fn steady_noise_is_described_once_a_second_and_at_once_when_it_changes() {
    let mut random = Random::new(9);
    let mut samples = noise(Band::White, -55.0, 40_000, &mut random);
    samples.extend(noise(Band::White, -47.0, 8000, &mut random));
    let mut suppressor = SilenceSuppressor::new(SuppressorOptions { coefficients: 0, ..Default::default() });
    let sent: Vec<Sending> =
        samples.as_chunks::<FRAME>().0.iter().map(|frame| suppressor.process(&mut frame.clone())).collect();
    // Voice until the noise is known; that it may be a voice at first is told by the detector.
    let told: Vec<usize> = (0..sent.len()).filter(|n| matches!(sent[*n], Sending::Noise(_))).collect();
    let steady: Vec<&usize> = told.iter().filter(|n| **n > 100 && **n < 500).collect();
    assert!((4..=6).contains(&steady.len()), "{told:?}");
    // 100 ms are the least between two.
    assert!(told.windows(2).all(|two| two[1] - two[0] >= 10), "{told:?}");
    let changed = told.iter().find(|n| **n >= 504).expect("a change");
    assert!(*changed < 520, "{told:?}");
    let Sending::Noise(last) = sent[*told.last().expect("some")] else { unreachable!() };
    assert!((f32::from(last.below_overload_db()) - 53.15).abs() < 1.5);
    assert!(!sent[20..].contains(&Sending::Voice));
}
