//! Silence that is left out of a recording.
use super::part::Part;
use std::collections::VecDeque;
use tandem_dsp::activity::ActivityDetector;
use tandem_dsp::g711;
use tandem_files::wav::RecordingSides;
use tandem_types::{Frames, Law};

/// The least and the most that a silence may be shortened to.
pub(super) const SHORTEST: Frames = Frames::from_ms(500);
pub(super) const LONGEST: Frames = Frames::from_ms(60_000);

/// Holds silence back until it is known whether it is to be in the file: of one that is too long its beginning and its last
/// 200 ms are, so that no first syllable is cut. What is left out is told as time for which the recording rested.
#[derive(Debug)]
pub(crate) struct Shortener {
    sides: RecordingSides,
    law: Law,
    detectors: [ActivityDetector; 2],
    /// Frames of silence that are written before any is held back.
    beginning: u64,
    /// Frames since a voice was heard last, as it may be over for a moment before it is told.
    silent: u64,
    held: VecDeque<Part>,
    held_frames: u64,
    /// Frames between what was written last and what is held, for which the recording rested or which were left out.
    left_out: u64,
}

impl Shortener {
    /// For a recording of these sides, in which no silence is longer.
    pub(crate) fn new(longest: Frames, sides: RecordingSides, law: Law) -> Self {
        Self {
            sides,
            law,
            detectors: Default::default(),
            beginning: longest.0.saturating_sub(LEAD.0),
            silent: 0,
            held: VecDeque::new(),
            held_frames: 0,
            left_out: 0,
        }
    }

    /// Takes a part, and gives those that are to be written now.
    pub(super) fn take(&mut self, part: Part) -> Vec<Part> {
        let length = part.frames.len() as u64;
        let voice = self.hears_a_voice(&part);
        self.silent = if voice { HANGOVER.0 } else { self.silent + length };
        self.held.push_back(part);
        self.held_frames += length;
        if self.silent <= self.beginning {
            return self.rest();
        }
        while self.held_frames > LEAD.0
            && let Some(part) = self.held.pop_front()
        {
            let length = part.frames.len() as u64;
            self.held_frames -= length;
            self.left_out += length + part.rested;
        }
        Vec::new()
    }

    /// What is held, to be written.
    pub(super) fn rest(&mut self) -> Vec<Part> {
        if let Some(first) = self.held.front_mut() {
            first.rested += std::mem::take(&mut self.left_out);
        }
        self.held_frames = 0;
        self.held.drain(..).collect()
    }

    /// Whether somebody talks, or has until a moment ago, on a side that is recorded.
    fn hears_a_voice(&mut self, part: &Part) -> bool {
        let recorded = match self.sides {
            RecordingSides::Received => [true, false],
            RecordingSides::Sent => [false, true],
            RecordingSides::Apart | RecordingSides::Mixed => [true, true],
        };
        let mut voice = false;
        for (side, detector) in self.detectors.iter_mut().enumerate().filter(|(side, _)| recorded[*side]) {
            let samples: Vec<i16> =
                part.frames.iter().map(|frame| g711::decode(self.law, frame[side])).collect();
            voice |= detector.is_active();
            detector.process(&samples, part.start, |_| voice = true);
        }
        voice
    }
}

/// For so long a voice goes on over pauses, as detectors have it.
const HANGOVER: Frames = Frames::from_ms(200);
/// So much of a silence is there before the next voice.
const LEAD: Frames = Frames::from_ms(200);

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_switch::link::{BLOCK_FRAMES, TapBlock};
    use tandem_types::{FrameTime, LostFrames};

    /// Blocks of silence, of a second but for 20 ms that are missing in the middle, and one before which the tap rested.
    fn blocks() -> Vec<TapBlock> {
        let starts =
            (0..50_u64).filter(|n| *n != 25).map(|n| FrameTime(n * 160 + if n > 30 { 40 } else { 0 }));
        let block = |start| TapBlock {
            start,
            rested: if start == FrameTime(31 * 160 + 40) { 40 } else { 0 },
            length: 160,
            rx: [0xd5; BLOCK_FRAMES],
            tx: [0xd5; BLOCK_FRAMES],
            rx_lost: LostFrames::NONE,
            tx_lost: LostFrames::NONE,
        };
        starts.map(block).collect()
    }

    #[test]
    fn what_is_left_out_is_no_gap_and_what_is_missing_in_it_still_is() {
        let mut shortener = Shortener::new(SHORTEST, RecordingSides::Apart, Law::A);
        let mut written = Vec::new();
        for block in blocks() {
            written.extend(shortener.take(Part::whole(&block)));
        }
        assert_eq!(written.len(), 15, "300 ms before any is held back");
        let rest = shortener.rest();
        assert_eq!(rest.len(), 10);
        let first = &rest[0];
        // From the end of the fifteenth block: 24 blocks and 40 frames of rest are left out, and 160 frames are a gap.
        assert_eq!(first.start, FrameTime(40 * 160 + 40));
        assert_eq!(first.rested, 24 * 160 + 40);
        assert_eq!(first.start.0 - 15 * 160 - first.rested, 160);
        assert!(rest[1..].iter().all(|part| part.rested == 0) && shortener.rest().is_empty());
    }
}
