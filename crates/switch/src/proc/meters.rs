//! How loud the parties of a bridge are: written by media each 20 ms, read by control at any time.
use crate::link::SlotId;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_dsp::mix::Party;

/// What there is to be told of a party.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartyLevel {
    /// Mean of the squares of its samples over the last 20 ms, before its gain.
    pub mean_square: f32,
    /// It spoke in the last 200 ms.
    pub speaks: bool,
    /// It is part of what all hear: not left out for louder ones, nor heard by one or nobody alone.
    pub is_heard: bool,
}

/// The levels of all parties of a bridge, each in one word, so that none is read half.
#[derive(Debug)]
pub struct PartyMeters(Box<[AtomicU64]>);

impl PartyMeters {
    pub(crate) fn new(most: usize) -> Self {
        Self((0..most).map(|_| AtomicU64::new(NOBODY)).collect())
    }

    /// How loud this party was when last measured; nothing if it has not been yet.
    #[must_use]
    pub fn of(&self, slot: SlotId) -> Option<PartyLevel> {
        let words = self.0.iter().map(|place| place.load(Ordering::Relaxed));
        let word = words.into_iter().find(|word| word >> SLOT_SHIFT == key(slot))?;
        Some(PartyLevel {
            mean_square: f32::from_bits(word as u32),
            speaks: word & SPEAKS != 0,
            is_heard: word & HEARD != 0,
        })
    }

    /// Tells the levels of these parties, and of no others.
    pub(crate) fn publish<'p>(&self, parties: impl Iterator<Item = (SlotId, &'p Party)>) {
        let measured = parties.map(|(slot, party)| {
            let speaks = if party.is_speaking() { SPEAKS } else { 0 };
            let heard = if party.is_in() { HEARD } else { 0 };
            key(slot) << SLOT_SHIFT | speaks | heard | u64::from(party.mean_square().to_bits())
        });
        for (place, word) in self.0.iter().zip(measured.chain(std::iter::repeat(NOBODY))) {
            place.store(word, Ordering::Relaxed);
        }
    }
}

/// A slot in 25 bits, never 0.
fn key(slot: SlotId) -> u64 {
    1 << 24 | u64::from(slot.span.0) << 8 | slot.slot.index() as u64
}

const SLOT_SHIFT: u32 = 34;
const SPEAKS: u64 = 1 << 33;
const HEARD: u64 = 1 << 32;
const NOBODY: u64 = 0;
