//! One second of a performance report message.
use crate::pm::Second;
use crate::t1::T1Counters;
use core::fmt;

/// What was counted in a second at the end that reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrmCounts {
    /// Extended superframes whose CRC-6 is wrong.
    pub crc_errors: u64,
    /// Times that framing became severely errored.
    pub severe_framing: u64,
    /// Framing bits in error.
    pub framing_errors: u64,
    /// Line code violations.
    pub code_violations: u64,
    /// Controlled slips.
    pub slips: u64,
    /// Whether a payload loop is up.
    pub payload_loop: bool,
}

impl PrmCounts {
    /// What a receiver counted between two moments. Slips and loops it does not know of.
    #[must_use]
    pub const fn between(before: &T1Counters, after: &T1Counters) -> Self {
        Self {
            crc_errors: after.crc_errors.saturating_sub(before.crc_errors),
            // A frame without alignment, and with LOS and AIS there is none, is severely errored framing that goes on.
            severe_framing: after
                .severe_framing_errors
                .saturating_sub(before.severe_framing_errors)
                .saturating_add(after.unaligned_frames.saturating_sub(before.unaligned_frames)),
            framing_errors: after.framing_errors.saturating_sub(before.framing_errors),
            code_violations: after.lcv.saturating_sub(before.lcv),
            slips: 0,
            payload_loop: false,
        }
    }
}

/// How many CRC-6 errors there were in a second: G1 to G6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrcErrors {
    /// None.
    #[default]
    None,
    /// G1: 1.
    One,
    /// G2: 2 to 5.
    UpTo5,
    /// G3: 6 to 10.
    UpTo10,
    /// G4: 11 to 100.
    UpTo100,
    /// G5: 101 to 319.
    UpTo319,
    /// G6: 320 and more, a severely errored second.
    From320,
}

impl CrcErrors {
    /// The range that a count falls into.
    #[must_use]
    pub const fn of(count: u64) -> Self {
        match count {
            0 => Self::None,
            1 => Self::One,
            2..=5 => Self::UpTo5,
            6..=10 => Self::UpTo10,
            11..=100 => Self::UpTo100,
            101..=319 => Self::UpTo319,
            320.. => Self::From320,
        }
    }

    /// The least count of the range: all that can be known of the far end.
    #[must_use]
    pub const fn at_least(self) -> u64 {
        match self {
            Self::None => 0,
            Self::One => 1,
            Self::UpTo5 => 2,
            Self::UpTo10 => 6,
            Self::UpTo100 => 11,
            Self::UpTo319 => 101,
            Self::From320 => 320,
        }
    }

    const fn bit(self) -> u16 {
        match self {
            Self::None => 0,
            Self::One => G1,
            Self::UpTo5 => G2,
            Self::UpTo10 => G3,
            Self::UpTo100 => G4,
            Self::UpTo319 => G5,
            Self::From320 => G6,
        }
    }
}

/// What is reported of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrmSecond {
    /// Its number modulo 4: Nm and Nl.
    pub number: u8,
    /// G1 to G6. Of several, which there should not be, the worst is taken.
    pub crc: CrcErrors,
    /// SE: framing was severely errored.
    pub severe_framing: bool,
    /// FE: framing bits were in error, but not severely.
    pub framing_error: bool,
    /// LV: there were line code violations.
    pub code_violation: bool,
    /// SL: there were controlled slips.
    pub slip: bool,
    /// LB: a payload loop is up.
    pub payload_loop: bool,
}

impl PrmSecond {
    /// A second without anything, number 0.
    pub(super) const GOOD: Self = Self {
        number: 0,
        crc: CrcErrors::None,
        severe_framing: false,
        framing_error: false,
        code_violation: false,
        slip: false,
        payload_loop: false,
    };

    /// What is reported of these counts.
    #[must_use]
    pub const fn of(counts: &PrmCounts, number: u8) -> Self {
        Self {
            number: number & 3,
            crc: CrcErrors::of(counts.crc_errors),
            severe_framing: counts.severe_framing > 0,
            framing_error: counts.framing_errors > 0 && counts.severe_framing == 0,
            code_violation: counts.code_violations > 0,
            slip: counts.slips > 0,
            payload_loop: counts.payload_loop,
        }
    }

    /// The second for the monitor of the far end. Of a range of counts the least is taken; `remote_alarm` says whether
    /// there was one, which a report does not.
    #[must_use]
    pub const fn far_end(&self, remote_alarm: bool) -> Second {
        Second {
            crc_errors: self.crc.at_least(),
            framing_errors: self.framing_error as u64,
            code_violations: self.code_violation as u64,
            slips: self.slip as u64,
            severe_framing: self.severe_framing,
            defect: remote_alarm,
            defect_at_end: remote_alarm,
            failure: false,
        }
    }

    /// U1, U2 and R, which mean nothing yet, are not looked at.
    pub(super) fn parse(octets: [u8; 2]) -> Self {
        let bits = u16::from_be_bytes(octets);
        let has = |mask: u16| bits & mask != 0;
        let ranges = [
            CrcErrors::From320,
            CrcErrors::UpTo319,
            CrcErrors::UpTo100,
            CrcErrors::UpTo10,
            CrcErrors::UpTo5,
            CrcErrors::One,
        ];
        Self {
            number: (bits & NUMBER) as u8,
            crc: ranges.into_iter().find(|range| has(range.bit())).unwrap_or_default(),
            severe_framing: has(SE),
            framing_error: has(FE),
            code_violation: has(LV),
            slip: has(SL),
            payload_loop: has(LB),
        }
    }

    pub(super) fn emit(self) -> [u8; 2] {
        let mut bits = self.crc.bit() | (u16::from(self.number) & NUMBER);
        for (there, mask) in self.flags() {
            bits |= if there { mask } else { 0 };
        }
        bits.to_be_bytes()
    }

    const fn flags(self) -> [(bool, u16); 5] {
        [
            (self.severe_framing, SE),
            (self.framing_error, FE),
            (self.code_violation, LV),
            (self.slip, SL),
            (self.payload_loop, LB),
        ]
    }
}

impl fmt::Display for PrmSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "N={}", self.number)?;
        if self.crc != CrcErrors::None {
            write!(f, " G{}", self.crc as u8)?;
        }
        for ((there, _), name) in self.flags().into_iter().zip(["SE", "FE", "LV", "SL", "LB"]) {
            if there {
                write!(f, " {name}")?;
            }
        }
        if *self == (Self { number: self.number, ..Self::GOOD }) { write!(f, " -") } else { Ok(()) }
    }
}

// The two octets of a second, the first above the second: G3 LV G4 U1 U2 G5 SL G6, FE SE LB G1 R G2 Nm Nl.
const G3: u16 = 0x8000;
const LV: u16 = 0x4000;
const G4: u16 = 0x2000;
const G5: u16 = 0x0400;
const SL: u16 = 0x0200;
const G6: u16 = 0x0100;
const FE: u16 = 0x0080;
const SE: u16 = 0x0040;
const LB: u16 = 0x0020;
const G1: u16 = 0x0010;
const G2: u16 = 0x0004;
const NUMBER: u16 = 0x0003;
