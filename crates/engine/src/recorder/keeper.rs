//! What is said before a recording begins.
use super::part::{Part, end_of};
use std::collections::VecDeque;
use tandem_switch::link::{BLOCK_FRAMES, TapBlock, TapReader};
use tandem_types::{FrameTime, Frames};

/// Keeps what was last said on a call.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(super) number: u64,
    tap: TapReader,
    blocks: VecDeque<TapBlock>,
    kept: Frames,
    ended: bool,
}

/// What a recording wants of a keeper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    pub(crate) keeper: u64,
    pub(crate) length: Frames,
}

impl Keeper {
    /// One that has so much, and what comes until a recording has told when it began.
    pub(crate) fn new(number: u64, tap: TapReader, length: Frames) -> Self {
        let kept = length + UNTIL_ASKED;
        let blocks = VecDeque::with_capacity(kept.0 as usize / BLOCK_FRAMES + 2);
        Self { number, tap, blocks, kept, ended: false }
    }

    /// Takes what has come, and forgets what is too old, but for what recordings want, which is all `wanted` and later. That
    /// is bounded: nothing comes while a recording rests, and one that does not soon has what it wants.
    pub(super) fn step(&mut self, wanted: Option<FrameTime>) {
        self.ended = self.tap.is_ended();
        while let Some(block) = self.tap.pop() {
            let kept = FrameTime(end_of(&block).0.saturating_sub(self.kept.0));
            let oldest = wanted.map_or(kept, |wanted| wanted.min(kept));
            while self.blocks.front().is_some_and(|block| end_of(block) <= oldest) {
                self.blocks.pop_front();
            }
            self.blocks.push_back(block);
        }
    }

    /// Whether nothing will come any more.
    pub(super) const fn is_over(&self) -> bool {
        self.ended
    }

    /// Whether all has come that was said until then.
    pub(super) fn has_come_to(&self, at: FrameTime) -> bool {
        self.ended || self.blocks.back().is_some_and(|block| end_of(block) >= at)
    }

    /// Whether nothing came before this frame because it rested.
    pub(super) fn rested_until(&self, at: FrameTime) -> bool {
        let next = self.blocks.iter().find(|block| end_of(block) >= at);
        next.is_none_or(|block| block.start >= at && block.rested > 0)
    }

    /// What was said from one frame to another.
    pub(super) fn between(&self, from: FrameTime, to: FrameTime) -> impl Iterator<Item = Part> {
        self.blocks.iter().filter_map(move |block| {
            let (start, end) = (block.start.max(from), end_of(block).min(to));
            let range = start.since(block.start).0 as usize..end.since(block.start).0 as usize;
            (start < end).then(|| Part::whole(block).cut(range))
        })
    }
}

/// Between what is said and a recorder that has heard of a recording of it.
const UNTIL_ASKED: Frames = Frames::from_seconds(1);
