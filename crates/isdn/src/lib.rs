//! ISDN primary rate signalling: the data link of Q.921 and the calls of Q.931, user and network side.
//!
//! Sans-IO: frames and commands go in with the time they belong to, frames and events are polled out, and
//! nothing here reads a clock. The control thread owns it. What differs between EuroISDN, NI-2, 5ESS, 4ESS,
//! DMS-100 and QSIG is data in a profile. Not here: flags, zero insertion and the frame check sequence
//! (`tandem_line::hdlc`), media, routing (`engine`). [`access`] puts the two layers together.
#![forbid(unsafe_code)]

pub mod access;
pub mod capture;
pub mod ladder;
pub mod profile;
pub mod q921;
pub mod q931;
mod tally;
pub mod tap;

/// The end of the interface that a machine plays (Q.931 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The user: the exchange of a company, a terminal.
    User,
    /// The network. Of two equal ends, as in QSIG, one plays it.
    Network,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::User => Self::Network,
            Self::Network => Self::User,
        }
    }
}
