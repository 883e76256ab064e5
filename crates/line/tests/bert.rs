//! Bit error rate tests: the patterns against shift registers as they are drawn, and what a tester finds.
use tandem_line::bert::{Generator, Pattern, Tester};
use tandem_testkit::Rng;

const SEQUENCES: [(Pattern, usize, usize, bool); 8] = [
    (Pattern::Prbs9, 9, 5, false),
    (Pattern::Prbs11, 11, 9, false),
    (Pattern::Prbs15, 15, 14, true),
    (Pattern::Prbs20, 20, 3, false),
    (Pattern::Qrss, 20, 17, false),
    (Pattern::Prbs23, 23, 18, true),
    (Pattern::Prbs29, 29, 27, true),
    (Pattern::Prbs31, 31, 28, true),
];
const FIXED: [Pattern; 6] = [
    Pattern::ONES,
    Pattern::ZEROS,
    Pattern::ALTERNATING,
    Pattern::ONE_IN_EIGHT,
    Pattern::THREE_IN_24,
    Pattern::Fixed { bits: 0xdead_beef, length: 32 },
];

fn all() -> impl Iterator<Item = Pattern> {
    SEQUENCES.into_iter().map(|(pattern, ..)| pattern).chain(FIXED)
}

/// A register of stages, the first at index 0, all ones; the modulo-2 sum of two stages goes into the first, and
/// the last is the output.
struct Register(Vec<bool>);

impl Register {
    fn next(&mut self, tap: usize) -> bool {
        let last = self.0.len() - 1;
        let output = self.0[last];
        let sum = self.0[last] ^ self.0[tap - 1];
        self.0.rotate_right(1);
        self.0[0] = sum;
        output
    }
}

fn bits(generator: &mut Generator, count: usize) -> Vec<bool> {
    (0..count).map(|_| generator.next_bit()).collect()
}

#[test]
fn sequences_are_those_of_their_shift_registers() {
    for (pattern, stages, tap, inverted) in SEQUENCES {
        if pattern == Pattern::Qrss {
            continue;
        }
        let mut register = Register(vec![true; stages]);
        // The register puts out what it holds before what is fed back.
        let drawn: Vec<bool> = (0..3000 + stages).map(|_| register.next(tap) != inverted).collect();
        assert_eq!(bits(&mut Generator::new(pattern), 3000), drawn[stages..], "{pattern:?}");
    }
}

#[test]
fn the_quasi_random_signal_has_a_one_where_14_zeros_follow() {
    let mut register = Register(vec![true; 20]);
    let drawn: Vec<bool> = (0..2_200_000).map(|_| register.next(17)).skip(20).collect();
    let sent = bits(&mut Generator::new(Pattern::Qrss), 1 << 21);
    let mut forced = 0;
    for (place, bit) in sent.iter().enumerate() {
        let zeros_follow = drawn[place + 1..place + 15].iter().all(|bit| !bit);
        assert_eq!(*bit, drawn[place] || zeros_follow, "bit {place}");
        forced += usize::from(zeros_follow && !drawn[place]);
    }
    assert!(forced > 0);
    let longest = sent.split(|bit| *bit).map(<[bool]>::len).max();
    assert_eq!(longest, Some(14));
}

#[test]
fn sequences_repeat_after_their_length_and_have_one_more_of_one_bit() {
    for (pattern, stages, _, inverted) in SEQUENCES {
        if pattern == Pattern::Qrss {
            continue;
        }
        let length = (1 << stages) - 1;
        let mut generator = Generator::new(pattern);
        let ones = (0..length).filter(|_| generator.next_bit()).count();
        assert_eq!(ones, if inverted { length / 2 } else { length / 2 + 1 }, "{pattern:?}");
        assert_eq!(bits(&mut generator, 100), bits(&mut Generator::new(pattern), 100), "{pattern:?}");
        let half = length / 3;
        let mut part = Generator::new(pattern);
        bits(&mut part, half);
        assert_ne!(bits(&mut part, 100), bits(&mut Generator::new(pattern), 100), "{pattern:?}");
    }
}

