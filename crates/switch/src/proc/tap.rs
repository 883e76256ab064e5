//! A tap on the media thread: both directions of one slot, stamped, in blocks of 20 ms.
use crate::link::{Audience, BLOCK_FRAMES, SlotId, Source, TapBlock, TapId, TapWriter};
use crate::proc::PIECE;
use crate::proc::span::Seat;
use crate::proc::turn::Column;
use tandem_dsp::blanking::{Blanker, Latency};
use tandem_dsp::dtmf::DtmfEvent;
use tandem_types::{FrameTime, Frames, Law};

/// A tap. A block goes into the ring whole; when the ring is full the newest block is dropped and counted,
/// and the jump in the stamps tells the reader.
#[derive(Debug)]
pub struct TapProc {
    pub(crate) id: TapId,
    pub(crate) slot: SlotId,
    /// What this slot receives counts as sent: that of the other direction of a line that is listened to.
    pub(crate) other_way: Option<SlotId>,
    /// What its slot hears, as the switch last told it, and a slot besides.
    pub(crate) hears: Source,
    pub(crate) hears_too: Option<SlotId>,
    blocks: TapWriter,
    current: TapBlock,
    /// What passes is not kept.
    rests: bool,
    /// Frames that were not kept since the last block that went in.
    rested: u64,
    blanking: Option<Box<Blanking>>,
}

/// Digits are taken out: what passes waits until they are certain.
#[derive(Debug)]
struct Blanking {
    blanker: Blanker<2>,
    law: Law,
    /// Slots on which a digit goes on.
    held_by: [Option<SlotId>; MOST_HOLDERS],
    /// Frames on their way.
    waiting: u64,
    /// The frame that is taken next.
    next: FrameTime,
    /// By time modulo its length: whether the tap rested when these frames came.
    rests: [bool; ON_THEIR_WAY],
}

/// Octets of both directions that left a tap's block.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flushed {
    pub(crate) recorded: u64,
    pub(crate) dropped: u64,
    pub(crate) rested: u64,
}

impl TapProc {
    /// With a law, digits in either direction are replaced by its silence.
    pub(crate) fn new(id: TapId, slot: SlotId, blocks: TapWriter, blank: Option<Law>) -> Self {
        let octets = [0; BLOCK_FRAMES];
        let current = TapBlock { start: FrameTime::ZERO, rested: 0, length: 0, rx: octets, tx: octets };
        let blanking = blank.map(|law| {
            let blanker = Blanker::new(law, Latency::Recording);
            Box::new(Blanking {
                blanker,
                law,
                held_by: [None; MOST_HOLDERS],
                waiting: 0,
                next: FrameTime::ZERO,
                rests: [false; ON_THEIR_WAY],
            })
        });
        Self {
            id,
            slot,
            other_way: None,
            hears: Source::Idle,
            hears_too: None,
            blocks,
            current,
            rests: false,
            rested: 0,
            blanking,
        }
    }

    /// The same of both directions of a line that is listened to: what `other_way` receives counts as sent.
    pub(crate) const fn with_other_way(mut self, other_way: Option<SlotId>) -> Self {
        self.other_way = other_way;
        self
    }

    /// From now on nothing that passes is kept, or all is again.
    pub(crate) const fn rest(&mut self, on: bool) {
        self.rests = on;
    }

    /// A digit was heard on a slot that is a party of a bridge, if of any. The beginning of one that goes on may be told
    /// again.
    pub(crate) fn on_digit(&mut self, slot: SlotId, seat: Option<Seat>, event: &DtmfEvent) {
        let is_heard = match (self.hears, seat) {
            (Source::Slot(source), _) => source == slot,
            (Source::Bridge(id), Some(Seat { bridge, audience })) if bridge == id => match audience {
                Audience::All => true,
                Audience::One(to) => to == self.slot,
                Audience::Nobody => false,
            },
            _ => false,
        };
        let besides = [self.hears_too, self.other_way].contains(&Some(slot));
        let concerns = slot == self.slot || besides || is_heard;
        let Some(blanking) = &mut self.blanking else { return };
        match event {
            DtmfEvent::Start { .. } if concerns && !blanking.held_by.contains(&Some(slot)) => {
                if let Some(place) = blanking.held_by.iter_mut().find(|place| place.is_none()) {
                    *place = Some(slot);
                    blanking.blanker.on_digit(event);
                }
            }
            // Routes may have changed since it began.
            DtmfEvent::End { .. } if blanking.lets_go(slot) => blanking.blanker.on_digit(event),
            DtmfEvent::Start { .. } | DtmfEvent::End { .. } => {}
        }
    }

