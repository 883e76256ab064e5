//! A voice taken to another clock: what is added to it, how many samples there are, and when they come.

mod signal;

use signal::Random;
use std::f64::consts::TAU;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::drift::DriftResampler;

fn resampler(ppm: f64) -> DriftResampler {
    DriftResampler::new(InstructionSet::detect(), ppm)
}

fn sine(hz: f64, peak: f64, samples: usize) -> Vec<i16> {
    (0..samples).map(|n| (peak * (TAU * hz * n as f64 / 8000.0).sin()).round() as i16).collect()
}

/// All that comes of samples, given in pieces.
fn resampled(resampler: &mut DriftResampler, samples: &[i16], piece: usize) -> Vec<i16> {
    let mut put_out = Vec::new();
    for part in samples.chunks(piece) {
        let mut room = vec![0; part.len() + part.len() / 999 + 1];
        let progress = resampler.process(part, &mut room);
        assert_eq!(progress.taken, part.len());
        put_out.extend(&room[..progress.put_out]);
    }
    put_out
}

/// The gain of a sine of this frequency, and how far all else is below it, in dB: by the sine that fits best.
fn fit(samples: &[i16], turns_a_sample: f64, peak: f64) -> (f64, f64) {
    let (mut cc, mut ss, mut cs, mut xc, mut xs, mut xx) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (s, c) = (TAU * turns_a_sample * n as f64).sin_cos();
        let x = f64::from(*sample);
        (cc, ss, cs) = (cc + c * c, ss + s * s, cs + c * s);
        (xc, xs, xx) = (xc + x * c, xs + x * s, xx + x * x);
    }
    let determinant = cc * ss - cs * cs;
    let (a, b) = ((xc * ss - xs * cs) / determinant, (xs * cc - xc * cs) / determinant);
    let fitted = a * xc + b * xs;
    (20.0 * (a.hypot(b) / peak).log10(), 10.0 * (fitted / (xx - fitted).max(1e-9)).log10())
}

#[test]
fn what_is_added_to_a_tone_is_more_than_75_db_down_up_to_3400_hz() {
    for (ppm, least) in
        [(125.0, 75.0), (-125.0, 75.0), (1000.0, 75.0), (-1000.0, 75.0), (3.0, 75.0), (0.0, 85.0)]
    {
        for hz in [50.0, 300.0, 1004.0, 2000.0, 2713.0, 3100.0, 3400.0] {
            let put_out = resampled(&mut resampler(ppm), &sine(hz, 20_000.0, 80_000), 160);
            let turns = hz / 8000.0 / (1.0 + ppm * 1e-6);
            let (gain, below) = fit(&put_out[100..], turns, 20_000.0);
            assert!(below > least, "{hz} Hz at {ppm} ppm: {below} dB");
            assert!(gain.abs() < 0.05, "{hz} Hz at {ppm} ppm: {gain} dB");
        }
    }
}

#[test]
fn as_many_samples_come_as_the_clocks_say() {
    for ppm in [0.0, 1.0, 125.0, -125.0, 999.0, 1000.0, -1000.0] {
        let put_out = resampled(&mut resampler(ppm), &vec![0; 8_000_000], 8);
        let expected = 8_000_000.0 * (1.0 + ppm * 1e-6);
        assert!((put_out.len() as f64 - expected).abs() <= 2.0, "{ppm} ppm: {}", put_out.len());
    }
    // More than that is as much as that.
    for (ppm, count) in [(5000.0, 80_080), (-1e9, 79_920), (f64::NAN, 80_000), (f64::INFINITY, 80_080)] {
        let put_out = resampled(&mut resampler(ppm), &vec![0; 80_000], 80);
        assert!(put_out.len().abs_diff(count) <= 1, "{ppm} ppm: {}", put_out.len());
    }
}

#[test]
fn at_equal_clocks_a_voice_comes_3_ms_late_and_as_it_was() {
    let mut random = Random::new(1);
    let samples: Vec<i16> = (0..8000).map(|_| random.bits() as i16).collect();
    let put_out = resampled(&mut resampler(0.0), &samples, 8);
    assert!(put_out[24..] == samples[..7976]);
    assert!(put_out[..24].iter().all(|sample| *sample == 0));
}

#[test]
fn a_click_comes_3_ms_late_after_any_time() {
    let ppm = 125.0;
    let mut samples = vec![0; 800_000];
    let clicks = [4000, 400_000, 799_000];
    clicks.iter().for_each(|at| samples[*at] = 20_000);
    let put_out = resampled(&mut resampler(ppm), &samples, 8);
    for at in clicks {
        let due = (at as f64 + 24.0) * (1.0 + ppm * 1e-6);
        let around = due as usize - 20..due as usize + 20;
        let loudest = around.max_by_key(|n| put_out[*n]).expect("some");
        assert!((loudest as f64 - due).abs() <= 1.0, "{at}: {loudest}");
    }
}

