//! The data links (Q.931 §5.8.8, §5.8.9, annex F).
use tandem_types::{Cause, FrameTime};

use super::super::call::{Ending, State};
use super::super::calls::Slot;
use super::super::config::LinkConfig;
use super::super::element::ElementId;
use super::super::event::{Event, ReleasedBy};
use super::super::schedule::Owner;
use super::super::{CallReference, LinkId, Message, MessageType};
use super::Interface;
use crate::Side;
use crate::profile::LinkRecovery;

/// What became of a data link (Q.921).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// It is established.
    Established,
    /// It was established and has been so again, by the far end or after an error: frames may be lost.
    ReEstablished,
    /// The far end has established it anew, and nothing was on its way to it: none of our messages is lost, but it may have
    /// been without the link.
    Renewed,
    /// It is lost.
    Released,
}

/// What is wanted of a data link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRequest {
    /// Establish it.
    Establish,
    /// Release it and refuse the far end until it is to be established, and give back what it has not delivered
    /// ([`Interface::take_back`]): annex F's maintenance busy.
    Hold,
}

/// What a D channel does in its group (annex F).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkService {
    /// It carries the calls.
    Active,
    /// It is up, and carries nothing.
    Standby,
    /// It failed, and is kept down until the other one is known to work; or the owner has taken it out of service.
    MaintenanceBusy,
    /// It is down.
    OutOfService,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) interface: u8,
    up: bool,
    /// Maintenance busy.
    held: bool,
    /// The owner has taken it out of service.
    barred: bool,
    pub(super) request: Option<LinkRequest>,
}

impl Link {
    pub(super) const fn new(config: &LinkConfig) -> Self {
        let request = Some(LinkRequest::Establish);
        Self { id: config.id, interface: config.interface, up: false, held: false, barred: false, request }
    }

    const fn is_kept_down(&self) -> bool {
        self.held || self.barred
    }

    /// Up, and not only because the owner has not come to hold it yet.
    const fn is_usable(&self) -> bool {
        self.up && !self.is_kept_down()
    }

    fn hold(&mut self) {
        self.held = true;
        self.request = Some(LinkRequest::Hold);
    }

    fn let_go(&mut self) {
        if std::mem::take(&mut self.held) && !self.barred {
            self.request = Some(LinkRequest::Establish);
        }
    }
}

