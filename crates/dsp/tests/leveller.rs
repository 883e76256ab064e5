//! Talkers of any loudness brought to one, and what is no talker left alone.

mod signal;

use signal::{Band, Random, amplitude, noise};
use std::f32::consts::TAU;
use tandem_dsp::level::Level;
use tandem_dsp::leveller::{LevelOptions, Leveller};
use tandem_types::Law;

const PLAIN: LevelOptions = LevelOptions { gain_db: 0.0, target_dbm0: None, gate_dbm0: None };
const FOLLOWS: LevelOptions = LevelOptions { target_dbm0: Some(-18.0), ..PLAIN };

/// Words of a second, each of syllables of 180 ms, with half a second between them; this loud while they last.
fn talk(seconds: usize, dbm0: f32, random: &mut Random) -> Vec<i16> {
    let mut phase = 0.0;
    let mut pitch = 120.0;
    let mut samples: Vec<f32> = (0..seconds * 8000)
        .map(|n| {
            let place = n % 12_000;
            if place % 1440 == 0 {
                pitch = 90.0 + 120.0 * random.unit();
            }
            phase = (phase + pitch / 8000.0_f32).fract();
            let syllable = 0.5 - 0.5 * (TAU * place as f32 / 1440.0).cos();
            let voice: f32 = (1..=12_u8).map(|k| (phase * TAU * f32::from(k)).cos() / f32::from(k)).sum();
            if place < 8640 { syllable * voice } else { 0.0 }
        })
        .collect();
    let spoken: Vec<f32> =
        samples.chunks(12_000).flat_map(|word| word[..word.len().min(8640)].to_vec()).collect();
    let power: f32 = spoken.iter().map(|x| x * x).sum::<f32>() / spoken.len() as f32;
    let factor = amplitude(dbm0) / (2.0 * power).sqrt();
    samples.iter_mut().for_each(|sample| *sample *= factor);
    samples.iter().map(|x| x.clamp(-32768.0, 32767.0) as i16).collect()
}

fn sine(hz: f32, dbm0: f32, samples: usize) -> Vec<i16> {
    (0..samples).map(|n| (amplitude(dbm0) * (TAU * hz * n as f32 / 8000.0).sin()).round() as i16).collect()
}

fn levelled(options: LevelOptions, samples: &[i16]) -> Vec<i16> {
    let mut out = samples.to_vec();
    Leveller::new(options).process(&mut out);
    out
}

/// The level of what is spoken in the words from a second on, in dBm0.
fn spoken(samples: &[i16], from: usize) -> f32 {
    let words: Vec<i16> =
        (from * 8000..samples.len()).filter(|n| n % 12_000 < 8640).map(|n| samples[n]).collect();
    Level::of(&words).dbm0(Law::A)
}

#[test]
fn talkers_of_any_loudness_come_to_one() {
    let mut random = Random::new(1);
    for dbm0 in [-40.0, -35.0, -30.0, -24.0, -18.0, -12.0, -8.0] {
        let samples = talk(18, dbm0, &mut random);
        let before = spoken(&samples, 12);
        assert!((before - dbm0).abs() < 1.5, "{before}");
        let after = spoken(&levelled(FOLLOWS, &samples), 12);
        assert!((after + 18.0).abs() < 2.0, "{dbm0} dBm0 became {after}");
    }
    // One who is 35 dB too soft is made 24 dB louder and no more.
    let after = spoken(&levelled(FOLLOWS, &talk(30, -45.0, &mut random)), 24);
    assert!((after + 21.0).abs() < 2.0, "{after}");
}

#[test]
fn one_who_is_too_loud_is_softened_within_a_word_and_one_who_is_too_soft_takes_seconds() {
    let mut random = Random::new(2);
    let gain_after = |dbm0, ms: usize, random: &mut Random| {
        let mut leveller = Leveller::new(FOLLOWS);
        leveller.process(&mut talk(15, dbm0, random)[..ms * 8]);
        leveller.gain_db()
    };
    let loud = gain_after(-6.0, 900, &mut random);
    assert!((-14.0..-9.0).contains(&loud), "{loud}");
    let sooner = gain_after(-12.0, 300, &mut random);
    assert!((-8.0..-4.0).contains(&sooner), "{sooner}");
    let soft = gain_after(-36.0, 900, &mut random);
    assert!((2.0..6.0).contains(&soft), "{soft}");
    let later = gain_after(-36.0, 6_000, &mut random);
    assert!((15.0..20.0).contains(&later), "{later}");
    // Another talker on the same channel is judged by what is heard now.
    let mut leveller = Leveller::new(FOLLOWS);
    leveller.process(&mut talk(20, -14.0, &mut random));
    leveller.process(&mut talk(6, -34.0, &mut random));
    assert!((7.0..19.0).contains(&leveller.gain_db()), "{}", leveller.gain_db());
}

#[test]
fn noise_tones_and_silence_are_not_made_louder() {
    let mut random = Random::new(3);
    for samples in [
        noise(Band::White, -45.0, 80_000, &mut random),
        noise(Band::Telephone, -35.0, 80_000, &mut random),
        sine(1000.0, -30.0, 80_000),
        vec![0; 80_000],
        vec![8; 80_000],
    ] {
        let mut leveller = Leveller::new(FOLLOWS);
        leveller.process(&mut samples.clone());
        // What comes before noise is known to be noise may be taken for a voice.
        assert!(leveller.gain_db() < 2.5, "{}", leveller.gain_db());
    }
    // Between words of a soft talker the gain stays where it is.
    let mut leveller = Leveller::new(FOLLOWS);
    leveller.process(&mut talk(12, -30.0, &mut random));
    let before = leveller.gain_db();
    leveller.process(&mut noise(Band::Telephone, -60.0, 80_000, &mut random));
    assert!((leveller.gain_db() - before).abs() < 0.5 && before > 8.0, "{before} and {}", leveller.gain_db());
}

