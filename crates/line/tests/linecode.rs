//! G.703 Annex A: AMI, HDB3 and B8ZS, against a model that works symbol by symbol.
use tandem_line::{CodeReport, Decoder, Encoder, LineCode, LosDetector, Symbols};
use tandem_testkit::{Rng, linecode};

fn words(rng: &mut Rng, count: usize) -> Vec<u64> {
    (0..count)
        .map(|_| match rng.below(6) {
            0 => 0,
            1 => rng.word() & rng.word() & rng.word(),
            2 => u64::MAX,
            3 => 1 << rng.below(64),
            _ => rng.word(),
        })
        .collect()
}

fn bits(words: &[u64]) -> Vec<bool> {
    words.iter().flat_map(|word| (0..64).map(move |n| (word >> (63 - n)) & 1 == 1)).collect()
}

fn signs(symbols: &[Symbols]) -> Vec<i8> {
    symbols
        .iter()
        .flat_map(|s| (0..64).map(move |n| ((s.pos >> (63 - n)) & 1) as i8 - ((s.neg >> (63 - n)) & 1) as i8))
        .collect()
}

fn planes(signs: &[i8]) -> Vec<Symbols> {
    let plane = |chunk: &[i8], sign| chunk.iter().fold(0, |word, s| (word << 1) | u64::from(*s == sign));
    signs.chunks_exact(64).map(|chunk| Symbols { pos: plane(chunk, 1), neg: plane(chunk, -1) }).collect()
}

fn encode(code: LineCode, words: &[u64]) -> Vec<Symbols> {
    encode_with(Encoder::new(code), words)
}

fn encode_with(mut encoder: Encoder, words: &[u64]) -> Vec<Symbols> {
    let mut symbols = vec![Symbols::default(); words.len()];
    for (bits, out) in words.chunks(5).zip(symbols.chunks_mut(5)) {
        encoder.encode(bits, out);
    }
    symbols
}

fn decode(code: LineCode, symbols: &[Symbols]) -> (Vec<u64>, CodeReport) {
    decode_with(Decoder::new(code), symbols)
}

fn decode_with(mut decoder: Decoder, symbols: &[Symbols]) -> (Vec<u64>, CodeReport) {
    let mut words = vec![0; symbols.len()];
    let report = decoder.decode(symbols, &mut words);
    (words, report)
}

fn b8zs(words: &[u64]) -> Vec<Symbols> {
    encode_with(Encoder::new(LineCode::B8zs), words)
}

fn b8zs_decode(symbols: &[Symbols]) -> (Vec<u64>, CodeReport) {
    decode_with(Decoder::new(LineCode::B8zs), symbols)
}

const CLEAN: CodeReport = CodeReport { line_code_violations: 0, excess_zeros: 0 };

#[test]
fn hdb3_is_what_the_rule_says_three_bits_late() {
    let mut rng = Rng::new(1);
    for _ in 0..40 {
        let words = words(&mut rng, 250);
        let model = linecode::hdb3(&bits(&words));
        let ours = signs(&encode(LineCode::Hdb3, &words));
        assert_eq!(ours[..3], [0, 0, 0]);
        let whole = ours.len() - 3;
        assert!(ours[3..3 + whole - 4] == model[..whole - 4]);
    }
}

#[test]
fn ami_is_what_the_rule_says() {
    let words = words(&mut Rng::new(2), 4000);
    assert!(signs(&encode(LineCode::Ami, &words)) == linecode::ami(&bits(&words)));
}

#[test]
fn ten_million_bits_come_back_without_error_or_violation() {
    let mut rng = Rng::new(3);
    let words = words(&mut rng, 160_000);
    for inverted in [false, true] {
        let mut symbols = encode(LineCode::Hdb3, &words);
        if inverted {
            symbols.iter_mut().for_each(|s| (s.pos, s.neg) = (s.neg, s.pos));
        }
        let (back, report) = decode(LineCode::Hdb3, &symbols);
        assert_eq!(report, CLEAN);
        let (sent, got) = (bits(&words), bits(&back));
        assert!(got[6..] == sent[..sent.len() - 6]);
    }
    let (back, report) = decode(LineCode::Ami, &encode(LineCode::Ami, &words));
    assert!(back == words);
    assert_eq!(report.line_code_violations, 0);
}

