//! Signals by their lines: what is sent, heard by our detectors; and what is refused, in words.
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::{Detector, DtmfEvent, DtmfGenerator, DtmfSender};
use tandem_dsp::level::Level;
use tandem_dsp::mf::{MfDetector, MfEvent, MfGenerator, MfSender, MfSystem};
use tandem_dsp::progress::{ToneDetector, ToneEvent, ToneName, TonePlan, ToneSet};
use tandem_dsp::tone::{Chord, ToneGenerator, ToneStep};
use tandem_files::signals::{Signal, is_signal, named_tones};
use tandem_testkit::Rng;
use tandem_types::{Frames, Law};

fn signal(line: &str) -> Signal {
    Signal::parse(line, &TonePlan::empty()).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn all(signal: &Signal) -> Vec<i16> {
    let mut samples = vec![0x5555; signal.length().0 as usize];
    signal.fill_from(0, &mut samples);
    samples
}

/// Samples of a line, and a second of silence.
fn sent(line: &str) -> Vec<i16> {
    let mut samples = all(&signal(line));
    samples.extend([0; 8000]);
    samples
}

/// Digits with when they began, how long they were and how loud, in ms and dBm0.
fn digits(samples: &[i16]) -> Vec<(char, i64, i64, [f32; 2])> {
    let mut heard = Vec::new();
    Detector::new().process(samples, |event| {
        if let DtmfEvent::End { digit, start, end, low_dbm0, high_dbm0, .. } = event {
            heard.push((
                digit.to_char(),
                start.0 as i64 / 8,
                (end.0 - start.0) as i64 / 8,
                [low_dbm0, high_dbm0],
            ));
        }
    });
    heard
}

fn text(heard: &[(char, i64, i64, [f32; 2])]) -> String {
    heard.iter().map(|(digit, ..)| *digit).collect()
}

fn near(one: f32, other: f32, by: f32) -> bool {
    (one - other).abs() <= by
}

#[test]
fn every_digit_is_heard_at_its_time_and_level() {
    let heard = digits(&sent("dtmf:0123456789*#AbcD"));
    assert_eq!(text(&heard), "0123456789*#ABCD");
    for (n, (digit, at, ms, [low, high])) in heard.iter().enumerate() {
        assert!((at - 200 * n as i64).abs() <= 4 && (ms - 100).abs() <= 4, "{digit} at {at} for {ms} ms");
        assert!(near(*low, -9.0, 0.6) && near(*high, -7.0, 0.6), "{digit}: {low} and {high} dBm0");
    }
    assert_eq!(signal("dtmf:0123456789*#AbcD").length(), Frames::from_ms(3200));
}

#[test]
fn digits_have_the_times_and_level_that_are_asked_for_and_a_comma_is_a_second() {
    let line = "dtmf: 80/60@-14.5 1 2,3 ";
    let heard = digits(&sent(line));
    assert_eq!(text(&heard), "123");
    for ((_, at, ms, [low, high]), wanted) in heard.iter().zip([0, 140, 1280]) {
        assert!((at - wanted).abs() <= 4 && (ms - 80).abs() <= 4, "at {at}, not {wanted}, for {ms} ms");
        assert!(near(*low, -14.5, 0.6) && near(*high, -12.5, 0.6), "{low} and {high} dBm0");
    }
    assert_eq!(signal(line).length(), Frames::from_ms(3 * 140 + 1000));
    assert_eq!(signal("dtmf:40/40 9").length(), Frames::from_ms(80));
    assert_eq!(signal("dtmf:@-20 9").length(), Frames::from_ms(200));
    assert!(all(&signal("dtmf:,")) == [0; 8000]);
}

#[test]
fn digits_and_signals_are_the_samples_of_the_generators() {
    let sender = DtmfSender { on: Frames::from_ms(55), off: Frames::from_ms(45), ..DtmfSender::default() };
    let mut generator = DtmfGenerator::new(Law::A, sender);
    generator.dial_str("147*ABCD").expect("digits");
    let mut samples = vec![0; 6400];
    assert!(generator.fill(&mut samples));
    assert!(samples == all(&signal("dtmf:55/45 147*ABCD")));
    for (name, system, given, letters) in [
        ("r1", MfSystem::R1, "KP 0 1 ST ST' ST'' ST'''", "K01SXYZ"),
        ("r1", MfSystem::R1, "k019szyx", "K019SZYX"),
        ("r2-forward", MfSystem::R2Forward, "1234567890bcdef", "1234567890BCDEF"),
        ("r2-backward", MfSystem::R2Backward, "1234567890BCDEF", "1234567890BCDEF"),
        ("line", MfSystem::Line, "123456", "123456"),
    ] {
        let mut generator = MfGenerator::new(Law::A, system, MfSender::of(system));
        generator.dial_str(letters).expect("signals");
        let signal = signal(&format!("mf:{name} {given}"));
        let mut samples = vec![0; signal.length().0 as usize];
        assert!(generator.fill(&mut samples), "{given}");
        assert!(samples == all(&signal), "{given}");
    }
}

/// Signals by the names that are told of them, with how long they were.
fn signals_of(system: MfSystem, samples: &[i16]) -> Vec<(&'static str, i64, [f32; 2])> {
    let mut heard = Vec::new();
    MfDetector::new(InstructionSet::detect(), system).process(samples, |event| {
        if let MfEvent::End { signal, start, end, dbm0, .. } = event {
            heard.push((signal.name(), (end.0 - start.0) as i64 / 8, dbm0));
        }
    });
    heard
}

#[test]
fn signals_sent_by_the_names_that_are_heard_are_heard_by_them() {
    let names = ["KP", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "ST", "ST'", "ST''", "ST'''"];
    for line in
        [format!("mf:r1 {}", names.join(" ")), format!("mf:r1 {}", names.concat().to_ascii_lowercase())]
    {
        let heard = signals_of(MfSystem::R1, &sent(&line));
        assert_eq!(heard.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), names);
        for (name, ms, dbm0) in heard {
            let wanted = if name == "KP" { 100 } else { 68 };
            assert!((ms - wanted).abs() <= 3, "{name} for {ms} ms");
            assert!(dbm0.iter().all(|dbm0| near(*dbm0, -7.0, 0.6)), "{name}: {dbm0:?}");
        }
    }
    let heard = signals_of(MfSystem::R2Backward, &sent("mf:r2-backward 70/50@-20 105F"));
    assert_eq!(heard.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), ["1", "10", "5", "15"]);
    for (name, ms, dbm0) in heard {
        assert!(
            (ms - 70).abs() <= 3 && dbm0.iter().all(|dbm0| near(*dbm0, -20.0, 0.6)),
            "{name} {ms} {dbm0:?}"
        );
    }
    assert_eq!(signal("mf:r1 120/40 K1").length(), Frames::from_ms(320), "KP is never the shorter");
    assert_eq!(signal("mf:r1 40/40 K1").length(), Frames::from_ms(220));
}

