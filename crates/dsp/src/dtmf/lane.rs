//! The decisions, for all lanes at once: which digit is a candidate, whether it is one, and when it has ended.
//!
//! Two machines share the hop. The *candidate* is the strongest pair of tones; sums over its hops say how
//! long, how steady and how pure it is, and when all limits hold it is reported. The *held* digit is the one
//! reported; it waits for its end and does not depend on the candidate, so that a short break does not split
//! it and its echo does not count twice. Both go on in vectors of lanes, indices of tones too; lane by lane are
//! judged only candidates that have lasted long enough. Magnitudes are in steps, as spectra are.

use tandem_types::{Digit, FrameTime, Law};

use super::detector::DtmfEvent;
use super::hop::{Group, HOP, LOW_HISTORY, Past, STEP, Sums, hop_turn, nominal_hz};
use crate::arch::{InstructionSet, Kernel, Mask, Vector, run};
use crate::lanes::{LANES, Lanes, lanes_in};
use crate::level::dbm0_of_power;
use crate::spectrum::{Complex, ComplexLanes, Window};

/// Hops of short spectra of a held digit of which the sizes are remembered.
pub(super) const SIZE_HISTORY: usize = 8;
/// The same of a candidate.
const CANDIDATE_HISTORY: usize = 4;

/// Decisions of all lanes.
#[derive(Clone, Debug)]
pub(super) struct Decisions {
    past: Past,
    candidate: Candidate,
    held: Held,
    /// Hops since anything was to be heard in any lane.
    silent_hops: usize,
}

/// The strongest pair of tones, and what is known of it since it became that.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Candidate {
    /// No tones: there is none.
    tones: [Lanes; 2],
    /// Largest magnitude of each tone in the long window.
    peak: [Lanes; 2],
    /// Sum of the magnitudes in the short windows: peak times duration in hops, whatever the alignment.
    area: [Lanes; 2],
    /// The newest of them; a ring, whose newest is one hop old.
    sizes: [[[i16; LANES]; 2]; CANDIDATE_HISTORY],
    /// Power below 550 Hz just before it began.
    low_before: Lanes,
    /// Hops in which both tones were near their peaks, and sums over them: powers, by what the tones turned, and the
    /// magnitudes of that.
    hops: Lanes,
    power: [Lanes; 2],
    high: Lanes,
    low: Lanes,
    turn: [ComplexLanes; 2],
    turn_size: [Lanes; 2],
}

/// The digit reported last, until it ends.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Held {
    /// The lanes in which one is held.
    lanes: u32,
    tones: [[i16; LANES]; 2],
    start: [FrameTime; LANES],
    power: [Lanes; 2],
    offset_hz: [Lanes; 2],
    /// Largest sum of the tones' magnitudes in the long window since the report.
    level: Lanes,
    absent_hops: Lanes,
    /// Magnitudes of the tones in the short windows; a ring.
    sizes: [[[i16; LANES]; 2]; SIZE_HISTORY],
}

/// Lanes in which a digit ends, and those in which a candidate may be a digit.
#[derive(Clone, Copy, Default)]
struct News {
    ended: u32,
    ripe: u32,
}

impl Decisions {
    pub(super) const NEW: Self = Self {
        past: Past::NOTHING,
        candidate: Candidate {
            tones: [[NO_TONE; LANES]; 2],
            peak: [[0.0; LANES]; 2],
            area: [[0.0; LANES]; 2],
            sizes: [[[0; LANES]; 2]; CANDIDATE_HISTORY],
            low_before: [0.0; LANES],
            hops: [0.0; LANES],
            power: [[0.0; LANES]; 2],
            high: [0.0; LANES],
            low: [0.0; LANES],
            turn: [ComplexLanes::ZERO; 2],
            turn_size: [[0.0; LANES]; 2],
        },
        held: Held {
            lanes: 0,
            tones: [[0; LANES]; 2],
            start: [FrameTime::ZERO; LANES],
            power: [[0.0; LANES]; 2],
            offset_hz: [[0.0; LANES]; 2],
            level: [0.0; LANES],
            absent_hops: [0.0; LANES],
            sizes: [[[0; LANES]; 2]; SIZE_HISTORY],
        },
        silent_hops: LOW_HISTORY,
    };

