//! One circuit of the exchange: line signals as raw bits and times, and the caller or called party behind it.
//!
//! E&M immediate start: off-hook seizes, digits follow after a time, the far end's off-hook answers, on-hook
//! of either end releases. A double seizure is held until the far end gives way. Stepped once a millisecond.
use super::call::{Call, Progress};
use super::chance::Chance;
use super::checker::{Checker, Note};
use super::config::ExchangeConfig;
use super::report::{CallRecord, ClearedBy, Direction, Outcome, Totals};
use super::speech::{Speaker, SpeechBank};
use super::trace::{Circuit, Trace};
use super::voice::{BLOCK, Voice, dialled_keys};
use tandem_dsp::dtmf::{Detector, DtmfEvent};
use tandem_types::{Abcd, FrameTime, Frames};

/// What a circuit works with in a step.
pub(super) struct Office<'a> {
    pub(super) now: FrameTime,
    /// Whether the span has no defect.
    pub(super) sound: bool,
    pub(super) config: &'a ExchangeConfig,
    pub(super) chance: &'a mut Chance,
    pub(super) bank: &'a mut SpeechBank,
    pub(super) totals: &'a mut Totals,
    pub(super) checker: Option<&'a mut Checker>,
    pub(super) trace: &'a Trace,
    pub(super) records: &'a mut Vec<CallRecord>,
    /// The number of the last call.
    pub(super) last_call: &'a mut u64,
}

impl Office<'_> {
    /// What a circuit heard in the last millisecond.
    pub(super) fn heard(&self, place: Circuit) -> [u8; BLOCK] {
        let first = self.now.0.wrapping_sub(BLOCK as u64);
        std::array::from_fn(|n| self.trace.heard(place, first.wrapping_add(n as u64)))
    }

    /// Tells the checker, if there is one.
    fn note(&mut self, place: Circuit, frame: FrameTime, note: Note) {
        if let Some(checker) = &mut self.checker {
            checker.note(place, frame, note);
        }
    }
}

/// A circuit.
#[derive(Debug)]
pub(super) struct Line {
    place: Circuit,
    state: State,
    far: Far,
    /// The bits sent.
    bits: Abcd,
    voice: Voice,
    call: Option<Box<Call>>,
    /// The number of the call, also when it is over.
    last_call: u64,
    /// Who is here has been asked to hang up, and does so from this time on as soon as no digit can be lost.
    leaving: Option<FrameTime>,
}

