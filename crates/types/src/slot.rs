//! Three numbers that are easily confused, as three types: the timeslot of a frame, the telephone channel of
//! channel-associated signalling, and the channel number that a signalling message carries.
use core::fmt;

/// Position of a span among the spans of an engine, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanIndex(pub u16);

/// A timeslot of an E1 frame, 0–31 (G.704 §2.3.1). On T1 the same type counts 1–24.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timeslot(u8);

impl Timeslot {
    /// Number of timeslots in the frame of an E1, and in the frames of blocks in memory.
    pub const PER_FRAME: usize = 32;

    /// The timeslot with this number; `None` from 32 on.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 32 { Some(Self(number)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The number as an index into a frame.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The telephone channel that this timeslot carries on an E1 with channel-associated signalling.
    #[must_use]
    pub const fn telephone_channel(self) -> Option<TelephoneChannel> {
        match self.0 {
            1..=15 => Some(TelephoneChannel(self.0)),
            17..=31 => Some(TelephoneChannel(self.0 - 1)),
            _ => None,
        }
    }
}

impl fmt::Display for Timeslot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A telephone channel of an E1 with channel-associated signalling, 1–30 (G.704 §5.1.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TelephoneChannel(u8);

impl TelephoneChannel {
    /// The channel with this number; `None` outside 1–30.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 1 && number <= 30 { Some(Self(number)) } else { None }
    }

    /// The number, 1–30.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The timeslot that carries it: 1–15 as they are, 16–30 one further, past the signalling slot.
    #[must_use]
    pub const fn timeslot(self) -> Timeslot {
        Timeslot(if self.0 <= 15 { self.0 } else { self.0 + 1 })
    }

    /// All thirty, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (1..=30).map(Self)
    }
}

/// The channel number of a Channel identification element or a circuit identification code. What timeslot
/// it means is a matter of the profile in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignalledChannel(pub u16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_channels_skip_slots_0_and_16() {
        let slots: [u8; 30] = core::array::from_fn(|n| {
            TelephoneChannel::new(n as u8 + 1).map_or(0, |channel| channel.timeslot().number())
        });
        assert_eq!(slots[0], 1);
        assert_eq!(slots[14], 15);
        assert_eq!(slots[15], 17);
        assert_eq!(slots[29], 31);
        for channel in TelephoneChannel::all() {
            assert_eq!(channel.timeslot().telephone_channel(), Some(channel));
        }
        assert_eq!(Timeslot::new(0).and_then(Timeslot::telephone_channel), None);
        assert_eq!(Timeslot::new(16).and_then(Timeslot::telephone_channel), None);
        assert_eq!(Timeslot::new(32), None);
    }
}
