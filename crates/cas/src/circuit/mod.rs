//! One channel of an E&M trunk, from seizure to guard time, either end.
//!
//! Stimuli are methods: `handle_*` for what the line and time do, verbs for what the owner wants. Each first
//! lets everything happen that was due by then, so the outcome does not depend on when the owner looks.
//! `stimuli.rs` has the line's and the clock's side, this file the owner's.
mod command;
mod stimuli;

use tandem_types::{Cause, FrameTime, Frames};

use crate::event::EventQueue;
use crate::line::{FarSignal, LineReceiver};
use crate::output::Outbox;
use crate::{BlockedBy, CircuitEvent, EmProfile, Number, Output, Script, Side};

pub use command::{AnswerError, BlockError, ClearError, SeizeError, UnblockError};

/// Where a circuit is. The calls' states come first, in the order of a call.
#[derive(Clone, Copy, Debug)]
enum State {
    /// Outgoing: off-hook, the far end gets ready for digits.
    Seizing { number: Number, digits_at: FrameTime },
    /// Outgoing: both ends off-hook, and the far end is to give way.
    GlareHeld { number: Number, until: FrameTime },
    /// Outgoing: the media side sends the number.
    Outpulsing,
    /// Outgoing: the number is sent.
    AwaitAnswer,
    /// Incoming: collecting the number.
    Receiving { number: Number, until: FrameTime },
    /// Incoming: the owner decides.
    Offered,
    /// Answered, in either direction.
    Connected,
    /// On-hook after an unanswered outgoing call: an off-hook now is an answer that came too late.
    Crossing { until: FrameTime },
    /// On-hook; the far end is not, or is not known to be.
    AwaitFarIdle { lockout_at: Option<FrameTime> },
    /// Both on-hook; the far end may seize, we do not yet.
    Guard { until: FrameTime },
    /// Free.
    Idle,
    /// The far end sends its blocked code.
    FarBlocked,
    /// The span carries nothing.
    Failed,
}

impl State {
    const fn is_call(self) -> bool {
        match self {
            Self::Seizing { .. } | Self::GlareHeld { .. } | Self::Outpulsing | Self::AwaitAnswer => true,
            Self::Receiving { .. } | Self::Offered | Self::Connected => true,
            Self::Crossing { .. } | Self::AwaitFarIdle { .. } | Self::Guard { .. } => false,
            Self::Idle | Self::FarBlocked | Self::Failed => false,
        }
    }
}

/// One channel of an E&M trunk.
#[derive(Clone, Debug)]
pub struct Circuit {
    profile: EmProfile,
    state: State,
    /// Out of use by command. A call in progress goes on.
    barred: bool,
    line: LineReceiver,
    /// The latest moment any stimulus told of; time does not run backward from it.
    now: FrameTime,
    outbox: Outbox,
    events: EventQueue,
}

impl Circuit {
    /// A circuit that sends on-hook and waits until the far end does too.
    #[must_use]
    pub fn new(profile: EmProfile, now: FrameTime) -> Self {
        let mut outbox = Outbox::default();
        outbox.put_line(Script::hold(profile.idle, Frames(0)));
        Self {
            profile,
            state: State::AwaitFarIdle { lockout_at: Some(after(now, profile.lockout)) },
            barred: false,
            line: LineReceiver::default(),
            now,
            outbox,
            events: EventQueue::new(),
        }
    }

    /// The next order for the media side.
    pub fn poll_transmit(&mut self) -> Option<Output> {
        self.outbox.take()
    }

    /// The next news.
    pub fn poll_event(&mut self) -> Option<CircuitEvent> {
        self.events.pop()
    }

