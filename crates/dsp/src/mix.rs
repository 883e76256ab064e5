//! Conference mixing: every party hears the exact sum of the others, cut to 16 bits once, at the end.
//!
//! Each party has a gain, and what it adds to the sum is its samples times the gain, rounded to whole numbers; so
//! taking it out again is exact too, and the order of the parties and the way they are spread over threads cannot be
//! heard. Sums are 32 bits wide, which holds 65 536 parties at full scale, or 8192 at the highest gain. A bridge may
//! be spread: each part adds what the others made of the same frames of the tick before. Pieces are at most eight
//! frames. On the way the level of each party is measured, and whether it speaks; a mixer may be told to leave out
//! all but the loudest. A party may be kept out of the sum altogether, and be heard by one other, or by nobody.

use core::fmt;

use tandem_types::Law;

use crate::arch::{InstructionSet, Kernel, Vector, run};
use crate::level::dbm0_of_power;

/// Frames worked at once.
pub const PIECE: usize = 8;

/// By what the samples of a party are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gain(i16);

/// A gain that is no number, or beyond [`Gain::MAX_DB`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadGain;

impl fmt::Display for BadGain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a gain is a number of dB up to {}", Gain::MAX_DB)
    }
}

impl core::error::Error for BadGain {}

impl Gain {
    /// Samples as they are.
    pub const UNITY: Self = Self(1 << GAIN_BITS);
    /// Nothing is heard of the party.
    pub const MUTE: Self = Self(0);
    /// The highest gain.
    pub const MAX_DB: f32 = 18.0;

    /// A gain of so many dB; minus infinity and all below -78 dB is [`Gain::MUTE`].
    pub fn from_db(db: f32) -> Result<Self, BadGain> {
        if db <= Self::MAX_DB {
            let factor = libm::powf(10.0, db / 20.0) * f32::from(Self::UNITY.0);
            Ok(Self((factor + 0.5) as i16))
        } else {
            Err(BadGain) // not a number is not below either
        }
    }

    /// A sample with this gain.
    #[must_use]
    pub fn of(self, sample: i16) -> i16 {
        saturate(amplified(sample, self.0))
    }
}

/// What a mixer keeps of a party.
#[derive(Clone, Debug)]
pub struct Party {
    voice: [i16; PIECE],
    /// What it adds to the sum, and what it hears.
    own: [i32; PIECE],
    heard: [i16; PIECE],
    /// What it alone hears of others.
    whispered: [i32; PIECE],
    /// Squares of its samples since its level was taken, in parts of [`ENERGY_BITS`], each place of a piece by itself.
    energy: [u32; PIECE],
    gain: Gain,
    /// Whether it may be part of the sum.
    public: bool,
    /// Others are louder, and only so many are part of it.
    left_out: bool,
    /// Its gain, or nothing while it is not part of the sum.
    factor: i16,
    meter: Meter,
}

impl Party {
    /// A party that has said nothing yet.
    #[must_use]
    pub const fn new(gain: Gain) -> Self {
        Self {
            voice: [0; PIECE],
            own: [0; PIECE],
            heard: [0; PIECE],
            whispered: [0; PIECE],
            energy: [0; PIECE],
            gain,
            public: true,
            left_out: false,
            factor: gain.0,
            meter: Meter::new(),
        }
    }

    /// Whether all others may hear it, from the next piece on. Of one that they may not, [`Mixer::mix`] is told who hears it.
    pub const fn set_public(&mut self, public: bool) {
        self.public = public;
        self.set_factor();
    }

    /// Changes its gain, from the next piece on; one that is left out stays so.
    pub const fn set_gain(&mut self, gain: Gain) {
        self.gain = gain;
        self.set_factor();
    }

    const fn leave_out(&mut self, left_out: bool) {
        self.left_out = left_out;
        self.set_factor();
    }

    const fn set_factor(&mut self) {
        self.factor = if self.public && !self.left_out { self.gain.0 } else { 0 };
    }

    /// Nothing is said to it alone any more, until [`Mixer::mix`] is told so again.
    pub const fn forget_whispers(&mut self) {
        self.whispered = [0; PIECE];
    }

    /// What it says in the next piece: up to [`PIECE`] frames.
    #[inline]
    pub fn say(&mut self, samples: &[i16]) {
        if let Some(piece) = samples.first_chunk() {
            self.voice = *piece;
        } else {
            self.voice = [0; PIECE];
            self.voice[..samples.len()].copy_from_slice(samples);
        }
    }

    /// What it hears of the piece mixed last.
    #[must_use]
    pub const fn heard(&self) -> &[i16; PIECE] {
        &self.heard
    }

