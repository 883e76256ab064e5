//! Voices played faster and slower: how long they last, and that their pitch, level and smoothness stay.

use tandem_dsp::stretch::{HOP, Speed, Stretcher};
use tandem_testkit::Rng;

/// A voice: the harmonics of a pitch in Hz, weaker the higher, whose pitch goes up by so many Hz a second.
fn voice(hz: f64, rise: f64, samples: usize) -> Vec<i16> {
    let mut angle = 0.0;
    let sample = |n| {
        angle += (hz + rise * n as f64 / 8000.0) / 8000.0 * std::f64::consts::TAU;
        (1..=8).map(|k| 4000.0 / f64::from(k) * (f64::from(k) * angle + f64::from(k * k)).sin()).sum::<f64>()
            as i16
    };
    (0..samples).map(sample).collect()
}

fn speed(percent: u32) -> Speed {
    Speed::percent(percent).expect("a speed")
}

/// The whole of a voice at this speed.
fn played(voice: &[i16], percent: u32, start: u64) -> Vec<i16> {
    let read = |place: u64, to: &mut [i16]| {
        let rest = voice.get(place as usize..).unwrap_or_default();
        let length = rest.len().min(to.len());
        to[..length].copy_from_slice(&rest[..length]);
        to[length..].fill(0);
    };
    let length = speed(percent).put_out(voice.len() as u64 - start) as usize;
    let mut stretcher = Stretcher::new(speed(percent), start);
    let mut out: Vec<i16> = (0..length.div_ceil(HOP)).flat_map(|_| stretcher.put_out(read)).collect();
    out.truncate(length);
    out
}

/// Power at a frequency and its harmonics, as a part of the whole.
fn harmonic(samples: &[i16], hz: f64) -> f64 {
    let all: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let at = |hz: f64| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let angle = n as f64 / 8000.0 * hz * std::f64::consts::TAU;
            re += f64::from(*sample) * angle.cos();
            im += f64::from(*sample) * angle.sin();
        }
        2.0 * (re * re + im * im) / samples.len() as f64
    };
    (1..=8).map(|k| at(f64::from(k) * hz)).sum::<f64>() / all
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64
}

#[test]
fn speeds_are_from_half_to_twice() {
    for percent in [0, 49, 201, u32::MAX] {
        assert_eq!(Speed::percent(percent), None);
    }
    for percent in [50, 100, 200] {
        assert!(Speed::percent(percent).is_some());
    }
    assert_eq!(
        (speed(50).put_out(8000), speed(200).put_out(8000), speed(150).put_out(8000)),
        (16_000, 4000, 5334)
    );
    assert_eq!((speed(50).of_voice(8000), speed(200).of_voice(8000)), (4000, 16_000));
}

#[test]
fn at_its_own_speed_every_sample_is_as_it_was_from_wherever_it_begins() {
    let mut rng = Rng::new(1);
    let noise: Vec<i16> = (0..5000).map(|_| (rng.word() >> 48) as i16).collect();
    assert_eq!(played(&noise, 100, 0), noise);
    assert_eq!(played(&noise, 100, 777), noise[777..]);
}

#[test]
fn the_pitch_and_level_of_a_steady_voice_stay_at_every_speed() {
    for hz in [80.0, 123.0, 200.0, 310.0] {
        let voice = voice(hz, 0.0, 24_000);
        for percent in [50, 67, 80, 91, 110, 125, 150, 175, 200] {
            let out = played(&voice, percent, 0);
            assert_eq!(out.len(), (24_000 * 100_usize).div_ceil(percent as usize));
            // In windows of 200 ms: over longer ones a pitch that is off by half a hertz would count.
            let windows = out[400..10_000].chunks(1600);
            let part = windows.map(|window| harmonic(window, hz)).fold(1.0, f64::min);
            assert!(part > 0.9, "{hz} Hz at {percent} %: {part:.3} of the power is at the pitch");
            let level = 10.0 * (power(&out[400..8400]) / power(&voice)).log10();
            assert!(level.abs() < 0.5, "{hz} Hz at {percent} %: {level:.2} dB louder");
        }
    }
}

#[test]
fn what_comes_when_is_as_the_speed_says() {
    // The pitch tells the place: it rises from 100 to 300 Hz over four seconds.
    let voice = voice(100.0, 50.0, 32_000);
    for percent in [50, 75, 150, 200] {
        let out = played(&voice, percent, 0);
        for second in [0.5, 1.0, 2.0, 3.0] {
            let place = (second * 8000.0 * 100.0 / f64::from(percent)) as usize;
            let window = &out[place..place + 400];
            let hz = 100.0 + 50.0 * (second + 0.025 * f64::from(percent) / 100.0);
            let best = (-20..=20)
                .map(|off| hz + f64::from(off))
                .max_by(|a, b| harmonic(window, *a).total_cmp(&harmonic(window, *b)))
                .expect("a pitch");
            assert!((best - hz).abs() <= 6.0, "{percent} % at {second} s: {best} Hz for {hz}");
        }
    }
}

#[test]
fn nothing_clicks_that_did_not_before() {
    let voice = voice(150.0, 20.0, 24_000);
    let steepest = |samples: &[i16]| {
        samples.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().expect("samples")
    };
    let before = steepest(&voice);
    for percent in [50, 90, 130, 200] {
        let after = steepest(&played(&voice, percent, 0)[..10_000]);
        assert!(after <= before * 11 / 10, "{percent} %: {after} after {before}");
    }
}

#[test]
fn full_scale_and_silence_stay_what_they_are() {
    for (sample, percent) in [(i16::MIN, 50), (i16::MAX, 200), (0, 73)] {
        let out = played(&[sample; 4000], percent, 0);
        let whole = out.len() - 2 * HOP;
        assert!(out[..whole].iter().all(|it| *it == sample), "{sample} at {percent} %");
    }
    // Squares of full scale: nothing is louder than it was.
    let square: Vec<i16> = (0..8000).map(|n| if n / 20 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    assert_eq!(played(&square, 160, 0).len(), 5000);
}