#[test]
fn every_tone_of_every_country_is_heard_by_its_name() {
    let mut tones = 0;
    for (code, _) in TonePlan::countries() {
        let plan = TonePlan::country(code).expect("there is one");
        let set = ToneSet::new(&plan).expect("room");
        // Those that their neighbours cannot be told from are not told at all: what is held here is what is sent.
        let mut detector = ToneDetector::new(InstructionSet::detect());
        for tone in named_tones(&plan) {
            let name = tone.name.as_str();
            let length = if tone.repeats { " 24s" } else { "" };
            let line = format!("tone:{code} {name}{length}");
            let mut heard = Vec::new();
            let mut take = |event| {
                if let ToneEvent::Start { tone, .. } = event {
                    heard.push(tone);
                }
            };
            detector.process(&set, &sent(&line), &mut take);
            detector.process(&set, &[0; 80_000], &mut take);
            assert!(heard.iter().all(|heard| *heard == tone.name), "{line}: {heard:?}");
            tones += usize::from(!heard.is_empty());
        }
    }
    assert!(tones >= 540, "{tones}");
}

#[test]
fn tones_are_as_long_as_their_cadence_or_as_asked_and_have_10_dbm0_below_the_reference() {
    for (line, ms) in [
        ("tone:fr busy", 1_000),
        ("tone:US ringing", 6_000),
        ("tone:gb ringing", 3_000),
        ("tone:fr dial", 1_000),
        ("tone:us busy 10s", 10_000),
        ("tone:us busy 333ms", 333),
        ("tone:sit", 990),
        ("tone:us sit-vacant", 1_034),
        ("tone:cng", 3_500),
        ("tone:ans@-12 3s", 3_000),
        ("tone:de dial 3600s", 3_600_000),
        ("tone:1400@-10 500", 500),
        ("tone:440+480@-13 2000/4000", 6_000),
        ("tone:440 100/100 100/700", 1_000),
        ("tone:440 100/100 1s", 1_000),
        ("tone:440 30s", 30_000),
        ("tone:20+3980+1000+2000 1", 1),
    ] {
        assert_eq!(signal(line).length(), Frames::from_ms(ms), "{line}");
    }
    for line in [
        "tone:de dial",
        "tone:us dial",
        "tone:440 1s",
        "tone:440+480 1s",
        "tone:400+500+700 1s",
        "tone:400+500+700+800 1s",
    ] {
        let level = Level::of(&all(&signal(line))).dbm0(Law::A);
        assert!(near(level, -10.0, 0.1), "{line}: {level}");
    }
    let level = Level::of(&all(&signal("tone:440+480@-13.5 1s"))).dbm0(Law::A);
    assert!(near(level, -10.5, 0.1), "of each -13.5: {level}");
    let level = Level::of(&all(&signal("tone:us dial@-20"))).dbm0(Law::A);
    assert!(near(level, -17.0, 0.1), "{level}");
}

