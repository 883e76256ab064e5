//! Error counters as framer chips have them: 16 bits each, stopping at 0xffff, moved to the registers by a latch. Which
//! there are, in what order, and which octet of them comes first, is the chip's.
use std::marker::PhantomData;

/// The place of a counter among the registers.
pub(crate) trait Place: Copy {
    fn place(self) -> usize;
}

/// The counters of a span; a chip may have fewer.
#[derive(Clone, Debug)]
pub(crate) struct Counters<C> {
    running: [u16; MOST],
    latched: [u16; MOST],
    of: PhantomData<C>,
}

impl<C: Place> Counters<C> {
    pub(crate) const fn new() -> Self {
        Self { running: [0; MOST], latched: [0; MOST], of: PhantomData }
    }

    pub(crate) fn add(&mut self, counter: C, events: u32) {
        if let Some(running) = self.running.get_mut(counter.place()) {
            *running = running.saturating_add(u16::try_from(events).unwrap_or(u16::MAX));
        }
    }

    /// Forgets what was counted of one.
    pub(crate) fn clear(&mut self, counter: C) {
        for counts in [&mut self.running, &mut self.latched] {
            if let Some(count) = counts.get_mut(counter.place()) {
                *count = 0;
            }
        }
    }

    /// What was counted can be read until the next latch.
    pub(crate) fn latch(&mut self) {
        self.latched = std::mem::take(&mut self.running);
    }

    /// Whether something was counted since the last latch.
    pub(crate) fn is_errored(&self) -> bool {
        self.running != [0; MOST]
    }

    /// The counter at `place` as it was latched.
    pub(crate) fn latched(&self, place: usize) -> u16 {
        self.latched.get(place).copied().unwrap_or(0)
    }

    /// The counter at `place` as it runs.
    pub(crate) fn running(&self, place: usize) -> u16 {
        self.running.get(place).copied().unwrap_or(0)
    }
}

/// What a chip counts at most.
const MOST: usize = 5;
