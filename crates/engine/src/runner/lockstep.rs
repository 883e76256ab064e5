//! Virtual time on one thread: as fast as it goes, and the same every time.
use crate::control::Control;
use crate::media::MediaShared;
use crate::runner::Components;
use std::sync::Arc;
use tandem_rt::{Next, Step};
use tandem_types::{FrameTime, Frames};

/// Steps the components in a fixed order, each when it is due or may have something to do.
pub(crate) struct Lockstep {
    pub(crate) parts: Components,
    shared: Arc<MediaShared>,
    now: FrameTime,
    lateness: Lateness,
    control_due: FrameTime,
    prompter_due: Next,
    recorder_due: Next,
}

impl Lockstep {
    pub(crate) fn new(parts: Components, most_late: Frames) -> Self {
        let shared = parts.media.shared();
        let start = FrameTime::ZERO;
        Self {
            parts,
            shared,
            now: start,
            lateness: Lateness { most: most_late, chance: 1, until: None },
            control_due: start,
            prompter_due: Next::WhenWoken,
            recorder_due: Next::WhenWoken,
        }
    }

    pub(crate) const fn now(&self) -> FrameTime {
        self.now
    }

    /// Advances virtual time by one granule.
    pub(crate) fn advance(&mut self) {
        let now = self.now + self.parts.media.granule();
        self.now = now;
        self.parts.media.step(now);
        let wanted = self.shared.take_news() || now >= self.control_due;
        if self.lateness.is_over(wanted, now) {
            self.control_due = due_at(self.parts.control.step(now), now);
            if self.parts.control.take_helper_work() {
                self.prompter_due = Next::At(now);
                self.recorder_due = Next::At(now);
            }
        }
        step_if_due(&mut self.parts.prompter, &mut self.prompter_due, now);
        step_if_due(&mut self.parts.recorder, &mut self.recorder_due, now);
        if self.parts.control.has_recorded() {
            self.control_due = now;
        }
    }

    /// Has a request of a host carried out, and lets all parts look at what it changed before more than a granule goes by.
    pub(crate) fn ask<R>(&mut self, request: impl FnOnce(&mut Control) -> R) -> R {
        self.parts.control.set_now(self.now);
        let answer = request(&mut self.parts.control);
        self.control_due = self.now;
        self.prompter_due = Next::At(self.now);
        self.recorder_due = Next::At(self.now);
        answer
    }
}

/// Lets control come late, by chance.
struct Lateness {
    most: Frames,
    chance: u64,
    /// When control comes that was wanted before.
    until: Option<FrameTime>,
}

impl Lateness {
    /// Whether control comes now, if it is `wanted` or has been.
    fn is_over(&mut self, wanted: bool, now: FrameTime) -> bool {
        if self.most.0 == 0 {
            return wanted;
        }
        if self.until.is_none() && wanted {
            // Knuth's linear congruential generator; its upper half is good enough to be late by.
            self.chance =
                self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.until = Some(now + Frames((self.chance >> 32) % (self.most.0 + 1)));
        }
        let over = self.until.is_some_and(|until| now >= until);
        if over {
            self.until = None;
        }
        over
    }
}

const fn due_at(next: Next, now: FrameTime) -> FrameTime {
    match next {
        Next::At(due) => due,
        Next::WhenWoken | Next::Finished => FrameTime(now.0 + u64::MAX / 2),
    }
}

fn step_if_due(part: &mut impl Step, due: &mut Next, now: FrameTime) {
    if matches!(due, Next::At(at) if *at <= now) {
        *due = part.step(now);
    }
}
