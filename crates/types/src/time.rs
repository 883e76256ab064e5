//! Time as the trunks know it: frames of 125 µs since the engine was opened. Nothing counts ticks.
use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// Frames in a millisecond.
pub const FRAMES_PER_MS: u64 = 8;
/// Frames in a second: the sampling rate of a voice channel.
pub const FRAMES_PER_SECOND: u64 = 8000;
/// The longest tick, 20 ms.
pub const MAX_TICK_FRAMES: usize = 160;

/// A moment: 125 µs frames since open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FrameTime(pub u64);

/// A length of time in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frames(pub u64);

impl Frames {
    /// So many milliseconds.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(FRAMES_PER_MS))
    }

    /// So many seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(FRAMES_PER_SECOND))
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_ms(self) -> u64 {
        self.0 / FRAMES_PER_MS
    }

    /// Microseconds.
    #[must_use]
    pub const fn as_us(self) -> u64 {
        self.0.saturating_mul(1000 / FRAMES_PER_MS)
    }

    /// Seconds, as a number to print or to compute rates with.
    #[must_use]
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / FRAMES_PER_SECOND as f64
    }
}

impl FrameTime {
    /// The moment of opening.
    pub const ZERO: Self = Self(0);

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Frames {
        Frames(self.0.saturating_sub(earlier.0))
    }

    /// Milliseconds since open, with their fraction.
    #[must_use]
    pub fn as_ms(self) -> f64 {
        self.0 as f64 / FRAMES_PER_MS as f64
    }
}

impl Add<Frames> for FrameTime {
    type Output = Self;
    fn add(self, length: Frames) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}

impl AddAssign<Frames> for FrameTime {
    fn add_assign(&mut self, length: Frames) {
        *self = *self + length;
    }
}

impl Sub<Self> for FrameTime {
    type Output = Frames;
    /// Panics in builds with overflow checks when `earlier` is later; use [`FrameTime::since`] if it may be.
    fn sub(self, earlier: Self) -> Frames {
        Frames(self.0 - earlier.0)
    }
}

impl Add for Frames {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for FrameTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}s", self.0 / FRAMES_PER_SECOND, self.0 % FRAMES_PER_SECOND / FRAMES_PER_MS)
    }
}

/// The length of a media tick: 1 to 160 frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TickLength(u8);

impl TickLength {
    /// One millisecond, the rhythm of most cards.
    pub const DEFAULT: Self = Self(8);

    /// A tick of so many frames; `None` outside 1–160.
    #[must_use]
    pub const fn new(frames: usize) -> Option<Self> {
        if frames >= 1 && frames <= MAX_TICK_FRAMES { Some(Self(frames as u8)) } else { None }
    }

    /// The number of frames.
    #[must_use]
    pub const fn frames(self) -> usize {
        self.0 as usize
    }
}

impl Default for TickLength {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_millisecond_is_eight_frames() {
        assert_eq!(FrameTime(16) + Frames::from_ms(3), FrameTime(40));
        assert_eq!(FrameTime(40) - FrameTime(16), Frames(24));
        assert_eq!(FrameTime(16).since(FrameTime(40)), Frames(0));
        assert_eq!(Frames::from_seconds(2), Frames(16_000));
    }

    #[test]
    fn ticks_are_1_to_160_frames() {
        assert_eq!(TickLength::new(0), None);
        assert_eq!(TickLength::new(161), None);
        assert_eq!(TickLength::new(160).map(TickLength::frames), Some(160));
    }
}
