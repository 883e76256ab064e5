//! Call progress analysis: calls of every class, people and machines at every operating point, beeps and what is none.
//!
//! Signals are generated; recorded prompts and music take part where Debian's packages with them are installed.
//! `TANDEM_SOAK=1` adds voices of espeak-ng, and with `TANDEM_UPDATE=1` writes the tables of `docs/call-progress.md` and
//! draws its curve anew, of voices and texts that nothing was tuned by.

#[path = "call_progress/corpus.rs"]
mod corpus;
#[path = "call_progress/espeak.rs"]
mod espeak;
#[path = "call_progress/line.rs"]
mod line;
#[path = "call_progress/report.rs"]
mod report;

use corpus::*;
use line::*;
use std::collections::BTreeMap;
use tandem_dsp::analysis::*;
use tandem_dsp::progress::ToneEvent;
use tandem_testkit::Rng;
use tandem_testkit::call::{between, greeting_of_a_machine, silence, tone};
use tandem_types::{FrameTime, Frames};

/// Calls with the tones in them.
pub(crate) fn heard(calls: Vec<Call>) -> Vec<(Call, Vec<ToneEvent>)> {
    let mut sets = BTreeMap::new();
    let with_tones = |call: Call| {
        let set = sets.entry(call.country).or_insert_with(|| set(call.country));
        let tones = tones_of(&call, set);
        (call, tones)
    };
    calls.into_iter().map(with_tones).collect()
}

/// Nobody waits 90 s in a test.
pub(crate) fn options(operating_point: u8) -> AnalysisOptions {
    AnalysisOptions { operating_point, no_answer: Frames::from_seconds(20), ..AnalysisOptions::default() }
}

/// How many are told as what they are, and what the others are told as.
fn right(calls: &[(Call, Vec<ToneEvent>)], operating_point: u8) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    for (call, tones) in calls {
        let outcome = analyse(call, tones, options(operating_point));
        if outcome.class() != Some(call.class) {
            wrong.push(format!("{} ({} {}): {:?}", call.class, call.kind, call.name, outcome.verdict));
        }
    }
    (calls.len() - wrong.len(), wrong)
}

/// At least so many of a thousand are told as what they are.
fn assert_told(name: &str, calls: Vec<Call>, least: usize) {
    if calls.is_empty() {
        println!("skipped: {name}: Debian's package with the recordings is not installed");
        return;
    }
    let count = calls.len();
    let (right, wrong) = right(&heard(calls), 8);
    println!("{name}: {right} of {count}");
    assert!(1000 * right >= least * count, "{name}: {right} of {count}\n{}", wrong.join("\n"));
}

#[test]
fn tones_of_networks_machines_and_nobody_are_told_as_what_they_are() {
    let mut rng = Rng::new(1);
    assert_told("tones of 7 countries", network_tones(3, &mut rng), 1000);
    assert_told("special information, fax machines, modems", universal_tones(6, &mut rng), 980);
    assert_told("busy tone after the answer", hung_up(4, &mut rng), 900);
    assert_told("silence", silent(20, &mut rng), 1000);
}

#[test]
fn speech_before_the_answer_is_an_announcement_and_lasting_sound_is_music() {
    let mut rng = Rng::new(2);
    assert_told("announcements, en", recorded_announcements(LANGUAGES[0], &mut rng), 970);
    assert_told("generated music", generated_music(4, &mut rng), 1000);
    assert_told("recorded music", recorded_music(&mut rng), 850);
}

#[test]
fn people_and_machines_are_told_apart_and_operating_points_trade_one_for_the_other() {
    let mut rng = Rng::new(3);
    let mut calls = generated_greetings(60, &mut rng);
    calls.extend(recorded_greetings(LANGUAGES[0], &mut rng));
    let calls = heard(calls);
    let count = |class, point| {
        let all = calls.iter().filter(|(call, _)| call.class == class);
        let right =
            all.clone().filter(|(call, tones)| analyse(call, tones, options(point)).class() == Some(class));
        (right.count() * 1000 / all.count()) as i64
    };
    let people: Vec<i64> = (0..16).map(|point| count(Class::Human, point)).collect();
    let machines: Vec<i64> = (0..16).map(|point| count(Class::Machine, point)).collect();
    println!("people {people:?}, machines {machines:?}");
    assert!(people[8] >= 970 && machines[8] >= 980, "{people:?} {machines:?}");
    assert!(people[0] < 850 && people[15] >= 980 && machines[0] >= 990, "{people:?} {machines:?}");
    assert!(people.windows(2).all(|pair| pair[1] >= pair[0] - 15), "{people:?}");
    assert!(machines.windows(2).all(|pair| pair[1] <= pair[0] + 15), "{machines:?}");
}

