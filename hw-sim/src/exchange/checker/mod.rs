//! The checker: every octet heard on every traffic slot must be explained.
//!
//! It works [`LAG`] frames behind the exchange, so that it knows what is about to happen: an octet is judged
//! when the on-hook that follows a silence, or the alarm that follows a garbled frame, has been seen. What
//! callers do reaches it as notes with their frames. For each circuit it keeps a set of views, each of them
//! an explanation that has held so far; an octet that ends all of them, and that no permitted step from any
//! of them explains, is unexplained.
mod batch;
mod calibrate;
mod delays;
mod judge;
mod listener;
mod members;
mod room;

use super::alaw;
use super::config::{CheckConfig, Prompt};
use super::report::{CheckReport, HeardClass, Unexplained};
use super::trace::{Circuit, Row, Trace};
use delays::Delays;
use listener::Listener;
use room::Room;
use std::collections::{BTreeMap, VecDeque};
use tandem_types::{FrameTime, SpanIndex, Timeslot};

/// How far the checker is behind: 200 ms.
pub(super) const LAG: u64 = 1600;
/// By how much the effect of something the far end did may precede its sign: 100 ms.
const LEAD: u64 = 800;

/// What a circuit's caller or the switch has done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Note {
    /// A call begins.
    Up(u64),
    /// The switch begins to dial here, or has ended.
    Dialling(bool),
    /// The tone of a digit begins.
    Digit,
    /// The caller has asked for a room.
    Join(u16),
    /// The exchange goes on-hook.
    HungUp,
    /// The switch was seen to have gone on-hook.
    Cleared,
    /// From now on there must be silence, unless another call than this has begun.
    Over(u64),
}

/// The checker of an exchange.
#[derive(Debug)]
pub(super) struct Checker {
    config: CheckConfig,
    prompts: Vec<PromptOctets>,
    spans: Vec<SpanCheck>,
    listeners: Vec<Listener>,
    rooms: Vec<Room>,
    delays: Delays,
    /// By frame, then in the order in which they came.
    due: BTreeMap<(u64, u64), Due>,
    sequence: u64,
    /// When any circuit may look for a delay again.
    next_search: u64,
    /// Bit n: span n is not checked.
    suspended: u32,
    report: CheckReport,
}

#[derive(Debug)]
struct PromptOctets {
    octets: Vec<u8>,
    /// The first octet that is not the idle one; `None` for a prompt that cannot be heard.
    first_sound: Option<u32>,
    barge_in: bool,
    most_plays: u32,
}

