//! In-band loop codes of T1.403 and the signature of AIS-CI, on the line as it comes: framed, unframed, with errors.
mod t1_common;
use t1_common::{model_of, words};
use tandem_line::t1::{
    AisCiDetector, AisCiGenerator, LoopCode, LoopCodeDetector, LoopCodeFraming, LoopCodeGenerator,
};
use tandem_line::{FrameWords, T1Config, T1Framer, T1Framing};
use tandem_testkit::Rng;
use tandem_testkit::fdl::{ais_ci_cycle, loop_code, wire};
use tandem_testkit::t1::Sender;

/// How a code gets onto the line.
#[derive(Clone, Copy, Debug)]
enum Way {
    Unframed,
    Overwritten(T1Framing),
    BetweenFBits(T1Framing),
}

const WAYS: [Way; 5] = [
    Way::Unframed,
    Way::Overwritten(T1Framing::Sf),
    Way::Overwritten(T1Framing::Esf),
    Way::BetweenFBits(T1Framing::Sf),
    Way::BetweenFBits(T1Framing::J1Esf),
];

/// So many frames of a code.
fn code_frames(code: LoopCode, way: Way, frames: usize) -> Vec<FrameWords> {
    let mut generator = LoopCodeGenerator::new(code);
    let (framing, style) = match way {
        Way::Unframed => return (0..frames).map(|_| generator.unframed()).collect(),
        Way::Overwritten(framing) => (framing, LoopCodeFraming::Overwritten),
        Way::BetweenFBits(framing) => (framing, LoopCodeFraming::BetweenFBits),
    };
    let (mut framer, mut slots) = (T1Framer::new(&T1Config { framing, cas: false }), [0xff; 32]);
    let mut frame = || {
        generator.fill(&mut slots, style);
        framer.frame(&slots)
    };
    (0..frames).map(|_| frame()).collect()
}

fn random_frame(rng: &mut Rng) -> FrameWords {
    [rng.word(), rng.word(), rng.word(), rng.word() & 1 << 63]
}

/// Turns over one bit in `rate`, at distances from 1 to twice that.
fn spoil(rng: &mut Rng, frames: &mut [FrameWords], rate: u64) {
    let mut at = rng.below(2 * rate) as usize;
    while let Some(frame) = frames.get_mut(at / 193) {
        frame[at % 193 / 64] ^= 1 << (63 - at % 193 % 64);
        at += 1 + rng.below(2 * rate) as usize;
    }
}

fn bits(frames: &[FrameWords]) -> Vec<bool> {
    frames.iter().flat_map(|frame| (0..193).map(|at| (frame[at / 64] >> (63 - at % 64)) & 1 == 1)).collect()
}

fn detect(code: LoopCode, frames: &[FrameWords]) -> Vec<(usize, bool)> {
    let mut detector = LoopCodeDetector::new(code);
    let mut changes = Vec::new();
    for (number, frame) in frames.iter().enumerate() {
        changes.extend(detector.handle_frame(frame).map(|present| (number, present)));
    }
    assert_eq!(detector.is_present(), changes.last().is_some_and(|change| change.1));
    changes
}

const CODES: [(LoopCode, &str); 4] = [
    (LoopCode::LINE_UP, "00001"),
    (LoopCode::LINE_DOWN, "001"),
    (LoopCode::NETWORK_UP, "11000"),
    (LoopCode::NETWORK_DOWN, "11100"),
];

#[test]
fn codes_are_sent_as_they_are_written() {
    for (code, text) in CODES {
        let sent = bits(&code_frames(code, Way::Unframed, 15));
        assert_eq!(sent, wire(&text.repeat(2895 / text.len())), "{text}");
    }
    let mut slots = [0xee; 32];
    LoopCodeGenerator::new(LoopCode::LINE_UP).fill(&mut slots, LoopCodeFraming::BetweenFBits);
    assert_eq!(slots[..4], [0xee, 0b0000_1000, 0b0100_0010, 0b0001_0000]);
    // The first bit of the code is under the F bit.
    LoopCodeGenerator::new(LoopCode::LINE_UP).fill(&mut slots, LoopCodeFraming::Overwritten);
    assert_eq!(slots[1..4], [0b0001_0000, 0b1000_0100, 0b0010_0001]);
    assert_eq!(slots[25], 0xee);
    assert_eq!((LoopCode::new(1, 2), LoopCode::new(1, 9)), (None, None));
}

