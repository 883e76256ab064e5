//! Defects that are decided by counting: AIS, and the remote alarms of superframe and data link.
use super::T1Framing;
use crate::bits::{FIRST, FrameWords};

/// Ones and nothing else, but for errors: five or fewer zeros in 3 ms, until there are six or more. What has
/// been framed for so long is not AIS: with a payload of ones it may have as few zeros.
#[derive(Clone, Debug)]
pub(super) struct Ais {
    zeros: u32,
    pushes: u8,
    verdict: bool,
}

impl Ais {
    pub(super) const fn new() -> Self {
        Self { zeros: 0, pushes: 0, verdict: false }
    }

    /// Takes 193 bits wherever they begin, and says whether there is AIS. `framed` is for how many pushes the
    /// signal may have been framed.
    #[inline]
    pub(super) const fn take(&mut self, bits: &FrameWords, framed: u64) -> bool {
        let [a, b, c, d] = *bits;
        self.zeros += a.count_zeros() + b.count_zeros() + c.count_zeros() + (d & FIRST == 0) as u32;
        self.pushes += 1;
        if self.pushes == AIS_PUSHES {
            self.verdict = self.zeros <= AIS_ZEROS;
            (self.zeros, self.pushes) = (0, 0);
        }
        self.verdict &= framed < AIS_PUSHES as u64;
        self.verdict
    }
}

/// The remote alarm of the far end, as its framing sends it.
#[derive(Clone, Debug)]
pub(super) enum RemoteAlarm {
    Bit2(Bit2Alarm),
    Frame12(Frame12Alarm),
    DataLink(DataLinkAlarm),
}

impl RemoteAlarm {
    pub(super) const fn new(framing: T1Framing) -> Self {
        match framing {
            T1Framing::Sf => Self::Bit2(Bit2Alarm { words: 0, zeros: 0, verdict: false }),
            T1Framing::J1Sf => Self::Frame12(Frame12Alarm { last: false, verdict: false }),
            T1Framing::Esf | T1Framing::J1Esf => Self::DataLink(DataLinkAlarm::new(link_alarm(framing))),
        }
    }
}

/// Superframe: bit 2 at 0 in at least 254 of 256 channels.
#[derive(Clone, Debug)]
pub(super) struct Bit2Alarm {
    words: u8,
    zeros: u16,
    verdict: bool,
}

impl Bit2Alarm {
    /// Takes a frame, and says whether there is a remote alarm.
    #[inline]
    pub(super) fn take(&mut self, payload: &[u64; 3]) -> bool {
        for word in payload {
            self.zeros += (!word & SECOND_BITS).count_ones() as u16;
            self.words += 1;
            if self.words == BIT_2_WORDS {
                self.verdict = self.zeros >= BIT_2_ZEROS;
                (self.words, self.zeros) = (0, 0);
            }
        }
        self.verdict
    }
}

/// Superframe of Japan: two F bits of frame 12 in a row at 1, until two are at 0.
#[derive(Clone, Debug)]
pub(super) struct Frame12Alarm {
    last: bool,
    verdict: bool,
}

impl Frame12Alarm {
    /// Takes the bit, and says whether there is a remote alarm.
    pub(super) const fn take(&mut self, bit: bool) -> bool {
        if bit == self.last {
            self.verdict = bit;
        }
        self.last = bit;
        self.verdict
    }
}

/// Data link: sixteen patterns of 16 bits in a row, until there are 14 or fewer where sixteen could be, four times
/// one after the other: the alarm may be interrupted for 100 ms (T1.403). The signature of a customer installation
/// (RAI-CI) is remote alarm too.
#[derive(Clone, Debug)]
pub(super) struct DataLinkAlarm {
    pattern: u16,
    /// The last sixteen bits.
    bits: u16,
    /// Bits to come before the next look.
    wait: u8,
    state: LinkState,
}

#[derive(Clone, Copy, Debug)]
enum LinkState {
    Off { in_a_row: u8 },
    On { bits: u16, seen: u8, bad: u8 },
}

