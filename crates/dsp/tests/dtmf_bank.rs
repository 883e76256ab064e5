//! The detector bank as a whole: times and levels it reports, lanes, blocks, and hostile input.

mod signal;

use signal::{Band, Case, Random};
use tandem_dsp::arch::InstructionSet;
use tandem_dsp::dtmf::{Detector, DetectorBank, DtmfEvent, LANES};
use tandem_types::FrameTime;

type Frames = Vec<[i16; LANES]>;

#[test]
fn times_and_levels_are_those_of_the_digit_sent() {
    for (on_ms, low_dbm0, high_dbm0) in [(50.0, -10.0, -8.0), (40.0, -20.0, -24.0), (333.3, -3.0, -3.0)] {
        let case = Case { on_ms, low_dbm0, high_dbm0, digits: 40, ..Case::default() };
        let (samples, _) = case.signal(&mut Random::new(11));
        let begins = onsets(&samples, (on_ms * 8.0) as usize);
        let mut number = 0;
        for event in single(&samples) {
            let begin = begins[number] as f32;
            match event {
                DtmfEvent::Start { at, reported, .. } => {
                    assert!((at.0 as f32 - begin).abs() <= 8.0, "{at} for {begin}");
                    let delay_ms = (reported.0 as f32 - begin) / 8.0;
                    assert!((36.0..=45.0).contains(&delay_ms), "{delay_ms}");
                }
                DtmfEvent::End { start, end, low_dbm0: low, high_dbm0: high, twist_db, .. } => {
                    assert!((start.0 as f32 - begin).abs() <= 8.0);
                    let lasted = (end.0 - start.0) as f32 / 8.0;
                    assert!((lasted - on_ms).abs() <= 1.5, "{lasted} ms for {on_ms} ms");
                    assert!((low - low_dbm0).abs() < 0.3, "{low}");
                    assert!((high - high_dbm0).abs() < 0.3, "{high}");
                    assert!((twist_db - (high_dbm0 - low_dbm0)).abs() < 0.3, "{twist_db}");
                    number += 1;
                }
            }
        }
        assert_eq!(number, 40);
    }
}

