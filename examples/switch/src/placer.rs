//! Calls that the switch places itself, over configured trunks: one after the other, each cleared after a while.
use crate::arguments::Arguments;
use crate::ivr::Ivr;
use std::collections::BTreeMap;
use tandem_engine::{CallId, Config, Engine, EngineError, Event, EventKind, PlaceOptions};
use tandem_types::{Cause, Frames};

/// Places calls, and clears them.
pub(crate) struct Placer {
    group: String,
    number: String,
    /// Calls still to be placed.
    left: u64,
    every: Frames,
    hold: Frames,
    next: Frames,
    /// Calls that are up or on their way, and when those that are answered are to be cleared.
    calls: BTreeMap<CallId, Option<Frames>>,
    /// When the last was over.
    over_at: Option<Frames>,
}

impl Placer {
    /// What the command line asks for; `None` if it asks for no calls.
    pub(crate) fn new(arguments: &Arguments, config: &Config) -> Result<Option<Self>, String> {
        let (Some(left), Some(number)) = (arguments.place, &arguments.number) else { return Ok(None) };
        let group = match (&arguments.group, config.groups.first()) {
            (Some(name), _) if config.groups.iter().any(|group| group.name == *name) => name.clone(),
            (Some(name), _) => {
                return Err(format!("--group {name}: the configuration has no such [[group]]"));
            }
            (None, Some(first)) => first.name.clone(),
            (None, None) => {
                return Err("--place: the configuration has no [[group]] to place calls on".into());
            }
        };
        Ok(Some(Self {
            group,
            number: number.clone(),
            left,
            every: Frames((8000.0 / arguments.rate) as u64),
            hold: Frames((8000.0 * arguments.hold) as u64),
            next: FIRST,
            calls: BTreeMap::new(),
            over_at: None,
        }))
    }

    /// Whether all calls are over, and for so long that the far ends know it too.
    pub(crate) fn is_done(&self, now: Frames) -> bool {
        self.left == 0 && self.over_at.is_some_and(|at| now.0 >= at.0 + LAST_WORDS.0)
    }

    /// Takes note of what becomes of its calls.
    pub(crate) fn note(&mut self, event: &Event, now: Frames) {
        match event.kind {
            EventKind::CallAnswered { call, .. } => {
                if let Some(until) = self.calls.get_mut(&call) {
                    *until = Some(now + self.hold);
                }
            }
            EventKind::CallCleared { call, .. } => {
                self.calls.remove(&call);
                self.over_at = (self.left == 0 && self.calls.is_empty()).then_some(now);
            }
            _ => {}
        }
    }

    /// Places the next call if it is time, and clears those that have been up for long enough.
    pub(crate) fn look(&mut self, engine: &Engine, ivr: &mut Ivr<'_>, now: Frames) {
        let due = self.calls.iter().filter(|(_, until)| until.is_some_and(|until| until <= now));
        for call in due.map(|(call, _)| *call).collect::<Vec<_>>() {
            self.clear(engine, call);
        }
        while self.left > 0 && self.next <= now {
            match engine.call_place_in(&self.group, &self.number, &PlaceOptions::default()) {
                Ok(call) => {
                    self.left -= 1;
                    self.next = self.next + self.every;
                    self.calls.insert(call, None);
                    ivr.placed(call, &self.number);
                }
                // Lines come up, and calls end: it waits for a trunk.
                Err(EngineError::Busy(_) | EngineError::WrongState(_)) => {
                    self.next = now + Frames::from_ms(100);
                    return;
                }
                Err(error) => {
                    ivr.problems.push(format!("call to {}: {error}", self.number));
                    (self.left, self.over_at) = (0, Some(now));
                }
            }
        }
    }

    /// No more calls, and those that are up are cleared. How many were not placed.
    pub(crate) fn stop(&mut self, engine: &Engine) -> u64 {
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.clear(engine, call);
        }
        std::mem::take(&mut self.left)
    }

    fn clear(&mut self, engine: &Engine, call: CallId) {
        self.calls.insert(call, None);
        // It may be ending already.
        let _ = engine.call_clear(call, Cause::NORMAL_CLEARING);
    }
}

/// Lines, and links on them, need a while to come up at both ends.
const FIRST: Frames = Frames::from_seconds(5);
/// What is lost of the last messages is said again within this time.
const LAST_WORDS: Frames = Frames::from_seconds(3);
