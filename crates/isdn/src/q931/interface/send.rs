//! Messages out: elements are collected in the draft, then a message is written from it.
use tandem_types::Cause;

use super::super::WriteError;
use super::super::calls::Slot;
use super::super::channels::ChannelIndex;
use super::super::element::{
    CauseInfo, ChannelIdentification, ConnectedNumber, Display, Element, ElementId, Sink,
};
use super::super::request::Extra;
use super::super::rules::Faulty;
use super::super::{CallReference, Discriminator, MAX_MESSAGE, MessageType, MessageWriter, RawElement};
use super::Interface;

impl Interface {
    /// Sends what the draft holds as a message of a call. Nothing is sent when it cannot be written.
    pub(super) fn send(&mut self, slot: Slot, kind: MessageType) -> Result<(), WriteError> {
        let Some(call) = self.calls.get(slot) else { return Ok(()) };
        let reference = CallReference::Call { value: call.reference, flag: !call.ours };
        self.send_with(Discriminator::CallControl, reference, kind)
    }

    /// Sends a message of the machine's own making, which fits by its making.
    pub(super) fn send_own(&mut self, slot: Slot, kind: MessageType) {
        let sent = self.send(slot, kind);
        debug_assert_eq!(sent, Ok(()));
    }

    pub(super) fn send_with(
        &mut self,
        discriminator: Discriminator,
        reference: CallReference,
        kind: MessageType,
    ) -> Result<(), WriteError> {
        let mut buffer = [0; MAX_MESSAGE];
        let len = self.write(&mut buffer, discriminator, reference, kind)?;
        self.post(&buffer[..len]);
        Ok(())
    }

    pub(super) fn write(
        &self,
        buffer: &mut [u8],
        discriminator: Discriminator,
        reference: CallReference,
        kind: MessageType,
    ) -> Result<usize, WriteError> {
        let length = self.config.profile.call_reference_length;
        let mut writer = MessageWriter::with_discriminator(buffer, discriminator, reference, length, kind);
        self.draft.write(&mut writer)
    }

    /// Puts a message on the link that carries the calls; without one it is lost, as the link is.
    pub(super) fn post(&mut self, message: &[u8]) {
        if let Some(at) = self.active {
            self.outbox.push(self.links[at].id, message);
        }
    }

    pub(super) fn draft_cause(&mut self, cause: Cause, diagnostics: &[u8]) {
        let profile = &self.config.profile;
        self.draft.put(&CauseInfo {
            coding: profile.coding,
            location: profile.location(self.config.side),
            recommendation: None,
            value: cause.value(),
            diagnostics,
        });
    }

    /// The cause of a clearing message: the fault found in the far end's, if there was one.
    pub(super) fn draft_clearing_cause(&mut self, slot: Slot, cause: Option<Cause>) {
        let fault: Option<(Cause, Faulty)> = self.calls.get_mut(slot).and_then(|call| call.fault.take());
        match (fault, cause) {
            (Some((cause, faulty)), _) => self.draft_cause(cause, faulty.ids()),
            (None, Some(cause)) => self.draft_cause(cause, &[]),
            (None, None) => {}
        }
    }

    pub(super) fn draft_extra(&mut self, extra: &Extra<'_>) {
        if let Some(progress) = &extra.progress {
            self.draft.put(progress);
        }
        if let Some(text) = extra.display {
            self.draft_display(text);
        }
        if let Some(number) = extra.connected {
            self.draft.put(&ConnectedNumber(number));
        }
        if let Some(user_user) = &extra.user_user {
            self.draft.put(user_user);
        }
        self.draft_elements(extra.elements);
    }

    pub(super) fn draft_elements(&mut self, elements: &[RawElement<'_>]) {
        elements.iter().for_each(|element| self.draft.put_raw(element));
    }

    /// A text in the codeset and form of the switch.
    pub(super) fn draft_display(&mut self, text: &[u8]) {
        let mut content = [0; 256];
        let mut sink = Sink::new(&mut content);
        if let Some(octet) = self.config.profile.display_type {
            sink.put(octet);
        }
        Display(text).emit(&mut sink);
        let codeset = self.config.profile.display_codeset;
        let len = sink.written().unwrap_or(content.len());
        let raw = RawElement { codeset, id: ElementId::DISPLAY, content: &content[..len], whole: true };
        self.draft.put_raw(&raw);
    }

    pub(super) fn draft_channel(&mut self, index: ChannelIndex, exclusive: bool) {
        let element = self.identification(index, exclusive);
        self.draft.put(&element);
    }

    pub(super) fn identification(&self, index: ChannelIndex, exclusive: bool) -> ChannelIdentification {
        let channel = self.channels.get(index).id;
        let profile = &self.config.profile;
        let explicit = profile.explicit_interface || self.is_group;
        let interface = explicit.then_some(channel.interface);
        ChannelIdentification::b_channel(
            interface,
            channel.number.0 as u8,
            exclusive || !profile.negotiates_channel,
            profile.channel_form,
        )
    }

    /// The channel in the first answer to a SETUP (Q.931 §3.1, notes on Channel identification).
    pub(super) fn draft_channel_of_first_response(&mut self, slot: Slot) {
        let Some(call) = self.calls.get(slot).filter(|call| !call.settled) else { return };
        if self.draft.has(ElementId::CHANNEL_IDENTIFICATION) {
            return;
        }
        match call.channel {
            Some(index) => self.draft_channel(index, true),
            None if call.bearerless => self.draft.put(&ChannelIdentification::d_channel(None)),
            None => {}
        }
    }
}
