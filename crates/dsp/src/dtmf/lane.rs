//! The decisions for one lane: which digit is a candidate, whether it is one, and when it has ended.
//!
//! Two machines share the hop. The *candidate* is the strongest pair of tones; sums over its hops say how
//! long, how steady and how pure it is, and when all limits hold it is reported. The *held* digit is the one
//! reported; it waits for its end and does not depend on the candidate, so that a short break does not split
//! it and its echo does not count twice.

use tandem_types::FrameTime;

use super::detector::DtmfEvent;
use super::frontend::FrontEnd;
use super::held::{Held, Release, digit};
use super::kernels::{Complex, HIGH_PASS_GAIN, HOP};
use super::{HIGH_HZ, LOW_HZ};

/// Decisions of one lane.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    candidate: Option<Candidate>,
    held: Option<Held>,
}

/// Indices 0 to 7 of the low and the high tone.
pub(super) type Pair = [usize; 2];

/// The strongest pair of tones, and what is known of it since it became that.
#[derive(Clone, Debug)]
struct Candidate {
    pair: Pair,
    /// Largest magnitude of each tone in the long window.
    peak: [f32; 2],
    /// Sum of the magnitudes in the short windows: peak times duration in hops, whatever the alignment.
    area: [f32; 2],
    /// Power below the high-pass just before it began.
    low_before: f32,
    quality: Quality,
}

/// Sums over the hops in which both tones were near their peaks.
#[derive(Clone, Debug, Default)]
struct Quality {
    hops: u32,
    power: [f32; 2],
    total: f32,
    low: f32,
    /// Sum of the phase steps, and of their magnitudes.
    step: [Complex; 2],
    step_size: [f32; 2],
}

/// A candidate that is a digit.
struct Verdict {
    /// Duration in hops, mean of the tones.
    duration: f32,
    /// Mean power of each tone.
    power: [f32; 2],
}

impl Lane {
    pub(super) const fn new() -> Self {
        Self { candidate: None, held: None }
    }

    /// Looks at the newest hop, which ended at `now`.
    pub(super) fn hop(
        &mut self,
        front: &FrontEnd,
        lane: usize,
        now: FrameTime,
        on_event: &mut impl FnMut(DtmfEvent),
    ) {
        self.follow_candidate(front, lane);
        self.follow_held(front, lane, now, on_event);
        self.judge(front, lane, now, on_event);
    }

    fn follow_candidate(&mut self, front: &FrontEnd, lane: usize) {
        let (low, low_power) = front.strongest(0, lane);
        let (high, high_power) = front.strongest(1, lane);
        if low_power.min(high_power) < CANDIDATE_POWER {
            self.candidate = None;
            return;
        }
        let size = [libm::sqrtf(low_power), libm::sqrtf(high_power)];
        match &mut self.candidate {
            Some(candidate) if candidate.pair == [low, high] && !candidate.has_broken(size) => {
                candidate.advance(front, lane, size);
            }
            _ => self.candidate = Some(Candidate::begin([low, high], front, lane, size)),
        }
    }

    fn follow_held(
        &mut self,
        front: &FrontEnd,
        lane: usize,
        now: FrameTime,
        on_event: &mut impl FnMut(DtmfEvent),
    ) {
        let Some(held) = &mut self.held else { return };
        let Some(release) = held.advance(front, lane) else { return };
        let pair = held.pair;
        on_event(held.ended(held.end_estimate(now)));
        self.held = None;
        // What follows with the same tones is a new digit; one with others has its own beginning already.
        if let Some(candidate) = &mut self.candidate
            && candidate.pair == pair
        {
            let mut again = Candidate::begin(pair, front, lane, candidate.long_size(front, lane));
            if matches!(release, Release::Pause) {
                again.add_area(front, lane, 2);
            }
            *candidate = again;
        }
    }

    fn judge(&mut self, front: &FrontEnd, lane: usize, now: FrameTime, on_event: &mut impl FnMut(DtmfEvent)) {
        let Some(candidate) = &self.candidate else { return };
        if self.held.as_ref().is_some_and(|held| held.pair == candidate.pair) {
            return;
        }
        let Some(verdict) = candidate.verdict(front, lane) else { return };
        // The areas reach to the end of the short window one hop back, 40 frames ago, half of whose
        // falling slope is not in them.
        let reach = verdict.duration * HOP as f32 + 60.0;
        let at = FrameTime(now.0.saturating_sub(reach as u64));
        if let Some(held) = self.held.take() {
            on_event(held.ended(at.min(held.end_estimate(now))));
        }
        let level = candidate.peak[0] + candidate.peak[1];
        on_event(DtmfEvent::Start { lane, digit: digit(candidate.pair), at, reported: now });
        self.held = Some(Held::begin(candidate.pair, at, verdict.power, level, front, lane));
    }
}

