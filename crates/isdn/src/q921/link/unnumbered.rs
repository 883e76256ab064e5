//! Unnumbered frames of the far end, and frames that cannot be understood.
use tandem_types::FrameTime;

use super::{Control, DataLink, Delivered, Establishment, MdlError, Purpose, Release, State};

impl DataLink {
    /// §5.5.1.2, and §5.5.5 for collisions.
    pub(super) fn on_sabme(&mut self, now: FrameTime, p: bool) {
        match self.state {
            State::TeiAssigned if self.held => self.send_short(false, Control::Dm { f: p }),
            State::TeiAssigned => {
                self.send_short(false, Control::Ua { f: p });
                self.clear_exception_conditions();
                self.tell_established(now, Establishment::ByFarEnd);
                self.enter_established(now);
            }
            // §5.5.5.1: both ends establish; each waits for its own UA.
            State::AwaitingEstablishment { .. } => self.send_short(false, Control::Ua { f: p }),
            // §5.5.5.2: the commands contradict each other.
            State::AwaitingRelease { .. } => self.send_short(false, Control::Dm { f: p }),
            State::MultipleFrameEstablished | State::TimerRecovery { .. } => {
                self.send_short(false, Control::Ua { f: p });
                self.tell_error(MdlError::F);
                self.complete_reset(now);
            }
        }
    }

    /// §5.5.3.2, and §5.5.5 for collisions.
    pub(super) fn on_disc(&mut self, now: FrameTime, p: bool) {
        match self.state {
            State::TeiAssigned | State::AwaitingEstablishment { .. } => {
                self.send_short(false, Control::Dm { f: p });
            }
            State::AwaitingRelease { .. } => self.send_short(false, Control::Ua { f: p }),
            State::MultipleFrameEstablished | State::TimerRecovery { .. } => {
                self.send_short(false, Control::Ua { f: p });
                self.enter_tei_assigned();
                self.tell_released(now, Release::ByFarEnd);
            }
        }
    }

    /// §5.5.1.2, §5.5.3.2, and §5.8.7 for one that nobody asked for.
    pub(super) fn on_ua(&mut self, now: FrameTime, f: bool) {
        match self.state {
            State::AwaitingEstablishment { purpose, .. } if f => self.on_established(now, purpose),
            State::AwaitingRelease { then_establish, .. } if f => self.on_released(now, then_establish),
            _ => self.tell_error(if f { MdlError::C } else { MdlError::D }),
        }
    }

    /// §5.5.1.2, §5.5.3.2, §5.5.4, and §5.8.7 for one that nobody asked for.
    pub(super) fn on_dm(&mut self, now: FrameTime, f: bool) {
        match self.state {
            // The far end asks to be established.
            State::TeiAssigned if !f && !self.held => self.establish_data_link(now, Purpose::Establish),
            State::AwaitingEstablishment { purpose, .. } if f => self.give_up(now, purpose, Release::Refused),
            State::AwaitingRelease { then_establish, .. } if f => self.on_released(now, then_establish),
            State::MultipleFrameEstablished if f => self.tell_error(MdlError::B),
            State::MultipleFrameEstablished | State::TimerRecovery { .. } => {
                self.tell_error(if f { MdlError::B } else { MdlError::E });
                self.establish_data_link(now, Purpose::Reestablish);
            }
            _ => self.counters.discarded.state += 1,
        }
    }

    /// §5.8.6.
    pub(super) fn on_frmr(&mut self, now: FrameTime) {
        match self.state {
            State::MultipleFrameEstablished | State::TimerRecovery { .. } => {
                self.tell_error(MdlError::K);
                self.establish_data_link(now, Purpose::Reestablish);
            }
            _ => self.counters.discarded.state += 1,
        }
    }

    /// §5.2.3, in any state.
    pub(super) fn on_unit_data<'f>(
        &mut self,
        now: FrameTime,
        information: &'f [u8],
    ) -> Option<Delivered<'f>> {
        if information.len() > usize::from(self.parameters.n201) {
            self.on_rejection(now, MdlError::O);
            return None;
        }
        Some(Delivered::UnitData(information))
    }

    /// §5.8.5: a frame that cannot be understood is told, and re-establishes a link that is established.
    pub(super) fn on_rejection(&mut self, now: FrameTime, error: MdlError) {
        self.tell_error(error);
        if matches!(self.state, State::MultipleFrameEstablished | State::TimerRecovery { .. }) {
            self.establish_data_link(now, Purpose::Reestablish);
        }
    }

    /// UA to our SABME.
    fn on_established(&mut self, now: FrameTime, purpose: Purpose) {
        match purpose {
            Purpose::Establish => {
                self.tell_established(now, Establishment::Confirmed);
                self.enter_established(now);
            }
            Purpose::Reestablish => self.complete_reset(now),
            Purpose::Release => self.release_data_link(now),
        }
    }

    /// The link begins anew with V(S)=V(A)=V(R)=0. Messages that were sent and not acknowledged may or may not have
    /// arrived; if there are any, all that wait are given up and layer 3 is told. Otherwise it need not know.
    fn complete_reset(&mut self, now: FrameTime) {
        self.clear_exception_conditions();
        self.counters.reset += 1;
        if self.window.outstanding() != 0 {
            self.discard_messages();
            self.tell_established(now, Establishment::Reset);
        }
        self.enter_established(now);
    }

    /// UA or DM to our DISC, or none at all.
    pub(super) fn on_released(&mut self, now: FrameTime, then_establish: bool) {
        self.enter_tei_assigned();
        self.tell_released(now, Release::Confirmed);
        if then_establish {
            self.establish_data_link(now, Purpose::Establish);
        }
    }

    /// Our SABME came to nothing. A release that layer 3 asked for meanwhile is confirmed by it.
    pub(super) fn give_up(&mut self, now: FrameTime, purpose: Purpose, how: Release) {
        self.enter_tei_assigned();
        self.tell_released(now, if purpose == Purpose::Release { Release::Confirmed } else { how });
    }
}
