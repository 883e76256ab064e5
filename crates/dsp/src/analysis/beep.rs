//! Beeps: a single tone of one frequency and one level that begins and ends at once.
//!
//! A hop belongs to a beep if it is next to nothing but a tone; hops follow each other in a beep if frequency and level
//! stay. When it has ended at once, and all of it together is one tone too, it is told, 30 ms after its end. Notes of
//! music die away or give way to others, vowels move, two tones at once are none.

use tandem_types::{FrameTime, Frames, Law};

use super::measure::{HOP, Hop, Line};
use crate::level::dbm0_of_power;

/// A beep that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beep {
    pub(super) start: FrameTime,
    pub(super) end: FrameTime,
    pub(super) hz: f32,
    pub(super) dbm0: f32,
}

/// Looks for beeps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BeepTracker {
    run: Option<Run>,
    /// Powers of the two hops before.
    before: [f32; 2],
}

/// Hops of one tone.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: FrameTime,
    end: FrameTime,
    line: Line,
    power: f32,
    hops: u16,
    /// Hops since the last of them.
    after: u8,
    /// There was nothing two hops before.
    begins_at_once: bool,
}

impl BeepTracker {
    /// Whether a tone sounds that may become a beep.
    pub(super) fn is_sounding(&self) -> bool {
        self.run.is_some_and(|run| run.hops >= SOUNDING_HOPS && run.end.since(run.start) <= LONGEST)
    }

    /// Takes the hop that ends now.
    pub(super) fn take(&mut self, hop: &Hop, threshold: f32, now: FrameTime) -> Option<Beep> {
        let [earlier, before] = self.before;
        self.before = [before, hop.power];
        let pure = hop.power > threshold && hop.line.noise() < HOP_NOISE;
        let begins = now.0.saturating_sub(HOP as u64);
        // A hop that a tone fills in part only begins it.
        let in_part =
            self.run.filter(|run| run.hops == 1 && run.after == 0 && pure && !run.goes_on_with(hop));
        if let Some(run) = self.run.as_mut().filter(|_| in_part.is_none()) {
            if pure && run.after == 0 && run.goes_on_with(hop) {
                run.add(hop, now);
                return None;
            }
            run.after += 1;
            if run.after == 1 {
                run.end = FrameTime(run.end.0 + part_of_hop(hop.power / run.mean()));
            }
            let over = hop.power < GONE * run.mean();
            if !over && run.after < 2 {
                return None;
            }
            if !over {
                self.run = None;
            } else if run.after >= QUIET_HOPS {
                return self.run.take().and_then(Run::beep);
            } else {
                return None;
            }
        }
        if pure {
            let start = FrameTime(begins.saturating_sub(part_of_hop(before / hop.power)));
            let begins_at_once = earlier < GONE * hop.power || in_part.is_some_and(|run| run.begins_at_once);
            self.run = Some(Run {
                start,
                end: now,
                line: hop.line,
                power: hop.power,
                hops: 1,
                after: 0,
                begins_at_once,
            });
        }
        None
    }
}

impl Run {
    fn goes_on_with(&self, hop: &Hop) -> bool {
        let hz = self.line.hz();
        let ratio = hop.power / self.mean();
        (LEAST_RATIO..1.0 / LEAST_RATIO).contains(&ratio)
            && (hop.line.hz() - hz).abs() < HZ_OFF + hz * PART_OFF
    }

    fn add(&mut self, hop: &Hop, now: FrameTime) {
        self.end = now;
        self.line.add(&hop.line);
        self.power += hop.power;
        self.hops = self.hops.saturating_add(1);
    }

    fn mean(&self) -> f32 {
        self.power / f32::from(self.hops)
    }

    fn beep(self) -> Option<Beep> {
        let hz = self.line.hz();
        let fits = self.end.since(self.start) >= SHORTEST
            && self.end.since(self.start) <= LONGEST
            && self.line.noise() < most_noise(hz)
            && (LOWEST_HZ..HIGHEST_HZ).contains(&hz)
            && (self.begins_at_once || hz > VOICE_HZ);
        fits.then(|| Beep { start: self.start, end: self.end, hz, dbm0: dbm0_of_power(Law::A, self.mean()) })
    }
}

/// The same of all hops together. Voices are nearly pure below, and so is the middle of a digit's two tones.
fn most_noise(hz: f32) -> f32 {
    match hz {
        ..850.0 => 0.006,
        850.0..1400.0 => 0.0035,
        _ => 0.015,
    }
}

/// Frames of a hop that a tone filled in part.
fn part_of_hop(share: f32) -> u64 {
    (share.clamp(0.0, 1.0) * HOP as f32) as u64
}

/// 90 ms, measured: what lasts 100 ms is long enough wherever it falls upon hops.
const SHORTEST: Frames = Frames::from_ms(90);
const LONGEST: Frames = Frames::from_ms(3000);
const LOWEST_HZ: f32 = 60.0;
const HIGHEST_HZ: f32 = 3850.0;
/// Up to here a voice may be nearly as pure as a beep; but it comes out of another sound, or fades in.
const VOICE_HZ: f32 = 1000.0;
/// Power beside the tone over all power of a hop.
const HOP_NOISE: f32 = 0.03;
/// Powers of hops of a beep are within 2 dB of the mean.
const LEAST_RATIO: f32 = 0.63;
/// So far is the frequency that is measured of 10 ms off.
const HZ_OFF: f32 = 15.0;
const PART_OFF: f32 = 0.01;
/// From the hop after next on there is less than so much of its power, for so many hops.
const GONE: f32 = 0.1;
const QUIET_HOPS: u8 = 3;
const SOUNDING_HOPS: u16 = 5;
