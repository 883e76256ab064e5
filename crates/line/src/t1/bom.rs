//! Bit-oriented messages of the data link (T1.403): eight ones and an octet `0xxxxxx0`, again and again.
//!
//! [`BomCode`] is the six bits, [`Bom`] what is meant by them. Written as the standard has it, `00001110
//! 11111111`, the rightmost bit goes first. Not here: what a message makes the span do (`loops.rs`), and the
//! remote alarm as a defect (`alarms.rs`).
use core::fmt;

/// The six bits of a message, as the standard writes them. 63 is none: with the zeros it would be a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BomCode(u8);

/// The messages whose codes are confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bom {
    /// 00000000: remote alarm indication (yellow alarm).
    Rai,
    /// 00111110: the signature within the remote alarm of a customer installation.
    RaiCi,
    /// 00101010: a loop is to be kept; it also acknowledges.
    LoopRetention,
    /// 00001110: line loop up.
    LineLoopUp,
    /// 00111000: line loop down.
    LineLoopDown,
    /// 00010100: payload loop up.
    PayloadLoopUp,
    /// 00110010: payload loop down.
    PayloadLoopDown,
    /// 00010010: loop up of the network interface, the smart jack.
    NetworkLoopUp,
    /// 00100100: all loops down; that of the network interface too.
    UniversalLoopDown,
    /// The quality of the clock (T1.101).
    Sync(SyncQuality),
}

/// Quality of a clock in synchronisation status messages (T1.101), best first but for the last two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncQuality {
    /// 00000100: stratum 1 traceable (PRS).
    Stratum1,
    /// 00001000: synchronised, traceability unknown (STU).
    Unknown,
    /// 00001100: stratum 2 (ST2).
    Stratum2,
    /// 01111000: transit node clock (TNC).
    TransitNode,
    /// 01111100: stratum 3E (ST3E).
    Stratum3E,
    /// 00010000: stratum 3 (ST3).
    Stratum3,
    /// 00100010: SONET minimum clock (SMC).
    SonetMinimum,
    /// 00101000: stratum 4 (ST4).
    Stratum4,
    /// 00110000: not to be used (DUS).
    DoNotUse,
    /// 01000000: what the operator makes of it (PNO, RES).
    Provisionable,
}

impl BomCode {
    /// Six bits; `None` for 63 and above.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        if bits < NO_CODE { Some(Self(bits)) } else { None }
    }

    /// The six bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// What is meant, if that is known.
    #[must_use]
    pub fn meaning(self) -> Option<Bom> {
        TABLE.iter().find(|(code, _)| *code == self.0).map(|(_, bom)| *bom)
    }

    /// The sixteen bits on the line, the first in bit 15.
    #[must_use]
    pub const fn word(self) -> u16 {
        0xff00 | (self.0 << 1).reverse_bits() as u16
    }

    /// The code of sixteen bits from the line, if they are a message.
    #[must_use]
    pub const fn from_word(word: u16) -> Option<Self> {
        if word & 0xff81 != 0xff00 {
            return None;
        }
        Self::new((word as u8).reverse_bits() >> 1)
    }
}

impl Bom {
    /// The code of this message.
    #[must_use]
    pub fn code(self) -> BomCode {
        BomCode(TABLE.iter().find(|(_, bom)| *bom == self).map_or(0, |(code, _)| *code))
    }
}

impl fmt::Display for BomCode {
    /// `BOM 00001110 LineLoopUp`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BOM {:08b}", self.0 << 1)?;
        self.meaning().map_or(Ok(()), |bom| write!(f, " {bom:?}"))
    }
}

/// Of ten periods of sixteen bits, how many must hold a message for it to be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BomThreshold {
    /// Seven of ten.
    #[default]
    Seven,
    /// Eight of ten, as some framers have it.
    Eight,
}

/// Something that a detector found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BomChange {
    /// The message that has ended.
    pub ended: Option<BomCode>,
    /// The message that is there from now on.
    pub begun: Option<BomCode>,
}

