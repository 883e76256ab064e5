//! Windows over the samples of all lanes, their spectra at given frequencies, and the power in them.
//!
//! A window has two hops. At the end of each hop the newest two are correlated with tones under a Hann window,
//! so that windows overlap by half and their sum is a constant: magnitudes added up over the hops are a
//! duration, whatever the alignment.

use tandem_types::FrameTime;

use crate::arch::Vector;
use crate::lanes::{LANES, Lanes};
use crate::tone::sine_of_turns;

/// A 32-bit sum for each lane.
pub(crate) type Integers = [i32; LANES];

/// Windowed cosine and sine of a tone, for each pair of folded frames; `PAIRS` is half the frames of a hop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights<const PAIRS: usize> {
    pub(crate) cosines: [[i16; 2]; PAIRS],
    pub(crate) sines: [[i16; 2]; PAIRS],
}

impl<const PAIRS: usize> Weights<PAIRS> {
    /// The largest weight. A sum of products of folded samples stays below 2³¹ with any tone.
    const PEAK: f64 = 125_000.0 / (2 * PAIRS) as f64;
    /// What a sum must be multiplied with so that a sine of peak A gives magnitude A.
    pub(crate) const SCALE: f32 = (4.0 / (Self::PEAK * (2 * PAIRS) as f64)) as f32;

    /// The weights for a tone.
    pub(crate) const fn new(hz: f64) -> Self {
        Self::made(hz, 0.0, 1.0)
    }

    /// The weights for a tone that may be off: by so many Hz it has half its size, by seven tenths of that 0.85 of it, and next
    /// to nothing by half as much again.
    pub(crate) const fn of_band(hz: f64, off_hz: f64) -> Self {
        Self::made(hz, off_hz, 1.0)
    }

    /// The weights for a tone times a gain, of 1 at most.
    pub(crate) const fn with_gain(hz: f64, gain: f64) -> Self {
        Self::made(hz, 0.0, gain)
    }

    const fn made(hz: f64, off_hz: f64, gain: f64) -> Self {
        let hop = (2 * PAIRS) as f64;
        // As high as the window for one frequency is on average.
        let peak = gain * Self::PEAK * Self::window_sum(0.0) / Self::window_sum(off_hz);
        let mut weights = Self { cosines: [[0; 2]; PAIRS], sines: [[0; 2]; PAIRS] };
        let mut n = 0;
        while n < 2 * PAIRS {
            let window = Self::window(n, off_hz);
            let (sin, cos) = sine_and_cosine(hz * (hop - 0.5 - n as f64) / 8000.0);
            weights.cosines[n / 2][n % 2] = rounded(peak * window * cos);
            weights.sines[n / 2][n % 2] = rounded(peak * window * sin);
            n += 1;
        }
        weights
    }

    /// A Hann window, over a band the sine of it over its argument.
    const fn window(n: usize, off_hz: f64) -> f64 {
        let hop = (2 * PAIRS) as f64;
        let hann = 0.5 - 0.5 * sine_and_cosine((n as f64 + 0.5) / (2.0 * hop)).1;
        let turns = off_hz * (hop - 0.5 - n as f64) / 8000.0;
        if turns == 0.0 { hann } else { hann * sine_and_cosine(turns).0 / (core::f64::consts::TAU * turns) }
    }

    const fn window_sum(off_hz: f64) -> f64 {
        let (mut sum, mut n) = (0.0, 0);
        while n < 2 * PAIRS {
            sum += Self::window(n, off_hz);
            n += 1;
        }
        sum
    }
}

/// A Hann window for energies, by pairs of folded frames, so high that the energy of no signal leaves 32 bits: a quarter
/// with 20 pairs, an eighth with 80.
pub(crate) const fn energy_window<const PAIRS: usize>() -> [[i16; 2]; PAIRS] {
    let mut window = [[0; 2]; PAIRS];
    let mut n = 0;
    while n < 2 * PAIRS {
        let (_, cos) = sine_and_cosine((n as f64 + 0.5) / (4 * PAIRS) as f64);
        window[n / 2][n % 2] = rounded(32768.0 * (0.5 - 0.5 * cos) * if PAIRS > 20 { 0.125 } else { 0.25 });
        n += 1;
    }
    window
}

