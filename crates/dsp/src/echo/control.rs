//! What the canceller thinks of the line: who talks, which filter is the better one, and how fast to learn.

use super::block::{Block, power};
use crate::arch::BLOCK;

/// The mean powers of a block, low frequencies weakened.
pub(super) struct Powers {
    /// What goes to the line.
    far: f32,
    /// What comes from it, and what the filters leave of that: the one that counts, the one that learns.
    sent: f32,
    left: [f32; 2],
}

impl Powers {
    /// Of a block, and the energy of what goes to the line in quarters of samples.
    #[inline(always)]
    pub(super) fn of(block: &Block, far: f32) -> Self {
        Self {
            far: far * 2.0,
            sent: power(&block.sent),
            left: [power(&block.foreground), power(&block.background)],
        }
    }
}

/// What is to be done after a block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    /// The filter that learns is the better one.
    pub(super) promote: bool,
    /// It is much worse.
    pub(super) demote: bool,
    /// The filters were judged.
    pub(super) judged: bool,
    /// The step of learning, 0 to 1.
    pub(super) step: f32,
}

#[derive(Clone, Debug)]
pub(super) struct Control {
    far: FarEnd,
    /// Of the filters' errors, over 8, 16 and 128 ms.
    foreground: f32,
    medium: [f32; 2],
    long: [f32; 2],
    /// What came from the line, over 128 ms.
    long_sent: f32,
    /// The part of the far end's power that the filter leaves of its echo.
    leak: f32,
    /// Power of the line's noise.
    noise: Floor,
    /// Blocks for which the near end still counts as talking.
    near: u32,
    step: f32,
    /// What was learnt has counted once.
    promoted: bool,
    /// Where there is little to learn: the place of the block among so many of which the filter attends to one.
    settled: u32,
    since_judged: u32,
    better: u32,
    resets: u32,
    /// Powers of what was sent and what was left while the far end talked alone.
    echo: f32,
    left: f32,
}

impl Control {
    pub(super) fn new(taps: usize) -> Self {
        Self {
            far: FarEnd::new(taps),
            foreground: 0.0,
            medium: [0.0; 2],
            long: [0.0; 2],
            long_sent: 0.0,
            leak: MOST_LEAK,
            noise: Floor::default(),
            near: 0,
            step: 1.0,
            promoted: false,
            settled: 0,
            since_judged: 0,
            better: 0,
            resets: 0,
            echo: 0.0,
            left: 0.0,
        }
    }

    /// Whether what is left is nothing but echo.
    pub(super) fn suppresses(&self) -> bool {
        self.near == 0 && self.far.talks()
    }

    /// Whether the filter that learns has nothing to do in this block.
    #[inline(always)]
    pub(super) fn rests(&self) -> bool {
        self.settled > 0
    }

    /// Whether there may be echo.
    pub(super) fn far_talks(&self) -> bool {
        self.far.talks()
    }

    /// The power of the line's noise, low frequencies weakened.
    pub(super) fn line_noise(&self) -> f32 {
        self.noise.power
    }

    /// Whether the near end talks.
    pub(super) fn near_end(&self) -> bool {
        self.near > 0
    }

    /// By how much the filter lowers the echo.
    pub(super) fn enhancement_db(&self) -> f32 {
        if self.left > 0.0 { 10.0 * libm::log10f(self.echo / self.left) } else { 0.0 }
    }

    pub(super) fn resets(&self) -> u32 {
        self.resets
    }

    pub(super) fn leak(&self) -> f32 {
        self.leak
    }

    /// Takes the leak of a filter taken over. Says whether it may be one.
    pub(super) fn set_leak(&mut self, leak: f32) -> bool {
        let possible = (LEAST_LEAK..=MOST_LEAK).contains(&leak);
        if possible {
            self.leak = leak;
        }
        possible
    }

    /// The filter that learns had to begin anew.
    pub(super) fn note_reset(&mut self) {
        self.resets = self.resets.saturating_add(1);
    }

    #[inline(always)]
    pub(super) fn judge(&mut self, powers: &Powers) -> Verdict {
        let far = self.far.follow(powers.far);
        follow(&mut self.foreground, powers.left[0], 8.0);
        let rested = self.rests();
        self.settled =
            if self.step > LEAST_STEP || self.near > 0 { 0 } else { (self.settled + 1) % ATTENDS_ONCE_IN };
        if !rested {
            for (n, power) in powers.left.into_iter().enumerate() {
                follow(&mut self.medium[n], power, 16.0);
                follow(&mut self.long[n], power, 128.0);
            }
            follow(&mut self.long_sent, powers.sent, 128.0);
        }
        self.noise.follow(powers.left[0], !self.far.talks());
        self.judge_near_end(far);
        if !self.far.talks() {
            return Verdict::default();
        }
        if self.near == 0 {
            follow(&mut self.echo, powers.sent, 128.0);
            follow(&mut self.left, powers.left[0], 128.0);
        }
        if rested {
            return Verdict::default();
        }
        let mut verdict = Verdict { step: self.step, ..Verdict::default() };
        self.since_judged += 1;
        if self.since_judged >= JUDGED_EVERY {
            self.since_judged = 0;
            self.judge_filters(&mut verdict);
        }
        verdict
    }

