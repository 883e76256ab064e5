//! One line: how it is opened step by step, and its octets.
//!
//! The daemon gives octets by the clock of the line, and takes as many as it gives. So as many frames are sent as were
//! received, out of a store that the host fills by its own clock, and a few more at the beginning: what lies in the daemon's
//! sockets stays the same.
use super::E1dOptions;
use super::lane::Lane;
use crate::elastic::{Elastic, Slips};
use crate::wire::{Event, LineInfo, LineMode, Request, Slot, SlotConfig, SlotInfo, SlotMode};
use std::collections::VecDeque;
use tandem_card::{Frame, SpanStatus};
use tandem_rt::sys::GivenEnd;
use tandem_types::{Defect, Defects, FrameTime, Timeslot};

/// A descriptor has come to its end, or fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost;

#[derive(Debug)]
pub(super) struct Line {
    interface: u8,
    number: u8,
    mode: LineMode,
    force: bool,
    /// Frames that each store delays by.
    depth: usize,
    granule: usize,
    /// Room for the frames of one granule: so many are received and sent at most.
    burst: Box<[Frame]>,
    /// Frames that are yet to be sent ahead.
    ahead: usize,
    /// Frames in which the daemon has given as many as are taken, without a pause.
    flooded: usize,
    state: State,
    lanes: Vec<Lane>,
    received: Elastic,
    to_send: Elastic,
    /// Frames since some have come.
    silent: usize,
    /// What the daemon has told of the line.
    told: Defects,
    told_sa_bits: Option<u8>,
    wanted_sa_bits: Option<u8>,
    sent_sa_bits: Option<u8>,
    pub(super) signalling_slot: Option<Timeslot>,
    signalling: VecDeque<u8>,
    counters: LineCounters,
    pub(super) status: SpanStatus,
}

/// What a line has counted besides what its status has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCounters {
    /// Times that it was open and is no longer.
    pub lost: u64,
    /// Times that the daemon did not open it.
    pub refused: u64,
    /// Slips of what is sent.
    pub sent: Slips,
    /// Frames, or timeslots of frames, that the daemon took too slowly.
    pub unsent: u64,
    /// Timeslots of frames that were thrown away because other timeslots of these frames have not come.
    pub skewed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed {
        try_at: FrameTime,
    },
    SettingMode,
    /// So many lanes are open, and what comes of them is thrown away.
    Opening {
        lanes: usize,
    },
    Open,
}

impl Line {
    pub(super) fn new(number: u8, options: &E1dOptions) -> Self {
        let slots: Vec<Slot> =
            if options.superchannel { vec![Slot::Superchannel] } else { (1..32).map(Slot::Number).collect() };
        Self {
            interface: options.interface,
            number,
            mode: if options.superchannel { LineMode::Superchannel } else { LineMode::Channelized },
            force: options.force,
            depth: options.delay,
            granule: options.granule,
            burst: vec![[IDLE; 32]; BUDGET * options.granule].into(),
            ahead: 0,
            flooded: 0,
            state: State::Closed { try_at: FrameTime(0) },
            lanes: slots.into_iter().map(Lane::of).collect(),
            received: Elastic::new(options.delay, IDLE),
            to_send: Elastic::new(options.delay, IDLE),
            silent: 0,
            told: Defects::NONE,
            told_sa_bits: None,
            wanted_sa_bits: None,
            sent_sa_bits: None,
            signalling_slot: None,
            signalling: VecDeque::with_capacity(MOST_SIGNALLING),
            counters: LineCounters::default(),
            status: SpanStatus { defects: gone(), ..SpanStatus::default() },
        }
    }

