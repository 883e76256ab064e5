//! The DTMF sender: dials a string of digits with the timing and levels asked for.

use tandem_types::{Digit, Frames, Law};

use super::{HIGH_HZ, LOW_HZ};
pub use crate::dialler::DialError;
use crate::dialler::Dialler;
use crate::level::amplitude_for_dbm0;
use crate::tone::DualTone;

/// How a sender sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DtmfSender {
    /// Level of the low-group tone in dBm0.
    pub low_dbm0: f32,
    /// Level of the high-group tone in dBm0.
    pub high_dbm0: f32,
    /// How long each digit sounds.
    pub on: Frames,
    /// The pause after each digit.
    pub off: Frames,
}

impl Default for DtmfSender {
    /// Digits and pauses of 70 ms, -9 and -7 dBm0: the high group a little louder, as telephones send it to
    /// make up for the loss of the line.
    fn default() -> Self {
        Self { low_dbm0: -9.0, high_dbm0: -7.0, on: Frames::from_ms(70), off: Frames::from_ms(70) }
    }
}

/// Dials digits. What it produces does not depend on how the caller cuts time into blocks.
#[derive(Clone, Debug)]
pub struct DtmfGenerator {
    amplitudes: [f32; 2],
    on: Frames,
    dialler: Dialler<Digit>,
}

impl DtmfGenerator {
    /// How many digits can wait.
    pub const CAPACITY: usize = Dialler::<Digit>::CAPACITY;

    /// A sender with nothing to dial.
    #[must_use]
    pub fn new(law: Law, sender: DtmfSender) -> Self {
        Self {
            amplitudes: [sender.low_dbm0, sender.high_dbm0].map(|dbm0| amplitude_for_dbm0(law, dbm0)),
            on: sender.on,
            dialler: Dialler::new(sender.off),
        }
    }

    /// Dials these digits after those that wait.
    pub fn dial(&mut self, digits: &[Digit]) -> Result<(), DialError> {
        self.dialler.dial(digits.iter().map(|digit| Ok(*digit)))
    }

    /// Dials a string of `0`–`9`, `A`–`D`, `*` and `#`.
    pub fn dial_str(&mut self, text: &str) -> Result<(), DialError> {
        self.dialler.dial(text.chars().map(|c| Digit::from_char(c).ok_or(DialError::NoSuchKey(c))))
    }

    /// Stops at once and forgets the digits that wait.
    pub fn stop(&mut self) {
        self.dialler.stop();
    }

    /// Whether all has been dialled, the last pause included.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.dialler.is_finished()
    }

    /// Fills a block, with silence when there is nothing to dial; `true` once all has been dialled.
    pub fn fill(&mut self, block: &mut [i16]) -> bool {
        let ([low, high], on) = (self.amplitudes, self.on);
        self.dialler.fill(block, |digit| {
            let (row, column) = digit.key();
            (DualTone::new((LOW_HZ[row], low), (HIGH_HZ[column], high)), on)
        })
    }
}
