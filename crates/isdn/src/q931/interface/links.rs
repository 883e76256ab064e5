//! The data links (Q.931 §5.8.8, §5.8.9, annex F).
use tandem_types::{Cause, FrameTime};

use super::super::LinkId;
use super::super::call::{Ending, State};
use super::super::calls::Slot;
use super::super::event::{Event, ReleasedBy};
use super::Interface;
use crate::profile::LinkRecovery;

/// What became of a data link (Q.921).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// It is established.
    Established,
    /// It was established and has been so again, by the far end or after an error: frames may be lost.
    ReEstablished,
    /// It is lost.
    Released,
}

impl Interface {
    /// A data link has changed.
    pub fn handle_link(&mut self, now: FrameTime, link: LinkId, change: LinkChange) {
        self.run_timers(now);
        if let Some(at) = self.links.iter().position(|known| known.id == link) {
            match change {
                LinkChange::Established => self.on_established(now, at),
                LinkChange::ReEstablished if self.active == Some(at) => self.on_reset(now),
                LinkChange::ReEstablished => self.on_established(now, at),
                LinkChange::Released => self.on_released(now, at),
            }
        }
        self.tidy();
    }

    fn on_established(&mut self, now: FrameTime, at: usize) {
        if std::mem::replace(&mut self.links[at].up, true) {
            return;
        }
        self.links[at].wanted = false;
        if self.active.is_none() {
            self.active = Some(at);
            self.tell_interface(Event::LinksRestored);
            self.recover_calls(now);
            self.restart_again(now);
        }
    }

    /// §5.8.9: T309 stops, and the ends compare what they know of each call.
    fn recover_calls(&mut self, now: FrameTime) {
        let slots: Vec<Slot> = self.calls.slots().collect();
        for slot in slots {
            let Some(call) = self.calls.get_mut(slot) else { continue };
            call.t309 = None;
            if !call.state.is_clearing() {
                match self.config.profile.link_recovery {
                    LinkRecovery::Report => self.send_status(slot, Cause::NORMAL_UNSPECIFIED, &[]),
                    LinkRecovery::Enquire => self.enquire(now, slot),
                }
            }
        }
    }

    /// §5.8.8: the link has been reset. Digits may be lost, so calls that exchange them are cleared; others
    /// live on, and what was lost of them is found by timers or asked for.
    fn on_reset(&mut self, now: FrameTime) {
        let slots: Vec<Slot> = self.calls.slots().collect();
        for slot in slots {
            match self.call(slot).map(|call| call.state) {
                Some(State::Dialling | State::Collecting) => {
                    self.begin_clearing(now, slot, Ending::new(Cause::TEMPORARY_FAILURE, ReleasedBy::Link));
                }
                Some(State::Active) if self.config.profile.link_recovery == LinkRecovery::Enquire => {
                    self.enquire(now, slot);
                }
                _ => {}
            }
        }
    }

    fn on_released(&mut self, now: FrameTime, at: usize) {
        self.links[at].wanted = true;
        if !std::mem::replace(&mut self.links[at].up, false) || self.active != Some(at) {
            return;
        }
        match self.links.iter().position(|link| link.up) {
            Some(other) => self.switch_over(now, other),
            None => self.on_links_lost(now, at),
        }
    }

    /// Annex F: another D channel takes over, and no call is lost. What waited for the old one goes over the
    /// new one; timers of calls are the calls' own and run on.
    fn switch_over(&mut self, now: FrameTime, to: usize) {
        let from = self.active.replace(to).map(|from| self.links[from].id);
        if let Some(from) = from {
            self.outbox.redirect(from, self.links[to].id);
        }
        self.tell_interface(Event::LinkSwitched { to: self.links[to].id });
        self.announce_d_channel();
        let active: Vec<Slot> = self
            .calls
            .slots()
            .filter(|slot| self.call(*slot).is_some_and(|c| c.state == State::Active))
            .collect();
        for slot in active {
            if self.config.profile.link_recovery == LinkRecovery::Enquire {
                self.enquire(now, slot);
            }
        }
    }

    /// §5.8.9: calls that are not active are cleared here; the active ones wait for T309, or go at once
    /// where it is not run.
    fn on_links_lost(&mut self, now: FrameTime, at: usize) {
        self.active = None;
        self.counters.discarded += self.outbox.discard(self.links[at].id);
        self.tell_interface(Event::LinksLost);
        let slots: Vec<Slot> = self.calls.slots().collect();
        for slot in slots {
            let Some(call) = self.calls.get_mut(slot) else { continue };
            match (call.state == State::Active, self.timers.t309) {
                (true, Some(length)) => {
                    call.t322 = None;
                    call.enquiries = 0;
                    call.t309 = Some(now + length);
                    self.wake_for(slot);
                }
                (true, None) => {
                    self.release_call(slot, LINK_NOT_BACK, None);
                }
                (false, _) => {
                    self.release_call(slot, Ending::new(Cause::TEMPORARY_FAILURE, ReleasedBy::Link), None);
                }
            }
        }
    }

    /// Messages come over links that are up. One over a link in reserve says that the far end has gone over
    /// to it, and we follow.
    pub(super) fn accepts_from(&mut self, now: FrameTime, link: LinkId) -> bool {
        let Some(at) = self.links.iter().position(|known| known.id == link) else { return false };
        if self.links[at].up && self.active != Some(at) {
            self.switch_over(now, at);
        }
        self.links[at].up
    }

    /// The owner asks for a link to be established.
    pub fn establish(&mut self, link: LinkId) {
        if let Some(link) = self.links.iter_mut().find(|known| known.id == link && !known.up) {
            link.wanted = true;
        }
    }
}

/// §5.8.9: the link did not come back before T309 ran out. This alone is cause 27.
pub(super) const LINK_NOT_BACK: Ending = Ending::new(Cause::DESTINATION_OUT_OF_ORDER, ReleasedBy::Link);
