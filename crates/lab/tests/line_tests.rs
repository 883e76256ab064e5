//! Test patterns and test tones through a whole engine and its simulated lines.
use hw_sim::WireControl;
use std::sync::{Arc, Mutex, PoisonError};
use tandem_engine::{Config, Engine, LineOrder, Loopback, Pattern, TestTone};
use tandem_lab::{FarEnds, SimFactory};
use tandem_rt::{Next, Step};
use tandem_types::{Abcd, FrameTime, Frames, Timeslot};

/// Far ends that send back in every timeslot what they received in it.
struct Echo {
    ends: FarEnds,
    last: Vec<[u8; 32]>,
    now: u64,
}

impl Step for Echo {
    fn step(&mut self, now: FrameTime) -> Next {
        for _ in self.now..now.0 {
            for (port, last) in self.ends.ports.iter_mut().zip(&mut self.last) {
                for _ in 0..port.frames_due() {
                    port.send(last);
                }
                if let Some(heard) = port.receive() {
                    *last = *heard;
                }
            }
        }
        self.now = now.0;
        Next::At(now + Frames(1))
    }
}

fn engine(text: &str) -> (Engine, WireControl) {
    let place = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&place);
    let factory = SimFactory::new(Box::new(move |mut ends| {
        for port in &mut ends.ports {
            for slot in (1..32).filter_map(Timeslot::new) {
                let _ = port.set_abcd(slot, Abcd::new(0b1101)); // 16 has none
            }
        }
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(ends.wires[0].clone());
        let last = vec![[0xd5; 32]; ends.ports.len()];
        Box::new(Echo { ends, last, now: 0 })
    }));
    let config = Config::parse(text).expect("good");
    let engine = Engine::open(config, &mut [Box::new(factory)]).expect("opens");
    let wire = place.lock().unwrap_or_else(PoisonError::into_inner).take().expect("a wire");
    assert!(engine.advance(Frames::from_seconds(2)));
    (engine, wire)
}

fn config(model: &str, framing: &str, options: &str) -> String {
    format!(
        "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"{model}\"\noptions = {{ cas = false, {options} }}\n\
         [[span]]\nport = 0\nsignalling = \"none\"\nframing = \"{framing}\"\n"
    )
}

const ALL: [Pattern; 11] = [
    Pattern::Prbs9,
    Pattern::Prbs11,
    Pattern::Prbs15,
    Pattern::Prbs20,
    Pattern::Qrss,
    Pattern::Prbs23,
    Pattern::Prbs29,
    Pattern::Prbs31,
    Pattern::ALTERNATING,
    Pattern::ONE_IN_EIGHT,
    Pattern::THREE_IN_24,
];

#[test]
fn every_pattern_comes_back_without_an_error_and_errors_put_in_are_counted_exactly() {
    for (model, framing, options, slots) in [
        ("sim-falc4", "e1", "seed = 1", 0xffff_fffe_u32),
        ("sim-bit", "e1", "seed = 1", 0x0000_0002),
        ("sim-bit", "t1-esf", "framing = \"t1-esf\"", 0x01ff_fffe),
        ("sim-bit", "t1-sf", "framing = \"t1-sf\"", 0x0000_00a8),
    ] {
        let (engine, _) = engine(&config(model, framing, options));
        for pattern in ALL {
            let test = engine.line_test_start(0, slots, pattern).expect("free channels");
            engine.advance(Frames::from_seconds(1));
            let begun = engine.line_test(test).expect("in progress");
            assert!(begun.synchronised, "{model} {framing} {pattern:?}: {begun:?}");
            engine.line_test_insert_errors(test, 25).expect("in progress");
            engine.advance(Frames::from_seconds(1));
            let state = engine.line_test_stop(test).expect("in progress");
            assert_eq!(state.counts.errors - begun.counts.errors, 25, "{model} {framing} {pattern:?}");
            let bits = state.counts.bits - begun.counts.bits;
            assert_eq!(bits, u64::from(slots.count_ones()) * 64_000, "{model} {framing} {pattern:?}");
            assert_eq!((state.counts.losses, state.counts.deletions), (0, 0));
            assert!(engine.line_test(test).is_err(), "it is over");
        }
        engine.check_conservation().expect("every octet accounted for");
    }
}

