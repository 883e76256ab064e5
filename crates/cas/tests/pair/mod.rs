//! Two circuits over a channel with delay, on a virtual clock of frames. Scripts are played as a media
//! thread plays them, digits take 100 ms each.
use std::collections::VecDeque;

use tandem_cas::{Circuit, CircuitEvent, EmProfile, Number, Output, Script};
use tandem_types::{Abcd, Digit, FrameTime, Frames};

/// One end with its media side.
pub(crate) struct End {
    pub(crate) circuit: Circuit,
    pub(crate) events: Vec<(u64, CircuitEvent)>,
    /// Signals still to be sent, with the frame before which the line must not change.
    script: VecDeque<(Abcd, Frames)>,
    held_until: u64,
    pub(crate) sending: Abcd,
    /// The number being sent and the frame at which its next digit ends.
    dialling: Option<(Number, usize, u64)>,
    collecting: bool,
}

impl End {
    fn new(profile: EmProfile) -> Self {
        Self {
            circuit: Circuit::new(profile, FrameTime::ZERO),
            events: Vec::new(),
            script: VecDeque::new(),
            held_until: 0,
            sending: Abcd::new(0),
            dialling: None,
            collecting: false,
        }
    }

    fn obey(&mut self, now: u64) {
        while let Some(output) = self.circuit.poll_transmit() {
            match output {
                Output::Line(script) => self.load(&script),
                Output::CollectDigits(on) => self.collecting = on,
                Output::SendDigits(number) => self.dialling = Some((number, 0, now + 800)),
                Output::StopDigits => self.dialling = None,
            }
        }
        if now >= self.held_until
            && let Some((abcd, min)) = self.script.pop_front()
        {
            self.sending = abcd;
            self.held_until = now + min.0;
        }
        while let Some(event) = self.circuit.poll_event() {
            self.events.push((now, event));
        }
    }

    fn load(&mut self, script: &Script) {
        self.script.clear();
        self.script.extend(script.steps());
    }

    fn dial(&mut self, now: u64) -> Option<Digit> {
        let (number, position, at) = self.dialling?;
        if now < at {
            return None;
        }
        let digit = number.digits()[position];
        if position + 1 == number.len() {
            self.dialling = None;
            self.circuit.handle_digits_sent(FrameTime(now));
        } else {
            self.dialling = Some((number, position + 1, at + 800));
        }
        Some(digit)
    }

    /// The events alone.
    pub(crate) fn news(&self) -> Vec<CircuitEvent> {
        self.events.iter().map(|(_, event)| *event).collect()
    }
}

/// Something on its way to the other end.
enum InFlight {
    Bits(Abcd),
    Digit(Digit),
}

/// Both ends and what is between them.
pub(crate) struct Pair {
    pub(crate) ends: [End; 2],
    pub(crate) now: u64,
    delay: u64,
    wire: [VecDeque<(u64, InFlight)>; 2],
    last_bits: [Option<Abcd>; 2],
    /// Cut wires deliver nothing.
    pub(crate) cut: bool,
}

impl Pair {
    /// Two ends with these profiles, `delay` frames apart, run until both are idle.
    pub(crate) fn idle(profiles: [EmProfile; 2], delay: u64) -> Self {
        let mut pair = Self {
            ends: profiles.map(End::new),
            now: 0,
            delay,
            wire: [VecDeque::new(), VecDeque::new()],
            last_bits: [None; 2],
            cut: false,
        };
        pair.run_ms(1_000);
        for end in &mut pair.ends {
            assert_eq!(end.news(), [CircuitEvent::Idle]);
            assert!(end.circuit.is_idle());
            end.events.clear();
        }
        pair
    }

    /// Lets this much time pass, frame by frame.
    pub(crate) fn run_ms(&mut self, ms: u64) {
        self.run_frames(ms * 8);
    }

    pub(crate) fn run_frames(&mut self, frames: u64) {
        for _ in 0..frames {
            self.step();
        }
    }

    pub(crate) fn time(&self) -> FrameTime {
        FrameTime(self.now)
    }

    fn step(&mut self) {
        for near in 0..2 {
            let now = self.now;
            let end = &mut self.ends[near];
            if end.circuit.poll_timeout().is_some_and(|due| due.0 <= now) {
                end.circuit.handle_timeout(FrameTime(now));
            }
            let digit = end.dial(now);
            end.obey(now);
            let arrival = now + self.delay;
            if self.last_bits[near] != Some(end.sending) {
                self.last_bits[near] = Some(end.sending);
                self.wire[near].push_back((arrival, InFlight::Bits(end.sending)));
            }
            self.wire[near].extend(digit.map(|digit| (arrival, InFlight::Digit(digit))));
        }
        for near in 0..2 {
            self.deliver(near);
        }
        self.now += 1;
    }

    fn deliver(&mut self, near: usize) {
        while self.wire[near].front().is_some_and(|(at, _)| *at <= self.now) {
            let Some((at, what)) = self.wire[near].pop_front() else {
                return;
            };
            let far = &mut self.ends[1 - near];
            match what {
                _ if self.cut => {}
                InFlight::Bits(abcd) => far.circuit.handle_bits(FrameTime(at), abcd),
                InFlight::Digit(digit) if far.collecting => far.circuit.handle_digit(FrameTime(at), digit),
                InFlight::Digit(_) => {}
            }
        }
    }
}
