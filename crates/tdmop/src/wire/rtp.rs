//! The fixed RTP header (RFC 3550 §5.1) that a pseudowire may have before its control word.

/// What both ends have agreed of the RTP header. Its sequence number is that of the control word; its timestamp counts
/// frames of the span, 8000 a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtp {
    /// The payload type, seven bits, dynamic: 96 to 127.
    pub payload_type: u8,
    /// Our synchronisation source.
    pub ssrc: u32,
}

/// A fixed RTP header: version 2, nothing optional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// The payload type, seven bits.
    pub payload_type: u8,
    /// The sequence number.
    pub sequence: u16,
    /// The timestamp.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
}

impl RtpHeader {
    /// Its length.
    pub const OCTETS: usize = 12;

    /// Reads one; `None` if it is of another version or has padding, an extension or contributing sources. The marker says
    /// nothing here.
    #[must_use]
    pub const fn parse(octets: [u8; Self::OCTETS]) -> Option<Self> {
        let [first, second, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3] = octets;
        if first != VERSION_2 {
            return None;
        }
        Some(Self {
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([r0, r1, r2, r3]),
        })
    }

    /// Writes it.
    #[must_use]
    pub const fn emit(self) -> [u8; Self::OCTETS] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [r0, r1, r2, r3] = self.ssrc.to_be_bytes();
        [VERSION_2, self.payload_type & 0x7f, s0, s1, t0, t1, t2, t3, r0, r1, r2, r3]
    }
}

const VERSION_2: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written_and_nothing_optional_is_taken() {
        let header =
            RtpHeader { payload_type: 97, sequence: 0x0102, timestamp: 0x0304_0506, ssrc: 0x0708_090a };
        assert_eq!(header.emit(), [0x80, 97, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(RtpHeader::parse(header.emit()), Some(header));
        for first in (0..=u8::MAX).filter(|first| *first != 0x80) {
            assert_eq!(RtpHeader::parse([first, 97, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), None);
        }
    }
}
