//! A timeslot that carries HDLC frames: a D channel. What is between its flags goes to control and comes from there.
//!
//! It is no channel of traffic: nothing is routed to it and nobody hears it. Both ends of the line may be out of step for
//! as long as they like; a frame that control has no room for is dropped and counted, as one with errors is.
use crate::proc::turn::Columns;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tandem_line::hdlc::{HdlcCounters, HdlcEvent, HdlcLimits, HdlcReceiver, HdlcSender};
use tandem_rt::{FrameConsumer, FrameProducer, LONGEST_FRAME, frame_ring};
use tandem_types::{FrameTime, Timeslot};

/// Where a span carries HDLC frames, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HdlcSlot {
    /// The timeslot.
    pub slot: Timeslot,
    /// 56 kbit/s: the last bit of each octet is none of the channel's.
    pub seven_bits: bool,
    /// What counts as a frame, without its check sequence.
    pub lengths: FrameLengths,
    /// Nothing is sent in it, flags neither: all its bits are ones.
    pub silent: bool,
}

/// Frames of other lengths are counted, and lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameLengths {
    /// Of a D channel: 3 to 272 octets. Address and control have three (Q.921 §2.9: without them a frame is invalid).
    Lapd,
    /// 2 to 512 octets.
    Any,
}

impl FrameLengths {
    const fn limits(self) -> HdlcLimits {
        match self {
            Self::Lapd => HdlcLimits { shortest: 3, longest: 272 },
            Self::Any => HdlcLimits { shortest: 2, longest: LONGEST_FRAME as u16 },
        }
    }
}

/// Control's end of the frames of a timeslot.
#[derive(Debug)]
pub struct HdlcChannel {
    to_send: FrameProducer,
    received: FrameConsumer,
    shared: Arc<HdlcShared>,
}

impl HdlcChannel {
    /// Sends a frame, without its check sequence, after those that wait. False if there is no room.
    #[must_use]
    pub fn send(&mut self, now: FrameTime, frame: &[u8]) -> bool {
        !frame.is_empty() && self.to_send.push(now, frame)
    }

    /// Whether half of what may wait to be sent has gone.
    #[must_use]
    pub fn has_room_again(&self) -> bool {
        self.to_send.free() >= FRAMES_WAITING / 2
    }

    /// The next good frame received, without its check sequence: when its closing flag came, and its length in `into`.
    pub fn receive(&mut self, into: &mut [u8; LONGEST_FRAME]) -> Option<(FrameTime, usize)> {
        self.received.pop(into)
    }

    /// What has been counted: between flags, and good frames that found no room.
    #[must_use]
    pub fn counters(&self) -> (HdlcCounters, u64) {
        let [frames, too_long, aborts, too_short, not_aligned, bad_fcs, dropped] =
            self.shared.0.each_ref().map(|counter| counter.load(Ordering::Relaxed));
        (HdlcCounters { frames, too_long, aborts, too_short, not_aligned, bad_fcs }, dropped)
    }
}

/// The six of [`HdlcCounters`] in order, and frames dropped.
#[derive(Debug, Default)]
struct HdlcShared([AtomicU64; 7]);

/// The channel on the media thread.
#[derive(Debug)]
pub(crate) struct HdlcProc {
    slot: HdlcSlot,
    receiver: HdlcReceiver,
    /// With room for a check sequence.
    incoming: [u8; LONGEST_FRAME + 2],
    sender: HdlcSender,
    outgoing: [u8; LONGEST_FRAME],
    /// Of the frame being sent; 0 for none.
    length: usize,
    received: FrameProducer,
    to_send: FrameConsumer,
    dropped: u64,
    shared: Arc<HdlcShared>,
}

/// Both ends of a channel.
pub(crate) fn hdlc_channel(slot: HdlcSlot) -> (HdlcProc, HdlcChannel) {
    let (received_in, received) = frame_ring(FRAMES_WAITING);
    let (to_send, to_send_out) = frame_ring(FRAMES_WAITING);
    let shared = Arc::new(HdlcShared::default());
    let proc = HdlcProc {
        slot,
        receiver: HdlcReceiver::new(slot.lengths.limits()),
        incoming: [0; LONGEST_FRAME + 2],
        sender: HdlcSender::new(),
        outgoing: [0; LONGEST_FRAME],
        length: 0,
        received: received_in,
        to_send: to_send_out,
        dropped: 0,
        shared: Arc::clone(&shared),
    };
    (proc, HdlcChannel { to_send, received, shared })
}

impl HdlcProc {
    /// Takes what the slot received up to `end`, or nothing while the span can carry nothing. Whether control has news.
    pub(crate) fn receive(&mut self, octets: Option<&[u8]>, end: FrameTime) -> bool {
        let Some(octets) = octets else {
            self.receiver.restart();
            return false;
        };
        let mut news = false;
        for (octet, left) in octets.iter().zip((0..octets.len() as u64).rev()) {
            news |= self.take(*octet, FrameTime(end.0.saturating_sub(left)));
        }
        news
    }

    /// Fills what the slot sends in a piece.
    pub(crate) fn send(&mut self, frames: usize, sent: &mut Columns) {
        for octet in sent[self.slot.slot.index()].iter_mut().take(frames) {
            *octet = if self.slot.silent { ALL_ONES } else { self.next_octet() };
        }
    }

    fn take(&mut self, octet: u8, at: FrameTime) -> bool {
        let event = match self.slot.seven_bits {
            false => self.receiver.handle_octet(&mut self.incoming, octet),
            true => self.receiver.handle_seven_bits(&mut self.incoming, octet),
        };
        let Some(event) = event else { return false };
        let mut told = false;
        if let HdlcEvent::Frame(length) = event {
            told = self.received.push(at, &self.incoming[..length]);
            self.dropped += u64::from(!told);
        }
        self.publish();
        told
    }

    fn next_octet(&mut self) -> u8 {
        if self.length == 0
            && let Some((_, length)) = self.to_send.pop(&mut self.outgoing)
        {
            self.length = length;
        }
        let frame = &self.outgoing[..self.length];
        let sent = match self.slot.seven_bits {
            false => self.sender.poll_octet(frame),
            true => self.sender.poll_seven_bits(frame),
        };
        if sent.frame_done {
            self.length = 0;
        }
        sent.line
    }

    fn publish(&self) {
        let HdlcCounters { frames, too_long, aborts, too_short, not_aligned, bad_fcs } =
            *self.receiver.counters();
        let counted = [frames, too_long, aborts, too_short, not_aligned, bad_fcs, self.dropped];
        for (place, count) in self.shared.0.iter().zip(counted) {
            place.store(count, Ordering::Relaxed);
        }
    }
}

const ALL_ONES: u8 = 0xff;
/// Of the longest, either way; a window of a data link is 7, and control looks within milliseconds.
const FRAMES_WAITING: usize = 32;
