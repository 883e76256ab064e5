//! Lost samples concealed: how near to what was lost, how soon silent, how it begins and ends.

use tandem_dsp::concealment::{Concealer, DELAY, FRAME};
use tandem_testkit::Rng;

/// A voice: the harmonics of a pitch in Hz, weaker the higher.
fn voice(hz: f64, frames: usize) -> Vec<[i16; FRAME]> {
    let sample = |n: usize| {
        let angle = n as f64 / 8000.0 * hz * std::f64::consts::TAU;
        (1..=8).map(|k| 4000.0 / f64::from(k) * (f64::from(k) * angle + f64::from(k * k)).sin()).sum::<f64>()
            as i16
    };
    (0..frames).map(|frame| std::array::from_fn(|n| sample(frame * FRAME + n))).collect()
}

/// What comes out if these frames are lost.
fn concealed(frames: &[[i16; FRAME]], lost: impl Fn(usize) -> bool) -> Vec<i16> {
    let mut concealer = Concealer::new();
    let put_out = frames.iter().enumerate().flat_map(|(number, frame)| {
        let mut frame = *frame;
        if lost(number) {
            frame = [0x55; FRAME]; // whatever was there
            concealer.lose(&mut frame);
        } else {
            concealer.hear(&mut frame);
        }
        frame
    });
    put_out.collect()
}

fn power(samples: impl Iterator<Item = i32>) -> f64 {
    samples.map(|sample| f64::from(sample).powi(2)).sum()
}

#[test]
fn without_a_loss_every_sample_comes_as_it_was_375_ms_later() {
    let mut rng = Rng::new(1);
    let frames: Vec<[i16; FRAME]> =
        (0..50).map(|_| std::array::from_fn(|_| (rng.word() >> 48) as i16)).collect();
    let put_out = concealed(&frames, |_| false);
    assert_eq!(DELAY, 30);
    assert_eq!(put_out[DELAY..], frames.as_flattened()[..50 * FRAME - DELAY]);
    assert_eq!(put_out[..DELAY], [0; DELAY]);
}

#[test]
fn a_lost_frame_of_a_steady_voice_is_nearly_what_was_lost() {
    for hz in [70.0, 100.0, 123.0, 150.0, 180.0, 199.0] {
        let frames = voice(hz, 60);
        let put_out = concealed(&frames, |number| number % 10 == 9);
        let (signal, put_out) =
            (&frames.as_flattened()[800..59 * FRAME], &put_out[800 + DELAY..59 * FRAME + DELAY]);
        let all = power(signal.iter().map(|sample| i32::from(*sample)));
        let error = power(signal.iter().zip(put_out).map(|(was, is)| i32::from(*was) - i32::from(*is)));
        let db = 10.0 * (all / error.max(1.0)).log10();
        assert!(db > 15.0, "{hz} Hz: {db:.1} dB");
    }
}

#[test]
fn a_long_loss_fades_from_the_second_frame_on_and_is_silent_after_the_sixth() {
    let frames = voice(110.0, 40);
    let put_out = concealed(&frames, |number| number >= 20);
    let level = |frame: usize| {
        let from = frame * FRAME + DELAY;
        power(put_out[from..from + FRAME].iter().map(|sample| i32::from(*sample))).sqrt()
    };
    let before = level(18);
    assert!((0.8..1.2).contains(&(level(20) / before)), "the first is as loud: {}", level(20) / before);
    for lost in 1..6 {
        assert!(level(20 + lost) < level(20 + lost - 1) * 0.99, "frame {lost}");
    }
    assert!(put_out[26 * FRAME + DELAY..].iter().all(|sample| *sample == 0));
}

#[test]
fn where_a_loss_begins_and_ends_there_is_no_step() {
    let frames = voice(137.0, 40);
    let steepest = |samples: &[i16]| {
        samples.windows(2).map(|two| (i32::from(two[0]) - i32::from(two[1])).abs()).max().expect("samples")
    };
    let most = steepest(frames.as_flattened());
    for length in 1..8 {
        let put_out = concealed(&frames, |number| (20..20 + length).contains(&number));
        assert!(
            steepest(&put_out[FRAME..]) <= most * 5 / 4,
            "{length} frames: {} of {most}",
            steepest(&put_out)
        );
    }
}

#[test]
fn any_samples_and_any_losses_never_come_out_louder_than_they_were() {
    let mut rng = Rng::new(2);
    for round in 0..200 {
        let peak = 1 << rng.below(16);
        let frames: Vec<[i16; FRAME]> = (0..30)
            .map(|_| {
                std::array::from_fn(|_| {
                    (rng.below(2 * peak + 1) as i64 - peak as i64).clamp(-32768, 32767) as i16
                })
            })
            .collect();
        let losses: Vec<bool> = (0..30).map(|_| rng.once_in(3)).collect();
        let put_out = concealed(&frames, |number| losses[number]);
        let loudest = put_out.iter().map(|sample| sample.unsigned_abs()).max().expect("samples");
        assert!(u64::from(loudest) <= peak, "round {round}: {loudest} of {peak}");
    }
}

