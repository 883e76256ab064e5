//! Call progress, fax and modem tones: every tone of every plan, sent and heard, and what must not be heard.
//! `TANDEM_SOAK=1` sends each at several levels and alignments, and in noise.

mod signal;

use signal::{Random, amplitude, steady};
use std::f64::consts::TAU;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::LANES;
use tandem_dsp::progress::*;
use tandem_dsp::tone::{ToneGenerator, ToneStep};
use tandem_types::{FrameTime, Frames, Law};

fn soak() -> bool {
    std::env::var_os("TANDEM_SOAK").is_some()
}

fn listen(set: &ToneSet, samples: &[i16]) -> Vec<ToneEvent> {
    let mut events = Vec::new();
    let mut detector = ToneDetector::new(InstructionSet::detect());
    detector.process(set, samples, |event| events.push(event));
    detector.finish(set, |event| events.push(event));
    events
}

fn names(events: &[ToneEvent]) -> Vec<ToneName> {
    let start = |event: &ToneEvent| match event {
        ToneEvent::Start { tone, .. } => Some(*tone),
        ToneEvent::End { .. } => None,
    };
    events.iter().filter_map(start).collect()
}

fn set(country: &str) -> ToneSet {
    ToneSet::new(&TonePlan::country(country).expect("a country")).expect("room")
}

/// A tone after `lead` frames of silence, with noise so far below.
fn sent(tone: &PlanTone, ms: usize, lead: usize, dbm0: f32, below: f32, random: &mut Random) -> Vec<i16> {
    let mut samples = vec![0; lead + ms * 8];
    tone.generator(Law::A, dbm0).unwrap().fill(&mut samples[lead..]);
    let noise = amplitude(dbm0 - below) / 2f32.sqrt();
    samples.iter().map(|x| x.saturating_add((noise * random.gauss()) as i16)).collect()
}

fn period_ms(tone: &PlanTone) -> usize {
    tone.steps().iter().map(|step| usize::from(step.on_ms) + usize::from(step.off_ms)).sum()
}

#[test]
fn every_tone_of_every_country_is_heard_as_what_it_is() {
    let mut failures = Vec::new();
    let mut random = Random::new(4);
    let (mut tones, mut beeps, mut beeps_missed) = (0, 0, 0);
    for (code, _) in TonePlan::countries() {
        let plan = TonePlan::country(code).unwrap_or_else(|| panic!("{code}"));
        let set = ToneSet::new(&plan).expect("room");
        for tone in plan.tones() {
            tones += 1;
            let rounds = if soak() { 12 } else { 1 };
            for _ in 0..rounds {
                let beep = (1..80).contains(&tone.steps()[0].on_ms);
                let periods = if beep { 10 } else { 4 };
                let ms =
                    if tone.is_continuous() { 3000 } else { (periods * period_ms(tone)).clamp(3000, 24_000) };
                let dbm0 = -10.0 - 15.0 * random.unit();
                let below = if soak() { 15.0 } else { 20.0 };
                let lead = 2000 + random.below(320);
                let samples = sent(tone, ms, lead, dbm0, below, &mut random);
                let events = listen(&set, &samples);
                let told = names(&events);
                beeps += usize::from(beep);
                if beep && told.is_empty() {
                    // Where its window falls on a beep matters.
                    beeps_missed += 1;
                } else if told != [tone.name] {
                    failures.push(format!("{code} {}: {:?}", tone.name.as_str(), events));
                }
            }
        }
    }
    assert!(TonePlan::countries().count() >= 44 && tones > 180, "{tones}");
    assert!(4 * beeps_missed <= beeps, "{beeps_missed} of {beeps}");
    assert!(failures.is_empty(), "{} of {tones}\n{}", failures.len(), failures.join("\n"));
}

