//! How an engine comes by its cards: by name, from factories that the program registers.
use crate::Card;
use std::collections::BTreeMap;
use std::fmt;
use tandem_rt::Step;

/// One card as a configuration asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardRequest {
    /// The model.
    pub model: String,
    /// What the configuration calls this card; appears in events and errors.
    pub name: String,
    /// Options that only this model understands.
    pub options: BTreeMap<String, String>,
}

/// A card and, for a simulated one, the world at the far end of its lines.
pub struct OpenedCard {
    /// The card.
    pub card: Box<dyn Card>,
    /// Stepped by the media runner before the card is served, so that a late wake-up delays both ends.
    pub world: Option<Box<dyn Step>>,
}

/// Why a factory made no card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactoryError {
    /// The factory does not know the model.
    UnknownModel,
    /// An option is not understood, or its value is not.
    Option {
        /// Which.
        name: String,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
    /// The card is there but cannot be used.
    Card(crate::CardError),
}

impl fmt::Display for FactoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownModel => f.write_str("no such card model"),
            Self::Option { name, problem } => write!(f, "option '{name}': {problem}"),
            Self::Card(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FactoryError {}

impl From<crate::CardError> for FactoryError {
    fn from(error: crate::CardError) -> Self {
        Self::Card(error)
    }
}

/// Makes cards of one or more models.
pub trait CardFactory: Send {
    /// The models it makes.
    fn models(&self) -> Vec<&'static str>;

    /// Makes the card that is asked for, not yet configured or started.
    fn open(&mut self, request: &CardRequest) -> Result<OpenedCard, FactoryError>;
}