    /// Forgets everything about a lane.
    pub(super) fn reset(&mut self, lane: usize) {
        if lane < LANES {
            self.past.reset(lane);
            self.candidate.tones.iter_mut().for_each(|tone| tone[lane] = NO_TONE);
            self.held.lanes &= !(1 << lane);
        }
    }

    /// Works the hop that is now full and ended at `now`.
    pub(super) fn hop(
        &mut self,
        set: InstructionSet,
        window: &Window<HOP>,
        now: FrameTime,
        on_event: &mut impl FnMut(DtmfEvent),
    ) {
        let mut space = Sums::SPACE;
        let sums = Sums::of(set, window, &mut space);
        self.silent_hops = if sums.is_none() { self.silent_hops.saturating_add(1) } else { 0 };
        if self.silent_hops > LOW_HISTORY {
            return; // all that is remembered is zero, and so it would stay
        }
        let news = run(set, Look { decisions: self, sums: sums.as_ref().unwrap_or(&Sums::SILENCE) });
        for lane in lanes_in(news.ended | news.ripe) {
            if news.ended >> lane & 1 == 1 {
                on_event(self.end(lane, now, None));
            }
            if news.ripe >> lane & 1 == 1 {
                self.judge(lane, now, on_event);
            }
        }
    }

    /// Reports a candidate that is a digit, and ends the one held before.
    fn judge(&mut self, lane: usize, now: FrameTime, on_event: &mut impl FnMut(DtmfEvent)) {
        let Some(verdict) = self.candidate.verdict(&self.past, lane) else { return };
        // The areas reach to the end of the short window one hop back, 40 frames ago, half of whose
        // falling slope is not in them.
        let reach = verdict.duration * HOP as f32 + 60.0;
        let at = FrameTime(now.0.saturating_sub(reach as u64));
        if self.held.lanes >> lane & 1 == 1 {
            on_event(self.end(lane, now, Some(at)));
        }
        let Self { past, candidate, held, .. } = self;
        held.lanes |= 1 << lane;
        for group in 0..2 {
            let tone = candidate.tones[group][lane] as usize;
            held.tones[group][lane] = tone as i16;
            held.power[group][lane] = verdict.power[group];
            held.offset_hz[group][lane] = verdict.offset_hz[group];
            // What is older than the candidate remembers is not asked for: ends and pauses take three hops.
            held.sizes.iter_mut().for_each(|sizes| sizes[group][lane] = 0);
            for age in 1..=CANDIDATE_HISTORY {
                held.sizes[past.place(age, SIZE_HISTORY)][group][lane] =
                    candidate.sizes[past.place(age - 1, CANDIDATE_HISTORY)][group][lane];
            }
            held.sizes[past.place(0, SIZE_HISTORY)][group][lane] = past.newest_size(group, tone, lane) as i16;
        }
        held.start[lane] = at;
        held.level[lane] = candidate.peak[0][lane] + candidate.peak[1][lane];
        held.absent_hops[lane] = 0.0;
        on_event(DtmfEvent::Start { lane, digit: held.digit(lane), at, reported: now });
    }

    /// Ends the held digit, at `latest` at the latest.
    fn end(&mut self, lane: usize, now: FrameTime, latest: Option<FrameTime>) -> DtmfEvent {
        let estimate = self.held.end_estimate(&self.past, lane, now);
        let held = &mut self.held;
        let (digit, start) = (held.digit(lane), held.start[lane]);
        let end = latest.map_or(estimate, |latest| latest.min(estimate));
        let [low_dbm0, high_dbm0] =
            [0, 1].map(|group: usize| dbm0_of_power(Law::A, held.power[group][lane] * (STEP * STEP)));
        held.lanes &= !(1 << lane);
        DtmfEvent::End {
            lane,
            digit,
            start,
            end: end.max(FrameTime(start.0.saturating_add(1))),
            low_dbm0,
            high_dbm0,
            twist_db: high_dbm0 - low_dbm0,
            low_offset_hz: held.offset_hz[0][lane],
            high_offset_hz: held.offset_hz[1][lane],
        }
    }
}