#[test]
fn frequencies_are_told_within_12_tenths_of_a_hertz() {
    for (low_percent, high_percent) in [(0.0, 0.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (-1.0, -1.0)] {
        for dbm0 in [-3.0, -10.0, -30.0] {
            let case = Case {
                digits: 40,
                low_percent,
                high_percent,
                low_dbm0: dbm0,
                high_dbm0: dbm0,
                ..Case::default()
            };
            let (samples, _) = case.signal(&mut Random::new(3));
            let mut digits = 0;
            for event in single(&samples) {
                let DtmfEvent::End { digit, low_offset_hz, high_offset_hz, .. } = event else { continue };
                let (row, column) = digit.key();
                let low = [697.0, 770.0, 852.0, 941.0][row] * low_percent / 100.0;
                let high = [1209.0, 1336.0, 1477.0, 1633.0][column] * high_percent / 100.0;
                assert!((low_offset_hz - low).abs() <= 1.2, "{dbm0} {digit:?}: {low_offset_hz} for {low}");
                assert!(
                    (high_offset_hz - high).abs() <= 1.2,
                    "{dbm0} {digit:?}: {high_offset_hz} for {high}"
                );
                digits += 1;
            }
            assert_eq!(digits, 40);
        }
    }
}

#[test]
fn every_start_is_followed_by_its_end() {
    let case = Case { off_ms: 15.0, digits: 50, ..Case::default() };
    for same_digit in [true, false] {
        let (samples, _) = Case { same_digit, ..case.clone() }.signal(&mut Random::new(5));
        let mut last_end = FrameTime::ZERO;
        let events = single(&samples);
        assert_eq!(events.len(), 100);
        for pair in events.chunks(2) {
            let [DtmfEvent::Start { digit, at, .. }, DtmfEvent::End { digit: ended, start, end, .. }] = *pair
            else {
                panic!("{pair:?}");
            };
            assert_eq!((digit, at), (ended, start));
            assert!(at >= last_end && end > at, "{last_end} {at} {end}");
            last_end = end;
        }
    }
}

#[test]
fn digit_that_lasts_to_the_end_of_a_file_has_an_end() {
    let case = Case { on_ms: 60.0, digits: 1, ..Case::default() };
    let (samples, _) = case.signal(&mut Random::new(3));
    let begin = onsets(&samples, 480)[0];
    let events = single(&samples[..begin + 400]);
    let Some(DtmfEvent::End { end, .. }) = events.last() else { panic!("{events:?}") };
    assert!(end.0.abs_diff(begin as u64 + 400) <= 8, "{end}");
}

#[test]
fn a_key_held_for_ten_seconds_is_one_digit() {
    for (low_dbm0, high_dbm0) in [(-10.0, -10.0), (-30.0, -26.0), (0.0, -6.0)] {
        for noise in [None, Some(signal::Noise { band: Band::Telephone, below_db: 12.0 })] {
            let case = Case { on_ms: 10_000.0, low_dbm0, high_dbm0, noise, digits: 4, ..Case::default() };
            let (samples, sent) = case.signal(&mut Random::new(31));
            let events = single(&samples);
            assert_eq!(digits(&events), sent);
            for event in events {
                if let DtmfEvent::End { start, end, .. } = event {
                    assert!((end.0 - start.0).abs_diff(80_000) <= 80, "{start} {end}");
                }
            }
        }
    }
}

/// A slip repeats a frame or leaves one out; what is heard goes on with another phase.
#[test]
fn a_digit_that_straddles_a_slip_is_one_digit() {
    for on_ms in [50.0, 100.0] {
        let (samples, sent) = Case { on_ms, digits: 40, ..Case::default() }.signal(&mut Random::new(13));
        let begins = onsets(&samples, (on_ms * 8.0) as usize);
        for (place, repeats) in
            [(0.2, true), (0.5, true), (0.8, true), (0.2, false), (0.5, false), (0.8, false)]
        {
            let mut slipped = Vec::new();
            let mut rest = 0;
            for begin in &begins {
                let at = begin + (on_ms * 8.0 * place) as usize;
                slipped.extend(&samples[rest..at]);
                rest = if repeats { at - 1 } else { at + 1 };
            }
            slipped.extend(&samples[rest..]);
            let events = single(&slipped);
            assert_eq!(digits(&events), sent, "{on_ms} ms, at {place}, repeats: {repeats}");
            assert_eq!(events.len(), 2 * sent.len());
        }
    }
}

/// Where a prompt begins, its echo begins: 20 dB down, in the middle of a digit or just before it.
#[test]
fn a_digit_during_which_a_prompt_begins_or_ends_is_one_digit() {
    let (samples, sent) = Case { on_ms: 80.0, digits: 40, ..Case::default() }.signal(&mut Random::new(19));
    let begins = onsets(&samples, 640);
    let echo = signal::noise(Band::Telephone, -27.0, samples.len(), &mut Random::new(20));
    for place in [-0.1, 0.1, 0.3, 0.5, 0.7, 0.9] {
        for starts in [true, false] {
            let mut both = samples.clone();
            for begin in &begins {
                let at = (*begin as f32 + 640.0 * place) as usize;
                let during = if starts { at..at + 800 } else { at - 800..at };
                for n in during {
                    both[n] = both[n].saturating_add(echo[n]);
                }
            }
            let events = single(&both);
            assert_eq!((digits(&events), events.len()), (sent.clone(), 2 * sent.len()), "{place} {starts}");
        }
    }
}

#[test]
fn result_does_not_depend_on_the_block_size() {
    let frames = busy_span(4);
    let expected = run(&frames, 1600, u32::MAX);
    assert!(expected.len() > 200);
    for size in [1, 7, 8, 40, 160] {
        assert!(run(&frames, size, u32::MAX) == expected, "blocks of {size}");
    }
}

#[test]
fn each_lane_hears_its_own_digits_whatever_the_others_do() {
    let frames = busy_span(2);
    let together = run(&frames, 8, u32::MAX);
    for lane in [0, 5, 6, 13, 31] {
        let own: Vec<_> = together.iter().copied().filter(|event| lane_of(event) == lane).collect();
        assert!(!own.is_empty());
        assert_eq!(run(&frames, 8, 1 << lane), own, "lane {lane} alone");
        let others_silent: Frames = frames.iter().map(|frame| only(lane, frame[lane])).collect();
        assert_eq!(run(&others_silent, 8, u32::MAX), own, "lane {lane} among silence");
    }
}

#[test]
fn phase_of_the_hops_moves_reports_by_less_than_a_hop() {
    let (samples, sent) = Case { digits: 10, ..Case::default() }.signal(&mut Random::new(9));
    let frames: Frames = samples.iter().map(|&sample| only(20, sample)).collect();
    for phase in [0, 1, 17, 39, 40, 1000] {
        let mut bank = DetectorBank::with_phase(InstructionSet::detect(), phase);
        bank.enable(20, true);
        let mut heard = String::new();
        bank.process(&frames, FrameTime(1_000_000), |event| {
            if let DtmfEvent::Start { lane, digit, at, .. } = event {
                assert!(lane == 20 && at.0 > 1_000_000);
                heard.push(digit.to_char());
            }
        });
        assert_eq!(heard, sent);
    }
}

#[test]
fn disabled_lanes_report_nothing_and_begin_anew_when_enabled() {
    let (samples, _) = Case { digits: 3, on_ms: 200.0, ..Case::default() }.signal(&mut Random::new(21));
    let frames: Frames = samples.iter().map(|&sample| only(7, sample)).collect();
    let mut bank = DetectorBank::new(InstructionSet::detect());
    bank.process(&frames, FrameTime::ZERO, |event| panic!("{event:?}"));
    let begin = onsets(&samples, 1600)[0];
    bank.enable(7, true);
    assert!(bank.is_enabled(7) && !bank.is_enabled(6) && !bank.is_enabled(32));
    let mut events = Vec::new();
    bank.process(&frames[..begin + 800], FrameTime::ZERO, |event| events.push(event));
    assert!(matches!(events[..], [DtmfEvent::Start { lane: 7, .. }]), "{events:?}");
    bank.enable(7, true);
    bank.process(&frames[begin + 800..begin + 1600], FrameTime(0), |event| events.push(event));
    assert!(matches!(events[1..], [DtmfEvent::Start { lane: 7, .. }]), "{events:?}");
    bank.enable(7, false);
    bank.enable(99, true);
    bank.process(&frames, FrameTime::ZERO, |event| panic!("{event:?}"));
}

#[test]
fn idle_codes_of_a_law_are_as_good_as_silence() {
    let (samples, sent) = Case { digits: 30, ..Case::default() }.signal(&mut Random::new(17));
    let idle: Vec<i16> = samples.iter().map(|&x| if x == 0 { 8 } else { x }).collect();
    assert_eq!(digits(&single(&idle)), sent);
}

#[test]
fn hostile_input_is_no_digit_and_is_forgotten_within_100_ms() {
    let mut random = Random::new(77);
    let (digit, sent) = Case { digits: 1, ..Case::default() }.signal(&mut Random::new(2));
    let begin = onsets(&digit, 400)[0];
    let mut inputs: Vec<Vec<i16>> = vec![
        (0..8000).map(|n| if n % 2 == 0 { i16::MAX } else { i16::MIN }).collect(),
        vec![i16::MIN; 8000],
        (0..8000).map(|_| if random.unit() < 0.5 { i16::MAX } else { i16::MIN }).collect(),
        (0..8000).map(|_| random.bits() as i16).collect(),
        (0..8000).map(|n| if n % 400 == 0 { i16::MIN } else { 0 }).collect(),
    ];
    for period in [2, 5, 6, 8, 9, 10, 11, 23, 80, 1000] {
        inputs.push((0..8000).map(|n| if n / period % 2 == 0 { i16::MAX } else { i16::MIN }).collect());
    }
    for (index, mut samples) in inputs.into_iter().enumerate() {
        assert_eq!(digits(&single(&samples)), "", "input {index}");
        samples.extend([0; 800]);
        samples.extend(&digit[begin..]);
        assert_eq!(digits(&single(&samples)), sent, "after input {index}");
    }
}

/// Every lane of a span busy with digits, in noise of its own.
fn busy_span(digits: usize) -> Frames {
    let lanes: Vec<Vec<i16>> = (0..LANES)
        .map(|lane| {
            let mut random = Random::new(lane as u64 + 1);
            let (samples, _) = Case { digits, ..Case::default() }.signal(&mut random);
            let noise = signal::noise(Band::White, -40.0, samples.len(), &mut random);
            samples.iter().zip(noise).map(|(&x, noise)| x.saturating_add(noise)).collect()
        })
        .collect();
    let length = lanes.iter().map(Vec::len).max().unwrap();
    (0..length).map(|n| std::array::from_fn(|lane| lanes[lane].get(n).copied().unwrap_or(0))).collect()
}

fn only(lane: usize, sample: i16) -> [i16; LANES] {
    let mut frame = [0; LANES];
    frame[lane] = sample;
    frame
}

/// What a bank reports; the same for every instruction set, levels and times to the last bit.
fn run(frames: &[[i16; LANES]], block: usize, enabled: u32) -> Vec<DtmfEvent> {
    let baseline = run_on(InstructionSet::BASELINE, frames, block, enabled);
    for set in InstructionSet::all() {
        assert_eq!(run_on(set, frames, block, enabled), baseline, "{set}");
    }
    baseline
}

fn run_on(set: InstructionSet, frames: &[[i16; LANES]], block: usize, enabled: u32) -> Vec<DtmfEvent> {
    let mut bank = DetectorBank::new(set);
    (0..LANES).for_each(|lane| bank.enable(lane, enabled >> lane & 1 == 1));
    let mut events = Vec::new();
    let mut now = 0;
    for block in frames.chunks(block) {
        bank.process(block, FrameTime(now), |event| events.push(event));
        now += block.len() as u64;
    }
    events
}

fn single(samples: &[i16]) -> Vec<DtmfEvent> {
    let mut events = Vec::new();
    let mut detector = Detector::new();
    detector.process(samples, |event| events.push(event));
    detector.finish(|event| events.push(event));
    events
}

#[test]
fn a_channel_takes_no_more_than_512_octets() {
    assert!(size_of::<DetectorBank>() <= 512 * LANES, "{}", size_of::<DetectorBank>() as f32 / LANES as f32);
}

fn lane_of(event: &DtmfEvent) -> usize {
    match *event {
        DtmfEvent::Start { lane, .. } | DtmfEvent::End { lane, .. } => lane,
    }
}

fn digits(events: &[DtmfEvent]) -> String {
    let digit = |event: &DtmfEvent| match event {
        DtmfEvent::Start { digit, .. } => Some(digit.to_char()),
        DtmfEvent::End { .. } => None,
    };
    events.iter().filter_map(digit).collect()
}

/// Where the tones of a clean signal begin; each lasts `on` frames.
fn onsets(samples: &[i16], on: usize) -> Vec<usize> {
    let mut begins = Vec::new();
    let mut n = 0;
    while n < samples.len() {
        if samples[n] != 0 {
            begins.push(n);
            n += on + 2;
        } else {
            n += 1;
        }
    }
    begins
}
