//! Which frames of the engine's time are where in a file: one after another, but for what a recording rested.
use std::collections::VecDeque;
use tandem_types::{FrameTime, Frames};

/// Of one file.
#[derive(Debug, Default)]
pub(super) struct Places {
    start: Option<FrameTime>,
    /// Where each stretch without a rest begins: when, and at which frame of the file. The last that there were.
    runs: VecDeque<(FrameTime, u64)>,
}

impl Places {
    /// When its first frame was.
    pub(super) const fn start(&self) -> Option<FrameTime> {
        self.start
    }

    /// What was at this time comes at this frame of the file, and what follows behind it. A file that could not be written has
    /// fewer frames than before.
    pub(super) fn note(&mut self, at: FrameTime, frame: u64) {
        self.start.get_or_insert(at);
        while self.runs.back().is_some_and(|run| run.1 > frame) {
            self.runs.pop_back();
        }
        let follows = self.runs.back().is_some_and(|run| run.0 + Frames(frame - run.1) == at);
        if !follows {
            if self.runs.len() == MOST_RUNS {
                self.runs.pop_front();
            }
            self.runs.push_back((at, frame));
        }
    }

    /// The frame of a file at this time, or the next that there is; `end` of what comes later. Of what is further back than is
    /// known, the first that is.
    pub(super) fn frame_at(&self, at: FrameTime, end: u64) -> u64 {
        let later = self.runs.partition_point(|run| run.0 <= at);
        let next = self.runs.get(later).map_or(end, |run| run.1);
        match later.checked_sub(1).and_then(|index| self.runs.get(index)) {
            Some(run) => run.1.saturating_add(at.since(run.0).0).min(next),
            None => next,
        }
    }
}

const MOST_RUNS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_has_lost_is_nowhere_in_it() {
        let mut places = Places::default();
        for (at, frame) in [(1_000, 50), (5_000, 370), (6_000, 500), (7_000, 400)] {
            places.note(FrameTime(at), frame);
        }
        assert_eq!(
            [5_000, 5_029, 6_000, 7_000, 7_001].map(|at| places.frame_at(FrameTime(at), 450)),
            [370, 399, 400, 400, 401]
        );
    }

    #[test]
    fn a_frame_is_found_on_either_side_of_a_rest() {
        let mut places = Places::default();
        assert_eq!(places.frame_at(FrameTime(5), 0), 0);
        for (at, frame) in [(1_000, 50), (1_160, 210), (5_000, 370), (5_160, 530)] {
            places.note(FrameTime(at), frame);
        }
        assert_eq!((places.start(), places.runs.len()), (Some(FrameTime(1_000)), 2));
        let frames = [0, 1_000, 1_319, 1_320, 4_999, 5_001, 5_319, 9_000]
            .map(|at| places.frame_at(FrameTime(at), 690));
        assert_eq!(frames, [50, 50, 369, 370, 370, 371, 689, 690]);
    }

    #[test]
    fn of_many_rests_the_last_are_known() {
        let mut places = Places::default();
        for rest in 0..1_000 {
            places.note(FrameTime(rest * 100), rest * 10);
        }
        assert_eq!((places.runs.len(), places.start()), (64, Some(FrameTime(0))));
        assert_eq!(
            [0, 93_599, 93_600, 93_609, 93_650].map(|at| places.frame_at(FrameTime(at), 10_000)),
            [9_360, 9_360, 9_360, 9_369, 9_370]
        );
    }
}
