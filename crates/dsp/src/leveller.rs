//! Makes talkers equally loud: a fixed gain, a gain that follows the talker, and a gate against the noise between words.
//!
//! Every 10 ms it is judged how loud the voice was and what gain the next 10 ms go over to, so that no step is heard. The
//! gain follows while somebody talks alone ([`activity`](crate::activity)): noise, music on hold that keeps its level and pauses leave it
//! where it is. It falls by up to 0.5 dB each 10 ms and rises by 0.06, 50 and 6 dB a second. A talker who begins far louder
//! than the last is clipped for some 20 ms before the gain has fallen to what fits.
//!
//! Where a caller cuts time into blocks changes nothing. Runs on the media thread; no allocation.

use tandem_types::{FrameTime, Frames, Law};

use crate::activity::{ActivityDetector, ActivityOptions};
use crate::level::{FULL_SCALE, amplitude_for_dbm0, dbm0_of_power};

/// What a [`Leveller`] does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelOptions {
    /// A fixed gain, before all else.
    pub gain_db: f32,
    /// The level in dBm0 to which voices are brought; `None` for no more than the fixed gain.
    pub target_dbm0: Option<f32>,
    /// What is softer than this, in dBm0 and with the fixed gain, is let through 20 dB softer, 300 ms after the last that was
    /// louder; `None` for no gate.
    pub gate_dbm0: Option<f32>,
}

impl LevelOptions {
    /// Whether all values make sense: a gain of −40 to 18 dB, a target of −40 to −6 dBm0, a gate of −70 to −20 dBm0.
    #[must_use]
    pub fn are_sound(&self) -> bool {
        let within =
            |value: Option<f32>, least, most| value.is_none_or(|value| value >= least && value <= most);
        within(Some(self.gain_db), -40.0, 18.0)
            && within(self.target_dbm0, -40.0, -6.0)
            && within(self.gate_dbm0, -70.0, -20.0)
    }
}

/// The level of one direction of a channel.
#[derive(Clone, Debug)]
pub struct Leveller {
    fixed_db: f32,
    target_dbm0: Option<f32>,
    /// As a mean square of what comes in.
    gate: Option<f32>,
    activity: ActivityDetector,
    now: FrameTime,
    /// The mean square of a voice, as it comes in, of late; and how many hops of it.
    voice: f32,
    voice_hops: u32,
    /// What is added to the fixed gain.
    own_db: f32,
    /// Hops that the gate stays open.
    open_for: u32,
    /// Of the hop that goes on.
    hop: Hop,
    ramp: Ramp,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hop {
    samples: usize,
    squares: u64,
    peak: u16,
}

/// A gain that goes from one value to another over a hop, in parts of 2^20.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    gain: i32,
    step: i32,
}

impl Leveller {
    /// One that has heard nothing. Options that make no sense are as good as none.
    #[must_use]
    pub fn new(options: LevelOptions) -> Self {
        let options = if options.are_sound() { options } else { NOTHING };
        let mean_square = |dbm0: f32| {
            let amplitude = amplitude_for_dbm0(Law::A, dbm0 - options.gain_db);
            amplitude * amplitude / 2.0
        };
        let hears = ActivityOptions { threshold_dbm0: SOFTEST_VOICE, ..ActivityOptions::default() };
        Self {
            fixed_db: options.gain_db,
            target_dbm0: options.target_dbm0,
            gate: options.gate_dbm0.map(mean_square),
            activity: ActivityDetector::new(hears),
            now: FrameTime::ZERO,
            voice: 0.0,
            voice_hops: 0,
            own_db: 0.0,
            open_for: 0,
            hop: Hop::default(),
            ramp: Ramp { gain: in_parts(options.gain_db), step: 0 },
        }
    }

    /// The gain now, in dB.
    #[must_use]
    pub fn gain_db(&self) -> f32 {
        self.fixed_db + self.own_db
    }

