//! The decisions, for all lanes at once: which tones are a candidate, whether they are a signal, and when it
//! has ended.
//!
//! A *short* spectrum is that of the newest 10 ms. Three of them make a *long* one, of 20 ms centred one hop back,
//! whose skirts are 25 dB down at the distance of the tones. The *candidate* is the strongest pair of tones in
//! the long spectrum; sums over its hops say how long and how steady it is. The *held* signal is the one
//! reported; it waits for its end. All is done in vectors of lanes, indices of tones too; only what is reported is
//! worked lane by lane.

use tandem_types::{FrameTime, Law};

use super::system::Limits;
use super::{MfEvent, MfSignal, MfSystem};
use crate::arch::{FoldedSpace, InstructionSet, Kernel, Mask, SpectrumSpace, Vector, run};
use crate::lanes::{LANES, Lanes, lanes_in};
use crate::level::dbm0_of_power;
use crate::spectrum::{Complex, ComplexLanes, Integers, Weights, Window, long_window, sine_and_cosine};

/// Frames in a hop: 5 ms.
pub(super) const HOP: usize = 40;
/// The most tones of a system.
const MOST_TONES: usize = 6;

/// A spectrum of all lanes.
type Spectrum = [ComplexLanes; MOST_TONES];

/// Decisions of all lanes.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Decisions {
    /// Short spectra of the last two hops, the newer first, and the long one of the last.
    short: [Spectrum; 2],
    long: Spectrum,
    /// Sums of squares of the last three hops, the newest first.
    energies: [Lanes; 3],
    candidate: Candidate,
    held: Held,
    system: MfSystem,
    /// Hops since anything was to be heard in any lane.
    silent_hops: u32,
}

/// The strongest pair of tones, and what is known of it since it became that.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Candidate {
    tones: [Lanes; 2],
    /// Largest magnitude of each tone in the long window.
    peak: [Lanes; 2],
    /// Sum of the magnitudes in the short windows: peak times duration in hops, whatever the alignment.
    area: [Lanes; 2],
    /// Hops in a row that were good, and sums over them: power, and by what the tones turned.
    good_hops: Lanes,
    power: [Lanes; 2],
    turn: [ComplexLanes; 2],
}

/// The signal reported last, until it ends.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Held {
    /// No tones: none is held.
    tones: [Lanes; 2],
    start: [FrameTime; LANES],
    power: [Lanes; 2],
    turn: [ComplexLanes; 2],
    /// Largest magnitude of each tone since the report.
    level: [Lanes; 2],
    faint_hops: Lanes,
    /// Hops since the tones were last there in full, and their area since.
    since_full: Lanes,
    area_since_full: Lanes,
}

impl Decisions {
    pub(super) const fn new(system: MfSystem) -> Self {
        const NONE: [Lanes; 2] = [[NO_TONE; LANES]; 2];
        const ZERO: [Lanes; 2] = [[0.0; LANES]; 2];
        Self {
            system,
            short: [[ComplexLanes::ZERO; MOST_TONES]; 2],
            long: [ComplexLanes::ZERO; MOST_TONES],
            energies: [[0.0; LANES]; 3],
            candidate: Candidate {
                tones: NONE,
                peak: ZERO,
                area: ZERO,
                good_hops: [0.0; LANES],
                power: ZERO,
                turn: [ComplexLanes::ZERO; 2],
            },
            held: Held {
                tones: NONE,
                start: [FrameTime::ZERO; LANES],
                power: ZERO,
                turn: [ComplexLanes::ZERO; 2],
                level: ZERO,
                faint_hops: [0.0; LANES],
                since_full: [0.0; LANES],
                area_since_full: [0.0; LANES],
            },
            silent_hops: SILENT_HOPS,
        }
    }

    /// Forgets everything about a lane.
    pub(super) fn reset(&mut self, lane: usize) {
        if lane >= LANES {
            return;
        }
        self.short.iter_mut().flatten().chain(&mut self.long).for_each(|tone| tone.reset(lane));
        self.energies.iter_mut().for_each(|energy| energy[lane] = 0.0);
        self.candidate.tones.iter_mut().for_each(|tone| tone[lane] = NO_TONE);
        self.held.tones.iter_mut().for_each(|tone| tone[lane] = NO_TONE);
    }

