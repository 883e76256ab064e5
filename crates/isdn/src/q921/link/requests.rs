//! What layer 3 asks for, and what the physical layer says.
use tandem_types::FrameTime;

use super::super::queue::Full;
use super::{Control, DataLink, FrameKind, Line, Purpose, Release, State, Undelivered};

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The link is not established.
    NotEstablished,
    /// More octets than N201.
    TooLong,
    /// Too many messages are waiting.
    Full,
}

/// A message that was given up with its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenBack<'l> {
    /// The message.
    pub octets: &'l [u8],
    /// It had been sent, so the far end may have it although it has not said so.
    pub may_have_arrived: bool,
}

impl DataLink {
    /// DL-ESTABLISH request. An established link is re-established, its waiting messages given up; without a line
    /// the link is established when the line is back.
    pub fn establish(&mut self, now: FrameTime) {
        self.held = false;
        match (self.line, self.state) {
            (Line::Inactive { .. }, _) => self.line = Line::Inactive { then_establish: true },
            (_, State::TeiAssigned) => self.establish_data_link(now, Purpose::Establish),
            (_, State::AwaitingEstablishment { rc, .. }) => {
                self.discard_messages();
                self.state = State::AwaitingEstablishment { purpose: Purpose::Establish, rc };
            }
            (_, State::AwaitingRelease { rc, .. }) => {
                self.state = State::AwaitingRelease { rc, then_establish: true };
            }
            (_, State::MultipleFrameEstablished | State::TimerRecovery { .. }) => {
                self.discard_messages();
                self.establish_data_link(now, Purpose::Establish);
            }
        }
    }

    /// DL-RELEASE request.
    pub fn release(&mut self, now: FrameTime) {
        match (self.line, self.state) {
            (Line::Inactive { .. }, _) => {
                self.line = Line::Inactive { then_establish: false };
                self.tell_released(now, Release::Confirmed);
            }
            (_, State::TeiAssigned) => self.tell_released(now, Release::Confirmed),
            (_, State::AwaitingEstablishment { rc, .. }) => {
                self.discard_messages();
                self.state = State::AwaitingEstablishment { purpose: Purpose::Release, rc };
            }
            (_, State::AwaitingRelease { rc, .. }) => {
                self.state = State::AwaitingRelease { rc, then_establish: false };
            }
            (_, State::MultipleFrameEstablished | State::TimerRecovery { .. }) => {
                self.discard_messages();
                self.release_data_link(now);
            }
        }
    }

    /// DL-RELEASE request, after which the far end is refused (DM) until `establish`: the maintenance busy condition of a
    /// D channel that has a backup (Q.931 §F.2.2). What was not acknowledged can be taken back at once.
    pub fn hold(&mut self, now: FrameTime) {
        self.held = true;
        self.give_up_messages();
        match (self.line, self.state) {
            (Line::Inactive { .. }, _) => self.line = Line::Inactive { then_establish: false },
            (_, State::TeiAssigned) => {}
            (_, State::AwaitingEstablishment { rc, .. }) => {
                self.state = State::AwaitingEstablishment { purpose: Purpose::Release, rc };
            }
            (_, State::AwaitingRelease { rc, .. }) => {
                self.state = State::AwaitingRelease { rc, then_establish: false };
            }
            (_, State::MultipleFrameEstablished | State::TimerRecovery { .. }) => self.release_data_link(now),
        }
    }

