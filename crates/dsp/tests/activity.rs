//! Voice activity: talk spurts in noise, what is no speech, and times to the frame.

mod signal;

use signal::{Band, Random, amplitude, noise, steady};
use std::f32::consts::TAU;
use tandem_dsp::activity::*;
use tandem_types::{FrameTime, Frames};

fn listen(detector: &mut ActivityDetector, samples: &[i16]) -> Vec<ActivityEvent> {
    let mut events = Vec::new();
    detector.process(samples, FrameTime::ZERO, |event| events.push(event));
    events.extend(detector.finish());
    events
}

fn heard(samples: &[i16]) -> Vec<ActivityEvent> {
    listen(&mut ActivityDetector::default(), samples)
}

/// Beginning and end of each, in ms.
fn spurts(events: &[ActivityEvent]) -> Vec<(u64, u64)> {
    let end = |event: &ActivityEvent| match *event {
        ActivityEvent::End { start, end, .. } => Some((start.0 / 8, end.0 / 8)),
        ActivityEvent::Start { .. } => None,
    };
    events.iter().filter_map(end).collect()
}

/// Adds voiced syllables of 180 ms, 20 to 30 harmonics that rise and fall, of this level on average.
fn talk(line: &mut [f32], from_ms: usize, to_ms: usize, dbm0: f32, random: &mut Random) {
    let size = amplitude(dbm0) * 0.42;
    let mut pitch = 120.0;
    let mut phase = 0.0;
    for (n, sample) in line[from_ms * 8..to_ms * 8].iter_mut().enumerate() {
        let place = n % 1440;
        if place == 0 {
            pitch = 90.0 + 120.0 * random.unit();
        }
        phase = (phase + pitch / 8000.0f32).fract();
        let envelope = (0.5 - 0.5 * (TAU * (place as f32 + 1.0) / 1440.0).cos()).max(0.05);
        let voice: f32 = (1..=20u8).map(|k| (phase * TAU * f32::from(k)).cos() / f32::from(k).sqrt()).sum();
        *sample += size * envelope * voice;
    }
}

fn samples_of(line: &[f32]) -> Vec<i16> {
    line.iter().map(|x| x.round() as i16).collect()
}

/// The mean power of a part, in dBm0.
#[allow(clippy::approx_constant)] // 3.14 is a level here
fn level(samples: &[i16]) -> f32 {
    let sum: f64 = samples.iter().map(|x| f64::from(*x).powi(2)).sum();
    (10.0 * (sum / samples.len() as f64 * 2.0 / 32768f64.powi(2)).log10() + 3.14) as f32
}

#[test]
fn talk_spurts_are_told_in_noise_of_any_level() {
    let mut random = Random::new(1);
    for (speech, below) in [(-10.0, 50.0), (-15.0, 30.0), (-20.0, 20.0), (-25.0, 15.0), (-20.0, 12.0)] {
        for band in [Band::White, Band::Telephone] {
            let mut line: Vec<f32> =
                noise(band, speech - below, 12_000 * 8, &mut random).iter().map(|x| f32::from(*x)).collect();
            talk(&mut line, 2000, 3980, speech, &mut random);
            talk(&mut line, 6000, 6720, speech, &mut random);
            talk(&mut line, 9000, 10_980, speech, &mut random);
            let samples = samples_of(&line);
            let events = heard(&samples);
            // What the noise of the first 300 ms may bring while it is not known has ended when speech begins.
            let told: Vec<_> = spurts(&events).into_iter().filter(|(start, _)| *start >= 1000).collect();
            let right = |told: &[(u64, u64)]| {
                told.len() == 3
                    && told.iter().zip([(2000, 3980), (6000, 6720), (9000, 10_980)]).all(
                        |(own, true_times)| {
                            own.0.abs_diff(true_times.0) <= 80 && own.1.abs_diff(true_times.1) <= 80
                        },
                    )
            };
            assert!(right(&told), "{speech} dBm0, noise {below} dB down: {told:?}");
            let loud = |event: &ActivityEvent| match *event {
                ActivityEvent::End { start, end, dbm0 } if start.0 >= 8000 => {
                    Some(dbm0 - level(&samples[start.0 as usize..end.0 as usize]))
                }
                _ => None,
            };
            // Pauses between syllables do not count.
            assert!(events.iter().filter_map(loud).all(|above| (-0.5..3.0).contains(&above)), "{events:?}");
        }
    }
}

#[test]
fn speech_that_goes_on_at_the_first_frame_is_told() {
    let mut line = vec![0.0; 16_000];
    talk(&mut line, 0, 990, -20.0, &mut Random::new(2));
    let options = ActivityOptions { onset: Frames::from_ms(70), ..ActivityOptions::default() };
    // From the loudest part of a syllable on.
    let events = listen(&mut ActivityDetector::new(options), &samples_of(&line[450..]));
    assert_eq!(events[0], ActivityEvent::Start { at: FrameTime(0), reported: FrameTime(560) });
    assert_eq!(spurts(&events).len(), 1);
}