/// What such an energy must be multiplied with so that a sine of peak A gives A²/2. (Folding halves the samples.)
pub(crate) const fn energy_scale<const PAIRS: usize>() -> f32 {
    let window = if PAIRS > 20 { 64.0 } else { 16.0 };
    2.0 * window * 8.0 / (3 * 4 * PAIRS) as f32
}

pub(crate) const fn rounded(x: f64) -> i16 {
    (if x < 0.0 { x - 0.5 } else { x + 0.5 }) as i16
}

/// Sine and cosine of an angle of at least 0 turns.
pub(crate) const fn sine_and_cosine(turns: f64) -> (f64, f64) {
    let sine_turns = turns - (turns as i64) as f64;
    let cosine_turns = turns + 0.25 - ((turns + 0.25) as i64) as f64;
    (sine_of_turns(sine_turns), sine_of_turns(cosine_turns))
}

/// A complex number, or one for each lane of a vector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Complex<V = f32> {
    pub(crate) re: V,
    pub(crate) im: V,
}

impl<V: Vector> Complex<V> {
    /// Squared magnitude.
    #[inline(always)]
    pub(crate) fn power(self) -> V {
        self.re * self.re + self.im * self.im
    }

    /// Turned by the angle of this cosine and sine.
    #[inline(always)]
    pub(crate) fn turned(self, [cos, sin]: [f32; 2]) -> Self {
        let (cos, sin) = (V::splat(cos), V::splat(sin));
        Self { re: self.re * cos - self.im * sin, im: self.re * sin + self.im * cos }
    }

    /// Times the conjugate of another.
    #[inline(always)]
    pub(crate) fn times_conjugate(self, other: Self) -> Self {
        Self { re: self.re * other.re + self.im * other.im, im: self.im * other.re - self.re * other.im }
    }
}

/// The long spectrum of a tone: 1/4, 1/2 and 1/4 of three short ones, each turned to the middle one's centre.
#[inline(always)]
pub(crate) fn long_window<V: Vector>(
    [new, middle, old]: [Complex<V>; 3],
    [cos, sin]: [f32; 2],
) -> Complex<V> {
    let (cos, sin) = (V::splat(0.25 * cos), V::splat(0.25 * sin));
    let half = V::splat(0.5);
    Complex {
        re: half * middle.re + (cos * (new.re + old.re) + sin * (new.im - old.im)),
        im: half * middle.im + (cos * (new.im + old.im) + sin * (old.re - new.re)),
    }
}

/// A complex number for each lane.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct ComplexLanes {
    pub(crate) re: Lanes,
    pub(crate) im: Lanes,
}

impl ComplexLanes {
    pub(crate) const ZERO: Self = Self { re: [0.0; LANES], im: [0.0; LANES] };

    /// The lanes from `at` on.
    #[inline(always)]
    pub(crate) fn load<V: Vector>(&self, at: usize) -> Complex<V> {
        Complex { re: V::load(&self.re, at), im: V::load(&self.im, at) }
    }

    #[inline(always)]
    pub(crate) fn store<V: Vector>(&mut self, at: usize, value: Complex<V>) {
        value.re.store(&mut self.re, at);
        value.im.store(&mut self.im, at);
    }

    pub(crate) fn at(&self, lane: usize) -> Complex {
        self.load(lane)
    }

    pub(crate) fn reset(&mut self, lane: usize) {
        self.store(lane, Complex { re: 0.0, im: 0.0 });
    }
}

/// The frames of the hop before and of the one being filled.
#[derive(Clone, Debug)]
#[repr(C, align(64))] // registers lie within lines of the cache
pub(crate) struct Window<const HOP: usize> {
    halves: [[[i16; LANES]; HOP]; 2],
    /// Which half is being filled, and how far.
    filling: usize,
    filled: usize,
    /// Lanes that are off read as silence.
    enabled: u32,
}

impl<const HOP: usize> Window<HOP> {
    pub(crate) const fn new(filled: usize) -> Self {
        Self { halves: [[[0; LANES]; HOP]; 2], filling: 0, filled: filled % HOP, enabled: 0 }
    }

    pub(crate) const fn enabled(&self) -> u32 {
        self.enabled
    }

