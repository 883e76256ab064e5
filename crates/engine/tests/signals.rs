//! Digits, register signals and tones sent in a call: what its caller hears, among prompts, in rounds and sought.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::sync::Arc;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::{Detector, DtmfEvent};
use tandem_dsp::g711;
use tandem_dsp::mf::{MfDetector, MfEvent, MfSystem};
use tandem_dsp::progress::{ToneDetector, ToneEvent, ToneName, TonePlan, ToneSet};
use tandem_engine::{EndReason, EngineError, EventKind, Gain, Piece, PlayOptions, Seek, Terms};
use tandem_types::{Frames, Handle, Law};

const SECOND: u64 = 8000;

fn answered(name: &str) -> (Bench, Handle) {
    let bench = Bench::new(name, vec![Caller::new(0, 1, 1000, &[(120 * SECOND, Act::HangUp)])]);
    let (_, channel) = bench.answer_next();
    (bench, channel)
}

fn play(bench: &Bench, channel: Handle, pieces: &[Piece], options: PlayOptions) -> Handle {
    bench.engine.play_list(channel, pieces.to_vec(), options, Terms::default()).expect("answered")
}

/// When it ends, how much was played, in ms.
fn end(bench: &Bench, play: Handle) -> (EndReason, u64) {
    match bench.event() {
        EventKind::PlayDone { operation, reason, played_ms, .. } if operation == play => (reason, played_ms),
        other => panic!("{other:?} in place of the end of a play"),
    }
}

/// What the caller has heard, all that is under way too.
fn heard(bench: &Bench) -> Vec<i16> {
    assert!(bench.engine.advance(Frames::from_ms(200)));
    bench.callers().0[0].heard.iter().map(|octet| g711::decode(Law::A, *octet)).collect()
}

/// Digits with how long they were and what was between their beginnings, in ms.
fn digits(samples: &[i16]) -> Vec<(char, i64, i64)> {
    let (mut heard, mut before) = (Vec::new(), 0);
    Detector::new().process(samples, |event| {
        if let DtmfEvent::End { digit, start, end, .. } = event {
            heard.push((digit.to_char(), (end.0 - start.0) as i64 / 8, (start.0 - before) as i64 / 8));
            before = start.0;
        }
    });
    heard
}

#[test]
fn a_caller_hears_the_digits_of_a_path_with_the_times_that_it_says() {
    let (bench, channel) = answered("signal-digits");
    let piece = Piece::of_path("dtmf:80/60@-12 159#0*D,7");
    let play = play(&bench, channel, &[piece], PlayOptions::default());
    assert_eq!(end(&bench, play), (EndReason::Finished, 8 * 140 + 1000));
    let heard = digits(&heard(&bench));
    assert_eq!(heard.iter().map(|(digit, ..)| *digit).collect::<String>(), "159#0*D7");
    for (n, (digit, ms, since)) in heard.iter().enumerate() {
        assert!((ms - 80).abs() <= 4, "{digit}: {ms} ms");
        let wanted = if *digit == '7' { 1140 } else { 140 };
        assert!(n == 0 || (since - wanted).abs() <= 4, "{digit}: {since} ms after the one before");
    }
    bench.finish();
}

#[test]
fn signals_are_pieces_among_others_without_a_gap() {
    let (bench, channel) = answered("signal-pieces");
    let pieces = [
        Piece::Samples(Arc::from([8064; 400])),
        Piece::of_path("tone:2000@-10 50"),
        Piece::Samples(Arc::from([-8064; 400])),
        Piece::of_path("mf:r1 KP1ST"),
    ];
    let options = PlayOptions { rounds: Some(2), start: Frames(200), ..PlayOptions::default() };
    let play = play(&bench, channel, &pieces, options);
    let r1_ms = 100 + 68 + 68 + 3 * 68;
    assert_eq!(end(&bench, play), (EndReason::Finished, 2 * (150 + r1_ms) - 25));
    let heard = heard(&bench);
    let begin = heard.iter().position(|sample| *sample == 8064).expect("the first piece");
    // 2000 Hz at 8 kHz has four samples a turn: 0, peak, 0, trough.
    let tone = |from: usize| {
        for (n, four) in heard[from..from + 400].chunks(4).enumerate() {
            let [zero, top, other, low] = *four else { panic!("fours") };
            assert!(zero.abs() <= 8 && other.abs() <= 8 && (6_800..7_600).contains(&top), "{n}: {four:?}");
            assert_eq!(top, -low, "{n}");
        }
    };
    let round = 1200 + 8 * r1_ms as usize;
    for (from, first) in [(begin, 200), (begin + round - 200, 400)] {
        assert!(heard[from..from + first].iter().all(|sample| *sample == 8064));
        tone(from + first);
        assert!(heard[from + first + 400..from + first + 800].iter().all(|sample| *sample == -8064));
    }
    let mut signals = Vec::new();
    MfDetector::new(InstructionSet::detect(), MfSystem::R1).process(&heard, |event| {
        if let MfEvent::Start { signal, .. } = event {
            signals.push(signal.name());
        }
    });
    assert_eq!(signals, ["KP", "1", "ST"].repeat(2));
    bench.finish();
}

