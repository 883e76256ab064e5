//! Comfort noise of hosts that send channels on over packets: voices go out whole, and of the noise in between descriptions, of
//! which noise is made again.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::f64::consts::TAU;
use tandem_dsp::g711;
use tandem_engine::*;
use tandem_types::{FrameTime, Frames, Handle, Law};

const fn ms(ms: u64) -> Frames {
    Frames::from_ms(ms)
}

/// Noise of this mean square's root, with words of 700 ms and pauses of 1.3 s in it, each second word at 1, 3, 5 … seconds.
fn call(rms: f64, seconds: usize) -> Vec<i16> {
    let mut seed = 1_u32;
    let mut noise = || {
        let mut sum = 0.0;
        for _ in 0..4 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sum += f64::from(seed >> 16) / 32_768.0 - 1.0;
        }
        sum * rms * 0.75_f64.sqrt()
    };
    let voice = |n: usize| {
        let syllable = 0.55 - 0.45 * (TAU * n as f64 / 1400.0).cos();
        let tones = (1..12).map(|k| (TAU * f64::from(k * 140) * n as f64 / 8000.0).sin());
        1200.0 * syllable * tones.sum::<f64>()
    };
    let sample = |n: usize| {
        let said = if n % 16_000 >= 8_000 && n % 16_000 < 13_600 { voice(n % 16_000 - 8_000) } else { 0.0 };
        (noise() + said) as i16
    };
    (0..seconds * 8000).map(sample).collect()
}

