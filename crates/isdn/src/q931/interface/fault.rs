//! Faults in received messages (Q.931 §5.8).
use tandem_types::Cause;

use super::super::call::{Hold, State};
use super::super::calls::Slot;
use super::super::element::CallStateInfo;
use super::super::event::CallId;
use super::super::rules::{Context, Faulty, Findings, contents, examine};
use super::super::{CallReference, Discriminator, Message, MessageType};
use super::Interface;
use crate::profile::MessageErrorCause;

impl Interface {
    /// Whether a message of a call is to be acted on; if not, it has been answered. In the order of §5.8:
    /// the type, the state, mandatory elements.
    pub(super) fn admit(&mut self, slot: Slot, message: &Message<'_>) -> Option<Findings> {
        let call = self.calls.get(slot)?;
        let (kind, state, hold) = (message.kind(), call.state, call.hold);
        let unknown = contents(message.discriminator(), kind).is_none();
        if unknown || is_not_implemented(kind) {
            self.counters.unrecognised += 1;
            self.send_status(slot, self.unknown_type_cause(), &[kind.value]);
            return None;
        }
        if !self.expects(state, hold, call.ours, kind) {
            self.counters.unexpected += 1;
            self.send_status(slot, self.unexpected_type_cause(), &[kind.value]);
            return None;
        }
        let findings = examine(message, &self.context(slot));
        for (faulty, cause) in
            [(findings.missing, MANDATORY_MISSING), (findings.invalid_mandatory, INVALID_CONTENTS)]
        {
            if !faulty.is_empty() {
                self.counters.mandatory += 1;
                if !self.survives_mandatory_fault(slot, message, cause, faulty) {
                    return None;
                }
            }
        }
        self.note_unrecognised(slot, kind, &findings);
        Some(findings)
    }

    /// §5.8.7.1 a, b: the answer to a DISCONNECT or RELEASE tells of unknown elements.
    fn note_unrecognised(&mut self, slot: Slot, kind: MessageType, findings: &Findings) {
        let answered = matches!(kind, MessageType::DISCONNECT | MessageType::RELEASE);
        if !answered || findings.unrecognised.is_empty() || !self.config.profile.reports_element_errors {
            return;
        }
        if let Some(call) = self.calls.get_mut(slot) {
            call.fault.get_or_insert((ELEMENT_UNKNOWN, findings.unrecognised));
        }
    }

    /// §5.8.6.1, §5.8.6.2: a clearing message works all the same, and the answer to it tells the fault; any
    /// other is answered by STATUS and changes nothing.
    fn survives_mandatory_fault(
        &mut self,
        slot: Slot,
        message: &Message<'_>,
        cause: Cause,
        faulty: Faulty,
    ) -> bool {
        match message.kind() {
            MessageType::DISCONNECT | MessageType::RELEASE => {
                if let Some(call) = self.calls.get_mut(slot) {
                    call.fault.get_or_insert((cause, faulty));
                }
                true
            }
            MessageType::RELEASE_COMPLETE => true,
            _ => {
                self.send_status(slot, cause, faulty.ids());
                false
            }
        }
    }

    fn context(&self, slot: Slot) -> Context {
        let call = self.calls.get(slot);
        let open = call.is_some_and(|call| {
            call.state == State::Calling
                && !call.settled
                && !call.bearerless
                && (!call.exclusive || call.glare)
        });
        Context {
            from: self.far_side(),
            first_response: open && self.config.profile.channel_in_first_response,
            first_clearing: call.is_some_and(|call| !call.state.is_clearing()),
            symmetric: self.config.profile.symmetric,
        }
    }

    pub(super) fn context_of_setup(&self) -> Context {
        Context {
            from: self.far_side(),
            first_response: false,
            first_clearing: true,
            symmetric: self.config.profile.symmetric,
        }
    }

