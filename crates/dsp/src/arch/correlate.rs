//! Correlation of all lanes with windowed tones, in 16-bit products and 32-bit sums, exactly.
//!
//! The window is symmetric, so its frames are folded first: halves of the sums of mirrored frames carry the
//! cosines, halves of their differences the sines, each over half as many frames. Two frames of a lane stand
//! side by side then, as the instructions that multiply and add pairs want them. The weights are such that no
//! sum can leave 32 bits. Its upper 16 bits, rounded, are enough where much is done with a spectrum.

use core::mem::MaybeUninit;
use core::ptr;

use super::register::{Integer, Storable};
use super::{InstructionSet, Register, WideKernel, run_wide};
use crate::lanes::LANES;
use crate::spectrum::{Integers, Weights, sine_and_cosine};

/// Room for the frames of a window, folded; `PAIRS` is a quarter of them. To clear it first would cost a good part of
/// the work. Of registers that lie across two lines of the cache each would count twice.
#[repr(C, align(64))]
pub(crate) struct FoldedSpace<const PAIRS: usize> {
    sums: [[MaybeUninit<i16>; 2 * LANES]; PAIRS],
    differences: [[MaybeUninit<i16>; 2 * LANES]; PAIRS],
}

/// Real and imaginary part of a tone in all lanes.
pub(crate) type Spectrum<T> = [[T; LANES]; 2];

/// Room for a spectrum.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
pub(crate) struct SpectrumSpace<T: Copy = i32>(Spectrum<MaybeUninit<T>>);

impl<T: Part> SpectrumSpace<T> {
    pub(crate) const FREE: Self = Self([[MaybeUninit::uninit(); LANES]; 2]);
}

/// What is kept of the sums: all, or the upper 16 bits, rounded.
pub(crate) trait Part: Integer {
    /// What sums begin with.
    const START: i32;

    fn of_sum(sum: i32) -> Self;
    /// Stores sums of the lower and of the upper lanes of each 128 bits.
    fn store<R: Register>(sums: [R; 2], lanes: &mut [MaybeUninit<Self>]);
}

impl Part for i32 {
    const START: Self = 0;

    #[inline(always)]
    fn of_sum(sum: i32) -> Self {
        sum
    }

    #[inline(always)]
    fn store<R: Register>(sums: [R; 2], lanes: &mut [MaybeUninit<Self>]) {
        store_in_order(sums, lanes);
    }
}

impl Part for i16 {
    const START: i32 = 1 << 15;

    #[inline(always)]
    fn of_sum(sum: i32) -> Self {
        (sum >> 16) as Self
    }

    #[inline(always)]
    fn store<R: Register>(sums: [R; 2], lanes: &mut [MaybeUninit<Self>]) {
        R::upper_words(sums).store(lanes);
    }
}

/// The frames of a window, folded: sums and differences, a pair of frames in each. The lanes are in the order that
/// the instruction set likes.
pub(crate) struct Folded<'a, const PAIRS: usize> {
    set: InstructionSet,
    sums: &'a [[i16; 2 * LANES]; PAIRS],
    differences: &'a [[i16; 2 * LANES]; PAIRS],
}

impl<const PAIRS: usize> FoldedSpace<PAIRS> {
    pub(crate) const fn new() -> Self {
        let free = [[MaybeUninit::uninit(); 2 * LANES]; PAIRS];
        Self { sums: free, differences: free }
    }

    /// Folds a window of an earlier and a later half.
    #[inline]
    pub(crate) fn fold(
        &mut self,
        set: InstructionSet,
        [before, now]: [&[[i16; LANES]]; 2],
    ) -> Folded<'_, PAIRS> {
        assert!(before.len() == 2 * PAIRS && now.len() == 2 * PAIRS);
        run_wide(set, Fold { before, now, space: self });
        // SAFETY: the kernel has written every pair of both, of which the window has as many, by the assertion.
        unsafe { self.written(set) }
    }

    /// # Safety
    ///
    /// Every pair of both has been written.
    unsafe fn written(&self, set: InstructionSet) -> Folded<'_, PAIRS> {
        // SAFETY: integers that have been written may be read.
        let [sums, differences] =
            [&self.sums, &self.differences].map(|part| unsafe { &*ptr::from_ref(part).cast() });
        Folded { set, sums, differences }
    }
}