#[test]
fn a_clean_pattern_is_found_within_two_of_its_lengths_and_64_bits_from_anywhere() {
    let mut rng = Rng::new(5);
    for pattern in all() {
        for _ in 0..50 {
            let mut generator = Generator::new(pattern);
            bits(&mut generator, rng.below(5000) as usize);
            let mut tester = Tester::new(pattern);
            let mut taken = 0;
            while !tester.is_synchronised() {
                tester.handle_bit(generator.next_bit());
                taken += 1;
            }
            // Two lengths of the register, that is, not of the sequence; of a fixed pattern its own.
            let most = match (pattern, SEQUENCES.iter().find(|(sequence, ..)| *sequence == pattern)) {
                // Forced ones hide the register.
                (Pattern::Qrss, _) => 20 + 64 + 40,
                (_, Some((_, stages, ..))) => 2 * stages + 64,
                (Pattern::Fixed { length, .. }, _) => 2 * usize::from(length) + 64,
                _ => panic!("{pattern:?} is in no list"),
            };
            assert!(taken <= most, "{pattern:?}: {taken}");
            if let Some((_, stages, ..)) = SEQUENCES.iter().find(|(sequence, ..)| *sequence == pattern)
                && pattern != Pattern::Qrss
            {
                assert_eq!(
                    taken,
                    stages + 48,
                    "{pattern:?}: what fills the register, and 48 that follow from it"
                );
            }
            assert!(taken >= 64 || !matches!(pattern, Pattern::Fixed { .. }), "{pattern:?}: {taken}");
            tester.handle_bits(generator.next_bits(64), 64);
            assert_eq!((tester.counts().bits, tester.counts().errors), (64, 0));
        }
    }
}

#[test]
fn errors_up_to_one_in_a_thousand_are_counted_exactly() {
    let mut rng = Rng::new(6);
    for pattern in all() {
        let (mut generator, mut tester) = (Generator::new(pattern), Tester::new(pattern));
        while !tester.is_synchronised() {
            tester.handle_bit(generator.next_bit());
        }
        let mut injected = 0;
        for _ in 0..200_000 {
            let wrong = rng.once_in(1000);
            injected += u64::from(wrong);
            tester.handle_bit(generator.next_bit() != wrong);
        }
        let counts = tester.counts();
        assert_eq!((counts.bits, counts.errors, counts.losses), (200_000, injected, 0), "{pattern:?}");
    }
}

#[test]
fn sixty_four_errors_in_256_bits_are_borne_and_the_sixty_fifth_is_a_loss() {
    for (pattern, ..) in SEQUENCES {
        for (last, losses) in [(255, 1), (256, 0)] {
            let (mut generator, mut tester) = (Generator::new(pattern), Tester::new(pattern));
            while !tester.is_synchronised() {
                tester.handle_bit(generator.next_bit());
            }
            for bit in 0..300 {
                tester.handle_bit(generator.next_bit() != (bit < 64 || bit == last));
            }
            assert_eq!(tester.counts().losses, losses, "{pattern:?} and bit {last}");
        }
    }
}

#[test]
fn a_pattern_is_found_through_one_error_in_a_hundred() {
    let mut rng = Rng::new(7);
    for pattern in all() {
        let (mut generator, mut tester) = (Generator::new(pattern), Tester::new(pattern));
        let mut taken = 0;
        while !tester.is_synchronised() {
            tester.handle_bit(generator.next_bit() != rng.once_in(100));
            taken += 1;
        }
        assert!(taken < 20_000, "{pattern:?}: {taken}");
    }
}

/// Words of 200,000 bits, in the long runs of ten seconds of a span.
fn long_time() -> u64 {
    let bits = if std::env::var_os("TANDEM_SOAK").is_some() { 20_480_000 } else { 200_000 };
    bits / 64
}

