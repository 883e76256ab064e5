//! The ring of descriptors in DMA memory, which is all that host and card say to each other of frames.
//!
//! One descriptor carries a unit of 8 frames both ways and is taken and returned in one service, the oldest first. How
//! many units the host missed is the difference between what two descriptors taken one after the other say of TDM_UNITS:
//! that holds through underruns, restarts and a backlog that was thrown away.
use super::regs;
use crate::signalling_octets::Place;
use crate::vitality::Moment;
use crate::{Bus, Frame};
use tandem_types::{FrameTime, Timeslot};

/// Frames that the card moves at a time.
pub(super) const GRANULE: usize = 8;
/// Spans of the card.
pub(super) const SPANS: usize = 8;
/// Octets of one direction of a unit: the octet of a span and timeslot of a frame is at 256 × frame + 8 × timeslot + span.
pub(super) const UNIT_OCTETS: usize = GRANULE * FRAME_OCTETS;
/// DMA memory that the longest ring takes.
pub(super) const DMA_OCTETS: usize = BUFFERS + MOST * 2 * UNIT_OCTETS;
/// Where descriptor 0 is.
pub(super) const DESCRIPTORS: usize = 0;

/// The octets of a unit.
pub(super) type Unit = [u8; UNIT_OCTETS];

/// What the signalling slots of all spans brought in a unit.
pub(super) type Signalling = [Place; SPANS];

/// A unit of idle timeslots.
pub(super) const IDLE: Unit = [IDLE_OCTET; UNIT_OCTETS];

/// The host's place in the ring.
#[derive(Debug)]
pub(super) struct Ring {
    /// Descriptors in use.
    length: usize,
    /// The oldest that was not taken.
    next: usize,
    /// The descriptor that was taken and not yet returned.
    taken: Option<usize>,
    last: Option<Taken>,
    /// Services on time in a row that left complete descriptors behind.
    backlog: u8,
}

/// The descriptor that was taken last.
#[derive(Clone, Copy, Debug)]
struct Taken {
    /// What it said of TDM_UNITS, or should have said.
    units: u32,
    /// It was not complete before, or waited in the ring.
    since: FrameTime,
    /// The latest time of the card from then on.
    latest: FrameTime,
    /// What it said was not to be believed.
    doubted: bool,
}

impl Ring {
    /// A ring as short as can be, which has the least delay.
    pub(super) const fn new() -> Self {
        Self { length: FEWEST, next: 0, taken: None, last: None, backlog: 0 }
    }

    /// Sets the ring up in memory, all of it the card's and idle. What was complete is dropped.
    pub(super) fn set_up<B: Bus>(&mut self, bus: &mut B) {
        (self.next, self.taken, self.backlog) = (0, None, 0);
        for number in 0..self.length {
            bus.dma_write(transmit_buffer(number), &IDLE);
            self.give(bus, number);
        }
    }

    /// The host was too late for this ring: the next one lasts a unit longer.
    pub(super) fn grow(&mut self) {
        self.length = (self.length + 1).min(MOST);
    }

    /// Takes the oldest complete descriptor, its frames and what came with them; of how many units were missed before it.
    /// `None` if the card has completed none.
    pub(super) fn take<B: Bus>(
        &mut self,
        bus: &mut B,
        frames: &mut Unit,
        signalling: &mut Signalling,
        now: Moment,
    ) -> Option<u64> {
        if let Some(last) = &mut self.last {
            last.latest = last.latest.max(now.at);
        }
        self.complete_at(bus, self.next)?;
        self.drop_old_backlog(bus);
        let units = self.complete_at(bus, self.next)?;
        bus.dma_read(receive_buffer(self.next), frames);
        bus.dma_read(signalling_place(self.next), signalling.as_flattened_mut());
        self.taken = Some(self.next);
        self.next = self.after(self.next);
        // A host that makes up for lost time takes what is left in the next services, which come at once.
        self.backlog = match self.complete_at(bus, self.next) {
            Some(_) if !now.is_late => self.backlog + 1,
            _ => 0,
        };
        Some(self.count_missed(units, now))
    }

    /// How many units were missed before this one. More than can have gone by in the time, and wait in the ring besides,
    /// are none: memory or bus were at fault, and the unit was the next one; or, if it happens twice, the card counts
    /// anew.
    fn count_missed(&mut self, units: u32, now: Moment) -> u64 {
        let mut taken = Taken { units, since: now.since, latest: now.at, doubted: false };
        let mut missed = 0;
        if let Some(last) = self.last {
            let most = last.latest.since(last.since).0 / GRANULE as u64 + MOST as u64;
            missed = u64::from(units.wrapping_sub(last.units).wrapping_sub(1));
            if missed > most {
                missed = 0;
                if !last.doubted {
                    (taken.units, taken.doubted) = (last.units.wrapping_add(1), true);
                }
            }
        }
        self.last = Some(taken);
        missed
    }

    /// Returns the descriptor that was taken with what is to be sent, if one was.
    pub(super) fn give_back<B: Bus>(&mut self, bus: &mut B, frames: &Unit) {
        if let Some(number) = self.taken.take() {
            bus.dma_write(transmit_buffer(number), frames);
            self.give(bus, number);
        }
    }