#[test]
fn hdb3_has_no_four_zeros_and_its_violations_alternate() {
    let words = words(&mut Rng::new(4), 20_000);
    let symbols = signs(&encode(LineCode::Hdb3, &words));
    let (mut zeros, mut last, mut last_violation) = (0, 0, 0);
    for symbol in &symbols[3..] {
        if *symbol == 0 {
            zeros += 1;
            assert!(zeros <= 3);
            continue;
        }
        zeros = 0;
        if *symbol == last {
            assert_ne!(*symbol, last_violation);
            last_violation = *symbol;
        }
        last = *symbol;
    }
}

#[test]
fn a_wrong_symbol_spoils_at_most_three_bits() {
    let mut rng = Rng::new(5);
    let words: Vec<u64> = (0..16).map(|_| rng.word()).collect();
    let good = signs(&encode(LineCode::Hdb3, &words));
    let sent = bits(&words);
    let mut noticed = 0;
    let mut injected = 0;
    // A wrong symbol may be noticed only by comparing substitutions, so both ends are left alone.
    for at in 128..good.len() - 256 {
        for wrong in [-1, 0, 1] {
            if wrong == good[at] {
                continue;
            }
            let mut bad = good.clone();
            bad[at] = wrong;
            let (back, report) = decode(LineCode::Hdb3, &planes(&bad));
            let errors = bits(&back)[6..].iter().zip(&sent).filter(|(a, b)| a != b).count();
            assert!(errors <= 3, "{errors} errors after symbol {at}");
            injected += 1;
            noticed += u32::from(report != CLEAN);
        }
    }
    assert_eq!(noticed, injected, "a wrong symbol breaks the alternation of violations or of pulses");
}

#[test]
fn hdb3_decodes_hostile_symbols_like_the_model() {
    let mut rng = Rng::new(6);
    for _ in 0..50 {
        let symbols: Vec<Symbols> = (0..200)
            .map(|_| {
                let (pos, neg) = (rng.word() & rng.word(), rng.word() & rng.word());
                Symbols { pos, neg: neg & !pos }
            })
            .collect();
        let (back, _) = decode(LineCode::Hdb3, &symbols);
        let model = linecode::hdb3_decode(&signs(&symbols));
        assert!(bits(&back)[3..] == model[..model.len() - 3]);
    }
}

#[test]
fn a_repeated_polarity_is_one_violation_in_ami() {
    let (_, report) =
        decode(LineCode::Ami, &planes(&[[1, 0, -1, 1, 1, -1, 0, 1].as_slice(), &[0; 56]].concat()));
    assert_eq!(report.line_code_violations, 1);
}

#[test]
fn excess_zeros_are_counted_once_a_string() {
    let strings = |zeros: &[usize]| {
        let mut signs: Vec<i8> = vec![1];
        for count in zeros {
            signs.extend(std::iter::repeat_n(0, *count));
            signs.push(-signs.iter().rev().find(|s| **s != 0).unwrap());
        }
        while !signs.len().is_multiple_of(64) {
            signs.push(-signs.iter().rev().find(|s| **s != 0).unwrap());
        }
        planes(&signs)
    };
    assert_eq!(decode(LineCode::Hdb3, &strings(&[3, 4, 200, 3, 5])).1.excess_zeros, 3);
    assert_eq!(decode(LineCode::Ami, &strings(&[15, 16, 200, 3, 17])).1.excess_zeros, 3);
}

#[test]
fn the_codewords_of_the_recommendation() {
    // Marks since the last violation odd: 000V; even: B00V.
    let word = 0b1000_0100_0011_0000_0000_1111 << 40 | u64::MAX >> 24;
    let symbols = signs(&encode(LineCode::Hdb3, &[word, u64::MAX]));
    assert_eq!(
        symbols[3..27],
        [1, 0, 0, 0, 1, -1, 0, 0, 0, -1, 1, -1, 1, 0, 0, 1, -1, 0, 0, -1, 1, -1, 1, -1]
    );
}

