//! How fast a line runs against the local clock, and when the next frame slips.
//!
//! Where the card counts the bits of the line, the rate is the bits over the last 15 to 30 minutes, or over the time
//! since counting began; where it does not, only the slips of that time say something, each a frame of 125 µs, and there
//! is no more than a bound before a few have been seen.
use core::fmt;
use tandem_types::{FrameTime, Frames};

/// What is known of the clock of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// When the line was last looked at.
    pub as_of: FrameTime,
    /// How fast the line is against the local clock, in parts per million; negative when it is slow.
    pub ppm: f64,
    /// By how much that may be wrong, either way.
    pub uncertainty_ppm: f64,
    /// How long it takes from one slip to the next at that rate; `None` if the rate may as well be nought.
    pub slip_period: Option<Frames>,
    /// When the next slip is to be expected, at the latest if none has been seen yet.
    pub next_slip: Option<FrameTime>,
}

/// Watches one span.
#[derive(Clone, Copy, Debug, Default)]
pub struct DriftEstimator {
    /// Where the time that is looked at begins.
    begun: Option<Reading>,
    /// Where it will begin when that is too long ago.
    next_begun: Option<Reading>,
    last_slip: Option<FrameTime>,
    last: Option<Reading>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    at: FrameTime,
    /// Bits of the line, if the card counts them.
    bits: Option<u64>,
    /// Slips so far, positive when the line is fast.
    slips: i64,
}

impl DriftEstimator {
    /// An estimator that knows nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { begun: None, next_begun: None, last_slip: None, last: None }
    }

    /// Begins anew: the local clock is another, or the line was interrupted.
    pub const fn restart(&mut self) {
        *self = Self::new();
    }

    /// Takes the bits of the line and the balance of slips (positive: frames deleted) counted by `at`.
    pub const fn handle_reading(&mut self, at: FrameTime, bits: Option<u64>, slips: i64) {
        let reading = Reading { at, bits, slips };
        if let Some(begun) = self.begun
            && begun.bits.is_some() != bits.is_some()
        {
            self.restart();
        }
        if let Some(last) = self.last
            && last.slips != slips
        {
            self.last_slip = Some(at);
        }
        match (self.begun, self.next_begun) {
            (Some(_), Some(next)) if at.since(next.at).0 >= WINDOW.0 => {
                (self.begun, self.next_begun) = (Some(next), Some(reading));
            }
            (Some(_), Some(_)) => {}
            _ => (self.begun, self.next_begun) = (Some(reading), Some(reading)),
        }
        self.last = Some(reading);
    }

    /// What can be said now, of a line with frames of so many bits; `None` in the first seconds.
    #[must_use]
    pub fn drift(&self, frame_bits: u32) -> Option<Drift> {
        let (begun, last) = (self.begun?, self.last?);
        let time = last.at.since(begun.at);
        if time < SHORTEST {
            return None;
        }
        let (ppm, uncertainty_ppm) = match begun.bits.zip(last.bits) {
            Some((before, now)) => by_bits(now.saturating_sub(before), time, frame_bits),
            None => by_slips(last.slips.saturating_sub(begun.slips), time),
        };
        let known = ppm.abs() > uncertainty_ppm;
        let slip_period = known.then(|| Frames((1e6 / ppm.abs()) as u64));
        let from = self.last_slip.unwrap_or(begun.at);
        // Without a slip seen it is not known how far the store is from one.
        let next_slip = slip_period.map(|period| {
            let missed = last.at.since(from).0 / period.0.max(1);
            from + Frames(period.0.saturating_mul(missed + 1))
        });
        Some(Drift { as_of: last.at, ppm, uncertainty_ppm, slip_period, next_slip })
    }
}

/// The store may be anywhere between two slips at either end of the time, and a slip is seen up to a second late.
fn by_slips(frames: i64, time: Frames) -> (f64, f64) {
    let time = time.0 as f64;
    (1e6 * frames as f64 / time, 1e6 * 2.0 / time)
}

