//! What is done with voices: any samples through banks of detectors and levels, and any descriptions of noise.
use crate::Source;
use tandem_dsp::activity::{ActivityBank, ActivityDetector, ActivityEvent, ActivityOptions};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::comfort::{
    Analyser, Description, FRAME, NoiseGenerator, Sending, SilenceSuppressor, SuppressorOptions,
};
use tandem_dsp::drift::DriftResampler;
use tandem_dsp::leveller::{LevelOptions, Leveller, LevellerBank};
use tandem_types::{FrameTime, Frames};

/// The first octets are options and the description of a noise, the rest are samples. What is taken of a description, written
/// again, says the same; noise does not depend on where time is cut. Lanes of banks have what they would have alone,
/// with gaps and time that runs backward too. What a leg sends is the voice as it was, or a description that can be read. To
/// another clock go all samples, wherever time is cut and however little room there is.
pub fn voices(data: &[u8]) {
    let mut source = Source(data);
    let options = ActivityOptions {
        threshold_dbm0: -f32::from(source.octet()),
        onset: Frames(u64::from(source.octet()) * 8),
        hangover: Frames(u64::from(source.octet()) * 16),
    };
    let levels = LevelOptions {
        gain_db: f32::from(source.octet() as i8) / 3.0,
        target_dbm0: Some(-f32::from(source.octet() % 64)),
        gate_dbm0: Some(-f32::from(source.octet() % 90)),
    };
    let cut = 1 + usize::from(source.octet());
    let length = usize::from(source.octet()).min(source.0.len());
    let (payload, samples) = source.0.split_at(length);
    let samples: Vec<i16> = samples.as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two)).collect();
    let samples: Vec<i16> = samples.into_iter().cycle().take(MOST).collect();
    noise(payload, cut);
    suppress(options, length % 20, &samples);
    drift(f64::from(levels.gain_db) * 25.0, cut, &samples);
    banks(options, levels, cut, &samples);
}

fn noise(payload: &[u8], cut: usize) {
    let Ok(noise) = Description::parse(payload) else {
        return assert!(payload.is_empty());
    };
    let again =
        Description::new(f32::from(noise.below_overload_db()), &noise.reflections().collect::<Vec<_>>());
    assert_eq!(again, noise);
    assert_eq!(Description::parse(noise.octets()), Ok(noise));
    let mut whole = [0; 1000];
    let mut generator = NoiseGenerator::new(1);
    generator.begin(&noise, 1000);
    generator.change(&again);
    generator.fill(&mut whole);
    let mut parts = [0; 1000];
    let mut generator = NoiseGenerator::new(1);
    generator.begin(&noise, 1000);
    generator.change(&again);
    parts.chunks_mut(cut).for_each(|part| generator.fill(part));
    assert_eq!(parts, whole);
    generator.end(&mut parts);
    let mut analyser = Analyser::new();
    analyser.hear(&whole);
    assert!(analyser.describe(cut).is_some_and(|told| told.octets().len() == 1 + cut.min(12)));
}

fn suppress(options: ActivityOptions, coefficients: usize, samples: &[i16]) {
    let mut suppressor = SilenceSuppressor::new(SuppressorOptions { voice: options, coefficients });
    let late = suppressor.delay().0 as usize;
    assert!((1..=10 * FRAME).contains(&late));
    for (n, frame) in samples.as_chunks::<FRAME>().0.iter().enumerate() {
        let mut out = *frame;
        if let Sending::Noise(noise) = suppressor.process(&mut out) {
            assert_eq!(noise.octets().len(), 1 + coefficients.min(12));
        }
        let due = (n * FRAME).checked_sub(late).map_or(&[0; FRAME][..], |at| &samples[at..at + FRAME]);
        assert_eq!(out, due);
    }
}

fn drift(ppm: f64, cut: usize, samples: &[i16]) {
    let run = |cut: usize, most_room: usize| {
        let mut resampler = DriftResampler::new(InstructionSet::detect(), ppm);
        let (mut put_out, mut room) = (Vec::<i16>::new(), [0; 300]);
        for (n, part) in samples.chunks(cut).enumerate() {
            // As a loop has it that follows a buffer.
            resampler.set_ppm(ppm * (1 + n * cut / 1000) as f64);
            let mut rest = part;
            loop {
                let progress = resampler.process(rest, &mut room[..most_room]);
                rest = &rest[progress.taken..];
                put_out.extend(&room[..progress.put_out]);
                if progress.put_out < most_room {
                    break;
                }
            }
            assert!(rest.is_empty());
        }
        assert!(put_out.len().abs_diff(samples.len()) <= 1 + samples.len() / 990);
        put_out
    };
    assert_eq!(run(cut, 300), run(cut, 1 + cut % 7));
}

/// Each lane hears the samples from another place on.
fn banks(options: ActivityOptions, levels: LevelOptions, cut: usize, samples: &[i16]) {
    let set = InstructionSet::detect();
    let (mut activity, mut bank) = (ActivityBank::new(set), LevellerBank::new(set));
    for lane in 0..32 {
        activity.set_options(lane, options);
        activity.enable(lane, true);
        bank.set(lane, (lane % 3 > 0).then_some(levels));
    }
    let at = |n: usize, lane: usize| samples[(n + 131 * lane) % samples.len()];
    let mut frames: Vec<[i16; 32]> =
        (0..samples.len()).map(|n| std::array::from_fn(|lane| at(n, lane))).collect();
    let mut told: Vec<Vec<ActivityEvent>> = vec![Vec::new(); 32];
    // Every fifth piece is lost, and at the 40th time runs backward.
    let pieces = frames.len().div_ceil(cut);
    let time = |n: usize| FrameTime((if n < 40 { n } else { n - 30 } * cut) as u64);
    let heard = |n: &usize| n % 5 != 4;
    for n in (0..pieces).filter(heard) {
        let piece = &frames[n * cut..((n + 1) * cut).min(frames.len())];
        activity.process(piece, time(n), |lane, event| told[lane].push(event));
    }
    frames.chunks_mut(cut).for_each(|piece| bank.process(piece));
    for lane in [0, 1, 14, 31] {
        let mut column: Vec<i16> = (0..samples.len()).map(|n| at(n, lane)).collect();
        let mut alone = ActivityDetector::new(options);
        let mut expected = Vec::new();
        for n in (0..pieces).filter(heard) {
            let piece = &column[n * cut..((n + 1) * cut).min(column.len())];
            alone.process(piece, time(n), |event| expected.push(event));
        }
        assert_eq!(told[lane], expected);
        if lane % 3 > 0 {
            Leveller::new(levels).process(&mut column);
        }
        assert!(frames.iter().map(|frame| frame[lane]).eq(column));
    }
}

/// Three quarters of a second.
const MOST: usize = 6000;
