//! Feeds players from prompts in memory. Runs on its own thread; never on the media thread.
use crate::playback::Playback;
use crossbeam::channel::Receiver;
use tandem_rt::{Next, Producer, Step};
use tandem_switch::link::{BLOCK_FRAMES, PromptBlock};
use tandem_types::{FrameTime, Frames};

/// A prompt on its way into a player.
#[derive(Debug)]
pub(crate) struct Feed {
    playback: Playback,
    ring: Producer<PromptBlock>,
}

impl Feed {
    pub(crate) const fn new(playback: Playback, ring: Producer<PromptBlock>) -> Self {
        Self { playback, ring }
    }

    /// Pushes what the ring takes. `false` once the last block is in, or nobody reads any more.
    pub(crate) fn fill(&mut self) -> bool {
        while self.ring.free() > 0 {
            let mut block = PromptBlock { samples: [0; BLOCK_FRAMES], length: 0 };
            let length = self.playback.give(&mut block.samples);
            block.length = length as u16;
            if self.ring.push(block).is_err() || length < BLOCK_FRAMES {
                return false;
            }
        }
        !self.ring.is_abandoned()
    }
}

/// Keeps the rings of long prompts filled.
#[derive(Debug)]
pub(crate) struct Prompter {
    incoming: Receiver<Feed>,
    feeds: Vec<Feed>,
}

impl Prompter {
    pub(crate) const fn new(incoming: Receiver<Feed>) -> Self {
        Self { incoming, feeds: Vec::new() }
    }
}

impl Step for Prompter {
    fn step(&mut self, now: FrameTime) -> Next {
        self.feeds.extend(self.incoming.try_iter());
        self.feeds.retain_mut(Feed::fill);
        if self.feeds.is_empty() { Next::WhenWoken } else { Next::At(now + PERIOD) }
    }
}

/// Blocks in a player's ring: what lies between the feeder being late and the listener hearing it.
pub(crate) const RING_BLOCKS: usize = 64;
/// A quarter of what the ring holds.
const PERIOD: Frames = Frames((RING_BLOCKS * BLOCK_FRAMES / 4) as u64);
