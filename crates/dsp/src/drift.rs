//! Takes a voice from one clock to another that is nearly as fast: 8000 samples become 8001, or whatever else within 1000 parts
//! per million, set on the way.
//!
//! Each sample that is put out is interpolated from 48 that came in, by a low pass whose place between two samples is one of 256
//! and, between two of these, a mean of both. What lies up to 3.4 kHz passes as it was; images and all else that is added
//! are more than 75 dB down (`tests/drift.rs`). The delay is 3 ms and never changes, nothing else waits. For legs of another clock;
//! data must not pass here. No allocation, for any thread.

use crate::arch::{InstructionSet, Register, WideKernel, run_wide};
use crate::spectrum::sine_and_cosine;

/// How late samples are put out, in samples.
pub const DELAY: usize = TAPS / 2;

/// The most that the clocks may be apart, in parts per million.
pub const MOST_PPM: f64 = 1000.0;

/// Brings the samples of one channel to another clock.
#[derive(Clone, Debug)]
pub struct DriftResampler {
    set: InstructionSet,
    /// What came in and is still needed, the oldest first, and room for more; what weighs nothing is read behind it.
    samples: [i16; ROOM + PADDED - TAPS],
    held: usize,
    next: Place,
    /// By how much it moves on each time, in parts of 2⁴⁰.
    step: u64,
}

/// Where an output is made.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// The first sample that it is made of.
    first: usize,
    /// How far behind the one in the middle it lies, in parts of 2⁴⁰.
    behind: u64,
}

/// How far a call to [`DriftResampler::process`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Samples that were taken.
    pub taken: usize,
    /// Samples that were put out.
    pub put_out: usize,
}

impl DriftResampler {
    /// One that puts out so many parts per million more samples than it takes.
    #[must_use]
    pub fn new(set: InstructionSet, ppm: f64) -> Self {
        // With silence before the first sample.
        let (samples, held) = ([0; ROOM + PADDED - TAPS], TAPS - 1);
        let mut resampler = Self { set, samples, held, next: Place::default(), step: 1 << PLACES };
        resampler.set_ppm(ppm);
        resampler
    }

    /// From now on puts out so many parts per million more samples than it takes, or as near to it as may be. The voice goes on
    /// without a step.
    pub fn set_ppm(&mut self, ppm: f64) {
        let ppm = if ppm.is_nan() { 0.0 } else { ppm.clamp(-MOST_PPM, MOST_PPM) };
        self.step = ((1_u64 << PLACES) as f64 / (1.0 + ppm * 1e-6)) as u64;
    }

    /// Takes samples and puts out what is due until there are no more, or no more room. With room for one more than
    /// a 999th beyond them all are taken.
    pub fn process(&mut self, input: &[i16], output: &mut [i16]) -> Progress {
        let (mut rest, mut put_out) = (input, 0);
        loop {
            if !self.next.lies_within(self.held) {
                rest = self.fetch(rest);
            }
            let made = self.make(&mut output[put_out..]);
            put_out += made;
            if made == 0 {
                return Progress { taken: input.len() - rest.len(), put_out };
            }
        }
    }

    /// Takes as many samples as there is room for and leaves the others. What is not needed any more goes; none is ever gone
    /// past, because an output moves on by two samples at most.
    fn fetch<'a>(&mut self, input: &'a [i16]) -> &'a [i16] {
        self.samples.copy_within(self.next.first..self.held, 0);
        self.held -= self.next.first;
        self.next.first = 0;
        let (taken, rest) = input.split_at(input.len().min(ROOM - self.held));
        self.samples[self.held..self.held + taken.len()].copy_from_slice(taken);
        self.held += taken.len();
        rest
    }

    /// Puts out the next few samples, as far as there is room and there is what they are made of; says how many.
    fn make(&mut self, output: &mut [i16]) -> usize {
        let mut places = [Place::default(); AT_ONCE];
        let mut made = 0;
        while made < AT_ONCE.min(output.len()) && self.next.lies_within(self.held) {
            places[made] = self.next;
            self.next = self.next.after(self.step);
            made += 1;
        }
        if made > 0 {
            let mut sums = [0; 2 * AT_ONCE];
            run_wide(self.set, Filter { samples: &self.samples, places: &places, sums: &mut sums });
            for (n, sample) in output[..made].iter_mut().enumerate() {
                *sample = places[n].between(sums[2 * n], sums[2 * n + 1]);
            }
        }
        made
    }
}

impl Place {
    const fn lies_within(self, held: usize) -> bool {
        self.first + TAPS <= held
    }

    const fn after(self, step: u64) -> Self {
        let behind = self.behind + step;
        Self { first: self.first + (behind >> PLACES) as usize, behind: behind & ((1 << PLACES) - 1) }
    }

