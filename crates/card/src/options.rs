//! Options of a card as a configuration writes them: names and values in words, errors in sentences.
use crate::{CardRequest, FactoryError};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// The options of one request.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a>(&'a CardRequest);

impl<'a> Options<'a> {
    /// Takes the options, if the model has every one of them or the far end, `beyond`, does.
    pub fn new(request: &'a CardRequest, known: &[&str], beyond: &[String]) -> Result<Self, FactoryError> {
        let stranger = |name: &&String| !known.contains(&name.as_str()) && !beyond.contains(name);
        match request.options.keys().find(stranger) {
            None => Ok(Self(request)),
            Some(name) => {
                let beyond = beyond.iter().map(String::as_str);
                let names: Vec<&str> = known.iter().copied().chain(beyond).collect();
                let (model, names) = (&request.model, names.join(", "));
                Err(wrong(name, format!("a card of model '{model}' has no such option; it has {names}")))
            }
        }
    }

    /// The value as it is written.
    #[must_use]
    pub fn text(self, name: &str) -> Option<&'a str> {
        self.0.options.get(name).map(String::as_str)
    }

    /// A number in `range`.
    pub fn number<T>(self, name: &str, default: T, range: RangeInclusive<T>) -> Result<T, FactoryError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            wrong(name, format!("'{text}' is not a number from {least} to {most}"))
        })
    }

    /// One of some words.
    pub fn choice<T: Copy>(self, name: &str, default: T, choices: &[(&str, T)]) -> Result<T, FactoryError> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            wrong(name, format!("'{text}' is not one of {}", words.join(", ")))
        })
    }
}

/// An option is wrong, and why.
#[must_use]
pub fn wrong(name: &str, problem: impl Into<String>) -> FactoryError {
    FactoryError::Option { name: name.to_owned(), problem: problem.into() }
}
