//! The last frames of a D channel, kept for who asks what happened just before.
use std::collections::VecDeque;
use tandem_isdn::Side;
use tandem_isdn::capture::{self, Captured};
use tandem_types::FrameTime;

/// Frames of both directions, the oldest first, as many as there is room for. The room is taken once.
#[derive(Debug)]
pub(super) struct Trace {
    our_side: Side,
    /// Of each frame: its time, whether we sent it, its length, its octets.
    kept: VecDeque<u8>,
    /// Frames that are kept no longer.
    gone: u64,
}

/// A frame of a D channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedFrame {
    /// Frames of this D channel are counted from 1.
    pub number: u64,
    /// When its last octet came, or it was handed to the line.
    pub at: FrameTime,
    /// The same in microseconds since 1970.
    pub at_us: u64,
    /// Which end we are.
    pub our_side: Side,
    /// We have sent it.
    pub sent: bool,
    /// Without its check sequence.
    pub octets: Vec<u8>,
}

impl TracedFrame {
    /// As captures have it.
    #[must_use]
    pub fn captured(&self) -> Captured<'_> {
        let Self { at_us, our_side, sent, ref octets, .. } = *self;
        Captured { at_us, our_side, sent, frame: octets }
    }
}

impl Trace {
    pub(super) fn new(our_side: Side) -> Self {
        Self { our_side, kept: VecDeque::with_capacity(MOST_OCTETS), gone: 0 }
    }

    pub(super) fn note(&mut self, at: FrameTime, sent: bool, frame: &[u8]) {
        // No frame of a D channel is as long as this.
        let Ok(length) = u16::try_from(frame.len()) else { return };
        while self.kept.len() + HEAD_OCTETS + frame.len() > MOST_OCTETS {
            let Some((_, length)) = self.head(0) else { return };
            self.kept.drain(..HEAD_OCTETS + length);
            self.gone += 1;
        }
        self.kept.extend(at.0.to_le_bytes());
        self.kept.push_back(u8::from(sent));
        self.kept.extend(length.to_le_bytes());
        self.kept.extend(frame);
    }

    /// What is kept of the frame whose record begins there, and how long it is.
    fn head(&self, begin: usize) -> Option<((FrameTime, bool), usize)> {
        let mut head = [0; HEAD_OCTETS];
        for (to, from) in head.iter_mut().zip(self.kept.range(begin..).chain([&0; HEAD_OCTETS])) {
            *to = *from;
        }
        let [time @ .., sent, low, high] = head;
        let length = usize::from(u16::from_le_bytes([low, high]));
        (begin < self.kept.len()).then_some(((FrameTime(u64::from_le_bytes(time)), sent != 0), length))
    }

    /// The frames after the one of this number that are kept, as many as `room` octets hold as a capture; `moment` tells when
    /// a frame was, in microseconds since 1970.
    pub(super) fn after(
        &self,
        last: u64,
        room: usize,
        moment: impl Fn(FrameTime) -> u64,
    ) -> Vec<TracedFrame> {
        let (mut begin, mut number, mut left) = (0, self.gone, room);
        let mut frames = Vec::new();
        while let Some(((at, sent), length)) = self.head(begin) {
            number += 1;
            begin += HEAD_OCTETS + length;
            if number <= last {
                continue;
            }
            let Some(rest) = left.checked_sub(capture::RECORD_OCTETS + length) else { break };
            left = rest;
            let octets = self.kept.range(begin - length..begin).copied().collect();
            let at_us = moment(at);
            frames.push(TracedFrame { number, at, at_us, our_side: self.our_side, sent, octets });
        }
        frames
    }
}

/// Minutes of a busy D channel, hours of an idle one.
const MOST_OCTETS: usize = 256 << 10;
const HEAD_OCTETS: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_types::Frames;

    #[test]
    fn the_newest_frames_are_kept_and_no_more_than_there_is_room_for() {
        let mut trace = Trace::new(Side::Network);
        let room = trace.kept.capacity();
        for number in 0..40_000_u32 {
            let frame = number.to_be_bytes();
            let frame = if number % 3 == 0 { &frame[..] } else { &[frame, frame].concat() };
            trace.note(FrameTime(u64::from(number) * 8), number % 2 == 0, frame);
        }
        assert_eq!(trace.kept.capacity(), room);
        let moment = |at: FrameTime| 1_000_000 + Frames(at.0).as_us();
        let frames = trace.after(0, usize::MAX, moment);
        assert!((14_000..16_000).contains(&frames.len()), "{}", frames.len());
        for (number, frame) in (0..40_000_u32).rev().zip(frames.iter().rev()) {
            assert_eq!((&frame.octets[..4], frame.sent), (&number.to_be_bytes()[..], number % 2 == 0));
            assert_eq!(
                (frame.number, frame.at_us),
                (u64::from(number) + 1, 1_000_000 + u64::from(number) * 1000)
            );
        }
        let sender = if frames[0].sent { Side::Network } else { Side::User };
        assert_eq!(frames[0].captured().sender(), sender);
        // Read piece by piece it is the same, and nothing comes twice.
        let (mut last, mut pieces) = (0, Vec::new());
        loop {
            let piece = trace.after(last, 1000, moment);
            let Some(newest) = piece.last() else { break };
            last = newest.number;
            let octets: usize = piece.iter().map(|frame| capture::RECORD_OCTETS + frame.octets.len()).sum();
            assert!(octets <= 1000);
            pieces.extend(piece);
        }
        assert_eq!(pieces, frames);
        assert_eq!(trace.after(39_998, usize::MAX, moment).len(), 2);
        assert_eq!((trace.after(0, 10, moment), trace.after(u64::MAX, usize::MAX, moment)), (vec![], vec![]));
    }
}
