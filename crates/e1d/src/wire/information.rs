//! What answers are made of.
use super::{LineMode, SlotConfig, SlotMode};

/// An interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceInfo {
    /// Its number.
    pub interface: u8,
    /// How many lines it has.
    pub lines: u8,
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineInfo {
    /// Its number in its interface.
    pub line: u8,
    /// How it is used.
    pub mode: LineMode,
    /// Not defined so far; 0.
    pub status: u8,
}

/// A timeslot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotInfo {
    /// Its number, 254 for the superchannel.
    pub slot: u8,
    /// How it is used.
    pub config: SlotConfig,
    /// Not defined so far; 0xa5 when it was just opened, else 0.
    pub status: u8,
}

impl InterfaceInfo {
    /// Octets of one.
    pub const OCTETS: usize = 2;

    /// Those of an answer; `None` if it is not a whole number of them.
    #[must_use]
    pub fn all(payload: &[u8]) -> Option<impl ExactSizeIterator<Item = Self>> {
        let (infos, []) = payload.as_chunks::<{ Self::OCTETS }>() else { return None };
        Some(infos.iter().map(|[interface, lines]| Self { interface: *interface, lines: *lines }))
    }

    /// Writes it.
    #[must_use]
    pub const fn to_octets(self) -> [u8; Self::OCTETS] {
        [self.interface, self.lines]
    }
}

impl LineInfo {
    /// Octets of one.
    pub const OCTETS: usize = 3;

    /// Those of an answer; `None` if it is not a whole number of them.
    #[must_use]
    pub fn all(payload: &[u8]) -> Option<impl ExactSizeIterator<Item = Self>> {
        let (infos, []) = payload.as_chunks::<{ Self::OCTETS }>() else { return None };
        Some(infos.iter().map(|[line, mode, status]| Self {
            line: *line,
            mode: LineMode::of(*mode),
            status: *status,
        }))
    }

    /// Writes it.
    #[must_use]
    pub const fn to_octets(self) -> [u8; Self::OCTETS] {
        [self.line, self.mode.number(), self.status]
    }
}

impl SlotInfo {
    /// Octets of one.
    pub const OCTETS: usize = 6;

    /// Those of an answer; `None` if it is not a whole number of them.
    #[must_use]
    pub fn all(payload: &[u8]) -> Option<impl ExactSizeIterator<Item = Self>> {
        let (infos, []) = payload.as_chunks::<{ Self::OCTETS }>() else { return None };
        Some(infos.iter().map(|[slot, config @ .., status]| Self {
            slot: *slot,
            config: SlotConfig::of(*config),
            status: *status,
        }))
    }

    /// Writes it.
    #[must_use]
    pub const fn to_octets(self) -> [u8; Self::OCTETS] {
        let [mode, flags, low, high] = self.config.to_octets();
        [self.slot, mode, flags, low, high, self.status]
    }

    /// One that is not open.
    #[must_use]
    pub const fn closed(slot: u8) -> Self {
        let config = SlotConfig { mode: SlotMode::Off, force: false, read_octets: 0 };
        Self { slot, config, status: 0 }
    }
}
