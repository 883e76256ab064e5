//! What the line and the clock do to a circuit: one function per stimulus, one arm per state.
use tandem_types::{Abcd, Cause, Digit, FrameTime, Frames};

use super::{Circuit, State, after};
use crate::line::FarSignal;
use crate::{BlockedBy, CircuitEvent, GlareRule, Number, Script, Side};

impl Circuit {
    /// The received bits are these from frame `now` on.
    pub fn handle_bits(&mut self, now: FrameTime, abcd: Abcd) {
        self.advance(now);
        self.line.observe(&self.profile, now, abcd);
        self.advance(now);
    }

    /// A digit was detected. Outside the collection of a number it is not ours and is passed over.
    pub fn handle_digit(&mut self, now: FrameTime, digit: Digit) {
        self.advance(now);
        let State::Receiving { mut number, .. } = self.state else {
            return;
        };
        if self.profile.end_of_number == Some(digit) {
            return self.complete_number(self.now, number);
        }
        if number.push(digit).is_err() || number.len() >= self.max_digits() {
            return self.complete_number(self.now, number);
        }
        self.state = State::Receiving { number, until: after(self.now, self.profile.inter_digit) };
    }

    /// The media side has sent the whole number.
    pub fn handle_digits_sent(&mut self, now: FrameTime) {
        self.advance(now);
        if let State::Outpulsing = self.state {
            self.events.push(CircuitEvent::DigitsSent);
            self.state = State::AwaitAnswer;
        }
    }

    /// The span has failed: a call is over with cause 27, and nothing received counts until the repair.
    pub fn handle_failure(&mut self, now: FrameTime) {
        self.advance(now);
        match self.state {
            State::Failed => return,
            State::FarBlocked => self.events.push(CircuitEvent::Unblocked { by: BlockedBy::Far }),
            state if state.is_call() => self.end_call(Cause::DESTINATION_OUT_OF_ORDER, Side::Local),
            _ => {}
        }
        self.events.push(CircuitEvent::Blocked { by: BlockedBy::Line });
        self.condition();
        self.state = State::Failed;
    }

    /// What the far end sees of a failed circuit, if our direction still works: released, then blocked.
    fn condition(&mut self) {
        let released = Script::hold(self.profile.idle, self.profile.min_on_hook);
        let blocked = self.profile.blocked.unwrap_or(self.profile.idle);
        self.outbox.put_line(released.then(blocked, Frames(0)).unwrap_or(released));
    }

    /// The span works again. The circuit is free once the far end has been seen on-hook.
    pub fn handle_repair(&mut self, now: FrameTime) {
        self.advance(now);
        if let State::Failed = self.state {
            self.line.restart(self.now);
            self.outbox.put_line(Script::hold(self.profile.idle, Frames(0)));
            self.await_far_idle(self.now);
            self.events.push(CircuitEvent::Unblocked { by: BlockedBy::Line });
        }
    }

    /// Time has come to `now`.
    pub fn handle_timeout(&mut self, now: FrameTime) {
        self.advance(now);
    }

    /// Everything due by `to` happens, each at its own frame.
    pub(super) fn advance(&mut self, to: FrameTime) {
        for _ in 0..MOST_DUE_AT_ONCE {
            let Some(due) = self.poll_timeout().filter(|due| *due <= to) else {
                break;
            };
            self.now = self.now.max(due);
            self.expire(self.now);
        }
        self.now = self.now.max(to);
    }

    /// Of two that are due, the line's signal goes first if it is no later.
    fn expire(&mut self, now: FrameTime) {
        let timer = self.timer_at();
        match self.recognition_at() {
            Some(recognition) if timer.is_none_or(|timer| recognition <= timer) => self.on_recognition(now),
            _ => self.on_timer(now),
        }
    }

    pub(super) fn recognition_at(&self) -> Option<FrameTime> {
        if let State::Failed = self.state {
            return None;
        }
        let (signal, since) = self.line.candidate()?;
        let lasting = match (signal, self.state) {
            (FarSignal::Blocked, _) => self.profile.recognise_blocked,
            (FarSignal::OnHook, State::Receiving { .. } | State::Offered | State::Connected) => {
                self.profile.recognise_disconnect
            }
            (FarSignal::OffHook, State::Outpulsing | State::AwaitAnswer) => self.profile.recognise_answer,
            _ => self.profile.recognise_seizure,
        };
        Some(after(since, lasting))
    }

    pub(super) const fn timer_at(&self) -> Option<FrameTime> {
        match self.state {
            State::Seizing { digits_at, .. } => Some(digits_at),
            State::AwaitFarIdle { lockout_at } => lockout_at,
            State::GlareHeld { until, .. }
            | State::Receiving { until, .. }
            | State::Crossing { until }
            | State::Guard { until } => Some(until),
            State::Outpulsing | State::AwaitAnswer | State::Offered | State::Connected => None,
            State::Idle | State::FarBlocked | State::Failed => None,
        }
    }

    fn on_recognition(&mut self, now: FrameTime) {
        let Some((signal, _)) = self.line.candidate() else {
            return;
        };
        self.line.recognise();
        match signal {
            FarSignal::OnHook => self.on_far_on_hook(now),
            FarSignal::OffHook => self.on_far_off_hook(now),
            FarSignal::Blocked => self.on_far_blocked(now),
        }
    }