/// Everything that happens in a hop but correlations and reports.
struct Look<'a> {
    decisions: &'a mut Decisions,
    sums: &'a Sums<'a>,
}

impl Kernel for Look<'_> {
    type Output = News;

    #[inline(always)]
    fn run<V: Vector>(self) -> News {
        let Decisions { past, candidate, held, .. } = self.decisions;
        let mut groups = [Group::NOTHING; 2];
        past.take::<V::Words>(self.sums, &held.tones, held.lanes, &mut groups);
        let mut news = News::default();
        for at in (0..LANES).step_by(V::WIDTH) {
            let powers = past.take_powers::<V>(self.sums, at);
            let release = held.advance(&groups, powers, past, at);
            let ripe = candidate.advance(&groups, powers, past, held, &release, at);
            news.ended |= (release.absent | release.paused).bits() << at;
            news.ripe |= ripe.bits() << at;
        }
        news
    }
}

impl Candidate {
    /// Takes the newest hop of the lanes from `at` on; says whether the candidate is one that may be a digit.
    #[inline(always)]
    fn advance<V: Vector>(
        &mut self,
        groups: &[Group; 2],
        [power_above, power_below]: [V; 2],
        past: &Past,
        held: &Held,
        release: &Release<V>,
        at: usize,
    ) -> V::Mask {
        let one = V::splat(1.0);
        let tones = [groups[0].tone::<V>(at), groups[1].tone::<V>(at)];
        let [low, high] = &tones;
        let present = V::splat(CANDIDATE_POWER).less(low.power.min(high.power));
        if present.bits() == 0 {
            self.tones.iter_mut().for_each(|tone| tone[at..at + V::WIDTH].fill(NO_TONE));
            return present;
        }
        let size = [low.power.root(), high.power.root()];
        let peak = [V::load(&self.peak[0], at), V::load(&self.peak[1], at)];
        let is_held = release.holds
            & low.index.equal(V::load_samples(&held.tones[0], at))
            & high.index.equal(V::load_samples(&held.tones[1], at));
        // What follows the held digit with the same tones is a new one; one with others has its own beginning.
        let begins_after_pause = release.paused & is_held;
        let begins_anew = (release.absent | release.paused) & is_held;
        let goes_on = (present
            & low.index.equal(V::load(&self.tones[0], at))
            & high.index.equal(V::load(&self.tones[1], at))
            & (V::splat(BROKEN) * peak[0]).less(size[0])
            & (V::splat(BROKEN) * peak[1]).less(size[1]))
        .and_not(begins_anew);
        let low_before = past.low::<V>(3, at).max(past.low(4, at));
        V::select(goes_on, V::load(&self.low_before, at), low_before).store(&mut self.low_before, at);
        let peak = [peak[0].masked(goes_on), peak[1].masked(goes_on)];
        let rises = (V::splat(RISING) * peak[0]).less(size[0]) | (V::splat(RISING) * peak[1]).less(size[1]);
        let keeps = goes_on.and_not(rises);
        let peak = [peak[0].max(size[0]), peak[1].max(size[1])];
        let near =
            (V::splat(NEAR_PEAK) * peak[0]).less(size[0]) & (V::splat(NEAR_PEAK) * peak[1]).less(size[1]);
        let add = |sum: &mut Lanes, value: V| sum_up::<V>(sum, value, keeps, near, at);
        let hops = add(&mut self.hops, one);
        let total = add(&mut self.high, power_above);
        add(&mut self.low, power_below);
        let mut ripe = present.and_not(is_held) & V::splat(MIN_HOPS - 0.5).less(hops);
        let mut power = V::splat(0.0);
        for group in 0..2 {
            let tone = &tones[group];
            let mut area = V::load(&self.area[group], at).masked(goes_on) + tone.short_size;
            if begins_after_pause.bits() != 0 {
                let sizes = &held.sizes[past.place(2, SIZE_HISTORY)][group];
                area = area + V::load_samples(sizes, at).masked(begins_after_pause);
            }
            tone.short_size.store_samples(&mut self.sizes[past.place(0, CANDIDATE_HISTORY)][group], at);
            power = power + add(&mut self.power[group], V::splat(0.5) * tone.power);
            let re = add(&mut self.turn[group].re, tone.turn.re);
            let im = add(&mut self.turn[group].im, tone.turn.im);
            let turn_size = add(&mut self.turn_size[group], (tone.power * tone.power_before).root());
            // It turned at a constant rate.
            let needed = V::splat(MIN_COHERENCE) * turn_size;
            ripe = ripe & (needed * needed).less(re * re + im * im);
            ripe = ripe & (V::splat(MIN_DURATION) * peak[group]).less(area + one);
            V::select(present, tone.index, V::splat(NO_TONE)).store(&mut self.tones[group], at);
            area.store(&mut self.area[group], at);
            peak[group].store(&mut self.peak[group], at);
        }
        ripe & (V::splat(MIN_PURITY / MOST_CORRECTION) * total).less(power)
    }

