//! Numbers as they are dialled, and the plan that says which there are.
use core::fmt;

/// The numbers of one kind in a dial plan, such as `110`, `1[3-9]XXXXXXXXX` or `00.`: each place is a digit (`0` to `9`,
/// `*`, `#`), `X` for 0 to 9, `Z` for 1 to 9, `N` for 2 to 9, or a choice in brackets; a `.` at the end stands for any
/// further digits, or none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NumberPattern {
    /// The digits that may stand at each place, a bit each.
    places: [u16; Self::LONGEST],
    len: u8,
    open: bool,
}

/// What digits are by a dial plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialled {
    /// No number begins so.
    Unknown,
    /// Numbers begin so, and none ends here.
    Beginning,
    /// A number, and longer ones begin so.
    MayGoOn,
    /// A number, and none is longer.
    Complete,
}

impl NumberPattern {
    /// The most places of a pattern.
    pub const LONGEST: usize = 32;

    /// Reads a pattern; `None` if it is none, or has no place or more than [`Self::LONGEST`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (fixed, open) = match text.strip_suffix('.') {
            Some(fixed) => (fixed, true),
            None => (text, false),
        };
        let mut pattern = Self { places: [0; Self::LONGEST], len: 0, open };
        let mut octets = fixed.bytes();
        while let Some(octet) = octets.next() {
            let place = match octet {
                b'X' | b'x' => range(b'0', b'9'),
                b'Z' | b'z' => range(b'1', b'9'),
                b'N' | b'n' => range(b'2', b'9'),
                b'[' => choice(&mut octets),
                digit => bit(digit),
            };
            *pattern.places.get_mut(usize::from(pattern.len))? = place?;
            pattern.len += 1;
        }
        (pattern.len > 0 || open).then_some(pattern)
    }

    /// What digits are by this pattern alone.
    fn judge(&self, digits: &[u8]) -> Dialled {
        let places = &self.places[..usize::from(self.len)];
        let fits =
            digits.iter().zip(places).all(|(digit, place)| bit(*digit).is_some_and(|bit| place & bit != 0));
        match (digits.len(), fits) {
            (_, false) => Dialled::Unknown,
            (dialled, _) if dialled < places.len() => Dialled::Beginning,
            _ if self.open => Dialled::MayGoOn,
            (dialled, _) if dialled == places.len() => Dialled::Complete,
            _ => Dialled::Unknown,
        }
    }
}

impl fmt::Debug for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NumberPattern({} places{})", self.len, if self.open { ", open" } else { "" })
    }
}

/// What digits are by a plan: by all of its patterns together.
#[must_use]
pub fn judge_number(plan: &[NumberPattern], digits: &[u8]) -> Dialled {
    let together = |one: Dialled, other: Dialled| match (one, other) {
        (Dialled::Unknown, it) | (it, Dialled::Unknown) => it,
        (one, other) if one == other => one,
        // One of them goes on, and one of them is a number.
        _ => Dialled::MayGoOn,
    };
    plan.iter().map(|pattern| pattern.judge(digits)).fold(Dialled::Unknown, together)
}

/// The digits of a choice, up to its closing bracket: single ones and ranges.
fn choice(octets: &mut impl Iterator<Item = u8>) -> Option<u16> {
    let (mut place, mut last) = (0, None);
    loop {
        match (octets.next()?, last) {
            (b']', _) => return (place != 0).then_some(place),
            (b'-', Some(from)) => {
                place |= range(from, octets.next()?)?;
                last = None;
            }
            (digit, _) => {
                place |= bit(digit)?;
                last = Some(digit);
            }
        }
    }
}

fn range(from: u8, to: u8) -> Option<u16> {
    (from.is_ascii_digit() && to.is_ascii_digit() && from <= to)
        .then(|| (from..=to).fold(0, |place, digit| place | 1 << (digit - b'0')))
}

fn bit(digit: u8) -> Option<u16> {
    match digit {
        b'0'..=b'9' => Some(1 << (digit - b'0')),
        b'*' => Some(1 << 10),
        b'#' => Some(1 << 11),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Dialled::*;

    fn judged<const N: usize>(plan: [&str; N], digits: &str) -> Dialled {
        judge_number(&plan.map(|text| NumberPattern::parse(text).expect("a pattern")), digits.as_bytes())
    }

    #[test]
    fn a_number_is_complete_when_no_longer_one_begins_so() {
        let plan = ["110", "1[3-9]XXXXXXXXX", "[2-8]XXX", "95XXX", "95XXXXX"];
        for (digits, expected) in [
            ("", Beginning),
            ("1", Beginning),
            ("11", Beginning),
            ("110", Complete),
            ("1100", Unknown),
            ("12", Unknown),
            ("1390000000", Beginning),
            ("13900000000", Complete),
            ("4711", Complete),
            ("95588", MayGoOn),
            ("955880", Beginning),
            ("9558800", Complete),
            ("0", Unknown),
            ("47a", Unknown),
        ] {
            assert_eq!(judged(plan, digits), expected, "{digits}");
        }
    }

    #[test]
    fn an_open_pattern_takes_any_more_digits() {
        for (digits, expected) in [("0", Beginning), ("00", MayGoOn), ("0044", MayGoOn), ("04", Unknown)] {
            assert_eq!(judged(["00."], digits), expected, "{digits}");
        }
        assert_eq!(judged(["."], "12"), MayGoOn);
        assert_eq!(judged(["0.", "0NX"], "02"), MayGoOn);
        assert_eq!(judged([], "1"), Unknown);
    }

    #[test]
    fn letters_and_choices_are_the_digits_that_they_say() {
        for (pattern, fits, not) in [
            ("X", "0123456789", "*#"),
            ("Z", "123456789", "0*"),
            ("n", "23456789", "01"),
            ("[*#]", "*#", "019"),
            ("[0-24]", "0124", "35"),
        ] {
            for digit in fits.chars() {
                assert_eq!(judged([pattern], digit.encode_utf8(&mut [0; 4])), Complete, "{pattern} {digit}");
            }
            for digit in not.chars() {
                assert_eq!(judged([pattern], digit.encode_utf8(&mut [0; 4])), Unknown, "{pattern} {digit}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "1a", "[", "[]", "[1", "[9-0]", "[1-", "[-5]", "1.2", "é", "[1-#]"] {
            assert_eq!(NumberPattern::parse(text), None, "{text:?}");
        }
        let longest = [b'X'; 33];
        let text = |len: usize| core::str::from_utf8(&longest[..len]).expect("text");
        assert!(NumberPattern::parse(text(32)).is_some());
        assert_eq!(NumberPattern::parse(text(33)), None);
    }
}