    /// §5.8.7: what is unknown or wrong and not needed has been passed over; the far end is told, except in
    /// answer to clearing, where the next clearing message tells it.
    pub(super) fn report_optional_faults(
        &mut self,
        slot: Slot,
        id: Option<CallId>,
        message: &Message<'_>,
        findings: &Findings,
    ) {
        let Some((cause, faulty)) = optional_fault(findings) else { return };
        self.counters.optional += 1;
        let clearing = matches!(
            message.kind(),
            MessageType::DISCONNECT
                | MessageType::RELEASE
                | MessageType::RELEASE_COMPLETE
                | MessageType::STATUS
        );
        let lives = self.calls.get(slot).is_some_and(|call| Some(call.id) == id);
        if lives && !clearing && self.config.profile.reports_element_errors {
            self.send_status(slot, cause, faulty.ids());
        }
    }

    /// STATUS with our state.
    pub(super) fn send_status(&mut self, slot: Slot, cause: Cause, diagnostics: &[u8]) {
        let Some(state) = self.call(slot).map(|call| self.state_number(call.state)) else { return };
        self.draft.clear();
        self.draft_cause(cause, diagnostics);
        self.draft.put(&CallStateInfo::new(state));
        self.send_own(slot, MessageType::STATUS);
    }

    const fn unknown_type_cause(&self) -> Cause {
        match self.config.profile.message_error {
            MessageErrorCause::General => MESSAGE_ERROR,
            MessageErrorCause::Distinguished => TYPE_UNKNOWN,
        }
    }

    pub(super) const fn unexpected_type_cause(&self) -> Cause {
        match self.config.profile.message_error {
            MessageErrorCause::General => MESSAGE_ERROR,
            MessageErrorCause::Distinguished => WRONG_STATE,
        }
    }

    /// §5.8.3.2 a to c, g, h: the call is not there.
    pub(super) fn on_message_of_unknown_call(&mut self, message: &Message<'_>, value: u16, flag: bool) {
        self.counters.unknown_call += 1;
        match message.kind() {
            MessageType::RELEASE_COMPLETE => {}
            MessageType::STATUS => self.on_status_of_unknown_call(message, value, flag),
            MessageType::REGISTER => self.on_unassociated(message),
            _ => self.refuse(value, flag, INVALID_REFERENCE, &[]),
        }
    }

    /// §5.8.11: a call that is in the null state here and in another there is cleared there.
    fn on_status_of_unknown_call(&mut self, message: &Message<'_>, value: u16, flag: bool) {
        let state = message.find::<CallStateInfo>().map(|state| state.value);
        if state.is_some_and(|state| state != 0) {
            self.refuse(value, flag, WRONG_STATE, &[]);
        }
    }

    /// RELEASE COMPLETE to a call that is not there; `flag` as it was received.
    pub(super) fn refuse(&mut self, value: u16, flag: bool, cause: Cause, diagnostics: &[u8]) {
        self.draft.clear();
        self.draft_cause(cause, diagnostics);
        let reference = CallReference::Call { value, flag: !flag };
        let _ = self.send_with(Discriminator::CallControl, reference, MessageType::RELEASE_COMPLETE);
    }

