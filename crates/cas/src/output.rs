//! What a circuit asks of the media side.
use tandem_types::{Abcd, Frames};

use crate::Number;

/// A row of line signals, each held for at least so many frames. The last one stays until the next script,
/// which is not begun before the last one has been held as long as it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    steps: [(Abcd, Frames); Self::MAX],
    /// From 1 to `MAX`.
    len: usize,
}

impl Script {
    /// The most steps a script has.
    pub const MAX: usize = 8;

    /// One signal from now on, for at least `min`.
    #[must_use]
    pub const fn hold(abcd: Abcd, min: Frames) -> Self {
        Self { steps: [(abcd, min); Self::MAX], len: 1 }
    }

    /// The script with one more signal at its end; `None` when it has eight already.
    #[must_use]
    pub const fn then(mut self, abcd: Abcd, min: Frames) -> Option<Self> {
        if self.len == Self::MAX {
            return None;
        }
        self.steps[self.len] = (abcd, min);
        self.len += 1;
        Some(self)
    }

    /// The signals in order with their shortest lengths.
    #[must_use]
    pub fn steps(&self) -> &[(Abcd, Frames)] {
        self.steps.get(..self.len).unwrap_or(&[])
    }

    /// The signal that stays at the end.
    #[must_use]
    pub fn last(&self) -> Abcd {
        self.steps().last().map_or(Abcd::new(0), |step| step.0)
    }
}

/// An order of a circuit to the media side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these line signals.
    Line(Script),
    /// Turn the digit detector of the channel on or off.
    CollectDigits(bool),
    /// Send this number in DTMF, then call `handle_digits_sent`.
    SendDigits(Number),
    /// Stop sending the number; no report is wanted.
    StopDigits,
}

/// The orders not yet fetched, one place a kind: a newer order replaces an older one of its kind, because
/// only the newest says what the line is to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    line: Option<Script>,
    collect: Option<bool>,
    digits: Option<Output>,
}

impl Outbox {
    pub(crate) const fn put_line(&mut self, script: Script) {
        self.line = Some(script);
    }

    pub(crate) const fn put_collect(&mut self, on: bool) {
        self.collect = Some(on);
    }

    pub(crate) const fn put_number(&mut self, number: Number) {
        self.digits = Some(Output::SendDigits(number));
    }

    /// A number that was never fetched needs no stopping.
    pub(crate) const fn put_stop(&mut self) {
        self.digits = match self.digits {
            Some(Output::SendDigits(_)) => None,
            _ => Some(Output::StopDigits),
        };
    }

    pub(crate) fn take(&mut self) -> Option<Output> {
        let line = self.line.take().map(Output::Line);
        let collect = || self.collect.take().map(Output::CollectDigits);
        line.or_else(collect).or_else(|| self.digits.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_holds_eight_signals() {
        let mut script = Script::hold(Abcd::new(0b0101), Frames(8));
        for length in 1..8 {
            assert_eq!(script.steps().len(), length);
            script = script.then(Abcd::new(0b1101), Frames(16)).unwrap_or(script);
        }
        assert_eq!(script.steps().len(), 8);
        assert_eq!(script.then(Abcd::new(0b1101), Frames(1)), None);
        assert_eq!(script.steps()[0], (Abcd::new(0b0101), Frames(8)));
        assert_eq!(script.last(), Abcd::new(0b1101));
    }

    #[test]
    fn a_newer_line_signal_replaces_one_that_was_not_fetched() {
        let mut outbox = Outbox::default();
        outbox.put_line(Script::hold(Abcd::new(0b0101), Frames(0)));
        outbox.put_line(Script::hold(Abcd::new(0b1101), Frames(0)));
        assert_eq!(outbox.take(), Some(Output::Line(Script::hold(Abcd::new(0b1101), Frames(0)))));
        assert_eq!(outbox.take(), None);
    }
}
