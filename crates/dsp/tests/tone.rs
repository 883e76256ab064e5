//! Tones and dialling: frequencies, purity, cadences, and independence of the block size.

use tandem_dsp::dtmf::{DialError, DtmfGenerator, DtmfSender};
use tandem_dsp::level::Level;
use tandem_dsp::tone::{Chord, DualTone, Oscillator, ToneGenerator, ToneStep};
use tandem_types::{Digit, Frames, Law};

#[test]
fn sine_is_pure_to_100_db() {
    for hz in [50.0f32, 697.0, 1020.5, 1633.0, 3400.0] {
        let mut oscillator = Oscillator::new(hz, 1.0);
        let worst = (0..8000).fold(0.0f64, |worst, n| {
            let exact = (f64::from(n) * f64::from(hz) / 8000.0 * std::f64::consts::TAU).sin();
            worst.max((f64::from(oscillator.next_sample()) - exact).abs())
        });
        assert!(worst < 1.2e-5, "{hz} Hz: {worst}"); // half of it is the frequency step of 2 µHz, after 1 s
    }
}

#[test]
fn frequencies_that_8_khz_cannot_carry_are_silent() {
    for hz in [0.0, -5.0, 4000.0, 1e9, f32::NAN, f32::INFINITY] {
        let mut block = [1; 80];
        Oscillator::new(hz, 1000.0).fill(&mut block);
        assert_eq!(block, [0; 80], "{hz}");
    }
}

#[test]
fn sum_beyond_the_range_is_cut() {
    let mut block = [0; 800];
    DualTone::new((697.0, 30000.0), (1209.0, 30000.0)).fill(&mut block);
    assert_eq!(Level::of(&block).peak, 32768);
}

#[test]
fn chord_of_two_is_the_same_from_any_frame_on_for_an_hour() {
    let (low, high) = ((853.5, 5000.0), (1209.0, 7000.0));
    let chord = Chord::new(&[low, high]).unwrap();
    let mut pair = DualTone::new(low, high);
    let mut plain = vec![0; 28_800_000];
    pair.fill(&mut plain);
    for frame in [0, 1, 79, 8_000, 10_000_001, 28_799_920] {
        let mut block = [0; 80];
        chord.fill_from(frame, &mut block);
        assert_eq!(block, plain[frame as usize..frame as usize + 80], "{frame}");
    }
}

#[test]
fn chord_of_four_has_the_power_of_all_and_there_is_none_of_five() {
    let sines = [(300.0, 4000.0), (700.0, 4000.0), (1100.0, 4000.0), (1900.0, 4000.0)];
    let mut block = [0; 8000];
    Chord::new(&sines).unwrap().fill_from(0, &mut block);
    assert!((Level::of(&block).rms() - 5656.9).abs() < 1.0, "{}", Level::of(&block).rms());
    assert!(Chord::new(&[(300.0, 1.0); 5]).is_none());
    Chord::new(&[]).unwrap().fill_from(0, &mut block);
    assert_eq!(block, [0; 8000]);
}

#[test]
fn busy_tone_keeps_its_cadence() {
    let busy = ToneStep {
        first_hz: 425.0,
        second_hz: 0.0,
        dbm0: -10.0,
        on: Frames::from_ms(500),
        off: Frames::from_ms(500),
    };
    let mut generator = ToneGenerator::new(Law::A, &[busy], true).unwrap();
    for _ in 0..3 {
        let mut half = [0; 4000];
        assert!(!generator.fill(&mut half));
        assert!((Level::of(&half).dbm0(Law::A) + 10.0).abs() < 0.05);
        assert!(!generator.fill(&mut half));
        assert_eq!(half, [0; 4000]);
    }
}

#[test]
fn repeated_step_without_pause_is_a_continuous_tone() {
    let dial = step(350.0, 440.0, 37, 0);
    let mut generator = ToneGenerator::new(Law::Mu, &[dial], true).unwrap();
    let mut plain = [0; 1000];
    let amplitude = tandem_dsp::level::amplitude_for_dbm0(Law::Mu, -13.0);
    DualTone::new((350.0, amplitude), (440.0, amplitude)).fill(&mut plain);
    let mut block = [0; 1000];
    generator.fill(&mut block);
    assert_eq!(block, plain);
}

