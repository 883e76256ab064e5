//! The B channels of an interface.
use tandem_types::FrameTime;

use super::BChannel;
use super::calls::Slot;
use super::config::Hunt;
use super::element::{ChannelIdentification, InterfaceState};
use super::event::ChannelService;

/// The most channels of one interface machine.
pub(super) const MAX_CHANNELS: usize = 4096;

/// A channel by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChannelIndex(pub(super) u16);

/// A RESTART under way (Q.931 §5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    /// Not.
    None,
    /// Sent so often; T316 runs until then.
    Sent { times: u8, until: FrameTime },
    /// Never answered; tried again then, if at all.
    Failed { retry: Option<FrameTime> },
}

#[derive(Debug)]
pub(super) struct Channel {
    pub(super) id: BChannel,
    pub(super) call: Option<Slot>,
    pub(super) here: InterfaceState,
    pub(super) far: InterfaceState,
    pub(super) restart: Restart,
    /// The far end has not acknowledged what SERVICE has said of `here`.
    pub(super) service_unanswered: bool,
    /// The owner keeps it from all calls.
    pub(super) reserved: bool,
    /// News of it waits in the queue.
    pub(super) news: bool,
}

impl Channel {
    pub(super) const fn service(&self) -> ChannelService {
        match (self.restart, self.here, self.far) {
            (Restart::Failed { .. }, _, _) => ChannelService::OutOfService,
            (Restart::Sent { .. }, _, _) => ChannelService::Restarting,
            (Restart::None, InterfaceState::InService, InterfaceState::InService) => {
                ChannelService::InService
            }
            (Restart::None, here, far) => ChannelService::Blocked { here, far },
        }
    }

    /// Whether we may place a call on it.
    pub(super) const fn is_free(&self) -> bool {
        self.call.is_none() && !self.reserved && matches!(self.service(), ChannelService::InService)
    }

    /// Whether the far end may place a call on it. In maintenance, an end makes no calls and takes them.
    pub(super) const fn takes_calls(&self) -> bool {
        let out = matches!(self.here, InterfaceState::OutOfService);
        matches!(self.restart, Restart::None)
            && !self.reserved
            && !out
            && !matches!(self.far, InterfaceState::OutOfService)
    }

    pub(super) const fn wakes_at(&self) -> Option<FrameTime> {
        match self.restart {
            Restart::None => None,
            Restart::Sent { until, .. } => Some(until),
            Restart::Failed { retry } => retry,
        }
    }
}

#[derive(Debug)]
pub(super) struct Channels {
    channels: Vec<Channel>,
    /// By interface, the channel of each number; no interface: no table.
    tables: Vec<Option<Box<[Option<ChannelIndex>; 128]>>>,
    /// A bit for each channel that may be taken for a call of ours.
    free: Vec<u64>,
}

impl Channels {
    pub(super) fn new(ids: &[BChannel]) -> Self {
        let mut tables: Vec<Option<Box<[Option<ChannelIndex>; 128]>>> = Vec::new();
        tables.resize_with(128, || None);
        let mut channels = Vec::new();
        for (at, id) in ids.iter().enumerate().take(MAX_CHANNELS) {
            let table = tables[usize::from(id.interface & 127)].get_or_insert_with(|| Box::new([None; 128]));
            table[usize::from(id.number.0 & 127)] = Some(ChannelIndex(at as u16));
            channels.push(Channel {
                id: *id,
                call: None,
                here: InterfaceState::InService,
                far: InterfaceState::InService,
                restart: Restart::None,
                service_unanswered: false,
                reserved: false,
                news: false,
            });
        }
        let mut new = Self { free: vec![0; channels.len().div_ceil(64)], channels, tables };
        (0..new.channels.len()).for_each(|at| new.mark(ChannelIndex(at as u16)));
        new
    }

    pub(super) fn find(&self, id: BChannel) -> Option<ChannelIndex> {
        let table = self.tables.get(usize::from(id.interface))?.as_ref()?;
        *table.get(usize::from(id.number.0))?
    }

    /// The one channel that an element names, on the interface of the D channel unless it says another.
    pub(super) fn named(&self, element: &ChannelIdentification, own: u8) -> Option<ChannelIndex> {
        let number = element.single()?;
        self.find(BChannel::new(element.interface.unwrap_or(own), number))
    }

    pub(super) fn get(&self, index: ChannelIndex) -> &Channel {
        &self.channels[usize::from(index.0)]
    }

    /// Changes a channel.
    pub(super) fn change<T>(&mut self, index: ChannelIndex, change: impl FnOnce(&mut Channel) -> T) -> T {
        let result = change(&mut self.channels[usize::from(index.0)]);
        self.mark(index);
        result
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ChannelIndex, &Channel)> {
        self.channels.iter().enumerate().map(|(at, channel)| (ChannelIndex(at as u16), channel))
    }

    /// A free channel, by the order of the hunt.
    pub(super) fn hunt(&self, hunt: Hunt) -> Option<ChannelIndex> {
        let in_word = |(at, word): (usize, &u64)| {
            let bit = match hunt {
                Hunt::Ascending => word.trailing_zeros(),
                Hunt::Descending => 63u32.wrapping_sub(word.leading_zeros()),
            };
            (*word != 0).then(|| ChannelIndex((at * 64) as u16 + bit as u16))
        };
        match hunt {
            Hunt::Ascending => self.free.iter().enumerate().find_map(in_word),
            Hunt::Descending => self.free.iter().enumerate().rev().find_map(in_word),
        }
    }

    fn mark(&mut self, index: ChannelIndex) {
        let (word, bit) = (usize::from(index.0 / 64), index.0 % 64);
        if self.get(index).is_free() {
            self.free[word] |= 1 << bit;
        } else {
            self.free[word] &= !(1 << bit);
        }
    }
}