/// A greeting of 3 s, then a beep of this frequency and length after 400 ms, in noise so many dB below.
fn beep_after_greeting(hz: f64, ms: usize, dbm0: f64, below: f64, rng: &mut Rng) -> Call {
    let mut sound = greeting_of_a_machine(rng);
    sound.truncate(8 * 3000);
    sound.extend(silence(400));
    let way = Way { dbm0: -18.0, noise_dbm0: dbm0 - below, room: false };
    let mut line = way.carry(sound, rng);
    line.splice(0..0, silence(500));
    // At any moment of a hop.
    line.resize(line.len() + rng.below(160) as usize, 0.0);
    let start = line.len();
    line.extend(tone(&[([hz, 0.0], 0, 0)], ms, dbm0));
    let end = line.len();
    line.extend(silence(500));
    Call {
        class: Class::Machine,
        kind: String::new(),
        name: format!("{hz} Hz, {ms} ms, {dbm0} dBm0, noise {below} dB down"),
        country: "de",
        samples: way.end(line, rng),
        answer: Some(0),
        beep: Some((start, end, hz)),
    }
}

/// Whether just this beep was told, and in time.
fn tells_beep(call: &Call) -> bool {
    let options = AnalysisOptions { beep: Frames::from_seconds(5), ..options(4) };
    let outcome = analyse(call, &[], options);
    let Some((start, end, hz)) = call.beep else { return false };
    let told = outcome.beeps.iter().any(|(from, to, reported, own)| {
        from.0.abs_diff(start as u64) <= 160
            && to.0.abs_diff(end as u64) <= 120
            && reported.0 <= end as u64 + 96 * 8
            && (f64::from(*own) - hz).abs() <= 3.0 + 0.005 * hz
    });
    told && outcome.beeps.len() == 1 && outcome.class() == Some(Class::Machine)
}

