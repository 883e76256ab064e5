//! The detectors of a span: sums, noise and thresholds of as many lanes at a time as the machine's vectors hold, and what is
//! told lane by lane where somebody is heard.

use tandem_types::{FrameTime, Frames, Law};

use super::noise::Noise;
use super::talk::{Limits, Talk};
use super::{ActivityEvent, ActivityOptions, MARGIN};
use crate::arch::{InstructionSet, Kernel, Mask, Vector, run};
use crate::lanes::{LANES, Lanes, lanes_in};
use crate::level::dbm0_of_power;
use crate::sums::{HopSums, LaneSums};

/// Detectors for the 32 timeslots of a span. All lanes are disabled at first.
#[derive(Clone, Debug)]
pub struct ActivityBank {
    set: InstructionSet,
    next: FrameTime,
    phase: usize,
    sums: LaneSums,
    judges: Judges,
}

impl ActivityBank {
    /// A bank with all lanes disabled, for an instruction set.
    #[must_use]
    pub fn new(set: InstructionSet) -> Self {
        Self::with_phase(set, 0)
    }

    /// The same with hops that end `phase` frames earlier, to spread the load of many banks over time.
    #[must_use]
    pub fn with_phase(set: InstructionSet, phase: usize) -> Self {
        let sums = LaneSums::new(phase);
        Self { set, next: FrameTime::ZERO, phase, sums, judges: Judges::new() }
    }

    /// Starts or stops detection in a lane, in both cases from a clean slate: speech that was told is forgotten without an
    /// end. What is left of the hop that goes on counts as one. Lanes from 32 on do not exist and are ignored.
    pub fn enable(&mut self, lane: usize, on: bool) {
        if lane < LANES {
            self.sums.reset(self.set, lane);
            self.judges.enable(lane, on);
        }
    }

    /// Whether detection runs in a lane.
    #[must_use]
    pub const fn is_enabled(&self, lane: usize) -> bool {
        lane < LANES && self.judges.enabled >> lane & 1 == 1
    }

    /// Takes other options for a lane; what was told goes on under them.
    pub fn set_options(&mut self, lane: usize, options: ActivityOptions) {
        if lane < LANES {
            self.judges.set_options(lane, options);
        }
    }

    /// Ends speech of a lane that was told, for instance because nobody listens any more.
    pub fn finish(&mut self, lane: usize) -> Option<ActivityEvent> {
        (lane < LANES).then(|| self.judges.finish(lane)).flatten()
    }

    /// The lanes in which speech was told and has not ended, as bits.
    #[must_use]
    pub const fn active(&self) -> u32 {
        self.judges.told
    }

    /// The noise of a lane as far as it is known, [`SILENCE_DBM0`](crate::level::SILENCE_DBM0) at first.
    #[must_use]
    pub fn noise_dbm0(&self, lane: usize) -> f32 {
        dbm0_of_power(Law::A, if lane < LANES { self.judges.noise.lane(lane).power() } else { 0.0 })
    }

    /// Takes the frames from `first` on and reports what they bring and in which lane, in order of time, then of lanes. A gap
    /// counts as silence; if time runs backward all lanes begin anew, and what was told is forgotten without an end.
    pub fn process(
        &mut self,
        frames: &[[i16; LANES]],
        first: FrameTime,
        mut on_event: impl FnMut(usize, ActivityEvent),
    ) {
        if first != self.next {
            self.meet_gap(first);
        }
        let mut rest = frames;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(self.sums.takes(rest.len()));
            self.sums.add(self.set, part);
            self.next += Frames(part.len() as u64);
            rest = after;
            if let Some(hop) = self.sums.hop(self.set) {
                self.judges.hop(self.set, &hop, self.next, &mut on_event);
            }
        }
    }

    fn meet_gap(&mut self, first: FrameTime) {
        self.sums = LaneSums::new(self.phase);
        self.judges.meet_gap(first < self.next);
        self.next = first;
    }
}

/// What decides in all lanes.
#[derive(Clone, Debug)]
pub(crate) struct Judges {
    enabled: u32,
    /// Lanes in which somebody talks, and those in which that was told.
    talking: u32,
    told: u32,
    noise: Noise<Lanes>,
    thresholds: Lanes,
    limits: [Limits; LANES],
    talks: [Talk; LANES],
}

impl Judges {
    pub(crate) fn new() -> Self {
        let limits = Limits::of(ActivityOptions::default());
        Self {
            enabled: 0,
            talking: 0,
            told: 0,
            noise: Noise::<Lanes>::NEW,
            thresholds: [limits.threshold; LANES],
            limits: [limits; LANES],
            talks: [Talk::None; LANES],
        }
    }

    pub(crate) const fn told(&self) -> u32 {
        self.told
    }

    pub(crate) fn enable(&mut self, lane: usize, on: bool) {
        self.finish(lane);
        self.noise.reset(lane);
        self.enabled = self.enabled & !(1 << lane) | u32::from(on) << lane;
    }

    pub(crate) fn set_options(&mut self, lane: usize, options: ActivityOptions) {
        self.limits[lane] = Limits::of(options);
        self.thresholds[lane] = self.limits[lane].threshold;
    }

    fn finish(&mut self, lane: usize) -> Option<ActivityEvent> {
        self.talking &= !(1 << lane);
        self.told &= !(1 << lane);
        self.talks[lane].finish()
    }

    fn meet_gap(&mut self, backward: bool) {
        if backward {
            self.talks = [Talk::None; LANES];
            self.noise = Noise::<Lanes>::NEW;
            (self.talking, self.told) = (0, 0);
        } else {
            lanes_in(self.talking & !self.told).for_each(|lane| self.talks[lane].meet_gap());
            self.talking = self.told;
        }
    }

    /// Judges the hop that ends now.
    pub(crate) fn hop(
        &mut self,
        set: InstructionSet,
        hop: &HopSums,
        now: FrameTime,
        mut on_event: impl FnMut(usize, ActivityEvent),
    ) {
        let mut powers = [0.0; LANES];
        let Self { noise, thresholds, .. } = self;
        let heard = run(set, Hear { hop, noise, thresholds, powers: &mut powers }) & self.enabled;
        for lane in lanes_in(heard | self.talking) {
            let bit = 1 << lane;
            let power = (heard & bit != 0).then_some(powers[lane]);
            if let Some(event) = self.talks[lane].hop(power, now, &self.limits[lane]) {
                self.told = self.told & !bit | if self.talks[lane].is_told() { bit } else { 0 };
                on_event(lane, event);
            }
        }
        // Who is not heard talks on if it was told.
        self.talking = heard | self.told;
    }
}

/// Holds the power of each lane against its threshold and its noise.
struct Hear<'a> {
    hop: &'a HopSums,
    noise: &'a mut Noise<Lanes>,
    thresholds: &'a Lanes,
    powers: &'a mut Lanes,
}

impl Kernel for Hear<'_> {
    type Output = u32;

    #[inline(always)]
    fn run<V: Vector>(self) -> u32 {
        let mut heard = 0;
        for at in (0..LANES).step_by(V::WIDTH) {
            let power = self.hop.power_of_voice::<V>(at);
            let mut noise = self.noise.load::<V>(at);
            noise.take(power);
            self.noise.store(&noise, at);
            power.store(self.powers, at);
            let louder =
                V::load(self.thresholds, at).less(power) & (V::splat(MARGIN) * noise.power()).less(power);
            heard |= louder.bits() << at;
        }
        heard
    }
}
