//! Any row of stimuli: no panic, one `Cleared` a call, and back to idle when the far end is.
use tandem_cas::{Circuit, CircuitEvent, EmProfile, GlareRule, Number};
use tandem_types::{Abcd, Cause, Digit, FrameTime};

/// One thing that can happen to a circuit.
#[derive(Clone, Copy, Debug)]
enum Stimulus {
    Bits(u8),
    Digit,
    DigitsSent,
    Seize,
    Answer,
    Clear,
    Reject,
    Block,
    Unblock,
    Failure,
    Repair,
    /// So many milliseconds pass.
    Wait(u64),
    /// All events are fetched.
    Fetch,
}

/// A circuit with the books of its calls.
#[derive(Clone)]
struct Audited {
    circuit: Circuit,
    now: u64,
    calls: u32,
    cleared: u32,
    blocks: [i32; 3],
    last: Option<CircuitEvent>,
}

impl Audited {
    fn new(profile: EmProfile) -> Self {
        Self {
            circuit: Circuit::new(profile, FrameTime::ZERO),
            now: 0,
            calls: 0,
            cleared: 0,
            blocks: [0; 3],
            last: None,
        }
    }

    fn apply(&mut self, stimulus: Stimulus) {
        let now = FrameTime(self.now);
        let circuit = &mut self.circuit;
        match stimulus {
            Stimulus::Bits(bits) => circuit.handle_bits(now, Abcd::new(bits)),
            Stimulus::Digit => circuit.handle_digit(now, Digit::KEYPAD[4]),
            Stimulus::DigitsSent => circuit.handle_digits_sent(now),
            Stimulus::Seize => {
                if circuit.seize(now, Number::parse("55").unwrap_or(Number::EMPTY)).is_ok() {
                    self.calls += 1;
                }
            }
            Stimulus::Answer => drop(circuit.answer(now)),
            Stimulus::Clear => drop(circuit.clear(now, Cause::NORMAL_CLEARING)),
            Stimulus::Reject => drop(circuit.reject(now, Cause::USER_BUSY)),
            Stimulus::Block => drop(circuit.block(now)),
            Stimulus::Unblock => drop(circuit.unblock(now)),
            Stimulus::Failure => circuit.handle_failure(now),
            Stimulus::Repair => circuit.handle_repair(now),
            Stimulus::Wait(ms) => {
                self.now += ms * 8;
                circuit.handle_timeout(FrameTime(self.now));
            }
            Stimulus::Fetch => self.fetch(),
        }
    }

    fn fetch(&mut self) {
        while self.circuit.poll_transmit().is_some() {}
        while let Some(event) = self.circuit.poll_event() {
            self.last = Some(event);
            match event {
                CircuitEvent::Seized => self.calls += 1,
                CircuitEvent::Cleared { .. } => self.cleared += 1,
                CircuitEvent::Blocked { by } => self.blocks[by as usize] += 1,
                CircuitEvent::Unblocked { by } => self.blocks[by as usize] -= 1,
                _ => {}
            }
        }
        assert_eq!(self.calls - self.cleared, u32::from(self.circuit.has_call()));
        assert!(self.blocks.iter().all(|open| (0..2).contains(open)), "{:?}", self.blocks);
    }

    /// The far end goes on-hook, the host gives everything back, time passes.
    fn settle(&mut self, profile: &EmProfile) {
        self.fetch();
        self.apply(Stimulus::Repair);
        self.apply(Stimulus::Bits(profile.idle.bits()));
        self.apply(Stimulus::Clear);
        self.apply(Stimulus::Unblock);
        for _ in 0..4 {
            self.apply(Stimulus::Wait(2_000));
        }
        self.fetch();
        assert!(self.circuit.is_idle());
        assert_eq!(self.last, Some(CircuitEvent::Idle));
        assert_eq!(self.calls, self.cleared);
        assert_eq!(self.blocks, [0; 3]);
        assert_eq!(self.circuit.poll_timeout(), None, "an idle circuit waits for nothing");
    }
}

struct XorShift(u64);

