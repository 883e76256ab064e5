//! The signalling systems: their tones, the names of their combinations, and the limits of their receivers.

use crate::spectrum::Weights;

/// A signalling system, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MfSystem {
    /// R1 register signals, 700 to 1700 Hz (Q.320 to Q.323).
    R1,
    /// R2 register signals, forward, 1380 to 1980 Hz (Q.441).
    R2Forward,
    /// R2 register signals, backward, 540 to 1140 Hz (Q.441).
    R2Backward,
    /// Line signals of 2280, 2400 and 2600 Hz, one tone or two at once.
    Line,
}

/// A combination of tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MfSignal {
    system: MfSystem,
    /// Indices of the tones, the lower frequency first; twice the same for a single tone.
    tones: [u8; 2],
}

impl MfSystem {
    /// All systems.
    pub const ALL: [Self; 4] = [Self::R1, Self::R2Forward, Self::R2Backward, Self::Line];

    /// The frequencies, in the order in which the system numbers them: of R2 backward the highest is the first.
    #[must_use]
    pub const fn hz(self) -> &'static [f32] {
        match self {
            Self::R1 => &[700.0, 900.0, 1100.0, 1300.0, 1500.0, 1700.0],
            Self::R2Forward => &[1380.0, 1500.0, 1620.0, 1740.0, 1860.0, 1980.0],
            Self::R2Backward => &[1140.0, 1020.0, 900.0, 780.0, 660.0, 540.0],
            Self::Line => &[2280.0, 2400.0, 2600.0],
        }
    }

    /// The signal of a number: 1 to 15 in the code of two tones out of six; of line signals 1 to 3 are the
    /// single tones, lowest first, 4 is 2400 and 2600 Hz at once, 5 and 6 are 2280 Hz with these.
    #[must_use]
    pub const fn signal(self, number: u8) -> Option<MfSignal> {
        let tones = match (self, number) {
            (Self::Line, 1..=3) => [number - 1; 2],
            (Self::Line, 4) => [1, 2],
            (Self::Line, 5 | 6) => [0, number - 4],
            (Self::Line, _) | (_, 0 | 16..) => return None,
            _ => PAIRS_BY_NUMBER[number as usize - 1],
        };
        Some(MfSignal { system: self, tones })
    }

    /// The signal of a name: in R1 the digits, `K` for KP, `S` for ST, `X`, `Y` and `Z` for ST', ST'' and
    /// ST'''; in R2 `1` to `9`, `0` for the tenth, `B` to `F` for 11 to 15; of line signals the number.
    #[must_use]
    pub fn signal_of(self, symbol: char) -> Option<MfSignal> {
        let number = self.symbols().bytes().position(|own| char::from(own) == symbol.to_ascii_uppercase())?;
        self.signal(number as u8 + 1)
    }

    const fn symbols(self) -> &'static str {
        match self {
            Self::R1 => "1234567890ZXKYS",
            Self::R2Forward | Self::R2Backward => "1234567890BCDEF",
            Self::Line => "123456",
        }
    }

    pub(super) const fn tones(self) -> &'static [Weights<20>] {
        match self {
            Self::R1 => &R1_TONES,
            Self::R2Forward => &R2_FORWARD_TONES,
            Self::R2Backward => &R2_BACKWARD_TONES,
            Self::Line => &LINE_TONES,
        }
    }

    pub(super) const fn limits(self) -> &'static Limits {
        match self {
            Self::R1 => &R1_LIMITS,
            Self::R2Forward | Self::R2Backward => &R2_LIMITS,
            Self::Line => &LINE_LIMITS,
        }
    }
}

impl MfSignal {
    pub(super) const fn of_tones(system: MfSystem, tones: [u8; 2]) -> Self {
        Self { system, tones }
    }

    /// The system it belongs to.
    #[must_use]
    pub const fn system(self) -> MfSystem {
        self.system
    }

    /// The two frequencies; twice the same for a single tone.
    #[must_use]
    pub fn hz(self) -> [f32; 2] {
        self.tones.map(|tone| self.system.hz()[usize::from(tone) % self.system.hz().len()])
    }

    /// Its number, as [`MfSystem::signal`] takes it.
    #[must_use]
    pub fn number(self) -> u8 {
        let [one, two] = self.tones;
        match self.system {
            MfSystem::Line if one == two => one + 1,
            MfSystem::Line if one == 0 => 4 + two,
            MfSystem::Line => 4,
            _ => one + FIRST_NUMBERS[usize::from(two) % 6],
        }
    }

