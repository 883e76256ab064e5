//! Performance monitoring by script: what each second counts, when time is unavailable, and where it is counted.
use tandem_line::pm::{Counts, Monitor, PathFormat, RuleSet, Second};

const CLEAN: Second = Second {
    crc_errors: 0,
    framing_errors: 0,
    code_violations: 0,
    slips: 0,
    severe_framing: false,
    defect: false,
    defect_at_end: false,
    failure: false,
};

fn crc(errors: u64) -> Second {
    Second { crc_errors: errors, ..CLEAN }
}

fn run(monitor: &mut Monitor, second: Second, times: usize) {
    for _ in 0..times {
        monitor.handle_second(&second);
    }
}

fn g826() -> Monitor {
    Monitor::new(RuleSet::G826, PathFormat::E1Crc4, 0)
}

fn rfc4805(format: PathFormat) -> Monitor {
    Monitor::new(RuleSet::Rfc4805, format, 0)
}

#[test]
fn a_thousand_errored_blocks_a_second_are_counted_as_a_thousand() {
    let mut monitor = g826();
    run(&mut monitor, crc(1000), 5);
    run(&mut monitor, CLEAN, 1);
    let counts = monitor.current().0;
    assert_eq!(counts.path_coding_violations, 5000);
    assert_eq!((counts.errored_seconds, counts.severely_errored_seconds), (5, 5));
    assert_eq!(counts.background_block_errors, 0);
}

#[test]
fn thirty_percent_of_the_blocks_are_severe_and_fewer_are_background() {
    for (blocks, severe) in [(1, 0), (299, 0), (300, 1)] {
        let mut monitor = g826();
        run(&mut monitor, crc(blocks), 1);
        run(&mut monitor, CLEAN, 1);
        let counts = monitor.current().0;
        assert_eq!((counts.errored_seconds, counts.severely_errored_seconds), (1, severe));
        assert_eq!(counts.background_block_errors, blocks * (1 - severe));
    }
}

#[test]
fn ten_severe_seconds_are_unavailable_from_the_first_and_nine_are_not() {
    let mut monitor = g826();
    run(&mut monitor, CLEAN, 20);
    run(&mut monitor, crc(500), 9);
    assert_eq!(monitor.current().0.severely_errored_seconds, 9, "as long as it is not known better");
    run(&mut monitor, CLEAN, 1);
    assert_eq!((monitor.current().0.severely_errored_seconds, monitor.is_available()), (9, true));
    run(&mut monitor, crc(500), 10);
    assert!(!monitor.is_available());
    let counts = monitor.current().0;
    assert_eq!((counts.severely_errored_seconds, counts.unavailable_seconds), (9, 10));
    assert_eq!(counts.path_coding_violations, 9 * 500, "nothing else is counted in unavailable time");
}

#[test]
fn ten_seconds_that_are_not_severe_are_available_from_the_first() {
    let mut monitor = g826();
    run(&mut monitor, crc(500), 15);
    run(&mut monitor, crc(1), 9);
    let counts = monitor.current().0;
    assert_eq!((counts.unavailable_seconds, counts.errored_seconds), (24, 0));
    run(&mut monitor, crc(1), 1);
    let counts = monitor.current().0;
    assert_eq!((counts.unavailable_seconds, counts.errored_seconds), (15, 10));
    assert!(monitor.is_available());
}

#[test]
fn the_quarter_hour_before_is_put_right_when_unavailable_time_began_in_it() {
    let mut monitor = g826();
    run(&mut monitor, CLEAN, 894);
    run(&mut monitor, crc(500), 8);
    let before = monitor.interval(1).expect("over").0;
    assert_eq!((before.severely_errored_seconds, before.unavailable_seconds), (6, 0));
    run(&mut monitor, crc(500), 2);
    let before = monitor.interval(1).expect("over").0;
    assert_eq!((before.severely_errored_seconds, before.unavailable_seconds), (0, 6));
    let now = monitor.current().0;
    assert_eq!((now.severely_errored_seconds, now.unavailable_seconds), (0, 4));
}

#[test]
fn the_first_quarter_hour_ends_with_that_of_the_clock() {
    let mut monitor = Monitor::new(RuleSet::G826, PathFormat::E1Crc4, 600);
    run(&mut monitor, crc(1), 300);
    assert_eq!(monitor.current(), (Counts::default(), 0));
    let (counts, monitored) = monitor.interval(1).expect("over");
    assert_eq!((counts.errored_seconds, monitored), (300, 300));
    assert_eq!(monitor.interval(2), None);
}

#[test]
fn a_day_is_96_quarter_hours_and_no_more() {
    let mut monitor = g826();
    run(&mut monitor, crc(1), 100 * 900);
    let (day, seconds) = monitor.day();
    assert_eq!((day.errored_seconds, seconds), (86_400, 86_400));
    assert_eq!(monitor.interval(97), None);
    assert!(size_of::<Monitor>() <= 16 * 1024, "{}", size_of::<Monitor>());
}

#[test]
fn counts_stop_at_their_highest_value() {
    let mut monitor = g826();
    run(&mut monitor, Second { code_violations: u64::MAX, ..CLEAN }, 3);
    assert_eq!(monitor.current().0.line_coding_violations, u64::MAX);
}