    /// Works the hop that is now full and ended at `now`.
    pub(super) fn hop(
        &mut self,
        set: InstructionSet,
        window: &Window<HOP>,
        now: FrameTime,
        on_event: &mut impl FnMut(MfEvent),
    ) {
        let energy = run(set, Energy(window));
        let silent = energy.iter().all(|energy| *energy < QUIET * HOP as f32);
        self.silent_hops = if silent { self.silent_hops.saturating_add(1) } else { 0 };
        if self.silent_hops > SILENT_HOPS {
            return; // there is no candidate any more, and nothing is held
        }
        let tones = self.system.tones();
        let (mut folded, mut space) = (FoldedSpace::new(), [SpectrumSpace::FREE; MOST_TONES]);
        let folded = folded.fold(set, window.hops());
        let sums = folded.spectra(tones, &mut space[..tones.len()]);
        let (starts, ends) = match self.system {
            MfSystem::Line => run(set, Look::<3> { decisions: self, energy, sums }),
            _ => run(set, Look::<6> { decisions: self, energy, sums }),
        };
        for lane in lanes_in(starts | ends) {
            if ends >> lane & 1 == 1 {
                on_event(self.end(lane, now, None));
            }
            if starts >> lane & 1 == 1 {
                self.start(lane, now, on_event);
            }
        }
    }

    /// Takes the candidate for the held signal, and ends the one held before.
    fn start(&mut self, lane: usize, now: FrameTime, on_event: &mut impl FnMut(MfEvent)) {
        let candidate = &self.candidate;
        let duration = [0, 1].map(|n| candidate.area[n][lane] / candidate.peak[n][lane].max(1.0));
        // The areas reach to half a hop before the end of the hop before.
        let reach = HOP as f32 * (0.5 * (duration[0] + duration[1]) + 1.5);
        let at = FrameTime(now.0.saturating_sub(reach as u64));
        if self.held.tones[0][lane] != NO_TONE {
            on_event(self.end(lane, now, Some(at)));
        }
        let (candidate, held) = (&self.candidate, &mut self.held);
        held.start[lane] = at;
        for n in 0..2 {
            held.tones[n][lane] = candidate.tones[n][lane];
            held.level[n][lane] = candidate.peak[n][lane];
            held.power[n][lane] = candidate.power[n][lane] / candidate.good_hops[lane].max(1.0);
            held.turn[n].store(lane, candidate.turn[n].at(lane));
        }
        held.faint_hops[lane] = 0.0;
        held.since_full[lane] = 0.0;
        held.area_since_full[lane] = 0.0;
        let signal = MfSignal::of_tones(self.system, held.tones.map(|tone| tone[lane] as u8));
        on_event(MfEvent::Start { lane, signal, at, reported: now });
    }

    /// Ends the held signal, at `latest` at the latest.
    fn end(&mut self, lane: usize, now: FrameTime, latest: Option<FrameTime>) -> MfEvent {
        let held = &mut self.held;
        let back = HOP as f32 * (held.since_full[lane] + 0.5 - held.area_since_full[lane]);
        let estimate = FrameTime(now.0.saturating_sub(back.max(0.0) as u64));
        let start = held.start[lane];
        let end = latest.map_or(estimate, |latest| latest.min(estimate));
        let signal = MfSignal::of_tones(self.system, held.tones.map(|tone| tone[lane] as u8));
        held.tones.iter_mut().for_each(|tone| tone[lane] = NO_TONE);
        MfEvent::End {
            lane,
            signal,
            start,
            end: end.max(FrameTime(start.0.saturating_add(1))),
            dbm0: held.power.map(|power| dbm0_of_power(Law::A, 0.5 * power[lane])),
            offset_hz: [0, 1].map(|n: usize| {
                let turn = held.turn[n].at(lane);
                libm::atan2f(turn.im, turn.re) * HOPS_PER_TURN_HZ
            }),
        }
    }
}

/// [`Window::energies`].
struct Energy<'a>(&'a Window<HOP>);

impl Kernel for Energy<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn run<V: Vector>(self) -> Lanes {
        self.0.energies::<V>()
    }
}

