//! The receivers for the lanes of a span, and the wrapper for a single channel. They run on the media thread. Where a
//! caller cuts time into blocks changes nothing, and no lane depends on another.

use tandem_types::FrameTime;

use super::CallerIdEvent;
use super::receiver::Receiver;
use crate::lanes::{LANES, lanes_in};

/// Receivers for the 32 timeslots of a span. All lanes are disabled at first, and cost nothing then.
#[derive(Clone, Debug)]
pub struct CallerIdBank {
    receivers: [Receiver; LANES],
    enabled: u32,
}

impl CallerIdBank {
    /// A bank with all lanes disabled.
    #[must_use]
    pub const fn new() -> Self {
        Self { receivers: [const { Receiver::new() }; LANES], enabled: 0 }
    }

    /// Starts or stops reception in a lane, in both cases from a clean slate: a transmission under way is forgotten.
    /// Lanes from 32 on do not exist and are ignored.
    pub fn enable(&mut self, lane: usize, on: bool) {
        if let Some(receiver) = self.receivers.get_mut(lane) {
            *receiver = Receiver::new();
            self.enabled = self.enabled & !(1 << lane) | u32::from(on) << lane;
        }
    }

    /// Whether a lane is listened to.
    #[must_use]
    pub const fn is_enabled(&self, lane: usize) -> bool {
        lane < LANES && self.enabled >> lane & 1 == 1
    }

    /// Takes the frames from `first` on and reports what they bring, in order of lanes, and of time in each.
    pub fn process(
        &mut self,
        frames: &[[i16; LANES]],
        first: FrameTime,
        mut on_event: impl FnMut(CallerIdEvent),
    ) {
        for lane in lanes_in(self.enabled) {
            let receiver = &mut self.receivers[lane];
            for (n, frame) in frames.iter().enumerate() {
                let now = FrameTime(first.0.saturating_add(n as u64 + 1));
                if let Some(event) = receiver.take(frame[lane], now) {
                    on_event(CallerIdEvent { lane, ..event });
                }
            }
        }
    }
}

impl Default for CallerIdBank {
    fn default() -> Self {
        Self::new()
    }
}

/// A receiver for one channel, for files and tools. It counts its own time from zero and reports lane 0.
#[derive(Clone, Debug)]
pub struct CallerIdDetector {
    receiver: Receiver,
    now: FrameTime,
}

impl CallerIdDetector {
    /// A receiver at time zero.
    #[must_use]
    pub const fn new() -> Self {
        Self { receiver: Receiver::new(), now: FrameTime::ZERO }
    }

    /// Takes samples and reports what they bring.
    pub fn process(&mut self, samples: &[i16], mut on_event: impl FnMut(CallerIdEvent)) {
        for &sample in samples {
            self.now = FrameTime(self.now.0.saturating_add(1));
            self.receiver.take(sample, self.now).into_iter().for_each(&mut on_event);
        }
    }
}

impl Default for CallerIdDetector {
    fn default() -> Self {
        Self::new()
    }
}