    /// Whether all limits hold that [`Self::advance`] has not looked at; the cheap ones first.
    fn verdict(&self, past: &Past, lane: usize) -> Option<Verdict> {
        let hops = self.hops[lane];
        let turn = [0, 1].map(|group: usize| {
            let [cos, sin] = hop_turn(group, self.tones[group][lane] as usize);
            Turn::of(self.turn[group].at(lane).turned([cos, -sin]))
        });
        let duration = [0, 1].map(|group: usize| {
            self.area[group][lane] / self.peak[group][lane] * turn[group].long_window_gain()
        });
        let power = [0, 1].map(|group: usize| self.power[group][lane] * turn[group].power_correction());
        let sounds_like_one = duration[0].min(duration[1]) >= MIN_DURATION
            && (duration[0] - duration[1]).abs() <= MAX_DURATION_SKEW
            && power[1] <= MAX_HIGH_TWIST * power[0]
            && power[0] <= MAX_LOW_TWIST * power[1]
            && power[0].min(power[1]) >= MIN_POWER * hops
            && power[0] + power[1] >= MIN_PURITY * self.high[lane]
            && self.steadiness(lane) >= MIN_STEADINESS
            && (self.low_band_is_empty(power[0] + power[1], lane)
                || duration[0].min(duration[1]) >= MIN_DURATION_OVER_DIAL_TONE
                    && self.steadiness(lane) >= MIN_STEADINESS_OVER_DIAL_TONE
                    && self.low_band_is_dial_tone(power[0] + power[1], past, lane));
        if !sounds_like_one {
            return None;
        }
        let offset_hz = turn.map(|turn| turn.hz());
        self.frequencies_fit(offset_hz, lane).then(|| Verdict {
            duration: 0.5 * (duration[0] + duration[1]),
            power: power.map(|power| power / hops),
            offset_hz: offset_hz.map(|hz| hz / OFFSET_IN_BEGINNING),
        })
    }

    /// How little the tones have sagged in the last 25 ms: the least of the largest magnitude, of the worse tone.
    fn steadiness(&self, lane: usize) -> f32 {
        let shares = [0, 1].map(|group: usize| {
            let sizes = self.sizes.map(|sizes| f32::from(sizes[group][lane]));
            let (least, most) = sizes.iter().fold((f32::MAX, 0.0f32), |(l, m), &s| (s.min(l), s.max(m)));
            least / most.max(1.0)
        });
        shares[0].min(shares[1])
    }

    /// Below the tones there is next to nothing. Speech brings its fundamental along.
    fn low_band_is_empty(&self, tones: f32, lane: usize) -> bool {
        self.low[lane] <= MAX_LOW_BAND * tones
    }