    pub(super) fn counters(&self) -> LineCounters {
        LineCounters { sent: self.to_send.slips(), ..self.counters }
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    pub(super) fn is(&self, interface: u8, line: u8) -> bool {
        (self.interface, self.number) == (interface, line)
    }

    /// Closes it, if it was not. What the daemon told goes with `connection`.
    pub(super) fn close(&mut self, try_at: FrameTime, connection: bool) {
        if self.is_open() {
            self.counters.lost += 1;
        }
        self.state = State::Closed { try_at };
        (self.ahead, self.flooded) = (0, 0);
        self.lanes.iter_mut().for_each(Lane::close);
        self.received.clear();
        self.to_send.clear();
        self.signalling.clear();
        if connection {
            (self.told, self.told_sa_bits, self.sent_sa_bits) = (Defects::NONE, None, None);
        }
    }

    /// What is to be asked next of the daemon.
    pub(super) fn next_request(&mut self, now: FrameTime) -> Option<Request> {
        let (interface, line) = (self.interface, self.number);
        match self.state {
            State::Closed { try_at } if try_at > now => None,
            State::Closed { .. } | State::SettingMode => {
                self.state = State::SettingMode;
                Some(Request::SetLineMode { interface, line, mode: self.mode })
            }
            State::Opening { lanes } => {
                let slot = self.lanes.get(lanes)?.slot;
                let width = if slot == Slot::Superchannel { 31 } else { 1 };
                let read_octets = (self.granule * width) as u16;
                let config = SlotConfig { mode: SlotMode::Raw, force: self.force, read_octets };
                Some(Request::OpenSlot { interface, line, slot, config })
            }
            State::Open => {
                let bits = self.wanted_sa_bits.filter(|bits| Some(*bits) != self.sent_sa_bits)?;
                self.sent_sa_bits = Some(bits);
                Some(Request::SetSaBits { interface, line, bits })
            }
        }
    }

    /// The answer to the last request. `Err` is one that the daemon does not give.
    pub(super) fn handle_answer(
        &mut self,
        now: FrameTime,
        payload: &[u8],
        given: Option<GivenEnd>,
    ) -> Result<(), Lost> {
        match self.state {
            State::SettingMode => {
                let mut lines = LineInfo::all(payload).ok_or(Lost)?;
                match lines.next() {
                    Some(info) if info.line == self.number && info.mode == self.mode => {
                        self.state = State::Opening { lanes: 0 };
                    }
                    _ => self.refuse(now),
                }
            }
            State::Opening { lanes } => {
                let mut slots = SlotInfo::all(payload).ok_or(Lost)?;
                match (slots.next(), given) {
                    (Some(info), Some(given)) if info.slot == self.lanes[lanes].slot.number() => {
                        self.lanes[lanes].open(given.into_stream(), self.depth);
                        self.state = State::Opening { lanes: lanes + 1 };
                    }
                    // Nothing, where there is no such timeslot or somebody has it.
                    (None, None) => self.refuse(now),
                    _ => return Err(Lost),
                }
            }
            State::Open | State::Closed { .. } => {}
        }
        Ok(())
    }

    /// The daemon has not done what was asked.
    pub(super) fn refuse(&mut self, now: FrameTime) {
        self.counters.refused += 1;
        if !self.is_open() {
            self.close(now + super::LOOK_AGAIN, false);
        }
    }

    /// What has come of those opened first goes, so that all begin together once all are open and nothing more lies there. Then
    /// a few frames are sent ahead.
    fn begin(&mut self, lanes: usize, room: &mut [u8]) -> Result<(), Lost> {
        let all = lanes == self.lanes.len();
        for lane in &mut self.lanes[..lanes] {
            let heard = lane.hear(self.burst.len(), room);
            // While others are being opened one that fails is waited with: it fails again.
            if all {
                heard?;
            }
            lane.skip(lane.frames());
        }
        if all && !self.lanes.iter().any(Lane::has_more) {
            self.state = State::Open;
            (self.silent, self.ahead) = (0, self.depth);
        }
        Ok(())
    }

    pub(super) fn handle_event(&mut self, event: Event) {
        match event {
            Event::Los(on) => self.told.set(Defect::Los, on),
            Event::Ais(on) => self.told.set(Defect::Ais, on),
            Event::Rai(on) => self.told.set(Defect::Rai, on),
            Event::Lof(on) => self.told.set(Defect::Lof, on),
            Event::SaBits(bits) => self.told_sa_bits = Some(bits),
            Event::Unknown(_) => {}
        }
    }

    /// Takes what has come, as much of it as a granule allows, and sends as much. `Err` when a descriptor is at its end, or when
    /// the daemon goes on to give more than any line has.
    pub(super) fn move_octets(&mut self, room: &mut [u8]) -> Result<(), Lost> {
        match self.state {
            State::Closed { .. } | State::SettingMode => return Ok(()),
            State::Opening { lanes } => self.begin(lanes, room)?,
            State::Open => self.exchange(room)?,
        }
        let more = self.lanes.iter().any(Lane::has_more);
        self.flooded = if more { self.flooded + self.granule } else { 0 };
        if self.flooded < FLOOD_FRAMES { Ok(()) } else { Err(Lost) }
    }

    fn exchange(&mut self, room: &mut [u8]) -> Result<(), Lost> {
        for lane in &mut self.lanes {
            lane.hear(self.burst.len(), room)?;
        }
        let count = self.lanes.iter().map(Lane::frames).min().unwrap_or(0).min(self.burst.len());
        for _ in 0..count {
            let mut frame = [IDLE; 32];
            self.lanes.iter_mut().for_each(|lane| lane.give(&mut frame));
            self.received.put(&frame);
            if let Some(slot) = self.signalling_slot {
                if self.signalling.len() == MOST_SIGNALLING {
                    self.signalling.pop_front();
                }
                self.signalling.push_back(frame[slot.index()]);
            }
        }
        for lane in &mut self.lanes {
            // The daemon has lost octets of another timeslot.
            self.counters.skewed += lane.drop_skew(MOST_SKEW) as u64;
        }
        self.silent = if count > 0 { 0 } else { self.silent.saturating_add(self.granule) };
        self.send(count, room)
    }

    /// Sends so many frames, and before them what is yet to be sent ahead, as much of it as the granule has room for.
    fn send(&mut self, frames: usize, room: &mut [u8]) -> Result<(), Lost> {
        let ahead = self.ahead.min(self.burst.len() - frames);
        self.ahead -= ahead;
        let burst = &mut self.burst[..ahead + frames];
        burst[..ahead].fill([IDLE; 32]);
        self.to_send.take(&mut burst[ahead..]);
        if !burst.is_empty() {
            for lane in &mut self.lanes {
                self.counters.unsent += lane.say(burst, room)? as u64;
            }
        }
        Ok(())
    }

    pub(super) fn note_status(&mut self) {
        let silent = self.silent >= PATIENCE_FRAMES;
        self.status.defects = if self.is_open() && !silent { self.told } else { gone() };
        self.status.sa_bits = self.told_sa_bits;
        let Slips { repeated, deleted } = self.received.slips();
        (self.status.counters.slips_repeated, self.status.counters.slips_deleted) = (repeated, deleted);
    }

    pub(super) fn receive(&mut self, frames: &mut [Frame]) {
        self.received.take(frames);
    }

    pub(super) fn receive_signalling(&mut self, octets: &mut [u8]) -> usize {
        let count = self.signalling.len().min(octets.len());
        for (octet, received) in octets.iter_mut().zip(self.signalling.drain(..count)) {
            *octet = received;
        }
        count
    }

    pub(super) fn transmit(&mut self, frames: &[Frame]) {
        if self.is_open() {
            frames.iter().for_each(|frame| self.to_send.put(frame));
        }
    }

    pub(super) const fn send_sa_bits(&mut self, bits: u8) {
        self.wanted_sa_bits = Some(bits);
    }
}

/// What a line shows that nothing comes from: it is not the line's fault.
const fn gone() -> Defects {
    let mut defects = Defects::only(Defect::Los);
    defects.set(Defect::Card, true);
    defects
}

/// A-law silence.
const IDLE: u8 = 0xd5;
/// Octets of a D channel that wait to be taken: 200 ms.
const MOST_SIGNALLING: usize = 1600;
/// Frames that a timeslot may be ahead of another.
const MOST_SKEW: usize = 160;
/// Granules' worth of frames that are moved in one granule at most: what is behind catches up.
pub(super) const BUDGET: usize = 4;
/// Two seconds of nothing but full granules. What a daemon's sockets hold for a host that stood still is over before.
const FLOOD_FRAMES: usize = 16_000;
/// A second without an octet.
const PATIENCE_FRAMES: usize = 8000;
