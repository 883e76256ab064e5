//! What callers hear of plays: lists, pauses, seeking, speed and volume; and that each play ends in one event.
mod common;

use common::bench::Bench;
use common::callers::{Act, Caller};
use std::path::Path;
use std::sync::Arc;
use tandem_dsp::g711;
use tandem_engine::{EndReason, EngineError, EventKind, Gain, Piece, PlayOptions, Seek, Speed, Terms};
use tandem_files::wav::{RecordingEncoding, RecordingWriter, SyncPolicy};
use tandem_types::{Digit, Frames, Handle, Law};

const SECOND: u64 = 8000;

/// A caller that stays for a minute.
fn patient() -> Caller {
    Caller::new(0, 1, 1000, &[(60 * SECOND, Act::HangUp)])
}

/// Samples that count, each as A-law carries it: 64 numbers, each for 25 samples, so 200 ms a round.
fn counting(rounds: usize) -> Arc<[i16]> {
    let number = |n: usize| g711::decode(Law::A, g711::encode(Law::A, 1000 + 200 * (n / 25 % 64) as i16));
    (0..rounds * 1600).map(number).collect()
}

/// What the caller has heard, all that is under way too.
fn heard(bench: &Bench) -> Vec<i16> {
    pass(bench, 10);
    bench.callers().0[0].heard.iter().map(|octet| g711::decode(Law::A, *octet)).collect()
}

/// Everything heard but silence.
fn sounds(bench: &Bench) -> Vec<i16> {
    heard(bench).into_iter().filter(|sample| sample.abs() > 8).collect()
}

fn end(bench: &Bench) -> (Handle, EndReason, u64, u64) {
    match bench.event() {
        EventKind::PlayDone { operation, reason, played_ms, position_ms, .. } => {
            (operation, reason, played_ms, position_ms)
        }
        other => panic!("{other:?} in place of the end of a play"),
    }
}

fn pass(bench: &Bench, ms: u64) {
    assert!(bench.engine.advance(Frames::from_ms(ms)));
}

