//! What the owner asks of a circuit. A command is accepted, and then ends in one event, or refused with its
//! reason.
use core::fmt;

use tandem_types::{Cause, FrameTime, Frames};

use super::{Circuit, State};
use crate::line::FarSignal;
use crate::{BlockedBy, CircuitEvent, Number, Script, Side};

impl Circuit {
    /// Begins an outgoing call to `number`, which may be empty. It ends in `Cleared`.
    pub fn seize(&mut self, now: FrameTime, number: Number) -> Result<(), SeizeError> {
        self.advance(now);
        match self.state {
            State::Idle if self.barred => Err(SeizeError::Blocked),
            State::FarBlocked | State::Failed => Err(SeizeError::Blocked),
            State::Idle if !self.line.is_steady(FarSignal::OnHook) => Err(SeizeError::FarEndActive),
            State::Idle if !self.events.has_room_for_call() => Err(SeizeError::EventsWaiting),
            State::Idle => {
                self.begin_outgoing(number);
                Ok(())
            }
            State::Crossing { .. } | State::Guard { .. } | State::AwaitFarIdle { .. } => {
                Err(SeizeError::NotFreeYet)
            }
            _ => Err(SeizeError::InUse),
        }
    }

    /// Answers the incoming call: off-hook, `Answered`.
    pub fn answer(&mut self, now: FrameTime) -> Result<(), AnswerError> {
        self.advance(now);
        let State::Offered = self.state else {
            return Err(AnswerError::NothingOffered);
        };
        self.outbox.put_line(Script::hold(self.profile.seized, Frames(0)));
        self.state = State::Connected;
        self.events.push(CircuitEvent::Answered);
        Ok(())
    }

    /// Ends the call, whatever it has come to: `Cleared` at once, `Idle` when the circuit is free again.
    /// An unanswered caller hears what the owner lets it hear until it goes on-hook.
    pub fn clear(&mut self, now: FrameTime, cause: Cause) -> Result<(), ClearError> {
        self.advance(now);
        if !self.state.is_call() {
            return Err(ClearError::NoCall);
        }
        self.release(self.now, cause, Side::Local);
        Ok(())
    }

    /// Ends an incoming call that is not answered. E&M has no signal for it: the line stays on-hook, and a
    /// tone must tell the caller.
    pub fn reject(&mut self, now: FrameTime, cause: Cause) -> Result<(), ClearError> {
        self.advance(now);
        match self.state {
            State::Receiving { .. } | State::Offered => self.clear(now, cause),
            _ => Err(ClearError::NoCall),
        }
    }

    /// Takes the circuit out of use: no new call begins, one in progress goes on. The far end is told once
    /// the circuit is free.
    pub fn block(&mut self, now: FrameTime) -> Result<(), BlockError> {
        self.advance(now);
        if self.barred {
            return Err(BlockError::BlockedAlready);
        }
        if !self.events.has_room_for_block() {
            return Err(BlockError::EventsWaiting);
        }
        self.barred = true;
        self.events.push(CircuitEvent::Blocked { by: BlockedBy::Local });
        if matches!(self.state, State::Idle | State::FarBlocked) {
            self.send_blocked();
        }
        Ok(())
    }

    /// Puts the circuit back into use.
    pub fn unblock(&mut self, now: FrameTime) -> Result<(), UnblockError> {
        self.advance(now);
        if !self.barred {
            return Err(UnblockError::NotBlocked);
        }
        if !self.events.has_room_for_block() {
            return Err(UnblockError::EventsWaiting);
        }
        self.barred = false;
        self.events.push(CircuitEvent::Unblocked { by: BlockedBy::Local });
        if !self.state.is_call() {
            self.outbox.put_line(Script::hold(self.profile.idle, Frames(0)));
        }
        // The far end must have time to see that we are back.
        if let State::Idle = self.state {
            self.enter_guard(self.now);
        }
        Ok(())
    }
}

/// Why a circuit cannot be seized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeizeError {
    /// It has a call.
    InUse,
    /// A call has just ended, or the far end is not on-hook.
    NotFreeYet,
    /// The far end's signal is changing: very likely it seizes.
    FarEndActive,
    /// It is out of use.
    Blocked,
    /// Too many events wait to be fetched.
    EventsWaiting,
}

impl fmt::Display for SeizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InUse => "the circuit has a call; choose another",
            Self::NotFreeYet => "the circuit is not free yet; wait for its idle event",
            Self::FarEndActive => "the far end is seizing the circuit; choose another",
            Self::Blocked => "the circuit is out of use; wait for its unblocked event",
            Self::EventsWaiting => "the circuit has events waiting; fetch them first",
        })
    }
}

/// Why a call cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// There is no unanswered incoming call with its number complete.
    NothingOffered,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no call is offered on the circuit; answer after its offered event")
    }
}

/// Why a call cannot be cleared or rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearError {
    /// There is no such call; it may have ended just now.
    NoCall,
}

impl fmt::Display for ClearError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the circuit has no such call; look for its cleared event")
    }
}

/// Why a circuit cannot be taken out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// It is out of use by command.
    BlockedAlready,
    /// Too many events wait to be fetched.
    EventsWaiting,
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BlockedAlready => "the circuit is blocked already; nothing is to be done",
            Self::EventsWaiting => "the circuit has events waiting; fetch them first",
        })
    }
}

/// Why a circuit cannot be put back into use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnblockError {
    /// It is not out of use by command.
    NotBlocked,
    /// Too many events wait to be fetched.
    EventsWaiting,
}

impl fmt::Display for UnblockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotBlocked => "the circuit is not blocked by command; nothing is to be undone",
            Self::EventsWaiting => "the circuit has events waiting; fetch them first",
        })
    }
}

impl core::error::Error for SeizeError {}
impl core::error::Error for AnswerError {}
impl core::error::Error for ClearError {}
impl core::error::Error for BlockError {}
impl core::error::Error for UnblockError {}
