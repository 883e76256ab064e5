//! HDLC (ISO 3309, Q.921 §2): flags, zero insertion, frame check sequence, abort; bit by bit, or by the octets
//! of a timeslot. For a D channel of 64 kbit/s as for the 4 kbit/s data link of a T1.
//!
//! The octets of a frame go lowest bit first; a timeslot is taken in the order of its bits on the line, which is
//! highest first. The caller lends the octets: a receiver writes into a buffer, a sender reads a frame, and both
//! want the same octets again at every call until the frame is done. Not here: addresses and control fields.
mod receiver;
mod sender;

pub use receiver::{HdlcCounters, HdlcError, HdlcEvent, HdlcLimits, HdlcReceiver};
pub use sender::{HdlcBit, HdlcSender};

/// The frame check sequence of octets: x¹⁶ + x¹² + x⁵ + 1, begun with ones and inverted. The low octet is sent
/// first.
#[must_use]
pub const fn fcs16(octets: &[u8]) -> u16 {
    let (mut fcs, mut at) = (FCS_START, 0);
    while at < octets.len() {
        fcs = fcs_step(fcs, octets[at]);
        at += 1;
    }
    !fcs
}

/// Divides one more octet, its lowest bit first.
const fn fcs_step(fcs: u16, octet: u8) -> u16 {
    let low = (fcs as u8) ^ octet;
    (fcs >> 8) ^ NIBBLES[(low & 15) as usize] ^ NIBBLES[16 + (low >> 4) as usize]
}

/// Remainders of the low and of the high half of an octet.
const NIBBLES: [u16; 32] = {
    let (mut table, mut at) = ([0; 32], 0);
    while at < 32 {
        let mut rest: u16 = if at < 16 { at } else { (at - 16) << 4 };
        let mut bit = 0;
        while bit < 8 {
            rest = (rest >> 1) ^ (if rest & 1 != 0 { 0x8408 } else { 0 });
            bit += 1;
        }
        table[at as usize] = rest;
        at += 1;
    }
    table
};

const FCS_START: u16 = 0xffff;
/// What division leaves of a frame and its own check sequence.
const FCS_GOOD: u16 = 0xf0b8;
/// Octets of a frame check sequence.
const FCS_OCTETS: usize = 2;
const FLAG: u8 = 0b0111_1110;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_value_of_the_sequence_is_met() {
        assert_eq!(fcs16(b"123456789"), 0x906e);
        assert_eq!(fcs16(&[]), 0);
    }

    #[test]
    fn a_frame_and_its_sequence_leave_f0b8() {
        let mut octets = [0x38, 0x01, 0x03, 0xff, 0x80, 0, 0];
        let [low, high] = fcs16(&octets[..5]).to_le_bytes();
        (octets[5], octets[6]) = (low, high);
        assert_eq!(!fcs16(&octets), 0xf0b8);
    }
}
