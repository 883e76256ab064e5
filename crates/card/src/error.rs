//! Why a card cannot be used as asked.
use std::fmt;
use std::num::NonZeroU32;

/// Why a card refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardError {
    /// There is no such span on the card.
    NoSuchSpan {
        /// The span asked for, from 0.
        span: usize,
        /// How many there are.
        spans: usize,
    },
    /// The card cannot do what the configuration asks.
    Unsupported(&'static str),
    /// The hardware does not answer as it should.
    Hardware(&'static str),
    /// Another card than before, or than the one asked for, is in its place. `None` has no serial number.
    Another {
        /// The serial number of the one that was to be there.
        wanted: Option<NonZeroU32>,
        /// And of the one that is.
        found: Option<NonZeroU32>,
    },
    /// A function of a card that is not the engine's own ended with this code.
    Failed {
        /// Which.
        function: &'static str,
        /// By the card's own rules.
        code: i32,
    },
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchSpan { span, spans } => {
                write!(f, "the card has {spans} spans, counted from 0; there is no span {span}")
            }
            Self::Unsupported(what) => write!(f, "the card cannot do this: {what}"),
            Self::Hardware(what) => write!(f, "the card does not answer as it should: {what}"),
            Self::Another { wanted, found } => {
                f.write_str("another card is in its place: ")?;
                match found {
                    Some(serial) => write!(f, "one with serial number {serial}")?,
                    None => f.write_str("one without a serial number")?,
                }
                match wanted {
                    Some(serial) => write!(f, ", not {serial}"),
                    None => f.write_str(", and there was none"),
                }
            }
            Self::Failed { function, code } => write!(f, "{function} failed with code {code}"),
        }
    }
}

impl std::error::Error for CardError {}
