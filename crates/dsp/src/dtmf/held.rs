//! The held digit: reported, and waiting for its end. It does not depend on the candidate.

use tandem_types::{Digit, FrameTime, Law};

use super::detector::DtmfEvent;
use super::frontend::{FrontEnd, SHORT_HISTORY};
use super::kernels::HOP;
use super::lane::Pair;
use crate::level::dbm0_of_power;

/// The digit reported last, until it ends.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) pair: Pair,
    start: FrameTime,
    power: [f32; 2],
    /// Sum of the tones' magnitudes in the short windows, newest first.
    sizes: [f32; SHORT_HISTORY],
    /// Largest sum of the tones' magnitudes in the long window since the report.
    level: f32,
    absent_hops: u8,
}

/// Why a held digit has ended.
pub(super) enum Release {
    /// The tones are gone.
    Absent,
    /// They paused and are back.
    Pause,
}

impl Held {
    /// Begins to hold a digit. `level` is the sum of the tones' magnitudes in the long window.
    pub(super) fn begin(
        pair: Pair,
        start: FrameTime,
        power: [f32; 2],
        level: f32,
        front: &FrontEnd,
        lane: usize,
    ) -> Self {
        let mut held = Self { pair, start, power, sizes: [0.0; SHORT_HISTORY], level, absent_hops: 0 };
        for age in 0..SHORT_HISTORY {
            held.sizes[age] = held.short_size(age, front, lane);
        }
        held
    }

    fn short_size(&self, age: usize, front: &FrontEnd, lane: usize) -> f32 {
        let [low, high] = self.pair.map(|tone| libm::sqrtf(front.short_power(age, tone, lane)));
        low + high
    }

    /// Looks at the newest hop.
    pub(super) fn advance(&mut self, front: &FrontEnd, lane: usize) -> Option<Release> {
        self.sizes.rotate_right(1);
        self.sizes[0] = self.short_size(0, front, lane);
        let power = self.pair.map(|tone| front.long(tone, lane).power());
        let size = libm::sqrtf(power[0]) + libm::sqrtf(power[1]);
        self.level = self.level.max(size);
        let absent = size < FAINT * self.level || 0.5 * (power[0] + power[1]) < DROWNED * front.total(lane);
        self.absent_hops = if absent { self.absent_hops + 1 } else { 0 };
        if self.absent_hops >= RELEASE_HOPS {
            Some(Release::Absent)
        } else if self.has_paused() {
            Some(Release::Pause)
        } else {
            None
        }
    }

    /// The level on both sides of a possible pause: the smaller of oldest and newest.
    fn reference(&self) -> f32 {
        let [new0, new1, .., old1, old0] = self.sizes;
        old0.max(old1).min(new0.max(new1))
    }

    /// Whether more of the tone is missing between the oldest and the newest hops than a break may take. A
    /// break of 5 ms misses one hop exactly, however it lies on the hops.
    fn has_paused(&self) -> bool {
        let reference = self.reference();
        if reference <= FAINT * self.level {
            return false;
        }
        let between = &self.sizes[2..7];
        let missing: f32 = between.iter().map(|size| (1.0 - size / reference).max(0.0)).sum();
        let least = between.iter().fold(reference, |least, size| size.min(least));
        missing >= PAUSE_MISSING && least < PAUSE_DEPTH * reference
    }

    /// When the tone ended: how far the areas of the last hops reach.
    pub(super) fn end_estimate(&self, now: FrameTime) -> FrameTime {
        let full = self.sizes.iter().fold(0.0f32, |most, size| size.max(most));
        if full <= 0.0 {
            return self.start;
        }
        let mut hops = 0.0;
        for size in self.sizes.iter().rev() {
            if *size < END_SIZE * full {
                break;
            }
            hops += size / full;
        }
        // The oldest window is centred 320 frames back; areas count from half a hop before that.
        let back = (340.0 - HOP as f32 * hops).max(0.0) as u64;
        FrameTime(now.0.saturating_sub(back)).max(self.start)
    }

    /// The event for its end.
    pub(super) fn ended(&self, end: FrameTime) -> DtmfEvent {
        let [low_dbm0, high_dbm0] = self.power.map(|power| dbm0_of_power(Law::A, power));
        DtmfEvent::End {
            lane: 0,
            digit: digit(self.pair),
            start: self.start,
            end: end.max(FrameTime(self.start.0.saturating_add(1))),
            low_dbm0,
            high_dbm0,
            twist_db: high_dbm0 - low_dbm0,
        }
    }
}

pub(super) fn digit(pair: Pair) -> Digit {
    Digit::KEYPAD[(4 * (pair[0] % 4) + pair[1] % 4) % 16]
}

/// Hops that must be missing for a pause: 12.5 ms. Q.24 §2.4: breaks up to 10 ms do not split a digit.
const PAUSE_MISSING: f32 = 2.5;
const PAUSE_DEPTH: f32 = 0.4;
const FAINT: f32 = 0.15;
const DROWNED: f32 = 0.21;
const RELEASE_HOPS: u8 = 3;
const END_SIZE: f32 = 0.2;
