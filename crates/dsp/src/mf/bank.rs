//! The detector for the lanes of a span, and its wrapper for a single channel.
//!
//! It runs on the media thread. All work is done at the ends of 5 ms hops. Where a caller cuts time into
//! blocks changes nothing, and no lane depends on another.

use tandem_types::FrameTime;

use super::lane::{Decisions, HOP};
use super::{MfEvent, MfSystem};
use crate::arch::InstructionSet;
use crate::lanes::{LANES, in_lane_0};
use crate::spectrum::Window;

/// Detectors of one system for the 32 timeslots of a span. All lanes are disabled at first.
#[derive(Clone, Debug)]
pub struct MfBank {
    set: InstructionSet,
    window: Window<HOP>,
    decisions: Decisions,
}

impl MfBank {
    /// A bank with all lanes disabled, for an instruction set.
    #[must_use]
    pub const fn new(set: InstructionSet, system: MfSystem) -> Self {
        Self::with_phase(set, system, 0)
    }

    /// The same with hops that end `phase` frames earlier, to spread the load of many banks over time.
    #[must_use]
    pub const fn with_phase(set: InstructionSet, system: MfSystem, phase: usize) -> Self {
        Self { set, window: Window::new(phase), decisions: Decisions::new(system) }
    }

    /// Starts or stops detection in a lane, in both cases from a clean slate: a signal being held is
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
    pub fn process(&mut self, frames: &[[i16; LANES]], first: FrameTime, mut on_event: impl FnMut(MfEvent)) {
        let Self { set, window, decisions } = self;
        window.process(frames, first, |window, now| decisions.hop(*set, window, now, &mut on_event));
    }
}

/// A detector for one channel, for files and tools. It counts its own time from zero and reports lane 0.
#[derive(Clone, Debug)]
pub struct MfDetector {
    bank: MfBank,
    now: FrameTime,
}

impl MfDetector {
    /// A detector at time zero.
    #[must_use]
    pub fn new(set: InstructionSet, system: MfSystem) -> Self {
        let mut bank = MfBank::new(set, system);
        bank.enable(0, true);
        Self { bank, now: FrameTime::ZERO }
    }

    /// Takes samples and reports what they bring.
    pub fn process(&mut self, samples: &[i16], mut on_event: impl FnMut(MfEvent)) {
        in_lane_0(samples, &mut self.now, |frames, now| self.bank.process(frames, now, &mut on_event));
    }

    /// Takes silence until a signal that lasts to the end has been reported and has ended.
    pub fn finish(&mut self, on_event: impl FnMut(MfEvent)) {
        self.process(&[0; 16 * HOP], on_event);
    }
}