    pub(crate) const fn is_enabled(&self, lane: usize) -> bool {
        lane < LANES && self.enabled >> lane & 1 == 1
    }

    /// Turns a lane on or off, in both cases with silence behind it. Lanes from 32 on do not exist.
    pub(crate) fn enable(&mut self, lane: usize, on: bool) {
        if lane < LANES {
            self.enabled = self.enabled & !(1 << lane) | u32::from(on) << lane;
            self.halves.iter_mut().flatten().for_each(|frame| frame[lane] = 0);
        }
    }

    /// Takes the frames from `first` on; tells the end of each hop, with the window ready to be worked, unless all lanes
    /// are off.
    #[inline]
    pub(crate) fn process(
        &mut self,
        frames: &[[i16; LANES]],
        first: FrameTime,
        mut on_hop: impl FnMut(&Self, FrameTime),
    ) {
        let (mut now, mut rest) = (first, frames);
        while !rest.is_empty() {
            let (taken, later) = rest.split_at(rest.len().min(HOP - self.filled));
            if self.enabled != 0 {
                self.halves[self.filling][self.filled..self.filled + taken.len()].copy_from_slice(taken);
            }
            self.filled = (self.filled + taken.len()) % HOP;
            now = FrameTime(now.0.saturating_add(taken.len() as u64));
            rest = later;
            if self.filled == 0 && self.enabled != 0 {
                self.finish_hop();
                on_hop(self, now);
            }
        }
    }

    /// Silences the lanes that are off and makes room for the next hop.
    fn finish_hop(&mut self) {
        if self.enabled != u32::MAX {
            let on: [i16; LANES] = core::array::from_fn(|lane| -((self.enabled >> lane & 1) as i16));
            for frame in &mut self.halves[self.filling] {
                for lane in 0..LANES {
                    frame[lane] &= on[lane];
                }
            }
        }
        self.filling ^= 1;
    }

    /// The sums of squares of the newest hop.
    #[inline(always)]
    pub(crate) fn energies<V: Vector>(&self) -> Lanes {
        let mut energies = [0.0; LANES];
        for at in (0..LANES).step_by(V::WIDTH) {
            let mut sum = V::splat(0.0);
            for frame in &self.halves[self.filling ^ 1] {
                let x = V::load_samples(frame, at);
                sum = sum + x * x;
            }
            sum.store(&mut energies, at);
        }
        energies
    }

