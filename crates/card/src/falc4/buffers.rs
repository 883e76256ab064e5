//! The double buffer in DMA memory: which half is the host's, how many buffers it missed, and the turn
//! between the card's order (eight octets of a timeslot together) and the order of frames.
//!
//! `rxident` alone decides. It says which half the card has left even if the host comes late, early or
//! without an interrupt, so that neither direction can get out of order.
use crate::Frame;
use crate::signalling_octets::Place;
use crate::vitality::Moment;
use tandem_types::{FrameTime, Timeslot};

/// Frames that the card moves at a time.
pub(super) const GRANULE: usize = 8;
/// Octets of one span in one half.
pub(super) const SPAN_OCTETS: usize = GRANULE * Timeslot::PER_FRAME;
/// Octets of one half: four spans.
pub(super) const HALF_OCTETS: usize = 4 * SPAN_OCTETS;
/// Octets of one area: two halves.
pub(super) const AREA_OCTETS: usize = 2 * HALF_OCTETS;
/// Where the receive area lies in DMA memory.
pub(super) const RX_AREA: usize = 0;
/// Where the transmit area lies in DMA memory.
pub(super) const TX_AREA: usize = RX_AREA + AREA_OCTETS;
/// Where the area of the signalling slots lies.
pub(super) const SIGNALLING_AREA: usize = TX_AREA + AREA_OCTETS;
/// DMA memory that all areas take.
pub(super) const DMA_OCTETS: usize = SIGNALLING_AREA + 2 * size_of::<SignallingHalf>();
/// A half of that area: four spans.
pub(super) type SignallingHalf = [Place; 4];
/// What an unused timeslot carries.
pub(super) const IDLE_OCTET: u8 = 0xff;

/// The place of the host in the sequence of buffers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buffers {
    last: Option<Seen>,
    half: usize,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    rxident: u8,
    at: FrameTime,
    /// Whether there was a buffer.
    fresh: bool,
}

/// What a service finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing to take or to refill, and none to be counted: the card has not completed its first buffer, could not be
    /// asked, stands still, or has gone on without a host that was late.
    Nothing,
    /// No buffer since the last service: the host came early.
    Early,
    /// The host has a half to read and to refill, and missed so many buffers before it.
    Fresh { missed: u64 },
}

impl Buffers {
    pub(super) const fn new() -> Self {
        Self { last: None, half: 0 }
    }

    /// Takes note of `rxident` at `now`. Buffers that were complete before the first service are not
    /// missed: the host had not begun. One that comes too late finds all that it missed at once, and then nothing new
    /// until it is on time: no slip, since that has been counted. Nor are two services without a buffer: clocks do not
    /// differ by so much.
    pub(super) fn advance(&mut self, rxident: u8, complete: bool, now: Moment) -> Turn {
        let completed = match self.last {
            Some(last) => completed_buffers(last, rxident, now.at),
            None if complete => 1,
            None => return Turn::Nothing,
        };
        let fresh_before = self.last.is_some_and(|last| last.fresh);
        self.last = Some(Seen { rxident, at: now.at, fresh: completed > 0 });
        self.half = usize::from(rxident.wrapping_sub(1) & 1);
        match completed {
            0 if now.is_late || !fresh_before => Turn::Nothing,
            0 => Turn::Early,
            count => Turn::Fresh { missed: count - 1 },
        }
    }

    /// Where the host reads the last complete receive half.
    pub(super) const fn rx_offset(&self) -> usize {
        RX_AREA + self.half * HALF_OCTETS
    }

    /// Where it reads the octets of the signalling slots that came with it.
    pub(super) const fn signalling_offset(&self) -> usize {
        SIGNALLING_AREA + self.half * size_of::<SignallingHalf>()
    }

    /// Where the host writes `span`'s part of the transmit half that the card drains from the next swap on.
    pub(super) const fn tx_offset(&self, span: usize) -> usize {
        TX_AREA + self.half * HALF_OCTETS + span * SPAN_OCTETS
    }
}

/// How many buffers were completed since `last`, by the time of the card. `rxident` tells it modulo 128; the time that has passed
/// picks the turn of the counter, so that a host that was held up for long still counts all it missed.
fn completed_buffers(last: Seen, rxident: u8, now: FrameTime) -> u64 {
    let difference = u64::from(rxident.wrapping_sub(last.rxident) & 0x7f);
    let expected = now.since(last.at).0 / GRANULE as u64;
    let turns = (expected + 64).saturating_sub(difference) / 128;
    difference + 128 * turns
}

/// Turns a span's part of a half into frames.
pub(super) fn to_frames(slots: &[u8; SPAN_OCTETS], frames: &mut [Frame]) {
    for (first_slot, octets) in (0..).step_by(8).zip(slots.as_chunks::<64>().0) {
        let by_frame = transposed(octets);
        for (frame, octets) in frames.iter_mut().zip(by_frame.as_chunks::<8>().0) {
            frame[first_slot..first_slot + 8].copy_from_slice(octets);
        }
    }
}

