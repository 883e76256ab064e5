//! Timers that run out (Q.931 §9).
use tandem_types::{Cause, FrameTime};

use super::super::call::{Due, Ending, Timer};
use super::super::calls::Slot;
use super::super::event::{CallNews, DigitsEnd, ReleasedBy};
use super::super::schedule::Owner;
use super::super::{Discriminator, MessageType};
use super::{CallReference, Interface};

impl Interface {
    /// Everything due by now happens, in the order of time.
    pub(super) fn run_timers(&mut self, now: FrameTime) {
        while let Some((at, owner)) = self.schedule.peek().filter(|(at, _)| *at <= now) {
            self.schedule.pop();
            match owner {
                Owner::Call(id) => {
                    let Some(slot) = self.calls.slot_of(id) else { continue };
                    self.wake_call(slot, at);
                }
                Owner::Channel(index) => self.wake_channel(index, at),
                Owner::Interface => self.wake_interface(at),
                Owner::Links => self.on_t321(at),
            }
        }
    }

    fn wake_call(&mut self, slot: Slot, at: FrameTime) {
        let Some(call) = self.calls.get_mut(slot).filter(|call| call.wakes_at == Some(at)) else { return };
        call.wakes_at = None;
        if let Some((due, at)) = call.take_due(at) {
            self.on_due(at, slot, due);
        }
        self.wake_for(slot);
    }

    fn on_due(&mut self, now: FrameTime, slot: Slot, due: Due) {
        match due {
            Due::State(timer) => self.on_timer(now, slot, timer),
            Due::T309 => self.on_t309(slot),
            Due::T322 => self.on_t322(now, slot),
            Due::Hold => self.on_hold_timer(slot),
        }
    }

    fn on_timer(&mut self, now: FrameTime, slot: Slot, timer: Timer) {
        match timer {
            Timer::T302 => self.on_t302(now, slot),
            Timer::T303 => self.on_t303(now, slot),
            Timer::T305 | Timer::T306 => self.on_no_release(now, slot),
            Timer::T308 => self.on_t308(now, slot),
            Timer::T301 => self.give_up(now, slot, Cause::NO_ANSWER),
            Timer::T304 | Timer::T310 | Timer::T313 => self.give_up(now, slot, Cause::RECOVERY_ON_TIMER),
        }
    }

    /// The far end does not answer in time: DISCONNECT with cause 102 (§5.1.3, §5.1.7, §5.2.5.3, §5.2.8); to
    /// the owner the cause that fits its side of the call.
    fn give_up(&mut self, now: FrameTime, slot: Slot, told: Cause) {
        self.begin_clearing(now, slot, Ending::new(Cause::RECOVERY_ON_TIMER, ReleasedBy::Timer));
        if let Some(call) = self.calls.get_mut(slot) {
            call.ending = Some(Ending::new(told, ReleasedBy::Timer));
        }
    }

    /// No more digits (§5.1.3, §5.2.4): too few end the call with cause 28, and otherwise they are all.
    fn on_t302(&mut self, now: FrameTime, slot: Slot) {
        let Some(call) = self.calls.get_mut(slot) else { return };
        if self.config.overlap.is_too_short(call.digits.as_slice()) {
            self.begin_clearing(now, slot, Ending::new(Cause::ADDRESS_INCOMPLETE, ReleasedBy::Timer));
        } else {
            call.complete = true;
            self.tell(slot, CallNews::Digits { end: Some(DigitsEnd::Timer) }, None);
        }
    }

