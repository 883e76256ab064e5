//! Sums over hops of 10 ms, for all that judges how loud a voice is: of one channel, and of the lanes of a span.
//!
//! They are of eighths of samples, rounded, whose squares fit into 32 bits over a hop. What comes in G.711 has steps of 8 at
//! least, so that nothing is lost of it; anything else has noise of −77 dBm0 added. Sums of integers have no order: where
//! time is cut changes nothing, and all instruction sets agree.

use crate::arch::{InstructionSet, Register, Vector, WideKernel, interleaved, run_wide};
use crate::lanes::LANES;

/// 10 ms.
pub(crate) const HOP: usize = 80;
/// Samples that are added at once: the eighths of so many fit into 16 bits.
pub(crate) const ROW: usize = 8;

/// The sums of one channel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    samples: u32,
    /// By pairs of a row.
    eighths: [i32; ROW / 2],
    squares: [i32; ROW / 2],
    peaks: [i16; ROW],
}

/// What came of a hop of one channel, as mean squares and as a magnitude.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loudness {
    /// Without its mean.
    pub(crate) voice: f32,
    /// With it.
    pub(crate) all: f32,
    pub(crate) peak: f32,
}

impl Sums {
    /// How many of so many samples are added next.
    pub(crate) fn takes(&self, samples: usize) -> usize {
        samples.min(ROW).min(HOP - self.samples as usize)
    }

    /// Adds samples, as many as are taken; what the hop was comes back with the last of them.
    #[inline(always)]
    pub(crate) fn add(&mut self, samples: &[i16]) -> Option<Loudness> {
        match samples.first_chunk::<ROW>() {
            Some(row) => self.add_row(row),
            None => self.add_part(samples),
        }
        self.samples += samples.len() as u32;
        (self.samples as usize == HOP).then(|| core::mem::take(self).loudness())
    }

    #[cold]
    fn add_part(&mut self, samples: &[i16]) {
        let mut row = [0; ROW];
        row[..samples.len()].copy_from_slice(samples);
        self.add_row(&row);
    }

    #[inline(always)]
    fn add_row(&mut self, row: &[i16; ROW]) {
        let row = row.map(eighth);
        for n in 0..ROW / 2 {
            let [one, two] = [row[2 * n], row[2 * n + 1]].map(i32::from);
            self.eighths[n] = self.eighths[n].wrapping_add(one + two);
            self.squares[n] = self.squares[n].wrapping_add(one * one + two * two);
        }
        for n in 0..ROW {
            self.peaks[n] = self.peaks[n].max(row[n].wrapping_abs());
        }
    }

    fn loudness(&self) -> Loudness {
        let [eighths, squares] = [self.eighths, self.squares].map(|sums| sums.iter().sum::<i32>() as f32);
        let peak = self.peaks.iter().fold(0, |peak, other| peak.max(*other));
        Loudness { voice: power_of_voice(eighths, squares), all: power(squares), peak: f32::from(peak) * 8.0 }
    }
}

fn eighth(sample: i16) -> i16 {
    sample.saturating_add(4) >> 3
}

/// The mean square of sums of squares of eighths.
#[inline(always)]
fn power<V: Vector>(squares: V) -> V {
    V::splat(64.0) * (squares * V::splat(1.0 / HOP as f32))
}

/// The same without the mean.
#[inline(always)]
fn power_of_voice<V: Vector>(eighths: V, squares: V) -> V {
    let [mean, square] = [eighths, squares].map(|sum| sum * V::splat(1.0 / HOP as f32));
    V::splat(64.0) * (square - mean * mean).max(V::splat(0.0))
}

/// The sums of all lanes.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct LaneSums {
    /// In the order of interleaved words.
    eighths: [i32; LANES],
    squares: [i32; LANES],
    peaks: [i16; LANES],
    samples: usize,
}

/// What came of a hop, in the order of lanes.
#[derive(Clone, Debug)]
pub(crate) struct HopSums {
    eighths: [i32; LANES],
    squares: [i32; LANES],
    peaks: [i16; LANES],
}

impl LaneSums {
    /// Sums of a hop that has gone on for so long, in silence.
    pub(crate) const fn new(samples: usize) -> Self {
        let none = [0; LANES];
        Self { eighths: none, squares: none, peaks: [0; LANES], samples: samples % HOP }
    }

    pub(crate) fn reset(&mut self, set: InstructionSet, lane: usize) {
        let place = interleaved(set, lane);
        (self.eighths[place], self.squares[place], self.peaks[lane]) = (0, 0, 0);
    }

