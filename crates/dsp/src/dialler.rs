//! Dials what is queued: each symbol a pair of tones for its time, then a pause.

use tandem_types::Frames;

use crate::tone::DualTone;

/// Why a string was not taken. Nothing of it will be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialError {
    /// It has a character that is on no key.
    NoSuchKey(char),
    /// More digits would wait than the sender has room for.
    Full,
}

impl core::fmt::Display for DialError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoSuchKey(symbol) => write!(f, "no key is marked {symbol:?}"),
            Self::Full => write!(f, "too many digits waiting"),
        }
    }
}

impl core::error::Error for DialError {}

/// A queue of symbols being dialled.
#[derive(Clone, Debug)]
pub(crate) struct Dialler<T> {
    off: u64,
    waiting: [Option<T>; CAPACITY],
    count: usize,
    state: State,
}

const CAPACITY: usize = 64;

#[derive(Clone, Copy, Debug)]
enum State {
    Idle,
    On { tone: DualTone, left: u64 },
    Off { left: u64 },
}

impl<T: Copy> Dialler<T> {
    pub(crate) const CAPACITY: usize = CAPACITY;

    pub(crate) const fn new(off: Frames) -> Self {
        Self { off: off.0, waiting: [const { None }; CAPACITY], count: 0, state: State::Idle }
    }

    /// Queues all of the symbols or, if one is wrong or there is no room, none.
    pub(crate) fn dial(
        &mut self,
        symbols: impl Iterator<Item = Result<T, DialError>>,
    ) -> Result<(), DialError> {
        let mut count = self.count;
        for symbol in symbols {
            *self.waiting.get_mut(count).ok_or(DialError::Full)? = Some(symbol?);
            count += 1;
        }
        self.count = count;
        Ok(())
    }

    pub(crate) fn stop(&mut self) {
        self.count = 0;
        self.state = State::Idle;
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.count == 0 && matches!(self.state, State::Idle)
    }

    /// Fills a block; `sound` says how a symbol sounds and for how long. `true` once all has been dialled.
    pub(crate) fn fill(&mut self, block: &mut [i16], sound: impl Fn(T) -> (DualTone, Frames)) -> bool {
        let mut rest = block;
        loop {
            let used = match &mut self.state {
                State::Idle => {
                    if self.start_next(&sound) {
                        continue;
                    }
                    rest.fill(0);
                    return true;
                }
                State::On { tone, left } => {
                    let (now, _) = rest.split_at_mut((*left).min(rest.len() as u64) as usize);
                    tone.fill(now);
                    *left -= now.len() as u64;
                    now.len()
                }
                State::Off { left } => {
                    let (now, _) = rest.split_at_mut((*left).min(rest.len() as u64) as usize);
                    now.fill(0);
                    *left -= now.len() as u64;
                    now.len()
                }
            };
            self.leave_finished_state();
            rest = &mut rest[used..];
            if rest.is_empty() {
                return self.is_finished();
            }
        }
    }

    fn leave_finished_state(&mut self) {
        match self.state {
            State::On { left: 0, .. } if self.off > 0 => self.state = State::Off { left: self.off },
            State::On { left: 0, .. } | State::Off { left: 0 } => self.state = State::Idle,
            _ => {}
        }
    }

    /// Takes the next symbol; `false` if none waits.
    fn start_next(&mut self, sound: impl Fn(T) -> (DualTone, Frames)) -> bool {
        let Some(symbol) = self.waiting[0].filter(|_| self.count > 0) else { return false };
        self.waiting.copy_within(1..self.count, 0);
        self.count -= 1;
        let (tone, on) = sound(symbol);
        self.state = State::On { tone, left: on.0 };
        true
    }
}
