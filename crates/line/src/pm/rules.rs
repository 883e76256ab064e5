//! What a second was: errored, severely errored, bursty.
use super::Second;

/// By which rules seconds are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleSet {
    /// G.826: blocks. Unavailable time begins with ten severely errored seconds.
    #[default]
    G826,
    /// RFC 4805: path coding violations. Unavailable time begins with ten severely errored seconds, or with the
    /// condition that leads to a failure.
    Rfc4805,
}

/// How the path is framed, which says what can be seen of its errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathFormat {
    /// E1 with CRC-4: 1000 blocks a second.
    #[default]
    E1Crc4,
    /// E1 without: alignment signals only.
    E1,
    /// T1 extended superframe: 333 blocks a second.
    T1Esf,
    /// T1 superframe: framing bits only.
    T1Sf,
}

impl PathFormat {
    const fn has_crc(self) -> bool {
        matches!(self, Self::E1Crc4 | Self::T1Esf)
    }

    /// Bits in a second.
    pub(super) const fn bit_rate(self) -> u64 {
        match self {
            Self::E1Crc4 | Self::E1 => 2_048_000,
            Self::T1Esf | Self::T1Sf => 1_544_000,
        }
    }

    /// Errored blocks that make a second severely errored: 30 % (G.826), or, without blocks, the anomalies that
    /// M.2100 takes for as bad.
    const fn severe_blocks(self) -> u64 {
        match self {
            Self::E1Crc4 => 300,
            Self::T1Esf => 100,
            Self::E1 => 28,
            Self::T1Sf => 8,
        }
    }
}

/// What a second is taken for, if it is available time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) errored: bool,
    pub(super) severe: bool,
    pub(super) severe_framing: bool,
    pub(super) bursty: bool,
    pub(super) line_errored: bool,
    pub(super) slipped: bool,
    /// Path coding violations; by G.826, errored blocks.
    pub(super) path_violations: u64,
    pub(super) line_violations: u64,
}

impl Verdict {
    pub(super) const fn new(rules: RuleSet, format: PathFormat, second: &Second) -> Self {
        // Severely errored framing is out of frame, a defect to either (RFC 4805 of a DS1; on E1 it is a loss of alignment).
        let defect = second.defect || second.severe_framing;
        let verdict = match rules {
            RuleSet::G826 => Self::by_g826(format, second, defect),
            RuleSet::Rfc4805 => Self::by_rfc4805(format, second, defect),
        };
        Self {
            severe_framing: defect,
            line_errored: second.code_violations > 0,
            slipped: second.slips > 0,
            line_violations: second.code_violations,
            ..verdict
        }
    }

    const fn by_g826(format: PathFormat, second: &Second, defect: bool) -> Self {
        let blocks = if format.has_crc() { second.crc_errors } else { second.framing_errors };
        Self {
            errored: blocks > 0 || defect,
            severe: blocks >= format.severe_blocks() || defect,
            path_violations: blocks,
            ..Self::NOTHING
        }
    }

    const fn by_rfc4805(format: PathFormat, second: &Second, defect: bool) -> Self {
        let framing = second.framing_errors;
        let path = if format.has_crc() { framing.saturating_add(second.crc_errors) } else { framing };
        let lines = second.code_violations;
        let seen = path > 0 || defect || second.slips > 0;
        let (errored, severe) = match format {
            PathFormat::E1Crc4 => (seen, path >= 832 || defect),
            PathFormat::T1Esf => (seen, path >= 320 || defect),
            PathFormat::E1 => (seen || lines > 0, lines >= 2048),
            PathFormat::T1Sf => (seen || lines > 0, framing > 0 || defect || lines >= 1544),
        };
        let bursty = matches!(format, PathFormat::T1Esf) && path > 1 && path < 320 && !defect;
        Self { errored, severe, bursty, path_violations: path, ..Self::NOTHING }
    }

    const NOTHING: Self = Self {
        errored: false,
        severe: false,
        severe_framing: false,
        bursty: false,
        line_errored: false,
        slipped: false,
        path_violations: 0,
        line_violations: 0,
    };
}
