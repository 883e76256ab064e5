//! What a bank listens for: the tones of a plan and those that are the same everywhere, as frequencies, sounds and
//! cadences. Banks share it.

use core::fmt;

use super::cadence::are_twins;
use super::plan::{PlanTone, Step, ToneName, TonePlan};
use crate::spectrum::{Weights, sine_and_cosine};

/// Half the frames of a hop of 20 ms.
pub(super) const PAIRS: usize = 80;
/// Frequencies, sounds and tones of a set.
pub(super) const MAX_BINS: usize = 24;
pub(super) const MAX_SOUNDS: usize = 24;
const MAX_TONES: usize = TonePlan::MAX_TONES + BUILT_IN;
const BUILT_IN: usize = 8;

/// The tones that banks listen for. It takes some 20 KiB and is shared by any number of banks.
#[derive(Clone, Debug)]
pub struct ToneSet {
    weights: [Weights<PAIRS>; MAX_BINS],
    /// Cosine and sine of the angle by which each frequency turns in a hop.
    turns: [[f32; 2]; MAX_BINS],
    hz: [u16; MAX_BINS],
    /// Frequencies that may be far off: bit n for number n.
    wide: u32,
    bins: usize,
    sounds: [Sound; MAX_SOUNDS],
    sound_count: usize,
    tones: [Option<Template>; MAX_TONES],
    /// Share of the first and of the third of three hops in a mean over them; 0 for no mean.
    spread: f32,
}

/// One frequency or two at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sound {
    /// Indices of the frequencies; twice the same for a single one.
    pub(super) bins: [u8; 2],
}

/// A tone as it is matched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template {
    pub(super) name: ToneName,
    sounds: [u8; PlanTone::MAX_STEPS],
    plan: PlanTone,
}

/// A plan has more different frequencies or sounds than a set has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyTones;

impl fmt::Display for TooManyTones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more different frequencies than can be listened for")
    }
}

impl core::error::Error for TooManyTones {}

impl ToneSet {
    /// The tones of a plan, the special information tones, and those of fax machines and modems.
    pub fn new(plan: &TonePlan) -> Result<Self, TooManyTones> {
        let mut set = Self {
            weights: [Weights::new(0.0); MAX_BINS],
            turns: [[1.0, 0.0]; MAX_BINS],
            hz: [0; MAX_BINS],
            wide: 0,
            bins: 0,
            sounds: [Sound { bins: [0; 2] }; MAX_SOUNDS],
            sound_count: 0,
            tones: [None; MAX_TONES],
            spread: 0.0,
        };
        for tone in plan.tones() {
            set.add(*tone)?;
        }
        for tone in universal_tones() {
            set.add(tone)?;
        }
        Ok(set)
    }

    /// The same with one more tone. What lanes have heard by the set as it was they know in the new one
    /// ([`ToneBank::change`](super::ToneBank::change)).
    pub fn with(&self, tone: PlanTone) -> Result<Self, TooManyTones> {
        let mut set = self.clone();
        set.add(tone)?;
        Ok(set)
    }

    /// The same without the tones of a name.
    #[must_use]
    pub fn without(&self, name: ToneName) -> Self {
        let mut set = self.clone();
        set.tones.iter_mut().for_each(|tone| *tone = tone.filter(|tone| tone.name != name));
        set.spread = set.mean_of_beats();
        let used = set.used_sounds();
        // What nobody wants is never taken for what is heard: the same sound that comes before it is.
        let first = set.sounds[0];
        let unused = set.sounds.iter_mut().enumerate().filter(|(place, _)| used >> place & 1 == 0);
        unused.for_each(|(_, sound)| *sound = first);
        set.sound_count = places(used);
        set.bins = places(set.used_bins(used));
        set
    }

    /// Another tone that could not be told from those of this name: then neither is told.
    #[must_use]
    pub fn twin_of(&self, name: ToneName) -> Option<ToneName> {
        let own = || self.tones().filter(|tone| tone.name == name);
        let others = self.tones().filter(|tone| tone.name != name);
        let mut twins = others.filter(|other| own().any(|own| are_twins(own, other, self)));
        twins.next().map(|twin| twin.name)
    }

    fn add(&mut self, plan: PlanTone) -> Result<(), TooManyTones> {
        let mut sounds = [0; PlanTone::MAX_STEPS];
        let mut used = self.used_sounds();
        for (sound, step) in sounds.iter_mut().zip(plan.steps()) {
            *sound = self.sound_of(step, is_wide(plan.name), used)?;
            used |= 1 << *sound;
        }
        let slot = self.tones.iter_mut().find(|slot| slot.is_none());
        *slot.ok_or(TooManyTones)? = Some(Template { name: plan.name, sounds, plan });
        self.spread = self.mean_of_beats();
        Ok(())
    }

