//! Performance report messages of T1.403: octet by octet, and each second of the far end once.
use tandem_line::pm::{Monitor, PathFormat, RuleSet};
use tandem_line::t1::{
    CrcErrors, Prm, PrmCounts, PrmError, PrmReporter, PrmSecond, PrmSource, PrmTracker, T1Counters,
};
use tandem_testkit::Rng;
use tandem_testkit::fdl::{Second, report};
use tandem_types::FrameTime;

fn crc(count: u64) -> PrmCounts {
    PrmCounts { crc_errors: count, ..PrmCounts::default() }
}

#[test]
fn four_seconds_are_these_eleven_octets() {
    let mut reporter = PrmReporter::new(PrmSource::Customer);
    let good = reporter.handle_second(&PrmCounts::default());
    assert_eq!(good.emit(), [0x38, 0x01, 0x03, 0, 0, 0, 3, 0, 2, 0, 1]);
    reporter.handle_second(&crc(1));
    reporter.handle_second(&PrmCounts { framing_errors: 2, code_violations: 7, ..crc(400) });
    let prm = reporter.handle_second(&PrmCounts { slips: 1, payload_loop: true, ..crc(3) });
    // G2, SL, LB and N=3; G6, LV, FE and N=2; G1 and N=1; nothing and N=0.
    assert_eq!(prm.emit(), [0x38, 0x01, 0x03, 0x02, 0x27, 0x41, 0x82, 0x00, 0x11, 0x00, 0x00]);
    assert_eq!(prm.to_string(), "PRM C/R=0 | N=3 G2 SL LB | N=2 G6 FE LV | N=1 G1 | N=0 -");
    let severe = reporter.handle_second(&PrmCounts { severe_framing: 1, framing_errors: 9, ..crc(0) });
    assert_eq!(severe.emit()[3..5], [0x00, 0x40]);
}

#[test]
fn a_carrier_sets_the_command_bit() {
    let prm = PrmReporter::new(PrmSource::Carrier).handle_second(&PrmCounts::default());
    assert_eq!(prm.emit()[..3], [0x3a, 0x01, 0x03]);
    assert_eq!(Prm::parse(&prm.emit()), Ok(prm));
}

#[test]
fn each_range_of_crc_errors_has_its_bit() {
    for (count, octets, range) in [
        (0, [0x00, 0x00], CrcErrors::None),
        (1, [0x00, 0x10], CrcErrors::One),
        (2, [0x00, 0x04], CrcErrors::UpTo5),
        (5, [0x00, 0x04], CrcErrors::UpTo5),
        (6, [0x80, 0x00], CrcErrors::UpTo10),
        (10, [0x80, 0x00], CrcErrors::UpTo10),
        (11, [0x20, 0x00], CrcErrors::UpTo100),
        (100, [0x20, 0x00], CrcErrors::UpTo100),
        (101, [0x04, 0x00], CrcErrors::UpTo319),
        (319, [0x04, 0x00], CrcErrors::UpTo319),
        (320, [0x01, 0x00], CrcErrors::From320),
        (333, [0x01, 0x00], CrcErrors::From320),
    ] {
        let prm = PrmReporter::new(PrmSource::Customer).handle_second(&crc(count));
        assert_eq!(prm.emit()[3..5], octets, "{count}");
        assert_eq!(prm.seconds[0].crc, range);
        assert!(range.at_least() <= count);
    }
}

#[test]
fn octets_are_those_of_the_model_and_read_back() {
    let mut rng = Rng::new(1);
    let mut counts = move || PrmCounts {
        crc_errors: [0, 1, rng.below(12), rng.below(340)][rng.below(4) as usize],
        severe_framing: u64::from(rng.once_in(4)),
        framing_errors: u64::from(rng.once_in(3)),
        code_violations: rng.below(2),
        slips: rng.below(2),
        payload_loop: rng.once_in(5),
    };
    for from in [PrmSource::Customer, PrmSource::Carrier] {
        let (mut reporter, mut history) = (PrmReporter::new(from), Vec::new());
        for number in 0..2000 {
            let counts = counts();
            history.push(Second {
                crc: counts.crc_errors as u32,
                severe: counts.severe_framing as u32,
                framing: counts.framing_errors as u32,
                violations: counts.code_violations as u32,
                slips: counts.slips as u32,
                payload_loop: counts.payload_loop,
                number,
            });
            let prm = reporter.handle_second(&counts);
            if let Some(&[fourth, third, second, latest]) = history.last_chunk() {
                let wanted = report(from == PrmSource::Carrier, [latest, second, third, fourth]);
                assert_eq!(prm.emit()[..], wanted[..]);
            }
            assert_eq!(Prm::parse(&prm.emit()), Ok(prm));
        }
    }
}

#[test]
fn what_is_no_report_is_refused_by_its_reason() {
    let good = [0x38, 0x01, 0x03, 0, 0, 0, 3, 0, 2, 0, 1];
    let with = |at: usize, octet| {
        let mut octets = good;
        octets[at] = octet;
        Prm::parse(&octets)
    };
    assert!(Prm::parse(&good).is_ok());
    assert_eq!(Prm::parse(&good[..10]), Err(PrmError::Length));
    assert_eq!(Prm::parse(&[]), Err(PrmError::Length));
    assert_eq!(with(0, 0x3c), Err(PrmError::Address));
    assert_eq!(with(0, 0x39), Err(PrmError::Address));
    assert_eq!(with(1, 0x03), Err(PrmError::Address));
    assert_eq!(with(2, 0x13), Err(PrmError::Control));
    // U1, U2 and R mean nothing yet; of several ranges the worst is taken.
    assert_eq!(with(3, 0x18).unwrap().seconds[0], PrmSecond::default());
    assert_eq!(with(3, 0x21).unwrap().seconds[0].crc, CrcErrors::From320);
}

