//! The wire alone.
use hw_sim::{Bursts, Way, WayConfig, WireConfig, WireCounters, WireEnd, wire};
use tandem_line::Symbols;
use tandem_types::FrameTime;

fn word(pos: u64) -> [Symbols; 1] {
    [Symbols { pos, neg: 0 }]
}

fn hear(end: &mut WireEnd, words: usize) -> Vec<u64> {
    let mut symbols = vec![Symbols::default(); words];
    assert_eq!(end.receive(words.div_ceil(4), &mut symbols), words);
    symbols.iter().map(|word| word.pos | word.neg).collect()
}

#[test]
fn a_symbol_arrives_after_exactly_the_delay() {
    for delay in [256, 257, 300, 319, 320, 2048, 2093] {
        let (mut near, mut far) = wire::pair(WireConfig::with_delay(delay));
        near.send(&word(1 << 63));
        near.send(&[Symbols::default(); 39]);
        let heard = hear(&mut far, 40 + delay as usize / 64);
        let pulses: Vec<usize> =
            heard.iter().enumerate().filter(|(_, word)| **word != 0).map(|(at, _)| at).collect();
        assert_eq!(pulses, [delay as usize / 64]);
        assert_eq!(heard[pulses[0]].leading_zeros(), delay % 64, "delay {delay}");
    }
}

#[test]
fn a_wire_is_never_shorter_than_a_frame() {
    let (mut near, mut far) = wire::pair(WireConfig::with_delay(0));
    near.send(&word(1));
    assert_eq!(hear(&mut far, 5), [0, 0, 0, 0, 1]);
}

#[test]
fn an_empty_wire_is_silent_until_it_has_filled_again() {
    let (mut near, mut far) = wire::pair(WireConfig::with_delay(256));
    assert_eq!(hear(&mut far, 8), [0; 8]);
    let starved = WireCounters { starved: 4, ..WireCounters::default() };
    assert_eq!(far.control().counters(Way::AToB), starved);
    near.send(&word(7));
    assert_eq!(hear(&mut far, 4), [0; 4]);
    near.send(&[Symbols { pos: 1, neg: 2 }; 3]);
    assert_eq!(hear(&mut far, 4), [7, 3, 3, 3]);
}

#[test]
fn a_wire_that_nobody_reads_counts_what_it_loses_and_keeps_its_delay() {
    let (mut near, mut far) = wire::pair(WireConfig::with_delay(256));
    for number in 0..10_000 {
        near.send(&word(number));
    }
    let lost = near.control().counters(Way::AToB).overrun;
    assert!(lost > 8000, "{lost}");
    let heard = hear(&mut far, 4);
    assert_eq!(heard[3], 9_999 - lost, "the last four that went in");
    near.send(&[Symbols { pos: 5, neg: 0 }; 4]);
    assert_eq!(hear(&mut far, 4), [5; 4]);
}

#[test]
fn errors_come_at_their_rate_and_the_same_from_a_seed() {
    let run = |seed| {
        let way = WayConfig { delay: 256, error_rate: 1e-3, seed, ..WayConfig::default() };
        let (mut near, mut far) =
            wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() });
        let mut heard = Vec::new();
        for _ in 0..10_000 {
            near.send(&[Symbols { pos: 0xaaaa_aaaa_aaaa_aaaa, neg: 0 }; 4]);
            heard.extend(hear(&mut far, 4));
        }
        (near.control().counters(Way::AToB).errors, heard)
    };
    let (errors, heard) = run(1);
    assert!((2300..2820).contains(&errors), "{errors} of 2560 expected");
    assert_eq!(run(1), (errors, heard.clone()));
    assert_ne!(run(2).1, heard);
}

#[test]
fn errors_come_in_bursts_of_their_length_and_rate_and_hardly_between_them() {
    let bursts = Bursts { apart: 100_000, length: 2000, error_rate: 0.05 };
    let way =
        WayConfig { delay: 256, error_rate: 1e-5, bursts: Some(bursts), seed: 3, ..WayConfig::default() };
    let (mut near, mut far) = wire::pair(WireConfig { a_to_b: way, b_to_a: way, ..WireConfig::default() });
    // Ten million symbols, about a hundred bursts of a hundred errors; the places where errors are.
    let mut places = Vec::new();
    for frame in 0..40_000_u64 {
        near.send(&[Symbols::default(); 4]);
        for (word, pulses) in (0..).zip(hear(&mut far, 4)) {
            let place = |bit: u64| 256 * frame + 64 * word + bit;
            places.extend((0..64).filter(|bit| pulses << bit >> 63 != 0).map(place));
        }
    }
    assert_eq!(places.len() as u64, near.control().counters(Way::AToB).errors);
    assert!((7000..13_000).contains(&places.len()), "{}", places.len());
    // Errors more than 1000 symbols from the next are those between bursts, one in 100000 symbols, and the ends of bursts.
    let runs = 1 + places.windows(2).filter(|pair| pair[1] - pair[0] > 1000).count();
    assert!((120..280).contains(&runs), "{runs}");
    let apart: u64 = places.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1000).sum();
    assert!(apart > 9_500_000, "{apart}: nearly all time is between bursts");
}

