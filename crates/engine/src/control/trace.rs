//! The last frames of a D channel, kept for who asks what happened just before.
use std::collections::VecDeque;
use tandem_isdn::Side;
use tandem_isdn::capture::{self, Captured};
use tandem_types::FrameTime;

/// Frames of both directions, the newest last, as many as there is room for.
#[derive(Debug)]
pub(super) struct Trace {
    our_side: Side,
    frames: VecDeque<Seen>,
    octets: usize,
}

#[derive(Debug)]
struct Seen {
    at: FrameTime,
    sent: bool,
    octets: Box<[u8]>,
}

impl Trace {
    pub(super) const fn new(our_side: Side) -> Self {
        Self { our_side, frames: VecDeque::new(), octets: 0 }
    }

    pub(super) fn note(&mut self, at: FrameTime, sent: bool, frame: &[u8]) {
        self.octets += frame.len() + OCTETS_BESIDES;
        self.frames.push_back(Seen { at, sent, octets: frame.into() });
        while self.octets > MOST_OCTETS {
            let Some(oldest) = self.frames.pop_front() else { return };
            self.octets -= oldest.octets.len() + OCTETS_BESIDES;
        }
    }

    /// As a pcap file; `opened_us` is when the engine was opened, in microseconds since 1970.
    pub(super) fn capture(&self, opened_us: u64) -> Vec<u8> {
        let mut file = capture::file_header();
        for seen in &self.frames {
            let at_us = opened_us + seen.at.0 * MICROSECONDS_PER_FRAME;
            let Seen { sent, ref octets, .. } = *seen;
            capture::append(&mut file, &Captured { at_us, our_side: self.our_side, sent, frame: octets });
        }
        file
    }
}

/// Minutes of a busy D channel, hours of an idle one.
const MOST_OCTETS: usize = 256 << 10;
/// What a frame takes besides its octets, about.
const OCTETS_BESIDES: usize = 48;
const MICROSECONDS_PER_FRAME: u64 = 125;

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_isdn::capture::CaptureReader;

    #[test]
    fn the_newest_frames_are_kept_and_no_more_than_there_is_room_for() {
        let mut trace = Trace::new(Side::Network);
        for number in 0..20_000_u32 {
            trace.note(FrameTime(u64::from(number) * 8), number % 2 == 0, &number.to_be_bytes());
        }
        let file = trace.capture(1_000_000);
        let frames: Vec<_> =
            CaptureReader::new(&file).expect("a capture").map(|it| it.expect("whole")).collect();
        assert!((4_500..5_500).contains(&frames.len()), "{}", frames.len());
        let last = frames.last().expect("some");
        assert_eq!((last.frame, last.sent), (&19_999_u32.to_be_bytes()[..], false));
        assert_eq!(last.at_us, 1_000_000 + 19_999 * 1000);
        assert_eq!(last.sender(), Side::User);
    }
}
