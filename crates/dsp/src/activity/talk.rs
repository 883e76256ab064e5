//! Where the talker of a channel is, and what is told of it.

use tandem_types::{FrameTime, Frames, Law};

use super::{ActivityEvent, ActivityOptions, HOP};
use crate::level::{amplitude_for_dbm0, dbm0_of_power};

/// The options as hops are held against them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// A mean square.
    pub(super) threshold: f32,
    onset: Frames,
    hangover: Frames,
}

impl Limits {
    pub(super) fn of(options: ActivityOptions) -> Self {
        let amplitude = amplitude_for_dbm0(Law::A, options.threshold_dbm0);
        Self { threshold: amplitude * amplitude / 2.0, onset: options.onset, hangover: options.hangover }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Talk {
    None,
    /// Not yet for long enough.
    Begun(Heard),
    Told(Heard),
}

/// The hops in which somebody was heard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    start: FrameTime,
    /// Of the last of them.
    end: FrameTime,
    hops: u32,
    /// Of their powers.
    sum: f32,
}

impl Talk {
    /// Whether speech was told and has not ended.
    pub(super) const fn is_told(&self) -> bool {
        matches!(self, Self::Told(_))
    }

    /// Takes the hop that ends now.
    #[inline]
    pub(super) fn hop(
        &mut self,
        heard: Option<f32>,
        now: FrameTime,
        limits: &Limits,
    ) -> Option<ActivityEvent> {
        match (&mut *self, heard) {
            (Self::None, None) => {}
            (Self::None, Some(power)) => {
                let start = FrameTime(now.0.saturating_sub(HOP as u64));
                *self = Self::Begun(Heard { start, end: now, hops: 1, sum: power });
            }
            (Self::Begun(_), None) => *self = Self::None,
            (Self::Begun(talk) | Self::Told(talk), Some(power)) => talk.go_on(now, power),
            (Self::Told(talk), None) => {
                if now.since(talk.end) >= limits.hangover {
                    return self.finish();
                }
            }
        }
        match *self {
            Self::Begun(talk) if talk.end.since(talk.start) >= limits.onset => {
                *self = Self::Told(talk);
                Some(ActivityEvent::Start { at: talk.start, reported: now })
            }
            _ => None,
        }
    }

    /// Ends speech, whether it was told or not.
    pub(super) fn finish(&mut self) -> Option<ActivityEvent> {
        match core::mem::replace(self, Self::None) {
            Self::Told(told) => Some(told.event()),
            Self::None | Self::Begun(_) => None,
        }
    }

    /// Time goes on elsewhere: speech that has only begun has not gone on.
    pub(super) fn meet_gap(&mut self) {
        if let Self::Begun(_) = self {
            *self = Self::None;
        }
    }
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

/// Levels are those of the first hour.
const MOST_HOPS: u32 = 360_000;
