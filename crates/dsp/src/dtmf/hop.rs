//! What a 5 ms hop brings, for all lanes: spectra, energies, and the strongest pair of tones.
//!
//! Every hop the newest 10 ms are correlated with the eight frequencies of Q.23 under a Hann window (*short*
//! spectra); three of those make a 20 ms window centred one hop back (*long* spectra) whose skirts are 40 dB down at
//! the distance between the groups. Six more correlations, 100 Hz apart from zero on, tell the power below 550 Hz: the
//! window's spectrum is such that their powers add up to it.

use super::{HIGH_HZ, LOW_HZ};
use crate::arch::{FoldedSpace, InstructionSet, SpectrumSpace, Vector};
use crate::lanes::{LANES, Lanes};
use crate::spectrum::{
    Complex, ComplexLanes, Integers, Weights, Window, energy_scale, energy_window, long_window,
    sine_and_cosine,
};

/// Frames in a hop: 5 ms.
pub(super) const HOP: usize = 40;
/// The frequencies of both groups.
const TONES: usize = 8;
/// Correlations below them.
const LOW_LINES: usize = 6;
const LINES: usize = TONES + LOW_LINES;
/// Hops of short spectra of which the sizes are remembered.
pub(super) const SIZE_HISTORY: usize = 8;
/// Hops of low-band power that are remembered: 80 ms.
pub(super) const LOW_HISTORY: usize = 16;

/// Room for the correlations of a window.
pub(super) type Space = [SpectrumSpace; LINES];

/// Correlations and energies of the newest window.
pub(super) struct Sums<'a> {
    /// Of the tones, then of the frequencies below them.
    lines: &'a [[Integers; 2]],
    energies: Integers,
}

impl<'a> Sums<'a> {
    pub(super) const SPACE: Space = [SpectrumSpace::FREE; LINES];
    pub(super) const SILENCE: Self = Self { lines: &[[[0; LANES]; 2]; LINES], energies: [0; LANES] };

    /// Of the newest two hops; `None` if no lane has anything to hear.
    pub(super) fn of(set: InstructionSet, window: &Window<HOP>, space: &'a mut Space) -> Option<Self> {
        let mut folded = FoldedSpace::new();
        let folded = folded.fold(set, window.hops());
        let energies = folded.energies(&ENERGY_WINDOW);
        let loud = energies.iter().any(|energy| *energy as f32 * ENERGY_SCALE > QUIET);
        loud.then(|| Self { lines: folded.spectra(&WEIGHTS, space), energies })
    }
}

/// What is remembered of the hops before.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Past {
    /// Short spectra of the last two hops, the newer first, and the long one of the last.
    short: [[ComplexLanes; TONES]; 2],
    long: [ComplexLanes; TONES],
    /// Powers of the last two hops, of all and below 550 Hz.
    total: [Lanes; 2],
    low: [Lanes; 2],
    /// Magnitudes of the short spectra; a ring.
    sizes: [[[i16; LANES]; TONES]; SIZE_HISTORY],
    /// Power below 550 Hz in the long window; a ring.
    low_band: [Lanes; LOW_HISTORY],
    /// Counts hops, modulo [`LOW_HISTORY`]: the place of the newest in both rings.
    newest: usize,
}

impl Past {
    pub(super) const NOTHING: Self = Self {
        short: [[ComplexLanes::ZERO; TONES]; 2],
        long: [ComplexLanes::ZERO; TONES],
        total: [[0.0; LANES]; 2],
        low: [[0.0; LANES]; 2],
        sizes: [[[0; LANES]; TONES]; SIZE_HISTORY],
        low_band: [[0.0; LANES]; LOW_HISTORY],
        newest: 0,
    };

    /// Forgets everything about a lane.
    pub(super) fn reset(&mut self, lane: usize) {
        self.short.iter_mut().flatten().chain(&mut self.long).for_each(|tone| tone.reset(lane));
        let powers = self.total.iter_mut().chain(&mut self.low).chain(&mut self.low_band);
        powers.for_each(|power| power[lane] = 0.0);
        self.sizes.iter_mut().flatten().for_each(|size| size[lane] = 0);
    }

