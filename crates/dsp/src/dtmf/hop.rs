//! What a 5 ms hop brings, for all lanes: spectra, energies, and the strongest pair of tones.
//!
//! Every hop the newest 10 ms are correlated with the eight frequencies of Q.23 under a Hann window (*short*
//! spectra); three of those make a 20 ms window centred one hop back (*long* spectra) whose skirts are 40 dB down at
//! the distance between the groups. Six more correlations, 100 Hz apart from zero on, tell the power below 550 Hz: the
//! window's spectrum is such that their powers add up to it. A quarter of the frames is enough for them; what then falls
//! among them from 1450 Hz on is half a per cent of its power at most, and from 3450 Hz on 3 %.
//!
//! Spectra are words of 16 bits, in *steps* of 2.1: a full-scale sine has 15,625, one of −45 dBm0 61. All that is done for
//! every tone is done in words; vectors of floats follow for the strongest pair only.

use super::{HIGH_HZ, LOW_HZ};
use crate::arch::{FoldedSpace, InstructionSet, Spectrum, SpectrumSpace, Vector, Words, thinning_gain};
use crate::lanes::{LANES, Lanes};
use crate::spectrum::{
    Complex, Integers, Weights, Window, energy_scale, energy_window, rounded, sine_and_cosine,
};

/// Frames in a hop: 5 ms.
pub(super) const HOP: usize = 40;
/// The frequencies of both groups.
const TONES: usize = 8;
/// The frequencies of a group.
const GROUP: usize = 4;
/// Correlations below them.
const LOW_LINES: usize = 6;
/// Hops of low-band power that are remembered: 80 ms.
pub(super) const LOW_HISTORY: usize = 16;
/// The amplitude of a tone whose spectrum is 1.
pub(super) const STEP: f32 = 65536.0 * Weights::<20>::SCALE;

/// Room for the correlations of a window.
pub(super) type Space = [SpectrumSpace<i16>; TONES];

/// Correlations and energies of the newest window.
pub(super) struct Sums<'a> {
    tones: &'a [Spectrum<i16>],
    /// Power below 550 Hz.
    low: Integers,
    energies: Integers,
}

impl<'a> Sums<'a> {
    pub(super) const SPACE: Space = [SpectrumSpace::FREE; TONES];
    pub(super) const SILENCE: Self =
        Self { tones: &[[[0; LANES]; 2]; TONES], low: [0; LANES], energies: [0; LANES] };

    /// Of the newest two hops; `None` if no lane has anything to hear.
    pub(super) fn of(set: InstructionSet, window: &Window<HOP>, space: &'a mut Space) -> Option<Self> {
        let mut folded = FoldedSpace::new();
        let folded = folded.fold(set, window.hops());
        let energies = folded.energies(&ENERGY_WINDOW);
        let loud = energies.iter().any(|energy| *energy > QUIET);
        loud.then(|| Self {
            tones: folded.spectra(&WEIGHTS, space),
            low: folded.thinned(&mut FoldedSpace::new()).power(&LOW_WEIGHTS),
            energies,
        })
    }

    /// All bits where there is anything to hear.
    #[inline(always)]
    fn loud(&self) -> [i16; LANES] {
        let mut loud = [0; LANES];
        loud.iter_mut().zip(&self.energies).for_each(|(loud, energy)| *loud = -i16::from(*energy > QUIET));
        loud
    }
}

/// What is remembered of the hops before.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Past {
    /// Short spectra of the last two hops, in turn, and the long one of the last.
    short: [[Spectrum<i16>; TONES]; 2],
    long: [Spectrum<i16>; TONES],
    /// Powers of the last two hops, of all and below 550 Hz.
    total: [Lanes; 2],
    low: [Lanes; 2],
    /// Power below 550 Hz in the long window; a ring.
    low_band: [Lanes; LOW_HISTORY],
    /// Counts hops, modulo [`LOW_HISTORY`]: the place of the newest in all rings.
    newest: usize,
}

impl Past {
    pub(super) const NOTHING: Self = Self {
        short: [[[[0; LANES]; 2]; TONES]; 2],
        long: [[[0; LANES]; 2]; TONES],
        total: [[0.0; LANES]; 2],
        low: [[0.0; LANES]; 2],
        low_band: [[0.0; LANES]; LOW_HISTORY],
        newest: 0,
    };

