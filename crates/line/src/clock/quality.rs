//! The quality of a clock, as synchronisation status messages tell it.
use core::fmt;

/// Where a signal's clock comes from (G.704 §2.3.4 and table 5D, option I of G.781). The better is the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// A primary reference clock (G.811).
    Primary,
    /// A synchronisation supply unit of the transit kind (G.812).
    SupplyA,
    /// A synchronisation supply unit of the local kind (G.812).
    SupplyB,
    /// The clock of a piece of equipment (G.813).
    Equipment,
    /// It is not said.
    Unknown,
    /// Not to be followed: it comes from those who would follow it.
    DoNotUse,
}

impl Quality {
    /// The message of four bits that an E1 carries in one of its Sa bits.
    #[must_use]
    pub const fn e1_message(self) -> u8 {
        match self {
            Self::Unknown => 0b0000,
            Self::Primary => 0b0010,
            Self::SupplyA => 0b0100,
            Self::SupplyB => 0b1000,
            Self::Equipment => 0b1011,
            Self::DoNotUse => 0b1111,
        }
    }

    /// What a message of four bits says; `None` for those that are reserved.
    #[must_use]
    pub const fn from_e1_message(message: u8) -> Option<Self> {
        match message {
            0b0000 => Some(Self::Unknown),
            0b0010 => Some(Self::Primary),
            0b0100 => Some(Self::SupplyA),
            0b1000 => Some(Self::SupplyB),
            0b1011 => Some(Self::Equipment),
            0b1111 => Some(Self::DoNotUse),
            _ => None,
        }
    }

    /// As people and configurations name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Primary => "prc",
            Self::SupplyA => "ssu-a",
            Self::SupplyB => "ssu-b",
            Self::Equipment => "sec",
            Self::Unknown => "unknown",
            Self::DoNotUse => "dnu",
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