#[test]
fn special_information_tones_come_again_after_a_second_of_silence() {
    let samples = all(&signal("tone:sit 5s"));
    let once = all(&signal("tone:sit"));
    for (period, sounds) in samples.chunks(1990 * 8).enumerate() {
        assert!(sounds[..once.len()] == once, "{period}");
        assert!(sounds[once.len()..].iter().all(|sample| *sample == 0), "{period}");
    }
}

#[test]
#[allow(clippy::approx_constant)] // 3.14 is a level here
fn each_frequency_may_have_a_level_of_its_own() {
    let chord = |sines: &[(f32, f32)]| {
        let sines: Vec<_> =
            sines.iter().map(|(hz, dbm0)| (*hz, 32_768.0 * 10_f32.powf((dbm0 - 3.14) / 20.0))).collect();
        let mut samples = vec![0; 8000];
        Chord::new(&sines).expect("no more than four").fill_from(0, &mut samples);
        samples
    };
    for (line, sines) in [
        ("tone:400@-20+1000@-8.5 1s", vec![(400.0, -20.0), (1000.0, -8.5)]),
        ("tone:400+1000@-20 1s", vec![(400.0, -20.0), (1000.0, -20.0)]),
        ("tone:400+500@-20+1000@-11 1s", vec![(400.0, -20.0), (500.0, -20.0), (1000.0, -11.0)]),
        ("tone:400@-20+1000 1s", vec![(400.0, -20.0), (1000.0, -13.0)]),
    ] {
        let apart =
            all(&signal(line)).iter().zip(chord(&sines)).map(|(one, other)| (one - other).abs()).max();
        assert!(apart <= Some(1), "{line}: {apart:?}");
    }
}

#[test]
fn what_sounds_without_a_pause_has_no_break_in_its_phase() {
    let plain = |samples: usize| {
        let step = ToneStep {
            first_hz: 437.0,
            second_hz: 0.0,
            dbm0: -10.0,
            on: Frames::from_seconds(60),
            off: Frames(0),
        };
        let mut generator = ToneGenerator::new(Law::A, &[step], true).expect("a tone");
        let mut block = vec![0; samples];
        generator.fill(&mut block);
        block
    };
    for line in ["tone:437 10s", "tone:437 333 10s", "tone:437 333 17 1 10s"] {
        assert!(all(&signal(line)) == plain(80_000), "{line}");
    }
    // Sound goes from the end of a period into the next, for 333 + 100 ms; the first has 100 alone.
    let samples = all(&signal("tone:437 100/50 333 10s"));
    assert!(samples[..800] == plain(800) && samples[800..1200] == [0; 400]);
    for period in 0..20 {
        let begin = 1200 + period * 3864;
        assert!(samples[begin..begin + 433 * 8] == plain(433 * 8), "{period}");
        assert!(samples[begin + 433 * 8..begin + 483 * 8] == [0; 400], "{period}");
    }
}

#[test]
fn a_named_tone_is_the_samples_of_its_generator_for_an_hour() {
    let plan = TonePlan::country("au").expect("there is one");
    let ringing = plan.tone(ToneName::Ringing).expect("all have one");
    let mut generator = ringing.generator(Law::A, -13.0).expect("it takes time");
    let signal = signal("tone:au ringing 3600s");
    for second in 0..3600 {
        let (mut one, mut other) = ([0; 8000], [1; 8000]);
        generator.fill(&mut one);
        signal.fill_from(second * 8000, &mut other);
        assert!(one == other, "second {second}");
    }
    let mut behind = [1; 80];
    signal.fill_from(3600 * 8000 - 3, &mut behind);
    assert_eq!(behind[3..], [0; 77]);
    signal.fill_from(u64::MAX, &mut behind);
    assert_eq!(behind, [0; 80]);
}