    /// §5.1.1, §5.2.5.3: the same SETUP once more, octet for octet; then RELEASE COMPLETE with cause 102.
    fn on_t303(&mut self, now: FrameTime, slot: Slot) {
        let n303 = self.config.profile.n303;
        let Some(call) = self.calls.get_mut(slot) else { return };
        if call.repeats < n303 {
            call.repeats += 1;
            let setup = call.setup.clone();
            self.post(&setup);
            self.start(now, slot, Timer::T303, self.timers.t303);
            return;
        }
        let reference = CallReference::Call { value: call.reference, flag: !call.ours };
        self.draft.clear();
        self.draft_cause(Cause::RECOVERY_ON_TIMER, &[]);
        let _ = self.send_with(Discriminator::CallControl, reference, MessageType::RELEASE_COMPLETE);
        let told = if self.as_user() { Cause::RECOVERY_ON_TIMER } else { Cause::NO_USER_RESPONDING };
        self.release_call(slot, Ending::new(told, ReleasedBy::Timer), None);
    }

    fn on_t309(&mut self, slot: Slot) {
        self.release_call(slot, super::links::LINK_NOT_BACK, None);
    }

    /// Makes the next wake-up that is told one that is wanted, and throws out the others when they are many.
    pub(super) fn tidy(&mut self) {
        while let Some((at, owner)) = self.schedule.peek() {
            if self.is_wanted(at, owner) {
                break;
            }
            self.schedule.pop();
            self.reschedule(at, owner);
        }
        if self.schedule.is_crowded(self.calls.len() + self.config.channels.len()) {
            let (calls, channels, restart) = (&self.calls, &self.channels, &self.restart);
            let t321 = self.t321();
            self.schedule.retain(|at, owner| match owner {
                Owner::Call(id) => calls
                    .slot_of(id)
                    .and_then(|slot| calls.get(slot))
                    .is_some_and(|call| call.wakes_at == Some(at)),
                Owner::Channel(index) => channels.get(index).wakes_at() == Some(at),
                Owner::Interface => super::restart::wakes_at(restart) == Some(at),
                Owner::Links => t321 == Some(at),
            });
        }
    }

    fn is_wanted(&self, at: FrameTime, owner: Owner) -> bool {
        match owner {
            Owner::Call(id) => {
                let call = self.calls.slot_of(id).and_then(|slot| self.calls.get(slot));
                call.is_some_and(|call| call.wakes_at == Some(at) && call.earliest() == Some(at))
            }
            Owner::Channel(index) => self.channels.get(index).wakes_at() == Some(at),
            Owner::Interface => super::restart::wakes_at(&self.restart) == Some(at),
            Owner::Links => self.t321() == Some(at),
        }
    }

    /// A call whose first timer now runs out later is put in at that time.
    fn reschedule(&mut self, at: FrameTime, owner: Owner) {
        let Owner::Call(id) = owner else { return };
        let Some(slot) = self.calls.slot_of(id) else { return };
        let Some(call) = self.calls.get_mut(slot).filter(|call| call.wakes_at == Some(at)) else { return };
        call.wakes_at = None;
        self.wake_for(slot);
    }
}

#[cfg(test)]
mod tests {
    use tandem_types::{Bearer, FrameTime, Law};

    use super::super::{Interface, LinkChange};
    use crate::Side;
    use crate::profile::Profile;
    use crate::q931::element::{BearerCapability, PartyNumber};
    use crate::q931::{InterfaceConfig, LinkId, SetupRequest};

    #[test]
    fn calls_that_are_over_leave_nothing_in_the_schedule() {
        let config = InterfaceConfig::e1(Side::User, Profile::EURO_ISDN);
        let mut interface = Interface::new(config).expect("sound");
        let now = FrameTime(1);
        interface.handle_link(now, LinkId(0), LinkChange::Established);
        let bearer = BearerCapability::circuit(Bearer::Speech, Law::A);
        let request = SetupRequest::new(bearer, PartyNumber::unknown(b"1"));
        for reference in 1..=20_000u16 {
            interface.setup(now, &request).expect("accepted");
            let [high, low] = (0x8000 | reference).to_be_bytes();
            interface.handle_message(now, LinkId(0), &[8, 2, high, low, 0x5a, 8, 2, 0x80, 0x91]);
            while interface.poll_message().is_some() {}
            while interface.poll_event().is_some() {}
            assert!(interface.schedule.len() < 130);
        }
        assert_eq!(interface.poll_timeout(), None);
    }
}
