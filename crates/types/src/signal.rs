//! The smallest units of signalling: the four bits of channel-associated signalling, and dialled digits.
use core::fmt;

/// The a, b, c, d bits of one channel (G.704 §5.1.3.2), a in bit 3.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Abcd(u8);

impl Abcd {
    /// The four low bits of `bits`, a first.
    #[must_use]
    pub const fn new(bits: u8) -> Self {
        Self(bits & 0x0f)
    }

    /// The bits, a in bit 3.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Bit a.
    #[must_use]
    pub const fn a(self) -> bool {
        self.0 & 0b1000 != 0
    }
}

impl fmt::Display for Abcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04b}", self.0)
    }
}

impl fmt::Debug for Abcd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Abcd({:04b})", self.0)
    }
}

/// A DTMF digit: 0–9, A–D, `*`, `#` (Q.23).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digit(u8);

impl Digit {
    /// All sixteen digits, row by row of the keypad: the index is 4 × row + column.
    pub const KEYPAD: [Self; 16] = {
        let symbols = *b"123A456B789C*0#D";
        let mut digits = [Self(0); 16];
        let mut key = 0;
        while key < 16 {
            digits[key] = Self(symbols[key]);
            key += 1;
        }
        digits
    };

    /// The digit written as this character; small letters are taken too.
    #[must_use]
    pub const fn from_char(symbol: char) -> Option<Self> {
        match symbol {
            '0'..='9' | 'A'..='D' | '*' | '#' => Some(Self(symbol as u8)),
            'a'..='d' => Some(Self(symbol as u8 - b'a' + b'A')),
            _ => None,
        }
    }

    /// The character on the key.
    #[must_use]
    pub const fn to_char(self) -> char {
        self.0 as char
    }

    /// Row (low group) and column (high group) of the key, each 0 to 3.
    #[must_use]
    pub const fn key(self) -> (usize, usize) {
        match self.0 {
            b'*' => (3, 0),
            b'0' => (3, 1),
            b'#' => (3, 2),
            letter @ b'A'..=b'D' => ((letter - b'A') as usize, 3),
            number => ((number - b'1') as usize / 3, (number - b'1') as usize % 3),
        }
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_char())
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digit({})", self.to_char())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_keypad_knows_its_place() {
        for (index, digit) in Digit::KEYPAD.into_iter().enumerate() {
            assert_eq!(digit.key(), (index / 4, index % 4), "{digit}");
            assert_eq!(Digit::from_char(digit.to_char()), Some(digit));
        }
    }

    #[test]
    fn other_characters_are_no_digits() {
        for symbol in ['E', 'e', ' ', '+', '/', ':', '\u{661}'] {
            assert_eq!(Digit::from_char(symbol), None, "{symbol:?}");
        }
    }
}
