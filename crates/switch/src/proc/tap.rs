//! A tap on the media thread: both directions of one slot, stamped, in blocks of 20 ms.
use crate::link::{Audience, BLOCK_FRAMES, SlotId, Source, TapBlock, TapId, TapWriter};
use crate::proc::PIECE;
use crate::proc::span::Seat;
use crate::proc::turn::Column;
use tandem_dsp::blanking::{Blanker, Latency};
use tandem_dsp::dtmf::DtmfEvent;
use tandem_types::{FrameTime, Frames, Law, LostFrames};

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
    /// By time modulo its length: what these frames were like when they came.
    came: [Came; ON_THEIR_WAY],
}

/// What a frame was like when it came.
#[derive(Clone, Copy, Debug, Default)]
struct Came {
    /// The tap rested.
    rested: bool,
    /// It was lost, received and sent.
    lost: [bool; 2],
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
        let (start, none) = (FrameTime::ZERO, LostFrames::NONE);
        let current =
            TapBlock { start, rested: 0, length: 0, rx: octets, tx: octets, rx_lost: none, tx_lost: none };
        let blanking = blank.map(|law| {
            let blanker = Blanker::new(law, Latency::Recording);
            Box::new(Blanking {
                blanker,
                law,
                held_by: [None; MOST_HOLDERS],
                waiting: 0,
                next: FrameTime::ZERO,
                came: [Came::default(); ON_THEIR_WAY],
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

    /// Takes the `frames` frames of a piece, received and sent, of which these were lost, the first in bit 0.
    pub(crate) fn record(
        &mut self,
        at: FrameTime,
        frames: usize,
        [rx, tx]: [&Column; 2],
        lost: [u8; 2],
    ) -> Flushed {
        let Some(blanking) = &mut self.blanking else {
            return if self.rests {
                self.pass_over(frames as u64)
            } else {
                self.keep(at, frames, rx, tx, lost)
            };
        };
        blanking.note(at, frames, self.rests, lost);
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
            0 if blanking.are_plain(at, frames) => self.keep(at, frames, &rx, &tx, [0; 2]),
            early => self.record_by_frame(at, &rx[early..frames], &tx[early..frames], [0; 2]),
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
            sum.add(self.record_by_frame(at, &rx[..frames], &tx[..frames], [0; 2]));
        }
        sum.add(self.flush());
        sum
    }

    fn keep(&mut self, at: FrameTime, frames: usize, rx: &Column, tx: &Column, lost: [u8; 2]) -> Flushed {
        let place = usize::from(self.current.length);
        let rx_place = self.current.rx.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<PIECE>());
        let tx_place = self.current.tx.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<PIECE>());
        let (PIECE, Some(rx_place), Some(tx_place)) = (frames, rx_place, tx_place) else {
            return self.record_by_frame(at, &rx[..frames], &tx[..frames], lost);
        };
        (*rx_place, *tx_place) = (*rx, *tx);
        if place == 0 {
            self.current.start = at;
        }
        if lost != [0; 2] {
            (0..PIECE).for_each(|frame| self.current.mark(place + frame, of_frame(lost, frame)));
        }
        self.current.length += PIECE as u16;
        if place + PIECE == BLOCK_FRAMES { self.flush() } else { Flushed::default() }
    }

    /// A piece that is not whole, does not end within the block, or came in part while the tap rested or losses. With blanked
    /// digits it is known since it came which frames were lost.
    fn record_by_frame(&mut self, at: FrameTime, rx: &[u8], tx: &[u8], lost: [u8; 2]) -> Flushed {
        let mut sum = Flushed::default();
        for (frame, (rx, tx)) in rx.iter().zip(tx).enumerate() {
            let at = at + Frames(frame as u64);
            let now = Came { rested: false, lost: of_frame(lost, frame) };
            let Came { rested, lost } = self.blanking.as_ref().map_or(now, |blanking| *blanking.came_at(at));
            sum.add(if rested { self.pass_over(1) } else { self.record_frame(at, *rx, *tx, lost) });
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

    fn record_frame(&mut self, at: FrameTime, rx: u8, tx: u8, lost: [bool; 2]) -> Flushed {
        if self.current.length == 0 {
            self.current.start = at;
        }
        let place = usize::from(self.current.length);
        (self.current.rx[place], self.current.tx[place]) = (rx, tx);
        self.current.mark(place, lost);
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
        (self.current.rx_lost, self.current.tx_lost) = (LostFrames::NONE, LostFrames::NONE);
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

    /// Remembers of frames that come whether the tap rests, and which were lost.
    fn note(&mut self, at: FrameTime, frames: usize, rested: bool, lost: [u8; 2]) {
        for frame in 0..frames {
            let place = (at.0 as usize).wrapping_add(frame) % ON_THEIR_WAY;
            self.came[place] = Came { rested, lost: of_frame(lost, frame) };
        }
    }

    /// What a frame was like when it came, which is on its way still or comes out now.
    fn came_at(&self, at: FrameTime) -> &Came {
        &self.came[at.0 as usize % ON_THEIR_WAY]
    }

    /// Whether the tap rested when none of these frames came, and none was lost.
    fn are_plain(&self, at: FrameTime, frames: usize) -> bool {
        let plain = |frame| {
            let came = self.came_at(at + Frames(frame));
            !came.rested && came.lost == [false; 2]
        };
        (0..frames as u64).all(plain)
    }
}

impl TapBlock {
    fn mark(&mut self, frame: usize, [rx, tx]: [bool; 2]) {
        if rx {
            self.rx_lost.set(frame);
        }
        if tx {
            self.tx_lost.set(frame);
        }
    }
}

/// Of a piece in both directions one frame.
fn of_frame(lost: [u8; 2], frame: usize) -> [bool; 2] {
    lost.map(|lost| lost >> frame & 1 == 1)
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
            dropped += proc.record_frame(FrameTime(1000 + frame), frame as u8, 0, [false; 2]).dropped;
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
            proc.record(FrameTime(1_000 + 8 * u64::from(piece)), 8, [&rx, &tx], [0; 2]);
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
                sum.add(proc.record(FrameTime(at), 8, [&column; 2], [0; 2]));
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

    /// Lost frames of either direction, in blocks of whole pieces, of frames, and 60 ms later where digits are blanked.
    #[test]
    fn lost_frames_are_told_at_their_place_and_once() {
        for blank in [None, Some(Law::A)] {
            for length in [8, 5] {
                let (writer, mut reader) = tap(64);
                let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
                let mut proc = TapProc::new(TapId(0), slot, writer, blank);
                let is_lost = |frame: u64| (frame % 37 == 3, (400..700).contains(&frame));
                for at in (0..2000).step_by(length) {
                    let mut lost = [0; 2];
                    for frame in 0..length {
                        let (rx, tx) = is_lost(at + frame as u64);
                        lost[0] |= u8::from(rx) << frame;
                        lost[1] |= u8::from(tx) << frame;
                    }
                    proc.record(FrameTime(at), length, [&[0x2a; PIECE]; 2], lost);
                }
                proc.finish();
                let mut frames = 0;
                while let Some(block) = reader.pop() {
                    for place in 0..usize::from(block.length) {
                        let told = (block.rx_lost.contains(place), block.tx_lost.contains(place));
                        assert_eq!(told, is_lost(block.start.0 + place as u64), "{:?}", block.start);
                        frames += 1;
                    }
                    assert!(!block.rx_lost.contains(block.length.into()));
                }
                assert_eq!(frames, 2000);
            }
        }
    }

    #[test]
    fn blocks_dropped_at_the_very_end_are_told_too() {
        let (writer, reader) = tap(1);
        let slot = SlotId { span: SpanIndex(0), slot: Timeslot::new(1).expect("a timeslot") };
        let mut proc = TapProc::new(TapId(0), slot, writer, None);
        for frame in 0..400 {
            proc.record_frame(FrameTime(frame), 0, 0, [false; 2]);
        }
        proc.flush();
        assert!(!reader.is_ended());
        drop(proc);
        assert!(reader.is_ended());
        assert_eq!(reader.lost_at_end(), 240);
    }
}