    /// How a trace writes it: in R1 `1` to `9`, `0`, `KP`, `ST`, `ST'`, `ST''`, `ST'''`; in R2 the number; of line
    /// signals the frequencies.
    #[must_use]
    pub fn name(self) -> &'static str {
        let number = usize::from(self.number());
        let names = match self.system {
            MfSystem::R1 => &R1_NAMES[..],
            MfSystem::R2Forward | MfSystem::R2Backward => &R2_NAMES,
            MfSystem::Line => &LINE_NAMES,
        };
        names.get(number.wrapping_sub(1)).copied().unwrap_or("?")
    }
}

/// What a receiver takes. The rules are those of `docs/standards.md`, with some room to both sides.
#[derive(Debug)]
pub(super) struct Limits {
    /// Peak value of the faintest tone.
    pub(super) floor: f32,
    /// Power of the stronger tone over that of the weaker.
    pub(super) twist: f32,
    /// Power of the weaker tone over that of the strongest of the others.
    pub(super) clearance: f32,
    /// Share of the signal in the power of all.
    pub(super) purity: f32,
    /// Shortest duration, in hops.
    pub(super) duration: f32,
    /// Cosine of the angle by which a tone may turn in a hop beyond its nominal frequency.
    pub(super) turn_cosine: f32,
    /// Whether a tone alone is a signal.
    pub(super) single: bool,
}

/// The numbers of the combinations of each tone with the first; with the second they are one more, and so on.
const FIRST_NUMBERS: [u8; 6] = [0, 1, 2, 4, 7, 11];

const PAIRS_BY_NUMBER: [[u8; 2]; 15] = {
    let mut pairs = [[0; 2]; 15];
    let mut one = 0;
    while one < 6 {
        let mut two = one + 1;
        while two < 6 {
            pairs[FIRST_NUMBERS[two] as usize + one - 1] = [one as u8, two as u8];
            two += 1;
        }
        one += 1;
    }
    pairs
};

const R1_NAMES: [&str; 15] =
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "ST'''", "ST'", "KP", "ST''", "ST"];
const R2_NAMES: [&str; 15] =
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"];
const LINE_NAMES: [&str; 6] = ["2280", "2400", "2600", "2400+2600", "2280+2400", "2280+2600"];

/// 0 to -25 dBm0 taken, below -35 not; 6 dB of twist; 30 ms taken, 10 ms not; 1.5 % and 5 Hz.
static R1_LIMITS: Limits = Limits {
    floor: 723.0, // -30 dBm0
    twist: 10.0,
    clearance: 10.0,
    purity: 0.6,
    duration: 18.0 / 5.0,
    turn_cosine: 0.25, // 42 Hz
    single: false,
};
/// -5 to -35 dBm0 taken, -40 not; 7 dB of twist; 7 ms not taken; 10 Hz taken, 60 Hz not.
static R2_LIMITS: Limits = Limits {
    floor: 305.0, // -37.5 dBm0
    twist: 10.0,
    clearance: 8.0,
    purity: 0.6,
    duration: 13.5 / 5.0,
    turn_cosine: 0.6, // 30 Hz
    single: false,
};
static LINE_LIMITS: Limits = Limits {
    floor: 723.0, // -30 dBm0
    twist: 10.0,
    clearance: 8.0,
    purity: 0.6,
    duration: 18.0 / 5.0,
    turn_cosine: 0.6,
    single: true,
};

static R1_TONES: [Weights<20>; 6] = weights(MfSystem::R1.hz());
static R2_FORWARD_TONES: [Weights<20>; 6] = weights(MfSystem::R2Forward.hz());
static R2_BACKWARD_TONES: [Weights<20>; 6] = weights(MfSystem::R2Backward.hz());
static LINE_TONES: [Weights<20>; 3] = weights(MfSystem::Line.hz());

const fn weights<const TONES: usize>(hz: &[f32]) -> [Weights<20>; TONES] {
    let mut weights = [Weights::new(0.0); TONES];
    let mut tone = 0;
    while tone < TONES {
        weights[tone] = Weights::new(hz[tone] as f64);
        tone += 1;
    }
    weights
}
