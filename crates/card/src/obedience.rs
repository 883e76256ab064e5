//! Which loop is closed on a span: the one ordered here, or else the one that the far end of a T1 commands.
//!
//! Commands are not taken while they may be our own that come back from a loop at the far end, and one given while a
//! loop of our own is closed, or while none are obeyed, is not remembered.
use crate::{LineOrder, LoopObedience, Loopback, SpanStatus};
use tandem_line::t1::{LoopHearing, T1Loop};
use tandem_types::Frames;

/// The orders and what they mean for the far end's commands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Obedience {
    obeys: LoopObedience,
    ordered: Option<Loopback>,
    sends_code: bool,
    /// For so long what is heard may be our own command.
    deaf_for: Frames,
}

impl Obedience {
    pub(crate) const fn new() -> Self {
        Self { obeys: LoopObedience::Customer, ordered: None, sends_code: false, deaf_for: Frames(0) }
    }

    /// Takes an order; most mean nothing here.
    pub(crate) fn note(&mut self, order: &LineOrder) {
        match order {
            LineOrder::Loop(which) => self.ordered = *which,
            LineOrder::ObeyLoops(whose) => self.obeys = *whose,
            LineOrder::SendLoopCode(code) => {
                self.sends_code = code.is_some();
                self.deaf_for = self.deaf_for.max(AFTER_A_CODE);
            }
            LineOrder::CommandLoop(_) => self.deaf_for = self.deaf_for.max(AFTER_A_MESSAGE),
            _ => {}
        }
    }

    /// Lets time pass.
    pub(crate) const fn pass(&mut self, time: Frames) {
        if !self.sends_code {
            self.deaf_for = Frames(self.deaf_for.0.saturating_sub(time.0));
        }
    }

    /// How commands are heard now.
    pub(crate) fn hearing(&self) -> LoopHearing {
        if self.obeys == LoopObedience::Nobody || self.ordered.is_some() {
            LoopHearing::Refuses
        } else if self.sends_code || self.deaf_for.0 > 0 {
            LoopHearing::Deaf
        } else {
            LoopHearing::Obeys
        }
    }

    /// Closes the right loop when the far end commands this one.
    pub(crate) fn close(&self, commanded: Option<T1Loop>, status: &mut SpanStatus) {
        status.looped = self.loop_to_close(commanded);
        status.looped_by_far_end = status.looped.is_some() && self.ordered.is_none();
    }

    /// The loops of others are not ours to close; that of a network interface unit sends back all bits.
    fn loop_to_close(&self, commanded: Option<T1Loop>) -> Option<Loopback> {
        self.ordered.or(match (self.obeys, commanded) {
            (LoopObedience::Customer, Some(T1Loop::Line)) => Some(Loopback::Line),
            (LoopObedience::Customer, Some(T1Loop::Payload)) => Some(Loopback::Payload),
            (LoopObedience::NetworkInterface, Some(T1Loop::Network)) => Some(Loopback::Line),
            _ => None,
        })
    }
}

/// A code is believed after five seconds of it.
const AFTER_A_CODE: Frames = Frames::from_seconds(6);
const AFTER_A_MESSAGE: Frames = Frames::from_seconds(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LoopCommand;
    use tandem_line::t1::LoopCode;

    #[test]
    fn nothing_is_heard_while_it_may_be_our_own_command() {
        let mut obedience = Obedience::new();
        assert_eq!(obedience.hearing(), LoopHearing::Obeys);
        obedience.note(&LineOrder::CommandLoop(LoopCommand::LineUp));
        obedience.pass(Frames(7999));
        assert_eq!(obedience.hearing(), LoopHearing::Deaf);
        obedience.pass(Frames(1));
        assert_eq!(obedience.hearing(), LoopHearing::Obeys);
        obedience.note(&LineOrder::SendLoopCode(Some(LoopCode::LINE_UP)));
        obedience.pass(Frames::from_seconds(60));
        obedience.note(&LineOrder::SendLoopCode(None));
        obedience.pass(Frames::from_seconds(5));
        assert_eq!(obedience.hearing(), LoopHearing::Deaf);
        obedience.pass(Frames::from_seconds(1));
        assert_eq!(obedience.hearing(), LoopHearing::Obeys);
    }

    #[test]
    fn a_loop_of_our_own_comes_first_and_commands_under_it_are_refused() {
        let mut obedience = Obedience::new();
        let closed = |obedience: &Obedience, commanded| {
            let mut status = SpanStatus::default();
            obedience.close(commanded, &mut status);
            (status.looped, status.looped_by_far_end)
        };
        assert_eq!(closed(&obedience, Some(T1Loop::Line)), (Some(Loopback::Line), true));
        assert_eq!(closed(&obedience, Some(T1Loop::Network)), (None, false));
        obedience.note(&LineOrder::Loop(Some(Loopback::Local)));
        assert_eq!(closed(&obedience, Some(T1Loop::Line)), (Some(Loopback::Local), false));
        assert_eq!(obedience.hearing(), LoopHearing::Refuses);
        obedience.note(&LineOrder::Loop(None));
        obedience.note(&LineOrder::ObeyLoops(LoopObedience::Nobody));
        assert_eq!(obedience.hearing(), LoopHearing::Refuses);
    }
}
