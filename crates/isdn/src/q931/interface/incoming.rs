//! SETUP from the far end (Q.931 §5.1.1, §5.2.1).
use std::sync::Arc;

use tandem_types::Cause;

use super::super::call::State;
use super::super::calls::Slot;
use super::super::element::ElementId;
use super::super::event::{CallEvent, CallNews, DigitsEnd, Event};
use super::super::rules::{Findings, examine};
use super::super::{LinkId, Message};
use super::Interface;
use super::fault::{INVALID_CONTENTS, MANDATORY_MISSING, NO_SUCH_CHANNEL, optional_fault};
use super::negotiation::Offer;

impl Interface {
    pub(super) fn on_setup(&mut self, link: LinkId, message: &Message<'_>, value: u16, flag: bool) {
        // §5.8.3.2 d: a SETUP comes from the side that chose the reference. e: one of a known call is
        // ignored; it was sent again before our answer came.
        if flag || self.is_looped(link, message, value) || self.calls.find(false, value).is_some() {
            return;
        }
        self.looped = None;
        let findings = examine(message, &self.context_of_setup());
        if let Some((cause, diagnostics)) = mandatory_fault(&findings) {
            self.counters.mandatory += 1;
            self.refuse_setup(value, cause, diagnostics);
            return;
        }
        self.admit_setup(message, value, &findings);
    }

    fn admit_setup(&mut self, message: &Message<'_>, value: u16, findings: &Findings) {
        if self.calls.is_full() || !self.has_room_for_call() {
            self.refuse_setup(value, Cause::CONGESTION, &[]);
            return;
        }
        let channel = match self.offered_channel(message) {
            Offer::Take(index) => Some(index),
            Offer::Bearerless => None,
            Offer::Refuse(cause) => {
                let element = [ElementId::CHANNEL_IDENTIFICATION.0];
                let diagnostics = if cause == NO_SUCH_CHANNEL { &element[..] } else { &[] };
                self.refuse_setup(value, cause, diagnostics);
                return;
            }
        };
        let Some(slot) = self.calls.begin(false, value, Arc::from(message.octets())) else { return };
        self.counters.calls_taken += 1;
        match (channel, self.calls.get_mut(slot)) {
            (Some(index), _) => self.occupy(slot, index),
            (None, Some(call)) => call.bearerless = true,
            (None, None) => {}
        }
        self.note_progress(slot, message);
        let number = self.take_first_digits(slot, message);
        self.tell_incoming(slot, number);
        if let Some((cause, faulty)) = optional_fault(findings) {
            self.counters.optional += 1;
            if self.config.profile.reports_element_errors {
                self.send_status(slot, cause, faulty.ids());
            }
        }
    }

    fn refuse_setup(&mut self, value: u16, cause: Cause, diagnostics: &[u8]) {
        self.counters.setups_refused.count(cause);
        self.refuse(value, false, cause, diagnostics);
    }

    /// The event shares the octets of the SETUP with the call.
    fn tell_incoming(&mut self, slot: Slot, number: Option<DigitsEnd>) {
        let Some(call) = self.calls.get(slot) else { return };
        let event = CallEvent {
            call: call.id,
            channel: call.channel.map(|index| self.channels.get(index).id),
            in_band: call.in_band,
            news: CallNews::Incoming { number },
            octets: Some(call.setup.clone()),
        };
        self.events.push(Event::Call(event));
    }

    /// A call is begun only while the events of a whole call find room.
    pub(super) fn has_room_for_call(&self) -> bool {
        self.events.len() + EVENTS_OF_A_CALL <= self.config.max_events
    }

    /// A SETUP that is octet for octet one of ours that waits for its answer: the D channel is looped. With
    /// two sides choosing references independently the same value alone would mean nothing.
    fn is_looped(&mut self, link: LinkId, message: &Message<'_>, value: u16) -> bool {
        let Some(slot) = self.calls.find(true, value) else { return false };
        let ours = self
            .call(slot)
            .is_some_and(|call| call.state == State::Calling && *call.setup == *message.octets());
        if ours {
            self.counters.looped += 1;
            if self.looped.replace(link) != Some(link) {
                self.tell_interface(Event::Looped { link });
            }
            self.end_looped(slot);
        }
        ours
    }
}

/// More than an ordinary call has.
const EVENTS_OF_A_CALL: usize = 8;

/// §5.8.6.1, §5.8.6.2: a SETUP that lacks something is refused.
fn mandatory_fault(findings: &Findings) -> Option<(Cause, &[u8])> {
    let faults = [(MANDATORY_MISSING, &findings.missing), (INVALID_CONTENTS, &findings.invalid_mandatory)];
    faults.into_iter().find(|fault| !fault.1.is_empty()).map(|(cause, faulty)| (cause, faulty.ids()))
}