#[test]
fn a_fixed_gain_is_exact_and_nothing_wraps() {
    let samples: Vec<i16> = (0..8000).map(|n| ((n * 37) % 20_000) as i16 - 10_000).collect();
    assert_eq!(levelled(PLAIN, &samples), samples);
    for (gain_db, factor) in [(6.0206_f32, 2.0_f32), (-6.0206, 0.5), (-20.0, 0.1)] {
        let out = levelled(LevelOptions { gain_db, ..PLAIN }, &samples);
        let off = |(out, sample): (&i16, &i16)| (f32::from(*out) - f32::from(*sample) * factor).abs();
        let worst = out.iter().zip(&samples).map(off).fold(0.0, f32::max);
        assert!(worst <= 3.0, "{gain_db} dB: off by {worst}");
    }
    for options in [LevelOptions { gain_db: 18.0, ..PLAIN }, LevelOptions { gain_db: 18.0, ..FOLLOWS }] {
        for extreme in [i16::MIN, i16::MAX] {
            let out = levelled(options, &[extreme; 4000]);
            assert!(out.iter().all(|sample| i32::from(*sample).signum() == i32::from(extreme).signum()));
        }
    }
}

#[test]
fn a_talker_who_begins_loud_after_a_soft_one_is_clipped_for_a_moment_at_most() {
    let mut random = Random::new(4);
    let mut leveller = Leveller::new(FOLLOWS);
    leveller.process(&mut talk(12, -40.0, &mut random));
    assert!(leveller.gain_db() > 18.0);
    let mut loud = talk(1, -10.0, &mut random);
    leveller.process(&mut loud);
    let clipped: Vec<usize> = (0..loud.len()).filter(|n| loud[*n].unsigned_abs() >= 32_767).collect();
    assert!(clipped.iter().all(|n| n - clipped[0] < 4 * 80), "{clipped:?}");
}

#[test]
fn the_gate_closes_over_what_is_too_soft_and_opens_at_once() {
    let gate = LevelOptions { gate_dbm0: Some(-45.0), ..PLAIN };
    let mut random = Random::new(5);
    let soft = noise(Band::Telephone, -52.0, 16_000, &mut random);
    let out = levelled(gate, &soft);
    let fallen = Level::of(&soft[4000..]).dbm0(Law::A) - Level::of(&out[4000..]).dbm0(Law::A);
    assert!((fallen - 20.0).abs() < 1.0, "{fallen}");
    let mut samples = sine(800.0, -20.0, 4000);
    samples.extend(sine(800.0, -52.0, 8000));
    samples.extend(sine(800.0, -20.0, 4000));
    let out = levelled(gate, &samples);
    let gain = |from: usize| {
        Level::of(&out[from..from + 80]).dbm0(Law::A) - Level::of(&samples[from..from + 80]).dbm0(Law::A)
    };
    // It opens in the hop behind the first loud one, stays open for 300 ms, and is closed then.
    for (from, least, most) in
        [(160, -0.1, 0.1), (4000, -0.3, 0.3), (6_160, -0.5, 0.5), (6_720, -21.5, -19.0), (12_160, -0.1, 0.1)]
    {
        assert!((least..=most).contains(&gain(from)), "{} at {from}", gain(from));
    }
}

#[test]
fn what_comes_out_does_not_depend_on_how_time_is_cut() {
    let options = LevelOptions { gain_db: 3.0, target_dbm0: Some(-20.0), gate_dbm0: Some(-50.0) };
    let samples = talk(4, -30.0, &mut Random::new(6));
    let whole = levelled(options, &samples);
    for cut in [1, 8, 40, 77, 160] {
        let mut leveller = Leveller::new(options);
        let mut out = samples.clone();
        out.chunks_mut(cut).for_each(|block| leveller.process(block));
        assert!(out == whole, "blocks of {cut}");
    }
}

#[test]
fn options_that_make_no_sense_change_nothing() {
    let samples = talk(1, -30.0, &mut Random::new(7));
    for options in [
        LevelOptions { gain_db: 18.1, ..PLAIN },
        LevelOptions { gain_db: f32::NAN, ..PLAIN },
        LevelOptions { target_dbm0: Some(-5.9), ..PLAIN },
        LevelOptions { target_dbm0: Some(f32::NEG_INFINITY), ..PLAIN },
        LevelOptions { gate_dbm0: Some(-19.0), ..PLAIN },
    ] {
        assert!(!options.are_sound());
        assert_eq!(levelled(options, &samples), samples);
    }
}

#[test]
fn fixed_gain_and_own_together_stay_within_what_can_be_multiplied() {
    for (gain_db, target) in [(18.0, -6.0), (12.0, -12.0), (6.0, -15.0), (0.0, -6.0), (-40.0, -6.0)] {
        let mut leveller =
            Leveller::new(LevelOptions { gain_db, target_dbm0: Some(target), gate_dbm0: None });
        leveller.process(&mut talk(30, -47.0, &mut Random::new(8)));
        assert!(leveller.gain_db() <= 24.1, "{}", leveller.gain_db());
        let mut square: Vec<i16> =
            (0..4000).map(|n| if n / 20 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let before = square.clone();
        leveller.process(&mut square);
        let turned =
            square.iter().zip(&before).filter(|(now, was)| (**now ^ **was) < 0 && **now != 0).count();
        assert_eq!(turned, 0, "gain {gain_db}, target {target}");
    }
}