    /// The level of its last 20 ms, before its gain.
    #[must_use]
    pub fn level_dbm0(&self, law: Law) -> f32 {
        dbm0_of_power(law, self.meter.mean_square)
    }

    /// Whether it spoke in the last 200 ms: was louder than -45 dBm0 and than its background by 9 dB.
    #[must_use]
    pub const fn is_speaking(&self) -> bool {
        self.meter.speaks_on > 0
    }

    /// The mean square of its last 20 ms, of which [`Self::level_dbm0`] is made.
    #[must_use]
    pub const fn mean_square(&self) -> f32 {
        self.meter.mean_square
    }

    /// Whether it is part of the sum: neither muted, nor left out for louder ones.
    #[must_use]
    pub const fn is_in(&self) -> bool {
        self.factor != 0
    }

    fn loudness(&self) -> f32 {
        if !self.public {
            return 0.0;
        }
        let gain = f32::from(self.gain.0);
        let advantage = if self.left_out { 1.0 } else { STAYS_IN };
        self.meter.recent * gain * gain * advantage
    }

    fn measure(&mut self, frames: usize) {
        let energy: u32 = self.energy.iter().sum();
        self.energy = [0; PIECE];
        self.meter.take(energy as f32 * (1 << ENERGY_BITS) as f32 / frames as f32);
    }
}

/// Level of a party, every 20 ms.
#[derive(Clone, Debug)]
struct Meter {
    mean_square: f32,
    /// The same, falling slowly, so that it lasts through the pauses of speech.
    recent: f32,
    background: f32,
    /// For how many measurements more it counts as speaking.
    speaks_on: u8,
}

impl Meter {
    const fn new() -> Self {
        Self { mean_square: 0.0, recent: 0.0, background: LEAST_BACKGROUND, speaks_on: 0 }
    }

    fn take(&mut self, mean_square: f32) {
        self.mean_square = mean_square;
        self.recent = mean_square.max(RECENT_FALL * self.recent);
        if mean_square > LEAST_SPEECH && mean_square > ABOVE_BACKGROUND * self.background {
            self.speaks_on = SPEAKS_ON;
        } else {
            self.speaks_on = self.speaks_on.saturating_sub(1);
        }
        self.background = if mean_square < self.background {
            mean_square.max(LEAST_BACKGROUND)
        } else {
            mean_square.min(BACKGROUND_RISE * self.background)
        };
    }
}

/// Mixes the parties of a bridge, or of one part of it. The parties are the caller's, and the same every time.
#[derive(Clone, Debug)]
pub struct Mixer {
    set: InstructionSet,
    local: [i32; PIECE],
    sum: [i32; PIECE],
    loudest: usize,
    /// Frames since levels were taken.
    frames: usize,
}

impl Mixer {
    /// At most so many of the loudest can be told from the others.
    pub const MOST_LOUDEST: usize = 16;

    /// A mixer in which all are heard.
    #[must_use]
    pub const fn new(set: InstructionSet) -> Self {
        Self { set, local: [0; PIECE], sum: [0; PIECE], loudest: usize::MAX, frames: 0 }
    }

    /// From the next measurement on only so many parties are heard, those that were loudest of late (up to
    /// [`Self::MOST_LOUDEST`]), or all.
    pub fn set_loudest(&mut self, loudest: Option<usize>) {
        self.loudest = loudest.map_or(usize::MAX, |count| count.min(Self::MOST_LOUDEST));
    }

    /// Mixes a piece of so many frames, at most [`PIECE`], of what the parties said, and of `remote`, what other parts
    /// of the bridge made of theirs; says whether the levels of the parties are new. Of each pair of `whispers` the second party hears the first as well, which should not
    /// be public.
    pub fn mix(
        &mut self,
        parties: &mut [Party],
        whispers: &[(usize, usize)],
        frames: usize,
        remote: &[i32],
    ) -> bool {
        run(self.set, Sum { sum: &mut self.local, parties });
        for (_, to) in whispers {
            if let Some(party) = parties.get_mut(*to) {
                party.whispered = [0; PIECE];
            }
        }
        for (from, to) in whispers {
            whisper(parties, *from, *to);
        }
        self.sum = self.local;
        for (sum, remote) in self.sum.iter_mut().zip(remote) {
            *sum = sum.wrapping_add(*remote);
        }
        run(self.set, Hear { sum: &self.sum, parties });
        self.frames += frames;
        let measured = self.frames >= MEASURED_FRAMES;
        if measured {
            for party in &mut *parties {
                party.measure(self.frames);
            }
            self.choose(parties);
            self.frames = 0;
        }
        measured
    }