#[test]
fn five_seconds_of_a_code_are_found_with_one_error_in_a_thousand_in_every_framing() {
    let mut rng = Rng::new(1);
    for (code, text) in CODES {
        for way in WAYS {
            // It begins somewhere in a period of 80 frames, after and before random bits.
            let before = 400 + rng.below(80) as usize;
            let mut frames: Vec<FrameWords> = (0..before).map(|_| random_frame(&mut rng)).collect();
            frames.extend(code_frames(code, way, 40_000));
            spoil(&mut rng, &mut frames, 1000);
            frames.extend((0..400).map(|_| random_frame(&mut rng)));
            let &[(on, true), (off, false)] = &detect(code, &frames)[..] else { panic!("{text} {way:?}") };
            assert!((before + 39_840..before + 40_000).contains(&on), "{text} {way:?}: {before} {on}");
            assert!((before + 40_000..before + 40_160).contains(&off), "{text} {way:?}: {off}");
        }
    }
}

#[test]
fn less_than_five_seconds_are_no_command() {
    for (code, text) in CODES {
        for way in WAYS {
            let mut rng = Rng::new(2);
            // 4.97 s; a period that is code but for an eighth is good too.
            let mut frames = code_frames(code, way, 39_760);
            frames.extend((0..800).map(|_| random_frame(&mut rng)));
            assert_eq!(detect(code, &frames), [], "{text} {way:?}");
            // 4 s, a break of 20 ms, and 4 s more.
            let mut frames = code_frames(code, way, 32_000);
            frames.extend((0..160).map(|_| random_frame(&mut rng)));
            frames.extend(code_frames(code, way, 32_000));
            assert_eq!(detect(code, &frames), [], "{text} {way:?}");
        }
    }
}

#[test]
fn an_eighth_of_the_windows_of_a_period_may_be_bad_and_one_more_may_not() {
    // An error spoils the three windows that it is in. The last bit of 80 frames, or the one before it, adds one or two.
    for (last, found) in [(15_439, 499), (15_438, 250 + 499)] {
        let mut frames = code_frames(LoopCode::LINE_DOWN, Way::Unframed, 80 * 800);
        for at in (0..643).map(|error| 24 * error).chain([last]) {
            frames[80 * 249 + at / 193][at % 193 / 64] ^= 1 << (63 - at % 193 % 64);
        }
        assert_eq!(detect(LoopCode::LINE_DOWN, &frames), [(80 * found - 1, true)]);
    }
}

#[test]
fn a_code_is_not_taken_for_another() {
    for (sent, text) in CODES {
        for way in WAYS {
            let frames = code_frames(sent, way, 48_000);
            for (other, _) in CODES.iter().filter(|(code, _)| *code != sent) {
                assert_eq!(detect(*other, &frames), [], "{text} {way:?}");
            }
            assert_eq!(detect(sent, &frames).len(), 1);
        }
    }
}

#[test]
fn every_pattern_of_three_to_eight_bits_can_be_a_code() {
    let mut rng = Rng::new(4);
    for length in 3..=8 {
        for _ in 0..4 {
            let pattern = rng.below(1 << length) as u8;
            let code = LoopCode::new(pattern, length).unwrap();
            let mut frames = code_frames(code, Way::BetweenFBits(T1Framing::Esf), 40_080);
            spoil(&mut rng, &mut frames, 1000);
            assert_eq!(detect(code, &frames), [(39_919, true)], "{pattern:b} of {length}");
        }
    }
}

#[test]
fn a_code_is_found_as_the_model_finds_it() {
    let mut rng = Rng::new(5);
    for (code, text, rate) in [
        (LoopCode::LINE_UP, "00001", 1000),
        (LoopCode::LINE_DOWN, "001", 30),
        (LoopCode::new(0b0111_1110, 8).unwrap(), "01111110", 80),
    ] {
        let mut frames: Vec<FrameWords> = (0..200).map(|_| random_frame(&mut rng)).collect();
        frames.extend(code_frames(code, Way::Overwritten(T1Framing::Esf), 42_000));
        spoil(&mut rng, &mut frames, rate);
        frames.extend((0..200).map(|_| random_frame(&mut rng)));
        assert_eq!(detect(code, &frames), loop_code(&bits(&frames), text), "{text}");
    }
}

#[test]
fn random_bits_and_idle_channels_are_no_code_however_long() {
    // Ten minutes; a day in a soak.
    let frames = if std::env::var_os("TANDEM_SOAK").is_some() { 8000 * 86_400 } else { 8000 * 600 };
    let mut rng = Rng::new(6);
    for (code, text) in CODES {
        let mut detector = LoopCodeDetector::new(code);
        for _ in 0..frames / 4 {
            assert_eq!(detector.handle_frame(&random_frame(&mut rng)), None, "{text}");
        }
    }
    for octet in [0x00, 0x7f, 0xff, 0xd5, 0x55, 0x7e] {
        let mut sender = Sender::new(model_of(T1Framing::Esf), false);
        let frames: Vec<FrameWords> = (0..41_000).map(|_| words(&sender.frame(&[octet; 32]))).collect();
        for (code, text) in CODES {
            assert_eq!(detect(code, &frames), [], "{octet:02x} {text}");
        }
    }
}

