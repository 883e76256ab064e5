//! Captures of a D channel in the pcap format, as Wireshark reads them: LINKTYPE_LINUX_LAPD, whose header in front of each
//! frame tells who sent it.
//!
//! Octets in, octets out: where they are kept is the owner's affair. Not here: what frames mean ([`crate::q921`]).
use core::fmt;

use crate::Side;

/// A frame that was seen on a D channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captured<'f> {
    /// When, in microseconds since 1970.
    pub at_us: u64,
    /// The side of the end that made the capture, where it is told.
    pub our_side: Side,
    /// Whether that end sent the frame.
    pub sent: bool,
    /// The frame, without its check sequence.
    pub frame: &'f [u8],
}

impl Captured<'_> {
    /// The side that sent the frame.
    #[must_use]
    pub const fn sender(&self) -> Side {
        match (self.our_side, self.sent) {
            (Side::User, true) | (Side::Network, false) => Side::User,
            (Side::Network, true) | (Side::User, false) => Side::Network,
        }
    }
}

/// What a record of a capture has besides the frame.
pub const RECORD_OCTETS: usize = RECORD_HEADER_OCTETS + SLL_OCTETS;

/// What a capture begins with.
#[must_use]
pub fn file_header() -> Vec<u8> {
    let mut header = MAGIC.to_le_bytes().to_vec();
    // Version 2.4, zone, accuracy, longest packet, link type.
    header.extend([2, 0, 4, 0]);
    [0, 0, 65_535, LINKTYPE_LINUX_LAPD].iter().for_each(|word: &u32| header.extend(word.to_le_bytes()));
    header
}

/// Adds a frame to a capture.
pub fn append(capture: &mut Vec<u8>, seen: &Captured<'_>) {
    let length = (SLL_OCTETS + seen.frame.len()) as u32;
    let (seconds, us) = ((seen.at_us / 1_000_000) as u32, (seen.at_us % 1_000_000) as u32);
    [seconds, us, length, length].iter().for_each(|word| capture.extend(word.to_le_bytes()));
    let kind = if seen.sent { OUTGOING } else { 0 };
    let side = u8::from(seen.our_side == Side::Network);
    // Packet type, ARPHRD_LAPD, length of the address, the address, the protocol.
    capture.extend([0, kind, 0x20, 0xfd, 0, 1, side, 0, 0, 0, 0, 0, 0, 0, 0, 0x30]);
    capture.extend(seen.frame);
}

/// Why something is no capture of a D channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptureError {
    /// It does not begin as a pcap file does.
    NoCapture,
    /// It is a capture of this link type, which is no LAPD.
    LinkType(u32),
    /// It ends within the record at this octet.
    Cut(usize),
    /// The record at this octet is too short for a frame, or longer than any.
    Length(usize),
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCapture => f.write_str("not a pcap file (pcapng is not read)"),
            Self::LinkType(kind) => write!(f, "a capture of link type {kind}; LAPD is 177 or 203"),
            Self::Cut(at) => write!(f, "cut off in the record at octet {at}"),
            Self::Length(at) => write!(f, "the record at octet {at} has an impossible length"),
        }
    }
}

impl std::error::Error for CaptureError {}

/// Reads a capture, of either order of octets, in micro- or nanoseconds, with headers that tell the direction (177) or
/// without (203: the sender is then told by whether a frame of its kind is a command; of supervisory frames, which may be either,
/// all are taken for responses).
#[derive(Clone, Debug)]
pub struct CaptureReader<'a> {
    octets: &'a [u8],
    at: usize,
    big_endian: bool,
    nanoseconds: bool,
    has_header: bool,
}

impl<'a> CaptureReader<'a> {
    /// A reader of these octets, a whole file.
    pub fn new(octets: &'a [u8]) -> Result<Self, CaptureError> {
        let first: [u8; 4] =
            octets.get(..4).and_then(|it| it.try_into().ok()).ok_or(CaptureError::NoCapture)?;
        let (big_endian, nanoseconds) = match (u32::from_le_bytes(first), u32::from_be_bytes(first)) {
            (MAGIC, _) => (false, false),
            (MAGIC_NS, _) => (false, true),
            (_, MAGIC) => (true, false),
            (_, MAGIC_NS) => (true, true),
            _ => return Err(CaptureError::NoCapture),
        };
        let mut reader = Self { octets, at: 0, big_endian, nanoseconds, has_header: false };
        let kind = reader.word(20).ok_or(CaptureError::NoCapture)?;
        // The upper half of the field has other uses.
        reader.has_header = match kind & 0xffff {
            LINKTYPE_LINUX_LAPD => true,
            LINKTYPE_LAPD => false,
            other => return Err(CaptureError::LinkType(other)),
        };
        reader.at = FILE_HEADER_OCTETS;
        Ok(reader)
    }

    fn word(&self, at: usize) -> Option<u32> {
        let octets = self.octets.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.big_endian { u32::from_be_bytes(octets) } else { u32::from_le_bytes(octets) })
    }

    fn record(&mut self) -> Result<Captured<'a>, CaptureError> {
        let begun = self.at;
        let cut = CaptureError::Cut(begun);
        let word = |number: usize| self.word(begun + 4 * number).ok_or(cut);
        let (seconds, part, length) = (word(0)?, word(1)?, word(2)? as usize);
        if length > LONGEST_RECORD {
            return Err(CaptureError::Length(begun));
        }
        let start = begun + RECORD_HEADER_OCTETS;
        let octets = self.octets.get(start..start + length).ok_or(cut)?;
        self.at = start + length;
        let us = if self.nanoseconds { part / 1000 } else { part };
        let at_us = u64::from(seconds) * 1_000_000 + u64::from(us);
        if !self.has_header {
            let sent = sender_of(octets) == Side::User;
            return Ok(Captured { at_us, our_side: Side::User, sent, frame: octets });
        }
        let (header, frame) = octets.split_at_checked(SLL_OCTETS).ok_or(CaptureError::Length(begun))?;
        let our_side = if header[6] & 1 == 1 { Side::Network } else { Side::User };
        Ok(Captured { at_us, our_side, sent: header[1] == OUTGOING, frame })
    }
}