#[test]
fn busy_tone_goes_on_until_it_is_stopped_and_is_heard_as_such() {
    let (bench, channel) = answered("signal-busy");
    let forever = PlayOptions { rounds: None, ..PlayOptions::default() };
    let busy = play(&bench, channel, &[Piece::of_path("tone:fr busy")], forever);
    assert!(bench.engine.advance(Frames::from_seconds(6)));
    bench.engine.stop(busy).expect("it plays");
    let (reason, ms) = end(&bench, busy);
    assert!(reason == EndReason::Stopped && (5_990..=6_010).contains(&ms), "{reason:?} {ms}");
    let set = ToneSet::new(&TonePlan::country("fr").expect("there is one")).expect("room");
    let mut told = Vec::new();
    let samples = [heard(&bench), vec![0; 32_000]].concat();
    ToneDetector::new(InstructionSet::detect()).process(&set, &samples, |event| {
        if let ToneEvent::End { tone, start, end, dbm0, .. } = event {
            told.push((tone, (end.0 - start.0) / 8, dbm0));
        }
    });
    let [(ToneName::Busy, length, dbm0)] = told[..] else { panic!("{told:?}") };
    assert!((5_000..6_010).contains(&length) && (dbm0 + 10.0).abs() < 0.7, "{length} ms at {dbm0} dBm0");
    bench.finish();
}

#[test]
fn an_hour_of_a_tone_is_sought_adjusted_and_ended_by_a_digit_like_any_play() {
    let plan = [(4 * SECOND, Act::Press("5")), (20 * SECOND, Act::HangUp)];
    let bench = Bench::new("signal-hour", vec![Caller::new(0, 1, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    let piece = vec![Piece::of_path("tone:1000@-10 3600s")];
    let options = PlayOptions { gain: Gain::from_db(-6.02).expect("a gain"), ..PlayOptions::default() };
    let terms = Terms { any_digit: true, ..Terms::default() };
    let play = bench.engine.play_list(channel, piece, options, terms).expect("answered");
    assert!(bench.engine.advance(Frames::from_seconds(1)));
    bench.engine.seek_play(play, Seek::By(3_000 * 8_000)).expect("it plays");
    let EventKind::PlayDone { reason, position_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!(reason, EndReason::Digit);
    assert!((3_002_500..3_004_500).contains(&position_ms), "{position_ms}");
    let loudest = heard(&bench).iter().map(|sample| sample.abs()).max().expect("samples");
    // A peak of 7216 is -10 dBm0; a gain of -6.02 halves it.
    assert!((3_400..3_800).contains(&loudest), "{loudest}");
    bench.finish();
}

#[test]
fn digits_to_be_sent_are_not_taken_for_pressed_ones() {
    let (bench, channel) = answered("signal-own");
    let terms = Terms { any_digit: true, ..Terms::default() };
    let pieces = vec![Piece::of_path("dtmf:123456")];
    let play = bench.engine.play_list(channel, pieces, PlayOptions::default(), terms).expect("answered");
    assert_eq!(end(&bench, play), (EndReason::Finished, 1_200));
    let collected = Terms { max_digits: 1, max_time: Frames(800), ..Terms::default() };
    bench.engine.collect(channel, collected).expect("answered");
    let EventKind::CollectDone { digits, reason, .. } = bench.event() else { panic!("no end") };
    assert_eq!((digits.as_str(), reason), ("", EndReason::MaxTime));
    bench.finish();
}

#[test]
fn what_is_no_signal_is_refused_with_its_text_and_the_reason() {
    let (bench, channel) = answered("signal-wrong");
    for (line, word) in [
        ("dtmf:12x", "no key is marked 'x'"),
        ("mf:r9 1", "no signals of \"r9\""),
        ("tone:fr bizzy", "no tone \"bizzy\""),
        ("tone:busy", "no tone \"busy\""),
    ] {
        let pieces = vec![Piece::Silence(Frames(80)), Piece::of_path(line)];
        let played = bench.engine.play_list(channel, pieces, PlayOptions::default(), Terms::default());
        let Err(EngineError::File { path, problem }) = played else { panic!("{line} is no signal") };
        assert!(path.as_os_str() == line && problem.contains(word), "{line}: {problem}");
    }
    bench.finish();
}