#[test]
fn crossed_pairs_bring_what_was_meant_for_the_other_with_its_faults_and_leave_the_way_back() {
    let [(mut near_0, mut far_0), (mut near_1, mut far_1)] =
        [(); 2].map(|()| wire::pair(WireConfig::with_delay(256)));
    near_0.cross_pairs(&mut near_1);
    far_0.control().set_ppb(Way::BToA, Some(7000));
    assert_eq!([near_0.received_ppb(), near_1.received_ppb()], [0, 7000]);
    for _ in 0..3 {
        far_0.send(&[Symbols { pos: 5, neg: 0 }; 4]);
        far_1.send(&[Symbols { pos: 6, neg: 0 }; 4]);
        near_0.send(&[Symbols { pos: 7, neg: 0 }; 4]);
        near_1.send(&[Symbols { pos: 8, neg: 0 }; 4]);
    }
    let last = |end: &mut WireEnd| hear(end, 12)[4..].to_vec();
    assert_eq!([&mut near_0, &mut near_1].map(last), [[6; 8], [5; 8]]);
    assert_eq!([&mut far_0, &mut far_1].map(last), [[7; 8], [8; 8]]);
}

#[test]
fn the_error_rate_can_be_changed_while_the_wire_runs() {
    let (mut near, _far) = wire::pair(WireConfig::default());
    let control = near.control();
    let mut errors_in = |rate| {
        control.set_error_rate(Way::AToB, rate);
        let before = control.counters(Way::AToB).errors;
        (0..100).for_each(|_| near.send(&[Symbols::default(); 4]));
        control.counters(Way::AToB).errors - before
    };
    assert_eq!(errors_in(0.0), 0);
    assert!(errors_in(0.01) > 100);
    assert_eq!(errors_in(1.0), 25_600);
    assert_eq!(errors_in(0.0), 0);
}

#[test]
fn a_flip_strikes_one_symbol_of_one_direction() {
    let (mut near, mut far) = wire::pair(WireConfig::with_delay(256));
    let control = far.control();
    assert!(control.flip(Way::AToB, 130));
    assert!(!control.flip(Way::AToB, 131), "one at a time");
    near.send(&[Symbols::default(); 4]);
    far.send(&[Symbols::default(); 4]);
    assert_eq!(hear(&mut far, 8), [0, 0, 0, 0, 0, 0, 1 << 61, 0]);
    assert_eq!(hear(&mut near, 8), [0; 8]);
    assert!(control.flip(Way::AToB, 0), "too late: nothing will happen");
    near.send(&[Symbols { pos: 0, neg: 3 }; 4]);
    assert_eq!(hear(&mut far, 4), [3; 4]);
    assert!(control.flip(Way::AToB, 512 + 63), "and the next one is taken");
    near.send(&[Symbols { pos: 0, neg: 3 }; 4]);
    assert_eq!(hear(&mut far, 4), [2, 3, 3, 3], "a pulse is lost");
}

#[test]
fn a_cut_silences_until_it_is_mended() {
    let (mut near, mut far) = wire::pair(WireConfig::with_delay(256));
    let control = near.control();
    let mut send = |frames: usize| {
        (0..frames).for_each(|_| near.send(&[Symbols { pos: 1, neg: 0 }; 4]));
        hear(&mut far, 4 * frames)
    };
    send(1);
    control.cut_both();
    assert_eq!(send(2), [1, 1, 1, 1, 0, 0, 0, 0], "what is under way arrives");
    control.repair(Way::AToB);
    assert_eq!(send(2), [0, 0, 0, 0, 1, 1, 1, 1]);
    control.schedule_cut(Way::AToB, FrameTime(6), FrameTime(8));
    assert_eq!(send(4)[..12], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
    assert_eq!(send(2)[..8], [1; 8]);
}

#[test]
fn a_receiver_across_a_pair_hears_what_is_sent_and_changes_nothing_of_it() {
    let mut rng = 1_u64;
    let mut word = || {
        rng = rng.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Symbols { pos: rng, neg: !rng & rng.rotate_left(7) }
    };
    let config = WireConfig::with_delay(2148);
    let (mut alone, mut alone_far) = wire::pair(config.clone());
    let (mut tapped, mut tapped_far) = wire::pair(config.clone());
    let mut ear = tapped.tapped(&config);
    let (mut heard, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let words: Vec<Symbols> = (0..32).map(|_| word()).collect();
        alone.send(&words);
        tapped.send(&words);
        ear.send(&words.iter().rev().copied().collect::<Vec<_>>());
        let mut received = [[Symbols::default(); 34]; 3];
        let lengths = [&mut alone_far, &mut tapped_far, &mut ear]
            .into_iter()
            .zip(&mut received)
            .map(|(end, into)| end.receive(8, into))
            .collect::<Vec<_>>();
        assert_eq!(lengths, [32; 3]);
        assert_eq!(received[0], received[1], "the line is as without it");
        sent.extend_from_slice(&received[1][..32]);
        heard.extend_from_slice(&received[2][..32]);
    }
    assert_eq!(heard, sent);
    assert!(sent.iter().any(|word| word.pos != 0));
}
