//! What goes wrong on the way: cuts, and symbols that arrive as others.
//!
//! Errors are placed by the gaps between them, so a word without any costs one comparison.
use super::Bursts;
use super::control::WayShared;
use crate::rng::Rng;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use tandem_line::Symbols;

/// The faults of one direction, kept by its sending end.
#[derive(Debug)]
pub(super) struct Faults {
    rng: Rng,
    /// Symbols sent so far.
    sent: u64,
    /// The commands as of the last look.
    generation: u32,
    cut: bool,
    crossed: bool,
    cut_from: u64,
    cut_to: u64,
    flip: u64,
    error_rate: f64,
    next_error: u64,
    bursts: Option<Bursts>,
    in_burst: bool,
    /// Where a burst begins or ends next.
    next_turn: u64,
}

impl Faults {
    pub(super) fn new(seed: u64, bursts: Option<Bursts>) -> Self {
        let mut rng = Rng::new(seed);
        let next_turn = bursts.map_or(u64::MAX, |bursts| rng.gap(1.0 / bursts.apart as f64));
        Self {
            rng,
            sent: 0,
            generation: 0,
            cut: false,
            crossed: false,
            cut_from: u64::MAX,
            cut_to: u64::MAX,
            flip: u64::MAX,
            error_rate: 0.0,
            next_error: u64::MAX,
            bursts,
            in_burst: false,
            next_turn,
        }
    }

    /// Does to the next words what is due.
    #[inline]
    pub(super) fn apply(&mut self, words: &mut [Symbols], shared: &WayShared) {
        let generation = shared.generation.load(Acquire); // pairs with the Release in WayShared::command
        if generation != self.generation {
            self.generation = generation;
            self.look(shared);
        }
        let end = self.sent + 64 * words.len() as u64;
        let first = self.cut_from.min(self.flip).min(self.next_error).min(self.next_turn);
        if self.cut || self.crossed || first < end {
            self.strike(words, shared);
        }
        self.sent = end;
    }

    /// Takes over the commands.
    fn look(&mut self, shared: &WayShared) {
        self.cut = shared.cut.load(Relaxed);
        self.crossed = shared.crossed.load(Relaxed);
        self.cut_from = shared.cut_from.load(Relaxed);
        self.cut_to = shared.cut_to.load(Relaxed);
        self.flip = shared.flip.load(Acquire);
        if self.flip < self.sent {
            self.flip_done(shared);
        }
        let rate = f64::from_bits(shared.error_rate.load(Relaxed));
        if rate.to_bits() != self.error_rate.to_bits() {
            self.error_rate = rate;
            if !self.in_burst {
                self.next_error = self.sent.saturating_add(self.rng.gap(rate));
            }
        }
    }

    #[cold]
    fn strike(&mut self, words: &mut [Symbols], shared: &WayShared) {
        let mut errors = 0;
        for (index, word) in words.iter_mut().enumerate() {
            let start = self.sent + 64 * index as u64;
            if (start..start + 64).contains(&self.flip) {
                turn(word, self.flip - start, false);
                self.flip_done(shared);
                errors += 1;
            }
            while self.next_error.min(self.next_turn) < start + 64 {
                if self.next_turn <= self.next_error {
                    self.begin_or_end_burst();
                    continue;
                }
                turn(word, self.next_error - start, self.rng.next() & 1 != 0);
                let rate = self.error_rate_now();
                self.next_error = (self.next_error + 1).saturating_add(self.rng.gap(rate));
                errors += 1;
            }
            if self.crossed {
                *word = Symbols { pos: word.neg, neg: word.pos };
            }
            if self.cut || (self.cut_from..self.cut_to).contains(&start) {
                *word = Symbols::default();
            }
        }
        if self.sent >= self.cut_to {
            self.cut_from = u64::MAX;
        }
        shared.errors.fetch_add(errors, Relaxed);
    }

    fn error_rate_now(&self) -> f64 {
        self.bursts.filter(|_| self.in_burst).map_or(self.error_rate, |bursts| bursts.error_rate)
    }

    fn begin_or_end_burst(&mut self) {
        let Some(bursts) = self.bursts else { return };
        self.in_burst = !self.in_burst;
        let (at, lasts) = (self.next_turn, if self.in_burst { bursts.length } else { bursts.apart });
        self.next_turn = (at + 1).saturating_add(self.rng.gap(1.0 / lasts as f64));
        let rate = self.error_rate_now();
        self.next_error = at.saturating_add(self.rng.gap(rate));
    }

    fn flip_done(&mut self, shared: &WayShared) {
        self.flip = u64::MAX;
        shared.flip.store(u64::MAX, Release); // pairs with the exchange in WireControl::flip
    }
}

/// Makes the symbol at `place` wrong: a pulse is lost, a space gets a pulse.
const fn turn(word: &mut Symbols, place: u64, negative: bool) {
    let here = (1 << 63) >> (place & 63);
    if word.pulses() & here != 0 {
        word.pos &= !here;
        word.neg &= !here;
    } else if negative {
        word.neg |= here;
    } else {
        word.pos |= here;
    }
}