    /// Digits on a slot are no longer detected: the end of one that goes on will not be told.
    pub(crate) fn forget_digit(&mut self, slot: SlotId) {
        if let Some(blanking) = &mut self.blanking
            && blanking.lets_go(slot)
        {
            blanking.blanker.forget_digit();
        }
    }

    /// Takes the `frames` frames of a piece in both directions.
    pub(crate) fn record(&mut self, at: FrameTime, frames: usize, rx: &Column, tx: &Column) -> Flushed {
        let Some(blanking) = &mut self.blanking else {
            return if self.rests { self.pass_over(frames as u64) } else { self.keep(at, frames, rx, tx) };
        };
        blanking.note_rest(at, frames, self.rests);
        let (mut rx, mut tx) = (*rx, *tx);
        blanking.blanker.pass(at, [&mut rx[..frames], &mut tx[..frames]]);
        blanking.next = at + Frames(frames as u64);
        // The first that come out are from before the tap began.
        let delay = Latency::Recording.frames().0;
        let early = (delay - blanking.waiting).min(frames as u64);
        blanking.waiting += early;
        if early == frames as u64 {
            return Flushed::default();
        }
        let at = FrameTime((at.0 + early).saturating_sub(delay));
        match early as usize {
            0 if !blanking.rested_within(at, frames) => self.keep(at, frames, &rx, &tx),
            early => self.record_by_frame(at, &rx[early..frames], &tx[early..frames]),
        }
    }

    /// Takes what is still on its way, and passes on all that there is.
    pub(crate) fn finish(&mut self) -> Flushed {
        let mut sum = Flushed::default();
        if let Some(blanking) = &mut self.blanking {
            // Of a tap that ends soon the first that come out are from before it began.
            let mut early = Latency::Recording.frames().0 - blanking.waiting;
            while early > 0 && blanking.waiting > 0 {
                early -= blanking.push_out(early).0 as u64;
            }
        }
        while let Some(blanking) = self.blanking.as_mut().filter(|blanking| blanking.waiting > 0) {
            let at = FrameTime(blanking.next.0.saturating_sub(Latency::Recording.frames().0));
            let (frames, rx, tx) = blanking.push_out(blanking.waiting);
            blanking.waiting -= frames as u64;
            sum.add(self.record_by_frame(at, &rx[..frames], &tx[..frames]));
        }
        sum.add(self.flush());
        sum
    }

    fn keep(&mut self, at: FrameTime, frames: usize, rx: &Column, tx: &Column) -> Flushed {
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

    /// A piece that is not whole, does not end within the block, or came in part while the tap rested.
    fn record_by_frame(&mut self, at: FrameTime, rx: &[u8], tx: &[u8]) -> Flushed {
        let mut sum = Flushed::default();
        for (frame, (rx, tx)) in rx.iter().zip(tx).enumerate() {
            let at = at + Frames(frame as u64);
            let rested = self.blanking.as_ref().is_some_and(|blanking| blanking.rested_within(at, 1));
            sum.add(if rested { self.pass_over(1) } else { self.record_frame(at, *rx, *tx) });
        }
        sum
    }

    /// So many frames came while it rested.
    fn pass_over(&mut self, frames: u64) -> Flushed {
        let mut sum = self.flush();
        self.rested += frames;
        sum.rested += 2 * frames;
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
        self.current.rested = u32::try_from(self.rested).unwrap_or(u32::MAX);
        let pushed = self.blocks.push(self.current);
        if pushed {
            self.rested = 0;
        }
        self.current.start += Frames(u64::from(self.current.length));
        self.current.length = 0;
        if pushed {
            Flushed { recorded: octets, ..Flushed::default() }
        } else {
            Flushed { dropped: octets, ..Flushed::default() }
        }
    }

    /// Octets gathered and not yet passed on.
    pub(crate) fn pending(&self) -> u64 {
        let waiting = self.blanking.as_ref().map_or(0, |blanking| blanking.waiting);
        2 * (u64::from(self.current.length) + waiting)
    }
}

impl Blanking {
    /// A digit on a slot is over, if one went on.
    fn lets_go(&mut self, slot: SlotId) -> bool {
        let Some(place) = self.held_by.iter_mut().find(|place| **place == Some(slot)) else { return false };
        *place = None;
        true
    }