fn by_bits(bits: u64, time: Frames, frame_bits: u32) -> (f64, f64) {
    let nominal = time.0 as f64 * f64::from(frame_bits);
    (1e6 * (bits as f64 - nominal) / nominal, 1e6 * WORD_BITS / nominal)
}

impl fmt::Display for Drift {
    /// A sentence for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(period) = self.slip_period else {
            return write!(
                f,
                "within {:.2} ppm of the local clock; no slip is foreseen",
                self.uncertainty_ppm
            );
        };
        let faster = if self.ppm > 0.0 { "fast" } else { "slow" };
        write!(
            f,
            "{:.2} ppm {faster} (give or take {:.2}): a frame slips every {}",
            self.ppm.abs(),
            self.uncertainty_ppm,
            Lapse(period)
        )?;
        match self.next_slip {
            Some(next) => write!(f, ", the next within {}", Lapse(next.since(self.as_of))),
            None => Ok(()),
        }
    }
}

/// A length of time as people say it.
struct Lapse(Frames);

impl fmt::Display for Lapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_seconds();
        match seconds {
            ..120.0 => write!(f, "{seconds:.1} s"),
            ..7200.0 => write!(f, "{:.0} min", seconds / 60.0),
            ..172_800.0 => write!(f, "{:.0} h", seconds / 3600.0),
            _ => write!(f, "{:.0} days", seconds / 86_400.0),
        }
    }
}