#[test]
fn a_part_is_the_same_from_wherever_it_is_begun() {
    let mut rng = Rng::new(7);
    for line in
        ["dtmf:13/29 1,2 34", "mf:r1 KP1ST", "tone:au ringing 5s", "tone:sit 3s", "tone:437 100/50 333 2s"]
    {
        let signal = signal(line);
        let whole = sent(line);
        for _ in 0..300 {
            let begin = rng.below(whole.len() as u64) as usize;
            let mut part = vec![1; rng.below(2000) as usize % (whole.len() - begin)];
            signal.fill_from(begin as u64, &mut part);
            assert!(part == whole[begin..begin + part.len()], "{line} from {begin}");
        }
    }
}

#[test]
fn the_loudest_that_is_taken_is_not_cut() {
    for line in [
        "dtmf:@-4 1",
        "mf:r1 @-3 1",
        "tone:1004@0 1s",
        "tone:440+480@-3 1s",
        "tone:440@0+480@-7.5 1s",
        "tone:400+500+700@-6.5 1s",
        "tone:400+500+700+900@-9 1s",
        "tone:us dial@-3",
        "tone:fr dial@0",
    ] {
        let peak = Level::of(&all(&signal(line))).peak;
        assert!((20_000..32_767).contains(&peak), "{line}: {peak}");
    }
}

#[test]
fn tones_of_ones_own_are_played_by_their_names() {
    let plan = TonePlan::parse("user1 700:100/100 900:100/700\nbusy 400:300/300").expect("a plan");
    let own = |line| Signal::parse(line, &plan).expect("it is in the plan");
    assert_eq!(own("tone:user1").length(), Frames::from_ms(1000));
    assert_eq!(own("tone:busy").length(), Frames::from_ms(600));
    assert_eq!(own("tone:us busy").length(), Frames::from_ms(1000), "that of the country");
    assert_eq!(own("tone:sit").length(), Frames::from_ms(990));
}

#[test]
fn any_row_of_words_is_a_signal_of_its_length_or_refused() {
    const WORDS: [&str; 48] = [
        "dtmf:",
        "mf:",
        "tone:",
        "r1",
        "r2-forward",
        "line",
        "fr",
        "us",
        "busy",
        "dial",
        "sit",
        " ",
        " ",
        " ",
        " ",
        ",",
        "1",
        "4",
        "9",
        "0",
        "00",
        "#",
        "D",
        "KP",
        "ST",
        "'",
        "/",
        "@",
        "-",
        "+",
        ".",
        "10",
        "440",
        "480",
        "3980",
        "65536",
        "s",
        "ms",
        "500",
        "2000",
        "18446744073709551615",
        "x",
        "é",
        "\u{661}",
        "\0",
        "\n",
        "inf",
        "NaN",
    ];
    let mut rng = Rng::new(11);
    let (mut taken, mut refused) = (0, 0);
    let mut line = String::new();
    for _ in 0..300_000 {
        line.clear();
        line.push_str(WORDS[rng.below(3) as usize]);
        (0..rng.below(9)).for_each(|_| line.push_str(WORDS[rng.below(48) as usize]));
        match Signal::parse(&line, &TonePlan::empty()) {
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
            Ok(signal) => {
                taken += 1;
                let length = signal.length().0;
                assert!((1..=28_800_000).contains(&length), "{line}: {length}");
                let mut end = [0x5555; 160];
                signal.fill_from(length - 80.min(length), &mut end);
                assert_eq!(end[80..], [0; 80], "{line}");
            }
        }
    }
    assert!(taken > 5_000 && refused > 100_000, "{taken} and {refused}");
}

#[test]
fn the_lines_that_the_page_shows_are_signals() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/signals.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let rows = page.lines().filter_map(|row| row.strip_prefix("| `")?.split_once('`'));
    let lines: Vec<&str> = rows.map(|(line, _)| line).filter(|line| is_signal(line)).collect();
    let in_c = page.split("path = \"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
    let in_c: Vec<&str> = in_c.filter(|line| is_signal(line)).collect();
    assert_eq!((lines.len(), in_c.len()), (12, 2));
    for line in lines.iter().chain(&in_c) {
        signal(line);
    }
}