/// Everything that happens in a hop but correlation and reports, for `TONES` tones. Gives the lanes in which a
/// signal starts and those in which one ends.
struct Look<'a, const TONES: usize> {
    decisions: &'a mut Decisions,
    energy: Lanes,
    sums: &'a [[Integers; 2]],
}

impl<const TONES: usize> Kernel for Look<'_, TONES> {
    type Output = (u32, u32);

    #[inline(always)]
    fn run<V: Vector>(self) -> (u32, u32) {
        let limits = self.decisions.system.limits();
        let by = &HOP_TURNS[self.decisions.system as usize];
        let (mut starts, mut ends) = (0, 0);
        for at in (0..LANES).step_by(V::WIDTH) {
            let hop = self.decisions.take::<V, TONES>(&self.energy, self.sums, by, at);
            let candidate = self.decisions.candidate.advance(&hop, limits, at);
            let held = self.decisions.held.advance(&hop, &self.decisions.candidate.tones, at);
            starts |= (candidate & held.other).bits() << at;
            ends |= held.ended.bits() << at;
        }
        (starts, ends)
    }
}

/// What the newest hop brings to a vector of lanes.
struct Hop<V, const TONES: usize> {
    /// Power of all in the long window.
    total: V,
    /// Of the newest short window, of the one before, and of the long one.
    newest_power: [V; TONES],
    short_power: [V; TONES],
    long_power: [V; TONES],
    /// How each tone turned against its nominal frequency.
    turn: [Complex<V>; TONES],
}

/// The tones that stand out in a hop.
struct Strongest<V: Vector> {
    tones: [V; 2],
    /// Their powers in the long window.
    power: [V; 2],
    /// Whether they have the shape of a signal.
    shapely: V::Mask,
}

impl Decisions {
    /// Takes the newest spectra and energies of the lanes from `at` on.
    #[inline(always)]
    fn take<V: Vector, const TONES: usize>(
        &mut self,
        energy: &Lanes,
        sums: &[[Integers; 2]],
        by: &[[f32; 2]; MOST_TONES],
        at: usize,
    ) -> Hop<V, TONES> {
        let zero = V::splat(0.0);
        let newest = V::load(energy, at);
        let [one, two, three] =
            [V::load(&self.energies[0], at), V::load(&self.energies[1], at), V::load(&self.energies[2], at)];
        newest.store(&mut self.energies[0], at);
        one.store(&mut self.energies[1], at);
        two.store(&mut self.energies[2], at);
        let total = V::splat(0.25) * (newest + three) + V::splat(0.75) * (one + two);
        let mut hop = Hop {
            total: total * V::splat(1.0 / (2 * HOP) as f32),
            newest_power: [zero; TONES],
            short_power: [zero; TONES],
            long_power: [zero; TONES],
            turn: [Complex { re: zero, im: zero }; TONES],
        };
        for tone in 0..TONES {
            let scale = V::splat(Weights::<20>::SCALE);
            let [re, im] = &sums[tone];
            let new = Complex { re: V::load_integers(re, at) * scale, im: V::load_integers(im, at) * scale };
            let middle = self.short[0][tone].load(at);
            let old = self.short[1][tone].load(at);
            let before: Complex<V> = self.long[tone].load(at);
            let long = long_window([new, middle, old], by[tone]);
            hop.newest_power[tone] = new.power();
            hop.short_power[tone] = middle.power();
            hop.long_power[tone] = long.power();
            hop.turn[tone] = long.times_conjugate(before.turned(by[tone]));
            self.short[0][tone].store(at, new);
            self.short[1][tone].store(at, middle);
            self.long[tone].store(at, long);
        }
        hop
    }
}