/// Before, a single word more or less says nothing.
const SHORTEST: Frames = Frames::from_seconds(2);
/// What was so long ago says nothing of how it is now.
const WINDOW: Frames = Frames::from_seconds(15 * 60);
/// Cards count bits in words of 64.
const WORD_BITS: f64 = 64.0;

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    fn after(seconds: u64, ppm: f64, counts_bits: bool) -> DriftEstimator {
        let mut estimator = DriftEstimator::new();
        for second in 0..=seconds {
            let frames = second as f64 * 8000.0 * (1.0 + ppm / 1e6);
            let bits = counts_bits.then(|| (frames * 256.0 / 64.0) as u64 * 64);
            let slips = (frames - second as f64 * 8000.0) as i64;
            estimator.handle_reading(FrameTime(8000 * second), bits, slips);
        }
        estimator
    }

    #[test]
    fn a_counted_line_is_known_to_a_tenth_of_a_ppm_after_five_minutes() {
        for ppm in [50.0, -50.0, 1.0, 100.0, -0.5] {
            let drift = after(320, ppm, true).drift(256).expect("known");
            assert!((drift.ppm - ppm).abs() <= 0.1, "{ppm}: {drift:?}");
            assert!(drift.uncertainty_ppm <= 0.1);
            let period = drift.slip_period.expect("it slips").as_seconds();
            assert!((period - 125.0 / ppm.abs()).abs() <= 0.25 * 125.0 / ppm.abs(), "{ppm}: {period}");
        }
    }

    #[test]
    fn a_line_by_the_local_clock_has_no_slip_foreseen() {
        let drift = after(60, 0.0, true).drift(256).expect("known");
        assert_eq!((drift.slip_period, drift.next_slip), (None, None));
        assert_eq!(drift.to_string(), "within 0.52 ppm of the local clock; no slip is foreseen");
    }

    #[test]
    fn slips_alone_tell_the_rate_from_the_second_on() {
        // At 50 ppm a frame slips every 2.5 s.
        assert_eq!(after(4, 50.0, false).drift(256).and_then(|drift| drift.slip_period), None);
        let drift = after(100, 50.0, false).drift(256).expect("known");
        assert!((drift.ppm - 50.0).abs() < 1.0 + drift.uncertainty_ppm, "{drift:?}");
        let drift = after(100, -50.0, false).drift(256).expect("known");
        assert!((drift.ppm + 50.0).abs() < 1.0 + drift.uncertainty_ppm, "{drift:?}");
        assert!(drift.to_string().contains("slow"), "{drift}");
    }

    #[test]
    fn rate_period_and_next_slip_are_told_as_people_say_them() {
        let drift = |ppm, period, next| Drift {
            as_of: FrameTime(80_000),
            ppm,
            uncertainty_ppm: 0.25,
            slip_period: Some(Frames::from_seconds(period)),
            next_slip: Some(FrameTime(80_000) + Frames::from_seconds(next)),
        };
        let said = drift(-50.0, 2, 1).to_string();
        assert_eq!(
            said,
            "50.00 ppm slow (give or take 0.25): a frame slips every 2.0 s, the next within 1.0 s"
        );
        let said = drift(0.5, 250_000, 3600 * 30).to_string();
        assert_eq!(
            said,
            "0.50 ppm fast (give or take 0.25): a frame slips every 3 days, the next within 30 h"
        );
        assert!(drift(1.0, 600, 121).to_string().ends_with("every 10 min, the next within 2 min"));
    }

    #[test]
    fn the_next_slip_is_foreseen_within_a_second() {
        // The 20th slip at 50 ppm is after 50 s, the 21st after 52.5 s.
        let drift = after(51, 50.0, true).drift(256).expect("known");
        let next = drift.next_slip.expect("one comes").0 as f64 / 8000.0;
        assert!((next - 52.5).abs() <= 1.2, "{next}");
    }

    #[test]
    fn one_slip_either_way_is_no_rate_and_says_little() {
        let mut estimator = DriftEstimator::new();
        for (second, slips) in [(0, 0), (1, 1), (2, 0), (3, 0), (4, 0)] {
            estimator.handle_reading(FrameTime(8000 * second), None, slips);
        }
        let drift = estimator.drift(256).expect("known");
        assert_eq!((drift.ppm, drift.slip_period), (0.0, None));
        assert!((drift.uncertainty_ppm - 62.5).abs() < 0.01, "{drift:?}");
    }

    #[test]
    fn a_line_that_has_changed_is_known_by_its_new_rate_within_half_an_hour() {
        for counts_bits in [true, false] {
            let (mut estimator, mut frames) = (DriftEstimator::new(), 0.0);
            for second in 0..=(24 * 3600 + 1800) {
                let bits = counts_bits.then(|| (frames * 256.0 / 64.0) as u64 * 64);
                let slips = (frames - second as f64 * 8000.0) as i64;
                estimator.handle_reading(FrameTime(8000 * second), bits, slips);
                frames += 8000.0 * (1.0 + if second < 24 * 3600 { 0.0 } else { 50e-6 });
            }
            let drift = estimator.drift(256).expect("known");
            assert!((drift.ppm - 50.0).abs() <= drift.uncertainty_ppm, "{drift:?}");
            assert!(drift.uncertainty_ppm < 0.3, "{drift:?}");
        }
    }

    #[test]
    fn nothing_is_said_in_the_first_two_seconds_or_without_readings() {
        assert_eq!(DriftEstimator::new().drift(256), None);
        assert_eq!(after(1, 50.0, true).drift(256), None);
        assert!(after(2, 50.0, true).drift(256).is_some());
    }

    #[test]
    fn the_time_that_is_looked_at_is_15_minutes_at_least_and_30_at_most() {
        // 64 bits of so many seconds of 2048 kbit/s are what the rate may be off.
        let seconds = |drift: Drift| 64.0 * 1e6 / 2_048_000.0 / drift.uncertainty_ppm;
        for (passed, looked_at) in
            [(899, 899.0), (1799, 1799.0), (1800, 900.0), (2699, 1799.0), (2700, 900.0)]
        {
            let drift = after(passed, 0.0, true).drift(256).expect("known");
            assert!((seconds(drift) - looked_at).abs() < 0.5, "{passed}: {drift:?}");
        }
    }
}