    /// Whether a descriptor waits to be returned.
    pub(super) const fn owes(&self) -> bool {
        self.taken.is_some()
    }

    /// What is late for good is thrown away, or the delay would stay.
    fn drop_old_backlog<B: Bus>(&mut self, bus: &mut B) {
        if self.backlog < LONGEST_BACKLOG {
            return;
        }
        self.backlog = 0;
        for _ in 1..self.length {
            if self.complete_at(bus, self.after(self.next)).is_none() {
                return;
            }
            bus.dma_write(transmit_buffer(self.next), &IDLE);
            self.give(bus, self.next);
            self.next = self.after(self.next);
        }
    }

    /// What a descriptor says of TDM_UNITS, if it is the host's.
    fn complete_at<B: Bus>(&self, bus: &mut B, number: usize) -> Option<u32> {
        // The one that was taken is no news.
        if self.taken == Some(number) {
            return None;
        }
        let mut octets = [0; DESCRIPTOR_OCTETS];
        bus.dma_read(descriptor(number), &mut octets);
        let (words, _) = octets.as_chunks::<4>();
        let control = u32::from_be_bytes(words[3]);
        (control & regs::DESC_OWN == 0).then(|| u32::from_be_bytes(words[0]))
    }

    /// Makes a descriptor the card's; that word goes last.
    fn give<B: Bus>(&self, bus: &mut B, number: usize) {
        let last = if number + 1 == self.length { regs::DESC_EOR } else { 0 };
        let head = [regs::DESC_NO_STATUS, transmit_buffer(number) as u32, receive_buffer(number) as u32, 0];
        let mut octets = [0; DESCRIPTOR_OCTETS];
        for (octets, word) in octets.as_chunks_mut::<4>().0.iter_mut().zip(head) {
            *octets = word.to_be_bytes();
        }
        bus.dma_write(descriptor(number), &octets[..CONTROL]);
        let control = regs::DESC_OWN | regs::DESC_INT | last;
        bus.dma_write(descriptor(number) + CONTROL, &control.to_be_bytes());
    }

    const fn after(&self, number: usize) -> usize {
        if number + 1 < self.length { number + 1 } else { 0 }
    }
}

/// The frames of one span of a unit.
pub(super) fn to_frames(unit: &Unit, span: usize, frames: &mut [Frame]) {
    for (frame, octets) in frames.iter_mut().zip(unit.as_chunks::<FRAME_OCTETS>().0) {
        for (slot, spans) in frame.iter_mut().zip(octets.as_chunks::<SPANS>().0) {
            *slot = spans[span % SPANS];
        }
    }
}

/// Puts the frames of one span into a unit. Frames beyond a granule are ignored, missing ones are idle.
pub(super) fn from_frames(frames: &[Frame], span: usize, unit: &mut Unit) {
    let idle = &[IDLE_OCTET; Timeslot::PER_FRAME];
    let frames = frames.iter().chain(std::iter::repeat(idle));
    for (octets, frame) in unit.as_chunks_mut::<FRAME_OCTETS>().0.iter_mut().zip(frames) {
        for (spans, slot) in octets.as_chunks_mut::<SPANS>().0.iter_mut().zip(frame) {
            spans[span % SPANS] = *slot;
        }
    }
}

const fn descriptor(number: usize) -> usize {
    DESCRIPTORS + DESCRIPTOR_OCTETS * number
}

const fn signalling_place(number: usize) -> usize {
    SIGNALLING + size_of::<Signalling>() * number
}

const fn transmit_buffer(number: usize) -> usize {
    BUFFERS + 2 * UNIT_OCTETS * number
}

const fn receive_buffer(number: usize) -> usize {
    transmit_buffer(number) + UNIT_OCTETS
}

/// What an unused timeslot carries.
pub(super) const IDLE_OCTET: u8 = 0xff;
const FRAME_OCTETS: usize = SPANS * Timeslot::PER_FRAME;
const DESCRIPTOR_OCTETS: usize = 16;
/// Where the control word is in a descriptor.
const CONTROL: usize = 12;
/// Where the octets of signalling slots are, behind the descriptors: those of a unit together.
pub(super) const SIGNALLING: usize = 2048;
/// Where the buffers begin.
const BUFFERS: usize = 4096;
const FEWEST: usize = 2;
const MOST: usize = 12;
/// Services for which late frames are kept.
const LONGEST_BACKLOG: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_again_in_the_unit_where_the_card_has_them() {
        let frames: [Frame; 8] =
            std::array::from_fn(|frame| std::array::from_fn(|slot| (frame * 32 + slot) as u8));
        let mut unit = IDLE;
        from_frames(&frames, 5, &mut unit);
        assert_eq!((unit[256 * 3 + 8 * 7 + 5], unit[256 * 3 + 8 * 7 + 4]), (3 * 32 + 7, 0xff));
        let mut back = [[0; 32]; 8];
        to_frames(&unit, 5, &mut back);
        assert_eq!(back, frames);
        from_frames(&frames[..3], 5, &mut unit);
        assert_eq!(unit[256 * 3 + 8 * 7 + 5], 0xff, "missing frames are idle");
    }
}
