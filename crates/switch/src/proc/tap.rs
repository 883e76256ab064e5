//! A tap on the media thread: both directions of one slot, stamped, in blocks of 20 ms.
use crate::link::{BLOCK_FRAMES, SlotId, TapBlock, TapId, TapWriter};
use crate::proc::PIECE;
use crate::proc::turn::Column;
use tandem_types::{FrameTime, Frames};

/// A tap. A block goes into the ring whole; when the ring is full the newest block is dropped and counted,
/// and the jump in the stamps tells the reader.
#[derive(Debug)]
pub struct TapProc {
    pub(crate) id: TapId,
    pub(crate) slot: SlotId,
    blocks: TapWriter,
    current: TapBlock,
}

/// Octets of both directions that left a tap's block.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flushed {
    pub(crate) recorded: u64,
    pub(crate) dropped: u64,
}

impl TapProc {
    pub(crate) fn new(id: TapId, slot: SlotId, blocks: TapWriter) -> Self {
        let current =
            TapBlock { start: FrameTime::ZERO, length: 0, rx: [0; BLOCK_FRAMES], tx: [0; BLOCK_FRAMES] };
        Self { id, slot, blocks, current }
    }

    /// Takes the `frames` frames of a piece in both directions.
    pub(crate) fn record(&mut self, at: FrameTime, frames: usize, rx: &Column, tx: &Column) -> Flushed {
        let place = usize::from(self.current.length);
        let rx_place = self.current.rx.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<PIECE>());
        let tx_place = self.current.tx.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<PIECE>());
        let (PIECE, Some(rx_place), Some(tx_place)) = (frames, rx_place, tx_place) else {
            return self.record_by_frame(at, &rx[..frames], &tx[..frames]);
        };
        (*rx_place, *tx_place) = (*rx, *tx);
        if place == 0 {
            self.current.start = at;
        }
        self.current.length += PIECE as u16;
        if place + PIECE == BLOCK_FRAMES { self.flush() } else { Flushed::default() }
    }

    /// A piece that is not whole, or does not end within the block.
    fn record_by_frame(&mut self, at: FrameTime, rx: &[u8], tx: &[u8]) -> Flushed {
        let mut sum = Flushed::default();
        for (frame, (rx, tx)) in rx.iter().zip(tx).enumerate() {
            let flushed = self.record_frame(at + Frames(frame as u64), *rx, *tx);
            sum.recorded += flushed.recorded;
            sum.dropped += flushed.dropped;
        }
        sum
    }

    fn record_frame(&mut self, at: FrameTime, rx: u8, tx: u8) -> Flushed {
        if self.current.length == 0 {
            self.current.start = at;
        }
        let place = usize::from(self.current.length);
        (self.current.rx[place], self.current.tx[place]) = (rx, tx);
        self.current.length += 1;
        if place + 1 == BLOCK_FRAMES { self.flush() } else { Flushed::default() }
    }

    /// Passes on what has been gathered, however little.
    pub(crate) fn flush(&mut self) -> Flushed {
        let octets = 2 * u64::from(self.current.length);
        if octets == 0 {
            return Flushed::default();
        }
        let pushed = self.blocks.push(self.current);
        self.current.start += Frames(u64::from(self.current.length));
        self.current.length = 0;
        if pushed {
            Flushed { recorded: octets, dropped: 0 }
        } else {
            Flushed { recorded: 0, dropped: octets }
        }
    }

    /// Octets gathered and not yet passed on.
    pub(crate) fn pending(&self) -> u64 {
        2 * u64::from(self.current.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tap;
    use tandem_types::{SpanIndex, Timeslot};

    #[test]
    fn a_block_too_many_is_dropped_whole_and_shows_as_a_jump() {
        let (writer, mut reader) = tap(1);
        let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
        let mut proc = TapProc::new(TapId(0), slot, writer);
        let mut dropped = 0;
        let mut starts = Vec::new();
        for frame in 0..480 {
            dropped += proc.record_frame(FrameTime(1000 + frame), frame as u8, 0).dropped;
            if frame == 400 {
                starts.push(reader.pop().expect("the first block").start.0);
            }
        }
        starts.push(reader.pop().expect("the third block").start.0);
        assert_eq!(dropped, 320);
        assert_eq!(starts, [1000, 1320]);
        assert_eq!(reader.lost_at_end(), 0, "the jump tells");
    }

    #[test]
    fn blocks_dropped_at_the_very_end_are_told_too() {
        let (writer, reader) = tap(1);
        let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
        let mut proc = TapProc::new(TapId(0), slot, writer);
        for frame in 0..400 {
            proc.record_frame(FrameTime(frame), 0, 0);
        }
        proc.flush();
        assert!(!reader.is_ended());
        drop(proc);
        assert!(reader.is_ended());
        assert_eq!(reader.lost_at_end(), 240);
    }
}
