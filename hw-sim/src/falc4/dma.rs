//! The memory that card and host share, and where the octets of a timeslot lie in it.
//!
//! Each area is two halves of 1024 octets; within a half the eight octets of one timeslot lie together. The
//! host may point an area anywhere: what would lie outside the memory is not moved.

use crate::signalling_slot::OCTETS as SIGNALLING_OCTETS;

/// Octets of DMA memory.
pub(super) const SIZE: usize = 8192;
/// Frames that are moved at a time.
pub(super) const FRAMES: usize = 8;
/// The frames that one span moves at a time.
pub(super) type Piece = [[u8; 32]; FRAMES];

/// Octets in a half: four spans of 32 timeslots of eight octets.
const HALF: usize = 4 * SPAN;
const SPAN: usize = 32 * FRAMES;

/// DMA memory.
#[derive(Debug)]
pub(super) struct Memory(Box<[u8; SIZE]>);

impl Memory {
    pub(super) fn new() -> Self {
        Self(Box::new([0; SIZE]))
    }

    /// The host reads; outside the memory there are ones.
    pub(super) fn read(&self, offset: usize, into: &mut [u8]) {
        let there = self.0.get(offset..).unwrap_or(&[]);
        let common = there.len().min(into.len());
        into[..common].copy_from_slice(&there[..common]);
        into[common..].fill(0xff);
    }

    /// The host writes; what lies outside the memory is lost.
    pub(super) fn write(&mut self, offset: usize, from: &[u8]) {
        let there = self.0.get_mut(offset..).unwrap_or(&mut []);
        let common = there.len().min(from.len());
        there[..common].copy_from_slice(&from[..common]);
    }

    /// Fetches what `span` sends from a half of the area at `base`.
    pub(super) fn fetch(&self, base: u32, half: usize, span: usize, frames: &mut Piece) {
        let Some(octets) = place(base, half, span).and_then(|place| self.0.get(place..place + SPAN)) else {
            return;
        };
        for (slot, samples) in octets.as_chunks::<FRAMES>().0.iter().enumerate() {
            for (frame, sample) in frames.iter_mut().zip(samples) {
                frame[slot & 31] = *sample;
            }
        }
    }

    /// Stores what `span` received in a half of the area at `base`.
    pub(super) fn store(&mut self, base: u32, half: usize, span: usize, frames: &Piece) {
        let place = place(base, half, span);
        let Some(octets) = place.and_then(|place| self.0.get_mut(place..place + SPAN)) else {
            return;
        };
        for (slot, samples) in octets.as_chunks_mut::<FRAMES>().0.iter_mut().enumerate() {
            *samples = frames.map(|frame| frame[slot & 31]);
        }
    }

    /// Stores what the signalling slot of `span` brought in a half of the area at `base`.
    pub(super) fn store_signalling(
        &mut self,
        base: u32,
        half: usize,
        span: usize,
        octets: &[u8; SIGNALLING_OCTETS],
    ) {
        let place = half * SIGNALLING_HALF + span * SIGNALLING_OCTETS;
        self.write((base as usize).saturating_add(place), octets);
    }
}

/// Octets of a half of the signalling area.
const SIGNALLING_HALF: usize = 4 * SIGNALLING_OCTETS;

/// Where the octets of a span begin; `None` when that is outside all memory.
fn place(base: u32, half: usize, span: usize) -> Option<usize> {
    let place = usize::try_from(base).ok()?.checked_add(half * HALF + span * SPAN)?;
    (place <= SIZE - SPAN).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_octets_of_a_timeslot_lie_together_first_frame_first() {
        let mut memory = Memory::new();
        let mut frames = [[0; 32]; 8];
        for (number, frame) in frames.iter_mut().enumerate() {
            frame[5] = 0x50 + number as u8;
        }
        memory.store(4096, 1, 2, &frames);
        let mut octets = [0; 8];
        memory.read(4096 + 1024 + 8 * (32 * 2 + 5), &mut octets);
        assert_eq!(octets, [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57]);
        let mut back = [[0; 32]; 8];
        memory.fetch(4096, 1, 2, &mut back);
        assert_eq!(back, frames);
    }

    #[test]
    fn nothing_outside_the_memory_is_touched() {
        let mut memory = Memory::new();
        for base in [8192, 8191, u32::MAX] {
            memory.store(base, 1, 3, &[[1; 32]; 8]);
            memory.fetch(base, 1, 3, &mut [[1; 32]; 8]);
        }
        memory.write(8190, &[7; 4]);
        memory.write(usize::MAX, &[7; 4]);
        let mut octets = [0; 4];
        memory.read(8190, &mut octets);
        assert_eq!(octets, [7, 7, 0xff, 0xff]);
        memory.read(9000, &mut octets);
        assert_eq!(octets, [0xff; 4]);
    }
}
