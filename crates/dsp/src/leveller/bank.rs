//! The levels of all lanes of a span.

use tandem_types::{FrameTime, Frames};

use super::level::Level;
use super::{HEARS, LevelOptions, NOTHING, in_parts, step_to};
use crate::activity::Judges;
use crate::arch::{InstructionSet, Kernel, Mask, Register, Vector, WideKernel, interleaved, run, run_wide};
use crate::lanes::{LANES, Lanes};
use crate::sums::{HopSums, LaneSums};

/// Levels of the 32 timeslots of a span, one direction of each. All lanes are left as they are at first.
#[derive(Clone, Debug)]
pub struct LevellerBank {
    set: InstructionSet,
    now: FrameTime,
    sums: LaneSums,
    judges: Judges,
    /// Lanes with a target.
    following: u32,
    levels: Level<Lanes>,
    ramps: Ramps,
}

/// The gains of all lanes, in the order of interleaved words.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Ramps {
    gains: [i32; LANES],
    steps: [i32; LANES],
}

impl LevellerBank {
    /// A bank that leaves all lanes as they are, for an instruction set.
    #[must_use]
    pub fn new(set: InstructionSet) -> Self {
        Self::with_phase(set, 0)
    }

    /// The same with hops that end `phase` frames earlier, to spread the load of many banks over time.
    #[must_use]
    pub fn with_phase(set: InstructionSet, phase: usize) -> Self {
        let mut judges = Judges::new();
        (0..LANES).for_each(|lane| judges.set_options(lane, HEARS));
        Self {
            set,
            now: FrameTime::ZERO,
            sums: LaneSums::new(phase),
            judges,
            following: 0,
            levels: Level::of_lanes(&Level::new(NOTHING)),
            ramps: Ramps { gains: [in_parts(1.0); LANES], steps: [0; LANES] },
        }
    }

    /// Has a lane at these levels from now on, or leaves it as it is, in both cases from a clean slate. Options that make no
    /// sense are as good as none. Lanes from 32 on do not exist and are ignored.
    pub fn set(&mut self, lane: usize, options: Option<LevelOptions>) {
        if lane >= LANES {
            return;
        }
        let options = options.filter(LevelOptions::are_sound).unwrap_or(NOTHING);
        let level = Level::new(options);
        let follows = options.target_dbm0.is_some();
        let place = interleaved(self.set, lane);
        (self.ramps.gains[place], self.ramps.steps[place]) = (in_parts(level.fixed), 0);
        self.levels.put(lane, &level);
        self.sums.reset(self.set, lane);
        self.judges.enable(lane, follows);
        self.following = self.following & !(1 << lane) | u32::from(follows) << lane;
    }

    /// The gain of a lane now, in dB.
    #[must_use]
    pub fn gain_db(&self, lane: usize) -> f32 {
        if lane < LANES { super::gain_db(self.levels.fixed[lane] * self.levels.own[lane]) } else { 0.0 }
    }

    /// Takes frames, and leaves in their place what is heard.
    pub fn process(&mut self, frames: &mut [[i16; LANES]]) {
        let mut rest = frames;
        while !rest.is_empty() {
            let (part, after) = rest.split_at_mut(self.sums.takes(rest.len()));
            self.now += Frames(part.len() as u64);
            run_wide(self.set, Shape { sums: &mut self.sums, ramps: &mut self.ramps, frames: part });
            rest = after;
            if let Some(hop) = self.sums.hop(self.set) {
                self.end_hop(&hop);
            }
        }
    }

    fn end_hop(&mut self, hop: &HopSums) {
        self.judges.hop(self.set, hop, self.now, |_, _| {});
        let mut gains = [0.0; LANES];
        let (follows, talks) = (self.following, self.judges.told());
        run(self.set, Follow { hop, levels: &mut self.levels, follows, talks, gains: &mut gains });
        for lane in 0..LANES {
            let place = interleaved(self.set, lane);
            self.ramps.steps[place] = step_to(self.ramps.gains[place], gains[lane]);
        }
    }
}

/// Sums up frames, and multiplies them.
struct Shape<'a> {
    sums: &'a mut LaneSums,
    ramps: &'a mut Ramps,
    frames: &'a mut [[i16; LANES]],
}

impl WideKernel for Shape<'_> {
    fn plain(self) {
        let Self { sums, ramps, frames } = self;
        sums.add_plain(frames);
        for frame in frames {
            for lane in 0..LANES {
                ramps.gains[lane] += ramps.steps[lane];
                frame[lane] = super::amplify(frame[lane], ramps.gains[lane]);
            }
        }
    }

    #[inline(always)]
    fn run<R: Register>(self) {
        let Self { sums, ramps, frames } = self;
        for at in (0..LANES).step_by(R::WIDTH) {
            sums.add_row::<R>(frames, at);
            ramps.amplify::<R>(frames, at);
        }
        sums.count(frames.len());
    }
}

impl Ramps {
    /// The lanes from `at` on. Upper words of gains meet samples, and lower ones zeros.
    #[inline(always)]
    fn amplify<R: Register>(&mut self, frames: &mut [[i16; LANES]], at: usize) {
        let halves = [at..at + R::WIDTH / 2, at + R::WIDTH / 2..at + R::WIDTH];
        let steps = halves.clone().map(|half| R::load(&self.steps[half]));
        let mut gains = halves.clone().map(|half| R::load(&self.gains[half]));
        let half_a_part = R::integers(super::HALF_A_PART);
        for frame in frames {
            let samples = R::zero().interleave_words(R::of_lanes(frame, at));
            gains = core::array::from_fn(|half| gains[half].add_sums(steps[half]));
            let amplified: [R; 2] = core::array::from_fn(|half| {
                half_a_part.add_dot(samples[half], gains[half]).shift_sums(super::PLACES)
            });
            amplified[0].pack_sums(amplified[1]).to_lanes(frame, at);
        }
        for (half, place) in halves.into_iter().enumerate() {
            gains[half].store(&mut self.gains[place]);
        }
    }
}

/// Judges a hop in all lanes.
struct Follow<'a> {
    hop: &'a HopSums,
    levels: &'a mut Level<Lanes>,
    follows: u32,
    talks: u32,
    gains: &'a mut Lanes,
}

impl Kernel for Follow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        for at in (0..LANES).step_by(V::WIDTH) {
            let mask = |bits: u32| V::Mask::of_bits(bits >> at);
            let mut level = self.levels.load::<V>(at);
            let (power, peak) = (self.hop.power(at), self.hop.peak(at));
            level.hop(power, peak, mask(self.follows), mask(self.talks)).store(self.gains, at);
            self.levels.store(&level, at);
        }
    }
}