    /// The filter whose place is next before it.
    const fn row(self) -> usize {
        (self.behind >> (PLACES - ROW_PLACES)) as usize
    }

    /// The mean of what the filters before and behind it give, as near as it is to each.
    fn between(self, one: i32, other: i32) -> i16 {
        let part = (self.behind >> (PLACES - ROW_PLACES - 15) & 0x7fff) as i64;
        let [one, other] = [one, other].map(i64::from);
        let mean = one + (((other - one) * part) >> 15);
        ((mean + (1 << 13)) >> 14).clamp(i16::MIN.into(), i16::MAX.into()) as i16
    }
}

/// What two filters give at each place.
struct Filter<'a> {
    samples: &'a [i16; ROOM + PADDED - TAPS],
    places: &'a [Place; AT_ONCE],
    sums: &'a mut [i32; 2 * AT_ONCE],
}

impl WideKernel for Filter<'_> {
    fn plain(self) {
        for (n, sum) in self.sums.iter_mut().enumerate() {
            let place = self.places[n / 2];
            *sum = dot(&self.samples[place.first..][..TAPS], &FILTERS.0[place.row() + n % 2][..TAPS]);
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let mut sums = [R::zero(); 2 * AT_ONCE];
        for n in 0..2 * AT_ONCE {
            let place = self.places[n / 2];
            let samples = &self.samples[place.first..place.first + PADDED];
            let filter = &FILTERS.0[place.row() + n % 2];
            for at in (0..TAPS).step_by(R::WIDTH) {
                let [samples, filter] =
                    [R::load(&samples[at..at + R::WIDTH]), R::load(&filter[at..at + R::WIDTH])];
                sums[n] = sums[n].add_dot(samples, filter);
            }
        }
        *self.sums = R::totals(sums);
    }
}

/// Of lengths that are not known when it is compiled, or the loop would be unrolled and not be worked in vectors.
#[inline(never)]
fn dot(samples: &[i16], filter: &[i16]) -> i32 {
    samples.iter().zip(filter).map(|(sample, weight)| i32::from(*sample) * i32::from(*weight)).sum()
}

/// Samples that one is made of.
const TAPS: usize = 48;
/// The same in whole registers of any set.
const PADDED: usize = 64;
/// Samples that are held at most.
const ROOM: usize = TAPS + 96;
/// Outputs that are made at once.
const AT_ONCE: usize = 4;
/// Places behind the point, and those that choose a filter.
const PLACES: u32 = 40;
const ROW_PLACES: u32 = 8;
const ROWS: usize = 1 << ROW_PLACES;

/// Weights with 14 places behind the point: their magnitudes are 2.5 at most together, so that no sum leaves 32 bits.
#[repr(align(64))]
struct Filters([[i16; PADDED]; ROWS + 1]);

/// For 256 places between two samples, and for the one behind them: sines over their angle in a window of Kaiser, each with a sum
/// of one.
static FILTERS: Filters = {
    let mut filters = [[0; PADDED]; ROWS + 1];
    let mut row = 0;
    while row <= ROWS {
        filters[row] = filter(row as f64 / ROWS as f64);
        row += 1;
    }
    Filters(filters)
};

/// The filter for a place so far behind the sample in the middle.
const fn filter(behind: f64) -> [i16; PADDED] {
    let mut weights = [0.0; TAPS];
    let mut sum = 0.0;
    let mut n = 0;
    while n < TAPS {
        let distance = n as f64 - (DELAY - 1) as f64 - behind;
        weights[n] = sinc(distance) * kaiser(distance / DELAY as f64);
        sum += weights[n];
        n += 1;
    }
    let mut filter = [0; PADDED];
    let mut n = 0;
    while n < TAPS {
        filter[n] = nearest(weights[n] / sum * 16_384.0);
        n += 1;
    }
    filter
}

const fn nearest(weight: f64) -> i16 {
    (if weight < 0.0 { weight - 0.5 } else { weight + 0.5 }) as i16
}

const fn sinc(distance: f64) -> f64 {
    let distance = distance.abs();
    if distance < 1e-9 {
        return 1.0;
    }
    let (sine, _) = sine_and_cosine(distance / 2.0);
    sine / (core::f64::consts::PI * distance)
}

/// The modified Bessel function of order 0 of 8 at the middle, and of less towards the edges, by its series; as a weight it need
/// not be scaled. 80 dB down what it lets by.
const fn kaiser(place: f64) -> f64 {
    const BETA: f64 = 8.0;
    let square = BETA * BETA / 4.0 * (1.0 - place * place);
    if square < 0.0 {
        return 0.0;
    }
    let (mut sum, mut term, mut n) = (1.0, 1.0, 1.0);
    while n < 30.0 {
        term *= square / (n * n);
        sum += term;
        n += 1.0;
    }
    sum
}