impl DataLinkAlarm {
    const fn new(pattern: u16) -> Self {
        Self { pattern, bits: 0, wait: PATTERN_BITS, state: LinkState::Off { in_a_row: 0 } }
    }

    /// Takes a bit, and says whether there is a remote alarm.
    #[inline]
    pub(super) fn take(&mut self, bit: bool) -> bool {
        self.bits = (self.bits << 1) | u16::from(bit);
        self.wait -= 1;
        let found = if self.wait == 0 { Some(self.look()) } else { None };
        self.state = match (self.state, found) {
            (LinkState::Off { in_a_row }, Some(true)) if in_a_row + 1 == PATTERNS => {
                LinkState::On { bits: 0, seen: 0, bad: 0 }
            }
            (LinkState::Off { in_a_row }, Some(true)) => LinkState::Off { in_a_row: in_a_row + 1 },
            (LinkState::Off { .. }, Some(false)) => LinkState::Off { in_a_row: 0 },
            (off @ LinkState::Off { .. }, None) => off,
            (LinkState::On { bits, seen, bad }, found) => {
                Self::judge(bits + 1, seen + u8::from(found == Some(true)), bad)
            }
        };
        matches!(self.state, LinkState::On { .. })
    }

    /// Whether the last bits are the pattern; where they are not, it may be found one bit later.
    #[inline]
    const fn look(&mut self) -> bool {
        let is_signature = self.pattern == T1_ALARM && self.bits == RAI_CI_WORD;
        let is_pattern = self.bits == self.pattern || is_signature;
        self.wait = if is_pattern { PATTERN_BITS } else { 1 };
        is_pattern
    }

    /// The alarm after so many bits of sixteen patterns.
    const fn judge(bits: u16, seen: u8, bad: u8) -> LinkState {
        if bits < PATTERN_BITS as u16 * PATTERNS as u16 {
            return LinkState::On { bits, seen, bad };
        }
        match seen > CLEARING_PATTERNS {
            true => LinkState::On { bits: 0, seen: 0, bad: 0 },
            false if bad + 1 < CLEARING_TIMES => LinkState::On { bits: 0, seen: 0, bad: bad + 1 },
            false => LinkState::Off { in_a_row: 0 },
        }
    }
}

/// What the data link says of a remote alarm, the first bit sent in bit 15: eight ones and eight zeros
/// (T1.403), or in Japan ones (JT-G.704).
pub(super) const fn link_alarm(framing: T1Framing) -> u16 {
    match framing {
        T1Framing::J1Esf => 0xffff,
        T1Framing::Sf | T1Framing::Esf | T1Framing::J1Sf => T1_ALARM,
    }
}

const T1_ALARM: u16 = 0xff00;
/// The signature in the remote alarm of a customer installation, 00111110 11111111, the first bit sent in bit 15.
pub(super) const RAI_CI_WORD: u16 = 0xff7c;
/// Bit 2 of the octets of a word.
pub(super) const SECOND_BITS: u64 = 0x4040_4040_4040_4040;

/// 3 ms, an extended superframe.
const AIS_PUSHES: u8 = 24;
const AIS_ZEROS: u32 = 5;
/// 256 channels, eight a word.
const BIT_2_WORDS: u8 = 32;
const BIT_2_ZEROS: u16 = 254;
const PATTERN_BITS: u8 = 16;
const PATTERNS: u8 = 16;
const CLEARING_PATTERNS: u8 = 14;
/// An interruption of 100 ms touches three of these times of 64 ms.
const CLEARING_TIMES: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_framed_for_3_ms_is_not_ais_and_for_less_it_is() {
        for (framed, is_ais) in [(23, true), (24, false)] {
            let mut ais = Ais::new();
            (0..23).for_each(|_| assert!(!ais.take(&[u64::MAX; 4], 0)));
            assert_eq!(ais.take(&[u64::MAX; 4], framed), is_ais, "{framed} frames");
        }
    }
}
