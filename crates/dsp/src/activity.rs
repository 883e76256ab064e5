//! Voice activity: whether somebody talks on a channel, since when, and how loud.
//!
//! Every 10 ms the power of a channel, without its mean, is held against a threshold and against the noise of the line.
//! The noise is the least that 30 ms had within the last second and a half; what has kept its level for 300 ms is
//! noise too, however loud: hum, a tone, a fan. Speech never keeps it that long. A second talker who is no louder than
//! the noise is not heard, and music counts as speech as long as its level moves.
//!
//! Where a caller cuts time into blocks changes nothing. Runs on the media thread; a channel takes some 150 octets.

use tandem_types::{FrameTime, Frames, Law};

use crate::level::{amplitude_for_dbm0, dbm0_of_power};

/// When a channel counts as active. Times are taken in whole hops of 10 ms, rounded up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivityOptions {
    /// What is no louder is never speech, in dBm0.
    pub threshold_dbm0: f32,
    /// Speech has to last so long before it is told.
    pub onset: Frames,
    /// Speech goes on over pauses that are shorter.
    pub hangover: Frames,
}

impl Default for ActivityOptions {
    /// −40 dBm0, 40 ms and 200 ms.
    fn default() -> Self {
        Self { threshold_dbm0: -40.0, onset: Frames::from_ms(40), hangover: Frames::from_ms(200) }
    }
}

/// What a detector reports. Levels take +3.14 dBm0 as full scale, whatever the law of the channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ActivityEvent {
    /// Somebody talks.
    Start {
        /// When the hop began in which it was first heard.
        at: FrameTime,
        /// When it had lasted long enough.
        reported: FrameTime,
    },
    /// The speech reported last has ended, and the hangover has passed.
    End {
        /// When it began.
        start: FrameTime,
        /// When the last hop ended in which it was heard.
        end: FrameTime,
        /// Its level: the mean power of the hops in which it was heard.
        dbm0: f32,
    },
}

/// A detector for one channel.
#[derive(Clone, Debug)]
pub struct ActivityDetector {
    limits: Limits,
    next: FrameTime,
    sums: Sums,
    noise: Noise,
    talk: Talk,
}

impl ActivityDetector {
    /// A detector that has heard nothing.
    #[must_use]
    pub fn new(options: ActivityOptions) -> Self {
        Self {
            limits: Limits::of(options),
            next: FrameTime::ZERO,
            sums: Sums::default(),
            noise: Noise::NEW,
            talk: Talk::None,
        }
    }

    /// Takes other options; what was told goes on under them.
    pub fn set_options(&mut self, options: ActivityOptions) {
        self.limits = Limits::of(options);
    }

    /// Takes the samples from `first` on and reports what they bring. A gap counts as silence; if time runs backward the
    /// detector begins anew, and what was told is forgotten without an end.
    pub fn process(&mut self, samples: &[i16], first: FrameTime, mut on_event: impl FnMut(ActivityEvent)) {
        if first != self.next {
            self.meet_gap(first);
        }
        let mut rest = samples;
        while !rest.is_empty() {
            // A tick of a millisecond, more often than not.
            let (part, after) = match rest.split_first_chunk::<ROW>() {
                Some((row, after)) if self.sums.missing() >= ROW => {
                    self.sums.add_row(row, ROW);
                    (&row[..], after)
                }
                _ => {
                    let (part, after) = rest.split_at(rest.len().min(ROW).min(self.sums.missing()));
                    let mut row = [0; ROW];
                    row[..part.len()].copy_from_slice(part);
                    self.sums.add_row(&row, part.len());
                    (part, after)
                }
            };
            self.next += Frames(part.len() as u64);
            rest = after;
            if self.sums.missing() == 0 {
                let power = core::mem::take(&mut self.sums).power();
                self.end_hop(power, &mut on_event);
            }
        }
    }

    /// Ends speech that was told, for instance because nobody listens any more.
    pub fn finish(&mut self) -> Option<ActivityEvent> {
        match core::mem::replace(&mut self.talk, Talk::None) {
            Talk::Told(told) => Some(told.event()),
            Talk::None | Talk::Begun(_) => None,
        }
    }

    /// Whether speech was told and has not ended.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.talk, Talk::Told(_))
    }

    /// The noise of the line as far as it is known, [`SILENCE_DBM0`](crate::level::SILENCE_DBM0) at first.
    #[must_use]
    pub fn noise_dbm0(&self) -> f32 {
        dbm0_of_power(Law::A, self.noise.power())
    }

    fn meet_gap(&mut self, first: FrameTime) {
        self.sums = Sums::default();
        if first < self.next {
            self.talk = Talk::None;
            self.noise = Noise::NEW;
        } else if let Talk::Begun(_) = self.talk {
            self.talk = Talk::None;
        }
        self.next = first;
    }

    /// Judges the hop that ends now.
    fn end_hop(&mut self, power: f32, on_event: &mut impl FnMut(ActivityEvent)) {
        let now = self.next;
        self.noise.take(power);
        let heard = power > self.limits.threshold && power > MARGIN * self.noise.power();
        match (&mut self.talk, heard) {
            (Talk::None, false) => {}
            (Talk::None, true) => {
                let start = FrameTime(now.0 - HOP as u64);
                self.talk = Talk::Begun(Heard { start, end: now, hops: 1, sum: power });
            }
            (Talk::Begun(_), false) => self.talk = Talk::None,
            (Talk::Begun(talk) | Talk::Told(talk), true) => talk.go_on(now, power),
            (Talk::Told(talk), false) => {
                if now.since(talk.end) >= self.limits.hangover {
                    on_event(talk.event());
                    self.talk = Talk::None;
                }
            }
        }
        if let Talk::Begun(talk) = self.talk
            && talk.end.since(talk.start) >= self.limits.onset
        {
            on_event(ActivityEvent::Start { at: talk.start, reported: now });
            self.talk = Talk::Told(talk);
        }
    }
}

