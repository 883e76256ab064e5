//! What is known of a call, what the host keeps with it, and what its ends tell each other.
use super::call::{Call, CallOnTrunk};
use super::isdn::elements_of;
use super::{CallInfo, CallState, Control};
use crate::EngineError;
use crate::event::CallId;
use crate::information::InformationKind;
use crate::party::{CallParties, Element, PackedElements, check_elements};
use std::ops::Bound;
use std::sync::atomic::Ordering;
use tandem_isdn::q931::element::ElementId;
use tandem_isdn::q931::{Message, MessageType, RawElement};

impl Control {
    /// What is known of a call.
    pub(crate) fn call_info(&self, id: CallId) -> Result<CallInfo, EngineError> {
        let call = self.known_call(id)?;
        Ok(CallInfo {
            state: call.state,
            progress: call.progress,
            channel: self.channels[call.channel].handle,
            incoming: call.incoming,
            number_end: call.number_end,
            law: call.law.unwrap_or(self.channels[call.channel].law),
            user: call.user,
            interaction: call.interaction.load(Ordering::Relaxed),
            bearer: call.bearer,
            began: call.began,
            answered: call.answered,
            ended: call.ended,
        })
    }

    /// The calls in progress after this one, so many at most, and the number of the last event before.
    pub(crate) fn calls_after(&self, after: CallId, most: usize) -> (Vec<CallId>, u64) {
        let told = |call: &Call| call.state != CallState::Dialling;
        let calls = self.calls.range((Bound::Excluded(after), Bound::Unbounded));
        let calls = calls.filter(|(_, call)| told(call)).map(|(id, _)| *id);
        (calls.take(most).collect(), self.events.last_seq())
    }

    /// Who has to do with a call, as far as its signalling tells it.
    pub(crate) fn call_parties(&self, id: CallId) -> Result<CallParties, EngineError> {
        if let Ok(tapped) = self.tap_call_info(id) {
            return Ok(tapped.parties);
        }
        let call = self.known_call(id)?;
        let parties = self.parties_of(call);
        Ok(if self.shows_withheld(call) { parties } else { parties.without_withheld() })
    }

    fn parties_of(&self, call: &Call) -> CallParties {
        let mut parties = match call.trunk {
            CallOnTrunk::Isdn { access, .. } => {
                let pri = self.isdn.get(access).and_then(Option::as_ref);
                call.parties_told(pri.map_or(0, |pri| pri.display_codeset))
            }
            CallOnTrunk::Circuit => call.parties.as_deref().cloned().unwrap_or_default(),
        };
        if !call.called.is_empty() {
            parties.called.number.clone_from(&call.called);
        }
        parties
    }

    /// Whether hosts are shown the numbers of a call that are not to be shown to anybody.
    fn shows_withheld(&self, call: &Call) -> bool {
        let span = usize::from(self.channels[call.channel].slot.span.0);
        let mut groups = self.config.groups.iter().filter(|group| group.spans.contains(&span));
        groups.find_map(|group| group.show_withheld).unwrap_or(self.config.calls.show_withheld)
    }

    /// Keeps octets of the host's own with the call.
    pub(crate) fn set_data(&mut self, id: CallId, data: Vec<u8>) -> Result<(), EngineError> {
        if data.len() > MOST_DATA {
            return Err(EngineError::BadArgument("at most 4096 octets are kept with a call"));
        }
        self.calls.get_mut(&id).ok_or(EngineError::NoSuchCall)?.data = data;
        Ok(())
    }

    /// The octets kept with the call.
    pub(crate) fn data(&self, id: CallId) -> Result<Vec<u8>, EngineError> {
        Ok(self.known_call(id)?.data.clone())
    }

    /// Makes a call a leg of an interaction.
    pub(crate) fn set_interaction(&mut self, id: CallId, interaction: u64) -> Result<(), EngineError> {
        self.calls
            .get_mut(&id)
            .ok_or(EngineError::NoSuchCall)?
            .interaction
            .store(interaction, Ordering::Relaxed);
        Ok(())
    }

    /// Keeps a number of the host's own with the call.
    pub(crate) fn set_user(&mut self, id: CallId, user: u64) -> Result<(), EngineError> {
        let call = self.calls.get_mut(&id).ok_or(EngineError::NoSuchCall)?;
        call.user = user;
        Ok(())
    }