#[test]
fn a_slip_is_one_loss_of_the_pattern_and_told_as_a_frame() {
    // The far end is fast: every 1.25 s it repeats a frame for want of a new one, and we delete one.
    let (engine, _) = engine(&config("sim-bit", "e1", "ppm = 100"));
    let test = engine.line_test_start(0, 0x0000_0ffe, Pattern::Prbs15).expect("free channels");
    engine.advance(Frames::from_seconds(1));
    let before = engine.line_test(test).expect("in progress").counts;
    engine.advance(Frames::from_seconds(13));
    let counts = engine.line_test(test).expect("in progress").counts;
    let (deleted, repeated) = (counts.deletions - before.deletions, counts.repetitions - before.repetitions);
    assert!((9..=11).contains(&deleted) && (9..=11).contains(&repeated), "{counts:?}");
    // A frame of 11 slots of 8 bits.
    assert_eq!(counts.last_slip.unsigned_abs(), 88, "{counts:?}");
    assert_eq!((counts.losses - before.losses, counts.errors), (deleted + repeated, 0));
}

#[test]
fn on_a_dead_line_no_pattern_comes_in_and_a_local_loop_serves_without_a_far_end() {
    let (engine, wire) = engine(&config("sim-bit", "e1", "seed = 1"));
    wire.cut_both();
    let test = engine.line_test_start(0, 0x0000_fffe, Pattern::Prbs23).expect("free channels");
    engine.advance(Frames::from_seconds(2));
    assert!(!engine.line_test(test).expect("in progress").synchronised);
    engine.line_order(0, LineOrder::Loop(Some(Loopback::Local))).expect("a card that can");
    engine.advance(Frames::from_seconds(2));
    let state = engine.line_test(test).expect("in progress");
    assert!(state.synchronised && state.counts.errors == 0, "{state:?}");
}

#[test]
fn slots_that_are_in_a_test_or_carry_nothing_are_refused_by_name() {
    let (engine, _) = engine(&config("sim-bit", "e1", "seed = 1"));
    let test = engine.line_test_start(0, 0b0110, Pattern::Prbs9).expect("free channels");
    for (span, slots) in [(0, 0b0100), (0, 0), (0, 1), (1, 2)] {
        assert!(engine.line_test_start(span, slots, Pattern::Prbs9).is_err(), "span {span} slots {slots:b}");
    }
    engine.line_test_stop(test).expect("in progress");
    assert!(engine.line_test_stop(test).is_err(), "it is over");
    assert!(engine.line_test_start(0, 0b0100, Pattern::Prbs9).is_ok());
}

#[test]
fn a_milliwatt_and_a_1004_hz_tone_are_heard_at_the_far_end_as_they_are_defined() {
    let (engine, _) = engine(&config("sim-bit", "t1-esf", "framing = \"t1-esf\""));
    let channel = engine.channels(0).expect("open")[4].0;
    let directory = std::env::temp_dir().join(format!("tandem-tones-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    for (number, (tone, hertz)) in
        [(TestTone::Milliwatt, 1000.0), (TestTone::Tone1004, 1004.0)].into_iter().enumerate()
    {
        engine.test_tone(channel, Some(tone)).expect("a channel without calls");
        engine.advance(Frames::from_ms(500));
        let path = directory.join(format!("{number}.wav"));
        let record = engine.record(channel, &path, tandem_engine::Terms::default()).expect("records");
        engine.advance(Frames::from_seconds(2));
        engine.stop(record).expect("in progress");
        engine.advance(Frames::from_ms(500));
        // The far end sends back what it hears: channel 1 of the file.
        let wav = std::fs::read(&path).expect("a recording");
        let samples: Vec<f64> = wav[512..]
            .chunks_exact(4)
            .take(8000)
            .map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])))
            .collect();
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let phase = std::f64::consts::TAU * hertz * n as f64 / 8000.0;
            re += sample * phase.cos();
            im += sample * phase.sin();
        }
        let amplitude = 2.0 * f64::hypot(re, im) / samples.len() as f64;
        let dbm0 = 20.0 * (amplitude / 32768.0).log10() + 3.17;
        assert!(dbm0.abs() < 0.05, "{tone:?}: {dbm0} dBm0 at {hertz} Hz");
    }
    engine.test_tone(channel, None).expect("a channel without calls");
    let _ = std::fs::remove_dir_all(&directory);
}
