//! Each second of the far end once, though every message repeats three.
use super::{Prm, PrmSecond};
use tandem_types::{FRAMES_PER_SECOND, FrameTime};

/// Follows the messages of the far end.
#[derive(Clone, Debug, Default)]
pub struct PrmTracker {
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    number: u8,
    at: FrameTime,
}

/// The seconds that a message told for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FarEndSeconds {
    /// Oldest first; only the last `count` are new.
    seconds: [PrmSecond; 4],
    count: u8,
    /// Seconds of which no message came, nor any in the three seconds after them.
    pub lost: u64,
}

impl FarEndSeconds {
    /// The new seconds, the oldest first.
    #[must_use]
    pub fn new_seconds(&self) -> &[PrmSecond] {
        self.seconds.get(4 - usize::from(self.count).min(4)..).unwrap_or(&[])
    }
}

impl PrmTracker {
    /// A tracker that has heard nothing. Of the first message only the latest second is new.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }

    /// Takes a message. How many seconds are new is known modulo 4 from the numbers; of the possible numbers that
    /// is taken which is nearest to the time gone by.
    pub fn handle_prm(&mut self, now: FrameTime, prm: &Prm) -> FarEndSeconds {
        let number = prm.seconds[0].number;
        let before = self.last.replace(Last { number, at: now });
        let new = before.map_or(1, |last| {
            let step = u64::from(number.wrapping_sub(last.number) & 3);
            // Half the distance between two possible numbers is added before dividing by it.
            let four_seconds = 4 * FRAMES_PER_SECOND;
            let beyond = now.since(last.at).0.saturating_add(four_seconds / 2);
            step + 4 * (beyond.saturating_sub(step * FRAMES_PER_SECOND) / four_seconds)
        });
        let [latest, second, third, fourth] = prm.seconds;
        let seconds = [fourth, third, second, latest];
        FarEndSeconds { seconds, count: new.min(4) as u8, lost: new.saturating_sub(4) }
    }
}
