//! What gain a hop asks for: of one channel, or of as many lanes as a vector has. All of it is products and comparisons of
//! factors, so that a lane gets the bits that a channel by itself does; decibels stand at the foot alone.

use tandem_types::Law;

use super::LevelOptions;
use crate::arch::Vector;
use crate::lanes::{LANES, Lanes};
use crate::level::{FULL_SCALE, amplitude_for_dbm0};

/// A level that is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level<T> {
    /// The fixed gain, and the most that may be added to it.
    pub(super) fixed: T,
    most_own: T,
    /// Mean squares of what comes in: of the voice that needs no more than the fixed gain, and of what opens the gate, which
    /// everything does where there is none.
    wanted: T,
    gate: T,
    /// The mean square of a voice of late, and how many hops of it.
    voice: T,
    voice_hops: T,
    /// What the fixed gain is multiplied by.
    pub(super) own: T,
    /// Hops that the gate stays open.
    open_for: T,
}

impl Level<f32> {
    /// These options must be sound.
    pub(super) fn new(options: LevelOptions) -> Self {
        let mean_square = |dbm0: f32| {
            let amplitude = amplitude_for_dbm0(Law::A, dbm0 - options.gain_db);
            amplitude * amplitude / 2.0
        };
        Self {
            fixed: factor(options.gain_db),
            most_own: factor(MOST_GAIN - options.gain_db),
            wanted: options.target_dbm0.map_or(0.0, mean_square),
            gate: options.gate_dbm0.map_or(-1.0, mean_square),
            voice: 0.0,
            voice_hops: 0.0,
            own: 1.0,
            open_for: 0.0,
        }
    }
}

impl<T> Level<T> {
    /// The same with each value changed.
    #[inline(always)]
    fn map<U>(&self, change: impl Fn(&T) -> U) -> Level<U> {
        Level {
            fixed: change(&self.fixed),
            most_own: change(&self.most_own),
            wanted: change(&self.wanted),
            gate: change(&self.gate),
            voice: change(&self.voice),
            voice_hops: change(&self.voice_hops),
            own: change(&self.own),
            open_for: change(&self.open_for),
        }
    }
}

impl Level<Lanes> {
    pub(super) fn of_lanes(level: &Level<f32>) -> Self {
        level.map(|value| [*value; LANES])
    }

    pub(super) fn put(&mut self, lane: usize, level: &Level<f32>) {
        self.fixed[lane] = level.fixed;
        self.most_own[lane] = level.most_own;
        self.wanted[lane] = level.wanted;
        self.gate[lane] = level.gate;
        self.voice[lane] = level.voice;
        self.voice_hops[lane] = level.voice_hops;
        self.own[lane] = level.own;
        self.open_for[lane] = level.open_for;
    }

    #[inline(always)]
    pub(super) fn load<V: Vector>(&self, at: usize) -> Level<V> {
        self.map(|lanes| V::load(lanes, at))
    }

    /// Stores what a hop changes.
    #[inline(always)]
    pub(super) fn store<V: Vector>(&mut self, level: &Level<V>, at: usize) {
        level.voice.store(&mut self.voice, at);
        level.voice_hops.store(&mut self.voice_hops, at);
        level.own.store(&mut self.own, at);
        level.open_for.store(&mut self.open_for, at);
    }
}

impl<V: Vector> Level<V> {
    /// Takes a hop of this power and with this peak, and gives the gain that the next one goes over to. The gain follows where
    /// there is a target, and somebody who talks.
    #[inline(always)]
    pub(super) fn hop(&mut self, power: V, peak: V, follows: V::Mask, talks: V::Mask) -> V {
        self.hear(power, follows & talks);
        // What does not fit is no question of patience.
        let room = V::splat(FULL_SCALE / HEADROOM) / (peak.max(V::splat(1.0)) * self.fixed);
        let fits = self.own.min(room.max(V::splat(LEAST_OWN)));
        self.own = V::select(follows, fits, self.own);
        let closing = (self.open_for - V::splat(1.0)).max(V::splat(0.0));
        self.open_for = V::select(self.gate.less(power), V::splat(HELD_OPEN), closing);
        let closed = self.open_for.equal(V::splat(0.0));
        self.fixed * self.own * V::select(closed, V::splat(GATE_DEPTH), V::splat(1.0))
    }

    /// Brings the gain nearer to what the voice needs.
    #[inline(always)]
    fn hear(&mut self, power: V, talks: V::Mask) {
        let loud = talks & (self.voice * V::splat(PAUSE)).less(power);
        // A pause between syllables, or another talker who is far softer.
        let forgotten = self.voice * V::splat(FORGOTTEN);
        let hops = (self.voice_hops + V::splat(1.0)).min(V::splat(VOICE_HOPS));
        let nearer = self.voice + (power - self.voice) / hops;
        self.voice = V::select(loud, nearer, V::select(talks, forgotten, self.voice));
        self.voice_hops = V::select(loud, hops, self.voice_hops);
        let known = loud & V::splat(FIRST_HOPS - 0.5).less(self.voice_hops);
        let wanted = (self.wanted / self.voice).root();
        let wanted = wanted.min(self.most_own).max(V::splat(LEAST_OWN));
        let next = wanted.min(self.own * V::splat(RISE)).max(self.own * V::splat(FALL));
        self.own = V::select(known, next, self.own);
    }
}

/// The factor of a gain in dB.
pub(super) fn factor(db: f32) -> f32 {
    libm::powf(10.0, db / 20.0)
}

/// A voice is judged by what was louder than a tenth of it, over half a second, and not before 100 ms of it were heard.
const PAUSE: f32 = 0.1;
const FORGOTTEN: f32 = 0.98;
const VOICE_HOPS: f32 = 50.0;
const FIRST_HOPS: f32 = 10.0;
/// The most that fixed gain and own may be together, in dB.
const MOST_GAIN: f32 = 24.0;
/// −24 dB.
const LEAST_OWN: f32 = 0.063_095_73;
/// 4 dB by which peaks may grow from one hop to the next.
const HEADROOM: f32 = 1.584_893_2;
/// A hop's: −0.5 dB and 0.06 dB.
const FALL: f32 = 0.944_060_9;
const RISE: f32 = 1.006_931_7;
/// −20 dB.
const GATE_DEPTH: f32 = 0.1;
/// 300 ms.
const HELD_OPEN: f32 = 30.0;