    /// Forgets everything about a lane.
    pub(super) fn reset(&mut self, lane: usize) {
        let spectra = self.short.iter_mut().flatten().chain(&mut self.long);
        spectra.flatten().for_each(|part| part[lane] = 0);
        let powers = self.total.iter_mut().chain(&mut self.low).chain(&mut self.low_band);
        powers.for_each(|power| power[lane] = 0.0);
    }

    /// The place of the hop `age` hops back in a ring whose length divides [`LOW_HISTORY`].
    #[inline(always)]
    pub(super) const fn place(&self, age: usize, length: usize) -> usize {
        (self.newest + LOW_HISTORY - age) % length
    }

    /// Makes room for the next hop and takes its spectra; gives out those of the strongest tones and, if any lane follows
    /// them, of the tones that `followed` names.
    #[inline(always)]
    pub(super) fn take<W: Words>(
        &mut self,
        sums: &Sums<'_>,
        followed: &[[i16; LANES]; 2],
        follows: u32,
        groups: &mut [Group; 2],
    ) {
        self.newest = (self.newest + 1) % LOW_HISTORY;
        let loud = sums.loud();
        for at in (0..LANES).step_by(W::WIDTH) {
            let loud = W::of_lanes(&loud, at);
            for (n, group) in groups.iter_mut().enumerate() {
                let tones = GROUP * n..GROUP * (n + 1);
                let [even, odd] = &mut self.short;
                let (newest, middle) = if self.newest.is_multiple_of(2) { (even, odd) } else { (odd, even) };
                let (newest, middle) = (&mut newest[tones.clone()], &middle[tones.clone()]);
                let before = &mut self.long[tones.clone()];
                let long = longer_spectra::<W>(&sums.tones[tones], loud, middle, newest, &LONG_TURNS[n], at);
                let strongest = strongest(long);
                index(strongest).to_lanes(&mut group.tone, at);
                for part in 0..2 {
                    pick(strongest, |tone| long[tone][part]).to_lanes(&mut group.long[part], at);
                    pick(strongest, |tone| W::of_lanes(&before[tone][part], at))
                        .to_lanes(&mut group.before[part], at);
                    pick(strongest, |tone| W::of_lanes(&middle[tone][part], at))
                        .to_lanes(&mut group.short[part], at);
                }
                if follows >> at & (u32::MAX >> (LANES - W::WIDTH)) != 0 {
                    let own = W::of_lanes(&followed[n], at);
                    let own: [W; GROUP] = core::array::from_fn(|tone| own.equal(W::words(tone as i16)));
                    for part in 0..2 {
                        pick(own, |tone| long[tone][part]).to_lanes(&mut group.followed_long[part], at);
                        pick(own, |tone| W::of_lanes(&newest[tone][part], at))
                            .to_lanes(&mut group.followed_newest[part], at);
                    }
                }
                for (own, long) in before.iter_mut().zip(long) {
                    long[0].to_lanes(&mut own[0], at);
                    long[1].to_lanes(&mut own[1], at);
                }
            }
        }
    }

    /// Takes the powers of the newest hop: those above and below 550 Hz in the long window.
    #[inline(always)]
    pub(super) fn take_powers<V: Vector>(&mut self, sums: &Sums<'_>, at: usize) -> [V; 2] {
        let total = V::load_integers(&sums.energies, at);
        // A lane that is silent gives zeros, whatever the others do.
        let total = (total * V::splat(ENERGY_SCALE)).masked(V::splat(QUIET as f32).less(total));
        let low = V::load_integers(&sums.low, at).min(total);
        let all = over_three_hops(&mut self.total, total, at);
        let below = over_three_hops(&mut self.low, low, at);
        below.store(&mut self.low_band[self.newest], at);
        [all - below, below]
    }

    /// The magnitude of a tone of a group in the newest short spectrum.
    pub(super) fn newest_size(&self, group: usize, tone: usize, lane: usize) -> f32 {
        let [re, im] = &self.short[self.newest % 2][GROUP * group + tone % GROUP];
        libm::sqrtf(Complex { re: f32::from(re[lane]), im: f32::from(im[lane]) }.power())
    }

