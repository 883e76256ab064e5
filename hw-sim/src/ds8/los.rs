//! Loss of signal, as the framer (RLOS) and the line interface (LOSS) declare it: no pulse for so many symbols,
//! until enough pulses have come within a window.
use tandem_line::Symbols;

/// When a signal is lost, and when it is there again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Criteria {
    /// Symbols without a pulse; more than 64.
    zeros: u32,
    /// So many pulses within `window` symbols end it.
    pulses: u32,
    window: u32,
    /// The window begins with a pulse.
    from_pulse: bool,
    /// So many symbols without a pulse begin the window anew.
    gap: u32,
}

impl Criteria {
    pub(super) const E1: Self = Self::e1(255);
    pub(super) const E1_LONG: Self = Self::e1(2048);
    pub(super) const T1: Self = Self { zeros: 192, pulses: 14, window: 112, from_pulse: true, gap: u32::MAX };
    pub(super) const LINE_E1: Self = Self::e1(192);
    pub(super) const LINE_T1: Self =
        Self { zeros: 192, pulses: 24, window: 192, from_pulse: false, gap: 100 };

    const fn e1(zeros: u32) -> Self {
        Self { zeros, pulses: 32, window: 255, from_pulse: false, gap: u32::MAX }
    }
}

/// One detector.
#[derive(Clone, Copy, Debug)]
pub(super) struct LossOfSignal {
    lost: bool,
    /// Symbols since the last pulse.
    silent: u32,
    /// While lost, symbols and pulses of the window.
    symbols: u32,
    pulses: u32,
}

impl LossOfSignal {
    pub(super) const fn new() -> Self {
        Self { lost: false, silent: 0, symbols: 0, pulses: 0 }
    }

    pub(super) const fn is_lost(&self) -> bool {
        self.lost
    }

    pub(super) fn push(&mut self, criteria: &Criteria, symbols: &[Symbols]) {
        for word in symbols {
            let pulses = word.pulses();
            if self.lost && pulses == 0 {
                self.await_pulse(criteria);
            } else if self.lost {
                (0..64).for_each(|place| self.recover(criteria, pulses >> (63 - place) & 1 != 0));
            } else if self.silent + pulses.leading_zeros() >= criteria.zeros {
                *self = Self { lost: true, ..Self::new() };
            } else {
                self.silent = if pulses == 0 { self.silent + 64 } else { pulses.trailing_zeros() };
            }
        }
    }

    /// A word without a pulse.
    fn await_pulse(&mut self, criteria: &Criteria) {
        self.silent = self.silent.saturating_add(64);
        let waits = criteria.from_pulse && self.symbols == 0;
        self.symbols += if waits { 0 } else { 64 };
        if self.silent >= criteria.gap {
            (self.symbols, self.pulses) = (0, 0);
        } else if self.symbols >= criteria.window {
            self.symbols = if criteria.from_pulse { 0 } else { self.symbols - criteria.window };
            self.pulses = 0;
        }
    }

    fn recover(&mut self, criteria: &Criteria, pulse: bool) {
        self.silent = if pulse { 0 } else { self.silent.saturating_add(1) };
        if self.silent >= criteria.gap || (criteria.from_pulse && self.symbols == 0 && !pulse) {
            (self.symbols, self.pulses) = (0, 0);
            return;
        }
        self.symbols += 1;
        self.pulses += u32::from(pulse);
        if self.pulses >= criteria.pulses {
            *self = Self { silent: self.silent, ..Self::new() };
        } else if self.symbols >= criteria.window {
            (self.symbols, self.pulses) = (0, 0);
        }
    }
}