#[test]
fn what_is_no_signal_is_refused_with_a_sentence() {
    let many = format!("dtmf:{}", "1".repeat(257));
    let long = format!("dtmf:60000/60000 {}", "1".repeat(31));
    for (line, word) in [
        ("", "begins with dtmf:"),
        ("beep:1", "begins with dtmf:"),
        ("dtmf:", "nothing to send"),
        ("dtmf:80/80", "nothing to send"),
        ("dtmf:12x", "no key is marked 'x'"),
        ("dtmf:12-34", "no key is marked '-'"),
        ("dtmf:80 80", ""),
        ("dtmf:80/ 12", "\"80/\" are no times"),
        ("dtmf:9/80 12", "each from 10 to 60000"),
        ("dtmf:80/60001 12", "each from 10 to 60000"),
        ("dtmf:80@-8 12", "\"80\" are no times"),
        ("dtmf:80/80@ 12", "\"\" is no level"),
        ("dtmf:@-3.9 12", "\"-3.9\" is no level; give -60 to -4 dBm0"),
        ("dtmf:@-61 12", "-60 to -4"),
        ("dtmf:@NaN 12", "\"NaN\" is no level"),
        (&many, "more than 256"),
        (&long, "an hour"),
        ("mf:", "no signals of \"\"; give r1, r2-forward"),
        ("mf:r3 1", "no signals of \"r3\""),
        ("mf:r1", "nothing to send"),
        ("mf:r1 1A", "no signal 'A'; give 0 to 9, KP"),
        ("mf:r2-forward KP1", "no signal 'K'; give 1 to 9, 0 for the tenth"),
        ("mf:line 7", "no signal '7'; give 1 to 6"),
        ("mf:r1 @-2 1", "-60 to -3"),
        ("tone:", "nothing to send"),
        ("tone:busy", "no tone \"busy\"; there are sit, sit-intercept"),
        ("tone:fr", "no tone \"\"; there are"),
        ("tone:xx busy", "no tones of \"xx\"; there are those of ae, ar"),
        ("tone:fr bizzy", "no tone \"bizzy\"; there are dial, ringing"),
        ("tone:v21", "no tone \"v21\""),
        ("tone:us busy@1", "\"1\" is no level; give -60 to -3 dBm0"),
        ("tone:us busy 10", "\"10\" is no time of a tone"),
        ("tone:us busy s", "\"s\" is no time"),
        ("tone:us busy 1.5s", "\"1.5s\" is no time"),
        ("tone:us busy 3601s", "an hour"),
        ("tone:us busy 0s", "a millisecond to an hour"),
        ("tone:us busy 99999999999999999s", "an hour"),
        ("tone:us busy 1s 2s", "\"2s\" is one word too many"),
        ("tone:440", "for how long"),
        ("tone:440@-10", "for how long"),
        ("tone:19 100", "\"19\" are no frequencies; give one to four from 20 to 3980 Hz"),
        ("tone:3981 100", "no frequencies"),
        ("tone:440+ 100", "no frequencies"),
        ("tone:440.5 100", "no frequencies"),
        ("tone:1+2+3+4+5 100", "no frequencies"),
        ("tone:100+200+300+400+500 100", "no frequencies"),
        ("tone:440+480@-2 100", "louder than a line can carry"),
        ("tone:440@0+480@-7 100", "louder"),
        ("tone:400+500+700@-6 100", "louder"),
        ("tone:400+500+700+900@-8 100", "louder"),
        ("tone:440@1+480@-30 100", "\"1\" is no level; give -60 to 0 dBm0"),
        ("tone:440@-10@-10 100", "no level"),
        ("tone:440 0", "\"0\" is no time"),
        ("tone:440 1/x", "\"1/x\" is no time"),
        ("tone:440 100/", "no time"),
        ("tone:440 1s 100", "\"100\" is one word too many"),
        ("tone:440 1800000/1800001", "an hour"),
        ("tone:440 3600001", "no time"),
        ("tone:440 0s", "a millisecond to an hour"),
    ] {
        let refused = Signal::parse(line, &TonePlan::empty());
        if word.is_empty() {
            assert!(refused.is_ok(), "{line}: digits");
            continue;
        }
        let told = refused.map(|signal| signal.length()).expect_err(line).to_string();
        assert!(told.contains(word), "{line}: {told}");
    }
}
