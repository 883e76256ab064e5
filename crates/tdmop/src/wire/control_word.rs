//! The control word of pseudowires that carry TDM (RFC 4553 §4.3.1, RFC 5086 §4.3).

/// The four octets before the data: `0000 L R M M | FRG LEN | sequence number`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlWord {
    /// L: the data mean nothing.
    pub local_fault: bool,
    /// R: the sender gets no packets.
    pub remote_loss: bool,
    /// M, two bits: what L means, in CESoPSN. Zero in SAToP, where the bits are reserved.
    pub modifier: u8,
    /// FRG, two bits: 0 for a packet that is no fragment.
    pub fragment: u8,
    /// LEN, six bits: the length of header and payload if it is below 64, or 0.
    pub length: u8,
    /// The sequence number.
    pub sequence: u16,
}

impl ControlWord {
    /// Reads one; `None` if it does not begin with four zeros.
    #[must_use]
    pub const fn parse(octets: [u8; 4]) -> Option<Self> {
        let [first, second, high, low] = octets;
        if first & 0xf0 != 0 {
            return None;
        }
        Some(Self {
            local_fault: first & 0x08 != 0,
            remote_loss: first & 0x04 != 0,
            modifier: first & 0x03,
            fragment: second >> 6,
            length: second & 0x3f,
            sequence: u16::from_be_bytes([high, low]),
        })
    }

    /// Writes it.
    #[must_use]
    pub const fn emit(self) -> [u8; 4] {
        let [high, low] = self.sequence.to_be_bytes();
        let first = (self.local_fault as u8) << 3 | (self.remote_loss as u8) << 2 | (self.modifier & 3);
        [first, self.fragment << 6 | (self.length & 0x3f), high, low]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_place() {
        let parse = |octets| ControlWord::parse(octets).expect("four zeros");
        let zero = ControlWord::default();
        assert_eq!(parse([0, 0, 0, 0]), zero);
        assert_eq!(parse([0x08, 0, 0, 0]), ControlWord { local_fault: true, ..zero });
        assert_eq!(parse([0x04, 0, 0, 0]), ControlWord { remote_loss: true, ..zero });
        assert_eq!(parse([0x02, 0, 0, 0]), ControlWord { modifier: 2, ..zero });
        assert_eq!(parse([0, 0x80, 0, 0]), ControlWord { fragment: 2, ..zero });
        assert_eq!(parse([0, 0x2c, 0, 0]), ControlWord { length: 44, ..zero });
        assert_eq!(parse([0, 0, 0x12, 0x34]), ControlWord { sequence: 0x1234, ..zero });
    }

    #[test]
    fn every_word_that_begins_with_four_zeros_is_written_as_it_was_read() {
        for upper in 0..=u16::MAX {
            let [first, second] = upper.to_be_bytes();
            let octets = [first, second, second ^ 0x5a, first];
            match ControlWord::parse(octets) {
                Some(word) => assert_eq!(word.emit(), octets),
                None => assert_ne!(first >> 4, 0),
            }
        }
    }
}