/// The root of the mean square.
fn rms(samples: &[i16]) -> f64 {
    (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
}

fn db(one: f64, other: f64) -> f64 {
    20.0 * (one / other).log10()
}

/// A caller who says this and hangs up.
fn caller(slot: usize, samples: Vec<i16>) -> Caller {
    let length = samples.len() as u64;
    Caller::new(0, slot, 1000, &[(0, Act::Say(samples)), (length, Act::HangUp)])
}

fn suppressed() -> StreamOptions {
    StreamOptions { suppress: true, ..StreamOptions::default() }
}

/// What came of a stream: reason, given, lost.
fn done(bench: &Bench, stream: Handle) -> (EndReason, u64, u64) {
    loop {
        if let EventKind::StreamDone { operation, reason, given_ms, lost_ms, .. } = bench.event()
            && operation == stream
        {
            return (reason, given_ms, lost_ms);
        }
    }
}

/// All that a host may read now.
fn portions(bench: &Bench, stream: Handle, most: usize) -> Vec<Portion> {
    std::iter::from_fn(|| bench.engine.stream_read_portion(stream, most).unwrap_or_default()).collect()
}

#[test]
fn a_host_is_given_voices_from_their_beginning_on_and_of_pauses_what_their_noise_is_like() {
    let bench = Bench::new("noise-out", vec![caller(1, call(80.0, 10))]);
    let (_, channel) = bench.answer_next();
    // What was dialled is over then.
    assert!(bench.engine.advance(ms(200)));
    let whole = StreamOptions { buffer: ms(60_000), ..StreamOptions::default() };
    let whole = bench.engine.stream(channel, whole, Terms::default()).expect("answered");
    let stream = bench.engine.stream(channel, suppressed(), Terms::default()).expect("answered");
    let mut told = Vec::new();
    let mut rooms = [80, 160, 8_000, 333, 100_000].into_iter().cycle();
    loop {
        match bench.event() {
            EventKind::StreamReady { operation, .. } if operation == stream => {
                told.extend(portions(&bench, stream, rooms.next().expect("a room")));
            }
            EventKind::CallCleared { .. } => break,
            EventKind::StreamReady { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(bench.engine.advance(ms(100)));
    told.extend(portions(&bench, stream, 160));
    let heard = bench.engine.stream_read(whole, 100_000).expect("its end is not read");
    assert!(bench.engine.stream_read_portion(stream, 80) == Err(EngineError::Stale), "all is read");

    // One portion goes on where the other ends, and of the last frame there may be less.
    assert!(told.windows(2).all(|two| two[0].start + two[0].length == two[1].start));
    assert_eq!(told[0].start, heard.start);
    let length: u64 = told.iter().map(|portion| portion.length.0).sum();
    assert_eq!(length, (heard.samples.len() as u64).next_multiple_of(80));
    let at = |time: FrameTime| (time.since(heard.start)).0 as usize;
    let mut sent = vec![false; heard.samples.len()];
    let (mut descriptions, mut silent) = (Vec::new(), 0);
    for portion in &told {
        let range = at(portion.start)..(at(portion.start) + portion.length.0 as usize).min(sent.len());
        match &portion.sent {
            Sent::Voice(voice) => {
                assert_eq!(voice.len() as u64, portion.length.0);
                assert!(voice[..range.len()] == heard.samples[range.clone()], "as it was");
                assert!(voice[range.len()..].iter().all(|sample| *sample == 0));
                sent[range].fill(true);
            }
            Sent::Noise(noise) => {
                assert_eq!((portion.length, range.start % 80), (ms(10), 0));
                descriptions.push((range.start, noise.below_overload_db()));
            }
            Sent::Nothing => silent += range.len(),
        }
    }
    let loud = heard.samples.iter().position(|sample| sample.unsigned_abs() > 600).expect("a voice");
    for word in 0..5 {
        let begin = loud + word * 16_000;
        assert!(sent[begin..(begin + 5_500).min(sent.len())].iter().all(|sent| *sent), "word {word}");
        if word < 4 {
            let pause = &sent[begin + 5_600 + 2_000..begin + 16_000 - 1_200];
            assert!(!pause.contains(&true), "the pause after word {word}");
        }
    }
    assert!(silent > 4 * 7_000, "{silent}");
    // The analyser measures without the mean, and tells whole dB.
    let noise = &heard.samples[loud + 8_000..loud + 15_000];
    let level = -db(rms(noise), 32_768.0);
    descriptions.retain(|(at, _)| *at < loud + 64_000);
    assert!((5..=14).contains(&descriptions.len()), "{descriptions:?}");
    assert!(descriptions.iter().all(|(_, told)| (f64::from(*told) - level).abs() < 2.0), "{descriptions:?}");
    assert_eq!(done(&bench, stream), (EndReason::Hangup, heard.samples.len() as u64 / 8, 0));
    bench.finish();
}

#[test]
fn what_a_late_host_loses_is_a_jump_between_portions_and_is_counted() {
    let bench = Bench::new("noise-late", vec![caller(1, call(80.0, 20))]);
    let (_, channel) = bench.answer_next();
    let options = StreamOptions { buffer: ms(200), ..suppressed() };
    let stream = bench.engine.stream(channel, options, Terms::default()).expect("answered");
    let begun = bench.engine.now();
    assert!(bench.engine.advance(ms(2_000)));
    let first = portions(&bench, stream, 8_000);
    assert!(bench.engine.advance(ms(300)));
    let second = portions(&bench, stream, 8_000);
    let all: Vec<&Portion> = first.iter().chain(&second).collect();
    let ends = |portion: &Portion| portion.start + portion.length;
    let jumps: Vec<u64> = all.windows(2).map(|two| two[1].start.since(ends(two[0])).0 / 8).collect();
    let jump: u64 = jumps.iter().sum();
    assert_eq!(jumps.iter().filter(|jump| **jump > 0).count(), 1, "{jumps:?}");
    assert!((1_400..=1_650).contains(&jump), "{jump} ms");
    let given: u64 = all.iter().map(|portion| portion.length.as_ms()).sum();
    assert!(ends(all[all.len() - 1]) - begun <= ms(2_260), "40 ms wait to be decided upon");
    bench.engine.stop(stream).expect("it is there");
    let (reason, told, lost) = done(&bench, stream);
    assert_eq!(reason, EndReason::Stopped);
    // A frame that was cut by the gap was filled up.
    assert!(told <= given && given - told < 10, "{told} of {given} ms");
    assert!(lost >= jump && lost - jump < 10, "{lost} ms of {jump}");
    bench.finish();
}

#[test]
fn what_is_decided_upon_late_is_read_after_the_end_or_lost() {
    for reads in [true, false] {
        let bench = Bench::new("noise-end", vec![caller(1, call(80.0, 1))]);
        let (_, channel) = bench.answer_next();
        let stream = bench.engine.stream(channel, suppressed(), Terms::default()).expect("answered");
        let begun = bench.engine.now();
        assert!(bench.engine.advance(ms(500)));
        let before: u64 = portions(&bench, stream, 8_000).iter().map(|portion| portion.length.as_ms()).sum();
        assert!((440..=460).contains(&before), "{before} ms: 40 of 500 wait to be decided upon");
        while !matches!(bench.event(), EventKind::CallCleared { .. }) {}
        let heard = (bench.engine.now() - begun).as_ms();
        assert!(bench.engine.advance(ms(100)));
        let after: u64 = match reads {
            true => portions(&bench, stream, 8_000).iter().map(|portion| portion.length.as_ms()).sum(),
            false => 0,
        };
        let (reason, given, lost) = done(&bench, stream);
        assert_eq!(reason, EndReason::Hangup);
        assert!((before + after).abs_diff(given) < 10, "{before} + {after} and {given}");
        assert!((given + lost).abs_diff(heard) < 60, "{given} + {lost} of {heard} ms");
        assert_eq!(lost > 0, !reads, "{lost} ms");
        bench.finish();
    }
}

#[test]
fn a_stream_that_suppresses_silence_is_read_in_portions_and_no_other() {
    let bench = Bench::new("noise-refused", vec![caller(1, call(80.0, 20))]);
    let (_, channel) = bench.answer_next();
    let both = StreamOptions { side: StreamSide::Both, ..suppressed() };
    let refused = bench.engine.stream(channel, both, Terms::default());
    assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    let usual = bench.engine.stream(channel, StreamOptions::default(), Terms::default()).expect("answered");
    let stream = bench.engine.stream(channel, suppressed(), Terms::default()).expect("answered");
    assert!(bench.engine.advance(ms(100)));
    assert!(matches!(bench.engine.stream_read(stream, 80), Err(EngineError::WrongState(_))));
    assert!(matches!(bench.engine.stream_read_portion(usual, 80), Err(EngineError::WrongState(_))));
    for room in [0, 79] {
        let refused = bench.engine.stream_read_portion(stream, room);
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    let portion = bench.engine.stream_read_portion(stream, 80).expect("good").expect("something");
    assert_eq!(portion.length, ms(10));
    bench.engine.close().expect("open");
}

/// The longest run of samples that are no louder than the softest that A-law has.
fn longest_silence(samples: &[i16]) -> usize {
    let runs = samples.chunk_by(|one, other| (one.abs() <= 8) == (other.abs() <= 8));
    runs.filter(|run| run[0].abs() <= 8).map(<[i16]>::len).max().unwrap_or(0)
}

#[test]
fn what_one_gateway_sends_another_makes_a_call_of_without_a_gap_and_with_noise_of_its_level() {
    let said = call(80.0, 14);
    for live in [Some(ms(40)), Some(ms(100)), None] {
        let hears = Caller::new(0, 2, 16_000, &[(60 * 8000, Act::HangUp)]);
        let bench = Bench::new("noise-both", vec![caller(1, said.clone()), hears]);
        let (speaks, hears) = (bench.answer_next().1, bench.answer_next().1);
        let stream = bench.engine.stream(speaks, suppressed(), Terms::default()).expect("answered");
        let options = PlayStreamOptions { buffer: ms(200), live };
        let play = bench.engine.play_stream_with(hears, options, Terms::default()).expect("answered");
        let starved = || bench.engine.statistics().expect("open").totals.media.octets_starved;
        let (mut sent, mut at_first, mut most) = (0, 0, 0);
        for packet in 0..500 {
            assert!(bench.engine.advance(ms(20)));
            for portion in portions(&bench, stream, 160) {
                match &portion.sent {
                    Sent::Voice(voice) => {
                        assert_eq!(bench.engine.stream_write(play, voice.clone()), Ok(voice.len()));
                        sent += voice.len();
                    }
                    Sent::Noise(noise) => {
                        bench.engine.stream_write_noise(play, noise.octets()).expect("it plays");
                    }
                    Sent::Nothing => {}
                }
            }
            if packet == 50 {
                at_first = starved();
            }
            most = most.max(bench.engine.play_state(play).expect("it plays").waiting.as_ms());
        }
        let state = bench.engine.play_state(play).expect("it plays");
        assert_eq!((starved() - at_first, state.dried), (0, 0), "{live:?}");
        assert!(most <= live.map_or(80, |live| live.as_ms() + 40), "{live:?}: {most} ms waited");
        assert!(sent < 6 * 8000, "{sent} samples of ten seconds were sent");
        let heard: Vec<i16> =
            bench.callers().0[1].heard.iter().map(|octet| g711::decode(Law::A, *octet)).collect();
        // From a word on: the host has come into a pause.
        let heard = &heard[heard.iter().position(|sample| sample.abs() > 600).expect("a voice")..];
        assert!(longest_silence(&heard[..60_000]) < 16, "{live:?}: {}", longest_silence(&heard[..60_000]));
        for word in heard.chunks(16_000).take(4) {
            let voice = db(rms(&word[..5_500]), rms(&said[8_000..13_500]));
            assert!(voice.abs() < 0.5, "{live:?}: {voice} dB");
            for part in word[5_600..15_800].chunks(1_700) {
                let noise = db(rms(part), 80.0);
                assert!(noise.abs() < 2.0, "{live:?}: {noise} dB");
            }
        }
        bench.engine.stream_end(play).expect("it plays");
        let refused = bench.engine.stream_write_noise(play, &[60]);
        assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
        bench.finish();
    }
}

#[test]
fn noise_ends_with_its_stream_and_no_other_operation_has_any() {
    let bench = Bench::new("noise-in", vec![caller(1, call(80.0, 20))]);
    let (_, channel) = bench.answer_next();
    let play = bench.engine.play_stream(channel, ms(100), Terms::default()).expect("answered");
    for wrong in [&[][..], &[60; 257]] {
        let refused = bench.engine.stream_write_noise(play, wrong);
        assert!(matches!(refused, Err(EngineError::BadArgument(_))), "{refused:?}");
    }
    // As long as it may be, and of each kind of octets.
    bench.engine.stream_write_noise(play, &[0xff; 256]).expect("it plays");
    bench.engine.stream_write_noise(play, &[50]).expect("it plays");
    assert!(bench.engine.advance(ms(1_000)));
    let state = bench.engine.play_state(play).expect("it plays");
    assert!((940..=1_000).contains(&state.heard.as_ms()), "{:?}", state.heard);
    assert!((40..=80).contains(&state.waiting.as_ms()), "{:?}", state.waiting);
    bench.engine.stream_end(play).expect("it plays");
    let EventKind::PlayDone { operation, reason, played_ms, .. } = bench.event() else { panic!("no end") };
    assert_eq!((operation, reason), (play, EndReason::Finished));
    assert!((1_000..=1_080).contains(&played_ms), "{played_ms}");
    assert_eq!(bench.engine.stream_write_noise(play, &[50]), Err(EngineError::Stale));
    let stream = bench.engine.stream(channel, suppressed(), Terms::default()).expect("answered");
    let refused = bench.engine.stream_write_noise(stream, &[50]);
    assert!(matches!(refused, Err(EngineError::WrongState(_))), "{refused:?}");
    bench.engine.close().expect("open");
}