#[derive(Debug)]
enum State {
    Free,
    /// Both ends are on-hook, but not for long.
    Guard {
        until: FrameTime,
    },
    Seized {
        dial_at: FrameTime,
    },
    /// Both ends have seized; this one holds.
    Glare {
        give_up: FrameTime,
    },
    Dialling,
    Waiting {
        give_up: FrameTime,
    },
    /// Answered, by either end.
    Talking(Progress),
    /// This end is on-hook, the far end not yet. `late` once that has been reported.
    Releasing {
        limit: FrameTime,
        late: bool,
    },
    /// The switch has seized and dials.
    Collecting {
        detector: Box<Detector>,
        last: FrameTime,
    },
    /// The number is complete; without a time, nobody answers.
    Ringing {
        at: Option<FrameTime>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hook {
    On,
    Off,
}

/// The far end's hook, once its bits have lasted.
#[derive(Debug, Default)]
struct Far {
    hook: Option<Hook>,
    /// Another hook, and since when it has been seen.
    coming: Option<(Hook, FrameTime)>,
    /// When the hook that counts was first seen.
    since: FrameTime,
}

impl Line {
    pub(super) fn new(place: Circuit, config: &ExchangeConfig) -> Self {
        Self {
            place,
            state: State::Free,
            far: Far::default(),
            bits: config.line.idle_bits(),
            voice: Voice::Silent,
            call: None,
            last_call: 0,
            leaving: None,
        }
    }

    /// Whether a call may be placed here: nothing goes on, and the far end has been on-hook for a while.
    pub(super) fn is_free(&self, now: FrameTime, config: &ExchangeConfig) -> bool {
        let rests = matches!(self.state, State::Free) && self.far.coming.is_none();
        rests && self.far.hook == Some(Hook::On) && now.since(self.far.since) >= config.line.guard
    }

    /// Whether nothing at all goes on here.
    pub(super) const fn is_at_rest(&self) -> bool {
        matches!(self.state, State::Free)
    }

    pub(super) const fn bits(&self) -> Abcd {
        self.bits
    }

    pub(super) fn record(&self) -> Option<&CallRecord> {
        self.call.as_deref().map(|call| &call.record)
    }

    /// Places a call, whose number is to be dialled unless it has gone with the signalling.
    pub(super) fn seize(&mut self, number: String, has_gone: bool, office: &mut Office<'_>) {
        self.begin(Direction::ToSwitch, number, office.now, office);
        let line = &office.config.line;
        self.bits = line.seized_bits();
        self.state = match has_gone {
            true => State::Waiting { give_up: office.now + line.answer_limit },
            false => State::Seized { dial_at: office.now + line.seize_to_dial },
        };
    }

    /// Whether the switch calls, and its number is wanted.
    pub(super) const fn is_collecting(&self) -> bool {
        matches!(self.state, State::Collecting { .. })
    }

    /// Whether the exchange waits for an answer.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// The switch has cleared the call, before any answer.
    pub(super) fn be_refused(&mut self, office: &mut Office<'_>) {
        office.totals.refused += 1;
        self.release(Outcome::Refused, ClearedBy::Switch, office);
    }

    /// The number that the switch calls has come with the signalling.
    pub(super) fn take_number(&mut self, number: String, office: &mut Office<'_>) {
        if let Some(call) = self.call.as_deref_mut() {
            call.record.number = number;
        }
        self.ring(office);
    }

    /// The number is complete.
    fn ring(&mut self, office: &mut Office<'_>) {
        let Some(call) = self.call.as_deref() else { return };
        let known = office.config.called.iter().any(|party| party.number == call.record.number);
        let at = known.then(|| office.now + office.config.line.answer_after);
        office.note(self.place, office.now, Note::Dialling(false));
        self.state = State::Ringing { at };
    }

    /// Asks whoever is here to hang up: in a conversation within two seconds, for people do not all move at
    /// once. A caller first sends the digits it has begun to send, and once it has dialled gives the answer a
    /// moment to come.
    pub(super) fn hang_up(&mut self, office: &mut Office<'_>) {
        let delay = match &mut self.state {
            State::Seized { .. } | State::Glare { .. } | State::Dialling => Frames(0),
            State::Waiting { give_up } => {
                *give_up = (*give_up).min(office.now + LEAVING_PATIENCE);
                Frames(0)
            }
            State::Talking(_) => office.chance.length(LEAVING_TIME),
            // A call that the switch has begun and nobody has answered is for the switch to end.
            _ => return,
        };
        self.leaving = Some(office.now + delay);
    }

    /// Hangs up if no digit is under way.
    fn leave(&mut self, office: &mut Office<'_>) {
        match &self.state {
            State::Talking(progress) if !progress.is_pressing(&self.voice, office.now) => {
                self.release(Outcome::Completed, ClearedBy::Exchange, office);
            }
            State::Seized { .. } | State::Glare { .. } => {
                self.release(Outcome::Abandoned, ClearedBy::Exchange, office);
            }
            _ => {}
        }
    }

    /// One millisecond passes: `bits` are those received, if they can be relied on.
    pub(super) fn step(&mut self, bits: Option<Abcd>, office: &mut Office<'_>) {
        match self.far.observe(bits, office) {
            Some(Hook::Off) => self.on_far_off_hook(office),
            Some(Hook::On) => self.on_far_on_hook(office),
            None => {}
        }
        if self.leaving.is_some_and(|at| office.now >= at) {
            self.leave(office);
        }
        self.on_time(office);
    }

    /// Makes the octets of the next millisecond; false if they are all idle.
    pub(super) fn speak(&mut self, block: &mut [u8; BLOCK], office: &mut Office<'_>) -> bool {
        let Some(call) = self.call.as_deref_mut().filter(|_| !self.voice.is_silent()) else { return false };
        if let Some(pressed) = self.voice.fill(office.now, block, office.bank, &mut call.record.speech) {
            office.totals.digits_sent += 1;
            office.note(self.place, office.now, Note::Digit);
            if call.record.answered.is_some() {
                call.record.digits.push(pressed);
                self.note_room(office);
            }
        }
        true
    }

    /// The last digit of a room's number asks for the room.
    fn note_room(&mut self, office: &mut Office<'_>) {
        let Some(call) = self.call.as_deref_mut() else { return };
        if call.record.room.is_none() && self.voice.is_at_last_key() {
            call.record.room = call.wanted_room;
            if let Some(room) = call.wanted_room {
                office.note(self.place, office.now, Note::Join(room as u16));
            }
        }
    }

    fn on_far_off_hook(&mut self, office: &mut Office<'_>) {
        match self.state {
            State::Free | State::Guard { .. } => self.be_called(office),
            State::Seized { .. } => {
                office.totals.glare += 1;
                self.state = State::Glare { give_up: office.now + office.config.line.glare_limit };
            }
            // A switch that knows how long numbers are answers at the last digit.
            State::Dialling if self.voice.is_at_last_key() => self.on_answer(office),
            State::Dialling => {
                office.totals.glare += 1;
                self.release(Outcome::Glare, ClearedBy::Exchange, office);
            }
            State::Waiting { .. } => self.on_answer(office),
            _ => {} // after a release the far end has to go on-hook, whatever it did meanwhile
        }
    }

    fn on_far_on_hook(&mut self, office: &mut Office<'_>) {
        match self.state {
            State::Glare { .. } => {
                self.state = State::Seized { dial_at: office.now + office.config.line.seize_to_dial };
            }
            State::Talking(_) => self.release(Outcome::Completed, ClearedBy::Switch, office),
            State::Collecting { .. } | State::Ringing { .. } => {
                self.release(Outcome::GivenUpBySwitch, ClearedBy::Switch, office);
            }
            State::Releasing { .. } => {
                // It may have gone on-hook before it can have known of our release.
                office.note(self.place, self.far.since, Note::Cleared);
                self.be_guarded(office);
            }
            _ => {}
        }
    }

    fn on_time(&mut self, office: &mut Office<'_>) {
        let (now, line) = (office.now, &office.config.line);
        match &mut self.state {
            State::Free => {}
            State::Guard { until } if now >= *until => self.state = State::Free,
            State::Seized { dial_at } if now >= *dial_at => {
                let number = self.call.as_ref().map_or("", |call| &call.record.number);
                self.voice = Voice::press(dialled_keys(number, line.dial));
                self.state = State::Dialling;
            }
            State::Glare { give_up } if now >= *give_up => {
                self.release(Outcome::Glare, ClearedBy::Exchange, office);
            }
            State::Dialling if self.voice.is_finished() => {
                self.voice = Voice::Silent;
                let patience = if self.leaving.is_some() { LEAVING_PATIENCE } else { line.answer_limit };
                self.state = State::Waiting { give_up: now + patience };
            }
            State::Waiting { give_up } if now >= *give_up && self.leaving.is_some() => {
                self.release(Outcome::Abandoned, ClearedBy::Exchange, office);
            }
            State::Waiting { give_up } if now >= *give_up => {
                office.totals.no_answer += 1;
                self.release(Outcome::NoAnswer, ClearedBy::Exchange, office);
            }
            State::Talking(progress) => {
                let wanted = self.call.as_ref().and_then(|call| call.wanted_room);
                if let Some(outcome) = progress.step(&mut self.voice, wanted, self.place, office) {
                    self.release(outcome, ClearedBy::Exchange, office);
                }
            }
            State::Releasing { limit, late } if now >= *limit && !*late => {
                *late = true;
                office.totals.late_clears += 1;
            }
            State::Collecting { .. } => self.collect(office),
            State::Ringing { at: Some(at) } if now >= *at => self.answer(office),
            _ => {}
        }
    }

    fn begin(&mut self, direction: Direction, number: String, seized: FrameTime, office: &mut Office<'_>) {
        *office.last_call += 1;
        let id = *office.last_call;
        self.last_call = id;
        self.leaving = None;
        office.note(self.place, seized, Note::Up(id));
        self.call = Some(Box::new(Call::new(id, direction, self.place, number, seized)));
    }

    fn on_answer(&mut self, office: &mut Office<'_>) {
        office.totals.answered += 1;
        // A digit that still sounds is cut short.
        self.voice = Voice::Silent;
        if let Some(call) = self.call.as_deref_mut() {
            call.record.answered = Some(office.now);
            self.state = State::Talking(call.begin_talking(office));
        }
    }

    fn be_called(&mut self, office: &mut Office<'_>) {
        office.totals.called += 1;
        self.begin(Direction::FromSwitch, String::new(), self.far.since, office);
        office.note(self.place, self.far.since, Note::Dialling(true));
        self.state = State::Collecting { detector: Box::default(), last: office.now };
    }

    fn collect(&mut self, office: &mut Office<'_>) {
        let State::Collecting { detector, last } = &mut self.state else { return };
        let Some(call) = self.call.as_deref_mut() else { return };
        detector.process(&office.heard(self.place).map(super::alaw::decode), |event| {
            *last = office.now;
            if let DtmfEvent::Start { digit, .. } = event {
                office.totals.digits_heard += 1;
                call.record.number.push(digit.to_char());
            }
        });
        let silence = office.now.since(*last);
        let line = &office.config.line;
        if call.record.number.is_empty() {
            if silence >= line.first_digit_limit {
                self.refuse(office);
            }
        } else if silence >= line.number_complete {
            self.ring(office);
        }
    }

    /// Nothing was dialled: this end never goes off-hook, and waits for the switch to give up.
    fn refuse(&mut self, office: &mut Office<'_>) {
        office.note(self.place, office.now, Note::Dialling(false));
        self.release(Outcome::NoNumber, ClearedBy::Exchange, office);
    }

    fn answer(&mut self, office: &mut Office<'_>) {
        self.bits = office.config.line.seized_bits();
        office.totals.answered += 1;
        let Some(call) = self.call.as_deref_mut() else { return };
        call.record.answered = Some(office.now);
        let party = office.config.called.iter().find(|party| party.number == call.record.number);
        let hang_up = party.and_then(|party| party.hold).map(|hold| office.now + hold);
        call.record.room = party.and_then(|party| party.room);
        if let Some(room) = call.record.room {
            office.note(self.place, office.now, Note::Join(room as u16));
        }
        self.voice = Voice::Speech(Speaker::new(hang_up));
        self.state = State::Talking(Progress::Called { hang_up });
    }

    /// Goes on-hook and closes the call's record.
    fn release(&mut self, outcome: Outcome, by: ClearedBy, office: &mut Office<'_>) {
        self.bits = office.config.line.idle_bits();
        self.voice = Voice::Silent;
        self.leaving = None;
        let cleared = if by == ClearedBy::Switch { self.far.since } else { office.now };
        let note = if by == ClearedBy::Switch { Note::Cleared } else { Note::HungUp };
        office.note(self.place, cleared, note);
        office.totals.cleared += 1;
        office.totals.cleared_by_switch += u64::from(by == ClearedBy::Switch);
        if let Some(call) = self.call.take().filter(|_| office.config.keep_records) {
            office.records.push(CallRecord {
                cleared: Some(cleared),
                cleared_by: Some(by),
                outcome,
                ..call.record
            });
        }
        if self.far.hook == Some(Hook::Off) {
            let limit = office.now + office.config.line.clear_limit;
            self.state = State::Releasing { limit, late: false };
        } else {
            self.be_guarded(office);
        }
    }

    /// Both ends are on-hook; soon there must be silence.
    fn be_guarded(&mut self, office: &mut Office<'_>) {
        if let Some(check) = &office.config.check {
            // The far end that never was off-hook learns of our release only now.
            let was_off = matches!(self.state, State::Releasing { .. } | State::Talking(_));
            let over = if was_off || self.far.since + check.clear_limit >= office.now {
                self.far.since + check.clear_limit
            } else {
                office.now + check.abandon_limit
            };
            office.note(self.place, over, Note::Over(self.last_call));
        }
        self.state = State::Guard { until: office.now + office.config.line.guard };
    }
}

impl Far {
    /// Takes the bits now, and says which hook has just begun to count.
    fn observe(&mut self, bits: Option<Abcd>, office: &Office<'_>) -> Option<Hook> {
        let line = &office.config.line;
        let seen = match bits? {
            bits if bits == line.idle_bits() => Hook::On,
            bits if bits == line.seized_bits() => Hook::Off,
            _ => return None,
        };
        if self.hook == Some(seen) {
            self.coming = None;
            return None;
        }
        let since = match self.coming {
            Some((coming, since)) if coming == seen => since,
            _ => office.now,
        };
        self.coming = Some((seen, since));
        if office.now.since(since) < line.recognise {
            return None;
        }
        *self = Self { hook: Some(seen), coming: None, since };
        Some(seen)
    }
}

/// How long those who are asked to hang up take to do so.
const LEAVING_TIME: (Frames, Frames) = (Frames(0), Frames::from_seconds(2));
/// How long a caller that has dialled and is asked to hang up waits for the answer: as long as a busy switch
/// takes.
const LEAVING_PATIENCE: Frames = Frames::from_seconds(3);
