//! The detector for the lanes of a span, and its wrapper for a single channel.
//!
//! It runs on the media thread. All work is done at the ends of 20 ms hops, on the newest 40 ms. Where a caller cuts
//! time into blocks changes nothing, and no lane depends on another.

use tandem_types::FrameTime;

use super::ToneEvent;
use super::lane::Lane;
use super::set::{MAX_BINS, MAX_SOUNDS, PAIRS, Sound, ToneSet};
use crate::arch::{FoldedSpace, InstructionSet, Kernel, SpectrumSpace, Vector, run};
use crate::lanes::{LANES, Lanes, in_lane_0, lanes_in};
use crate::spectrum::{Complex, Integers, Weights, Window};

/// Frames in a hop: 20 ms.
pub(super) const HOP: usize = 2 * PAIRS;

/// Detectors for the 32 timeslots of a span. All lanes are disabled at first.
#[derive(Clone, Debug)]
pub struct ToneBank {
    set: InstructionSet,
    window: Window<HOP>,
    hearing: Hearing,
}

/// What is remembered from hop to hop.
#[derive(Clone, Debug)]
struct Hearing {
    /// The sizes of all sounds in the hop before.
    sizes_before: [Lanes; MAX_SOUNDS],
    past: Past,
    lanes: [Lane; LANES],
}

impl ToneBank {
    /// A bank with all lanes disabled, for an instruction set.
    #[must_use]
    pub fn new(set: InstructionSet) -> Self {
        Self::with_phase(set, 0)
    }

    /// The same with hops that end `phase` frames earlier, to spread the load of many banks over time.
    #[must_use]
    pub fn with_phase(set: InstructionSet, phase: usize) -> Self {
        Self {
            set,
            window: Window::new(phase),
            hearing: Hearing {
                sizes_before: [[0.0; LANES]; MAX_SOUNDS],
                past: Past { powers: [[[0.0; LANES]; MAX_BINS]; 2], totals: [[0.0; LANES]; 2] },
                lanes: core::array::from_fn(|_| Lane::default()),
            },
        }
    }

    /// Starts or stops detection in a lane, in both cases from a clean slate: a tone that was told is forgotten
    /// without an end. Lanes from 32 on do not exist and are ignored.
    pub fn enable(&mut self, lane: usize, on: bool) {
        self.window.enable(lane, on);
        let Hearing { sizes_before, past, lanes } = &mut self.hearing;
        if let Some(own) = lanes.get_mut(lane) {
            *own = Lane::default();
            let past = past.powers.iter_mut().flatten().chain(&mut past.totals);
            sizes_before.iter_mut().chain(past).for_each(|values| values[lane] = 0.0);
        }
    }

    /// Whether detection runs in a lane.
    #[must_use]
    pub const fn is_enabled(&self, lane: usize) -> bool {
        self.window.is_enabled(lane)
    }

    /// From now on `tones` is another set. Lanes that have heard nothing of what is another in it are not disturbed.
    pub fn change(&mut self, before: &ToneSet, after: &ToneSet) {
        let (bins, sounds) = before.others_than(after);
        let Hearing { sizes_before, past, lanes } = &mut self.hearing;
        lanes.iter_mut().for_each(|lane| lane.forget(sounds));
        let others = |mask: u32| (0..).map(move |place: usize| mask >> place & 1 == 1);
        for (sizes, other) in sizes_before.iter_mut().zip(others(sounds)) {
            if other {
                *sizes = [0.0; LANES];
            }
        }
        // Without a mean nothing is kept.
        let stale = if before.spread() > 0.0 { bins } else { u32::MAX };
        for powers in &mut past.powers {
            powers
                .iter_mut()
                .zip(others(stale))
                .filter(|(_, other)| *other)
                .for_each(|(at, _)| *at = [0.0; LANES]);
        }
        if before.spread() == 0.0 {
            past.totals = [[0.0; LANES]; 2];
        }
    }

    /// Takes the frames from `first` on and reports what they bring, in order of time, then of lanes. `tones` must
    /// be the same every time while lanes are enabled, unless [`ToneBank::change`] has said otherwise.
    pub fn process(
        &mut self,
        tones: &ToneSet,
        frames: &[[i16; LANES]],
        first: FrameTime,
        mut on_event: impl FnMut(ToneEvent),
    ) {
        let Self { set, window, hearing } = self;
        window.process(frames, first, |window, now| hearing.hop(*set, window, tones, now, &mut on_event));
    }
}

