//! A part of what a tap has heard, on its way into a file.
use std::ops::Range;
use tandem_files::wav::RecordingSides;
use tandem_switch::link::TapBlock;
use tandem_types::{FrameTime, Frames, LostFrames};

/// Frames one after another: a block of a tap, or less.
#[derive(Debug)]
pub(super) struct Part {
    /// When the first frame was.
    pub(super) start: FrameTime,
    /// Frames before it that came while the tap rested.
    pub(super) rested: u64,
    /// Received and sent.
    pub(super) frames: Vec<[u8; 2]>,
    /// Which of these were lost on their way, received and sent.
    lost: [LostFrames; 2],
}

impl Part {
    pub(super) fn whole(block: &TapBlock) -> Self {
        let octets = block.rx.iter().zip(&block.tx).take(usize::from(block.length));
        Self {
            start: block.start,
            rested: block.rested.into(),
            frames: octets.map(|(received, sent)| [*received, *sent]).collect(),
            lost: [block.rx_lost, block.tx_lost],
        }
    }

    /// These of its frames.
    pub(super) fn cut(&self, range: Range<usize>) -> Self {
        let first = range.start;
        let kept = |lost: LostFrames| {
            let frames = lost.frames().filter(|frame| range.contains(frame));
            frames.map(|frame| frame - first).collect()
        };
        Self {
            start: self.start + Frames(first as u64),
            rested: self.rested,
            lost: self.lost.map(kept),
            frames: self.frames[range.clone()].to_vec(),
        }
    }

    /// Which frames are lost in a recording of these sides: the first of each run, and how long it is.
    pub(super) fn lost_runs(&self, sides: RecordingSides) -> Vec<(u64, u64)> {
        let [received, sent] = self.lost;
        let counted = match sides {
            RecordingSides::Received => [received, LostFrames::NONE],
            RecordingSides::Sent => [LostFrames::NONE, sent],
            RecordingSides::Apart | RecordingSides::Mixed => [received, sent],
        };
        let mut lost = LostFrames::NONE;
        counted.iter().for_each(|side| lost.add_at(0, side));
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for frame in lost.frames().map(|frame| frame as u64) {
            match runs.last_mut() {
                Some((first, length)) if *first + *length == frame => *length += 1,
                _ => runs.push((frame, 1)),
            }
        }
        runs
    }
}

pub(super) fn end_of(block: &TapBlock) -> FrameTime {
    block.start + Frames(u64::from(block.length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_switch::link::BLOCK_FRAMES;

    #[test]
    fn what_was_lost_is_cut_with_its_frames_and_told_by_the_sides_that_are_recorded() {
        let block = TapBlock {
            start: FrameTime(1_000),
            rested: 5,
            length: 100,
            rx: [1; BLOCK_FRAMES],
            tx: [2; BLOCK_FRAMES],
            rx_lost: (10..20).collect(),
            tx_lost: (15..30).chain([99]).collect(),
        };
        let whole = Part::whole(&block);
        assert_eq!((whole.frames.len(), whole.rested, end_of(&block)), (100, 5, FrameTime(1_100)));
        assert_eq!(whole.lost_runs(RecordingSides::Received), [(10, 10)]);
        assert_eq!(whole.lost_runs(RecordingSides::Sent), [(15, 15), (99, 1)]);
        assert_eq!(whole.lost_runs(RecordingSides::Apart), [(10, 20), (99, 1)]);
        assert_eq!(whole.lost_runs(RecordingSides::Mixed), [(10, 20), (99, 1)]);
        let part = whole.cut(12..27);
        assert_eq!((part.start, part.frames.len()), (FrameTime(1_012), 15));
        assert_eq!(part.lost_runs(RecordingSides::Received), [(0, 8)]);
        assert_eq!(part.lost_runs(RecordingSides::Sent), [(3, 12)]);
    }
}
