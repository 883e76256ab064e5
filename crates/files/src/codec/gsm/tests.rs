use super::*;
use tandem_testkit::Rng;

/// Silence as every coder has it that begins with it, in the octets of RFC 3551.
const SILENCE: [u8; 33] = [
    0xd8, 0x20, 0xa2, 0xe1, 0x5a, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49, 0x24, 0x50, 0x00, 0x49, 0x24, 0x92,
    0x49, 0x24, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49, 0x24, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49, 0x24,
];

fn coded(samples: &[i16]) -> Vec<Frame> {
    let mut coder = Coder::default();
    samples.as_chunks().0.iter().map(|frame| coder.encode(frame)).collect()
}

fn decoded(frames: &[Frame]) -> Vec<i16> {
    let mut decoder = Decoder::new();
    frames.iter().flat_map(|frame| decoder.decode(frame)).collect()
}

/// Glottal pulses through two formants, as a vowel is made.
fn vowel(samples: usize, pitch: usize) -> Vec<i16> {
    let mut formants = [(500.0, 80.0, 0.0, 0.0), (1_500.0, 120.0, 0.0, 0.0)];
    let step = std::f64::consts::TAU / 8_000.0;
    let sample = |n: usize| {
        let pulse = if n.is_multiple_of(pitch) { 3_000.0 } else { 0.0 };
        formants.iter_mut().fold(pulse, |sound, (hertz, width, one, two)| {
            let damping = (-*width * step / 2.0).exp();
            let new = sound + 2.0 * damping * (*hertz * step).cos() * *one - damping * damping * *two;
            (*two, *one) = (*one, new);
            new
        }) as i16
    };
    (0..samples).map(sample).collect()
}

fn snr_db(wanted: &[i16], got: &[i16]) -> f64 {
    let power: f64 = wanted.iter().map(|w| f64::from(*w).powi(2)).sum();
    let rest: f64 = wanted.iter().zip(got).map(|(w, g)| (f64::from(*w) - f64::from(*g)).powi(2)).sum();
    10.0 * (power / rest.max(1.0)).log10()
}

#[test]
fn silence_is_the_frame_that_is_known_for_it() {
    let silence = Frame::from_octets(&SILENCE).expect("it begins with 1101");
    for frame in coded(&[0; 800]) {
        assert_eq!(frame, silence);
    }
    // The three lowest bits do not count.
    assert_eq!(coded(&[7; 160]), [silence]);
}

#[test]
fn a_vowel_is_heard_again() {
    for (pitch, least) in [(50, 10.0), (73, 10.0), (100, 10.0)] {
        let vowel = vowel(8_000, pitch);
        let heard = decoded(&coded(&vowel));
        let snr = snr_db(&vowel[800..], &heard[800..]);
        assert!(snr > least, "pitch {pitch}: {snr} dB");
    }
}

#[test]
fn the_pitch_of_a_vowel_is_its_lag() {
    let frames = coded(&vowel(8_000, 73));
    let lags = frames[10..].iter().flat_map(|frame| frame.parts).map(|part| part.lag);
    // A pulse is in 40 of 73 parts; the others say nothing of the pitch.
    let right = lags.filter(|lag| *lag == 73).count();
    assert!(right > 85, "{right} of 160");
}

#[test]
fn a_constant_part_is_not_kept() {
    let heard = decoded(&coded(&[8_000; 160 * 100]));
    assert!(heard[160 * 80..].iter().all(|sample| sample.abs() < 100));
}

#[test]
fn two_frames_of_any_bits_go_into_their_octets_and_back() {
    let mut random = Rng::new(65);
    for _ in 0..1_000 {
        let octets: [u8; 65] = std::array::from_fn(|_| random.word() as u8);
        assert_eq!(Frame::pair_to_octets(&Frame::pair_from_octets(&octets)), octets);
    }
}

#[test]
fn the_loudest_and_the_strangest_samples_are_coded() {
    let mut random = Rng::new(610);
    let mut noise = |_| if random.below(2) == 0 { i16::MIN } else { i16::MAX };
    let edges: Vec<i16> = (0..1_600).map(&mut noise).collect();
    let square: Vec<i16> = (0..1_600).map(|n| if n / 40 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    let mut impulse = vec![0; 1_600];
    impulse[500] = i16::MIN;
    for samples in [edges, square, impulse, vec![i16::MIN; 1_600], vec![i16::MAX; 1_600]] {
        for frame in coded(&samples) {
            let parts = frame.parts.iter();
            assert!(
                parts.clone().all(|part| (40..=120).contains(&part.lag) && part.gain < 4 && part.grid < 4)
            );
            assert!(
                parts.clone().all(|part| part.largest < 64 && part.pulses.iter().all(|pulse| *pulse < 8))
            );
            assert!(frame.ratios.iter().zip(RATIO_BITS).all(|(code, bits)| *code < 1 << bits));
        }
    }
}

/// Otherwise what the lag brings back would not be what the coder took away, until it has died down.
#[test]
fn a_coder_that_follows_has_the_excitation_of_one_that_coded() {
    let vowel = vowel(8_000, 61);
    let frames = vowel.as_chunks::<160>().0;
    let (mut coder, mut follower, mut decoder) = (Coder::default(), Coder::default(), Decoder::new());
    for samples in &frames[..30] {
        let frame = coder.encode(samples);
        follower.follow(&frame, &decoder.decode(&frame));
    }
    let mut heard = Vec::new();
    for samples in &frames[30..] {
        heard.extend(decoder.decode(&follower.encode(samples)));
    }
    let snr = snr_db(&vowel[4_800..], &heard);
    let uncut = decoded(&coded(&vowel));
    let whole = snr_db(&vowel[4_800..], &uncut[4_800..]);
    assert!(snr > whole - 0.5, "{snr} dB behind a cut, {whole} dB without one");
    // The very next frame too, which a coder that begins anew does not know.
    let next = snr_db(&vowel[4_800..4_960], &heard[..160]);
    let lost = {
        let (mut coder, mut anew, mut decoder) = (Coder::default(), Coder::default(), Decoder::new());
        frames[..30].iter().for_each(|samples| _ = decoder.decode(&coder.encode(samples)));
        snr_db(&vowel[4_800..4_960], &decoder.decode(&anew.encode(&frames[30])))
    };
    assert!(next > lost + 3.0, "{next} dB, {lost} dB anew");
}
