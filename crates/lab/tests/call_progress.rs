//! Outgoing calls to every kind of far end, each told for what it is: by an engine, over a primary rate interface, from what
//! another engine plays before or after its answer.
mod pair;
use pair::{NETWORK, Pair, USER};
use tandem_engine::{
    AnalysisOptions, CallId, CallNews, Class, EngineError, EventKind, Interim, Reasons, Terms, Verdict,
};
use tandem_testkit::Rng;
use tandem_testkit::call::{
    NETWORKS, SPECIAL_INFORMATION, Style, add_noise, at_level, fax_answer, greeting_of_a_machine,
    greeting_of_a_person, in_room, modem_answer, music, silence, special_information, to_samples, tone,
};
use tandem_types::{Cause, Frames, Handle};

/// When the far end plays.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Before,
    After,
}

struct Outcome {
    verdict: Option<Verdict>,
    interims: Vec<Interim>,
    beeps: Vec<f32>,
}

struct Bench {
    pair: Pair,
    slot: u8,
}

impl Bench {
    fn new(country: &str) -> Self {
        Self { pair: Pair::with_engine(&format!("[tones]\ncountry = \"{country}\"\n"), "", ""), slot: 0 }
    }

    fn place(&mut self, options: AnalysisOptions) -> (CallId, CallId, Handle) {
        self.slot = self.slot % 15 + 1;
        let channel = self.pair.channel(USER, self.slot);
        let placed = self.pair.ends[USER].call_place(channel, "4711").expect("a free channel");
        self.pair.ends[USER].call_analyse(placed, options).expect("a call");
        self.pair.pass_ms(300);
        let (offered, there, _) = self.pair.offered(NETWORK);
        (placed, offered, there)
    }

    /// What is told of a call whose far end plays this, followed by silence, until it is told or for so long.
    fn call(&mut self, when: When, line: &[f64], ms: usize) -> Outcome {
        let (placed, offered, there) = self.place(AnalysisOptions::default());
        self.pair.told[USER].clear();
        match when {
            When::Before => self.pair.ends[NETWORK].call_progress(offered).expect("offered"),
            When::After => self.pair.ends[NETWORK].call_answer(offered).expect("offered"),
        }
        self.pair.pass_ms(100);
        if !line.is_empty() {
            let mut line = line.to_vec();
            add_noise(&mut line, -65.0, &mut Rng::new(u64::from(self.slot)));
            let samples = to_samples(&line).into();
            self.pair.ends[NETWORK].play_samples(there, samples, Terms::default()).expect("nothing plays");
        }
        self.pair.pass_ms(ms);
        let outcome = self.outcome(placed);
        self.pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
        self.pair.pass_ms(200);
        outcome
    }

    fn outcome(&self, call: CallId) -> Outcome {
        let mut outcome = Outcome { verdict: None, interims: Vec::new(), beeps: Vec::new() };
        for event in &self.pair.told[USER] {
            let EventKind::CallAnalysed { call: of, news, .. } = &event.kind else { continue };
            assert_eq!(*of, call);
            match news {
                CallNews::Goes(what) => outcome.interims.push(*what),
                CallNews::Verdict(verdict) => {
                    assert_eq!(outcome.verdict.replace(*verdict), None, "one verdict");
                    assert_eq!(event.at, verdict.decided);
                }
                CallNews::Beep { hz, .. } => {
                    assert!(outcome.verdict.is_some(), "after the verdict");
                    outcome.beeps.push(*hz);
                }
            }
        }
        outcome
    }

    #[track_caller]
    fn class(&mut self, when: When, line: &[f64], ms: usize) -> Class {
        self.call(when, line, ms).verdict.expect("a verdict").class
    }
}

#[test]
fn tones_of_five_countries_and_special_information_are_told_before_the_answer() {
    for country in ["de", "us", "gb", "cn", "fr"] {
        let network = NETWORKS.iter().find(|network| network.country == country).expect("it is known");
        let mut bench = Bench::new(country);
        let busy = bench.call(When::Before, &tone(network.busy, 6000, -15.0), 6000);
        let verdict = busy.verdict.expect("a verdict");
        assert_eq!(verdict.class, Class::Busy, "{country}");
        assert!(verdict.reasons.contains(Reasons::TONE) && verdict.confidence > 50, "{country}: {verdict:?}");
        let mut rings = tone(network.ringing, 12_000, -15.0);
        rings.extend(tone(network.congestion, 6000, -15.0));
        let congestion = bench.call(When::Before, &rings, 18_000);
        assert_eq!(congestion.interims, [Interim::Ringing], "{country}");
        assert_eq!(congestion.verdict.expect("a verdict").class, Class::Congestion, "{country}");
    }
    let mut bench = Bench::new("us");
    let classes = [
        Class::Special,
        Class::SpecialIntercept,
        Class::SpecialVacant,
        Class::SpecialReorder,
        Class::SpecialNoCircuit,
    ];
    for segments in SPECIAL_INFORMATION {
        let class = bench.class(When::Before, &special_information(segments, -15.0), 4000);
        assert!(classes.contains(&class), "{segments:?}: {class}");
    }
}

