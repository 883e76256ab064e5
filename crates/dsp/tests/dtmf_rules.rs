//! What a DTMF receiver must take and what it must not, as a table of cases (Q.24 and the practice beyond).
//!
//! Every case sends digits with random phases at random moments and compares what is heard with what was
//! sent: `All` means exactly that, `None` means nothing at all. `TANDEM_SOAK=1` sends many more digits, from
//! three seeds, and adds the cases that have no rule. Run with `--nocapture` to see the table; with `TANDEM_PEERS=1` it
//! says what libspandsp hears too, without and with its filter against dial tone.

mod signal;

use signal::{Band, Case, Noise, Random, detected, spandsp};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Rule {
    All,
    None,
    /// No rule: the figure is printed.
    Free,
}

#[test]
fn frequencies_within_1_5_percent_are_taken_and_from_2_5_percent_on_are_not() {
    let mut table = Table::default();
    for percent in [1.0, -1.0, 1.5, -1.5] {
        table.check(Rule::All, format!("both {percent:+} %"), deviating(percent, percent));
        table.check(Rule::All, format!("low {percent:+} %"), deviating(percent, 0.0));
        table.check(Rule::All, format!("high {percent:+} %"), deviating(0.0, percent));
    }
    table.check(Rule::All, "low +1.5 %, high -1.5 %".into(), deviating(1.5, -1.5));
    table.check(Rule::All, "low -1.5 %, high +1.5 %".into(), deviating(-1.5, 1.5));
    for percent in [2.5, 3.0, 3.5, 4.0] {
        for sign in [1.0, -1.0] {
            let d = sign * percent;
            table.check(Rule::None, format!("both {d:+} %"), deviating(d, d));
            table.check(Rule::None, format!("low {d:+} %"), deviating(d, 0.0));
            table.check(Rule::None, format!("high {d:+} %"), deviating(0.0, d));
        }
    }
    for percent in [1.8, -1.8, 2.0, -2.0] {
        table.check(Rule::Free, format!("both {percent:+} %"), deviating(percent, percent));
    }
    table.finish();
}

#[test]
fn corners_of_time_frequency_and_twist_are_taken_together() {
    let mut table = Table::default();
    for percent in [1.5, -1.5] {
        for (low, high, name) in [(-10.0, -6.0, "high 4 dB up"), (-6.0, -14.0, "low 8 dB up")] {
            for on_ms in [40.0, 36.0] {
                let case = Case { on_ms, low_dbm0: low, high_dbm0: high, ..deviating(percent, percent) };
                table.check(Rule::All, format!("{on_ms} ms, {percent:+} %, {name}"), case);
            }
        }
    }
    table.finish();
}

#[test]
fn twist_up_to_4_db_and_minus_8_db_is_taken() {
    let mut table = Table::default();
    for twist in [2.0, 4.0, 5.0, 6.0f32] {
        let case = Case { high_dbm0: -10.0 + twist, ..Case::default() };
        table.check(Rule::All, format!("high louder {twist} dB"), case);
    }
    for twist in [2.0, 4.0, 6.0, 8.0f32] {
        let case = Case { low_dbm0: -10.0 + twist, ..Case::default() };
        table.check(Rule::All, format!("low louder {twist} dB"), case);
    }
    let case = Case { low_dbm0: -10.0, high_dbm0: -2.0, ..Case::default() };
    table.check(Rule::None, "high louder 8 dB".into(), case);
    let case = Case { low_dbm0: -2.0, high_dbm0: -13.0, ..Case::default() };
    table.check(Rule::None, "low louder 11 dB".into(), case);
    table.finish();
}

#[test]
fn levels_from_0_to_minus_36_dbm0_are_taken_and_below_minus_45_are_not() {
    let mut table = Table::default();
    let at = |level: f32| Case { low_dbm0: level, high_dbm0: level, ..Case::default() };
    for level in [0.0, -3.0, -6.0, -10.0, -15.0, -20.0, -25.0, -30.0, -36.0] {
        table.check(Rule::All, format!("{level} dBm0"), at(level));
    }
    for level in [0.0, -3.0, -10.0, -20.0, -25.0, -30.0] {
        table.check(Rule::All, format!("{level} dBm0, A-law"), Case { a_law: true, ..at(level) });
    }
    for level in [-45.0, -50.0, -55.0] {
        table.check(Rule::None, format!("{level} dBm0"), at(level));
    }
    table.check(Rule::Free, "-40 dBm0".into(), at(-40.0));
    table.finish();
}