    /// How many of so many frames are added next.
    #[inline]
    pub(crate) fn takes(&self, frames: usize) -> usize {
        frames.min(ROW).min(HOP - self.samples)
    }

    /// Adds frames, as many as are taken.
    pub(crate) fn add(&mut self, set: InstructionSet, frames: &[[i16; LANES]]) {
        run_wide(set, Add { sums: self, frames });
    }

    /// What the hop was, if it has ended.
    #[inline]
    pub(crate) fn hop(&mut self, set: InstructionSet) -> Option<HopSums> {
        (self.samples == HOP).then(|| {
            let sums = core::mem::replace(self, Self::new(0));
            let in_order = |sums: [i32; LANES]| core::array::from_fn(|lane| sums[interleaved(set, lane)]);
            HopSums { eighths: in_order(sums.eighths), squares: in_order(sums.squares), peaks: sums.peaks }
        })
    }

    /// Adds a row of frames without registers.
    #[inline(always)]
    pub(crate) fn add_plain(&mut self, frames: &[[i16; LANES]]) {
        for frame in frames {
            for lane in 0..LANES {
                let eighth = eighth(frame[lane]);
                self.eighths[lane] += i32::from(eighth);
                self.squares[lane] += i32::from(eighth) * i32::from(eighth);
                self.peaks[lane] = self.peaks[lane].max(eighth.wrapping_abs());
            }
        }
        self.samples += frames.len();
    }

    /// Adds the lanes from `at` on of a row of frames, which is counted by [`Self::count`] for all of them.
    #[inline(always)]
    pub(crate) fn add_row<R: Register>(&mut self, frames: &[[i16; LANES]], at: usize) {
        let halves = [at..at + R::WIDTH / 2, at + R::WIDTH / 2..at + R::WIDTH];
        let mut row = Row {
            sum: R::zero(),
            squares: [R::load(&self.squares[halves[0].clone()]), R::load(&self.squares[halves[1].clone()])],
            peak: R::of_lanes(&self.peaks, at),
        };
        let (pairs, last) = frames.as_chunks::<2>();
        for [one, two] in pairs {
            row.add(eighths::<R>(one, at), eighths(two, at));
        }
        for one in last {
            row.add(eighths(one, at), R::zero());
        }
        let (ones, sums) = (R::word_pairs([1, 0]), row.sum.interleave_words(R::zero()));
        for (half, place) in halves.into_iter().enumerate() {
            row.squares[half].store(&mut self.squares[place.clone()]);
            R::load(&self.eighths[place.clone()]).add_dot(sums[half], ones).store(&mut self.eighths[place]);
        }
        row.peak.to_lanes(&mut self.peaks, at);
    }

    #[inline(always)]
    pub(crate) const fn count(&mut self, frames: usize) {
        self.samples += frames;
    }
}

/// The sums of a register's lanes over a row. What works on it in registers must be inlined always, and so has no closures.
struct Row<R> {
    sum: R,
    squares: [R; 2],
    peak: R,
}

impl<R: Register> Row<R> {
    #[inline(always)]
    fn add(&mut self, one: R, two: R) {
        self.sum = self.sum.add(one).add(two);
        self.peak = self.peak.max(one.abs()).max(two.abs());
        let [low, high] = one.interleave_words(two);
        self.squares = [self.squares[0].add_dot(low, low), self.squares[1].add_dot(high, high)];
    }
}

#[inline(always)]
fn eighths<R: Register>(frame: &[i16; LANES], at: usize) -> R {
    R::of_lanes(frame, at).add_saturating(R::words(4)).shift_right_signed::<3>()
}

impl HopSums {
    /// The mean squares of lanes without their means.
    #[inline(always)]
    pub(crate) fn power_of_voice<V: Vector>(&self, at: usize) -> V {
        power_of_voice(V::load_integers(&self.eighths, at), V::load_integers(&self.squares, at))
    }

    /// With their means.
    #[inline(always)]
    pub(crate) fn power<V: Vector>(&self, at: usize) -> V {
        power(V::load_integers(&self.squares, at))
    }

    /// The largest magnitudes.
    #[inline(always)]
    pub(crate) fn peak<V: Vector>(&self, at: usize) -> V {
        V::load_samples(&self.peaks, at) * V::splat(8.0)
    }
}

struct Add<'a> {
    sums: &'a mut LaneSums,
    frames: &'a [[i16; LANES]],
}

impl WideKernel for Add<'_> {
    fn plain(self) {
        self.sums.add_plain(self.frames);
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        for at in (0..LANES).step_by(R::WIDTH) {
            self.sums.add_row::<R>(self.frames, at);
        }
        self.sums.count(self.frames.len());
    }
}
