//! Makes talkers equally loud: a fixed gain, a gain that follows the talker, and a gate against the noise between words.
//!
//! Every 10 ms it is judged how loud the voice was and what gain the next 10 ms go over to, so that no step is heard. The
//! gain follows while somebody talks alone ([`activity`](crate::activity)): noise, music on hold that keeps its level and pauses leave it
//! where it is. It falls by up to 0.5 dB each 10 ms and rises by 0.06, 50 and 6 dB a second. A talker who begins far louder
//! than the last is clipped for some 20 ms before the gain has fallen to what fits.
//!
//! Where a caller cuts time into blocks changes nothing. Runs on the media thread; no allocation. A bank has the lanes of a
//! span, and gives each what a leveller by itself would.

use tandem_types::{FrameTime, Frames};

mod bank;
mod level;

pub use bank::LevellerBank;

use crate::activity::{ActivityOptions, Judge};
use crate::sums::{HOP, Loudness, Sums};
use level::Level;

/// What a [`Leveller`] does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelOptions {
    /// A fixed gain, before all else. Gains are multiplied by in steps of 1/2048.
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
    follows: bool,
    now: FrameTime,
    sums: Sums,
    judge: Judge,
    level: Level<f32>,
    /// The gain with 27 places behind the point, and what a sample adds to it.
    gain: i32,
    step: i32,
}

impl Leveller {
    /// One that has heard nothing. Options that make no sense are as good as none.
    #[must_use]
    pub fn new(options: LevelOptions) -> Self {
        let options = if options.are_sound() { options } else { NOTHING };
        let level = Level::new(options);
        Self {
            follows: options.target_dbm0.is_some(),
            now: FrameTime::ZERO,
            sums: Sums::default(),
            judge: Judge::new(HEARS),
            level,
            gain: in_parts(level.fixed),
            step: 0,
        }
    }

    /// The gain now, in dB.
    #[must_use]
    pub fn gain_db(&self) -> f32 {
        gain_db(self.level.fixed * self.level.own)
    }

    /// Takes samples, and leaves in their place what is heard.
    pub fn process(&mut self, samples: &mut [i16]) {
        let mut rest = samples;
        while !rest.is_empty() {
            let (part, after) = rest.split_at_mut(self.sums.takes(rest.len()));
            self.now += Frames(part.len() as u64);
            let hop = self.sums.add(part);
            for (n, sample) in part.iter_mut().enumerate() {
                *sample = amplify(*sample, self.gain + self.step * (n as i32 + 1));
            }
            self.gain += self.step * part.len() as i32;
            if let Some(hop) = hop {
                self.end_hop(&hop);
            }
            rest = after;
        }
    }

    fn end_hop(&mut self, hop: &Loudness) {
        if self.follows {
            self.judge.hop(hop, self.now);
        }
        let gain = self.level.hop(hop.all, hop.peak, self.follows, self.judge.is_active());
        self.step = step_to(self.gain, gain);
    }
}

/// A sample and a gain with 27 places behind the point, of which 11 count: sixteen bits and sixteen, which the most gain just
/// fills.
const fn amplify(sample: i16, gain: i32) -> i16 {
    let amplified = (sample as i32 * (gain >> 16) + HALF_A_PART) >> PLACES;
    if amplified > i16::MAX as i32 {
        i16::MAX
    } else if amplified < i16::MIN as i32 {
        i16::MIN
    } else {
        amplified as i16
    }
}

/// What each sample of the next hop adds to a gain that goes over to another.
fn step_to(gain: i32, next: f32) -> i32 {
    (in_parts(next) - gain) / HOP as i32
}

/// A gain with 27 places behind the point, which is rounded when the upper 16 bits are taken of it.
fn in_parts(factor: f32) -> i32 {
    (factor * (1 << 27) as f32) as i32 + (1 << 15)
}

fn gain_db(factor: f32) -> f32 {
    20.0 * libm::log10f(factor)
}

const PLACES: u32 = 11;
const HALF_A_PART: i32 = 1 << (PLACES - 1);
const NOTHING: LevelOptions = LevelOptions { gain_db: 0.0, target_dbm0: None, gate_dbm0: None };
/// The softest voice that is made louder has −50 dBm0.
const HEARS: ActivityOptions =
    ActivityOptions { threshold_dbm0: -50.0, onset: Frames::from_ms(40), hangover: Frames::from_ms(200) };