#[test]
fn tones_from_34_ms_are_taken_and_up_to_28_ms_are_not() {
    let mut table = Table::default();
    let lasting = |on_ms: f32| Case { on_ms, digits: 2 * Case::default().digits, ..Case::default() };
    for on_ms in [34.0, 36.0, 38.0, 40.0, 45.0, 50.0, 100.0] {
        table.check(Rule::All, format!("{on_ms} ms on"), lasting(on_ms));
    }
    for on_ms in [5.0, 10.0, 15.0, 20.0, 23.0, 25.0, 28.0] {
        table.check(Rule::None, format!("{on_ms} ms on"), lasting(on_ms));
    }
    for on_ms in [30.0, 32.0] {
        table.check(Rule::Free, format!("{on_ms} ms on"), lasting(on_ms));
    }
    table.finish();
}

#[test]
fn pauses_from_15_ms_part_digits_and_breaks_up_to_10_ms_do_not() {
    let mut table = Table::default();
    for off_ms in [15.0, 20.0, 25.0, 30.0, 40.0, 50.0] {
        for same_digit in [true, false] {
            let case = Case { off_ms, same_digit, ..Case::default() };
            table.check(Rule::All, format!("{off_ms} ms off, same digit: {same_digit}"), case);
        }
    }
    for off_ms in [15.0, 20.0, 25.0, 30.0, 40.0] {
        for on_ms in [36.0, 40.0] {
            let case = Case { on_ms, off_ms, ..Case::default() };
            table.check(Rule::All, format!("{on_ms} ms on, {off_ms} ms off"), case);
        }
    }
    for break_ms in [2.0, 5.0, 8.0, 10.0] {
        let case = Case { on_ms: 100.0, break_ms, ..Case::default() };
        table.check(Rule::All, format!("100 ms broken for {break_ms} ms"), case);
    }
    let case = Case { off_ms: 10.0, same_digit: true, ..Case::default() };
    table.check(Rule::Free, "10 ms off, same digit".into(), case);
    table.finish();
}

#[test]
fn noise_12_db_down_is_no_hindrance() {
    let mut table = Table::default();
    for (band, name) in [(Band::White, "white"), (Band::Telephone, "telephone band")] {
        let with = |below_db: f32| Case {
            noise: Some(Noise { band, below_db }),
            digits: 2 * Case::default().digits,
            ..Case::default()
        };
        for below_db in [30.0, 24.0, 20.0, 18.0, 15.0, 12.0, 10.0] {
            table.check(Rule::All, format!("{name} noise, S/N {below_db} dB"), with(below_db));
        }
        for below_db in [9.0, 8.0, 6.0] {
            table.check(Rule::Free, format!("{name} noise, S/N {below_db} dB"), with(below_db));
        }
    }
    table.finish();
}