#[test]
fn a_beep_is_told_within_96_ms_of_its_end() {
    let mut rng = Rng::new(4);
    let mut missed = Vec::new();
    let mut sent = 0;
    for hz in (300..=3400).step_by(100) {
        for ms in [100, 120, 200, 440, 1000, 2500] {
            for (dbm0, below) in [(-10.0, 40.0), (-20.0, 26.0), (-35.0, 26.0)] {
                let call = beep_after_greeting(f64::from(hz), ms, dbm0, below, &mut rng);
                sent += 1;
                if !tells_beep(&call) {
                    missed.push(call.name);
                }
            }
        }
    }
    assert!(missed.len() * 100 <= sent, "{} of {sent}\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn beeps_that_are_very_low_or_high_are_told_too() {
    let mut rng = Rng::new(5);
    for hz in [100.0, 150.0, 200.0, 250.0, 3500.0, 3600.0, 3700.0, 3800.0] {
        let call = beep_after_greeting(hz, 400, -15.0, 40.0, &mut rng);
        assert!(tells_beep(&call), "{} {:?} {:?}", call.name, call.beep, analyse(&call, &[], options(4)));
    }
}

/// What an analyser tells of beeps in a sound that comes after a machine's greeting of three seconds.
pub(crate) fn beeps_in(sound: Vec<f64>, rng: &mut Rng) -> usize {
    let mut call = beep_after_greeting(1000.0, 0, -20.0, 40.0, rng);
    let way = Way { dbm0: 0.0, noise_dbm0: -65.0, room: false };
    call.samples.extend(way.end(sound, rng));
    analyse(&call, &[], AnalysisOptions { beep: Frames::from_seconds(100_000), ..options(4) }).beeps.len()
}

#[test]
fn digits_pairs_sweeps_long_and_short_tones_and_music_are_no_beeps() {
    let mut rng = Rng::new(6);
    let low = [697.0, 770.0, 852.0, 941.0];
    let high = [1209.0, 1336.0, 1477.0, 1633.0];
    let digits: Vec<_> = low
        .iter()
        .flat_map(|low| high.map(|high| ([*low, high], 150, 150)))
        .chain([([440.0, 480.0], 2000, 500)])
        .collect();
    assert_eq!(beeps_in(tone(&digits, 8000, -12.0), &mut rng), 0);
    for (ms, gap) in [(60, 200), (3500, 500)] {
        assert_eq!(beeps_in(tone(&[([1000.0, 0.0], ms, gap)], 12_000, -15.0), &mut rng), 0, "{ms} ms");
    }
    // A warble of two frequencies, 50 ms each.
    let warble = [([900.0, 0.0], 50, 0), ([1100.0, 0.0], 50, 0)];
    assert_eq!(beeps_in(tone(&warble, 3000, -15.0), &mut rng), 0);
    for style in tandem_testkit::call::Style::ALL {
        let music = tandem_testkit::call::music(style, 30_000, &mut rng);
        let told = beeps_in(tandem_testkit::call::at_level(music, -20.0), &mut rng);
        assert!(told <= 1, "{style:?}: {told}");
    }
}

#[test]
fn hardly_any_speech_is_a_beep() {
    let mut rng = Rng::new(7);
    let prompts = speech(LANGUAGES[0]);
    if prompts.is_empty() {
        println!("skipped: Debian's package with the recordings is not installed");
        return;
    }
    let told = beeps_in(prompts.concat(), &mut rng);
    println!("{told} beeps in {} s of recorded prompts", prompts.iter().map(Vec::len).sum::<usize>() / 8000);
    assert!(told <= 3, "{told}");
}

#[test]
fn where_time_is_cut_changes_nothing() {
    let mut rng = Rng::new(8);
    let mut calls = generated_greetings(4, &mut rng);
    calls.extend(universal_tones(1, &mut rng));
    calls.extend(hung_up(1, &mut rng));
    for (call, tones) in heard(calls) {
        let whole = analyse(&call, &tones, options(8));
        assert!(whole.verdict.is_some());
        for most in [1, 8, 79, 81, 160, 700] {
            let mut own = Rng::new(most);
            let cut = analyse_in_blocks(&call, &tones, options(8), || 1 + own.below(most) as usize);
            assert_eq!(cut, whole, "{} {}, blocks of up to {most}", call.class, call.kind);
        }
    }
}

/// A voice of 600 ms or so, from `from_ms` after an answer at 1 s on.
fn says(ms: usize, from_ms: usize, rng: &mut Rng) -> Call {
    let mut words = greeting_of_a_machine(rng);
    let first = words.iter().position(|x| x.abs() > 0.02).expect("a voice");
    words.drain(..first);
    words.truncate(8 * ms);
    let way = Way { dbm0: -18.0, noise_dbm0: -65.0, room: false };
    let mut line: Vec<f64> = silence(1000 + from_ms).collect();
    line.extend(way.carry(words, rng));
    let samples = way.end(line, rng);
    let (class, kind, name) = (Class::Human, String::new(), String::new());
    Call { class, kind, name, country: "de", samples, answer: Some(8000), beep: None }
}

#[test]
fn a_verdict_says_when_the_greeting_began_and_how_long_it_was() {
    let call = says(600, 700, &mut Rng::new(10));
    let verdict = analyse(&call, &[], options(8)).verdict.expect("a verdict");
    assert_eq!(verdict.class, Class::Human);
    assert!(verdict.start.0.abs_diff(1700 * 8) <= 50 * 8, "{verdict:?}");
    assert!(verdict.greeting.as_ms().abs_diff(600) <= 80, "{verdict:?}");
    // 0.72 s of silence, and 0.36 s for each second of the greeting.
    let silence = verdict.decided.since(verdict.start + verdict.greeting).as_ms();
    assert!((720 + 130..=720 + 250).contains(&silence), "{silence} {verdict:?}");
    assert!(verdict.reasons.contains(Reasons::SHORT_GREETING | Reasons::SILENCE_AFTER | Reasons::ANSWERED));
    assert!(!verdict.reasons.contains(Reasons::BEEP) && verdict.confidence >= 80, "{verdict:?}");
    let machine = analyse(&says(6000, 300, &mut Rng::new(11)), &[], options(8)).verdict.expect("a verdict");
    assert!(
        machine.class == Class::Machine && machine.reasons.contains(Reasons::LONG_GREETING),
        "{machine:?}"
    );
    assert!(machine.greeting.as_ms().abs_diff(2505) <= 10, "{machine:?}");
}

#[test]
fn time_outs_are_kept_to_the_hop() {
    let nothing = |answer| Call {
        class: Class::Silence,
        kind: String::new(),
        name: String::new(),
        country: "de",
        samples: vec![0; 16_000],
        answer,
        beep: None,
    };
    let verdict = |answer, options| analyse(&nothing(answer), &[], options).verdict.expect("a verdict");
    let options = AnalysisOptions {
        silence: Frames::from_ms(3000),
        no_answer: Frames::from_ms(25_000),
        ..AnalysisOptions::default()
    };
    let silent = verdict(Some(8000), options);
    assert_eq!((silent.class, silent.decided), (Class::Silence, FrameTime(32_000)));
    let unanswered = verdict(None, options);
    assert_eq!((unanswered.class, unanswered.decided), (Class::NoAnswer, FrameTime(200_000)));
    assert!(unanswered.reasons.contains(Reasons::TIME_OUT));
    // Clicks for ever: no speech, and no silence.
    let mut clicks = nothing(Some(0));
    clicks.samples = (0..160_000).map(|n| if n % 8000 < 160 { 8000 } else { 0 }).collect();
    let options = AnalysisOptions { total: Frames::from_ms(7000), ..options };
    let unknown = analyse(&clicks, &[], options).verdict.expect("a verdict");
    assert_eq!((unknown.class, unknown.confidence, unknown.decided), (Class::Unknown, 0, FrameTime(56_000)));
}

#[test]
fn ring_back_that_goes_on_for_a_moment_after_the_answer_is_no_greeting() {
    let mut rng = Rng::new(12);
    for (country, network) in [("us", 1), ("gb", 2), ("de", 0), ("jp", 5)] {
        for ms in [60, 150, 300] {
            let mut line = tone(tandem_testkit::call::NETWORKS[network].ringing, 300 + ms, -12.0);
            line.extend(silence(800));
            let hello = says(600, 0, &mut rng);
            line.extend(hello.samples[8000..].iter().map(|x| f64::from(*x)));
            let samples = Way { dbm0: 0.0, noise_dbm0: -60.0, room: false }.end(line, &mut rng);
            let call = Call { country, samples, answer: Some(300 * 8), ..hello };
            let verdict = analyse(&call, &[], options(8)).verdict.expect("a verdict");
            assert_eq!(verdict.class, Class::Human, "{country}, {ms} ms");
            assert!(
                verdict.start.0.abs_diff((300 + ms as u64 + 800) * 8) < 80 * 8,
                "{country}, {ms} ms: {verdict:?}"
            );
        }
    }
}

#[test]
fn ring_back_and_music_are_told_once_on_the_way() {
    let mut rng = Rng::new(13);
    let ringing = network_tones(1, &mut rng).into_iter().filter(|call| call.class == Class::NoAnswer);
    for (call, tones) in heard(ringing.collect()) {
        let outcome = analyse(&call, &tones, options(8));
        assert!(matches!(outcome.interims[..], [(Interim::Ringing, _)]), "{}: {outcome:?}", call.country);
        assert!(outcome.verdict.is_some_and(|verdict| verdict.reasons.contains(Reasons::RINGING)));
    }
    for (call, tones) in heard(generated_music(1, &mut rng)) {
        let outcome = analyse(&call, &tones, options(8));
        let [(Interim::Music, at)] = outcome.interims[..] else { panic!("{outcome:?}") };
        assert!(at.0 < 8 * 8000, "{at:?}");
    }
}

#[test]
fn an_analyser_takes_little_memory() {
    assert!(size_of::<CallAnalyser>() <= 5120, "{}", size_of::<CallAnalyser>());
}

#[test]
fn machines_that_only_beep_are_machines() {
    let mut rng = Rng::new(14);
    for _ in 0..10 {
        let mut line: Vec<f64> = silence(1500).collect();
        line.extend(tone(&[([1000.0, 0.0], 0, 0)], 400, between(&mut rng, -25.0, -12.0)));
        let samples = Way { dbm0: 0.0, noise_dbm0: -65.0, room: false }.end(line, &mut rng);
        let (class, kind, name) = (Class::Machine, String::new(), String::new());
        let call = Call { class, kind, name, country: "de", samples, answer: Some(0), beep: None };
        let verdict = analyse(&call, &[], options(8)).verdict.expect("a verdict");
        assert!(verdict.class == Class::Machine && verdict.reasons.contains(Reasons::BEEP), "{verdict:?}");
    }
}

#[test]
fn a_note_of_2100_hz_or_of_the_dial_tone_is_neither_a_modem_nor_a_dial_tone() {
    let mut rng = Rng::new(15);
    let melody = |first: f64| {
        let notes = [first, 700.0, 880.0, 1050.0, 780.0].map(|hz| ([hz, 0.0], 1300, 0));
        let samples =
            Way { dbm0: 0.0, noise_dbm0: -65.0, room: false }.end(tone(&notes, 22_000, -18.0), &mut rng);
        let (class, kind, name) = (Class::Music, String::new(), format!("{first} Hz"));
        Call { class, kind, name, country: "de", samples, answer: None, beep: None }
    };
    let calls = heard([2100.0, 425.0].map(melody).into());
    assert!(calls.iter().all(|(_, tones)| !tones.is_empty()), "their tones are heard");
    for (call, tones) in calls {
        let class = analyse(&call, &tones, options(8)).class();
        assert!(matches!(class, Some(Class::Music | Class::NoAnswer)), "{}: {class:?}", call.name);
    }
}
