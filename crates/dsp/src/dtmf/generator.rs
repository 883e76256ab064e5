//! The DTMF sender: dials a string of digits with the timing and levels asked for.

use tandem_types::{Digit, Frames, Law};

use super::{HIGH_HZ, LOW_HZ};
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

/// Why a string was not taken. Nothing of it will be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialError {
    /// It has a character that is on no key.
    NoSuchKey(char),
    /// More digits would wait than [`DtmfGenerator::CAPACITY`].
    Full,
}

impl core::fmt::Display for DialError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoSuchKey(symbol) => write!(f, "no DTMF key is marked {symbol:?}"),
            Self::Full => write!(f, "too many digits waiting"),
        }
    }
}

impl core::error::Error for DialError {}

/// Dials digits. What it produces does not depend on how the caller cuts time into blocks.
#[derive(Clone, Debug)]
pub struct DtmfGenerator {
    low_amplitude: f32,
    high_amplitude: f32,
    on: u64,
    off: u64,
    waiting: [Digit; Self::CAPACITY],
    count: usize,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    On { tone: DualTone, left: u64 },
    Off { left: u64 },
}

impl DtmfGenerator {
    /// How many digits can wait.
    pub const CAPACITY: usize = 64;

    /// A sender with nothing to dial.
    #[must_use]
    pub fn new(law: Law, sender: DtmfSender) -> Self {
        Self {
            low_amplitude: amplitude_for_dbm0(law, sender.low_dbm0),
            high_amplitude: amplitude_for_dbm0(law, sender.high_dbm0),
            on: sender.on.0,
            off: sender.off.0,
            waiting: [Digit::KEYPAD[0]; Self::CAPACITY],
            count: 0,
            state: State::Idle,
        }
    }

    /// Dials these digits after those that wait.
    pub fn dial(&mut self, digits: &[Digit]) -> Result<(), DialError> {
        let end = self.count + digits.len();
        self.waiting.get_mut(self.count..end).ok_or(DialError::Full)?.copy_from_slice(digits);
        self.count = end;
        Ok(())
    }

    /// Dials a string of `0`–`9`, `A`–`D`, `*` and `#`.
    pub fn dial_str(&mut self, text: &str) -> Result<(), DialError> {
        let mut digits = [Digit::KEYPAD[0]; Self::CAPACITY];
        let mut count = 0;
        for symbol in text.chars() {
            let digit = Digit::from_char(symbol).ok_or(DialError::NoSuchKey(symbol))?;
            *digits.get_mut(count).ok_or(DialError::Full)? = digit;
            count += 1;
        }
        self.dial(&digits[..count])
    }

    /// Stops at once and forgets the digits that wait.
    pub fn stop(&mut self) {
        self.count = 0;
        self.state = State::Idle;
    }

    /// Whether all has been dialled, the last pause included.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.count == 0 && matches!(self.state, State::Idle)
    }

    /// Fills a block, with silence when there is nothing to dial; `true` once all has been dialled.
    pub fn fill(&mut self, block: &mut [i16]) -> bool {
        let mut rest = block;
        loop {
            let used = match &mut self.state {
                State::Idle => {
                    if self.start_next() {
                        continue;
                    }
                    rest.fill(0);
                    return true;
                }
                State::On { tone, left } => {
                    let (now, _) = rest.split_at_mut((*left).min(rest.len() as u64) as usize);
                    tone.fill(now);
                    *left -= now.len() as u64;
                    now.len()
                }
                State::Off { left } => {
                    let (now, _) = rest.split_at_mut((*left).min(rest.len() as u64) as usize);
                    now.fill(0);
                    *left -= now.len() as u64;
                    now.len()
                }
            };
            self.leave_finished_state();
            rest = &mut rest[used..];
            if rest.is_empty() {
                return self.is_finished();
            }
        }
    }

    fn leave_finished_state(&mut self) {
        match self.state {
            State::On { left: 0, .. } if self.off > 0 => self.state = State::Off { left: self.off },
            State::On { left: 0, .. } | State::Off { left: 0 } => self.state = State::Idle,
            _ => {}
        }
    }

    /// Takes the next digit; `false` if none waits.
    fn start_next(&mut self) -> bool {
        if self.count == 0 {
            return false;
        }
        let (row, column) = self.waiting[0].key();
        self.waiting.copy_within(1..self.count, 0);
        self.count -= 1;
        let low = (LOW_HZ[row], self.low_amplitude);
        let high = (HIGH_HZ[column], self.high_amplitude);
        self.state = State::On { tone: DualTone::new(low, high), left: self.on };
        true
    }
}
