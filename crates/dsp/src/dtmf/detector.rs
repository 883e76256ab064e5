//! The DTMF detector for the lanes of a span, and its wrapper for a single channel.
//!
//! It runs on the media thread. All work is done at the ends of 5 ms hops; the four groups of eight lanes
//! have their hops at different frames, so that small ticks share the load evenly. Where a caller cuts time
//! into blocks changes nothing, and no lane depends on another.

use tandem_types::{Digit, FrameTime};

use super::frontend::{FrontEnd, SHORT_HISTORY};
use super::kernels::{HOP, WIDTH};
use super::lane::Lane;
use crate::arch::{self, InstructionSet, Kernel, Vector};
use crate::lanes::LANES;

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
    },
}

/// DTMF detectors for the 32 timeslots of a span. All lanes are disabled at first.
#[derive(Clone, Debug)]
pub struct DetectorBank {
    groups: [Group; LANES / WIDTH],
}

/// Eight lanes that share their hops.
#[derive(Clone, Debug)]
struct Group {
    front: FrontEnd,
    lanes: [Lane; WIDTH],
    enabled: u8,
    /// Frames of the current hop taken so far.
    filled: usize,
    set: InstructionSet,
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
        let quarter = HOP / 4;
        let phase = phase % HOP;
        Self {
            groups: [
                Group::new(set, phase),
                Group::new(set, (phase + quarter) % HOP),
                Group::new(set, (phase + 2 * quarter) % HOP),
                Group::new(set, (phase + 3 * quarter) % HOP),
            ],
        }
    }

    /// Starts or stops detection in a lane, in both cases from a clean slate: a digit being held is
    /// forgotten without an end. Lanes from 32 on do not exist and are ignored.
    pub fn enable(&mut self, lane: usize, on: bool) {
        if let Some(group) = self.groups.get_mut(lane / WIDTH) {
            group.enable(lane % WIDTH, on);
        }
    }

    /// Whether detection runs in a lane.
    #[must_use]
    pub fn is_enabled(&self, lane: usize) -> bool {
        self.groups.get(lane / WIDTH).is_some_and(|group| group.enabled >> (lane % WIDTH) & 1 == 1)
    }

    /// Takes the frames from `first` on and reports what they bring, in order of time, then of lanes.
    pub fn process(
        &mut self,
        frames: &[[i16; LANES]],
        first: FrameTime,
        mut on_event: impl FnMut(DtmfEvent),
    ) {
        let mut now = first;
        let mut rest = frames;
        while !rest.is_empty() {
            let to_hop = self.groups.iter().map(|group| HOP - group.filled).min().unwrap_or(HOP);
            let (piece, later) = rest.split_at(to_hop.min(rest.len()));
            now = FrameTime(now.0.saturating_add(piece.len() as u64));
            for (index, group) in self.groups.iter_mut().enumerate() {
                group.take(piece, index, now, &mut on_event);
            }
            rest = later;
        }
    }
}

impl Group {
    const fn new(set: InstructionSet, filled: usize) -> Self {
        Self { front: FrontEnd::new(), lanes: [const { Lane::new() }; WIDTH], enabled: 0, filled, set }
    }

    fn enable(&mut self, lane: usize, on: bool) {
        self.front.reset(lane);
        self.lanes[lane] = Lane::new();
        self.enabled = self.enabled & !(1 << lane) | u8::from(on) << lane;
    }

    /// Takes frames up to the end of the hop at most; `now` is the end of the last of them.
    fn take(
        &mut self,
        frames: &[[i16; LANES]],
        group: usize,
        now: FrameTime,
        on_event: &mut impl FnMut(DtmfEvent),
    ) {
        let begin = self.filled;
        self.filled = (begin + frames.len()) % HOP;
        if self.enabled == 0 {
            return;
        }
        arch::run(self.set, Store { front: &mut self.front, at: begin, frames, group });
        if self.filled == 0 {
            self.hop(group * WIDTH, now, on_event);
        }
    }

    fn hop(&mut self, first_lane: usize, now: FrameTime, on_event: &mut impl FnMut(DtmfEvent)) {
        if !arch::run(self.set, Hop { front: &mut self.front, enabled: self.enabled }) {
            return;
        }
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            if self.enabled >> index & 1 == 1 {
                lane.hop(&self.front, index, now, &mut |event| on_event(event.on_lane(first_lane + index)));
            }
        }
    }
}

/// [`FrontEnd::store`].
struct Store<'a> {
    front: &'a mut FrontEnd,
    at: usize,
    frames: &'a [[i16; LANES]],
    group: usize,
}

impl Kernel for Store<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self) {
        self.front.store(self.at, self.frames, self.group);
    }
}

/// [`FrontEnd::hop`].
struct Hop<'a> {
    front: &'a mut FrontEnd,
    enabled: u8,
}

impl Kernel for Hop<'_> {
    type Output = bool;

    #[inline(always)]
    fn run<V: Vector>(self) -> bool {
        self.front.hop(self.enabled)
    }
}

impl DtmfEvent {
    fn on_lane(mut self, number: usize) -> Self {
        match &mut self {
            Self::Start { lane, .. } | Self::End { lane, .. } => *lane = number,
        }
        self
    }
}

/// A detector for one channel, for files and tools. It counts its own time from zero and reports lane 0.
#[derive(Clone, Debug)]
pub struct Detector {
    group: Group,
    now: FrameTime,
}

impl Detector {
    /// A detector at time zero.
    #[must_use]
    pub const fn new() -> Self {
        let mut group = Group::new(InstructionSet::BASELINE, 0);
        group.enabled = 1;
        Self { group, now: FrameTime::ZERO }
    }

    /// Takes samples and reports what they bring.
    pub fn process(&mut self, samples: &[i16], mut on_event: impl FnMut(DtmfEvent)) {
        let mut frame = [0; LANES];
        for &sample in samples {
            frame[0] = sample;
            self.now = FrameTime(self.now.0.saturating_add(1));
            self.group.take(&[frame], 0, self.now, &mut on_event);
        }
    }

    /// Takes silence until a digit that lasts to the end of the signal has been reported and has ended.
    pub fn finish(&mut self, on_event: impl FnMut(DtmfEvent)) {
        self.process(&[0; 2 * SHORT_HISTORY * HOP], on_event);
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self::new()
    }
}
