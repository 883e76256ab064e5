//! What an interface is made from.
use super::channels::MAX_CHANNELS;
use crate::Side;
use crate::profile::{Profile, Timers};
use std::sync::Arc;
use tandem_types::{Dialled, NumberPattern, SignalledChannel, judge_number};

/// A data link of an interface, as its owner numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u8);

/// A B channel by its interface and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BChannel {
    /// The interface identifier, 0 to 127; 0 where there is one interface only.
    pub interface: u8,
    /// The number that a Channel identification says, 0 to 127.
    pub number: SignalledChannel,
}

impl BChannel {
    /// A channel of an interface.
    #[must_use]
    pub const fn new(interface: u8, number: u8) -> Self {
        Self { interface, number: SignalledChannel(number as u16) }
    }
}

/// A D channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkConfig {
    /// The owner's number of it.
    pub id: LinkId,
    /// The interface that it lies on: what a Channel identification without an interface means.
    pub interface: u8,
}

/// In which order free channels are tried. The two sides take opposite ends, so that they seldom meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hunt {
    /// From the lowest.
    Ascending,
    /// From the highest.
    Descending,
}

/// When an incoming number that comes digit by digit has all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The numbers that there are. One is complete with the digit with which no longer one begins; without a plan digits are
    /// only counted.
    pub plan: Arc<[NumberPattern]>,
    /// With fewer when T302 expires, or with digits with which numbers of the plan only begin, the call is cleared with
    /// cause 28.
    pub min_digits: u8,
    /// With so many the number is complete; at most 32.
    pub max_digits: u8,
    /// A digit that ends the number and is not part of it, such as '#'.
    pub end_digit: Option<u8>,
}

impl Overlap {
    /// The plan has no longer number that begins so.
    pub(super) fn is_whole(&self, digits: &[u8]) -> bool {
        judge_number(&self.plan, digits) == Dialled::Complete
    }

    /// The plan has no number that begins so.
    pub(super) fn is_unknown(&self, digits: &[u8]) -> bool {
        !self.plan.is_empty() && judge_number(&self.plan, digits) == Dialled::Unknown
    }

    /// With these digits, and no more to come, it is no number.
    pub(super) fn is_too_short(&self, digits: &[u8]) -> bool {
        digits.len() < usize::from(self.min_digits) || judge_number(&self.plan, digits) == Dialled::Beginning
    }

    /// The digit after these ends the number, and is not one of it by the plan.
    pub(super) fn is_ended_by(&self, digits: &[u8], next: u8) -> bool {
        let mut longer = [0; NumberPattern::LONGEST + 1];
        let of_plan = longer.get_mut(..=digits.len()).is_some_and(|longer| {
            longer[..digits.len()].copy_from_slice(digits);
            longer[digits.len()] = next;
            judge_number(&self.plan, longer) != Dialled::Unknown
        });
        self.end_digit == Some(next) && !digits.is_empty() && !of_plan
    }
}

/// An interface to be.
#[derive(Clone, Debug)]
pub struct InterfaceConfig {
    /// The end that we play.
    pub side: Side,
    /// The switch.
    pub profile: Profile,
    /// Timers other than the profile's.
    pub timers: Option<Timers>,
    /// The B channels.
    pub channels: Vec<BChannel>,
    /// The D channels, the primary one first.
    pub links: Vec<LinkConfig>,
    /// The most calls at a time; beyond, a call is refused with cause 42.
    pub max_calls: u16,
    /// With more events waiting, a call with news is cleared with cause 42.
    pub max_events: usize,
    /// The most messages waiting to be fetched; beyond, they are dropped and counted.
    pub max_messages: usize,
    /// The order of free channels.
    pub hunt: Hunt,
    /// Incoming overlap numbers.
    pub overlap: Overlap,
    /// A DISCONNECT without in-band information is answered by RELEASE at once. If not, the owner releases.
    pub releases_at_once: bool,
    /// On the network side a CONNECT is acknowledged at once. If not, the owner does it (state N8).
    pub acknowledges_at_once: bool,
}

impl InterfaceConfig {
    /// One E1 (channels 1 to 15 and 17 to 31) on link 0.
    #[must_use]
    pub fn e1(side: Side, profile: Profile) -> Self {
        let numbers = (1..16).chain(17..32);
        Self::single(side, profile, numbers.map(|number| BChannel::new(0, number)).collect())
    }

    /// One T1 (channels 1 to 23) on link 0.
    #[must_use]
    pub fn t1(side: Side, profile: Profile) -> Self {
        Self::single(side, profile, (1..24).map(|number| BChannel::new(0, number)).collect())
    }

    /// Several T1 that share D channels (non-facility associated signalling): the interfaces with a D channel, the primary
    /// one first, whose links are numbered in this order, and those whose 24 channels are all B channels.
    #[must_use]
    pub fn t1_group(side: Side, profile: Profile, with_d: &[u8], without_d: &[u8]) -> Self {
        let channels = |interfaces: &[u8], last: u8| -> Vec<BChannel> {
            let of = |interface: &u8| {
                (1..=last).map(|number| BChannel::new(*interface, number)).collect::<Vec<_>>()
            };
            interfaces.iter().flat_map(of).collect()
        };
        let all = [channels(with_d, 23), channels(without_d, 24)].concat();
        let links = with_d
            .iter()
            .zip(0..)
            .map(|(interface, id)| LinkConfig { id: LinkId(id), interface: *interface });
        Self { links: links.collect(), ..Self::single(side, profile, all) }
    }

    fn single(side: Side, profile: Profile, channels: Vec<BChannel>) -> Self {
        let most = channels.len() as u16;
        Self {
            side,
            profile,
            timers: None,
            max_calls: 2 * most + 4,
            channels,
            links: vec![LinkConfig { id: LinkId(0), interface: 0 }],
            max_events: 4096,
            max_messages: 4096,
            hunt: match side {
                Side::User => Hunt::Ascending,
                Side::Network => Hunt::Descending,
            },
            overlap: Overlap { plan: Arc::default(), min_digits: 1, max_digits: 32, end_digit: Some(b'#') },
            releases_at_once: true,
            acknowledges_at_once: true,
        }
    }

    /// The timers in use.
    pub(super) fn timers(&self) -> Timers {
        self.timers.unwrap_or(*self.profile.timers(self.side))
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let mut channels = self.channels.clone();
        channels.sort_unstable();
        if channels.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ConfigError::ChannelTwice);
        }
        if channels.len() > MAX_CHANNELS {
            return Err(ConfigError::TooManyChannels);
        }
        if channels.iter().any(|channel| channel.interface > 127 || channel.number.0 > 127) {
            return Err(ConfigError::ChannelNumber);
        }
        let mut links: Vec<LinkId> = self.links.iter().map(|link| link.id).collect();
        links.sort_unstable();
        if links.is_empty() || links.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ConfigError::Links);
        }
        if self.timers().t316.0 == 0 {
            return Err(ConfigError::Timer);
        }
        if !(1..=2).contains(&self.profile.call_reference_length) {
            return Err(ConfigError::CallReferenceLength);
        }
        Ok(())
    }
}

/// Why an interface cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// A channel is there twice.
    ChannelTwice,
    /// More than 4096 channels.
    TooManyChannels,
    /// An interface identifier or channel number above 127.
    ChannelNumber,
    /// No data link, or one twice.
    Links,
    /// Neither 1 nor 2 octets.
    CallReferenceLength,
    /// T316 of no length: a restart would be repeated without end.
    Timer,
}
