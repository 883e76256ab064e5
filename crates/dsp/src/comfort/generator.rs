//! Noise after a description.

use super::{Description, MOST_COEFFICIENTS};

/// Makes noise for one channel. One of another seed sounds alike and is another noise.
#[derive(Clone, Debug)]
pub struct NoiseGenerator {
    random: u32,
    now: Shape,
    next: Shape,
    /// Steps until the one has become the other, and samples until the next of them.
    steps: u32,
    left: usize,
    /// What the noise before it is multiplied by.
    gain: f32,
    /// The lattice's delays.
    delays: [f32; MOST_COEFFICIENTS],
    /// The last sample of a voice, and how many samples it still dies away.
    after: f32,
    dying: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    rms: f32,
    reflections: [f32; MOST_COEFFICIENTS],
}

impl NoiseGenerator {
    /// One that is silent.
    #[must_use]
    pub fn new(seed: u32) -> Self {
        let silent = Shape::default();
        Self {
            random: seed,
            now: silent,
            next: silent,
            steps: 0,
            left: STEP,
            gain: 0.0,
            delays: [0.0; MOST_COEFFICIENTS],
            after: 0.0,
            dying: 0,
        }
    }

    /// Has noise like this at once, behind a voice that ended with this sample, which dies away within 4 ms instead of
    /// breaking off.
    pub fn begin(&mut self, description: &Description, after: i16) {
        self.next = Shape::of(description);
        (self.now, self.steps) = (self.next, 0);
        self.gain = self.now.gain();
        (self.after, self.dying) = (f32::from(after), GOES_OVER);
    }

    /// Goes over to noise like this within 20 ms.
    pub fn change(&mut self, description: &Description) {
        self.next = Shape::of(description);
        self.steps = STEPS;
    }

    /// Puts out noise.
    pub fn fill(&mut self, samples: &mut [i16]) {
        samples.iter_mut().for_each(|sample| *sample = whole(self.next_sample()));
    }

    /// Goes over into the beginning of a voice, in its place, within 4 ms.
    pub fn end(&mut self, voice: &mut [i16]) {
        for (n, sample) in voice.iter_mut().take(GOES_OVER).enumerate() {
            let part = (n + 1) as f32 / (GOES_OVER + 1) as f32;
            *sample = whole(self.next_sample() * (1.0 - part) + f32::from(*sample) * part);
        }
    }

    fn next_sample(&mut self) -> f32 {
        self.left -= 1;
        if self.left == 0 {
            self.left = STEP;
            self.step();
        }
        let mut sample = self.white() * self.gain;
        // From the last stage to the first: what a stage puts out was delayed by those before it.
        for n in (0..MOST_COEFFICIENTS).rev() {
            let reflection = self.now.reflections[n];
            sample -= reflection * self.delays[n];
            if n + 1 < MOST_COEFFICIENTS {
                self.delays[n + 1] = self.delays[n] + reflection * sample;
            }
        }
        self.delays[0] = sample;
        if self.dying > 0 {
            self.dying -= 1;
            return sample + self.after * self.dying as f32 / GOES_OVER as f32;
        }
        sample
    }

    /// Brings the shape nearer to what it is to be. Between two lattices that are stable all are.
    fn step(&mut self) {
        if self.steps > 0 {
            let part = 1.0 / self.steps as f32;
            self.now = self.now.nearer(&self.next, part);
            self.steps -= 1;
            self.gain = self.now.gain();
        }
    }

    /// Nearly a normal distribution, with a mean square of one: the sum of four even ones.
    fn white(&mut self) -> f32 {
        let mut sum = 0;
        for _ in 0..4 {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sum += (self.random >> 16) as i32 - 32_768;
        }
        // Of an even distribution the mean square is a third of the square of its largest.
        sum as f32 * (0.866_025_4 / 32_768.0)
    }
}

impl Shape {
    fn of(description: &Description) -> Self {
        let mut reflections = [0.0; MOST_COEFFICIENTS];
        for (own, told) in reflections.iter_mut().zip(description.reflections()) {
            *own = told.clamp(-MOST_REFLECTION, MOST_REFLECTION);
        }
        Self { rms: description.rms(), reflections }
    }

    fn nearer(&self, next: &Self, part: f32) -> Self {
        let between = |now: f32, next: f32| now + (next - now) * part;
        Self {
            rms: between(self.rms, next.rms),
            reflections: core::array::from_fn(|n| between(self.reflections[n], next.reflections[n])),
        }
    }

    /// What white noise is multiplied by before the lattice, whose every stage makes it louder.
    fn gain(&self) -> f32 {
        let rest: f32 = self.reflections.iter().map(|reflection| 1.0 - reflection * reflection).product();
        self.rms * libm::sqrtf(rest)
    }
}

fn whole(value: f32) -> i16 {
    libm::roundf(value) as i16
}

/// A step a millisecond, for 20 ms.
const STEP: usize = 8;
const STEPS: u32 = 20;
/// 4 ms.
const GOES_OVER: usize = 32;
/// What rings longer than that is no noise.
const MOST_REFLECTION: f32 = 0.99;
