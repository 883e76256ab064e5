//! Defects of a span as one small set. A defect is what the receiver sees now; a failure is a defect that
//! has lasted its integration time, and is declared elsewhere.
use core::fmt;

/// One defect of a received span (names as in G.704, G.706, G.732, G.775).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Defect {
    /// Loss of signal: no pulses at the receiver (G.775).
    Los = 0,
    /// Loss of frame alignment (G.706 §4.1.1).
    Lof = 1,
    /// Alarm indication signal: an unframed stream of ones (G.775).
    Ais = 2,
    /// Remote alarm indication: the far end reports that it cannot receive us (bit A of the NFAS).
    Rai = 3,
    /// Loss of CRC-4 multiframe alignment while CRC-4 is expected (G.706 §4.2).
    Lomf = 4,
    /// Loss of the CAS multiframe in timeslot 16 (G.732 §5.2).
    LossOfCasMultiframe = 5,
    /// Remote alarm of the CAS multiframe: bit y of timeslot 16 in frame 0 (G.704 §5.1.3.2).
    CasRai = 6,
    /// Alarm indication signal in timeslot 16 only.
    CasAis = 7,
    /// The remote alarm bears the signature of a customer installation (RAI-CI, T1.403); RAI is there too.
    RaiCi = 8,
    /// AIS bears the signature of a customer installation (AIS-CI, T1.403); AIS is there too.
    AisCi = 9,
    /// The card does not answer, or answers nonsense; LOS is there too.
    Card = 10,
}

impl Defect {
    /// All defects, in the order of their bits.
    pub const ALL: [Self; 11] = [
        Self::Los,
        Self::Lof,
        Self::Ais,
        Self::Rai,
        Self::Lomf,
        Self::LossOfCasMultiframe,
        Self::CasRai,
        Self::CasAis,
        Self::RaiCi,
        Self::AisCi,
        Self::Card,
    ];

    /// The short name used in events, logs and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Los => "los",
            Self::Lof => "lof",
            Self::Ais => "ais",
            Self::Rai => "rai",
            Self::Lomf => "lomf",
            Self::LossOfCasMultiframe => "cas-lof",
            Self::CasRai => "cas-rai",
            Self::CasAis => "cas-ais",
            Self::RaiCi => "rai-ci",
            Self::AisCi => "ais-ci",
            Self::Card => "card",
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of defects.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Defects(u16);

impl Defects {
    /// No defect.
    pub const NONE: Self = Self(0);

    /// The set with exactly this defect.
    #[must_use]
    pub const fn only(defect: Defect) -> Self {
        Self(1 << defect as u8)
    }

    /// The set as bits, bit n for the defect with discriminant n.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set with these bits.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Whether the set holds `defect`.
    #[must_use]
    pub const fn contains(self, defect: Defect) -> bool {
        self.0 & (1 << defect as u8) != 0
    }

    /// Whether no defect is present.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Adds or removes `defect`.
    pub const fn set(&mut self, defect: Defect, present: bool) {
        if present {
            self.0 |= 1 << defect as u8;
        } else {
            self.0 &= !(1 << defect as u8);
        }
    }

    /// Whether the span can carry no traffic: loss of signal, of frame alignment, or AIS.
    #[must_use]
    pub const fn is_severe(self) -> bool {
        self.contains(Defect::Los) || self.contains(Defect::Lof) || self.contains(Defect::Ais)
    }

    /// The defects that are in exactly one of the two sets.
    #[must_use]
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }

    /// The members, in the order of their bits.
    pub fn iter(self) -> impl Iterator<Item = Defect> {
        Defect::ALL.into_iter().filter(move |defect| self.contains(*defect))
    }
}

impl fmt::Debug for Defects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Defects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (position, defect) in self.iter().enumerate() {
            if position > 0 {
                f.write_str("+")?;
            }
            f.write_str(defect.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severe_defects_are_those_that_stop_traffic() {
        for defect in Defect::ALL {
            let severe = matches!(defect, Defect::Los | Defect::Lof | Defect::Ais);
            assert_eq!(Defects::only(defect).is_severe(), severe, "{defect}");
        }
    }

    #[test]
    fn a_set_lists_what_was_put_in() {
        let mut set = Defects::NONE;
        set.set(Defect::Rai, true);
        set.set(Defect::Los, true);
        set.set(Defect::Ais, true);
        set.set(Defect::Ais, false);
        assert!(set.iter().eq([Defect::Los, Defect::Rai]));
        assert_eq!(set.bits(), 0b1001);
    }
}