    /// An element of the last message of a type, the one that began the call or one that the far end has sent since; of
    /// several alike the one of this number.
    pub(crate) fn call_element(
        &self,
        id: CallId,
        message: u8,
        codeset: u8,
        element: u8,
        which: usize,
    ) -> Result<Option<Vec<u8>>, EngineError> {
        let call = self.known_call(id)?;
        let (known, show) = (&call.messages, self.shows_withheld(call));
        let wanted = MessageType { value: message, national: false };
        let octets = known.iter().find(|(kind, _)| *kind == wanted).map(|(_, octets)| octets);
        let message = octets.and_then(|octets| Message::new_checked(octets).ok());
        let found = message.and_then(|message| elements_of(&message, codeset, ElementId(element)).nth(which));
        // The subaddress of one who is not to be shown is the number's continuation. Of several it is not told whose it is.
        let number = match (codeset, ElementId(element)) {
            (0, ElementId::CALLING_SUBADDRESS) => Some(ElementId::CALLING_NUMBER),
            (0, ElementId::CONNECTED_SUBADDRESS) => Some(ElementId::CONNECTED_NUMBER),
            _ => None,
        };
        let numbers = message.zip(number).map(|(message, number)| elements_of(&message, 0, number));
        let is_hidden = numbers.into_iter().flatten().any(|number| header(number.content).1);
        let content = |found: RawElement<'_>| match show {
            true => found.content.to_vec(),
            false if is_hidden => Vec::new(),
            false if codeset == 0 => shown(element, found.content).to_vec(),
            false => found.content.to_vec(),
        };
        Ok(found.map(content))
    }

    /// Elements for the next message that a command about the call sends.
    pub(crate) fn set_elements(&mut self, id: CallId, elements: Vec<Element>) -> Result<(), EngineError> {
        let trunk = self.call(id)?.trunk;
        check_elements(&elements)?;
        if matches!(trunk, CallOnTrunk::Circuit) {
            return Err(EngineError::Unsupported("the signalling of this call has no messages"));
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.elements = PackedElements::of(&elements);
        }
        Ok(())
    }

    /// They are for this command, whatever becomes of it.
    pub(super) fn take_elements(&mut self, id: CallId) -> Vec<Element> {
        self.calls.get_mut(&id).map(|call| std::mem::take(&mut call.elements).unpack()).unwrap_or_default()
    }

    /// Tells the far end of a call something besides its progress.
    pub(crate) fn send_information(
        &mut self,
        id: CallId,
        kind: InformationKind,
        octets: &[u8],
    ) -> Result<(), EngineError> {
        let trunk = self.call(id)?.trunk;
        kind.check(octets)?;
        match trunk {
            CallOnTrunk::Isdn { access, call } => {
                let elements = self.take_elements(id);
                self.send_isdn(access, call, kind, octets, &elements)
            }
            CallOnTrunk::Circuit => {
                Err(EngineError::Unsupported("the signalling of this call carries no information"))
            }
        }
    }
}

/// Without the digits of a number that is not to be shown to anybody.
fn shown(id: u8, content: &[u8]) -> &[u8] {
    match (ElementId(id), header(content)) {
        (
            ElementId::CALLING_NUMBER
            | ElementId::REDIRECTING_NUMBER
            | ElementId::ORIGINAL_CALLED_NUMBER
            | ElementId::REDIRECTION_NUMBER
            | ElementId::CONNECTED_NUMBER,
            (octets, true),
        ) => &content[..octets],
        _ => content,
    }
}

/// How many octets of a number come before its digits, and whether it is not to be shown.
fn header(content: &[u8]) -> (usize, bool) {
    // Octets 3, 3a and 3b, the last of them with a one in bit 8; the presentation is in 3a.
    let octets = content.iter().take(3).position(|octet| octet & 0x80 != 0).map_or(2, |at| at + 1);
    let octets = octets.min(content.len());
    (octets, octets > 1 && content[1] >> 5 & 3 == 1)
}

/// Octets of the host's own with a call.
const MOST_DATA: usize = 4096;