#[test]
fn counts_of_a_second_are_the_difference_of_two_moments() {
    let before = T1Counters { crc_errors: 5, lcv: 7, ..T1Counters::new() };
    let after = T1Counters { crc_errors: 9, framing_errors: 1, severe_framing_errors: 2, ..before };
    let counts = PrmCounts { crc_errors: 4, framing_errors: 1, severe_framing: 2, ..PrmCounts::default() };
    assert_eq!(PrmCounts::between(&before, &after), counts);
    // A loss of alignment that goes on is severely errored framing in each of its seconds.
    let later = T1Counters { unaligned_frames: after.unaligned_frames + 8000, ..after };
    assert!(PrmSecond::of(&PrmCounts::between(&after, &later), 0).severe_framing);
    assert!(!PrmSecond::of(&PrmCounts::between(&later, &later), 0).severe_framing);
}

/// Reports of seconds whose CRC errors tell them apart, of which `arrives` says which come.
fn track(seconds: u64, late: impl Fn(u64) -> u64, arrives: impl Fn(u64) -> bool) -> (Vec<u64>, u64) {
    let (mut reporter, mut tracker) = (PrmReporter::new(PrmSource::Customer), PrmTracker::new());
    let (mut heard, mut lost) = (Vec::new(), 0);
    for number in 0..seconds {
        let prm = reporter.handle_second(&crc([0, 1, 3, 8, 50, 200, 330][number as usize % 7]));
        if !arrives(number) {
            continue;
        }
        let told = tracker.handle_prm(FrameTime(number * 8000 + late(number)), &prm);
        lost += told.lost;
        heard.extend(told.new_seconds().iter().map(|second| second.crc.at_least()));
    }
    (heard, lost)
}

fn marks(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
    numbers.map(|number| [0, 1, 2, 6, 11, 101, 320][number as usize % 7]).collect()
}

#[test]
fn every_second_is_told_once_though_up_to_three_messages_in_a_row_are_missing() {
    assert_eq!(track(100, |_| 0, |_| true), (marks(0..100), 0));
    assert_eq!(track(101, |_| 0, |n| n % 4 == 0), (marks(0..101), 0));
    assert_eq!(track(101, |n| n * 4001 % 7000, |n| n % 2 == 0), (marks(0..101), 0));
    let mut rng = Rng::new(3);
    let came: Vec<bool> = (0..1000).map(|n| n % 4 == 0 || rng.once_in(3)).collect();
    assert_eq!(track(997, |n| n * 977 % 7500, |n| came[n as usize]), (marks(0..997), 0));
}

#[test]
fn seconds_beyond_the_fourth_are_lost_and_counted() {
    // After second 9 nothing comes until second 9 + gap.
    for gap in 1..40 {
        let (heard, lost) = track(10 + gap, |_| 300, |n| n <= 9 || n == 9 + gap);
        assert_eq!(lost, gap.saturating_sub(4), "{gap}");
        assert_eq!(heard, marks((0..10).chain(10 + lost..10 + gap)), "{gap}");
    }
}

#[test]
fn a_message_is_late_by_less_than_two_seconds_or_of_four_seconds_later() {
    for (frames, new, lost) in [(8000, 1, 0), (8000 + 15_999, 1, 0), (8000 + 16_000, 4, 1), (5 * 8000, 4, 1)]
    {
        let (mut reporter, mut tracker) = (PrmReporter::new(PrmSource::Customer), PrmTracker::new());
        tracker.handle_prm(FrameTime(800), &reporter.handle_second(&crc(1)));
        let told = tracker.handle_prm(FrameTime(800 + frames), &reporter.handle_second(&crc(2)));
        assert_eq!((told.new_seconds().len(), told.lost), (new, lost), "{frames} frames later");
    }
}

#[test]
fn a_message_that_comes_twice_tells_nothing_new() {
    let (mut reporter, mut tracker) = (PrmReporter::new(PrmSource::Customer), PrmTracker::new());
    let prm = reporter.handle_second(&crc(1));
    assert_eq!(tracker.handle_prm(FrameTime(8000), &prm).new_seconds().len(), 1);
    let again = tracker.handle_prm(FrameTime(8400), &prm);
    assert_eq!((again.new_seconds(), again.lost), (&[][..], 0));
}

#[test]
fn the_far_end_is_monitored_from_its_reports() {
    let mut monitor = Monitor::new(RuleSet::Rfc4805, PathFormat::T1Esf, 0);
    let (mut reporter, mut tracker) = (PrmReporter::new(PrmSource::Customer), PrmTracker::new());
    let events = [crc(0), crc(1), crc(400), PrmCounts { severe_framing: 1, ..crc(0) }, crc(0), crc(7)];
    for (number, counts) in events.iter().chain(&[crc(0); 20]).enumerate() {
        let prm = reporter.handle_second(counts);
        let told = tracker.handle_prm(FrameTime(number as u64 * 8000), &prm);
        told.new_seconds().iter().for_each(|second| monitor.handle_second(&second.far_end(false)));
    }
    let (counts, monitored) = monitor.current();
    assert_eq!((monitored, counts.errored_seconds, counts.severely_errored_seconds), (26, 4, 2));
}
