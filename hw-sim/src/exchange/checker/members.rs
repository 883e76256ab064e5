//! What callers and the switch have done, and what follows from it: who may be heard where, and from when on
//! everybody must be.
use super::listener::View;
use super::room::{self, Transition};
use super::{Checker, Due, Note, SPREAD};
use crate::exchange::trace::Circuit;

impl Checker {
    pub(super) fn handle_note(&mut self, circuit: Circuit, note: Note, frame: u64) {
        let listener = &mut self.listeners[circuit.index()];
        match note {
            Note::Up(call) => {
                self.leave_listeners(circuit);
                self.listeners[circuit.index()].reset(Some(call), frame);
            }
            Note::Dialling(on) => {
                listener.dialling = on;
                // What has just been heard of the dialling is no part of anything else.
                listener.views = vec![View::Idle { since: frame }];
            }
            Note::Digit => listener.digits.push(frame),
            Note::Join(room) => self.join(circuit, room, frame),
            Note::HungUp | Note::Cleared => self.hang_up(circuit, frame),
            Note::Over(call) if listener.call == Some(call) => {
                self.leave_listeners(circuit);
                self.listeners[circuit.index()].reset(None, frame);
            }
            Note::Over(_) => {}
        }
    }

    fn join(&mut self, circuit: Circuit, number: u16, frame: u64) {
        let listener = &mut self.listeners[circuit.index()];
        let (Some(call), Some(room)) = (listener.call, self.rooms.get_mut(usize::from(number))) else {
            return;
        };
        listener.room = Some(number);
        listener.times_in_sum = room.times_settled(circuit);
        room.listeners.push(circuit);
        let closes = frame + self.config.room_limit.0;
        self.begin(number, Transition { circuit, call, joins: true, closes, heard: None });
    }

    fn hang_up(&mut self, circuit: Circuit, frame: u64) {
        let listener = &mut self.listeners[circuit.index()];
        let (Some(call), Some(room), false) = (listener.call, listener.room, listener.leaving) else {
            listener.leaving = true;
            return;
        };
        listener.leaving = true;
        listener.must_mix = false;
        let closes = frame + self.config.room_limit.0;
        // A caller that leaves while it comes may never have been in: both are over together.
        let room_open = &mut self.rooms[usize::from(room)];
        if let Some(join) = room_open.find(call, true).and_then(|bit| room_open.transition_mut(bit)) {
            join.closes = closes;
            self.schedule(closes, Due::Close { room, call, joins: true });
        }
        self.begin(room, Transition { circuit, call, joins: false, closes, heard: None });
    }

    fn begin(&mut self, room: u16, transition: Transition) {
        let Transition { call, joins, closes, .. } = transition;
        // With too many under way at once, the rest are late or early for a while, and that is reported.
        let _ = self.rooms[usize::from(room)].begin(transition);
        self.schedule(closes, Due::Close { room, call, joins });
    }

    pub(super) fn handle_close(&mut self, room: u16, call: u64, joins: bool, frame: u64) {
        let open = &self.rooms[usize::from(room)];
        if let Some(bit) = open.find(call, joins)
            && let Some(Transition { circuit, closes, .. }) = open.transition(bit).copied()
            && closes <= frame
        {
            if self.suspended & 1 << circuit.span() == 0 {
                self.close(room, bit, frame);
            } else {
                self.postpone(room, bit, frame + self.config.room_limit.0);
            }
        }
    }

    /// Nothing can be asked of a switch that cannot hear us.
    fn postpone(&mut self, number: u16, bit: u8, closes: u64) {
        let Some(transition) = self.rooms[usize::from(number)].transition_mut(bit) else { return };
        transition.closes = closes;
        let Transition { call, joins, .. } = *transition;
        self.schedule(closes, Due::Close { room: number, call, joins });
    }

    /// A transition has now happened for everybody.
    fn close(&mut self, number: u16, bit: u8, frame: u64) {
        // Whoever has left has come before: bits are used again, and their order says nothing.
        let open = &self.rooms[usize::from(number)];
        let left = open.transition(bit).filter(|open| !open.joins).map(|open| open.call);
        if let Some(join) = left.and_then(|call| open.find(call, true)) {
            self.close(number, join, frame);
        }
        let room = &mut self.rooms[usize::from(number)];
        let Some(closed) = room.close(bit) else { return };
        for listener in &room.listeners {
            self.listeners[listener.index()].close(bit);
        }
        let times_settled = room.times_settled(closed.circuit);
        let listener = &mut self.listeners[closed.circuit.index()];
        if listener.room == Some(number) {
            listener.times_in_sum = times_settled;
            if closed.joins && !listener.leaving && listener.call == Some(closed.call) {
                listener.must_mix = true;
                self.admit(closed.circuit, frame);
            }
        }
    }

    /// From now on a caller must hear its room.
    fn admit(&mut self, circuit: Circuit, frame: u64) {
        let listener = &mut self.listeners[circuit.index()];
        listener.views.retain(|view| matches!(view, View::Mix { .. }));
        if listener.views.is_empty() {
            self.begin_anew(circuit, frame);
        }
        self.note_plain(circuit);
    }

    /// Forgets what was heard on a circuit.
    pub(super) fn begin_anew(&mut self, circuit: Circuit, frame: u64) {
        let views: Vec<View> = if self.listeners[circuit.index()].must_mix {
            self.entry_masks(circuit).into_iter().map(|mask| View::Mix { mask }).collect()
        } else {
            vec![View::Idle { since: frame }]
        };
        let listener = &mut self.listeners[circuit.index()];
        listener.views = views;
        listener.lost = true;
    }

    fn leave_listeners(&mut self, circuit: Circuit) {
        if let Some(room) = self.listeners[circuit.index()].room {
            self.rooms[usize::from(room)].listeners.retain(|listener| *listener != circuit);
        }
    }

    /// Closes the transitions that somebody has surely heard some time ago: one switch mixes for all.
    pub(super) fn close_early(&mut self, frame: u64) {
        for number in 0..self.rooms.len() {
            for bit in room::bits(self.rooms[number].open) {
                if self.is_surely_heard(number, bit) && self.rooms[number].was_heard(bit, frame, SPREAD) {
                    self.close(number as u16, bit, frame);
                }
            }
        }
    }

    fn is_surely_heard(&self, number: usize, bit: u8) -> bool {
        let room = &self.rooms[number];
        let Some(open) = room.transition(bit) else { return false };
        let mut others = room.listeners.iter().filter(|listener| **listener != open.circuit);
        others.any(|other| {
            self.delays.unknown(other.span()) & room.spans == 0
                && self.listeners[other.index()].has_surely(bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::CheckConfig;

    #[test]
    fn who_left_while_coming_is_not_in_whatever_bit_is_closed_first() {
        let mut checker = Checker::new(CheckConfig::default(), &[], 1, 1);
        let (stays, leaves) = (Circuit::new(0, 1), Circuit::new(0, 2));
        for (call, circuit) in [(1, stays), (2, leaves)] {
            checker.handle_note(circuit, Note::Up(call), 10);
            checker.handle_note(circuit, Note::Join(0), 20);
        }
        // The bit of the first is free again, and the leaving takes it: lower than that of the coming.
        checker.close(0, 0, 30);
        checker.handle_note(leaves, Note::HungUp, 40);
        for bit in room::bits(checker.rooms[0].open) {
            checker.close(0, bit, 50);
        }
        assert_eq!((checker.rooms[0].times_settled(stays), checker.rooms[0].times_settled(leaves)), (1, 0));
    }
}