#[test]
fn silence_and_quiet_lines_bring_nothing() {
    let mut random = Random::new(3);
    assert_eq!(heard(&[0; 80_000]), []);
    // The idle octet of A-law, and whatever direct current a converter adds.
    for constant in [8, -8, 1000, i16::MAX, i16::MIN] {
        assert_eq!(heard(&[constant; 80_000]), [], "{constant}");
    }
    let steps: Vec<i16> = (0..80_000).map(|_| if random.unit() < 0.5 { 8 } else { -8 }).collect();
    assert_eq!(heard(&steps), []);
    for band in [Band::White, Band::Telephone] {
        assert_eq!(heard(&noise(band, -45.0, 240_000, &mut random)), []);
    }
    // Speech below the threshold.
    let mut line = vec![0.0; 80_000];
    talk(&mut line, 500, 9500, -50.0, &mut random);
    assert_eq!(heard(&samples_of(&line)), []);
}

/// Adds two steady signals.
fn both(one: &[i16], other: &[i16]) -> Vec<i16> {
    one.iter().zip(other).map(|(one, other)| one.saturating_add(*other)).collect()
}

#[test]
fn what_keeps_its_level_is_no_speech_after_300_ms() {
    let mut random = Random::new(4);
    let square = |half: usize| -> Vec<i16> {
        (0..160_000).map(|n| if n / half % 2 == 1 { i16::MAX } else { i16::MIN }).collect()
    };
    let steady_ones = [
        ("white noise", noise(Band::White, -10.0, 160_000, &mut random)),
        ("line noise", noise(Band::Telephone, -30.0, 160_000, &mut random)),
        ("hum of 50 Hz", steady((50.0, 0.0), -20.0, 20.0)),
        ("hum of 60 Hz", steady((60.0, 0.0), -20.0, 20.0)),
        ("hum of 50 and 150 Hz", steady((50.0, 150.0), -25.0, 20.0)),
        ("traction current", steady((16.7, 0.0), -20.0, 20.0)),
        ("dial tone", steady((425.0, 0.0), -10.0, 20.0)),
        ("dial tone of two", steady((350.0, 440.0), -13.0, 20.0)),
        ("dial tone with a beat", steady((400.0, 450.0), -13.0, 20.0)),
        ("square wave of 50 Hz", square(80)),
        ("square wave of 1000 Hz", square(4)),
        ("square wave of 71.4 Hz", square(56)),
        (
            "noise with hum",
            both(&noise(Band::White, -25.0, 160_000, &mut random), &steady((50.0, 0.0), -20.0, 20.0)),
        ),
    ];
    for (name, samples) in steady_ones {
        // From the first frame on, and after silence.
        for lead in [0, 16_000] {
            let mut samples = samples.clone();
            samples.splice(0..0, std::iter::repeat_n(0, lead));
            let told = spurts(&heard(&samples));
            let lead_ms = lead as u64 / 8;
            assert!(
                told.len() <= 1
                    && told
                        .iter()
                        .all(|(start, end)| *start >= lead_ms.saturating_sub(10) && *end <= lead_ms + 420),
                "{name} after {lead_ms} ms: {told:?}"
            );
        }
    }
}

#[test]
fn noise_that_comes_and_goes_by_4_db_is_no_speech_after_a_second_and_a_half() {
    let mut samples = vec![0; 16_000];
    let loud = noise(Band::White, -20.0, 80_000, &mut Random::new(8));
    samples.extend(
        loud.iter()
            .enumerate()
            .map(|(n, x)| if n / 800 % 2 == 0 { *x } else { (f32::from(*x) * 0.63) as i16 }),
    );
    let [(start, end)] = spurts(&heard(&samples))[..] else { panic!("not once") };
    assert!(start == 2000 && (3500..3800).contains(&end), "{start} {end}");
}

#[test]
fn a_talker_is_heard_over_hum_as_soon_as_it_is_known() {
    let mut line: Vec<f32> = steady((50.0, 0.0), -30.0, 6.0).iter().map(|x| f32::from(*x)).collect();
    talk(&mut line, 3000, 3900, -15.0, &mut Random::new(5));
    let told = spurts(&heard(&samples_of(&line)));
    let &[.., (start, end)] = &told[..] else { panic!("nothing") };
    assert!(start.abs_diff(3000) <= 80 && end.abs_diff(3900) <= 80, "{told:?}");
}

/// A tone whose level jumps by 9 dB every 50 ms, so that it does not count as steady: active for so many ms.
fn bursts(parts: &[(usize, bool)]) -> Vec<i16> {
    let mut samples = Vec::new();
    for &(ms, on) in parts {
        let part = steady((1000.0, 0.0), -10.0, ms as f32 / 1000.0);
        let quieter = |n: usize, x: i16| if n / 400 % 2 == 1 { x / 3 } else { x };
        samples.extend(part.iter().enumerate().map(|(n, x)| if on { quieter(n, *x) } else { 0 }));
    }
    samples
}

