//! What is received, compared with what should be.
use super::pattern::{Generator, Pattern};

/// What a tester has counted. Counts stop at their highest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TesterCounts {
    /// Bits compared while synchronised.
    pub bits: u64,
    /// Of these, bits that were wrong.
    pub errors: u64,
    /// Times that synchronisation was lost.
    pub losses: u64,
    /// Of these, times after which the pattern was found again a few bits early: bits were lost on the way.
    pub deletions: u64,
    /// Times after which it was found a few bits late: bits were repeated on the way.
    pub repetitions: u64,
    /// How many bits the last of these was about: positive for bits lost, negative for bits repeated.
    pub last_slip: i64,
}

impl TesterCounts {
    const fn add(&mut self, stretch: Stretch) {
        self.bits = self.bits.saturating_add(stretch.bits as u64);
        self.errors = self.errors.saturating_add(stretch.errors as u64);
    }
}

/// How a test stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TesterState {
    /// Whether the pattern is being received.
    pub synchronised: bool,
    /// What has been counted.
    pub counts: TesterCounts,
}

/// Finds a pattern and counts errors.
#[derive(Clone, Debug)]
pub struct Tester {
    pattern: Pattern,
    state: State,
    counts: TesterCounts,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The last bits received as those of the sequence, the newest lowest; how many there are, and how many in
    /// a row were as those before them say. What was expected before the loss runs on.
    Searching { register: u64, taken: u32, agreed: u32, before: Option<Generator> },
    /// What is expected next; the stretch under judgement, and the one before, which is counted when the next
    /// has been good too: a loss may have begun in it.
    Synchronised { expected: Generator, stretch: Stretch, before: Stretch },
}

/// Bits that are judged together.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    bits: u32,
    errors: u32,
}

impl State {
    const fn search(before: Option<Generator>) -> Self {
        Self::Searching { register: 0, taken: 0, agreed: 0, before }
    }
}

impl Tester {
    /// A tester that has received nothing.
    #[must_use]
    pub const fn new(pattern: Pattern) -> Self {
        Self { pattern, state: State::search(None), counts: NOTHING }
    }

    /// Takes the lowest `count` of these bits, at most 64, the highest of them first.
    pub fn handle_bits(&mut self, bits: u64, count: u32) {
        for place in (0..count.min(64)).rev() {
            self.handle_bit(bits >> place & 1 == 1);
        }
    }

    /// Takes a bit.
    pub fn handle_bit(&mut self, bit: bool) {
        match self.state {
            State::Searching { register, taken, agreed, before } => {
                self.search(register, taken, agreed, before, bit);
            }
            State::Synchronised { expected, stretch, before } => self.compare(expected, stretch, before, bit),
        }
    }

    /// The line is dead: whatever stands for its bits is not looked at, and the pattern must be found anew.
    pub const fn handle_dead_line(&mut self) {
        if self.is_synchronised() {
            self.counts = self.counts();
            self.counts.losses = self.counts.losses.saturating_add(1);
        }
        self.state = State::search(None);
    }

    /// Whether the pattern has been found.
    #[must_use]
    pub const fn is_synchronised(&self) -> bool {
        matches!(self.state, State::Synchronised { .. })
    }

    /// What has been counted. The 256 to 512 bits before a loss of synchronisation are not among those compared.
    #[must_use]
    pub const fn counts(&self) -> TesterCounts {
        let mut counts = self.counts;
        if let State::Synchronised { stretch, before, .. } = self.state {
            counts.add(before);
            counts.add(stretch);
        }
        counts
    }

    /// Both of these.
    #[must_use]
    pub const fn state(&self) -> TesterState {
        TesterState { synchronised: self.is_synchronised(), counts: self.counts() }
    }

    fn search(&mut self, register: u64, taken: u32, agreed: u32, before: Option<Generator>, bit: bool) {
        let before = before.map(|mut generator| {
            generator.next_bit();
            generator
        });
        let (register, taken, agreed) = match self.pattern.stages() {
            Some((stages, tap)) => {
                let bit = bit != self.pattern.is_inverted();
                let foretold = (register >> (stages - 1) ^ register >> (tap - 1)) & 1 == 1;
                // A register of zeros foretells zeros for ever, and is no part of the sequence.
                let told = taken >= stages && register & ((1 << stages) - 1) != 0;
                let agreed = if told && foretold == bit { agreed + 1 } else { 0 };
                (register << 1 | u64::from(bit), taken.saturating_add(1), agreed)
            }
            None => (register << 1 | u64::from(bit), taken.saturating_add(1), 0),
        };
        self.state = match self.found(register, taken, agreed) {
            Some(expected) => {
                self.note_slip(before.as_ref(), &expected);
                State::Synchronised { expected, stretch: Stretch::default(), before: Stretch::default() }
            }
            None => State::Searching { register, taken, agreed, before },
        };
    }

    /// What is expected next, if enough of the pattern has been seen.
    fn found(&self, register: u64, taken: u32, agreed: u32) -> Option<Generator> {
        match self.pattern {
            Pattern::Fixed { bits, length } => {
                let length = Pattern::fixed_length(length);
                let repeats = (register ^ register << length) >> length == 0;
                // The pattern ends once in each of its lengths, and begins again there.
                let ends = (register ^ u64::from(bits)) << (u64::BITS - length) == 0;
                (taken >= u64::BITS && repeats && ends).then(|| Generator::new(self.pattern))
            }
            _ => (agreed >= ENOUGH).then(|| Generator::after(self.pattern, register)),
        }
    }

    fn compare(&mut self, mut expected: Generator, mut stretch: Stretch, before: Stretch, bit: bool) {
        let wrong = expected.next_bit() != bit;
        stretch = Stretch { bits: stretch.bits + 1, errors: stretch.errors + u32::from(wrong) };
        self.state = if stretch.errors > MOST_ERRORS {
            self.counts.losses = self.counts.losses.saturating_add(1);
            State::search(Some(expected))
        } else if stretch.bits == STRETCH {
            self.counts.add(before);
            State::Synchronised { expected, stretch: Stretch::default(), before: stretch }
        } else {
            State::Synchronised { expected, stretch, before }
        };
    }

    /// Whether the pattern goes on as before, a few bits off.
    fn note_slip(&mut self, before: Option<&Generator>, now: &Generator) {
        let (Some(before), Some(_)) = (before, self.pattern.stages()) else { return };
        let (mut early, mut late) = (*before, *now);
        for bits in 1..=LONGEST_SLIP {
            early.next_bit();
            late.next_bit();
            if early.is_like(now) {
                self.counts.deletions = self.counts.deletions.saturating_add(1);
                self.counts.last_slip = bits;
                return;
            }
            if late.is_like(before) {
                self.counts.repetitions = self.counts.repetitions.saturating_add(1);
                self.counts.last_slip = -bits;
                return;
            }
        }
    }
}

const NOTHING: TesterCounts =
    TesterCounts { bits: 0, errors: 0, losses: 0, deletions: 0, repetitions: 0, last_slip: 0 };
/// So many bits in a row as the sequence says are no chance.
const ENOUGH: u32 = 48;
/// Bits that are judged together: more errors than these in so many, and the pattern has been lost. A wrong
/// pattern differs in half of the bits.
const STRETCH: u32 = 256;
const MOST_ERRORS: u32 = 64;
/// Two frames of an E1.
const LONGEST_SLIP: i64 = 512;
