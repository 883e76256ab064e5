//! Synchronisation status messages of an E1, in an Sa bit (G.704 §2.3.4), as framer chips have them: an octet for each Sa
//! bit of a CRC-4 multiframe, its lowest bit that of frame 1. A message has four bits, so each octet holds two.
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;

/// What one Sa bit has told.
#[derive(Debug, Default)]
pub(crate) struct SaMessages {
    last: u8,
    alike: u8,
    believed: Option<u8>,
}

impl SaMessages {
    /// Takes the bits of the last multiframe. A message is believed when it came three times in a row.
    pub(crate) fn take(&mut self, bits: u8) {
        let (first, second) = (bits & 0x0f, bits >> 4);
        let same = first == second && (first == self.last || self.alike == 0);
        self.alike = if same { (self.alike + 1).min(ALIKE) } else { 0 };
        self.last = second;
        if self.alike == ALIKE {
            self.believed = Some(turned(second));
        }
    }

    pub(crate) fn quality(&self) -> Option<Quality> {
        self.believed.and_then(Quality::from_e1_message)
    }
}

/// The bits of a multiframe that tell this.
pub(crate) const fn bits_of(quality: Quality) -> u8 {
    let half = turned(quality.e1_message());
    half << 4 | half
}

/// Of Sa4 to Sa8, from 0.
pub(crate) const fn place(bit: SaBit) -> u8 {
    bit.number() - 4
}

/// Only the lower half of the argument counts. The first of four bits is the highest of a message and the lowest of a
/// register; and the other way round.
const fn turned(half: u8) -> u8 {
    half.reverse_bits() >> 4
}

/// Multiframes seen with the message twice in each.
const ALIKE: u8 = 2;