#[test]
fn onset_and_hangover_are_exact_to_the_frame() {
    let options =
        ActivityOptions { threshold_dbm0: -40.0, onset: Frames::from_ms(60), hangover: Frames::from_ms(150) };
    let mut detector = ActivityDetector::new(options);
    // 50 ms are too short; 60 ms are told; a pause of 140 ms is one, of 150 ms the end.
    let line = bursts(&[
        (1000, false),
        (50, true),
        (1000, false),
        (60, true),
        (140, false),
        (100, true),
        (150, false),
        (100, true),
        (1000, false),
    ]);
    let events = listen(&mut detector, &line);
    let start = |at: u64, reported: u64| ActivityEvent::Start {
        at: FrameTime(at * 8),
        reported: FrameTime(reported * 8),
    };
    assert_eq!([events[0], events[2]], [start(2050, 2110), start(2500, 2560)]);
    assert_eq!(spurts(&events), [(2050, 2350), (2500, 2600)]);
    assert_eq!(events.len(), 4);
    // The last end is told 150 ms after it.
    let mut detector = ActivityDetector::new(options);
    let mut told = Vec::new();
    for (n, sample) in line.iter().enumerate() {
        detector.process(&[*sample], FrameTime(n as u64), |event| told.push((n + 1, event)));
    }
    assert_eq!(told[3].0, (2600 + 150) * 8);
    assert!(!detector.is_active());
}

#[test]
fn the_threshold_and_the_level_told_are_in_dbm0() {
    let options = |threshold_dbm0| ActivityOptions { threshold_dbm0, ..ActivityOptions::default() };
    let mut line = vec![0; 8000];
    line.extend(steady((1000.0, 0.0), -23.0, 0.2));
    line.resize(16_000, 0);
    assert_eq!(listen(&mut ActivityDetector::new(options(-22.5)), &line), []);
    let events = listen(&mut ActivityDetector::new(options(-23.5)), &line);
    let [_, ActivityEvent::End { start, end, dbm0 }] = events[..] else { panic!("{events:?}") };
    assert_eq!((start, end), (FrameTime(8000), FrameTime(9600)));
    assert!((dbm0 + 23.0).abs() < 0.1, "{dbm0}");
}

#[test]
fn where_time_is_cut_changes_nothing() {
    let mut random = Random::new(6);
    let mut line: Vec<f32> =
        noise(Band::Telephone, -45.0, 80_000, &mut random).iter().map(|x| f32::from(*x)).collect();
    for second in 1..9 {
        talk(&mut line, second * 1000 + 33, second * 1000 + 500, -30.0 + 2.0 * second as f32, &mut random);
    }
    let samples = samples_of(&line);
    let whole = heard(&samples);
    assert!(whole.len() >= 16, "{whole:?}");
    for most in [1, 7, 8, 79, 80, 81, 160, 4000] {
        let mut detector = ActivityDetector::default();
        let mut told = Vec::new();
        let mut at = 0;
        while at < samples.len() {
            let count = (1 + random.below(most)).min(samples.len() - at);
            detector.process(&samples[at..at + count], FrameTime(at as u64), |event| told.push(event));
            at += count;
        }
        told.extend(detector.finish());
        assert_eq!(told, whole, "blocks of up to {most}");
    }
}

#[test]
fn a_gap_is_silence_and_time_that_runs_backward_begins_anew() {
    let line = bursts(&[(1000, false), (300, true)]);
    let mut detector = ActivityDetector::default();
    let mut told = Vec::new();
    detector.process(&line, FrameTime(800), |event| told.push(event));
    assert!(detector.is_active() && told.len() == 1);
    detector.process(&[0; 80], FrameTime(100_000), |event| told.push(event));
    let [_, ActivityEvent::End { start, end, .. }] = told[..] else { panic!("{told:?}") };
    assert_eq!((start, end), (FrameTime(8800), FrameTime(11_200)));
    detector.process(&line, FrameTime(200_000), |_| {});
    assert!(detector.is_active());
    detector.process(&noise(Band::White, -60.0, 8000, &mut Random::new(9)), FrameTime(0), |event| {
        panic!("{event:?}")
    });
    assert!(!detector.is_active());
    assert!(detector.noise_dbm0() > -80.0);
    detector.process(&[], FrameTime(0), |event| panic!("{event:?}"));
    assert_eq!(detector.noise_dbm0(), -99.0);
    assert_eq!(detector.finish(), None);
}

#[test]
fn a_channel_takes_little_memory() {
    assert!(size_of::<ActivityDetector>() <= 192, "{}", size_of::<ActivityDetector>());
}

#[test]
fn the_noise_of_the_line_is_known() {
    let mut detector = ActivityDetector::default();
    assert_eq!(detector.noise_dbm0(), -99.0);
    let samples = noise(Band::White, -48.0, 40_000, &mut Random::new(7));
    detector.process(&samples, FrameTime::ZERO, |_| {});
    assert!((-50.0..-47.5).contains(&detector.noise_dbm0()), "{}", detector.noise_dbm0());
}
