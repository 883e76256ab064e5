//! Any row of stimuli to a circuit.
use crate::Source;
use tandem_cas::{Circuit, CircuitEvent, EmProfile, Number, Output};
use tandem_types::{Abcd, Cause, Digit, FrameTime};

/// Each call ends in exactly one `Cleared`, blocks begin and end in turn, and once the far end is on-hook and
/// everything is given back the circuit is idle and waits for nothing.
pub fn cas(data: &[u8]) {
    let mut source = Source(data);
    let choice = source.octet();
    let profile = if choice & 1 == 0 { EmProfile::E1 } else { EmProfile::E1_DAHDI };
    let profile = if choice & 2 == 0 { profile } else { profile.other_end() };
    let profile = match choice >> 2 & 3 {
        0 => profile,
        digits => EmProfile { min_digits: digits as usize, max_digits: digits as usize, ..profile },
    };
    let mut books = Books::new(profile);
    while !source.is_empty() {
        books.stimulate(&mut source);
    }
    books.settle(&profile);
}

/// A circuit and the books of its calls.
struct Books {
    circuit: Circuit,
    now: FrameTime,
    calls: u64,
    cleared: u64,
    blocks: [i32; 3],
}

impl Books {
    fn new(profile: EmProfile) -> Self {
        let now = FrameTime::ZERO;
        Self { circuit: Circuit::new(profile, now), now, calls: 0, cleared: 0, blocks: [0; 3] }
    }

    fn stimulate(&mut self, source: &mut Source<'_>) {
        let (what, value) = (source.octet(), source.octet());
        let (circuit, now) = (&mut self.circuit, self.now);
        match what % 14 {
            0 | 1 => circuit.handle_bits(now, Abcd::new(value)),
            2 => circuit.handle_digit(now, Digit::KEYPAD[usize::from(value & 15)]),
            3 => circuit.handle_digits_sent(now),
            4 => self.seize(value),
            5 => drop(circuit.answer(now)),
            6 => drop(circuit.clear(now, Cause::NORMAL_CLEARING)),
            7 => drop(circuit.reject(now, Cause::USER_BUSY)),
            8 => drop(circuit.block(now)),
            9 => drop(circuit.unblock(now)),
            10 => circuit.handle_failure(now),
            11 => circuit.handle_repair(now),
            12 => self.wait(u64::from(value) * 400),
            _ => self.fetch(),
        }
    }

    fn seize(&mut self, digits: u8) {
        let mut number = Number::EMPTY;
        for digit in 0..digits & 7 {
            let _ = number.push(Digit::KEYPAD[usize::from(digit)]);
        }
        let idle = self.circuit.is_idle();
        match self.circuit.seize(self.now, number) {
            Ok(()) => self.calls += 1,
            // An idle circuit is refused only while events wait, or for what was due by now.
            Err(_) => assert!(!idle || self.circuit.poll_event().is_none_or(|event| self.book(event))),
        }
    }

    fn wait(&mut self, frames: u64) {
        self.now = FrameTime(self.now.0 + frames);
        self.circuit.handle_timeout(self.now);
        let due = self.circuit.poll_timeout();
        assert!(due.is_none_or(|due| due > self.now), "what was due has been done: {due:?} at {}", self.now);
    }

    fn fetch(&mut self) {
        while let Some(output) = self.circuit.poll_transmit() {
            if let Output::Line(script) = output {
                assert!((1..=8).contains(&script.steps().len()));
            }
        }
        while let Some(event) = self.circuit.poll_event() {
            self.book(event);
        }
        assert_eq!(self.calls - self.cleared, u64::from(self.circuit.has_call()));
        assert!(self.blocks.iter().all(|open| (0..2).contains(open)), "{:?}", self.blocks);
    }

    fn book(&mut self, event: CircuitEvent) -> bool {
        match event {
            CircuitEvent::Seized => self.calls += 1,
            CircuitEvent::Cleared { .. } => self.cleared += 1,
            CircuitEvent::Blocked { by } => self.blocks[by as usize] += 1,
            CircuitEvent::Unblocked { by } => self.blocks[by as usize] -= 1,
            _ => {}
        }
        true
    }

    fn settle(&mut self, profile: &EmProfile) {
        self.fetch();
        self.circuit.handle_repair(self.now);
        self.circuit.handle_bits(self.now, profile.idle);
        let _ = self.circuit.clear(self.now, Cause::NORMAL_CLEARING);
        let _ = self.circuit.unblock(self.now);
        for _ in 0..4 {
            self.wait(16_000);
        }
        self.fetch();
        assert!(self.circuit.is_idle(), "{:?}", self.circuit);
        assert_eq!((self.calls, self.blocks), (self.cleared, [0; 3]));
        assert_eq!(self.circuit.poll_timeout(), None, "an idle circuit waits for nothing");
    }
}