/// Where a switch-over stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switching {
    /// The active link is known to work, or nobody was asked.
    Settled,
    /// The far end was asked over the new link; T321 runs.
    Asked { until: FrameTime },
    /// It has not answered.
    Unanswered,
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
                LinkChange::Renewed if self.active == Some(at) => self.enquire_where_no_timer_runs(now),
                LinkChange::Renewed => {}
                LinkChange::Released => self.on_released(now, at),
            }
        }
        self.tidy();
    }

    fn on_established(&mut self, now: FrameTime, at: usize) {
        if std::mem::replace(&mut self.links[at].up, true) || self.links[at].is_kept_down() {
            return;
        }
        self.links[at].request = None;
        if self.active.is_none() {
            self.active = Some(at);
            self.tell_interface(Event::LinksRestored);
            self.recover_calls(now);
            self.restart_again(now);
            self.service_again();
        } else if self.switching == Switching::Unanswered {
            self.switch_over(now, at);
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

    /// §5.8.8: the link has been reset. Digits may be lost, so calls that exchange them are cleared. Others live on, and what was
    /// lost of them is found by timers or asked for. What was lost of restarts is said again soon: until T316 finds that out the
    /// far end's calls would be refused.
    fn on_reset(&mut self, now: FrameTime) {
        let slots: Vec<Slot> = self.calls.slots().collect();
        for slot in slots {
            if let Some(State::Dialling | State::Collecting) = self.call(slot).map(|call| call.state) {
                self.begin_clearing(now, slot, Ending::new(Cause::TEMPORARY_FAILURE, ReleasedBy::Link));
            }
        }
        self.enquire_where_no_timer_runs(now);
        self.restart_after_reset(now);
        self.service_after_reset();
    }

    /// §5.8.10: after a disruption of the link the far end is asked for its state of each call that no timer would end. Its link
    /// may have been down for so long that it has cleared the call, with no word to us.
    fn enquire_where_no_timer_runs(&mut self, now: FrameTime) {
        let waits = |slot: &Slot| {
            let call = self.call(*slot);
            call.is_some_and(|call| !call.state.is_clearing() && call.timer.is_none() && call.t322.is_none())
        };
        let slots: Vec<Slot> = self.calls.slots().filter(waits).collect();
        slots.into_iter().for_each(|slot| self.enquire(now, slot));
    }

    fn on_released(&mut self, now: FrameTime, at: usize) {
        let link = &mut self.links[at];
        link.request = match link.is_kept_down() {
            // That it is to be held the owner may not have heard yet.
            true => link.request.filter(|request| *request == LinkRequest::Hold),
            false => Some(LinkRequest::Establish),
        };
        if !std::mem::replace(&mut link.up, false) || self.active != Some(at) {
            self.let_go_if_settled();
            return;
        }
        match self.links.iter().position(Link::is_usable) {
            Some(other) => self.switch_over(now, other),
            None => self.on_links_lost(now, at),
        }
    }

    /// §F.2.2: another D channel takes over, the failed one is kept down, and the far end is asked whether it is there. The
    /// new link is used at once, since it was up at layer 2.
    fn switch_over(&mut self, now: FrameTime, to: usize) {
        self.change_to(to);
        let asked = self.announce_d_channel() | self.enquire_after_switch(now);
        if asked {
            let until = now + self.timers.t321;
            self.switching = Switching::Asked { until };
            self.schedule.push(until, Owner::Links);
        } else {
            self.let_go_if_settled();
        }
    }

    /// The far end has gone over to another D channel, and we follow.
    fn follow(&mut self, to: usize) {
        self.change_to(to);
        self.let_go_if_settled();
    }

    /// No call is lost: what waited for the old link goes over the new one, what the old one has sent in vain the owner
    /// gives back, and timers of calls are the calls' own and run on.
    fn change_to(&mut self, to: usize) {
        self.switching = Switching::Settled;
        if let Some(from) = self.active.replace(to) {
            self.outbox.redirect(self.links[from].id, self.links[to].id);
            self.links[from].hold();
        }
        self.tell_interface(Event::LinkSwitched { to: self.links[to].id });
    }

    /// Asks for the state of active calls: of all where the switch wants it, of one where nothing else can be asked.
    fn enquire_after_switch(&mut self, now: FrameTime) -> bool {
        let profile = &self.config.profile;
        let most = match (profile.link_recovery, profile.service) {
            (LinkRecovery::Enquire, _) => usize::MAX,
            (LinkRecovery::Report, None) => 1,
            (LinkRecovery::Report, Some(_)) => 0,
        };
        let is_active = |slot: &Slot| self.call(*slot).is_some_and(|call| call.state == State::Active);
        let slots: Vec<Slot> = self.calls.slots().filter(is_active).take(most).collect();
        slots.iter().for_each(|slot| self.enquire(now, *slot));
        !slots.is_empty()
    }

    /// A link that is kept down is let go when it is down and the active one is known to work.
    fn let_go_if_settled(&mut self) {
        if self.switching == Switching::Settled {
            self.links.iter_mut().filter(|link| !link.up).for_each(Link::let_go);
        }
    }

    /// T321: the far end has not answered over the new link, so the old one may come back as well.
    pub(super) fn on_t321(&mut self, at: FrameTime) {
        if self.switching == (Switching::Asked { until: at }) {
            self.switching = Switching::Unanswered;
            self.links.iter_mut().for_each(Link::let_go);
        }
    }

    /// When T321 expires.
    pub(super) const fn t321(&self) -> Option<FrameTime> {
        match self.switching {
            Switching::Asked { until } => Some(until),
            Switching::Settled | Switching::Unanswered => None,
        }
    }

    /// A message comes back that the data link has not delivered; of several the newest comes first. It goes over the link
    /// that carries the calls now, before all that waits. Only digits that may have arrived cannot be sent twice: the call
    /// that they belong to is cleared, as by a reset of the link (§5.8.8).
    pub fn take_back(&mut self, now: FrameTime, link: LinkId, octets: &[u8], may_have_arrived: bool) {
        self.run_timers(now);
        let active = self.active.map(|at| self.links[at].id);
        match active.filter(|active| *active != link) {
            Some(active) if !(may_have_arrived && self.clear_if_digits(now, octets)) => {
                self.outbox.push_front(active, octets);
            }
            _ => self.counters.discarded += 1,
        }
        self.tidy();
    }

    /// Whether a message of ours brought digits; then the call that they belong to is cleared.
    fn clear_if_digits(&mut self, now: FrameTime, octets: &[u8]) -> bool {
        let Ok(message) = Message::new_checked(octets) else { return false };
        let CallReference::Call { value, flag } = message.reference() else { return false };
        if message.kind() != MessageType::INFORMATION || message.raw(0, ElementId::CALLED_NUMBER).is_none() {
            return false;
        }
        if let Some(slot) = self.calls.find(!flag, value)
            && self.call(slot).is_some_and(|call| call.state == State::Dialling)
        {
            self.begin_clearing(now, slot, Ending::new(Cause::TEMPORARY_FAILURE, ReleasedBy::Link));
        }
        true
    }

    /// What a D channel does at present; `None` for one that is not there.
    #[must_use]
    pub fn link_service(&self, link: LinkId) -> Option<LinkService> {
        let at = self.links.iter().position(|known| known.id == link)?;
        let known = &self.links[at];
        Some(match (self.active == Some(at), known.is_kept_down(), known.up) {
            (true, _, _) => LinkService::Active,
            (false, true, _) => LinkService::MaintenanceBusy,
            (false, false, true) => LinkService::Standby,
            (false, false, false) => LinkService::OutOfService,
        })
    }

    /// §5.8.9: calls that are not active are cleared here; the active ones wait for T309, or go at once
    /// where it is not run.
    fn on_links_lost(&mut self, now: FrameTime, at: usize) {
        self.active = None;
        self.switching = Switching::Settled;
        self.links.iter_mut().for_each(Link::let_go);
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

    /// Messages come over links that are up. One over a link in reserve says that the far end has gone over to it. The
    /// user follows; the network waits for the failure of its own link, or for SERVICE, so that two ends that choose at
    /// the same time do not follow each other for ever.
    pub(super) fn accepts_from(&mut self, link: LinkId) -> bool {
        let Some(at) = self.links.iter().position(|known| known.id == link) else { return false };
        if !self.links[at].is_usable() {
            return false;
        }
        self.implicit_interface = self.links[at].interface;
        if self.active == Some(at) {
            self.switching = Switching::Settled;
            self.let_go_if_settled();
        } else if self.config.side == Side::User {
            self.follow(at);
        }
        true
    }

    /// SERVICE for the D channel of an interface, over that D channel: the far end has gone over to it.
    pub(super) fn on_d_channel_service(&mut self, link: LinkId, interface: u8) {
        let over = |known: &Link| known.id == link && known.interface == interface && known.is_usable();
        if let Some(at) = self.links.iter().position(over).filter(|at| self.active != Some(*at)) {
            self.follow(at);
        }
    }

    /// The owner asks for a link to be established.
    pub fn establish(&mut self, link: LinkId) {
        let is_wanted = |known: &&mut Link| known.id == link && !known.up && !known.is_kept_down();
        if let Some(link) = self.links.iter_mut().find(is_wanted) {
            link.request = Some(LinkRequest::Establish);
        }
    }

    /// The owner takes a D channel out of service, or puts it back. Meanwhile its link is released and the far end refused.
    /// What becomes of calls is the same as when it fails: another one takes over, or they are without.
    pub fn set_link_service(&mut self, now: FrameTime, link: LinkId, in_service: bool) {
        self.run_timers(now);
        if let Some(at) = self.links.iter().position(|known| known.id == link && known.barred == in_service) {
            self.links[at].barred = !in_service;
            if !in_service {
                self.on_released(now, at);
                self.links[at].request = Some(LinkRequest::Hold);
            } else if !self.links[at].held {
                self.links[at].request = Some(LinkRequest::Establish);
            }
        }
        self.tidy();
    }
}

/// §5.8.9: the link did not come back before T309 ran out. This alone is cause 27.
pub(super) const LINK_NOT_BACK: Ending = Ending::new(Cause::DESTINATION_OUT_OF_ORDER, ReleasedBy::Link);