    fn sound_of(&mut self, step: &Step, wide: bool, used: u32) -> Result<u8, TooManyTones> {
        let used_bins = self.used_bins(used);
        let one = self.bin_of(step.hz[0], wide, used_bins)?;
        let used_bins = used_bins | 1 << one;
        let two = if step.hz[1] == 0 { one } else { self.bin_of(step.hz[1], wide, used_bins)? };
        let sound = Sound { bins: [one, two] };
        if let Some(known) = self.sounds().iter().position(|own| *own == sound) {
            return Ok(known as u8);
        }
        let place = used.trailing_ones() as usize;
        *self.sounds.get_mut(place).ok_or(TooManyTones)? = sound;
        self.sound_count = self.sound_count.max(place + 1);
        Ok(place as u8)
    }

    fn bin_of(&mut self, hz: u16, wide: bool, used: u32) -> Result<u8, TooManyTones> {
        let same = |bin: &usize| self.hz[*bin].abs_diff(hz) <= SAME_HZ && self.is_wide_bin(*bin) == wide;
        if let Some(known) = (0..self.bins).find(same) {
            return Ok(known as u8);
        }
        let bin = used.trailing_ones() as usize;
        *self.hz.get_mut(bin).ok_or(TooManyTones)? = hz;
        self.wide = self.wide & !(1 << bin) | u32::from(wide) << bin;
        self.weights[bin] = Weights::of_band(hz.into(), if wide { BAND_HZ } else { 0.0 });
        let (sin, cos) = sine_and_cosine(f64::from(hz) * (2 * PAIRS) as f64 / 8000.0);
        self.turns[bin] = [cos as f32, sin as f32];
        self.bins = self.bins.max(bin + 1);
        Ok(bin as u8)
    }

    /// The mean in which the beats of all tones cancel out; of several, that of the slowest.
    fn mean_of_beats(&self) -> f32 {
        let steps = self.tones().flat_map(|tone| tone.steps());
        let beats = steps.map(|(_, step)| step.hz[1].saturating_sub(step.hz[0]));
        beats.filter(|beat| BEATS_HZ.contains(beat)).fold(0.0, |spread, beat| {
            let (_, cos) = sine_and_cosine(f64::from(beat) * (2 * PAIRS) as f64 / 8000.0);
            spread.max((0.5 / (1.0 - cos)) as f32)
        })
    }

    /// The sounds of its tones, bit n for number n.
    fn used_sounds(&self) -> u32 {
        let steps = self.tones().flat_map(|tone| tone.steps());
        steps.fold(0, |mask, (sound, _)| mask | 1 << sound)
    }

    /// The frequencies of these sounds.
    fn used_bins(&self, sounds: u32) -> u32 {
        let used = self.sounds.iter().enumerate().filter(|(place, _)| sounds >> place & 1 == 1);
        used.flat_map(|(_, sound)| sound.bins).fold(0, |mask, bin| mask | 1 << bin)
    }

    /// The frequencies and the sounds whose numbers mean something else in another set.
    pub(super) fn others_than(&self, other: &Self) -> (u32, u32) {
        let hz =
            |set: &Self, bin: usize| (bin < set.bins).then(|| (set.hz[bin % MAX_BINS], set.is_wide_bin(bin)));
        let sound = |set: &Self, place: usize| {
            set.sounds().get(place).map(|sound| sound.bins.map(|bin| hz(set, bin.into())))
        };
        let bins = (0..MAX_BINS).filter(|bin| hz(self, *bin) != hz(other, *bin));
        let sounds = (0..MAX_SOUNDS).filter(|place| sound(self, *place) != sound(other, *place));
        (bins.fold(0, |mask, bin| mask | 1 << bin), sounds.fold(0, |mask, place| mask | 1 << place))
    }

    pub(super) fn weights(&self) -> &[Weights<PAIRS>] {
        &self.weights[..self.bins]
    }

    pub(super) fn turn(&self, bin: usize) -> [f32; 2] {
        self.turns[bin % MAX_BINS]
    }

    pub(super) fn sounds(&self) -> &[Sound] {
        &self.sounds[..self.sound_count]
    }

    pub(super) fn tones(&self) -> impl Iterator<Item = &Template> + Clone {
        self.tones.iter().flatten()
    }

    const fn is_wide_bin(&self, bin: usize) -> bool {
        self.wide >> bin & 1 == 1
    }

    /// Whether the frequency of a sound may be far off.
    pub(super) fn is_wide(&self, sound: u8) -> bool {
        self.is_wide_bin(self.sounds[usize::from(sound) % MAX_SOUNDS].bins[0].into())
    }

    /// Whether one of two sounds is of one frequency and lies where that of the other may be.
    pub(super) fn are_the_same(&self, one: u8, other: u8) -> bool {
        let [one, other] = [one, other].map(|sound| &self.sounds[usize::from(sound) % MAX_SOUNDS]);
        let bin = |sound: &Sound| usize::from(sound.bins[0]);
        let single = one.is_single() && other.is_single();
        let wide = self.is_wide_bin(bin(one)) || self.is_wide_bin(bin(other));
        single && wide && self.hz[bin(one)].abs_diff(self.hz[bin(other)]) <= OFF_HZ
    }