impl Hearing {
    fn hop(
        &mut self,
        set: InstructionSet,
        window: &Window<HOP>,
        tones: &ToneSet,
        now: FrameTime,
        on_event: &mut impl FnMut(ToneEvent),
    ) {
        let total = run(set, Total(window));
        let (mut folded, mut space) = (FoldedSpace::new(), [SpectrumSpace::FREE; MAX_BINS]);
        let mut spectra: &[[Integers; 2]] = &[];
        let bins = tones.weights().len();
        let totals = self.past.totals.iter().chain([&total]);
        let loud = totals.flatten().any(|power| *power > QUIET);
        let mut sizes = [[0.0; LANES]; MAX_SOUNDS];
        let mut best = [NO_SOUND; LANES];
        if loud {
            spectra = folded.fold(set, window.hops()).spectra(tones.weights(), &mut space[..bins]);
            best = run(set, Look { spectra, total: &total, tones, past: &mut self.past, sizes: &mut sizes });
        }
        let spread = tones.spread();
        for lane in lanes_in(window.enabled()) {
            let heard = Heard {
                lane,
                best: best[lane],
                loud: total[lane] > QUIET,
                now,
                middle: if spread > 0.0 { FrameTime(now.0.saturating_sub(HOP as u64)) } else { now },
                smear: 2.0 * (libm::sqrtf(spread) + libm::sqrtf(1.0 - spread) - 1.0),
                sizes: &sizes,
                before: &self.sizes_before,
                spectra,
                sounds: tones.sounds(),
            };
            self.lanes[lane].hop(&heard, tones, &mut |event| on_event(event.on_lane(lane)));
        }
        self.sizes_before = sizes;
    }
}

/// The last two hops before the newest: the powers at all frequencies, and in all.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct Past {
    powers: [[Lanes; MAX_BINS]; 2],
    totals: [Lanes; 2],
}

impl ToneEvent {
    const fn on_lane(mut self, number: usize) -> Self {
        match &mut self {
            Self::Start { lane, .. } | Self::End { lane, .. } => *lane = number,
        }
        self
    }
}

/// What a lane's newest hop brings.
pub(super) struct Heard<'a> {
    lane: usize,
    best: f32,
    loud: bool,
    /// When the newest hop ended, and the one that the sizes are those of.
    pub(super) now: FrameTime,
    pub(super) middle: FrameTime,
    pub(super) smear: f32,
    sizes: &'a [Lanes; MAX_SOUNDS],
    before: &'a [Lanes; MAX_SOUNDS],
    spectra: &'a [[Integers; 2]],
    sounds: &'a [Sound],
}

impl Heard<'_> {
    /// The sound that is all there is to hear.
    pub(super) fn best(&self) -> Option<u8> {
        (self.best >= 0.0).then_some(self.best as u8)
    }

    /// Peak value of a sine with the power of a sound.
    pub(super) fn size(&self, sound: u8) -> f32 {
        self.sizes[usize::from(sound) % MAX_SOUNDS][self.lane]
    }

    /// The same one hop before.
    pub(super) fn size_before(&self, sound: u8) -> f32 {
        self.before[usize::from(sound) % MAX_SOUNDS][self.lane]
    }

    /// The line of a sound's first frequency.
    pub(super) fn spectrum(&self, sound: u8) -> Complex {
        let bin = self.sounds.get(usize::from(sound)).map_or(0, |sound| usize::from(sound.bins[0]));
        match self.spectra.get(bin) {
            Some([re, im]) if self.loud => Complex { re: re[self.lane] as f32, im: im[self.lane] as f32 },
            _ => Complex { re: 0.0, im: 0.0 },
        }
    }
}

/// The power of the newest 40 ms under the window, so that a sine of peak A
/// has A²/2.
struct Total<'a>(&'a Window<HOP>);

impl Kernel for Total<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn run<V: Vector>(self) -> Lanes {
        let mut total = [0.0; LANES];
        for at in (0..LANES).step_by(V::WIDTH) {
            let mut sum = V::splat(0.0);
            for (frames, weights) in self.0.hops().into_iter().zip(&POWER_WEIGHTS) {
                for (piece, weight) in frames.chunks_exact(PIECE).zip(weights) {
                    let mut energy = V::splat(0.0);
                    for frame in piece {
                        let x = V::load_samples(frame, at);
                        energy = energy + x * x;
                    }
                    sum = sum + energy * V::splat(*weight);
                }
            }
            sum.store(&mut total, at);
        }
        total
    }
}

/// Sizes of all sounds, and for each lane the one that is all there is to hear.
struct Look<'a> {
    spectra: &'a [[Integers; 2]],
    total: &'a Lanes,
    tones: &'a ToneSet,
    past: &'a mut Past,
    sizes: &'a mut [Lanes; MAX_SOUNDS],
}