impl<'a> Iterator for CaptureReader<'a> {
    type Item = Result<Captured<'a>, CaptureError>;

    /// The next frame. After an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.octets.len() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.at = self.octets.len();
        }
        Some(record)
    }
}

/// Who sent a frame, by the C/R bit of its address (Q.921 table 1) and what kind of frame it is.
fn sender_of(frame: &[u8]) -> Side {
    let (address, control) = (frame.first().unwrap_or(&0), frame.get(2).unwrap_or(&0));
    let is_command = match control & 3 {
        // Of the unnumbered ones DM, UA and FRMR are responses (table 5).
        3 => !matches!(control & 0xef, 0x0f | 0x63 | 0x87),
        1 => false,
        _ => true,
    };
    // The network's commands and the user's responses have a one.
    if (address & 2 != 0) == is_command { Side::Network } else { Side::User }
}

const MAGIC: u32 = 0xa1b2_c3d4;
const MAGIC_NS: u32 = 0xa1b2_3c4d;
const LINKTYPE_LINUX_LAPD: u32 = 177;
const LINKTYPE_LAPD: u32 = 203;
const FILE_HEADER_OCTETS: usize = 24;
const RECORD_HEADER_OCTETS: usize = 16;
const SLL_OCTETS: usize = 16;
const OUTGOING: u8 = 4;
const LONGEST_RECORD: usize = 65_535;

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(frames: &[Captured<'_>]) -> Vec<u8> {
        let mut octets = file_header();
        frames.iter().for_each(|seen| append(&mut octets, seen));
        octets
    }

    const FRAMES: [Captured<'static>; 3] = [
        Captured { at_us: 1_700_000_000_123_456, our_side: Side::User, sent: true, frame: &[0, 1, 0x7f] },
        Captured { at_us: 1_700_000_000_999_999, our_side: Side::User, sent: false, frame: &[0, 1, 0x73] },
        Captured { at_us: 5, our_side: Side::Network, sent: true, frame: &[] },
    ];

    #[test]
    fn what_was_captured_is_read_back_with_who_sent_it() {
        let octets = capture(&FRAMES);
        let read: Result<Vec<_>, _> = CaptureReader::new(&octets).expect("a capture").collect();
        assert_eq!(read.as_deref(), Ok(&FRAMES[..]));
        assert_eq!(FRAMES.map(|seen| seen.sender()), [Side::User, Side::Network, Side::Network]);
    }

    #[test]
    fn the_other_order_of_octets_and_nanoseconds_are_read_too() {
        let mut octets: Vec<u8> = [0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4].to_vec();
        octets.extend([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 203]);
        // SABME of the user, UA of the network, an I frame of each, RR of each, in answer to these.
        static FRAMES: [(bool, [u8; 3]); 6] = [
            (true, [0x00, 0x01, 0x7f]),
            (false, [0x00, 0x01, 0x73]),
            (true, [0x00, 0x01, 0x00]),
            (false, [0x02, 0x01, 0x00]),
            (true, [0x02, 0x01, 0x01]),
            (false, [0x00, 0x01, 0x01]),
        ];
        for (_, frame) in &FRAMES {
            octets.extend([0, 0, 0, 2, 0, 0, 0x0b, 0xb8, 0, 0, 0, 3, 0, 0, 0, 3]);
            octets.extend(frame);
        }
        let read: Vec<_> = CaptureReader::new(&octets).expect("a capture").collect();
        let expected = |(sent, frame): &'static (bool, [u8; 3])| {
            Ok(Captured { at_us: 2_000_003, our_side: Side::User, sent: *sent, frame: &frame[..] })
        };
        assert_eq!(read, FRAMES.each_ref().map(expected));
    }

    #[test]
    fn what_is_no_capture_or_is_cut_off_is_told_and_reading_ends() {
        assert_eq!(CaptureReader::new(b"RIFF").err(), Some(CaptureError::NoCapture));
        assert_eq!(CaptureReader::new(&[]).err(), Some(CaptureError::NoCapture));
        let mut ethernet = file_header();
        ethernet[20] = 1;
        assert_eq!(CaptureReader::new(&ethernet).err(), Some(CaptureError::LinkType(1)));
        let octets = capture(&FRAMES);
        for length in FILE_HEADER_OCTETS..octets.len() {
            let read: Vec<_> = CaptureReader::new(&octets[..length]).expect("a header").collect();
            assert!(read.len() <= 3 && read.iter().filter(|record| record.is_err()).count() <= 1);
        }
        let mut long = capture(&FRAMES[..1]);
        long[FILE_HEADER_OCTETS + 8..FILE_HEADER_OCTETS + 12].copy_from_slice(&u32::MAX.to_le_bytes());
        let read: Vec<_> = CaptureReader::new(&long).expect("a header").collect();
        assert_eq!(read, [Err(CaptureError::Length(24))]);
    }
}
