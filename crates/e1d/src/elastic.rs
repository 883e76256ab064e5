//! Frames between two clocks: one end puts in what comes as it comes, the other takes out by its own.
//!
//! A second long the fewest frames that were left are watched; when they are far from what they should be, one frame is
//! repeated or deleted. That follows clocks which are up to some 100 ppm apart by slips of one frame. Where far too many were
//! left for a fifth of a second, after one end stood still, all that are too many are deleted at once. Where it runs dry it
//! fills itself anew before it gives the next. Nothing allocates after it was made.
use std::collections::VecDeque;
use tandem_card::Frame;

#[derive(Debug)]
pub(crate) struct Elastic {
    frames: VecDeque<Frame>,
    /// How many are to be left each time after some were taken.
    depth: usize,
    idle: u8,
    flow: Flow,
    counters: Slips,
}

#[derive(Clone, Copy, Debug)]
enum Flow {
    /// None has come yet.
    Empty,
    /// It fills itself.
    Filling,
    /// The fewest that were left, and how many frames have been taken since that is watched.
    Flowing { least: usize, taken: usize },
}

/// What the difference of the clocks has cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slips {
    /// Frames given twice, or made up because none were there.
    pub repeated: u64,
    /// Frames thrown away.
    pub deleted: u64,
}

impl Elastic {
    /// One that delays by so many frames.
    pub(crate) fn new(depth: usize, idle: u8) -> Self {
        let frames = VecDeque::with_capacity(depth + MOST_AT_ONCE);
        Self { frames, depth, idle, flow: Flow::Empty, counters: Slips::default() }
    }

    pub(crate) const fn slips(&self) -> Slips {
        self.counters
    }

    /// Begins anew; what was counted stays.
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
        self.flow = Flow::Empty;
    }

    /// Puts a frame in. Where there is no room the oldest goes.
    pub(crate) fn put(&mut self, frame: &Frame) {
        if self.frames.len() == self.depth + MOST_AT_ONCE {
            self.frames.pop_front();
            self.counters.deleted += 1;
        }
        self.frames.push_back(*frame);
        if let Flow::Empty = self.flow {
            self.flow = Flow::Filling;
        }
    }

    /// Takes frames out; idle where none are there.
    pub(crate) fn take(&mut self, into: &mut [Frame]) {
        let enough = self.frames.len() >= self.depth + into.len();
        match self.flow {
            Flow::Filling if enough => self.flow = Flow::Flowing { least: usize::MAX, taken: 0 },
            Flow::Flowing { .. } => {}
            Flow::Empty => return into.fill([self.idle; 32]),
            Flow::Filling => {
                self.counters.repeated += into.len() as u64;
                return into.fill([self.idle; 32]);
            }
        }
        for frame in &mut *into {
            *frame = self.frames.pop_front().unwrap_or_else(|| {
                self.flow = Flow::Filling;
                self.counters.repeated += 1;
                [self.idle; 32]
            });
        }
        self.watch(into);
    }

    fn watch(&mut self, given: &[Frame]) {
        let Flow::Flowing { least, taken } = &mut self.flow else { return };
        *least = (*least).min(self.frames.len());
        *taken += given.len();
        let far = *least > 2 * self.depth + FAR;
        if *taken < if far { WATCHED_FAR } else { WATCHED } {
            return;
        }
        let least = *least;
        self.flow = Flow::Flowing { least: usize::MAX, taken: 0 };
        if far {
            self.frames.drain(..least - self.depth);
            self.counters.deleted += (least - self.depth) as u64;
        } else if least > self.depth + self.depth.div_ceil(2) {
            self.frames.pop_front();
            self.counters.deleted += 1;
        } else if least < self.depth / 2
            && let Some(last) = given.last()
        {
            self.frames.push_front(*last);
            self.counters.repeated += 1;
        }
    }
}

