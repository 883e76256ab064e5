//! I, RR, RNR and REJ frames of the far end, and I frames of ours.
use tandem_types::FrameTime;

use super::{Control, DataLink, Delivered, FrameKind, MdlError, Purpose, SEQUENCE, State};

impl DataLink {
    /// §5.6.2; figures B.7 (8, 9) and B.8 (7, 8).
    pub(super) fn on_information<'f>(
        &mut self,
        now: FrameTime,
        ns: u8,
        nr: u8,
        p: bool,
        information: &'f [u8],
    ) -> Option<Delivered<'f>> {
        if information.len() > usize::from(self.parameters.n201) {
            self.on_rejection(now, MdlError::O);
            return None;
        }
        let in_recovery = match self.state {
            State::MultipleFrameEstablished => false,
            State::TimerRecovery { .. } => true,
            _ => {
                self.counters.discarded.state += 1;
                return None;
            }
        };
        let delivered = self.receive(ns, p, information);
        if !self.window.is_valid(nr) {
            self.recover_from_nr_error(now);
        } else if in_recovery || self.conditions.peer_receiver_busy {
            self.acknowledge(nr);
        } else {
            self.acknowledge_in_established(now, nr);
        }
        delivered
    }

    /// §5.6.3.2; figures B.7 (5, 6) and B.8 (5).
    pub(super) fn on_rr(&mut self, now: FrameTime, command: bool, nr: u8, pf: bool) {
        if !self.begin_supervisory(command, pf, false) {
            return;
        }
        match self.state {
            _ if !self.window.is_valid(nr) => self.recover_from_nr_error(now),
            State::TimerRecovery { .. } => self.acknowledge_in_recovery(now, command, nr, pf),
            _ => self.acknowledge_in_established(now, nr),
        }
    }

    /// §5.6.4; figures B.7 (5, 6) and B.8 (5).
    pub(super) fn on_rej(&mut self, now: FrameTime, command: bool, nr: u8, pf: bool) {
        if !self.begin_supervisory(command, pf, false) {
            return;
        }
        match self.state {
            _ if !self.window.is_valid(nr) => self.recover_from_nr_error(now),
            State::TimerRecovery { .. } => self.acknowledge_in_recovery(now, command, nr, pf),
            _ => {
                self.acknowledge(nr);
                self.t200 = None;
                self.start_t203(now);
                self.invoke_retransmission();
            }
        }
    }

    /// §5.6.5; figures B.7 (7) and B.8 (6).
    pub(super) fn on_rnr(&mut self, now: FrameTime, command: bool, nr: u8, pf: bool) {
        if !self.begin_supervisory(command, pf, true) {
            return;
        }
        match self.state {
            _ if !self.window.is_valid(nr) => self.recover_from_nr_error(now),
            State::TimerRecovery { .. } => {
                self.acknowledge(nr);
                if !command && pf {
                    self.start_t200(now);
                    self.invoke_retransmission();
                    self.state = State::MultipleFrameEstablished;
                }
            }
            _ => {
                self.acknowledge(nr);
                self.start_t200(now);
            }
        }
    }

    /// What every supervisory frame does first, and whether it means anything in this state: the far end's receiver
    /// is busy or is not, an enquiry is answered (§5.6.2.1), an answer that nobody asked for is told (§5.8.7).
    fn begin_supervisory(&mut self, command: bool, pf: bool, busy: bool) -> bool {
        let in_recovery = match self.state {
            State::MultipleFrameEstablished => false,
            State::TimerRecovery { .. } => true,
            _ => {
                self.counters.discarded.state += 1;
                return false;
            }
        };
        self.set_peer_busy(busy);
        match (pf, command) {
            (true, true) => self.respond_to_enquiry(),
            (true, false) if !in_recovery => self.tell_error(MdlError::A),
            _ => {}
        }
        true
    }

    /// Figure B.9 (5), enquiry response.
    fn respond_to_enquiry(&mut self) {
        self.send_receiver_status(false, true);
        self.conditions.acknowledge_pending = false;
    }

    /// The N(S) half of an I frame.
    fn receive<'f>(&mut self, ns: u8, p: bool, information: &'f [u8]) -> Option<Delivered<'f>> {
        if self.conditions.own_receiver_busy {
            self.counters.discarded.receiver_busy += 1;
            if p {
                self.respond_to_enquiry();
            }
            return None;
        }
        if ns != self.window.vr {
            self.on_ns_error(p);
            return None;
        }
        self.window.vr = (self.window.vr + 1) & SEQUENCE;
        self.conditions.reject_exception = false;
        self.counters.messages.delivered += 1;
        if p {
            self.respond_to_enquiry();
        } else {
            self.conditions.acknowledge_pending = true;
        }
        Some(Delivered::Data(information))
    }

    /// §5.8.1: one REJ for a gap, and none until it is closed.
    fn on_ns_error(&mut self, p: bool) {
        self.counters.discarded.out_of_sequence += 1;
        if !self.conditions.reject_exception {
            self.conditions.reject_exception = true;
            self.send_short(false, Control::Rej { nr: self.window.vr, pf: p });
            self.conditions.acknowledge_pending = false;
        } else if p {
            self.respond_to_enquiry();
        }
    }

    /// Figures B.7 (6, 9): all is acknowledged, or some, or nothing new.
    fn acknowledge_in_established(&mut self, now: FrameTime, nr: u8) {
        if nr == self.window.vs {
            self.acknowledge(nr);
            self.t200 = None;
            self.start_t203(now);
        } else if nr != self.window.va {
            self.acknowledge(nr);
            self.start_t200(now);
        }
    }

    /// Figure B.8 (5): the answer to our enquiry ends the recovery.
    fn acknowledge_in_recovery(&mut self, now: FrameTime, command: bool, nr: u8, pf: bool) {
        self.acknowledge(nr);
        if !command && pf {
            self.t200 = None;
            self.start_t203(now);
            self.invoke_retransmission();
            self.state = State::MultipleFrameEstablished;
        }
    }

    /// V(A)=N(R). The messages before it are done with.
    fn acknowledge(&mut self, nr: u8) {
        let count = nr.wrapping_sub(self.window.va) & SEQUENCE;
        if count > self.window.outstanding() {
            self.window.vs = nr;
        }
        self.messages.remove(usize::from(count));
        self.counters.messages.acknowledged += u64::from(count);
        self.window.sent = self.window.sent.saturating_sub(count);
        self.window.va = nr;
    }

    /// V(S)=N(R), which V(A) equals already: whatever is not acknowledged is sent again.
    const fn invoke_retransmission(&mut self) {
        self.window.vs = self.window.va;
    }

    /// §5.8.2.
    fn recover_from_nr_error(&mut self, now: FrameTime) {
        self.tell_error(MdlError::J);
        self.establish_data_link(now, Purpose::Reestablish);
    }

    /// §5.6.1: there is a message, the window is open, and the far end is ready.
    pub(super) fn may_transmit_information(&self) -> bool {
        let outstanding = self.window.outstanding();
        self.state == State::MultipleFrameEstablished
            && !self.conditions.peer_receiver_busy
            && outstanding < self.parameters.k
            && usize::from(outstanding) < self.messages.len()
    }

    /// §5.6.1; figure B.7 (1). The header is written into the room before the message.
    pub(super) fn fetch_information(&mut self, now: FrameTime) -> Option<&[u8]> {
        let index = self.window.outstanding();
        let control = Control::I { ns: self.window.vs, nr: self.window.vr, p: false };
        let ([address1, address2], ([control1, control2], _)) = (self.address(true), control.encode());
        if self.t200.is_none() {
            self.t203 = None;
            self.t200 = Some(now + self.parameters.t200);
        }
        self.conditions.acknowledge_pending = false;
        self.window.vs = (self.window.vs + 1) & SEQUENCE;
        let frame = self.messages.get(usize::from(index))?;
        let (header, information) = frame.split_at_mut_checked(4)?;
        header.copy_from_slice(&[address1, address2, control1, control2]);
        self.counters.sent.count(FrameKind::I);
        if index < self.window.sent {
            self.counters.retransmitted_frames += 1;
            self.counters.retransmitted_octets += information.len() as u64;
        } else {
            self.window.sent = index + 1;
        }
        Some(frame)
    }
}