/// Looks for messages at every bit. A message is there when, of the ten periods of sixteen bits up to this bit,
/// seven held it; the three in which it failed may be any. It ends when seven of ten do not hold it, or when
/// another is there. (With eight of ten: eight of ten do not.)
#[derive(Clone, Debug)]
pub struct BomDetector {
    enough: u8,
    last: u16,
    /// The codes that the last 160 bits ended, [`NO_CODE`] where they ended none.
    codes: [u8; MEMORY],
    at: u8,
    current: Option<Current>,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    code: BomCode,
    /// `at` modulo 16 where its words end.
    phase: u8,
}

impl BomDetector {
    /// A detector that has heard nothing.
    #[must_use]
    pub const fn new(threshold: BomThreshold) -> Self {
        let enough = match threshold {
            BomThreshold::Seven => 7,
            BomThreshold::Eight => 8,
        };
        Self { enough, last: 0, codes: [NO_CODE; MEMORY], at: 0, current: None }
    }

    /// Takes the next bit of the data link.
    pub fn handle_bit(&mut self, bit: bool) -> Option<BomChange> {
        self.last = (self.last << 1) | u16::from(bit);
        self.at = if usize::from(self.at) + 1 == MEMORY { 0 } else { self.at + 1 };
        let code = BomCode::from_word(self.last);
        self.codes[usize::from(self.at)] = code.map_or(NO_CODE, BomCode::bits);
        let phase = self.at % PERIOD;
        if let Some(code) = code
            && self.times(code) >= self.enough
        {
            let before = self.current.replace(Current { code, phase });
            let ended = before.map(|before| before.code).filter(|before| *before != code);
            return (before.is_none() || ended.is_some()).then_some(BomChange { ended, begun: Some(code) });
        }
        let current = self.current.filter(|current| current.phase == phase)?;
        if self.times(current.code) > PERIODS - self.enough {
            return None;
        }
        self.current = None;
        Some(BomChange { ended: Some(current.code), begun: None })
    }

    /// The message that is there.
    #[must_use]
    pub fn current(&self) -> Option<BomCode> {
        self.current.map(|current| current.code)
    }

    /// Forgets everything: the data link was lost. Gives the message that was there.
    pub fn restart(&mut self) -> Option<BomCode> {
        self.last = 0;
        self.codes = [NO_CODE; MEMORY];
        self.current.take().map(|current| current.code)
    }

    /// How many of the ten periods that end here held `code`.
    fn times(&self, code: BomCode) -> u8 {
        let phase = usize::from(self.at % PERIOD);
        let periods = self.codes.iter().skip(phase).step_by(usize::from(PERIOD));
        periods.filter(|held| **held == code.0).count() as u8
    }
}

const PERIOD: u8 = 16;
const PERIODS: u8 = 10;
const MEMORY: usize = 160;
/// `01111110` is a flag.
const NO_CODE: u8 = 0b11_1111;

const TABLE: [(u8, Bom); 19] = [
    (0b00_0000, Bom::Rai),
    (0b01_1111, Bom::RaiCi),
    (0b01_0101, Bom::LoopRetention),
    (0b00_0111, Bom::LineLoopUp),
    (0b01_1100, Bom::LineLoopDown),
    (0b00_1010, Bom::PayloadLoopUp),
    (0b01_1001, Bom::PayloadLoopDown),
    (0b00_1001, Bom::NetworkLoopUp),
    (0b01_0010, Bom::UniversalLoopDown),
    (0b00_0010, Bom::Sync(SyncQuality::Stratum1)),
    (0b00_0100, Bom::Sync(SyncQuality::Unknown)),
    (0b00_0110, Bom::Sync(SyncQuality::Stratum2)),
    (0b11_1100, Bom::Sync(SyncQuality::TransitNode)),
    (0b11_1110, Bom::Sync(SyncQuality::Stratum3E)),
    (0b00_1000, Bom::Sync(SyncQuality::Stratum3)),
    (0b01_0001, Bom::Sync(SyncQuality::SonetMinimum)),
    (0b01_0100, Bom::Sync(SyncQuality::Stratum4)),
    (0b01_1000, Bom::Sync(SyncQuality::DoNotUse)),
    (0b10_0000, Bom::Sync(SyncQuality::Provisionable)),
];
