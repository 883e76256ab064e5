//! Banks of voices and levels: what each lane has is what it would have by itself, whatever happens to time and to its
//! neighbours. `instruction_sets.rs` holds that on more signals.

mod signal;

use signal::{Band, Random, noise};
use tandem_dsp::activity::*;
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::leveller::{LevelOptions, Leveller, LevellerBank};
use tandem_types::{FrameTime, Frames};

type Frame = [i16; 32];

/// Bursts of noise of any level between softer noise: words and pauses, in every lane others.
fn lines(frames: usize, random: &mut Random) -> Vec<Frame> {
    let mut lines = vec![[0; 32]; frames];
    for lane in 0..32 {
        let mut at = 0;
        while at < frames {
            let length = (160 + random.below(2400)).min(frames - at);
            let dbm0 = if random.below(2) == 0 { -60.0 } else { -35.0 + 25.0 * random.unit() };
            let burst = noise(Band::Telephone, dbm0, length, random);
            lines[at..at + length].iter_mut().zip(burst).for_each(|(frame, sample)| frame[lane] = sample);
            at += length;
        }
    }
    lines
}

fn column(frames: &[Frame], lane: usize) -> Vec<i16> {
    frames.iter().map(|frame| frame[lane]).collect()
}

#[test]
fn gaps_and_time_that_runs_backward_are_met_as_by_detectors_alone() {
    for set in InstructionSet::all() {
        let mut random = Random::new(11);
        let frames = lines(80_000, &mut random);
        let mut bank = ActivityBank::new(set);
        (0..32).for_each(|lane| bank.enable(lane, true));
        let mut alone = vec![ActivityDetector::default(); 32];
        let (mut told, mut told_alone) = (vec![Vec::new(); 32], vec![Vec::new(); 32]);
        let (mut at, mut now) = (0, FrameTime(500));
        while at < frames.len() {
            let count = (1 + random.below(200)).min(frames.len() - at);
            bank.process(&frames[at..at + count], now, |lane, event| told[lane].push(event));
            for (lane, detector) in alone.iter_mut().enumerate() {
                let samples = column(&frames[at..at + count], lane);
                detector.process(&samples, now, |event| told_alone[lane].push(event));
            }
            at += count;
            now = match random.below(400) {
                0 => FrameTime(now.0 / 2),
                1..8 => now + Frames(count as u64 + random.below(3000) as u64),
                _ => now + Frames(count as u64),
            };
            if random.below(50) == 0 {
                let lane = random.below(32);
                assert_eq!(bank.finish(lane), alone[lane].finish(), "{set}, lane {lane}");
            }
        }
        assert_eq!(told, told_alone, "{set}");
        assert!(told.iter().all(|events| events.len() > 4), "{set}");
        for (lane, detector) in alone.iter().enumerate() {
            assert_eq!(bank.active() >> lane & 1 == 1, detector.is_active());
            assert_eq!(bank.noise_dbm0(lane), detector.noise_dbm0());
        }
    }
}

#[test]
fn a_lane_begins_from_a_clean_slate_and_disturbs_no_other() {
    let frames = lines(40_000, &mut Random::new(12));
    let set = InstructionSet::detect();
    let (mut bank, mut undisturbed) = (ActivityBank::new(set), ActivityBank::new(set));
    (0..16).for_each(|lane| undisturbed.enable(lane, true));
    (0..20).for_each(|lane| bank.enable(lane, lane < 16));
    assert!(bank.is_enabled(15) && !bank.is_enabled(16) && !bank.is_enabled(32));
    let (mut told, mut expected) = (Vec::new(), Vec::new());
    for (n, piece) in frames.chunks(400).enumerate() {
        let now = FrameTime(n as u64 * 400);
        bank.process(piece, now, |lane, event| told.push((lane, event)));
        undisturbed.process(piece, now, |lane, event| expected.push((lane, event)));
        // A lane comes and goes, and one that does not exist.
        bank.enable(20 + n % 5, n % 2 == 0);
        bank.enable(32, true);
        bank.set_options(99, ActivityOptions::default());
        assert_eq!(bank.finish(32), None);
    }
    told.retain(|(lane, _)| *lane < 20);
    assert_eq!(told, expected);
    assert!(expected.len() > 64);
    // Speech that was told is forgotten, and nothing is known of the noise.
    let lane = bank.active().trailing_zeros() as usize;
    assert!(lane < 16, "somebody talks");
    bank.enable(lane, true);
    assert_eq!((bank.active() >> lane & 1, bank.noise_dbm0(lane)), (0, -99.0));
    assert_eq!(bank.finish(lane), None);
}