impl Default for ActivityDetector {
    fn default() -> Self {
        Self::new(ActivityOptions::default())
    }
}

/// The options as hops are held against them.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// A mean square.
    threshold: f32,
    onset: Frames,
    hangover: Frames,
}

impl Limits {
    fn of(options: ActivityOptions) -> Self {
        let amplitude = amplitude_for_dbm0(Law::A, options.threshold_dbm0);
        Self { threshold: amplitude * amplitude / 2.0, onset: options.onset, hangover: options.hangover }
    }
}

/// Where a talker is.
#[derive(Clone, Copy, Debug)]
enum Talk {
    None,
    /// Not yet for long enough.
    Begun(Heard),
    Told(Heard),
}

/// The hops in which somebody was heard.
#[derive(Clone, Copy, Debug)]
struct Heard {
    start: FrameTime,
    /// Of the last of them.
    end: FrameTime,
    hops: u32,
    /// Of their powers.
    sum: f32,
}

impl Heard {
    fn go_on(&mut self, now: FrameTime, power: f32) {
        self.end = now;
        if self.hops < MOST_HOPS {
            self.hops += 1;
            self.sum += power;
        }
    }

    fn event(&self) -> ActivityEvent {
        let dbm0 = dbm0_of_power(Law::A, self.sum / self.hops as f32);
        ActivityEvent::End { start: self.start, end: self.end, dbm0 }
    }
}

/// The noise of the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    /// Powers of the two hops before.
    before: [f32; 2],
    /// The least that three hops in a row had on average: in the stretch that goes on, and in those before.
    least: f32,
    least_before: [f32; STRETCHES],
    /// Hops of the stretch that goes on.
    hops: u32,
    /// Hops in all, until there are enough.
    heard: u32,
    /// The level that the signal keeps, and for how many hops it has.
    kept: f32,
    kept_for: u32,
}

impl Noise {
    pub(crate) const NEW: Self = Self {
        before: [0.0; 2],
        least: f32::INFINITY,
        least_before: [f32::INFINITY; STRETCHES],
        hops: 0,
        heard: 0,
        kept: 0.0,
        kept_for: 0,
    };

    pub(crate) fn take(&mut self, power: f32) {
        let mean = (self.before[0] + self.before[1] + power) * (1.0 / 3.0);
        self.before = [self.before[1], power];
        self.heard = (self.heard + 1).min(SETTLED_AFTER);
        if self.heard < 3 {
            return;
        }
        self.least = self.least.min(mean);
        self.hops += 1;
        if self.hops == STRETCH {
            self.hops = 0;
            self.least_before.rotate_left(1);
            self.least_before[STRETCHES - 1] = self.least;
            self.least = f32::INFINITY;
        }
        self.follow(mean);
    }

    /// Takes for noise what has kept its level.
    fn follow(&mut self, mean: f32) {
        if mean > KEPT_WITHIN * self.kept || self.kept > KEPT_WITHIN * mean {
            (self.kept, self.kept_for) = (mean, 0);
            return;
        }
        self.kept += (mean - self.kept) * (1.0 / 8.0);
        self.kept_for = (self.kept_for + 1).min(KEEPS_FOR);
        if self.kept_for == KEEPS_FOR {
            self.least_before = [self.kept; STRETCHES];
            self.least = self.kept;
        }
    }

    /// 0 until enough was heard.
    pub(crate) fn power(&self) -> f32 {
        if self.heard < SETTLED_AFTER {
            return 0.0;
        }
        self.least_before.iter().fold(self.least, |least, power| least.min(*power))
    }
}

/// Sums over the samples of a hop: of eighths, whose squares fit into 32 bits. A power taken of them is off by 6, as a mean
/// square, on a line with almost nothing on it.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    samples: u32,
    /// By pairs of a row.
    eighths: [i32; ROW / 2],
    squares: [i32; ROW / 2],
}

impl Sums {
    /// Adds so many samples of a row, which is zero after them.
    #[inline(always)]
    fn add_row(&mut self, row: &[i16; ROW], samples: usize) {
        self.samples += samples as u32;
        let eighths = row.map(|sample| i32::from(sample >> 3));
        for n in 0..ROW / 2 {
            let [one, two] = [eighths[2 * n], eighths[2 * n + 1]];
            self.eighths[n] = self.eighths[n].wrapping_add(one + two);
            self.squares[n] = self.squares[n].wrapping_add(one * one + two * two);
        }
    }

    const fn missing(&self) -> usize {
        HOP - self.samples as usize
    }

    /// The mean square of a whole hop without its mean.
    fn power(&self) -> f32 {
        let [mean, square] =
            [self.eighths, self.squares].map(|sums| sums.iter().sum::<i32>() as f32 * (1.0 / HOP as f32));
        64.0 * (square - mean * mean).max(0.0)
    }
}

/// 10 ms.
const HOP: usize = 80;
/// Samples that are added at once.
const ROW: usize = 8;
/// Speech is 6 dB above the least of the noise; hops of noise are up to 3 dB above it.
pub(crate) const MARGIN: f32 = 4.0;
/// Six stretches of 250 ms.
const STRETCH: u32 = 25;
const STRETCHES: usize = 6;
/// 300 ms, until which only the threshold counts.
const SETTLED_AFTER: u32 = 30;
/// 300 ms within 1.8 dB.
const KEEPS_FOR: u32 = 30;
const KEPT_WITHIN: f32 = 1.5;
/// Levels are those of the first hour.
const MOST_HOPS: u32 = 360_000;