impl<const PAIRS: usize> Folded<'_, PAIRS> {
    /// Every fourth of the frames after a low pass, for what lies below 600 Hz: [`thinning_gain`].
    #[inline]
    pub(crate) fn thinned<'a, const FEWER: usize>(
        &self,
        space: &'a mut FoldedSpace<FEWER>,
    ) -> Folded<'a, FEWER> {
        const { assert!(PAIRS == 4 * FEWER) };
        run_wide(self.set, Thin { folded: self, space });
        // SAFETY: the kernel has written every pair of both.
        unsafe { space.written(self.set) }
    }

    /// The spectrum of each tone; there must be as much room.
    #[inline]
    pub(crate) fn spectra<'a, T: Part>(
        &self,
        tones: &[Weights<PAIRS>],
        space: &'a mut [SpectrumSpace<T>],
    ) -> &'a [Spectrum<T>] {
        assert!(tones.len() == space.len());
        run_wide(self.set, Correlate { folded: self, tones, space });
        // SAFETY: the kernel has written both parts for every tone, of which there are as many, by the assertion; space
        // for them is of their form.
        unsafe { &*(ptr::from_ref(space) as *const [Spectrum<T>]) }
    }

    /// The power of all lanes at some frequencies together: squares of the upper 16 bits of sums.
    #[inline]
    pub(crate) fn power(&self, tones: &[Weights<PAIRS>]) -> Integers {
        let mut power = [0; LANES];
        run_wide(self.set, Power { folded: self, tones, power: &mut power });
        power
    }

    /// The sums of the squares of all lanes under a window.
    #[inline]
    pub(crate) fn energies(&self, window: &[[i16; 2]; PAIRS]) -> Integers {
        let mut energies = [0; LANES];
        run_wide(self.set, Energies { folded: self, window, energies: &mut energies });
        energies
    }
}

struct Fold<'a, const PAIRS: usize> {
    before: &'a [[i16; LANES]],
    now: &'a [[i16; LANES]],
    space: &'a mut FoldedSpace<PAIRS>,
}

