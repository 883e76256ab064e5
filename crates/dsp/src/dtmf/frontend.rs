//! The part of the detector that is the same for every lane and hop: windows, spectra, energies.
//!
//! Eight lanes (timeslots) are worked at once. Every 5 ms hop the newest 10 ms are correlated with the eight
//! frequencies of Q.23 under a Hann window (*short* spectra); three of those make a 20 ms window centred one
//! hop back (*long* spectra) whose skirts are 40 dB down at the distance between the groups. Beside them
//! runs a high-pass filter, for the power in the speech band and below it.

#![allow(clippy::needless_range_loop)] // loops over lanes read best, and vectorise best, by their index

use super::kernels::{Complex, HOP, HOP_COSINE, HOP_SINE, HighPass, Lanes, Spectrum, TONES, WIDTH};
use super::kernels::{correlate, long_window, scale};
use crate::lanes::LANES;

/// Hops of short spectra that are remembered.
pub(super) const SHORT_HISTORY: usize = 8;
/// Hops of low-band power that are remembered: 80 ms.
pub(super) const LOW_HISTORY: usize = 16;

/// Front end of eight lanes.
#[derive(Clone, Debug)]
pub(crate) struct FrontEnd {
    /// The window: the hop before, and the hop being filled, latest frame first, so that the two fold
    /// together element by element.
    before: [Lanes; HOP],
    reversed: [Lanes; HOP],
    previous_peak: Lanes,
    filter: HighPass,
    /// Spectra of the newest hops; a ring, of which three are used.
    short: [Spectrum; 4],
    /// Long spectra of the newest two hops; a ring.
    long: [Spectrum; 2],
    /// Squared magnitudes of the short spectra; a ring.
    short_power: [[Lanes; TONES]; SHORT_HISTORY],
    /// High-passed and unfiltered sums of squares of the last four hops; rings.
    high: [Lanes; 4],
    raw: [Lanes; 4],
    /// Power below the high-pass in the long window; a ring.
    low: [Lanes; LOW_HISTORY],
    /// High-passed power in the long window.
    total: Lanes,
    /// Squared magnitudes of the newest long spectrum.
    long_power: [Lanes; TONES],
    /// Counts hops, modulo [`LOW_HISTORY`]: the place of the newest in every ring.
    newest: usize,
    /// Hops since anything was to be heard in any lane.
    silent_hops: usize,
}

impl FrontEnd {
    pub(super) const fn new() -> Self {
        Self {
            before: [[0.0; WIDTH]; HOP],
            reversed: [[0.0; WIDTH]; HOP],
            previous_peak: [0.0; WIDTH],
            filter: HighPass { state: [[0.0; WIDTH]; 4] },
            short: [const { Spectrum::ZERO }; 4],
            long: [const { Spectrum::ZERO }; 2],
            short_power: [[[0.0; WIDTH]; TONES]; SHORT_HISTORY],
            high: [[0.0; WIDTH]; 4],
            raw: [[0.0; WIDTH]; 4],
            low: [[0.0; WIDTH]; LOW_HISTORY],
            total: [0.0; WIDTH],
            long_power: [[0.0; WIDTH]; TONES],
            newest: 0,
            silent_hops: LOW_HISTORY,
        }
    }

    /// Forgets everything about a lane.
    pub(super) fn reset(&mut self, lane: usize) {
        self.before.iter_mut().chain(&mut self.reversed).for_each(|frame| frame[lane] = 0.0);
        self.previous_peak[lane] = 0.0;
        self.filter.state.iter_mut().for_each(|state| state[lane] = 0.0);
        for spectrum in self.short.iter_mut().chain(&mut self.long) {
            spectrum.re.iter_mut().chain(&mut spectrum.im).for_each(|tone| tone[lane] = 0.0);
        }
        self.short_power.iter_mut().flatten().for_each(|power| power[lane] = 0.0);
        self.high.iter_mut().chain(&mut self.raw).chain(&mut self.low).for_each(|power| power[lane] = 0.0);
        self.total[lane] = 0.0;
        self.long_power.iter_mut().for_each(|power| power[lane] = 0.0);
    }

    /// Takes frames of the hop being filled, from place `at` on; eight lanes a group.
    #[inline(always)]
    pub(crate) fn store(&mut self, at: usize, frames: &[[i16; LANES]], group: usize) {
        let Some(free) = HOP.checked_sub(at) else { return };
        for (slot, frame) in self.reversed[..free].iter_mut().rev().zip(frames) {
            if let Some(samples) = frame.as_chunks::<WIDTH>().0.get(group) {
                for lane in 0..WIDTH {
                    slot[lane] = f32::from(samples[lane]);
                }
            }
        }
    }

    /// Works on the hop that is now full. Lanes outside `enabled` (bit n is lane n) read as silence. Says
    /// whether there is anything to decide: after 80 ms of silence in all lanes there is not.
    #[inline(always)]
    pub(crate) fn hop(&mut self, enabled: u8) -> bool {
        let sounding = self.sounding(enabled);
        self.silent_hops = if sounding == [0.0; WIDTH] { self.silent_hops.saturating_add(1) } else { 0 };
        if self.silent_hops > LOW_HISTORY {
            self.turn_window();
            return false; // every spectrum and power is zero, and so would be the next
        }
        self.newest = (self.newest + 1) % LOW_HISTORY;
        if self.silent_hops == 0 {
            self.work(&sounding);
        } else {
            // What the kernels would give, times zero.
            *self.newest_short() = Spectrum::ZERO;
            self.filter.state = [[0.0; WIDTH]; 4];
            self.keep_energies([0.0; WIDTH], [0.0; WIDTH]);
        }
        self.turn_window();
        self.finish_spectra();
        true
    }

