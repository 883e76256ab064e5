//! Phrases written as a line of text: `en-us money 1234 usd`.
use core::fmt;

use super::{Clock, Currency, Date, Language, Phrase, Unsayable, say};

/// Why a line says no phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadPhrase {
    /// There is no such language.
    Language(String),
    /// There is no such kind of phrase.
    Kind(String),
    /// What is to be said is none of that kind.
    Value {
        /// The kind.
        kind: String,
        /// How such a value is written.
        wanted: &'static str,
    },
    /// There are no prompts for it.
    Unsayable(Unsayable),
}

impl fmt::Display for BadPhrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Language(given) => write!(f, "there is no language {given:?}; give en-us, en-gb or zh"),
            Self::Kind(given) => write!(
                f,
                "there is no phrase {given:?}; give number, ordinal, digits, telephone, money, date, weekday, \
                 time, time24 or duration"
            ),
            Self::Value { kind, wanted } => write!(f, "{kind} wants {wanted}"),
            Self::Unsayable(why) => why.fmt(f),
        }
    }
}

impl core::error::Error for BadPhrase {}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EnglishUs, Self::EnglishUk, Self::Mandarin];

    /// How a line begins that is said in it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EnglishUs => "en-us",
            Self::EnglishUk => "en-gb",
            Self::Mandarin => "zh",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.as_str() == name)
    }
}

/// The language of a line, and the prompts that say the rest of it: a kind, and what is said.
///
/// | kind | what is said |
/// | --- | --- |
/// | `number`, `ordinal` | a whole number |
/// | `digits`, `telephone` | characters |
/// | `money` | smallest units and a currency: `1234 usd` |
/// | `date`, `weekday` | `2026-11-23` |
/// | `time`, `time24` | `14:05`, said as of twelve hours or of twenty-four |
/// | `duration` | seconds |
pub fn say_line(line: &str) -> Result<(Language, Vec<String>), BadPhrase> {
    let (language, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let (kind, value) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    let value = value.trim();
    let language = Language::of(language).ok_or_else(|| BadPhrase::Language(language.to_owned()))?;
    let wants = |wanted| BadPhrase::Value { kind: kind.to_owned(), wanted };
    let phrase = match kind {
        "number" => Phrase::Cardinal(value.parse().map_err(|_| wants("a whole number"))?),
        "ordinal" => Phrase::Ordinal(value.parse().map_err(|_| wants("a whole number from 0 on"))?),
        "digits" => Phrase::Digits(value),
        "telephone" => Phrase::Telephone(value),
        "money" => {
            money(value).ok_or_else(|| wants("smallest units and cny, eur, gbp or usd, as in 1234 usd"))?
        }
        "date" => Phrase::Date(date(value).ok_or_else(|| wants("year-month-day"))?),
        "weekday" => Phrase::Weekday(date(value).ok_or_else(|| wants("year-month-day"))?),
        "time" => time(value, Clock::Twelve).ok_or_else(|| wants("hours:minutes"))?,
        "time24" => time(value, Clock::TwentyFour).ok_or_else(|| wants("hours:minutes"))?,
        "duration" => Phrase::Duration { seconds: value.parse().map_err(|_| wants("seconds"))? },
        _ => return Err(BadPhrase::Kind(kind.to_owned())),
    };
    let prompts = say(language, phrase).map_err(BadPhrase::Unsayable)?;
    Ok((language, prompts))
}

fn money(value: &str) -> Option<Phrase<'_>> {
    let (units, currency) = value.split_once(' ')?;
    let currency = match currency.trim() {
        "cny" => Currency::Cny,
        "eur" => Currency::Eur,
        "gbp" => Currency::Gbp,
        "usd" => Currency::Usd,
        _ => return None,
    };
    Some(Phrase::Money { minor_units: units.parse().ok()?, currency })
}

fn date(value: &str) -> Option<Date> {
    let mut parts = value.split('-');
    let mut next = || parts.next();
    let date = Date { year: next()?.parse().ok()?, month: next()?.parse().ok()?, day: next()?.parse().ok()? };
    parts.next().is_none().then_some(date)
}

fn time(value: &str, clock: Clock) -> Option<Phrase<'_>> {
    let (hour, minute) = value.split_once(':')?;
    Some(Phrase::Time { hour: hour.parse().ok()?, minute: minute.parse().ok()?, clock })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        let (_, prompts) = say_line(line).expect("a phrase");
        prompts.join(" ")
    }

    #[test]
    fn each_kind_is_said_in_each_language() {
        for (line, wanted) in [
            ("en-us number -42", "digits/minus digits/40 digits/2"),
            ("en-us  ordinal  3 ", "digits/h-3"),
            ("en-gb digits 12 #", "digits/1 digits/2 digits/pound"),
            ("zh telephone 110", &said("zh telephone 1-1-0")),
            ("en-us weekday 2026-11-23", "digits/day-1"),
        ] {
            assert_eq!(said(line), wanted, "{line}");
        }
        for kind in [
            "number 7",
            "money 1234 usd",
            "money 100 gbp",
            "money 1 eur",
            "money 99999 cny",
            "date 2026-11-23",
            "time 14:05",
            "time24 0:00",
            "duration 3725",
            "ordinal 1",
        ] {
            for language in Language::ALL {
                assert!(!said(&format!("{} {kind}", language.as_str())).is_empty(), "{kind}");
            }
        }
        assert_ne!(said("en-us time 14:05"), said("en-us time24 14:05"));
        assert_eq!(said("en-us digits "), "");
    }

    #[test]
    fn what_is_no_phrase_is_refused_with_a_sentence() {
        for (line, word) in [
            ("", "no language"),
            ("fr number 1", "no language \"fr\""),
            ("en-us", "no phrase \"\""),
            ("en-us nombre 1", "no phrase \"nombre\""),
            ("en-us number", "number wants a whole number"),
            ("en-us number 99999999999999999999", "whole number"),
            ("en-us ordinal -1", "from 0 on"),
            ("en-us money 12", "1234 usd"),
            ("en-us money 12 xyz", "1234 usd"),
            ("en-us date 2026-11", "year-month-day"),
            ("en-us date 2026-11-23-1", "year-month-day"),
            ("en-us date 2026-02-30", "no day 2026-2-30"),
            ("en-us time 1405", "hours:minutes"),
            ("en-us time24 24:00", "no time 24:0"),
            ("en-us duration 1m", "seconds"),
            ("zh digits 1?", "no prompt"),
        ] {
            let refused = say_line(line).expect_err("no phrase").to_string();
            assert!(refused.contains(word), "{line}: {refused}");
        }
    }
}