    /// The sum of these parties, which other parts of the bridge need.
    #[must_use]
    pub const fn local_sum(&self) -> &[i32; PIECE] {
        &self.local
    }

    /// What somebody hears that does not talk: everybody. A recorder of the conference hears the same.
    #[must_use]
    pub fn heard_by_listeners(&self) -> [i16; PIECE] {
        core::array::from_fn(|n| saturate(self.sum[n]))
    }

    /// What a party hears of the piece mixed last without what it alone hears: for whoever listens with it.
    #[must_use]
    pub fn heard_without_whispers(&self, party: &Party) -> [i16; PIECE] {
        core::array::from_fn(|n| {
            saturate(self.sum[n].wrapping_sub(party.own[n]).wrapping_sub(party.whispered[n]))
        })
    }

    /// Lets in the loudest.
    fn choose(&self, parties: &mut [Party]) {
        let mut places = self.loudest.min(parties.len());
        let least = if places < parties.len() { nth_loudest(parties, places) } else { 0.0 };
        for party in parties {
            let is_in = party.public && places > 0 && party.loudness() >= least;
            places -= usize::from(is_in);
            party.leave_out(party.public && !is_in);
        }
    }
}

/// Lets a party hear another: what it hears is the sum less its own, so that is less by as much.
fn whisper(parties: &mut [Party], from: usize, to: usize) {
    let Some((voice, gain)) = parties.get(from).map(|party| (party.voice, party.gain.0)) else { return };
    let Some(to) = parties.get_mut(to) else { return };
    for n in 0..PIECE {
        let heard = amplified(voice[n], gain);
        to.own[n] = to.own[n].wrapping_sub(heard);
        to.whispered[n] = to.whispered[n].wrapping_add(heard);
    }
}

/// How loud the last of so many loudest is.
fn nth_loudest(parties: &[Party], count: usize) -> f32 {
    let mut loudest = [0.0; Mixer::MOST_LOUDEST];
    let Some(last) = count.checked_sub(1) else { return 0.0 };
    for party in parties {
        let loudness = party.loudness();
        if loudness > loudest[last] {
            let place = loudest[..last].partition_point(|louder| *louder >= loudness);
            loudest[place..=last].rotate_right(1);
            loudest[place] = loudness;
        }
    }
    loudest[last]
}

/// Adds up the parties, each by its factor, and their squares.
struct Sum<'a> {
    sum: &'a mut [i32; PIECE],
    parties: &'a mut [Party],
}

impl Kernel for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let mut sum = [0i32; PIECE];
        for party in self.parties {
            for n in 0..PIECE {
                let voice = i32::from(party.voice[n]);
                let own = amplified(party.voice[n], party.factor);
                party.own[n] = own;
                sum[n] = sum[n].wrapping_add(own);
                party.energy[n] = party.energy[n].wrapping_add((voice * voice) as u32 >> ENERGY_BITS);
            }
        }
        *self.sum = sum;
    }
}

/// Gives every party all but itself.
struct Hear<'a> {
    sum: &'a [i32; PIECE],
    parties: &'a mut [Party],
}

impl Kernel for Hear<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        let sum = *self.sum;
        for party in self.parties {
            for n in 0..PIECE {
                party.heard[n] = saturate(sum[n].wrapping_sub(party.own[n]));
            }
        }
    }
}

/// A sample times a gain, rounded.
#[inline(always)]
fn amplified(voice: i16, gain: i16) -> i32 {
    (i32::from(voice) * i32::from(gain) + (1 << (GAIN_BITS - 1))) >> GAIN_BITS
}

/// Cuts a sum to 16 bits.
#[inline(always)]
fn saturate(sum: i32) -> i16 {
    sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}

/// Binary places behind the point of a gain.
const GAIN_BITS: u32 = 12;
const ENERGY_BITS: u32 = 6;
const MEASURED_FRAMES: usize = 160;
/// 3 dB: the loudest of late leave to one that is louder by this.
const STAYS_IN: f32 = 2.0;
/// 0.45 dB a measurement, 22 dB a second.
const RECENT_FALL: f32 = 0.9;
/// -45 dBm0.
const LEAST_SPEECH: f32 = 8246.0;
/// -60 dBm0.
const LEAST_BACKGROUND: f32 = 260.0;
const ABOVE_BACKGROUND: f32 = 8.0;
/// 0.04 dB a measurement, 2 dB a second.
const BACKGROUND_RISE: f32 = 1.01;
const SPEAKS_ON: u8 = 10;