    /// Makes room for the next hop.
    pub(super) const fn turn(&mut self) {
        self.newest = (self.newest + 1) % LOW_HISTORY;
    }

    /// Takes the sums of the newest hop of the lanes from `at` on.
    #[inline(always)]
    pub(super) fn take<V: Vector>(&mut self, sums: &Sums<'_>, at: usize) -> Hop<V> {
        let zero = V::splat(0.0);
        let total = V::load_integers(&sums.energies, at) * V::splat(ENERGY_SCALE);
        // A lane that is silent gives zeros, whatever the others do.
        let loud = V::splat(QUIET).less(total);
        let total = V::select(loud, total, zero);
        let scale = V::select(loud, V::splat(Weights::<20>::SCALE), zero);
        let low = low_power::<V>(sums, scale, at).min(total);
        let all = over_three_hops(&mut self.total, total, at);
        let below = over_three_hops(&mut self.low, low, at);
        below.store(&mut self.low_band[self.newest], at);
        let mut hop = Hop { high: all - below, low: below, power: [zero; TONES], tones: [Tone::none(); 2] };
        for tone in 0..TONES {
            let [re, im] = &sums.lines[tone];
            let new = Complex { re: V::load_integers(re, at) * scale, im: V::load_integers(im, at) * scale };
            let middle = self.short[0][tone].load(at);
            let old = self.short[1][tone].load(at);
            let before: Complex<V> = self.long[tone].load(at);
            let long = long_window([new, middle, old], HOP_TURNS[tone]);
            let power = long.power();
            hop.power[tone] = power;
            new.power().root().store_samples(&mut self.sizes[self.newest % SIZE_HISTORY][tone], at);
            self.short[0][tone].store(at, new);
            self.short[1][tone].store(at, middle);
            self.long[tone].store(at, long);
            let strongest = &mut hop.tones[tone / 4];
            let first = tone % 4 == 0;
            let [cos, sin] = [V::splat(HOP_TURNS[tone][0]), V::splat(HOP_TURNS[tone][1])];
            let own = Tone { index: V::splat(tone as f32), power, long, before, by: [cos, sin] };
            *strongest = if first { own } else { strongest.or_stronger(own) };
        }
        hop
    }

    /// The size of a tone in the short spectrum `age` hops back.
    #[inline(always)]
    pub(super) fn size<V: Vector>(&self, age: usize, group: usize, tone: V, at: usize) -> V {
        let sizes = &self.sizes[(self.newest + LOW_HISTORY - age) % SIZE_HISTORY];
        let mut picked = V::load_samples(&sizes[4 * group], at);
        for index in 4 * group + 1..4 * group + 4 {
            let own = tone.equal(V::splat(index as f32));
            picked = V::select(own, V::load_samples(&sizes[index], at), picked);
        }
        picked
    }

    /// Power below 550 Hz in the long window, `age` hops back.
    #[inline(always)]
    pub(super) fn low<V: Vector>(&self, age: usize, at: usize) -> V {
        V::load(&self.low_band[(self.newest + LOW_HISTORY - age) % LOW_HISTORY], at)
    }

    /// Largest less smallest power below 550 Hz in the last 80 ms.
    pub(super) fn low_swing(&self, lane: usize) -> f32 {
        let powers = self.low_band.iter().map(|powers| powers[lane]);
        let (least, most) = powers.fold((f32::MAX, 0.0f32), |(least, most), p| (p.min(least), p.max(most)));
        most - least
    }
}

/// Power below 550 Hz in a short window, of the real line at zero and five complex ones.
#[inline(always)]
fn low_power<V: Vector>(sums: &Sums<'_>, scale: V, at: usize) -> V {
    let (zero_hz, others) = (&sums.lines[TONES], &sums.lines[TONES + 1..LINES]);
    let dc = V::load_integers(&zero_hz[0], at) * scale;
    let mut power = V::splat(0.5) * dc * dc;
    for [re, im] in others {
        let line = Complex { re: V::load_integers(re, at) * scale, im: V::load_integers(im, at) * scale };
        power = power + line.power();
    }
    power * V::splat(1.0 / 3.0)
}