    /// When `handle_timeout` is wanted next; it may lie in the past.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<FrameTime> {
        match (self.recognition_at(), self.timer_at()) {
            (Some(recognition), Some(timer)) => Some(recognition.min(timer)),
            (one, other) => one.or(other),
        }
    }

    /// Whether `seize` would be accepted, as far as the line is concerned.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && !self.barred && self.line.is_steady(FarSignal::OnHook)
    }

    /// Whether there is a call that has not had its `Cleared`.
    #[must_use]
    pub const fn has_call(&self) -> bool {
        self.state.is_call()
    }

    fn begin_incoming(&mut self, now: FrameTime) {
        if self.barred || !self.events.has_room_for_call() {
            self.await_far_idle(now);
            return;
        }
        self.events.push(CircuitEvent::Seized);
        self.outbox.put_collect(true);
        self.state = State::Receiving { number: Number::EMPTY, until: after(now, self.profile.first_digit) };
        if self.max_digits() == 0 {
            self.offer(Number::EMPTY);
        }
    }

    fn offer(&mut self, number: Number) {
        self.outbox.put_collect(false);
        self.events.push(CircuitEvent::Offered { number });
        self.state = State::Offered;
    }

    /// No more digits will come: the number is long enough, or the call fails.
    fn complete_number(&mut self, now: FrameTime, number: Number) {
        if number.len() >= self.profile.min_digits.min(Number::MAX) {
            self.offer(number);
        } else {
            self.release(now, Cause::ADDRESS_INCOMPLETE, Side::Local);
        }
    }

    /// Ends the call, if there is one, and waits for what the line must see before the next.
    fn release(&mut self, now: FrameTime, cause: Cause, by: Side) {
        let unanswered_outgoing = match self.state {
            State::Seizing { .. } | State::GlareHeld { .. } | State::Outpulsing | State::AwaitAnswer => true,
            State::Receiving { .. } | State::Offered | State::Connected => false,
            _ => return,
        };
        self.end_call(cause, by);
        if self.line.is_recognised(FarSignal::Blocked) {
            self.enter_far_blocked();
        } else if !self.line.is_recognised(FarSignal::OnHook) {
            self.await_far_idle(now);
        } else if unanswered_outgoing {
            self.state = State::Crossing { until: after(now, self.profile.answer_crossing) };
        } else {
            self.enter_guard(now);
        }
    }

    /// What every end of a call has in common. The caller sets the next state.
    fn end_call(&mut self, cause: Cause, by: Side) {
        match self.state {
            State::Outpulsing => self.outbox.put_stop(),
            State::Receiving { .. } => self.outbox.put_collect(false),
            _ => {}
        }
        self.outbox.put_line(Script::hold(self.profile.idle, self.profile.min_on_hook));
        self.events.push(CircuitEvent::Cleared { cause, by });
    }

    fn await_far_idle(&mut self, now: FrameTime) {
        self.state = State::AwaitFarIdle { lockout_at: Some(after(now, self.profile.lockout)) };
    }

    fn enter_guard(&mut self, now: FrameTime) {
        self.state = State::Guard { until: after(now, self.profile.guard) };
    }

    fn enter_idle(&mut self) {
        self.state = State::Idle;
        if self.barred {
            self.send_blocked();
        } else {
            self.events.push(CircuitEvent::Idle);
        }
    }

    fn enter_far_blocked(&mut self) {
        self.state = State::FarBlocked;
        self.events.push(CircuitEvent::Blocked { by: BlockedBy::Far });
        if self.barred {
            self.send_blocked();
        }
    }

    /// A trunk without a code for it stays on-hook, and incoming seizures are left alone.
    fn send_blocked(&mut self) {
        let code = self.profile.blocked.unwrap_or(self.profile.idle);
        self.outbox.put_line(Script::hold(code, Frames(0)));
    }

    fn max_digits(&self) -> usize {
        self.profile.max_digits.min(Number::MAX)
    }
}

/// A moment later; the end of time stays where it is.
const fn after(moment: FrameTime, length: Frames) -> FrameTime {
    FrameTime(moment.0.saturating_add(length.0))
}