#[test]
fn b8zs_is_what_the_rule_says_seven_bits_late() {
    let mut rng = Rng::new(11);
    for _ in 0..40 {
        let words = words(&mut rng, 250);
        let model = linecode::b8zs(&bits(&words));
        let ours = signs(&b8zs(&words));
        assert_eq!(ours[..7], [0; 7]);
        let whole = ours.len() - 7;
        assert!(ours[7..7 + whole - 8] == model[..whole - 8]);
    }
}

#[test]
fn b8zs_substitutes_every_run_of_every_length_at_every_place() {
    // The substitutions of a run may lie in one word, over the end of it, or in two.
    for length in 0..140 {
        for place in 0..64 {
            let mut sent = vec![true; place + 64];
            sent.extend(vec![false; length]);
            sent.resize(320, true);
            let words: Vec<u64> =
                sent.chunks(64).map(|c| c.iter().fold(0, |w, bit| (w << 1) | u64::from(*bit))).collect();
            let symbols = b8zs(&words);
            assert!(signs(&symbols)[7..] == linecode::b8zs(&sent)[..313], "{length} {place}");
            let (back, report) = b8zs_decode(&symbols);
            assert_eq!(report, CLEAN, "{length} {place}");
            assert!(bits(&back)[14..] == sent[..306], "{length} {place}");
        }
    }
}

#[test]
fn ten_million_bits_in_b8zs_come_back_without_error_or_violation() {
    let mut rng = Rng::new(12);
    let words = words(&mut rng, 160_000);
    for inverted in [false, true] {
        let mut symbols = b8zs(&words);
        if inverted {
            symbols.iter_mut().for_each(|s| (s.pos, s.neg) = (s.neg, s.pos));
        }
        let (back, report) = b8zs_decode(&symbols);
        assert_eq!(report, CLEAN);
        let (sent, got) = (bits(&words), bits(&back));
        assert!(got[14..] == sent[..sent.len() - 14]);
    }
}

#[test]
fn b8zs_has_no_eight_zeros_and_its_pulses_balance() {
    let words = words(&mut Rng::new(13), 20_000);
    let (mut zeros, mut sum) = (0, 0i32);
    for symbol in &signs(&b8zs(&words))[7..] {
        zeros = if *symbol == 0 { zeros + 1 } else { 0 };
        assert!(zeros <= 7);
        // A violation and the one after it have opposite polarities, so there is no direct current.
        sum += i32::from(*symbol);
        assert!((-2..=2).contains(&sum), "{sum}");
    }
}

#[test]
fn a_recording_that_begins_with_zeros_is_decoded_from_its_first_bit() {
    for zeros in 0..40 {
        let words = [u64::MAX >> zeros, u64::MAX];
        for inverted in [false, true] {
            let mut symbols = b8zs(&words);
            if inverted {
                symbols.iter_mut().for_each(|s| (s.pos, s.neg) = (s.neg, s.pos));
            }
            let (back, report) = b8zs_decode(&symbols);
            assert_eq!(report.line_code_violations, 0, "{zeros}");
            assert!(bits(&back)[14..] == bits(&words)[..114], "{zeros}");
        }
    }
}