    #[inline(always)]
    fn work(&mut self, sounding: &Lanes) {
        let mut short = correlate(&self.before, &self.reversed);
        short.scale(sounding);
        *self.newest_short() = short;
        let (mut high, mut raw) = self.filter.energies(&self.reversed);
        self.filter.state.iter_mut().for_each(|state| scale(state, sounding));
        scale(&mut high, sounding);
        scale(&mut raw, sounding);
        self.keep_energies(high, raw);
    }

    /// The newest hop becomes the one before.
    #[inline(always)]
    fn turn_window(&mut self) {
        for (before, frame) in self.before.iter_mut().zip(self.reversed.iter().rev()) {
            *before = *frame;
        }
    }

    #[inline(always)]
    fn newest_short(&mut self) -> &mut Spectrum {
        &mut self.short[self.newest % 4]
    }

    #[inline(always)]
    fn finish_spectra(&mut self) {
        let [new, middle, old] = [0, 1, 2].map(|age| &self.short[(self.newest + 4 - age) % 4]);
        new.powers(&mut self.short_power[self.newest % SHORT_HISTORY]);
        let long = &mut self.long[self.newest % 2];
        long_window([new, middle, old], long);
        long.powers(&mut self.long_power);
    }

    /// 1 for lanes that are enabled and not silent throughout the window, 0 for the rest.
    #[inline(always)]
    fn sounding(&mut self, enabled: u8) -> Lanes {
        let mut peak = [0.0; WIDTH];
        for frame in &self.reversed {
            for lane in 0..WIDTH {
                let size = frame[lane].abs();
                peak[lane] = if size > peak[lane] { size } else { peak[lane] };
            }
        }
        let mut sounding = [0.0; WIDTH];
        for lane in 0..WIDTH {
            let audible = peak[lane] > QUIET_PEAK || self.previous_peak[lane] > QUIET_PEAK;
            sounding[lane] = f32::from(audible && enabled >> lane & 1 == 1);
        }
        self.previous_peak = peak;
        sounding
    }

    #[inline(always)]
    fn keep_energies(&mut self, high: Lanes, raw: Lanes) {
        self.high[self.newest % 4] = high;
        self.raw[self.newest % 4] = raw;
        for lane in 0..WIDTH {
            let (mut total, mut all) = (0.0, 0.0);
            for (age, weight) in LONG_WEIGHTS.iter().enumerate() {
                let hop = (self.newest + 4 - age) % 4;
                total += weight * self.high[hop][lane];
                all += weight * self.raw[hop][lane];
            }
            self.total[lane] = total;
            self.low[self.newest][lane] = (all - total).max(0.0);
        }
    }

    /// The strongest tone of the low (0) or high (1) group in the long window, as an index from 0 to 7, and
    /// its squared magnitude.
    pub(super) fn strongest(&self, group: usize, lane: usize) -> (usize, f32) {
        let first = 4 * (group % 2);
        (first + 1..first + 4).fold((first, self.long_power[first][lane]), |best, tone| {
            let power = self.long_power[tone][lane];
            if power > best.1 { (tone, power) } else { best }
        })
    }

    /// Squared magnitude of the short spectrum `age` hops back.
    pub(super) fn short_power(&self, age: usize, tone: usize, lane: usize) -> f32 {
        self.short_power[(self.newest + LOW_HISTORY - age) % SHORT_HISTORY][tone][lane]
    }

    /// A line of the newest long spectrum.
    pub(super) fn long(&self, tone: usize, lane: usize) -> Complex {
        self.long[self.newest % 2].line(tone, lane)
    }

    /// The same line one hop before.
    pub(super) fn long_before(&self, tone: usize, lane: usize) -> Complex {
        self.long[(self.newest + 1) % 2].line(tone, lane)
    }

    /// How a tone turned in the last hop against its nominal frequency: newest · conj(one before, turned on).
    pub(super) fn step(&self, tone: usize, lane: usize) -> Complex {
        let (now, before) = (self.long(tone, lane), self.long_before(tone, lane));
        let (cos, sin) = (HOP_COSINE[tone][0], HOP_SINE[tone][0]);
        let expected =
            Complex { re: before.re * cos - before.im * sin, im: before.re * sin + before.im * cos };
        Complex {
            re: now.re * expected.re + now.im * expected.im,
            im: now.im * expected.re - now.re * expected.im,
        }
    }

    /// High-passed power in the long window.
    pub(super) fn total(&self, lane: usize) -> f32 {
        self.total[lane]
    }

    /// Power below the high-pass in the long window, `age` hops back.
    pub(super) fn low(&self, age: usize, lane: usize) -> f32 {
        self.low[(self.newest + LOW_HISTORY - age) % LOW_HISTORY][lane]
    }

    /// Largest less smallest power below the high-pass in the last 80 ms.
    pub(super) fn low_swing(&self, lane: usize) -> f32 {
        let first = self.low[0][lane];
        let (least, most) = self
            .low
            .iter()
            .fold((first, first), |(least, most), powers| (powers[lane].min(least), powers[lane].max(most)));
        most - least
    }
}

/// A lane whose samples stay within ± this for 10 ms is taken as silent. The idle octets of A-law are ±8.
const QUIET_PEAK: f32 = 12.0;
/// The long window lies on the last four hops like this; sums of squares become power.
const LONG_WEIGHTS: [f32; 4] = [0.25 / 80.0, 0.75 / 80.0, 0.75 / 80.0, 0.25 / 80.0];
