//! Cause values of Q.850: why a call ended or could not be made.
use core::fmt;

/// A Q.850 cause value, 1 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause(u8);

impl Cause {
    /// 1, unallocated (unassigned) number.
    pub const UNALLOCATED_NUMBER: Self = Self(1);
    /// 16, normal call clearing.
    pub const NORMAL_CLEARING: Self = Self(16);
    /// 17, user busy.
    pub const USER_BUSY: Self = Self(17);
    /// 18, no user responding.
    pub const NO_USER_RESPONDING: Self = Self(18);
    /// 19, no answer from user (user alerted).
    pub const NO_ANSWER: Self = Self(19);
    /// 21, call rejected.
    pub const CALL_REJECTED: Self = Self(21);
    /// 27, destination out of order.
    pub const DESTINATION_OUT_OF_ORDER: Self = Self(27);
    /// 28, invalid number format (address incomplete).
    pub const ADDRESS_INCOMPLETE: Self = Self(28);
    /// 31, normal, unspecified.
    pub const NORMAL_UNSPECIFIED: Self = Self(31);
    /// 34, no circuit/channel available.
    pub const NO_CIRCUIT: Self = Self(34);
    /// 38, network out of order.
    pub const NETWORK_OUT_OF_ORDER: Self = Self(38);
    /// 41, temporary failure.
    pub const TEMPORARY_FAILURE: Self = Self(41);
    /// 42, switching equipment congestion.
    pub const CONGESTION: Self = Self(42);
    /// 102, recovery on timer expiry.
    pub const RECOVERY_ON_TIMER: Self = Self(102);

    /// The cause with this value; `None` outside 1 to 127.
    #[must_use]
    pub const fn new(value: u8) -> Option<Self> {
        if value >= 1 && value <= 127 { Some(Self(value)) } else { None }
    }

    /// The cause value.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// The definition in Q.850, for the causes the engine itself uses.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self.0 {
            1 => "unallocated (unassigned) number",
            16 => "normal call clearing",
            17 => "user busy",
            18 => "no user responding",
            19 => "no answer from user (user alerted)",
            21 => "call rejected",
            27 => "destination out of order",
            28 => "invalid number format (address incomplete)",
            31 => "normal, unspecified",
            34 => "no circuit/channel available",
            38 => "network out of order",
            41 => "temporary failure",
            42 => "switching equipment congestion",
            102 => "recovery on timer expiry",
            _ => "see Q.850",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.description())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_seven_bit_values_from_one_are_causes() {
        assert_eq!(Cause::new(0), None);
        assert_eq!(Cause::new(128), None);
        assert_eq!(Cause::new(127).map(Cause::value), Some(127));
        assert_eq!(Cause::new(16), Some(Cause::NORMAL_CLEARING));
    }
}