    /// Below the tones there is what was there before, and it is steady.
    fn low_band_is_dial_tone(&self, tones: f32, past: &Past, lane: usize) -> bool {
        let (hops, low) = (self.hops[lane], self.low[lane]);
        low <= MAX_DIAL_TONE * tones
            && (low - self.low_before[lane] * hops).abs() <= MAX_LOW_BAND_STEP * tones
            && past.low_swing(lane) * hops <= MAX_LOW_BAND_SWING * tones
    }

    fn frequencies_fit(&self, offset_hz: [f32; 2], lane: usize) -> bool {
        let deviation =
            [0, 1].map(|group: usize| offset_hz[group] / nominal_hz(group, self.tones[group][lane] as usize));
        deviation.iter().all(|deviation| deviation.abs() <= MAX_DEVIATION)
            && (deviation[0] - deviation[1]).abs() <= MAX_DEVIATION_DIFFERENCE
    }
}

/// A sum that goes on where `keeps` says so, and takes the value where `near` does.
#[inline(always)]
fn sum_up<V: Vector>(sum: &mut Lanes, value: V, keeps: V::Mask, near: V::Mask, at: usize) -> V {
    let result = V::load(sum, at).masked(keeps) + value.masked(near);
    result.store(sum, at);
    result
}

/// A candidate that is a digit.
struct Verdict {
    /// Duration in hops, mean of the tones.
    duration: f32,
    /// Mean power of each tone.
    power: [f32; 2],
    offset_hz: [f32; 2],
}

/// Why a held digit has ended, in a vector of lanes: the tones are gone, or they paused and are back.
struct Release<V: Vector> {
    /// Where there was one.
    holds: V::Mask,
    absent: V::Mask,
    paused: V::Mask,
}

impl Held {
    fn digit(&self, lane: usize) -> Digit {
        let [low, high] = [0, 1].map(|group: usize| self.tones[group][lane] as usize);
        Digit::KEYPAD[(4 * (low % 4) + high % 4) % 16]
    }

    /// Takes the newest hop of the lanes from `at` on.
    #[inline(always)]
    fn advance<V: Vector>(
        &mut self,
        groups: &[Group; 2],
        [power_above, _]: [V; 2],
        past: &Past,
        at: usize,
    ) -> Release<V> {
        let holds = V::Mask::of_bits(self.lanes >> at);
        if holds.bits() == 0 {
            return Release { holds, absent: holds, paused: holds };
        }
        let [low, high] = [groups[0].followed::<V>(at), groups[1].followed::<V>(at)];
        let newest = &mut self.sizes[past.place(0, SIZE_HISTORY)];
        low[1].store_samples(&mut newest[0], at);
        high[1].store_samples(&mut newest[1], at);
        let size = low[0].root() + high[0].root();
        let level = V::load(&self.level, at).max(size);
        let absent = size.less(V::splat(FAINT) * level)
            | (V::splat(0.5) * (low[0] + high[0])).less(V::splat(DROWNED) * power_above);
        let absent_hops = (V::load(&self.absent_hops, at) + V::splat(1.0)).masked(absent);
        level.store(&mut self.level, at);
        absent_hops.store(&mut self.absent_hops, at);
        let absent = holds & V::splat(RELEASE_HOPS - 0.5).less(absent_hops);
        let paused = (holds & self.has_paused(past, level, at)).and_not(absent);
        Release { holds, absent, paused }
    }

    /// Sum of the magnitudes of the tones in the short window `age` hops back.
    #[inline(always)]
    fn size<V: Vector>(&self, past: &Past, age: usize, at: usize) -> V {
        let sizes = &self.sizes[past.place(age, SIZE_HISTORY)];
        V::load_samples(&sizes[0], at) + V::load_samples(&sizes[1], at)
    }

