//! Pairs of channels inside the engine, each the far end of the other ([`LocalCard`]).
use super::Control;
use crate::EngineError;
use crate::event::EndReason;
use tandem_card::LocalCard;
use tandem_types::{Handle, HandleKind, Timeslot};

impl Control {
    /// Gives a pair of channels to a host: what is played on one is received on the other.
    pub(crate) fn new_pair(&mut self) -> Result<(Handle, Handle), EngineError> {
        let mut spans = (0..self.spans.len()).filter(|span| self.is_local(*span));
        let (near, far) = spans.find_map(|span| self.free_pair_of(span)).ok_or(EngineError::Busy(
            "all pairs are in use; a span of a card of the model \"local\" has 15, or 12 as a T1",
        ))?;
        for index in [near, far] {
            // Nothing of whoever had it before.
            let channel = &mut self.channels[index];
            channel.typed.clear();
            channel.paired = true;
            self.events.assign(channel.handle, None);
        }
        Ok((self.channels[near].handle, self.channels[far].handle))
    }

    /// Takes a pair back by either of its channels; what runs on them ends, and both handles are stale.
    pub(crate) fn free_pair(&mut self, channel: Handle) -> Result<(), EngineError> {
        let index = self.channel_index(channel)?;
        let slot = self.channels[index].slot;
        let at = &self.channel_at[usize::from(slot.span.0)];
        let partner = LocalCard::partner(slot.slot).and_then(|partner| at[partner.index()]);
        let partner = partner.filter(|_| self.channels[index].paired);
        let partner = partner.ok_or(EngineError::WrongState("the channel is of no pair"))? as usize;
        for index in [index, partner] {
            self.silence(index, EndReason::Stopped);
            let channel = &mut self.channels[index];
            channel.paired = false;
            channel.handle = Handle::new(HandleKind::Channel, index as u32, channel.handle.generation() + 1);
        }
        Ok(())
    }

    fn is_local(&self, span: usize) -> bool {
        self.spans[span].in_use
            && !self.spans[span].leaving
            && self.provisioning.is_local(self.places[span].card)
    }

    fn free_pair_of(&self, span: usize) -> Option<(usize, usize)> {
        let at = &self.channel_at[span];
        let pairs = (1..30).step_by(2).filter_map(|number| {
            let near = Timeslot::new(number)?;
            let far = LocalCard::partner(near)?;
            Some((at[near.index()]? as usize, at[far.index()]? as usize))
        });
        let is_free = |index: usize| {
            let channel = &self.channels[index];
            !channel.paired && !channel.is_trunk() && !channel.is_operated() && channel.tested.is_none()
                // What still ends on it is told to whoever had it.
                && !self.operations.iter().any(|(_, operation)| operation.channel == index)
        };
        let mut free = pairs.filter(|(near, far)| is_free(*near) && is_free(*far));
        free.next()
    }
}