#[test]
fn cadence_that_does_not_repeat_ends_in_silence() {
    let mut generator =
        ToneGenerator::new(Law::A, &[step(950.0, 0.0, 10, 2), step(1400.0, 0.0, 5, 0)], false).unwrap();
    let mut block = [7; 16];
    assert!(!generator.fill(&mut block));
    assert!(generator.fill(&mut block));
    assert_eq!(block[1..], [0; 15]);
}

#[test]
fn cadences_that_take_no_time_or_too_many_steps_are_refused() {
    assert!(ToneGenerator::new(Law::A, &[], true).is_none());
    assert!(ToneGenerator::new(Law::A, &[step(425.0, 0.0, 0, 0)], true).is_none());
    assert!(ToneGenerator::new(Law::A, &[step(425.0, 0.0, 1, 1); 17], true).is_none());
}

#[test]
fn generators_do_not_depend_on_the_block_size() {
    let steps = [step(950.0, 0.0, 33, 3), step(1400.0, 1800.0, 21, 0), step(0.0, 0.0, 5, 9)];
    let tone = |size| {
        let mut generator = ToneGenerator::new(Law::A, &steps, true).unwrap();
        in_blocks(size, |block| {
            generator.fill(block);
        })
    };
    let dialled = |size| {
        let sender = DtmfSender { on: Frames(333), off: Frames(57), ..DtmfSender::default() };
        let mut generator = DtmfGenerator::new(Law::A, sender);
        generator.dial_str("12#D").unwrap();
        in_blocks(size, |block| {
            generator.fill(block);
        })
    };
    for size in [1, 7, 8, 40, 160] {
        assert!(tone(size) == tone(1999), "{size}");
        assert!(dialled(size) == dialled(1999), "{size}");
    }
}

#[test]
fn digits_last_as_long_as_asked_and_stop_after_the_last_pause() {
    let sender =
        DtmfSender { low_dbm0: -12.0, high_dbm0: -8.0, on: Frames::from_ms(40), off: Frames::from_ms(60) };
    let mut generator = DtmfGenerator::new(Law::A, sender);
    generator.dial(&[Digit::KEYPAD[5], Digit::KEYPAD[5]]).unwrap();
    for last in [false, true] {
        let (mut on, mut off) = ([0; 320], [0; 480]);
        assert!(!generator.fill(&mut on));
        assert_eq!(generator.fill(&mut off), last);
        assert!((Level::of(&on).dbm0(Law::A) + 6.54).abs() < 0.2, "{}", Level::of(&on).dbm0(Law::A));
        assert_eq!(off, [0; 480]);
    }
    assert!(generator.is_finished());
}

#[test]
fn strings_that_cannot_be_dialled_are_refused_whole() {
    let mut generator = DtmfGenerator::new(Law::A, DtmfSender::default());
    assert_eq!(generator.dial_str("12x"), Err(DialError::NoSuchKey('x')));
    assert!(generator.is_finished());
    let many = "0".repeat(64);
    generator.dial_str(&many).unwrap();
    assert_eq!(generator.dial_str("1"), Err(DialError::Full));
    assert_eq!(generator.dial_str(&"1".repeat(65)), Err(DialError::Full));
    generator.stop();
    assert!(generator.fill(&mut [0; 8]));
}

#[test]
fn sender_without_times_dials_nothing_and_returns() {
    let sender = DtmfSender { on: Frames(0), off: Frames(0), ..DtmfSender::default() };
    let mut generator = DtmfGenerator::new(Law::A, sender);
    generator.dial_str("123").unwrap();
    assert!(generator.fill(&mut [0; 8]));
}

fn step(first_hz: f32, second_hz: f32, on: u64, off: u64) -> ToneStep {
    ToneStep { first_hz, second_hz, dbm0: -13.0, on: Frames(on), off: Frames(off) }
}

fn in_blocks(size: usize, mut fill: impl FnMut(&mut [i16])) -> Vec<i16> {
    let mut signal = vec![0; 1999];
    signal.chunks_mut(size).for_each(&mut fill);
    signal
}