    /// Whether more of the tones is missing between the oldest and the newest hops than a break may take. A
    /// break of 5 ms misses one hop exactly, however it lies on the hops.
    #[inline(always)]
    fn has_paused<V: Vector>(&self, past: &Past, level: V, at: usize) -> V::Mask {
        let newest = self.size::<V>(past, 0, at).max(self.size(past, 1, at));
        let sixth = self.size::<V>(past, 6, at);
        let oldest = sixth.max(self.size(past, 7, at));
        // The level on both sides of a possible pause: the smaller of oldest and newest.
        let reference = oldest.min(newest);
        let (mut missing, mut least) = ((reference - sixth).max(V::splat(0.0)), reference.min(sixth));
        for age in 2..6 {
            let size = self.size(past, age, at);
            missing = missing + (reference - size).max(V::splat(0.0));
            least = least.min(size);
        }
        (V::splat(FAINT) * level).less(reference)
            & (V::splat(PAUSE_MISSING) * reference).less(missing)
            & least.less(V::splat(PAUSE_DEPTH) * reference)
    }

    /// When the tone ended: how far the areas of the last hops reach.
    fn end_estimate(&self, past: &Past, lane: usize, now: FrameTime) -> FrameTime {
        let mut sizes = [0.0; SIZE_HISTORY];
        for (age, size) in sizes.iter_mut().enumerate() {
            *size = self.size(past, age, lane);
        }
        let full = sizes.iter().fold(0.0f32, |most, size| size.max(most));
        if full <= 0.0 {
            return self.start[lane];
        }
        let mut hops = 0.0;
        for size in sizes.iter().rev() {
            if *size < END_SIZE * full {
                break;
            }
            hops += size / full;
        }
        // The oldest window is centred 320 frames back; areas count from half a hop before that.
        let back = (340.0 - HOP as f32 * hops).max(0.0) as u64;
        FrameTime(now.0.saturating_sub(back)).max(self.start[lane])
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

const NO_TONE: f32 = -1.0;
/// Turns a hop as angle to Hz: 200 hops a second, 2π a turn.
const HOPS_PER_TURN_HZ: f32 = 200.0 / core::f32::consts::TAU;

/// Peak of a tone at the lowest level, -42 dBm0.
const FLOOR: f32 = 181.34 / STEP;
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
const MIN_HOPS: f32 = 4.0;
/// Q.24 §2.1: ±1.5 % and 2 Hz must be taken, ±3.5 % must not.
const MAX_DEVIATION: f32 = 0.020;
const MAX_DEVIATION_DIFFERENCE: f32 = 0.033;
const MIN_COHERENCE: f32 = 0.978;
/// What is left of an offset in the sums: in its beginning, which is among them, a tone turns less. Of 960 tones 0.88 to 0.98.
const OFFSET_IN_BEGINNING: f32 = 0.94;
/// Share of the pair in the power above 550 Hz.
const MIN_PURITY: f32 = 0.83;
/// More than [`Turn::power_correction`] can be within [`MAX_DEVIATION`].
const MOST_CORRECTION: f32 = 2.1;
/// High tone louder by 6.8 dB.
const MAX_HIGH_TWIST: f32 = 4.786;
/// Low tone louder by 9.0 dB.
const MAX_LOW_TWIST: f32 = 7.943;
const MIN_STEADINESS: f32 = 0.56;
/// Of two voices over their own fundamental, 0.57 and 0.61; the dial tones of the rule table leave more.
const MIN_STEADINESS_OVER_DIAL_TONE: f32 = 0.65;
const MAX_LOW_BAND: f32 = 0.18;
const MAX_DIAL_TONE: f32 = 1.5;
const MAX_LOW_BAND_STEP: f32 = 0.21;
const MAX_LOW_BAND_SWING: f32 = 0.7;
/// Hops that must be missing for a pause: 12.5 ms. Q.24 §2.4: breaks up to 10 ms do not split a digit.
const PAUSE_MISSING: f32 = 2.5;
const PAUSE_DEPTH: f32 = 0.4;
const FAINT: f32 = 0.15;
const DROWNED: f32 = 0.21;
const RELEASE_HOPS: f32 = 3.0;
const END_SIZE: f32 = 0.2;
