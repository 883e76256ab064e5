//! Phrases made of prompts: numbers, dates, times of day, durations and amounts of money as lists of the prompts
//! that say them.
//!
//! A language is a table (`english.rs`, `mandarin.rs`) that a small engine reads (`grammar.rs`). Names are relative,
//! without ending: a host puts the directory of the language before and an ending after. `docs/phrases.md` lists
//! them all. Nothing here knows a sound or a clock.

mod english;
mod grammar;
mod mandarin;
mod text;

use core::fmt;
use std::collections::BTreeSet;

use grammar::{Field, Grammar};
pub use text::{BadPhrase, say_line};

/// In what language a phrase is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English of the United States.
    EnglishUs,
    /// English of the United Kingdom.
    EnglishUk,
    /// Mandarin Chinese.
    Mandarin,
}

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrase<'a> {
    /// A number.
    Cardinal(i64),
    /// A place in an order.
    Ordinal(u64),
    /// Characters one by one: figures, letters, `*`, `#` and `+`. Spaces and `-.()/` are not said.
    Digits(&'a str),
    /// A telephone number: the same, by the names that figures have there.
    Telephone(&'a str),
    /// An amount.
    Money {
        /// In the smallest units: cents, pence, fen.
        minor_units: i64,
        /// Of what.
        currency: Currency,
    },
    /// A day by its date.
    Date(Date),
    /// The day of the week of a date.
    Weekday(Date),
    /// A time of day.
    Time {
        /// 0 to 23.
        hour: u8,
        /// 0 to 59.
        minute: u8,
        /// How hours are counted.
        clock: Clock,
    },
    /// How long something is.
    Duration {
        /// In seconds.
        seconds: u64,
    },
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// How the hours of a day are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Twice to twelve.
    Twelve,
    /// To twenty-four.
    TwentyFour,
}

/// A currency of a hundred smaller units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    /// Yuan renminbi.
    Cny,
    /// Euro.
    Eur,
    /// Pound sterling.
    Gbp,
    /// Dollar of the United States.
    Usd,
}

/// The prompts that say a phrase, in their order. An empty list of digits has none.
pub fn say(language: Language, phrase: Phrase<'_>) -> Result<Vec<String>, Unsayable> {
    let grammar = language.grammar();
    let mut prompts = Vec::new();
    match phrase {
        Phrase::Cardinal(number) => {
            prompts.extend((number < 0).then(|| grammar.minus.to_owned()));
            grammar.say(grammar.cardinal, number.unsigned_abs(), &mut prompts);
        }
        Phrase::Ordinal(number) => grammar.say(grammar.ordinal, number, &mut prompts),
        Phrase::Digits(text) => spell(text, &[], &mut prompts)?,
        Phrase::Telephone(text) => spell(text, grammar.telephone, &mut prompts)?,
        Phrase::Money { minor_units, currency } => {
            prompts.extend((minor_units < 0).then(|| grammar.minus.to_owned()));
            let sets = grammar.money.iter().filter(|(of, _)| *of == currency);
            sets.for_each(|(_, set)| grammar.say(set, minor_units.unsigned_abs(), &mut prompts));
        }
        Phrase::Date(date) => {
            let date = date.checked()?;
            for (field, set) in &grammar.date {
                let number = match field {
                    Field::Year => u64::from(date.year),
                    Field::Month => u64::from(date.month),
                    Field::Day => u64::from(date.day),
                };
                grammar.say(set, number, &mut prompts);
            }
        }
        Phrase::Weekday(date) => grammar.say(grammar.weekday, date.checked()?.weekday(), &mut prompts),
        Phrase::Time { hour, minute, .. } if hour > 23 || minute > 59 => {
            return Err(Unsayable::Time { hour, minute });
        }
        Phrase::Time { hour, minute, clock } => {
            let set = match clock {
                Clock::Twelve => grammar.twelve_hours,
                Clock::TwentyFour => grammar.twenty_four_hours,
            };
            grammar.say(set, u64::from(hour) * 60 + u64::from(minute), &mut prompts);
        }
        Phrase::Duration { seconds } => grammar.say(grammar.duration, seconds, &mut prompts),
    }
    Ok(prompts)
}

/// All prompts that phrases of a language are made of, in the order of the alphabet: what there is to record.
#[must_use]
pub fn names(language: Language) -> Vec<String> {
    let mut names: BTreeSet<String> = language.grammar().names();
    names.extend(('0'..='9').chain('a'..='z').chain(['*', '#', '+']).filter_map(name_of));
    names.into_iter().collect()
}

impl Language {
    const fn grammar(self) -> &'static Grammar {
        match self {
            Self::EnglishUs => &english::US,
            Self::EnglishUk => &english::UK,
            Self::Mandarin => &mandarin::MANDARIN,
        }
    }
}

impl Date {
    fn checked(self) -> Result<Self, Unsayable> {
        let there = (1..=9_999).contains(&self.year) && (1..=self.days_of_month()).contains(&self.day);
        if there { Ok(self) } else { Err(Unsayable::Date(self)) }
    }

    const fn days_of_month(self) -> u8 {
        let leap =
            self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => 0,
        }
    }

    /// From 0, which is Sunday: the first of March of year 0 was a Wednesday, and each month since has moved the
    /// week by its days. January and February belong to the year before.
    fn weekday(self) -> u64 {
        let (year, month) = match self.month {
            1 | 2 => (u64::from(self.year) - 1, u64::from(self.month) + 9),
            month => (u64::from(self.year), u64::from(month) - 3),
        };
        let days_before_month = (153 * month + 2) / 5;
        (year + year / 4 - year / 100 + year / 400 + days_before_month + u64::from(self.day) + 2) % 7
    }
}

fn spell(text: &str, own: &[(char, &str)], prompts: &mut Vec<String>) -> Result<(), Unsayable> {
    for character in text.chars().filter(|character| !SILENT.contains(character)) {
        let name = match own.iter().find(|(known, _)| *known == character) {
            Some((_, name)) => Some((*name).to_owned()),
            None => name_of(character),
        };
        prompts.push(name.ok_or(Unsayable::Character(character))?);
    }
    Ok(())
}

fn name_of(character: char) -> Option<String> {
    match character {
        '0'..='9' => Some(format!("digits/{character}")),
        'a'..='z' | 'A'..='Z' => Some(format!("letters/{}", character.to_ascii_lowercase())),
        '*' => Some("digits/star".to_owned()),
        '#' => Some("digits/pound".to_owned()),
        '+' => Some("letters/plus".to_owned()),
        _ => None,
    }
}

/// Why there are no prompts for a phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsayable {
    /// There is no such day.
    Date(Date),
    /// There is no such time of day.
    Time {
        /// Hour.
        hour: u8,
        /// Minute.
        minute: u8,
    },
    /// This character has no name.
    Character(char),
}

impl fmt::Display for Unsayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(Date { year, month, day }) => {
                write!(f, "there is no day {year}-{month}-{day}; give one of the years 1 to 9999")
            }
            Self::Time { hour, minute } => {
                write!(f, "there is no time {hour}:{minute}; give one from 0:00 to 23:59")
            }
            Self::Character(character) => {
                write!(f, "{character:?} has no prompt; give figures, letters, *, # and +")
            }
        }
    }
}

impl core::error::Error for Unsayable {}

const SILENT: [char; 6] = [' ', '-', '.', '(', ')', '/'];
