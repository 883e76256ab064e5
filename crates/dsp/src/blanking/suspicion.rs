//! Whether a sound may be the beginning of a digit, within 10 ms of it: most of its power is near one low and one
//! high tone. Much of speech is like that for a moment, so this is good for muting and for nothing else.

use crate::dtmf::{HIGH_HZ, LOW_HZ};
use crate::tone::sine_of_turns;

/// Looks at so many directions of a leg.
#[derive(Clone, Debug)]
pub(super) struct Suspicion<const DIRECTIONS: usize> {
    /// The newest samples of each direction, in a ring.
    samples: [[i16; WINDOW]; DIRECTIONS],
    place: usize,
    stands: bool,
}

impl<const DIRECTIONS: usize> Suspicion<DIRECTIONS> {
    pub(super) const fn new() -> Self {
        Self { samples: [[0; WINDOW]; DIRECTIONS], place: 0, stands: false }
    }

    /// Takes a sample of each direction; every few of them it looks.
    pub(super) fn take(&mut self, newest: [i16; DIRECTIONS]) -> bool {
        for (samples, sample) in self.samples.iter_mut().zip(newest) {
            samples[self.place] = sample;
        }
        self.place = (self.place + 1) % WINDOW;
        if self.place.is_multiple_of(HOP) {
            self.stands = self.samples.iter().any(|samples| may_be_digit(samples, self.place));
        }
        self.stands
    }
}

/// `oldest` is the place of the first sample of the window.
fn may_be_digit(samples: &[i16; WINDOW], oldest: usize) -> bool {
    let mut energy = 0.0;
    let mut sums = [[0.0; 2]; 8];
    for (n, window) in HANN.iter().enumerate() {
        let x = window * f32::from(samples[(oldest + n) % WINDOW]);
        energy += x * x;
        for (sum, [sine, cosine]) in sums.iter_mut().zip(&WAVES[n]) {
            sum[0] += x * sine;
            sum[1] += x * cosine;
        }
    }
    let power = |[sine, cosine]: [f32; 2]| sine * sine + cosine * cosine;
    let strongest = |group: &[[f32; 2]]| group.iter().map(|sum| power(*sum)).fold(0.0, f32::max);
    let (low, high) = (strongest(&sums[..4]), strongest(&sums[4..]));
    let weaker = low.min(high);
    weaker > FLOOR && low + high > SHARE * energy && low.max(high) < TWIST * weaker
}

/// 10 ms, looked at every 2.5 ms.
const WINDOW: usize = 80;
const HOP: usize = 20;
/// What a sine of −45 dBm0 gives: half its peak value, 128, times the sum of the window, squared.
const FLOOR: f32 = 64.0 * 64.0 * (WINDOW as f32 / 2.0) * (WINDOW as f32 / 2.0);
/// A sine, or two of them, give a third of the window's length times the energy; this is 0.65 of that.
const SHARE: f32 = 0.65 * (WINDOW as f32 / 3.0);
/// 12 dB.
const TWIST: f32 = 16.0;

static HANN: [f32; WINDOW] = {
    let mut window = [0.0; WINDOW];
    let mut n = 0;
    while n < WINDOW {
        let sine = sine_of_turns((n as f64 + 0.5) / (2 * WINDOW) as f64);
        window[n] = (sine * sine) as f32;
        n += 1;
    }
    window
};

/// Sine and cosine of each tone at each sample of the window.
static WAVES: [[[f32; 2]; 8]; WINDOW] = {
    let mut waves = [[[0.0; 2]; 8]; WINDOW];
    let mut n = 0;
    while n < WINDOW {
        let mut tone = 0;
        while tone < 8 {
            let hz = if tone < 4 { LOW_HZ[tone] } else { HIGH_HZ[tone - 4] };
            let turns = hz as f64 * n as f64 / 8000.0;
            let (sine, cosine) = (turns - turns as i64 as f64, turns + 0.25 - (turns + 0.25) as i64 as f64);
            waves[n][tone] = [sine_of_turns(sine) as f32, sine_of_turns(cosine) as f32];
            tone += 1;
        }
        n += 1;
    }
    waves
};
