//! One call as the fake switch treats it.
use super::{Edge, Fake, FakeConfig, Fault, OFF_HOOK, ON_HOOK, mixed};
use tandem_dsp::dtmf::{Detector, DtmfEvent};
use tandem_dsp::g711;
use tandem_types::Law;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Doing {
    #[default]
    Free,
    Dialled,
    /// Answered; the prompt begins in a moment.
    Greeting,
    Playing {
        number: usize,
        at: usize,
    },
    Collecting,
    Conferring {
        room: usize,
    },
    /// The switch is on-hook, the caller not yet.
    Cleared,
}

#[derive(Default)]
pub(crate) struct Caller {
    pub(crate) doing: Doing,
    since: u64,
    detector: Option<Box<Detector>>,
    digits: String,
    call: u64,
    off_hook_for: u64,
    on_hook_for: u64,
    /// What is to be done at the next tick.
    pending: Option<Doing>,
}

impl Caller {
    pub(crate) fn room(&self) -> Option<usize> {
        match self.doing {
            Doing::Conferring { room } => Some(room),
            _ => None,
        }
    }

    /// Whether this octet is where this call's wrong octet is to be.
    pub(crate) fn edge(&self, now: u64, config: &FakeConfig) -> Option<Edge> {
        let age = now - self.since;
        let within = mixed(self.call) % 20_000;
        let last = self.on_hook_for == HANG_UP - 1;
        let edge = match (self.call % 11, self.doing) {
            (0, Doing::Greeting) if age == 1990 => Edge::BeforePrompt,
            (1, Doing::Playing { number: 0, at: 0 }) => Edge::FirstOfPrompt,
            (2, Doing::Playing { number: 0, at: 299 }) => Edge::BeforeSound,
            (3, Doing::Playing { number: 0, at: 300 }) => Edge::FirstSound,
            (4, Doing::Playing { number: 0, at }) if at as u64 == within / 4 => Edge::WithinPrompt,
            (5, Doing::Playing { number, at }) if at + 1 == config.prompts[number].len() => {
                Edge::LastOfPrompt
            }
            (6, Doing::Collecting) if age == 0 && self.digits.len() == 1 => Edge::AfterCut,
            (7, Doing::Conferring { .. }) if age == 0 => Edge::FirstOfMix,
            (8, Doing::Conferring { .. }) if age == within => Edge::WithinMix,
            (9, Doing::Conferring { .. }) if last => Edge::LastOfMix,
            (10, Doing::Cleared) if age == 24_000 => Edge::AfterClear,
            _ => return None,
        };
        Some(edge)
    }
}

impl Fake {
    pub(super) fn work_caller(&mut self, span: usize, slot: usize) {
        self.watch_hook(span, slot);
        let caller = &self.spans[span].callers[slot];
        if caller.doing == Doing::Free || caller.doing == Doing::Cleared {
            return;
        }
        self.listen(span, slot);
        self.advance(span, slot);
        let now = self.now;
        let batch = self.config.batch.max(8);
        let caller = &mut self.spans[span].callers[slot];
        let joins = matches!(caller.pending, Some(Doing::Conferring { .. }));
        if now.is_multiple_of(if joins { batch } else { 8 })
            && let Some(doing) = caller.pending.take()
        {
            (caller.doing, caller.since) = (doing, now);
        }
    }

    fn watch_hook(&mut self, span: usize, slot: usize) {
        let off_hook = self.spans[span].rx_bits[slot] == OFF_HOOK;
        let late = self.config.fault == Fault::LateLeave && self.now >= self.config.from;
        let late = if late { 24_000 } else { HANG_UP };
        let (now, batch) = (self.now, self.config.batch);
        let caller = &mut self.spans[span].callers[slot];
        if off_hook {
            (caller.off_hook_for, caller.on_hook_for) = (caller.off_hook_for + 1, 0);
        } else {
            (caller.off_hook_for, caller.on_hook_for) = (0, caller.on_hook_for + 1);
        }
        if caller.doing == Doing::Free && caller.off_hook_for == 400 {
            self.calls += 1;
            *caller = Caller {
                doing: Doing::Dialled,
                since: now,
                detector: Some(Box::default()),
                call: self.calls,
                off_hook_for: caller.off_hook_for,
                ..Caller::default()
            };
        }
        let acts = now.is_multiple_of(batch) && caller.on_hook_for >= late;
        if caller.doing != Doing::Free && acts {
            *caller = Caller::default();
            self.spans[span].tx_bits[slot] = ON_HOOK;
        }
    }

