//! A called number as it is dialled: a short row of DTMF digits in a fixed place.
use core::fmt;

use tandem_types::Digit;

/// Up to 32 dialled digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number {
    digits: [Digit; Self::MAX],
    /// At most `MAX`.
    len: usize,
}

impl Number {
    /// The longest number.
    pub const MAX: usize = 32;
    /// No digit.
    pub const EMPTY: Self = Self { digits: [Digit::KEYPAD[0]; Self::MAX], len: 0 };

    /// Reads a number written with the characters of the keypad.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let mut number = Self::EMPTY;
        for symbol in text.chars() {
            let digit = Digit::from_char(symbol).ok_or(NumberError::NotADigit(symbol))?;
            number.push(digit)?;
        }
        Ok(number)
    }

    /// Adds a digit at the end.
    pub const fn push(&mut self, digit: Digit) -> Result<(), NumberError> {
        if self.len == Self::MAX {
            return Err(NumberError::TooLong);
        }
        self.digits[self.len] = digit;
        self.len += 1;
        Ok(())
    }

    /// The digits, first dialled first.
    #[must_use]
    pub fn digits(&self) -> &[Digit] {
        self.digits.get(..self.len).unwrap_or(&[])
    }

    /// How many digits there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no digit.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits().iter().try_for_each(|digit| digit.fmt(f))
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({self})")
    }
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// This character is not on the keypad.
    NotADigit(char),
    /// More than 32 digits.
    TooLong,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADigit(symbol) => {
                write!(f, "{symbol:?} cannot be dialled; use 0-9, A-D, * and #")
            }
            Self::TooLong => f.write_str("the number is too long; dial at most 32 digits"),
        }
    }
}

impl core::error::Error for NumberError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_and_written_alike() {
        let number = Number::parse("0049*12#aD");
        assert!(number.is_ok_and(|number| number.len() == 10));
        assert_eq!(Number::parse(""), Ok(Number::EMPTY));
    }

    #[test]
    fn what_is_not_on_the_keypad_is_refused() {
        assert_eq!(Number::parse("12 3"), Err(NumberError::NotADigit(' ')));
        assert_eq!(Number::parse("012345678901234567890123456789012"), Err(NumberError::TooLong));
    }
}
