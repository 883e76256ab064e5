//! A ring of whole frames of any length, each with a stamp: how messages of a signalling channel cross between media
//! and control.
//!
//! A frame goes in whole or not at all, and comes out as it went in.
use crate::ring::{Consumer, Producer, ring};
use tandem_types::FrameTime;

/// The longest frame: of SS7 they have 276 octets at most (Q.703 §2.3), of a D channel 264 (Q.921 §5.9.3).
pub const LONGEST_FRAME: usize = 512;

/// The writing end.
#[derive(Debug)]
pub struct FrameProducer(Producer<u8>);

/// The reading end.
#[derive(Debug)]
pub struct FrameConsumer(Consumer<u8>);

/// A ring with room for so many of the longest frames, and for more of others.
#[must_use]
pub fn frame_ring(longest_frames: usize) -> (FrameProducer, FrameConsumer) {
    let (producer, consumer) = ring(longest_frames.max(1) * (HEADER + LONGEST_FRAME));
    (FrameProducer(producer), FrameConsumer(consumer))
}

impl FrameProducer {
    /// How many of the longest frames there is room for.
    #[must_use]
    pub fn free(&self) -> usize {
        self.0.free() / (HEADER + LONGEST_FRAME)
    }

    /// Puts a frame in; false if it has no room, or is longer than [`LONGEST_FRAME`].
    #[must_use]
    pub fn push(&mut self, at: FrameTime, frame: &[u8]) -> bool {
        let whole = HEADER + frame.len();
        let mut record = [0; HEADER + LONGEST_FRAME];
        let Some(octets) = record[HEADER..].get_mut(..frame.len()).filter(|_| self.0.free() >= whole) else {
            return false;
        };
        octets.copy_from_slice(frame);
        record[..LENGTH].copy_from_slice(&(frame.len() as u16).to_le_bytes());
        record[LENGTH..HEADER].copy_from_slice(&at.0.to_le_bytes());
        // In one piece, so that the reader never sees part of a frame.
        self.0.push_slice(&record[..whole]) == whole
    }
}

impl FrameConsumer {
    /// Takes the oldest frame out: its stamp and its length in `into`.
    pub fn pop(&mut self, into: &mut [u8; LONGEST_FRAME]) -> Option<(FrameTime, usize)> {
        let mut header = [0; HEADER];
        if self.0.is_empty() || self.0.pop_slice(&mut header) < HEADER {
            return None;
        }
        let (length, stamp) = header.split_at(LENGTH);
        let length = usize::from(u16::from_le_bytes(length.try_into().ok()?));
        let at = FrameTime(u64::from_le_bytes(stamp.try_into().ok()?));
        let taken = self.0.pop_slice(into.get_mut(..length)?);
        (taken == length).then_some((at, length))
    }

    /// Whether nothing can be taken now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Before each frame: its length and its stamp.
const LENGTH: usize = 2;
const HEADER: usize = LENGTH + 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in_and_one_without_room_does_not_go_in() {
        let (mut producer, mut consumer) = frame_ring(2);
        let mut buffer = [0; LONGEST_FRAME];
        assert_eq!(consumer.pop(&mut buffer), None);
        assert!(producer.push(FrameTime(5), &[1, 2, 3]));
        assert!(producer.push(FrameTime(6), &[]));
        assert!(!producer.push(FrameTime(7), &[0; LONGEST_FRAME + 1]));
        assert!(producer.push(FrameTime(u64::MAX), &[9; LONGEST_FRAME]));
        assert!(
            !producer.push(FrameTime(8), &[7; LONGEST_FRAME]),
            "two of the longest have gone into other frames"
        );
        assert!(!consumer.is_empty());
        assert_eq!(consumer.pop(&mut buffer), Some((FrameTime(5), 3)));
        assert_eq!(buffer[..3], [1, 2, 3]);
        assert_eq!(consumer.pop(&mut buffer), Some((FrameTime(6), 0)));
        assert_eq!(consumer.pop(&mut buffer), Some((FrameTime(u64::MAX), LONGEST_FRAME)));
        assert_eq!(buffer, [9; LONGEST_FRAME]);
        assert!(consumer.is_empty());
    }

    #[test]
    fn many_frames_of_all_lengths_pass_between_two_threads() {
        let (mut producer, mut consumer) = frame_ring(3);
        let frame = |n: usize| [(n % 251) as u8; LONGEST_FRAME];
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for n in 0..20_000 {
                    while !producer.push(FrameTime(n as u64), &frame(n)[..n % (LONGEST_FRAME + 1)]) {
                        std::thread::yield_now();
                    }
                }
            });
            let mut buffer = [0; LONGEST_FRAME];
            for n in 0..20_000 {
                let (at, length) = loop {
                    match consumer.pop(&mut buffer) {
                        Some(frame) => break frame,
                        None => std::thread::yield_now(),
                    }
                };
                assert_eq!((at.0, length), (n as u64, n % (LONGEST_FRAME + 1)));
                assert_eq!(buffer[..length], frame(n)[..length]);
            }
        });
    }
}