    /// Which messages a state takes: the SDL diagrams of Q.931 annex A for point to point, and EN 300 196-1
    /// §7.2 for hold. RELEASE, RELEASE COMPLETE, STATUS and STATUS ENQUIRY are taken in every state (§5.8.4,
    /// §5.8.10, §5.8.11).
    fn expects(&self, state: State, hold: Hold, ours: bool, kind: MessageType) -> bool {
        match kind {
            MessageType::RELEASE
            | MessageType::RELEASE_COMPLETE
            | MessageType::STATUS
            | MessageType::STATUS_ENQUIRY => true,
            MessageType::SETUP_ACKNOWLEDGE => state == State::Calling,
            MessageType::CALL_PROCEEDING => matches!(state, State::Calling | State::Dialling),
            MessageType::ALERTING => matches!(state, State::Calling | State::Dialling | State::Proceeding),
            MessageType::CONNECT | MessageType::PROGRESS => {
                state.is_outgoing_setup() && state != State::Completing
            }
            // After our CONNECT, the network is active at once and may be acknowledged all the same.
            MessageType::CONNECT_ACKNOWLEDGE => {
                state == State::Answering || state == State::Active && !ours && !self.as_user()
            }
            MessageType::INFORMATION => !matches!(state, State::Calling | State::Releasing),
            MessageType::NOTIFY | MessageType::FACILITY => state != State::Releasing,
            MessageType::DISCONNECT => !matches!(state, State::Disconnected | State::Releasing),
            MessageType::USER_INFORMATION | MessageType::CONGESTION_CONTROL => {
                matches!(state, State::Active | State::Ringing | State::Alerted)
            }
            MessageType::HOLD => {
                self.config.profile.hold && may_be_held(state) && matches!(hold, Hold::Idle | Hold::Requested)
            }
            // Clearing has overtaken all of these.
            MessageType::HOLD_ACKNOWLEDGE
            | MessageType::HOLD_REJECT
            | MessageType::RETRIEVE
            | MessageType::RETRIEVE_ACKNOWLEDGE
            | MessageType::RETRIEVE_REJECT
                if state.is_clearing() =>
            {
                false
            }
            MessageType::HOLD_ACKNOWLEDGE | MessageType::HOLD_REJECT => hold == Hold::Requested,
            MessageType::RETRIEVE => hold == Hold::FarHeld,
            MessageType::RETRIEVE_ACKNOWLEDGE | MessageType::RETRIEVE_REJECT => {
                hold == Hold::RetrieveRequested
            }
            _ => false,
        }
    }
}

/// Hold is for calls that are answered or about to be (EN 300 196-1 §7.2.1).
pub(super) const fn may_be_held(state: State) -> bool {
    matches!(state, State::Active | State::Proceeding | State::Ringing)
}

/// Call rearrangement is of basic access only (§5.6), and messages are not segmented (annex H is an option).
const fn is_not_implemented(kind: MessageType) -> bool {
    matches!(
        kind,
        MessageType::SUSPEND
            | MessageType::SUSPEND_ACKNOWLEDGE
            | MessageType::SUSPEND_REJECT
            | MessageType::RESUME
            | MessageType::RESUME_ACKNOWLEDGE
            | MessageType::RESUME_REJECT
            | MessageType::SEGMENT
    )
}

/// The most telling of the faults that do not matter.
pub(super) fn optional_fault(findings: &Findings) -> Option<(Cause, Faulty)> {
    let faults = [
        (ACCESS_INFORMATION_DISCARDED, findings.discarded),
        (INVALID_CONTENTS, findings.invalid),
        (ELEMENT_UNKNOWN, findings.unrecognised),
    ];
    faults.into_iter().find(|(_, faulty)| !faulty.is_empty())
}

/// A cause of Q.850 by its value, which lies in 1 to 127.
pub(super) const fn cause(value: u8) -> Cause {
    match Cause::new(value) {
        Some(cause) => cause,
        None => Cause::NORMAL_UNSPECIFIED,
    }
}

pub(super) const CHANNEL_UNACCEPTABLE: Cause = cause(6);
pub(super) const STATUS_RESPONSE: Cause = cause(30);
const ACCESS_INFORMATION_DISCARDED: Cause = cause(43);
pub(super) const CHANNEL_NOT_AVAILABLE: Cause = cause(44);
pub(super) const INVALID_REFERENCE: Cause = cause(81);
pub(super) const NO_SUCH_CHANNEL: Cause = cause(82);
pub(super) const MANDATORY_MISSING: Cause = cause(96);
const TYPE_UNKNOWN: Cause = cause(97);
const MESSAGE_ERROR: Cause = cause(98);
const ELEMENT_UNKNOWN: Cause = cause(99);
pub(super) const INVALID_CONTENTS: Cause = cause(100);
pub(super) const WRONG_STATE: Cause = cause(101);