    fn listen(&mut self, span: usize, slot: usize) {
        let sample = g711::decode(Law::A, self.spans[span].rx[slot]);
        let caller = &mut self.spans[span].callers[slot];
        let mut heard = None;
        if let Some(detector) = &mut caller.detector {
            detector.process(&[sample], |event| {
                if let DtmfEvent::Start { digit, .. } = event {
                    heard = Some(digit.to_char());
                }
            });
        }
        let Some(digit) = heard else { return };
        let doing = caller.doing;
        match doing {
            Doing::Dialled => caller.digits.push(digit),
            Doing::Playing { .. } if self.strikes(Fault::DeafToBargeIn, span, slot, 100_000) => {}
            Doing::Playing { .. } | Doing::Collecting => self.take_room_digit(span, slot, digit),
            _ => {}
        }
    }

    fn take_room_digit(&mut self, span: usize, slot: usize, digit: char) {
        if digit == '#' && self.strikes(Fault::DeafToRoomDigit, span, slot, 1) {
            return;
        }
        let caller = &mut self.spans[span].callers[slot];
        caller.pending = Some(Doing::Collecting);
        if digit != '#' {
            caller.digits.push(digit);
            return;
        }
        let room = caller.digits.parse().unwrap_or(0);
        caller.pending = Some(Doing::Conferring { room });
    }

    fn advance(&mut self, span: usize, slot: usize) {
        let (now, cut) = (self.now, self.spans[span].callers[slot].doing);
        let (clears, prompts) = (self.config.clears_every, self.config.prompts.len());
        if matches!(cut, Doing::Playing { at: 6000, .. }) {
            let restart = self.strikes(Fault::PromptRestarted, span, slot, 1);
            let silence = self.strikes(Fault::CutPromptForNoReason, span, slot, 1);
            let caller = &mut self.spans[span].callers[slot];
            match &mut caller.doing {
                Doing::Playing { at, .. } if restart => *at = 0,
                doing if silence => *doing = Doing::Collecting,
                _ => {}
            }
        }
        let length = |number: usize| self.config.prompts[number].len();
        let lengths: Vec<usize> = (0..prompts).map(length).collect();
        let caller = &mut self.spans[span].callers[slot];
        let age = now - caller.since;
        match &mut caller.doing {
            Doing::Dialled if caller.digits.len() == 3 => {
                caller.digits.clear();
                (caller.doing, caller.since) = (Doing::Greeting, now);
                self.spans[span].tx_bits[slot] = OFF_HOOK;
            }
            Doing::Greeting if age == 2000 => caller.pending = Some(Doing::Playing { number: 0, at: 0 }),
            Doing::Playing { number, at } => {
                *at += 1;
                if *at == lengths[*number] {
                    // The second prompt follows the first without a pause.
                    caller.doing = match *number + 1 {
                        next if next < prompts => Doing::Playing { number: next, at: 0 },
                        _ => Doing::Collecting,
                    };
                }
            }
            Doing::Conferring { .. } if clears > 0 && caller.call.is_multiple_of(clears) && age == 24_000 => {
                (caller.doing, caller.pending) = (Doing::Cleared, None);
                self.spans[span].tx_bits[slot] = ON_HOOK;
            }
            _ => {}
        }
    }
}

/// From the caller's on-hook to the switch's.
const HANG_UP: u64 = 2400;
