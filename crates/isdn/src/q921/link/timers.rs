//! T200 and T203, and the procedures that start them.
use tandem_types::FrameTime;

use super::{Control, DataLink, MdlError, Purpose, Release, State};

impl DataLink {
    /// Lets happen what is due by `now`.
    pub fn handle_timeout(&mut self, now: FrameTime) {
        if self.t200.is_some_and(|due| due <= now) {
            self.t200 = None;
            self.counters.t200_expiries += 1;
            self.on_t200_expiry(now);
        } else if self.t203.is_some_and(|due| due <= now) {
            self.t203 = None;
            self.on_t203_expiry(now);
        }
    }

    /// §5.5.1.3, §5.5.3.3, §5.6.7.
    fn on_t200_expiry(&mut self, now: FrameTime) {
        match self.state {
            State::TeiAssigned => {}
            State::AwaitingEstablishment { purpose, rc } if rc < self.parameters.n200 => {
                self.state = State::AwaitingEstablishment { purpose, rc: rc + 1 };
                self.send_short(true, Control::Sabme { p: true });
                self.start_t200(now);
            }
            State::AwaitingEstablishment { purpose, .. } => {
                self.tell_error(MdlError::G);
                self.give_up(now, purpose, Release::NoAnswer);
            }
            State::AwaitingRelease { rc, then_establish } if rc < self.parameters.n200 => {
                self.state = State::AwaitingRelease { rc: rc + 1, then_establish };
                self.send_short(true, Control::Disc { p: true });
                self.start_t200(now);
            }
            State::AwaitingRelease { then_establish, .. } => {
                self.tell_error(MdlError::H);
                self.on_released(now, then_establish);
            }
            State::MultipleFrameEstablished => self.enquire(now, 1),
            State::TimerRecovery { rc } if rc < self.parameters.n200 => self.enquire(now, rc + 1),
            State::TimerRecovery { .. } => {
                self.tell_error(MdlError::I);
                self.establish_data_link(now, Purpose::Reestablish);
            }
        }
    }

    /// §5.10: the line has been silent for long.
    fn on_t203_expiry(&mut self, now: FrameTime) {
        if self.state == State::MultipleFrameEstablished {
            self.enquire(now, 0);
        }
    }

    /// Figure B.9 (4), transmit enquiry. `rc` is the number of enquiries that count, this one included.
    fn enquire(&mut self, now: FrameTime, rc: u8) {
        self.send_receiver_status(true, true);
        self.conditions.acknowledge_pending = false;
        self.start_t200(now);
        self.state = State::TimerRecovery { rc };
    }

    /// Figure B.9 (4), establish data link.
    pub(super) fn establish_data_link(&mut self, now: FrameTime, purpose: Purpose) {
        self.clear_exception_conditions();
        self.send_short(true, Control::Sabme { p: true });
        self.start_t200(now);
        self.state = State::AwaitingEstablishment { purpose, rc: 0 };
    }

    /// Figure B.7 (1), DL-RELEASE request.
    pub(super) fn release_data_link(&mut self, now: FrameTime) {
        self.send_short(true, Control::Disc { p: true });
        self.start_t200(now);
        self.state = State::AwaitingRelease { rc: 0, then_establish: false };
    }

    /// Starts T200, or starts it again. T203 does not run beside it.
    pub(super) fn start_t200(&mut self, now: FrameTime) {
        self.t200 = Some(now + self.parameters.t200);
        self.t203 = None;
    }

    pub(super) fn start_t203(&mut self, now: FrameTime) {
        self.t203 = Some(now + self.parameters.t203);
    }
}
