//! What the tables of a language are made of, and the few lines that read them.
//!
//! A set is a list of rules by size. To say a number, the last rule that begins at or below it is taken; its parts
//! say prompts and hand on what is left of the number to other sets. Dates, times, durations and amounts are
//! numbers too: minutes of a day, seconds, cents.
use std::collections::BTreeSet;

use super::Currency;

/// Rules, each from a greater number on than the one before.
pub(super) struct Set(pub(super) &'static [Rule]);

/// How the numbers from one on are said, up to the next rule.
pub(super) struct Rule {
    from: u64,
    /// What is first taken off the number.
    less: u64,
    /// By what it is then divided.
    by: u64,
    say: &'static [Part],
}

/// A piece of a rule.
pub(super) enum Part {
    /// A prompt.
    Word(&'static str),
    /// The prompt whose name begins so and ends in the number.
    Numbered(&'static str),
    /// One prompt if nothing is left over by the division, another if something is.
    Round { alone: &'static str, before: &'static str },
    /// The word between hundreds and what follows, in languages that have one.
    And,
    /// The quotient, by this set.
    Times(&'static Set),
    /// What is left over, by this set; nothing, if that is zero.
    Rest(&'static Set),
    /// What is left over, by this set, zero too.
    RestOrZero(&'static Set),
    /// The whole number, by this set.
    As(&'static Set),
}

/// The numbers from `from` on are said so.
pub(super) const fn rule(from: u64, say: &'static [Part]) -> Rule {
    Rule { from, less: 0, by: 1, say }
}

/// The numbers from `from` on are divided by `by` and said so.
pub(super) const fn over(from: u64, by: u64, say: &'static [Part]) -> Rule {
    Rule { from, less: 0, by, say }
}

/// The numbers from `from` on lose `less`, are divided by `by` and said so.
pub(super) const fn less(from: u64, less: u64, by: u64, say: &'static [Part]) -> Rule {
    Rule { from, less, by, say }
}

/// A language.
pub(super) struct Grammar {
    pub(super) minus: &'static str,
    /// What [`Part::And`] says.
    pub(super) and: Option<&'static str>,
    /// Figures of a telephone number that have another name there.
    pub(super) telephone: &'static [(char, &'static str)],
    pub(super) cardinal: &'static Set,
    pub(super) ordinal: &'static Set,
    /// The pieces of a date in their order.
    pub(super) date: [(Field, &'static Set); 3],
    /// From 0, which is Sunday.
    pub(super) weekday: &'static Set,
    /// Of the minutes since midnight.
    pub(super) twelve_hours: &'static Set,
    pub(super) twenty_four_hours: &'static Set,
    /// Of seconds.
    pub(super) duration: &'static Set,
    /// Of the smallest units.
    pub(super) money: [(Currency, &'static Set); 4],
}

/// A piece of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Year,
    /// From 1.
    Month,
    Day,
}

impl Grammar {
    /// Adds the prompts of a number.
    pub(super) fn say(&self, set: &Set, number: u64, prompts: &mut Vec<String>) {
        let Some(rule) = set.0.iter().rev().find(|rule| rule.from <= number) else { return };
        let number = number - rule.less;
        let (times, rest) = (number / rule.by, number % rule.by);
        for part in rule.say {
            match part {
                Part::Word(name) => prompts.push((*name).to_owned()),
                Part::Numbered(start) => prompts.push(format!("{start}{number}")),
                Part::Round { alone, before } => {
                    prompts.push((if rest == 0 { *alone } else { *before }).into());
                }
                Part::And => prompts.extend(self.and.map(str::to_owned)),
                Part::Times(set) => self.say(set, times, prompts),
                Part::Rest(_) if rest == 0 => {}
                Part::Rest(set) | Part::RestOrZero(set) => self.say(set, rest, prompts),
                Part::As(set) => self.say(set, number, prompts),
            }
        }
    }

    /// All prompts that its tables name.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = [self.minus.to_owned()].into();
        names.extend(self.and.map(str::to_owned));
        names.extend(self.telephone.iter().map(|(_, name)| (*name).to_owned()));
        let mut sets = vec![self.cardinal, self.ordinal, self.weekday, self.duration];
        sets.extend([self.twelve_hours, self.twenty_four_hours]);
        sets.extend(self.date.iter().map(|(_, set)| *set));
        sets.extend(self.money.iter().map(|(_, set)| *set));
        let mut next = 0;
        while let Some(&set) = sets.get(next) {
            for (rule, end, part) in set.parts() {
                match part.mention(rule, end, &mut names) {
                    Some(other) if !sets.iter().any(|known| std::ptr::eq(*known, other)) => sets.push(other),
                    _ => {}
                }
            }
            next += 1;
        }
        names
    }
}

impl Set {
    /// Each part with its rule, and the number from which the next rule is taken.
    fn parts(&self) -> impl Iterator<Item = (&'static Rule, Option<u64>, &'static Part)> {
        let ends = self.0.iter().skip(1).map(|rule| Some(rule.from)).chain([None]);
        self.0.iter().zip(ends).flat_map(|(rule, end)| rule.say.iter().map(move |part| (rule, end, part)))
    }
}

impl Part {
    /// Adds the prompts that it names itself, and gives back the set that it hands on to.
    fn mention(&self, rule: &Rule, end: Option<u64>, names: &mut BTreeSet<String>) -> Option<&'static Set> {
        match self {
            Self::Word(name) => _ = names.insert((*name).to_owned()),
            Self::Numbered(start) => {
                let end = end.unwrap_or(rule.from + 1);
                names.extend((rule.from..end).map(|number| format!("{start}{}", number - rule.less)));
            }
            Self::Round { alone, before } => names.extend([alone, before].map(|name| (*name).to_owned())),
            Self::And => {}
            Self::Times(set) | Self::Rest(set) | Self::RestOrZero(set) | Self::As(set) => return Some(set),
        }
        None
    }
}
