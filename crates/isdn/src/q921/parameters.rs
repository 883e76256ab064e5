//! What two ends of a data link agree on beforehand (Q.921 §5.9).
use tandem_types::Frames;

use crate::Side;

/// The system parameters of a data link, each within its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkParameters {
    pub(crate) side: Side,
    pub(crate) sapi: u8,
    pub(crate) tei: u8,
    pub(crate) k: u8,
    pub(crate) n200: u8,
    pub(crate) n201: u16,
    pub(crate) t200: Frames,
    pub(crate) t203: Frames,
}

/// The parameter that is out of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterError {
    /// A SAPI above 63, or a TEI above 126 (127 is the group TEI).
    Address,
    /// k, the window: 1 to 127.
    Window,
    /// N200, the attempts: at least 1.
    Attempts,
    /// N201, the octets of an information field: 1 to 4096.
    Information,
    /// T200 or T203 is zero.
    Timer,
}

impl LinkParameters {
    /// What a primary rate interface uses for signalling: SAPI 0, TEI 0, k 7, N200 3, N201 260, T200 1 s, T203
    /// 10 s.
    #[must_use]
    pub const fn new(side: Side) -> Self {
        Self {
            side,
            sapi: 0,
            tei: 0,
            k: 7,
            n200: 3,
            n201: 260,
            t200: Frames::from_seconds(1),
            t203: Frames::from_seconds(10),
        }
    }

    /// Another address.
    pub const fn with_address(self, sapi: u8, tei: u8) -> Result<Self, ParameterError> {
        if sapi > 63 || tei > 126 {
            return Err(ParameterError::Address);
        }
        Ok(Self { sapi, tei, ..self })
    }

    /// Another k, the most I frames that may be outstanding.
    pub const fn with_window(self, k: u8) -> Result<Self, ParameterError> {
        if k == 0 || k > 127 {
            return Err(ParameterError::Window);
        }
        Ok(Self { k, ..self })
    }

    /// Another N200, the most retransmissions of a frame.
    pub const fn with_attempts(self, n200: u8) -> Result<Self, ParameterError> {
        if n200 == 0 {
            return Err(ParameterError::Attempts);
        }
        Ok(Self { n200, ..self })
    }

    /// Another N201, the most octets of an information field.
    pub const fn with_information(self, n201: u16) -> Result<Self, ParameterError> {
        if n201 == 0 || n201 > 4096 {
            return Err(ParameterError::Information);
        }
        Ok(Self { n201, ..self })
    }

    /// Other timers: T200, how long to wait for an acknowledgement, and T203, how long a line may be silent.
    pub const fn with_timers(self, t200: Frames, t203: Frames) -> Result<Self, ParameterError> {
        if t200.0 == 0 || t203.0 == 0 {
            return Err(ParameterError::Timer);
        }
        Ok(Self { t200, t203, ..self })
    }

    /// The side that this end plays.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    pub(crate) const fn far_side(&self) -> Side {
        match self.side {
            Side::User => Side::Network,
            Side::Network => Side::User,
        }
    }
}