/// Turns frames into a span's part of a half. Frames beyond a granule are ignored, missing ones are idle.
pub(super) fn from_frames(frames: &[Frame], slots: &mut [u8; SPAN_OCTETS]) {
    for (first_slot, octets) in (0..).step_by(8).zip(slots.as_chunks_mut::<64>().0) {
        let mut by_frame = [IDLE_OCTET; 64];
        for (octets, frame) in by_frame.as_chunks_mut::<8>().0.iter_mut().zip(frames) {
            octets.copy_from_slice(&frame[first_slot..first_slot + 8]);
        }
        *octets = transposed(&by_frame);
    }
}

/// Transposes a matrix of 8 × 8 octets in three rounds: blocks of 4, of 2 and of 1 change places across the
/// diagonal, eight octets in one word.
fn transposed(octets: &[u8; 64]) -> [u8; 64] {
    let mut rows = [0_u64; 8];
    for (row, octets) in rows.iter_mut().zip(octets.as_chunks::<8>().0) {
        *row = u64::from_le_bytes(*octets);
    }
    swap_blocks(&mut rows, 4, 0x0000_0000_ffff_ffff);
    swap_blocks(&mut rows, 2, 0x0000_ffff_0000_ffff);
    swap_blocks(&mut rows, 1, 0x00ff_00ff_00ff_00ff);
    let mut turned = [0; 64];
    for (octets, row) in turned.as_chunks_mut::<8>().0.iter_mut().zip(rows) {
        *octets = row.to_le_bytes();
    }
    turned
}

/// Exchanges the upper right with the lower left block of each pair of `size` rows; `left` masks the octets
/// of left blocks.
fn swap_blocks(rows: &mut [u64; 8], size: usize, left: u64) {
    let shift = 8 * size;
    for pair in rows.chunks_exact_mut(2 * size) {
        let (upper, lower) = pair.split_at_mut(size);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            let change = (*upper >> shift ^ *lower) & left;
            *lower ^= change;
            *upper ^= change << shift;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame_octet(frame: usize, slot: usize) -> u8 {
        (frame * 32 + slot) as u8
    }

    fn on_time(at: u64) -> Moment {
        Moment { since: FrameTime(at), due: FrameTime(at), at: FrameTime(at), is_late: false }
    }

    #[test]
    fn eight_octets_of_a_timeslot_lie_together_with_the_first_frame_first() {
        let frames: [Frame; 8] =
            std::array::from_fn(|frame| std::array::from_fn(|slot| frame_octet(frame, slot)));
        let mut slots = [0; 256];
        from_frames(&frames, &mut slots);
        for slot in 0..32 {
            for frame in 0..8 {
                assert_eq!(slots[8 * slot + frame], frame_octet(frame, slot), "slot {slot} frame {frame}");
            }
        }
        let mut back = [[0; 32]; 8];
        to_frames(&slots, &mut back);
        assert_eq!(back, frames);
    }

    #[test]
    fn a_block_of_the_wrong_length_is_cut_or_filled_with_idle() {
        let mut slots = [0; 256];
        from_frames(&[[1; 32]; 3], &mut slots);
        assert_eq!(slots[..8], [1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff]);
        let mut long = [[7; 32]; 9];
        to_frames(&slots, &mut long);
        assert_eq!(long[8], [7; 32]);
        to_frames(&slots, &mut []);
    }

    #[test]
    fn the_half_left_by_the_card_is_the_parity_of_rxident_less_one() {
        let mut buffers = Buffers::new();
        for (rxident, half) in [(1, 0), (2, 1), (3, 0), (127, 0), (0, 1), (1, 0)] {
            buffers.advance(rxident, true, on_time(0));
            assert_eq!((buffers.rx_offset(), buffers.tx_offset(1)), (1024 * half, 2048 + 1024 * half + 256));
        }
    }

    #[test]
    fn missed_buffers_are_counted_once_over_any_number_of_turns() {
        let mut buffers = Buffers::new();
        assert_eq!(buffers.advance(0, false, on_time(0)), Turn::Nothing);
        assert_eq!(buffers.advance(5, true, on_time(8)), Turn::Fresh { missed: 0 });
        let mut total = 5_u64;
        for step in [1, 1, 3, 127, 128, 129, 0, 1, 300, 2, 100_000] {
            total += step;
            let turn = buffers.advance((total % 128) as u8, true, on_time(8 * (total - 4)));
            let expected = if step == 0 { Turn::Early } else { Turn::Fresh { missed: step - 1 } };
            assert_eq!(turn, expected, "step of {step}");
        }
    }

    #[test]
    fn a_host_whose_clock_is_a_little_off_still_counts_whole_turns() {
        for (elapsed, difference) in [(297, 300), (303, 300), (100, 128), (150, 128), (0, 63), (30, 2)] {
            let mut buffers = Buffers::new();
            buffers.advance(0, true, on_time(0));
            let turn = buffers.advance((difference % 128) as u8, true, on_time(8 * elapsed));
            assert_eq!(turn, Turn::Fresh { missed: difference - 1 }, "{elapsed} buffers of our time");
        }
    }
}