    /// Power below 550 Hz in the long window, `age` hops back.
    #[inline(always)]
    pub(super) fn low<V: Vector>(&self, age: usize, at: usize) -> V {
        V::load(&self.low_band[self.place(age, LOW_HISTORY)], at)
    }

    /// Largest less smallest power below 550 Hz in the last 80 ms.
    pub(super) fn low_swing(&self, lane: usize) -> f32 {
        let powers = self.low_band.iter().map(|powers| powers[lane]);
        let (least, most) = powers.fold((f32::MAX, 0.0f32), |(least, most), p| (p.min(least), p.max(most)));
        most - least
    }
}

/// A power in the long window; the newest takes its place in the past.
#[inline(always)]
fn over_three_hops<V: Vector>(past: &mut [Lanes; 2], newest: V, at: usize) -> V {
    let [one, two] = [V::load(&past[0], at), V::load(&past[1], at)];
    newest.store(&mut past[0], at);
    one.store(&mut past[1], at);
    V::splat(0.25) * (newest + two) + V::splat(0.5) * one
}

/// The long spectra of the tones of a group: 1/4, 1/2 and 1/4 of three short ones, each turned to the middle one's
/// centre. The new one takes the place of the oldest. Where full-scale square waves would leave 16 bits, sums stay at
/// their ends.
#[inline(always)]
fn longer_spectra<W: Words>(
    sums: &[Spectrum<i16>],
    loud: W,
    middle: &[Spectrum<i16>],
    oldest: &mut [Spectrum<i16>],
    turns: &[[i16; 2]; GROUP],
    at: usize,
) -> [[W; 2]; GROUP] {
    let half = W::words(1 << 14);
    core::array::from_fn(|tone| {
        let [cos, sin] = turns[tone].map(W::words);
        let [new_re, new_im] = [0, 1].map(|part: usize| W::of_lanes(&sums[tone][part], at).and(loud));
        let [middle_re, middle_im] = [0, 1].map(|part: usize| W::of_lanes(&middle[tone][part], at));
        let [old_re, old_im] = [0, 1].map(|part: usize| W::of_lanes(&oldest[tone][part], at));
        new_re.to_lanes(&mut oldest[tone][0], at);
        new_im.to_lanes(&mut oldest[tone][1], at);
        let re = cos
            .multiply_fraction(new_re.add_saturating(old_re))
            .add(sin.multiply_fraction(new_im.sub_saturating(old_im)));
        let im = cos
            .multiply_fraction(new_im.add_saturating(old_im))
            .add(sin.multiply_fraction(old_re.sub_saturating(new_re)));
        [half.multiply_fraction(middle_re).add(re), half.multiply_fraction(middle_im).add(im)]
    })
}

/// Which tone of a group is the strongest, all bits in one place. Magnitudes are good to 7 %, which is
/// enough to choose by.
#[inline(always)]
fn strongest<W: Words>(spectra: [[W; 2]; GROUP]) -> [W; GROUP] {
    let sizes = spectra.map(|[re, im]| {
        let [re, im] = [re.abs(), im.abs()];
        re.max(im).add(re.min(im).multiply_fraction(W::words(MINOR_PART)))
    });
    let [second, fourth] = [sizes[1].greater(sizes[0]), sizes[3].greater(sizes[2])];
    let upper = sizes[2].max(sizes[3]).greater(sizes[0].max(sizes[1]));
    let [not_first, not_third] = [second.or(upper), upper.and_not(fourth)];
    let every = W::words(-1);
    [every.and_not(not_first), second.and_not(upper), not_third, upper.and(fourth)]
}

/// The number of the tone that is set.
#[inline(always)]
fn index<W: Words>(own: [W; GROUP]) -> W {
    let [one, two, three] = [1, 2, 3].map(|n: usize| own[n].and(W::words(n as i16)));
    one.or(two).or(three)
}

/// What is given for the tone that is set.
#[inline(always)]
fn pick<W: Words>(own: [W; GROUP], given: impl Fn(usize) -> W) -> W {
    let [zero, one, two, three] = [0, 1, 2, 3].map(|tone: usize| given(tone).and(own[tone]));
    zero.or(one).or(two.or(three))
}