#[test]
fn dial_tone_hum_and_offset_are_no_hindrance() {
    let mut table = Table::default();
    let over = |tones: [f32; 2], level: f32| Case {
        others: tones.map(|hz| (hz, level)).to_vec(),
        ..Case::default()
    };
    for level in [-20.0, -18.0, -15.0, -12.0, -10.0] {
        table.check(Rule::All, format!("350+440 Hz, each {level} dBm0"), over([350.0, 440.0], level));
        table.check(Rule::All, format!("400 Hz, {level} dBm0"), over([400.0, 0.0], level));
        table.check(Rule::All, format!("425 Hz, {level} dBm0"), over([425.0, 0.0], level));
    }
    for (rule, on_ms) in [(Rule::All, 40.0), (Rule::Free, 36.0)] {
        let case = Case { on_ms, ..over([350.0, 440.0], -10.0) };
        table.check(rule, format!("{on_ms} ms over 350+440 Hz, each -10 dBm0"), case);
    }
    // Their beat of 25 Hz makes the low band swing as speech does: over -15 dBm0 digits are lost.
    for level in [-21.0, -18.0, -16.0] {
        table.check(Rule::All, format!("400+425 Hz, each {level} dBm0"), over([400.0, 425.0], level));
    }
    for level in [-15.0, -12.0, -10.0] {
        table.check(Rule::Free, format!("400+425 Hz, each {level} dBm0"), over([400.0, 425.0], level));
    }
    table.check(Rule::All, "offset 1000".into(), Case { offset: 1000.0, ..Case::default() });
    table.check(Rule::All, "hum -20 dBm0".into(), Case { others: vec![(50.0, -20.0)], ..Case::default() });
    table.check(Rule::Free, "hum -15 dBm0".into(), Case { others: vec![(50.0, -15.0)], ..Case::default() });
    table.check(
        Rule::None,
        "620 Hz at -10 dBm0".into(),
        Case { others: vec![(620.0, -10.0)], ..Case::default() },
    );
    table.finish();
}

/// Digits of 50 ms of which each has a dial tone beside it that stops, or starts, so many milliseconds behind its beginning: how many of
/// them are not heard.
fn lost_at_an_edge(hertz: [f32; 2], level: f32, stops: bool, random: &mut Random) -> usize {
    let lost = |ms: &isize| {
        let (mut samples, sent) = Case { digits: 1, ..Case::default() }.signal(random);
        let dial = Case { digits: 0, others: hertz.map(|hz| (hz, level)).to_vec(), ..Case::default() };
        let dial = dial.signal(random).0.into_iter().cycle();
        // The digit begins 200 ms behind the beginning.
        let edge = 1600 + 8 * ms;
        for ((n, sample), dial) in (0..).zip(&mut samples).zip(dial) {
            if (n < edge) == stops {
                *sample = sample.saturating_add(dial);
            }
        }
        let heard = detected(&samples);
        assert!(heard.is_empty() || heard == sent, "{hertz:?} {level} {ms} ms: {sent} is heard as {heard}");
        heard.is_empty()
    };
    (-20..=70).filter(lost).count()
}

#[test]
fn a_dial_tone_that_stops_or_starts_beside_a_digit_adds_none_and_hides_one_only_if_it_is_loud() {
    let mut random = Random::new(23);
    for (hertz, most_at_10) in [([350.0, 440.0], 30), ([400.0, 0.0], 15), ([425.0, 0.0], 15)] {
        for (level, stops, most) in
            [(-18.0, true, 0), (-15.0, true, 0), (-10.0, true, most_at_10), (-18.0, false, 0)]
        {
            let lost = lost_at_an_edge(hertz, level, stops, &mut random);
            println!(
                "{hertz:?} Hz, each {level} dBm0, {}: {lost} of 91 lost",
                if stops { "stops" } else { "starts" }
            );
            assert!(lost <= most, "{hertz:?} {level} {stops}: {lost}");
        }
    }
}

#[test]
fn echo_10_db_down_neither_hides_nor_doubles_a_digit() {
    let mut table = Table::default();
    for delay_ms in [2.0, 5.0, 10.0, 20.0, 30.0] {
        let case = Case { echo: Some((delay_ms, 10.0)), ..Case::default() };
        table.check(Rule::All, format!("echo after {delay_ms} ms, 10 dB down"), case);
    }
    table.check(
        Rule::Free,
        "echo after 20 ms, 6 dB down".into(),
        Case { echo: Some((20.0, 6.0)), ..Case::default() },
    );
    table.finish();
}

#[test]
fn impulses_cost_few_digits() {
    let mut table = Table::default();
    for a_second in [10.0, 30.0] {
        let case = Case { impulses: a_second, digits: 2 * Case::default().digits, ..Case::default() };
        table.check(Rule::Free, format!("{a_second} impulses a second, 0 dBm0"), case);
    }
    table.finish();
}

