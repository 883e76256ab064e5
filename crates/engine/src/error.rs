//! Why the engine refused, for people and for programs.
use crate::config::ConfigError;
use std::fmt;
use std::path::PathBuf;
use tandem_card::{CardError, FactoryError};

/// Why a request was refused. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineError {
    /// The handle names nothing any more.
    Stale,
    /// The handle names something of another kind.
    WrongKind,
    /// There is no such call, or it is over.
    NoSuchCall,
    /// The object exists, but its state does not allow this now.
    WrongState(&'static str),
    /// An argument is out of range or malformed.
    BadArgument(&'static str),
    /// All objects of this kind are in use, or the host does not fetch its events.
    Busy(&'static str),
    /// A file cannot be used.
    File {
        /// Which.
        path: PathBuf,
        /// Why, and what to do.
        problem: String,
    },
    /// The card or the signalling that it would take cannot do it.
    Unsupported(&'static str),
    /// A configuration that is to take effect now is wrong, or asks for what cannot be changed.
    Config(ConfigError),
    /// The engine has been closed.
    Closed,
}

impl From<ConfigError> for EngineError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("the handle is stale: what it named is gone"),
            Self::WrongKind => f.write_str("the handle names an object of another kind"),
            Self::NoSuchCall => f.write_str("there is no such call, or it is over"),
            Self::WrongState(problem) | Self::BadArgument(problem) | Self::Unsupported(problem) => {
                f.write_str(problem)
            }
            Self::Busy(what) => write!(f, "{what}; try later"),
            Self::File { path, problem } => write!(f, "{}: {problem}", path.display()),
            Self::Config(error) => error.fmt(f),
            Self::Closed => f.write_str("the engine has been closed"),
        }
    }
}

impl std::error::Error for EngineError {}

/// Why an engine cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The configuration is wrong.
    Config(ConfigError),
    /// No registered factory makes this model.
    UnknownModel {
        /// The card as the configuration calls it.
        card: String,
        /// The model asked for.
        model: String,
        /// The models there are.
        known: Vec<&'static str>,
    },
    /// A factory made no card.
    Factory {
        /// The card as the configuration calls it.
        card: String,
        /// Why.
        error: FactoryError,
    },
    /// A card refused its configuration or did not start.
    Card {
        /// The card as the configuration calls it.
        card: String,
        /// Why.
        error: CardError,
    },
    /// The tick is no whole number of a card's granules.
    Granule {
        /// The card as the configuration calls it.
        card: String,
        /// Its granule in frames.
        granule: usize,
        /// The tick in frames.
        tick: usize,
    },
    /// The granules of two cards do not fit into each other.
    Granules {
        /// The card as the configuration calls it.
        card: String,
        /// Its granule in frames.
        granule: usize,
        /// The smallest granule of all cards.
        step: usize,
    },
    /// The system refused something the engine needs.
    System(std::io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::UnknownModel { card, model, known } => {
                write!(f, "{card}: there is no card model '{model}'; known models: {}", known.join(", "))
            }
            Self::Factory { card, error } => write!(f, "{card}: {error}"),
            Self::Card { card, error } => write!(f, "{card}: {error}"),
            Self::Granule { card, granule, tick } => write!(
                f,
                "engine.tick_frames: {card} moves {granule} frames at a time, so the tick must be a multiple \
                 of {granule}; it is {tick}"
            ),
            Self::Granules { card, granule, step } => write!(
                f,
                "{card} moves {granule} frames at a time, which is no multiple of the {step} of another card; \
                 the two cannot be used in one engine"
            ),
            Self::System(error) => write!(f, "the system refused: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<ConfigError> for OpenError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<std::io::Error> for OpenError {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}
