//! A call as an analyser hears it, and what it makes of it.

use tandem_dsp::analysis::*;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::g711;
use tandem_dsp::progress::{ToneDetector, ToneEvent, TonePlan, ToneSet};
use tandem_testkit::Rng;
use tandem_testkit::call::{NETWORKS, Network, add_noise, at_level, between, in_room, to_samples, tone};
use tandem_types::{FrameTime, Law};

/// A call, and what it is.
pub(crate) struct Call {
    pub(crate) class: Class,
    /// What it is made of.
    pub(crate) kind: String,
    /// The file or the words.
    pub(crate) name: String,
    pub(crate) country: &'static str,
    pub(crate) samples: Vec<i16>,
    /// The frame of the answer.
    pub(crate) answer: Option<usize>,
    /// The beep: first frame, frame after the last, frequency.
    pub(crate) beep: Option<(usize, usize, f64)>,
}

impl Call {
    pub(crate) fn named(mut self, name: String) -> Self {
        self.name = name;
        self
    }
}

/// What an analyser made of it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) interims: Vec<(Interim, FrameTime)>,
    pub(crate) verdict: Option<Verdict>,
    /// Start, end, told, frequency.
    pub(crate) beeps: Vec<(FrameTime, FrameTime, FrameTime, f32)>,
}

impl Outcome {
    pub(crate) fn class(&self) -> Option<Class> {
        self.verdict.map(|verdict| verdict.class)
    }

    /// From the answer to the verdict, in ms.
    pub(crate) fn decided_ms(&self, call: &Call) -> Option<u64> {
        self.verdict.map(|verdict| (verdict.decided.0 - call.answer.unwrap_or(0) as u64) / 8)
    }
}

/// How a sound comes over a line: level and noise in dBm0, in a room or not.
pub(crate) struct Way {
    pub(crate) dbm0: f64,
    pub(crate) noise_dbm0: f64,
    pub(crate) room: bool,
}

impl Way {
    /// From a person in a room.
    pub(crate) fn of_a_person(rng: &mut Rng) -> Self {
        Self { dbm0: between(rng, -28.0, -12.0), noise_dbm0: between(rng, -68.0, -48.0), room: true }
    }

    /// From a machine or the network.
    pub(crate) fn of_a_machine(rng: &mut Rng) -> Self {
        Self { dbm0: between(rng, -26.0, -12.0), noise_dbm0: between(rng, -75.0, -55.0), room: false }
    }

    pub(crate) fn carry(&self, sound: Vec<f64>, rng: &mut Rng) -> Vec<f64> {
        let sound = at_level(sound, self.dbm0);
        if self.room {
            let (reverberation, direct) = (between(rng, 150.0, 600.0), between(rng, 6.0, 18.0));
            in_room(&sound, reverberation, direct, rng)
        } else {
            sound
        }
    }

    /// Adds the noise and the law.
    pub(crate) fn end(&self, mut line: Vec<f64>, rng: &mut Rng) -> Vec<i16> {
        add_noise(&mut line, self.noise_dbm0, rng);
        to_samples(&line).iter().map(|x| g711::decode(Law::A, g711::encode(Law::A, *x))).collect()
    }
}

/// A call to any country: ring-back for a while, the answer in its pause, then what is heard.
pub(crate) fn answered(what: (Class, String), sound: Vec<f64>, way: &Way, rng: &mut Rng) -> Call {
    answered_in(NETWORKS[rng.below(7) as usize], what, sound, way, rng)
}

pub(crate) fn answered_in(
    network: Network,
    (class, kind): (Class, String),
    sound: Vec<f64>,
    way: &Way,
    rng: &mut Rng,
) -> Call {
    let [on, off] = [network.ringing[0].1, network.ringing.last().map_or(0, |step| step.2)];
    let mut line = tone(network.ringing, on + off, between(rng, -22.0, -10.0));
    line.truncate(8 * (on + off / 2));
    let answer = line.len() + rng.below(800) as usize;
    line.resize(answer, 0.0);
    line.extend(way.carry(sound, rng));
    let samples = way.end(line, rng);
    Call {
        class,
        kind,
        name: String::new(),
        country: network.country,
        samples,
        answer: Some(answer),
        beep: None,
    }
}

pub(crate) fn set(country: &str) -> ToneSet {
    ToneSet::new(&TonePlan::country(country).expect("a country")).expect("room")
}

/// The tones of a call, with silence behind it.
pub(crate) fn tones_of(call: &Call, set: &ToneSet) -> Vec<ToneEvent> {
    let mut events = Vec::new();
    ToneDetector::new(InstructionSet::detect()).process(set, &call.samples, |event| events.push(event));
    events
}

/// What an analyser makes of a call, in blocks of 20 ms; after its end the line is silent.
pub(crate) fn analyse(call: &Call, tones: &[ToneEvent], options: AnalysisOptions) -> Outcome {
    analyse_in_blocks(call, tones, options, || 160)
}

pub(crate) fn analyse_in_blocks(
    call: &Call,
    tones: &[ToneEvent],
    options: AnalysisOptions,
    mut length: impl FnMut() -> usize,
) -> Outcome {
    let mut analyser = CallAnalyser::new(options);
    let mut outcome = Outcome::default();
    let silence = vec![8; 30 * 8000];
    let line: Vec<i16> = call.samples.iter().chain(&silence).copied().collect();
    let mut tones = tones.iter().filter_map(|tone| match tone {
        ToneEvent::Start { reported, .. } => Some((reported.0, tone)),
        ToneEvent::End { .. } => None,
    });
    let mut coming = tones.next();
    let mut at = 0;
    while at < line.len() && !analyser.is_over() {
        let end = (at + length()).min(line.len());
        while let Some((_, tone)) = coming.filter(|(reported, _)| *reported <= end as u64) {
            analyser.tone(tone);
            coming = tones.next();
        }
        if let Some(answer) = call.answer.filter(|answer| (at..end).contains(answer)) {
            analyser.answered(FrameTime(answer as u64));
        }
        analyser.hear(&line[at..end], FrameTime(at as u64));
        while let Some(event) = analyser.poll() {
            match event {
                AnalysisEvent::Interim { what, reported, .. } => outcome.interims.push((what, reported)),
                AnalysisEvent::Verdict(verdict) => {
                    assert_eq!(outcome.verdict.replace(verdict), None, "a second verdict");
                }
                AnalysisEvent::Beep { start, end, reported, hz, .. } => {
                    outcome.beeps.push((start, end, reported, hz));
                }
            }
        }
        at = end;
    }
    outcome
}