#[test]
fn hops_end_as_much_earlier_as_their_phase_says() {
    let set = InstructionSet::detect();
    let mut samples = vec![[0; 32]; 16_000];
    let loud = noise(Band::White, -10.0, 4000, &mut Random::new(13));
    samples[8000..12_000].iter_mut().zip(loud).for_each(|(frame, sample)| *frame = [sample; 32]);
    for (phase, start) in [(0, 8000), (16, 7984), (40, 7960), (79, 7921), (80, 8000)] {
        let mut bank = ActivityBank::with_phase(set, phase);
        bank.enable(3, true);
        let mut told = Vec::new();
        bank.process(&samples, FrameTime(0), |lane, event| told.push((lane, event)));
        let first = ActivityEvent::Start { at: FrameTime(start), reported: FrameTime(start + 320) };
        assert_eq!(told[0], (3, first), "phase {phase}");
    }
}

#[test]
fn a_lane_that_is_set_on_the_way_has_what_a_new_leveller_gives_it() {
    let frames = lines(40_000, &mut Random::new(14));
    let options = |gain_db| LevelOptions { gain_db, target_dbm0: Some(-18.0), gate_dbm0: Some(-50.0) };
    for set in InstructionSet::all() {
        let mut bank = LevellerBank::new(set);
        bank.set(7, Some(options(3.0)));
        bank.set(32, Some(options(3.0)));
        let mut heard = frames.clone();
        heard[..20_000].chunks_mut(8).for_each(|tick| bank.process(tick));
        bank.set(9, Some(options(-6.0)));
        bank.set(10, Some(options(19.0)));
        heard[20_000..].chunks_mut(8).for_each(|tick| bank.process(tick));
        let alone = |lane: usize, from: usize, gain_db: f32| {
            let mut samples = column(&frames, lane);
            let mut leveller = Leveller::new(options(gain_db));
            leveller.process(&mut samples[from..]);
            (samples, leveller.gain_db())
        };
        assert!((column(&heard, 7), bank.gain_db(7)) == alone(7, 0, 3.0), "{set}");
        assert!((column(&heard, 9), bank.gain_db(9)) == alone(9, 20_000, -6.0), "{set}");
        assert!(bank.gain_db(7) != 3.0 && bank.gain_db(9) != -6.0);
        // What is not set, or makes no sense, is left as it is.
        for lane in (0..32).filter(|lane| ![7, 9].contains(lane)) {
            assert!(column(&heard, lane) == column(&frames, lane), "{set}, lane {lane}");
        }
        assert_eq!((bank.gain_db(10), bank.gain_db(31), bank.gain_db(32)), (0.0, 0.0, 0.0));
        // And one that is set no longer is left as it is from then on.
        bank.set(7, None);
        let mut more = [[1234; 32]; 400];
        bank.process(&mut more);
        assert!(column(&more, 7) == [1234; 400]);
    }
}

#[test]
fn a_gain_that_is_on_its_way_ends_where_another_is_set() {
    let gate = LevelOptions { gain_db: 12.0, target_dbm0: None, gate_dbm0: Some(-20.0) };
    let double = LevelOptions { gain_db: 6.0206, target_dbm0: None, gate_dbm0: None };
    for set in InstructionSet::all() {
        let mut bank = LevellerBank::new(set);
        bank.set(12, Some(gate));
        // The gate begins to close behind the first hop.
        let mut soft = [[100; 32]; 120];
        bank.process(&mut soft);
        assert!(soft[119][12] < soft[79][12]);
        bank.set(12, Some(double));
        let mut heard = [[100; 32]; 160];
        bank.process(&mut heard);
        assert!(heard.iter().all(|frame| frame[12] == 200 && frame[13] == 100), "{set}");
    }
}

#[test]
fn a_lane_of_a_bank_takes_little_memory() {
    assert!(size_of::<ActivityBank>() / 32 <= 128, "{}", size_of::<ActivityBank>() / 32);
    assert!(size_of::<LevellerBank>() / 32 <= 192, "{}", size_of::<LevellerBank>() / 32);
}
