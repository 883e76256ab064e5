//! How fast what a host gives by a clock of its own is brought to the clock of the line: as fast as keeps what waits the same.
//!
//! What waits is taken as its mean over a second and more, so that the size of packets does not matter and their jitter little. How far
//! it is off sets the rate, and so does the sum of that, which becomes the difference of the clocks: a loop of the second order,
//! critically damped, of 0.03 radians a second. Time is what has been heard: while nothing is, nothing is learnt.

use tandem_dsp::drift::MOST_PPM;

/// The loop of one stream.
#[derive(Debug)]
pub(super) struct Pace {
    /// Frames that are to wait on average.
    depth: f64,
    /// Frames that had been heard when it was looked at last, and how many waited then.
    last: Option<(u64, u64)>,
    /// Since the rate was set: what waited, summed over the frames, and frames.
    sum: f64,
    length: u64,
    /// By how much the host is faster, as far as it is known, in parts per million.
    faster: f64,
}

impl Pace {
    pub(super) fn new(depth: u64) -> Self {
        Self { depth: depth as f64, last: None, sum: 0.0, length: 0, faster: 0.0 }
    }

    /// By how much the host's clock is faster, in parts per million.
    pub(super) const fn faster(&self) -> f64 {
        self.faster
    }

    /// What waited is no measure any more; how fast the host is still is known.
    pub(super) const fn begin_anew(&mut self) {
        (self.last, self.sum, self.length) = (None, 0.0, 0);
    }

    /// So many frames have been heard, and of those that waited `before` there are `after` with what came now. Tells by how many
    /// parts per million more samples are to be made of those that come, when that is to change.
    pub(super) fn note(&mut self, heard: u64, before: u64, after: u64) -> Option<f64> {
        if let Some((since, waited)) = self.last {
            let length = heard.saturating_sub(since);
            self.sum += (waited + before) as f64 / 2.0 * length as f64;
            self.length += length;
        }
        self.last = Some((heard, after));
        (self.length >= EACH).then(|| self.set())
    }

    fn set(&mut self) -> f64 {
        let off_ms = (self.sum / self.length as f64 - self.depth) / 8.0;
        let seconds = (self.length as f64 / 8000.0).min(LONGEST);
        (self.sum, self.length) = (0.0, 0);
        let within = |ppm: f64| ppm.clamp(-MOST_PPM, MOST_PPM);
        self.faster = within(self.faster + PER_MS_AND_SECOND * seconds * off_ms);
        -within(self.faster + PER_MS * off_ms)
    }
}

/// Frames between two looks at the mean: a second.
const EACH: u64 = 8000;
/// What a look counts at most, in seconds: of a host that writes seldom each counts less than it might.
const LONGEST: f64 = 5.0;
/// A millisecond too much is a thousand parts per million of a second: the square of 0.03 a second, and twice it.
const PER_MS_AND_SECOND: f64 = 0.9;
const PER_MS: f64 = 60.0;