#[test]
fn the_clock_may_change_on_the_way_without_a_step() {
    let samples = sine(1004.0, 20_000.0, 80_000);
    let mut resampler = resampler(0.0);
    let mut put_out = Vec::new();
    for (n, part) in samples.chunks(8).enumerate() {
        // As a loop would that follows a buffer.
        resampler.set_ppm(900.0 * (n as f64 / 500.0).sin());
        put_out.extend(resampled(&mut resampler, part, 8));
    }
    // A sine is bent as much as its frequency has it: the second difference of one says how much.
    let bend = |n: usize| {
        let [before, now, after] = [n - 1, n, n + 1].map(|n| f64::from(put_out[n]));
        (before + after - 2.0 * now) + now * 2.0 * (1.0 - (TAU * 1004.0 / 8000.0).cos())
    };
    let worst = (100..put_out.len() - 1).map(|n| bend(n).abs()).fold(0.0, f64::max);
    // 0.09 % of the frequency are 0.18 % of the bend, of 12000 at most.
    assert!(worst < 26.0, "{worst}");
}

#[test]
fn where_time_is_cut_changes_nothing_and_little_room_loses_nothing() {
    let mut random = Random::new(2);
    let samples: Vec<i16> = (0..20_000).map(|_| random.bits() as i16).collect();
    for ppm in [1000.0, -1000.0, 125.0] {
        let whole = resampled(&mut resampler(ppm), &samples, 20_000);
        for piece in [1, 7, 8, 95, 96, 97, 160] {
            assert!(resampled(&mut resampler(ppm), &samples, piece) == whole, "{ppm}, {piece}");
        }
        let (mut resampler, mut rest, mut put_out) = (resampler(ppm), &samples[..], Vec::<i16>::new());
        while !rest.is_empty() {
            let mut room = [0; 5];
            let offered = rest.len().min(1 + random.below(300));
            let progress = resampler.process(&rest[..offered], &mut room);
            rest = &rest[progress.taken..];
            put_out.extend(&room[..progress.put_out]);
        }
        // What had been taken already comes without more.
        let mut room = [0; 200];
        let progress = resampler.process(&[], &mut room);
        put_out.extend(&room[..progress.put_out]);
        assert!(put_out == whole, "{ppm}");
    }
}

#[test]
fn all_instruction_sets_agree_on_every_sample() {
    let mut random = Random::new(3);
    let samples: Vec<i16> = (0..80_000).map(|_| random.bits() as i16).collect();
    for ppm in [-1000.0, -0.01, 125.0, 640.0] {
        let baseline = resampled(&mut DriftResampler::new(InstructionSet::BASELINE, ppm), &samples, 8);
        for set in InstructionSet::all() {
            let put_out = resampled(&mut DriftResampler::new(set, ppm), &samples, 8);
            assert!(put_out == baseline, "{set}, {ppm} ppm");
        }
    }
}

#[test]
fn the_worst_samples_there_are_do_not_wrap() {
    // Those of the sign that the weights half way between two samples have, which change it at each step but the middle one.
    for sign in [1, -1] {
        let mut samples = vec![0; 400];
        for n in 0..48_i32 {
            let alternates = if (n - 23).min(24 - n).rem_euclid(2) == 0 { 1 } else { -1 };
            samples[200 + n as usize] = if sign * alternates > 0 { i16::MAX } else { i16::MIN };
        }
        for set in InstructionSet::all() {
            // Half a sample is reached after 500 at 1000 parts per million.
            let mut resampler = DriftResampler::new(set, -1000.0);
            resampled(&mut resampler, &[0; 290], 8);
            let put_out = resampled(&mut resampler, &samples, 8);
            assert_eq!(put_out[247], if sign > 0 { i16::MAX } else { i16::MIN }, "{set}");
        }
    }
}

#[test]
fn nothing_wraps_at_full_scale() {
    let square: Vec<i16> = (0..8000).map(|n| if n / 7 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    let put_out = resampled(&mut resampler(777.0), &square, 8);
    for (n, sample) in put_out[100..].iter().enumerate() {
        let turns = (n + 100) as f64 / 1.000_777 - 24.0;
        let place = turns.rem_euclid(14.0);
        // Away from the edges the sign is that of the square.
        if (2.0..5.0).contains(&(place % 7.0)) {
            assert_eq!(*sample > 0, place < 7.0, "{n}: {sample}");
        }
    }
}