    /// Takes samples, and leaves in their place what is heard.
    pub fn process(&mut self, samples: &mut [i16]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let length = rest.len().min(HOP - self.hop.samples);
            let (part, after) = rest.split_at_mut(length);
            self.measure(part);
            self.ramp.amplify(part);
            if self.hop.samples == HOP {
                self.end_hop();
            }
            rest = after;
        }
    }

    fn measure(&mut self, part: &[i16]) {
        let mut squares = 0_u64;
        for eight in part.chunks(8) {
            squares += eight.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum::<u64>();
        }
        self.hop.squares += squares;
        self.hop.peak = part.iter().map(|sample| sample.unsigned_abs()).fold(self.hop.peak, u16::max);
        self.hop.samples += part.len();
        if self.target_dbm0.is_some() {
            self.activity.process(part, self.now, |_| {});
        }
        self.now += Frames(part.len() as u64);
    }

    fn end_hop(&mut self) {
        let hop = core::mem::take(&mut self.hop);
        let power = hop.squares as f32 / HOP as f32;
        if let Some(target) = self.target_dbm0 {
            self.follow(power, hop.peak, target);
        }
        let closed = match self.gate {
            Some(gate) => {
                self.open_for = if power > gate { HELD_OPEN } else { self.open_for.saturating_sub(1) };
                self.open_for == 0
            }
            None => false,
        };
        let gain = self.fixed_db + self.own_db - if closed { GATE_DEPTH } else { 0.0 };
        self.ramp = self.ramp.toward(in_parts(gain));
    }

    /// Brings the gain nearer to what the voice needs.
    fn follow(&mut self, power: f32, peak: u16, target: f32) {
        // What does not fit is no question of patience.
        let fits = 20.0 * libm::log10f(FULL_SCALE / f32::from(peak.max(1))) - HEADROOM - self.fixed_db;
        let fits = fits.max(-MOST_OWN);
        let talks = self.activity.is_active();
        if talks && power <= self.voice * PAUSE {
            // A pause between syllables, or another talker who is far softer.
            self.voice *= FORGOTTEN;
        } else if talks {
            self.voice_hops = (self.voice_hops + 1).min(VOICE_HOPS);
            self.voice += (power - self.voice) / self.voice_hops as f32;
            if self.voice_hops >= FIRST_HOPS {
                let is = dbm0_of_power(Law::A, self.voice) + self.fixed_db;
                let wanted = (target - is).clamp(-MOST_OWN, MOST_GAIN - self.fixed_db);
                self.own_db += (wanted - self.own_db).clamp(-FALL, RISE);
            }
        }
        self.own_db = self.own_db.min(fits);
    }
}

impl Ramp {
    /// Over the next hop, to this gain.
    const fn toward(self, gain: i32) -> Self {
        Self { gain: self.gain, step: (gain - self.gain) / HOP as i32 }
    }

    fn amplify(&mut self, part: &mut [i16]) {
        for (n, sample) in part.iter_mut().enumerate() {
            let gain = self.gain + self.step * (n as i32 + 1);
            // Sixteen bits and sixteen, which the most gain just fills: it loses its lowest ones before.
            let amplified = (i32::from(*sample) * (gain >> 8) + (1 << 11)) >> 12;
            *sample = amplified.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
        self.gain += self.step * part.len() as i32;
    }
}

/// A gain in parts of 2^20.
fn in_parts(db: f32) -> i32 {
    (libm::powf(10.0, db / 20.0) * (1 << 20) as f32) as i32
}

const NOTHING: LevelOptions = LevelOptions { gain_db: 0.0, target_dbm0: None, gate_dbm0: None };
/// 10 ms.
const HOP: usize = 80;
/// The softest voice that is made louder, in dBm0.
const SOFTEST_VOICE: f32 = -50.0;
/// A voice is judged by what was louder than a tenth of it, over half a second, and not before 100 ms of it were heard.
const PAUSE: f32 = 0.1;
const FORGOTTEN: f32 = 0.98;
const VOICE_HOPS: u32 = 50;
const FIRST_HOPS: u32 = 10;
/// dB that may be taken from the fixed gain, and the most that both may be together.
const MOST_OWN: f32 = 24.0;
const MOST_GAIN: f32 = 24.0;
/// dB by which peaks may grow from one hop to the next.
const HEADROOM: f32 = 4.0;
/// dB a hop.
const FALL: f32 = 0.5;
const RISE: f32 = 0.06;
/// dB.
const GATE_DEPTH: f32 = 20.0;
/// 300 ms.
const HELD_OPEN: u32 = 30;