impl Candidate {
    fn begin(pair: Pair, front: &FrontEnd, lane: usize, size: [f32; 2]) -> Self {
        let mut candidate = Self {
            pair,
            peak: [0.0; 2],
            area: [0.0; 2],
            low_before: front.low(3, lane).max(front.low(4, lane)),
            quality: Quality::default(),
        };
        candidate.advance(front, lane, size);
        candidate
    }

    /// Whether a tone has fallen so far that whatever follows is another tone.
    fn has_broken(&self, size: [f32; 2]) -> bool {
        size[0] < BROKEN * self.peak[0] || size[1] < BROKEN * self.peak[1]
    }

    fn advance(&mut self, front: &FrontEnd, lane: usize, size: [f32; 2]) {
        self.add_area(front, lane, 1);
        if size[0] > RISING * self.peak[0] || size[1] > RISING * self.peak[1] {
            self.quality = Quality::default();
        }
        for (peak, size) in self.peak.iter_mut().zip(size) {
            *peak = peak.max(size);
        }
        if size[0] > NEAR_PEAK * self.peak[0] && size[1] > NEAR_PEAK * self.peak[1] {
            self.quality.add(self.pair, size, front, lane);
        }
    }

    fn add_area(&mut self, front: &FrontEnd, lane: usize, age: usize) {
        for (area, tone) in self.area.iter_mut().zip(self.pair) {
            *area += libm::sqrtf(front.short_power(age, tone, lane));
        }
    }

    fn long_size(&self, front: &FrontEnd, lane: usize) -> [f32; 2] {
        self.pair.map(|tone| libm::sqrtf(front.long(tone, lane).power()))
    }

    /// Whether all limits hold; the cheap ones first.
    fn verdict(&self, front: &FrontEnd, lane: usize) -> Option<Verdict> {
        let quality = &self.quality;
        if quality.hops < MIN_HOPS || !quality.is_coherent() {
            return None;
        }
        let turn = [0, 1].map(|n| Turn::of(quality.step[n]));
        let duration = [0, 1].map(|n| self.area[n] / self.peak[n] * turn[n].long_window_gain());
        let power = [0, 1].map(|n| quality.power[n] * turn[n].power_correction());
        let is_digit = duration[0].min(duration[1]) >= MIN_DURATION
            && (duration[0] - duration[1]).abs() <= MAX_DURATION_SKEW
            && power[1] <= MAX_HIGH_TWIST * power[0]
            && power[0] <= MAX_LOW_TWIST * power[1]
            && power[0].min(power[1]) >= MIN_POWER * quality.hops as f32
            && self.is_pure(power)
            && self.is_steady(front, lane)
            && (self.low_band_is_empty(power[0] + power[1])
                || duration[0].min(duration[1]) >= MIN_DURATION_OVER_DIAL_TONE
                    && self.low_band_is_dial_tone(power[0] + power[1], front, lane))
            && self.frequencies_fit(&turn);
        is_digit.then(|| Verdict {
            duration: 0.5 * (duration[0] + duration[1]),
            power: power.map(|power| power / quality.hops as f32),
        })
    }

    fn is_pure(&self, power: [f32; 2]) -> bool {
        let [low, high] = self.pair.map(|tone| HIGH_PASS_GAIN[tone]);
        power[0] * low + power[1] * high >= MIN_PURITY * self.quality.total
    }

    /// Whether no tone has sagged in the last 25 ms.
    fn is_steady(&self, front: &FrontEnd, lane: usize) -> bool {
        self.pair.iter().all(|&tone| {
            let powers = [1, 2, 3, 4].map(|age| front.short_power(age, tone, lane));
            let (least, most) = powers.iter().fold((f32::MAX, 0.0f32), |(l, m), &p| (p.min(l), p.max(m)));
            least >= MIN_STEADINESS * MIN_STEADINESS * most
        })
    }

    /// Below the high-pass there is next to nothing. Speech brings its fundamental along.
    fn low_band_is_empty(&self, tones: f32) -> bool {
        self.quality.low <= MAX_LOW_BAND * tones
    }

    /// Below the high-pass there is what was there before, and it is steady.
    fn low_band_is_dial_tone(&self, tones: f32, front: &FrontEnd, lane: usize) -> bool {
        let hops = self.quality.hops as f32;
        let low = self.quality.low;
        low <= MAX_DIAL_TONE * tones
            && (low - self.low_before * hops).abs() <= MAX_LOW_BAND_STEP * tones
            && front.low_swing(lane) * hops <= MAX_LOW_BAND_SWING * tones
    }

