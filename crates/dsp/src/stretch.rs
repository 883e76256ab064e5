//! Plays a voice faster or slower with its pitch kept: waveform-similarity overlap-add.
//!
//! Each 15 ms of what is put out go over from what would have followed in the voice to a place that speed asks for, moved by
//! up to 10 ms to where the two are most alike, so that periods of the voice are left out or come again whole. At the speed of
//! the voice itself nothing is moved, and every sample is as it was. For voices in memory; no allocation, for any thread.

/// Samples that are put out at a time: 15 ms.
pub const HOP: usize = 120;

/// How fast a voice is played, in percent of its own speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(u16);

impl Speed {
    /// As it is.
    pub const UNCHANGED: Self = Self(100);

    /// 50 to 200 percent; `None` for anything else.
    #[must_use]
    pub const fn percent(percent: u32) -> Option<Self> {
        match percent {
            50..=200 => Some(Self(percent as u16)),
            _ => None,
        }
    }

    /// Samples of the voice that so many samples of what is put out stand for.
    #[must_use]
    pub const fn of_voice(self, put_out: u64) -> u64 {
        put_out.saturating_mul(self.0 as u64) / 100
    }

    /// Samples that are put out for so many samples of the voice: the least number that stands for all of them.
    #[must_use]
    pub const fn put_out(self, of_voice: u64) -> u64 {
        of_voice.saturating_mul(100).div_ceil(self.0 as u64)
    }
}

/// A voice on its way at some speed.
#[derive(Clone, Debug)]
pub struct Stretcher {
    speed: Speed,
    /// Where it began, and hops put out since.
    start: u64,
    hops: u64,
    /// Where what follows the last hop in the voice lies.
    follows: u64,
}

impl Stretcher {
    /// One that begins at this sample of the voice.
    #[must_use]
    pub const fn new(speed: Speed, start: u64) -> Self {
        Self { speed, start, hops: 0, follows: start }
    }

    /// Puts out the next samples. `read` gives samples of the voice from a place on, and silence for those behind its end.
    pub fn put_out(&mut self, read: impl Fn(u64, &mut [i16])) -> [i16; HOP] {
        let mut next = [0; HOP];
        read(self.follows, &mut next);
        let due = self.start + self.speed.of_voice(self.hops * HOP as u64);
        self.hops += 1;
        if due == self.follows {
            self.follows += HOP as u64;
            return next;
        }
        // What is due, with as much before and behind it as it may be moved by.
        let mut around = [0; HOP + 2 * MOST_MOVED];
        let before = due.min(MOST_MOVED as u64) as usize;
        read(due - before as u64, &mut around[MOST_MOVED - before..]);
        let place = most_alike(&next, &around, MOST_MOVED - before);
        self.follows = due + place as u64 - MOST_MOVED as u64 + HOP as u64;
        go_over(&next, &around[place..])
    }
}

/// From which place of `around`, at or behind `first`, samples are most like these: among every third place, and then around
/// the best of these.
fn most_alike(these: &[i16; HOP], around: &[i16; HOP + 2 * MOST_MOVED], first: usize) -> usize {
    let these = these.map(f32::from);
    let around = around.map(f32::from);
    let best = |places: core::ops::RangeInclusive<usize>, step: usize| {
        let mut best = (MOST_MOVED, f32::MIN);
        for place in places.step_by(step) {
            let likeness = likeness(&these, &around[place..]);
            if likeness > best.1 {
                best = (place, likeness);
            }
        }
        best.0
    };
    let near = best(first..=2 * MOST_MOVED, COARSE);
    let (from, to) = (near.saturating_sub(COARSE - 1).max(first), (near + COARSE - 1).min(2 * MOST_MOVED));
    best(from..=to, 1)
}

/// The correlation, for voices of any loudness.
fn likeness(these: &[f32; HOP], those: &[f32]) -> f32 {
    let (mut products, mut energies) = ([0.0; LANES], [0.0; LANES]);
    for (these, those) in these.chunks_exact(LANES).zip(those.chunks_exact(LANES)) {
        for lane in 0..LANES {
            products[lane] += these[lane] * those[lane];
            energies[lane] += those[lane] * those[lane];
        }
    }
    let (product, energy) = (products.iter().sum::<f32>(), energies.iter().sum::<f32>());
    product / libm::sqrtf(energy.max(LEAST_ENERGY))
}

/// The one fades out while the other fades in.
fn go_over(from: &[i16; HOP], to: &[i16]) -> [i16; HOP] {
    core::array::from_fn(|n| {
        let part = (2 * n as i32 + 1) * 128 / HOP as i32;
        ((i32::from(from[n]) * (256 - part) + i32::from(to[n]) * part + 128) >> 8) as i16
    })
}

/// 10 ms: half a period of the lowest voices.
const MOST_MOVED: usize = 80;
const COARSE: usize = 3;
const LANES: usize = 8;
/// Below it all places are alike.
const LEAST_ENERGY: f32 = 250.0 * HOP as f32;