    /// The newest two hops, the earlier first.
    #[inline(always)]
    pub(crate) fn hops(&self) -> [&[[i16; LANES]]; 2] {
        [&self.halves[self.filling], &self.halves[self.filling ^ 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{FoldedSpace, InstructionSet, SpectrumSpace};

    /// Correlation as it is defined, without folding, halving or rounded weights.
    fn exact(frames: &[[i16; LANES]], hz: f64, lane: usize) -> (f64, f64) {
        let centre = frames.len() as f64 / 2.0 - 0.5;
        let (mut re, mut im) = (0.0, 0.0);
        for (n, frame) in frames.iter().enumerate() {
            let hann = 0.5 - 0.5 * libm::cos(core::f64::consts::TAU * (n as f64 + 0.5) / frames.len() as f64);
            let angle = core::f64::consts::TAU * hz / 8000.0 * (centre - n as f64);
            re += hann * f64::from(frame[lane]) * libm::cos(angle);
            im += hann * f64::from(frame[lane]) * libm::sin(angle);
        }
        (re * 4.0 / frames.len() as f64, im * 4.0 / frames.len() as f64)
    }

    /// Power under the window, by its definition.
    fn exact_power(frames: &[[i16; LANES]], lane: usize) -> f64 {
        let weighted = frames.iter().enumerate().map(|(n, frame)| {
            let hann = 0.5 - 0.5 * libm::cos(core::f64::consts::TAU * (n as f64 + 0.5) / frames.len() as f64);
            hann * f64::from(frame[lane])
        });
        weighted.map(|x| x * x).sum::<f64>() * 8.0 / (3.0 * frames.len() as f64)
    }

    #[test]
    fn spectra_of_every_instruction_set_are_equal_and_right() {
        const TONES: [f64; 8] = [540.0, 697.0, 941.0, 1380.0, 1500.0, 1633.0, 2100.0, 2600.0];
        let weights = TONES.map(Weights::<20>::new);
        let mut seed = 1u32;
        for loudness in [0, 3, 8] {
            let mut window = Window::<40>::new(0);
            (0..LANES).for_each(|lane| window.enable(lane, lane != 9));
            let mut frames = [[0; LANES]; 80];
            for sample in frames.iter_mut().flatten() {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample = match seed >> 28 {
                    0 => i16::MIN >> loudness,
                    1 => i16::MAX >> loudness,
                    _ => (seed >> 12) as i16 >> loudness,
                };
            }
            let mut ends = [FrameTime::ZERO; 2].into_iter();
            window.process(&frames, FrameTime(100), |_, now| {
                assert!(ends.next().is_some() && (now.0 == 140 || now.0 == 180));
            });
            assert_eq!(ends.next(), None);
            let (mut folded, mut space) = (FoldedSpace::new(), [SpectrumSpace::FREE; 8]);
            let folded = folded.fold(InstructionSet::BASELINE, window.hops());
            let (expected, energies) =
                (folded.spectra(&weights, &mut space), folded.energies(&energy_window()));
            for set in InstructionSet::all() {
                let (mut folded, mut space) = (FoldedSpace::new(), [SpectrumSpace::<i32>::FREE; 8]);
                let folded = folded.fold(set, window.hops());
                assert!(folded.spectra(&weights, &mut space) == expected, "{set}");
                assert!(folded.energies(&energy_window()) == energies, "{set}");
                // In the upper 16 bits the same, rounded, and their squares added up. None of them is near the ends.
                let mut upper = [SpectrumSpace::<i16>::FREE; 8];
                let upper = folded.spectra(&weights, &mut upper);
                let mut power = [0; LANES];
                for (upper, sums) in upper.as_flattened().iter().zip(expected.as_flattened()) {
                    for lane in 0..LANES {
                        assert_eq!(upper[lane], ((sums[lane] + (1 << 15)) >> 16) as i16, "{set}");
                        power[lane] += i32::from(upper[lane]).pow(2);
                    }
                }
                assert!(folded.power(&weights) == power, "{set}");
            }
            for lane in 0..LANES {
                let power = f64::from(energies[lane]) * f64::from(energy_scale::<20>());
                let exact = exact_power(&frames, lane) * f64::from(u8::from(lane != 9));
                // Halves are cut, which moves every sample by a quarter on average.
                let most = 0.002 * exact + 2.0 * libm::sqrt(exact) + 1.0;
                assert!((power - exact).abs() <= most, "{power} for {exact}");
            }
            for (hz, [re, im]) in TONES.iter().zip(expected) {
                for lane in [0, 3, 4, 7, 12, 15, 16, 20, 31] {
                    let (exact_re, exact_im) = exact(&frames, *hz, lane);
                    let scale = f64::from(Weights::<20>::SCALE);
                    assert!((f64::from(re[lane]) * scale - exact_re).abs() < 3.0, "{hz} {lane}");
                    assert!((f64::from(im[lane]) * scale - exact_im).abs() < 3.0, "{hz} {lane}");
                }
                assert_eq!((re[9], im[9]), (0, 0));
            }
        }
    }

    #[test]
    fn no_signal_overflows_the_sums() {
        // The worst there is: full scale with the sign of every weight.
        for hz in [0.0, 300.0, 1000.0, 2000.0, 3333.3] {
            for weights in [&Weights::<20>::new(hz).cosines[..], &Weights::<80>::new(hz).cosines] {
                let largest: i64 = weights.iter().flatten().map(|w| i64::from(w.unsigned_abs())).sum();
                assert!(largest * 32768 + (1 << 15) < 1 << 31, "{hz}");
            }
        }
        // Of a sum and a difference the squares add up to no more than full scale's.
        let largest: i64 = energy_window::<20>().as_flattened().iter().map(|w| i64::from(*w).pow(2)).sum();
        assert!(largest < 1 << 31);
        let largest: i64 = energy_window::<80>().as_flattened().iter().map(|w| i64::from(*w).pow(2)).sum();
        assert!(largest < 1 << 31);
    }
}