/// A power in the long window; the newest takes its place in the past.
#[inline(always)]
fn over_three_hops<V: Vector>(past: &mut [Lanes; 2], newest: V, at: usize) -> V {
    let [one, two] = [V::load(&past[0], at), V::load(&past[1], at)];
    newest.store(&mut past[0], at);
    one.store(&mut past[1], at);
    V::splat(0.25) * (newest + two) + V::splat(0.5) * one
}

/// What the newest hop brings to a vector of lanes.
pub(super) struct Hop<V: Vector> {
    /// Power in the long window above 550 Hz, and below.
    pub(super) high: V,
    pub(super) low: V,
    /// Squared magnitudes of the long spectrum.
    power: [V; TONES],
    /// The strongest tone of each group.
    pub(super) tones: [Tone<V>; 2],
}

impl<V: Vector> Hop<V> {
    /// Squared magnitude of a tone of a group.
    #[inline(always)]
    pub(super) fn power(&self, group: usize, tone: V) -> V {
        let mut picked = self.power[4 * group];
        for index in 4 * group + 1..4 * group + 4 {
            picked = V::select(tone.equal(V::splat(index as f32)), self.power[index], picked);
        }
        picked
    }
}

/// A tone of a vector of lanes, in the long window.
#[derive(Clone, Copy)]
pub(super) struct Tone<V> {
    /// From 0 to 7.
    pub(super) index: V,
    pub(super) power: V,
    long: Complex<V>,
    /// One hop before.
    before: Complex<V>,
    /// Cosine and sine of the angle by which the nominal frequency turns in a hop.
    by: [V; 2],
}

impl<V: Vector> Tone<V> {
    #[inline(always)]
    fn none() -> Self {
        let zero = V::splat(0.0);
        let nothing = Complex { re: zero, im: zero };
        Self { index: zero, power: zero, long: nothing, before: nothing, by: [zero; 2] }
    }

    #[inline(always)]
    fn or_stronger(self, other: Self) -> Self {
        let yes = self.power.less(other.power);
        Self {
            index: V::select(yes, other.index, self.index),
            power: V::select(yes, other.power, self.power),
            long: Complex::select(yes, other.long, self.long),
            before: Complex::select(yes, other.before, self.before),
            by: [V::select(yes, other.by[0], self.by[0]), V::select(yes, other.by[1], self.by[1])],
        }
    }

    /// How it turned in the last hop against its nominal frequency: newest · conj(one before, turned on).
    #[inline(always)]
    pub(super) fn turn(&self) -> Complex<V> {
        let [cos, sin] = self.by;
        let expected = Complex {
            re: self.before.re * cos - self.before.im * sin,
            im: self.before.re * sin + self.before.im * cos,
        };
        self.long.times_conjugate(expected)
    }

    /// Squared magnitude one hop before.
    #[inline(always)]
    pub(super) fn power_before(&self) -> V {
        self.before.power()
    }
}

pub(super) const fn nominal_hz(tone: usize) -> f32 {
    if tone < 4 { LOW_HZ[tone] } else { HIGH_HZ[tone % 4] }
}

/// A lane with no more than this mean square is silent. The idle octets of A-law have 64.
const QUIET: f32 = 144.0;
const ENERGY_SCALE: f32 = energy_scale::<20>();
static ENERGY_WINDOW: [[i16; 2]; 20] = energy_window();

/// The tones, then the lines below them.
static WEIGHTS: [Weights<20>; LINES] = {
    let mut weights = [Weights::new(0.0); LINES];
    let mut line = 0;
    while line < LINES {
        let hz = if line < TONES { nominal_hz(line) as f64 } else { 100.0 * (line - TONES) as f64 };
        weights[line] = Weights::new(hz);
        line += 1;
    }
    weights
};

/// Cosine and sine of the angle by which each tone turns in a hop.
static HOP_TURNS: [[f32; 2]; TONES] = {
    let mut turns = [[1.0, 0.0]; TONES];
    let mut tone = 0;
    while tone < TONES {
        let (sin, cos) = sine_and_cosine(nominal_hz(tone) as f64 * HOP as f64 / 8000.0);
        turns[tone] = [cos as f32, sin as f32];
        tone += 1;
    }
    turns
};