#[test]
fn a_wrong_symbol_in_b8zs_spoils_at_most_two_substitutions() {
    let mut rng = Rng::new(14);
    let words: Vec<u64> = (0..16).map(|_| rng.word() & rng.word()).collect();
    let good = signs(&b8zs(&words));
    let sent = bits(&words);
    let mut spoilt = [0; 20];
    for at in 128..good.len() - 256 {
        for wrong in [-1, 0, 1] {
            if wrong == good[at] {
                continue;
            }
            let mut bad = good.clone();
            bad[at] = wrong;
            let (back, report) = b8zs_decode(&planes(&bad));
            let errors = bits(&back)[14..].iter().zip(&sent).filter(|(a, b)| a != b).count();
            spoilt[errors] += 1;
            assert_ne!(report, CLEAN, "symbol {at}");
        }
    }
    // A spoilt substitution shows its four pulses as ones. Two are spoilt by the last pulse of the one.
    let within = |bits: std::ops::RangeInclusive<usize>| spoilt[bits].iter().sum::<u32>();
    assert_eq!(within(9..=19), 0, "{spoilt:?}");
    assert!(within(0..=2) > within(6..=8), "{spoilt:?}");
}

#[test]
fn b8zs_decodes_hostile_symbols_like_the_model() {
    let mut rng = Rng::new(15);
    let mut stray = 0;
    for round in 0..60 {
        // Noise, and good signal with noise in it.
        let symbols: Vec<Symbols> = if round % 2 == 0 {
            let noise = |rng: &mut Rng| (rng.word() & rng.word(), rng.word() & rng.word());
            (0..200).map(|_| noise(&mut rng)).map(|(pos, neg)| Symbols { pos, neg: neg & !pos }).collect()
        } else {
            let mut symbols = b8zs(&words(&mut rng, 200));
            for symbol in &mut symbols {
                let hit = rng.word() & rng.word() & rng.word() & rng.word() & rng.word();
                (symbol.pos, symbol.neg) = (symbol.pos ^ hit, symbol.neg & !hit);
            }
            symbols
        };
        let (back, report) = b8zs_decode(&symbols);
        let (model, violations) = linecode::b8zs_decode(&signs(&symbols));
        assert!(bits(&back)[7..] == model[..model.len() - 7], "{round}");
        let seen = violations.iter().filter(|at| **at < model.len() - 7).count();
        assert_eq!(report.line_code_violations as usize, seen, "{round}");
        stray += seen;
    }
    assert!(stray > 10_000, "{stray}");
}

#[test]
fn eight_zeros_are_excess_in_b8zs_and_sixteen_in_ami() {
    let strings = |zeros: &[usize]| {
        let (mut signs, mut last) = (vec![1i8], 1i8);
        for count in zeros {
            signs.extend(std::iter::repeat_n(0, *count));
            last = -last;
            signs.push(last);
        }
        while !signs.len().is_multiple_of(64) {
            last = -last;
            signs.push(last);
        }
        planes(&signs)
    };
    let symbols = strings(&[7, 8, 7, 200, 9, 15, 16]);
    assert_eq!(b8zs_decode(&symbols).1.excess_zeros, 5);
    let ami = Decoder::new(LineCode::Ami);
    assert_eq!(decode_with(ami, &symbols).1, CodeReport { line_code_violations: 0, excess_zeros: 2 });
}

#[test]
fn the_substitution_of_b8zs() {
    // A positive pulse before: 000+-0-+. A negative one: 000-+0+-.
    let word = (0b10_0000_0001_0000_0000 << 46) | (u64::MAX >> 18);
    let symbols = signs(&b8zs(&[word, u64::MAX]));
    assert_eq!(symbols[7..26], [1, 0, 0, 0, 1, -1, 0, -1, 1, -1, 0, 0, 0, -1, 1, 0, 1, -1, 1]);
}

#[test]
fn symbols_that_are_none_never_panic() {
    let mut rng = Rng::new(7);
    let symbols: Vec<Symbols> =
        (0..20_000).map(|_| Symbols { pos: rng.word() & rng.word(), neg: rng.word() & rng.word() }).collect();
    for code in [LineCode::Ami, LineCode::Hdb3] {
        let (_, report) = decode(code, &symbols);
        assert!(report.line_code_violations > 0);
    }
    assert!(b8zs_decode(&symbols).1.line_code_violations > 0);
    for limit in [0, 1, 10, 63, 64, 65, 255] {
        LosDetector::new(limit).push(&symbols);
    }
    LosDetector::for_t1().push(&symbols);
}