    /// Whether a window that holds only part of one sound may hold as much of the other.
    pub(super) fn alike(&self, one: u8, other: u8) -> bool {
        let hz = |sound: u8| {
            self.sounds[usize::from(sound) % MAX_SOUNDS].bins.map(|bin| self.hz[usize::from(bin)])
        };
        hz(one).iter().any(|one| hz(other).iter().any(|other| one.abs_diff(*other) < ALIKE_HZ))
    }

    /// Whether a sound that was heard may be that of a step. That of a short one has too wide a spectrum to be told from
    /// those that are much like it.
    pub(super) fn may_be(&self, heard: u8, (sound, step): (u8, &Step)) -> bool {
        let short = (1..SHORT_MS).contains(&step.on_ms);
        heard == sound
            || short && self.alike(heard, sound)
            || self.is_wide(sound) && self.are_the_same(heard, sound)
    }

    pub(super) const fn spread(&self) -> f32 {
        self.spread
    }

    /// How many frequencies it listens for.
    #[must_use]
    pub const fn frequencies(&self) -> usize {
        self.bins
    }
}

/// The tones that are the same everywhere and belong to every set: the special information tones, and those of fax
/// machines and modems as far as they are made of steps.
pub fn universal_tones() -> impl Iterator<Item = PlanTone> {
    BUILT_IN_STEPS.iter().filter_map(|(name, steps)| PlanTone::new(*name, steps, steps.len() == 1))
}

impl Sound {
    pub(super) const fn is_single(&self) -> bool {
        self.bins[0] == self.bins[1]
    }
}

impl Template {
    /// Whether its frequencies may be far off, so that a tone whose frequencies fit exactly is the better guess.
    pub(super) const fn is_wide(&self) -> bool {
        is_wide(self.name)
    }

    /// The cadence: the number of each step's sound, and the step.
    pub(super) fn steps(&self) -> impl ExactSizeIterator<Item = (u8, &Step)> + Clone {
        self.sounds.iter().copied().zip(self.plan.steps())
    }

    pub(super) const fn plan(&self) -> &PlanTone {
        &self.plan
    }
}

/// Places up to the last that is used.
const fn places(used: u32) -> usize {
    (u32::BITS - used.leading_zeros()) as usize
}

/// E.180: each segment of a special information tone within 50 Hz. T.30: CNG within 38 Hz.
const fn is_wide(name: ToneName) -> bool {
    matches!(name, ToneName::Sit | ToneName::Cng)
}

/// The farthest that such a frequency may be off, and the band in which it still has 0.85 of its size then.
const OFF_HZ: u16 = 50;
const BAND_HZ: f64 = 70.0;
const SHORT_MS: u16 = 80;
/// Frequencies so close are taken for one.
const SAME_HZ: u16 = 5;
const ALIKE_HZ: u16 = 100;
/// Slower beats cannot be averaged out over three hops; faster ones leave little in a window of 40 ms.
const BEATS_HZ: core::ops::RangeInclusive<u16> = 14..=35;

const fn step(hz: u16, on_ms: u16, off_ms: u16) -> Step {
    Step { hz: [hz, 0], on_ms, off_ms }
}

const BUILT_IN_STEPS: &[(ToneName, &[Step])] = &[
    // E.180: three tones of 330 ms.
    (ToneName::Sit, &[step(950, 330, 0), step(1400, 330, 0), step(1800, 330, 0)]),
    // What North American exchanges make of it: 274 or 380 ms, 913.8 or 985.2, 1370.6 or 1428.5, 1776.7 Hz.
    (ToneName::SitIntercept, &[step(914, 274, 0), step(1371, 274, 0), step(1777, 380, 0)]),
    (ToneName::SitVacant, &[step(985, 380, 0), step(1371, 274, 0), step(1777, 380, 0)]),
    (ToneName::SitReorder, &[step(914, 274, 0), step(1429, 380, 0), step(1777, 380, 0)]),
    (ToneName::SitNoCircuit, &[step(985, 380, 0), step(1429, 380, 0), step(1777, 380, 0)]),
    // T.30: 0.5 s of 1100 Hz, 3 s of silence.
    (ToneName::Cng, &[step(1100, 500, 3000)]),
    // V.25: 2100 Hz; what else it may be is told by its reversals and its envelope.
    (ToneName::Ans, &[step(2100, 0, 0)]),
    // V.21, channel 2: flags at 300 bit/s between 1650 and 1850 Hz repeat 37.5 times a second, so their spectrum is
    // lines of 37.5 Hz around 1700 Hz. These two hold most of the power.
    (ToneName::V21, &[Step { hz: [1662, 1812], on_ms: 0, off_ms: 0 }]),
];