#[test]
fn single_tones_wrong_pairs_sweeps_and_noise_are_no_digits() {
    let pairs = [
        (697.0, 0.0),
        (770.0, 0.0),
        (852.0, 0.0),
        (941.0, 0.0),
        (1209.0, 0.0),
        (1336.0, 0.0),
        (1477.0, 0.0),
        (1633.0, 0.0),
        (350.0, 440.0),
        (440.0, 480.0),
        (480.0, 620.0),
        (425.0, 0.0),
        (1100.0, 0.0),
        (2100.0, 0.0),
        (1000.0, 0.0),
        (2600.0, 0.0),
        (697.0, 770.0),
        (852.0, 941.0),
        (1209.0, 1336.0),
        (1477.0, 1633.0),
        (700.0, 900.0),
        (1100.0, 1700.0),
        (900.0, 1500.0),
        (1300.0, 1500.0),
        (697.0, 941.0),
        (1380.0, 1500.0),
        (700.0, 1100.0),
        (2400.0, 2600.0),
        (1200.0, 2200.0),
        (1300.0, 2100.0),
    ];
    for pair in pairs {
        let heard = detected(&signal::steady(pair, -10.0, 2.0));
        assert_eq!(heard, "", "{pair:?}");
        let heard = detected(&signal::keyed(pair, -10.0, 20));
        assert_eq!(heard, "", "{pair:?} keyed");
    }
    assert_eq!(detected(&signal::sweep(300.0, 3400.0, -10.0, 30.0)), "");
    let seconds = if soak() { 600 } else { 60 };
    for (band, seed) in [(Band::White, 1), (Band::Telephone, 2)] {
        let noise = signal::noise(band, -10.0, seconds * 8000, &mut Random::new(seed));
        assert_eq!(detected(&noise), "", "{band:?}");
    }
}

fn deviating(low_percent: f32, high_percent: f32) -> Case {
    Case { low_percent, high_percent, ..Case::default() }
}

/// Collects the rows; fails once, at the end, with all that went wrong.
#[derive(Default)]
struct Table {
    failures: Vec<String>,
}

impl Table {
    fn check(&mut self, rule: Rule, name: String, case: Case) {
        if rule == Rule::Free && !soak() {
            return;
        }
        let (seeds, digits): (&[u64], usize) =
            if soak() { (&[20_250_101, 777_001, 88_003], 160) } else { (&[20_250_101], 48) };
        let case = Case { digits: case.digits * digits / Case::default().digits, ..case };
        for &seed in seeds {
            let (samples, sent) = case.signal(&mut Random::new(seed));
            let heard = detected(&samples);
            let passed = match rule {
                Rule::All => heard == sent,
                Rule::None => heard.is_empty(),
                Rule::Free => true,
            };
            let figure = |heard: &str| {
                let right = common(&sent, heard);
                match heard.len() - right {
                    0 => format!("{right}"),
                    more => format!("{right} + {more}"),
                }
            };
            let row = format!("| {name} | {rule:?} of {} | {} |", sent.len(), figure(&heard));
            let peers = ["dtmf", "dtmf-filter"].map(|kind| spandsp::heard(kind, &samples));
            let peers: String = peers.iter().flatten().map(|heard| format!(" {} |", figure(heard))).collect();
            println!("{row}{peers}{}", if passed { "" } else { "   FAILS" });
            if !passed {
                self.failures.push(row);
            }
        }
    }

    fn finish(self) {
        assert!(self.failures.is_empty(), "\n{}", self.failures.join("\n"));
    }
}

fn soak() -> bool {
    std::env::var_os("TANDEM_SOAK").is_some()
}

/// Length of the longest common subsequence.
fn common(sent: &str, heard: &str) -> usize {
    let mut row = vec![0; heard.len() + 1];
    for symbol in sent.bytes() {
        let mut diagonal = 0;
        for (n, other) in heard.bytes().enumerate() {
            let above = row[n + 1];
            row[n + 1] = if symbol == other { diagonal + 1 } else { above.max(row[n]) };
            diagonal = above;
        }
    }
    row[heard.len()]
}
