//! The noise of a line, followed hop by hop: of one channel, or of as many lanes as a vector has. Counts are whole numbers
//! in floats, so that all of it is arithmetic on vectors, and a lane gets the bits that a channel by itself does.

use crate::arch::Vector;
use crate::lanes::{LANES, Lanes};

/// What is known of the noise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise<T> {
    /// Powers of the two hops before.
    before: [T; 2],
    /// The least that three hops in a row had on average: in the stretch that goes on, and in those before.
    least: T,
    least_before: [T; STRETCHES],
    /// Hops of the stretch that goes on.
    hops: T,
    /// Hops in all, until there are enough.
    heard: T,
    /// The level that the signal keeps, and for how many hops it has.
    kept: T,
    kept_for: T,
}

impl<T: Copy> Noise<T> {
    const fn of(nothing: T, unknown: T) -> Self {
        Self {
            before: [nothing; 2],
            least: unknown,
            least_before: [unknown; STRETCHES],
            hops: nothing,
            heard: nothing,
            kept: nothing,
            kept_for: nothing,
        }
    }

    /// The same with each value changed.
    #[inline(always)]
    fn map<U>(&self, change: impl Fn(&T) -> U) -> Noise<U> {
        Noise {
            before: self.before.each_ref().map(&change),
            least: change(&self.least),
            least_before: self.least_before.each_ref().map(&change),
            hops: change(&self.hops),
            heard: change(&self.heard),
            kept: change(&self.kept),
            kept_for: change(&self.kept_for),
        }
    }

    /// Puts each value of another one into its place.
    #[inline(always)]
    fn put<U: Copy>(&mut self, other: &Noise<U>, put: impl Fn(&mut T, U)) {
        self.before.iter_mut().zip(other.before).for_each(|(own, other)| put(own, other));
        self.least_before.iter_mut().zip(other.least_before).for_each(|(own, other)| put(own, other));
        put(&mut self.least, other.least);
        put(&mut self.hops, other.hops);
        put(&mut self.heard, other.heard);
        put(&mut self.kept, other.kept);
        put(&mut self.kept_for, other.kept_for);
    }
}

impl Noise<f32> {
    pub(crate) const NEW: Self = Self::of(0.0, f32::INFINITY);
}

impl Noise<Lanes> {
    pub(super) const NEW: Self = Self::of([0.0; LANES], [f32::INFINITY; LANES]);

    pub(super) fn reset(&mut self, lane: usize) {
        self.put(&Noise::<f32>::NEW, |lanes, value| lanes[lane] = value);
    }

    pub(super) fn lane(&self, lane: usize) -> Noise<f32> {
        self.map(|lanes| lanes[lane])
    }

    #[inline(always)]
    pub(super) fn load<V: Vector>(&self, at: usize) -> Noise<V> {
        self.map(|lanes| V::load(lanes, at))
    }

    #[inline(always)]
    pub(super) fn store<V: Vector>(&mut self, noise: &Noise<V>, at: usize) {
        self.put(noise, |lanes, value| value.store(lanes, at));
    }
}

impl<V: Vector> Noise<V> {
    /// Takes the power of a hop.
    #[inline(always)]
    pub(crate) fn take(&mut self, power: V) {
        let one = V::splat(1.0);
        let mean = (self.before[0] + self.before[1] + power) * V::splat(1.0 / 3.0);
        self.before = [self.before[1], power];
        self.heard = (self.heard + one).min(V::splat(SETTLED_AFTER));
        let three = V::splat(2.5).less(self.heard);
        self.least = V::select(three, self.least.min(mean), self.least);
        self.hops = self.hops + one.masked(three);
        self.end_stretch();
        self.follow(mean, three);
    }

    #[inline(always)]
    fn end_stretch(&mut self) {
        let full = self.hops.equal(V::splat(STRETCH));
        for n in 0..STRETCHES {
            let next = self.least_before.get(n + 1).copied().unwrap_or(self.least);
            self.least_before[n] = V::select(full, next, self.least_before[n]);
        }
        self.least = V::select(full, V::splat(f32::INFINITY), self.least);
        self.hops = V::select(full, V::splat(0.0), self.hops);
    }

    /// Takes for noise what has kept its level.
    #[inline(always)]
    fn follow(&mut self, mean: V, three: V::Mask) {
        let within = V::splat(KEPT_WITHIN);
        let moved = (within * self.kept).less(mean) | (within * mean).less(self.kept);
        let nearer = self.kept + (mean - self.kept) * V::splat(1.0 / 8.0);
        let longer = (self.kept_for + V::splat(1.0)).min(V::splat(KEEPS_FOR));
        self.kept = V::select(three, V::select(moved, mean, nearer), self.kept);
        self.kept_for = V::select(three, V::select(moved, V::splat(0.0), longer), self.kept_for);
        let steady = self.kept_for.equal(V::splat(KEEPS_FOR));
        for least in self.least_before.iter_mut().chain([&mut self.least]) {
            *least = V::select(steady, self.kept, *least);
        }
    }

    /// 0 until enough was heard.
    #[inline(always)]
    pub(crate) fn power(&self) -> V {
        let mut least = self.least;
        for before in self.least_before {
            least = least.min(before);
        }
        least.masked(self.heard.equal(V::splat(SETTLED_AFTER)))
    }
}

/// Six stretches of 250 ms.
const STRETCH: f32 = 25.0;
const STRETCHES: usize = 6;
/// 300 ms, until which only the threshold counts.
const SETTLED_AFTER: f32 = 30.0;
/// 300 ms within 1.8 dB.
const KEEPS_FOR: f32 = 30.0;
const KEPT_WITHIN: f32 = 1.5;
