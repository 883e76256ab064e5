//! The media loop and the tick it makes.
use crate::sys::MediaSection;
use std::marker::PhantomData;
use tandem_types::{FrameTime, Frames};

/// The one loop of a media thread. It counts frames and makes ticks; it never reads a clock.
#[derive(Debug, Default)]
pub struct MediaLoop {
    now: FrameTime,
}

/// Proof of running inside a tick of the media thread, and the frames this tick covers.
///
/// What takes `&MediaTick` allocates nothing, releases nothing, waits for nothing. The tick stays on its
/// thread: it is neither `Send` nor `Sync`.
#[derive(Debug)]
pub struct MediaTick<'a> {
    start: FrameTime,
    frames: usize,
    behind: Frames,
    _stays_here: PhantomData<(&'a mut MediaLoop, *const ())>,
}

impl MediaLoop {
    /// A loop that begins at `start`.
    #[must_use]
    pub const fn new(start: FrameTime) -> Self {
        Self { now: start }
    }

    /// The end of the last tick, which is the beginning of the next.
    #[must_use]
    pub const fn now(&self) -> FrameTime {
        self.now
    }

    /// Runs one tick over the next `frames` frames. Until it returns, the thread is in its media section.
    pub fn run_tick<R>(&mut self, frames: usize, work: impl FnOnce(&MediaTick<'_>) -> R) -> R {
        self.run_tick_behind(frames, Frames(0), work)
    }

    /// The same when the tick is worked so long after its end: what the host has missed is made up for tick by tick.
    pub fn run_tick_behind<R>(
        &mut self,
        frames: usize,
        behind: Frames,
        work: impl FnOnce(&MediaTick<'_>) -> R,
    ) -> R {
        let section = MediaSection::enter();
        let result = work(&MediaTick { start: self.now, frames, behind, _stays_here: PhantomData });
        drop(section);
        self.now += Frames(frames as u64);
        result
    }
}

impl MediaTick<'_> {
    /// The time of the first frame of this tick.
    #[must_use]
    pub const fn start(&self) -> FrameTime {
        self.start
    }

    /// The time at which the last frame of this tick is complete.
    #[must_use]
    pub fn end(&self) -> FrameTime {
        self.start + Frames(self.frames as u64)
    }

    /// The tick of `frames` frames that ends when this one does: for work that is due only every so many.
    #[must_use]
    pub fn spanning(&self, frames: usize) -> MediaTick<'_> {
        let start = FrameTime(self.end().0.saturating_sub(frames as u64));
        MediaTick { start, frames, behind: self.behind, _stays_here: PhantomData }
    }

    /// How long ago the tick ended when its work began; 0 for a host that is on time. A card that runs by itself has
    /// moved on by so much already.
    #[must_use]
    pub const fn behind(&self) -> Frames {
        self.behind
    }

    /// How many frames the tick covers.
    #[must_use]
    pub const fn frames(&self) -> usize {
        self.frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_follow_each_other_without_gap() {
        let mut media = MediaLoop::new(FrameTime(100));
        let first = media.run_tick(8, |tick| (tick.start(), tick.end()));
        let second = media.run_tick(160, |tick| (tick.start(), tick.end()));
        assert_eq!(first, (FrameTime(100), FrameTime(108)));
        assert_eq!(second, (FrameTime(108), FrameTime(268)));
        assert_eq!(media.now(), FrameTime(268));
    }

    #[test]
    fn a_longer_tick_ends_with_the_shorter_one() {
        let longer = MediaLoop::new(FrameTime(100)).run_tick(8, |tick| {
            let longer = tick.spanning(40);
            (longer.start(), longer.end(), longer.frames())
        });
        assert_eq!(longer, (FrameTime(68), FrameTime(108), 40));
    }

    #[test]
    fn a_late_tick_says_how_late_it_is() {
        let mut media = MediaLoop::default();
        let late = media.run_tick_behind(8, Frames(24), |tick| (tick.end(), tick.spanning(40).behind()));
        assert_eq!(late, (FrameTime(8), Frames(24)));
        assert_eq!(media.run_tick(8, |tick| tick.behind()), Frames(0));
    }
}