#[test]
fn a_leg_that_never_spoke_stays_silent() {
    let put_out = concealed(&[[0; FRAME]; 20], |number| number % 2 == 1);
    assert!(put_out.iter().all(|sample| *sample == 0));
}

/// What comes out of these samples if some are lost, handed over in pieces of these lengths, over and over.
fn concealed_in_pieces(samples: &[i16], lost: impl Fn(usize) -> bool, lengths: &[usize]) -> Vec<i16> {
    let mut concealer = Concealer::new();
    let (mut put_out, mut lengths) = (Vec::new(), lengths.iter().cycle());
    while put_out.len() < samples.len() {
        let start = put_out.len();
        let is_lost = lost(start);
        let most = *lengths.next().expect("lengths");
        let end = (start..samples.len().min(start + most)).find(|n| lost(*n) != is_lost);
        let mut piece = samples[start..end.unwrap_or(samples.len().min(start + most))].to_vec();
        if is_lost {
            piece.fill(0x55);
            concealer.lose(&mut piece);
        } else {
            concealer.hear(&mut piece);
        }
        put_out.extend(piece);
    }
    put_out
}

#[test]
fn pieces_of_any_length_come_out_as_whole_frames_do() {
    let frames = voice(117.0, 100);
    let mut rng = Rng::new(3);
    let losses: Vec<bool> = (0..100).map(|_| rng.once_in(2)).collect();
    let whole = concealed(&frames, |number| losses[number]);
    for lengths in [&[1][..], &[8], &[3, 1, 8, 5, 2], &[7, 200, 80, 79], &[1000]] {
        let pieces = concealed_in_pieces(frames.as_flattened(), |n| losses[n / FRAME], lengths);
        assert!(pieces == whole, "{lengths:?}");
    }
}

/// A packet of 1, 2 and 5 ms is lost of each twenty.
#[test]
fn lost_packets_of_a_steady_voice_are_nearly_what_was_lost() {
    for hz in [70.0, 100.0, 123.0, 150.0, 180.0, 199.0] {
        for packet in [8, 16, 40] {
            let frames = voice(hz, 200);
            let samples = frames.as_flattened();
            let put_out = concealed_in_pieces(samples, |n| n / packet % 20 == 19, &[8]);
            let error = power((800..15_000).map(|n| i32::from(samples[n]) - i32::from(put_out[n + DELAY])));
            let all = power((800..15_000).map(|n| i32::from(samples[n])));
            let db = 10.0 * (all / error.max(1.0)).log10();
            assert!(db > 20.0, "{hz} Hz, {packet} samples: {db:.1} dB");
        }
    }
}

#[test]
fn a_loss_that_ends_within_10_ms_is_over_after_its_length_and_a_quarter_period() {
    let frames = voice(123.0, 40);
    let samples = frames.as_flattened();
    let put_out = concealed_in_pieces(samples, |n| (1613..1636).contains(&n), &[8]);
    let differs = |n: &usize| put_out[n + DELAY] != samples[*n];
    let (first, last) = ((0..3000).find(differs), (0..3000).rfind(differs));
    // A period is 65 samples, and a quarter of it is mixed before and behind what was lost.
    assert!(first.is_some_and(|first| (1597..=1613).contains(&first)), "{first:?}");
    assert!(last.is_some_and(|last| (1635..1652).contains(&last)), "{last:?}");
}

#[test]
fn a_long_loss_fades_by_the_sample_whenever_it_begins() {
    let frames = voice(110.0, 40);
    let put_out = concealed_in_pieces(frames.as_flattened(), |n| n >= 1607, &[8]);
    let peak = |from: usize| {
        let from = 1607 + from + DELAY;
        put_out[from..from + 80].iter().map(|sample| sample.unsigned_abs()).max().expect("samples")
    };
    let before = f64::from(peak(0));
    // In the middle of the second, third, fourth and fifth 10 ms a tenth to seven tenths are gone.
    for (from, left) in [(80, 0.9), (160, 0.7), (240, 0.5), (320, 0.3), (400, 0.1)] {
        let ratio = f64::from(peak(from)) / before;
        assert!((ratio - left).abs() < 0.11, "{from}: {ratio:.2} of {left}");
    }
    assert!(put_out[1607 + 480 + DELAY..].iter().all(|sample| *sample == 0));
    assert!(put_out[1607 + 470 + DELAY..1607 + 480 + DELAY].iter().any(|sample| *sample != 0));
}