/// The steps of a tone outside plans: Hz and ms.
fn steps(steps: &[(f32, u64, u64)]) -> Vec<i16> {
    let step = |&(hz, on, off): &(f32, u64, u64)| ToneStep {
        first_hz: hz,
        second_hz: 0.0,
        dbm0: -20.0,
        on: Frames(on * 8),
        off: Frames(off * 8),
    };
    let list: Vec<ToneStep> = steps.iter().map(step).collect();
    let ms: u64 = steps.iter().map(|(_, on, off)| on + off).sum();
    let mut samples = vec![0; 1300 + 8 * ms as usize];
    ToneGenerator::new(Law::A, &list, false).unwrap().fill(&mut samples[1300..]);
    samples
}

#[test]
fn special_information_tones_are_told_by_their_segments() {
    let set = set("us");
    // E.180: each segment 330 ms ± 70 ms and within 50 Hz.
    for ms in [265, 330, 395] {
        for offsets in [[0.0; 3], [50.0; 3], [-50.0; 3], [50.0, -50.0, 50.0], [-20.0, 32.0, -41.0]] {
            let segments: Vec<_> =
                [950.0, 1400.0, 1800.0].iter().zip(offsets).map(|(hz, by)| (hz + by, ms, 0)).collect();
            assert_eq!(names(&listen(&set, &steps(&segments))), [ToneName::Sit], "{ms} ms, {offsets:?} Hz");
        }
    }
    for hz in 900..=1000 {
        let segments = [(hz as f32, 330, 0), (hz as f32 + 450.0, 330, 0), (hz as f32 + 850.0, 330, 0)];
        assert_eq!(names(&listen(&set, &steps(&segments))), [ToneName::Sit], "{hz} Hz");
    }
    let north_american = [
        (ToneName::SitIntercept, [(913.8, 274, 0), (1370.6, 274, 0), (1776.7, 380, 0)]),
        (ToneName::SitVacant, [(985.2, 380, 0), (1370.6, 274, 0), (1776.7, 380, 0)]),
        (ToneName::SitReorder, [(913.8, 274, 0), (1428.5, 380, 0), (1776.7, 380, 0)]),
        (ToneName::SitNoCircuit, [(985.2, 380, 0), (1428.5, 380, 0), (1776.7, 380, 0)]),
    ];
    for (name, segments) in north_american {
        assert_eq!(names(&listen(&set, &steps(&segments))), [name]);
        assert!(name.is_sit());
    }
    let wrong_order = steps(&[(1400.0, 330, 0), (950.0, 330, 0), (1800.0, 330, 0)]);
    let too_far = steps(&[(950.0, 330, 0), (1490.0, 330, 0), (1800.0, 330, 0)]);
    let too_short = steps(&[(950.0, 200, 0), (1400.0, 200, 0), (1800.0, 200, 0)]);
    for samples in [wrong_order, too_far, too_short, steps(&[(950.0, 330, 0), (1400.0, 330, 0)])] {
        assert_eq!(names(&listen(&set, &samples)), []);
    }
}

#[test]
fn a_cadence_is_heard_within_its_tolerance_and_not_beyond() {
    // 12 % of a time, and no less than 25 ms.
    for (on, off, within, beyond) in [
        (500_u64, 500_u64, [50_i64, 50], [72, 72]),
        (350, 350, [34, 34], [52, 52]),
        (100, 100, [16, 16], [36, 36]),
        (250, 1250, [22, 130], [42, 175]),
    ] {
        let plan = TonePlan::parse(&format!("busy 425:{on}/{off}\n")).expect("a plan");
        let set = ToneSet::new(&plan).expect("room");
        let told = |by: [i64; 2]| {
            let [on, off] = [on.saturating_add_signed(by[0]), off.saturating_add_signed(by[1])];
            names(&listen(&set, &steps(&[(425.0, on, off); 8])))
        };
        for sign in [-1, 1] {
            let by = |of: [i64; 2], which: [i64; 2]| [sign * which[0] * of[0], sign * which[1] * of[1]];
            for which in [[0, 0], [1, 0], [0, 1], [1, -1]] {
                assert_eq!(
                    told(by(within, which)),
                    [ToneName::Busy],
                    "{on}/{off}, {:?} off",
                    by(within, which)
                );
            }
            for which in [[1, 0], [0, 1]] {
                assert_eq!(told(by(beyond, which)), [], "{on}/{off}, {:?} off", by(beyond, which));
            }
        }
    }
    // E.180: 70 ms of a segment, and 10 ms for measuring.
    for ms in [230, 432] {
        let segments = [(950.0, ms, 0), (1400.0, ms, 0), (1800.0, ms, 0)];
        assert_eq!(names(&listen(&set("us"), &steps(&segments))), [], "{ms} ms");
    }
}

