//! The detectors of a span in every instruction set at once, over an hour in which each lane hears digits, register and
//! line signals, call progress and fax tones, speech-like sound, noise, square waves and silence in turn, with
//! `TANDEM_SOAK=1`; over 20 seconds without. Every event must be the same, times and levels to the last bit, and so must what
//! levellers make of every sample. In banks of voices and levels each lane must have what it would have by itself.

mod signal;

use signal::{Random, amplitude};
use tandem_dsp::activity::{ActivityBank, ActivityDetector, ActivityEvent, ActivityOptions};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::{DetectorBank, DtmfEvent, DtmfGenerator, DtmfSender, LANES};
use tandem_dsp::leveller::{LevelOptions, Leveller, LevellerBank};
use tandem_dsp::mf::{MfBank, MfEvent, MfGenerator, MfSender, MfSystem};
use tandem_dsp::progress::{ToneBank, ToneEvent, TonePlan, ToneSet};
use tandem_types::{Digit, FrameTime, Frames, Law};

type Frame = [i16; LANES];

#[test]
fn all_detectors_of_all_instruction_sets_agree_on_every_event() {
    let seconds = if std::env::var_os("TANDEM_SOAK").is_some() { 3600 } else { 20 };
    // Beats of India's tones are heard in a mean over hops.
    let plans = ["us", "in"].map(|code| TonePlan::country(code).expect("a country"));
    let tone_sets = plans.each_ref().map(|plan| ToneSet::new(plan).expect("room"));
    let mut lanes: Vec<Lane> = (0..LANES as u64).map(|lane| Lane::new(lane + 1)).collect();
    let mut all: Vec<Detectors> = InstructionSet::all().map(Detectors::new).collect();
    let mut frames = vec![[0; LANES]; 8000];
    let mut alone: Vec<Alone> = (0..LANES).map(Alone::new).collect();
    let mut events = [0; 4];
    for second in 0..seconds {
        for frame in &mut frames {
            for (sample, lane) in frame.iter_mut().zip(&mut lanes) {
                *sample = lane.next(&plans);
            }
        }
        let mut heard = all.iter_mut().map(|own| own.listen(&frames, FrameTime(second * 8000), &tone_sets));
        let first = heard.next().expect("the baseline");
        assert!(heard.all(|other| other == first), "second {second}");
        for (lane, alone) in alone.iter_mut().enumerate() {
            let column: Vec<i16> = frames.iter().map(|frame| frame[lane]).collect();
            let (told, heard) = alone.listen(column, FrameTime(second * 8000));
            assert!(first.3.iter().filter(|(own, _)| *own == lane).map(|(_, event)| event).eq(&told));
            assert!(first.4.iter().map(|frame| frame[lane]).eq(heard), "second {second}, lane {lane}");
        }
        let counts = [first.0.len(), first.1.len(), first.2.len(), first.3.len()];
        events.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    // A digit sent to a lane every few seconds, a signal of each system, a tone now and then.
    let lane_seconds = seconds as usize * LANES;
    assert!(
        events[0] > lane_seconds / 4
            && events[1] > lane_seconds / 4
            && events[2] > lane_seconds / 40
            && events[3] > lane_seconds / 4,
        "{events:?}"
    );
}

/// A detector of each kind.
struct Detectors {
    dtmf: DetectorBank,
    mf: Vec<MfBank>,
    tones: Vec<ToneBank>,
    activity: ActivityBank,
    levels: LevellerBank,
}

type Heard = (Vec<DtmfEvent>, Vec<MfEvent>, Vec<ToneEvent>, Vec<(usize, ActivityEvent)>, Vec<Frame>);

impl Detectors {
    fn new(set: InstructionSet) -> Self {
        let mut detectors = Self {
            dtmf: DetectorBank::new(set),
            mf: MfSystem::ALL.map(|system| MfBank::new(set, system)).into(),
            tones: vec![ToneBank::new(set); 2],
            activity: ActivityBank::new(set),
            levels: LevellerBank::new(set),
        };
        for lane in 0..LANES {
            detectors.activity.set_options(lane, hears(lane));
            detectors.activity.enable(lane, listens(lane));
            detectors.levels.set(lane, levels(lane));
        }
        for lane in (0..LANES).filter(|lane| lane % 16 != 9) {
            detectors.dtmf.enable(lane, true);
            detectors.mf.iter_mut().for_each(|bank| bank.enable(lane, true));
            detectors.tones.iter_mut().for_each(|bank| bank.enable(lane, true));
        }
        detectors
    }

    fn listen(&mut self, frames: &[Frame], first: FrameTime, tone_sets: &[ToneSet]) -> Heard {
        let mut heard = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), frames.to_vec());
        self.dtmf.process(frames, first, |event| heard.0.push(event));
        for bank in &mut self.mf {
            bank.process(frames, first, |event| heard.1.push(event));
        }
        for (bank, tones) in self.tones.iter_mut().zip(tone_sets) {
            bank.process(tones, frames, first, |event| heard.2.push(event));
        }
        // In ticks of a millisecond, and of seven frames.
        let mut at = first;
        for tick in frames.chunks(8) {
            self.activity.process(tick, at, |lane, event| heard.3.push((lane, event)));
            at += Frames(8);
        }
        heard.4.chunks_mut(7).for_each(|tick| self.levels.process(tick));
        heard
    }
}