/// Frames that a daemon, or a host that was late, may bring or want at a time: 200 ms.
const MOST_AT_ONCE: usize = 1600;
const WATCHED: usize = 8000;
/// Frames after which it is believed that far too many are left: 200 ms.
const WATCHED_FAR: usize = 1600;
/// How many more than twice the depth are far too many.
const FAR: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(number: usize) -> Frame {
        let mut frame = [0; 32];
        frame[..8].copy_from_slice(&(number as u64).to_le_bytes());
        frame
    }

    fn number(frame: &Frame) -> u64 {
        u64::from_le_bytes(*frame.first_chunk().expect("eight"))
    }

    /// The numbers given when `bursts` says how many come before each eight that are taken.
    fn run(store: &mut Elastic, ticks: usize, mut bursts: impl FnMut(usize) -> usize) -> Vec<u64> {
        let (mut put, mut given) = (0, Vec::new());
        for tick in 0..ticks {
            for _ in 0..bursts(tick) {
                put += 1;
                store.put(&numbered(put));
            }
            let mut frames = [[0; 32]; 8];
            store.take(&mut frames);
            given.extend(frames.iter().map(number));
        }
        given
    }

    const IDLE: u64 = 0xd5d5_d5d5_d5d5_d5d5;

    #[test]
    fn bursts_come_out_evenly_with_the_delay_that_was_asked_for() {
        let mut store = Elastic::new(32, 0xd5);
        // 32 at a time, every fourth tick.
        let given = run(&mut store, 4000, |tick| if tick % 4 == 0 { 32 } else { 0 });
        let idle = given.iter().take_while(|number| **number == IDLE).count();
        assert_eq!(idle, 32, "until there are 40 of them");
        assert!(given[idle..].iter().copied().eq(1..=given.len() as u64 - 32));
        assert_eq!(store.slips(), Slips { repeated: 32, deleted: 0 });
    }

    #[test]
    fn clocks_100_ppm_apart_cost_single_frames_and_the_right_number_of_them() {
        // Of 8000 frames one more, or one less, and some.
        for (more, sign) in [(true, 1), (false, -1)] {
            let mut store = Elastic::new(16, 0xd5);
            let odd = if more { 9 } else { 7 };
            let given = run(&mut store, 100_000, |tick| if tick % 1250 == 7 { odd } else { 8 });
            let begun = given.iter().position(|number| *number != IDLE).expect("some");
            let steps: Vec<i64> =
                given[begun..].windows(2).map(|two| two[1] as i64 - two[0] as i64).collect();
            let slips: Vec<i64> = steps.iter().copied().filter(|step| *step != 1).collect();
            // 80 ticks with one more or less, and the store gives or takes 8 frames first.
            assert!((70..=80).contains(&slips.len()), "{}", slips.len());
            assert!(slips.iter().all(|step| *step == 1 + sign), "{slips:?}");
        }
    }

    #[test]
    fn what_a_stall_has_piled_up_is_deleted_at_once_and_not_a_frame_a_second() {
        let mut store = Elastic::new(16, 0xd5);
        // 150 ms without one, and then they all come.
        let given = run(&mut store, 2000, |tick| match tick {
            500..650 => 0,
            650 => 8 + 1200,
            _ => 8,
        });
        let slips = store.slips();
        assert_eq!(slips.deleted, 1184, "1200 were left, of which 16 are to be");
        assert_eq!(*given.last().expect("many"), 16_000 - 16);
        let steps: Vec<u64> = given[6000..].windows(2).map(|two| two[1] - two[0]).collect();
        assert_eq!(steps.iter().filter(|step| **step != 1).collect::<Vec<_>>(), [&1185]);
        let at = steps.iter().position(|step| *step != 1).expect("a step") + 6000;
        assert!(at < 650 * 8 + 8000 + 1600, "{at}");
    }

    #[test]
    fn one_that_runs_dry_fills_itself_and_a_flood_takes_the_oldest() {
        let mut store = Elastic::new(16, 0xd5);
        let given = run(&mut store, 20, |tick| if (4..8).contains(&tick) { 0 } else { 8 });
        let first = given.iter().position(|number| *number == 1).expect("it begins");
        assert_eq!(first, 16);
        let dry = given[first..].iter().position(|number| *number == IDLE).expect("it runs dry") + first;
        assert_eq!(given[dry - 1], 32);
        let again = given[dry..].iter().position(|number| *number != IDLE).expect("it goes on") + dry;
        assert_eq!((again - dry, given[again]), (32, 33), "nothing is lost");
        let before = store.slips().deleted;
        for number in 0..5000 {
            store.put(&numbered(number));
        }
        assert!(store.slips().deleted - before >= 5000 - 1616);
        let mut last = [[0; 32]; 8];
        store.take(&mut last);
        assert_eq!(number(&last[0]), 5000 - 1616);
        store.clear();
        store.take(&mut last);
        assert_eq!(number(&last[0]), IDLE);
    }
}