    fn frequencies_fit(&self, turn: &[Turn; 2]) -> bool {
        let deviation = [0, 1].map(|n| turn[n].hz() / nominal_hz(self.pair[n]));
        deviation.iter().all(|deviation| deviation.abs() <= MAX_DEVIATION)
            && (deviation[0] - deviation[1]).abs() <= MAX_DEVIATION_DIFFERENCE
    }
}

impl Quality {
    fn add(&mut self, pair: Pair, size: [f32; 2], front: &FrontEnd, lane: usize) {
        self.hops = self.hops.saturating_add(1);
        self.total += front.total(lane);
        self.low += front.low(0, lane);
        for n in 0..2 {
            let step = front.step(pair[n], lane);
            self.power[n] += 0.5 * size[n] * size[n];
            self.step[n].re += step.re;
            self.step[n].im += step.im;
            self.step_size[n] += size[n] * libm::sqrtf(front.long_before(pair[n], lane).power());
        }
    }

    /// Whether each tone turned at a constant rate.
    fn is_coherent(&self) -> bool {
        (0..2).all(|n| {
            let needed = MIN_COHERENCE * self.step_size[n];
            self.step[n].re > 0.0 && self.step[n].power() >= needed * needed
        })
    }
}

/// By how much a tone turns in a hop beyond its nominal frequency.
struct Turn {
    sum: Complex,
    /// 1 - cos of the angle.
    versine: f32,
}

impl Turn {
    fn of(sum: Complex) -> Self {
        Self { sum, versine: 1.0 - sum.re / libm::sqrtf(sum.power()) }
    }

    fn hz(&self) -> f32 {
        libm::atan2f(self.sum.im, self.sum.re) * HOPS_PER_TURN_HZ
    }

    /// Magnitude in the long window for that in the short window: (1 + cos) / 2.
    fn long_window_gain(&self) -> f32 {
        1.0 - 0.5 * self.versine
    }

    /// What the long window takes from the power of a tone off its nominal frequency, undone: a fit to
    /// the window's response, within 0.5 % up to 2.5 % off 1633 Hz.
    fn power_correction(&self) -> f32 {
        let v = self.versine;
        1.0 + v * (1.240_73 + v * (1.333_15 + v * (-0.126_64 + v * 1.849_44)))
    }
}

fn nominal_hz(tone: usize) -> f32 {
    if tone < 4 { LOW_HZ[tone] } else { HIGH_HZ[tone % 4] }
}

/// Turns a hop as angle to Hz: 200 hops a second, 2π a turn.
const HOPS_PER_TURN_HZ: f32 = 200.0 / core::f32::consts::TAU;

/// Peak of a tone at the lowest level, -42 dBm0.
const FLOOR: f32 = 181.34;
const MIN_POWER: f32 = 0.5 * FLOOR * FLOOR;
/// A pair becomes a candidate when both tones exceed half the floor.
const CANDIDATE_POWER: f32 = 0.25 * FLOOR * FLOOR;
const BROKEN: f32 = 0.3;
/// 1.5 dB: a tone that rises faster than this is still beginning.
const RISING: f32 = 1.19;
const NEAR_PEAK: f32 = 0.7;

/// Q.24 §2.3: 40 ms and longer must be taken, 20 ms must not. 30.5 ms, in hops.
const MIN_DURATION: f32 = 30.5 / 5.0;
/// 32 ms, in hops: steady voices make shorter pairs over their own fundamental now and then.
const MIN_DURATION_OVER_DIAL_TONE: f32 = 32.0 / 5.0;
/// 7.5 ms, in hops.
const MAX_DURATION_SKEW: f32 = 7.5 / 5.0;
const MIN_HOPS: u32 = 4;
/// Q.24 §2.1: ±1.5 % and 2 Hz must be taken, ±3.5 % must not.
const MAX_DEVIATION: f32 = 0.020;
const MAX_DEVIATION_DIFFERENCE: f32 = 0.033;
const MIN_COHERENCE: f32 = 0.978;
/// Share of the pair in the high-passed power.
const MIN_PURITY: f32 = 0.84;
/// High tone louder by 6.8 dB.
const MAX_HIGH_TWIST: f32 = 4.786;
/// Low tone louder by 9.0 dB.
const MAX_LOW_TWIST: f32 = 7.943;
const MIN_STEADINESS: f32 = 0.56;
const MAX_LOW_BAND: f32 = 0.18;
const MAX_DIAL_TONE: f32 = 1.5;
const MAX_LOW_BAND_STEP: f32 = 0.21;
const MAX_LOW_BAND_SWING: f32 = 0.7;
