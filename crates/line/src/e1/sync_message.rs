//! Synchronisation status messages in the Sa bits of an E1 (G.704 §2.3.4): four bits in each sub-multiframe, one in
//! every frame without alignment signal, the first in frame 1 or 9.
use crate::clock::Quality;

/// One of the bits Sa4 to Sa8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaBit(u8);

impl SaBit {
    /// The bit with this number; `None` outside 4 to 8.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number >= 4 && number <= 8 { Some(Self(number)) } else { None }
    }

    /// Its number, 4 to 8.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Its place in timeslot 0.
    pub(super) const fn mask(self) -> u8 {
        1 << (8 - self.0)
    }
}

/// Receives the messages of one bit.
#[derive(Clone, Debug)]
pub(super) struct SyncReceiver {
    /// The last bits, the newest lowest.
    bits: u8,
    /// The last message, and how often it has come in a row.
    last: u8,
    alike: u8,
    believed: Option<u8>,
}

impl SyncReceiver {
    pub(super) const fn new() -> Self {
        Self { bits: 0, last: 0, alike: 0, believed: None }
    }

    /// Takes the bit of a frame without alignment signal, which has this number in the multiframe. A message is
    /// believed when three are alike.
    pub(super) const fn take(&mut self, number: u8, bit: bool) {
        self.bits = (self.bits << 1 | bit as u8) & 0b1111;
        if number & 7 != 7 {
            return;
        }
        self.alike = if self.bits == self.last && self.alike > 0 { self.alike + 1 } else { 1 };
        self.last = self.bits;
        if self.alike >= ALIKE {
            self.alike = ALIKE;
            self.believed = Some(self.bits);
        }
    }

    /// What the believed message says. A reserved one says nothing.
    pub(super) fn quality(&self) -> Option<Quality> {
        self.believed.and_then(Quality::from_e1_message)
    }
}

/// The bit to send in the frame with this number.
pub(super) const fn bit_to_send(quality: Quality, number: u8) -> bool {
    quality.e1_message() >> (3 - (number & 7) / 2) & 1 == 1
}

/// As the data sheets of the field have it (DS26503 §12).
const ALIKE: u8 = 3;