#[test]
fn a_list_of_files_samples_and_silence_is_heard_without_a_gap_as_often_as_asked() {
    let bench = Bench::new("play-list", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let path = bench.directory.join("piece.wav");
    let mut file =
        RecordingWriter::create(&path, RecordingEncoding::Linear16, SyncPolicy::None).expect("a file");
    // Both channels of a recording alike: a prompt is what they have in common.
    let octets: Vec<[u8; 2]> = counting(1).iter().map(|sample| [g711::encode(Law::A, *sample); 2]).collect();
    file.append_octets(Law::A, &octets);
    assert!(file.finish().error.is_none());
    let other: Arc<[i16]> = vec![8064; 333].into();
    let pieces = vec![Piece::File(path), Piece::Silence(Frames(41)), Piece::Samples(Arc::clone(&other))];
    let options = PlayOptions { rounds: Some(2), start: Frames(100), ..PlayOptions::default() };
    let play = bench.engine.play_list(channel, pieces, options, Terms::default()).expect("answered");
    let played = 2 * (1600 + 41 + 333) - 100;
    assert_eq!(end(&bench), (play, EndReason::Finished, played / 8, 1974 / 8));
    let round: Vec<i16> = counting(1).iter().copied().chain([8; 41]).chain(other.iter().copied()).collect();
    let expected = [&round[100..], &round[..]].concat();
    let heard = heard(&bench);
    let begin = heard.iter().position(|sample| *sample > 8).expect("something is heard");
    assert!(heard[begin..begin + expected.len()] == expected);
    bench.finish();
}

#[test]
fn music_goes_on_until_it_is_stopped_and_a_play_of_nothing_ends_at_once() {
    let bench = Bench::new("play-forever", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let forever = PlayOptions { rounds: None, ..PlayOptions::default() };
    let play = |pieces| bench.engine.play_list(channel, pieces, forever, Terms::default()).expect("answered");
    let music = play(vec![Piece::Samples(counting(1))]);
    pass(&bench, 20_000);
    bench.engine.stop(music).expect("it plays");
    let (operation, reason, played_ms, _) = end(&bench);
    assert_eq!((operation, reason), (music, EndReason::Stopped));
    assert!((19_990..=20_010).contains(&played_ms), "{played_ms}");
    assert!(sounds(&bench)[..159_000] == counting(100)[..159_000]);
    let nothing = play(vec![Piece::Silence(Frames(0))]);
    assert_eq!(end(&bench), (nothing, EndReason::Finished, 0, 0));
    bench.finish();
}

#[test]
fn what_pauses_goes_on_where_it_was_and_no_sample_is_lost_or_heard_twice() {
    let bench = Bench::new("play-pause", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let play = bench.engine.play_samples(channel, counting(10), Terms::default()).expect("answered");
    pass(&bench, 700);
    bench.engine.pause(play).expect("it plays");
    bench.engine.pause(play).expect("it rests, or will");
    pass(&bench, 3_000);
    let before = sounds(&bench).len() as u64;
    assert!((5_500..5_700).contains(&before), "{before} samples in 700 ms");
    let second = bench.engine.play_samples(channel, counting(1), Terms::default());
    assert!(matches!(second, Err(EngineError::WrongState(_))), "the channel is not free");
    bench.engine.resume(play).expect("it rests");
    assert_eq!(end(&bench), (play, EndReason::Finished, 2_000, 2_000));
    assert!(sounds(&bench) == counting(10)[..]);
    bench.finish();
}

#[test]
fn a_play_goes_on_from_where_it_is_told_to() {
    let bench = Bench::new("play-seek", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let rising: Arc<[i16]> = (0..16_000).map(|n| 500 + n / 4).collect();
    let play = bench.engine.play_samples(channel, rising, Terms::default()).expect("answered");
    pass(&bench, 500);
    bench.engine.seek_play(play, Seek::By(8_000)).expect("it plays");
    pass(&bench, 250);
    bench.engine.seek_play(play, Seek::By(-80_000)).expect("it plays");
    pass(&bench, 250);
    bench.engine.seek_play(play, Seek::To(Frames(15_000))).expect("it plays");
    let (operation, reason, played_ms, position_ms) = end(&bench);
    assert_eq!((operation, reason, position_ms), (play, EndReason::Finished, 2_000));
    assert!((1_110..=1_126).contains(&played_ms), "{played_ms}: 500, 250, 250 and 125 ms");
    let sounds = sounds(&bench);
    let near = |place: usize, is: usize| {
        let (sample, is) = (i32::from(sounds[place]), 500 + is as i32 / 4);
        assert!((sample - is).abs() < 150, "{sample} at {place}, not {is}");
    };
    for (place, is) in [(3_800, 3_800), (4_200, 12_200), (5_800, 13_800), (6_200, 200), (7_800, 1_800)] {
        near(place, is);
    }
    near(8_200, 15_200);

    // Behind the end there is nothing left; what is changed while it rests counts from when it goes on.
    let play = bench.engine.play_samples(channel, counting(5), Terms::default()).expect("answered");
    pass(&bench, 100);
    bench.engine.pause(play).expect("it plays");
    pass(&bench, 100);
    bench.engine.seek_play(play, Seek::To(Frames(u64::MAX))).expect("it rests");
    pass(&bench, 100);
    bench.engine.resume(play).expect("it rests");
    let (_, reason, played_ms, position_ms) = end(&bench);
    assert_eq!((reason, position_ms), (EndReason::Finished, 1_000));
    assert!((95..=101).contains(&played_ms), "{played_ms}");
    bench.finish();
}

#[test]
fn a_play_becomes_faster_slower_and_louder_on_its_way() {
    let bench = Bench::new("play-adjust", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let tone = |n: i32| (2000.0 * (f64::from(n) * 0.35).sin()) as i16;
    let voice: Arc<[i16]> = (0..32_000).map(tone).collect();
    let play = bench.engine.play_samples(channel, voice, Terms::default()).expect("answered");
    let adjust = |percent, db| {
        let speed = Speed::percent(percent).expect("a speed");
        bench.engine.adjust_play(play, speed, Gain::from_db(db).expect("a gain")).expect("it plays");
    };
    pass(&bench, 1_000);
    adjust(200, 0.0);
    pass(&bench, 500);
    adjust(50, 6.0);
    let (_, reason, played_ms, position_ms) = end(&bench);
    // A second as it is, half a second for the next, and four for the last two.
    assert_eq!((reason, position_ms), (EndReason::Finished, 4_000));
    assert!((5_470..=5_530).contains(&played_ms), "{played_ms}");
    let heard = heard(&bench);
    let begin = heard.iter().position(|sample| sample.abs() > 8).expect("something is heard");
    let loudest = |from: usize, to: usize| {
        heard[begin + from..begin + to].iter().map(|sample| sample.abs()).max().expect("samples")
    };
    assert!((1_900..2_100).contains(&loudest(0, 11_000)), "{}", loudest(0, 11_000));
    assert!((3_800..4_200).contains(&loudest(13_000, 40_000)), "{}", loudest(13_000, 40_000));
    bench.finish();
}

#[test]
fn what_ends_a_play_ends_one_that_rests_too() {
    let plan = [(2 * SECOND, Act::Press("5")), (4 * SECOND, Act::Press("#")), (7 * SECOND, Act::HangUp)];
    let bench = Bench::new("play-paused-end", vec![Caller::new(0, 1, 1000, &plan)]);
    let (_, channel) = bench.answer_next();
    let paused = |terms| {
        let play = bench.engine.play_samples(channel, counting(50), terms).expect("answered");
        pass(&bench, 200);
        bench.engine.pause(play).expect("it plays");
        play
    };
    let ended = |play, why| {
        let (operation, reason, played_ms, _) = end(&bench);
        assert_eq!((operation, reason), (play, why));
        assert!((190..=201).contains(&played_ms), "{played_ms}");
        bench.engine.clear_digits(channel).expect("answered");
    };
    ended(paused(Terms { any_digit: true, ..Terms::default() }), EndReason::Digit);
    let hash = Digit::from_char('#').into_iter().collect();
    ended(paused(Terms { digits: hash, ..Terms::default() }), EndReason::Digit);
    ended(paused(Terms { max_time: Frames::from_ms(900), ..Terms::default() }), EndReason::MaxTime);
    let stopped = paused(Terms::default());
    bench.engine.stop(stopped).expect("it rests, or will");
    ended(stopped, EndReason::Stopped);
    let over = bench.engine.resume(stopped);
    assert!(matches!(over, Err(EngineError::Stale)), "{over:?}");
    ended(paused(Terms::default()), EndReason::Hangup);
    bench.finish();
}

#[test]
fn only_plays_can_be_paused() {
    let bench = Bench::new("play-only", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let collect = bench.engine.collect(channel, Terms::default()).expect("answered");
    assert!(matches!(bench.engine.pause(collect), Err(EngineError::WrongState(_))));
    assert!(matches!(bench.engine.seek_play(collect, Seek::By(1)), Err(EngineError::WrongState(_))));
    bench.finish();
}

#[test]
fn however_plays_are_turned_each_ends_in_one_event() {
    let bench = Bench::new("play-random", vec![Caller::new(0, 1, 1000, &[(3000 * SECOND, Act::HangUp)])]);
    let (_, channel) = bench.answer_next();
    let mut rng = tandem_testkit::Rng::new(5);
    let mut number = |most: u64| (rng.word() >> 33) % most;
    let mut ends = [0; 2];
    for _ in 0..300 {
        let options = PlayOptions { start: Frames(number(9000)), ..PlayOptions::default() };
        let pieces = vec![Piece::Samples(counting(5)), Piece::Silence(Frames(number(50)))];
        let play = bench.engine.play_list(channel, pieces, options, Terms::default()).expect("it is free");
        let mut told = None;
        for _ in 0..1 + number(12) {
            let turned = match number(6) {
                0 => bench.engine.pause(play),
                1 => bench.engine.resume(play),
                2 => bench.engine.seek_play(play, Seek::By(number(4000) as i64 - 2000)),
                3 => bench.engine.seek_play(play, Seek::To(Frames(number(10_000)))),
                4 => bench.engine.adjust_play(
                    play,
                    Speed::percent(50 + number(151) as u32).expect("a speed"),
                    Gain::UNITY,
                ),
                _ => Ok(()),
            };
            if turned.is_err() {
                assert!(matches!(turned, Err(EngineError::Stale)), "{turned:?}");
            }
            told = told.or_else(|| bench.engine.event_wait(Some(Frames(number(2000)))));
        }
        if told.is_none() {
            // In whatever state it is now.
            bench.engine.stop(play).expect("it has not ended");
            told = bench.engine.event_wait(Some(Frames(80)));
        }
        let told = told.expect("an end").kind;
        let EventKind::PlayDone { operation, reason, .. } = told else { panic!("{told:?}") };
        assert_eq!(operation, play);
        ends[usize::from(reason == EndReason::Finished)] += 1;
        assert_eq!(bench.engine.event_wait(Some(Frames(80))), None, "one event");
    }
    assert!(ends[0] > 30 && ends[1] > 30, "both ends: {ends:?}");
    bench.finish();
}

#[test]
fn a_phrase_is_said_by_its_prompts_among_other_pieces() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("phrases");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(directory.join("en/digits")).expect("a directory");
    // Each prompt is 100 samples of its own: raw 16-bit files.
    for (name, sample) in [("minus", 504_i16), ("40", 1008), ("2", 2016)] {
        let octets: Vec<u8> = [sample; 100].iter().flat_map(|sample| sample.to_le_bytes()).collect();
        std::fs::write(directory.join(format!("en/digits/{name}.sln")), octets).expect("written");
    }
    let bench = Bench::with_prompts("play-phrase", &directory, "en-us = \"en\"", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let play = |line: &str| {
        let pieces = vec![
            Piece::Samples([4032; 50].into()),
            Piece::Phrase(line.into()),
            Piece::Samples([4032; 50].into()),
        ];
        bench.engine.play_list(channel, pieces, PlayOptions::default(), Terms::default())
    };
    let said = play("en-us number -42").expect("all prompts are there");
    assert_eq!(end(&bench), (said, EndReason::Finished, 50, 50));
    let expected =
        [vec![4032; 50], vec![504; 100], vec![1008; 100], vec![2016; 100], vec![4032; 50]].concat();
    assert!(sounds(&bench) == expected);
    for (line, word) in
        [("en-us number 43", "digits/3"), ("en-gb number 42", "digits/40"), ("en-us numbre 1", "numbre")]
    {
        let EngineError::File { problem, .. } = play(line).expect_err("nothing to say it with") else {
            panic!()
        };
        assert!(problem.contains(word), "{line}: {problem}");
    }
    bench.finish();
}

#[test]
fn seeks_that_follow_each_other_at_once_lead_on_from_each_other() {
    let bench = Bench::new("play-seeks", vec![patient()]);
    let (_, channel) = bench.answer_next();
    let second = |n: i64| Seek::By(8_000 * n);
    for (seeks, from) in [
        (vec![second(3), second(3), second(1)], 7_000),
        (vec![Seek::To(Frames(80_000)), second(1)], 11_000),
        (vec![second(3), Seek::To(Frames(8_000))], 1_000),
    ] {
        for paused in [false, true] {
            let play = bench.engine.play_samples(channel, vec![1000; 160_000].into(), Terms::default());
            let play = play.expect("answered");
            if paused {
                bench.engine.pause(play).expect("it plays");
                pass(&bench, 20);
            }
            seeks.iter().for_each(|seek| bench.engine.seek_play(play, *seek).expect("it plays"));
            pass(&bench, 20);
            bench.engine.stop(play).expect("it plays");
            let (.., position_ms) = end(&bench);
            assert!((from..from + 60).contains(&position_ms), "{seeks:?}, {paused}: {position_ms}");
        }
    }
    bench.finish();
}

#[test]
fn positions_beyond_all_ends_are_positions() {
    let bench = Bench::new("play-far", vec![patient()]);
    let (_, channel) = bench.answer_next();
    for start in [u64::MAX, u64::MAX - 50, 1 << 62] {
        for rounds in [None, Some(1), Some(u32::MAX - 1)] {
            for piece in [Piece::Samples([1000; 800].into()), Piece::Silence(Frames(u64::MAX))] {
                let options = PlayOptions {
                    start: Frames(start),
                    rounds,
                    speed: Speed::percent(200).expect("a speed"),
                    ..PlayOptions::default()
                };
                let play =
                    bench.engine.play_list(channel, vec![piece], options, Terms::default()).expect("free");
                pass(&bench, 100);
                for seek in
                    [Seek::To(Frames(start)), Seek::By(i64::MAX), Seek::By(i64::MIN), Seek::By(i64::MAX)]
                {
                    let _ = bench.engine.seek_play(play, seek);
                    pass(&bench, 30);
                }
                let _ = bench.engine.stop(play);
                assert_eq!(end(&bench).0, play);
            }
        }
    }
    bench.finish();
}

#[test]
fn the_only_player_there_is_turns_and_resumes() {
    let bench = Bench::with_players("play-one", 1, vec![patient()]);
    let (_, channel) = bench.answer_next();
    let play = bench.engine.play_samples(channel, counting(10), Terms::default()).expect("answered");
    for _ in 0..5 {
        pass(&bench, 50);
        bench.engine.seek_play(play, Seek::By(-100)).expect("it plays");
        bench.engine.pause(play).expect("it plays");
        pass(&bench, 1);
        bench.engine.resume(play).expect("it rests, or will");
    }
    let (operation, reason, ..) = end(&bench);
    assert_eq!((operation, reason), (play, EndReason::Finished));
    bench.finish();
}

#[test]
fn a_play_that_finds_no_player_to_go_on_with_rests_still_and_may_be_tried_again() {
    let callers = vec![patient(), Caller::new(0, 2, SECOND, &[(60 * SECOND, Act::HangUp)])];
    let bench = Bench::with_players("play-taken", 1, callers);
    let (_, one) = bench.answer_next();
    let (_, two) = bench.answer_next();
    let rests = bench.engine.play_samples(one, counting(10), Terms::default()).expect("answered");
    pass(&bench, 50);
    bench.engine.pause(rests).expect("it plays");
    pass(&bench, 50);
    let taken = bench.engine.play_samples(two, counting(50), Terms::default()).expect("a player is free");
    let refused = bench.engine.resume(rests);
    assert!(matches!(refused, Err(EngineError::Busy(_))), "{refused:?}");
    pass(&bench, 100);
    bench.engine.stop(taken).expect("it plays");
    assert_eq!(end(&bench).0, taken);
    bench.engine.resume(rests).expect("it rests");
    let (operation, reason, played, _) = end(&bench);
    assert_eq!((operation, reason, played), (rests, EndReason::Finished, 2_000));
    bench.finish();
}
