//! Performance report messages (T1.403 §9.4.2): once a second an end tells, in an unnumbered frame of LAPD, what
//! it received in each of the last four seconds.
//!
//! [`Prm`] is the meaning of a message and parses from octets and emits them; [`PrmReporter`] makes them of
//! counts; [`PrmTracker`] makes of those received each second of the far end once. Not here: flags and check
//! sequence (`hdlc`), and when to send (`link/`).
use core::fmt;

mod second;
mod tracker;

pub use second::{CrcErrors, PrmCounts, PrmSecond};
pub use tracker::{FarEndSeconds, PrmTracker};

/// Octets of a message without the frame check sequence.
pub const PRM_OCTETS: usize = 11;

/// A performance report message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prm {
    /// Who reports.
    pub from: PrmSource,
    /// The last four seconds, the latest first.
    pub seconds: [PrmSecond; 4],
}

/// Which end reports; the C/R bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrmSource {
    /// The customer installation, C/R 0.
    #[default]
    Customer,
    /// The carrier, C/R 1.
    Carrier,
}

/// Why octets are no performance report message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrmError {
    /// Not 11 octets.
    Length,
    /// Not SAPI 14 and TEI 0.
    Address,
    /// Not an unnumbered information frame.
    Control,
}

impl Prm {
    /// Reads the octets between the flags, without the frame check sequence.
    pub fn parse(octets: &[u8]) -> Result<Self, PrmError> {
        let octets: &[u8; PRM_OCTETS] = octets.try_into().map_err(|_| PrmError::Length)?;
        let [address, tei, control, seconds @ ..] = *octets;
        if address & !COMMAND_RESPONSE != SAPI_14 || tei != TEI_0 {
            return Err(PrmError::Address);
        }
        if control != UNNUMBERED_INFORMATION {
            return Err(PrmError::Control);
        }
        let from = if address & COMMAND_RESPONSE == 0 { PrmSource::Customer } else { PrmSource::Carrier };
        let (pairs, _) = seconds.as_chunks::<2>();
        let second = |n: usize| pairs.get(n).copied().map(PrmSecond::parse).unwrap_or_default();
        Ok(Self { from, seconds: core::array::from_fn(second) })
    }

    /// The octets between the flags, without the frame check sequence.
    #[must_use]
    pub fn emit(&self) -> [u8; PRM_OCTETS] {
        let address = match self.from {
            PrmSource::Customer => SAPI_14,
            PrmSource::Carrier => SAPI_14 | COMMAND_RESPONSE,
        };
        let mut octets = [address, TEI_0, UNNUMBERED_INFORMATION, 0, 0, 0, 0, 0, 0, 0, 0];
        for (pair, second) in octets[3..].as_chunks_mut::<2>().0.iter_mut().zip(&self.seconds) {
            *pair = second.emit();
        }
        octets
    }
}

impl fmt::Display for Prm {
    /// `PRM C/R=0 | N=2 G1 LV | N=1 - | N=0 SE | N=3 -`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PRM C/R={}", u8::from(self.from == PrmSource::Carrier))?;
        self.seconds.iter().try_for_each(|second| write!(f, " | {second}"))
    }
}

/// Makes a message of every second.
#[derive(Clone, Debug)]
pub struct PrmReporter {
    last: Prm,
}

impl PrmReporter {
    /// A reporter whose first second will have the number 0. The seconds before it are reported as good.
    #[must_use]
    pub const fn new(from: PrmSource) -> Self {
        Self {
            last: Prm {
                from,
                seconds: [
                    PrmSecond { number: 3, ..PrmSecond::GOOD },
                    PrmSecond { number: 2, ..PrmSecond::GOOD },
                    PrmSecond { number: 1, ..PrmSecond::GOOD },
                    PrmSecond { number: 0, ..PrmSecond::GOOD },
                ],
            },
        }
    }

    /// Takes what was counted in the second that has just gone by, and gives the message to be sent.
    pub const fn handle_second(&mut self, counts: &PrmCounts) -> Prm {
        let [latest, second, third, _] = self.last.seconds;
        let new = PrmSecond::of(counts, (latest.number + 1) & 3);
        self.last.seconds = [new, latest, second, third];
        self.last
    }
}

const SAPI_14: u8 = 14 << 2;
const COMMAND_RESPONSE: u8 = 0b10;
const TEI_0: u8 = 0x01;
const UNNUMBERED_INFORMATION: u8 = 0x03;