/// What the newest hop brings of a group of tones.
#[repr(C, align(64))]
pub(super) struct Group {
    /// The strongest tone, from 0 to 3.
    tone: [i16; LANES],
    /// Its long spectrum, the same one hop before, and the short one of the same centre.
    long: Spectrum<i16>,
    before: Spectrum<i16>,
    short: Spectrum<i16>,
    /// Long and newest short spectrum of the tone that is followed.
    followed_long: Spectrum<i16>,
    followed_newest: Spectrum<i16>,
}

impl Group {
    pub(super) const NOTHING: Self = Self {
        tone: [0; LANES],
        long: [[0; LANES]; 2],
        before: [[0; LANES]; 2],
        short: [[0; LANES]; 2],
        followed_long: [[0; LANES]; 2],
        followed_newest: [[0; LANES]; 2],
    };

    /// The strongest tone of the lanes from `at` on.
    #[inline(always)]
    pub(super) fn tone<V: Vector>(&self, at: usize) -> Tone<V> {
        let long = spectrum::<V>(&self.long, at);
        let before = spectrum::<V>(&self.before, at);
        Tone {
            index: V::load_samples(&self.tone, at),
            power: long.power(),
            short_size: spectrum::<V>(&self.short, at).power().root(),
            turn: long.times_conjugate(before),
            power_before: before.power(),
        }
    }

    /// Power of the tone that is followed, and its newest magnitude in the short window.
    #[inline(always)]
    pub(super) fn followed<V: Vector>(&self, at: usize) -> [V; 2] {
        [
            spectrum::<V>(&self.followed_long, at).power(),
            spectrum::<V>(&self.followed_newest, at).power().root(),
        ]
    }
}

#[inline(always)]
fn spectrum<V: Vector>([re, im]: &Spectrum<i16>, at: usize) -> Complex<V> {
    Complex { re: V::load_samples(re, at), im: V::load_samples(im, at) }
}

/// A tone of a vector of lanes, in the long window.
#[derive(Clone, Copy)]
pub(super) struct Tone<V> {
    /// From 0 to 3.
    pub(super) index: V,
    /// Squared magnitude, and one hop before.
    pub(super) power: V,
    pub(super) power_before: V,
    /// How it turned in the last hop: the newest times the conjugate of the one before.
    pub(super) turn: Complex<V>,
    /// Magnitude in the short window of the same centre.
    pub(super) short_size: V,
}

pub(super) const fn nominal_hz(group: usize, tone: usize) -> f32 {
    [LOW_HZ, HIGH_HZ][group % 2][tone % GROUP]
}

/// Cosine and sine of the angle by which a tone turns in a hop.
pub(super) fn hop_turn(group: usize, tone: usize) -> [f32; 2] {
    HOP_TURNS[group % 2][tone % GROUP].map(|part| part as f32)
}

/// A lane with no more than a mean square of 144 is silent. The idle octets of A-law have 64.
const QUIET: i32 = (144.0 / energy_scale::<20>()) as i32;
const ENERGY_SCALE: f32 = energy_scale::<20>() / (STEP * STEP);
static ENERGY_WINDOW: [[i16; 2]; 20] = energy_window();

/// What of the smaller part of a complex number makes its magnitude with the larger: 3/8.
const MINOR_PART: i16 = 3 << 12;

static WEIGHTS: [Weights<20>; TONES] = {
    let mut weights = [Weights::new(0.0); TONES];
    let mut tone = 0;
    while tone < TONES {
        weights[tone] = Weights::new(nominal_hz(tone / GROUP, tone % GROUP) as f64);
        tone += 1;
    }
    weights
};