    fn on_far_on_hook(&mut self, now: FrameTime) {
        match self.state {
            State::Receiving { .. } | State::Offered | State::Connected => {
                self.release(now, Cause::NORMAL_CLEARING, Side::Far);
            }
            // The far end has given way and now waits for our digits.
            State::GlareHeld { number, .. } => {
                self.state = State::Seizing { number, digits_at: after(now, self.profile.seize_to_digit) };
            }
            State::AwaitFarIdle { .. } => self.enter_guard(now),
            State::FarBlocked => {
                self.events.push(CircuitEvent::Unblocked { by: BlockedBy::Far });
                self.enter_guard(now);
            }
            State::Seizing { .. } | State::Outpulsing | State::AwaitAnswer => {}
            State::Crossing { .. } | State::Guard { .. } | State::Idle | State::Failed => {}
        }
    }

    fn on_far_off_hook(&mut self, now: FrameTime) {
        match self.state {
            State::Idle | State::Guard { .. } => self.begin_incoming(now),
            State::Seizing { number, .. } => self.on_glare(now, number),
            State::Outpulsing | State::AwaitAnswer => {
                self.state = State::Connected;
                self.events.push(CircuitEvent::Answered);
            }
            State::Crossing { .. } => self.await_far_idle(now),
            State::FarBlocked => {
                self.events.push(CircuitEvent::Unblocked { by: BlockedBy::Far });
                self.await_far_idle(now);
            }
            State::GlareHeld { .. } | State::Receiving { .. } | State::Offered => {}
            State::Connected | State::AwaitFarIdle { .. } | State::Failed => {}
        }
    }

    fn on_far_blocked(&mut self, now: FrameTime) {
        match self.state {
            State::FarBlocked | State::Failed => {}
            State::Crossing { .. } | State::AwaitFarIdle { .. } | State::Guard { .. } | State::Idle => {
                self.enter_far_blocked();
            }
            _ => self.release(now, Cause::DESTINATION_OUT_OF_ORDER, Side::Far),
        }
    }

    fn on_glare(&mut self, now: FrameTime, number: Number) {
        self.events.push(CircuitEvent::Glare);
        match self.profile.glare {
            GlareRule::Hold => {
                self.state = State::GlareHeld { number, until: after(now, self.profile.glare_limit) };
            }
            GlareRule::Yield => {
                self.end_call(REQUESTED_CIRCUIT_NOT_AVAILABLE, Side::Far);
                self.begin_incoming(now);
            }
        }
    }

    fn on_timer(&mut self, now: FrameTime) {
        match self.state {
            State::Seizing { number, .. } => self.on_digits_due(now, number),
            State::GlareHeld { .. } => self.release(now, REQUESTED_CIRCUIT_NOT_AVAILABLE, Side::Local),
            State::Receiving { number, .. } => self.complete_number(now, number),
            State::Crossing { .. } => self.enter_guard(now),
            State::Guard { .. } => self.enter_idle(),
            State::AwaitFarIdle { .. } => {
                self.state = State::AwaitFarIdle { lockout_at: None };
                self.events.push(CircuitEvent::Lockout);
            }
            State::Outpulsing | State::AwaitAnswer | State::Offered | State::Connected => {}
            State::Idle | State::FarBlocked | State::Failed => {}
        }
    }

    /// An off-hook that has not lasted long enough yet is waited for: it may be a double seizure.
    fn on_digits_due(&mut self, now: FrameTime, number: Number) {
        if let Some((FarSignal::OffHook, _)) = self.line.candidate() {
            let decided = self.recognition_at().unwrap_or(now);
            let next = FrameTime(now.0.saturating_add(1));
            self.state = State::Seizing { number, digits_at: decided.max(next) };
            return;
        }
        if number.is_empty() {
            self.events.push(CircuitEvent::DigitsSent);
            self.state = State::AwaitAnswer;
            return;
        }
        self.outbox.put_number(number);
        self.state = State::Outpulsing;
    }

    pub(super) fn begin_outgoing(&mut self, number: Number) {
        self.outbox.put_line(Script::hold(self.profile.seized, Frames(0)));
        self.state = State::Seizing { number, digits_at: after(self.now, self.profile.seize_to_digit) };
    }
}

/// Signals and timers that can fall due one after the other without a new stimulus: a recognition, and then
/// crossing, guard and one more. The rest would come at the next stimulus.
const MOST_DUE_AT_ONCE: usize = 16;

/// Q.850 cause 44.
const REQUESTED_CIRCUIT_NOT_AVAILABLE: Cause = match Cause::new(44) {
    Some(cause) => cause,
    None => Cause::NO_CIRCUIT,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EmProfile, Output};

    #[test]
    fn a_failed_circuit_shows_on_hook_then_blocked_and_idle_again_after_the_repair() {
        let mut circuit = Circuit::new(EmProfile::E1, FrameTime::ZERO);
        circuit.handle_bits(FrameTime(8), Abcd::new(0b1101));
        circuit.handle_timeout(FrameTime(80_000));
        while circuit.poll_transmit().is_some() {}
        circuit.handle_failure(FrameTime(80_000));
        let Some(Output::Line(script)) = circuit.poll_transmit() else { panic!("no line signal") };
        assert_eq!(script.steps(), [(Abcd::new(0b1101), Frames(3200)), (Abcd::new(0b1111), Frames(0))]);
        circuit.handle_repair(FrameTime(160_000));
        let Some(Output::Line(script)) = circuit.poll_transmit() else { panic!("no line signal") };
        assert_eq!(script.last(), Abcd::new(0b1101));
    }
}
