//! The last frames of a D channel, kept for who asks what happened just before.
use std::collections::VecDeque;
use tandem_isdn::Side;
use tandem_isdn::capture::{self, Captured};
use tandem_types::{FrameTime, Frames};

/// Frames of both directions, the oldest first, as many as there is room for. The room is taken once.
#[derive(Debug)]
pub(super) struct Trace {
    our_side: Side,
    /// Of each frame: its time, whether we sent it, its length, its octets.
    kept: VecDeque<u8>,
}

impl Trace {
    pub(super) fn new(our_side: Side) -> Self {
        Self { our_side, kept: VecDeque::with_capacity(MOST_OCTETS) }
    }

    pub(super) fn note(&mut self, at: FrameTime, sent: bool, frame: &[u8]) {
        // No frame of a D channel is as long as this.
        let Ok(length) = u16::try_from(frame.len()) else { return };
        while self.kept.len() + HEAD_OCTETS + frame.len() > MOST_OCTETS {
            let Some((_, length)) = self.head(0) else { return };
            self.kept.drain(..HEAD_OCTETS + length);
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

    /// As a pcap file; `began_us` is when the engine's time began, in microseconds since 1970.
    pub(super) fn capture(&self, began_us: u64) -> Vec<u8> {
        let mut file = capture::file_header();
        let mut begin = 0;
        while let Some(((at, sent), length)) = self.head(begin) {
            begin += HEAD_OCTETS;
            let frame: Vec<u8> = self.kept.range(begin..begin + length).copied().collect();
            begin += length;
            let at_us = began_us + Frames(at.0).as_us();
            capture::append(&mut file, &Captured { at_us, our_side: self.our_side, sent, frame: &frame });
        }
        file
    }
}

/// Minutes of a busy D channel, hours of an idle one.
const MOST_OCTETS: usize = 256 << 10;
const HEAD_OCTETS: usize = 11;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_isdn::capture::CaptureReader;

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
        let file = trace.capture(1_000_000);
        let frames: Vec<_> =
            CaptureReader::new(&file).expect("a capture").map(|it| it.expect("whole")).collect();
        assert!((14_000..16_000).contains(&frames.len()), "{}", frames.len());
        for (number, frame) in (0..40_000_u32).rev().zip(frames.iter().rev()) {
            assert_eq!((&frame.frame[..4], frame.sent), (&number.to_be_bytes()[..], number % 2 == 0));
            assert_eq!(frame.at_us, 1_000_000 + u64::from(number) * 1000);
        }
        assert_eq!(frames[0].sender(), if frames[0].sent { Side::Network } else { Side::User });
    }
}