    #[inline(always)]
    fn judge_near_end(&mut self, far: f32) {
        let expected = self.leak * far;
        if self.foreground > 4.0 * (expected + self.noise.power) {
            self.near = NEAR_HANGOVER;
        } else {
            self.near = self.near.saturating_sub(1);
        }
        if !self.far.talks() {
            return;
        }
        // What the filter that learns takes out for so long is echo, however loud.
        if self.near > 0 && self.takes_out_much() {
            self.near = 0;
            self.leak = (self.foreground / far).clamp(self.leak, MOST_LEAK);
        }
        if self.near == 0 {
            // Upward within 16 ms, downward within 256; which of the two, no branch could foretell.
            let change = (self.foreground / far).clamp(LEAST_LEAK, MOST_LEAK) - self.leak;
            self.leak += change.max(0.0) * (1.0 / 16.0) + change.min(0.0) * (1.0 / 256.0);
        }
    }

    /// Whether the filter that learns leaves half of what the other one does, and either takes out half of what the line
    /// sends, or the other one adds to that. Of voices of the near end it can for as long as they are steady.
    fn takes_out_much(&self) -> bool {
        let [foreground, background] = self.long;
        background < 0.5 * foreground
            && (background < 0.5 * self.long_sent || foreground > 1.5 * self.long_sent)
    }

    fn judge_filters(&mut self, verdict: &mut Verdict) {
        let [foreground, background] = self.medium;
        let better = if self.near > 0 {
            self.takes_out_much()
        } else {
            background < 0.7 * foreground || self.long[1] < 0.95 * self.long[0]
        };
        self.better = if better { self.better + 1 } else { 0 };
        if self.better >= 2 {
            self.better = 0;
            self.promoted = true;
            verdict.promote = true;
            self.medium[0] = background;
            self.long[0] = self.long[1];
            self.step = 1.0;
        } else if self.promoted && background > 2.0 * foreground {
            verdict.demote = true;
            self.medium[1] = foreground;
            self.long[1] = self.long[0];
            self.step = (self.step * 0.5).max(LEAST_STEP);
        } else if self.promoted {
            self.step = (self.step * STEP_FALLS).max(LEAST_STEP);
        }
        if self.near > 0 {
            self.step = 1.0;
        }
        (verdict.step, verdict.judged) = (self.step, true);
    }
}

/// Goes a part of the way to a new value.
#[inline(always)]
pub(super) fn follow(mean: &mut f32, value: f32, blocks: f32) {
    *mean += (value - *mean) * (1.0 / blocks);
}

/// How loud the far end is, at most, in all that the filters meet.
#[derive(Clone, Debug)]
struct FarEnd {
    power: f32,
    /// The largest power of this stretch as long as the filters, and of the one before.
    largest: [f32; 2],
    blocks: usize,
    stretch: usize,
}

impl FarEnd {
    fn new(taps: usize) -> Self {
        Self { power: 0.0, largest: [0.0; 2], blocks: 0, stretch: taps / BLOCK + 16 }
    }

    #[inline(always)]
    fn follow(&mut self, power: f32) -> f32 {
        follow(&mut self.power, power, 8.0);
        self.blocks += 1;
        if self.blocks == self.stretch {
            self.blocks = 0;
            self.largest = [0.0, self.largest[0]];
        }
        self.largest[0] = self.largest[0].max(self.power);
        self.largest()
    }

    #[inline(always)]
    fn largest(&self) -> f32 {
        self.largest[0].max(self.largest[1])
    }

    #[inline(always)]
    fn talks(&self) -> bool {
        self.largest() > FAR_TALKS
    }
}

/// The power of a noise under speech: the least of two stretches of a second. What is to come is not known yet, and so
/// there is none in the first second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Floor {
    mean: f32,
    pub(super) power: f32,
    /// The least of this stretch and of the one before.
    least: [f32; 2],
    blocks: u32,
}

impl Floor {
    /// The next power. While the floor may not rise, no stretch ends.
    #[inline(always)]
    pub(super) fn follow(&mut self, power: f32, rises: bool) {
        follow(&mut self.mean, power, 64.0);
        self.blocks += u32::from(rises);
        if self.blocks == STRETCH {
            self.blocks = 0;
            self.least = [self.mean, self.least[0]];
        }
        self.least[0] = self.least[0].min(self.mean);
        self.power = self.least[0].min(self.least[1]);
    }
}

const MOST_LEAK: f32 = 0.5;
const LEAST_LEAK: f32 = 1e-6;
/// Power with the low frequencies weakened: some −60 dBm0.
const FAR_TALKS: f32 = 256.0;
const NEAR_HANGOVER: u32 = 40;
const JUDGED_EVERY: u32 = 8;
const LEAST_STEP: f32 = 0.125;
/// From 1 to the least within 0.55 s.
const STEP_FALLS: f32 = 0.97;
const ATTENDS_ONCE_IN: u32 = 4;
/// A second.
const STRETCH: u32 = 1000;