    /// Takes back a message that was given up when the link was released or held, the newest first. They are there until
    /// the link is established again.
    pub fn take_back(&mut self) -> Option<GivenBack<'_>> {
        let Undelivered { count, sent } = self.undelivered;
        self.undelivered.count = count.checked_sub(1)?;
        let octets = self.messages.pop_newest()?;
        Some(GivenBack { octets, may_have_arrived: count <= sent })
    }

    /// DL-DATA request: a message is taken and will be sent, unless the link is released or reset before.
    pub fn send(&mut self, _now: FrameTime, information: &[u8]) -> Result<(), SendError> {
        let established = match self.state {
            State::MultipleFrameEstablished | State::TimerRecovery { .. } => true,
            State::AwaitingEstablishment { purpose, .. } => purpose == Purpose::Reestablish,
            State::TeiAssigned | State::AwaitingRelease { .. } => false,
        };
        if !established {
            return Err(SendError::NotEstablished);
        }
        self.check_length(information)?;
        self.messages.push(information).map_err(|Full| SendError::Full)?;
        self.counters.messages.accepted += 1;
        Ok(())
    }

    /// Whether a message of any length would be taken, if the link is established.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.messages.has_room(usize::from(self.parameters.n201))
    }

    /// DL-UNIT DATA request: a message is sent once, in any state, and not acknowledged.
    pub fn send_unit_data(&mut self, _now: FrameTime, information: &[u8]) -> Result<(), SendError> {
        if self.line != Line::Active {
            return Err(SendError::NotEstablished);
        }
        self.check_length(information)?;
        self.unit_data.push(information).map_err(|Full| SendError::Full)
    }

    /// Whether layer 3 can take messages (§5.6.6). While it cannot, I frames are not delivered and the far end keeps
    /// them.
    pub fn set_receiver_busy(&mut self, _now: FrameTime, busy: bool) {
        self.receiver_busy = busy;
        if matches!(self.state, State::MultipleFrameEstablished | State::TimerRecovery { .. }) {
            self.set_own_receiver_busy(busy);
        }
    }

    /// PH-DEACTIVATE indication: the line carries nothing.
    pub fn deactivated(&mut self, now: FrameTime) {
        if self.line != Line::Active {
            return;
        }
        let (told, then_establish) = match self.state {
            State::TeiAssigned => (None, false),
            State::AwaitingEstablishment { purpose: Purpose::Release, .. } => {
                (Some(Release::Confirmed), false)
            }
            State::AwaitingRelease { then_establish, .. } => (Some(Release::Confirmed), then_establish),
            State::AwaitingEstablishment { .. } => (Some(Release::LineLost), false),
            State::MultipleFrameEstablished | State::TimerRecovery { .. } => (Some(Release::LineLost), false),
        };
        self.line = Line::Inactive { then_establish };
        self.enter_tei_assigned();
        self.unit_data.clear();
        self.outbox.clear();
        if let Some(how) = told {
            self.tell_released(now, how);
        }
    }

    /// PH-ACTIVATE indication: the line is back. The link is established if somebody asked for it meanwhile.
    pub fn activated(&mut self, now: FrameTime) {
        let wanted = self.line == Line::Inactive { then_establish: true };
        self.line = Line::Active;
        if wanted {
            self.establish_data_link(now, Purpose::Establish);
        }
    }

    /// Figures B.7 (4) and B.8 (4).
    pub(super) fn set_own_receiver_busy(&mut self, busy: bool) {
        if self.conditions.own_receiver_busy == busy {
            return;
        }
        self.conditions.own_receiver_busy = busy;
        self.conditions.acknowledge_pending = false;
        self.send_receiver_status(false, false);
    }

    /// RR, or RNR if our own receiver is busy.
    pub(super) fn send_receiver_status(&mut self, command: bool, pf: bool) {
        let nr = self.window.vr;
        let status =
            if self.conditions.own_receiver_busy { Control::Rnr { nr, pf } } else { Control::Rr { nr, pf } };
        self.send_short(command, status);
    }

    /// Figure B.9 (1).
    pub(super) fn fetch_unit_data(&mut self) -> Option<&[u8]> {
        let address = self.address(true);
        let ([control, _], _) = Control::Ui { p: false }.encode();
        self.counters.sent.count(FrameKind::Ui);
        let frame = self.unit_data.pop()?;
        frame.get_mut(..3)?.copy_from_slice(&[address[0], address[1], control]);
        Some(frame)
    }

    const fn check_length(&self, information: &[u8]) -> Result<(), SendError> {
        if information.len() > self.parameters.n201 as usize { Err(SendError::TooLong) } else { Ok(()) }
    }
}