#[test]
fn tones_that_may_be_far_off_are_heard_in_noise_in_every_country() {
    let mut random = Random::new(11);
    let off = |random: &mut Random, hz: f32, most: f32| hz + most * (2.0 * random.unit() - 1.0);
    let rounds = if soak() { 40 } else { 2 };
    let countries = (0..rounds).flat_map(|_| TonePlan::countries().map(|(code, _)| code));
    let mut missed = Vec::new();
    for country in countries {
        let set = set(country);
        let segments = [950.0, 1400.0, 1800.0].map(|hz| (off(&mut random, hz, 50.0), 330, 0));
        let cng = off(&mut random, 1100.0, 38.0);
        for (name, sent) in
            [(ToneName::Sit, segments.to_vec()), (ToneName::Cng, vec![(cng, 500, 3000), (cng, 500, 3000)])]
        {
            let noise = amplitude(-20.0 - 20.0) / 2f32.sqrt();
            let noisy: Vec<i16> =
                steps(&sent).iter().map(|x| x.saturating_add((noise * random.gauss()) as i16)).collect();
            let told = names(&listen(&set, &noisy));
            if told != [name] {
                missed.push(format!("{country} {sent:?}: {told:?}"));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// 2100 Hz for so many seconds, with reversals of phase every 450 ms and an envelope of 15 Hz, or without.
fn answer(reversals: bool, envelope: f64, hz: f64, seconds: f64) -> Vec<i16> {
    let peak = f64::from(amplitude(-18.0));
    let sample = |n: usize| {
        let t = n as f64 / 8000.0;
        let sign = if reversals && (t / 0.45) as u32 % 2 == 1 { -1.0 } else { 1.0 };
        (peak * sign * (1.0 + envelope * (TAU * 15.0 * t).sin()) * (TAU * hz * t).sin()) as i16
    };
    let mut samples = vec![0; 777];
    samples.extend((0..(seconds * 8000.0) as usize).map(sample));
    samples
}

#[test]
fn answer_tones_are_told_by_reversals_and_envelope() {
    let set = set("de");
    for hz in [2088.0, 2100.0, 2112.0] {
        let last =
            |reversals, envelope| names(&listen(&set, &answer(reversals, envelope, hz, 3.3))).last().copied();
        assert_eq!(last(false, 0.0), Some(ToneName::Ans), "{hz}");
        assert_eq!(last(true, 0.0), Some(ToneName::AnsPr), "{hz}");
        assert_eq!(last(false, 0.2), Some(ToneName::AnsAm), "{hz}");
        assert_eq!(last(true, 0.2), Some(ToneName::AnsAmPr), "{hz}");
    }
    let events = listen(&set, &answer(false, 0.0, 2105.0, 2.6));
    let [ToneEvent::Start { .. }, ToneEvent::End { start, end, dbm0, offset_hz, .. }] = events[..] else {
        panic!("{events:?}")
    };
    assert!(start.0.abs_diff(777) < 80 && end.0.abs_diff(777 + 20_800) < 160, "{start:?} {end:?}");
    assert!(
        (dbm0 + 18.0).abs() < 0.3 && offset_hz.is_some_and(|hz| (hz - 5.0).abs() < 0.5),
        "{dbm0} {offset_hz:?}"
    );
    assert_eq!(names(&listen(&set, &answer(false, 0.0, 2040.0, 3.0))), []);
    assert_eq!(names(&listen(&set, &answer(false, 0.0, 2100.0, 0.4))), []);
}

/// A tone whose amplitude is `envelope` of its time in seconds, 777 samples of silence before it and a second behind it.
fn shaped(hertz: &[f64], seconds: f64, envelope: impl Fn(f64) -> f64) -> Vec<i16> {
    let peak = f64::from(amplitude(-16.0));
    let sample = |n: usize| {
        let t = n as f64 / 8000.0;
        let sum: f64 = hertz.iter().map(|hz| (TAU * hz * t).sin()).sum();
        (peak * envelope(t) * sum) as i16
    };
    let mut samples = vec![0; 777];
    samples.extend((0..(seconds * 8000.0) as usize).map(sample));
    samples.extend([0; 8000]);
    samples
}

#[test]
fn a_long_tone_ends_where_it_ends_however_its_level_changes() {
    let set = set("us");
    let louder_and_softer =
        |each: f64| move |t: f64| if ((t / each) as u32).is_multiple_of(2) { 1.0 } else { 0.708 };
    let sudden = |from: f64, to: f64| move |t: f64| if t < 1.0 { from } else { to };
    let long =
        |seconds| answer(true, 0.0, 2100.0, seconds).into_iter().chain([0; 8000]).collect::<Vec<i16>>();
    let swinging =
        |seconds| answer(false, 0.2, 2100.0, seconds).into_iter().chain([0; 8000]).collect::<Vec<i16>>();
    for (name, samples, tone, seconds) in [
        ("fades", shaped(&[350.0, 440.0], 10.0, |t| 1.0 - 0.04 * t), ToneName::Dial, 10.0),
        ("a decibel less", shaped(&[350.0, 440.0], 60.0, sudden(1.0, 0.89)), ToneName::Dial, 60.0),
        ("a decibel more", shaped(&[350.0, 440.0], 60.0, sudden(0.89, 1.0)), ToneName::Dial, 60.0),
        ("to and fro", shaped(&[2100.0], 10.0, louder_and_softer(0.5)), ToneName::Ans, 10.0),
        ("slowly to and fro", shaped(&[2100.0], 60.0, louder_and_softer(2.0)), ToneName::Ans, 60.0),
        ("turned", long(60.0), ToneName::AnsPr, 60.0),
        ("with an envelope", swinging(60.0), ToneName::AnsAm, 60.0),
    ] {
        let events = listen(&set, &samples);
        let ends: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                ToneEvent::End { tone, start, end, .. } => Some((*tone, start.0, end.0)),
                ToneEvent::Start { .. } => None,
            })
            .collect();
        let &(last, start, end) = ends.last().expect("a tone");
        assert_eq!(last, tone, "{name}: {ends:?}");
        let true_end = 777 + (seconds * 8000.0) as u64;
        assert!(start.abs_diff(777) < 160, "{name}: {start}");
        assert!(end.abs_diff(true_end) < 320, "{name}: {end}, and not {true_end}");
    }
}

/// Flags of V.21's channel 2 at 300 bit/s.
fn flags(ms: usize) -> Vec<i16> {
    let mut phase = 0.0;
    let sample = |n: usize| {
        let mark = (0x7E_u32 >> (n * 300 / 8000 % 8)) & 1 == 1;
        phase += TAU * if mark { 1650.0 } else { 1850.0 } / 8000.0;
        (f64::from(amplitude(-18.0)) * phase.sin()) as i16
    };
    [0; 500].into_iter().chain((0..8 * ms).map(sample)).collect()
}

#[test]
fn fax_machines_are_heard_calling_and_answering() {
    let set = set("gb");
    // T.30: 1100 Hz ± 38 Hz, 0.5 s ± 15 %.
    for hz in (1062..=1138).map(|hz| hz as f32) {
        assert_eq!(
            names(&listen(&set, &steps(&[(hz, 500, 3000), (hz, 500, 3000)]))),
            [ToneName::Cng],
            "{hz}"
        );
    }
    for hz in [1000.0, 1200.0] {
        assert_eq!(names(&listen(&set, &steps(&[(hz, 500, 3000), (hz, 500, 3000)]))), [], "{hz}");
    }
    assert_eq!(names(&listen(&set, &steps(&[(1100.0, 200, 3000), (1100.0, 900, 3000)]))), []);
    assert_eq!(names(&listen(&set, &flags(1000))), [ToneName::V21]);
    assert!(ToneName::V21.is_fax() && !ToneName::Busy.is_fax());
}

#[test]
fn level_and_frequency_have_limits() {
    let set = set("de");
    let busy = |hz: f32, dbm0: f32| {
        let step = ToneStep { first_hz: hz, second_hz: 0.0, dbm0, on: Frames(3840), off: Frames(3840) };
        let mut samples = vec![0; 30_000];
        ToneGenerator::new(Law::A, &[step], true).unwrap().fill(&mut samples[1000..]);
        names(&listen(&set, &samples))
    };
    for (hz, dbm0) in [(425.0, 0.0), (425.0, -35.0), (412.0, -35.0), (438.0, 0.0)] {
        assert_eq!(busy(hz, dbm0), [ToneName::Busy], "{hz} {dbm0}");
    }
    for (hz, dbm0) in [(425.0, -42.0), (400.0, -20.0), (450.0, -20.0)] {
        assert_eq!(busy(hz, dbm0), [], "{hz} {dbm0}");
    }
}

#[test]
fn a_tone_without_a_cadence_ends_when_its_sound_does() {
    let set = set("cn");
    for (hz, name) in [(450.0, ToneName::Dial), (2100.0, ToneName::Ans)] {
        for followed_by in [0.0, 1000.0] {
            let events = listen(&set, &steps(&[(hz, 5000, 0), (followed_by, 1000, 0)]));
            let Some(ToneEvent::End { tone, start, end, .. }) = events.get(1) else { panic!("{events:?}") };
            assert_eq!(*tone, name);
            assert!(start.0.abs_diff(1300) <= 160 && end.0.abs_diff(41_300) <= 200, "{start} {end}");
        }
    }
}

#[test]
fn templates_of_the_host_are_heard_within_their_deviation() {
    let plan = "user1 1000:300/200 by=10 times=2 # a comment\n\nuser2 620+1500:100/100 620+1500:300/500\n";
    let plan = TonePlan::parse(plan).unwrap();
    let set = ToneSet::new(&plan).unwrap();
    let beeps = |hz, times: usize| steps(&[(hz, 300, 200)].repeat(times));
    assert_eq!(names(&listen(&set, &beeps(1008.0, 4))), [ToneName::User(1)]);
    assert_eq!(names(&listen(&set, &beeps(1014.0, 4))), []);
    assert_eq!(names(&listen(&set, &beeps(1000.0, 1))), []);
    let tone = plan.tone(ToneName::User(2)).unwrap();
    let samples = sent(tone, 4000, 900, -20.0, 20.0, &mut Random::new(8));
    assert_eq!(names(&listen(&set, &samples)), [ToneName::User(2)]);
}

fn user(number: u8, steps: &[Step]) -> PlanTone {
    PlanTone::new(ToneName::User(number), steps, true).expect("a tone")
}

const fn beep(hz: [u16; 2], on_ms: u16, off_ms: u16) -> Step {
    Step { hz, on_ms, off_ms }
}

/// Two lanes hear two rows of samples; `sets` are those from a sample on.
fn change_while_listening(sets: &[(usize, ToneSet)], lanes: [&[i16]; 2]) -> Vec<ToneEvent> {
    let (mut bank, mut events) = (ToneBank::new(InstructionSet::detect()), Vec::new());
    let length = lanes[0].len().max(lanes[1].len());
    (0..2).for_each(|lane| bank.enable(lane, true));
    for (index, (from, set)) in sets.iter().enumerate() {
        if index > 0 {
            bank.change(&sets[index - 1].1, set);
        }
        let to = sets.get(index + 1).map_or(length, |(to, _)| *to);
        for at in (*from..to).step_by(8) {
            let frames: Vec<[i16; LANES]> = (at..(at + 8).min(to))
                .map(|n| {
                    std::array::from_fn(|lane| {
                        lanes.get(lane).and_then(|own| own.get(n)).copied().unwrap_or(0)
                    })
                })
                .collect();
            bank.process(set, &frames, FrameTime(at as u64), |event| events.push(event));
        }
    }
    events
}

#[test]
fn a_tone_that_is_added_is_heard_and_disturbs_no_lane() {
    let fr = set("fr");
    let own = user(3, &[beep([700, 0], 300, 400)]);
    let more = fr.with(own).expect("room");
    let dial = steady((440.0, 440.0), -12.0, 6.0);
    let mut later = vec![0; 16_000];
    later.extend(sent(&own, 2800, 0, -15.0, 60.0, &mut Random::new(3)));
    // Whether a beat has to be averaged out from then on or not.
    let beating = more.with(user(4, &[beep([1200, 1220], 500, 500)])).expect("room");
    for (after, late) in [(more, 400), (beating, 800)] {
        let sets = [(0, fr.clone()), (12_000, after)];
        let mut dial = dial.clone();
        dial.extend([0; 4000]);
        let events = change_while_listening(&sets, [&dial, &later]);
        let of = |lane| events.iter().filter(|event| event.lane() == lane).copied().collect::<Vec<_>>();
        let [ToneEvent::Start { tone: ToneName::Dial, .. }, ToneEvent::End { start, end, .. }] = of(0)[..]
        else {
            panic!("{events:?}")
        };
        assert!(start.0 < 400 && end.0.abs_diff(48_000) < late, "{start:?} {end:?}");
        assert_eq!(names(&of(1)), [ToneName::User(3)]);
    }
    let events = change_while_listening(&[(0, fr)], [&dial, &later]);
    assert!(!names(&events).contains(&ToneName::User(3)), "without it nobody hears it");
}

#[test]
fn a_tone_that_is_taken_away_ends_where_it_is_heard_and_nowhere_else() {
    let fr = set("fr");
    let own = user(1, &[beep([700, 0], 0, 0)]);
    let with = fr.with(own).expect("room");
    let without = with.without(ToneName::User(1));
    assert_eq!(without.frequencies(), fr.frequencies());
    let (tone, dial) = (steady((700.0, 700.0), -12.0, 6.0), steady((440.0, 440.0), -12.0, 6.0));
    let events = change_while_listening(&[(0, with), (16_000, without)], [&tone, &dial]);
    let of = |lane| events.iter().filter(|event| event.lane() == lane).copied().collect::<Vec<_>>();
    let [ToneEvent::Start { tone: ToneName::User(1), .. }, ToneEvent::End { end, .. }] = of(0)[..] else {
        panic!("{events:?}")
    };
    assert!((15_600..16_400).contains(&end.0), "{end:?}");
    assert!(matches!(of(1)[..], [ToneEvent::Start { tone: ToneName::Dial, .. }]), "{events:?}");
}

#[test]
fn another_tone_in_the_place_of_one_that_is_heard_is_not_taken_for_it() {
    let fr = set("fr");
    let first = fr.with(user(1, &[beep([700, 0], 0, 0)])).expect("room");
    let second = first.without(ToneName::User(1)).with(user(2, &[beep([2500, 0], 0, 0)])).expect("room");
    assert_eq!(first.frequencies(), second.frequencies(), "it has the same place");
    let (tone, silence) = (steady((700.0, 700.0), -12.0, 6.0), [0; 0]);
    let events = change_while_listening(&[(0, first), (16_000, second)], [&tone, &silence]);
    assert_eq!(names(&events), [ToneName::User(1)]);
    assert_eq!(events.len(), 2, "{events:?}");
}

#[test]
fn tones_come_and_go_without_end_and_so_many_at_once() {
    let mut tones = set("us");
    let frequencies = tones.frequencies();
    for round in 0..200_u16 {
        let hz = 300 + 13 * round;
        tones = tones.with(user(1, &[beep([hz, 0], 200, 200), beep([hz + 60, 0], 200, 600)])).expect("room");
        if round % 3 == 0 {
            tones = tones.with(user(2, &[beep([hz, hz + 400], 300, 100)])).expect("room");
            tones = tones.without(ToneName::User(2));
        }
        tones = tones.without(ToneName::User(1));
    }
    assert_eq!(tones.frequencies(), frequencies);
    let mut most = 0;
    while let Ok(more) = tones.with(user(1, &[beep([700 + 61 * most, 0], 200, 200)])) {
        (tones, most) = (more, most + 1);
    }
    assert!((4..=24).contains(&most), "{most}");
    // What the set has room for is as good as ever.
    let busy = TonePlan::country("us").unwrap();
    let busy = busy.tone(ToneName::Busy).unwrap();
    assert_eq!(
        names(&listen(&tones, &sent(busy, 3000, 800, -14.0, 40.0, &mut Random::new(5)))),
        [ToneName::Busy]
    );
}

#[test]
fn tones_that_could_not_be_told_from_each_other_are_known() {
    let fr = set("fr");
    let busy = *TonePlan::country("fr").unwrap().tone(ToneName::Busy).unwrap().steps().first().unwrap();
    let twin = |steps: &[Step]| fr.with(user(1, steps)).expect("room").twin_of(ToneName::User(1));
    assert_eq!(twin(&[busy]), Some(ToneName::Busy));
    assert_eq!(twin(&[Step { on_ms: busy.on_ms + 20, ..busy }]), Some(ToneName::Busy));
    assert_eq!(twin(&[Step { on_ms: busy.on_ms + 200, ..busy }]), None);
    assert_eq!(twin(&[beep([440, 0], 0, 0)]), Some(ToneName::Dial));
    assert_eq!(twin(&[beep([2100, 0], 0, 0)]), Some(ToneName::Ans));
    assert_eq!(twin(&[beep([620, 0], 0, 0)]), None);
    // And so it is: of two neither is told.
    let both = fr.with(user(1, &[busy])).expect("room");
    let plan = TonePlan::country("fr").unwrap();
    let samples = sent(plan.tone(ToneName::Busy).unwrap(), 4000, 800, -14.0, 40.0, &mut Random::new(5));
    assert_eq!(
        (names(&listen(&both, &samples)), names(&listen(&fr, &samples))),
        (vec![], vec![ToneName::Busy])
    );
}

#[test]
fn plans_with_mistakes_are_refused_with_the_line() {
    let mistakes = [
        ("dail 425", PlanFault::Name),
        ("sit 950", PlanFault::Name),
        ("dial", PlanFault::Step),
        ("dial 425:", PlanFault::Step),
        ("dial 425:500/", PlanFault::Step),
        ("dial 425:0/500", PlanFault::Step),
        ("dial 425:20/500", PlanFault::Step),
        ("dial 425:70000/1", PlanFault::Step),
        ("dial 3500", PlanFault::Step),
        ("dial 450+400", PlanFault::Step),
        ("dial 425 425", PlanFault::Step),
        ("user1 425:100/100 times=0", PlanFault::Step),
        ("user1 425 by=50", PlanFault::Step),
        (
            "busy 425:50/50 425:50/50 425:50/50 425:50/50 425:50/50 425:50/50 425:50/50 425:50/50 425:50/50",
            PlanFault::TooManySteps,
        ),
    ];
    for (text, fault) in mistakes {
        let error = TonePlan::parse(&format!("[xx Nowhere]\ndial 425\n{text}")).unwrap_err();
        assert_eq!((error.line, error.fault), (3, fault), "{text}");
    }
    let many = "dial 425\n".repeat(21);
    assert_eq!(TonePlan::parse(&many).unwrap_err().to_string(), "line 21: too many tones");
    let frequencies: String = (0..20).map(|n| format!("busy {}+{}\n", 300 + 30 * n, 1000 + 50 * n)).collect();
    assert_eq!(ToneSet::new(&TonePlan::parse(&frequencies).unwrap()).unwrap_err(), TooManyTones);
    assert_eq!(TonePlan::country("zz"), None);
    assert_eq!(TonePlan::country("CN"), TonePlan::country("cn"));
}

#[test]
fn countries_come_in_order_and_each_has_a_dial_ringing_and_busy_tone() {
    let codes: Vec<&str> = TonePlan::countries().map(|(code, _)| code).collect();
    assert!(codes.is_sorted());
    for code in codes {
        let plan = TonePlan::country(code).unwrap();
        for name in [ToneName::Dial, ToneName::Ringing, ToneName::Busy] {
            assert!(plan.tone(name).is_some(), "{code} {}", name.as_str());
        }
        assert!(ToneSet::new(&plan).unwrap().frequencies() <= 24, "{code}");
    }
}

#[test]
fn noise_sweeps_digits_and_square_waves_are_no_tones() {
    let mut random = Random::new(3);
    let noise: Vec<i16> = (0..160_000).map(|_| (2000.0 * random.gauss()) as i16).collect();
    let sweep: Vec<i16> = (0..160_000_u32)
        .map(|n| {
            let t = f64::from(n) / 8000.0;
            (4000.0 * (TAU * (200.0 * t + 80.0 * t * t)).sin()) as i16
        })
        .collect();
    let digits = signal::Case { digits: 60, ..signal::Case::default() };
    let digits = digits.signal(&mut random).0;
    let square: Vec<i16> = (0..80_000).map(|n| if n / 13 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
    for code in ["us", "de", "cn", "gb"] {
        let set = set(code);
        for samples in
            [&noise, &sweep, &digits, &square, &vec![8; 80_000], &steady((250.0, 3300.0), -10.0, 5.0)]
        {
            assert_eq!(names(&listen(&set, samples)), [], "{code}");
        }
    }
}

#[test]
fn blocks_lanes_and_instruction_sets_change_nothing() {
    for country in ["cn", "in"] {
        let (plan, tones) = (TonePlan::country(country).unwrap(), set(country));
        let plan: Vec<&PlanTone> = plan.tones().collect();
        let mut random = Random::new(11);
        let lane = |lane: usize| {
            let tone = plan[lane % plan.len()];
            sent(tone, 7000, random.below(4000), -20.0, 15.0, &mut random)[..56_000].to_vec()
        };
        let lanes: Vec<Vec<i16>> = (0..LANES).map(lane).collect();
        let frames: Vec<[i16; LANES]> =
            (0..56_000).map(|n| std::array::from_fn(|lane| lanes[lane][n])).collect();
        let run = |set, block, enabled: u32, phase| {
            let mut bank = ToneBank::with_phase(set, phase);
            (0..LANES).for_each(|lane| bank.enable(lane, enabled >> lane & 1 == 1));
            let (mut events, mut now) = (Vec::new(), 0);
            for block in frames.chunks(block) {
                bank.process(&tones, block, FrameTime(now), |event| events.push(event));
                now += block.len() as u64;
            }
            events
        };
        let expected = run(InstructionSet::BASELINE, 8, u32::MAX, 0);
        assert!(names(&expected).len() >= LANES);
        for set in InstructionSet::all() {
            for block in [1, 7, 40, 160] {
                assert!(run(set, block, u32::MAX, 0) == expected, "{set}, {block}");
            }
        }
        let alone: Vec<ToneEvent> = expected.iter().copied().filter(|event| event.lane() == 17).collect();
        assert_eq!(run(InstructionSet::detect(), 8, 1 << 17, 0), alone);
        assert_eq!(names(&run(InstructionSet::detect(), 8, 1 << 17, 53)), names(&alone));
    }
}

#[test]
fn lanes_are_off_at_first_and_begin_anew_when_enabled() {
    let tones = set("fr");
    let frames: Vec<[i16; LANES]> = steady((440.0, 440.0), -20.0, 2.0).iter().map(|x| [*x; LANES]).collect();
    let mut bank = ToneBank::new(InstructionSet::detect());
    bank.process(&tones, &frames, FrameTime::ZERO, |event| panic!("{event:?}"));
    bank.enable(4, true);
    bank.enable(99, true);
    assert!(bank.is_enabled(4) && !bank.is_enabled(3) && !bank.is_enabled(99));
    for _ in 0..2 {
        let mut events = Vec::new();
        bank.process(&tones, &frames, FrameTime(8), |event| events.push(event));
        assert!(matches!(events[..], [ToneEvent::Start { lane: 4, tone: ToneName::Dial, .. }]), "{events:?}");
        bank.enable(4, true);
    }
}

#[test]
fn a_bank_is_a_fixed_block_of_memory() {
    // Beside the samples of two hops of 20 ms.
    let a_channel = size_of::<ToneBank>() / LANES - 640;
    assert!(a_channel <= 512, "{a_channel} octets");
}
