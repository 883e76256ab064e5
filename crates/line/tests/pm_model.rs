//! The monitor against the definitions, read over a whole trace at once instead of second by second.
use tandem_line::pm::{Counts, Monitor, PathFormat, RuleSet, Second};
use tandem_testkit::Rng;

const QUARTER: usize = 900;

/// Which seconds are severely errored, by the definitions.
fn severe(rules: RuleSet, format: PathFormat, second: &Second) -> bool {
    let Second { crc_errors: crc, framing_errors: framing, code_violations: lines, defect, .. } = *second;
    let out_of_frame = defect || second.severe_framing;
    match (rules, format) {
        (RuleSet::G826, PathFormat::E1Crc4) => 10 * crc >= 3 * 1000 || out_of_frame,
        (RuleSet::G826, PathFormat::T1Esf) => crc >= 100 || out_of_frame,
        (RuleSet::G826, PathFormat::E1) => framing >= 28 || out_of_frame,
        (RuleSet::G826, PathFormat::T1Sf) => framing >= 8 || out_of_frame,
        (RuleSet::Rfc4805, PathFormat::E1Crc4) => crc + framing >= 832 || out_of_frame,
        (RuleSet::Rfc4805, PathFormat::T1Esf) => crc + framing >= 320 || out_of_frame,
        (RuleSet::Rfc4805, PathFormat::E1) => lines >= 2048,
        (RuleSet::Rfc4805, PathFormat::T1Sf) => framing >= 1 || lines >= 1544 || out_of_frame,
    }
}

/// Which seconds are available, from one change to the next.
fn availability(trace: &[Second], severe: &[bool], failures_count: bool) -> Vec<bool> {
    let mut available = vec![true; trace.len()];
    let mut from = 0;
    while let Some((onset, known)) = next_unavailable(trace, severe, from, failures_count) {
        available[onset..].fill(false);
        let end = (known + 1..trace.len()).find(|first| {
            let ten = *first..*first + 10;
            ten.end <= trace.len()
                && severe[ten.clone()].iter().all(|severe| !severe)
                && !(failures_count && trace[ten.end - 1].failure)
        });
        let Some(end) = end else { break };
        available[end..].fill(true);
        from = end;
    }
    available
}

/// The next onset of unavailable time from `from` on, and the second in which it is known.
fn next_unavailable(
    trace: &[Second],
    severe: &[bool],
    from: usize,
    failures_count: bool,
) -> Option<(usize, usize)> {
    // What ends a stretch of unavailable time is known ten seconds after its end.
    let first_known = if from == 0 { 0 } else { from + 10 };
    (first_known..trace.len()).find_map(|now| {
        if failures_count && trace[now].failure {
            let mut onset = now;
            while onset > from && trace[onset - 1].defect_at_end {
                onset -= 1;
            }
            while onset > from && severe[onset - 1] {
                onset -= 1;
            }
            return Some((onset, now));
        }
        let ten = now >= from + 9 && severe[now - 9..=now].iter().all(|severe| *severe);
        ten.then(|| (now - 9, now))
    })
}

/// The counts of each quarter hour.
fn counts(rules: RuleSet, format: PathFormat, trace: &[Second]) -> Vec<Counts> {
    let severe: Vec<bool> = trace.iter().map(|second| severe(rules, format, second)).collect();
    let available = availability(trace, &severe, rules == RuleSet::Rfc4805);
    let has_crc = matches!(format, PathFormat::E1Crc4 | PathFormat::T1Esf);
    let mut quarters = vec![Counts::default(); trace.len().div_ceil(QUARTER).max(1)];
    let mut minute: Vec<u64> = Vec::new();
    for (at, second) in trace.iter().enumerate() {
        let counts = &mut quarters[at / QUARTER];
        counts.failures += u64::from(second.failure && (at == 0 || !trace[at - 1].failure));
        if !available[at] {
            counts.unavailable_seconds += 1;
            continue;
        }
        let path = match (rules, has_crc) {
            (RuleSet::G826, true) => second.crc_errors,
            (RuleSet::Rfc4805, true) => second.crc_errors + second.framing_errors,
            (_, false) => second.framing_errors,
        };
        let out_of_frame = second.defect || second.severe_framing;
        let errored = match rules {
            RuleSet::G826 => path > 0 || out_of_frame,
            RuleSet::Rfc4805 => {
                let violations = !has_crc && second.code_violations > 0;
                path > 0 || out_of_frame || second.slips > 0 || violations
            }
        };
        counts.errored_seconds += u64::from(errored);
        counts.severely_errored_seconds += u64::from(severe[at]);
        counts.severely_errored_framing_seconds += u64::from(out_of_frame);
        let bursty = rules == RuleSet::Rfc4805 && format == PathFormat::T1Esf;
        counts.bursty_errored_seconds += u64::from(bursty && (2..320).contains(&path) && !out_of_frame);
        counts.line_errored_seconds += u64::from(second.code_violations > 0);
        counts.controlled_slip_seconds += u64::from(second.slips > 0);
        counts.path_coding_violations += path;
        counts.line_coding_violations += second.code_violations;
        if !severe[at] {
            counts.background_block_errors += path;
            minute.push(path);
        }
        if minute.len() == 60 {
            let bits = if matches!(format, PathFormat::E1Crc4 | PathFormat::E1) { 122.88e6 } else { 92.64e6 };
            let errors: u64 = minute.drain(..).sum();
            counts.degraded_minutes += u64::from(errors as f64 / bits > 1e-6);
        }
    }
    quarters
}

