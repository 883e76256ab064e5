//! The memory that card and host share, and the ring of descriptors in it.
//!
//! Everything in the memory is the host's, and may be anything: what would lie outside is never touched.

use crate::signalling_slot::OCTETS;

/// Octets of DMA memory: a full ring.
pub(super) const SIZE: usize = DESCRIPTORS * (DESCRIPTOR + 2 * BUFFER + SPANS * OCTETS);
/// Frames that are moved at a time.
pub(super) const FRAMES: usize = 8;
/// Spans of the card.
pub(super) const SPANS: usize = 8;
/// The frames that one span moves at a time.
pub(super) type Piece = [[u8; 32]; FRAMES];
/// The same of all spans.
pub(super) type Unit = [Piece; SPANS];
/// Octets of a buffer.
pub(super) const BUFFER: usize = FRAMES * SPANS * 32;

const DESCRIPTORS: usize = 128;
const DESCRIPTOR: usize = 16;
const OWN: u32 = 1 << 31;
const RETRIES: u32 = 0xff << 8;
const INT: u32 = 1 << 1;
const EOR: u32 = 1 << 0;

/// DMA memory.
#[derive(Debug)]
pub(super) struct Memory(Box<[u8]>);

/// A descriptor that is the card's, and in work.
#[derive(Clone, Copy, Debug)]
struct Work {
    place: usize,
    tx_buf: usize,
    rx_buf: usize,
    control: u32,
}

/// Where the card is in the ring.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ring {
    /// Of descriptor 0.
    base: usize,
    current: usize,
    work: Option<Work>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self(vec![0; SIZE].into_boxed_slice())
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

    fn word(&self, offset: usize) -> Option<u32> {
        let octets = self.0.get(offset..offset.checked_add(4)?)?;
        octets.try_into().ok().map(u32::from_be_bytes)
    }

    fn buffer(&self, offset: usize) -> Option<&[u8]> {
        self.0.get(offset..offset.checked_add(BUFFER)?)
    }

    fn fetch(&self, offset: usize, unit: &mut Unit) {
        let Some(buffer) = self.buffer(offset) else { return };
        for (frame, octets) in buffer.as_chunks::<{ 32 * SPANS }>().0.iter().enumerate() {
            for (slot, spans) in octets.as_chunks::<SPANS>().0.iter().enumerate() {
                for (piece, octet) in unit.iter_mut().zip(spans) {
                    piece[frame & 7][slot & 31] = *octet;
                }
            }
        }
    }

    fn store(&mut self, offset: usize, unit: &Unit) {
        let Some(buffer) = self.0.get_mut(offset..offset + BUFFER) else { return };
        for (frame, octets) in buffer.as_chunks_mut::<{ 32 * SPANS }>().0.iter_mut().enumerate() {
            for (slot, spans) in octets.as_chunks_mut::<SPANS>().0.iter_mut().enumerate() {
                *spans = std::array::from_fn(|span| unit[span][frame & 7][slot & 31]);
            }
        }
    }
}

impl Ring {
    /// A ring whose descriptor 0 is at `base` and comes next.
    pub(super) const fn at(base: u32) -> Self {
        Self { base: base as usize & !(DESCRIPTOR - 1), current: 0, work: None }
    }

    /// Stores what the signalling slots brought in the unit of the descriptor in work, in the area at `base`.
    pub(super) fn store_signalling<'a>(
        &self,
        memory: &mut Memory,
        base: usize,
        of_span: impl Fn(usize) -> Option<&'a [u8; OCTETS]>,
    ) {
        if self.work.is_none() {
            return;
        }
        for span in 0..SPANS {
            if let Some(octets) = of_span(span) {
                memory.write(base.saturating_add((self.current * SPANS + span) * OCTETS), octets);
            }
        }
    }

    /// The unit that began when TDM_UNITS was `began` is over: gives the descriptor in work back, and says whether
    /// it wants an interrupt.
    pub(super) fn complete(&mut self, memory: &mut Memory, received: &Unit, began: u32) -> bool {
        let Some(work) = self.work.take() else { return false };
        memory.store(work.rx_buf, received);
        memory.write(work.place, &began.to_be_bytes());
        memory.write(work.place + 12, &(work.control & !(OWN | RETRIES)).to_be_bytes());
        let last = work.control & EOR != 0 || self.current + 1 == DESCRIPTORS;
        self.current = if last { 0 } else { self.current + 1 };
        work.control & INT != 0
    }

    /// Reads the current descriptor and fetches what all spans send; false if it is not the card's, or leads out of
    /// the memory.
    pub(super) fn take(&mut self, memory: &Memory, sent: &mut Unit) -> bool {
        self.work = self.read(memory);
        if let Some(work) = &self.work {
            memory.fetch(work.tx_buf, sent);
        }
        self.work.is_some()
    }

    fn read(&self, memory: &Memory) -> Option<Work> {
        let place = self.base.checked_add(self.current * DESCRIPTOR)?;
        let [tx_buf, rx_buf] = [4, 8].map(|word| memory.word(place + word));
        let (tx_buf, rx_buf) = (tx_buf? as usize & !3, rx_buf? as usize & !3);
        let control = memory.word(place + 12)?;
        let inside = memory.buffer(tx_buf).is_some() && memory.buffer(rx_buf).is_some();
        (inside && control & OWN != 0).then_some(Work { place, tx_buf, rx_buf, control })
    }
}
