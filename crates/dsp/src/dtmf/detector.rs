//! The DTMF detector for the lanes of a span, and its wrapper for a single channel.
//!
//! It runs on the media thread. All work is done at the ends of 5 ms hops. Where a caller cuts time into
//! blocks changes nothing, and no lane depends on another.

use tandem_types::{Digit, FrameTime};

use super::hop::HOP;
use super::lane::{Decisions, SIZE_HISTORY};
use crate::arch::InstructionSet;
use crate::lanes::{LANES, in_lane_0};
use crate::spectrum::Window;

/// What a detector reports. Levels take +3.14 dBm0 as full scale, whatever the law of the channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DtmfEvent {
    /// A digit is being sent: it has lasted long enough, and it is one.
    Start {
        /// The lane it was heard in.
        lane: usize,
        /// The digit.
        digit: Digit,
        /// When it began, within about 1 ms on a clean line.
        at: FrameTime,
        /// When it was certain: 38 to 44 ms later.
        reported: FrameTime,
    },
    /// The digit reported last on this lane has ended. Where it gives way to another that shares a tone
    /// with it, the end may be taken as late as the beginning of that one.
    End {
        /// The lane it was heard in.
        lane: usize,
        /// The digit.
        digit: Digit,
        /// When it began.
        start: FrameTime,
        /// When it ended, within about 1 ms on a clean line.
        end: FrameTime,
        /// Level of the low-group tone.
        low_dbm0: f32,
        /// Level of the high-group tone.
        high_dbm0: f32,
        /// Level of the high-group tone less that of the low-group tone, in dB.
        twist_db: f32,
        /// By how much the low-group tone is off its frequency, within 1.2 Hz up to 1 % on a clean line.
        low_offset_hz: f32,
        /// The same of the high-group tone.
        high_offset_hz: f32,
    },
}

impl DtmfEvent {
    /// The lane it was heard in.
    #[must_use]
    pub const fn lane(&self) -> usize {
        match *self {
            Self::Start { lane, .. } | Self::End { lane, .. } => lane,
        }
    }
}

/// DTMF detectors for the 32 timeslots of a span. All lanes are disabled at first.
#[derive(Clone, Debug)]
pub struct DetectorBank {
    set: InstructionSet,
    window: Window<HOP>,
    decisions: Decisions,
}

impl DetectorBank {
    /// A bank with all lanes disabled, for an instruction set.
    #[must_use]
    pub const fn new(set: InstructionSet) -> Self {
        Self::with_phase(set, 0)
    }

    /// The same with hops that end `phase` frames earlier, to spread the load of many banks over time.
    #[must_use]
    pub const fn with_phase(set: InstructionSet, phase: usize) -> Self {
        Self { set, window: Window::new(phase), decisions: Decisions::NEW }
    }

    /// Starts or stops detection in a lane, in both cases from a clean slate: a digit being held is
    /// forgotten without an end. Lanes from 32 on do not exist and are ignored.
    pub fn enable(&mut self, lane: usize, on: bool) {
        self.window.enable(lane, on);
        self.decisions.reset(lane);
    }

    /// Whether detection runs in a lane.
    #[must_use]
    pub const fn is_enabled(&self, lane: usize) -> bool {
        self.window.is_enabled(lane)
    }

    /// Takes the frames from `first` on and reports what they bring, in order of time, then of lanes.
    pub fn process(
        &mut self,
        frames: &[[i16; LANES]],
        first: FrameTime,
        mut on_event: impl FnMut(DtmfEvent),
    ) {
        let Self { set, window, decisions } = self;
        window.process(frames, first, |window, now| decisions.hop(*set, window, now, &mut on_event));
    }
}

/// A detector for one channel, for files and tools. It counts its own time from zero and reports lane 0.
#[derive(Clone, Debug)]
pub struct Detector {
    bank: DetectorBank,
    now: FrameTime,
}

impl Detector {
    /// A detector at time zero.
    #[must_use]
    pub fn new() -> Self {
        let mut bank = DetectorBank::new(InstructionSet::detect());
        bank.enable(0, true);
        Self { bank, now: FrameTime::ZERO }
    }

    /// Takes samples and reports what they bring.
    pub fn process(&mut self, samples: &[i16], mut on_event: impl FnMut(DtmfEvent)) {
        in_lane_0(samples, &mut self.now, |frames, now| self.bank.process(frames, now, &mut on_event));
    }

    /// Takes silence until a digit that lasts to the end of the signal has been reported and has ended.
    pub fn finish(&mut self, on_event: impl FnMut(DtmfEvent)) {
        self.process(&[0; 2 * SIZE_HISTORY * HOP], on_event);
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}
