//! Synchronisation messages of an E1, in an Sa bit (G.704 §2.3.4): four bits in each half of a CRC-4 multiframe.
use super::bridge::Bridge;
use super::regs;
use crate::Bus;
use tandem_line::clock::Quality;
use tandem_line::e1::SaBit;

/// What one Sa bit has told.
#[derive(Debug, Default)]
pub(super) struct SaMessages {
    last: u8,
    alike: u8,
    believed: Option<u8>,
}

impl SaMessages {
    /// Looks at the bits of the last multiframe. A message is believed when it came three times in a row.
    pub(super) fn listen<B: Bus>(&mut self, bridge: &mut Bridge<B>, span: usize, bit: SaBit) {
        let bits = bridge.read_port(span, regs::E1RSA4 + place(bit));
        if !bridge.is_sound() {
            return;
        }
        let (first, second) = (bits & 0x0f, bits >> 4);
        let same = first == second && (first == self.last || self.alike == 0);
        self.alike = if same { (self.alike + 1).min(ALIKE) } else { 0 };
        self.last = second;
        if self.alike == ALIKE {
            self.believed = Some(message(second));
        }
    }

    pub(super) fn quality(&self) -> Option<Quality> {
        self.believed.and_then(Quality::from_e1_message)
    }
}

/// Sends a message from registers, or the idle bits of timeslot 0 again.
pub(super) fn send<B: Bus>(bridge: &mut Bridge<B>, span: usize, what: Option<(SaBit, Quality)>) {
    let mut sources = 0;
    if let Some((bit, quality)) = what {
        let half = message(quality.e1_message());
        bridge.write_port(span, regs::E1TSA4 + place(bit), half << 4 | half);
        sources = 1 << (4 - place(bit));
    }
    bridge.write_port(span, regs::E1TSACR, sources);
}

/// Only the lower half of the argument counts. The first of four bits is the highest of a message and the lowest of a register; and the other way round.
const fn message(half: u8) -> u8 {
    half.reverse_bits() >> 4
}

/// Of Sa4 to Sa8, from 0.
fn place(bit: SaBit) -> u16 {
    (0..4).find(|place| SaBit::new(4 + *place) == Some(bit)).map_or(4, u16::from)
}

/// Multiframes seen with the message twice in each.
const ALIKE: u8 = 2;
