//! The call reference (Q.931 §4.3).
use core::fmt;

/// Which call a message belongs to. The flag is 0 in what the side that chose the reference sends and 1 in
/// what it receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallReference {
    /// No octets: no call.
    Dummy,
    /// The value 0: all calls of the data link, for restart.
    Global {
        /// The flag.
        flag: bool,
    },
    /// A call.
    Call {
        /// 1 to 127 in one octet, to 32767 in two.
        value: u16,
        /// The flag.
        flag: bool,
    },
}

impl CallReference {
    const fn new(value: u16, flag: bool) -> Self {
        if value == 0 { Self::Global { flag } } else { Self::Call { value, flag } }
    }

    pub(super) const fn one_octet(octet: u8) -> Self {
        Self::new((octet & 0x7f) as u16, octet & 0x80 != 0)
    }

    pub(super) const fn two_octets(octets: [u8; 2]) -> Self {
        let octets = u16::from_be_bytes(octets);
        Self::new(octets & 0x7fff, octets & 0x8000 != 0)
    }

    /// The octets from the length on; the count of those that are used. A value that does not fit into one
    /// octet takes two.
    pub(super) const fn encode(self, length: u8) -> ([u8; 3], usize) {
        let (value, flag) = match self {
            Self::Dummy => return ([0; 3], 1),
            Self::Global { flag } => (0, flag),
            Self::Call { value, flag } => (value & 0x7fff, flag),
        };
        if length <= 1 && value < 0x80 {
            return ([1, (flag as u8) << 7 | value as u8, 0], 2);
        }
        let [high, low] = value.to_be_bytes();
        ([2, (flag as u8) << 7 | high, low], 3)
    }
}

impl fmt::Display for CallReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Dummy => f.write_str("CR=dummy"),
            Self::Global { flag } => write!(f, "CR=global/{}", u8::from(flag)),
            Self::Call { value, flag } => write!(f, "CR={value}/{}", u8::from(flag)),
        }
    }
}