impl<const PAIRS: usize> WideKernel for Fold<'_, PAIRS> {
    fn plain(self) {
        for (n, (early, late)) in self.before.iter().zip(self.now.iter().rev()).enumerate() {
            let (sums, differences) = (&mut self.space.sums[n / 2], &mut self.space.differences[n / 2]);
            for lane in 0..LANES {
                sums[2 * lane + n % 2].write((early[lane] >> 1) + (late[lane] >> 1));
                differences[2 * lane + n % 2].write((early[lane] >> 1) - (late[lane] >> 1));
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let (mirrored, _) = self.now.as_chunks::<2>();
        let pairs = self.before.as_chunks::<2>().0.iter().zip(mirrored.iter().rev());
        let space = self.space.sums.iter_mut().zip(&mut self.space.differences);
        for ((sums, differences), (early, late)) in space.zip(pairs) {
            fold::<R>(early, late, sums, differences);
        }
    }
}

/// Weights of four neighbouring pairs of frames, in a thinned one. Their sum, with two frames each, is all but 2¹⁶.
const THINNING: [i16; 4] = [4095, 3 * 4095, 3 * 4095, 4095];

/// What thinning leaves of the amplitude at a frequency. Half a per cent of the power from 1450 to 2550 Hz falls below 550 Hz,
/// and up to 3 % of that from 3450 Hz on.
pub(crate) const fn thinning_gain(hz: f64) -> f64 {
    let (_, of_frames) = sine_and_cosine(hz / 16_000.0);
    let (_, of_pairs) = sine_and_cosine(hz / 8000.0);
    of_frames * of_pairs * of_pairs * of_pairs
}

struct Thin<'a, 'b, const PAIRS: usize, const FEWER: usize> {
    folded: &'a Folded<'b, PAIRS>,
    space: &'a mut FoldedSpace<FEWER>,
}

impl<const PAIRS: usize, const FEWER: usize> Thin<'_, '_, PAIRS, FEWER> {
    /// The pairs that make a thinned frame, the middle ones its own. At the edge the window is next to nothing, behind
    /// the middle lies the mirror's.
    #[inline(always)]
    fn pairs(frame: usize) -> [usize; 4] {
        [(2 * frame).saturating_sub(1), 2 * frame, 2 * frame + 1, (2 * frame + 2).min(PAIRS - 1)]
    }
}

impl<const PAIRS: usize, const FEWER: usize> WideKernel for Thin<'_, '_, PAIRS, FEWER> {
    fn plain(self) {
        let parts = [
            (self.folded.sums, &mut self.space.sums, 1),
            (self.folded.differences, &mut self.space.differences, -1),
        ];
        for (frames, space, mirror) in parts {
            for frame in 0..2 * FEWER {
                let mut weights = THINNING;
                weights[3] *= if frame == 2 * FEWER - 1 { mirror } else { 1 };
                for lane in 0..LANES {
                    let sum: i32 = Self::pairs(frame)
                        .iter()
                        .zip(weights)
                        .map(|(pair, weight)| {
                            let [one, two] = [0, 1].map(|n| i32::from(frames[*pair][2 * lane + n]));
                            (one + two) * i32::from(weight)
                        })
                        .sum();
                    space[frame / 2][2 * lane + frame % 2].write(i16::of_sum(sum));
                }
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let [outer, inner] = [THINNING[0], THINNING[1]].map(|weight| R::word_pairs([weight; 2]));
        let mirrored = R::word_pairs([-THINNING[3]; 2]);
        let parts = [
            (self.folded.sums, &mut self.space.sums, outer),
            (self.folded.differences, &mut self.space.differences, mirrored),
        ];
        for (frames, space, last) in parts {
            for (n, thinned) in space.iter_mut().enumerate() {
                let behind = if n == FEWER - 1 { last } else { outer };
                for at in (0..2 * LANES).step_by(R::WIDTH) {
                    let [one, two] = [(2 * n, outer), (2 * n + 1, behind)].map(|(frame, behind)| {
                        let [a, b, c, d] =
                            Self::pairs(frame).map(|pair| R::load(&frames[pair][at..at + R::WIDTH]));
                        R::zero().add_dot(a, outer).add_dot(b, inner).add_dot(c, inner).add_dot(d, behind)
                    });
                    one.pair_upper_words(two).store(&mut thinned[at..at + R::WIDTH]);
                }
            }
        }
    }
}

struct Correlate<'a, const PAIRS: usize, T: Copy> {
    folded: &'a Folded<'a, PAIRS>,
    tones: &'a [Weights<PAIRS>],
    space: &'a mut [SpectrumSpace<T>],
}

impl<const PAIRS: usize, T: Part> WideKernel for Correlate<'_, PAIRS, T> {
    fn plain(self) {
        for (weights, SpectrumSpace(parts)) in self.tones.iter().zip(self.space) {
            *parts = plain_sums(self.folded, weights, T::START)
                .map(|sums| sums.map(|sum| MaybeUninit::new(T::of_sum(sum))));
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let words = R::OCTETS / 2;
        for at in (0..LANES).step_by(words) {
            dot_all::<R, PAIRS>(self.folded, self.tones, at, T::START, &mut *self.space);
        }
    }
}

struct Power<'a, const PAIRS: usize> {
    folded: &'a Folded<'a, PAIRS>,
    tones: &'a [Weights<PAIRS>],
    power: &'a mut Integers,
}

impl<const PAIRS: usize> WideKernel for Power<'_, PAIRS> {
    fn plain(self) {
        for weights in self.tones {
            for sums in plain_sums(self.folded, weights, i16::START) {
                for (power, sum) in self.power.iter_mut().zip(sums) {
                    *power += i32::from(i16::of_sum(sum)).pow(2);
                }
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let words = R::OCTETS / 2;
        for at in (0..LANES).step_by(words) {
            let mut power = [R::zero(); 2];
            dot_all(self.folded, self.tones, at, i16::START, &mut power);
            store_in_order(power, &mut self.power[at..at + words]);
        }
    }
}

struct Energies<'a, const PAIRS: usize> {
    folded: &'a Folded<'a, PAIRS>,
    window: &'a [[i16; 2]; PAIRS],
    energies: &'a mut Integers,
}

impl<const PAIRS: usize> WideKernel for Energies<'_, PAIRS> {
    fn plain(self) {
        for part in [self.folded.sums, self.folded.differences] {
            for (pairs, weights) in part.iter().zip(self.window) {
                for (energy, pair) in self.energies.iter_mut().zip(pairs.as_chunks::<2>().0) {
                    for (value, weight) in pair.iter().zip(weights) {
                        let weighted = (i32::from(*value) * i32::from(*weight) + (1 << 14)) >> 15;
                        *energy += weighted * weighted;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let words = R::OCTETS / 2;
        for at in (0..LANES).step_by(words) {
            // [lower or upper lanes of each 128 bits]
            let (mut of_sums, mut of_differences) = ([R::zero(); 2], [R::zero(); 2]);
            for n in 0..PAIRS {
                let weights = R::word_pairs(self.window[n]);
                for half in 0..2 {
                    let place = 2 * at + half * words..2 * at + (half + 1) * words;
                    let sum = R::load(&self.folded.sums[n][place.clone()]).multiply_fraction(weights);
                    let difference = R::load(&self.folded.differences[n][place]).multiply_fraction(weights);
                    of_sums[half] = of_sums[half].add_dot(sum, sum);
                    of_differences[half] = of_differences[half].add_dot(difference, difference);
                }
            }
            let energies = &mut self.energies[at..at + words];
            let both = [of_sums[0].add_sums(of_differences[0]), of_sums[1].add_sums(of_differences[1])];
            store_in_order(both, energies);
        }
    }
}

fn plain_sums<const PAIRS: usize>(
    folded: &Folded<'_, PAIRS>,
    weights: &Weights<PAIRS>,
    start: i32,
) -> Spectrum<i32> {
    [(folded.sums, &weights.cosines), (folded.differences, &weights.sines)].map(|(frames, weights)| {
        let mut sums = [start; LANES];
        for (pairs, weights) in frames.iter().zip(weights) {
            let [one, two] = weights.map(i32::from);
            for (sum, pair) in sums.iter_mut().zip(pairs.as_chunks::<2>().0) {
                *sum += i32::from(pair[0]) * one + i32::from(pair[1]) * two;
            }
        }
        sums
    })
}

/// Folds two frames and the two that mirror them, of which the later comes first.
#[inline(always)]
fn fold<R: Register>(
    early: &[[i16; LANES]; 2],
    late: &[[i16; LANES]; 2],
    sums: &mut [MaybeUninit<i16>; 2 * LANES],
    differences: &mut [MaybeUninit<i16>; 2 * LANES],
) {
    let words = R::OCTETS / 2;
    for at in (0..LANES).step_by(words) {
        let (x, y) = (halved::<R>(&early[0], at), halved::<R>(&late[1], at));
        let (next_x, next_y) = (halved::<R>(&early[1], at), halved::<R>(&late[0], at));
        let [low, high] = x.add(y).interleave_words(next_x.add(next_y));
        low.store(&mut sums[2 * at..2 * at + words]);
        high.store(&mut sums[2 * at + words..2 * at + 2 * words]);
        let [low, high] = x.sub(y).interleave_words(next_x.sub(next_y));
        low.store(&mut differences[2 * at..2 * at + words]);
        high.store(&mut differences[2 * at + words..2 * at + 2 * words]);
    }
}

#[inline(always)]
fn halved<R: Register>(frame: &[i16; LANES], at: usize) -> R {
    R::load(&frame[at..at + R::OCTETS / 2]).shift_right_signed::<1>()
}

/// The sums of a tone: real and imaginary part, each of the lower and of the upper lanes of 128 bits.
type ToneSums<R> = [[R; 2]; 2];

/// What is done with the sums of a register's lanes.
trait Sink<R: Register> {
    /// Takes those of the tones from `first` on, for the lanes from `at` on.
    fn take<const TONES: usize>(&mut self, first: usize, at: usize, sums: [ToneSums<R>; TONES]);
}

/// They are stored.
impl<R: Register, T: Part> Sink<R> for [SpectrumSpace<T>] {
    #[inline(always)]
    fn take<const TONES: usize>(&mut self, first: usize, at: usize, sums: [ToneSums<R>; TONES]) {
        let space = &mut self[first..first + TONES];
        for tone in 0..TONES {
            for part in 0..2 {
                T::store(sums[tone][part], &mut space[tone].0[part][at..at + R::WIDTH]);
            }
        }
    }
}

/// Their powers add up.
impl<R: Register> Sink<R> for [R; 2] {
    #[inline(always)]
    fn take<const TONES: usize>(&mut self, _: usize, _: usize, sums: [ToneSums<R>; TONES]) {
        for [re, im] in sums {
            for half in 0..2 {
                let both = re[half].pair_upper_words(im[half]);
                self[half] = self[half].add_dot(both, both);
            }
        }
    }
}

/// Works on the lanes from `at` on: so many tones at a time that their sums stay in registers, or a single one where all
/// frames do.
#[inline(always)]
fn dot_all<R: Register, const PAIRS: usize>(
    folded: &Folded<'_, PAIRS>,
    tones: &[Weights<PAIRS>],
    at: usize,
    start: i32,
    sink: &mut (impl Sink<R> + ?Sized),
) {
    let mut done = 0;
    if R::OCTETS < 64 {
        done = dot_in_groups::<R, PAIRS, 3>(folded, tones, done, at, start, sink);
        done = dot_in_groups::<R, PAIRS, 2>(folded, tones, done, at, start, sink);
    } else if PAIRS > 5 {
        done = dot_in_groups::<R, PAIRS, 6>(folded, tones, done, at, start, sink);
        done = dot_in_groups::<R, PAIRS, 2>(folded, tones, done, at, start, sink);
    }
    dot_in_groups::<R, PAIRS, 1>(folded, tones, done, at, start, sink);
}

/// Works on the tones from `done` on in groups of `TONES`; gives back how many are done.
#[inline(always)]
fn dot_in_groups<R: Register, const PAIRS: usize, const TONES: usize>(
    folded: &Folded<'_, PAIRS>,
    tones: &[Weights<PAIRS>],
    mut done: usize,
    at: usize,
    start: i32,
    sink: &mut (impl Sink<R> + ?Sized),
) -> usize {
    for group in tones[done..].as_chunks::<TONES>().0 {
        sink.take(done, at, dot::<R, PAIRS, TONES>(folded, group, at, start));
        done += TONES;
    }
    done
}

#[inline(always)]
fn dot<R: Register, const PAIRS: usize, const TONES: usize>(
    folded: &Folded<'_, PAIRS>,
    tones: &[Weights<PAIRS>; TONES],
    at: usize,
    start: i32,
) -> [ToneSums<R>; TONES] {
    let words = R::OCTETS / 2;
    let mut sums = [[[R::integers(start); 2]; 2]; TONES];
    for n in 0..PAIRS {
        for part in 0..2 {
            let frames = if part == 0 { &folded.sums[n] } else { &folded.differences[n] };
            let halves = [0, words].map(|half| R::load(&frames[2 * at + half..2 * at + half + words]));
            for tone in 0..TONES {
                let weights = if part == 0 { &tones[tone].cosines } else { &tones[tone].sines };
                let weights = R::word_pairs(weights[n]);
                for half in 0..2 {
                    sums[tone][part][half] = sums[tone][part][half].add_dot(halves[half], weights);
                }
            }
        }
    }
    sums
}

/// Stores sums of the lower and of the upper lanes of each 128 bits.
#[inline(always)]
fn store_in_order<R: Register, T: Storable>(sums: [R; 2], lanes: &mut [T]) {
    let [low, high] = R::in_order(sums);
    let (first, second) = lanes.split_at_mut(R::OCTETS / 4);
    low.store(first);
    high.store(second);
}
