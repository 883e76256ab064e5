//! What a preloaded DAHDI program and the switch that has its spans say to each other: a request and its answer over a
//! connection of its own (a Unix socket that keeps messages apart). Numbers are little-endian.
//!
//! A request is [`RequestHeader`] and what follows it, an answer [`AnswerHeader`] and what follows it. The answer to
//! [`RequestKind::Open`] brings the descriptor of the device along. The other end of that descriptor bears a name in the
//! abstract namespace, [`DEVICE_NAME`] and the number of the switch and that of the device in hexadecimal, by which a
//! device is known however its descriptor was copied.

/// Which request this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum RequestKind {
    /// Opens the device whose path below `/dev/dahdi/` follows.
    Open = 1,
    /// Makes a request of the device with the octets that follow.
    Control = 2,
    /// Writes the octets that follow as one block.
    Write = 3,
}

/// What a request begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    /// Which request.
    pub kind: RequestKind,
    /// The code of a [`RequestKind::Control`].
    pub code: u32,
    /// The number of the device; 0 where none is open yet.
    pub device: u64,
}

/// What an answer begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerHeader {
    /// 0, or the number of the error.
    pub errno: u16,
    /// Octets that one read or write of the device moves at most; 0 for a device that is neither read nor written.
    pub most: u16,
    /// Each write is a frame, and is made by [`RequestKind::Write`].
    pub whole_writes: bool,
    /// What the call gives: the octets taken by a write.
    pub result: u32,
}

impl RequestHeader {
    /// Octets of a header.
    pub const OCTETS: usize = 20;

    /// As it is sent.
    #[must_use]
    pub fn to_octets(self) -> [u8; Self::OCTETS] {
        let mut octets = [0; Self::OCTETS];
        octets[..4].copy_from_slice(&MAGIC);
        octets[4..6].copy_from_slice(&(self.kind as u16).to_le_bytes());
        octets[8..12].copy_from_slice(&self.code.to_le_bytes());
        octets[12..].copy_from_slice(&self.device.to_le_bytes());
        octets
    }

    /// Splits a message into its header and what follows; `None` if it is no request.
    #[must_use]
    pub fn split(message: &[u8]) -> Option<(Self, &[u8])> {
        let (octets, rest) = message.split_first_chunk::<{ Self::OCTETS }>()?;
        if octets[..4] != MAGIC {
            return None;
        }
        let kind = match octets[4..8] {
            [1, 0, 0, 0] => RequestKind::Open,
            [2, 0, 0, 0] => RequestKind::Control,
            [3, 0, 0, 0] => RequestKind::Write,
            _ => return None,
        };
        let code = u32::from_le_bytes(core::array::from_fn(|n| octets[8 + n]));
        let device = u64::from_le_bytes(core::array::from_fn(|n| octets[12 + n]));
        Some((Self { kind, code, device }, rest))
    }
}

impl AnswerHeader {
    /// Octets of a header.
    pub const OCTETS: usize = 16;

    /// As it is sent.
    #[must_use]
    pub fn to_octets(self) -> [u8; Self::OCTETS] {
        let mut octets = [0; Self::OCTETS];
        octets[..4].copy_from_slice(&MAGIC);
        octets[4..6].copy_from_slice(&self.errno.to_le_bytes());
        octets[6..8].copy_from_slice(&self.most.to_le_bytes());
        octets[8] = self.whole_writes.into();
        octets[12..].copy_from_slice(&self.result.to_le_bytes());
        octets
    }

    /// What these octets say; `None` if they are no answer.
    #[must_use]
    pub fn from_octets(octets: &[u8; Self::OCTETS]) -> Option<Self> {
        let at = |place: usize| u16::from_le_bytes([octets[place], octets[place + 1]]);
        (octets[..4] == MAGIC).then(|| Self {
            errno: at(4),
            most: at(6),
            whole_writes: octets[8] != 0,
            result: u32::from_le_bytes(core::array::from_fn(|n| octets[12 + n])),
        })
    }
}

/// "Tdm" and the version of all this.
const MAGIC: [u8; 4] = *b"Tdm\x01";
/// Octets behind the header of a request, at most: a zone of tones.
pub const MOST_PAYLOAD: usize = 16_384;
/// What the names of devices begin with in the abstract namespace; 16 digits, a stroke and 16 digits follow.
pub const DEVICE_NAME: &[u8] = b"tandem-dahdi/";
/// Octets of a device's name, without the zero before it.
pub const DEVICE_NAME_OCTETS: usize = DEVICE_NAME.len() + 33;
/// Where the switch listens, unless the environment says otherwise.
pub const SOCKET: &str = "/run/tandem/dahdi.sock";
/// The variable of the environment that names another place.
pub const SOCKET_VARIABLE: &str = "TANDEM_DAHDI_SOCKET";

/// The name of a device.
#[must_use]
pub fn device_name(switch: u64, device: u64) -> [u8; DEVICE_NAME_OCTETS] {
    let mut name = [b'/'; DEVICE_NAME_OCTETS];
    let (start, rest) = name.split_at_mut(DEVICE_NAME.len());
    start.copy_from_slice(DEVICE_NAME);
    for (number, places) in [(switch, 0..16), (device, 17..33)] {
        for (place, digit) in places.zip((0..16).rev()) {
            rest[place] = b"0123456789abcdef"[(number >> (4 * digit) & 0xf) as usize];
        }
    }
    name
}

/// The number of the device that bears this name; `None` if it is no device's.
#[must_use]
pub fn device_of_name(name: &[u8]) -> Option<u64> {
    let rest = name.strip_prefix(DEVICE_NAME)?;
    let (_, digits) = rest.split_at_checked(17)?;
    if digits.len() != 16 {
        return None;
    }
    digits.iter().try_fold(0, |number: u64, digit| {
        let digit = (*digit as char).to_digit(16)?;
        Some(number << 4 | u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_they_were_written() {
        for kind in [RequestKind::Open, RequestKind::Control, RequestKind::Write] {
            let header = RequestHeader { kind, code: 0xc13a_da0a, device: u64::MAX - 3 };
            let mut message = [7; 25];
            message[..20].copy_from_slice(&header.to_octets());
            assert_eq!(RequestHeader::split(&message), Some((header, &[7; 5][..])));
            assert_eq!(RequestHeader::split(&message[..19]), None);
        }
        for whole_writes in [false, true] {
            let header = AnswerHeader { errno: 500, most: 8192, whole_writes, result: 160 };
            assert_eq!(AnswerHeader::from_octets(&header.to_octets()), Some(header));
        }
    }

    #[test]
    fn what_is_of_another_version_or_kind_is_nothing() {
        let header = RequestHeader { kind: RequestKind::Open, code: 0, device: 0 }.to_octets();
        for (place, octet) in [(0, b't'), (3, 2), (4, 0), (4, 4), (5, 1), (6, 1)] {
            let mut other = header;
            other[place] = octet;
            assert_eq!(RequestHeader::split(&other), None, "{place}");
        }
        assert_eq!(AnswerHeader::from_octets(&[0; 16]), None);
    }

    #[test]
    fn a_device_is_known_by_its_name() {
        let name = device_name(0x0123_4567_89ab_cdef, 42);
        assert_eq!(&name, b"tandem-dahdi/0123456789abcdef/000000000000002a");
        assert_eq!(device_of_name(&name), Some(42));
        for other in
            [&name[1..], &name[..name.len() - 1], b"tandem-dahdi/", b"", b"tandem-dahdi/\xc3\xa4\xc3\xa4"]
        {
            assert_eq!(device_of_name(other), None);
        }
    }
}
