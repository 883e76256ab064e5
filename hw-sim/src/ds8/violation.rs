//! One bipolar violation put into a coded signal (IBPV).
//!
//! From the violation on polarities are turned round. In HDB3 a wrong substitution is exactly one violation to the
//! far end. Where none comes for eight frames, and in the other codes, it is two pulses of the same polarity side by
//! side.
use tandem_line::{LineCode, Symbols};

/// What is to be put in, and what was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Violator {
    wanted: bool,
    /// Words that were waited for a substitution.
    waited: u8,
    /// An odd number of violations was put in.
    turned: bool,
}

/// Where a violation can be put: from `place` on polarities are turned, and a pulse before it comes or goes.
#[derive(Clone, Copy)]
struct Site {
    place: u32,
    toggle: Symbols,
}

impl Violator {
    pub(super) const NONE: Self = Self { wanted: false, waited: 0, turned: false };

    pub(super) const fn want(&mut self) {
        (self.wanted, self.waited) = (true, 0);
    }

    pub(super) fn apply(&mut self, code: LineCode, symbols: &mut [Symbols]) {
        if !self.wanted && !self.turned {
            return;
        }
        for word in symbols {
            let site = match code {
                _ if !self.wanted => None,
                LineCode::Hdb3 if self.waited < PATIENCE_WORDS => substitution(*word),
                LineCode::Hdb3 | LineCode::Ami => neighbours(*word, 2),
                // The third in a row is never a pulse of 000VB0VB.
                LineCode::B8zs => neighbours(*word, 3),
            };
            self.waited = self.waited.saturating_add(1);
            let mut places = if self.turned { u64::MAX } else { 0 };
            if let Some(site) = site {
                word.pos ^= site.toggle.pos;
                word.neg ^= site.toggle.neg;
                places ^= u64::MAX >> site.place;
                (self.wanted, self.turned) = (false, !self.turned);
            }
            let differs = (word.pos ^ word.neg) & places;
            word.pos ^= differs;
            word.neg ^= differs;
        }
    }
}

/// The first violation V of a substitution that lies in this word. With the B before it put in or left out, V has
/// the polarity of the V before.
fn substitution(word: Symbols) -> Option<Site> {
    let mut before = None;
    for place in 0..64 {
        let here = (1 << 63) >> place;
        if word.pulses() & here == 0 {
            continue;
        }
        let positive = word.pos & here != 0;
        if before == Some(positive) && place >= 3 {
            let b = here << 3;
            let there = word.pulses() & b != 0;
            let pos = if there { word.pos & b != 0 } else { !positive };
            let toggle = if pos { Symbols { pos: b, neg: 0 } } else { Symbols { pos: 0, neg: b } };
            return Some(Site { place, toggle });
        }
        before = Some(positive);
    }
    None
}

/// The first pulse of this word that is the last of so many side by side.
fn neighbours(word: Symbols, count: u32) -> Option<Site> {
    let last = (1..count).fold(word.pulses(), |row, back| row & word.pulses() >> back);
    (last != 0).then(|| Site { place: last.leading_zeros(), toggle: Symbols::default() })
}

/// Eight frames.
const PATIENCE_WORDS: u8 = 32;