/// Limits of different kinds, lane by lane.
fn hears(lane: usize) -> ActivityOptions {
    ActivityOptions {
        threshold_dbm0: -45.0 + (lane % 4) as f32 * 5.0,
        onset: Frames::from_ms(10 + 20 * (lane % 3) as u64),
        hangover: Frames::from_ms(100 + 50 * (lane % 5) as u64),
    }
}

const fn listens(lane: usize) -> bool {
    lane % 7 != 5
}

/// Gains, targets and gates with and without each other; nothing in one lane of nine, and nonsense in one.
fn levels(lane: usize) -> Option<LevelOptions> {
    let gain_db = if lane == 11 { 40.0 } else { -9.0 + (lane % 10) as f32 * 3.0 };
    let target_dbm0 = (!lane.is_multiple_of(3)).then_some(-24.0 + (lane % 4) as f32 * 4.0);
    let gate_dbm0 = (!lane.is_multiple_of(2)).then_some(-50.0 + (lane % 5) as f32 * 5.0);
    (!lane.is_multiple_of(9)).then_some(LevelOptions { gain_db, target_dbm0, gate_dbm0 })
}

/// What a lane has, by itself.
struct Alone {
    activity: Option<ActivityDetector>,
    leveller: Option<Leveller>,
}

impl Alone {
    fn new(lane: usize) -> Self {
        Self {
            activity: listens(lane).then(|| ActivityDetector::new(hears(lane))),
            leveller: levels(lane).map(Leveller::new),
        }
    }

    fn listen(&mut self, mut samples: Vec<i16>, first: FrameTime) -> (Vec<ActivityEvent>, Vec<i16>) {
        let mut told = Vec::new();
        if let Some(activity) = &mut self.activity {
            activity.process(&samples, first, |event| told.push(event));
        }
        if let Some(leveller) = &mut self.leveller {
            leveller.process(&mut samples);
        }
        (told, samples)
    }
}

/// What a lane hears: one sound after another.
struct Lane {
    random: Random,
    samples: Vec<i16>,
    next: usize,
}

impl Lane {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), samples: Vec::new(), next: 0 }
    }

    fn next(&mut self, plans: &[TonePlan]) -> i16 {
        if self.next == self.samples.len() {
            self.samples = sound(&mut self.random, plans);
            self.next = 0;
        }
        self.next += 1;
        self.samples[self.next - 1]
    }
}

/// A sound of 50 ms to 3 s, of any level, with some noise beneath it.
fn sound(random: &mut Random, plans: &[TonePlan]) -> Vec<i16> {
    let dbm0 = -35.0 * random.unit();
    let mut samples = vec![0; 400 + random.below(4000)];
    match random.below(8) {
        0 => {}
        1 => {
            let loud = amplitude(dbm0);
            samples.iter_mut().for_each(|sample| *sample = (loud * random.gauss()) as i16);
        }
        2 => {
            let (half, loud) = (2 + random.below(40), amplitude(dbm0) as i16);
            samples
                .iter_mut()
                .enumerate()
                .for_each(|(n, x)| *x = if n / half % 2 == 0 { loud } else { -loud });
        }
        3 => {
            let (hz, loud) = (80.0 + 200.0 * random.unit(), amplitude(dbm0));
            for (n, sample) in samples.iter_mut().enumerate() {
                let phase = std::f32::consts::TAU * hz * n as f32 / 8000.0;
                let harmonics = (1..12).map(|k| (phase * k as f32).sin() / (1.0 + (k % 4) as f32));
                *sample = (0.4 * loud * harmonics.sum::<f32>()) as i16;
            }
        }
        4 => {
            samples.resize(12_000 + random.below(12_000), 0);
            let plan = &plans[random.below(plans.len())];
            let tone = plan.tones().nth(random.below(plan.tones().count())).expect("a tone");
            tone.generator(Law::A, dbm0).expect("a tone of a plan can be sent").fill(&mut samples);
        }
        5 => {
            let system = MfSystem::ALL[random.below(4)];
            let mut generator = MfGenerator::new(Law::A, system, MfSender::of(system));
            let symbols = ["12", "34", "51", "66", "23"];
            generator.dial_str(symbols[random.below(symbols.len())]).expect("signals of every system");
            generator.fill(&mut samples);
        }
        _ => {
            let sender = DtmfSender { low_dbm0: dbm0, high_dbm0: dbm0 + 2.0, ..DtmfSender::default() };
            let mut generator = DtmfGenerator::new(Law::A, sender);
            generator
                .dial(&[Digit::KEYPAD[random.below(16)], Digit::KEYPAD[random.below(16)]])
                .expect("room");
            generator.fill(&mut samples);
        }
    }
    let noise = amplitude(dbm0 - 10.0 - 40.0 * random.unit());
    samples.iter().map(|sample| sample.saturating_add((noise * random.gauss()) as i16)).collect()
}