impl Kernel for Look<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn run<V: Vector>(self) -> Lanes {
        let mut best_of = [NO_SOUND; LANES];
        let spread = self.tones.spread();
        for at in (0..LANES).step_by(V::WIDTH) {
            let zero = V::splat(0.0);
            let scale = V::splat(Weights::<PAIRS>::SCALE);
            // A lane that is silent gives zeros, whatever the others do.
            let mut total = V::load(self.total, at);
            let loud = V::splat(QUIET).less(total);
            let mut powers = [zero; MAX_BINS];
            for (bin, (power, [re, im])) in powers.iter_mut().zip(self.spectra).enumerate() {
                let line =
                    Complex { re: V::load_integers(re, at) * scale, im: V::load_integers(im, at) * scale };
                *power = V::select(loud, line.power(), zero);
                if spread > 0.0 {
                    let [first, second] = &mut self.past.powers;
                    *power = spread_over(spread, &mut first[bin], &mut second[bin], *power, at);
                }
            }
            total = V::select(loud, total, zero);
            if spread > 0.0 {
                let [first, second] = &mut self.past.totals;
                total = spread_over(spread, first, second, total, at);
            }
            let floor = V::splat(FLOOR * FLOOR);
            let (mut best, mut most) = (V::splat(NO_SOUND), zero);
            for (index, (sound, sizes)) in self.tones.sounds().iter().zip(&mut *self.sizes).enumerate() {
                let [one, two] = sound.bins.map(usize::from);
                let single = sound.is_single();
                let (p1, p2) = (powers[one % MAX_BINS], powers[two % MAX_BINS]);
                let power = if single { p1 } else { p1 + p2 };
                let stronger = p1.max(p2);
                let weaker = p1.min(p2);
                let half = V::splat(0.5) * power;
                let purity = V::splat(if single { PURITY } else { PAIR_PURITY });
                let fits = floor.less(weaker)
                    & stronger.less(V::splat(TWIST) * weaker + V::splat(1.0))
                    & (purity * total).less(half);
                // A sound that leaves next to nothing beside it wins over a pair that takes a part of it, and over one that
                // takes it for its own in a wider band.
                let bonus = V::splat(if single && !self.tones.is_wide(index as u8) { 2.0 } else { 1.0 });
                let alone = (V::splat(ALONE) * total).less(half);
                let worth = V::select(alone, bonus * half, half);
                let wins = fits & most.less(worth);
                best = V::select(wins, V::splat(index as f32), best);
                most = V::select(wins, worth, most);
                power.root().store(sizes, at);
            }
            best.store(&mut best_of, at);
        }
        best_of
    }
}

/// A value as the mean of three hops, in which a beat cancels out; the newest takes its place in the past.
#[inline(always)]
fn spread_over<V: Vector>(spread: f32, first: &mut Lanes, second: &mut Lanes, newest: V, at: usize) -> V {
    let (one, two) = (V::load(first, at), V::load(second, at));
    two.store(first, at);
    newest.store(second, at);
    V::splat(spread) * (one + newest) + V::splat(1.0 - 2.0 * spread) * two
}

/// A detector for one channel, for files and tools. It counts its own time from zero and reports lane 0.
#[derive(Clone, Debug)]
pub struct ToneDetector {
    bank: ToneBank,
    now: FrameTime,
}

impl ToneDetector {
    /// A detector at time zero.
    #[must_use]
    pub fn new(set: InstructionSet) -> Self {
        let mut bank = ToneBank::new(set);
        bank.enable(0, true);
        Self { bank, now: FrameTime::ZERO }
    }

    /// Takes samples and reports what they bring.
    pub fn process(&mut self, tones: &ToneSet, samples: &[i16], mut on_event: impl FnMut(ToneEvent)) {
        in_lane_0(samples, &mut self.now, |frames, now| self.bank.process(tones, frames, now, &mut on_event));
    }

    /// Takes silence until a tone that lasts to the end has been told and has ended: the longest pause of a cadence.
    pub fn finish(&mut self, tones: &ToneSet, mut on_event: impl FnMut(ToneEvent)) {
        for _ in 0..SECONDS_TO_FINISH {
            self.process(tones, &[0; 8000], &mut on_event);
        }
    }
}

const SECONDS_TO_FINISH: usize = 20;
const NO_SOUND: f32 = -1.0;
/// Mean square of what is silent: the idle octets of A-law have 64.
const QUIET: f32 = 144.0;
/// Peak value of the faintest frequency, -38 dBm0.
const FLOOR: f32 = 287.4;
/// Power of the stronger frequency of a pair over that of the weaker.
const TWIST: f32 = 20.0;
/// Share of a sound in all power.
const PURITY: f32 = 0.6;
const PAIR_PURITY: f32 = 0.45;
const ALONE: f32 = 0.85;
/// Frames over which the weight of a power is the same.
const PIECE: usize = 20;
/// The window, so scaled that the power of a constant is its square.
static POWER_WEIGHTS: [[f32; HOP / PIECE]; 2] = {
    let mut weights = [[0.0; HOP / PIECE]; 2];
    let mut piece = 0;
    while piece < HOP / PIECE {
        let turns = (piece as f64 + 0.5) * PIECE as f64 / (2 * HOP) as f64;
        let hann = 0.5 - 0.5 * crate::spectrum::sine_and_cosine(turns).1;
        let weight = (hann * 2.0 / (2 * HOP) as f64) as f32;
        weights[0][piece] = weight;
        weights[1][HOP / PIECE - 1 - piece] = weight;
        piece += 1;
    }
    weights
};
