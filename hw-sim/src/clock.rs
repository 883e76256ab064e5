//! Clocks of simulated lines: by how much each is off, and how many words of symbols it makes in a time.
//!
//! Simulated time is somebody's clock too: that of the card which the engine runs by. A [`TimeBase`] says by how
//! much it is off, so a card that begins to follow a line changes the base, and every other line is then seen to
//! drift by the difference. All offsets are in parts per billion of a perfect clock, which nobody has.
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;

/// The offset of simulated time itself, shared by all that hang on one engine.
#[derive(Clone, Debug, Default)]
pub struct TimeBase(Arc<AtomicI64>);

impl TimeBase {
    /// By how much simulated time is fast, in parts per billion.
    #[must_use]
    pub fn ppb(&self) -> i64 {
        self.0.load(Relaxed)
    }

    /// Simulated time is off by this from now on.
    pub fn set_ppb(&self, ppb: i64) {
        self.0.store(limited(ppb), Relaxed);
    }
}

/// A slow wave in the phase of a line: jitter above 10 Hz, wander below (G.823).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wander {
    /// From its highest to its lowest, in symbols (unit intervals).
    pub peak_to_peak: f64,
    /// Waves in a second.
    pub hertz: f64,
}

/// The rate of one direction of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineRate {
    /// 2048 kbit/s.
    #[default]
    E1,
    /// 1544 kbit/s.
    T1,
}

impl LineRate {
    /// Symbols in a frame of 125 µs.
    #[must_use]
    pub const fn frame_symbols(self) -> u32 {
        match self {
            Self::E1 => 256,
            Self::T1 => 193,
        }
    }
}

/// Counts the words that a clock makes while simulated time passes. Exact: nothing is rounded but the wave.
#[derive(Clone, Debug)]
pub(crate) struct Pace {
    rate: LineRate,
    wander: Option<Wander>,
    /// Billionths of a symbol that fill no word yet.
    owed: i64,
    /// Frames since the beginning, and the wave then, in billionths of a symbol.
    frames: u64,
    wave: i64,
}

impl Pace {
    pub(crate) const fn new(rate: LineRate, wander: Option<Wander>) -> Self {
        Self { rate, wander, owed: 0, frames: 0, wave: 0 }
    }

    /// Words of 64 symbols that end within the next frames, when the clock is fast by `ppb` against time.
    pub(crate) fn advance(&mut self, frames: usize, ppb: i64) -> usize {
        self.frames += frames as u64;
        let symbols = frames as i64 * i64::from(self.rate.frame_symbols());
        self.owed += symbols * (BILLION + ppb);
        if let Some(wander) = self.wander {
            let turns = wander.hertz * self.frames as f64 / 8000.0;
            let wave = wander.peak_to_peak / 2.0 * (turns.fract() * std::f64::consts::TAU).sin();
            let wave = (wave * BILLION as f64) as i64;
            self.owed += wave - self.wave;
            self.wave = wave;
        }
        let words = (self.owed / WORD).max(0);
        self.owed -= words * WORD;
        words as usize
    }
}

/// Offsets beyond a thousandth are no clocks of any line.
pub(crate) const fn limited(ppb: i64) -> i64 {
    if ppb > MOST_PPB {
        MOST_PPB
    } else if ppb < -MOST_PPB {
        -MOST_PPB
    } else {
        ppb
    }
}

const BILLION: i64 = 1_000_000_000;
const WORD: i64 = 64 * BILLION;
const MOST_PPB: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_line::{ElasticStore, Slip};

    /// Slips, with their sign, of a line that is fast by `ppb`: its clock writes a frame into the store whenever one is
    /// complete, and time reads one a frame.
    fn slips(rate: LineRate, ppb: i64, frames: u64) -> i64 {
        let mut pace = Pace::new(rate, None);
        let (mut store, frame, mut symbols) = (ElasticStore::new(), [0; 32], 0);
        let mut balance = 0;
        for _ in 0..frames {
            symbols += 64 * pace.advance(1, ppb) as u32;
            while symbols >= rate.frame_symbols() {
                symbols -= rate.frame_symbols();
                balance += i64::from(store.write(&frame) == Some(Slip::Deleted));
            }
            balance -= i64::from(store.read().1 == Some(Slip::Repeated));
        }
        assert_eq!(balance, store.balance());
        balance
    }

    /// T·ppm / 125 µs, for a day or, without TANDEM_SOAK, for two hours.
    #[test]
    fn slips_of_a_long_time_are_floor_of_t_times_ppm_over_125_microseconds_and_one_at_most_off() {
        let hours = if std::env::var_os("TANDEM_SOAK").is_some() { 24 } else { 2 };
        let frames = hours * 3600 * 8000;
        for rate in [LineRate::E1, LineRate::T1] {
            for ppb in [100, 1_000, 50_000, 100_000] {
                let expected = (frames as i64 * ppb).div_euclid(1_000_000_000);
                let (fast, slow) = (slips(rate, ppb, frames), slips(rate, -ppb, frames));
                assert!((fast - expected).abs() <= 1, "{rate:?} +{ppb} ppb: {fast}, not {expected}");
                assert!((slow + expected).abs() <= 1, "{rate:?} -{ppb} ppb: {slow}, not -{expected}");
            }
            assert_eq!(slips(rate, 0, frames), 0);
        }
    }

    #[test]
    fn a_day_of_a_clock_has_exactly_the_words_that_its_offset_says() {
        for (rate, ppb, expected) in [
            (LineRate::E1, 0, 2_764_800_000_i64),
            (LineRate::E1, 50_000, 2_764_800_000 + 138_240),
            (LineRate::E1, -100, 2_764_800_000 - 277),
            (LineRate::T1, 0, 2_084_400_000),
            (LineRate::T1, -32_000, 2_084_400_000 - 66_701),
        ] {
            let mut pace = Pace::new(rate, None);
            let words: usize = (0..86_400 * 8000 / 160).map(|_| pace.advance(160, ppb)).sum();
            assert_eq!(words as i64, expected, "{rate:?} {ppb}");
        }
    }

    #[test]
    fn a_wave_moves_words_and_loses_none() {
        let mut pace = Pace::new(LineRate::E1, Some(Wander { peak_to_peak: 200.0, hertz: 1.0 }));
        let words: Vec<usize> = (0..8000).map(|_| pace.advance(1, 0)).collect();
        assert_eq!(words.iter().sum::<usize>(), 32_000);
        assert!(words.contains(&5) && words.contains(&3));
    }
}