/// The lines below the tones. Their powers add up to three times the power; the line at zero counts half, because it
/// has but one part.
static LOW_WEIGHTS: [Weights<5>; LOW_LINES] = {
    const ROOT_OF_THIRD: f64 = 0.577_350_269_189_625_8;
    let mut weights = [Weights::new(0.0); LOW_LINES];
    let mut line = 0;
    while line < LOW_LINES {
        let gain = if line == 0 { core::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let hz = 100.0 * line as f64;
        weights[line] = Weights::with_gain(4.0 * hz, gain * ROOT_OF_THIRD / thinning_gain(hz));
        line += 1;
    }
    weights
};

/// Cosine and sine of the angle by which each tone turns in a hop.
static HOP_TURNS: [[[f64; 2]; GROUP]; 2] = {
    let mut turns = [[[0.0; 2]; GROUP]; 2];
    let mut tone = 0;
    while tone < TONES {
        let (group, own) = (tone / GROUP, tone % GROUP);
        let (sin, cos) = sine_and_cosine(nominal_hz(group, own) as f64 * HOP as f64 / 8000.0);
        turns[group][own] = [cos, sin];
        tone += 1;
    }
    turns
};

/// A quarter of that, with 15 places behind the point.
static LONG_TURNS: [[[i16; 2]; GROUP]; 2] = {
    let mut turns = [[[0; 2]; GROUP]; 2];
    let mut tone = 0;
    while tone < TONES {
        let [cos, sin] = HOP_TURNS[tone / GROUP][tone % GROUP];
        turns[tone / GROUP][tone % GROUP] = [rounded(8192.0 * cos), rounded(8192.0 * sin)];
        tone += 1;
    }
    turns
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The most that a sum with these weights can be, in steps: full scale with the sign of every weight.
    fn most(weights: &[[i16; 2]]) -> i32 {
        let sum: i32 = weights.iter().flatten().map(|weight| i32::from(weight.unsigned_abs())).sum();
        sum / 2 + 1
    }

    #[test]
    fn no_signal_overflows_the_spectra() {
        for (weights, turn) in WEIGHTS.iter().zip(LONG_TURNS.as_flattened()) {
            let part = most(&weights.cosines).max(most(&weights.sines));
            // Sums and differences of two spectra stop at the ends of 16 bits.
            let turned = turn.iter().map(|turn| i32::from(turn.unsigned_abs())).sum::<i32>() + 2;
            let long = part / 2 + turned + 3;
            let size = long + long * i32::from(MINOR_PART) / 32768;
            assert!(part < 1 << 15 && size < 1 << 15, "{part} {long} {size}");
            // A magnitude is kept in 16 bits too.
            assert!(f64::from(part) * core::f64::consts::SQRT_2 < 32768.0, "{part}");
        }
        let power: i64 = LOW_WEIGHTS
            .iter()
            .flat_map(|weights| [most(&weights.cosines), most(&weights.sines)])
            .map(|part| i64::from(part).pow(2))
            .sum();
        assert!(power < 1 << 31, "{power}");
    }

    /// Power below 550 Hz of sines of 10,000, over their power: of the least and of the largest of 16 phases.
    fn share_below(hz: f32) -> (f32, f32) {
        let mut window = Window::<HOP>::new(0);
        (0..LANES).for_each(|lane| window.enable(lane, true));
        let mut frames = [[0; LANES]; 2 * HOP];
        for (n, frame) in frames.iter_mut().enumerate() {
            for (lane, sample) in frame.iter_mut().enumerate() {
                let turns = hz * n as f32 / 8000.0 + lane as f32 / LANES as f32;
                *sample = (10_000.0 * libm::cosf(core::f32::consts::TAU * turns)) as i16;
            }
        }
        window.process(&frames, tandem_types::FrameTime::ZERO, |_, _| ());
        let mut of_sets = InstructionSet::all().map(|set| {
            let mut space = Sums::SPACE;
            Sums::of(set, &window, &mut space).expect("a loud signal").low
        });
        let low = of_sets.next().expect("the baseline");
        assert!(of_sets.all(|own| own == low), "{hz} Hz");
        let shares = low.map(|low| low as f32 * STEP * STEP / 5e7);
        shares.iter().fold((f32::MAX, 0.0), |(least, most), share| (share.min(least), share.max(most)))
    }

    #[test]
    fn power_below_550_hz_is_told_from_that_above() {
        for tens in 0..400 {
            let hz = 10.0 * tens as f32;
            let (least, most) = share_below(hz);
            let expected = match tens {
                // By phase, where the window has less than two periods.
                0..=15 => 0.0..2.02,
                16..=44 => 0.98..1.02,
                45..=54 => 0.45..1.0,
                55..=65 => 0.01..0.45,
                66..=339 => 0.0..0.01,
                _ => 0.0..0.033,
            };
            assert!(expected.contains(&least) && expected.contains(&most), "{hz} Hz: {least} to {most}");
        }
    }
}