#[test]
fn severe_seconds_of_each_format_begin_at_their_own_limit() {
    let defect = Second { defect: true, ..CLEAN };
    let lines = |code_violations| Second { code_violations, ..CLEAN };
    let framing = |framing_errors| Second { framing_errors, ..CLEAN };
    let table = [
        (PathFormat::E1Crc4, crc(831), false),
        (PathFormat::E1Crc4, crc(832), true),
        (PathFormat::E1Crc4, Second { framing_errors: 2, ..crc(830) }, true),
        (PathFormat::E1Crc4, defect, true),
        (PathFormat::E1, lines(2047), false),
        (PathFormat::E1, lines(2048), true),
        (PathFormat::T1Esf, crc(319), false),
        (PathFormat::T1Esf, crc(320), true),
        (PathFormat::T1Esf, defect, true),
        (PathFormat::T1Sf, lines(1543), false),
        (PathFormat::T1Sf, lines(1544), true),
        (PathFormat::T1Sf, framing(1), true),
        (PathFormat::T1Sf, defect, true),
    ];
    for (format, second, severe) in table {
        let mut monitor = rfc4805(format);
        run(&mut monitor, second, 1);
        run(&mut monitor, CLEAN, 10);
        let counts = monitor.current().0;
        assert_eq!(counts.severely_errored_seconds, u64::from(severe), "{format:?} {second:?}");
        assert_eq!(counts.errored_seconds, 1, "{format:?} {second:?}");
    }
}

#[test]
fn bursty_seconds_have_2_to_319_violations_and_no_defect() {
    for (errors, bursty) in [(1, 0), (2, 1), (319, 1), (320, 0)] {
        let mut monitor = rfc4805(PathFormat::T1Esf);
        run(&mut monitor, crc(errors), 1);
        run(&mut monitor, CLEAN, 10);
        assert_eq!(monitor.current().0.bursty_errored_seconds, bursty, "{errors}");
    }
}

#[test]
fn a_failure_is_unavailable_from_the_onset_of_its_defect_by_rfc_4805_only() {
    let lost = Second { defect: true, defect_at_end: true, ..CLEAN };
    for (rules, unavailable) in [(RuleSet::Rfc4805, 6), (RuleSet::G826, 0)] {
        let mut monitor = Monitor::new(rules, PathFormat::E1Crc4, 0);
        run(&mut monitor, CLEAN, 10);
        // Two severe seconds lead over into a defect of 2.5 s.
        run(&mut monitor, crc(900), 2);
        run(&mut monitor, lost, 2);
        run(&mut monitor, Second { failure: true, ..lost }, 1);
        run(&mut monitor, Second { failure: true, defect_at_end: false, ..lost }, 1);
        assert_eq!(monitor.current().0.unavailable_seconds, unavailable, "{rules:?}");
        run(&mut monitor, Second { failure: true, ..CLEAN }, 9);
        run(&mut monitor, CLEAN, 1);
        let counts = monitor.current().0;
        assert_eq!(counts.unavailable_seconds, unavailable, "{rules:?}: ten seconds to clear are available");
        assert_eq!(counts.failures, 1);
    }
}

#[test]
fn an_onset_of_nine_severe_seconds_and_five_of_a_defect_is_remembered_and_none_that_is_longer() {
    // Without CRC-4 a defect alone is not severe.
    let severe = Second { code_violations: 2048, ..CLEAN };
    let lost = Second { defect: true, defect_at_end: true, ..CLEAN };
    for (seconds, unavailable, severely_errored) in [(3, 13, 0), (4, 14, 0), (5, 14, 1)] {
        let mut monitor = rfc4805(PathFormat::E1);
        run(&mut monitor, severe, 9);
        run(&mut monitor, lost, seconds);
        run(&mut monitor, Second { failure: true, ..lost }, 1);
        let counts = monitor.current().0;
        assert_eq!(
            (counts.unavailable_seconds, counts.severely_errored_seconds),
            (unavailable, severely_errored),
            "{seconds} s"
        );
    }
}

#[test]
fn a_minute_with_more_than_one_error_in_a_million_bits_is_degraded() {
    // 60 s of 2.048 Mbit/s are 122.88 million bits, of 1.544 Mbit/s 92.64 million.
    for (format, errors, degraded) in [
        (PathFormat::E1Crc4, 122, 0),
        (PathFormat::E1Crc4, 123, 1),
        (PathFormat::T1Esf, 92, 0),
        (PathFormat::T1Esf, 93, 1),
    ] {
        let mut monitor = rfc4805(format);
        run(&mut monitor, crc(errors), 1);
        run(&mut monitor, CLEAN, 59);
        assert_eq!(monitor.current().0.degraded_minutes, degraded, "{errors}");
    }
}

#[test]
fn slips_and_code_violations_have_seconds_of_their_own() {
    let mut monitor = rfc4805(PathFormat::E1Crc4);
    run(&mut monitor, Second { slips: 3, ..CLEAN }, 2);
    run(&mut monitor, Second { code_violations: 7, ..CLEAN }, 4);
    let counts = monitor.current().0;
    assert_eq!((counts.controlled_slip_seconds, counts.line_errored_seconds), (2, 4));
    assert_eq!((counts.errored_seconds, counts.severely_errored_seconds), (2, 0));
    assert_eq!(counts.line_coding_violations, 28);
}
