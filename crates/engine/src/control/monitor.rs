//! A channel that hears what another hears: a supervisor without a bridge.
use super::Control;
use crate::EngineError;
use crate::bridge::Role;
use crate::streams::StreamSide;
use tandem_card::LocalCard;
use tandem_types::{Bearer, Handle};

impl Control {
    /// Lets the far end of `sink` hear what passes on `source`, on either side, as soon as nothing else is to be heard there.
    pub(crate) fn monitor(
        &mut self,
        sink: Handle,
        source: Handle,
        side: StreamSide,
    ) -> Result<(), EngineError> {
        if side == StreamSide::Received {
            return self.connect(sink, Some(source), Bearer::Speech);
        }
        let (index, _) = self.open_channel(sink)?;
        self.check_may_send(index)?;
        let (source, _) = self.open_channel(source)?;
        let carries_data = |index| self.call_bearer(index).is_some_and(Bearer::is_data);
        if carries_data(index) || carries_data(source) || self.channels[source].bearer.is_data() {
            return Err(EngineError::Unsupported("there is nothing to hear in data"));
        }
        if self.monitored(source).is_some() || self.is_monitored(index) {
            return Err(EngineError::WrongState("who hears what another hears is not heard with"));
        }
        if self.leads_back(index, source, side) {
            return Err(EngineError::WrongState("the sink would hear itself"));
        }
        self.hear(index, Some(source), Bearer::Speech);
        self.channels[index].side = side;
        self.monitors.push(index);
        self.update_routes(index);
        Ok(())
    }

    /// Connections and places in bridges have changed: who would hear itself by now hears the other no more.
    pub(super) fn end_monitors_that_lead_back(&mut self) {
        let mut monitors = std::mem::take(&mut self.monitors);
        monitors.retain(|index| self.channels[*index].side != StreamSide::Received);
        let mut ended = Vec::new();
        monitors.retain(|index| {
            let source = self.monitored(*index);
            let leads =
                source.is_some_and(|source| self.leads_back(*index, source, self.channels[*index].side));
            ended.extend(leads.then_some(*index));
            !leads
        });
        self.monitors = monitors;
        for index in ended {
            log::warn!("channel {index} would hear itself by what it listens to, and does so no more");
            self.hear(index, None, Bearer::Speech);
        }
    }

    /// The channel whose listener a channel is.
    pub(super) fn monitored(&self, index: usize) -> Option<usize> {
        let channel = &self.channels[index];
        let slot = channel.hears.filter(|_| channel.side != StreamSide::Received)?;
        self.index_of(slot)
    }

    fn is_monitored(&self, index: usize) -> bool {
        (0..self.channels.len()).any(|listener| self.monitored(listener) == Some(index))
    }

    /// Whether what passes on a source, on its sent side or on both, has something of what a channel receives or sends.
    fn leads_back(&self, to: usize, source: usize, side: StreamSide) -> bool {
        let mut sides = vec![(source, StreamSide::Sent)];
        sides.extend((side == StreamSide::Both).then_some((source, StreamSide::Received)));
        let mut seen = Vec::new();
        while let Some((index, side)) = sides.pop() {
            if index == to {
                return true;
            }
            if seen.contains(&(index, side)) {
                continue;
            }
            seen.push((index, side));
            match side {
                StreamSide::Received => sides.extend(self.partner(index).map(|one| (one, StreamSide::Sent))),
                StreamSide::Sent | StreamSide::Both => {
                    sides.extend(self.heard_on(index).into_iter().map(|one| (one, StreamSide::Received)));
                    sides.extend(self.monitored(index).map(|one| (one, StreamSide::Sent)));
                }
            }
        }
        false
    }

    /// The channels that are heard on one, where no prompt plays.
    fn heard_on(&self, index: usize) -> Vec<usize> {
        let channel = &self.channels[index];
        let connected = channel.hears.and_then(|slot| self.index_of(slot));
        let Some(seat) = channel.seat.filter(|seat| seat.role() != Role::Talk) else {
            return connected.into_iter().collect();
        };
        let speaks = |other: &usize| {
            let there = self.channels[*other].seat.filter(|there| there.bridge() == seat.bridge());
            *other != index && there.is_some_and(|there| matches!(there.role(), Role::Full | Role::Talk))
        };
        (0..self.channels.len()).filter(speaks).chain(connected).collect()
    }

    /// The other channel of a pair inside the engine.
    fn partner(&self, index: usize) -> Option<usize> {
        let channel = self.channels.get(index).filter(|channel| channel.paired)?;
        let slot = LocalCard::partner(channel.slot.slot)?;
        self.channel_at[usize::from(channel.slot.span.0)][slot.index()].map(|index| index as usize)
    }
}
