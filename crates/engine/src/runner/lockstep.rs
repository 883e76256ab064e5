//! Virtual time on one thread: as fast as it goes, and the same every time.
use crate::media::MediaShared;
use crate::runner::Components;
use std::sync::Arc;
use tandem_rt::{Next, Step};
use tandem_types::FrameTime;

/// Steps the components in a fixed order, each when it is due or may have something to do.
pub(crate) struct Lockstep {
    pub(crate) parts: Components,
    shared: Arc<MediaShared>,
    now: FrameTime,
    control_due: FrameTime,
    prompter_due: Next,
    recorder_due: Next,
}

impl Lockstep {
    pub(crate) fn new(parts: Components) -> Self {
        let shared = parts.media.shared();
        let start = FrameTime::ZERO;
        Self {
            parts,
            shared,
            now: start,
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
        if self.shared.take_news() || now >= self.control_due {
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

    /// Lets all parts look at what a host's request changed, before more than a granule goes by.
    pub(crate) const fn wake(&mut self) {
        self.control_due = self.now;
        self.prompter_due = Next::At(self.now);
        self.recorder_due = Next::At(self.now);
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