#[derive(Debug)]
struct SpanCheck {
    /// Slots of circuits where silence is all there is to be heard.
    plain: u32,
    /// When defects began and ended, the effects before and after included.
    troubles: VecDeque<(u64, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Due {
    Note(Circuit, Note),
    /// The transition of this call in this room has taken long enough.
    Close {
        room: u16,
        call: u64,
        joins: bool,
    },
}

impl Checker {
    pub(super) fn new(config: CheckConfig, prompts: &[Prompt], rooms: usize, spans: usize) -> Self {
        let circuits = spans * Timeslot::PER_FRAME;
        Self {
            config,
            prompts: prompts.iter().map(PromptOctets::new).collect(),
            spans: (0..spans).map(|_| SpanCheck { plain: TRAFFIC, troubles: VecDeque::new() }).collect(),
            listeners: (0..circuits).map(|_| Listener::new(prompts.len())).collect(),
            rooms: (0..rooms).map(|_| Room::new(spans)).collect(),
            delays: Delays::new(spans),
            due: BTreeMap::new(),
            sequence: 0,
            next_search: 0,
            suspended: 0,
            report: CheckReport::default(),
        }
    }

    /// Takes note of what happened on a circuit at a frame, which may lie ahead.
    pub(super) fn note(&mut self, circuit: Circuit, frame: FrameTime, note: Note) {
        // What the switch does may be heard before its sign is seen.
        let lead = if matches!(note, Note::Cleared) { LEAD } else { 0 };
        self.schedule(frame.0.saturating_sub(lead), Due::Note(circuit, note));
    }

    /// A span has a defect in this frame.
    pub(super) fn note_trouble(&mut self, span: usize, frame: u64) {
        let (from, to) = (frame.saturating_sub(LEAD), frame + self.config.settle.0);
        let troubles = &mut self.spans[span].troubles;
        match troubles.back_mut() {
            Some((_, end)) if *end + 1 >= from => *end = to,
            _ => troubles.push_back((from, to)),
        }
    }

    /// Judges a frame. Frames come in order, each [`LAG`] frames after it was recorded.
    pub(super) fn check(&mut self, trace: &Trace, frame: u64) {
        self.handle_due(frame);
        self.note_suspensions(frame);
        if frame.is_multiple_of(SWEEP) {
            self.close_early(frame);
        }
        for span in 0..self.spans.len() {
            if self.suspended & 1 << span != 0 {
                self.report.unchecked += u64::from(TRAFFIC.count_ones());
                continue;
            }
            let loud = sounding(trace.heard_row(span, frame)) & TRAFFIC;
            let plain = self.spans[span].plain;
            self.report.idle += u64::from((plain & !loud).count_ones());
            for slot in room::bits(u64::from(TRAFFIC & (loud | !plain))) {
                let circuit = Circuit::new(span, usize::from(slot));
                self.judge(trace, circuit, frame);
                self.note_plain(circuit);
            }
        }
    }

    /// What was found until now.
    pub(super) fn report(&self, octets_heard: u64) -> CheckReport {
        let mut report = self.report.clone();
        report.pending = octets_heard.saturating_sub(report.judged());
        let span = |index| SpanIndex(index as u16);
        report.delays = self.delays.known().map(|(from, to, delay)| (span(from), span(to), delay)).collect();
        report
    }

    /// Octets explained, passed over, and unexplained.
    pub(super) const fn counts(&self) -> (u64, u64, u64) {
        let report = &self.report;
        let passed_over = report.unchecked + report.uncalibrated;
        (report.idle + report.prompt + report.mix + report.dialling, passed_over, report.unexplained)
    }

    fn schedule(&mut self, frame: u64, due: Due) {
        self.sequence += 1;
        self.due.insert((frame, self.sequence), due);
    }

    fn handle_due(&mut self, frame: u64) {
        while let Some(entry) = self.due.first_entry()
            && entry.key().0 <= frame
        {
            match entry.remove() {
                Due::Note(circuit, note) => {
                    self.handle_note(circuit, note, frame);
                    self.note_plain(circuit);
                }
                Due::Close { room, call, joins } => self.handle_close(room, call, joins, frame),
            }
        }
    }

    fn note_suspensions(&mut self, frame: u64) {
        let mut suspended = 0;
        for (index, span) in self.spans.iter_mut().enumerate() {
            while span.troubles.front().is_some_and(|(_, end)| *end < frame) {
                span.troubles.pop_front();
            }
            if span.troubles.front().is_some_and(|(start, _)| *start <= frame) {
                suspended |= 1 << index;
            }
        }
        if suspended != self.suspended {
            let before = std::mem::replace(&mut self.suspended, suspended);
            self.change_suspensions(before, frame);
        }
    }

    fn change_suspensions(&mut self, before: u32, frame: u64) {
        let changed = before ^ self.suspended;
        for span in (0..self.spans.len()).filter(|span| changed & 1 << span != 0) {
            self.delays.forget(span);
        }
        self.rooms.iter_mut().for_each(Room::forget_sums);
        for index in 0..self.listeners.len() {
            let circuit = Circuit::new(index / Timeslot::PER_FRAME, index % Timeslot::PER_FRAME);
            let carries_traffic = TRAFFIC & 1 << circuit.slot() != 0;
            if carries_traffic && changed & (1 << circuit.span() | self.room_spans(circuit)) != 0 {
                self.begin_anew(circuit, frame);
                // Those in the defect may have been lost.
                let limit = self.config.barge_in_limit.0;
                self.listeners[circuit.index()].digits.retain(|digit| digit + limit >= frame);
                self.note_plain(circuit);
            }
        }
    }

    /// The spans of all whom a circuit may hear.
    fn room_spans(&self, circuit: Circuit) -> u32 {
        self.listeners[circuit.index()].room.map_or(0, |room| self.rooms[usize::from(room)].spans)
    }

    fn note_plain(&mut self, circuit: Circuit) {
        let bit = 1 << circuit.slot();
        let plain = &mut self.spans[circuit.span()].plain;
        if self.listeners[circuit.index()].is_plain() {
            *plain |= bit;
        } else {
            *plain &= !bit;
        }
    }

    /// Counts an octet that nothing explains, and describes it if it is among the first.
    fn report_unexplained(&mut self, circuit: Circuit, frame: u64, octet: u8, expected: Option<u8>) {
        self.report.unexplained += 1;
        if self.report.details.len() >= self.config.details {
            return;
        }
        let listener = &self.listeners[circuit.index()];
        self.report.details.push(Unexplained {
            call: listener.call,
            span: SpanIndex(circuit.span() as u16),
            slot: Timeslot::new(circuit.slot() as u8).unwrap_or(FIRST_SLOT),
            frame: FrameTime(frame),
            class: listener.class(),
            expected,
            octet,
        });
    }

    fn count(&mut self, class: HeardClass) {
        match class {
            HeardClass::Idle => self.report.idle += 1,
            HeardClass::Prompt(_) => self.report.prompt += 1,
            HeardClass::Mix(_) => self.report.mix += 1,
        }
    }
}

impl PromptOctets {
    fn new(prompt: &Prompt) -> Self {
        let octets: Vec<u8> = prompt.samples.iter().map(|sample| alaw::encode(*sample)).collect();
        let first_sound = octets.iter().position(|octet| *octet != alaw::IDLE).map(|index| index as u32);
        Self { octets, first_sound, barge_in: prompt.barge_in, most_plays: prompt.most_plays }
    }
}

impl CheckReport {
    const fn judged(&self) -> u64 {
        let explained = self.idle + self.prompt + self.mix + self.dialling;
        explained + self.uncalibrated + self.unchecked + self.unexplained
    }
}

/// Bit n: timeslot n carries anything but the idle octet.
fn sounding(row: &Row) -> u32 {
    let mut mask = 0;
    for (slot, octet) in row.iter().enumerate() {
        mask |= u32::from(*octet != alaw::IDLE) << slot;
    }
    mask
}

/// Timeslots 1 to 15 and 17 to 31.
pub(super) const TRAFFIC: u32 = 0xfffe_fffe;
const FIRST_SLOT: Timeslot = match Timeslot::new(0) {
    Some(slot) => slot,
    None => unreachable!(), // there is a timeslot 0
};
/// How often transitions that have been heard are looked for.
const SWEEP: u64 = 400;
/// How much later one listener may hear them than another: as much as delays may differ.
const SPREAD: u64 = calibrate::LONGEST;
