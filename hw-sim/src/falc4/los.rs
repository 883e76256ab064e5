//! Loss of signal as the line interface declares it (FRS0.LOS): no pulse for the interval that PCD sets, until
//! as many pulses as PCR sets have come within one such interval.
use tandem_line::Symbols;

/// The detector of one span.
#[derive(Clone, Debug)]
pub(super) struct LossOfSignal {
    /// 16 × (PCD + 1) symbols.
    interval: u32,
    /// PCR + 1 pulses.
    pulses_to_clear: u32,
    lost: bool,
    /// Symbols since the last pulse; while lost, symbols of this interval.
    symbols: u32,
    /// While lost, pulses of this interval.
    pulses: u32,
}

impl LossOfSignal {
    pub(super) const fn new(pcd: u8, pcr: u8) -> Self {
        let interval = 16 * (pcd as u32 + 1);
        Self { interval, pulses_to_clear: pcr as u32 + 1, lost: false, symbols: 0, pulses: 0 }
    }

    /// The thresholds from now on.
    pub(super) const fn set(&mut self, pcd: u8, pcr: u8) {
        self.interval = 16 * (pcd as u32 + 1);
        self.pulses_to_clear = pcr as u32 + 1;
    }

    pub(super) const fn is_lost(&self) -> bool {
        self.lost
    }

    pub(super) fn push(&mut self, words: &[Symbols]) {
        for word in words {
            let pulses = word.pulses();
            if self.lost {
                self.await_pulses(pulses);
            } else {
                self.await_silence(pulses);
            }
        }
    }

    fn await_silence(&mut self, pulses: u64) {
        let silent = self.symbols + pulses.leading_zeros();
        if silent >= self.interval || (self.interval <= 64 && has_run(!pulses, self.interval)) {
            (self.lost, self.symbols, self.pulses) = (true, 0, 0);
        } else {
            self.symbols = if pulses == 0 { silent } else { pulses.trailing_zeros() };
        }
    }

    fn await_pulses(&mut self, pulses: u64) {
        if pulses == 0 {
            self.symbols += 64;
            if self.symbols >= self.interval {
                (self.symbols, self.pulses) = (self.symbols % self.interval, 0);
            }
            return;
        }
        for place in 0..64 {
            self.symbols += 1;
            self.pulses += (pulses >> (63 - place)) as u32 & 1;
            if self.pulses >= self.pulses_to_clear {
                (self.lost, self.symbols) = (false, pulses.trailing_zeros());
                return;
            }
            if self.symbols >= self.interval {
                (self.symbols, self.pulses) = (0, 0);
            }
        }
    }
}

/// Whether `word` holds so many set bits in a row.
fn has_run(word: u64, length: u32) -> bool {
    (1..length).try_fold(word, |runs, _| Some(runs & (runs << 1)).filter(|runs| *runs != 0)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(places: &[u32], total: u32) -> Vec<Symbols> {
        let mut words = vec![Symbols::default(); total as usize / 64];
        for place in places {
            words[*place as usize / 64].neg |= (1 << 63) >> (place % 64);
        }
        words
    }

    #[test]
    fn signal_is_lost_after_exactly_176_symbols_without_pulse() {
        let mut detector = LossOfSignal::new(0x0a, 0x15);
        detector.push(&words(&[10, 10 + 176], 256));
        assert!(!detector.is_lost(), "175 between the pulses");
        let mut detector = LossOfSignal::new(0x0a, 0x15);
        detector.push(&words(&[10, 10 + 177], 192));
        assert!(detector.is_lost(), "176 between the pulses");
    }

    #[test]
    fn twenty_two_pulses_within_the_interval_clear_it() {
        let mut detector = LossOfSignal::new(0x0a, 0x15);
        detector.push(&words(&[], 192));
        assert!(detector.is_lost());
        let few: Vec<u32> = (0..21).map(|n| n * 8).collect();
        detector.push(&words(&few, 192));
        assert!(detector.is_lost());
        let many: Vec<u32> = (0..44).map(|n| n * 8).collect();
        detector.push(&words(&many, 384));
        assert!(!detector.is_lost());
    }

    #[test]
    fn a_short_interval_is_found_inside_a_word() {
        let mut detector = LossOfSignal::new(0, 0);
        detector.push(&words(&[0, 16, 32, 48], 64));
        assert!(!detector.is_lost());
        detector.push(&words(&[0, 17, 32, 48, 63], 64));
        assert!(detector.is_lost());
    }
}
