//! The engine's time and the clock of the day: which frame was at which moment.
use std::collections::VecDeque;
use tandem_types::{FrameTime, Frames};

/// When the engine's time began, as it was found to be from some frames on. What has once been told of a frame stays so.
#[derive(Debug)]
pub(super) struct DayClock(VecDeque<Found>);

/// From this frame on, frame 0 counts as having been so many microseconds after 1970, UTC.
#[derive(Clone, Copy, Debug)]
struct Found {
    from: FrameTime,
    began_us: u64,
}

impl DayClock {
    pub(super) fn new(began_us: u64) -> Self {
        Self(VecDeque::from([Found { from: FrameTime::ZERO, began_us }]))
    }

    /// Microseconds since 1970, UTC, at a frame.
    pub(super) fn at_us(&self, frame: FrameTime) -> u64 {
        let later = self.0.partition_point(|found| found.from <= frame);
        let began_us = self.0.get(later.saturating_sub(1)).map_or(0, |found| found.began_us);
        began_us.saturating_add(Frames(frame.0).as_us())
    }

    /// The clock of the day says that it is this moment now. Small differences are left.
    pub(super) fn compare(&mut self, now: FrameTime, us: u64) {
        if self.at_us(now).abs_diff(us) <= MOST_DIFFERENCE_US {
            return;
        }
        if self.0.len() == MOST_FOUND {
            self.0.pop_front();
        }
        self.0.push_back(Found { from: now, began_us: us.saturating_sub(Frames(now.0).as_us()) });
    }
}

const MOST_DIFFERENCE_US: u64 = 20_000;
/// Days, where the clocks are as far apart as clocks of lines may be (50 ppm: one each seven minutes).
const MOST_FOUND: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_of_a_frame_stays_while_the_clocks_drift_and_steps() {
        const BEGAN_US: u64 = 1_700_000_000_000_000;
        let mut clock = DayClock::new(BEGAN_US);
        let told = clock.at_us(FrameTime(8000));
        assert_eq!(told, BEGAN_US + 1_000_000);
        // The cards are 50 ppm slow: each ten seconds of theirs take half a millisecond more.
        let mut before = 0;
        for tens in 1..=36_000_u64 {
            let (now, true_us) = (FrameTime(tens * 80_000), BEGAN_US + tens * 10_000_500);
            clock.compare(now, true_us);
            let said = clock.at_us(now);
            assert!(said.abs_diff(true_us) <= MOST_DIFFERENCE_US && said > before, "{tens}");
            before = said;
        }
        assert_eq!(clock.at_us(FrameTime(8000)), told, "a hundred hours ago");
        // Somebody sets the clock back by an hour.
        let now = FrameTime(36_001 * 80_000);
        let frame_before = clock.at_us(FrameTime(now.0 - 1));
        let back = frame_before - 3_600_000_000;
        clock.compare(now, back);
        assert_eq!((clock.at_us(now), clock.at_us(FrameTime(now.0 - 1))), (back, frame_before));
    }

    #[test]
    fn a_clock_that_is_set_again_and_again_takes_no_more_memory() {
        let mut clock = DayClock::new(0);
        for n in 1..10_000 {
            clock.compare(FrameTime(n * 8), n * 1_000_000);
        }
        assert_eq!(clock.0.len(), MOST_FOUND);
        assert_eq!(clock.at_us(FrameTime(9_999 * 8)), 9_999_000_000);
    }
}