    /// Lets silence push out as many frames, a piece at most: how many, and what they were.
    fn push_out(&mut self, most: u64) -> (usize, Column, Column) {
        let frames = most.min(PIECE as u64) as usize;
        let silence = [self.law.idle_octet(); PIECE];
        let (mut rx, mut tx) = (silence, silence);
        self.blanker.pass(self.next, [&mut rx[..frames], &mut tx[..frames]]);
        self.next += Frames(frames as u64);
        (frames, rx, tx)
    }

    /// Remembers of frames that come whether the tap rests.
    fn note_rest(&mut self, at: FrameTime, frames: usize, rests: bool) {
        for frame in 0..frames {
            self.rests[(at.0 as usize).wrapping_add(frame) % ON_THEIR_WAY] = rests;
        }
    }

    /// Whether it rested when one of these frames came, which are on their way still or come out now.
    fn rested_within(&self, at: FrameTime, frames: usize) -> bool {
        (0..frames).any(|frame| self.rests[(at.0 as usize).wrapping_add(frame) % ON_THEIR_WAY])
    }
}

impl Flushed {
    fn add(&mut self, other: Self) {
        self.recorded += other.recorded;
        self.dropped += other.dropped;
        self.rested += other.rested;
    }
}

/// Slots of which one leg hears digits at the same time.
const MOST_HOLDERS: usize = 64;
/// More than there are on their way, with those of a piece.
const ON_THEIR_WAY: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tap;
    use tandem_types::{SpanIndex, Timeslot};

    #[test]
    fn a_block_too_many_is_dropped_whole_and_shows_as_a_jump() {
        let (writer, mut reader) = tap(1);
        let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
        let mut proc = TapProc::new(TapId(0), slot, writer, None);
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
    fn a_tap_that_ends_before_anything_has_come_out_has_what_it_heard() {
        let (writer, mut reader) = tap(8);
        let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
        let mut proc = TapProc::new(TapId(0), slot, writer, Some(Law::A));
        for piece in 0..3 {
            let (rx, tx) = ([0x20 + piece; PIECE], [0x40 + piece; PIECE]);
            proc.record(FrameTime(1_000 + 8 * u64::from(piece)), 8, &rx, &tx);
        }
        assert_eq!((proc.finish().recorded, proc.pending()), (48, 0));
        let block = reader.pop().expect("24 frames");
        assert_eq!((block.start.0, block.length), (1_000, 24));
        assert_eq!((block.rx[0], block.rx[8], block.tx[23]), (0x20, 0x21, 0x42));
    }

    #[test]
    fn what_rested_is_told_beside_what_was_dropped() {
        let (writer, mut reader) = tap(1);
        let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
        let mut proc = TapProc::new(TapId(0), slot, writer, None);
        let column = [0x2a; PIECE];
        let mut at = 0;
        let mut sum = Flushed::default();
        let mut pass = |proc: &mut TapProc, frames: u64, rests| {
            proc.rest(rests);
            for _ in 0..frames / 8 {
                sum.add(proc.record(FrameTime(at), 8, &column, &column));
                at += 8;
            }
        };
        pass(&mut proc, 80, false);
        pass(&mut proc, 1_000, true);
        pass(&mut proc, 160, false);
        pass(&mut proc, 496, true);
        let first = reader.pop().expect("the first block");
        assert_eq!((first.start.0, first.length, first.rested), (0, 80, 0));
        pass(&mut proc, 160, false);
        let second = reader.pop().expect("the block after the one that was dropped");
        assert_eq!((second.start.0, second.length, second.rested), (1_736, 160, 1_496));
        assert_eq!((sum.recorded, sum.dropped, sum.rested, proc.pending()), (480, 320, 2_992, 0));
    }

    #[test]
    fn blocks_dropped_at_the_very_end_are_told_too() {
        let (writer, reader) = tap(1);
        let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
        let mut proc = TapProc::new(TapId(0), slot, writer, None);
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