#[test]
fn ais_ci_is_sent_as_the_standard_times_it() {
    let mut generator = AisCiGenerator::new();
    let frames: Vec<FrameWords> = (0..2 * 10_080).map(|_| generator.frame()).collect();
    assert_eq!(bits(&frames), ais_ci_cycle().repeat(2));
}

fn ais_ci(frames: impl IntoIterator<Item = FrameWords>) -> Vec<(usize, bool)> {
    let mut detector = AisCiDetector::new();
    let found = frames.into_iter().enumerate();
    found.filter_map(|(number, frame)| detector.handle_frame(&frame).map(|on| (number, on))).collect()
}

#[test]
fn ais_ci_is_found_at_any_offset_with_one_error_in_a_thousand() {
    let mut rng = Rng::new(7);
    for _ in 0..6 {
        let mut bits = ais_ci_cycle().repeat(3);
        bits.drain(..rng.below(6176) as usize);
        let mut frames: Vec<FrameWords> = bits.chunks_exact(193).map(words).collect();
        let signal = frames.len();
        spoil(&mut rng, &mut frames, 1000);
        frames.extend(vec![[u64::MAX; 4]; 30_000]);
        let &[(on, true), (off, false)] = &ais_ci(frames)[..] else { panic!() };
        // Four signatures of 32 frames after 8880 frames of ones; a few more if an error hit one of their zeros.
        assert!((8880..8880 + 700).contains(&on), "{on}");
        assert!((signal + 20_000..signal + 20_160).contains(&off), "{off} {signal}");
    }
}

#[test]
fn ais_and_framed_signals_are_not_ais_ci() {
    let mut rng = Rng::new(8);
    let mut ones = vec![[u64::MAX, u64::MAX, u64::MAX, 1 << 63]; 80_000];
    assert_eq!(ais_ci(ones.clone()), []);
    for rate in [10_000, 1000, 300] {
        spoil(&mut rng, &mut ones, rate);
        assert_eq!(ais_ci(ones.clone()), [], "{rate}");
    }
    for framing in t1_common::FRAMINGS {
        for rai in [false, true] {
            let mut sender = Sender::new(model_of(framing), false);
            sender.rai = rai;
            assert_eq!(ais_ci((0..20_000).map(|_| words(&sender.frame(&[0xff; 32])))), [], "{framing:?}");
        }
    }
    assert_eq!(ais_ci((0..20_000).map(|_| random_frame(&mut rng))), []);
}

/// Four signatures among ones with so many more zeros, and ten zeros before them.
fn signatures_with_zeros(more: usize) -> bool {
    let mut bits = vec![true; 193 * 200];
    let begin = bits.len();
    bits.extend(vec![true; 4 * 6176]);
    for signature in 0..4 {
        [3088, 3474, 5790].iter().for_each(|zero| bits[begin + 6176 * signature + zero] = false);
    }
    (0..10).for_each(|n| bits[begin - 500 - 193 * n] = false);
    // What comes first is forgotten first, if more is remembered than there is room for.
    (0..more).for_each(|n| bits[begin + 4 * 6176 - 1000 - 193 * n - 7] = false);
    let frames: Vec<FrameWords> = bits.chunks_exact(193).map(words).collect();
    !ais_ci(frames).is_empty()
}

#[test]
fn fifty_zeros_in_four_signatures_are_ais_ci_and_fifty_one_are_not() {
    assert!(signatures_with_zeros(0) && signatures_with_zeros(38));
    assert!(!signatures_with_zeros(39));
}

#[test]
fn a_frame_with_eight_zeros_is_ais_yet_and_one_with_nine_is_not() {
    for (zeros, ends) in [(8, false), (9, true)] {
        let mut frames: Vec<FrameWords> = ais_ci_cycle().chunks_exact(193).map(words).collect();
        let end = frames.len();
        frames.push([u64::MAX << zeros, u64::MAX, u64::MAX, 1 << 63]);
        frames.push([u64::MAX; 4]);
        let told = ais_ci(frames);
        assert_eq!(told.last() == Some(&(end, false)), ends, "{zeros}: {told:?}");
    }
}

#[test]
fn ais_ci_goes_at_once_when_frames_come() {
    let mut frames: Vec<FrameWords> = ais_ci_cycle().chunks_exact(193).map(words).collect();
    frames.extend(vec![[0x5555; 4]; 10]);
    let &[(_, true), (off, false)] = &ais_ci(frames)[..] else { panic!() };
    assert_eq!(off, 10_080);
}
