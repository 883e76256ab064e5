//! What a channel carries: the companding law of its octets and the bearer capability of the call on it.

/// Companding law of a 64 kbit/s voice channel (G.711).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// A-law, usual on E1.
    #[default]
    A,
    /// µ-law, usual on T1.
    Mu,
}

impl Law {
    /// The octet that carries the smallest positive value: what an idle voice channel sends.
    #[must_use]
    pub const fn idle_octet(self) -> u8 {
        match self {
            Self::A => 0xd5,
            Self::Mu => 0xff,
        }
    }
}

/// Bearer capability of a call (Q.931 §4.5.5): decides which treatments the engine may apply to its octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearer {
    /// Speech: conversion, gain, echo cancelling and concealment are allowed.
    #[default]
    Speech,
    /// 3.1 kHz audio: conversion between laws only (modems and fax live here).
    Audio31,
    /// Unrestricted digital information: octets pass untouched, across laws too.
    Unrestricted,
    /// Restricted digital information: as unrestricted, with 56 kbit/s of it in use.
    Restricted,
}

impl Bearer {
    /// Whether the octets of such a call must pass bit-exact.
    #[must_use]
    pub const fn is_data(self) -> bool {
        matches!(self, Self::Unrestricted | Self::Restricted)
    }
}