#[test]
fn people_machines_fax_machines_and_silence_are_told_after_the_answer() {
    let mut bench = Bench::new("de");
    let mut rng = Rng::new(3);
    let (mut people, mut machines) = (0, 0);
    for _ in 0..12 {
        let person = at_level(greeting_of_a_person(&mut rng), -20.0);
        people += usize::from(bench.class(When::After, &person, 11_000) == Class::Human);
        let room = in_room(&at_level(greeting_of_a_machine(&mut rng), -20.0), 200.0, 6.0, &mut rng);
        machines += usize::from(bench.class(When::After, &room, 11_000) == Class::Machine);
    }
    // `docs/call-progress.md` has the curve; this is what it must not fall below on the way through an engine.
    assert!(people >= 10 && machines >= 10, "{people} people, {machines} machines of 12 each");
    assert_eq!(bench.class(When::After, &fax_answer(-15.0, &mut rng), 8000), Class::Fax);
    assert_eq!(bench.class(When::After, &modem_answer(true, true, 3500, -15.0), 5000), Class::Modem);
    let silent = bench.call(When::After, &[], 6000).verdict.expect("a verdict");
    assert_eq!(silent.class, Class::Silence);
    assert!((3_900..4_200).contains(&(silent.decided - silent.start).as_ms()), "{silent:?}");
}

#[test]
fn the_beep_of_a_machine_is_told_when_it_has_ended() {
    let mut bench = Bench::new("de");
    let mut rng = Rng::new(5);
    for hz in [440.0, 1000.0, 1400.0] {
        let mut line = at_level(greeting_of_a_machine(&mut rng), -20.0);
        line.extend(silence(700));
        line.extend(tone(&[([hz, 0.0], 0, 0)], 400, -15.0));
        let length = line.len() / 8;
        let outcome = bench.call(When::After, &line, length + 2000);
        assert_eq!(outcome.verdict.map(|verdict| verdict.class), Some(Class::Machine), "{hz} Hz");
        assert_eq!(outcome.beeps.len(), 1, "{hz} Hz: {:?}", outcome.beeps);
        assert!((f64::from(outcome.beeps[0]) - hz).abs() < 15.0, "{hz} Hz: {:?}", outcome.beeps);
    }
}

#[test]
fn announcements_and_music_are_told_before_the_answer_and_who_does_not_answer_is() {
    let mut bench = Bench::new("cn");
    let mut rng = Rng::new(7);
    let mut announcement = at_level(greeting_of_a_machine(&mut rng), -18.0);
    announcement.extend(at_level(greeting_of_a_machine(&mut rng), -18.0));
    assert_eq!(bench.class(When::Before, &announcement, 12_000), Class::Announcement);
    let song = at_level(music(Style::Strings, 20_000, &mut rng), -18.0);
    let outcome = bench.call(When::Before, &song, 20_000);
    assert!(outcome.interims.contains(&Interim::Music) && outcome.verdict.is_none(), "{:?}", outcome.verdict);

    let options = AnalysisOptions { no_answer: Frames::from_seconds(5), ..AnalysisOptions::default() };
    let (placed, offered, _) = bench.place(options);
    bench.pair.ends[NETWORK].call_progress(offered).expect("offered");
    bench.pair.told[USER].clear();
    bench.pair.pass_ms(7_000);
    let verdict = bench.outcome(placed).verdict.expect("a verdict");
    assert_eq!(verdict.class, Class::NoAnswer);
}

#[test]
fn a_call_is_analysed_once_and_not_without_a_detector_of_tones() {
    let mut bench = Bench::new("de");
    let (placed, offered, _) = bench.place(AnalysisOptions::default());
    let again = bench.pair.ends[USER].call_analyse(placed, AnalysisOptions::default());
    assert!(matches!(again, Err(EngineError::WrongState(_))), "{again:?}");
    // Over before there is a verdict: nothing is told any more.
    bench.pair.ends[NETWORK].call_answer(offered).expect("offered");
    bench.pair.pass_ms(500);
    bench.pair.ends[USER].call_clear(placed, Cause::NORMAL_CLEARING).expect("a call");
    bench.pair.pass_ms(8000);
    assert!(!bench.pair.heard(USER, |kind| matches!(kind, EventKind::CallAnalysed { .. })));
    let gone = bench.pair.ends[USER].call_analyse(placed, AnalysisOptions::default());
    assert_eq!(gone, Err(EngineError::NoSuchCall));
    // The call that comes next on the channel is not analysed unless somebody asks.
    bench.slot = 0;
    let channel = bench.pair.channel(USER, 1);
    let next = bench.pair.ends[USER].call_place(channel, "4711").expect("a free channel");
    bench.pair.pass_ms(300);
    let (offered, ..) = bench.pair.offered(NETWORK);
    bench.pair.ends[NETWORK].call_answer(offered).expect("offered");
    bench.pair.pass_ms(6000);
    assert!(!bench.pair.heard(USER, |kind| matches!(kind, EventKind::CallAnalysed { .. })));
    // One that is answered already can be analysed too, from then on.
    bench.pair.ends[USER].call_analyse(next, AnalysisOptions::default()).expect("a call");
    bench.pair.pass_ms(5000);
    assert_eq!(bench.outcome(next).verdict.expect("a verdict").class, Class::Silence);
    // Once, and again when it is asked for again.
    bench.pair.told[USER].clear();
    bench.pair.pass_ms(6000);
    assert!(!bench.pair.heard(USER, |kind| matches!(kind, EventKind::CallAnalysed { .. })));
    bench.pair.ends[USER].call_analyse(next, AnalysisOptions::default()).expect("a call");
    bench.pair.pass_ms(5000);
    assert_eq!(bench.outcome(next).verdict.expect("a verdict").class, Class::Silence);

    let pair = Pair::with_engine("", "detectors = [\"r1\"]", "");
    let call = pair.ends[USER].call_place(pair.channel(USER, 1), "4711").expect("a free channel");
    let refused = pair.ends[USER].call_analyse(call, AnalysisOptions::default());
    assert!(matches!(refused, Err(EngineError::Unsupported(_))), "{refused:?}");
}