#[test]
fn another_pattern_is_not_found() {
    for sent in all() {
        for wanted in all().filter(|wanted| *wanted != sent) {
            let (mut generator, mut tester) = (Generator::new(sent), Tester::new(wanted));
            for _ in 0..long_time() {
                tester.handle_bits(generator.next_bits(64), 64);
                assert!(!tester.is_synchronised(), "{wanted:?} in {sent:?}");
            }
        }
    }
}

#[test]
fn an_inverted_sequence_is_not_found() {
    for (pattern, ..) in SEQUENCES {
        let (mut generator, mut tester) = (Generator::new(pattern), Tester::new(pattern));
        for _ in 0..long_time() {
            tester.handle_bits(!generator.next_bits(64), 64);
            assert!(!tester.is_synchronised(), "{pattern:?}");
        }
    }
}

#[test]
fn a_slip_is_one_loss_and_is_told_with_its_sign() {
    for (pattern, stages, ..) in SEQUENCES {
        // An octet of one slot, five slots of a frame, a whole frame: lost, then repeated. In a sequence of 511
        // bits, 256 lost are 255 repeated.
        for length in [8, 40, 256, 512].into_iter().filter(|length| 2 * length < (1 << stages) - 1) {
            let mut generator = Generator::new(pattern);
            let mut tester = Tester::new(pattern);
            let mut run = |generator: &mut Generator| {
                for _ in 0..2000 {
                    tester.handle_bit(generator.next_bit());
                }
                assert!(tester.is_synchronised(), "{pattern:?}");
                tester.counts()
            };
            run(&mut generator);
            bits(&mut generator, length);
            let lost = run(&mut generator);
            assert_eq!((lost.losses, lost.deletions, lost.last_slip), (1, 1, length as i64), "{pattern:?}");
            let mut again = generator;
            bits(&mut generator, length);
            tester_takes(&mut tester, &mut again, length);
            // From the end of the first time, the same bits come once more.
            let mut repeated = generator;
            rewind(&mut repeated, pattern, length, &generator);
            for _ in 0..2000 {
                tester.handle_bit(repeated.next_bit());
            }
            let counts = tester.counts();
            assert_eq!((counts.losses, counts.repetitions), (2, 1), "{pattern:?}");
            assert_eq!(counts.last_slip, -(length as i64), "{pattern:?}");
            assert_eq!(counts.errors, 0, "{pattern:?}: what was lost is no bit error");
        }
    }
}

fn tester_takes(tester: &mut Tester, generator: &mut Generator, count: usize) {
    for _ in 0..count {
        tester.handle_bit(generator.next_bit());
    }
}

/// The generator as it was `length` bits before `after`.
fn rewind(generator: &mut Generator, pattern: Pattern, length: usize, after: &Generator) {
    let mut candidate = Generator::new(pattern);
    loop {
        let mut later = candidate;
        bits(&mut later, length);
        if later == *after {
            *generator = candidate;
            return;
        }
        candidate.next_bit();
    }
}

#[test]
fn noise_loses_the_pattern_and_grows_nothing() {
    let mut rng = Rng::new(8);
    let (mut generator, mut tester) = (Generator::new(Pattern::Prbs15), Tester::new(Pattern::Prbs15));
    tester.handle_bits(generator.next_bits(64), 64);
    tester.handle_bits(generator.next_bits(64), 64);
    assert!(tester.is_synchronised());
    for _ in 0..10_000 {
        tester.handle_bits(rng.word(), 64);
    }
    assert!(!tester.is_synchronised());
    assert_eq!(tester.counts().losses, 1);
}

#[test]
fn what_stands_for_a_dead_line_is_not_taken_for_a_pattern_of_ones() {
    let mut tester = Tester::new(Pattern::ONES);
    tester.handle_bits(u64::MAX, 64);
    tester.handle_bits(u64::MAX, 64);
    assert!(tester.is_synchronised());
    let bits = tester.counts().bits;
    tester.handle_dead_line();
    tester.handle_dead_line();
    assert!(!tester.is_synchronised());
    let counts = tester.counts();
    assert_eq!((counts.bits, counts.errors, counts.losses), (bits, 0, 1), "compared before it went");
}