impl<V: Vector, const TONES: usize> Hop<V, TONES> {
    #[inline(always)]
    fn strongest(&self, limits: &Limits) -> Strongest<V> {
        let (mut first, mut second) = (V::splat(0.0), V::splat(0.0));
        let [mut p1, mut p2, mut p3] = [V::splat(-1.0); 3];
        for tone in 0..TONES {
            let (p, index) = (self.long_power[tone], V::splat(tone as f32));
            let (leads, follows) = (p1.less(p), p2.less(p));
            p3 = V::select(follows, p2, p3.max(p));
            p2 = V::select(leads, p1, p2.max(p));
            p1 = p1.max(p);
            second = V::select(leads, first, V::select(follows, index, second));
            first = V::select(leads, index, first);
        }
        let twist = V::splat(limits.twist);
        let (mut rest, mut weaker, mut other, mut all) = (p3, p2, second, p1 + p2);
        if limits.single {
            let alone = (p2 * twist).less(p1);
            rest = V::select(alone, p2, rest);
            weaker = V::select(alone, p1, weaker);
            other = V::select(alone, first, other);
            all = V::select(alone, p1, all);
        }
        let in_order = first.less(other);
        let shapely = V::splat(limits.floor * limits.floor).less(weaker)
            & p1.less(twist * weaker)
            & (rest * V::splat(limits.clearance)).less(weaker)
            & (V::splat(limits.purity) * self.total).less(V::splat(0.5) * all);
        Strongest {
            tones: [first.min(other), first.max(other)],
            power: [V::select(in_order, p1, weaker), V::select(in_order, weaker, p1)],
            shapely,
        }
    }

    /// The entry of a tone; the first for none.
    #[inline(always)]
    fn pick(table: &[V; TONES], tone: V) -> V {
        let mut picked = table[0];
        for (index, entry) in table.iter().enumerate().skip(1) {
            picked = V::select(tone.equal(V::splat(index as f32)), *entry, picked);
        }
        picked
    }

    #[inline(always)]
    fn pick_turn(&self, tone: V) -> Complex<V> {
        let mut picked = self.turn[0];
        for (index, entry) in self.turn.iter().enumerate().skip(1) {
            let own = tone.equal(V::splat(index as f32));
            picked.re = V::select(own, entry.re, picked.re);
            picked.im = V::select(own, entry.im, picked.im);
        }
        picked
    }
}

impl Candidate {
    /// Takes the newest hop of the lanes from `at` on; says whether the candidate is a signal.
    #[inline(always)]
    fn advance<V: Vector, const TONES: usize>(
        &mut self,
        hop: &Hop<V, TONES>,
        limits: &Limits,
        at: usize,
    ) -> V::Mask {
        let zero = V::splat(0.0);
        let strongest = hop.strongest(limits);
        let size = [strongest.power[0].root(), strongest.power[1].root()];
        let (peak, area) = (load_both(&self.peak, at), load_both(&self.area, at));
        let goes_on = V::load(&self.tones[0], at).equal(strongest.tones[0])
            & V::load(&self.tones[1], at).equal(strongest.tones[1])
            & (V::splat(BROKEN) * peak[0]).less(size[0])
            & (V::splat(BROKEN) * peak[1]).less(size[1]);
        let mut good = strongest.shapely;
        let mut long_enough = strongest.shapely;
        for n in 0..2 {
            let peak = V::select(goes_on, peak[n], zero);
            let area = V::select(goes_on, area[n], zero)
                + Hop::<V, TONES>::pick(&hop.short_power, strongest.tones[n]).root();
            good = good & (V::splat(NEAR_PEAK) * peak).less(size[n]) & size[n].less(V::splat(RISING) * peak);
            let peak = peak.max(size[n]);
            long_enough = long_enough & (V::splat(limits.duration) * peak).less(area);
            strongest.tones[n].store(&mut self.tones[n], at);
            area.store(&mut self.area[n], at);
            peak.store(&mut self.peak[n], at);
        }
        let one = V::splat(1.0);
        let good_hops = V::select(good, V::load(&self.good_hops, at) + one, zero);
        good_hops.store(&mut self.good_hops, at);
        let mut ready = long_enough & V::splat(MIN_GOOD_HOPS - 0.5).less(good_hops);
        let goes_on = one.less(good_hops);
        for n in 0..2 {
            let turn = hop.pick_turn(strongest.tones[n]);
            let sum: Complex<V> = self.turn[n].load(at);
            let power = V::select(goes_on, V::load(&self.power[n], at), zero) + strongest.power[n];
            let re = V::select(goes_on, sum.re, zero) + turn.re;
            let im = V::select(goes_on, sum.im, zero) + turn.im;
            let sum = Complex { re, im };
            let length = sum.power().root();
            // Steps of a steady tone add up to its power; those of noise do not.
            ready = ready
                & (power * V::splat(MIN_COHERENCE)).less(length)
                & (V::splat(limits.turn_cosine) * length).less(re);
            power.store(&mut self.power[n], at);
            self.turn[n].store(at, sum);
        }
        ready
    }
}