impl XorShift {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn any(random: &mut XorShift) -> Stimulus {
    match random.next(20) {
        0..=1 => Stimulus::Bits(0b1101),
        2..=3 => Stimulus::Bits(0b0101),
        4 => Stimulus::Bits(0b1111),
        5 => Stimulus::Bits(random.next(16) as u8),
        6..=7 => Stimulus::Digit,
        8 => Stimulus::DigitsSent,
        9 => Stimulus::Seize,
        10 => Stimulus::Answer,
        11 => Stimulus::Clear,
        12 => Stimulus::Reject,
        13 => {
            if random.next(4) == 0 {
                Stimulus::Block
            } else {
                Stimulus::Seize
            }
        }
        14 => Stimulus::Unblock,
        15 => {
            if random.next(4) == 0 {
                Stimulus::Failure
            } else {
                Stimulus::Repair
            }
        }
        16 => Stimulus::Wait([1, 30, 60][random.next(3) as usize]),
        17 => Stimulus::Wait([110, 320, 500, 700][random.next(4) as usize]),
        18 => Stimulus::Wait([4_000, 12_000, 31_000][random.next(3) as usize]),
        _ => Stimulus::Fetch,
    }
}

#[test]
fn forty_thousand_random_lives_end_idle() {
    let mut random = XorShift(0x7a6e_0c0f_fee1_2345);
    for life in 0..40_000_u32 {
        let fetches = life % 3 > 0;
        let glare = if life % 2 == 0 { GlareRule::Yield } else { GlareRule::Hold };
        let profile = EmProfile { glare, max_digits: (life % 5) as usize, ..EmProfile::E1 };
        let mut audited = Audited::new(profile);
        for _ in 0..random.next(120) {
            match any(&mut random) {
                Stimulus::Fetch if !fetches => {}
                stimulus => audited.apply(stimulus),
            }
        }
        audited.settle(&profile);
    }
}

#[test]
fn every_row_of_five_stimuli_ends_idle_from_every_stage_of_a_call() {
    const ALPHABET: [Stimulus; 11] = [
        Stimulus::Bits(0b1101),
        Stimulus::Bits(0b0101),
        Stimulus::Bits(0b1111),
        Stimulus::Digit,
        Stimulus::DigitsSent,
        Stimulus::Seize,
        Stimulus::Answer,
        Stimulus::Clear,
        Stimulus::Block,
        Stimulus::Failure,
        Stimulus::Wait(320),
    ];
    fn explore(audited: &Audited, profile: &EmProfile, depth: u32) {
        if depth == 0 {
            return audited.clone().settle(profile);
        }
        for stimulus in ALPHABET {
            let mut next = audited.clone();
            next.apply(stimulus);
            explore(&next, profile, depth - 1);
        }
    }
    let profile = EmProfile { max_digits: 1, ..EmProfile::E1 };
    let starts: [&[Stimulus]; 4] = [
        &[],
        &[Stimulus::Seize, Stimulus::Wait(160)],
        &[Stimulus::Bits(0b0101), Stimulus::Wait(60), Stimulus::Digit],
        &[Stimulus::Bits(0b0101), Stimulus::Wait(60), Stimulus::Digit, Stimulus::Answer],
    ];
    for start in starts {
        let mut audited = Audited::new(profile);
        audited.apply(Stimulus::Bits(0b1101));
        audited.apply(Stimulus::Wait(1_000));
        start.iter().for_each(|stimulus| audited.apply(*stimulus));
        explore(&audited, &profile, 5);
    }
}

#[test]
fn no_moment_and_no_profile_makes_it_panic() {
    let mut random = XorShift(99);
    for _ in 0..20_000 {
        let frames = |random: &mut XorShift| match random.next(4) {
            0 => tandem_types::Frames(0),
            1 => tandem_types::Frames(u64::MAX),
            _ => tandem_types::Frames(random.next(4_000)),
        };
        let profile = EmProfile {
            significant: Abcd::new(random.next(16) as u8),
            recognise_seizure: frames(&mut random),
            recognise_answer: frames(&mut random),
            recognise_disconnect: frames(&mut random),
            recognise_blocked: frames(&mut random),
            seize_to_digit: frames(&mut random),
            answer_crossing: frames(&mut random),
            guard: frames(&mut random),
            first_digit: frames(&mut random),
            inter_digit: frames(&mut random),
            glare_limit: frames(&mut random),
            lockout: frames(&mut random),
            min_digits: random.next(40) as usize,
            max_digits: random.next(40) as usize,
            ..EmProfile::E1
        };
        let mut audited = Audited::new(profile);
        for _ in 0..60 {
            audited.now = match random.next(30) {
                0 => u64::MAX - random.next(1_000),
                1 => 0,
                _ => audited.now.saturating_add(random.next(3_000)),
            };
            let stimulus = match any(&mut random) {
                Stimulus::Wait(_) => Stimulus::Fetch,
                other => other,
            };
            audited.apply(stimulus);
        }
        audited.fetch();
    }
}

#[test]
fn no_event_is_lost_however_long_nobody_looks() {
    let stimuli = [
        Stimulus::Bits(0b0101),
        Stimulus::Bits(0b1101),
        Stimulus::Bits(0b1111),
        Stimulus::Wait(60),
        Stimulus::Wait(320),
        Stimulus::Wait(3_100),
        Stimulus::Digit,
        Stimulus::Answer,
        Stimulus::Clear,
        Stimulus::Block,
        Stimulus::Unblock,
        Stimulus::Seize,
        Stimulus::Failure,
        Stimulus::Repair,
    ];
    let profile = EmProfile { max_digits: 1, ..EmProfile::E1 };
    let mut random = XorShift(0xabcd_ef01);
    for _ in 0..20_000 {
        let mut audited = Audited::new(profile);
        for _ in 0..random.next(150) {
            // Blocks fill the queue when time cannot.
            let limit = if random.next(2) == 0 { 12 } else { 14 };
            audited.apply(stimuli[random.next(limit) as usize]);
        }
        audited.settle(&profile);
    }
}