/// A trace of seconds as a bad line has them: stretches of one kind, with defects that become failures after
/// 2.5 s and failures that end ten seconds after their defect.
fn trace(rng: &mut Rng, length: usize) -> Vec<Second> {
    let mut seconds: Vec<Second> = Vec::new();
    while seconds.len() < length {
        let stretch = 1 + below(rng, 14);
        match below(rng, 6) {
            0 | 1 => seconds.extend((0..stretch * 3).map(|_| Second::default())),
            2 => seconds.extend((0..stretch).map(|_| errors(rng, 40))),
            3 | 4 => seconds.extend((0..stretch).map(|_| errors(rng, 3000))),
            _ => outage(rng, &mut seconds, stretch),
        }
    }
    seconds.truncate(length);
    seconds
}

fn errors(rng: &mut Rng, most: u64) -> Second {
    Second {
        crc_errors: below(rng, most.min(1001) as usize) as u64,
        framing_errors: below(rng, 40) as u64 * u64::from(below(rng, 3) == 0),
        code_violations: below(rng, most as usize) as u64,
        slips: u64::from(below(rng, 8) == 0),
        severe_framing: below(rng, 20) == 0,
        defect: below(rng, 30) == 0,
        ..Second::default()
    }
}

/// A defect of `length` seconds that begins and ends within seconds.
fn outage(rng: &mut Rng, seconds: &mut Vec<Second>, length: usize) {
    let lost = Second { defect: true, defect_at_end: true, ..errors(rng, 1000) };
    for n in 0..length {
        // Declared in the third second after the one in which it began.
        seconds.push(Second { failure: n >= 3, ..lost });
    }
    let failed = length > 3;
    seconds.push(Second { failure: failed, defect: true, defect_at_end: false, ..lost });
    if failed {
        let healing = 9;
        seconds.extend((0..healing).map(|_| Second { failure: true, ..Second::default() }));
    }
}

fn below(rng: &mut Rng, limit: usize) -> usize {
    rng.below(limit as u64) as usize
}

#[test]
fn counts_are_those_of_the_definitions_on_ten_thousand_random_traces() {
    let mut rng = Rng::new(2026);
    let formats = [PathFormat::E1Crc4, PathFormat::E1, PathFormat::T1Esf, PathFormat::T1Sf];
    let mut changes = 0;
    for number in 0..10_000 {
        let rules = if number % 2 == 0 { RuleSet::G826 } else { RuleSet::Rfc4805 };
        let format = formats[number / 2 % 4];
        // Some end shortly after a quarter hour.
        let length = if number % 10 == 0 { QUARTER + below(&mut rng, 30) } else { below(&mut rng, 200) };
        let trace = trace(&mut rng, length);
        let mut monitor = Monitor::new(rules, format, 0);
        trace.iter().for_each(|second| monitor.handle_second(second));
        let expected = counts(rules, format, &trace);
        let case = format!("trace {number}, {rules:?}, {format:?}");
        let over = trace.len() / QUARTER;
        if over > 0 {
            assert_eq!(monitor.interval(1).expect("over").0, expected[0], "{case}");
        }
        if !trace.len().is_multiple_of(QUARTER) {
            assert_eq!(monitor.current().0, expected[over], "{case}");
        }
        changes += u64::from(expected.iter().any(|counts| counts.unavailable_seconds > 0));
    }
    assert!(changes > 3000, "{changes} of the traces have unavailable time");
}