/// The lanes from `at` on, of both tones. (`map` of arrays is a call, and would leave the instruction set.)
#[inline(always)]
fn load_both<V: Vector>(both: &[Lanes; 2], at: usize) -> [V; 2] {
    [V::load(&both[0], at), V::load(&both[1], at)]
}

/// Of a vector of lanes.
struct HeldNow<V: Vector> {
    /// Whether the candidate is not the held signal.
    other: V::Mask,
    ended: V::Mask,
}

impl Held {
    /// Takes the newest hop of the lanes from `at` on.
    #[inline(always)]
    fn advance<V: Vector, const TONES: usize>(
        &mut self,
        hop: &Hop<V, TONES>,
        candidate: &[Lanes; 2],
        at: usize,
    ) -> HeldNow<V> {
        let (zero, one) = (V::splat(0.0), V::splat(1.0));
        let (tones, level) = (load_both(&self.tones, at), load_both(&self.level, at));
        let size = [
            Hop::<V, TONES>::pick(&hop.newest_power, tones[0]).root(),
            Hop::<V, TONES>::pick(&hop.newest_power, tones[1]).root(),
        ];
        let (faint, full) = (V::splat(FAINT), V::splat(FULL));
        let faint = size[0].less(faint * level[0]) | size[1].less(faint * level[1]);
        let full = (full * level[0]).less(size[0]) & (full * level[1]).less(size[1]);
        let share = ((size[0] + size[1]) / (level[0] + level[1] + one)).min(one);
        let faint_hops = V::select(faint, V::load(&self.faint_hops, at) + one, zero);
        let since_full = V::select(full, zero, V::load(&self.since_full, at) + one);
        let area = V::select(full, zero, V::load(&self.area_since_full, at) + share);
        faint_hops.store(&mut self.faint_hops, at);
        since_full.store(&mut self.since_full, at);
        area.store(&mut self.area_since_full, at);
        let candidate: [V; 2] = load_both(candidate, at);
        HeldNow {
            other: candidate[0].differs(tones[0]) | candidate[1].differs(tones[1]),
            ended: V::splat(RELEASE_HOPS - 0.5).less(faint_hops) & V::splat(NO_TONE).less(tones[0]),
        }
    }
}

const NO_TONE: f32 = -1.0;
const SYSTEMS: usize = MfSystem::ALL.len();

/// Cosine and sine of the angle by which each tone of each system turns in a hop.
static HOP_TURNS: [[[f32; 2]; MOST_TONES]; SYSTEMS] = {
    let mut turns = [[[1.0, 0.0]; MOST_TONES]; SYSTEMS];
    let mut system = 0;
    while system < SYSTEMS {
        let hz = MfSystem::ALL[system].hz();
        let mut tone = 0;
        while tone < hz.len() {
            let (sin, cos) = sine_and_cosine(hz[tone] as f64 * HOP as f64 / 8000.0);
            turns[MfSystem::ALL[system] as usize][tone] = [cos as f32, sin as f32];
            tone += 1;
        }
        system += 1;
    }
    turns
};

/// Turns a hop as angle to Hz: 200 hops a second, 2π a turn.
const HOPS_PER_TURN_HZ: f32 = 200.0 / core::f32::consts::TAU;
/// A lane whose samples have no more than this mean square is silent. The idle octets of A-law have 64.
const QUIET: f32 = 144.0;
/// As long as a signal may still wait for its report or its end.
const SILENT_HOPS: u32 = 12;
const BROKEN: f32 = 0.3;
const NEAR_PEAK: f32 = 0.7;
/// 1.5 dB: a tone that rises faster than this is still beginning.
const RISING: f32 = 1.19;
const MIN_GOOD_HOPS: f32 = 2.0;
const MIN_COHERENCE: f32 = 0.85;
/// 15 dB: an echo of the signal keeps it from ending.
const FAINT: f32 = 0.17;
const FULL: f32 = 0.93;
/// A break of 10 ms leaves two hops faint at most, a pause of 20 ms at least three.
const RELEASE_HOPS: f32 = 3.0;
